"""Inputs that make something happen at a wanted time, for the questions about dates (VV202, VV203, VV204)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vestverify.dominance import days_after
from vestverify.engine.calendar import LAST_DAY as LAST_WRITTEN_DAY
from vestverify.engine.calendar import format_day
from vestverify.engine.execution import Entry, execute, own_dates
from vestverify.engine.plan import Event, Plan, Relative, Start
from vestverify.engine.reading import DEFAULT_READING, PeriodicReference
from vestverify.plan_graph import parents_of
from vestverify.results import Counterexample
from vestverify.search import FIRST_DAY, LAST_DAY
from vestverify.subject import Subject
from vestverify.totals import peak
from vestverify.witness import counterexample, outcome_on

#: Questions that one property about dates asks of the solver for one VestingTerms; beyond, it is open.
MAXIMUM_QUESTIONS = 12

#: Paths to one condition on which inputs are tried.
_MAXIMUM_PATHS = 3

#: The day for which a start or event is wanted, from what has been entered so far; None for as early as can be.
Wanted = Callable[[Mapping[int, Entry], dict[int, int]], int | None]


class Routes:
    """Paths that executions found so far have taken."""

    def __init__(self, subject: Subject) -> None:
        """Run every different witness of the subject's search once."""
        self.subject = subject
        self.parents = parents_of(subject.plan)
        self._through: dict[int, list[tuple[tuple[int, ...], int, dict[int, int]]]] = {}
        witnesses = {tuple(sorted(recorded.items())): recorded for recorded in subject.search.witnesses.values()}
        for recorded in witnesses.values():
            path = tuple(entry.place for entry in execute(subject.plan, recorded, subject.reading))
            for number, place in enumerate(path):
                known = self._through.setdefault(place, [])
                if len(known) < _MAXIMUM_PATHS:
                    known.append((path, number + 1, recorded))

    def to(self, place: int) -> list[tuple[tuple[int, ...], dict[int, int]]]:
        """A few different paths to a condition, each with the recorded days of an execution that takes it."""
        found: dict[tuple[int, ...], dict[int, int]] = {}
        for path, length, recorded in self._through.get(place, ()):
            found.setdefault(path[:length], recorded)
        return list(found.items())

    def living_parents(self, place: int) -> list[int]:
        """The conditions that lead to one, without those that are never entered."""
        return [parent for parent in self.parents[place] if parent not in self.subject.search.never_entered]


def is_recorded(subject: Subject, place: int) -> bool:
    """Whether a condition is met by a transaction."""
    return isinstance(subject.plan.conditions[place].trigger, Start | Event)


def follow(subject: Subject, path: tuple[int, ...], first_day: int, wanted: Wanted) -> dict[int, int] | None:
    """Recorded days along a path, each on the wanted day or as near to it as its siblings allow.

    Args:
        subject: the terms.
        path: conditions to enter, from an initial one.
        first_day: day of the initial condition's start or event, if it has one.
        wanted: what the later ones aim at.

    Returns:
        Day numbers by place; None where they leave the range of inputs. That the path is taken is not checked.
    """
    recorded: dict[int, int] = {}
    for number, place in enumerate(path):
        if not is_recorded(subject, place):
            continue
        if number == 0:
            recorded[place] = first_day
            continue
        found = execute(subject.plan, recorded, subject.reading)
        if tuple(entry.place for entry in found[:number]) != path[:number]:
            return None
        entries = {entry.place: entry for entry in found[:number]}
        left = found[number - 1].left
        aim = wanted(entries, recorded)
        day = left if aim is None else max(left, min(aim, LAST_DAY))
        recorded[place] = max(left, min(day, _before_siblings(subject, path, number, recorded, entries)))
    return recorded if all(FIRST_DAY <= day <= LAST_DAY for day in recorded.values()) else None


def _before_siblings(
    subject: Subject, path: tuple[int, ...], number: int, recorded: dict[int, int], entries: dict[int, Entry]
) -> int:
    following = subject.plan.conditions[path[number - 1]].following
    listed = following.index(path[number])
    latest = LAST_DAY
    for position, rival in enumerate(following):
        own = own_dates(subject.plan, recorded, subject.reading, entries, rival)
        if position != listed and own is not None:
            latest = min(latest, own.day(1) - (1 if position < listed else 0))
    return latest


