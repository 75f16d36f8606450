"""The securities of a package: terms, issuances and transactions matched by id.

Source: schema/files/TransactionsFile.schema.json of OCF; docs/explainers/TraversingTransactions.md for what
``security_id``, ``balance_security_id`` and ``resulting_security_ids`` name; rules SRC-1 to SRC-5 and TRG-5.
Time is linear in the number of objects.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from vestverify.engine.case import Case
from vestverify.engine.securities import (
    Acceleration,
    Issuance,
    Modification,
    Transaction,
    VestingTransaction,
    transaction_model,
)
from vestverify.engine.vesting_terms import Day, VestingTerms
from vestverify.json_text import join
from vestverify.loaded_document import LoadedPackage, LoadedTerms, PackageSecurity
from vestverify.loaded_security import LoadedSecurity
from vestverify.results import Finding, Related, Severity
from vestverify.schema_errors import MAXIMUM_FINDINGS, describe, lacking, quote, read_object, schema_error
from vestverify.transaction_reading import name_transaction, read_transaction

#: Findings of one kind about the ids of a package that are listed; another one says how many more there are.
MAXIMUM_ALIKE = 1_000

#: Issuances of something that can vest; a convertible has no vesting.
_VESTING_ISSUANCES = (
    "TX_EQUITY_COMPENSATION_ISSUANCE",
    "TX_PLAN_SECURITY_ISSUANCE",
    "TX_STOCK_ISSUANCE",
    "TX_WARRANT_ISSUANCE",
)
_STATUS_CHANGES = ("CE_STAKEHOLDER_STATUS", "TX_STAKEHOLDER_STATUS", "TX_STAKEHOLDER_STATUS_CHANGE_EVENT")
_SECURITY_REFERENCES = ("balance_security_id", "resulting_security_ids")
_CASE_FORMAT = "vestverify.case/1"
_SHOWN_IDS = 5

#: What an issuance shows by itself, whatever was recorded on its security.
_OF_THE_ISSUANCE = ("VV501", "VV506")
#: What an issuance and its transactions show, whatever the terms are.
_WITHOUT_TERMS = ("VV506", "VV510")


class StakeholderStatusChange(BaseModel):
    """A change of a stakeholder's activity status (schema/objects/transactions/change_event/ of OCF main)."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    object_type: Literal["CE_STAKEHOLDER_STATUS", "TX_STAKEHOLDER_STATUS", "TX_STAKEHOLDER_STATUS_CHANGE_EVENT"]
    stakeholder_id: str
    date: Day
    new_status: Literal[
        "ACTIVE",
        "LEAVE_OF_ABSENCE",
        "TERMINATION_VOLUNTARY_OTHER",
        "TERMINATION_VOLUNTARY_GOOD_CAUSE",
        "TERMINATION_VOLUNTARY_RETIREMENT",
        "TERMINATION_INVOLUNTARY_OTHER",
        "TERMINATION_INVOLUNTARY_DEATH",
        "TERMINATION_INVOLUNTARY_DISABILITY",
        "TERMINATION_INVOLUNTARY_WITH_CAUSE",
    ]

    @property
    def ends_employment(self) -> bool:
        """Whether it is a termination, of whatever kind."""
        return self.new_status.startswith("TERMINATION_")


@dataclasses.dataclass(frozen=True, slots=True)
class PackageObject:
    """One entry of the transactions of a package.

    Attributes:
        raw: its JSON value.
        pointer: where it stands.
        number: which one of its list it is, from 1 on.
        size: characters of the text that it stands in.
    """

    raw: Any
    pointer: str
    number: int
    size: int

    @property
    def words(self) -> str:
        """What to call it in messages."""
        return name_transaction(self.raw, self.number)

    def text(self, field: str) -> str | None:
        """A field that is a string; None where there is none."""
        value = self.raw.get(field) if isinstance(self.raw, dict) else None
        return value if isinstance(value, str) else None


