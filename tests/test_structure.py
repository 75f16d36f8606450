"""Structural verdicts against plain searches, on random graphs that are anything but sound."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vestverify.engine.defects import find_defects
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.results import Verdict
from vestverify.skeleton import skeleton_of
from vestverify.structure import decide_structure

NAMES = ["a", "b", "c", "d", "e", "f", "ghost"]


@st.composite
def graphs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Conditions with any edges and references at all, dangling and circular ones among them."""
    conditions = []
    for name in NAMES[: draw(st.integers(1, 6))]:
        following = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2))
        trigger: dict[str, Any] = {"type": "VESTING_EVENT"}
        if draw(st.integers(0, 3)) == 0:
            period = {"type": "DAYS", "length": 1, "occurrences": 2, "cliff_installment": draw(st.integers(0, 3))}
            reference = draw(st.sampled_from(NAMES))
            trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}
        numerator, denominator = draw(st.sampled_from(["0", "1", "-1"])), draw(st.sampled_from(["1", "2", "0"]))
        amount = {"portion": {"numerator": numerator, "denominator": denominator}}
        name = draw(st.sampled_from([name, name, name, name, "a"]))
        conditions.append({"id": name, "trigger": trigger, "next_condition_ids": following, **amount})
    return conditions


def reachable(edges: dict[str, set[str]], origin: str) -> set[str]:
    found: set[str] = set()
    while True:
        more = {after for before in (found | {origin}) for after in edges.get(before, set())}
        if more <= found:
            return found
        found |= more


def test_the_solver_and_a_plain_search_find_the_same_defects() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(graphs())
    def agree(conditions: list[dict[str, Any]]) -> None:
        decisions = {
            each.code: each for each in decide_structure(skeleton_of(conditions, "", "/vesting_conditions"), 10_000_000)
        }
        terms = VestingTerms.model_validate(
            {
                "id": "random",
                "object_type": "VESTING_TERMS",
                "name": "random",
                "description": "random",
                "allocation_type": "FRACTIONAL",
                "vesting_conditions": conditions,
            }
        )
        by_engine = {defect.code for defect in find_defects(terms)}
        by_verifier = {code for code, decision in decisions.items() if decision.verdict is Verdict.REFUTED}
        # A reference off some paths only is a warning that the engine runs; several initial conditions compete.
        assert by_engine - {"VV108"} == by_verifier - {"VV105", "VV108"}
        assert "VV108" not in by_engine or "VV108" in by_verifier
        edges: dict[str, set[str]] = {}
        known = {each["id"] for each in conditions}
        for each in conditions:
            edges.setdefault(each["id"], set()).update(set(each["next_condition_ids"]) & known)
        cyclic = {name for name in known if name in reachable(edges, name)}
        named = [found.condition_ids for found in decisions["VV101"].findings]
        assert bool(named) == bool(cyclic)
        for cycle in named:
            assert len(set(cycle)) == len(cycle)
            assert all(after in edges[before] for before, after in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
        seen.update(f"{code} {decision.verdict}" for code, decision in decisions.items())

    agree()
    codes = ("VV101", "VV102", "VV103", "VV104", "VV105", "VV106", "VV107", "VV108", "VV109", "VV308", "VV309")
    rare = {f"{code} {verdict}": seen[f"{code} {verdict}"] for code in codes for verdict in ("proved", "refuted")}
    assert {outcome: count for outcome, count in rare.items() if count < 4} == {}


def test_every_group_of_conditions_that_lead_in_a_circle_is_named_once() -> None:
    def condition(name: str, *following: str) -> dict[str, Any]:
        return {
            "id": name,
            "trigger": {"type": "VESTING_EVENT"},
            "next_condition_ids": list(following),
            "quantity": "0",
        }

    conditions = [
        condition("first", "a"),
        condition("a", "b"),
        condition("b", "a", "c"),
        condition("c", "d"),
        condition("d", "c"),
        condition("alone", "alone"),
    ]
    (cyclic, *_) = decide_structure(skeleton_of(conditions, "", "/vesting_conditions"), 10_000_000)
    assert sorted(found.condition_ids for found in cyclic.findings) == [("a", "b"), ("alone",), ("c", "d")]
