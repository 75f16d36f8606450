"""VV306: no installment is negative."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV306",
    slug="negative-installment",
    promise="no installment is negative",
    severity="error",
    subject="terms",
    why=(
        "Vested shares are not taken back. Where more than the grant has vested, what is left is negative, and so is "
        "any share of it: here 48 months of a 36th leave minus a third of the grant for the listing; they should have "
        "been 24."
    ),
    bad="""\
{
  "id": "three-years-then-listing",
  "object_type": "VESTING_TERMS",
  "name": "Three years and a listing",
  "description": "A 36th of the grant each month for four years; what is left vests when the company is listed.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["monthly"]
    },
    {
      "id": "monthly",
      "portion": { "numerator": "1", "denominator": "36" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 1,
          "occurrences": 48,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": ["listing"]
    },
    {
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "1", "remainder": true },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "three-years-then-listing",
  "object_type": "VESTING_TERMS",
  "name": "Three years and a listing",
  "description": "A 36th of the grant each month for two years; what is left vests when the company is listed.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["monthly"]
    },
    {
      "id": "monthly",
      "portion": { "numerator": "1", "denominator": "36" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 1,
          "occurrences": 24,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": ["listing"]
    },
    {
      "id": "listing",
      "portion": { "numerator": "1", "denominator": "1", "remainder": true },
      "trigger": { "type": "VESTING_EVENT" },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "A lemma, which the suite proves, says that allocation makes no installment negative where no entitlement is. "
        "Only a share of a negative remainder is one: for each such condition the most that can have vested before it "
        "is bounded over all paths, and the solver checks the bounds. A path that comes in above the grant is made "
        "into an execution and replayed on the reference engine."
    ),
    limits=(
        "Each occurrence of a condition is judged by itself, before installments of one day are added up. Fixed "
        "quantities that exceed only small grants are not counted here; the verdict says from which grant on it "
        "holds, see VV307. Acceleration and employment that ends are not modelled."
    ),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingConditionPortion.schema.json (a remainder is what has yet to vest) "
        "and schema/enums/AllocationType.schema.json; rules AMT-3, AMT-6, ALC-2, ALC-3."
    ),
)
