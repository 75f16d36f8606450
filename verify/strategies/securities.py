"""Issuances, and what else is recorded on a security, as OCF writes it."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from vestverify.engine.calendar import format_day, parse_day
from vestverify.strategies.logs import SECURITY_ID

#: Every tag under which something that vests is issued (SRC-5).
ISSUANCE_TAGS = (
    "TX_EQUITY_COMPENSATION_ISSUANCE",
    "TX_PLAN_SECURITY_ISSUANCE",
    "TX_STOCK_ISSUANCE",
    "TX_WARRANT_ISSUANCE",
)
_PRICE = {"amount": "1.00", "currency": "USD"}


def issuance(day: int, quantity: str, terms_id: str | None, tag: str = ISSUANCE_TAGS[0]) -> dict[str, Any]:
    """An issuance as JSON.

    Args:
        day: day number of the grant.
        quantity: shares granted, a Numeric.
        terms_id: the vesting terms that it names, if any.
        tag: one of ``ISSUANCE_TAGS``.
    """
    found: dict[str, Any] = {
        "id": "issuance-1",
        "object_type": tag,
        "date": format_day(day),
        "security_id": SECURITY_ID,
        "custom_id": "G-1",
        "stakeholder_id": "holder-1",
        "security_law_exemptions": [],
        "quantity": quantity,
    }
    match tag:
        case "TX_STOCK_ISSUANCE":
            found |= {"stock_class_id": "common", "share_price": _PRICE, "stock_legend_ids": []}
        case "TX_WARRANT_ISSUANCE":
            found |= {"purchase_price": _PRICE, "exercise_triggers": []}
        case _:
            found |= {"compensation_type": "RSU", "expiration_date": None, "termination_exercise_windows": []}
            if tag == "TX_PLAN_SECURITY_ISSUANCE":
                found["stock_plan_id"] = "plan-1"
    if terms_id is not None:
        found["vesting_terms_id"] = terms_id
    return found


def _noted(kind: str, day: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{kind.lower()}-1",
        "object_type": kind,
        "date": format_day(day),
        "security_id": SECURITY_ID,
        **fields,
    }


_Rows = Sequence[tuple[int, int]]
#: From a case, what vests when (day numbers and shares) and a day: one more transaction, if it has a place.
Recording = Callable[[Mapping[str, Any], _Rows, int], dict[str, Any] | None]


def _accelerated(raw: Mapping[str, Any], rows: _Rows, day: int) -> dict[str, Any] | None:
    unvested = sum(shares for due, shares in rows if due > day)
    return _acceleration(day, unvested) if unvested else None


def accelerated_by_half(raw: Mapping[str, Any], rows: _Rows, day: int) -> dict[str, Any] | None:
    """An acceleration of half of what is unvested; None where that would have to be rounded, or is nothing."""
    # Half of an odd installment is rounded, and no document says how (ACC-2).
    later = [shares for due, shares in rows if due > day]
    return _acceleration(day, sum(later) // 2) if later and all(shares % 2 == 0 for shares in later) else None


def _accelerated_too_much(raw: Mapping[str, Any], rows: _Rows, day: int) -> dict[str, Any] | None:
    return _acceleration(day, math.ceil(Fraction(raw["issuance"]["quantity"])) + 1)


def _acceleration(day: int, shares: int) -> dict[str, Any]:
    return _noted("TX_VESTING_ACCELERATION", day, quantity=str(shares), reason_text="Decision of the board")


def _family_of(raw: Mapping[str, Any]) -> str:
    return str(raw["issuance"]["object_type"]).removesuffix("_ISSUANCE")


def _cancelled(raw: Mapping[str, Any], rows: _Rows, day: int) -> dict[str, Any] | None:
    unvested = math.ceil(Fraction(raw["issuance"]["quantity"])) - sum(shares for due, shares in rows if due <= day)
    if unvested <= 0:
        return None
    return _noted(f"{_family_of(raw)}_CANCELLATION", day, quantity=str(unvested), reason_text="Left the company")


def _retracted(raw: Mapping[str, Any], rows: _Rows, day: int) -> dict[str, Any] | None:
    return _noted(f"{_family_of(raw)}_RETRACTION", day, reason_text="Never approved")


def _accepted(raw: Mapping[str, Any], rows: _Rows, day: int) -> dict[str, Any] | None:
    return _noted(f"{_family_of(raw)}_ACCEPTANCE", day)


#: Each records something more on a security; None where there is nothing that it could.
LEDGER_RECORDS: tuple[Recording, ...] = (
    _accepted,
    _accelerated,
    accelerated_by_half,
    accelerated_by_half,
    accelerated_by_half,
    _accelerated_too_much,
    _cancelled,
    _retracted,
)


def of_another_security(transactions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same records on another security, ninety days earlier: they must change nothing here."""
    found = []
    for transaction in copy.deepcopy(list(transactions)):
        day = parse_day(transaction["date"]) - 90
        found.append(
            {**transaction, "id": f"{transaction['id']}-other", "security_id": "security-2", "date": format_day(day)}
        )
    return found
