"""Until when what has vested can be exercised after employment ended (TRG-5).

Source: ``termination_exercise_windows`` and ``expiration_date`` of the issuance,
schema/types/TerminationWindow.schema.json of OCF v1.2.0.
"""

from __future__ import annotations

import dataclasses

from vestverify.engine.calendar import day_in_month, day_of_month, month_of
from vestverify.engine.securities import Issuance, TerminationWindow


@dataclasses.dataclass(frozen=True, slots=True)
class ExerciseWindow:
    """For one reason why employment ended, the day number of the last day on which can be exercised."""

    reason: str
    last_day: int


def windows_after(issuance: Issuance, terminated_on: int) -> tuple[ExerciseWindow, ...]:
    """Every window of an issuance, in its order; none of them lasts longer than the issuance itself.

    Args:
        issuance: what was granted.
        terminated_on: day number on which employment ended.
    """
    return tuple(
        ExerciseWindow(window.reason, _not_after(issuance.last_day, _last_day(window, terminated_on)))
        for window in issuance.termination_exercise_windows
    )


def _last_day(window: TerminationWindow, terminated_on: int) -> int:
    if window.period_type == "DAYS":
        return terminated_on + window.period
    months = window.period * (12 if window.period_type == "YEARS" else 1)
    return day_in_month(month_of(terminated_on) + months, day_of_month(terminated_on))


def _not_after(limit: int | None, day: int) -> int:
    return day if limit is None else min(limit, day)
