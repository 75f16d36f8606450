"""Whether an execution can vest more than the grant: VV301 (AMT-6, INV-1)."""

from __future__ import annotations

from fractions import Fraction

from vestverify.bounds import Bounds, least_grant_that_fits
from vestverify.decision import ASSUMPTIONS, Decision, finding, undecided
from vestverify.encoding.execution import require_one_path
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.reachability import Goal
from vestverify.results import Method, Verdict
from vestverify.share_range import share_facts
from vestverify.subject import Subject
from vestverify.totals import (
    Measure,
    Reached,
    Shows,
    goal_at,
    peak,
    reach,
    related_vesting,
    running_shares,
)
from vestverify.witness import counterexample, path_of, without_needless_records


def decide_over_vesting(subject: Subject) -> Decision:
    """Decide VV301.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    require_one_path(subject.plan, subject.reading)
    measure = Measure(subject.grant)
    limits = measure.bounds(subject)
    excessive = [place for place, vested in limits.highest.items() if measure.exceeds(vested)]
    if not excessive:
        shown, reason = measure.are_inductive(subject, limits)
        return _proved(subject) if shown else undecided("VV301", reason)
    grant = _grant_exceeded(subject, limits, excessive)

    def shows(recorded: dict[int, int]) -> bool:
        return peak(subject, subject.search.run(recorded), grant) > grant

    def goal(place: int) -> Goal:
        return goal_at(place, lambda totals: measure.symbolic_exceeds(totals, place))

    shortest = min(excessive, key=lambda place: len(limits.path_to(place, True)))
    reached, reason = reach(subject, limits, excessive, "more than the grant vested", goal, shows, first=(shortest,))
    if reached is not None:
        return _over_vested(subject, reached, grant, shows)
    return undecided("VV301", reason) if reason else _proved(subject)


def _proved(subject: Subject) -> Decision:
    scope = subject.scope
    if subject.grant is None and subject.has_quantities:
        least = least_grant_that_fits(subject.plan, subject.reading, subject.search.never_entered)
        if least is not None and least > 1:
            scope["grant_quantity"] = f">= {least}, for which the fixed quantities fit"
    return Decision("VV301", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)


def _grant_exceeded(subject: Subject, limits: Bounds, excessive: list[int]) -> Fraction:
    grant = subject.round_grant()
    while subject.grant is None and all(limits.highest[place].of(grant) <= grant for place in excessive):
        grant *= 2
    return grant


def _over_vested(subject: Subject, reached: Reached, grant: Fraction, shows: Shows) -> Decision:
    recorded = without_needless_records(subject, reached.recorded, shows)
    entries = subject.search.run(recorded)
    path = path_of(entries)
    totals = running_shares(subject, entries, grant)
    crossing = next(place for place, vested in zip(path, totals[1:], strict=True) if vested > grant)
    total = max(totals)
    name = subject.id_of(crossing)
    over = total - grant
    found = finding(
        "VV301",
        f"once {name!r} is met, more has vested than was granted: {_how_much(subject, total, grant)}",
        subject.pointer_to(crossing),
        (name,),
        related=related_vesting(subject, path[: path.index(crossing)], "vests before it"),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            **share_facts(subject),
            "path": list(subject.ids_of(path)),
        },
        advice="lower the amounts on this path so that they add up to the grant, or use a portion of the remainder",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"the total vested is {format_shares(total)}, {format_quantity(over)} more than granted",
        ),
        identity=(name,),
    )
    return Decision("VV301", Verdict.REFUTED, reached.method, (found,), subject.scope, ASSUMPTIONS)


def _how_much(subject: Subject, total: Fraction, grant: Fraction) -> str:
    if subject.grant is not None:
        return f"{format_shares(total)} of {format_quantity(grant)}"
    return f"{total / grant} of the grant"


__all__ = ["decide_over_vesting"]
