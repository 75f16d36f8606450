"""Which conditions can be entered: VV201 (PTH-1, PTH-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestverify.decision import ASSUMPTIONS, SCOPE, Decision
from vestverify.dominance import always_preempted
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.plan import Indeterminate
from vestverify.never_entered import never_entered, only_through, preempted_by
from vestverify.plan_graph import parents_of, topological
from vestverify.reachability import Answer, find_execution
from vestverify.results import Finding, Method, Verdict
from vestverify.start_ranges import start_dates_in_words, start_ranges
from vestverify.subject import Subject

#: Findings that are explained by an execution each; the further ones only name the sibling that comes first.
EXPLAINED_BY_EXAMPLE = 20


def decide_entering(subject: Subject) -> Decision:
    """Decide for each condition whether some start date, event timing and order lets the path enter it."""
    search = subject.search
    parents = parents_of(subject.plan)
    preempted = always_preempted(subject.plan, subject.reading)
    search.never_entered = frozenset(preempted)
    search.enter_all()
    dead: set[int] = set()
    by_solver = False
    findings: list[Finding] = []
    reason = ""
    for place in topological(subject.plan):
        if place in search.witnesses or isinstance(subject.plan.conditions[place].trigger, Indeterminate):
            continue
        if parents[place] and all(parent in dead for parent in parents[place]):
            dead.add(place)
            findings.append(only_through(subject, place, parents[place]))
            continue
        if place in preempted:
            dead.add(place)
            if len(findings) < EXPLAINED_BY_EXAMPLE:
                findings.append(never_entered(subject, place, dead))
            else:
                findings.append(preempted_by(subject, place, preempted[place]))
            continue
        by_solver = True
        answer = _ask(subject, place, frozenset(dead))
        if answer.exists is Verdict.OPEN:
            search.unknown.add(place)
            reason = f"whether {subject.id_of(place)!r} can be entered: {answer.reason}"
        elif answer.exists is Verdict.REFUTED:
            dead.add(place)
            findings.append(never_entered(subject, place, dead))
    search.never_entered = frozenset(dead)
    findings.sort(key=lambda each: each.pointer)
    method = Method.SMT if by_solver else Method.STRUCTURAL if findings else Method.EXHAUSTIVE
    scope = _scope(subject)
    if findings:
        return Decision("VV201", Verdict.REFUTED, method, tuple(findings), scope, ASSUMPTIONS)
    if reason:
        return Decision("VV201", Verdict.OPEN, None, (), scope, ASSUMPTIONS, reason)
    return Decision("VV201", Verdict.PROVED, method, (), scope, ASSUMPTIONS)


def _scope(subject: Subject) -> Mapping[str, str]:
    """For which inputs the verdict holds, with the conditions that only some starts lead to."""
    words = start_dates_in_words(subject, start_ranges(subject))
    return {**SCOPE, "start_dates": words} if words else SCOPE


def _ask(subject: Subject, place: int, dead: frozenset[int]) -> Answer:
    def goal(execution: SymbolicExecution, _: Any) -> Any:
        return execution.entered[place]

    def confirm(recorded: dict[int, int]) -> bool:
        return any(entry.place == place for entry in subject.search.run(recorded))

    return find_execution(
        subject, f"an execution that enters {subject.id_of(place)!r}", [place], goal, confirm, never_entered=dead
    )
