"""The engine's entitlements for every grant at once (AMT-1 to AMT-3).

What has vested is written ``share * grant + shares``: a share of the grant plus a fixed number of shares.
Entering a condition maps both by a rising (or, above 100 % of a remainder, falling) straight line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction

import z3

from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.plan import Plan, PlannedCondition, Portion
from vestverify.engine.reading import Reading, RemainderBasis
from vestverify.solver import Query

#: Occurrences of a repeated share of the remainder that are written out.
MAXIMUM_REMAINDER_OCCURRENCES = 2_000
#: Edges whose bounds are checked at once.
EDGES_IN_ONE_QUERY = 100


class TooManyOccurrences(ValueError):
    """A share of the remainder repeats too often to be written out exactly."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Vested:
    """``share`` of the grant plus ``shares`` shares; ordered as for grants large enough."""

    share: Fraction
    shares: Fraction

    def of(self, grant: Fraction) -> Fraction:
        """The number of shares, of a grant."""
        return self.share * grant + self.shares


NOTHING = Vested(Fraction(0), Fraction(0))
WHOLE = Vested(Fraction(1), Fraction(0))


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """What entering a condition does to what has vested: ``kept * vested + (share, shares)``."""

    kept: Fraction
    share: Fraction
    shares: Fraction

    def after(self, vested: Vested) -> Vested:
        """What has vested once the condition is complete."""
        return Vested(self.kept * vested.share + self.share, self.kept * vested.shares + self.shares)


def step_of(condition: PlannedCondition, reading: Reading) -> Step:
    """The step of one condition, all its occurrences together.

    Raises:
        TooManyOccurrences: see ``MAXIMUM_REMAINDER_OCCURRENCES``.
    """
    count = condition.occurrences
    amount = condition.amount
    if not isinstance(amount, Portion):
        return Step(Fraction(1), Fraction(0), count * amount.shares)
    if not amount.remainder:
        return Step(Fraction(1), count * amount.ratio, Fraction(0))
    if reading.remainder_basis is RemainderBasis.ON_ENTRY:
        kept = 1 - count * amount.ratio
    elif amount.ratio in (0, 1):
        kept = 1 - amount.ratio
    elif count > MAXIMUM_REMAINDER_OCCURRENCES:
        raise TooManyOccurrences(f"{condition.id!r} takes a share of the remainder {count} times")
    else:
        kept = (1 - amount.ratio) ** count
    return Step(kept, 1 - kept, Fraction(0))


@dataclasses.dataclass(frozen=True, slots=True)
class Tranches:
    """``count`` tranches that are entitled to ``share * grant + shares`` each."""

    count: int
    each: Vested


def tranches_of(plan: Plan, path: Sequence[int], reading: Reading) -> tuple[tuple[Tranches, ...], ...]:
    """The exact entitlement of every condition of a path, in path order, for every grant at once.

    Raises:
        TooManyOccurrences: see ``MAXIMUM_REMAINDER_OCCURRENCES``.
    """
    found: list[tuple[Tranches, ...]] = []
    vested = NOTHING
    for place in path:
        found.append(tranches_after(plan.conditions[place], vested, reading))
        vested = step_of(plan.conditions[place], reading).after(vested)
    return tuple(found)


def tranches_after(condition: PlannedCondition, vested: Vested, reading: Reading) -> tuple[Tranches, ...]:
    """The exact entitlement of one condition where ``vested`` has vested before it.

    Raises:
        TooManyOccurrences: see ``MAXIMUM_REMAINDER_OCCURRENCES``.
    """
    amount = condition.amount
    count = condition.occurrences
    if not isinstance(amount, Portion):
        return (Tranches(count, Vested(Fraction(0), amount.shares)),)
    if not amount.remainder:
        return (Tranches(count, Vested(amount.ratio, Fraction(0))),)
    if reading.remainder_basis is RemainderBasis.ON_ENTRY or count == 1:
        return (Tranches(count, Vested(amount.ratio * (1 - vested.share), -amount.ratio * vested.shares)),)
    step_of(condition, reading)
    runs = []
    left = vested
    written = 1 if amount.ratio in (0, 1) else count
    for _ in range(written):
        each = Vested(amount.ratio * (1 - left.share), -amount.ratio * left.shares)
        left = Vested(left.share + each.share, left.shares + each.shares)
        runs.append(Tranches(1, each))
    if written < count:
        runs.append(Tranches(count - written, NOTHING))
    return tuple(runs)


