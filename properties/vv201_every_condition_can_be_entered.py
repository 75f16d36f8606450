"""VV201: every condition can be entered."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV201",
    slug="condition-never-entered",
    promise="every condition can be entered",
    severity="error",
    subject="terms",
    why=(
        "A condition that another one always forestalls is a promise on paper. Here the grant always expires after "
        "three years, so that nothing can vest after four."
    ),
    bad="""\
{
  "id": "approval-or-four-years",
  "object_type": "VESTING_TERMS",
  "name": "Approval or four years",
  "description": "The whole grant vests when the product is approved, and after four years at the latest.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["approval", "expired", "fourth-year"]
    },
    {
      "id": "approval",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    },
    {
      "id": "expired",
      "quantity": "0",
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
      "id": "fourth-year",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 48,
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
  "id": "approval-or-four-years",
  "object_type": "VESTING_TERMS",
  "name": "Approval or four years",
  "description": "The whole grant vests when the product is approved, and after four years at the latest.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["approval", "fourth-year"]
    },
    {
      "id": "approval",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    },
    {
      "id": "fourth-year",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 48,
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
    decided=(
        "A sibling that is met whenever the condition is, never later, and wins the tie is told from the document. "
        "Then the reference engine is run with start and event dates at the boundaries, in search of an execution "
        "that enters each condition. What no execution has entered is asked of the solver: the symbolic execution of "
        "the condition's ancestors and their siblings, for all start dates from 1900-01-01 to 2200-12-31 and any "
        "event dates or none. No solution means that it is never entered. Below the verdict stand the conditions that "
        "only some start dates lead to, with these dates as ranges: the days along a path are functions of the start, "
        "so that one range is exact, and that no other start leads there is told from the graph or by the solver."
    ),
    limits=(
        "A pass says that a condition can be entered for some start date, not for every one (the ranges below it say "
        "for which), not that it is likely, and not that every combination of conditions is possible. Start dates "
        "outside the range and the end of employment are not modelled. A condition that the terms declare as "
        "indeterminate is never met by itself and is not expected to be. An input of an EARLIER_OF is entered where it "
        "is the earlier one; ranges of start dates are not stated where siblings are independent."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingCondition.schema.json (order of next_condition_ids); the explainer "
        "of vesting terms (daily evaluation, one path taken); rules PTH-1, PTH-2, PTH-4; proposals in #542."
    ),
)
