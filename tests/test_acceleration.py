"""An acceleration never exceeds the grant: proved over symbolic shares, and the symbols held against the engine.

The claims are for one acceleration on a schedule that never exceeds the grant and never takes shares back. What it
gives is such a schedule again, so that they hold for any number of them, one after the other.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from vestverify.encoding.acceleration import SymbolicAdvance
from vestverify.engine.acceleration import Advance, ZeroDenominator, allotment_of, shares_of
from vestverify.engine.reading import Acceleration as Allotment
from vestverify.engine.reading import reading_from
from vestverify.engine.securities import AllotmentType, VestingAcceleration

ENGINE_NAME = {
    Allotment.PRORATA: AllotmentType.PRORATA,
    Allotment.SOONEST: AllotmentType.ASCENDING,
    Allotment.LAST: AllotmentType.DESCENDING,
}

GRANT, BASE, ACCELERATED, SCHEDULED, VALUE, LATER = z3.Ints("grant base accelerated scheduled value later")
PRORATED, LATER_PRORATED = z3.Ints("prorated later_prorated")

#: What the ledger makes sure of before it accelerates: no more than is unvested, which the schedule never exceeds.
LEGAL = z3.And(
    BASE >= 0,
    GRANT >= BASE,
    ACCELERATED >= 0,
    ACCELERATED <= GRANT - BASE,
    SCHEDULED >= 0,
    SCHEDULED <= GRANT - BASE,
)
#: What the schedule without the acceleration gives on two days after it.
ON_SCHEDULE = z3.And(VALUE >= BASE, LATER >= VALUE, LATER <= GRANT)

every_allotment = pytest.mark.parametrize("allotment", list(Allotment), ids=str)


def is_unsatisfiable(*assertions: z3.BoolRef, tactic: str = "smt") -> bool:
    solver = z3.Tactic(tactic).solver()
    solver.set("rlimit", 20_000_000)
    solver.add(*assertions)
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.unsat)


def advance(allotment: Allotment) -> tuple[SymbolicAdvance, z3.BoolRef, z3.ArithRef, z3.ArithRef]:
    """An acceleration, what is known of it, and what has vested by the two days."""
    symbolic = SymbolicAdvance(BASE, ACCELERATED, SCHEDULED, allotment)
    known = z3.And(LEGAL, ON_SCHEDULE)
    if allotment is Allotment.PRORATA:
        known = z3.And(
            known,
            symbolic.prorata_facts(symbolic.due(VALUE), PRORATED),
            symbolic.prorata_facts(symbolic.due(LATER), LATER_PRORATED),
            PRORATED <= LATER_PRORATED,
        )
    return symbolic, known, symbolic.cumulative(VALUE, PRORATED), symbolic.cumulative(LATER, LATER_PRORATED)


@every_allotment
def test_what_has_vested_never_exceeds_the_grant(allotment: Allotment) -> None:
    """Assertions that are unsatisfiable exactly when no acceleration leads beyond the grant."""
    _, known, _, later = advance(allotment)
    assert is_unsatisfiable(known, later > GRANT)
    assert not is_unsatisfiable(known)


@every_allotment
def test_what_has_vested_stays_vested(allotment: Allotment) -> None:
    """Assertions that are unsatisfiable exactly when vested shares never become fewer."""
    _, known, now, later = advance(allotment)
    assert is_unsatisfiable(known, z3.Or(now > later, now < BASE + ACCELERATED))


@every_allotment
def test_never_less_has_vested_than_without_the_acceleration(allotment: Allotment) -> None:
    """Assertions that are unsatisfiable exactly when an acceleration never defers a share."""
    _, known, now, _ = advance(allotment)
    assert is_unsatisfiable(known, now < VALUE)


@every_allotment
def test_in_the_end_as_many_shares_vest_as_without_it_or_as_were_accelerated(allotment: Allotment) -> None:
    """Assertions that are unsatisfiable exactly when an acceleration adds no shares to what was scheduled."""
    symbolic, known, now, _ = advance(allotment)
    last = VALUE == BASE + SCHEDULED
    total = BASE + SCHEDULED + (ACCELERATED - symbolic.taken)
    assert is_unsatisfiable(known, last, now != total)
    assert is_unsatisfiable(known, total <= VALUE, now != VALUE)


@every_allotment
def test_more_than_is_unvested_would_exceed_the_grant(allotment: Allotment) -> None:
    symbolic, known, _, later = advance(allotment)
    known = z3.substitute(known, (LEGAL, z3.And(BASE >= 0, GRANT >= BASE, SCHEDULED >= 0, SCHEDULED <= GRANT - BASE)))
    assert symbolic.allotment is allotment
    assert not is_unsatisfiable(known, ACCELERATED > 0, later > GRANT)


# ---- What sharing out pro rata has, for all numbers ----

EXACT, MORE_EXACT = z3.Reals("exact more_exact")


def facts_of_share(due: z3.ArithRef, kept: z3.ArithRef, everything: z3.ArithRef) -> dict[str, z3.BoolRef]:
    """What holds of EXACT, the ``kept`` of ``everything`` that fall to the shares due, and of MORE_EXACT for more."""
    return {
        "nothing or more": EXACT >= 0,
        "no more than is kept in all": kept >= EXACT,
        "takes no more than is taken in all": due - EXACT <= everything - kept,
        "never fewer for more that is due": MORE_EXACT >= EXACT,
    }


REALS = z3.Reals("due more kept everything")
FACTS_IN_REALS = facts_of_share(REALS[0], REALS[2], REALS[3])


@pytest.mark.parametrize("fact", FACTS_IN_REALS.values(), ids=FACTS_IN_REALS.keys())
def test_an_exact_share_has_the_facts(fact: z3.BoolRef) -> None:
    """For all real numbers, of which the whole ones are some."""
    due, more, kept, everything = REALS
    divided = z3.And(
        everything >= 1,
        due >= 0,
        more >= due,
        more <= everything,
        kept >= 0,
        kept <= everything,
        EXACT * everything == due * kept,
        MORE_EXACT * everything == more * kept,
    )
    assert is_unsatisfiable(divided, z3.Not(fact), tactic="qfnra-nlsat")
    assert not is_unsatisfiable(divided, tactic="qfnra-nlsat")


def test_rounding_the_exact_share_down_keeps_the_facts() -> None:
    """Whole bounds of a number are bounds of the whole number below it."""
    due, kept, everything = z3.Ints("due kept everything")
    exact_facts = z3.And(*facts_of_share(z3.ToReal(due), z3.ToReal(kept), z3.ToReal(everything)).values())
    floor, more_floor = z3.ToInt(EXACT), z3.ToInt(MORE_EXACT)
    facts = z3.And(floor >= 0, floor <= kept, due - floor <= everything - kept, more_floor >= floor)
    assert is_unsatisfiable(exact_facts, z3.Not(facts))
    assert not is_unsatisfiable(exact_facts)


# ---- The symbols and the engine ----


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(list(Allotment)),
    st.integers(0, 50),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 150),
)
def test_the_symbols_mean_what_the_engine_does(
    allotment: Allotment, base: int, accelerated: int, scheduled: int, more: int
) -> None:
    symbolic = SymbolicAdvance(z3.IntVal(base), z3.IntVal(accelerated), z3.IntVal(scheduled), allotment)
    exact = Advance(Fraction(base), Fraction(accelerated), Fraction(scheduled), ENGINE_NAME[allotment], True)
    expected = exact.cumulative(Fraction(base + more))
    assert z3.simplify(symbolic.cumulative(z3.IntVal(base + more))).as_long() == expected


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(list(AllotmentType)),
    st.booleans(),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(1, 4),
)
def test_what_is_proved_for_whole_shares_holds_for_fractions_of_them(
    allotment: AllotmentType, whole: bool, base: int, scheduled: int, more: int, divisor: int
) -> None:
    unit = Fraction(1, divisor)
    unvested = (scheduled + more) * unit
    for accelerated in (Fraction(0), unvested / 2, unvested):
        taken = Advance(base * unit, accelerated, scheduled * unit, allotment, whole)
        values = [taken.cumulative(base * unit + step * unit) for step in range(scheduled + more + 1)]
        assert values == sorted(values)
        assert values[-1] <= base * unit + unvested
        assert values[0] == base * unit + accelerated


# ---- How much is asked for ----


def test_the_reading_chooses_where_the_transaction_does_not() -> None:
    nothing_stated = VestingAcceleration()
    for reading, allotment in ENGINE_NAME.items():
        assert allotment_of(nothing_stated, reading_from({"acceleration": str(reading)})) is allotment
        stated = VestingAcceleration(allotment_type=AllotmentType.ASCENDING)
        assert allotment_of(stated, reading_from({"acceleration": str(reading)})) is AllotmentType.ASCENDING


def test_a_portion_is_of_what_is_unvested_and_whole_where_shares_are() -> None:
    third = VestingAcceleration.model_validate({"portion": {"numerator": "1", "denominator": "3"}})
    assert shares_of(third, Fraction(100), in_whole_shares=True) == 33
    assert shares_of(third, Fraction(100), in_whole_shares=False) == Fraction(100, 3)
    assert shares_of(VestingAcceleration(), Fraction(100), in_whole_shares=True) == 100


def test_a_portion_without_a_meaning_is_an_error_of_its_own() -> None:
    nothing = VestingAcceleration.model_validate({"portion": {"numerator": "1", "denominator": "0"}})
    with pytest.raises(ZeroDenominator):
        shares_of(nothing, Fraction(100), in_whole_shares=True)
