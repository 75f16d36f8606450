"""VV609: no entity is listed twice."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV609",
    slug="duplicate-entity",
    promise="no entity is listed twice",
    severity="error",
    subject="allocation",
    why="An allocation that stands in the table twice is counted twice, or one of the two is forgotten.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,12,48
Team,Founders,400000,0,12,48
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,12,48
Team reserve,Founders,400000,0,12,48
""",
    decided="The names are compared.",
    limits="Two names of one entity are not recognised. Several allocations may go to one agent.",
    source="Each row is the allocation of one entity.",
)
