"""Faults around the date of the grant (GRD-1)."""

from __future__ import annotations

import dataclasses

from vestverify.fuzzing.explanations import Prediction, inputs_fault, tranche_fault
from vestverify.fuzzing.judging import normal
from vestverify.fuzzing.replies import Row
from vestverify.fuzzing.tranches import Inputs, Tranche, rounded


def _placed(inputs: Inputs, tranches: tuple[Tranche, ...]) -> list[Row]:
    shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
    return [Row(each.due, share) for each, share in zip(tranches, shares, strict=True)]


@tranche_fault("GRD-1", "puts an installment on the date of the grant off to the next one")
def deferred_past_the_grant(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    rows = _placed(inputs, tranches)
    if all(row.day > inputs.grant_day for row in rows):
        return None
    day = min((row.day for row in rows if row.day > inputs.grant_day and row.shares), default=inputs.grant_day)
    return normal(Row(day, row.shares) if row.day <= inputs.grant_day else row for row in rows)


@tranche_fault("GRD-1", "leaves installments on dates before the grant")
def before_the_grant(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    return normal(_placed(inputs, tranches))


@tranche_fault("GRD-1", "drops installments dated before the grant")
def dropped_before_the_grant(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    return normal(row for row in _placed(inputs, tranches) if row.day >= inputs.grant_day)


@tranche_fault("GRD-1", "drops installments dated before or on the date of the grant")
def dropped_up_to_the_grant(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    return normal(row for row in _placed(inputs, tranches) if row.day > inputs.grant_day)


@tranche_fault("GRD-1", "vests what accrued before the grant one day after it")
def a_day_after_the_grant(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    rows = _placed(inputs, tranches)
    return normal(Row(inputs.grant_day + 1, row.shares) if row.day <= inputs.grant_day else row for row in rows)


@inputs_fault("GRD-1", "begins vesting on the date of the grant where the start lies before it")
def begins_with_the_grant(inputs: Inputs) -> Inputs | None:
    recorded = {place: max(day, inputs.grant_day) for place, day in inputs.recorded.items()}
    return None if recorded == inputs.recorded else dataclasses.replace(inputs, recorded=recorded)
