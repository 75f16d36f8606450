"""``vestverify convert``: token allocations as vesting terms, and linear vesting terms as an allocation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from vestverify.commands.choosing import chosen_terms
from vestverify.commands.options import epilog, format_option
from vestverify.commands.showing_unlocks import read_allocations, write_findings
from vestverify.commands.terminal import write, write_json
from vestverify.engine.unlocking import UnlockRounding
from vestverify.exit_codes import ExitCode
from vestverify.reports import printable

if TYPE_CHECKING:
    from vestverify.allocations.table import Table
    from vestverify.engine.unlocking import Allocation


@click.command(
    epilog=epilog(
        [
            "0  what was converted is printed",
            "1  it cannot be converted; the reason is on standard error",
            "2  the command line is wrong, or the document cannot be read or is not valid",
            "4  internal error: please report it",
        ]
    )
)
@click.argument("path", metavar="TABLE_OR_TERMS")
@format_option("text")
@click.option("--entity", metavar="E", help="Which row of a table; all of them otherwise.")
@click.option("--terms", "terms_id", metavar="ID", help="Which of several vesting terms.")
@click.option(
    "--rounding",
    type=click.Choice([str(each) for each in UnlockRounding]),
    default=str(UnlockRounding.DOWN),
    help="How parts of a base unit are rounded, for terms from a table.",
)
def convert(path: str, output: str, entity: str | None, terms_id: str | None, rounding: str) -> None:
    """Turn rows of a table of token allocations into vesting terms of OCF, or such terms into a row.

    Terms keep the cliff and the months of vesting. The month in which vesting starts, the tokens, the agent and the
    sales are no part of vesting terms.
    """
    table = read_allocations(path)
    if table is not None:
        code = _print_terms(table, entity, UnlockRounding(rounding), output)
    else:
        if entity is not None:
            raise click.UsageError("--entity is for tables of token allocations; this document is none")
        code = _print_row(path, terms_id, output)
    click.get_current_context().exit(code)


def _print_terms(table: Table, entity: str | None, rounding: UnlockRounding, output: str) -> ExitCode:
    from vestverify.allocations.conversion import LinearVesting, terms_from
    from vestverify.allocations.numbers import numbers_of
    from vestverify.reports.json_report import dumps

    if table.errors:
        write_findings(table.errors, table)
        return ExitCode.INVALID
    numbers = numbers_of(table)
    if any(each is None for each in numbers.allocations):
        write_findings(numbers.findings, table)
        return ExitCode.REFUTED
    allocations = [each for each in numbers.allocations if each is not None and entity in (None, each.entity)]
    if entity is not None and not allocations:
        raise click.UsageError(f"no row of the table is for the entity {entity!r}")
    found = []
    for each in allocations:
        found.append(terms_from(LinearVesting(each.cliff, each.vesting, rounding), each.entity))
        click.echo(printable(_left_out(each)), err=True)
    # One row is a VestingTerms object, several are a file of them.
    converted: Any = found[0] if entity is not None and len(found) == 1 else _file(found)
    text = dumps(converted) if output == "json" else json.dumps(converted, indent=2, ensure_ascii=False) + "\n"
    write_json(text)
    return ExitCode.PROVED


def _left_out(allocation: Allocation) -> str:
    return (
        f"{allocation.entity}: the vesting start of the terms is month {allocation.start} of the simulation; "
        f"the agent {allocation.agent!r}, the tokens and the sales are no part of vesting terms"
    )


def _file(terms: list[dict[str, Any]]) -> dict[str, Any]:
    return {"file_type": "OCF_VESTING_TERMS_FILE", "items": terms}


def _print_row(path: str, terms_id: str | None, output: str) -> ExitCode:
    from vestverify import documents
    from vestverify.allocations.conversion import NotLinear, linear_vesting
    from vestverify.reports.json_report import dumps

    loaded, findings = chosen_terms(documents.read_path(path), terms_id)
    if loaded is None or loaded.terms is None or findings:
        write_findings(findings)
        return ExitCode.INVALID
    try:
        linear = linear_vesting(loaded.terms)
    except NotLinear as error:
        click.echo(printable(f"{loaded.terms.id}: not a row of an allocation table: {error}"), err=True)
        return ExitCode.REFUTED
    if output == "json":
        row = {
            "entity": loaded.terms.id,
            "start_month": 0,
            "cliff_month": linear.cliff,
            "vesting_months": linear.vesting,
            "rounding": str(linear.rounding),
        }
        write_json(dumps(row))
    else:
        write(_csv_row(loaded.terms.id, linear.cliff, linear.vesting))
        click.echo(f"rounding: {linear.rounding}; agent and allocation are for you to fill in", err=True)
    return ExitCode.PROVED


def _csv_row(entity: str, cliff: int, vesting: int) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["entity", "agent", "allocation", "start month", "cliff month", "vesting months"])
    writer.writerow([entity, "", "", 0, cliff, vesting])
    return text.getvalue()
