"""Whether two vesting terms give the same schedule for every grant, start and event timing.

What happens is shared: one happening can meet several conditions of either terms, as where a graph repeats an event
on each of its branches. Any order of happenings is covered by the days being free; none is enumerated.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import z3

from vestverify.encoding.calendar import SymbolicDay, not_after, same
from vestverify.encoding.entitlement import Vested, step_of
from vestverify.encoding.execution import NotEncoded, SymbolicExecution
from vestverify.encoding.independent_entitlement import Amount, IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.execution import are_siblings_independent
from vestverify.engine.plan import EarlierOf, LaterOf, Plan, PlannedCondition, Portion, Relative, compile_terms
from vestverify.engine.reading import DEFAULT_READING, CatchUp, Reading
from vestverify.engine.schedule import Schedule, Unschedulable, run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.reachability import Disagreement
from vestverify.results import Verdict
from vestverify.solver import DEFAULT_RLIMIT, Query, Satisfiability

#: Installments of one terms object that are compared one by one.
MAXIMUM_INSTALLMENTS = 240
#: Installments from which on they are compared one by one before sums are.
_MANY = 8
_MAXIMUM_ROUNDS = 400
_MAXIMUM_DOUBTFUL = 12
#: Grants with which a difference is shown, the first that tells the schedules apart.
_GRANTS = (100, 120, 4_800, 101, 125, 7, 1)
#: Rounding that depends on what has vested so far only, so that equal amounts by each day round alike.
_ROUNDS_WHAT_HAS_VESTED = (
    AllocationType.CUMULATIVE_ROUND_DOWN,
    AllocationType.CUMULATIVE_ROUNDING,
    AllocationType.FRACTIONAL,
)

#: Conditions of the first terms and of the second that one happening meets.
Happening = tuple[Collection[str], Collection[str]]
_Group = tuple[list[int], list[int]]


@dataclasses.dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether two terms objects vest alike.

    Attributes:
        verdict: ``PROVED`` where on every day the same part of every grant has vested, ``REFUTED`` with an input,
            ``OPEN``.
        after_rounding: where proved, whether that holds of the rounded schedules as well; False where it is only
            known of exact entitlements.
        reason: why open.
        recorded: where refuted, the day of each happening, by the condition ids of the first and of the second terms.
        grant: where refuted, the shares granted.
        schedules: where refuted, what the reference engine gives for either.
    """

    verdict: Verdict
    after_rounding: bool = False
    reason: str = ""
    recorded: tuple[Mapping[str, int], Mapping[str, int]] = dataclasses.field(default=({}, {}))
    grant: Fraction | None = None
    schedules: tuple[Schedule, Schedule] | None = None


def compare_terms(
    first: VestingTerms,
    second: VestingTerms,
    happenings: Iterable[Happening] = (),
    *,
    reading: Reading = DEFAULT_READING,
    rlimit: int = DEFAULT_RLIMIT,
) -> Equivalence:
    """Prove that two terms objects vest alike, or find an input on which they do not.

    Args:
        first: the one.
        second: the other.
        happenings: which start and event conditions are met by the same happening. Conditions of the same id are,
            unless they are listed here; one without a counterpart is met on its own.
        reading: which published answers to follow.
        rlimit: solver resource units that may be used; 0 is unlimited.

    Returns:
        The verdict. Grants are made before anything vests.

    Raises:
        DefectiveTerms: one of them has a structural defect.
        Disagreement: the engine does not confirm what the solver finds.
        ValueError: a happening names no start or event condition of the terms.
    """
    plans = compile_terms(first), compile_terms(second)
    groups = _groups(plans, happenings)
    query = Query(rlimit, about="a day by which the two terms have vested different amounts", isolated=True)
    try:
        sides = _both(plans, reading, query, groups)
        if query.check() is not Satisfiability.SATISFIABLE:
            return Equivalence(Verdict.OPEN, reason=query.reason or "no execution of both was found")
        if _installments_are_alike(plans, groups, reading, rlimit):
            return _proved(sides)
        day = sides[0].execution.calendar_day("day")
        amounts = [side.vested_by(day) for side in sides]
    except NotEncoded as error:
        return Equivalence(Verdict.OPEN, reason=str(error))
    query.claim(z3.Or(amounts[0].share != amounts[1].share, amounts[0].shares != amounts[1].shares))
    return _solve(query, sides, plans, reading)


