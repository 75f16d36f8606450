"""What the solver was asked: the questions with their assertions and answers, for whoever wants to look."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vestverify.smt_lib import Written
    from vestverify.solver import Satisfiability


@dataclasses.dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Question:
    """One question to the solver, as it was asked.

    Attributes:
        about: what a model would be, as a noun phrase: "an execution that enters 'cliff'".
        query: number of the query; several questions of one query differ by what was asserted in between.
        answer: whether there is a model.
        reason: why that is not known, or ``""``.
        units: resource units used, those for showing that the assumptions have a model included.
        written: what was asserted: assumptions, and the claims that they are held against, if any.
        is_relied_upon: whether a verdict can rest on the answer being unsatisfiable.
        assumptions_hold: whether the assumptions were shown to have a model; None where nothing depended on it.
        meaning: what a symbol stands for in words, or ``""``.
    """

    about: str
    query: int
    answer: Satisfiability
    reason: str
    units: int
    written: Written
    is_relied_upon: bool
    assumptions_hold: bool | None
    meaning: Callable[[str], str]


_COLLECTED: ContextVar[list[Question] | None] = ContextVar("questions", default=None)


@contextlib.contextmanager
def recording() -> Iterator[list[Question]]:
    """Collect the questions asked inside the block, in order; an enclosing recording gets them, too."""
    questions: list[Question] = []
    enclosing = _COLLECTED.set(questions)
    try:
        yield questions
    finally:
        _COLLECTED.reset(enclosing)
        record(questions)


@contextlib.contextmanager
def recording_into(kept: list[Question]) -> Iterator[None]:
    """Keep the questions asked inside the block in a list as well, where anybody collects them at all."""
    if not is_recording():
        yield
        return
    with recording() as questions:
        try:
            yield
        finally:
            kept.extend(questions)


def is_recording() -> bool:
    """Whether anybody collects questions."""
    return _COLLECTED.get() is not None


def record(questions: Iterable[Question]) -> None:
    """Hand questions to whoever collects them; for answers that are used again, also a second time."""
    collected = _COLLECTED.get()
    if collected is not None:
        collected.extend(questions)
