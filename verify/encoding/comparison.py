"""Two executions of one plan on the same starts and events, under two readings."""

from __future__ import annotations

from collections.abc import Iterable

import z3

from vestverify.encoding.calendar import before, same
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.plan import Plan, Relative
from vestverify.engine.reading import Stepping
from vestverify.plan_graph import topological

#: No month is shorter: a day of the month up to this one is never moved.
_SHORTEST_MONTH = 28


def entered_differently(plan: Plan, touched: Iterable[int]) -> frozenset[int]:
    """Conditions that two executions may enter differently, where own dates differ for some conditions only.

    Args:
        plan: the compiled terms.
        touched: places of the conditions whose own dates may differ, or whether they are met.

    Returns:
        Those, their siblings, and everything that follows one of them or counts from one.
    """
    found = frozenset(touched)
    origins: list[int | None] = [None, *topological(plan)]
    while True:
        grown = set(found)
        for origin in origins:
            following = plan.initial if origin is None else plan.conditions[origin].following
            if origin in grown or any(place in grown or _reference(plan, place) in grown for place in following):
                grown.update(following)
        if grown == found:
            return found
        found = frozenset(grown)


def _reference(plan: Plan, place: int) -> int | None:
    trigger = plan.conditions[place].trigger
    return trigger.reference if isinstance(trigger, Relative) else None


def installments_differ(
    first: SymbolicExecution, second: SymbolicExecution, apart: frozenset[int], touched: Iterable[int]
) -> z3.BoolRef:
    """Assertion that is unsatisfiable together with both executions only if their installments fall alike.

    Args:
        first: one execution, with ``progress``.
        second: the other one, with ``progress``, beside the first.
        apart: see ``entered_differently``.
        touched: the conditions by which the readings differ.

    Returns:
        Whether some vesting condition is entered in one execution only, or its installments are counted
        differently. An execution that it admits need not differ.
    """
    plan = first.plan
    touched = frozenset(touched)
    claims = []
    for place in sorted(apart):
        if not plan.conditions[place].vests:
            continue
        both = z3.And(first.entered[place], second.entered[place])
        claims.append(first.entered[place] != second.entered[place])
        claims.append(z3.And(both, z3.Not(same(first.days[place], second.days[place]))))
        trigger = plan.conditions[place].trigger
        if not isinstance(trigger, Relative) or trigger.reference is None:
            continue
        bases = first.counted_from(trigger.reference), second.counted_from(trigger.reference)
        claims.append(z3.And(both, z3.Not(same(*bases))))
        claims.append(z3.And(both, z3.Not(same(first.completed(place), second.completed(place)))))
        for (origin, target), taken in first.taken.items():
            if target != place or origin is None:
                continue
            ways = z3.And(taken, second.taken[origin, place])
            if place in touched or origin in apart:
                claims.append(
                    z3.And(ways, z3.Not(same(first.own_day(origin, place, 1), second.own_day(origin, place, 1))))
                )
            if not trigger.in_months or trigger.wanted_day is not None:
                continue
            wanted = first.wanted_day(origin, place), second.wanted_day(origin, place)
            claims.append(z3.And(ways, wanted[0] != wanted[1]))
            if place in touched and Stepping.FROM_PREVIOUS in (first.reading.stepping, second.reading.stepping):
                claims.append(z3.And(ways, wanted[0] > _SHORTEST_MONTH))
    return z3.Or(*claims) if claims else z3.BoolVal(False, next(iter(first.entered.values())).ctx)


def left_before_the_last_occurrence(execution: SymbolicExecution, places: Iterable[int]) -> z3.BoolRef:
    """Whether something that may follow a repeating condition is met before its last occurrence.

    Args:
        execution: under either reading of PTH-3 under which periodic conditions are complete.
        places: the repeating conditions.
    """
    claims = []
    for place in places:
        for following in execution.plan.conditions[place].following:
            met = execution.met(place, following)
            if met is not None:
                claims.append(z3.And(execution.entered[place], met[0], before(met[1], execution.completed(place))))
    return z3.Or(*claims) if claims else z3.BoolVal(False, next(iter(execution.entered.values())).ctx)
