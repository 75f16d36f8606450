"""``vestverify conform``: an engine held against cases with known answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vestverify.commands.options import chosen_reading, epilog, reading_option
from vestverify.commands.terminal import use_colour, width, write, write_json
from vestverify.exit_codes import ExitCode
from vestverify.reports import printable

if TYPE_CHECKING:
    from vestverify.fuzz_results import ConformanceRun
    from vestverify.fuzzing.conformance_cases import KnownCase

_EPILOG_LINES = (
    "0  every case that the engine supports passes; answers by another published reading are no failures",
    "1  at least one case fails, or with --strict-reading is answered by another reading",
    "2  the command line is wrong, there are no cases, one cannot be read, or the engine cannot be started",
    "4  internal error: the reference engine does not give a known answer; please report it",
)


@click.command(epilog=epilog(_EPILOG_LINES))
@click.argument("paths", nargs=-1, metavar="[CASES]...")
@click.option(
    "--engine",
    required=True,
    metavar="COMMAND",
    help="The engine to ask: a program that speaks vestverify.engine/1, started without a shell.",
)
@reading_option
@click.option(
    "--strict-reading", is_flag=True, help="Let an answer that is right under another published reading fail the run."
)
@click.option(
    "rules",
    "--rule",
    multiple=True,
    metavar="RULE",
    help="Only cases about this rule (DAT-2) or family (DAT); repeatable.",
)
@click.option(
    "--confidence",
    type=click.Choice(["certain", "interpretation"]),
    help="Only cases to which OCF leaves one answer, or only those with one of several published answers.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long the engine may take for an answer.",
)
@click.option(
    "output",
    "--format",
    type=click.Choice(["table", "json", "junit"]),
    default="table",
    show_default=True,
    help="For people, for machines, or as a JUnit report.",
)
def conform(
    paths: tuple[str, ...],
    engine: str,
    readings: tuple[str, ...],
    strict_reading: bool,
    rules: tuple[str, ...],
    confidence: str | None,
    timeout: float,
    output: str,
) -> None:
    """Hold an engine against cases with known answers, and count by rule what it gets right.

    The cases are those published with vestverify, each worked out by hand from numbered rules. CASES are files and
    folders of cases of your own, in the same format, to be used instead.

    For example, to see the reference engine pass: vestverify conform --engine "vestverify engine"
    """
    import importlib.metadata

    from vestverify.engine.reading import DEFAULT_READING
    from vestverify.fuzzing.conformance import conform as held_against
    from vestverify.fuzzing.conformance_cases import CasesUnusable, chosen, published_cases, read_cases
    from vestverify.fuzzing.engine_process import EngineNotFound, EngineProcess

    reading, reading_name = chosen_reading(readings)
    try:
        cases = chosen(read_cases(paths) if paths else published_cases(), rules, confidence)
        with EngineProcess(engine, timeout) as process:
            _show_progress(f"asking {len(cases)} cases of {printable(engine)[:60]} ...")
            try:
                run = held_against(
                    process,
                    cases,
                    command=engine,
                    version=importlib.metadata.version("vestverify"),
                    reading=reading or DEFAULT_READING,
                    reading_name=reading_name,
                    strict_reading=strict_reading,
                )
            finally:
                _show_progress("")
    except (CasesUnusable, EngineNotFound) as error:
        raise click.UsageError(printable(str(error))) from None
    _print_report(run, cases, output, strict_reading)
    click.get_current_context().exit(run.exit_code)


def _show_progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)


def _print_report(run: ConformanceRun, cases: Sequence[KnownCase], output: str, strict_reading: bool) -> None:
    from vestverify.reports import conformance_report, junit_report

    if output == "json":
        write_json(conformance_report.render_json(run))
    elif output == "junit":
        write_json(junit_report.render_conformance(run, strict_reading))
    else:
        path = _path_of_first(run, cases)
        write(conformance_report.render_table(run, use_colour(sys.stdout), width(sys.stdout), strict_reading, path))
    if run.exit_code == ExitCode.INTERNAL_ERROR and output != "table":
        for remark in run.remarks:
            click.echo(printable(remark), err=True)


def _path_of_first(run: ConformanceRun, cases: Sequence[KnownCase]) -> str | None:
    """The file of the first case that fails, or else differs by reading; None where it is no file of its own."""
    from vestverify.fuzz_results import Conformance

    paths = {id(case.raw): case.path for case in cases}
    for outcome in (Conformance.FAILED, Conformance.DIFFERS_BY_READING):
        for case in run.cases:
            if case.outcome is outcome and os.path.isfile(paths.get(id(case.case), "")):
                return paths[id(case.case)]
    return None
