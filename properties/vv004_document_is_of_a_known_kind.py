"""VV004: the document is of a kind that vestverify reads."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV004",
    slug="unknown-document-kind",
    promise="the document is of a kind that vestverify reads",
    severity="error",
    subject="document",
    why="A file that is passed over in silence would look like one that was checked.",
    bad="""\
{
  "file_type": "OCF_STAKEHOLDERS_FILE",
  "items": [
    {
      "object_type": "STAKEHOLDER",
      "id": "holder-1",
      "name": { "legal_name": "Robin Example" },
      "stakeholder_type": "INDIVIDUAL"
    }
  ]
}
""",
    good="""\
{
  "file_type": "OCF_VESTING_TERMS_FILE",
  "items": [
    {
      "id": "all-on-sale",
      "object_type": "VESTING_TERMS",
      "name": "All on a sale",
      "description": "The whole grant vests when the company is sold.",
      "allocation_type": "CUMULATIVE_ROUND_DOWN",
      "vesting_conditions": [
        {
          "id": "start",
          "quantity": "0",
          "trigger": { "type": "VESTING_START_DATE" },
          "next_condition_ids": ["sale"]
        },
        {
          "id": "sale",
          "portion": { "numerator": "1", "denominator": "1" },
          "trigger": { "type": "VESTING_EVENT" },
          "next_condition_ids": []
        }
      ]
    }
  ]
}
""",
    decided=(
        "The kind is told from the fields that name it: object_type of vesting terms, file_type of a vesting terms "
        "file, the manifest of a package, the format or the fields of a case."
    ),
    limits=(
        "A known kind is no promise about the content. Other files of an OCF package are valid OCF all the same; they "
        "hold no vesting terms and are named here only because they were given to be checked."
    ),
    source=(
        "OCF v1.2.0: schema/files/VestingTermsFile.schema.json, schema/files/StakeholdersFile.schema.json; the case "
        "format of vestverify.case/1."
    ),
)
