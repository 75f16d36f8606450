"""What the records of a security show reaches the reports: at the right place, with facts and advice."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from test_ledger import EVENT_OR_LAPSE, STARTED, Security

from vestverify.case_findings import CaseFindings, security_findings
from vestverify.loaded_security import LoadedSecurity
from vestverify.properties import property_of


def found_in(security: Security) -> CaseFindings:
    """The findings about a security whose parts stand in files of a package."""
    pointers = tuple(f"/Transactions.ocf.json/items/{10 + number}" for number in range(len(security.records)))
    terms_pointer = None if security.vesting_terms is None else "/VestingTerms.ocf.json/items/3"
    raw: dict[str, Any] = {"terms": security.vesting_terms, "issuance": {}, "transactions": list(security.records)}
    loaded = LoadedSecurity(security.case, raw, "/Transactions.ocf.json/items/2", pointers, terms_pointer)
    return security_findings(loaded, security.chosen_reading)


@pytest.mark.parametrize(
    ("code", "place", "security"),
    [
        ("VV505", 11, STARTED.having("VESTING_ACCELERATION", "2024-02-25", quantity="76")),
        (
            "VV506",
            11,
            STARTED.having("VESTING_MODIFICATION", "2024-02-25", vestings=[{"date": "2024-05-01", "amount": "76"}]),
        ),
        ("VV501", 11, STARTED.having("VESTING_MODIFICATION", "2024-02-25", vesting_terms_id="none")),
        ("VV308", 11, STARTED.having("EQUITY_COMPENSATION_RELEASE", "2024-02-25", quantity="-1")),
        (
            "VV508",
            11,
            Security(EVENT_OR_LAPSE).started().having("VESTING_EVENT", "2025-02-01", vesting_condition_id="event"),
        ),
        (
            "VV509",
            12,
            STARTED.having("STOCK_RETRACTION", "2024-02-25").having("VESTING_ACCELERATION", "2024-02-26"),
        ),
        ("VV510", 10, Security(issuance={"date": "2024-01-11"}).started()),
        ("VV502", 11, STARTED.having("VESTING_EVENT", "2024-02-25", vesting_condition_id="none")),
        ("VV504", 11, STARTED.having("VESTING_START", "2024-02-25", vesting_condition_id="start")),
    ],
)
def test_a_finding_stands_where_the_transaction_does(code: str, place: int, security: Security) -> None:
    (finding,) = found_in(security).ledger
    assert (finding.code, finding.pointer) == (code, f"/Transactions.ocf.json/items/{place}")
    assert finding.facts["transaction_id"] == f"t{place - 9}"
    assert finding.advice
    assert finding.severity == property_of(code).severity


def test_what_the_issuance_states_is_found_at_the_issuance() -> None:
    nowhere = dataclasses.replace(STARTED, issuance={"vesting_terms_id": "none"})
    assert [(each.code, each.pointer) for each in found_in(nowhere).ledger] == [
        ("VV501", "/Transactions.ocf.json/items/2/vesting_terms_id")
    ]
    below = dataclasses.replace(STARTED, issuance={"vestings": [{"date": "2024-05-01", "amount": "76"}]})
    assert ("VV506", "/Transactions.ocf.json/items/2/vestings") in [
        (each.code, each.pointer) for each in found_in(below).ledger
    ]


def test_a_refutation_of_the_terms_stands_in_the_terms() -> None:
    doubled = {**EVENT_OR_LAPSE, "vesting_conditions": [dict(each) for each in EVENT_OR_LAPSE["vesting_conditions"]]}
    doubled["vesting_conditions"][0]["portion"] = {"numerator": "5", "denominator": "4"}
    (refutation,) = found_in(Security(doubled).started()).refutations
    assert (refutation.code, refutation.pointer) == (
        "VV301",
        "/VestingTerms.ocf.json/items/3/vesting_conditions/0",
    )


def test_two_securities_have_findings_of_different_identity() -> None:
    accelerated = STARTED.having("VESTING_ACCELERATION", "2024-02-25", quantity="76")
    other = dataclasses.replace(
        accelerated,
        issuance={"security_id": "other"},
        records=tuple({**record, "security_id": "other"} for record in accelerated.records),
    )
    assert found_in(accelerated).ledger[0].identity != found_in(other).ledger[0].identity


def test_an_error_of_the_records_is_told_once_and_hides_no_warning() -> None:
    late = STARTED.having("VESTING_ACCELERATION", "2024-01-01", quantity="500")
    assert [each.code for each in found_in(late).ledger] == ["VV505", "VV510"]


def test_a_kind_that_is_not_run_leaves_the_records_undecided() -> None:
    found = found_in(STARTED.having("STOCK_CLASS_SPLIT", "2024-02-25"))
    assert found.ledger == ()
    assert found.not_decided == ("the transactions of the security: TX_STOCK_CLASS_SPLIT is not supported yet",)


def test_dates_before_the_issuance_are_seen_where_the_terms_cannot_be_run() -> None:
    early = (
        Security(issuance={"date": "2024-03-01"})
        .started()
        .having("VESTING_EVENT", "2024-04-01", vesting_condition_id="x")
    )
    assert sorted(each.code for each in found_in(early).ledger) == ["VV502", "VV510"]
