"""Causes that failures are put down to: another published reading, or a fault that engines are known to have.

Each says what an engine with that cause, and no other, would answer; whether an engine has it is for its answers to
show. What the reference engine means is not defined here.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from fractions import Fraction
from typing import Final

from vestverify.engine.case import Case
from vestverify.engine.plan import Plan, UnsupportedTerms
from vestverify.engine.reading import BUNDLES, Reading, reading_choices, reading_from
from vestverify.engine.schedule import Unschedulable, run
from vestverify.fuzzing.examples import Example, expected_of, rows_of
from vestverify.fuzzing.replies import Row
from vestverify.fuzzing.tranches import Inputs, Tranche, inputs_of, tranches_of


class _Refusal(Enum):
    REFUSED = "refused"


#: The prediction that an engine gives errors.
REFUSED: Final = _Refusal.REFUSED


class TooMuch(tuple[Row, ...]):
    """Rows of terms that vest more than the grant: an engine may show them, or refuse."""

    __slots__ = ()


#: Rows, a refusal, or None where the cause says nothing about the case.
Prediction = tuple[Row, ...] | _Refusal | None

#: The rule of each choice of a reading (machine contract, section 5).
RULE_OF_READING: Mapping[str, str] = {
    "siblings": "PTH-2",
    "source": "SRC-3",
    "roots": "GRF-2",
    "leave_periodic": "PTH-3",
    "stepping": "DAT-2",
    "first_fixed_day": "DAT-3",
    "anchor_day": "DAT-4",
    "periodic_reference": "DAT-6",
    "early_event": "DAT-7",
    "catch_up": "DAT-8",
    "remainder_basis": "AMT-3",
    "allocation_scope": "ALC-3",
    "grant_catch_up": "GRD-1",
    "acceleration": "ACC-2",
    "retraction": "TXN-3",
    "duplicate_start": "TXN-4",
}
#: Which siblings are entered is a choice of model, which terms make: no other engine's reading of the same terms.
_NO_READING = ("siblings",)


@dataclasses.dataclass(frozen=True, eq=False)
class Explanation:
    """One cause of failures.

    Attributes:
        name: tells it from the others.
        rule: number of the semantics, or the name of an invariant.
        sentence: what an engine with this cause does, after "the engine".
        predict: what such an engine answers to an example, under a reading.
        reading: the choices that make it another published reading; None for a fault.
    """

    name: str
    rule: str
    sentence: str
    predict: Callable[[Example, Reading], Prediction]
    reading: Mapping[str, str] | None = None


# ---- What a fault's module is made of ----

_FAULTS: list[Explanation] = []


def _register(rule: str, sentence: str, name: str, predict: Callable[[Example, Reading], Prediction]) -> None:
    _FAULTS.append(Explanation(name, rule, sentence, predict))


def case_fault(rule: str, sentence: str, name: str | None = None) -> Callable[[_OfCase], _OfCase]:
    """Register a fault that is a function from a typed case and a reading to rows; None where it changes nothing."""

    def register(function: _OfCase) -> _OfCase:
        def predict(example: Example, reading: Reading) -> Prediction:
            return None if example.case is None else function(example.case, reading)

        _register(rule, sentence, name or function.__name__, predict)
        return function

    return register


def inputs_fault(rule: str, sentence: str, name: str | None = None) -> Callable[[_OfInputs], _OfInputs]:
    """Register a fault that runs terms on other inputs; None where it changes nothing."""

    def register(function: _OfInputs) -> _OfInputs:
        def predict(example: Example, reading: Reading) -> Prediction:
            inputs = _inputs(example, reading)
            changed = None if inputs is None else function(inputs)
            return None if changed is None else rows_on(changed)

        _register(rule, sentence, name or function.__name__, predict)
        return function

    return register


def inputs_to_rows_fault(
    rule: str, sentence: str, name: str | None = None
) -> Callable[[Callable[[Inputs], Prediction]], Callable[[Inputs], Prediction]]:
    """Register a fault that makes rows of a run's inputs by itself; None where it changes nothing."""

    def register(function: Callable[[Inputs], Prediction]) -> Callable[[Inputs], Prediction]:
        def predict(example: Example, reading: Reading) -> Prediction:
            inputs = _inputs(example, reading)
            try:
                return None if inputs is None else function(inputs)
            except UnsupportedTerms:
                return None

        _register(rule, sentence, name or function.__name__, predict)
        return function

    return register


def plan_fault(rule: str, sentence: str, name: str | None = None) -> Callable[[_OfPlan], _OfPlan]:
    """Register a fault that reads terms as other terms; None where it changes nothing."""

    def register(function: _OfPlan) -> _OfPlan:
        def of_inputs(inputs: Inputs) -> Inputs | None:
            plan = function(inputs.plan)
            return None if plan is None else dataclasses.replace(inputs, plan=plan)

        inputs_fault(rule, sentence, name or function.__name__)(of_inputs)
        return function

    return register


