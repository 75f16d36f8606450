"""Two readings compared for all inputs, where siblings are independent (VV401)."""

from __future__ import annotations

import z3

from vestverify.ambiguities import Ambiguity
from vestverify.decision import Decision
from vestverify.encoding.calendar import same
from vestverify.encoding.execution import NotEncoded
from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.plan import Plan, Relationship, Relative
from vestverify.engine.reading import LeavePeriodic, Reading, Stepping
from vestverify.independent.executions import find, sample
from vestverify.reading_agreement import Agreement
from vestverify.reading_witness import Difference, difference, find_difference, grants_for
from vestverify.results import Method, Verdict
from vestverify.subject import Subject

#: A question may spend one such part of the budget.
PARTS_OF_BUDGET = 10
#: No month is shorter: a day of the month up to this one is never moved.
_SHORTEST_MONTH = 28
#: Inputs of the sample that are compared before others.
_FIRST_INPUTS = 60
#: Ambiguities that decide own dates, when conditions are left and which of them are met, and nothing else.
_ABOUT_DATES = frozenset(
    {"stepping", "first_fixed_day", "anchor_day", "periodic_reference", "early_event", "leave_periodic"}
)


def compare_independent(
    subject: Subject, ambiguity: Ambiguity, other: Reading, over_vesting: Decision
) -> Difference | Agreement:
    """Compare the subject's reading with another one.

    Args:
        subject: the terms.
        ambiguity: the question that the other reading answers differently.
        other: the other reading.
        over_vesting: the decision of VV301; executions that vest more than the grant have no schedule to compare.

    Raises:
        Disagreement: see ``find``.
    """
    found = find_difference(subject, ambiguity, other, first=sample(subject)[:_FIRST_INPUTS])
    if found is not None:
        return found
    if over_vesting.verdict is Verdict.REFUTED:
        return Agreement(Verdict.OPEN, None, "executions that vest more than the grant (VV301) are not compared")
    if ambiguity.key not in _ABOUT_DATES:
        return Agreement(Verdict.OPEN, None, "no input was found for which schedules differ, but none is excluded")
    try:
        return _ask(subject, other)
    except NotEncoded as error:
        return Agreement(Verdict.OPEN, None, str(error))


def _ask(subject: Subject, other: Reading) -> Difference | Agreement:
    differences: list[Difference] = []

    def goal(execution: IndependentExecution, _: IndependentTotals | None) -> z3.BoolRef:
        beside = IndependentExecution(subject.plan, other, execution.query, beside=execution)
        return installments_differ(subject.plan, execution, beside)

    def shows(recorded: dict[int, int]) -> bool:
        for grant in grants_for(subject):
            shown = difference(subject, other, recorded, grant)
            if shown is not None:
                differences.append(shown)
                return True
        return False

    asking = subject.asking_little(PARTS_OF_BUDGET)
    answer = find(asking, "an execution that the two readings tell apart", goal, shows, exact=False)
    if differences:
        return differences[-1]
    if answer.exists is Verdict.REFUTED:
        return Agreement(Verdict.PROVED, Method.SMT, "no start and event dates make a difference")
    return Agreement(Verdict.OPEN, None, answer.reason)


def installments_differ(plan: Plan, first: IndependentExecution, second: IndependentExecution) -> z3.BoolRef:
    """Assertion that is unsatisfiable together with both executions only if their installments fall alike.

    Args:
        plan: the terms of both.
        first: one execution.
        second: the other one, beside the first.

    Returns:
        Whether some condition is entered in one execution only, on another day, or its occurrences are counted
        differently. An execution that it admits need not differ.
    """
    claims = []
    drifts = Stepping.FROM_PREVIOUS in (first.reading.stepping, second.reading.stepping)
    steps_differ = first.reading.stepping is not second.reading.stepping
    for place in sorted(_deciding(plan)):
        condition = plan.conditions[place]
        both = z3.And(first.entered[place], second.entered[place])
        claims.append(first.entered[place] != second.entered[place])
        claims.append(z3.And(both, z3.Not(same(first.days[place], second.days[place]))))
        trigger = condition.trigger
        if not isinstance(trigger, Relative) or trigger.reference is None:
            continue
        own = first.own_day(None, place, 1), second.own_day(None, place, 1)
        bases = first.counted_from(trigger.reference), second.counted_from(trigger.reference)
        claims.append(z3.And(both, z3.Not(same(*own))))
        if condition.occurrences == 1:
            continue
        claims.append(z3.And(both, z3.Not(same(*bases))))
        if trigger.in_months and trigger.wanted_day is None:
            wanted = first.wanted_day(None, place), second.wanted_day(None, place)
            claims.append(z3.And(both, wanted[0] != wanted[1]))
            if drifts and steps_differ:
                claims.append(z3.And(both, wanted[0] > _SHORTEST_MONTH))
    if not claims:
        return first.query.truth(False)
    if LeavePeriodic.ON_NEXT in (first.reading.leave_periodic, second.reading.leave_periodic):
        raise NotEncoded("the prover does not decide leave_periodic=on-next; the engine runs it")
    return z3.Or(*claims)


def _deciding(plan: Plan) -> frozenset[int]:
    """The conditions that may vest something, and through relationships those that decide what these vest."""
    waiting = [
        place
        for place, relationship in enumerate(plan.relationship_of)
        if relationship is None
        and (plan.conditions[place].vests or isinstance(plan.conditions[place].trigger, Relationship))
    ]
    found = set(waiting)
    while waiting:
        trigger = plan.conditions[waiting.pop()].trigger
        if isinstance(trigger, Relationship):
            waiting.extend(each for each in trigger.inputs if each not in found)
            found.update(trigger.inputs)
    return frozenset(found)


__all__ = ["compare_independent", "installments_differ"]
