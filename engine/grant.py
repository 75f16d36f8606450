"""One grant under one set of terms, and what these give by themselves (SRC-1 to SRC-5, TXN-1, TXN-4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from fractions import Fraction

from vestverify.engine.calendar import format_day
from vestverify.engine.defects import Defect
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import Event, Plan, Start, compile_terms
from vestverify.engine.reading import DuplicateStart, Reading, Source
from vestverify.engine.schedule import Installment, Outcome, Schedule, Unschedulable, merge, run
from vestverify.engine.securities import (
    Acceleration,
    Issuance,
    Modification,
    Transaction,
    Vesting,
    VestingTransaction,
)
from vestverify.engine.vesting_terms import VestingTerms

_TRIGGER_OF: dict[str, type[Start] | type[Event]] = {"TX_VESTING_START": Start, "TX_VESTING_EVENT": Event}


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One grant under one set of terms (``vestverify.case/1``).

    Attributes:
        terms: the vesting terms, if any.
        issuance: what was granted, when.
        transactions: everything recorded, of this or other securities; only this one's count.
        as_of: day number at which to say what has vested, if any.
        other_terms: further vesting terms that a modification or acceleration may name.
        terminated_on: day number on which the holder's employment ended, if it did (TRG-5).
    """

    terms: VestingTerms | None
    issuance: Issuance
    transactions: tuple[VestingTransaction | Transaction, ...] = ()
    as_of: int | None = None
    other_terms: tuple[VestingTerms, ...] = ()
    terminated_on: int | None = None

    @property
    def own_transactions(self) -> tuple[VestingTransaction | Transaction, ...]:
        """The transactions of the security that was issued."""
        return tuple(item for item in self.transactions if item.security_id == self.issuance.security_id)

    @property
    def has_ledger(self) -> bool:
        """Whether anything but starts and events bears on what vests or is held."""
        return self.terminated_on is not None or any(
            isinstance(item, Transaction) and not item.is_neutral for item in self.own_transactions
        )

    @property
    def further_terms(self) -> tuple[VestingTerms, ...]:
        """Terms that accelerations and modifications of this security put in the place of others, in any order."""
        named = {
            item.vesting_terms_id for item in self.own_transactions if isinstance(item, Acceleration | Modification)
        }
        known = (*(() if self.terms is None else (self.terms,)), *self.other_terms)
        return tuple(terms for terms in known if terms.id in named)


def schedule_of_terms(case: Case, reading: Reading) -> Schedule:
    """The vesting schedule of a case by its issuance, its terms and what met their conditions, and nothing else.

    Args:
        case: the grant.
        reading: which published answers to follow.

    Raises:
        Unschedulable: the case has a defect: a reference to missing terms, a start or event that fits no
            condition, explicit vestings above the grant, terms that vest more than the grant.
        DefectiveTerms: the terms have a structural defect.
        UnsupportedTerms: a feature that the engine does not run.
    """
    explicit = stated_schedule(case.issuance, reading)
    if explicit is not None:
        return explicit
    computed = outcome_of(case, reading).schedule
    written = _explicit_schedule(case.issuance)
    if written is not None and reading.source is Source.BOTH_MUST_AGREE and written != computed:
        raise Unschedulable((Defect("VV507", None, "vestings and the vesting terms give different schedules"),))
    return computed


def stated_schedule(issuance: Issuance, reading: Reading) -> Schedule | None:
    """The schedule where no terms are run: explicit vestings, or nothing stated at all (SRC-1 to SRC-3).

    Raises:
        Unschedulable: explicit vestings are negative, or add up to more than the grant.
    """
    explicit = _explicit_schedule(issuance)
    if issuance.vesting_terms_id is None:
        return explicit or Schedule(merge([Installment(issuance.date, issuance.quantity)]))
    return explicit if reading.source is Source.VESTINGS else None


def total_of(vestings: Iterable[Vesting]) -> Fraction:
    """Shares that explicit vestings add up to."""
    return sum((vesting.amount for vesting in vestings), Fraction(0))


def _explicit_schedule(issuance: Issuance) -> Schedule | None:
    if issuance.vestings is None:
        return None
    total = total_of(issuance.vestings)
    if total > issuance.quantity:
        stated, granted = format_quantity(total), format_quantity(issuance.quantity)
        message = f"vestings add up to {stated} shares of {granted} granted"
        raise Unschedulable(
            (
                Defect("VV506", None, message),
                Defect("VV301", None, f"by its vestings {stated} shares of {granted} granted vest"),
            )
        )
    if any(vesting.amount < 0 for vesting in issuance.vestings):
        raise Unschedulable((Defect("VV308", None, "vestings contain a negative amount"),))
    return Schedule(merge([Installment(vesting.date, vesting.amount) for vesting in issuance.vestings]))


