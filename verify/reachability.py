"""Asking the solver for an execution, and believing only what the reference engine confirms."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import z3

from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.plan import Plan
from vestverify.engine.reading import Reading
from vestverify.results import Verdict
from vestverify.solver import QUESTIONS_WORTH, Allowance, Query, Satisfiability

#: Rounds of calendar refinement before a question is left open.
_MAXIMUM_ROUNDS = 400


class Disagreement(RuntimeError):
    """The encoding and the reference engine differ on one input; both sides are in the message."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """Whether some execution reaches a goal.

    Attributes:
        exists: ``PROVED`` if one does, ``REFUTED`` if none does, ``OPEN`` if that is not known.
        recorded: the recorded days of one that does.
        reason: why open.
        assertions: what was shown unsatisfiable, where refuted.
    """

    exists: Verdict
    recorded: dict[int, int] | None = None
    reason: str = ""


Goal = Callable[[SymbolicExecution, SymbolicTotals | None], z3.BoolRef]
Confirm = Callable[[dict[int, int]], bool]


def find_execution(
    plan: Plan,
    reading: Reading,
    targets: Iterable[int],
    goal: Goal,
    confirm: Confirm,
    allowance: Allowance,
    *,
    with_totals: bool = False,
    never_entered: frozenset[int] = frozenset(),
) -> Answer:
    """Look for an execution that reaches a goal, over all start and event days at once.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow.
        targets: conditions that the goal speaks of; only their ancestors and those' siblings are encoded.
        goal: assertion that holds of the executions looked for.
        confirm: runs the reference engine on recorded days and says whether the goal is really reached.
        allowance: solver resource units; what the question uses is taken from it.
        with_totals: whether the goal speaks of what has vested.
        never_entered: conditions that were shown before to be entered by no execution.

    Raises:
        Disagreement: the solver's execution obeys the calendar exactly and the engine does not confirm it.
        NotEncoded: under this reading executions are not single paths.
    """
    rlimit = allowance.next_question
    if rlimit < 0:
        return Answer(
            Verdict.OPEN, reason=f"all {QUESTIONS_WORTH * allowance.rlimit} resource units for these terms are used up"
        )
    query = Query(rlimit, isolated=True, logic=None if with_totals else "QF_LIA")
    execution = SymbolicExecution(plan, reading, targets, query, never_entered=never_entered)
    totals = SymbolicTotals(execution, query) if with_totals else None
    if query.check() is Satisfiability.UNSATISFIABLE:
        raise Disagreement(f"the assumptions about {plan.terms_id!r} have no model at all")
    query.add(goal(execution, totals))
    try:
        return _solve(plan, execution, query, confirm)
    finally:
        allowance.spent += query.spent


def _solve(plan: Plan, execution: SymbolicExecution, query: Query, confirm: Confirm) -> Answer:
    ordinary = execution.ordinary_days()
    for _ in range(_MAXIMUM_ROUNDS):
        answer = query.check(*ordinary)
        if answer is Satisfiability.UNSATISFIABLE and ordinary:
            ordinary = []
            continue
        if answer is Satisfiability.UNSATISFIABLE:
            return Answer(Verdict.REFUTED)
        if answer is Satisfiability.UNKNOWN:
            return Answer(Verdict.OPEN, reason=query.reason)
        model = query.model()
        recorded = execution.inputs(model)
        if confirm(recorded):
            return Answer(Verdict.PROVED, recorded)
        if not execution.refine(model):
            raise Disagreement(
                f"for the recorded days {recorded} of {plan.terms_id!r} the encoding takes the path "
                f"{execution.path(model)}, the engine does not"
            )
    return Answer(Verdict.OPEN, reason=f"the calendar was refined {_MAXIMUM_ROUNDS} times without an answer")
