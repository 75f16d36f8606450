"""Whether an installment can be negative: VV306 (AMT-3, ALC-2, ALC-3).

Allocation makes no installment negative as long as no entitlement is, a lemma that the suite proves; and only
a share of a negative remainder is a negative entitlement.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction

import z3

from vestverify.bounds import Bounds, least_grant_that_fits
from vestverify.decision import ASSUMPTIONS, Decision, finding, undecided
from vestverify.encoding.entitlement import NOTHING, WHOLE, SymbolicTotals, Vested
from vestverify.encoding.execution import require_one_path
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import entitlements
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Portion
from vestverify.engine.reading import RemainderBasis
from vestverify.plan_graph import parents_of
from vestverify.results import Finding, Method, Verdict
from vestverify.subject import Subject
from vestverify.totals import Measure, ask, goal_before, related_vesting, running_totals
from vestverify.witness import counterexample, path_of, without_needless_records

#: Larger and larger grants that are tried until rounding no longer hides a negative entitlement.
_DOUBLINGS = 24


@dataclasses.dataclass(frozen=True, slots=True)
class _Negative:
    """An installment that the engine makes negative: which one, of which grant."""

    grant: Fraction
    occurrence: int
    shares: Fraction


def decide_negative_installments(subject: Subject) -> Decision:
    """Decide VV306.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    remainders = [
        place
        for place, condition in enumerate(subject.plan.conditions)
        if isinstance(condition.amount, Portion) and condition.amount.remainder and condition.vests
        if place not in subject.search.never_entered
    ]
    if not remainders:
        return Decision("VV306", Verdict.PROVED, Method.LEMMA)
    require_one_path(subject.plan, subject.reading)
    measure = Measure(subject.grant)
    limits = measure.bounds(subject)
    doubtful = [
        (place, path)
        for place in remainders
        for path, before in _ways_to(subject, limits, place)
        if _takes_back(subject, measure, place, before)
    ]
    if not doubtful:
        shown, reason = measure.are_inductive(subject, limits)
        return _proved(subject, remainders) if shown else undecided("VV306", reason)
    reason = ""
    for place, path in doubtful:
        recorded = subject.search.realise(path)
        if recorded is not None and _is_taken_back(subject, measure, place, recorded):
            found = _shown(subject, measure, place, recorded)
            if found is not None:
                return Decision("VV306", Verdict.REFUTED, Method.EXHAUSTIVE, (found,), subject.scope, ASSUMPTIONS)
            reason = _hidden(subject, place)
    for place in dict.fromkeys(place for place, _ in doubtful):
        answer = ask(
            subject,
            place,
            "a negative remainder to take a share of",
            goal_before(
                place,
                lambda totals, origin, place=place: _symbolically_takes_back(subject, measure, place, totals, origin),  # type: ignore[misc]
                at_start=_takes_back(subject, measure, place, NOTHING),
            ),
            lambda recorded, place=place: _is_taken_back(subject, measure, place, recorded),  # type: ignore[misc]
        )
        reason = answer.reason or reason
        if answer.recorded is not None:
            found = _shown(subject, measure, place, answer.recorded)
            if found is not None:
                return Decision("VV306", Verdict.REFUTED, Method.SMT, (found,), subject.scope, ASSUMPTIONS)
            reason = _hidden(subject, place)
    return undecided("VV306", reason) if reason else _proved(subject, remainders)


def _hidden(subject: Subject, place: int) -> str:
    return (
        f"{subject.id_of(place)!r} can take a share of a negative remainder, "
        "which rounding hides for every grant that was tried"
    )


def _ways_to(subject: Subject, limits: Bounds, place: int) -> Iterator[tuple[tuple[int, ...], Vested]]:
    """Paths to a condition on which the most or the least has vested before it."""
    if place in subject.plan.initial:
        yield (place,), NOTHING
    for parent in parents_of(subject.plan)[place]:
        if parent in limits.highest:
            yield (*limits.path_to(parent, True), place), limits.highest[parent]
            yield (*limits.path_to(parent, False), place), limits.lowest[parent]


def _overshoots(subject: Subject, place: int) -> bool:
    """Whether each occurrence takes more than the whole remainder, so that every other one takes it back."""
    condition = subject.plan.conditions[place]
    assert isinstance(condition.amount, Portion)
    return (
        condition.amount.ratio > 1
        and condition.occurrences > 1
        and subject.reading.remainder_basis is RemainderBasis.EACH
    )


