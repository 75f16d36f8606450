"""What a table of token allocations unlocks and sells: as a table for people, as CSV, and as JSON."""

from __future__ import annotations

import csv
import dataclasses
import decimal
import io
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from vestverify.reports import columns, printable
from vestverify.reports.json_report import dumps
from vestverify.reports.schedule_report import table

FORMAT = "vestverify.unlock/1"

#: Months that are all shown in the table for people; later ones once a year.
_EVERY_MONTH = 24
_MONTHS_OF_A_YEAR = 12
#: Decimal places within which a number is written as a decimal; beyond, as a fraction.
_MAXIMUM_DIGITS = 1_000
#: Decimal places in the table for people.
_SHOWN_PLACES = 2

Monthly = Sequence[Fraction | int]


@dataclasses.dataclass(frozen=True, slots=True)
class UnlockLine:
    """One row of the table, or one agent.

    Attributes:
        entity: whose allocation it is.
        agent: who receives the unlocks.
        unlocked: base units unlocked by the end of each month, cumulative, beginning with month 0.
        sold: base units of these that are sold.
    """

    entity: str
    agent: str
    unlocked: Monthly
    sold: Monthly


@dataclasses.dataclass(frozen=True, slots=True)
class UnlockReport:
    """What is reported.

    Attributes:
        rows: one for each allocation.
        agents: one for each agent.
        circulating: base units in circulation by the end of each month.
        circulating_name: what counts as circulating, in words.
        decimals: decimal places of a token: ten to this power base units are one token.
    """

    rows: tuple[UnlockLine, ...]
    agents: tuple[UnlockLine, ...]
    circulating: Monthly
    circulating_name: str
    decimals: int


def exact_number(number: Fraction | int) -> str:
    """A number exactly: a decimal where there is one, ``p/q`` where there is none or it is very long."""
    if isinstance(number, int) or number.denominator == 1:
        return _digits(int(number))
    context = decimal.Context(prec=_MAXIMUM_DIGITS, traps=[decimal.Inexact])
    try:
        exact = context.divide(decimal.Decimal(number.numerator), decimal.Decimal(number.denominator))
    except decimal.Inexact:
        return f"{_digits(number.numerator)}/{_digits(number.denominator)}"
    return format(exact, "f")


def as_json(report: UnlockReport) -> dict[str, Any]:
    """The report of machine contract, section 6."""
    write = _writer(report.decimals)
    return {
        "format": FORMAT,
        "months": list(range(len(report.circulating))),
        "rows": [
            {
                "entity": row.entity,
                "agent": row.agent,
                "unlocked": list(map(write, row.unlocked)),
                "sold": list(map(write, row.sold)),
            }
            for row in report.rows
        ],
        "circulating": list(map(write, report.circulating)),
    }


def render_json(report: UnlockReport) -> str:
    """The same as text."""
    return dumps(as_json(report))


def render_csv(report: UnlockReport) -> str:
    """One line a month: what circulates, and what each allocation has unlocked and, where it sells, sold."""
    write = _writer(report.decimals)
    headers, series = ["month", "circulating"], [report.circulating]
    for row in report.rows:
        headers.append(f"unlocked: {row.entity}")
        series.append(row.unlocked)
        if _sells(row):
            headers.append(f"sold: {row.entity}")
            series.append(row.sold)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    for month, numbers in enumerate(zip(*series, strict=True)):
        writer.writerow([month, *map(write, numbers)])
    return text.getvalue()


