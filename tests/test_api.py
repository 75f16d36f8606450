"""The Python interface gives what the command gives."""

from __future__ import annotations

import json
from pathlib import Path

import pydantic
import pytest

import vestverify
from vestverify.engine.reading import UnknownReading

EXAMPLES = Path(__file__).parents[1] / "examples"


def example(name: str) -> dict[str, object]:
    read: dict[str, object] = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    return read


def test_sound_terms_are_proved_apart_from_what_readings_make_of_them() -> None:
    result = vestverify.check_terms(example("four-year-monthly-one-year-cliff.json"))
    refuted = {each.code for each in result.properties if each.verdict is vestverify.Verdict.REFUTED}
    assert refuted == {finding.code for finding in result.findings} == {"VV401"}


def test_only_the_properties_asked_for_are_decided_with_what_the_structure_tells() -> None:
    result = vestverify.check_terms(example("four-year-monthly-one-year-cliff.json"), codes=["VV305"])
    decided = {each.code for each in result.properties}
    assert "VV305" in decided
    assert decided.isdisjoint({"VV301", "VV303", "VV401"})
    assert result.verdict is vestverify.Verdict.PROVED


def test_what_is_worth_knowing_about_sound_terms_is_a_finding_of_severity_info() -> None:
    result = vestverify.check_terms(example("events-with-deadlines.json"))
    assert {str(finding.severity) for finding in result.findings if finding.code != "VV401"} == {"info"}
    assert [finding.condition_ids for finding in result.findings if finding.code == "VV311"] == [
        ("long-stop-date",),
        ("seven-years",),
    ]


def test_a_reading_is_followed() -> None:
    terms = example("four-year-monthly-one-year-cliff.json")
    result = vestverify.check_terms(terms, reading={"allocation_scope": "condition"})
    (finding,) = (each for each in result.findings if each.code != "VV401")
    assert finding.code == "VV305"
    assert finding.facts["failing_quantities"] == {"from": 1, "modulus": 4, "residues": [1, 2, 3]}
    assert finding.facts["certified"] is True


def test_models_of_other_packages_are_accepted() -> None:
    class Terms(pydantic.BaseModel, extra="allow"):
        id: str
        comments: list[str] | None = None

    result = vestverify.check_terms(Terms.model_validate(example("two-tier-rsu.json")))
    assert result.id == example("two-tier-rsu.json")["id"]
    assert {str(finding.severity) for finding in result.findings if finding.code != "VV401"} == {"info"}


def test_invalid_terms_are_refused_with_their_place() -> None:
    terms = example("two-tier-rsu.json") | {"allocation_type": "SOMEHOW"}
    with pytest.raises(vestverify.InvalidTerms, match="/allocation_type"):
        vestverify.check_terms(terms)


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(UnknownReading):
        vestverify.check_terms(example("two-tier-rsu.json"), reading="mine")
