"""VV616: the sales of a row stay within the share for sale, and tend to it."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV616",
    slug="sales-exceed-share",
    promise="the sales of a row stay within the share for sale, and tend to it",
    severity="error",
    subject="allocation",
    why="A simulation that sells more than was unlocked finds a price that no market would.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,150,0
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,50,3
""",
    decided=(
        "By induction on months, with what is sold, what waits, the percentage and the probability of a sale as symbols. Rows whose numbers make no sense are run on the reference engine."
    ),
    limits=(
        "Sales are expected values. A mean time that is a formula is taken to stay in range after the months that are looked at."
    ),
    source="What is sold in the end is the vesting sales percentage of what is unlocked.",
)
