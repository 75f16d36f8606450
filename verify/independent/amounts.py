"""How much can vest where siblings are independent: VV301 to VV304, VV306, VV307, VV311 (AMT-6, INV-1, INV-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

import z3

from vestverify.bounds import least_number
from vestverify.decision import ASSUMPTIONS, Decision, finding, not_applicable, undecided
from vestverify.encoding.entitlement import WHOLE, Vested
from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import entitlements
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import EarlierOf, Indeterminate, LaterOf, Portion, Quantity, Relative
from vestverify.engine.reading import RemainderBasis
from vestverify.engine.vesting_terms import CalculationType
from vestverify.fitting_grants import Fits, not_fitting
from vestverify.full_vesting import left_to_acceleration
from vestverify.independent.executions import Found, Goal, Grants, Shows, find, look_for, sample
from vestverify.results import Finding, Method, Severity, Verdict
from vestverify.subject import Subject
from vestverify.totals import (
    compared_grant,
    exact_total,
    peak,
    related_vesting,
    running_shares,
    share_in_facts,
    telling_grant,
)
from vestverify.witness import counterexample, path_of, rounded_total, without_needless_records

#: A grant so large that the shares of it decide every comparison of amounts.
_LARGE = Fraction(10**18)
#: Totals that are improved upon before the most or the least is given up.
_MAXIMUM_CLIMBS = 64


def vested_of_large_grants(subject: Subject, recorded: dict[int, int]) -> Vested:
    """What an execution vests of large grants: a share of them, and shares on top."""
    return _running_of_large_grants(subject, recorded)[-1]


def _running_of_large_grants(subject: Subject, recorded: dict[int, int]) -> list[Vested]:
    """The same at the beginning, and once each condition is complete."""
    entries = subject.search.run(recorded)
    found = []
    once, twice = (running_shares(subject, entries, grant) for grant in (_LARGE, 2 * _LARGE))
    for smaller, larger in zip(once, twice, strict=True):
        share = (larger - smaller) / _LARGE
        found.append(Vested(share, smaller - share * _LARGE))
    return found


def _with_totals(claim: Callable[[IndependentTotals], z3.BoolRef]) -> Goal:
    def goal(_: IndependentExecution, totals: IndependentTotals | None) -> z3.BoolRef:
        assert totals is not None
        return claim(totals)

    return goal


def _total(subject: Subject, recorded: dict[int, int], grant: Fraction) -> Fraction:
    key = (frozenset(recorded.items()), grant)
    if key not in subject.totals_known:
        subject.totals_known[key] = exact_total(subject, subject.search.run(recorded), grant)
    return subject.totals_known[key]


def _takes_remainder(subject: Subject) -> bool:
    """Whether some condition vests a share of what is left, so that totals can also fall."""
    return any(_takers(subject, place) for place in range(len(subject.plan.conditions)))


def _takers(subject: Subject, place: int) -> int:
    """How many conditions that vest a share of the remainder a condition is, or combines."""
    trigger, amount = subject.plan.conditions[place].trigger, subject.plan.conditions[place].amount
    if isinstance(trigger, EarlierOf | LaterOf):
        return sum(_takers(subject, each) for each in trigger.inputs)
    return int(isinstance(amount, Portion) and amount.remainder and amount.ratio > 0)


def _overshoots(subject: Subject) -> bool:
    """Whether some condition takes more than the whole remainder."""
    on_entry = subject.reading.remainder_basis is RemainderBasis.ON_ENTRY
    return any(
        isinstance(condition.amount, Portion)
        and condition.amount.remainder
        and condition.amount.ratio * (condition.occurrences if on_entry else 1) > 1
        for condition in subject.plan.conditions
    )


def _differs_between_grants(subject: Subject) -> str:
    """Why what holds of small and of large grants need not hold of those between; ``""`` where it does.

    Elsewhere the share of the grant that an execution vests only falls as the grant grows.
    """
    if subject.grant is not None or not subject.has_quantities:
        return ""
    for place, condition in enumerate(subject.plan.conditions):
        if not isinstance(condition.trigger, LaterOf):
            continue
        kind, inputs = condition.trigger.calculation_type, condition.trigger.inputs
        if kind is CalculationType.MODE and len(inputs) > 2:
            return f"which amounts of {subject.id_of(place)!r} are equal depends on the grant; a case has one"
        if kind is CalculationType.SUM and _takers(subject, place) > 1:
            return (
                f"{subject.id_of(place)!r} adds up shares of the remainder, which depend on the grant; a case has one"
            )
    if _overshoots(subject):
        return "a condition takes more than the whole remainder, which depends on the grant; a case has one"
    return ""


# ---- VV301 ----


def _exceeding(subject: Subject, grant: Fraction | None) -> Found:
    """An execution that vests more than a grant, or than any large grant, at any time."""

    def shows(recorded: dict[int, int]) -> bool:
        if grant is not None:
            return peak(subject, subject.search.run(recorded), grant) > grant
        return max(_running_of_large_grants(subject, recorded)) > WHOLE

    def claim(totals: IndependentTotals) -> z3.BoolRef:
        # A later share of what is then a negative remainder takes back what was too much.
        return z3.Or(totals.exceeds_whole(), totals.takes_back()) if takes else totals.exceeds_whole()

    takes = _takes_remainder(subject)
    return look_for(
        subject,
        "an execution with more than the grant vested",
        _with_totals(claim),
        shows,
        grant=Grants(grant),
        exact=not _overshoots(subject),
    )


def decide_over_vesting(subject: Subject) -> Decision:
    """Decide VV301.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    found = _exceeding(subject, subject.grant)
    if found.recorded is None:
        if found.reason:
            return undecided("VV301", found.reason)
        scope = subject.scope
        if subject.grant is None and subject.has_quantities:
            least = _differs_between_grants(subject) or _least(subject)
            if isinstance(least, str):
                return undecided("VV301", least)
            if least is not None and least > 1:
                scope["grant_quantity"] = f">= {least}, for which the fixed quantities fit"
        return Decision("VV301", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)
    grant = subject.round_grant()
    while subject.grant is None and peak(subject, subject.search.run(found.recorded), grant) <= grant:
        grant *= 2
    recorded = without_needless_records(
        subject, found.recorded, lambda fewer: peak(subject, subject.search.run(fewer), grant) > grant
    )
    entries = subject.search.run(recorded)
    vested = Fraction(0)
    crossing = entries[-1].place
    for entry, runs in zip(entries, entitlements(subject.plan, entries, grant, subject.reading), strict=True):
        vested += sum((run.count * run.each for run in runs), Fraction(0))
        if vested > grant:
            crossing = entry.place
            break
    total = peak(subject, entries, grant)
    name = subject.id_of(crossing)
    how_much = (
        f"{format_shares(total)} of {format_quantity(grant)}" if subject.grant else f"{total / grant} of the grant"
    )
    path = path_of(entries)
    shown = finding(
        "VV301",
        f"once {name!r} is met, more has vested than was granted: {how_much}",
        subject.pointer_to(crossing),
        (name,),
        related=related_vesting(subject, tuple(place for place in path if place != crossing), "is met as well"),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "max_vested": _share_in_facts(subject, _extreme(subject, highest=True)),
            "min_vested": None,
            "path": list(subject.ids_of(path)),
        },
        advice="lower the amounts so that all that can be met together adds up to the grant, or let conditions compete",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"the total vested is {format_shares(total)}, {format_quantity(total - grant)} more than granted",
        ),
        identity=(name,),
    )
    return Decision("VV301", Verdict.REFUTED, found.method, (shown,), subject.scope, ASSUMPTIONS)


