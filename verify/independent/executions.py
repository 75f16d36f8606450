"""Executions of terms whose siblings are independent: a sample run on the engine, and what the solver finds."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction

import z3

from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.calendar import day_in_month, day_of_month, month_of
from vestverify.engine.execution import Entry
from vestverify.engine.plan import Absolute, Plan, Relative, Start
from vestverify.reachability import Answer, Disagreement
from vestverify.results import Method, Verdict
from vestverify.search import FIRST_DAY, LAST_DAY, are_inputs
from vestverify.solver import QUESTIONS_WORTH, VACUOUS, Query, Satisfiability
from vestverify.subject import Subject

#: Inputs of the sample that are drawn beside those that follow a pattern.
RANDOM_INPUTS = 60
#: Conditions entered by the sample, at most, once its patterns have been run.
_MAXIMUM_ENTRIES = 20_000
#: Starts and events each of which is left out, or recorded alone, by one input of the sample.
_MAXIMUM_SINGLED_OUT = 40
_ORDINARY_DELAYS = (0, 15, 45, 400, 3_700)
_MAXIMUM_ROUNDS = 400
#: Executions that are looked at where the goal may hold without what is looked for.
_MAXIMUM_DOUBTFUL = 12

#: Runs the engine on recorded days and says whether the goal is really reached.
Shows = Callable[[dict[int, int]], bool]
Goal = Callable[[IndependentExecution, IndependentTotals | None], z3.BoolRef]


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """An execution that shows something, or why there is none.

    Attributes:
        recorded: its recorded days; None where there is none.
        method: how that was found out.
        reason: why it is not known; ``""`` where it is.
    """

    recorded: dict[int, int] | None
    method: Method
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Grants:
    """The grants that amounts are compared for.

    Attributes:
        one: that one; None for all that are large enough.
    """

    one: Fraction | None = None


def look_for(
    subject: Subject,
    sought: str,
    goal: Goal,
    shows: Shows,
    *,
    targets: Iterable[int] | None = None,
    grant: Grants | None = None,
    exact: bool = True,
) -> Found:
    """Look for an execution among those of the sample, and then by the solver.

    Args:
        subject: the terms.
        sought: what the solver is asked for, as a noun phrase.
        goal: assertion that holds of the executions looked for.
        shows: the same on the engine.
        targets: conditions that the goal speaks of; None for all.
        grant: by which grant amounts are compared; None where the goal speaks of no amounts.
        exact: see ``find``.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    for recorded in sample(subject):
        if shows(recorded):
            return Found(recorded, Method.EXHAUSTIVE)
    answer = find(subject, sought, goal, shows, targets=targets, grant=grant, exact=exact)
    if answer.exists is Verdict.OPEN:
        return Found(None, Method.SMT, answer.reason)
    return Found(answer.recorded, Method.SMT)


def find(
    subject: Subject,
    about: str,
    goal: Goal,
    confirm: Shows,
    *,
    targets: Iterable[int] | None = None,
    grant: Grants | None = None,
    exact: bool = True,
) -> Answer:
    """Ask the solver for an execution that reaches a goal, over all start and event days at once.

    Args:
        subject: the terms; what the question uses is taken from their allowance.
        about: what is looked for, as a noun phrase.
        goal: assertion that holds of the executions looked for.
        confirm: runs the reference engine on recorded days and says whether the goal is really reached.
        targets: conditions that the goal speaks of; None for all.
        grant: by which grant amounts are compared; None where the goal speaks of no amounts.
        exact: whether the goal says exactly what ``confirm`` looks for; otherwise an execution that is not
            confirmed leaves the question open.

    Raises:
        NotEncoded: see ``IndependentExecution`` and ``IndependentTotals``.
        TooManyOccurrences: see ``step_of``.
        Disagreement: the solver's execution obeys the calendar exactly and the engine does not confirm it.
    """
    allowance = subject.allowance
    rlimit = allowance.next_question
    if rlimit < 0:
        used_up = QUESTIONS_WORTH * allowance.rlimit
        return Answer(Verdict.OPEN, reason=f"all {used_up} resource units for these terms are used up")
    query = Query(rlimit, about=about, isolated=True, logic=None if grant is not None else "QF_LIA")
    execution = IndependentExecution(subject.plan, subject.reading, query, targets)
    totals = None if grant is None else IndependentTotals(execution, query, grant.one)
    if query.check() is Satisfiability.UNSATISFIABLE:
        allowance.spent += query.spent
        return Answer(Verdict.OPEN, reason=VACUOUS)
    query.claim(goal(execution, totals))
    try:
        return _solve(subject.plan, execution, query, confirm, exact)
    finally:
        allowance.spent += query.spent