def listed_objects(items: Any, pointer: str, size: int) -> tuple[tuple[PackageObject, ...], tuple[Finding, ...]]:
    """The entries of a list of transactions, and what is wrong with the list.

    Args:
        items: the list as JSON.
        pointer: where it stands.
        size: characters of the text that it stands in.
    """
    if not isinstance(items, list):
        message = f"{quote(pointer.rpartition('/')[2])} must be a list of transactions, found {describe(items)}"
        return (), (schema_error(pointer, "list_type", message, "make it a list, in square brackets", items),)
    return tuple(PackageObject(raw, join(pointer, place), place + 1, size) for place, raw in enumerate(items)), ()


def read_package(
    terms: Sequence[LoadedTerms],
    objects: Iterable[PackageObject],
    stakeholder_ids: frozenset[str] | None = None,
    *,
    has_all_terms: bool = True,
    has_all_transactions: bool = True,
) -> tuple[LoadedPackage, tuple[Finding, ...]]:
    """Match terms, issuances and transactions by id.

    Args:
        terms: every VestingTerms of the package.
        objects: every entry of its transactions.
        stakeholder_ids: ids of its stakeholders; None where it has no file of them.
        has_all_terms: whether terms that are not there are missing; with a lone file of transactions, or a file
            that cannot be read, nobody can say.
        has_all_transactions: the same of issuances.

    Returns:
        The securities, and findings VV003 about single objects and about ids: of one object twice, of none.
    """
    reader = _Reader(terms, has_all_terms, has_all_transactions)
    for item in objects:
        reader.read(item)
    package = reader.package()
    reader.check_references(stakeholder_ids)
    return package, reader.errors()


