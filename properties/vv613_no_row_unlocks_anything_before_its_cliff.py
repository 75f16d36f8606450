"""VV613: no row unlocks anything before its cliff."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV613",
    slug="unlocks-before-cliff",
    promise="no row unlocks anything before its cliff",
    severity="error",
    subject="allocation",
    why="A cliff is there so that who leaves early, or sells early, has nothing to take.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,6.5,24
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,7,24
""",
    decided=(
        "The solver is asked for a row and a month that break the promise, with allocation, start, cliff, vesting time and month as symbols: one proof serves all rows. Rows whose numbers make no sense are run on the reference engine. Parts of a month are dropped there, as simulations in whole months do."
    ),
    limits="It speaks of whole months and of what the table says, not of what a contract on a chain does.",
    source="The cliff is the number of months after the start until the first tokens are unlocked.",
)
