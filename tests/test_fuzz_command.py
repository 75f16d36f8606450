"""``vestverify fuzz`` as its users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vestverify.command_line import main
from vestverify.fuzzing import property_checks

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SOUND = EXAMPLES / "four-year-monthly-cliff-installment.json"
PLAIN = f"{sys.executable} {ROOT / 'tests' / 'plain_engine.py'}"
REFERENCE = f"{sys.executable} -m vestverify engine"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fuzz(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["fuzz", *arguments])


def found(*arguments: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(fuzz(*arguments, "--format", "json").stdout)
    return report


def terms_with(folder: Path, **changes: Any) -> str:
    raw = json.loads(SOUND.read_text(encoding="utf-8"))
    raw["vesting_conditions"][1] |= changes
    path = folder / "terms.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    return str(path)


def test_sound_terms_raise_nothing() -> None:
    result = fuzz(str(SOUND), "--max-examples", "200")
    assert result.exit_code == 0
    assert result.stdout == "200 cases tried on the reference engine (seed 0)\nnothing found\n"
    assert not Path(".vestverify").exists()


def test_terms_that_vest_too_much_are_shown_with_a_sentence_a_case_file_and_the_schedule(tmp_path: Path) -> None:
    path = terms_with(tmp_path, portion={"numerator": "1", "denominator": "47"})
    result = fuzz(path, "--max-examples", "100")
    assert result.exit_code == 1
    assert "1. VV301: " in result.stdout
    assert "48/47 shares of 1 granted vest" in " ".join(result.stdout.split())
    assert "date              vests" in result.stdout
    [saved] = list(Path(".vestverify/failures").glob("*.json"))
    case = json.loads(saved.read_text(encoding="utf-8"))
    assert case["format"] == "vestverify.case/1"
    assert case["issuance"]["quantity"] == "1"
    assert f"vestverify replay {saved.stem}" in result.stdout
    assert CliRunner().invoke(main, ["schedule", str(saved)]).exit_code == 1


def test_the_report_for_machines_keeps_to_the_contract(tmp_path: Path) -> None:
    report = found(terms_with(tmp_path, portion={"numerator": "1", "denominator": "47"}), "--max-examples", "100")
    assert list(report) == ["format", "examples", "unsupported", "groups"]
    assert (report["format"], report["examples"], report["unsupported"]) == ("vestverify.fuzz/1", 100, 0)
    [group] = report["groups"]
    assert list(group) == ["rule", "code", "count", "explained_by_reading", "case", "expected", "actual"]
    assert (group["code"], group["explained_by_reading"]) == ("VV301", None)
    assert group["actual"]


def test_less_severe_properties_are_looked_at_when_asked_for(tmp_path: Path) -> None:
    path = terms_with(tmp_path, portion={"numerator": "1", "denominator": "50"})
    assert fuzz(path, "--max-examples", "50").exit_code == 0
    report = found(path, "--max-examples", "50", "--fail-on", "warning", "--no-save")
    assert "VV303" in {group["code"] for group in report["groups"]}


def test_an_engine_that_is_right_raises_nothing() -> None:
    result = fuzz("--engine", REFERENCE, "--max-examples", "300")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "nothing found")


def test_an_engine_that_is_wrong_fails_and_its_smallest_case_is_saved() -> None:
    result = fuzz("--engine", f"{PLAIN} --fault cliff-ignored", "--max-examples", "300")
    assert result.exit_code == 1
    assert "1. CLF-1: " in result.stdout
    assert "takes no notice of cliff_installment" in " ".join(result.stdout.split())
    assert json.loads(Path(".vestverify/failures/engine.json").read_text(encoding="utf-8"))["engine"].startswith(PLAIN)


def test_what_another_reading_explains_fails_only_when_asked_to() -> None:
    engine = ("--engine", f"{PLAIN} --fault relative-to-first-occurrence", "--max-examples", "600")
    result = fuzz(*engine)
    assert "periodic_reference=first" in result.stdout
    assert result.exit_code == 0
    assert fuzz(*engine, "--strict-reading").exit_code == 1


def test_the_same_command_prints_the_same_byte_for_byte_also_when_it_has_failed_before() -> None:
    arguments = ("--engine", f"{PLAIN} --fault half-down", "--max-examples", "400", "--format", "json")
    first = fuzz(*arguments)
    assert first.exit_code == 1
    assert fuzz(*arguments).stdout == first.stdout


def test_what_failed_before_is_tried_again_by_a_run_that_would_not_find_it() -> None:
    engine = ("--engine", f"{PLAIN} --fault half-down")
    assert fuzz(*engine, "--max-examples", "400").exit_code == 1
    again = fuzz(*engine, "--max-examples", "1", "--seed", "3")
    assert again.exit_code == 1
    assert "ALC-2" in again.stdout
    assert fuzz(*engine, "--max-examples", "1", "--seed", "3", "--database", "elsewhere").exit_code == 0


def test_given_terms_are_fuzzed_on_the_engine() -> None:
    report = found(str(SOUND), "--engine", f"{PLAIN} --fault cliff-ignored", "--max-examples", "100")
    assert {group["rule"] for group in report["groups"]} == {"CLF-1"}


def test_terms_that_cannot_be_run_are_a_failure_and_an_engine_has_to_refuse_them(tmp_path: Path) -> None:
    path = terms_with(tmp_path, next_condition_ids=["nowhere"])
    result = fuzz(path)
    assert result.exit_code == 1
    assert "VV102" in result.stdout
    assert fuzz(path, "--engine", REFERENCE).exit_code == 0
    assert fuzz(path, "--engine", f"{PLAIN} --fault dangling-next-ignored").exit_code == 1


def test_what_cannot_be_read_is_said_and_the_rest_is_tried(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    result = fuzz(str(broken), str(SOUND), "--max-examples", "20")
    assert result.exit_code == 2
    assert "VV001" in result.stderr
    assert "20 cases tried" in result.stdout
    assert fuzz(str(broken)).exit_code == 2
    assert fuzz(str(tmp_path / "missing.json")).exit_code == 2


def test_without_terms_and_without_an_engine_there_is_nothing_to_do() -> None:
    result = fuzz()
    assert result.exit_code == 2
    assert "--engine" in result.stderr


def test_an_engine_that_cannot_be_started_is_a_wrong_command_line() -> None:
    result = fuzz("--engine", "no-such-program-anywhere")
    assert result.exit_code == 2
    assert "no-such-program-anywhere" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_ends_when_its_time_is_over() -> None:
    result = fuzz(str(SOUND), "--max-examples", "10000000", "--time", "0.3")
    assert result.exit_code == 0
    assert int(result.stdout.split(" ")[0].replace(",", "")) < 10_000_000


def test_a_proof_that_a_run_contradicts_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {**property_checks.CHECKS, "VV301": lambda ran: "more than the grant vests, so the test says"}
    monkeypatch.setattr(property_checks, "CHECKS", checks)
    monkeypatch.setattr("vestverify.fuzzing.own_terms.CHECKS", checks)
    result = fuzz(str(SOUND), "--max-examples", "10")
    assert result.exit_code == 4
    assert "internal error: VV301" in result.stderr


def test_what_the_reference_engine_must_never_do_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vestverify.fuzzing.own_terms.inconsistency", lambda *_: "it is not itself")
    result = fuzz(str(SOUND), "--max-examples", "20")
    assert result.exit_code == 4
    assert "it is not itself" in result.stderr


def test_results_can_be_read_as_junit() -> None:
    result = fuzz("--engine", f"{PLAIN} --fault cliff-ignored", "--max-examples", "200", "--format", "junit")
    assert result.stdout.startswith("<?xml")
    assert "CLF-1" in result.stdout


def test_nothing_is_written_where_nothing_may_be() -> None:
    assert fuzz("--engine", f"{PLAIN} --fault cliff-ignored", "--max-examples", "400", "--no-save").exit_code == 1
    assert list(Path().iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_and_changes_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    result = fuzz(
        "--engine", f"{PLAIN} --fault cliff-ignored", "--max-examples", "400", "--save", "taken", "--database", "taken"
    )
    assert result.exit_code == 1
    assert "cannot be saved" in result.stderr
    assert "Traceback" not in result.output


def test_in_a_pipe_there_is_no_progress_and_no_solver_is_loaded() -> None:
    script = (
        "import sys; from vestverify.command_line import main\n"
        f"try:\n    main(['fuzz', {str(SOUND)!r}, '--max-examples', '10'])\n"
        "except SystemExit: pass\n"
        "assert 'z3' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
