"""The engine protocol ``vestverify.engine/1`` over the reference engine (machine contract, section 4).

One request a line, one answer a line. Whatever a line holds, it is answered and the next one is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from vestverify import json_text
from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.case import Case, schedule_of
from vestverify.engine.defects import Defect
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms
from vestverify.engine.reading import DEFAULT_READING, Reading, UnknownReading, reading_from
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.engine.securities import Issuance, Transaction, VestingTransaction
from vestverify.engine.vesting_terms import VestingTerms

FORMAT = "vestverify.engine/1"
#: A case may be sent as it is, with an ``id`` added.
_FORMATS = (FORMAT, "vestverify.case/1")
#: Longest line that is read, in bytes.
MAXIMUM_LINE = json_text.MAXIMUM_BYTES
#: Errors that one answer lists.
_MAXIMUM_ERRORS = 100
#: The code of an answer to a request on which this engine fails.
INTERNAL = "internal"


Model = TypeVar("Model", bound=BaseModel)


class BadRequest(ValueError):
    """A request that is not one; ``defects`` say why."""

    def __init__(self, *defects: Defect) -> None:
        self.defects = defects
        super().__init__("; ".join(defect.message for defect in defects))


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one request.

    Args:
        request: a request as JSON values.

    Returns:
        The answer: ``id`` and one of ``schedule``, ``errors``, ``unsupported``. Never raises for what a
        request holds; a failure of the engine itself is an error with the code ``internal``.
    """
    identifier = request.get("id")
    if not isinstance(identifier, str):
        return {"id": None, **errors([Defect("VV003", None, "a request needs an id, which is a string")])}
    return {"id": identifier, **respond(request)}


def respond(case: Mapping[str, Any], reading: Reading | None = None) -> dict[str, Any]:
    """What the reference engine says about a case: an answer without its ``id``.

    Args:
        case: a case or a request, as JSON values.
        reading: the reading to follow; None takes the case's own.
    """
    try:
        return _scheduled(case, reading)
    except (BadRequest, Unschedulable, DefectiveTerms) as error:
        return errors(error.defects)
    except UnsupportedTerms as error:
        return {"unsupported": error.feature}
    except Exception as error:
        return errors([Defect(INTERNAL, None, f"{type(error).__name__}: {error}")])


def errors(defects: Sequence[Defect]) -> dict[str, Any]:
    """Defects as an answer lists them."""
    return {
        "errors": [
            {
                "code": defect.code,
                "condition_id": defect.condition_id,
                "transaction_id": defect.transaction_id,
                "message": defect.message,
            }
            for defect in defects[:_MAXIMUM_ERRORS]
        ]
    }


def serve(lines: Iterable[str | bytes]) -> Iterator[str]:
    """Answer requests, in order.

    Args:
        lines: one request each, as text or as UTF-8.

    Yields:
        For each line one answer, as one line of ASCII with a line feed at the end.
    """
    for line in lines:
        yield json.dumps(_answer_line(line)) + "\n"


