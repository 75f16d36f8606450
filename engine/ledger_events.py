"""What a ledger tells beside its positions: dated facts, and what is wrong with the records."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from fractions import Fraction

from vestverify.engine.defects import Defect

_WARNINGS = ("VV508", "VV510")


class EventKind(StrEnum):
    """What happened to shares of a security."""

    VESTED = "vested"
    ACCELERATED = "accelerated"
    REPLACED = "schedule replaced"
    FORFEITED = "forfeited"
    CARRIED_OVER = "carried over"
    EXERCISED = "exercised"
    RELEASED = "released"
    CANCELLED = "cancelled"
    MOVED = "moved"
    RETURNED = "returned to pool"
    RETRACTED = "retracted"
    TERMINATED = "employment ended"


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerEvent:
    """One dated fact.

    Attributes:
        day: the day number.
        kind: what happened; as in ``Position``, and REPLACED where another schedule holds from then on.
        shares: to how many shares.
        transaction_id: the ``id`` of the transaction that says so; None where none does, or it has none.
    """

    day: int
    kind: EventKind
    shares: Fraction
    transaction_id: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerDefect(Defect):
    """Something wrong with one transaction, in view of the others.

    Attributes:
        place: the transaction's place in the list that the case has.
        facts: what a program wants to know of it, name and value.
    """

    place: int = 0
    facts: tuple[tuple[str, str | None], ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether no schedule can stand with it; a warning otherwise."""
        return self.code not in _WARNINGS
