"""The graph of a plan: who leads to whom."""

from __future__ import annotations

from collections.abc import Iterable

from vestverify.engine.plan import Plan


def parents_of(plan: Plan) -> dict[int, list[int]]:
    """For each condition the places of those that lead to it, in document order."""
    parents: dict[int, list[int]] = {place: [] for place in range(len(plan.conditions))}
    for place, condition in enumerate(plan.conditions):
        for following in condition.following:
            parents[following].append(place)
    return parents


def ancestors_of(parents: dict[int, list[int]], targets: Iterable[int]) -> frozenset[int]:
    """The targets and every condition from which one of them can be reached."""
    found = set(targets)
    waiting = list(found)
    while waiting:
        for parent in parents[waiting.pop()]:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return frozenset(found)


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
