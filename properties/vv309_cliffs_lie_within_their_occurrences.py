"""VV309: every cliff lies within its occurrences."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV309",
    slug="cliff-beyond-occurrences",
    promise="every cliff lies within its occurrences",
    severity="error",
    subject="terms",
    why=(
        "A cliff at an installment that never comes leaves engines to vest nothing at all, or all at the end. Here "
        "the cliff was counted in months instead of quarters."
    ),
    bad="""\
{
  "id": "two-years-quarterly",
  "object_type": "VESTING_TERMS",
  "name": "Two years, one year cliff",
  "description": "An eighth of the grant each quarter for two years; the first year vests together at its end.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "8" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 8,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
          "cliff_installment": 12
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
  "id": "two-years-quarterly",
  "object_type": "VESTING_TERMS",
  "name": "Two years, one year cliff",
  "description": "An eighth of the grant each quarter for two years; the first year vests together at its end.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "8" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 8,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
          "cliff_installment": 4
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided="By reading the fields: cliff_installment is not larger than occurrences of the same period.",
    limits=(
        "A cliff within the occurrences can still be at the wrong installment. A cliff that is a condition by itself "
        "is not looked at here."
    ),
    source=(
        "OCF main: schema/primitives/types/vesting/VestingPeriod.schema.json (cliff_installment, which has no upper "
        "bound there); #514, #545; rules CLF-1, CLF-2, CLF-3."
    ),
)
