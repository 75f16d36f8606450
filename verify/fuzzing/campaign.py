"""One run of the fuzzer against an engine: generate, ask, compare, sort."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vestverify.engine.reading import DEFAULT_READING, Reading
from vestverify.fuzzing.ablation import Ablation
from vestverify.fuzzing.engines import Complaint, Engine
from vestverify.fuzzing.examples import Example, example_of
from vestverify.fuzzing.generation import Enough, generate
from vestverify.fuzzing.judging import Failure, Kind, judge
from vestverify.fuzzing.replies import Reply, ReplyKind
from vestverify.fuzzing.triage import Cause, Triage
from vestverify.fuzzing.variants import VARIANTS, Variant
from vestverify.strategies import Subject

#: Requests that are asked in one go.
_BATCH = 256
#: One example in so many is said otherwise, too.
_VARIED = 4
#: Failures that are asked of a fresh engine, to tell whether what came before them matters.
_PROBES = 12
_FRESH = 60
_KEPT_PASSES = 600


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How to fuzz.

    Attributes:
        seed: another one gives other examples.
        examples: how many cases at most.
        reading: which published answers the engine is held to.
        states_reading: whether requests name the reading.
        stop: asked now and then; True ends the generation of examples.
        progress: told now and then how many examples and failures there are.
        first: cases that are tried before any is generated, as JSON.
    """

    seed: int = 0
    examples: int = 2_000
    reading: Reading = DEFAULT_READING
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], None] = lambda examples, failures: None
    first: Sequence[Mapping[str, Any]] = ()


@dataclasses.dataclass(slots=True)
class Tally:
    """What came out of a run, before it is sorted.

    Attributes:
        examples: cases that were tried.
        unsupported: of these, those that the engine says it does not support.
        failures: in the order found.
        passes: examples on which the engine was right, up to a number of them.
        complaints: what was wrong with the engine beside its answers.
        variants: which variant of a case a failure is, where it is one.
    """

    examples: int = 0
    unsupported: int = 0
    failures: list[Failure] = dataclasses.field(default_factory=list)
    passes: list[Example] = dataclasses.field(default_factory=list)
    complaints: list[Complaint] = dataclasses.field(default_factory=list)
    variants: dict[int, Variant] = dataclasses.field(default_factory=dict)


