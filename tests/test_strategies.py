"""The strategies give what they promise: sound terms, aimed dates and amounts, and enough of everything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, seed, settings, target
from hypothesis import strategies as st

from vestverify import documents
from vestverify.engine.calendar import parse_day
from vestverify.engine.execution import execute
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import DEFAULT_READING
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.fuzzing.examples import example_of
from vestverify.fuzzing.tranches import inputs_of
from vestverify.strategies import (
    Subject,
    cases,
    defective_cases,
    families,
    logs,
    quantities,
    relationship_terms,
    subject_of,
    vesting_terms,
)
from vestverify.strategies.choices import packed

QUICK = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
GENERATE = settings(QUICK, phases=[Phase.generate])


@QUICK
@given(vesting_terms())
def test_terms_are_sound_and_their_portions_vest_no_more_than_the_grant(raw: dict[str, Any]) -> None:
    document = documents.load("terms", json.dumps(raw).encode())
    assert document.all_errors == ()
    plan = compile_terms(VestingTerms.model_validate(raw))
    event(f"{min(len(plan.conditions), 4)} conditions or more")
    target(float(len(plan.conditions)), label="conditions")


@QUICK
@given(relationship_terms())
def test_terms_with_relationships_are_sound_and_have_one(raw: dict[str, Any]) -> None:
    assert subject_of(raw).plan.has_relationships


@QUICK
@given(st.data())
def test_a_log_names_conditions_of_its_terms_once_each(data: st.DataObject) -> None:
    raw = data.draw(vesting_terms())
    log = data.draw(logs(raw))
    named = [transaction["vesting_condition_id"] for transaction in log]
    assert len(named) == len(set(named))
    assert set(named) <= {condition["id"] for condition in raw["vesting_conditions"]}


@QUICK
@given(st.data())
def test_a_quantity_is_a_positive_numeric(data: st.DataObject) -> None:
    assert Fraction(data.draw(quantities(data.draw(vesting_terms())))) > 0


@QUICK
@given(cases())
def test_a_case_can_be_read_or_is_refused_with_a_code(raw: dict[str, Any]) -> None:
    expected = example_of(raw, DEFAULT_READING).expected
    assert (expected.rows is None) is bool(expected.codes)


@GENERATE
@given(defective_cases())
def test_most_defective_cases_are_refused(raw: dict[str, Any]) -> None:
    _COUNTS["defective"] += 1
    _COUNTS["refused"] += bool(example_of(raw, DEFAULT_READING).expected.codes)


_COUNTS: Counter[str] = Counter()


def test_the_rate_of_refusals_is_high() -> None:
    _COUNTS.clear()
    test_most_defective_cases_are_refused()
    assert _COUNTS["refused"] >= _COUNTS["defective"] * 6 // 10


def generated(count: int, subject: Subject | None = None, varied: bool = True) -> list[tuple[Subject, dict[str, Any]]]:
    found: list[tuple[Subject, dict[str, Any]]] = []

    @seed(7)
    @settings(GENERATE, max_examples=count // 8)
    @given(families(subject, 8, varied))
    def collect(family: tuple[Subject, list[dict[str, Any]]]) -> None:
        found.extend((family[0], raw) for raw in family[1])

    collect()
    return found


@pytest.fixture(scope="module")
def sample() -> list[tuple[Subject, dict[str, Any]]]:
    return generated(3_200)


#: At least so many of a hundred generated cases.
RATES: dict[str, tuple[int, Callable[[dict[str, Any]], bool]]] = {
    "several conditions": (60, lambda raw: len(_conditions(raw)) > 2),
    "a branch": (30, lambda raw: any(len(each["next_condition_ids"]) > 1 for each in _conditions(raw))),
    "branches that meet": (4, lambda raw: max(Counter(_named(raw)).values(), default=0) > 1),
    "a periodic condition": (50, lambda raw: any(each["occurrences"] > 1 for each in _periods(raw))),
    "a cliff": (20, lambda raw: any(each.get("cliff_installment", 0) > 1 for each in _periods(raw))),
    "a fixed day of the month": (25, lambda raw: any(_day(each)[:2].isdigit() for each in _periods(raw))),
    "days": (20, lambda raw: any(each["type"] == "DAYS" for each in _periods(raw))),
    "an absolute date": (15, lambda raw: any("date" in each["trigger"] for each in _conditions(raw))),
    "an event": (40, lambda raw: any(each["trigger"]["type"] == "VESTING_EVENT" for each in _conditions(raw))),
    "a relationship": (4, lambda raw: any("input_condition_ids" in each["trigger"] for each in _conditions(raw))),
    "a remainder": (8, lambda raw: any((each.get("portion") or {}).get("remainder") for each in _conditions(raw))),
    "a fixed quantity": (8, lambda raw: any(each.get("quantity", "0") != "0" for each in _conditions(raw))),
    "another tag": (2, lambda raw: raw["issuance"]["object_type"] != "TX_EQUITY_COMPENSATION_ISSUANCE"),
    "explicit vestings": (1, lambda raw: "vestings" in raw["issuance"]),
    "another security": (4, lambda raw: any(each["security_id"] != "security-1" for each in raw["transactions"])),
    "a ledger": (2, lambda raw: any("vesting_condition_id" not in each for each in raw["transactions"])),
    "a date to count at": (2, lambda raw: "as_of" in raw),
    "more than doubles hold": (1, lambda raw: Fraction(raw["issuance"]["quantity"]) > 2**53),
}


def _conditions(raw: dict[str, Any]) -> list[dict[str, Any]]:
    return raw["terms"]["vesting_conditions"] if raw["terms"] else []


def _periods(raw: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["trigger"]["period"] for each in _conditions(raw) if "period" in each["trigger"]]


def _named(raw: dict[str, Any]) -> list[str]:
    return [following for each in _conditions(raw) for following in each["next_condition_ids"]]


def _day(period: dict[str, Any]) -> str:
    return str(period.get("day_of_month", ""))


@pytest.mark.parametrize("what", RATES)
def test_enough_of_what_is_generated_has(what: str, sample: list[tuple[Subject, dict[str, Any]]]) -> None:
    wanted, has = RATES[what]
    assert sum(has(raw) for _, raw in sample) * 100 >= wanted * len(sample)


def test_every_allocation_type_is_generated(sample: list[tuple[Subject, dict[str, Any]]]) -> None:
    assert {subject.terms.allocation_type for subject, _ in sample} == set(AllocationType)


def test_dates_are_aimed_at_ties_gates_and_the_grant(sample: list[tuple[Subject, dict[str, Any]]]) -> None:
    counts: Counter[str] = Counter()
    for _, raw in sample:
        example = example_of(raw, DEFAULT_READING)
        inputs = None if example.case is None else inputs_of(example.case, DEFAULT_READING)
        if inputs is None:
            continue
        entries = execute(inputs.plan, inputs.recorded, DEFAULT_READING)
        days = [entry.entered for entry in entries]
        counts["cases"] += 1
        counts["several on one day"] += len(set(days)) < len(days)
        counts["entered after its own date"] += any(entry.own.day(1) < entry.entered for entry in entries)
        counts["grant after something"] += any(entry.own.day(1) < inputs.grant_day for entry in entries)
        counts["grant on an installment"] += any(
            entry.own.day(number) == inputs.grant_day for entry in entries for number in (1, entry.own.count)
        )
        counts["end of a month"] += any(int(each["date"][-2:]) > 28 for each in raw["transactions"])
    for what, wanted in {
        "several on one day": 10,
        "entered after its own date": 5,
        "grant after something": 14,
        "grant on an installment": 5,
        "end of a month": 40,
    }.items():
        assert counts[what] * 100 >= wanted * counts["cases"], counts


def test_given_terms_get_every_residue_of_grants() -> None:
    raw = {
        "id": "thirds",
        "object_type": "VESTING_TERMS",
        "name": "Thirds",
        "description": "A third each year.",
        "allocation_type": "CUMULATIVE_ROUNDING",
        "vesting_conditions": [
            {
                "id": "start",
                "quantity": "0",
                "trigger": {"type": "VESTING_START_DATE"},
                "next_condition_ids": ["yearly"],
            },
            {
                "id": "yearly",
                "portion": {"numerator": "1", "denominator": "3"},
                "trigger": {
                    "type": "VESTING_SCHEDULE_RELATIVE",
                    "period": {"type": "DAYS", "length": 365, "occurrences": 3},
                    "relative_to_condition_id": "start",
                },
                "next_condition_ids": [],
            },
        ],
    }
    found = generated(400, subject_of(raw), varied=False)
    assert {int(case["issuance"]["quantity"]) % 3 for _, case in found} == {0, 1, 2}
    starts = {parse_day(each["date"]) for _, case in found for each in case["transactions"]}
    assert len(starts) >= 10


def test_decisions_packed_into_a_text_are_the_same_for_the_same_text() -> None:
    first, second, other = (
        [choices.below(1_000) for _ in range(40)] for choices in (packed("five"), packed("five"), packed("six"))
    )
    assert first == second != other
    assert set(first) <= set(range(1_000))


def test_the_same_seed_generates_the_same_whatever_else_is_loaded() -> None:
    script = """
import hashlib, json, sys
from vestverify.engine.reading import DEFAULT_READING
from vestverify.fuzzing.generation import generate
seen = []
generate(lambda subject, cases: seen.extend(cases), 400, 5, DEFAULT_READING)
print(len(seen), hashlib.sha256(json.dumps(seen).encode()).hexdigest())
"""
    others = ("", "import vestverify.check, vestverify.independent.amounts\n")
    printed = [
        subprocess.run([sys.executable, "-c", before + script], capture_output=True, text=True, check=True).stdout
        for before in others
    ]
    assert printed[0] == printed[1]
    assert printed[0].startswith("400 ")
