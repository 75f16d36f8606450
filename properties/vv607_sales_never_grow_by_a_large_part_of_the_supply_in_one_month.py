"""VV607: sales never grow by a large part of the supply in one month."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV607",
    slug="sell-pressure-step",
    promise="sales never grow by a large part of the supply in one month",
    severity="info",
    subject="allocation",
    why="Where many cliffs fall into one month, a large part of the supply comes to the market at once.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,1000000,0,12,24,100,0
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,1000000,0,0,200,100,24
""",
    decided=(
        "The reference engine adds the sales of all rows month by month, until a year after the last unlock. More than 1 % of the supply is a large part."
    ),
    limits="Sales are expected values: the tokens sold in a real month scatter about them.",
    source="Each token for sale is sold in each month with the probability 1 / (1 + mean time).",
)
