"""From bytes to typed documents, with everything that keeps them from being read as findings (VV001 to VV004).

Nothing here prints, and nothing raises for what a document holds. Pointers are those of the document as
written; lines and columns are made later, from the text, where a finding needs them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from vestverify import json_text
from vestverify.allocations.table_reading import looks_like_table, read_table_bytes
from vestverify.decision import finding
from vestverify.engine.calendar import parse_day
from vestverify.engine.case import Case
from vestverify.engine.reading import BUNDLES, UnknownReading, reading_choices, reading_from
from vestverify.engine.securities import Issuance, Transaction, VestingTransaction
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.file_bytes import read_file
from vestverify.json_text import UnreadableText, join
from vestverify.loaded_document import LoadedCase as LoadedCase
from vestverify.loaded_document import LoadedDocument as LoadedDocument
from vestverify.loaded_document import LoadedPackage
from vestverify.loaded_document import LoadedTerms as LoadedTerms
from vestverify.ocf_files import MANIFEST_FILE, TRANSACTIONS_FILE, VESTING_TERMS_FILE, form_errors
from vestverify.package_documents import read_package_of_files
from vestverify.package_files import ZIP_MAGIC, FolderSource, ZipSource, manifests_in
from vestverify.packages import listed_objects, read_package
from vestverify.results import DocumentKind, Finding
from vestverify.schema_errors import (
    MAXIMUM_FINDINGS,
    brief,
    describe,
    did_you_mean,
    lacking,
    not_one_of,
    quote,
    read_object,
    schema_error,
)
from vestverify.terms_reading import (
    READS,
    duplicate_terms,
    holds_terms,
    is_template,
    read_terms,
    read_terms_list,
    template_error,
)
from vestverify.text_reading import read_text, unreadable
from vestverify.transaction_reading import name_transaction, read_transaction

#: ``format`` that a case may state; a request of the engine protocol is a case with an ``id``.
CASE_FORMATS = ("vestverify.case/1", "vestverify.engine/1")

#: Stands in for the ``allocation_type`` that a bare list of conditions does not state.
ASSUMED_ALLOCATION_TYPE = AllocationType.CUMULATIVE_ROUND_DOWN


# ---- Bytes ----


def expand(paths: Iterable[str]) -> list[str]:
    """The documents that paths name.

    Args:
        paths: files, directories, or ``-`` for standard input.

    Returns:
        Each document once, in the order given. For a directory, recursively and sorted: the directories with
        a manifest, each as one document with everything below it, and elsewhere the ``.json`` and
        ``.ocf.zip`` files; links to directories are not followed. A directory that holds none, or cannot be
        listed, stands for itself, so that ``read_path`` reports it rather than nobody.
    """
    found: dict[str, str] = {}
    for path in paths:
        listed = _documents_in(path) if path != "-" and os.path.isdir(path) else [path]
        for document in listed:
            found.setdefault(document if document == "-" else os.path.abspath(document), document)
    return list(found.values())


def _documents_in(directory: str) -> list[str]:
    unlisted: list[str] = []
    documents: list[str] = []
    packages: set[str] = set()
    for folder, folders, names in os.walk(directory, onerror=lambda error: unlisted.append(str(error.filename))):
        if manifests_in(folder, names):
            packages.add(folder)
            documents.append(folder)
        elif folder not in packages:
            documents.extend(os.path.join(folder, name) for name in names if _is_document(name))
        if folder in packages:
            # What is below a package belongs to it, apart from packages of their own.
            packages.update(os.path.join(folder, name) for name in folders)
    return [*unlisted, *sorted(documents, key=lambda path: path.split(os.sep))] or [directory]


def _is_document(name: str) -> bool:
    return name.lower().endswith((".json", ".ocf.zip"))


def read_path(path: str) -> LoadedDocument:
    """Read one document.

    Args:
        path: a regular file, a folder or zip archive that is an OCF package, or ``-`` for standard input.

    Returns:
        The document; with a VV001 finding where there is nothing to read.
    """
    if path != "-" and os.path.isdir(path):
        folder = FolderSource(path)
        manifests = folder.manifests()
        if manifests:
            return read_package_of_files(path, folder, manifests)
    try:
        data = _read_standard_input() if path == "-" else read_file(path)
    except UnreadableText as error:
        return LoadedDocument(path, "", None, "", (unreadable("", error.reason, "no-bytes"),))
    return read_bytes(path, data)


def read_bytes(path: str, data: bytes) -> LoadedDocument:
    """Read the bytes of one document of any kind.

    Args:
        path: a name for it; its ending tells tables from other documents.
        data: JSON text in UTF-8, a zip archive, or a token allocation table.
    """
    if looks_like_table(path, data):
        table = read_table_bytes(path, data)
        return LoadedDocument(path, table.sha256, DocumentKind.TOKEN_ALLOCATION, "", table=table)
    return _load_archive(path, data) if data.startswith(ZIP_MAGIC) else load(path, data)


def _load_archive(path: str, data: bytes) -> LoadedDocument:
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        source = ZipSource(data)
    except UnreadableText as error:
        return LoadedDocument(path, sha256, None, "", (unreadable("", error.reason, "archive"),))
    manifests = source.manifests()
    if not manifests:
        reason = (
            "this is a zip archive without the manifest of an OCF package (a file whose file_type is OCF_MANIFEST_FILE)"
        )
        return LoadedDocument(path, sha256, None, "", (unreadable("", reason, "no-manifest"),))
    return read_package_of_files(path, source, manifests)


def _read_standard_input() -> bytes:
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise UnreadableText("there is no standard input to read")
    try:
        data: bytes = buffer.read(json_text.MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnreadableText(f"standard input cannot be read: {error}") from None
    return data


def load(path: str, data: bytes) -> LoadedDocument:
    """Read the bytes of one document.

    Args:
        path: a name for it.
        data: JSON text in UTF-8.

    Returns:
        The document. What is wrong with it is among its errors, and hides nothing that can still be read.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    read = read_text(data)
    if not read.is_read:
        return LoadedDocument(path, sha256, None, read.text, read.errors)
    content = _content(read.value, len(read.text))
    errors = (*read.errors, *content.errors)
    return LoadedDocument(path, sha256, content.kind, read.text, errors, content.terms, content.case, content.package)


