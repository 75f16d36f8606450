"""How entitlements become shares (ALC-1 to ALC-4, NUM-1).

With E_k the exact entitlement up to tranche k of the path and e_k that of tranche k alone:
cumulative types round E_k and take differences; the other whole-share types floor every e_k and hand
out the L shares that are then missing; FRACTIONAL rounds nothing. Tranches entitled to nothing do not count.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from vestverify.engine.entitlement import Run
from vestverify.engine.reading import AllocationScope, Reading
from vestverify.engine.vesting_terms import AllocationType


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; halves go up, as the schema's 5-4-5-4 example needs (ALC-2)."""
    return math.floor(value + Fraction(1, 2))


@dataclasses.dataclass(frozen=True, slots=True)
class Allocation:
    """The rounded shares of consecutive runs of tranches, in closed form.

    Attributes:
        allocation_type: the rule.
        runs: the runs, in path order.
        missing: L, the shares that flooring every tranche leaves over (0 for the cumulative types).
        exact_before, floors_before, tranches_before: sums over the runs before each run, and over all of them last:
            of exact entitlements, of floored ones, and of tranches entitled to anything.
    """

    allocation_type: AllocationType
    runs: tuple[Run, ...]
    missing: Fraction
    exact_before: tuple[Fraction, ...]
    floors_before: tuple[int, ...]
    tranches_before: tuple[int, ...]

    def cumulative(self, run: int, occurrence: int) -> Fraction:
        """Shares allocated up to and including an occurrence (1-based; 0 = before the run)."""
        each = self.runs[run].each
        exact = self.exact_before[run] + occurrence * each
        match self.allocation_type:
            case AllocationType.FRACTIONAL:
                return exact
            case AllocationType.CUMULATIVE_ROUNDING:
                return Fraction(round_half_up(exact))
            case AllocationType.CUMULATIVE_ROUND_DOWN:
                return Fraction(math.floor(exact))
        floors = self.floors_before[run] + occurrence * math.floor(each)
        position = self.tranches_before[run] + (occurrence if each else 0)
        return floors + self._handed_out(position)

    def _handed_out(self, position: int) -> Fraction:
        match self.allocation_type:
            case AllocationType.FRONT_LOADED:
                return min(self.missing, Fraction(position))
            case AllocationType.BACK_LOADED:
                return max(Fraction(0), position - (self.tranches_before[-1] - self.missing))
            case AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE:
                return self.missing if position >= 1 else Fraction(0)
            case _:
                return self.missing if position == self.tranches_before[-1] else Fraction(0)

    @property
    def total(self) -> Fraction:
        """Shares allocated over all runs."""
        return self.cumulative(len(self.runs) - 1, self.runs[-1].count) if self.runs else Fraction(0)


def allocate_path(runs: Sequence[Run], allocation_type: AllocationType) -> Allocation:
    """Allocate one sequence of tranches, carrying fractions through all of it (ALC-3 B)."""
    exact = sum((run.count * run.each for run in runs), Fraction(0))
    floors = sum(run.count * math.floor(run.each) for run in runs)
    return _allocation(runs, allocation_type, Fraction(math.floor(exact) - floors))


def allocate_condition(runs: Sequence[Run], allocation_type: AllocationType) -> Allocation:
    """Allocate the tranches of one condition by themselves (ALC-3 A).

    A fraction left in the block follows published engines: FRONT_LOADED rounds the number of extra
    shares up, BACK_LOADED down, and the single-tranche types put the fraction into their tranche.
    """
    exact = sum((run.count * run.each for run in runs), Fraction(0))
    left_over = exact - sum(run.count * math.floor(run.each) for run in runs)
    match allocation_type:
        case AllocationType.FRONT_LOADED:
            left_over = Fraction(math.ceil(left_over))
        case AllocationType.BACK_LOADED:
            left_over = Fraction(math.floor(left_over))
    return _allocation(runs, allocation_type, left_over)


def _allocation(runs: Sequence[Run], allocation_type: AllocationType, missing: Fraction) -> Allocation:
    return Allocation(
        allocation_type,
        tuple(runs),
        missing,
        tuple(accumulate((run.count * run.each for run in runs), initial=Fraction(0))),
        tuple(accumulate((run.count * math.floor(run.each) for run in runs), initial=0)),
        tuple(accumulate((run.count if run.each else 0 for run in runs), initial=0)),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Shares:
    """The shares that vest at each occurrence of each entry of an execution.

    Attributes:
        blocks: for each entry its allocation and the place of its first run in that allocation.
        carried: for each entry the unrounded shares allocated before it; None where the allocations
            already span the whole path.
        runs: for each entry its runs.
    """

    blocks: tuple[tuple[Allocation, int], ...]
    carried: tuple[Fraction, ...] | None
    runs: tuple[tuple[Run, ...], ...]

    def between(self, entry: int, first: int, last: int) -> Fraction:
        """Shares that vest at the occurrences ``first`` to ``last`` (1-based, inclusive) of an entry."""
        return self._until(entry, last) - self._until(entry, first - 1)

    def _until(self, entry: int, occurrence: int) -> Fraction:
        allocation, first_run = self.blocks[entry]
        run = 0
        while occurrence > self.runs[entry][run].count:
            occurrence -= self.runs[entry][run].count
            run += 1
        cumulative = allocation.cumulative(first_run + run, occurrence)
        if self.carried is None or allocation.allocation_type is AllocationType.FRACTIONAL:
            return cumulative
        return Fraction(math.floor(self.carried[entry] + cumulative))

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
    blocks: list[tuple[Allocation, int]] = []
    if reading.allocation_scope is AllocationScope.PATH:
        whole = allocate_path([run for entry in runs for run in entry], allocation_type)
        first_run = 0
        for entry in runs:
            blocks.append((whole, first_run))
            first_run += len(entry)
        return Shares(tuple(blocks), None, tuple(runs))
    carried: list[Fraction] = []
    before = Fraction(0)
    for entry in runs:
        allocation = allocate_condition(entry, allocation_type)
        blocks.append((allocation, 0))
        carried.append(before)
        before += allocation.total
    return Shares(tuple(blocks), tuple(carried), tuple(runs))
