"""Rules of the engine where two dates meet, a block is overdue or a fraction is left over, worked out by hand."""

from __future__ import annotations

import calendar
import itertools
from fractions import Fraction
from typing import Any

import pytest
from test_date_properties import condition, event, portion, relative, start

from vestverify.engine.allocation import allocate, allocate_path
from vestverify.engine.calendar import days_in_month, format_day, parse_day
from vestverify.engine.defects import find_defects
from vestverify.engine.entitlement import Run
from vestverify.engine.execution import Occurrences
from vestverify.engine.numeric import format_quantity, parse_numeric
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import DEFAULT_READING, AllocationScope, Reading, reading_from
from vestverify.engine.schedule import run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms

WHOLE = portion(1, 1)


def raw_terms(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "edges",
        "object_type": "VESTING_TERMS",
        "name": "edges",
        "description": "edges",
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": list(conditions),
    }


def terms_of(*conditions: dict[str, Any]) -> VestingTerms:
    return VestingTerms.model_validate(raw_terms(*conditions))


def rows(conditions: list[dict[str, Any]], recorded: dict[str, str], reading: Reading) -> dict[str, int]:
    """What vests when, of 1,200 shares granted on 2024-01-01."""
    plan = compile_terms(terms_of(*conditions))
    places = {each.id: place for place, each in enumerate(plan.conditions)}
    days = {places[identifier]: parse_day(day) for identifier, day in recorded.items()}
    outcome = run(plan, Fraction(1200), parse_day("2024-01-01"), days, reading)
    return {format_day(row.day): int(row.shares) for row in outcome.schedule.installments}


#: A year of months from the start, behind a sale that comes in the year after.
SOLD_LATE = {"start": "2024-01-01", "sale": "2025-06-01"}
BLOCK_BEHIND_A_SALE = [
    start(["sale"]),
    event("sale", ["year"], quantity="0"),
    relative("year", "start", 1, ["next"], occurrences=12, portion=portion(1, 24)),
]


def test_a_block_entered_after_its_last_date_is_left_on_entry_and_not_before() -> None:
    dated = condition("next", "VESTING_SCHEDULE_ABSOLUTE", [], date="2025-03-01", portion=portion(1, 2))
    assert rows([*BLOCK_BEHIND_A_SALE, dated], SOLD_LATE, DEFAULT_READING) == {"2025-06-01": 1200}


def test_what_counts_from_a_block_entered_after_its_last_date_counts_from_its_entry() -> None:
    later = relative("next", "year", 1, [], portion=portion(1, 2))
    expected = {"2025-06-01": 600, "2025-07-01": 600}
    assert rows([*BLOCK_BEHIND_A_SALE, later], SOLD_LATE, DEFAULT_READING) == expected


def test_the_own_date_of_a_period_of_no_length_is_never_before_the_day_counted_from() -> None:
    same_month = Occurrences(parse_day("2024-03-20"), 1, 0, in_months=True, wanted_day=5)
    assert format_day(same_month.day(1)) == "2024-03-20"


def test_an_occurrence_on_the_day_on_which_its_block_is_cut_short_vests() -> None:
    conditions = [
        start(["months"]),
        relative("months", "start", 1, ["sale"], occurrences=12, portion=portion(1, 12)),
        event("sale", [], portion={**WHOLE, "remainder": True}),
    ]
    plan = compile_terms(terms_of(*conditions))
    days = {0: parse_day("2024-01-01"), 2: parse_day("2024-03-01")}
    outcome = run(plan, Fraction(1200), parse_day("2024-01-01"), days, reading_from({"leave_periodic": "on-next"}))
    assert [entry.kept for entry in outcome.entries] == [1, 2, 1]
    assert outcome.entitled == (0, 200, 1000)


def test_an_event_on_the_day_on_which_its_parent_is_left_is_in_time_also_where_early_ones_are_ignored() -> None:
    conditions = [
        start(["month"]),
        relative("month", "start", 1, ["sale"], portion=portion(1, 2)),
        event("sale", [], portion=portion(1, 2)),
    ]
    reading = reading_from({"early_event": "ignored"})
    assert rows(conditions, {"start": "2024-01-01", "sale": "2024-02-01"}, reading) == {"2024-02-01": 1200}
    assert rows(conditions, {"start": "2024-01-01", "sale": "2024-01-31"}, reading) == {"2024-02-01": 600}


