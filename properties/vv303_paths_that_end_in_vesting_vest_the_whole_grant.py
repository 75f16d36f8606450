"""VV303: every execution that ends on a vesting condition has vested the whole grant."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV303",
    slug="path-under-vests",
    promise="every execution that ends on a vesting condition has vested the whole grant",
    severity="warning",
    subject="terms",
    why=(
        "Where the last condition of a path vests shares, the holder expects the rest of the grant to be settled; a "
        "branch that stops short was mostly forgotten half-way."
    ),
    bad="""\
{
  "id": "sale-or-listing",
  "object_type": "VESTING_TERMS",
  "name": "Sale or listing",
  "description": "The whole grant vests on a sale or on a listing of the company.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale", "listing"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    },
    {
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "sale-or-listing",
  "object_type": "VESTING_TERMS",
  "name": "Sale or listing",
  "description": "The whole grant vests on a sale or on a listing of the company.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale", "listing"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
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
        "For each condition without a next one that vests something, an execution that ends there with less than the "
        "grant is searched for and replayed on the reference engine; where none is found, the smallest exact total "
        "over all paths that end there is bounded and the solver checks the bound. It is not applicable where no "
        "execution ends on a condition that vests anything. Where siblings are independent an execution has ended when "
        "nothing that may still be recorded changes anything, and one is searched for that ends with less than the "
        "grant and with no lapse taken (VV311)."
    ),
    limits=(
        "An execution that ends on a condition of zero shares lapses by design and is not counted, and one that waits "
        "for an event has not ended. A smaller total can be meant, hence a warning. Employment that ends is not "
        "modelled."
    ),
    source=(
        "The explainer of OCF vesting terms (an expiration is a last condition of zero shares); discussion #540; "
        "rules PTH-2, INV-2."
    ),
)
