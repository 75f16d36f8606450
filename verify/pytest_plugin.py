"""vestverify under pytest: vesting terms and cases as tests, and fixtures that test an engine written in Python.

Nothing happens without ``--vestverify`` or one of the fixtures, and nothing of vestverify is imported before. There is
no assertion here that pytest should rewrite: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from vestverify.engine.reading import Reading
    from vestverify.fuzz_results import FailureGroup
    from vestverify.loaded_document import LoadedDocument
    from vestverify.results import DocumentResult, Finding, InternalError, PropertyResult

#: From a request of the engine protocol to its answer, both as JSON values.
EngineFunction = Callable[[dict[str, Any]], Any]

_FAIL_ON = ("error", "warning", "info", "never")
#: What text that cannot be read may hold that was meant for OCF.
_CLAIM = re.compile(rb'VESTING_TERMS|"OCF_[A-Z_]*FILE"|vestverify\.case/')
#: Rows of a schedule that a message shows.
_MAXIMUM_ROWS = 12
#: Rows shown before the first one that differs.
_ROWS_BEFORE = 2
#: Characters of a case that a message shows.
_MAXIMUM_CASE = 4_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flags."""
    group = parser.getgroup("vestverify", "vesting terms in the Open Cap Table Format")
    group.addoption("--vestverify", action="store_true", help="Collect .json files that hold vesting terms, or cases.")
    group.addoption(
        "--vestverify-reading",
        action="append",
        default=[],
        metavar="KEY=VALUE|BUNDLE",
        help="Where OCF is ambiguous, the published answer to follow: a choice (repeatable), or a bundle's name.",
    )
    group.addoption(
        "--vestverify-fail-on",
        choices=_FAIL_ON,
        default="error",
        help="The least severity of a finding that fails a test (error).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a reading that is not published before anything is collected."""
    if config.getoption("vestverify"):
        _chosen_reading(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the JSON files, where ``--vestverify`` asks for them."""
    if file_path.suffix.lower() != ".json" or not parent.config.getoption("vestverify"):
        return None
    return OcfFile.from_parent(parent, path=file_path)


def _chosen_reading(config: pytest.Config) -> Reading | None:
    """The reading that the flags name; None where there are none.

    Raises:
        UsageError: no such reading is published.
    """
    texts: Sequence[str] = config.getoption("vestverify_reading")
    if not texts:
        return None
    from vestverify.engine.reading import DEFAULT_READING, UnknownReading, reading_from

    try:
        reading = DEFAULT_READING
        for text in sorted(texts, key=lambda each: "=" in each):
            key, equals, value = text.partition("=")
            reading = reading_from({key: value}, reading) if equals else reading_from(text)
        return reading
    except UnknownReading as error:
        raise pytest.UsageError(f"--vestverify-reading: {error}") from None


# ---- Files as tests ----


class OcfFailure(Exception):
    """What is wrong with a document, in lines for people."""


class OcfFile(pytest.File):
    """A JSON file; without tests where it holds no vesting terms and is no case."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each VestingTerms and each case, and one for what is wrong with the file around them."""
        from vestverify import documents
        from vestverify.results import DocumentKind, Severity

        document = documents.read_path(str(self.path))
        is_broken = any(error.severity is Severity.ERROR for error in document.errors)
        if document.kind is None:
            # Of what cannot be read, only what was meant to be OCF is anybody's concern here.
            is_readable = any(error.code == "VV004" for error in document.errors)
            if is_broken and not is_readable and _CLAIM.search(self.path.read_bytes()):
                yield DocumentItem.from_parent(self, name="document", document=document)
            return
        if document.case is not None:
            name = document.case.raw.get("name")
            name = name if isinstance(name, str) and name else self.path.stem
            has_answer = isinstance(document.case.raw.get("expected"), Mapping) and not is_broken
            kind = CaseItem if has_answer else DocumentItem
            yield kind.from_parent(self, name=_printable(name), document=document)
            return
        if document.kind is DocumentKind.VESTING_TEMPLATE or not (document.terms or is_broken):
            return
        for place, loaded in enumerate(document.terms):
            identifier = loaded.raw.get("id") if isinstance(loaded.raw, Mapping) else None
            name = identifier if isinstance(identifier, str) and identifier else f"terms[{place}]"
            yield TermsItem.from_parent(self, name=_printable(name), document=document, place=place)
        if is_broken or document.package is not None:
            yield DocumentItem.from_parent(self, name="document", document=document)


class _OcfItem(pytest.Item):
    """A test of something in a document."""

    def __init__(self, *, document: LoadedDocument, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.document = document

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The lines themselves, without a traceback through vestverify."""
        if isinstance(excinfo.value, OcfFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the test is, and its name."""
        return self.path, None, self.name

    def _check(self, document: LoadedDocument) -> tuple[DocumentResult, tuple[InternalError, ...]]:
        from vestverify.check import CheckOptions, check_document

        return check_document(document, CheckOptions(reading=_chosen_reading(self.config)))

    def _judge(
        self,
        result: DocumentResult,
        findings: Sequence[Finding],
        properties: Sequence[PropertyResult],
        internal: Sequence[InternalError],
    ) -> None:
        """Fail for findings that are severe enough, and for what is not decided.

        Raises:
            OcfFailure: there is such a thing.
        """
        from vestverify.results import Severity, Verdict

        fail_on: str = self.config.getoption("vestverify_fail_on")
        counted = _FAIL_ON[: _FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
        lines = [f"internal error: {_printable(each.message)}" for each in internal]
        for found in findings:
            # As on the command line, what is not valid OCF is never passed over.
            if found.severity in counted or (found.code.startswith("VV0") and found.severity is Severity.ERROR):
                lines.extend(_lines_of(found, result, self.path.name))
        if not any(found.code.startswith("VV0") for found in findings):
            lines.extend(f"open {each.code}: {each.reason}" for each in properties if each.verdict is Verdict.OPEN)
        lines.extend(f"open: {_printable(sentence)}" for sentence in result.not_decided)
        if lines:
            raise OcfFailure("\n".join(lines))


class TermsItem(_OcfItem):
    """A test of one VestingTerms: every property of it."""

    def __init__(self, *, place: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._place = place

    def runtest(self) -> None:
        """Decide the properties.

        Raises:
            OcfFailure: one is refuted, or open.
        """
        import dataclasses

        loaded = self.document.terms[self._place]
        alone = dataclasses.replace(self.document, errors=(), terms=(loaded,), package=None)
        result, internal = self._check(alone)
        self._judge(result, result.findings, result.terms[0].properties, internal)


class DocumentItem(_OcfItem):
    """A test of a document that is a case, or of what is around the VestingTerms of one that is none."""

    def runtest(self) -> None:
        """Decide everything about a case; about other documents, what is no matter of one VestingTerms.

        Raises:
            OcfFailure: something is refuted, or open.
        """
        result, internal = self._check(self.document)
        if self.document.case is None:
            self._judge(result, (*self.document.errors, *result.ledger), (), internal)
        else:
            properties = [each for terms in result.terms for each in terms.properties]
            self._judge(result, result.findings, properties, internal)


class CaseItem(_OcfItem):
    """A test of a case whose answer is known."""

    def runtest(self) -> None:
        """Hold the reference engine to the answer that the case states.

        Raises:
            OcfFailure: it gives another one, or that cannot be told.
        """
        from vestverify.fuzz_results import ReplayStatus
        from vestverify.fuzzing.replaying import replay_stated

        result = replay_stated(str(self.path))
        if result.status is not ReplayStatus.FIXED:
            lines = [_printable(result.sentence)]
            if result.expected or result.actual:
                lines += _both(result.expected, result.actual)
            raise OcfFailure("\n".join(lines))


def _lines_of(found: Finding, result: DocumentResult, name: str) -> Iterator[str]:
    position = result.positions.get(found.pointer)
    place = name if position is None else f"{position.file or name}:{position.line}:{position.column}"
    yield f"{found.severity} {found.code} {place}: {_printable(found.message)}"
    if found.counterexample is not None:
        yield f"  counterexample: {_printable(found.counterexample.words)}"
    if found.advice:
        yield f"  to do: {_printable(found.advice)}"


def _printable(text: str) -> str:
    from vestverify.reports import printable

    return printable(text)


def _both(expected: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]]) -> list[str]:
    """Two answers, a line each, from shortly before where they begin to differ."""
    alike = 0
    while alike < min(len(expected), len(given)) and expected[alike] == given[alike]:
        alike += 1
    start = max(0, alike - _ROWS_BEFORE)
    return [f"  expected: {_answer(expected, start)}", f"  given:    {_answer(given, start)}"]


def _answer(answer: Sequence[Mapping[str, Any]], start: int) -> str:
    """Rows or errors of an answer on one line, from one of them on."""
    parts = [
        f"{each['date']} {each['quantity']}"
        if "date" in each
        else ": ".join(str(each[key]) for key in ("code", "message") if each.get(key)) or "an error without a code"
        for each in answer[start : start + _MAXIMUM_ROWS]
    ]
    more = len(answer) - start - _MAXIMUM_ROWS
    parts = [*(["..."] if start else []), *parts, *([f"and {more} more"] if more > 0 else [])]
    return _printable(", ".join(parts) or "nothing vests")


# ---- An engine written in Python ----


@pytest.fixture(scope="session")
def vestverify_engine_check() -> Callable[..., None]:
    """A function that compares an engine with the reference engine: see ``check_engine``."""
    return check_engine


def check_engine(
    function: EngineFunction,
    max_examples: int = 500,
    terms: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    reading: str | Mapping[str, str] = "default",
    strict_reading: bool = False,
    seed: int = 0,
) -> None:
    """Compare an engine with the reference engine on many generated cases.

    Args:
        function: takes a request of ``vestverify.engine/1`` as a dict and returns the answer as a dict.
        max_examples: how many cases are tried.
        terms: one VestingTerms as JSON, or several, to try; None generates terms as well.
        reading: a bundle's name, or the choices that differ from the default reading.
        strict_reading: whether another published reading than this one fails, too.
        seed: another one gives other cases.

    Raises:
        AssertionError: the engine differs, or supports none of the cases; the message lists the causes.
        UnknownReading: no such reading is published.
        ValidationError: the terms are not what OCF's schema allows.
        DefectiveTerms: the terms have a structural defect.
    """
    __tracebackhide__ = True
    from vestverify.engine.reading import reading_from
    from vestverify.fuzzing import engine_function
    from vestverify.fuzzing.campaign import Campaign, Options
    from vestverify.strategies import subject_of

    given = () if terms is None else (terms,) if isinstance(terms, Mapping) else tuple(terms)
    options = Options(seed=seed, examples=max_examples, reading=reading_from(reading))
    with engine_function.EngineFunction(function) as engine:
        campaign = Campaign(engine, options)
        found = campaign.run([subject_of(each) for each in given])
    groups = [group for group in found if strict_reading or group.explained_by_reading is None]
    tally = campaign.tally
    if groups:
        number = sum(group.count for group in groups)
        heading = f"the engine differs from the reference engine in {number:,} of {tally.examples:,} examples"
        _fail([f"{heading}, for {_counted(len(groups), 'cause')}:", *(line for each in groups for line in _told(each))])
    if tally.examples and tally.unsupported == tally.examples:
        _fail([f"the engine supports none of the {tally.examples:,} examples, so that nothing was tested"])


@pytest.fixture(scope="session")
def vestverify_conformance() -> Callable[..., None]:
    """A function that puts the cases with known answers to an engine: see ``check_conformance``."""
    return check_conformance


def check_conformance(
    function: EngineFunction,
    cases: Sequence[str | Path] | None = None,
    reading: str | Mapping[str, str] = "default",
    strict_reading: bool = False,
) -> None:
    """Hold an engine to the known answers of cases; what it does not support it need not answer.

    Args:
        function: takes a request of ``vestverify.engine/1`` as a dict and returns the answer as a dict.
        cases: files of cases, and folders of them; None for those that are published with vestverify.
        reading: what is asked for where a case states no reading: a bundle's name, or the choices that differ.
        strict_reading: whether another published reading than this one fails, too.

    Raises:
        AssertionError: the engine gives other answers, or supports none of the cases.
        CasesUnusable: there are no such cases.
        UnknownReading: no such reading is published.
    """
    import importlib.metadata

    from vestverify.engine.reading import reading_from
    from vestverify.exit_codes import ExitCode
    from vestverify.fuzz_results import Conformance
    from vestverify.fuzzing import engine_function
    from vestverify.fuzzing.conformance import conform
    from vestverify.fuzzing.conformance_cases import published_cases, read_cases

    known = published_cases() if cases is None else read_cases([str(each) for each in cases])
    with engine_function.EngineFunction(function) as engine:
        run = conform(
            engine,
            known,
            command=getattr(function, "__name__", "function"),
            version=importlib.metadata.version("vestverify"),
            reading=reading_from(reading),
            reading_name=reading,
            strict_reading=strict_reading,
        )
    if run.exit_code == ExitCode.INTERNAL_ERROR:
        _fail(run.remarks)
    counted = {Conformance.FAILED, Conformance.DIFFERS_BY_READING} if strict_reading else {Conformance.FAILED}
    failed = [each for each in run.cases if each.outcome in counted]
    if failed:
        lines = [f"the engine fails {_counted(len(failed), 'case')} of {len(known):,}:"]
        for each in failed:
            lines.append(f"\n{each.name} ({', '.join(each.rules)}): the engine {_printable(each.sentence)}")
            lines += _both(each.expected, each.actual)
        _fail(lines)
    if known and all(each.outcome is Conformance.UNSUPPORTED for each in run.cases):
        _fail([f"the engine supports none of the {len(known):,} cases, so that nothing was tested"])


def _fail(lines: Sequence[str]) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError("\n".join(lines))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _told(group: FailureGroup) -> Iterator[str]:
    import json

    yield f"\n{group.rule} ({_counted(group.count, 'example')}): {_printable(group.sentence)}"
    if group.explained_by_reading:
        choices = ", ".join(f"{key}={value}" for key, value in group.explained_by_reading.items())
        yield f"  this is the reading {choices}"
    yield from _both(group.expected, group.actual)
    text = json.dumps(dict(group.case), default=str)
    yield f"  for the case: {text[:_MAXIMUM_CASE]}{'...' * (len(text) > _MAXIMUM_CASE)}"