def never_after(plan: Plan, first: Relative, second: Relative, *, strictly: bool, last_of_first: bool) -> bool:
    """Whether a date counted from a day is never later than another's first date counted from the same day.

    Args:
        plan: the compiled terms, run under the default reading.
        first: its first date, or its last where ``last_of_first``.
        second: its first date.
        strictly: whether the first must be earlier.
        last_of_first: which date of ``first`` is compared.

    Returns:
        False also where that is not known.
    """
    number = first.occurrences if last_of_first else 1
    early, late = first.length * number, second.length
    if first.in_months == second.in_months:
        # Two dates of one month differ by their days of the month, which may be fixed or that of the start.
        equal_day = not first.in_months or (first.wanted_day is not None and first.wanted_day == second.wanted_day)
        return early < late or (early == late and equal_day and not strictly)
    known_early, known_late = days_after(plan, first, number), days_after(plan, second)
    if known_early is not None and known_late is not None:
        most, least = known_early[1], known_late[0]
    elif second.in_months:
        most, least = early, 28 * (late - 1) + 1 if late else 0
    else:
        most, least = 31 * (early + 1) - 1, late
    return most < least if strictly else most <= least


def is_left_before(routes: Routes, parent: int, place: int, *, strictly: bool) -> bool:
    """Whether a condition is never left after the own date of one that may follow it, told from the document.

    Args:
        routes: the graph.
        parent: the condition that is left.
        place: a relative condition that may follow it.
        strictly: whether it must be left earlier.

    Returns:
        True only where it is certain: every condition between the one counted from and ``parent`` counts
        from the same one, no longer, or has a sibling that does.
    """
    subject = routes.subject
    trigger = subject.plan.conditions[place].trigger
    assert isinstance(trigger, Relative)
    reference = trigger.reference
    if reference == parent and not strictly:
        counts_from_end = subject.reading.periodic_reference is PeriodicReference.LAST
        return counts_from_end or subject.plan.conditions[parent].occurrences == 1
    if reference is None or subject.reading != DEFAULT_READING:
        return False
    after = _descendants(subject, reference)
    waiting, seen = [parent], {parent}
    while waiting:
        current = waiting.pop()
        if current == reference:
            if strictly and trigger.length == 0:
                return False
            continue
        earlier = [each for each in routes.living_parents(current) if each == reference or each in after]
        if not _falls_before(subject, current, trigger, strictly) and not all(
            _is_forestalled(subject, each, current, trigger, strictly) for each in earlier
        ):
            return False
        waiting.extend(each for each in earlier if each not in seen)
        seen.update(earlier)
    return True


def _falls_before(subject: Subject, place: int, later: Relative, strictly: bool) -> bool:
    """Whether the last date of a condition is never after one counted from the same condition."""
    trigger = subject.plan.conditions[place].trigger
    return (
        isinstance(trigger, Relative)
        and trigger.reference == later.reference
        and never_after(subject.plan, trigger, later, strictly=strictly, last_of_first=True)
    )


def _is_forestalled(subject: Subject, parent: int, place: int, later: Relative, strictly: bool) -> bool:
    """Whether a sibling is entered instead of a condition, once a date has passed, unless ``parent`` is left after it."""
    if subject.plan.conditions[place].occurrences > 1:
        return False
    for sibling in subject.plan.conditions[parent].following:
        trigger = subject.plan.conditions[sibling].trigger
        if sibling == place or not isinstance(trigger, Relative) or trigger.reference != later.reference:
            continue
        if never_after(subject.plan, trigger, later, strictly=strictly, last_of_first=False):
            return True
    return False


def _descendants(subject: Subject, place: int) -> set[int]:
    found: set[int] = set()
    waiting = [place]
    while waiting:
        for following in subject.plan.conditions[waiting.pop()].following:
            if following not in found:
                found.add(following)
                waiting.append(following)
    return found


def written(day: int) -> str:
    """A day as ``YYYY-MM-DD``, or that no date can write it."""
    return format_day(day) if day <= LAST_WRITTEN_DAY else "a day after 9999-12-31"


def shown(subject: Subject, recorded: dict[int, int], conclusion: str) -> Counterexample | None:
    """An input with its schedule; None where the engine refuses one, for which other findings give the reason."""
    grant = subject.round_grant()
    if peak(subject, execute(subject.plan, recorded, subject.reading), grant) > grant:
        return None
    outcome = outcome_on(subject, recorded, grant)
    if outcome is None or outcome.schedule.total > grant:
        return None
    return counterexample(subject, recorded, grant, conclusion)
