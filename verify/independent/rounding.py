"""Rounding where siblings are independent: VV305 and VV310 (ALC-2 to ALC-4)."""

from __future__ import annotations

from fractions import Fraction

import z3

from vestverify.decision import ASSUMPTIONS, SCOPE, Decision, finding, not_applicable, undecided
from vestverify.encoding.entitlement import WHOLE, Tranches, Vested
from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import EarlierOf, LaterOf, Portion
from vestverify.engine.reading import AllocationScope
from vestverify.engine.vesting_terms import AllocationType, CalculationType
from vestverify.independent.amounts import filling, vested_of_large_grants
from vestverify.independent.executions import Grants, find, sample
from vestverify.results import Finding, Method, Related, Verdict
from vestverify.rounding import breaks_total, failing_grants
from vestverify.subject import Subject
from vestverify.witness import counterexample, path_of, without_needless_records

_SCOPE = {**SCOPE, "grant_quantity": ">= 1, whole"}
_ASSUMPTIONS = (
    *ASSUMPTIONS,
    "the execution is entitled to exactly the whole grant (VV301 and VV302 speak of the others)",
)
#: A grant so large that the shares of it decide every comparison of amounts.
_LARGE = Fraction(10**18)
_WITHIN_GRANT = (
    *ASSUMPTIONS,
    "no more than the grant has vested by the time the installment's condition is complete (VV301 speaks of the others)",
)
#: Whole grants on which the sample is looked at for fractions of a share.
_SMALL_GRANTS = (1, 2, 3, 5, 7, 10, 100, 101)


def tranches_in(subject: Subject, entries: tuple[Entry, ...]) -> tuple[tuple[Tranches, ...], ...]:
    """What each entry is entitled to, of every large grant at once."""
    once = entitlements(subject.plan, entries, _LARGE, subject.reading)
    twice = entitlements(subject.plan, entries, 2 * _LARGE, subject.reading)
    found = []
    for runs, larger in zip(once, twice, strict=True):
        shares = [(large.each - run.each) / _LARGE for run, large in zip(runs, larger, strict=True)]
        found.append(
            tuple(
                Tranches(run.count, Vested(share, run.each - share * _LARGE))
                for run, share in zip(runs, shares, strict=True)
            )
        )
    return tuple(found)


def decide_rounding(subject: Subject) -> Decision:
    """Decide VV305.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    full = [recorded for recorded in sample(subject) if _vests_some_grant(subject, recorded)]
    if not full and (subject.grant is not None or not subject.has_quantities):
        known = filling(subject, subject.grant)
        if known.recorded is None and not known.reason:
            return not_applicable("VV305", "no execution vests exactly the whole grant (see VV301, VV302)")
    if subject.reading.allocation_scope is AllocationScope.PATH:
        # Over the whole execution the total is right whatever the tranches are: the suite proves that lemma.
        return Decision("VV305", Verdict.PROVED, Method.LEMMA, (), _SCOPE, _ASSUMPTIONS)
    reason = "each condition is rounded by itself, and not every execution that vests the whole grant is looked at"
    seen = set()
    for recorded in full:
        entries = subject.search.run(recorded)
        tranches = tranches_in(subject, entries)
        if tranches in seen:
            continue
        seen.add(tranches)
        vesting = [(entry.place, runs) for entry, runs in zip(entries, tranches, strict=True) if runs]
        where = " -> ".join(repr(subject.id_of(place)) for place, _ in vesting)
        least, failing, unknown = failing_grants(subject, where, [runs for _, runs in vesting])
        reason = unknown or reason
        if least is not None and _does_not_add_up(subject, entries, Fraction(least)):
            path = path_of(entries)
            found = breaks_total(subject, path, least, failing, recorded)
            return Decision("VV305", Verdict.REFUTED, Method.EXHAUSTIVE, (found,), _SCOPE, _ASSUMPTIONS)
    return undecided("VV305", reason)


def _vests_some_grant(subject: Subject, recorded: dict[int, int]) -> bool:
    """Whether an execution vests exactly every large grant, or as its fixed quantities have it one whole grant."""
    vested = vested_of_large_grants(subject, recorded)
    if vested.share >= 1:
        return vested == WHOLE
    return vested.shares > 0 and (vested.shares / (1 - vested.share)).denominator == 1


def _does_not_add_up(subject: Subject, entries: tuple[Entry, ...], grant: Fraction) -> bool:
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    exact = sum((run.count * run.each for entry in runs for run in entry), Fraction(0))
    return exact == grant != allocate(runs, subject.plan.allocation_type, subject.reading).total


def decide_fractional_shares(subject: Subject) -> Decision:
    """Decide VV310.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    if subject.plan.allocation_type is not AllocationType.FRACTIONAL or _all_whole(subject):
        return Decision("VV310", Verdict.PROVED, Method.STRUCTURAL)
    grants = (subject.grant,) if subject.grant is not None else tuple(Fraction(each) for each in _SMALL_GRANTS)
    for recorded in sample(subject):
        for grant in grants:
            found = _fraction(subject, recorded, grant)
            if found is not None:
                return Decision("VV310", Verdict.REFUTED, Method.EXHAUSTIVE, (found,), _SCOPE, ASSUMPTIONS)
    within = _entered_within_the_grant(subject)
    if within is None:
        return Decision("VV310", Verdict.PROVED, Method.SMT, (), _SCOPE, _WITHIN_GRANT)
    return undecided("VV310", within)


