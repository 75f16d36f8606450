"""VV502: every vesting transaction names a condition of the terms."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV502",
    slug="unknown-condition",
    promise="every vesting transaction names a condition of the terms",
    severity="error",
    subject="transactions",
    why=(
        "A start or event that is recorded under a wrong name has no effect: the holder believes that vesting has "
        "begun, and it has not."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Misspelt start",
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
      "vesting_condition_id": "vesting-start"
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Misspelt start",
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
    decided=(
        "By reading the fields: vesting_condition_id of every start and event of the security is looked up in its "
        "terms."
    ),
    limits=(
        "Transactions of other securities are not looked at. That a transaction names a condition does not mean that "
        "it has an effect: the branch may not be taken."
    ),
    source=(
        "OCF v1.2.0: schema/objects/transactions/vesting/VestingStart.schema.json and VestingEvent.schema.json "
        "(vesting_condition_id); rule TXN-1."
    ),
)
