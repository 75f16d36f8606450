"""Every way in which a condition can be dead is named: the sibling that comes first, the date that has passed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_start_ranges import after, event, on, start, terms

import vestverify
from vestverify.results import Finding, Verdict


def dead(*conditions: dict[str, Any]) -> dict[str, Finding]:
    """The findings of VV201, by condition."""
    result = vestverify.check_terms(terms(*conditions))
    assert {each.code: each.verdict for each in result.properties}["VV201"] is Verdict.REFUTED
    found = {each.condition_ids[0]: each for each in result.findings if each.code == "VV201"}
    for each in found.values():
        json.dumps(dict(each.facts))
        assert {"pre_empted_by", "passed_date"} <= set(each.facts)
        assert each.counterexample is not None or not each.facts["pre_empted_by"]
    return found


def facts(found: Finding, *keys: str) -> tuple[Any, ...]:
    return tuple(found.facts[key] for key in keys)


def test_a_date_that_has_passed_before_a_chain_of_periods_is_over() -> None:
    found = dead(
        on("first", "2025-01-01", "year"),
        after("year", "first", 12, "MONTHS", "passed", "sale"),
        on("passed", "2025-06-01"),
        event("sale"),
    )
    assert list(found) == ["sale"]
    assert facts(found["sale"], "pre_empted_by", "passed_date", "after") == ("passed", "2025-06-01", "year")
    assert found["sale"].message == (
        "'sale' is never entered: after 'year', 'passed' is always met first (that date, 2025-06-01, has passed by then)"
    )


def test_its_own_date_has_passed_and_a_sibling_is_met_at_once() -> None:
    found = dead(
        on("first", "2025-01-01", "year"),
        after("year", "first", 12, "MONTHS", "at-once", "passed"),
        after("at-once", "year", 0, "DAYS"),
        on("passed", "2025-06-01"),
    )
    assert facts(found["passed"], "pre_empted_by", "passed_date") == ("at-once", "2025-06-01")
    assert "its own date, 2025-06-01, has passed" in found["passed"].message


def test_a_date_that_passes_for_some_starts_only_is_not_said_to_have_passed() -> None:
    found = dead(start("early", "late"), on("early", "2025-01-01"), on("late", "2025-06-01"))
    assert facts(found["late"], "pre_empted_by", "passed_date") == ("early", None)
    assert found["late"].message == "'late' is never entered: after 'start', 'early' is always met first"


def test_an_event_behind_a_sibling_of_no_length() -> None:
    found = dead(start("at-once", "sale"), after("at-once", "start", 0, "DAYS"), event("sale"))
    assert facts(found["sale"], "pre_empted_by", "passed_date") == ("at-once", None)


def test_of_two_ancestors_that_exclude_each_other_the_one_not_met_is_named() -> None:
    # The path to 'both' by way of 'one' is closed: 'at-once' is met there before it.
    found = dead(
        start("one", "other"),
        event("one", "at-once", "both"),
        event("other", "both"),
        after("at-once", "one", 0, "DAYS"),
        event("both", "end"),
        after("end", "one", 1, "MONTHS"),
    )
    assert list(found) == ["end"]
    assert facts(found["end"], "pre_empted_by", "counts_from", "after") == (None, "one", "both")


def test_each_of_several_conditions_before_it_has_its_own_cause() -> None:
    found = dead(
        start("one", "other", "third"),
        event("one", "at-once", "victim"),
        event("other", "victim"),
        event("third", "now", "never"),
        after("at-once", "one", 0, "DAYS"),
        after("now", "third", 0, "DAYS"),
        event("never", "victim"),
        after("victim", "one", 1, "MONTHS"),
    )
    victim = found["victim"]
    assert facts(victim, "pre_empted_by", "after") == ("at-once", "one")
    assert victim.facts["causes"] == [
        {"after": "one", "pre_empted_by": "at-once", "passed_date": None, "counts_from": None},
        {"after": "other", "pre_empted_by": None, "passed_date": None, "counts_from": "one"},
    ]
    assert victim.message == (
        "'victim' is never entered: after 'one', 'at-once' is always met first; "
        "after 'other' it counts from 'one', which has not been met; 'never' is never entered"
    )


def test_where_one_sibling_or_another_comes_first_neither_is_said_to_always_do() -> None:
    # For early starts the period ends before the date, for late ones the date has passed.
    found = dead(
        start("year", "date", "later"),
        after("year", "start", 12, "MONTHS"),
        on("date", "2025-01-01"),
        after("later", "start", 13, "MONTHS"),
    )
    assert found["later"].facts["pre_empted_by"] == "year"
    both = dead(
        start("month", "one", "never"),
        after("month", "start", 1, "MONTHS"),
        event("one", "year", "date", "later"),
        after("year", "start", 12, "MONTHS"),
        on("date", "2025-01-01"),
        after("later", "start", 400, "DAYS"),
        after("never", "start", 31, "DAYS"),
    )
    assert {"later", "never"} == set(both)
    assert both["never"].facts["pre_empted_by"] == "month"


def test_an_initial_condition_can_be_pre_empted_by_another() -> None:
    found = dead(on("early", "2024-01-01"), on("late", "2025-01-01"))
    assert facts(found["late"], "pre_empted_by", "after") == ("early", None)
    assert found["late"].message == "'late' is never entered: at the beginning, 'early' is always met first"


@pytest.mark.parametrize("shared", [False, True])
def test_what_only_leads_on_from_dead_conditions_says_so(shared: bool) -> None:
    names = ("dead", "too") if shared else ("dead",)
    found = dead(
        start("at-once", *names),
        after("at-once", "start", 0, "DAYS"),
        *(event(name, "end") for name in names),
        event("end"),
    )
    assert found["end"].facts["only_through"] == list(names)
    assert found["end"].facts["pre_empted_by"] is None
