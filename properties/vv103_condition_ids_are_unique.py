"""VV103: no two conditions share an id."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV103",
    slug="duplicate-condition-id",
    promise="no two conditions share an id",
    severity="error",
    subject="terms",
    why=(
        "Paths, references and recorded events all name conditions by id; with two of one name each program picks its "
        "own."
    ),
    bad="""\
{
  "id": "three-years-or-listing",
  "object_type": "VESTING_TERMS",
  "name": "Three years or listing",
  "description": "The whole grant vests after three years, or on a listing before that.",
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
    },
    {
      "id": "third-year",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "three-years-or-listing",
  "object_type": "VESTING_TERMS",
  "name": "Three years or listing",
  "description": "The whole grant vests after three years, or on a listing before that.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["third-year", "listing"]
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
    },
    {
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided="The ids of all conditions of the terms are compared.",
    limits="Ids are compared exactly, letter case and spaces included. Ids of different terms may coincide.",
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingCondition.schema.json (id), where uniqueness is not stated; it "
        "follows from how ids are used; rule GRF-3."
    ),
)
