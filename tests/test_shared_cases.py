"""Labelled cases and published documents kept beside the project, where they are there.

They lie in ``../shared`` or where the environment variable ``VESTVERIFY_SHARED`` says; without them
every test here is skipped and says so.
"""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from test_cases import (
    assert_reported,
    check,
    codes_by_the_engine,
    findings_in,
    is_reported,
    load,
    name_of,
    refused_by_the_engine,
    rows,
    run_command,
    schedule_by_the_engine,
    with_errors,
    with_schedule,
)

from vestverify.engine.calendar import parse_day
from vestverify.engine.numeric import format_quantity

SHARED = Path(os.environ.get("VESTVERIFY_SHARED", Path(__file__).parents[2] / "shared"))
CORPUS = SHARED / "corpus"

#: Defects that one case can miss, because its path does not go there.
SHOWN_ON_SOME_PATHS_ONLY = {"VV108", "VV301"}

#: A remark on the format, not a defect of the document.
REMARK = "rounding at the seam not fixed by the format"


def _chosen_cases() -> list[Path]:
    chosen = []
    for path in sorted((SHARED / "cases").glob("*.json")):
        if load(path)["model"] in ("v1.2", "main"):
            chosen.append(path)
    return chosen


def _index() -> dict[str, dict[str, str]]:
    path = CORPUS / "INDEX.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["file"]: row for row in csv.DictReader(lines)}


def _or_skip(found: list[Any], folder: Path) -> list[Any]:
    if found:
        return found
    return [pytest.param(None, marks=pytest.mark.skip(reason=f"nothing to run: no such files in {folder}"))]


def _name(value: object) -> str:
    return name_of(value) if isinstance(value, Path) else str(value)


CASES = _chosen_cases()
INDEX = _index()
DOCUMENTS = sorted(
    str(path.relative_to(CORPUS))
    for path in CORPUS.rglob("*")
    if path.is_file() and path.name not in ("INDEX.csv", "README.md")
)


@pytest.mark.parametrize("path", _or_skip(with_schedule(CASES), SHARED / "cases"), ids=_name)
def test_the_engine_gives_the_schedule_of_a_shared_case(path: Path) -> None:
    document = load(path)
    schedule = schedule_by_the_engine(document)
    assert rows(schedule) == document["expected"]["schedule"]
    if "vested_as_of" in document["expected"]:
        vested = schedule.vested(parse_day(document["as_of"]))
        assert format_quantity(vested) == document["expected"]["vested_as_of"]


@pytest.mark.parametrize("path", _or_skip(with_schedule(CASES), SHARED / "cases"), ids=_name)
def test_the_command_prints_the_schedule_of_a_shared_case(path: Path) -> None:
    exit_code, output = run_command("schedule", str(path), "--format", "json")
    expected = load(path)["expected"]
    answer = json.loads(output)
    assert exit_code == 0
    assert answer["schedule"] == expected["schedule"]
    for key in ("vested", "unvested"):
        if key in answer and f"{key}_as_of" in expected:
            assert answer[key] == expected[f"{key}_as_of"]


@pytest.mark.parametrize("path", _or_skip(refused_by_the_engine(CASES), SHARED / "cases"), ids=_name)
def test_the_engine_never_gives_a_defective_shared_case_another_code(path: Path) -> None:
    document = load(path)
    expected = {error["code"] for error in document["expected"]["errors"]}
    refused = codes_by_the_engine(document)
    if refused:
        assert expected & refused
    else:
        assert expected <= SHOWN_ON_SOME_PATHS_ONLY


@pytest.mark.parametrize("path", _or_skip(with_errors(CASES), SHARED / "cases"), ids=_name)
def test_the_command_reports_the_defects_of_a_shared_case(path: Path) -> None:
    exit_code, report = check(path)
    assert_reported(load(path), exit_code, report)


def _defects_named_by(quirks: str) -> list[list[dict[str, str | None]]]:
    """What must be found, by the index: for each remark the findings of which one must be there."""
    wanted: list[list[dict[str, str | None]]] = []
    for quirk in quirks.split(" ;; "):
        if found := re.match(r"dangling relative_to_condition_id: (.+?)->", quirk):
            wanted.append([{"code": "VV107", "condition_id": found[1]}])
        elif found := re.match(r"cycle in next graph: (.+?) ->", quirk):
            wanted.append([{"code": "VV101", "condition_id": found[1]}])
        elif quirk == "no root node":
            wanted.append([{"code": "VV104", "condition_id": None}])
        elif found := re.match(r"zero denominator \(\d+ conditions\), e\.g\. (.+)", quirk):
            wanted.append([{"code": "VV308", "condition_id": found[1]}])
        elif quirk.startswith("multiple roots"):
            wanted.append([{"code": "VV105", "condition_id": None}])
        elif found := re.match(r"unreachable from start \(\d+\): (.+)", quirk):
            wanted.append([{"code": code, "condition_id": found[1]} for code in ("VV105", "VV106")])
    return wanted


def _as_terms(name: str, folder: Path) -> Path:
    """The document, or for a bare list of conditions terms that consist of it."""
    path = CORPUS / name
    if INDEX.get(name, {}).get("kind") != "terms(conditions only)":
        return path
    wrapped = folder / path.name
    wrapped.write_text(
        json.dumps(
            {
                "id": "wrapped",
                "object_type": "VESTING_TERMS",
                "name": "wrapped",
                "description": "A published list of conditions.",
                "allocation_type": "CUMULATIVE_ROUND_DOWN",
                "vesting_conditions": json.loads(path.read_text(encoding="utf-8")),
            }
        ),
        encoding="utf-8",
    )
    return wrapped


@pytest.mark.parametrize("name", _or_skip(DOCUMENTS, CORPUS), ids=_name)
def test_a_published_document_is_checked_and_its_known_defects_are_found(name: str, tmp_path: Path) -> None:
    exit_code, report = check(_as_terms(name, tmp_path))
    assert exit_code in (0, 1, 2, 3)
    assert report["exit_code"] == exit_code
    assert len(report["documents"]) == 1
    row = INDEX[name]
    if row["valid_main"] == "valid" and row["kind"].startswith("terms"):
        findings = findings_in(report)
        found = [(finding["code"], finding["condition_ids"]) for finding in findings]
        for alternatives in _defects_named_by(row["quirks"]):
            assert any(is_reported(one, findings) for one in alternatives), f"none of {alternatives} in {found}"


def test_the_index_names_defects_that_the_tests_above_look_for() -> None:
    if not INDEX:
        pytest.skip(f"nothing to run: no INDEX.csv in {CORPUS}")
    wanted = [
        one["code"]
        for row in INDEX.values()
        if row["valid_main"] == "valid"
        for alternatives in _defects_named_by(row["quirks"])
        for one in alternatives
    ]
    assert {"VV101", "VV104", "VV107", "VV308"} <= set(wanted)


def _sound_examples() -> list[str]:
    return [
        name
        for name, row in sorted(INDEX.items())
        if name.startswith("ocf/terms/")
        and row["valid_main"] == "valid"
        and all(not quirk or REMARK in quirk for quirk in row["quirks"].split(" ;; "))
    ]


@pytest.mark.parametrize("name", _or_skip(_sound_examples(), CORPUS), ids=_name)
def test_a_sound_published_example_has_no_error(name: str) -> None:
    exit_code, report = check(CORPUS / name)
    errors = [finding for finding in findings_in(report) if finding["severity"] == "error"]
    assert [(finding["code"], finding["message"]) for finding in errors] == []
    assert exit_code in (0, 3)
