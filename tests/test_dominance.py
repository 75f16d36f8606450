"""Siblings told from the document to come always first really do, on every start date tried."""

from __future__ import annotations

from typing import Any

import pytest
from test_scale import event, portion, relative, start, terms

import vestverify
from vestverify.dominance import always_preempted
from vestverify.engine.calendar import parse_day
from vestverify.engine.execution import execute
from vestverify.engine.plan import Plan, compile_terms
from vestverify.engine.reading import DEFAULT_READING, reading_from
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.results import Verdict

STARTS = [
    parse_day(f"{year}-{day}")
    for year in (2023, 2024)
    for day in ("01-01", "01-29", "01-30", "01-31", "02-28", "03-31")
]


def plan_of(conditions: list[dict[str, Any]]) -> Plan:
    return compile_terms(VestingTerms.model_validate(terms(conditions)))


def in_days(identifier: str, length: int) -> dict[str, Any]:
    condition = relative(identifier, "start", length, [], portion=portion(1, 1))
    condition["trigger"]["period"] = {"type": "DAYS", "length": length, "occurrences": 1}
    return condition


def in_months(identifier: str, length: int) -> dict[str, Any]:
    return relative(identifier, "start", length, [], portion=portion(1, 1))


@pytest.mark.parametrize(
    ("first", "second", "preempted"),
    [
        (in_months("x", 24), in_months("y", 12), {"x"}),
        (in_months("x", 12), in_months("y", 12), {"y"}),
        (in_days("x", 28), in_months("y", 1), {"y"}),
        (in_days("x", 29), in_months("y", 1), set()),
        (in_months("x", 1), in_days("y", 28), set()),
        (in_months("x", 1), in_days("y", 27), {"x"}),
        (in_months("x", 12), in_days("y", 366), {"y"}),
        (in_months("x", 12), in_days("y", 365), set()),
        (in_days("x", 31), in_months("y", 1), set()),
        (in_days("x", 32), in_months("y", 1), {"x"}),
    ],
)
def test_periods_from_one_start_are_compared(
    first: dict[str, Any], second: dict[str, Any], preempted: set[str]
) -> None:
    plan = plan_of([start([first["id"], second["id"]]), first, second])
    found = always_preempted(plan, DEFAULT_READING)
    assert {plan.conditions[place].id for place in found} == preempted
    for day in STARTS:
        entered = {plan.conditions[entry.place].id for entry in execute(plan, {0: day}, DEFAULT_READING)}
        assert not entered & preempted


def test_an_overdue_sibling_listed_later_may_lose_the_tie() -> None:
    gate = event("gate", ["late", "early"], quantity="0")
    plan = plan_of([start(["gate"]), gate, in_months("late", 24), in_months("early", 12)])
    assert always_preempted(plan, DEFAULT_READING) == {}
    entries = execute(plan, {0: STARTS[0], 1: STARTS[0] + 5_000}, DEFAULT_READING)
    assert [plan.conditions[entry.place].id for entry in entries] == ["start", "gate", "late"]


def test_other_readings_are_not_judged() -> None:
    plan = plan_of([start(["x", "y"]), in_months("x", 24), in_months("y", 12)])
    assert always_preempted(plan, reading_from({"siblings": "independent"})) == {}


def test_days_against_months_with_repetitions_are_decided_at_once() -> None:
    cliff = in_days("days", 28)
    cliff["trigger"]["period"] |= {"occurrences": 48, "cliff_installment": 13}
    cliff["portion"] = portion(1, 48)
    months = relative(
        "months", "start", 1, ["sold", "listed"], occurrences=12, portion={**portion(1, 1), "remainder": True}
    )
    ends = [event("sold", [], portion=portion(1, 2)), event("listed", [], portion=portion(1, 2))]
    result = vestverify.check_terms(terms([start(["days", "months"]), cliff, months, *ends]))
    assert [each.code for each in result.properties if each.verdict is Verdict.OPEN] == []
    assert [found.condition_ids for found in result.findings if found.code == "VV201"] == [
        ("months",),
        ("sold",),
        ("listed",),
    ]


def test_of_many_preempted_siblings_the_first_ones_are_shown_and_all_are_named() -> None:
    siblings = [in_months(f"later-{number}", 2 + number) for number in range(30)]
    names = [each["id"] for each in siblings]
    result = vestverify.check_terms(terms([start(["first", *names]), in_months("first", 1), *siblings]))
    found = [each for each in result.findings if each.code == "VV201"]
    assert {each.condition_ids[0] for each in found} == set(names)
    assert {each.facts["pre_empted_by"] for each in found} == {"first"}
    assert sum(each.counterexample is not None for each in found) == 20
