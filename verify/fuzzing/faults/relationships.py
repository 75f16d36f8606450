"""Faults in EARLIER_OF and LATER_OF conditions (REL-1 to REL-5)."""

from __future__ import annotations

import dataclasses

from vestverify.engine.execution import execute
from vestverify.engine.plan import EarlierOf, LaterOf, Plan, PlannedCondition
from vestverify.engine.vesting_terms import CalculationType
from vestverify.fuzzing.explanations import Prediction, inputs_fault, plan_fault, tranche_fault
from vestverify.fuzzing.faults.graph import with_conditions
from vestverify.fuzzing.tranches import Inputs, Tranche, rounded, scheduled


def _calculated_as(kind: CalculationType) -> None:
    words = f"vests a LATER_OF by {kind}, whatever calculation_type says"

    @plan_fault("REL-4", words, words)
    def fault(plan: Plan) -> Plan | None:
        def change(place: int, condition: PlannedCondition) -> PlannedCondition:
            if not isinstance(condition.trigger, LaterOf):
                return condition
            return dataclasses.replace(condition, trigger=dataclasses.replace(condition.trigger, calculation_type=kind))

        return with_conditions(plan, change)


for _kind in CalculationType:
    _calculated_as(_kind)


@plan_fault("REL-1", "takes the first of the inputs of an EARLIER_OF that is listed, met or not")
def first_input_only(plan: Plan) -> Plan | None:
    def change(place: int, condition: PlannedCondition) -> PlannedCondition:
        if not isinstance(condition.trigger, EarlierOf):
            return condition
        trigger = dataclasses.replace(condition.trigger, inputs=condition.trigger.inputs[:1])
        return dataclasses.replace(condition, trigger=trigger)

    return with_conditions(plan, change)


@plan_fault("REL-2", "lets the input listed last win where several of an EARLIER_OF are met on one day")
def inputs_reversed(plan: Plan) -> Plan | None:
    def change(place: int, condition: PlannedCondition) -> PlannedCondition:
        if not isinstance(condition.trigger, EarlierOf):
            return condition
        trigger = dataclasses.replace(condition.trigger, inputs=condition.trigger.inputs[::-1])
        return dataclasses.replace(condition, trigger=trigger)

    return with_conditions(plan, change)


@plan_fault("REL-3", "vests a LATER_OF although not all of its inputs were met")
def earlier_for_later(plan: Plan) -> Plan | None:
    def change(place: int, condition: PlannedCondition) -> PlannedCondition:
        if not isinstance(condition.trigger, LaterOf):
            return condition
        return dataclasses.replace(condition, trigger=EarlierOf(condition.trigger.inputs))

    return with_conditions(plan, change)


@plan_fault("REL-1", "waits for all inputs of an EARLIER_OF, and adds them up")
def later_for_earlier(plan: Plan) -> Plan | None:
    def change(place: int, condition: PlannedCondition) -> PlannedCondition:
        if not isinstance(condition.trigger, EarlierOf):
            return condition
        return dataclasses.replace(condition, trigger=LaterOf(condition.trigger.inputs, CalculationType.SUM))

    return with_conditions(plan, change)


@inputs_fault("REL-1", "lets every input of a relationship vest by itself, too")
def inputs_vest_themselves(inputs: Inputs) -> Inputs | None:
    plan = inputs.plan
    if not plan.has_relationships or not execute(plan, inputs.recorded, inputs.reading):
        return None
    return dataclasses.replace(inputs, plan=dataclasses.replace(plan, relationship_of=(None,) * len(plan.conditions)))


@tranche_fault("REL-1", "vests all occurrences of the earlier input of an EARLIER_OF at once")
def earlier_input_at_once(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    conditions = inputs.plan.conditions
    passed_on = {
        place
        for place, joined in enumerate(inputs.plan.relationship_of)
        if joined is not None and isinstance(conditions[joined].trigger, EarlierOf)
    }
    days = [each.entered if each.place in passed_on else each.due for each in tranches]
    shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
    return scheduled(days, shares, inputs.grant_day)
