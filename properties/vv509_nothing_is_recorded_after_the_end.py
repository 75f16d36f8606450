"""VV509: nothing is recorded on a security after its end."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV509",
    slug="transaction-after-end",
    promise="nothing is recorded on a security after its end",
    severity="error",
    subject="transactions",
    why=(
        "A security that was cancelled, retracted, transferred or exercised whole holds no shares any more; here "
        "shares are released a month after all of them were cancelled."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Released after the end",
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
      "object_type": "TX_EQUITY_COMPENSATION_CANCELLATION",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2024-05-01",
      "quantity": "1200",
      "reason_text": "Left the company"
    },
    {
      "object_type": "TX_EQUITY_COMPENSATION_RELEASE",
      "id": "transaction-3",
      "security_id": "rsu-1",
      "date": "2024-06-01",
      "quantity": "300",
      "settlement_date": "2024-06-01",
      "release_price": { "amount": "1.00", "currency": "USD" },
      "resulting_security_ids": ["stock-1"]
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Released after the end",
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
      "object_type": "TX_EQUITY_COMPENSATION_RELEASE",
      "id": "transaction-3",
      "security_id": "rsu-1",
      "date": "2024-04-20",
      "quantity": "300",
      "settlement_date": "2024-04-20",
      "release_price": { "amount": "1.00", "currency": "USD" },
      "resulting_security_ids": ["stock-1"]
    },
    {
      "object_type": "TX_EQUITY_COMPENSATION_CANCELLATION",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2024-05-01",
      "quantity": "900",
      "reason_text": "Left the company"
    }
  ]
}
""",
    decided=(
        "By folding the transactions in the order of their dates; on one day exercises and releases count before "
        "cancellations, and these before retractions. More shares than are left are a finding as well."
    ),
    limits=(
        "Acceptances are not looked at. Whether a date of expiration or a window after the end of employment was kept "
        "is not looked at either."
    ),
    source=(
        "OCF v1.2.0: explainer TraversingTransactions.md; schema/objects/transactions/cancellation, exercise, "
        "release, retraction, transfer; rule TXN-2."
    ),
)
