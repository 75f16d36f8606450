"""VV601: no cliff lies after the end of its vesting."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV601",
    slug="cliff-after-vesting",
    promise="no cliff lies after the end of its vesting",
    severity="error",
    subject="allocation",
    why="A cliff after the last vesting month makes two answers possible to when the tokens are unlocked.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,24,12
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months
Team,Founders,400000,0,12,24
""",
    decided="The two columns of each row are compared.",
    limits="A cliff that is as long as the vesting passes: everything is unlocked at once.",
    source="The vesting months are counted from the start and include the cliff.",
)
