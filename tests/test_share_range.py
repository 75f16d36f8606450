"""The least and most that executions vest, against brute force over all dates of a small window."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import BASE, vesting_terms
from test_start_ranges import after, event, on, start, subject_of, terms

from vestverify.encoding.entitlement import Vested
from vestverify.engine.execution import Entry, execute
from vestverify.results import Method, Verdict
from vestverify.share_range import Extreme, range_in_words, share_at_terminals, share_lines, share_of_all, vested_share
from vestverify.subject import Subject
from vestverify.totals import exact_total, peak

WINDOW = range(-9, 20)
TERMS = 150
#: For which totals compare as for grants large enough: more than any fixed quantity of these terms, and divisible.
LARGE = Fraction(10**9 * 2520)


def portion(raw: dict[str, Any], numerator: int, denominator: int, **more: Any) -> dict[str, Any]:
    del raw["quantity"]
    return raw | {"portion": {"numerator": str(numerator), "denominator": str(denominator), **more}}


def none(raw: dict[str, Any]) -> dict[str, Any]:
    return raw | {"quantity": "0"}


def two_outcomes() -> Subject:
    return subject_of(
        terms(
            none(start("quarter")),
            portion(after("quarter", "start", 12, "MONTHS", "sale", "expired"), 1, 4),
            portion(event("sale"), 1, 1, remainder=True),
            none(after("expired", "start", 24, "MONTHS")),
        )
    )


def executions(subject: Subject) -> Iterator[tuple[Entry, ...]]:
    plan = subject.plan
    places = [place for place, each in enumerate(plan.conditions) if each.recorded]
    days = [None, *(BASE.toordinal() + offset for offset in WINDOW)]
    for chosen in itertools.product(days, repeat=len(places)):
        recorded = {place: day for place, day in zip(places, chosen, strict=True) if day is not None}
        yield execute(plan, recorded, subject.reading)


def of(extreme: Extreme | None) -> Fraction:
    assert extreme is not None
    return extreme.vested.of(LARGE)


def test_shares_are_those_of_every_execution_of_a_window() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        subject = subject_of(data.draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=2)))
        found = {tuple(entry.place for entry in entries): entries for entries in executions(subject)}
        ends = [
            exact_total(subject, entries, LARGE)
            for entries in found.values()
            if entries and not subject.plan.conditions[entries[-1].place].following
        ]
        ending, every = share_at_terminals(subject), share_of_all(subject)
        known = [extreme for extreme in (ending.least, ending.most, every.least, every.most) if extreme is not None]
        assert all(extreme.verdict is Verdict.PROVED for extreme in known)
        if ends:
            assert (of(ending.least), of(ending.most)) == (min(ends), max(ends))
            seen["wide" if min(ends) < max(ends) else "narrow"] += 1
        else:
            assert ending.least is None
            assert ending.most is None
        assert of(every.most) == max(peak(subject, entries, LARGE) for entries in found.values())
        assert of(every.least) == min(exact_total(subject, entries, LARGE) for entries in found.values())
        for extreme in known:
            entries = execute(subject.plan, extreme.recorded, subject.reading)
            assert tuple(entry.place for entry in entries) == extreme.path
            seen[str(extreme.method)] += 1
            seen["quantities"] += extreme.vested.shares != 0
        remark = vested_share(subject)
        if remark:
            assert ending.least is not None
            assert ending.most is not None
            words = range_in_words(subject, ending.least.vested, ending.most.vested)
            assert remark == {"vested_share": f"{words} at terminal conditions"}

    agree()
    assert seen["wide"] > 20
    assert seen["narrow"] > 20
    assert seen["quantities"] > 20


def test_what_lapses_and_what_vests_whole_are_the_ends_of_the_range() -> None:
    subject = two_outcomes()
    found = share_at_terminals(subject)
    assert found.least is not None
    assert found.most is not None
    assert found.least.vested.share == Fraction(1, 4)
    assert found.least.path == (0, 1, 3)
    assert found.most.vested.share == 1
    assert found.most.path == (0, 1, 2)
    assert vested_share(subject) == {"vested_share": "1/4..1 of the grant at terminal conditions"}
    assert share_lines(subject) == (
        "ends at a terminal condition: at least 1/4 of the grant: 'start', 'quarter', 'expired' (smt)",
        "ends at a terminal condition: at most 1 of the grant: 'start', 'quarter', 'sale' (smt)",
        "any execution: at least 0 of the grant: nothing is recorded (structural)",
        "any execution: at most 1 of the grant: 'start', 'quarter', 'sale' (smt)",
    )


def test_nothing_is_said_without_asking_where_bounds_were_not_shown() -> None:
    assert vested_share(two_outcomes()) == {}


def test_a_bound_that_no_execution_reaches_is_not_taken_for_the_most() -> None:
    # 'late' after 'late-half' would vest more, but whoever comes to 'half' late is always pre-empted there.
    subject = subject_of(
        terms(
            none(start("half", "late-half")),
            portion(on("half", "2025-01-01", "early", "later"), 1, 2),
            portion(on("late-half", "2025-01-02", "later"), 3, 4),
            portion(on("early", "2025-06-01"), 1, 4),
            portion(after("later", "start", 1, "MONTHS"), 1, 4),
        )
    )
    found = share_at_terminals(subject)
    assert found.most is not None
    assert found.most.vested.share == Fraction(3, 4)
    assert found.most.verdict is Verdict.PROVED
    assert found.most.method is Method.SMT


def test_fixed_quantities_are_named_beside_the_share() -> None:
    subject = subject_of(
        terms(none(start("ten", "half")), event("ten") | {"quantity": "10"}, portion(event("half"), 1, 2))
    )
    found = share_at_terminals(subject)
    assert found.least is not None
    assert found.most is not None
    assert found.least.vested == Vested(Fraction(0), Fraction(10))
    words = range_in_words(subject, found.least.vested, found.most.vested)
    assert words == "10 shares to 1/2 of the grant, for large grants,"


@pytest.mark.parametrize("budget", [1])
def test_without_a_budget_what_is_not_shown_is_open(budget: int) -> None:
    import dataclasses

    subject = dataclasses.replace(two_outcomes(), rlimit=budget)
    found = share_at_terminals(subject)
    assert found.most is not None
    assert found.most.verdict is Verdict.OPEN
    assert found.most.reason != ""
    assert any("open" in line for line in share_lines(subject))
