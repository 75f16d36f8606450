"""VV311: no outcome forfeits shares by design."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV311",
    slug="forfeits",
    promise="no outcome forfeits shares by design",
    severity="info",
    subject="terms",
    why=(
        "A condition that ends vesting and vests nothing makes the rest of the grant lapse. That is mostly meant, and "
        "holders should know when it happens and how much they lose: here all, five years after the start."
    ),
    bad="""\
{
  "id": "sale-within-five-years",
  "object_type": "VESTING_TERMS",
  "name": "Sale within five years",
  "description": "The whole grant vests on a sale of the company, or lapses five years after the start.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["sale", "expired"]
    },
    {
      "id": "sale",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    },
    {
      "id": "expired",
      "quantity": "0",
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 60,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "sale-within-five-years",
  "object_type": "VESTING_TERMS",
  "name": "Sale within five years",
  "description": "The whole grant vests on a sale of the company, whenever it comes.",
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
        "For each condition without a next one that vests nothing, an execution that ends there with less than the "
        "grant is searched for and replayed on the reference engine; where none is found, the smallest exact total "
        "over all paths that end there is bounded and the solver checks the bound. Where siblings are independent a "
        "lapse is an input of an EARLIER_OF that vests nothing and leads to nothing else, unless that is so of all."
    ),
    limits=(
        "Shares that never vest because an event never happens are not forfeited by a condition and not counted; nor "
        "is what is lost when employment ends. The least and the most vested are bounds over all paths to the "
        "condition."
    ),
    source=(
        "The explainer of OCF vesting terms (an expiration is a last condition of zero shares); discussion #540; "
        "rules PTH-2, INV-2."
    ),
)
