"""Whether vesting can end on a condition that vests something with less than the grant vested: VV303 (INV-2)."""

from __future__ import annotations

from collections.abc import Sequence

from vestverify.bounds import most_grant_that_is_filled
from vestverify.decision import ASSUMPTIONS, Decision, finding, undecided
from vestverify.encoding.execution import require_one_path
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.results import Finding, Method, Verdict
from vestverify.subject import Subject
from vestverify.totals import (
    ONE_SHARE,
    Measure,
    ask,
    exact_total,
    goal_at,
    related_vesting,
    telling_grant,
    vested_by,
)
from vestverify.witness import counterexample, path_of, rounded_total, without_needless_records


def decide_under_vesting(subject: Subject) -> Decision:
    """Decide VV303, one finding for each terminal condition that can stop short.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    require_one_path(subject.plan, subject.reading)
    grant = subject.grant if subject.grant is not None else ONE_SHARE
    measure = Measure(grant)
    limits = measure.bounds(subject)
    terminals = [
        place
        for place, condition in enumerate(subject.plan.conditions)
        if not condition.following and condition.vests and place in limits.lowest
    ]
    short = [place for place in terminals if not measure.fills(limits.lowest[place])]
    if not short:
        shown, reason = measure.are_inductive(subject, limits)
        return _proved(subject, terminals) if shown else undecided("VV303", reason)
    findings: list[Finding] = []
    reason = ""
    for place in short:

        def shows(recorded: dict[int, int], place: int = place) -> bool:
            entries = subject.search.run(recorded)
            return bool(entries) and entries[-1].place == place and exact_total(subject, entries, grant) < grant

        recorded = subject.search.realise(limits.path_to(place, False))
        if recorded is None or not shows(recorded):
            below = goal_at(place, lambda totals, place=place: totals.of(place, grant) < totals.constant(grant))  # type: ignore[misc]
            answer = ask(subject, place, below, shows)
            recorded = answer.recorded
            reason = answer.reason or reason
        if recorded is not None:
            findings.append(_stops_short(subject, place, without_needless_records(subject, recorded, shows)))
    if findings:
        return Decision("VV303", Verdict.REFUTED, Method.SMT, tuple(findings), subject.scope, ASSUMPTIONS)
    return undecided("VV303", reason) if reason else _proved(subject, terminals)


def _proved(subject: Subject, terminals: Sequence[int]) -> Decision:
    scope = subject.scope
    if subject.grant is None and subject.has_quantities:
        most = most_grant_that_is_filled(subject.plan, subject.reading, terminals, subject.search.never_entered)
        if most is not None:
            scope["grant_quantity"] = f"<= {most}, which the fixed quantities fill"
    return Decision("VV303", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)


def _stops_short(subject: Subject, place: int, recorded: dict[int, int]) -> Finding:
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
            "min_vested": share,
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
