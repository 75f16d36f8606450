"""Vesting terms, compiled once into an immutable plan that runs on any input.

A plan refers to conditions by their place in the document's array and holds exact amounts.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from vestverify.engine.defects import Defect, find_defects
from vestverify.engine.vesting_terms import (
    AllocationType,
    RelationshipTrigger,
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
class Portion:
    """``ratio`` of the grant vests at each occurrence; of what has yet to vest if ``remainder``."""

    ratio: Fraction
    remainder: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity:
    """``shares`` vest at each occurrence."""

    shares: Fraction


PlannedTrigger = Start | Event | Absolute | Relative | Indeterminate
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
        """Whether the condition vests anything at all."""
        return (self.amount.ratio if isinstance(self.amount, Portion) else self.amount.shares) != 0


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What vesting terms say, ready to run.

    Attributes:
        terms_id: the ``id`` of the VestingTerms.
        allocation_type: how fractions of shares are allocated.
        conditions: in document order.
        initial: places of the conditions that nothing leads to, in document order (GRF-2).
    """

    terms_id: str
    allocation_type: AllocationType
    conditions: tuple[PlannedCondition, ...]
    initial: tuple[int, ...]

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
    """The terms use a feature that the engine does not run yet; ``feature`` is its OCF name."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        super().__init__(f"{feature} is not supported")


def compile_terms(terms: VestingTerms) -> Plan:
    """Compile terms into a plan.

    Raises:
        DefectiveTerms: the terms have a structural defect (VV101 to VV109, VV308, VV309).
        UnsupportedTerms: the terms use a relationship trigger.
    """
    for condition in terms.vesting_conditions:
        if isinstance(condition.trigger, RelationshipTrigger):
            raise UnsupportedTerms(condition.trigger.type)
    defects = find_defects(terms)
    if defects:
        raise DefectiveTerms(defects)
    place = {condition.id: index for index, condition in enumerate(terms.vesting_conditions)}
    led_to = {identifier for condition in terms.vesting_conditions for identifier in condition.next_condition_ids}
    return Plan(
        terms_id=terms.id,
        allocation_type=terms.allocation_type,
        conditions=tuple(_compile_condition(condition, place) for condition in terms.vesting_conditions),
        initial=tuple(index for index, condition in enumerate(terms.vesting_conditions) if condition.id not in led_to),
    )


def _compile_condition(condition: VestingCondition, place: dict[str, int]) -> PlannedCondition:
    return PlannedCondition(
        id=condition.id,
        trigger=_compile_trigger(condition, place),
        amount=_compile_amount(condition),
        following=tuple(place[identifier] for identifier in condition.next_condition_ids),
    )


def _compile_amount(condition: VestingCondition) -> PlannedAmount:
    if condition.portion is not None:
        return Portion(condition.portion.numerator / condition.portion.denominator, condition.portion.remainder)
    return Quantity(condition.quantity if condition.quantity is not None else Fraction(0))


def _compile_trigger(condition: VestingCondition, place: dict[str, int]) -> PlannedTrigger:
    trigger = condition.trigger
    if isinstance(trigger, VestingStartTrigger):
        return Start()
    if isinstance(trigger, VestingEventTrigger):
        return Event()
    if isinstance(trigger, VestingScheduleAbsoluteTrigger):
        return Absolute(trigger.date)
    if isinstance(trigger, VestingIndeterminateTrigger):
        return Indeterminate()
    if isinstance(trigger, RelationshipTrigger):
        raise UnsupportedTerms(trigger.type)
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
