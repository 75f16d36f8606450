"""Vesting terms, compiled once into an immutable plan that runs on any input.

A plan refers to conditions by their place in the document's array and holds exact amounts.
"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Sequence
from fractions import Fraction

from vestverify.engine.defects import Defect, find_defects
from vestverify.engine.vesting_terms import (
    AllocationType,
    CalculationType,
    EarlierOfTrigger,
    LaterOfTrigger,
    VestingCondition,
    VestingDayOfMonth,
    VestingEventTrigger,
    VestingIndeterminateTrigger,
    VestingPeriodInMonths,
    VestingScheduleAbsoluteTrigger,
    VestingStartTrigger,
    VestingTerms,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """Met on the date of the vesting start transaction."""


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Met on the date of the vesting event transaction."""


@dataclasses.dataclass(frozen=True, slots=True)
class Absolute:
    """Met on ``day`` (a day number)."""

    day: int


@dataclasses.dataclass(frozen=True, slots=True)
class Indeterminate:
    """Never met by itself: the rest vests only by acceleration."""


@dataclasses.dataclass(frozen=True, slots=True)
class Relative:
    """Met ``occurrences`` times, ``length`` units apart, counted from another condition.

    Attributes:
        reference: place of the condition counted from; None where the document names none.
        in_months: whether ``length`` counts calendar months; days otherwise.
        length: units between occurrences, 0 or more.
        occurrences: how many times, 1 or more.
        wanted_day: the fixed day of the month, 1 to 31; None for the vesting start day, and for days.
        cliff: the installment to which the earlier ones accrue; below 2 there is none (CLF-2).
    """

    reference: int | None
    in_months: bool
    length: int
    occurrences: int
    wanted_day: int | None
    cliff: int


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierOf:
    """Met with the first of its inputs, whose amount it vests (REL-1).

    Attributes:
        inputs: places of the conditions that lead to it; on one day the first of them wins (REL-2).
    """

    inputs: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class LaterOf:
    """Met when all of its inputs are, on the day of the last one (REL-3).

    Attributes:
        inputs: places of the conditions that lead to it.
        calculation_type: what vests, from the amounts of the inputs (REL-4).
    """

    inputs: tuple[int, ...]
    calculation_type: CalculationType


@dataclasses.dataclass(frozen=True, slots=True)
class Portion:
    """``ratio`` of the grant vests at each occurrence; of what has yet to vest if ``remainder``."""

    ratio: Fraction
    remainder: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity:
    """``shares`` vest at each occurrence."""

    shares: Fraction


