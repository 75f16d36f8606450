"""What one concrete grant shows: VV5xx of its transactions, and VV301 where it is exceeded."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

from vestverify.decision import SCOPE, finding
from vestverify.documents import LoadedCase
from vestverify.engine.case import Case, outcome_of, recorded_days, schedule_of, total_of
from vestverify.engine.defects import Defect
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms, compile_terms
from vestverify.engine.reading import Reading, Source
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.results import Counterexample, Finding, Method, PropertyResult, Severity, TermsResult, Verdict
from vestverify.schedule_rows import rows_of

_ADVICE = {
    "VV501": "add the terms, or correct vesting_terms_id",
    "VV502": "name a condition of these terms",
    "VV503": "use TX_VESTING_START for a VESTING_START_DATE condition, TX_VESTING_EVENT for a VESTING_EVENT condition",
    "VV504": "keep one of them",
    "VV506": "let the amounts add up to the quantity of the issuance",
    "VV507": "correct one of them, or state one only",
    "VV301": "let the amounts add up to the quantity of the issuance",
    "VV308": "write amounts of 0 or more",
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
    """Run one grant on the reference engine and collect what is wrong with it.

    Args:
        loaded: a case that could be read.
        reading: which published answers to follow.
    """
    case = loaded.case
    assert case is not None
    ran = _run(case, reading)
    defects = (*ran.defects, *_other_transaction_defects(case, reading, ran.defects))
    over = next((defect for defect in defects if defect.code == "VV301" and defect.condition_id is not None), None)
    ledger = [_finding(defect, loaded) for defect in defects if defect.code in _ADVICE and defect is not over]
    ledger.extend(_vestings_below(case))
    if case.terms is not None and case.issuance.vestings is not None and ran.schedule is not None:
        agreement = _run(case, dataclasses.replace(reading, source=Source.BOTH_MUST_AGREE))
        ledger.extend(_finding(each, loaded) for each in agreement.defects if each.code == "VV507")
    if not any(found.code == "VV501" for found in ledger):
        ledger.extend(_missing_terms(case))
    literal = rows_of(ran.literal) if ran.literal is not None else ()
    refutations = [_over_vesting(over, loaded, literal)] if over else []
    not_decided: tuple[str, ...] = ()
    if ran.schedule is not None:
        refutations.extend(_rounding(case, loaded, reading))
    elif ran.unsupported is not None:
        not_decided = (f"the transactions of the case: {ran.unsupported} is not supported yet",)
    return CaseFindings(tuple(ledger), tuple(refutations), not_decided)


def _missing_terms(case: Case) -> tuple[Finding, ...]:
    """Terms that are named and not there are missing, also where explicit vestings decide the schedule."""
    wanted = case.issuance.vesting_terms_id
    if wanted is None or (case.terms is not None and case.terms.id == wanted):
        return ()
    return (
        finding(
            "VV501",
            f"the issuance names the vesting terms {wanted!r}, which are not there",
            "/issuance/vesting_terms_id",
            facts={"transaction_id": None},
            advice=_ADVICE["VV501"],
            identity=("", ""),
        ),
    )


def _other_transaction_defects(case: Case, reading: Reading, known: tuple[Defect, ...]) -> tuple[Defect, ...]:
    """Transactions are checked even where something else decided the schedule."""
    if case.terms is None or any(defect.code in _TRANSACTION_CODES for defect in known):
        return ()
    try:
        recorded_days(compile_terms(case.terms), case.own_transactions, reading)
    except Unschedulable as error:
        return error.defects
    except (DefectiveTerms, UnsupportedTerms):
        pass
    return ()


def _pointer_of(defect: Defect, loaded: LoadedCase) -> str:
    if defect.transaction_id is not None or defect.code in _TRANSACTION_CODES:
        transactions = loaded.raw.get("transactions", [])
        for number in reversed(range(len(transactions))):
            item = transactions[number]
            if item.get("id") == defect.transaction_id and item.get("vesting_condition_id") == defect.condition_id:
                return f"/transactions/{number}"
    if defect.code == "VV501":
        return "/issuance/vesting_terms_id"
    return "/issuance/vestings"


def _finding(defect: Defect, loaded: LoadedCase) -> Finding:
    return finding(
        defect.code,
        defect.message,
        _pointer_of(defect, loaded),
        (defect.condition_id,) if defect.condition_id is not None else (),
        facts={"transaction_id": defect.transaction_id},
        advice=_ADVICE[defect.code],
        identity=(defect.condition_id or "", defect.transaction_id or ""),
    )


def _vestings_below(case: Case) -> tuple[Finding, ...]:
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
            "/issuance/vestings",
            severity=Severity.WARNING,
            facts={"grant_quantity": format_quantity(case.issuance.quantity), "total_vested": format_quantity(total)},
            advice=_ADVICE["VV506"],
            identity=("below",),
        ),
    )


def _rounding(case: Case, loaded: LoadedCase, reading: Reading) -> tuple[Finding, ...]:
    """The grant need not be whole here, unlike in what is proved for all grants."""
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
            f"/terms/vesting_conditions/{vesting[-1]}",
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
                _as_stated(loaded),
                rows_of(outcome.schedule),
                f"In this case the installments add up to {format_shares(total)}: {off}",
            ),
            identity=("this case",),
        ),
    )


def _as_stated(loaded: LoadedCase) -> dict[str, Any]:
    kept = ("format", "name", "terms", "issuance", "transactions", "as_of", "reading")
    return {key: loaded.raw[key] for key in kept if key in loaded.raw}


def _over_vesting(defect: Defect, loaded: LoadedCase, schedule: tuple[dict[str, str], ...]) -> Finding:
    case = loaded.case
    assert case is not None
    assert case.terms is not None
    assert defect.condition_id is not None
    place = [condition.id for condition in case.terms.vesting_conditions].index(defect.condition_id)
    grant: Fraction = case.issuance.quantity
    return finding(
        "VV301",
        defect.message,
        f"/terms/vesting_conditions/{place}",
        (defect.condition_id,),
        facts={"grant_quantity": format_quantity(grant)},
        advice="grant more shares, or let the terms vest fewer",
        counterexample=Counterexample(_as_stated(loaded), schedule, f"In this case, {defect.message}"),
        identity=(defect.condition_id,),
    )
