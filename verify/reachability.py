"""Asking the solver for an execution, and believing only what the reference engine confirms."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import z3

from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.plan import Plan
from vestverify.results import Verdict
from vestverify.solver import QUESTIONS_WORTH, VACUOUS, Query, Satisfiability
from vestverify.subject import Subject

#: Executions that are looked at where the goal may hold without what is looked for.
_MAXIMUM_DOUBTFUL = 12

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
    """

    exists: Verdict
    recorded: dict[int, int] | None = None
    reason: str = ""


Goal = Callable[[SymbolicExecution, SymbolicTotals | None], z3.BoolRef]
Confirm = Callable[[dict[int, int]], bool]


def find_execution(
    subject: Subject,
    about: str,
    targets: Iterable[int],
    goal: Goal,
    confirm: Confirm,
    *,
    with_totals: bool = False,
    never_entered: frozenset[int] | None = None,
    progress: bool = False,
    exact: bool = True,
) -> Answer:
    """Look for an execution that reaches a goal, over all start and event days at once.

    Args:
        subject: the terms; what the question uses is taken from their allowance.
        about: what is looked for, as a noun phrase: "an execution that enters 'cliff'".
        targets: conditions that the goal speaks of; only their ancestors and those' siblings are encoded.
        goal: assertion that holds of the executions looked for.
        confirm: runs the reference engine on recorded days and says whether the goal is really reached.
        with_totals: whether the goal speaks of what has vested.
        never_entered: conditions that were shown before to be entered by no execution; None for the search's.
        progress: whether executions go on wherever they can; needed where the goal is about what is not entered.
        exact: whether the goal says exactly what ``confirm`` looks for; otherwise an execution that is not
            confirmed leaves the question open.

    Raises:
        Disagreement: the solver's execution obeys the calendar exactly and the engine does not confirm it.
        NotEncoded: under this reading executions are not single paths.
    """
    plan, allowance = subject.plan, subject.allowance
    rlimit = allowance.next_question
    if rlimit < 0:
        return Answer(
            Verdict.OPEN, reason=f"all {QUESTIONS_WORTH * allowance.rlimit} resource units for these terms are used up"
        )
    query = Query(rlimit, about=about, isolated=True, logic=None if with_totals else "QF_LIA")
    if never_entered is None:
        never_entered = subject.search.never_entered
    execution = SymbolicExecution(plan, subject.reading, targets, query, progress=progress, never_entered=never_entered)
    totals = SymbolicTotals(execution, query) if with_totals else None
    if query.check() is Satisfiability.UNSATISFIABLE:
        allowance.spent += query.spent
        return Answer(Verdict.OPEN, reason=VACUOUS)
    query.claim(goal(execution, totals))
    try:
        return _solve(plan, execution, query, confirm, exact)
    finally:
        allowance.spent += query.spent


def entry_not_known(subject: Subject, place: int) -> str:
    """Why a question about entering a condition is open where VV201 is open for that condition."""
    return f"it is not known whether {subject.id_of(place)!r} can be entered (VV201)"


def _solve(plan: Plan, execution: SymbolicExecution, query: Query, confirm: Confirm, exact: bool) -> Answer:
    ordinary = execution.ordinary_days()
    doubtful = 0
    for _ in range(_MAXIMUM_ROUNDS):
        answer = query.check(*ordinary)
        if answer is Satisfiability.UNSATISFIABLE and ordinary:
            ordinary = []
            continue
        if doubtful and (answer is Satisfiability.UNSATISFIABLE or doubtful > _MAXIMUM_DOUBTFUL):
            return Answer(Verdict.OPEN, reason="executions that may differ were found, and none that does")
        if answer is Satisfiability.UNSATISFIABLE:
            return Answer(Verdict.REFUTED)
        if answer is Satisfiability.UNKNOWN:
            return Answer(Verdict.OPEN, reason=query.reason)
        model = query.model()
        recorded = execution.inputs(model)
        if confirm(recorded):
            return Answer(Verdict.PROVED, recorded)
        if not execution.refine(model):
            if not exact:
                doubtful += 1
                execution.avoid_path(model)
                continue
            raise Disagreement(
                f"for the recorded days {recorded} of {plan.terms_id!r} the encoding takes the path "
                f"{execution.path(model)}, the engine does not"
            )
    return Answer(Verdict.OPEN, reason=f"the calendar was refined {_MAXIMUM_ROUNDS} times without an answer")
