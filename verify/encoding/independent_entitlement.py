"""The engine's entitlements where siblings are independent, for every grant at once (AMT-1 to AMT-3, REL-4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import z3

from vestverify.encoding.calendar import before, not_after
from vestverify.encoding.entitlement import WHOLE, Vested, step_of
from vestverify.encoding.execution import NotEncoded
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.plan import EarlierOf, LaterOf, PlannedCondition, Portion, Relative
from vestverify.engine.reading import RemainderBasis
from vestverify.engine.vesting_terms import CalculationType
from vestverify.solver import Query

#: Occurrences of an input of a LATER_OF that are compared with its day one by one.
MAXIMUM_ACCRUING_OCCURRENCES = 240


@dataclasses.dataclass(frozen=True, slots=True)
class Amount:
    """``share`` of the grant plus ``shares`` shares, chosen by the solver."""

    share: z3.ArithRef
    shares: z3.ArithRef

    def plus(self, other: Amount) -> Amount:
        """The sum."""
        return Amount(self.share + other.share, self.shares + other.shares)

    def minus(self, other: Amount) -> Amount:
        """The difference."""
        return Amount(self.share - other.share, self.shares - other.shares)

    def times(self, factor: z3.ArithRef) -> Amount:
        """The product with a number."""
        return Amount(factor * self.share, factor * self.shares)

    def of(self, grant: z3.ArithRef) -> z3.ArithRef:
        """The number of shares, of a grant."""
        return self.share * grant + self.shares


class IndependentTotals:
    """What the conditions of an execution vest.

    Attributes:
        execution: the executions in question.
        grant: the grant by which amounts are compared; None for grants large enough.
        total: what vests altogether.
    """

    def __init__(self, execution: IndependentExecution, query: Query, grant: Fraction | None) -> None:
        """Assert what every condition is worth.

        Raises:
            NotEncoded: an input of a LATER_OF accrues over too many occurrences.
            TooManyOccurrences: see ``step_of``.
        """
        self.execution = execution
        self.grant = grant
        self._query = query
        plan = execution.plan
        self._vesting = [place for place in sorted(execution.core) if plan.relationship_of[place] is None]
        takes_remainder = any(
            isinstance(plan.conditions[place].amount, Portion) and plan.conditions[place].amount.remainder  # type: ignore[union-attr]
            for place in execution.core
        )
        self._worth: dict[int, Amount] = {}
        if takes_remainder:
            self._worth = {
                place: Amount(query.real(f"share_{place}"), query.real(f"shares_{place}")) for place in self._vesting
            }
            for place in self._vesting:
                self._assert_worth(place)
        else:
            self._worth = {place: self._worth_of(place, self._nothing) for place in self._vesting}
        self.total = self._sum(self._when(execution.entered[place], self._worth[place]) for place in self._vesting)

    def worth_of(self, place: int) -> Amount:
        """What a condition is worth where it is entered and no shares of the remainder are taken before it."""
        return self._worth.get(place) or self._worth_of(place, self._nothing)

    @property
    def _nothing(self) -> Amount:
        zero = self._query.fraction(Fraction(0))
        return Amount(zero, zero)

    def constant(self, vested: Vested) -> Amount:
        """A known amount."""
        return Amount(self._query.fraction(vested.share), self._query.fraction(vested.shares))

    def less(self, first: Amount, second: Amount) -> z3.BoolRef:
        """Whether the first amount is less than the second, for the grant or for large ones."""
        if self.grant is not None:
            grant = self._query.fraction(self.grant)
            return first.of(grant) < second.of(grant)
        return z3.Or(first.share < second.share, z3.And(first.share == second.share, first.shares < second.shares))

    def exceeds_whole(self) -> z3.BoolRef:
        """Whether more than the grant vests."""
        return self.less(self.constant(WHOLE), self.total)

    def reaches(self, bound: Vested) -> z3.BoolRef:
        """Whether at least some amount vests."""
        return z3.Not(self.less(self.total, self.constant(bound)))

    def exceeds(self, bound: Vested) -> z3.BoolRef:
        """Whether more than some amount vests."""
        return self.less(self.constant(bound), self.total)

    def stays_below(self, bound: Vested) -> z3.BoolRef:
        """Whether less than some amount vests."""
        return self.less(self.total, self.constant(bound))

    def takes_back(self) -> z3.BoolRef:
        """Whether some condition that is entered is entitled to a negative amount."""
        return self._query.any_of(
            z3.And(self.execution.entered[place], self.less(self._worth[place], self._nothing))
            for place in self._vesting
        )

    def _sum(self, amounts: Iterable[Amount]) -> Amount:
        listed = list(amounts)
        if not listed:
            return self._nothing
        return Amount(
            self._query.sum_of([each.share for each in listed]), self._query.sum_of([each.shares for each in listed])
        )

    def _when(self, condition: z3.BoolRef, amount: Amount) -> Amount:
        nothing = self._nothing
        return Amount(z3.If(condition, amount.share, nothing.share), z3.If(condition, amount.shares, nothing.shares))

    def _assert_worth(self, place: int) -> None:
        before_it = self._vested_before(place)
        worth = self._worth_of(place, before_it)
        known = self._worth[place]
        self._query.add(known.share == worth.share, known.shares == worth.shares)

    def vested_with(self, place: int) -> Amount:
        """What has vested once a condition that vests by itself, and whatever is entered before it, is complete."""
        return self._sum([self._vested_before(place), self._worth[place]])

    def _vested_before(self, place: int) -> Amount:
        return self._sum(
            self._when(z3.And(self.execution.entered[other], self._comes_before(other, place)), self._worth[other])
            for other in self._vesting
            if other != place
        )

    def _comes_before(self, first: int, second: int) -> z3.BoolRef:
        one, other = self.execution.days[first], self.execution.days[second]
        order = self.execution.plan.order
        return not_after(one, other) if order[first] < order[second] else before(one, other)

    def _worth_of(self, place: int, vested: Amount) -> Amount:
        """What a condition that is entered is worth where ``vested`` has vested before it."""
        condition = self.execution.plan.conditions[place]
        if isinstance(condition.trigger, EarlierOf):
            return self._sum(
                self._when(self.execution.entered[each], self._worth_of(each, vested))
                for each in condition.trigger.inputs
            )
        if isinstance(condition.trigger, LaterOf):
            accrued = [self._accrued(each, place, vested) for each in condition.trigger.inputs]
            return self._calculate(condition.trigger.calculation_type, accrued)
        step = step_of(condition, self.execution.reading)
        added = self.constant(Vested(step.share, step.shares))
        return added if step.kept == 1 else added.plus(vested.times(self._query.fraction(step.kept - 1)))

    def _accrued(self, place: int, later_of: int, vested: Amount) -> Amount:
        condition = self.execution.plan.conditions[place]
        if isinstance(condition.trigger, EarlierOf):
            return self._sum(
                self._when(self.execution.entered[each], self._accrued(each, later_of, vested))
                for each in condition.trigger.inputs
            )
        if isinstance(condition.trigger, LaterOf) or condition.occurrences == 1 or not condition.vests:
            return self._worth_of(place, vested)
        if condition.occurrences > MAXIMUM_ACCRUING_OCCURRENCES:
            raise NotEncoded(f"{condition.id!r} accrues {condition.occurrences} times until a LATER_OF is met")
        assert isinstance(condition.trigger, Relative)
        until = self.execution.days[later_of]
        has_come = [
            not_after(self.execution.own_day(None, place, number), until)
            for number in range(1, condition.occurrences + 1)
        ]
        accrued = self._sum(
            self._when(come, each) for come, each in zip(has_come, self._occurrences(condition, vested), strict=True)
        )
        if condition.trigger.cliff < 2:
            return accrued
        # Occurrences come one after the other, so that the cliff has passed where that of its number has come.
        return self._when(has_come[condition.trigger.cliff - 1], accrued)

    def _occurrences(self, condition: PlannedCondition, vested: Amount) -> Iterator[Amount]:
        """What each occurrence of a condition is worth where ``vested`` has vested before the first."""
        amount = condition.amount
        each_anew = self.execution.reading.remainder_basis is RemainderBasis.EACH
        for number in range(condition.occurrences):
            if not isinstance(amount, Portion):
                yield self.constant(Vested(Fraction(0), amount.shares))
            elif not amount.remainder:
                yield self.constant(Vested(amount.ratio, Fraction(0)))
            else:
                part = self._query.fraction(amount.ratio * (1 - amount.ratio) ** (number if each_anew else 0))
                yield self.constant(WHOLE).minus(vested).times(part)

    def _calculate(self, calculation_type: CalculationType, amounts: Sequence[Amount]) -> Amount:
        match calculation_type:
            case CalculationType.SUM:
                return self._sum(amounts)
            case CalculationType.MEAN:
                return self._sum(amounts).times(self._query.fraction(Fraction(1, len(amounts))))
            case CalculationType.MODE:
                return self._mode(amounts)
        best = amounts[0]
        for amount in amounts[1:]:
            smaller = self.less(amount, best)
            takes_over = smaller if calculation_type is CalculationType.MIN else self.less(best, amount)
            best = self._either(takes_over, amount, best)
        return best

    def _either(self, condition: z3.BoolRef, first: Amount, second: Amount) -> Amount:
        return Amount(z3.If(condition, first.share, second.share), z3.If(condition, first.shares, second.shares))

    def _mode(self, amounts: Sequence[Amount]) -> Amount:
        one, none = self._query.number(1), self._query.number(0)
        counts = [
            self._query.sum_of([z3.If(self._equal(amount, other), one, none) for other in amounts])
            for amount in amounts
        ]
        best, most = amounts[0], counts[0]
        for amount, count in zip(amounts[1:], counts[1:], strict=True):
            takes_over = z3.Or(count > most, z3.And(count == most, self.less(amount, best)))
            best, most = self._either(takes_over, amount, best), z3.If(takes_over, count, most)
        return best

    def _equal(self, first: Amount, second: Amount) -> z3.BoolRef:
        return z3.And(z3.Not(self.less(first, second)), z3.Not(self.less(second, first)))


__all__ = ["MAXIMUM_ACCRUING_OCCURRENCES", "Amount", "IndependentTotals"]
