"""VV614: a cliff releases exactly what has accrued since the start."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV614",
    slug="cliff-releases-otherwise",
    promise="a cliff releases exactly what has accrued since the start",
    severity="error",
    subject="allocation",
    why=(
        "Whether a cliff releases what has accrued or the accrual only begins then is where readings of one table part."
    ),
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
    source="Vesting is linear from the start, and what has accrued by the cliff is unlocked at the cliff at once.",
)