def tranche_fault(rule: str, sentence: str, name: str | None = None) -> Callable[[_OfTranches], _OfTranches]:
    """Register a fault on the way from tranches to rows; None where it changes nothing."""

    def register(function: _OfTranches) -> _OfTranches:
        def predict(example: Example, reading: Reading) -> Prediction:
            inputs, tranches = _inputs(example, reading), _tranches(example, reading)
            return None if inputs is None or not tranches else function(inputs, tranches)

        _register(rule, sentence, name or function.__name__, predict)
        return function

    return register


@functools.lru_cache(maxsize=1024)
def _inputs(example: Example, reading: Reading) -> Inputs | None:
    return None if example.case is None else inputs_of(example.case, reading)


@functools.lru_cache(maxsize=1024)
def _tranches(example: Example, reading: Reading) -> tuple[Tranche, ...] | None:
    inputs = _inputs(example, reading)
    try:
        return None if inputs is None else tranches_of(inputs)
    except UnsupportedTerms:
        return None


_OfCase = Callable[[Case, Reading], Prediction]
_OfInputs = Callable[[Inputs], Inputs | None]
_OfPlan = Callable[[Plan], Plan | None]
_OfTranches = Callable[[Inputs, tuple[Tranche, ...]], Prediction]


def rows_on(inputs: Inputs) -> Prediction:
    """What the reference engine makes of inputs, more than was granted included."""
    try:
        outcome = run(inputs.plan, inputs.granted, inputs.grant_day, inputs.recorded, inputs.reading)
    except Unschedulable:
        return REFUSED
    except UnsupportedTerms:
        return None
    rows = rows_of(outcome.schedule)
    return TooMuch(rows) if sum(outcome.entitled, Fraction(0)) > inputs.granted else rows


@functools.lru_cache(maxsize=1024)
def literal_rows(example: Example, reading: Reading) -> tuple[Row, ...] | None:
    """What over-vesting terms vest as they are; None for all others, whose rows are what is expected."""
    if "VV301" not in example.expected.codes:
        return None
    inputs = _inputs(example, reading)
    rows = None if inputs is None else rows_on(inputs)
    return rows if isinstance(rows, tuple) else None


def rows_for(case: Case, reading: Reading) -> Prediction:
    """What the reference engine says about a case."""
    expected = expected_of(case, reading)
    if expected.unsupported is not None:
        return None
    return REFUSED if expected.rows is None else expected.rows


# ---- Looking at them ----


def explanations(reading: Reading) -> tuple[Explanation, ...]:
    """Everything that failures are put down to, what is least to be blamed first: readings, then faults.

    Args:
        reading: the one that the engine is held to; the others are explanations.
    """
    return (*_of_readings(reading), *_faults())


def _of_readings(reading: Reading) -> Iterable[Explanation]:
    for key, values in reading_choices().items():
        for value in values:
            if key not in _NO_READING and str(getattr(reading, key)) != value:
                yield of_reading(RULE_OF_READING[key], reading_from({key: value}, reading), {key: value})


def of_bundle(name: str) -> Explanation:
    """The cause that an engine follows a published bundle of readings."""
    return of_reading("several", BUNDLES[name], BUNDLES[name].differences())


def of_reading(rule: str, other: Reading, choices: Mapping[str, str]) -> Explanation:
    """The cause that an engine follows another reading.

    Args:
        rule: number of the semantics.
        other: the reading.
        choices: in what it differs.
    """

    def predict(example: Example, reading: Reading) -> Prediction:
        return None if example.case is None else rows_for(example.case, other)

    words = ", ".join(f"{key}={value}" for key, value in choices.items())
    return Explanation(f"reading {words}", rule, f"follows the published reading {words}", predict, dict(choices))


@functools.cache
def _faults() -> tuple[Explanation, ...]:
    for module in ("sources", "graph", "dates", "amounts", "rounding", "granting", "ledgers", "relationships"):
        importlib.import_module(f"vestverify.fuzzing.faults.{module}")
    return tuple(_FAULTS)


def agrees(prediction: Prediction, rows: tuple[Row, ...] | None, granted: Fraction) -> bool:
    """Whether an engine's answer is what was predicted.

    Args:
        prediction: what an engine with some cause answers.
        rows: what the engine answered; None where it gave errors.
        granted: shares; an engine may refuse what it makes more than these.
    """
    if prediction is None:
        return False
    if prediction is REFUSED:
        return rows is None
    if rows is None:
        return isinstance(prediction, TooMuch) or sum((row.shares for row in prediction), Fraction(0)) > granted
    return prediction == rows
