"""Concrete search: inputs for which the reference engine takes a wanted path.

Start and event days are tried at the boundaries of what the terms name. What is found is an execution of
the engine and so beyond doubt; what is not found is left to the solver.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from vestverify.engine.calendar import day_in_month, month_of, parse_day
from vestverify.engine.execution import Entry, advance, execute, own_dates
from vestverify.engine.plan import Absolute, Plan, Relative
from vestverify.engine.reading import Reading
from vestverify.plan_graph import parents_of, topological

FIRST_DAY = parse_day("1900-01-01")
LAST_DAY = parse_day("2200-12-31")

#: Ordinary first days; the later ones meet month ends and leap years.
_ORDINARY = ("2025-01-01", "2024-02-29", "2025-01-31", "2024-12-30")
_MAXIMUM_STARTS = 40

#: The day for which a start or event is wanted, from what has been entered and recorded so far and the latest day on
#: which no sibling comes first, ``LAST_DAY`` where none can; None for as early as can be.
Wanted = Callable[[Mapping[int, Entry], Mapping[int, int], int], int | None]

#: Conditions entered by the executions that are remembered; most executions are looked at more than once.
_MAXIMUM_REMEMBERED = 100_000


@dataclasses.dataclass(slots=True)
class _Walk:
    """A path as far as it was followed; the next path goes on from where the two part.

    Attributes:
        entries: of the conditions entered.
        days: those recorded, by place, in path order.
    """

    entries: list[Entry] = dataclasses.field(default_factory=list)
    days: dict[int, int] = dataclasses.field(default_factory=dict)

    def keep(self, path: Sequence[int]) -> None:
        """Forget what is not the beginning of a path."""
        for number, entry in enumerate(self.entries):
            if number >= len(path) or path[number] != entry.place:
                del self.entries[number:]
                break
        entered = {entry.place for entry in self.entries}
        self.days = {place: day for place, day in self.days.items() if place in entered}


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
        self._walks: dict[tuple[int, Wanted], _Walk] = {}
        self._remembered: dict[frozenset[tuple[int, int]], tuple[Entry, ...]] = {}
        self._entered = 0
        self.ordinary_day = parse_day(_ORDINARY[0])

    def run(self, recorded: dict[int, int]) -> tuple[Entry, ...]:
        """Execute on the reference engine and remember what was entered."""
        key = frozenset(recorded.items())
        entries = self._remembered.get(key)
        if entries is None:
            entries = execute(self.plan, recorded, self.reading)
            if self._entered > _MAXIMUM_REMEMBERED:
                self._remembered.clear()
                self._entered = 0
            self._remembered[key] = entries
            self._entered += len(entries)
            for entry in entries:
                if entry.place not in self.witnesses:
                    self.witnesses[entry.place] = dict(recorded)
        return entries

    def realise(self, path: Sequence[int]) -> dict[int, int] | None:
        """Recorded days for which the engine enters exactly the conditions of ``path`` first.

        Returns:
            Day numbers by place, or None where none was found.
        """
        tried: set[tuple[tuple[int, int], ...]] = set()
        for first_day in self._starts:
            for wanted in (_early, _late):
                recorded = self._follow(path, first_day, wanted, self._walks.setdefault((first_day, wanted), _Walk()))
                if recorded is not None:
                    key = tuple(sorted(recorded.items()))
                    if key not in tried:
                        tried.add(key)
                        if _places(self.run(recorded))[: len(path)] == tuple(path):
                            return recorded
        return None

    def follow(self, path: Sequence[int], first_day: int, wanted: Wanted) -> dict[int, int] | None:
        """Recorded days along a path, each on the wanted day or as near to it as its siblings allow.

        Args:
            path: conditions to enter, from an initial one.
            first_day: day of the initial condition's start or event, if it has one.
            wanted: what the later ones aim at.

        Returns:
            Day numbers by place; None where they leave the range of inputs. That the path is taken is not checked.
        """
        return self._follow(path, first_day, wanted, _Walk())

    def _follow(self, path: Sequence[int], first_day: int, wanted: Wanted, walk: _Walk) -> dict[int, int] | None:
        walk.keep(path)
        recorded = walk.days
        entries = {entry.place: entry for entry in walk.entries}
        events = [number for number, place in enumerate(path) if self.plan.conditions[place].recorded]
        for number in range(len(entries), events[-1] + 1 if events else 0):
            place = path[number]
            last = walk.entries[-1] if walk.entries else None
            if self.plan.conditions[place].recorded:
                if last is None:
                    recorded[place] = first_day
                else:
                    latest = self._before_siblings(last.place, place, recorded, entries)
                    aim = wanted(entries, recorded, latest)
                    recorded[place] = last.left if aim is None else max(last.left, min(aim, latest))
            if number == events[-1]:
                break
            entry = advance(self.plan, recorded, self.reading, entries, last)
            if entry is None or entry.place != place:
                return None
            entries[place] = entry
            walk.entries.append(entry)
        return dict(recorded) if are_inputs(recorded) else None

    def _before_siblings(
        self, parent: int, place: int, recorded: Mapping[int, int], entries: Mapping[int, Entry]
    ) -> int:
        following = self.plan.conditions[parent].following
        listed = following.index(place)
        latest = LAST_DAY
        for position, rival in enumerate(following):
            own = own_dates(self.plan, recorded, self.reading, entries, rival)
            if rival != place and own is not None:
                latest = min(latest, own.day(1) - (1 if position < listed else 0))
        return latest

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
                entered = _places(self.run(self.witnesses[parent]))
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


def are_inputs(recorded: Mapping[int, int]) -> bool:
    """Whether all recorded days lie within the dates that verdicts speak of."""
    return all(FIRST_DAY <= day <= LAST_DAY for day in recorded.values())


def _early(entries: Mapping[int, Entry], recorded: Mapping[int, int], latest: int) -> None:
    return None


def _late(entries: Mapping[int, Entry], recorded: Mapping[int, int], latest: int) -> int | None:
    return latest if latest < LAST_DAY else None


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
