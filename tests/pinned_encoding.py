"""The encoding pinned to one input: the schedule that it gives, by itself, beside the engine's."""

from __future__ import annotations

from fractions import Fraction

import z3

from vestverify.encoding.allocation import SymbolicShares
from vestverify.encoding.calendar import value_of
from vestverify.encoding.entitlement import tranches_of
from vestverify.encoding.execution import SymbolicExecution
from vestverify.encoding.schedule import vests_on
from vestverify.engine.plan import Plan
from vestverify.engine.reading import DEFAULT_READING, Reading, reading_from
from vestverify.engine.schedule import Installment, Outcome, merge
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


def assert_same_schedule(
    plan: Plan, reading: Reading, recorded: dict[int, int], grant: Fraction, grant_day: int, outcome: Outcome
) -> None:
    """The encoding enters the same conditions on the same days and vests the same installments as the engine did."""
    path, installments = schedule_by_encoding(plan, reading, recorded, grant, grant_day)
    assert path == tuple((entry.place, entry.entered) for entry in outcome.entries)
    assert installments == outcome.schedule.installments