def _both(plans: tuple[Plan, Plan], reading: Reading, query: Query, groups: Sequence[_Group]) -> tuple[_Side, _Side]:
    sides = _Side(plans[0], reading, query, "first."), _Side(plans[1], reading, query, "second.")
    _share(query, sides, groups)
    return sides


def _proved(sides: Sequence[_Side]) -> Equivalence:
    types = {side.plan.allocation_type for side in sides}
    alike = len(types) == 1 and types.issubset(_ROUNDS_WHAT_HAS_VESTED)
    return Equivalence(Verdict.PROVED, alike and all(side.is_chronological for side in sides))


def _installments_are_alike(plans: tuple[Plan, Plan], groups: Sequence[_Group], reading: Reading, rlimit: int) -> bool:
    """Whether installment by installment the same vests on the same day; far easier to show than that sums agree."""
    number = 0
    while True:
        query = Query(rlimit, about="an input for which one installment differs", isolated=True, logic="QF_LIA")
        sides = _both(plans, reading, query, groups)
        first, second = (side.installments for side in sides)
        known = [vested for vested, _ in first]
        if len(first) < _MANY or None in known or known != [vested for vested, _ in second]:
            return False
        one, other = first[number][1](), second[number][1]()
        query.add(z3.Or(one.counts, other.counts))
        sides[0].execution.agree_with(sides[1].execution)
        if query.check() is Satisfiability.SATISFIABLE:
            query.claim(z3.Or(one.counts != other.counts, z3.Not(_same_day(one.days, other.days))))
            if not _has_no_model(query, sides):
                return False
        number += 1
        if number == len(first):
            return True


def _has_no_model(query: Query, sides: Sequence[_Side]) -> bool:
    for _ in range(_MAXIMUM_ROUNDS):
        answer = query.check()
        if answer is not Satisfiability.SATISFIABLE:
            return answer is Satisfiability.UNSATISFIABLE
        model = query.model()
        refined = [side.execution.refine(model) for side in sides]
        if not any(refined):
            return False
    return False


def _same_day(first: tuple[SymbolicDay, ...], second: tuple[SymbolicDay, ...]) -> z3.BoolRef:
    """Whether the latest days are the same."""
    if len(first) == 1 and len(second) == 1:
        return same(first[0], second[0])
    if len(first) == 1:
        return _same_day(second, first)
    entered, own = first
    return z3.If(not_after(entered, own), _same_day(second, (own,)), _same_day(second, (entered,)))


class _Renamed(Query):
    """The same query under which symbols get other names, so that it holds two executions."""

    def __init__(self, query: Query, prefix: str) -> None:
        self._query = query
        self._prefix = prefix
        self.context = query.context
        self.meaning = query.meaning

    def boolean(self, name: str) -> z3.BoolRef:
        return self._query.boolean(self._prefix + name)

    def integer(self, name: str) -> z3.ArithRef:
        return self._query.integer(self._prefix + name)

    def real(self, name: str) -> z3.ArithRef:
        return self._query.real(self._prefix + name)

    def add(self, *assertions: z3.BoolRef | bool) -> None:
        self._query.add(*assertions)


@dataclasses.dataclass(frozen=True, slots=True)
class _Installment:
    """What vests together.

    Attributes:
        counts: whether it vests at all.
        days: it vests on the latest of these.
        amount: what vests.
    """

    counts: z3.BoolRef
    days: tuple[SymbolicDay, ...]
    amount: Amount


def _due_together(condition: PlannedCondition) -> Iterator[tuple[int, int]]:
    """Ranges of occurrences that fall on one day: up to the cliff, and then one by one (CLF-1)."""
    cliff = max(1, condition.trigger.cliff) if isinstance(condition.trigger, Relative) else 1
    yield 1, cliff
    yield from ((number, number) for number in range(cliff + 1, condition.occurrences + 1))


