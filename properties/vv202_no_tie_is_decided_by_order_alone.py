"""VV202: no tie between different amounts is decided by the order of next_condition_ids alone."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV202",
    slug="order-decides-tie",
    promise="no tie between different amounts is decided by the order of next_condition_ids alone",
    severity="info",
    subject="terms",
    why=(
        "Two things that happen on one day are told apart by nothing but the order of a list. Here a company that "
        "is listed and sold on one day vests half of the grant or all of it, depending on which was written first."
    ),
    bad="""\
{
  "id": "listing-or-sale",
  "object_type": "VESTING_TERMS",
  "name": "Listing or sale",
  "description": "Half of the grant vests on a listing and the rest a year later, or all of it on a sale.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["listing", "sale"]
    },
    {
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": ["year-after"]
    },
    {
      "id": "year-after",
      "portion": { "numerator": "1", "denominator": "2" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 12,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "listing"
      },
      "next_condition_ids": []
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
  "id": "listing-or-sale",
  "object_type": "VESTING_TERMS",
  "name": "Listing or sale",
  "description": "The whole grant vests on a listing or on a sale.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["listing", "sale"]
    },
    {
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "1" },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
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
        "For each condition, those siblings after it are compared of which the amounts differ, or of which one "
        "goes on and the other ends the path. Dates counted from one day that can never meet are told from the "
        "document. For the others the reference engine is run with events on the day of the sibling's own date, "
        "and with all dates so late that both are overdue; what it does not settle is asked of the solver, for all "
        "start dates and any event dates or none. Where siblings are independent the inputs of each EARLIER_OF are "
        "compared in the same way."
    ),
    limits=(
        "One pair is named for each condition, the first that is found. Siblings of equal amounts that both go on "
        "are not compared by what follows them. A tie can be meant, such as a lapse that is listed after the event "
        "it waits for, hence an information. Ties that a reading decides in another way than by order are not "
        "looked for."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingCondition.schema.json (order of next_condition_ids); the "
        "explainer of vesting terms (daily evaluation); rules PTH-1, PTH-2, DAT-7, REL-2."
    ),
)
