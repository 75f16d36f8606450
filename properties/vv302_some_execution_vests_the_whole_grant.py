"""VV302: some execution vests the whole grant."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV302",
    slug="never-fully-vests",
    promise="some execution vests the whole grant",
    severity="error",
    subject="terms",
    why=(
        "Terms that never reach the whole grant leave shares that nobody can earn and that stay reserved; mostly a "
        "number of occurrences or a portion is wrong. Here 24 months should have been 36."
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
          "occurrences": 24,
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
        "An execution whose exact total reaches the grant is searched for and replayed on the reference engine. Where "
        "none is found, the solver has to show that no path, or no execution, reaches it."
    ),
    limits=(
        "One execution is enough: what happens on the others is VV303. Not applicable where the terms declare "
        "themselves indeterminate (VV304). Totals are exact, before rounding. Employment that ends is not modelled; "
        "start dates run from 1900-01-01 to 2200-12-31."
    ),
    source=(
        "Discussion #540 (terms that cannot vest in full call for a validation error unless they say so); rule INV-2."
    ),
)
