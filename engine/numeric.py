"""OCF's Numeric: exact decimals written as strings (NUM-2).

Source: schema/types/Numeric.schema.json of OCF v1.2.0.
"""

from __future__ import annotations

import re
from fractions import Fraction

NUMERIC_PATTERN = re.compile(r"[+-]?[0-9]+(\.[0-9]{1,10})?", re.ASCII)

#: Longest Numeric that is read, in characters; OCF sets no limit, a reader of untrusted text must.
MAXIMUM_NUMERIC_LENGTH = 400


def parse_numeric(text: str) -> Fraction:
    """Read a Numeric string exactly.

    Args:
        text: an OCF Numeric such as ``"125"`` or ``"0.3333333333"``.

    Returns:
        The value as an exact fraction.

    Raises:
        ValueError: the text is not a Numeric, or is longer than ``MAXIMUM_NUMERIC_LENGTH``.
    """
    if len(text) > MAXIMUM_NUMERIC_LENGTH:
        raise ValueError(
            f"a Numeric of {len(text)} characters is longer than the {MAXIMUM_NUMERIC_LENGTH} that are read"
        )
    if NUMERIC_PATTERN.fullmatch(text) is None:
        raise ValueError("not a decimal number with at most ten decimal places")
    return Fraction(text)


def format_shares(quantity: Fraction) -> str:
    """Write a number of shares with the noun: ``"1 share"``, ``"2.5 shares"``."""
    return f"{format_quantity(quantity)} {'share' if quantity == 1 else 'shares'}"


def format_quantity(quantity: Fraction) -> str:
    """Write a number of shares exactly.

    Args:
        quantity: shares.

    Returns:
        A decimal string where a finite decimal exists, ``"p/q"`` in lowest terms where none does.
    """
    denominator = quantity.denominator
    places = 0
    for prime in (2, 5):
        power = 0
        while denominator % prime == 0:
            denominator //= prime
            power += 1
        places = max(places, power)
    if denominator != 1:
        return f"{quantity.numerator}/{quantity.denominator}"
    if places == 0:
        return str(quantity.numerator)
    digits = str(abs(quantity.numerator) * 10**places // quantity.denominator).rjust(places + 1, "0")
    sign = "-" if quantity < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
