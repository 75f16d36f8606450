"""VV204: every installment falls on a date that can be written."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV204",
    slug="date-out-of-range",
    promise="every installment falls on a date that can be written",
    severity="error",
    subject="terms",
    why=(
        "A number in the wrong field makes a period of thousands of years, and a schedule that no calendar can "
        "hold. Here the length is the number of shares."
    ),
    bad="""\
{
  "id": "ten-installments",
  "object_type": "VESTING_TERMS",
  "name": "Ten installments",
  "description": "Ten equal installments, one every six months.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["installments"]
    },
    {
      "id": "installments",
      "portion": { "numerator": "1", "denominator": "10" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 10000,
          "occurrences": 10,
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
  "id": "ten-installments",
  "object_type": "VESTING_TERMS",
  "name": "Ten installments",
  "description": "Ten equal installments, one every six months.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["installments"]
    },
    {
      "id": "installments",
      "portion": { "numerator": "1", "denominator": "10" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 6,
          "occurrences": 10,
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
        "For each condition the latest day of its last installment is bounded over all paths, from starts and "
        "events on 2200-12-31 and the longest months. Where the bound of a condition that vests anything lies "
        "after 9999-12-31, the reference engine is run with the latest dates, and the solver asked where that "
        "shows nothing. A last installment more than 100 years after the condition that it counts from is a "
        "warning, by arithmetic."
    ),
    limits=(
        "A pass says that a date can be written, not that it is the date that was meant. Starts and events after "
        "2200-12-31 are not looked at. The 100 years are counted for each condition by itself, not over a path of "
        "several."
    ),
    source=(
        "OCF v1.2.0: schema/types/Date.schema.json (dates YYYY-MM-DD), "
        "schema/types/vesting/VestingPeriod.schema.json (no largest length); rules TRG-4, DAT-1, DAT-2."
    ),
)
