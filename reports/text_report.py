"""The report for people: what is wrong, where, an input that shows it, what to do, and what was proved."""

from __future__ import annotations

import os
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import click

from vestverify.reports import columns, printable, printable_source
from vestverify.reports.json_report import summary
from vestverify.reports.schedule_report import percent, rows_from, shares, table
from vestverify.results import (
    Counterexample,
    DocumentKind,
    DocumentResult,
    Finding,
    InternalError,
    Position,
    PropertyResult,
    RunResult,
    Severity,
    TermsResult,
    Verdict,
)

#: Rows of a counterexample's schedule that are shown before the middle is left out.
MAXIMUM_ROWS = 8
#: Findings of one kind about one document, or one VestingTerms, that are shown; JSON has all of them.
MAXIMUM_ALIKE = 20
#: Properties that do not apply are listed one by one up to this many, and by code beyond.
_FEW = 3
_OPENING = ("{", "[")
#: What a scope says beside the inputs for which a verdict holds.
_FOUND_OUT = ("start_dates", "vested_share")

_SEVERITY_STYLES: dict[Severity, dict[str, Any]] = {
    Severity.ERROR: {"fg": "red", "bold": True},
    Severity.WARNING: {"fg": "yellow", "bold": True},
    Severity.INFO: {"dim": True},
}
_VERDICT_STYLES: dict[Verdict, dict[str, Any]] = {
    Verdict.REFUTED: {"fg": "red", "bold": True},
    Verdict.OPEN: {"fg": "yellow", "bold": True},
    Verdict.PROVED: {"fg": "green"},
    Verdict.NOT_APPLICABLE: {"dim": True},
}


def render(run: RunResult, colour: bool, width: int = 100) -> str:
    """Write a run for people.

    Args:
        run: what was found out.
        colour: whether to use the terminal's colours.
        width: columns within which sentences are broken; commands to copy are never broken.

    Returns:
        Text with a line feed at the end, without spaces at the ends of lines.
    """
    page = _Page(run, colour, width)
    lines: list[str] = []
    for document in run.documents:
        lines.extend(page.document(document))
    lines.extend(page.internal_errors(run.internal_errors))
    lines.extend(page.closing())
    return "".join(f"{line.rstrip()}\n" for line in lines)


def render_internal_errors(run: RunResult, colour: bool, width: int = 100) -> str:
    """Write only the internal errors of a run; the empty text where there are none."""
    lines = _Page(run, colour, width).internal_errors(run.internal_errors)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def reproduce_command(
    path: str, counterexample: Counterexample, reading: str | Mapping[str, str] = "default"
) -> str | None:
    """The command that shows a counterexample's schedule.

    Args:
        path: of the document.
        counterexample: the input to show.
        reading: the reading of the run; a reading stated in the case wins.

    Returns:
        A line for a POSIX shell; None where flags cannot say it (explicit vestings, other transactions).
    """
    case = counterexample.case
    issuance = case["issuance"]
    transactions = case.get("transactions") or []
    if issuance.get("vestings") is not None or not isinstance(case.get("terms"), Mapping):
        return None
    if any(item["object_type"] not in ("TX_VESTING_START", "TX_VESTING_EVENT") for item in transactions):
        return None
    terms = case["terms"]
    start_conditions = [
        condition["id"]
        for condition in terms["vesting_conditions"]
        if condition["trigger"]["type"] == "VESTING_START_DATE"
    ]
    words = ["vestverify", "schedule", *_path_words(path)]
    words += ["--terms", terms["id"], "--quantity", issuance["quantity"]]
    for item in transactions:
        identifier, date = item["vesting_condition_id"], item["date"]
        if item["object_type"] == "TX_VESTING_EVENT":
            words += ["--event", f"{identifier}={date}"]
        elif start_conditions == [identifier]:
            words += ["--start", date]
        else:
            words += ["--start", f"{identifier}={date}"]
    if issuance["date"] != min((item["date"] for item in transactions), default=None):
        words += ["--grant-date", issuance["date"]]
    words += _reading_flags(case.get("reading") or reading)
    return " ".join(_shell_word(word) for word in words)


def _path_words(path: str) -> list[str]:
    return [path if path == "-" or not path.startswith("-") else f"./{path}"]


def _reading_flags(reading: str | Mapping[str, str]) -> list[str]:
    if isinstance(reading, Mapping):
        return [word for key, value in reading.items() for word in ("--reading", f"{key}={value}")]
    return [] if reading == "default" else ["--reading", reading]


