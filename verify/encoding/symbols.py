"""What the symbols of the encoding stand for, with the ids of conditions in place of their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

from vestverify.engine.plan import Plan

_PLACE = r"(?P<place>\d+)(?P<other>\.other)?"
_ORIGIN = r"(?P<origin>\d+|initial)"
_DATE = r"\.(?P<part>month|day)"

#: Words for each kind of symbol; ``after`` is the condition before it, where there is one.
_WORDS: tuple[tuple[re.Pattern[str], str, str], ...] = tuple(
    (re.compile(pattern), with_origin, without)
    for pattern, with_origin, without in (
        (rf"entered_{_PLACE}", "", "entered {place}"),
        (rf"met_{_PLACE}", "", "met {place}"),
        (rf"entered_{_PLACE}{_DATE}", "", "{part} of {place}"),
        (rf"completed_{_PLACE}{_DATE}", "", "{part} of the last of {place}"),
        (rf"recorded_{_PLACE}", "", "recorded {place}"),
        (rf"recorded_{_PLACE}{_DATE}", "", "recorded {part} of {place}"),
        (rf"anchor_{_PLACE}", "", "start day known at {place}"),
        (rf"taken_{_ORIGIN}_{_PLACE}", "{origin} leads to {place}", "begins with {place}"),
        (
            rf"own_{_ORIGIN}_{_PLACE}_(?P<number>\d+){_DATE}",
            "own {part} {number} of {place} after {origin}",
            "own {part} {number} of {place}",
        ),
        (rf"share_{_PLACE}", "", "share vested with {place}"),
        (rf"shares_{_PLACE}", "", "shares vested with {place}"),
        (
            rf"share_{_ORIGIN}_{_PLACE}",
            "share vested with {origin} before {place}",
            "share vested before {place}",
        ),
        (
            rf"shares_{_ORIGIN}_{_PLACE}",
            "shares vested with {origin} before {place}",
            "shares vested before {place}",
        ),
        (r"before#(?P<number>\d+)", "", "days before month #{number}"),
        (r"day#(?P<number>\d+)", "", "day #{number}"),
        (rf"later#(?P<number>\d+){_DATE}", "", "{part} #{number}"),
    )
)


def meaning_in(plan: Plan) -> Callable[[str], str]:
    """What symbols stand for.

    Args:
        plan: the compiled terms whose conditions the symbols are about.

    Returns:
        A function from a symbol's name to words, ``""`` for symbols that the encoding does not make. Months
        are counted from January of year 0, days are days of the month; a share is one of the grant, shares
        are those vested on top of it.
    """

    def named(number: str) -> str:
        return repr(plan.conditions[int(number)].id)

    def meaning(symbol: str) -> str:
        for pattern, with_origin, without in _WORDS:
            found = pattern.fullmatch(symbol)
            if found is not None:
                parts = found.groupdict()
                origin = parts.get("origin", "initial")
                words = without if origin == "initial" else with_origin
                if "place" in parts:
                    parts["place"] = named(parts["place"])
                if origin != "initial":
                    parts["origin"] = named(origin)
                words = words.format(**parts)
                return f"{words} in the other reading" if parts.get("other") else words
        return ""

    return meaning
