"""Whether an engine's reply is what the reference engine says, and if not, what kind of difference it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction

from vestverify.fuzzing.examples import Example
from vestverify.fuzzing.replies import Reply, ReplyKind, Row


class Kind(StrEnum):
    """How an engine's reply differs."""

    #: There is no answer: silence, a crash, rubbish.
    NO_ANSWER = "no-answer"
    #: A defective case is given a schedule.
    ACCEPTED = "accepted"
    #: A sound case is refused.
    REFUSED = "refused"
    #: Other shares, or other days.
    SCHEDULE = "schedule"
    #: The schedule is right; what has vested as of the case's day is not.
    AS_OF = "as-of"
    #: Everything is right but the form of the answer (OUT-1).
    FORM = "form"


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """One case on which an engine differs from the reference engine.

    Attributes:
        example: the case, and what the reference engine says.
        reply: what the engine said.
        kind: how they differ.
        rows: the schedule that the engine gave, in the form of the contract; None where it gave none.
    """

    example: Example
    reply: Reply
    kind: Kind
    rows: tuple[Row, ...] | None


def judge(example: Example, reply: Reply) -> Failure | None:
    """Compare a reply with what the reference engine says.

    Args:
        example: the case.
        reply: what the engine said.

    Returns:
        How they differ; None where they agree, where the engine does not support the case, and where the reference
        engine does not.
    """
    expected = example.expected
    rows = normal(reply.rows) if reply.kind is ReplyKind.SCHEDULE else None
    if not reply.is_answer:
        return Failure(example, reply, Kind.NO_ANSWER, None)
    if reply.kind is ReplyKind.UNSUPPORTED or expected.unsupported is not None:
        return None
    if expected.codes:
        return None if rows is None else Failure(example, reply, Kind.ACCEPTED, rows)
    if rows is None:
        return Failure(example, reply, Kind.REFUSED, None)
    if rows != expected.rows:
        return Failure(example, reply, Kind.SCHEDULE, rows)
    for given, wanted in (
        (reply.vested, expected.vested),
        (reply.unvested, expected.unvested),
        (reply.exercisable, expected.exercisable),
    ):
        if given is not None and wanted is not None and given != wanted:
            return Failure(example, reply, Kind.AS_OF, rows)
    return Failure(example, reply, Kind.FORM, rows) if reply.form else None


def normal(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows in the form of the contract: chronological, one a day, none of zero shares (OUT-1)."""
    by_day: dict[int, Fraction] = {}
    for row in rows:
        by_day[row.day] = by_day.get(row.day, Fraction(0)) + row.shares
    return tuple(Row(day, shares) for day, shares in sorted(by_day.items()) if shares)
