"""Tranches one by one give what the engine gives in closed form, and every explanation of failures says something."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, grants, recorded_days, vesting_terms

from vestverify.engine.execution import Entry, Occurrences, are_siblings_independent
from vestverify.engine.plan import Absolute, Relative, UnsupportedTerms, compile_terms
from vestverify.engine.reading import DEFAULT_READING
from vestverify.engine.schedule import Unschedulable, run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.fuzzing.examples import Example, example_of, rows_of
from vestverify.fuzzing.explanations import REFUSED, Explanation, agrees, explanations
from vestverify.fuzzing.generation import generate
from vestverify.fuzzing.replies import Row
from vestverify.fuzzing.tranches import Inputs, Turn, inputs_of, path_with_other_dates, rounded, scheduled, tranches_of

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
GENERATE = settings(
    max_examples=400,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

#: What an engine must keep whatever its reading, beside the numbered rules.
INVARIANTS = {"cross-talk", "repeat-evaluation", "order-independence", "id-renaming"}


def generated(count: int, seed: int) -> list[Example]:
    found: list[Example] = []
    generate(
        lambda _, cases: found.extend(example_of(raw, DEFAULT_READING) for raw in cases), count, seed, DEFAULT_READING
    )
    return found


@pytest.fixture(scope="module")
def sample() -> list[Example]:
    return generated(3_200, 3)


# ---- Tranches ----


def by_the_engine(inputs: Inputs) -> tuple[Row, ...] | None:
    try:
        outcome = run(inputs.plan, inputs.granted, inputs.grant_day, inputs.recorded, inputs.reading)
    except (Unschedulable, UnsupportedTerms):
        return None
    return rows_of(outcome.schedule)


def by_tranches(inputs: Inputs, entries: Sequence[Entry] | None = None) -> tuple[Row, ...] | None:
    try:
        tranches = tranches_of(inputs, entries)
    except UnsupportedTerms:
        return None
    if tranches is None:
        return None
    shares = rounded([each.exact for each in tranches], inputs.plan.allocation_type)
    return scheduled([each.due for each in tranches], shares, inputs.grant_day)


def on_their_own_days(turn: Turn) -> Occurrences:
    return turn.on_days(lambda occurrences, number: occurrences.day(number))


def assert_the_same(inputs: Inputs) -> None:
    expected = by_the_engine(inputs)
    assert by_tranches(inputs) == expected
    if not are_siblings_independent(inputs.plan, inputs.reading):
        for entries in (path_with_other_dates(inputs), path_with_other_dates(inputs, on_their_own_days)):
            assert entries is not None
            assert by_tranches(inputs, entries) == expected


def test_tranches_of_generated_cases_give_the_schedule_of_the_engine(sample: list[Example]) -> None:
    counts: Counter[str] = Counter()
    for example in sample:
        inputs = None if example.case is None else inputs_of(example.case, DEFAULT_READING)
        if inputs is None:
            continue
        assert_the_same(inputs)
        tranches = tranches_of(inputs) or ()
        counts["compared"] += 1
        counts["something vests"] += bool(tranches)
        counts["overdue on entry"] += any(each.own < each.entered for each in tranches)
        counts["accrues to a cliff"] += any(each.number < each.cliff for each in tranches)
        counts["before the grant"] += any(each.due < inputs.grant_day for each in tranches)
        counts[str(inputs.plan.allocation_type)] += 1
    assert counts["compared"] >= 1_500
    wanted = ("something vests", "overdue on entry", "accrues to a cliff", "before the grant", *AllocationType)
    assert all(counts[each] >= 50 for each in wanted), counts


def drawn_inputs(data: st.DataObject, raw: dict[str, Any]) -> Inputs:
    plan = compile_terms(VestingTerms.model_validate(raw))
    recorded = data.draw(recorded_days(plan))
    grant_day = BASE.toordinal() + data.draw(st.sampled_from([-900, 0, 40, 64]))
    return Inputs(plan, data.draw(grants()), grant_day, recorded, DEFAULT_READING)


@GENERATE
@given(st.data())
def test_tranches_of_random_terms_give_the_schedule_of_the_engine(data: st.DataObject) -> None:
    assert_the_same(drawn_inputs(data, data.draw(vesting_terms())))


@GENERATE
@given(st.data())
def test_tranches_of_random_relationships_give_the_schedule_of_the_engine(data: st.DataObject) -> None:
    assert_the_same(drawn_inputs(data, data.draw(relationship_terms())))


def test_a_path_with_other_dates_is_none_where_several_siblings_can_be_entered() -> None:
    assert path_with_other_dates(inputs_of_case(case_of_name("earlier-of-the-event-wins"))) is None


def test_a_path_with_other_dates_takes_the_sibling_that_is_then_the_earlier() -> None:
    inputs = inputs_of_case(case_of_name("event-after-its-deadline-comes-too-late"))
    names = [condition.id for condition in inputs.plan.conditions]

    def taken(days_later: int) -> list[str]:
        def later(turn: Turn) -> Occurrences:
            if not isinstance(turn.trigger, Relative | Absolute):
                return turn.own
            return turn.on_days(lambda occurrences, number: occurrences.day(number) + days_later)

        entries = path_with_other_dates(inputs, later)
        assert entries is not None
        return [names[entry.place] for entry in entries]

    assert taken(0) != taken(10_000)


def test_a_path_with_other_dates_enters_conditions_when_it_is_told() -> None:
    inputs = inputs_of_case(case_of_name("two-dates-before-their-parent-the-one-listed-first-is-taken"))
    names = [condition.id for condition in inputs.plan.conditions]
    gated, ungated = path_with_other_dates(inputs), path_with_other_dates(inputs, entered=lambda _, day: day)
    assert gated is not None
    assert ungated is not None
    assert [names[entry.place] for entry in gated] == ["start", "review", "march"]
    assert [names[entry.place] for entry in ungated] == ["start", "review", "january"]


def test_tranches_are_none_where_they_are_too_many_or_too_late() -> None:
    raw = case_of_name("days-then-months")
    period = raw["terms"]["vesting_conditions"][1]["trigger"]["period"]
    period |= {"occurrences": 2_001}
    assert tranches_of(inputs_of_case(raw)) is None
    period |= {"occurrences": 2, "length": 2_000_000}
    assert tranches_of(inputs_of_case(raw)) is None


def test_nothing_to_round_is_nothing() -> None:
    assert rounded([], AllocationType.FRONT_LOADED) == []


def case_of_name(name: str) -> dict[str, Any]:
    [path] = [path for path in CASES if path.stem[4:] == name]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def inputs_of_case(raw: dict[str, Any]) -> Inputs:
    case = example_of(raw, DEFAULT_READING).case
    assert case is not None
    inputs = inputs_of(case, DEFAULT_READING)
    assert inputs is not None
    return inputs


@pytest.mark.parametrize(
    "name",
    [
        "no-terms-and-no-vestings-is-vested-at-once",
        "vestings-beside-terms-win",
        "terms-of-another-name-do-not-resolve",
        "defect-cycle-behind-the-start",
        "defect-portion-and-quantity",
        "cancellation-of-what-had-not-vested",
        "three-vesting-starts",
    ],
)
def test_a_case_whose_schedule_something_else_decides_has_no_inputs(name: str) -> None:
    case = example_of(case_of_name(name), DEFAULT_READING).case
    assert case is None or inputs_of(case, DEFAULT_READING) is None


# ---- Explanations ----

EXPLANATIONS = explanations(DEFAULT_READING)

#: The rule of an explanation may be one that some case is about.
RULES = {rule for path in CASES for rule in json.loads(path.read_text(encoding="utf-8"))["rules"]}


def predicts_otherwise(explanation: Explanation, example: Example) -> bool:
    try:
        prediction = explanation.predict(example, DEFAULT_READING)
    except (ArithmeticError, AssertionError, LookupError, ValueError):
        return False
    return prediction is not None and not agrees(prediction, example.expected.rows, example.granted)


def test_every_explanation_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({each.name for each in EXPLANATIONS}) == len(EXPLANATIONS)
    assert len({each.sentence for each in EXPLANATIONS}) == len(EXPLANATIONS)


@pytest.mark.parametrize("explanation", EXPLANATIONS, ids=lambda each: each.name)
def test_an_explanation_names_a_rule_or_an_invariant_and_reads_on_after_the_engine(explanation: Explanation) -> None:
    assert explanation.rule in RULES | INVARIANTS
    verb = explanation.sentence.removeprefix("never ").split()[0]
    assert re.fullmatch("[a-z]+s", verb), verb
    assert "\n" not in explanation.sentence
    assert not explanation.sentence.endswith(".")


def test_readings_are_looked_at_before_faults() -> None:
    is_reading = [each.reading is not None for each in EXPLANATIONS]
    assert is_reading == sorted(is_reading, reverse=True)
    assert any(is_reading)
    assert not all(is_reading)


def test_no_explanation_fails_in_an_unforeseen_way_on_generated_examples(sample: list[Example]) -> None:
    for example in sample[:300]:
        for explanation in EXPLANATIONS:
            predicts_otherwise(explanation, example)


def test_a_prediction_is_a_schedule_in_the_form_of_the_contract_or_a_refusal(sample: list[Example]) -> None:
    for example in sample[300:450]:
        for explanation in EXPLANATIONS:
            try:
                prediction = explanation.predict(example, DEFAULT_READING)
            except (ArithmeticError, AssertionError, LookupError, ValueError):
                continue
            if prediction is None or prediction is REFUSED:
                continue
            days = [row.day for row in prediction]
            assert days == sorted(set(days)), explanation.name
            assert all(isinstance(row.shares, Fraction) and row.shares for row in prediction), explanation.name


def with_the_start_of_another_later(raw: dict[str, Any]) -> dict[str, Any]:
    [start] = raw["transactions"]
    other = {**start, "id": "of-another", "security_id": "security-2", "date": "2040-01-01"}
    return {**raw, "transactions": [other, start]}


def with_vestings_before_the_grant(raw: dict[str, Any]) -> dict[str, Any]:
    return {**raw, "issuance": {**raw["issuance"], "date": "2030-01-01"}}


def beside_a_block(raw: dict[str, Any]) -> dict[str, Any]:
    """A block of two quarters, and between them an event for a third: 2.5 of 10 each, the block first on the path."""
    quarter = {"portion": {"numerator": "1", "denominator": "4"}}
    block = {
        "type": "VESTING_SCHEDULE_RELATIVE",
        "period": {"type": "DAYS", "length": 30, "occurrences": 2},
        "relative_to_condition_id": "start",
    }
    first = {"type": "VESTING_RELATIONSHIP_EARLIER_OF", "input_condition_ids": ["sale", "permit"]}
    event = {"type": "VESTING_EVENT"}
    conditions: list[dict[str, Any]] = [
        {
            "id": "start",
            "quantity": "0",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["block", "sale", "permit"],
        },
        {"id": "block", **quarter, "trigger": block, "next_condition_ids": []},
        {"id": "sale", **quarter, "trigger": event, "next_condition_ids": ["first"]},
        {"id": "permit", **quarter, "trigger": event, "next_condition_ids": ["first"]},
        {"id": "first", "trigger": first, "next_condition_ids": []},
    ]
    start = {
        "id": "began",
        "object_type": "TX_VESTING_START",
        "date": "2025-01-10",
        "security_id": "security-1",
        "vesting_condition_id": "start",
    }
    sold = {**start, "id": "sold", "object_type": "TX_VESTING_EVENT", "date": "2025-03-01"}
    return {
        **raw,
        "terms": {**raw["terms"], "vesting_conditions": conditions},
        "issuance": {**raw["issuance"], "date": "2025-01-10", "quantity": "10"},
        "transactions": [start, {**sold, "vesting_condition_id": "sale"}],
    }


#: What the generator does not make, and explanations are about: the case it is made from, and how.
CONSTRUCTED: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "records of others, the latest": ("fixed-day-before-the-start-day", with_the_start_of_another_later),
    "vestings_after_the_grant": (
        "explicit-vestings-in-any-order-are-added-up-by-day",
        with_vestings_before_the_grant,
    ),
    "clipped_at_the_grant": ("defect-more-shares-than-granted", lambda raw: raw),
    "rounded_by_date": ("fixed-day-before-the-start-day", beside_a_block),
}


@pytest.fixture(scope="module")
def without_effect(sample: list[Example]) -> set[str]:
    """Names of the explanations that say of no generated example what the reference engine does not say."""
    left = {each.name: each for each in EXPLANATIONS}
    # That more than the grant vests can be hidden by any rounding: such a difference shows nothing.
    for example in (each for each in sample if "VV301" not in each.expected.codes):
        left = {name: each for name, each in left.items() if not predicts_otherwise(each, example)}
    return set(left)


def test_almost_every_explanation_says_something_else_than_the_reference_engine_about_some_generated_example(
    without_effect: set[str],
) -> None:
    assert without_effect <= set(CONSTRUCTED)


@pytest.mark.parametrize("name", CONSTRUCTED)
def test_a_rare_explanation_says_something_else_about_an_example_made_for_it(name: str) -> None:
    origin, change = CONSTRUCTED[name]
    example = example_of(change(case_of_name(origin)), DEFAULT_READING)
    [explanation] = [each for each in EXPLANATIONS if each.name == name]
    assert predicts_otherwise(explanation, example)
