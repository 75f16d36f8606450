"""Random vesting terms with EARLIER_OF and LATER_OF conditions, whose structure is sound (REL-6, REL-7)."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import strategies as st
from random_terms import BASE, amounts, periods

from vestverify.engine.vesting_terms import AllocationType, CalculationType

_OFFSETS = [0, 1, 2, 33, 62, 63, 64, 400]


class _Graph:
    """Conditions so far, with what leads to what."""

    def __init__(self) -> None:
        self.following: list[list[int]] = []
        self.parents: list[list[int]] = []
        self.inputs_of: dict[int, int] = {}
        self.relationships: dict[int, list[int]] = {}

    def add(self) -> int:
        self.following.append([])
        self.parents.append([])
        return len(self.following) - 1

    def lead(self, origin: int, target: int, at: int) -> None:
        self.following[origin].insert(at, target)
        self.parents[target].append(origin)

    def join(self, inputs: list[int]) -> None:
        joined = self.add()
        self.relationships[joined] = inputs
        for each in inputs:
            self.inputs_of[each] = joined
            self.lead(each, joined, 0)

    def ancestors(self, place: int) -> set[int]:
        found: set[int] = set()
        waiting = [place]
        while waiting:
            for parent in self.parents[waiting.pop()]:
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found

    def leaves(self) -> list[int]:
        return [place for place, following in enumerate(self.following) if not following]

    def free(self) -> list[int]:
        """Conditions that may lead to further ones: they are no inputs."""
        return [place for place in range(len(self.following)) if place not in self.inputs_of]


@st.composite
def _graphs(draw: st.DrawFn, maximum: int) -> _Graph:
    graph = _Graph()
    graph.add()
    inputs = []
    for _ in range(draw(st.sampled_from([2, 3]))):
        # One relationship in every graph, whatever else is drawn.
        inputs.append(graph.add())
        graph.lead(0, inputs[-1], draw(st.integers(0, len(graph.following[0]))))
    graph.join(inputs)
    for _ in range(draw(st.integers(0, maximum))):
        step = draw(st.sampled_from(["child", "child", "child", "join", "join", "converge", "companion"]))
        leaves = [place for place in graph.leaves() if place != 0]
        if step == "join" and len(leaves) >= 2:
            inputs = draw(st.lists(st.sampled_from(leaves), min_size=2, max_size=3, unique=True))
            graph.join(inputs)
        elif step == "converge":
            origin = draw(st.sampled_from(graph.free()))
            targets = [
                place
                for place in range(1, len(graph.following))
                if place not in graph.relationships
                and place != origin
                and place not in graph.ancestors(origin)
                and place not in graph.following[origin]
            ]
            if targets:
                graph.lead(origin, draw(st.sampled_from(targets)), 0)
        elif step == "companion":
            inputs = [place for place, joined in graph.inputs_of.items()]
            if inputs:
                origin = draw(st.sampled_from(inputs))
                joined = graph.inputs_of[origin]
                below = [
                    place
                    for place in range(len(graph.following))
                    if joined in graph.ancestors(place)
                    and place not in graph.relationships
                    and place not in graph.following[origin]
                ]
                if below:
                    graph.lead(origin, draw(st.sampled_from(below)), draw(st.integers(0, 1)))
        else:
            origin = draw(st.sampled_from(graph.free()))
            graph.lead(origin, graph.add(), draw(st.integers(0, len(graph.following[origin]))))
    return graph


@st.composite
def relationship_terms(
    draw: st.DrawFn, maximum: int = 7, only_days: bool = False, maximum_recorded: int = 5
) -> dict[str, Any]:
    """A VestingTerms with relationships more often than not, as JSON."""
    graph = draw(_graphs(maximum))
    conditions = []
    recorded = 0
    earlier_of = {
        joined: draw(st.booleans()) or any(len(graph.following[each]) > 1 for each in inputs)
        for joined, inputs in graph.relationships.items()
    }
    for place, following in enumerate(graph.following):
        condition: dict[str, Any] = {"id": f"c{place}", "next_condition_ids": [f"c{each}" for each in following]}
        if place in graph.relationships:
            trigger: dict[str, Any] = {"input_condition_ids": [f"c{each}" for each in graph.relationships[place]]}
            if earlier_of[place]:
                trigger["type"] = "VESTING_RELATIONSHIP_EARLIER_OF"
            else:
                trigger["type"] = "VESTING_RELATIONSHIP_LATER_OF"
                trigger["calculation_type"] = str(draw(st.sampled_from(list(CalculationType))))
            conditions.append({**condition, "trigger": trigger})
            continue
        kinds = ["event", "event", "event", "relative", "relative", "absolute"] if place else ["start"]
        kind = draw(st.sampled_from(kinds if recorded < maximum_recorded else ["relative", "absolute"]))
        occurrences = 1
        if kind in ("start", "event"):
            recorded += 1
            trigger = {"type": "VESTING_START_DATE" if kind == "start" else "VESTING_EVENT"}
        elif kind == "absolute":
            offset = draw(st.integers(2, 6)) if only_days else draw(st.sampled_from(_OFFSETS))
            trigger = {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": str(BASE + datetime.timedelta(days=offset))}
        else:
            period = draw(periods(only_days))
            occurrences = period["occurrences"]
            reference = draw(st.sampled_from(sorted(graph.ancestors(place))))
            trigger = {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": period,
                "relative_to_condition_id": f"c{reference}",
            }
        conditions.append({**condition, "trigger": trigger, **draw(amounts(occurrences))})
    return {
        "id": "random",
        "object_type": "VESTING_TERMS",
        "name": "random",
        "description": "random",
        "allocation_type": str(draw(st.sampled_from(list(AllocationType)))),
        "vesting_conditions": draw(st.permutations(conditions)),
    }
