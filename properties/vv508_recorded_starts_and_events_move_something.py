"""VV508: every recorded start and event lets a condition be entered."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV508",
    slug="event-without-effect",
    promise="every recorded start and event lets a condition be entered",
    severity="warning",
    subject="transactions",
    why=(
        "Whoever recorded the event believed that something vests with it; here the sale comes after the date on "
        "which the grant lapsed, and nothing does."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Sold too late",
  "terms": {
    "id": "sale-or-nothing",
    "object_type": "VESTING_TERMS",
    "name": "Sale or nothing",
    "description": "Everything with a sale of the company by the end of 2026.",
    "allocation_type": "CUMULATIVE_ROUND_DOWN",
    "vesting_conditions": [
      {
        "id": "start",
        "quantity": "0",
        "trigger": { "type": "VESTING_START_DATE" },
        "next_condition_ids": ["sale", "expired"]
      },
      {
        "id": "sale",
        "portion": { "numerator": "1", "denominator": "1" },
        "trigger": { "type": "VESTING_EVENT" },
        "next_condition_ids": []
      },
      {
        "id": "expired",
        "quantity": "0",
        "trigger": { "type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2026-12-31" },
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
    "vesting_terms_id": "sale-or-nothing"
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
      "object_type": "TX_VESTING_EVENT",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2027-03-01",
      "vesting_condition_id": "sale"
    }
  ]
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Sold too late",
  "terms": {
    "id": "sale-or-nothing",
    "object_type": "VESTING_TERMS",
    "name": "Sale or nothing",
    "description": "Everything with a sale of the company by the end of 2026.",
    "allocation_type": "CUMULATIVE_ROUND_DOWN",
    "vesting_conditions": [
      {
        "id": "start",
        "quantity": "0",
        "trigger": { "type": "VESTING_START_DATE" },
        "next_condition_ids": ["sale", "expired"]
      },
      {
        "id": "sale",
        "portion": { "numerator": "1", "denominator": "1" },
        "trigger": { "type": "VESTING_EVENT" },
        "next_condition_ids": []
      },
      {
        "id": "expired",
        "quantity": "0",
        "trigger": { "type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2026-12-31" },
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
    "vesting_terms_id": "sale-or-nothing"
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
      "object_type": "TX_VESTING_EVENT",
      "id": "transaction-2",
      "security_id": "rsu-1",
      "date": "2026-03-01",
      "vesting_condition_id": "sale"
    }
  ]
}
""",
    decided=(
        "By running the terms on everything that is recorded: the condition that a start or event names must be among "
        "those that are entered, while employment lasts and while the terms hold."
    ),
    limits=(
        "An event that is recorded before its turn and takes effect later is no finding. Where explicit vestings "
        "decide the schedule, starts and events are not looked at."
    ),
    source=(
        "OCF v1.2.0: schema/objects/transactions/vesting/VestingEvent.schema.json; explainer VestingTerms.md; rules "
        "TRG-2 and PTH-2."
    ),
)
