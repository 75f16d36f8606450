"""The schedule of one grant: what vests when (SRC-1 to SRC-5, GRD-1, OUT-1, OUT-2, INV-1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from vestverify.engine.allocation import allocate
from vestverify.engine.calendar import LAST_DAY
from vestverify.engine.defects import Defect
from vestverify.engine.entitlement import Run, entitlements, total
from vestverify.engine.execution import Entry, execute, vesting_days
from vestverify.engine.plan import Plan
from vestverify.engine.reading import GrantCatchUp, Reading


class Installment(NamedTuple):
    """``shares`` vest on ``day`` (a day number)."""

    day: int
    shares: Fraction


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """Chronological, one installment a day, none of zero shares (OUT-1)."""

    installments: tuple[Installment, ...]

    @property
    def total(self) -> Fraction:
        """Shares that vest in the end."""
        return sum((installment.shares for installment in self.installments), Fraction(0))

    def vested(self, day: int) -> Fraction:
        """Shares vested as of a day, that day's included (OUT-2)."""
        return sum((row.shares for row in self.installments if row.day <= day), Fraction(0))


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """One execution of terms on one grant.

    Attributes:
        entries: the conditions entered, in order.
        runs: the tranches that each entry is entitled to, in the same order.
        installments: what each condition vests when, rounded, in path order; zero ones included.
        places: place in the plan of the condition that vests each installment, in the same order.
        schedule: what vests when, rounded.
    """

    entries: tuple[Entry, ...]
    runs: tuple[tuple[Run, ...], ...]
    installments: tuple[Installment, ...]
    places: tuple[int, ...]
    schedule: Schedule

    @property
    def entitled(self) -> tuple[Fraction, ...]:
        """Exact shares that each entry is entitled to, in the order of the entries."""
        return tuple(map(total, self.runs))


class Unschedulable(ValueError):
    """The inputs have no schedule that could stand; ``defects`` say why.

    ``schedule`` is what the terms literally give, where that can be computed (VV301), and None elsewhere.
    """

    def __init__(self, defects: tuple[Defect, ...], schedule: Schedule | None = None) -> None:
        self.defects = defects
        self.schedule = schedule
        super().__init__("; ".join(f"{defect.code} {defect.message}" for defect in defects))


def run(plan: Plan, grant: Fraction, grant_day: int, recorded: Mapping[int, int], reading: Reading) -> Outcome:
    """Run terms on one grant.

    Args:
        plan: the compiled terms.
        grant: shares granted.
        grant_day: day number of the issuance.
        recorded: day number of the start or event of each condition that has one, by place in the plan.
        reading: which published answers to follow.

    Returns:
        The execution and its schedule. Rounding and over-vesting are shown as they are: whether
        they are wrong is for the properties to say.

    Raises:
        Unschedulable: an installment falls after 9999-12-31 (VV204).
        UnsupportedTerms: see ``entitlements``.
    """
    entries = execute(plan, recorded, reading)
    runs = entitlements(plan, entries, grant, reading)
    shares = allocate(runs, plan.allocation_type, reading)
    places: list[int] = []
    days: list[int] = []
    amounts: list[Fraction] = []
    for number, entry in enumerate(entries):
        passed_on = plan.relationship_of[entry.place] is not None
        if passed_on or not plan.conditions[entry.source].vests or not entry.kept:
            continue
        last = max(entry.entered, entry.own.day(entry.kept))
        if last > LAST_DAY:
            raise Unschedulable(
                (
                    Defect(
                        "VV204",
                        plan.conditions[entry.place].id,
                        f"an installment of {plan.conditions[entry.place].id!r} falls after 9999-12-31",
                    ),
                )
            )
        together, own_days = vesting_days(plan, entry, reading)
        places += [entry.place] * len(own_days)
        days += own_days
        amounts += shares.one_by_one(number, together, entry.kept)
    installments = tuple(
        map(Installment._make, zip(not_before_grant(days, amounts, grant_day, reading), amounts, strict=True))
    )
    return Outcome(entries, runs, installments, tuple(places), Schedule(merge(installments)))


def not_before_grant(
    days: Sequence[int], amounts: Sequence[Fraction], grant_day: int, reading: Reading
) -> Sequence[int]:
    """The days on which amounts can vest, those that accrued before the grant moved (GRD-1)."""
    if min(days, default=grant_day) >= grant_day:
        return days
    day = grant_day
    if reading.grant_catch_up is GrantCatchUp.NEXT_TRANCHE:
        since = (own for own, shares in zip(days, amounts, strict=True) if own >= grant_day and shares)
        day = min(since, default=grant_day)
    return [day if own < grant_day else own for own in days]


def merge(installments: Sequence[Installment]) -> tuple[Installment, ...]:
    """Chronological, same-day installments added up, zero ones omitted (OUT-1)."""
    if _is_merged(installments):
        return tuple(installments)
    by_day: dict[int, Fraction] = {}
    for installment in installments:
        by_day[installment.day] = by_day.get(installment.day, Fraction(0)) + installment.shares
    return tuple(Installment(day, shares) for day, shares in sorted(by_day.items()) if shares)


def _is_merged(installments: Sequence[Installment]) -> bool:
    before = 0
    for day, shares in installments:
        if day <= before or not shares:
            return False
        before = day
    return True