def _shell_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    try:
        characters = os.fsencode(word)
    except UnicodeEncodeError:
        characters = word.encode("utf-8", "surrogatepass")
    escaped = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\'" else f"\\x{byte:02x}" for byte in characters)
    return f"$'{escaped}'"


class _Page:
    """Lays out one run; holds what every part of it needs to know."""

    def __init__(self, run: RunResult, colour: bool, width: int) -> None:
        self._run = run
        self._colour = colour
        self._width = max(width, 40)
        self._notes: dict[str, int] = {}
        for document in run.documents:
            for terms in document.terms:
                for result in terms.properties:
                    if result.verdict is Verdict.PROVED and _scope_words(result):
                        self._notes.setdefault(_scope_words(result), len(self._notes) + 1)

    def _paint(self, text: str, **style: Any) -> str:
        return click.style(text, **style) if self._colour else text

    def _wrapped(self, head: str, text: str, indent: str, style: Mapping[str, Any], hanging: int = 2) -> list[str]:
        lines = textwrap.wrap(
            text,
            self._width,
            initial_indent=f"{indent}{head} ",
            subsequent_indent=indent + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [f"{indent}{head}"]
        lines[0] = indent + self._paint(head, **style) + lines[0][len(indent) + len(head) :]
        return lines

    def document(self, document: DocumentResult) -> Iterator[str]:
        """The lines about one document."""
        if document.errors or not document.terms:
            kind = f"  {document.kind}" if document.kind else ""
            words, style = _headline(document)
            yield f"{self._paint(printable(document.path), bold=True)}{kind}  {self._paint(words, **style)}"
            yield ""
            yield from self._findings(document.errors, document)
        for terms, alike in _rows_alike(document):
            yield from self._terms(terms, document, alike)
        for sentence in document.not_decided[:MAXIMUM_ALIKE]:
            yield from self._wrapped("not decided:", printable(sentence), "  ", {"bold": True})
            yield ""
        if len(document.not_decided) > MAXIMUM_ALIKE:
            yield f"  not decided: {len(document.not_decided) - MAXIMUM_ALIKE:,} more"
            yield ""
        if document.ledger or document.securities:
            run = f" of {_counted(document.securities, 'security', 'securities')}" if document.securities else ""
            words = f"transactions{run}" + ("" if document.ledger else "  no finding")
            yield f"{self._paint(printable(document.path), bold=True)}  {words}"
            yield ""
            yield from self._findings(document.ledger, document)

    def _terms(self, terms: TermsResult, document: DocumentResult, alike: int) -> Iterator[str]:
        path = self._paint(printable(document.path), bold=True)
        worst = min((found.severity for found in terms.findings), key=list(Severity).index, default=Severity.ERROR)
        style = _VERDICT_STYLES[terms.verdict]
        words = terms.verdict.replace("-", " ")
        if terms.verdict is Verdict.REFUTED and worst is not Severity.ERROR:
            style = _SEVERITY_STYLES[worst]
            words += " (warnings only)" if worst is Severity.WARNING else " (for information only)"
        verdict = self._paint(words, **style)
        named = " ".join(filter(None, (printable(terms.id), f'"{printable(terms.name)}"' if terms.name else "")))
        more = f"and {_counted(alike, 'row', 'rows')} more of which the same holds" if alike else ""
        yield "  ".join(filter(None, (path, named, more, verdict)))
        yield ""
        yield from self._findings(terms.findings, document)
        yield from self._properties(terms.properties)
        yield ""

    def _findings(self, findings: Sequence[Finding], document: DocumentResult) -> Iterator[str]:
        findings, left_out = _few_alike(findings)
        compared = [finding for finding in findings if _compares_schedules(finding)]
        for finding in findings:
            if finding.severity is not Severity.INFO and finding not in compared:
                yield from self._finding(finding, document)
                yield ""
        for finding in compared:
            yield from self._in_short(finding, document)
        if compared:
            yield from self._side_by_side(document.path, compared[0])
            yield ""
        quiet = [finding for finding in findings if finding.severity is Severity.INFO and finding not in compared]
        for finding in quiet:
            text = f"{printable(finding.message)} ({_place(finding.pointer, document)})"
            yield from self._wrapped(_head(finding), text, "  ", _SEVERITY_STYLES[Severity.INFO])
        if quiet:
            yield ""
        for head, number in left_out.items():
            yield f"  {head}: {number:,} more like these; --format json lists all of them"
            yield ""

    def _finding(self, finding: Finding, document: DocumentResult) -> Iterator[str]:
        yield from self._wrapped(_head(finding), printable(finding.message), "  ", _SEVERITY_STYLES[finding.severity])
        yield f"    {self._paint('-->', fg='blue')} {_place(finding.pointer, document)}"
        yield from self._excerpt(finding, document)
        for related in finding.related:
            text = f"{_place(related.pointer, document)}: {printable(related.label)}"
            yield from self._wrapped("=", text, "    ", {"fg": "blue"})
        if finding.counterexample is not None:
            yield from self._counterexample(finding.counterexample)
        if finding.advice:
            yield from self._wrapped("to do:", printable(finding.advice), "    ", {"bold": True})
        if finding.counterexample is not None:
            command = reproduce_command(document.path, finding.counterexample, self._run.reading)
            if command is not None:
                yield f"    {self._paint('reproduce:', bold=True)} {command}"

    def _in_short(self, finding: Finding, document: DocumentResult) -> Iterator[str]:
        """A finding of which a document may have many alike: its message, its example and what to do."""
        text = f"{printable(finding.message)} ({_place(finding.pointer, document)})"
        yield from self._wrapped(_head(finding), text, "  ", _SEVERITY_STYLES[finding.severity])
        if finding.counterexample is not None:
            yield from self._wrapped("for example:", printable(finding.counterexample.words), "    ", {"bold": True})
        if finding.advice:
            yield from self._wrapped("to do:", printable(finding.advice), "    ", {"bold": True})

    def _side_by_side(self, path: str, finding: Finding) -> Iterator[str]:
        """The command that shows both schedules of such findings."""
        words = ["vestverify", "prove", finding.code, *_path_words(path)]
        command = " ".join(_shell_word(word) for word in (*words, *_reading_flags(self._run.reading)))
        yield f"    {self._paint('side by side:', bold=True)} {command}"

    def _excerpt(self, finding: Finding, document: DocumentResult) -> Iterator[str]:
        position = document.positions.get(finding.pointer)
        if position is None or (position.file, position.line) not in document.source_lines:
            return
        source = document.source_lines[position.file, position.line].rstrip()
        if source.strip() in _OPENING and position.end_line > position.line:
            # A bracket alone says nothing: mark what stands first inside it.
            position = _first_inside(position, document) or position
            source = document.source_lines[position.file, position.line].rstrip()
        end = position.end_column - 1 if position.end_line == position.line else len(source)
        start = min(position.column - 1, len(source))
        number = str(position.line)
        room = self._width - len(number) - 7
        before, marked, after = _cut(
            printable_source(source[:start]),
            printable_source(source[start:end]),
            printable_source(source[max(start, end) :]),
            room,
        )
        gutter = self._paint(f"    {' ' * len(number)} |", fg="blue")
        yield gutter
        yield f"{self._paint(f'    {number} |', fg='blue')} {before}{marked}{after}"
        carets = "^" * max(1, columns(marked))
        yield f"{gutter} {' ' * columns(before)}{self._paint(carets, **_SEVERITY_STYLES[finding.severity])}"

    def _counterexample(self, counterexample: Counterexample) -> Iterator[str]:
        yield from self._wrapped("for example:", printable(counterexample.words), "    ", {"bold": True})
        rows = rows_from(counterexample.schedule)
        if not rows:
            return
        granted = Fraction(counterexample.case["issuance"]["quantity"])
        cells = [["date", "shares", "cumulative", "of grant"]]
        cells += [
            [printable(row.date), shares(row.quantity), shares(row.cumulative), percent(row.cumulative, granted)]
            for row in rows
        ]
        lines = table(cells, "<>>>")
        if len(rows) > MAXIMUM_ROWS:
            kept = MAXIMUM_ROWS // 2
            lines[1 + kept : -kept + 1] = [f"...         ({len(rows) - MAXIMUM_ROWS + 1} more)"]
        yield self._paint(f"      {lines[0]}", dim=True)
        yield from (f"      {line}" for line in lines[1:])

    def _properties(self, properties: Sequence[PropertyResult]) -> Iterator[str]:
        for verdict in Verdict:
            results = [result for result in properties if result.verdict is verdict]
            if verdict is Verdict.NOT_APPLICABLE and len(results) > _FEW:
                codes = ", ".join(result.code for result in results)
                yield from self._wrapped(_label(verdict), codes, "  ", _VERDICT_STYLES[verdict], hanging=16)
                continue
            for result in results:
                text = f"{result.code} {printable(result.promise)}{self._detail(result)}"
                yield from self._wrapped(_label(verdict), text, "  ", _VERDICT_STYLES[verdict], hanging=22)
                if "start_dates" in result.scope:
                    yield from self._wrapped(
                        "only for some starts:", printable(result.scope["start_dates"]), " " * 24, {"dim": True}
                    )

    def _detail(self, result: PropertyResult) -> str:
        if result.verdict in (Verdict.OPEN, Verdict.NOT_APPLICABLE):
            return f": {printable(result.reason)}" if result.reason else ""
        method = f" ({result.method})" if result.method else ""
        if result.verdict is Verdict.PROVED and len(self._notes) > 1 and _scope_words(result):
            return f"{method} [{self._notes[_scope_words(result)]}]"
        return method

    def internal_errors(self, errors: Iterable[InternalError]) -> Iterator[str]:
        """The lines about what must never happen: both sides, and how to report it."""
        errors = tuple(errors)
        for error in errors:
            place = printable(error.path) + (f", {printable(error.terms_id)}" if error.terms_id else "")
            yield f"{self._paint('internal error', fg='red', bold=True)} in {place}"
            yield from (f"    {printable(line)}" for line in error.message.splitlines())
        if errors:
            yield from self._sentence(
                "This is a defect of vestverify, not of your document, and no verdict on it should be relied on. "
                "Please report it with the lines above, the document, the command line and the versions: "
                f"vestverify {printable(self._run.version)}, {self._solver()}."
            )
            yield ""

    def closing(self) -> Iterator[str]:
        """The summary, and what the proofs stand on."""
        counts = summary(self._run.documents)
        yield (
            f"{_counted(counts['documents'], 'document')}, {_terms_words(self._run.documents)}: "
            f"{counts['proved']} proved, {counts['refuted']} refuted, {counts['open']} open; "
            f"{_counted(counts['errors'], 'error')}, {_counted(counts['warnings'], 'warning')}"
        )
        reading = _reading_words(self._run.reading)
        if not self._notes:
            yield f"Nothing was proved. Reading: {reading}."
        elif len(self._notes) == 1:
            yield from self._sentence(f"The proofs hold under {reading}, {self._solver()}; {next(iter(self._notes))}.")
        else:
            yield from self._sentence(f"The proofs hold under {reading}, {self._solver()}, for:")
            for words, number in self._notes.items():
                yield from self._wrapped(f"[{number}]", words, "  ", {}, hanging=4)
        yield from self._certified()

    def _certified(self) -> Iterator[str]:
        terms = [each for document in self._run.documents for each in document.terms]
        certificates = [each.certificate for each in terms if each.certificate is not None]
        if not certificates:
            return
        confirmed, asked = (sum(each.confirmed for each in certificates), sum(each.asked for each in certificates))
        solver = printable(certificates[0].solver)
        yield f"{solver} confirmed {confirmed} of {_counted(asked, 'unsat answer')}."
        missing: dict[str, int] = {}
        for result in (result for each in terms for result in each.properties):
            if result.certificate is not None and result.certificate.confirmed < result.certificate.asked:
                doubtful = result.certificate.asked - result.certificate.confirmed
                missing[result.code] = missing.get(result.code, 0) + doubtful
        if missing:
            listed = ", ".join(f"{code} {number}" for code, number in sorted(missing.items()))
            yield from self._sentence(f"Not confirmed, because {solver} gave up on them: {listed}.")

    def _solver(self) -> str:
        return f"solver {printable(self._run.solver)}"

    def _sentence(self, text: str) -> list[str]:
        return textwrap.wrap(text, self._width, break_long_words=False, break_on_hyphens=False)


def _rows_alike(document: DocumentResult) -> list[tuple[TermsResult, int]]:
    """The terms, each with the number of rows of a token table that stand for it: without findings, of equal verdicts."""
    if document.kind is not DocumentKind.TOKEN_ALLOCATION:
        return [(terms, 0) for terms in document.terms]
    kept: list[TermsResult] = []
    alike: dict[tuple[Any, ...], int] = {}
    of_kept: list[tuple[Any, ...]] = []
    for terms in document.terms:
        verdicts = tuple((each.code, each.verdict, each.reason, each.assumptions) for each in terms.properties)
        kind = (terms.pointer, terms.id) if terms.findings or not terms.pointer else verdicts
        if kind not in alike:
            kept.append(terms)
            of_kept.append(kind)
        alike[kind] = alike.get(kind, -1) + 1
    return [(terms, alike[kind]) for terms, kind in zip(kept, of_kept, strict=True)]


def _terms_words(documents: Sequence[DocumentResult]) -> str:
    """How many vesting terms there are, and how many rows and tables of token allocations."""
    tables = [each for each in documents if each.kind is DocumentKind.TOKEN_ALLOCATION]
    rows = sum(bool(terms.pointer) for table in tables for terms in table.terms)
    terms = sum(len(each.terms) for each in documents if each.kind is not DocumentKind.TOKEN_ALLOCATION)
    words = [f"{terms} vesting terms"] if terms or not rows else []
    words += [f"{_counted(rows, 'row')} of {_counted(len(tables), 'token table')}"] if rows else []
    return ", ".join(words)


def _headline(document: DocumentResult) -> tuple[str, Mapping[str, Any]]:
    """What to say of a document itself, and in which style."""
    if any(error.severity is Severity.ERROR for error in document.errors):
        return "cannot be read as it stands", _VERDICT_STYLES[Verdict.REFUTED]
    if document.errors:
        return "can be read, with remarks", _SEVERITY_STYLES[Severity.WARNING]
    return "no vesting terms", {"dim": True}


def _few_alike(findings: Sequence[Finding]) -> tuple[list[Finding], dict[str, int]]:
    """Findings of which at most ``MAXIMUM_ALIKE`` are of one kind, and how many more there are of each."""
    seen: dict[tuple[Any, ...], int] = {}
    kept: list[Finding] = []
    left_out: dict[str, int] = {}
    for finding in findings:
        kind = (finding.code, finding.severity, finding.facts.get("rule"))
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= MAXIMUM_ALIKE:
            kept.append(finding)
        else:
            left_out[_head(finding)] = left_out.get(_head(finding), 0) + 1
    return kept, left_out


def _compares_schedules(finding: Finding) -> bool:
    """Whether a finding is about two schedules of one input, which are shown side by side elsewhere."""
    return "other_schedule" in finding.facts


def _head(finding: Finding) -> str:
    return f"{finding.severity}[{finding.code} {finding.slug}]"


def _label(verdict: Verdict) -> str:
    return verdict.replace("-", " ").ljust(len("not applicable"))


def _place(pointer: str, document: DocumentResult) -> str:
    path = printable(document.path)
    position = document.positions.get(pointer)
    if position is not None:
        inside = f"{'' if path.endswith('/') else '/'}{printable(position.file)}" if position.file else ""
        return f"{path}{inside}:{position.line}:{position.column}"
    return f"{path} at {printable(pointer)}" if pointer else path


def _cut(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """Shorten a line around its marked part until it fits into ``room`` columns."""
    if len(before) + len(marked) > room:
        kept = max(room // 3, room - len(marked) - 6)
        if len(before) > kept:
            before = "..." + before[-kept:]
        space = room - len(before)
        if len(marked) > space:
            marked = marked[: space - 3] + "..."
    space = room - len(before) - len(marked)
    if len(after) > space:
        after = after[: max(0, space - 3)] + "..." if space >= 3 else ""
    return before, marked, after


def _counted(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or f'{noun}s'}"


def _first_inside(position: Position, document: DocumentResult) -> Position | None:
    inside = document.source_lines.get((position.file, position.line + 1))
    if inside is None or not inside.strip():
        return None
    column = len(inside) - len(inside.lstrip()) + 1
    return Position(position.line + 1, column, position.line + 1, len(inside.rstrip()) + 1, position.file)


def _scope_words(result: PropertyResult) -> str:
    words = [
        f"{key.replace('_', ' ')}: {printable(value)}" for key, value in result.scope.items() if key not in _FOUND_OUT
    ]
    words += [f"assuming that {printable(text)}" for text in result.assumptions]
    return "; ".join(words) or ""


def _reading_words(reading: str | Mapping[str, str]) -> str:
    if isinstance(reading, str):
        return f"the {printable(reading)} reading"
    choices = ", ".join(f"{key}={value}" for key, value in reading.items())
    return f"the default reading with {printable(choices)}" if choices else "the default reading"
