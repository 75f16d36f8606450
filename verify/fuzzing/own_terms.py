"""Terms tried on the reference engine: what a run can break of the properties is looked for with aimed inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from vestverify.engine.case import Case
from vestverify.fuzz_results import FailureGroup
from vestverify.fuzzing.campaign import Options
from vestverify.fuzzing.examples import Example, case_of, example_of, expected_of, rows_of
from vestverify.fuzzing.failures import case_under, identifier_of, rows_answer
from vestverify.fuzzing.generation import Enough, generate
from vestverify.fuzzing.property_checks import CHECKS, broken, imbalance, inconsistency, ran
from vestverify.fuzzing.shrinking import shrink, size_of
from vestverify.properties import property_of
from vestverify.results import Severity
from vestverify.strategies import Subject

#: One example in so many is also said otherwise, and looked at for what the engine must never do.
_CONSISTENCY = 16
_TRIES = 600


@dataclasses.dataclass(slots=True)
class _Broken:
    count: int
    smallest: Mapping[str, Any]


class OwnTermsCampaign:
    """A run of the fuzzer against the reference engine."""

    def __init__(self, options: Options, least: Severity) -> None:
        """Look for what breaks properties of at least a severity.

        Args:
            options: how to fuzz.
            least: properties less severe than this one are not looked at.
        """
        order = list(Severity)
        self.examples = 0
        #: What the reference engine must never do, with the case: errors of vestverify itself.
        self.inconsistencies: list[tuple[str, Mapping[str, Any]]] = []
        self._options = options
        self._codes = [
            code for code in CHECKS if order.index(Severity(property_of(code).severity)) <= order.index(least)
        ]
        self._found: dict[str, _Broken] = {}

    def run(self, subjects: Sequence[Subject]) -> list[FailureGroup]:
        """Try aimed inputs on each of several terms.

        Args:
            subjects: the terms.

        Returns:
            For each terms and property that some input breaks the smallest such input, in order.
        """
        groups: list[FailureGroup] = []
        for number, subject in enumerate(subjects):
            self._found = {}
            share = self._options.examples // len(subjects) + (number < self._options.examples % len(subjects))
            first = [raw for raw in self._options.first if raw.get("terms") == subject.raw]
            if first:
                self._take(subject, first)
            generate(self._take, share, self._options.seed + number, self._options.reading, subject, varied=False)
            groups += [self._group(code, self._found[code]) for code in self._codes if code in self._found]
        return groups

    def _take(self, subject: Subject, cases: Sequence[Mapping[str, Any]]) -> None:
        reading = self._options.reading
        for raw in cases:
            self.examples += 1
            case = case_of(raw, subject.terms)
            if case is None:
                continue
            run = ran(case, reading, subject.plan)
            if run is not None:
                for code in self._codes:
                    # Comparing readings takes ten runs: once they are told apart, one example in some is compared.
                    if code in self._found and code == "VV401" and self.examples % _CONSISTENCY:
                        continue
                    if CHECKS[code](run) is not None:
                        self._keep(code, raw)
            wrong = self._wrong(raw, case)
            if wrong is not None:
                self.inconsistencies.append((wrong, raw))
        self._options.progress(self.examples, sum(each.count for each in self._found.values()))
        if self._options.stop():
            raise Enough

    def _wrong(self, raw: Mapping[str, Any], case: Case) -> str | None:
        """What the reference engine must never do, where this case is looked at for it."""
        if case.has_ledger:
            return imbalance(case, self._options.reading)
        if self.examples % _CONSISTENCY:
            return None
        example = Example(raw, case, expected_of(case, self._options.reading))
        return inconsistency(example, self._options.reading, self.examples // _CONSISTENCY)

    def _keep(self, code: str, raw: Mapping[str, Any]) -> None:
        known = self._found.get(code)
        if known is None:
            self._found[code] = _Broken(1, raw)
            return
        known.count += 1
        if size_of(raw) < size_of(known.smallest):
            known.smallest = raw

    def _group(self, code: str, found: _Broken) -> FailureGroup:
        reading = self._options.reading

        def first_failing(cases: Sequence[Mapping[str, Any]]) -> int | None:
            for place, raw in enumerate(cases):
                if broken(code, example_of(raw, reading), reading) is not None:
                    return place
            return None

        smallest = shrink(found.smallest, first_failing, _TRIES, keeps_terms=True)
        case = case_under(smallest, reading)
        case["name"] = identifier_of(case)
        example = example_of(case, reading)
        run = None if example.case is None else ran(example.case, reading)
        given = () if run is None or run.outcome is None else rows_of(run.outcome.schedule)
        sentence = broken(code, example, reading)
        terms_id = case["terms"]["id"]
        return FailureGroup(
            identifier=case["name"],
            rule=code,
            code=code,
            sentence=f"of the terms {terms_id!r}, not every input keeps the promise that {property_of(code).promise}: {sentence}",
            count=found.count,
            explained_by_reading=None,
            case=case,
            expected=(),
            actual=rows_answer(given),
        )
