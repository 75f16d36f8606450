"""Starts and events that are recorded and move nothing (TRG-2, PTH-2): VV508."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from vestverify.engine.calendar import LAST_DAY, format_day
from vestverify.engine.course import Computed, Stated
from vestverify.engine.execution import Entry
from vestverify.engine.grant import Case
from vestverify.engine.ledger_events import LedgerDefect
from vestverify.engine.plan import Plan
from vestverify.engine.record_order import Record
from vestverify.engine.securities import VestingTransaction


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """A schedule that held for a while.

    Attributes:
        source: the schedule.
        until: day number on which another one took its place; None where none did.
    """

    source: Stated | Computed
    until: int | None


def without_effect(case: Case, records: Sequence[Record], schedules: Sequence[Held]) -> list[LedgerDefect]:
    """The starts and events that move nothing.

    Args:
        case: the grant.
        records: those of its security.
        schedules: by which it vested, one after another.

    Returns:
        A VV508 for each start or event whose condition is not entered, where terms decide the schedule at all.
    """
    if case.issuance.vestings is not None and all(isinstance(held.source, Stated) for held in schedules):
        return []
    days = [record.transaction.date for record in records]
    known = [
        (held, {entry.place: entry for entry in held.source.entries_known_on(max(days, default=0))})
        for held in schedules
        if isinstance(held.source, Computed)
    ]
    found = []
    for record in records:
        item = record.transaction
        if not isinstance(item, VestingTransaction):
            continue
        reasons = [_reason(case, item, held, entries) for held, entries in known]
        stated = [reason for reason in reasons if reason is not None]
        if not known:
            stated = [("the security names no vesting terms", ())]
        elif len(stated) < len(reasons):
            continue
        reason, facts = stated[-1]
        found.append(
            LedgerDefect(
                "VV508",
                item.vesting_condition_id,
                f"{item.object_type} of {format_day(item.date)} for {item.vesting_condition_id!r} moves nothing: {reason}",
                item.id,
                record.place,
                (("date", format_day(item.date)), *facts),
            )
        )
    return found


_Reason = tuple[str, tuple[tuple[str, str | None], ...]]


def _reason(case: Case, item: VestingTransaction, held: Held, entries: Mapping[int, Entry]) -> _Reason | None:
    """Why a start or event moves nothing by one schedule; None where it does move something."""
    assert isinstance(held.source, Computed)
    plan = held.source.plan
    places = {condition.id: place for place, condition in enumerate(plan.conditions)}
    place = places.get(item.vesting_condition_id)
    if place is None:
        return "the vesting terms that hold have no such condition", ()
    if place not in entries:
        return _not_entered(plan, place, entries)
    if held.until is not None and item.date > held.until:
        return f"another schedule holds since {format_day(held.until)}", ()
    if case.terminated_on is not None and item.date > max(case.terminated_on, case.issuance.date):
        return f"employment ended on {format_day(case.terminated_on)}", ()
    return None


def _not_entered(plan: Plan, place: int, entries: Mapping[int, Entry]) -> _Reason:
    parents: list[int | None] = [each for each in entries if place in plan.conditions[each].following]
    if place in plan.initial:
        parents.append(None)
    if not parents:
        return "it comes before its turn: no condition that leads to it has been met", (("taken_instead", None),)
    relationship = plan.relationship_of[place]
    if relationship is not None and relationship in entries:
        taken = [entries[each] for each in (entries[relationship].parent,) if each is not None and each in entries]
    else:
        taken = [entry for entry in entries.values() if entry.parent in parents]
    taken = [entry for entry in taken if entry.entered <= LAST_DAY]
    if not taken:
        return "its condition cannot be entered any more", (("taken_instead", None),)
    first = min(taken, key=lambda entry: entry.entered)
    other, day = plan.conditions[first.place].id, format_day(first.entered)
    return f"{other!r} was taken instead on {day}", (("taken_instead", other), ("taken_on", day))
