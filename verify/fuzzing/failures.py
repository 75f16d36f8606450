"""Failures on disk: as case files that every command reads, and as examples that the next run tries first.

A case file never says which program is run: that stands in a file of its own beside it, which only a run of the
fuzzer writes. What is written is the same for the same failure, and is either there whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from vestverify.engine.calendar import format_day
from vestverify.engine.numeric import format_quantity
from vestverify.engine.reading import Reading
from vestverify.fuzz_results import Answer, FailureGroup
from vestverify.fuzzing.examples import Expected
from vestverify.fuzzing.replies import Reply, ReplyKind, Row

CASE_FORMAT = "vestverify.case/1"
RUN_FORMAT = "vestverify.run/1"
#: The file beside saved failures that says of which engine they are.
RUN_FILE = "engine.json"
#: Where failures and examples are kept, below the current directory.
FAILURES_FOLDER = Path(".vestverify") / "failures"
EXAMPLES_FOLDER = Path(".vestverify") / "examples"

#: What makes a case; its name does not.
_CONTENT = ("terms", "issuance", "transactions", "as_of", "reading")
_IDENTIFIER_LENGTH = 8


class UnreadableRun(ValueError):
    """The file that says which engine was run cannot be read."""


def identifier_of(case: Mapping[str, Any]) -> str:
    """Eight hexadecimal digits that tell a case from others by its content, whatever its name.

    Args:
        case: a case as JSON; what it leaves out counts as what leaving it out means.
    """
    content = {key: case[key] for key in _CONTENT if case.get(key) not in (None, [], {}, "default")}
    return hashlib.sha256(_canonical(content)).hexdigest()[:_IDENTIFIER_LENGTH]


def case_under(case: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A case that states its format and, where it is not the default one, the reading it was judged under.

    Args:
        case: a case as JSON.
        reading: which published answers the engine was held to; wins over what the case states.
    """
    choices = reading.differences()
    stated = {"format": CASE_FORMAT, "name": case.get("name", "")}
    stated |= {key: case[key] for key in _CONTENT if key in case and key != "reading"}
    return {**stated, "reading": choices} if choices else stated


def save(folder: Path, group: FailureGroup, engine: str | None, reading: Reading) -> Path:
    """Write the smallest case of a group as a case file.

    Args:
        folder: where to; made where it is not there.
        group: what was found.
        engine: the command of the engine that fails; None for the reference engine.
        reading: which published answers the engine was held to.

    Returns:
        The file, called after the case's identifier.

    Raises:
        OSError: it cannot be written.
    """
    case = case_under(group.case, reading)
    case["name"] = identifier_of(case)
    explained = group.explained_by_reading
    document = {
        **case,
        "check": "property" if engine is None else "engine",
        "rules": [group.rule],
        "code": group.code,
        "sentence": group.sentence,
        "explained_by_reading": None if explained is None else dict(explained),
        "expected": _labelled(group.expected),
        "actual": _labelled(group.actual),
        "preceding": list(group.preceding),
    }
    return _write(folder / f"{case['name']}.json", document)


def save_run(folder: Path, engine: str) -> Path:
    """Write down of which engine the saved failures of a folder are.

    Args:
        folder: where the failures are saved; made where it is not there.
        engine: the command that starts it.

    Raises:
        OSError: it cannot be written.
    """
    return _write(folder / RUN_FILE, {"format": RUN_FORMAT, "engine": engine})


def engine_of(folder: Path) -> str | None:
    """The command of the engine whose failures are saved in a folder; None where that is not written down.

    Raises:
        UnreadableRun: the file that says so cannot be read.
    """
    path = folder / RUN_FILE
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableRun(f"{path} cannot be read: {error}") from None
    engine = document.get("engine") if isinstance(document, dict) else None
    if not isinstance(engine, str) or document.get("format") != RUN_FORMAT:
        raise UnreadableRun(f"{path} does not name an engine in the format {RUN_FORMAT}")
    return engine


def expected_answer(expected: Expected) -> Answer:
    """What the reference engine says, as rows ``{"date", "quantity"}`` or as errors ``{"code"}``."""
    if expected.rows is None:
        return tuple({"code": code} for code in expected.codes)
    return rows_answer(expected.rows)


def actual_answer(reply: Reply) -> Answer:
    """What an engine said, as rows or as errors; where it gave no answer, one error whose code is the kind of reply."""
    if reply.kind is ReplyKind.SCHEDULE:
        return rows_answer(reply.rows)
    if reply.kind is ReplyKind.ERRORS:
        return reply.errors
    message = f"unsupported: {reply.feature}" if reply.kind is ReplyKind.UNSUPPORTED else reply.problem
    return ({"code": str(reply.kind), "condition_id": None, "transaction_id": None, "message": message},)


def rows_answer(rows: Sequence[Row]) -> Answer:
    """Rows ``{"date", "quantity"}``, quantities as decimals or ``p/q``."""
    return tuple({"date": format_day(row.day), "quantity": format_quantity(row.shares)} for row in rows)


def database_key(engine: str | None, reading: Reading) -> bytes:
    """The key under which ``Examples`` keeps the failures of one engine under one reading.

    Args:
        engine: its command; None for the reference engine.
        reading: which published answers it is held to.
    """
    return _canonical(["reference" if engine is None else f"engine {engine}", reading.differences()])


class Examples:
    """Cases that failed before, kept by hypothesis' own example database so that the next run tries them first."""

    def __init__(self, folder: Path = EXAMPLES_FOLDER) -> None:
        """Take the folder; it is made when the first case is added."""
        from hypothesis.database import DirectoryBasedExampleDatabase

        self._database = DirectoryBasedExampleDatabase(folder)

    def add(self, key: bytes, case: Mapping[str, Any]) -> None:
        """Keep a case; one that is there already stays there once."""
        self._database.save(key, _canonical(case))

    def cases(self, key: bytes) -> list[dict[str, Any]]:
        """The cases under a key, in an order that depends on nothing but them; what cannot be read is left out."""
        found = []
        for value in sorted(self._database.fetch(key)):
            with contextlib.suppress(ValueError, RecursionError):
                case = json.loads(value)
                if isinstance(case, dict):
                    found.append(case)
        return found

    def remove(self, key: bytes, case: Mapping[str, Any]) -> None:
        """Forget a case; one that is not there is no error."""
        self._database.delete(key, _canonical(case))


def _labelled(answer: Answer) -> dict[str, Any]:
    name = "schedule" if all("date" in each for each in answer) else "errors"
    return {name: [dict(each) for each in answer]}


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain).encode("ascii")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        return float(value)
    return str(value)


def _write(path: Path, document: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # All ASCII: whatever a document holds, a terminal that shows the file obeys none of it.
        unfinished.write_text(json.dumps(document, indent=2, default=_plain) + "\n", encoding="ascii")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
