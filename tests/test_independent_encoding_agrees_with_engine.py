"""Where siblings are independent, the encoding pinned to one input gives what the engine gives."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, recorded_days, vesting_terms

from vestverify.encoding.calendar import value_of
from vestverify.encoding.execution import NotEncoded
from vestverify.encoding.independent_entitlement import IndependentTotals
from vestverify.encoding.independent_execution import IndependentExecution
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import execute
from vestverify.engine.plan import EarlierOf, LaterOf, Plan, Relative, compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.vesting_terms import CalculationType, VestingTerms
from vestverify.solver import Query, Satisfiability

EXECUTIONS_OF_EACH_TERMS = 6
TERMS = {"default": 360, "independent": 90, "others": 140}
LEAST_EXECUTIONS = {"default": 2_000, "independent": 400, "others": 700}
INDEPENDENT = {"siblings": "independent"}
READINGS = {
    "default": [reading_from({})],
    "independent": [reading_from(INDEPENDENT)],
    "others": [
        reading_from({key: value})
        for key, value in (
            ("stepping", "from-previous"),
            ("first_fixed_day", "on-or-after"),
            ("anchor_day", "reference"),
            ("periodic_reference", "first"),
            ("early_event", "ignored"),
            ("leave_periodic", "overlap"),
            ("remainder_basis", "on-entry"),
        )
    ],
}


class Pinned:
    """The encoding of one plan, which is pinned to one input after the other."""

    def __init__(self, plan: Plan, reading: Reading, grant: Fraction) -> None:
        self.query = Query(0)
        self.execution = IndependentExecution(plan, reading, self.query)
        self.totals = IndependentTotals(self.execution, self.query, grant)
        self.grant = grant
        self.lasts = {
            place: self.execution.own_day(None, place, condition.occurrences)
            for place, condition in enumerate(plan.conditions)
            if isinstance(condition.trigger, Relative)
        }

    def run(self, recorded: dict[int, int]) -> tuple[tuple[tuple[int, int], ...], Fraction, dict[int, int]]:
        """The conditions entered with their days, the total vested, and the days of last occurrences."""
        self.query.push()
        self.execution.pin(recorded)
        for _ in range(300):
            assert self.query.check() is Satisfiability.SATISFIABLE
            model = self.query.model()
            if not self.execution.refine(model):
                break
        else:
            raise AssertionError("the calendar was refined 300 times for one input")
        total = model.eval(self.totals.total.of(self.query.fraction(self.grant)), model_completion=True)
        days = {place: value_of(model, day) for place, day in self.lasts.items()}
        path = self.execution.path(model)
        self.query.pop()
        return path, z3.simplify(total).as_fraction(), days


def count_features(seen: Counter[str], plan: Plan, recorded: dict[int, int], reading: Reading) -> None:
    entries = execute(plan, recorded, reading)
    entered = {entry.place for entry in entries}
    seen["executions"] += 1
    seen["several entered"] += len(entered) >= 3
    for place in entered:
        trigger = plan.conditions[place].trigger
        if isinstance(trigger, LaterOf):
            seen[str(trigger.calculation_type)] += 1
            seen["LATER_OF"] += 1
            repeating = any(plan.conditions[each].occurrences > 1 for each in trigger.inputs)
            seen["LATER_OF of a repeating input"] += repeating
        if isinstance(trigger, EarlierOf):
            seen["EARLIER_OF"] += 1
            seen["EARLIER_OF with a loser"] += any(
                each not in entered and plan.conditions[each].recorded and each in recorded for each in trigger.inputs
            )
        if isinstance(trigger, EarlierOf | LaterOf) and any(
            isinstance(plan.conditions[each].trigger, EarlierOf | LaterOf) for each in trigger.inputs
        ):
            seen["relationships of relationships"] += 1
    seen["overdue"] += any(entry.own.day(1) < entry.entered for entry in entries)


@pytest.mark.parametrize("kind", READINGS)
def test_encoding_and_engine_agree_on_random_graphs_and_inputs(kind: str) -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS[kind],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        terms = data.draw(vesting_terms() if kind == "independent" else relationship_terms())
        plan = compile_terms(VestingTerms.model_validate(terms))
        reading = data.draw(st.sampled_from(READINGS[kind]))
        grant = data.draw(st.sampled_from([Fraction(1), Fraction(97), Fraction(1_000)]))
        try:
            pinned = Pinned(plan, reading, grant)
        except NotEncoded:
            seen["not encoded"] += 1
            return
        for _ in range(EXECUTIONS_OF_EACH_TERMS):
            recorded = data.draw(recorded_days(plan))
            entries = execute(plan, recorded, reading)
            expected = tuple(
                (entry.place, entry.entered)
                for entry in sorted(entries, key=lambda entry: (entry.entered, plan.order[entry.place]))
            )
            exact = sum(
                (run.count * run.each for runs in entitlements(plan, entries, grant, reading) for run in runs),
                Fraction(0),
            )
            path, total, lasts = pinned.run(recorded)
            assert path == expected
            assert total == exact
            for entry in entries:
                if entry.place in lasts:
                    assert lasts[entry.place] == entry.own.day(entry.own.count)
            count_features(seen, plan, recorded, reading)

    agree()
    assert seen["executions"] >= LEAST_EXECUTIONS[kind], seen
    minimum_rates = {"several entered": 0.2}
    if kind != "independent":
        minimum_rates |= {
            "EARLIER_OF": 0.15, "EARLIER_OF with a loser": 0.02, "LATER_OF": 0.05, "overdue": 0.05,
            "LATER_OF of a repeating input": 0.005, "relationships of relationships": 0.01,
            **{str(kind): 0.005 for kind in CalculationType},
        }  # fmt: skip
    rates = {feature: seen[feature] / seen["executions"] for feature in minimum_rates}
    assert {feature: rate for feature, rate in rates.items() if rate < minimum_rates[feature]} == {}, seen
    assert BASE.year == 2023
