"""What each entered condition is exactly entitled to, before rounding (AMT-1 to AMT-3, REL-4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction

from vestverify.engine.execution import Entry, cliff_of
from vestverify.engine.plan import LaterOf, Plan, PlannedCondition, Portion, UnsupportedTerms
from vestverify.engine.reading import Reading, RemainderBasis
from vestverify.engine.vesting_terms import CalculationType

#: Occurrences of a repeated share of the remainder that are computed one by one.
MAXIMUM_REMAINDER_OCCURRENCES = 2_000


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """``count`` tranches of one entry that are entitled to ``each`` shares."""

    count: int
    each: Fraction


def entitlements(
    plan: Plan, entries: Sequence[Entry], grant: Fraction, reading: Reading
) -> tuple[tuple[Run, ...], ...]:
    """The exact entitlement of every entry, in path order.

    Args:
        plan: the compiled terms.
        entries: the conditions entered, in order.
        grant: shares granted.
        reading: which published answers to follow.

    Returns:
        For each entry the runs of equal tranches that its kept occurrences form.

    Raises:
        UnsupportedTerms: a share of the remainder repeats more than ``MAXIMUM_REMAINDER_OCCURRENCES`` times.
    """
    found: list[tuple[Run, ...]] = []
    vested = Fraction(0)
    added_up = 0
    known = {entry.place: entry for entry in entries}
    for entry in entries:
        runs: tuple[Run, ...] = ()
        if plan.relationship_of[entry.place] is None:
            if _looks_at_what_has_vested(plan.conditions[entry.source]):
                vested = sum(map(total, found[added_up:]), vested)
                added_up = len(found)
            runs = _runs_of(plan, known, entry, grant, vested, reading)
        found.append(runs)
    return tuple(found)


def total(runs: Sequence[Run]) -> Fraction:
    """Shares to which runs of tranches are entitled in all."""
    return sum((run.count * run.each for run in runs), Fraction(0))


def _looks_at_what_has_vested(condition: PlannedCondition) -> bool:
    if isinstance(condition.amount, Portion) and condition.amount.remainder:
        return True
    return isinstance(condition.trigger, LaterOf)


def _runs_of(
    plan: Plan, entries: Mapping[int, Entry], entry: Entry, grant: Fraction, vested: Fraction, reading: Reading
) -> tuple[Run, ...]:
    """What an entry is worth where ``vested`` shares have vested before it."""
    source = plan.conditions[entry.source]
    amount = source.amount
    if isinstance(source.trigger, LaterOf):
        day = entries[entry.source].entered
        inputs = [entries[each] for each in source.trigger.inputs]
        worth = [_accrued(plan, entries, each, day, grant, vested, reading) for each in inputs]
        return (Run(1, calculate(source.trigger.calculation_type, worth)),)
    if not entry.kept:
        return ()
    if not isinstance(amount, Portion):
        return (Run(entry.kept, amount.shares),)
    if not amount.remainder:
        return (Run(entry.kept, amount.ratio * grant),)
    if reading.remainder_basis is RemainderBasis.ON_ENTRY or entry.kept == 1 or amount.ratio == 0:
        return (Run(entry.kept, amount.ratio * (grant - vested)),)
    return _of_each_remainder(amount.ratio, entry.kept, grant - vested)


def _accrued(
    plan: Plan,
    entries: Mapping[int, Entry],
    entry: Entry,
    day: int,
    grant: Fraction,
    vested: Fraction,
    reading: Reading,
) -> Fraction:
    """Shares that an input of a LATER_OF has accrued by the day on which the last input is met (REL-4)."""
    kept = min(entry.kept, entry.own.count_until(day)) if entry.own.count > 1 else entry.kept
    if kept < cliff_of(plan.conditions[entry.source]):
        return Fraction(0)
    runs = _runs_of(plan, entries, entry, grant, vested, reading)
    accrued = Fraction(0)
    for run in runs:
        accrued += min(kept, run.count) * run.each
        kept -= min(kept, run.count)
    return accrued


def calculate(calculation_type: CalculationType, amounts: Sequence[Fraction]) -> Fraction:
    """What a LATER_OF vests, from the amounts of its inputs (REL-4).

    Args:
        calculation_type: how they are combined. MODE is the amount that occurs most often, the smallest of
            several; a MEAN that is not whole is rounded as the terms say, like any other amount.
        amounts: shares, one or more.
    """
    match calculation_type:
        case CalculationType.SUM:
            return sum(amounts, Fraction(0))
        case CalculationType.MIN:
            return min(amounts)
        case CalculationType.MAX:
            return max(amounts)
        case CalculationType.MEAN:
            return sum(amounts, Fraction(0)) / len(amounts)
        case CalculationType.MODE:
            return min(amounts, key=lambda amount: (-amounts.count(amount), amount))


def _of_each_remainder(ratio: Fraction, count: int, remainder: Fraction) -> tuple[Run, ...]:
    if ratio == 1:
        return (Run(1, remainder), Run(count - 1, Fraction(0)))
    if count > MAXIMUM_REMAINDER_OCCURRENCES:
        raise UnsupportedTerms(f"remainder over {count} occurrences")
    runs = []
    for _ in range(count):
        runs.append(Run(1, ratio * remainder))
        remainder -= ratio * remainder
    return tuple(runs)
