"""What small terms do, found by running the engine on every date of a window and many grants, and no other way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from random_terms import BASE, WITHOUT_READINGS

from vestverify import TermsResult, Verdict, check_terms
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import Run, entitlements
from vestverify.engine.execution import Entry, execute
from vestverify.engine.plan import Event, Plan, Start, compile_terms
from vestverify.engine.reading import Reading
from vestverify.engine.vesting_terms import VestingTerms

#: Long enough that every order of starts, events, absolute dates and short periods occurs in it.
WINDOW = range(-9, 20, 1)
LARGE = Fraction(10**6 * 2520)


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


def assert_verdicts_are_true(raw: dict[str, Any], reading: Reading) -> dict[str, Verdict]:
    """Every verdict on small terms is what brute force finds; their verdicts, by code."""
    plan = compile_terms(VestingTerms.model_validate(raw))
    result = check_terms(raw, reading=reading.differences(), codes=WITHOUT_READINGS)
    decided = {each.code: each.verdict for each in result.properties}
    truth = brute_force(plan, reading)
    never = {finding.condition_ids[0] for finding in result.findings if finding.code == "VV201"}
    assert never == {condition.id for condition in plan.conditions} - truth["entered"]
    assert decided["VV301"] is (Verdict.REFUTED if truth["over"] else Verdict.PROVED)
    assert decided["VV302"] is (Verdict.PROVED if truth["full"] else Verdict.REFUTED)
    assert decided["VV304"] is (Verdict.PROVED if truth["full"] else Verdict.REFUTED)
    assert {found.condition_ids[0] for found in result.findings if found.code == "VV303"} == truth["short"]
    rounding_is_right(plan, reading, result, decided["VV305"], truth["executions"])
    return decided


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
