"""Numbers, days and refusals of the plain engine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

Json = dict[str, Any]

NUMERIC = re.compile(r"[+-]?[0-9]+(\.[0-9]{1,10})?", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
LAST_DAY = date.max.toordinal()
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
BEFORE_MONTH = tuple(sum(LENGTHS[:month]) for month in range(12))


class Refused(Exception):
    """A request that has no schedule."""

    def __init__(self, errors: Sequence[Json]) -> None:
        super().__init__(errors)
        self.errors = list(errors)


class NotSupported(Exception):
    """A request that needs what this engine does not run."""


def error(code: str, message: str, condition_id: str | None = None, transaction_id: str | None = None) -> Json:
    return {"code": code, "condition_id": condition_id, "transaction_id": transaction_id, "message": message}


def refuse(code: str, message: str, condition_id: str | None = None) -> Refused:
    return Refused([error(code, message, condition_id)])


def numeric(text: Any) -> Fraction:
    if not isinstance(text, str) or NUMERIC.fullmatch(text) is None:
        raise refuse("VV003", f"{text!r} is no Numeric")
    return Fraction(text)


def written(shares: Fraction | int) -> str:
    if isinstance(shares, int) or shares.denominator == 1:
        return str(int(shares))
    scale, rest, places = 1, shares.denominator, 0
    while rest % 10 == 0:
        rest, scale, places = rest // 10, scale * 10, places + 1
    while rest % 2 == 0 or rest % 5 == 0:
        rest, scale, places = rest // (2 if rest % 2 == 0 else 5), scale * 10, places + 1
    if rest != 1:
        return f"{shares.numerator}/{shares.denominator}"
    whole, part = divmod(abs(shares.numerator) * scale // shares.denominator, scale)
    return f"{'-' if shares < 0 else ''}{whole}.{part:0{places}}"


def day_from(text: Any) -> int:
    if isinstance(text, str) and DATE.fullmatch(text):
        try:
            return date.fromisoformat(text).toordinal()
        except ValueError:
            pass
    raise refuse("VV003", f"{text!r} is no date")


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(month: int) -> int:
    year, place = divmod(month, 12)
    return 29 if place == 1 and is_leap(year) else LENGTHS[place]


def day_in(month: int, day: int) -> int:
    """The day number of a day of a month, both as they are; months are counted from the year 0."""
    year, place = divmod(month, 12)
    before = year - 1
    leap_days = before // 4 - before // 100 + before // 400 + (1 if place > 1 and is_leap(year) else 0)
    return 365 * before + leap_days + BEFORE_MONTH[place] + day


def split(day: int) -> tuple[int, int]:
    """The month, counted from the year 0, and the day of the month."""
    cycles, within = divmod(day - 1, 146_097)
    found = date.fromordinal(within + 1)
    return (found.year + 400 * cycles) * 12 + found.month - 1, found.day
