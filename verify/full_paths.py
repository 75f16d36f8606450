"""Paths that vest exactly the whole grant and can end there, told apart by how their tranches round."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence

from vestverify.encoding.entitlement import NOTHING, WHOLE, Tranches, Vested, step_of, tranches_after
from vestverify.engine.plan import Absolute, Plan, PlannedCondition, Relative
from vestverify.engine.reading import AllocationScope, Reading
from vestverify.plan_graph import parents_of, topological

#: Ways to reach one condition that are told apart; beyond it the list is not complete.
MAXIMUM_WAYS = 2_000
#: The same where the order of tranches matters and a lemma covers the rest.
MAXIMUM_ORDERED_WAYS = 16
#: Paths that are kept of those that round alike; the first that can be executed shows what all of them do.
MAXIMUM_ALIKE = 8


@dataclasses.dataclass(slots=True)
class Alike:
    """Paths whose tranches round alike.

    Attributes:
        tranches: names their tranches, alike only where those round alike.
        vested: what each of them vests.
        paths: places, in path order.
        complete: whether these are all of them.
    """

    tranches: Hashable
    vested: Vested
    paths: list[tuple[int, ...]]
    complete: bool = True

    def add(self, path: tuple[int, ...], *, complete: bool) -> None:
        """Keep another path, if there is room."""
        self.complete = self.complete and complete
        if len(self.paths) < MAXIMUM_ALIKE:
            self.paths.append(path)
        else:
            self.complete = False


@dataclasses.dataclass(frozen=True, slots=True)
class FullPaths:
    """All full paths, in groups that round alike.

    Attributes:
        groups: the groups.
        complete: whether every full path rounds like those of some group.
    """

    groups: tuple[Alike, ...]
    complete: bool


def full_paths(plan: Plan, reading: Reading, never_entered: frozenset[int] = frozenset()) -> FullPaths:
    """Find the paths whose exact total is the grant, whatever the grant, or fills one grant exactly.

    Inside each condition (ALC-3 A) the order of the path does not matter, only which tranches there are;
    over the whole path (ALC-3 B) rounding depends on the tranches in order.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow.
        never_entered: conditions that were shown to be entered by no execution; paths avoid them.

    Raises:
        TooManyOccurrences: see ``step_of``.
    """
    by_condition = reading.allocation_scope is AllocationScope.CONDITION
    maximum = MAXIMUM_WAYS if by_condition else MAXIMUM_ORDERED_WAYS
    parents = parents_of(plan)
    names = _Names(ordered=not by_condition)
    ways: dict[int, dict[Hashable, Alike]] = {place: {} for place in range(len(plan.conditions))}
    found: dict[Hashable, Alike] = {}
    complete = True
    for place in topological(plan):
        if place in never_entered:
            continue
        before: list[Alike] = [Alike(names.none, NOTHING, [()])] if place in plan.initial else []
        for parent in dict.fromkeys(parents[place]):
            before.extend(ways[parent].values())
        for way in before:
            after = _extended(plan.conditions[place], reading, way, names)
            for path in way.paths:
                if len(ways[place]) >= maximum:
                    complete = False
                    break
                if after is not None:
                    alike = ways[place].setdefault(after.tranches, after)
                    alike.add((*path, place), complete=way.complete)
        for key, way in ways[place].items():
            if way.vested != WHOLE and not _fills_some_grant(way.vested):
                continue
            for path in way.paths:
                if _may_end(plan, path):
                    found.setdefault(key, Alike(key, way.vested, [])).add(path, complete=way.complete)
    return FullPaths(tuple(sorted(found.values(), key=lambda group: (len(group.paths[0]), group.paths[0]))), complete)


class _Names:
    """Short names for the tranches of paths, so that long paths are extended and compared in one step.

    Attributes:
        none: the name of no tranches.
    """

    def __init__(self, *, ordered: bool) -> None:
        """Tell tranches in different orders apart, or not."""
        self._ordered = ordered
        self._known: dict[Hashable, int] = {}
        self.none: Hashable = self._name(()) if ordered else ()

    def _name(self, what: Hashable) -> int:
        return self._known.setdefault(what, len(self._known))

    def after(self, before: Hashable, runs: tuple[Tranches, ...]) -> Hashable:
        """The name of tranches and those of one condition more."""
        if not runs:
            return before
        last = self._name(runs)
        if self._ordered:
            return self._name((before, last))
        assert isinstance(before, tuple)
        return tuple(sorted((*before, last)))


def _extended(condition: PlannedCondition, reading: Reading, before: Alike, names: _Names) -> Alike | None:
    """What the paths are alike in once they enter a condition; None where they vest more than the grant then."""
    vested = step_of(condition, reading).after(before.vested)
    if vested > WHOLE:
        # More than the grant has vested (VV301); a share of the negative remainder may take it back, but not this path.
        return None
    runs = tuple(run for run in tranches_after(condition, before.vested, reading) if run.each != NOTHING)
    return Alike(names.after(before.tranches, runs), vested, [])


def _may_end(plan: Plan, path: tuple[int, ...]) -> bool:
    """Whether nothing forces the path on: what follows waits for events, or for what was not met."""
    return not any(_is_forced(plan, following, path) for following in plan.conditions[path[-1]].following)


def _is_forced(plan: Plan, place: int, path: Sequence[int]) -> bool:
    trigger = plan.conditions[place].trigger
    if isinstance(trigger, Relative):
        return trigger.reference in path
    return isinstance(trigger, Absolute)


def _fills_some_grant(vested: Vested) -> bool:
    if vested.share >= 1 or vested.shares <= 0:
        return False
    grant = vested.shares / (1 - vested.share)
    return grant.denominator == 1 and grant >= 1
