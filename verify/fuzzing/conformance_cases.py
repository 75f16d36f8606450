"""Cases with known answers: those that are published with vestverify, or those in anybody's files.

A case is in the format of the machine contract, section 3, and states beside it what is ``expected``: a
``schedule``, with ``vested_as_of``, ``unvested_as_of`` and ``exercisable`` where it has an ``as_of``, or ``errors``.
"""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vestverify.engine.reading import Reading, UnknownReading, reading_from
from vestverify.file_bytes import read_file
from vestverify.fuzzing.replies import Reply, ReplyKind, quoted, read_answer
from vestverify.json_text import UnreadableText, decode, parse

#: What ``confidence`` can be.
CONFIDENCES = ("certain", "interpretation")
#: Defects of terms that no single run shows, so that an engine need not see them.
NOT_SHOWN_BY_A_RUN = frozenset({"VV105", "VV201", "VV302", "VV303"})

_PACKAGE = "vestverify.cases"
_POSITIONS = {"vested": "vested_as_of", "unvested": "unvested_as_of", "exercisable": "exercisable"}


class CasesUnusable(ValueError):
    """Cases cannot be used; the message says which and why."""


@dataclasses.dataclass(frozen=True, slots=True)
class KnownCase:
    """A case and its answer.

    Attributes:
        name: of the case.
        path: of its file.
        raw: the case as JSON.
        rules: numbers of the semantics that it is about.
        confidence: one of ``CONFIDENCES``.
        reading: the reading that it states; None where it states none.
        answer: what it expects, as a reply of kind ``SCHEDULE`` or ``ERRORS``.
        codes: property codes of what is wrong with it; there may be a schedule all the same.
    """

    name: str
    path: str
    raw: Mapping[str, Any]
    rules: tuple[str, ...]
    confidence: str
    reading: Reading | None
    answer: Reply
    codes: tuple[str, ...]

    @property
    def need_not_be_refused(self) -> bool:
        """Whether all that is wrong is what no single run shows, so that a schedule is right, too."""
        return bool(self.codes) and NOT_SHOWN_BY_A_RUN.issuperset(self.codes)


def published_cases() -> list[KnownCase]:
    """The cases that are published with vestverify, in their order.

    Raises:
        CasesUnusable: they are not installed.
    """
    try:
        folder = importlib.resources.files(_PACKAGE)
    except ModuleNotFoundError:
        raise CasesUnusable("the published cases are not installed; name files or folders of cases") from None
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".json")), key=lambda each: each.name)
    return [_case(str(each), each.read_bytes()) for each in files]


def read_cases(paths: Iterable[str]) -> list[KnownCase]:
    """The cases in files and folders, in the order given; those of a folder, and below it, in order of their paths.

    Args:
        paths: files, each of which is a case with a known answer, and folders, where other ``.json`` files are
            passed over.

    Raises:
        CasesUnusable: a file cannot be read, is no such case, or a folder holds none.
    """
    found: dict[str, KnownCase] = {}
    for path in paths:
        if os.path.isdir(path):
            cases = _cases_in(path)
            if not cases:
                raise CasesUnusable(f"{path}: no case with an expected answer is in this folder")
            found.update(cases)
        else:
            found[os.path.abspath(path)] = _case(path, _bytes_of(path))
    return list(found.values())


def chosen(cases: Sequence[KnownCase], rules: Sequence[str], confidence: str | None) -> list[KnownCase]:
    """The cases that are about certain rules.

    Args:
        cases: all of them.
        rules: numbers such as ``DAT-2``, or whole families such as ``DAT``; empty for all.
        confidence: one of ``CONFIDENCES``; None for both.

    Raises:
        CasesUnusable: no case is about a rule that is named, or none is left.
    """
    wanted = [rule.upper() for rule in rules]
    named = {each for case in cases for rule in case.rules for each in (rule, rule.partition("-")[0])}
    for rule in wanted:
        if rule not in named:
            families = ", ".join(dict.fromkeys(rule.partition("-")[0] for case in cases for rule in case.rules))
            raise CasesUnusable(f"no case is about the rule {quoted(rule)}; there are rules of {families}")
    found = [
        case
        for case in cases
        if (not wanted or any(rule in wanted or rule.partition("-")[0] in wanted for rule in case.rules))
        and confidence in (None, case.confidence)
    ]
    if not found:
        raise CasesUnusable("no case is left to ask")
    return found


def _cases_in(folder: str) -> dict[str, KnownCase]:
    files = sorted(path for path in Path(folder).rglob("*.json") if path.is_file())
    found = {}
    for path in files:
        data = _bytes_of(str(path))
        value = _value(str(path), data)
        if isinstance(value, Mapping) and "expected" in value and "issuance" in value:
            found[os.path.abspath(path)] = _case(str(path), data)
    return found


def _bytes_of(path: str) -> bytes:
    try:
        return read_file(path)
    except UnreadableText as error:
        raise CasesUnusable(f"{path}: {error.reason}") from None


def _value(path: str, data: bytes) -> Any:
    try:
        text = decode(data)
        repeated = parse(text).duplicate_keys
        # The engine is asked with the numbers as they are written, which JSON can write again.
        value = json.loads(text)
    except UnreadableText as error:
        raise CasesUnusable(f"{path}: {error.reason}") from None
    except ValueError as error:
        raise CasesUnusable(f"{path}: {error}") from None
    if repeated:
        raise CasesUnusable(f"{path}: an object names the key at {quoted(repeated[0][0])} twice")
    return value


def _case(path: str, data: bytes) -> KnownCase:
    value = _value(path, data)
    expected = value.get("expected") if isinstance(value, Mapping) else None
    if not isinstance(expected, Mapping) or not isinstance(value.get("issuance"), Mapping):
        raise CasesUnusable(f"{path}: this is no case with an issuance and an expected answer")
    try:
        answer = _answer(expected)
        return KnownCase(
            name=str(value.get("name") or Path(path).stem),
            path=path,
            raw=value,
            rules=_rules(value.get("rules", [])),
            confidence=_confidence(value.get("confidence", CONFIDENCES[0])),
            reading=None if value.get("reading") is None else reading_from(value["reading"]),
            answer=answer,
            codes=_codes(expected.get("errors", [])),
        )
    except (UnknownReading, AttributeError, TypeError, ValueError) as error:
        raise CasesUnusable(f"{path}: {error}") from None


def _answer(expected: Mapping[str, Any]) -> Reply:
    if "schedule" in expected:
        positions = {name: expected[key] for name, key in _POSITIONS.items() if key in expected}
        answer = read_answer({"schedule": expected["schedule"], **positions})
    else:
        answer = read_answer({"errors": expected.get("errors")})
    if answer.kind is ReplyKind.RUBBISH:
        raise ValueError(f"what it expects cannot be read: {answer.problem}")
    if answer.form:
        raise ValueError(f"what it expects is not written as an engine has to answer: {answer.form[0]}")
    return answer


def _rules(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("'rules' is not a list of rules")
    return tuple(value)


def _confidence(value: Any) -> str:
    if value not in CONFIDENCES:
        raise ValueError(f"'confidence' is {quoted(value)}; it can be {' or '.join(CONFIDENCES)}")
    return str(value)


def _codes(errors: Any) -> tuple[str, ...]:
    if not isinstance(errors, list) or not all(isinstance(each, Mapping) for each in errors):
        raise ValueError("the 'errors' that it expects are not a list of objects")
    return tuple(dict.fromkeys(str(each["code"]) for each in errors if each.get("code") is not None))
