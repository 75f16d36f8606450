"""The form of an OCF file: a ``file_type`` and a list of ``items`` (schema/primitives/files/File.schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestverify.json_text import join
from vestverify.results import Finding
from vestverify.schema_errors import MAXIMUM_FINDINGS, brief, lacking, quote, schema_error

MANIFEST_FILE = "OCF_MANIFEST_FILE"
VESTING_TERMS_FILE = "OCF_VESTING_TERMS_FILE"
TRANSACTIONS_FILE = "OCF_TRANSACTIONS_FILE"
STAKEHOLDERS_FILE = "OCF_STAKEHOLDERS_FILE"


def form_errors(value: Mapping[str, Any], pointer: str, expected: str, because: str, items: str) -> tuple[Finding, ...]:
    """Findings VV003 about a file as a whole.

    Args:
        value: its JSON.
        pointer: of the file in its package; empty for a document of one file.
        expected: the ``file_type`` that it should have.
        because: the end of the sentence about another one.
        items: what its items are, in words.
    """
    errors: list[Finding] = []
    stated = value.get("file_type")
    if "file_type" not in value:
        errors.append(lacking(pointer, "the file", "file_type", f'add "file_type": "{expected}"', value))
    elif stated != expected:
        message = f"'file_type' is {brief(stated)}, but {because}"
        error = schema_error(join(pointer, "file_type"), "literal_error", message, "correct the file_type", stated)
        errors.append(error)
    for name in list(value)[:MAXIMUM_FINDINGS]:
        if name not in ("file_type", "items"):
            message = f"the file has the field {quote(name)}, which OCF does not know there"
            advice = "take it out; a file holds 'file_type' and 'items' only"
            errors.append(schema_error(join(pointer, name), "extra_forbidden", message, advice, value[name]))
    if "items" not in value:
        errors.append(lacking(pointer, "the file", "items", f'add "items", a list of {items}', value))
    return tuple(errors)
