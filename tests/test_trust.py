"""What a proof stands on: recorded questions, scripts that other solvers run, a second opinion, no vacuous proof."""

from __future__ import annotations

import dataclasses
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import z3

from vestverify import certificate, reachability, rounding
from vestverify.certificate import Certifier, Contradiction, SecondSolverMissing, second_answer, second_solver_name
from vestverify.check import CheckOptions, check_document, decide_terms
from vestverify.documents import load
from vestverify.encoding import entitlement
from vestverify.encoding.entitlement import Vested
from vestverify.encoding.execution import SymbolicExecution
from vestverify.readable import readable
from vestverify.recording import Question, is_recording, recording
from vestverify.results import Verdict
from vestverify.smt_lib import script_of
from vestverify.solver import VACUOUS, Query, Satisfiability

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.json"))
OPTIONS = CheckOptions()


def condition(identifier: str, trigger: dict[str, Any], following: list[str], portion: str = "0/1") -> dict[str, Any]:
    numerator, denominator = portion.split("/")
    amount = {"numerator": numerator, "denominator": denominator}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": following, "portion": amount}


def months(length: int, reference: str) -> dict[str, Any]:
    period = {
        "type": "MONTHS",
        "length": length,
        "occurrences": 1,
        "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
    }
    return {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}


START = {"type": "VESTING_START_DATE"}
EVENT = {"type": "VESTING_EVENT"}


def terms(*conditions: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "id": "terms",
            "object_type": "VESTING_TERMS",
            "name": "Terms",
            "description": "Terms",
            "allocation_type": "CUMULATIVE_ROUND_DOWN",
            "vesting_conditions": conditions,
        }
    ).encode()


#: ``late`` counts from ``start``, which the path must have left by the event on the way; the solver decides that.
NEEDS_THE_SOLVER = terms(
    condition("start", START, ["sale", "listing"]),
    condition("sale", EVENT, ["early", "late"], "1/2"),
    condition("listing", EVENT, ["late"], "1/4"),
    condition("early", months(6, "start"), [], "1/2"),
    condition("late", months(7, "start"), ["last"], "1/2"),
    condition("last", months(7, "sale"), [], "1/4"),
)


def decided(text: bytes, code: str) -> Any:
    document = load("terms.json", text)
    return decide_terms(document, document.terms[0], OPTIONS, (code,)).decisions[code]


