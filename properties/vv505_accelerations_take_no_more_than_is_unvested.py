"""VV505: accelerations take no more than is unvested."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV505",
    slug="acceleration-exceeds-unvested",
    promise="accelerations take no more than is unvested",
    severity="error",
    subject="transactions",
    why=(
        "An acceleration brings later installments forward and adds no shares; here 600 shares are unvested when 700 "
        "are accelerated, so that the holder would own more than was granted."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Accelerated too far",
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
      "quantity": "700",
      "reason_text": "Decision of the board"
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Accelerated too far",
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
      "quantity": "600",
      "reason_text": "Decision of the board"
    }
  ]
}
""",
    decided=(
        "By folding the transactions in the order of their dates: what the acceleration asks for is held against what "
        "is unvested on its day, after the installments of that day."
    ),
    limits=(
        "Shares that have been forfeited by then, such as with the end of employment, are not unvested any more. A "
        "pass does not say that the acceleration was agreed."
    ),
    source=(
        "OCF v1.2.0: schema/objects/transactions/vesting/VestingAcceleration.schema.json, issue #287; rules ACC-1 and "
        "ACC-3."
    ),
)
