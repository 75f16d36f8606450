"""The proleptic Gregorian calendar in whole numbers (DAT-1, DAT-2).

A day is an integer: the number of days since 0000-12-31, as ``datetime.date.toordinal`` counts.
Integers have no last year, so that a period of a billion months can still be compared with a date.
"""

from __future__ import annotations

import datetime
from itertools import accumulate, chain

#: The last day that a calendar date of four digits can write.
LAST_DAY = datetime.date.max.toordinal()

#: Every month has this day.
LAST_DAY_OF_EVERY_MONTH = 28

_MONTHS_IN_400_YEARS = 4_800
_DAYS_IN_400_YEARS = 146_097
_LAST_DAY_BEFORE_YEAR_0 = -366


def is_leap_year(year: int) -> bool:
    """Whether February of the year has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _month_lengths(year: int) -> tuple[int, ...]:
    return (31, 29 if is_leap_year(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


#: Of each month of the years 0 to 799, twice what repeats itself: its length, and the last day before it.
_LENGTHS = tuple(chain.from_iterable(map(_month_lengths, range(800))))
_DAYS_BEFORE = tuple(accumulate(_LENGTHS[:-1], initial=_LAST_DAY_BEFORE_YEAR_0))


def days_in_month(month_index: int) -> int:
    """The number of days of a month.

    Args:
        month_index: months since January of year 0 (``12 * year + month - 1``).
    """
    return _LENGTHS[month_index % _MONTHS_IN_400_YEARS]


def days_before_month(month_index: int) -> int:
    """The day number of the last day before a month.

    Args:
        month_index: months since January of year 0.
    """
    cycles, within = divmod(month_index, _MONTHS_IN_400_YEARS)
    return _DAYS_IN_400_YEARS * cycles + _DAYS_BEFORE[within]


def month_of(day: int) -> int:
    """The month index (months since January of year 0) in which a day lies."""
    cycles, within = divmod(day - 1, _DAYS_IN_400_YEARS)
    date = datetime.date.fromordinal(within + 1)
    return 12 * (date.year + 400 * cycles) + date.month - 1


def day_of_month(day: int) -> int:
    """The day of the month, 1 to 31, of a day."""
    return datetime.date.fromordinal((day - 1) % _DAYS_IN_400_YEARS + 1).day


def day_in_month(month_index: int, wanted: int) -> int:
    """The wanted day of a month, or the month's last day where it is shorter (DAT-3)."""
    return days_before_month(month_index) + min(wanted, days_in_month(month_index))


def days_in_months(month_indices: range, wanted: int) -> list[int]:
    """The wanted day of each of some months, or its last day where it is shorter (DAT-3).

    Args:
        month_indices: one or more, ascending.
        wanted: the day of the month, 1 to 31.
    """
    cycles, first = divmod(month_indices.start, _MONTHS_IN_400_YEARS)
    if month_indices[-1] - month_indices.start >= _MONTHS_IN_400_YEARS:
        return [day_in_month(index, wanted) for index in month_indices]
    months = slice(first, first + month_indices[-1] - month_indices.start + 1, month_indices.step)
    before = _DAYS_IN_400_YEARS * cycles
    return [
        before + days + (wanted if wanted <= length else length)
        for days, length in zip(_DAYS_BEFORE[months], _LENGTHS[months], strict=True)
    ]


def parse_day(text: str) -> int:
    """The day that a date ``YYYY-MM-DD`` names.

    Raises:
        ValueError: the text is not such a date.
    """
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError("not a date written YYYY-MM-DD")
    return datetime.date.fromisoformat(text).toordinal()


def format_day(day: int) -> str:
    """Write a day as ``YYYY-MM-DD``.

    Raises:
        ValueError: the day lies outside the years 0001 to 9999.
    """
    if not 1 <= day <= LAST_DAY:
        raise ValueError(f"day {day} lies outside the years 0001 to 9999")
    return datetime.date.fromordinal(day).isoformat()
