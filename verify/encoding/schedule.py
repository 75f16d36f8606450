"""The engine's installment dates as constraints (CLF-1, DAT-8, GRD-1)."""

from __future__ import annotations

import z3

from vestverify.encoding.calendar import SymbolicDay, not_after, same
from vestverify.encoding.execution import NotEncoded, SymbolicExecution
from vestverify.engine.plan import Relative
from vestverify.engine.reading import CatchUp, GrantCatchUp
from vestverify.solver import Query


def vests_on(
    execution: SymbolicExecution, query: Query, origin: int | None, place: int, occurrence: int, grant_day: SymbolicDay
) -> SymbolicDay:
    """The day on which one occurrence of an entered condition vests.

    Args:
        execution: the executions in question.
        query: receives the assertions.
        origin: the condition it was entered from; None for an initial condition.
        place: the condition.
        occurrence: which one, 1-based.
        grant_day: the day of issuance.

    Raises:
        NotEncoded: under readings whose installments move to the next tranche.
    """
    if (
        execution.reading.catch_up is not CatchUp.ON_ENTRY
        or execution.reading.grant_catch_up is not GrantCatchUp.GRANT_DATE
    ):
        raise NotEncoded("the prover does not place installments on the next tranche; the engine does")
    trigger = execution.plan.conditions[place].trigger
    entered = execution.days[place]
    own = entered
    if isinstance(trigger, Relative):
        own = execution.own_day(origin, place, max(occurrence, trigger.cliff))
    return latest(execution, query, f"vests_{place}_{occurrence}", own, entered, grant_day)


def latest(execution: SymbolicExecution, query: Query, name: str, *days: SymbolicDay) -> SymbolicDay:
    """The latest of several days."""
    found = days[0]
    for number, day in enumerate(days[1:]):
        later = execution.unknown_day(f"{name}_{number}")
        query.add(z3.If(not_after(found, day), same(later, day), same(later, found)))
        found = later
    return found