def _solve(plan: Plan, execution: IndependentExecution, query: Query, confirm: Shows, exact: bool) -> Answer:
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
                execution.avoid_like(model)
                continue
            raise Disagreement(
                f"for the recorded days {recorded} of {plan.terms_id!r} the encoding enters {execution.path(model)}, "
                "the engine does not"
            )
    return Answer(Verdict.OPEN, reason=f"the calendar was refined {_MAXIMUM_ROUNDS} times without an answer")


def sample(subject: Subject) -> tuple[dict[int, int], ...]:
    """Inputs on which the engine is run before the solver is asked, always the same for the same terms."""
    if not subject.sampled:
        subject.sampled.extend(_sample(subject))
    return tuple(subject.sampled)


def _sample(subject: Subject) -> Iterator[dict[int, int]]:
    entered = 0
    seen: set[frozenset[tuple[int, int]]] = set()
    for number, recorded in enumerate(_patterns(subject.plan, subject.search.ordinary_day)):
        key = frozenset(recorded.items())
        if key in seen or not are_inputs(recorded):
            continue
        seen.add(key)
        if number > 3 * _MAXIMUM_SINGLED_OUT and entered > _MAXIMUM_ENTRIES:
            return
        entered += len(subject.search.run(recorded))
        yield recorded


def _patterns(plan: Plan, ordinary_day: int) -> Iterator[dict[int, int]]:
    starts = [place for place, each in enumerate(plan.conditions) if isinstance(each.trigger, Start)]
    events = [place for place, each in enumerate(plan.conditions) if each.recorded and place not in starts]
    days = _days(plan, ordinary_day)
    for first in days[:8]:
        begun = dict.fromkeys(starts, first)
        yield {**begun, **dict.fromkeys(events, first)}
        for delay in _ORDINARY_DELAYS:
            yield {**begun, **dict.fromkeys(events, first + delay)}
        yield {**begun, **{place: first + 20 * (rank + 1) for rank, place in enumerate(events)}}
        yield {**begun, **{place: first + 20 * (rank + 1) for rank, place in enumerate(reversed(events))}}
    first = days[0]
    begun = dict.fromkeys(starts, first)
    yield begun
    yield {}
    for place in events[:_MAXIMUM_SINGLED_OUT]:
        yield {**begun, place: first + 15}
        yield {**begun, **{other: first + 15 for other in events if other != place}}
    dice = random.Random(0)
    for _ in range(RANDOM_INPUTS):
        first = dice.choice(days)
        yield {
            place: first if place in starts else dice.choice(days) + dice.choice((0, 0, 1, 15, 31, 400))
            for place in (*starts, *events)
            if dice.randrange(6)
        }


def _days(plan: Plan, ordinary_day: int) -> list[int]:
    """Days around those that the terms name, ordinary ones first."""
    absolute = sorted({each.trigger.day for each in plan.conditions if isinstance(each.trigger, Absolute)})
    months = sorted(
        {
            each.trigger.length * each.trigger.occurrences
            for each in plan.conditions
            if isinstance(each.trigger, Relative) and each.trigger.in_months
        }
    )
    near = [day + offset for day in absolute[:6] for offset in (-1, 0, 1, -400)]
    counted = [
        day_in_month(month_of(day) - span, day_of_month(day))
        for day, span in itertools.product(absolute[:3], months[:3])
        if month_of(day) - span > month_of(FIRST_DAY)
    ]
    leap_day = day_in_month(month_of(ordinary_day) - 11, 29)
    found = dict.fromkeys([ordinary_day, *near, ordinary_day + 30, leap_day, *counted, FIRST_DAY, LAST_DAY - 4_000])
    return [day for day in found if FIRST_DAY <= day <= LAST_DAY]


def entry_of(entries: Iterable[Entry], place: int) -> Entry | None:
    """The entry of a condition; None where it is not entered."""
    return next((entry for entry in entries if entry.place == place), None)


def entries_by_place(entries: Iterable[Entry]) -> Mapping[int, Entry]:
    """Entries by the place of their condition."""
    return {entry.place: entry for entry in entries}


__all__ = ["Found", "Goal", "Grants", "Shows", "entries_by_place", "entry_of", "find", "look_for", "sample"]
