"""The engine's calendar as constraints (DAT-1, DAT-2).

A day is a month (months since January of year 0) and a day of that month, both integers, compared
lexicographically. How long a month is, and how many days lie before it, is over-approximated at first;
``refine`` adds the exact facts that a model breaks. So unsatisfiable is final at any moment, and a model
counts only once nothing is left to refine, or once the reference engine has confirmed it.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable

import z3

from vestverify.solver import Query

FIRST_MONTH = 12 * 1900
LAST_MONTH = 12 * 2200 + 11

_SOME_DAY = datetime.date(1900, 1, 1).toordinal()
_MONTHS_IN_400_YEARS = 4_800
_DAYS_IN_400_YEARS = 146_097


def days_before(month: int) -> int:
    """The day number of the last day before a month (months since January of year 0)."""
    cycles, within = divmod(month, _MONTHS_IN_400_YEARS)
    first = datetime.date(400 + within // 12, within % 12 + 1, 1).toordinal()
    return first - 1 + (cycles - 1) * _DAYS_IN_400_YEARS


def length_of(month: int) -> int:
    """The number of days of a month (months since January of year 0)."""
    return days_before(month + 1) - days_before(month)


def month_and_day(day: int) -> tuple[int, int]:
    """The month (since January of year 0) and the day of it that a day number names."""
    cycles, within = divmod(day - 1, _DAYS_IN_400_YEARS)
    date = datetime.date.fromordinal(within + 1)
    return _MONTHS_IN_400_YEARS * cycles + 12 * date.year + date.month - 1, date.day


@dataclasses.dataclass(frozen=True, slots=True)
class SymbolicDay:
    """A day that the solver chooses.

    Attributes:
        month: months since January of year 0.
        day: day of the month, 1 to 31.
        before: days before that month, where days are counted at all in this query.
    """

    month: z3.ArithRef
    day: z3.ArithRef
    before: z3.ArithRef | None = None

    @property
    def ordinal(self) -> z3.ArithRef:
        """The day number; only where days are counted."""
        assert self.before is not None
        return self.before + self.day


def not_after(first: SymbolicDay, second: SymbolicDay) -> z3.BoolRef:
    """Whether the first day is the second or an earlier one."""
    if first.before is not None and second.before is not None:
        return first.ordinal <= second.ordinal
    # Differences only, unlike one number for month and day: twice as fast on graphs with many ties.
    return z3.Or(first.month < second.month, z3.And(first.month == second.month, first.day <= second.day))


def before(first: SymbolicDay, second: SymbolicDay) -> z3.BoolRef:
    """Whether the first day is earlier than the second."""
    if first.before is not None and second.before is not None:
        return first.ordinal < second.ordinal
    return z3.Or(first.month < second.month, z3.And(first.month == second.month, first.day < second.day))


def same(first: SymbolicDay, second: SymbolicDay) -> z3.BoolRef:
    """Whether both are the same day."""
    equal = [first.month == second.month, first.day == second.day]
    if first.before is not None and second.before is not None:
        equal.append(first.before == second.before)
    return z3.And(*equal)


@dataclasses.dataclass(frozen=True, slots=True)
class _Clamp:
    month: z3.ArithRef
    wanted: z3.ArithRef
    day: z3.ArithRef
    exactly: bool
    cap: Callable[[int], int] | None


class Calendar:
    """Days of one query, and the facts about them that are still approximate."""

    def __init__(self, query: Query, counts_days: bool) -> None:
        """Make days in ``query``; ``counts_days`` where any period is counted in days."""
        self._query = query
        self._counts_days = counts_days
        self._clamps: list[_Clamp] = []
        self._befores: list[tuple[z3.ArithRef, z3.ArithRef]] = []
        self._known: dict[tuple[int, int, int], SymbolicDay] = {}
        self._fresh = 0

    def _name(self, what: str) -> str:
        self._fresh += 1
        return f"{what}#{self._fresh}"

    def _before(self, month: z3.ArithRef) -> z3.ArithRef | None:
        if not self._counts_days:
            return None
        days = self._query.integer(self._name("before"))
        low, high = _linear_bounds()
        exact = _DAYS_IN_400_YEARS * month
        self._query.add(_MONTHS_IN_400_YEARS * days >= exact + low, _MONTHS_IN_400_YEARS * days <= exact + high)
        self._befores.append((month, days))
        return days

    def constant(self, day: int) -> SymbolicDay:
        """A day that is known."""
        month, of_month = month_and_day(day)
        before_month = self._query.number(days_before(month)) if self._counts_days else None
        return SymbolicDay(self._query.number(month), self._query.number(of_month), before_month)

    def immaterial_unless(self, matters: z3.BoolRef, day: SymbolicDay) -> z3.BoolRef:
        """Pin a day that nothing depends on, so that no model has a choice about it."""
        return z3.Implies(z3.Not(matters), same(day, self.constant(_SOME_DAY)))

    def unknown(self, name: str) -> SymbolicDay:
        """Any day at all; what it is must be asserted."""
        month, day = self._query.integer(f"{name}.month"), self._query.integer(f"{name}.day")
        self._query.add(day >= 1, day <= 31)
        return SymbolicDay(month, day, self._before(month))

    def some_day(self, name: str) -> SymbolicDay:
        """Any day of the calendar, of any year."""
        found = self.unknown(name)
        self._clamps.append(_Clamp(found.month, found.day, found.day, exactly=False, cap=None))
        return found

    def free(self, name: str) -> SymbolicDay:
        """Any day from 1900-01-01 to 2200-12-31."""
        found = self.some_day(name)
        self._query.add(found.month >= FIRST_MONTH, found.month <= LAST_MONTH)
        return found

    def day_in_month(
        self, month: z3.ArithRef, wanted: z3.ArithRef, cap: Callable[[int], int] | None = None
    ) -> SymbolicDay:
        """The wanted day of a month, or the month's last day where it is shorter.

        Args:
            month: months since January of year 0.
            wanted: day of the month, 1 to 31.
            cap: the last day that can be had, from the value of ``month``; the month's length if absent.
        """
        month = z3.simplify(month)
        key = (month.get_id(), wanted.get_id(), 0 if cap is None else id(cap))
        if key in self._known:
            return self._known[key]
        if cap is None and z3.is_int_value(wanted) and wanted.as_long() <= 28:
            found = SymbolicDay(month, wanted, self._before(month))
        else:
            day = self._query.integer(self._name("day"))
            self._query.add(day >= 1, day <= wanted, z3.Or(day == wanted, day >= 28))
            self._clamps.append(_Clamp(month, wanted, day, exactly=True, cap=cap))
            found = SymbolicDay(month, day, self._before(month))
        self._known[key] = found
        return found

    def plus_days(self, base: SymbolicDay, days: int) -> SymbolicDay:
        """The day a number of days later."""
        if days == 0:
            return base
        found = self.unknown(self._name("later"))
        self._query.add(found.ordinal == base.ordinal + days)
        self._clamps.append(_Clamp(found.month, found.day, found.day, exactly=False, cap=None))
        return found

    def plus_months_apart(self, base: SymbolicDay, later: SymbolicDay, months: int) -> None:
        """State how many days can lie between the starts of two months that lie ``months`` apart."""
        if base.before is not None and later.before is not None:
            low, high = _days_in_months(months)
            self._query.add(later.before - base.before >= low, later.before - base.before <= high)

    def days_at_most_28(self, days: list[SymbolicDay]) -> list[z3.BoolRef]:
        """Assumptions under which no month is too short: every one of ``days`` is at most the 28th."""
        return [day.day <= 28 for day in days]

    def agree_with(self, other: Calendar) -> None:
        """State that the same wanted day of the same month is the same day, in this calendar and in another one."""
        for one in self._clamps:
            for two in other._clamps:
                if one.exactly and two.exactly and one.cap is None and two.cap is None:
                    alike = z3.And(one.month == two.month, one.wanted == two.wanted)
                    self._query.add(z3.Implies(alike, one.day == two.day))

    def refine(self, model: z3.ModelRef) -> bool:
        """Add the exact facts that a model breaks.

        Returns:
            Whether there were any; False means that the model obeys the calendar.
        """
        refined = False
        for clamp in self._clamps:
            month = _value(model, clamp.month)
            length = clamp.cap(month) if clamp.cap else length_of(month)
            day, wanted = _value(model, clamp.day), _value(model, clamp.wanted)
            if (day == min(wanted, length)) if clamp.exactly else (day <= length):
                continue
            where = clamp.month == month if clamp.cap else _months_as_long_as(clamp.month, month)
            fact = (
                clamp.day == z3.If(clamp.wanted < length, clamp.wanted, length)
                if clamp.exactly
                else clamp.day <= length
            )
            self._query.add(z3.Implies(where, fact))
            refined = True
        for month_term, days in self._befores:
            month = _value(model, month_term)
            if _value(model, days) != days_before(month):
                self._query.add(_days_before_months_like(month_term, days, month))
                refined = True
        return refined


def _value(model: z3.ModelRef, term: z3.ArithRef) -> int:
    return int(model.eval(term, model_completion=True).as_long())


def value_of(model: z3.ModelRef, day: SymbolicDay) -> int:
    """The day number that a model gives to a day; the month's last day where the model overshoots."""
    month = _value(model, day.month)
    return days_before(month) + min(_value(model, day.day), length_of(month))


