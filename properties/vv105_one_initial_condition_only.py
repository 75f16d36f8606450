"""VV105: vesting starts in one condition only."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV105",
    slug="several-initial-conditions",
    promise="vesting starts in one condition only",
    severity="warning",
    subject="terms",
    why=(
        "A second initial condition is mostly a forgotten edge, and engines disagree about it: some let the initial "
        "conditions compete, some run them all and would here vest the grant twice."
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
      "id": "listing",
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
    decided="Conditions that no next_condition_ids names are counted.",
    limits=(
        "Several initial conditions can be meant, for example for shares that vest before the vesting start. The "
        "other properties then hold under the chosen reading only (roots: compete by default)."
    ),
    source="Discussion #540 leaves the number of roots open, issue #217 asks for more than one; rule GRF-2.",
)
