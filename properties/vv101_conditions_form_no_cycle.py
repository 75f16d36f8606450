"""VV101: no condition leads back to itself."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV101",
    slug="cyclic-conditions",
    promise="no condition leads back to itself",
    severity="error",
    subject="terms",
    why=(
        "A path that can return to where it was has no end: engines loop, stop at an arbitrary point or vest the same "
        "shares again."
    ),
    bad="""\
{
  "id": "two-milestones",
  "object_type": "VESTING_TERMS",
  "name": "Prototype and launch",
  "description": "Half vests with the prototype, half with the launch.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["prototype"]
    },
    {
      "id": "prototype",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["launch"]
    },
    {
      "id": "launch",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["prototype"]
    }
  ]
}
""",
    good="""\
{
  "id": "two-milestones",
  "object_type": "VESTING_TERMS",
  "name": "Prototype and launch",
  "description": "Half vests with the prototype, half with the launch.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["prototype"]
    },
    {
      "id": "prototype",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["launch"]
    },
    {
      "id": "launch",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "The solver looks for a rank for every condition, such that each edge of next_condition_ids leads to a higher "
        "rank. Ranks prove that there is no cycle; where none exist, the edges that contradict each other are the "
        "cycle that is named."
    ),
    limits=(
        "Repetition inside one condition, by occurrences, is no cycle. That a condition can be entered over several "
        "paths is none either."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingCondition.schema.json (next_condition_ids); the explainer of vesting "
        "terms says that the graphs are directed and acyclic; rule GRF-1."
    ),
)
