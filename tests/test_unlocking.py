"""Unlocks and sales of the engine against a simulation that goes month by month, written from the definition alone."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestverify.engine.unlocking import Allocation, SaleTime, UnlockRounding, sale_probability, sold, unlocked

ROUNDINGS = list(UnlockRounding)


def allocation(
    amount: Fraction | int,
    start: int,
    cliff: int,
    vesting: int,
    percentage: Fraction | int = 0,
    mean: Fraction | int = 0,
) -> Allocation:
    return Allocation(
        "entity",
        "agent",
        Fraction(amount),
        start,
        cliff,
        vesting,
        lambda _: Fraction(percentage),
        lambda _: Fraction(mean),
    )


@st.composite
def months_of_rows(draw: st.DrawFn) -> tuple[int, int, int]:
    vesting = draw(st.integers(0, 60))
    return draw(st.integers(0, 20)), draw(st.integers(0, vesting)), vesting


def rounded(number: Fraction, rounding: UnlockRounding) -> Fraction:
    if rounding is UnlockRounding.EXACT:
        return number
    if rounding is UnlockRounding.DOWN:
        return Fraction(math.floor(number))
    whole = math.floor(number)
    return Fraction(whole + 1 if number - whole >= Fraction(1, 2) else whole)


def simulate(
    amount: Fraction, start: int, cliff: int, vesting: int, months: int, rounding: UnlockRounding
) -> list[Fraction]:
    """A bucket that fills every month from the start on, with a lid that is opened at the cliff."""
    bucket, released, found = Fraction(0), Fraction(0), []
    for month in range(months):
        if month == start and vesting == 0:
            bucket += amount
        elif start < month <= start + vesting:
            bucket += amount / vesting
        if month >= start + cliff:
            released = bucket if bucket == amount else rounded(bucket, rounding)
        found.append(released)
    return found


@settings(max_examples=300, deadline=None)
@given(months_of_rows(), st.integers(0, 10**12), st.sampled_from(ROUNDINGS))
def test_unlocks_are_those_of_a_bucket_that_fills_month_by_month(
    months: tuple[int, int, int], amount: int, rounding: UnlockRounding
) -> None:
    row = allocation(amount, *months)
    count = row.last_month + 4
    assert unlocked(row, count, rounding) == simulate(Fraction(amount), *months, count, rounding)


@settings(max_examples=200, deadline=None)
@given(months_of_rows(), st.integers(0, 10**9), st.sampled_from(ROUNDINGS), st.integers(0, 90))
def test_a_shorter_schedule_is_the_beginning_of_a_longer_one(
    months: tuple[int, int, int], amount: int, rounding: UnlockRounding, count: int
) -> None:
    row = allocation(amount, *months)
    assert unlocked(row, count, rounding) == unlocked(row, 100, rounding)[:count]


@settings(max_examples=200, deadline=None)
@given(months_of_rows(), st.integers(1, 10**12), st.sampled_from(ROUNDINGS))
def test_unlocks_never_decrease_and_end_with_the_whole_allocation(
    months: tuple[int, int, int], amount: int, rounding: UnlockRounding
) -> None:
    row = allocation(amount, *months)
    found = unlocked(row, row.last_month + 2, rounding)
    assert found == sorted(found)
    assert found[row.last_month] == found[-1] == amount
    assert not any(found[: row.start + row.cliff])


@pytest.mark.parametrize("rounding", [UnlockRounding.DOWN, UnlockRounding.HALF_UP])
def test_whole_base_units_need_no_fractions(rounding: UnlockRounding) -> None:
    found = unlocked(allocation(1_000_000, 3, 12, 48), 60, rounding)
    assert {type(number) for number in found} == {int}


def test_nothing_to_wait_for_is_unlocked_from_the_beginning() -> None:
    assert unlocked(allocation(7, 0, 0, 0), 3, UnlockRounding.DOWN) == [7, 7, 7]


def test_the_cliff_releases_all_that_has_accrued_since_the_start_at_once() -> None:
    assert unlocked(allocation(480, 2, 12, 48), 16, UnlockRounding.DOWN) == [0] * 14 + [120, 130]


def test_half_a_base_unit_is_rounded_up_only_where_asked() -> None:
    row = allocation(1, 0, 0, 2)
    assert [unlocked(row, 2, each)[1] for each in ROUNDINGS] == [0, 1, Fraction(1, 2)]


def simulate_sales(
    unlocks: list[Fraction], percentage: list[Fraction], mean: list[Fraction], tokens_sold_in_a_month: SaleTime
) -> list[Fraction]:
    """A queue of tokens that want to be sold; each month the same part of those in it, new ones included, leaves it."""
    queue, gone, found, before = Fraction(0), Fraction(0), [], Fraction(0)
    for month, now in enumerate(unlocks):
        queue += percentage[month] * (now - before) / 100
        before = now
        leaving = queue * sale_probability(mean[month], tokens_sold_in_a_month)
        queue, gone = queue - leaving, gone + leaving
        found.append(gone)
    return found


PERCENTAGES = st.fractions(0, 100, max_denominator=20)
MEANS = st.fractions(0, 40, max_denominator=4)


@settings(max_examples=100, deadline=None)
@given(months_of_rows(), st.integers(1, 10**6), st.lists(PERCENTAGES, min_size=30, max_size=30), st.data())
def test_sales_are_those_of_a_queue_that_is_emptied_month_by_month(
    months: tuple[int, int, int], amount: int, percentage: list[Fraction], data: st.DataObject
) -> None:
    mean = data.draw(st.lists(MEANS, min_size=30, max_size=30))
    row = Allocation("e", "a", Fraction(amount), *months, percentage.__getitem__, mean.__getitem__)
    unlocks = unlocked(row, 30, UnlockRounding.DOWN)
    expected = simulate_sales([Fraction(each) for each in unlocks], percentage, mean, SaleTime.DISCRETE)
    assert sold(row, unlocks, SaleTime.DISCRETE) == expected


@settings(max_examples=100, deadline=None)
@given(months_of_rows(), st.integers(1, 10**6), PERCENTAGES, MEANS, st.sampled_from(SaleTime))
def test_sales_never_exceed_their_share_of_what_is_unlocked(
    months: tuple[int, int, int], amount: int, percentage: Fraction, mean: Fraction, reading: SaleTime
) -> None:
    row = allocation(amount, *months, percentage, mean)
    unlocks = unlocked(row, 25, UnlockRounding.DOWN)
    sales = sold(row, unlocks, reading)
    assert all(sale <= total * percentage / 100 for sale, total in zip(sales, unlocks, strict=True))
    assert sales == sorted(sales)


def test_a_mean_time_of_nothing_sells_the_whole_share_at_once() -> None:
    row = allocation(1_000, 0, 0, 10, 25, 0)
    unlocks = unlocked(row, 12, UnlockRounding.DOWN)
    for reading in SaleTime:
        assert sold(row, unlocks, reading) == [Fraction(total, 4) for total in unlocks]


@pytest.mark.parametrize("mean", [1, 3, Fraction(13, 2), 12])
def test_a_token_waits_as_long_as_the_mean_time_says_on_average(mean: Fraction | int) -> None:
    months = 800
    row = allocation(1, 0, 0, 0, 100, mean)
    sales = sold(row, [1] * months, SaleTime.DISCRETE)
    # A token waits one month for each month by the end of which it is not sold.
    waited = sum((1 - sale for sale in sales), Fraction(0))
    assert abs(waited - mean) < Fraction(1, 10**6)
    assert 1 - sales[-1] < Fraction(1, 10**6)


def test_sales_of_later_unlocks_follow_the_mean_time_of_their_month() -> None:
    row = Allocation("e", "a", Fraction(100), 0, 0, 2, lambda _: Fraction(100), lambda month: Fraction(month % 2))
    # 50 are unlocked in month 1, half of them sold then; all the rest in month 2, in which nobody waits.
    assert sold(row, [0, 50, 100], SaleTime.DISCRETE) == [0, 25, 100]


@pytest.mark.parametrize("mean", [Fraction(1, 3), Fraction(1), Fraction(6), Fraction(1_000)])
def test_the_continuous_probability_is_that_of_the_exponential_distribution(mean: Fraction) -> None:
    found = sale_probability(mean, SaleTime.CONTINUOUS)
    assert float(found) == pytest.approx(-math.expm1(-1 / float(mean)), rel=1e-14)