# ---- Kinds of documents ----


@dataclasses.dataclass(frozen=True, slots=True)
class _Content:
    """What the JSON value of a document turns out to be."""

    kind: DocumentKind | None
    errors: tuple[Finding, ...] = ()
    terms: tuple[LoadedTerms, ...] = ()
    case: LoadedCase | None = None
    package: LoadedPackage | None = None


def _content(value: Any, size: int) -> _Content:
    if isinstance(value, list):
        return _list(value, size)
    if not isinstance(value, dict):
        return _unknown(f"the document is {describe(value)}; an object or a list is expected")
    if value.get("object_type") == "VESTING_TERMS":
        if is_template(value):
            return _Content(DocumentKind.VESTING_TEMPLATE, (template_error(""),))
        return _Content(DocumentKind.VESTING_TERMS, terms=(read_terms(value, "", size),))
    if value.get("format") in CASE_FORMATS or ("issuance" in value and ("terms" in value or "transactions" in value)):
        return _case(value, size)
    if value.get("file_type") == TRANSACTIONS_FILE or _holds_transactions(value.get("items")):
        return _transactions_file(value, size)
    if "file_type" in value or holds_terms(value.get("items")):
        return _file(value, size)
    if "vesting_terms" in value:
        return _package(value, size)
    if "vesting_conditions" in value:
        return _Content(DocumentKind.VESTING_TERMS, terms=(read_terms(value, "", size),))
    return _unknown(f"the document is {_what(value)}")


def _is_condition(value: Any) -> bool:
    return (
        isinstance(value, dict) and "trigger" in value and "next_condition_ids" in value and "object_type" not in value
    )


def _what(value: Mapping[str, Any]) -> str:
    """An object that is nothing known, in words."""
    for name in ("object_type", "file_type", "format"):
        if isinstance(value.get(name), str):
            return f"an object whose {name} is {quote(value[name])}: there are no vesting terms in it"
    items = value.get("items")
    first = items[0] if isinstance(items, list) and items else None
    if isinstance(first, dict) and isinstance(first.get("object_type"), str):
        return f"an object with items such as {quote(first['object_type'])}: there are no vesting terms in it"
    if not value:
        return "an empty object"
    names = [quote(name) for name in list(value)[:5]]
    more = ", and others" if len(value) > 5 else ""
    return f"an object with {', '.join(names)}{more}: there are no vesting terms in it"


def _unknown(message: str) -> _Content:
    return _Content(None, (finding("VV004", message, "", advice=READS, identity=("",)),))


