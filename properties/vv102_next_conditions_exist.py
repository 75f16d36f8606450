"""VV102: every next condition exists."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV102",
    slug="dangling-next-condition",
    promise="every next condition exists",
    severity="error",
    subject="terms",
    why=(
        "A branch that leads nowhere was meant to lead somewhere: a lapse, an acceleration or a tranche has been lost "
        "or misspelt, and no schema notices."
    ),
    bad="""\
{
  "id": "three-years",
  "object_type": "VESTING_TERMS",
  "name": "All after three years",
  "description": "The whole grant vests after three years.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["third-year", "expired"]
    },
    {
      "id": "third-year",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 36,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "three-years",
  "object_type": "VESTING_TERMS",
  "name": "All after three years",
  "description": "The whole grant vests after three years.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["third-year"]
    },
    {
      "id": "third-year",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 36,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided="Every id in next_condition_ids is looked up among the conditions of the same terms.",
    limits="That the id exists does not mean that it is the one that was meant.",
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingCondition.schema.json (next_condition_ids), which checks only that "
        "the ids of one list differ; rule GRF-3."
    ),
)
