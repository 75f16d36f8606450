"""How one property was decided: what was asked of the solver, in full, and what else there is to see."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from vestverify.certificate import Certifier, second_solver_name
from vestverify.check import BUILDS_ON, CheckOptions, decide_terms
from vestverify.decision import Decision
from vestverify.documents import LoadedDocument, LoadedTerms
from vestverify.engine.execution import are_siblings_independent
from vestverify.properties import property_of
from vestverify.readable import readable
from vestverify.reading_exhibits import schedules_side_by_side
from vestverify.recording import Question, recording
from vestverify.results import (
    DocumentResult,
    Exhibit,
    InternalError,
    Method,
    ProofResult,
    QuestionResult,
    TermsResult,
)
from vestverify.share_range import share_exhibits
from vestverify.smt_lib import script_of
from vestverify.start_ranges import start_date_exhibits
from vestverify.subject import Subject
from vestverify.text_places import with_positions

#: Modules that show more than the verdict, by property.
_EXHIBITS: Mapping[str, Callable[[Subject, Decision], Iterable[Exhibit]]] = {
    "VV201": start_date_exhibits,
    "VV301": share_exhibits,
    "VV302": share_exhibits,
    "VV303": share_exhibits,
    "VV311": share_exhibits,
    "VV401": schedules_side_by_side,
}

_METHODS = {
    Method.STRUCTURAL: "decided from the document, without a solver",
    Method.EXHAUSTIVE: "decided by running the engine on an input that settles it",
    Method.LEMMA: "decided by a lemma that the test suite proves for all terms",
    Method.SMT: "decided by the solver, for every input in the scope at once",
}


def exhibits_of(code: str, subject: Subject, decision: Decision) -> tuple[Exhibit, ...]:
    """What there is to see beside a verdict: ranges, extremes, schedules; nothing for most properties."""
    show = _EXHIBITS.get(code)
    if code != "VV401" and are_siblings_independent(subject.plan, subject.reading):
        # Ranges are ranges over single paths.
        return ()
    return () if show is None else tuple(show(subject, decision))


def prove(document: LoadedDocument, loaded: LoadedTerms, code: str, options: CheckOptions) -> ProofResult:
    """Decide one property of one terms object and keep everything that the verdict rests on.

    Args:
        document: the document as read.
        loaded: one of its terms objects, valid OCF.
        code: a property of vesting terms.
        options: how to check; with a certifier, a second solver is asked, too.

    Returns:
        The verdict and how it came about.
    """
    with recording():
        decided = decide_terms(document, loaded, options, (code,))
    result, errors = decided.result(options.certifier)
    builds_on = [each for each in ("VV201", *BUILDS_ON.get(code, ())) if decided.questions.get(each) and each != code]
    exhibits: tuple[Exhibit, ...] = ()
    if decided.subject is not None:
        exhibits = exhibits_of(code, decided.subject, decided.decisions[code])
    only = dataclasses.replace(
        result,
        properties=tuple(each for each in result.properties if each.code == code),
        findings=tuple(each for each in result.findings if each.code == code),
        certificate=None,
    )
    return ProofResult(
        document=_document(document, only),
        terms=only,
        how=_how(decided.decisions[code]),
        builds_on=tuple(each for each in result.properties if each.code in builds_on),
        questions=tuple(
            question
            for each in (*builds_on, code)
            for question in _questions(each, decided.questions.get(each, ()), options.certifier, errors)
        ),
        exhibits=exhibits,
        internal_errors=tuple(InternalError(document.path, result.id, error) for error in errors),
    )


def _document(document: LoadedDocument, terms: TermsResult) -> DocumentResult:
    return with_positions(DocumentResult(document.path, document.sha256, document.kind, (), (terms,)), document)


def _how(decision: Decision) -> str:
    decided = property_of(decision.code).decided
    return f"{_METHODS[decision.method]}. {decided}" if decision.method is not None else decided


def _questions(
    code: str, asked: Sequence[Question], certifier: Certifier | None, errors: Sequence[str]
) -> Iterable[QuestionResult]:
    last = {question.query: question for question in asked}
    # A contradiction has been reported; asking again would only raise it again.
    confirmed = {} if certifier is None or errors else {each.question: each.answer for each in certifier.confirm(asked)}
    for question in dict.fromkeys(asked):
        if not question.is_relied_upon and last[question.query] is not question:
            continue
        constraints = readable(question)
        second = confirmed.get(question)
        yield QuestionResult(
            code=code,
            title=f"is there {question.about}?",
            answer=question.answer.value,
            reason=question.reason,
            units=question.units,
            assumptions_hold=question.assumptions_hold,
            second_solver=None if second is None else second_solver_name(),
            second_answer=None if second is None else second.value,
            declarations=constraints.declarations,
            assumptions=constraints.assumptions,
            claims=constraints.claims,
            script=script_of(question),
        )


__all__ = ["Exhibit", "exhibits_of", "prove"]
