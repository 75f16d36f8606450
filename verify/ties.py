"""Whether the order of next_condition_ids alone can decide between different amounts: VV202 (PTH-1, PTH-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import z3

from vestverify.decision import Decision, finding
from vestverify.encoding.calendar import SymbolicDay, not_after, same
from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import SymbolicExecution, require_one_path
from vestverify.engine.execution import Entry, own_dates
from vestverify.engine.plan import Absolute, Indeterminate, PlannedCondition, Relative
from vestverify.engine.reading import DEFAULT_READING, EarlyEvent
from vestverify.plan_graph import ancestors_of
from vestverify.results import Finding, Related
from vestverify.search import are_inputs
from vestverify.subject import Subject
from vestverify.timing import Questions, Routes, is_left_before, never_after, shown, written
from vestverify.witness import without_needless_records

#: Times that all recorded days are moved to make two dates meet; months of different lengths need a few.
_MAXIMUM_MOVES = 4


@dataclasses.dataclass(frozen=True, slots=True)
class _Pair:
    """Two siblings, the one that is listed first first."""

    winner: int
    loser: int


def decide_ties(subject: Subject) -> Decision:
    """Decide VV202, one finding at most for the siblings after each condition, and for initial ones.

    Raises:
        NotEncoded, Disagreement: see ``require_one_path`` and ``find_execution``.
    """
    require_one_path(subject.plan, subject.reading)
    routes = Routes(subject)
    findings: list[Finding] = []
    questions = Questions(subject)
    origins: list[int | None] = [None, *range(len(subject.plan.conditions))]
    for origin in origins:
        pairs = _pairs(routes, origin)
        if not pairs:
            continue
        attempt = next(((pair, found) for pair in pairs for found in _attempts(routes, origin, pair)), None)
        if attempt is None:
            questions.refuted = bool(findings)
            recorded = _ask(questions, origin, pairs)
            if recorded is not None:
                attempt = next((pair, recorded) for pair in pairs if _tie(subject, recorded, origin, pair) is not None)
        if attempt is not None:
            findings.append(_decided_by_order(subject, origin, *attempt))
    return questions.decide("VV202", findings)


def _pairs(routes: Routes, origin: int | None) -> list[_Pair]:
    subject = routes.subject
    if origin in subject.search.never_entered:
        return []
    siblings = subject.plan.initial if origin is None else subject.plan.conditions[origin].following
    if len(siblings) < 2:
        return []
    passed = frozenset() if origin is None else ancestors_of(routes.parents, [origin])
    living = [place for place in siblings if _can_be_met(subject, passed, place)]
    return [
        _Pair(winner, loser)
        for number, winner in enumerate(living)
        for loser in living[number + 1 :]
        if _differ(subject.plan.conditions[winner], subject.plan.conditions[loser])
        and not _always_on_different_days(routes, origin, winner, loser)
    ]


def _can_be_met(subject: Subject, passed: frozenset[int], place: int) -> bool:
    trigger = subject.plan.conditions[place].trigger
    if place in subject.search.never_entered or isinstance(trigger, Indeterminate):
        return False
    return not isinstance(trigger, Relative) or (
        trigger.reference in passed and trigger.reference not in subject.search.never_entered
    )


def _differ(first: PlannedCondition, second: PlannedCondition) -> bool:
    if bool(first.following) != bool(second.following):
        return True
    if not first.vests and not second.vests:
        return False
    return first.amount != second.amount or first.occurrences != second.occurrences


def _always_on_different_days(routes: Routes, origin: int | None, first: int, second: int) -> bool:
    """Whether the document alone tells that two siblings are never met on one day."""
    conditions = routes.subject.plan.conditions
    one, other = conditions[first].trigger, conditions[second].trigger
    if isinstance(one, Absolute) and isinstance(other, Absolute):
        return origin is None and one.day != other.day
    if not isinstance(one, Relative) or not isinstance(other, Relative) or origin is None:
        return False
    if one.reference != other.reference or routes.subject.reading != DEFAULT_READING:
        return False
    for early, late, later_place in ((one, other, second), (other, one, first)):
        if never_after(routes.subject.plan, early, late, strictly=True, last_of_first=False):
            # Both fall on the day on which the parent is left where that is after the later date.
            return is_left_before(routes, origin, later_place, strictly=True)
    return False


def _entries_before(subject: Subject, recorded: dict[int, int], origin: int | None) -> dict[int, Entry] | None:
    """What has been entered once ``origin`` is; None where it is not entered."""
    if origin is None:
        return {}
    entries: dict[int, Entry] = {}
    for entry in subject.search.run(recorded):
        entries[entry.place] = entry
        if entry.place == origin:
            return entries
    return None


def _met(
    subject: Subject, recorded: dict[int, int], entries: Mapping[int, Entry], origin: int | None, place: int
) -> int | None:
    """The day on which a condition is met once ``origin`` is left; None where it never is."""
    own = own_dates(subject.plan, recorded, subject.reading, entries, place)
    if own is None:
        return None
    left = None if origin is None else entries[origin].left
    if left is None or own.day(1) >= left:
        return own.day(1)
    if subject.plan.conditions[place].recorded and subject.reading.early_event is EarlyEvent.IGNORED:
        return None
    return left


def _tie(subject: Subject, recorded: dict[int, int], origin: int | None, pair: _Pair) -> int | None:
    """The day on which both siblings are met and the first listed is entered; None where that does not happen."""
    taken = next((each for each in subject.search.run(recorded) if each.place == pair.winner), None)
    if taken is None or taken.parent != origin:
        return None
    entries = _entries_before(subject, recorded, origin)
    if entries is None or _met(subject, recorded, entries, origin, pair.loser) != taken.entered:
        return None
    return taken.entered


def _attempts(routes: Routes, origin: int | None, pair: _Pair) -> Iterator[dict[int, int]]:
    subject = routes.subject
    for recorded in _ways_to(routes, origin, pair):
        for _ in range(_MAXIMUM_MOVES):
            tried = _with_events(subject, recorded, origin, pair) if are_inputs(recorded) else None
            if tried is None or not are_inputs(tried):
                break
            if _tie(subject, tried, origin, pair) is not None:
                yield tried
                break
            moved = _moved_towards(subject, recorded, origin, pair)
            if moved is None:
                break
            recorded = moved


def _ways_to(routes: Routes, origin: int | None, pair: _Pair) -> Iterator[dict[int, int]]:
    """Recorded days that lead to ``origin``, early, and late enough for both siblings to be overdue."""
    if origin is None:
        yield {}
        return
    subject = routes.subject

    def both_overdue(entries: Mapping[int, Entry], recorded: Mapping[int, int], _: int) -> int | None:
        own = [
            own_dates(subject.plan, recorded, subject.reading, entries, place) for place in (pair.winner, pair.loser)
        ]
        return max((each.day(1) for each in own if each is not None), default=None)

    absolute = [
        trigger.day
        for trigger in (subject.plan.conditions[place].trigger for place in (pair.winner, pair.loser))
        if isinstance(trigger, Absolute)
    ]
    for path, witness in routes.to(origin):
        yield {place: day for place, day in witness.items() if place in path}
        for first_day in (witness.get(path[0], subject.search.ordinary_day), *absolute):
            late = subject.search.follow(path, first_day, both_overdue)
            if late is not None:
                yield late


def _with_events(subject: Subject, recorded: dict[int, int], origin: int | None, pair: _Pair) -> dict[int, int] | None:
    """The same days with those siblings recorded that need it, on the day on which the other is met."""
    entries = _entries_before(subject, recorded, origin)
    if entries is None:
        return None
    left = subject.search.ordinary_day if origin is None else entries[origin].left
    days = [
        day
        for place in (pair.winner, pair.loser)
        if not subject.plan.conditions[place].recorded
        and (day := _met(subject, recorded, entries, origin, place)) is not None
    ]
    day = max(days, default=left)
    return recorded | {place: day for place in (pair.winner, pair.loser) if subject.plan.conditions[place].recorded}


def _moved_towards(
    subject: Subject, recorded: dict[int, int], origin: int | None, pair: _Pair
) -> dict[int, int] | None:
    """The same days moved so that a date counted in time meets one that stands in the document."""
    triggers = [subject.plan.conditions[place].trigger for place in (pair.winner, pair.loser)]
    if sum(isinstance(trigger, Absolute) for trigger in triggers) != 1 or not recorded:
        return None
    entries = _entries_before(subject, recorded, origin)
    if entries is None:
        return None
    own = [own_dates(subject.plan, recorded, subject.reading, entries, place) for place in (pair.winner, pair.loser)]
    if own[0] is None or own[1] is None:
        return None
    gap = own[0].day(1) - own[1].day(1)
    shift = gap if isinstance(triggers[0], Absolute) else -gap
    return {place: day + shift for place, day in recorded.items()} if shift else None


def _ask(questions: Questions, origin: int | None, pairs: list[_Pair]) -> dict[int, int] | None:
    subject = questions.subject
    name = "the beginning" if origin is None else repr(subject.id_of(origin))

    def goal(execution: SymbolicExecution, _: SymbolicTotals | None) -> z3.BoolRef:
        claims = [_claim(subject, execution, origin, pair) for pair in pairs]
        return z3.Or(*claims)

    def shows(recorded: dict[int, int]) -> bool:
        return any(_tie(subject, recorded, origin, pair) is not None for pair in pairs)

    sought = f"an execution in which order alone decides what follows {name}"
    return questions.ask(origin, f"what follows {name}", sought, sorted({pair.winner for pair in pairs}), goal, shows)


def _claim(subject: Subject, execution: SymbolicExecution, origin: int | None, pair: _Pair) -> z3.BoolRef:
    taken = execution.taken[origin, pair.winner]
    own: SymbolicDay
    trigger = subject.plan.conditions[pair.loser].trigger
    claims = [taken]
    if isinstance(trigger, Absolute):
        own = execution.known_day(trigger.day)
    elif isinstance(trigger, Relative):
        if trigger.reference not in execution.entered:
            return z3.BoolVal(False, taken.ctx)
        claims.append(execution.entered[trigger.reference])
        own = execution.own_day(origin, pair.loser, 1)
    else:
        recorded, own = execution.recorded[pair.loser]
        claims.append(recorded)
    day = execution.days[pair.winner]
    if origin is None:
        return z3.And(*claims, same(day, own))
    left = execution.left(origin)
    in_time = not_after(left, own)
    if subject.plan.conditions[pair.loser].recorded and subject.reading.early_event is EarlyEvent.IGNORED:
        return z3.And(*claims, in_time, same(day, own))
    return z3.And(*claims, z3.If(in_time, same(day, own), same(day, left)))


def _decided_by_order(subject: Subject, origin: int | None, pair: _Pair, recorded: dict[int, int]) -> Finding:
    recorded = without_needless_records(subject, recorded, lambda fewer: _tie(subject, fewer, origin, pair) is not None)
    day = _tie(subject, recorded, origin, pair)
    assert day is not None
    winner, loser = subject.id_of(pair.winner), subject.id_of(pair.loser)
    after = None if origin is None else subject.id_of(origin)
    where = "at the beginning" if after is None else f"after {after!r}"
    return finding(
        "VV202",
        f"{where}, {winner!r} and {loser!r} can be met on one day, and only their order decides for {winner!r}",
        subject.pointer_to(pair.winner),
        (winner, loser),
        related=(Related(subject.pointer_to(pair.loser), f"{loser!r} is listed later"),),
        facts={"after": after, "first": winner, "instead_of": loser, "date": written(day)},
        advice="make sure that the order is meant, or move one of the dates",
        counterexample=shown(
            subject, recorded, f"both {winner!r} and {loser!r} are met on {written(day)} and {winner!r} is entered"
        ),
        identity=(after or "", winner, loser),
    )
