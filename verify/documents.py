"""From bytes to typed documents, with everything that keeps them from being read as findings (VV001 to VV004).

Nothing here prints, and nothing raises for what a document holds. Pointers are those of the document as
written; lines and columns are made later, from the text, where a finding needs them.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import os
import stat
import sys
import types
import typing
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from vestverify import json_text
from vestverify.decision import finding
from vestverify.engine.calendar import parse_day
from vestverify.engine.case import Case
from vestverify.engine.reading import BUNDLES, UnknownReading, reading_choices, reading_from
from vestverify.engine.securities import Issuance, Transaction, Vesting, VestingTransaction
from vestverify.engine.vesting_terms import AllocationType, VestingCondition, VestingDayOfMonth, VestingTerms
from vestverify.json_text import HugeNumber, UnreadableText, join
from vestverify.results import DocumentKind, Finding, Related

#: Values that one VestingTerms, issuance or transaction may hold; a terms object of OCF has some dozens.
MAXIMUM_VALUES = 500_000
#: VestingTerms that one document may hold.
MAXIMUM_TERMS = 10_000
#: Findings about the form of one object that are listed; another one says how many more there are.
MAXIMUM_FINDINGS = 100
#: Findings in one document after which only the first one of each further VestingTerms is listed.
MAXIMUM_DOCUMENT_FINDINGS = 1_000

#: ``format`` that a case may state; a request of the engine protocol is a case with an ``id``.
CASE_FORMATS = ("vestverify.case/1", "vestverify.engine/1")

#: Stands in for the ``allocation_type`` that a bare list of conditions does not state.
ASSUMED_ALLOCATION_TYPE = AllocationType.CUMULATIVE_ROUND_DOWN

_READS = (
    "vestverify reads one VestingTerms, a list of them, an OCF_VESTING_TERMS_FILE, "
    "an object with a list vesting_terms, and cases (terms, issuance, transactions)"
)
_NO_TEMPLATES = "an OCF v2 vesting template (VESTING_TERMS with statements); this version does not verify these"
_LONG_LIST = 8
#: How alike two names must be for one to be suggested, from 0 to 1.
_CLOSE = 0.7

#: Names from OCF's drafts, and from proposals that were dropped, that documents in use still have: what to do.
_FORMER_FIELDS = {
    "repetitions": "OCF calls this 'occurrences'",
    "cliff_length": "say in the period, with 'cliff_installment', on which installment the cliff falls",
    "cliff_condition": "say in the period, with 'cliff_installment', on which installment the cliff falls",
    "prior_condition_ids": "take it out: OCF derives the conditions before this one from 'next_condition_ids'",
}
_FORMER_VALUES = {
    "VESTING_START_DAY_OR_EOM": "OCF writes this 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH'",
    "CLIFF_CONDITION": "say in the period, with 'cliff_installment', on which installment the cliff falls",
    "YEARS": "write years as 12 MONTHS each",
}


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedTerms:
    """One VestingTerms of a document.

    Attributes:
        pointer: where it stands in the document.
        raw: its JSON value; a list where the document is a bare list of conditions.
        terms: the typed terms; None if there are errors.
        errors: VV003 (VV004 for a v2 template) about this object.
        conditions_pointer: where its conditions stand, from ``pointer`` on.
    """

    pointer: str
    raw: Any
    terms: VestingTerms | None
    errors: tuple[Finding, ...] = ()
    conditions_pointer: str = "/vesting_conditions"


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedCase:
    """What a case says beside its terms.

    Attributes:
        raw: the case's JSON object.
        case: the typed case; None if it, or its terms, have errors.
        reading: a bundle's name, or the choices that differ from the default reading; ``"default"``
            where none, or an unknown one, is stated.
        as_of: day number at which to say what has vested, if any.
        errors: VV003 about the case, its issuance and its transactions.
    """

    raw: Mapping[str, Any]
    case: Case | None
    reading: str | Mapping[str, str]
    as_of: int | None
    errors: tuple[Finding, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document, as far as it can be read.

    Attributes:
        path: as given.
        sha256: of the bytes, in hexadecimal; empty where there were none to read.
        kind: None where it could not be told.
        text: the document's text; empty where the bytes are not text.
        errors: VV001, VV002, VV003 and VV004 about the document as a whole.
        terms: every VestingTerms in it, sound or not.
        case: what it says beside its terms, if it is a case.
    """

    path: str
    sha256: str
    kind: DocumentKind | None
    text: str
    errors: tuple[Finding, ...] = ()
    terms: tuple[LoadedTerms, ...] = ()
    case: LoadedCase | None = None

    @property
    def all_errors(self) -> tuple[Finding, ...]:
        """The errors of the document, of its terms, and of its case, in this order."""
        return (
            *self.errors,
            *(error for terms in self.terms for error in terms.errors),
            *(self.case.errors if self.case is not None else ()),
        )


