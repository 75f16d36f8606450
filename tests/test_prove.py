"""``vestverify prove`` and ``vestverify check --certify``, run as their users run them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import z3
from click.testing import CliRunner, Result
from test_trust import EVENT, NEEDS_THE_SOLVER, START, condition, terms

from vestverify import certificate
from vestverify.certificate import second_answer, second_solver_name
from vestverify.command_line import main
from vestverify.solver import Satisfiability, solver_name

SOLVED = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "1/1"))


@pytest.fixture(autouse=True)
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "solved.json").write_bytes(SOLVED)
    (tmp_path / "hard.json").write_bytes(NEEDS_THE_SOLVER)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def as_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json").stdout)


def test_a_proof_shows_its_verdict_its_question_and_that_it_is_not_vacuous() -> None:
    result = run("prove", "VV301", "solved.json", "--certify")
    assert result.exit_code == 0
    for line in (
        "VV301 over-vests (error): no execution vests more than the grant",
        "verdict:     proved (smt)",
        "  answer: unsat: there is none",
        "  not vacuous: the assumptions alone have a model",
        f"  {second_solver_name()}: unsat",
        "    share vested with 'start' before 'sale': number",
        "    share vested before 'start' = 0",
    ):
        assert line in result.stdout


def test_a_property_can_be_called_by_its_name() -> None:
    assert run("prove", "over-vests", "solved.json").stdout == run("prove", "vv301", "solved.json").stdout


def test_a_property_decided_without_the_solver_says_how() -> None:
    assert "decided from the document, without a solver" in run("prove", "VV309", "solved.json").stdout
    assert "none were asked of the solver" in run("prove", "VV309", "solved.json").stdout
    assert "by running the engine" in run("prove", "VV201", "solved.json").stdout
    assert "by a lemma that the test suite proves" in run("prove", "VV306", "solved.json").stdout


def test_the_questions_of_a_property_that_it_builds_on_come_first() -> None:
    proof = as_json("prove", "VV301", "hard.json")
    codes = [question["code"] for question in proof["questions"]]
    assert codes == sorted(codes)
    assert set(codes) == {"VV201", "VV301"}
    assert [each["code"] for each in proof["builds_on"]] == ["VV201"]


def test_long_constraints_are_cut_and_all_shows_them() -> None:
    cut = run("prove", "VV201", "hard.json").stdout
    full = run("prove", "VV201", "hard.json", "--all").stdout
    assert "more; --all shows them)" in cut
    assert "more; --all shows them)" not in full
    assert len(full.splitlines()) > len(cut.splitlines())
    # The claim is never what is left out.
    assert cut.count("\n  claim\n") == full.count("\n  claim\n") > 0


def test_the_scripts_that_are_written_give_both_solvers_the_answer_that_is_shown(tmp_path: Path) -> None:
    proof = as_json("prove", "VV301", "hard.json", "--smt-lib", "scripts")
    assert len(proof["questions"]) >= 2
    assert sorted(path.name for path in (tmp_path / "scripts").iterdir()) == sorted(
        question["file"] for question in proof["questions"]
    )
    for question in proof["questions"]:
        script = (tmp_path / "scripts" / question["file"]).read_text("utf-8")
        assert script == question["smt_lib"]
        assert script.startswith("; Is there ")
        solver = z3.Solver(ctx=z3.Context())
        solver.from_file(str(tmp_path / "scripts" / question["file"]))
        assert str(solver.check()) == question["answer"]
        assert second_answer(script, 0).value == question["answer"]


def test_a_proof_for_machines_has_every_key() -> None:
    proof = as_json("prove", "VV301", "solved.json", "--certify")
    assert list(proof) == [
        "format",
        "tool",
        "reading",
        "budget",
        "exit_code",
        "document",
        "terms",
        "property",
        "findings",
        "how",
        "builds_on",
        "questions",
        "exhibits",
    ]
    assert proof["format"] == "vestverify.proof/1"
    assert proof["tool"]["solver"] == f"{solver_name()}, {second_solver_name()}"
    assert proof["property"]["scope"]["certified"] == f"1 of 1 unsat answers, by {second_solver_name()}"
    assert proof["questions"][0]["second"] == {"solver": second_solver_name(), "answer": "unsat"}


def test_the_same_command_writes_the_same_bytes() -> None:
    assert run("prove", "VV201", "hard.json").stdout == run("prove", "VV201", "hard.json").stdout


def test_a_refuted_property_exits_as_check_does() -> None:
    broken = terms(condition("start", START, ["sale"]), condition("sale", EVENT, [], "3/2"))
    Path("broken.json").write_bytes(broken)
    result = run("prove", "VV301", "broken.json")
    assert result.exit_code == 1
    assert "found:" in result.stdout
    assert run("prove", "VV309", "broken.json").exit_code == 0


def test_an_open_property_exits_as_check_does() -> None:
    assert run("prove", "VV201", "hard.json", "--budget", "1").exit_code == 3


def test_what_cannot_be_proved_is_refused() -> None:
    Path("invalid.json").write_bytes(SOLVED.replace(b"CUMULATIVE_ROUND_DOWN", b"NO_SUCH_TYPE"))
    result = run("prove", "VV301", "invalid.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "VV003" in result.stderr
    assert run("prove", "VV999", "solved.json").exit_code == 2
    of_a_case = run("prove", "VV501", "solved.json")
    assert of_a_case.exit_code == 2
    assert "vestverify check" in of_a_case.stderr


def test_check_says_how_many_answers_are_confirmed() -> None:
    plain, certified = run("check", "solved.json"), run("check", "solved.json", "--certify")
    assert certified.exit_code == plain.exit_code
    assert certified.stdout.splitlines()[-1].startswith(f"{second_solver_name()} confirmed ")
    assert "Not confirmed" not in certified.stdout
    report = as_json("check", "solved.json", "--certify")
    scopes = {each["code"]: each["scope"] for each in report["documents"][0]["terms"][0]["properties"]}
    assert scopes["VV301"]["certified"] == f"1 of 1 unsat answers, by {second_solver_name()}"
    assert "certified" not in scopes["VV309"]
    assert report["tool"]["solver"] == f"{solver_name()}, {second_solver_name()}"
    assert "certified" not in run("check", "solved.json", "--format", "json").stdout


def test_check_says_which_answers_are_not_confirmed() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificate, "second_answer", lambda script, rlimit: Satisfiability.UNKNOWN)
        doubtful = run("check", "solved.json", "--certify")
    assert f"{second_solver_name()} confirmed 0 of " in doubtful.stdout
    assert "VV301 1" in doubtful.stdout


def test_without_the_second_solver_certifying_is_a_wrong_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cvc5", None)
    second_solver_name.cache_clear()
    try:
        for arguments in (("check", "solved.json"), ("prove", "VV301", "solved.json")):
            result = run(*arguments, "--certify")
            assert (result.exit_code, result.stdout) == (2, "")
            assert "vestverify[certify]" in result.stderr
    finally:
        monkeypatch.undo()
        second_solver_name.cache_clear()
