"""Token allocations as vesting terms of OCF, and vesting terms that are linear by months as allocations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from vestverify.engine.unlocking import UnlockRounding
from vestverify.engine.vesting_terms import (
    AllocationType,
    VestingCondition,
    VestingDayOfMonth,
    VestingPeriodInMonths,
    VestingScheduleRelativeTrigger,
    VestingStartTrigger,
    VestingTerms,
)

_ALLOCATION_TYPES = {
    UnlockRounding.DOWN: AllocationType.CUMULATIVE_ROUND_DOWN,
    UnlockRounding.HALF_UP: AllocationType.CUMULATIVE_ROUNDING,
    UnlockRounding.EXACT: AllocationType.FRACTIONAL,
}
_ROUNDINGS = {allocation_type: rounding for rounding, allocation_type in _ALLOCATION_TYPES.items()}
_MAXIMUM_MONTHS = 100_000
_DAY = VestingDayOfMonth.VESTING_START_DAY_OR_LAST


class NotLinear(ValueError):
    """The vesting terms are no row of an allocation table; the message says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class LinearVesting:
    """What vesting terms and a row of an allocation table both say.

    Attributes:
        cliff: months after the start until the first tokens vest.
        vesting: months after the start by which all have vested.
        rounding: how parts of a base unit are rounded.
    """

    cliff: int
    vesting: int
    rounding: UnlockRounding = UnlockRounding.DOWN


def terms_from(linear: LinearVesting, name: str) -> dict[str, Any]:
    """Vesting terms of OCF that vest as a row of an allocation table unlocks.

    The month in which vesting starts is no part of vesting terms: it is the date of the vesting start transaction.

    Args:
        linear: the row's months.
        name: what the terms are called.

    Returns:
        A VestingTerms as JSON.

    Raises:
        ValueError: months are negative, or the cliff is after the end of vesting.
    """
    cliff, vesting = linear.cliff, linear.vesting
    if cliff < 0 or vesting < 0 or (vesting and cliff > vesting):
        raise ValueError(f"a cliff of {cliff} and a vesting of {vesting} months are not linear vesting")
    start: dict[str, Any] = {"id": "start", "description": "Vesting starts"}
    conditions = [start]
    at_once = cliff == vesting or vesting == 0
    if cliff == 0 and vesting == 0:
        start |= {"portion": {"numerator": "1", "denominator": "1"}}
    else:
        start |= {"quantity": "0"}
        occurrences = 1 if at_once else vesting
        period: dict[str, Any] = {
            "type": "MONTHS",
            "length": cliff if at_once else 1,
            "occurrences": occurrences,
            "day_of_month": str(_DAY),
        }
        if cliff > 1 and not at_once:
            period["cliff_installment"] = cliff
        conditions.append(
            {
                "id": "vesting",
                "description": "All at once" if at_once else "Every month",
                "portion": {"numerator": "1", "denominator": str(occurrences)},
                "trigger": {
                    "type": "VESTING_SCHEDULE_RELATIVE",
                    "period": period,
                    "relative_to_condition_id": "start",
                },
                "next_condition_ids": [],
            }
        )
    start |= {
        "trigger": {"type": "VESTING_START_DATE"},
        "next_condition_ids": [each["id"] for each in conditions[1:]],
    }
    return {
        "id": name,
        "object_type": "VESTING_TERMS",
        "name": name,
        "description": _description(cliff, vesting),
        "allocation_type": str(_ALLOCATION_TYPES[linear.rounding]),
        "vesting_conditions": conditions,
    }


def linear_vesting(terms: VestingTerms) -> LinearVesting:
    """The row of an allocation table that unlocks as vesting terms vest.

    Args:
        terms: valid vesting terms.

    Raises:
        NotLinear: there is no such row; the message says why.
    """
    if terms.allocation_type not in _ROUNDINGS:
        raise NotLinear(
            f"the allocation type {terms.allocation_type} rounds installment by installment; a row of an allocation "
            f"table rounds what has been unlocked so far, as {', '.join(_ROUNDINGS)} do"
        )
    installments = [each for each in _installments(terms) if each[1]]
    total = sum((part for _, part in installments), Fraction(0))
    if total != 1:
        raise NotLinear(f"{total} of the grant vest in all; a row of an allocation table unlocks all of it")
    rounding = _ROUNDINGS[terms.allocation_type]
    first, last = installments[0][0], installments[-1][0]
    vested, expected = Fraction(0), first
    for month, part in installments:
        vested += part
        if month != expected:
            raise NotLinear(f"nothing vests {expected} months after the start; a row unlocks every month")
        if vested * last != month:
            raise NotLinear(
                f"{vested} of the grant have vested {month} months after the start; linear vesting over {last} months "
                f"is {Fraction(month, last)} by then"
            )
        expected += 1
    return LinearVesting(first, last, rounding)


