"""Verdicts at the edge of what the provers tell apart: the day that just comes too late, the grant that is just filled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_amount_properties import chain
from test_amount_properties import decided as decided_of_amounts
from test_date_properties import check, condition, decided, event, findings, portion, relative, start
from test_engine_edges import raw_terms, terms_of

import vestverify
from vestverify.check import CheckOptions, check_document
from vestverify.documents import load
from vestverify.dominance import always_preempted
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import DEFAULT_READING
from vestverify.full_paths import full_paths
from vestverify.results import Severity, TermsResult, Verdict
from vestverify.search import Search
from vestverify.solver import Allowance

WHOLE, HALF = portion(1, 1), portion(1, 2)


def dead(result: TermsResult) -> set[str]:
    assert decided(result, "VV201").verdict is not Verdict.OPEN
    return {identifier for found in findings(result, "VV201") for identifier in found.condition_ids}


def dated(identifier: str, date: str, **more: Any) -> dict[str, Any]:
    return condition(identifier, "VESTING_SCHEDULE_ABSOLUTE", [], date=date, **more)


#: After ``rich`` the end is always passed over for ``first``; after ``poor`` it is entered, and 3/4 have vested.
TOO_LATE_AFTER_ONE = [
    start(["rich", "poor"]),
    event("rich", ["first", "end"], portion=HALF),
    event("poor", ["end"], portion=portion(1, 4)),
    dated("first", "2024-07-01", portion=portion(1, 8)),
    dated("end", "2024-08-01", portion=HALF),
]


class TestEntering:
    """A condition on a fixed day of the next month, listed behind one on the start day of the next month."""

    @staticmethod
    def siblings(fixed: str) -> list[dict[str, Any]]:
        return [
            start(["same day", "fixed day"]),
            relative("same day", "start", 1, [], portion=WHOLE),
            relative("fixed day", "start", 1, [], day_of_month=fixed, portion=WHOLE),
        ]

    def test_a_condition_that_only_a_start_on_the_31st_leads_to_can_be_entered(self) -> None:
        assert dead(check(*self.siblings("30_OR_LAST_DAY_OF_MONTH"))) == set()

    def test_a_condition_that_only_a_day_that_no_month_has_would_lead_to_is_never_entered(self) -> None:
        assert dead(check(*self.siblings("31_OR_LAST_DAY_OF_MONTH"))) == {"fixed day"}

    def test_a_condition_is_not_called_dead_because_the_budget_ran_out(self) -> None:
        raw = raw_terms(*self.siblings("30_OR_LAST_DAY_OF_MONTH"))
        answers = [decided(vestverify.check_terms(raw, rlimit=rlimit), "VV201") for rlimit in (300, 1_000, 3_000, 0)]
        assert [answer.verdict for answer in answers[:2]] == [Verdict.OPEN, Verdict.OPEN]
        assert all("budget" in answer.reason for answer in answers[:2])
        assert Verdict.REFUTED not in [answer.verdict for answer in answers]

    def test_a_condition_that_comes_too_late_after_one_parent_can_be_entered_from_another(self) -> None:
        assert always_preempted(compile_terms(terms_of(*TOO_LATE_AFTER_ONE)), DEFAULT_READING) == {}
        assert dead(check(*TOO_LATE_AFTER_ONE)) == set()

    def test_a_path_that_cannot_be_taken_is_not_realised(self) -> None:
        search = Search(compile_terms(terms_of(*TOO_LATE_AFTER_ONE)), DEFAULT_READING)
        assert search.realise((0, 1, 4)) is None
        assert search.realise((0, 2, 4)) is not None

    def test_the_declaration_of_indeterminate_terms_is_no_condition_that_should_be_entered(self) -> None:
        rest = {"id": "rest", "trigger": {"type": "VESTING_SCHEDULE_INDETERMINATE"}, "next_condition_ids": []}
        assert dead(check(start(["half", "rest"]), event("half", [], portion=HALF), rest)) == set()


class TestStructure:
    @pytest.mark.parametrize(("cliff", "refuted"), [(3, False), (4, True)])
    def test_the_last_installment_can_be_the_cliff(self, cliff: int, refuted: bool) -> None:
        block = relative("block", "start", 1, [], occurrences=3, portion=portion(1, 3))
        block["trigger"]["period"]["cliff_installment"] = cliff
        assert bool(findings(check(start(["block"]), block), "VV309")) is refuted

    def test_the_path_around_a_condition_does_not_lead_through_it(self) -> None:
        count = relative("end", "one", 1, [], portion=HALF)
        around = check(
            start(["one", "other"]), event("one", ["end"], portion=HALF), event("other", ["end"], portion=HALF), count
        )
        assert [found.facts["path_without_it"] for found in findings(around, "VV108")] == [["start", "other", "end"]]
        through = check(
            start(["one"]), event("one", ["end", "other"], portion=HALF), event("other", ["end"], portion=HALF), count
        )
        assert findings(through, "VV108") == []

    def test_two_cycles_through_one_condition_are_both_named(self) -> None:
        result = check(
            start(["a"]),
            event("a", ["b"], portion=HALF),
            event("b", ["a", "c"], portion=HALF),
            event("c", ["b"], portion=HALF),
        )
        assert {found.condition_ids for found in findings(result, "VV101")} == {("a", "b"), ("b", "c")}


class TestDates:
    @pytest.mark.parametrize(("years", "refuted"), [(100, False), (101, True)])
    def test_a_period_of_a_hundred_years_is_just_sane(self, years: int, refuted: bool) -> None:
        answer = check(start(["late"]), relative("late", "start", 12, [], occurrences=years, portion=portion(1, years)))
        assert [found.severity for found in findings(answer, "VV204")] == [Severity.WARNING] * refuted

    def test_a_fixed_day_of_the_next_month_can_lie_nearly_two_months_ahead(self) -> None:
        result = check(
            start(["month"]),
            relative("month", "start", 1, ["days"], day_of_month="31_OR_LAST_DAY_OF_MONTH", portion=HALF),
            relative("days", "start", 45, [], unit="DAYS", portion=HALF),
        )
        assert [found.condition_ids for found in findings(result, "VV203")] == [("days",)]

    def test_a_date_on_which_its_parent_is_left_is_not_overdue(self) -> None:
        first = {**dated("first", "2024-06-01", portion=HALF), "next_condition_ids": ["second"]}
        second = dated("second", "2024-06-01", portion=HALF)
        assert decided(check(first, second), "VV203").verdict is Verdict.PROVED

    def test_siblings_that_vest_alike_differ_where_only_one_of_them_leads_on(self) -> None:
        result = check(
            start(["ends", "leads on"]),
            event("ends", [], portion=HALF),
            event("leads on", ["more"], portion=HALF),
            event("more", [], portion=HALF),
        )
        assert [found.condition_ids for found in findings(result, "VV202")] == [("ends", "leads on")]


class TestAmounts:
    def test_paths_that_cannot_be_taken_do_not_make_up_the_grant(self) -> None:
        result = check(*TOO_LATE_AFTER_ONE)
        assert decided(result, "VV302").verdict is Verdict.REFUTED
        assert [found.facts["max_vested"] for found in findings(result, "VV302")] == ["3/4"]

    def test_the_least_that_vests_is_followed_through_conditions_in_which_paths_meet(self) -> None:
        result = check(
            start(["half", "quarter"]),
            event("half", ["meet"], portion=HALF),
            event("quarter", ["meet"], portion=portion(1, 4)),
            event("meet", ["end"], quantity="0"),
            event("end", [], portion=HALF),
        )
        assert [found.facts["min_vested"] for found in findings(result, "VV303")] == ["3/4"]

    @pytest.mark.parametrize(("amount", "codes"), [("1000", []), ("999", ["VV506"]), ("1001", ["VV301", "VV506"])])
    def test_explicit_vestings_are_held_against_the_grant(self, amount: str, codes: list[str]) -> None:
        issuance = {
            "object_type": "TX_STOCK_ISSUANCE",
            "id": "issuance",
            "security_id": "security",
            "date": "2024-01-01",
            "quantity": "1000",
            "vestings": [{"date": "2025-01-01", "amount": amount}],
        }
        case = {"format": "vestverify.case/1", "terms": None, "issuance": issuance, "transactions": []}
        document, errors = check_document(load("case.json", json.dumps(case).encode()), CheckOptions())
        assert (document.errors, errors) == ((), ())
        assert sorted(found.code for found in document.findings) == codes

    def test_fixed_quantities_fill_the_grant_that_they_add_up_to(self) -> None:
        answer, _ = decided_of_amounts(chain("0", "60", "40"), "VV303")
        assert answer.verdict is Verdict.PROVED
        assert answer.scope["grant_quantity"].startswith("<= 100,")

    def test_fixed_quantities_fit_the_grant_that_they_add_up_to(self) -> None:
        answer, _ = decided_of_amounts(chain("0", "60", "40"), "VV301")
        assert answer.verdict is Verdict.PROVED
        assert answer.scope["grant_quantity"].startswith(">= 100,")

    def test_a_share_of_nothing_left_is_not_negative(self) -> None:
        answer, _ = decided_of_amounts(chain("0", "1/1", "1/2 left"), "VV306")
        assert answer.verdict is Verdict.PROVED

    def test_more_than_the_grant_on_the_way_is_too_much_also_where_it_is_taken_back(self) -> None:
        answer, found = decided_of_amounts(chain("0", "5/4", "1 x 1/1 left"), "VV301")
        assert answer.verdict is Verdict.REFUTED
        assert found.condition_ids == ("c1",)

    def test_an_installment_that_is_whole_for_the_least_grant_can_be_a_fraction_for_the_next(self) -> None:
        answer, found = decided_of_amounts(chain("2", "1/2 left", allocation_type="FRACTIONAL"), "VV310")
        assert answer.verdict is Verdict.REFUTED
        assert found.facts["grant_quantity"] == "3"


class TestRounding:
    @pytest.mark.parametrize(
        ("first", "grant", "failing"),
        [
            # Half of an odd rest is lost in the last condition.
            ("10", "11", {"from": 10, "modulus": 2, "residues": [1]}),
            # No half of what 2.5 shares leave is whole; grants of less than 3 are exceeded by them (VV301).
            ("2.5", "3", {"from": 3, "modulus": 1, "residues": [0]}),
        ],
    )
    def test_failing_grants_are_those_that_hold_the_fixed_quantities(
        self, first: str, grant: str, failing: dict[str, Any]
    ) -> None:
        terms = chain("0", first, "1/2 left", "1 x 1/1 left")
        answer, found = decided_of_amounts(terms, "VV305", allocation_scope="condition")
        assert answer.verdict is Verdict.REFUTED
        assert (found.facts["grant_quantity"], found.facts["failing_quantities"]) == (grant, failing)

    def test_a_path_that_takes_back_what_it_vested_above_the_grant_is_not_full(self) -> None:
        taking_back = [
            start(["too much"]),
            event("too much", ["rest"], portion=portion(5, 4)),
            event("rest", [], portion={**WHOLE, "remainder": True}),
        ]
        assert full_paths(compile_terms(terms_of(*taking_back)), DEFAULT_READING).groups == ()

    def test_a_path_that_must_go_on_does_not_end_where_it_is_full(self) -> None:
        forced = [start(["all"]), event("all", ["more"], portion=WHOLE), relative("more", "all", 1, [], portion=WHOLE)]
        free = [start(["all"]), event("all", ["more"], portion=WHOLE), event("more", [], portion=WHOLE)]
        paths = [full_paths(compile_terms(terms_of(*each)), DEFAULT_READING).groups for each in (forced, free)]
        assert [[path for group in groups for path in group.paths] for groups in paths] == [[], [(0, 1)]]


def test_a_used_up_allowance_leaves_nothing_for_the_next_question() -> None:
    allowance = Allowance(10)
    allowance.spent = 40
    assert allowance.next_question < 0
