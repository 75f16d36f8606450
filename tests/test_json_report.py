"""The report for machines: shape, order, fingerprints, and what must not depend on position or path."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from vestverify.reports.json_report import counterexample_id, fingerprint, render, summary
from vestverify.results import (
    Counterexample,
    DocumentKind,
    DocumentResult,
    Finding,
    Method,
    Position,
    PropertyResult,
    Related,
    RunResult,
    Severity,
    TermsResult,
    Verdict,
)

SCHEMA = json.loads((Path(__file__).parent / "contract" / "report-1.schema.json").read_text(encoding="utf-8"))

CASE: dict[str, Any] = {
    "format": "vestverify.case/1",
    "name": "smallest",
    "terms": {"id": "4yr", "vesting_conditions": []},
    "issuance": {"object_type": "TX_STOCK_ISSUANCE", "security_id": "s", "date": "2025-01-01", "quantity": "125"},
    "transactions": [],
}


def make_finding(**changes: Any) -> Finding:
    finding = Finding(
        code="VV305",
        slug="rounding-breaks-total",
        severity=Severity.ERROR,
        message="124 of 125 shares vest",
        pointer="/vesting_conditions/2",
        condition_ids=("monthly",),
        related=(Related("/vesting_conditions/1", "rounded by itself"), Related("/nowhere", "unknown place")),
        facts={"grant_quantity": "125", "failing_quantities": {"modulus": 2, "residues": [1], "from": 1}},
        counterexample=Counterexample(CASE, ({"date": "2026-01-01", "quantity": "124"},), "With 125 shares."),
        identity=("monthly",),
    )
    return dataclasses.replace(finding, **changes)


def make_run(*findings: Finding, **changes: Any) -> RunResult:
    refuted = PropertyResult(
        "VV305", "rounding-breaks-total", "the installments add up", Severity.ERROR, Verdict.REFUTED, Method.EXHAUSTIVE
    )
    opened = PropertyResult(
        "VV201", "condition-never-entered", "all can be entered", Severity.ERROR, Verdict.OPEN, reason="budget used up"
    )
    proved = PropertyResult(
        "VV101",
        "cyclic-conditions",
        "no condition leads back to itself",
        Severity.ERROR,
        Verdict.PROVED,
        Method.STRUCTURAL,
        {"grant_quantity": ">= 1"},
        ("one start",),
    )
    document = DocumentResult(
        path="terms.json",
        sha256="ab" * 32,
        kind=DocumentKind.VESTING_TERMS,
        terms=(TermsResult("4yr", "Four years", "", (refuted, opened, proved), findings),),
        positions={"/vesting_conditions/2": Position(41, 7, 60, 8), "/vesting_conditions/1": Position(20, 5, 39, 6)},
    )
    run = RunResult("0.1.0", "z3 5.4", "default", 8_000_000, (document,), (), 1)
    return dataclasses.replace(run, **changes)


def unreadable(path: str = "gone.json") -> DocumentResult:
    error = Finding("VV001", "unreadable-document", Severity.ERROR, "there is no such file", "")
    return DocumentResult(path=path, sha256="", kind=None, errors=(error,))


def test_a_report_follows_the_schema_of_the_contract() -> None:
    jsonschema.validate(json.loads(render(make_run(make_finding()))), SCHEMA)


def test_a_report_of_an_unreadable_document_follows_the_schema() -> None:
    run = make_run(documents=(unreadable(),), exit_code=2)
    report = json.loads(render(run))
    jsonschema.validate(report, SCHEMA)
    assert report["documents"][0]["sha256"] is None
    assert report["documents"][0]["kind"] is None


def test_the_schema_refuses_a_report_with_a_key_too_many_or_too_few() -> None:
    report = json.loads(render(make_run(make_finding())))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**report, "extra": 1}, SCHEMA)
    del report["documents"][0]["terms"][0]["findings"][0]["counterexample"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, SCHEMA)


def test_keys_appear_in_the_order_of_the_contract() -> None:
    report = json.loads(render(make_run(make_finding())))
    document = report["documents"][0]
    terms = document["terms"][0]
    finding = terms["findings"][0]
    assert list(report) == ["format", "tool", "reading", "budget", "exit_code", "documents", "summary"]
    assert list(document) == ["path", "sha256", "kind", "errors", "terms", "ledger"]
    assert list(terms) == ["id", "name", "pointer", "verdict", "properties", "findings"]
    assert list(terms["properties"][0]) == [
        "code", "slug", "promise", "verdict", "severity", "method", "scope", "assumptions", "reason",
    ]  # fmt: skip
    assert list(finding) == [
        "code", "slug", "severity", "message", "condition_ids", "fingerprint", "location", "related", "facts",
        "counterexample",
    ]  # fmt: skip
    assert list(finding["location"]) == ["pointer", "line", "column", "end_line", "end_column"]
    assert list(finding["related"][0]) == ["pointer", "line", "column", "label"]
    assert list(finding["counterexample"]) == ["id", "case", "schedule"]
    assert list(report["summary"]) == [
        "documents", "terms", "proved", "refuted", "open", "not_applicable", "errors", "warnings", "infos",
        "suppressed",
    ]  # fmt: skip


def test_places_are_looked_up_and_null_where_unknown() -> None:
    finding = json.loads(render(make_run(make_finding())))["documents"][0]["terms"][0]["findings"][0]
    assert finding["location"] == {
        "pointer": "/vesting_conditions/2", "line": 41, "column": 7, "end_line": 60, "end_column": 8,
    }  # fmt: skip
    assert finding["related"] == [
        {"pointer": "/vesting_conditions/1", "line": 20, "column": 5, "label": "rounded by itself"},
        {"pointer": "/nowhere", "line": None, "column": None, "label": "unknown place"},
    ]


def test_nothing_to_say_is_null() -> None:
    report = json.loads(render(make_run(make_finding(counterexample=None))))
    terms = report["documents"][0]["terms"][0]
    assert terms["findings"][0]["counterexample"] is None
    assert terms["properties"][0]["reason"] is None
    assert terms["properties"][1]["method"] is None
    assert terms["properties"][1]["reason"] == "budget used up"


def test_the_text_ends_with_one_line_feed_and_is_indented_by_two_spaces() -> None:
    text = render(make_run())
    assert text.startswith('{\n  "format": "vestverify.report/1",\n')
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_characters_that_harm_a_terminal_or_utf8_are_escaped_and_read_back_the_same() -> None:
    message = "a\x1b[31m\x7f\x9b\u202e\u2028\ud800\U000e0041é\N{SNOWMAN}"
    text = render(make_run(make_finding(message=message)))
    assert json.loads(text)["documents"][0]["terms"][0]["findings"][0]["message"] == message
    assert not set("\x1b\x7f\x9b\u202e\u2028\ud800\U000e0041") & set(text)
    assert "é\N{SNOWMAN}" in text
    text.encode("utf-8")


def test_a_fingerprint_ignores_place_path_message_and_severity() -> None:
    first = fingerprint(make_finding(), "4yr")
    moved = make_finding(pointer="/items/3/vesting_conditions/9", message="other words", severity=Severity.INFO)
    assert fingerprint(moved, "4yr") == first


def test_a_fingerprint_tells_code_terms_conditions_and_identity_apart() -> None:
    fingerprints = {
        fingerprint(make_finding(), "4yr"),
        fingerprint(make_finding(), "5yr"),
        fingerprint(make_finding(code="VV301"), "4yr"),
        fingerprint(make_finding(condition_ids=("a", "b")), "4yr"),
        fingerprint(make_finding(condition_ids=("ab",)), "4yr"),
        fingerprint(make_finding(condition_ids=("a",), identity=("b", "monthly")), "4yr"),
        fingerprint(make_finding(identity=("other",)), "4yr"),
    }
    assert len(fingerprints) == 7
    assert all(len(text) == 16 for text in fingerprints)


def test_a_counterexample_is_named_by_its_content_whatever_the_order_of_its_keys() -> None:
    shuffled = dict(reversed(CASE.items()))
    assert counterexample_id(Counterexample(CASE, (), "")) == counterexample_id(Counterexample(shuffled, (), "other"))
    other = {**CASE, "name": "another"}
    assert counterexample_id(Counterexample(CASE, (), "")) != counterexample_id(Counterexample(other, (), ""))


def test_exact_numbers_of_a_document_are_written_as_whole_numbers() -> None:
    case = {**CASE, "terms": {"length": Decimal("12.0")}}
    report = json.loads(render(make_run(make_finding(counterexample=Counterexample(case, (), "")))))
    shown = report["documents"][0]["terms"][0]["findings"][0]["counterexample"]["case"]["terms"]
    assert shown == {"length": 12}


def test_terms_are_counted_by_their_worst_verdict_and_findings_by_severity() -> None:
    run = make_run(make_finding(), make_finding(severity=Severity.INFO), make_finding(severity=Severity.WARNING))
    assert summary((*run.documents, unreadable())) == {
        "documents": 2, "terms": 1, "proved": 0, "refuted": 1, "open": 0, "not_applicable": 0,
        "errors": 2, "warnings": 1, "infos": 1, "suppressed": 0,
    }  # fmt: skip


def test_the_same_run_is_written_the_same_way() -> None:
    assert render(make_run(make_finding())) == render(make_run(make_finding()))
