"""VV610: the unlocks of a row never exceed its allocation."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV610",
    slug="unlocks-exceed-allocation",
    promise="the unlocks of a row never exceed its allocation",
    severity="error",
    subject="allocation",
    why="What is unlocked beyond an allocation belongs to somebody else, or to nobody.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,-400000,0,12,48
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,12,48
""",
    decided=(
        "The solver is asked for a row and a month that break the promise, with allocation, start, cliff, vesting time and month as symbols: one proof serves all rows. Rows whose numbers make no sense are run on the reference engine."
    ),
    limits="It speaks of whole months and of what the table says, not of what a contract on a chain does.",
    source="Vesting is linear from the start, and by its end all of the allocation is unlocked.",
)
