"""What provers of totals share: how totals compare with the grant, and how executions that reach one are found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

import z3

from vestverify.bounds import Bounds, Order, bounds, for_grant, for_large_grants
from vestverify.encoding.entitlement import NOTHING, WHOLE, SymbolicTotals, Vested, bounds_are_not_inductive, step_of
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry
from vestverify.reachability import Answer, Disagreement, Goal, find_execution
from vestverify.results import Related, Verdict
from vestverify.solver import Query, Satisfiability
from vestverify.subject import Subject

#: The grant for which totals are compared where all grants are asked about and larger ones only need more.
ONE_SHARE = Fraction(1)

#: Grants above which a counterexample is not made of whole installments only.
_LARGEST_READABLE_GRANT = 10**7

Shows = Callable[[dict[int, int]], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """How totals compare with the grant.

    Attributes:
        grant: for one grant of that many shares; None for grants large enough.
    """

    grant: Fraction | None

    @property
    def order(self) -> Order:
        """The order of totals."""
        return for_large_grants if self.grant is None else for_grant(self.grant)

    def exceeds(self, vested: Vested) -> bool:
        """Whether a total is more than the grant."""
        return vested > WHOLE if self.grant is None else vested.of(self.grant) > self.grant

    def fills(self, vested: Vested) -> bool:
        """Whether a total is the grant or more."""
        return vested >= WHOLE if self.grant is None else vested.of(self.grant) >= self.grant

    def symbolic_exceeds(self, totals: SymbolicTotals, place: int) -> z3.BoolRef:
        """Whether what has vested once a condition is complete is more than the grant."""
        if self.grant is None:
            return totals.above(place, WHOLE)
        return totals.of(place, self.grant) > totals.constant(self.grant)

    def bounds(self, subject: Subject) -> Bounds:
        """Bounds over all paths of edges, in this order."""
        key = self._key(subject)
        if key not in subject.bounds_known:
            subject.bounds_known[key] = bounds(subject.plan, subject.reading, self.order, subject.search.never_entered)
        return subject.bounds_known[key]

    def _key(self, subject: Subject) -> Fraction | None:
        # Portions compare alike for every grant.
        return self.grant if subject.has_quantities else ONE_SHARE

    def are_inductive(self, subject: Subject, limits: Bounds) -> tuple[bool, str]:
        """Whether the solver confirms that no path of edges leaves the bounds; and if not, why that is open.

        Raises:
            Disagreement: the solver finds an edge that leaves them.
        """
        key = self._key(subject)
        if key not in subject.bounds_shown:
            subject.bounds_shown[key] = _are_inductive(subject, limits, key)
        return subject.bounds_shown[key]


def _are_inductive(subject: Subject, limits: Bounds, grant: Fraction | None) -> tuple[bool, str]:
    for text in bounds_are_not_inductive(subject.plan, subject.reading, limits.lowest, limits.highest, grant):
        query = Query(subject.rlimit)
        query.add_text(text)
        answer = query.check()
        if answer is Satisfiability.SATISFIABLE:
            raise Disagreement(f"the bounds on what the paths of {subject.plan.terms_id!r} vest are not inductive")
        if answer is Satisfiability.UNKNOWN:
            return False, query.reason
    return True, ""


def exact_total(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> Fraction:
    """Shares that an execution is entitled to in the end, before rounding."""
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    return sum((run.count * run.each for entry in runs for run in entry), Fraction(0))


def peak(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> Fraction:
    """The most that an execution is entitled to at any time; a later share of a negative remainder takes it back."""
    most = vested = Fraction(0)
    for runs in entitlements(subject.plan, entries, grant, subject.reading):
        vested += sum((run.count * run.each for run in runs), Fraction(0))
        most = max(most, vested)
    return most


def vested_by(subject: Subject, recorded: dict[int, int]) -> Vested:
    """What the execution on some recorded days vests, of any grant."""
    vested = NOTHING
    for entry in subject.search.run(recorded):
        vested = step_of(subject.plan.conditions[entry.place], subject.reading).after(vested)
    return vested


def compared_grant(subject: Subject) -> Fraction:
    """The grant to compare with: larger ones are filled by portions only, so one share asks for the least."""
    return subject.grant if subject.grant is not None else ONE_SHARE


def running_totals(subject: Subject, recorded: dict[int, int]) -> list[tuple[int, Vested, Vested]]:
    """Each condition that an execution enters, with what has vested of any grant before it and after it."""
    found = []
    before = NOTHING
    for entry in subject.search.run(recorded):
        after = step_of(subject.plan.conditions[entry.place], subject.reading).after(before)
        found.append((entry.place, before, after))
        before = after
    return found


def telling_grant(subject: Subject, share: Fraction) -> Fraction:
    """A grant of which a share is a whole number, if that can be a readable one."""
    grant = subject.round_grant()
    if subject.grant is None and grant * share.denominator <= _LARGEST_READABLE_GRANT:
        while (grant * share).denominator != 1:
            grant *= (grant * share).denominator
    return grant


def ask(subject: Subject, place: int, goal: Goal, shows: Shows) -> Answer:
    """Ask the solver for an execution that enters a condition and reaches a goal there."""
    if place in subject.search.unknown:
        return Answer(Verdict.OPEN, reason=f"it is not known whether {subject.id_of(place)!r} can be entered (VV201)")
    return find_execution(
        subject.plan,
        subject.reading,
        [place],
        goal,
        shows,
        subject.allowance,
        with_totals=True,
        never_entered=subject.search.never_entered,
    )


def goal_at(place: int, claim: Callable[[SymbolicTotals], z3.BoolRef]) -> Goal:
    """The goal that a condition is entered and a claim about totals holds."""

    def goal(execution: SymbolicExecution, totals: SymbolicTotals | None) -> z3.BoolRef:
        assert totals is not None
        return z3.And(execution.entered[place], claim(totals))

    return goal


def goal_before(place: int, claim: Callable[[SymbolicTotals, int], z3.BoolRef], *, at_start: bool) -> Goal:
    """The goal that a condition is entered from one at which a claim about totals holds.

    Args:
        place: the condition; some path of edges leads to it.
        claim: about the totals and the place of the condition before it.
        at_start: whether the claim holds where nothing comes before it.
    """

    def goal(execution: SymbolicExecution, totals: SymbolicTotals | None) -> z3.BoolRef:
        assert totals is not None
        ways = [
            taken if origin is None else z3.And(taken, claim(totals, origin))
            for (origin, target), taken in execution.taken.items()
            if target == place and (origin is not None or at_start)
        ]
        return z3.And(execution.entered[place], z3.Or(*ways))

    return goal


def related_vesting(subject: Subject, places: Sequence[int], label: str) -> tuple[Related, ...]:
    """Those of some conditions that vest anything, as related places of a finding."""
    return tuple(
        Related(subject.pointer_to(place), f"{subject.id_of(place)!r} {label}")
        for place in places
        if subject.plan.conditions[place].vests
    )


def needs_no_quantity(limits: Bounds) -> bool:
    """Whether portions alone decide every total."""
    return all(vested.shares == 0 for vested in (*limits.lowest.values(), *limits.highest.values()))