def _installments(terms: VestingTerms) -> Iterator[tuple[int, Fraction]]:
    """Months after the start, and the part of the grant that vests then; chronological."""
    month, before = 0, None
    for condition in _chain(terms):
        amount = _part(condition)
        trigger = condition.trigger
        if isinstance(trigger, VestingStartTrigger):
            if before is not None:
                raise NotLinear(f"the condition {condition.id!r} is a second vesting start")
            yield 0, amount
        elif isinstance(trigger, VestingScheduleRelativeTrigger):
            period = trigger.period
            if not isinstance(period, VestingPeriodInMonths):
                raise NotLinear(f"the condition {condition.id!r} counts days; a row counts months")
            if before is None or trigger.relative_to_condition_id != before.id:
                raise NotLinear(f"the condition {condition.id!r} does not count from the condition before it")
            if period.day_of_month is not _DAY:
                raise NotLinear(
                    f"the condition {condition.id!r} falls on day {period.day_of_month} of the month; "
                    f"months of a row end on {_DAY}"
                )
            if period.occurrences > _MAXIMUM_MONTHS:
                raise NotLinear(f"the condition {condition.id!r} repeats more than {_MAXIMUM_MONTHS} times")
            if period.occurrences > 1 and condition.next_condition_ids:
                raise NotLinear(f"the condition {condition.id!r} repeats, and others follow it")
            origin, month = month, month + period.length
            cliff = min(max(1, period.cliff_installment), period.occurrences)
            if period.cliff_installment > period.occurrences:
                raise NotLinear(f"the cliff of the condition {condition.id!r} is after its last occurrence")
            yield origin + cliff * period.length, cliff * amount
            for number in range(cliff + 1, period.occurrences + 1):
                yield origin + number * period.length, amount
        else:
            raise NotLinear(
                f"the condition {condition.id!r} is met by {trigger.type}; "
                "a row of an allocation table knows months after the vesting start only"
            )
        before = condition


def _chain(terms: VestingTerms) -> Iterator[VestingCondition]:
    """The conditions in the order in which they follow each other, where each is followed by one at most."""
    conditions = {each.id: each for each in terms.vesting_conditions}
    led_to = {identifier for each in terms.vesting_conditions for identifier in each.next_condition_ids}
    first = [each for each in terms.vesting_conditions if each.id not in led_to]
    if len(conditions) != len(terms.vesting_conditions) or not led_to <= conditions.keys() or len(first) != 1:
        raise NotLinear("the conditions are not one chain that begins with the vesting start")
    following: VestingCondition | None = first[0]
    seen = 0
    while following is not None:
        yield following
        seen += 1
        if seen > len(conditions):
            raise NotLinear("the conditions lead back to one another")
        if len(following.next_condition_ids) > 1:
            raise NotLinear(f"several conditions follow the condition {following.id!r}")
        following = conditions[following.next_condition_ids[0]] if following.next_condition_ids else None
    if seen != len(conditions):
        raise NotLinear("some conditions are never reached from the vesting start")


def _part(condition: VestingCondition) -> Fraction:
    if condition.quantity:
        raise NotLinear(f"the condition {condition.id!r} vests a fixed number of shares, not a part of the grant")
    if condition.portion is None or not condition.portion.numerator:
        return Fraction(0)
    if condition.portion.remainder:
        raise NotLinear(f"the condition {condition.id!r} vests a part of what is left, not of the grant")
    if condition.portion.numerator < 0 or condition.portion.denominator <= 0:
        raise NotLinear(f"the portion of the condition {condition.id!r} is not a part of the grant")
    return condition.portion.numerator / condition.portion.denominator


def _description(cliff: int, vesting: int) -> str:
    if not vesting and not cliff:
        return "Everything vests on the vesting start."
    if not vesting or cliff == vesting:
        return f"Everything vests {cliff} months after the vesting start."
    waits = f"; the first {cliff} months vest together" if cliff > 1 else ""
    return f"1/{vesting} vests for every month over {vesting} months{waits}."
