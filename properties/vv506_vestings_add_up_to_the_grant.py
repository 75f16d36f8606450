"""VV506: the explicit vestings add up to the grant."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV506",
    slug="vestings-total",
    promise="the explicit vestings add up to the grant",
    severity="error",
    subject="transactions",
    why=(
        "Vestings above the grant vest shares that were never granted, which is an error; vestings below it leave "
        "shares that never vest, which is a warning."
    ),
    bad="""\
{
  "format": "vestverify.case/1",
  "name": "Explicit vestings",
  "terms": null,
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
    "vestings": [
      { "date": "2025-01-15", "amount": "600" },
      { "date": "2026-01-15", "amount": "700" }
    ]
  },
  "transactions": []
}
""",
    good="""\
{
  "format": "vestverify.case/1",
  "name": "Explicit vestings",
  "terms": null,
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
    "vestings": [
      { "date": "2025-01-15", "amount": "600" },
      { "date": "2026-01-15", "amount": "600" }
    ]
  },
  "transactions": []
}
""",
    decided=(
        "By reading the fields: the amounts of vestings are added exactly and compared with the quantity of the "
        "issuance."
    ),
    limits=(
        "Dates are not judged, and the order of the rows means nothing. A sum below the grant can be meant, where the "
        "rest vests by acceleration."
    ),
    source=(
        "OCF v1.2.0: schema/types/Vesting.schema.json and "
        "schema/objects/transactions/issuance/EquityCompensationIssuance.schema.json (vestings); rules SRC-2, AMT-6."
    ),
)
