"""What must hold of any engine's answer, whatever the right one is: no other engine is needed to see it broken."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from vestverify.engine.calendar import format_day
from vestverify.engine.case import Case
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Absolute, DefectiveTerms, compile_terms
from vestverify.fuzzing.replies import Row


def broken_invariants(case: Case, rows: Sequence[Row]) -> tuple[str, ...]:
    """What is wrong with a schedule by itself.

    Args:
        case: the grant.
        rows: what an engine says vests when, as given.

    Returns:
        A sentence for each of: more than the grant (INV-1), a negative number of shares, days that do not rise
        (OUT-1), something before the grant (GRD-1), something before anything was recorded or dated (DAT-7).
    """
    found = []
    total = sum((row.shares for row in rows), Fraction(0))
    if total > case.issuance.quantity:
        granted = format_shares(case.issuance.quantity)
        found.append(f"{format_quantity(total)} of {granted} granted vest (INV-1)")
    if any(row.shares < 0 for row in rows):
        found.append("a negative number of shares vests (AMT-5)")
    days = [row.day for row in rows]
    if any(after <= before for before, after in itertools.pairwise(days)):
        found.append("the rows are not in the order of their dates, one a date (OUT-1)")
    if rows and case.issuance.vestings is None:
        first = min(days)
        if first < case.issuance.date:
            found.append(f"something vests on {format_day(first)}, before the grant (GRD-1)")
        known = _first_known_day(case)
        if known is not None and first < known:
            found.append(f"something vests on {format_day(first)}, before anything could have been met (DAT-7)")
    return tuple(found)


def _first_known_day(case: Case) -> int | None:
    """The first day on which a condition can have been met; None where terms do not decide."""
    if case.terms is None or case.issuance.vesting_terms_id != case.terms.id:
        return None
    try:
        plan = compile_terms(case.terms)
    except DefectiveTerms:
        return None
    dated = [condition.trigger.day for condition in plan.conditions if isinstance(condition.trigger, Absolute)]
    return min((*dated, *(each.date for each in case.own_transactions)), default=None)
