"""VV002: no JSON object names a key twice."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV002",
    slug="duplicate-key",
    promise="no JSON object names a key twice",
    severity="error",
    subject="document",
    why=(
        "Most programs silently keep the last of two values and some the first, so that two platforms would run two "
        "different schedules from the same file."
    ),
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
          "occurrences": 36,
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
        "While the text is read, every object's keys are compared after their escapes have been resolved; a second "
        "one is reported with its line and column."
    ),
    limits="Only keys are compared: two conditions with the same id are VV103.",
    source=(
        "RFC 8259, section 4, wants the names of an object to be unique and leaves open what happens where they are "
        "not."
    ),
)
