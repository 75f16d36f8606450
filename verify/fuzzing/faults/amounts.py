"""Faults in what vests before rounding (AMT-1 to AMT-6, NUM-1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

from vestverify.engine.plan import Plan, PlannedAmount, PlannedCondition, Portion, Quantity
from vestverify.fuzzing.explanations import Prediction, inputs_fault, plan_fault, tranche_fault
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