class _Reader:
    """Collects the objects of a package by the ids that they name."""

    def __init__(self, terms: Sequence[LoadedTerms], has_all_terms: bool, has_all_transactions: bool) -> None:
        self._terms = terms
        self._has_all_terms = has_all_terms
        self._has_all_transactions = has_all_transactions
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, loaded in enumerate(terms):
            identifier = loaded.raw.get("id") if isinstance(loaded.raw, Mapping) else None
            if isinstance(identifier, str):
                self._places[identifier].append(place)
        self._errors: defaultdict[str, list[Finding]] = defaultdict(list)
        self._unlisted: defaultdict[str, int] = defaultdict(int)
        #: Issuances of everything, convertibles as well, by security id.
        self._issued: defaultdict[str, list[PackageObject]] = defaultdict(list)
        self._issuances: list[PackageObject] = []
        self._recorded: defaultdict[str, list[PackageObject]] = defaultdict(list)
        self._changes: defaultdict[str, list[StakeholderStatusChange]] = defaultdict(list)
        self._unreadable_changes: set[str] = set()
        self._stakeholders: list[tuple[PackageObject, str]] = []
        self._references: list[tuple[PackageObject, str, str]] = []
        self._first: dict[str, PackageObject] = {}

    def errors(self) -> tuple[Finding, ...]:
        """What is wrong, by kind; of each kind at most ``MAXIMUM_ALIKE``."""
        found: list[Finding] = []
        for rule, listed in self._errors.items():
            found.extend(listed)
            if self._unlisted[rule]:
                message = f"{self._unlisted[rule]:,} more findings of this kind are not listed"
                advice = "correct the ones before them first"
                found.append(schema_error(listed[-1].pointer, "too_many", message, advice, rule))
        return tuple(found)

    def _add(self, rule: str, errors: Iterable[Finding]) -> None:
        for error in errors:
            if len(self._errors[rule]) < MAXIMUM_ALIKE:
                self._errors[rule].append(error)
            else:
                self._unlisted[rule] += 1

    def _limit(self) -> int:
        return MAXIMUM_FINDINGS if len(self._errors["object"]) < MAXIMUM_ALIKE else 1

    def read(self, item: PackageObject) -> None:
        """Take in one object."""
        if not isinstance(item.raw, dict):
            message = f"{item.words} must be an object, found {describe(item.raw)}"
            self._add("object", [schema_error(item.pointer, "model_type", message, "make it an object", item.raw)])
            return
        object_type = item.text("object_type")
        if object_type is None:
            lacks = lacking(item.pointer, item.words, "object_type", "add 'object_type'", item.raw)
            self._add("object", [lacks])
            return
        self._check_id(item)
        security_id = item.text("security_id")
        if object_type in _STATUS_CHANGES:
            self._read_status_change(item)
        elif object_type.endswith("_ISSUANCE") and security_id is not None:
            self._issued[security_id].append(item)
            self._stakeholders.append((item, "stakeholder_id"))
            if object_type in _VESTING_ISSUANCES and _can_vest(item):
                self._issuances.append(item)
        elif security_id is None and _is_on_a_security(object_type):
            lacks = lacking(item.pointer, item.words, "security_id", "add 'security_id'", item.raw)
            self._add("object", [lacks])
        elif security_id is not None:
            self._recorded[security_id].append(item)
            self._references.append((item, "security_id", security_id))
            for field in _SECURITY_REFERENCES:
                named = item.raw.get(field)
                listed = named if isinstance(named, list) else [named]
                self._references.extend((item, field, each) for each in listed if isinstance(each, str))

    def _check_id(self, item: PackageObject) -> None:
        own_id = item.text("id")
        if own_id is None:
            return
        first = self._first.setdefault(own_id, item)
        if first is not item:
            message = f"two transactions of this package have the id {quote(own_id)}"
            place = join(item.pointer, "id")
            error = schema_error(place, "duplicate-transaction", message, "give each its own id", own_id)
            related = (Related(join(first.pointer, "id"), "the first one"),)
            self._add("duplicate-transaction", [dataclasses.replace(error, related=related)])

    def _read_status_change(self, item: PackageObject) -> None:
        self._stakeholders.append((item, "stakeholder_id"))
        checked = read_object(StakeholderStatusChange, item.raw, item.words, item.pointer, item.size)
        self._add("object", checked.errors)
        stakeholder_id = item.text("stakeholder_id")
        if checked.value is not None:
            self._changes[checked.value.stakeholder_id].append(checked.value)
        elif stakeholder_id is not None:
            self._unreadable_changes.add(stakeholder_id)

    def package(self) -> LoadedPackage:
        """The securities of the package, once every object was read."""
        securities = tuple(self._security(item) for item in self._issuances)
        not_decided: list[str] = []
        if not self._has_all_transactions:
            elsewhere = sum(len(items) for each, items in self._recorded.items() if each not in self._issued)
            if elsewhere:
                records = f"{elsewhere:,} transaction{'' if elsewhere == 1 else 's'}"
                not_decided.append(
                    f"{records} on securities whose issuances are not in what was read; check the whole package"
                )
        return LoadedPackage(securities, tuple(not_decided))

    def _security(self, item: PackageObject) -> PackageSecurity:
        security_id, terms_id = item.raw["security_id"], item.text("vesting_terms_id")
        place = self._place_of(terms_id)
        issuance, undecided = self._issuance(item)
        loaded: LoadedSecurity | None = None
        tells: tuple[str, ...] = ()
        if issuance is not None:
            recorded, undecided = self._transactions(item, security_id)
            tells = _OF_THE_ISSUANCE if undecided else ()
            of_terms = self._without_terms(terms_id)
            if of_terms:
                undecided, place = of_terms, None
                tells = _WITHOUT_TERMS if recorded else ()
            changes = self._changes.get(item.text("stakeholder_id") or "", ())
            loaded = self._loaded(item, issuance, place, recorded, _end_of_employment(changes, issuance.date))
        return PackageSecurity(security_id, item.text("custom_id"), terms_id, place, loaded, undecided, tells)

    def _issuance(self, item: PackageObject) -> tuple[Issuance | None, str]:
        if item.raw["object_type"] == "TX_WARRANT_ISSUANCE" and "quantity" not in item.raw:
            # OCF lets a warrant be for a number of shares that is known only when it is exercised.
            return None, "the warrant states no quantity"
        if "vesting_template_id" in item.raw:
            return None, "it vests by an OCF v2 vesting template, which this version does not verify"
        words, limit = f"the issuance {item.words}", self._limit()
        checked = read_object(Issuance, item.raw, words, item.pointer, item.size, limit=limit)
        self._add("object", checked.errors)
        return checked.value, "" if checked.value is not None else "the issuance is not valid OCF"

    def _place_of(self, terms_id: str | None) -> int | None:
        """Which of the terms have an id; None where none have, or several."""
        places = [] if terms_id is None else self._places.get(terms_id, [])
        return places[0] if len(places) == 1 else None

    def _without_terms(self, terms_id: str | None) -> str:
        """Why terms that are named cannot be used; empty where they can, or are missing for good."""
        if terms_id is None:
            return ""
        place = self._place_of(terms_id)
        if place is not None:
            return (
                "" if self._terms[place].terms is not None else f"the vesting terms {quote(terms_id)} are not valid OCF"
            )
        if self._places.get(terms_id):
            return f"several vesting terms have the id {quote(terms_id)}"
        return "" if self._has_all_terms else "the vesting terms are not in what was read; check the whole package"

    def _transactions(
        self, item: PackageObject, security_id: str
    ) -> tuple[list[tuple[PackageObject, VestingTransaction | Transaction]], str]:
        """What was recorded on a security, or why it cannot be told."""
        issuances = self._issued[security_id]
        if len(issuances) > 1:
            return (
                [],
                f"{len(issuances)} issuances have this security_id, and nobody can tell whose its transactions are",
            )
        if item.text("stakeholder_id") in self._unreadable_changes:
            return [], "a change of the stakeholder's status is not valid OCF"
        found: list[tuple[PackageObject, VestingTransaction | Transaction]] = []
        undecided = ""
        for recorded in self._recorded.get(security_id, ()):
            checked = read_transaction(
                recorded.raw, recorded.words, recorded.pointer, recorded.size, limit=self._limit()
            )
            self._add("object", checked.errors)
            if checked.value is None:
                undecided = "a transaction on it is not valid OCF"
                continue
            found.append((recorded, checked.value))
            if not undecided and isinstance(checked.value, Acceleration | Modification):
                undecided = self._without_terms(checked.value.vesting_terms_id)
        return ([], undecided) if undecided else (found, "")

    def _loaded(
        self,
        item: PackageObject,
        issuance: Issuance,
        place: int | None,
        recorded: Sequence[tuple[PackageObject, VestingTransaction | Transaction]],
        terminated_on: int | None,
    ) -> LoadedSecurity:
        terms = None if place is None else self._terms[place]
        others = self._other_terms(each for each, _ in recorded)
        case = Case(
            terms=None if terms is None else terms.terms,
            issuance=issuance,
            transactions=tuple(transaction for _, transaction in recorded),
            other_terms=others,
            terminated_on=terminated_on,
        )
        raw = {
            "format": _CASE_FORMAT,
            "name": issuance.security_id,
            "terms": None if terms is None else terms.raw,
            "issuance": item.raw,
            "transactions": [each.raw for each, _ in recorded],
        }
        pointers = tuple(each.pointer for each, _ in recorded)
        return LoadedSecurity(case, raw, item.pointer, pointers, None if terms is None else terms.pointer)

    def _other_terms(self, recorded: Iterable[PackageObject]) -> tuple[VestingTerms, ...]:
        """The terms that transactions put in the place of the security's own."""
        found: dict[int, VestingTerms] = {}
        for item in recorded:
            place = self._place_of(item.text("vesting_terms_id"))
            terms = None if place is None else self._terms[place].terms
            if place is not None and terms is not None:
                found[place] = terms
        return tuple(found.values())

    def check_references(self, stakeholder_ids: frozenset[str] | None) -> None:
        """Find ids that issue two securities, and ids of none."""
        for security_id, issuances in self._issued.items():
            for item in issuances[1:]:
                message = f"{item.words} issues the security {quote(security_id)}, which is issued already"
                place = join(item.pointer, "security_id")
                advice = "give each issuance its own security_id"
                error = schema_error(place, "duplicate-security", message, advice, security_id)
                first = Related(join(issuances[0].pointer, "security_id"), "the first issuance")
                self._add("duplicate-security", [dataclasses.replace(error, related=(first,))])
        if self._has_all_transactions:
            for item, field, security_id in self._references:
                if security_id not in self._issued:
                    self._add("dangling-security", [_dangling_security(item, field, security_id)])
        if stakeholder_ids is not None:
            for item, field in self._stakeholders:
                stakeholder_id = item.text(field)
                if stakeholder_id is not None and stakeholder_id not in stakeholder_ids:
                    message = f"{item.words} names the stakeholder {quote(stakeholder_id)}, who is not in this package"
                    advice = "add the stakeholder, or correct the stakeholder_id"
                    place = join(item.pointer, field)
                    error = schema_error(place, "dangling-stakeholder", message, advice, stakeholder_id)
                    self._add("dangling-stakeholder", [dataclasses.replace(error, severity=Severity.WARNING)])


