"""Two independent meanings, held together: the encoding, pinned to one input, gives the engine's schedule."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import BASE, grants, recorded_days, vesting_terms

from vestverify.encoding.allocation import SymbolicShares
from vestverify.encoding.calendar import value_of
from vestverify.encoding.entitlement import tranches_of
from vestverify.encoding.execution import SymbolicExecution
from vestverify.encoding.schedule import vests_on
from vestverify.engine.plan import Absolute, Event, Plan, Portion, Quantity, Relative, Start, compile_terms
from vestverify.engine.reading import DEFAULT_READING, Reading, reading_from
from vestverify.engine.schedule import Installment, Outcome, merge, run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.solver import Query, Satisfiability

READINGS = {
    "default": [DEFAULT_READING],
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
            ("allocation_scope", "condition"),
        )
    ],
}
EXECUTIONS_OF_EACH_TERMS = 6
TERMS = 185


def solved(query: Query, execution: SymbolicExecution) -> z3.ModelRef:
    for _ in range(300):
        assert query.check() is Satisfiability.SATISFIABLE
        model = query.model()
        if not execution.refine(model):
            return model
    raise AssertionError("the calendar was refined 300 times for one input")


def schedule_by_encoding(
    plan: Plan, reading: Reading, recorded: dict[int, int], grant: Fraction, grant_day: int
) -> tuple[tuple[tuple[int, int], ...], tuple[Installment, ...]]:
    query = Query(0)
    execution = SymbolicExecution(plan, reading, range(len(plan.conditions)), query, progress=True)
    execution.pin(recorded)
    path = execution.path(solved(query, execution))
    days = {}
    origin = None
    for place, _ in path:
        for occurrence in range(1, plan.conditions[place].occurrences + 1):
            days[place, occurrence] = vests_on(
                execution, query, origin, place, occurrence, execution.known_day(grant_day)
            )
        origin = place
    model = solved(query, execution)
    if not path:
        return path, ()
    shares = SymbolicShares(
        tranches_of(plan, [place for place, _ in path], reading), plan.allocation_type, reading, z3.IntVal(int(grant))
    )
    installments = []
    for number, (place, _) in enumerate(path):
        for occurrence in range(1, plan.conditions[place].occurrences + 1):
            amount = z3.simplify(shares.between(number, occurrence, occurrence))
            exact = amount.as_fraction() if z3.is_rational_value(amount) else Fraction(amount.as_long())
            installments.append(Installment(value_of(model, days[place, occurrence]), exact))
    return path, merge(installments)


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
            path, installments = schedule_by_encoding(plan, reading, recorded, grant, grant_day)
            assert path == tuple((entry.place, entry.entered) for entry in outcome.entries)
            assert installments == outcome.schedule.installments
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
