"""VV308: every amount is defined and not negative."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV308",
    slug="invalid-portion",
    promise="every amount is defined and not negative",
    severity="error",
    subject="terms",
    why=(
        "A fraction of denominator zero is no number of shares, and vested shares are not taken back; programs stop "
        "on it, or treat it as zero and hide the mistake. The start should vest 0/1 of the grant, not 0/0."
    ),
    bad="""\
{
  "id": "all-on-sale",
  "object_type": "VESTING_TERMS",
  "name": "All on a sale",
  "description": "The whole grant vests when the company is sold.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "portion": { "numerator": "0", "denominator": "0" },
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "all-on-sale",
  "object_type": "VESTING_TERMS",
  "name": "All on a sale",
  "description": "The whole grant vests when the company is sold.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "portion": { "numerator": "0", "denominator": "1" },
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "By reading the fields: the denominator of every portion is not zero, and no portion or quantity is negative."
    ),
    limits=("Amounts that are defined can still be too large or too small together: see VV301, VV302 and VV303."),
    source=(
        "OCF v1.2.0: schema/types/Numeric.schema.json and schema/types/vesting/VestingConditionPortion.schema.json, "
        "which allow zero and signs; rule AMT-5."
    ),
)
