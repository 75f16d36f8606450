"""Results for people and for machines: every report reads result values and decides nothing."""

from __future__ import annotations

import unicodedata

_TAB = "    "


def printable(text: str) -> str:
    r"""Text from a document, safe to show in a terminal.

    Everything that would not be seen as itself (control characters, escape sequences, line breaks,
    overrides of the writing direction, unpaired surrogates) is written as an escape such as ``\x1b``.

    Args:
        text: anything.

    Returns:
        One line of text that a terminal shows and does not obey.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def printable_source(text: str) -> str:
    """A line of a document's text, safe to show; tabs become spaces so that columns can be counted."""
    return _TAB.join(printable(part) for part in text.split("\t"))


def columns(text: str) -> int:
    """How many columns of a terminal a printable text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
