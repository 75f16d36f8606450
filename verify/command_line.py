"""The command line: finds the command, and ends with the exit codes of the machine contract.

A command's module is imported only where the command is run or listed, so that ``--version`` and
``explain`` answer at once.
"""

from __future__ import annotations

import importlib
from typing import Any

import click

from vestverify.commands.options import epilog
from vestverify.commands.terminal import described, discard_output
from vestverify.exit_codes import EPILOG_LINES, ExitCode

#: Each is a function of the same name in the module of that name in ``vestverify.commands``.
_NAMES = ("check", "conform", "convert", "engine", "explain", "fuzz", "prove", "replay", "rules", "schedule")


class _Commands(click.Group):
    """Imports commands when they are asked for, and turns what nobody caught into the exit codes of the contract."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            return None
        command: click.Command = getattr(importlib.import_module(f"vestverify.commands.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(ExitCode.INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            discard_output()
            ctx.exit(ExitCode.PROVED)
        except Exception as error:
            from vestverify.reports import printable

            click.echo(f"internal error: {printable(described(error))}", err=True)
            click.echo("This is a defect of vestverify: please report it with the command line and input.", err=True)
            ctx.exit(ExitCode.INTERNAL_ERROR)


@click.group(
    cls=_Commands,
    commands=[click.Command(name) for name in _NAMES],
    epilog=epilog(EPILOG_LINES),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="vestverify", prog_name="vestverify", message="%(prog)s %(version)s")
def main() -> None:
    """Prove or refute what equity vesting terms in the Open Cap Table Format promise."""