def _is_on_a_security(object_type: str) -> bool:
    """Whether an object of this type is about one security, as far as vesting knows."""
    known = object_type in _VESTING_ISSUANCES or object_type.startswith("TX_VESTING_")
    return known or transaction_model(object_type) is not Transaction


def _can_vest(item: PackageObject) -> bool:
    """Whether an issuance says how many shares, or by which terms: a warrant may leave both open."""
    is_open = item.raw["object_type"] == "TX_WARRANT_ISSUANCE" and "quantity" not in item.raw
    return not is_open or any(field in item.raw for field in ("vesting_terms_id", "vestings"))


def _dangling_security(item: PackageObject, field: str, security_id: str) -> Finding:
    if field == "security_id":
        message = f"{item.words} is on the security {quote(security_id)}, which no issuance creates"
    else:
        message = f"{item.words} names the security {quote(security_id)} in {quote(field)}, which no issuance creates"
    advice = f"add the issuance, or correct the {field}"
    error = schema_error(join(item.pointer, field), "dangling-security", message, advice, security_id)
    # What goes on elsewhere concerns no schedule here; what is recorded on nothing does.
    severity = error.severity if field == "security_id" else Severity.WARNING
    return dataclasses.replace(error, identity=(*error.identity, security_id), severity=severity)


