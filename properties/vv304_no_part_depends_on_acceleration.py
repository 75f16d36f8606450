"""VV304: no part of the grant depends on acceleration."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV304",
    slug="indeterminate-terms",
    promise="no part of the grant depends on acceleration",
    severity="warning",
    subject="terms",
    why=(
        "Holders and auditors should know that some shares depend on a later decision. The finding is of severity "
        "info where the terms declare it with a VESTING_SCHEDULE_INDETERMINATE condition, as here, and a warning "
        "where they do not."
    ),
    bad="""\
{
  "id": "three-years-then-board",
  "object_type": "VESTING_TERMS",
  "name": "Three years, the rest by decision",
  "description": "A 48th of the grant each month for three years; the rest vests only if the board accelerates it.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["monthly"]
    },
    {
      "id": "monthly",
      "portion": { "numerator": "1", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 1,
          "occurrences": 36,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": ["by-acceleration"]
    },
    {
      "id": "by-acceleration",
      "trigger": { "type": "VESTING_SCHEDULE_INDETERMINATE" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "four-years",
  "object_type": "VESTING_TERMS",
  "name": "Four years, monthly",
  "description": "A 48th of the grant each month, for four years.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["monthly"]
    },
    {
      "id": "monthly",
      "portion": { "numerator": "1", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 1,
          "occurrences": 48,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "The largest share of the grant over all executions is found as for VV301 and VV302; below one, the rest can "
        "vest only by acceleration."
    ),
    limits=(
        "Nothing is said about whether acceleration will be granted, or to whom. One execution that vests the whole "
        "grant is enough for a pass. Employment that ends is not modelled."
    ),
    source=(
        "Discussion #540 (VESTING_SCHEDULE_INDETERMINATE; the value is proposed, its JSON is not part of a release); "
        "OCF v1.2.0: schema/objects/transactions/vesting/VestingAcceleration.schema.json; rules INV-2, ACC-1."
    ),
)
