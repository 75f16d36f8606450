"""One grant under one set of terms: from OCF's transactions to a schedule."""

from __future__ import annotations

from vestverify.engine.grant import Case, days_of_terms, outcome_of, recorded_days, schedule_of_terms, total_of
from vestverify.engine.ledger import ledger_of
from vestverify.engine.reading import Reading
from vestverify.engine.schedule import Schedule, Unschedulable

__all__ = ["Case", "days_of_terms", "outcome_of", "recorded_days", "schedule_of", "total_of"]


def schedule_of(case: Case, reading: Reading) -> Schedule:
    """The vesting schedule of a case.

    Args:
        case: the grant.
        reading: which published answers to follow.

    Returns:
        The schedule.

    Raises:
        Unschedulable: the case has a defect: a reference to missing terms, a transaction that fits no
            condition, explicit vestings above the grant, terms that vest more than the grant, an acceleration
            of more than is unvested, a transaction after the end of the security.
        DefectiveTerms: the terms have a structural defect.
        UnsupportedTerms: a feature that the engine does not run.
    """
    if not case.has_ledger:
        return schedule_of_terms(case, reading)
    ledger = ledger_of(case, reading)
    errors = tuple(defect for defect in ledger.defects if defect.is_error)
    if errors:
        raise Unschedulable(errors)
    return ledger.schedule
