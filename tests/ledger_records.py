"""A package of securities that share terms and a file of transactions, as a test builds it record by record."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, vesting_terms
from test_ledger import BONUS, EVENT_OR_LAPSE, monthly, read_transaction

from vestverify.engine.case import Case
from vestverify.engine.ledger import Ledger
from vestverify.engine.ledger_events import EventKind, LedgerDefect
from vestverify.engine.plan import Plan, compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.securities import Issuance, Transaction, VestingTransaction
from vestverify.engine.vesting_terms import AllocationType, VestingTerms

#: Fields in which a document of OCF names something by its id.
_NAMES = (
    "id",
    "security_id",
    "vesting_terms_id",
    "vesting_condition_id",
    "balance_security_id",
    "relative_to_condition_id",
    "next_condition_ids",
    "input_condition_ids",
    "resulting_security_ids",
)


def renamed(name: str) -> str:
    """Another name, for another id another one: all but the order of the letters of the alphabet is kept."""
    return "".join(chr(ord(" ") + ord("~") - ord(letter)) for letter in name)


def with_other_names(document: Any, field: str = "") -> Any:
    """A document of OCF in which every id has another name."""
    if isinstance(document, dict):
        return {key: with_other_names(value, key) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [with_other_names(value, field) for value in document]
    return renamed(document) if field in _NAMES and isinstance(document, str) else document


@dataclasses.dataclass(frozen=True, eq=False)
class Filed:
    """One transaction of the file, as stated and as read, once under each name."""

    raw: dict[str, Any]

    @functools.cached_property
    def read(self) -> VestingTransaction | Transaction:
        return read_transaction(self.raw)

    @functools.cached_property
    def read_renamed(self) -> VestingTransaction | Transaction:
        return read_transaction(with_other_names(self.raw))

    @property
    def day(self) -> int:
        return self.read.date

    @functools.cached_property
    def words(self) -> str:
        """What it says, whatever its id and that of the security that the rest goes on as."""
        said = {key: value for key, value in self.raw.items() if key not in ("id", "resulting_security_ids")}
        return repr({**said, "balance_security_id": "balance_security_id" in said})


@dataclasses.dataclass(frozen=True, eq=False)
class FiledTerms:
    """Vesting terms of the package, as stated and as read, once under each name."""

    raw: dict[str, Any]

    @functools.cached_property
    def read(self) -> VestingTerms:
        return VestingTerms.model_validate(self.raw)

    @functools.cached_property
    def read_renamed(self) -> VestingTerms:
        return VestingTerms.model_validate(with_other_names(self.raw))

    @functools.cached_property
    def read_plan(self) -> Plan:
        return compile_terms(self.read)

    def conditions(self, *triggers: str) -> list[str]:
        """Ids of the conditions that have one of these triggers."""
        return [each["id"] for each in self.raw["vesting_conditions"] if each["trigger"]["type"] in triggers]


@dataclasses.dataclass(frozen=True, eq=False)
class Issued:
    """One issuance of the package, as stated and as read, once under each name."""

    raw: dict[str, Any]

    @functools.cached_property
    def read(self) -> Issuance:
        return Issuance.model_validate(self.raw)

    @functools.cached_property
    def read_renamed(self) -> Issuance:
        return Issuance.model_validate(with_other_names(self.raw))


@dataclasses.dataclass(frozen=True)
class Package:
    """Terms, securities and one file of transactions on all of them."""

    terms: tuple[FiledTerms, ...]
    reading: Reading
    issued: dict[str, Issued] = dataclasses.field(default_factory=dict)
    file: tuple[Filed, ...] = ()
    terminated: dict[str, int] = dataclasses.field(default_factory=dict)

    def terms_called(self, identifier: str | None) -> FiledTerms | None:
        return next((each for each in self.terms if each.raw["id"] == identifier), None)

    def own(self, security: str) -> tuple[Filed, ...]:
        """The records of one security, in the order of the file."""
        return tuple(each for each in self.file if each.raw["security_id"] == security)

    def case(self, security: str, names: str = "read") -> Case:
        """One security, with the whole file.

        Args:
            security: its id.
            names: ``read`` for the ids as they are, ``read_renamed`` for other ones.
        """
        issuance = self.issued[security]
        own_terms = self.terms_called(issuance.raw.get("vesting_terms_id"))
        return Case(
            terms=None if own_terms is None else getattr(own_terms, names),
            issuance=getattr(issuance, names),
            transactions=tuple(getattr(each, names) for each in self.file),
            other_terms=tuple(getattr(each, names) for each in self.terms if each is not own_terms),
            terminated_on=self.terminated.get(security),
        )

    def with_file(self, file: Iterable[Filed]) -> Package:
        return dataclasses.replace(self, file=tuple(file))

    def until(self, security: str, day: int) -> Package:
        """What was known of one security at the end of a day; all of the others."""
        ended = {each: on for each, on in self.terminated.items() if each != security or on <= day}
        kept = (each for each in self.file if each.raw["security_id"] != security or each.day <= day)
        return dataclasses.replace(self, file=tuple(kept), terminated=ended)


def comparable(ledger: Ledger, file: Sequence[Filed], name: Callable[[str], str] = str) -> tuple[Any, ...]:
    """What a ledger says, apart from positions, in a form that does not depend on the order or the ids of the file.

    Args:
        ledger: of one security.
        file: the file that it was folded from.
        name: the name that an id of the file has in the ledger.
    """
    said = {name(each.raw["id"]): each.words for each in file}
    return (
        ledger.granted,
        ledger.schedule,
        [
            (event.day, event.kind, event.shares, None if event.transaction_id is None else said[event.transaction_id])
            for event in ledger.events
        ],
        sorted((defect.code, file[defect.place].words) for defect in ledger.defects),
        ledger.exercise_windows,
        ledger.is_void,
    )


def refused(ledger: Ledger, file: Sequence[Filed]) -> list[tuple[Filed, LedgerDefect]]:
    """The records that a ledger takes for errors."""
    return [(file[defect.place], defect) for defect in ledger.defects if defect.is_error]


def days_of_interest(ledger: Ledger, file: Iterable[Filed], *more: int) -> list[int]:
    """Every day on which something is recorded or happens, and those around them, in order."""
    named = {each.day for each in file} | {event.day for event in ledger.events} | set(more)
    named |= {row.day for row in ledger.schedule.installments} | {holding.since for holding in ledger.holdings}
    named |= {window.last_day for window in ledger.exercise_windows}
    last = datetime.date.max.toordinal()
    around = {day + step for day in named for step in (-1, 0, 1)}
    return sorted(day for day in {1, *around, last} if 1 <= day <= last)


def sums_of_events(ledger: Ledger, day: int) -> dict[EventKind, Fraction]:
    """Shares to which each kind of thing has happened by the end of a day."""
    sums = dict.fromkeys(EventKind, Fraction(0))
    for event in ledger.events:
        if event.day <= day:
            sums[event.kind] += event.shares
    return sums


# ---- Random packages ----


def thinned(terms: dict[str, Any]) -> dict[str, Any]:
    """The same terms, with amounts that never exceed a large grant."""
    conditions = terms["vesting_conditions"]
    thin = []
    for condition in conditions:
        portion = condition.get("portion")
        if portion is not None and not portion.get("remainder"):
            denominator = str(int(portion["denominator"]) * len(conditions))
            condition = {**condition, "portion": {**portion, "denominator": denominator}}
        elif portion is None and "quantity" in condition:
            condition = {**condition, "quantity": "1" if condition["quantity"] != "0" else "0"}
        thin.append(condition)
    return {**terms, "vesting_conditions": thin}


def _called(terms: dict[str, Any], identifier: str, prefix: str) -> dict[str, Any]:
    """The same terms by another id, with other ids for their conditions where there is a prefix."""

    def own(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {key: own(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [own(each, field) for each in value]
        return prefix + value if field in _NAMES and isinstance(value, str) else value

    return {**terms, "id": identifier, "vesting_conditions": own(terms["vesting_conditions"])}


@st.composite
def _plain_terms(draw: st.DrawFn) -> dict[str, Any]:
    """Terms as they are met with: monthly installments, or an event in time."""
    shape = draw(st.sampled_from(["lapse", "monthly", "monthly", "milestone"]))
    if shape == "lapse":
        return EVENT_OR_LAPSE
    plain = monthly("plain", draw(st.sampled_from([4, 12, 3])))
    if shape == "milestone":
        start, periodic = monthly("plain", 3, "7")["vesting_conditions"]
        half = {"numerator": "4", "denominator": "7"}
        event = {"id": "event", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": [], "portion": half}
        plain["vesting_conditions"] = [start, {**periodic, "next_condition_ids": ["event"]}, event]
    return {**plain, "allocation_type": draw(st.sampled_from([str(each) for each in AllocationType]))}


@st.composite
def terms_of_packages(draw: st.DrawFn) -> tuple[FiledTerms, ...]:
    """Two to four vesting terms, some of which share ids of conditions."""
    random = st.one_of(vesting_terms(maximum=5), relationship_terms(maximum=4), _plain_terms(), _plain_terms())
    found = []
    for number in range(draw(st.integers(1, 2))):
        raw = draw(random)
        if draw(st.integers(0, 3)):
            raw = thinned(raw)
        found.append(_called(raw, f"terms-{number}", draw(st.sampled_from(["", "", f"{number}-"]))))
    found += [monthly("four", 4), BONUS]
    if draw(st.booleans()):
        found.append(draw(st.sampled_from([monthly("three", 3, first="restart"), EVENT_OR_LAPSE])))
    return tuple(FiledTerms(raw) for raw in found)


def readings() -> st.SearchStrategy[Reading]:
    """Readings of transactions; every one of them twice as often the default as another."""
    choices = {
        "acceleration": ["prorata", "prorata", "soonest", "last"],
        "retraction": ["void", "void", "ends"],
        "duplicate_start": ["error", "error", "earliest"],
        "source": ["vestings", "vestings", "terms", "both-must-agree"],
        "siblings": ["auto", "auto", "exclusive", "independent"],
    }
    import os

    if os.environ.get("ALLR"):
        from vestverify.engine.reading import reading_choices

        for k, v in reading_choices().items():
            if k not in choices:
                choices[k] = [v[0], v[0], *v]
    return st.fixed_dictionaries({key: st.sampled_from(values) for key, values in choices.items()}).map(reading_from)


#: Days after ``BASE``, near month ends and near each other.
OFFSETS = (-40, -1, 0, 1, 2, 3, 31, 33, 62, 63, 64, 93, 120, 398, 800)


def day_after_base(offset: int) -> int:
    return BASE.toordinal() + offset
