"""What has become of the shares of one security by the end of a day (issue 4; INV-1)."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from vestverify.engine.numeric import format_quantity


class NotConserved(ArithmeticError):
    """The parts of a grant do not add up to it, or one of them is negative; the message shows them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Position:
    """Where the shares of one security stand at the end of a day; all amounts in shares.

    Attributes:
        day: the day number.
        granted: shares of the issuance.
        vested: vested so far, in whatever way, also where they have been exercised or are gone since.
        accelerated: those of them that an acceleration or modification vested.
        unvested: may vest yet.
        forfeited: can never vest any more; of a retracted issuance all of them.
        carried_over: not vested, and gone on as other securities.
        exercised: bought by exercise.
        released: settled in shares.
        cancelled: vested, and cancelled or repurchased since.
        moved: vested, and gone on as other securities.
        exercisable: can be bought today.
        returned_to_pool: went back to where grants are made from: forfeited or cancelled, not exercised before.
    """

    day: int
    granted: Fraction
    vested: Fraction
    accelerated: Fraction
    unvested: Fraction
    forfeited: Fraction
    carried_over: Fraction
    exercised: Fraction
    released: Fraction
    cancelled: Fraction
    moved: Fraction
    exercisable: Fraction
    returned_to_pool: Fraction

    @property
    def vested_on_schedule(self) -> Fraction:
        """Vested without acceleration."""
        return self.vested - self.accelerated

    @property
    def parts(self) -> dict[str, Fraction]:
        """The parts that every share of the grant is in exactly one of."""
        return {
            "vested on schedule": self.vested_on_schedule,
            "accelerated": self.accelerated,
            "unvested": self.unvested,
            "forfeited": self.forfeited,
            "carried over": self.carried_over,
        }

    @property
    def is_conserved(self) -> bool:
        """Whether no share is lost or made: the parts are not negative and add up to the grant."""
        parts = self.parts.values()
        others = (self.exercised, self.released, self.cancelled, self.moved, self.exercisable, self.returned_to_pool)
        return sum(parts) == self.granted and min(*parts, *others) >= 0 and max(others) <= self.granted

    def check(self) -> None:
        """Make sure that no share is lost or made.

        Raises:
            NotConserved: ``is_conserved`` does not hold.
        """
        if not self.is_conserved:
            shown = ", ".join(f"{name} {format_quantity(shares)}" for name, shares in self.parts.items())
            raise NotConserved(f"{format_quantity(self.granted)} shares were granted, but there are: {shown}")
