"""The fuzzer finds what is wrong with an engine, puts it down to its cause, and says nothing about one that is right."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from plain_engine import FAULTS, PlainEngine

from vestverify import engine_protocol
from vestverify.engine.reading import BUNDLES, DEFAULT_READING, Reading, reading_from
from vestverify.fuzz_results import FailureGroup
from vestverify.fuzzing.campaign import Campaign, Options
from vestverify.fuzzing.engine_function import EngineFunction
from vestverify.fuzzing.engine_process import EngineProcess
from vestverify.fuzzing.triage import Cause
from vestverify.strategies import subject_of

EXAMPLES = Path(__file__).parents[1] / "examples"
HOSTILE = Path(__file__).parent / "hostile_engines.py"

#: Faults of other engines, each in the code of an engine that shares nothing with the reference engine.
FAULTY = (
    "drift-after-a-short-month",
    "month-overflow",
    "29-or-last-read-as-31",
    "fixed-day-ignored",
    "fixed-day-clamped-to-28",
    "month-is-30-days",
    "one-day-early",
    "half-to-even",
    "half-down",
    "float-running-sum",
    "grant-through-float",
    "fractions-per-condition",
    "rounded-one-by-one",
    "front-loaded-as-back-loaded",
    "catch-up-on-the-next-tranche",
    "catch-up-dropped",
    "catch-up-keeps-dates",
    "date-of-untaken-parents",
    "tie-reversed",
    "tie-by-document-order",
    "first-listed-wins",
    "deadline-ignored",
    "all-siblings-run",
    "last-duplicate-id-wins",
    "dangling-next-ignored",
    "cycle-cut-silently",
    "missing-terms-fully-vested",
    "missing-terms-nothing-vests",
    "no-terms-nothing-vests",
    "vestings-ignored",
    "stock-fully-vested",
    "remainder-fixed-on-entry",
    "remainder-ignored",
    "cliff-ignored",
    "cliff-one-late",
    "grant-day-deferred",
    "pre-grant-keeps-dates",
    "relative-to-first-occurrence",
    "relative-to-parent",
    "start-defaults-to-the-grant-date",
    "unrecorded-event-is-met",
    "transactions-of-others",
    "portion-is-the-total",
    "occurrences-one-short",
    "terms-cached-by-id",
    "zero-rows",
)


def faulty(*names: str) -> EngineFunction:
    return EngineFunction(factory=lambda: PlainEngine(*names))


def causes_of(engine: EngineFunction, examples: int = 2_000, enough: int = 10**9) -> list[tuple[Cause, int]]:
    campaign: Campaign

    def stop() -> bool:
        return campaign.tally.failed >= enough

    campaign = Campaign(engine, Options(examples=examples, stop=stop))
    campaign.try_examples()
    return [(cause, len(failures)) for cause, failures in campaign.causes()]


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_engine_is_found_and_its_failures_are_put_down_to_the_right_rule(name: str) -> None:
    causes = causes_of(faulty(name), enough=25)
    assert causes, "nothing was found"
    largest, _ = max(causes, key=lambda found: found[1])
    assert largest.rule in (FAULTS[name].rule, *FAULTS[name].also), largest
    assert len(causes) <= 8


def test_there_are_at_least_twenty_five_faulty_engines() -> None:
    assert len(set(FAULTY)) >= 25
    assert set(FAULTY) <= set(FAULTS)


def test_an_engine_that_shares_nothing_with_the_reference_engine_and_is_right_raises_nothing() -> None:
    campaign = Campaign(faulty(), Options(examples=20_000))
    assert campaign.run() == []
    assert campaign.tally.examples == 20_000
    assert campaign.tally.unsupported < 2_000


def test_the_reference_engine_asked_as_any_other_raises_nothing() -> None:
    campaign = Campaign(EngineFunction(engine_protocol.answer), Options(examples=3_000, seed=9))
    assert campaign.run() == []
    assert (campaign.tally.examples, campaign.tally.unsupported) == (3_000, 0)


@pytest.mark.parametrize("bundle", sorted(BUNDLES))
def test_an_engine_held_to_the_reading_that_it_follows_raises_nothing(bundle: str) -> None:
    campaign = Campaign(EngineFunction(engine_protocol.answer), Options(examples=600, reading=BUNDLES[bundle]))
    assert campaign.run() == []


def following(reading: Reading) -> EngineFunction:
    """An engine that follows a reading whatever it is asked for."""
    return EngineFunction(lambda request: engine_protocol.answer({**request, "reading": reading.differences()}))


READINGS = (
    {"stepping": "from-previous"},
    {"first_fixed_day": "on-or-after"},
    {"anchor_day": "reference"},
    {"periodic_reference": "first"},
    {"early_event": "ignored"},
    {"catch_up": "next-tranche"},
    {"remainder_basis": "on-entry"},
    {"allocation_scope": "condition"},
    {"grant_catch_up": "next-tranche"},
    {"leave_periodic": "overlap"},
    {"roots": "all"},
    {"source": "terms"},
    {"acceleration": "last"},
    {"retraction": "ends"},
    {"duplicate_start": "earliest"},
)


@pytest.mark.parametrize("choices", READINGS, ids=str)
def test_a_difference_that_another_published_reading_explains_is_reported_as_that(choices: dict[str, str]) -> None:
    causes = causes_of(following(reading_from(choices)), enough=25)
    largest, _ = max(causes, key=lambda found: found[1])
    assert largest.reading == choices
    unexplained = sum(count for cause, count in causes if cause.reading is None)
    assert unexplained <= sum(count for _, count in causes) // 10


def test_an_engine_that_follows_a_bundle_is_told_by_its_choices_or_by_the_bundle() -> None:
    causes = causes_of(following(BUNDLES["ocf-tools"]), examples=1_000)
    explained = sum(count for cause, count in causes if cause.reading is not None)
    assert explained >= sum(count for _, count in causes) * 9 // 10
    named = {key for cause, _ in causes for key in cause.reading or {}}
    assert named <= set(BUNDLES["ocf-tools"].differences())


def test_two_faults_of_one_engine_are_two_causes() -> None:
    causes = causes_of(faulty("half-to-even", "catch-up-dropped"))
    assert {"ALC-2", "DAT-8"} <= {cause.rule for cause, _ in causes}


def test_ten_thousand_failures_become_a_short_list() -> None:
    campaign = Campaign(faulty("one-day-early"), Options(examples=3_000))
    groups = campaign.run()
    assert campaign.tally.failed > 1_000
    assert len(groups) <= 5
    assert sum(group.count for group in groups) == campaign.tally.failed


def only_group(name: str, **options: Any) -> FailureGroup:
    groups = Campaign(faulty(name), Options(**{"examples": 600, **options})).run()
    return max(groups, key=lambda group: group.count)


def test_the_smallest_case_of_a_cause_is_small() -> None:
    group = only_group("half-to-even", examples=1_500)
    assert len(group.case["terms"]["vesting_conditions"]) <= 2
    assert int(group.case["issuance"]["quantity"]) <= 4
    assert len(group.case["transactions"]) <= 1


def test_the_smallest_case_still_shows_what_the_group_says() -> None:
    group = only_group("cliff-ignored")
    answer = PlainEngine("cliff-ignored")({**group.case, "id": "1"})
    right = engine_protocol.answer({**group.case, "format": "vestverify.engine/1", "id": "1"})
    assert answer["schedule"] == list(group.actual)
    assert right["schedule"] == list(group.expected)
    assert group.actual != group.expected


def test_a_defect_that_is_accepted_names_its_code() -> None:
    groups = Campaign(faulty("last-duplicate-id-wins"), Options(examples=1_000)).run()
    assert [(group.rule, group.code) for group in groups] == [("GRF-3", "VV103")]
    assert groups[0].expected == ({"code": "VV103"},)


def test_state_between_securities_is_told_from_a_wrong_rule_and_names_the_case_before() -> None:
    campaign = Campaign(faulty("terms-cached-by-id"), Options(examples=200))
    groups = campaign.run()
    assert {group.rule for group in groups} <= {"cross-talk", "repeat-evaluation"}
    [group] = [group for group in groups if group.rule == "cross-talk"]
    [before] = group.preceding
    engine = PlainEngine("terms-cached-by-id")
    engine({**before, "id": "1"})
    after_another, alone = (each({**group.case, "id": "2"}) for each in (engine, PlainEngine()))
    assert after_another != alone
    assert alone.get("schedule", []) == [dict(row) for row in group.expected if "date" in row]


def test_an_engine_that_forgets_the_same_request_is_told_by_asking_it_again() -> None:
    groups = Campaign(faulty("terms-consumed"), Options(examples=400)).run()
    assert "repeat-evaluation" in {group.rule for group in groups}


def test_what_an_engine_does_not_support_is_counted_and_never_failed() -> None:
    def engine(request: dict[str, Any]) -> dict[str, Any]:
        return {"id": request["id"], "unsupported": "everything"}

    campaign = Campaign(EngineFunction(engine), Options(examples=100))
    assert campaign.run() == []
    assert (campaign.tally.examples, campaign.tally.unsupported) == (100, 100)


def test_the_same_seed_gives_the_same_groups_and_another_seed_other_cases() -> None:
    first, second = only_group("half-down"), only_group("half-down")
    assert first == second
    tried = []
    for number in (0, 0, 1):
        campaign = Campaign(faulty(), Options(examples=300, seed=number))
        campaign.try_examples()
        tried.append([example.raw for example in campaign.tally.passes])
    assert tried[0] == tried[1] != tried[2]


def test_under_another_reading_an_engine_is_held_to_that_reading() -> None:
    reading = reading_from({"catch_up": "next-tranche"})
    campaign = Campaign(following(DEFAULT_READING), Options(examples=1_500, reading=reading))
    groups = campaign.run()
    assert [group.explained_by_reading for group in groups][:1] == [{"catch_up": "on-entry"}]
    assert groups[0].case["reading"] == {"catch_up": "next-tranche"}


def test_given_terms_are_the_ones_that_are_tried() -> None:
    raw = json.loads((EXAMPLES / "four-year-monthly-cliff-installment.json").read_text(encoding="utf-8"))
    seen: list[Any] = []

    def engine(request: dict[str, Any]) -> Any:
        seen.append(request["terms"])
        return engine_protocol.answer(request)

    campaign = Campaign(EngineFunction(engine), Options(examples=100))
    assert campaign.run([subject_of(raw)]) == []
    of_these = [terms for terms in seen if terms is not None and terms["name"] == raw["name"]]
    assert len(of_these) > len(seen) // 2


@pytest.mark.parametrize(
    ("mode", "rule"),
    [
        ("dies-always", "died"),
        ("only-rubbish", "rubbish"),
        ("hangs-always", "silent"),
    ],
)
def test_an_engine_that_gives_no_answers_is_survived_and_the_case_is_a_finding(mode: str, rule: str) -> None:
    with EngineProcess(f"{sys.executable} {HOSTILE} {mode}", timeout=0.3) as engine:
        campaign = Campaign(engine, Options(examples=2_000))
        groups = campaign.run()
    assert {group.rule for group in groups} == {rule}
    assert all(group.case["issuance"] for group in groups)
    assert any("ended early" in remark for remark in campaign.tally.remarks)


TWICE = """\
import json, sys
from vestverify.engine_protocol import answer
for number, line in enumerate(sys.stdin):
    text = json.dumps(answer(json.loads(line)))
    print(text, flush=True)
    if number % 50 == 7:
        print(text, flush=True)
"""


def test_an_engine_that_answers_some_requests_twice_is_found_and_nothing_else_is(tmp_path: Path) -> None:
    script = tmp_path / "twice.py"
    script.write_text(TWICE, encoding="utf-8")
    with EngineProcess(f"{sys.executable} {script}") as engine:
        groups = Campaign(engine, Options(examples=200)).run()
    assert {group.rule for group in groups} == {"answered-twice"}


def test_a_cause_is_told_to_people_in_one_sentence() -> None:
    for name in ("half-to-even", "deadline-ignored"):
        group = only_group(name, examples=1_000)
        assert group.sentence.startswith("the engine ")
        assert "\n" not in group.sentence


def test_stopping_early_ends_the_run_with_what_was_found() -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= 2

    campaign = Campaign(faulty("cliff-ignored"), Options(examples=100_000, stop=stop))
    assert campaign.run()
    assert campaign.tally.examples < 2_000
