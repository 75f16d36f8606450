"""One case to try, and what the reference engine says about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from vestverify.engine.calendar import parse_day
from vestverify.engine.case import Case, schedule_of
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms
from vestverify.engine.reading import Reading
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.engine.securities import Issuance, Transaction, VestingTransaction, transaction_model
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.engine_protocol import respond
from vestverify.fuzzing.replies import Row


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """What the reference engine says about a case.

    Attributes:
        rows: what vests when, chronological; None where there is no schedule.
        codes: property codes of the defects for which there is none, the first one that explains most.
        unsupported: a feature that the reference engine does not run.
        vested, unvested, exercisable: shares as of the case's day, where it names one.
    """

    rows: tuple[Row, ...] | None = None
    codes: tuple[str, ...] = ()
    unsupported: str | None = None
    vested: Fraction | None = None
    unvested: Fraction | None = None
    exercisable: Fraction | None = None


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One case to try.

    Attributes:
        raw: the case as JSON.
        case: the same, typed; None where OCF's schema does not allow it.
        expected: what the reference engine says about it.
    """

    raw: Mapping[str, Any]
    case: Case | None
    expected: Expected

    @property
    def granted(self) -> Fraction:
        """Shares granted; 0 where that cannot be read."""
        return Fraction(0) if self.case is None else self.case.issuance.quantity


def example_of(raw: Mapping[str, Any], reading: Reading, terms: VestingTerms | None = None) -> Example:
    """Read a case and run it on the reference engine.

    Args:
        raw: the case as JSON.
        reading: which published answers to follow.
        terms: the case's terms, typed, where they are known already.
    """
    case = case_of(raw, terms)
    return Example(raw, case, Expected(codes=("VV003",)) if case is None else expected_of(case, reading))


def case_of(raw: Mapping[str, Any], terms: VestingTerms | None = None) -> Case | None:
    """A case typed; None where OCF's schema does not allow it.

    Args:
        raw: the case as JSON.
        terms: its terms, typed, where they are known already.
    """
    try:
        if terms is None and raw.get("terms") is not None:
            terms = VestingTerms.model_validate(raw["terms"])
        as_of = raw.get("as_of")
        return Case(
            terms,
            Issuance.model_validate(raw["issuance"]),
            tuple(_transaction(each) for each in raw.get("transactions", ())),
            None if as_of is None else parse_day(as_of),
        )
    except (ValidationError, ValueError, KeyError, TypeError):
        return None


def _transaction(raw: Mapping[str, Any]) -> VestingTransaction | Transaction:
    kind = raw["object_type"]
    if kind in ("TX_VESTING_START", "TX_VESTING_EVENT"):
        return VestingTransaction.model_validate(raw)
    return transaction_model(kind).model_validate(raw)


def expected_of(case: Case, reading: Reading) -> Expected:
    """What the reference engine says about a typed case.

    Args:
        case: the grant.
        reading: which published answers to follow.
    """
    try:
        schedule = schedule_of(case, reading)
    except (Unschedulable, DefectiveTerms) as error:
        return Expected(codes=tuple(dict.fromkeys(defect.code for defect in error.defects)))
    except UnsupportedTerms as error:
        return Expected(unsupported=error.feature)
    if case.as_of is None:
        return Expected(rows_of(schedule))
    answer = respond(case, reading)

    def counted(name: str) -> Fraction | None:
        return Fraction(answer[name]) if name in answer else None

    return Expected(
        rows_of(schedule),
        vested=counted("vested"),
        unvested=counted("unvested"),
        exercisable=counted("exercisable"),
    )


def rows_of(schedule: Schedule) -> tuple[Row, ...]:
    """The rows of a schedule as replies have them."""
    return tuple(Row(row.day, Fraction(row.shares)) for row in schedule.installments)
