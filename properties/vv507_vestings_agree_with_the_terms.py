"""VV507: the explicit vestings and the terms give the same schedule."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV507",
    slug="vestings-disagree-with-terms",
    promise="the explicit vestings and the terms give the same schedule",
    severity="warning",
    subject="transactions",
    why=(
        "Where an issuance states both, the schema lets the vestings win and published generators the terms: if the "
        "two differ, so does what the holder owns."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Vestings and terms",
  "terms": {
    "id": "four-quarters",
    "object_type": "VESTING_TERMS",
    "name": "Four quarters",
    "description": "A quarter of the grant each quarter, for one year.",
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
  },
  "issuance": {
    "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
    "id": "issuance-1",
    "security_id": "rsu-1",
    "custom_id": "RSU-1",
    "stakeholder_id": "holder-1",
    "date": "2024-01-15",
    "compensation_type": "RSU",
    "quantity": "1200",
    "expiration_date": null,
    "termination_exercise_windows": [],
    "security_law_exemptions": [],
    "vesting_terms_id": "four-quarters",
    "vestings": [
      { "date": "2024-04-15", "amount": "300" },
      { "date": "2024-07-15", "amount": "300" },
      { "date": "2024-10-15", "amount": "300" },
      { "date": "2025-07-15", "amount": "300" }
    ]
  },
  "transactions": [
    {
      "object_type": "TX_VESTING_START",
      "id": "transaction-1",
      "security_id": "rsu-1",
      "date": "2024-01-15",
      "vesting_condition_id": "start"
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Vestings and terms",
  "terms": {
    "id": "four-quarters",
    "object_type": "VESTING_TERMS",
    "name": "Four quarters",
    "description": "A quarter of the grant each quarter, for one year.",
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
  },
  "issuance": {
    "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
    "id": "issuance-1",
    "security_id": "rsu-1",
    "custom_id": "RSU-1",
    "stakeholder_id": "holder-1",
    "date": "2024-01-15",
    "compensation_type": "RSU",
    "quantity": "1200",
    "expiration_date": null,
    "termination_exercise_windows": [],
    "security_law_exemptions": [],
    "vesting_terms_id": "four-quarters",
    "vestings": [
      { "date": "2024-04-15", "amount": "300" },
      { "date": "2024-07-15", "amount": "300" },
      { "date": "2024-10-15", "amount": "300" },
      { "date": "2025-01-15", "amount": "300" }
    ]
  },
  "transactions": [
    {
      "object_type": "TX_VESTING_START",
      "id": "transaction-1",
      "security_id": "rsu-1",
      "date": "2024-01-15",
      "vesting_condition_id": "start"
    }
  ]
}
""",
    decided=(
        "By reading the fields and running the terms: the reference engine computes the schedule of the terms from "
        "the recorded transactions, and it is compared with the vestings date by date."
    ),
    limits=(
        "The terms are run on what has been recorded so far: a start or event that is still to come can make the two "
        "agree, or disagree, later. The comparison follows the chosen reading."
    ),
    source=(
        "OCF v1.2.0: schema/objects/transactions/issuance/EquityCompensationIssuance.schema.json (vestings and "
        "vesting_terms_id); rule SRC-3."
    ),
)
