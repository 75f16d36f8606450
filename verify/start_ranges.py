"""For which start dates each condition can be entered (PTH-1, PTH-4, DAT-1 to DAT-8).

A way is a path with a rule for the days of its events. Its days are functions of the start, so that the starts for
which it is taken follow exactly. That no other start leads to a condition is told from the graph or asked of the
solver; where the solver finds another start, its execution becomes another way.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import z3

from vestverify.days_from_start import (
    START,
    Day,
    DayOfMonth,
    Fixed,
    Latest,
    in_month,
    is_before,
    last_alike,
    later_by_days,
    latest_of,
    latest_value,
)
from vestverify.decision import Decision
from vestverify.encoding.calendar import not_after
from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import NotEncoded, SymbolicExecution, require_one_path
from vestverify.engine.calendar import LAST_DAY as LAST_WRITTEN_DAY
from vestverify.engine.calendar import format_day, month_of
from vestverify.engine.execution import execute
from vestverify.engine.plan import Absolute, Indeterminate, Relative, Start
from vestverify.engine.reading import (
    AnchorDay,
    EarlyEvent,
    FirstFixedDay,
    LeavePeriodic,
    PeriodicReference,
    Stepping,
)
from vestverify.plan_graph import ancestors_of, parents_of, topological
from vestverify.reachability import Answer, Disagreement, find_execution
from vestverify.results import Exhibit, Method, Verdict
from vestverify.search import FIRST_DAY, LAST_DAY
from vestverify.subject import Subject

#: Ranges of starts of one condition that are told apart; beyond, there are only said to be more.
MAXIMUM_RANGES = 40
#: Executions of the engine over all starts, one a day, where no shorter way decides; in the detailed view only.
MAXIMUM_RUNS = 110_000
#: Resource units for one question where the ranges are a remark beside a verdict, not what was asked for.
MAXIMUM_REMARK_RLIMIT = 50_000
#: Questions to the solver about one condition; each but the last finds starts that were not known.
MAXIMUM_QUESTIONS = 12

#: The same, and conditions asked about, where the ranges are a remark.
_QUESTIONS_OF_A_REMARK = 3
_PIECES_PER_RANGE = 8
_WAYS_KEPT = 2
_RANGES_IN_A_SENTENCE = 3
_CONDITIONS_IN_A_SENTENCE = 12

Range = tuple[int, int]
Ranges = tuple[Range, ...]

ALL_STARTS: Ranges = ((FIRST_DAY, LAST_DAY),)


@dataclasses.dataclass(frozen=True, slots=True)
class StartDates:
    """The start dates for which one condition can be entered.

    Attributes:
        place: the condition.
        ranges: first and last day number of each range, chronological, not adjacent; for each of these starts some
            event dates lead to it.
        verdict: ``PROVED`` where no other start leads to it, ``OPEN`` where that is not known.
        method: how that was shown; None where open.
        reason: why open.
        further: how many more ranges there are than those listed.
    """

    place: int
    ranges: Ranges
    verdict: Verdict
    method: Method | None = None
    reason: str = ""
    further: int = 0

    @property
    def is_every_start(self) -> bool:
        """Whether every start leads to it."""
        return self.ranges == ALL_STARTS


@dataclasses.dataclass(frozen=True, slots=True)
class StartRanges:
    """The start dates of all conditions that can be entered.

    Attributes:
        conditions: in document order.
        reason: why there is nothing to say, or ``""``.
    """

    conditions: tuple[StartDates, ...]
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class _BeforeSibling:
    """An event on the last day on which it still comes before a sibling."""

    place: int


#: When an event that is waited for happens: absent, as soon as it has an effect.
_Rules = Mapping[int, Latest | _BeforeSibling]


@dataclasses.dataclass(frozen=True, slots=True)
class _Claim:
    """That a condition is entered rather than a sibling.

    Attributes:
        own: when it is met.
        rival: when the sibling is met.
        left: when the condition before them is left; empty at the beginning.
        listed_first: whether it stands before the sibling.
    """

    own: Latest
    rival: Latest
    left: Latest
    listed_first: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Way:
    """A path with the days of its conditions as functions of the start, and the starts for which it is taken.

    Attributes:
        path: places.
        before: the way up to the last condition but one.
        own, entered, left, counted: when the last condition is met, entered and left, and the day counted from it.
        recorded: the days of the starts and events recorded on the way.
        passed: starts and events that were not entered where they could have been, with what was entered instead.
        ranges: the starts for which the engine takes this path first.
        complete: whether it is none of the other starts that lead the way up to here.
    """

    path: tuple[int, ...]
    before: _Way | None
    own: Latest
    entered: Latest
    left: Latest
    counted: Latest
    recorded: Mapping[int, Latest]
    passed: Mapping[int, tuple[tuple[Latest, Latest, bool], ...]]
    ranges: Ranges
    complete: bool

    def up_to(self, place: int) -> _Way | None:
        """The way up to a condition; None where it does not lie on it."""
        way: _Way | None = self
        while way is not None and way.path[-1] != place:
            way = way.before
        return way


class _NotFollowed(ValueError):
    """Days that are no function of the start of the kind that is compared here; the message says why."""


def start_ranges(subject: Subject, *, thorough: bool = False) -> StartRanges:
    """Find the start dates for which each condition can be entered.

    Args:
        subject: the terms, of which it is decided which conditions are entered at all (VV201).
        thorough: whether the solver is asked whatever it takes and confirms what the graph tells, and, where it gives
            no answer, every start is run on the engine; else the ranges are found as far as that is nearly free.

    Raises:
        Disagreement: the engine or the solver differs from what was found.
    """
    reason = _nothing_to_range_over(subject)
    if reason:
        return StartRanges((), reason)
    return StartRanges(_Finder(subject, thorough).find())


def _nothing_to_range_over(subject: Subject) -> str:
    plan, reading = subject.plan, subject.reading
    if len(plan.initial) != 1:
        return "the terms have several initial conditions, which compete"
    if not plan.conditions[plan.initial[0]].recorded:
        return "the first condition is met on a date of its own, not by a start or an event"
    try:
        require_one_path(plan, reading)
    except NotEncoded as error:
        return str(error)
    return ""


class _Finder:
    """Finds the start dates of all conditions of one terms object."""

    def __init__(self, subject: Subject, thorough: bool) -> None:
        self._subject = subject
        self._plan = subject.plan
        self._reading = subject.reading
        self._thorough = thorough
        self._initial = subject.plan.initial[0]
        never = subject.search.never_entered
        self._parents = {
            place: [parent for parent in parents if parent not in never]
            for place, parents in parents_of(subject.plan).items()
        }
        self._ways: dict[int, list[_Way]] = {}
        self._found: dict[int, StartDates] = {}
        self._reasons: dict[int, str] = {}
        self._asked = 0
        self._asking = subject
        if not thorough:
            self._asking = dataclasses.replace(subject, allowance=subject.allowance.at_most(MAXIMUM_REMARK_RLIMIT))

    def find(self) -> tuple[StartDates, ...]:
        for place in topological(self._plan):
            trigger = self._plan.conditions[place].trigger
            if place in self._subject.search.witnesses and not isinstance(trigger, Indeterminate):
                self._follow_all(place)
                self._decide(place)
        if self._thorough:
            self._run_every_start()
        return tuple(found for _, found in sorted(self._found.items()))

    def _follow_all(self, place: int) -> None:
        """The ways to a condition on which every event happens as soon as it has an effect."""
        ways: list[_Way] = [self._beginning()] if place == self._initial else []
        possible = _united(way.ranges for parent in self._parents[place] for way in self._ways.get(parent, ()))
        for parent in self._parents[place]:
            for way in self._ways.get(parent, ()):
                if ways and _united(each.ranges for each in ways) == possible:
                    break
                try:
                    extended = self._extended(way, place, {})
                except _NotFollowed as error:
                    self._reasons[place] = str(error)
                    continue
                if extended.ranges:
                    ways.append(extended)
                if not extended.complete:
                    self._reasons[place] = "which of two dates comes first depends on the month and day of the start"
        self._ways[place] = ways

    def _decide(self, place: int) -> None:
        known = _united(way.ranges for way in self._ways[place])
        exactly = known == ALL_STARTS or self._graph_says(place, known)
        witness = self._subject.search.witnesses[place]
        if not _holds(known, witness[self._initial]):
            if exactly:
                raise self._wrong(place, witness)
            known = self._widened(place, known, witness)
        if known == ALL_STARTS:
            found = StartDates(place, known, Verdict.PROVED, Method.STRUCTURAL)
        elif len(known) > MAXIMUM_RANGES or (place in self._reasons and not self._thorough):
            reason = self._reasons.get(place, f"there are more than {MAXIMUM_RANGES} ranges")
            found = StartDates(place, known[:MAXIMUM_RANGES], Verdict.OPEN, None, reason)
        elif exactly and not self._thorough:
            found = StartDates(place, known, Verdict.PROVED, Method.STRUCTURAL)
        else:
            found = self._asked_about(place, known, exactly)
        self._found[place] = found
        self._confirm(place)
        self._ways[place] = sorted(self._ways[place], key=lambda way: -_days_in(way.ranges))[:_WAYS_KEPT]

    def _graph_says(self, place: int, known: Ranges) -> bool:
        """Whether no other start can lead to a condition, since none leads to what comes before it, or this one way does."""
        parents = self._parents[place]
        if place in self._reasons:
            return False
        if all(self._is_exact(parent) for parent in parents) and known == _united(
            self._found[parent].ranges for parent in parents
        ):
            return True
        # The days of a single path without events are what they are; recorded siblings never help.
        while parents:
            if len(parents) > 1 or parents[0] in self._reasons:
                return False
            if self._plan.conditions[parents[0]].recorded:
                return parents[0] == self._initial
            parents = self._parents[parents[0]]
        return True

    def _is_exact(self, place: int) -> bool:
        return place in self._found and self._found[place].verdict is Verdict.PROVED

    def _beginning(self) -> _Way:
        days: Latest = (START,)
        return _Way((self._initial,), None, days, days, days, days, {self._initial: days}, {}, ALL_STARTS, True)

    def _extended(self, way: _Way, place: int, rules: _Rules) -> _Way:
        """The way that goes on to one of the conditions that may follow.

        Raises:
            _NotFollowed: its days are not of the kind that is compared here.
        """
        following = self._plan.conditions[way.path[-1]].following
        listed = following.index(place)
        own = self._own(way, place, rules)
        if own is None:
            return dataclasses.replace(way, path=(*way.path, place), before=way, ranges=(), complete=True)
        claims = []
        passed = dict(way.passed)
        for position, sibling in enumerate(following):
            if sibling == place:
                continue
            if not self._plan.conditions[sibling].recorded:
                rival = self._met(way, sibling, 1)
                if rival is not None:
                    claims.append(_Claim(own, rival, way.left, listed < position))
            elif sibling in way.recorded:
                claims.append(_Claim(own, way.recorded[sibling], way.left, listed < position))
            else:
                passed[sibling] = (*passed.get(sibling, ()), (own, way.left, listed < position))
        recorded = way.recorded
        within: tuple[Day, ...] = ()
        if self._plan.conditions[place].recorded:
            recorded = {**recorded, place: own}
            within = () if own == (START,) else own
            claims += [_Claim(won, own, left, first) for won, left, first in passed.pop(place, ())]
        entered = latest_of(own, way.left)
        last = own
        if self._plan.conditions[place].occurrences > 1:
            last = self._met(way, place, self._plan.conditions[place].occurrences) or own
        completed = latest_of(entered, last)
        ranges, complete = self._where(claims, within, way.ranges)
        return _Way(
            path=(*way.path, place),
            before=way,
            own=own,
            entered=entered,
            left=completed if self._reading.leave_periodic is LeavePeriodic.AFTER_LAST else entered,
            counted=entered if self._reading.periodic_reference is PeriodicReference.FIRST else completed,
            recorded=recorded,
            passed=passed,
            ranges=ranges,
            complete=complete,
        )

    def _own(self, way: _Way, place: int, rules: _Rules) -> Latest | None:
        """When a condition is met by itself; an event, by its rule."""
        if not self._plan.conditions[place].recorded:
            return self._met(way, place, 1)
        rule = rules.get(place)
        if isinstance(rule, _BeforeSibling):
            following = self._plan.conditions[way.path[-1]].following
            earlier = 0 if following.index(place) < following.index(rule.place) else -1
            sibling = self._met(way, rule.place, 1)
            rule = None if sibling is None else tuple(later_by_days(day, earlier) for day in sibling)
        if self._reading.early_event is EarlyEvent.IGNORED:
            return latest_of(way.left, rule or ())
        if rule is None:
            # Recorded too early it has its effect when it can, unless it would have had one before.
            return way.left if place in way.passed else (START,)
        return rule

    def _met(self, way: _Way, place: int, number: int) -> Latest | None:
        """The own date of an occurrence of a condition that is no start or event."""
        trigger = self._plan.conditions[place].trigger
        if isinstance(trigger, Absolute):
            return (Fixed(trigger.day),)
        if not isinstance(trigger, Relative) or trigger.reference is None:
            return None
        reference = way.up_to(trigger.reference)
        if reference is None:
            return None
        units = number * trigger.length
        if not trigger.in_months:
            return tuple(later_by_days(day, units) for day in reference.counted)
        wanted = self._wanted_day(way, trigger)
        found = latest_of(in_month(day, units, wanted) for day in reference.counted)
        return found if units else latest_of(found, reference.counted)

    def _wanted_day(self, way: _Way, trigger: Relative) -> int | DayOfMonth:
        if trigger.wanted_day is not None:
            if self._reading.first_fixed_day is not FirstFixedDay.TARGET_MONTH:
                raise _NotFollowed("first_fixed_day=on-or-after is not followed for ranges of starts")
            return trigger.wanted_day
        if self._reading.stepping is Stepping.FROM_PREVIOUS and trigger.occurrences > 1:
            raise _NotFollowed("stepping=from-previous is not followed for ranges of starts")
        if self._reading.anchor_day is AnchorDay.REFERENCE:
            return DayOfMonth.BASE
        starts = [place for place in way.path if isinstance(self._plan.conditions[place].trigger, Start)]
        if starts and starts[0] != self._initial:
            raise _NotFollowed("the vesting start is not the first condition")
        return DayOfMonth.START if starts else DayOfMonth.BASE

    def _where(self, claims: Sequence[_Claim], within: Latest, ranges: Ranges) -> tuple[Ranges, bool]:
        """Those of some starts for which claims hold and recorded days lie in the range of inputs."""
        if not claims and not within:
            return ranges, True
        found: list[Range] = []
        waiting = list(reversed(ranges))
        pieces = 0
        while waiting:
            low, high = waiting.pop()
            pieces += 1
            if len(found) > MAXIMUM_RANGES or pieces > _PIECES_PER_RANGE * MAXIMUM_RANGES:
                return tuple(found), False
            comparison = _Comparison(low, high)
            holds = comparison.are_inputs(within)
            for claim in claims:
                if holds is False:
                    break
                wins = comparison.wins(claim)
                holds = wins if holds else (False if wins is False else None)
            if holds is None:
                cut = comparison.cut(whatever=self._thorough)
                if cut is None:
                    return tuple(found), False
                waiting += [(cut + 1, high), (low, cut)]
            elif holds and found and found[-1][1] + 1 == low:
                found[-1] = (found[-1][0], high)
            elif holds:
                found.append((low, high))
        return tuple(found), True

    def _widened(self, place: int, known: Ranges, recorded: Mapping[int, int]) -> Ranges:
        """Known starts with those of the ways that an execution shows."""
        for rules in self._rules_of(place, recorded):
            way: _Way | None = self._beginning()
            entries = execute(self._plan, recorded, self._reading)
            for entry in entries[1:]:
                if way is None or place in way.path:
                    break
                try:
                    way = self._extended(way, entry.place, rules)
                except _NotFollowed as error:
                    self._reasons.setdefault(place, str(error))
                    way = None
            if way is not None and way.path[-1] == place and way.ranges:
                self._ways[place].append(way)
                known = _united((known, way.ranges))
        start = recorded[self._initial]
        return _united((known, ((start, start),)))

    def _rules_of(self, place: int, recorded: Mapping[int, int]) -> Iterator[_Rules]:
        """Rules for events by which an execution can be told from its start: by date, by delay, by a sibling."""
        on_dates: dict[int, Latest | _BeforeSibling] = {}
        after_days: dict[int, Latest | _BeforeSibling] = {}
        after_months: dict[int, Latest | _BeforeSibling] = {}
        after_a_month_more: dict[int, Latest | _BeforeSibling] = {}
        before_siblings: dict[int, Latest | _BeforeSibling] = {}
        start = recorded[self._initial]
        entries = execute(self._plan, recorded, self._reading)
        for earlier, entry in itertools.pairwise(entries):
            if earlier.place == place:
                break
            if entry.place not in recorded or recorded[entry.place] <= earlier.left:
                continue
            day = recorded[entry.place]
            on_dates[entry.place] = (Fixed(day),)
            months = month_of(day) - month_of(start)
            after_days[entry.place] = (later_by_days(START, day - start),)
            after_months[entry.place] = (in_month(START, months, DayOfMonth.START),)
            after_a_month_more[entry.place] = (in_month(START, months + 1, DayOfMonth.START),)
            before_siblings[entry.place] = (Fixed(day),)
            for sibling in self._plan.conditions[earlier.place].following:
                if isinstance(self._plan.conditions[sibling].trigger, Relative) and sibling != entry.place:
                    before_siblings[entry.place] = _BeforeSibling(sibling)
        yield on_dates
        if on_dates:
            yield from (after_days, after_months, after_a_month_more)
        if before_siblings != on_dates:
            yield before_siblings

    def _asked_about(self, place: int, known: Ranges, exactly: bool) -> StartDates:
        """Ask for starts that are not known until there are none."""
        most = MAXIMUM_QUESTIONS if self._thorough else _QUESTIONS_OF_A_REMARK
        reason = f"{most} questions are the most"
        for _ in range(most):
            if not self._thorough and self._asked >= _QUESTIONS_OF_A_REMARK:
                break
            self._asked += 1
            others = _without(known)
            answer = self._another(place, others)
            if answer.exists is Verdict.REFUTED:
                return StartDates(place, known, Verdict.PROVED, Method.SMT)
            if answer.recorded is None:
                reason = answer.reason
                break
            if exactly:
                raise self._wrong(place, answer.recorded)
            known = self._widened(place, known, answer.recorded)
            if known == ALL_STARTS:
                return StartDates(place, known, Verdict.PROVED, Method.STRUCTURAL)
            if len(known) > MAXIMUM_RANGES:
                reason = f"there are more than {MAXIMUM_RANGES} ranges"
                break
        if exactly:
            return StartDates(place, known, Verdict.PROVED, Method.STRUCTURAL)
        return StartDates(place, known[:MAXIMUM_RANGES], Verdict.OPEN, None, reason)

    def _wrong(self, place: int, recorded: Mapping[int, int]) -> Disagreement:
        return Disagreement(
            f"for the recorded days {recorded} of {self._plan.terms_id!r} the engine enters "
            f"{self._subject.id_of(place)!r}, which no execution from that start was thought to do"
        )

    def _another(self, place: int, others: Ranges) -> Answer:
        def goal(execution: SymbolicExecution, _: SymbolicTotals | None) -> z3.BoolRef:
            _, start = execution.recorded[self._initial]
            inside = [
                z3.And(not_after(execution.known_day(low), start), not_after(start, execution.known_day(high)))
                for low, high in others
            ]
            return z3.And(execution.entered[place], z3.Or(*inside))

        def confirm(recorded: dict[int, int]) -> bool:
            entered = any(entry.place == place for entry in self._subject.search.run(recorded))
            return entered and _holds(others, recorded[self._initial])

        about = f"an execution that enters {self._subject.id_of(place)!r} from another start"
        return find_execution(self._asking, about, [place], goal, confirm)

    def _confirm(self, place: int) -> None:
        """Run the engine at the ends of every range of a condition that is not entered for all starts.

        Raises:
            Disagreement: it does not take the way.
        """
        if self._found[place].is_every_start:
            return
        for way in self._ways[place]:
            for start in {day for ends in way.ranges for day in ends}:
                recorded = {other: latest_value(days, start) for other, days in way.recorded.items()}
                entries = execute(self._plan, recorded, self._reading)
                if tuple(entry.place for entry in entries[: len(way.path)]) != way.path:
                    raise Disagreement(
                        f"for the recorded days {recorded} of {self._plan.terms_id!r} the path {way.path} was found, "
                        f"the engine takes {tuple(entry.place for entry in entries)}"
                    )

    def _run_every_start(self) -> None:
        """Run the engine for every start where only the start decides and the ranges are not known."""
        recorded_places = {place for place, condition in enumerate(self._plan.conditions) if condition.recorded}
        wanted = {
            place
            for place, found in self._found.items()
            if found.verdict is Verdict.OPEN
            and ancestors_of(self._parents, [place]) & recorded_places <= {self._initial}
        }
        if not wanted or LAST_DAY - FIRST_DAY >= MAXIMUM_RUNS:
            return
        ranges: dict[int, list[Range]] = {place: [] for place in wanted}
        for start in range(FIRST_DAY, LAST_DAY + 1):
            for entry in execute(self._plan, {self._initial: start}, self._reading):
                if entry.place in wanted:
                    found = ranges[entry.place]
                    if found and found[-1][1] + 1 == start:
                        found[-1] = (found[-1][0], start)
                    else:
                        found.append((start, start))
        for place, each in ranges.items():
            listed = tuple(each[:MAXIMUM_RANGES])
            self._found[place] = StartDates(
                place, listed, Verdict.PROVED, Method.EXHAUSTIVE, further=len(each) - len(listed)
            )


class _Comparison:
    """Claims about one range of starts, and where to divide it if one of them is neither true nor false throughout."""

    def __init__(self, low: int, high: int) -> None:
        self._low = low
        self._high = high
        self._divides: list[tuple[Day, Day, bool]] = []

    def are_inputs(self, days: Latest) -> bool | None:
        """Whether the latest of some days, if any, can be that of an event.

        Events may come after the last start: else every condition that waits for an event after a while would be out
        of reach for the last starts.
        """
        if not days:
            return True
        in_time = _every([self._before(day, Fixed(LAST_WRITTEN_DAY), False) for day in days])
        return _every([in_time, _some([self._before(Fixed(FIRST_DAY), day, False) for day in days])])

    def wins(self, claim: _Claim) -> bool | None:
        """Whether a claim holds."""
        if claim.listed_first:
            later = (*claim.rival, *claim.left)
            return _every([_some([self._before(day, other, False) for other in later]) for day in claim.own])
        earlier = (*claim.own, *claim.left)
        return _some([_every([self._before(day, other, True) for day in earlier]) for other in claim.rival])

    def _before(self, first: Day, second: Day, strictly: bool) -> bool | None:
        found = is_before(first, second, self._low, self._high, strictly=strictly)
        if found is None:
            self._divides.append((first, second, strictly))
        return found

    def cut(self, *, whatever: bool) -> int | None:
        """The start after which to divide; unless ``whatever``, None where two days both move with the start."""
        for first, second, strictly in self._divides:
            if isinstance(first, Fixed) or isinstance(second, Fixed):
                return last_alike(first, second, self._low, self._high, strictly=strictly)
        return (self._low + self._high) // 2 if whatever else None


def _every(truths: Sequence[bool | None]) -> bool | None:
    if any(truth is False for truth in truths):
        return False
    return None if None in truths else True


def _some(truths: Sequence[bool | None]) -> bool | None:
    if any(truths):
        return True
    return None if None in truths else False


def _united(several: Iterable[Ranges]) -> Ranges:
    found: list[Range] = []
    for low, high in sorted(each for ranges in several for each in ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def _without(ranges: Ranges) -> Ranges:
    """All starts but those of some ranges."""
    ends = [FIRST_DAY - 1, *(high for _, high in ranges)]
    beginnings = [*(low for low, _ in ranges), LAST_DAY + 1]
    return tuple((end + 1, begin - 1) for end, begin in zip(ends, beginnings, strict=True) if end + 1 <= begin - 1)


def _holds(ranges: Ranges, day: int) -> bool:
    return any(low <= day <= high for low, high in ranges)


def _days_in(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)


def in_words(ranges: Ranges, most: int = MAXIMUM_RANGES) -> str:
    """Ranges of starts, such as ``from 2022-01-02`` or ``up to 2022-01-01``.

    Args:
        ranges: first and last day numbers, at least one range.
        most: how many ranges to write out.
    """
    words = [_range_in_words(low, high) for low, high in ranges[:most]]
    if len(ranges) > most:
        words.append(f"in {len(ranges) - most} more ranges")
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _range_in_words(low: int, high: int) -> str:
    if (low, high) == ALL_STARTS[0]:
        return "for every start"
    if high == LAST_DAY:
        return f"from {format_day(low)}"
    if low == FIRST_DAY:
        return f"up to {format_day(high)}"
    return format_day(low) if low == high else f"{format_day(low)}..{format_day(high)}"


def start_dates_in_words(subject: Subject, found: StartRanges) -> str:
    """The conditions that only some starts lead to, with those starts; ``""`` where there are none.

    Those whose starts are not known are named last.
    """
    partial = [each for each in found.conditions if not each.is_every_start]
    alike: dict[Ranges, list[str]] = {}
    for each in partial:
        if each.verdict is Verdict.PROVED:
            alike.setdefault(each.ranges, []).append(repr(subject.id_of(each.place)))
    words = [f"{_few(names)} {in_words(ranges, _RANGES_IN_A_SENTENCE)}" for ranges, names in alike.items()]
    if len(words) > _CONDITIONS_IN_A_SENTENCE:
        words[_CONDITIONS_IN_A_SENTENCE:] = [f"{len(words) - _CONDITIONS_IN_A_SENTENCE} more such statements"]
    open_names = [repr(subject.id_of(each.place)) for each in partial if each.verdict is not Verdict.PROVED]
    return "; ".join([*words, f"not decided for {_few(open_names)}"] if open_names else words)


def _few(names: Sequence[str]) -> str:
    if len(names) <= _CONDITIONS_IN_A_SENTENCE:
        return ", ".join(names)
    return (
        f"{', '.join(names[:_CONDITIONS_IN_A_SENTENCE])} and {len(names) - _CONDITIONS_IN_A_SENTENCE} more conditions"
    )


def start_date_exhibits(subject: Subject, _: Decision) -> Iterator[Exhibit]:
    """What there is to see of VV201: the start dates of every condition."""
    yield Exhibit("The start dates for which each condition can be entered", start_date_lines(subject))


def start_date_lines(subject: Subject) -> tuple[str, ...]:
    """For each condition that can be entered, for which starts and how that was shown, in sentences."""
    found = start_ranges(subject, thorough=True)
    if found.reason:
        return (f"There are no start dates to range over: {found.reason}.",)
    return tuple(_line(subject, each) for each in found.conditions)


def _line(subject: Subject, found: StartDates) -> str:
    name = repr(subject.id_of(found.place))
    if found.is_every_start:
        return f"{name}: every start ({found.method})"
    words = in_words(found.ranges)
    if found.further:
        words += f"; {found.further} more ranges"
    if found.verdict is Verdict.PROVED:
        return f"{name}: {words}, no other start ({found.method})"
    return f"{name}: {words} at least; open for other starts: {found.reason}"


__all__ = [
    "MAXIMUM_QUESTIONS",
    "MAXIMUM_RANGES",
    "MAXIMUM_REMARK_RLIMIT",
    "MAXIMUM_RUNS",
    "StartDates",
    "StartRanges",
    "start_date_exhibits",
    "start_date_lines",
    "start_dates_in_words",
    "start_ranges",
]
