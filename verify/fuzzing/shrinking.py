"""The smallest case that still fails: conditions, transactions, amounts and dates taken away one by one.

It works on the document, not on the choices of the generator, so that any case can be made smaller, also one that
somebody wrote by hand, and every step on the way is a document of OCF.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from vestverify.engine.calendar import format_day, parse_day

_Case = dict[str, Any]

#: Candidates asked in one go.
_BATCH = 24
_START_DAY = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
_PLAIN_TYPE = "CUMULATIVE_ROUND_DOWN"
_PLAIN_TAG = "TX_EQUITY_COMPENSATION_ISSUANCE"


def shrink(
    raw: Mapping[str, Any],
    first_failing: Callable[[Sequence[Mapping[str, Any]]], int | None],
    most: int,
    keeps_terms: bool = False,
) -> Mapping[str, Any]:
    """Make a failing case smaller.

    Args:
        raw: a case that fails, as JSON.
        first_failing: of several cases the number of the first that still fails for the same cause, if any does.
        most: how many cases may be tried.
        keeps_terms: whether the vesting terms stay as they are.

    Returns:
        A case with the same cause which none of the known steps makes smaller, or the tries are used up.
    """
    best = raw
    seen = {_text(best)}
    while most > 0:
        limit = size_of(best)
        found = False
        waiting: list[Mapping[str, Any]] = []
        steps = _without_known(candidates(best), seen, limit, best.get("terms") if keeps_terms else None)
        for candidate in steps:
            waiting.append(candidate)
            if len(waiting) < min(_BATCH, most):
                continue
            most -= len(waiting)
            place = first_failing(waiting)
            if place is not None:
                best, found = waiting[place], True
                break
            waiting = []
            if most <= 0:
                return best
        if not found and waiting:
            most -= len(waiting)
            place = first_failing(waiting)
            if place is not None:
                best, found = waiting[place], True
        if not found:
            return best
    return best


def _without_known(
    cases: Iterator[_Case], seen: set[str], limit: tuple[int, ...], terms: Mapping[str, Any] | None
) -> Iterator[_Case]:
    for case in cases:
        text = _text(case)
        if text not in seen and size_of(case) < limit and (terms is None or case.get("terms") == terms):
            seen.add(text)
            yield case


def _text(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw, sort_keys=True, default=str)


def size_of(raw: Mapping[str, Any]) -> tuple[int, ...]:
    """How big a case is: conditions and records first, then text, then numbers and dates."""
    terms = raw.get("terms") or {"vesting_conditions": []}
    numbers = [
        int(value)
        for condition in terms["vesting_conditions"]
        for value in (condition["trigger"].get("period") or {}).values()
        if isinstance(value, int)
    ]
    days = [item["date"] for item in (raw["issuance"], *raw["transactions"])]
    quantity = str(raw["issuance"]["quantity"])
    return (
        len(terms["vesting_conditions"]) + len(raw["transactions"]),
        _length([terms, raw["issuance"], raw["transactions"], raw.get("as_of")]),
        len(quantity),
        int(quantity) if quantity.isdigit() else 0,
        sum(numbers) + sum(_whole(condition.get("quantity", "0")) for condition in terms["vesting_conditions"]),
        sum(abs(parse_day(day) - _USUAL_DAY) for day in days if _is_day(day)),
    )


_USUAL_DAY = parse_day("2024-01-01")


def _length(value: Any) -> int:
    """The length of a document in characters, where the usual words count as nothing."""
    text = json.dumps(value, default=str)
    for usual in (_START_DAY, _PLAIN_TYPE, _PLAIN_TAG):
        text = text.replace(usual, "")
    return len(text)


def _whole(quantity: str) -> int:
    return int(quantity) if quantity.isdigit() else 0


def _is_day(text: str) -> bool:
    try:
        parse_day(text)
    except ValueError:
        return False
    return True


# ---- Steps ----


def candidates(raw: Mapping[str, Any]) -> Iterator[_Case]:
    """Cases that are one step simpler, the largest steps first.

    Args:
        raw: a case as JSON.
    """
    for number in range(len(raw["transactions"])):
        yield {**raw, "transactions": [*raw["transactions"][:number], *raw["transactions"][number + 1 :]]}
    if raw.get("terms"):
        for condition in raw["terms"]["vesting_conditions"]:
            without = _without_condition(raw, condition["id"])
            if without is not None:
                yield without
        yield from _with_fewer_edges(raw)
        yield from _with_other_terms(raw, {"allocation_type": _PLAIN_TYPE})
        for number in range(len(raw["terms"]["vesting_conditions"])):
            yield from _with_simpler_condition(raw, number)
    if "as_of" in raw:
        yield {key: value for key, value in raw.items() if key != "as_of"}
    yield from _with_simpler_issuance(raw)
    yield from _with_simpler_dates(raw)


def _without_condition(raw: Mapping[str, Any], identifier: str) -> _Case | None:
    """The case without one condition: what follows it follows what led to it."""
    case: _Case = copy.deepcopy(dict(raw))
    conditions = case["terms"]["vesting_conditions"]
    gone = next(each for each in conditions if each["id"] == identifier)
    kept = [each for each in conditions if each is not gone]
    if not kept:
        return None
    following = [each for each in gone["next_condition_ids"] if each != identifier]
    stands_in = gone["trigger"].get("relative_to_condition_id")
    if stands_in in (None, identifier):
        stands_in = next((each["id"] for each in kept if identifier in each["next_condition_ids"]), None)
    for each in kept:
        joined = []
        for following_id in each["next_condition_ids"]:
            joined += following if following_id == identifier else [following_id]
        each["next_condition_ids"] = list(dict.fromkeys(name for name in joined if name != each["id"]))
        trigger = each["trigger"]
        if trigger.get("relative_to_condition_id") == identifier:
            if stands_in is None or stands_in == each["id"]:
                return None
            trigger["relative_to_condition_id"] = stands_in
        if identifier in trigger.get("input_condition_ids", ()):
            trigger["input_condition_ids"] = [name for name in trigger["input_condition_ids"] if name != identifier]
            if not trigger["input_condition_ids"]:
                return None
    case["terms"]["vesting_conditions"] = kept
    case["transactions"] = [each for each in case["transactions"] if each.get("vesting_condition_id") != identifier]
    return case


def _with_fewer_edges(raw: Mapping[str, Any]) -> Iterator[_Case]:
    for number, condition in enumerate(raw["terms"]["vesting_conditions"]):
        following = condition["next_condition_ids"]
        for place in range(len(following)):
            yield _with_condition(raw, number, {"next_condition_ids": [*following[:place], *following[place + 1 :]]})


def _with_other_terms(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterator[_Case]:
    yield {**raw, "terms": {**raw["terms"], **changes}}


def _with_condition(raw: Mapping[str, Any], number: int, changes: Mapping[str, Any]) -> _Case:
    conditions = list(raw["terms"]["vesting_conditions"])
    changed = {**conditions[number], **changes}
    conditions[number] = {key: value for key, value in changed.items() if value is not None}
    return {**raw, "terms": {**raw["terms"], "vesting_conditions": conditions}}


def _with_simpler_condition(raw: Mapping[str, Any], number: int) -> Iterator[_Case]:
    condition = raw["terms"]["vesting_conditions"][number]
    trigger = condition["trigger"]
    if "quantity" in condition and condition["quantity"] not in ("0", "1"):
        for quantity in ("0", "1"):
            yield _with_condition(raw, number, {"quantity": quantity})
    if "portion" in condition:
        yield _with_condition(raw, number, {"portion": None, "quantity": "0"})
        portion = condition["portion"]
        if "remainder" in portion:
            plain = {key: value for key, value in portion.items() if key != "remainder"}
            yield _with_condition(raw, number, {"portion": plain})
        for numerator, denominator in (("1", "1"), ("1", "2"), ("1", "3"), ("1", "4")):
            yield _with_condition(
                raw, number, {"portion": {**portion, "numerator": numerator, "denominator": denominator}}
            )
    if trigger["type"] == "VESTING_SCHEDULE_ABSOLUTE":
        yield from _with_simpler_date(raw, number, trigger)
    if "period" in trigger:
        for period in _simpler_periods(trigger["period"]):
            changes: dict[str, Any] = {"trigger": {**trigger, "period": period}}
            yield _with_condition(raw, number, changes)
            if "portion" in condition and period["occurrences"] != trigger["period"]["occurrences"]:
                share = {**condition["portion"], "numerator": "1", "denominator": str(period["occurrences"])}
                yield _with_condition(raw, number, {**changes, "portion": share})


def _with_simpler_date(raw: Mapping[str, Any], number: int, trigger: Mapping[str, Any]) -> Iterator[_Case]:
    for day in _simpler_days(trigger["date"]):
        yield _with_condition(raw, number, {"trigger": {**trigger, "date": day}})


def _simpler_periods(period: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "cliff_installment" in period:
        yield {key: value for key, value in period.items() if key != "cliff_installment"}
        if isinstance(period["cliff_installment"], int) and period["cliff_installment"] > 2:
            yield {**period, "cliff_installment": 2}
    count = period["occurrences"]
    for fewer in dict.fromkeys((1, 2, 3, 4, count // 2, count - 1)):
        if isinstance(count, int) and 0 < fewer < count:
            cliff = (
                {"cliff_installment": min(period["cliff_installment"], fewer)} if "cliff_installment" in period else {}
            )
            yield {**period, "occurrences": fewer, **cliff}
    if period["length"] not in (0, 1):
        yield {**period, "length": 1}
    if period.get("day_of_month", _START_DAY) != _START_DAY:
        yield {**period, "day_of_month": _START_DAY}


def _with_simpler_issuance(raw: Mapping[str, Any]) -> Iterator[_Case]:
    issuance = raw["issuance"]
    if issuance["object_type"] != _PLAIN_TAG:
        yield {**raw, "issuance": {**issuance, "object_type": _PLAIN_TAG}}
    if "vestings" in issuance and "vesting_terms_id" in issuance:
        yield {**raw, "issuance": {key: value for key, value in issuance.items() if key != "vestings"}}
    vestings = issuance.get("vestings", ())
    for number in range(len(vestings) if len(vestings) > 1 else 0):
        yield {**raw, "issuance": {**issuance, "vestings": [*vestings[:number], *vestings[number + 1 :]]}}
    for quantity in _smaller(str(issuance["quantity"])):
        yield {**raw, "issuance": {**issuance, "quantity": quantity}}
    dates = [each["date"] for each in raw["transactions"]]
    if dates and issuance["date"] != min(dates):
        yield {**raw, "issuance": {**issuance, "date": min(dates)}}


def _smaller(quantity: str) -> Iterator[str]:
    if not quantity.isdigit():
        return
    number = int(quantity)
    for smaller in dict.fromkeys((*range(1, 13), 100, number // 10, number // 2, number - 10, number - 1)):
        if 0 < smaller < number:
            yield str(smaller)


def _with_simpler_dates(raw: Mapping[str, Any]) -> Iterator[_Case]:
    """Everything some years earlier or later, then one date after the other on a simpler day."""
    dates = _dates(raw)
    if dates:
        years = (int(min(dates)[:4]) - 2024) // 4 * 4
        if years:
            yield from _all_moved(raw, -years)
    issuance = raw["issuance"]
    for day in _simpler_days(issuance["date"]):
        yield {**raw, "issuance": {**issuance, "date": day}}
    for number, transaction in enumerate(raw["transactions"]):
        for day in _simpler_days(transaction["date"]):
            changed = [*raw["transactions"]]
            changed[number] = {**transaction, "date": day}
            yield {**raw, "transactions": changed}


def _dates(raw: Mapping[str, Any]) -> Sequence[str]:
    triggers = [each["trigger"] for each in (raw.get("terms") or {"vesting_conditions": ()})["vesting_conditions"]]
    return [each["date"] for each in (raw["issuance"], *raw["transactions"], *triggers) if "date" in each]


def _all_moved(raw: Mapping[str, Any], years: int) -> Iterator[_Case]:
    def moved(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                key: _in_year(each, years) if key in ("date", "as_of") else moved(each) for key, each in value.items()
            }
        return [moved(each) for each in value] if isinstance(value, list | tuple) else value

    case = moved(raw)
    if all(_is_day(day) for day in _dates(case)):
        yield case


def _in_year(date: str | None, years: int) -> str | None:
    return None if date is None else f"{int(date[:4]) + years:04d}{date[4:]}"


def _simpler_days(date: str) -> Iterator[str]:
    if not _is_day(date):
        return
    for simpler in (f"{date[:4]}-01-01", f"{date[:8]}01", f"{date[:8]}15"):
        if simpler != date:
            yield simpler
    day = parse_day(date)
    for nearer in (day - 365, day - 31, day - 1):
        if nearer > _USUAL_DAY:
            yield format_day(nearer)
