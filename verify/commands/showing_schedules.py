"""Print the schedule of one case, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from vestverify.commands.terminal import write, write_json
from vestverify.engine.calendar import format_day
from vestverify.engine.reading import Reading
from vestverify.exit_codes import ExitCode
from vestverify.reports import printable

if TYPE_CHECKING:
    from vestverify.engine.case import Case
    from vestverify.engine.ledger_events import LedgerEvent
    from vestverify.engine.position import Position
    from vestverify.reports.schedule_report import HappeningRow, Standing


def print_answer(answer: Mapping[str, Any], output: str) -> None:
    """Print an answer of the engine protocol: as JSON, or why it holds no schedule."""
    from vestverify.reports import json_report, schedule_report

    if output == "json":
        write_json(json_report.dumps(answer, indent=None))
    elif "unsupported" in answer:
        click.echo(f"The reference engine does not run {printable(answer['unsupported'])}.", err=True)
    else:
        click.echo(schedule_report.render_errors(answer["errors"]), err=True, nl=False)


def show_answer(answer: Mapping[str, Any], case: Case, reading: Reading, output: str) -> None:
    """Print what the engine answers about a case: a table with what happened, or why there is none.

    Args:
        answer: an answer of the engine protocol.
        case: what it is about.
        reading: the reading under which it was given.
        output: ``json``, or else for people.
    """
    if "schedule" in answer and output != "json":
        _print_table(answer, case, reading)
        return
    if "errors" in answer and output != "json":
        _print_refused_table(case, reading)
    print_answer(answer, output)


def _print_table(answer: Mapping[str, Any], case: Case, reading: Reading) -> None:
    from vestverify.engine.ledger import ledger_of
    from vestverify.engine.ledger_events import EventKind
    from vestverify.reports.schedule_report import render_happenings, render_table, rows_from

    stated = answer["schedule"]
    rows = rows_from(stated, _conditions_by_date(case, reading, stated))
    ledger = ledger_of(case, reading)
    standing = None if case.as_of is None else standing_of(answer, ledger.position(case.as_of))
    write(render_table(rows, case.issuance.quantity, standing))
    happened = [event for event in ledger.events if event.kind is not EventKind.VESTED]
    if case.has_ledger and happened:
        write("\n" + render_happenings([_happening(event) for event in happened]))


def standing_of(answer: Mapping[str, Any], position: Position) -> Standing:
    """Where shares stand, as reports write it.

    Args:
        answer: an answer of the engine protocol that says so.
        position: the same day's position, which tells more.
    """
    from vestverify.reports.schedule_report import Standing

    exercisable = answer.get("exercisable")
    return Standing(
        date=format_day(position.day),
        vested=Fraction(answer["vested"]),
        unvested=Fraction(answer["unvested"]),
        forfeited=position.forfeited,
        exercisable=None if exercisable is None else Fraction(exercisable),
    )


def _happening(event: LedgerEvent) -> HappeningRow:
    from vestverify.reports.schedule_report import HappeningRow

    return HappeningRow(format_day(event.day), str(event.kind), event.shares, event.transaction_id)


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
            write(render_table(rows_from(rows_of(error.schedule)), case.issuance.quantity))
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


def exit_code_of(answer: Mapping[str, Any]) -> ExitCode:
    """How a command ends that gives this answer of the engine protocol."""
    if "schedule" in answer:
        return ExitCode.PROVED
    if "unsupported" in answer:
        return ExitCode.OPEN
    codes = [error["code"] for error in answer["errors"]]
    if "internal" in codes:
        return ExitCode.INTERNAL_ERROR
    return ExitCode.INVALID if any(code.startswith("VV0") for code in codes) else ExitCode.REFUTED