def _takes_back(subject: Subject, measure: Measure, place: int, before: Vested) -> bool:
    """Whether some occurrence is entitled to a negative number of shares."""
    return measure.exceeds(before) or (_overshoots(subject, place) and not measure.fills(before))


def _symbolically_takes_back(
    subject: Subject, measure: Measure, place: int, totals: SymbolicTotals, origin: int
) -> z3.BoolRef:
    if not _overshoots(subject, place):
        return measure.symbolic_exceeds(totals, origin)
    if measure.grant is not None:
        return totals.of(origin, measure.grant) != totals.constant(measure.grant)
    return z3.Or(
        totals.share[origin] != totals.constant(WHOLE.share), totals.shares[origin] != totals.constant(WHOLE.shares)
    )


def _is_taken_back(subject: Subject, measure: Measure, place: int, recorded: dict[int, int]) -> bool:
    return any(
        entered == place and _takes_back(subject, measure, place, before)
        for entered, before, _ in running_totals(subject, recorded)
    )


def _negative_installment(subject: Subject, place: int, recorded: dict[int, int], grant: Fraction) -> _Negative | None:
    entries = subject.search.run(recorded)
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    shares = allocate(runs, subject.plan.allocation_type, subject.reading)
    for number, entry in enumerate(entries):
        if entry.place != place:
            continue
        first = 1
        # Occurrences of one run differ by at most a share; its first and last show how low they come.
        for run in runs[number]:
            for occurrence in dict.fromkeys((first, first + run.count - 1)):
                vested = shares.between(number, occurrence, occurrence)
                if vested < 0:
                    return _Negative(grant, occurrence, vested)
            first += run.count
    return None


def _shown(subject: Subject, measure: Measure, place: int, recorded: dict[int, int]) -> Finding | None:
    grant = subject.round_grant()
    for _ in range(_DOUBLINGS):
        negative = _negative_installment(subject, place, recorded, grant)
        if negative is not None:
            return _takes_shares_back(subject, measure, place, recorded, negative)
        if subject.grant is not None:
            return None
        grant *= 2
    return None


def _takes_shares_back(
    subject: Subject, measure: Measure, place: int, recorded: dict[int, int], negative: _Negative
) -> Finding:
    grant = negative.grant

    def shows(fewer: dict[int, int]) -> bool:
        return (
            _is_taken_back(subject, measure, place, fewer)
            and _negative_installment(subject, place, fewer, grant) is not None
        )

    recorded = without_needless_records(subject, recorded, shows)
    negative = _negative_installment(subject, place, recorded, grant) or negative
    before = next(vested for entered, vested, _ in running_totals(subject, recorded) if entered == place)
    path = path_of(subject.search.run(recorded))
    earlier = path[: path.index(place)]
    name = subject.id_of(place)
    if measure.exceeds(before):
        cause = "it vests a share of what is left, and more than the grant has vested before it"
        advice = f"lower the amounts before {name!r} so that they add up to the grant at most"
    else:
        cause = "each occurrence takes more than all that is left, so that the next one takes shares back"
        advice = f"let {name!r} vest at most the whole remainder"
    return finding(
        "VV306",
        f"an installment of {name!r} is negative: {cause}",
        subject.pointer_to(place),
        (name,),
        related=related_vesting(subject, earlier, "vests before it"),
        facts={
            "grant_quantity": format_quantity(grant),
            "installment": format_quantity(negative.shares),
            "occurrence": negative.occurrence,
            "vested_before": format_quantity(before.of(grant)),
            "path": list(subject.ids_of(path)),
        },
        advice=advice,
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"occurrence {negative.occurrence} of {name!r} vests {format_shares(negative.shares)}",
        ),
        identity=(name,),
    )


def _proved(subject: Subject, remainders: list[int]) -> Decision:
    scope = subject.scope
    if subject.grant is None and subject.has_quantities:
        parents = parents_of(subject.plan)
        before = frozenset(parent for place in remainders for parent in parents[place])
        least = least_grant_that_fits(subject.plan, subject.reading, subject.search.never_entered, before)
        if least is not None and least > 1:
            scope["grant_quantity"] = f">= {least}, which is not exceeded before a share of the remainder"
    return Decision("VV306", Verdict.PROVED, Method.LEMMA, (), scope, ASSUMPTIONS)


__all__ = ["decide_negative_installments"]
