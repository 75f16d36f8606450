"""Siblings that always come first, told from the document alone (PTH-4).

A condition is pre-empted where, after every condition that leads to it, some sibling is met whenever it is,
never later, and wins where both are met on one day. What this finds needs no solver; what it does not find
may be dead all the same.
"""

from __future__ import annotations

import functools

from vestverify.encoding.calendar import days_before, length_of
from vestverify.engine.plan import Absolute, Plan, Relative, Start
from vestverify.engine.reading import DEFAULT_READING, Reading
from vestverify.plan_graph import parents_of

_MONTHS_IN_400_YEARS = 4_800


def always_preempted(plan: Plan, reading: Reading) -> dict[int, int]:
    """Conditions that a sibling always precedes, after every parent that they have.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow; only the default one is judged.

    Returns:
        For each such condition the sibling that precedes it after its first parent.
    """
    if reading != DEFAULT_READING:
        return {}
    found: dict[int, int] = {}
    parents = parents_of(plan)
    for place in range(len(plan.conditions)):
        origins: list[int | None] = list(parents[place])
        if place in plan.initial:
            origins.insert(0, None)
        winners = [_winner(plan, origin, place) for origin in origins]
        if winners and None not in winners:
            found[place] = next(winner for winner in winners if winner is not None)
    return found


def _winner(plan: Plan, origin: int | None, place: int) -> int | None:
    siblings = plan.initial if origin is None else plan.conditions[origin].following
    listed = siblings.index(place)
    for position, rival in enumerate(siblings):
        if rival == place:
            continue
        if position < listed and _never_later(plan, rival, place):
            return rival
        if position > listed and _earlier_than(plan, origin, rival, place):
            return rival
    return None


def _never_later(plan: Plan, rival: int, place: int) -> bool:
    first, second = plan.conditions[rival].trigger, plan.conditions[place].trigger
    if isinstance(first, Absolute) and isinstance(second, Absolute):
        return first.day <= second.day
    if not isinstance(first, Relative) or not isinstance(second, Relative) or first.reference != second.reference:
        return False
    if first.in_months == second.in_months and first.wanted_day == second.wanted_day:
        return first.length <= second.length
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
    return _days_in_months(units) if counts_from_start and trigger.wanted_day is None else None


@functools.lru_cache(maxsize=256)
def _days_in_months(months: int) -> tuple[int, int]:
    spans = set()
    for month in range(_MONTHS_IN_400_YEARS):
        later = month + months
        for day in {1, *range(28, length_of(month) + 1)}:
            spans.add(days_before(later) + min(day, length_of(later)) - days_before(month) - day)
    return min(spans), max(spans)
