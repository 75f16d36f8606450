"""The engine's allocation for every whole grant at once (ALC-1 to ALC-4).

Portions are constants, the grant is an unbounded integer: flooring ``share * grant + shares`` is linear
integer arithmetic with division by a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import z3

from vestverify.encoding.entitlement import NOTHING, Tranches, Vested, rational
from vestverify.engine.reading import AllocationScope, Reading
from vestverify.engine.vesting_terms import AllocationType

_CUMULATIVE = (AllocationType.CUMULATIVE_ROUNDING, AllocationType.CUMULATIVE_ROUND_DOWN)


def floor_of(amount: Vested, grant: z3.ArithRef) -> z3.ArithRef:
    """The whole shares in an exact amount of an integer grant."""
    denominator = lcm(amount.share.denominator, amount.shares.denominator)
    numerator = int(amount.share * denominator) * grant + int(amount.shares * denominator)
    return numerator if denominator == 1 else numerator / z3.IntVal(denominator)


def ceiling_of(amount: Vested, grant: z3.ArithRef) -> z3.ArithRef:
    """The least whole number of shares that is not below an exact amount of an integer grant."""
    return -floor_of(Vested(-amount.share, -amount.shares), grant)


def exact_of(amount: Vested, grant: z3.ArithRef) -> z3.ArithRef:
    """The exact amount of an integer grant, as a real."""
    return rational(amount.share) * z3.ToReal(grant) + rational(amount.shares)


def _sum(tranches: Sequence[Tranches]) -> Vested:
    return Vested(
        sum((run.count * run.each.share for run in tranches), Fraction(0)),
        sum((run.count * run.each.shares for run in tranches), Fraction(0)),
    )


def _part(tranches: Sequence[Tranches], run: int, occurrence: int) -> list[Tranches]:
    return [*tranches[:run], Tranches(occurrence, tranches[run].each)]


class SymbolicAllocation:
    """The shares allocated to consecutive runs of tranches, for a symbolic whole grant.

    Mirrors the engine's ``Allocation``: ``cumulative`` says how many shares have been allocated up to
    and including an occurrence of a run.
    """

    def __init__(
        self, tranches: Sequence[Tranches], allocation_type: AllocationType, grant: z3.ArithRef, whole_path: bool
    ) -> None:
        """Allocate ``tranches`` by themselves; ``whole_path`` tells ALC-3 B from A."""
        self._tranches = tuple(tranches)
        self._type = allocation_type
        self._grant = grant
        exact = _sum(tranches)
        floors = self._floors(tranches)
        missing: z3.ArithRef = floor_of(exact, grant) - floors
        if not whole_path and allocation_type is AllocationType.FRONT_LOADED:
            missing = ceiling_of(exact, grant) - floors
        elif not whole_path and allocation_type is not AllocationType.BACK_LOADED:
            missing = exact_of(exact, grant) - z3.ToReal(floors)
        self._missing = missing
        self._count = self._position(tranches)

    def _floors(self, tranches: Sequence[Tranches]) -> z3.ArithRef:
        return z3.Sum([z3.IntVal(0), *(run.count * floor_of(run.each, self._grant) for run in tranches)])

    def _position(self, tranches: Sequence[Tranches]) -> z3.ArithRef:
        counts: list[z3.ArithRef] = [z3.IntVal(0)]
        for run in tranches:
            if run.each.share != 0 and run.each.shares != 0:
                counts.append(z3.If(exact_of(run.each, self._grant) == 0, z3.IntVal(0), z3.IntVal(run.count)))
            elif run.each != NOTHING:
                counts.append(z3.IntVal(run.count))
        return z3.Sum(counts)

    def cumulative(self, run: int, occurrence: int) -> z3.ArithRef:
        """Shares allocated up to and including an occurrence (1-based; 0 = before the run)."""
        part = _part(self._tranches, run, occurrence)
        exact = _sum(part)
        if self._type is AllocationType.FRACTIONAL:
            return exact_of(exact, self._grant)
        if self._type is AllocationType.CUMULATIVE_ROUND_DOWN:
            return floor_of(exact, self._grant)
        if self._type is AllocationType.CUMULATIVE_ROUNDING:
            return floor_of(Vested(exact.share, exact.shares + Fraction(1, 2)), self._grant)
        return self._floors(part) + self._handed_out(self._position(part))

    def _handed_out(self, position: z3.ArithRef) -> z3.ArithRef:
        if self._type is AllocationType.FRONT_LOADED:
            return z3.If(self._missing <= position, self._missing, position)
        if self._type is AllocationType.BACK_LOADED:
            late = position - (self._count - self._missing)
            return z3.If(late > 0, late, z3.IntVal(0))
        if self._type is AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE:
            return z3.If(position >= 1, self._missing, 0)
        return z3.If(position == self._count, self._missing, 0)

    @property
    def total(self) -> z3.ArithRef:
        """Shares allocated over all runs."""
        return self.cumulative(len(self._tranches) - 1, self._tranches[-1].count)


class SymbolicShares:
    """The shares that vest at each occurrence of each condition of a path, for a symbolic whole grant."""

    def __init__(
        self,
        tranches: Sequence[tuple[Tranches, ...]],
        allocation_type: AllocationType,
        reading: Reading,
        grant: z3.ArithRef,
    ) -> None:
        """Allocate the tranches of the conditions of one path, in path order."""
        self._tranches = tuple(tranches)
        self._type = allocation_type
        self._whole = reading.allocation_scope is AllocationScope.PATH
        self._blocks: list[tuple[SymbolicAllocation, int]] = []
        self._carried: list[z3.ArithRef] = []
        if self._whole:
            together = SymbolicAllocation([run for runs in tranches for run in runs], allocation_type, grant, True)
            first = 0
            for runs in tranches:
                self._blocks.append((together, first))
                first += len(runs)
            return
        carried: z3.ArithRef = z3.IntVal(0)
        for runs in tranches:
            allocation = SymbolicAllocation(runs, allocation_type, grant, False)
            self._blocks.append((allocation, 0))
            self._carried.append(carried)
            carried = carried + allocation.total

    def until(self, entry: int, occurrence: int) -> z3.ArithRef:
        """Shares vested on the whole path up to and including an occurrence of an entry."""
        allocation, first = self._blocks[entry]
        run = 0
        while occurrence > self._tranches[entry][run].count:
            occurrence -= self._tranches[entry][run].count
            run += 1
        cumulative = allocation.cumulative(first + run, occurrence)
        if self._whole or self._type is AllocationType.FRACTIONAL:
            return cumulative
        carried = self._carried[entry] + cumulative
        return z3.ToInt(carried) if z3.is_real(carried) else carried

    def between(self, entry: int, first: int, last: int) -> z3.ArithRef:
        """Shares that vest at the occurrences ``first`` to ``last`` of an entry."""
        return self.until(entry, last) - self.until(entry, first - 1)

    @property
    def total(self) -> z3.ArithRef:
        """Shares that vest on the whole path."""
        if self._whole or self._type is not AllocationType.FRACTIONAL:
            return self.until(len(self._tranches) - 1, sum(run.count for run in self._tranches[-1]))
        return z3.Sum([allocation.total for allocation, _ in self._blocks])
