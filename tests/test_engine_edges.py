"""Rules of the engine where two dates meet, a block is overdue or a fraction is left over, worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from test_date_properties import condition, event, portion, relative, start

from vestverify.engine.allocation import allocate
from vestverify.engine.calendar import format_day, parse_day
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
