"""What there is to see of VV401: the schedules of two readings side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from vestverify.decision import Decision
from vestverify.engine.numeric import format_quantity
from vestverify.results import Exhibit, Finding
from vestverify.subject import Subject

#: Dates beyond which the middle of two schedules is left out.
MAXIMUM_DATES = 60


def schedules_side_by_side(_: Subject, decision: Decision) -> Iterator[Exhibit]:
    """Both schedules of every input for which two readings differ, a row a date; ``<`` marks where they do."""
    for found in decision.findings:
        if found.counterexample is not None:
            yield Exhibit(found.counterexample.words, tuple(_lines(found)))


def _lines(found: Finding) -> Iterator[str]:
    assert found.counterexample is not None
    readings = found.facts["readings"]
    names = [f"{readings['key']}={value}" for value in readings["values"]]
    schedules = [_by_date(found.counterexample.schedule), _by_date(found.facts["other_schedule"])]
    dates = sorted({*schedules[0], *schedules[1]})
    rows = [("date", *names, "")]
    totals = [Fraction(0), Fraction(0)]
    for date in dates:
        shares = [schedule.get(date, Fraction(0)) for schedule in schedules]
        totals = [total + more for total, more in zip(totals, shares, strict=True)]
        written = [format_quantity(each) if each else "-" for each in shares]
        rows.append((date, *written, "<" if shares[0] != shares[1] else ""))
    rows.append(("total", *(format_quantity(total) for total in totals), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]}".rstrip() for row in rows]
    if len(dates) > MAXIMUM_DATES:
        kept = MAXIMUM_DATES // 2
        lines[1 + kept : 1 + len(dates) - kept] = [f"...         ({len(dates) - 2 * kept} dates more)"]
    yield from lines


def _by_date(rows: Sequence[Mapping[str, str]]) -> dict[str, Fraction]:
    return {row["date"]: Fraction(row["quantity"]) for row in rows}