# ---- Bytes ----


def expand(paths: Iterable[str]) -> list[str]:
    """The documents that paths name.

    Args:
        paths: files, directories, or ``-`` for standard input.

    Returns:
        Each file once, in the order given; for a directory its ``.json`` files, recursively and sorted,
        links to directories not followed. A directory that holds none, or cannot be listed, stands for
        itself, so that ``read_path`` reports it rather than nobody.
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
    for folder, _, names in os.walk(directory, onerror=lambda error: unlisted.append(str(error.filename))):
        documents.extend(os.path.join(folder, name) for name in names if name.lower().endswith(".json"))
    return [*unlisted, *sorted(documents, key=lambda path: path.split(os.sep))] or [directory]


def read_path(path: str) -> LoadedDocument:
    """Read one document.

    Args:
        path: a regular file, or ``-`` for standard input.

    Returns:
        The document; with a VV001 finding where there is nothing to read.
    """
    try:
        data = _read_standard_input() if path == "-" else _read_file(path)
    except UnreadableText as error:
        return _unreadable(path, "", "", error.reason, "no-bytes")
    return load(path, data)


def _read_standard_input() -> bytes:
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise UnreadableText("there is no standard input to read")
    try:
        data: bytes = buffer.read(json_text.MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UnreadableText(f"standard input cannot be read: {error}") from None
    return data


def _read_file(path: str) -> bytes:
    if "\0" in path:
        raise UnreadableText("this is not the name of a file")
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableText(_not_a_file(mode))
        # The file may have been replaced in between: opening must not wait for the other end of a pipe.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise UnreadableText(_not_a_file(mode))
            return file.read(json_text.MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableText("there is no such file") from None
    except PermissionError:
        raise UnreadableText("the file may not be read: permission denied") from None
    except OSError as error:
        raise UnreadableText(f"the file cannot be read: {error.strerror or error}") from None
    except UnicodeEncodeError:
        raise UnreadableText("this is not the name of a file") from None


def _not_a_file(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "this is a directory that holds no .json file, or that may not be listed; name a file"
    return "this is a pipe or a device, not a file; to read from a pipe, name - and redirect standard input"


def load(path: str, data: bytes) -> LoadedDocument:
    """Read the bytes of one document.

    Args:
        path: a name for it.
        data: JSON text in UTF-8.

    Returns:
        The document. What is wrong with it is among its errors, and hides nothing that can still be read.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if len(data) > json_text.MAXIMUM_BYTES:
        reason = f"the document is larger than the {json_text.MAXIMUM_BYTES // 2**20} MiB that are read"
        return _unreadable(path, sha256, "", reason, "too-large")
    try:
        text = json_text.decode(data)
    except UnreadableText as error:
        facts = {} if error.offset is None else {"byte_offset": error.offset}
        return _unreadable(path, sha256, "", error.reason, "not-text", facts=facts)
    try:
        parsed = json_text.parse(text)
    except UnreadableText as error:
        reason = f"this is not JSON that can be read: {error.reason}"
        return _unreadable(path, sha256, text, reason, "not-json", error.offset)
    content = _content(parsed.value, len(text))
    repeated = tuple(_duplicate_key(pointer, offset) for pointer, offset in parsed.duplicate_keys)
    return LoadedDocument(path, sha256, content.kind, text, (*repeated, *content.errors), content.terms, content.case)


def _unreadable(
    path: str,
    sha256: str,
    text: str,
    reason: str,
    rule: str,
    offset: int | None = None,
    facts: Mapping[str, Any] | None = None,
) -> LoadedDocument:
    error = finding("VV001", reason, "", facts={"rule": rule, **(facts or {})}, identity=("", rule))
    return LoadedDocument(path, sha256, None, text, (dataclasses.replace(error, offset=offset),))


def _duplicate_key(pointer: str, offset: int) -> Finding:
    key = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    error = finding(
        "VV002",
        f"the same object names {_quote(key)} twice; programs differ in which of the values they read",
        pointer,
        facts={"key": _quote(key)[1:-1]},
        advice="keep the one that is meant",
        identity=(pointer,),
    )
    return dataclasses.replace(error, offset=offset)


