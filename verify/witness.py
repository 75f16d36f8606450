"""Counterexamples: a case in OCF's own JSON, replayed on the reference engine before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from vestverify.engine.allocation import allocate
from vestverify.engine.calendar import format_day
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Absolute, Event, Start
from vestverify.engine.schedule import Outcome, Unschedulable, run
from vestverify.results import Counterexample
from vestverify.schedule_rows import rows_of
from vestverify.subject import Subject

#: Installments beyond which a counterexample's schedule is not written out.
MAXIMUM_ROWS = 20_000

#: Recorded starts and events that are each left out for trial.
MAXIMUM_TRIALS = 24


def without_needless_records(
    subject: Subject, recorded: Mapping[int, int], shows: Callable[[dict[int, int]], bool]
) -> dict[int, int]:
    """Leave out recorded starts and events that the failure does not need.

    Of more than ``MAXIMUM_TRIALS`` only those are tried whose conditions are not entered: each trial is an execution.
    """
    kept = dict(recorded)
    tried = sorted(recorded, reverse=True)
    if len(recorded) > MAXIMUM_TRIALS:
        entered = {entry.place for entry in subject.search.run(kept)}
        tried = [place for place in tried if place not in entered][:MAXIMUM_TRIALS]
    for place in tried:
        fewer = {other: day for other, day in kept.items() if other != place}
        if shows(fewer):
            kept = fewer
    return kept


def grant_day(subject: Subject, recorded: Mapping[int, int]) -> int:
    """A day of issuance that no installment precedes."""
    days = list(recorded.values())
    days += (
        [condition.trigger.day for condition in subject.plan.conditions if isinstance(condition.trigger, Absolute)]
        if not days
        else []
    )
    return min(days, default=subject.search.ordinary_day)


def is_too_long(entries: Iterable[Entry]) -> bool:
    """Whether the schedule of an execution has too many installments to be written out."""
    return sum(entry.kept for entry in entries if entry.own.length) > MAXIMUM_ROWS


def outcome_on(subject: Subject, recorded: Mapping[int, int], grant: Fraction) -> Outcome | None:
    """Run the reference engine on one input; None where the schedule is too long to write out."""
    entries = subject.search.run(dict(recorded))
    if is_too_long(entries):
        return None
    try:
        return run(subject.plan, grant, grant_day(subject, recorded), recorded, subject.reading)
    except Unschedulable:
        return None


def rounded_total(subject: Subject, recorded: Mapping[int, int], grant: Fraction) -> Fraction:
    """Shares that an execution vests in the end, rounded as its schedule is."""
    entries = subject.search.run(dict(recorded))
    runs = entitlements(subject.plan, entries, grant, subject.reading)
    return allocate(runs, subject.plan.allocation_type, subject.reading).total


def case_of(
    subject: Subject, recorded: Mapping[int, int], grant: Fraction, granted_on: int | None = None
) -> dict[str, Any]:
    """One input as a case (contract, section 3); granted before anything vests unless a day number is given."""
    transactions: list[dict[str, Any]] = []
    for place, day in sorted(recorded.items(), key=lambda item: (item[1], item[0])):
        trigger = subject.plan.conditions[place].trigger
        kind = "TX_VESTING_START" if isinstance(trigger, Start) else "TX_VESTING_EVENT"
        assert isinstance(trigger, Start | Event)
        transactions.append(
            {
                "object_type": kind,
                "id": f"recorded-{len(transactions) + 1}",
                "security_id": "security-1",
                "date": format_day(day),
                "vesting_condition_id": subject.id_of(place),
            }
        )
    return {
        "format": "vestverify.case/1",
        "name": f"counterexample for {subject.plan.terms_id}",
        "terms": subject.raw,
        "issuance": {
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "id": "issuance-1",
            "custom_id": "EC-1",
            "security_id": "security-1",
            "stakeholder_id": "stakeholder-1",
            "date": format_day(grant_day(subject, recorded) if granted_on is None else granted_on),
            "compensation_type": "RSU",
            "quantity": format_quantity(grant),
            "expiration_date": None,
            "termination_exercise_windows": [],
            "security_law_exemptions": [],
            "vesting_terms_id": subject.plan.terms_id,
        },
        "transactions": transactions,
        "reading": subject.reading.differences() or "default",
    }


def counterexample(
    subject: Subject, recorded: Mapping[int, int], grant: Fraction, conclusion: str, outcome: Outcome | None = None
) -> Counterexample:
    """An input with what the reference engine gives for it.

    Args:
        subject: the terms.
        recorded: day number of each recorded start and event, by place.
        grant: shares granted.
        conclusion: what it shows, as the end of the sentence "With ..., ...".
        outcome: what ``outcome_on`` gives for it, where that has been asked.
    """
    if outcome is None:
        outcome = outcome_on(subject, recorded, grant)
    rows = rows_of(outcome.schedule) if outcome is not None else ()
    return Counterexample(
        case_of(subject, recorded, grant), rows, f"{in_words(subject, recorded, grant)}, {conclusion}"
    )


def in_words(subject: Subject, recorded: Mapping[int, int], grant: Fraction) -> str:
    """The input as the beginning of a sentence."""
    parts = [f"a grant of {format_shares(grant)}"]
    for place, day in sorted(recorded.items(), key=lambda item: (item[1], item[0])):
        verb = "vesting starting" if isinstance(subject.plan.conditions[place].trigger, Start) else "the event"
        name = f" at {subject.id_of(place)!r}" if verb == "vesting starting" else f" {subject.id_of(place)!r}"
        parts.append(f"{verb}{name} on {format_day(day)}")
    return "With " + (" and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0])


def path_of(entries: tuple[Entry, ...]) -> tuple[int, ...]:
    """The places entered, in order."""
    return tuple(entry.place for entry in entries)
