"""Why a condition is never entered: which sibling comes first, which date has passed, what has not been met (VV201)."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence

from vestverify.decision import finding
from vestverify.dominance import always_first
from vestverify.engine.calendar import day_in_month, format_day, month_of
from vestverify.engine.execution import Entry, own_dates
from vestverify.engine.plan import Absolute, Relative
from vestverify.engine.reading import DEFAULT_READING
from vestverify.plan_graph import parents_of, topological
from vestverify.results import Finding, Related
from vestverify.search import FIRST_DAY, LAST_DAY
from vestverify.subject import Subject
from vestverify.totals import within_grant

#: Inputs on which is looked which sibling comes first after one condition.
_MAXIMUM_INPUTS = 60


@dataclasses.dataclass(frozen=True, slots=True)
class _Cause:
    """Why a condition is not entered after one that leads to it.

    Attributes:
        origin: the condition that leads to it; None at the beginning.
        winners: siblings that were seen to come first, the one of the example before the others.
        always: whether the first of them comes first for every input, as the document shows.
        passed: a date that has passed whenever ``origin`` is left: the condition's own, or else its first winner's.
        passed_place: whose date that is.
        missing: the condition counted from, where it has not been met.
        recorded: the recorded days of an execution that shows it.
    """

    origin: int | None
    winners: tuple[int, ...] = ()
    always: bool = False
    passed: int | None = None
    passed_place: int | None = None
    missing: int | None = None
    recorded: dict[int, int] | None = None


def only_through(subject: Subject, place: int, parents: Sequence[int]) -> Finding:
    """The finding about a condition to which only conditions lead that are never entered."""
    names = " and ".join(repr(subject.id_of(parent)) for parent in parents)
    leads = "leads to it, and that is" if len(parents) == 1 else "lead to it, and those are"
    return finding(
        "VV201",
        f"{subject.id_of(place)!r} is never entered: only {names} {leads} never entered",
        subject.pointer_to(place),
        (subject.id_of(place),),
        related=tuple(Related(subject.pointer_to(parent), "never entered") for parent in parents),
        facts={
            "pre_empted_by": None,
            "passed_date": None,
            "only_through": [subject.id_of(parent) for parent in parents],
        },
        advice="repair the condition that leads to it",
        identity=(subject.id_of(place),),
    )


def preempted_by(subject: Subject, place: int, winner: int) -> Finding:
    """The finding about a condition that a sibling always precedes, without an execution that shows it."""
    name, first = subject.id_of(place), subject.id_of(winner)
    return finding(
        "VV201",
        f"{name!r} is never entered: {first!r} is always met first",
        subject.pointer_to(place),
        (name,),
        related=(Related(subject.pointer_to(winner), f"{first!r} comes first"),),
        facts={"pre_empted_by": first, "passed_date": None},
        advice=f"remove {name!r}, or change its date or its place before {first!r}",
        identity=(name,),
    )


def never_entered(subject: Subject, place: int, dead: Collection[int]) -> Finding:
    """The finding about a condition that no execution enters, with the cause after each condition that leads to it.

    Args:
        subject: the terms.
        place: the condition.
        dead: conditions that are known not to be entered either.
    """
    name = subject.id_of(place)
    parents = parents_of(subject.plan)[place]
    origins: list[int | None] = [None] if place in subject.plan.initial else []
    origins += [parent for parent in parents if parent not in dead]
    earliest = _earliest_left(subject, dead)
    causes = [_cause(subject, place, origin, earliest) for origin in origins]
    # A sibling that comes first says most, and an execution shows it.
    causes.sort(key=lambda cause: (not cause.winners, cause.recorded is None))
    what = "; ".join(_in_words(subject, place, cause) for cause in causes)
    idle = [repr(subject.id_of(parent)) for parent in parents if parent in dead]
    if idle:
        what += f"; {' and '.join(idle)} {'is' if len(idle) == 1 else 'are'} never entered"
    first = causes[0]
    example = None
    if first.winners and first.recorded is not None:
        winner = subject.id_of(first.winners[0])
        example = within_grant(
            subject, first.recorded, f"{winner!r} is entered and {name!r} is not, as for every other input"
        )
    return finding(
        "VV201",
        f"{name!r} is never entered: {what}",
        subject.pointer_to(place),
        (name,),
        related=_related(subject, causes),
        facts=_facts(subject, causes),
        advice=_advice(subject, name, causes),
        counterexample=example,
        identity=(name,),
    )


def _related(subject: Subject, causes: Sequence[_Cause]) -> tuple[Related, ...]:
    winners = dict.fromkeys(winner for cause in causes for winner in cause.winners)
    missing = dict.fromkeys(cause.missing for cause in causes if cause.missing is not None)
    return (
        *(Related(subject.pointer_to(winner), f"{subject.id_of(winner)!r} comes first") for winner in winners),
        *(Related(subject.pointer_to(other), f"{subject.id_of(other)!r} has not been met") for other in missing),
    )


def _facts(subject: Subject, causes: Sequence[_Cause]) -> dict[str, object]:
    each = [
        {
            "after": None if cause.origin is None else subject.id_of(cause.origin),
            "pre_empted_by": subject.id_of(cause.winners[0]) if cause.winners else None,
            "passed_date": None if cause.passed is None else format_day(cause.passed),
            "counts_from": None if cause.missing is None else subject.id_of(cause.missing),
        }
        for cause in causes
    ]
    facts: dict[str, object] = dict(each[0])
    if len(each) > 1:
        facts["causes"] = each
    return facts


def _advice(subject: Subject, name: str, causes: Sequence[_Cause]) -> str:
    winners = dict.fromkeys(repr(subject.id_of(winner)) for cause in causes for winner in cause.winners)
    if winners:
        return f"remove {name!r}, or change its date or its place before {' and '.join(winners)}"
    return f"count from a condition that has been met before {name!r}, or remove it"


def _in_words(subject: Subject, place: int, cause: _Cause) -> str:
    after = "at the beginning" if cause.origin is None else f"after {subject.id_of(cause.origin)!r}"
    if cause.missing is not None:
        return f"{after} it counts from {subject.id_of(cause.missing)!r}, which has not been met"
    if not cause.winners:
        return f"{after} it is not met in time"
    names = [repr(subject.id_of(winner)) for winner in cause.winners]
    if len(names) > 1:
        words = f"{after}, {', '.join(names[:-1])} or {names[-1]} is met first"
    else:
        words = f"{after}, {names[0]} is {'always ' if cause.always else ''}met first"
    if cause.passed is None:
        return words
    whose = "its own date" if cause.passed_place == place else "that date"
    return f"{words} ({whose}, {format_day(cause.passed)}, has passed by then)"


def _cause(subject: Subject, place: int, origin: int | None, earliest: dict[int, int]) -> _Cause:
    trigger = subject.plan.conditions[place].trigger
    winners: dict[int, dict[int, int]] = {}
    certain = always_first(subject.plan, subject.reading, origin, place)
    for recorded in _inputs(subject, place, origin):
        entries = subject.search.run(recorded)
        first = _next_after(entries, origin)
        if first is None or own_dates(subject.plan, recorded, subject.reading, _before(entries, first), place) is None:
            continue
        if first.place != place:
            winners.setdefault(first.place, recorded)
    if certain in winners:
        winners = {certain: winners[certain]}
    if not winners:
        missing = trigger.reference if isinstance(trigger, Relative) else None
        if certain is not None:
            return _Cause(origin, (certain,), always=True)
        return _Cause(origin, missing=missing)
    ordered = tuple(winners)
    passed_place = next(
        (each for each in (place, ordered[0]) if _has_passed(subject, each, origin, earliest)),
        None,
    )
    passed = subject.plan.conditions[passed_place].trigger if passed_place is not None else None
    siblings = subject.plan.initial if origin is None else subject.plan.conditions[origin].following
    is_met_at_once = passed_place == ordered[0] == siblings[0]
    return _Cause(
        origin,
        ordered,
        always=certain in winners or is_met_at_once,
        passed=passed.day if isinstance(passed, Absolute) else None,
        passed_place=passed_place,
        recorded=winners[ordered[0]],
    )


def _has_passed(subject: Subject, place: int, origin: int | None, earliest: dict[int, int]) -> bool:
    """Whether a condition's date never lies after the day on which the one before it is left."""
    trigger = subject.plan.conditions[place].trigger
    return isinstance(trigger, Absolute) and origin is not None and trigger.day <= earliest.get(origin, FIRST_DAY - 1)


