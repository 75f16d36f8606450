"""Faults in which conditions are entered, and when they take effect (GRF-2, TRG-1 to TRG-3, PTH-1, PTH-2, DAT-7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from vestverify.engine.execution import Entry, Occurrences, execute, own_dates
from vestverify.engine.plan import Absolute, EarlierOf, Event, LaterOf, Plan, PlannedCondition, PlannedTrigger, Start
from vestverify.engine.reading import Siblings
from vestverify.fuzzing.explanations import Prediction, inputs_fault, inputs_to_rows_fault, plan_fault, tranche_fault
from vestverify.fuzzing.tranches import Inputs, Tranche, Turn, path_with_other_dates, rounded, scheduled, tranches_of

_Condition = PlannedCondition


def with_conditions(plan: Plan, change: Callable[[int, _Condition], _Condition]) -> Plan | None:
    """The plan with every condition changed; None where none is."""
    conditions = tuple(change(place, condition) for place, condition in enumerate(plan.conditions))
    return None if conditions == plan.conditions else dataclasses.replace(plan, conditions=conditions)


def with_following(plan: Plan, order: Callable[[Sequence[int]], Sequence[int]]) -> Plan | None:
    """The plan with what follows each condition, and the initial ones, in another order; None where it is the same."""
    changed = with_conditions(
        plan, lambda place, condition: dataclasses.replace(condition, following=tuple(order(condition.following)))
    )
    initial = tuple(order(plan.initial))
    if changed is None and initial == plan.initial:
        return None
    return dataclasses.replace(changed or plan, initial=initial)


@plan_fault("PTH-1", "lets the sibling listed last win where several are met on one day")
def tie_reversed(plan: Plan) -> Plan | None:
    following_reversed = with_conditions(plan, _with_following_reversed)
    return with_conditions(following_reversed or plan, _with_inputs_reversed) or following_reversed


@plan_fault("PTH-1", "lets the sibling listed last win where several are met on one day, initial conditions included")
def tie_reversed_everywhere(plan: Plan) -> Plan | None:
    if len(plan.initial) == 1:
        return tie_reversed(plan)
    changed = with_following(plan, lambda following: following[::-1])
    return None if changed is None else with_conditions(changed, _with_inputs_reversed) or changed


def _with_following_reversed(place: int, condition: _Condition) -> _Condition:
    return dataclasses.replace(condition, following=condition.following[::-1])


def _with_inputs_reversed(place: int, condition: _Condition) -> _Condition:
    if isinstance(condition.trigger, EarlierOf | LaterOf):
        trigger = dataclasses.replace(condition.trigger, inputs=condition.trigger.inputs[::-1])
        return dataclasses.replace(condition, trigger=trigger)
    return condition


@plan_fault("PTH-1", "breaks ties by the order of the conditions in the document, not of next_condition_ids")
def tie_by_document_order(plan: Plan) -> Plan | None:
    return with_following(plan, sorted)


@plan_fault("PTH-1", "breaks ties by the ids of the conditions, not by the order of next_condition_ids")
def tie_by_id(plan: Plan) -> Plan | None:
    return with_following(plan, lambda following: sorted(following, key=lambda place: plan.conditions[place].id))


#: From the day met, the place and the own day of each alternative to the place that is taken.
Choose = Callable[[Plan, Sequence[tuple[int, int, int]]], int]


def _on_one_path(inputs: Inputs, choose: Choose) -> Inputs | None:
    """The inputs with the graph cut down to the path that ``choose`` takes: of each choice a place."""
    plan = inputs.plan
    if plan.has_relationships:
        return None
    alternatives = plan.initial
    last: int | None = None
    for _ in plan.conditions:
        entries: dict[int, Entry] = {}
        left = None
        if last is not None:
            entries = {entry.place: entry for entry in execute(plan, inputs.recorded, inputs.reading)}
            if last not in entries:
                break
            left = entries[last].left
        met = []
        for place in alternatives:
            own = own_dates(plan, inputs.recorded, inputs.reading, entries, place)
            if own is not None:
                day = own.day(1)
                met.append((day if left is None else max(day, left), place, day))
        if not met:
            break
        chosen = choose(plan, met)
        plan = dataclasses.replace(plan, initial=(chosen,)) if last is None else _leading_only_to(plan, last, chosen)
        alternatives, last = plan.conditions[chosen].following, chosen
    return None if plan == inputs.plan else dataclasses.replace(inputs, plan=plan)


def _leading_only_to(plan: Plan, origin: int, target: int) -> Plan:
    conditions = list(plan.conditions)
    conditions[origin] = dataclasses.replace(conditions[origin], following=(target,))
    return dataclasses.replace(plan, conditions=tuple(conditions))


@inputs_fault("PTH-1", "takes the sibling listed first that is ever met, not the one met earliest")
def priority_before_time(inputs: Inputs) -> Inputs | None:
    return _on_one_path(inputs, lambda plan, met: met[0][1])


@inputs_fault("PTH-1", "takes the sibling met last, not the one met earliest")
def latest_sibling(inputs: Inputs) -> Inputs | None:
    return _on_one_path(inputs, lambda plan, met: max(met, key=lambda each: each[0])[1])


@inputs_fault(
    "PTH-1", "takes the sibling with the earliest date of its own, though both are met when what leads to them is"
)
def earliest_own_date(inputs: Inputs) -> Inputs | None:
    return _on_one_path(inputs, lambda plan, met: min(met, key=lambda each: each[2])[1])


@inputs_fault("PTH-1", "lets an event that is recorded win over a deadline that has passed")
def deadline_ignored(inputs: Inputs) -> Inputs | None:
    def choose(plan: Plan, met: Sequence[tuple[int, int, int]]) -> int:
        events = [each for each in met if isinstance(plan.conditions[each[1]].trigger, Event)]
        return min(events or met, key=lambda each: each[0])[1]

    return _on_one_path(inputs, choose)


@inputs_fault("PTH-2", "lets several siblings vest, not only the one that is met first")
def all_siblings_run(inputs: Inputs) -> Inputs | None:
    if inputs.plan.has_relationships or inputs.reading.siblings is Siblings.INDEPENDENT:
        return None
    reading = dataclasses.replace(inputs.reading, siblings=Siblings.INDEPENDENT)
    return dataclasses.replace(inputs, reading=reading)


@inputs_fault("REL-5", "lets only one of several siblings vest, though a relationship makes them independent")
def siblings_exclude_each_other(inputs: Inputs) -> Inputs | None:
    if not inputs.plan.has_relationships or inputs.reading.siblings is Siblings.EXCLUSIVE:
        return None
    return dataclasses.replace(inputs, reading=dataclasses.replace(inputs.reading, siblings=Siblings.EXCLUSIVE))


@plan_fault("GRF-2", "begins with the first condition of the array only")
def first_of_the_array_is_initial(plan: Plan) -> Plan | None:
    return None if plan.initial == (0,) else dataclasses.replace(plan, initial=(0,))


@plan_fault("GRF-2", "begins with the initial condition that is listed first only")
def first_initial_only(plan: Plan) -> Plan | None:
    return None if len(plan.initial) == 1 else dataclasses.replace(plan, initial=plan.initial[:1])


# ---- Starts, events and dates ----


def _recording(inputs: Inputs, recorded: Mapping[int, int]) -> Inputs | None:
    return None if recorded == inputs.recorded else dataclasses.replace(inputs, recorded=recorded)


def _places(plan: Plan, kind: type[Start] | type[Event]) -> list[int]:
    return [place for place, condition in enumerate(plan.conditions) if isinstance(condition.trigger, kind)]


@inputs_fault("TRG-1", "takes the date of the grant for a vesting start that is not recorded")
def missing_start_is_the_grant(inputs: Inputs) -> Inputs | None:
    starts = dict.fromkeys(_places(inputs.plan, Start), inputs.grant_day)
    return _recording(inputs, {**starts, **inputs.recorded})


@inputs_fault("TRG-1", "takes the date of the grant for the vesting start, whatever is recorded")
def start_is_the_grant(inputs: Inputs) -> Inputs | None:
    starts = dict.fromkeys(
        (place for place in _places(inputs.plan, Start) if place in inputs.recorded), inputs.grant_day
    )
    return _recording(inputs, {**inputs.recorded, **starts})


@inputs_fault("TRG-1", "takes the date of the grant for every vesting start, recorded or not")
def every_start_is_the_grant(inputs: Inputs) -> Inputs | None:
    return _recording(inputs, {**inputs.recorded, **dict.fromkeys(_places(inputs.plan, Start), inputs.grant_day)})


@inputs_fault("TRG-2", "takes an event that is not recorded as met with the condition before it")
def missing_event_is_met(inputs: Inputs) -> Inputs | None:
    return _recording(inputs, {**dict.fromkeys(_places(inputs.plan, Event), 1), **inputs.recorded})


@inputs_fault("TRG-2", "takes an event that is not recorded as met on the date of the grant")
def missing_event_is_the_grant(inputs: Inputs) -> Inputs | None:
    return _recording(inputs, {**dict.fromkeys(_places(inputs.plan, Event), inputs.grant_day), **inputs.recorded})


@inputs_fault("TRG-2", "takes no notice of recorded events")
def events_ignored(inputs: Inputs) -> Inputs | None:
    events = _places(inputs.plan, Event)
    return _recording(inputs, {place: day for place, day in inputs.recorded.items() if place not in events})


@inputs_fault("TRG-2", "takes every event as met on the day of the condition before it")
def events_met_at_once(inputs: Inputs) -> Inputs | None:
    return _recording(inputs, {**inputs.recorded, **dict.fromkeys(_places(inputs.plan, Event), 1)})


@inputs_fault("TRG-3", "takes no notice of absolute dates")
def absolute_dates_ignored(inputs: Inputs) -> Inputs | None:
    plan = with_conditions(inputs.plan, _as_an_event)
    return None if plan is None else dataclasses.replace(inputs, plan=plan)


def _as_an_event(place: int, condition: _Condition) -> _Condition:
    is_absolute = isinstance(condition.trigger, Absolute)
    return dataclasses.replace(condition, trigger=Event()) if is_absolute else condition


@inputs_fault("DAT-7", "passes over a condition dated before the one that leads to it")
def early_conditions_ignored(inputs: Inputs) -> Inputs | None:
    entries = {entry.place: entry for entry in execute(inputs.plan, inputs.recorded, inputs.reading)}
    early = [
        place
        for place, entry in entries.items()
        if isinstance(inputs.plan.conditions[place].trigger, Absolute) and entry.own.day(1) < entry.entered
    ]
    if not early:
        return None

    def change(place: int, condition: _Condition) -> _Condition:
        return _as_an_event(place, condition) if place in early else condition

    plan = with_conditions(inputs.plan, change)
    return None if plan is None else dataclasses.replace(inputs, plan=plan)


# ---- When what was entered takes effect ----


def _rows(inputs: Inputs, tranches: Sequence[Tranche], days: Sequence[int]) -> Prediction:
    shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
    return scheduled(days, shares, inputs.grant_day)


def _put_off(tranches: Sequence[Tranche], entered: Mapping[int, int]) -> list[int]:
    """When tranches vest where their conditions are entered on other days: cliffs and gates as in the default reading."""
    days = []
    for each in tranches:
        gate = entered.get(each.place, each.entered)
        block = [other for other in tranches if other.place == each.place]
        overdue = sum(other.own <= gate for other in block)
        if overdue >= each.cliff:
            days.append(gate if each.number <= overdue else each.own)
        else:
            days.append(block[min(each.cliff, len(block)) - 1].own if each.number <= each.cliff else each.own)
    return days


def path_fault(
    rule: str,
    sentence: str,
    dates: Callable[[Turn], Occurrences] = lambda turn: turn.own,
    entered: Callable[[Turn, int], int] = lambda turn, day: day if turn.left is None else max(day, turn.left),
) -> None:
    """Register a path on which conditions have other dates, or are entered on other days."""

    @inputs_to_rows_fault(rule, sentence, sentence)
    def fault(inputs: Inputs) -> Prediction:
        entries = path_with_other_dates(inputs, dates, entered)
        tranches = None if entries is None else tranches_of(inputs, entries)
        if tranches is None:
            return None
        return _rows(inputs, tranches, [each.due for each in tranches])


def _own_day_of(*kinds: type[PlannedTrigger]) -> Callable[[Turn, int], int]:
    def entered(turn: Turn, day: int) -> int:
        return day if turn.left is None or isinstance(turn.trigger, kinds) else max(day, turn.left)

    return entered


path_fault(
    "DAT-7",
    "lets an absolute date take effect although what leads to it is met later",
    entered=_own_day_of(Absolute),
)
path_fault(
    "DAT-7", "lets an event take effect although what leads to it is met later", entered=_own_day_of(Start, Event)
)
path_fault(
    "DAT-7",
    "lets events and absolute dates take effect although what leads to them is met later",
    entered=_own_day_of(Absolute, Start, Event),
)


@tranche_fault("DAT-7", "lets a condition vest on its own date although the one that leads to it is met later")
def own_date_before_the_parent(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    once = {each.place for each in tranches if each.count == 1}
    return _rows(inputs, tranches, [each.own if each.place in once else each.due for each in tranches])


@tranche_fault("DAT-8", "leaves installments on their own dates although their condition is entered later")
def gate_ignored(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    return _rows(inputs, tranches, _put_off(tranches, dict.fromkeys((each.place for each in tranches), 0)))


@tranche_fault("DAT-8", "drops installments dated before their condition was entered")
def overdue_installments_dropped(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
    kept = [(each.due, share) for each, share in zip(tranches, shares, strict=True) if each.own >= each.entered]
    return scheduled([day for day, _ in kept], [share for _, share in kept], inputs.grant_day)


@tranche_fault("DAT-8", "puts a whole block off so that it begins on the day on which its condition was entered")
def block_begins_on_entry(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    first = {each.place: each.own for each in tranches if each.number == 1}
    days = [
        each.entered + each.own - first[each.place] if first[each.place] < each.entered else each.due
        for each in tranches
    ]
    return _rows(inputs, tranches, days)


@tranche_fault("DAT-8", "puts all installments off to the day on which their condition was entered, and no further")
def everything_on_entry(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    late = {each.place for each in tranches if each.own < each.entered}
    return _rows(inputs, tranches, [each.entered if each.place in late else each.due for each in tranches])


def _parents_met(inputs: Inputs, entries: Mapping[int, Entry]) -> dict[int, list[int | None]]:
    """For each entered condition with several parents the days on which each is met, taken or not."""
    found: dict[int, list[int | None]] = {}
    for place in entries:
        parents = [origin for origin, each in enumerate(inputs.plan.conditions) if place in each.following]
        if len(parents) > 1:
            days: list[int | None] = []
            for parent in parents:
                own = own_dates(inputs.plan, inputs.recorded, inputs.reading, entries, parent)
                days.append(entries[parent].left if parent in entries else None if own is None else own.day(1))
            found[place] = days
    return found


@tranche_fault("DAT-7", "lets the date of a branch that was not taken put off the condition where branches meet")
def untaken_branch_leaks(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    entries = {entry.place: entry for entry in execute(inputs.plan, inputs.recorded, inputs.reading)}
    gates = {
        place: max([entries[place].entered, *(day for day in days if day is not None)])
        for place, days in _parents_met(inputs, entries).items()
    }
    return _rows(inputs, tranches, _put_off(tranches, gates)) if gates else None


@tranche_fault("PTH-2", "lets a condition where branches meet vest only when all of them were met")
def all_branches_needed(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    entries = {entry.place: entry for entry in execute(inputs.plan, inputs.recorded, inputs.reading)}
    missing = {place for place, days in _parents_met(inputs, entries).items() if None in days}
    kept = [each for each in tranches if each.place not in missing]
    return _rows(inputs, kept, [each.due for each in kept]) if missing else None
