"""Every decided property against brute force over all dates of a small window and many grants, both ways."""

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

from vestverify.check import CheckOptions, check_document
from vestverify.documents import load
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import Run, entitlements
from vestverify.engine.execution import Entry, execute
from vestverify.engine.plan import Event, Plan, Start, compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.results import TermsResult, Verdict

#: Long enough that every order of starts, events, absolute dates and short periods occurs in it.
WINDOW = range(-9, 20, 1)
LARGE = Fraction(10**6 * 2520)
TERMS = 220


def executions(plan: Plan, reading: Reading) -> Iterator[tuple[Entry, ...]]:
    """Every execution with starts and events in the window, or never."""
    places = [place for place, each in enumerate(plan.conditions) if isinstance(each.trigger, Start | Event)]
    days = [None, *(BASE.toordinal() + offset for offset in WINDOW)]
    seen: set[tuple[Any, ...]] = set()
    for chosen in itertools.product(days, repeat=len(places)):
        recorded = {place: day for place, day in zip(places, chosen, strict=True) if day is not None}
        entries = execute(plan, recorded, reading)
        key = tuple(entry.place for entry in entries)
        if key not in seen:
            seen.add(key)
            yield entries


def runs_of(plan: Plan, entries: tuple[Entry, ...], grant: Fraction, reading: Reading) -> tuple[tuple[Run, ...], ...]:
    return entitlements(plan, entries, grant, reading)


def exact_total(plan: Plan, entries: tuple[Entry, ...], grant: Fraction, reading: Reading) -> Fraction:
    return sum((run.count * run.each for runs in runs_of(plan, entries, grant, reading) for run in runs), Fraction(0))


def peak(plan: Plan, entries: tuple[Entry, ...], grant: Fraction, reading: Reading) -> Fraction:
    return max(exact_total(plan, entries[:number], grant, reading) for number in range(len(entries) + 1))


def rounded_total(plan: Plan, entries: tuple[Entry, ...], grant: Fraction, reading: Reading) -> Fraction:
    return allocate(runs_of(plan, entries, grant, reading), plan.allocation_type, reading).total


def verdicts(result: TermsResult) -> dict[str, Verdict]:
    return {each.code: each.verdict for each in result.properties}


def check(raw: dict[str, Any], reading: Reading) -> TermsResult:
    import json

    document, errors = check_document(load("random.json", json.dumps(raw).encode()), CheckOptions(reading))
    assert errors == ()
    assert document.errors == ()
    return document.terms[0]


def brute_force(plan: Plan, reading: Reading) -> dict[str, Any]:
    found = list(executions(plan, reading))
    one = Fraction(1)
    terminal = {place for place, each in enumerate(plan.conditions) if not each.following and each.vests}
    return {
        "entered": {plan.conditions[entry.place].id for entries in found for entry in entries},
        "over": any(peak(plan, entries, LARGE, reading) > LARGE for entries in found),
        "full": any(peak(plan, entries, one, reading) >= 1 for entries in found),
        "short": {
            plan.conditions[entries[-1].place].id
            for entries in found
            if entries and entries[-1].place in terminal and exact_total(plan, entries, one, reading) < 1
        },
        "executions": found,
    }


@pytest.mark.parametrize("choices", [{}, {"allocation_scope": "condition"}], ids=["default", "condition"])
def test_every_verdict_is_what_brute_force_over_all_dates_of_a_window_finds(choices: dict[str, str]) -> None:
    reading = reading_from(choices)
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=2))
        plan = compile_terms(VestingTerms.model_validate(raw))
        result = check(raw, reading)
        decided = verdicts(result)
        truth = brute_force(plan, reading)
        never = {finding.condition_ids[0] for finding in result.findings if finding.code == "VV201"}
        assert never == {condition.id for condition in plan.conditions} - truth["entered"]
        assert decided["VV301"] is (Verdict.REFUTED if truth["over"] else Verdict.PROVED)
        assert decided["VV302"] is (Verdict.PROVED if truth["full"] else Verdict.REFUTED)
        assert decided["VV304"] is (Verdict.PROVED if truth["full"] else Verdict.REFUTED)
        assert {found.condition_ids[0] for found in result.findings if found.code == "VV303"} == truth["short"]
        rounding_is_right(plan, reading, result, decided["VV305"], truth["executions"])
        for code, verdict in decided.items():
            seen[f"{code} {verdict}"] += 1

    agree()
    wanted = [f"{code} {verdict}" for code in ("VV201", "VV301", "VV302", "VV303") for verdict in ("proved", "refuted")]
    if choices:
        wanted += ["VV305 proved", "VV305 refuted"]
    assert [outcome for outcome in wanted if seen[outcome] < TERMS * 0.02] == []


def rounding_is_right(
    plan: Plan, reading: Reading, result: TermsResult, verdict: Verdict, found: list[tuple[Entry, ...]]
) -> None:
    """VV305 against the engine for every grant up to 40, and the exact failing set of the path it names."""
    breaks = {}
    for entries in found:
        for grant in range(1, 41):
            exact = exact_total(plan, entries, Fraction(grant), reading)
            if exact != grant or peak(plan, entries, Fraction(grant), reading) > grant:
                continue
            if rounded_total(plan, entries, Fraction(grant), reading) != grant:
                breaks.setdefault(grant, []).append(tuple(plan.conditions[entry.place].id for entry in entries))
    if verdict in (Verdict.PROVED, Verdict.NOT_APPLICABLE):
        assert breaks == {}
        return
    assert verdict is Verdict.REFUTED
    (finding,) = (each for each in result.findings if each.code == "VV305")
    least = int(finding.facts["grant_quantity"])
    assert not breaks or least == min(breaks)
    path = tuple(finding.facts["path"])
    entries = next(each for each in found if tuple(plan.conditions[e.place].id for e in each) == path)
    failing = finding.facts["failing_quantities"]
    for grant in range(1, 41):
        granted = Fraction(grant)
        if exact_total(plan, entries, granted, reading) != grant or peak(plan, entries, granted, reading) > grant:
            continue
        fails = rounded_total(plan, entries, Fraction(grant), reading) != grant
        listed = grant in failing.get("also", ()) or (
            grant >= failing["from"] and grant % failing["modulus"] in failing["residues"]
        )
        assert fails == listed
