"""VV510: nothing is recorded on a security before its issuance."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV510",
    slug="transaction-before-issuance",
    promise="nothing is recorded on a security before its issuance",
    severity="warning",
    subject="transactions",
    why=(
        "A security cannot change before it exists, so that one of the dates is likely wrong; here shares are "
        "accelerated ten days before they are granted."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Accelerated before the grant",
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
    "date": "2024-08-11",
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
      "date": "2024-08-11",
      "vesting_condition_id": "start"
    },
    {
      "object_type": "TX_VESTING_ACCELERATION",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2024-08-01",
      "quantity": "300",
      "reason_text": "Decision of the board"
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Accelerated before the grant",
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
    },
    {
      "object_type": "TX_VESTING_ACCELERATION",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2024-08-01",
      "quantity": "300",
      "reason_text": "Decision of the board"
    }
  ]
}
""",
    decided="By reading the fields: each date is held against that of the issuance.",
    limits=(
        "A vesting start may well lie before the grant; what accrued by then vests on its date, and the warning says "
        "so. Other transactions count as if they were dated on the day of the issuance."
    ),
    source=(
        "OCF v1.2.0: date in schema/primitives/objects/transactions/Transaction.schema.json; nothing is said of the "
        "order of dates; rules GRD-1 and TXN-4."
    ),
)
