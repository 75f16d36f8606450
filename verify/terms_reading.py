"""VestingTerms of a list, each read by itself, so that a bad one hides no other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from vestverify.decision import finding
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.json_text import join
from vestverify.loaded_document import LoadedTerms
from vestverify.results import Finding, Related
from vestverify.schema_errors import MAXIMUM_FINDINGS, describe, quote, read_object, schema_error

#: VestingTerms that one document may hold.
MAXIMUM_TERMS = 10_000
#: Findings in one document after which only the first one of each further VestingTerms is listed.
MAXIMUM_DOCUMENT_FINDINGS = 1_000

READS = (
    "vestverify reads one VestingTerms, a list of them, an OCF_VESTING_TERMS_FILE, an OCF package (a folder or zip archive "
    "with a manifest, or an object with a list vesting_terms), an OCF_TRANSACTIONS_FILE, "
    "and cases (terms, issuance, transactions)"
)
_NO_TEMPLATES = "an OCF v2 vesting template (VESTING_TERMS with statements); this version does not verify these"


def is_template(value: Any) -> bool:
    """Whether a JSON value is a vesting template of OCF's experimental second version."""
    return isinstance(value, dict) and "statements" in value and "vesting_conditions" not in value


def is_terms(value: Any) -> bool:
    """Whether a JSON value is meant to be VestingTerms."""
    return isinstance(value, dict) and (value.get("object_type") == "VESTING_TERMS" or "vesting_conditions" in value)


def holds_terms(items: Any) -> bool:
    """Whether a JSON value is a list in which there are VestingTerms."""
    return isinstance(items, list) and any(is_terms(item) for item in items)


def template_error(pointer: str) -> Finding:
    """A finding VV004 about a vesting template."""
    return finding(
        "VV004",
        f"this is {_NO_TEMPLATES}",
        pointer,
        facts={"rule": "template"},
        advice=READS,
        identity=(pointer, "template"),
    )


def read_terms_list(items: Any, pointer: str, size: int) -> tuple[tuple[LoadedTerms, ...], tuple[Finding, ...]]:
    """Read a list of VestingTerms.

    Args:
        items: the list as JSON.
        pointer: where it stands.
        size: characters of the document, or of the file of a package.

    Returns:
        Each of its entries, and what is wrong with the list itself. Whether two have the same id is left to
        ``duplicate_terms``, since a package may have several lists.
    """
    if not isinstance(items, list):
        message = f"{quote(pointer.rpartition('/')[2])} must be a list of VestingTerms, found {describe(items)}"
        return (), (schema_error(pointer, "list_type", message, "make it a list, in square brackets", items),)
    terms: list[LoadedTerms] = []
    listed = 0
    for number, item in enumerate(items[:MAXIMUM_TERMS]):
        limit = MAXIMUM_FINDINGS if listed < MAXIMUM_DOCUMENT_FINDINGS else 1
        terms.append(read_terms(item, join(pointer, number), size, limit))
        listed += len(terms[-1].errors)
    if len(items) <= MAXIMUM_TERMS:
        return tuple(terms), ()
    message = f"the list has {len(items):,} entries; those after the first {MAXIMUM_TERMS:,} are not read"
    rest = schema_error(join(pointer, MAXIMUM_TERMS), "too_many", message, "split the document", items)
    return tuple(terms), (rest,)


def duplicate_terms(terms: Iterable[LoadedTerms]) -> tuple[Finding, ...]:
    """Findings VV003 about VestingTerms of a document that have the id of others before them."""
    errors: list[Finding] = []
    first: dict[str, str] = {}
    for loaded in terms:
        identifier = loaded.raw.get("id") if isinstance(loaded.raw, dict) else None
        if not isinstance(identifier, str):
            continue
        place = join(loaded.pointer, "id")
        if identifier in first:
            error = schema_error(
                place,
                "duplicate_id",
                f"two VestingTerms of this document have the id {quote(identifier)}",
                "give each its own id; issuances name their terms by it",
                identifier,
            )
            errors.append(dataclasses.replace(error, related=(Related(first[identifier], "the first one"),)))
        else:
            first[identifier] = place
    return tuple(errors)


def read_terms(raw: Any, pointer: str, size: int, limit: int = MAXIMUM_FINDINGS) -> LoadedTerms:
    """Read one VestingTerms, sound or not.

    Args:
        raw: its JSON value, or what stands in its place.
        pointer: where it stands.
        size: characters of the document, or of the file of a package.
        limit: findings that are listed.
    """
    if is_template(raw):
        return LoadedTerms(pointer, raw, None, (template_error(pointer),))
    other = raw.get("object_type") if isinstance(raw, dict) else None
    if isinstance(other, str) and other != "VESTING_TERMS" and not is_terms(raw):
        message = f"this is an object of the type {quote(other)} among VestingTerms"
        error = schema_error(join(pointer, "object_type"), "literal_error", message, "take it out", other)
        return LoadedTerms(pointer, raw, None, (error,))
    identifier = raw.get("id") if isinstance(raw, dict) else None
    words = f"the VestingTerms {quote(identifier)}" if isinstance(identifier, str) else "the VestingTerms"
    checked = read_object(VestingTerms, raw, words, pointer, size, limit=limit)
    return LoadedTerms(pointer, raw, checked.value, checked.errors)
