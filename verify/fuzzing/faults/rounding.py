"""Faults in rounding (ALC-2 to ALC-4, NUM-1)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from vestverify.engine.allocation import round_half_up
from vestverify.engine.plan import Plan
from vestverify.engine.vesting_terms import AllocationType
from vestverify.fuzzing.explanations import Prediction, plan_fault, tranche_fault
from vestverify.fuzzing.tranches import Inputs, Tranche, rounded, scheduled

_Rounding = Callable[[Sequence[Fraction], AllocationType], Sequence[Fraction] | None]


def rounding_fault(rule: str, sentence: str) -> Callable[[_Rounding], _Rounding]:
    """Register another rounding of a path's tranches: from exact shares to shares; None where it does not apply."""

    def register(function: _Rounding) -> _Rounding:
        @tranche_fault(rule, sentence, sentence)
        def fault(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
            shares = function([each.exact for each in tranches], inputs.plan.allocation_type)
            if shares is None:
                return None
            return scheduled([each.due for each in tranches], shares, inputs.grant_day)

        return function

    return register


# ---- One type read as another ----


def _read_as(stated: AllocationType, read: AllocationType) -> None:
    words = f"rounds {stated} as {read}"

    @plan_fault("ALC-2", words, words)
    def fault(plan: Plan) -> Plan | None:
        return dataclasses.replace(plan, allocation_type=read) if plan.allocation_type is stated else None


def _all_read_as(read: AllocationType) -> None:
    words = f"rounds as {read}, whatever allocation_type says"

    @plan_fault("ALC-2", words, words)
    def fault(plan: Plan) -> Plan | None:
        return None if plan.allocation_type is read else dataclasses.replace(plan, allocation_type=read)


for _read in AllocationType:
    _all_read_as(_read)
for _stated in AllocationType:
    for _read in AllocationType:
        if _stated is not _read:
            _read_as(_stated, _read)


@plan_fault("ALC-2", "mixes up the front and the back")
def front_and_back_swapped(plan: Plan) -> Plan | None:
    other = {
        AllocationType.FRONT_LOADED: AllocationType.BACK_LOADED,
        AllocationType.BACK_LOADED: AllocationType.FRONT_LOADED,
        AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE: AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE,
        AllocationType.BACK_LOADED_TO_SINGLE_TRANCHE: AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE,
    }.get(plan.allocation_type)
    return None if other is None else dataclasses.replace(plan, allocation_type=other)


# ---- Halves, and what is lost ----


def _differences(exact: Sequence[Fraction], rounding: Callable[[Fraction], int]) -> list[Fraction]:
    found, before, total = [], 0, Fraction(0)
    for each in exact:
        total += each
        found.append(Fraction(rounding(total) - before))
        before += int(found[-1])
    return found


def _half_down(value: Fraction) -> int:
    return math.ceil(value - Fraction(1, 2))


@rounding_fault("ALC-2", "rounds halves to the even number where CUMULATIVE_ROUNDING rounds them up")
def half_even(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    return _differences(exact, round) if kind is AllocationType.CUMULATIVE_ROUNDING else None


@rounding_fault("ALC-2", "rounds halves down where CUMULATIVE_ROUNDING rounds them up")
def half_down(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    return _differences(exact, _half_down) if kind is AllocationType.CUMULATIVE_ROUNDING else None


@rounding_fault("ALC-2", "rounds up where CUMULATIVE_ROUND_DOWN rounds down")
def rounds_up(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    return _differences(exact, math.ceil) if kind is AllocationType.CUMULATIVE_ROUND_DOWN else None


_CUMULATIVE = (AllocationType.CUMULATIVE_ROUNDING, AllocationType.CUMULATIVE_ROUND_DOWN)


@rounding_fault("ALC-2", "rounds every installment by itself, without carrying fractions on")
def each_by_itself(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    if kind is AllocationType.FRACTIONAL:
        return None
    rounding = round_half_up if kind is AllocationType.CUMULATIVE_ROUNDING else math.floor
    return [Fraction(rounding(each)) for each in exact]


@rounding_fault("ALC-2", "rounds every installment of a cumulative type by itself, without carrying fractions on")
def each_of_a_cumulative_type_by_itself(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    return each_by_itself(exact, kind) if kind in _CUMULATIVE else None


@rounding_fault("ALC-2", "loses the shares that are left over when every installment is rounded down")
def left_over_lost(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    if kind in _CUMULATIVE or kind is AllocationType.FRACTIONAL:
        return None
    return [Fraction(math.floor(each)) for each in exact]


@rounding_fault("ALC-2", "gives whatever is left over to the last installment")
def rest_to_the_last(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
    if kind is AllocationType.FRACTIONAL:
        return None
    found = each_by_itself(exact, kind)
    assert found is not None
    return [*found[:-1], math.floor(sum(exact, Fraction(0))) - sum(found[:-1], Fraction(0))]


@tranche_fault("ALC-3", "rounds each condition by itself and loses the fractions between them")
def each_condition_by_itself(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    shares: list[Fraction] = []
    for place in dict.fromkeys(each.place for each in tranches):
        block = [each.exact for each in tranches if each.place == place]
        shares.extend(rounded(block, inputs.plan.allocation_type))
    return scheduled([each.due for each in tranches], shares, inputs.grant_day)


@tranche_fault("ALC-3", "rounds in the order of the dates, not in the order of the path")
def rounded_by_date(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    ordered = sorted(tranches, key=lambda each: each.due)
    if ordered == list(tranches):
        return None
    shares = rounded([each.exact for each in ordered], inputs.plan.allocation_type)
    return scheduled([each.due for each in ordered], shares, inputs.grant_day)


@tranche_fault("ALC-2", "merges the installments of a day before rounding")
def merged_before_rounding(inputs: Inputs, tranches: tuple[Tranche, ...]) -> Prediction:
    merged: dict[int, Fraction] = {}
    for each in tranches:
        day = max(each.due, inputs.grant_day)
        merged[day] = merged.get(day, Fraction(0)) + each.exact
    if len(merged) == len(tranches):
        return None
    days = sorted(merged)
    return scheduled(days, rounded([merged[day] for day in days], inputs.plan.allocation_type), inputs.grant_day)


def _of_fractions(words: str, rounding: Callable[[Fraction], Fraction]) -> None:
    @rounding_fault("NUM-2", f"rounds FRACTIONAL installments to {words}")
    def fault(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
        return [rounding(each) for each in exact] if kind is AllocationType.FRACTIONAL else None


_of_fractions("whole shares, down", lambda each: Fraction(math.floor(each)))
_of_fractions("whole shares", lambda each: Fraction(round_half_up(each)))


def _of_decimals(places: int) -> None:
    unit = 10**places
    _of_fractions(f"{places} decimal places", lambda each: Fraction(round_half_up(each * unit), unit))
    _of_fractions(f"{places} decimal places, down", lambda each: Fraction(math.floor(each * unit), unit))


for _places in (1, 2, 3, 4, 6, 8, 10):
    _of_decimals(_places)


# ---- Binary floating point ----


def _in_floats(words: str, until: Callable[[Sequence[Fraction], int], Sequence[float]]) -> None:
    """Cumulative amounts in double precision, as ``until`` adds them up; then each type's own rounding."""

    @rounding_fault("NUM-1", f"computes in binary floating point: {words}")
    def fault(exact: Sequence[Fraction], kind: AllocationType) -> Sequence[Fraction] | None:
        if kind is AllocationType.FRACTIONAL:
            return None
        sums = until(exact, len(exact))
        if kind in _CUMULATIVE:
            half = 0.5 if kind is AllocationType.CUMULATIVE_ROUNDING else 0.0
            rounded_sums = [math.floor(each + half) for each in sums]
            return [Fraction(after - before) for after, before in zip(rounded_sums, [0, *rounded_sums], strict=False)]
        floors = [math.floor(float(each)) for each in exact]
        missing = math.floor(sums[-1]) - sum(floors)
        return [Fraction(each) for each in _handed_out(floors, missing, kind, [bool(each) for each in exact])]


def _handed_out(floors: Sequence[int], missing: int, kind: AllocationType, counts: Sequence[bool]) -> Sequence[int]:
    found = list(floors)
    places = [place for place, each in enumerate(counts) if each]
    if not places or missing < 0:
        return found
    match kind:
        case AllocationType.FRONT_LOADED:
            chosen = places[:missing]
        case AllocationType.BACK_LOADED:
            chosen = places[len(places) - missing :]
        case AllocationType.FRONT_LOADED_TO_SINGLE_TRANCHE:
            chosen = places[:1] * missing
        case _:
            chosen = places[-1:] * missing
    for place in chosen:
        found[place] += 1
    return found


def _running(exact: Sequence[Fraction], count: int) -> Sequence[float]:
    found, total = [], 0.0
    for each in exact:
        total += float(each)
        found.append(total)
    return found


def _multiplied(exact: Sequence[Fraction], count: int) -> Sequence[float]:
    """Number times installment where all are equal, else the same block by block."""
    found: list[float] = []
    before, start = 0.0, 0
    for number in range(count):
        if number and exact[number] != exact[number - 1]:
            before, start = found[-1], number
        found.append(before + float(exact[number]) * (number - start + 1))
    return found


_in_floats("a running sum of installments", _running)
_in_floats("the number of the installment times its shares", _multiplied)
