"""The engine protocol ``vestverify.engine/1`` over the reference engine (machine contract, section 4).

One request a line, one answer a line. Whatever a line holds, it is answered and the next one is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from vestverify import documents, json_text
from vestverify.documents import LoadedDocument
from vestverify.engine.case import Case, schedule_of
from vestverify.engine.defects import Defect
from vestverify.engine.ledger import ledger_of
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.results import Finding
from vestverify.schedule_rows import rows_of

#: Longest line that is read, in bytes.
MAXIMUM_LINE = json_text.MAXIMUM_BYTES
#: The code of an answer to a request on which the engine itself fails.
INTERNAL = "internal"

_NAME = "request"
_MAXIMUM_ERRORS = 100
_TRANSACTION = re.compile(r"/transactions/([0-9]+)(/|$)")


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one request.

    Args:
        request: a request as JSON values.

    Returns:
        The answer: ``id`` and one of ``schedule``, ``errors``, ``unsupported``. Never raises for what a
        request holds; a failure of the engine itself is an error with the code ``internal``.
    """
    try:
        line = json.dumps(request, default=str)
    except (RecursionError, TypeError, ValueError) as error:
        return _refused(None, Defect("VV001", None, f"the request cannot be written as JSON: {error}"))
    return _answer_line(line)


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
    """The lines of a stream; of one that is longer than ``MAXIMUM_LINE`` only the beginning, still too long."""
    while line := stream.readline(MAXIMUM_LINE + 1):
        rest = line
        while len(rest) > MAXIMUM_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(MAXIMUM_LINE + 1)
        yield line


def respond(case: Case, reading: Reading) -> dict[str, Any]:
    """What the reference engine says about a case: an answer without its ``id``.

    Args:
        case: the grant.
        reading: which published answers to follow.
    """
    try:
        schedule = schedule_of(case, reading)
        rows = list(rows_of(schedule))
        if case.as_of is None:
            return {"schedule": rows}
        return {"schedule": rows, **_as_of(case, case.as_of, schedule, reading)}
    except (Unschedulable, DefectiveTerms) as error:
        return _errors(error.defects)
    except UnsupportedTerms as error:
        return {"unsupported": error.feature}
    except Exception as error:
        return _errors([Defect(INTERNAL, None, f"{type(error).__name__}: {error}")])


def _as_of(case: Case, day: int, schedule: Schedule, reading: Reading) -> dict[str, str]:
    issuance = case.issuance
    found = {"vested": schedule.vested(day), "unvested": issuance.quantity - schedule.vested(day)}
    can_be_exercised = issuance.early_exercisable is not None or issuance.compensation_type not in (None, "RSU")
    if case.has_ledger or can_be_exercised:
        ledger = ledger_of(case, reading)
        # Of an issuance that never was, nothing has vested on any day.
        position = ledger.position(max(day, ledger.holdings[-1].since) if ledger.is_void else day)
        if case.has_ledger:
            found = {"vested": position.vested, "unvested": position.unvested}
        if can_be_exercised:
            found["exercisable"] = position.exercisable
    return {name: format_quantity(shares) for name, shares in found.items()}


def refuse(findings: Sequence[Finding], document: LoadedDocument) -> dict[str, Any]:
    """An answer without its ``id`` that says why a document cannot be run."""
    return _errors([_defect(finding, document) for finding in findings])


def _answer_line(line: str | bytes) -> dict[str, Any]:
    if len(line) > MAXIMUM_LINE:
        reason = f"the line is longer than the {MAXIMUM_LINE:,} bytes that are read"
        return _refused(None, Defect("VV001", None, reason))
    try:
        return _answer_document(
            documents.load(_NAME, line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass"))
        )
    except Exception as error:
        return _refused(None, Defect(INTERNAL, None, f"{type(error).__name__}: {error}"))


def _answer_document(document: LoadedDocument) -> dict[str, Any]:
    identifier = _identifier(document)
    findings = document.all_errors
    if identifier is None and not any(finding.code == "VV001" for finding in findings):
        return _refused(None, Defect("VV003", None, "a request needs an id, which is a string"))
    loaded = document.case
    if loaded is None:
        findings = tuple(finding for finding in findings if finding.code in ("VV001", "VV002"))
        if not findings:
            return _refused(identifier, Defect("VV003", None, "a request states an issuance, and what it vests by"))
    if loaded is None or loaded.case is None or findings:
        return {"id": identifier, **refuse(findings, document)}
    return {"id": identifier, **respond(loaded.case, reading_from(loaded.reading))}


def _identifier(document: LoadedDocument) -> str | None:
    if document.case is not None:
        request: Any = document.case.raw
    else:
        try:
            request = json_text.parse(document.text).value
        except json_text.UnreadableText:
            return None
    identifier = request.get("id") if isinstance(request, Mapping) else None
    return identifier if isinstance(identifier, str) else None


def _defect(finding: Finding, document: LoadedDocument) -> Defect:
    transaction_id = None
    found = _TRANSACTION.match(finding.pointer)
    if found and document.case is not None:
        transaction = document.case.raw["transactions"][int(found[1])]
        own_id = transaction.get("id") if isinstance(transaction, Mapping) else None
        transaction_id = own_id if isinstance(own_id, str) else None
    condition_id = finding.condition_ids[0] if finding.condition_ids else None
    return Defect(finding.code, condition_id, finding.message, transaction_id)


def _refused(identifier: str | None, *defects: Defect) -> dict[str, Any]:
    return {"id": identifier, **_errors(defects)}


def _errors(defects: Sequence[Defect]) -> dict[str, Any]:
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
