"""VV310: installments are whole shares."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV310",
    slug="fractional-shares",
    promise="installments are whole shares",
    severity="info",
    subject="terms",
    why=(
        "FRACTIONAL rounds nothing: an eighth of 100 shares vests as 12.5 shares. That is right only where fractions "
        "of a share can be issued and exercised, which most companies do not allow."
    ),
    bad="""\
{
  "id": "two-years-quarterly",
  "object_type": "VESTING_TERMS",
  "name": "Two years, quarterly",
  "description": "An eighth of the grant each quarter, for two years.",
  "allocation_type": "FRACTIONAL",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "8" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 8,
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
  "id": "two-years-quarterly",
  "object_type": "VESTING_TERMS",
  "name": "Two years, quarterly",
  "description": "An eighth of the grant each quarter, for two years.",
  "allocation_type": "CUMULATIVE_ROUNDING",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "8" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 8,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "Six of the seven allocation types give whole shares whatever the entitlements are. Under FRACTIONAL every "
        "installment is a share of the grant plus a number of shares, which follows from what has vested before it; "
        "two neighbouring grants show whether it is whole for all. A fraction is shown on an execution of the "
        "reference engine, with the smallest grant that gives one."
    ),
    limits=(
        "Whole grants that have not been exceeded when the installment vests; see VV301 for the others. The "
        "occurrences that a cliff joins are one installment; installments of different conditions that fall on one "
        "day are not added up. Where very many different totals can have vested before one condition the question can "
        "stay open, and where siblings are independent unless a fraction is found or the document shows that there is "
        "none. Employment that ends is not modelled."
    ),
    source=("OCF v1.2.0: schema/enums/AllocationType.schema.json (FRACTIONAL); rules ALC-1, ALC-2, CLF-1."),
)
