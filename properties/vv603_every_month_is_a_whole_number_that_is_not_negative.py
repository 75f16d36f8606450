"""VV603: every month is a whole number that is not negative."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV603",
    slug="month-not-whole",
    promise="every month is a whole number that is not negative",
    severity="error",
    subject="allocation",
    why="A simulation in whole months reads half a month as none or as one, and a negative month as it likes.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,6.5,24
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,6,24
""",
    decided="The cells of start, cliff and vesting months are read as exact decimals.",
    limits="It says nothing of whether the months are meant.",
    source="Start month, cliff month and vesting months are counted in months of the simulation.",
)
