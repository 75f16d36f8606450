"""How much of the grant executions vest: VV301 to VV304 (AMT-6, INV-1, INV-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import z3

from vestverify.bounds import (
    Bounds,
    bounds,
    for_grant,
    for_large_grants,
    least_grant_that_fits,
    most_grant_that_is_filled,
)
from vestverify.decision import ASSUMPTIONS, SCOPE, Decision, finding, not_applicable, undecided
from vestverify.encoding.entitlement import (
    NOTHING,
    WHOLE,
    SymbolicTotals,
    TooManyOccurrences,
    Vested,
    bounds_are_not_inductive,
    step_of,
)
from vestverify.encoding.execution import NotEncoded, SymbolicExecution, require_one_path
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry
from vestverify.engine.numeric import format_quantity
from vestverify.reachability import Answer, Disagreement, find_execution
from vestverify.results import Finding, Method, Related, Severity, Verdict
from vestverify.solver import Query, Satisfiability
from vestverify.subject import Subject
from vestverify.witness import counterexample, path_of, without_needless_records

_CODES = ("VV301", "VV302", "VV303", "VV304")
_ONE = Fraction(1)


def decide_totals(subject: Subject) -> tuple[Decision, ...]:
    """Decide VV301 to VV304."""
    try:
        require_one_path(subject.plan, subject.reading)
        dead = subject.search.never_entered
        limits = bounds(subject.plan, subject.reading, never_entered=dead)
        at_one_share = bounds(subject.plan, subject.reading, for_grant(_ONE), dead)
    except (NotEncoded, TooManyOccurrences) as error:
        return tuple(undecided(code, str(error)) for code in _CODES)
    over = _over_vesting(subject, limits)
    most = _most(subject, at_one_share)
    return (
        over,
        _full_vesting(subject, most),
        _under_vesting(subject, at_one_share),
        _indeterminate(subject, most),
    )


def _inductive(subject: Subject, limits: Bounds, grant: Fraction | None = None) -> tuple[bool, str]:
    query = Query(subject.rlimit)
    query.add_text(bounds_are_not_inductive(subject.plan, subject.reading, limits.lowest, limits.highest, grant))
    answer = query.check()
    if answer is Satisfiability.SATISFIABLE:
        raise Disagreement(f"the bounds on what the paths of {subject.plan.terms_id!r} vest are not inductive")
    return answer is Satisfiability.UNSATISFIABLE, query.reason


def _total(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> Fraction:
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    return sum((run.count * run.each for entry in runs for run in entry), Fraction(0))


def _peak(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> Fraction:
    """The most that has vested at any time; a later share of a negative remainder would take it back."""
    peak = vested = Fraction(0)
    for runs in entitlements(subject.plan, entries, grant, subject.reading):
        vested += sum((run.count * run.each for run in runs), Fraction(0))
        peak = max(peak, vested)
    return peak


def _over_vesting(subject: Subject, limits: Bounds) -> Decision:
    excessive = [place for place, vested in limits.highest.items() if vested > WHOLE]
    if not excessive:
        shown, reason = _inductive(subject, limits)
        if not shown:
            return undecided("VV301", reason)
        return Decision("VV301", Verdict.PROVED, Method.SMT, (), _scope_of_fitting_grants(subject), ASSUMPTIONS)
    grant = _grant_exceeded(subject, max(limits.highest.values(), key=for_large_grants))

    def shows(recorded: dict[int, int]) -> bool:
        return _peak(subject, subject.search.run(recorded), grant) > grant

    first = min(excessive, key=lambda place: len(limits.path_to(place, True)))
    for place in dict.fromkeys((first, *excessive)):
        recorded = subject.search.realise(limits.path_to(place, True))
        if recorded is not None and shows(recorded):
            return _over_vested(subject, limits, recorded, grant, Method.EXHAUSTIVE, shows)
    reason = ""
    for place in excessive:
        answer = _ask(subject, place, _above_whole(place), shows)
        if answer.recorded is not None:
            return _over_vested(subject, limits, answer.recorded, grant, Method.SMT, shows)
        reason = answer.reason or reason
    if reason:
        return undecided("VV301", reason)
    return Decision("VV301", Verdict.PROVED, Method.SMT, (), _scope_of_fitting_grants(subject), ASSUMPTIONS)


def _above_whole(place: int) -> Any:
    def goal(execution: SymbolicExecution, totals: SymbolicTotals | None) -> Any:
        assert totals is not None
        return z3.And(execution.entered[place], totals.above(place, WHOLE))

    return goal


def _scope_of_fitting_grants(subject: Subject) -> dict[str, str]:
    least = least_grant_that_fits(subject.plan, subject.reading, subject.search.never_entered)
    if least is None or least == 1:
        return dict(SCOPE)
    return {**SCOPE, "grant_quantity": f">= {least}, for which the fixed quantities fit"}


def _grant_exceeded(subject: Subject, most: Vested) -> Fraction:
    grant = subject.round_grant()
    while most.of(grant) <= grant:
        grant *= 2
    return grant


def _over_vested(
    subject: Subject, limits: Bounds, recorded: dict[int, int], grant: Fraction, method: Method, shows: Any
) -> Decision:
    recorded = without_needless_records(subject, recorded, shows)
    entries = subject.search.run(recorded)
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    vested = Fraction(0)
    crossing = entries[-1].place
    for entry, of_entry in zip(entries, runs, strict=True):
        vested += sum((run.count * run.each for run in of_entry), Fraction(0))
        if vested > grant:
            crossing = entry.place
            break
    total = _peak(subject, entries, grant)
    name = subject.id_of(crossing)
    share = str(total / grant)
    path = path_of(entries)
    found = finding(
        "VV301",
        f"once {name!r} is met, more has vested than was granted: {share} of the grant",
        subject.pointer_to(crossing),
        (name,),
        related=tuple(
            Related(subject.pointer_to(place), f"{subject.id_of(place)!r} vests before it")
            for place in path[: path.index(crossing)]
            if subject.plan.conditions[place].vests
        ),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "max_vested": share if all(each.shares == 0 for each in limits.highest.values()) else None,
            "path": list(subject.ids_of(path)),
        },
        advice="lower the portions on this path so that they add up to the grant, or use a portion of the remainder",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"{format_quantity(total)} shares vest, {format_quantity(total - grant)} more than were granted",
        ),
        identity=(name,),
    )
    return Decision("VV301", Verdict.REFUTED, method, (found,), SCOPE, ASSUMPTIONS)


def _ask(subject: Subject, place: int, goal: Any, confirm: Any) -> Answer:
    return find_execution(
        subject.plan,
        subject.reading,
        [place],
        goal,
        confirm,
        subject.rlimit,
        with_totals=True,
        never_entered=subject.search.never_entered,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Most:
    """The most that an execution vests of a grant of one share; ``share`` of larger grants.

    Attributes:
        vested: the greatest total found; at least the whole grant where ``reaches_whole``.
        recorded: an execution that vests it, where one was found.
        reaches_whole: whether some execution vests a whole grant.
        method: how it was shown.
        reason: why that is not known.
    """

    vested: Vested
    recorded: dict[int, int] | None
    reaches_whole: Verdict
    method: Method | None
    reason: str = ""


def _most(subject: Subject, limits: Bounds) -> _Most:
    ranked = sorted(limits.highest, key=lambda place: (-limits.highest[place].of(_ONE), place))
    whole = [place for place in ranked if limits.highest[place].of(_ONE) >= 1]
    for place in whole:
        recorded = subject.search.realise(limits.path_to(place, True))
        if recorded is not None:
            return _Most(limits.highest[place], recorded, Verdict.PROVED, Method.EXHAUSTIVE)
    reason = ""
    for place in whole:
        answer = _ask(subject, place, _at_least_whole(place), lambda recorded: _reaches(subject, recorded))
        if answer.recorded is not None:
            return _Most(limits.highest[place], answer.recorded, Verdict.PROVED, Method.SMT)
        reason = answer.reason or reason
    if reason:
        return _Most(NOTHING, None, Verdict.OPEN, None, reason)
    if not whole:
        shown, reason = _inductive(subject, limits, _ONE)
        if not shown:
            return _Most(NOTHING, None, Verdict.OPEN, None, reason)
        recorded = subject.search.realise(limits.path_to(ranked[0], True))
        if recorded is not None:
            return _Most(limits.highest[ranked[0]], recorded, Verdict.REFUTED, Method.SMT)
    return _climb(subject, limits)


def _at_least_whole(place: int, bound: Fraction = _ONE, strictly: bool = False) -> Any:
    def goal(execution: SymbolicExecution, totals: SymbolicTotals | None) -> Any:
        assert totals is not None
        total, least = totals.of_one_share(place), z3.RealVal(str(bound), execution.entered[place].ctx)
        return z3.And(execution.entered[place], total > least if strictly else total >= least)

    return goal


def _reaches(subject: Subject, recorded: dict[int, int], bound: Fraction = _ONE, strictly: bool = False) -> bool:
    peak = _peak(subject, subject.search.run(recorded), _ONE)
    return peak > bound if strictly else peak >= bound


def _climb(subject: Subject, limits: Bounds) -> _Most:
    """No execution vests the whole grant; find the one that vests most by demanding better until none is left."""
    best = Fraction(0)
    recorded: dict[int, int] = {}
    for candidate in list(subject.search.witnesses.values()):
        peak = _peak(subject, subject.search.run(candidate), _ONE)
        if peak > best:
            best, recorded = peak, candidate
    for place, highest in limits.highest.items():
        while highest.of(_ONE) > best:
            answer = _ask(
                subject,
                place,
                _at_least_whole(place, best, strictly=True),
                lambda found, bound=best: _reaches(subject, found, bound, strictly=True),
            )
            if answer.exists is Verdict.OPEN:
                return _Most(NOTHING, recorded, Verdict.REFUTED, Method.SMT, answer.reason)
            if answer.recorded is None:
                break
            recorded = answer.recorded
            best = _peak(subject, subject.search.run(recorded), _ONE)
    return _Most(_vested(subject, recorded), recorded, Verdict.REFUTED, Method.SMT)


def _vested(subject: Subject, recorded: dict[int, int]) -> Vested:
    vested = NOTHING
    for entry in subject.search.run(recorded):
        vested = step_of(subject.plan.conditions[entry.place], subject.reading).after(vested)
    return vested


def _full_vesting(subject: Subject, most: _Most) -> Decision:
    if subject.plan.declared_indeterminate:
        return not_applicable("VV302", "the terms declare themselves indeterminate (see VV304)")
    if most.reaches_whole is Verdict.OPEN:
        return undecided("VV302", most.reason)
    if most.reaches_whole is Verdict.PROVED:
        return Decision(
            "VV302",
            Verdict.PROVED,
            most.method,
            (),
            {**SCOPE, "grant_quantity": _grants_filled(most.vested)},
            ASSUMPTIONS,
        )
    return Decision("VV302", Verdict.REFUTED, most.method, (_never_whole(subject, most),), SCOPE, ASSUMPTIONS)


def _grants_filled(vested: Vested) -> str:
    if vested.share >= 1:
        return ">= 1"
    return f"<= {format_quantity(vested.shares / (1 - vested.share))}, which the fixed quantities fill"


def _never_whole(subject: Subject, most: _Most) -> Finding:
    grant = subject.round_grant()
    recorded = most.recorded or {}
    total = _total(subject, subject.search.run(recorded), grant)
    share = str(most.vested.share)
    known = not most.reason and most.vested.shares == 0
    path = path_of(subject.search.run(recorded))
    message = "no execution vests the whole grant" + (f": at most {share} of it" if known else "")
    return finding(
        "VV302",
        message,
        subject.pointer,
        related=tuple(
            Related(subject.pointer_to(place), f"{subject.id_of(place)!r} vests on the way that vests most")
            for place in path
            if subject.plan.conditions[place].vests
        ),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "max_vested": share if known else None,
            "path": list(subject.ids_of(path)),
        },
        advice="raise the portions so that some path adds up to 1, or declare the terms indeterminate",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"{format_quantity(total)} shares vest, and no dates vest more; {format_quantity(grant - total)} never do",
        ),
    )


def _indeterminate(subject: Subject, most: _Most) -> Decision:
    declared = subject.plan.declared_indeterminate
    severity = Severity.INFO if declared else Severity.WARNING
    if most.reaches_whole is Verdict.OPEN:
        return undecided("VV304", most.reason)
    if most.reaches_whole is Verdict.PROVED:
        return Decision(
            "VV304",
            Verdict.PROVED,
            most.method,
            (),
            {**SCOPE, "grant_quantity": _grants_filled(most.vested)},
            ASSUMPTIONS,
        )
    missing = str(1 - most.vested.share)
    known = not most.reason and most.vested.shares == 0
    how = "as the terms declare" if declared else "and the terms do not declare it"
    found = finding(
        "VV304",
        f"{missing if known else 'part'} of the grant can vest only by acceleration, {how}",
        subject.pointer,
        severity=severity,
        facts={
            "declared": declared,
            "missing": missing if known else None,
            "max_vested": str(most.vested.share) if known else None,
        },
        advice="" if declared else "complete the portions, or say in the terms that the rest vests by acceleration",
    )
    return Decision("VV304", Verdict.REFUTED, most.method, (found,), SCOPE, ASSUMPTIONS, severity=severity)


def _under_vesting(subject: Subject, limits: Bounds) -> Decision:
    terminals = [
        place
        for place, condition in enumerate(subject.plan.conditions)
        if not condition.following and condition.vests and place in limits.lowest
    ]
    short = [place for place in terminals if limits.lowest[place].of(_ONE) < 1]
    findings: list[Finding] = []
    reason = ""
    method = Method.SMT
    if not short:
        shown, reason = _inductive(subject, limits, _ONE)
        if not shown:
            return undecided("VV303", reason)
        return Decision(
            "VV303", Verdict.PROVED, Method.SMT, (), _scope_of_filled_grants(subject, terminals), ASSUMPTIONS
        )
    for place in short:

        def shows(recorded: dict[int, int], place: int = place) -> bool:
            entries = subject.search.run(recorded)
            return bool(entries) and entries[-1].place == place and _total(subject, entries, _ONE) < 1

        recorded = subject.search.realise(limits.path_to(place, False))
        if recorded is None or not shows(recorded):
            answer = _ask(subject, place, _below_whole(place), shows)
            recorded = answer.recorded
            reason = answer.reason or reason
        if recorded is not None:
            findings.append(_stops_short(subject, place, without_needless_records(subject, recorded, shows)))
    if findings:
        return Decision("VV303", Verdict.REFUTED, method, tuple(findings), SCOPE, ASSUMPTIONS)
    if reason:
        return undecided("VV303", reason)
    return Decision("VV303", Verdict.PROVED, method, (), _scope_of_filled_grants(subject, terminals), ASSUMPTIONS)


def _scope_of_filled_grants(subject: Subject, terminals: Sequence[int]) -> dict[str, str]:
    most = most_grant_that_is_filled(subject.plan, subject.reading, terminals, subject.search.never_entered)
    if most is None:
        return dict(SCOPE)
    return {**SCOPE, "grant_quantity": f"<= {most}, which the fixed quantities fill"}


def _below_whole(place: int) -> Any:
    def goal(execution: SymbolicExecution, totals: SymbolicTotals | None) -> Any:
        assert totals is not None
        return z3.And(execution.entered[place], totals.of_one_share(place) < 1)

    return goal


def _stops_short(subject: Subject, place: int, recorded: dict[int, int]) -> Finding:
    grant = subject.round_grant()
    entries = subject.search.run(recorded)
    total = _total(subject, entries, grant)
    name = subject.id_of(place)
    share = str(total / grant)
    path = path_of(entries)
    return finding(
        "VV303",
        f"vesting can end at {name!r} with only {share} of the grant vested",
        subject.pointer_to(place),
        (name,),
        related=tuple(
            Related(subject.pointer_to(other), f"{subject.id_of(other)!r} vests before it")
            for other in path[:-1]
            if subject.plan.conditions[other].vests
        ),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "min_vested": share if _vested(subject, recorded).shares == 0 else None,
            "path": list(subject.ids_of(path)),
        },
        advice=f"let {name!r} vest the rest (a portion of the remainder), or name the condition that follows it",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"vesting ends at {name!r} with {format_quantity(total)} shares; {format_quantity(grant - total)} never vest",
        ),
        identity=(name,),
    )