def _months_as_long_as(month: z3.ArithRef, example: int) -> z3.BoolRef:
    year, of_year = divmod(example, 12)
    if of_year != 1:
        return month % 12 == of_year
    if year % 400 == 0:
        return month % _MONTHS_IN_400_YEARS == 1
    if year % 100 == 0:
        return z3.And(month % 1200 == 1, month % _MONTHS_IN_400_YEARS != 1)
    return z3.And(month % 48 == example % 48, month % 1200 != 1)


def _days_before_months_like(month: z3.ArithRef, days: z3.ArithRef, example: int) -> z3.BoolRef:
    # From March of a century year to February of the next one, four years have 1461 days.
    first = (example - 2) // 1200 * 1200 + 2
    known = days_before(example)
    return z3.Implies(
        z3.And(month >= first, month <= first + 1199, month % 48 == example % 48),
        48 * (days - known) == 1461 * (month - example),
    )


@functools.cache
def _linear_bounds() -> tuple[int, int]:
    offsets = [
        _MONTHS_IN_400_YEARS * days_before(month) - _DAYS_IN_400_YEARS * month for month in range(_MONTHS_IN_400_YEARS)
    ]
    return min(offsets), max(offsets)


@functools.lru_cache(maxsize=4096)
def _days_in_months(months: int) -> tuple[int, int]:
    cycles, within = divmod(months, _MONTHS_IN_400_YEARS)
    table = _days_before_table()
    spans = [table[month + within] - table[month] for month in range(_MONTHS_IN_400_YEARS)]
    return cycles * _DAYS_IN_400_YEARS + min(spans), cycles * _DAYS_IN_400_YEARS + max(spans)


@functools.cache
def _days_before_table() -> tuple[int, ...]:
    return tuple(days_before(month) for month in range(2 * _MONTHS_IN_400_YEARS))
