"""VV003: the document is what OCF's schema allows."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV003",
    slug="schema-violation",
    promise="the document is what OCF's schema allows",
    severity="error",
    subject="document",
    why=(
        "What the schema forbids has no agreed meaning: here nobody can say whether the sale vests the whole grant or "
        "1,000 shares."
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
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "quantity": "1000",
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
      "quantity": "0",
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
        "The document is read into typed models that follow the schema field by field: types, enumerations, required "
        "fields, no unknown fields, exactly one of portion and quantity. Each violation is reported at its place."
    ),
    limits=(
        "The schema says little about what a schedule does: references, cycles and totals are left to the other "
        "properties. Fields of a transaction that vesting does not use are not checked."
    ),
    source=(
        "OCF v1.2.0: schema/objects/VestingTerms.schema.json and schema/types/vesting/; cliff_installment as in "
        "schema/primitives/types/vesting/VestingPeriod.schema.json on main (#545); rules AMT-4, TRG-4, NUM-2."
    ),
)
