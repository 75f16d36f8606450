"""VV612: by the end of its vesting a row is unlocked in full."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV612",
    slug="never-fully-unlocked",
    promise="by the end of its vesting a row is unlocked in full",
    severity="error",
    subject="allocation",
    why="Tokens that are left over when the vesting has ended are missing in the supply, and nobody can claim them.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,24,12
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,12,24
""",
    decided=(
        "The solver is asked for a row and a month that break the promise, with allocation, start, cliff, vesting time and month as symbols: one proof serves all rows. Rows whose numbers make no sense are run on the reference engine."
    ),
    limits="It speaks of whole months and of what the table says, not of what a contract on a chain does.",
    source="The vesting months are those after the start by which all is unlocked, exactly and in whole base units.",
)
