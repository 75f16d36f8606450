"""The smallest case of each group of failures, and how the group is told to people and machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vestverify.engine.reading import Reading
from vestverify.fuzz_results import FailureGroup
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.examples import example_of
from vestverify.fuzzing.failures import actual_answer, case_under, expected_answer, identifier_of
from vestverify.fuzzing.invariants import broken_invariants
from vestverify.fuzzing.judging import Failure, Kind, judge
from vestverify.fuzzing.replies import ReplyKind
from vestverify.fuzzing.shrinking import shrink, size_of
from vestverify.fuzzing.triage import Cause, Triage, evident_cause

_MOST_REQUESTS = 600
#: What shows only beside another case; the case itself is then not made smaller.
_INVARIANTS = ("cross-talk", "repeat-evaluation", "order-independence", "id-renaming")
#: Candidates asked per group where every request may cost a time limit, or a new process.
_FEW_REQUESTS = {ReplyKind.SILENT: 0, ReplyKind.TOO_MUCH_MEMORY: 0, ReplyKind.FLOODED: 10, ReplyKind.DIED: 120}


def smallest_of(
    cause: Cause,
    failures: Sequence[Failure],
    engine: Engine,
    triage: Triage,
    reading: Reading,
    request_of: Callable[[Mapping[str, Any], Reading], dict[str, Any]],
) -> Failure:
    """The smallest failing case that shows a cause.

    Args:
        cause: what the failures are put down to.
        failures: one or more.
        engine: is asked about smaller cases.
        triage: tells whether a smaller case still has the cause.
        reading: which published answers the engine is held to.
        request_of: makes a request of a case.
    """
    shown = [each for each in failures if cause.explanation is None or triage.explains(cause.explanation, each)]
    first = min(shown or failures, key=lambda each: size_of(each.example.raw))
    if cause.rule in _INVARIANTS and cause.explanation is None:
        return first
    wanted = _key(first)
    found = [first]

    def first_failing(cases: Sequence[Mapping[str, Any]]) -> int | None:
        examples = [example_of(raw, reading) for raw in cases]
        replies = engine.ask([request_of(raw, reading) for raw in cases])
        for place, (example, reply) in enumerate(zip(examples, replies, strict=True)):
            failure = judge(example, reply)
            if failure is None or failure.kind is not first.kind:
                continue
            if triage.explains(cause.explanation, failure) if cause.explanation else _key(failure) == wanted:
                found.append(failure)
                return place
        return None

    most = _FEW_REQUESTS.get(first.reply.kind, _MOST_REQUESTS) if first.kind is Kind.NO_ANSWER else _MOST_REQUESTS
    shrink(first.example.raw, first_failing, most)
    return found[-1]


def _key(failure: Failure) -> tuple[str, ...] | None:
    evident = evident_cause(failure)
    return None if evident is None else evident.key


def group_of(
    cause: Cause, count: int, failure: Failure, reading: Reading, preceding: Sequence[Mapping[str, Any]] = ()
) -> FailureGroup:
    """A group as a result.

    Args:
        cause: what its failures are put down to.
        count: how many there are.
        failure: the smallest.
        reading: which published answers the engine is held to.
        preceding: cases asked before it, without which it does not show.
    """
    example = failure.example
    case = case_under(example.raw, reading)
    case.setdefault("transactions", [])
    identifier = identifier_of(case)
    case["name"] = identifier
    return FailureGroup(
        identifier=identifier,
        rule=cause.rule,
        code=cause.code,
        sentence=f"the engine {cause.sentence}",
        count=count,
        explained_by_reading=cause.reading,
        case=case,
        expected=expected_answer(example.expected),
        actual=actual_answer(failure.reply),
        preceding=tuple(preceding),
        breaks=() if example.case is None else broken_invariants(example.case, failure.reply.rows),
    )
