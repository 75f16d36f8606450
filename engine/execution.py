"""Which conditions are entered, and when (PTH-1 to PTH-3, DAT-1 to DAT-8).

Read it as a daily evaluation: standing at the conditions it has left, the execution enters, among the
conditions that may follow, the one that is met first; the order in the document breaks ties. Where siblings are
independent (REL-5) every one of them is entered when it is met, unless an EARLIER_OF of which it is an input has
been decided; what an input of a relationship would vest, the relationship vests.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from itertools import accumulate

from vestverify.engine.calendar import (
    LAST_DAY_OF_EVERY_MONTH,
    day_in_month,
    day_of_month,
    days_in_month,
    days_in_months,
    month_of,
)
from vestverify.engine.plan import Absolute, EarlierOf, LaterOf, Plan, PlannedCondition, Relationship, Relative
from vestverify.engine.reading import (
    AnchorDay,
    CatchUp,
    EarlyEvent,
    FirstFixedDay,
    LeavePeriodic,
    PeriodicReference,
    Reading,
    Roots,
    Siblings,
    Stepping,
)

#: From here on a clamped day of the month no longer changes (a full cycle of leap years, in months).
_STEPS_UNTIL_STABLE = 4_800


@dataclasses.dataclass(frozen=True, slots=True)
class Occurrences:
    """The own dates of a condition's occurrences, before cliff, catch-up and grant date.

    Attributes:
        base: day number of the condition counted from; the single date where nothing is counted.
        count: how many occurrences, 1 or more.
        length: units between occurrences; 0 puts all of them on one day.
        in_months: whether the units are calendar months.
        wanted_day: the day of the month, where counted in months.
        first_month_shift: months by which the first occurrence, and all after it, are put off (DAT-3).
        drifting: whether each occurrence takes the clamped day of the one before (DAT-2, from-previous).
    """

    base: int
    count: int
    length: int = 0
    in_months: bool = False
    wanted_day: int = 0
    first_month_shift: int = 0
    drifting: bool = False

    def day(self, number: int) -> int:
        """The day number of an occurrence, 1-based."""
        if not self.in_months:
            return self.base + number * self.length
        from_month = month_of(self.base) + self.first_month_shift
        month = from_month + number * self.length
        wanted = self._drifted(from_month, number) if self.drifting else self.wanted_day
        return max(self.base, day_in_month(month, wanted))

    def _drifted(self, from_month: int, number: int) -> int:
        wanted = self.wanted_day
        for step in range(1, min(number, _STEPS_UNTIL_STABLE) + 1):
            if wanted <= LAST_DAY_OF_EVERY_MONTH:
                break
            wanted = min(wanted, days_in_month(from_month + step * self.length))
        return wanted

    def days(self, first: int, last: int) -> list[int]:
        """The day numbers of the occurrences ``first`` to ``last``, 1-based and inclusive."""
        if first > last:
            return []
        if not self.length:
            return [self.day(number) for number in range(first, last + 1)]
        if not self.in_months:
            return list(range(self.base + first * self.length, self.base + last * self.length + 1, self.length))
        # In a later month than the base no day precedes it.
        from_month = month_of(self.base) + self.first_month_shift
        months = range(from_month + first * self.length, from_month + last * self.length + 1, self.length)
        if not self.drifting or self.wanted_day <= LAST_DAY_OF_EVERY_MONTH:
            return days_in_months(months, self.wanted_day)
        drifted = accumulate(map(days_in_month, months), min, initial=self._drifted(from_month, first))
        next(drifted)
        return list(map(day_in_month, months, drifted))

    def count_until(self, day: int) -> int:
        """How many occurrences have their own date on or before ``day``."""
        if self.length == 0:
            return self.count if self.day(1) <= day else 0
        passed = day - self.base
        if self.in_months:
            passed = month_of(day) - month_of(self.base) - self.first_month_shift
        number = min(self.count, max(0, passed // self.length))
        # The occurrence in the month of the day may come after the day.
        return number - 1 if number and self.day(number) > day else number


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One condition that was entered.

    Attributes:
        place: its place in the plan.
        parent: place of the condition it was entered from; None for an initial condition.
        entered: day number on which it was met, never before its parent was left (DAT-7).
        left: day number from which a following condition can be entered (PTH-3).
        own: the own dates of its occurrences.
        kept: how many of the occurrences vest; fewer than planned where the path left early.
        source: place of the condition whose amount vests: its own, or for an EARLIER_OF the one that was earlier.
    """

    place: int
    parent: int | None
    entered: int
    left: int
    own: Occurrences
    kept: int
    source: int


@dataclasses.dataclass(frozen=True, slots=True)
class _Choice:
    parent: int | None
    left: int | None
    alternatives: tuple[int, ...]


def are_siblings_independent(plan: Plan, reading: Reading) -> bool:
    """Whether every next condition that is met is entered, rather than the first only (REL-5)."""
    if reading.siblings is Siblings.AUTO:
        return plan.has_relationships
    return reading.siblings is Siblings.INDEPENDENT