def _list(value: list[Any], size: int) -> _Content:
    if not value:
        return _unknown("the document is an empty list")
    if holds_terms(value):
        terms, errors = read_terms_list(value, "", size)
        errors = (*errors, *duplicate_terms(terms))
        templates = all(is_template(item) for item in value)
        return _Content(DocumentKind.VESTING_TEMPLATE if templates else DocumentKind.VESTING_TERMS, errors, terms)
    if any(_is_condition(item) for item in value):
        return _bare_conditions(value, size)
    if _holds_transactions(value):
        return _bare_transactions(value, size)
    found = describe(value[0])
    if isinstance(value[0], dict):
        found = _what(value[0])
    return _unknown(f"the document is a list, and its first entry is {found}")


def _bare_conditions(value: list[Any], size: int) -> _Content:
    missing = schema_error(
        "",
        "wrapper",
        "this is a list of vesting conditions without the VestingTerms around it; "
        f"the conditions are checked as if their allocation_type were {ASSUMED_ALLOCATION_TYPE}",
        "put the list into 'vesting_conditions' of an object with 'id', 'object_type' (VESTING_TERMS), "
        "'name', 'description' and 'allocation_type'",
        value,
    )
    wrapped = {
        "id": "",
        "object_type": "VESTING_TERMS",
        "name": "",
        "description": "",
        "allocation_type": str(ASSUMED_ALLOCATION_TYPE),
        "vesting_conditions": value,
    }
    checked = read_object(VestingTerms, wrapped, "the list", "", size, conditions_pointer="")
    terms = LoadedTerms("", value, checked.value, checked.errors, conditions_pointer="")
    return _Content(DocumentKind.VESTING_TERMS, (missing,), (terms,))


def _bare_transactions(value: list[Any], size: int) -> _Content:
    message = "this is a list of transactions without the file around it"
    advice = f'put the list into \'items\' of an object with "file_type": "{TRANSACTIONS_FILE}"'
    return _lone_transactions(value, "", size, (schema_error("", "wrapper", message, advice, value),))


def _file(value: Mapping[str, Any], size: int) -> _Content:
    items, stated = value.get("items"), value.get("file_type")
    if stated == MANIFEST_FILE:
        return _unknown("the document is the manifest of an OCF package: check the folder that it is in")
    if stated != VESTING_TERMS_FILE and not holds_terms(items):
        return _unknown(f"the document is {_what(value)}")
    because = f"a file of vesting terms has {quote(VESTING_TERMS_FILE)}"
    errors = form_errors(value, "", VESTING_TERMS_FILE, because, "VestingTerms")
    if "items" not in value:
        return _Content(DocumentKind.VESTING_TERMS_FILE, errors)
    terms, of_items = read_terms_list(items, "/items", size)
    return _Content(DocumentKind.VESTING_TERMS_FILE, (*errors, *of_items, *duplicate_terms(terms)), terms)


def _holds_transactions(items: Any) -> bool:
    """Whether a value is a list with nothing but transactions in it."""
    return isinstance(items, list) and items != [] and all(_is_transaction(item) for item in items)


def _is_transaction(value: Any) -> bool:
    object_type = value.get("object_type") if isinstance(value, dict) else None
    return isinstance(object_type, str) and object_type.startswith(("TX_", "CE_"))


def _transactions_file(value: Mapping[str, Any], size: int) -> _Content:
    because = f"a file of transactions has {quote(TRANSACTIONS_FILE)}"
    errors = form_errors(value, "", TRANSACTIONS_FILE, because, "transactions")
    if "items" not in value:
        return _Content(DocumentKind.OCF_PACKAGE, errors)
    return _lone_transactions(value["items"], "/items", size, errors)


def _lone_transactions(items: Any, pointer: str, size: int, errors: tuple[Finding, ...]) -> _Content:
    """Transactions without the rest of their package: what they name may well be there."""
    objects, of_list = listed_objects(items, pointer, size)
    package, of_package = read_package((), objects, has_all_terms=False, has_all_transactions=False)
    return _Content(DocumentKind.OCF_PACKAGE, (*errors, *of_list, *of_package), package=package)


def _package(value: Mapping[str, Any], size: int) -> _Content:
    terms, errors = read_terms_list(value["vesting_terms"], "/vesting_terms", size)
    objects, of_list = listed_objects(value.get("transactions", []), "/transactions", size)
    package, of_package = read_package(terms, objects, has_all_terms=isinstance(value["vesting_terms"], list))
    found = (*errors, *duplicate_terms(terms), *of_list, *of_package)
    return _Content(DocumentKind.OCF_PACKAGE, found, terms, package=package)


# ---- Cases ----


