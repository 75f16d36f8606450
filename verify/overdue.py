"""Whether an installment can be due before its condition is entered: VV203 (DAT-7, DAT-8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import z3

from vestverify.decision import Decision, finding
from vestverify.encoding.calendar import before
from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import SymbolicExecution, require_one_path
from vestverify.engine.execution import Entry, own_dates
from vestverify.engine.plan import Absolute, Relative
from vestverify.results import Finding, Related
from vestverify.subject import Subject
from vestverify.timing import Questions, Routes, is_left_before, shown, written
from vestverify.witness import without_needless_records


def decide_overdue(subject: Subject) -> Decision:
    """Decide VV203, one finding for each condition that can be entered after its own date.

    Raises:
        NotEncoded, Disagreement: see ``require_one_path`` and ``find_execution``.
    """
    require_one_path(subject.plan, subject.reading)
    routes = Routes(subject)
    findings: list[Finding] = []
    questions = Questions(subject)
    for place in range(len(subject.plan.conditions)):
        parents = _parents_left_late(routes, place)
        if not parents:
            continue
        recorded = next((found for parent in parents for found in _attempts(routes, parent, place)), None)
        if recorded is None:
            questions.refuted = bool(findings)
            recorded = _ask(questions, place, parents)
        if recorded is not None:
            findings.append(overdue_finding(subject, place, recorded))
    return questions.decide("VV203", findings)


def _parents_left_late(routes: Routes, place: int) -> list[int]:
    """The conditions before a vesting one of which the document alone does not tell that they are left in time."""
    subject = routes.subject
    condition = subject.plan.conditions[place]
    if not condition.vests or place in subject.search.never_entered:
        return []
    if isinstance(condition.trigger, Absolute):
        return routes.living_parents(place)
    if not isinstance(condition.trigger, Relative):
        return []
    return [
        parent for parent in routes.living_parents(place) if not is_left_before(routes, parent, place, strictly=False)
    ]


def _is_overdue(subject: Subject, recorded: dict[int, int], place: int) -> Entry | None:
    entry = next((each for each in subject.search.run(recorded) if each.place == place), None)
    return entry if entry is not None and entry.own.day(1) < entry.entered else None


def _attempts(routes: Routes, parent: int, place: int) -> Iterator[dict[int, int]]:
    subject = routes.subject
    trigger = subject.plan.conditions[place].trigger

    def just_after(entries: Mapping[int, Entry], recorded: Mapping[int, int], _: int) -> int | None:
        own = own_dates(subject.plan, recorded, subject.reading, entries, place)
        return None if own is None else own.day(1) + 1

    for path, witness in routes.to(parent):
        first_days = [witness.get(path[0], subject.search.ordinary_day)]
        if isinstance(trigger, Absolute):
            first_days.append(trigger.day + 1)
        for first_day in first_days:
            recorded = subject.search.follow(path, first_day, just_after)
            if recorded is not None and _is_overdue(subject, recorded, place) is not None:
                yield recorded


def _ask(questions: Questions, place: int, parents: list[int]) -> dict[int, int] | None:
    subject = questions.subject
    trigger = subject.plan.conditions[place].trigger

    def goal(execution: SymbolicExecution, _: SymbolicTotals | None) -> z3.BoolRef:
        claims = []
        for parent in parents:
            if isinstance(trigger, Absolute):
                own = execution.known_day(trigger.day)
            elif isinstance(trigger, Relative) and trigger.reference in execution.entered:
                own = execution.own_day(parent, place, 1)
            else:
                continue
            claims.append(z3.And(execution.taken[parent, place], before(own, execution.left(parent))))
        return z3.Or(*claims) if claims else z3.BoolVal(False, execution.entered[place].ctx)

    def shows(recorded: dict[int, int]) -> bool:
        return _is_overdue(subject, recorded, place) is not None

    name = repr(subject.id_of(place))
    return questions.ask(place, name, f"an execution that enters {name} after its own date", [place], goal, shows)


def overdue_finding(subject: Subject, place: int, recorded: dict[int, int]) -> Finding:
    """The finding about a condition that an execution enters after its own date."""
    recorded = without_needless_records(subject, recorded, lambda fewer: _is_overdue(subject, fewer, place) is not None)
    entry = _is_overdue(subject, recorded, place)
    assert entry is not None
    assert entry.parent is not None
    name, parent = subject.id_of(place), subject.id_of(entry.parent)
    own, entered = written(entry.own.day(1)), written(entry.entered)
    return finding(
        "VV203",
        f"{name!r} can be entered after its own date: {own} has passed when {parent!r} is left on {entered}",
        subject.pointer_to(place),
        (name,),
        related=(Related(subject.pointer_to(entry.parent), f"{parent!r} can be left later"),),
        facts={"condition": name, "after": parent, "own_date": own, "entered": entered},
        advice=f"if {name!r} should not catch up on entry, count it from {parent!r}",
        counterexample=shown(
            subject, recorded, f"{name!r} would be due on {own} and is entered on {entered}, so that it catches up then"
        ),
        identity=(name,),
    )
