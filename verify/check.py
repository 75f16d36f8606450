"""Decide every property of a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from vestverify.case_findings import case_findings
from vestverify.date_range import decide_date_range
from vestverify.decision import Decision, not_applicable, undecided
from vestverify.documents import LoadedDocument, LoadedTerms
from vestverify.encoding.entitlement import TooManyOccurrences
from vestverify.encoding.execution import NotEncoded
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms, compile_terms
from vestverify.engine.reading import DEFAULT_READING, Reading, reading_from
from vestverify.entering import decide_entering
from vestverify.fitting_grants import decide_fitting_grants
from vestverify.forfeiting import decide_forfeiting
from vestverify.fractional_shares import decide_fractional_shares
from vestverify.full_vesting import decide_full_vesting
from vestverify.json_text import lines_of, locate, position_of_offset
from vestverify.negative_installments import decide_negative_installments
from vestverify.over_vesting import decide_over_vesting
from vestverify.overdue import decide_overdue
from vestverify.properties import catalogue
from vestverify.reachability import Disagreement
from vestverify.results import (
    DocumentResult,
    Finding,
    InternalError,
    Position,
    Severity,
    TermsResult,
    Verdict,
)
from vestverify.rounding import decide_rounding
from vestverify.search import Search
from vestverify.skeleton import skeleton_of
from vestverify.solver import DEFAULT_RLIMIT, Allowance, solver_name
from vestverify.structure import BLOCKING, decide_structure
from vestverify.subject import Subject
from vestverify.ties import decide_ties
from vestverify.under_vesting import decide_under_vesting


@dataclasses.dataclass(frozen=True, slots=True)
class CheckOptions:
    """How to check.

    Attributes:
        reading: which published answers to follow; None for a case's own reading, or the default.
        reading_name: the same for reports: a bundle's name, or the choices that differ.
        rlimit: solver resource units allowed for one question; 0 is unlimited.
    """

    reading: Reading | None = None
    reading_name: str | Mapping[str, str] = "default"
    rlimit: int = DEFAULT_RLIMIT


def check_document(document: LoadedDocument, options: CheckOptions) -> tuple[DocumentResult, tuple[InternalError, ...]]:
    """Decide every property of every terms object in a document.

    Args:
        document: a document as read.
        options: how to check.

    Returns:
        The results, and disagreements between prover and engine, which must never happen.
    """
    reading = _reading_of(document, options)
    internal: list[InternalError] = []
    terms: list[TermsResult] = []
    grant = (
        document.case.case.issuance.quantity if document.case is not None and document.case.case is not None else None
    )
    for loaded in document.terms:
        decisions, errors = _decide(loaded, reading, options.rlimit, grant)
        if options.reading is None and reading != DEFAULT_READING:
            decisions = {code: _under(decision, reading) for code, decision in decisions.items()}
        internal += [InternalError(document.path, _name_of(loaded, "id"), error) for error in errors]
        terms.append(_result(loaded, decisions))
    ledger: tuple[Finding, ...] = ()
    not_decided: tuple[str, ...] = ()
    if document.case is not None and document.case.case is not None:
        found = case_findings(document.case, reading)
        ledger = found.ledger
        not_decided = found.not_decided
        if terms:
            terms[0] = found.applied_to(terms[0])
    errors_found = document.all_errors
    result = DocumentResult(
        path=document.path,
        sha256=document.sha256,
        kind=document.kind,
        errors=errors_found,
        terms=tuple(terms),
        ledger=ledger,
        not_decided=not_decided,
    )
    positions = _positions(document, result.findings)
    lines = lines_of(document.text, {line for place in positions.values() for line in (place.line, place.line + 1)})
    return dataclasses.replace(result, positions=positions, source_lines=lines), tuple(internal)


def _reading_of(document: LoadedDocument, options: CheckOptions) -> Reading:
    if options.reading is not None:
        return options.reading
    return DEFAULT_READING if document.case is None else reading_from(document.case.reading)


def _under(decision: Decision, reading: Reading) -> Decision:
    """The decision with the reading that the case itself chooses among its assumptions."""
    if not decision.assumptions:
        return decision
    choices = ", ".join(f"{key}={value}" for key, value in reading.differences().items())
    return dataclasses.replace(decision, assumptions=(*decision.assumptions, f"the case's own reading: {choices}"))


def _name_of(loaded: LoadedTerms, key: str) -> str:
    value = loaded.raw.get(key) if isinstance(loaded.raw, Mapping) else None
    return value if isinstance(value, str) else ""


def _complete(loaded: LoadedTerms) -> Mapping[str, Any]:
    if isinstance(loaded.raw, Mapping):
        return loaded.raw
    assert loaded.terms is not None
    return {
        "id": loaded.terms.id,
        "object_type": "VESTING_TERMS",
        "name": loaded.terms.name,
        "description": loaded.terms.description,
        "allocation_type": str(loaded.terms.allocation_type),
        "vesting_conditions": loaded.raw,
    }


def _codes() -> tuple[str, ...]:
    return tuple(code for code, promised in catalogue().items() if promised.subject == "terms")


def _decide(
    loaded: LoadedTerms, reading: Reading, rlimit: int, grant: Fraction | None
) -> tuple[dict[str, Decision], list[str]]:
    raw_conditions = loaded.raw.get("vesting_conditions") if isinstance(loaded.raw, Mapping) else loaded.raw
    skeleton = skeleton_of(raw_conditions, loaded.pointer, loaded.pointer + loaded.conditions_pointer)
    decisions = {decision.code: decision for decision in decide_structure(skeleton, rlimit)}
    errors: list[str] = []
    rest = [code for code in _codes() if code not in decisions]
    if loaded.terms is None:
        return decisions | {code: undecided(code, "the terms are not valid OCF (VV003)") for code in rest}, errors
    blocking = [code for code in BLOCKING if decisions[code].verdict is not Verdict.PROVED]
    if decisions["VV108"].verdict is Verdict.REFUTED and decisions["VV108"].severity is Severity.ERROR:
        blocking.append("VV108")
    if blocking and not any(decisions[code].verdict is Verdict.REFUTED for code in blocking):
        return decisions | {
            code: undecided(code, f"it is not known whether the terms can be executed: {', '.join(blocking)} is open")
            for code in rest
        }, errors
    if blocking:
        reason = f"the terms cannot be executed: see {', '.join(blocking)}"
        return decisions | {code: not_applicable(code, reason) for code in rest}, errors
    try:
        plan = compile_terms(loaded.terms)
    except UnsupportedTerms as error:
        return decisions | {code: undecided(code, f"{error.feature} is not decided yet") for code in rest}, errors
    except DefectiveTerms as error:
        return decisions | {code: undecided(code, str(error)) for code in rest}, [
            f"the engine refuses terms whose structure was found sound: {error}"
        ]
    subject = Subject(
        raw=_complete(loaded),
        plan=plan,
        reading=reading,
        pointer=loaded.pointer,
        conditions_pointer=loaded.pointer + loaded.conditions_pointer,
        rlimit=rlimit,
        search=Search(plan, reading),
        allowance=Allowance(rlimit),
    )
    if subject.has_quantities:
        subject = dataclasses.replace(subject, grant=grant)
    provers: tuple[tuple[Callable[[Subject], tuple[Decision, ...]], tuple[str, ...]], ...] = (
        (lambda each: (decide_entering(each),), ("VV201",)),
        (lambda each: (decide_over_vesting(each),), ("VV301",)),
        (decide_full_vesting, ("VV302", "VV304")),
        (lambda each: (decide_under_vesting(each),), ("VV303",)),
        (lambda each: (decide_rounding(each),), ("VV305",)),
        (lambda each: (decide_ties(each),), ("VV202",)),
        (lambda each: (decide_overdue(each),), ("VV203",)),
        (lambda each: (decide_date_range(each),), ("VV204",)),
        (lambda each: (decide_negative_installments(each),), ("VV306",)),
        (lambda each: (decide_fitting_grants(each),), ("VV307",)),
        (lambda each: (decide_fractional_shares(each),), ("VV310",)),
        (lambda each: (decide_forfeiting(each),), ("VV311",)),
    )
    for decide, codes in provers:
        try:
            decisions |= {decision.code: decision for decision in decide(subject)}
        except Disagreement as error:
            errors.append(str(error))
            decisions |= {code: undecided(code, "internal error, reported apart") for code in codes}
        except UnsupportedTerms as error:
            decisions |= {code: undecided(code, f"{error.feature} is not decided yet") for code in codes}
        except (NotEncoded, TooManyOccurrences) as error:
            decisions |= {code: undecided(code, str(error)) for code in codes}
    return decisions, errors


def _result(loaded: LoadedTerms, decisions: Mapping[str, Decision]) -> TermsResult:
    ordered = [decisions[code] for code in sorted(decisions)]
    return TermsResult(
        id=_name_of(loaded, "id"),
        name=_name_of(loaded, "name"),
        pointer=loaded.pointer,
        properties=tuple(decision.result for decision in ordered),
        findings=tuple(found for decision in ordered for found in decision.findings),
    )


def _positions(document: LoadedDocument, findings: Sequence[Finding]) -> dict[str, Position]:
    pointers = {found.pointer for found in findings if found.offset is None}
    pointers |= {related.pointer for found in findings for related in found.related}
    positions = dict(locate(document.text, pointers)) if pointers and document.text else {}
    for found in findings:
        if found.offset is not None:
            positions[found.pointer] = position_of_offset(document.text, found.offset)
    return positions


__all__ = ["DEFAULT_RLIMIT", "CheckOptions", "check_document", "solver_name"]