# ---- VV302, VV304 ----


def _extreme(subject: Subject, *, highest: bool, among: Goal | None = None, shows: Shows | None = None) -> Found:
    """An execution that vests the most, or the least, of the compared grant; open where that is not known to be it."""
    grant = compared_grant(subject)
    ranked = sorted(sample(subject), key=lambda recorded: _total(subject, recorded, grant), reverse=highest)
    best = next((recorded for recorded in ranked if shows is None or shows(recorded)), None)
    if best is not None and not highest and _total(subject, best, grant) == 0:
        return Found(best, Method.EXHAUSTIVE)
    for _ in range(_MAXIMUM_CLIMBS):
        bound = None if best is None else _total(subject, best, grant)

        def goal(
            execution: IndependentExecution, totals: IndependentTotals | None, bound: Fraction | None = bound
        ) -> z3.BoolRef:
            assert totals is not None
            claims = [execution.query.truth(True) if among is None else among(execution, totals)]
            if bound is not None:
                limit = Vested(Fraction(0), bound)
                claims.append(totals.exceeds(limit) if highest else totals.stays_below(limit))
            return z3.And(*claims)

        def confirm(recorded: dict[int, int], bound: Fraction | None = bound) -> bool:
            total = _total(subject, recorded, grant)
            better = bound is None or (total > bound if highest else total < bound)
            return better and (shows is None or shows(recorded))

        words = "any vesting" if bound is None else f"{'more' if highest else 'less'} than {bound} of {grant} vested"
        answer = find(subject, f"an execution with {words}", goal, confirm, grant=Grants(grant))
        if answer.exists is Verdict.OPEN:
            return Found(best, Method.SMT, answer.reason)
        if answer.recorded is None:
            return Found(best, Method.SMT)
        best = answer.recorded
    return Found(best, Method.SMT, f"{_MAXIMUM_CLIMBS} better executions were found, and there may be more")


