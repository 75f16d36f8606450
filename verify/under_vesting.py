"""Whether vesting can end on a condition that vests something with less than the grant vested: VV303 (INV-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from vestverify.bounds import most_grant_that_is_filled
from vestverify.decision import ASSUMPTIONS, PARTS_FOR_MORE, Decision, finding, not_applicable, undecided
from vestverify.encoding.execution import require_one_path
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.results import Finding, Method, Verdict
from vestverify.share_range import share_facts, vested_share
from vestverify.subject import Subject
from vestverify.totals import (
    Measure,
    ask,
    compared_grant,
    exact_total,
    goal_at,
    related_vesting,
    telling_grant,
    vested_by,
)
from vestverify.witness import counterexample, path_of, rounded_total, without_needless_records

#: Findings of one property that say the least and the most that executions vest; further ones leave it out.
MAXIMUM_EXTREMES = 24

#: Makes the finding about a condition, the recorded days of an execution, and facts about the least and the most.
Describe = Callable[[Subject, int, dict[int, int], Mapping[str, str | None]], Finding]


_NOT_LOOKED_FOR: Mapping[str, str | None] = {"max_vested": None, "min_vested": None}


@dataclasses.dataclass(frozen=True, slots=True)
class _Endings:
    """Which of some terminal conditions an execution can end at with less than the grant vested.

    Attributes:
        short: those, each with the recorded days of such an execution.
        reason: why it is not known of the others, or ``""``.
    """

    short: tuple[tuple[int, dict[int, int]], ...]
    reason: str


def _terminals_of(subject: Subject, *, vesting: bool) -> list[int]:
    """Conditions that nothing follows and that vest something, or nothing; those that paths of edges reach."""
    limits = Measure(compared_grant(subject)).bounds(subject)
    return [
        place
        for place, condition in enumerate(subject.plan.conditions)
        if not condition.following and condition.vests is vesting and place in limits.lowest
    ]


def _short_endings(subject: Subject, terminals: Sequence[int]) -> _Endings:
    """Find an execution that ends short of the grant at each of some terminal conditions.

    Raises:
        TooManyOccurrences, Disagreement: see ``step_of`` and ``Measure.are_inductive``.
    """
    grant = compared_grant(subject)
    measure = Measure(grant)
    limits = measure.bounds(subject)
    short = [place for place in terminals if not measure.fills(limits.lowest[place])]
    if not short:
        shown, reason = measure.are_inductive(subject, limits)
        return _Endings((), "" if shown else reason)
    found: list[tuple[int, dict[int, int]]] = []
    reason = ""
    little = subject.asking_little(PARTS_FOR_MORE)
    for place in short:

        def shows(recorded: dict[int, int], place: int = place) -> bool:
            entries = subject.search.run(recorded)
            return bool(entries) and entries[-1].place == place and exact_total(subject, entries, grant) < grant

        least, any_way = subject.search.realise(limits.path_to(place, False)), subject.search.witnesses.get(place)
        recorded = next((each for each in (least, any_way) if each is not None and shows(each)), None)
        if recorded is None:
            below = goal_at(place, lambda totals, place=place: totals.of(place, grant) < totals.constant(grant))  # type: ignore[misc]
            answer = ask(little if found else subject, place, "less than the grant vested", below, shows)
            recorded = answer.recorded
            reason = answer.reason or reason
        if recorded is not None:
            found.append((place, without_needless_records(subject, recorded, shows)))
    return _Endings(tuple(found), reason)


def decide_under_vesting(subject: Subject) -> Decision:
    """Decide VV303, one finding for each terminal condition that can stop short.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    require_one_path(subject.plan, subject.reading)
    if not _terminals_of(subject, vesting=True):
        return not_applicable("VV303", "no execution ends on a condition that vests anything")
    return decide_endings("VV303", subject, vesting=True, describe=_stops_short)


def decide_endings(code: str, subject: Subject, *, vesting: bool, describe: Describe) -> Decision:
    """Decide whether executions that end at some terminal conditions have vested the grant.

    Args:
        code: the property.
        subject: the terms.
        vesting: whether at those that vest something, or at those that vest nothing.
        describe: the finding about such a condition, the recorded days of an execution that ends there short of it,
            and the facts about the least and the most that executions vest which end there.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    require_one_path(subject.plan, subject.reading)
    terminals = _terminals_of(subject, vesting=vesting)
    endings = _short_endings(subject, terminals)
    if endings.short:
        findings = tuple(
            describe(
                subject, place, recorded, share_facts(subject, place) if number < MAXIMUM_EXTREMES else _NOT_LOOKED_FOR
            )
            for number, (place, recorded) in enumerate(endings.short)
        )
        scope = subject.scope | (vested_share(subject) if vesting else {})
        return Decision(code, Verdict.REFUTED, Method.SMT, findings, scope, ASSUMPTIONS, endings.reason)
    if endings.reason:
        return undecided(code, endings.reason)
    scope = _filled_scope(subject, terminals) | (vested_share(subject) if vesting else {})
    return Decision(code, Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)


def _filled_scope(subject: Subject, terminals: Sequence[int]) -> dict[str, str]:
    """For which inputs it holds that every execution that ends at one of ``terminals`` has vested the grant."""
    scope = subject.scope
    if subject.grant is None and subject.has_quantities:
        most = most_grant_that_is_filled(subject.plan, subject.reading, terminals, subject.search.never_entered)
        if most is not None:
            scope["grant_quantity"] = f"<= {most}, which the fixed quantities fill"
    return scope


def _stops_short(subject: Subject, place: int, recorded: dict[int, int], extremes: Mapping[str, str | None]) -> Finding:
    vested = vested_by(subject, recorded)
    grant = telling_grant(subject, vested.share)
    total = rounded_total(subject, recorded, grant)
    path = path_of(subject.search.run(recorded))
    name = subject.id_of(place)
    share = str(vested.share) if vested.shares == 0 else None
    how_much = f"{share} of the grant" if share else f"{format_shares(total)} of {format_quantity(grant)}"
    return finding(
        "VV303",
        f"vesting can end at {name!r} with only {how_much} vested",
        subject.pointer_to(place),
        (name,),
        related=related_vesting(subject, path[:-1], "vests before it"),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            **extremes,
            "path": list(subject.ids_of(path)),
        },
        advice=f"let {name!r} vest the rest (a portion of the remainder), or name the condition that follows it",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"vesting ends at {name!r} with {format_shares(total)} vested; the other {format_quantity(grant - total)} never vest",
        ),
        identity=(name,),
    )
