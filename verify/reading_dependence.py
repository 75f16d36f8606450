"""Whether published readings of OCF give the same schedules: VV401, for each ambiguity that the terms touch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction

import z3

from vestverify.ambiguities import AMBIGUITIES, Ambiguity
from vestverify.decision import ASSUMPTIONS, Decision, finding, not_applicable
from vestverify.encoding.comparison import entered_differently, installments_differ, left_before_the_last_occurrence
from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import NotEncoded, SymbolicExecution
from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.execution import are_siblings_independent
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Relative
from vestverify.engine.reading import LeavePeriodic, Reading, reading_from
from vestverify.independent.reading_comparison import compare_independent
from vestverify.reachability import Goal, find_execution
from vestverify.reading_agreement import Agreement
from vestverify.reading_witness import Difference, difference, find_difference, grants_for
from vestverify.results import Counterexample, Finding, Method, Verdict
from vestverify.rounding_scope import Scanned, scan_allocation_scopes
from vestverify.schedule_rows import rows_of
from vestverify.subject import Subject
from vestverify.timing import Routes, is_left_before
from vestverify.witness import MAXIMUM_ROWS, case_of, in_words

#: Ambiguities that decide own dates and which conditions are met, and nothing else.
_ABOUT_DATES = frozenset({"stepping", "first_fixed_day", "anchor_day", "periodic_reference", "early_event"})
#: Ambiguities about amounts and the days of installments: executions enter the same conditions all the same.
_ABOUT_INSTALLMENTS = frozenset({"catch_up", "remainder_basis", "allocation_scope", "grant_catch_up"})

#: A question may spend one such part of the budget: there can be a dozen, and what they decide is a warning.
PARTS_OF_BUDGET = 10

#: What the comparison leaves to the transactions of a grant.
_ASSUMPTIONS = (
    *ASSUMPTIONS,
    "each start and event is recorded once; nothing is accelerated, retracted or stated as vestings "
    "(source, duplicate_start, acceleration, retraction)",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """Two readings that answer one ambiguity differently, compared for all inputs.

    Attributes:
        ambiguity: the question.
        first, second: the two answers; the first is that of the subject's reading.
        outcome: a difference, replayed on the engine, or why there is none.
    """

    ambiguity: Ambiguity
    first: str
    second: str
    outcome: Difference | Agreement


def decide_reading_dependence(subject: Subject, overdue: Decision, over_vesting: Decision) -> Decision:
    """Decide VV401.

    Args:
        subject: the terms.
        overdue: the decision of VV203, which says whether anything can catch up.
        over_vesting: the decision of VV301; executions that vest more than the grant have no schedule to compare.

    Raises:
        Disagreement: see ``find_execution``.
    """
    compared = tuple(compare_readings(subject, overdue, over_vesting))
    findings = tuple(
        _reading_dependent(subject, each, each.outcome) for each in compared if isinstance(each.outcome, Difference)
    )
    agreements = [(each, each.outcome) for each in compared if isinstance(each.outcome, Agreement)]
    undecided = [(each, outcome) for each, outcome in agreements if outcome.verdict is Verdict.OPEN]
    not_known = "; ".join(f"{_values(each)}: {outcome.reason}" for each, outcome in undecided)
    scope = {**subject.scope, "grant_quantity": subject.scope["grant_quantity"] + ", whole"}
    proved = [each for each, outcome in agreements if outcome.verdict is Verdict.PROVED]
    others = {each.ambiguity.key for each in compared if each not in proved}
    agree = dict.fromkeys(each.ambiguity.key for each in proved if each.ambiguity.key not in others)
    scope["readings_that_agree"] = ", ".join(agree) or "none"
    if findings:
        if not_known:
            scope["readings_not_decided"] = not_known
        return Decision("VV401", Verdict.REFUTED, Method.EXHAUSTIVE, findings, scope, _ASSUMPTIONS)
    if not_known and over_vesting.verdict is Verdict.REFUTED:
        return not_applicable("VV401", "more than the grant can vest (VV301): such schedules are not compared")
    if not_known:
        return Decision("VV401", Verdict.OPEN, reason=not_known)
    methods = {outcome.method for _, outcome in agreements}
    method = next((each for each in (Method.SMT, Method.EXHAUSTIVE) if each in methods), Method.STRUCTURAL)
    return Decision("VV401", Verdict.PROVED, method, (), scope, _ASSUMPTIONS)


def compare_readings(subject: Subject, overdue: Decision, over_vesting: Decision) -> Iterator[Comparison]:
    """Compare the subject's reading with each that answers one ambiguity differently, in the contract's order.

    Args:
        subject: the terms.
        overdue: the decision of VV203.
        over_vesting: the decision of VV301.

    Raises:
        Disagreement: see ``find_execution``.
    """
    for ambiguity in AMBIGUITIES:
        chosen: StrEnum = getattr(subject.reading, ambiguity.key)
        for other in type(chosen):
            if other is not chosen:
                reading = reading_from({ambiguity.key: str(other)}, subject.reading)
                outcome = _compare(subject, ambiguity, reading, overdue, over_vesting)
                yield Comparison(ambiguity, str(chosen), str(other), outcome)


def _compare(
    subject: Subject, ambiguity: Ambiguity, other: Reading, overdue: Decision, over_vesting: Decision
) -> Difference | Agreement:
    touched = ambiguity.touched(subject.plan, subject.reading)
    if not touched:
        return Agreement(Verdict.PROVED, Method.STRUCTURAL, ambiguity.agreed)
    if ambiguity.key in _ABOUT_INSTALLMENTS and subject.search.never_entered.issuperset(touched):
        return Agreement(Verdict.PROVED, Method.SMT, "what could differ is never entered (VV201)")
    if ambiguity.key == "catch_up" and overdue.verdict is Verdict.PROVED:
        return Agreement(
            Verdict.PROVED, overdue.method, "no installment is due before its condition is entered (VV203)"
        )
    if are_siblings_independent(subject.plan, subject.reading):
        return compare_independent(subject, ambiguity, other, over_vesting)
    if ambiguity.key == "allocation_scope":
        return _compare_allocation_scopes(subject, ambiguity, other)
    if ambiguity.key == "leave_periodic" and _nothing_comes_early(subject, touched):
        return Agreement(Verdict.PROVED, Method.STRUCTURAL, "what follows counts from the last installment")
    shown = _overdue(subject, touched, overdue) if ambiguity.key == "catch_up" else []
    found = find_difference(subject, ambiguity, other, first=shown)
    if found is not None:
        return found
    if any(subject.plan.conditions[place].occurrences > MAXIMUM_ROWS for place in touched):
        return Agreement(Verdict.OPEN, None, f"schedules of more than {MAXIMUM_ROWS:,} installments are not compared")
    if over_vesting.verdict is Verdict.REFUTED:
        return Agreement(Verdict.OPEN, None, "executions that vest more than the grant (VV301) are not compared")
    try:
        if ambiguity.key == "leave_periodic":
            return _ask_who_comes_early(subject, touched, other)
        if ambiguity.key in _ABOUT_DATES:
            return _ask_for_a_difference(subject, touched, other)
    except NotEncoded as error:
        return Agreement(Verdict.OPEN, None, str(error))
    return Agreement(Verdict.OPEN, None, "no input was found for which schedules differ, but none is excluded")


def _overdue(subject: Subject, touched: tuple[int, ...], overdue: Decision) -> list[dict[int, int]]:
    """For each of some conditions that VV203 names the recorded days of an execution that enters it late."""
    places = {condition.id: place for place, condition in enumerate(subject.plan.conditions)}
    found = []
    for each in overdue.findings:
        if places[each.condition_ids[0]] in touched:
            transactions = [] if each.counterexample is None else each.counterexample.case["transactions"]
            found.append({places[item["vesting_condition_id"]]: parse_day(item["date"]) for item in transactions})
    return found


def _compare_allocation_scopes(subject: Subject, ambiguity: Ambiguity, other: Reading) -> Difference | Agreement:
    found = find_difference(subject, ambiguity, other, maximum_inputs=1)
    if found is not None:
        return found
    scanned = scan_allocation_scopes(subject, other)
    if scanned is Scanned.ALIKE:
        return Agreement(Verdict.PROVED, Method.EXHAUSTIVE, "on every path all whole grants round alike")
    if not isinstance(scanned, Scanned):
        for path, grant in scanned:
            recorded = subject.search.realise(path)
            if recorded is not None:
                found = difference(subject, other, recorded, grant)
                if found is not None:
                    return found
    found = find_difference(subject, ambiguity, other)
    if found is not None:
        return found
    return Agreement(Verdict.OPEN, None, "no grant was found for which roundings differ, but none is excluded")


def _nothing_comes_early(subject: Subject, touched: tuple[int, ...]) -> bool:
    routes = Routes(subject)
    return all(
        isinstance(subject.plan.conditions[following].trigger, Relative)
        and is_left_before(routes, place, following, strictly=False)
        for place in touched
        for following in subject.plan.conditions[place].following
    )


def _ask_who_comes_early(subject: Subject, touched: tuple[int, ...], other: Reading) -> Difference | Agreement:
    if subject.reading.leave_periodic is LeavePeriodic.ON_NEXT:
        return Agreement(Verdict.OPEN, None, "the prover does not decide leave_periodic=on-next; the engine runs it")

    def goal(execution: SymbolicExecution, _: SymbolicTotals | None) -> z3.BoolRef:
        return left_before_the_last_occurrence(execution, touched)

    return _ask(subject, touched, goal, other)


def _ask_for_a_difference(subject: Subject, touched: tuple[int, ...], other: Reading) -> Difference | Agreement:
    places = range(len(subject.plan.conditions))
    apart = entered_differently(subject.plan, touched)

    def goal(execution: SymbolicExecution, _: SymbolicTotals | None) -> z3.BoolRef:
        second = SymbolicExecution(
            subject.plan, other, places, execution.query, progress=True, beside=execution, apart=apart
        )
        return installments_differ(execution, second, apart, touched)

    return _ask(subject, tuple(places), goal, other)


def _ask(subject: Subject, targets: tuple[int, ...], goal: Goal, other: Reading) -> Difference | Agreement:
    found: list[Difference] = []

    def shows(recorded: dict[int, int]) -> bool:
        for grant in grants_for(subject):
            shown = difference(subject, other, recorded, grant)
            if shown is not None:
                found.append(shown)
                return True
        return False

    answer = find_execution(
        subject.asking_little(PARTS_OF_BUDGET),
        "an execution that the two readings tell apart",
        targets,
        goal,
        shows,
        progress=True,
        exact=False,
        never_entered=frozenset(),
    )
    if found:
        return found[-1]
    if answer.exists is Verdict.REFUTED:
        return Agreement(Verdict.PROVED, Method.SMT, "no start and event dates make a difference")
    return Agreement(Verdict.OPEN, None, answer.reason)


def _values(compared: Comparison) -> str:
    return f"{compared.ambiguity.key}={compared.first} or {compared.second}"


def _reading_dependent(subject: Subject, compared: Comparison, found: Difference) -> Finding:
    ambiguity = compared.ambiguity
    place = ambiguity.touched(subject.plan, subject.reading)[0]
    whole = ambiguity.key in ("roots", "allocation_scope", "grant_catch_up")
    ids = () if whole else (subject.id_of(place),)
    date, (first, second) = format_day(found.day), found.quantities
    words = (
        f"{in_words(subject, found.recorded, found.grant)}{_granted(found)}, {_vest(first)} on {date} under "
        f"{ambiguity.key}={compared.first}, and {_vest(second)} under {compared.second}"
    )
    return finding(
        "VV401",
        f"engines can differ: OCF does not say {ambiguity.question} ({ambiguity.key}, {ambiguity.rule})",
        subject.pointer if whole else subject.pointer_to(place),
        ids,
        facts={
            "readings": {"key": ambiguity.key, "values": [compared.first, compared.second]},
            "rule": ambiguity.rule,
            "grant_quantity": format_quantity(found.grant),
            "date": date,
            "quantities": [format_quantity(first), format_quantity(second)],
            "other_schedule": list(rows_of(found.second)),
        },
        advice=ambiguity.advice,
        counterexample=Counterexample(
            case_of(subject, found.recorded, found.grant, found.grant_day), rows_of(found.first), words
        ),
        identity=(ambiguity.key, compared.second, *ids),
    )


def _granted(found: Difference) -> str:
    return (
        f", granted on {format_day(found.grant_day)}"
        if found.recorded and found.grant_day != min(found.recorded.values())
        else ""
    )


def _vest(shares: Fraction) -> str:
    if not shares:
        return "nothing vests"
    return f"{format_shares(shares)} {'vests' if shares == 1 else 'vest'}"


__all__ = ["Agreement", "Comparison", "compare_readings", "decide_reading_dependence"]
