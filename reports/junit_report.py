"""JUnit's XML for fuzzing, replaying and conformance runs, as continuous integration servers read it.

A case that an engine does not support is skipped, and so is one that another published reading explains unless
readings are held strictly. Nothing that an engine or a document says can get out of the text it is put in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from vestverify.fuzz_results import (
    Answer,
    Conformance,
    ConformanceCase,
    ConformanceRun,
    FailureGroup,
    FuzzRun,
    ReplayResult,
    ReplayRun,
    ReplayStatus,
)
from vestverify.reports import printable
from vestverify.reports.json_report import dumps

#: Rows or errors of an answer that are written out.
MAXIMUM_ROWS = 200

_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def render_fuzz(run: FuzzRun, strict_reading: bool = False) -> str:
    """Write what fuzzing found, a test case for each group of failures and one for the run as a whole.

    Args:
        run: what was found.
        strict_reading: whether a group that another reading explains is a failure.

    Returns:
        XML with a line feed at the end; the same text for the same run.
    """
    suite = _Suite("vestverify fuzz")
    suite.property("engine", run.engine if run.engine is not None else "the reference engine")
    suite.property("reading", _reading(run.reading))
    suite.property("seed", str(run.seed))
    suite.property("examples", str(run.examples))
    suite.property("unsupported", str(run.unsupported))
    if run.saved_in is not None:
        suite.property("saved in", run.saved_in)
    is_counted = any(strict_reading or group.explained_by_reading is None for group in run.groups)
    if not is_counted:
        suite.case("fuzz", f"{run.examples} examples give no failure")
    if run.unsupported:
        case = suite.case("fuzz", "examples that the engine does not support")
        suite.result(case, "skipped", "unsupported", f"{run.unsupported} of {run.examples} examples")
    for group in run.groups:
        _add_group(suite, group, strict_reading)
    return suite.text(run.remarks)


def render_replay(run: ReplayRun) -> str:
    """Write what has become of saved failures, a test case each.

    Returns:
        XML with a line feed at the end; the same text for the same run.
    """
    suite = _Suite("vestverify replay")
    for result in run.results:
        _add_replayed(suite, result)
    return suite.text(())


def render_conformance(run: ConformanceRun, strict_reading: bool = False) -> str:
    """Write what an engine made of the conformance kit, a test case for each case.

    Args:
        run: what it made of it.
        strict_reading: whether an answer by another reading is a failure.

    Returns:
        XML with a line feed at the end; the same text for the same run.
    """
    suite = _Suite("vestverify conform")
    suite.property("engine", run.engine)
    suite.property("reading", _reading(run.reading))
    for case in run.cases:
        _add_conformance(suite, case, strict_reading)
    return suite.text(run.remarks)


def _add_group(suite: _Suite, group: FailureGroup, strict_reading: bool) -> None:
    case = suite.case(group.rule, f"{group.rule} {group.identifier}")
    count = f"{group.count} example{'s' if group.count != 1 else ''}"
    message = f"the engine {group.sentence.removeprefix('the engine ')} ({count})"
    details = [*_sides(group.expected, group.actual), f"case: {_line(group.case)}"]
    details += [f"asked before: {_line(each)}" for each in group.preceding]
    if group.explained_by_reading is not None:
        details.insert(0, f"reading: {_reading(group.explained_by_reading)}")
    is_skipped = group.explained_by_reading is not None and not strict_reading
    suite.result(case, "skipped" if is_skipped else "failure", group.code or group.rule, message, details)


def _add_replayed(suite: _Suite, result: ReplayResult) -> None:
    case = suite.case("replay", result.name, result.path)
    if result.status is ReplayStatus.ERROR:
        suite.result(case, "error", str(result.status), result.sentence)
    elif result.status is ReplayStatus.FAILED:
        suite.result(case, "failure", str(result.status), result.sentence, _sides(result.expected, result.actual))


def _add_conformance(suite: _Suite, result: ConformanceCase, strict_reading: bool) -> None:
    case = suite.case(result.rules[0] if result.rules else "conform", result.name)
    kind = {
        Conformance.PASSED: None,
        Conformance.FAILED: "failure",
        Conformance.UNSUPPORTED: "skipped",
        Conformance.DIFFERS_BY_READING: "failure" if strict_reading else "skipped",
    }[result.outcome]
    if kind is not None:
        details = [] if result.outcome is Conformance.UNSUPPORTED else _sides(result.expected, result.actual)
        details = [f"rules: {', '.join(result.rules)}", f"confidence: {result.confidence}", *details]
        suite.result(case, kind, str(result.outcome), f"the engine {result.sentence}", details)


class _Suite:
    """One test suite; whatever text it is given is made printable first."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._properties: list[tuple[str, str]] = []
        self._cases: list[ElementTree.Element] = []

    def property(self, name: str, value: str) -> None:
        self._properties.append((name, printable(value)))

    def case(self, classname: str, name: str, file: str | None = None) -> ElementTree.Element:
        case = ElementTree.Element("testcase", {"classname": printable(classname), "name": printable(name)})
        if file is not None:
            case.set("file", printable(file))
        self._cases.append(case)
        return case

    def result(
        self, case: ElementTree.Element, kind: str, type_: str, message: str, details: Iterable[str] = ()
    ) -> None:
        """Say how a case ended otherwise than well: ``failure``, ``error`` or ``skipped``."""
        found = ElementTree.SubElement(case, kind, {"type": printable(type_), "message": printable(message)})
        found.text = "\n".join(printable(each) for each in details) or None

    def text(self, remarks: Iterable[str]) -> str:
        counts = {"tests": str(len(self._cases))} | {
            name: str(sum(case.find(kind) is not None for case in self._cases)) for kind, name in _COUNTED.items()
        }
        root = ElementTree.Element("testsuites", {"name": self._name, **counts})
        suite = ElementTree.SubElement(root, "testsuite", {"name": self._name, **counts})
        if self._properties:
            properties = ElementTree.SubElement(suite, "properties")
            for name, value in self._properties:
                ElementTree.SubElement(properties, "property", {"name": name, "value": value})
        suite.extend(self._cases)
        written = "\n".join(printable(remark) for remark in remarks)
        if written:
            ElementTree.SubElement(suite, "system-out").text = written
        ElementTree.indent(root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _sides(expected: Answer, actual: Answer) -> list[str]:
    return ["expected:", *_rows(expected), "actual:", *_rows(actual)]


def _rows(answer: Answer) -> list[str]:
    if not answer:
        return ["  nothing"]
    rows = [f"  {_row(each)}" for each in answer[:MAXIMUM_ROWS]]
    return [*rows, f"  and {len(answer) - MAXIMUM_ROWS} more"] if len(answer) > MAXIMUM_ROWS else rows


def _row(row: Mapping[str, Any]) -> str:
    if "quantity" in row:
        return f"{row.get('date')}  {row['quantity']}"
    return ": ".join(str(row[key]) for key in ("code", "message") if row.get(key))


def _line(value: Mapping[str, Any]) -> str:
    return dumps(value, indent=None).rstrip("\n")


def _reading(reading: str | Mapping[str, str]) -> str:
    return reading if isinstance(reading, str) else json.dumps(dict(reading))
