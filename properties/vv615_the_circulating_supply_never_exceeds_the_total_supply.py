"""VV615: the circulating supply never exceeds the total supply."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV615",
    slug="circulating-exceeds-supply",
    promise="the circulating supply never exceeds the total supply",
    severity="error",
    subject="allocation",
    why="A supply that is exceeded cannot be minted, or dilutes everybody who relied on it.",
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
        "The solver is asked for one more row that breaks the promise, with the supply and all amounts as symbols. Where the allocations exceed the supply, the table is run on the reference engine."
    ),
    limits="It speaks of the tokens of the table only, not of what is minted or burnt beside.",
    source="Tokens that are not yet unlocked do not count in the circulating supply.",
)
