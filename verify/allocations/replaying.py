"""What a row does on the reference engine, held against its promises: VV610 to VV614 and VV616, one run at a time.

It speaks of rows whose numbers make no sense, too: there the engine is run on the numbers as they stand, with parts of
a month dropped as a simulation in whole months does.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction

from vestverify.allocations.formulas import FormulaError, parse_formula
from vestverify.allocations.numbers import NotANumber, read_number
from vestverify.allocations.table import Cell, Field, Row
from vestverify.engine.unlocking import Allocation, SaleTime, UnlockRounding, sale_probability, sold, unlocked

#: Months that are run after the last unlock.
MONTHS_AFTER = 12
#: Longest run that is worth a look at a row whose numbers make no sense.
MAXIMUM_MONTHS = 6_000


@dataclasses.dataclass(frozen=True, slots=True)
class Stated:
    """The numbers of a row as they stand, whether they make sense or not.

    Attributes:
        entity, agent: as in the table.
        amount: tokens allocated, in base units.
        start, cliff, vesting: months.
        sales_percentage, mean_time: None where they are formulas, or no numbers.
    """

    entity: str
    agent: str
    amount: Fraction
    start: Fraction
    cliff: Fraction
    vesting: Fraction
    sales_percentage: Fraction | None
    mean_time: Fraction | None

    @property
    def makes_sense_but_for_sales(self) -> bool:
        """Whether it is a row that the proofs about unlocks speak of."""
        months = (self.start, self.cliff, self.vesting)
        are_whole = all(each.denominator == 1 and each >= 0 for each in (*months, self.amount))
        return are_whole and self.amount >= 1 and (self.cliff <= self.vesting)

    @property
    def is_in_whole_months(self) -> bool:
        """Whether a run of the engine is a run of the very numbers that stand there."""
        return all(each.denominator == 1 for each in (self.start, self.cliff, self.vesting))

    @property
    def length(self) -> int:
        """How many months it takes to see everything that the row does."""
        return math.ceil(self.start + max(self.cliff, self.vesting, Fraction(0))) + 2

    @property
    def can_be_run(self) -> bool:
        """Whether the engine can be run on it: no month lies before the first, and the run has an end in sight."""
        comes_late_enough = self.start >= 0 and self.start + self.cliff >= 0 and self.vesting >= 0
        return comes_late_enough and self.length <= MAXIMUM_MONTHS

    def allocation(self) -> Allocation:
        """As the engine takes it: parts of a month are dropped; without sales where those are no numbers."""
        percentage = self.sales_percentage or Fraction(0)
        mean_time = self.mean_time or Fraction(0)
        return Allocation(
            self.entity,
            self.agent,
            self.amount,
            math.floor(self.start),
            math.floor(self.cliff),
            math.floor(self.vesting),
            lambda month: percentage,
            lambda month: mean_time,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Break:
    """A month in which the engine shows a promise broken.

    Attributes:
        code: of the promise.
        month: counted from 0.
        words: what happens in it.
        found, expected: tokens in base units, or parts of them.
    """

    code: str
    month: int
    words: str
    found: Fraction
    expected: Fraction


def stated_numbers(row: Row, supply: Fraction, decimals: int, *, in_percent: bool) -> Stated | None:
    """The numbers of a row as they stand; None where one that unlocks need is no number.

    Args:
        row: as read.
        supply: in base units; percentages are parts of it.
        decimals: base units are powers of ten of a token.
        in_percent: whether allocations are percent of the supply.
    """
    cells = row.cells
    amount = plain_number(cells.get(Field.ALLOCATION), is_quantity=not in_percent)
    start, cliff, vesting = (plain_number(cells.get(field)) for field in (Field.START, Field.CLIFF, Field.VESTING))
    if amount is None or start is None or cliff is None or vesting is None:
        return None
    return Stated(
        entity=_text(cells.get(Field.ENTITY)),
        agent=_text(cells.get(Field.AGENT)),
        amount=amount * supply / 100 if in_percent else amount * 10**decimals,
        start=start,
        cliff=cliff,
        vesting=vesting,
        sales_percentage=plain_number(cells.get(Field.SALES_PERCENTAGE), when_empty=Fraction(0)),
        mean_time=plain_number(cells.get(Field.MEAN_TIME), when_empty=Fraction(0)),
    )


def plain_number(
    cell: Cell | None, when_empty: Fraction | None = None, *, is_quantity: bool = False
) -> Fraction | None:
    """The number that a cell is, also as a formula that does not name the month; None where it is none.

    Args:
        cell: what stands there, if anything.
        when_empty: the number of an empty cell.
        is_quantity: whether it is a number of tokens.
    """
    text = _text(cell)
    if not text:
        return when_empty
    try:
        return read_number(text, is_quantity=is_quantity)[0]
    except NotANumber:
        pass
    try:
        formula = parse_formula(text)
        return formula(0) if formula.is_constant else None
    except FormulaError:
        return None


def _text(cell: Cell | None) -> str:
    return "" if cell is None else cell.text


def broken_unlocks(stated: Stated, rounding: UnlockRounding) -> dict[str, Break]:
    """The promises about unlocks that a run of the engine breaks, each with the first month that shows it.

    Args:
        stated: a row that can be run.
        rounding: how parts of a base unit are rounded.
    """
    run = [Fraction(each) for each in unlocked(stated.allocation(), stated.length, rounding)]
    amount, first = stated.amount, stated.start + stated.cliff
    broken: dict[str, Break] = {}

    def breaks(code: str, month: int, words: str, found: Fraction, expected: Fraction) -> None:
        broken.setdefault(code, Break(code, month, words, found, expected))

    for month, now in enumerate(run):
        before = run[month - 1] if month else Fraction(0)
        if now > amount or now < 0:
            breaks("VV610", month, "what is unlocked is not between 0 and the allocation", now, amount)
        if now < before:
            breaks("VV611", month, "less is unlocked than a month before", now, before)
        if month < first and now != 0:
            breaks("VV613", month, "tokens are unlocked before the cliff", now, Fraction(0))
    full = math.ceil(stated.start + (stated.vesting or max(Fraction(0), stated.cliff)))
    if run[full] != amount:
        breaks("VV612", full, "the allocation is not unlocked in full", run[full], amount)
    elif amount.denominator != 1 and rounding is not UnlockRounding.EXACT:
        words = "the allocation is not unlocked in full in whole base units"
        breaks("VV612", full, words, Fraction(math.floor(amount)), amount)
    cliff = math.ceil(first)
    released = run[cliff] - (run[cliff - 1] if cliff else 0)
    promised = _rounded(amount * stated.cliff / stated.vesting, rounding) if stated.vesting else amount
    if stated.cliff == stated.vesting:
        promised = amount
    if released != promised:
        words = "the cliff releases something else than what has accrued since the start"
        breaks("VV614", cliff, words, released, promised)
    return broken


def _rounded(value: Fraction, rounding: UnlockRounding) -> Fraction:
    match rounding:
        case UnlockRounding.DOWN:
            return Fraction(math.floor(value))
        case UnlockRounding.HALF_UP:
            return Fraction(math.floor(value + Fraction(1, 2)))
        case UnlockRounding.EXACT:
            return value


def broken_sales(allocation: Allocation, unlocks: Sequence[Fraction | int], reading: SaleTime) -> Break | None:
    """The first month in which the engine sells more than the share for sale of what is unlocked, or less than before.

    Args:
        allocation: a row with its sales.
        unlocks: tokens unlocked by the end of each month, cumulative.
        reading: how the mean time is read.

    Returns:
        None where no month shows it, and where a mean time of -1 month leaves no probability to sell with.
    """
    try:
        sales = sold(allocation, unlocks, reading)
    except ZeroDivisionError:
        return None
    destined, before, sold_before = Fraction(0), Fraction(0), Fraction(0)
    for month, (now, sale) in enumerate(zip(unlocks, sales, strict=True)):
        share = min(max(allocation.sales_percentage(month), Fraction(0)), Fraction(100))
        destined += (now - before) * share / 100
        before = Fraction(now)
        if sale > destined:
            words = "more is sold in all than what is unlocked leaves for sale"
            return Break("VV616", month, words, sale, destined)
        if sale < sold_before:
            return Break("VV616", month, "less is sold in all than a month before", sale, sold_before)
        sold_before = sale
    return None


def sales_are_in_range(allocation: Allocation, months: range) -> bool:
    """Whether the percentages and mean times that some months use are ones that the proof about sales speaks of.

    Args:
        allocation: a row with its sales.
        months: those from the first unlock on; after the last unlock no percentage is used.

    Raises:
        FormulaError: a formula has no value in one of them.
    """
    return all(
        allocation.mean_time(month) >= 0
        and (month > allocation.last_month or 0 <= allocation.sales_percentage(month) <= 100)
        for month in months
    )


def unlocked_for_sale(allocations: Sequence[Allocation], months: int, rounding: UnlockRounding) -> list[Fraction]:
    """Tokens that rows together unlock for sale in each month.

    Args:
        allocations: one or more rows of the same sales percentage.
        months: how many months, beginning with month 0.
        rounding: how parts of a base unit are rounded.
    """
    total: list[Fraction | int] = [0] * months
    for allocation in allocations:
        for month, now in enumerate(unlocked(allocation, months, rounding)):
            total[month] += now
    found = [Fraction(0)] * months
    before: Fraction | int = 0
    for month, now in enumerate(total):
        if now != before:
            found[month] = (now - before) * allocations[0].sales_percentage(month) / 100
        before = now
    return found


def sold_each_month(inflow: Sequence[Fraction], allocation: Allocation, reading: SaleTime) -> list[Fraction]:
    """Tokens sold in each month, rounded to a millionth of a base unit, of what is unlocked for sale.

    Args:
        inflow: tokens unlocked for sale in each month.
        allocation: one of the rows, for its mean time.
        reading: how that is read.

    Raises:
        FormulaError: the mean time has no value in a month in which tokens wait.
        ValueError: it is negative there.
    """
    waiting = Fraction(0)
    found: list[Fraction] = []
    for month, more in enumerate(inflow):
        waiting += more
        mean_time = allocation.mean_time(month) if waiting else Fraction(0)
        if mean_time < 0:
            raise ValueError(f"the mean time of month {month} is negative")
        sale = waiting * sale_probability(mean_time, reading)
        # Exact fractions of many months would outgrow the question whether a threshold is passed.
        sale = Fraction(math.floor(sale * 10**6), 10**6)
        waiting -= sale
        found.append(sale)
    return found
