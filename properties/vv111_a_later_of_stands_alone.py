"""VV111: a condition that leads to a LATER_OF leads to nothing else."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV111",
    slug="later-of-not-alone",
    promise="a condition that leads to a LATER_OF leads to nothing else",
    severity="error",
    subject="terms",
    why=(
        "The LATER_OF vests what its inputs would vest, so what follows an input has to follow the relationship. "
        "Beside it, nobody can say whether the companion waits for the other inputs as well."
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
      "next_condition_ids": ["both", "report"]
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
    },
    {
      "id": "report",
      "portion": { "numerator": "0", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
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
      "next_condition_ids": ["report"]
    },
    {
      "id": "report",
      "portion": { "numerator": "0", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=("By the next_condition_ids of every condition."),
    limits=("That a LATER_OF stands alone does not say that its inputs can all be met; VV201 decides that."),
    source=("The second constraint of issue #542 on relationships in next_condition_ids; rule REL-6."),
)
