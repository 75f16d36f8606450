"""When things happen where siblings are independent: VV202 to VV204 (REL-2, DAT-7, DAT-8)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import z3

from vestverify.date_range import first_unwritten, lifetime_warnings, never_ends, places_beyond_dates
from vestverify.decision import Decision, finding
from vestverify.encoding.calendar import before, same
from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.calendar import LAST_DAY as LAST_WRITTEN_DAY
from vestverify.engine.execution import Entry, own_dates
from vestverify.engine.plan import Absolute, EarlierOf, LaterOf, Relative
from vestverify.engine.reading import EarlyEvent
from vestverify.independent.executions import Goal, Shows, entries_by_place, entry_of, find, sample
from vestverify.overdue import overdue_finding
from vestverify.plan_graph import parents_of
from vestverify.results import Finding, Related, Verdict
from vestverify.search import LAST_DAY
from vestverify.subject import Subject
from vestverify.timing import Questions, shown, written
from vestverify.witness import without_needless_records


class _Asked(Questions):
    """The same questions, asked of executions whose siblings are independent."""

    def look(
        self,
        about: str,
        sought: str,
        goal: Goal,
        shows: Shows,
        targets: list[int],
        tried: Iterator[dict[int, int]] | None = None,
        *,
        exact: bool = True,
    ) -> dict[int, int] | None:
        """An execution of the sample, or one that the solver finds; None where there is none or that is left open."""
        for recorded in itertools.chain(sample(self.subject), () if tried is None else tried):
            if shows(recorded):
                return recorded
        self.asked += 1
        if not self.may_ask(about):
            return None
        answer = find(self.subject_to_ask, sought, goal, shows, targets=targets, exact=exact)
        if answer.exists is Verdict.OPEN:
            self.reason = answer.reason
        return answer.recorded


# ---- VV203 ----


def decide_overdue(subject: Subject) -> Decision:
    """Decide VV203, one finding for each condition that can be entered after its own date.

    Raises:
        NotEncoded, Disagreement: see ``find``.
    """
    findings: list[Finding] = []
    questions = _Asked(subject)
    for place, condition in enumerate(subject.plan.conditions):
        if not isinstance(condition.trigger, Absolute | Relative) or not condition.vests:
            continue
        if place in subject.search.never_entered or place in subject.plan.initial:
            continue

        def goal(execution: IndependentExecution, _: IndependentTotals | None, place: int = place) -> z3.BoolRef:
            own = execution.own(place)
            assert own is not None
            return z3.And(execution.entered[place], before(own[1], execution.days[place]))

        def shows(recorded: dict[int, int], place: int = place) -> bool:
            entry = entry_of(subject.search.run(recorded), place)
            return entry is not None and entry.own.day(1) < entry.entered

        name = repr(subject.id_of(place))
        questions.refuted = bool(findings)
        recorded = questions.look(name, f"an execution that enters {name} after its own date", goal, shows, [place])
        if recorded is not None:
            findings.append(overdue_finding(subject, place, recorded))
    return questions.decide("VV203", findings)


# ---- VV202 ----


def decide_ties(subject: Subject) -> Decision:
    """Decide VV202: whether order alone can decide between inputs of an EARLIER_OF that differ, one finding each.

    Raises:
        NotEncoded, Disagreement: see ``find``.
    """
    findings: list[Finding] = []
    questions = _Asked(subject)
    for place, condition in enumerate(subject.plan.conditions):
        if not isinstance(condition.trigger, EarlierOf):
            continue
        pairs = [
            (winner, loser)
            for number, winner in enumerate(condition.trigger.inputs)
            for loser in condition.trigger.inputs[number + 1 :]
            if _differ(subject, winner, loser)
        ]
        if not pairs:
            continue

        def goal(
            execution: IndependentExecution,
            _: IndependentTotals | None,
            pairs: list[tuple[int, int]] = pairs,
            place: int = place,
        ) -> z3.BoolRef:
            ties = [
                z3.And(
                    execution.entered[winner],
                    execution.met[loser],
                    same(execution.days[winner], execution.days[loser]),
                )
                for winner, loser in pairs
            ]
            return z3.And(execution.entered[place], z3.Or(*ties))

        def shows(recorded: dict[int, int], pairs: list[tuple[int, int]] = pairs, place: int = place) -> bool:
            return _tie(subject, recorded, place, pairs) is not None

        name = repr(subject.id_of(place))
        questions.refuted = bool(findings)
        sought = f"an execution in which order alone decides {name}"
        recorded = questions.look(name, sought, goal, shows, [place], _meeting(subject, pairs))
        if recorded is not None:
            findings.append(_decided_by_order(subject, place, pairs, recorded))
    return questions.decide("VV202", findings)


def _differ(subject: Subject, first: int, second: int) -> bool:
    conditions = subject.plan.conditions
    one, other = conditions[first], conditions[second]
    relationship = subject.plan.relationship_of[first]
    if set(one.following) - {relationship} != set(other.following) - {relationship}:
        return True
    if isinstance(one.trigger, EarlierOf | LaterOf) or isinstance(other.trigger, EarlierOf | LaterOf):
        return True
    if any(isinstance(each.trigger, Relative) and each.trigger.reference in (first, second) for each in conditions):
        return True
    if not one.vests and not other.vests:
        return False
    return one.amount != other.amount or one.occurrences != other.occurrences


def _meeting(subject: Subject, pairs: list[tuple[int, int]]) -> Iterator[dict[int, int]]:
    """Inputs of the sample with one of two recorded on the day on which the other is met."""
    for recorded in sample(subject)[:24]:
        entries = subject.search.run(recorded)
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                entry = entry_of(entries, one)
                if entry is not None and subject.plan.conditions[other].recorded:
                    yield {**recorded, other: entry.entered}


def _met_on(subject: Subject, recorded: dict[int, int], entries: Mapping[int, Entry], place: int) -> int | None:
    """The day on which an input is met whether or not it is the earlier one; None where it is not met."""
    plan = subject.plan
    trigger = plan.conditions[place].trigger
    if isinstance(trigger, EarlierOf | LaterOf):
        days = [_met_on(subject, recorded, entries, each) for each in trigger.inputs]
        met = [day for day in days if day is not None]
        if isinstance(trigger, LaterOf):
            return max(met) if len(met) == len(days) else None
        return min(met, default=None)
    own = own_dates(plan, recorded, subject.reading, entries, place)
    if own is None:
        return None
    if place in plan.initial:
        return own.day(1)
    found = []
    for parent in parents_of(plan)[place]:
        relationship = plan.relationship_of[parent]
        way = entries.get(parent) if relationship is None or relationship in entries else None
        if way is None or (relationship is not None and parent not in entries):
            continue
        left = way.left if relationship is None else entries[relationship].left
        ignored = plan.conditions[place].recorded and subject.reading.early_event is EarlyEvent.IGNORED
        if not (ignored and own.day(1) < left):
            found.append(max(own.day(1), left))
    return min(found, default=None)


def _tie(
    subject: Subject, recorded: dict[int, int], place: int, pairs: list[tuple[int, int]]
) -> tuple[int, int, int] | None:
    """The two inputs between which order decides and the day, where a relationship is entered so; None elsewhere."""
    entries = entries_by_place(subject.search.run(recorded))
    if place not in entries:
        return None
    for winner, loser in pairs:
        if winner in entries and _met_on(subject, recorded, entries, loser) == entries[winner].entered:
            return winner, loser, entries[winner].entered
    return None


def _decided_by_order(subject: Subject, place: int, pairs: list[tuple[int, int]], recorded: dict[int, int]) -> Finding:
    recorded = without_needless_records(subject, recorded, lambda fewer: _tie(subject, fewer, place, pairs) is not None)
    tie = _tie(subject, recorded, place, pairs)
    assert tie is not None
    winner, loser, day = subject.id_of(tie[0]), subject.id_of(tie[1]), written(tie[2])
    name = subject.id_of(place)
    return finding(
        "VV202",
        f"{winner!r} and {loser!r} can be met on one day, and only their order decides which is the earlier for {name!r}",
        subject.pointer_to(tie[0]),
        (winner, loser),
        related=(Related(subject.pointer_to(tie[1]), f"{loser!r} is listed later"),),
        facts={"after": name, "first": winner, "instead_of": loser, "date": day},
        advice="make sure that the order is meant, or move one of the dates",
        counterexample=shown(
            subject, recorded, f"both {winner!r} and {loser!r} are met on {day} and {winner!r} is the earlier"
        ),
        identity=(name, winner, loser),
    )


# ---- VV204 ----


def decide_date_range(subject: Subject) -> Decision:
    """Decide VV204: an error for each condition with which dates run out, a warning beyond a sane time.

    Raises:
        NotEncoded, Disagreement: see ``find``.
    """
    errors: dict[int, Finding] = {}
    questions = _Asked(subject)
    for place in places_beyond_dates(subject):
        if place in errors:
            continue
        trigger = subject.plan.conditions[place].trigger

        def goal(
            execution: IndependentExecution,
            _: IndependentTotals | None,
            place: int = place,
            trigger: object = trigger,
        ) -> z3.BoolRef:
            last_written = execution.known_day(LAST_WRITTEN_DAY)
            claims = [before(last_written, execution.days[place])]
            if isinstance(trigger, Relative):
                claims.append(before(last_written, execution.own_day(None, place, trigger.occurrences)))
            return z3.And(execution.entered[place], z3.Or(*claims))

        def shows(recorded: dict[int, int]) -> bool:
            return first_unwritten(subject, recorded) is not None

        name = repr(subject.id_of(place))
        sought = f"an execution in which an installment of {name} falls after 9999-12-31"
        questions.refuted = bool(errors)
        recorded = questions.look(
            name,
            sought,
            goal,
            shows,
            [place],
            _late(subject),
            # What an input would vest late may be dropped.
            exact=subject.plan.relationship_of[place] is None,
        )
        if recorded is not None:
            first = first_unwritten(subject, recorded)
            assert first is not None
            errors.setdefault(first.place, never_ends(subject, first.place, recorded))
    return questions.decide("VV204", errors.values(), lifetime_warnings(subject, errors, questions))


def _late(subject: Subject) -> Iterator[dict[int, int]]:
    yield {place: LAST_DAY for place, condition in enumerate(subject.plan.conditions) if condition.recorded}


__all__ = ["decide_date_range", "decide_overdue", "decide_ties"]