def execute(plan: Plan, recorded: Mapping[int, int], reading: Reading) -> tuple[Entry, ...]:
    """Run the graph.

    Args:
        plan: the compiled terms.
        recorded: day number of the start or event transaction of each condition that has one, by place.
        reading: which published answers to follow.

    Returns:
        The conditions entered, in the order in which they were entered.
    """
    entries: dict[int, Entry] = {}
    decided: set[int] = set()
    independent = are_siblings_independent(plan, reading)
    split_initial = reading.roots is Roots.ALL or independent
    choices = _choices_after(None, None, plan.initial, split_initial)
    while choices:
        # On one day conditions come before those that they lead to, so that a relationship sees all of its inputs.
        chosen: tuple[int, int, int, tuple[int, int, Occurrences]] | None = None
        for number, choice in enumerate(choices):
            first = _first_met(plan, recorded, reading, entries, choice, decided)
            if first is not None:
                candidate = (first[0], plan.order[first[1]], number, first)
                chosen = candidate if chosen is None else min(chosen, candidate)
        if chosen is None:
            break
        _, _, number, (entered, place, own) = chosen
        choice = choices.pop(number)
        if place in entries or place in decided:
            continue
        condition = plan.conditions[place]
        following = condition.following
        if isinstance(condition.trigger, Relationship):
            entry, winner = _decide(condition.trigger, entries, place, entered)
            if isinstance(condition.trigger, EarlierOf):
                decided.add(place)
                losers = set(condition.trigger.inputs) - {winner.place}
                for loser in losers:
                    entries.pop(loser, None)
                choices = [each for each in choices if not losers.issuperset(each.alternatives)]
                more = plan.conditions[winner.place].following
                following += tuple(each for each in more if each not in (place, *following))
                if plan.relationship_of[place] in decided:
                    continue
        else:
            if reading.leave_periodic is LeavePeriodic.ON_NEXT and choice.parent is not None:
                entries[choice.parent] = _cut_short(entries[choice.parent], entered, plan)
                # What counts from the parent counts from what is kept of it.
                own_now = own_dates(plan, recorded, reading, entries, place)
                assert own_now is not None
                own = own_now
            entry = _enter(place, choice.parent, entered, own, reading)
        entries[place] = entry
        relationship = plan.relationship_of[place]
        if relationship is not None:
            # One of its inputs is enough to wait for a relationship: all of them are looked at.
            if all(each.alternatives != (relationship,) for each in choices):
                choices.append(_Choice(place, entry.entered, (relationship,)))
        else:
            choices.extend(_choices_after(place, entry.left, following, independent))
    return tuple(entries.values())


def _decide(trigger: Relationship, entries: Mapping[int, Entry], place: int, entered: int) -> tuple[Entry, Entry]:
    """A relationship entered (REL-1 to REL-3), and the input that was the earlier, or the last."""
    met = [entries[each] for each in trigger.inputs if each in entries]
    if isinstance(trigger, EarlierOf):
        winner = min(met, key=lambda entry: entry.entered)
        return Entry(place, winner.place, entered, winner.left, winner.own, winner.kept, winner.source), winner
    last = max(met, key=lambda entry: entry.entered)
    return Entry(place, last.place, entered, entered, Occurrences(entered, 1), 1, place), last


def advance(
    plan: Plan, recorded: Mapping[int, int], reading: Reading, entries: Mapping[int, Entry], last: Entry | None
) -> Entry | None:
    """One step of an execution that is a single path.

    Args:
        plan: the compiled terms.
        recorded: as for ``execute``.
        reading: which published answers to follow; siblings exclude each other under it.
        entries: the conditions entered so far, by place.
        last: the last of them; None at the beginning.

    Returns:
        The condition that is entered next; None where none is met.
    """
    alternatives = plan.initial if last is None else plan.conditions[last.place].following
    parent, left = (None, None) if last is None else (last.place, last.left)
    first = _first_met(plan, recorded, reading, entries, _Choice(parent, left, alternatives), frozenset())
    if first is None or first[1] in entries:
        return None
    entered, place, own = first
    return _enter(place, parent, entered, own, reading)


def _choices_after(parent: int | None, left: int | None, alternatives: tuple[int, ...], split: bool) -> list[_Choice]:
    if split:
        return [_Choice(parent, left, (place,)) for place in alternatives]
    return [_Choice(parent, left, alternatives)] if alternatives else []


def _first_met(
    plan: Plan,
    recorded: Mapping[int, int],
    reading: Reading,
    entries: Mapping[int, Entry],
    choice: _Choice,
    decided: Collection[int],
) -> tuple[int, int, Occurrences] | None:
    """The day on which an alternative is met first, its place and own dates.

    ``decided`` are the EARLIER_OFs whose earlier input is known.
    """
    first: tuple[int, int, Occurrences] | None = None
    for place in choice.alternatives:
        # An EARLIER_OF that has lost is still decided, so that its own later inputs lose as well.
        if plan.relationship_of[place] in decided and not isinstance(plan.conditions[place].trigger, EarlierOf):
            continue
        own = own_dates(plan, recorded, reading, entries, place)
        if own is None:
            continue
        met = own.day(1)
        if choice.left is not None and met < choice.left:
            if plan.conditions[place].recorded and reading.early_event is EarlyEvent.IGNORED:
                continue
            met = choice.left
        if first is None or met < first[0]:
            first = (met, place, own)
    return first


