"""Concrete search: inputs for which the reference engine takes a wanted path.

Start and event days are tried at the boundaries of what the terms name. What is found is an execution of
the engine and so beyond doubt; what is not found is left to the solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vestverify.engine.calendar import day_in_month, month_of, parse_day
from vestverify.engine.execution import Entry, execute, own_dates
from vestverify.engine.plan import Absolute, Event, Plan, Relative, Start
from vestverify.engine.reading import Reading
from vestverify.plan_graph import parents_of, topological

FIRST_DAY = parse_day("1900-01-01")
LAST_DAY = parse_day("2200-12-31")

#: Ordinary first days; the later ones meet month ends and leap years.
_ORDINARY = ("2025-01-01", "2024-02-29", "2025-01-31", "2024-12-30")
_MAXIMUM_STARTS = 40


class Search:
    """Executions found so far for one plan and reading.

    Attributes:
        witnesses: for each condition that some execution entered, the recorded days of one.
        never_entered: conditions that were shown to be entered by no execution.
        unknown: conditions of which it is not known whether some execution enters them.
        ordinary_day: a day number like any other, for inputs that need some day.
    """

    def __init__(self, plan: Plan, reading: Reading) -> None:
        """Search nothing yet."""
        self.plan = plan
        self.reading = reading
        self.witnesses: dict[int, dict[int, int]] = {}
        self.never_entered: frozenset[int] = frozenset()
        self.unknown: set[int] = set()
        self._parents = parents_of(plan)
        self._starts = tuple(_starts(plan))
        self.ordinary_day = parse_day(_ORDINARY[0])

    def run(self, recorded: dict[int, int]) -> tuple[Entry, ...]:
        """Execute on the reference engine and remember what was entered."""
        entries = execute(self.plan, recorded, self.reading)
        for entry in entries:
            self.witnesses.setdefault(entry.place, dict(recorded))
        return entries

    def realise(self, path: Sequence[int]) -> dict[int, int] | None:
        """Recorded days for which the engine enters exactly the conditions of ``path`` first.

        Returns:
            Day numbers by place, or None where none was found.
        """
        tried: set[tuple[tuple[int, int], ...]] = set()
        for first_day in self._starts:
            for late in (False, True):
                recorded = self._follow(path, first_day, late)
                if recorded is not None:
                    key = tuple(sorted(recorded.items()))
                    if key not in tried:
                        tried.add(key)
                        if _places(self.run(recorded))[: len(path)] == tuple(path):
                            return recorded
        return None

    def _follow(self, path: Sequence[int], first_day: int, late: bool) -> dict[int, int] | None:
        recorded: dict[int, int] = {}
        entries: dict[int, Entry] = {}
        for number, place in enumerate(path):
            if not isinstance(self.plan.conditions[place].trigger, Start | Event):
                continue
            if number == 0:
                recorded[place] = first_day
                continue
            found = execute(self.plan, recorded, self.reading)
            if _places(found)[:number] != tuple(path[:number]):
                return None
            entries = {entry.place: entry for entry in found[:number]}
            left = found[number - 1].left
            recorded[place] = max(left, self._latest(path, number, recorded, entries)) if late else left
        if any(not FIRST_DAY <= day <= LAST_DAY for day in recorded.values()):
            return None
        return recorded

    def _latest(self, path: Sequence[int], number: int, recorded: dict[int, int], entries: dict[int, Entry]) -> int:
        following = self.plan.conditions[path[number - 1]].following
        listed = following.index(path[number])
        latest = LAST_DAY
        for position, rival in enumerate(following):
            own = own_dates(self.plan, recorded, self.reading, entries, rival)
            if rival != path[number] and own is not None:
                latest = min(latest, own.day(1) - (1 if position < listed else 0))
        return latest if latest < LAST_DAY else 0

    def enter_all(self) -> None:
        """Look for an execution that enters each condition, the deepest first."""
        depth: dict[int, int] = {}
        deepest_parent: dict[int, int] = {}
        for place in topological(self.plan):
            above = [parent for parent in self._parents[place] if parent in depth]
            if place in self.plan.initial:
                depth[place] = 0
            elif above:
                deepest_parent[place] = max(above, key=lambda parent: depth[parent])
                depth[place] = depth[deepest_parent[place]] + 1
        for place in sorted(depth, key=lambda each: (-depth[each], each)):
            if place not in self.witnesses and place not in self.never_entered:
                self.enter(place)

    def enter(self, place: int) -> bool:
        """Look for an execution that enters one condition, along a few different paths."""
        return any(self.realise(path) is not None or place in self.witnesses for path in self._paths_to(place))

    def _paths_to(self, place: int) -> Iterator[tuple[int, ...]]:
        if self.never_entered.issuperset(self._parents[place]) and place not in self.plan.initial:
            return
        routes = [parent for parent in self._parents[place] if parent in self.witnesses] or self._parents[place]
        if place in self.plan.initial:
            yield (place,)
        for parent in routes[:4]:
            if parent in self.witnesses:
                entered = _places(execute(self.plan, self.witnesses[parent], self.reading))
                yield (*entered[: entered.index(parent) + 1], place)
            path = self._shortest(parent)
            if path:
                yield (*path, place)

    def _shortest(self, place: int) -> tuple[int, ...]:
        came_from: dict[int, int | None] = {place: None}
        waiting = [place]
        for current in waiting:
            if current in self.plan.initial:
                path = [current]
                while (following := came_from[path[-1]]) is not None:
                    path.append(following)
                return tuple(path)
            for parent in self._parents[current]:
                if parent not in came_from and parent not in self.never_entered:
                    came_from[parent] = current
                    waiting.append(parent)
        return ()


def _places(entries: Iterable[Entry]) -> tuple[int, ...]:
    return tuple(entry.place for entry in entries)


def _starts(plan: Plan) -> Iterator[int]:
    seen: set[int] = set()
    for day in _candidates(plan):
        if FIRST_DAY <= day <= LAST_DAY and day not in seen:
            seen.add(day)
            yield day
            if len(seen) >= _MAXIMUM_STARTS:
                return


def _candidates(plan: Plan) -> Iterator[int]:
    yield parse_day(_ORDINARY[0])
    absolute = sorted(
        {condition.trigger.day for condition in plan.conditions if isinstance(condition.trigger, Absolute)}
    )
    if absolute:
        yield from (absolute[0] - 1, absolute[-1] + 1, FIRST_DAY, LAST_DAY)
        offsets = sorted(
            {
                _offset_in_months(condition.trigger)
                for condition in plan.conditions
                if isinstance(condition.trigger, Relative)
            }
        )
        for day in absolute[:6]:
            yield from (day - 1, day, day + 1)
            for months in offsets[:6]:
                same_day = day_in_month(month_of(day) - months, 1)
                yield from (same_day - 1, same_day, same_day + 31)
    yield from (parse_day(day) for day in _ORDINARY[1:])


def _offset_in_months(trigger: Relative) -> int:
    units = trigger.length if trigger.in_months else trigger.length // 30
    return min(units * trigger.occurrences, 12 * 300)
