"""The catalogue keeps to the machine contract, and its examples show what they say."""

from __future__ import annotations

import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import Any

import click.testing
import pytest

import vestverify.properties
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import reading_from
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.properties import catalogue, property_of

#: Code, slug, default severity and subject, as the machine contract fixes them.
CONTRACT = {
    "VV001": ("unreadable-document", "error", "document"),
    "VV002": ("duplicate-key", "error", "document"),
    "VV003": ("schema-violation", "error", "document"),
    "VV004": ("unknown-document-kind", "error", "document"),
    "VV101": ("cyclic-conditions", "error", "terms"),
    "VV102": ("dangling-next-condition", "error", "terms"),
    "VV103": ("duplicate-condition-id", "error", "terms"),
    "VV104": ("no-initial-condition", "error", "terms"),
    "VV105": ("several-initial-conditions", "warning", "terms"),
    "VV106": ("unreachable-condition", "error", "terms"),
    "VV107": ("dangling-reference", "error", "terms"),
    "VV108": ("reference-off-path", "error", "terms"),
    "VV109": ("self-reference", "error", "terms"),
    "VV111": ("later-of-not-alone", "error", "terms"),
    "VV112": ("earlier-of-companion", "error", "terms"),
    "VV113": ("relationship-input-mismatch", "error", "terms"),
    "VV201": ("condition-never-entered", "error", "terms"),
    "VV202": ("order-decides-tie", "info", "terms"),
    "VV203": ("vests-before-parent", "info", "terms"),
    "VV204": ("date-out-of-range", "error", "terms"),
    "VV301": ("over-vests", "error", "terms"),
    "VV302": ("never-fully-vests", "error", "terms"),
    "VV303": ("path-under-vests", "warning", "terms"),
    "VV304": ("indeterminate-terms", "warning", "terms"),
    "VV305": ("rounding-breaks-total", "error", "terms"),
    "VV306": ("negative-installment", "error", "terms"),
    "VV307": ("quantity-exceeds-grant", "warning", "terms"),
    "VV308": ("invalid-portion", "error", "terms"),
    "VV309": ("cliff-beyond-occurrences", "error", "terms"),
    "VV310": ("fractional-shares", "info", "terms"),
    "VV311": ("forfeits", "info", "terms"),
    "VV401": ("reading-dependent", "warning", "terms"),
    "VV501": ("missing-terms", "error", "transactions"),
    "VV502": ("unknown-condition", "error", "transactions"),
    "VV503": ("wrong-trigger-type", "error", "transactions"),
    "VV504": ("duplicate-vesting-start", "error", "transactions"),
    "VV505": ("acceleration-exceeds-unvested", "error", "transactions"),
    "VV506": ("vestings-total", "error", "transactions"),
    "VV507": ("vestings-disagree-with-terms", "warning", "transactions"),
    "VV508": ("event-without-effect", "warning", "transactions"),
    "VV509": ("transaction-after-end", "error", "transactions"),
    "VV510": ("transaction-before-issuance", "warning", "transactions"),
    "VV601": ("cliff-after-vesting", "error", "allocation"),
    "VV602": ("allocations-do-not-add-up", "error", "allocation"),
    "VV603": ("month-not-whole", "error", "allocation"),
    "VV604": ("percentage-out-of-range", "error", "allocation"),
    "VV605": ("negative-mean-time", "error", "allocation"),
    "VV606": ("agent-sells-elsewhere", "warning", "allocation"),
    "VV607": ("sell-pressure-step", "info", "allocation"),
    "VV608": ("formula-error", "error", "allocation"),
    "VV609": ("duplicate-entity", "error", "allocation"),
    "VV610": ("unlocks-exceed-allocation", "error", "allocation"),
    "VV611": ("unlocks-decrease", "error", "allocation"),
    "VV612": ("never-fully-unlocked", "error", "allocation"),
    "VV613": ("unlocks-before-cliff", "error", "allocation"),
    "VV614": ("cliff-releases-otherwise", "error", "allocation"),
    "VV615": ("circulating-exceeds-supply", "error", "allocation"),
    "VV616": ("sales-exceed-share", "error", "allocation"),
}

