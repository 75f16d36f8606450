"""``vestverify fuzz``: random grants, dates and terms against an engine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vestverify.commands.options import chosen_reading, epilog, reading_option
from vestverify.commands.terminal import described, width, write, write_json
from vestverify.exit_codes import EPILOG_LINES, FAIL_ON, ExitCode
from vestverify.reports import printable

if TYPE_CHECKING:
    from vestverify.engine.reading import Reading
    from vestverify.fuzz_results import FailureGroup, FuzzRun
    from vestverify.fuzzing.running import Found
    from vestverify.strategies import Subject

_FOLDER = ".vestverify/failures"
_DATABASE = ".vestverify/examples"


@click.command(
    epilog=epilog(
        [
            "0  nothing found, or only what another published reading explains",
            "1  at least one failure",
            *EPILOG_LINES[2:3],
            "4  internal error: the reference engine contradicts itself or the prover; please report it",
        ]
    )
)
@click.argument("paths", nargs=-1, metavar="[TERMS]...")
@click.option(
    "--engine",
    "command",
    metavar="COMMAND",
    help="The engine to try, a program that speaks vestverify.engine/1; the reference engine otherwise.",
)
@reading_option
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Another one gives other cases."
)
@click.option(
    "--max-examples", type=click.IntRange(min=1), default=2_000, show_default=True, help="How many cases are tried."
)
@click.option(
    "--time",
    "seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Try no further cases after this time.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the engine may take for one answer.",
)
@click.option(
    "--memory",
    type=click.IntRange(min=1),
    default=2_048,
    show_default=True,
    metavar="MIB",
    help="How much memory the engine may take.",
)
@click.option("--strict-reading", is_flag=True, help="Fail also where another published reading explains a difference.")
@click.option(
    "--fail-on",
    type=click.Choice([each for each in FAIL_ON if each != "never"]),
    default="error",
    show_default=True,
    help="Without --engine: look for what breaks properties at least this severe.",
)
@click.option(
    "--save",
    "folder",
    default=_FOLDER,
    show_default=True,
    metavar="FOLDER",
    help="Where the smallest case of each failure is written.",
)
@click.option(
    "--database",
    default=_DATABASE,
    show_default=True,
    metavar="FOLDER",
    help="hypothesis's example database: what failed is tried again by the next run.",
)
@click.option("--no-save", is_flag=True, help="Write no files, and try nothing again.")
@click.option(
    "output",
    "--format",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    help="For people or for machines.",
)
def fuzz(
    paths: tuple[str, ...],
    command: str | None,
    readings: tuple[str, ...],
    seed: int,
    max_examples: int,
    seconds: float | None,
    timeout: float,
    memory: int,
    strict_reading: bool,
    fail_on: str,
    folder: str,
    database: str,
    no_save: bool,
    output: str,
) -> None:
    """Try many grants, dates and records on TERMS, or with --engine and without TERMS on generated ones.

    Dates are aimed at ties, month ends, expiries and the date of the grant, quantities at the residues where rounding
    changes. Failures are put down to causes, and the smallest case of each is shown and saved.
    """
    import importlib.metadata

    from vestverify.engine.reading import DEFAULT_READING
    from vestverify.fuzz_results import FuzzRun
    from vestverify.fuzzing.campaign import Options
    from vestverify.fuzzing.failures import Examples, database_key
    from vestverify.fuzzing.running import remember

    if command is None and not paths:
        raise click.UsageError("give terms to try, an engine with --engine, or both")
    reading, reading_name = chosen_reading(readings)
    reading = reading or DEFAULT_READING
    subjects, defective, unreadable = _subjects(paths)
    if paths and not subjects and not defective:
        click.get_current_context().exit(ExitCode.INVALID)
    options = Options(seed, max_examples, reading, _stop_after(seconds), _progress())
    examples = None if no_save else Examples(Path(database))
    key = database_key(command, reading)
    before: Sequence[Mapping[str, Any]] = () if examples is None else examples.cases(key)
    if command is None:
        found = _of_terms(options, fail_on, subjects, defective, before)
    else:
        found = _of_engine(command, timeout, memory * 2**20, options, subjects, defective, before)
    _clear_progress()
    saved = None if no_save or not found.groups else _save(Path(folder), found.groups, command, reading)
    if examples is not None:
        try:
            remember(examples, key, before, found)
        except OSError as error:
            click.echo(f"the example database cannot be written: {printable(str(error))}", err=True)
    wrong = [*found.inconsistencies, *(_contradictions(paths, found.groups, reading) if command is None else ())]
    failing = [group for group in found.groups if strict_reading or group.explained_by_reading is None]
    code = ExitCode.PROVED
    if wrong:
        code = ExitCode.INTERNAL_ERROR
    elif unreadable:
        code = ExitCode.INVALID
    elif failing:
        code = ExitCode.REFUTED
    run = FuzzRun(
        version=importlib.metadata.version("vestverify"),
        engine=command,
        reading=reading_name,
        seed=seed,
        examples=found.examples,
        unsupported=found.unsupported,
        groups=found.groups,
        remarks=found.remarks,
        saved_in=saved,
        exit_code=code,
    )
    _print(run, output)
    for sentence in wrong:
        click.echo(f"internal error: {printable(sentence)}", err=True)
    click.get_current_context().exit(code)


def _subjects(paths: Sequence[str]) -> tuple[list[Subject], list[Mapping[str, Any]], bool]:
    """The terms of documents: those that can be run, those that cannot, and whether something could not be read."""
    from vestverify import documents
    from vestverify.engine.plan import DefectiveTerms
    from vestverify.strategies import subject_of

    subjects: list[Subject] = []
    defective: list[Mapping[str, Any]] = []
    unreadable = False
    for path in documents.expand(paths):
        try:
            document = documents.read_path(path)
        except Exception as error:
            click.echo(f"{printable(path)}: {printable(described(error))}", err=True)
            unreadable = True
            continue
        errors = [*document.errors, *(each for terms in document.terms for each in terms.errors)]
        for finding in errors[:5]:
            click.echo(f"{printable(path)}: {finding.code} {printable(finding.message)}", err=True)
        if not document.terms and not errors:
            click.echo(f"{printable(path)}: there are no vesting terms in this document", err=True)
        unreadable = unreadable or bool(errors) or not document.terms
        for loaded in document.terms:
            if loaded.terms is None or not isinstance(loaded.raw, Mapping):
                continue
            try:
                subjects.append(subject_of(loaded.raw))
            except DefectiveTerms:
                defective.append(loaded.raw)
    return subjects, defective, unreadable


def _of_terms(
    options: Any,
    fail_on: str,
    subjects: Sequence[Subject],
    defective: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
) -> Found:
    from vestverify.fuzzing.running import fuzz_terms
    from vestverify.results import Severity

    return fuzz_terms(options, Severity(fail_on), subjects, defective, before)


def _of_engine(
    command: str,
    timeout: float,
    memory: int,
    options: Any,
    subjects: Sequence[Subject],
    defective: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
) -> Found:
    from vestverify.fuzzing.engine_process import EngineNotFound, EngineProcess
    from vestverify.fuzzing.running import fuzz_engine

    try:
        with EngineProcess(command, timeout=timeout, memory=memory) as engine:
            return fuzz_engine(engine, options, subjects, defective, before)
    except EngineNotFound as error:
        raise click.UsageError(str(error)) from None


def _contradictions(paths: Sequence[str], groups: Sequence[FailureGroup], reading: Reading) -> list[str]:
    """Properties that the prover calls proved and a run has broken: never to be believed, always to be shown."""
    broken = {(str(group.case["terms"]["id"]), group.code): group for group in groups}
    if not broken:
        return []
    from vestverify import documents
    from vestverify.check import CheckOptions, check_document
    from vestverify.results import Verdict

    found = []
    for path in documents.expand(paths):
        result, _ = check_document(documents.read_path(path), CheckOptions(reading=reading))
        for terms in result.terms:
            for verdict in terms.properties:
                group = broken.get((terms.id, verdict.code))
                if group is not None and verdict.verdict is Verdict.PROVED:
                    found.append(f"{verdict.code} of {terms.id!r} is proved, and the case {group.identifier} breaks it")
    return found


def _save(folder: Path, groups: Sequence[FailureGroup], command: str | None, reading: Reading) -> str | None:
    from vestverify.fuzzing.failures import save, save_run

    try:
        for group in groups:
            save(folder, group, command, reading)
        if command is not None:
            save_run(folder, command)
    except OSError as error:
        click.echo(f"the failures cannot be saved: {printable(str(error))}", err=True)
        return None
    return str(folder)


def _stop_after(seconds: float | None) -> Callable[[], bool]:
    if seconds is None:
        return lambda: False
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def _progress() -> Callable[[int, int], None]:
    if not sys.stderr.isatty():
        return lambda examples, failures: None

    def show(examples: int, failures: int) -> None:
        click.echo(f"\r\x1b[K{examples:,} cases, {failures:,} failures", err=True, nl=False)

    return show


def _clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def _print(run: FuzzRun, output: str) -> None:
    from vestverify.reports import fuzz_report

    if output == "json":
        write_json(fuzz_report.render_json(run))
    elif output == "junit":
        from vestverify.reports import junit_report

        write_json(junit_report.render_fuzz(run))
    else:
        write(fuzz_report.render(run, width(sys.stdout)))
