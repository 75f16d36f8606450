"""Print the schedules of the securities of a package."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vestverify.commands.showing_schedules import exit_code_of, show_answer, standing_of
from vestverify.commands.terminal import write, write_json
from vestverify.engine.calendar import format_day
from vestverify.engine.reading import Reading
from vestverify.exit_codes import ExitCode
from vestverify.reports import printable
from vestverify.results import Severity

if TYPE_CHECKING:
    from vestverify.documents import LoadedDocument
    from vestverify.loaded_document import PackageSecurity
    from vestverify.package_schedules import SecuritySchedule
    from vestverify.reports.schedule_report import SecurityRow

#: Securities without a schedule, and findings, that are told one by one.
_FEW = 20
_WORST_FIRST = (ExitCode.INTERNAL_ERROR, ExitCode.INVALID, ExitCode.REFUTED, ExitCode.OPEN)


def show_package(
    document: LoadedDocument,
    security_id: str | None,
    reading: Reading,
    as_of: int | None,
    terminated_on: int | None,
    output: str,
) -> ExitCode:
    """Print the schedules of a package, or of one of its securities.

    Args:
        document: a package as read.
        security_id: which security; None for all of them.
        reading: which published answers to follow.
        as_of: day number at which to say where shares stand, if any.
        terminated_on: day number on which employment ended, if not as the package says.
        output: ``json``, or else for people.

    Returns:
        How the command ends.

    Raises:
        click.UsageError: the package has no such security.
    """
    from vestverify.package_schedules import as_json, schedule_security
    from vestverify.reports import json_report, schedule_report

    assert document.package is not None
    chosen = document.package.securities if security_id is None else _called(document, security_id)
    found = [schedule_security(security, reading, as_of, terminated_on) for security in chosen]
    date = None if as_of is None else format_day(as_of)
    if output == "json":
        write_json(json_report.dumps(as_json(found)))
    elif security_id is not None and found[0].case is not None:
        show_answer(found[0].answer, found[0].case, reading, output)
    elif security_id is None and found:
        write(schedule_report.render_securities([_row(each) for each in found], date))
    errors = [error for error in document.all_errors if error.severity is Severity.ERROR]
    undecided = ExitCode.INVALID if errors else ExitCode.OPEN
    codes = [exit_code_of(each.answer) if each.case is not None else undecided for each in found]
    if security_id is None:
        codes += [ExitCode.INVALID] * bool(errors)
    if output != "json":
        told = [each for each in found if "schedule" not in each.answer and (security_id is None or each.case is None)]
        _tell([sentence for each in told for sentence in _reasons(each)])
        _tell([f"{error.code}: {error.message}" for error in errors] if security_id is None else [])
        if security_id is None and not found and not errors:
            click.echo("There are no securities in this package.", err=True)
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.PROVED)


def _called(document: LoadedDocument, security_id: str) -> Sequence[PackageSecurity]:
    assert document.package is not None
    securities = document.package.securities
    found = [each for each in securities if each.security_id == security_id]
    # People know a grant by its custom id; it names one security as long as no security has it for its id.
    found = found or [each for each in securities if each.custom_id == security_id]
    if found:
        return found
    known = [each.security_id for each in securities]
    close = difflib.get_close_matches(security_id, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise click.UsageError(f"the package has no security {security_id!r}.{hint}")


def _row(found: SecuritySchedule) -> SecurityRow:
    from vestverify.reports.schedule_report import SecurityRow

    return SecurityRow(
        security_id=found.security.security_id,
        custom_id=found.security.custom_id or "",
        terms_id=found.security.terms_id or "",
        granted=found.granted,
        standing=None if found.position is None else standing_of(found.answer, found.position),
        status=str(found.status),
    )


def _reasons(found: SecuritySchedule) -> list[str]:
    if "unsupported" in found.answer:
        return [f"{found.security.security_id!r}: the reference engine does not run {found.answer['unsupported']}"]
    return [f"{found.security.security_id!r}: {error['code']}: {error['message']}" for error in found.answer["errors"]]


def _tell(sentences: Sequence[str]) -> None:
    for sentence in sentences[:_FEW]:
        click.echo(f"{printable(sentence).rstrip('.')}.", err=True)
    if len(sentences) > _FEW:
        click.echo(f"{len(sentences) - _FEW:,} more; `vestverify check` tells all of them.", err=True)
