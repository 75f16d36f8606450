"""What one concrete grant shows: VV5xx of its transactions, and VV301 where it is exceeded."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

from vestverify.decision import SCOPE, finding
from vestverify.documents import LoadedCase
from vestverify.engine.case import Case, explicit_total, recorded_days, schedule_of
from vestverify.engine.defects import Defect
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms, compile_terms
from vestverify.engine.reading import Reading, Source
from vestverify.engine.schedule import Unschedulable
from vestverify.results import Counterexample, Finding, Method, Severity, TermsResult, Verdict
from vestverify.witness import rows_of

_ADVICE = {
    "VV501": "add the terms, or correct vesting_terms_id",
    "VV502": "name a condition of these terms",
    "VV503": "use TX_VESTING_START for a VESTING_START_DATE condition, TX_VESTING_EVENT for a VESTING_EVENT condition",
    "VV504": "keep one of them",
    "VV506": "let the amounts add up to the quantity of the issuance",
    "VV507": "correct one of them, or state one only",
    "VV308": "write amounts of 0 or more",
}


@dataclasses.dataclass(frozen=True, slots=True)
class CaseFindings:
    """What one grant shows.

    Attributes:
        ledger: findings about its transactions and explicit vestings.
        not_decided: what was not checked, in sentences.
        over_vesting: VV301 for this very grant, if its terms vest more than was granted.
    """

    ledger: tuple[Finding, ...]
    over_vesting: Finding | None
    not_decided: tuple[str, ...] = ()

    def with_over_vesting(self, terms: TermsResult) -> TermsResult:
        """The result on the terms, refuted by this grant unless it was already."""
        if self.over_vesting is None or any(found.code == "VV301" for found in terms.findings):
            return terms
        properties = tuple(
            dataclasses.replace(
                result,
                verdict=Verdict.REFUTED,
                method=Method.EXHAUSTIVE,
                reason="",
                scope={**SCOPE, "grant_quantity": "this case's"},
            )
            if result.code == "VV301"
            else result
            for result in terms.properties
        )
        return dataclasses.replace(terms, properties=properties, findings=(*terms.findings, self.over_vesting))


def case_findings(loaded: LoadedCase, reading: Reading) -> CaseFindings:
    """Run one grant on the reference engine and collect what is wrong with it.

    Args:
        loaded: a case that could be read.
        reading: which published answers to follow.
    """
    case = loaded.case
    assert case is not None
    defects = list(_defects(case, reading))
    over = next((defect for defect in defects if defect.code == "VV301"), None)
    schedule = _literal_schedule(case, reading) if over else ()
    ledger = [_finding(defect, loaded) for defect in defects if defect.code in _ADVICE]
    ledger.extend(_vestings_below(case))
    if not any(found.code == "VV507" for found in ledger):
        agreement = dataclasses.replace(reading, source=Source.BOTH_MUST_AGREE)
        ledger.extend(_finding(each, loaded) for each in _defects(case, agreement) if each.code == "VV507")
    if not any(found.code == "VV501" for found in ledger):
        ledger.extend(_missing_terms(case))
    return CaseFindings(
        tuple(ledger), _over_vesting(over, loaded, schedule) if over else None, _not_decided(case, reading)
    )


def _not_decided(case: Case, reading: Reading) -> tuple[str, ...]:
    try:
        schedule_of(case, reading)
    except UnsupportedTerms as error:
        return (f"the transactions of the case: {error.feature} is not supported yet",)
    except (Unschedulable, DefectiveTerms):
        pass
    return ()


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


def _defects(case: Case, reading: Reading) -> tuple[Defect, ...]:
    found: list[Defect] = []
    try:
        schedule_of(case, reading)
    except Unschedulable as error:
        found.extend(error.defects)
    except (DefectiveTerms, UnsupportedTerms):
        pass
    if any(defect.code in ("VV502", "VV503", "VV504") for defect in found) or case.terms is None:
        return tuple(found)
    # Transactions are checked even where something else decided the schedule.
    own = tuple(item for item in case.transactions if item.security_id == case.issuance.security_id)
    try:
        recorded_days(compile_terms(case.terms), own, reading)
    except Unschedulable as error:
        found.extend(error.defects)
    except (DefectiveTerms, UnsupportedTerms):
        pass
    return tuple(found)


def _pointer_of(defect: Defect, loaded: LoadedCase) -> str:
    if defect.transaction_id is not None or defect.code in ("VV502", "VV503", "VV504"):
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
    total = explicit_total(case.issuance)
    if total is None or total >= case.issuance.quantity:
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


def _literal_schedule(case: Case, reading: Reading) -> tuple[dict[str, str], ...]:
    try:
        return rows_of(schedule_of(case, reading))
    except Unschedulable as error:
        return rows_of(error.schedule) if error.schedule is not None else ()


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
        counterexample=Counterexample(
            {
                key: loaded.raw[key]
                for key in ("format", "name", "terms", "issuance", "transactions", "as_of", "reading")
                if key in loaded.raw
            },
            schedule,
            f"This case's grant of {format_quantity(grant)} shares: {defect.message}",
        ),
        identity=(defect.condition_id,),
    )