def test_a_tranche_due_on_the_day_of_entry_is_the_next_one_to_which_overdue_ones_are_put_off() -> None:
    conditions = [
        start(["sale"]),
        event("sale", ["months"], quantity="0"),
        relative("months", "start", 1, [], occurrences=4, portion=portion(1, 4)),
    ]
    reading = reading_from({"catch_up": "next-tranche"})
    met = rows(conditions, {"start": "2024-01-01", "sale": "2024-03-01"}, reading)
    assert met == {"2024-03-01": 600, "2024-04-01": 300, "2024-05-01": 300}
    between = rows(conditions, {"start": "2024-01-01", "sale": "2024-03-02"}, reading)
    assert between == {"2024-04-01": 900, "2024-05-01": 300}


class TestFractionsOfOneCondition:
    """Ten shares: three tranches of a quarter each, and the last quarter in a condition of its own."""

    RUNS = ((Run(3, Fraction(5, 2)),), (Run(1, Fraction(5, 2)),))

    @pytest.mark.parametrize(
        ("allocation_type", "expected"),
        [
            # 7.5 - 6 is one share and a half: two extra shares at the front, one at the back.
            (AllocationType.FRONT_LOADED, [3, 3, 2, 3]),
            (AllocationType.BACK_LOADED, [2, 2, 3, 2]),
            # One tranche takes the half as well, of which the whole part vests; the next condition's half completes it.
            (AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE, [3, 2, 2, 3]),
            (AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE, [2, 2, 3, 3]),
        ],
    )
    def test_what_is_left_over_in_a_block_is_rounded_as_published_engines_do(
        self, allocation_type: AllocationType, expected: list[int]
    ) -> None:
        shares = allocate(self.RUNS, allocation_type, Reading(allocation_scope=AllocationScope.CONDITION))
        places = [(0, 1), (0, 2), (0, 3), (1, 1)]
        assert [shares.between(entry, number, number) for entry, number in places] == expected


@pytest.mark.parametrize(
    ("allocation_type", "expected"),
    [
        (AllocationType.FRONT_LOADED, [0, 3, 2, 2, 0]),
        (AllocationType.BACK_LOADED, [0, 2, 2, 3, 0]),
        (AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE, [0, 3, 2, 2, 0]),
        (AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE, [0, 2, 2, 3, 0]),
    ],
)
def test_a_condition_of_zero_shares_before_or_after_a_block_takes_no_part_in_its_rounding(
    allocation_type: AllocationType, expected: list[int]
) -> None:
    runs = ((Run(1, Fraction(0)),), (Run(3, Fraction(7, 3)),), (Run(1, Fraction(0)),))
    shares = allocate(runs, allocation_type, DEFAULT_READING)
    places = [(0, 1), (1, 1), (1, 2), (1, 3), (2, 1)]
    assert [shares.between(entry, number, number) for entry, number in places] == expected
    assert shares.total == 7


def ends_of_months(base: str, length: int, count: int, wanted: int, drifting: bool = False) -> Occurrences:
    return Occurrences(parse_day(base), count, length, True, wanted, drifting=drifting)


