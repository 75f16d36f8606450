"""The fuzzer finds what is wrong with an engine, puts it down to its cause, and says nothing about one that is right."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plain_engine import FAULTS, PlainEngine

from vestverify import engine_protocol
from vestverify.engine.reading import BUNDLES, DEFAULT_READING, Reading, reading_from
from vestverify.fuzz_results import FailureGroup
from vestverify.fuzzing.campaign import Campaign, Options
from vestverify.fuzzing.engine_function import EngineFunction
from vestverify.fuzzing.engine_process import EngineProcess
from vestverify.fuzzing.triage import Cause
from vestverify.strategies import subject_of

EXAMPLES = Path(__file__).parents[1] / "examples"
HOSTILE = Path(__file__).parent / "hostile_engines.py"

#: Faults of other engines, each in the code of an engine that shares nothing with the reference engine.
FAULTY = (
    "drift-after-a-short-month",
    "month-overflow",
    "29-or-last-read-as-31",
    "fixed-day-ignored",
    "fixed-day-clamped-to-28",
    "month-is-30-days",
    "one-day-early",
    "half-to-even",
    "half-down",
    "float-running-sum",
    "grant-through-float",
    "fractions-per-condition",
    "rounded-one-by-one",
    "front-loaded-as-back-loaded",
    "catch-up-on-the-next-tranche",
    "catch-up-dropped",
    "catch-up-keeps-dates",
    "date-of-untaken-parents",
    "tie-reversed",
    "tie-by-document-order",
    "first-listed-wins",
    "deadline-ignored",
    "all-siblings-run",
    "last-duplicate-id-wins",
    "dangling-next-ignored",
    "cycle-cut-silently",
    "missing-terms-fully-vested",
    "missing-terms-nothing-vests",
    "no-terms-nothing-vests",
    "vestings-ignored",
    "stock-fully-vested",
    "remainder-fixed-on-entry",
    "remainder-ignored",
    "cliff-ignored",
    "cliff-one-late",
    "grant-day-deferred",
    "pre-grant-keeps-dates",
    "relative-to-first-occurrence",
    "relative-to-parent",
    "start-defaults-to-the-grant-date",
    "unrecorded-event-is-met",
    "transactions-of-others",
    "portion-is-the-total",
    "occurrences-one-short",
    "terms-cached-by-id",
    "zero-rows",
)


def faulty(*names: str) -> EngineFunction:
    return EngineFunction(factory=lambda: PlainEngine(*names))


def causes_of(engine: EngineFunction, examples: int = 2_000, enough: int = 10**9) -> list[tuple[Cause, int]]:
    campaign: Campaign

    def stop() -> bool:
        return campaign.tally.failed >= enough

    campaign = Campaign(engine, Options(examples=examples, stop=stop))
    campaign.try_examples()
    return [(cause, len(failures)) for cause, failures in campaign.causes()]


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_engine_is_found_and_its_failures_are_put_down_to_the_right_rule(name: str) -> None:
    causes = causes_of(faulty(name), enough=80)
    assert causes, "nothing was found"
    largest, _ = max(causes, key=lambda found: found[1])
    assert largest.rule in (FAULTS[name].rule, *FAULTS[name].also), largest
    assert len(causes) <= 8


def test_there_are_at_least_twenty_five_faulty_engines() -> None:
    assert len(set(FAULTY)) >= 25
    assert set(FAULTY) <= set(FAULTS)
