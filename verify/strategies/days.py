"""Days worth trying: where the calendar, a tie, an expiry, a gate or the grant date makes a difference."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence

from vestverify.engine.calendar import LAST_DAY
from vestverify.engine.execution import Entry, cliff_of, execute, own_dates
from vestverify.engine.plan import Absolute, Plan, Relative
from vestverify.engine.reading import Reading

#: Ends of months around leap years, first and ordinary days: where adding months clamps, drifts or does neither.
CALENDAR_DAYS: tuple[int, ...] = tuple(
    datetime.date(*date).toordinal()
    for date in (
        (2024, 1, 31),
        (2023, 1, 30),
        (2024, 2, 29),
        (2025, 1, 29),
        (2023, 8, 31),
        (2025, 3, 15),
        (2024, 12, 31),
        (2022, 11, 30),
        (2023, 2, 28),
        (2020, 1, 1),
        (2023, 5, 31),
        (2096, 2, 29),
        (2019, 10, 30),
        (2024, 6, 10),
    )
)
_MOST = 36


def aimed_days(plan: Plan, recorded: Mapping[int, int], place: int, reading: Reading) -> list[int]:
    """Days on which it would be telling that a condition is met.

    Args:
        plan: the compiled terms.
        recorded: day number recorded so far for each condition that has one, by place.
        place: of a condition with a start or event trigger.
        reading: which published answers to follow.

    Returns:
        Day numbers, in order, each once: the day before, of and after each day on which a condition that leads here
        is entered or left, a sibling is met, or what follows has an occurrence, and the absolute dates of the terms.
        Empty where nothing is known yet.
    """
    entries = {entry.place: entry for entry in execute(plan, recorded, reading)}
    found: set[int] = set()
    for parent, condition in enumerate(plan.conditions):
        if place in condition.following:
            if parent in entries:
                found.update(_around(entries[parent].entered, entries[parent].left))
            _add_met(found, plan, recorded, entries, (each for each in condition.following if each != place), reading)
    _add_met(found, plan, recorded, entries, plan.initial if place in plan.initial else (), reading)
    for follower in plan.conditions[place].following:
        own = own_dates(plan, recorded, reading, entries, follower)
        if own is not None:
            numbers = {1, cliff_of(plan.conditions[follower]), (own.count + 1) // 2, own.count}
            found.update(_around(*(own.day(number) for number in numbers if number <= own.count)))
    for condition in plan.conditions:
        if isinstance(condition.trigger, Absolute):
            found.update(_around(condition.trigger.day))
    return _within_reach(found)


def starting_days(plan: Plan) -> list[int]:
    """Days for what comes first: month ends, and days from which the terms' own periods meet their absolute dates."""
    found = set(CALENDAR_DAYS)
    for condition in plan.conditions:
        if isinstance(condition.trigger, Absolute):
            found.update(_around(condition.trigger.day))
            for other in plan.conditions:
                if isinstance(other.trigger, Relative):
                    days = other.trigger.length * (30 if other.trigger.in_months else 1)
                    found.update(_around(condition.trigger.day - days * other.trigger.occurrences))
    return _within_reach(found)


def granting_days(installment_days: Sequence[int], recorded: Iterable[int]) -> list[int]:
    """Days of issuance worth trying: before everything, with the start, on, before and after installments, after all.

    Args:
        installment_days: day numbers of what vests.
        recorded: day numbers of the starts and events.
    """
    found = set(recorded)
    if installment_days:
        chosen = {installment_days[0], installment_days[len(installment_days) // 2], installment_days[-1]}
        found.update(_around(*chosen))
    if found:
        found.add(min(found) - 40)
    return _within_reach(found) or [CALENDAR_DAYS[0]]


def _around(*days: int) -> Iterable[int]:
    return (day + offset for day in days for offset in (-1, 0, 1))


def _add_met(
    found: set[int],
    plan: Plan,
    recorded: Mapping[int, int],
    entries: Mapping[int, Entry],
    places: Iterable[int],
    reading: Reading,
) -> None:
    for place in places:
        own = own_dates(plan, recorded, reading, entries, place)
        if own is not None:
            found.update(_around(own.day(1)))


def _within_reach(days: Iterable[int]) -> list[int]:
    # A year before the last one, so that what is counted from the day still has a date more often than not.
    return sorted(day for day in days if 366 < day < LAST_DAY - 366)[:_MOST]
