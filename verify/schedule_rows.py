"""A schedule as the machine contract writes it."""

from __future__ import annotations

from vestverify.engine.calendar import format_day
from vestverify.engine.numeric import format_quantity
from vestverify.engine.schedule import Schedule


def rows_of(schedule: Schedule) -> tuple[dict[str, str], ...]:
    """Rows ``{"date", "quantity"}``, chronological; quantities as decimals or ``p/q``."""
    return tuple(
        {"date": format_day(row.day), "quantity": format_quantity(row.shares)} for row in schedule.installments
    )
