"""Recorded questions as SMT-LIB 2 scripts that stand for themselves and that any solver runs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import z3

if TYPE_CHECKING:
    from vestverify.recording import Question

_DECLARATION = re.compile(r"^\(declare-fun (\|[^|]*\||[^ ]+) \(\) (\w+)\)$", re.MULTILINE)
_FRACTION = re.compile(r"\(/ |[0-9]\.[0-9]")
_ASSERTION = re.compile(r"^\(assert", re.MULTILINE)

#: Logics of SMT-LIB by whether there are integers and reals; division by constants is all that is beyond linear.
_LOGICS = {(False, False): "QF_UF", (True, False): "QF_LIA", (False, True): "QF_LRA", (True, True): "QF_LIRA"}


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """Assertions as text, which takes little room and needs no solver.

    Attributes:
        text: declarations and assertions in SMT-LIB 2: the assumptions first, then the claims.
        assumptions, claims: how many there are of each.
    """

    text: str
    assumptions: int
    claims: int


def write(assumptions: Sequence[z3.BoolRef], claims: Sequence[z3.BoolRef]) -> Written:
    """Write assertions; the same text for the same ones, whatever the process asked before."""
    # In a context of its own, so that the names of shared terms depend on the assertions alone.
    context = z3.Context()
    asserted = [each.translate(context) for each in (*assumptions, *claims)]
    *others, last = asserted or [z3.BoolVal(True, context)]
    references = (z3.Ast * len(others))(*(each.as_ast() for each in others))
    text: str = z3.Z3_benchmark_to_smtlib_string(
        context.ref(), "", "", "unknown", "", len(others), references, last.as_ast()
    )
    return Written(text, len(assumptions), len(claims))


def script_of(question: Question) -> str:
    """Write a question as a script.

    Args:
        question: as it was recorded.

    Returns:
        SMT-LIB 2.6 with a line feed at the end: a heading in comments, declarations, assumptions, claims and
        ``check-sat``, the same text for the same question whatever the process asked before.
    """
    written = question.written
    declared = _DECLARATION.findall(written.text)
    starts = [found.start() for found in _ASSERTION.finditer(written.text)]
    end = written.text.rindex("(check-sat)")
    middle = starts[written.assumptions] if written.claims else end
    lines = [
        *(f"; {line}" for line in _heading(question, [_plain(symbol) for symbol, _ in declared])),
        "(set-info :smt-lib-version 2.6)",
        f"(set-logic {_logic({sort for _, sort in declared}, written.text)})",
        f"(set-info :status {question.answer.value})",
        *(f"(declare-fun {symbol} () {sort})" for symbol, sort in declared),
    ]
    if written.assumptions:
        lines += ["; assumptions", written.text[starts[0] : middle].rstrip()]
    if written.claims:
        lines += ["; the claim", written.text[middle:end].rstrip()]
    return "\n".join((*lines, "(check-sat)", "(exit)")) + "\n"


def _logic(sorts: set[str], body: str) -> str:
    reals = "Real" in sorts or "to_real" in body or _FRACTION.search(body) is not None
    return _LOGICS["Int" in sorts, reals]


def _heading(question: Question, symbols: list[str]) -> Iterator[str]:
    about = question.about or "what is asserted"
    yield f"Is there {about}?"
    yield f"sat: yes. unsat: no{', while the assumptions alone have a model' if question.assumptions_hold else ''}."
    meanings = [(symbol, question.meaning(symbol)) for symbol in symbols]
    explained = [f"  {symbol}: {meaning}" for symbol, meaning in meanings if meaning]
    if explained:
        yield "What the symbols stand for; months are counted from January of year 0, days are days of the month:"
        yield from sorted(explained)


def _plain(symbol: str) -> str:
    return symbol.removeprefix("|").removesuffix("|")