def own_dates(
    plan: Plan, recorded: Mapping[int, int], reading: Reading, entries: Mapping[int, Entry], place: int
) -> Occurrences | None:
    """The dates on which a condition is met by itself, whatever leads to it.

    Returns:
        The occurrences; None where the condition is not met: no transaction is recorded, or the
        condition it counts from has not been entered.
    """
    condition = plan.conditions[place]
    trigger = condition.trigger
    if isinstance(trigger, Absolute):
        return Occurrences(trigger.day, 1)
    if condition.recorded:
        return Occurrences(recorded[place], 1) if place in recorded else None
    if isinstance(trigger, Relationship):
        days = [entries[each].entered for each in trigger.inputs if each in entries]
        if isinstance(trigger, LaterOf):
            return Occurrences(max(days), 1) if len(days) == len(trigger.inputs) else None
        return Occurrences(min(days), 1) if days else None
    if not isinstance(trigger, Relative) or trigger.reference is None:
        return None
    reference = entries.get(trigger.reference)
    if reference is None:
        return None
    base = _day_counted_from(reference, reading)
    if not trigger.in_months:
        return Occurrences(base, trigger.occurrences, trigger.length)
    wanted = trigger.wanted_day
    if wanted is None:
        wanted = _anchor_day(plan, entries, place, base, reading)
    shift = _first_month_shift(base, trigger, reading)
    drifting = reading.stepping is Stepping.FROM_PREVIOUS and trigger.wanted_day is None
    return Occurrences(base, trigger.occurrences, trigger.length, True, wanted, shift, drifting)


def _day_counted_from(reference: Entry, reading: Reading) -> int:
    if reading.periodic_reference is PeriodicReference.FIRST:
        return reference.entered
    return max(reference.entered, reference.own.day(reference.kept)) if reference.kept else reference.entered


def _anchor_day(plan: Plan, entries: Mapping[int, Entry], place: int, base: int, reading: Reading) -> int:
    if reading.anchor_day is AnchorDay.START_CONDITION:
        for entry in entries.values():
            if entry.place in plan.starts_before[place]:
                return day_of_month(entry.entered)
    return day_of_month(base)


def _first_month_shift(base: int, trigger: Relative, reading: Reading) -> int:
    if trigger.wanted_day is None or reading.first_fixed_day is FirstFixedDay.TARGET_MONTH:
        return 0
    target = month_of(base) + trigger.length
    return 1 if day_in_month(target, trigger.wanted_day) < day_in_month(target, day_of_month(base)) else 0


def _enter(place: int, parent: int | None, entered: int, own: Occurrences, reading: Reading) -> Entry:
    left = max(entered, own.day(own.count)) if reading.leave_periodic is LeavePeriodic.AFTER_LAST else entered
    return Entry(place, parent, entered, left, own, own.count, place)


def _cut_short(entry: Entry, next_entered: int, plan: Plan) -> Entry:
    kept = min(entry.kept, entry.own.count_until(next_entered))
    cliff = cliff_of(plan.conditions[entry.source])
    return dataclasses.replace(entry, kept=0 if 0 < kept < cliff else kept)


def cliff_of(condition: PlannedCondition) -> int:
    """The installment to which the earlier ones accrue; 1 where there is no cliff (CLF-2)."""
    trigger = condition.trigger
    return max(1, trigger.cliff) if isinstance(trigger, Relative) else 1


def vesting_days(plan: Plan, entry: Entry, reading: Reading) -> tuple[int, list[int]]:
    """When the occurrences of an entered condition vest: own dates, cliff (CLF-1), catch-up (DAT-8).

    Args:
        plan: the compiled terms.
        entry: the condition; one occurrence of it or more is kept.
        reading: which published answers to follow.

    Returns:
        How many of the first occurrences vest together, and day numbers, chronological: of the day on which they do,
        then of each later occurrence.
    """
    kept, own = entry.kept, entry.own
    cliff = together = cliff_of(plan.conditions[entry.source])
    if reading.catch_up is CatchUp.NEXT_TRANCHE and isinstance(plan.conditions[entry.source].trigger, Relative):
        overdue = own.count_until(entry.entered - 1)
        if cliff <= overdue < kept:
            together = overdue + 1
    else:
        overdue = min(kept, own.count_until(entry.entered))
        if overdue >= cliff:
            return overdue, [entry.entered, *own.days(overdue + 1, kept)]
    if own.length == 0:
        together = kept
    return together, own.days(together, kept)
