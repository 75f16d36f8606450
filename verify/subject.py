"""What the provers decide about: one compiled terms object with its place in a document."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from vestverify.bounds import Bounds
from vestverify.decision import SCOPE
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import Plan, Portion, Quantity
from vestverify.engine.reading import Reading
from vestverify.recording import Question
from vestverify.search import Search
from vestverify.solver import Allowance


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """One terms object under one reading.

    Attributes:
        raw: the VestingTerms as JSON.
        plan: the same, compiled.
        reading: which published answers to follow.
        pointer: JSON pointer of the terms.
        conditions_pointer: JSON pointer of its conditions.
        rlimit: solver resource units allowed for one question.
        search: executions of the engine found so far.
        allowance: solver resource units left for the hard questions.
        grant: the one grant that totals are compared with: a case's, where fixed quantities make it
            matter; None for all grants.
        bounds_known: bounds on totals computed so far, by the grant they are compared for.
        bounds_shown: whether the solver confirmed them, and if not, why that is open.
        bounds_asked: what it was asked for that, where questions are recorded.
        totals_known: what executions are entitled to, by what is recorded and the grant, where it was asked for.
        sampled: inputs run on the engine before the solver is asked, where siblings are independent.
    """

    raw: Mapping[str, Any]
    plan: Plan
    reading: Reading
    pointer: str
    conditions_pointer: str
    rlimit: int
    search: Search
    allowance: Allowance
    grant: Fraction | None = None
    bounds_known: dict[Fraction | None, Bounds] = dataclasses.field(default_factory=dict)
    bounds_shown: dict[Fraction | None, tuple[bool, str]] = dataclasses.field(default_factory=dict)
    bounds_asked: dict[Fraction | None, list[Question]] = dataclasses.field(default_factory=dict)
    totals_known: dict[tuple[frozenset[tuple[int, int]], Fraction], Fraction] = dataclasses.field(default_factory=dict)
    sampled: list[dict[int, int]] = dataclasses.field(default_factory=list)

    def asking_little(self, parts: int) -> Subject:
        """The same, with questions to the solver that together may spend little, whatever was spent before."""
        return dataclasses.replace(self, allowance=self.allowance.part(parts))

    def id_of(self, place: int) -> str:
        """The id of a condition."""
        return self.plan.conditions[place].id

    def ids_of(self, places: tuple[int, ...]) -> tuple[str, ...]:
        """The ids of conditions."""
        return tuple(self.id_of(place) for place in places)

    def pointer_to(self, place: int) -> str:
        """The JSON pointer of a condition."""
        return f"{self.conditions_pointer}/{place}"

    @property
    def has_quantities(self) -> bool:
        """Whether any condition vests a fixed number of shares."""
        return any(isinstance(each.amount, Quantity) and each.amount.shares for each in self.plan.conditions)

    @property
    def scope(self) -> dict[str, str]:
        """For which inputs verdicts about executions hold."""
        if self.grant is None:
            return dict(SCOPE)
        return {**SCOPE, "grant_quantity": f"{format_quantity(self.grant)}, this case's"}

    def round_grant(self) -> Fraction:
        """A grant of at least 100 shares of which every stated portion is a whole number, if that is small."""
        if self.grant is not None:
            return self.grant
        denominator = 1
        for condition in self.plan.conditions:
            amount = condition.amount
            if isinstance(amount, Portion):
                denominator = lcm(denominator, amount.ratio.denominator)
            if denominator > 1_000_000:
                return Fraction(1_000)
        for readable in (100, 1_000, 1_200, 4_800, 12_000, 48_000):
            if readable % denominator == 0:
                return Fraction(readable)
        return Fraction(denominator * max(1, -(-100 // denominator)))
