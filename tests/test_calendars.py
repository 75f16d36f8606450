"""The engine's calendar and the encoding's, each against Python's own, over every month from 1900 to 2200."""

from __future__ import annotations

import calendar as python_calendar
import datetime

import pytest
import z3

from vestverify.encoding import calendar as encoded
from vestverify.engine import calendar as engine
from vestverify.solver import Query, Satisfiability

MONTHS = [(year, month) for year in range(1900, 2201) for month in range(1, 13)]
#: Four years of every month, and the Januaries and Februaries around every century and some leap years.
TELLING_MONTHS = [
    *((year, month) for year in range(2023, 2027) for month in range(1, 13)),
    *((year, month) for year in (1900, 1904, 1999, 2000, 2001, 2096, 2100, 2104, 2199, 2200) for month in (1, 2)),
]


def test_the_engine_counts_days_as_python_does() -> None:
    for year, month in MONTHS:
        index = 12 * year + month - 1
        assert engine.days_in_month(index) == python_calendar.monthrange(year, month)[1]
        assert engine.days_before_month(index) == datetime.date(year, month, 1).toordinal() - 1
        for of_month in (1, 28, engine.days_in_month(index)):
            day = datetime.date(year, month, of_month).toordinal()
            assert (engine.month_of(day), engine.day_of_month(day)) == (index, of_month)


def test_the_encoding_counts_days_as_python_does() -> None:
    for year, month in MONTHS:
        index = 12 * year + month - 1
        assert encoded.length_of(index) == python_calendar.monthrange(year, month)[1]
        day = datetime.date(year, month, 1).toordinal()
        assert encoded.days_before(index) == day - 1
        assert encoded.month_and_day(day + 27) == (index, 28)


@pytest.mark.parametrize("year", [10_000, 12_345, 250_000])
def test_both_calendars_go_on_after_the_year_9999_in_cycles_of_400_years(year: int) -> None:
    index, earlier = 12 * year + 1, 12 * (2000 + year % 400) + 1
    cycles = (year - 2000 - year % 400) // 400
    for days_before, length in (
        (engine.days_before_month, engine.days_in_month),
        (encoded.days_before, encoded.length_of),
    ):
        assert length(index) == length(earlier)
        assert days_before(index) == days_before(earlier) + cycles * 146_097
    day = engine.days_before_month(index) + 7
    assert (engine.month_of(day), engine.day_of_month(day)) == (index, 7) == encoded.month_and_day(day)


@pytest.mark.parametrize("wanted", [29, 30, 31])
@pytest.mark.parametrize("counts_days", [False, True])
def test_refinement_ends_in_the_exact_calendar(wanted: int, counts_days: bool) -> None:
    """Facts learnt from one month are general: those of four years settle the others like them."""
    query = Query(0, isolated=True)
    days = encoded.Calendar(query, counts_days)
    free = days.free("free")
    clamped = days.day_in_month(free.month + 1, query.number(wanted))
    month = query.integer("month")
    query.add(month == free.month)
    rounds = 0
    for index in [12 * year + month - 1 for year, month in TELLING_MONTHS]:
        query.push()
        query.add(month == index)
        while True:
            assert query.check() is Satisfiability.SATISFIABLE
            model = query.model()
            query.pop()
            if not days.refine(model):
                break
            rounds += 1
            query.push()
            query.add(month == index)
        expected = engine.day_in_month(index + 1, wanted)
        assert encoded.value_of(model, clamped) == expected
        if counts_days:
            assert model.eval(clamped.ordinal).as_long() == expected
    assert rounds <= (140 if counts_days else 20)


def test_a_day_that_no_month_has_is_refuted() -> None:
    query = Query(0, isolated=True)
    days = encoded.Calendar(query, counts_days=False)
    free = days.free("free")
    query.add(free.month % 12 == 1, free.day > 29)
    while query.check() is Satisfiability.SATISFIABLE:
        assert days.refine(query.model())


def test_shifting_months_never_leaves_the_tabulated_number_of_days() -> None:
    query = Query(0, isolated=True)
    days = encoded.Calendar(query, counts_days=True)
    free = days.free("free")
    later = days.day_in_month(free.month + 12, free.day)
    days.plus_months_apart(free, later, 12)
    query.add(z3.Or(later.ordinal - free.ordinal < 365, later.ordinal - free.ordinal > 366))
    while query.check() is Satisfiability.SATISFIABLE:
        assert days.refine(query.model())
