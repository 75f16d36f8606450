"""VV605: no mean time until a sale is negative."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV605",
    slug="negative-mean-time",
    promise="no mean time until a sale is negative",
    severity="error",
    subject="allocation",
    why="A token cannot be sold before it is unlocked.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,50,-2
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,50,2
""",
    decided="A number is read exactly, and a formula is evaluated for the months of the row.",
    limits="A formula is looked at in those months only.",
    source="The vesting sales mean time is the mean number of months until an unlocked token is sold; 0 sells at once.",
)
