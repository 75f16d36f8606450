"""The least and most that paths of edges can vest, by dynamic programming over the graph.

Whether a path can be executed is not asked here: the bounds hold for every execution, and the paths
that reach them are candidates for the concrete search.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction

from vestverify.encoding.entitlement import NOTHING, WHOLE, Step, Vested, step_of
from vestverify.engine.plan import Plan
from vestverify.engine.reading import Reading
from vestverify.plan_graph import parents_of, topological

Order = Callable[[Vested], tuple[Fraction, ...]]


def for_large_grants(vested: Vested) -> tuple[Fraction, ...]:
    """Order totals as they compare for grants large enough."""
    return (vested.share, vested.shares)


def for_grant(grant: Fraction) -> Order:
    """Order totals as they compare for one grant."""
    return lambda vested: (vested.of(grant),)


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """For each condition the least and most vested once it is complete, over all paths of edges to it.

    Attributes:
        lowest, highest: by place; conditions that no path reaches are absent.
        lowest_parent, highest_parent: the parent on a path that reaches the bound, None at the start.
    """

    lowest: dict[int, Vested]
    highest: dict[int, Vested]
    lowest_parent: dict[int, tuple[int | None, bool]]
    highest_parent: dict[int, tuple[int | None, bool]]

    def path_to(self, place: int, highest: bool) -> tuple[int, ...]:
        """A path of edges whose total at ``place`` is the bound."""
        path = [place]
        while True:
            origin, from_highest = (self.highest_parent if highest else self.lowest_parent)[path[-1]]
            if origin is None:
                return tuple(reversed(path))
            path.append(origin)
            highest = from_highest


def bounds(
    plan: Plan, reading: Reading, order: Order = for_large_grants, never_entered: frozenset[int] = frozenset()
) -> Bounds:
    """Bounds over all paths of edges.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow.
        order: how totals compare.
        never_entered: conditions that were shown to be entered by no execution; paths avoid them.

    Raises:
        TooManyOccurrences: see ``step_of``.
    """
    parents = parents_of(plan)
    found = Bounds({}, {}, {}, {})
    for place in topological(plan):
        if place in never_entered:
            continue
        step = step_of(plan.conditions[place], reading)
        candidates: list[tuple[Vested, tuple[int | None, bool]]] = []
        if place in plan.initial:
            candidates.append((step.after(NOTHING), (None, True)))
        for parent in parents[place]:
            if parent in found.highest:
                candidates.extend(_through(step, parent, found))
        if not candidates:
            continue
        found.lowest[place], found.lowest_parent[place] = min(candidates, key=lambda each: order(each[0]))
        found.highest[place], found.highest_parent[place] = max(candidates, key=lambda each: order(each[0]))
    return found


def _through(step: Step, parent: int, found: Bounds) -> list[tuple[Vested, tuple[int | None, bool]]]:
    return [
        (step.after(found.lowest[parent]), (parent, False)),
        (step.after(found.highest[parent]), (parent, True)),
    ]


def least_grant_that_fits(
    plan: Plan,
    reading: Reading,
    never_entered: frozenset[int] = frozenset(),
    places: Collection[int] | None = None,
) -> int | None:
    """The least whole grant from which no path of edges vests more than the grant.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow.
        never_entered: conditions that were shown to be entered by no execution; paths avoid them.
        places: the conditions up to which totals are compared; None for all.

    Returns:
        The grant, 1 where there are no fixed quantities; None where every grant is exceeded.
    """

    def compared(order: Order) -> list[Vested]:
        highest = bounds(plan, reading, order, never_entered).highest
        return [vested for place, vested in highest.items() if places is None or place in places]

    if any(vested > WHOLE for vested in compared(for_large_grants)):
        return None

    def fits(grant: int) -> bool:
        return all(vested.of(Fraction(grant)) <= grant for vested in compared(for_grant(Fraction(grant))))

    return least_number(fits)


def most_grant_that_is_filled(
    plan: Plan, reading: Reading, terminals: Sequence[int], never_entered: frozenset[int] = frozenset()
) -> int | None:
    """The largest whole grant that every path of edges to one of ``terminals`` vests whole.

    Returns:
        The grant, where fixed quantities bound it; 0 where not even a grant of one share is; None where
        every grant is.
    """

    def filled(grant: int) -> bool:
        lowest = bounds(plan, reading, for_grant(Fraction(grant)), never_entered).lowest
        return all(lowest[place].of(Fraction(grant)) >= grant for place in terminals if place in lowest)

    lowest = bounds(plan, reading, never_entered=never_entered).lowest
    if all(lowest[place].share >= 1 for place in terminals if place in lowest):
        return None
    return least_number(lambda grant: not filled(grant)) - 1


def least_number(holds: Callable[[int], bool]) -> int:
    """The least positive number for which something holds that holds for some number and for all larger ones as well."""
    low, high = 0, 1
    while not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
