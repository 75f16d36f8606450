"""Documents become typed values and findings; nothing that a file holds raises."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import pathlib
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestverify import schema_errors, terms_reading
from vestverify.documents import ASSUMED_ALLOCATION_TYPE, LoadedDocument, expand, load, read_path
from vestverify.engine.calendar import parse_day
from vestverify.engine.securities import Transaction, VestingTransaction
from vestverify.json_text import MAXIMUM_BYTES, locate
from vestverify.properties import property_of
from vestverify.results import DocumentKind, Finding

TERMS: dict[str, Any] = {
    "id": "two-years",
    "object_type": "VESTING_TERMS",
    "name": "Two years, quarterly",
    "description": "An eighth of the grant each quarter.",
    "allocation_type": "CUMULATIVE_ROUNDING",
    "vesting_conditions": [
        {
            "id": "begin",
            "quantity": "0",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["quarterly"],
        },
        {
            "id": "quarterly",
            "portion": {"numerator": "1", "denominator": "8"},
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {"type": "MONTHS", "length": 3, "occurrences": 8, "day_of_month": "01"},
                "relative_to_condition_id": "begin",
            },
            "next_condition_ids": [],
        },
    ],
}
TEMPLATE: dict[str, Any] = {"id": "v2", "object_type": "VESTING_TERMS", "statements": [{"order": 1, "percentage": "1"}]}
CASE: dict[str, Any] = {
    "format": "vestverify.case/1",
    "name": "a grant",
    "terms": TERMS,
    "issuance": {
        "object_type": "TX_STOCK_ISSUANCE",
        "security_id": "s-1",
        "date": "2025-02-03",
        "quantity": "80",
        "vesting_terms_id": "two-years",
        "stakeholder_id": "not read",
    },
    "transactions": [
        {
            "object_type": "TX_VESTING_START",
            "id": "t-1",
            "security_id": "s-1",
            "date": "2025-02-03",
            "vesting_condition_id": "begin",
        },
        {"object_type": "TX_STOCK_ACCEPTANCE", "id": "t-2", "security_id": "s-1", "date": "2025-02-04"},
    ],
}
DELETED = object()
PERIOD = "/vesting_conditions/1/trigger/period"


def changed(value: Any, pointer: str, new: Any) -> Any:
    """A copy of a JSON value with another value, or nothing, at a pointer."""
    copied = copy.deepcopy(value)
    *path, last = pointer.split("/")[1:]
    at = copied
    for token in path:
        at = at[int(token)] if isinstance(at, list) else at[token]
    key = int(last) if isinstance(at, list) else last
    if new is DELETED:
        del at[key]
    else:
        at[key] = new
    return copied


def loaded(value: Any) -> LoadedDocument:
    return load("x.json", json.dumps(value).encode())


def only(document: LoadedDocument) -> Finding:
    assert len(document.all_errors) == 1, [error.message for error in document.all_errors]
    return document.all_errors[0]


class TestKinds:
    def test_one_vesting_terms_is_read(self) -> None:
        data = json.dumps(TERMS).encode()
        document = load("x.json", data)
        assert (document.path, document.kind, document.all_errors) == ("x.json", DocumentKind.VESTING_TERMS, ())
        assert document.sha256 == hashlib.sha256(data).hexdigest()
        assert document.text == data.decode()
        (terms,) = document.terms
        assert (terms.pointer, terms.conditions_pointer, terms.raw) == ("", "/vesting_conditions", TERMS)
        assert terms.terms is not None
        assert terms.terms.vesting_conditions[1].portion is not None
        assert terms.terms.vesting_conditions[1].portion.denominator == Fraction(8)

    @pytest.mark.parametrize(
        ("wrap", "pointer", "kind"),
        [
            (lambda items: items, "", DocumentKind.VESTING_TERMS),
            (
                lambda items: {"file_type": "OCF_VESTING_TERMS_FILE", "items": items},
                "/items",
                DocumentKind.VESTING_TERMS_FILE,
            ),
            (
                lambda items: {"vesting_terms": items, "transactions": [{"object_type": "TX_ANY"}]},
                "/vesting_terms",
                DocumentKind.OCF_PACKAGE,
            ),
        ],
        ids=["list", "file", "package"],
    )
    def test_several_vesting_terms_are_read_and_a_bad_one_hides_no_other(
        self, wrap: Callable[[list[Any]], Any], pointer: str, kind: DocumentKind
    ) -> None:
        bad = {**TERMS, "id": "bad", "allocation_type": 5}
        document = loaded(wrap([TERMS, bad, 7, TEMPLATE, {"object_type": "STAKEHOLDER"}, {**TERMS, "id": "last"}]))
        assert document.kind is kind
        assert document.errors == ()
        assert [terms.pointer for terms in document.terms] == [f"{pointer}/{number}" for number in range(6)]
        assert [terms.terms is not None for terms in document.terms] == [True, False, False, False, False, True]
        assert [(error.code, error.pointer) for error in document.all_errors] == [
            ("VV003", f"{pointer}/1/allocation_type"),
            ("VV003", f"{pointer}/2"),
            ("VV004", f"{pointer}/3"),
            ("VV003", f"{pointer}/4/object_type"),
        ]
        assert "must be an object, found the number 7" in document.all_errors[1].message

    def test_a_file_without_its_file_type_is_read_all_the_same(self) -> None:
        document = loaded({"items": [TERMS]})
        assert document.kind is DocumentKind.VESTING_TERMS_FILE
        assert document.terms[0].terms is not None
        error = only(document)
        assert (error.code, error.pointer, error.facts["rule"]) == ("VV003", "", "missing")
        assert "lacks the required field 'file_type'" in error.message

    def test_a_file_of_vesting_terms_with_another_file_type_is_read_all_the_same(self) -> None:
        document = loaded({"file_type": "OCF_VESTING_FILE", "items": [TERMS]})
        assert document.terms[0].terms is not None
        assert only(document).pointer == "/file_type"

    def test_a_file_has_no_other_fields_and_its_items_are_a_list(self) -> None:
        document = loaded({"file_type": "OCF_VESTING_TERMS_FILE", "items": {"a": TERMS}, "a/b": 1})
        assert [error.pointer for error in document.all_errors] == ["/a~1b", "/items"]
        error = only(loaded({"file_type": "OCF_VESTING_TERMS_FILE"}))
        assert "lacks the required field 'items'" in error.message

    def test_a_file_may_be_empty(self) -> None:
        document = loaded({"file_type": "OCF_VESTING_TERMS_FILE", "items": []})
        assert (document.kind, document.all_errors, document.terms) == (DocumentKind.VESTING_TERMS_FILE, (), ())

    def test_two_vesting_terms_with_one_id_are_reported_and_both_read(self) -> None:
        document = loaded([TERMS, {**TERMS, "name": "again"}])
        error = only(document)
        assert (error.code, error.pointer, error.related[0].pointer) == ("VV003", "/1/id", "/0/id")
        assert error in document.errors
        assert all(terms.terms is not None for terms in document.terms)

    def test_a_bare_list_of_conditions_is_read_without_its_vesting_terms(self) -> None:
        document = loaded(TERMS["vesting_conditions"])
        (terms,) = document.terms
        assert (document.kind, terms.pointer, terms.conditions_pointer) == (DocumentKind.VESTING_TERMS, "", "")
        assert terms.raw == TERMS["vesting_conditions"]
        assert terms.terms is not None
        assert terms.terms.allocation_type is ASSUMED_ALLOCATION_TYPE
        error = only(document)
        assert (error.code, error.pointer) == ("VV003", "")
        assert "without the VestingTerms around it" in error.message

    def test_errors_in_a_bare_list_of_conditions_keep_their_pointers(self) -> None:
        document = loaded(changed(TERMS["vesting_conditions"], "/1/trigger/period/length", "3"))
        assert document.terms[0].terms is None
        (error,) = document.terms[0].errors
        assert (error.pointer, error.condition_ids) == ("/1/trigger/period/length", ("quarterly",))

    @pytest.mark.parametrize("value", [TEMPLATE, [TEMPLATE]])
    def test_templates_of_v2_are_recognised_and_refused(self, value: Any) -> None:
        document = loaded(value)
        assert document.kind is DocumentKind.VESTING_TEMPLATE
        error = only(document)
        assert error.code == "VV004"
        assert "does not verify" in error.message

    def test_an_object_with_conditions_but_no_object_type_is_vesting_terms(self) -> None:
        document = loaded(changed(TERMS, "/object_type", DELETED))
        assert document.kind is DocumentKind.VESTING_TERMS
        assert only(document).message == "the VestingTerms 'two-years' lacks the required field 'object_type'"

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ([], "an empty list"),
            ({}, "an empty object"),
            (5, "the number 5"),
            ("VESTING_TERMS", 'the string "VESTING_TERMS"'),
            (None, "null"),
            ([1, 2], "first entry is the number 1"),
            ([{"object_type": "STAKEHOLDER"}], "object_type is 'STAKEHOLDER'"),
            ({"file_type": "OCF_STOCK_PLANS_FILE", "items": [{"object_type": "STOCK_PLAN"}]}, "'OCF_STOCK_PLANS_FILE'"),
            ({"items": [{"object_type": "STOCK_PLAN"}]}, "items such as 'STOCK_PLAN'"),
            ({"file_type": "OCF_MANIFEST_FILE"}, "check the folder that it is in"),
            ({"items": []}, "an object with 'items'"),
            ({"file_type": None, "items": 5}, "an object with 'file_type', 'items'"),
            ({"object_type": "STOCK_PLAN", "id": "p"}, "object_type is 'STOCK_PLAN'"),
            (dict.fromkeys("abcdef", 1), "'a', 'b', 'c', 'd', 'e', and others"),
        ],
    )
    def test_anything_else_is_an_unknown_kind_and_says_what_was_found(self, value: Any, words: str) -> None:
        document = loaded(value)
        assert document.kind is None
        error = only(document)
        assert (error.code, error.slug, error.pointer) == ("VV004", "unknown-document-kind", "")
        assert words in error.message
        assert "OCF_VESTING_TERMS_FILE" in error.advice


class TestSchema:
    """One finding for each violation, at its place, in words."""

    @pytest.mark.parametrize(
        ("pointer", "new", "where", "ids", "message"),
        [
            ("/name", DELETED, "", (), "the VestingTerms 'two-years' lacks the required field 'name'"),
            (
                "/nmae",
                "x",
                "/nmae",
                (),
                "the VestingTerms 'two-years' has the field 'nmae', which OCF does not know there",
            ),
            ("/id", 5, "/id", (), "'id' of the VestingTerms must be a string, found the number 5"),
            ("/name", None, "/name", (), "'name' of the VestingTerms 'two-years' must be a string, found null"),
            (
                "/allocation_type",
                "cumulative_rounding",
                "/allocation_type",
                (),
                "'allocation_type' of the VestingTerms 'two-years' is \"cumulative_rounding\", which is not one of "
                "'CUMULATIVE_ROUNDING', 'CUMULATIVE_ROUND_DOWN', 'FRONT_LOADED', 'BACK_LOADED', "
                "'FRONT_LOADED_TO_SINGLE_TRANCHE', 'BACK_LOADED_TO_SINGLE_TRANCHE', 'FRACTIONAL'; "
                "did you mean 'CUMULATIVE_ROUNDING'?",
            ),
            (
                "/comments",
                ["fine", {}],
                "/comments/1",
                (),
                "entry 2 of 'comments' of the VestingTerms 'two-years' must be a string, found an empty object",
            ),
            (
                "/vesting_conditions",
                [],
                "/vesting_conditions",
                (),
                "'vesting_conditions' of the VestingTerms 'two-years' is an empty list; at least one entry is required",
            ),
            (
                "/vesting_conditions/0",
                5,
                "/vesting_conditions/0",
                (),
                "condition number 1 must be an object, found the number 5",
            ),
            (
                "/vesting_conditions/0/id",
                DELETED,
                "/vesting_conditions/0",
                (),
                "condition number 1 lacks the required field 'id'",
            ),
            (
                "/vesting_conditions/0/id",
                "",
                "/vesting_conditions/0/id",
                (),
                "'id' of condition number 1 is an empty string",
            ),
            (
                "/vesting_conditions/1/portion/denominator",
                DELETED,
                "/vesting_conditions/1/portion",
                ("quarterly",),
                "the portion of condition 'quarterly' lacks the required field 'denominator'",
            ),
            (
                "/vesting_conditions/1/portion/numerator",
                1,
                "/vesting_conditions/1/portion/numerator",
                ("quarterly",),
                "'numerator' of the portion of condition 'quarterly' must be a number written as a string, "
                "found the number 1",
            ),
            (
                "/vesting_conditions/1/portion/numerator",
                "1/3",
                "/vesting_conditions/1/portion/numerator",
                ("quarterly",),
                "'numerator' of the portion of condition 'quarterly' is \"1/3\", which is not a decimal number with "
                "at most ten decimal places",
            ),
            (
                "/vesting_conditions/1/portion/remainder",
                "true",
                "/vesting_conditions/1/portion/remainder",
                ("quarterly",),
                "'remainder' of the portion of condition 'quarterly' must be true or false, found the string \"true\"",
            ),
            (
                "/vesting_conditions/1/portion",
                "1/8",
                "/vesting_conditions/1/portion",
                ("quarterly",),
                "'portion' of condition 'quarterly' must be an object, found the string \"1/8\"",
            ),
            (
                "/vesting_conditions/1/portion",
                None,
                "/vesting_conditions/1/portion",
                ("quarterly",),
                "'portion' of condition 'quarterly' is null, which OCF does not allow there",
            ),
            (
                "/vesting_conditions/1/quantity",
                "10",
                "/vesting_conditions/1",
                ("quarterly",),
                "condition 'quarterly' has both 'portion' and 'quantity'; exactly one of them is allowed",
            ),
            (
                "/vesting_conditions/1/portion",
                DELETED,
                "/vesting_conditions/1",
                ("quarterly",),
                "condition 'quarterly' has neither 'portion' nor 'quantity'; one of them is required",
            ),
            (
                "/vesting_conditions/0/next_condition_ids",
                ["a", "b", "a"],
                "/vesting_conditions/0/next_condition_ids",
                ("begin",),
                "'next_condition_ids' of condition 'begin' names 'a' twice",
            ),
            (
                "/vesting_conditions/0/next_condition_ids",
                "quarterly",
                "/vesting_conditions/0/next_condition_ids",
                ("begin",),
                "'next_condition_ids' of condition 'begin' must be a list, found the string \"quarterly\"",
            ),
            (
                "/vesting_conditions/0/next_condition_ids",
                ["a", 3],
                "/vesting_conditions/0/next_condition_ids/1",
                ("begin",),
                "entry 2 of 'next_condition_ids' of condition 'begin' must be a string, found the number 3",
            ),
            (
                "/vesting_conditions/0/trigger",
                "VESTING_START_DATE",
                "/vesting_conditions/0/trigger",
                ("begin",),
                "'trigger' of condition 'begin' must be an object, found the string \"VESTING_START_DATE\"",
            ),
            (
                "/vesting_conditions/0/trigger/type",
                DELETED,
                "/vesting_conditions/0/trigger",
                ("begin",),
                "the trigger of condition 'begin' lacks the required field 'type'",
            ),
            (
                "/vesting_conditions/0/trigger/type",
                "VESTING_START",
                "/vesting_conditions/0/trigger/type",
                ("begin",),
                "'type' of the trigger of condition 'begin' is \"VESTING_START\", which is not one of "
                "'VESTING_START_DATE', 'VESTING_EVENT', 'VESTING_SCHEDULE_ABSOLUTE', 'VESTING_SCHEDULE_RELATIVE', "
                "'VESTING_SCHEDULE_INDETERMINATE', 'VESTING_RELATIONSHIP_EARLIER_OF', "
                "'VESTING_RELATIONSHIP_LATER_OF'; did you mean 'VESTING_START_DATE'?",
            ),
            (
                "/vesting_conditions/0/trigger/type",
                ["x"],
                "/vesting_conditions/0/trigger/type",
                ("begin",),
                "'type' of the trigger of condition 'begin' is a list, which is not one of "
                "'VESTING_START_DATE', 'VESTING_EVENT', 'VESTING_SCHEDULE_ABSOLUTE', 'VESTING_SCHEDULE_RELATIVE', "
                "'VESTING_SCHEDULE_INDETERMINATE', 'VESTING_RELATIONSHIP_EARLIER_OF', "
                "'VESTING_RELATIONSHIP_LATER_OF'",
            ),
            (
                "/vesting_conditions/0/trigger",
                {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2025-02-30"},
                "/vesting_conditions/0/trigger/date",
                ("begin",),
                "'date' of the trigger of condition 'begin' is \"2025-02-30\", which is not a date of the calendar "
                "written YYYY-MM-DD",
            ),
            (
                f"{PERIOD}/occurrences",
                DELETED,
                PERIOD,
                ("quarterly",),
                "the period of condition 'quarterly' lacks the required field 'occurrences'",
            ),
            (
                f"{PERIOD}/length",
                -1,
                f"{PERIOD}/length",
                ("quarterly",),
                "'length' of the period of condition 'quarterly' is the number -1, but must be 0 or more",
            ),
            (
                f"{PERIOD}/length",
                "3",
                f"{PERIOD}/length",
                ("quarterly",),
                "'length' of the period of condition 'quarterly' must be a whole number, found the string \"3\"",
            ),
            (
                f"{PERIOD}/length",
                1.5,
                f"{PERIOD}/length",
                ("quarterly",),
                "'length' of the period of condition 'quarterly' must be a whole number, found the number 1.5",
            ),
            (
                f"{PERIOD}/length",
                True,
                f"{PERIOD}/length",
                ("quarterly",),
                "'length' of the period of condition 'quarterly' must be a whole number, found true",
            ),
            (
                f"{PERIOD}/occurences",
                2,
                f"{PERIOD}/occurences",
                ("quarterly",),
                "the period of condition 'quarterly' has the field 'occurences', which OCF does not know there",
            ),
            (
                f"{PERIOD}/cliff_instalment",
                2,
                f"{PERIOD}/cliff_instalment",
                ("quarterly",),
                "the period of condition 'quarterly' has the field 'cliff_instalment', which OCF does not know there; "
                "did you mean 'cliff_installment'?",
            ),
            (
                f"{PERIOD}/MONTHS",
                {"length": "a field named like a tag"},
                f"{PERIOD}/MONTHS",
                ("quarterly",),
                "the period of condition 'quarterly' has the field 'MONTHS', which OCF does not know there",
            ),
            (
                f"{PERIOD}/day_of_month",
                "31",
                f"{PERIOD}/day_of_month",
                ("quarterly",),
                "'day_of_month' of the period of condition 'quarterly' is \"31\", which is not one of the 32 values "
                "allowed there",
            ),
            (
                f"{PERIOD}/type",
                "YEARS",
                f"{PERIOD}/type",
                ("quarterly",),
                "'type' of the period of condition 'quarterly' is \"YEARS\", which is not one of 'DAYS', 'MONTHS'",
            ),
        ],
    )
    def test_each_violation_is_reported_where_it_is_and_in_words(
        self, pointer: str, new: Any, where: str, ids: tuple[str, ...], message: str
    ) -> None:
        document = loaded(changed(TERMS, pointer, new))
        error = only(document)
        assert (error.pointer, error.condition_ids) == (where, ids)
        if pointer.endswith("day_of_month"):
            assert error.message.startswith(message)
            assert "from '01' to '28'" in error.advice
        else:
            assert error.message == message
        assert error.code == "VV003"
        assert error.slug == property_of("VV003").slug
        assert str(error.severity) == "error"
        assert error.advice
        assert error.identity[:2] == (where, error.facts["rule"])
        assert len(error.facts["found"]) <= 60
        assert document.terms[0].terms is None
        assert set(locate(document.text, [where])) == {where}

    def test_the_advice_knows_the_names_of_earlier_drafts(self) -> None:
        period = {"type": "MONTHS", "length": 3, "repetitions": 8, "day_of_month": "VESTING_START_DAY_OR_EOM"}
        advice = {error.pointer: error.advice for error in loaded(changed(TERMS, PERIOD, period)).all_errors}
        assert "'occurrences'" in advice[f"{PERIOD}/repetitions"]
        assert "'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH'" in advice[f"{PERIOD}/day_of_month"]

    def test_a_number_of_thousands_of_digits_is_named_by_its_length(self) -> None:
        text = json.dumps(TERMS).replace('"length": 3', f'"length": {"9" * 5000}')
        error = only(load("x", text.encode()))
        assert error.pointer == f"{PERIOD}/length"
        assert error.message.endswith("must be a whole number, found a number with 5,000 digits")
        assert len(error.facts["found"]) <= 60

    @pytest.mark.parametrize("place", ["", "/trigger", "/trigger/type", "/portion", "/portion/numerator", "/id"])
    def test_a_huge_number_anywhere_is_refused_in_words(self, place: str) -> None:
        pointer = f"/vesting_conditions/1{place}"
        text = json.dumps(changed(TERMS, pointer, "HUGE")).replace('"HUGE"', "1e99999")
        error = only(load("x", text.encode()))
        assert error.pointer == pointer
        assert "the number 1e99999" in error.message

    def test_a_numeric_of_thousands_of_characters_is_named_by_its_length(self) -> None:
        error = only(loaded(changed(TERMS, "/vesting_conditions/1/portion/numerator", "1" * 5000)))
        assert "a string of 5,000 characters, longer than the 400 that are read" in error.message
        assert len(error.facts["found"]) == 60

    def test_whole_numbers_may_be_written_with_a_point(self) -> None:
        document = loaded(changed(TERMS, f"{PERIOD}/length", 3.0))
        assert document.all_errors == ()

    def test_two_missing_fields_of_one_object_are_two_findings(self) -> None:
        document = loaded(changed(changed(TERMS, "/name", DELETED), "/description", DELETED))
        assert [error.pointer for error in document.all_errors] == ["", ""]
        assert len({error.identity for error in document.all_errors}) == 2

    def test_every_violation_is_listed_up_to_a_limit_that_is_said(self) -> None:
        conditions = [changed(TERMS["vesting_conditions"][0], "/quantity", 0)] * 150
        document = loaded({**TERMS, "vesting_conditions": conditions})
        assert len(document.all_errors) == schema_errors.MAXIMUM_FINDINGS + 1
        last = document.all_errors[-1].message
        assert last == "the VestingTerms 'two-years' has 50 more errors, which are not listed"

    def test_the_place_of_an_odd_field_name_is_a_valid_pointer(self) -> None:
        document = loaded({**TERMS, "a/b~c": 1, "": 2})
        assert {error.pointer for error in document.all_errors} == {"/a~1b~0c", "/"}
        assert set(locate(document.text, ["/a~1b~0c", "/"])) == {"/a~1b~0c", "/"}


class TestCases:
    def test_a_case_is_read(self) -> None:
        document = loaded({**CASE, "as_of": "2025-12-31", "reading": {"roots": "all"}, "expected": {}, "why": "w"})
        assert (document.kind, document.all_errors) == (DocumentKind.CASE, ())
        assert [terms.pointer for terms in document.terms] == ["/terms"]
        assert document.case is not None
        assert document.case.reading == {"roots": "all"}
        assert document.case.as_of == parse_day("2025-12-31")
        case = document.case.case
        assert case is not None
        assert case.terms is document.terms[0].terms
        assert case.issuance.quantity == Fraction(80)
        assert case.as_of == document.case.as_of
        assert [type(item) for item in case.transactions] == [VestingTransaction, Transaction]

    def test_format_name_and_transactions_may_be_missing(self) -> None:
        document = loaded({"terms": TERMS, "issuance": CASE["issuance"]})
        assert document.all_errors == ()
        assert document.case is not None
        assert document.case.case is not None
        assert (document.case.reading, document.case.as_of, document.case.case.transactions) == ("default", None, ())

    def test_a_request_of_the_engine_protocol_is_a_case(self) -> None:
        document = loaded({**CASE, "format": "vestverify.engine/1", "id": "17"})
        assert (document.kind, document.all_errors) == (DocumentKind.CASE, ())

    def test_a_case_whose_terms_are_null_has_no_terms(self) -> None:
        document = loaded({**CASE, "terms": None})
        assert (document.terms, document.all_errors) == ((), ())
        assert document.case is not None
        assert document.case.case is not None
        assert document.case.case.terms is None

    def test_errors_lie_where_they_are_in_the_case(self) -> None:
        case = changed(CASE, "/terms/name", DELETED)
        case = changed(case, "/issuance/quantity", 80)
        case = changed(case, "/issuance/vestings", [{"date": "2025-01-01", "amount": "x"}])
        case = changed(case, "/transactions/0/vesting_condition_id", DELETED)
        case = changed(case, "/transactions/1", 5)
        document = loaded({**case, "as_of": "tomorrow", "format": "vestverify.case/9"})
        assert document.case is not None
        assert document.case.case is None
        assert {error.pointer: error.message for error in document.all_errors} == {
            "/terms": "the VestingTerms 'two-years' lacks the required field 'name'",
            "/format": "'format' is \"vestverify.case/9\", but the cases that are read have 'vestverify.case/1'",
            "/issuance/quantity": "'quantity' of the issuance must be a number written as a string, "
            "found the number 80",
            "/issuance/vestings/0/amount": "'amount' of entry 1 of 'vestings' of the issuance is \"x\", which is not a "
            "decimal number with at most ten decimal places",
            "/transactions/0": "the transaction 't-1' lacks the required field 'vesting_condition_id'",
            "/transactions/1": "transaction number 2 must be an object, found the number 5",
            "/as_of": "'as_of' is \"tomorrow\", which is not a date of the calendar written YYYY-MM-DD",
        }

    def test_sound_terms_are_read_although_the_rest_of_the_case_is_not(self) -> None:
        document = loaded(changed(CASE, "/issuance", None))
        assert document.terms[0].terms is not None
        assert only(document).pointer == "/issuance"
        document = loaded({"format": "vestverify.case/1", "terms": TERMS, "transactions": {}})
        assert document.terms[0].terms is not None
        assert {error.pointer for error in document.all_errors} == {"", "/transactions"}

    @pytest.mark.parametrize(
        ("reading", "pointer", "words"),
        [
            ("ocf-tool", "/reading", "did you mean 'ocf-tools'?"),
            ({"root": "all"}, "/reading/root", "did you mean 'roots'?"),
            ({"roots": "none"}, "/reading/roots", "not one of 'compete', 'all'"),
            ({"roots": ["all"]}, "/reading/roots", "is a list"),
            ({"roots": 5}, "/reading/roots", "is the number 5"),
            ([], "/reading", "found an empty list"),
        ],
    )
    def test_an_unknown_reading_is_a_violation(self, reading: Any, pointer: str, words: str) -> None:
        document = loaded({**CASE, "reading": reading})
        error = only(document)
        assert (error.code, error.pointer) == ("VV003", pointer)
        assert words in error.message
        assert document.case is not None
        assert (document.case.case, document.case.reading) == (None, "default")

    def test_every_wrong_choice_of_a_reading_is_reported(self) -> None:
        document = loaded({**CASE, "reading": {"a": "b", "roots": "none", "source": "terms"}})
        assert [error.pointer for error in document.all_errors] == ["/reading/a", "/reading/roots"]

    def test_a_case_with_a_v2_template_says_so_and_judges_its_events_by_no_other_model(self) -> None:
        event = {"object_type": "TX_VESTING_EVENT", "security_id": "s-1", "date": "2025-02-03", "event_id": "sale"}
        issuance = {**CASE["issuance"], "vesting_template_id": "v2", "vesting_start_date": "2025-02-03"}
        document = loaded({**CASE, "terms": TEMPLATE, "issuance": issuance, "transactions": [event]})
        assert document.kind is DocumentKind.CASE
        error = only(document)
        assert (error.code, error.pointer) == ("VV004", "/terms")
        assert document.case is not None
        assert document.case.case is None

    def test_a_template_id_requires_a_start_date(self) -> None:
        error = only(loaded(changed(CASE, "/issuance/vesting_template_id", "v2")))
        assert (error.code, error.pointer) == ("VV003", "/issuance")
        assert "'vesting_start_date'" in error.message


class TestText:
    def test_text_that_is_not_json_is_unreadable_with_its_place(self) -> None:
        document = load("x", b'{"a": 1,}')
        error = only(document)
        assert (error.code, error.pointer, error.offset) == ("VV001", "", 7)
        assert (document.kind, document.text, document.terms) == (None, '{"a": 1,}', ())
        assert len(document.sha256) == 64

    def test_bytes_that_are_not_text_are_unreadable_with_the_number_of_the_byte(self) -> None:
        document = load("x", b'{"caf\xe9": 1}')
        error = only(document)
        assert (error.code, error.offset, error.facts["byte_offset"]) == ("VV001", None, 5)
        assert document.text == ""

    def test_a_document_larger_than_the_limit_is_refused_unread(self) -> None:
        error = only(load("x", b"[" + b" " * MAXIMUM_BYTES))
        assert (error.code, error.facts["rule"]) == ("VV001", "too-large")
        assert "64 MiB" in error.message

    def test_a_duplicate_key_is_reported_with_its_place_and_hides_nothing(self) -> None:
        text = json.dumps(TERMS).replace('"occurrences": 8', '"occurrences": 6, "occurrences": 8')
        document = load("x", text.encode())
        error = only(document)
        assert (error.code, error.slug, error.pointer) == ("VV002", "duplicate-key", f"{PERIOD}/occurrences")
        assert error.offset == text.rindex('"occurrences"')
        assert "'occurrences' twice" in error.message
        assert document.terms[0].terms is not None


def _values() -> st.SearchStrategy[Any]:
    words = st.sampled_from(
        (
            *("", "x", "1", *TERMS, *TERMS["vesting_conditions"][1]),
            *("type", "period", "items", "issuance", "statements", "reading", "transactions"),
            *("VESTING_TERMS", "VESTING_SCHEDULE_RELATIVE", "MONTHS", "VESTING_EVENT", "TX_VESTING_START"),
        )
    )
    scalars = st.none() | st.booleans() | st.integers(-1, 2) | words | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5))


def _places(value: Any, pointer: str = "") -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield f"{pointer}/{key}"
        yield from _places(inner, f"{pointer}/{key}")


class TestHostileInput:
    @given(_values())
    def test_any_json_is_read_or_refused_with_places_that_exist(self, value: Any) -> None:
        document = loaded(value)
        assert document.all_errors or document.terms or document.case
        pointers = {error.pointer for error in document.all_errors}
        assert set(locate(document.text, pointers)) == pointers

    @pytest.mark.parametrize("base", [TERMS, CASE, [TERMS], {"vesting_terms": [TERMS]}, TERMS["vesting_conditions"]])
    @given(data=st.data())
    def test_a_sound_document_with_one_odd_value_never_raises(self, base: Any, data: st.DataObject) -> None:
        pointer = data.draw(st.sampled_from(sorted(_places(base))))
        document = loaded(changed(base, pointer, data.draw(_values() | st.just(DELETED))))
        pointers = {error.pointer for error in document.all_errors}
        assert set(locate(document.text, pointers)) == pointers
        for terms in document.terms:
            assert (terms.terms is None) == bool(terms.errors)

    @given(st.binary(max_size=60))
    def test_any_bytes_are_refused_or_read(self, data: bytes) -> None:
        assert load("x", data).all_errors

    @pytest.mark.parametrize(
        "data",
        [
            b"[" * 10**6,
            b'{"object_type":"VESTING_TERMS","vesting_conditions":[' + b",".join([b"1"] * 10**6) + b"]}",
            b'{"object_type":"VESTING_TERMS",' + b",".join(b'"k%d":1' % number for number in range(10**5)) + b"}",
            b"[" + b",".join([b'{"object_type":"VESTING_TERMS","id":"a"}'] * 20_000) + b"]",
            b'{"issuance":{},"transactions":[' + b",".join([b"1"] * 10**5) + b"]}",
            b'{"object_type":"VESTING_TERMS","' + b"k" * 10**6 + b'":"' + b"v" * 10**6 + b'"}',
        ],
        ids=range(6),
    )
    def test_large_hostile_documents_end_with_a_bounded_number_of_findings(self, data: bytes) -> None:
        began = time.perf_counter()
        errors = load("x", data).all_errors
        assert time.perf_counter() - began < 20
        assert 0 < len(errors) <= 3 * terms_reading.MAXIMUM_TERMS + terms_reading.MAXIMUM_DOCUMENT_FINDINGS
        assert all(len(error.message) < 1000 for error in errors)

    def test_a_list_of_vesting_terms_is_read_up_to_a_limit_that_is_said(self) -> None:
        many = [{**TERMS, "id": str(number)} for number in range(terms_reading.MAXIMUM_TERMS + 1)]
        document = loaded(many)
        assert len(document.terms) == terms_reading.MAXIMUM_TERMS
        assert only(document).pointer == f"/{terms_reading.MAXIMUM_TERMS}"


class TestReadPath:
    def test_a_file_is_read(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "terms.json"
        path.write_text(json.dumps(TERMS), encoding="utf-8")
        document = read_path(str(path))
        assert (document.path, document.all_errors, len(document.terms)) == (str(path), (), 1)

    @pytest.mark.parametrize(
        ("name", "words"), [("missing.json", "no such file"), ("", "directory"), ("a\x00b", "not the name of a file")]
    )
    def test_what_is_no_file_is_unreadable(self, tmp_path: pathlib.Path, name: str, words: str) -> None:
        document = read_path(os.path.join(tmp_path, name) if name else str(tmp_path))
        error = only(document)
        assert error.code == "VV001"
        assert words in error.message
        assert (document.sha256, document.kind, document.text) == ("", None, "")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
    def test_a_pipe_is_refused_without_waiting_for_its_other_end(self, tmp_path: pathlib.Path) -> None:
        os.mkfifo(tmp_path / "pipe.json")
        error = only(read_path(str(tmp_path / "pipe.json")))
        assert "a pipe or a device" in error.message

    @pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="the system has no such device")
    def test_a_device_is_refused(self) -> None:
        assert "a pipe or a device" in only(read_path("/dev/zero")).message

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions do not bind this user or system"
    )
    def test_a_file_that_may_not_be_read_is_unreadable(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "terms.json"
        path.write_text("{}", encoding="utf-8")
        path.chmod(0)
        assert "permission denied" in only(read_path(str(path))).message

    def test_a_file_larger_than_the_limit_is_not_read_whole(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "large.json"
        with path.open("wb") as file:
            file.truncate(MAXIMUM_BYTES * 50)
        assert "64 MiB" in only(read_path(str(path))).message

    def test_a_dash_is_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(TERMS).encode())))
        document = read_path("-")
        assert (document.path, document.all_errors, len(document.terms)) == ("-", (), 1)
        monkeypatch.setattr(sys, "stdin", None)
        assert "no standard input" in only(read_path("-")).message


class TestExpand:
    def test_a_directory_means_its_json_files_recursively_and_sorted(self, tmp_path: pathlib.Path) -> None:
        for name in ("b.json", "a/z.json", "a/b/c.JSON", "a.json", "note.txt", "a-b/x.json"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("{}", encoding="utf-8")
        found = [pathlib.Path(path).relative_to(tmp_path).as_posix() for path in expand([str(tmp_path)])]
        assert found == ["a/b/c.JSON", "a/z.json", "a-b/x.json", "a.json", "b.json"]

    def test_duplicates_are_left_out_and_the_order_is_kept(self, tmp_path: pathlib.Path) -> None:
        for name in ("a.json", "b.json"):
            (tmp_path / name).write_text("{}", encoding="utf-8")
        first, second = str(tmp_path / "b.json"), str(tmp_path / "a.json")
        assert expand([first, "-", str(tmp_path), f"{tmp_path}/./b.json", "-", "gone.txt"]) == [
            first,
            "-",
            second,
            "gone.txt",
        ]

    def test_a_directory_without_documents_is_reported_rather_than_passed_over(self, tmp_path: pathlib.Path) -> None:
        assert expand([str(tmp_path)]) == [str(tmp_path)]
        assert "holds no .json file" in only(read_path(str(tmp_path))).message
