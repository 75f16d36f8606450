"""Whole runs of the fuzzer: terms or generated ones, the reference engine or another, with what failed before."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from vestverify.engine.calendar import parse_day
from vestverify.engine.reading import Reading
from vestverify.fuzz_results import FailureGroup
from vestverify.fuzzing.campaign import Campaign, Options
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.examples import example_of
from vestverify.fuzzing.failures import Examples, case_under, identifier_of
from vestverify.fuzzing.own_terms import OwnTermsCampaign
from vestverify.results import Severity
from vestverify.strategies import Subject
from vestverify.strategies.cases import CASE_FORMAT
from vestverify.strategies.securities import issuance

_USUAL_DAY = parse_day("2024-01-01")


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What a run found.

    Attributes:
        examples: cases that were tried.
        unsupported: of these, those that the engine says it does not support.
        groups: in the order found.
        remarks: what was noticed beside, in sentences.
        inconsistencies: what the reference engine must never do, in sentences: errors of vestverify itself.
    """

    examples: int
    unsupported: int
    groups: tuple[FailureGroup, ...]
    remarks: tuple[str, ...] = ()
    inconsistencies: tuple[str, ...] = ()


def fuzz_engine(
    engine: Engine,
    options: Options,
    subjects: Sequence[Subject] = (),
    defective: Sequence[Mapping[str, Any]] = (),
    before: Sequence[Mapping[str, Any]] = (),
) -> Found:
    """Fuzz an engine.

    Args:
        engine: it is left open.
        options: how to fuzz; the cases that it names first are added to.
        subjects: terms to try; none, and no defective ones either, generates terms as well.
        defective: VestingTerms as JSON that cannot be run: the engine has to refuse them.
        before: cases that failed in earlier runs. What they show counts where the examples do not show it.
    """
    first = (*options.first, *(bare_case(raw) for raw in defective))
    examples = options.examples if subjects or not defective else 0
    campaign = Campaign(engine, dataclasses.replace(options, examples=examples, first=first))
    groups = campaign.run(subjects)
    tally = dataclasses.replace(campaign.tally)
    groups += campaign.run_again(before) if before else []
    return Found(tally.examples, tally.unsupported, tuple(groups), tuple(tally.remarks))


def fuzz_terms(
    options: Options,
    least: Severity,
    subjects: Sequence[Subject],
    defective: Sequence[Mapping[str, Any]] = (),
    before: Sequence[Mapping[str, Any]] = (),
) -> Found:
    """Fuzz terms on the reference engine.

    Args:
        options: how to fuzz.
        least: properties less severe than this are not looked at.
        subjects: the terms.
        defective: VestingTerms as JSON that cannot be run.
        before: cases that failed in earlier runs. What they show counts where the examples do not show it.
    """
    campaign = OwnTermsCampaign(options, least)
    groups = [_defective_group(raw, options.reading) for raw in defective]
    groups += campaign.run(subjects) if subjects else []
    if before and subjects:
        again = OwnTermsCampaign(dataclasses.replace(options, examples=0, first=before), least).run(subjects)
        known = {(group.code, group.case["terms"]["id"]) for group in groups}
        groups += [group for group in again if (group.code, group.case["terms"]["id"]) not in known]
    wrong = tuple(f"{sentence}, in the case {identifier_of(raw)}" for sentence, raw in campaign.inconsistencies)
    return Found(campaign.examples, 0, tuple(groups), (), wrong)


def _defective_group(raw: Mapping[str, Any], reading: Reading) -> FailureGroup:
    case = case_under(bare_case(raw), reading)
    case["name"] = identifier_of(case)
    codes = example_of(case, reading).expected.codes
    sentence = f"the terms {str(raw.get('id', ''))!r} cannot be run: {', '.join(codes)}; see vestverify check"
    errors = tuple({"code": code} for code in codes)
    return FailureGroup(case["name"], codes[0], codes[0], sentence, 1, None, case, errors, errors)


def bare_case(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A grant of a hundred shares under terms, with nothing recorded.

    Args:
        raw: a VestingTerms as JSON.
    """
    return {
        "format": CASE_FORMAT,
        "name": "bare",
        "terms": raw,
        "issuance": issuance(_USUAL_DAY, "100", str(raw.get("id", ""))),
        "transactions": [],
    }


def remember(examples: Examples, key: bytes, before: Sequence[Mapping[str, Any]], found: Found) -> None:
    """Keep the cases that fail now for the next run, and forget those that no longer do.

    Args:
        examples: the database.
        key: of the engine and the reading.
        before: the cases that were in it.
        found: what the run found.
    """
    failing = {group.identifier for group in found.groups}
    for case in before:
        if identifier_of(case) not in failing:
            examples.remove(key, case)
    for group in found.groups:
        examples.add(key, group.case)
