"""Families of vesting terms that grow: realistic ones, and graphs that are hard to decide.

Every function gives one VestingTerms as JSON; what is random in it depends on the seed alone.
"""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Sequence
from typing import Any

#: Lengths of a random condition's period, in months and in days.
MONTHS = (1, 3, 6, 12, 24)
DAYS = (10, 30, 90, 180, 365)
FIRST_DATE = datetime.date(2026, 1, 1)


def _portion(numerator: int, denominator: int) -> dict[str, str]:
    return {"numerator": str(numerator), "denominator": str(denominator)}


def _condition(identifier: str, trigger: dict[str, Any], following: Sequence[str], **amount: Any) -> dict[str, Any]:
    return {
        "id": identifier,
        "trigger": trigger,
        "next_condition_ids": list(following),
        **(amount or {"portion": _portion(0, 1)}),
    }


def start(following: Sequence[str], **amount: Any) -> dict[str, Any]:
    """The condition ``start``, met by a vesting start transaction."""
    return _condition("start", {"type": "VESTING_START_DATE"}, following, **amount)


def event(identifier: str, following: Sequence[str], **amount: Any) -> dict[str, Any]:
    """A condition met by a vesting event transaction."""
    return _condition(identifier, {"type": "VESTING_EVENT"}, following, **amount)


