"""A vesting schedule as a table for people, or the sentences that say why there is none."""

from __future__ import annotations

import dataclasses
import decimal
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from vestverify.reports import columns, printable

#: Digits within which a number of shares is written as a decimal; beyond, as a fraction.
_MAXIMUM_DIGITS = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One line of a schedule.

    Attributes:
        date: ``YYYY-MM-DD``.
        quantity: shares that vest on the date.
        cumulative: shares vested up to and including the date.
        condition_ids: the conditions that vest them, where known.
    """

    date: str
    quantity: Fraction
    cumulative: Fraction
    condition_ids: tuple[str, ...] = ()


def rows_from(
    schedule: Iterable[Mapping[str, str]], conditions: Mapping[str, Sequence[str]] | None = None
) -> tuple[ScheduleRow, ...]:
    """Rows of a schedule as the engine protocol writes it.

    Args:
        schedule: rows ``{"date", "quantity"}``, chronological; quantities as decimals or ``p/q``.
        conditions: for each date the ids of the conditions that vest on it, where known.
    """
    rows: list[ScheduleRow] = []
    vested = Fraction(0)
    for row in schedule:
        quantity = Fraction(row["quantity"])
        vested += quantity
        rows.append(ScheduleRow(row["date"], quantity, vested, tuple((conditions or {}).get(row["date"], ()))))
    return tuple(rows)


def shares(quantity: Fraction) -> str:
    """Write a number of shares exactly: a decimal where there is one, ``p/q`` where there is none."""
    if quantity.denominator == 1:
        return str(quantity.numerator)
    context = decimal.Context(prec=_MAXIMUM_DIGITS, traps=[decimal.Inexact])
    try:
        exact = context.divide(decimal.Decimal(quantity.numerator), decimal.Decimal(quantity.denominator))
    except decimal.Inexact:
        return f"{quantity.numerator}/{quantity.denominator}"
    return format(exact, "f")


def percent(part: Fraction, whole: Fraction) -> str:
    """A share of the whole in per cent, exact with up to two decimals, otherwise rounded and marked ``~``."""
    if whole == 0:
        return "-"
    hundredths = 10_000 * part / whole
    nearest = round(hundredths)
    text = f"{abs(nearest) // 100}.{abs(nearest) % 100:02d}".rstrip("0").rstrip(".")
    return f"{'' if hundredths == nearest else '~'}{'-' if nearest < 0 else ''}{text}%"


def table(cells: Sequence[Sequence[str]], align: str) -> list[str]:
    """Lay out cells in columns two spaces apart, without spaces at the ends of lines.

    Args:
        cells: rows of printable texts.
        align: for each column ``<`` or ``>``.
    """
    widths = [max(columns(row[column]) for row in cells) for column in range(len(align))]
    lines = []
    for row in cells:
        parts = []
        for cell, width, side in zip(row, widths, align, strict=True):
            space = " " * (width - columns(cell))
            parts.append(cell + space if side == "<" else space + cell)
        lines.append("  ".join(parts).rstrip())
    return lines


def render_table(
    rows: Sequence[ScheduleRow], granted: Fraction, as_of: str | None = None, vested: Fraction | None = None
) -> str:
    """Write a schedule as a table.

    Args:
        rows: the schedule, chronological.
        granted: shares granted.
        as_of: a date at which to say what has vested, if any.
        vested: shares vested as of that date.

    Returns:
        Text with a line feed at the end.
    """
    named = any(row.condition_ids for row in rows)
    cells = [["date", "shares", "cumulative", "of grant", "condition"]]
    cells.extend(
        [
            row.date,
            shares(row.quantity),
            shares(row.cumulative),
            percent(row.cumulative, granted),
            ", ".join(printable(identifier) for identifier in row.condition_ids),
        ]
        for row in rows
    )
    total = rows[-1].cumulative if rows else Fraction(0)
    cells.append(["total", shares(total), "", percent(total, granted), f"of {shares(granted)} granted"])
    lines = table(cells, "<>>><") if named else table([[*row[:4]] for row in cells], "<>>>")
    if not named:
        lines[-1] += f"  of {shares(granted)} granted"
    if as_of is not None and vested is not None:
        lines.append(f"As of {as_of}: {shares(vested)} vested, {shares(granted - vested)} unvested.")
    return "\n".join(lines) + "\n"


def render_errors(errors: Iterable[Mapping[str, str | None]]) -> str:
    """Write the errors of an engine's answer as sentences, one a line."""
    messages = ((error["code"], printable(error["message"] or "").rstrip(".")) for error in errors)
    return "".join(f"{code}: {message}.\n" for code, message in messages)
