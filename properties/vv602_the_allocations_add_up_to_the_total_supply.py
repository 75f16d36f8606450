"""VV602: the allocations add up to the total supply."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV602",
    slug="allocations-do-not-add-up",
    promise="the allocations add up to the total supply",
    severity="error",
    subject="allocation",
    why="Tokens that nobody was promised, or that two were promised, show only when somebody claims them.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,600000,0,12,48
Seed,Investors,500000,0,6,24
Total,,1000000,,,
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,600000,0,12,48
Seed,Investors,400000,0,6,24
Total,,1000000,,,
""",
    decided=(
        "The allocations are added exactly and compared with the supply that the table or the command line states, percentages with 100."
    ),
    limits="Below the supply it is a warning only, and without a stated supply there is nothing to compare with.",
    source="The allocations are parts of the total supply.",
)
