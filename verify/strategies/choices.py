"""Where the decisions of a generator come from: one draw each, which shrinks well, or all from one text, which is fast."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

_Option = TypeVar("_Option")

#: Enough for every decision of one case or one VestingTerms, in bytes.
_BYTES = 96


class Choices:
    """Decisions, each among finitely many options; the first option is the simplest."""

    def __init__(self, below: Callable[[int], int]) -> None:
        """Take decisions from ``below``, which gives a whole number from 0 to one less than its argument."""
        self.below = below

    def pick(self, options: Sequence[_Option]) -> _Option:
        """One of the options; one that stands there twice is twice as likely."""
        return options[self.below(len(options))]

    def one_in(self, number: int) -> bool:
        """True one time in ``number``."""
        return self.below(number) == number - 1

    def order(self, items: Sequence[_Option]) -> list[_Option]:
        """The items in any order."""
        found = list(items)
        for place in range(len(found) - 1):
            other = place + self.below(len(found) - place)
            found[place], found[other] = found[other], found[place]
        return found


def drawn(draw: st.DrawFn) -> Choices:
    """Decisions that hypothesis draws one by one, and can shrink one by one."""
    return Choices(lambda number: draw(st.integers(0, number - 1)))


def packed(token: str) -> Choices:
    """Decisions that follow from a text: the digits of its digest as a number, and 0 when they are used up."""
    rest = int.from_bytes(hashlib.shake_256(token.encode()).digest(_BYTES), "big")

    def below(options: int) -> int:
        nonlocal rest
        rest, digit = divmod(rest, options)
        return digit

    return Choices(below)
