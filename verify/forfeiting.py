"""Outcomes in which part of the grant lapses by design: VV311 (PTH-2, INV-2)."""

from __future__ import annotations

from fractions import Fraction

from vestverify.decision import ASSUMPTIONS, Decision, finding, undecided
from vestverify.encoding.entitlement import Vested
from vestverify.encoding.execution import require_one_path
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.results import Finding, Method, Verdict
from vestverify.subject import Subject
from vestverify.totals import Measure, compared_grant, related_vesting, telling_grant, vested_by
from vestverify.under_vesting import filled_scope, short_endings, terminals_of
from vestverify.witness import counterexample, path_of, rounded_total


def decide_forfeiting(subject: Subject) -> Decision:
    """Decide VV311, one finding for each lapse condition: one that ends vesting and vests nothing itself.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    if all(condition.following or condition.vests for condition in subject.plan.conditions):
        return Decision("VV311", Verdict.PROVED, Method.STRUCTURAL)
    require_one_path(subject.plan, subject.reading)
    lapses = terminals_of(subject, vesting=False)
    endings = short_endings(subject, lapses)
    if endings.short:
        findings = tuple(_forfeits(subject, place, recorded) for place, recorded in endings.short)
        return Decision("VV311", Verdict.REFUTED, Method.SMT, findings, subject.scope, ASSUMPTIONS)
    if endings.reason:
        return undecided("VV311", endings.reason)
    return Decision("VV311", Verdict.PROVED, Method.SMT, (), filled_scope(subject, lapses), ASSUMPTIONS)


def _share(subject: Subject, vested: Vested) -> Fraction | None:
    """A total as a share of the grant, where it is the same share of every grant."""
    if subject.grant is not None:
        return vested.of(subject.grant) / subject.grant
    return vested.share if vested.shares == 0 else None


def _written(share: Fraction | None) -> str | None:
    return None if share is None else str(share)


def _forfeits(subject: Subject, place: int, recorded: dict[int, int]) -> Finding:
    vested = vested_by(subject, recorded)
    grant = telling_grant(subject, vested.share)
    total = rounded_total(subject, recorded, grant)
    limits = Measure(compared_grant(subject)).bounds(subject)
    path = path_of(subject.search.run(recorded))
    name = subject.id_of(place)
    share = _share(subject, vested)
    if share == 0:
        lost = "the whole grant"
    elif share is None or subject.grant is not None:
        lost = f"{format_quantity(grant - total)} of {format_shares(grant)}"
    else:
        lost = f"{1 - share} of the grant"
    return finding(
        "VV311",
        f"once {name!r} is met, {lost} can be forfeited: it ends vesting and vests nothing",
        subject.pointer_to(place),
        (name,),
        related=related_vesting(subject, path[:-1], "vests before it"),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "min_vested": _written(_share(subject, limits.lowest[place])),
            "max_vested": _written(_share(subject, limits.highest[place])),
            "forfeited": None if share is None else str(1 - share),
            "path": list(subject.ids_of(path)),
        },
        advice=f"nothing, if the rest is meant to lapse with {name!r}; else let it vest the remainder",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"vesting ends at {name!r} with {format_shares(total)} vested; the other {format_quantity(grant - total)} lapse",
        ),
        identity=(name,),
    )


__all__ = ["decide_forfeiting"]
