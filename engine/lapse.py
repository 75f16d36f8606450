"""From which day on conditions that have not been met can no longer be met (TRG-2, PTH-2).

What is left of the grant then is forfeited. A start or event that is not recorded may still come, on any later day;
a date or a period comes by itself; a condition that declares the terms indeterminate always stays open.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from vestverify.engine.calendar import LAST_DAY
from vestverify.engine.execution import Entry, are_siblings_independent, execute
from vestverify.engine.plan import Indeterminate, Plan
from vestverify.engine.reading import Reading, Roots


def day_of_lapse(
    plan: Plan, recorded: Mapping[int, int], entries: Sequence[Entry], reading: Reading, since: int
) -> int | None:
    """The day from which on nothing that may be recorded later can let another condition be entered.

    Args:
        plan: the compiled terms.
        recorded: day number of each start and event recorded so far, by place in the plan.
        entries: the conditions that are entered by these alone.
        reading: which published answers to follow.
        since: day number from which on to look; nothing is recorded after it.

    Returns:
        A day number, ``since`` or a later day on which a condition is entered by itself. None where that never
        comes within the years that a date can write, or where nothing lapses: every condition that vests is entered, with all of its occurrences.
    """
    if not _leaves_out_a_condition(plan, entries) or _waits_for_acceleration(plan, entries, reading):
        return None
    waiting = _waiting(plan, recorded, entries, reading)
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
    return days[first] if days[first] <= LAST_DAY else None


@dataclasses.dataclass(frozen=True, slots=True)
class _Waiting:
    """A start or event that is not recorded and whose condition can come next.

    Attributes:
        place: of its condition in the plan.
        first_day: day number from which it can be entered.
        decided_on: day number on which a sibling that excludes it is entered, unless it comes earlier; None for never.
    """

    place: int
    first_day: int
    decided_on: int | None


def _is_open(plan: Plan, recorded: Mapping[int, int], reading: Reading, waiting: Sequence[_Waiting], day: int) -> bool:
    """Whether a start or event after a day can still be entered.

    The first of several that would be entered is entered just as well when it is recorded alone, and on the first
    day that is left if on any.
    """
    for each in waiting:
        if each.decided_on is not None and each.decided_on <= day:
            continue
        later = {**recorded, each.place: max(day + 1, each.first_day)}
        if any(entry.place == each.place for entry in execute(plan, later, reading)):
            return True
    return False


def _waiting(plan: Plan, recorded: Mapping[int, int], entries: Sequence[Entry], reading: Reading) -> list[_Waiting]:
    """Every start and event that can come next, those after the conditions entered last first."""
    independent = are_siblings_independent(plan, reading)
    taken: dict[int | None, int] = {}
    for entry in entries:
        taken[entry.parent] = min(entry.entered, taken.get(entry.parent, entry.entered))
    left: list[tuple[int | None, int, tuple[int, ...]]] = [(None, 0, plan.initial)]
    left.extend((entry.place, entry.left, plan.conditions[entry.place].following) for entry in entries)
    return [
        _Waiting(place, first_day, taken.get(parent) if _excludes_others(parent, independent, reading) else None)
        for parent, first_day, following in reversed(left)
        for place in following
        if plan.conditions[place].recorded and place not in recorded
    ]


def _excludes_others(parent: int | None, independent: bool, reading: Reading) -> bool:
    """Whether of the conditions after ``parent``, or of the initial ones where it is None, one only is entered."""
    return not independent and (parent is not None or reading.roots is Roots.COMPETE)


def _leaves_out_a_condition(plan: Plan, entries: Sequence[Entry]) -> bool:
    kept = {entry.place: entry.kept for entry in entries}
    return any(
        condition.vests and kept.get(place, 0) < condition.occurrences
        for place, condition in enumerate(plan.conditions)
    )


def _waits_for_acceleration(plan: Plan, entries: Sequence[Entry], reading: Reading) -> bool:
    independent = are_siblings_independent(plan, reading)
    parents = {entry.parent for entry in entries}
    left = [None, *(entry.place for entry in entries)]
    return any(
        isinstance(plan.conditions[place].trigger, Indeterminate)
        for parent in left
        if parent not in parents or not _excludes_others(parent, independent, reading)
        for place in (plan.initial if parent is None else plan.conditions[parent].following)
    )
