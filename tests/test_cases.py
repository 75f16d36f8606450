"""The project's own labelled cases (tests/cases), run through the reference engine and the real command.

What every case expects was worked out by hand from the rules it names; see tests/cases/README.md.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pydantic
import pytest
from click.testing import CliRunner

from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.case import Case, schedule_of
from vestverify.engine.ledger import ledger_of
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import DefectiveTerms
from vestverify.engine.reading import reading_from
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.engine.securities import Issuance, Transaction, VestingTransaction, transaction_model
from vestverify.engine.vesting_terms import AllocationType, VestingTerms

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))

#: Rules that one run of an engine can show.
RULES = {
    f"{family}-{number}"
    for family, numbers in {
        "SRC": range(1, 6),
        "GRF": range(1, 7),
        "TRG": range(1, 6),
        "PTH": range(1, 5),
        "DAT": range(1, 9),
        "AMT": range(1, 7),
        "ALC": range(1, 5),
        "NUM": range(1, 3),
        "OUT": range(1, 3),
        "INV": range(1, 3),
        "CLF": range(1, 4),
        "GRD": (1,),
        "ACC": range(1, 4),
        "EXR": (1,),
        "TXN": range(1, 5),
        "REL": range(1, 8),
    }.items()
    for number in numbers
}

#: Every published answer beside the default.
ALTERNATIVES = [
    ("siblings", "independent"),
    ("source", "terms"),
    ("source", "both-must-agree"),
    ("roots", "all"),
    ("leave_periodic", "on-next"),
    ("leave_periodic", "overlap"),
    ("stepping", "from-previous"),
    ("first_fixed_day", "on-or-after"),
    ("anchor_day", "reference"),
    ("periodic_reference", "first"),
    ("early_event", "ignored"),
    ("catch_up", "next-tranche"),
    ("remainder_basis", "on-entry"),
    ("allocation_scope", "condition"),
    ("grant_catch_up", "next-tranche"),
    ("acceleration", "soonest"),
    ("acceleration", "last"),
    ("retraction", "ends"),
    ("duplicate_start", "earliest"),
]

CODES = {
    *("VV003", "VV101", "VV102", "VV103", "VV104", "VV105", "VV106", "VV107", "VV108", "VV109"),
    *("VV111", "VV112", "VV113", "VV201"),
    *("VV301", "VV302", "VV303", "VV308", "VV309", "VV501", "VV502", "VV503", "VV504"),
    *("VV505", "VV506", "VV508", "VV509", "VV510"),
}

#: What no single run of the engine can show, so that only the command finds it.
FOUND_BY_THE_COMMAND_ONLY = {"VV105", "VV201", "VV302", "VV303"}


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def schedule_by_the_engine(document: dict[str, Any]) -> Schedule:
    return schedule_of(case_in(document), reading_from(document.get("reading", "default")))


def case_in(document: dict[str, Any]) -> Case:
    transactions: list[VestingTransaction | Transaction] = []
    for item in document["transactions"]:
        is_vesting = item["object_type"] in ("TX_VESTING_START", "TX_VESTING_EVENT")
        model = VestingTransaction if is_vesting else transaction_model(item["object_type"])
        transactions.append(model.model_validate(item))
    terms = document["terms"]
    return Case(
        terms=None if terms is None else VestingTerms.model_validate(terms),
        issuance=Issuance.model_validate(document["issuance"]),
        transactions=tuple(transactions),
    )


def codes_by_the_engine(document: dict[str, Any]) -> set[str]:
    """The codes with which the engine refuses a case; none where it gives a schedule."""
    try:
        schedule_by_the_engine(document)
    except pydantic.ValidationError:
        return {"VV003"}
    except (DefectiveTerms, Unschedulable) as refusal:
        return {defect.code for defect in refusal.defects}
    return set()


def rows(schedule: Schedule) -> list[dict[str, str]]:
    return [{"date": format_day(row.day), "quantity": format_quantity(row.shares)} for row in schedule.installments]


def run_command(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output of the real command; a traceback fails the test."""
    from vestverify.command_line import main

    result = CliRunner().invoke(main, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def check(path: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and report of ``vestverify check PATH --format json``."""
    exit_code, output = run_command("check", str(path), "--format", "json")
    report: dict[str, Any] = json.loads(output)
    return exit_code, report


def findings_in(report: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for document in report["documents"]:
        found.extend(document["errors"])
        for terms in document["terms"]:
            found.extend(terms["findings"])
        found.extend(document["ledger"])
    return found


def is_reported(expected: dict[str, str | None], findings: Iterable[dict[str, Any]]) -> bool:
    """Whether a finding has the expected code and conditions: "a,b" are all of them, "a" is one of them."""
    wanted = expected["condition_id"]
    for finding in findings:
        if finding["code"] != expected["code"]:
            continue
        named = finding["condition_ids"]
        if wanted is None or wanted in named or ("," in wanted and named == wanted.split(",")):
            return True
    return False


def exit_code_of(report: dict[str, Any]) -> int:
    """The exit code that a report's own content calls for, internal errors apart."""
    findings = findings_in(report)
    if any(document["errors"] for document in report["documents"]):
        return 2
    if any(finding["severity"] == "error" for finding in findings):
        return 1
    verdicts = (
        decided["verdict"]
        for document in report["documents"]
        for terms in document["terms"]
        for decided in terms["properties"]
    )
    return 3 if "open" in verdicts else 0


def assert_reported(document: dict[str, Any], exit_code: int, report: dict[str, Any]) -> None:
    findings = findings_in(report)
    found = [(finding["code"], finding["condition_ids"]) for finding in findings]
    missing = [expected for expected in document["expected"]["errors"] if not is_reported(expected, findings)]
    assert not missing, f"not reported: {missing}; reported: {found}"
    assert report["exit_code"] == exit_code
    assert exit_code == exit_code_of(report)


def with_schedule(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if "schedule" in load(path)["expected"]]


def with_errors(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if "errors" in load(path)["expected"]]


def refused_by_the_engine(paths: Iterable[Path]) -> list[Path]:
    chosen = []
    for path in paths:
        expected = load(path)["expected"]
        codes = {error["code"] for error in expected.get("errors", [])}
        if "schedule" not in expected and codes - FOUND_BY_THE_COMMAND_ONLY:
            chosen.append(path)
    return chosen


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", with_schedule(CASES), ids=name_of)
def test_the_engine_gives_the_schedule_worked_out_by_hand(path: Path) -> None:
    document = load(path)
    assert rows(schedule_by_the_engine(document)) == document["expected"]["schedule"]


@pytest.mark.parametrize("path", [path for path in with_schedule(CASES) if "as_of" in load(path)], ids=name_of)
def test_the_engine_counts_what_has_vested_as_of_a_day(path: Path) -> None:
    document = load(path)
    ledger = ledger_of(case_in(document), reading_from(document.get("reading", "default")))
    position = ledger.position(parse_day(document["as_of"]))
    expected = document["expected"]
    assert format_quantity(position.vested) == expected["vested_as_of"]
    assert format_quantity(position.unvested) == expected["unvested_as_of"]
    if "exercisable" in expected:
        assert format_quantity(position.exercisable) == expected["exercisable"]


@pytest.mark.parametrize("path", refused_by_the_engine(CASES), ids=name_of)
def test_the_engine_refuses_a_defective_case_with_the_expected_codes(path: Path) -> None:
    document = load(path)
    expected = {error["code"] for error in document["expected"]["errors"]}
    assert expected <= codes_by_the_engine(document)


@pytest.mark.parametrize("path", with_errors(CASES), ids=name_of)
def test_the_command_reports_the_defects_of_a_case(path: Path) -> None:
    exit_code, report = check(path)
    assert_reported(load(path), exit_code, report)


@pytest.mark.parametrize("path", with_schedule(CASES), ids=name_of)
def test_the_command_prints_the_schedule_of_a_case(path: Path) -> None:
    exit_code, output = run_command("schedule", str(path), "--format", "json")
    document = load(path)
    answer = json.loads(output)
    assert exit_code == 0
    assert answer["schedule"] == document["expected"]["schedule"]
    for key, name in (("vested", "vested_as_of"), ("unvested", "unvested_as_of"), ("exercisable", "exercisable")):
        if name in document["expected"]:
            assert answer[key] == document["expected"][name]


def test_every_rule_that_an_engine_can_show_has_a_case() -> None:
    covered = {rule for path in CASES for rule in load(path)["rules"]}
    assert not RULES - covered


def test_every_rule_that_a_case_names_is_a_known_one() -> None:
    named = {rule for path in CASES for rule in load(path)["rules"]}
    assert not named - RULES


@pytest.mark.parametrize(("key", "value"), ALTERNATIVES)
def test_every_reading_has_a_pair_of_cases_that_tells_it_from_the_default(key: str, value: str) -> None:
    expected_by_input: dict[str, dict[str, Any]] = defaultdict(dict)
    for path in CASES:
        document = load(path)
        inputs = json.dumps([document["terms"], document["issuance"], document["transactions"]], sort_keys=True)
        expected_by_input[inputs][json.dumps(document.get("reading", {}))] = document["expected"]
    alternative = json.dumps({key: value})
    pairs = [found for found in expected_by_input.values() if "{}" in found and alternative in found]
    assert any(found["{}"] != found[alternative] for found in pairs)


def test_every_allocation_type_has_cases_with_one_condition_and_with_several() -> None:
    plain = {load(path)["terms"]["allocation_type"] for path in CASES if "-shares-over-" in path.name}
    several = {load(path)["terms"]["allocation_type"] for path in CASES if "-separate-cliff-" in path.name}
    assert plain == several == {str(kind) for kind in AllocationType}


def test_every_kind_of_issuance_has_a_case() -> None:
    assert {load(path)["issuance"]["object_type"] for path in CASES} == {
        "TX_EQUITY_COMPENSATION_ISSUANCE",
        "TX_PLAN_SECURITY_ISSUANCE",
        "TX_STOCK_ISSUANCE",
        "TX_WARRANT_ISSUANCE",
    }


def test_every_code_that_a_case_can_show_has_a_case() -> None:
    shown = {error["code"] for path in with_errors(CASES) for error in load(path)["expected"]["errors"]}
    assert not CODES - shown


def test_cases_are_numbered_without_gaps_and_called_by_their_names() -> None:
    assert [path.name for path in CASES] == [
        f"{number:03d}-{load(path)['name']}.json" for number, path in enumerate(CASES, start=1)
    ]
    names = [load(path)["name"] for path in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_case_says_what_it_expects_and_why(path: Path) -> None:
    document = load(path)
    assert document["format"] == "vestverify.case/1"
    assert document["model"] in ("v1.2", "main", "proposal-540", "proposal-542")
    assert document["confidence"] in ("certain", "interpretation")
    assert document["why"].endswith(".")
    assert document["rules"]
    assert document["expected"]
