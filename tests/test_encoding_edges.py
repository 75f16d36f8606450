"""The encoding beside the engine where dates meet and fractions are left over: schedules worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import z3
from pinned_encoding import assert_same_schedule
from test_date_properties import condition, event, portion, relative, start
from test_engine_edges import terms_of

from vestverify.encoding.allocation import SymbolicShares
from vestverify.encoding.entitlement import SymbolicTotals, Vested, bounds_are_not_inductive, tranches_of
from vestverify.encoding.execution import SymbolicExecution
from vestverify.engine.allocation import allocate
from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.entitlement import Run
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import AllocationScope, Reading, reading_from
from vestverify.engine.schedule import run
from vestverify.engine.vesting_terms import AllocationType
from vestverify.solver import Query, Satisfiability

HALF = portion(1, 2)
ALL_THAT_IS_LEFT = {**portion(1, 1), "remainder": True}
HALF_OF_WHAT_IS_LEFT = {**portion(1, 2), "remainder": True}


def months(identifier: str, reference: str, length: int, following: list[str], **more: Any) -> dict[str, Any]:
    return relative(identifier, reference, length, following, **more)


def date(identifier: str, day: str, following: list[str], **more: Any) -> dict[str, Any]:
    return condition(identifier, "VESTING_SCHEDULE_ABSOLUTE", following, date=day, **more)


def with_cliff(block: dict[str, Any], cliff: int) -> dict[str, Any]:
    block["trigger"]["period"]["cliff_installment"] = cliff
    return block


#: What happens, the rule, the conditions, what is recorded, the choices of the reading, and what vests of 1,200 shares.
SCHEDULES: list[tuple[str, list[dict[str, Any]], dict[str, str], dict[str, str], dict[str, int]]] = [
    (
        "DAT-2 months count from the base, and a short one leaves no trace",
        [start(["year"]), months("year", "start", 1, [], occurrences=4, portion=portion(1, 4))],
        {"start": "2025-01-31"},
        {},
        {"2025-02-28": 300, "2025-03-31": 300, "2025-04-30": 300, "2025-05-31": 300},
    ),
    (
        "DAT-2 where each date takes the day of the one before, a short month counts from itself on",
        [
            start(["block"]),
            months("block", "start", 1, ["after"], occurrences=2, portion=portion(1, 4)),
            months("after", "block", 1, [], portion=HALF),
        ],
        {"start": "2023-12-31"},
        {"stepping": "from-previous", "anchor_day": "reference"},
        {"2024-01-31": 300, "2024-02-29": 300, "2024-03-29": 600},
    ),
    (
        "DAT-1 and DAT-2 days and months in one document",
        [
            start(["days"]),
            relative("days", "start", 10, ["month"], unit="DAYS", portion=HALF),
            months("month", "start", 1, [], portion=HALF),
        ],
        {"start": "2024-03-01"},
        {},
        {"2024-03-11": 600, "2024-04-01": 600},
    ),
    (
        "DAT-3 a fixed day exactly a full period later is not put off",
        [start(["month"]), months("month", "start", 1, [], day_of_month="15", portion=portion(1, 1))],
        {"start": "2024-01-15"},
        {"first_fixed_day": "on-or-after"},
        {"2024-02-15": 1200},
    ),
    (
        "DAT-3 a fixed day before a full period is over is put off",
        [start(["month"]), months("month", "start", 1, [], day_of_month="15", portion=portion(1, 1))],
        {"start": "2024-01-16"},
        {"first_fixed_day": "on-or-after"},
        {"2024-03-15": 1200},
    ),
    (
        "DAT-4 of two start conditions on a path the first gives the vesting start day",
        [
            start(["again"]),
            condition("again", "VESTING_START_DATE", ["month"], quantity="0"),
            months("month", "again", 1, [], portion=portion(1, 1)),
        ],
        {"start": "2024-01-31", "again": "2024-02-10"},
        {},
        {"2024-03-31": 1200},
    ),
    (
        "DAT-5 a fixed day before the one counted from is that one",
        [
            start(["block"]),
            months("block", "start", 1, ["same"], occurrences=3, portion=portion(1, 6)),
            months("same", "block", 0, [], day_of_month="05", portion=HALF),
        ],
        {"start": "2024-01-20"},
        {"leave_periodic": "overlap"},
        {"2024-02-20": 200, "2024-03-20": 200, "2024-04-20": 800},
    ),
    (
        "DAT-6 what counts from a block counts from its last occurrence",
        [
            start(["first"]),
            months("first", "start", 1, ["second"], occurrences=2, portion=portion(1, 4)),
            months("second", "first", 1, [], occurrences=2, portion=portion(1, 4)),
        ],
        {"start": "2024-01-15"},
        {},
        {"2024-02-15": 300, "2024-03-15": 300, "2024-04-15": 300, "2024-05-15": 300},
    ),
    (
        "DAT-7 a date that has passed when its parent is left is met then",
        [start(["sale"]), event("sale", ["dated"], portion=HALF), date("dated", "2024-02-01", [], portion=HALF)],
        {"start": "2024-01-01", "sale": "2024-06-15"},
        {},
        {"2024-06-15": 1200},
    ),
    (
        "DAT-7 an event on the day on which its parent is left is in time where early ones are ignored",
        [start(["month"]), months("month", "start", 1, ["sale"], portion=HALF), event("sale", [], portion=HALF)],
        {"start": "2024-01-01", "sale": "2024-02-01"},
        {"early_event": "ignored"},
        {"2024-02-01": 1200},
    ),
    (
        "DAT-8 an overdue block vests on entry, and what counts from it counts from there",
        [
            start(["sale"]),
            event("sale", ["year"], quantity="0"),
            months("year", "start", 1, ["next"], occurrences=12, portion=portion(1, 24)),
            months("next", "year", 1, [], portion=HALF),
        ],
        {"start": "2024-01-01", "sale": "2025-06-01"},
        {},
        {"2025-06-01": 600, "2025-07-01": 600},
    ),
    (
        "PTH-1 an event on its deadline wins where it is listed first",
        [start(["sale", "lapse"]), event("sale", [], portion=HALF), months("lapse", "start", 12, [], quantity="0")],
        {"start": "2024-01-31", "sale": "2025-01-31"},
        {},
        {"2025-01-31": 600},
    ),
    (
        "PTH-1 an event on its deadline loses where it is listed last",
        [start(["lapse", "sale"]), event("sale", [], portion=HALF), months("lapse", "start", 12, [], quantity="0")],
        {"start": "2024-01-31", "sale": "2025-01-31"},
        {},
        {},
    ),
    (
        "PTH-1 an event before its deadline wins wherever it is listed",
        [start(["lapse", "sale"]), event("sale", [], portion=HALF), months("lapse", "start", 12, [], quantity="0")],
        {"start": "2024-01-31", "sale": "2025-01-30"},
        {},
        {"2025-01-30": 600},
    ),
    (
        "PTH-2 an event after its deadline comes too late wherever it is listed",
        [start(["sale", "lapse"]), event("sale", [], portion=HALF), months("lapse", "start", 12, [], quantity="0")],
        {"start": "2024-01-31", "sale": "2025-02-01"},
        {},
        {},
    ),
    (
        "PTH-3 an event during a block waits for its end",
        [
            start(["block"]),
            months("block", "start", 1, ["sale"], occurrences=3, portion=portion(1, 6)),
            event("sale", [], portion=HALF),
        ],
        {"start": "2024-01-01", "sale": "2024-02-10"},
        {},
        {"2024-02-01": 200, "2024-03-01": 200, "2024-04-01": 800},
    ),
    (
        "AMT-3 a share of the remainder after a fixed quantity",
        [start(["some"]), event("some", ["left"], quantity="200"), event("left", [], portion=HALF_OF_WHAT_IS_LEFT)],
        {"start": "2024-01-01", "some": "2024-02-01", "left": "2024-03-01"},
        {},
        {"2024-02-01": 200, "2024-03-01": 500},
    ),
    (
        "AMT-3 a share of the remainder that repeats, and the rest",
        [
            start(["halves"]),
            months("halves", "start", 1, ["rest"], occurrences=2, portion=HALF_OF_WHAT_IS_LEFT),
            event("rest", [], portion=ALL_THAT_IS_LEFT),
        ],
        {"start": "2024-01-01", "rest": "2024-06-01"},
        {},
        {"2024-02-01": 600, "2024-03-01": 300, "2024-06-01": 300},
    ),
    (
        "CLF-1 what comes before the cliff accrues to it",
        [start(["block"]), with_cliff(months("block", "start", 1, [], occurrences=4, portion=portion(1, 4)), 3)],
        {"start": "2024-01-01"},
        {},
        {"2024-04-01": 900, "2024-05-01": 300},
    ),
    (
        "GRD-1 what accrued before the grant vests on its day",
        [start(["block"]), months("block", "start", 1, [], occurrences=4, portion=portion(1, 4))],
        {"start": "2023-11-15"},
        {},
        {"2024-01-01": 300, "2024-01-15": 300, "2024-02-15": 300, "2024-03-15": 300},
    ),
]


@pytest.mark.parametrize(
    ("conditions", "recorded", "choices", "expected"),
    [case[1:] for case in SCHEDULES],
    ids=[case[0] for case in SCHEDULES],
)
def test_the_encoding_and_the_engine_give_the_schedule_worked_out_by_hand(
    conditions: list[dict[str, Any]], recorded: dict[str, str], choices: dict[str, str], expected: dict[str, int]
) -> None:
    plan = compile_terms(terms_of(*conditions))
    places = {each.id: place for place, each in enumerate(plan.conditions)}
    days = {places[identifier]: parse_day(day) for identifier, day in recorded.items()}
    grant, grant_day, reading = Fraction(1200), parse_day("2024-01-01"), reading_from(choices)
    outcome = run(plan, grant, grant_day, days, reading)
    assert {format_day(row.day): row.shares for row in outcome.schedule.installments} == expected
    assert_same_schedule(plan, reading, days, grant, grant_day, outcome)


def exactly(shares: z3.ArithRef) -> Fraction:
    return Fraction(shares.as_long()) if z3.is_int_value(shares) else shares.as_fraction()


#: Conditions of one path, by what vests; the grants below leave a fraction in each of them.
PATHS: dict[str, list[dict[str, Any]]] = {
    "a block and a condition": [
        months("block", "start", 1, ["last"], occurrences=3, portion=portion(1, 4)),
        event("last", [], portion=portion(1, 4)),
    ],
    "three conditions": [
        event("a", ["b"], portion=portion(1, 4)),
        event("b", ["c"], portion=portion(1, 4)),
        event("c", [], portion=portion(1, 2)),
    ],
    "nothing after a block": [
        months("block", "start", 1, ["lapse"], occurrences=3, portion=portion(1, 3)),
        event("lapse", [], quantity="0"),
    ],
    "a quantity and what is left": [
        event("some", ["left"], quantity="0.5"),
        months("left", "start", 1, [], occurrences=2, portion=HALF_OF_WHAT_IS_LEFT),
    ],
}


@pytest.mark.parametrize("scope", list(AllocationScope))
@pytest.mark.parametrize("allocation_type", list(AllocationType))
@pytest.mark.parametrize("conditions", PATHS.values(), ids=PATHS.keys())
def test_the_encoding_allocates_each_occurrence_of_small_grants_as_the_engine_does(
    conditions: list[dict[str, Any]], allocation_type: AllocationType, scope: AllocationScope
) -> None:
    plan = compile_terms(terms_of(start([conditions[0]["id"]]), *conditions))
    reading = Reading(allocation_scope=scope)
    tranches = tranches_of(plan, range(len(plan.conditions)), reading)
    for grant in range(1, 13):
        runs = [tuple(Run(run.count, run.each.of(Fraction(grant))) for run in entry) for entry in tranches]
        engine = allocate(runs, allocation_type, reading)
        encoding = SymbolicShares(tranches, allocation_type, reading, z3.IntVal(grant))
        for number, entry in enumerate(runs):
            for occurrence in range(1, sum(each.count for each in entry) + 1):
                shares = z3.simplify(encoding.between(number, occurrence, occurrence))
                assert exactly(shares) == engine.between(number, occurrence, occurrence)
        assert exactly(z3.simplify(encoding.total)) == engine.total


THIRTY = Vested(Fraction(0), Fraction(30))
HALF_AND_THIRTY = Vested(Fraction(1, 2), Fraction(30))
#: The claimed least and most that has vested after 30 shares and half of the grant, and whether the path leaves them.
BOUNDS = {
    "what vests": (HALF_AND_THIRTY, HALF_AND_THIRTY, False),
    "less and more": (THIRTY, Vested(Fraction(1), Fraction(0)), False),
    "a share more at least": (Vested(Fraction(1, 2), Fraction(31)), Vested(Fraction(1), Fraction(0)), True),
    "a share less at most": (THIRTY, Vested(Fraction(1, 2), Fraction(29)), True),
    "a smaller part of the grant": (THIRTY, Vested(Fraction(1, 3), Fraction(30)), True),
}


@pytest.mark.parametrize("grant", [None, Fraction(100)])
@pytest.mark.parametrize(("least", "most", "left"), BOUNDS.values(), ids=BOUNDS.keys())
def test_bounds_that_a_path_leaves_are_seen_to_be_left_also_by_fixed_quantities_alone(
    least: Vested, most: Vested, left: bool, grant: Fraction | None
) -> None:
    plan = compile_terms(terms_of(event("some", ["half"], quantity="30"), event("half", [], portion=HALF)))
    (text,) = bounds_are_not_inductive(plan, reading_from({}), {0: THIRTY, 1: least}, {0: THIRTY, 1: most}, grant)
    solver = z3.Solver()
    solver.from_string(text)
    assert solver.check() == (z3.sat if left else z3.unsat)


@pytest.mark.parametrize(
    ("bound", "above"),
    [(Vested(Fraction(1, 2), Fraction(29)), True), (Vested(Fraction(1, 2), Fraction(30)), False)],
    ids=["a share less", "the total itself"],
)
def test_a_total_is_not_above_itself(bound: Vested, above: bool) -> None:
    plan = compile_terms(terms_of(event("some", ["half"], quantity="30"), event("half", [], portion=HALF)))
    query = Query(0)
    execution = SymbolicExecution(plan, reading_from({}), [1], query)
    totals = SymbolicTotals(execution, query)
    query.add(execution.entered[1], totals.above(1, bound))
    assert query.check() is (Satisfiability.SATISFIABLE if above else Satisfiability.UNSATISFIABLE)
