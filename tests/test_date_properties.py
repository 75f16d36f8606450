"""VV202, VV203 and VV204: dates that meet, that have passed, and that cannot be written."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import BASE, WITHOUT_READINGS, vesting_terms

import vestverify
from vestverify.date_range import latest_days
from vestverify.documents import load
from vestverify.engine.case import schedule_of
from vestverify.engine.execution import execute
from vestverify.engine.plan import Event, Plan, Portion, Start, compile_terms
from vestverify.engine.reading import DEFAULT_READING, reading_from
from vestverify.engine.schedule import Unschedulable
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.results import Finding, Method, PropertyResult, Severity, TermsResult, Verdict
from vestverify.search import LAST_DAY, Search
from vestverify.solver import DEFAULT_RLIMIT, Allowance
from vestverify.subject import Subject

#: Long enough that every order of starts, events, absolute dates and short periods occurs in it.
WINDOW = range(-9, 20)
TERMS = 150

START_DAY = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"


def inputs(plan: Plan) -> Iterator[dict[int, int]]:
    """Every choice of days of the window, or never, for all starts and events."""
    places = [place for place, each in enumerate(plan.conditions) if isinstance(each.trigger, Start | Event)]
    days = [None, *(BASE.toordinal() + offset for offset in WINDOW)]
    for chosen in itertools.product(days, repeat=len(places)):
        yield {place: day for place, day in zip(places, chosen, strict=True) if day is not None}


def overdue_in_the_window(plan: Plan) -> set[str]:
    found = set()
    for recorded in inputs(plan):
        for entry in execute(plan, recorded, DEFAULT_READING):
            condition = plan.conditions[entry.place]
            waits = isinstance(condition.trigger, Start | Event)
            if condition.vests and not waits and entry.own.day(1) < entry.entered:
                found.add(condition.id)
    return found


def what_vests(plan: Plan, place: int) -> tuple[Any, ...]:
    """What of a condition is compared: its amounts, and whether the path goes on."""
    condition = plan.conditions[place]
    amount = condition.amount
    value = (amount.ratio, amount.remainder) if isinstance(amount, Portion) else (amount.shares,)
    return (bool(condition.following), (type(amount), value, condition.occurrences) if condition.vests else None)


def with_sibling_moved(plan: Plan, origin: int | None, place: int, before: int) -> Plan:
    """The same plan with one of the conditions after ``origin`` listed right before another."""
    listed = list(plan.initial if origin is None else plan.conditions[origin].following)
    listed.remove(place)
    listed.insert(listed.index(before), place)
    if origin is None:
        return dataclasses.replace(plan, initial=tuple(listed))
    changed = dataclasses.replace(plan.conditions[origin], following=tuple(listed))
    return dataclasses.replace(plan, conditions=(*plan.conditions[:origin], changed, *plan.conditions[origin + 1 :]))


def decided_by_order_in_the_window(plan: Plan, never: set[str]) -> set[str | None]:
    """After which conditions an execution goes elsewhere once two siblings change places."""
    found: set[str | None] = set()
    origins: list[int | None] = [None, *range(len(plan.conditions))]
    for origin in origins:
        siblings = plan.initial if origin is None else plan.conditions[origin].following
        pairs = [
            (first, later)
            for first, later in itertools.combinations(siblings, 2)
            if plan.conditions[later].id not in never and what_vests(plan, first) != what_vests(plan, later)
        ]
        moved = {(first, later): with_sibling_moved(plan, origin, later, first) for first, later in pairs}
        for recorded in inputs(plan) if pairs else ():
            entries = execute(plan, recorded, DEFAULT_READING)
            taken = next((entry.place for entry in entries if entry.parent == origin), None)
            if any(
                first == taken
                and any(
                    (entry.place, entry.parent) == (later, origin)
                    for entry in execute(moved[first, later], recorded, DEFAULT_READING)
                )
                for first, later in pairs
            ):
                found.add(None if origin is None else plan.conditions[origin].id)
                break
    return found


def verdicts(result: TermsResult) -> dict[str, Verdict]:
    return {each.code: each.verdict for each in result.properties}


def test_ties_and_overdue_conditions_are_those_that_brute_force_over_a_window_of_dates_finds() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=2))
        plan = compile_terms(VestingTerms.model_validate(raw))
        result = vestverify.check_terms(raw, codes=WITHOUT_READINGS)
        decided = verdicts(result)
        never = {found.condition_ids[0] for found in result.findings if found.code == "VV201"}
        overdue = {found.facts["condition"] for found in result.findings if found.code == "VV203"}
        ties = {found.facts["after"] for found in result.findings if found.code == "VV202"}
        assert overdue == overdue_in_the_window(plan)
        assert ties == decided_by_order_in_the_window(plan, never)
        assert decided["VV203"] is (Verdict.REFUTED if overdue else Verdict.PROVED)
        assert decided["VV202"] is (Verdict.REFUTED if ties else Verdict.PROVED)
        assert decided["VV204"] is Verdict.PROVED
        for each in result.properties:
            seen[f"{each.code} {each.verdict}"] += 1
            seen[f"{each.code} {each.method}"] += 1

    agree()
    wanted = [f"{code} {verdict}" for code in ("VV202", "VV203") for verdict in ("proved", "refuted", "structural")]
    assert [outcome for outcome in wanted if seen[outcome] < TERMS * 0.05] == []
    assert seen["VV203 smt"] > 0


@pytest.mark.parametrize("choices", [{}, {"periodic_reference": "first", "early_event": "ignored"}])
def test_the_last_days_of_random_executions_keep_to_their_bounds(choices: dict[str, str]) -> None:
    reading = reading_from(choices)

    @settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def keep(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms())
        plan = compile_terms(VestingTerms.model_validate(raw))
        subject = Subject(raw, plan, reading, "", "", DEFAULT_RLIMIT, Search(plan, reading), Allowance(DEFAULT_RLIMIT))
        limits = latest_days(subject)
        for start in (LAST_DAY, BASE.toordinal(), LAST_DAY - 59):
            recorded = {
                place: min(LAST_DAY, start + data.draw(st.sampled_from([0, 1, 31, 700])))
                for place, each in enumerate(plan.conditions)
                if isinstance(each.trigger, Start | Event)
            }
            for entry in execute(plan, recorded, reading):
                assert max(entry.entered, entry.own.day(entry.own.count)) <= limits[entry.place]

    keep()


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"periodic_reference": "first", "stepping": "from-previous", "anchor_day": "reference"},
        {"leave_periodic": "overlap", "early_event": "ignored", "first_fixed_day": "on-or-after"},
    ],
    ids=["default", "engines", "others"],
)
def test_no_random_execution_in_months_shows_what_was_proved_never_to_happen(choices: dict[str, str]) -> None:
    reading = reading_from(choices)
    seen: Counter[str] = Counter()

    @settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms(maximum=5, maximum_recorded=3))
        plan = compile_terms(VestingTerms.model_validate(raw))
        result = vestverify.check_terms(raw, reading=choices, codes=WITHOUT_READINGS)
        overdue = {found.facts["condition"] for found in result.findings if found.code == "VV203"}
        seen.update(f"{each.code} {each.verdict}" for each in result.properties)
        if verdicts(result)["VV203"] is Verdict.OPEN:
            return
        chosen = Random(data.draw(st.integers(0, 2**16)))
        recorded_places = [
            place for place, each in enumerate(plan.conditions) if isinstance(each.trigger, Start | Event)
        ]
        for _ in range(150):
            recorded = {
                place: BASE.toordinal() + chosen.choice([-400, -29, 0, 0, 1, 2, 3, 31, 33, 62, 63, 64, 93, 398, 900])
                for place in recorded_places
                if chosen.random() < 0.9
            }
            for entry in execute(plan, recorded, reading):
                condition = plan.conditions[entry.place]
                if condition.vests and not isinstance(condition.trigger, Start | Event):
                    assert entry.own.day(1) >= entry.entered or condition.id in overdue

    hold()
    assert seen["VV203 proved"] > 20
    assert seen["VV203 refuted"] > 10
    assert seen["VV203 open"] + seen["VV202 open"] + seen["VV204 open"] <= 3


def relative(
    identifier: str, reference: str, length: int, following: list[str], unit: str = "MONTHS", **more: Any
) -> dict[str, Any]:
    period = {"type": unit, "length": length, "occurrences": more.pop("occurrences", 1)}
    if unit == "MONTHS":
        period["day_of_month"] = more.pop("day_of_month", START_DAY)
    trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": following, **more}


def condition(identifier: str, kind: str, following: list[str], **more: Any) -> dict[str, Any]:
    trigger = {"type": kind}
    if kind == "VESTING_SCHEDULE_ABSOLUTE":
        trigger["date"] = more.pop("date")
    return {"id": identifier, "trigger": trigger, "next_condition_ids": following, **more}


def start(following: list[str]) -> dict[str, Any]:
    return condition("start", "VESTING_START_DATE", following, quantity="0")


def event(identifier: str, following: list[str], **more: Any) -> dict[str, Any]:
    return condition(identifier, "VESTING_EVENT", following, **more)


def portion(numerator: int, denominator: int) -> dict[str, str]:
    return {"numerator": str(numerator), "denominator": str(denominator)}


def check(
    *conditions: dict[str, Any], reading: dict[str, str] | None = None, rlimit: int = DEFAULT_RLIMIT
) -> TermsResult:
    raw = {
        "id": "dates",
        "object_type": "VESTING_TERMS",
        "name": "dates",
        "description": "dates",
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": list(conditions),
    }
    return vestverify.check_terms(raw, reading=reading or {}, rlimit=rlimit)


def decided(result: TermsResult, code: str) -> PropertyResult:
    return next(each for each in result.properties if each.code == code)


def findings(result: TermsResult, code: str) -> list[Finding]:
    return [each for each in result.findings if each.code == code]


def test_moving_a_start_by_thousands_of_years_to_meet_a_date_stays_within_the_inputs() -> None:
    result = check(
        event("first", ["fixed", "far"], quantity="7"),
        condition("fixed", "VESTING_SCHEDULE_ABSOLUTE", ["rest"], date="2025-02-01", portion=portion(1, 5)),
        event("rest", [], portion={**portion(1, 1), "remainder": True}),
        relative("far", "first", 45_000, ["after"], occurrences=5, day_of_month="28", quantity="7"),
        relative("after", "far", 30, [], unit="DAYS", occurrences=5, portion=portion(1, 25)),
        rlimit=2_000,
    )
    # With few resource units the search goes on where the solver would have ended it.
    assert decided(result, "VV202").verdict is Verdict.OPEN
    assert "budget" in decided(result, "VV202").reason


def test_a_period_of_thousands_of_years_is_refuted_by_a_case_that_the_engine_refuses() -> None:
    result = check(start(["late"]), relative("late", "start", 12_000, [], occurrences=10, portion=portion(1, 10)))
    (found,) = findings(result, "VV204")
    assert (found.severity, found.condition_ids) == (Severity.ERROR, ("late",))
    assert found.facts["years"] == 10_000
    assert found.counterexample is not None
    assert found.counterexample.schedule == ()
    document = load("case.json", json.dumps(found.counterexample.case).encode())
    assert document.case is not None
    assert document.case.case is not None
    with pytest.raises(Unschedulable) as refused:
        schedule_of(document.case.case, DEFAULT_READING)
    assert [(defect.code, defect.condition_id) for defect in refused.value.defects] == [("VV204", "late")]


@pytest.mark.parametrize(("months", "verdict"), [(93_588, Verdict.PROVED), (93_600, Verdict.REFUTED)])
def test_the_last_date_that_can_be_written_is_the_boundary(months: int, verdict: Verdict) -> None:
    # From 2200-12-31, 7799 years are 9999-12-31.
    result = check(start(["late"]), relative("late", "start", months, [], portion=portion(1, 1)))
    assert decided(result, "VV204").verdict is Verdict.REFUTED
    severities = {found.severity for found in findings(result, "VV204")}
    assert severities == {Severity.ERROR if verdict is Verdict.REFUTED else Severity.WARNING}
    assert decided(result, "VV204").severity in severities


def test_a_chain_of_periods_names_the_one_with_which_dates_run_out() -> None:
    chain = [
        relative(f"part-{number}", "start" if number == 0 else f"part-{number - 1}", 1_200, [f"part-{number + 1}"])
        | {"portion": portion(1, 90)}
        for number in range(90)
    ]
    chain[-1]["next_condition_ids"] = []
    result = check(start(["part-0"]), *chain)
    (found,) = findings(result, "VV204")
    assert found.condition_ids == ("part-79",)
    assert found.severity is Severity.ERROR


def test_dates_that_run_out_where_nothing_vests_are_no_finding() -> None:
    result = check(
        start(["sale", "lapse"]),
        event("sale", [], portion=portion(1, 1)),
        relative("lapse", "start", 120_000, [], quantity="0"),
    )
    assert (decided(result, "VV204").verdict, decided(result, "VV204").method) == (Verdict.PROVED, Method.STRUCTURAL)


def test_dates_that_run_out_only_on_a_way_that_is_never_taken_are_no_finding() -> None:
    """After thousands of years the grant has lapsed, so that the bound over paths of edges is not reached."""
    result = check(
        start(["sale", "wait"]),
        event("sale", ["bonus"], portion=portion(1, 2)),
        relative("wait", "start", 120_000, ["lapse", "bonus"], quantity="0"),
        relative("lapse", "start", 6, [], quantity="0"),
        relative("bonus", "start", 12, [], portion=portion(1, 2)),
    )
    assert (decided(result, "VV204").verdict, decided(result, "VV204").method) == (Verdict.PROVED, Method.SMT)


@pytest.mark.parametrize(
    ("unit", "length", "occurrences", "years"),
    [
        ("MONTHS", 1, 1_200, None),
        ("MONTHS", 1, 1_201, 100),
        ("MONTHS", 1, 1_461, 121),
        ("DAYS", 365, 100, None),
        ("DAYS", 36_525, 1, None),
        ("DAYS", 36_526, 1, 100),
    ],
)
def test_a_last_installment_after_more_than_a_hundred_years_is_a_warning(
    unit: str, length: int, occurrences: int, years: int | None
) -> None:
    block = relative("block", "start", length, [], unit, occurrences=occurrences, portion=portion(1, occurrences))
    result = check(start(["block"]), block)
    assert [(found.severity, found.facts) for found in findings(result, "VV204")] == (
        [] if years is None else [(Severity.WARNING, {"years": years})]
    )
    if years is not None:
        assert decided(result, "VV204").severity is Severity.WARNING
        (found,) = findings(result, "VV204")
        assert found.counterexample is not None
        assert len(found.counterexample.schedule) == occurrences


def test_a_block_counted_from_the_start_after_an_event_can_be_overdue() -> None:
    result = check(
        start(["liquidity"]),
        event("liquidity", ["block"], quantity="0"),
        relative("block", "start", 1, [], occurrences=48, portion=portion(1, 48)),
    )
    (found,) = findings(result, "VV203")
    assert found.severity is Severity.INFO
    assert found.facts == {
        "condition": "block",
        "after": "liquidity",
        "own_date": "2025-02-01",
        "entered": "2025-02-02",
    }
    assert found.counterexample is not None
    assert found.counterexample.schedule[0]["date"] == "2025-02-02"


def test_a_cliff_and_what_is_counted_from_the_start_after_it_are_not_overdue() -> None:
    result = check(
        start(["first-year"]),
        relative("first-year", "start", 12, ["second-year"], portion=portion(1, 2)),
        relative("second-year", "start", 24, [], portion=portion(1, 2)),
    )
    assert (decided(result, "VV203").verdict, decided(result, "VV203").method) == (Verdict.PROVED, Method.STRUCTURAL)


def test_a_block_counted_from_the_start_that_follows_a_longer_one_is_overdue() -> None:
    result = check(
        start(["years"]),
        relative("years", "start", 12, ["month"], occurrences=2, portion=portion(1, 4)),
        relative("month", "start", 23, [], portion=portion(1, 2)),
    )
    assert [found.condition_ids for found in findings(result, "VV203")] == [("month",)]


def test_a_date_counted_in_days_is_compared_with_one_in_months_by_the_calendar() -> None:
    """365 days after the start never come after twelve months; 366 do where no leap day lies between."""
    for days, verdict in ((364, Verdict.PROVED), (365, Verdict.PROVED), (366, Verdict.REFUTED)):
        result = check(
            start(["days"]),
            relative("days", "start", days, ["year"], "DAYS", portion=portion(1, 2)),
            relative("year", "start", 12, [], portion=portion(1, 2)),
        )
        assert decided(result, "VV203").verdict is verdict, days


def test_a_date_in_the_document_can_have_passed_when_vesting_starts() -> None:
    result = check(
        start(["date"]), condition("date", "VESTING_SCHEDULE_ABSOLUTE", [], date="2026-03-01", portion=portion(1, 1))
    )
    (found,) = findings(result, "VV203")
    assert (found.facts["own_date"], found.facts["entered"]) == ("2026-03-01", "2026-03-02")


def test_an_event_on_the_day_of_a_lapse_is_decided_by_order() -> None:
    result = check(
        start(["sale", "lapse"]),
        event("sale", [], portion=portion(1, 1)),
        relative("lapse", "start", 84, [], quantity="0"),
    )
    (found,) = findings(result, "VV202")
    assert found.severity is Severity.INFO
    assert found.condition_ids == ("sale", "lapse")
    assert found.facts == {"after": "start", "first": "sale", "instead_of": "lapse", "date": "2032-01-01"}
    assert found.counterexample is not None
    assert found.counterexample.schedule == ({"date": "2032-01-01", "quantity": "100"},)


def test_siblings_of_equal_amounts_are_no_tie() -> None:
    result = check(
        start(["sale", "date"]),
        event("sale", [], portion=portion(1, 1)),
        relative("date", "start", 12, [], portion=portion(1, 1)),
    )
    assert (decided(result, "VV202").verdict, decided(result, "VV202").method) == (Verdict.PROVED, Method.STRUCTURAL)


def test_dates_counted_from_the_start_in_different_units_tie_where_the_calendar_lets_them() -> None:
    # Beyond, one of the two always comes first (VV201).
    for days, verdict in ((27, Verdict.PROVED), (28, Verdict.REFUTED), (30, Verdict.REFUTED), (31, Verdict.PROVED)):
        result = check(
            start(["month", "days"]),
            relative("days", "start", days, [], "DAYS", portion=portion(1, 1)),
            relative("month", "start", 1, [], quantity="0"),
        )
        assert decided(result, "VV202").verdict is verdict, days


def test_a_relative_date_ties_with_one_in_the_document() -> None:
    result = check(
        start(["date", "year"]),
        condition("date", "VESTING_SCHEDULE_ABSOLUTE", [], date="2033-08-31", portion=portion(1, 1)),
        relative("year", "start", 12, [], quantity="0"),
    )
    (found,) = findings(result, "VV202")
    assert found.facts["first"] == "date"
    assert found.counterexample is not None


def test_siblings_that_are_both_overdue_tie_on_the_day_on_which_their_parent_is_left() -> None:
    result = check(
        start(["sale"]),
        event("sale", ["two-years", "year"], quantity="0"),
        relative("two-years", "start", 24, [], portion=portion(1, 2)),
        relative("year", "start", 12, [], portion=portion(1, 1)),
    )
    (found,) = findings(result, "VV202")
    assert (found.facts["after"], found.facts["first"]) == ("sale", "two-years")
    assert found.facts["date"] == "2027-01-01"


def test_questions_about_dates_take_from_the_one_allowance_of_the_terms() -> None:
    result = vestverify.check_terms(
        {
            "id": "dates",
            "object_type": "VESTING_TERMS",
            "name": "dates",
            "description": "dates",
            "allocation_type": "CUMULATIVE_ROUND_DOWN",
            "vesting_conditions": [
                start(["days"]),
                relative("days", "start", 365, ["year"], "DAYS", portion=portion(1, 2)),
                relative("year", "start", 12, [], portion=portion(1, 2)),
            ],
        },
        rlimit=1,
    )
    assert decided(result, "VV203").verdict in (Verdict.OPEN, Verdict.NOT_APPLICABLE)


def test_order_decides_nothing_between_siblings_that_are_independent() -> None:
    conditions = [
        start(["sale", "lapse"]),
        event("sale", [], portion=portion(1, 1)),
        relative("lapse", "start", 84, [], quantity="0"),
    ]
    assert decided(check(*conditions), "VV202").verdict is Verdict.REFUTED
    result = check(*conditions, reading={"siblings": "independent"})
    assert {decided(result, code).verdict for code in ("VV202", "VV203", "VV204")} == {Verdict.PROVED}


def test_readings_whose_executions_are_not_single_paths_are_open() -> None:
    result = check(
        start(["sale"]),
        event("bonus", [], portion=portion(1, 2)),
        event("sale", [], portion=portion(1, 2)),
        reading={"roots": "all"},
    )
    assert {code: decided(result, code).verdict for code in ("VV202", "VV203", "VV204")} == {
        "VV202": Verdict.OPEN,
        "VV203": Verdict.OPEN,
        "VV204": Verdict.PROVED,
    }
