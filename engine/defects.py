"""Defects for which no engine should guess a meaning (GRF-1 to GRF-5, AMT-5, CLF-3, REL-6, REL-7).

Plain loops over the document, so that an engine can refuse defective terms by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from vestverify.engine.vesting_terms import (
    EarlierOfTrigger,
    LaterOfTrigger,
    RelationshipTrigger,
    VestingCondition,
    VestingScheduleRelativeTrigger,
    VestingTerms,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a document or a case.

    Attributes:
        code: property code of the contract, section 7.
        condition_id: the condition it lies in; None where it lies in no single one.
        transaction_id: the transaction it lies in, if any.
        message: what is wrong, in a sentence.
    """

    code: str
    condition_id: str | None
    message: str
    transaction_id: str | None = None


def find_defects(terms: VestingTerms) -> tuple[Defect, ...]:
    """Every defect that keeps terms from being run, in document order by code."""
    conditions = terms.vesting_conditions
    return (
        *_duplicate_ids(conditions),
        *_dangling_next(conditions),
        *_cycles(conditions),
        *_no_initial(conditions),
        *_unreachable(conditions),
        *_references(conditions),
        *_companions(conditions),
        *_inputs(conditions),
        *_amounts(conditions),
        *_cliffs(conditions),
    )


def _duplicate_ids(conditions: list[VestingCondition]) -> Iterator[Defect]:
    seen: set[str] = set()
    for condition in conditions:
        if condition.id in seen:
            yield Defect("VV103", condition.id, f"two conditions have the id {condition.id!r}")
        seen.add(condition.id)


def _dangling_next(conditions: list[VestingCondition]) -> Iterator[Defect]:
    known = {condition.id for condition in conditions}
    for condition in conditions:
        for identifier in condition.next_condition_ids:
            if identifier not in known:
                yield Defect(
                    "VV102",
                    condition.id,
                    f"next_condition_ids of {condition.id!r} names {identifier!r}, which is no condition",
                )


def _edges(conditions: list[VestingCondition]) -> dict[str, list[str]]:
    edges: dict[str, list[str]] = {condition.id: [] for condition in conditions}
    for condition in conditions:
        edges[condition.id].extend(identifier for identifier in condition.next_condition_ids if identifier in edges)
    return edges


def _reachable(edges: dict[str, list[str]], origins: list[str]) -> set[str]:
    reached = set(origins)
    waiting = list(origins)
    while waiting:
        for identifier in edges[waiting.pop()]:
            if identifier not in reached:
                reached.add(identifier)
                waiting.append(identifier)
    return reached


def _cycles(conditions: list[VestingCondition]) -> Iterator[Defect]:
    edges = _edges(conditions)
    incoming = dict.fromkeys(edges, 0)
    for following in edges.values():
        for identifier in following:
            incoming[identifier] += 1
    free = [identifier for identifier, count in incoming.items() if count == 0]
    while free:
        for identifier in edges[free.pop()]:
            incoming[identifier] -= 1
            if incoming[identifier] == 0:
                free.append(identifier)
    for identifier, count in incoming.items():
        if count and identifier in _reachable(edges, edges[identifier]):
            yield Defect("VV101", identifier, f"following next_condition_ids from {identifier!r} leads back to it")


def _initial(conditions: list[VestingCondition]) -> list[str]:
    led_to = {identifier for condition in conditions for identifier in condition.next_condition_ids}
    return [condition.id for condition in conditions if condition.id not in led_to]


def _no_initial(conditions: list[VestingCondition]) -> Iterator[Defect]:
    if not _initial(conditions):
        yield Defect("VV104", None, "every condition follows some other one, so nothing can start")


def _unreachable(conditions: list[VestingCondition]) -> Iterator[Defect]:
    reached = _reachable(_edges(conditions), _initial(conditions))
    for condition in conditions:
        if condition.id not in reached:
            yield Defect("VV106", condition.id, f"no path leads to {condition.id!r}")


