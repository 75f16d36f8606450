"""What vests when after an acceleration: an advance on later installments, never extra shares (ACC-1, ACC-2).

All sums are cumulative: ``value`` stands for the shares that the schedule so far has vested by some day.
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

from vestverify.engine.reading import Acceleration as PartialAcceleration
from vestverify.engine.reading import Reading
from vestverify.engine.securities import AllotmentType, VestingAcceleration

_BY_READING = {
    PartialAcceleration.PRORATA: AllotmentType.PRORATA,
    PartialAcceleration.SOONEST: AllotmentType.ASCENDING,
    PartialAcceleration.LAST: AllotmentType.DESCENDING,
}


class ZeroDenominator(ValueError):
    """The portion that is accelerated has the denominator 0."""


@dataclasses.dataclass(frozen=True, slots=True)
class Advance:
    """One acceleration, with what was known of the schedule on its day.

    Attributes:
        base: shares vested by the end of its day, before it.
        accelerated: shares that vest at once.
        scheduled: shares of the installments that were to come, as far as they were known.
        allotment: which of these installments it takes from.
        in_whole_shares: whether what is kept of an installment is rounded to whole shares.
    """

    base: Fraction
    accelerated: Fraction
    scheduled: Fraction
    allotment: AllotmentType
    in_whole_shares: bool

    @property
    def taken(self) -> Fraction:
        """Shares that it takes from the installments that were known."""
        return min(self.accelerated, self.scheduled)

    @property
    def taken_from_unscheduled(self) -> Fraction:
        """Shares that it takes from what had no date yet: the first of these that come to be scheduled."""
        return self.accelerated - self.taken

    def cumulative(self, value: Fraction) -> Fraction:
        """Shares vested by a day on or after the acceleration.

        Args:
            value: shares that would have vested by that day without it.
        """
        due = max(Fraction(0), value - self.base)
        beyond = max(Fraction(0), due - self.scheduled - self.taken_from_unscheduled)
        return self.base + self.accelerated + self._kept(min(due, self.scheduled)) + beyond

    def _kept(self, due: Fraction) -> Fraction:
        """What is left to vest on schedule of the first ``due`` shares of the installments that were known."""
        kept_in_all = self.scheduled - self.taken
        if due == self.scheduled:
            return kept_in_all
        match self.allotment:
            case AllotmentType.ASCENDING:
                return max(Fraction(0), due - self.taken)
            case AllotmentType.DESCENDING:
                return min(due, kept_in_all)
        exact = due * kept_in_all / self.scheduled
        return Fraction(math.floor(exact)) if self.in_whole_shares else exact


def allotment_of(acceleration: VestingAcceleration, reading: Reading) -> AllotmentType:
    """The installments that an acceleration takes from: those it names, or else those of the reading (ACC-2)."""
    return acceleration.allotment_type or _BY_READING[reading.acceleration]


def shares_of(acceleration: VestingAcceleration, unvested: Fraction, in_whole_shares: bool) -> Fraction:
    """How many shares an acceleration asks for.

    Args:
        acceleration: what it states.
        unvested: shares not vested on its day, before it.
        in_whole_shares: whether a portion is rounded down to whole shares.

    Returns:
        The quantity; that portion of what is unvested; or all of it where neither is stated (#540).

    Raises:
        ZeroDenominator: the portion is not a number.
    """
    if acceleration.quantity is not None:
        return acceleration.quantity
    if acceleration.portion is None:
        return unvested
    if acceleration.portion.denominator == 0:
        raise ZeroDenominator
    exact = acceleration.portion.numerator / acceleration.portion.denominator * unvested
    return Fraction(math.floor(exact)) if in_whole_shares else exact
