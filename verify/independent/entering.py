"""Which conditions can be entered where siblings are independent: VV201 (PTH-4, REL-1, REL-3, REL-5)."""

from __future__ import annotations

import z3

from vestverify.decision import ASSUMPTIONS, SCOPE, Decision, finding
from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.plan import EarlierOf, Indeterminate
from vestverify.independent.executions import entry_of, find, sample
from vestverify.never_entered import only_through
from vestverify.plan_graph import parents_of
from vestverify.results import Finding, Method, Related, Verdict
from vestverify.subject import Subject


def decide_entering(subject: Subject) -> Decision:
    """Decide for each condition whether some start date and event timing lets it be entered.

    Raises:
        NotEncoded, Disagreement: see ``find``.
    """
    search, plan = subject.search, subject.plan
    sample(subject)
    parents = parents_of(plan)
    dead: set[int] = set()
    findings: list[Finding] = []
    by_solver = False
    reason = ""
    for place in sorted(range(len(plan.conditions)), key=plan.order.__getitem__):
        if place in search.witnesses or isinstance(plan.conditions[place].trigger, Indeterminate):
            continue
        if parents[place] and dead.issuperset(parents[place]):
            dead.add(place)
            findings.append(only_through(subject, place, parents[place]))
            continue
        by_solver = True

        def enters(execution: IndependentExecution, _: IndependentTotals | None, place: int = place) -> z3.BoolRef:
            return execution.entered[place]

        def shows(recorded: dict[int, int], place: int = place) -> bool:
            return entry_of(search.run(recorded), place) is not None

        answer = find(subject, f"an execution that enters {subject.id_of(place)!r}", enters, shows, targets=[place])
        if answer.exists is Verdict.OPEN:
            search.unknown.add(place)
            reason = f"whether {subject.id_of(place)!r} can be entered: {answer.reason}"
        elif answer.exists is Verdict.REFUTED:
            dead.add(place)
            findings.append(_never_entered(subject, place, dead))
    search.never_entered = frozenset(dead)
    findings.sort(key=lambda each: each.pointer)
    method = Method.SMT if by_solver else Method.EXHAUSTIVE
    if findings:
        return Decision("VV201", Verdict.REFUTED, method, tuple(findings), SCOPE, ASSUMPTIONS, reason)
    if reason:
        return Decision("VV201", Verdict.OPEN, None, (), SCOPE, ASSUMPTIONS, reason)
    return Decision("VV201", Verdict.PROVED, method, (), SCOPE, ASSUMPTIONS)


def _never_entered(subject: Subject, place: int, dead: set[int]) -> Finding:
    name = subject.id_of(place)
    rival = _always_earlier(subject, place)
    missing = [parent for parent in parents_of(subject.plan)[place] if parent in dead]
    if rival is not None:
        why = f"{subject.id_of(rival)!r} is always the earlier one"
        advice = f"remove {name!r}, or change its date or its place before {subject.id_of(rival)!r}"
        related: tuple[Related, ...] = (Related(subject.pointer_to(rival), f"{subject.id_of(rival)!r} is earlier"),)
    elif missing:
        names = " and ".join(repr(subject.id_of(each)) for each in missing)
        why = f"it needs {names}, never entered either"
        advice = "repair the condition that leads to it"
        related = tuple(Related(subject.pointer_to(each), "never entered") for each in missing)
    else:
        why = "no start date and no timing of events meets it once what leads to it is met"
        advice = "count it from a condition that has been met whenever this one has its turn"
        related = ()
    return finding(
        "VV201",
        f"{name!r} is never entered: {why}",
        subject.pointer_to(place),
        (name,),
        related=related,
        facts={"pre_empted_by": None if rival is None else subject.id_of(rival), "passed_date": None},
        advice=advice,
        identity=(name,),
    )


def _always_earlier(subject: Subject, place: int) -> int | None:
    """The input that is earlier whenever a condition is met that is an input of the same EARLIER_OF."""
    relationship = subject.plan.relationship_of[place]
    trigger = None if relationship is None else subject.plan.conditions[relationship].trigger
    if not isinstance(trigger, EarlierOf):
        return None

    def is_met(execution: IndependentExecution, _: IndependentTotals | None) -> z3.BoolRef:
        return execution.met[place]

    winners: list[int] = []

    def shows(recorded: dict[int, int]) -> bool:
        won = [each for each in trigger.inputs if entry_of(subject.search.run(recorded), each) is not None]
        winners.extend(won)
        return bool(won)

    find(subject, f"an execution that meets {subject.id_of(place)!r}", is_met, shows, targets=[place], exact=False)
    return winners[0] if winners else None


__all__ = ["decide_entering"]