def _next_after(entries: Sequence[Entry], origin: int | None) -> Entry | None:
    return next((entry for entry in entries if entry.parent == origin), None)


def _before(entries: Sequence[Entry], first: Entry) -> dict[int, Entry]:
    """The entries up to the one before ``first``, by place."""
    return {entry.place: entry for entry in entries[: entries.index(first)]}


def _inputs(subject: Subject, place: int, origin: int | None) -> Iterator[dict[int, int]]:
    """A few inputs that lead to ``origin``, say nothing of what else may follow it, and meet the condition there."""
    plan = subject.plan
    is_recorded = plan.conditions[place].recorded
    if origin is None:
        yield {place: subject.search.ordinary_day} if is_recorded else {}
        return
    seen: set[tuple[tuple[int, int], ...]] = set()
    trigger = plan.conditions[place].trigger
    reference = trigger.reference if isinstance(trigger, Relative) else None
    for recorded in _leading_to(subject, origin, reference):
        entries = subject.search.run(recorded)
        stood = next((entry for entry in entries if entry.place == origin), None)
        if stood is None:
            continue
        if is_recorded and stood.left > LAST_DAY:
            continue
        chosen = {**recorded, place: stood.left} if is_recorded else recorded
        key = tuple(sorted(chosen.items()))
        if key not in seen:
            seen.add(key)
            yield chosen


