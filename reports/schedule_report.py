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


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Where the shares of a security stand on a date.

    Attributes:
        date: ``YYYY-MM-DD``.
        vested, unvested, forfeited: shares.
        exercisable: shares; None where it is nothing that is exercised.
    """

    date: str
    vested: Fraction
    unvested: Fraction
    forfeited: Fraction = Fraction(0)
    exercisable: Fraction | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class HappeningRow:
    """One dated fact about a security.

    Attributes:
        date: ``YYYY-MM-DD``.
        what: what happened, in words.
        shares: to how many shares.
        transaction_id: the transaction that says so, if any.
    """

    date: str
    what: str
    shares: Fraction
    transaction_id: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class SecurityRow:
    """One security of a package.

    Attributes:
        security_id, custom_id, terms_id: which one, and by which terms it vests; empty where not stated.
        granted: shares of the issuance; None where it cannot be told.
        standing: where they stand; None where there is no schedule.
        status: how it stands, in words.
    """

    security_id: str
    custom_id: str
    terms_id: str
    granted: Fraction | None
    standing: Standing | None
    status: str


def render_table(rows: Sequence[ScheduleRow], granted: Fraction, standing: Standing | None = None) -> str:
    """Write a schedule as a table.

    Args:
        rows: the schedule, chronological.
        granted: shares granted.
        standing: where the shares stand on a date, if that was asked for.

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
    if standing is not None:
        lines.append(f"As of {standing.date}: {_standing_words(standing)}.")
    return "\n".join(lines) + "\n"


def _standing_words(standing: Standing) -> str:
    words = [f"{shares(standing.vested)} vested", f"{shares(standing.unvested)} unvested"]
    if standing.forfeited:
        words.append(f"{shares(standing.forfeited)} forfeited")
    if standing.exercisable is not None:
        words.append(f"{shares(standing.exercisable)} exercisable")
    return ", ".join(words)


def render_happenings(rows: Sequence[HappeningRow]) -> str:
    """Write what happened to a security as a table; the empty text where nothing did."""
    if not rows:
        return ""
    cells = [["date", "shares", "what happened", "transaction"]]
    cells.extend([row.date, shares(row.shares), row.what, printable(row.transaction_id or "")] for row in rows)
    return "\n".join(table(cells, "<><<")) + "\n"


def render_securities(rows: Sequence[SecurityRow], as_of: str | None) -> str:
    """Write the securities of a package as a table.

    Args:
        rows: one for each security.
        as_of: the date on which they stand so; None where each is shown when everything has happened to it.
    """
    cells = [["security", "custom id", "terms", "granted", "vested", "unvested", "forfeited", "exercisable", "status"]]
    for row in rows:
        standing = row.standing
        amounts: list[Fraction | None] = [row.granted, None, None, None, None]
        if standing is not None:
            amounts[1:] = [standing.vested, standing.unvested, standing.forfeited, standing.exercisable]
        names = [printable(name) or "-" for name in (row.security_id, row.custom_id, row.terms_id)]
        cells.append([*names, *("-" if amount is None else shares(amount) for amount in amounts), row.status])
    lines = table(cells, "<<<>>>>><")
    lines.append(
        f"As of {as_of}." if as_of is not None else "As of the last date of each: what is recorded and scheduled."
    )
    return "\n".join(lines) + "\n"


def render_errors(errors: Iterable[Mapping[str, str | None]]) -> str:
    """Write the errors of an engine's answer as sentences, one a line."""
    messages = ((error["code"], printable(error["message"] or "").rstrip(".")) for error in errors)
    return "".join(f"{code}: {message}.\n" for code, message in messages)
