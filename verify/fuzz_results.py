"""What fuzzing, replaying and conformance runs find out: plain values that reports read and nothing here prints.

The shapes follow the machine contract, section 6.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

#: Rows ``{"date", "quantity"}`` of a schedule, or error objects ``{"code", ...}`` where there is none.
Answer = tuple[Mapping[str, Any], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures that are put down to one cause.

    Attributes:
        identifier: short id of the smallest case, under which it is saved.
        rule: number of the semantics, or the name of an invariant, or of a way to give no answer.
        code: property code, where a defect was accepted or a property does not hold; None elsewhere.
        sentence: what the engine does, beginning with "the engine".
        count: how many failures.
        explained_by_reading: choices of the published reading that explains them; None for a fault.
        case: the smallest case, as JSON (``vestverify.case/1``).
        expected: what the reference engine answers to it.
        actual: what the engine answered.
        preceding: cases that must be asked before it for the failure to show, as JSON.
        breaks: what is wrong with the answer whatever the right one is, in sentences.
    """

    identifier: str
    rule: str
    code: str | None
    sentence: str
    count: int
    explained_by_reading: Mapping[str, str] | None
    case: Mapping[str, Any]
    expected: Answer
    actual: Answer
    preceding: tuple[Mapping[str, Any], ...] = ()
    breaks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class FuzzRun:
    """What one run of the fuzzer found.

    Attributes:
        version: of vestverify.
        engine: the command of the engine; None for the reference engine.
        reading: choices that differ from the default reading, or a bundle's name.
        seed: with which examples were generated.
        examples: cases that were tried.
        unsupported: of these, those that the engine says it does not support.
        groups: what was found, in the order in which it was found.
        remarks: what was noticed beside, in sentences.
        saved_in: folder of the saved failures; None where nothing was saved.
        exit_code: by the contract, section 1.
    """

    version: str
    engine: str | None
    reading: str | Mapping[str, str]
    seed: int
    examples: int
    unsupported: int
    groups: tuple[FailureGroup, ...]
    remarks: tuple[str, ...]
    saved_in: str | None
    exit_code: int


class ReplayStatus(StrEnum):
    """What has become of a saved failure."""

    #: The engine now answers what it should.
    FIXED = "FIXED"
    #: It still does not.
    FAILED = "FAILED"
    #: That cannot be told: the file cannot be read, or the engine does not run.
    ERROR = "ERROR"


@dataclasses.dataclass(frozen=True, slots=True)
class ReplayResult:
    """One case, replayed.

    Attributes:
        path: of its file.
        name: the case's name.
        status: what has become of it.
        sentence: why, for people.
        expected, actual: the answers, where there are both.
    """

    path: str
    name: str
    status: ReplayStatus
    sentence: str
    expected: Answer = ()
    actual: Answer = ()


@dataclasses.dataclass(frozen=True, slots=True)
class ReplayRun:
    """Every case that was replayed, in the order given."""

    results: tuple[ReplayResult, ...]
    exit_code: int


class Conformance(StrEnum):
    """What an engine makes of one case with a known answer."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    #: The answer is the one of another published reading.
    DIFFERS_BY_READING = "differs by reading"


@dataclasses.dataclass(frozen=True, slots=True)
class ConformanceCase:
    """One case of the conformance kit, as an engine answered it.

    Attributes:
        name: of the case.
        rules: numbers of the semantics that it is about.
        features: what it needs of an engine, in words: an allocation type, a trigger, a kind of transaction.
        confidence: ``certain`` or ``interpretation``.
        outcome: what the engine made of it.
        sentence: what is different, for people; empty where it passed.
        reading: choices of the reading whose answer it is, where it differs by reading.
        expected, actual: the answers.
        case: the case as JSON.
    """

    name: str
    rules: tuple[str, ...]
    features: tuple[str, ...]
    confidence: str
    outcome: Conformance
    sentence: str
    reading: Mapping[str, str] | None
    expected: Answer
    actual: Answer
    case: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class ConformanceRun:
    """What an engine made of the whole conformance kit."""

    version: str
    engine: str
    reading: str | Mapping[str, str]
    cases: tuple[ConformanceCase, ...]
    remarks: tuple[str, ...]
    exit_code: int
