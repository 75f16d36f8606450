"""Decide every property of a document."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from vestverify.allocations.checking import TableOptions, check_table
from vestverify.allocations.table import Table
from vestverify.case_findings import case_findings
from vestverify.certificate import Certifier, Contradiction
from vestverify.date_range import decide_date_range
from vestverify.decision import Decision, not_applicable, undecided
from vestverify.documents import LoadedDocument, LoadedTerms
from vestverify.encoding.entitlement import TooManyOccurrences
from vestverify.encoding.execution import NotEncoded
from vestverify.engine.execution import are_siblings_independent
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms, compile_terms
from vestverify.engine.reading import DEFAULT_READING, Reading, reading_from
from vestverify.entering import decide_entering
from vestverify.fitting_grants import decide_fitting_grants
from vestverify.forfeiting import decide_forfeiting
from vestverify.fractional_shares import decide_fractional_shares
from vestverify.full_vesting import decide_full_vesting
from vestverify.independent.provers import PROVERS as INDEPENDENT_PROVERS
from vestverify.negative_installments import decide_negative_installments
from vestverify.over_vesting import decide_over_vesting
from vestverify.overdue import decide_overdue
from vestverify.package_findings import package_findings
from vestverify.properties import catalogue
from vestverify.reachability import Disagreement
from vestverify.reading_dependence import decide_reading_dependence
from vestverify.recording import Question, recording, recording_into
from vestverify.results import (
    DocumentResult,
    Finding,
    InternalError,
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
from vestverify.text_places import with_positions
from vestverify.ties import decide_ties
from vestverify.under_vesting import decide_under_vesting


@dataclasses.dataclass(frozen=True, slots=True)
class CheckOptions:
    """How to check.

    Attributes:
        reading: which published answers to follow; None for a case's own reading, or the default.
        reading_name: the same for reports: a bundle's name, or the choices that differ.
        rlimit: solver resource units allowed for one question; 0 is unlimited.
        certifier: asks a second solver to confirm the answers that verdicts rest on; None for not asking.
        codes: properties to decide, besides what they build on and what the structure tells; None for all.
    """

    reading: Reading | None = None
    reading_name: str | Mapping[str, str] = "default"
    rlimit: int = DEFAULT_RLIMIT
    certifier: Certifier | None = None
    codes: Collection[str] | None = None


def check_document(document: LoadedDocument, options: CheckOptions) -> tuple[DocumentResult, tuple[InternalError, ...]]:
    """Decide every property of every terms object in a document.

    Args:
        document: a document as read.
        options: how to check.

    Returns:
        The results, and disagreements between prover and engine, which must never happen.
    """
    if document.table is not None:
        return _check_table(document.table, options)
    reading = reading_of(document, options)
    internal: list[InternalError] = []
    terms: list[TermsResult] = []
    for loaded in document.terms:
        with recording() if options.certifier is not None else contextlib.nullcontext():
            decided = decide_terms(document, loaded, options, options.codes)
        result_of_terms, errors = decided.result(options.certifier)
        internal += [InternalError(document.path, result_of_terms.id, error) for error in errors]
        terms.append(result_of_terms)
    ledger: tuple[Finding, ...] = ()
    not_decided: tuple[str, ...] = ()
    if document.case is not None and document.case.case is not None:
        found = case_findings(document.case, reading)
        ledger = found.ledger
        not_decided = found.not_decided
        if terms:
            terms[0] = found.applied_to(terms[0])
    securities = 0
    if document.package is not None:
        ledger, not_decided = package_findings(document.package, reading, terms)
        securities = sum(not security.undecided for security in document.package.securities)
    errors_found = document.all_errors
    result = DocumentResult(
        path=document.path,
        sha256=document.sha256,
        kind=document.kind,
        errors=errors_found,
        terms=tuple(terms),
        ledger=ledger,
        not_decided=not_decided,
        securities=securities,
    )
    return with_positions(result, document), tuple(internal)


def _check_table(table: Table, options: CheckOptions) -> tuple[DocumentResult, tuple[InternalError, ...]]:
    try:
        return check_table(table, TableOptions(rlimit=options.rlimit, certifier=options.certifier)), ()
    except Contradiction as error:
        unconfirmed = check_table(table, TableOptions(rlimit=options.rlimit))
        return unconfirmed, (InternalError(table.path, "", str(error)),)


def reading_of(document: LoadedDocument, options: CheckOptions) -> Reading:
    """The reading under which a document is checked: the one asked for, a case's own, or the default."""
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


@dataclasses.dataclass(frozen=True, slots=True)
class Decided:
    """The properties of one terms object, decided.

    Attributes:
        loaded: the terms as read.
        decisions: by code.
        errors: disagreements between prover and engine, which must never happen.
        subject: what was decided about; None where the terms cannot be executed.
        questions: what the solver was asked for each property, where questions are recorded.
    """

    loaded: LoadedTerms
    decisions: dict[str, Decision]
    errors: tuple[str, ...] = ()
    subject: Subject | None = None
    questions: Mapping[str, Sequence[Question]] = dataclasses.field(default_factory=dict)

    def result(self, certifier: Certifier | None = None) -> tuple[TermsResult, tuple[str, ...]]:
        """The same as reports read it, with what a second solver confirms; and what must never happen."""
        result = _result(self.loaded, self.decisions)
        if certifier is None:
            return result, self.errors
        try:
            return _certified(result, self.questions, certifier), self.errors
        except Contradiction as error:
            return result, (*self.errors, str(error))


