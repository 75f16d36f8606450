"""What the README of the examples of discussion #540 says of them is so."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vestverify.certificate import Certifier
from vestverify.check import CheckOptions, check_document
from vestverify.documents import load, read_path
from vestverify.results import Verdict

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "examples" / "discussion-540"
README = (FOLDER / "README.md").read_text()
STATED = {
    name: {tuple(each.split(" ")) for each in refuted.split(", ")}
    for name, refuted in re.findall(r"^\| `([a-z0-9-]+\.json)` \| [^|]+ \| (VV[^|]+) \|$", README, re.MULTILINE)
}


def test_every_example_is_in_the_table_and_nothing_else() -> None:
    assert sorted(STATED) == sorted(path.name for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", sorted(STATED))
def test_an_example_has_the_verdicts_that_the_table_states_and_nothing_is_open(name: str) -> None:
    result, errors = check_document(read_path(str(FOLDER / name)), CheckOptions())
    (terms,) = result.terms
    assert errors == ()
    assert {(each.code, str(each.severity)) for each in terms.properties if each.verdict is Verdict.REFUTED} == STATED[
        name
    ]
    blocked = any(each.code == "VV112" and each.verdict is Verdict.REFUTED for each in terms.properties)
    assert blocked or not [each.code for each in terms.properties if each.verdict is Verdict.OPEN]


def test_the_program_of_the_page_prints_what_it_says() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (expected,) = re.findall(r"# (proved True)", program)
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == expected


@pytest.mark.parametrize("name", sorted(name for name in STATED if "relationships" in name or "earlier-of" in name))
def test_a_second_solver_confirms_what_is_proved_of_relationships(name: str) -> None:
    result, errors = check_document(read_path(str(FOLDER / name)), CheckOptions(certifier=Certifier(0)))
    (terms,) = result.terms
    assert errors == ()
    assert terms.certificate is not None
    assert terms.certificate.confirmed == terms.certificate.asked > 0


def test_a_second_solver_reads_questions_about_a_relationship_of_which_little_vests() -> None:
    terms = {
        "id": "one-of-two",
        "object_type": "VESTING_TERMS",
        "name": "One of two",
        "description": "Half with the first of two events.",
        "allocation_type": "FRACTIONAL",
        "vesting_conditions": [
            {
                "id": "first",
                "trigger": {"type": "VESTING_RELATIONSHIP_EARLIER_OF", "input_condition_ids": ["a", "b"]},
                "next_condition_ids": [],
            },
            *(
                {
                    "id": name,
                    "portion": {"numerator": "1", "denominator": "2"},
                    "trigger": {"type": "VESTING_EVENT"},
                    "next_condition_ids": ["first"],
                }
                for name in ("a", "b")
            ),
        ],
    }
    document = load("terms.json", json.dumps(terms).encode())
    result, errors = check_document(document, CheckOptions(certifier=Certifier(0)))
    assert errors == ()
    assert result.terms[0].certificate is not None
    assert result.terms[0].certificate.confirmed == result.terms[0].certificate.asked > 0
