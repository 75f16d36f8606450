"""The schedule of one grant: what vests when (SRC-1 to SRC-5, GRD-1, OUT-1, OUT-2, INV-1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction

from vestverify.engine.allocation import allocate
from vestverify.engine.calendar import LAST_DAY
from vestverify.engine.defects import Defect
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry, execute, steps
from vestverify.engine.plan import Plan
from vestverify.engine.reading import GrantCatchUp, Reading


@dataclasses.dataclass(frozen=True, slots=True)
class Installment:
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
        entitled: exact shares that each entry is entitled to, in the same order.
        installments: what each condition vests when, rounded, in path order; zero ones included.
        places: place in the plan of the condition that vests each installment, in the same order.
        schedule: what vests when, rounded.
    """

    entries: tuple[Entry, ...]
    entitled: tuple[Fraction, ...]
    installments: tuple[Installment, ...]
    places: tuple[int, ...]
    schedule: Schedule


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
    on_own_days: list[Installment] = []
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
        for step in steps(plan, entry, reading):
            places.append(entry.place)
            on_own_days.append(Installment(step.day, shares.between(number, step.first, step.last)))
    installments = tuple(not_before_grant(on_own_days, grant_day, reading))
    return Outcome(
        entries,
        tuple(sum((each.count * each.each for each in entry), Fraction(0)) for entry in runs),
        installments,
        tuple(places),
        Schedule(merge(installments)),
    )


def not_before_grant(installments: Sequence[Installment], grant_day: int, reading: Reading) -> Sequence[Installment]:
    """Move what accrued before the grant to the day on which it can vest (GRD-1)."""
    day = grant_day
    if reading.grant_catch_up is GrantCatchUp.NEXT_TRANCHE:
        day = min((row.day for row in installments if row.day >= grant_day and row.shares), default=grant_day)
    return [Installment(day, row.shares) if row.day < grant_day else row for row in installments]


def merge(installments: Sequence[Installment]) -> tuple[Installment, ...]:
    """Chronological, same-day installments added up, zero ones omitted (OUT-1)."""
    by_day: dict[int, Fraction] = {}
    for installment in installments:
        by_day[installment.day] = by_day.get(installment.day, Fraction(0)) + installment.shares
    return tuple(Installment(day, shares) for day, shares in sorted(by_day.items()) if shares)
