"""Flags that several commands take, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vestverify.engine.calendar import parse_day
from vestverify.engine.reading import DEFAULT_READING, Reading, UnknownReading, reading_from

if TYPE_CHECKING:
    from vestverify.certificate import Certifier

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

reading_option = click.option(
    "readings",
    "--reading",
    multiple=True,
    metavar="KEY=VALUE|BUNDLE",
    help="Where OCF is ambiguous, the published answer to follow: a choice (repeatable), or a bundle's name.",
)

budget_option = click.option(
    "--budget",
    type=click.IntRange(min=0),
    metavar="RLIMIT",
    help="Solver resource units allowed for one query, the same on every machine; 0 is unlimited.",
)
certify_option = click.option(
    "--certify", is_flag=True, help="Ask a second solver, cvc5, to confirm every unsat answer that a verdict rests on."
)


def format_option(for_people: str) -> Callable[[_Decorated], _Decorated]:
    """The flag ``--format``, passed on as ``output``: ``json``, or by default the one for people that is named."""
    return click.option(
        "output",
        "--format",
        type=click.Choice([for_people, "json"]),
        default=for_people,
        help="For people or for machines.",
    )


def epilog(lines: Iterable[str]) -> str:
    """The table of exit codes at the end of a command's help."""
    return "\b\nExit codes:\n" + "\n".join(f"  {line}" for line in lines)


def chosen_certifier(certify: bool, rlimit: int) -> Certifier | None:
    """Who asks the second solver, if anybody is to.

    Raises:
        click.UsageError: the second solver is not installed.
    """
    if not certify:
        return None
    from vestverify.certificate import Certifier, SecondSolverMissing

    try:
        return Certifier(rlimit)
    except SecondSolverMissing as error:
        raise click.UsageError(str(error)) from None


def solvers(certify: bool) -> str:
    """Names and versions of the solvers of a run."""
    from vestverify.solver import solver_name

    if not certify:
        return solver_name()
    from vestverify.certificate import second_solver_name

    return f"{solver_name()}, {second_solver_name()}"


def chosen_reading(texts: Sequence[str]) -> tuple[Reading | None, str | Mapping[str, str]]:
    """The reading that the flags name and what to call it; None where there are no flags.

    Raises:
        click.BadParameter: no such reading.
    """
    bundles = [text for text in texts if "=" not in text]
    choices = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(bundles) > 1:
        raise click.BadParameter(f"only one bundle can be named, not {', '.join(bundles)}", param_hint="--reading")
    try:
        base = reading_from(bundles[0]) if bundles else DEFAULT_READING
        reading = reading_from(choices, base)
    except UnknownReading as error:
        raise click.BadParameter(str(error), param_hint="--reading") from None
    if bundles and reading == base:
        return reading, bundles[0]
    return reading if texts else None, reading.differences() or "default"


def chosen_day(flag: str, text: str | None) -> int | None:
    """The day number of a date given by a flag; None where it is not given.

    Raises:
        click.BadParameter: it is no calendar date.
    """
    try:
        return None if text is None else parse_day(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a calendar date written YYYY-MM-DD", param_hint=flag) from None
