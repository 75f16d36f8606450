"""A case from bare terms and a few flags: what ``vestverify schedule TERMS --quantity ...`` runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vestverify.engine.calendar import parse_day
from vestverify.engine.numeric import parse_numeric

CASE_FORMAT = "vestverify.case/1"
_SECURITY_ID = "security"


class FlagError(ValueError):
    """A flag does not fit the terms; the message says which, and what to do."""


def build_case(
    terms_raw: Mapping[str, Any],
    quantity: str | None,
    starts: Sequence[str],
    events: Sequence[str],
    grant_date: str | None,
) -> dict[str, Any]:
    """Build a case's JSON (machine contract, section 3).

    Args:
        terms_raw: a VestingTerms as JSON, valid.
        quantity: shares granted, a Numeric.
        starts: ``DATE`` or ``CONDITION=DATE`` each: the vesting start. Without a condition it is the only
            VESTING_START_DATE condition, or the first of them that no condition leads to.
        events: ``CONDITION=DATE`` each; split at the last ``=``.
        grant_date: date of the issuance; None takes the earliest of the other dates.

    Raises:
        FlagError: a flag is missing, malformed, or names no condition that it could.
    """
    conditions = terms_raw["vesting_conditions"]
    if quantity is None:
        raise FlagError("--quantity is missing: say how many shares are granted, for example --quantity 4800")
    try:
        parse_numeric(quantity)
    except ValueError as error:
        raise FlagError(f"--quantity {quantity!r} is {error}") from None
    transactions = [_start(text, conditions) for text in starts] + [_event(text, conditions) for text in events]
    for number, transaction in enumerate(transactions, 1):
        transaction["id"] = f"transaction-{number}"
    dates = [transaction["date"] for transaction in transactions]
    if grant_date is None and not dates:
        raise FlagError("a date is missing: give --start, --event or --grant-date")
    granted_on = min(dates) if grant_date is None else _date("--grant-date", grant_date)
    return {
        "format": CASE_FORMAT,
        "name": "command-line",
        "terms": terms_raw,
        "issuance": {
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "id": "issuance",
            "security_id": _SECURITY_ID,
            "date": granted_on,
            "custom_id": "command-line",
            "stakeholder_id": "stakeholder",
            "security_law_exemptions": [],
            "compensation_type": "RSU",
            "quantity": quantity,
            "expiration_date": None,
            "termination_exercise_windows": [],
            "vesting_terms_id": terms_raw["id"],
        },
        "transactions": transactions,
    }


def _date(flag: str, text: str) -> str:
    try:
        parse_day(text)
    except ValueError:
        raise FlagError(f"{flag} {text!r} is not a calendar date written YYYY-MM-DD") from None
    return text


def _start(text: str, conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    named, _, date = text.rpartition("=")
    start_ids = [condition["id"] for condition in conditions if condition["trigger"]["type"] == "VESTING_START_DATE"]
    if not start_ids:
        raise FlagError("--start does not fit: these terms have no condition with the trigger VESTING_START_DATE")
    if named and named not in start_ids:
        raise FlagError(f"--start names {named!r}; the vesting start conditions are: {', '.join(map(repr, start_ids))}")
    if not named:
        led_to = {identifier for condition in conditions for identifier in condition["next_condition_ids"]}
        named = next((identifier for identifier in start_ids if identifier not in led_to), start_ids[0])
    return _transaction("TX_VESTING_START", named, _date("--start", date))


def _event(text: str, conditions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    named, _, date = text.rpartition("=")
    event_ids = [condition["id"] for condition in conditions if condition["trigger"]["type"] == "VESTING_EVENT"]
    if not named:
        raise FlagError(f"--event {text!r} is not written CONDITION=DATE")
    if named not in event_ids:
        known = ", ".join(map(repr, event_ids)) or "there are none"
        raise FlagError(f"--event names {named!r}; the event conditions are: {known}")
    return _transaction("TX_VESTING_EVENT", named, _date("--event", date))


def _transaction(object_type: str, condition_id: str, date: str) -> dict[str, Any]:
    return {
        "object_type": object_type,
        "id": "",
        "security_id": _SECURITY_ID,
        "date": date,
        "vesting_condition_id": condition_id,
    }
