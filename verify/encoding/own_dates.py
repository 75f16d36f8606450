"""The dates of conditions as constraints, whichever of them are entered (DAT-1 to DAT-6)."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable

import z3

from vestverify.encoding.calendar import Calendar, SymbolicDay, length_of, not_after, same, value_of
from vestverify.engine.plan import Plan, Relative
from vestverify.engine.reading import FirstFixedDay, PeriodicReference, Reading, Stepping
from vestverify.solver import Query

_STEPS_UNTIL_STABLE = 4_800


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """What the encoding knows of one condition; days mean something where it is entered."""

    entered: z3.BoolRef
    day: SymbolicDay
    completed: SymbolicDay
    left: SymbolicDay
    #: day of the month of the first start condition on the path so far; 0 where there is none
    anchor: z3.ArithRef


class SymbolicDates(abc.ABC):
    """Days of conditions, counted from each other.

    Attributes:
        plan, reading: what is executed.
        query: what receives the assertions.
        recorded: for each start and event condition concerned, whether and when it is recorded.
    """

    plan: Plan
    reading: Reading
    query: Query
    recorded: dict[int, tuple[z3.BoolRef, SymbolicDay]]
    _calendar: Calendar
    _nodes: dict[int, Node]
    _caps: dict[tuple[int, int], Callable[[int], int]]

    @abc.abstractmethod
    def _name(self, what: str, place: int) -> str:
        """A name for a symbol of one condition."""

    @abc.abstractmethod
    def _anchor(self, origin: int | None, place: int, base: SymbolicDay) -> z3.ArithRef:
        """The day of the month that VESTING_START_DAY_OR_LAST_DAY_OF_MONTH means for a condition (DAT-4)."""

    def _record(self, place: int) -> tuple[z3.BoolRef, SymbolicDay]:
        if place not in self.recorded:
            recorded, day = self.query.boolean(f"recorded_{place}"), self._calendar.free(f"recorded_{place}")
            self.query.add(self._calendar.immaterial_unless(recorded, day))
            self.recorded[place] = (recorded, day)
        return self.recorded[place]

    def own_day(self, origin: int | None, place: int, number: int) -> SymbolicDay:
        """The own date of an occurrence (1-based) of a relative condition, entered from ``origin``."""
        trigger = self.plan.conditions[place].trigger
        assert isinstance(trigger, Relative)
        assert trigger.reference is not None
        base = self.counted_from(trigger.reference)
        if not trigger.in_months:
            return self._calendar.plus_days(base, number * trigger.length)
        wanted = self.wanted_day(origin, place)
        shift = self._first_month_shift(base, trigger)
        months = number * trigger.length
        cap = None
        if self.reading.stepping is Stepping.FROM_PREVIOUS and trigger.wanted_day is None and number > 1:
            cap = self._drift_cap(trigger.length, number)
        own = self._calendar.day_in_month(base.month + months + shift, wanted, cap)
        if z3.is_int_value(z3.simplify(shift)):
            self._calendar.plus_months_apart(base, own, months)
        if trigger.length == 0:
            clamped = self._calendar.unknown(f"{self._name(f'own_{_named(origin)}', place)}_{number}")
            self.query.add(z3.If(not_after(base, own), same(clamped, own), same(clamped, base)))
            return clamped
        return own

    def counted_from(self, reference: int) -> SymbolicDay:
        """The day from which a condition counts that counts from ``reference``."""
        node = self._nodes[reference]
        return node.day if self.reading.periodic_reference is PeriodicReference.FIRST else node.completed

    def wanted_day(self, origin: int | None, place: int) -> z3.ArithRef:
        """The day of the month, before clamping, of a condition that counts months, entered from ``origin``."""
        trigger = self.plan.conditions[place].trigger
        assert isinstance(trigger, Relative)
        assert trigger.reference is not None
        if trigger.wanted_day is not None:
            return self.query.number(trigger.wanted_day)
        return self._anchor(origin, place, self.counted_from(trigger.reference))

    def _drift_cap(self, length: int, number: int) -> Callable[[int], int]:
        if (length, number) not in self._caps:
            self._caps[length, number] = lambda month: min(
                length_of(month - step * length) for step in range(min(number, _STEPS_UNTIL_STABLE))
            )
        return self._caps[length, number]

    def _first_month_shift(self, base: SymbolicDay, trigger: Relative) -> z3.ArithRef:
        if trigger.wanted_day is None or self.reading.first_fixed_day is FirstFixedDay.TARGET_MONTH:
            return self.query.number(0)
        literal = self._calendar.day_in_month(base.month + trigger.length, self.query.number(trigger.wanted_day))
        full_period = self._calendar.day_in_month(base.month + trigger.length, base.day)
        return z3.If(literal.day < full_period.day, self.query.number(1), self.query.number(0))

    def unknown_day(self, name: str) -> SymbolicDay:
        """A day whose value is still to be asserted."""
        return self._calendar.unknown(name)

    def calendar_day(self, name: str) -> SymbolicDay:
        """Any day of the calendar, of any year."""
        return self._calendar.some_day(name)

    def agree_with(self, other: SymbolicDates) -> None:
        """State that the same wanted day of the same month is the same day in both."""
        self._calendar.agree_with(other._calendar)

    def known_day(self, day: int) -> SymbolicDay:
        """A concrete day."""
        return self._calendar.constant(day)

    def completed(self, place: int) -> SymbolicDay:
        """The day of a condition's last occurrence, or of its entry where that comes later."""
        return self._nodes[place].completed

    def left(self, place: int) -> SymbolicDay:
        """The day from which a following condition can be entered."""
        return self._nodes[place].left

    def refine(self, model: z3.ModelRef) -> bool:
        """Add the calendar facts that a model breaks; whether there were any."""
        return self._calendar.refine(model)

    def ordinary_days(self) -> list[z3.BoolRef]:
        """Assumptions under which no month is too short for any start or event day."""
        return self._calendar.days_at_most_28([day for _, day in self.recorded.values()])

    def inputs(self, model: z3.ModelRef) -> dict[int, int]:
        """The start and event days that a model chooses, by place."""
        return {
            place: value_of(model, day)
            for place, (recorded, day) in self.recorded.items()
            if z3.is_true(model.eval(recorded, model_completion=True))
        }

    def pin(self, recorded: dict[int, int]) -> None:
        """Assert one concrete input: the day recorded for each condition, none for the others."""
        for place, (is_recorded, day) in self.recorded.items():
            if place in recorded:
                self.query.add(is_recorded, same(day, self._calendar.constant(recorded[place])))
            else:
                self.query.add(z3.Not(is_recorded))


def _named(origin: int | None) -> str:
    return "initial" if origin is None else str(origin)
