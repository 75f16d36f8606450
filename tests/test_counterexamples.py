"""Every counterexample is a case that the reference engine, asked as anybody would ask it, shows the same for."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import WITHOUT_READINGS, vesting_terms

import vestverify
from vestverify.check import CheckOptions, check_document
from vestverify.documents import load
from vestverify.engine.case import schedule_of
from vestverify.engine.reading import reading_from
from vestverify.engine.schedule import Unschedulable
from vestverify.results import Finding, Verdict
from vestverify.schedule_rows import rows_of

#: Findings about terms that may vest too much as well, which the engine then refuses to schedule.
MAY_EXCEED = {"VV202", "VV203", "VV306", "VV307", "VV310"}
#: Findings of which the total is stated as rounded.
STATE_TOTAL = {"VV302", "VV303", "VV305", "VV311"}


def replayed(finding: Finding) -> tuple[dict[str, str], ...]:
    """The schedule of a counterexample's case; of terms that vest too much, what they literally give."""
    assert finding.counterexample is not None
    document = load("counterexample.json", json.dumps(finding.counterexample.case).encode())
    assert document.all_errors == ()
    assert document.case is not None
    assert document.case.case is not None
    reading = reading_from(document.case.reading)
    if finding.code in MAY_EXCEED:
        with contextlib.suppress(Unschedulable):
            return rows_of(schedule_of(document.case.case, reading))
    elif finding.code != "VV301":
        return rows_of(schedule_of(document.case.case, reading))
    with pytest.raises(Unschedulable) as refused:
        schedule_of(document.case.case, reading)
    assert [defect.code for defect in refused.value.defects] == ["VV301"]
    assert refused.value.schedule is not None
    return rows_of(refused.value.schedule)


@pytest.mark.parametrize("choices", [{}, {"allocation_scope": "condition"}], ids=["default", "condition"])
def test_counterexamples_replay_to_their_schedule_and_facts(choices: dict[str, str]) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def replay(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms())
        for finding in vestverify.check_terms(raw, reading=choices, codes=WITHOUT_READINGS).findings:
            if finding.counterexample is None:
                continue
            seen[finding.code] += 1
            rows = replayed(finding)
            assert rows == finding.counterexample.schedule
            granted = Fraction(finding.counterexample.case["issuance"]["quantity"])
            total = sum((Fraction(row["quantity"]) for row in rows), Fraction(0))
            if finding.code == "VV301":
                assert Fraction(finding.facts["total_vested"]) > granted
            elif finding.code == "VV306":
                assert Fraction(finding.facts["installment"]) < 0
            elif finding.code == "VV307":
                assert Fraction(finding.facts["total_vested"]) != granted
            elif finding.code == "VV310":
                assert Fraction(finding.facts["installment"]).denominator > 1
            elif finding.code in STATE_TOTAL:
                assert Fraction(finding.facts["total_vested"]) == total
                assert (total != granted) if finding.code == "VV305" else (total < granted)

    replay()
    expected = {"VV201", "VV301", "VV302", "VV303", "VV306", "VV307", "VV310", "VV311"} | (
        {"VV305"} if choices else set()
    )
    assert expected <= set(seen)


def case_with(conditions: list[dict[str, Any]], grant: str) -> dict[str, Any]:
    start = {
        "id": "start",
        "trigger": {"type": "VESTING_START_DATE"},
        "quantity": "0",
        "next_condition_ids": [each["id"] for each in conditions],
    }
    terms = {
        "id": "fixed",
        "object_type": "VESTING_TERMS",
        "name": "fixed",
        "description": "fixed numbers of shares",
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": [start, *conditions],
    }
    issuance = {
        "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
        "id": "issuance",
        "security_id": "security",
        "date": "2025-01-01",
        "quantity": grant,
        "vesting_terms_id": "fixed",
    }
    return {"terms": terms, "issuance": issuance, "transactions": []}


def sale(identifier: str, quantity: str) -> dict[str, Any]:
    return {"id": identifier, "trigger": {"type": "VESTING_EVENT"}, "quantity": quantity, "next_condition_ids": []}


def decided(case: dict[str, Any]) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
    document, errors = check_document(load("case.json", json.dumps(case).encode()), CheckOptions())
    assert errors == ()
    (terms,) = document.terms
    named = {found.code: found.condition_ids for found in terms.findings}
    return {each.code: (each.verdict, named.get(each.code, ())) for each in terms.properties}


def test_fixed_quantities_below_the_grant_of_a_case_never_fully_vest() -> None:
    found = decided(case_with([sale("sold", "40")], "100"))
    assert found["VV302"][0] is Verdict.REFUTED
    assert found["VV303"] == (Verdict.REFUTED, ("sold",))
    assert found["VV301"][0] is Verdict.PROVED


def test_one_branch_of_fixed_quantities_below_the_grant_of_a_case_is_named() -> None:
    found = decided(case_with([sale("sold", "100"), sale("listed", "50")], "100"))
    assert found["VV302"][0] is Verdict.PROVED
    assert found["VV303"] == (Verdict.REFUTED, ("listed",))


def test_fixed_quantities_above_the_grant_of_a_case_over_vest_whether_or_not_recorded() -> None:
    found = decided(case_with([sale("sold", "100"), sale("listed", "150")], "100"))
    assert found["VV301"] == (Verdict.REFUTED, ("listed",))


def test_fixed_quantities_that_are_the_grant_of_a_case_are_proved() -> None:
    found = decided(case_with([sale("sold", "100")], "100"))
    assert {found[code][0] for code in ("VV301", "VV302", "VV303", "VV304")} == {Verdict.PROVED}


def test_a_fraction_of_a_share_that_rounding_strands_is_found_in_the_case_that_grants_it() -> None:
    case = case_with([{**sale("sold", "0"), "portion": {"numerator": "1", "denominator": "1"}}], "10.5")
    del case["terms"]["vesting_conditions"][1]["quantity"]
    sold = {"object_type": "TX_VESTING_EVENT", "id": "sold-1", "security_id": "security", "date": "2025-03-01"}
    begun = {**sold, "object_type": "TX_VESTING_START", "id": "begun-1", "date": "2025-01-01"}
    case["transactions"] = [{**begun, "vesting_condition_id": "start"}, {**sold, "vesting_condition_id": "sold"}]
    assert decided(case)["VV305"] == (Verdict.REFUTED, ("sold",))
    case["issuance"]["quantity"] = "10"
    assert decided(case)["VV305"] == (Verdict.PROVED, ())
    case["issuance"]["quantity"] = "10.5"
    case["terms"]["allocation_type"] = "FRACTIONAL"
    assert decided(case)["VV305"] == (Verdict.PROVED, ())
