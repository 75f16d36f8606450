"""What the commands write to standard output, and what they ask of the terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from typing import TextIO

import click

#: Widest text that is still pleasant to read.
_MAXIMUM_WIDTH = 120
_WIDTH_OF_FILES = 100


def use_colour(stream: TextIO) -> bool:
    """Whether a stream shows colours and nobody has asked for none (``NO_COLOR``)."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def width(stream: TextIO) -> int:
    """Columns to wrap text at: the terminal's, within limits; always the same in files and pipes."""
    if not stream.isatty():
        return _WIDTH_OF_FILES
    return min(shutil.get_terminal_size((_WIDTH_OF_FILES, 24)).columns, _MAXIMUM_WIDTH)


def write(text: str, encoding: str | None = None) -> None:
    """Write to standard output whatever its encoding; a reader that has gone away is no error."""
    try:
        click.echo(text.encode(encoding or sys.stdout.encoding or "utf-8", "backslashreplace"), nl=False)
    except BrokenPipeError:
        discard_output()


def write_json(text: str) -> None:
    """Write a machine's answer, which is UTF-8 wherever it goes."""
    write(text, "utf-8")


def discard_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter does not complain when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def described(error: BaseException) -> str:
    """An exception and where it was raised, without the user's data around it."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
