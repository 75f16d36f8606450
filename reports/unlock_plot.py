"""What a table of token allocations unlocks, as a picture: one area for each agent, stacked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from xml.sax.saxutils import escape

from vestverify.reports import printable
from vestverify.reports.unlock_report import UnlockReport

_WIDTH, _HEIGHT = 960, 540
_LEFT, _TOP, _RIGHT, _BOTTOM = 92, 56, 700, 480
_LEGEND = 724
_LINE = 22
_LONGEST_NAME = 26
#: Agents with an area of their own; the smallest share one.
_MAXIMUM_AREAS = 10
#: On light and on dark, told apart by people who do not see all colours, too.
_LIGHT = ("#3b6fb6", "#d9822b", "#2f8f6b", "#b8476a", "#7a5cb0", "#8a6d3b", "#2a94a8", "#c2a21a", "#6b7a8f", "#9aa84a")
_DARK = ("#6fa0e0", "#f0a55a", "#5cc09a", "#e07c9c", "#a98be0", "#c0a070", "#5cc4d8", "#e6cc58", "#9aa9be", "#c2d070")


def render_svg(report: UnlockReport, title: str) -> str:
    """A picture of what has been unlocked by the end of each month, in steps.

    Args:
        report: what to show.
        title: what it is, for the heading.

    Returns:
        An SVG document without scripts, for light and for dark backgrounds.
    """
    series = _series(report)
    last = len(report.circulating) - 1
    top = max([sum(numbers[month] for _, numbers in series) for month in range(last + 1)], default=0)
    step, ticks = _scale(Fraction(top, 10**report.decimals))
    highest = step * ticks
    unit = 10**report.decimals * highest
    parts = [_HEAD, _style(len(series)), f"<title>{_text(title)}</title>"]
    parts.append(f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>')
    parts.append(f'<text class="heading" x="{_LEFT}" y="30">{_text(_cut(title, 90))}</text>')
    for number in range(ticks + 1):
        y = _down(Fraction(number, ticks))
        parts.append(f'<path class="grid" d="M{_LEFT} {y}H{_RIGHT}"/>')
        parts.append(
            f'<text class="tick" text-anchor="end" x="{_LEFT - 8}" y="{y}" dy="4">{_short(step * number)}</text>'
        )
    base: list[Fraction | int] = [0] * (last + 1)
    for place, (name, numbers) in enumerate(series):
        upper = [below + own for below, own in zip(base, numbers, strict=True)]
        parts.append(f'<path class="a{place}" d="{_area(base, upper, unit)}"><title>{_text(name)}</title></path>')
        base = upper
    every = _months_between_ticks(last + 1)
    for month in range(0, last + 2, every):
        x = _across(month, last + 1)
        parts.append(f'<path class="axis" d="M{x} {_BOTTOM}v5"/>')
        parts.append(f'<text class="tick" text-anchor="middle" x="{x}" y="{_BOTTOM + 20}">{month}</text>')
    parts.append(f'<path class="axis" d="M{_LEFT} {_TOP}V{_BOTTOM}H{_RIGHT}"/>')
    middle = (_LEFT + _RIGHT) // 2
    parts.append(f'<text class="label" text-anchor="middle" x="{middle}" y="{_BOTTOM + 44}">Month</text>')
    height = (_TOP + _BOTTOM) // 2
    parts.append(
        f'<text class="label" text-anchor="middle" transform="translate(20 {height}) rotate(-90)">Tokens unlocked</text>'
    )
    # From the top down as the areas lie.
    for line, (place, (name, _)) in enumerate(reversed(list(enumerate(series)))):
        line_top = _TOP + line * _LINE
        parts.append(f'<rect class="a{place}" x="{_LEGEND}" y="{line_top}" width="14" height="14" rx="2"/>')
        parts.append(
            f'<text class="label" x="{_LEGEND + 22}" y="{line_top + 11}">{_text(_cut(name, _LONGEST_NAME))}</text>'
        )
    return "\n".join([*parts, "</svg>\n"])


_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
    'role="img" font-family="system-ui, -apple-system, \'Segoe UI\', Helvetica, Arial, sans-serif">'
)


def _style(count: int) -> str:
    light = "".join(f".a{place}{{fill:{_LIGHT[place % len(_LIGHT)]}}}" for place in range(count))
    dark = "".join(f".a{place}{{fill:{_DARK[place % len(_DARK)]}}}" for place in range(count))
    return (
        "<style>.page{fill:#fff}.heading{font-size:18px;font-weight:600;fill:#1c2430}.label{font-size:13px;fill:#1c2430}"
        ".tick{font-size:12px;fill:#566072}.grid{stroke:#e2e6ec;fill:none}.axis{stroke:#8a94a6;fill:none}"
        f"{light}@media (prefers-color-scheme:dark){{.page{{fill:#14181f}}.heading,.label{{fill:#e6eaf0}}"
        f".tick{{fill:#a3adbd}}.grid{{stroke:#2a313c}}.axis{{stroke:#66707f}}{dark}}}</style>"
    )


def _series(report: UnlockReport) -> list[tuple[str, Sequence[Fraction | int]]]:
    """Agents from the largest to the smallest, the last of many together."""
    agents = sorted(report.agents, key=lambda each: -each.unlocked[-1])
    if len(agents) <= _MAXIMUM_AREAS:
        return [(each.agent or "(nobody)", each.unlocked) for each in agents]
    kept, others = agents[: _MAXIMUM_AREAS - 1], agents[_MAXIMUM_AREAS - 1 :]
    together = [sum(numbers) for numbers in zip(*(each.unlocked for each in others), strict=True)]
    return [*((each.agent or "(nobody)", each.unlocked) for each in kept), (f"{len(others)} others", together)]


def _area(base: Sequence[Fraction | int], upper: Sequence[Fraction | int], unit: Fraction) -> str:
    """The outline of an area in steps: each month's level lasts for the month."""
    count = len(base)
    path: list[str] = []
    for numbers, months in ((upper, range(count)), (base, range(count - 1, -1, -1))):
        for month in months:
            y = _down(numbers[month] / unit)
            edges = (month, month + 1) if numbers is upper else (month + 1, month)
            path.extend(f"{_across(edge, count)} {y}" for edge in edges)
    return "M" + "L".join(path) + "Z"


