"""Whole shares from exact ones, as the plain engine rounds them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

HALF = Fraction(1, 2)


def allocate(
    exact: Sequence[Fraction], allocation_type: str, grant: Fraction, faults: frozenset[str]
) -> list[Fraction | int]:
    """Whole shares for a sequence of exact ones, fractions carried along all of it."""
    if not exact:
        return []
    if faults:
        allocation_type = mistaken_type(allocation_type, faults)
        mistaken = mistaken_shares(exact, allocation_type, faults)
        if mistaken is not None:
            return mistaken
    if allocation_type == "FRACTIONAL":
        return list(exact)
    unit = math.lcm(*{each.denominator for each in exact})
    scaled = [each.numerator * (unit // each.denominator) for each in exact]
    found: list[Fraction | int] = []
    if allocation_type in ("CUMULATIVE_ROUNDING", "CUMULATIVE_ROUND_DOWN"):
        # Half of a unit more, rounded down, is rounded half up.
        lift = unit if allocation_type == "CUMULATIVE_ROUNDING" else 0
        before = until = 0
        for each in scaled:
            until += 2 * each
            now = (until + lift) // (2 * unit)
            found.append(now - before)
            before = now
        return found
    found = [each // unit for each in scaled]
    missing = sum(scaled) // unit - sum(each // unit for each in scaled)
    holders = [place for place, each in enumerate(scaled) if each or "zero-conditions-are-tranches" in faults]
    if allocation_type == "FRONT_LOADED":
        holders = holders[:missing]
    elif allocation_type == "BACK_LOADED":
        holders = holders[len(holders) - missing :]
    else:
        first = allocation_type.startswith("FRONT") != ("single-tranche-at-the-wrong-end" in faults)
        holders = (holders[:1] if first else holders[-1:]) * missing
    for place in holders:
        found[place] += 1
    return found


def mistaken_type(allocation_type: str, faults: frozenset[str]) -> str:
    for fault, read, taken in (
        ("front-loaded-as-back-loaded", "FRONT_LOADED", "BACK_LOADED"),
        ("back-loaded-as-front-loaded", "BACK_LOADED", "FRONT_LOADED"),
        ("front-single-as-front-loaded", "FRONT_LOADED_TO_SINGLE_TRANCHE", "FRONT_LOADED"),
        ("back-single-as-back-loaded", "BACK_LOADED_TO_SINGLE_TRANCHE", "BACK_LOADED"),
        ("rounding-as-round-down", "CUMULATIVE_ROUNDING", "CUMULATIVE_ROUND_DOWN"),
        ("round-down-as-rounding", "CUMULATIVE_ROUND_DOWN", "CUMULATIVE_ROUNDING"),
        ("fractional-as-round-down", "FRACTIONAL", "CUMULATIVE_ROUND_DOWN"),
    ):
        if fault in faults and allocation_type == read:
            return taken
    return "CUMULATIVE_ROUND_DOWN" if "allocation-type-ignored" in faults else allocation_type


def mistaken_shares(
    exact: Sequence[Fraction], allocation_type: str, faults: frozenset[str]
) -> list[Fraction | int] | None:
    """The ways in which rounding goes wrong; None where none of them is asked for."""
    if allocation_type == "FRACTIONAL":
        if "fractional-to-two-decimals" in faults:
            return [Fraction(round(each * 100), 100) for each in exact]
        if "fractional-through-float" in faults:
            return [Fraction(float(each)).limit_denominator(10**9) for each in exact]
        return None
    if "rounded-one-by-one" in faults:
        nearest = allocation_type == "CUMULATIVE_ROUNDING"
        return [math.floor(each + (HALF if nearest else 0)) for each in exact]
    cumulative = allocation_type in ("CUMULATIVE_ROUNDING", "CUMULATIVE_ROUND_DOWN")
    nearest = allocation_type == "CUMULATIVE_ROUNDING"
    totals: list[int] = []
    running = Fraction(0)
    if nearest and {"half-to-even", "half-down"} & faults:
        for each in exact:
            running += each
            totals.append(round(running) if "half-to-even" in faults else math.ceil(running - HALF))
    elif cumulative and "float-running-sum" in faults:
        inexact = 0.0
        for each in exact:
            inexact += float(each)
            totals.append(math.floor(inexact + 0.5) if nearest else math.floor(inexact))
    elif cumulative and "float-share-of-the-total" in faults:
        quantity = float(sum(exact))
        for each in exact:
            running += each
            inexact = quantity * (float(running) / quantity) if quantity else 0.0
            totals.append(math.floor(inexact + 0.5) if nearest else math.floor(inexact))
    elif cumulative and "float-times-number" in faults:
        inexact, number, last = 0.0, 0, None
        for each in exact:
            if each != last and last is not None:
                inexact, number = inexact + float(last) * number, 0
            number, last = number + 1, each
            total = inexact + float(each) * number
            totals.append(math.floor(total + 0.5) if nearest else math.floor(total))
    elif not cumulative and "rest-in-float" in faults:
        return mistaken_rest(exact, allocation_type)
    if not totals:
        return None
    return [after - before for before, after in zip([0, *totals], totals, strict=False)]


def mistaken_rest(exact: Sequence[Fraction], allocation_type: str) -> list[Fraction | int]:
    found: list[Fraction | int] = [math.floor(float(each)) for each in exact]
    missing = math.floor(sum(float(each) for each in exact)) - int(sum(found))
    order = list(range(len(exact))) if allocation_type.startswith("FRONT") else list(range(len(exact)))[::-1]
    if allocation_type.endswith("SINGLE_TRANCHE"):
        order = order[:1] * missing
    for place in order[: max(0, missing)]:
        found[place] += 1
    return found
