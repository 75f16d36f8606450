"""Days as functions of the vesting start, and how two of them compare for a whole range of starts (DAT-1 to DAT-5).

A day of an execution whose path is known is the latest of a few days, each counted from the start or fixed.
Most of them never fall when the start is put off, so that two values tell where they lie for every start between.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from enum import Enum

from vestverify.dominance import days_in_months
from vestverify.engine.calendar import day_in_month, day_of_month, month_of


class DayOfMonth(Enum):
    """Which day of the month a day counted in months takes, where it is not a fixed one (DAT-4)."""

    #: That of the start.
    START = "start"
    #: That of the day counted from.
    BASE = "base"


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    """The same day for every start."""

    day: int


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    """So many months after a day, on a day of that month or its last, and so many days after that.

    Attributes:
        base: the day counted from; None for the start.
        months: calendar months after it.
        wanted: the day of the month.
        days: days after that; may be negative.
    """

    base: Counted | Fixed | None
    months: int
    wanted: int | DayOfMonth
    days: int


Day = Fixed | Counted

#: The latest of some days.
Latest = tuple[Day, ...]

START = Counted(None, 0, DayOfMonth.START, 0)


def later_by_days(day: Day, days: int) -> Day:
    """The day so many days later."""
    if isinstance(day, Fixed):
        return Fixed(day.day + days)
    return dataclasses.replace(day, days=day.days + days)


def in_month(day: Day, months: int, wanted: int | DayOfMonth) -> Day:
    """The wanted day of the month that lies so many months after the one of ``day``."""
    if isinstance(day, Fixed):
        if wanted is DayOfMonth.START:
            return Counted(day, months, wanted, 0)
        of_month = day_of_month(day.day) if isinstance(wanted, DayOfMonth) else wanted
        return Fixed(day_in_month(month_of(day.day) + months, of_month))
    if day.base is None and day.days == 0:
        # Its month is known from the start's, whatever its day.
        if wanted is DayOfMonth.BASE and (day == START or (isinstance(day.wanted, int) and day.wanted <= 28)):
            wanted = day.wanted
        if wanted is not DayOfMonth.BASE:
            return Counted(None, day.months + months, wanted, 0)
    return Counted(day, months, wanted, 0)


def value(day: Day, start: int) -> int:
    """The day number for one start."""
    if isinstance(day, Fixed):
        return day.day
    if day.base is None and day.months == 0 and day.wanted is DayOfMonth.START:
        return start + day.days
    base = start if day.base is None else value(day.base, start)
    if isinstance(day.wanted, int):
        wanted = day.wanted
    else:
        wanted = day_of_month(base if day.wanted is DayOfMonth.BASE else start)
    return day_in_month(month_of(base) + day.months, wanted) + day.days


def latest_value(days: Latest, start: int) -> int:
    """The day number of the latest for one start."""
    return max(value(day, start) for day in days)


def latest_of(*several: Iterable[Day]) -> Latest:
    """The latest of all, without those that never are."""
    found: list[Day] = []
    for day in (each for days in several for each in days):
        if any(_always(day, other, strictly=False) for other in found):
            continue
        found = [other for other in found if not _always(other, day, strictly=False)]
        found.append(day)
    return tuple(found)


def never_falls(day: Day) -> bool:
    """Whether a later start never gives an earlier day."""
    if isinstance(day, Fixed) or day.base is None:
        return True
    return day.wanted is not DayOfMonth.START and never_falls(day.base)


def is_before(first: Day, second: Day, low: int, high: int, *, strictly: bool) -> bool | None:
    """Whether one day is before another, or the same unless ``strictly``, for every start of a range.

    Args:
        first: a day.
        second: another.
        low: the first start of the range.
        high: its last start.
        strictly: whether the same day does not count.

    Returns:
        True where it is for all of them, False where it is for none, None where that is not known.
    """
    if _always(first, second, strictly=strictly):
        return True
    if _always(second, first, strictly=not strictly):
        return False
    least_of_first, most_of_first = _extent(first, low, high)
    least_of_second, most_of_second = _extent(second, low, high)
    if _is_less(most_of_first, least_of_second, strictly):
        return True
    if not _is_less(least_of_first, most_of_second, strictly):
        return False
    if isinstance(first, Fixed) or isinstance(second, Fixed) or first.days == second.days:
        return None
    away_first, away_second = _days_away(first), _days_away(second)
    if away_first is None or away_second is None:
        return None
    if _is_less(away_first[1], away_second[0], strictly):
        return True
    return None if _is_less(away_first[0], away_second[1], strictly) else False


def last_alike(first: Day, second: Day, low: int, high: int, *, strictly: bool) -> int:
    """The start after which a range is best divided, where it is not known how two days compare.

    Returns:
        Where one of them is fixed, the last start for which they compare as for ``low``; else the middle.
    """
    one_is_fixed = isinstance(first, Fixed) or isinstance(second, Fixed)
    if not one_is_fixed or not never_falls(first) or not never_falls(second):
        return (low + high) // 2

    def holds(start: int) -> bool:
        return _is_less(value(first, start), value(second, start), strictly)

    as_for_low = holds(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) is as_for_low else (low, middle)
    return low


def _is_less(first: int, second: int, strictly: bool) -> bool:
    return first < second if strictly else first <= second


@functools.lru_cache(maxsize=4096)
def _always(first: Day, second: Day, *, strictly: bool) -> bool:
    """Whether a day is before another for every start, told from how they are counted."""
    if first == second:
        return not strictly
    if isinstance(first, Fixed) or isinstance(second, Fixed):
        if isinstance(first, Fixed) and isinstance(second, Fixed):
            return _is_less(first.day, second.day, strictly)
        return False
    if first.base != second.base:
        return False
    if first.months == second.months and first.wanted == second.wanted:
        return _is_less(first.days, second.days, strictly)
    if first.days != second.days:
        return False
    if first.months != second.months:
        return first.months < second.months
    if isinstance(first.wanted, int) and isinstance(second.wanted, int):
        return first.wanted < second.wanted and (first.wanted < 28 or not strictly)
    return not strictly and (first.wanted == 1 or second.wanted == 31)


def _extent(day: Day, low: int, high: int) -> tuple[int, int]:
    """Days before and after which it does not fall for any start of a range."""
    if isinstance(day, Fixed):
        return day.day, day.day
    if day.base is None or low == high or never_falls(day):
        return value(day, low), value(day, high)
    if never_falls(day.base) and month_of(low) == month_of(high):
        # Within one month the start's day of the month rises with the start.
        return value(day, low), value(day, high)
    least, most = _extent(day.base, low, high)
    first = day_in_month(month_of(least) + day.months, 1)
    last = day_in_month(month_of(most) + day.months, 31)
    return first + day.days, last + day.days


@functools.lru_cache(maxsize=4096)
def _days_away(day: Counted) -> tuple[int, int] | None:
    """The least and most days from the start to a day, where the start alone decides it."""
    if day.base is not None:
        return None
    if day.wanted is DayOfMonth.START:
        least, most = days_in_months(day.months)
        return least + day.days, most + day.days
    return None
