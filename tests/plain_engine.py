"""A second vesting engine, written from the rules alone: somebody else's engine, for tests of what examines engines.

It imports nothing of vestverify, works on the JSON as it comes and knows the default reading only. On request it
has the bugs that engines have: see ``plain_engine_faults``. ``python plain_engine.py [--fault NAME ...]`` speaks the
protocol ``vestverify.engine/1`` on standard input and output.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from plain_engine_faults import FAULTS
from plain_engine_grant import Evaluation, Memory
from plain_engine_schema import TRIGGER_OF, check_issuance, check_terms, check_transaction
from plain_engine_values import Json, NotSupported, Refused, day_from, error, refuse, written

__all__ = ["FAULTS", "PlainEngine", "answer"]

DEFAULT_READING = {
    "siblings": "auto",
    "source": "vestings",
    "roots": "compete",
    "leave_periodic": "after-last",
    "stepping": "from-base",
    "first_fixed_day": "target-month",
    "anchor_day": "start-condition",
    "periodic_reference": "last",
    "early_event": "at-parent",
    "catch_up": "on-entry",
    "remainder_basis": "each",
    "allocation_scope": "path",
    "grant_catch_up": "grant-date",
    "acceleration": "prorata",
    "retraction": "void",
    "duplicate_start": "error",
}


def schedule_rows(rows: Iterable[tuple[int, Fraction | int]], grant_day: int, faults: frozenset[str]) -> list[Json]:
    """Chronological rows as JSON, one a day, none of zero shares."""
    found: list[tuple[int, Fraction | int]]
    if {"rows-not-merged", "rows-unsorted"} & faults:
        found = [row for row in rows if row[1]]
        if "rows-not-merged" in faults:
            found.sort(key=lambda row: row[0])
    else:
        by_day: dict[int, Fraction | int] = {}
        for day, shares in rows:
            by_day[day] = by_day.get(day, 0) + shares
        found = [(day, by_day[day]) for day in sorted(by_day) if by_day[day] or "zero-rows" in faults]
    if "zero-row-when-nothing-vests" in faults and not found:
        found = [(grant_day, 0)]
    if "last-row-left-out" in faults and len(found) > 1:
        found.pop()
    if "quantities-are-numbers" in faults:
        return [{"date": date.fromordinal(day).isoformat(), "quantity": float(shares)} for day, shares in found]
    if "totals-instead-of-installments" in faults:
        total: Fraction | int = 0
        for place, (day, shares) in enumerate(found):
            total += shares
            found[place] = (day, total)
    return [{"date": date.fromordinal(day).isoformat(), "quantity": written(shares)} for day, shares in found]


def is_default(reading: Any) -> bool:
    if isinstance(reading, dict):
        return all(DEFAULT_READING.get(key) == value for key, value in reading.items())
    return reading in (None, "default")


def refuse_what_is_not_run(request: Json) -> None:
    if not is_default(request.get("reading")):
        raise NotSupported("reading")
    own = request["issuance"]["security_id"]
    for transaction in request.get("transactions", []):
        kind = transaction["object_type"]
        neutral = kind in TRIGGER_OF or kind.endswith("_ACCEPTANCE") or kind == "TX_STOCK_PLAN_RETURN_TO_POOL"
        if transaction["security_id"] == own and not neutral:
            raise NotSupported(kind)


def answer_with(request: Mapping[str, Any], faults: frozenset[str], memory: Memory) -> Json:
    """Answer a request by an engine that has these faults and remembers this."""
    identifier = request.get("id")
    try:
        check_issuance(request.get("issuance"))
        transactions = request.get("transactions", [])
        if not isinstance(transactions, list):
            raise refuse("VV003", "transactions is an array")
        for transaction in transactions:
            check_transaction(transaction)
        refuse_what_is_not_run(dict(request))
        if request.get("terms") is not None:
            check_terms(request["terms"], faults)
        evaluation = Evaluation(dict(request), faults, memory)
        rows = evaluation.rows()
        found = {"id": identifier, "schedule": schedule_rows(rows, evaluation.grant_day, faults)}
        if "as_of" in request:
            day = day_from(request["as_of"])
            strict = "as-of-without-the-day-itself" in faults
            vested = sum((shares for each, shares in rows if (each < day if strict else each <= day)), Fraction(0))
            found |= {"vested": written(vested), "unvested": written(evaluation.grant - vested)}
        return found
    except Refused as refused:
        return {"id": identifier, "errors": refused.errors}
    except NotSupported as missing:
        return {"id": identifier, "unsupported": str(missing)}


def answer(request: Mapping[str, Any], faults: frozenset[str] = frozenset()) -> Json:
    """Answer one request, with no memory of any other.

    Args:
        request: a request of ``vestverify.engine/1``.
        faults: names of ``FAULTS`` that the engine has.
    """
    return answer_with(request, faults, Memory())


class PlainEngine:
    """An engine that answers one request after the other, with the faults that it is given by name."""

    def __init__(self, *faults: str) -> None:
        unknown = set(faults) - FAULTS.keys()
        if unknown:
            raise ValueError(f"no such faults: {', '.join(sorted(unknown))}")
        self._faults = frozenset(faults)
        self._memory = Memory()

    def __call__(self, request: Mapping[str, Any]) -> Json:
        return answer_with(request, self._faults, self._memory)


def main(arguments: Sequence[str]) -> None:
    names = [name for name in arguments if name != "--fault"]
    engine = PlainEngine(*names)
    for line in sys.stdin:
        try:
            request = json.loads(line)
            found = (
                engine(request) if isinstance(request, dict) else {"id": None, "errors": [error("VV003", "no object")]}
            )
        except (ValueError, RecursionError) as unreadable:
            found = {"id": None, "errors": [error("VV001", str(unreadable))]}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
