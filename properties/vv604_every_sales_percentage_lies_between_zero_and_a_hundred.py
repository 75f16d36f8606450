"""VV604: every sales percentage lies between zero and a hundred."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV604",
    slug="percentage-out-of-range",
    promise="every sales percentage lies between zero and a hundred",
    severity="error",
    subject="allocation",
    why="Nobody can sell more tokens than were unlocked for them, or fewer than none.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,150,3
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time
Seed,Investors,350000,0,6,24,50,3
""",
    decided="A number is read exactly, and a formula is evaluated for the months of the row.",
    limits="A formula is looked at in those months only.",
    source="The vesting sales percentage is the share of the unlocked tokens that is sold in the end.",
)
