"""JUnit reports: readable by others, complete, and nothing that an engine says breaks out of its place."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from vestverify.fuzz_results import (
    Conformance,
    ConformanceCase,
    ConformanceRun,
    FailureGroup,
    FuzzRun,
    ReplayResult,
    ReplayRun,
    ReplayStatus,
)
from vestverify.reports.junit_report import MAXIMUM_ROWS, render_conformance, render_fuzz, render_replay

#: What could end an element, an attribute or a line, is no character of XML, or moves a terminal's cursor.
NASTY = "a\x1b[31m\x00\x08]]>\"'<!--</failure>&amp;&#0;\u202e\ud800\uffff\r\n\u2028<script>b"
SHOWN = "a\\x1b[31m\\x00\\x08]]>\"'<!--</failure>&amp;&#0;\\u202e\\ud800\\uffff\\r\\n\\u2028<script>b"
ROWS = ({"date": "2025-01-01", "quantity": "25"},)
OTHER_ROWS = ({"date": "2025-01-31", "quantity": "24"},)


def suite_in(text: str) -> tuple[TestSuite, list[TestCase]]:
    suites = list(JUnitXml.fromstring(text.encode("utf-8")))
    assert len(suites) == 1
    cases = list(suites[0])
    results = [type(result) for case in cases for result in case.result]
    assert suites[0].tests == len(cases)
    assert suites[0].failures == results.count(Failure)
    assert suites[0].errors == results.count(Error)
    assert suites[0].skipped == results.count(Skipped)
    return suites[0], cases


def kinds_in(cases: list[TestCase]) -> list[list[type]]:
    return [[type(result) for result in case.result] for case in cases]


def group(**changes: Any) -> FailureGroup:
    values: dict[str, Any] = {
        "identifier": "3f9a12",
        "rule": "DAT-2",
        "code": None,
        "sentence": "the engine steps from the clamped date",
        "count": 3,
        "explained_by_reading": None,
        "case": {"format": "vestverify.case/1"},
        "expected": ROWS,
        "actual": OTHER_ROWS,
    }
    return FailureGroup(**{**values, **changes})


def fuzz_run(*groups: FailureGroup, **changes: Any) -> FuzzRun:
    values: dict[str, Any] = {
        "version": "1",
        "engine": "my engine",
        "reading": {"stepping": "from-base"},
        "seed": 7,
        "examples": 2_000,
        "unsupported": 0,
        "groups": groups,
        "remarks": (),
        "saved_in": None,
        "exit_code": 1,
    }
    return FuzzRun(**{**values, **changes})


def conformance_case(outcome: Conformance, **changes: Any) -> ConformanceCase:
    values: dict[str, Any] = {
        "name": "months-count-from-the-base",
        "rules": ("DAT-2", "DAT-4"),
        "features": (),
        "confidence": "certain",
        "outcome": outcome,
        "sentence": "" if outcome is Conformance.PASSED else "does otherwise",
        "reading": None,
        "expected": ROWS,
        "actual": OTHER_ROWS,
        "case": {},
    }
    return ConformanceCase(**{**values, **changes})


def conformance_run(*cases: ConformanceCase, remarks: tuple[str, ...] = (), engine: str = "e") -> ConformanceRun:
    return ConformanceRun("1", engine, "default", cases, remarks, 0)


def test_fuzzing_without_a_failure_is_one_test_that_passes() -> None:
    suite, cases = suite_in(render_fuzz(fuzz_run()))
    assert kinds_in(cases) == [[]]
    assert cases[0].name == "2000 examples give no failure"
    found = {each.name: each.value for each in suite.properties()}
    assert found == {
        "engine": "my engine",
        "reading": '{"stepping": "from-base"}',
        "seed": "7",
        "examples": "2000",
        "unsupported": "0",
    }


def test_each_group_of_failures_is_a_test_that_fails_with_both_answers_and_the_case() -> None:
    _, cases = suite_in(render_fuzz(fuzz_run(group(), group(identifier="b", rule="GRF-1", code="VV101", count=1))))
    assert kinds_in(cases) == [[Failure], [Failure]]
    assert [(case.classname, case.name) for case in cases] == [("DAT-2", "DAT-2 3f9a12"), ("GRF-1", "GRF-1 b")]
    first, second = (case.result[0] for case in cases)
    assert first.message == "the engine steps from the clamped date (3 examples)"
    assert second.message.endswith("(1 example)")
    assert (first.type, second.type) == ("DAT-2", "VV101")
    assert "expected:\n  2025-01-01  25\nactual:\n  2025-01-31  24" in first.text
    assert 'case: {"format": "vestverify.case/1"}' in first.text


def test_a_group_that_another_reading_explains_is_skipped_unless_readings_are_strict() -> None:
    run = fuzz_run(group(explained_by_reading={"stepping": "from-previous"}))
    _, cases = suite_in(render_fuzz(run))
    assert kinds_in(cases) == [[], [Skipped]]
    assert '{"stepping": "from-previous"}' in cases[1].result[0].text
    _, cases = suite_in(render_fuzz(run, strict_reading=True))
    assert kinds_in(cases) == [[Failure]]


def test_examples_that_are_not_supported_are_one_test_that_is_skipped() -> None:
    _, cases = suite_in(render_fuzz(fuzz_run(unsupported=12)))
    assert kinds_in(cases) == [[], [Skipped]]
    assert cases[1].result[0].message == "12 of 2000 examples"


def test_what_must_be_asked_before_is_written_too() -> None:
    _, cases = suite_in(render_fuzz(fuzz_run(group(preceding=({"name": "first"},)))))
    assert 'asked before: {"name": "first"}' in cases[0].result[0].text


def test_replayed_failures_pass_fail_or_are_errors() -> None:
    results = (
        ReplayResult("a.json", "a", ReplayStatus.FIXED, "it is right now"),
        ReplayResult("b.json", "b", ReplayStatus.FAILED, "it is wrong", ROWS, ()),
        ReplayResult("c.json", "c", ReplayStatus.ERROR, "it cannot be read"),
    )
    _, cases = suite_in(render_replay(ReplayRun(results, 1)))
    assert kinds_in(cases) == [[], [Failure], [Error]]
    assert cases[1].result[0].message == "it is wrong"
    assert cases[1].result[0].text == "expected:\n  2025-01-01  25\nactual:\n  nothing"


@pytest.mark.parametrize(
    ("outcome", "kinds", "strictly"),
    [
        (Conformance.PASSED, [], []),
        (Conformance.FAILED, [Failure], [Failure]),
        (Conformance.UNSUPPORTED, [Skipped], [Skipped]),
        (Conformance.DIFFERS_BY_READING, [Skipped], [Failure]),
    ],
)
def test_each_outcome_of_conformance_has_its_own_result(
    outcome: Conformance, kinds: list[type], strictly: list[type]
) -> None:
    run = conformance_run(conformance_case(outcome))
    _, cases = suite_in(render_conformance(run))
    assert kinds_in(cases) == [kinds]
    assert (cases[0].classname, cases[0].name) == ("DAT-2", "months-count-from-the-base")
    assert kinds_in(suite_in(render_conformance(run, strict_reading=True))[1]) == [strictly]


def test_errors_are_written_with_code_and_message_and_long_answers_are_cut() -> None:
    errors = ({"code": "VV102", "message": "no such condition"}, {"code": None, "message": "bad"})
    case = conformance_case(Conformance.FAILED, expected=errors, actual=ROWS * (MAXIMUM_ROWS + 3))
    _, cases = suite_in(render_conformance(conformance_run(case)))
    text = cases[0].result[0].text
    assert "expected:\n  VV102: no such condition\n  bad\nactual:" in text
    assert text.endswith("  and 3 more")
    assert text.count("2025-01-01  25") == MAXIMUM_ROWS


def nasty_reports() -> list[str]:
    rows = ({"date": NASTY, "quantity": NASTY},)
    errors = ({"code": NASTY, "message": NASTY},)
    case = conformance_case(
        Conformance.FAILED, name=NASTY, rules=(NASTY,), sentence=NASTY, expected=rows, actual=errors, confidence=NASTY
    )
    found = group(identifier=NASTY, rule=NASTY, code=NASTY, sentence=NASTY, case={NASTY: NASTY}, expected=rows)
    explained = group(explained_by_reading={NASTY: NASTY})
    replayed = ReplayResult(NASTY, NASTY, ReplayStatus.FAILED, NASTY, rows, errors)
    return [
        render_conformance(conformance_run(case, remarks=(NASTY,), engine=NASTY)),
        render_fuzz(fuzz_run(found, explained, engine=NASTY, remarks=(NASTY,), saved_in=NASTY)),
        render_replay(ReplayRun((replayed, ReplayResult(NASTY, NASTY, ReplayStatus.ERROR, NASTY)), 1)),
    ]


@pytest.mark.parametrize("text", nasty_reports(), ids=["conform", "fuzz", "replay"])
def test_what_an_engine_says_stays_text_and_is_shown_escaped(text: str) -> None:
    _, cases = suite_in(text)
    assert all(len(case.result) == 1 for case in cases)
    assert all(character.isprintable() or character == "\n" for character in text)
    root = ElementTree.fromstring(text)
    allowed = {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped"}
    assert {element.tag for element in root.iter()} <= allowed | {"system-out"}
    values = [value for element in root.iter() for value in element.attrib.values()]
    assert any(SHOWN in value for value in values)


def test_a_remark_is_standard_output_of_the_suite() -> None:
    run = conformance_run(conformance_case(Conformance.PASSED), remarks=("one", "two"))
    root = ElementTree.fromstring(render_conformance(run))
    assert root.findtext("testsuite/system-out") == "one\ntwo"
