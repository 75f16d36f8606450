"""What the schema of OCF allows, as the plain engine checks it."""

from __future__ import annotations

from typing import Any

from plain_engine_values import Json, day_from, numeric, refuse

ISSUANCES = (
    "TX_EQUITY_COMPENSATION_ISSUANCE",
    "TX_PLAN_SECURITY_ISSUANCE",
    "TX_STOCK_ISSUANCE",
    "TX_WARRANT_ISSUANCE",
)
START, EVENT = "VESTING_START_DATE", "VESTING_EVENT"
ABSOLUTE, RELATIVE = "VESTING_SCHEDULE_ABSOLUTE", "VESTING_SCHEDULE_RELATIVE"
EARLIER_OF, LATER_OF = "VESTING_RELATIONSHIP_EARLIER_OF", "VESTING_RELATIONSHIP_LATER_OF"
INDETERMINATE = "VESTING_SCHEDULE_INDETERMINATE"
TRIGGER_OF = {"TX_VESTING_START": START, "TX_VESTING_EVENT": EVENT}
TRIGGER_FIELDS = {
    START: {"type"},
    EVENT: {"type"},
    ABSOLUTE: {"type", "date"},
    RELATIVE: {"type", "period", "relative_to_condition_id"},
    INDETERMINATE: {"type"},
    EARLIER_OF: {"type", "input_condition_ids"},
    LATER_OF: {"type", "input_condition_ids", "calculation_type"},
}
TERMS_FIELDS = {"id", "comments", "object_type", "name", "description", "allocation_type", "vesting_conditions"}
CONDITION_FIELDS = {"id", "description", "portion", "quantity", "trigger", "next_condition_ids"}
PERIOD_FIELDS = {"type", "length", "occurrences", "cliff_installment"}
ALLOCATION_TYPES = (
    "CUMULATIVE_ROUNDING",
    "CUMULATIVE_ROUND_DOWN",
    "FRONT_LOADED",
    "BACK_LOADED",
    "FRONT_LOADED_TO_SINGLE_TRANCHE",
    "BACK_LOADED_TO_SINGLE_TRANCHE",
    "FRACTIONAL",
)
START_DAY = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
DAYS_OF_MONTH = {
    **{f"{day:02}": day for day in range(1, 29)},
    **{f"{day}_OR_LAST_DAY_OF_MONTH": day for day in (29, 30, 31)},
}


def integer(value: Any, least: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise refuse("VV003", f"{value!r} is no integer from {least} on")
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("VV003", f"{value!r} is no string")
    return value


def texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise refuse("VV003", f"{value!r} is no array")
    return [text(each) for each in value]


def fields(value: Any, required: set[str], allowed: set[str]) -> Json:
    if not isinstance(value, dict):
        raise refuse("VV003", f"{value!r} is no object")
    if not required <= value.keys() <= allowed:
        raise refuse("VV003", f"missing or unknown fields: {sorted(required ^ value.keys())}")
    return value


def check_terms(terms: Any, faults: frozenset[str]) -> None:
    fields(terms, TERMS_FIELDS - {"comments"}, TERMS_FIELDS)
    for name in ("id", "name", "description"):
        text(terms[name])
    texts(terms.get("comments", []))
    if terms["object_type"] != "VESTING_TERMS" or terms["allocation_type"] not in ALLOCATION_TYPES:
        raise refuse("VV003", "no vesting terms, or no known allocation type")
    if not isinstance(terms["vesting_conditions"], list) or not terms["vesting_conditions"]:
        raise refuse("VV003", "vesting terms have one condition at least")
    for condition in terms["vesting_conditions"]:
        check_condition(condition, faults)


def check_condition(condition: Any, faults: frozenset[str]) -> None:
    fields(condition, {"id", "trigger", "next_condition_ids"}, CONDITION_FIELDS)
    if not text(condition["id"]):
        raise refuse("VV003", "an id is not empty")
    text(condition.get("description", ""))
    following = texts(condition["next_condition_ids"])
    if len(set(following)) != len(following):
        raise refuse("VV003", "next_condition_ids names a condition twice")
    trigger = condition["trigger"]
    kind = trigger.get("type") if isinstance(trigger, dict) else None
    if not isinstance(kind, str) or kind not in TRIGGER_FIELDS:
        raise refuse("VV003", f"{kind!r} is no trigger")
    fields(trigger, TRIGGER_FIELDS[kind], TRIGGER_FIELDS[kind])
    stated = ("portion" in condition) + ("quantity" in condition)
    relationship = kind in (EARLIER_OF, LATER_OF)
    if stated == 2 and "portion-and-quantity-accepted" not in faults:
        raise refuse("VV003", "both portion and quantity")
    if stated == 0 and not relationship and kind != INDETERMINATE:
        raise refuse("VV003", "neither portion nor quantity")
    if stated and relationship:
        raise refuse("VV003", "a relationship with an amount")
    if "portion" in condition:
        portion = fields(condition["portion"], {"numerator", "denominator"}, {"numerator", "denominator", "remainder"})
        numeric(portion["numerator"])
        numeric(portion["denominator"])
        if not isinstance(portion.get("remainder", False), bool):
            raise refuse("VV003", "remainder is true or false")
    if "quantity" in condition:
        numeric(condition["quantity"])
    if kind == ABSOLUTE:
        day_from(trigger["date"])
    elif kind == RELATIVE:
        text(trigger["relative_to_condition_id"])
        check_period(trigger["period"])
    elif relationship:
        texts(trigger["input_condition_ids"])
        if kind == LATER_OF and trigger["calculation_type"] not in ("SUM", "MIN", "MAX", "MEAN", "MODE"):
            raise refuse("VV003", "no known calculation type")


def check_period(period: Any) -> None:
    in_months = isinstance(period, dict) and period.get("type") == "MONTHS"
    required = {"type", "length", "occurrences", *(["day_of_month"] if in_months else [])}
    fields(period, required, PERIOD_FIELDS | required)
    if period["type"] not in ("DAYS", "MONTHS"):
        raise refuse("VV003", f"{period['type']!r} is no unit of a vesting period")
    integer(period["length"], 0)
    integer(period["occurrences"], 1)
    integer(period.get("cliff_installment", 0), 0)
    if in_months:
        wanted = text(period["day_of_month"])
        if wanted != START_DAY and wanted not in DAYS_OF_MONTH:
            raise refuse("VV003", f"{wanted!r} is no day of the month")


def check_issuance(issuance: Any) -> None:
    if not isinstance(issuance, dict) or issuance.get("object_type") not in ISSUANCES:
        raise refuse("VV003", "no issuance of a security that vests")
    text(issuance.get("security_id"))
    day_from(issuance.get("date"))
    numeric(issuance.get("quantity"))
    if "vesting_terms_id" in issuance:
        text(issuance["vesting_terms_id"])
    if "vestings" in issuance:
        vestings = issuance["vestings"]
        if not isinstance(vestings, list) or not vestings:
            raise refuse("VV003", "vestings has one row at least")
        for row in vestings:
            fields(row, {"date", "amount"}, {"date", "amount"})
            day_from(row["date"])
            numeric(row["amount"])


def check_transaction(transaction: Any) -> None:
    if not isinstance(transaction, dict):
        raise refuse("VV003", "a transaction is an object")
    text(transaction.get("object_type"))
    text(transaction.get("security_id"))
    day_from(transaction.get("date"))
    if transaction["object_type"] in TRIGGER_OF and not text(transaction.get("vesting_condition_id")):
        raise refuse("VV003", "a start or event names a condition")
