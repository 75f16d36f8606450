"""What a table of token allocations unlocks and sells, month by month, in all, and for each agent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import add

from vestverify.engine.unlocking import Allocation, SaleTime, UnlockRounding, sold, unlocked

#: Tokens by the end of each month, cumulative, in base units, beginning with month 0.
Monthly = Sequence[Fraction | int]


@dataclasses.dataclass(frozen=True, slots=True)
class UnlockRow:
    """What one allocation unlocks, or all allocations of one agent.

    Attributes:
        entity: whose allocation it is; empty where it is several.
        agent: who receives the unlocks.
        unlocked: base units unlocked by the end of each month, cumulative.
        sold: base units of these that are sold, cumulative, expected values.
    """

    entity: str
    agent: str
    unlocked: Monthly
    sold: Monthly


@dataclasses.dataclass(frozen=True, slots=True)
class UnlockSchedule:
    """What a table unlocks.

    Attributes:
        months: the months, beginning with month 0.
        rows: for each allocation what it unlocks, in the order of the table.
        circulating: base units in circulation by the end of each month.
    """

    months: range
    rows: tuple[UnlockRow, ...]
    circulating: Monthly


def unlock_schedule(
    allocations: Sequence[Allocation],
    *,
    last_month: int | None = None,
    rounding: UnlockRounding = UnlockRounding.DOWN,
    sale_time: SaleTime = SaleTime.DISCRETE,
    counts_locked: bool = False,
) -> UnlockSchedule:
    """What allocations unlock and sell by the end of each month; exact.

    Args:
        allocations: rows of a table whose numbers make sense.
        last_month: the last month of the schedule; by default the first by which everything is unlocked.
        rounding: how parts of a base unit are rounded.
        sale_time: how the mean time until a sale is read.
        counts_locked: whether allocated tokens count as circulating before they are unlocked.

    Raises:
        ValueError: the last month is negative.
    """
    last = max((each.last_month for each in allocations), default=0) if last_month is None else last_month
    if last < 0:
        raise ValueError(f"the last month is month 0 or later, not {last}")
    count = last + 1
    rows = []
    for allocation in allocations:
        unlocks = unlocked(allocation, count, rounding)
        sales = sold(allocation, unlocks, sale_time) if _sells(allocation, count) else [0] * count
        rows.append(UnlockRow(allocation.entity, allocation.agent, unlocks, sales))
    if counts_locked:
        circulating: Monthly = [sum((each.amount for each in allocations), Fraction(0))] * count
    else:
        circulating = _sum((row.unlocked for row in rows), count)
    return UnlockSchedule(range(count), tuple(rows), circulating)


def by_agent(schedule: UnlockSchedule) -> tuple[UnlockRow, ...]:
    """What each agent's allocations unlock and sell together, in the order in which agents first appear."""
    rows: dict[str, list[UnlockRow]] = {}
    for row in schedule.rows:
        rows.setdefault(row.agent, []).append(row)
    count = len(schedule.months)
    return tuple(
        UnlockRow("", agent, _sum((row.unlocked for row in own), count), _sum((row.sold for row in own), count))
        for agent, own in rows.items()
    )


def _sells(allocation: Allocation, count: int) -> bool:
    """Whether anything that is unlocked in the first months is destined for sale."""
    months = range(allocation.start + allocation.cliff, min(allocation.last_month + 1, count))
    return any(map(allocation.sales_percentage, months))


def _sum(several: Iterable[Monthly], count: int) -> Monthly:
    total: list[Fraction | int] = [0] * count
    for each in several:
        total = list(map(add, total, each))
    return total