Relationship = EarlierOf | LaterOf
PlannedTrigger = Start | Event | Absolute | Relative | Indeterminate | EarlierOf | LaterOf
PlannedAmount = Portion | Quantity


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedCondition:
    """One condition of a plan."""

    id: str
    trigger: PlannedTrigger
    amount: PlannedAmount
    following: tuple[int, ...]

    @property
    def occurrences(self) -> int:
        """How many times the condition vests."""
        return self.trigger.occurrences if isinstance(self.trigger, Relative) else 1

    @property
    def recorded(self) -> bool:
        """Whether a transaction says when the condition is met."""
        return isinstance(self.trigger, Start | Event)

    @property
    def vests(self) -> bool:
        """Whether the condition vests anything at all; an EARLIER_OF only passes on what its inputs do."""
        if isinstance(self.trigger, LaterOf):
            return True
        return (self.amount.ratio if isinstance(self.amount, Portion) else self.amount.shares) != 0


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What vesting terms say, ready to run.

    Attributes:
        terms_id: the ``id`` of the VestingTerms.
        allocation_type: how fractions of shares are allocated.
        conditions: in document order.
        initial: places of the conditions that nothing leads to, in document order (GRF-2).
        order: for each place its rank in an order in which every condition comes after those that lead to it,
            and otherwise in the order in which next_condition_ids name them.
        relationship_of: for each place the relationship that its condition is an input of; None where there is none.
        starts_before: for each place those of the start conditions from which some path leads to it.
    """

    terms_id: str
    allocation_type: AllocationType
    conditions: tuple[PlannedCondition, ...]
    initial: tuple[int, ...]
    order: tuple[int, ...]
    relationship_of: tuple[int | None, ...]
    starts_before: tuple[frozenset[int], ...]

    @property
    def has_relationships(self) -> bool:
        """Whether any condition is an EARLIER_OF or a LATER_OF (#542)."""
        return any(isinstance(condition.trigger, Relationship) for condition in self.conditions)

    @property
    def declared_indeterminate(self) -> bool:
        """Whether the terms say that part of the grant vests only by acceleration."""
        return any(isinstance(condition.trigger, Indeterminate) for condition in self.conditions)


class DefectiveTerms(ValueError):
    """The terms cannot be run: running them anyway would invent a meaning."""

    def __init__(self, defects: tuple[Defect, ...]) -> None:
        self.defects = defects
        super().__init__("; ".join(f"{defect.code} {defect.message}" for defect in defects))


class UnsupportedTerms(ValueError):
    """A feature that the engine does not run; ``feature`` is its OCF name."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        super().__init__(f"{feature} is not supported")


def compile_terms(terms: VestingTerms) -> Plan:
    """Compile terms into a plan.

    Raises:
        DefectiveTerms: the terms have a structural defect (VV101 to VV113, VV308, VV309).
    """
    defects = find_defects(terms)
    if defects:
        raise DefectiveTerms(defects)
    place = {condition.id: index for index, condition in enumerate(terms.vesting_conditions)}
    named = _in_the_order_named(terms.vesting_conditions, place)
    conditions = tuple(_compile_condition(condition, place, named) for condition in terms.vesting_conditions)
    order = _topological(conditions, named)
    return Plan(
        terms_id=terms.id,
        allocation_type=terms.allocation_type,
        conditions=conditions,
        initial=_initial(conditions),
        order=order,
        relationship_of=_relationship_of(conditions),
        starts_before=_starts_before(conditions, order),
    )


def _in_the_order_named(conditions: Sequence[VestingCondition], place: dict[str, int]) -> dict[int, int]:
    """For each place its rank among the conditions: initial ones first, then as next_condition_ids name them."""
    named = dict.fromkeys(place[identifier] for condition in conditions for identifier in condition.next_condition_ids)
    initial = [number for number in place.values() if number not in named]
    return {number: rank for rank, number in enumerate((*initial, *named))}


def _initial(conditions: Sequence[PlannedCondition]) -> tuple[int, ...]:
    led_to = {following for condition in conditions for following in condition.following}
    return tuple(place for place in range(len(conditions)) if place not in led_to)


def _topological(conditions: Sequence[PlannedCondition], named: dict[int, int]) -> tuple[int, ...]:
    waiting_for = [0] * len(conditions)
    for condition in conditions:
        for following in condition.following:
            waiting_for[following] += 1
    ready = [(named[place], place) for place in _initial(conditions)]
    heapq.heapify(ready)
    order = [0] * len(conditions)
    for rank in range(len(conditions)):
        _, place = heapq.heappop(ready)
        order[place] = rank
        for following in conditions[place].following:
            waiting_for[following] -= 1
            if waiting_for[following] == 0:
                heapq.heappush(ready, (named[following], following))
    return tuple(order)


def _relationship_of(conditions: Sequence[PlannedCondition]) -> tuple[int | None, ...]:
    found: list[int | None] = [None] * len(conditions)
    for place, condition in enumerate(conditions):
        if isinstance(condition.trigger, Relationship):
            for each in condition.trigger.inputs:
                found[each] = place
    return tuple(found)


def _starts_before(conditions: Sequence[PlannedCondition], order: Sequence[int]) -> tuple[frozenset[int], ...]:
    found: list[frozenset[int]] = [frozenset()] * len(conditions)
    for place in sorted(range(len(conditions)), key=order.__getitem__):
        own = found[place] | ({place} if isinstance(conditions[place].trigger, Start) else frozenset())
        for following in conditions[place].following:
            found[following] |= own
    return tuple(found)


def _compile_condition(condition: VestingCondition, place: dict[str, int], named: dict[int, int]) -> PlannedCondition:
    return PlannedCondition(
        id=condition.id,
        trigger=_compile_trigger(condition, place, named),
        amount=_compile_amount(condition),
        following=tuple(place[identifier] for identifier in condition.next_condition_ids),
    )


def _compile_amount(condition: VestingCondition) -> PlannedAmount:
    if condition.portion is not None:
        return Portion(condition.portion.numerator / condition.portion.denominator, condition.portion.remainder)
    return Quantity(condition.quantity if condition.quantity is not None else Fraction(0))


def _compile_trigger(condition: VestingCondition, place: dict[str, int], named: dict[int, int]) -> PlannedTrigger:
    trigger = condition.trigger
    if isinstance(trigger, VestingStartTrigger):
        return Start()
    if isinstance(trigger, VestingEventTrigger):
        return Event()
    if isinstance(trigger, VestingScheduleAbsoluteTrigger):
        return Absolute(trigger.date)
    if isinstance(trigger, VestingIndeterminateTrigger):
        return Indeterminate()
    if isinstance(trigger, EarlierOfTrigger | LaterOfTrigger):
        inputs = tuple(sorted((place[identifier] for identifier in trigger.input_condition_ids), key=named.__getitem__))
        return EarlierOf(inputs) if isinstance(trigger, EarlierOfTrigger) else LaterOf(inputs, trigger.calculation_type)
    period = trigger.period
    wanted_day = None
    if (
        isinstance(period, VestingPeriodInMonths)
        and period.day_of_month is not VestingDayOfMonth.VESTING_START_DAY_OR_LAST
    ):
        wanted_day = int(period.day_of_month[:2])
    return Relative(
        reference=place.get(trigger.relative_to_condition_id),
        in_months=isinstance(period, VestingPeriodInMonths),
        length=period.length,
        occurrences=period.occurrences,
        wanted_day=wanted_day,
        cliff=period.cliff_installment,
    )
