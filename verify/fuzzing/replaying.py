"""Saved failures, and other cases with a known answer, tried again: what has become of each."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vestverify import documents, engine_protocol
from vestverify.engine.calendar import format_day
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.reading import Reading, reading_from
from vestverify.exit_codes import ExitCode
from vestverify.fuzz_results import Answer, ReplayResult, ReplayRun, ReplayStatus
from vestverify.fuzzing.engine_function import EngineFunction
from vestverify.fuzzing.engine_process import EngineNotFound, EngineProcess
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.examples import Example, Expected, example_of
from vestverify.fuzzing.failures import (
    FAILURES_FOLDER,
    RUN_FILE,
    UnreadableRun,
    actual_answer,
    engine_of,
    expected_answer,
)
from vestverify.fuzzing.judging import Failure, Kind, judge, normal
from vestverify.fuzzing.replies import ReplyKind, Row, read_answer
from vestverify.results import Severity

#: Seconds that an engine gets for an answer.
DEFAULT_TIMEOUT = 10.0

#: Says how a property is broken on the reference engine by a case; None where it is not. Raises LookupError for a
#: property that it does not know.
Broken = Callable[[str, Example, Reading], str | None]

_IDENTIFIER = re.compile(r"[0-9a-f]{1,8}", re.ASCII)
_CHECKS = (None, "engine", "property")
#: What an answer may say about the case's day, and what a case calls it that states its answer.
_POSITIONS = {"vested": "vested_as_of", "unvested": "unvested_as_of", "exercisable": "exercisable"}


@dataclasses.dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to replay.

    Attributes:
        engine: command of the engine to ask; None for the one that is written down beside a file, if any.
        reading: which published answers the engine is held to; None for each case's own. An answer that a case
            states without being a saved failure holds under the case's own reading only.
        timeout: seconds that an engine gets for an answer.
        folder: where failures are looked up by their identifiers.
        broken: looks at a case for a broken property; None for ``vestverify.fuzzing.property_checks``.
        starting: told the command of each engine before it is started.
    """

    engine: str | None = None
    reading: Reading | None = None
    timeout: float = DEFAULT_TIMEOUT
    folder: Path = FAILURES_FOLDER
    broken: Broken | None = None
    starting: Callable[[str], None] = lambda command: None


def replay(arguments: Sequence[str], options: ReplayOptions) -> ReplayRun:
    """Try cases again.

    Args:
        arguments: case files, folders of them, or identifiers of saved failures (or how one of these begins); none
            stands for all saved failures.
        options: how to replay.

    Returns:
        One result for each file, in the order given, those of a folder sorted; and by the contract 4 where vestverify
        itself failed, else 2 where something could not be told, else 1 where something still fails, else 0.
    """
    results: list[ReplayResult] = []
    codes = {ExitCode.PROVED}
    with _Engines(options) as engines:
        for path in _paths(arguments, options.folder):
            try:
                result = path if isinstance(path, ReplayResult) else _replay(path, options, engines)
            except _Untold as error:
                assert isinstance(path, str)
                result = ReplayResult(path, error.name or Path(path).stem, ReplayStatus.ERROR, str(error))
            except Exception as error:
                assert isinstance(path, str)
                sentence = f"internal error: {type(error).__name__}: {error}"
                result = ReplayResult(path, Path(path).stem, ReplayStatus.ERROR, sentence)
                codes.add(ExitCode.INTERNAL_ERROR)
            results.append(result)
            codes.add(_CODES[result.status])
    return ReplayRun(tuple(results), next(code for code in _WORST_FIRST if code in codes))


def replay_stated(path: str) -> ReplayResult:
    """Hold the reference engine to the answer that a case states, saved failure or not.

    Args:
        path: of the case's file.
    """
    try:
        saved = _read(path)
        with _Engines(ReplayOptions()) as engines:
            return _replay_labelled(saved, saved.expected or {}, saved.reading, None, engines)
    except _Untold as error:
        return ReplayResult(path, error.name or _stem(path), ReplayStatus.ERROR, str(error))


_CODES = {
    ReplayStatus.FIXED: ExitCode.PROVED,
    ReplayStatus.FAILED: ExitCode.REFUTED,
    ReplayStatus.ERROR: ExitCode.INVALID,
}
_WORST_FIRST = (ExitCode.INTERNAL_ERROR, ExitCode.INVALID, ExitCode.REFUTED, ExitCode.PROVED)


