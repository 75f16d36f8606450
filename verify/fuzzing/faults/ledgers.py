"""Faults in what else is recorded on a security (ACC-1, TXN-2, TXN-3)."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from vestverify.engine.case import Case
from vestverify.engine.reading import Reading
from vestverify.engine.securities import Acceleration, Cancellation, Retraction, Transaction, Transfer
from vestverify.fuzzing.explanations import Prediction, case_fault, rows_for
from vestverify.fuzzing.judging import normal
from vestverify.fuzzing.replies import Row


def _without(case: Case, *kinds: type[Transaction]) -> Case | None:
    kept = tuple(each for each in case.transactions if not isinstance(each, kinds))
    return None if len(kept) == len(case.transactions) else dataclasses.replace(case, transactions=kept)


def _ignoring(rule: str, words: str, *kinds: type[Transaction]) -> None:
    @case_fault(rule, f"takes no notice of {words}", f"ignores {words}")
    def fault(case: Case, reading: Reading) -> Prediction:
        without = _without(case, *kinds)
        return None if without is None else rows_for(without, reading)


_ignoring("ACC-1", "accelerations", Acceleration)
_ignoring("TXN-2", "cancellations", Cancellation)
_ignoring("TXN-2", "cancellations and transfers", Cancellation, Transfer)
_ignoring("TXN-3", "retractions", Retraction)
_ignoring("TXN-2", "everything but starts and events", Transaction)


@case_fault("ACC-1", "vests accelerated shares beside the schedule, instead of ahead of it")
def accelerated_shares_are_extra(case: Case, reading: Reading) -> Prediction:
    without = _without(case, Acceleration)
    rows = None if without is None else rows_for(without, reading)
    if not isinstance(rows, tuple):
        return None
    extra = [
        Row(each.date, each.quantity)
        for each in case.own_transactions
        if isinstance(each, Acceleration) and each.quantity is not None
    ]
    return normal((*rows, *extra))


@case_fault("ACC-3", "accelerates no more than is unvested, though more is recorded")
def acceleration_clipped(case: Case, reading: Reading) -> Prediction:
    without = _without(case, Acceleration)
    rows = None if without is None else rows_for(without, reading)
    if not isinstance(rows, tuple):
        return None
    day = min(each.date for each in case.own_transactions if isinstance(each, Acceleration))
    later = sum((row.shares for row in rows if row.day > day), Fraction(0))
    return normal((*(row for row in rows if row.day <= day), Row(day, later)))


@case_fault("TXN-2", "takes no notice of what ends a security, and vests everything on the day it does")
def everything_vests_at_the_end(case: Case, reading: Reading) -> Prediction:
    without = _without(case, Cancellation)
    rows = None if without is None else rows_for(without, reading)
    if not isinstance(rows, tuple):
        return None
    day = min(each.date for each in case.own_transactions if isinstance(each, Cancellation))
    return normal(Row(min(row.day, day), row.shares) for row in rows)
