"""``vestverify prove``: one property of one terms object, with everything that its verdict rests on."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

import click

from vestverify.commands.choosing import chosen_property, chosen_terms
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
from vestverify.commands.terminal import use_colour, width, write, write_json
from vestverify.exit_codes import EPILOG_LINES, ExitCode, exit_code
from vestverify.reports import proof_report, schedule_report, text_report
from vestverify.results import RunResult


@click.command(epilog=epilog(EPILOG_LINES))
@click.argument("code", metavar="CODE")
@click.argument("path", metavar="DOCUMENT")
@format_option("text")
@click.option("--terms", "terms_id", metavar="ID", help="Which of several vesting terms.")
@reading_option
@budget_option
@certify_option
@click.option("everything", "--all", is_flag=True, help="Show all constraints, however many there are.")
@click.option(
    "directory",
    "--smt-lib",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIRECTORY",
    help="Write every question there as a script in SMT-LIB 2, which any solver runs.",
)
def prove(
    code: str,
    path: str,
    output: str,
    terms_id: str | None,
    readings: tuple[str, ...],
    budget: int | None,
    certify: bool,
    everything: bool,
    directory: Path | None,
) -> None:
    """Decide the property CODE of vesting terms and show how: the questions, the constraints, the answers."""
    from vestverify import documents, engine_protocol
    from vestverify.check import DEFAULT_RLIMIT, CheckOptions
    from vestverify.proof import prove as proof_of

    promised = chosen_property(code)
    if promised.subject != "terms":
        raise click.UsageError(
            f"{promised.code} is about the {promised.subject}, not about vesting terms: `vestverify check` decides it."
        )
    reading, reading_name = chosen_reading(readings)
    rlimit = DEFAULT_RLIMIT if budget is None else budget
    options = CheckOptions(reading, reading_name, rlimit, chosen_certifier(certify, rlimit))
    document = documents.read_path(path)
    terms, errors = chosen_terms(document, terms_id)
    if terms is None or errors:
        refused = engine_protocol.refuse(errors, document)
        click.echo(schedule_report.render_errors(refused["errors"]), err=True, nl=False)
        click.get_current_context().exit(ExitCode.INVALID)
    proof = proof_of(document, terms, promised.code, options)
    run = RunResult(
        version=importlib.metadata.version("vestverify"),
        solver=solvers(certify),
        reading=reading_name,
        rlimit=rlimit,
        documents=(proof.document,),
        internal_errors=proof.internal_errors,
        exit_code=exit_code((proof.document,), proof.internal_errors, "error", "fail"),
    )
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        for question, name in zip(proof.questions, proof_report.file_names(proof.questions), strict=True):
            (directory / name).write_text(question.script, encoding="utf-8")
    if output == "json":
        write_json(proof_report.render_json(proof, run))
    else:
        write(proof_report.render(proof, run, width(sys.stdout), everything=everything))
    problems = text_report.render_internal_errors(run, use_colour(sys.stderr), width(sys.stderr))
    click.echo(problems, err=True, nl=False)
    click.get_current_context().exit(run.exit_code)
