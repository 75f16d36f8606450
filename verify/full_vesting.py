"""Whether the whole grant can vest: VV302, and what is left to acceleration: VV304 (INV-2)."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from vestverify.bounds import Bounds
from vestverify.decision import ASSUMPTIONS, Decision, finding, not_applicable, undecided
from vestverify.encoding.entitlement import NOTHING, Vested
from vestverify.encoding.execution import require_one_path
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Indeterminate
from vestverify.reachability import Goal
from vestverify.results import Finding, Method, Related, Severity, Verdict
from vestverify.share_range import share_facts, vested_share
from vestverify.subject import Subject
from vestverify.totals import (
    Measure,
    ask,
    compared_grant,
    goal_at,
    peak,
    reach,
    related_vesting,
    share_in_facts,
    share_of_grant,
    telling_grant,
    vested_by,
)
from vestverify.witness import counterexample, path_of, rounded_total


@dataclasses.dataclass(frozen=True, slots=True)
class _Most:
    """The most that an execution vests.

    Attributes:
        vested: the greatest total; at least the whole grant where ``reaches_whole`` is proved.
        recorded: an execution that vests it, where one was found.
        reaches_whole: whether some execution vests the whole grant.
        method: how that was shown.
        reason: why it is not known, or why ``vested`` may not be the most.
    """

    vested: Vested
    recorded: dict[int, int] | None
    reaches_whole: Verdict
    method: Method | None
    reason: str = ""


def decide_full_vesting(subject: Subject) -> tuple[Decision, Decision]:
    """Decide VV302 and VV304.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    require_one_path(subject.plan, subject.reading)
    most = _most(subject)
    return _whole(subject, most), _indeterminate(subject, most)


def _most(subject: Subject) -> _Most:
    grant = compared_grant(subject)
    measure = Measure(grant)
    limits = measure.bounds(subject)
    ranked = sorted(limits.highest, key=lambda place: (-limits.highest[place].of(grant), place))
    whole = [place for place in ranked if measure.fills(limits.highest[place])]
    reached, reason = reach(
        subject,
        limits,
        whole,
        "the whole grant vested",
        lambda place: _at_least(place, grant, grant),
        lambda recorded: _reached(subject, recorded) >= grant,
    )
    if reached is not None:
        of_bound = reached.method is Method.EXHAUSTIVE
        vested = limits.highest[reached.place] if of_bound else vested_by(subject, reached.recorded)
        return _Most(vested, reached.recorded, Verdict.PROVED, reached.method)
    if reason:
        return _Most(NOTHING, None, Verdict.OPEN, None, reason)
    if not whole:
        shown, reason = measure.are_inductive(subject, limits)
        if not shown:
            return _Most(NOTHING, None, Verdict.OPEN, None, reason)
        recorded = subject.search.realise(limits.path_to(ranked[0], True))
        if recorded is not None:
            return _Most(limits.highest[ranked[0]], recorded, Verdict.REFUTED, Method.SMT)
    return _climb(subject, limits)


def _at_least(place: int, grant: Fraction, bound: Fraction, *, strictly: bool = False) -> Goal:
    if strictly:
        return goal_at(place, lambda totals: totals.of(place, grant) > totals.constant(bound))
    return goal_at(place, lambda totals: totals.of(place, grant) >= totals.constant(bound))


def _reached(subject: Subject, recorded: dict[int, int]) -> Fraction:
    return peak(subject, subject.search.run(recorded), compared_grant(subject))


def _climb(subject: Subject, limits: Bounds) -> _Most:
    """No execution vests the whole grant; find the one that vests most by demanding better until none is left."""
    grant = compared_grant(subject)
    best = Fraction(0)
    recorded: dict[int, int] = {}
    for candidate in list(subject.search.witnesses.values()):
        total = _reached(subject, candidate)
        if total > best:
            best, recorded = total, candidate
    for place, highest in limits.highest.items():
        while highest.of(grant) > best:
            answer = ask(
                subject,
                place,
                f"more than {best} of {format_shares(grant)} vested",
                _at_least(place, grant, best, strictly=True),
                lambda found, bound=best: _reached(subject, found) > bound,  # type: ignore[misc]
            )
            if answer.exists is Verdict.OPEN:
                return _Most(vested_by(subject, recorded), recorded, Verdict.REFUTED, Method.SMT, answer.reason)
            if answer.recorded is None:
                break
            recorded = answer.recorded
            best = _reached(subject, recorded)
    return _Most(vested_by(subject, recorded), recorded, Verdict.REFUTED, Method.SMT)