def _share(subject: Subject, found: Found) -> Fraction | None:
    """The share of the grant that an extreme execution vests; None where it is not known or not a share."""
    if found.recorded is None or found.reason:
        return None
    if subject.grant is not None:
        return _total(subject, found.recorded, subject.grant) / subject.grant
    vested = vested_of_large_grants(subject, found.recorded)
    return vested.share if vested.shares == 0 and not subject.has_quantities else None


def _share_in_facts(subject: Subject, found: Found) -> str | None:
    return share_in_facts(_share(subject, found))


def decide_full_vesting(subject: Subject) -> tuple[Decision, Decision]:
    """Decide VV302 and VV304.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    declared = subject.plan.declared_indeterminate
    severity = Severity.INFO if declared else Severity.WARNING
    whole = filling(subject, compared_grant(subject))
    if not whole.reason:
        whole = dataclasses.replace(whole, reason=_differs_between_grants(subject))
    not_for_declared = not_applicable("VV302", "the terms declare themselves indeterminate (see VV304)")
    if whole.recorded is not None or whole.reason:
        decisions = [
            undecided(code, whole.reason)
            if whole.reason
            else Decision(code, Verdict.PROVED, whole.method, (), _filled_scope(subject, whole), ASSUMPTIONS)
            for code in ("VV302", "VV304")
        ]
        return (not_for_declared if declared else decisions[0]), decisions[1]
    most = _extreme(subject, highest=True)
    share = _share(subject, most)
    first = not_for_declared
    if not declared:
        found = _never_whole(subject, most, share)
        first = Decision("VV302", Verdict.REFUTED, Method.SMT, (found,), subject.scope, ASSUMPTIONS)
    return first, Decision(
        "VV304",
        Verdict.REFUTED,
        Method.SMT,
        (left_to_acceleration(subject, most.recorded or {}, share),),
        subject.scope,
        ASSUMPTIONS,
        severity=severity,
    )


def _filled_scope(subject: Subject, whole: Found) -> dict[str, str]:
    scope = subject.scope
    if subject.grant is None and subject.has_quantities and whole.recorded is not None:
        entries = subject.search.run(whole.recorded)
        if _most_share(subject, whole.recorded) < 1:
            filled = least_number(lambda grant: peak(subject, entries, Fraction(grant)) < grant) - 1
            scope["grant_quantity"] = f"<= {filled}, which the fixed quantities fill"
    return scope


def _most_share(subject: Subject, recorded: dict[int, int]) -> Fraction:
    """The largest share of large grants that an execution has vested at any time."""
    return max(vested.share for vested in _running_of_large_grants(subject, recorded))


def filling(subject: Subject, grant: Fraction | None) -> Found:
    """An execution that vests the whole of a grant, or of every large one."""

    def shows(recorded: dict[int, int]) -> bool:
        if grant is not None:
            return peak(subject, subject.search.run(recorded), grant) >= grant
        return _most_share(subject, recorded) >= 1

    def claim(totals: IndependentTotals) -> z3.BoolRef:
        one = z3.RealVal(1, totals.total.share.ctx)
        reaches = totals.reaches(WHOLE) if grant is not None else totals.total.share >= one
        return z3.Or(reaches, totals.takes_back()) if takes else reaches

    takes = _takes_remainder(subject)
    return look_for(
        subject,
        "an execution with the whole grant vested",
        _with_totals(claim),
        shows,
        grant=Grants(grant),
        exact=not _overshoots(subject),
    )


def _never_whole(subject: Subject, most: Found, share: Fraction | None) -> Finding:
    recorded = most.recorded or {}
    grant = telling_grant(subject, share or Fraction(1))
    total = rounded_total(subject, recorded, grant)
    path = path_of(subject.search.run(recorded))
    if subject.grant is not None:
        amount = f": at most {format_shares(total)} of {format_quantity(grant)}"
    else:
        amount = "" if share is None else f": at most {share} of it"
    return finding(
        "VV302",
        f"no execution vests the whole grant{amount}",
        subject.pointer,
        related=related_vesting(subject, path, "vests where most does"),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "max_vested": share_in_facts(share),
            "min_vested": None,
            "path": list(subject.ids_of(path)),
        },
        advice="raise the amounts so that what can be met together adds up to the grant, or declare the terms indeterminate",
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"the total vested is {format_shares(total)}, and no dates give more; the other {format_quantity(grant - total)} never vest",
        ),
    )


# ---- VV303, VV311 ----


def _lapses(subject: Subject) -> tuple[int, ...]:
    """Inputs of an EARLIER_OF that lead to nothing where another one does: taking them gives something up by design."""
    found = []
    for condition in subject.plan.conditions:
        if isinstance(condition.trigger, EarlierOf):
            idle = [place for place in condition.trigger.inputs if not _leads_to_something(subject, place)]
            if len(idle) < len(condition.trigger.inputs):
                found += idle
    return tuple(sorted(found))


def _leads_to_something(subject: Subject, place: int) -> bool:
    """Whether an input vests anything, has companions of its own, or is counted from."""
    if _may_vest(subject, place) or len(subject.plan.conditions[place].following) > 1:
        return True
    return any(
        isinstance(condition.trigger, Relative) and condition.trigger.reference == place
        for condition in subject.plan.conditions
    )


def _may_vest(subject: Subject, place: int) -> bool:
    trigger = subject.plan.conditions[place].trigger
    if isinstance(trigger, EarlierOf | LaterOf):
        return any(_may_vest(subject, each) for each in trigger.inputs)
    return subject.plan.conditions[place].vests


def has_ended(subject: Subject, recorded: dict[int, int]) -> bool:
    """Whether nothing that may still be recorded changes anything, on the engine: each is tried on the last day."""
    entries = subject.search.run(recorded)
    known = {entry.place for entry in entries}
    late = max((max(entry.left, entry.own.day(entry.own.count)) for entry in entries), default=0) + 1
    plan = subject.plan
    for place, condition in enumerate(plan.conditions):
        if isinstance(condition.trigger, Indeterminate):
            if _is_open_to(subject, known, place):
                return False
        elif condition.recorded and place not in recorded:
            with_it = subject.search.run({**recorded, place: late})
            if any(entry.place == place for entry in with_it):
                return False
    return True


def _is_open_to(subject: Subject, known: set[int], place: int) -> bool:
    if place in subject.plan.initial:
        return True
    return any(
        place in subject.plan.conditions[parent].following
        and (subject.plan.relationship_of[parent] is None or subject.plan.relationship_of[parent] in known)
        for parent in known
    )


def _ends_short(
    subject: Subject, taken: int | None, lapses: Sequence[int], grant: Fraction | None
) -> tuple[Goal, Shows]:
    """Executions that end with less than a grant vested, or than any large one: with one lapse taken, or with none."""

    def goal(execution: IndependentExecution, totals: IndependentTotals | None) -> z3.BoolRef:
        assert totals is not None
        of_lapses = (
            [z3.Not(execution.entered[each]) for each in lapses] if taken is None else [execution.entered[taken]]
        )
        return z3.And(execution.has_ended(), totals.stays_below(WHOLE), *of_lapses)

    def shows(recorded: dict[int, int]) -> bool:
        entered = {entry.place for entry in subject.search.run(recorded)}
        of_lapses = entered.isdisjoint(lapses) if taken is None else taken in entered
        short = (
            vested_of_large_grants(subject, recorded) < WHOLE
            if grant is None
            else _total(subject, recorded, grant) < grant
        )
        return of_lapses and short and has_ended(subject, recorded)

    return goal, shows


def _short_ending(subject: Subject, taken: int | None, lapses: Sequence[int], grant: Fraction | None) -> Found:
    goal, shows = _ends_short(subject, taken, lapses, grant)
    words = "an execution that ends with less than the grant vested"
    if taken is not None:
        words = f"an execution that takes {subject.id_of(taken)!r} and ends with less than the grant vested"
    return look_for(subject, words, goal, shows, grant=Grants(grant))


def _most_that_never_ends_short(subject: Subject, taken: int | None, lapses: Sequence[int]) -> int | str | None:
    """The largest grant of which no execution ends short; None where none does of any, or why it is not known."""
    if subject.grant is not None or not subject.has_quantities:
        return None
    unknown = _differs_between_grants(subject)
    if unknown:
        return unknown
    for_large = _short_ending(subject, taken, lapses, None)
    if for_large.reason or for_large.recorded is None:
        return for_large.reason or None
    least = _least_grant(lambda grant: _short_ending(subject, taken, lapses, grant), found=True)
    return least if isinstance(least, str) else least - 1


def _scope_up_to(subject: Subject, most: int | None) -> dict[str, str]:
    scope = subject.scope
    if most is not None:
        scope["grant_quantity"] = f"<= {most}, which the fixed quantities fill"
    return scope


def decide_under_vesting(subject: Subject) -> Decision:
    """Decide VV303: executions that end short of the grant though nothing has lapsed by design.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    lapses = _lapses(subject)
    found = _short_ending(subject, None, lapses, compared_grant(subject))
    if found.recorded is None:
        most = found.reason or _most_that_never_ends_short(subject, None, lapses)
        if isinstance(most, str):
            return undecided("VV303", most)
        return Decision("VV303", Verdict.PROVED, Method.SMT, (), _scope_up_to(subject, most), ASSUMPTIONS)
    _, shows = _ends_short(subject, None, lapses, compared_grant(subject))
    recorded = without_needless_records(subject, found.recorded, shows)
    entries = subject.search.run(recorded)
    if not entries:
        return not_applicable("VV303", "no execution ends on a condition that vests anything")
    last = next((entry.place for entry in reversed(entries) if _may_vest(subject, entry.place)), entries[-1].place)
    shown = _short(subject, "VV303", last, recorded, "vesting can end at {name} with only {share} vested", "never vest")
    return Decision("VV303", Verdict.REFUTED, found.method, (shown,), subject.scope, ASSUMPTIONS)


