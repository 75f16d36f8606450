"""Inputs for which two readings of OCF give different schedules, found by running the reference engine."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from vestverify.ambiguities import Ambiguity
from vestverify.engine.calendar import day_in_month, month_of, parse_day
from vestverify.engine.execution import Entry, execute, own_dates
from vestverify.engine.plan import Absolute, UnsupportedTerms
from vestverify.engine.reading import Reading
from vestverify.engine.schedule import Schedule, Unschedulable, run
from vestverify.search import are_inputs
from vestverify.subject import Subject
from vestverify.witness import MAXIMUM_ROWS, MAXIMUM_TRIALS, grant_day, is_too_long, path_of

#: Conditions entered by the engine in search of one difference, over all inputs that are tried.
_MAXIMUM_ENTRIES = 6_000
#: Inputs that are tried at least.
_LEAST_INPUTS = 12
#: Paths of executions found before that are followed again.
_MAXIMUM_PATHS = 8
#: Executions found before among which those paths are chosen.
_MAXIMUM_WITNESSES = 200

#: First days that short months and leap years move.
_MONTH_ENDS = tuple(
    parse_day(day) for day in ("2025-01-31", "2024-02-29", "2025-08-31", "2024-12-31", "2025-01-30", "2025-10-31")
)
#: Ambiguities that the day of the month decides; the others are shown on an ordinary day first.
_DECIDED_BY_MONTH_ENDS = frozenset({"stepping", "first_fixed_day", "anchor_day"})
#: Days between the leaving of a condition and a start or event that follows it, where none is due earlier.
_DELAYS = (0, 15, 400, 3_700)
#: Grants of which some portion is seldom whole, readable ones first.
_ODD_GRANTS = (101, 103, 107, 125, 10, 7, 5, 3, 2, 1)
#: Absolute dates before which vesting is started.
_MAXIMUM_ABSOLUTE_DAYS = 4
#: How many times larger the second grant is that is tried.
_MANY_TIMES = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """An input for which two readings give different schedules.

    Attributes:
        recorded: day number of each recorded start and event, by place.
        grant: shares granted.
        grant_day: day number of the issuance.
        first, second: the schedules under the two readings.
    """

    recorded: dict[int, int]
    grant: Fraction
    grant_day: int
    first: Schedule
    second: Schedule

    @property
    def day(self) -> int:
        """The first day on which the shares that vest differ."""
        return min(day for day, _ in set(_pairs(self.first)) ^ set(_pairs(self.second)))

    @property
    def quantities(self) -> tuple[Fraction, Fraction]:
        """The shares that vest on that day under either reading."""
        return _on(self.first, self.day), _on(self.second, self.day)


def _pairs(schedule: Schedule) -> list[tuple[int, Fraction]]:
    return [(row.day, row.shares) for row in schedule.installments]


def _on(schedule: Schedule, day: int) -> Fraction:
    return sum((row.shares for row in schedule.installments if row.day == day), Fraction(0))


def difference(
    subject: Subject, other: Reading, recorded: Mapping[int, int], grant: Fraction, granted_on: int | None = None
) -> Difference | None:
    """Run one input under the subject's reading and under another one.

    Args:
        subject: the terms under the first reading.
        other: the second reading.
        recorded: day number of each recorded start and event, by place.
        grant: shares granted.
        granted_on: day number of the issuance; None for one that no installment precedes.

    Returns:
        The difference; None where there is none, where a schedule is too long to write out, or where the engine
        refuses one (dates run out, or more than the grant vests).
    """
    day = grant_day(subject, recorded) if granted_on is None else granted_on
    schedules = [_schedule(subject, each, recorded, grant, day) for each in (subject.reading, other)]
    first, second = schedules
    if first is None or second is None or first == second:
        return None
    return Difference(dict(recorded), grant, day, first, second)


def _schedule(
    subject: Subject, reading: Reading, recorded: Mapping[int, int], grant: Fraction, day: int
) -> Schedule | None:
    # No condition is entered twice: an execution is looked at first only where its schedule can be too long.
    may_be_too_long = sum(condition.occurrences for condition in subject.plan.conditions) > MAXIMUM_ROWS
    if may_be_too_long and is_too_long(execute(subject.plan, recorded, reading)):
        return None
    try:
        outcome = run(subject.plan, grant, day, recorded, reading)
    except (Unschedulable, UnsupportedTerms):
        return None
    return outcome.schedule if max(itertools.accumulate(outcome.entitled), default=0) <= grant else None


def find_difference(
    subject: Subject,
    ambiguity: Ambiguity,
    other: Reading,
    *,
    maximum_inputs: int | None = None,
    first: Sequence[dict[int, int]] = (),
) -> Difference | None:
    """Look for an input for which the subject's reading and another one give different schedules.

    Args:
        subject: the terms under the first reading.
        ambiguity: the question that the second reading answers differently.
        other: the second reading.
        maximum_inputs: starts and events that are tried at most; None for a bound on the work.
        first: recorded days that are tried before others.

    Returns:
        A difference with as few records as it needs; None where none was found.
    """
    spent = 0
    for number, recorded in enumerate(_inputs(subject, ambiguity, other, first)):
        if number == maximum_inputs or (number >= _LEAST_INPUTS and spent > _MAXIMUM_ENTRIES):
            return None
        for grant, granted_on in _grants(subject, ambiguity, recorded):
            spent += 2 * len(recorded) + 2
            found = difference(subject, other, recorded, grant, granted_on)
            if found is not None:
                return _with_fewer_records(subject, other, found)
        spent += len(subject.search.run(recorded))
    return None


def _with_fewer_records(subject: Subject, other: Reading, found: Difference) -> Difference:
    for place in sorted(found.recorded, reverse=True)[:MAXIMUM_TRIALS]:
        fewer = {each: day for each, day in found.recorded.items() if each != place}
        simpler = difference(subject, other, fewer, found.grant, found.grant_day)
        if simpler is not None:
            found = simpler
    return found


def grants_for(subject: Subject) -> Iterator[Fraction]:
    """The grant that an input is shown with, and a larger one where fixed quantities vest more than that."""
    grant = subject.round_grant()
    yield grant
    if subject.has_quantities and subject.grant is None:
        yield _MANY_TIMES * grant


def _grants(
    subject: Subject, ambiguity: Ambiguity, recorded: Mapping[int, int]
) -> Iterator[tuple[Fraction, int | None]]:
    if ambiguity.key == "allocation_scope" and subject.grant is None:
        yield from ((Fraction(grant), None) for grant in _ODD_GRANTS)
    for grant in grants_for(subject):
        if ambiguity.key != "grant_catch_up":
            yield grant, None
            continue
        schedule = _schedule(subject, subject.reading, recorded, grant, grant_day(subject, recorded))
        for row, later in itertools.pairwise(() if schedule is None else schedule.installments):
            if later.day - row.day > 1:
                yield grant, row.day + 1
                break


def _inputs(
    subject: Subject, ambiguity: Ambiguity, other: Reading, first: Sequence[dict[int, int]]
) -> Iterator[dict[int, int]]:
    """Different recorded days, those that begin on days that short months move first."""
    seen: set[tuple[tuple[int, int], ...]] = set()
    for recorded in itertools.chain(first, _candidates(subject, ambiguity, other)):
        key = tuple(sorted(recorded.items()))
        if key not in seen and are_inputs(recorded):
            seen.add(key)
            yield recorded


def _candidates(subject: Subject, ambiguity: Ambiguity, other: Reading) -> Iterator[dict[int, int]]:
    touched = set(ambiguity.touched(subject.plan, subject.reading))
    touched |= {
        place for place, condition in enumerate(subject.plan.conditions) if not touched.isdisjoint(condition.following)
    }
    witnesses: dict[tuple[int, ...], dict[int, int]] = {}
    for recorded in list(subject.search.witnesses.values())[:_MAXIMUM_WITNESSES]:
        witnesses.setdefault(path_of(subject.search.run(recorded)), recorded)
    paths = _paths((path for path in witnesses if _is_one_path(subject, path)), touched)
    for path, first_day, delay in _itineraries(subject, ambiguity, paths):
        followed = _followed(subject, path, first_day, delay)
        if followed is not None:
            yield followed
            yield from _recorded_at_other_times(subject, ambiguity, followed, other)
    for recorded in list(witnesses.values())[:_MAXIMUM_PATHS]:
        yield recorded
        yield from _recorded_at_other_times(subject, ambiguity, recorded, other)
    everything = [place for place, condition in enumerate(subject.plan.conditions) if condition.recorded]
    for first_day in _MONTH_ENDS:
        yield {place: first_day + 40 * number for number, place in enumerate(everything)}
        yield {place: first_day - 40 * number for number, place in enumerate(everything)}


def _paths(known: Iterable[tuple[int, ...]], touched: Collection[int]) -> list[tuple[int, ...]]:
    """Paths, and their beginnings up to the first and the second condition that matter; short ones first."""
    longest = sorted(known, key=lambda path: (-len(_touched_in(path, touched)), -len(path), path))[:_MAXIMUM_PATHS]
    beginnings = {path[: number + 1] for path in longest for number in (*_touched_in(path, touched)[:2], len(path) - 1)}
    return sorted(beginnings, key=lambda path: (len(path), path))


def _is_one_path(subject: Subject, entered: tuple[int, ...]) -> bool:
    """Whether each condition entered follows the one before; under some readings several are entered side by side."""
    conditions = subject.plan.conditions
    return all(following in conditions[place].following for place, following in itertools.pairwise(entered))


def _touched_in(path: tuple[int, ...], touched: Collection[int]) -> list[int]:
    """Where on a path the conditions stand that matter."""
    return [number for number, place in enumerate(path) if place in touched]


def _itineraries(
    subject: Subject, ambiguity: Ambiguity, paths: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Paths to follow, with the first day and the days between records: what matters to the question varies first."""
    ordinary = [(subject.search.ordinary_day, delay) for delay in _DELAYS]
    at_month_ends = [(first_day, 0) for first_day in _MONTH_ENDS]
    earlier = [(day, delay) for day in _days_before_absolute_ones(subject) for delay in _DELAYS[:2]]
    if ambiguity.key in _DECIDED_BY_MONTH_ENDS:
        at_month_ends += [(day, 0) for day in _month_ends_before_absolute_ones(subject)]
        times = [*at_month_ends[:2], *ordinary[1:2], *at_month_ends[2:], *ordinary, *earlier]
    else:
        times = [*ordinary, *earlier, *at_month_ends]
    for (first_day, delay), path in itertools.product(times, paths):
        yield path, first_day, delay