def request_of(raw: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A case as a request of the engine protocol, which names the reading where it is not the default.

    Args:
        raw: a case as JSON.
        reading: which published answers the engine is held to.
    """
    request = {key: raw[key] for key in ("terms", "issuance", "transactions", "as_of") if key in raw}
    request = {"format": "vestverify.engine/1", "id": "", **request}
    choices = reading.differences()
    return {**request, "reading": choices} if choices else request


class Campaign:
    """A run of the fuzzer against one engine."""

    def __init__(self, engine: Engine, options: Options) -> None:
        self.tally = Tally()
        self._engine = engine
        self._options = options
        self._waiting: list[tuple[Example, Variant | None]] = []
        self._number = 0

    def run(self, subjects: Sequence[Subject] = ()) -> list[tuple[Cause, list[Failure]]]:
        """Try examples, and put the failures down to causes.

        Args:
            subjects: terms to try; none generates terms as well.

        Returns:
            Each cause with its failures, in the order found.
        """
        for raw in self._options.first:
            self._add(example_of(raw, self._options.reading))
        shares = max(1, len(subjects))
        for number in range(shares):
            examples = self._options.examples // shares + (number < self._options.examples % shares)
            subject = subjects[number] if subjects else None
            generate(self._take, examples, self._options.seed, self._options.reading, subject)
        self._ask()
        return self._sorted()

    def _take(self, subject: Subject, cases: Sequence[Mapping[str, Any]]) -> None:
        for raw in cases:
            known = subject.terms if raw["terms"] is subject.raw else None
            self._add(example_of(raw, self._options.reading, known))
        if len(self._waiting) >= _BATCH:
            self._ask()
            if self._options.stop():
                raise Enough

    def _add(self, example: Example) -> None:
        self._waiting.append((example, None))
        self._number += 1
        if self._number % _VARIED == 0 and example.expected.rows is not None:
            variant = VARIANTS[self._number // _VARIED % len(VARIANTS)]
            raw = variant.change(example.raw)
            if raw is not None:
                self._waiting.append((example_of(raw, self._options.reading), variant))

    def _ask(self) -> None:
        waiting, self._waiting = self._waiting, []
        replies = self._engine.ask([request_of(example.raw, self._options.reading) for example, _ in waiting])
        failed_before = False
        for (example, variant), reply in zip(waiting, replies, strict=True):
            failure = judge(example, reply)
            if variant is None:
                failed_before = failure is not None
                self._count(reply)
            if failure is None:
                if len(self.tally.passes) < _KEPT_PASSES and reply.kind is not ReplyKind.UNSUPPORTED:
                    self.tally.passes.append(example)
            elif variant is None or not failed_before:
                if variant is not None:
                    self.tally.variants[id(failure)] = variant
                self.tally.failures.append(failure)
        room = 100 - len(self.tally.complaints)
        self.tally.complaints.extend(self._engine.complaints[: max(0, room)])
        self._engine.complaints.clear()
        self._options.progress(self.tally.examples, len(self.tally.failures))

    def _count(self, reply: Reply) -> None:
        self.tally.examples += 1
        self.tally.unsupported += reply.kind is ReplyKind.UNSUPPORTED

    # ---- Sorting ----

    def _sorted(self) -> list[tuple[Cause, list[Failure]]]:
        failures = self.tally.failures
        triage = Triage(self._options.reading)
        ablation = Ablation(self._engine, self._options.reading, request_of)
        by_state = self._depending_on_state(failures)

        steady = [each for each in failures if id(each) not in by_state]
        population = self.tally.examples - len(failures)
        groups, rest = triage.sort(steady, self.tally.passes, population)
        of_variants: dict[Variant, list[Failure]] = {}
        for failure in rest:
            variant = self.tally.variants.get(id(failure))
            if variant is not None:
                of_variants.setdefault(variant, []).append(failure)
        groups += [(Cause(variant.rule, None, variant.sentence), each) for variant, each in of_variants.items()]
        groups += ablation.sort([each for each in rest if id(each) not in self.tally.variants])
        for cause in dict.fromkeys(by_state.values()):
            groups.append((cause, [each for each in failures if by_state.get(id(each)) is cause]))
        place = {id(failure): number for number, failure in enumerate(failures)}
        return sorted(groups, key=lambda group: place[id(group[1][0])])

    def _depending_on_state(self, failures: Sequence[Failure]) -> dict[int, Cause]:
        """Failures that a fresh engine does not show, by identity, with their cause."""
        answered = [each for each in failures if each.kind is not Kind.NO_ANSWER]
        probes = answered[:: max(1, len(answered) // _PROBES)][:_PROBES]
        if all(self._fails_afresh(each) for each in probes):
            return {}
        cross = Cause("cross-talk", None, "answers differently after other requests than when it is fresh")
        again = Cause("repeat-evaluation", None, "answers differently when asked the same again")
        found = {}
        for place, failure in enumerate(answered):
            if place >= _FRESH or not self._fails_afresh(failure):
                found[id(failure)] = again if self._fails_when_repeated(failure) else cross
        return found

    def _fails_afresh(self, failure: Failure) -> bool:
        self._engine.restart()
        request = request_of(failure.example.raw, self._options.reading)
        return judge(failure.example, self._engine.ask([request])[0]) is not None

    def _fails_when_repeated(self, failure: Failure) -> bool:
        self._engine.restart()
        request = request_of(failure.example.raw, self._options.reading)
        return judge(failure.example, self._engine.ask([request, request])[1]) is not None
