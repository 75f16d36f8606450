"""Faults in what vests before rounding (AMT-1 to AMT-6, NUM-1)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from fractions import Fraction

from vestverify.engine.case import Case
from vestverify.engine.plan import Plan, PlannedAmount, PlannedCondition, Portion, Quantity
from vestverify.engine.reading import Reading
from vestverify.engine.vesting_terms import VestingConditionPortion
from vestverify.fuzzing.explanations import Prediction, case_fault, inputs_fault, plan_fault, rows_for, tranche_fault
from vestverify.fuzzing.faults.graph import with_conditions
from vestverify.fuzzing.tranches import Inputs, Tranche, rounded, scheduled


def _with_amounts(plan: Plan, change: Callable[[PlannedCondition], PlannedAmount]) -> Plan | None:
    return with_conditions(plan, lambda place, condition: dataclasses.replace(condition, amount=change(condition)))


@plan_fault("AMT-3", "takes no notice of remainder")
def remainder_ignored(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        amount = condition.amount
        return dataclasses.replace(amount, remainder=False) if isinstance(amount, Portion) else amount

    return _with_amounts(plan, change)


@plan_fault("AMT-3", "takes every portion of what has yet to vest")
def always_of_the_remainder(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        amount = condition.amount
        return dataclasses.replace(amount, remainder=True) if isinstance(amount, Portion) else amount

    return _with_amounts(plan, change)


@plan_fault("AMT-1", "spreads a portion over all occurrences, instead of vesting it at each")
def portion_of_all_occurrences(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        amount = condition.amount
        if isinstance(amount, Portion) and not amount.remainder:
            return dataclasses.replace(amount, ratio=amount.ratio / condition.occurrences)
        return amount

    return _with_amounts(plan, change)


@plan_fault("AMT-2", "spreads a quantity over all occurrences, instead of vesting it at each")
def quantity_of_all_occurrences(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        amount = condition.amount
        return Quantity(amount.shares / condition.occurrences) if isinstance(amount, Quantity) else amount

    return _with_amounts(plan, change)


@plan_fault("AMT-2", "takes no notice of quantities")
def quantities_ignored(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        return Quantity(Fraction(0)) if isinstance(condition.amount, Quantity) else condition.amount

    return _with_amounts(plan, change)


@plan_fault("AMT-3", "vests all of the remainder, whatever portion of it is stated")
def whole_remainder(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        amount = condition.amount
        return Portion(Fraction(1), True) if isinstance(amount, Portion) and amount.remainder else amount

    return _with_amounts(plan, change)


def _portion_as(rule: str, sentence: str, rounded_ratio: Callable[[Fraction], Fraction]) -> None:
    @plan_fault(rule, sentence, sentence)
    def fault(plan: Plan) -> Plan | None:
        def change(condition: PlannedCondition) -> PlannedAmount:
            amount = condition.amount
            if isinstance(amount, Portion):
                return dataclasses.replace(amount, ratio=rounded_ratio(amount.ratio))
            return amount

        return _with_amounts(plan, change)


_portion_as("NUM-1", "holds portions in binary floating point numbers", lambda ratio: Fraction(float(ratio)))


def _portion_in_decimals(places: int) -> None:
    unit = 10**places
    _portion_as(
        "NUM-1",
        f"holds portions as decimals of {places} places",
        lambda ratio: Fraction(math.floor(ratio * unit + Fraction(1, 2)), unit),
    )
    _portion_as(
        "NUM-1",
        f"holds portions as decimals cut off after {places} places",
        lambda ratio: Fraction(math.floor(ratio * unit), unit),
    )


for _places in (2, 4, 6, 8, 10):
    _portion_in_decimals(_places)


@case_fault("AMT-1", "reads the numbers of a portion as whole numbers")
def portions_of_whole_numbers(case: Case, reading: Reading) -> Prediction:
    terms = case.terms
    if terms is None:
        return None
    conditions = [each.model_copy(update={"portion": _whole(each.portion)}) for each in terms.vesting_conditions]
    if conditions == terms.vesting_conditions:
        return None
    changed = terms.model_copy(update={"vesting_conditions": conditions})
    return rows_for(dataclasses.replace(case, terms=changed), reading)


def _whole(portion: VestingConditionPortion | None) -> VestingConditionPortion | None:
    if portion is None:
        return None
    numbers = {name: Fraction(math.floor(getattr(portion, name))) for name in ("numerator", "denominator")}
    return portion.model_copy(update=numbers)


@inputs_fault("NUM-2", "takes no notice of fractions of a share in the grant")
def grant_cut_off(inputs: Inputs) -> Inputs | None:
    granted = Fraction(math.floor(inputs.granted))
    return None if granted == inputs.granted else dataclasses.replace(inputs, granted=granted)


@plan_fault("AMT-2", "takes no notice of fractions of a share in quantities")
def quantities_cut_off(plan: Plan) -> Plan | None:
    def change(condition: PlannedCondition) -> PlannedAmount:
        amount = condition.amount
        return Quantity(Fraction(math.floor(amount.shares))) if isinstance(amount, Quantity) else amount

    return _with_amounts(plan, change)


@tranche_fault("AMT-3", "takes the remainder of what vested after rounding, not of exact amounts")
def remainder_of_rounded_amounts(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    exact: list[Fraction] = []
    touched = False
    for each in tranches:
        amount = inputs.plan.conditions[each.place].amount
        share = each.exact
        if isinstance(amount, Portion) and amount.remainder:
            touched = True
            vested = sum(rounded(exact, inputs.plan.allocation_type), Fraction(0))
            share = amount.ratio * (inputs.granted - vested)
        exact.append(share)
    if not touched:
        return None
    shares = rounded(exact, inputs.plan.allocation_type)
    return scheduled([each.due for each in tranches], shares, inputs.grant_day)


@tranche_fault("AMT-6", "stops at the grant where the terms vest more")
def clipped_at_the_grant(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    if sum((each.exact for each in tranches), Fraction(0)) <= inputs.granted:
        return None
    left = inputs.granted
    shares = []
    for share in rounded([each.exact for each in tranches], inputs.plan.allocation_type):
        shares.append(min(share, left))
        left -= shares[-1]
    return scheduled([each.due for each in tranches], shares, inputs.grant_day)


@inputs_fault("NUM-1", "holds the grant in a binary floating point number of double precision")
def grant_in_double_precision(inputs: Inputs) -> Inputs | None:
    granted = Fraction(float(inputs.granted))
    return None if granted == inputs.granted else dataclasses.replace(inputs, granted=granted)
