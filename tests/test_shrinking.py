"""A failing case is made smaller until nothing can be taken away, and stays a failing case of OCF on the way."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from vestverify.engine.calendar import format_day
from vestverify.engine.reading import DEFAULT_READING
from vestverify.fuzzing.examples import Example, example_of
from vestverify.fuzzing.generation import generate
from vestverify.fuzzing.shrinking import candidates, shrink, size_of

Raw = Mapping[str, Any]
Predicate = Callable[[Example], bool]
ENOUGH = 5_000

#: What no step may make of a sound case: text that is no OCF, cycles, twins, and names that lead nowhere.
NEVER_MADE = {"VV003", "VV101", "VV102", "VV103", "VV104", "VV105", "VV106", "VV107", "VV109"}
NEVER_MADE |= {"VV308", "VV309", "VV501", "VV502", "VV503", "VV504"}


class Asked:
    """Tells which of several cases has a property, and remembers what it was asked."""

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate
        self.cases: list[Raw] = []

    def __call__(self, cases: Sequence[Raw]) -> int | None:
        self.cases.extend(cases)
        for place, raw in enumerate(cases):
            if self._predicate(example_of(raw, DEFAULT_READING)):
                return place
        return None


def large_case() -> dict[str, Any]:
    """Four years in months after a start, a sale beside a lapse, and records of two securities: 14 parts."""

    def recorded(kind: str, condition: str, date: str, security: str) -> dict[str, Any]:
        return {
            "id": f"{condition} of {security}",
            "object_type": f"TX_VESTING_{kind}",
            "date": date,
            "security_id": security,
            "vesting_condition_id": condition,
        }

    conditions: list[dict[str, Any]] = [
        {
            "id": "start",
            "quantity": "0",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["monthly"],
        },
        {
            "id": "monthly",
            "portion": {"numerator": "1", "denominator": "96", "remainder": False},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {
                    "type": "MONTHS",
                    "length": 1,
                    "occurrences": 48,
                    "day_of_month": "31_OR_LAST_DAY_OF_MONTH",
                    "cliff_installment": 12,
                },
                "relative_to_condition_id": "start",
            },
            "next_condition_ids": ["sale", "lapse"],
        },
        {
            "id": "sale",
            "portion": {"numerator": "1", "denominator": "4"},
            "trigger": {"type": "VESTING_EVENT"},
            "next_condition_ids": ["late"],
        },
        {
            "id": "lapse",
            "quantity": "7",
            "trigger": {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2035-06-17"},
            "next_condition_ids": ["late"],
        },
        {
            "id": "late",
            "quantity": "5",
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {"type": "DAYS", "length": 90, "occurrences": 2},
                "relative_to_condition_id": "monthly",
            },
            "next_condition_ids": [],
        },
    ]
    return {
        "format": "vestverify.case/1",
        "name": "large",
        "terms": {
            "id": "terms-1",
            "object_type": "VESTING_TERMS",
            "name": "Large",
            "description": "Something of everything.",
            "allocation_type": "FRONT_LOADED_TO_SINGLE_TRANCHE",
            "vesting_conditions": conditions,
        },
        "issuance": {
            "id": "issuance-1",
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "date": "2019-02-20",
            "security_id": "security-1",
            "custom_id": "G-1",
            "stakeholder_id": "holder-1",
            "security_law_exemptions": [],
            "compensation_type": "RSU",
            "quantity": "12345",
            "expiration_date": None,
            "termination_exercise_windows": [],
            "vesting_terms_id": "terms-1",
        },
        "transactions": [
            recorded("START", "start", "2019-01-31", "security-1"),
            recorded("EVENT", "sale", "2024-05-05", "security-1"),
            recorded("START", "start", "2018-07-09", "security-2"),
            recorded("EVENT", "sale", "2019-11-12", "security-2"),
        ],
        "as_of": "2021-01-01",
    }


def vests_on_a_leap_day(example: Example) -> bool:
    return any(format_day(row.day)[5:] == "02-29" for row in example.expected.rows or ())


def vests_less_than_the_grant(example: Example) -> bool:
    rows = example.expected.rows
    return rows is not None and sum(row.shares for row in rows) < example.granted


def has_a_record_of_another_security(example: Example) -> bool:
    own = example.raw["issuance"]["security_id"]
    return any(each["security_id"] != own for each in example.raw["transactions"])


def vests_twice(example: Example) -> bool:
    return len(example.expected.rows or ()) >= 2


def vests_more_than_the_grant(example: Example) -> bool:
    return "VV301" in example.expected.codes


def anything(example: Example) -> bool:
    return True


PREDICATES = (
    vests_on_a_leap_day,
    vests_less_than_the_grant,
    has_a_record_of_another_security,
    vests_twice,
    anything,
)


@pytest.fixture(scope="module")
def generated() -> list[Example]:
    found: list[Example] = []
    generate(lambda _, cases: found.extend(example_of(raw, DEFAULT_READING) for raw in cases), 320, 21, DEFAULT_READING)
    return found


def conditions_of(raw: Raw) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = raw["terms"]["vesting_conditions"]
    return found


# ---- The smallest case ----


@pytest.mark.parametrize("predicate", PREDICATES)
def test_the_smallest_case_still_has_what_was_looked_for_and_cannot_be_made_smaller(predicate: Predicate) -> None:
    smallest = shrink(large_case(), Asked(predicate), ENOUGH)
    assert predicate(example_of(smallest, DEFAULT_READING))
    smaller = [each for each in candidates(smallest) if size_of(each) < size_of(smallest)]
    assert not any(predicate(example_of(each, DEFAULT_READING)) for each in smaller)


def test_an_installment_on_a_leap_day_needs_one_condition_beside_the_start_and_one_record() -> None:
    smallest = shrink(large_case(), Asked(vests_on_a_leap_day), ENOUGH)
    assert [each["id"] for each in conditions_of(smallest)] == ["start", "monthly"]
    assert len(smallest["transactions"]) == 1
    period = conditions_of(smallest)[1]["trigger"]["period"]
    assert period["occurrences"] <= 13
    assert "cliff_installment" not in period
    assert "as_of" not in smallest
    assert smallest["terms"]["allocation_type"] == "CUMULATIVE_ROUND_DOWN"
    assert int(smallest["issuance"]["quantity"]) < 100


@pytest.mark.parametrize("predicate", [anything, vests_less_than_the_grant])
def test_where_nothing_has_to_vest_one_condition_one_share_and_the_usual_day_are_left(predicate: Predicate) -> None:
    smallest = shrink(large_case(), Asked(predicate), ENOUGH)
    [condition] = conditions_of(smallest)
    assert (condition["quantity"], condition["next_condition_ids"]) == ("0", [])
    assert smallest["transactions"] == []
    assert (smallest["issuance"]["quantity"], smallest["issuance"]["date"]) == ("1", "2024-01-01")


def test_a_record_of_another_security_needs_that_record_and_one_condition() -> None:
    smallest = shrink(large_case(), Asked(has_a_record_of_another_security), ENOUGH)
    [transaction] = smallest["transactions"]
    assert transaction["security_id"] == "security-2"
    [condition] = conditions_of(smallest)
    assert condition["id"] == transaction["vesting_condition_id"]
    assert smallest["issuance"]["quantity"] == "1"


def test_two_installments_need_one_condition_that_repeats_beside_the_start() -> None:
    smallest = shrink(large_case(), Asked(vests_twice), ENOUGH)
    first, second = conditions_of(smallest)
    assert first["quantity"] == "0"
    assert second["trigger"]["period"]["occurrences"] == 2
    assert second["trigger"]["period"]["length"] == 1
    assert len(smallest["transactions"]) == 1
    assert int(smallest["issuance"]["quantity"]) <= 10


def test_a_defective_case_keeps_its_defect() -> None:
    raw = large_case()
    conditions_of(raw)[2]["portion"] = {"numerator": "3", "denominator": "4"}
    smallest = shrink(raw, Asked(vests_more_than_the_grant), ENOUGH)
    assert example_of(smallest, DEFAULT_READING).expected.codes == ("VV301",)
    assert len(conditions_of(smallest)) == 2
    assert len(smallest["transactions"]) == 1
    assert smallest["issuance"]["quantity"] == "1"


# ---- The way there ----


@pytest.mark.parametrize("predicate", PREDICATES)
def test_every_case_that_is_asked_about_is_smaller_than_the_smallest_known_and_none_is_asked_twice(
    predicate: Predicate,
) -> None:
    known = large_case()
    asked = [size_of(known)]
    texts: list[str] = []

    def first_failing(cases: Sequence[Raw]) -> int | None:
        nonlocal known
        texts.extend(map(repr, cases))
        assert all(size_of(each) < size_of(known) for each in cases)
        place = Asked(predicate)(cases)
        if place is not None:
            known = dict(cases[place])
            asked.append(size_of(known))
        return place

    assert shrink(large_case(), first_failing, ENOUGH) == known
    assert asked == sorted(set(asked), reverse=True)
    assert len(set(texts)) == len(texts)


def test_shrinking_ends_long_before_the_tries_are_used_up() -> None:
    asked = Asked(anything)
    shrink(large_case(), asked, 10**9)
    assert len(asked.cases) < ENOUGH


@pytest.mark.parametrize("most", [1, 7, 24, 100])
def test_no_more_cases_are_tried_than_may_be(most: int) -> None:
    asked = Asked(lambda example: False)
    raw = large_case()
    assert shrink(raw, asked, most) is raw
    assert 0 < len(asked.cases) <= most


def test_with_no_tries_the_case_stays_and_nothing_is_asked() -> None:
    raw, asked = large_case(), Asked(anything)
    assert shrink(raw, asked, 0) is raw
    assert asked.cases == []


def test_terms_that_are_kept_stay_while_the_grant_and_the_records_become_smaller() -> None:
    raw, asked = large_case(), Asked(vests_on_a_leap_day)
    smallest = shrink(raw, asked, ENOUGH, keeps_terms=True)
    assert smallest["terms"] == raw["terms"]
    assert all(each["terms"] == raw["terms"] for each in asked.cases)
    assert len(smallest["transactions"]) == 1
    assert int(smallest["issuance"]["quantity"]) < int(raw["issuance"]["quantity"])


@pytest.mark.parametrize("predicate", PREDICATES)
def test_the_same_case_becomes_the_same_smallest_case(predicate: Predicate) -> None:
    assert shrink(large_case(), Asked(predicate), ENOUGH) == shrink(large_case(), Asked(predicate), ENOUGH)


def test_the_case_itself_is_left_as_it_is() -> None:
    raw = large_case()
    before = copy.deepcopy(raw)
    shrink(raw, Asked(anything), ENOUGH)
    shrink(raw, Asked(vests_twice), ENOUGH)
    assert raw == before


# ---- On generated cases ----


def test_a_step_makes_no_sound_case_unreadable_and_leaves_no_name_without_its_condition(
    generated: list[Example],
) -> None:
    tried = 0
    for example in generated[:150]:
        if example.expected.codes:
            continue
        for raw in candidates(example.raw):
            tried += 1
            made = example_of(raw, DEFAULT_READING)
            assert made.case is not None, raw
            assert not NEVER_MADE & set(made.expected.codes), raw
    assert tried > 3_000


def test_a_step_leaves_the_format_and_the_ids_of_the_grant_and_of_its_terms_as_they_are(
    generated: list[Example],
) -> None:
    for example in generated[:80]:
        for raw in candidates(example.raw):
            assert raw.get("format") == example.raw.get("format")
            for name in ("id", "security_id", "vesting_terms_id"):
                assert raw["issuance"].get(name) == example.raw["issuance"].get(name)


@pytest.mark.parametrize("predicate", PREDICATES)
def test_generated_cases_become_no_larger_and_keep_what_was_looked_for(
    predicate: Predicate, generated: list[Example]
) -> None:
    fitting = [example for example in generated if predicate(example)][:25]
    assert fitting
    for example in fitting:
        smallest = shrink(example.raw, Asked(predicate), 400)
        assert predicate(example_of(smallest, DEFAULT_READING))
        assert size_of(smallest) <= size_of(example.raw)
