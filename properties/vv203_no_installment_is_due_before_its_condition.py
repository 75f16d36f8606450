"""VV203: no installment is due before its condition is entered."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV203",
    slug="vests-before-parent",
    promise="no installment is due before its condition is entered",
    severity="info",
    subject="terms",
    why=(
        "Months that have passed before a condition is entered vest together on the day on which it is. With two- "
        "tier terms that is the point; elsewhere it surprises, and engines differ on the day."
    ),
    bad="""\
{
  "id": "time-and-liquidity",
  "object_type": "VESTING_TERMS",
  "name": "Time and liquidity",
  "description": "Quarterly over four years from the start, but not before a liquidity event.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["liquidity"]
    },
    {
      "id": "liquidity",
      "quantity": "0",
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "16" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 16,
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
  "id": "time-and-liquidity",
  "object_type": "VESTING_TERMS",
  "name": "Time and liquidity",
  "description": "Quarterly over four years from a liquidity event.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["liquidity"]
    },
    {
      "id": "liquidity",
      "quantity": "0",
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "16" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 16,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "liquidity"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "For each condition that vests on a date, in the document or counted from another condition, and for each "
        "condition that leads to it: where what lies between counts from the same condition, no longer, the date "
        "cannot have passed. Otherwise the reference engine is run with events on the day after the date, in "
        "search of an execution that enters the condition later than its own date; what is not found is asked of "
        "the solver, for all start dates and any event dates or none."
    ),
    limits=(
        "Compared is the own date of the first occurrence, also where a cliff defers it. Conditions met by a "
        "transaction are not meant: an event may be recorded early. One condition that leads there is named, the "
        "first that is found. That installments accumulate can be what the parties agreed on, hence an "
        "information."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingPeriod.schema.json; discussion #540 (no date before that of an "
        "ancestor in the path; two-tier grants); rules DAT-7, DAT-8."
    ),
)