def _absolute_days(subject: Subject) -> list[int]:
    triggers = (condition.trigger for condition in subject.plan.conditions)
    return sorted({trigger.day for trigger in triggers if isinstance(trigger, Absolute)})[:_MAXIMUM_ABSOLUTE_DAYS]


def _days_before_absolute_ones(subject: Subject) -> Iterator[int]:
    for day in _absolute_days(subject):
        yield from (day - 400, day - 40)


def _month_ends_before_absolute_ones(subject: Subject) -> Iterator[int]:
    for day in _absolute_days(subject)[:1]:
        january = month_of(day) // 12 * 12 - 12
        for month in (january + 11, january + 7, january, january + 9):
            yield day_in_month(month, 31)


def _followed(subject: Subject, path: tuple[int, ...], first_day: int, delay: int) -> dict[int, int] | None:
    def wanted(entries: Mapping[int, Entry], _: Mapping[int, int], __: int) -> int:
        return max(entry.left for entry in entries.values()) + delay

    return subject.search.follow(path, first_day, wanted)


def _recorded_at_other_times(
    subject: Subject, ambiguity: Ambiguity, recorded: dict[int, int], other: Reading
) -> Iterator[dict[int, int]]:
    """The same with one record moved to where the question is decided."""
    if ambiguity.key == "early_event":
        yield from _recorded_before_their_turn(subject, recorded)
    elif ambiguity.key == "leave_periodic":
        yield from _recorded_amid_a_repetition(subject, recorded)
    elif ambiguity.key in (*_DECIDED_BY_MONTH_ENDS, "periodic_reference"):
        yield from _recorded_between_readings(subject, recorded, other)


