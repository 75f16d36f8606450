"""Random vesting terms and inputs for property tests: small, legal, and aimed at the corners."""

from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from vestverify.engine.plan import Event, Plan, Start
from vestverify.engine.vesting_terms import AllocationType, VestingDayOfMonth
from vestverify.properties import catalogue

DAYS_OF_MONTH = [
    VestingDayOfMonth.VESTING_START_DAY_OR_LAST,
    VestingDayOfMonth.VESTING_START_DAY_OR_LAST,
    VestingDayOfMonth.DAY_31_OR_LAST,
    VestingDayOfMonth.DAY_29_OR_LAST,
    VestingDayOfMonth.DAY_30_OR_LAST,
    VestingDayOfMonth.DAY_01,
    VestingDayOfMonth.DAY_28,
    VestingDayOfMonth.DAY_15,
]
#: What takes long on random terms and is tested apart.
WITHOUT_READINGS = tuple(code for code in catalogue() if code != "VV401")
BASE = datetime.date(2023, 12, 29)


@st.composite
def amounts(draw: st.DrawFn, occurrences: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(["portion", "quantity", "portion", "remainder", "portion", "nothing", "quantity"]))
    if kind == "quantity":
        return {"quantity": draw(st.sampled_from(["0", "1", "7", "30", "2.5"]))}
    if kind == "nothing":
        return {"portion": {"numerator": "0", "denominator": "1"}}
    if kind == "remainder":
        return {"portion": {"numerator": "1", "denominator": draw(st.sampled_from(["1", "2", "3"])), "remainder": True}}
    parts = draw(st.sampled_from([1, 2, 3, 4, 5, 6]))
    return {"portion": {"numerator": "1", "denominator": str(parts * occurrences)}}


@st.composite
def periods(draw: st.DrawFn, only_days: bool) -> dict[str, Any]:
    occurrences = draw(st.sampled_from([3, 1, 2, 5, 3]))
    in_days = only_days or draw(st.integers(0, 3)) == 0
    period: dict[str, Any] = {
        "type": "DAYS" if in_days else "MONTHS",
        "length": draw(st.sampled_from([0, 1, 2] if only_days else [0, 1, 1, 2, 12, 30])),
        "occurrences": occurrences,
    }
    if not in_days:
        period["day_of_month"] = str(draw(st.sampled_from(DAYS_OF_MONTH)))
    if occurrences > 1 and draw(st.integers(0, 3)):
        period["cliff_installment"] = draw(st.sampled_from([occurrences, 2, 2, 0, 1]))
    return period


@st.composite
def vesting_terms(
    draw: st.DrawFn, only_days: bool = False, maximum: int = 6, maximum_recorded: int = 4
) -> dict[str, Any]:
    """A VestingTerms whose structure is sound, as JSON."""
    count = draw(st.integers(1, maximum))
    edges: list[list[int]] = [[] for _ in range(count)]
    parents: list[list[int]] = [[] for _ in range(count)]
    for place in range(1, count):
        # One parent at least, so that there is one initial condition; often two, so that paths merge.
        chosen = {draw(st.integers(max(0, place - 3), place - 1))}
        if draw(st.booleans()):
            chosen.add(draw(st.integers(0, place - 1)))
        for parent in chosen:
            edges[parent].insert(draw(st.integers(0, len(edges[parent]))), place)
            parents[place].append(parent)
    ancestors: list[set[int]] = [set() for _ in range(count)]
    for place in range(count):
        for parent in parents[place]:
            ancestors[place] |= {parent} | ancestors[parent]
    conditions = []
    recorded = 0
    for place in range(count):
        kinds = ["relative", "relative", "relative", "absolute"] if place else []
        if recorded < maximum_recorded:
            kinds += ["event", "event"] if place else ["start", "start", "start", "event"]
        kind = draw(st.sampled_from(kinds or ["absolute"]))
        trigger: dict[str, Any]
        occurrences = 1
        if kind in ("start", "event"):
            recorded += 1
            trigger = {"type": "VESTING_START_DATE" if kind == "start" else "VESTING_EVENT"}
        elif kind == "absolute":
            offset = draw(st.integers(2, 6)) if only_days else draw(st.sampled_from([0, 1, 2, 33, 62, 63, 64, 400]))
            trigger = {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": str(BASE + datetime.timedelta(days=offset))}
        else:
            period = draw(periods(only_days))
            occurrences = period["occurrences"]
            reference = draw(st.sampled_from(sorted(ancestors[place])))
            trigger = {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": period,
                "relative_to_condition_id": f"c{reference}",
            }
        conditions.append(
            {
                "id": f"c{place}",
                "trigger": trigger,
                "next_condition_ids": [f"c{following}" for following in edges[place]],
                **draw(amounts(occurrences)),
            }
        )
    return {
        "id": "random",
        "object_type": "VESTING_TERMS",
        "name": "random",
        "description": "random",
        "allocation_type": str(draw(st.sampled_from(list(AllocationType)))),
        "vesting_conditions": conditions,
    }


@st.composite
def recorded_days(draw: st.DrawFn, plan: Plan) -> dict[int, int]:
    """Days on which starts and events are recorded, near each other and near month ends."""
    found = {}
    for place, condition in enumerate(plan.conditions):
        if isinstance(condition.trigger, Start | Event) and draw(st.integers(0, 7)):
            offset = draw(st.sampled_from([-29, 0, 1, 2, 2, 3, 31, 33, 62, 63, 64, 93, 398]))
            found[place] = (BASE + datetime.timedelta(days=offset)).toordinal()
    return found


def grants() -> st.SearchStrategy[Fraction]:
    """Whole numbers of shares, small ones most often."""
    return st.one_of(st.integers(1, 13), st.integers(1, 1_000), st.just(2**53 + 1)).map(Fraction)
