"""The tranches of one execution one by one, so that each step from them to a schedule can be done otherwise.

What the reference engine does in closed form is here done plainly; a differential test holds the two together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from vestverify.engine.allocation import allocate_path
from vestverify.engine.calendar import LAST_DAY
from vestverify.engine.case import Case, days_of_terms
from vestverify.engine.entitlement import Run, entitlements
from vestverify.engine.execution import Entry, Occurrences, are_siblings_independent, cliff_of, execute, own_dates
from vestverify.engine.grant import stated_schedule
from vestverify.engine.plan import DefectiveTerms, Plan, PlannedTrigger, Relative, UnsupportedTerms, compile_terms
from vestverify.engine.reading import Reading, Roots
from vestverify.engine.schedule import Unschedulable
from vestverify.engine.vesting_terms import AllocationType
from vestverify.fuzzing.judging import normal
from vestverify.fuzzing.replies import Row

#: Beyond this many tranches a case is not looked at tranche by tranche.
MAXIMUM_TRANCHES = 2_000


@dataclasses.dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a run of terms depends on.

    Attributes:
        plan: the compiled terms.
        granted: shares.
        grant_day: day number of the issuance.
        recorded: day number of each start and event, by place in the plan.
        reading: which published answers are followed.
    """

    plan: Plan
    granted: Fraction
    grant_day: int
    recorded: Mapping[int, int]
    reading: Reading


@dataclasses.dataclass(frozen=True, slots=True)
class Tranche:
    """One occurrence of one condition that was entered.

    Attributes:
        place: of the condition whose amount it is.
        number: which occurrence, 1-based.
        count: of how many.
        cliff: the occurrence to which earlier ones accrue; 1 where there is no cliff.
        entered: day number on which the condition was entered.
        counted: how its date is counted.
        own: day number of the occurrence's own date.
        due: day number on which it vests, before the grant date is looked at.
        exact: shares before rounding.
    """

    place: int
    number: int
    count: int
    cliff: int
    entered: int
    counted: Occurrences
    own: int
    due: int
    exact: Fraction

    @property
    def base(self) -> int:
        """Day number that it is counted from."""
        return self.counted.base

    @property
    def wanted_day(self) -> int:
        """The day of the month that is wanted; 0 where none is."""
        return self.counted.wanted_day if self.counted.in_months else 0


