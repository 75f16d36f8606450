"""VV301: no execution vests more than the grant."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV301",
    slug="over-vests",
    promise="no execution vests more than the grant",
    severity="error",
    subject="terms",
    why=(
        "Shares that were never granted cannot vest: an engine stops, cuts off the last installments or reports more "
        "shares than exist."
    ),
    bad="""\
{
  "id": "four-years-cliff",
  "object_type": "VESTING_TERMS",
  "name": "Four years, one year cliff",
  "description": "A quarter of the grant after one year, then a 48th each month for three years.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["cliff"]
    },
    {
      "id": "cliff",
      "portion": { "numerator": "12", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 12,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
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
        "relative_to_condition_id": "cliff"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "four-years-cliff",
  "object_type": "VESTING_TERMS",
  "name": "Four years, one year cliff",
  "description": "A quarter of the grant after one year, then a 48th each month for three years.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["cliff"]
    },
    {
      "id": "cliff",
      "portion": { "numerator": "12", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 12,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
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
        "relative_to_condition_id": "cliff"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "The largest exact total on entering each condition is bounded over all paths, and the solver checks that the "
        "bounds hold from each condition to the next, which covers all paths at once. A path above the grant is made "
        "into an execution and replayed on the reference engine. Where siblings are independent the solver is asked "
        "for an execution at once."
    ),
    limits=(
        "Totals are exact, before rounding: what rounding adds or loses is VV305. Fixed quantities that exceed only "
        "small grants are not counted here. Acceleration and employment that ends are not modelled."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingConditionPortion.schema.json (portions of the whole quantity, at "
        "each occurrence); rules AMT-1, AMT-3, AMT-6."
    ),
)
