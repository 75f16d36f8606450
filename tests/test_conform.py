"""Engines held against cases with known answers: what passes, what fails and under which rule, and what is printed."""

from __future__ import annotations

import json
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from plain_engine import FAULTS, PlainEngine

from vestverify import engine_protocol
from vestverify.command_line import main
from vestverify.engine.reading import DEFAULT_READING, Reading, Stepping, reading_from
from vestverify.fuzz_results import Conformance, ConformanceRun
from vestverify.fuzzing.conformance import FORM_CHECK, conform
from vestverify.fuzzing.conformance_cases import CasesUnusable, chosen, published_cases, read_cases
from vestverify.fuzzing.conformance_features import features_of
from vestverify.fuzzing.engine_function import EngineFunction, Function
from vestverify.reports.conformance_report import FAMILIES, GROUPS, TITLES, render_json, render_table
from vestverify.reports.junit_report import render_conformance

TESTS = Path(__file__).parent
CASES = TESTS / "cases"
KIT = published_cases()
REFERENCE = shlex.join([sys.executable, "-m", "vestverify", "engine"])
PLAIN = shlex.join([sys.executable, str(TESTS / "plain_engine.py")])

Json = dict[str, Any]


def hostile(mode: str, number: int = 0) -> str:
    return shlex.join([sys.executable, str(TESTS / "hostile_engines.py"), mode, str(number)])