class _Side:
    """One of the two terms, encoded."""

    def __init__(self, plan: Plan, reading: Reading, query: Query, prefix: str) -> None:
        if reading.catch_up is not CatchUp.ON_ENTRY:
            raise NotEncoded("the prover does not place installments on the next tranche; the engine does")
        if sum(each.occurrences for each in plan.conditions if each.vests) > MAXIMUM_INSTALLMENTS:
            raise NotEncoded(f"more than {MAXIMUM_INSTALLMENTS} installments are not compared")
        if any(isinstance(each.amount, Portion) and each.amount.remainder for each in plan.conditions):
            raise NotEncoded("shares of the remainder are not compared")
        self.plan = plan
        self.reading = reading
        self.query = _Renamed(query, prefix)
        self.execution: SymbolicExecution | IndependentExecution
        self.totals: IndependentTotals | None = None
        if are_siblings_independent(plan, reading):
            self.execution = IndependentExecution(plan, reading, self.query)
            self.totals = IndependentTotals(self.execution, self.query, None)
        else:
            self.execution = SymbolicExecution(plan, reading, range(len(plan.conditions)), self.query, progress=True)
        #: What vests together, and what that is where it is known; dates are encoded when they are asked for.
        self.installments: list[tuple[Vested | None, Callable[[], _Installment]]] = [
            each
            for place in range(len(plan.conditions))
            if plan.relationship_of[place] is None
            for each in self._of(place, self.execution.entered[place])
        ]

    def vested_by(self, day: SymbolicDay) -> Amount:
        """What has vested by a day, that day's installments included."""
        nothing = self.query.fraction(Fraction(0))
        share, shares = [nothing], [nothing]
        for _, encode in self.installments:
            each = encode()
            is_vested = z3.And(each.counts, *(not_after(due, day) for due in each.days))
            share.append(z3.If(is_vested, each.amount.share, nothing))
            shares.append(z3.If(is_vested, each.amount.shares, nothing))
        return Amount(self.query.sum_of(share), self.query.sum_of(shares))

    def _of(self, place: int, counts: z3.BoolRef) -> Iterator[tuple[Vested | None, Callable[[], _Installment]]]:
        condition = self.plan.conditions[place]
        if isinstance(condition.trigger, EarlierOf):
            for each in condition.trigger.inputs:
                yield from self._of(each, z3.And(counts, self.execution.entered[each]))
        elif isinstance(condition.trigger, LaterOf):
            yield None, functools.partial(self._of_later, place, counts)
        elif condition.vests:
            step = step_of(condition, self.reading)
            for first, last in _due_together(condition):
                part = Fraction(last - first + 1, condition.occurrences)
                vested = Vested(part * step.share, part * step.shares)
                for origin in self._origins(place) if condition.occurrences > 1 else (None,):
                    yield vested, functools.partial(self._on, place, counts, origin, last, vested)

    def _of_later(self, place: int, counts: z3.BoolRef) -> _Installment:
        assert self.totals is not None
        return _Installment(counts, (self.execution.days[place],), self.totals.worth_of(place))

    def _on(self, place: int, counts: z3.BoolRef, origin: int | None, number: int, vested: Vested) -> _Installment:
        amount = Amount(self.query.fraction(vested.share), self.query.fraction(vested.shares))
        entered = self.execution.days[place]
        if self.plan.conditions[place].occurrences == 1:
            return _Installment(counts, (entered,), amount)
        if isinstance(self.execution, SymbolicExecution) and len(self._origins(place)) > 1:
            counts = z3.And(counts, self.execution.taken[origin, place])
        return _Installment(counts, (entered, self.execution.own_day(origin, place, number)), amount)

    def _origins(self, place: int) -> tuple[int | None, ...]:
        if isinstance(self.execution, IndependentExecution):
            return (None,)
        return tuple(origin for origin, target in self.execution.taken if target == place)

    @property
    def is_chronological(self) -> bool:
        """Whether tranches are rounded in the order of their dates."""
        if isinstance(self.execution, SymbolicExecution):
            return True
        vesting = [each for each in self.plan.conditions if each.vests]
        return len(vesting) == 1 or all(each.occurrences == 1 for each in vesting)


