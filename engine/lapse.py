"""From which day on conditions that have not been met can no longer be met (TRG-2, PTH-2).

What is left of the grant then is forfeited. A start or event that is not recorded may still come, on any later day;
a date or a period comes by itself; a condition that declares the terms indeterminate always stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vestverify.engine.execution import Entry, are_siblings_independent, execute
from vestverify.engine.plan import Indeterminate, Plan
from vestverify.engine.reading import Reading


def day_of_lapse(plan: Plan, recorded: Mapping[int, int], reading: Reading, since: int) -> int | None:
    """The day from which on nothing that may be recorded later can let another condition be entered.

    Args:
        plan: the compiled terms.
        recorded: day number of each start and event recorded so far, by place in the plan.
        reading: which published answers to follow.
        since: day number from which on to look; nothing is recorded after it.

    Returns:
        A day number, ``since`` or a later day on which a condition is entered by itself. None where that never
        comes, or where nothing lapses: every condition that vests is entered, with all of its occurrences.
    """
    entries = execute(plan, recorded, reading)
    if not _leaves_out_a_condition(plan, entries) or _waits_for_acceleration(plan, entries, reading):
        return None
    waiting = [
        (place, left)
        for place, left in _next_of(plan, entries)
        if plan.conditions[place].recorded and place not in recorded
    ]
    # Once closed it stays closed: fewer and fewer days are left on which anything could happen.
    days = [since, *sorted({entry.entered for entry in entries if entry.entered > since})]
    if _is_open(plan, recorded, reading, waiting, days[-1]):
        return None
    first, last = 0, len(days) - 1
    while first < last:
        middle = (first + last) // 2
        if _is_open(plan, recorded, reading, waiting, days[middle]):
            first = middle + 1
        else:
            last = middle
    return days[first]


def _is_open(
    plan: Plan, recorded: Mapping[int, int], reading: Reading, waiting: Sequence[tuple[int, int]], day: int
) -> bool:
    """Whether a start or event after a day can still be entered.

    The first of several that would be entered is entered just as well when it is recorded alone, and on the first
    day that is left if on any.
    """
    return any(
        place in {entry.place for entry in execute(plan, {**recorded, place: max(day + 1, left)}, reading)}
        for place, left in waiting
    )


def _next_of(plan: Plan, entries: Sequence[Entry]) -> list[tuple[int, int]]:
    """The conditions that can follow those entered, each with the day from which it can."""
    found = [(place, 0) for place in plan.initial]
    for entry in entries:
        found.extend((place, entry.left) for place in plan.conditions[entry.place].following)
    return found


def _leaves_out_a_condition(plan: Plan, entries: Sequence[Entry]) -> bool:
    kept = {entry.place: entry.kept for entry in entries}
    return any(
        condition.vests and kept.get(place, 0) < condition.occurrences for place, condition in enumerate(plan.conditions)
    )


def _waits_for_acceleration(plan: Plan, entries: Sequence[Entry], reading: Reading) -> bool:
    parents = {entry.parent for entry in entries}
    independent = are_siblings_independent(plan, reading)
    left = [None, *(entry.place for entry in entries)]
    return any(
        isinstance(plan.conditions[place].trigger, Indeterminate)
        for parent in left
        if independent or parent not in parents
        for place in (plan.initial if parent is None else plan.conditions[parent].following)
    )