def outcome_of(case: Case, reading: Reading) -> Outcome:
    """The execution of a case's terms.

    Args:
        case: the grant; its issuance names terms.
        reading: which published answers to follow.

    Raises:
        Unschedulable, DefectiveTerms, UnsupportedTerms: as ``schedule_of``.
    """
    terms = case.terms
    wanted = case.issuance.vesting_terms_id
    if terms is None or terms.id != wanted:
        raise Unschedulable(
            (Defect("VV501", None, f"the issuance names the vesting terms {wanted!r}, which are not there"),)
        )
    plan = compile_terms(terms)
    recorded = days_of_terms(case, plan, reading)
    outcome = run(plan, case.issuance.quantity, case.issuance.date, recorded, reading)
    over = over_vesting(plan, outcome, case.issuance.quantity)
    if over is not None:
        raise Unschedulable((over,), outcome.schedule)
    return outcome


def days_of_terms(case: Case, plan: Plan, reading: Reading) -> dict[int, int]:
    """The day recorded for each condition of the issuance's terms, by place in the plan.

    What is recorded for conditions of terms that replace these is left out (#540).

    Raises:
        Unschedulable: as ``recorded_days``.
    """
    own = {condition.id for condition in plan.conditions}
    elsewhere = {condition.id for terms in case.further_terms for condition in terms.vesting_conditions} - own
    return recorded_days(plan, _without(case, elsewhere), reading)


def days_of_further_terms(case: Case, plan: Plan, reading: Reading) -> dict[int, int]:
    """The same for terms that replace others: what is recorded for their conditions, whenever that was.

    Raises:
        Unschedulable: a condition has two starts or events (VV504, unless the reading takes the earliest).
    """
    kinds = {condition.id: type(condition.trigger) for condition in plan.conditions}
    fitting = [
        item
        for item in case.own_transactions
        if isinstance(item, VestingTransaction)
        and kinds.get(item.vesting_condition_id) is _TRIGGER_OF[item.object_type]
    ]
    return recorded_days(plan, fitting, reading)


def _without(case: Case, condition_ids: set[str]) -> list[VestingTransaction | Transaction]:
    return [
        item
        for item in case.own_transactions
        if not isinstance(item, VestingTransaction) or item.vesting_condition_id not in condition_ids
    ]


def recorded_days(
    plan: Plan, transactions: Iterable[VestingTransaction | Transaction], reading: Reading
) -> dict[int, int]:
    """The day of the start or event recorded for each condition, by place in the plan.

    Args:
        plan: the compiled terms.
        transactions: those of one security.
        reading: which published answers to follow.

    Raises:
        Unschedulable: a transaction names a condition that the terms lack (VV502) or that has another
            trigger (VV503), or a condition has two (VV504, unless the reading takes the earliest).
    """
    places = {condition.id: place for place, condition in enumerate(plan.conditions)}
    defects: list[Defect] = []
    recorded: dict[int, int] = {}
    for item in transactions:
        if not isinstance(item, VestingTransaction):
            continue
        identifier = item.vesting_condition_id
        place = places.get(identifier)
        if place is None:
            defects.append(
                Defect("VV502", identifier, f"{item.object_type} names {identifier!r}, which is no condition", item.id)
            )
            continue
        if not isinstance(plan.conditions[place].trigger, _TRIGGER_OF[item.object_type]):
            defects.append(
                Defect(
                    "VV503", identifier, f"{item.object_type} names {identifier!r}, which has another trigger", item.id
                )
            )
            continue
        if place in recorded and reading.duplicate_start is DuplicateStart.ERROR:
            defects.append(
                Defect(
                    "VV504",
                    identifier,
                    f"{identifier!r} is recorded twice, {_on_days(recorded[place], item.date)}",
                    item.id,
                )
            )
        recorded[place] = min(item.date, recorded.get(place, item.date))
    if defects:
        raise Unschedulable(tuple(defects))
    return recorded


def _on_days(first: int, second: int) -> str:
    if first == second:
        return f"both times on {format_day(first)}"
    return f"on {format_day(first)} and on {format_day(second)}"


def over_vesting(plan: Plan, outcome: Outcome, grant: Fraction) -> Defect | None:
    """The condition with which an execution vests more than the grant, if any (AMT-6)."""
    vested = Fraction(0)
    for entry, entitled in zip(outcome.entries, outcome.entitled, strict=True):
        vested += entitled
        if vested > grant:
            identifier = plan.conditions[entry.place].id
            return Defect(
                "VV301",
                identifier,
                f"with {identifier!r}, {format_quantity(vested)} shares of {format_quantity(grant)} granted vest",
            )
    return None
