"""Whether installments add up to the grant, for all whole grants: VV305 (ALC-2 to ALC-4)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import z3

from vestverify.decision import ASSUMPTIONS, SCOPE, Decision, finding, not_applicable
from vestverify.encoding.allocation import SymbolicShares
from vestverify.encoding.entitlement import Tranches, Vested, tranches_of
from vestverify.encoding.execution import SymbolicExecution, require_one_path
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import Run, entitlements
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.reading import AllocationScope
from vestverify.full_paths import Alike, full_paths
from vestverify.reachability import Disagreement, find_execution
from vestverify.results import Finding, Method, Related, Verdict
from vestverify.solver import Query, Satisfiability
from vestverify.subject import Subject
from vestverify.witness import counterexample, path_of, without_needless_records

#: Residues of the grant that are scanned for the exact failing set.
MAXIMUM_MODULUS = 20_000

_SCOPE = {**SCOPE, "grant_quantity": ">= 1, whole"}
_ASSUMPTIONS = (
    *ASSUMPTIONS,
    "the execution is entitled to exactly the whole grant (VV301 and VV302 speak of the others)",
)


@dataclasses.dataclass(frozen=True, slots=True)
class FailingGrants:
    """Exactly which whole grants a path does not add up to.

    Attributes:
        least: the smallest.
        start: the least grant that the set speaks of.
        modulus, residues: a grant fails exactly when its residue is one of these.
        certified: whether the solver confirmed the set, both ways.
        also: grants below ``start`` that fail.
    """

    least: int
    start: int
    modulus: int
    residues: tuple[int, ...]
    certified: bool
    also: tuple[int, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """As the contract writes it."""
        facts: dict[str, object] = {"from": self.start, "modulus": self.modulus, "residues": list(self.residues)}
        return facts | ({"also": list(self.also)} if self.also else {})

    @property
    def words(self) -> str:
        """As a sentence part: which grants fail."""
        if self.also:
            return f"the grant of {self.also[0]} alone, which is the only one that this path vests exactly"
        if len(self.residues) == self.modulus:
            return "every whole grant"
        listed = ", ".join(str(residue) for residue in self.residues[:12])
        more = ", ..." if len(self.residues) > 12 else ""
        return f"every grant that leaves {listed}{more} when divided by {self.modulus}"


def decide_rounding(subject: Subject) -> Decision:
    """Decide whether, on every path that vests exactly the grant, the rounded installments add up to it.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``find_execution``.
    """
    require_one_path(subject.plan, subject.reading)
    full = full_paths(subject.plan, subject.reading, subject.search.never_entered)
    if not full.groups and full.complete:
        return not_applicable("VV305", "no path vests exactly the whole grant (see VV301, VV302)")
    # Over the whole path the total is right whatever the tranches are: the suite proves that lemma.
    by_lemma = subject.reading.allocation_scope is AllocationScope.PATH and not full.complete
    reason = "" if full.complete or by_lemma else "there are too many ways to vest the whole grant to look at each"
    worst: tuple[int, tuple[int, ...], FailingGrants | None, dict[int, int]] | None = None
    for group in full.groups:
        path = group.paths[0]
        tranches = tranches_of(subject.plan, path, subject.reading)
        least, failing, unknown = failing_grants(subject, _arrows(subject, path), tranches)
        reason = unknown or reason
        if least is None or (worst is not None and worst[0] <= least):
            continue
        shown, unknown = _execution_of_one(subject, group)
        reason = unknown or reason
        if shown is not None:
            path, recorded = shown
            worst = (least, path, failing, recorded)
    if worst is not None:
        least, path, failing, recorded = worst
        found = breaks_total(subject, path, least, failing, recorded)
        return Decision("VV305", Verdict.REFUTED, Method.SMT, (found,), _SCOPE, _ASSUMPTIONS)
    if reason:
        return Decision("VV305", Verdict.OPEN, None, (), _SCOPE, _ASSUMPTIONS, reason)
    return Decision("VV305", Verdict.PROVED, Method.LEMMA if by_lemma else Method.SMT, (), _SCOPE, _ASSUMPTIONS)


def _execution_of_one(subject: Subject, group: Alike) -> tuple[tuple[tuple[int, ...], dict[int, int]] | None, str]:
    reason = "" if group.complete else "of the paths that round wrongly, those looked at cannot be executed"
    for path in group.paths:
        recorded, unknown = _execution_of(subject, path)
        if recorded is not None:
            return (path, recorded), ""
        reason = unknown or reason
    return None, reason


def does_not_add_up(
    subject: Subject, tranches: Sequence[tuple[Tranches, ...]], grant: z3.ArithRef
) -> tuple[z3.BoolRef, z3.BoolRef]:
    """Assertions that are unsatisfiable exactly when the installments of some tranches add up to every whole grant.

    Returns:
        Which grants are in question, and the claim that the installments add up to something else.
    """
    shares = SymbolicShares(tranches, subject.plan.allocation_type, subject.reading, grant)
    return z3.And(grant >= _least_grant(tranches), _is_filled(tranches, grant)), shares.total != grant


def _least_grant(tranches: Sequence[tuple[Tranches, ...]]) -> int:
    """The least whole grant that fixed quantities on the way do not exceed (VV301 speaks of the smaller ones)."""
    least = 1
    for number in range(1, len(tranches) + 1):
        vested = _exact(tranches[:number])
        if vested.share < 1 and vested.shares > 0:
            least = max(least, math.ceil(vested.shares / (1 - vested.share)))
    return least


def _is_filled(tranches: Sequence[tuple[Tranches, ...]], grant: z3.ArithRef) -> z3.BoolRef:
    exact = _exact(tranches)
    if exact.share == 1:
        return z3.BoolVal(exact.shares == 0)
    filled = exact.shares / (1 - exact.share)
    return grant == int(filled) if filled.denominator == 1 else z3.BoolVal(False)


def _exact(tranches: Sequence[tuple[Tranches, ...]]) -> Vested:
    runs = [run for entry in tranches for run in entry]
    return Vested(
        sum((run.count * run.each.share for run in runs), Fraction(0)),
        sum((run.count * run.each.shares for run in runs), Fraction(0)),
    )


def failing_grants(
    subject: Subject, where: str, tranches: Sequence[tuple[Tranches, ...]]
) -> tuple[int | None, FailingGrants | None, str]:
    """The whole grants to which the rounded installments of some conditions do not add up.

    Args:
        subject: the terms.
        where: which conditions, in words.
        tranches: what each of them is entitled to, in path order; altogether exactly the grant, or one grant.

    Returns:
        The least such grant, None where there is none or it is not known; all of them, where that is known; and why
        it is not known.

    Raises:
        Disagreement: the engine and the solver find different grants.
    """
    grant = z3.Int("grant")
    about = f"a whole grant to which the installments of {where} do not add up"
    query = Query(subject.rlimit, about=about)
    in_question, does_not = does_not_add_up(subject, tranches, grant)
    query.add(in_question)
    answer = query.refute(does_not)
    if answer is Satisfiability.UNSATISFIABLE:
        return None, None, ""
    if answer is Satisfiability.UNKNOWN:
        return None, None, query.reason
    some = int(query.model().eval(grant, model_completion=True).as_long())
    exact = _exact(tranches)
    if exact.share != 1:
        return some, FailingGrants(some, some + 1, 1, (), certified=True, also=(some,)), ""
    scanned = _scan(subject, tranches)
    if scanned is None:
        return _smallest(query, grant, some), None, ""
    start, modulus, residues = scanned
    certified = _certified(subject, where, tranches, modulus, residues)
    if certified is Satisfiability.SATISFIABLE or not residues:
        raise Disagreement(
            f"grants to which {where} of {subject.plan.terms_id!r} do not add up: "
            f"the engine finds those congruent to {residues} modulo {modulus}, the solver others, such as {some}"
        )
    least = min(start + (residue - start) % modulus for residue in residues)
    return least, FailingGrants(least, start, modulus, residues, certified is Satisfiability.UNSATISFIABLE), ""


def _smallest(query: Query, grant: z3.ArithRef, some: int) -> int:
    low, high = 0, some
    while high - low > 1:
        middle = (low + high) // 2
        query.push()
        query.add(grant <= middle)
        found = query.check() is Satisfiability.SATISFIABLE
        if found:
            high = int(query.model().eval(grant, model_completion=True).as_long())
        else:
            low = middle
        query.pop()
    return high


def _engine_total(subject: Subject, tranches: Sequence[tuple[Tranches, ...]], grant: int) -> Fraction:
    runs = [tuple(Run(run.count, run.each.of(Fraction(grant))) for run in entry) for entry in tranches]
    return allocate(runs, subject.plan.allocation_type, subject.reading).total


def _scan(subject: Subject, tranches: Sequence[tuple[Tranches, ...]]) -> tuple[int, int, tuple[int, ...]] | None:
    common = 1
    for entry in tranches:
        together = Fraction(0)
        for run in entry:
            together += run.count * run.each.share
            common = lcm(common, run.each.share.denominator if len(entry) > 1 else 1)
        common = lcm(common, together.denominator)
        if common > MAXIMUM_MODULUS:
            return None
    failing = [
        residue for residue in range(common) if _engine_total(subject, tranches, residue + common) != residue + common
    ]
    modulus = _smallest_period(failing, common)
    return _least_grant(tranches), modulus, tuple(residue for residue in failing if residue < modulus)


def _smallest_period(failing: Sequence[int], common: int) -> int:
    members = set(failing)
    for modulus in range(1, common + 1):
        if common % modulus == 0 and all(
            (residue in members) == (residue % modulus in members) for residue in range(common)
        ):
            return modulus
    return common


def _certified(
    subject: Subject, where: str, tranches: Sequence[tuple[Tranches, ...]], modulus: int, residues: Sequence[int]
) -> Satisfiability:
    grant = z3.Int("grant")
    about = f"a whole grant for which {where} is wrongly said to add up, or not to"
    query = Query(subject.rlimit, about=about)
    fails = z3.And(*does_not_add_up(subject, tranches, grant))
    passing = [residue for residue in range(modulus) if residue not in set(residues)]
    if len(residues) <= len(passing):
        listed = z3.Or(*(grant % modulus == residue for residue in residues))
    else:
        listed = z3.Not(z3.Or(*(grant % modulus == residue for residue in passing)))
    query.add(grant >= _least_grant(tranches))
    return query.refute(fails != listed)


def _execution_of(subject: Subject, path: tuple[int, ...]) -> tuple[dict[int, int] | None, str]:
    def shows(recorded: dict[int, int]) -> bool:
        return path_of(subject.search.run(recorded)) == path

    if subject.search.never_entered.intersection(path):
        return None, ""
    recorded = subject.search.realise(path)
    reason = ""
    if recorded is None or not shows(recorded):

        def goal(execution: SymbolicExecution, _: object) -> z3.BoolRef:
            origins: tuple[int | None, ...] = (None, *path[:-1])
            taken = (execution.taken[edge] for edge in zip(origins, path, strict=True))
            ends = (
                z3.Not(execution.recorded[following][0])
                for following in subject.plan.conditions[path[-1]].following
                if following in execution.recorded
            )
            return z3.And(*taken, *ends)

        answer = find_execution(subject, f"an execution along {_arrows(subject, path)}", [path[-1]], goal, shows)
        recorded, reason = answer.recorded, answer.reason
    if recorded is None:
        return None, reason
    return without_needless_records(subject, recorded, shows), ""


def _arrows(subject: Subject, path: Sequence[int]) -> str:
    return " -> ".join(repr(subject.id_of(place)) for place in path)


def breaks_total(
    subject: Subject, path: tuple[int, ...], least: int, failing: FailingGrants | None, recorded: dict[int, int]
) -> Finding:
    """The finding about an execution whose installments do not add up to the grant of ``least`` shares.

    Raises:
        Disagreement: on the engine they do.
    """
    grant = Fraction(least)
    entries = subject.search.run(recorded)
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    total = allocate(runs, subject.plan.allocation_type, subject.reading).total
    if total == grant:
        raise Disagreement(
            f"a grant of {least} on the path {subject.ids_of(path)} of {subject.plan.terms_id!r}: "
            f"the encoding says that the installments do not add up, the engine allocates {total}"
        )
    vesting = [place for place in path if subject.plan.conditions[place].vests]
    off = total - grant
    what = f"{format_shares(abs(off))} {'too many' if off > 0 else 'missing'}"
    which = failing.words if failing else "the exact set of such grants is not known"
    return finding(
        "VV305",
        f"{subject.plan.allocation_type} rounding does not add up to the grant: of a grant of {least}, {format_quantity(total)} is the total; it fails for {which}",
        subject.pointer_to(vesting[-1]),
        subject.ids_of((vesting[-1], *vesting[:-1])),
        related=tuple(
            Related(subject.pointer_to(place), f"{subject.id_of(place)!r} is rounded by itself")
            for place in vesting[:-1]
        ),
        facts={
            "grant_quantity": str(least),
            "total_vested": format_quantity(total),
            "failing_quantities": failing.facts if failing else None,
            "certified": bool(failing and failing.certified),
            "path": list(subject.ids_of(path)),
        },
        advice="put these installments into one condition, with cliff_installment for the cliff, or let the last condition vest the remainder",
        counterexample=counterexample(
            subject, recorded, grant, f"the installments add up to {format_shares(total)}: {what}"
        ),
        identity=subject.ids_of(path),
    )