def decide_terms(
    document: LoadedDocument, loaded: LoadedTerms, options: CheckOptions, wanted: Collection[str] | None = None
) -> Decided:
    """Decide the properties of one terms object.

    Args:
        document: the document as read.
        loaded: one of its terms objects.
        options: how to check.
        wanted: codes; only these are decided, what they build on, and what the structure tells. None for all.
    """
    reading = reading_of(document, options)
    case = None if document.case is None else document.case.case
    decided = _decide(loaded, reading, options.rlimit, None if case is None else case.issuance.quantity, wanted)
    if options.reading is None and reading != DEFAULT_READING:
        stated = {code: _under(decision, reading) for code, decision in decided.decisions.items()}
        return dataclasses.replace(decided, decisions=stated)
    return decided


def _decide(
    loaded: LoadedTerms,
    reading: Reading,
    rlimit: int,
    grant: Fraction | None,
    wanted: Collection[str] | None,
) -> Decided:
    raw_conditions = loaded.raw.get("vesting_conditions") if isinstance(loaded.raw, Mapping) else loaded.raw
    skeleton = skeleton_of(raw_conditions, loaded.pointer, loaded.pointer + loaded.conditions_pointer)
    asked: dict[str, list[Question]] = {"VV101": []}
    with recording_into(asked["VV101"]):
        decisions = {decision.code: decision for decision in decide_structure(skeleton, rlimit)}
    errors: list[str] = []
    rest = [code for code in _codes() if code not in decisions]
    if loaded.terms is None:
        return Decided(
            loaded,
            decisions | {code: undecided(code, "the terms are not valid OCF (VV003)") for code in rest},
            questions=asked,
        )
    blocking = [code for code in BLOCKING if decisions[code].verdict is not Verdict.PROVED]
    if decisions["VV108"].verdict is Verdict.REFUTED and decisions["VV108"].severity is Severity.ERROR:
        blocking.append("VV108")
    if blocking and not any(decisions[code].verdict is Verdict.REFUTED for code in blocking):
        reason = f"it is not known whether the terms can be executed: {', '.join(blocking)} is open"
        return Decided(loaded, decisions | {code: undecided(code, reason) for code in rest}, questions=asked)
    if blocking:
        reason = f"the terms cannot be executed: see {', '.join(blocking)}"
        return Decided(loaded, decisions | {code: not_applicable(code, reason) for code in rest}, questions=asked)
    try:
        plan = compile_terms(loaded.terms)
    except UnsupportedTerms as error:
        reason = f"{error.feature} is not decided yet"
        return Decided(loaded, decisions | {code: undecided(code, reason) for code in rest}, questions=asked)
    except DefectiveTerms as error:
        return Decided(
            loaded,
            decisions | {code: undecided(code, str(error)) for code in rest},
            (f"the engine refuses terms whose structure was found sound: {error}",),
            questions=asked,
        )
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
    of_paths = not are_siblings_independent(plan, reading)
    provers = (*(PATH_PROVERS if of_paths else INDEPENDENT_PROVERS), (_readings(decisions), ("VV401",)))
    needed = None if wanted is None else {*wanted, *(needs for code in wanted for needs in BUILDS_ON.get(code, ()))}
    for decide, codes in provers:
        if needed is not None and "VV201" not in codes and not needed.intersection(codes):
            continue
        questions: list[Question] = []
        asked |= dict.fromkeys(codes, questions)
        try:
            with recording_into(questions):
                decisions |= {decision.code: decision for decision in decide(subject)}
        except Disagreement as error:
            errors.append(str(error))
            decisions |= {code: undecided(code, "internal error, reported apart") for code in codes}
        except UnsupportedTerms as error:
            decisions |= {code: undecided(code, f"{error.feature} is not decided yet") for code in codes}
        except (NotEncoded, TooManyOccurrences) as error:
            decisions |= {code: undecided(code, str(error)) for code in codes}
    return Decided(loaded, decisions, tuple(errors), subject, asked)


def _readings(decisions: Mapping[str, Decision]) -> Callable[[Subject], tuple[Decision, ...]]:
    """The decider of VV401, which looks at what has been decided before."""
    return lambda each: (decide_reading_dependence(each, decisions["VV203"], decisions["VV301"]),)


#: The deciders for terms whose executions are single paths; each decides some codes.
PATH_PROVERS: tuple[tuple[Callable[[Subject], tuple[Decision, ...]], tuple[str, ...]], ...] = (
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

#: Decisions that others look at, beside VV201, on which all of them build.
BUILDS_ON = {"VV401": ("VV203", "VV301")}


def _certified(result: TermsResult, asked: Mapping[str, Sequence[Question]], certifier: Certifier) -> TermsResult:
    """The result with what a second solver confirmed.

    Raises:
        Contradiction: it contradicts an answer.
    """
    everything = [question for questions in asked.values() for question in questions]
    return dataclasses.replace(
        result,
        properties=tuple(
            dataclasses.replace(each, certificate=certifier.certificate(asked[each.code]))
            if each.code in asked
            else each
            for each in result.properties
        ),
        certificate=certifier.certificate(everything),
    )


def _result(loaded: LoadedTerms, decisions: Mapping[str, Decision]) -> TermsResult:
    ordered = [decisions[code] for code in sorted(decisions)]
    return TermsResult(
        id=_name_of(loaded, "id"),
        name=_name_of(loaded, "name"),
        pointer=loaded.pointer,
        properties=tuple(decision.result for decision in ordered),
        findings=tuple(found for decision in ordered for found in decision.findings),
    )


__all__ = ["DEFAULT_RLIMIT", "CheckOptions", "check_document", "solver_name"]
