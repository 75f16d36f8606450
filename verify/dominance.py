"""Siblings that always come first, told from the document alone (PTH-4).

A condition is pre-empted where, after every condition that leads to it, some sibling is met whenever it is,
never later, and wins where both are met on one day. What this finds needs no solver; what it does not find
may be dead all the same.
"""

from __future__ import annotations

import functools
import operator

from vestverify.encoding.calendar import days_before
from vestverify.engine.plan import Absolute, Plan, Relative, Start
from vestverify.engine.reading import DEFAULT_READING, Reading
from vestverify.plan_graph import parents_of

_MONTHS_IN_400_YEARS = 4_800
_DAYS_IN_400_YEARS = 146_097


def always_preempted(plan: Plan, reading: Reading) -> dict[int, int]:
    """Conditions that a sibling always precedes, after every parent that they have.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow; only the default one is judged.

    Returns:
        For each such condition the sibling that precedes it after its first parent.
    """
    found: dict[int, int] = {}
    parents = parents_of(plan)
    for place in range(len(plan.conditions)):
        origins: list[int | None] = list(parents[place])
        if place in plan.initial:
            origins.insert(0, None)
        winners = [always_first(plan, reading, origin, place) for origin in origins]
        if winners and None not in winners:
            found[place] = next(winner for winner in winners if winner is not None)
    return found


def always_first(plan: Plan, reading: Reading, origin: int | None, place: int) -> int | None:
    """The sibling that always precedes a condition after one that leads to it, if there is one.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow; only the default one is judged.
        origin: the condition that leads to it; None for the beginning.
        place: the condition.

    Returns:
        None also where that cannot be told from the document.
    """
    if reading != DEFAULT_READING:
        return None
    siblings = plan.initial if origin is None else plan.conditions[origin].following
    listed = siblings.index(place)
    for position, rival in enumerate(siblings):
        if rival == place:
            continue
        if position < listed and (_is_met_at_once(plan, origin, rival) or _never_later(plan, rival, place)):
            return rival
        if position > listed and _earlier_than(plan, origin, rival, place):
            return rival
    return None


def _is_met_at_once(plan: Plan, origin: int | None, place: int) -> bool:
    """Whether a condition is met on the day on which the one before it is left."""
    trigger = plan.conditions[place].trigger
    if not isinstance(trigger, Relative) or trigger.reference != origin:
        return False
    return trigger.length == 0 and not trigger.in_months


def _never_later(plan: Plan, rival: int, place: int) -> bool:
    first, second = plan.conditions[rival].trigger, plan.conditions[place].trigger
    if isinstance(first, Absolute) and isinstance(second, Absolute):
        return first.day <= second.day
    if not isinstance(first, Relative) or not isinstance(second, Relative) or first.reference != second.reference:
        return False
    if first.in_months == second.in_months and first.wanted_day == second.wanted_day:
        return first.length <= second.length
    if not first.in_months and first.length == 0:
        return True
    early, late = days_after(plan, first), days_after(plan, second)
    return early is not None and late is not None and early[1] <= late[0]


def _earlier_than(plan: Plan, origin: int | None, rival: int, place: int) -> bool:
    first, second = plan.conditions[rival].trigger, plan.conditions[place].trigger
    if not isinstance(first, Relative) or not isinstance(second, Relative):
        return False
    # Counted from the parent itself neither is overdue, so that an earlier date is no tie.
    if first.reference != origin or second.reference != origin:
        return False
    if first.in_months == second.in_months and first.wanted_day == second.wanted_day:
        return first.length < second.length
    early, late = days_after(plan, first), days_after(plan, second)
    return early is not None and late is not None and early[1] < late[0]


def days_after(plan: Plan, trigger: Relative, number: int = 1) -> tuple[int, int] | None:
    """The least and most days from the condition counted from to an occurrence, where both are known.

    Args:
        plan: the compiled terms, run under the default reading.
        trigger: of one of its conditions.
        number: the occurrence, 1-based.
    """
    units = trigger.length * number
    if not trigger.in_months:
        return units, units
    counts_from_start = (
        trigger.reference is not None
        and plan.initial == (trigger.reference,)
        and isinstance(plan.conditions[trigger.reference].trigger, Start)
    )
    return days_in_months(units) if counts_from_start and trigger.wanted_day is None else None


@functools.lru_cache(maxsize=4096)
def days_in_months(months: int) -> tuple[int, int]:
    """The least and most days from a day to the same day, or the last, of the month so many months later."""
    cycles, within = divmod(months, _MONTHS_IN_400_YEARS)
    starts = _starts_of_months()
    # Where the later month is too short, both days are last ones: as far apart as the first days of the months after.
    apart = list(map(operator.sub, starts[within : within + _MONTHS_IN_400_YEARS], starts))
    return cycles * _DAYS_IN_400_YEARS + min(apart), cycles * _DAYS_IN_400_YEARS + max(apart)


@functools.cache
def _starts_of_months() -> tuple[int, ...]:
    return tuple(days_before(month) for month in range(2 * _MONTHS_IN_400_YEARS + 1))
