"""Which conditions can be entered: VV201 (PTH-1, PTH-4)."""

from __future__ import annotations

from typing import Any

from vestverify.decision import ASSUMPTIONS, SCOPE, Decision, finding
from vestverify.dominance import always_preempted
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.execution import execute, own_dates
from vestverify.engine.plan import Event, Indeterminate, Relative, Start
from vestverify.plan_graph import parents_of, topological
from vestverify.reachability import Answer, find_execution
from vestverify.results import Counterexample, Finding, Method, Related, Verdict
from vestverify.subject import Subject
from vestverify.totals import peak
from vestverify.witness import counterexample

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
            findings.append(_only_through(subject, place, parents[place]))
            continue
        if place in preempted:
            dead.add(place)
            if len(findings) < EXPLAINED_BY_EXAMPLE:
                findings.append(_never_entered(subject, place, parents[place]))
            else:
                findings.append(_preempted(subject, place, preempted[place]))
            continue
        by_solver = True
        answer = _ask(subject, place, frozenset(dead))
        if answer.exists is Verdict.OPEN:
            search.unknown.add(place)
            reason = f"whether {subject.id_of(place)!r} can be entered: {answer.reason}"
        elif answer.exists is Verdict.REFUTED:
            dead.add(place)
            findings.append(_never_entered(subject, place, parents[place]))
    search.never_entered = frozenset(dead)
    findings.sort(key=lambda each: each.pointer)
    method = Method.SMT if by_solver else Method.STRUCTURAL if findings else Method.EXHAUSTIVE
    if findings:
        return Decision("VV201", Verdict.REFUTED, method, tuple(findings), SCOPE, ASSUMPTIONS)
    if reason:
        return Decision("VV201", Verdict.OPEN, None, (), SCOPE, ASSUMPTIONS, reason)
    return Decision("VV201", Verdict.PROVED, method, (), SCOPE, ASSUMPTIONS)


def _ask(subject: Subject, place: int, dead: frozenset[int]) -> Answer:
    def goal(execution: SymbolicExecution, _: Any) -> Any:
        return execution.entered[place]

    def confirm(recorded: dict[int, int]) -> bool:
        return any(entry.place == place for entry in subject.search.run(recorded))

    return find_execution(subject.plan, subject.reading, [place], goal, confirm, subject.allowance, never_entered=dead)


def _only_through(subject: Subject, place: int, parents: list[int]) -> Finding:
    names = " and ".join(repr(subject.id_of(parent)) for parent in parents)
    return finding(
        "VV201",
        f"{subject.id_of(place)!r} is never entered: only {names} leads to it, and that is never entered",
        subject.pointer_to(place),
        (subject.id_of(place),),
        related=tuple(Related(subject.pointer_to(parent), "never entered") for parent in parents),
        facts={"pre_empted_by": None, "only_through": [subject.id_of(parent) for parent in parents]},
        advice="repair the condition that leads to it",
        identity=(subject.id_of(place),),
    )


def _preempted(subject: Subject, place: int, winner: int) -> Finding:
    name, first = subject.id_of(place), subject.id_of(winner)
    return finding(
        "VV201",
        f"{name!r} is never entered: {first!r} is always met first",
        subject.pointer_to(place),
        (name,),
        related=(Related(subject.pointer_to(winner), f"{first!r} comes first"),),
        facts={"pre_empted_by": first},
        advice=f"remove {name!r}, or change its date or its place before {first!r}",
        identity=(name,),
    )


def _instead(subject: Subject, recorded: dict[int, int], words: str) -> Counterexample | None:
    """An input on which a condition is passed over; None where the engine refuses it for vesting too much (VV301)."""
    grant = subject.round_grant()
    if peak(subject, execute(subject.plan, recorded, subject.reading), grant) > grant:
        return None
    return counterexample(subject, recorded, grant, words)


def _without_siblings(subject: Subject, parent: int) -> dict[int, int]:
    """Recorded days that lead to ``parent`` and say nothing of what may follow it."""
    witness = subject.search.witnesses[parent]
    entries = execute(subject.plan, witness, subject.reading)
    places = [entry.place for entry in entries]
    on_the_way = places[: places.index(parent) + 1]
    return {place: day for place, day in witness.items() if place in on_the_way}


def _never_entered(subject: Subject, place: int, parents: list[int]) -> Finding:
    name = subject.id_of(place)
    trigger = subject.plan.conditions[place].trigger
    reached = [parent for parent in parents if parent in subject.search.witnesses]
    for parent in reached:
        recorded = _without_siblings(subject, parent)
        entries = execute(subject.plan, recorded, subject.reading)
        stood = next(entry for entry in entries if entry.place == parent)
        if isinstance(trigger, Start | Event):
            recorded[place] = stood.left
            entries = execute(subject.plan, recorded, subject.reading)
        after = next((entry for entry in entries if entry.parent == parent), None)
        if (
            after is None
            or own_dates(subject.plan, recorded, subject.reading, {e.place: e for e in entries}, place) is None
        ):
            continue
        winner = subject.id_of(after.place)
        return finding(
            "VV201",
            f"{name!r} is never entered: after {subject.id_of(parent)!r}, {winner!r} is always met first",
            subject.pointer_to(place),
            (name,),
            related=(Related(subject.pointer_to(after.place), f"{winner!r} comes first"),),
            facts={"pre_empted_by": winner, "after": subject.id_of(parent)},
            advice=f"remove {name!r}, or change its date or its place before {winner!r}",
            counterexample=_instead(
                subject, recorded, f"{winner!r} is entered and {name!r} is not, as for every other input"
            ),
            identity=(name,),
        )
    missing = None
    if isinstance(trigger, Relative) and trigger.reference is not None:
        missing = subject.id_of(trigger.reference)
    what = (
        f"it counts from {missing!r}, which has not been met on any path there"
        if missing
        else "nothing it follows is met in time"
    )
    return finding(
        "VV201",
        f"{name!r} is never entered: {what}",
        subject.pointer_to(place),
        (name,),
        facts={"pre_empted_by": None, "counts_from": missing},
        advice=f"count from a condition that has been met before {name!r}, or remove it",
        identity=(name,),
    )
