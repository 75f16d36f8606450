"""VV106: every condition can be reached from an initial one."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV106",
    slug="unreachable-condition",
    promise="every condition can be reached from an initial one",
    severity="error",
    subject="terms",
    why=(
        "What no path leads to never vests, whatever happens; the holder reads a promise there that the terms do not "
        "keep."
    ),
    bad="""\
{
  "id": "one-year-or-listing",
  "object_type": "VESTING_TERMS",
  "name": "One year or listing",
  "description": "The whole grant vests after one year, or on a listing before that.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["first-year"]
    },
    {
      "id": "first-year",
      "portion": { "numerator": "1", "denominator": "1" },
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
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["listing"]
    }
  ]
}
""",
    good="""\
{
  "id": "one-year-or-listing",
  "object_type": "VESTING_TERMS",
  "name": "One year or listing",
  "description": "The whole grant vests after one year, or on a listing before that.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["first-year", "listing"]
    },
    {
      "id": "first-year",
      "portion": { "numerator": "1", "denominator": "1" },
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
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "The edges of next_condition_ids are followed from all initial conditions; what they do not reach is reported."
    ),
    limits=(
        "A condition that nothing at all leads to counts as an initial one (VV105), so an unreachable condition "
        "always stands on a cycle or behind one and VV101 is reported as well. A path of edges is not yet an "
        "execution: whether dates and events let the path get there is VV201."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingCondition.schema.json (next_condition_ids lists all that can "
        "follow); rule GRF-4."
    ),
)