def _groups(plans: tuple[Plan, Plan], happenings: Iterable[Happening]) -> list[_Group]:
    """Places of the conditions that are met together, in either plan.

    Raises:
        ValueError: see ``compare_terms``.
    """
    by_id = [
        {condition.id: place for place, condition in enumerate(plan.conditions) if condition.recorded} for plan in plans
    ]
    found: list[_Group] = []
    listed: tuple[set[str], set[str]] = set(), set()
    for happening in happenings:
        group: list[list[int]] = []
        for ids, known, names in zip(happening, by_id, listed, strict=True):
            for identifier in ids:
                if identifier not in known:
                    raise ValueError(f"{identifier!r} is no start or event condition of these terms")
            names.update(ids)
            group.append([known[identifier] for identifier in ids])
        found.append((group[0], group[1]))
    shared = [identifier for identifier in by_id[0] if identifier in by_id[1]]
    for identifier in shared:
        if identifier not in listed[0] and identifier not in listed[1]:
            found.append(([by_id[0][identifier]], [by_id[1][identifier]]))
    return found


def _share(query: Query, sides: Sequence[_Side], groups: Sequence[_Group]) -> None:
    for group in groups:
        members = [
            side.execution.recorded[place]
            for side, places in zip(sides, group, strict=True)
            for place in places
            if place in side.execution.recorded
        ]
        for recorded, day in members[1:]:
            query.add(recorded == members[0][0], z3.Implies(recorded, same(day, members[0][1])))


def _solve(query: Query, sides: Sequence[_Side], plans: tuple[Plan, Plan], reading: Reading) -> Equivalence:
    doubtful = 0
    for _ in range(_MAXIMUM_ROUNDS):
        answer = query.check()
        if answer is Satisfiability.UNKNOWN:
            return Equivalence(Verdict.OPEN, reason=query.reason)
        if answer is Satisfiability.UNSATISFIABLE:
            if doubtful:
                return Equivalence(Verdict.OPEN, reason="executions that may differ were found, and none that does")
            return _proved(sides)
        model = query.model()
        refined = [side.execution.refine(model) for side in sides]
        if any(refined):
            continue
        recorded = [side.execution.inputs(model) for side in sides]
        found = _difference(plans, recorded, reading)
        if found is not None:
            return found
        doubtful += 1
        if doubtful > _MAXIMUM_DOUBTFUL:
            raise Disagreement(
                f"the encodings of {plans[0].terms_id!r} and {plans[1].terms_id!r} vest differently for "
                f"{recorded}, the engine does not"
            )
        for side in sides:
            if isinstance(side.execution, IndependentExecution):
                side.execution.avoid_like(model)
            else:
                side.execution.avoid_path(model)
    return Equivalence(Verdict.OPEN, reason=f"the calendar was refined {_MAXIMUM_ROUNDS} times without an answer")


def _difference(plans: tuple[Plan, Plan], recorded: Sequence[dict[int, int]], reading: Reading) -> Equivalence | None:
    granted_on = min((day for days in recorded for day in days.values()), default=1)
    for grant in _GRANTS:
        try:
            schedules = [
                run(plan, Fraction(grant), granted_on, days, reading).schedule
                for plan, days in zip(plans, recorded, strict=True)
            ]
        except Unschedulable:
            continue
        if schedules[0] != schedules[1]:
            by_id = [
                {plan.conditions[place].id: day for place, day in sorted(days.items())}
                for plan, days in zip(plans, recorded, strict=True)
            ]
            return Equivalence(
                Verdict.REFUTED,
                recorded=(by_id[0], by_id[1]),
                grant=Fraction(grant),
                schedules=(schedules[0], schedules[1]),
            )
    return None


__all__ = ["MAXIMUM_INSTALLMENTS", "Equivalence", "Happening", "compare_terms"]
