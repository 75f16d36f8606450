"""The second engine agrees with the cases and with the reference engine; each of its faults shows."""

from __future__ import annotations

import ast
import copy
import datetime
import functools
import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_engine import PlainEngine, answer
from plain_engine_faults import FAULTS
from random_relationships import relationship_terms
from random_terms import BASE, vesting_terms

from vestverify import engine_protocol

TESTS = Path(__file__).parent
SOURCES = sorted(TESTS.glob("plain_engine*.py"))
CASES = sorted((TESTS / "cases").glob("*.json"))
REQUESTS = 1_600
#: Errors of a case for which an engine has no schedule; the others are told by what examines terms.
REFUSALS = {
    *("VV003", "VV101", "VV102", "VV103", "VV104", "VV106", "VV107", "VV109", "VV111", "VV112", "VV113"),
    *("VV301", "VV308", "VV309", "VV501", "VV502", "VV503", "VV504", "VV505", "VV506", "VV507", "VV509"),
}
#: Features of OCF that the plain engine says it does not run.
NOT_RUN = re.compile(r"reading|VESTING_SCHEDULE_INDETERMINATE|TX_\w+")

Json = dict[str, Any]


def case_of(path: Path) -> Json:
    case: Json = json.loads(path.read_text(encoding="utf-8"))
    return case


def request_of(case: Json) -> Json:
    kept = ("terms", "issuance", "transactions", "as_of", "reading")
    return {"format": "vestverify.engine/1", "id": case["name"], **{key: case[key] for key in kept if key in case}}


def condition(identifier: str, amount: str, trigger: Json, *following: str) -> Json:
    """A condition of so many shares, or of such a part of the grant (``"1/48"``)."""
    stated: Json = {"quantity": amount}
    if "/" in amount:
        numerator, denominator = amount.split("/")
        stated = {"portion": {"numerator": numerator, "denominator": denominator}}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": list(following), **stated}


START = {"type": "VESTING_START_DATE"}


