"""What a case needs of an engine, in words, so that conformance can be counted by feature and not by rule only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vestverify.engine.calendar import parse_day


def features_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The features of OCF that a case uses, each as ``"group: feature"``, each once.

    Args:
        raw: the case as JSON; what OCF's schema does not allow is passed over.
    """
    return tuple(dict.fromkeys((*_model(raw), *_issuance(raw), *_terms(raw), *_records(raw), *_questions(raw))))


def _model(raw: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(raw.get("model"), str):
        yield f"model: {raw['model']}"


def _issuance(raw: Mapping[str, Any]) -> Iterator[str]:
    issuance = _object(raw.get("issuance"))
    yield f"issuance: {issuance.get('object_type')}"
    if "vestings" in issuance:
        yield "issuance: vestings stated"
    if "early_exercisable" in issuance:
        yield "issuance: early_exercisable"
    if "." in str(issuance.get("quantity")):
        yield "amount: decimals"


def _terms(raw: Mapping[str, Any]) -> Iterator[str]:
    terms = _object(raw.get("terms"))
    if not terms:
        yield "terms: none"
        return
    yield f"allocation: {terms.get('allocation_type')}"
    for condition in _objects(terms.get("vesting_conditions")):
        yield from _condition(condition)


def _condition(condition: Mapping[str, Any]) -> Iterator[str]:
    trigger, portion = _object(condition.get("trigger")), _object(condition.get("portion"))
    period = _object(trigger.get("period"))
    yield f"trigger: {trigger.get('type')}"
    if period:
        yield f"period: {period.get('type')}"
    if "cliff_installment" in period:
        yield "period: cliff_installment"
    if "calculation_type" in trigger:
        yield f"trigger: LATER_OF by {trigger['calculation_type']}"
    if portion:
        yield "amount: portion"
    if portion.get("remainder") is True:
        yield "amount: remainder"
    if condition.get("quantity") not in (None, "0"):
        yield "amount: quantity"
    stated = (portion.get("numerator"), portion.get("denominator"), condition.get("quantity"))
    if any("." in each for each in stated if isinstance(each, str)):
        yield "amount: decimals"


def _records(raw: Mapping[str, Any]) -> Iterator[str]:
    records = _objects(raw.get("transactions"))
    for record in records:
        yield f"transaction: {record.get('object_type')}"
    granted = _day(_object(raw.get("issuance")))
    starts = [_day(record) for record in records if record.get("object_type") == "TX_VESTING_START"]
    began = min((day for day in starts if day is not None), default=None)
    if granted is not None and began is not None:
        when = "before" if granted < began else "after" if granted > began else "on the day of"
        yield f"grant: {when} the vesting start"


def _questions(raw: Mapping[str, Any]) -> Iterator[str]:
    expected = _object(raw.get("expected"))
    if raw.get("reading") is not None:
        yield "request: with a reading"
    if "as_of" in raw:
        yield "request: with as_of"
    if "errors" in expected and "schedule" not in expected:
        yield "request: with a defect"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _day(record: Mapping[str, Any]) -> int | None:
    try:
        return parse_day(record["date"])
    except (KeyError, TypeError, ValueError):
        return None
