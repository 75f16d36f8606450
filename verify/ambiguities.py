"""The ambiguities of OCF that vesting terms touch: for each, the conditions by which two readings can differ.

What is told here is told from the document alone. A condition that is named may make no difference all the
same; where none is named, none can.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from vestverify.encoding.calendar import length_of, month_and_day
from vestverify.engine.execution import are_siblings_independent
from vestverify.engine.plan import Absolute, EarlierOf, LaterOf, Plan, PlannedCondition, Portion, Relative, Start
from vestverify.engine.reading import Reading, Roots
from vestverify.engine.vesting_terms import AllocationType, CalculationType
from vestverify.plan_graph import parents_of, topological

_MONTHS_IN_400_YEARS = 4_800
_LONGEST_MONTH = 31
_SHORTEST_MONTH = 28


@dataclasses.dataclass(frozen=True, slots=True)
class Ambiguity:
    """One question that OCF leaves open and that terms alone can raise.

    Attributes:
        key: of the reading (contract, section 5).
        rule: of the semantics.
        question: what readings answer differently, as a noun phrase.
        advice: how terms can be written so that all readings agree.
        touched: places of the conditions by which readings can differ; none where they cannot.
        agreed: why readings agree where no condition is touched.
    """

    key: str
    rule: str
    question: str
    advice: str
    touched: Callable[[Plan, Reading], tuple[int, ...]]
    agreed: str


def latest_days_of_month(plan: Plan) -> dict[int, int]:
    """For each condition a day of the month after which none of its dates falls, in any month.

    Args:
        plan: the compiled terms.

    Returns:
        Days of the month, 1 to 31, by place; 31 where nothing is known.
    """
    parents = parents_of(plan)
    has_start = any(isinstance(condition.trigger, Start) for condition in plan.conditions)
    found: dict[int, int] = {}
    for place in topological(plan):
        # Entered late, a condition takes the day of what came before.
        above = [found[parent] for parent in parents[place]]
        found[place] = max(_own_day_of_month(plan.conditions[place], found, has_start), *above, 1)
    return found


def _own_day_of_month(condition: PlannedCondition, known: dict[int, int], has_start: bool) -> int:
    trigger = condition.trigger
    if isinstance(trigger, Absolute):
        return month_and_day(trigger.day)[1]
    if not isinstance(trigger, Relative):
        return _LONGEST_MONTH
    base = _LONGEST_MONTH if trigger.reference is None else known.get(trigger.reference, _LONGEST_MONTH)
    if not trigger.in_months:
        return _LONGEST_MONTH if trigger.length else base
    anchor = _LONGEST_MONTH if has_start else base
    wanted = anchor if trigger.wanted_day is None else trigger.wanted_day
    return wanted if trigger.length else max(base, wanted)


@functools.lru_cache(maxsize=1024)
def can_drift(length: int, occurrences: int, *, on_its_own_day: bool) -> bool:
    """Whether stepping from the clamped date before can give another date than counting from the base (DAT-2).

    Args:
        length: months between occurrences, 1 or more.
        occurrences: how many, 1 or more.
        on_its_own_day: whether the day of the month is that of the date counted from, so that its month has it.
    """
    steps = min(occurrences, _MONTHS_IN_400_YEARS)
    for wanted in range(_LONGEST_MONTH, _SHORTEST_MONTH, -1):
        for month in range(_MONTHS_IN_400_YEARS):
            if on_its_own_day and length_of(month) < wanted:
                continue
            day = wanted
            for number in range(1, steps + 1):
                own = min(wanted, length_of(month + number * length))
                day = min(day, own)
                if day < own:
                    return True
    return False


def _relative(plan: Plan, places: Callable[[int, PlannedCondition, Relative], bool]) -> tuple[int, ...]:
    return tuple(
        place
        for place, condition in enumerate(plan.conditions)
        if isinstance(condition.trigger, Relative) and places(place, condition, condition.trigger)
    )


def _several_roots(plan: Plan, reading: Reading) -> tuple[int, ...]:
    together = len(plan.initial) > 1 and not are_siblings_independent(plan, reading)
    return plan.initial if together else ()


def _is_spread(condition: PlannedCondition) -> bool:
    """Whether the occurrences of a condition fall on more than one day."""
    return isinstance(condition.trigger, Relative) and condition.occurrences > 1 and condition.trigger.length > 0


def _left_while_repeating(plan: Plan, _: Reading) -> tuple[int, ...]:
    return tuple(
        place for place, condition in enumerate(plan.conditions) if _may_be_spread(plan, place) and condition.following
    )


def _the_start(plan: Plan) -> int | None:
    """The start condition that every execution begins with, where there is one."""
    only = plan.initial[0] if len(plan.initial) == 1 else None
    return only if only is not None and isinstance(plan.conditions[only].trigger, Start) else None


def _stepping(plan: Plan, _: Reading) -> tuple[int, ...]:
    days = latest_days_of_month(plan)
    start = any(isinstance(condition.trigger, Start) for condition in plan.conditions)

    def drifts(_: int, condition: PlannedCondition, trigger: Relative) -> bool:
        if not _is_spread(condition) or not trigger.in_months or trigger.wanted_day is not None:
            return False
        base = _LONGEST_MONTH if start or trigger.reference is None else days[trigger.reference]
        on_its_own_day = not start or trigger.reference == _the_start(plan)
        return base > _SHORTEST_MONTH and can_drift(trigger.length, trigger.occurrences, on_its_own_day=on_its_own_day)

    return _relative(plan, drifts)


def _first_fixed_day(plan: Plan, _: Reading) -> tuple[int, ...]:
    days = latest_days_of_month(plan)
    return _relative(
        plan,
        lambda _, __, trigger: (
            trigger.wanted_day is not None
            and trigger.reference is not None
            and days[trigger.reference] > trigger.wanted_day
        ),
    )


def _anchor_day(plan: Plan, _: Reading) -> tuple[int, ...]:
    if not any(isinstance(condition.trigger, Start) for condition in plan.conditions):
        return ()
    the_start = _the_start(plan)
    return _relative(
        plan,
        lambda _, __, trigger: (
            trigger.in_months and trigger.wanted_day is None and (the_start is None or trigger.reference != the_start)
        ),
    )


def _periodic_reference(plan: Plan, _: Reading) -> tuple[int, ...]:
    return _relative(
        plan,
        lambda _, __, trigger: trigger.reference is not None and _may_be_spread(plan, trigger.reference),
    )


def _may_be_spread(plan: Plan, place: int) -> bool:
    condition = plan.conditions[place]
    if isinstance(condition.trigger, EarlierOf):
        return any(_may_be_spread(plan, each) for each in condition.trigger.inputs)
    return _is_spread(condition)


def _early_event(plan: Plan, _: Reading) -> tuple[int, ...]:
    return tuple(
        place for place, condition in enumerate(plan.conditions) if condition.recorded and place not in plan.initial
    )


def _catch_up(plan: Plan, _: Reading) -> tuple[int, ...]:
    return _relative(plan, lambda place, condition, _: condition.vests and place not in plan.initial)


def _vesting(plan: Plan) -> tuple[int, ...]:
    return tuple(place for place, condition in enumerate(plan.conditions) if condition.vests)


def _takes_a_remainder(condition: PlannedCondition) -> bool:
    return isinstance(condition.amount, Portion) and condition.amount.remainder


def _remainder_basis(plan: Plan, _: Reading) -> tuple[int, ...]:
    return tuple(
        place
        for place in _vesting(plan)
        if _takes_a_remainder(plan.conditions[place]) and plan.conditions[place].occurrences > 1
    )


def _allocation_scope(plan: Plan, reading: Reading) -> tuple[int, ...]:
    vesting = _vesting(plan)
    if plan.allocation_type is AllocationType.FRACTIONAL or all(_is_whole(plan.conditions[place]) for place in vesting):
        return ()
    if _most_vesting_together(plan, reading) > 1 or any(
        _takes_a_remainder(plan.conditions[place]) for place in vesting
    ):
        return vesting
    if plan.allocation_type is AllocationType.FRONT_LOADED:
        return tuple(place for place in vesting if not _adds_up_to_whole_shares(plan.conditions[place]))
    return ()


def _is_whole(condition: PlannedCondition) -> bool:
    amount = condition.amount
    if isinstance(condition.trigger, LaterOf):
        # Any other calculation gives whole shares where the inputs, which are looked at as well, do.
        return condition.trigger.calculation_type is not CalculationType.MEAN
    if isinstance(amount, Portion):
        return not amount.remainder and amount.ratio.denominator == 1
    return amount.shares.denominator == 1


def _adds_up_to_whole_shares(condition: PlannedCondition) -> bool:
    if isinstance(condition.trigger, LaterOf):
        return False
    amount = condition.amount
    each = amount.ratio if isinstance(amount, Portion) else amount.shares
    return (condition.occurrences * each).denominator == 1


def _most_vesting_together(plan: Plan, reading: Reading) -> int:
    """The most conditions that vest something in one execution, at most."""
    side_by_side = are_siblings_independent(plan, reading) or (reading.roots is Roots.ALL and len(plan.initial) > 1)
    if side_by_side:
        return sum(
            relationship is None and _may_vest(plan, place) for place, relationship in enumerate(plan.relationship_of)
        )
    parents = parents_of(plan)
    most: dict[int, int] = {}
    for place in topological(plan):
        before = max((most[parent] for parent in parents[place]), default=0)
        most[place] = before + (1 if plan.conditions[place].vests else 0)
    return max(most.values())


def _may_vest(plan: Plan, place: int) -> bool:
    condition = plan.conditions[place]
    if isinstance(condition.trigger, EarlierOf):
        return any(_may_vest(plan, each) for each in condition.trigger.inputs)
    return condition.vests


def _grant_catch_up(plan: Plan, reading: Reading) -> tuple[int, ...]:
    vesting = _vesting(plan)
    if _most_vesting_together(plan, reading) > 1:
        return vesting
    return tuple(place for place in vesting if _vests_on_several_days(plan.conditions[place]))


def _vests_on_several_days(condition: PlannedCondition) -> bool:
    trigger = condition.trigger
    return _is_spread(condition) and isinstance(trigger, Relative) and trigger.cliff < trigger.occurrences


#: In the order of the contract, section 5. ``siblings`` is a choice of model; the other keys that are missing are
#: about transactions, not about terms.
AMBIGUITIES: tuple[Ambiguity, ...] = (
    Ambiguity(
        "roots",
        "GRF-2",
        "whether several initial conditions compete or all run",
        "begin the terms with one initial condition",
        _several_roots,
        "there is one initial condition",
    ),
    Ambiguity(
        "leave_periodic",
        "PTH-3",
        "when the path leaves a condition that repeats",
        "let nothing follow a condition that repeats, or count what follows from it",
        _left_while_repeating,
        "nothing follows a condition that repeats",
    ),
    Ambiguity(
        "stepping",
        "DAT-2",
        "whether months are counted from the base or from the date before, which a short month may have moved",
        "vest on a fixed day of the month, the 28th at the latest",
        _stepping,
        "no date that a short month can move is counted on from",
    ),
    Ambiguity(
        "first_fixed_day",
        "DAT-3",
        "in which month the first installment on a fixed day of the month falls",
        "vest on the day of the month on which vesting starts",
        _first_fixed_day,
        "no fixed day of the month lies before the day counted from",
    ),
    Ambiguity(
        "anchor_day",
        "DAT-4",
        "whose day of the month installments take",
        "count from the start condition, or vest on a fixed day of the month",
        _anchor_day,
        "installments on the vesting start day are counted from the vesting start",
    ),
    Ambiguity(
        "periodic_reference",
        "DAT-6",
        "from which installment of a condition that repeats another one counts",
        "count from a condition that does not repeat",
        _periodic_reference,
        "nothing is counted from a condition that repeats",
    ),
    Ambiguity(
        "early_event",
        "DAT-7",
        "what an event does that is recorded before its turn",
        "say in the agreement what an early event does",
        _early_event,
        "no event has to wait for its turn",
    ),
    Ambiguity(
        "catch_up",
        "DAT-8",
        "when installments vest that are due before their condition is entered",
        "count installments from the condition that leads to them",
        _catch_up,
        "no installment is counted from an earlier condition",
    ),
    Ambiguity(
        "remainder_basis",
        "AMT-3",
        "what a repeated share of the remainder is taken of",
        "state shares of the grant, or take a share of the remainder once",
        _remainder_basis,
        "no share of the remainder repeats",
    ),
    Ambiguity(
        "allocation_scope",
        "ALC-3",
        "whether fractions of shares are carried from one condition to the next",
        "write the cliff as cliff_installment of one period, so that one condition vests everything",
        _allocation_scope,
        "no fraction of a share passes from one condition to the next",
    ),
    Ambiguity(
        "grant_catch_up",
        "GRD-1",
        "when installments vest that are due before the grant date",
        "say in the agreement what vests on the grant date, or grant before anything vests",
        _grant_catch_up,
        "everything that an execution vests, it vests on one day",
    ),
)


__all__ = ["AMBIGUITIES", "Ambiguity", "can_drift", "latest_days_of_month"]
