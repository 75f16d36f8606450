"""Two independent meanings, held together: the encoding, pinned to one input, gives the engine's schedule."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pinned_encoding import READINGS, assert_same_schedule
from random_terms import BASE, grants, recorded_days, vesting_terms

from vestverify.engine.plan import Absolute, Event, Plan, Portion, Quantity, Relative, Start, compile_terms
from vestverify.engine.reading import Reading
from vestverify.engine.schedule import Outcome, run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms

EXECUTIONS_OF_EACH_TERMS = 6
TERMS = 185


def count_features(seen: Counter[str], plan: Plan, outcome: Outcome, recorded: dict[int, int]) -> None:
    seen["executions"] += 1
    seen[str(plan.allocation_type)] += 1
    entered = [plan.conditions[entry.place] for entry in outcome.entries]
    for kind in (Start, Event, Absolute, Relative):
        seen[kind.__name__] += any(isinstance(condition.trigger, kind) for condition in entered)
    seen["several entered"] += len(entered) >= 3
    parents = Counter(following for condition in plan.conditions for following in condition.following)
    seen["diamonds"] += any(count > 1 for count in parents.values())
    seen["ties"] += any(
        later.entered == outcome.entries[number].left for number, later in enumerate(outcome.entries[1:])
    )
    seen["cliffs"] += any(isinstance(each.trigger, Relative) and each.trigger.cliff > 1 for each in entered)
    seen["remainders"] += any(isinstance(each.amount, Portion) and each.amount.remainder for each in entered)
    seen["quantities"] += any(isinstance(each.amount, Quantity) and each.amount.shares for each in entered)
    seen["periodic"] += any(each.occurrences > 1 for each in entered)
    seen["days"] += any(isinstance(each.trigger, Relative) and not each.trigger.in_months for each in entered)
    seen["overdue"] += any(entry.own.day(1) < entry.entered for entry in outcome.entries)
    seen["events that change nothing"] += any(
        place not in {entry.place for entry in outcome.entries} for place in recorded
    )


@pytest.mark.parametrize("readings", READINGS.values(), ids=READINGS.keys())
def test_encoding_and_engine_give_the_same_schedule_on_random_terms_and_inputs(readings: list[Reading]) -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        plan = compile_terms(VestingTerms.model_validate(data.draw(vesting_terms())))
        reading = data.draw(st.sampled_from(readings))
        for _ in range(EXECUTIONS_OF_EACH_TERMS):
            recorded = data.draw(recorded_days(plan))
            grant = data.draw(grants())
            grant_day = BASE.toordinal() + data.draw(st.sampled_from([-900, 0, 40]))
            outcome = run(plan, grant, grant_day, recorded, reading)
            assert_same_schedule(plan, reading, recorded, grant, grant_day, outcome)
            count_features(seen, plan, outcome, recorded)

    agree()
    assert seen["executions"] >= 1_000
    minimum_rates = {
        "Start": 0.25, "Event": 0.15, "Absolute": 0.05, "Relative": 0.2, "several entered": 0.1, "diamonds": 0.1, "ties": 0.1,
        "cliffs": 0.02, "remainders": 0.05, "quantities": 0.05, "periodic": 0.05, "days": 0.03, "overdue": 0.02,
        "events that change nothing": 0.05, **{str(kind): 0.03 for kind in AllocationType},
    }  # fmt: skip
    # Half of what the generator gives: enough to see a corner disappear, not so much as to trip over its dice.
    rates = {feature: seen[feature] / seen["executions"] for feature in minimum_rates}
    assert {feature: rate for feature, rate in rates.items() if rate < minimum_rates[feature]} == {}
