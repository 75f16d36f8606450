"""Vesting terms whose structure is sound, and which vest no more than the grant unless fixed quantities do."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from vestverify.engine.calendar import format_day
from vestverify.engine.vesting_terms import CalculationType
from vestverify.strategies.amounts import allocation_type_of, period_of, written_as_decimal, written_portion
from vestverify.strategies.choices import Choices
from vestverify.strategies.days import CALENDAR_DAYS

TERMS_ID = "terms-1"

_FIXED_QUANTITIES = ("1", "2", "7", "30", "2.5")
_ABSOLUTE_DAYS = tuple(day + offset for day in CALENDAR_DAYS[:4] for offset in (0, 31, 366, 396))
_PARTS = (Fraction(1), Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 3), Fraction(0), Fraction(2, 5))
_PARTS_AT_FIRST = (*(Fraction(0),) * 9, Fraction(1, 4), Fraction(1))
_AFTER = ("relative", "relative", "relative", "relative", "event", "event", "absolute")
_FIRST = (*("start",) * 10, "event", "event", "absolute")
_FORKS = (
    (("event",), ("relative",)),
    (("relative",), ("event",)),
    (("event",), ("absolute",)),
    (("event",), ("event",)),
    (("relative",), ("relative",)),
    (("event",), ("event",), ("relative", "absolute")),
)


class _Growing:
    """Conditions as they are added, each with what may still vest after it and what has surely been met before it."""

    def __init__(self) -> None:
        self.conditions: list[dict[str, Any]] = []
        self.following: list[list[int]] = []
        self.left: list[Fraction] = []
        self.met_before: list[frozenset[int]] = []

    def left_after(self, parents: Sequence[int]) -> Fraction:
        """What may still vest where any of the parents is met, as a part of the grant."""
        return min((self.left[parent] for parent in parents), default=Fraction(1))

    def add(self, parents: Sequence[int], takes: Fraction) -> int:
        """A condition behind others, ``takes`` of the grant less after it; its place."""
        place = len(self.conditions)
        self.conditions.append({})
        self.following.append([])
        self.left.append(self.left_after(parents) - takes)
        before = [self.met_before[parent] | {parent} for parent in parents]
        self.met_before.append(frozenset.intersection(*before) if before else frozenset())
        for parent in parents:
            self.following[parent].append(place)
        return place

    def leaves(self) -> list[int]:
        """Conditions that lead nowhere, after which something may still vest."""
        return [place for place, following in enumerate(self.following) if not following and self.left[place] > 0]


def terms_of(choices: Choices, maximum: int = 6) -> dict[str, Any]:
    """A VestingTerms of v1.2 with ``cliff_installment``: chains, milestones with deadlines, gates, branches that meet.

    Args:
        choices: where decisions come from.
        maximum: conditions beyond the first, about.

    Returns:
        The VestingTerms as JSON. Its structure is sound: no defect of VV101 to VV109, VV308 or VV309. What its
        portions vest along any path is no more than the grant.
    """
    growing = _Growing()
    _grow(choices, growing, (), _FIRST, choices.pick(_PARTS_AT_FIRST))
    if choices.one_in(12):
        # Several initial conditions compete, or all run (GRF-2).
        _grow(choices, growing, (), _FIRST, Fraction(0))
    for _ in range(choices.pick((1, 2, 3, maximum - 1))):
        leaves = growing.leaves()
        if not leaves or len(growing.conditions) > maximum:
            break
        step = choices.pick(("on", "on", "on", "fork", "fork", "join"))
        if step == "join" and len(leaves) > 1:
            _grow(choices, growing, choices.order(leaves)[: choices.pick((2, 3))], _AFTER, choices.pick(_PARTS))
        elif step == "fork":
            leaf = choices.pick(leaves)
            for kinds in choices.pick(_FORKS):
                _grow(choices, growing, (leaf,), kinds, choices.pick(_PARTS))
        else:
            _grow(choices, growing, (choices.pick(leaves),), _AFTER, choices.pick(_PARTS))
    leaves = growing.leaves()
    if leaves and choices.one_in(40):
        # What is left vests by acceleration only (VESTING_SCHEDULE_INDETERMINATE, #540).
        place = growing.add((leaves[0],), growing.left[leaves[0]])
        portion = written_portion(growing.left[leaves[0]])
        growing.conditions[place] = {"trigger": {"type": "VESTING_SCHEDULE_INDETERMINATE"}, "portion": portion}
    return _written(choices, growing)


def relationship_terms_of(choices: Choices) -> dict[str, Any]:
    """A VestingTerms with an EARLIER_OF or LATER_OF (#542) whose structure is sound (REL-6, REL-7).

    Args:
        choices: where decisions come from.

    Returns:
        The VestingTerms as JSON: a start, two or three inputs, the relationship, and often what follows it.
    """
    growing = _Growing()
    root = _grow(choices, growing, (), ("start",), Fraction(0))
    count = choices.pick((2, 2, 3))
    beside = choices.one_in(3)
    kinds = ("event", "event", "relative", "relative", "absolute")
    parts = [choices.pick((Fraction(1), Fraction(1), Fraction(1, 2), Fraction(0))) for _ in range(count)]
    inputs = [_grow(choices, growing, (root,), kinds, part / (count + beside)) for part in parts]
    joined = growing.add(choices.order(inputs), Fraction(0))
    # Siblings are independent: what the inputs vest adds up.
    growing.left[joined] = 1 - sum((1 - growing.left[each] for each in inputs), Fraction(0))
    growing.met_before[joined] = frozenset({root})
    trigger: dict[str, Any] = {
        "type": "VESTING_RELATIONSHIP_EARLIER_OF",
        "input_condition_ids": choices.order(inputs),
    }
    if choices.one_in(2):
        trigger["type"] = "VESTING_RELATIONSHIP_LATER_OF"
        trigger["calculation_type"] = str(choices.pick(tuple(CalculationType)))
    growing.conditions[joined] = {"trigger": trigger}
    if beside:
        _grow(choices, growing, (root,), kinds, growing.left[joined])
        growing.left[joined] = Fraction(0)
    elif growing.left[joined] > 0 and choices.one_in(2):
        after = _grow(choices, growing, (joined,), ("relative", "relative", "event"), choices.pick(_PARTS))
        if "calculation_type" not in trigger and choices.one_in(2):
            # What comes after an EARLIER_OF may be named by an input as well (REL-1, REL-6).
            growing.following[choices.pick(inputs)].append(after)
    return _written(choices, growing)


def _grow(choices: Choices, growing: _Growing, parents: Sequence[int], kinds: Sequence[str], part: Fraction) -> int:
    """One more condition behind ``parents`` that takes ``part`` of what is left."""
    takes = growing.left_after(parents) * part
    place = growing.add(parents, takes)
    before = sorted(growing.met_before[place], key=lambda each: (len(growing.met_before[each]), each))
    trigger = _trigger(choices, before, kinds if before else [kind for kind in kinds if kind != "relative"])
    occurrences = trigger["period"]["occurrences"] if "period" in trigger else 1
    growing.conditions[place] = {"trigger": trigger, **_amount(choices, takes, occurrences, growing.left[place] == 0)}
    return place


def _trigger(choices: Choices, met_before: Sequence[int], kinds: Sequence[str]) -> dict[str, Any]:
    match choices.pick(kinds or ("event",)):
        case "absolute":
            return {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": format_day(choices.pick(_ABSOLUTE_DAYS))}
        case "relative":
            return {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": period_of(choices),
                # The nearest condition most often; one further back makes a gate of what lies between.
                "relative_to_condition_id": choices.pick((met_before[-1], *met_before)),
            }
        case "start":
            return {"type": "VESTING_START_DATE"}
        case _:
            return {"type": "VESTING_EVENT"}


def _amount(choices: Choices, takes: Fraction, occurrences: int, is_last: bool) -> dict[str, Any]:
    if takes == 0:
        return {"portion": written_portion(takes)} if choices.one_in(3) else {"quantity": "0"}
    if is_last and choices.one_in(4):
        ratio = choices.pick((Fraction(1), Fraction(1, 2), Fraction(1, 3)))
        return {"portion": {**written_portion(ratio), "remainder": True}}
    if not is_last and choices.one_in(8):
        return {"quantity": choices.pick(_FIXED_QUANTITIES)}
    ratio = takes / occurrences
    portion = written_as_decimal(ratio) if choices.one_in(10) else written_portion(ratio, choices.pick((1, 1, 1, 12)))
    return {"portion": {**portion, "remainder": False} if choices.one_in(8) else portion}


def _written(choices: Choices, growing: _Growing) -> dict[str, Any]:
    naming = choices.pick(("in order", "against order", "numbers"))
    conditions = []
    for place, condition in enumerate(growing.conditions):
        trigger = dict(condition["trigger"])
        if "relative_to_condition_id" in trigger:
            trigger["relative_to_condition_id"] = _name(naming, trigger["relative_to_condition_id"])
        if "input_condition_ids" in trigger:
            trigger["input_condition_ids"] = [_name(naming, each) for each in trigger["input_condition_ids"]]
        following = [_name(naming, each) for each in growing.following[place]]
        conditions.append(
            {"id": _name(naming, place), **condition, "trigger": trigger, "next_condition_ids": following}
        )
    # The order of the array says nothing where next_condition_ids do.
    if choices.one_in(3):
        conditions.reverse()
    return {
        "id": TERMS_ID,
        "object_type": "VESTING_TERMS",
        "name": "Generated terms",
        "description": "Vesting terms made up to be tried.",
        "allocation_type": allocation_type_of(choices),
        "vesting_conditions": conditions,
    }


def _name(naming: str, place: int) -> str:
    # Neither the order of the letters nor that of the numbers needs to be the order of the conditions.
    match naming:
        case "in order":
            return f"c{place}"
        case "against order":
            return f"{chr(ord('z') - place)}{place}"
        case _:
            return str(90 - place)
