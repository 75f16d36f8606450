"""VV504: every start and event is recorded at most once."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV504",
    slug="duplicate-vesting-start",
    promise="every start and event is recorded at most once",
    severity="error",
    subject="transactions",
    why=(
        "With two dates for one start, one program counts from the earlier and another from the one that comes first "
        "in the file; here the schedules lie a month apart."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Corrected start",
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
      "object_type": "TX_VESTING_START",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2024-02-15",
      "vesting_condition_id": "start"
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Corrected start",
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
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2024-02-15",
      "vesting_condition_id": "start"
    }
  ]
}
""",
    decided=(
        "By reading the fields: the starts and events of the security are counted by the condition that they name."
    ),
    limits=(
        "Two records of the same date are reported too. Under the reading duplicate_start=earliest the engine still "
        "runs such a grant, from the earliest date."
    ),
    source=(
        "OCF v1.2.0: schema/objects/transactions/vesting/VestingStart.schema.json; what two of them mean is not "
        "stated; rule TXN-4."
    ),
)
