"""Whole cases: terms, an issuance and what was recorded, as ``vestverify.case/1``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.execution import execute
from vestverify.engine.plan import Plan, UnsupportedTerms
from vestverify.engine.reading import Reading
from vestverify.engine.schedule import Unschedulable, run
from vestverify.strategies.amounts import modulus_of, quantity_of
from vestverify.strategies.choices import Choices
from vestverify.strategies.days import granting_days
from vestverify.strategies.defects import with_defect_of
from vestverify.strategies.logs import recorded_days_of, transactions_of
from vestverify.strategies.securities import (
    ISSUANCE_TAGS,
    LEDGER_RECORDS,
    Recording,
    accelerated_by_half,
    issuance,
    of_another_security,
)
from vestverify.strategies.subjects import Subject

CASE_FORMAT = "vestverify.case/1"

_VARIATIONS = (
    *("plain",) * 18,
    *("defect",) * 5,
    *("other security",) * 3,
    *("ledger",) * 3,
    *("tag",) * 2,
    *("as of",) * 2,
    "vestings",
    "nothing stated",
)
_RECORDS = (*("plain",) * 29, "other security", "ledger")


def plain_case_of(choices: Choices, subject: Subject, reading: Reading) -> dict[str, Any]:
    """A grant under given terms with its starts and events, and nothing else.

    Args:
        choices: where decisions come from.
        subject: the terms.
        reading: which published answers the dates are aimed at.
    """
    plan = subject.plan
    recorded = recorded_days_of(choices, plan, reading)
    vesting_days = [
        day
        for entry in execute(plan, recorded, reading)
        if plan.conditions[entry.source].vests
        for day in (entry.own.day(1), entry.own.day(entry.own.count))
    ]
    candidates = granting_days(sorted(vesting_days), recorded.values())
    # Most grants are made on the day of the start, or of what came first.
    place = choices.below(3 * len(candidates))
    granted = candidates[place] if place < len(candidates) else min(recorded.values(), default=candidates[0])
    transactions = transactions_of(plan, recorded)
    return {
        "format": CASE_FORMAT,
        "name": "generated",
        "terms": subject.raw,
        "issuance": issuance(granted, quantity_of(choices, plan), str(subject.raw["id"])),
        "transactions": choices.order(transactions),
    }


def recorded_case_of(choices: Choices, subject: Subject, reading: Reading) -> dict[str, Any]:
    """A grant under given terms, now and then with an acceleration, a cancellation or another security's records."""
    case = plain_case_of(choices, subject, reading)
    match choices.pick(_RECORDS):
        case "other security":
            case["transactions"] = [*of_another_security(case["transactions"]), *case["transactions"]]
        case "ledger":
            _record_more(choices, case, subject, reading)
    return case


def varied_case_of(choices: Choices, subject: Subject, reading: Reading) -> dict[str, Any]:
    """A grant under given terms, now and then with something else of what a case can hold.

    Other issuances, explicit vestings, an ``as_of`` date, accelerations, cancellations, retractions, records of
    another security, or one defect.
    """
    case = plain_case_of(choices, subject, reading)
    match choices.pick(_VARIATIONS):
        case "tag":
            stated = case["issuance"]
            tag = choices.pick(ISSUANCE_TAGS[1:])
            case["issuance"] = issuance(parse_day(stated["date"]), stated["quantity"], stated["vesting_terms_id"], tag)
        case "other security":
            others = of_another_security(case["transactions"])
            own = case["transactions"]
            case["transactions"] = [*others, *own] if choices.one_in(2) else [*own, *others]
        case "vestings":
            _state_vestings(case, complete=not choices.one_in(4))
            if choices.one_in(2):
                _forget_terms(case)
        case "nothing stated":
            _forget_terms(case)
        case "as of":
            days = [parse_day(row["date"]) for row in (*case["transactions"], case["issuance"])]
            case["as_of"] = format_day(max(days) + choices.pick((0, 31, 92, 365, -1)))
        case "ledger":
            _record_more(choices, case, subject, reading)
        case "defect":
            return with_defect_of(choices, case)
    return case


def _forget_terms(case: dict[str, Any]) -> None:
    del case["issuance"]["vesting_terms_id"]
    case["terms"], case["transactions"] = None, []


def _state_vestings(case: dict[str, Any], complete: bool) -> None:
    """An explicit schedule of three rows, two of them on one day and not in order (SRC-2)."""
    stated = case["issuance"]
    day, granted = parse_day(stated["date"]), math.floor(Fraction(stated["quantity"]))
    first, second = granted // 3, granted // 2
    rows = [(day + 400, first), (day + 30, second), (day + 400, granted - first - second if complete else 0)]
    stated["vestings"] = [{"date": format_day(due), "amount": str(shares)} for due, shares in rows]


def _record_more(choices: Choices, case: dict[str, Any], subject: Subject, reading: Reading) -> None:
    record: Recording = choices.pick(LEDGER_RECORDS)
    if record is accelerated_by_half:
        # Of a multiple of all denominators every installment is even.
        case["issuance"]["quantity"] = str(2 * modulus_of(subject.plan) * choices.pick((1, 2, 5)))
    rows = _whole_rows(case, subject.plan, reading)
    if rows is None:
        return
    last = max(parse_day(each["date"]) for each in (*case["transactions"], case["issuance"]))
    later = {due + offset for due, _ in rows for offset in (-1, 0) if due + offset >= last}
    more = record(case, rows, choices.pick(sorted(later | {last})))
    if more is not None:
        case["transactions"].append(more)


def _whole_rows(case: Mapping[str, Any], plan: Plan, reading: Reading) -> list[tuple[int, int]] | None:
    """What vests when, as day numbers and shares; None where there is no schedule of whole shares."""
    stated = case["issuance"]
    places = {condition.id: number for number, condition in enumerate(plan.conditions)}
    recorded = {places[each["vesting_condition_id"]]: parse_day(each["date"]) for each in case["transactions"]}
    try:
        schedule = run(plan, Fraction(stated["quantity"]), parse_day(stated["date"]), recorded, reading).schedule
    except (Unschedulable, UnsupportedTerms):
        return None
    if any(Fraction(row.shares).denominator != 1 for row in schedule.installments):
        return None
    return [(row.day, int(row.shares)) for row in schedule.installments]