def _references(conditions: list[VestingCondition]) -> Iterator[Defect]:
    edges = _edges(conditions)
    reached = _reachable(edges, _initial(conditions))
    after: dict[str, set[str]] = {}
    for condition in conditions:
        if not isinstance(condition.trigger, VestingScheduleRelativeTrigger):
            continue
        reference = condition.trigger.relative_to_condition_id
        if reference not in edges:
            yield Defect("VV107", condition.id, f"{condition.id!r} counts from {reference!r}, which is no condition")
        elif reference == condition.id or reference in _reachable(edges, [condition.id]):
            yield Defect(
                "VV109", condition.id, f"{condition.id!r} counts from {reference!r}, which is itself or comes after it"
            )
        elif condition.id in reached and condition.id not in _after(after, edges, reference):
            yield Defect(
                "VV108", condition.id, f"{condition.id!r} counts from {reference!r}, which lies on no path to it"
            )


def _after(known: dict[str, set[str]], edges: dict[str, list[str]], origin: str) -> set[str]:
    # Many conditions count from the same one.
    if origin not in known:
        known[origin] = _reachable(edges, [origin])
    return known[origin]


def _companions(conditions: list[VestingCondition]) -> Iterator[Defect]:
    edges = _edges(conditions)
    triggers = {condition.id: condition.trigger for condition in conditions}
    after: dict[str, set[str]] = {}
    for condition in conditions:
        following = edges[condition.id]
        for identifier in following:
            if isinstance(triggers[identifier], LaterOfTrigger) and len(following) > 1:
                yield Defect(
                    "VV111",
                    condition.id,
                    f"{condition.id!r} leads to the LATER_OF {identifier!r} and to something else",
                )
            if not isinstance(triggers[identifier], EarlierOfTrigger):
                continue
            for companion in following:
                if companion != identifier and companion not in _after(after, edges, identifier):
                    yield Defect(
                        "VV112",
                        condition.id,
                        f"{condition.id!r} leads to the EARLIER_OF {identifier!r} and to {companion!r}, "
                        "which does not come after it",
                    )


def _inputs(conditions: list[VestingCondition]) -> Iterator[Defect]:
    known = {condition.id for condition in conditions}
    for condition in conditions:
        if not isinstance(condition.trigger, RelationshipTrigger):
            continue
        listed = condition.trigger.input_condition_ids
        for identifier in listed:
            if identifier not in known:
                yield Defect(
                    "VV107", condition.id, f"{condition.id!r} has the input {identifier!r}, which is no condition"
                )
        leading = [each.id for each in conditions if condition.id in each.next_condition_ids]
        if not leading or sorted(leading) != sorted(identifier for identifier in listed if identifier in known):
            yield Defect(
                "VV113", condition.id, f"the inputs of {condition.id!r} are not the conditions that lead to it"
            )


def _amounts(conditions: list[VestingCondition]) -> Iterator[Defect]:
    for condition in conditions:
        portion = condition.portion
        if portion is not None and portion.denominator == 0:
            yield Defect("VV308", condition.id, f"the portion of {condition.id!r} has the denominator 0")
        elif portion is not None and portion.numerator / portion.denominator < 0:
            yield Defect("VV308", condition.id, f"the portion of {condition.id!r} is negative")
        elif condition.quantity is not None and condition.quantity < 0:
            yield Defect("VV308", condition.id, f"the quantity of {condition.id!r} is negative")


def _cliffs(conditions: list[VestingCondition]) -> Iterator[Defect]:
    for condition in conditions:
        if isinstance(condition.trigger, VestingScheduleRelativeTrigger):
            period = condition.trigger.period
            if period.cliff_installment > period.occurrences:
                yield Defect(
                    "VV309",
                    condition.id,
                    f"the cliff of {condition.id!r} is installment {period.cliff_installment} of {period.occurrences}",
                )