class _Untold(Exception):
    """Why it cannot be told what has become of a case."""

    def __init__(self, sentence: str, name: str = "") -> None:
        super().__init__(sentence)
        self.name = name


# ---- Which files ----


def _paths(arguments: Sequence[str], folder: Path) -> Iterator[str | ReplayResult]:
    """The files that arguments name, each once, and an error for each argument that names none."""
    seen: set[str] = set()
    named = [each for argument in arguments for each in _named(argument, folder)] if arguments else _cases_in(folder)
    for each in named:
        if isinstance(each, ReplayResult):
            yield each
        elif os.path.abspath(each) not in seen:
            seen.add(os.path.abspath(each))
            yield each


def _named(argument: str, folder: Path) -> Sequence[str | ReplayResult]:
    if os.path.isdir(argument):
        found = _cases_in(Path(argument))
        return found or [_no_case(argument, "there are no case files in this folder")]
    if os.path.exists(argument) or _IDENTIFIER.fullmatch(argument) is None:
        return [argument]
    alike = [path for path in _cases_in(folder) if Path(path).name.startswith(argument)]
    if len(alike) == 1:
        return alike
    if alike:
        return [_no_case(argument, f"{len(alike)} failures in {folder} begin so: {', '.join(map(_stem, alike))}")]
    return [_no_case(argument, f"there is no such file, and no failure in {folder} begins so")]


