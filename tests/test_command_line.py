"""The command line: exit codes, what goes where, and what must never be seen (tracebacks, colours in pipes)."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from vestverify.bare_case import FlagError, build_case
from vestverify.command_line import main
from vestverify.commands.check import _check_each
from vestverify.exit_codes import ExitCode, exit_code
from vestverify.properties import catalogue, property_of
from vestverify.results import (
    DocumentResult,
    Finding,
    InternalError,
    PropertyResult,
    Severity,
    TermsResult,
    Verdict,
)

SCHEMA = json.loads((Path(__file__).parent / "contract" / "report-1.schema.json").read_text(encoding="utf-8"))
GOOD = property_of("VV301").good
BAD = property_of("VV301").bad
TERMS_ID = json.loads(GOOD)["id"]


def run(*arguments: str, data: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=data)


def run_process(
    *arguments: str | bytes, data: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "vestverify", *arguments]
    variables = {**os.environ, **(environment or {})}
    return subprocess.run(command, input=data, capture_output=True, check=False, env=variables, timeout=120)


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.json"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    path = tmp_path / "bad.json"
    path.write_text(BAD, encoding="utf-8")
    return str(path)


# ---- exit codes as a function ----


def make_document(
    *, errors: bool = False, finding: Severity | None = None, ledger: Severity | None = None, is_open: bool = False
) -> DocumentResult:
    def make(code: str, severity: Severity | None) -> tuple[Finding, ...]:
        return () if severity is None else (Finding(code, "slug", severity, "message", ""),)

    verdict = Verdict.OPEN if is_open else Verdict.PROVED
    properties = (PropertyResult("VV201", "slug", "promise", Severity.ERROR, verdict),)
    terms = (TermsResult("id", "name", "", properties, make("VV303", finding)),)
    return DocumentResult(
        "p", "", None, make("VV003", Severity.ERROR if errors else None), terms, make("VV506", ledger)
    )


@pytest.mark.parametrize(
    ("document", "fail_on", "on_open", "expected"),
    [
        (make_document(), "error", "fail", 0),
        (make_document(finding=Severity.ERROR), "error", "fail", 1),
        (make_document(finding=Severity.ERROR), "never", "fail", 0),
        (make_document(finding=Severity.WARNING), "error", "fail", 0),
        (make_document(finding=Severity.WARNING), "warning", "fail", 1),
        (make_document(finding=Severity.INFO), "warning", "fail", 0),
        (make_document(finding=Severity.INFO), "info", "fail", 1),
        (make_document(ledger=Severity.ERROR), "error", "fail", 1),
        (make_document(is_open=True), "error", "fail", 3),
        (make_document(is_open=True), "error", "warn", 0),
        (make_document(is_open=True, finding=Severity.ERROR), "error", "fail", 1),
        (make_document(is_open=True, finding=Severity.ERROR), "never", "fail", 3),
        (make_document(errors=True, finding=Severity.ERROR, is_open=True), "error", "fail", 2),
        (make_document(errors=True), "never", "warn", 2),
    ],
)
def test_the_exit_code_follows_the_contract(
    document: DocumentResult, fail_on: str, on_open: str, expected: int
) -> None:
    assert exit_code([make_document(), document], (), fail_on, on_open) == expected


def test_an_internal_error_comes_before_everything_else() -> None:
    documents = [make_document(errors=True, finding=Severity.ERROR, is_open=True)]
    assert exit_code(documents, (InternalError("p", "", "m"),), "never", "warn") == ExitCode.INTERNAL_ERROR


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="no such policy"):
        exit_code([], (), "sometimes", "fail")


# ---- a case from flags ----


def test_flags_become_a_case_in_ocf_terms() -> None:
    case = build_case(json.loads(GOOD), "125", ["2025-01-31"], [], None)
    assert case["format"] == "vestverify.case/1"
    assert case["issuance"]["date"] == "2025-01-31"
    assert case["issuance"]["vesting_terms_id"] == TERMS_ID
    assert [(item["object_type"], item["vesting_condition_id"]) for item in case["transactions"]] == [
        ("TX_VESTING_START", "start")
    ]


def conditions(*pairs: tuple[str, str, list[str]]) -> dict[str, Any]:
    return {
        "id": "t",
        "vesting_conditions": [
            {"id": identifier, "trigger": {"type": trigger}, "next_condition_ids": following}
            for identifier, trigger, following in pairs
        ],
    }


def test_the_start_is_the_first_start_condition_that_nothing_leads_to() -> None:
    terms = conditions(
        ("later", "VESTING_START_DATE", []),
        ("first", "VESTING_START_DATE", ["later"]),
        ("other", "VESTING_START_DATE", []),
    )
    unnamed = build_case(terms, "1", ["2025-01-01"], [], None)
    named = build_case(terms, "1", ["other=2025-01-01"], [], None)
    assert unnamed["transactions"][0]["vesting_condition_id"] == "first"
    assert named["transactions"][0]["vesting_condition_id"] == "other"


def test_an_event_is_split_at_its_last_equals_sign_and_the_grant_is_the_earliest_date() -> None:
    terms = conditions(("a=b", "VESTING_EVENT", ["c"]), ("c", "VESTING_EVENT", []))
    case = build_case(terms, "1", [], ["a=b=2025-02-01", "c=2025-01-01"], None)
    assert [item["vesting_condition_id"] for item in case["transactions"]] == ["a=b", "c"]
    assert case["issuance"]["date"] == "2025-01-01"


@pytest.mark.parametrize(
    ("quantity", "starts", "events", "grant_date", "words"),
    [
        (None, ["2025-01-01"], [], None, "--quantity is missing"),
        ("1,000", ["2025-01-01"], [], None, "--quantity '1,000' is not a decimal"),
        ("1", [], [], None, "a date is missing"),
        ("1", ["2025-02-30"], [], None, "not a calendar date"),
        ("1", ["nope=2025-01-01"], [], None, "--start names 'nope'"),
        ("1", [], ["2025-01-01"], None, "not written CONDITION=DATE"),
        ("1", [], ["nope=2025-01-01"], None, "--event names 'nope'"),
        ("1", ["2025-01-01"], [], "tomorrow", "--grant-date 'tomorrow'"),
    ],
)
def test_a_flag_that_does_not_fit_is_explained(
    quantity: str | None, starts: list[str], events: list[str], grant_date: str | None, words: str
) -> None:
    with pytest.raises(FlagError, match=words):
        build_case(json.loads(GOOD), quantity, starts, events, grant_date)


def test_a_start_for_terms_without_one_is_explained() -> None:
    with pytest.raises(FlagError, match="no condition with the trigger VESTING_START_DATE"):
        build_case(conditions(("e", "VESTING_EVENT", [])), "1", ["2025-01-01"], [], None)


# ---- what answers at once ----


def loaded_by(*arguments: str, data: str = "") -> set[str]:
    """Full names of the modules that are loaded once a command has run."""
    script = (
        "import sys\n"
        "from vestverify.command_line import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print()\n"
        "print(*sys.modules)\n"
    )
    command = [sys.executable, "-c", script, *arguments]
    ended = subprocess.run(command, input=data, capture_output=True, text=True, check=True, timeout=60)
    return set(ended.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", ["--version", "--help", "check --help", "rules", "explain VV305"])
def test_version_and_help_load_nothing_heavy(arguments: str) -> None:
    assert loaded_by(*arguments.split()) & {"z3", "networkx", "hypothesis", "pydantic"} == set()


def test_a_schedule_needs_no_solver_even_where_it_is_refused(good: str, bad: str) -> None:
    for path in (good, bad):
        loaded = loaded_by("schedule", path, "--quantity", "100", "--start", "2025-01-01")
        assert "vestverify.engine.schedule" in loaded
        assert loaded & {"z3", "networkx", "hypothesis"} == set()


def test_the_engine_needs_no_solver() -> None:
    loaded = loaded_by("engine", data=json.dumps({**json.loads(property_of("VV504").good), "id": "1"}))
    assert "vestverify.engine.schedule" in loaded
    assert loaded & {"z3", "networkx", "hypothesis"} == set()


def test_a_command_loads_no_other_command() -> None:
    commands = {name for name in loaded_by("rules") if name.startswith("vestverify.commands.")}
    shared = {"vestverify.commands.options", "vestverify.commands.terminal"}
    assert commands == {"vestverify.commands.rules", *shared}
    assert {name for name in loaded_by("--version") if name.startswith("vestverify.commands.")} == shared


def test_help_lists_every_command_with_what_it_does() -> None:
    listed = run("--help").stdout.partition("Commands:")[2].partition("Exit codes:")[0].split("\n")
    rows = [line.split(maxsplit=1) for line in listed if line.strip()]
    assert [name for name, _ in rows] == [
        "check",
        "conform",
        "convert",
        "engine",
        "explain",
        "fuzz",
        "prove",
        "replay",
        "rules",
        "schedule",
    ]
    for name, summary in rows:
        words = " ".join(run(name, "--help").stdout.split())
        assert summary.removesuffix("...").removesuffix(".") in words


def test_the_version_is_stated() -> None:
    ended = run("--version")
    assert ended.exit_code == 0
    assert ended.stdout.startswith("vestverify 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["schedule", "--help"]])
def test_help_states_every_exit_code(arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.exit_code == 0
    tail = ended.stdout.partition("Exit codes:")[2]
    assert [line.split()[0] for line in tail.strip().splitlines()] == ["0", "1", "2", "3", "4"]


# ---- check ----


def test_proved_terms_end_with_0_and_refuted_ones_with_1(good: str, bad: str) -> None:
    assert run("check", good).exit_code == 0
    ended = run("check", bad)
    assert ended.exit_code == 1
    assert "error[VV301 over-vests]" in ended.stdout


def test_the_severity_to_fail_on_is_followed(bad: str) -> None:
    assert run("check", bad, "--fail-on", "never").exit_code == 0
    assert run("check", bad, "--fail-on", "info").exit_code == 1


def test_a_json_report_follows_the_schema_and_carries_the_exit_code(good: str, bad: str) -> None:
    ended = run("check", good, bad, "--format", "json")
    report = json.loads(ended.stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["exit_code"] == ended.exit_code == 1
    assert [document["path"] for document in report["documents"]] == [good, bad]
    assert report["summary"]["refuted"] == 2
    severities = [{each["severity"] for each in document["terms"][0]["findings"]} for document in report["documents"]]
    assert "error" not in severities[0]
    assert "error" in severities[1]


def test_two_runs_write_the_same_bytes(bad: str) -> None:
    for output in ("json", "text"):
        first = run_process("check", bad, "--format", output, environment={"PYTHONHASHSEED": "1"})
        second = run_process("check", bad, "--format", output, environment={"PYTHONHASHSEED": "2"})
        assert first.stdout == second.stdout
        assert first.stdout


def test_a_missing_file_ends_with_2_and_the_others_are_still_checked(bad: str) -> None:
    ended = run("check", "/nowhere/terms.json", bad, "--format", "json")
    report = json.loads(ended.stdout)
    jsonschema.validate(report, SCHEMA)
    assert ended.exit_code == 2
    assert report["documents"][0]["errors"][0]["code"] == "VV001"
    assert report["documents"][1]["terms"][0]["verdict"] == "refuted"


def test_a_folder_without_documents_ends_with_2(tmp_path: Path) -> None:
    ended = run("check", str(tmp_path))
    assert ended.exit_code == 2
    assert "VV001" in ended.stdout


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe\x00\x01", "VV001"),
        (b"", "VV001"),
        (b"{", "VV001"),
        (b"[" * 100_000, "VV001"),
        (b'{"id": "a", "id": "b"}', "VV002"),
        (b'{"object_type": "VESTING_TERMS"}', "VV003"),
        (b'{"hello": "world"}', "VV004"),
        (b"17", "VV004"),
    ],
)
def test_a_document_that_cannot_be_read_ends_with_2_and_a_finding(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "document.json"
    path.write_bytes(data)
    ended = run("check", str(path), "--format", "json")
    report = json.loads(ended.stdout)
    jsonschema.validate(report, SCHEMA)
    assert ended.exit_code == 2
    assert code in [finding["code"] for finding in report["documents"][0]["errors"]]
    assert run("check", str(path)).exit_code == 2


def test_standard_input_is_a_document_called_minus() -> None:
    ended = run("check", "-", "--format", "json", data=BAD)
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["documents"][0]["path"] == "-"


def test_an_unknown_reading_is_an_error_of_the_command_line(good: str) -> None:
    for reading in ("nobody", "source=magic", "magic=terms", "source"):
        ended = run("check", good, "--reading", reading)
        assert ended.exit_code == 2
        assert "--reading" in ended.stderr
        assert ended.stdout == ""


def test_the_reading_is_named_in_the_report(good: str) -> None:
    def named(*readings: str) -> Any:
        flags = [word for reading in readings for word in ("--reading", reading)]
        return json.loads(run("check", good, "--format", "json", *flags).stdout)["reading"]

    assert named() == "default"
    assert named("default") == "default"
    assert named("source=vestings") == "default"
    assert named("ocf-tools") == "ocf-tools"
    assert named("source=terms", "roots=all") == {"source": "terms", "roots": "all"}
    assert named("ocf-tools", "roots=all")["allocation_scope"] == "condition"


def test_the_reading_changes_the_verdict() -> None:
    item = property_of("VV305")
    flags = [word for choice in item.reading for word in ("--reading", "=".join(choice))]
    assert run("check", "-", data=item.bad).exit_code == 0
    assert run("check", "-", *flags, data=item.bad).exit_code == 1


def test_the_budget_is_in_the_report(good: str) -> None:
    ended = run("check", good, "--format", "json", "--budget", "12345")
    assert json.loads(ended.stdout)["budget"] == {"rlimit": 12345}
    assert run("check", good, "--budget", "-1").exit_code == 2


def test_there_are_no_colours_and_no_progress_in_pipes(bad: str, good: str) -> None:
    ended = run_process("check", bad, good, environment={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert b"\x1b" not in ended.stdout
    assert ended.stderr == b""
    assert ended.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")
def test_there_are_colours_in_terminals_unless_no_color_is_set(bad: str) -> None:
    assert b"\x1b[31m" in _in_terminal(["check", bad], {"TERM": "xterm"})
    assert b"\x1b" not in _in_terminal(["check", bad], {"TERM": "xterm", "NO_COLOR": "1"})
    assert b"\x1b" not in _in_terminal(["check", bad], {"TERM": "dumb"})


def _in_terminal(arguments: list[str], environment: dict[str, str]) -> bytes:
    import pty

    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vestverify", *arguments], stdout=follower, env={**variables, **environment}
    )
    os.close(follower)
    written = b""
    try:
        while chunk := os.read(leader, 65_536):
            written += chunk
    except OSError:
        pass  # Linux ends a pseudo terminal with an error.
    os.close(leader)
    assert process.wait(timeout=60) == 1
    return written


def test_a_reader_that_goes_away_is_no_error(bad: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "vestverify", "check", bad]
    process = subprocess.Popen(command, stdout=write_end, stderr=subprocess.PIPE)
    os.close(write_end)
    _, complaints = process.communicate(timeout=60)
    assert complaints == b""
    assert process.returncode == 1


def test_an_exception_while_checking_one_document_is_an_internal_error_of_that_document(bad: str) -> None:
    broken: Any = None
    [(document, errors)] = _check_each([bad], broken)
    assert (document.path, document.terms) == (bad, ())
    assert [error.path for error in errors] == [bad]
    assert "AttributeError" in errors[0].message
    assert exit_code([document], errors, "never", "warn") == 4


def test_text_that_the_output_cannot_encode_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "terms.json"
    path.write_text(GOOD.replace("Four years", "Vier Jahre \u540d"), encoding="utf-8")
    ended = run_process("check", str(path), environment={"PYTHONIOENCODING": "ascii"})
    assert ended.returncode == 0
    assert b"\\u540d" in ended.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="names that are not UTF-8")
def test_a_file_name_that_is_not_utf8_is_reported_safely(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\x1b.json"
    Path(os.fsdecode(name)).write_text(BAD, encoding="utf-8")
    ended = run_process("check", name)
    assert ended.returncode == 1
    assert b"\x1b" not in ended.stdout
    assert b"\xff" not in ended.stdout
    assert run_process("check", name, "--format", "json").returncode == 1


def test_every_command_that_reproduces_a_counterexample_runs(tmp_path: Path) -> None:
    shown = 0
    for code in ("VV301", "VV303", "VV305"):
        item = property_of(code)
        path = tmp_path / f"{code}.json"
        path.write_text(item.bad, encoding="utf-8")
        flags = [word for choice in item.reading for word in ("--reading", "=".join(choice))]
        text = run("check", str(path), *flags).stdout
        for line in text.splitlines():
            if line.strip().startswith("reproduce: vestverify "):
                shown += 1
                ended = run(*line.strip().removeprefix("reproduce: vestverify ").replace("'", "").split())
                assert ended.exit_code in (0, 1), ended.stderr
    assert shown >= 2


# ---- schedule ----


def test_a_schedule_is_shown_with_running_totals_and_conditions(good: str) -> None:
    ended = run("schedule", good, "--quantity", "125", "--start", "2025-01-31", "--as-of", "2026-02-28")
    lines = ended.stdout.splitlines()
    assert ended.exit_code == 0
    assert lines[1].split() == ["2026-01-31", "31", "31", "24.8%", "cliff"]
    assert lines[2].split() == ["2026-02-28", "2", "33", "26.4%", "monthly"]
    assert lines[-2].split()[:3] == ["total", "125", "100%"]
    assert lines[-1] == "As of 2026-02-28: 33 vested, 92 unvested."


def test_the_condition_of_what_accrued_before_the_grant_is_shown_on_the_grant_date(good: str) -> None:
    ended = run("schedule", good, "--quantity", "48", "--start", "2025-01-01", "--grant-date", "2026-03-15")
    assert ended.stdout.splitlines()[1].split() == ["2026-03-15", "14", "14", "~29.17%", "cliff,", "monthly"]


def test_a_schedule_in_json_is_one_answer_of_the_engine_protocol(good: str) -> None:
    ended = run("schedule", good, "--format", "json", "--quantity", "4", "--start", "2025-01-31")
    assert ended.stdout.count("\n") == 1
    assert json.loads(ended.stdout) == {
        "id": None,
        "schedule": [
            {"date": date, "quantity": "1"} for date in ("2026-01-31", "2027-01-31", "2028-01-31", "2029-01-31")
        ],
    }


def test_a_case_is_scheduled_without_flags() -> None:
    item = property_of("VV504")
    assert run("schedule", "-", data=item.good).exit_code == 0
    ended = run("schedule", "-", "--format", "json", data=item.bad)
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["errors"][0]["code"] == "VV504"


def test_flags_replace_the_grant_of_a_case() -> None:
    ended = run("schedule", "-", "--quantity", "8", "--start", "2025-01-01", data=property_of("VV504").good)
    assert ended.exit_code == 0
    assert "of 8 granted" in ended.stdout


def test_flags_keep_the_reading_of_a_case() -> None:
    terms = json.loads(property_of("VV305").bad)
    case = build_case(terms, "1", ["2025-01-01"], [], None)
    case["reading"] = {"allocation_scope": "condition"}
    grant = ("schedule", "-", "--quantity", "125", "--start", "2025-01-01")
    assert "total          124" in run(*grant, data=json.dumps(case)).stdout
    assert "total          125" in run(*grant, "--reading", "default", data=json.dumps(case)).stdout


def test_the_reading_of_a_schedule_is_followed() -> None:
    item = property_of("VV305")
    flags = [word for choice in item.reading for word in ("--reading", "=".join(choice))]
    grant = ("schedule", "-", "--quantity", "125", "--start", "2025-01-01")
    assert "total          125" in run(*grant, data=item.bad).stdout
    assert "total          124" in run(*grant, *flags, data=item.bad).stdout


def test_terms_that_vest_more_than_the_grant_are_shown_and_refused(bad: str) -> None:
    ended = run("schedule", bad, "--quantity", "100", "--start", "2025-01-01")
    assert ended.exit_code == 1
    assert "of 100 granted" in ended.stdout
    assert ended.stderr.startswith("VV301: ")
    refused = json.loads(run("schedule", bad, "--quantity", "100", "--start", "2025-01-01", "--format", "json").stdout)
    assert [error["code"] for error in refused["errors"]] == ["VV301"]
    assert "schedule" not in refused


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--quantity", "100"],
        ["--quantity", "many", "--start", "2025-01-01"],
        ["--quantity", "100", "--start", "January"],
        ["--quantity", "100", "--start", "2025-01-01", "--as-of", "soon"],
        ["--quantity", "100", "--start", "2025-01-01", "--terms", "others"],
        ["--quantity", "100", "--start", "2025-01-01", "--reading", "nobody"],
    ],
)
def test_wrong_flags_end_with_2(good: str, flags: list[str]) -> None:
    ended = run("schedule", good, *flags)
    assert ended.exit_code == 2
    assert "Error: " in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("data", [b"\xff", b"{}", b"{", b'{"object_type": "VESTING_TERMS"}'])
def test_an_unreadable_document_has_no_schedule_and_ends_with_2(data: bytes) -> None:
    ended = run("schedule", "-", "--format", "json", "--quantity", "1", "--start", "2025-01-01", data=data)
    assert ended.exit_code == 2
    assert json.loads(ended.stdout)["errors"][0]["code"].startswith("VV0")


def test_one_of_several_terms_is_chosen_by_its_id(good: str) -> None:
    first = json.loads(GOOD)
    several = json.dumps([first, {**first, "id": "other"}])
    grant = ("schedule", "-", "--quantity", "48", "--start", "2025-01-01")
    assert run(*grant, "--terms", "other", data=several).exit_code == 0
    ended = run(*grant, data=several)
    assert ended.exit_code == 2
    assert "choose one with --terms" in ended.stderr


def test_an_unsupported_transaction_ends_with_3() -> None:
    case = json.loads(property_of("VV504").good)
    identifier = case["issuance"]["security_id"]
    case["transactions"].append(
        {"object_type": "TX_STOCK_CLASS_SPLIT", "id": "a", "security_id": identifier, "date": "2025-01-01"}
    )
    ended = run("schedule", "-", data=json.dumps(case))
    assert ended.exit_code == 3
    assert "TX_STOCK_CLASS_SPLIT" in ended.stderr


# ---- engine ----


def test_the_engine_answers_every_line_and_ends_with_its_input() -> None:
    case = {**json.loads(property_of("VV504").good), "id": "1"}
    good_line = json.dumps(case).encode()
    ended = run_process("engine", data=b"\n".join([b"\xff\x00rubbish", good_line, b"[]", good_line]))
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0
    assert ended.stderr == b""
    assert [answer["id"] for answer in answers] == [None, "1", None, "1"]
    assert "schedule" in answers[1]


def test_the_engine_answers_before_its_input_ends() -> None:
    command = [sys.executable, "-m", "vestverify", "engine"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(b"{}\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] is None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_ends_with_130_and_no_traceback() -> None:
    command = [sys.executable, "-m", "vestverify", "engine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"{}\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert b"Traceback" not in process.stderr.read()


# ---- explain and rules ----


def test_every_property_is_explained_in_full() -> None:
    for item in catalogue().values():
        ended = run("explain", item.code)
        assert ended.exit_code == 0
        assert ended.stdout.startswith(f"{item.code} {item.slug} ({item.severity}")
        words = "".join(ended.stdout.split())
        for text in (item.promise, item.why, item.bad, item.good, item.decided, item.limits, item.source):
            assert "".join(text.split()) in words, item.code


def test_a_property_is_found_by_its_name_and_in_any_case() -> None:
    assert run("explain", "over-vests").stdout == run("explain", "vv301").stdout == run("explain", "VV301").stdout


def test_an_unknown_property_is_an_error_of_the_command_line_with_a_suggestion() -> None:
    ended = run("explain", "over-vest")
    assert ended.exit_code == 2
    assert "Did you mean over-vests?" in ended.stderr


def test_a_property_in_json_has_every_field() -> None:
    found = json.loads(run("explain", "VV301", "--format", "json").stdout)
    assert found["bad"] == BAD
    assert set(found) == {field.name for field in dataclasses.fields(property_of("VV301"))}


def test_the_rules_are_a_table_of_every_property() -> None:
    lines = run("rules").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(catalogue())
    assert [item["code"] for item in json.loads(run("rules", "--format", "json").stdout)] == list(catalogue())


def test_transactions_that_are_not_supported_are_never_a_pass() -> None:
    case = build_case(json.loads(property_of("VV302").good), "100", ["2025-01-01"], [], None)
    assert run("check", "-", data=json.dumps(case)).exit_code == 0
    split = {"object_type": "TX_STOCK_CLASS_SPLIT", "id": "split", "date": "2025-06-01"}
    case["transactions"].append({**split, "security_id": case["issuance"]["security_id"]})
    ended = run("check", "-", data=json.dumps(case))
    assert ended.exit_code == 3
    assert "TX_STOCK_CLASS_SPLIT is not supported yet" in ended.stdout


def test_a_transaction_of_a_type_without_a_name_is_no_pass_either() -> None:
    case = build_case(json.loads(property_of("VV302").good), "100", ["2025-01-01"], [], None)
    unnamed = {"object_type": "", "id": "other", "date": "2025-06-01"}
    case["transactions"].append({**unnamed, "security_id": case["issuance"]["security_id"]})
    assert run("check", "-", data=json.dumps(case)).exit_code == 3


def test_conditions_are_shown_only_where_the_schedule_is_that_of_the_terms() -> None:
    case = build_case(json.loads(GOOD), "48", ["2025-01-01"], [], None)
    rows = json.loads(run("schedule", "-", "--format", "json", data=json.dumps(case)).stdout)["schedule"]
    agreeing = [{"date": row["date"], "amount": row["quantity"]} for row in rows]
    for vestings, is_shown in ((agreeing, True), ([*agreeing[:-1], {**agreeing[-1], "date": "2040-01-01"}], False)):
        case["issuance"]["vestings"] = vestings
        ended = run("schedule", "-", data=json.dumps(case))
        assert ended.exit_code == 0
        assert ("monthly" in ended.stdout) is is_shown


def test_a_flag_replaces_the_reading_of_a_case() -> None:
    case = build_case(json.loads(property_of("VV305").bad), "125", ["2025-01-01"], [], None)
    case["reading"] = {"allocation_scope": "condition"}
    ended = run("check", "-", "--format", "json", data=json.dumps(case))
    report = json.loads(ended.stdout)
    assert ended.exit_code == 1
    decided = {each["code"]: each for each in report["documents"][0]["terms"][0]["properties"]}
    assert "the case's own reading: allocation_scope=condition" in decided["VV305"]["assumptions"]
    assert run("check", "-", "--reading", "default", data=json.dumps(case)).exit_code == 0


def test_terms_that_explicit_vestings_make_needless_are_still_missed() -> None:
    case = build_case(json.loads(property_of("VV302").good), "100", ["2025-01-01"], [], None)
    case["issuance"]["vesting_terms_id"] = "elsewhere"
    case["issuance"]["vestings"] = [{"date": "2026-01-01", "amount": "100"}]
    report = json.loads(run("check", "-", "--format", "json", data=json.dumps(case)).stdout)
    assert [found["code"] for found in report["documents"][0]["ledger"]] == ["VV501"]
    shown = run("schedule", "-", data=json.dumps(case))
    assert shown.exit_code == 0
    assert "2026-01-01" in shown.stdout


def test_fixed_quantities_bound_the_grants_that_verdicts_speak_of() -> None:
    terms = json.loads(property_of("VV302").good)
    vesting = [each for each in terms["vesting_conditions"] if each.get("portion", {}).get("numerator", "0") != "0"]
    for condition in vesting:
        condition.pop("portion")
        condition["quantity"] = "10"
    report = json.loads(run("check", "-", "--format", "json", data=json.dumps(terms)).stdout)
    scopes = {
        each["code"]: each["scope"]["grant_quantity"] for each in report["documents"][0]["terms"][0]["properties"]
    }
    assert scopes["VV301"].endswith(", for which the fixed quantities fit")
    assert scopes["VV302"].endswith(", which the fixed quantities fill")
    assert scopes["VV303"].endswith(", which the fixed quantities fill")