def _across(month: int, count: int) -> str:
    return _decimal(_LEFT + Fraction((_RIGHT - _LEFT) * month, count))


def _down(part: Fraction | int) -> str:
    return _decimal(_BOTTOM - (_BOTTOM - _TOP) * Fraction(part))


def _decimal(number: Fraction) -> str:
    tenths = round(number * 10)
    return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


def _scale(highest: Fraction) -> tuple[Fraction, int]:
    """The distance of grid lines, a round number, and how many there are above zero."""
    if highest <= 0:
        return Fraction(1), 1
    power = Fraction(1)
    while power * 10 <= highest:
        power *= 10
    while power > highest:
        power /= 10
    for factor in (Fraction(1, 5), Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(2)):
        lines = -(-highest // (power * factor))
        if lines <= 6:
            break
    return power * factor, int(lines)


def _months_between_ticks(count: int) -> int:
    for every in (1, 2, 3, 6, 12, 24, 60, 120):
        if count // every <= 16:
            return every
    return -(-count // 16)


_THOUSANDS = ("", "k", "M", "bn", "tn")


def _short(number: Fraction) -> str:
    """A grid line's number: 250k, 1.5M."""
    place = 0
    while number >= 1000 and place < len(_THOUSANDS) - 1:
        number /= 1000
        place += 1
    thousandths = round(number * 1000)
    if number and not thousandths:
        return f"{number.numerator}/{number.denominator}"
    whole = f"{thousandths // 1000:,}"
    part = f".{thousandths % 1000:03d}".rstrip("0").rstrip(".")
    return f"{whole}{part}{_THOUSANDS[place]}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _text(text: str) -> str:
    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", printable(text)))