def decide_forfeiting(subject: Subject) -> Decision:
    """Decide VV311, one finding for each lapse: an input of an EARLIER_OF that vests nothing where another does.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    lapses = _lapses(subject)
    if not lapses:
        return Decision("VV311", Verdict.PROVED, Method.STRUCTURAL)
    findings = []
    reason = ""
    limits: list[int] = []
    for place in lapses:
        if place in subject.search.never_entered:
            continue
        found = _short_ending(subject, place, lapses, compared_grant(subject))
        if found.recorded is None:
            most = found.reason or _most_that_never_ends_short(subject, place, lapses)
            if isinstance(most, str):
                reason = most
            elif most is not None:
                limits.append(most)
            continue
        goal, shows = _ends_short(subject, place, lapses, compared_grant(subject))
        least = _extreme(subject, highest=False, among=goal, shows=shows)
        recorded = least.recorded if least.recorded is not None else found.recorded
        bound = _total(subject, recorded, compared_grant(subject))

        def as_little(fewer: dict[int, int], shows: Shows = shows, bound: Fraction = bound) -> bool:
            return shows(fewer) and _total(subject, fewer, compared_grant(subject)) <= bound

        recorded = without_needless_records(subject, recorded, as_little)
        findings.append(
            _short(
                subject,
                "VV311",
                place,
                recorded,
                "once {name} is met, {lost} can be forfeited: it is the earlier one and vests nothing",
                "lapse",
            )
        )
    if findings:
        return Decision("VV311", Verdict.REFUTED, Method.SMT, tuple(findings), subject.scope, ASSUMPTIONS, reason)
    if reason:
        return undecided("VV311", reason)
    scope = _scope_up_to(subject, min(limits, default=None))
    return Decision("VV311", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)


def _short(subject: Subject, code: str, place: int, recorded: dict[int, int], words: str, fate: str) -> Finding:
    vested = vested_of_large_grants(subject, recorded)
    grant = telling_grant(subject, vested.share)
    if _total(subject, recorded, grant) >= grant:
        grant = compared_grant(subject)
    total = rounded_total(subject, recorded, grant)
    path = path_of(subject.search.run(recorded))
    share = _share(subject, Found(recorded, Method.EXHAUSTIVE))
    in_shares = share is None or subject.grant is not None
    lost = (
        f"{format_quantity(grant - total)} of {format_shares(grant)}"
        if in_shares
        else f"{1 - (share or 0)} of the grant"
    )
    if share == 0:
        lost = "the whole grant"
    kept = f"{format_shares(total)} of {format_quantity(grant)}" if in_shares else f"{share} of the grant"
    name = repr(subject.id_of(place))
    facts: dict[str, object] = {
        "grant_quantity": format_quantity(grant),
        "total_vested": format_quantity(total),
        "max_vested": None,
        "min_vested": share_in_facts(share) if code == "VV311" else None,
    }
    if code == "VV311":
        facts["forfeited"] = share_in_facts(None if share is None else 1 - share)
    facts["path"] = list(subject.ids_of(path))
    advice = f"nothing, if the rest is meant to lapse with {name}; else let something vest the remainder"
    if code == "VV303":
        advice = "raise the amounts so that they add up, or let a last condition vest the remainder"
    return finding(
        code,
        words.format(name=name, share=kept, lost=lost),
        subject.pointer_to(place),
        (subject.id_of(place),),
        related=related_vesting(subject, tuple(each for each in path if each != place), "vests as well"),
        facts=facts,
        advice=advice,
        counterexample=counterexample(
            subject,
            recorded,
            grant,
            f"vesting ends with {format_shares(total)} vested; the other {format_quantity(grant - total)} {fate}",
        ),
        identity=(subject.id_of(place),),
    )


# ---- VV306 ----


def decide_negative_installments(subject: Subject) -> Decision:
    """Decide VV306.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    if not _takes_remainder(subject):
        return Decision("VV306", Verdict.PROVED, Method.LEMMA)
    if _overshoots(subject):
        return undecided("VV306", "a condition takes more than the whole remainder (see VV301)")
    found = _taking_back(subject, subject.grant)
    if found.recorded is not None:
        return _negative(subject, found)
    least: int | str = found.reason or _differs_between_grants(subject) or 1
    if least == 1 and subject.grant is None and subject.has_quantities:
        least = _least_grant(lambda grant: _taking_back(subject, grant))
    if isinstance(least, str):
        return undecided("VV306", least)
    scope = subject.scope
    if least > 1:
        scope["grant_quantity"] = f">= {least}, which is not exceeded before a share of the remainder"
    return Decision("VV306", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)