def absolute(day: str) -> Json:
    return {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": day}


def days(length: int, occurrences: int, counted_from: str) -> Json:
    period = {"type": "DAYS", "length": length, "occurrences": occurrences}
    return {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": counted_from}


def months(length: int, occurrences: int, day_of_month: str, counted_from: str) -> Json:
    period = {"type": "MONTHS", "length": length, "occurrences": occurrences, "day_of_month": day_of_month}
    return {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": counted_from}


def request(
    *conditions: Json,
    quantity: str = "100",
    start: str = "2024-01-10",
    granted: str = "2023-12-01",
    allocation_type: str = "CUMULATIVE_ROUND_DOWN",
) -> Json:
    """A request whose terms have these conditions, the first of which is the start."""
    terms = {
        "id": "terms",
        "object_type": "VESTING_TERMS",
        "name": "Terms",
        "description": "Terms that show a fault.",
        "allocation_type": allocation_type,
        "vesting_conditions": list(conditions),
    }
    issuance = {
        "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
        "id": "issuance",
        "security_id": "s",
        "date": granted,
        "quantity": quantity,
        "vesting_terms_id": "terms",
    }
    began = {
        "object_type": "TX_VESTING_START",
        "id": "began",
        "security_id": "s",
        "date": start,
        "vesting_condition_id": "start",
    }
    return {"format": "vestverify.engine/1", "id": "1", "terms": terms, "issuance": issuance, "transactions": [began]}


def without_terms(**changes: Any) -> Json:
    stated = request(condition("start", "0", START))
    issuance = {key: value for key, value in stated["issuance"].items() if key != "vesting_terms_id"}
    return {**stated, "terms": None, "issuance": {**issuance, **changes}, "transactions": []}


BEGIN = condition("start", "0", START, "next")
EVERYTHING_AT_ONCE = condition("start", "1/1", START)
HALVES = (condition("start", "1/2", START, "next"), condition("next", "1/2", days(1, 1, "start")))
#: What shows the faults that no case shows.
SHOWN_BY = {
    "pre-grant-vestings-moved": without_terms(vestings=[{"date": "2023-11-01", "amount": "100"}]),
    "own-date-decides": request(
        condition("start", "0", START, "second", "first"),
        condition("first", "1/4", absolute("2024-01-02")),
        condition("second", "1/2", absolute("2024-01-03")),
    ),
    "29-or-last-read-as-31": request(BEGIN, condition("next", "1/2", months(1, 2, "29_OR_LAST_DAY_OF_MONTH", "start"))),
    "date-before-its-base": request(BEGIN, condition("next", "1/2", months(0, 1, "05", "start"))),
    "relative-to-own-date": request(
        BEGIN, condition("next", "0", absolute("2024-01-02"), "last"), condition("last", "1/1", days(5, 1, "next"))
    ),
    "absolute-before-parent-keeps-date": request(BEGIN, condition("next", "1/1", absolute("2024-01-02"))),
    "grant-truncated": without_terms(quantity="2.5"),
    "quantity-truncated": request(BEGIN, condition("next", "2.5", days(1, 2, "start"))),
    "fractional-through-float": request(EVERYTHING_AT_ONCE, quantity=str(2**53 + 1), allocation_type="FRACTIONAL"),
    "rest-in-float": request(*HALVES, quantity=str(2**53 + 1), allocation_type="FRONT_LOADED"),
}


@functools.cache
def requests_of_cases() -> list[tuple[Json, Json]]:
    """The request of every case, with what the faultless engine answers."""
    requests = [request_of(case_of(path)) for path in CASES]
    return [(each, answer(each)) for each in requests]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_engine_gives_what_a_case_expects(path: Path) -> None:
    case = case_of(path)
    expected = case["expected"]
    found = answer(request_of(case))
    assert found["id"] == case["name"]
    if "unsupported" in found:
        assert NOT_RUN.fullmatch(found["unsupported"])
    elif "schedule" in expected:
        assert found.get("schedule") == expected["schedule"]
        for name in ("vested", "unvested"):
            assert found.get(name) == expected.get(f"{name}_as_of")
    else:
        codes = {each["code"] for each in expected["errors"]}
        refused = {each["code"] for each in found.get("errors", [])}
        # A sibling on no path, or a reference off one, keeps an engine from running some terms only.
        assert codes & refused or not codes & REFUSALS


def test_most_cases_are_within_what_the_engine_runs() -> None:
    answered = [found for _, found in requests_of_cases() if "unsupported" not in found]
    assert len(answered) > 0.7 * len(CASES)


OFFSETS = [-29, 0, 1, 2, 2, 3, 31, 33, 62, 63, 64, 93, 398]


@st.composite
def random_requests(draw: st.DrawFn, kind_of_terms: st.SearchStrategy[Json]) -> Json:
    """Sound requests most often, and one in five with something wrong in it."""
    terms = draw(kind_of_terms)
    conditions = terms["vesting_conditions"]
    transactions: list[Json] = []
    for each in conditions:
        kind = {"VESTING_START_DATE": "TX_VESTING_START", "VESTING_EVENT": "TX_VESTING_EVENT"}.get(
            each["trigger"]["type"]
        )
        if kind is not None and draw(st.integers(0, 7)):
            transactions.append(
                {
                    "object_type": kind,
                    "id": f"t{len(transactions)}",
                    "security_id": "s",
                    "date": str(BASE + datetime.timedelta(days=draw(st.sampled_from(OFFSETS)))),
                    "vesting_condition_id": each["id"],
                }
            )
    whole = st.one_of(st.integers(1, 13), st.integers(1, 1_000)).map(str)
    odd = st.sampled_from([str(2**53 + 1), "2.5", "10.75", "100.5", "0.3333333333"])
    issuance = {
        "object_type": draw(st.sampled_from(["TX_EQUITY_COMPENSATION_ISSUANCE", "TX_STOCK_ISSUANCE"])),
        "id": "issuance",
        "security_id": "s",
        "date": str(BASE + datetime.timedelta(days=draw(st.sampled_from([-400, -30, -1, 0, 1, 2, 31, 40, 70])))),
        "quantity": draw(st.one_of(whole, whole, odd)),
        "vesting_terms_id": terms["id"],
    }
    flaw = draw(st.sampled_from(["none"] * 8 + ["terms", "transaction"]))
    if flaw == "terms":
        spoil_terms(draw, conditions)
    elif flaw == "transaction" and transactions:
        spoil_transactions(draw, transactions, [each["id"] for each in conditions])
    return {
        "format": "vestverify.engine/1",
        "id": "r",
        "terms": terms,
        "issuance": issuance,
        "transactions": transactions,
    }


def spoil_terms(draw: st.DrawFn, conditions: list[Json]) -> None:
    one, other = draw(st.sampled_from(conditions)), draw(st.sampled_from(conditions))
    kind = draw(st.sampled_from(["id", "edge", "nowhere", "reference"]))
    if kind == "id":
        one["id"] = other["id"]
    elif kind == "edge" and other["id"] not in one["next_condition_ids"]:
        one["next_condition_ids"].append(other["id"])
    elif kind == "nowhere":
        one["next_condition_ids"].append("nowhere")
    elif kind == "reference" and "relative_to_condition_id" in one["trigger"]:
        one["trigger"]["relative_to_condition_id"] = draw(st.sampled_from([other["id"], "nowhere"]))


def spoil_transactions(draw: st.DrawFn, transactions: list[Json], identifiers: list[str]) -> None:
    one = draw(st.sampled_from(transactions))
    kind = draw(st.sampled_from(["twice", "other condition", "no condition", "other security"]))
    if kind == "twice":
        transactions.append({**one, "id": "again"})
    elif kind == "other condition":
        one["vesting_condition_id"] = draw(st.sampled_from(identifiers))
    elif kind == "no condition":
        one["vesting_condition_id"] = "nowhere"
    else:
        one["security_id"] = "other"


def assert_same(found: Json, expected: Json) -> str:
    """Both give the same schedule, or refuse the request with a code in common."""
    if "errors" in found and "errors" in expected:
        assert {each["code"] for each in found["errors"]} & {each["code"] for each in expected["errors"]}
        return "refused"
    assert found == expected
    return "scheduled" if found["schedule"] else "empty"


@pytest.mark.parametrize(
    ("kind_of_terms", "requests"),
    [(vesting_terms(), REQUESTS), (relationship_terms(), REQUESTS // 2)],
    ids=["paths", "relationships"],
)
def test_the_engine_agrees_with_the_reference_engine_on_random_requests(
    kind_of_terms: st.SearchStrategy[Json], requests: int
) -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=requests, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(random_requests(kind_of_terms))
    def agree(drawn: Json) -> None:
        seen[assert_same(answer(copy.deepcopy(drawn)), engine_protocol.answer(drawn))] += 1

    agree()
    assert sum(seen.values()) >= 0.95 * requests
    assert [kind for kind in ("scheduled", "refused", "empty") if seen[kind] < 0.03 * requests] == []


def test_no_source_of_the_engine_imports_vestverify() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "vestverify" for name in names)


def test_every_fault_is_in_the_code_of_the_engine() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES if not path.stem.endswith("_faults"))
    assert [name for name in FAULTS if f'"{name}"' not in code] == []


#: Faults that need two requests about the same terms, shown by a test of their own.
SHOWN_APART = {"siblings-sorted-in-place"}


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in SHOWN_APART])
def test_every_fault_changes_an_answer(name: str) -> None:
    engine = PlainEngine(name)
    if name in SHOWN_BY:
        shown = SHOWN_BY[name]
        assert "schedule" in answer(shown)
        assert engine(copy.deepcopy(shown)) != answer(shown)
    else:
        assert any(engine(copy.deepcopy(each)) != right for each, right in requests_of_cases())


@pytest.mark.parametrize("name", SHOWN_BY)
def test_what_shows_a_fault_is_answered_as_the_reference_engine_does(name: str) -> None:
    assert_same(answer(SHOWN_BY[name]), engine_protocol.answer(SHOWN_BY[name]))


def test_no_two_faults_have_the_same_sentence() -> None:
    assert len({fault.sentence for fault in FAULTS.values()}) == len(FAULTS)


def test_every_rule_of_a_fault_is_a_number_of_the_semantics_or_an_invariant() -> None:
    rule = re.compile(r"[A-Z]{3}-[1-9]|cross-talk|repeat-evaluation")
    rules = [each for fault in FAULTS.values() for each in (fault.rule, *fault.also)]
    assert [each for each in rules if rule.fullmatch(each) is None] == []
    assert [fault.name for fault in FAULTS.values() if fault.rule in fault.also] == []


def test_a_faultless_engine_answers_the_same_whatever_was_asked_before() -> None:
    engine = PlainEngine()
    for _ in range(2):
        for each, right in requests_of_cases():
            assert engine(each) == right


def test_a_request_is_not_changed_by_answering_it() -> None:
    for each, _ in requests_of_cases():
        before = copy.deepcopy(each)
        PlainEngine("terms-consumed", "recorded-days-leak")(each)
        assert each == before


def test_an_engine_that_consumes_terms_answers_the_same_request_in_two_ways() -> None:
    shown = request(BEGIN, condition("next", "1/2", days(1, 2, "start")))
    engine = PlainEngine("terms-consumed")
    assert engine(shown) == answer(shown)
    assert engine(shown)["schedule"] == [{"date": "2024-01-11", "quantity": "50"}]


def race(approved: str, sold: str) -> Json:
    """Two events that follow the start, recorded on these days; the approval is listed first."""
    event = {"type": "VESTING_EVENT"}
    asked = request(
        condition("start", "0", START, "approval", "sale"),
        condition("approval", "1/4", event),
        condition("sale", "1/2", event),
    )
    (began,) = asked["transactions"]
    for identifier, day in (("approval", approved), ("sale", sold)):
        met = {**began, "object_type": "TX_VESTING_EVENT", "vesting_condition_id": identifier, "date": day}
        asked["transactions"].append({**met, "id": identifier})
    return asked


def test_an_engine_that_sorts_siblings_in_place_decides_the_next_tie_by_the_last_race() -> None:
    tie = race("2024-03-01", "2024-03-01")
    engine = PlainEngine("siblings-sorted-in-place")
    assert engine(tie) == answer(tie)
    engine(race("2024-03-01", "2024-02-01"))
    assert engine(tie)["schedule"] == [{"date": "2024-03-01", "quantity": "50"}]
    assert answer(tie)["schedule"] == [{"date": "2024-03-01", "quantity": "25"}]


def test_an_engine_that_caches_terms_by_id_confuses_two_requests() -> None:
    engine = PlainEngine("terms-cached-by-id")
    engine(request(*HALVES))
    assert engine(request(EVERYTHING_AT_ONCE)) == answer(request(*HALVES))
    assert PlainEngine("terms-cached-by-id")(request(EVERYTHING_AT_ONCE)) == answer(request(EVERYTHING_AT_ONCE))


def test_a_fault_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="no-such-fault"):
        PlainEngine("no-such-fault")


