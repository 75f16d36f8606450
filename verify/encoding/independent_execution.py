"""The engine's execution where siblings are independent, as constraints (REL-1 to REL-3, REL-5, DAT-1 to DAT-7).

Whatever can be entered is entered, so that what is recorded decides everything: there is one Boolean for each
condition that says whether it is met, one that says whether it is entered, and a day. No order of events is
enumerated anywhere. An input of an EARLIER_OF can be met and not be entered, where another input was earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import z3

from vestverify.encoding.calendar import Calendar, SymbolicDay, before, not_after, same, value_of
from vestverify.encoding.execution import NotEncoded
from vestverify.encoding.own_dates import Node, SymbolicDates
from vestverify.encoding.symbols import meaning_in
from vestverify.engine.plan import Absolute, EarlierOf, Indeterminate, LaterOf, Plan, Relationship, Relative
from vestverify.engine.reading import AnchorDay, EarlyEvent, LeavePeriodic, Reading, Siblings
from vestverify.plan_graph import parents_of
from vestverify.solver import Query


def require_independence(plan: Plan, reading: Reading) -> None:
    """Check that executions are what this encoding says they are.

    Raises:
        NotEncoded: under this reading they need not be.
    """
    exclusive = (
        not plan.has_relationships if reading.siblings is Siblings.AUTO else reading.siblings is Siblings.EXCLUSIVE
    )
    if exclusive:
        raise NotEncoded("siblings exclude each other under this reading")
    cuts = reading.leave_periodic is LeavePeriodic.ON_NEXT
    if cuts and any(condition.occurrences > 1 and condition.following for condition in plan.conditions):
        raise NotEncoded("the prover does not decide leave_periodic=on-next; the engine runs it")


class IndependentExecution(SymbolicDates):
    """All executions of a plan whose siblings are independent.

    Attributes:
        plan, reading: what is executed.
        query: what receives the assertions.
        core: the conditions that are encoded: the targets, all that can lead to them, and whatever an EARLIER_OF
            among these compares.
        recorded: for each start and event condition of the core, whether and when it is recorded.
        met: for each condition of the core, whether it is met.
        entered: the same, and for an input of an EARLIER_OF that it was the earlier one.
        days: for each condition of the core, the day on which it is met.
    """

    def __init__(
        self,
        plan: Plan,
        reading: Reading,
        query: Query,
        targets: Iterable[int] | None = None,
        *,
        beside: IndependentExecution | None = None,
    ) -> None:
        """Assert what all executions obey.

        Args:
            plan: the compiled terms.
            reading: which published answers to follow.
            query: receives the assertions.
            targets: places of the conditions of interest; None for all.
            beside: another execution in the same query, which is given the same starts and events.

        Raises:
            NotEncoded: see ``require_independence``; and where a day of the month is that of a vesting start that
                need not have been entered.
        """
        require_independence(plan, reading)
        self.plan = plan
        self.reading = reading
        self.query = query
        query.meaning = meaning_in(plan)
        self._suffix = "" if beside is None else ".other"
        self._parents = parents_of(plan)
        everything = range(len(plan.conditions))
        self.core = frozenset(everything) if targets is None else self._concerned(targets)
        self._places = sorted(self.core, key=plan.order.__getitem__)
        self._always = self._always_entered_before()
        self._calendar = Calendar(query, self._counts_days()) if beside is None else beside._calendar
        self.recorded = {} if beside is None else beside.recorded
        self._caps: dict[tuple[int, int], Callable[[int], int]] = {}
        self._nodes = {place: self._new_node(place) for place in self._places}
        self.met: dict[int, z3.BoolRef] = {
            place: self.query.boolean(self._name("met", place)) for place in self._places
        }
        self.entered = {place: node.entered for place, node in self._nodes.items()}
        self.days = {place: node.day for place, node in self._nodes.items()}
        for place in self._places:
            self._meet(place)
            self._enter(place)

    def _concerned(self, targets: Iterable[int]) -> frozenset[int]:
        found = set(targets)
        waiting = list(found)
        while waiting:
            place = waiting.pop()
            beside = self.plan.relationship_of[place]
            needed = set(self._parents[place])
            if beside is not None and isinstance(self.plan.conditions[beside].trigger, EarlierOf):
                needed.update(self._parents[beside])
            trigger = self.plan.conditions[place].trigger
            if isinstance(trigger, Relative) and trigger.reference is not None:
                needed.add(trigger.reference)
            waiting.extend(needed - found)
            found |= needed
        return frozenset(found)

    def _always_entered_before(self) -> dict[int, frozenset[int]]:
        """For each condition those that are entered whenever it is met, on the same day at the latest."""
        found: dict[int, frozenset[int]] = {}
        for place in self._places:
            parents = [found[parent] for parent in self._parents[place]]
            trigger = self.plan.conditions[place].trigger
            combine = frozenset.union if isinstance(trigger, LaterOf) else frozenset.intersection
            before_it = combine(*parents) if parents else frozenset()
            if isinstance(trigger, Relative) and trigger.reference is not None:
                before_it |= found[trigger.reference]
            found[place] = before_it | {place}
        return found

    def _counts_days(self) -> bool:
        return any(
            isinstance(condition.trigger, Relative) and not condition.trigger.in_months and condition.trigger.length > 0
            for condition in self.plan.conditions
        )

    def _name(self, what: str, place: int) -> str:
        return f"{what}_{place}{self._suffix}"

    def _new_node(self, place: int) -> Node:
        day = self._calendar.unknown(self._name("entered", place))
        completed = self._calendar.unknown(self._name("completed", place)) if self._may_repeat(place) else day
        left = completed if self.reading.leave_periodic is LeavePeriodic.AFTER_LAST else day
        return Node(self.query.boolean(self._name("entered", place)), day, completed, left, self.query.number(0))

    def _may_repeat(self, place: int) -> bool:
        condition = self.plan.conditions[place]
        if isinstance(condition.trigger, EarlierOf):
            return any(self._may_repeat(each) for each in condition.trigger.inputs)
        return condition.occurrences > 1

    def _anchor(self, origin: int | None, place: int, base: SymbolicDay) -> z3.ArithRef:
        starts = self.plan.starts_before[place]
        if self.reading.anchor_day is AnchorDay.REFERENCE or not starts:
            return base.day
        (start, *others) = starts
        if others or start not in self._always[place]:
            raise NotEncoded(
                f"the day of the month of {self.plan.conditions[place].id!r} depends on which vesting start was first"
            )
        return self._nodes[start].day.day

    def own(self, place: int) -> tuple[z3.BoolRef, SymbolicDay] | None:
        """Whether a condition that is no relationship is met by itself, and its own day; None where it never is."""
        trigger = self.plan.conditions[place].trigger
        if isinstance(trigger, Absolute):
            return self.query.truth(True), self._calendar.constant(trigger.day)
        if self.plan.conditions[place].recorded:
            return self._record(place)
        if isinstance(trigger, Relative) and trigger.reference is not None:
            return self._nodes[trigger.reference].entered, self.own_day(None, place, 1)
        return None

    def ways_to(self, place: int) -> list[tuple[z3.BoolRef, SymbolicDay | None]]:
        """Each way that leads to a condition which is no relationship: whether it is open, and since when."""
        found: list[tuple[z3.BoolRef, SymbolicDay | None]] = []
        for parent in self._parents[place]:
            relationship = self.plan.relationship_of[parent]
            if relationship is None:
                found.append((self.entered[parent], self._nodes[parent].left))
            else:
                # Beside an EARLIER_OF: the earlier input goes on when the EARLIER_OF does.
                goes_on = z3.And(self.entered[parent], self.entered[relationship])
                found.append((goes_on, self._nodes[relationship].left))
        return found or [(self.query.truth(True), None)]

    def _meet(self, place: int) -> None:
        trigger = self.plan.conditions[place].trigger
        node, met = self._nodes[place], self.met[place]
        self.query.add(self._calendar.immaterial_unless(met, node.day))
        if node.completed is not node.day:
            self.query.add(self._calendar.immaterial_unless(met, node.completed))
        if isinstance(trigger, Relationship):
            self._relate(place, trigger)
            return
        own = self.own(place)
        if own is None:
            self.query.add(z3.Not(met))
            return
        is_met, day = own
        ways = self.ways_to(place)
        open_ways = []
        ignored = self.plan.conditions[place].recorded and self.reading.early_event is EarlyEvent.IGNORED
        for is_open, left in ways:
            open_ways.append(z3.And(is_open, not_after(left, day)) if ignored and left is not None else is_open)
        self.query.add(met == z3.simplify(z3.And(is_met, self.query.any_of(open_ways))))
        self.query.add(z3.Implies(met, self._first_of(node.day, day, ways, open_ways)))
        if node.completed is not node.day:
            last = self.own_day(None, place, self.plan.conditions[place].occurrences)
            later = z3.If(not_after(node.day, last), same(node.completed, last), same(node.completed, node.day))
            self.query.add(z3.Implies(met, later))

    def _first_of(
        self,
        day: SymbolicDay,
        own: SymbolicDay,
        ways: Sequence[tuple[z3.BoolRef, SymbolicDay | None]],
        open_ways: Sequence[z3.BoolRef],
    ) -> z3.BoolRef:
        """The day is the condition's own, or where that had passed the one on which the first way opens."""
        by_way = []
        none_earlier = []
        for (_, left), is_open in zip(ways, open_ways, strict=True):
            if left is None:
                by_way.append(z3.And(is_open, same(day, own)))
                none_earlier.append(z3.Implies(is_open, not_after(day, own)))
                continue
            by_way.append(z3.And(is_open, z3.If(not_after(left, own), same(day, own), same(day, left))))
            none_earlier.append(z3.Implies(is_open, z3.Or(not_after(day, own), not_after(day, left))))
        if len(by_way) == 1:
            return same(day, own) if ways[0][1] is None else by_way[0]
        return z3.And(z3.Or(*by_way), *none_earlier)

    def _relate(self, place: int, trigger: EarlierOf | LaterOf) -> None:
        node, met = self._nodes[place], self.met[place]
        inputs = [self._nodes[each] for each in trigger.inputs]
        if isinstance(trigger, LaterOf):
            self.query.add(met == z3.And(*(each.entered for each in inputs)))
            self.query.add(z3.Implies(met, z3.And(*(not_after(each.day, node.day) for each in inputs))))
            self.query.add(z3.Implies(met, z3.Or(*(same(each.day, node.day) for each in inputs))))
            return
        self.query.add(met == z3.Or(*(self.met[each] for each in trigger.inputs)))
        for each in inputs:
            taken = [same(each.day, node.day)]
            if node.completed is not node.day:
                taken.append(same(each.completed, node.completed))
            self.query.add(z3.Implies(each.entered, z3.And(*taken)))

    def _enter(self, place: int) -> None:
        relationship = self.plan.relationship_of[place]
        trigger = None if relationship is None else self.plan.conditions[relationship].trigger
        claims = [self.met[place]]
        if isinstance(trigger, EarlierOf):
            claims += [self._wins(trigger, place, other) for other in trigger.inputs if other != place]
        self.query.add(self.entered[place] == (z3.And(*claims) if len(claims) > 1 else claims[0]))

    def _wins(self, trigger: EarlierOf, place: int, other: int) -> z3.BoolRef:
        listed_first = trigger.inputs.index(place) < trigger.inputs.index(other)
        compare = not_after if listed_first else before
        return z3.Implies(self.met[other], compare(self.days[place], self.days[other]))

    def is_waiting(self, place: int) -> z3.BoolRef:
        """Whether a start or event that is not recorded would still be taken notice of, were it recorded."""
        condition = self.plan.conditions[place]
        if not condition.recorded and not isinstance(condition.trigger, Indeterminate):
            return self.query.truth(False)
        claims = [self.query.any_of(is_open for is_open, _ in self.ways_to(place))]
        if condition.recorded:
            claims.append(z3.Not(self._record(place)[0]))
        relationship = self.plan.relationship_of[place]
        trigger = None if relationship is None else self.plan.conditions[relationship].trigger
        if isinstance(trigger, EarlierOf):
            claims += [z3.Not(self.met[other]) for other in trigger.inputs if other != place]
        return z3.And(*claims)

    def has_ended(self) -> z3.BoolRef:
        """Whether nothing that may still be recorded, and no acceleration that the terms declare, changes anything."""
        return z3.Not(self.query.any_of(self.is_waiting(place) for place in self._places))

    def avoid_like(self, model: z3.ModelRef) -> None:
        """Assert that not the same is recorded and entered as in a model."""
        chosen = [*self.entered.values(), *(recorded for recorded, _ in self.recorded.values())]
        alike = [each if z3.is_true(model.eval(each, model_completion=True)) else z3.Not(each) for each in chosen]
        self.query.add(z3.Not(z3.And(*alike)))

    def path(self, model: z3.ModelRef) -> tuple[tuple[int, int], ...]:
        """The conditions that a model enters with their day numbers, by day and then in the plan's order."""
        found = [
            (value_of(model, self.days[place]), self.plan.order[place], place)
            for place in self._places
            if z3.is_true(model.eval(self.entered[place], model_completion=True))
        ]
        return tuple((place, day) for day, _, place in sorted(found))


__all__ = ["IndependentExecution", "require_independence"]