def run_command(*arguments: str) -> Result:
    """The real command; a traceback fails the test."""
    result = CliRunner().invoke(main, ["conform", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def held(engine: Function, *rules: str, reading: Reading = DEFAULT_READING, strict: bool = False) -> ConformanceRun:
    cases = chosen(KIT, rules, None)
    asked = EngineFunction(engine)
    return conform(asked, cases, command="e", version="1", reading=reading, strict_reading=strict)


def outcomes(run: ConformanceRun) -> dict[str, Conformance]:
    return {case.name: case.outcome for case in run.cases}


def failed(run: ConformanceRun) -> list[str]:
    return [name for name, outcome in outcomes(run).items() if outcome is Conformance.FAILED]


def case_named(name: str) -> Json:
    path = next(CASES.glob(f"*-{name}.json"))
    case: Json = json.loads(path.read_text(encoding="utf-8"))
    return case


def write_case(folder: Path, case: Json, name: str = "case.json") -> str:
    path = folder / name
    path.write_text(json.dumps(case), encoding="utf-8")
    return str(path)


def replying(*answers: Json) -> Function:
    """An engine with these answers, one after the other."""
    left = list(answers)
    return lambda request: left.pop(0)


def asked_about(folder: Path, case: Json, *answers: Json) -> ConformanceRun:
    cases = read_cases([write_case(folder, case)])
    return conform(EngineFunction(replying(*answers)), cases, command="e", version="1")


# The kit.


def test_the_published_cases_are_the_labelled_cases() -> None:
    published = {Path(case.path).name: Path(case.path).read_bytes() for case in KIT}
    assert published == {path.name: path.read_bytes() for path in sorted(CASES.glob("*.json"))}
    assert [case.raw for case in KIT] == [json.loads(Path(case.path).read_text(encoding="utf-8")) for case in KIT]


def test_the_cases_are_packaged() -> None:
    tools = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert "vestverify.cases" in tools["packages"]
    assert tools["package-dir"]["vestverify.cases"] == "tests/cases"
    assert tools["package-data"]["vestverify.cases"] == ["*.json"]


def test_cases_are_chosen_by_rule_by_family_and_by_confidence() -> None:
    months = chosen(KIT, ["DAT-2"], None)
    dates = chosen(KIT, ["dat"], None)
    assert months
    assert all("DAT-2" in case.rules for case in months)
    assert len(dates) > len(months)
    assert {case.confidence for case in chosen(KIT, ["DAT-2"], "certain")} == {"certain"}
    assert len(chosen(KIT, ["DAT-2", "REL"], None)) > len(months)


def test_a_rule_without_cases_is_refused_with_the_families_that_have_some() -> None:
    with pytest.raises(CasesUnusable, match=r"'DAT-99'; there are rules of SRC, .*REL"):
        chosen(KIT, ["DAT-99"], None)


def test_every_rule_of_the_kit_has_its_place_and_the_title_that_the_semantics_gives_it() -> None:
    page = (TESTS.parent / "docs" / "semantics.md").read_text(encoding="utf-8")
    titles = dict(re.findall(r"^### ([A-Z]+-\d+) (.+)$", page, re.MULTILINE))
    assert titles == TITLES
    named = {rule for case in KIT for rule in case.rules}
    assert named <= titles.keys()
    assert {rule.partition("-")[0] for rule in named} == set(FAMILIES)


def test_features_are_of_the_groups_that_are_shown() -> None:
    found = {feature for case in KIT for feature in features_of(case.raw)}
    assert {feature.partition(": ")[0] for feature in found} == set(GROUPS)
    assert found >= {
        "allocation: FRONT_LOADED",
        "trigger: VESTING_EVENT",
        "period: cliff_installment",
        "amount: remainder",
        "amount: decimals",
        "issuance: vestings stated",
        "issuance: TX_WARRANT_ISSUANCE",
        "transaction: TX_VESTING_ACCELERATION",
        "grant: before the vesting start",
        "grant: after the vesting start",
        "request: with a defect",
    }


def test_features_of_what_is_no_ocf_are_found_all_the_same() -> None:
    raw = {"terms": {"vesting_conditions": [3, {"trigger": 4, "portion": []}]}, "issuance": 5, "transactions": "x"}
    assert "trigger: None" in features_of(raw)


# Engines.


def test_the_reference_engine_passes_every_case() -> None:
    result = run_command("--engine", REFERENCE, "--format", "json")
    report = json.loads(result.stdout)
    assert result.exit_code == report["exit_code"] == 0
    assert [case["outcome"] for case in report["cases"]] == ["passed"] * len(KIT)
    assert report["remarks"] == []


def test_the_plain_engine_passes_or_does_not_support_every_case() -> None:
    result = run_command("--engine", PLAIN, "--format", "json")
    found = {case["outcome"] for case in json.loads(result.stdout)["cases"]}
    assert (result.exit_code, found) == (0, {"passed", "unsupported"})


#: Faults with which the engine gives the answers of another published reading only.
BY_READING = {
    "drift-after-a-short-month": {"stepping": "from-previous"},
    "terms-win-over-vestings": {"source": "terms"},
    "remainder-fixed-on-entry": {"remainder_basis": "on-entry"},
    "duplicate-start-earliest": {"duplicate_start": "earliest"},
}


@pytest.mark.parametrize("name", BY_READING)
def test_answers_by_another_published_reading_are_no_failures_and_name_it(name: str) -> None:
    run = held(PlainEngine(name))
    readings = [case.reading for case in run.cases if case.outcome is Conformance.DIFFERS_BY_READING]
    assert readings
    assert all(reading == BY_READING[name] for reading in readings)
    assert (failed(run), run.exit_code) == ([], 0)
    assert held(PlainEngine(name), strict=True).exit_code == 1


@pytest.mark.parametrize(
    "name",
    [
        *("half-down", "cliff-ignored", "pre-grant-dropped", "fractions-per-condition", "portion-through-float"),
        *("negative-amounts-accepted", "later-of-is-always-the-sum", "unknown-condition-ignored", "stock-fully-vested"),
    ],
)
def test_a_fault_fails_a_case_of_the_rule_that_it_breaks(name: str) -> None:
    fault = FAULTS[name]
    run = held(PlainEngine(name))
    wrong = [case for case in run.cases if case.outcome in (Conformance.FAILED, Conformance.DIFFERS_BY_READING)]
    assert any({fault.rule, *fault.also} & {*case.rules} for case in wrong)
    assert not failed(held(PlainEngine(), *{rule for case in wrong for rule in case.rules}))


def test_a_fault_of_rounding_fails_the_cases_of_rounding_in_the_command() -> None:
    result = run_command("--engine", f"{PLAIN} --fault half-down", "--rule", "ALC-2")
    assert result.exit_code == 1
    assert "22-shares-over-8-cumulative-rounding [ALC-1, ALC-2]: vests 2 on 2025-03-07 instead of 3" in result.stdout
    assert "20 passed, 1 failed." in result.stdout


def test_the_reading_that_accounts_for_most_is_named_where_several_account_for_one_answer() -> None:
    by_bundle = reading_from("ocf-tools")

    def engine(request: Json) -> Json:
        return engine_protocol.answer({**request, "reading": by_bundle.differences()})

    run = held(engine)
    assert outcomes(run)["months-count-from-the-base"] is Conformance.DIFFERS_BY_READING
    readings = [case.reading for case in run.cases if case.reading is not None]
    assert {"allocation_scope": "condition"} in readings
    assert any(len(reading) > 1 for reading in readings)


def test_two_other_choices_together_account_for_an_answer() -> None:
    pair = {"leave_periodic": "on-next", "periodic_reference": "first"}
    run = held(lambda request: engine_protocol.answer({**request, "reading": pair}))
    assert pair in [case.reading for case in run.cases]


def test_another_reading_is_asked_for_and_the_reference_engine_says_what_is_expected() -> None:
    drifting = Reading(stepping=Stepping.FROM_PREVIOUS)
    heard: list[Any] = []

    def engine(request: Json) -> Json:
        heard.append(request.get("reading"))
        return engine_protocol.answer(request)

    run = held(engine, "DAT-2", reading=drifting)
    assert {"stepping": "from-previous"} in heard
    assert set(outcomes(run).values()) == {Conformance.PASSED}
    expected = {case.name: case.expected for case in run.cases}
    assert [*expected["months-count-from-the-base"]] != case_named("months-count-from-the-base")["expected"]["schedule"]
    ignoring = held(
        lambda request: engine_protocol.answer({**request, "reading": "default"}), "DAT-2", reading=drifting
    )
    assert {"stepping": "from-base"} in [case.reading for case in ignoring.cases]


# What counts as what.


def test_any_errors_pass_where_errors_are_expected_and_another_code_is_noted(tmp_path: Path) -> None:
    case = case_named("defect-next-condition-is-missing")
    run = asked_about(tmp_path, case, {"errors": [{"code": "E7", "message": "no"}]})
    assert (run.cases[0].outcome, run.exit_code) == (Conformance.PASSED, 0)
    assert run.cases[0].sentence == "names E7 where the defect is VV102"
    assert asked_about(tmp_path, case, {"errors": [{"code": "VV102"}]}).cases[0].sentence == ""


def test_a_schedule_fails_where_errors_are_expected(tmp_path: Path) -> None:
    run = asked_about(tmp_path, case_named("defect-next-condition-is-missing"), {"schedule": []})
    assert (run.cases[0].outcome, run.exit_code) == (Conformance.FAILED, 1)
    assert "VV102" in run.cases[0].sentence


def test_a_defect_that_no_run_shows_passes_with_errors_and_with_the_right_schedule(tmp_path: Path) -> None:
    case = case_named("defect-sibling-with-the-same-date")
    right = engine_protocol.answer({**{key: case[key] for key in ("terms", "issuance", "transactions")}, "id": "1"})
    assert right["schedule"]
    answers: list[Json] = [right, {"errors": [{"code": "DEAD"}]}, {"schedule": []}]
    found = [asked_about(tmp_path, case, {**answer, "id": "1"}).cases[0].outcome for answer in answers]
    assert found == [Conformance.PASSED, Conformance.PASSED, Conformance.FAILED]


def test_errors_fail_where_a_schedule_is_expected_unless_they_name_what_is_wrong(tmp_path: Path) -> None:
    case = case_named("defect-terms-never-vest-the-whole-grant")
    assert asked_about(tmp_path, case, {"errors": [{"code": "VV302"}]}).cases[0].outcome is Conformance.PASSED
    refused = asked_about(tmp_path, case, {"errors": [{"code": "E", "message": "\x1b[31mno"}]}).cases[0]
    assert refused.outcome is Conformance.FAILED
    assert refused.sentence == "refuses a case that has a schedule: E: \\x1b[31mno"


def test_positions_are_compared_as_far_as_they_are_given(tmp_path: Path) -> None:
    case = case_named("early-exercisable-option-from-the-grant-on")
    expected = case["expected"]
    right = {
        "schedule": expected["schedule"],
        "vested": expected["vested_as_of"],
        "unvested": expected["unvested_as_of"],
        "exercisable": expected["exercisable"],
    }
    assert not failed(asked_about(tmp_path, case, right))
    assert not failed(asked_about(tmp_path, case, {"schedule": expected["schedule"]}))
    for name in ("vested", "unvested", "exercisable"):
        run = asked_about(tmp_path, case, {**right, name: "7"})
        assert run.cases[0].sentence.startswith(f"counts 7 {name} as of the day asked for instead of ")
        assert run.exit_code == 1


def test_another_form_of_answer_is_one_failure_however_many_answers_have_it() -> None:
    run = held(PlainEngine("quantities-are-numbers"), "DAT")
    assert failed(run) == [FORM_CHECK]
    check = run.cases[-1]
    assert (check.rules, run.exit_code) == (("OUT-1",), 1)
    assert re.match(r"writes \d\d of \d\d answers in another form", check.sentence)


def test_what_is_not_supported_is_no_failure_but_supporting_nothing_is_remarked() -> None:
    run = held(lambda request: {"unsupported": "everything"}, "DAT-1")
    assert set(outcomes(run).values()) == {Conformance.UNSUPPORTED}
    assert run.exit_code == 0
    assert "so that nothing was tested" in run.remarks[0]


def test_a_known_answer_that_the_reference_engine_does_not_give_is_an_internal_error(tmp_path: Path) -> None:
    case = case_named("months-count-from-the-base")
    case["expected"]["schedule"][0]["quantity"] = "6"
    path = write_case(tmp_path, case)
    for output in ("table", "json", "junit"):
        result = run_command("--engine", REFERENCE, "--format", output, path)
        words = re.sub(r"\s+", " ", result.stdout if output == "table" else result.stderr)
        assert result.exit_code == 4
        assert "internal error: months-count-from-the-base: the case expects 6 on" in words
        assert "the reference engine gives 5 on" in words


# Cases of one's own.


def test_cases_of_ones_own_replace_the_published_ones(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write_case(tmp_path / "below", case_named("days-then-months"))
    write_case(tmp_path, {"no": "case"}, "other.json")
    result = run_command("--engine", REFERENCE, "--format", "json", str(tmp_path))
    assert result.exit_code == 0
    assert [case["name"] for case in json.loads(result.stdout)["cases"]] == ["days-then-months"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"expected": None}, "no case with an issuance and an expected answer"),
        ({"expected": {}}, "what it expects cannot be read"),
        ({"expected": {"schedule": [{"date": "x", "quantity": "1"}]}}, "what it expects cannot be read"),
        ({"expected": {"schedule": [{"date": "2024-01-01", "quantity": 1}]}}, "not written as an engine has to answer"),
        ({"reading": "nobody's"}, "no reading is called"),
        ({"reading": 7}, "case.json"),
        ({"rules": "DAT-2"}, "'rules' is not a list"),
        ({"confidence": "perhaps"}, "certain or interpretation"),
    ],
)
def test_a_case_that_cannot_be_used_is_refused_by_name(tmp_path: Path, change: Json, problem: str) -> None:
    path = write_case(tmp_path, {**case_named("days-then-months"), **change})
    result = run_command("--engine", REFERENCE, path)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "case.json" in result.stderr


