"""The engine's execution as constraints (PTH-1, PTH-2, DAT-1 to DAT-7): which conditions are entered, and when.

One path is taken. Each edge has a Boolean that says whether the path takes it, each condition a Boolean that
says whether it is entered and a day on which it is; starts and events are free days, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import z3

from vestverify.encoding.calendar import Calendar, SymbolicDay, before, not_after, same, value_of
from vestverify.encoding.own_dates import Node, SymbolicDates
from vestverify.encoding.symbols import meaning_in
from vestverify.engine.plan import Absolute, Event, Plan, Relative, Start
from vestverify.engine.reading import (
    AnchorDay,
    EarlyEvent,
    LeavePeriodic,
    Reading,
    Roots,
    Siblings,
)
from vestverify.plan_graph import ancestors_of, parents_of, topological
from vestverify.solver import Query


class NotEncoded(ValueError):
    """A reading whose executions are not one path; the message names it."""


def require_one_path(plan: Plan, reading: Reading) -> None:
    """Check that executions are single paths whose periodic conditions complete.

    Raises:
        NotEncoded: under this reading they need not be.
    """
    if reading.siblings is Siblings.INDEPENDENT:
        raise NotEncoded("siblings are independent under this reading")
    if plan.has_relationships:
        raise NotEncoded("the prover does not decide relationships between siblings that exclude each other")
    if reading.roots is Roots.ALL and len(plan.initial) > 1:
        raise NotEncoded("the prover does not decide roots=all; the engine runs it")
    cuts = reading.leave_periodic is LeavePeriodic.ON_NEXT
    if cuts and any(condition.occurrences > 1 and condition.following for condition in plan.conditions):
        raise NotEncoded("the prover does not decide leave_periodic=on-next; the engine runs it")


class SymbolicExecution(SymbolicDates):
    """All executions of a plan that reach given conditions.

    Attributes:
        plan, reading: what is executed.
        query: what receives the assertions.
        core: the conditions whose entry is encoded: the targets and all that can lead to them.
        recorded: for each start and event condition concerned, whether and when it is recorded.
        entered: for each condition of the core, whether it is entered.
        days: for each condition of the core, the day on which it is entered.
        taken: for each edge of the core (parent None for initial conditions), whether the path takes it.
    """

    def __init__(
        self,
        plan: Plan,
        reading: Reading,
        targets: Iterable[int],
        query: Query,
        *,
        progress: bool = False,
        never_entered: frozenset[int] = frozenset(),
        beside: SymbolicExecution | None = None,
        apart: frozenset[int] = frozenset(),
    ) -> None:
        """Assert what all executions obey.

        Args:
            plan: the compiled terms.
            reading: which published answers to follow.
            targets: places of the conditions of interest; only what can lead to them is encoded.
            query: receives the assertions.
            progress: also assert that the path goes on wherever it can; needed where a claim is about
                what has not been entered.
            never_entered: places of conditions that were shown before to be entered by no execution.
            beside: another execution of the same plan and targets in the same query. Both are given the same
                starts and events, and share whatever does not concern the conditions of ``apart``.
            apart: places of the conditions that the two executions may enter differently.

        Raises:
            NotEncoded: see ``require_one_path``.
        """
        require_one_path(plan, reading)
        self.plan = plan
        self._beside = beside
        self._apart = apart
        self.reading = reading
        self.query = query
        query.meaning = meaning_in(plan)
        self._parents = parents_of(plan)
        alive = {
            place: [parent for parent in parents if parent not in never_entered]
            for place, parents in self._parents.items()
        }
        self.core = ancestors_of(alive, targets)
        self._ancestors = {place: ancestors_of(alive, [place]) for place in self.core}
        self._calendar: Calendar = Calendar(query, self._counts_days()) if beside is None else beside._calendar
        self.recorded: dict[int, tuple[z3.BoolRef, SymbolicDay]] = {} if beside is None else beside.recorded
        self.taken: dict[tuple[int | None, int], z3.BoolRef] = {}
        if beside is not None:
            self.taken |= {edge: taken for edge, taken in beside.taken.items() if edge[1] not in apart}
        self._caps: dict[tuple[int, int], Callable[[int], int]] = {}
        self._nodes: dict[int, Node] = {}
        for place in topological(plan):
            if place in self.core:
                self._nodes[place] = self._node(place)
        self.entered = {place: node.entered for place, node in self._nodes.items()}
        self.days = {place: node.day for place, node in self._nodes.items()}
        for place in self.core:
            if not self._is_shared(place):
                self._enter(place)
        origins: list[int | None] = [None, *(place for place in self.core if self._following(place))]
        for origin in origins:
            if not all(self._is_shared(place) for place in self._following(origin)):
                self._choose(origin, progress)

    def _is_shared(self, place: int) -> bool:
        return self._beside is not None and place not in self._apart

    def _counts_days(self) -> bool:
        concerned = set(self.core)
        for place in self.core:
            concerned.update(self.plan.conditions[place].following)
        return any(
            isinstance(trigger, Relative) and not trigger.in_months and trigger.length > 0
            for trigger in (self.plan.conditions[place].trigger for place in concerned | set(self.plan.initial))
        )

    def _following(self, origin: int | None) -> tuple[int, ...]:
        return self.plan.initial if origin is None else self.plan.conditions[origin].following

    def _name(self, what: str, place: int) -> str:
        return f"{what}_{place}.other" if place in self._apart else f"{what}_{place}"

    def _node(self, place: int) -> Node:
        if self._beside is not None and place not in self._apart:
            return self._beside._nodes[place]
        entered, anchor = self._name("entered", place), self._name("anchor", place)
        day = self._calendar.unknown(entered)
        periodic = self.plan.conditions[place].occurrences > 1
        completed = self._calendar.unknown(self._name("completed", place)) if periodic else day
        left = completed if self.reading.leave_periodic is LeavePeriodic.AFTER_LAST else day
        return Node(self.query.boolean(entered), day, completed, left, self.query.integer(anchor))

    def _edges_into(self, place: int) -> list[int | None]:
        origins: list[int | None] = [parent for parent in self._parents[place] if parent in self.core]
        if place in self.plan.initial:
            origins.append(None)
        return origins

    def _enter(self, place: int) -> None:
        node = self._nodes[place]
        edges = [self._edge(origin, place) for origin in self._edges_into(place)]
        self.query.add(node.entered == self.query.any_of(edges))
        self.query.add(self._calendar.immaterial_unless(node.entered, node.day))
        if node.completed is not node.day:
            self.query.add(self._calendar.immaterial_unless(node.entered, node.completed))
        self.query.add(z3.Implies(z3.Not(node.entered), node.anchor == 0))

    def _edge(self, origin: int | None, place: int) -> z3.BoolRef:
        edge = (origin, place)
        if edge not in self.taken:
            self.taken[edge] = self.query.boolean(self._name(f"taken_{'initial' if origin is None else origin}", place))
        return self.taken[edge]

    def _choose(self, origin: int | None, progress: bool) -> None:
        following = self._following(origin)
        left = None if origin is None else self._nodes[origin].left
        entered = self.query.truth(True) if origin is None else self._nodes[origin].entered
        met = {place: self.met(origin, place) for place in following}
        inside = [place for place in following if place in self.core]
        for place in inside:
            condition = met[place]
            if condition is None:
                self.query.add(z3.Not(self._edge(origin, place)))
                continue
            is_met, own = condition
            claims = [entered, is_met]
            for other in following:
                rival = met[other]
                if other == place or rival is None:
                    continue
                first = following.index(place) < following.index(other)
                claims.append(z3.Implies(rival[0], _comes_first(own, rival[1], left, first)))
            claims.extend(self._entry(origin, place, own, left))
            self.query.add(z3.Implies(self._edge(origin, place), z3.And(*claims)))
        edges = [self._edge(origin, place) for place in inside]
        self.query.add(self.query.at_most_one(edges)) if len(edges) > 1 else None
        if progress and edges:
            possible = self.query.any_of(rival[0] for rival in met.values() if rival is not None)
            self.query.add(z3.Implies(z3.And(entered, possible), z3.Or(*edges)))

    def _entry(self, origin: int | None, place: int, own: SymbolicDay, left: SymbolicDay | None) -> list[z3.BoolRef]:
        node = self._nodes[place]
        trigger = self.plan.conditions[place].trigger
        if left is None:
            claims = [same(node.day, own)]
        else:
            claims = [z3.If(not_after(left, own), same(node.day, own), same(node.day, left))]
        inherited = self.query.number(0) if origin is None else self._nodes[origin].anchor
        is_start = isinstance(trigger, Start)
        claims.append(node.anchor == (z3.If(inherited > 0, inherited, node.day.day) if is_start else inherited))
        if self.plan.conditions[place].occurrences > 1:
            last = self.own_day(origin, place, self.plan.conditions[place].occurrences)
            claims.append(z3.If(not_after(node.day, last), same(node.completed, last), same(node.completed, node.day)))
        return claims

    def met(self, origin: int | None, place: int) -> tuple[z3.BoolRef, SymbolicDay] | None:
        """Whether a condition that may follow ``origin`` is met by itself, and its own day; None where it never is."""
        trigger = self.plan.conditions[place].trigger
        if isinstance(trigger, Absolute):
            return self.query.truth(True), self._calendar.constant(trigger.day)
        if isinstance(trigger, Start | Event):
            recorded, day = self._record(place)
            if self.reading.early_event is EarlyEvent.IGNORED and origin is not None:
                return z3.And(recorded, not_after(self._nodes[origin].left, day)), day
            return recorded, day
        if not isinstance(trigger, Relative) or trigger.reference is None or origin is None:
            return None
        if trigger.reference not in self._ancestors[origin]:
            return None
        return self._nodes[trigger.reference].entered, self.own_day(origin, place, 1)

    def _anchor(self, origin: int | None, place: int, base: SymbolicDay) -> z3.ArithRef:
        assert origin is not None
        if self.reading.anchor_day is AnchorDay.REFERENCE:
            return base.day
        starts = [place for place in self._ancestors[origin] if isinstance(self.plan.conditions[place].trigger, Start)]
        if not starts:
            return base.day
        if len(starts) == 1 and self.plan.initial == (starts[0],):
            return self._nodes[starts[0]].day.day
        anchor = self._nodes[origin].anchor
        return z3.If(anchor > 0, anchor, base.day)

    def avoid_path(self, model: z3.ModelRef) -> None:
        """Assert that the path is not the one that a model takes."""
        taken = [edge for edge in self.taken.values() if z3.is_true(model.eval(edge, model_completion=True))]
        self.query.add(z3.Not(z3.And(*taken)))

    def path(self, model: z3.ModelRef) -> tuple[tuple[int, int], ...]:
        """The conditions that a model enters with their day numbers, in path order."""
        following = {
            origin: place
            for (origin, place), edge in self.taken.items()
            if z3.is_true(model.eval(edge, model_completion=True))
        }
        found: list[tuple[int, int]] = []
        place = following.get(None)
        while place is not None:
            found.append((place, value_of(model, self.days[place])))
            place = following.get(place)
        return tuple(found)


def _comes_first(own: SymbolicDay, rival: SymbolicDay, left: SymbolicDay | None, listed_first: bool) -> z3.BoolRef:
    if listed_first:
        earlier = not_after(own, rival)
        return earlier if left is None else z3.Or(earlier, not_after(own, left))
    earlier = before(own, rival)
    return earlier if left is None else z3.And(earlier, before(left, rival))
