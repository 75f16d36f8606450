"""Outcomes in which part of the grant lapses by design: VV311 (PTH-2, INV-2)."""

from __future__ import annotations

from collections.abc import Mapping

from vestverify.decision import Decision, finding
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.results import Finding, Method, Verdict
from vestverify.subject import Subject
from vestverify.totals import (
    related_vesting,
    share_in_facts,
    share_of_grant,
    telling_grant,
    vested_by,
)
from vestverify.under_vesting import decide_endings
from vestverify.witness import counterexample, path_of, rounded_total


def decide_forfeiting(subject: Subject) -> Decision:
    """Decide VV311, one finding for each lapse condition: one that ends vesting and vests nothing itself.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    if all(condition.following or condition.vests for condition in subject.plan.conditions):
        return Decision("VV311", Verdict.PROVED, Method.STRUCTURAL)
    return decide_endings("VV311", subject, vesting=False, describe=_forfeits)


def _forfeits(subject: Subject, place: int, recorded: dict[int, int], extremes: Mapping[str, str | None]) -> Finding:
    vested = vested_by(subject, recorded)
    grant = telling_grant(subject, vested.share)
    total = rounded_total(subject, recorded, grant)
    path = path_of(subject.search.run(recorded))
    name = subject.id_of(place)
    share = share_of_grant(subject, vested)
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
            **extremes,
            "forfeited": share_in_facts(None if share is None else 1 - share),
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
