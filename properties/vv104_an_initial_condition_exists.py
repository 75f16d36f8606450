"""VV104: some condition can start the vesting."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV104",
    slug="no-initial-condition",
    promise="some condition can start the vesting",
    severity="error",
    subject="terms",
    why="Where every condition waits for another one, nothing can ever begin and nothing ever vests.",
    bad="""\
{
  "id": "all-on-launch",
  "object_type": "VESTING_TERMS",
  "name": "All on launch",
  "description": "The whole grant vests when the product is launched.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["launch"]
    },
    {
      "id": "launch",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["start"]
    }
  ]
}
""",
    good="""\
{
  "id": "all-on-launch",
  "object_type": "VESTING_TERMS",
  "name": "All on launch",
  "description": "The whole grant vests when the product is launched.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["launch"]
    },
    {
      "id": "launch",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "A condition that no next_condition_ids names is an initial one; there must be at least one. Conditions "
        "without an initial one always form a cycle, so VV101 and VV106 are reported as well."
    ),
    limits="Which trigger the initial condition has is not judged: terms may begin with an event or a date.",
    source=(
        "The explainer of OCF vesting terms (traversal begins at the condition that nothing leads to); discussion "
        "#540; rule GRF-2."
    ),
)
