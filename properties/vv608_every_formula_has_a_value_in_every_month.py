"""VV608: every formula has a value in every month."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV608",
    slug="formula-error",
    promise="every formula has a value in every month",
    severity="error",
    subject="allocation",
    why=(
        "A formula that divides by nothing in some month stops the simulation there, or is read as zero without a word."
    ),
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,50,12/(month-month)
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,50,12/(month+1)
""",
    decided="Formulas are parsed, and evaluated exactly for the months of the row.",
    limits="A formula is looked at in those months only.",
    source="Sales percentage and mean time may be formulas of the month.",
)
