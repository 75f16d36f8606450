"""VV001: the document is readable JSON text."""

from __future__ import annotations

from vestverify.properties._property import Property

PROPERTY = Property(
    code="VV001",
    slug="unreadable-document",
    promise="the document is readable JSON text",
    severity="error",
    subject="document",
    why=("A document that one program reads by guessing, and another refuses, means nothing that can be relied on."),
    bad="""\
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
      "next_condition_ids": [],
    }
  ]
}
""",
    good="""\
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
""",
    decided=(
        "The file is read as UTF-8 and as JSON, strictly: no comments, no trailing commas, no values outside the "
        "standard. Text that is nested too deeply or is too large to be read safely is refused as well."
    ),
    limits=(
        "A readable document need not be one of OCF: VV002, VV003 and VV004 follow. When the text cannot be read, "
        "nothing else is decided about it."
    ),
    source="RFC 8259 (JSON), which OCF builds on; OCF files are JSON in UTF-8.",
)
