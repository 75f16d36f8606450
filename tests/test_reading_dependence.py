"""VV401: where readings are said to agree they do, and where they are said to differ the engine shows it."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from random_terms import grants, recorded_days, vesting_terms

import vestverify
from vestverify.ambiguities import AMBIGUITIES, can_drift
from vestverify.check import CheckOptions, decide_terms
from vestverify.decision import Decision
from vestverify.documents import load
from vestverify.engine.calendar import day_in_month, parse_day
from vestverify.engine.case import schedule_of
from vestverify.engine.plan import Plan, UnsupportedTerms, compile_terms
from vestverify.engine.reading import DEFAULT_READING, Reading, reading_choices, reading_from
from vestverify.engine.schedule import Schedule, Unschedulable, run
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.reading_dependence import Agreement, Comparison, compare_readings
from vestverify.reading_witness import Difference
from vestverify.results import Method, Verdict
from vestverify.subject import Subject
from vestverify.witness import case_of

START_DAY = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
TERMS = 80
INPUTS = 12


def terms_of(*conditions: dict[str, Any], allocation_type: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    return {
        "id": "terms",
        "object_type": "VESTING_TERMS",
        "name": "terms",
        "description": "terms",
        "allocation_type": allocation_type,
        "vesting_conditions": list(conditions),
    }


def condition(identifier: str, trigger: dict[str, Any], *following: str, **amount: Any) -> dict[str, Any]:
    amount = amount or {"quantity": "0"}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": list(following), **amount}


def start(*following: str, **amount: Any) -> dict[str, Any]:
    return condition("start", {"type": "VESTING_START_DATE"}, *following, **amount)


def event(identifier: str, *following: str, **amount: Any) -> dict[str, Any]:
    return condition(identifier, {"type": "VESTING_EVENT"}, *following, **amount)


def months(reference: str, length: int, occurrences: int = 1, day: str = START_DAY) -> dict[str, Any]:
    period = {"type": "MONTHS", "length": length, "occurrences": occurrences, "day_of_month": day}
    return {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}


def share(denominator: int, **more: Any) -> dict[str, Any]:
    return {"portion": {"numerator": "1", "denominator": str(denominator), **more}}


def decided(terms: dict[str, Any], reading: Reading = DEFAULT_READING) -> tuple[Subject, Decision, Decision]:
    document = load("t", json.dumps(terms).encode())
    found = decide_terms(document, document.terms[0], CheckOptions(reading), {"VV203", "VV301"})
    assert found.subject is not None
    return found.subject, found.decisions["VV203"], found.decisions["VV301"]


def compared(terms: dict[str, Any], reading: Reading = DEFAULT_READING) -> dict[tuple[str, str], Comparison]:
    return {(each.ambiguity.key, each.second): each for each in compare_readings(*decided(terms, reading))}


def outcome(terms: dict[str, Any], key: str, second: str | None = None) -> Difference | Agreement:
    return compared(terms)[key, second or reading_choices()[key][1]].outcome


def plan_of(terms: dict[str, Any]) -> Plan:
    return compile_terms(VestingTerms.model_validate(terms))


def schedule(plan: Plan, recorded: dict[int, int], grant: Fraction, day: int, reading: Reading) -> Schedule | None:
    try:
        return run(plan, grant, day, recorded, reading).schedule
    except (Unschedulable, UnsupportedTerms):
        return None


COUNTS: Counter[str] = Counter()


@seed(20_401)
@settings(max_examples=TERMS, deadline=None, derandomize=False, database=None, suppress_health_check=list(HealthCheck))
@given(vesting_terms(maximum=5, maximum_recorded=3), st.data())
def compare_on_random_inputs(terms: dict[str, Any], data: st.DataObject) -> None:
    plan = plan_of(terms)
    subject, overdue, over_vesting = decided(terms)
    answers = {(each.ambiguity.key, each.second): each for each in compare_readings(subject, overdue, over_vesting)}
    inputs = [
        (data.draw(recorded_days(plan)), data.draw(grants()), data.draw(st.sampled_from([0, 0, 31, 70])))
        for _ in range(INPUTS)
    ]
    for (key, second), comparison in answers.items():
        other = dataclasses.replace(DEFAULT_READING, **{key: type(getattr(DEFAULT_READING, key))(second)})
        found = comparison.outcome
        COUNTS[f"{key} {type(found).__name__ if isinstance(found, Difference) else found.verdict}"] += 1
        if isinstance(found, Agreement) and "VV301" in found.reason:
            COUNTS["open because too much vests"] += 1
        if isinstance(found, Difference):
            both = [
                schedule(plan, found.recorded, found.grant, found.grant_day, each) for each in (DEFAULT_READING, other)
            ]
            assert both == [found.first, found.second]
            case = case_of(subject, found.recorded, found.grant, found.grant_day)
            read = load("case", json.dumps(case).encode()).case
            assert read is not None
            assert read.case is not None
            assert schedule_of(read.case, DEFAULT_READING) == found.first
            assert found.first.vested(found.day - 1) == found.second.vested(found.day - 1)
            assert found.quantities[0] != found.quantities[1]
        elif found.verdict is Verdict.PROVED:
            for recorded, grant, delay in inputs:
                day = min(recorded.values(), default=parse_day("2023-12-29")) + delay
                first = schedule(plan, recorded, grant, day, DEFAULT_READING)
                assert first == schedule(plan, recorded, grant, day, other), (key, second, found.reason)


def test_where_readings_agree_no_input_tells_them_apart_and_where_not_the_engine_does() -> None:
    COUNTS.clear()
    compare_on_random_inputs()
    keys = {ambiguity.key for ambiguity in AMBIGUITIES} - {"roots"}
    for key in sorted(keys):
        assert COUNTS[f"{key} proved"] >= 3, (key, COUNTS)
    # Terms that touch some questions are rare among random ones; each has terms of its own below.
    assert sum(1 for key in keys if COUNTS[f"{key} Difference"]) >= 6, COUNTS
    undecided = sum(count for words, count in COUNTS.items() if words.endswith("open"))
    undecided -= COUNTS["open because too much vests"]
    assert undecided <= 0.08 * sum(COUNTS.values()), COUNTS


def test_every_key_of_the_contract_is_compared_or_named_in_the_assumptions() -> None:
    compared_keys = {ambiguity.key for ambiguity in AMBIGUITIES}
    left_out = {"siblings", "source", "acceleration", "retraction", "duplicate_start"}
    assert compared_keys | left_out == set(reading_choices())
    result = vestverify.check_terms(terms_of(start(**share(1))))
    vv401 = next(each for each in result.properties if each.code == "VV401")
    assert all(key in " ".join(vv401.assumptions) for key in left_out - {"siblings"})


MONTHLY = (start("monthly"), condition("monthly", months("start", 1, 12), **share(12)))
YEARLY = (start("yearly"), condition("yearly", months("start", 12, 3), **share(3)))
SIX_YEARS = (
    start("first"),
    condition("first", months("start", 12, 2), "second", **share(4)),
    condition("second", months("first", 12, 2), **share(4)),
)
EXPIRING = (
    start("listing", "too-late"),
    event("listing", "sale", "expired", **share(2)),
    condition("too-late", months("start", 24)),
    event("sale", **share(2)),
    condition("expired", months("listing", 6)),
)


@pytest.mark.parametrize(
    ("key", "second", "differ", "agree"),
    [
        ("roots", "all", (event("one", **share(2)), event("two", **share(2))), MONTHLY),
        (
            "leave_periodic",
            "on-next",
            (
                start("monthly"),
                condition("monthly", months("start", 1, 12), "sale", **share(24)),
                event("sale", **share(2)),
            ),
            SIX_YEARS,
        ),
        (
            "leave_periodic",
            "overlap",
            (
                start("monthly"),
                condition("monthly", months("start", 1, 12), "sale", **share(24)),
                event("sale", **share(2)),
            ),
            SIX_YEARS,
        ),
        ("stepping", "from-previous", MONTHLY, YEARLY),
        (
            "first_fixed_day",
            "on-or-after",
            (start("monthly"), condition("monthly", months("start", 1, 12, "15"), **share(12))),
            (start("monthly"), condition("monthly", months("start", 1, 12, "31_OR_LAST_DAY_OF_MONTH"), **share(12))),
        ),
        ("anchor_day", "reference", EXPIRING, MONTHLY),
        ("periodic_reference", "first", SIX_YEARS, MONTHLY),
        (
            "early_event",
            "ignored",
            EXPIRING,
            (event("sale", "monthly"), condition("monthly", months("sale", 1, 12), **share(12))),
        ),
        (
            "catch_up",
            "next-tranche",
            (start("sale"), event("sale", "monthly"), condition("monthly", months("start", 1, 12), **share(12))),
            SIX_YEARS,
        ),
        (
            "remainder_basis",
            "on-entry",
            (start("monthly"), condition("monthly", months("start", 1, 2), **share(2, remainder=True))),
            (start("monthly"), condition("monthly", months("start", 1), **share(2, remainder=True))),
        ),
        ("allocation_scope", "condition", SIX_YEARS, MONTHLY),
        (
            "grant_catch_up",
            "next-tranche",
            MONTHLY,
            (start("anniversary"), condition("anniversary", months("start", 12), **share(1))),
        ),
    ],
)
def test_each_ambiguity_has_terms_that_touch_it_and_terms_that_do_not(
    key: str, second: str, differ: tuple[dict[str, Any], ...], agree: tuple[dict[str, Any], ...]
) -> None:
    found = outcome(terms_of(*differ), key, second)
    assert isinstance(found, Difference), found
    same = outcome(terms_of(*agree), key, second)
    assert isinstance(same, Agreement)
    assert same.verdict is Verdict.PROVED


def test_a_difference_that_only_an_event_between_two_expiries_shows_is_found() -> None:
    found = outcome(terms_of(*EXPIRING), "anchor_day")
    assert isinstance(found, Difference)
    places = {each["id"]: place for place, each in enumerate(EXPIRING)}
    # The sale comes after the expiry that one reading sees, and before or on the one that the other sees.
    assert found.recorded[places["sale"]] > found.recorded[places["listing"]]
    assert found.quantities != (0, 0)


def test_dates_that_no_input_tells_apart_are_proved_alike_by_the_solver() -> None:
    # The condition counted from the event vests nothing and nothing competes with it.
    harmless = terms_of(
        start("listing"),
        event("listing", "note", **share(1)),
        condition("note", months("listing", 6)),
    )
    same = outcome(harmless, "anchor_day")
    assert isinstance(same, Agreement)
    assert (same.verdict, same.method) == (Verdict.PROVED, Method.SMT)


def test_roundings_are_compared_for_every_residue_of_the_grant() -> None:
    rest = (start("ten"), event("ten", "rest", quantity="10"), event("rest", **share(1, remainder=True)))
    alike = outcome(terms_of(*rest), "allocation_scope")
    assert isinstance(alike, Agreement)
    assert (alike.verdict, alike.method) == (Verdict.PROVED, Method.EXHAUSTIVE)
    halves = (start("one"), event("one", "two", **share(2)), event("two", **share(2)))
    assert isinstance(outcome(terms_of(*halves), "allocation_scope"), Difference)


def test_the_reading_of_the_run_is_the_one_that_others_are_compared_with() -> None:
    found = compared(terms_of(*MONTHLY), reading_from({"stepping": "from-previous"}))
    assert found["stepping", "from-base"].first == "from-previous"
    assert isinstance(found["stepping", "from-base"].outcome, Difference)


@pytest.mark.parametrize("length", [1, 2, 6, 12, 24, 48])
@pytest.mark.parametrize("occurrences", [1, 2, 4])
def test_stepping_from_the_date_before_can_drift_exactly_where_the_calendar_says_so(
    length: int, occurrences: int
) -> None:
    plan = plan_of(
        terms_of(start("block"), condition("block", months("start", length, occurrences), **share(occurrences)))
    )
    other = reading_from({"stepping": "from-previous"})
    month_ends = [day_in_month(month, wanted) for month in range(2093 * 12, 2105 * 12) for wanted in (29, 30, 31)]
    differs = any(
        run(plan, Fraction(60), day, {0: day}, DEFAULT_READING).schedule
        != run(plan, Fraction(60), day, {0: day}, other).schedule
        for day in month_ends
    )
    assert can_drift(length, occurrences, on_its_own_day=True) is differs


def test_the_finding_names_the_readings_the_first_date_and_both_amounts() -> None:
    result = vestverify.check_terms(terms_of(*MONTHLY))
    found = next(each for each in result.findings if each.code == "VV401")
    assert found.facts["readings"] == {"key": "stepping", "values": ["from-base", "from-previous"]}
    assert found.counterexample is not None
    case = load("c", json.dumps(found.counterexample.case).encode()).case
    assert case is not None
    assert case.case is not None
    first = schedule_of(case.case, DEFAULT_READING)
    second = schedule_of(case.case, reading_from({"stepping": "from-previous"}))
    day = parse_day(found.facts["date"])
    amounts = [sum(row.shares for row in each.installments if row.day == day) for each in (first, second)]
    assert [str(each) for each in amounts] == found.facts["quantities"]
    assert first.vested(day - 1) == second.vested(day - 1)
    rows = [{"date": row["date"], "quantity": row["quantity"]} for row in found.facts["other_schedule"]]
    assert sum(Fraction(row["quantity"]) for row in rows) == second.total


def test_terms_on_which_all_readings_agree_are_proved() -> None:
    terms = terms_of(start("anniversary"), condition("anniversary", months("start", 12), **share(1)))
    result = next(each for each in vestverify.check_terms(terms).properties if each.code == "VV401")
    assert result.verdict is Verdict.PROVED


def test_terms_that_vest_too_much_are_compared_as_far_as_their_schedules_stand() -> None:
    too_much = terms_of(start("monthly"), condition("monthly", months("start", 1, 13), **share(12)))
    result = next(each for each in vestverify.check_terms(too_much).properties if each.code == "VV401")
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert "VV301" in result.reason