@pytest.mark.parametrize(
    "own",
    [
        Occurrences(parse_day("2024-02-28"), 40, 9),
        Occurrences(parse_day("2024-02-28"), 4),
        ends_of_months("2024-01-31", 1, 60, 31),
        ends_of_months("2024-01-28", 1, 60, 28),
        ends_of_months("1999-11-30", 1, 8, 30),
        ends_of_months("2023-10-31", 1, 60, 31, drifting=True),
        ends_of_months("2023-12-30", 13, 30, 30, drifting=True),
        ends_of_months("2024-03-20", 0, 3, 5),
        # On a fixed day, put off by a month.
        Occurrences(parse_day("2024-03-20"), 30, 2, True, 15, 1),
        # Longer than the 400 years after which the calendar repeats itself.
        ends_of_months("2024-01-31", 7, 800, 31),
    ],
)
def test_a_row_of_dates_is_that_of_the_single_dates_and_is_counted_by_them(own: Occurrences) -> None:
    days = [own.day(number) for number in range(1, own.count + 1)]
    assert days == sorted(days)
    for first, last in itertools.combinations_with_replacement(sorted({1, 2, 3, own.count // 2, own.count}), 2):
        assert own.days(first, last) == days[first - 1 : last]
    assert own.days(own.count + 1, own.count) == []
    for day in {around + off for around in (own.base, days[0], days[1], days[-1]) for off in (-1, 0, 1)}:
        assert own.count_until(day) == sum(each <= day for each in days)


def test_dates_counted_from_the_previous_one_keep_the_shortest_day_so_far() -> None:
    own = ends_of_months("2023-10-31", 1, 6, 31, drifting=True)
    expected = ["2023-11-30", "2023-12-30", "2024-01-30", "2024-02-29", "2024-03-29", "2024-04-29"]
    assert [format_day(day) for day in own.days(1, 6)] == expected
    assert [format_day(day) for day in own.days(4, 6)] == expected[3:]


def test_every_month_that_a_date_can_write_is_as_long_as_python_says() -> None:
    for year, month in itertools.product(range(1, 10_000), range(1, 13)):
        assert days_in_month(12 * year + month - 1) == calendar.monthrange(year, month)[1]


#: Two runs in one condition, a condition of nothing, one that is not kept, and one that ends in a fraction of a share.
UNEVEN = (
    (Run(3, Fraction(5, 4)), Run(2, Fraction(7, 3))),
    (Run(1, Fraction(0)),),
    (),
    (Run(4, Fraction(13, 6)), Run(1, Fraction(0)), Run(1, Fraction(1, 7))),
)


@pytest.mark.parametrize("scope", AllocationScope)
@pytest.mark.parametrize("allocation_type", AllocationType)
def test_what_vests_one_by_one_is_what_vests_between_one_occurrence_and_the_next(
    allocation_type: AllocationType, scope: AllocationScope
) -> None:
    shares = allocate(UNEVEN, allocation_type, Reading(allocation_scope=scope))
    vested = Fraction(0)
    for entry, runs in enumerate(UNEVEN):
        count = sum(run.count for run in runs)
        for together in range(1, count + 1):
            expected = [shares.between(entry, number, number) for number in range(together + 1, count + 1)]
            found = shares.one_by_one(entry, together, count)
            assert found == [shares.between(entry, 1, together), *expected]
            assert all(type(each) is Fraction for each in found)
        vested += shares.between(entry, 1, count) if count else 0
    assert shares.total == vested
    if allocation_type is AllocationType.FRACTIONAL:
        assert vested == sum((run.count * run.each for runs in UNEVEN for run in runs), Fraction(0))


@pytest.mark.parametrize("allocation_type", AllocationType)
def test_a_path_of_any_length_is_allocated_in_closed_form(allocation_type: AllocationType) -> None:
    count = 10**15
    allocation = allocate_path([Run(count, Fraction(4, 3)), Run(1, Fraction(2, 3))], allocation_type)
    assert allocation.total == allocation.cumulative(1, 1) == (4 * count + 2) // 3
    assert allocation.cumulative(0, 0) == 0
    # A share in every tranche; of the third of each that is left over, what the type has handed out by the second.
    handed_out = {
        AllocationType.CUMULATIVE_ROUNDING: 1,
        AllocationType.FRONT_LOADED: 2,
        AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE: (count + 2) // 3,
        AllocationType.FRACTIONAL: Fraction(2, 3),
    }
    assert allocation.cumulative(0, 2) == 2 + handed_out.get(allocation_type, 0)


class TestTheRemainder:
    """1,200 shares, of which half vest first."""

    DAYS = (("start", "2024-01-01"), ("first", "2024-02-01"), ("a", "2024-03-01"), ("b", "2024-04-01"))

    @staticmethod
    def third(identifier: str, following: list[str]) -> dict[str, Any]:
        return event(identifier, following, portion={**portion(1, 3), "remainder": True})

    @staticmethod
    def half(following: list[str]) -> list[dict[str, Any]]:
        return [start(["first"]), event("first", following, portion=portion(1, 2))]

    def test_an_input_of_a_relationship_takes_its_part_of_what_is_left(self) -> None:
        later = {
            "id": "later",
            "trigger": {
                "type": "VESTING_RELATIONSHIP_LATER_OF",
                "input_condition_ids": ["a", "b"],
                "calculation_type": "SUM",
            },
            "next_condition_ids": [],
        }
        conditions = [*self.half(["a", "b"]), self.third("a", ["later"]), event("b", ["later"], quantity="0"), later]
        assert rows(conditions, dict(self.DAYS), DEFAULT_READING) == {"2024-02-01": 600, "2024-04-01": 200}

    def test_conditions_one_after_the_other_each_take_their_part_of_what_is_left(self) -> None:
        conditions = [*self.half(["a"]), self.third("a", ["b"]), self.third("b", [])]
        expected = {"2024-02-01": 600, "2024-03-01": 200, "2024-04-01": 133}
        assert rows(conditions, dict(self.DAYS), DEFAULT_READING) == expected


def test_two_installments_in_a_row_on_one_day_are_one_of_the_schedule() -> None:
    conditions = [
        start(["one"]),
        event("one", ["two"], portion=portion(1, 4)),
        event("two", ["three"], portion=portion(1, 4)),
        event("three", [], portion=portion(1, 2)),
    ]
    days = {"start": "2024-01-01", "one": "2024-02-01", "two": "2024-02-01", "three": "2024-03-01"}
    assert rows(conditions, days, DEFAULT_READING) == {"2024-02-01": 600, "2024-03-01": 600}


def test_what_vests_nothing_is_an_installment_and_no_row_of_the_schedule() -> None:
    months = relative("months", "start", 1, [], occurrences=4, portion=portion(1, 4))
    plan = compile_terms(terms_of(start(["months"]), months))
    start_day = parse_day("2024-01-31")
    outcome = run(plan, Fraction(2), start_day, {0: start_day}, DEFAULT_READING)
    assert [row.shares for row in outcome.installments] == [0, 1, 0, 1]
    written = [(format_day(row.day), row.shares) for row in outcome.schedule.installments]
    assert written == [("2024-03-31", 1), ("2024-05-31", 1)]
    assert outcome.entitled == (0, 2)


class TestDefects:
    def test_of_a_cycle_only_the_conditions_in_it_are_named(self) -> None:
        conditions = [
            start(["a"]),
            event("a", ["b"], portion=WHOLE),
            event("b", ["a", "behind"], portion=WHOLE),
            event("behind", [], portion=WHOLE),
        ]
        found = [(each.code, each.condition_id) for each in find_defects(terms_of(*conditions))]
        assert found == [("VV101", "a"), ("VV101", "b")]

    @pytest.mark.parametrize(
        ("numerator", "denominator", "codes"), [(1, -4, ["VV308"]), (-1, -4, []), (-1, 4, ["VV308"])]
    )
    def test_a_portion_is_negative_where_one_of_its_two_numbers_is(
        self, numerator: int, denominator: int, codes: list[str]
    ) -> None:
        terms = terms_of(start(["all"]), event("all", [], portion=portion(numerator, denominator)))
        assert [each.code for each in find_defects(terms)] == codes


class TestNumeric:
    @pytest.mark.parametrize("text", ["5.", ".5", "1.12345678901", "1e3", "", "+", " 1", "1_000", "٣"])
    def test_what_the_schema_does_not_allow_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="not a decimal number"):
            parse_numeric(text)

    @pytest.mark.parametrize(
        ("quantity", "written"),
        [
            (Fraction(1, 2), "0.5"),
            (Fraction(-1, 2), "-0.5"),
            (Fraction(1, 1000), "0.001"),
            (Fraction(25, 2), "12.5"),
            (Fraction(10, 3), "10/3"),
            (Fraction(-7), "-7"),
        ],
    )
    def test_a_number_of_shares_is_written_exactly(self, quantity: Fraction, written: str) -> None:
        assert format_quantity(quantity) == written
