"""Saved failures: what is written, what is read back, and what ``vestverify replay`` says about them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from vestverify.api import check_terms
from vestverify.command_line import main
from vestverify.engine.reading import BUNDLES, DEFAULT_READING, Reading, reading_from
from vestverify.fuzz_results import FailureGroup, ReplayResult, ReplayRun, ReplayStatus
from vestverify.fuzzing import failures, replaying
from vestverify.fuzzing.examples import Example
from vestverify.fuzzing.failures import Examples, case_under, database_key, engine_of, identifier_of, save, save_run
from vestverify.fuzzing.replaying import ReplayOptions, replay
from vestverify.properties import property_of
from vestverify.reports import replay_report

CASES = Path(__file__).parent / "cases"
STOCK = CASES / "011-stock-vests-by-its-terms.json"
DANGLING = CASES / "019-defect-next-condition-is-missing.json"
#: Its terms have a defect that no run of the engine shows.
ONLY_CHECK = next(path for path in sorted(CASES.glob("*.json")) if '"code": "VV105"' in path.read_text("utf-8"))

#: An engine that is the reference engine but for what ``change`` does to the answers.
ENGINE = """
import json, sys
from vestverify.engine_protocol import answer

asked = 0
for line in sys.stdin:
    asked += 1
    given = answer(json.loads(line))
    {change}
    print(json.dumps(given), flush=True)
