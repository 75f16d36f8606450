"""``vestverify check``: decide every property of documents."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from vestverify.commands.options import (
    budget_option,
    certify_option,
    chosen_certifier,
    chosen_reading,
    epilog,
    format_option,
    reading_option,
    solvers,
)
from vestverify.commands.terminal import described, use_colour, width, write, write_json
from vestverify.exit_codes import EPILOG_LINES, FAIL_ON, ON_OPEN, exit_code
from vestverify.reports import printable
from vestverify.results import DocumentResult, InternalError, RunResult

if TYPE_CHECKING:
    from vestverify.check import CheckOptions


@click.command(epilog=epilog(EPILOG_LINES))
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@format_option("text")
@reading_option
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="Exit with 1 where a finding is at least this severe.",
)
@click.option(
    "--on-open",
    type=click.Choice(ON_OPEN),
    default="fail",
    show_default=True,
    help="Whether a property that could not be decided gives exit code 3.",
)
@budget_option
@certify_option
def check(
    paths: tuple[str, ...],
    output: str,
    readings: tuple[str, ...],
    fail_on: str,
    on_open: str,
    budget: int | None,
    certify: bool,
) -> None:
    """Decide every property of the terms and transactions in PATHS (files, folders, packages, or - for standard input)."""
    import importlib.metadata

    from vestverify.check import DEFAULT_RLIMIT, CheckOptions
    from vestverify.documents import expand

    reading, reading_name = chosen_reading(readings)
    rlimit = DEFAULT_RLIMIT if budget is None else budget
    options = CheckOptions(
        reading=reading,
        reading_name=reading_name,
        rlimit=rlimit,
        certifier=chosen_certifier(certify, rlimit),
    )
    documents: list[DocumentResult] = []
    internal_errors: list[InternalError] = []
    for result, problems in _check_each(expand(paths), options):
        documents.append(result)
        internal_errors.extend(problems)
    run = RunResult(
        version=importlib.metadata.version("vestverify"),
        solver=solvers(certify),
        reading=options.reading_name,
        rlimit=options.rlimit,
        documents=tuple(documents),
        internal_errors=tuple(internal_errors),
        exit_code=exit_code(documents, internal_errors, fail_on, on_open),
    )
    _print_report(run, output)
    click.get_current_context().exit(run.exit_code)


def _check_each(
    paths: Sequence[str], options: CheckOptions
) -> Iterator[tuple[DocumentResult, tuple[InternalError, ...]]]:
    from vestverify import documents
    from vestverify.check import check_document

    show_progress = len(paths) > 1 and sys.stderr.isatty()
    for number, path in enumerate(paths, 1):
        if show_progress:
            click.echo(f"\r\x1b[K[{number}/{len(paths)}] {printable(path)[:60]}", err=True, nl=False)
        try:
            found = check_document(documents.read_path(path), options)
        except Exception as error:
            found = DocumentResult(path=path, sha256="", kind=None), (InternalError(path, "", described(error)),)
        yield found
    if show_progress:
        click.echo("\r\x1b[K", err=True, nl=False)


def _print_report(run: RunResult, output: str) -> None:
    from vestverify.reports import json_report, text_report

    if output == "json":
        write_json(json_report.render(run))
        problems = text_report.render_internal_errors(run, use_colour(sys.stderr), width(sys.stderr))
        click.echo(problems, err=True, nl=False)
    else:
        write(text_report.render(run, use_colour(sys.stdout), width(sys.stdout)))