# ---- Kinds of documents ----


@dataclasses.dataclass(frozen=True, slots=True)
class _Content:
    """What the JSON value of a document turns out to be."""

    kind: DocumentKind | None
    errors: tuple[Finding, ...] = ()
    terms: tuple[LoadedTerms, ...] = ()
    case: LoadedCase | None = None


def _content(value: Any, size: int) -> _Content:
    if isinstance(value, list):
        return _list(value, size)
    if not isinstance(value, dict):
        return _unknown(f"the document is {_describe(value)}; an object or a list is expected")
    if value.get("object_type") == "VESTING_TERMS":
        if _is_template(value):
            return _Content(DocumentKind.VESTING_TEMPLATE, (_template_error(""),))
        return _Content(DocumentKind.VESTING_TERMS, terms=(_terms(value, "", size),))
    if value.get("format") in CASE_FORMATS or ("issuance" in value and ("terms" in value or "transactions" in value)):
        return _case(value, size)
    if "file_type" in value or _holds_terms(value.get("items")):
        return _file(value, size)
    if "vesting_terms" in value:
        return _package(value, size)
    if "vesting_conditions" in value:
        return _Content(DocumentKind.VESTING_TERMS, terms=(_terms(value, "", size),))
    return _unknown(f"the document is {_what(value)}")


def _is_template(value: Any) -> bool:
    return isinstance(value, dict) and "statements" in value and "vesting_conditions" not in value


def _is_terms(value: Any) -> bool:
    return isinstance(value, dict) and (value.get("object_type") == "VESTING_TERMS" or "vesting_conditions" in value)


def _holds_terms(items: Any) -> bool:
    return isinstance(items, list) and any(_is_terms(item) for item in items)


def _is_condition(value: Any) -> bool:
    return (
        isinstance(value, dict) and "trigger" in value and "next_condition_ids" in value and "object_type" not in value
    )


def _what(value: Mapping[str, Any]) -> str:
    """An object that is nothing known, in words."""
    for name in ("object_type", "file_type", "format"):
        if isinstance(value.get(name), str):
            return f"an object whose {name} is {_quote(value[name])}: there are no vesting terms in it"
    items = value.get("items")
    first = items[0] if isinstance(items, list) and items else None
    if isinstance(first, dict) and isinstance(first.get("object_type"), str):
        return f"an object with items such as {_quote(first['object_type'])}: there are no vesting terms in it"
    if not value:
        return "an empty object"
    names = [_quote(name) for name in list(value)[:5]]
    more = ", and others" if len(value) > 5 else ""
    return f"an object with {', '.join(names)}{more}: there are no vesting terms in it"


def _unknown(message: str) -> _Content:
    return _Content(None, (finding("VV004", message, "", advice=_READS, identity=("",)),))


def _template_error(pointer: str) -> Finding:
    return finding(
        "VV004",
        f"this is {_NO_TEMPLATES}",
        pointer,
        facts={"rule": "template"},
        advice=_READS,
        identity=(pointer, "template"),
    )


def _list(value: list[Any], size: int) -> _Content:
    if not value:
        return _unknown("the document is an empty list")
    if _holds_terms(value):
        terms, errors = _items(value, "", size)
        templates = all(_is_template(item) for item in value)
        return _Content(DocumentKind.VESTING_TEMPLATE if templates else DocumentKind.VESTING_TERMS, errors, terms)
    if any(_is_condition(item) for item in value):
        return _bare_conditions(value, size)
    found = _describe(value[0])
    if isinstance(value[0], dict):
        found = _what(value[0])
    return _unknown(f"the document is a list, and its first entry is {found}")


