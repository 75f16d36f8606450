"""Whether rounding over the whole path and inside each condition ever differ, for whole grants (ALC-3).

Both are periodic in the grant: with the common denominator of all entitlements more shares granted, every
tranche is entitled to a whole number of shares more, which rounding passes on unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from math import lcm

from vestverify.encoding.entitlement import TooManyOccurrences, Tranches, tranches_of
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import Run
from vestverify.engine.reading import Reading
from vestverify.plan_graph import parents_of, topological
from vestverify.subject import Subject

#: Paths of edges whose roundings are compared; beyond, the comparison is left open.
MAXIMUM_COMPARED_PATHS = 64
#: Tranches that are rounded for one comparison, over all grants and paths; beyond, it is left open.
MAXIMUM_COMPARED_TRANCHES = 40_000


class Scanned(Enum):
    """The outcome of a comparison that found no difference."""

    #: No path of edges rounds differently, for any whole grant.
    ALIKE = "alike"
    #: There are too many paths, grants or tranches to tell.
    NOT_KNOWN = "not known"


def scan_allocation_scopes(subject: Subject, other: Reading) -> Scanned | list[tuple[tuple[int, ...], Fraction]]:
    """Compare the roundings of two readings on every path of edges, for every whole grant.

    Args:
        subject: the terms under the first reading.
        other: the second, which differs by ``allocation_scope``.

    Returns:
        Paths with a whole grant that they round differently; ``Scanned`` where there are none.
    """
    ways = _ways(subject)
    if ways is None:
        return Scanned.NOT_KNOWN
    found: list[tuple[tuple[int, ...], Fraction]] = []
    left = MAXIMUM_COMPARED_TRANCHES
    for tranches, path in ways.items():
        period = lcm(
            *(part.denominator for runs in tranches for run in runs for part in (run.each.share, run.each.shares))
        )
        count = sum(run.count for runs in tranches for run in runs)
        left -= period * count
        if left < 0:
            return found or Scanned.NOT_KNOWN
        for grant in range(period, 2 * period):
            if _differs(subject, other, tranches, Fraction(grant)):
                found.append((path, Fraction(grant)))
                break
    return found or Scanned.ALIKE


def _ways(subject: Subject) -> dict[tuple[tuple[Tranches, ...], ...], tuple[int, ...]] | None:
    """All paths of edges, one for each sequence of tranches; None where there are too many."""
    plan = subject.plan
    parents = parents_of(plan)
    paths: dict[int, list[tuple[int, ...]]] = {}
    found: dict[tuple[tuple[Tranches, ...], ...], tuple[int, ...]] = {}
    total = 0
    for place in topological(plan):
        if place in subject.search.never_entered:
            continue
        paths[place] = [(place,)] if place in plan.initial else []
        paths[place] += [(*path, place) for parent in parents[place] for path in paths.get(parent, ())]
        total += len(paths[place])
        if total > MAXIMUM_COMPARED_PATHS:
            return None
        for path in paths[place]:
            try:
                tranches = tranches_of(plan, path, subject.reading)
            except TooManyOccurrences:
                return None
            found.setdefault(
                tuple(runs for runs, at in zip(tranches, path, strict=True) if plan.conditions[at].vests), path
            )
    found.pop((), None)
    return found


def _differs(subject: Subject, other: Reading, tranches: Sequence[tuple[Tranches, ...]], grant: Fraction) -> bool:
    runs = [tuple(Run(run.count, run.each.of(grant)) for run in each) for each in tranches]
    first = allocate(runs, subject.plan.allocation_type, subject.reading)
    second = allocate(runs, subject.plan.allocation_type, other)
    return any(
        first.between(entry, number, number) != second.between(entry, number, number)
        for entry, each in enumerate(runs)
        for number in range(1, sum(run.count for run in each) + 1)
    )
