"""How much vests at a condition, and how often."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import Plan, Portion
from vestverify.engine.vesting_terms import AllocationType, VestingDayOfMonth
from vestverify.strategies.choices import Choices

_OCCURRENCES = (1, 1, 3, 4, 5, 2, 7, 12, 22, 48)
_MONTHS = (1, 1, 1, 3, 12, 1, 2, 6, 0)
_DAYS = (30, 1, 7, 365, 90, 0)
_DAYS_OF_MONTH = (
    VestingDayOfMonth.VESTING_START_DAY_OR_LAST,
    VestingDayOfMonth.VESTING_START_DAY_OR_LAST,
    VestingDayOfMonth.VESTING_START_DAY_OR_LAST,
    VestingDayOfMonth.VESTING_START_DAY_OR_LAST,
    VestingDayOfMonth.DAY_31_OR_LAST,
    VestingDayOfMonth.DAY_29_OR_LAST,
    VestingDayOfMonth.DAY_30_OR_LAST,
    VestingDayOfMonth.DAY_01,
    VestingDayOfMonth.DAY_28,
    VestingDayOfMonth.DAY_15,
)
#: Beyond this many grant sizes the residues are no longer tried one by one.
_MAXIMUM_MODULUS = 100_000
#: Decimal places of an OCF Numeric.
_DECIMAL_PLACES = 10
#: The first whole number that a binary floating point number of double precision cannot hold.
BEYOND_DOUBLE_PRECISION = 2**53 + 1
_DECIMAL_GRANTS = ("0.5", "100.25", "3.3333333333")
_LARGE = (BEYOND_DOUBLE_PRECISION, BEYOND_DOUBLE_PRECISION + 2, 10_000, 10**6 + 1, 123_456_789, 10**18 + 1)


def period_of(choices: Choices) -> dict[str, Any]:
    """A ``period`` of a relative trigger as JSON: months or days, with a ``cliff_installment`` now and then."""
    occurrences = choices.pick(_OCCURRENCES)
    in_days = choices.one_in(4)
    period: dict[str, Any] = {
        "type": "DAYS" if in_days else "MONTHS",
        "length": choices.pick(_DAYS if in_days else _MONTHS),
        "occurrences": occurrences,
    }
    if not in_days:
        period["day_of_month"] = str(choices.pick(_DAYS_OF_MONTH))
    if occurrences > 1 and choices.one_in(2):
        period["cliff_installment"] = choices.pick((2, (occurrences + 1) // 2, occurrences, occurrences - 1, 1, 0))
    return period


def written_portion(ratio: Fraction, factor: int = 1) -> dict[str, Any]:
    """A ``portion`` as JSON: ``ratio`` of the grant, with numerator and denominator times ``factor``."""
    return {"numerator": str(ratio.numerator * factor), "denominator": str(ratio.denominator * factor)}


def written_as_decimal(ratio: Fraction) -> dict[str, Any]:
    """A ``portion`` as JSON whose numerator is a decimal, where ten decimal places can write it exactly."""
    scaled = ratio * 10**_DECIMAL_PLACES
    if scaled.denominator != 1:
        return written_portion(ratio)
    return {"numerator": format_quantity(ratio), "denominator": "1"}


def allocation_type_of(choices: Choices) -> str:
    """Any of OCF's rounding rules, the common one most often."""
    return str(choices.pick((AllocationType.CUMULATIVE_ROUND_DOWN, *AllocationType)))


def quantity_of(choices: Choices, plan: Plan) -> str:
    """Shares granted, aimed at where the rounding of these terms changes.

    Args:
        choices: where decisions come from.
        plan: the compiled terms.

    Returns:
        An OCF Numeric: a whole number, small or of any residue by the terms' denominators, or now and then a large one.
        Where nothing is rounded, now and then a decimal: how part of a share is rounded no document says (ALC-2).
    """
    if plan.allocation_type is AllocationType.FRACTIONAL and choices.one_in(8):
        return choices.pick(_DECIMAL_GRANTS)
    most = 4 * modulus_of(plan) + 12
    number = choices.below(most + len(_LARGE))
    return str(number + 1 if number < most else _LARGE[number - most])


def modulus_of(plan: Plan) -> int:
    """The number of grant sizes after which rounding repeats: the portions' common denominator, cut off at 100,000."""
    modulus = 1
    for condition in plan.conditions:
        if isinstance(condition.amount, Portion):
            grown = math.lcm(modulus, condition.amount.ratio.denominator)
            modulus = grown if grown <= _MAXIMUM_MODULUS else modulus
    return modulus
