"""``vestverify schedule``: show what vests when."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from vestverify.commands.choosing import chosen_terms
from vestverify.commands.options import chosen_day, chosen_reading, epilog, format_option, reading_option
from vestverify.commands.terminal import write, write_json
from vestverify.engine.calendar import format_day
from vestverify.engine.reading import Reading, reading_from
from vestverify.exit_codes import ExitCode
from vestverify.reports import printable
from vestverify.results import Finding

if TYPE_CHECKING:
    from vestverify.engine.case import Case


@click.command(
    epilog=epilog(
        [
            "0  the schedule is printed",
            "1  there is none: the terms or the transactions are defective",
            "2  the command line is wrong, or the document cannot be read or is not valid OCF",
            "3  a feature that the reference engine does not run",
            "4  internal error: please report it",
        ]
    )
)
@click.argument("path", metavar="CASE_OR_TERMS")
@format_option("table")
@click.option("--terms", "terms_id", metavar="ID", help="Which of several vesting terms.")
@click.option("--quantity", metavar="N", help="Shares granted.")
@click.option(
    "starts", "--start", multiple=True, metavar="[CONDITION=]DATE", help="Vesting start, of the start condition named."
)
@click.option("events", "--event", multiple=True, metavar="CONDITION=DATE", help="When an event happened; repeatable.")
@click.option("--grant-date", metavar="DATE", help="Date of the grant; the earliest other date where missing.")
@click.option("--as-of", metavar="DATE", help="Say what has vested as of this date, too.")
@reading_option
def schedule(
    path: str,
    output: str,
    terms_id: str | None,
    quantity: str | None,
    starts: tuple[str, ...],
    events: tuple[str, ...],
    grant_date: str | None,
    as_of: str | None,
    readings: tuple[str, ...],
) -> None:
    """Show the vesting schedule of a case, or of vesting terms with a grant given by flags."""
    from vestverify import documents, engine_protocol
    from vestverify.bare_case import FlagError, build_case
    from vestverify.reports import json_report

    reading, _ = chosen_reading(readings)
    day = chosen_day("--as-of", as_of)
    document = documents.read_path(path)
    findings: Sequence[Finding] = document.all_errors
    has_flags = quantity is not None or bool(starts) or bool(events) or grant_date is not None
    if document.case is None or has_flags or terms_id is not None:
        terms, findings = chosen_terms(document, terms_id)
        if terms is not None and not findings and (document.case is None or has_flags):
            try:
                raw = build_case(terms.raw, quantity, starts, events, grant_date)
            except FlagError as error:
                raise click.UsageError(str(error)) from None
            if document.case is not None:
                raw["reading"] = document.case.reading
            document = documents.load(path, json_report.dumps(raw).encode())
            findings = document.all_errors
    answer: dict[str, Any] = {"id": None}
    if findings or document.case is None or document.case.case is None:
        _print_answer(answer | engine_protocol.refuse(findings, document), output)
        click.get_current_context().exit(ExitCode.INVALID)
    case = document.case.case if day is None else dataclasses.replace(document.case.case, as_of=day)
    reading = reading or reading_from(document.case.reading)
    answer |= engine_protocol.respond(case, reading)
    if "schedule" in answer and output != "json":
        _print_table(answer, case, reading)
    else:
        if "errors" in answer and output != "json":
            _print_refused_table(case, reading)
        _print_answer(answer, output)
    click.get_current_context().exit(_exit_code_of(answer))


def _print_answer(answer: Mapping[str, Any], output: str) -> None:
    from vestverify.reports import json_report, schedule_report

    if output == "json":
        write_json(json_report.dumps(answer, indent=None))
    elif "unsupported" in answer:
        click.echo(f"The reference engine does not run {printable(answer['unsupported'])}.", err=True)
    else:
        click.echo(schedule_report.render_errors(answer["errors"]), err=True, nl=False)


def _print_table(answer: Mapping[str, Any], case: Case, reading: Reading) -> None:
    from vestverify.reports.schedule_report import render_table, rows_from

    stated = answer["schedule"]
    rows = rows_from(stated, _conditions_by_date(case, reading, stated))
    as_of = None if case.as_of is None else format_day(case.as_of)
    vested = Fraction(answer["vested"]) if "vested" in answer else None
    write(render_table(rows, case.issuance.quantity, as_of, vested))


def _print_refused_table(case: Case, reading: Reading) -> None:
    """Show what the terms literally give where that is more than was granted."""
    from vestverify.engine.case import schedule_of
    from vestverify.engine.plan import DefectiveTerms
    from vestverify.engine.schedule import Unschedulable
    from vestverify.reports.schedule_report import render_table, rows_from
    from vestverify.schedule_rows import rows_of

    try:
        schedule_of(case, reading)
    except Unschedulable as error:
        if error.schedule is not None:
            write(render_table(rows_from(rows_of(error.schedule)), case.issuance.quantity, None, None))
    except DefectiveTerms:
        pass


def _conditions_by_date(case: Case, reading: Reading, rows: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Which conditions vest on each date; empty where the rows are not those of the vesting terms."""
    from vestverify.engine.case import outcome_of
    from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms
    from vestverify.engine.schedule import Unschedulable
    from vestverify.schedule_rows import rows_of

    if case.terms is None or case.issuance.vesting_terms_id is None:
        return {}
    try:
        outcome = outcome_of(case, reading)
    except (Unschedulable, DefectiveTerms, UnsupportedTerms):
        return {}
    if list(rows_of(outcome.schedule)) != rows:
        return {}
    found: dict[str, list[str]] = {}
    for place, installment in zip(outcome.places, outcome.installments, strict=True):
        identifier = case.terms.vesting_conditions[place].id
        listed = found.setdefault(format_day(installment.day), [])
        if installment.shares and identifier not in listed:
            listed.append(identifier)
    return found


def _exit_code_of(answer: Mapping[str, Any]) -> ExitCode:
    if "schedule" in answer:
        return ExitCode.PROVED
    if "unsupported" in answer:
        return ExitCode.OPEN
    codes = [error["code"] for error in answer["errors"]]
    if "internal" in codes:
        return ExitCode.INTERNAL_ERROR
    return ExitCode.INVALID if any(code.startswith("VV0") for code in codes) else ExitCode.REFUTED
