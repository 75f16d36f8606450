"""The schedule and the standing of every security of a package."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

from vestverify.engine.calendar import format_day
from vestverify.engine.case import Case
from vestverify.engine.ledger import Ledger, ledger_of
from vestverify.engine.numeric import format_quantity
from vestverify.engine.position import Position
from vestverify.engine.reading import Reading
from vestverify.engine_protocol import respond
from vestverify.loaded_document import PackageSecurity

#: ``format`` of the schedules of a package in JSON.
FORMAT = "vestverify.package-schedule/1"


class SecurityStatus(StrEnum):
    """How a security stands on a day; a closed set."""

    #: The day is before the issuance.
    NOT_ISSUED = "not issued yet"
    #: Shares may vest yet.
    VESTING = "vesting"
    #: The whole grant has vested.
    VESTED = "fully vested"
    #: Nothing vests any more, with less than the whole grant vested.
    ENDED = "ended"
    #: No schedule can stand: ``check`` says why.
    DEFECTIVE = "defective"
    #: The reference engine does not run a feature of it.
    UNSUPPORTED = "not supported"
    #: The package leaves open what was granted, by which terms, or what was recorded.
    UNDECIDED = "not decided"


@dataclasses.dataclass(frozen=True, slots=True)
class SecuritySchedule:
    """What one security of a package vests, and where its shares stand on a day.

    Attributes:
        security: which one.
        case: the same as a case; None where it cannot be told.
        answer: an answer of the engine protocol, with the security's id as its ``id``.
        status: how it stands.
        ledger: what happened to it; None where there is no schedule.
        position: where its shares stand; None where there is no schedule.
    """

    security: PackageSecurity
    case: Case | None
    answer: Mapping[str, Any]
    status: SecurityStatus
    ledger: Ledger | None = None
    position: Position | None = None

    @property
    def granted(self) -> Fraction | None:
        """Shares of the issuance; None where it cannot be read."""
        return None if self.security.loaded is None else self.security.loaded.case.issuance.quantity


def schedule_security(
    security: PackageSecurity, reading: Reading, as_of: int | None, terminated_on: int | None
) -> SecuritySchedule:
    """Run one security of a package on the reference engine.

    Args:
        security: which one.
        reading: which published answers to follow.
        as_of: day number at which to say where its shares stand; None for when everything has happened that is
            recorded or scheduled.
        terminated_on: day number on which employment ended; None for what the package says.
    """
    identifier = {"id": security.security_id}
    if security.loaded is None or security.undecided:
        error = {
            "code": "VV003",
            "condition_id": None,
            "transaction_id": None,
            "message": f"the security {security.security_id!r} cannot be told: {security.undecided}",
        }
        return SecuritySchedule(security, None, identifier | {"errors": [error]}, SecurityStatus.UNDECIDED)
    case = security.loaded.case
    if terminated_on is not None:
        case = dataclasses.replace(case, terminated_on=terminated_on)
    answer = identifier | respond(dataclasses.replace(case, as_of=as_of), reading)
    if "schedule" not in answer:
        status = SecurityStatus.UNSUPPORTED if "unsupported" in answer else SecurityStatus.DEFECTIVE
        return SecuritySchedule(security, case, answer, status)
    ledger = ledger_of(case, reading)
    day = last_day(case, ledger) if as_of is None else as_of
    case, position = dataclasses.replace(case, as_of=day), ledger.position(day)
    if as_of is None:
        answer = identifier | respond(case, reading)
    return SecuritySchedule(security, case, answer, _status(case, position), ledger, position)


def last_day(case: Case, ledger: Ledger) -> int:
    """The day number by which everything has happened to a security that is recorded or scheduled."""
    recorded = (item.date for item in case.own_transactions)
    return max((case.issuance.date, *recorded, *(event.day for event in ledger.events)))


def _status(case: Case, position: Position) -> SecurityStatus:
    if position.day < case.issuance.date:
        return SecurityStatus.NOT_ISSUED
    if position.unvested > 0:
        return SecurityStatus.VESTING
    return SecurityStatus.VESTED if position.vested == position.granted else SecurityStatus.ENDED


def as_json(schedules: Iterable[SecuritySchedule]) -> dict[str, Any]:
    """The schedules of a package as ``vestverify.package-schedule/1``.

    Args:
        schedules: of its securities, in order.

    Returns:
        JSON values: for each security an answer of the engine protocol whose ``id`` is the security's, with its
        names, its shares and its status.
    """
    return {"format": FORMAT, "securities": [_security_as_json(each) for each in schedules]}


def _security_as_json(found: SecuritySchedule) -> dict[str, Any]:
    position = found.position
    return {
        "id": found.security.security_id,
        "custom_id": found.security.custom_id,
        "vesting_terms_id": found.security.terms_id,
        "status": str(found.status),
        "granted": None if found.granted is None else format_quantity(found.granted),
        "as_of": None if position is None else format_day(position.day),
        "forfeited": None if position is None else format_quantity(position.forfeited),
        **{key: value for key, value in found.answer.items() if key != "id"},
    }