def _end_of_employment(changes: Sequence[StakeholderStatusChange], issued_on: int) -> int | None:
    """The day on which employment ended for a security: the first termination after its issuance, or the one in force.

    Being active again later gives nothing back (TRG-5); a security issued after that starts anew.
    """
    terminations = [change.date for change in changes if change.ends_employment]
    later = min((day for day in terminations if day >= issued_on), default=None)
    before = max((day for day in terminations if day < issued_on), default=None)
    if before is None:
        return later
    returned = any(not change.ends_employment and before <= change.date <= issued_on for change in changes)
    return later if returned else before


def sentences_about(reasons: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Sentences that name the securities for which the same reason holds.

    Args:
        reasons: of each security its id and the reason, in order.

    Returns:
        One sentence for each reason, with at most ``_SHOWN_IDS`` of the ids.
    """
    by_reason: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for security_id, reason in reasons:
        by_reason[reason][security_id] = None
    sentences: list[str] = []
    for reason, ids in by_reason.items():
        listed = ", ".join(quote(each) for each in list(ids)[:_SHOWN_IDS])
        more = f" and {len(ids) - _SHOWN_IDS:,} more" if len(ids) > _SHOWN_IDS else ""
        sentences.append(f"{'security' if len(ids) == 1 else 'securities'} {listed}{more}: {reason}")
    return tuple(sentences)
