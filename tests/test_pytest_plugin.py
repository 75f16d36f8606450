"""The pytest plugin: what it collects, what it says, and that it does nothing unless it is asked."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from vestverify import check, pytest_plugin
from vestverify.decision import undecided
from vestverify.engine_protocol import answer
from vestverify.fuzzing import campaign, conformance, replaying
from vestverify.fuzzing.conformance_cases import CasesUnusable
from vestverify.properties import property_of
from vestverify.pytest_plugin import check_conformance, check_engine
from vestverify.reachability import Disagreement

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[1]
CASES = Path(__file__).parent / "cases"
STOCK = CASES / "011-stock-vests-by-its-terms.json"
GOOD = json.loads(property_of("VV301").good)
BAD = json.loads(property_of("VV301").bad)
#: Terms with findings that are warnings only.
WARNED = json.loads(property_of("VV303").bad)

#: What the plugin imports; once it is imported here, pytester does not import it anew in every test.
LOADED = (campaign, check, conformance, replaying)
#: The plugin, where it is not installed with its entry point.
_INSTALLED = any(each.value == pytest_plugin.__name__ for each in importlib.metadata.entry_points(group="pytest11"))
PLUGIN = [] if _INSTALLED else ["-p", "vestverify.pytest_plugin"]


def write(folder: Path, name: str, document: Any) -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document, indent=2), encoding="utf-8")
    return path


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", "-p", "no:xdist", *arguments)


def terms_file(*items: Any) -> dict[str, Any]:
    return {"file_type": "OCF_VESTING_TERMS_FILE", "items": list(items)}


def off_by_a_share(request: dict[str, Any]) -> dict[str, Any]:
    given = answer(request)
    if given.get("schedule"):
        given["schedule"][-1]["quantity"] = "7777"
    return given


def unsupporting(request: dict[str, Any]) -> dict[str, Any]:
    return {"id": request["id"], "unsupported": "vesting"}


def by_another_reading(request: dict[str, Any]) -> dict[str, Any]:
    return answer({**request, "reading": {"stepping": "from-previous"}})


# ---- Unasked ----


def test_importing_the_plugin_imports_nothing_else_of_vestverify() -> None:
    code = (
        "import sys, vestverify.pytest_plugin\n"
        "assert {n for n in sys.modules if n.startswith('vestverify')} == {'vestverify', 'vestverify.pytest_plugin'}\n"
        "assert not {'z3', 'pydantic', 'click', 'hypothesis', 'psutil', 'networkx'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_project_names_the_plugin_as_an_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"vestverify": pytest_plugin.__name__}


def test_without_the_flag_nothing_is_collected_and_nothing_is_imported(pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", BAD)
    pytester.makepyfile(
        """
        import sys

        def test_it():
            loaded = {name for name in sys.modules if name.startswith("vestverify")}
            assert loaded <= {"vestverify", "vestverify.pytest_plugin"}
            assert not {"z3", "pydantic", "click", "psutil"} & set(sys.modules)
        """
    )
    result = pytester.runpytest_subprocess(*PLUGIN, "-W", "error")
    result.assert_outcomes(passed=1)


def test_the_plugin_is_clean_where_warnings_are_errors_and_tests_are_spread(pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", terms_file(GOOD, {**BAD, "id": "bad"}))
    write(pytester.path, STOCK.name, STOCK.read_text("utf-8"))
    pytester.makepyfile(
        """
        from vestverify.engine_protocol import answer

        def test_it(vestverify_engine_check, vestverify_conformance):
            vestverify_engine_check(answer, max_examples=32)
            vestverify_conformance(answer, ["."])
        """
    )
    result = pytester.runpytest_subprocess(*PLUGIN, "--vestverify", "-W", "error", "-n", "2")
    result.assert_outcomes(passed=3, failed=1)
    assert "warnings summary" not in result.stdout.str()


# ---- Terms ----


def test_every_vesting_terms_is_a_test(pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", terms_file(GOOD, {**BAD, "id": "bad"}))
    write(pytester.path, "one.json", {**GOOD, "id": ""})
    result = run(pytester, "--vestverify", "--collect-only", "-q")
    result.stdout.fnmatch_lines(
        ["one.json::terms?0?", f"terms.json::{GOOD['id']}", "terms.json::bad"], consecutive=True
    )


def test_refuted_terms_fail_with_code_place_and_counterexample(pytester: pytest.Pytester) -> None:
    path = write(pytester.path, "terms.json", terms_file(GOOD, {**BAD, "id": "bad"}))
    result = run(pytester, "--vestverify", str(path))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["error VV301 terms.json:*:*: *", "  counterexample: With a grant of *"])
    text = result.stdout.str()
    assert "Traceback" not in text
    assert "pytest_plugin.py" not in text
    place = next(line for line in text.splitlines() if line.startswith("error VV301")).split()[2]
    line = int(place.split(":")[1])
    assert line > path.read_text("utf-8").splitlines().index('      "id": "bad",')


@pytest.mark.parametrize(
    ("document", "flags", "outcome"),
    [
        (WARNED, [], "passed"),
        (WARNED, ["--vestverify-fail-on", "warning"], "failed"),
        (BAD, ["--vestverify-fail-on", "never"], "passed"),
        (BAD, ["--vestverify-fail-on", "info"], "failed"),
    ],
)
def test_the_severity_that_fails_can_be_chosen(
    document: Any, flags: list[str], outcome: str, pytester: pytest.Pytester
) -> None:
    write(pytester.path, "terms.json", document)
    run(pytester, "--vestverify", *flags).assert_outcomes(**{outcome: 1})


def test_terms_that_are_not_valid_ocf_fail_whatever_the_severity(pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", {**GOOD, "allocation_type": "SOMEHOW"})
    result = run(pytester, "--vestverify", "--vestverify-fail-on", "never")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error VV003 terms.json:*"])
    assert "open VV" not in result.stdout.str()


def test_what_is_not_decided_fails_as_open(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = tuple(
        (lambda _, codes=codes: tuple(undecided(code, "the budget ran out") for code in codes), codes)
        for _, codes in check.PATH_PROVERS
    )
    monkeypatch.setattr(check, "PATH_PROVERS", given_up)
    write(pytester.path, "terms.json", GOOD)
    result = run(pytester, "--vestverify", "--vestverify-fail-on", "never")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["open VV301: the budget ran out"])


def test_a_disagreement_of_prover_and_engine_fails(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    def disagree(*_: object) -> Any:
        raise Disagreement("they differ")

    monkeypatch.setattr(check, "PATH_PROVERS", tuple((disagree, codes) for _, codes in check.PATH_PROVERS))
    write(pytester.path, "terms.json", GOOD)
    result = run(pytester, "--vestverify", "--vestverify-fail-on", "never")
    result.stdout.fnmatch_lines(["internal error: they differ"])


# ---- Cases and other documents ----


def test_a_case_with_a_known_answer_is_a_test_called_by_its_name(pytester: pytest.Pytester) -> None:
    document = json.loads(STOCK.read_text("utf-8"))
    write(pytester.path, "right.json", document)
    document["expected"]["schedule"][0]["quantity"] = "999"
    write(pytester.path, "wrong.json", document)
    result = run(pytester, "--vestverify", "-rA")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "on 2023-04-30 the reference engine vests 1000 shares instead of 999",
            "  expected: 2023-04-30 999, *",
            "  given:    2023-04-30 1000, *",
            f"PASSED right.json::{document['name']}",
        ]
    )


def test_long_answers_are_shown_where_they_differ() -> None:
    rows = [{"date": f"2024-01-{day:02}", "quantity": "1"} for day in range(1, 31)]
    other = [*rows[:20], {"date": "2024-01-21", "quantity": "2"}, *rows[21:]]
    expected, given = pytest_plugin._both(rows, other)
    assert expected.startswith("  expected: ..., 2024-01-19 1, 2024-01-20 1, 2024-01-21 1, ")
    assert given.startswith("  given:    ..., 2024-01-19 1, 2024-01-20 1, 2024-01-21 2, ")
    assert pytest_plugin._both([], rows)[1].endswith("2024-01-12 1, and 18 more")
    assert pytest_plugin._both([], [])[0] == "  expected: nothing vests"


def test_the_published_cases_pass(pytester: pytest.Pytester) -> None:
    shutil.copytree(CASES, pytester.path / "cases")
    result = run(pytester, "--vestverify")
    result.assert_outcomes(passed=len(list(CASES.glob("*.json"))))


@pytest.mark.parametrize(
    ("change", "outcome", "line"),
    [
        ({}, "passed", "*1 passed*"),
        ({"transactions": [{"object_type": "TX_VESTING_START"}]}, "failed", "error VV003 case.json:*"),
        ({"reading": "mine"}, "failed", "error VV003 case.json:*"),
    ],
)
def test_a_case_without_an_answer_fails_by_its_findings(
    change: dict[str, Any], outcome: str, line: str, pytester: pytest.Pytester
) -> None:
    document = json.loads(STOCK.read_text("utf-8"))
    del document["expected"]
    write(pytester.path, "case.json", {**document, **change})
    result = run(pytester, "--vestverify")
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines([line])


@pytest.mark.parametrize(
    "text",
    ['{"name": "package"}', "[]", "[1, 2]", "{", "", '{"file_type": "OCF_STAKEHOLDERS_FILE", "items": []}', "\x00"],
)
def test_other_json_is_passed_over(text: str, pytester: pytest.Pytester) -> None:
    write(pytester.path, "package.json", text)
    result = run(pytester, "--vestverify")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize(
    "text",
    [
        '{"object_type": "VESTING_TERMS", ',
        '{"format": "vestverify.case/1" "name": 1}',
        '{"file_type": "OCF_VESTING_TERMS_FILE", "items": [NaN]}',
    ],
)
def test_text_that_was_meant_for_ocf_and_cannot_be_read_fails(text: str, pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", text)
    result = run(pytester, "--vestverify", "--vestverify-fail-on", "never")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error VV001 terms.json:*"])


def test_a_key_that_is_named_twice_fails_beside_the_terms(pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", json.dumps(GOOD)[:-1] + ', "name": "again"}')
    result = run(pytester, "--vestverify", "-rA")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["error VV002 terms.json:*"])


# ---- Readings ----


def test_the_reading_of_the_flags_is_the_one_that_is_checked(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    of_document = check.check_document

    def noted(document: Any, options: Any) -> Any:
        asked.append(options.reading.differences())
        return of_document(document, options)

    monkeypatch.setattr(check, "check_document", noted)
    write(pytester.path, "terms.json", GOOD)
    flags = ["--vestverify-reading", "stepping=from-base", "--vestverify-reading", "ocf-tools"]
    run(pytester, "--vestverify", "--vestverify-fail-on", "never", *flags).assert_outcomes(passed=1)
    assert len(asked) == 1
    assert asked[0]["source"] == "terms"
    assert "stepping" not in asked[0]


@pytest.mark.parametrize("text", ["mine", "stepping=sideways", "walking=from-base"])
def test_a_reading_that_is_not_published_is_refused_at_once(text: str, pytester: pytest.Pytester) -> None:
    write(pytester.path, "terms.json", GOOD)
    result = run(pytester, "--vestverify", "--vestverify-reading", text)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--vestverify-reading: *"])


# ---- An engine written in Python ----


def test_the_reference_engine_passes_its_own_check() -> None:
    check_engine(answer, max_examples=32)


def test_an_engine_that_is_wrong_fails_with_the_smallest_case() -> None:
    with pytest.raises(AssertionError) as raised:
        check_engine(off_by_a_share, max_examples=16, terms=GOOD)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("the engine differs from the reference engine in ")
    assert "of 16 examples" in lines[0]
    given = next(line for line in lines if line.startswith("  given:"))
    expected = next(line for line in lines if line.startswith("  expected:"))
    assert given.endswith("7777")
    assert not expected.endswith("7777")
    case = json.loads(next(line for line in lines if "for the case" in line).partition(": ")[2])
    assert answer({**case, "id": "1"})["schedule"]


def test_an_engine_with_another_reading_fails_only_where_that_is_asked_for() -> None:
    document = json.loads(next(CASES.glob("*months-count-from-the-base*.json")).read_text("utf-8"))
    arguments = {"max_examples": 96, "terms": document["terms"]}
    check_engine(by_another_reading, **arguments)
    with pytest.raises(AssertionError, match="this is the reading stepping=from-previous"):
        check_engine(by_another_reading, strict_reading=True, **arguments)
    check_engine(by_another_reading, strict_reading=True, reading={"stepping": "from-previous"}, **arguments)


def test_an_engine_that_supports_nothing_has_not_passed() -> None:
    with pytest.raises(AssertionError, match="supports none of the 32 examples"):
        check_engine(unsupporting, max_examples=32)
    with pytest.raises(AssertionError, match="supports none of the 1 cases"):
        check_conformance(unsupporting, [STOCK])


def test_an_engine_is_held_to_the_known_answers_of_cases() -> None:
    check_conformance(answer, [CASES])
    with pytest.raises(AssertionError, match="the engine fails 1 case of 1:\n\nstock-vests-by-its-terms") as raised:
        check_conformance(off_by_a_share, [STOCK])
    assert str(raised.value).endswith(" 7777")
    with pytest.raises(CasesUnusable):
        check_conformance(answer, [ROOT / "no such file"])


def test_a_known_answer_under_another_reading_fails_only_where_that_is_asked_for() -> None:
    case = next(CASES.glob("*months-count-from-the-base*.json"))
    check_conformance(by_another_reading, [case])
    with pytest.raises(AssertionError, match="stepping=from-previous"):
        check_conformance(by_another_reading, [case], strict_reading=True)