def inputs_of(case: Case, reading: Reading, plan: Plan | None = None) -> Inputs | None:
    """What a case's terms are run on; None where something else decides its schedule, or nothing can.

    Args:
        case: the grant.
        reading: which published answers are followed.
        plan: its terms, compiled, where they are already.
    """
    if case.terms is None or case.has_ledger or case.terms.id != case.issuance.vesting_terms_id:
        return None
    try:
        if stated_schedule(case.issuance, reading) is not None:
            return None
        plan = plan or compile_terms(case.terms)
        return Inputs(plan, case.issuance.quantity, case.issuance.date, days_of_terms(case, plan, reading), reading)
    except (DefectiveTerms, Unschedulable, UnsupportedTerms):
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class MovedOccurrences(Occurrences):
    """Occurrences on other dates than their own.

    Attributes:
        moved: from the occurrences as they are, and a number, to a day number.
        as_they_are: the occurrences on their own dates.
    """

    moved: Callable[[Occurrences, int], int] = Occurrences.day
    as_they_are: Occurrences | None = None

    def day(self, number: int) -> int:
        """The day number of an occurrence, 1-based."""
        return self.moved(self.as_they_are or self, number)


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A condition whose turn it may be.

    Attributes:
        inputs: what the terms are run on.
        place: of the condition.
        own: its own dates.
        left: day number from which it can be entered; None for an initial condition.
        reference: the condition it counts from, as it was entered, if it counts.
    """

    inputs: Inputs
    place: int
    own: Occurrences
    left: int | None
    reference: Entry | None

    @property
    def trigger(self) -> PlannedTrigger:
        """When the condition is met."""
        return self.inputs.plan.conditions[self.place].trigger

    def on_days(self, moved: Callable[[Occurrences, int], int]) -> Occurrences:
        """Its occurrences on other days: from the occurrences as they are, and a number, to a day number."""
        fields = {field.name: getattr(self.own, field.name) for field in dataclasses.fields(Occurrences)}
        return MovedOccurrences(**fields, moved=moved, as_they_are=self.own)


def path_with_other_dates(
    inputs: Inputs,
    dates: Callable[[Turn], Occurrences] = lambda turn: turn.own,
    entered: Callable[[Turn, int], int] = lambda turn, day: day if turn.left is None else max(day, turn.left),
) -> tuple[Entry, ...] | None:
    """The path taken where conditions have other dates; None where several siblings can be entered.

    Args:
        inputs: what the terms are run on.
        dates: gives the occurrences of a condition; its own where nothing is otherwise.
        entered: gives the day number on which it is entered, from that of its first occurrence.
    """
    plan = inputs.plan
    if are_siblings_independent(plan, inputs.reading) or inputs.reading.roots is not Roots.COMPETE:
        return None
    entries: dict[int, Entry] = {}
    alternatives = plan.initial
    last: Entry | None = None
    while alternatives:
        chosen: Entry | None = None
        for place in alternatives:
            own = own_dates(plan, inputs.recorded, inputs.reading, entries, place)
            if own is None or place in entries:
                continue
            trigger = plan.conditions[place].trigger
            counted_from = (
                entries.get(trigger.reference)
                if isinstance(trigger, Relative) and trigger.reference is not None
                else None
            )
            turn = Turn(inputs, place, own, None if last is None else last.left, counted_from)
            own = dates(turn)
            day = entered(turn, own.day(1))
            if chosen is None or day < chosen.entered:
                left = max(day, own.day(own.count))
                chosen = Entry(place, None if last is None else last.place, day, left, own, own.count, place)
        if chosen is None:
            break
        entries[chosen.place] = last = chosen
        alternatives = plan.conditions[chosen.place].following
    return tuple(entries.values())


def tranches_of(inputs: Inputs, entries: Sequence[Entry] | None = None) -> tuple[Tranche, ...] | None:
    """The tranches in path order; None where they are too many, or too late for a calendar date.

    What cliffs and gates put off vests as in the default reading (CLF-1, DAT-8).

    Args:
        inputs: what the terms are run on.
        entries: the conditions entered; None lets the reference engine say.

    Raises:
        UnsupportedTerms: as ``entitlements``.
    """
    plan, reading = inputs.plan, inputs.reading
    if entries is None:
        entries = execute(plan, inputs.recorded, reading)
    if sum(entry.kept for entry in entries) > MAXIMUM_TRANCHES:
        return None
    found = []
    for entry, runs in zip(entries, entitlements(plan, entries, inputs.granted, reading), strict=True):
        exact = [run.each for run in runs for _ in range(run.count)]
        if not exact or not plan.conditions[entry.source].vests:
            continue
        own = [entry.own.day(number) for number in range(1, len(exact) + 1)]
        if max(entry.entered, own[-1]) > LAST_DAY:
            return None
        cliff = cliff_of(plan.conditions[entry.source])
        overdue = sum(day <= entry.entered for day in own)
        together, first_due = (overdue, entry.entered) if overdue >= cliff else (cliff, own[min(cliff, len(own)) - 1])
        for number, (day, shares) in enumerate(zip(own, exact, strict=True), 1):
            due = first_due if number <= together else day
            found.append(Tranche(entry.source, number, len(exact), cliff, entry.entered, entry.own, day, due, shares))
    return tuple(found)


def rounded(exact: Sequence[Fraction], allocation_type: AllocationType) -> list[Fraction]:
    """Shares of each tranche, rounded over all of them (ALC-3 B)."""
    if not exact:
        return []
    allocation = allocate_path([Run(1, each) for each in exact], allocation_type)
    until = [Fraction(allocation.cumulative(number, 1)) for number in range(len(exact))]
    return [after - before for after, before in zip(until, [Fraction(0), *until], strict=False)]


def scheduled(days: Iterable[int], shares: Iterable[Fraction], grant_day: int) -> tuple[Row, ...]:
    """Rows of tranches, what precedes the grant on the day of the grant (GRD-1)."""
    return normal(Row(max(day, grant_day), Fraction(each)) for day, each in zip(days, shares, strict=True))
