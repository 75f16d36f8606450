"""VV108: every condition that another counts from has been met by then."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV108",
    slug="reference-off-path",
    promise="every condition that another counts from has been met by then",
    severity="error",
    subject="terms",
    why=(
        "A condition that counts from one that was not entered has no date, so the path is stuck before it. Here the "
        "author listed cliff and monthly side by side, as alternatives, where one should follow the other."
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
      "next_condition_ids": ["cliff", "monthly"]
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
      "next_condition_ids": []
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
        "By the ancestors and the dominators of the graph. The condition counted from must lie on every path to the "
        "one that counts: on none is an error, on some only is a warning."
    ),
    limits=(
        "On every path means every path of edges, also one that no execution can take. What has been met need not be "
        "recent: the date counted from can lie long before."
    ),
    source=(
        "The explainer of OCF vesting terms (a relative trigger refers to a prior condition that has been met); "
        "discussion #540 asks for the constraint; rule GRF-5."
    ),
)
