"""Whether installments can be fractions of a share: VV310 (ALC-1, ALC-2, CLF-1).

An installment is what one occurrence of a condition vests; the occurrences that a cliff joins, and those of a
period of no length, are one installment.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import z3

from vestverify.decision import ASSUMPTIONS, SCOPE, Decision, finding
from vestverify.encoding.entitlement import NOTHING, Step, SymbolicTotals, Tranches, Vested, step_of, tranches_after
from vestverify.encoding.execution import require_one_path
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import entitlements
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import PlannedCondition, Relative
from vestverify.engine.vesting_terms import AllocationType
from vestverify.plan_graph import parents_of, topological
from vestverify.reachability import Disagreement
from vestverify.results import Finding, Method, Related, Verdict
from vestverify.subject import Subject
from vestverify.totals import ask, goal_before, running_totals
from vestverify.witness import counterexample, without_needless_records

#: Different totals before one condition that are told apart; beyond it the list is not complete.
MAXIMUM_TOTALS = 200
#: Largest modulus of which the residues of the failing grants are listed.
MAXIMUM_LISTED_MODULUS = 1_000

_ASSUMPTIONS = (
    *ASSUMPTIONS,
    "no more than the grant has vested by the time the installment's condition is complete (VV301 speaks of the others)",
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Installment:
    """Some occurrences of a condition that vest together, and what they vest of any grant."""

    first: int
    last: int
    vested: Vested


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class _Total:
    """What has vested, and the grants that have not been exceeded so far.

    Attributes:
        vested: of any grant.
        least: the least grant that was not exceeded at any time.
        most: the largest, 0 where every grant was exceeded; None where there is no largest.
    """

    vested: Vested
    least: Fraction = Fraction(1)
    most: Fraction | None = None

    @property
    def candidates(self) -> tuple[Fraction, ...]:
        """Two neighbouring grants that are not exceeded: what is whole for both is whole for every whole grant."""
        first = Fraction(math.ceil(self.least))
        return tuple(grant for grant in (first, first + 1) if self.admits(grant))

    def admits(self, grant: Fraction) -> bool:
        """Whether a grant was not exceeded at any time."""
        return self.least <= grant and (self.most is None or grant <= self.most)

    def then(self, step: Step) -> _Total:
        """The same once a condition is complete."""
        vested = step.after(self.vested)
        if vested.share == 1:
            return _Total(vested, self.least, self.most if vested.shares <= 0 else Fraction(0))
        bound = vested.shares / (1 - vested.share)
        if vested.share < 1:
            return _Total(vested, max(self.least, bound), self.most)
        return _Total(vested, self.least, bound if self.most is None else min(self.most, bound))


_BEFORE_ALL = _Total(NOTHING)


@dataclasses.dataclass(frozen=True, slots=True)
class _Way:
    """A condition entered with some total before it.

    Attributes:
        least: the least grant that makes one of its installments a fraction.
        place: the condition.
        before: what has vested before it.
    """

    least: Fraction
    place: int
    before: _Total


def decide_fractional_shares(subject: Subject) -> Decision:
    """Decide VV310.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``find_execution``.
    """
    if subject.plan.allocation_type is not AllocationType.FRACTIONAL:
        return Decision("VV310", Verdict.PROVED, Method.STRUCTURAL)
    require_one_path(subject.plan, subject.reading)
    scope = subject.scope if subject.grant is not None else {**SCOPE, "grant_quantity": ">= 1, whole"}
    totals, complete = _totals_before(subject)
    ways = sorted(_failing_ways(subject, totals), key=lambda way: (way.least, way.place, way.before.vested))
    reason = "" if complete else f"more than {MAXIMUM_TOTALS} different totals can have vested before one condition"
    method = Method.STRUCTURAL
    for way in ways:
        method = Method.SMT
        recorded, unknown = _execution_of(subject, totals, way)
        reason = unknown or reason
        if recorded is not None:
            found = _is_a_fraction(subject, way, recorded)
            return Decision("VV310", Verdict.REFUTED, Method.EXHAUSTIVE, (found,), scope, _ASSUMPTIONS)
    if reason:
        return Decision("VV310", Verdict.OPEN, None, (), scope, _ASSUMPTIONS, reason)
    return Decision("VV310", Verdict.PROVED, method, (), scope, _ASSUMPTIONS)


_Totals = dict[int, dict[_Total, tuple[int | None, _Total]]]


def _totals_before(subject: Subject) -> tuple[_Totals, bool]:
    """For each condition what paths of edges can have vested before it, each with the parent and its total before."""
    plan, reading = subject.plan, subject.reading
    found: _Totals = {}
    complete = True
    parents = parents_of(plan)
    for place in topological(plan):
        if place in subject.search.never_entered:
            continue
        here: dict[_Total, tuple[int | None, _Total]] = {}
        if place in plan.initial:
            here[_BEFORE_ALL] = (None, _BEFORE_ALL)
        for parent in parents[place]:
            step = step_of(plan.conditions[parent], reading)
            for before in found.get(parent, {}):
                here.setdefault(before.then(step), (parent, before))
        if len(here) > MAXIMUM_TOTALS:
            here = dict(list(here.items())[:MAXIMUM_TOTALS])
            complete = False
        found[place] = here
    return found, complete


def _path(totals: _Totals, place: int, before: _Total) -> tuple[int, ...]:
    path = [place]
    parent, earlier = totals[place][before]
    while parent is not None:
        path.append(parent)
        parent, earlier = totals[parent][earlier]
    return tuple(reversed(path))


def _installments(condition: PlannedCondition, runs: Sequence[Tranches]) -> Iterator[_Installment]:
    """The installments of a condition, one of each kind."""
    together = 1
    if isinstance(condition.trigger, Relative):
        together = condition.trigger.cliff if condition.trigger.length else condition.occurrences
    first = 1
    joined = NOTHING
    for run in runs:
        last = first + run.count - 1
        of_cliff = max(0, min(last, together) - first + 1)
        joined = Vested(joined.share + of_cliff * run.each.share, joined.shares + of_cliff * run.each.shares)
        if first <= together <= last:
            yield _Installment(1, together, joined)
        if last > together:
            after = max(first, together + 1)
            yield _Installment(after, after, run.each)
        first = last + 1


def _failing_ways(subject: Subject, totals: _Totals) -> Iterator[_Way]:
    for place, known in totals.items():
        condition = subject.plan.conditions[place]
        if not condition.vests:
            continue
        step = step_of(condition, subject.reading)
        for before in known:
            after = before.then(step)
            runs = tranches_after(condition, before.vested, subject.reading)
            installments = [each.vested for each in _installments(condition, runs)]
            for grant in after.candidates if subject.grant is None else (subject.grant,):
                if after.admits(grant) and any(vested.of(grant).denominator != 1 for vested in installments):
                    yield _Way(grant, place, before)
                    break


def _execution_of(subject: Subject, totals: _Totals, way: _Way) -> tuple[dict[int, int] | None, str]:
    def shows(recorded: dict[int, int]) -> bool:
        return any(
            place == way.place and before == way.before.vested for place, before, _ in running_totals(subject, recorded)
        )

    def claim(symbolic: SymbolicTotals, origin: int) -> z3.BoolRef:
        return z3.And(
            symbolic.share[origin] == symbolic.constant(way.before.vested.share),
            symbolic.shares[origin] == symbolic.constant(way.before.vested.shares),
        )

    recorded = subject.search.realise(_path(totals, way.place, way.before))
    reason = ""
    if recorded is None:
        goal = goal_before(way.place, claim, at_start=way.before.vested == NOTHING)
        answer = ask(subject, way.place, "the totals before it that make an installment a fraction", goal, shows)
        recorded, reason = answer.recorded, answer.reason
    if recorded is None:
        return None, reason
    recorded = without_needless_records(subject, recorded, shows)
    if not _so_far(subject, way.place, recorded).admits(way.least):
        return None, f"the execution found exceeds a grant of {format_shares(way.least)} on its way to an installment"
    return recorded, ""


def _so_far(subject: Subject, place: int, recorded: dict[int, int]) -> _Total:
    """What an execution has vested once a condition that it enters is complete."""
    total = _BEFORE_ALL
    for entry in subject.search.run(recorded):
        total = total.then(step_of(subject.plan.conditions[entry.place], subject.reading))
        if entry.place == place:
            break
    return total


def _failing_grants(
    subject: Subject, total: _Total, taken: Sequence[tuple[int, Vested, Vested]]
) -> dict[str, object] | None:
    """Exactly which whole grants give a fraction on the way to and in the last of some conditions entered."""
    if total.most is not None:
        return None
    kinds = {
        each.vested
        for place, before, _ in taken
        for each in _installments(
            subject.plan.conditions[place],
            tranches_after(subject.plan.conditions[place], before, subject.reading),
        )
    }
    modulus = math.lcm(*(kind.share.denominator for kind in kinds))
    start = math.ceil(total.least)
    if modulus > MAXIMUM_LISTED_MODULUS:
        return {"from": start, "modulus": modulus, "residues": None}
    failing = [
        residue for residue in range(modulus) if any(kind.of(Fraction(residue)).denominator != 1 for kind in kinds)
    ]
    return {"from": start, "modulus": modulus, "residues": failing}


def _is_a_fraction(subject: Subject, way: _Way, recorded: dict[int, int]) -> Finding:
    grant = way.least
    entries = subject.search.run(recorded)
    number = next(number for number, entry in enumerate(entries) if entry.place == way.place)
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    shares = allocate(runs, subject.plan.allocation_type, subject.reading)
    condition = subject.plan.conditions[way.place]
    shown = None
    for each in _installments(condition, tranches_after(condition, way.before.vested, subject.reading)):
        vested = shares.between(number, each.first, each.last)
        if vested.denominator != 1:
            shown = (each, vested)
            break
    if shown is None:
        raise Disagreement(
            f"a grant of {format_quantity(grant)} of {subject.plan.terms_id!r}: the encoding has a fraction of a share "
            f"at {condition.id!r}, the engine allocates whole shares"
        )
    installment, vested = shown
    taken = running_totals(subject, recorded)[: number + 1]
    path = tuple(place for place, _, _ in taken)
    which = (
        f"occurrence {installment.last}"
        if installment.first == installment.last
        else f"occurrences {installment.first} to {installment.last} together"
    )
    return finding(
        "VV310",
        f"an installment of {condition.id!r} can be a fraction of a share: of a grant of {format_shares(grant)}, {format_quantity(vested)}",
        subject.pointer_to(way.place),
        (condition.id,),
        related=(Related(f"{subject.pointer}/allocation_type", "FRACTIONAL rounds nothing"),),
        facts={
            "grant_quantity": format_quantity(grant),
            "installment": format_quantity(vested),
            "occurrence": installment.last,
            "failing_quantities": _failing_grants(subject, _so_far(subject, way.place, recorded), taken),
            "path": list(subject.ids_of(path)),
        },
        advice="choose an allocation type of whole shares, unless fractions of a share can be issued",
        counterexample=counterexample(
            subject, recorded, grant, f"{which} of {condition.id!r} vests {format_shares(vested)}"
        ),
        identity=(condition.id,),
    )


__all__ = ["decide_fractional_shares"]
