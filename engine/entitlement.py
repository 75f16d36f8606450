"""What each entered condition is exactly entitled to, before rounding (AMT-1 to AMT-3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

from vestverify.engine.execution import Entry
from vestverify.engine.plan import Plan, Portion, UnsupportedTerms
from vestverify.engine.reading import Reading, RemainderBasis

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
    for entry in entries:
        amount = plan.conditions[entry.place].amount
        if not isinstance(amount, Portion):
            runs: tuple[Run, ...] = (Run(entry.kept, amount.shares),)
        elif not amount.remainder:
            runs = (Run(entry.kept, amount.ratio * grant),)
        elif reading.remainder_basis is RemainderBasis.ON_ENTRY or entry.kept == 1 or amount.ratio == 0:
            runs = (Run(entry.kept, amount.ratio * (grant - vested)),)
        else:
            runs = _of_each_remainder(amount.ratio, entry.kept, grant - vested)
        runs = tuple(run for run in runs if run.count)
        found.append(runs)
        vested += sum((run.count * run.each for run in runs), Fraction(0))
    return tuple(found)


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
