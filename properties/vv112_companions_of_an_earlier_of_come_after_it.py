"""VV112: beside an EARLIER_OF a condition leads only to what comes after it."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV112",
    slug="earlier-of-companion",
    promise="beside an EARLIER_OF a condition leads only to what comes after it",
    severity="error",
    subject="terms",
    why=(
        "Whether a condition goes on is decided by the EARLIER_OF. A companion that does not come after it could be "
        "entered by an input that lost."
    ),
    bad="""\
{
  "id": "sale-or-lapse",
  "object_type": "VESTING_TERMS",
  "name": "Sale before 2030",
  "description": "All of it with the sale, unless 2030 begins before.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale", "lapse"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["first", "closing"]
    },
    {
      "id": "lapse",
      "quantity": "0",
      "trigger": { "type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2030-01-01" },
      "next_condition_ids": ["first"]
    },
    {
      "id": "first",
      "trigger": { "type": "VESTING_RELATIONSHIP_EARLIER_OF", "input_condition_ids": ["sale", "lapse"] },
      "next_condition_ids": []
    },
    {
      "id": "closing",
      "portion": { "numerator": "0", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "sale-or-lapse",
  "object_type": "VESTING_TERMS",
  "name": "Sale before 2030",
  "description": "All of it with the sale, unless 2030 begins before.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale", "lapse"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["first"]
    },
    {
      "id": "lapse",
      "quantity": "0",
      "trigger": { "type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2030-01-01" },
      "next_condition_ids": ["first"]
    },
    {
      "id": "first",
      "trigger": { "type": "VESTING_RELATIONSHIP_EARLIER_OF", "input_condition_ids": ["sale", "lapse"] },
      "next_condition_ids": ["closing"]
    },
    {
      "id": "closing",
      "portion": { "numerator": "0", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=("By the edges of the graph: from the EARLIER_OF some path must lead to each companion."),
    limits=(
        "The published generator goes on from the EARLIER_OF with its own next conditions and with those of the "
        "earlier input. The two-tier example of discussion #540 relies on that alone and breaks this constraint of "
        "issue #542."
    ),
    source=("The first constraint of issue #542 on relationships in next_condition_ids; rule REL-6."),
)
