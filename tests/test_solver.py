"""The solver's budget and its interruption."""

from __future__ import annotations

import os
import random
import signal
import threading

import pytest
import z3

from vestverify.solver import Allowance, Query, Satisfiability


def hard(query: Query) -> None:
    """Equations that no solver settles within any budget used here."""
    numbers = [query.integer(f"x{number}") for number in range(60)]
    chooser = random.Random(1)
    for _ in range(40):
        total = z3.Sum([chooser.randrange(-50, 50) * x for x in numbers])
        query.add(total == chooser.randrange(1, 1_000))
    query.add(*(z3.And(x >= 0, x <= 5) for x in numbers))


@pytest.mark.parametrize("logic", [None, "QF_LIA"])
def test_a_question_beyond_the_budget_is_unknown_and_says_so(logic: str | None) -> None:
    query = Query(100_000, isolated=True, logic=logic)
    hard(query)
    assert query.check() is Satisfiability.UNKNOWN
    assert query.reason == "the budget of 100000 resource units is used up"
    assert query.spent >= 100_000
    assert query.check() is Satisfiability.UNKNOWN


def test_units_spent_do_not_depend_on_what_was_asked_before() -> None:
    def spent() -> int:
        query = Query(0)
        x = query.integer("x")
        query.add(x > 1, x * x < 10)
        assert query.check() is Satisfiability.SATISFIABLE
        return query.spent

    first = spent()
    busy = Query(300_000)
    hard(busy)
    busy.check()
    assert spent() <= 2 * first + 1_000


@pytest.mark.parametrize("logic", [None, "QF_LIA"])
def test_an_interrupt_during_a_question_is_an_interrupt_and_no_verdict(logic: str | None) -> None:
    query = Query(2_000_000_000, isolated=True, logic=logic)
    hard(query)
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        query.check()
    timer.join()


def test_the_questions_about_one_terms_object_share_an_allowance() -> None:
    allowance = Allowance(100)
    assert allowance.next_question == 100
    allowance.spent = 350
    assert allowance.next_question == 50
    allowance.spent = 400
    assert allowance.next_question < 0
    assert Allowance(0).next_question == 0
