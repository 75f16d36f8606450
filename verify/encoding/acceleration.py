"""The engine's accelerations over symbolic whole shares (ACC-1, ACC-2).

Sharing out pro rata multiplies two unknowns, which the solver decides badly together with the rest. What it keeps of
an installment is therefore a symbol of its own here, of which the facts in ``prorata_facts`` are stated; that the
division has them is proved apart.
"""

from __future__ import annotations

import dataclasses

import z3

from vestverify.engine.reading import Acceleration


def _least(first: z3.ArithRef, second: z3.ArithRef) -> z3.ArithRef:
    return z3.If(first <= second, first, second)


def _not_negative(value: z3.ArithRef) -> z3.ArithRef:
    return z3.If(value >= 0, value, z3.IntVal(0))


@dataclasses.dataclass(frozen=True, slots=True)
class SymbolicAdvance:
    """One acceleration; mirrors the engine's ``Advance`` for types that vest whole shares.

    Attributes:
        base: shares vested by the end of its day, before it.
        accelerated: shares that vest at once.
        scheduled: shares of the installments that were to come, as far as they were known.
        allotment: which of these installments it takes from.
    """

    base: z3.ArithRef
    accelerated: z3.ArithRef
    scheduled: z3.ArithRef
    allotment: Acceleration

    @property
    def taken(self) -> z3.ArithRef:
        """Shares that it takes from the installments that were known."""
        return _least(self.accelerated, self.scheduled)

    @property
    def kept_in_all(self) -> z3.ArithRef:
        """Shares of these installments that vest on schedule still."""
        return self.scheduled - self.taken

    def due(self, value: z3.ArithRef) -> z3.ArithRef:
        """Shares of the installments that were known, and due where ``value`` shares would have vested."""
        return _least(_not_negative(value - self.base), self.scheduled)

    def cumulative(self, value: z3.ArithRef, prorated: z3.ArithRef | None = None) -> z3.ArithRef:
        """Shares vested where ``value`` shares would have vested without the acceleration.

        Args:
            value: shares, cumulative.
            prorated: what is kept pro rata of the shares that are due; None to divide.
        """
        due = self.due(value)
        beyond = _not_negative(_not_negative(value - self.base) - self.scheduled - (self.accelerated - self.taken))
        return self.base + self.accelerated + self._kept(due, prorated) + beyond

    def _kept(self, due: z3.ArithRef, prorated: z3.ArithRef | None) -> z3.ArithRef:
        match self.allotment:
            case Acceleration.SOONEST:
                return _not_negative(due - self.taken)
            case Acceleration.LAST:
                return _least(due, self.kept_in_all)
        if prorated is not None:
            return prorated
        return z3.If(due == self.scheduled, self.kept_in_all, due * self.kept_in_all / self.scheduled)

    def prorata_facts(self, due: z3.ArithRef, prorated: z3.ArithRef) -> z3.BoolRef:
        """What holds of the shares ``prorated`` that are kept pro rata of ``due`` shares."""
        return z3.And(
            prorated >= 0,
            prorated <= self.kept_in_all,
            due - prorated <= self.taken,
            z3.Implies(due == self.scheduled, prorated == self.kept_in_all),
        )
