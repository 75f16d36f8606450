"""Tests of the engine in small_engine.py, with the fixtures and the strategies of vestverify. The first one fails."""

import json
from pathlib import Path

from hypothesis import given, settings
from small_engine import answer

from vestverify.strategies import cases

TERMS = json.loads(Path(__file__).with_name("four-year-monthly-one-year-cliff.json").read_text(encoding="utf-8"))


def test_the_engine_answers_as_the_reference_engine_does(vestverify_engine_check):
    """Two hundred generated cases of these terms."""
    vestverify_engine_check(answer, terms=TERMS, max_examples=200)


def test_the_engine_gives_the_known_answers(vestverify_conformance):
    """The cases that are published with vestverify; whatever the engine does not support is no failure."""
    vestverify_conformance(answer)


@settings(max_examples=50, deadline=None)
@given(cases(terms=TERMS, varied=False))
def test_no_more_vests_than_was_granted(case):
    """A promise of one's own, on cases that vestverify generates."""
    rows = answer({**case, "id": "1"}).get("schedule", [])
    assert sum(int(row["quantity"]) for row in rows) <= int(case["issuance"]["quantity"])
