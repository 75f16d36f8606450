"""VV401: every published reading of OCF gives the same schedule."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV401",
    slug="reading-dependent",
    promise="every published reading of OCF gives the same schedule",
    severity="warning",
    subject="terms",
    why=(
        "OCF leaves some questions of vesting open, and published engines answer them differently. Where the answer "
        "matters for these terms, two honest engines show the holder two schedules, a day or a share apart."
    ),
    bad="""\
{
  "id": "one-year-quarterly",
  "object_type": "VESTING_TERMS",
  "name": "One year, quarterly",
  "description": "A quarter of the grant every three months after the start.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["quarterly"]
    },
    {
      "id": "quarterly",
      "portion": { "numerator": "1", "denominator": "4" },
      "trigger": {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {
          "type": "MONTHS",
          "length": 3,
          "occurrences": 4,
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
  "id": "after-one-year",
  "object_type": "VESTING_TERMS",
  "name": "After one year",
  "description": "The whole grant one year after the start.",
  "allocation_type": "CUMULATIVE_ROUND_DOWN",
  "vesting_conditions": [
    {
      "id": "start",
      "quantity": "0",
      "trigger": { "type": "VESTING_START_DATE" },
      "next_condition_ids": ["anniversary"]
    },
    {
      "id": "anniversary",
      "portion": { "numerator": "1", "denominator": "1" },
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
      "next_condition_ids": []
    }
  ]
}
""",
    decided=(
        "The reading of the run is compared with each that answers one of eleven questions differently: roots, "
        "leave_periodic, stepping, first_fixed_day, anchor_day, periodic_reference, early_event, catch_up, "
        "remainder_basis, allocation_scope, grant_catch_up. Where the document has nothing that the question is "
        "about, the readings agree. Otherwise the reference engine is run under both, on starts at month ends and "
        "in leap years, early, late and missing events, odd grants and grants between installments; the first "
        "input with two schedules is the finding. Where none is found, agreement is shown for all inputs: dates "
        "by the solver, from two executions on the same starts and events; roundings by comparing every path for "
        "every residue of the grant modulo the common denominator, after which they repeat."
    ),
    limits=(
        "One question is answered differently at a time; combinations of answers are not compared. What is about "
        "transactions only (source, duplicate_start, acceleration, retraction) and the choice of model (siblings) "
        "are left out. Grants of whole shares. The scope of the result lists the questions on which readings "
        "agree, and those that are not decided. A difference is no mistake of the terms: it says which sentence the "
        "agreement should have."
    ),
    source=(
        "OCF v1.2.0, docs/explainers/VestingTerms.md and schema/enums/AllocationType.schema.json; issues #514, #540, "
        "OCF-Tools #106; rules GRF-2, PTH-3, DAT-2 to DAT-8, AMT-3, ALC-3, GRD-1."
    ),
)
