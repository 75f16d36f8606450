"""VV606: no agent that sells by the table has other flows of tokens."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV606",
    slug="agent-sells-elsewhere",
    promise="no agent that sells by the table has other flows of tokens",
    severity="warning",
    subject="allocation",
    why="The sales of an agent that also buys, stakes or sells elsewhere in a model would be counted twice.",
    bad="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time,other_flows
Seed,Investors,350000,0,6,24,50,3,yes
""",
    good="""\
entity,agent,allocation,start_month,cliff_month,vesting_months,vesting_sales_percentage,vesting_sales_mean_time,other_flows
Seed,Investors,350000,0,6,24,50,3,no
""",
    decided="Agents with a sales percentage are looked up among those that the table says have other flows.",
    limits="Without a column that says so, other flows are not known of.",
    source="The sales columns are not for agents that have other flows of tokens.",
)