class SymbolicTotals:
    """What has vested once each condition of a symbolic execution is complete.

    Attributes:
        share, shares: for each condition of the core, of the grant and on top of it.
    """

    def __init__(self, execution: SymbolicExecution, query: Query) -> None:
        """Assert the totals of every execution."""
        steps = {place: step_of(execution.plan.conditions[place], execution.reading) for place in execution.core}
        self._query = query
        self.share = {place: query.real(f"share_{place}") for place in execution.core}
        self.shares = {place: query.real(f"shares_{place}") for place in execution.core}
        for (origin, place), taken in execution.taken.items():
            step = steps[place]
            before_share = query.fraction(Fraction(0)) if origin is None else self.share[origin]
            before_shares = query.fraction(Fraction(0)) if origin is None else self.shares[origin]
            query.add(
                z3.Implies(
                    taken,
                    z3.And(
                        self.share[place] == query.fraction(step.kept) * before_share + query.fraction(step.share),
                        self.shares[place] == query.fraction(step.kept) * before_shares + query.fraction(step.shares),
                    ),
                )
            )

    def above(self, place: int, bound: Vested) -> z3.BoolRef:
        """Whether more than ``bound`` has vested, for grants large enough."""
        share, shares = self.share[place], self.shares[place]
        of_share, of_shares = self._query.fraction(bound.share), self._query.fraction(bound.shares)
        return z3.Or(share > of_share, z3.And(share == of_share, shares > of_shares))

    def below(self, place: int, bound: Vested) -> z3.BoolRef:
        """Whether less than ``bound`` has vested, for grants large enough."""
        share, shares = self.share[place], self.shares[place]
        of_share, of_shares = self._query.fraction(bound.share), self._query.fraction(bound.shares)
        return z3.Or(share < of_share, z3.And(share == of_share, shares < of_shares))

    def of(self, place: int, grant: Fraction) -> z3.ArithRef:
        """The number of shares vested of one grant."""
        return self._query.fraction(grant) * self.share[place] + self.shares[place]

    def constant(self, value: Fraction) -> z3.ArithRef:
        """A number of shares."""
        return self._query.fraction(value)


def rational(value: Fraction) -> z3.ArithRef:
    """An exact constant."""
    return z3.RealVal(f"{value.numerator}/{value.denominator}")


def bounds_are_not_inductive(
    plan: Plan,
    reading: Reading,
    lowest: dict[int, Vested],
    highest: dict[int, Vested],
    grant: Fraction | None = None,
) -> Iterator[str]:
    """Assertions of which each is unsatisfiable exactly when no path of edges leaves the given bounds through it.

    Each edge gets totals of its own. The assumptions are that they lie within the bounds of its origin; the
    claim, which comes last, is that the totals after some edge lie outside the bounds of its target.

    Args:
        plan: the compiled terms.
        reading: which published answers to follow.
        lowest: the least that paths vest, by place.
        highest: the most that paths vest, by place.
        grant: the grant for which totals are compared; None compares them for grants large enough.

    Returns:
        SMT-LIB 2 texts, each about ``EDGES_IN_ONE_QUERY`` edges; building text is several times faster than
        building terms.
    """
    edges: list[tuple[int | None, int]] = [(None, place) for place in plan.initial if place in highest]
    edges += [
        (place, following)
        for place in highest
        for following in plan.conditions[place].following
        if following in highest
    ]
    for first in range(0, len(edges), EDGES_IN_ONE_QUERY):
        part = edges[first : first + EDGES_IN_ONE_QUERY]
        yield _some_edge_escapes(plan, reading, part, lowest, highest, grant)


def _some_edge_escapes(
    plan: Plan,
    reading: Reading,
    edges: Sequence[tuple[int | None, int]],
    lowest: dict[int, Vested],
    highest: dict[int, Vested],
    grant: Fraction | None,
) -> str:
    declarations: list[str] = []
    within: list[str] = []
    escapes: list[str] = []
    for origin, place in edges:
        edge = f"{'initial' if origin is None else origin}_{place}"
        share, shares = f"share_{edge}", f"shares_{edge}"
        declarations.append(f"(declare-const {share} Real)(declare-const {shares} Real)")
        if origin is None:
            within.append(f"(assert (and (= {share} 0.0) (= {shares} 0.0)))")
        else:
            above = _above(share, shares, highest[origin], grant)
            below = _below(share, shares, lowest[origin], grant)
            within.append(f"(assert (and (not {above}) (not {below})))")
        step = step_of(plan.conditions[place], reading)
        after = _line(step.kept, share, step.share), _line(step.kept, shares, step.shares)
        escapes += [_above(*after, highest[place], grant), _below(*after, lowest[place], grant)]
    return "\n".join((*declarations, *within, f"(assert (or {' '.join(escapes)}))"))


def _text(value: Fraction) -> str:
    written = f"{abs(value.numerator)}.0"
    if value.denominator != 1:
        written = f"(/ {written} {value.denominator}.0)"
    return f"(- {written})" if value < 0 else written


def _line(slope: Fraction, variable: str, offset: Fraction) -> str:
    scaled = variable if slope == 1 else f"(* {_text(slope)} {variable})"
    return scaled if offset == 0 else f"(+ {scaled} {_text(offset)})"


def _above(share: str, shares: str, bound: Vested, grant: Fraction | None) -> str:
    return _beyond(">", share, shares, bound, grant)


def _below(share: str, shares: str, bound: Vested, grant: Fraction | None) -> str:
    return _beyond("<", share, shares, bound, grant)


def _beyond(relation: str, share: str, shares: str, bound: Vested, grant: Fraction | None) -> str:
    if grant is not None:
        return f"({relation} (+ {_line(grant, share, Fraction(0))} {shares}) {_text(bound.of(grant))})"
    of_share, of_shares = _text(bound.share), _text(bound.shares)
    return f"(or ({relation} {share} {of_share}) (and (= {share} {of_share}) ({relation} {shares} {of_shares})))"
