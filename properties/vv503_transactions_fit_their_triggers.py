"""VV503: every vesting transaction fits the trigger of its condition."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV503",
    slug="wrong-trigger-type",
    promise="every vesting transaction fits the trigger of its condition",
    severity="error",
    subject="transactions",
    why=(
        "A start that is recorded as an event, or an event as a start, is taken by some programs and ignored by others."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Start recorded as an event",
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
      "object_type": "TX_VESTING_EVENT",
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
  "name": "Start recorded as an event",
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
        "By reading the fields: a TX_VESTING_START names a condition with the trigger VESTING_START_DATE, a "
        "TX_VESTING_EVENT one with VESTING_EVENT."
    ),
    limits=("Whether the transaction records what happened, and on the right date, cannot be seen from the document."),
    source=(
        "OCF v1.2.0: schema/types/vesting/VestingStartTrigger.schema.json and VestingEventTrigger.schema.json; rules "
        "TRG-1, TRG-2, TXN-1."
    ),
)
