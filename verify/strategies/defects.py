"""Cases with one defect each: what no engine should read as nothing vested, or as everything."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from vestverify.strategies.choices import Choices

_Case = dict[str, Any]


def _conditions(case: _Case) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = case["terms"]["vesting_conditions"]
    return conditions


def _leaf(case: _Case) -> dict[str, Any]:
    return next(condition for condition in _conditions(case) if not condition["next_condition_ids"])


def _root(case: _Case) -> dict[str, Any]:
    named = {each for condition in _conditions(case) for each in condition["next_condition_ids"]}
    return next(condition for condition in _conditions(case) if condition["id"] not in named)


def _first(case: _Case, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    return next((condition for condition in _conditions(case) if wanted(condition)), None)


def _cycle(case: _Case) -> bool:
    leaf = _leaf(case)
    parent = _first(case, lambda each: leaf["id"] in each["next_condition_ids"])
    if parent is None or parent is _root(case):
        return False
    leaf["next_condition_ids"] = [parent["id"]]
    return True


def _dangling_next(case: _Case) -> bool:
    _leaf(case)["next_condition_ids"] = ["nowhere"]
    return True


def _repeated_id(case: _Case) -> bool:
    condition = copy.deepcopy(_leaf(case))
    condition.pop("portion", None)
    condition["quantity"] = "1"
    _conditions(case).append(condition)
    return "input_condition_ids" not in condition["trigger"]


def _no_initial(case: _Case) -> bool:
    _leaf(case)["next_condition_ids"] = [_root(case)["id"]]
    return True


def _detached_cycle(case: _Case) -> bool:
    for own, other in (("apart-1", "apart-2"), ("apart-2", "apart-1")):
        _conditions(case).append(
            {"id": own, "quantity": "1", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": [other]}
        )
    return True


def _relative(case: _Case) -> dict[str, Any] | None:
    return _first(case, lambda each: "relative_to_condition_id" in each["trigger"])


def _dangling_reference(case: _Case) -> bool:
    condition = _relative(case)
    if condition is not None:
        condition["trigger"]["relative_to_condition_id"] = "nowhere"
    return condition is not None


def _counts_from_itself(case: _Case) -> bool:
    condition = _relative(case)
    if condition is not None:
        condition["trigger"]["relative_to_condition_id"] = condition["id"]
    return condition is not None


def _counts_from_a_sibling(case: _Case) -> bool:
    parent = _first(case, lambda each: len(each["next_condition_ids"]) > 1)
    if parent is None:
        return False
    first, second = parent["next_condition_ids"][:2]
    by_id = {condition["id"]: condition for condition in _conditions(case)}
    for own, other in ((first, second), (second, first)):
        trigger = by_id[own]["trigger"]
        if "relative_to_condition_id" in trigger and own not in by_id[other]["next_condition_ids"]:
            trigger["relative_to_condition_id"] = other
            return True
    return False


def _vesting(case: _Case) -> dict[str, Any] | None:
    return _first(case, lambda each: "portion" in each)


def _denominator_zero(case: _Case) -> bool:
    condition = _vesting(case)
    if condition is not None:
        condition["portion"]["denominator"] = "0"
    return condition is not None


def _negative_portion(case: _Case) -> bool:
    condition = _vesting(case)
    if condition is not None:
        condition["portion"]["numerator"] = "-1"
    return condition is not None


def _both_amounts(case: _Case) -> bool:
    condition = _vesting(case)
    if condition is not None:
        condition["quantity"] = "1"
    return condition is not None


def _neither_amount(case: _Case) -> bool:
    condition = _vesting(case)
    if condition is not None:
        del condition["portion"]
    return condition is not None


def _cliff_too_far(case: _Case) -> bool:
    condition = _relative(case)
    if condition is not None:
        period = condition["trigger"]["period"]
        period["cliff_installment"] = period["occurrences"] + 1 if period["occurrences"] > 1 else 2
    return condition is not None


def _joined(case: _Case) -> dict[str, Any] | None:
    return _first(case, lambda each: "input_condition_ids" in each["trigger"])


def _input_not_listed(case: _Case) -> bool:
    joined = _joined(case)
    if joined is not None:
        joined["trigger"]["input_condition_ids"] = joined["trigger"]["input_condition_ids"][1:]
    return joined is not None


def _companion(case: _Case) -> bool:
    """Something beside the relationship that does not come after it, or beside a LATER_OF at all."""
    joined = _joined(case)
    if joined is None:
        return False
    origin = _first(case, lambda each: joined["id"] in each["next_condition_ids"])
    assert origin is not None
    origin["next_condition_ids"].append("beside")
    _conditions(case).append(
        {"id": "beside", "quantity": "0", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": []}
    )
    return True


def _missing_terms(case: _Case) -> bool:
    case["terms"] = None
    return True


def _other_terms(case: _Case) -> bool:
    case["terms"]["id"] = "terms-2"
    return True


def _starts(case: _Case) -> list[dict[str, Any]]:
    return [each for each in case["transactions"] if "vesting_condition_id" in each]


def _unknown_condition(case: _Case) -> bool:
    for transaction in _starts(case)[:1]:
        transaction["vesting_condition_id"] = "nowhere"
        return True
    return False


def _wrong_transaction(case: _Case) -> bool:
    for transaction in _starts(case)[:1]:
        is_start = transaction["object_type"] == "TX_VESTING_START"
        transaction["object_type"] = "TX_VESTING_EVENT" if is_start else "TX_VESTING_START"
        return True
    return False


def _recorded_twice(case: _Case) -> bool:
    for transaction in _starts(case)[:1]:
        again = {**transaction, "id": f"{transaction['id']}-again"}
        again["date"] = str(int(again["date"][:4]) + 1) + "-03-01"
        case["transactions"].append(again)
        return True
    return False


def _vestings_above_the_grant(case: _Case) -> bool:
    issuance = case["issuance"]
    issuance["vestings"] = [
        {"date": issuance["date"], "amount": issuance["quantity"]},
        {"date": issuance["date"], "amount": "1"},
    ]
    return True


#: Each puts one defect into a case and says whether there was a place for it.
DEFECTS: tuple[Callable[[_Case], bool], ...] = (
    _cycle,
    _dangling_next,
    _repeated_id,
    _no_initial,
    _detached_cycle,
    _dangling_reference,
    _counts_from_itself,
    _counts_from_a_sibling,
    _denominator_zero,
    _negative_portion,
    _both_amounts,
    _neither_amount,
    _cliff_too_far,
    _input_not_listed,
    _companion,
    _missing_terms,
    _other_terms,
    _unknown_condition,
    _wrong_transaction,
    _recorded_twice,
    _vestings_above_the_grant,
)


def with_defect_of(choices: Choices, case: _Case) -> _Case:
    """A copy of a case with one defect; the case itself where the one that was chosen has no place in it.

    Args:
        choices: where decisions come from.
        case: a case with terms, as JSON.
    """
    found = copy.deepcopy(case)
    if _joined(case) is not None and choices.one_in(2):
        return found if choices.pick((_input_not_listed, _companion))(found) else case
    return found if choices.pick(DEFECTS)(found) else case
