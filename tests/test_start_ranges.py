"""The start dates for which conditions can be entered, against the engine run for every start of a window."""

from __future__ import annotations

import datetime
import itertools
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import BASE, vesting_terms

from vestverify.check import CheckOptions, check_document
from vestverify.days_from_start import (
    START,
    Counted,
    Day,
    DayOfMonth,
    Fixed,
    in_month,
    is_before,
    later_by_days,
    latest_of,
    latest_value,
    value,
)
from vestverify.documents import load
from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.execution import execute
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.entering import decide_entering
from vestverify.reports import json_report, text_report
from vestverify.results import Method, RunResult, Verdict
from vestverify.search import FIRST_DAY, LAST_DAY, Search
from vestverify.solver import DEFAULT_RLIMIT, Allowance
from vestverify.start_ranges import (
    ALL_STARTS,
    MAXIMUM_RANGES,
    StartDates,
    start_date_lines,
    start_dates_in_words,
    start_ranges,
)
from vestverify.subject import Subject

TERMS = 150


def subject_of(raw: dict[str, Any], reading: Reading | None = None) -> Subject:
    """Terms of which it is decided which conditions can be entered."""
    reading = reading_from("default") if reading is None else reading
    plan = compile_terms(VestingTerms.model_validate(raw))
    subject = Subject(
        raw=raw,
        plan=plan,
        reading=reading,
        pointer="",
        conditions_pointer="/vesting_conditions",
        rlimit=DEFAULT_RLIMIT,
        search=Search(plan, reading),
        allowance=Allowance(DEFAULT_RLIMIT),
    )
    decide_entering(subject)
    return subject


def found_by_id(subject: Subject, *, thorough: bool = False) -> dict[str, StartDates]:
    found = start_ranges(subject, thorough=thorough)
    assert found.reason == ""
    return {subject.id_of(each.place): each for each in found.conditions}


def terms(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "terms",
        "object_type": "VESTING_TERMS",
        "name": "terms",
        "description": "terms",
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": list(conditions),
    }


def condition(name: str, trigger: dict[str, Any], *following: str) -> dict[str, Any]:
    return {"id": name, "quantity": "1", "trigger": trigger, "next_condition_ids": list(following)}


def start(*following: str) -> dict[str, Any]:
    return condition("start", {"type": "VESTING_START_DATE"}, *following)


def event(name: str, *following: str) -> dict[str, Any]:
    return condition(name, {"type": "VESTING_EVENT"}, *following)