def questions_about(text: bytes) -> list[Question]:
    document = load("terms.json", text)
    with recording() as questions:
        for loaded in document.terms:
            decide_terms(document, loaded, OPTIONS)
    return list(dict.fromkeys(questions))


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Every question about the examples and one more, answered with yes or no."""
    questions = [question for path in EXAMPLES for question in questions_about(path.read_bytes())]
    questions += questions_about(NEEDS_THE_SOLVER)
    assert {question.answer for question in questions} >= {Satisfiability.SATISFIABLE, Satisfiability.UNSATISFIABLE}
    assert any("#" in script_of(question) for question in questions), "no calendar in any question"
    return [question for question in questions if question.answer is not Satisfiability.UNKNOWN]


def test_nothing_is_recorded_unless_asked_for() -> None:
    assert not is_recording()
    with recording() as questions:
        assert is_recording()
    check_document(load("terms.json", NEEDS_THE_SOLVER), OPTIONS)
    assert questions == []


def test_an_enclosing_recording_gets_what_an_inner_one_gets() -> None:
    def ask() -> None:
        query = Query()
        query.refute(query.integer("x") < 2)

    with recording() as outer:
        with recording() as inner:
            ask()
        ask()
    assert len(inner) == 1
    assert outer[:1] == inner
    assert len(outer) == 2


def test_every_question_says_what_it_is_about(asked: list[Question]) -> None:
    assert all(question.about for question in asked)


def test_every_script_gives_the_recorded_answer_to_a_solver_that_starts_from_its_text(asked: list[Question]) -> None:
    for question in asked:
        solver = z3.Solver(ctx=z3.Context())
        solver.from_string(script_of(question))
        assert str(solver.check()) == question.answer.value, question.about


def test_every_script_gives_the_recorded_answer_to_a_second_solver(asked: list[Question]) -> None:
    for question in asked:
        assert second_answer(script_of(question), 0) is question.answer, question.about


def test_scripts_are_standard_and_name_the_conditions(asked: list[Question]) -> None:
    scripts = [script_of(question) for question in asked]
    assert all("(_ at-most" not in script and "(_ pb" not in script for script in scripts)
    assert {line for script in scripts for line in script.splitlines() if line.startswith("(set-logic")} <= {
        "(set-logic QF_LIA)",
        "(set-logic QF_LRA)",
        "(set-logic QF_LIRA)",
    }
    about_sale = next(script for script in scripts if "'sale'" in script and "entered_" in script)
    assert "entered_1: entered 'sale'" in about_sale


def test_a_script_does_not_depend_on_what_was_asked_before() -> None:
    first = [script_of(question) for question in questions_about(NEEDS_THE_SOLVER)]
    Query().add(z3.Int("another") > 3)
    assert [script_of(question) for question in questions_about(NEEDS_THE_SOLVER)] == first


def test_ids_of_conditions_cannot_leave_their_comment() -> None:
    nasty = 'a"|\n(assert false)\u2028(assert false)'
    text = NEEDS_THE_SOLVER.replace(b'"sale"', json.dumps(nasty).encode())
    for question in questions_about(text):
        lines = script_of(question).splitlines()
        assert "(assert false)" not in [line.strip() for line in lines]
        assert all(line.startswith(";") for line in lines if "assert false" in line)


def test_constraints_are_readable_and_complete(asked: list[Question]) -> None:
    for question in asked:
        written = readable(question)
        assert len(written.claims) >= min(1, question.written.claims)
        text = "\n".join((*written.assumptions, *written.claims))
        assert "Z3" not in text
        for declaration in written.declarations:
            words = declaration.rsplit(": ", 1)[0]
            assert words in text, (question.about, words)
    about_entry = next(question for question in asked if "enters 'last'" in question.about and question.written.claims)
    assert readable(about_entry).claims[0].startswith("entered 'last'")


# Vacuity: a claim that contradictory assumptions rule out is not refuted.


def test_a_claim_is_refuted_only_where_the_assumptions_have_a_model() -> None:
    query = Query(about="a number")
    x = query.integer("x")
    query.add(x > 3)
    assert query.refute(x < 2) is Satisfiability.UNSATISFIABLE
    query = Query(about="a number")
    query.add(x > 3, x < 3)
    assert query.refute(x < 2) is Satisfiability.UNKNOWN
    assert query.reason == VACUOUS


def test_assumptions_added_after_they_were_shown_to_have_a_model_are_looked_at_too() -> None:
    query = Query()
    x = query.integer("x")
    query.add(x > 3)
    assert query.check() is Satisfiability.SATISFIABLE
    query.claim(x < 10)
    query.add(x < 3)
    assert query.check() is Satisfiability.UNKNOWN
    assert query.reason == VACUOUS


def test_a_budget_too_small_for_the_assumptions_leaves_the_question_open() -> None:
    query = Query(rlimit=1)
    x = query.integer("x")
    query.add(x > 3)
    assert query.refute(x < 2) is not Satisfiability.UNSATISFIABLE


def test_contradictory_assumptions_about_executions_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    document = load("terms.json", NEEDS_THE_SOLVER)
    subject = decide_terms(document, document.terms[0], OPTIONS, ("VV201",)).subject
    assert subject is not None
    original = SymbolicExecution.__init__

    def planted(self: SymbolicExecution, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.query.add(self.query.truth(False))

    monkeypatch.setattr(SymbolicExecution, "__init__", planted)
    answer = reachability.find_execution(
        subject, "an execution", [5], lambda execution, _: execution.entered[5], lambda recorded: False
    )
    assert (answer.exists, answer.reason) == (Verdict.OPEN, VACUOUS)


def test_facts_of_the_calendar_that_contradict_each_other_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    document = load("terms.json", NEEDS_THE_SOLVER)
    subject = decide_terms(document, document.terms[0], OPTIONS, ("VV201",)).subject
    assert subject is not None

    def planted(self: SymbolicExecution, model: z3.ModelRef) -> bool:
        self.query.add(self.query.truth(False))
        return True

    monkeypatch.setattr(SymbolicExecution, "refine", planted)
    answer = reachability.find_execution(
        subject, "an execution", [1], lambda execution, _: execution.entered[1], lambda recorded: False
    )
    assert (answer.exists, answer.reason) == (Verdict.OPEN, VACUOUS)


def test_bounds_that_no_total_lies_within_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    original = entitlement._below
    text = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "1/1"))
    assert decided(text, "VV301").verdict is Verdict.PROVED

    def planted(share: str, shares: str, bound: Vested, grant: Fraction | None) -> str:
        # Totals are held to be above the least by one share of the grant too many.
        return original(share, shares, dataclasses.replace(bound, share=bound.share + 1), grant)

    monkeypatch.setattr(entitlement, "_below", planted)
    decision = decided(text, "VV301")
    assert (decision.verdict, decision.reason) == (Verdict.OPEN, VACUOUS)


def test_grants_of_which_there_are_none_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "1/1"))
    assert decided(text, "VV305").verdict is Verdict.PROVED
    monkeypatch.setattr(rounding, "_is_filled", lambda tranches, grant: z3.BoolVal(False))
    decision = decided(text, "VV305")
    assert (decision.verdict, decision.reason) == (Verdict.OPEN, VACUOUS)


def test_every_answer_that_a_verdict_on_the_examples_rests_on_has_assumptions_with_a_model(
    asked: list[Question],
) -> None:
    relied_upon = [question for question in asked if question.is_relied_upon and question.written.claims]
    assert relied_upon
    assert all(question.assumptions_hold for question in relied_upon)
    # The others are those of the ranking, whose unsatisfiable core is a cycle that the document shows.
    others = {question.about for question in asked if question.is_relied_upon and not question.written.claims}
    assert others <= {"a ranking of the conditions that climbs along every edge"}


def test_a_promise_about_last_conditions_is_not_applicable_where_none_vests() -> None:
    text = terms(
        condition("start", START, ["sale"], "1/1"),
        condition("sale", EVENT, []),
    )
    decision = decided(text, "VV303")
    assert decision.verdict is Verdict.NOT_APPLICABLE
    assert "vests anything" in decision.reason


# The second solver.


def test_the_second_solver_confirms_every_answer_on_the_examples() -> None:
    certifier = Certifier(0)
    total = 0
    for path in EXAMPLES:
        result, internal = check_document(load(path.name, path.read_bytes()), CheckOptions(certifier=certifier))
        assert internal == ()
        for each in result.terms:
            assert each.certificate is not None
            assert each.certificate.solver == second_solver_name()
            assert each.certificate.confirmed == each.certificate.asked
            total += each.certificate.asked
    assert total >= len(EXAMPLES)


def test_bounds_confirmed_for_one_property_count_for_the_others_that_rest_on_them() -> None:
    text = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "1/1"))
    result, _ = check_document(load("terms.json", text), CheckOptions(certifier=Certifier(0)))
    asked = {each.code: each.certificate.asked for each in result.terms[0].properties if each.certificate}
    assert asked["VV301"] == 1
    assert asked["VV303"] == 1
    assert result.terms[0].certificate is not None
    assert result.terms[0].certificate.asked < sum(asked.values())


def test_certifying_changes_no_verdict() -> None:
    for path in EXAMPLES:
        document = load(path.name, path.read_bytes())
        plain, _ = check_document(document, OPTIONS)
        certified, _ = check_document(document, CheckOptions(certifier=Certifier(0)))
        for first, second in zip(plain.terms, certified.terms, strict=True):
            assert [dataclasses.replace(each, certificate=None) for each in second.properties] == list(first.properties)
            assert second.findings == first.findings


def test_what_the_second_solver_does_not_know_is_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "second_answer", lambda script, rlimit: Satisfiability.UNKNOWN)
    text = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "1/1"))
    result, internal = check_document(load("terms.json", text), CheckOptions(certifier=Certifier(0)))
    assert internal == ()
    assert result.terms[0].certificate is not None
    assert result.terms[0].certificate.confirmed == 0 < result.terms[0].certificate.asked
    plain, _ = check_document(load("terms.json", text), OPTIONS)
    assert [each.verdict for each in result.terms[0].properties] == [each.verdict for each in plain.terms[0].properties]


def test_a_second_solver_that_finds_a_model_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate, "second_answer", lambda script, rlimit: Satisfiability.SATISFIABLE)
    text = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "1/1"))
    _, internal = check_document(load("terms.json", text), CheckOptions(certifier=Certifier(0)))
    assert len(internal) == 1
    assert "answers unsat" in internal[0].message
    assert "(check-sat)" in internal[0].message
    with recording() as questions:
        query = Query(about="a number")
        query.add(query.integer("x") > 3)
        assert query.refute(query.integer("x") < 2) is Satisfiability.UNSATISFIABLE
    with pytest.raises(Contradiction, match="is there a number"):
        Certifier(0).confirm(questions)


def test_the_second_solver_obeys_its_budget() -> None:
    with recording() as questions:
        query = Query()
        numbers = [query.integer(f"x{number}") for number in range(40)]
        query.add(*(z3.And(x >= 0, x <= 1) for x in numbers))
        query.claim(z3.Sum([(2**number + 2) * x for number, x in enumerate(numbers)]) == 2**39 + 1)
        query.check()
    script = script_of(questions[-1])
    assert second_answer(script, 100) is Satisfiability.UNKNOWN
    assert second_answer(script, 100) is Satisfiability.UNKNOWN


def test_without_the_second_solver_there_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cvc5", None)
    second_solver_name.cache_clear()
    try:
        with pytest.raises(SecondSolverMissing, match=r"vestverify\[certify\]"):
            Certifier(0)
    finally:
        monkeypatch.undo()
        second_solver_name.cache_clear()