@pytest.mark.parametrize("text", ["", "{", "[" * 10_000, '{"a": 1, "a": 2}', '{"a": ' + "9" * 10_000 + "}", "\udcff"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "case.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    result = run_command("--engine", REFERENCE, str(path))
    assert result.exit_code == 2
    assert "case.json" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "Missing option '--engine'"),
        (("--engine", "no-such-program"), "cannot be started"),
        (("--engine", ""), "command is empty"),
        (("--engine", REFERENCE, "nowhere.json"), "there is no such file"),
        (("--engine", REFERENCE, str(TESTS / "mutants")), "no case with an expected answer"),
        (("--engine", REFERENCE, "--rule", "\x1b[31m"), "no case is about the rule"),
        (("--engine", REFERENCE, "--rule", "REL-6", "--confidence", "interpretation"), "no case is left to ask"),
        (("--engine", REFERENCE, "--reading", "nobody's"), "no reading is called"),
        (("--engine", REFERENCE, "--timeout", "0"), "--timeout"),
    ],
)
def test_a_wrong_command_line_is_refused_in_a_sentence(arguments: tuple[str, ...], problem: str) -> None:
    result = run_command(*arguments)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "\x1b" not in result.stderr
    assert result.stdout == ""


# Hostile engines.


@pytest.mark.parametrize("mode", ["dies-always", "dies-at-start", "only-rubbish", "hangs-always"])
def test_an_engine_that_answers_nothing_fails_in_plain_words(mode: str) -> None:
    result = run_command("--engine", hostile(mode), "--timeout", "0.3", "--rule", "DAT-1")
    assert result.exit_code == 1
    assert "note: the engine answered none of the 8 cases." in result.stdout
    assert "gives no answer" in result.stdout
    assert "Traceback" not in result.output
    assert all(character.isprintable() or character == "\n" for character in result.output)


