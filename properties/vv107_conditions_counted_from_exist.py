"""VV107: every condition that another counts from exists."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV107",
    slug="dangling-reference",
    promise="every condition that another counts from exists",
    severity="error",
    subject="terms",
    why=("A date that is counted from nothing never comes; generators then vest zero shares without a word."),
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
        "relative_to_condition_id": "vesting-start"
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
        "Every relative_to_condition_id is looked up among the conditions of the same terms, and so is every input of "
        "a relationship."
    ),
    limits="That the condition exists does not mean that it has been met by then: see VV108 and VV109.",
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingScheduleRelativeTrigger.schema.json (relative_to_condition_id); rule "
        "GRF-3."
    ),
)
