"""Print what a table of token allocations unlocks, or why nothing can be said."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from vestverify.commands.terminal import width, write, write_json
from vestverify.engine.unlocking import SaleTime, UnlockRounding
from vestverify.exit_codes import ExitCode
from vestverify.reports import printable
from vestverify.results import Finding, Severity

if TYPE_CHECKING:
    from vestverify.allocations.table import Numbers, Table
    from vestverify.allocations.unlock_schedule import UnlockRow, UnlockSchedule
    from vestverify.reports.unlock_report import UnlockLine, UnlockReport

#: The last month that can be shown.
MAXIMUM_MONTH = 12_000
_MAXIMUM_ROW_MONTHS = 20_000_000
_CIRCULATING = {False: "what has been unlocked", True: "all that is allocated, unlocked or not"}


@dataclasses.dataclass(frozen=True, slots=True)
class UnlockOptions:
    """What the flags ask for.

    Attributes:
        last_month: the last month; None until everything is unlocked.
        supply: the total supply in tokens; None as the table states.
        decimals: decimal places of a token.
        rounding: how parts of a base unit are rounded.
        sale_time: how mean times until a sale are read.
        counts_locked: whether tokens circulate before they are unlocked.
        plot: where to write a picture; None for none.
        sales: whether people are shown what is sold, not what is unlocked.
    """

    last_month: int | None
    supply: Fraction | None
    decimals: int
    rounding: UnlockRounding
    sale_time: SaleTime
    counts_locked: bool
    plot: str | None
    sales: bool


def read_allocations(path: str) -> Table | None:
    """The table of a file; None where it holds none, or cannot be read at all."""
    from vestverify.allocations.table_reading import looks_like_table, read_table_bytes
    from vestverify.file_bytes import read_file
    from vestverify.json_text import UnreadableText

    # Standard input can be read once only, and folders are packages.
    if path == "-" or os.path.isdir(path):
        return None
    try:
        data = read_file(path)
    except UnreadableText:
        return None
    return read_table_bytes(path, data) if looks_like_table(path, data) else None


def show_unlocks(table: Table, options: UnlockOptions, output: str) -> ExitCode:
    """Print the unlock schedule of a table.

    Args:
        table: as read.
        options: what to show.
        output: ``table``, ``json`` or ``csv``.

    Returns:
        How the command ends.
    """
    from vestverify.allocations.numbers import numbers_of
    from vestverify.allocations.unlock_schedule import unlock_schedule
    from vestverify.reports.unlock_report import render_csv, render_json, render_text

    if table.errors:
        write_findings(table.errors, table)
        return ExitCode.INVALID
    numbers = numbers_of(table, options.supply, options.decimals)
    write_findings(numbers.findings, table)
    allocations = [each for each in numbers.allocations if each is not None]
    if len(allocations) < len(numbers.allocations) or _has_errors(numbers):
        return ExitCode.REFUTED
    last = (
        max((each.last_month for each in allocations), default=0) if options.last_month is None else options.last_month
    )
    if last > MAXIMUM_MONTH or (last + 1) * len(allocations) > _MAXIMUM_ROW_MONTHS:
        raise click.UsageError(
            f"{len(allocations)} {'row' if len(allocations) == 1 else 'rows'} until month {last} are too many to show; "
            "give fewer months with --months"
        )
    schedule = unlock_schedule(
        allocations,
        last_month=last,
        rounding=options.rounding,
        sale_time=options.sale_time,
        counts_locked=options.counts_locked,
    )
    report = report_of(schedule, options)
    if options.plot is not None:
        _write_plot(report, table.path, options.plot)
    if output == "json":
        write_json(render_json(report))
    else:
        write(render_csv(report) if output == "csv" else render_text(report, width(sys.stdout), sales=options.sales))
    return ExitCode.PROVED


def report_of(schedule: UnlockSchedule, options: UnlockOptions) -> UnlockReport:
    """A schedule as reports take it."""
    from vestverify.allocations.unlock_schedule import by_agent
    from vestverify.reports.unlock_report import UnlockReport

    return UnlockReport(
        rows=tuple(map(_line, schedule.rows)),
        agents=tuple(map(_line, by_agent(schedule))),
        circulating=schedule.circulating,
        circulating_name=_CIRCULATING[options.counts_locked],
        decimals=options.decimals,
    )


def write_findings(findings: Sequence[Finding], table: Table | None = None) -> None:
    """Say on standard error what is wrong, and where in a table."""
    cells = {} if table is None else {cell.pointer: cell for row in table.rows for cell in row.cells.values()}
    for finding in findings:
        cell = cells.get(finding.pointer)
        place = finding.pointer if cell is None else f"line {cell.line}, column {cell.column}"
        where = f" ({printable(place)})" if place else ""
        advice = f"\n  {printable(finding.advice)}" if finding.advice else ""
        click.echo(f"{finding.severity}: {finding.code} {printable(finding.message)}{where}{advice}", err=True)


def _line(row: UnlockRow) -> UnlockLine:
    from vestverify.reports.unlock_report import UnlockLine

    return UnlockLine(row.entity, row.agent, row.unlocked, row.sold)


def _has_errors(numbers: Numbers) -> bool:
    return any(finding.severity is Severity.ERROR for finding in numbers.findings)


def _write_plot(report: UnlockReport, source: str, path: str) -> None:
    from vestverify.reports.unlock_plot import render_svg

    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(render_svg(report, f"Tokens unlocked by month: {os.path.basename(source)}"))
    except OSError as error:
        raise click.UsageError(f"--plot: {path} cannot be written: {error.strerror or error}") from None