def test_a_reading_that_spells_out_the_default_is_run() -> None:
    assert answer({**request(*HALVES), "reading": {"stepping": "from-base"}}) == answer(request(*HALVES))
    assert answer({**request(*HALVES), "reading": "ocf-tools"})["unsupported"] == "reading"


def test_four_years_by_month_are_answered_quickly() -> None:
    block = months(1, 48, "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH", "start")
    asked = request(BEGIN, condition("next", "1/48", block), quantity="1000")
    assert len(answer(asked)["schedule"]) == 48
    began = time.process_time()
    for _ in range(20):
        answer(asked)
    # Ten times what it takes, for slow machines.
    assert (time.process_time() - began) / 20 < 0.003


def test_the_program_speaks_the_protocol_with_and_without_a_fault() -> None:
    lines = [json.dumps(request(*HALVES)), "no json", "[]", json.dumps({**without_terms(), "id": "2"})]
    for arguments in ([], ["--fault", "quantities-are-numbers"]):
        ran = subprocess.run(
            [sys.executable, str(TESTS / "plain_engine.py"), *arguments],
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        first, second, third, fourth = (json.loads(line) for line in ran.stdout.splitlines())
        assert [second["errors"][0]["code"], third["errors"][0]["code"]] == ["VV001", "VV003"]
        assert fourth["id"] == "2"
        right = first == answer(request(*HALVES))
        assert right == (not arguments)