def _cases_in(folder: Path) -> list[str]:
    """The case files of a folder, sorted by name; none where there is no such folder."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [
        str(folder / name) for name in names if name.endswith(".json") and not name.startswith(".") and name != RUN_FILE
    ]


def _stem(path: str) -> str:
    return Path(path).stem


def _no_case(argument: str, sentence: str) -> ReplayResult:
    return ReplayResult(argument, argument, ReplayStatus.ERROR, sentence)


# ---- What is in them ----


@dataclasses.dataclass(frozen=True, slots=True)
class _Saved:
    """A case file.

    Attributes:
        path: where it is.
        name: the case's name.
        raw: the case as JSON.
        reading: the one that the case states.
        check: what is to be looked at: ``engine``, ``property``; None for the case itself.
        rules: what it is about.
        code: the property that was found broken.
        expected: what its answer is known to be; None where nothing is known.
        preceding: cases that must be asked before it.
    """

    path: str
    name: str
    raw: Mapping[str, Any]
    reading: Reading
    check: str | None
    rules: tuple[str, ...]
    code: str | None
    expected: Mapping[str, Any] | None
    preceding: tuple[Mapping[str, Any], ...]


def _read(path: str) -> _Saved:
    """Read a case file.

    Raises:
        _Untold: it is none, or cannot be read.
    """
    document = documents.read_path(path)
    for error in document.errors:
        if error.severity is Severity.ERROR:
            raise _Untold(error.message)
    if document.case is None:
        raise _Untold("this is not a case")
    for error in document.case.errors:
        if error.pointer.startswith("/reading"):
            raise _Untold(error.message)
    try:
        # Once more, for requests are written with JSON's own numbers.
        raw = json.loads(document.text)
    except (ValueError, RecursionError) as error:
        raise _Untold(f"this case cannot be written into a request: {error}") from None
    name = raw.get("name")
    name = name if isinstance(name, str) and name else Path(path).stem
    check, rules, code = raw.get("check"), raw.get("rules"), raw.get("code")
    expected, preceding = raw.get("expected"), raw.get("preceding") or []
    if check not in _CHECKS:
        raise _Untold("'check' of a saved failure is 'engine' or 'property'", name)
    if not isinstance(preceding, list) or not all(isinstance(each, dict) for each in preceding):
        raise _Untold("'preceding' of a saved failure is a list of cases", name)
    return _Saved(
        path,
        name,
        raw,
        reading_from(document.case.reading),
        check,
        tuple(each for each in rules if isinstance(each, str)) if isinstance(rules, list) else (),
        code if isinstance(code, str) else None,
        expected if isinstance(expected, dict) else None,
        tuple(preceding),
    )


# ---- What has become of them ----


def _replay(path: str, options: ReplayOptions, engines: _Engines) -> ReplayResult:
    saved = _read(path)
    reading = options.reading or saved.reading
    try:
        if saved.check == "property":
            return _replay_property(saved, reading, options.broken)
        command = options.engine if options.engine is not None else engine_of(Path(path).parent)
        if saved.check is None and saved.expected is not None:
            return _replay_labelled(saved, saved.expected, saved.reading, command, engines)
        if command is None:
            sentence = "nothing to compare with: name an engine (--engine)"
            if saved.check == "engine":
                sentence = f"it was an engine that failed, and neither {RUN_FILE} nor --engine names one"
            raise _Untold(sentence)
        return _replay_engine(saved, reading, command, engines)
    except (UnreadableRun, EngineNotFound, _Untold) as error:
        raise _Untold(str(error), saved.name) from None


def _replay_property(saved: _Saved, reading: Reading, broken: Broken | None) -> ReplayResult:
    if saved.code is None:
        raise _Untold("the saved failure does not say which property was broken")
    example = example_of(saved.raw, reading)
    shown = saved.code in example.expected.codes
    known = True
    words: str | None = None
    try:
        words = (broken or _broken)(saved.code, example, reading)
    except LookupError:
        known = False
    if words is None and shown:
        words = f"the case cannot be run: {', '.join(example.expected.codes)}"
    if words is not None:
        return ReplayResult(saved.path, saved.name, ReplayStatus.FAILED, f"{saved.code}: {words}")
    # What kept a case from being run is looked at by running it.
    if not known and {"code": saved.code} not in _errors_in(saved.expected):
        raise _Untold(f"there is no way to look at {saved.code} again")
    return ReplayResult(saved.path, saved.name, ReplayStatus.FIXED, f"the case does not break {saved.code} now")


def _broken(code: str, example: Example, reading: Reading) -> str | None:
    # Only here, for it brings all faults along.
    from vestverify.fuzzing.property_checks import broken

    return broken(code, example, reading)


def _replay_engine(saved: _Saved, reading: Reading, command: str, engines: _Engines) -> ReplayResult:
    """Compare an engine with the reference engine."""
    example = example_of(saved.raw, reading)
    if example.expected.unsupported is not None:
        raise _Untold(f"nothing to compare with: the reference engine does not run {example.expected.unsupported}")
    return _compared(saved, example, reading, engines.named(command), "the engine")


def _replay_labelled(
    saved: _Saved, expected: Mapping[str, Any], reading: Reading, command: str | None, engines: _Engines
) -> ReplayResult:
    """Compare an engine, or the reference engine, with the answer that the case states."""
    example = example_of(saved.raw, reading)
    stated = _stated(expected)
    if command is not None:
        if stated.rows is None and example.expected.rows is not None:
            # A defect that no single run shows: what an engine can be held to is the schedule.
            stated = example.expected
        asked = dataclasses.replace(example, expected=stated)
        return _compared(saved, asked, reading, engines.named(command), "the engine")
    if stated.rows is None:
        return _found_by_vestverify(saved, stated, example, reading)
    asked = dataclasses.replace(example, expected=stated)
    return _compared(saved, asked, reading, engines.reference, "the reference engine")


def _found_by_vestverify(saved: _Saved, stated: Expected, example: Example, reading: Reading) -> ReplayResult:
    """Compare the defects of a case with those that the reference engine names or ``check`` finds."""
    found = set(example.expected.codes)
    if not found.issuperset(stated.codes):
        from vestverify.check import CheckOptions, check_document

        result, _ = check_document(documents.read_path(saved.path), CheckOptions(reading=reading))
        found |= {each.code for each in result.findings}
    missing = [code for code in stated.codes if code not in found]
    actual: Answer = tuple({"code": code} for code in sorted(found))
    if missing:
        sentence = f"vestverify does not find {', '.join(missing)}"
        return ReplayResult(saved.path, saved.name, ReplayStatus.FAILED, sentence, expected_answer(stated), actual)
    sentence = f"vestverify finds {', '.join(stated.codes)}"
    return ReplayResult(saved.path, saved.name, ReplayStatus.FIXED, sentence, expected_answer(stated), actual)


def _stated(expected: Mapping[str, Any]) -> Expected:
    """The answer that a case states.

    Raises:
        _Untold: it states none that can be read.
    """
    if "schedule" in expected:
        positions = {name: expected.get(stated) for name, stated in _POSITIONS.items()}
        reply = read_answer({"schedule": expected["schedule"], **positions})
        if reply.kind is not ReplyKind.SCHEDULE:
            raise _Untold(f"the schedule that the case states cannot be read: {reply.problem}")
        return Expected(normal(reply.rows), vested=reply.vested, unvested=reply.unvested, exercisable=reply.exercisable)
    codes = [each.get("code") for each in _errors_in(expected)]
    known = tuple(dict.fromkeys(code for code in codes if isinstance(code, str)))
    if not known:
        raise _Untold("'expected' of the case has neither a schedule nor errors with codes")
    return Expected(codes=known)


def _errors_in(expected: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    errors = None if expected is None else expected.get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _compared(saved: _Saved, example: Example, reading: Reading, engine: Engine, who: str) -> ReplayResult:
    # Only here, for it brings the generator of examples along.
    from vestverify.fuzzing.campaign import request_of

    engine.restart()
    engine.complaints.clear()
    asked = [request_of(each, _reading_of(each, reading)) for each in saved.preceding]
    try:
        reply = engine.ask([*asked, request_of(saved.raw, reading)])[-1]
    except (TypeError, ValueError) as error:
        raise _Untold(f"the case cannot be written into a request: {error}") from None
    failure = judge(example, reply)
    expected, actual = expected_answer(example.expected), actual_answer(reply)
    if failure is not None:
        sentence = difference(failure, who)
        return ReplayResult(saved.path, saved.name, ReplayStatus.FAILED, sentence, expected, actual)
    for complaint in engine.complaints:
        if str(complaint.kind) in saved.rules:
            return ReplayResult(saved.path, saved.name, ReplayStatus.FAILED, complaint.sentence, expected, actual)
    sentence = f"{who} answers as it should"
    if reply.kind is ReplyKind.UNSUPPORTED:
        sentence = f"now unsupported: {who} says that it does not support {reply.feature or 'this'}"
    return ReplayResult(saved.path, saved.name, ReplayStatus.FIXED, sentence, expected, actual)


def _reading_of(case: Mapping[str, Any], otherwise: Reading) -> Reading:
    stated = case.get("reading")
    with contextlib.suppress(ValueError):
        if isinstance(stated, str | dict):
            return reading_from(stated)
    return otherwise


# ---- In words ----


def difference(failure: Failure, who: str = "the engine") -> str:
    """What is different about a reply, in a sentence.

    Args:
        failure: a reply that differs.
        who: whose reply it is.
    """
    expected, reply = failure.example.expected, failure.reply
    match failure.kind:
        case Kind.NO_ANSWER:
            return reply.problem or f"{who} gives no answer"
        case Kind.ACCEPTED:
            return f"{who} gives a schedule for a case with the defect {', '.join(expected.codes)}"
        case Kind.REFUSED:
            first = reply.errors[0] if reply.errors else {}
            said = ": ".join(each for each in (first.get("code"), first.get("message")) if each)
            return f"{who} refuses a sound case" + (f", with {said}" if said else "")
        case Kind.SCHEDULE:
            return _first_difference(expected.rows or (), failure.rows or (), who)
        case Kind.AS_OF:
            return f"{who} gives the right schedule, but {_position_difference(failure)}"
        case Kind.FORM:
            return f"{who} gives the right schedule in a wrong form: {'; '.join(reply.form)}"


def _position_difference(failure: Failure) -> str:
    for name in _POSITIONS:
        given, right = getattr(failure.reply, name), getattr(failure.example.expected, name)
        if None not in (given, right) and given != right:
            return f"counts {format_shares(given)} as {name} as of the case's day instead of {format_quantity(right)}"
    return "counts wrongly where shares stand as of the case's day"


def _first_difference(expected: Sequence[Row], actual: Sequence[Row], who: str) -> str:
    right, given = dict(expected), dict(actual)
    day = min(day for day in {*right, *given} if right.get(day) != given.get(day))
    vests = format_shares(given[day]) if day in given else "nothing"
    due = format_quantity(right[day]) if day in right else "nothing"
    return f"on {format_day(day)} {who} vests {vests} instead of {due}"


# ---- Engines ----


class _Engines:
    """The engines that are asked, each started once and ended with all others."""

    def __init__(self, options: ReplayOptions) -> None:
        self._options = options
        self._open = contextlib.ExitStack()
        self._processes: dict[str, EngineProcess] = {}
        self._reference: EngineFunction | None = None

    def __enter__(self) -> _Engines:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def reference(self) -> Engine:
        """The reference engine, in this process."""
        if self._reference is None:
            self._reference = EngineFunction(engine_protocol.answer)
        return self._reference

    def named(self, command: str) -> Engine:
        """The engine that a command starts.

        Raises:
            EngineNotFound: it names nothing that can be started.
        """
        if command not in self._processes:
            self._options.starting(command)
            engine = EngineProcess(command, self._options.timeout)
            self._processes[command] = self._open.enter_context(engine)
        return self._processes[command]
