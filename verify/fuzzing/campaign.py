"""One run of the fuzzer against an engine: generate, ask, compare, sort, make small."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vestverify.engine.reading import DEFAULT_READING, Reading
from vestverify.fuzz_results import FailureGroup
from vestverify.fuzzing.ablation import Ablation
from vestverify.fuzzing.engine_process import NOT_ASKED_AGAIN
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.examples import Example, example_of
from vestverify.fuzzing.generation import Enough, generate
from vestverify.fuzzing.judging import Failure, Kind, judge
from vestverify.fuzzing.replies import Reply, ReplyKind, failure
from vestverify.fuzzing.smallest import group_of, smallest_of
from vestverify.fuzzing.triage import NO_ANSWER, Cause, Triage
from vestverify.fuzzing.variants import VARIANTS, Variant
from vestverify.strategies import Subject

#: Requests that are asked in one go.
_BATCH = 256
#: One example in so many is said otherwise, too.
_VARIED = 4
#: Failures that are asked of a fresh engine, to tell whether what came before them matters.
_PROBES = 12
_FRESH = 60
#: Examples before a failure that are tried, one by one, as what it depends on.
_PREDECESSORS = 40
#: Every silence costs a time limit, several times over: after so many, cases of their kind are not tried any more,
#: and after so many in all nothing is.
_SILENCES_OF_A_DEFECT = 2
_SILENCES = 12
_KEPT_PASSES = 600
#: Cases tried beside the counted ones where there are fewer passes to tell causes apart by.
_EVIDENCE = 200
_KEPT_FAILURES = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """How to fuzz.

    Attributes:
        seed: another one gives other examples.
        examples: how many cases at most.
        reading: which published answers the engine is held to.
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
        failed: how many failures there were.
        failures: in the order found, up to a number of them.
        passes: examples on which the engine was right, up to a number of them.
        remarks: what was noticed beside, in sentences.
    """

    examples: int = 0
    unsupported: int = 0
    failed: int = 0
    failures: list[Failure] = dataclasses.field(default_factory=list)
    passes: list[Example] = dataclasses.field(default_factory=list)
    remarks: list[str] = dataclasses.field(default_factory=list)


def request_of(raw: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """A case as a request of the engine protocol, which names the reading where it is not the default.

    Args:
        raw: a case as JSON.
        reading: which published answers the engine is held to.
    """
    stated = {key: raw[key] for key in ("terms", "issuance", "transactions", "as_of") if key in raw}
    request = {"format": "vestverify.engine/1", "id": "", **stated}
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
        self._asked: list[Mapping[str, Any]] = []
        self._places: dict[int, int] = {}
        self._variants: dict[int, Variant] = {}
        self._triage = Triage(options.reading)
        self._causes: list[tuple[Cause, list[Failure]]] = []
        self._silences: Counter[tuple[str, ...]] = Counter()
        self._not_asked: Counter[str] = Counter()

    def run(self, subjects: Sequence[Subject] = ()) -> list[FailureGroup]:
        """Try examples, put the failures down to causes, and make the smallest case of each.

        Args:
            subjects: terms to try; none generates terms as well.

        Returns:
            What was found, in the order in which it was found.
        """
        self.try_examples(subjects)
        return [self._group(cause, failures) for cause, failures in self.causes()]

    def run_again(self, cases: Sequence[Mapping[str, Any]]) -> list[FailureGroup]:
        """Ask cases that failed in earlier runs.

        Args:
            cases: as JSON.

        Returns:
            What they show, apart from causes that ``run`` has found.
        """
        known = [cause for cause, _ in self._causes]
        counted = dataclasses.replace(self.tally, failures=[])
        self.tally.failures = []
        for raw in cases:
            self._waiting.append((example_of(raw, self._options.reading), None))
        with contextlib.suppress(Enough):
            self._ask()
        found = [group for group in self.causes() if not self._is_known(known, *group)]
        groups = [self._group(cause, failures) for cause, failures in found]
        self.tally = counted
        return groups

    def _is_known(self, known: Sequence[Cause], cause: Cause, failures: Sequence[Failure]) -> bool:
        """Whether a cause that was found before is this one, or is at work on the same cases."""
        found = [each.explanation for each in known if each.explanation is not None]
        return any(each.key == cause.key for each in known) or all(
            any(self._triage.touches(each, failure.example) for each in found) for failure in failures
        )

    def try_examples(self, subjects: Sequence[Subject] = ()) -> None:
        """Try examples, and keep what they show in ``tally``.

        Args:
            subjects: terms to try; none generates terms as well.
        """
        for raw in self._options.first:
            self._add(example_of(raw, self._options.reading))
        shares = max(1, len(subjects))
        for number in range(shares):
            examples = self._options.examples // shares + (number < self._options.examples % shares)
            subject = subjects[number] if subjects else None
            generate(self._take, examples, self._options.seed + number, self._options.reading, subject)
        with contextlib.suppress(Enough):
            while self._waiting:
                self._ask()
        if self.tally.examples and self.tally.unsupported == self.tally.examples:
            self.tally.remarks.append("the engine supports none of the cases: nothing was tested")
        for code, number in sorted(self._not_asked.items()):
            self.tally.remarks.append(
                f"{number} further cases with the defect {code} were not tried: the engine gives no answer to them in time"
            )

    def _take(self, subject: Subject, cases: Sequence[Mapping[str, Any]]) -> None:
        for raw in cases:
            known = subject.terms if raw["terms"] is subject.raw else None
            self._add(example_of(raw, self._options.reading, known))
        if len(self._waiting) >= _BATCH:
            self._ask()
            if self._options.stop():
                raise Enough

    def _queue(self, example: Example) -> None:
        codes = example.expected.codes[:1]
        if codes and self._silences[codes] >= _SILENCES_OF_A_DEFECT:
            self._not_asked[codes[0]] += 1
        else:
            self._waiting.append((example, None))

    def _add(self, example: Example) -> None:
        self._queue(example)
        self._number += 1
        if self._number % _VARIED == 0 and example.expected.rows is not None:
            variant = VARIANTS[self._number // _VARIED % len(VARIANTS)]
            raw = variant.change(example.raw)
            if raw is not None and self._waiting and self._waiting[-1][0] is example:
                self._waiting.append((example_of(raw, self._options.reading), variant))

    def _ask(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        replies = self._engine.ask([request_of(example.raw, self._options.reading) for example, _ in waiting])
        failed_before = False
        for (example, variant), reply in zip(waiting, replies, strict=True):
            self._asked.append(example.raw)
            if reply.problem.startswith(NOT_ASKED_AGAIN):
                # Who is to blame for the silence is known by now; this case is not, and has its turn again.
                if variant is None:
                    self._queue(example)
                continue
            found = judge(example, reply)
            if variant is None:
                failed_before = found is not None
                self._count(reply)
            if found is None:
                if len(self.tally.passes) < _KEPT_PASSES and reply.kind is not ReplyKind.UNSUPPORTED:
                    self.tally.passes.append(example)
            elif variant is None or not failed_before:
                self._keep(found, variant)
                self._silences[example.expected.codes[:1]] += reply.kind is ReplyKind.SILENT
        sound = [example for example, _ in waiting if not example.expected.codes]
        self._take_complaints((sound or [waiting[0][0]])[0])
        self._options.progress(self.tally.examples, self.tally.failed)
        answered = sum(reply.is_answer for reply in replies)
        if not answered:
            self._end_early(f"the engine answered none of {len(replies)} requests")
        if self._silences.total() >= _SILENCES:
            self._end_early(f"the engine gave no answer in time {self._silences.total()} times")

    def _end_early(self, why: str) -> None:
        self.tally.remarks.append(f"the run ended early: {why}")
        self._waiting = []
        raise Enough

    def _count(self, reply: Reply) -> None:
        self.tally.examples += 1
        self.tally.unsupported += reply.kind is ReplyKind.UNSUPPORTED

    def _keep(self, found: Failure, variant: Variant | None) -> None:
        self.tally.failed += 1
        if len(self.tally.failures) >= _KEPT_FAILURES:
            return
        self.tally.failures.append(found)
        self._places[id(found)] = len(self._asked) - 1
        if variant is not None:
            self._variants[id(found)] = variant

    def _take_complaints(self, example: Example) -> None:
        """What no one request is to blame for is a failure all the same, put down to the first of the batch."""
        for complaint in self._engine.complaints:
            reply = failure(complaint.kind, complaint.sentence)
            self._keep(Failure(example, reply, Kind.NO_ANSWER, None), None)
        self._engine.complaints.clear()

    # ---- Sorting ----

    def causes(self) -> list[tuple[Cause, list[Failure]]]:
        """Each cause with its failures, in the order found."""
        failures = self.tally.failures
        if not self.tally.passes and all(each.kind is Kind.NO_ANSWER for each in failures):
            return self._without_answers(failures)
        if failures and len(self.tally.passes) < _EVIDENCE:
            self._look_for_evidence()
        by_state = self._depending_on_state(failures)
        steady = [each for each in failures if id(each) not in by_state]
        population = self.tally.examples - len(failures)
        groups, rest = self._triage.sort(steady, self.tally.passes, population)
        of_variants: dict[Variant, list[Failure]] = {}
        for each in rest:
            variant = self._variants.get(id(each))
            if variant is not None:
                of_variants.setdefault(variant, []).append(each)
        groups += [(Cause(variant.rule, None, variant.sentence), each) for variant, each in of_variants.items()]
        ablation = Ablation(self._engine, self._options.reading, request_of)
        groups += ablation.sort([each for each in rest if id(each) not in self._variants])
        for cause in dict.fromkeys(by_state.values()):
            groups.append((cause, [each for each in failures if by_state.get(id(each)) is cause]))
        groups.sort(key=lambda group: self._places[id(group[1][0])])
        self._causes.extend(groups)
        return groups

    def _without_answers(self, failures: Sequence[Failure]) -> list[tuple[Cause, list[Failure]]]:
        """The causes where an engine has answered nothing rightly: no case is any different from the others."""
        groups: dict[str, tuple[Cause, list[Failure]]] = {}
        for each in failures:
            kind = each.reply.kind
            groups.setdefault(kind, (Cause(str(kind), None, NO_ANSWER[kind]), []))[1].append(each)
        self._causes.extend(groups.values())
        return list(groups.values())

    def _look_for_evidence(self) -> None:
        """What an engine does rightly tells causes apart; where little was tried, some more is, and not counted."""

        def take(subject: Subject, cases: Sequence[Mapping[str, Any]]) -> None:
            examples = [example_of(raw, self._options.reading) for raw in cases]
            replies = self._engine.ask([request_of(raw, self._options.reading) for raw in cases])
            for example, reply in zip(examples, replies, strict=True):
                if reply.is_answer and reply.kind is not ReplyKind.UNSUPPORTED and judge(example, reply) is None:
                    self.tally.passes.append(example)
            if not any(reply.is_answer for reply in replies):
                raise Enough

        generate(take, _EVIDENCE, 0, self._options.reading)
        self._engine.complaints.clear()

    def _depending_on_state(self, failures: Sequence[Failure]) -> dict[int, Cause]:
        """Failures that a fresh engine does not show, by identity, with their cause."""
        answered = [each for each in failures if each.kind is not Kind.NO_ANSWER]
        probes = answered[:: max(1, len(answered) // _PROBES)][:_PROBES]
        if all(self._fails_after((), each) for each in probes):
            return {}
        cross = Cause("cross-talk", None, "answers differently after other requests than when it is fresh")
        again = Cause("repeat-evaluation", None, "answers differently when asked the same again")
        found = {}
        for place, each in enumerate(answered):
            if place >= _FRESH or not self._fails_after((), each):
                repeats = self._fails_after((each.example.raw,), each) if place < _FRESH else False
                found[id(each)] = again if repeats else cross
        return found

    def _fails_after(self, preceding: Sequence[Mapping[str, Any]], each: Failure) -> bool:
        """Whether a fresh engine fails on a case that is asked after others."""
        self._engine.restart()
        requests = [request_of(raw, self._options.reading) for raw in (*preceding, each.example.raw)]
        return judge(each.example, self._engine.ask(requests)[-1]) is not None

    # ---- The smallest case ----

    def _group(self, cause: Cause, failures: Sequence[Failure]) -> FailureGroup:
        reading = self._options.reading
        if cause.rule == "repeat-evaluation":
            return group_of(cause, len(failures), failures[0], reading, (failures[0].example.raw,))
        if cause.rule == "cross-talk" and cause.explanation is None and not self._fails_after((), failures[0]):
            return group_of(cause, len(failures), failures[0], reading, self._predecessor_of(failures[0]))
        smallest = smallest_of(cause, failures, self._engine, self._triage, reading, request_of)
        return group_of(cause, len(failures), smallest, reading)

    def _predecessor_of(self, each: Failure) -> tuple[Mapping[str, Any], ...]:
        """The case that must be asked before one that fails only then; none where it takes more than one."""
        place = self._places[id(each)]
        for before in reversed(self._asked[max(0, place - _PREDECESSORS) : place]):
            if self._fails_after((before,), each):
                return (before,)
        return ()