def on(name: str, date: str, *following: str) -> dict[str, Any]:
    return condition(name, {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": date}, *following)


def after(name: str, reference: str, length: int, unit: str, *following: str, **period: Any) -> dict[str, Any]:
    written = {"type": unit, "length": length, "occurrences": 1, **period}
    if unit == "MONTHS":
        written.setdefault("day_of_month", "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH")
    trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": written, "relative_to_condition_id": reference}
    return condition(name, trigger, *following)


EXPIRING = terms(
    start("relative-expiration", "absolute-expiration", "sale"),
    after("relative-expiration", "start", 36, "MONTHS"),
    on("absolute-expiration", "2025-01-01"),
    event("sale"),
)


def written(found: StartDates) -> list[tuple[str, str]]:
    return [(format_day(low), format_day(high)) for low, high in found.ranges]


@pytest.mark.parametrize("thorough", [False, True])
def test_of_two_expirations_the_start_decides_which_comes_first(thorough: bool) -> None:
    found = found_by_id(subject_of(EXPIRING), thorough=thorough)
    assert written(found["absolute-expiration"]) == [("2022-01-02", "2200-12-31")]
    assert written(found["relative-expiration"]) == [("1900-01-01", "2022-01-01")]
    assert written(found["sale"]) == [("1900-01-01", "2024-12-31")]
    assert found["start"].ranges == ALL_STARTS
    assert {each.verdict for each in found.values()} == {Verdict.PROVED}
    assert found["sale"].method is (Method.SMT if thorough else Method.STRUCTURAL)


def test_the_remark_names_the_conditions_that_only_some_starts_lead_to() -> None:
    subject = subject_of(EXPIRING)
    assert start_dates_in_words(subject, start_ranges(subject)) == (
        "'relative-expiration' up to 2022-01-01; 'absolute-expiration' from 2022-01-02; 'sale' up to 2024-12-31"
    )
    assert start_date_lines(subject)[:2] == (
        "'start': every start (structural)",
        "'relative-expiration': up to 2022-01-01, no other start (smt)",
    )


def test_terms_of_which_every_condition_can_be_entered_for_every_start_need_no_remark() -> None:
    subject = subject_of(
        terms(
            start("cliff"),
            after("cliff", "start", 12, "MONTHS", "monthly"),
            after("monthly", "cliff", 1, "MONTHS", occurrences=36),
        )
    )
    assert start_dates_in_words(subject, start_ranges(subject)) == ""
    assert {each.method for each in start_ranges(subject).conditions} == {Method.STRUCTURAL}


def test_an_event_that_must_come_late_enough_is_found_with_the_help_of_the_solver() -> None:
    # 'fixed' comes before 'delayed' where the event comes less than a month before it, or later.
    subject = subject_of(
        terms(
            start("event", "expired"),
            event("event", "delayed", "fixed"),
            after("delayed", "event", 1, "MONTHS"),
            on("fixed", "2025-01-01"),
            on("expired", "2024-11-15"),
        )
    )
    found = found_by_id(subject, thorough=True)
    assert written(found["fixed"]) == [("2024-12-02", "2200-12-31")]
    assert found["fixed"].method is Method.SMT
    assert written(found["delayed"]) == [("1900-01-01", "2024-12-01")]
    assert found["expired"].ranges == ALL_STARTS


def test_an_event_on_a_date_of_its_own_leads_to_what_an_event_at_once_does_not() -> None:
    subject = subject_of(
        terms(
            start("event"),
            event("event", "delayed", "fixed"),
            after("delayed", "event", 1, "MONTHS"),
            on("fixed", "2025-01-01"),
        )
    )
    for thorough in (False, True):
        found = found_by_id(subject, thorough=thorough)
        assert found["fixed"].ranges == ALL_STARTS
        assert written(found["delayed"]) == [("1900-01-01", "2024-12-01")]


def test_the_last_starts_are_not_left_out_because_events_come_after_them() -> None:
    subject = subject_of(
        terms(
            start("event"),
            event("event", "year", "month"),
            after("year", "start", 12, "MONTHS"),
            after("month", "event", 1, "MONTHS"),
        )
    )
    for thorough in (False, True):
        assert {each.is_every_start for each in start_ranges(subject, thorough=thorough).conditions} == {True}


def alternating() -> dict[str, Any]:
    return terms(start("month", "days"), after("month", "start", 1, "MONTHS"), after("days", "start", 30, "DAYS"))


def test_what_alternates_too_often_is_open_and_run_day_by_day_in_the_detailed_view() -> None:
    subject = subject_of(alternating())
    remark = found_by_id(subject)
    assert {remark[name].verdict for name in ("month", "days")} == {Verdict.OPEN}
    assert start_dates_in_words(subject, start_ranges(subject)) == "not decided for 'month', 'days'"
    found = found_by_id(subject, thorough=True)
    plan = subject.plan
    expected: dict[int, list[int]] = defaultdict(list)
    for day in range(FIRST_DAY, parse_day("1912-01-01")):
        expected[execute(plan, {0: day}, subject.reading)[1].place].append(day)
    for place, name in ((1, "month"), (2, "days")):
        assert found[name].verdict is Verdict.PROVED
        assert found[name].method is Method.EXHAUSTIVE
        assert len(found[name].ranges) == MAXIMUM_RANGES
        assert found[name].further > 1_000
        listed = [day for low, high in found[name].ranges for day in range(low, high + 1)]
        assert listed == [day for day in expected[place] if day <= listed[-1]]


def test_what_depends_on_the_day_of_the_month_alone_is_told_without_running_days() -> None:
    # A year is never shorter than 365 days, and the tie goes to the one listed first.
    subject = subject_of(
        terms(start("days", "year"), after("days", "start", 365, "DAYS"), after("year", "start", 12, "MONTHS"))
    )
    found = found_by_id(subject)
    assert list(found) == ["start", "days"]
    assert found["days"].ranges == ALL_STARTS


def test_there_is_nothing_to_range_over_where_nothing_starts_the_path() -> None:
    subject = subject_of(terms(on("first", "2025-01-01", "second"), event("second")))
    assert start_ranges(subject).conditions == ()
    assert start_ranges(subject).reason != ""
    assert start_date_lines(subject) == (f"There are no start dates to range over: {start_ranges(subject).reason}.",)
    several = subject_of(terms(event("one"), event("other")))
    assert "several" in start_ranges(several).reason


def test_the_report_names_them_below_the_verdict_and_in_its_scope() -> None:
    result, internal = check_document(load("expiring.json", json.dumps(EXPIRING).encode()), CheckOptions())
    assert internal == ()
    (vv201,) = (each for each in result.terms[0].properties if each.code == "VV201")
    assert vv201.verdict is Verdict.PROVED
    assert vv201.scope["start_dates"].startswith("'relative-expiration' up to 2022-01-01; ")
    run = RunResult("1", "solver", "default", 1, (result,), (), 0)
    text = " ".join(text_report.render(run, colour=False).split())
    assert "only for some starts: 'relative-expiration' up to 2022-01-01; 'absolute-expiration' from 2022-01-02" in text
    assert text.count("absolute-expiration' from 2022-01-02") == 1
    written_scope = json.loads(json_report.render(run))["documents"][0]["terms"][0]["properties"]
    assert [each["scope"]["start_dates"] for each in written_scope if "start_dates" in each["scope"]] == [
        vv201.scope["start_dates"]
    ]


#: Starts of the window, and event days around them.
STARTS = range(-12, 16)
EVENTS = range(-12, 30)


def entered_in_window(subject: Subject) -> dict[int, set[int]]:
    """For each condition the starts of the window for which some event days of the window enter it."""
    plan = subject.plan
    others = [place for place, each in enumerate(plan.conditions) if each.recorded and place != plan.initial[0]]
    days = [None, *(BASE.toordinal() + offset for offset in EVENTS)]
    found: dict[int, set[int]] = defaultdict(set)
    for offset in STARTS:
        first = BASE.toordinal() + offset
        for chosen in itertools.product(days, repeat=len(others)):
            recorded = {place: day for place, day in zip(others, chosen, strict=True) if day is not None}
            for entry in execute(plan, {plan.initial[0]: first, **recorded}, subject.reading):
                found[entry.place].add(first)
    return found


@pytest.mark.parametrize(
    "choices", [{}, {"early_event": "ignored"}, {"periodic_reference": "first"}, {"leave_periodic": "overlap"}]
)
def test_the_ranges_are_those_of_every_start_and_event_of_a_window(choices: dict[str, str]) -> None:
    reading = reading_from(choices)
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS if not choices else TERMS // 4,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms(only_days=True, maximum=6, maximum_recorded=2))
        if raw["vesting_conditions"][0]["trigger"]["type"] == "VESTING_SCHEDULE_ABSOLUTE":
            return
        subject = subject_of(raw, reading)
        truth = entered_in_window(subject)
        window = [BASE.toordinal() + offset for offset in STARTS]
        for thorough in (False, True):
            ranges = start_ranges(subject, thorough=thorough).conditions
            assert set(truth) == {each.place for each in ranges}
            for each in ranges:
                known = {day for day in window if any(low <= day <= high for low, high in each.ranges)}
                assert known <= truth[each.place]
                if each.verdict is Verdict.PROVED:
                    assert known == truth[each.place]
                assert not thorough or each.verdict is Verdict.PROVED
                kind = "all" if each.is_every_start else f"{len(each.ranges)} ranges"
                seen[f"{thorough} {each.verdict} {each.method} {kind}"] += 1
                seen["partial"] += each.ranges != ALL_STARTS

    agree()
    assert seen["partial"] > (20 if not choices else 3), seen


def test_with_months_what_is_reported_is_what_the_engine_does_at_month_ends() -> None:
    """Months, days and dates mixed: no start outside proved ranges is entered, and the ends of ranges are."""
    seen: Counter[str] = Counter()
    window = [BASE.toordinal() + offset for offset in (-400, -63, -31, -29, -1, 0, 1, 2, 3, 31, 32, 33, 60, 61, 62, 63)]

    @settings(
        max_examples=TERMS * 2 // 3,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms(maximum=6, maximum_recorded=2))
        subject = subject_of(raw)
        plan = subject.plan
        others = [place for place, each in enumerate(plan.conditions) if each.recorded and place != plan.initial[0]]
        found = {each.place: each for each in start_ranges(subject).conditions}
        for first in window:
            for chosen in [None, *window, first + 1, first + 30, first + 31]:
                recorded = {place: chosen for place in others if chosen is not None}
                for entry in execute(plan, {plan.initial[0]: first, **recorded}, subject.reading):
                    each = found.get(entry.place)
                    if each is not None and each.verdict is Verdict.PROVED:
                        assert any(low <= first <= high for low, high in each.ranges), (raw, first, chosen)
        for each in found.values():
            seen[f"{each.verdict} {each.is_every_start}"] += 1
            if not others:
                for low, high in each.ranges:
                    for day, expected in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
                        entries = execute(plan, {plan.initial[0]: day}, subject.reading)
                        if FIRST_DAY <= day <= LAST_DAY and (expected or each.verdict is Verdict.PROVED):
                            assert (each.place in {entry.place for entry in entries}) is expected
                            seen["ends"] += 1

    agree()
    assert seen["proved False"] > 20
    assert seen["ends"] > 100


@st.composite
def days(draw: st.DrawFn) -> Day:
    """Days as executions make them, from the start or a fixed day in a few steps."""
    day: Day = draw(st.sampled_from([START, START, Fixed(BASE.toordinal())]))
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            day = later_by_days(day, draw(st.sampled_from([-1, 1, 28, 30, 31, 365])))
        else:
            wanted = draw(st.sampled_from([DayOfMonth.START, DayOfMonth.START, DayOfMonth.BASE, 1, 15, 28, 30, 31]))
            day = in_month(day, draw(st.sampled_from([0, 1, 2, 12])), wanted)
    return day


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(days(), days(), st.integers(-800, 800), st.sampled_from([0, 1, 5, 40, 400]), st.booleans())
def test_two_days_compare_for_a_range_of_starts_as_for_each_of_them(
    first: Day, second: Day, offset: int, length: int, strictly: bool
) -> None:
    low = BASE.toordinal() + offset
    found = is_before(first, second, low, low + length, strictly=strictly)
    for at in {low, low + length, *range(low, low + length, max(1, length // 40))}:
        truth = value(first, at) < value(second, at) if strictly else value(first, at) <= value(second, at)
        assert found is None or found is truth
        latest = latest_of([first], [second])
        assert latest_value(latest, at) == max(value(first, at), value(second, at))
    assert length or found is not None


def test_days_are_counted_as_python_counts_them() -> None:
    at = datetime.date(2023, 1, 31).toordinal()
    assert format_day(value(in_month(START, 1, DayOfMonth.START), at)) == "2023-02-28"
    back = in_month(in_month(START, 1, DayOfMonth.START), 1, DayOfMonth.BASE)
    assert isinstance(back, Counted)
    assert format_day(value(back, at)) == "2023-03-28"
    assert format_day(value(in_month(back, 1, DayOfMonth.START), at)) == "2023-04-30"
    assert format_day(value(later_by_days(in_month(START, 0, 1), -1), at)) == "2022-12-31"


EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_remark_on_each_example_is_confirmed_by_the_detailed_view(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    raw = document.get("terms", document)
    try:
        subject = subject_of(raw)
    except ValueError:
        pytest.skip("defective on purpose")
    remark = start_ranges(subject)
    for each, confirmed in zip(remark.conditions, start_ranges(subject, thorough=True).conditions, strict=True):
        if each.verdict is Verdict.PROVED:
            assert each.ranges == confirmed.ranges