def _leading_to(subject: Subject, origin: int, reference: int | None) -> Iterator[dict[int, int]]:
    """Recorded days of executions that enter ``origin``, and the same from other starts, which need not.

    Args:
        subject: the terms.
        origin: the condition.
        reference: another that is wanted on the way, if any.
    """
    plan, search = subject.plan, subject.search
    routes: dict[tuple[tuple[int, int], ...], dict[int, int]] = {}
    ordered = [search.witnesses[origin]] if origin in search.witnesses else []
    if reference is not None and (through := _through(subject, reference, origin)) is not None:
        ordered.insert(0, through)
    for witness in (*ordered, *search.witnesses.values()):
        places = [entry.place for entry in search.run(witness)]
        if origin in places:
            on_the_way = places[: places.index(origin) + 1]
            route = {place: day for place, day in witness.items() if place in on_the_way}
            routes.setdefault(tuple(sorted(route.items())), route)
        if len(routes) >= _MAXIMUM_INPUTS:
            break
    yield from routes.values()
    dates = [condition.trigger.day for condition in plan.conditions if isinstance(condition.trigger, Absolute)]
    starts = [FIRST_DAY, LAST_DAY, *(day + shift for day in sorted(set(dates))[:6] for shift in (-1, 1))]
    tried = 0
    for route in routes.values():
        for day in starts:
            if tried >= _MAXIMUM_INPUTS:
                return
            first = next(iter(plan.initial))
            if first in route and FIRST_DAY <= day <= LAST_DAY:
                tried += 1
                later = max(0, day - route[first])
                moved = {place: day if place == first else other + later for place, other in route.items()}
                if max(moved.values()) <= LAST_DAY:
                    yield moved


def _through(subject: Subject, reference: int, origin: int) -> dict[int, int] | None:
    """Recorded days of an execution that enters ``origin`` by way of ``reference``, along the fewest conditions."""
    witness = subject.search.witnesses.get(reference)
    if witness is None:
        return None
    places = [entry.place for entry in subject.search.run(witness)]
    paths = {reference: tuple(places[: places.index(reference) + 1])}
    waiting = [reference]
    for place in waiting:
        if place == origin:
            return subject.search.realise(paths[place])
        for following in subject.plan.conditions[place].following:
            if following not in paths:
                paths[following] = (*paths[place], following)
                waiting.append(following)
    return None


def _earliest_left(subject: Subject, dead: Collection[int]) -> dict[int, int]:
    """For each condition that may be entered, a day before which it is never left, under the default reading."""
    if subject.reading != DEFAULT_READING:
        return {}
    plan = subject.plan
    parents = parents_of(plan)
    found: dict[int, int] = {}
    for place in topological(plan):
        trigger = plan.conditions[place].trigger
        above = [found[parent] for parent in parents[place] if parent in found]
        if place in dead or (not above and place not in plan.initial):
            continue
        own = FIRST_DAY
        if isinstance(trigger, Absolute):
            own = trigger.day
        elif isinstance(trigger, Relative) and trigger.reference in found:
            base = found[trigger.reference]
            units = trigger.length * trigger.occurrences
            own = base + units
            if trigger.in_months:
                own = max(base, day_in_month(month_of(base) + units, trigger.wanted_day or 1))
        found[place] = max(own, min(above)) if above and place not in plan.initial else own
    return found
