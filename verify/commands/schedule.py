"""``vestverify schedule``: show what vests when."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import click

from vestverify.commands.choosing import chosen_terms
from vestverify.commands.options import chosen_day, chosen_reading, epilog, reading_option
from vestverify.commands.showing_packages import show_package
from vestverify.commands.showing_schedules import exit_code_of, print_answer, show_answer
from vestverify.commands.showing_unlocks import MAXIMUM_MONTH, UnlockOptions, read_allocations, show_unlocks
from vestverify.engine.numeric import parse_numeric
from vestverify.engine.reading import DEFAULT_READING, reading_from
from vestverify.engine.unlocking import SaleTime, UnlockRounding
from vestverify.exit_codes import ExitCode
from vestverify.results import Finding


@click.command(
    epilog=epilog(
        [
            "0  the schedule is printed",
            "1  there is none: the terms, the transactions or the table are defective",
            "2  the command line is wrong, or the document cannot be read or is not valid OCF",
            "3  a feature that the reference engine does not run, or part of a package that does not say enough",
            "4  internal error: please report it",
        ]
    )
)
@click.argument("path", metavar="CASE_TERMS_PACKAGE_OR_TABLE")
@click.option(
    "output",
    "--format",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    help="For people or for machines.",
)
@click.option("--terms", "terms_id", metavar="ID", help="Which of several vesting terms.")
@click.option("--quantity", metavar="N", help="Shares granted.")
@click.option(
    "starts", "--start", multiple=True, metavar="[CONDITION=]DATE", help="Vesting start, of the start condition named."
)
@click.option("events", "--event", multiple=True, metavar="CONDITION=DATE", help="When an event happened; repeatable.")
@click.option("--grant-date", metavar="DATE", help="Date of the grant; the earliest other date where missing.")
@click.option("--security", "security_id", metavar="ID", help="Which security of a package; all of them otherwise.")
@click.option("--as-of", metavar="DATE", help="Say what has vested as of this date, too.")
@click.option("--terminate", metavar="DATE", help="Let employment end on this date, whatever the document says.")
@reading_option
@click.option("--plot", metavar="SVG", help="Draw what a table of token allocations unlocks into this file.")
@click.option("--months", type=click.IntRange(0, MAXIMUM_MONTH), metavar="N", help="Token table: months 0 to N.")
@click.option("--supply", metavar="N", help="Token table: the total supply in tokens.")
@click.option(
    "--decimals", type=click.IntRange(0, 30), default=0, metavar="N", help="Token table: decimal places of a token."
)
@click.option(
    "--rounding",
    type=click.Choice([str(each) for each in UnlockRounding]),
    default=str(UnlockRounding.DOWN),
    help="Token table: how parts of a base unit are rounded.",
)
@click.option(
    "--sale-time",
    type=click.Choice([str(each) for each in SaleTime]),
    default=str(SaleTime.DISCRETE),
    help="Token table: how mean times until a sale are read.",
)
@click.option(
    "--circulating",
    type=click.Choice(["unlocked", "all"]),
    default="unlocked",
    help="Token table: what circulates, what is unlocked or all that is allocated.",
)
@click.option("--sales", is_flag=True, help="Token table: show what agents have sold, not what is unlocked for them.")
def schedule(
    path: str,
    output: str,
    terms_id: str | None,
    quantity: str | None,
    starts: tuple[str, ...],
    events: tuple[str, ...],
    grant_date: str | None,
    security_id: str | None,
    as_of: str | None,
    terminate: str | None,
    readings: tuple[str, ...],
    plot: str | None,
    months: int | None,
    supply: str | None,
    decimals: int,
    rounding: str,
    sale_time: str,
    circulating: str,
    sales: bool,
) -> None:
    """Show what vests when.

    Of a case, of the securities of a package, of terms with a grant given by flags, or of a table of token allocations.
    """
    from vestverify import documents, engine_protocol
    from vestverify.bare_case import FlagError, build_case
    from vestverify.reports import json_report

    table = read_allocations(path)
    if table is not None:
        options = UnlockOptions(
            last_month=months,
            supply=_chosen_supply(supply),
            decimals=decimals,
            rounding=UnlockRounding(rounding),
            sale_time=SaleTime(sale_time),
            counts_locked=circulating == "all",
            plot=plot,
            sales=sales,
        )
        click.get_current_context().exit(show_unlocks(table, options, output))
    if output == "csv" or plot is not None:
        raise click.UsageError("--format csv and --plot are for tables of token allocations; this document is none")
    reading, _ = chosen_reading(readings)
    day = chosen_day("--as-of", as_of)
    terminated_on = chosen_day("--terminate", terminate)
    document = documents.read_path(path)
    findings: Sequence[Finding] = document.all_errors
    has_flags = quantity is not None or bool(starts) or bool(events) or grant_date is not None
    if document.package is not None and not has_flags and terms_id is None:
        code = show_package(document, security_id, reading or DEFAULT_READING, day, terminated_on, output)
        click.get_current_context().exit(code)
    if security_id is not None:
        raise click.UsageError("--security is for packages; this document is none, or --terms or a grant is given")
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
        print_answer(answer | engine_protocol.refuse(findings, document), output)
        click.get_current_context().exit(ExitCode.INVALID)
    case = document.case.case if day is None else dataclasses.replace(document.case.case, as_of=day)
    if terminated_on is not None:
        case = dataclasses.replace(case, terminated_on=terminated_on)
    reading = reading or reading_from(document.case.reading)
    answer |= engine_protocol.respond(case, reading)
    show_answer(answer, case, reading, output)
    click.get_current_context().exit(exit_code_of(answer))


def _chosen_supply(text: str | None) -> Fraction | None:
    try:
        supply = None if text is None else parse_numeric(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is {error}", param_hint="--supply") from None
    if supply is not None and supply <= 0:
        raise click.BadParameter("the total supply is more than 0", param_hint="--supply")
    return supply
