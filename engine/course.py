"""How a security vests, as far as it is known on a day: its schedule, and the accelerations on top of it.

What is known on a day is what was recorded by then. A start or event that is recorded later lets shares be
scheduled that had no date before; it never changes what vested earlier (see ``Ledger``).
"""

from __future__ import annotations

import bisect
import dataclasses
import functools
from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate

from vestverify.engine.acceleration import Advance
from vestverify.engine.execution import Entry
from vestverify.engine.plan import Plan
from vestverify.engine.reading import Reading
from vestverify.engine.schedule import Schedule, run


class Totals:
    """A schedule, summed up."""

    def __init__(self, schedule: Schedule) -> None:
        """Sum up a schedule; ``days`` are those on which it vests anything, in order."""
        self.days = tuple(row.day for row in schedule.installments)
        self._sums = tuple(accumulate((row.shares for row in schedule.installments), initial=Fraction(0)))

    @property
    def total(self) -> Fraction:
        """Shares in all."""
        return self._sums[-1]

    def vested(self, day: int) -> Fraction:
        """Shares vested by the end of a day."""
        return self._sums[bisect.bisect_right(self.days, day)]

    def days_within(self, first: int, last: int | None) -> tuple[int, ...]:
        """The days from ``first`` to ``last`` on which anything vests; without a last day, all from the first."""
        end = len(self.days) if last is None else bisect.bisect_right(self.days, last)
        return self.days[bisect.bisect_left(self.days, first) : end]


@dataclasses.dataclass(frozen=True, eq=False)
class Stated:
    """A schedule that was written down, row by row."""

    schedule: Schedule

    @functools.cached_property
    def _totals(self) -> Totals:
        return Totals(self.schedule)

    def known_on(self, day: int) -> Totals:
        """The schedule; all of it was known from the beginning, so that the day makes no difference."""
        return self._totals


@dataclasses.dataclass(frozen=True, eq=False)
class Computed:
    """A schedule that terms give.

    Attributes:
        plan: the compiled terms.
        shares: what vests by them, in shares.
        since: day number before which nothing vests by them.
        recorded: day number of the start or event of each condition that has one, by place in the plan.
        reading: which published answers to follow.
    """

    plan: Plan
    shares: Fraction
    since: int
    recorded: Mapping[int, int]
    reading: Reading

    def recorded_by(self, day: int) -> dict[int, int]:
        """The starts and events recorded by the end of a day."""
        return {place: on for place, on in self.recorded.items() if on <= day}

    def entries_known_on(self, day: int) -> tuple[Entry, ...]:
        """The conditions that are entered if nothing more is recorded after a day."""
        return self._known_on(day)[0]

    def known_on(self, day: int) -> Totals:
        """The schedule if nothing more is recorded after a day."""
        return self._known_on(day)[1]

    @functools.cached_property
    def _memory(self) -> dict[int, tuple[tuple[Entry, ...], Totals]]:
        return {}

    def _known_on(self, day: int) -> tuple[tuple[Entry, ...], Totals]:
        last_record = max((on for on in self.recorded.values() if on <= day), default=0)
        if last_record not in self._memory:
            outcome = run(self.plan, self.shares, self.since, self.recorded_by(day), self.reading)
            self._memory[last_record] = (outcome.entries, Totals(outcome.schedule))
        return self._memory[last_record]


@dataclasses.dataclass(frozen=True, eq=False)
class Course:
    """A schedule and the accelerations on top of it, in order.

    Attributes:
        source: the schedule.
        before: shares that had vested when the schedule began to hold.
        advances: the accelerations since then.
    """

    source: Stated | Computed
    before: Fraction = Fraction(0)
    advances: tuple[Advance, ...] = ()

    def vested(self, known: int, day: int) -> Fraction:
        """Shares vested by the end of ``day``, by what is known on the day ``known``."""
        return self._through(self.source.known_on(known).vested(day))

    def total(self, known: int) -> Fraction:
        """Shares that vest in the end, by what is known on the day ``known``."""
        return self._through(self.source.known_on(known).total)

    def days_within(self, known: int, first: int, last: int | None) -> tuple[int, ...]:
        """The days from ``first`` to ``last`` (without end where None) on which something may vest."""
        return self.source.known_on(known).days_within(first, last)

    def accelerated_by(self, advance: Advance) -> Course:
        """The same with one more acceleration."""
        return dataclasses.replace(self, advances=(*self.advances, advance))

    def _through(self, scheduled: Fraction) -> Fraction:
        value = self.before + scheduled
        for advance in self.advances:
            value = advance.cumulative(value)
        return value
