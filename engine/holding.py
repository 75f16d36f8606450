"""The state of one security from some day on, until something is recorded or lapses."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from vestverify.engine.course import Course
from vestverify.engine.position import Position
from vestverify.engine.securities import Transaction

_NONE = Fraction(0)


@dataclasses.dataclass(frozen=True, slots=True)
class Ending:
    """The transaction with which a security ended.

    Attributes:
        transaction: what was recorded.
        day: day number of its effect.
        vesting_goes_on: whether the schedule still counts: it was exercised early and whole (EXR-1).
    """

    transaction: Transaction
    day: int
    vesting_goes_on: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Holding:
    """What holds from ``since`` on; amounts in shares, as in ``Position``.

    Attributes:
        since: day number; nothing is recorded between it and the day of the next holding.
        granted: shares of the issuance.
        course: how it vests from now on; None where nothing vests any more.
        vested: vested by the end of ``since``.
        uncancelled: forfeited, and not yet named by any cancellation.
        early_exercisable: whether what has not vested can be exercised (EXR-1).
        last_day: day number of the last day on which it can be exercised; None where there is none.
        ending: how it ended, if it did.
        accelerated, forfeited, carried_over, exercised, released, cancelled, moved, returned: as in ``Position``.
    """

    since: int
    granted: Fraction
    course: Course | None
    early_exercisable: bool
    last_day: int | None
    vested: Fraction = _NONE
    accelerated: Fraction = _NONE
    forfeited: Fraction = _NONE
    uncancelled: Fraction = _NONE
    carried_over: Fraction = _NONE
    exercised: Fraction = _NONE
    released: Fraction = _NONE
    cancelled: Fraction = _NONE
    moved: Fraction = _NONE
    returned: Fraction = _NONE
    ending: Ending | None = None

    def vested_by(self, day: int) -> Fraction:
        """Shares vested by the end of a day, ``since`` or later.

        Never less than before, and never more than can vest: a rounding that hands out shares over the whole path
        may take one back from an earlier installment when a later event extends the path (ALC-3).
        """
        if self.course is None:
            return self.vested
        return min(self._can_vest, max(self.vested, self.course.vested(self.since, day)))

    @property
    def _can_vest(self) -> Fraction:
        return self.granted - self.forfeited - self.carried_over

    @property
    def unvested(self) -> Fraction:
        """Shares that may vest yet, at the end of ``since``."""
        return self._can_vest - self.vested

    @property
    def scheduled(self) -> Fraction:
        """Those of them that have a date, by what is known."""
        if self.course is None:
            return _NONE
        return min(self.unvested, max(_NONE, self.course.total(self.since) - self.vested))

    @property
    def unvested_held(self) -> Fraction:
        """Unvested shares that have not been exercised early."""
        used = self.exercised + self.released
        return max(_NONE, self.unvested - max(_NONE, used - (self.vested - self.cancelled - self.moved)))

    @property
    def vested_held(self) -> Fraction:
        """Vested shares that are still held under this security."""
        return max(_NONE, self.vested - self.exercised - self.released - self.cancelled - self.moved)

    @property
    def held(self) -> Fraction:
        """Shares that are still held under this security, vested or not."""
        return self.vested_held + self.unvested_held

    def position(self, day: int) -> Position:
        """Where the shares stand at the end of a day, ``since`` or later."""
        then = dataclasses.replace(self, since=day, vested=self.vested_by(day))
        return Position(
            day=day,
            granted=then.granted,
            vested=then.vested,
            accelerated=then.accelerated,
            unvested=then.unvested,
            forfeited=then.forfeited,
            carried_over=then.carried_over,
            exercised=then.exercised,
            released=then.released,
            cancelled=then.cancelled,
            moved=then.moved,
            exercisable=then.exercisable,
            returned_to_pool=then.returned,
        )

    @property
    def exercisable(self) -> Fraction:
        """Shares that can be exercised on ``since`` (EXR-1): what is held, and where not early, what of it has vested."""
        if self.ending is not None or (self.last_day is not None and self.since > self.last_day):
            return _NONE
        return self.held if self.early_exercisable else self.vested_held
