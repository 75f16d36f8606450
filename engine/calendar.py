"""The proleptic Gregorian calendar in whole numbers (DAT-1, DAT-2).

A day is an integer: the number of days since 0000-12-31, as ``datetime.date.toordinal`` counts.
Integers have no last year, so that a period of a billion months can still be compared with a date.
"""

from __future__ import annotations

import datetime

#: The last day that a calendar date of four digits can write.
LAST_DAY = datetime.date.max.toordinal()

_DAYS_IN_400_YEARS = 146_097
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap_year(year: int) -> bool:
    """Whether February of the year has 29 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(month_index: int) -> int:
    """The number of days of a month.

    Args:
        month_index: months since January of year 0 (``12 * year + month - 1``).
    """
    year, month = divmod(month_index, 12)
    return 29 if month == 1 and is_leap_year(year) else _MONTH_LENGTHS[month]


def days_before_month(month_index: int) -> int:
    """The day number of the last day before a month.

    Args:
        month_index: months since January of year 0.
    """
    year, month = divmod(month_index, 12)
    previous = year - 1
    days = 365 * previous + previous // 4 - previous // 100 + previous // 400
    for earlier in range(month):
        days += 29 if earlier == 1 and is_leap_year(year) else _MONTH_LENGTHS[earlier]
    return days


def month_of(day: int) -> int:
    """The month index (months since January of year 0) in which a day lies."""
    cycles, within = divmod(day - 1, _DAYS_IN_400_YEARS)
    date = datetime.date.fromordinal(within + 1)
    return 12 * (date.year + 400 * cycles) + date.month - 1


def day_of_month(day: int) -> int:
    """The day of the month, 1 to 31, of a day."""
    return day - days_before_month(month_of(day))


def day_in_month(month_index: int, wanted: int) -> int:
    """The wanted day of a month, or the month's last day where it is shorter (DAT-3)."""
    return days_before_month(month_index) + min(wanted, days_in_month(month_index))


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
