"""VV113: the inputs of a relationship are the conditions that lead to it."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV113",
    slug="relationship-input-mismatch",
    promise="the inputs of a relationship are the conditions that lead to it",
    severity="error",
    subject="terms",
    why=(
        "The same fact is written twice, in input_condition_ids and in next_condition_ids. An engine that reads one "
        "and an engine that reads the other vest different shares where they disagree."
    ),
    bad="""\
{
  "id": "launch-and-financing",
  "object_type": "VESTING_TERMS",
  "name": "Launch and financing",
  "description": "Two fifths with the launch, three fifths with the financing, once both have happened.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["launch", "financing"]
    },
    {
      "id": "launch",
      "portion": { "numerator": "2", "denominator": "5" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["both"]
    },
    {
      "id": "financing",
      "portion": { "numerator": "3", "denominator": "5" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["both"]
    },
    {
      "id": "both",
      "trigger": { "type": "VESTING_RELATIONSHIP_LATER_OF", "input_condition_ids": ["start", "financing"], "calculation_type": "SUM" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "launch-and-financing",
  "object_type": "VESTING_TERMS",
  "name": "Launch and financing",
  "description": "Two fifths with the launch, three fifths with the financing, once both have happened.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["launch", "financing"]
    },
    {
      "id": "launch",
      "portion": { "numerator": "2", "denominator": "5" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["both"]
    },
    {
      "id": "financing",
      "portion": { "numerator": "3", "denominator": "5" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["both"]
    },
    {
      "id": "both",
      "trigger": { "type": "VESTING_RELATIONSHIP_LATER_OF", "input_condition_ids": ["launch", "financing"], "calculation_type": "SUM" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "By comparing input_condition_ids with the conditions whose next_condition_ids name the relationship; each "
        "must be listed once."
    ),
    limits=("An input that is no condition at all is VV107."),
    source=(
        "Issue #542 names both fields and not that they agree; the published generator reads the edges. Rule REL-7."
    ),
)