def lines_from(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream; one that is longer than ``MAXIMUM_LINE`` is cut, its rest dropped."""
    while line := stream.readline(MAXIMUM_LINE + 1):
        rest = line
        while len(rest) > MAXIMUM_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(MAXIMUM_LINE + 1)
        yield line


def _answer_line(line: str | bytes) -> dict[str, Any]:
    if len(line) > MAXIMUM_LINE:
        reason = f"the line is longer than the {MAXIMUM_LINE:,} bytes that are read"
        return {"id": None, **errors([Defect("VV001", None, reason)])}
    try:
        parsed = json_text.parse(json_text.decode(line) if isinstance(line, bytes) else line)
    except json_text.UnreadableText as error:
        place = "" if error.offset is None else f", at offset {error.offset}"
        return {"id": None, **errors([Defect("VV001", None, f"the line is not JSON: {error.reason}{place}")])}
    request = parsed.value
    if not isinstance(request, dict):
        return {"id": None, **errors([Defect("VV003", None, "a request is a JSON object")])}
    if parsed.duplicate_keys:
        identifier = request.get("id")
        return {
            "id": identifier if isinstance(identifier, str) else None,
            **errors([Defect("VV002", None, f"{pointer} is named twice") for pointer, _ in parsed.duplicate_keys]),
        }
    return answer(request)


def _scheduled(request: Mapping[str, Any], reading: Reading | None) -> dict[str, Any]:
    case, own_reading = read_case(request)
    schedule = schedule_of(case, own_reading if reading is None else reading)
    return {"schedule": schedule_rows(schedule), **_as_of(case, schedule)}


def schedule_rows(schedule: Schedule) -> list[dict[str, str]]:
    """A schedule as the protocol writes it."""
    return [
        {"date": format_day(row.day), "quantity": format_quantity(row.shares)} for row in schedule.installments
    ]


def _as_of(case: Case, schedule: Schedule) -> dict[str, str]:
    if case.as_of is None:
        return {}
    vested: Fraction = schedule.vested(case.as_of)
    return {"vested": format_quantity(vested), "unvested": format_quantity(case.issuance.quantity - vested)}


def read_case(request: Mapping[str, Any]) -> tuple[Case, Reading]:
    """The case that a request, or a case's JSON, states, and its reading.

    Raises:
        BadRequest: it is not a valid one (VV003).
    """
    form = request.get("format", FORMAT)
    if form not in _FORMATS:
        raise BadRequest(Defect("VV003", None, f"the format {form!r} is not {FORMAT}"))
    terms, issuance = request.get("terms"), request.get("issuance")
    transactions = request.get("transactions", [])
    if terms is not None and not isinstance(terms, Mapping):
        raise BadRequest(Defect("VV003", None, "/terms: must be a VestingTerms or null"))
    if not isinstance(issuance, Mapping):
        raise BadRequest(Defect("VV003", None, "/issuance: must be an issuance transaction"))
    if not isinstance(transactions, list):
        raise BadRequest(Defect("VV003", None, "/transactions: must be a list"))
    found: list[Defect] = []
    read_terms = None if terms is None else _model(VestingTerms, terms, "/terms", found)
    read_issuance = _model(Issuance, issuance, "/issuance", found)
    read_transactions = [
        _transaction(item, f"/transactions/{number}", found) for number, item in enumerate(transactions)
    ]
    as_of = _read_as_of(request.get("as_of"), found)
    reading = _read_reading(request.get("reading"), found)
    if found or read_issuance is None:
        raise BadRequest(*found)
    known = tuple(item for item in read_transactions if item is not None)
    return Case(read_terms, read_issuance, known, as_of), reading


def _read_as_of(value: Any, found: list[Defect]) -> int | None:
    if value is None:
        return None
    try:
        return parse_day(value)
    except (TypeError, ValueError):
        found.append(Defect("VV003", None, "/as_of: not a calendar date written YYYY-MM-DD"))
        return None


def _read_reading(value: Any, found: list[Defect]) -> Reading:
    if value is None:
        return DEFAULT_READING
    if not isinstance(value, str | Mapping):
        found.append(Defect("VV003", None, "/reading: must be a name, or an object of choices"))
        return DEFAULT_READING
    try:
        return reading_from(value)
    except UnknownReading as error:
        found.append(Defect("VV003", None, f"/reading: {error}"))
        return DEFAULT_READING


def _transaction(raw: Any, pointer: str, found: list[Defect]) -> VestingTransaction | Transaction | None:
    if not isinstance(raw, Mapping):
        found.append(Defect("VV003", None, f"{pointer}: must be a transaction"))
        return None
    if raw.get("object_type") in ("TX_VESTING_START", "TX_VESTING_EVENT"):
        return _model(VestingTransaction, raw, pointer, found)
    return _model(Transaction, raw, pointer, found)


def _model(kind: type[Model], raw: Mapping[str, Any], pointer: str, found: list[Defect]) -> Model | None:
    try:
        return kind.model_validate(dict(raw))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            where, condition_id = _place(raw, detail["loc"], detail["type"] == "missing")
            own_id = raw.get("id") if kind in (Transaction, VestingTransaction) else None
            transaction_id = own_id if isinstance(own_id, str) else None
            found.append(Defect("VV003", condition_id, f"{pointer}{where}: {detail['msg']}", transaction_id))
        return None


def _place(raw: Any, location: Sequence[int | str], is_missing: bool) -> tuple[str, str | None]:
    """The JSON pointer of an error, and the condition it lies in.

    The location names the alternatives of unions between the fields; these are no part of the pointer.
    """
    value = raw
    steps: list[str | int] = []
    condition_id: str | None = None
    for number, step in enumerate(location):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif not is_missing or number + 1 < len(location):
            continue
        steps.append(step)
        if steps[:1] == ["vesting_conditions"] and len(steps) == 2 and isinstance(value, Mapping):
            own_id = value.get("id")
            condition_id = own_id if isinstance(own_id, str) else None
    return json_text.join("", *steps), condition_id
