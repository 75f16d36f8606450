"""VV305: the installments add up to the grant."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV305",
    slug="rounding-breaks-total",
    promise="the installments add up to the grant",
    severity="error",
    subject="terms",
    why=(
        "Shares lost to rounding never vest and shares gained were never granted. With 125 shares, a cliff that is "
        "rounded by itself gives 31 and the 36 months after it 93: one share is missing for ever."
    ),
    bad="""\
{
  "id": "four-years-cliff",
  "object_type": "VESTING_TERMS",
  "name": "Four years, one year cliff",
  "description": "A quarter of the grant after one year, then a 48th each month for three years.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["cliff"]
    },
    {
      "id": "cliff",
      "portion": { "numerator": "12", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 12,
          "occurrences": 1,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": ["monthly"]
    },
    {
      "id": "monthly",
      "portion": { "numerator": "1", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 1,
          "occurrences": 36,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
        },
        "relative_to_condition_id": "cliff"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    good="""\
{
  "id": "four-years-cliff",
  "object_type": "VESTING_TERMS",
  "name": "Four years, one year cliff",
  "description": "A 48th of the grant each month for four years; the first twelve vest together after one year.",
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
      "portion": { "numerator": "1", "denominator": "48" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 1,
          "occurrences": 48,
          "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
          "cliff_installment": 12
        },
        "relative_to_condition_id": "start"
      },
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "For every path that vests exactly the whole grant, the rounded total under the stated allocation type is "
        "encoded with a whole grant of any size, and the solver is asked for a size at which the total differs. The "
        "exact set of failing sizes is found by scanning the residues modulo the common denominator, and one solver "
        "query certifies it both ways. Rounding over the whole path is right whatever the installments are, by a lemma "
        "that the suite proves; where siblings are independent it decides that reading, and inside each condition the "
        "executions of a sample are looked at, which can refute it only."
    ),
    limits=(
        "Whole grants only; a grant of a fraction of a share is not covered. Paths that vest less or more than the "
        "grant are VV302, VV303 and VV301. The default reading rounds over the whole path, so that nothing is lost; "
        "the examples need the reading that rounds inside each condition, as published generators do."
    ),
    source=(
        "OCF v1.2.0: schema/enums/AllocationType.schema.json; issue #514 and its resolution #545 (cliff_installment); "
        "discussion #540; rules ALC-2, ALC-3, ALC-4, CLF-1."
    ),
    reading=(("allocation_scope", "condition"),),
)