def _entered_within_the_grant(subject: Subject) -> str | None:
    """Why fractions of a share are not excluded; None where more than the grant has vested wherever they could be."""
    if subject.grant is None and subject.has_quantities:
        return "no execution with a fraction of a share was found, and which grants are exceeded depends on the grant"
    for place, relationship in enumerate(subject.plan.relationship_of):
        if relationship is not None or not _may_be_a_fraction(subject, place):
            continue

        def goal(execution: IndependentExecution, totals: IndependentTotals | None, place: int = place) -> z3.BoolRef:
            assert totals is not None
            exceeds = totals.less(totals.constant(WHOLE), totals.vested_with(place))
            return z3.And(execution.entered[place], z3.Not(exceeds))

        def shows(recorded: dict[int, int], place: int = place) -> bool:
            return any(entry.place == place for entry in subject.search.run(recorded))

        sought = f"an execution that enters {subject.id_of(place)!r} before more than the grant has vested"
        answer = find(subject, sought, goal, shows, grant=Grants(subject.grant), exact=False)
        if answer.exists is not Verdict.REFUTED:
            return answer.reason or "no execution with a fraction of a share was found, but none is excluded"
    return None


def _may_be_a_fraction(subject: Subject, place: int) -> bool:
    condition = subject.plan.conditions[place]
    amount = condition.amount
    if isinstance(condition.trigger, EarlierOf | LaterOf):
        mean = isinstance(condition.trigger, LaterOf) and condition.trigger.calculation_type is CalculationType.MEAN
        return mean or any(_may_be_a_fraction(subject, each) for each in condition.trigger.inputs)
    if isinstance(amount, Portion):
        return amount.remainder or amount.ratio.denominator != 1
    return amount.shares.denominator != 1


def _all_whole(subject: Subject) -> bool:
    """Whether the document alone tells that whole grants vest in whole shares."""
    for condition in subject.plan.conditions:
        amount = condition.amount
        if isinstance(condition.trigger, LaterOf):
            if condition.trigger.calculation_type is CalculationType.MEAN:
                return False
        elif isinstance(amount, Portion):
            if amount.ratio.denominator != 1:
                return False
        elif amount.shares.denominator != 1:
            return False
    return True


def _fraction(subject: Subject, recorded: dict[int, int], grant: Fraction) -> Finding | None:
    place = _place_of_fraction(subject, recorded, grant)
    if place is None:
        return None
    recorded = without_needless_records(
        subject, recorded, lambda fewer: _place_of_fraction(subject, fewer, grant) == place
    )
    entries = subject.search.run(recorded)
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    number = next(number for number, entry in enumerate(entries) if entry.place == place)
    vested = allocate(runs, subject.plan.allocation_type, subject.reading).between(number, 1, 1)
    name = subject.id_of(place)
    return finding(
        "VV310",
        f"an installment of {name!r} can be a fraction of a share: of a grant of {format_shares(grant)}, {format_quantity(vested)}",
        subject.pointer_to(place),
        (name,),
        related=(Related(f"{subject.pointer}/allocation_type", "FRACTIONAL rounds nothing"),),
        facts={
            "grant_quantity": format_quantity(grant),
            "installment": format_quantity(vested),
            "occurrence": 1,
            "failing_quantities": None,
            "path": list(subject.ids_of(path_of(entries))),
        },
        advice="choose an allocation type of whole shares, unless fractions of a share can be issued",
        counterexample=counterexample(
            subject, recorded, grant, f"occurrence 1 of {name!r} vests {format_shares(vested)}"
        ),
        identity=(name,),
    )


def _place_of_fraction(subject: Subject, recorded: dict[int, int], grant: Fraction) -> int | None:
    """The first condition that vests a fraction of a share; None where none does before the grant is exceeded."""
    entries = subject.search.run(recorded)
    vested = Fraction(0)
    for entry, due in zip(entries, entitlements(subject.plan, entries, grant, subject.reading), strict=True):
        vested += sum((run.count * run.each for run in due), Fraction(0))
        if vested > grant:
            return None
        if any(run.each.denominator != 1 for run in due):
            return entry.place
    return None


__all__ = ["decide_fractional_shares", "decide_rounding", "tranches_in"]