def _recorded_before_their_turn(subject: Subject, recorded: dict[int, int]) -> Iterator[dict[int, int]]:
    entries = {entry.place: entry for entry in subject.search.run(recorded)}
    for place, entry in entries.items():
        if place in recorded and entry.parent is not None:
            yield {**recorded, place: entries[entry.parent].entered - 1}
        for waiting in subject.plan.conditions[place].following:
            if waiting not in recorded and subject.plan.conditions[waiting].recorded:
                yield {**recorded, waiting: entry.entered - 1}


def _recorded_amid_a_repetition(subject: Subject, recorded: dict[int, int]) -> Iterator[dict[int, int]]:
    for entry in subject.search.run(recorded):
        if entry.own.count > 1:
            amid = (entry.own.day(1) + entry.own.day(2)) // 2 + 1
            for waiting in subject.plan.conditions[entry.place].following:
                if subject.plan.conditions[waiting].recorded:
                    yield {**recorded, waiting: amid}


def _recorded_between_readings(subject: Subject, recorded: dict[int, int], other: Reading) -> Iterator[dict[int, int]]:
    """The same with a start or event on the later of the dates that two readings give to a sibling of its."""
    entries = {entry.place: entry for entry in subject.search.run(recorded)}
    for place in entries:
        siblings = subject.plan.conditions[place].following
        waiting = [each for each in siblings if subject.plan.conditions[each].recorded]
        for dated in siblings if waiting else ():
            first, second = (
                own_dates(subject.plan, recorded, reading, entries, dated) for reading in (subject.reading, other)
            )
            if first is not None and second is not None and first.day(1) != second.day(1):
                yield from ({**recorded, each: max(first.day(1), second.day(1))} for each in waiting if each != dated)
