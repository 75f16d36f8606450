"""A token allocation's unlocks and sales, month by month.

One row of an allocation table names an entity, the agent that receives its unlocks, the tokens allocated, and three
numbers of months: ``start``, ``cliff`` and ``vesting``. Vesting is linear from the start; what has accrued by the
cliff is unlocked at the cliff at once; all is unlocked ``vesting`` months after the start. 0, 0, 0 is unlocked from the
beginning. A part of what is unlocked may be destined for sale: each such token is sold in each month, that of its
unlock included, with the probability 1 / (1 + mean), so that it waits ``mean`` months on average and 0 sells at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from enum import StrEnum
from fractions import Fraction


class UnlockRounding(StrEnum):
    """How a part of a base unit that has accrued is rounded; the last month always unlocks all that is left."""

    DOWN = "down"
    HALF_UP = "half-up"
    EXACT = "exact"


class SaleTime(StrEnum):
    """How the mean time until a sale is read."""

    #: A token is sold in a month with probability 1 / (1 + mean): months are steps.
    DISCRETE = "discrete"
    #: A token is sold within a month with probability 1 - exp(-1 / mean): months are lengths of time.
    CONTINUOUS = "continuous"


#: From a month to a number, a percentage or a mean time in months.
OfMonth = Callable[[int], Fraction]


@dataclasses.dataclass(frozen=True, slots=True)
class Allocation:
    """One row of an allocation table whose numbers make sense.

    Attributes:
        entity: whose allocation it is.
        agent: who receives the unlocks.
        amount: tokens allocated, in base units: a whole number unless unlocks are exact.
        start: month of the simulation at which vesting starts, 0 or later.
        cliff: months after the start until the first tokens are unlocked.
        vesting: months after the start by which all are unlocked; not less than ``cliff`` unless it is 0.
        sales_percentage: part of what a month unlocks that is sold in the end, 0 to 100.
        mean_time: mean number of months until a token destined for sale is sold.
    """

    entity: str
    agent: str
    amount: Fraction
    start: int
    cliff: int
    vesting: int
    sales_percentage: OfMonth
    mean_time: OfMonth

    @property
    def last_month(self) -> int:
        """The month by whose end everything is unlocked."""
        return self.start + max(self.cliff, self.vesting)


def unlocked(allocation: Allocation, months: int, rounding: UnlockRounding) -> list[Fraction | int]:
    """Tokens unlocked by the end of each month, cumulative.

    Args:
        allocation: the row.
        months: how many months, beginning with month 0.
        rounding: how parts of a base unit are rounded.

    Returns:
        One number a month: whole base units unless unlocks are exact.
    """
    amount, vesting, first = allocation.amount, allocation.vesting, allocation.start + allocation.cliff
    found: list[Fraction | int] = [0] * min(first, months)
    if vesting:
        elapsed = range(allocation.cliff, min(vesting, months - allocation.start))
        numerator, denominator = amount.numerator, amount.denominator * vesting
        match rounding:
            case UnlockRounding.DOWN:
                found += [numerator * month // denominator for month in elapsed]
            case UnlockRounding.HALF_UP:
                found += [(2 * numerator * month + denominator) // (2 * denominator) for month in elapsed]
            case UnlockRounding.EXACT:
                found += [Fraction(numerator * month, denominator) for month in elapsed]
    everything = amount.numerator if amount.denominator == 1 else amount
    return found + [everything] * (months - len(found))


def sold(allocation: Allocation, unlocks: Sequence[Fraction | int], reading: SaleTime) -> list[Fraction]:
    """Tokens sold by the end of each month, cumulative: expected values, exact.

    Args:
        allocation: the row.
        unlocks: tokens unlocked by the end of each month, cumulative, beginning with month 0.
        reading: how the mean time is read.
    """
    found: list[Fraction] = []
    waiting, total, before = Fraction(0), Fraction(0), Fraction(0)
    for month, now in enumerate(unlocks):
        if now != before:
            waiting += (now - before) * allocation.sales_percentage(month) / 100
            before = Fraction(now)
        if waiting:
            sale = waiting * sale_probability(allocation.mean_time(month), reading)
            waiting -= sale
            total += sale
        found.append(total)
    return found


def sale_probability(mean_time: Fraction, reading: SaleTime) -> Fraction:
    """The probability that a token destined for sale is sold in a month.

    Args:
        mean_time: mean number of months until it is sold, 0 or more.
        reading: how that is read; the continuous form is exact to thirty decimal places.
    """
    if mean_time == 0:
        return Fraction(1)
    if reading is SaleTime.DISCRETE:
        return 1 / (1 + mean_time)
    return 1 - _exponential(-1 / mean_time)


_DECIMAL_PLACES = 30


def _exponential(exponent: Fraction) -> Fraction:
    """Euler's number to a power of 0 or less, rounded to thirty decimal places."""
    # Halved until the series converges quickly, and squared back; ten more places outlast the squaring.
    halvings = max(0, (-exponent).numerator.bit_length() - exponent.denominator.bit_length() + 1)
    unit = 10 ** (_DECIMAL_PLACES + 10 + halvings)
    small = exponent / 2**halvings
    term, total, number = Fraction(1), Fraction(1), 0
    while abs(term) * unit >= 1:
        number += 1
        term = Fraction(int(term * small / number * unit * 1000), unit * 1000)
        total += term
    for _ in range(halvings):
        total = Fraction(int(total * total * unit), unit)
    return Fraction(round(total * 10**_DECIMAL_PLACES), 10**_DECIMAL_PLACES)
