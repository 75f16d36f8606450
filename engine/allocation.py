"""How entitlements become shares (ALC-1 to ALC-4, NUM-1).

With E_k the exact entitlement up to tranche k of the path and e_k that of tranche k alone:
cumulative types round E_k and take differences; the other whole-share types floor every e_k and hand
out the L shares that are then missing; FRACTIONAL rounds nothing. Tranches entitled to nothing do not count.

Everything is counted in equal parts of a share, so many to a share that every e_k is a whole number of them.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import sub

from vestverify.engine.entitlement import Run
from vestverify.engine.reading import AllocationScope, Reading
from vestverify.engine.vesting_terms import AllocationType


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; halves go up, as the schema's 5-4-5-4 example needs (ALC-2)."""
    return _nearest(value.numerator, value.denominator)


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


@dataclasses.dataclass(frozen=True, slots=True)
class Allocation:
    """The rounded shares of consecutive runs of tranches, in closed form.

    Attributes:
        allocation_type: the rule.
        parts: how many parts a share has.
        runs: the runs, in path order.
        missing: L, the parts that flooring every tranche leaves over; cumulative types have no use for it.
        exact_before, floors_before, tranches_before: sums over the runs before each run, and over all of them last:
            of exact entitlements and of floored ones, in parts, and of tranches entitled to anything.
    """

    allocation_type: AllocationType
    parts: int
    runs: tuple[Run, ...]
    missing: int
    exact_before: tuple[int, ...]
    floors_before: tuple[int, ...]
    tranches_before: tuple[int, ...]

    def cumulative(self, run: int, occurrence: int) -> Fraction:
        """Shares allocated up to and including an occurrence (1-based; 0 = before the run)."""
        return Fraction(self.parts_until(run, (occurrence,))[0], self.parts)

    def parts_until(self, run: int, occurrences: Sequence[int]) -> list[int]:
        """Parts allocated up to and including each of some occurrences of a run (1-based; 0 = before the run)."""
        parts, exact = self.parts, self.exact_before[run]
        each = _in_parts(self.runs[run].each, parts)
        match self.allocation_type:
            case AllocationType.FRACTIONAL:
                return [exact + number * each for number in occurrences]
            case AllocationType.CUMULATIVE_ROUNDING:
                return [parts * _nearest(exact + number * each, parts) for number in occurrences]
            case AllocationType.CUMULATIVE_ROUND_DOWN:
                return [parts * ((exact + number * each) // parts) for number in occurrences]
        floor, floors = _floor(each, parts), self.floors_before[run]
        tranches = self.tranches_before[run]
        handed_out = self._handed_out([tranches + number if each else tranches for number in occurrences])
        return [floors + number * floor + more for number, more in zip(occurrences, handed_out, strict=True)]

    def _handed_out(self, positions: Sequence[int]) -> list[int]:
        """What has been handed out of the missing parts once so many tranches have vested."""
        parts, missing, tranches = self.parts, self.missing, self.tranches_before[-1]
        match self.allocation_type:
            case AllocationType.FRONT_LOADED:
                return [min(missing, position * parts) for position in positions]
            case AllocationType.BACK_LOADED:
                return [max(0, missing - (tranches - position) * parts) for position in positions]
            case AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE:
                return [missing if position >= 1 else 0 for position in positions]
            case _:
                return [missing if position == tranches else 0 for position in positions]

    @property
    def total(self) -> Fraction:
        """Shares allocated over all runs."""
        return self.cumulative(len(self.runs) - 1, self.runs[-1].count) if self.runs else Fraction(0)


def _common_parts(runs: Iterable[Run]) -> int:
    return math.lcm(*[run.each.denominator for run in runs])


def _in_parts(shares: Fraction, parts: int) -> int:
    return shares.numerator * (parts // shares.denominator)


def _floor(amount: int, parts: int) -> int:
    return amount - amount % parts


def _ceil(amount: int, parts: int) -> int:
    return amount + -amount % parts


def allocate_path(runs: Sequence[Run], allocation_type: AllocationType) -> Allocation:
    """Allocate one sequence of tranches, carrying fractions through all of it (ALC-3 B)."""
    parts = _common_parts(runs)
    exact, floors, tranches = _sums_before(runs, parts)
    missing = _floor(exact[-1], parts) - floors[-1]
    return Allocation(allocation_type, parts, tuple(runs), missing, exact, floors, tranches)


def allocate_condition(runs: Sequence[Run], allocation_type: AllocationType, parts: int) -> Allocation:
    """Allocate the tranches of one condition by themselves (ALC-3 A).

    A fraction left in the block follows published engines: FRONT_LOADED rounds the number of extra
    shares up, BACK_LOADED down, and the single-tranche types put the fraction into their tranche.

    Args:
        runs: the tranches, in path order.
        allocation_type: the rule that the terms state.
        parts: how many parts a share has: every entitlement is a whole number of them.
    """
    exact, floors, tranches = _sums_before(runs, parts)
    missing = exact[-1] - floors[-1]
    match allocation_type:
        case AllocationType.FRONT_LOADED:
            missing = _ceil(missing, parts)
        case AllocationType.BACK_LOADED:
            missing = _floor(missing, parts)
    return Allocation(allocation_type, parts, tuple(runs), missing, exact, floors, tranches)


def _sums_before(runs: Sequence[Run], parts: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Exact entitlements, floored ones, and tranches entitled to anything: before each run, and in all."""
    exact, floors, tranches = [0], [0], [0]
    for run in runs:
        each = _in_parts(run.each, parts)
        exact.append(exact[-1] + run.count * each)
        floors.append(floors[-1] + run.count * _floor(each, parts))
        tranches.append(tranches[-1] + (run.count if each else 0))
    return tuple(exact), tuple(floors), tuple(tranches)


@dataclasses.dataclass(frozen=True, slots=True)
class Shares:
    """The shares that vest at each occurrence of each entry of an execution.

    Attributes:
        parts: how many parts a share has.
        blocks: for each entry its allocation and the place of its first run in that allocation.
        carried: for each entry the parts allocated before it, unrounded; None where the allocations
            already span the whole path.
        runs: for each entry its runs.
    """

    parts: int
    blocks: tuple[tuple[Allocation, int], ...]
    carried: tuple[int, ...] | None
    runs: tuple[tuple[Run, ...], ...]

    def between(self, entry: int, first: int, last: int) -> Fraction:
        """Shares that vest at the occurrences ``first`` to ``last`` (1-based, inclusive) of an entry."""
        before, after = self._until(entry, (first - 1, last))
        return Fraction(after - before, self.parts)

    def one_by_one(self, entry: int, together: int, last: int) -> list[Fraction]:
        """Shares that vest at the first occurrences of an entry together, then at each later one.

        Args:
            entry: the place of the entry in the execution.
            together: how many of the first occurrences vest together, 1 or more.
            last: the last of the occurrences.
        """
        allocated = self._until(entry, (0, *range(together, last + 1)))
        parts = list(map(sub, allocated[1:], allocated))
        # Few of the amounts differ.
        shares = {amount: Fraction(amount, self.parts) for amount in set(parts)}
        return list(map(shares.__getitem__, parts))

    def _until(self, entry: int, occurrences: Sequence[int]) -> list[int]:
        """Parts that vest up to and including each of some occurrences of an entry, in ascending order."""
        allocation, first_run = self.blocks[entry]
        cumulative: list[int] = []
        before = start = 0
        for place, run in enumerate(self.runs[entry], first_run):
            end = bisect_right(occurrences, before + run.count, start)
            within = occurrences[start:end]
            cumulative += allocation.parts_until(place, [number - before for number in within] if before else within)
            before, start = before + run.count, end
        if self.carried is None or allocation.allocation_type is AllocationType.FRACTIONAL:
            return cumulative
        carried = self.carried[entry]
        return [_floor(carried + amount, self.parts) for amount in cumulative]

    @property
    def total(self) -> Fraction:
        """Shares that vest over the whole execution."""
        return sum(
            (self.between(entry, 1, sum(run.count for run in runs)) for entry, runs in enumerate(self.runs) if runs),
            Fraction(0),
        )


def allocate(runs: Sequence[tuple[Run, ...]], allocation_type: AllocationType, reading: Reading) -> Shares:
    """Allocate whole shares to everything an execution is entitled to.

    Args:
        runs: for each entry, in path order, its runs of equal tranches.
        allocation_type: the rule that the terms state.
        reading: decides over the whole path or inside each condition (ALC-3).
    """
    path = [run for entry in runs for run in entry]
    blocks: list[tuple[Allocation, int]] = []
    if reading.allocation_scope is AllocationScope.PATH:
        whole = allocate_path(path, allocation_type)
        first_run = 0
        for entry in runs:
            blocks.append((whole, first_run))
            first_run += len(entry)
        return Shares(whole.parts, tuple(blocks), None, tuple(runs))
    parts = _common_parts(path)
    carried: list[int] = []
    before = 0
    for entry in runs:
        allocation = allocate_condition(entry, allocation_type, parts)
        blocks.append((allocation, 0))
        carried.append(before)
        before += _in_parts(allocation.total, parts)
    return Shares(parts, tuple(blocks), tuple(carried), tuple(runs))
