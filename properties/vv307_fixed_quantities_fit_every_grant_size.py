"""VV307: fixed quantities fit every grant size."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV307",
    slug="quantity-exceeds-grant",
    promise="fixed quantities fit every grant size",
    severity="warning",
    subject="terms",
    why=(
        "Terms are shared by many grants. Fixed numbers of shares that were written for one grant vest too much of a "
        "smaller one and leave a part of a larger one unvested for ever: these two milestones fit a grant of 1,000 "
        "shares only."
    ),
    bad="""\
{
  "id": "two-milestones",
  "object_type": "VESTING_TERMS",
  "name": "Two milestones",
  "description": "100 shares at the first milestone and 900 at the second.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["first-milestone"]
    },
    {
      "id": "first-milestone",
      "quantity": "100",
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["second-milestone"]
    },
    {
      "id": "second-milestone",
      "quantity": "900",
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "two-milestones",
  "object_type": "VESTING_TERMS",
  "name": "Two milestones",
  "description": "A tenth of the grant at the first milestone and the rest at the second.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["first-milestone"]
    },
    {
      "id": "first-milestone",
      "portion": { "numerator": "1", "denominator": "10" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["second-milestone"]
    },
    {
      "id": "second-milestone",
      "portion": { "numerator": "1", "denominator": "1", "remainder": true },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "A grant fits where no execution vests more than the grant and some execution vests all of it. Both ends of "
        "the range of whole grants that fit are found by bisection: each step is settled by an execution of the "
        "reference engine, or by bounds over all paths that the solver checks. The terms of a case are judged by the "
        "case's own grant."
    ),
    limits=(
        "Totals are exact, before rounding, and the range speaks of whole grants. That a grant fits does not mean "
        "that every path vests all of it: see VV303. Not applicable where no condition vests a fixed number of "
        "shares, and not decided where a condition takes more than the whole remainder. Employment that ends is not "
        "modelled."
    ),
    source=(
        "OCF v1.2.0: schema/objects/VestingTerms.schema.json (one object for any number of issuances) and "
        "schema/types/vesting/VestingCondition.schema.json (quantity); rules AMT-2, AMT-6, INV-2."
    ),
)
