"""The concrete search takes shortcuts; each gives what the long way round gives."""

from __future__ import annotations

import datetime
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import recorded_days, vesting_terms

from vestverify.dominance import days_in_months
from vestverify.engine.execution import Entry, advance, execute
from vestverify.engine.plan import Plan, compile_terms
from vestverify.engine.reading import DEFAULT_READING
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.search import Search

TERMS = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def plan_of(data: st.DataObject) -> Plan:
    return compile_terms(VestingTerms.model_validate(data.draw(vesting_terms())))


def step_by_step(plan: Plan, recorded: dict[int, int]) -> tuple[Entry, ...]:
    entries: dict[int, Entry] = {}
    last = advance(plan, recorded, DEFAULT_READING, entries, None)
    while last is not None:
        entries[last.place] = last
        last = advance(plan, recorded, DEFAULT_READING, entries, last)
    return tuple(entries.values())


def test_an_execution_step_by_step_is_the_execution() -> None:
    lengths: Counter[int] = Counter()

    @TERMS
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        plan = plan_of(data)
        recorded = data.draw(recorded_days(plan))
        entries = execute(plan, recorded, DEFAULT_READING)
        assert step_by_step(plan, recorded) == entries
        lengths[len(entries)] += 1

    agree()
    assert sum(count for length, count in lengths.items() if length >= 3) >= 20


def paths_of(plan: Plan) -> list[tuple[int, ...]]:
    found = [(place,) for place in plan.initial]
    for path in found:
        found.extend((*path, following) for following in plan.conditions[path[-1]].following)
    return found


def test_a_path_is_realised_alike_whatever_was_looked_for_before() -> None:
    seen: Counter[bool] = Counter()

    @TERMS
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        plan = plan_of(data)
        before = Search(plan, DEFAULT_READING)
        for path in data.draw(st.permutations(paths_of(plan)[:12])):
            recorded = before.realise(path)
            assert recorded == Search(plan, DEFAULT_READING).realise(path)
            seen[recorded is not None] += 1
            if recorded is not None:
                entered = tuple(entry.place for entry in execute(plan, recorded, DEFAULT_READING))
                assert entered[: len(path)] == path

    agree()
    assert min(seen[True], seen[False]) >= 20


def last_of(year: int, month: int) -> int:
    return (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).day


def test_days_in_months_are_the_least_and_most_over_all_days_of_400_years() -> None:
    for months in (0, 1, 2, 11, 12, 13, 48, 1_199):
        spans = set()
        for number in range(12 * 2_000, 12 * 2_400):
            year, month = divmod(number, 12)
            later_year, later_month = divmod(number + months, 12)
            for day in (1, 28, 29, 30, 31):
                if day <= last_of(year, month + 1):
                    later = datetime.date(later_year, later_month + 1, min(day, last_of(later_year, later_month + 1)))
                    spans.add((later - datetime.date(year, month + 1, day)).days)
        assert days_in_months(months) == (min(spans), max(spans))
