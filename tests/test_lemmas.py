"""Lemmas that the product only instantiates, proved here for all grants and all numbers of tranches.

Each query asserts the premises and the negated conclusion, so that it is unsatisfiable exactly when the
lemma holds; the premises alone have a model, so that no lemma holds for want of one.
"""

from __future__ import annotations

import pytest
import z3

N, Q, R, K = z3.Ints("tranches grant remainder installment")
QUOTIENT = z3.Int("quotient")
#: N tranches of a grant of QUOTIENT * N + R shares.
DIVIDED = z3.And(N >= 1, Q >= 0, R >= 0, R < N, Q == QUOTIENT * N + R, QUOTIENT >= 0)

SUM, FRACTION, FLOORS, COUNT, NEXT = (
    z3.Real("exact"),
    z3.Real("fraction"),
    z3.Int("floors"),
    z3.Int("count"),
    z3.Real("next"),
)
PREFIX, LATER = z3.Reals("prefix later")
MISSING, POSITION, FURTHER, TRANCHES = z3.Ints("missing position further tranches_in_all")
#: One tranche after another: how many of them are entitled to something, before and after it.
ADVANCES = z3.And(MISSING >= 0, POSITION >= 0, FURTHER >= POSITION, FURTHER <= TRANCHES)


def floor_of(value: z3.ArithRef) -> z3.ArithRef:
    return z3.ToInt(value)


LEMMAS = {
    # ALC-3 B, floor types: the shares left over by flooring are fewer than the tranches, by induction on them.
    "flooring one more tranche leaves over less than one share more": (
        z3.And(COUNT >= 0, SUM - FLOORS >= 0, SUM - FLOORS <= COUNT, NEXT >= 0),
        z3.And(
            SUM + NEXT - (FLOORS + floor_of(NEXT)) >= 0,
            SUM + NEXT - (FLOORS + floor_of(NEXT)) < COUNT + 1,
        ),
    ),
    "so the missing shares can be handed out one to a tranche": (
        z3.And(COUNT >= 1, SUM - FLOORS >= 0, SUM - FLOORS < COUNT),
        z3.And(floor_of(SUM) - FLOORS >= 0, floor_of(SUM) - FLOORS < COUNT),
    ),
    "flooring a whole grant changes nothing": (z3.And(Q >= 0), floor_of(z3.ToReal(Q)) == Q),
    "rounding a whole grant half up changes nothing": (z3.And(Q >= 0), floor_of(z3.ToReal(Q) + z3.Q(1, 2)) == Q),
    "cumulative rounding never takes a share back": (
        z3.And(PREFIX >= 0, LATER >= PREFIX),
        floor_of(LATER + z3.Q(1, 2)) >= floor_of(PREFIX + z3.Q(1, 2)),
    ),
    "rounding half up never exceeds a whole grant that is not exceeded": (
        z3.And(PREFIX >= 0, z3.ToReal(Q) >= PREFIX),
        floor_of(PREFIX + z3.Q(1, 2)) <= Q,
    ),
    # VV306: no allocation type makes an installment negative where no entitlement is.
    "cumulative rounding down never takes a share back": (
        z3.And(PREFIX >= 0, LATER >= PREFIX),
        floor_of(LATER) >= floor_of(PREFIX),
    ),
    "flooring an entitlement that is not negative gives shares that are not": (NEXT >= 0, floor_of(NEXT) >= 0),
    "front loading never takes an extra share back": (
        ADVANCES,
        z3.If(MISSING <= FURTHER, MISSING, FURTHER) >= z3.If(MISSING <= POSITION, MISSING, POSITION),
    ),
    "back loading never takes an extra share back": (
        ADVANCES,
        z3.If(FURTHER > TRANCHES - MISSING, FURTHER - (TRANCHES - MISSING), 0)
        >= z3.If(POSITION > TRANCHES - MISSING, POSITION - (TRANCHES - MISSING), 0),
    ),
    "loading the first tranche never takes its extra shares back": (
        ADVANCES,
        z3.If(FURTHER >= 1, MISSING, 0) >= z3.If(POSITION >= 1, MISSING, 0),
    ),
    "loading the last tranche never takes its extra shares back": (
        ADVANCES,
        z3.If(FURTHER == TRANCHES, MISSING, 0) >= z3.If(POSITION == TRANCHES, MISSING, 0),
    ),
    "a fraction that is carried into a condition takes no share back": (
        z3.And(FRACTION >= 0, LATER >= PREFIX, PREFIX >= 0),
        floor_of(FRACTION + LATER) >= floor_of(FRACTION + PREFIX),
    ),
    # ALC-2: equal tranches, N and the grant both symbolic.
    "front loading hands out the remainder": (DIVIDED, N * QUOTIENT + R == Q),
    "no tranche of a front loaded block differs by more than one share": (
        z3.And(DIVIDED, K >= 1, K <= N),
        z3.And(QUOTIENT + z3.If(K <= R, 1, 0) >= QUOTIENT, QUOTIENT + z3.If(K <= R, 1, 0) <= QUOTIENT + 1),
    ),
    "what a front loaded block has vested by installment k is q*k and the extras so far": (
        z3.And(DIVIDED, K >= 0, K < N),
        QUOTIENT * (K + 1) + z3.If(K + 1 <= R, K + 1, R)
        == QUOTIENT * K + z3.If(K <= R, K, R) + QUOTIENT + z3.If(K + 1 <= R, 1, 0),
    ),
    "what a back loaded block has vested by installment k is q*k and the extras so far": (
        z3.And(DIVIDED, K >= 0, K < N),
        QUOTIENT * (K + 1) + z3.If(K + 1 > N - R, K + 1 - (N - R), 0)
        == QUOTIENT * K + z3.If(K > N - R, K - (N - R), 0) + QUOTIENT + z3.If(K + 1 > N - R, 1, 0),
    ),
}  # fmt: skip


def unsatisfiable(*assertions: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.set("random_seed", 0)
    solver.set("rlimit", 20_000_000)
    solver.add(*assertions)
    answer = solver.check()
    assert answer != z3.unknown
    return bool(answer == z3.unsat)


@pytest.mark.parametrize(("premises", "conclusion"), LEMMAS.values(), ids=LEMMAS.keys())
def test_lemma_holds_and_is_not_vacuous(premises: z3.BoolRef, conclusion: z3.BoolRef) -> None:
    assert unsatisfiable(premises, z3.Not(conclusion))
    assert not unsatisfiable(premises)


def test_a_false_lemma_is_not_proved() -> None:
    premises, _ = LEMMAS["so the missing shares can be handed out one to a tranche"]
    assert not unsatisfiable(premises, z3.Not(floor_of(SUM) - FLOORS < COUNT - 1))