#: Examples whose finding has another severity than the default, and why it may.
SEVERITY_OF_EXAMPLE = {"VV304": "info"}  # the example declares itself indeterminate

HEAVY_MODULES = ("z3", "networkx", "hypothesis", "pydantic", "click")

every_code = pytest.mark.parametrize("code", CONTRACT)
of_documents = pytest.mark.parametrize(
    "code", [code for code, (*_, about) in CONTRACT.items() if about != "allocation"]
)
of_tables = pytest.mark.parametrize("code", [code for code, (*_, about) in CONTRACT.items() if about == "allocation"])


def modules_of_the_catalogue() -> list[str]:
    folder = pathlib.Path(vestverify.properties.__path__[0])
    return sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))


def terms_in(text: str) -> list[Any]:
    document = json.loads(text)
    if document.get("file_type") == "OCF_VESTING_TERMS_FILE":
        return list(document["items"])
    found = document["terms"] if "issuance" in document else document
    return [] if found is None else [found]


@functools.cache
def check(text: str, reading: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Run the real command on a text; its report, whose exit code must be the command's."""
    from vestverify.command_line import main

    options = [option for key, value in reading for option in ("--reading", f"{key}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "document.json" if text.startswith("{") else "allocations.csv")
        path.write_text(text, encoding="utf-8")
        result = click.testing.CliRunner().invoke(main, ["check", str(path), "--format", "json", *options])
    assert result.exit_code in (0, 1, 2, 3), result.output
    report: dict[str, Any] = json.loads(result.stdout)
    assert report["exit_code"] == result.exit_code
    return report


def findings_in(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        finding
        for document in report["documents"]
        for finding in (
            *document["errors"],
            *(finding for terms in document["terms"] for finding in terms["findings"]),
            *document["ledger"],
        )
    ]


def test_the_catalogue_has_the_codes_of_the_contract_in_their_order() -> None:
    assert list(catalogue()) == list(CONTRACT)


@every_code
def test_exactly_one_file_is_named_by_each_code(code: str) -> None:
    assert len([name for name in modules_of_the_catalogue() if name.split("_")[0] == code.lower()]) == 1


def test_every_file_name_is_a_code_and_words() -> None:
    assert [name for name in modules_of_the_catalogue() if not re.fullmatch(r"vv\d{3}(_[a-z]+){2,}", name)] == []


def test_every_file_defines_the_property_that_its_name_says() -> None:
    for name in modules_of_the_catalogue():
        module = __import__(f"vestverify.properties.{name}", fromlist=["PROPERTY"])
        assert module.PROPERTY.code.lower() == name.split("_")[0]


def test_every_file_states_its_promise_in_its_docstring() -> None:
    for name in modules_of_the_catalogue():
        module = __import__(f"vestverify.properties.{name}", fromlist=["PROPERTY"])
        assert module.__doc__ == f"{module.PROPERTY.code}: {module.PROPERTY.promise}."


@every_code
def test_slug_severity_and_subject_are_those_of_the_contract(code: str) -> None:
    prop = property_of(code)
    assert (prop.slug, prop.severity, prop.subject) == CONTRACT[code]


@every_code
def test_the_promise_is_a_clause_without_a_final_stop(code: str) -> None:
    promise = property_of(code).promise
    assert re.fullmatch(r"[a-z][^\n]{10,88}[a-zA-Z]", promise)


def test_no_two_properties_promise_the_same() -> None:
    promises = [prop.promise for prop in catalogue().values()]
    assert len(set(promises)) == len(promises)


@every_code
def test_the_explanations_are_whole_sentences(code: str) -> None:
    prop = property_of(code)
    for text in (prop.why, prop.decided, prop.limits, prop.source):
        assert text.endswith(".")
        assert text == " ".join(text.split())


@every_code
def test_codes_mentioned_in_an_explanation_exist(code: str) -> None:
    prop = property_of(code)
    mentioned = set(re.findall(r"VV\d{3}", " ".join((prop.why, prop.decided, prop.limits, prop.source))))
    assert mentioned <= set(CONTRACT)


@every_code
def test_the_reading_of_an_example_is_one_that_exists(code: str) -> None:
    choices = dict(property_of(code).reading)
    assert reading_from(choices).differences() == choices


def test_an_unknown_code_is_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"'VV999'; known: VV001, .*VV507"):
        property_of("VV999")


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        catalogue()["VV999"] = property_of("VV101")  # type: ignore[index]


def test_reading_the_catalogue_loads_nothing_heavy() -> None:
    program = f"""
import sys
import vestverify.properties
vestverify.properties.catalogue()
print(*[name for name in {HEAVY_MODULES!r} if name in sys.modules])
"""
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@of_documents
def test_the_bad_example_is_json_unless_it_is_about_that(code: str) -> None:
    if code == "VV001":
        with pytest.raises(json.JSONDecodeError):
            json.loads(property_of(code).bad)
    else:
        assert isinstance(json.loads(property_of(code).bad), dict)


@of_documents
def test_the_examples_are_of_the_kind_that_the_subject_says(code: str) -> None:
    prop = property_of(code)
    good = json.loads(prop.good)
    if prop.subject == "transactions":
        assert good["format"] == json.loads(prop.bad)["format"] == "vestverify.case/1"
    elif code == "VV004":
        assert good["file_type"] == "OCF_VESTING_TERMS_FILE"
    else:
        assert good["object_type"] == "VESTING_TERMS"


@of_documents
def test_the_examples_differ_and_are_indented_by_two_spaces(code: str) -> None:
    prop = property_of(code)
    assert prop.bad != prop.good
    for text in (prop.bad, prop.good):
        assert text.startswith("{\n  ")
        assert text.endswith("\n}\n")
        assert all((len(line) - len(line.lstrip(" "))) % 2 == 0 for line in text.splitlines())


@of_tables
def test_the_examples_about_allocations_are_tables_with_the_same_header(code: str) -> None:
    prop = property_of(code)
    assert prop.bad != prop.good
    for text in (prop.bad, prop.good):
        header, *rows = text.splitlines()
        assert header == prop.good.splitlines()[0]
        assert header.startswith("entity,agent,allocation,start_month,cliff_month,vesting_months")
        assert {row.count(",") for row in rows} == {header.count(",")}


@of_documents
def test_the_reference_engine_accepts_the_terms_of_the_good_example(code: str) -> None:
    for terms in terms_in(property_of(code).good):
        assert compile_terms(VestingTerms.model_validate(terms)).conditions


@every_code
def test_the_command_finds_the_defect_in_the_bad_example(code: str) -> None:
    prop = property_of(code)
    shown = {
        (finding["code"], finding["slug"], finding["severity"])
        for finding in findings_in(check(prop.bad, prop.reading))
    }
    assert (code, prop.slug, SEVERITY_OF_EXAMPLE.get(code, prop.severity)) in shown


@every_code
def test_the_command_finds_no_error_in_the_good_example(code: str) -> None:
    prop = property_of(code)
    found = findings_in(check(prop.good, prop.reading))
    assert [finding["code"] for finding in found if finding["code"] == code or finding["severity"] == "error"] == []


@every_code
def test_the_command_decides_every_property_of_the_good_example(code: str) -> None:
    prop = property_of(code)
    assert check(prop.good, prop.reading)["exit_code"] == 0


def test_the_example_of_rounding_needs_its_reading() -> None:
    found = findings_in(check(property_of("VV305").bad, ()))
    assert {each["code"] for each in found} == {"VV401"}
    assert ["path", "condition"] in [each["facts"]["readings"]["values"] for each in found]


def test_the_example_of_a_condition_never_entered_names_the_one_that_always_comes_first() -> None:
    found = [each for each in findings_in(check(property_of("VV201").bad, ())) if each["severity"] == "error"]
    assert [(finding["condition_ids"], finding["facts"]["pre_empted_by"]) for finding in found] == [
        (["fourth-year"], "expired")
    ]
