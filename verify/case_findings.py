"""What one concrete grant shows: VV5xx of its transactions, and VV301 where it is exceeded."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

from vestverify.decision import SCOPE, finding
from vestverify.engine.case import Case, days_of_terms, outcome_of, schedule_of, total_of
from vestverify.engine.defects import Defect
from vestverify.engine.ledger import before_issuance, defects_of
from vestverify.engine.ledger_events import LedgerDefect
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms, compile_terms
from vestverify.engine.reading import Reading, Source
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.engine.securities import VestingTransaction
from vestverify.loaded_document import LoadedCase
from vestverify.loaded_security import LoadedSecurity
from vestverify.results import Counterexample, Finding, Method, PropertyResult, Severity, TermsResult, Verdict
from vestverify.schedule_rows import rows_of

_ADVICE = {
    "VV501": "add the terms, or correct vesting_terms_id",
    "VV502": "name a condition of these terms",
    "VV503": "use TX_VESTING_START for a VESTING_START_DATE condition, TX_VESTING_EVENT for a VESTING_EVENT condition",
    "VV504": "keep one of them",
    "VV505": "accelerate no more than is unvested, or correct the date; with neither quantity nor portion all of it vests",
    "VV506": "let the amounts add up to the quantity of the issuance",
    "VV507": "correct one of them, or state one only",
    "VV508": "correct its date or the condition that it names, or take it out",
    "VV509": "correct its date, or its security_id: what goes on under another security is recorded there",
    "VV510": "correct the date of one of them",
    "VV301": "let the amounts add up to the quantity of the issuance",
    "VV308": "write amounts of 0 or more",
}
#: What to do about the same in a transaction that accelerates or replaces a schedule.
_ADVICE_ON_TRANSACTION = {
    "VV301": "let the terms vest no more than is unvested on that day",
    "VV501": "add the terms, or correct vesting_terms_id",
    "VV506": "let the amounts add up to what is unvested on that day",
    "VV308": "write a denominator above 0, and amounts of 0 or more",
}
_TRANSACTION_CODES = ("VV502", "VV503", "VV504")


@dataclasses.dataclass(frozen=True, slots=True)
class CaseFindings:
    """What one grant shows.

    Attributes:
        ledger: findings about its transactions and explicit vestings.
        not_decided: what was not checked, in sentences.
        refutations: findings about the terms that this very grant shows: VV301, VV305.
    """

    ledger: tuple[Finding, ...]
    refutations: tuple[Finding, ...]
    not_decided: tuple[str, ...] = ()

    def applied_to(self, terms: TermsResult) -> TermsResult:
        """The result on the terms, refuted by this grant where it was not already."""
        for refutation in self.refutations:
            if not any(found.code == refutation.code for found in terms.findings):
                terms = dataclasses.replace(
                    terms,
                    properties=tuple(_refuted_by(refutation, result) for result in terms.properties),
                    findings=(*terms.findings, refutation),
                )
        return terms


def _refuted_by(refutation: Finding, result: PropertyResult) -> PropertyResult:
    if result.code != refutation.code:
        return result
    return dataclasses.replace(
        result,
        verdict=Verdict.REFUTED,
        method=Method.EXHAUSTIVE,
        reason="",
        scope={**SCOPE, "grant_quantity": "this case's"},
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Run:
    """What the engine makes of a case.

    Attributes:
        schedule: what vests when; None where there is a defect or something unsupported.
        defects: why no schedule can stand; those of the terms' structure are left to their own properties.
        literal: what defective terms literally give, where that is more than was granted.
        unsupported: a feature that the engine does not run.
    """

    schedule: Schedule | None = None
    defects: tuple[Defect, ...] = ()
    literal: Schedule | None = None
    unsupported: str | None = None


def _run(case: Case, reading: Reading) -> _Run:
    try:
        return _Run(schedule_of(case, reading))
    except Unschedulable as error:
        return _Run(defects=error.defects, literal=error.schedule)
    except DefectiveTerms:
        return _Run()
    except UnsupportedTerms as error:
        return _Run(unsupported=error.feature)


def case_findings(loaded: LoadedCase, reading: Reading) -> CaseFindings:
    """Run the grant of a case on the reference engine and collect what is wrong with it.

    Args:
        loaded: a case that could be read.
        reading: which published answers to follow.
    """
    case = loaded.case
    assert case is not None
    pointers = tuple(f"/transactions/{number}" for number in range(len(case.transactions)))
    terms_pointer = None if case.terms is None else "/terms"
    return security_findings(LoadedSecurity(case, loaded.raw, "/issuance", pointers, terms_pointer), reading)


def security_findings(security: LoadedSecurity, reading: Reading) -> CaseFindings:
    """Run one grant on the reference engine and collect what is wrong with it.

    Args:
        security: a security with what was recorded on it, and where each of these stands.
        reading: which published answers to follow.
    """
    case = security.case
    ran = _run(case, reading)
    of_records = None if ran.unsupported is not None else _ledger_defects(case, reading)
    defects: tuple[Defect, ...] = (*ran.defects, *_other_transaction_defects(case, reading, ran.defects))
    if of_records is not None:
        defects = (*(defect for defect in defects if not isinstance(defect, LedgerDefect)), *of_records)
    over = next((defect for defect in defects if defect.code == "VV301" and defect.condition_id is not None), None)
    ledger = [_finding(defect, security) for defect in defects if defect.code in _ADVICE and defect is not over]
    ledger.extend(_vestings_below(security))
    if case.terms is not None and case.issuance.vestings is not None and ran.schedule is not None:
        agreement = _run(case, dataclasses.replace(reading, source=Source.BOTH_MUST_AGREE))
        ledger.extend(_finding(each, security) for each in agreement.defects if each.code == "VV507")
    if not any(found.pointer == f"{security.issuance_pointer}/vesting_terms_id" for found in ledger):
        ledger.extend(_missing_terms(security))
    literal = rows_of(ran.literal) if ran.literal is not None else ()
    refutations = [_over_vesting(over, security, literal)] if over else []
    not_decided: tuple[str, ...] = ()
    if ran.schedule is not None:
        refutations.extend(_rounding(security, reading))
    elif ran.unsupported is not None:
        not_decided = (f"the transactions of the security: {ran.unsupported} is not supported yet",)
    return CaseFindings(tuple(ledger), tuple(refutations), not_decided)


def _ledger_defects(case: Case, reading: Reading) -> tuple[LedgerDefect, ...]:
    """What the records show of each other; where the terms cannot be run, of their dates only."""
    try:
        return defects_of(case, reading)
    except (Unschedulable, DefectiveTerms, UnsupportedTerms):
        return before_issuance(case)


def _missing_terms(security: LoadedSecurity) -> tuple[Finding, ...]:
    """Terms that are named and not there are missing, also where explicit vestings decide the schedule."""
    case = security.case
    wanted = case.issuance.vesting_terms_id
    if wanted is None or (case.terms is not None and case.terms.id == wanted):
        return ()
    return (
        finding(
            "VV501",
            f"the issuance names the vesting terms {wanted!r}, which are not there",
            f"{security.issuance_pointer}/vesting_terms_id",
            facts={"transaction_id": None},
            advice=_ADVICE["VV501"],
            identity=(case.issuance.security_id, "", ""),
        ),
    )


def _other_transaction_defects(case: Case, reading: Reading, known: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """Transactions are checked even where something else decided the schedule."""
    if case.terms is None or any(defect.code in _TRANSACTION_CODES for defect in known):
        return ()
    try:
        days_of_terms(case, compile_terms(case.terms), reading)
    except Unschedulable as error:
        return error.defects
    except (DefectiveTerms, UnsupportedTerms):
        pass
    return ()


def _pointer_of(defect: Defect, security: LoadedSecurity) -> str:
    if isinstance(defect, LedgerDefect):
        return security.transaction_pointers[defect.place]
    if defect.transaction_id is not None or defect.code in _TRANSACTION_CODES:
        stated = list(zip(security.case.transactions, security.transaction_pointers, strict=True))
        for item, pointer in reversed(stated):
            if (
                isinstance(item, VestingTransaction)
                and item.id == defect.transaction_id
                and item.vesting_condition_id == defect.condition_id
            ):
                return pointer
    field = "vesting_terms_id" if defect.code == "VV501" else "vestings"
    return f"{security.issuance_pointer}/{field}"


def _finding(defect: Defect, security: LoadedSecurity) -> Finding:
    advice = _ADVICE[defect.code]
    facts: dict[str, Any] = {"transaction_id": defect.transaction_id}
    if isinstance(defect, LedgerDefect):
        advice = _ADVICE_ON_TRANSACTION.get(defect.code, advice)
        facts |= defect.facts
    return finding(
        defect.code,
        defect.message,
        _pointer_of(defect, security),
        (defect.condition_id,) if defect.condition_id is not None else (),
        facts=facts,
        advice=advice,
        identity=(security.case.issuance.security_id, defect.condition_id or "", defect.transaction_id or ""),
    )


def _vestings_below(security: LoadedSecurity) -> tuple[Finding, ...]:
    case = security.case
    if case.issuance.vestings is None:
        return ()
    total = total_of(case.issuance.vestings)
    if total >= case.issuance.quantity:
        return ()
    missing = case.issuance.quantity - total
    return (
        finding(
            "VV506",
            f"vestings add up to {format_quantity(total)} of {format_quantity(case.issuance.quantity)} shares granted; {format_quantity(missing)} never vest",
            f"{security.issuance_pointer}/vestings",
            severity=Severity.WARNING,
            facts={"grant_quantity": format_quantity(case.issuance.quantity), "total_vested": format_quantity(total)},
            advice=_ADVICE["VV506"],
            identity=(case.issuance.security_id, "below"),
        ),
    )


def _rounding(security: LoadedSecurity, reading: Reading) -> tuple[Finding, ...]:
    """The grant need not be whole here, unlike in what is proved for all grants."""
    case = security.case
    if case.terms is None or case.issuance.vesting_terms_id is None:
        return ()
    try:
        outcome = outcome_of(case, reading)
    except (Unschedulable, DefectiveTerms, UnsupportedTerms):
        return ()
    grant, total = case.issuance.quantity, outcome.schedule.total
    if sum(outcome.entitled, Fraction(0)) != grant or total == grant:
        return ()
    conditions = case.terms.vesting_conditions
    vesting = [entry.place for entry, due in zip(outcome.entries, outcome.entitled, strict=True) if due]
    off = f"{format_shares(abs(total - grant))} {'too many' if total > grant else 'missing'}"
    return (
        finding(
            "VV305",
            f"{case.terms.allocation_type} rounding does not add up to this grant of {format_quantity(grant)}: {format_quantity(total)} is the total, {off}",
            f"{security.terms_pointer}/vesting_conditions/{vesting[-1]}",
            tuple(conditions[place].id for place in reversed(vesting)),
            facts={
                "grant_quantity": format_quantity(grant),
                "total_vested": format_quantity(total),
                "failing_quantities": None,
                "certified": False,
                "path": [conditions[entry.place].id for entry in outcome.entries],
            },
            advice="grant whole shares, or use FRACTIONAL",
            counterexample=Counterexample(
                _as_stated(security),
                rows_of(outcome.schedule),
                f"In this case the installments add up to {format_shares(total)}: {off}",
            ),
            identity=("this case",),
        ),
    )


def _as_stated(security: LoadedSecurity) -> dict[str, Any]:
    kept = ("format", "name", "terms", "issuance", "transactions", "as_of", "reading")
    return {key: security.raw[key] for key in kept if key in security.raw}


def _over_vesting(defect: Defect, security: LoadedSecurity, schedule: tuple[dict[str, str], ...]) -> Finding:
    case = security.case
    assert case.terms is not None
    assert defect.condition_id is not None
    place = [condition.id for condition in case.terms.vesting_conditions].index(defect.condition_id)
    grant: Fraction = case.issuance.quantity
    return finding(
        "VV301",
        defect.message,
        f"{security.terms_pointer}/vesting_conditions/{place}",
        (defect.condition_id,),
        facts={"grant_quantity": format_quantity(grant)},
        advice="grant more shares, or let the terms vest fewer",
        counterexample=Counterexample(_as_stated(security), schedule, f"In this case, {defect.message}"),
        identity=(defect.condition_id,),
    )