def _bare_conditions(value: list[Any], size: int) -> _Content:
    missing = _schema_error(
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
    checked = _checked(VestingTerms, wrapped, "the list", "", size, conditions_pointer="")
    terms = LoadedTerms("", value, checked.value, checked.errors, conditions_pointer="")
    return _Content(DocumentKind.VESTING_TERMS, (missing,), (terms,))


def _file(value: Mapping[str, Any], size: int) -> _Content:
    items, stated = value.get("items"), value.get("file_type")
    if stated != "OCF_VESTING_TERMS_FILE" and not _holds_terms(items):
        return _unknown(f"the document is {_what(value)}")
    errors: list[Finding] = []
    if "file_type" not in value:
        errors.append(_lacking("", "the file", "file_type", 'add "file_type": "OCF_VESTING_TERMS_FILE"', value))
    elif stated != "OCF_VESTING_TERMS_FILE":
        message = f"'file_type' is {_brief(stated)}, but a file of vesting terms has 'OCF_VESTING_TERMS_FILE'"
        errors.append(_schema_error("/file_type", "literal_error", message, "correct the file_type", stated))
    for name in list(value)[:MAXIMUM_FINDINGS]:
        if name not in ("file_type", "items"):
            message = f"the file has the field {_quote(name)}, which OCF does not know there"
            advice = "take it out; a file holds 'file_type' and 'items' only"
            errors.append(_schema_error(join("", name), "extra_forbidden", message, advice, value[name]))
    if "items" not in value:
        errors.append(_lacking("", "the file", "items", 'add "items", a list of VestingTerms', value))
        return _Content(DocumentKind.VESTING_TERMS_FILE, tuple(errors))
    terms, of_items = _items(items, "/items", size)
    return _Content(DocumentKind.VESTING_TERMS_FILE, (*errors, *of_items), terms)


def _package(value: Mapping[str, Any], size: int) -> _Content:
    terms, errors = _items(value["vesting_terms"], "/vesting_terms", size)
    return _Content(DocumentKind.OCF_PACKAGE, errors, terms)


def _items(items: Any, pointer: str, size: int) -> tuple[tuple[LoadedTerms, ...], tuple[Finding, ...]]:
    """The entries of a list of VestingTerms, and what is wrong with the list."""
    if not isinstance(items, list):
        message = f"{_quote(pointer[1:])} must be a list of VestingTerms, found {_describe(items)}"
        return (), (_schema_error(pointer, "list_type", message, "make it a list, in square brackets", items),)
    terms: list[LoadedTerms] = []
    listed = 0
    for number, item in enumerate(items[:MAXIMUM_TERMS]):
        limit = MAXIMUM_FINDINGS if listed < MAXIMUM_DOCUMENT_FINDINGS else 1
        terms.append(_terms(item, join(pointer, number), size, limit))
        listed += len(terms[-1].errors)
    errors: list[Finding] = []
    if len(items) > MAXIMUM_TERMS:
        message = f"the list has {len(items):,} entries; those after the first {MAXIMUM_TERMS:,} are not read"
        errors.append(_schema_error(join(pointer, MAXIMUM_TERMS), "too_many", message, "split the document", items))
    first: dict[str, str] = {}
    for loaded in terms:
        identifier = loaded.raw.get("id") if isinstance(loaded.raw, dict) else None
        if not isinstance(identifier, str):
            continue
        place = join(loaded.pointer, "id")
        if identifier in first:
            error = _schema_error(
                place,
                "duplicate_id",
                f"two VestingTerms of this document have the id {_quote(identifier)}",
                "give each its own id; issuances name their terms by it",
                identifier,
            )
            errors.append(dataclasses.replace(error, related=(Related(first[identifier], "the first one"),)))
        else:
            first[identifier] = place
    return tuple(terms), tuple(errors)


def _terms(raw: Any, pointer: str, size: int, limit: int = MAXIMUM_FINDINGS) -> LoadedTerms:
    if _is_template(raw):
        return LoadedTerms(pointer, raw, None, (_template_error(pointer),))
    other = raw.get("object_type") if isinstance(raw, dict) else None
    if isinstance(other, str) and other != "VESTING_TERMS" and not _is_terms(raw):
        message = f"this is an object of the type {_quote(other)} among VestingTerms"
        error = _schema_error(join(pointer, "object_type"), "literal_error", message, "take it out", other)
        return LoadedTerms(pointer, raw, None, (error,))
    identifier = raw.get("id") if isinstance(raw, dict) else None
    words = f"the VestingTerms {_quote(identifier)}" if isinstance(identifier, str) else "the VestingTerms"
    checked = _checked(VestingTerms, raw, words, pointer, size, limit=limit)
    return LoadedTerms(pointer, raw, checked.value, checked.errors)


# ---- Cases ----


def _case(value: Mapping[str, Any], size: int) -> _Content:
    errors: list[Finding] = []
    stated = value.get("format", CASE_FORMATS[0])
    if stated not in CASE_FORMATS:
        message = f"'format' is {_brief(stated)}, but the cases that are read have {_quote(CASE_FORMATS[0])}"
        errors.append(_schema_error("/format", "literal_error", message, "correct the format", stated))
    raw_terms = value.get("terms")
    terms = () if raw_terms is None else (_terms(raw_terms, "/terms", size),)
    issuance = _issuance(value, size, errors)
    transactions = _transactions(value, size, _is_template(raw_terms), errors)
    as_of = _as_of(value, errors)
    reading = _reading(value, errors)
    case: Case | None = None
    if issuance is not None and not errors and all(loaded.terms is not None for loaded in terms):
        case = Case(terms[0].terms if terms else None, issuance, transactions, as_of)
    return _Content(DocumentKind.CASE, (), terms, LoadedCase(value, case, reading, as_of, tuple(errors)))


def _issuance(value: Mapping[str, Any], size: int, errors: list[Finding]) -> Issuance | None:
    if "issuance" not in value:
        advice = "add the issuance of the security, as OCF writes it"
        errors.append(_lacking("", "the case", "issuance", advice, value))
        return None
    raw = value["issuance"]
    checked = _checked(Issuance, raw, "the issuance", "/issuance", size)
    errors.extend(checked.errors)
    if isinstance(raw, dict) and "vesting_template_id" in raw and "vesting_start_date" not in raw:
        words = "the issuance, which has 'vesting_template_id',"
        errors.append(_lacking("/issuance", words, "vesting_start_date", "add 'vesting_start_date'", raw))
    return checked.value


def _transactions(
    value: Mapping[str, Any], size: int, is_template: bool, errors: list[Finding]
) -> tuple[VestingTransaction | Transaction, ...]:
    raw = value.get("transactions", [])
    if not isinstance(raw, list):
        message = f"'transactions' must be a list, found {_describe(raw)}"
        errors.append(_schema_error("/transactions", "list_type", message, "make it a list, in square brackets", raw))
        return ()
    found: list[VestingTransaction | Transaction] = []
    for number, item in enumerate(raw):
        pointer = join("/transactions", number)
        own_id = item.get("id") if isinstance(item, dict) else None
        words = f"the transaction {_quote(own_id)}" if isinstance(own_id, str) else f"transaction number {number + 1}"
        vests = isinstance(item, dict) and item.get("object_type") in ("TX_VESTING_START", "TX_VESTING_EVENT")
        # The events of v2 templates name events, not conditions.
        checked: _Checked[VestingTransaction] | _Checked[Transaction]
        if vests and not is_template:
            checked = _checked(VestingTransaction, item, words, pointer, size)
        else:
            checked = _checked(Transaction, item, words, pointer, size)
        errors.extend(checked.errors)
        if checked.value is not None:
            found.append(checked.value)
        if len(errors) > MAXIMUM_FINDINGS and number + 1 < len(raw):
            message = f"the {len(raw) - number - 1:,} transactions from here on are not read"
            rest = join("/transactions", number + 1)
            errors.append(_schema_error(rest, "too_many", message, "correct the ones before them first", raw))
            break
    return tuple(found)


def _as_of(value: Mapping[str, Any], errors: list[Finding]) -> int | None:
    raw = value.get("as_of")
    if raw is None:
        return None
    try:
        return parse_day(raw if isinstance(raw, str) else "")
    except ValueError:
        message = f"'as_of' is {_brief(raw)}, which is not a date of the calendar written YYYY-MM-DD"
        errors.append(_schema_error("/as_of", "date_form", message, "correct the date, or take it out", raw))
        return None


def _reading(value: Mapping[str, Any], errors: list[Finding]) -> str | Mapping[str, str]:
    raw = value.get("reading")
    if raw is None:
        return "default"
    choices = reading_choices()
    found = len(errors)
    if isinstance(raw, str):
        if raw not in BUNDLES:
            errors.append(_not_one_of("/reading", "literal_error", "'reading'", raw, list(BUNDLES)))
    elif isinstance(raw, dict):
        for key, choice in raw.items():
            pointer = join("/reading", key)
            if key not in choices:
                message = f"the reading has no choice {_quote(key)}{_did_you_mean(key, choices)}"
                advice = f"the choices are {', '.join(choices)}"
                errors.append(_schema_error(pointer, "extra_forbidden", message, advice, choice))
            elif choice not in choices[key]:
                subject = f"{_quote(key)} of the reading"
                errors.append(_not_one_of(pointer, "literal_error", subject, choice, choices[key]))
            if len(errors) - found >= MAXIMUM_FINDINGS:
                break
    else:
        message = f"'reading' must be a name or an object of choices, found {_describe(raw)}"
        errors.append(_schema_error("/reading", "type", message, 'write "default", or take it out', raw))
    if len(errors) > found:
        return "default"
    try:
        reading_from(raw)
    except UnknownReading as error:
        errors.append(_schema_error("/reading", "literal_error", str(error), "correct the reading", raw))
        return "default"
    stated: str | Mapping[str, str] = raw
    return stated


# ---- What the schema does not allow ----

Model = TypeVar("Model", bound=BaseModel)


@dataclasses.dataclass(frozen=True, slots=True)
class _Checked(Generic[Model]):
    """A typed object, or why it is none."""

    value: Model | None
    errors: tuple[Finding, ...]


def _schema_error(
    pointer: str, rule: str, message: str, advice: str, found: Any, condition_ids: tuple[str, ...] = ()
) -> Finding:
    return finding(
        "VV003",
        message,
        pointer,
        condition_ids,
        facts={"rule": rule, "found": _show(found)},
        advice=advice,
        identity=(pointer, rule),
    )


def _lacking(
    pointer: str, words: str, field: str, advice: str, found: Any, condition_ids: tuple[str, ...] = ()
) -> Finding:
    message = f"{words} lacks the required field {_quote(field)}"
    error = _schema_error(pointer, "missing", message, advice, found, condition_ids)
    return dataclasses.replace(error, identity=(*error.identity, field))


def _checked(
    model: type[Model],
    raw: Any,
    words: str,
    pointer: str,
    size: int,
    *,
    conditions_pointer: str = "/vesting_conditions",
    limit: int = MAXIMUM_FINDINGS,
) -> _Checked[Model]:
    """Read one object into its model.

    Args:
        model: what it should be.
        raw: its JSON value.
        words: what to call it in messages.
        pointer: where it stands.
        size: characters of the whole document.
        conditions_pointer: where its conditions stand, from ``pointer`` on.
        limit: findings that are listed.
    """
    if size > MAXIMUM_VALUES and _count_values(raw) > MAXIMUM_VALUES:
        message = f"{words} holds more than the {MAXIMUM_VALUES:,} values that are read"
        return _Checked(None, (_schema_error(pointer, "too_many", message, "split it", raw),))
    try:
        return _Checked(model.model_validate(raw), ())
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    found = []
    for detail in details[:limit]:
        place = _place(model, raw, detail["loc"], words)
        where = place.tokens
        if where[:1] == ("vesting_conditions",):
            full = join(pointer + conditions_pointer, *where[1:])
        else:
            full = join(pointer, *where)
        found.append(_translated(detail["type"], detail.get("ctx", {}), detail["msg"], place, full))
    if len(details) > limit:
        message = f"{words} has {len(details) - limit:,} more errors, which are not listed"
        found.append(_schema_error(pointer, "too_many", message, "correct the ones before them first", raw))
    return _Checked(None, tuple(found))


def _count_values(raw: Any) -> int:
    count = 0
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return count


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where an error lies, and what stands there.

    Attributes:
        tokens: keys and indices from the checked object on.
        subject: what is wrong, in words: a field of something, or the thing itself.
        within: the object that holds it, in words.
        name: the field's name, or the index in a list.
        value: what stands there; for a missing field, the object that lacks it.
        others: fields that the object has.
        kind: what should stand there: the annotation, without None; None where it is not known.
        known: fields of the model that the object is read into.
        condition_ids: the condition it lies in, if any.
    """

    tokens: tuple[str | int, ...]
    subject: str
    within: str
    name: str | int
    value: Any
    others: tuple[str, ...]
    kind: Any
    known: tuple[str, ...]
    condition_ids: tuple[str, ...]


def _place(model: type[BaseModel], raw: Any, location: Sequence[str | int], words: str) -> _Place:
    """Follow an error's location through the value and its model.

    Args:
        model: of the checked object.
        raw: its JSON value.
        location: fields, indices, and after a field with several forms the one that ``type`` names.
        words: what to call the checked object.
    """
    kind: Any = model
    value = raw
    tokens: list[str | int] = []
    ids: tuple[str, ...] = ()
    subject = within = base = words
    name: str | int = ""
    known: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    steps = iter(location)
    for step in steps:
        name, within = step, subject
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known, others = tuple(kind.model_fields), tuple(value)
            if step not in value:
                return _Place(tuple(tokens), subject, within, name, value, others, None, known, ids)
            field = kind.model_fields.get(str(step))
            value = value[step]
            kind = None if field is None else _kind(field.annotation)
            is_object = isinstance(value, dict) and _is_object(kind)
            subject = f"the {step} of {base}" if is_object else f"{_quote(str(step))} of {subject}"
            if field is not None and _is_union(kind):
                tag = next(steps, None)
                kind = kind if tag is None else _form(kind, str(tag))
        else:
            value = value[step]
            kind = _kind(typing.get_args(kind)[0])
            if kind is VestingCondition:
                ids = (value["id"],) if isinstance(value, dict) and _is_name(value.get("id")) else ()
                subject = f"condition {_quote(ids[0])}" if ids else f"condition number {int(step) + 1}"
                base = subject
            else:
                subject = f"entry {int(step) + 1} of {subject}"
                base = subject if kind is Vesting else base
        tokens.append(step)
    return _Place(tuple(tokens), subject, within, name, value, others, kind, known, ids)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _kind(annotation: Any) -> Any:
    """An annotation without its metadata and without None."""
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif _is_union(annotation):
            others = [kind for kind in typing.get_args(annotation) if kind is not types.NoneType]
            if len(others) > 1:
                return annotation
            annotation = others[0]
        else:
            return annotation


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _is_object(kind: Any) -> bool:
    return _is_union(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _forms(union: Any) -> dict[str, type[BaseModel]]:
    """The models of a union, by the ``type`` that names each."""
    return {typing.get_args(form.model_fields["type"].annotation)[0]: form for form in typing.get_args(union)}


def _form(union: Any, tag: str) -> Any:
    return _forms(union).get(tag)


def _choices(kind: Any) -> list[str]:
    if typing.get_origin(kind) is Literal:
        return [str(choice) for choice in typing.get_args(kind)]
    return [str(choice) for choice in kind]


_EXPECTED = {
    "string_type": "a string",
    "list_type": "a list",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "numeric_type": "a number written as a string",
    "date_type": "a date written as a string, YYYY-MM-DD",
}


def _translated(rule: str, context: Mapping[str, Any], original: str, place: _Place, pointer: str) -> Finding:
    """One error of the models in words.

    Args:
        rule: the models' name for the error.
        context: what the models say about it.
        original: the models' own words, for an error that is not foreseen here.
        place: where it lies.
        pointer: the same from the root of the document.
    """
    subject, value, advice = place.subject, place.value, ""
    if rule == "union_tag_not_found" and not isinstance(value, dict):
        rule = "model_type"
    if rule == "union_tag_invalid":
        choices = list(_forms(place.kind))
        error = _not_one_of(join(pointer, "type"), rule, f"'type' of {subject}", value["type"], choices)
        return dataclasses.replace(error, condition_ids=place.condition_ids)
    if rule in ("literal_error", "enum"):
        error = _not_one_of(pointer, rule, subject, value, _choices(place.kind))
        return dataclasses.replace(error, condition_ids=place.condition_ids)
    if rule in ("missing", "union_tag_not_found"):
        field = "type" if rule == "union_tag_not_found" else str(place.name)
        return _lacking(pointer, subject, field, f"add {_quote(field)}", value, place.condition_ids)
    if rule == "extra_forbidden":
        message, advice = _extra(place)
    elif rule in _EXPECTED:
        message = f"{subject} must be {_EXPECTED[rule]}, found {_describe(value)}"
        advice = _form_advice(rule, value)
    elif rule == "greater_than_equal":
        message, advice = f"{subject} is {_brief(value)}, but must be {context['ge']} or more", "correct the number"
    elif rule == "numeric_form":
        message, advice = _numeric(subject, value)
    elif rule == "date_form":
        message = f"{subject} is {_brief(value)}, which is not a date of the calendar written YYYY-MM-DD"
        advice = "correct the date"
    elif rule == "null":
        message = f"{subject} is null, which OCF does not allow there"
        advice = "leave the field out, or give it a value"
    elif rule == "too_short":
        message, advice = f"{subject} is an empty list; at least one entry is required", "add an entry"
    elif rule == "string_too_short":
        message, advice = f"{subject} is an empty string", "write at least one character"
    elif rule == "duplicate_item":
        twice = next(item for item, count in Counter(value).items() if count > 1)
        message, advice = f"{subject} names {_quote(twice)} twice", "take one of them out"
    elif rule == "both_amounts":
        message = f"{subject} has both 'portion' and 'quantity'; exactly one of them is allowed"
        advice = "keep the one that is meant"
    elif rule == "no_amount":
        message = f"{subject} has neither 'portion' nor 'quantity'; one of them is required"
        advice = 'add one of them; a condition at which nothing vests has "quantity": "0"'
    else:
        message = f"{subject}: {original}"
    return _schema_error(pointer, rule, message, advice, value, place.condition_ids)


def _extra(place: _Place) -> tuple[str, str]:
    name = str(place.name)
    message = f"{place.within} has the field {_quote(name)}, which OCF does not know there"
    if name in _FORMER_FIELDS:
        return message, _FORMER_FIELDS[name]
    advice = f"correct its name, or take it out; the fields known there are {', '.join(place.known)}"
    return message + _did_you_mean(name, [field for field in place.known if field not in place.others]), advice


def _form_advice(rule: str, value: Any) -> str:
    if rule == "numeric_type" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f'put it in quotation marks, such as "{_show(value)}"'
    if rule == "numeric_type":
        return 'write it such as "125" or "0.25"'
    if rule == "int_type" and isinstance(value, str) and value.isascii() and value.isdigit():
        return "write it without quotation marks"
    if rule == "bool_type" and value in ("true", "false"):
        return "write it without quotation marks"
    if rule == "list_type":
        return "make it a list, in square brackets"
    return f"make it {_EXPECTED[rule]}"


def _numeric(subject: str, value: str) -> tuple[str, str]:
    if len(value) > json_text.MAXIMUM_NUMBER_LENGTH:
        longest = f"longer than the {json_text.MAXIMUM_NUMBER_LENGTH} that are read as a number"
        return f"{subject} is a string of {len(value):,} characters, {longest}", "write it with fewer digits"
    message = f"{subject} is {_brief(value)}, which is not a decimal number with at most ten decimal places"
    advice = "write digits and at most one decimal point; no fraction, thousands separator, exponent or percent sign"
    return message, advice


def _not_one_of(pointer: str, rule: str, subject: str, value: Any, choices: Sequence[str]) -> Finding:
    name = value if isinstance(value, str) else ""
    if len(choices) == 1:
        message = f"{subject} is {_brief(value)}, but must be {_quote(choices[0])}"
    elif len(choices) <= _LONG_LIST:
        listed = ", ".join(_quote(choice) for choice in choices)
        message = f"{subject} is {_brief(value)}, which is not one of {listed}"
    else:
        message = f"{subject} is {_brief(value)}, which is not one of the {len(choices)} values allowed there"
    advice = f"write {_list_of(choices)}"
    if name in _FORMER_VALUES:
        advice = _FORMER_VALUES[name]
    elif len(choices) > 1:
        message += _did_you_mean(name, choices)
    return _schema_error(pointer, rule, message, advice, value)


def _list_of(choices: Sequence[str]) -> str:
    if list(choices) == [str(day) for day in VestingDayOfMonth]:
        others = ", ".join(_quote(day) for day in choices if not day.isdigit())
        return f"a day from '01' to '28', or one of {others}"
    quoted = [_quote(choice) for choice in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    if len(name) > 60:
        return ""
    upper = {choice.upper(): choice for choice in known}
    close = difflib.get_close_matches(name.upper(), list(upper), n=1, cutoff=_CLOSE)
    return f"; did you mean {_quote(upper[close[0]])}?" if close else ""


# ---- Words for values ----

_SHOWN = 60


def _quote(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def _describe(value: Any) -> str:
    """A JSON value in a few words."""
    if value is None or isinstance(value, bool):
        return _show(value)
    if isinstance(value, HugeNumber):
        return value.words
    if isinstance(value, int | Decimal):
        shown = str(value)
        if len(shown) > _SHOWN:
            return f"a number with {sum(map(str.isdigit, shown)):,} digits"
        return f"the number {shown}"
    if isinstance(value, str):
        return f"the string {_show(value)}" if value else "an empty string"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "an object" if value else "an empty object"


def _brief(value: Any) -> str:
    """A JSON value in a few words; strings just as they are."""
    return _show(value) if isinstance(value, str) else _describe(value)


def _show(value: Any) -> str:
    """A JSON value as JSON text, cut to at most ``_SHOWN`` characters."""
    shown = ""
    for piece in _pieces(value):
        shown += piece
        if len(shown) > _SHOWN:
            return shown[: _SHOWN - 3] + "..."
    return shown


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield json.dumps(value[: _SHOWN + 1], ensure_ascii=False)
    elif isinstance(value, dict):
        yield "{"
        for number, (name, member) in enumerate(value.items()):
            yield f"{', ' if number else ''}{json.dumps(name[: _SHOWN + 1], ensure_ascii=False)}: "
            yield from _pieces(member)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for number, entry in enumerate(value):
            if number:
                yield ", "
            yield from _pieces(entry)
        yield "]"
    elif isinstance(value, HugeNumber):
        yield value.token[: _SHOWN + 1]
    elif value is None or isinstance(value, bool):
        yield json.dumps(value)
    else:
        yield str(value)
