"""Paths of edges that vest exactly the whole grant, told apart by how their tranches round."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Hashable

from vestverify.encoding.entitlement import NOTHING, WHOLE, Tranches, Vested, step_of, tranches_of
from vestverify.engine.plan import Plan
from vestverify.engine.reading import AllocationScope, Reading
from vestverify.plan_graph import parents_of, topological

#: Ways to reach one condition that are told apart; beyond it the list is not complete.
MAXIMUM_WAYS = 2_000
#: The same where the order of tranches matters and a lemma covers the rest.
MAXIMUM_ORDERED_WAYS = 16


@dataclasses.dataclass(frozen=True, slots=True)
class FullPaths:
    """Representatives of all full paths.

    Attributes:
        paths: places, in path order; one path for each way in which full paths can round.
        complete: whether every full path rounds like one of them.
    """

    paths: tuple[tuple[int, ...], ...]
    complete: bool


def full_paths(plan: Plan, reading: Reading) -> FullPaths:
    """Find the paths whose exact total is the grant, whatever the grant, or fills one grant exactly.

    Inside each condition (ALC-3 A) the order of the path does not matter, only which tranches there are;
    over the whole path (ALC-3 B) rounding depends on the tranches in order.
    """
    by_condition = reading.allocation_scope is AllocationScope.CONDITION
    maximum = MAXIMUM_WAYS if by_condition else MAXIMUM_ORDERED_WAYS
    ways: dict[int, dict[Hashable, tuple[Vested, tuple[int, ...]]]] = {
        place: {} for place in range(len(plan.conditions))
    }
    parents = parents_of(plan)
    complete = True
    found: dict[Hashable, tuple[int, ...]] = {}
    for place in topological(plan):
        if place in plan.initial:
            _extend(plan, reading, ways[place], place, NOTHING, (), by_condition)
        for parent in parents[place]:
            for vested, path in ways[parent].values():
                if len(ways[place]) >= maximum:
                    complete = False
                    break
                _extend(plan, reading, ways[place], place, vested, path, by_condition)
        for key, (vested, path) in ways[place].items():
            if (vested == WHOLE or _fills_some_grant(vested)) and plan.conditions[place].vests:
                found.setdefault(key, path)
    return FullPaths(tuple(sorted(found.values(), key=lambda path: (len(path), path))), complete)


def _fills_some_grant(vested: Vested) -> bool:
    if vested.share >= 1 or vested.shares <= 0:
        return False
    grant = vested.shares / (1 - vested.share)
    return grant.denominator == 1 and grant >= 1


def _extend(
    plan: Plan,
    reading: Reading,
    ways: dict[Hashable, tuple[Vested, tuple[int, ...]]],
    place: int,
    vested: Vested,
    path: tuple[int, ...],
    by_condition: bool,
) -> None:
    after = step_of(plan.conditions[place], reading).after(vested)
    longer = (*path, place)
    tranches = [runs for runs in tranches_of(plan, longer, reading) if any(run.each != NOTHING for run in runs)]
    key: Hashable
    if by_condition:
        key = (after, frozenset(Counter(_significant(runs) for runs in tranches).items()))
    else:
        key = (after, tuple(_significant(runs) for runs in tranches))
    ways.setdefault(key, (after, longer))


def _significant(runs: tuple[Tranches, ...]) -> tuple[Tranches, ...]:
    return tuple(run for run in runs if run.each != NOTHING)
