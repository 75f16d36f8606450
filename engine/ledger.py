"""One security's transactions folded in date order into its state (ACC, EXR, TXN, TRG-5; issue 4).

A day counts as follows: what is due on it vests; then its records take effect, in the order of ``record_order``;
then employment ends, if it does; then what can no longer be met is forfeited.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction

from vestverify.engine.acceleration import Advance, ZeroDenominator, allotment_of, shares_of
from vestverify.engine.calendar import format_day
from vestverify.engine.course import Computed, Course, Stated
from vestverify.engine.defects import Defect
from vestverify.engine.exercise_windows import ExerciseWindow, windows_after
from vestverify.engine.grant import (
    Case,
    days_of_further_terms,
    days_of_terms,
    over_vesting,
    schedule_of_terms,
    stated_schedule,
    total_of,
)
from vestverify.engine.holding import Ending, Holding
from vestverify.engine.lapse import day_of_lapse
from vestverify.engine.ledger_events import EventKind, LedgerDefect, LedgerEvent
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import compile_terms
from vestverify.engine.position import Position
from vestverify.engine.reading import Reading, Source
from vestverify.engine.reading import Retraction as RetractionReading
from vestverify.engine.record_order import Record, records_in_order
from vestverify.engine.schedule import Installment, Schedule, merge, run
from vestverify.engine.securities import (
    Acceleration,
    Cancellation,
    Exercise,
    Modification,
    Release,
    Retraction,
    Transaction,
    Transfer,
    Vesting,
    VestingTransaction,
)
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.engine.without_effect import Held, without_effect

_NONE = Fraction(0)


@dataclasses.dataclass(frozen=True, slots=True)
class Ledger:
    """What has become of one security, and what will if nothing more is recorded.

    Attributes:
        granted: shares of the issuance.
        holdings: the states that it went through, in order; the first begins with the issuance.
        schedule: what vests when. Where nothing accelerates, replaces or ends vesting it is that of the terms.
        events: dated facts, in order.
        defects: VV505, VV506, VV508, VV509, VV510 and others of its transactions; those with an error are without
            effect, but for VV301 where only later records show it.
        exercise_windows: until when can be exercised, for each reason, where employment ended.
        is_void: whether the issuance was taken back as if it never was (TXN-3).
    """

    granted: Fraction
    holdings: tuple[Holding, ...]
    schedule: Schedule
    events: tuple[LedgerEvent, ...]
    defects: tuple[LedgerDefect, ...]
    exercise_windows: tuple[ExerciseWindow, ...]
    is_void: bool

    def position(self, day: int) -> Position:
        """Where the shares stand at the end of a day, by what is recorded up to that day.

        Later records never change it, and it never has fewer shares vested than an earlier day has, unless the
        issuance is retracted in between and ``retraction`` is void. Before the issuance nothing has happened.

        Args:
            day: a day number.
        """
        number = bisect.bisect_right(self.holdings, day, key=lambda holding: holding.since) - 1
        if number >= 0:
            return self.holdings[number].position(day)
        return Holding(day, self.granted, None, early_exercisable=False, last_day=None).position(day)


def ledger_of(case: Case, reading: Reading) -> Ledger:
    """Fold the transactions of a case's security into its state.

    Args:
        case: the grant.
        reading: which published answers to follow.

    Raises:
        Unschedulable, DefectiveTerms, UnsupportedTerms: the issuance and its terms give no schedule, as
            ``schedule_of_terms`` says; or a transaction is of a kind that the engine does not run.
    """
    records = records_in_order(case)
    by_terms = schedule_of_terms(case, reading)
    return _Fold(case, reading, records).ledger(by_terms)


def defects_of(case: Case, reading: Reading) -> tuple[LedgerDefect, ...]:
    """What is wrong with the transactions of a case's security: ``ledger_of(case, reading).defects``, sooner.

    Raises:
        Unschedulable, DefectiveTerms, UnsupportedTerms: as ``ledger_of``.
    """
    if case.has_ledger:
        return ledger_of(case, reading).defects
    schedule_of_terms(case, reading)
    return _Fold(case, reading, records_in_order(case)).defects()


class _Fold:
    """The fold itself: ``self._now`` is the state, and everything told on the way is collected beside it."""

    def __init__(self, case: Case, reading: Reading, records: Sequence[Record]) -> None:
        self._case = case
        self._reading = reading
        self._records = records
        self._events: list[LedgerEvent] = []
        self._defects: list[LedgerDefect] = []
        self._holdings: list[Holding] = []
        self._sources: list[Held] = []
        self._is_changed = False
        self._is_void = False
        issuance = case.issuance
        stated = stated_schedule(issuance, reading)
        source: Stated | Computed = Stated(stated) if stated is not None else self._by_own_terms()
        self._hold(source, issuance.date)
        self._now = Holding(
            issuance.date,
            issuance.quantity,
            Course(source),
            early_exercisable=issuance.early_exercisable is True,
            last_day=issuance.last_day,
        )

    def _by_own_terms(self) -> Computed:
        case = self._case
        assert case.terms is not None
        plan = compile_terms(case.terms)
        recorded = days_of_terms(case, plan, self._reading)
        return Computed(plan, case.issuance.quantity, case.issuance.date, recorded, self._reading)

    def ledger(self, by_terms: Schedule) -> Ledger:
        """Run it.

        Args:
            by_terms: what the terms give by themselves.
        """
        case, issued_on = self._case, self._case.issuance.date
        ended_on = None if case.terminated_on is None else max(case.terminated_on, issued_on)
        days = {issued_on, *(record.day for record in self._records), *(() if ended_on is None else (ended_on,))}
        for day in sorted(days):
            if day > issued_on:
                self._go_to(day)
            self._vest()
            for record in self._records:
                if record.day == day:
                    self._take(record)
            if day == ended_on:
                self._terminate(day)
            self._holdings.append(self._now)
        self._go_to(None)
        windows = () if ended_on is None else windows_after(case.issuance, ended_on)
        return Ledger(
            granted=case.issuance.quantity,
            holdings=tuple(self._holdings),
            schedule=self._schedule(by_terms),
            events=tuple(self._events),
            defects=self.defects(),
            exercise_windows=windows,
            is_void=self._is_void,
        )

    def defects(self) -> tuple[LedgerDefect, ...]:
        """What was found wrong with the records, and what they show without being folded."""
        found = [
            *self._defects,
            *without_effect(self._case, self._records, self._sources),
            *before_issuance(self._case),
        ]
        return tuple(sorted(found, key=lambda defect: (defect.place, defect.code)))

    def _schedule(self, by_terms: Schedule) -> Schedule:
        if self._is_void:
            return Schedule(())
        if not self._is_changed:
            return by_terms
        vesting = (EventKind.VESTED, EventKind.ACCELERATED)
        return Schedule(
            merge([Installment(event.day, event.shares) for event in self._events if event.kind in vesting])
        )

    # ---- Time ----

    def _go_to(self, day: int | None) -> None:
        """Let time pass until before a day, or for ever where it is None."""
        while True:
            lapse = self._day_of_lapse()
            if lapse is None or (day is not None and lapse >= day):
                break
            if lapse > self._now.since:
                self._step(lapse)
                self._vest()
            else:
                self._holdings.pop()
            self._forfeit(self._now.unvested - self._now.scheduled, None)
            self._holdings.append(self._now)
        if day is not None:
            self._step(day)
        elif self._now.course is not None:
            self._vest_within(self._now.since + 1, None)

    def _step(self, day: int) -> None:
        """Go on to a day, before anything of that day has happened."""
        self._vest_within(self._now.since + 1, day - 1)
        self._now = dataclasses.replace(self._now, since=day, vested=self._now.vested_by(day - 1))

    def _vest_within(self, first: int, last: int | None) -> None:
        """Tell what vests on the days from ``first`` to ``last``, or on all later ones."""
        now = self._now
        if now.course is None:
            return
        vested = now.vested
        for day in now.course.days_within(now.since, first, last):
            then = now.vested_by(day)
            self._tell(EventKind.VESTED, then - vested, None, day)
            vested = then

    def _vest(self, transaction: Transaction | None = None) -> None:
        """Vest what is due today."""
        then = self._now.vested_by(self._now.since)
        self._tell(EventKind.VESTED, then - self._now.vested, transaction)
        self._now = dataclasses.replace(self._now, vested=then)

    def _day_of_lapse(self) -> int | None:
        now = self._now
        if now.course is None or not isinstance(now.course.source, Computed) or now.unvested == now.scheduled:
            return None
        source = now.course.source
        entries = source.entries_known_on(now.since)
        return day_of_lapse(source.plan, source.recorded_by(now.since), entries, self._reading, now.since)

    # ---- Records ----

    def _take(self, record: Record) -> None:
        item = record.transaction
        ending = self._now.ending
        if ending is not None:
            is_vesting = isinstance(item, VestingTransaction | Acceleration | Modification)
            if not (ending.vesting_goes_on and is_vesting):
                self._defects.append(_after_end(record, ending))
                return
        if isinstance(item, Acceleration | Modification):
            self._accelerate(record, item)
        elif isinstance(item, Exercise | Release):
            self._use(record, item)
        elif isinstance(item, Transfer):
            self._transfer(record, item)
        elif isinstance(item, Cancellation):
            self._cancel(record, item)
        elif isinstance(item, Retraction):
            self._retract(item)

    def _accelerate(self, record: Record, item: Acceleration | Modification) -> None:
        now = self._now
        unvested, in_whole_shares = now.unvested, self._in_whole_shares()
        shares = _NONE
        if item.accelerates is not None:
            try:
                shares = shares_of(item.accelerates, unvested, in_whole_shares)
            except ZeroDenominator:
                self._refuse("VV308", record, "the portion that is accelerated has the denominator 0")
                return
            if shares < 0:
                self._refuse("VV308", record, f"{format_quantity(shares)} shares are accelerated, fewer than none")
                return
            if shares > unvested:
                asked, left = format_quantity(shares), format_quantity(unvested)
                message = f"{asked} shares are accelerated on {format_day(item.date)}, when {left} are unvested"
                self._refuse("VV505", record, message, quantity=asked, unvested=left)
                return
        course = now.course
        if item.replaces:
            source = self._replacement(record, item, unvested - shares)
            if source is None:
                return
            self._tell(EventKind.REPLACED, unvested - shares, item)
            self._hold(source, now.since)
            course = Course(source, now.vested + shares)
        elif not shares:
            return
        elif course is not None and item.accelerates is not None:
            allotment = allotment_of(item.accelerates, self._reading)
            course = course.accelerated_by(Advance(now.vested, shares, now.scheduled, allotment, in_whole_shares))
        self._is_changed = True
        self._tell(EventKind.ACCELERATED, shares, item)
        self._now = dataclasses.replace(
            now, course=course, vested=now.vested + shares, accelerated=now.accelerated + shares
        )
        self._vest(item)

    def _in_whole_shares(self) -> bool:
        course = self._now.course
        if course is None or isinstance(course.source, Stated):
            return True
        return course.source.plan.allocation_type is not AllocationType.FRACTIONAL

    def _replacement(
        self, record: Record, item: Acceleration | Modification, unvested: Fraction
    ) -> Stated | Computed | None:
        """The schedule by which the unvested shares vest from now on; None where it is defective."""
        prefers_terms = self._reading.source is Source.TERMS
        if item.vestings is not None and (item.vesting_terms_id is None or not prefers_terms):
            return self._stated_replacement(record, item.vestings, unvested)
        terms = self._terms_called(item.vesting_terms_id)
        if terms is None:
            message = f"{item.object_type} names the vesting terms {item.vesting_terms_id!r}, which are not there"
            self._refuse("VV501", record, message)
            return None
        plan = compile_terms(terms)
        recorded = days_of_further_terms(self._case, plan, self._reading)
        source = Computed(plan, unvested, self._now.since, recorded, self._reading)
        now_over = _over_vesting_by(source, source.recorded_by(self._now.since))
        over = now_over or _over_vesting_by(source, recorded)
        if over is not None:
            self._refuse("VV301", record, over.message)
        # What only later records show undoes nothing: the terms hold, and vest no more than is there.
        return source if now_over is None else None

    def _stated_replacement(self, record: Record, rows: Sequence[Vesting], unvested: Fraction) -> Stated | None:
        if any(row.amount < 0 for row in rows):
            self._refuse("VV308", record, "vestings contain a negative amount")
            return None
        total = total_of(rows)
        if total > unvested:
            stated, left = format_quantity(total), format_quantity(unvested)
            message = f"vestings add up to {stated} shares of {left} that are unvested on that day"
            self._refuse("VV506", record, message, total_vested=stated, unvested=left)
            return None
        since = self._now.since
        return Stated(Schedule(merge([Installment(max(row.date, since), row.amount) for row in rows])))

    def _terms_called(self, identifier: str | None) -> VestingTerms | None:
        return next((terms for terms in self._case.further_terms if terms.id == identifier), None)

    def _use(self, record: Record, item: Exercise | Release) -> None:
        now = self._now
        is_whole = item.quantity is None
        due = now.held if isinstance(item, Exercise) and now.early_exercisable else now.vested_held
        shares = due if item.quantity is None else item.quantity
        if self._has_no_such_shares(record, shares, now.held):
            return
        if isinstance(item, Exercise):
            now = dataclasses.replace(now, exercised=now.exercised + shares)
            self._tell(EventKind.EXERCISED, shares, item)
        else:
            now = dataclasses.replace(now, released=now.released + shares)
            self._tell(EventKind.RELEASED, shares, item)
        self._now = now
        if now.held > 0 and not is_whole:
            return
        if isinstance(item, Exercise) and now.early_exercisable and now.unvested > 0:
            self._now = dataclasses.replace(now, ending=Ending(item, now.since, vesting_goes_on=True))
        else:
            self._forfeit(now.unvested, item)
            self._end(item)

    def _transfer(self, record: Record, item: Transfer) -> None:
        now = self._now
        stated = item.quantity if item.quantity is not None else item.quantity_converted
        shares = now.held if stated is None else stated
        if self._has_no_such_shares(record, shares, now.held):
            return
        moved = min(shares, now.vested_held)
        if item.balance_security_id is not None:
            self._go_on_elsewhere(item, now.vested_held, now.unvested)
        else:
            carried_over = shares - moved + self._exercised_unvested()
            self._forfeit(now.unvested - carried_over, item)
            self._go_on_elsewhere(item, moved, carried_over)
        self._end(item)

    def _cancel(self, record: Record, item: Cancellation) -> None:
        now = self._now
        available = now.held + now.uncancelled
        shares = available if item.quantity is None else item.quantity
        if self._has_no_such_shares(record, shares, available):
            return
        # What lapsed or was forfeited with the end of employment is cancelled first: that is what is recorded then.
        rest = shares - min(shares, now.uncancelled)
        unvested = min(rest, now.unvested_held)
        self._forfeit(unvested, item)
        self._cancel_vested(rest - unvested, item)
        if item.balance_security_id is not None:
            self._go_on_elsewhere(item, self._now.vested_held, self._now.unvested)
        else:
            self._forfeit_unvested_held(item)
        self._end(item)

    def _retract(self, item: Retraction) -> None:
        now = self._now
        if self._reading.retraction is RetractionReading.ENDS:
            self._forfeit_unvested_held(item)
            self._cancel_vested(self._now.vested_held, item)
        else:
            self._tell(EventKind.RETRACTED, now.granted, item)
            granted = now.granted
            empty = Holding(now.since, granted, None, now.early_exercisable, now.last_day)
            self._now = dataclasses.replace(empty, forfeited=granted, returned=granted)
            self._is_void = True
        self._end(item)

    def _terminate(self, day: int) -> None:
        self._tell(EventKind.TERMINATED, _NONE, None)
        if self._now.course is None:
            return
        self._forfeit(self._now.unvested, None)
        windows = windows_after(self._case.issuance, day)
        latest = max((window.last_day for window in windows), default=self._now.last_day)
        self._now = dataclasses.replace(self._now, course=None, last_day=latest)
        self._is_changed = True

    # ---- Shares ----

    def _exercised_unvested(self) -> Fraction:
        """Unvested shares that were exercised early: they are held as the stock that they became."""
        return self._now.unvested - self._now.unvested_held

    def _forfeit_unvested_held(self, item: Transaction) -> None:
        exercised = self._exercised_unvested()
        self._forfeit(self._now.unvested - exercised, item)
        self._go_on_elsewhere(item, _NONE, exercised)

    def _forfeit(self, shares: Fraction, item: Transaction | None) -> None:
        now = self._now
        back = min(shares, now.unvested_held)
        self._tell(EventKind.FORFEITED, shares, item)
        self._tell(EventKind.RETURNED, back, item)
        self._now = dataclasses.replace(
            now,
            forfeited=now.forfeited + shares,
            uncancelled=now.uncancelled + (back if item is None else _NONE),
            returned=now.returned + back,
        )

    def _cancel_vested(self, shares: Fraction, item: Transaction) -> None:
        self._tell(EventKind.CANCELLED, shares, item)
        self._tell(EventKind.RETURNED, shares, item)
        now = self._now
        self._now = dataclasses.replace(now, cancelled=now.cancelled + shares, returned=now.returned + shares)

    def _go_on_elsewhere(self, item: Transaction, vested: Fraction, unvested: Fraction) -> None:
        self._tell(EventKind.MOVED, vested, item)
        self._tell(EventKind.CARRIED_OVER, unvested, item)
        now = self._now
        self._now = dataclasses.replace(now, moved=now.moved + vested, carried_over=now.carried_over + unvested)

    def _end(self, item: Transaction) -> None:
        self._now = dataclasses.replace(self._now, course=None, ending=Ending(item, self._now.since))
        self._is_changed = True

    def _hold(self, source: Stated | Computed, since: int) -> None:
        if self._sources:
            self._sources[-1] = dataclasses.replace(self._sources[-1], until=since)
        self._sources.append(Held(source, None))

    # ---- Words ----

    def _tell(self, kind: EventKind, shares: Fraction, item: Transaction | None, day: int | None = None) -> None:
        if shares or kind in (EventKind.TERMINATED, EventKind.REPLACED):
            on = self._now.since if day is None else day
            self._events.append(LedgerEvent(on, kind, shares, None if item is None else item.id))

    def _refuse(self, code: str, record: Record, message: str, **facts: str | None) -> None:
        self._defects.append(_defect(code, record, message, **facts))

    def _has_no_such_shares(self, record: Record, shares: Fraction, available: Fraction) -> bool:
        item = record.transaction
        if shares < 0:
            self._refuse(
                "VV308", record, f"{item.object_type} states {format_quantity(shares)} shares, fewer than none"
            )
        elif shares > available:
            asked, left = format_shares(shares), format_quantity(available)
            message = f"{item.object_type} is about {asked} on {format_day(item.date)}, when {left} are left"
            self._refuse("VV509", record, message, quantity=format_quantity(shares), left=left)
        else:
            return False
        return True


def _over_vesting_by(source: Computed, recorded: Mapping[int, int]) -> Defect | None:
    """Why a schedule would vest more than there is, if it would, by what is recorded."""
    outcome = run(source.plan, source.shares, source.since, recorded, source.reading)
    return over_vesting(source.plan, outcome, source.shares)


def _defect(code: str, record: Record, message: str, **facts: str | None) -> LedgerDefect:
    return LedgerDefect(code, None, message, record.transaction.id, record.place, tuple(facts.items()))


def _after_end(record: Record, ending: Ending) -> LedgerDefect:
    item, end = record.transaction, ending.transaction
    named = f"the {end.object_type} {end.id!r}" if end.id is not None else f"a {end.object_type}"
    return _defect(
        "VV509",
        record,
        f"{item.object_type} of {format_day(item.date)} comes after the security ended with {named} of {format_day(end.date)}",
        ended_by=end.id,
        ended_by_type=end.object_type,
        ended_on=format_day(end.date),
    )


def before_issuance(case: Case) -> tuple[LedgerDefect, ...]:
    """A VV510 for each transaction of a case's security that is dated before its issuance."""
    issued_on = case.issuance.date
    found = []
    for place, item in enumerate(case.transactions):
        if item.security_id != case.issuance.security_id or item.date >= issued_on:
            continue
        message = f"{item.object_type} is dated {format_day(item.date)}, before the issuance of {format_day(issued_on)}"
        if isinstance(item, VestingTransaction):
            message += "; vesting may begin before the grant, and what accrued by then vests on its date (GRD-1)"
        record = Record(place, item, issued_on)
        found.append(_defect("VV510", record, message, date=format_day(item.date), issued_on=format_day(issued_on)))
    return tuple(found)