def _takes_back(subject: Subject, recorded: dict[int, int], grant: Fraction | None) -> bool:
    entries = subject.search.run(recorded)
    tried = _LARGE if grant is None else grant
    return any(run.each < 0 for runs in entitlements(subject.plan, entries, tried, subject.reading) for run in runs)


def _taking_back(subject: Subject, grant: Fraction | None) -> Found:
    """An execution in which a condition is entitled to a negative amount, of a grant or of large ones."""
    return look_for(
        subject,
        "an execution in which a condition takes shares back",
        _with_totals(lambda totals: totals.takes_back()),
        lambda recorded: _takes_back(subject, recorded, grant),
        grant=Grants(grant),
    )


def _negative(subject: Subject, found: Found) -> Decision:
    assert found.recorded is not None
    recorded = without_needless_records(
        subject, found.recorded, lambda fewer: _takes_back(subject, fewer, subject.grant)
    )
    entries = subject.search.run(recorded)
    grant = subject.round_grant()
    for _ in range(40):
        runs = entitlements(subject.plan, entries, grant, subject.reading)
        shares = allocate(runs, subject.plan.allocation_type, subject.reading)
        for number, entry in enumerate(entries):
            if not runs[number]:
                continue
            vested = shares.between(number, 1, 1)
            if vested < 0:
                name = subject.id_of(entry.place)
                shown = finding(
                    "VV306",
                    f"an installment of {name!r} is negative: it vests a share of what is left, and more than the grant "
                    "has vested before it",
                    subject.pointer_to(entry.place),
                    (name,),
                    facts={
                        "grant_quantity": format_quantity(grant),
                        "installment": format_quantity(vested),
                        "occurrence": 1,
                        "path": list(subject.ids_of(path_of(entries))),
                    },
                    advice=f"lower the amounts that can vest before {name!r}",
                    counterexample=counterexample(subject, recorded, grant, f"{name!r} vests {format_shares(vested)}"),
                    identity=(name,),
                )
                return Decision("VV306", Verdict.REFUTED, found.method, (shown,), subject.scope, ASSUMPTIONS)
        if subject.grant is not None:
            break
        grant *= 2
    return undecided("VV306", "an entitlement can be negative, and no grant was found for which an installment is")


