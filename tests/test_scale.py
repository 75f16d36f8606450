"""Large and awkward graphs are decided within the default budget, whatever the number of their paths."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

import vestverify
from vestverify.results import Verdict


def relative(identifier: str, reference: str, length: int, following: Sequence[str], **more: Any) -> dict[str, Any]:
    period = {
        "type": "MONTHS",
        "length": length,
        "occurrences": more.pop("occurrences", 1),
        "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
    }
    trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": list(following), **more}


def event(identifier: str, following: Sequence[str], **more: Any) -> dict[str, Any]:
    return {"id": identifier, "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": list(following), **more}


def start(following: Sequence[str]) -> dict[str, Any]:
    trigger = {"type": "VESTING_START_DATE"}
    return {"id": "start", "trigger": trigger, "quantity": "0", "next_condition_ids": list(following)}


def portion(numerator: int, denominator: int) -> dict[str, str]:
    return {"numerator": str(numerator), "denominator": str(denominator)}


def terms(conditions: list[dict[str, Any]], allocation_type: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    return {
        "id": "large",
        "object_type": "VESTING_TERMS",
        "name": "large",
        "description": "large",
        "allocation_type": allocation_type,
        "vesting_conditions": conditions,
    }


def diamonds(count: int) -> dict[str, Any]:
    """A ladder in which each rung is climbed by an event or, half a year later, without it."""
    conditions = [start(["event-0", "late-0"])]
    for rung in range(count):
        following = [f"event-{rung + 1}", f"late-{rung + 1}"] if rung < count - 1 else []
        conditions.append(event(f"event-{rung}", following, portion=portion(1, count)))
        conditions.append(relative(f"late-{rung}", "start", 6 * (rung + 1), following, portion=portion(1, count)))
    return terms(conditions)


def with_dead_conditions(count: int, seed: int) -> dict[str, Any]:
    chooser = random.Random(seed)
    following: list[list[int]] = [[] for _ in range(count)]
    before: list[set[int]] = [set() for _ in range(count)]
    for place in range(1, count):
        for parent in {chooser.randrange(max(0, place - 4), place), chooser.randrange(0, place)}:
            following[parent].append(place)
            before[place] |= {parent} | before[parent]
    names = ["start", *(f"c{place}" for place in range(1, count))]
    conditions = [start([names[place] for place in following[0]])]
    for place in range(1, count):
        after = [names[later] for later in following[place]]
        if chooser.random() < 0.3:
            conditions.append(event(names[place], after, portion=portion(1, count)))
        else:
            reference = names[chooser.choice(sorted(before[place]))]
            length = chooser.choice([1, 3, 6, 12, 24])
            conditions.append(relative(names[place], reference, length, after, portion=portion(1, count)))
    return terms(conditions)


def undecided(result: vestverify.TermsResult) -> dict[str, str]:
    return {each.code: each.reason for each in result.properties if each.verdict is Verdict.OPEN}


@pytest.mark.parametrize("rungs", [5, 15, 40])
def test_diamonds_do_not_explode(rungs: int) -> None:
    result = vestverify.check_terms(diamonds(rungs))
    assert undecided(result) == {}
    assert {each.code for each in result.properties if each.verdict is Verdict.REFUTED} == {"VV401"}


@pytest.mark.parametrize("seed", range(4))
def test_graphs_of_30_conditions_with_dead_ones_are_decided(seed: int) -> None:
    result = vestverify.check_terms(with_dead_conditions(30, seed))
    assert undecided(result) == {}


def test_a_billion_occurrences_are_decided_without_being_written_out() -> None:
    monthly = relative("monthly", "start", 1, [], occurrences=10**9, portion=portion(1, 10**9))
    result = vestverify.check_terms(terms([start(["monthly"]), monthly]))
    assert set(undecided(result)) == {"VV401"}
    assert "more than 20,000 installments" in undecided(result)["VV401"]


def test_a_denominator_of_twenty_digits_is_decided() -> None:
    monthly = relative("monthly", "start", 1, [], occurrences=4, portion=portion(25 * 10**17, 10**19))
    for allocation_type in ("CUMULATIVE_ROUNDING", "BACK_LOADED"):
        result = vestverify.check_terms(terms([start(["monthly"]), monthly], allocation_type))
        assert undecided(result) == {}
        assert {each.code for each in result.properties if each.verdict is Verdict.REFUTED} == {"VV401"}
