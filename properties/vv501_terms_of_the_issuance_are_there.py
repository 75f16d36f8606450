"""VV501: the terms that the issuance names are there."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV501",
    slug="missing-terms",
    promise="the terms that the issuance names are there",
    severity="error",
    subject="transactions",
    why=(
        "Published generators take a grant whose terms they cannot find for one that is fully vested on the first day."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Renamed terms",
  "terms": {
    "id": "four-quarters-2024",
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
    "vesting_terms_id": "four-quarters"
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
  "name": "Renamed terms",
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
    "vesting_terms_id": "four-quarters"
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
    decided="By reading the fields: vesting_terms_id of the issuance is the id of terms in the document.",
    limits=(
        "That the terms are there does not mean that they are the ones that the parties signed. An issuance that "
        "names no terms is outside this promise."
    ),
    source=(
        "OCF v1.2.0: schema/objects/transactions/issuance/EquityCompensationIssuance.schema.json (vesting_terms_id); "
        "rules SRC-1, SRC-4."
    ),
)