# ---- VV307 ----


def _least(subject: Subject) -> int | str | None:
    """The least whole grant that no execution exceeds; None where every one is exceeded, or why it is not known."""
    for_all = _exceeding(subject, None)
    if for_all.recorded is not None or for_all.reason:
        return for_all.reason or None
    return _least_grant(lambda grant: _exceeding(subject, grant))


def _most(subject: Subject) -> int | str | None:
    """The largest whole grant that some execution vests; None where every one is, or why it is not known."""
    for_all = filling(subject, None)
    if for_all.recorded is not None or for_all.reason:
        return for_all.reason or None
    least = _least_grant(lambda grant: filling(subject, grant))
    return least if isinstance(least, str) else least - 1


class _NotKnown(Exception):
    """A question was left open; the message says why."""


def _least_grant(look: Callable[[Fraction], Found], *, found: bool = False) -> int | str:
    """The least whole grant from which on something is found, or is not found; or why it is not known."""

    def holds(grant: int) -> bool:
        execution = look(Fraction(grant))
        if execution.reason:
            raise _NotKnown(execution.reason)
        return (execution.recorded is not None) is found

    try:
        return least_number(holds)
    except _NotKnown as error:
        return str(error)


def decide_fitting_grants(subject: Subject) -> Decision:
    """Decide VV307: for which whole grants no execution vests more, and some execution vests all.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``find``.
    """
    fixed = [
        place
        for place, condition in enumerate(subject.plan.conditions)
        if isinstance(condition.amount, Quantity)
        and condition.vests
        and not isinstance(condition.trigger, LaterOf)
        and place not in subject.search.never_entered
    ]
    if not fixed:
        return not_applicable("VV307", "no condition vests a fixed number of shares")
    grant = subject.grant
    if grant is not None:
        exceeding, whole = _exceeding(subject, grant), filling(subject, grant)
        if exceeding.reason or whole.reason:
            return undecided("VV307", exceeding.reason or whole.reason)
        if exceeding.recorded is None and whole.recorded is not None:
            return Decision("VV307", Verdict.PROVED, Method.SMT, (), subject.scope, ASSUMPTIONS)
    unknown = _differs_between_grants(dataclasses.replace(subject, grant=None))
    if unknown:
        return undecided("VV307", unknown)
    least, most = _least(subject), _most(subject)
    if isinstance(least, str) or isinstance(most, str):
        return undecided("VV307", least if isinstance(least, str) else str(most))
    fits = Fits(least, most)
    if grant is None and fits == Fits(1, None):
        scope = {**subject.scope, "grant_quantity": ">= 1, whole"}
        return Decision("VV307", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)
    tried = grant if grant is not None else _nearest(subject, fits)
    exceeding = _exceeding(subject, tried)
    recorded = exceeding.recorded
    if recorded is None:
        recorded = max(sample(subject), key=lambda each: _total(subject, each, tried))
    shown = not_fitting(subject, fixed, fits, tried, recorded, exceeds=exceeding.recorded is not None)
    return Decision("VV307", Verdict.REFUTED, Method.SMT, (shown,), subject.scope, ASSUMPTIONS)


def _nearest(subject: Subject, fits: Fits) -> Fraction:
    """A grant that does not fit, next to those that do where there are any."""
    if fits.least is None:
        return subject.round_grant()
    if fits.any_grant and fits.most is not None:
        return Fraction(fits.most + 1)
    return Fraction(fits.least - 1 if fits.any_grant else fits.least)


__all__ = [
    "decide_fitting_grants",
    "decide_forfeiting",
    "decide_full_vesting",
    "decide_negative_installments",
    "decide_over_vesting",
    "decide_under_vesting",
    "filling",
    "vested_of_large_grants",
]
