"""``vestverify engine``: the reference engine for other programs."""

from __future__ import annotations

import sys

import click


@click.command()
def engine() -> None:
    """Answer vestverify.engine/1 requests, one a line, from standard input on standard output."""
    from vestverify.engine_protocol import lines_from, serve

    for line in serve(lines_from(sys.stdin.buffer)):
        click.echo(line, nl=False)
