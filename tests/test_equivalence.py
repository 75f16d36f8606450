"""Two terms objects compared for every grant, start and event timing."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, vesting_terms

from vestverify.engine.plan import Plan, compile_terms
from vestverify.engine.reading import DEFAULT_READING
from vestverify.engine.schedule import Schedule, run
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.equivalence import Happening, compare_terms
from vestverify.results import Verdict

EXAMPLES = Path(__file__).parent.parent / "examples" / "discussion-540"
#: The event that a graph of permutations repeats on its branches.
A_AND_B: list[Happening] = [(["A", "A after B"], ["A"]), (["B", "B after A", "B after A expired"], ["B"])]


def example(name: str) -> VestingTerms:
    return VestingTerms.model_validate(json.loads((EXAMPLES / f"{name}.json").read_text()))


def schedule_on(terms: VestingTerms, recorded: Mapping[str, int], grant: Fraction) -> Schedule:
    plan = compile_terms(terms)
    places = {condition.id: place for place, condition in enumerate(plan.conditions)}
    days = {places[identifier]: day for identifier, day in recorded.items()}
    return run(plan, grant, min(days.values(), default=1), days, DEFAULT_READING).schedule


@pytest.mark.parametrize(
    ("first", "second", "happenings"),
    [
        ("event-with-expiration-siblings", "event-with-expiration-earlier-of", []),
        ("two-independent-events-permutations", "two-independent-events-relationships", A_AND_B),
        ("interdependent-events-permutations", "interdependent-events-relationships", A_AND_B),
        ("periodic-with-cliff-conditions", "periodic-with-cliff-installment", []),
        ("two-tier-siblings", "two-tier-earlier-of", []),
    ],
)
def test_what_the_discussion_calls_the_same_is_proved_the_same_after_rounding(
    first: str, second: str, happenings: list[Happening]
) -> None:
    compared = compare_terms(example(first), example(second), happenings)
    assert (compared.verdict, compared.after_rounding) == (Verdict.PROVED, True)


def test_events_that_wait_for_each_other_are_told_from_events_that_do_not() -> None:
    first, second = example("two-independent-events-permutations"), example("interdependent-events-relationships")
    compared = compare_terms(first, second, A_AND_B)
    assert compared.verdict is Verdict.REFUTED
    assert compared.grant is not None
    assert compared.schedules is not None
    assert compared.schedules[0] != compared.schedules[1]
    for terms, recorded, schedule in zip((first, second), compared.recorded, compared.schedules, strict=True):
        assert schedule_on(terms, recorded, compared.grant) == schedule
    assert compared.recorded[0]["A"] == compared.recorded[0]["A after B"] == compared.recorded[1]["A"]


def test_permutations_whose_events_are_not_said_to_be_the_same_are_not_equivalent() -> None:
    compared = compare_terms(
        example("two-independent-events-permutations"), example("two-independent-events-relationships")
    )
    assert compared.verdict is Verdict.REFUTED


def test_terms_of_which_one_lapses_a_day_later_are_told_apart_on_that_day() -> None:
    first = example("event-with-expiration-earlier-of")
    raw = json.loads((EXAMPLES / "event-with-expiration-earlier-of.json").read_text())
    raw["vesting_conditions"][2]["trigger"]["date"] = "2027-01-02"
    compared = compare_terms(first, VestingTerms.model_validate(raw))
    assert compared.verdict is Verdict.REFUTED
    assert compared.recorded[0]["event"] > 739_617


def test_rounding_that_looks_ahead_is_proved_of_exact_amounts_only() -> None:
    first, second = (
        json.loads((EXAMPLES / f"periodic-with-cliff-{form}.json").read_text())
        for form in ("conditions", "installment")
    )
    first["allocation_type"] = second["allocation_type"] = "FRONT_LOADED"
    compared = compare_terms(VestingTerms.model_validate(first), VestingTerms.model_validate(second))
    assert (compared.verdict, compared.after_rounding) == (Verdict.PROVED, False)


def test_a_happening_that_is_no_condition_of_the_terms_is_an_error() -> None:
    terms = example("event-with-expiration-siblings")
    with pytest.raises(ValueError, match="'expiration' is no start or event condition"):
        compare_terms(terms, terms, [(["expiration"], ["event"])])


def test_a_budget_that_is_too_small_leaves_the_question_open() -> None:
    terms = example("two-independent-events-relationships")
    assert compare_terms(terms, terms, rlimit=1).verdict is Verdict.OPEN


def shuffled(terms: dict[str, Any], order: list[int], factor: int) -> dict[str, Any]:
    """The same terms written in another order, with amounts of one condition divided where the factor is not 1."""
    conditions = [dict(terms["vesting_conditions"][number]) for number in order]
    for condition in conditions:
        if factor != 1 and condition.get("portion", {}).get("numerator") == "1":
            portion = condition["portion"]
            condition["portion"] = {**portion, "denominator": str(int(portion["denominator"]) * factor)}
            break
    return {**terms, "vesting_conditions": conditions}


def schedules(plan: Plan, recorded: dict[str, int]) -> tuple[Schedule, ...]:
    days = {place: recorded[each.id] for place, each in enumerate(plan.conditions) if each.id in recorded}
    return tuple(
        run(plan, Fraction(grant), BASE.toordinal() - 10, days, DEFAULT_READING).schedule for grant in (100, 97)
    )


def test_verdicts_on_random_pairs_are_what_every_day_of_a_window_shows() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from([relationship_terms, vesting_terms]))
        terms = {**data.draw(kind(only_days=True, maximum=4)), "allocation_type": "FRACTIONAL"}
        order = data.draw(st.permutations(range(len(terms["vesting_conditions"]))))
        other = shuffled(terms, order, data.draw(st.sampled_from([1, 1, 2])))
        first, second = VestingTerms.model_validate(terms), VestingTerms.model_validate(other)
        compared = compare_terms(first, second)
        seen[str(compared.verdict)] += 1
        if compared.verdict is Verdict.REFUTED:
            assert compared.grant is not None
            assert compared.schedules is not None
            assert compared.schedules[0] != compared.schedules[1]
            return
        if compared.verdict is Verdict.OPEN:
            seen[compared.reason[:40]] += 1
            return
        plans = compile_terms(first), compile_terms(second)
        names = [each.id for each in plans[0].conditions if each.recorded][:3]
        days = [None, *(BASE.toordinal() + offset for offset in range(5))]
        for chosen in itertools.product(days, repeat=len(names)):
            recorded = {name: day for name, day in zip(names, chosen, strict=True) if day is not None}
            assert schedules(plans[0], recorded) == schedules(plans[1], recorded)

    compare()
    assert seen["proved"] >= 10, seen
    assert seen["refuted"] >= 5, seen
