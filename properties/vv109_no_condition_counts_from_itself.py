"""VV109: no condition counts from itself or from a later one."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV109",
    slug="self-reference",
    promise="no condition counts from itself or from a later one",
    severity="error",
    subject="terms",
    why="A condition that waits for its own date, or for one that can only come after it, waits for ever.",
    bad="""\
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
        "relative_to_condition_id": "monthly"
      },
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
        "By the descendants of each condition in the graph: what relative_to_condition_id names must be neither the "
        "condition nor one of them."
    ),
    limits="Other conditions that have not been met by then are VV108.",
    source="The explainer of OCF vesting terms (a relative trigger refers to a prior condition); rule GRF-5.",
)
