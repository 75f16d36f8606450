"""Faults in the dates of installments: months, days of the month, periods, cliffs (DAT-1 to DAT-6, TRG-4, CLF-1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

from vestverify.engine.calendar import (
    day_in_month,
    day_of_month,
    days_before_month,
    days_in_month,
    month_of,
)
from vestverify.engine.case import Case
from vestverify.engine.execution import Occurrences
from vestverify.engine.plan import Plan, PlannedCondition, Relative
from vestverify.engine.reading import Reading
from vestverify.fuzzing.explanations import (
    Prediction,
    case_fault,
    inputs_fault,
    plan_fault,
    rows_for,
    tranche_fault,
)
from vestverify.fuzzing.faults.graph import path_fault, with_conditions
from vestverify.fuzzing.judging import normal
from vestverify.fuzzing.replies import Row
from vestverify.fuzzing.tranches import Inputs, Tranche, Turn, rounded, scheduled


def _with_periods(plan: Plan, change: Callable[[Relative], Relative]) -> Plan | None:
    def of_condition(place: int, condition: PlannedCondition) -> PlannedCondition:
        if isinstance(condition.trigger, Relative):
            return dataclasses.replace(condition, trigger=change(condition.trigger))
        return condition

    return with_conditions(plan, of_condition)


def _with_days(plan: Plan, change: Callable[[int], int | None]) -> Plan | None:
    def of_period(period: Relative) -> Relative:
        if period.wanted_day is None:
            return period
        return dataclasses.replace(period, wanted_day=change(period.wanted_day))

    return _with_periods(plan, of_period)


@plan_fault("DAT-3", "reads 29_OR_LAST_DAY_OF_MONTH and 30_OR_LAST_DAY_OF_MONTH as the 31st")
def or_last_is_the_31st(plan: Plan) -> Plan | None:
    return _with_days(plan, lambda day: 31 if day in (29, 30) else day)


@plan_fault("DAT-3", "takes no notice of a fixed day of the month")
def fixed_day_ignored(plan: Plan) -> Plan | None:
    return _with_days(plan, lambda day: None)


@plan_fault("DAT-3", "takes no notice of 29, 30 and 31 or the last day of the month")
def or_last_ignored(plan: Plan) -> Plan | None:
    return _with_days(plan, lambda day: None if day > 28 else day)


@plan_fault("DAT-3", "takes the 28th for any later fixed day of the month")
def fixed_day_at_most_28(plan: Plan) -> Plan | None:
    return _with_days(plan, lambda day: min(day, 28))


@plan_fault("DAT-3", "takes the first day of the month for any fixed day")
def fixed_day_is_the_first(plan: Plan) -> Plan | None:
    return _with_days(plan, lambda day: 1)


@plan_fault("DAT-5", "puts a condition of length 0 off by one unit")
def zero_length_is_one(plan: Plan) -> Plan | None:
    return _with_periods(plan, lambda period: dataclasses.replace(period, length=period.length or 1))


def _of_occurrences(sentence: str, change: Callable[[int], int]) -> None:
    @plan_fault("TRG-4", sentence, sentence)
    def fault(plan: Plan) -> Plan | None:
        def of_period(period: Relative) -> Relative:
            count = max(1, change(period.occurrences))
            return dataclasses.replace(period, occurrences=count, cliff=min(period.cliff, count))

        return _with_periods(plan, of_period)


_of_occurrences("vests at one occurrence too few", lambda count: count - 1)
_of_occurrences("vests at one occurrence too many", lambda count: count + 1)
_of_occurrences("takes no notice of occurrences", lambda count: 1)


@plan_fault("TRG-4", "takes no notice of the length of a period")
def length_ignored(plan: Plan) -> Plan | None:
    return _with_periods(plan, lambda period: dataclasses.replace(period, length=min(period.length, 1)))


@plan_fault("DAT-2", "counts months as periods of 30 days")
def months_of_30_days(plan: Plan) -> Plan | None:
    def of_period(period: Relative) -> Relative:
        if not period.in_months:
            return period
        return dataclasses.replace(period, in_months=False, length=30 * period.length, wanted_day=None)

    return _with_periods(plan, of_period)


@plan_fault("DAT-1", "counts periods of days as months of 30")
def days_as_months(plan: Plan) -> Plan | None:
    def of_period(period: Relative) -> Relative:
        if period.in_months or period.length % 30:
            return period
        return dataclasses.replace(period, in_months=True, length=period.length // 30)

    return _with_periods(plan, of_period)


@plan_fault("GRF-5", "counts from the condition before, not from the one that relative_to_condition_id names")
def counts_from_the_parent(plan: Plan) -> Plan | None:
    parents: dict[int, list[int]] = {}
    for origin, condition in enumerate(plan.conditions):
        for following in condition.following:
            parents.setdefault(following, []).append(origin)

    def of_condition(place: int, condition: PlannedCondition) -> PlannedCondition:
        trigger = condition.trigger
        if not isinstance(trigger, Relative) or len(parents.get(place, ())) != 1:
            return condition
        return dataclasses.replace(condition, trigger=dataclasses.replace(trigger, reference=parents[place][0]))

    return with_conditions(plan, of_condition)


@plan_fault("GRF-5", "counts from the first condition, not from the one that relative_to_condition_id names")
def counts_from_the_initial(plan: Plan) -> Plan | None:
    if len(plan.initial) != 1:
        return None
    return _with_periods(plan, lambda period: dataclasses.replace(period, reference=plan.initial[0]))


# ---- Cliffs ----


def _of_cliff(sentence: str, change: Callable[[int, int], int]) -> None:
    @plan_fault("CLF-1", sentence, sentence)
    def fault(plan: Plan) -> Plan | None:
        def of_period(period: Relative) -> Relative:
            if period.cliff < 2:
                return period
            return dataclasses.replace(period, cliff=change(period.cliff, period.occurrences))

        return _with_periods(plan, of_period)


_of_cliff("takes no notice of cliff_installment", lambda cliff, count: 0)
_of_cliff("puts the cliff one installment too late", lambda cliff, count: min(cliff + 1, count))
_of_cliff("puts the cliff one installment too early", lambda cliff, count: cliff - 1)


@tranche_fault("CLF-1", "drops what accrues before the cliff")
def accrued_before_the_cliff_dropped(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    if all(each.cliff < 2 for each in tranches):
        return None
    shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
    kept = [(each.due, share) for each, share in zip(tranches, shares, strict=True) if each.number >= each.cliff]
    return scheduled([day for day, _ in kept], [share for _, share in kept], inputs.grant_day)


@tranche_fault("CLF-1", "rounds what accrues up to the cliff as one installment")
def cliff_before_rounding(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    if all(each.cliff < 2 for each in tranches):
        return None
    merged: list[tuple[int, Fraction]] = []
    for each in tranches:
        if 1 < each.number <= each.cliff:
            merged[-1] = (each.due, merged[-1][1] + each.exact)
        else:
            merged.append((each.due, each.exact))
    shares = rounded([exact for _, exact in merged], inputs.plan.allocation_type)
    return scheduled([day for day, _ in merged], shares, inputs.grant_day)


# ---- The calendar ----


_Moved = Callable[[Inputs, Occurrences, int], int]


def date_fault(rule: str, sentence: str) -> Callable[[_Moved], _Moved]:
    """Register other days of the occurrences of relative conditions; what follows from them follows."""

    def register(moved: _Moved) -> _Moved:
        def dates(turn: Turn) -> Occurrences:
            if not isinstance(turn.trigger, Relative):
                return turn.own
            return turn.on_days(lambda own, number: moved(turn.inputs, own, number))

        path_fault(rule, sentence, dates)
        return moved

    return register


def _target(own: Occurrences, number: int) -> int:
    """The month in which an occurrence falls, whatever the day."""
    return month_of(own.base) + own.first_month_shift + number * own.length


@date_fault("DAT-2", "lets the day of a month that is too short spill into the next month")
def short_months_overflow(inputs: Inputs, own: Occurrences, number: int) -> int:
    if not own.in_months:
        return own.day(number)
    return max(own.base, days_before_month(_target(own, number)) + own.wanted_day)


@date_fault("DAT-2", "never vests on 29 February")
def no_leap_days(inputs: Inputs, own: Occurrences, number: int) -> int:
    day = own.day(number)
    return day - 1 if own.in_months and month_of(day) % 12 == 1 and day_of_month(day) == 29 else day


@date_fault("DAT-2", "counts months from the last day of a month to the last day of another")
def last_day_to_last_day(inputs: Inputs, own: Occurrences, number: int) -> int:
    if not own.in_months or day_of_month(own.base) < days_in_month(month_of(own.base)):
        return own.day(number)
    return max(own.base, day_in_month(_target(own, number), 31))


@date_fault("DAT-1", "counts days as if no year had a 29 February")
def leap_days_not_counted(inputs: Inputs, own: Occurrences, number: int) -> int:
    if own.in_months:
        return own.day(number)
    day, left = own.base, own.day(number) - own.base
    while left > 0:
        day += 1
        left -= not (month_of(day) % 12 == 1 and day_of_month(day) == 29)
    return day


@date_fault("DAT-1", "counts the day from which it counts as the first")
def base_is_counted(inputs: Inputs, own: Occurrences, number: int) -> int:
    return own.day(number) - 1 if not own.in_months and own.length else own.day(number)


@date_fault("TRG-4", "counts from the date of the grant, not from the condition that relative_to_condition_id names")
def counts_from_the_grant(inputs: Inputs, own: Occurrences, number: int) -> int:
    wanted = own.wanted_day
    if own.in_months and wanted == day_of_month(own.base):
        wanted = day_of_month(inputs.grant_day)
    return dataclasses.replace(own, base=inputs.grant_day, wanted_day=wanted).day(number)


@date_fault("TRG-4", "counts from the date of the grant, though to the day of the month of the start")
def counts_months_from_the_grant(inputs: Inputs, own: Occurrences, number: int) -> int:
    return dataclasses.replace(own, base=inputs.grant_day).day(number)


@date_fault("TRG-4", "puts the first occurrence on the day counted from, not one period later")
def first_on_the_base(inputs: Inputs, own: Occurrences, number: int) -> int:
    return own.day(number - 1)


def _from_its_own_date(turn: Turn) -> Occurrences:
    if turn.reference is None or turn.reference.own.day(turn.reference.kept) == turn.own.base:
        return turn.own
    return dataclasses.replace(turn.own, base=turn.reference.own.day(turn.reference.kept))


path_fault(
    "DAT-7",
    "counts from the own date of a condition, though it took effect later, with what led to it",
    _from_its_own_date,
)


def _from_the_gate(turn: Turn) -> Occurrences:
    if not isinstance(turn.trigger, Relative) or turn.left is None or turn.own.base >= turn.left:
        return turn.own
    return dataclasses.replace(turn.own, base=turn.left)


def _from_the_gate_if_overdue(turn: Turn) -> Occurrences:
    is_overdue = turn.left is not None and turn.own.day(1) < turn.left
    return _from_the_gate(turn) if is_overdue else turn.own


path_fault("DAT-8", "counts from the day on which a condition could be entered, where that is later", _from_the_gate)
path_fault(
    "DAT-8", "begins anew on the day on which a condition was entered, where it was overdue", _from_the_gate_if_overdue
)


@plan_fault("DAT-1", "takes 365 days for a year, leap years included")
def years_of_days(plan: Plan) -> Plan | None:
    def of_period(period: Relative) -> Relative:
        if period.in_months or period.length % 365 or not period.length:
            return period
        return dataclasses.replace(period, in_months=True, length=12 * period.length // 365)

    return _with_periods(plan, of_period)


@inputs_fault("DAT-4", "takes the day of the grant for the vesting start day")
def anchor_is_the_grant_day(inputs: Inputs) -> Inputs | None:
    day = day_of_month(inputs.grant_day)

    def of_period(period: Relative) -> Relative:
        return dataclasses.replace(period, wanted_day=day) if period.in_months and period.wanted_day is None else period

    plan = _with_periods(inputs.plan, of_period)
    return None if plan is None else dataclasses.replace(inputs, plan=plan)


def _all_days_moved(sentence: str, offset: int) -> None:
    @case_fault("DAT-1", sentence, sentence)
    def fault(case: Case, reading: Reading) -> Prediction:
        rows = rows_for(case, reading)
        if not isinstance(rows, tuple):
            return None
        return normal(Row(row.day + offset, row.shares) for row in rows)


_all_days_moved("gives every date one day early", -1)
_all_days_moved("gives every date one day late", 1)


def _installments_moved(sentence: str, offset: int) -> None:
    @tranche_fault("DAT-1", sentence, sentence)
    def fault(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
        shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
        return scheduled([each.due + offset for each in tranches], shares, inputs.grant_day)


_installments_moved("vests every installment one day early, though not before the grant", -1)
_installments_moved("vests every installment one day late", 1)