"""
RIGHT = "pass"
WRONG = "for row in given.get('schedule', []): row['quantity'] = '7'"
UNSUPPORTED = "given = {'id': given['id'], 'unsupported': 'STOCK'}"
DEAD = "sys.exit(3)"
REFUSING = "given = {'id': given['id'], 'errors': [{'code': 'E1', 'message': 'I would rather not'}]}"
WRONG_AFTERWARDS = "given = {'id': given['id'], 'schedule': []} if asked > 1 else given"
NOISY = "print('noise', flush=True)"


def engine(folder: Path, change: str) -> str:
    script = folder / "an engine.py"
    script.write_text(ENGINE.replace("{change}", change), encoding="utf-8")
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def bare(path: Path = STOCK, **changes: Any) -> dict[str, Any]:
    document = load(path)
    case = {key: document[key] for key in ("format", "terms", "issuance", "transactions")}
    return {**case, "name": "a case", **changes}


def group(case: Mapping[str, Any], **changes: Any) -> FailureGroup:
    given: dict[str, Any] = {
        "identifier": identifier_of(case),
        "rule": "DAT-2",
        "code": None,
        "sentence": "the engine vests seven shares, whatever the terms say",
        "count": 3,
        "explained_by_reading": None,
        "case": case,
        "expected": tuple(load(STOCK)["expected"]["schedule"]),
        "actual": ({"date": "2023-04-30", "quantity": "7"},),
    }
    return FailureGroup(**{**given, **changes})


def write(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments])


def only(result: ReplayRun) -> ReplayResult:
    assert len(result.results) == 1
    return result.results[0]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- What is written ----


def test_an_identifier_depends_on_the_content_of_a_case_and_not_on_its_name() -> None:
    case = bare()
    assert identifier_of(case) == identifier_of({**dict(reversed(case.items())), "name": "another", "why": "no reason"})
    assert len(identifier_of(case)) == 8
    assert int(identifier_of(case), 16) >= 0


@pytest.mark.parametrize(
    "change",
    [{"terms": None}, {"as_of": "2024-01-01"}, {"reading": "ocf-tools"}, {"issuance": {}}, {"transactions": [{}]}],
)
def test_an_identifier_changes_with_everything_that_makes_a_case(change: dict[str, Any]) -> None:
    assert identifier_of(bare()) != identifier_of(bare(**change))


def test_what_a_case_may_leave_out_does_not_change_its_identifier() -> None:
    case = bare(transactions=[])
    without = {key: value for key, value in case.items() if key != "transactions"}
    assert identifier_of(case) == identifier_of(without) == identifier_of({**case, "reading": "default", "as_of": None})


def test_a_saved_failure_is_a_case_called_by_its_identifier(tmp_path: Path) -> None:
    path = save(tmp_path / "new" / "folder", group(bare()), "./engine", DEFAULT_READING)
    document = load(path)
    assert path.name == f"{identifier_of(document)}.json"
    assert document["format"] == "vestverify.case/1"
    assert document["name"] == path.stem
    assert document["check"] == "engine"
    assert document["rules"] == ["DAT-2"]
    assert document["code"] is None
    assert document["expected"] == {"schedule": load(STOCK)["expected"]["schedule"]}
    assert document["actual"] == {"schedule": [{"date": "2023-04-30", "quantity": "7"}]}
    assert document["preceding"] == []
    assert document["explained_by_reading"] is None
    assert "./engine" not in path.read_text("utf-8")


def test_a_saved_failure_of_the_reference_engine_is_one_of_a_property(tmp_path: Path) -> None:
    path = save(tmp_path, group(bare(), code="VV305", expected=({"code": "VV102"},)), None, DEFAULT_READING)
    document = load(path)
    assert (document["check"], document["code"]) == ("property", "VV305")
    assert document["expected"] == {"errors": [{"code": "VV102"}]}


def test_saving_twice_writes_the_same_bytes_and_leaves_nothing_else(tmp_path: Path) -> None:
    first = save(tmp_path, group(bare()), "./engine", DEFAULT_READING).read_bytes()
    again = save(tmp_path, group(dict(reversed(bare().items()))), "./engine", DEFAULT_READING)
    assert again.read_bytes() == first
    assert os.listdir(tmp_path) == [again.name]


def test_a_failure_that_cannot_be_written_leaves_the_one_before_unharmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = save(tmp_path, group(bare()), "./engine", DEFAULT_READING).read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        save(tmp_path, group(bare(), sentence="the engine is otherwise wrong"), "./engine", DEFAULT_READING)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [before]


def test_a_failure_under_a_reading_states_it(tmp_path: Path) -> None:
    path = save(tmp_path, group(bare()), "./engine", BUNDLES["ocf-tools"])
    assert load(path)["reading"] == BUNDLES["ocf-tools"].differences()
    assert path.stem != identifier_of(bare())
    assert "reading" not in case_under(bare(reading="ocf-tools"), DEFAULT_READING)


@pytest.mark.parametrize("command", ["check", "schedule"])
def test_other_commands_read_a_saved_failure(command: str, tmp_path: Path) -> None:
    path = save(tmp_path, group(bare(), preceding=(bare(),)), "./engine", DEFAULT_READING)
    result = CliRunner().invoke(main, [command, str(path), "--format", "json"])
    assert result.exit_code == 0
    if command == "schedule":
        assert json.loads(result.stdout)["schedule"] == load(STOCK)["expected"]["schedule"]


def test_the_engine_of_a_run_is_written_beside_its_failures(tmp_path: Path) -> None:
    assert engine_of(tmp_path) is None
    save_run(tmp_path / "failures", "python 'an engine.py'")
    assert engine_of(tmp_path / "failures") == "python 'an engine.py'"
    assert load(tmp_path / "failures" / "engine.json") == {
        "format": "vestverify.run/1",
        "engine": "python 'an engine.py'",
    }


@pytest.mark.parametrize(
    "text", ["{", "[]", "\xff", '{"engine": "x"}', '{"format": "vestverify.run/1", "engine": 1}', "[" * 100_000]
)
def test_a_damaged_file_of_the_engine_is_no_engine(text: str, tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text(text, encoding="latin-1")
    with pytest.raises(failures.UnreadableRun, match=r"engine\.json"):
        engine_of(tmp_path)


# ---- Examples ----


def test_examples_come_back_in_an_order_that_depends_on_nothing_but_them(tmp_path: Path) -> None:
    key = database_key("./engine", DEFAULT_READING)
    cases = [bare(as_of=f"2024-01-{day:02}") for day in range(1, 20)]
    one, other = Examples(tmp_path / "one"), Examples(tmp_path / "other")
    for case in cases:
        one.add(key, case)
    for case in reversed(cases):
        other.add(key, case)
        other.add(key, dict(reversed(case.items())))
    assert one.cases(key) == other.cases(key)
    assert len(one.cases(key)) == len(cases)
    assert Examples(tmp_path / "one").cases(key) == one.cases(key)


def test_examples_of_another_engine_or_reading_are_kept_apart(tmp_path: Path) -> None:
    examples = Examples(tmp_path)
    keys = [
        database_key(command, reading)
        for command in (None, "reference", "./engine")
        for reading in (DEFAULT_READING, BUNDLES["ocf-tools"])
    ]
    assert len(set(keys)) == 6
    examples.add(keys[0], bare())
    assert [len(examples.cases(key)) for key in keys] == [1, 0, 0, 0, 0, 0]


def test_an_example_that_is_removed_is_gone_and_damaged_ones_are_passed_over(tmp_path: Path) -> None:
    key = database_key(None, DEFAULT_READING)
    examples = Examples(tmp_path)
    examples.add(key, bare())
    examples.add(key, bare(as_of="2024-01-01"))
    examples.remove(key, bare())
    examples.remove(key, bare(as_of="1999-01-01"))
    assert examples.cases(key) == [bare(as_of="2024-01-01")]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-5])
    assert examples.cases(key) == []


# ---- Engines ----


def test_an_engine_that_is_repaired_is_fixed(here: Path) -> None:
    folder = here / ".vestverify" / "failures"
    path = save(folder, group(bare()), "the engine", DEFAULT_READING)
    save_run(folder, engine(here, WRONG))
    failed = run()
    assert failed.exit_code == 1
    assert failed.stdout == f"FAILED  {path.stem}  on 2023-04-30 the engine vests 7 shares instead of 1000\n"
    assert "an engine.py" in failed.stderr
    engine(here, RIGHT)
    fixed = run(path.stem[:3])
    assert (fixed.exit_code, fixed.stdout) == (0, f"FIXED   {path.stem}  the engine answers as it should\n")


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        (UNSUPPORTED, ReplayStatus.FIXED, "now unsupported"),
        (DEAD, ReplayStatus.FAILED, "exit"),
        (REFUSING, ReplayStatus.FAILED, "the engine refuses a sound case, with E1: I would rather not"),
        (NOISY, ReplayStatus.FIXED, "the engine answers as it should"),
    ],
)
def test_what_an_engine_does_decides_what_becomes_of_a_failure(
    change: str, status: ReplayStatus, sentence: str, tmp_path: Path
) -> None:
    path = save(tmp_path, group(bare()), "the engine", DEFAULT_READING)
    result = only(replay([str(path)], ReplayOptions(engine=engine(tmp_path, change), timeout=20)))
    assert result.status is status
    assert sentence in result.sentence


def test_noise_fails_where_it_was_the_failure(tmp_path: Path) -> None:
    path = save(tmp_path, group(bare(), rule="rubbish"), "the engine", DEFAULT_READING)
    result = only(replay([str(path)], ReplayOptions(engine=engine(tmp_path, NOISY), timeout=20)))
    assert result.status is ReplayStatus.FAILED
    assert "noise" in result.sentence


def test_cases_that_came_before_are_asked_before(tmp_path: Path) -> None:
    command = engine(tmp_path, WRONG_AFTERWARDS)
    alone = save(tmp_path / "alone", group(bare()), command, DEFAULT_READING)
    after = save(tmp_path / "after", group(bare(), preceding=(bare(as_of="2024-01-01"),)), command, DEFAULT_READING)
    found = replay([str(alone), str(after), str(alone)], ReplayOptions(engine=command, timeout=20))
    assert [result.status for result in found.results] == [ReplayStatus.FIXED, ReplayStatus.FAILED]


def test_every_case_is_asked_of_a_fresh_engine(tmp_path: Path) -> None:
    command = engine(tmp_path, WRONG_AFTERWARDS)
    for day in (1, 2, 3):
        save(tmp_path / "failures", group(bare(as_of=f"2024-01-0{day}")), command, DEFAULT_READING)
    found = replay([str(tmp_path / "failures")], ReplayOptions(engine=command, timeout=20))
    assert [result.status for result in found.results] == [ReplayStatus.FIXED] * 3
    assert [result.name for result in found.results] == sorted(result.name for result in found.results)


def test_a_case_is_judged_under_its_own_reading_or_the_one_asked_for(tmp_path: Path) -> None:
    case = load(next(CASES.glob("*months-count-from-the-base*.json")))
    path = save(tmp_path, group(case), "the engine", Reading())
    command = engine(tmp_path, "given = answer({**json.loads(line), 'reading': {'stepping': 'from-previous'}})")
    assert replay([str(path)], ReplayOptions(engine=command, timeout=20)).exit_code == 1
    asked = run(str(path), "--engine", command, "--reading", "stepping=from-previous")
    assert (asked.exit_code, asked.stdout[:5]) == (0, "FIXED")


def test_a_failure_of_an_engine_is_never_fixed_without_that_engine(tmp_path: Path) -> None:
    path = save(tmp_path, group(bare()), "the engine", DEFAULT_READING)
    found = replay([str(path)], ReplayOptions())
    assert (only(found).status, found.exit_code) == (ReplayStatus.ERROR, 2)
    assert "--engine" in only(found).sentence


def test_a_case_without_an_answer_has_nothing_to_be_compared_with_but_an_engine(tmp_path: Path) -> None:
    path = write(tmp_path / "case.json", bare())
    alone = run(path)
    assert (alone.exit_code, alone.stdout.split()[0]) == (2, "ERROR")
    assert "nothing to compare with" in alone.stdout
    assert run(path, "--engine", engine(tmp_path, RIGHT)).exit_code == 0
    assert run(path, "--engine", engine(tmp_path, WRONG)).exit_code == 1


@pytest.mark.parametrize("command", ["/no/such/engine", "", "an 'unclosed quote"])
def test_an_engine_that_cannot_be_started_is_an_error(command: str, tmp_path: Path) -> None:
    path = save(tmp_path, group(bare()), "the engine", DEFAULT_READING)
    result = run(str(path), "--engine", command)
    assert (result.exit_code, result.stdout.split()[0]) == (2, "ERROR")


def test_a_case_does_not_say_what_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "was run"
    path = write(tmp_path / "case.json", bare(check="engine", engine=f"touch {shlex.quote(str(marker))}"))
    assert run(path).exit_code == 2
    assert not marker.exists()


# ---- Known answers ----


def test_the_published_cases_are_answered_as_they_say() -> None:
    found = replay([str(CASES)], ReplayOptions())
    wrong = [result for result in found.results if result.status is not ReplayStatus.FIXED]
    assert wrong == []
    assert len(found.results) == len(list(CASES.glob("*.json")))
    assert found.exit_code == 0


@pytest.mark.parametrize("path", [STOCK, DANGLING, ONLY_CHECK], ids=lambda path: path.stem)
def test_a_wrong_answer_in_a_case_is_seen(path: Path, tmp_path: Path) -> None:
    document = load(path)
    if "schedule" in document["expected"]:
        document["expected"]["schedule"] = [{"date": "2000-01-01", "quantity": "1"}]
    else:
        document["expected"]["errors"] = [{"code": "VV111", "condition_id": None}]
    result = only(replay([write(tmp_path / "case.json", document)], ReplayOptions()))
    assert result.status is ReplayStatus.FAILED
    assert result.expected != result.actual


@pytest.mark.parametrize("path", [STOCK, DANGLING, ONLY_CHECK], ids=lambda path: path.stem)
def test_an_engine_is_held_to_a_known_answer(path: Path, tmp_path: Path) -> None:
    right = replay([str(path)], ReplayOptions(engine=engine(tmp_path, RIGHT), timeout=20))
    assert only(right).status is ReplayStatus.FIXED
    wrong = engine(tmp_path, "given = {'id': given['id'], 'schedule': [{'date': '2024-01-01', 'quantity': '7'}]}")
    assert only(replay([str(path)], ReplayOptions(engine=wrong, timeout=20))).status is ReplayStatus.FAILED


@pytest.mark.parametrize(
    ("stated", "name"), [("vested_as_of", "vested"), ("unvested_as_of", "unvested"), ("exercisable", "exercisable")]
)
def test_where_shares_stand_as_of_a_day_belongs_to_the_answer(stated: str, name: str, tmp_path: Path) -> None:
    path = next(path for path in sorted(CASES.glob("*.json")) if stated in load(path)["expected"])
    document = load(path)
    document["expected"][stated] = "123456"
    result = only(replay([write(tmp_path / "case.json", document)], ReplayOptions()))
    assert result.status is ReplayStatus.FAILED
    assert result.sentence.endswith(f"as {name} as of the case's day instead of 123456")


@pytest.mark.parametrize("expected", [{}, {"errors": []}, {"errors": [{}]}, {"schedule": [{"date": "soon"}]}])
def test_an_answer_that_cannot_be_read_is_an_error(expected: dict[str, Any], tmp_path: Path) -> None:
    path = write(tmp_path / "case.json", bare(expected=expected))
    result = only(replay([path], ReplayOptions()))
    assert (result.status, result.name) == (ReplayStatus.ERROR, "a case")


# ---- Properties ----


def broken(code: str, example: Example, reading: Reading) -> str | None:
    if code != "VV305":
        raise LookupError(code)
    return None if example.expected.rows else "the installments add up to less than the grant"


@pytest.mark.parametrize(
    ("path", "code", "status", "sentence"),
    [
        (STOCK, "VV305", ReplayStatus.FIXED, "the case does not break VV305 now"),
        (DANGLING, "VV305", ReplayStatus.FAILED, "the installments add up to less than the grant"),
        (DANGLING, "VV102", ReplayStatus.FAILED, "the case cannot be run: VV102"),
        (STOCK, "VV999", ReplayStatus.ERROR, "VV999"),
        (STOCK, None, ReplayStatus.ERROR, "which property"),
    ],
)
def test_a_broken_property_is_looked_at_again(
    path: Path, code: str | None, status: ReplayStatus, sentence: str, tmp_path: Path
) -> None:
    saved = save(tmp_path, group(bare(path), code=code), None, DEFAULT_READING)
    result = only(replay([str(saved)], ReplayOptions(broken=broken)))
    assert result.status is status
    assert sentence in result.sentence


def test_terms_that_could_not_be_run_and_can_be_now_are_fixed(tmp_path: Path) -> None:
    saved = save(tmp_path, group(bare(), code="VV102", expected=({"code": "VV102"},)), None, DEFAULT_READING)
    assert only(replay([str(saved)], ReplayOptions(broken=broken))).status is ReplayStatus.FIXED


def test_a_property_that_a_case_breaks_still_fails(tmp_path: Path) -> None:
    about = property_of("VV305")
    choices = dict(about.reading)
    found = check_terms(json.loads(about.bad), codes=["VV305"], reading=choices).findings
    shown = next(each.counterexample for each in found if each.code == "VV305")
    assert shown is not None
    saved = save(tmp_path, group(shown.case, code="VV305"), None, reading_from(choices))
    failed = only(replay([str(saved)], ReplayOptions()))
    assert (failed.status, failed.sentence[:6]) == (ReplayStatus.FAILED, "VV305:")
    held = save(tmp_path, group(bare(), code="VV305"), None, DEFAULT_READING)
    assert only(replay([str(held)], ReplayOptions())).status is ReplayStatus.FIXED


# ---- Which files ----


def test_without_saved_failures_there_is_nothing_to_do(here: Path) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There are no saved failures" in result.stderr


def test_an_identifier_is_looked_up_among_the_saved_failures(here: Path) -> None:
    folder = here / ".vestverify" / "failures"
    folder.mkdir(parents=True)
    for name in ("ab12cd34", "ab12ef56"):
        write(folder / f"{name}.json", {**load(STOCK), "name": name})
    (folder / "engine.json").write_text("{", encoding="utf-8")
    several = run("ab12")
    assert (several.exit_code, several.stdout.split()[0]) == (2, "ERROR")
    assert "ab12cd34, ab12ef56" in several.stdout
    assert run("ffff").exit_code == 2
    (folder / "engine.json").unlink()
    assert run("ab12c", "ab12cd34", "ab12e").stdout.count("FIXED") == 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "no such file"),
        (b"{", "not JSON"),
        (b"\xff\xfe", ""),
        (b'{"a": 1}', ""),
        (b'{"object_type": "VESTING_TERMS"}', "not a case"),
        (b'{"format": "vestverify.case/1", "format": "vestverify.case/1"}', "twice"),
        (b'{"format": "vestverify.case/1", "name": "n", "check": "everything", "issuance": {}}', "check"),
        (b'{"format": "vestverify.case/1", "name": "n", "preceding": 1, "issuance": {}}', "preceding"),
        (b'{"format": "vestverify.case/1", "issuance": {}, "terms": null, "reading": "mine"}', "reading"),
        (b'{"format": "vestverify.case/1", "issuance": {}, "n": ' + b"9" * 9_999 + b"}", ""),
    ],
)
def test_a_file_that_is_no_case_is_an_error_and_the_others_go_on(
    data: bytes | None, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "case.json"
    if data is not None:
        path.write_bytes(data)
    found = replay([str(path), str(STOCK)], ReplayOptions())
    assert [result.status for result in found.results] == [ReplayStatus.ERROR, ReplayStatus.FIXED]
    assert sentence in found.results[0].sentence
    assert found.exit_code == 2


def test_a_named_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    assert replay([str(tmp_path)], ReplayOptions()).exit_code == 2


def test_a_defect_of_vestverify_ends_with_4_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(replaying, "_found_by_vestverify", fail)
    found = replay([str(DANGLING), str(STOCK), "no such file"], ReplayOptions())
    assert found.exit_code == 4
    assert [result.status for result in found.results] == [ReplayStatus.ERROR, ReplayStatus.FIXED, ReplayStatus.ERROR]
    assert "ZeroDivisionError" in found.results[0].sentence


# ---- What is printed ----


def test_the_report_for_machines_has_every_key(tmp_path: Path) -> None:
    path = write(tmp_path / "case.json", {**load(STOCK), "name": "one"})
    result = run(path, "--format", "json")
    schedule = load(STOCK)["expected"]["schedule"]
    assert json.loads(result.stdout) == {
        "format": "vestverify.replay/1",
        "results": [
            {
                "path": path,
                "name": "one",
                "status": "FIXED",
                "sentence": "the reference engine answers as it should",
                "expected": schedule,
                "actual": schedule,
            }
        ],
        "exit_code": 0,
    }


def test_the_report_for_servers_is_xml_with_a_case_for_each_file(tmp_path: Path) -> None:
    result = run(str(STOCK), write(tmp_path / "case.json", bare()), "--format", "junit")
    assert result.exit_code == 2
    suites = ElementTree.fromstring(result.stdout)
    assert len(list(suites.iter("testcase"))) == 2
    assert len(list(suites.iter("error"))) == 1


def test_names_and_sentences_cannot_steer_a_terminal() -> None:
    result = ReplayResult("p", "n\x1b[2J\n", ReplayStatus.FAILED, "it says\r\x07")
    text = replay_report.render_text(ReplayRun((result,), 1), colour=False)
    assert text.removesuffix("\n").isprintable()
    assert replay_report.render_text(ReplayRun((result,), 1), colour=True).count("\x1b[2J") == 0


def test_names_are_laid_out_in_a_column() -> None:
    results = tuple(ReplayResult("p", name, ReplayStatus.FIXED, "!") for name in ("a", "longer"))
    lines = replay_report.render_text(ReplayRun(results, 0), colour=False).splitlines()
    assert lines == ["FIXED   a       !", "FIXED   longer  !"]


def test_the_command_lists_its_exit_codes_and_needs_a_time_limit_above_zero() -> None:
    assert "Exit codes" in run("--help").output
    assert run(str(STOCK), "--timeout", "0").exit_code == 2


def test_replaying_without_an_engine_does_not_load_the_generator_of_examples() -> None:
    code = (
        "import sys\n"
        "from vestverify.fuzzing.replaying import ReplayOptions, replay\n"
        "replay(['no such file'], ReplayOptions())\n"
        "assert not {'hypothesis', 'z3'} & {name.partition('.')[0] for name in sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
