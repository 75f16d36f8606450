"""The engine protocol: right answers, and an answer for every line whatever it holds."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from vestverify import engine_protocol
from vestverify.engine_protocol import answer, lines_from, serve
from vestverify.properties import property_of


def make_request(**changes: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "format": "vestverify.engine/1",
        "id": "17",
        "terms": {
            "id": "two-halves",
            "object_type": "VESTING_TERMS",
            "name": "Two halves",
            "description": "Half at the start, half at a sale.",
            "allocation_type": "CUMULATIVE_ROUND_DOWN",
            "vesting_conditions": [
                {
                    "id": "start",
                    "portion": {"numerator": "1", "denominator": "2"},
                    "trigger": {"type": "VESTING_START_DATE"},
                    "next_condition_ids": ["sale"],
                },
                {
                    "id": "sale",
                    "portion": {"numerator": "1", "denominator": "2"},
                    "trigger": {"type": "VESTING_EVENT"},
                    "next_condition_ids": [],
                },
            ],
        },
        "issuance": {
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "id": "issuance",
            "security_id": "s",
            "date": "2025-01-01",
            "quantity": "125",
            "vesting_terms_id": "two-halves",
        },
        "transactions": [
            {"object_type": "TX_VESTING_START", "id": "t1", "security_id": "s", "date": "2025-01-01",
             "vesting_condition_id": "start"},
            {"object_type": "TX_VESTING_EVENT", "id": "t2", "security_id": "s", "date": "2026-06-30",
             "vesting_condition_id": "sale"},
        ],
    }  # fmt: skip
    return {**request, **changes}


SCHEDULE = [{"date": "2025-01-01", "quantity": "62"}, {"date": "2026-06-30", "quantity": "63"}]


def changed_condition(**changes: Any) -> dict[str, Any]:
    terms = make_request()["terms"]
    start, sale = terms["vesting_conditions"]
    return {**terms, "vesting_conditions": [start, {**sale, **changes}]}


def errors_of(found: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    return [(error["code"], error["condition_id"]) for error in found["errors"]]


def test_a_request_is_answered_with_its_id_and_schedule() -> None:
    assert answer(make_request()) == {"id": "17", "schedule": SCHEDULE}


def test_as_of_adds_what_has_vested_and_what_has_not() -> None:
    found = answer(make_request(as_of="2026-06-29"))
    assert found == {"id": "17", "schedule": SCHEDULE, "vested": "62", "unvested": "63"}
    assert answer(make_request(as_of="2026-06-30"))["vested"] == "125"


def test_a_case_with_an_id_is_a_request() -> None:
    assert answer(make_request(format="vestverify.case/1"))["schedule"] == SCHEDULE


def test_a_request_without_terms_vests_at_once() -> None:
    issuance = {key: value for key, value in make_request()["issuance"].items() if key != "vesting_terms_id"}
    found = answer(make_request(terms=None, issuance=issuance, transactions=[]))
    assert found["schedule"] == [{"date": "2025-01-01", "quantity": "125"}]


def test_quantities_without_a_decimal_form_are_fractions() -> None:
    terms = {**changed_condition(portion={"numerator": "1", "denominator": "3"}), "allocation_type": "FRACTIONAL"}
    rows = answer(make_request(terms=terms))["schedule"]
    assert [row["quantity"] for row in rows] == ["62.5", "125/3"]


def test_the_reading_of_a_request_is_followed() -> None:
    early = make_request()["transactions"]
    early[1] = {**early[1], "date": "2024-06-30"}
    at_parent = answer(make_request(transactions=early))
    ignored = answer(make_request(transactions=early, reading={"early_event": "ignored"}))
    assert at_parent["schedule"] == [{"date": "2025-01-01", "quantity": "125"}]
    assert ignored["schedule"] == [{"date": "2025-01-01", "quantity": "62"}]


def test_defective_terms_are_answered_with_every_defect() -> None:
    found = answer(make_request(terms=changed_condition(next_condition_ids=["nowhere", "start"])))
    assert ("VV102", "sale") in errors_of(found)
    assert ("VV101", "start") in errors_of(found)
    assert found["id"] == "17"


def test_terms_that_the_schema_does_not_allow_name_the_condition() -> None:
    found = answer(make_request(terms=changed_condition(quantity="5")))
    assert errors_of(found) == [("VV003", "sale")]


def test_a_transaction_that_fits_no_condition_is_named() -> None:
    transactions = make_request()["transactions"]
    transactions[0] = {**transactions[0], "vesting_condition_id": "sale"}
    error = answer(make_request(transactions=transactions))["errors"][0]
    assert (error["code"], error["condition_id"], error["transaction_id"]) == ("VV503", "sale", "t1")


def test_a_transaction_that_the_schema_does_not_allow_is_named() -> None:
    transactions = make_request()["transactions"]
    transactions[1] = {**transactions[1], "date": "June"}
    error = answer(make_request(transactions=transactions))["errors"][0]
    assert (error["code"], error["transaction_id"]) == ("VV003", "t2")


def test_missing_terms_are_an_error() -> None:
    assert errors_of(answer(make_request(terms=None))) == [("VV501", None)]


def test_a_relationship_of_one_input_vests_what_that_does() -> None:
    terms = make_request()["terms"]
    later_of = {
        "id": "both",
        "trigger": {
            "type": "VESTING_RELATIONSHIP_LATER_OF",
            "input_condition_ids": ["sale"],
            "calculation_type": "SUM",
        },
        "next_condition_ids": [],
    }
    terms["vesting_conditions"][1]["next_condition_ids"] = ["both"]
    terms["vesting_conditions"].append(later_of)
    assert answer(make_request(terms=terms)) == answer(make_request())
    assert answer(make_request())["schedule"]


def test_a_transaction_of_an_unknown_kind_is_unsupported() -> None:
    split = {"object_type": "TX_STOCK_CLASS_SPLIT", "security_id": "s", "date": "2025-05-05"}
    found = answer(make_request(transactions=[*make_request()["transactions"], split]))
    assert found == {"id": "17", "unsupported": "TX_STOCK_CLASS_SPLIT"}


def test_an_acceleration_of_everything_vests_the_rest_on_its_day() -> None:
    acceleration = {"object_type": "TX_VESTING_ACCELERATION", "security_id": "s", "date": "2025-05-05"}
    found = answer(make_request(transactions=[*make_request()["transactions"], acceleration], as_of="2025-05-04"))
    assert found == {
        "id": "17",
        "schedule": [SCHEDULE[0], {"date": "2025-05-05", "quantity": "63"}],
        "vested": "62",
        "unvested": "63",
    }


@pytest.mark.parametrize(
    ("changes", "exercisable"),
    [
        ({"compensation_type": "OPTION"}, "62"),
        ({"compensation_type": "OPTION", "early_exercisable": True}, "125"),
        ({"compensation_type": "RSU", "early_exercisable": False}, "62"),
        ({"compensation_type": "OPTION", "expiration_date": "2025-12-31"}, "0"),
        ({"compensation_type": "RSU"}, None),
        ({}, None),
    ],
)
def test_as_of_says_how_much_can_be_exercised_where_anything_can(
    changes: dict[str, Any], exercisable: str | None
) -> None:
    request = make_request(as_of="2026-01-01")
    found = answer({**request, "issuance": {**request["issuance"], **changes}})
    assert found.get("exercisable") == exercisable
    assert (found["vested"], found["unvested"]) == ("62", "63")


def test_a_retracted_issuance_has_vested_nothing_on_any_day() -> None:
    retraction = {"object_type": "TX_PLAN_SECURITY_RETRACTION", "security_id": "s", "date": "2025-05-05"}
    found = answer(make_request(transactions=[make_request()["transactions"][0], retraction], as_of="2025-02-01"))
    assert found == {"id": "17", "schedule": [], "vested": "0", "unvested": "0"}


@pytest.mark.parametrize(
    ("line", "identifier", "code"),
    [
        (b"", None, "VV001"),
        (b"\n", None, "VV001"),
        (b"rubbish", None, "VV001"),
        (b'{"id": "1"', None, "VV001"),
        (b'{"id": "1", "as_of": NaN}', None, "VV001"),
        (b"\xff\xfe\x00", None, "VV001"),
        (b'{"id": "1\xff"}', None, "VV001"),
        (b"[" * 100_000, None, "VV001"),
        (b'{"id": "\\ud800"}', None, "VV001"),
        ('{"id": "\ud800"}', None, "VV001"),
        (b"[]", None, "VV003"),
        (b"17", None, "VV003"),
        (b"{}", None, "VV003"),
        (b'{"id": 17}', None, "VV003"),
        (b'{"id": null}', None, "VV003"),
        (b'{"id": "17"}', "17", "VV003"),
        (b'{"id": "17", "issuance": 5, "terms": 5}', "17", "VV003"),
        (b'{"id": "17", "terms": {}, "issuance": {}, "transactions": {}}', "17", "VV003"),
        (b'{"id": "16", "id": "17"}', "17", "VV002"),
    ],
)
def test_a_bad_line_is_answered_with_errors(line: bytes | str, identifier: str | None, code: str) -> None:
    found = json.loads(next(serve([line])))
    assert found["id"] == identifier
    assert code in [error["code"] for error in found["errors"]]


def test_rubbish_between_requests_does_not_disturb_them() -> None:
    good = json.dumps(make_request()).encode()
    found = [json.loads(line) for line in serve([good, b"\x00", b"{", good])]
    assert [item["id"] for item in found] == ["17", None, None, "17"]
    assert found[0] == found[3] == {"id": "17", "schedule": SCHEDULE}


def test_a_condition_of_the_wrong_form_never_ends_the_engine() -> None:
    values: tuple[Any, ...] = (None, 5, "x", [], {}, [[]], {"type": []}, 10**50, True)
    for value in values:
        for field in ("id", "portion", "quantity", "trigger", "next_condition_ids"):
            found = answer(make_request(terms=changed_condition(**{field: value})))
            assert found["id"] == "17"
            if (field, value) == ("next_condition_ids", []):
                assert found["schedule"] == SCHEDULE
                continue
            assert "internal" not in [error["code"] for error in found["errors"]], found


def test_a_request_of_python_values_that_json_lacks_is_answered() -> None:
    circular: dict[str, Any] = make_request()
    circular["terms"] = circular
    assert answer(circular)["errors"][0]["code"] == "VV001"


def test_a_number_of_thousands_of_digits_is_refused_and_not_computed_with() -> None:
    issuance = {**make_request()["issuance"], "quantity": "9" * 10_000}
    assert errors_of(answer(make_request(issuance=issuance))) == [("VV003", None)]


def test_every_answer_is_one_line_of_ascii() -> None:
    terms = changed_condition(id="verk\u00e4uft\u2028\x1b")
    line = next(serve([json.dumps(make_request(terms=terms))]))
    assert line.isascii()
    assert line.count("\n") == 1
    assert line.endswith("}\n")


def test_a_line_that_is_too_long_is_answered_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_protocol, "MAXIMUM_LINE", 2_000)
    good = json.dumps(make_request()).encode() + b"\n"
    stream = io.BytesIO(b"x" * 10_000 + b"\n" + good)
    found = [json.loads(line) for line in serve(lines_from(stream))]
    assert [item["id"] for item in found] == [None, "17"]
    assert "longer than" in found[0]["errors"][0]["message"]


def test_the_lines_of_a_stream_are_split_at_line_feeds_only() -> None:
    assert list(lines_from(io.BytesIO(b"a\r\nb\x85c\nd"))) == [b"a\r\n", b"b\x85c\n", b"d"]


def test_the_examples_of_the_catalogue_that_are_cases_give_their_own_errors() -> None:
    for code in ("VV501", "VV502", "VV503", "VV504"):
        bad, good = (json.loads(text) for text in (property_of(code).bad, property_of(code).good))
        assert code in [error for error, _ in errors_of(answer({**bad, "id": "1"}))]
        assert "schedule" in answer({**good, "id": "1"})