def _whole(subject: Subject, most: _Most) -> Decision:
    if subject.plan.declared_indeterminate:
        return not_applicable("VV302", "the terms declare themselves indeterminate (see VV304)")
    if most.reaches_whole is Verdict.OPEN:
        return undecided("VV302", most.reason)
    if most.reaches_whole is Verdict.PROVED:
        return Decision(
            "VV302", Verdict.PROVED, most.method, (), _scope(subject, most.vested) | vested_share(subject), ASSUMPTIONS
        )
    scope = subject.scope | vested_share(subject)
    return Decision("VV302", Verdict.REFUTED, most.method, (_never_whole(subject, most),), scope, ASSUMPTIONS)


def _scope(subject: Subject, vested: Vested) -> dict[str, str]:
    if subject.grant is not None or vested.share >= 1:
        return subject.scope
    filled = format_quantity(vested.shares / (1 - vested.share))
    return {**subject.scope, "grant_quantity": f"<= {filled}, which the fixed quantities fill"}


def _share_known(subject: Subject, most: _Most) -> Fraction | None:
    """The most of the grant that any execution vests, where that is a fixed share and known to be the most."""
    return None if most.reason else share_of_grant(subject, most.vested)


def _never_whole(subject: Subject, most: _Most) -> Finding:
    grant = telling_grant(subject, most.vested.share)
    recorded = most.recorded or {}
    total = rounded_total(subject, recorded, grant)
    share = _share_known(subject, most)
    path = path_of(subject.search.run(recorded))
    amount = ""
    if subject.grant is not None:
        amount = f": at most {format_shares(total)} of {format_quantity(grant)}"
    elif share is not None:
        amount = f": at most {share} of it"
    return finding(
        "VV302",
        f"no execution vests the whole grant{amount}",
        subject.pointer,
        related=related_vesting(subject, path, "vests on the way that vests most"),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "max_vested": share_in_facts(share),
            "min_vested": share_facts(subject)["min_vested"],
            "path": list(subject.ids_of(path)),
        },
        advice="raise the amounts so that some path adds up to the grant, or declare the terms indeterminate",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"the total vested is {format_shares(total)}, and no dates give more; the other {format_quantity(grant - total)} never vest",
        ),
    )


def _indeterminate(subject: Subject, most: _Most) -> Decision:
    declared = subject.plan.declared_indeterminate
    severity = Severity.INFO if declared else Severity.WARNING
    if most.reaches_whole is Verdict.OPEN:
        return undecided("VV304", most.reason)
    if most.reaches_whole is Verdict.PROVED:
        return Decision("VV304", Verdict.PROVED, most.method, (), _scope(subject, most.vested), ASSUMPTIONS)
    found = left_to_acceleration(subject, most.recorded or {}, _share_known(subject, most))
    return Decision("VV304", Verdict.REFUTED, most.method, (found,), subject.scope, ASSUMPTIONS, severity=severity)


def left_to_acceleration(subject: Subject, recorded: dict[int, int], share: Fraction | None) -> Finding:
    """The finding that part of the grant vests only by acceleration.

    Args:
        subject: the terms.
        recorded: the recorded days of an execution that vests the most.
        share: the share of the grant that it vests; None where that is not known or not the same for every grant.
    """
    declared = subject.plan.declared_indeterminate
    missing = share_in_facts(None if share is None else 1 - share)
    part = "part" if missing is None else "all" if share == 0 else missing
    vesting = [place for place in path_of(subject.search.run(recorded)) if subject.plan.conditions[place].vests]
    names = ", ".join(repr(subject.id_of(place)) for place in vesting)
    if not vesting:
        most = "nothing vests by itself"
    elif share is None:
        most = "no dates of starts and events vest all of it"
    else:
        most = f"{names} {'add' if len(vesting) > 1 else 'adds'} up to {share} at most"
    message = (
        f"{part} of the grant vests only by acceleration, as the terms declare: {most}"
        if declared
        else f"{part} of the grant is left to acceleration, if to anything: {most}, and the terms do not say what "
        "becomes of the rest"
    )
    return finding(
        "VV304",
        message,
        subject.pointer,
        severity=Severity.INFO if declared else Severity.WARNING,
        related=(*_declaring(subject), *related_vesting(subject, tuple(vesting), "vests where most does")),
        facts={
            "declared": declared,
            "missing": missing,
            "max_vested": share_in_facts(share),
            "path": list(subject.ids_of(path_of(subject.search.run(recorded)))),
        },
        advice="" if declared else "complete the amounts, or say in the terms that the rest vests by acceleration",
    )


def _declaring(subject: Subject) -> tuple[Related, ...]:
    return tuple(
        Related(subject.pointer_to(place), f"{condition.id!r} leaves the rest to acceleration")
        for place, condition in enumerate(subject.plan.conditions)
        if isinstance(condition.trigger, Indeterminate)
    )


__all__ = ["decide_full_vesting", "left_to_acceleration"]