def render_text(report: UnlockReport, width: int = 100, *, sales: bool = False) -> str:
    """Months down, agents across; every month of the first two years, then years and months in which something changes.

    Args:
        report: what to show.
        width: columns of the terminal; agents that do not fit are shown together.
        sales: whether to show what agents have sold, not what is unlocked for them.
    """
    last = len(report.circulating) - 1
    months = sorted(_months_to_show(report, last))
    shown = _shown(report.decimals)
    lines = _fitting(report, months, shown, width, sales=sales)
    text = "\n".join(lines) + "\n"
    what = "Tokens sold" if sales else "Tokens unlocked"
    text += f"\n{what} by the end of each month, cumulative. Circulating: {report.circulating_name}.\n"
    if any(_sells(row) for row in report.rows):
        text += "Sold: expected values.\n"
    if len(months) <= last:
        text += (
            f"{last + 1 - len(months)} of {last + 1} months are left out: from month {_EVERY_MONTH} on, only the ends of "
            "years are shown,\nand months in which an allocation unlocks its first tokens or its last.\n"
        )
    if any(shown(number).startswith("~") for each in report.rows for month in months for number in _at(each, month)):
        text += f"~ rounded to {_SHOWN_PLACES} decimal places; --format csv and json are exact.\n"
    return text


def _at(line: UnlockLine, month: int) -> tuple[Fraction | int, Fraction | int]:
    return line.unlocked[month], line.sold[month]


def _sells(line: UnlockLine) -> bool:
    return bool(line.sold) and line.sold[-1] != 0


def _months_to_show(report: UnlockReport, last: int) -> Iterator[int]:
    yield from {*range(min(_EVERY_MONTH, last) + 1), *range(0, last + 1, _MONTHS_OF_A_YEAR), last, *_turns(report)}


def _turns(report: UnlockReport) -> set[int]:
    """Months in which an allocation unlocks its first tokens or its last."""
    found: set[int] = set()
    for row in report.rows:
        for target in (next(filter(None, row.unlocked), 0), row.unlocked[-1]):
            if target:
                found.add(row.unlocked.index(target))
    return found


def _fitting(
    report: UnlockReport, months: Sequence[int], shown: Callable[[Any], str], width: int, *, sales: bool
) -> list[str]:
    """The widest table that fits: as many agents as there is room for, the others together."""
    several = [(_name(each.agent), each.sold if sales else each.unlocked) for each in report.agents]
    in_all = [sum(each.sold[month] for each in report.agents) for month in months]
    right = [("circulating", [report.circulating[month] for month in months])]
    if any(in_all):
        right.append(("sold", in_all))
    for count in range(len(several), -1, -1):
        names = [(name, [numbers[month] for month in months]) for name, numbers in several[:count]]
        others = several[count:]
        if others:
            name = f"{len(others)} {'others' if count else 'agents'}"
            names.append((name, [sum(numbers[month] for _, numbers in others) for month in months]))
        cells = [["month", *(name for name, _ in (*names, *right))]]
        cells += [
            [str(month), *(shown(numbers[place]) for _, numbers in (*names, *right))]
            for place, month in enumerate(months)
        ]
        lines = table(cells, ">" * len(cells[0]))
        if max(map(columns, lines)) <= width:
            break
    return lines


def _name(agent: str) -> str:
    text = printable(agent) or "(nobody)"
    return text if columns(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 3] + "..."


_LONGEST_NAME = 24


def _writer(decimals: int) -> Callable[[Fraction | int], str]:
    if decimals == 0:
        return exact_number
    unit = 10**decimals
    return lambda number: exact_number(Fraction(number, unit))


def _shown(decimals: int) -> Callable[[Fraction | int], str]:
    """For people: groups of three digits, and few decimal places."""
    unit = 10**decimals
    scale = 10**_SHOWN_PLACES

    def show(number: Fraction | int) -> str:
        scaled = Fraction(number, unit) * scale
        nearest = round(scaled)
        whole, part = divmod(abs(nearest), scale)
        places = f".{part:0{_SHOWN_PLACES}d}" if part or scaled != nearest else ""
        return f"{'' if scaled == nearest else '~'}{'-' if nearest < 0 else ''}{_grouped(whole)}{places}"

    return show


def _grouped(number: int) -> str:
    digits = _digits(number)
    head = len(digits) % 3
    groups = [digits[:head]] if head else []
    return ",".join([*groups, *(digits[place : place + 3] for place in range(head, len(digits), 3))])


def _digits(number: int) -> str:
    # Python writes no more than some thousand digits of an int; a decimal has no such limit.
    return format(decimal.Decimal(number), "f")
