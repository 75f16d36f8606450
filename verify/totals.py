"""What provers of totals share: how totals compare with the grant, and how executions that reach one are found."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction

import z3

from vestverify.bounds import Bounds, Order, bounds, for_grant, for_large_grants
from vestverify.encoding.entitlement import NOTHING, WHOLE, SymbolicTotals, Vested, bounds_are_not_inductive, step_of
from vestverify.encoding.execution import SymbolicExecution
from vestverify.encoding.symbols import meaning_in
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry, execute
from vestverify.engine.schedule import Outcome
from vestverify.reachability import Answer, Disagreement, Goal, entry_not_known, find_execution
from vestverify.recording import record, recording_into
from vestverify.results import Counterexample, Method, Related, Verdict
from vestverify.solver import Query, Satisfiability
from vestverify.subject import Subject
from vestverify.witness import counterexample

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

    def is_asked(self, subject: Subject) -> bool:
        """Whether the solver was asked before to confirm the bounds."""
        return self._key(subject) in subject.bounds_shown

    def are_inductive(self, subject: Subject, limits: Bounds) -> tuple[bool, str]:
        """Whether the solver confirms that no path of edges leaves the bounds; and if not, why that is open.

        Raises:
            Disagreement: the solver finds an edge that leaves them.
        """
        key = self._key(subject)
        if key not in subject.bounds_shown:
            with recording_into(subject.bounds_asked.setdefault(key, [])):
                subject.bounds_shown[key] = _are_inductive(subject, limits, key)
        else:
            record(subject.bounds_asked[key])
        return subject.bounds_shown[key]


def _are_inductive(subject: Subject, limits: Bounds, grant: Fraction | None) -> tuple[bool, str]:
    for text in bounds_are_not_inductive(subject.plan, subject.reading, limits.lowest, limits.highest, grant):
        query = Query(subject.rlimit, about="a path of edges whose totals leave the bounds on them")
        query.meaning = meaning_in(subject.plan)
        query.add_text(text)
        answer = query.check()
        if answer is Satisfiability.SATISFIABLE:
            raise Disagreement(f"the bounds on what the paths of {subject.plan.terms_id!r} vest are not inductive")
        if answer is Satisfiability.UNKNOWN:
            return False, query.reason
    return True, ""


def running_shares(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> list[Fraction]:
    """Shares that an execution is entitled to before rounding: at the beginning, and once each condition is complete."""
    each_vests = (
        sum((run.count * run.each for run in runs), Fraction(0))
        for runs in entitlements(subject.plan, entries, grant, subject.reading)
    )
    return list(itertools.accumulate(each_vests, initial=Fraction(0)))


def exact_total(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> Fraction:
    """Shares that an execution is entitled to in the end, before rounding."""
    return running_shares(subject, entries, grant)[-1]


def peak(subject: Subject, entries: Sequence[Entry], grant: Fraction) -> Fraction:
    """The most that an execution is entitled to at any time; a later share of a negative remainder takes it back."""
    return max(running_shares(subject, entries, grant))


def within_grant(
    subject: Subject, recorded: dict[int, int], conclusion: str, outcome: Outcome | None = None
) -> Counterexample | None:
    """A counterexample of a round grant; None where more than the grant vests, which the engine refuses (VV301)."""
    grant = subject.round_grant()
    if peak(subject, execute(subject.plan, recorded, subject.reading), grant) > grant:
        return None
    return counterexample(subject, recorded, grant, conclusion, outcome)


def vested_by(subject: Subject, recorded: dict[int, int]) -> Vested:
    """What the execution on some recorded days vests, of any grant."""
    totals = running_totals(subject, recorded)
    return totals[-1][2] if totals else NOTHING


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


def share_of_grant(subject: Subject, vested: Vested) -> Fraction | None:
    """A total as a share of the grant; None where it is not the same share of every grant."""
    if subject.grant is not None:
        return vested.of(subject.grant) / subject.grant
    return vested.share if vested.shares == 0 else None


def share_in_facts(share: Fraction | None) -> str | None:
    """A share of the grant as the facts of a finding write it."""
    return None if share is None else str(share)


def telling_grant(subject: Subject, share: Fraction) -> Fraction:
    """A grant of which a share is a whole number, if that can be a readable one."""
    grant = subject.round_grant()
    if subject.grant is None and grant * share.denominator <= _LARGEST_READABLE_GRANT:
        while (grant * share).denominator != 1:
            grant *= (grant * share).denominator
    return grant


def ask(subject: Subject, place: int, sought: str, goal: Goal, shows: Shows) -> Answer:
    """Ask the solver for an execution that enters a condition and reaches a goal there, named by ``sought``."""
    if place in subject.search.unknown:
        return Answer(Verdict.OPEN, reason=entry_not_known(subject, place))
    about = f"an execution that enters {subject.id_of(place)!r} with {sought}"
    return find_execution(subject, about, [place], goal, shows, with_totals=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Reached:
    """An execution that shows something.

    Attributes:
        place: the condition at which it does.
        recorded: its recorded days.
        method: how it was found.
    """

    place: int
    recorded: dict[int, int]
    method: Method


def reach(
    subject: Subject,
    limits: Bounds,
    places: Collection[int],
    sought: str,
    goal: Callable[[int], Goal],
    shows: Shows,
    *,
    first: Sequence[int] = (),
) -> tuple[Reached | None, str]:
    """Look for an execution that vests much at one of some conditions: along the paths that vest most, then by solver.

    Args:
        subject: the terms.
        limits: bounds, whose highest are reached by the paths tried.
        places: the conditions, in the order in which they are tried.
        sought: what the solver is asked for at a condition, in words: "the whole grant vested".
        goal: the same.
        shows: runs the engine on recorded days and says whether the execution is one of those looked for.
        first: those of the conditions whose paths are tried before the others'.

    Returns:
        The execution, None where none was found; and why there may be one all the same, or ``""``.

    Raises:
        NotEncoded, Disagreement: see ``find_execution``.
    """
    for place in dict.fromkeys((*first, *places)):
        recorded = subject.search.realise(limits.path_to(place, True))
        if recorded is not None and shows(recorded):
            return Reached(place, recorded, Method.EXHAUSTIVE), ""
    reason = ""
    for place in places:
        answer = ask(subject, place, sought, goal(place), shows)
        if answer.recorded is not None:
            return Reached(place, answer.recorded, Method.SMT), ""
        reason = answer.reason or reason
    return None, reason


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
