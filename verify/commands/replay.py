"""``vestverify replay``: saved failures, and other cases with a known answer, tried again."""

from __future__ import annotations

import sys

import click

from vestverify.commands.options import chosen_reading, epilog, reading_option
from vestverify.commands.terminal import use_colour, write, write_json
from vestverify.reports import printable

_EPILOG_LINES = (
    "0  all are fixed",
    "1  at least one still fails",
    "2  the command line is wrong, a file cannot be read, or an engine cannot be started",
    "4  internal error: please report it",
)


@click.command(epilog=epilog(_EPILOG_LINES))
@click.argument("paths", nargs=-1, metavar="[PATH|ID]...")
@click.option(
    "--engine",
    metavar="COMMAND",
    help="The engine to ask, started without a shell; by default the one named by engine.json beside the case.",
)
@reading_option
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
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="For people, for machines, or as a JUnit report.",
)
def replay(paths: tuple[str, ...], engine: str | None, readings: tuple[str, ...], timeout: float, output: str) -> None:
    """Try saved failures again: case files, folders of them, or short ids. Without any, all in .vestverify/failures."""
    from vestverify.fuzzing.replaying import ReplayOptions
    from vestverify.fuzzing.replaying import replay as replayed
    from vestverify.reports import junit_report, replay_report

    def announce(command: str) -> None:
        click.echo(f"Asking the engine {printable(command)}", err=True)

    reading, _ = chosen_reading(readings)
    options = ReplayOptions(engine=engine, reading=reading, timeout=timeout, starting=announce)
    run = replayed(paths, options)
    if output == "json":
        write_json(replay_report.render_json(run))
    elif output == "junit":
        write_json(junit_report.render_replay(run))
    else:
        write(replay_report.render_text(run, use_colour(sys.stdout)))
    if not run.results:
        click.echo(f"There are no saved failures in {options.folder}.", err=True)
    click.get_current_context().exit(run.exit_code)
