"""The graph of a plan: who leads to whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from vestverify.engine.plan import Plan

_Node = TypeVar("_Node", bound=Hashable)


def parents_of(plan: Plan) -> dict[int, list[int]]:
    """For each condition the places of those that lead to it, in document order."""
    parents: dict[int, list[int]] = {place: [] for place in range(len(plan.conditions))}
    for place, condition in enumerate(plan.conditions):
        for following in condition.following:
            parents[following].append(place)
    return parents


def reachable(edges: Mapping[_Node, Iterable[_Node]], origins: Iterable[_Node]) -> frozenset[_Node]:
    """The origins and everything that edges lead to from one of them."""
    found = set(origins)
    waiting = list(found)
    while waiting:
        for target in edges[waiting.pop()]:
            if target not in found:
                found.add(target)
                waiting.append(target)
    return frozenset(found)


def ancestors_of(parents: dict[int, list[int]], targets: Iterable[int]) -> frozenset[int]:
    """The targets and every condition from which one of them can be reached."""
    return reachable(parents, targets)


def topological(plan: Plan) -> tuple[int, ...]:
    """Places in an order in which every condition comes after those that lead to it."""
    incoming = [0] * len(plan.conditions)
    for condition in plan.conditions:
        for following in condition.following:
            incoming[following] += 1
    ready = [place for place, count in enumerate(incoming) if count == 0]
    order: list[int] = []
    while ready:
        place = ready.pop()
        order.append(place)
        for following in plan.conditions[place].following:
            incoming[following] -= 1
            if incoming[following] == 0:
                ready.append(following)
    return tuple(order)
