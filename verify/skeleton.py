"""The graph of a terms object as far as it can be read, valid OCF or not.

Structural properties are decided on this, so that a wrong field in one place does not hide a cycle in another.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from vestverify.engine.numeric import parse_numeric
from vestverify.plan_graph import reachable

if TYPE_CHECKING:
    import networkx

#: Trigger types whose conditions stand between others (#542).
EARLIER_OF = "VESTING_RELATIONSHIP_EARLIER_OF"
LATER_OF = "VESTING_RELATIONSHIP_LATER_OF"


@dataclasses.dataclass(frozen=True, slots=True)
class BareCondition:
    """One condition, by what the structure needs of it.

    Attributes:
        id: its id.
        pointer: JSON pointer from the root of the document.
        following: the ids that ``next_condition_ids`` names, in order.
        reference: ``relative_to_condition_id``, if any.
        numerator, denominator, quantity: its amounts, where they are exact numbers.
        occurrences, cliff: of its period, where they are whole numbers.
        relationship: the type of its trigger, if that is an EARLIER_OF or a LATER_OF.
        inputs: its ``input_condition_ids``; None where it has none.
    """

    id: str
    pointer: str
    following: tuple[str, ...]
    reference: str | None
    numerator: Fraction | None
    denominator: Fraction | None
    quantity: Fraction | None
    occurrences: int | None
    cliff: int | None
    relationship: str | None
    inputs: tuple[str, ...] | None


@dataclasses.dataclass(frozen=True)
class Skeleton:
    """The conditions of one terms object, in document order, with the graph that they form.

    Attributes:
        pointer: JSON pointer of the terms object.
        conditions: those that have an id.
    """

    pointer: str
    conditions: tuple[BareCondition, ...]

    @functools.cached_property
    def first(self) -> dict[str, BareCondition]:
        """The first condition of each id."""
        found: dict[str, BareCondition] = {}
        for condition in self.conditions:
            found.setdefault(condition.id, condition)
        return found

    @functools.cached_property
    def initial(self) -> tuple[str, ...]:
        """Ids that no condition leads to (GRF-2)."""
        led_to = {identifier for condition in self.conditions for identifier in condition.following}
        return tuple(identifier for identifier in self.first if identifier not in led_to)

    @functools.cached_property
    def graph(self) -> networkx.DiGraph[str]:
        """Ids and the edges of ``next_condition_ids`` between them."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph()
        graph.add_nodes_from(self.first)
        graph.add_edges_from(self.edges())
        return graph

    def edges(self) -> Iterator[tuple[str, str]]:
        """Edges between conditions that exist, in document order."""
        seen: set[tuple[str, str]] = set()
        for condition in self.conditions:
            for identifier in condition.following:
                edge = (condition.id, identifier)
                if identifier in self.first and edge not in seen:
                    seen.add(edge)
                    yield edge

    @functools.cached_property
    def following(self) -> dict[str, list[str]]:
        """For each id the ids of the existing conditions that it leads to."""
        found: dict[str, list[str]] = {identifier: [] for identifier in self.first}
        for origin, target in self.edges():
            found[origin].append(target)
        return found

    @functools.cached_property
    def parents(self) -> dict[str, list[str]]:
        """For each id the ids of the existing conditions that lead to it, in document order."""
        found: dict[str, list[str]] = {identifier: [] for identifier in self.first}
        for origin, target in self.edges():
            found[target].append(origin)
        return found

    @functools.cached_property
    def reached(self) -> frozenset[str]:
        """Ids that some path from an initial condition leads to, the initial ones included."""
        return reachable(self.following, self.initial)

    def after(self, origin: str) -> frozenset[str]:
        """Ids that some path of one edge or more leads to from ``origin``."""
        return reachable(self.following, self.following[origin])


def skeleton_of(conditions: Any, pointer: str, conditions_pointer: str) -> Skeleton:
    """Read as much of a graph as there is.

    Args:
        conditions: the JSON value of ``vesting_conditions``.
        pointer: JSON pointer of the terms object.
        conditions_pointer: JSON pointer of the conditions.
    """
    found = []
    for number, raw in enumerate(conditions if isinstance(conditions, list) else []):
        if isinstance(raw, dict) and isinstance(raw.get("id"), str):
            found.append(_bare(raw, f"{conditions_pointer}/{number}"))
    return Skeleton(pointer, tuple(found))


def _bare(raw: dict[str, Any], pointer: str) -> BareCondition:
    following = raw.get("next_condition_ids")
    trigger = raw.get("trigger")
    trigger = trigger if isinstance(trigger, dict) else {}
    period = trigger.get("period")
    period = period if isinstance(period, dict) else {}
    portion = raw.get("portion")
    portion = portion if isinstance(portion, dict) else {}
    reference = trigger.get("relative_to_condition_id")
    relationship = trigger.get("type") if trigger.get("type") in (EARLIER_OF, LATER_OF) else None
    inputs = trigger.get("input_condition_ids") if relationship is not None else None
    return BareCondition(
        id=raw["id"],
        pointer=pointer,
        following=tuple(item for item in following if isinstance(item, str)) if isinstance(following, list) else (),
        reference=reference if isinstance(reference, str) else None,
        numerator=_number(portion.get("numerator")),
        denominator=_number(portion.get("denominator")),
        quantity=_number(raw.get("quantity")),
        occurrences=_whole(period.get("occurrences")),
        cliff=_whole(period.get("cliff_installment")),
        relationship=relationship,
        inputs=tuple(item for item in inputs if isinstance(item, str)) if isinstance(inputs, list) else None,
    )


def _number(value: Any) -> Fraction | None:
    try:
        return parse_numeric(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
