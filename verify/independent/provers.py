"""The deciders for terms whose siblings are independent, in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Callable

from vestverify.decision import Decision
from vestverify.independent.amounts import (
    decide_fitting_grants,
    decide_forfeiting,
    decide_full_vesting,
    decide_negative_installments,
    decide_over_vesting,
    decide_under_vesting,
)
from vestverify.independent.dates import decide_date_range, decide_overdue, decide_ties
from vestverify.independent.entering import decide_entering
from vestverify.independent.rounding import decide_fractional_shares, decide_rounding
from vestverify.subject import Subject

#: Each decides some codes.
PROVERS: tuple[tuple[Callable[[Subject], tuple[Decision, ...]], tuple[str, ...]], ...] = (
    (lambda each: (decide_entering(each),), ("VV201",)),
    (lambda each: (decide_over_vesting(each),), ("VV301",)),
    (decide_full_vesting, ("VV302", "VV304")),
    (lambda each: (decide_under_vesting(each),), ("VV303",)),
    (lambda each: (decide_rounding(each),), ("VV305",)),
    (lambda each: (decide_ties(each),), ("VV202",)),
    (lambda each: (decide_overdue(each),), ("VV203",)),
    (lambda each: (decide_date_range(each),), ("VV204",)),
    (lambda each: (decide_negative_installments(each),), ("VV306",)),
    (lambda each: (decide_fitting_grants(each),), ("VV307",)),
    (lambda each: (decide_fractional_shares(each),), ("VV310",)),
    (lambda each: (decide_forfeiting(each),), ("VV311",)),
)

__all__ = ["PROVERS"]