@pytest.mark.parametrize("mode", ["constant", "twice", "rubbish-between", "unknown-id-besides", "dies-on-nth", "slow"])
@pytest.mark.parametrize("output", ["table", "json", "junit"])
def test_an_engine_that_answers_wrongly_fails_in_every_format(mode: str, output: str) -> None:
    result = run_command(
        "--engine", hostile(mode, 5), "--timeout", "1", "--rule", "DAT-2", "--confidence", "certain", "--format", output
    )
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert all(character.isprintable() or character == "\n" for character in result.output)


def test_what_an_engine_does_beside_its_answers_is_remarked() -> None:
    result = run_command("--engine", hostile("rubbish-between"), "--rule", "DAT-1", "--format", "json")
    assert json.loads(result.stdout)["remarks"]


# Reports.


def test_the_report_for_machines_counts_as_its_cases_do() -> None:
    report = json.loads(render_json(held(PlainEngine("drift-after-a-short-month", "half-down"))))
    assert list(report) == ["format", "engine", "reading", "rules", "features", "cases", "remarks", "exit_code"]
    assert report["format"] == "vestverify.conform/1"
    keys = ["name", "rules", "confidence", "outcome", "reading", "expected", "actual", "sentence"]
    assert all(list(case) == keys for case in report["cases"])
    for row in report["rules"]:
        for outcome in ("passed", "failed", "unsupported", "differs_by_reading"):
            about = [case for case in report["cases"] if row["rule"] in case["rules"]]
            assert row[outcome] == sum(case["outcome"] == outcome for case in about)
    families = [row["rule"].partition("-")[0] for row in report["rules"]]
    assert families == sorted(families, key=FAMILIES.index)
    numbers = [int(row["rule"].partition("-")[2]) for row in report["rules"] if row["rule"].startswith("DAT")]
    assert numbers == list(range(1, 9))
    assert sum(row["failed"] for row in report["features"]) > 0