def absolute(identifier: str, date: datetime.date, following: Sequence[str], **amount: Any) -> dict[str, Any]:
    """A condition met on a date."""
    return _condition(identifier, {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": str(date)}, following, **amount)


def relative(
    identifier: str,
    reference: str,
    length: int,
    following: Sequence[str],
    *,
    occurrences: int = 1,
    cliff: int | None = None,
    in_days: bool = False,
    **amount: Any,
) -> dict[str, Any]:
    """A condition met ``occurrences`` times, ``length`` months or days apart, counted from another one."""
    period: dict[str, Any] = {"type": "DAYS" if in_days else "MONTHS", "length": length, "occurrences": occurrences}
    if not in_days:
        period["day_of_month"] = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
    if cliff is not None:
        period["cliff_installment"] = cliff
    trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}
    return _condition(identifier, trigger, following, **amount)


def terms(
    name: str, conditions: Sequence[dict[str, Any]], allocation_type: str = "CUMULATIVE_ROUND_DOWN"
) -> dict[str, Any]:
    """A VestingTerms of these conditions."""
    return {
        "id": name,
        "object_type": "VESTING_TERMS",
        "name": name,
        "description": name,
        "allocation_type": allocation_type,
        "vesting_conditions": list(conditions),
    }


def paths(document: dict[str, Any]) -> int:
    """How many paths lead from an initial condition to one that leads nowhere."""
    following = {each["id"]: each["next_condition_ids"] for each in document["vesting_conditions"]}
    counts: dict[str, int] = {}
    waiting = list(following)
    while waiting:
        identifier = waiting[-1]
        unknown = [each for each in following[identifier] if each not in counts]
        if unknown:
            waiting.extend(unknown)
            continue
        waiting.pop()
        counts[identifier] = sum(counts[each] for each in following[identifier]) or 1
    led_to = {each for targets in following.values() for each in targets}
    return sum(count for identifier, count in counts.items() if identifier not in led_to)


# ---- Realistic terms ----


def four_years(allocation_type: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    """Four years in monthly installments, with a cliff after one year."""
    monthly = relative("monthly", "start", 1, [], occurrences=48, cliff=12, portion=_portion(1, 48))
    return terms("four years, cliff of one year", [start(["monthly"]), monthly], allocation_type)


def back_loaded(allocation_type: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    """Six years: 10, 15, 25 and 20, 15, 15 hundredths, the later years in quarterly installments."""
    shares = (10, 15, 25, 20, 15, 15)
    names = [f"year-{year}" for year in range(1, 7)]
    conditions = [start([names[0]])]
    for number, hundredths in enumerate(shares):
        following = names[number + 1 : number + 2]
        reference = names[number - 1] if number else "start"
        if number < 2:
            amount = _portion(hundredths, 100)
            conditions.append(relative(names[number], reference, 12, following, portion=amount))
        else:
            amount = _portion(hundredths, 400)
            conditions.append(relative(names[number], reference, 3, following, occurrences=4, portion=amount))
    return terms("six years, back-loaded", conditions, allocation_type)


def milestones(count: int = 4) -> dict[str, Any]:
    """Milestones that each vest an equal part, unless they have not been met a year after the one before."""
    conditions = [start(["milestone-1", "expiry-1"])]
    for number in range(1, count + 1):
        following = [f"milestone-{number + 1}", f"expiry-{number + 1}"] if number < count else []
        reference = f"milestone-{number - 1}" if number > 1 else "start"
        conditions.append(event(f"milestone-{number}", following, portion=_portion(1, count)))
        conditions.append(relative(f"expiry-{number}", reference, 12, []))
    return terms(f"{count} milestones with expiries", conditions)


def monthly_acceleration(accelerated: int, months: int = 48, from_month: int = 0) -> dict[str, Any]:
    """A month after another, in each of which an event may vest what has been earned and ``accelerated`` months more.

    Once nothing is left to accelerate, one last condition lasts to the end. This is the shape of the
    graphs that generators of cap-table documents write for acceleration: two conditions a month.
    """
    last = months - accelerated
    names = [f"month-{month}" for month in range(from_month, last)]
    conditions = [start(names[:1] or ["rest"])]
    before = "start"
    for number, name in enumerate(names):
        month = from_month + number
        length = from_month + 1 if number == 0 else 1
        following = [*(names[number + 1 : number + 2] or ["rest"]), f"{name}-event"]
        conditions.append(relative(name, before, length, following))
        conditions.append(event(f"{name}-event", [], portion=_portion(min(months, month + accelerated), months)))
        before = name
    conditions.append(relative("rest", before, max(1, accelerated), ["later"]))
    conditions.append(event("later", [], portion=_portion(1, 1)))
    return terms(f"acceleration by {accelerated} of {months} months", conditions)


# ---- Graphs that grow ----


def tranche_chain(conditions: int, seed: int = 0) -> dict[str, Any]:
    """Tranches one after the other, each an event that expires: after months, or on a date.

    An expiry counts from the tranche before, or from the start; it ends the path, or leads to the next tranche.
    """
    chooser = random.Random(f"chain {conditions} {seed}")
    tranches = (conditions - 1) // 2
    found = [start(["tranche-1", "expiry-1"])]
    for number in range(1, tranches + 1):
        following = [f"tranche-{number + 1}", f"expiry-{number + 1}"] if number < tranches else []
        found.append(event(f"tranche-{number}", following, portion=_portion(1, tranches)))
        after = following if chooser.random() < 0.3 else []
        name = f"expiry-{number}"
        kind = chooser.random()
        if kind < 0.1:
            # Some years after the tranche could first be met, so that it is not dead from the beginning.
            date = FIRST_DATE + datetime.timedelta(days=365 * number + chooser.randrange(365))
            found.append(absolute(name, date, after))
        else:
            from_start = kind < 0.4 or f"expiry-{number - 1}" not in {each["id"] for each in found}
            length = 12 * number if from_start else chooser.choice((6, 12, 18))
            reference = "start" if from_start or number == 1 else _always_before(found, number)
            found.append(relative(name, reference, length if reference != "start" else 12 * number, after))
    if len(found) < conditions:
        found[-2]["next_condition_ids"] = ["end"]
        found.append(relative("end", "start", 12 * (tranches + 1), []))
    return terms(f"tranche chain of {conditions}", found)


def _always_before(found: Sequence[dict[str, Any]], number: int) -> str:
    """The tranche before, where no expiry leads around it; else the start."""
    expiry = next(each for each in found if each["id"] == f"expiry-{number - 1}")
    return "start" if expiry["next_condition_ids"] else f"tranche-{number - 1}"


def diamond_ladder(conditions: int, seed: int = 0) -> dict[str, Any]:
    """Rungs of three conditions: an event or, months later, a date without it; both lead to the next rung.

    The number of paths doubles with each rung: about 10**49 at 500 conditions.
    """
    chooser = random.Random(f"ladder {conditions} {seed}")
    rungs = (conditions - 1) // 3
    found = [start(["event-1", "late-1"])]
    before = "start"
    for number in range(1, rungs + 1):
        months = chooser.choice((2, 3, 6))
        following = [f"event-{number + 1}", f"late-{number + 1}"] if number < rungs else []
        part = _portion(1, rungs)
        found.append(event(f"event-{number}", [f"rung-{number}"], portion=part))
        found.append(relative(f"late-{number}", before, months, [f"rung-{number}"], portion=part))
        found.append(relative(f"rung-{number}", before, 2 * months, following))
        before = f"rung-{number}"
    last = before
    while len(found) < conditions:
        name = f"end-{len(found)}"
        next(each for each in found if each["id"] == last)["next_condition_ids"] = [name]
        found.append(relative(name, last, 1, []))
        last = name
    return terms(f"diamond ladder of {conditions}", found)


def random_graph(conditions: int, seed: int = 0, in_days: float = 0.0, events: float = 0.3) -> dict[str, Any]:
    """A random acyclic graph in which many conditions can never be entered, their siblings being earlier.

    Args:
        conditions: how many, the start among them.
        seed: of the random numbers.
        in_days: the fraction of the periods that count days, not months.
        events: the fraction of the conditions that are events.
    """
    chooser = random.Random(f"graph {conditions} {seed} {in_days} {events}")
    following: list[list[int]] = [[] for _ in range(conditions)]
    before: list[set[int]] = [set() for _ in range(conditions)]
    for place in range(1, conditions):
        parents = {chooser.randrange(max(0, place - 4), place), chooser.randrange(place)}
        for parent in sorted(parents):
            following[parent].append(place)
            before[place] |= {parent} | before[parent]
    names = ["start", *(f"c{place}" for place in range(1, conditions))]
    found = [start([names[place] for place in following[0]])]
    for place in range(1, conditions):
        after = [names[later] for later in following[place]]
        part = _portion(1, conditions)
        if chooser.random() < events:
            found.append(event(names[place], after, portion=part))
            continue
        reference = names[chooser.choice(sorted(before[place]))]
        days = chooser.random() < in_days
        length = chooser.choice(DAYS if days else MONTHS)
        found.append(relative(names[place], reference, length, after, in_days=days, portion=part))
    return terms(f"random graph of {conditions}", found)


# ---- Large numbers ----


def many_occurrences(occurrences: int, allocation_type: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    """One condition that vests daily, that many times."""
    part = _portion(1, occurrences)
    daily = relative("daily", "start", 1, [], occurrences=occurrences, in_days=True, portion=part)
    return terms(f"{occurrences} occurrences", [start(["daily"]), daily], allocation_type)


def long_denominators(digits: int, conditions: int, allocation_type: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    """A chain of conditions whose portions have denominators of that many digits and add up to the grant."""
    denominator = 10 ** (digits - 1) + 9
    first = math.floor(denominator / (conditions + 1))
    names = [f"c{number}" for number in range(1, conditions + 1)]
    found = [start(names[:1])]
    left = denominator
    for number, name in enumerate(names):
        numerator = left if number == conditions - 1 else first + number
        left -= numerator
        reference = names[number - 1] if number else "start"
        part = _portion(numerator, denominator)
        found.append(relative(name, reference, 12, names[number + 1 : number + 2], portion=part))
    return terms(f"{conditions} denominators of {digits} digits", found, allocation_type)


def siblings(count: int, seed: int = 0, in_days: float = 0.0, events: float = 0.0) -> dict[str, Any]:
    """One condition with that many next conditions, all but a few of them pre-empted by an earlier one."""
    chooser = random.Random(f"siblings {count} {seed} {in_days} {events}")
    names = [f"c{number}" for number in range(1, count + 1)]
    found = [start(names)]
    for name in names:
        if chooser.random() < events:
            found.append(event(name, [], portion=_portion(1, 1)))
        else:
            days = chooser.random() < in_days
            length = chooser.randrange(1, 1_000 if days else 600)
            found.append(relative(name, "start", length, [], in_days=days, portion=_portion(1, 1)))
    return terms(f"{count} siblings", found)
