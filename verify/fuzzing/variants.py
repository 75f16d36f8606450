"""The same case said otherwise: what an engine must not answer differently, whatever its semantics are."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from vestverify.strategies.securities import of_another_security

_NAMES_ONE = ("id", "security_id", "vesting_terms_id", "vesting_condition_id", "relative_to_condition_id")
_NAMES_SEVERAL = ("next_condition_ids", "input_condition_ids")


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """One way to say a case otherwise.

    Attributes:
        rule: name of the invariant that an engine breaks which answers differently.
        sentence: what such an engine does, after "the engine".
        change: from a case to the other; None where there is nothing to change.
    """

    rule: str
    sentence: str
    change: Callable[[Mapping[str, Any]], dict[str, Any] | None]


def _same(raw: Mapping[str, Any]) -> dict[str, Any]:
    return dict(raw)


def _renamed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Every id another one, the later in the alphabet the earlier before."""
    identifiers = sorted(_identifiers(raw))
    names = {each: f"n{len(identifiers) - place:04d}" for place, each in enumerate(identifiers)}
    found: dict[str, Any] = _with_names(raw, names)
    return {**found, **{key: raw[key] for key in ("format", "name") if key in raw}}


def _identifiers(value: Any, key: str = "") -> set[str]:
    if isinstance(value, Mapping):
        return {each for name, item in value.items() for each in _identifiers(item, name)}
    if isinstance(value, list | tuple):
        return {each for item in value for each in _identifiers(item, key)}
    return {value} if key in (*_NAMES_ONE, *_NAMES_SEVERAL) and isinstance(value, str) else set()


def _with_names(value: Any, names: Mapping[str, str], key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _with_names(item, names, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_names(item, names, key) for item in value]
    return names[value] if key in (*_NAMES_ONE, *_NAMES_SEVERAL) and isinstance(value, str) else value


def _transactions_reversed(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    transactions = raw.get("transactions", ())
    days = [each.get("date") for each in transactions]
    # Of records of one day that are no starts or events, the one stated first comes first.
    if len(transactions) < 2 or any("vesting_condition_id" not in each for each in transactions) or len(set(days)) < 2:
        return None
    return {**raw, "transactions": list(reversed(transactions))}


def _conditions_reversed(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    terms = raw.get("terms")
    if terms is None or len(terms["vesting_conditions"]) < 2:
        return None
    conditions = terms["vesting_conditions"]
    named = {each for condition in conditions for each in condition["next_condition_ids"]}
    if sum(condition["id"] not in named for condition in conditions) > 1:
        return None  # Several initial conditions compete in the order of the array (GRF-2).
    return {**raw, "terms": {**terms, "vesting_conditions": list(reversed(conditions))}}


def _beside_another_security(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    transactions = raw.get("transactions", ())
    if not transactions or any("vesting_condition_id" not in each for each in transactions):
        return None
    own = copy.deepcopy(list(transactions))
    return {**raw, "transactions": [*own, *of_another_security(own)]}


VARIANTS: tuple[Variant, ...] = (
    Variant("repeat-evaluation", "answers differently when asked the same again", _same),
    Variant("id-renaming", "answers differently when ids have other names", _renamed),
    Variant(
        "order-independence", "answers differently when transactions come in another order", _transactions_reversed
    ),
    Variant(
        "order-independence",
        "answers differently when the conditions of the terms come in another order",
        _conditions_reversed,
    ),
    Variant("cross-talk", "answers differently when another security has records, too", _beside_another_security),
)