def _case(value: Mapping[str, Any], size: int) -> _Content:
    errors: list[Finding] = []
    stated = value.get("format", CASE_FORMATS[0])
    if stated not in CASE_FORMATS:
        message = f"'format' is {brief(stated)}, but the cases that are read have {quote(CASE_FORMATS[0])}"
        errors.append(schema_error("/format", "literal_error", message, "correct the format", stated))
    raw_terms = value.get("terms")
    terms = () if raw_terms is None else (read_terms(raw_terms, "/terms", size),)
    issuance = _issuance(value, size, errors)
    transactions = _transactions(value, size, is_template(raw_terms), errors)
    as_of = _as_of(value, errors)
    reading = _reading(value, errors)
    case: Case | None = None
    if issuance is not None and not errors and all(loaded.terms is not None for loaded in terms):
        case = Case(terms[0].terms if terms else None, issuance, transactions, as_of)
    return _Content(DocumentKind.CASE, (), terms, LoadedCase(value, case, reading, as_of, tuple(errors)))


def _issuance(value: Mapping[str, Any], size: int, errors: list[Finding]) -> Issuance | None:
    if "issuance" not in value:
        advice = "add the issuance of the security, as OCF writes it"
        errors.append(lacking("", "the case", "issuance", advice, value))
        return None
    raw = value["issuance"]
    checked = read_object(Issuance, raw, "the issuance", "/issuance", size)
    errors.extend(checked.errors)
    if isinstance(raw, dict) and "vesting_template_id" in raw and "vesting_start_date" not in raw:
        words = "the issuance, which has 'vesting_template_id',"
        errors.append(lacking("/issuance", words, "vesting_start_date", "add 'vesting_start_date'", raw))
    return checked.value


def _transactions(
    value: Mapping[str, Any], size: int, is_template: bool, errors: list[Finding]
) -> tuple[VestingTransaction | Transaction, ...]:
    raw = value.get("transactions", [])
    if not isinstance(raw, list):
        message = f"'transactions' must be a list, found {describe(raw)}"
        errors.append(schema_error("/transactions", "list_type", message, "make it a list, in square brackets", raw))
        return ()
    found: list[VestingTransaction | Transaction] = []
    for number, item in enumerate(raw):
        pointer = join("/transactions", number)
        words = name_transaction(item, number + 1)
        checked = read_transaction(item, words, pointer, size, of_template=is_template)
        errors.extend(checked.errors)
        if checked.value is not None:
            found.append(checked.value)
        if len(errors) > MAXIMUM_FINDINGS and number + 1 < len(raw):
            message = f"the {len(raw) - number - 1:,} transactions from here on are not read"
            rest = join("/transactions", number + 1)
            errors.append(schema_error(rest, "too_many", message, "correct the ones before them first", raw))
            break
    return tuple(found)


def _as_of(value: Mapping[str, Any], errors: list[Finding]) -> int | None:
    raw = value.get("as_of")
    if raw is None:
        return None
    try:
        return parse_day(raw if isinstance(raw, str) else "")
    except ValueError:
        message = f"'as_of' is {brief(raw)}, which is not a date of the calendar written YYYY-MM-DD"
        errors.append(schema_error("/as_of", "date_form", message, "correct the date, or take it out", raw))
        return None


def _reading(value: Mapping[str, Any], errors: list[Finding]) -> str | Mapping[str, str]:
    raw = value.get("reading")
    if raw is None:
        return "default"
    choices = reading_choices()
    found = len(errors)
    if isinstance(raw, str):
        if raw not in BUNDLES:
            errors.append(not_one_of("/reading", "literal_error", "'reading'", raw, list(BUNDLES)))
    elif isinstance(raw, dict):
        for key, choice in raw.items():
            pointer = join("/reading", key)
            if key not in choices:
                message = f"the reading has no choice {quote(key)}{did_you_mean(key, choices)}"
                advice = f"the choices are {', '.join(choices)}"
                errors.append(schema_error(pointer, "extra_forbidden", message, advice, choice))
            elif choice not in choices[key]:
                subject = f"{quote(key)} of the reading"
                errors.append(not_one_of(pointer, "literal_error", subject, choice, choices[key]))
            if len(errors) - found >= MAXIMUM_FINDINGS:
                break
    else:
        message = f"'reading' must be a name or an object of choices, found {describe(raw)}"
        errors.append(schema_error("/reading", "type", message, 'write "default", or take it out', raw))
    if len(errors) > found:
        return "default"
    try:
        reading_from(raw)
    except UnknownReading as error:
        errors.append(schema_error("/reading", "literal_error", str(error), "correct the reading", raw))
        return "default"
    stated: str | Mapping[str, str] = raw
    return stated