def test_the_reports_are_the_same_for_the_same_run() -> None:
    first, second = (held(PlainEngine("half-down"), "ALC") for _ in range(2))
    assert render_json(first) == render_json(second)
    assert render_table(first) == render_table(second)
    assert render_conformance(first) == render_conformance(second)


def test_the_tables_fit_a_terminal_and_end_with_the_whole() -> None:
    text = render_table(held(PlainEngine("half-down", "drift-after-a-short-month")), width=100)
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 100
    assert all(line == line.rstrip() for line in lines)
    assert lines[-1] == "167 passed, 3 failed, 51 unsupported, 6 right under another reading."
    assert "REL-6 What may stand beside a relationship " in text
    row = next(line for line in lines if line.startswith("CLF-2"))
    assert row.split() == ["CLF-2", "No", "cliff", "2", "-", "-", "-", "2/2", "-"]


def test_many_failures_alike_are_counted_and_not_repeated() -> None:
    text = render_table(held(lambda request: {"no": "answer"}))
    assert len(text.splitlines()) < 150
    assert f"and so in {len(KIT) - 1} more cases" in text


def test_colours_change_nothing_but_colours() -> None:
    run = held(PlainEngine("half-down"), "ALC-2")
    coloured = render_table(run, colour=True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_table(run)


def test_what_to_do_next_names_the_first_case_that_fails() -> None:
    result = run_command("--engine", f"{PLAIN} --fault half-down", "--rule", "ALC-2")
    words = re.sub(r"\s+", " ", result.stdout)
    path = next(CASES.glob("*-22-shares-over-8-cumulative-rounding.json"))
    assert re.search(rf"`vestverify schedule \S*{re.escape(path.name)}`", words)


def test_help_says_what_it_is_for_and_how_it_ends() -> None:
    text = run_command("--help").stdout
    for words in ("--engine COMMAND", "--rule RULE", "--confidence", "--strict-reading", "[CASES]...", "Exit codes:"):
        assert words in text
