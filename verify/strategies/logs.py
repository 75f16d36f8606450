"""What is recorded on a security: starts and events aimed at the terms, in any order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vestverify.engine.calendar import format_day
from vestverify.engine.plan import Plan, Start
from vestverify.engine.reading import Reading
from vestverify.strategies.choices import Choices
from vestverify.strategies.days import aimed_days, starting_days

SECURITY_ID = "security-1"


def recorded_days_of(choices: Choices, plan: Plan, reading: Reading) -> dict[int, int]:
    """When each start and event happened, if it did.

    Args:
        choices: where decisions come from.
        plan: the compiled terms.
        reading: which published answers the days are aimed at.

    Returns:
        Day numbers by place in the plan; a condition that has none never happened.
    """
    found: dict[int, int] = {}
    for place in sorted(range(len(plan.conditions)), key=plan.order.__getitem__):
        if not plan.conditions[place].recorded:
            continue
        candidates = [] if place in plan.initial and not found else aimed_days(plan, found, place, reading)
        candidates = candidates or starting_days(plan)
        # About one time in eight it never happens.
        number = choices.below(len(candidates) + 1 + len(candidates) // 8)
        if number < len(candidates):
            found[place] = candidates[number]
    return found


def transactions_of(plan: Plan, recorded: Mapping[int, int], security_id: str = SECURITY_ID) -> list[dict[str, Any]]:
    """The start and event transactions of a security as OCF writes them, in the order of the terms' conditions.

    Args:
        plan: the compiled terms.
        recorded: day numbers by place.
        security_id: the security on which they are recorded.
    """
    found = []
    for place, day in sorted(recorded.items()):
        condition = plan.conditions[place]
        found.append(
            {
                "id": f"{security_id}-{condition.id}",
                "object_type": "TX_VESTING_START" if isinstance(condition.trigger, Start) else "TX_VESTING_EVENT",
                "date": format_day(day),
                "security_id": security_id,
                "vesting_condition_id": condition.id,
            }
        )
    return found
