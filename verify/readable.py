"""Recorded questions for people: their constraints in infix, with what the symbols stand for in their place."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import z3

from vestverify.recording import Question

#: A part of a constraint that occurs more than once in it gets a name from this many operations on.
_WORTH_A_NAME = 6
#: Alternatives that are listed one a line from this number on.
_WORTH_A_LIST = 3

_ATOM, _UNARY, _PRODUCT, _SUM, _COMPARISON, _NOT, _AND, _OR, _IMPLIES = range(9)

#: Operators between their arguments, and how tightly they bind: the lower, the tighter.
_INFIX: dict[int, tuple[str, int]] = {
    z3.Z3_OP_MUL: ("*", _PRODUCT),
    z3.Z3_OP_DIV: ("/", _PRODUCT),
    z3.Z3_OP_IDIV: ("div", _PRODUCT),
    z3.Z3_OP_MOD: ("mod", _PRODUCT),
    z3.Z3_OP_ADD: ("+", _SUM),
    z3.Z3_OP_SUB: ("-", _SUM),
    z3.Z3_OP_EQ: ("=", _COMPARISON),
    z3.Z3_OP_DISTINCT: ("!=", _COMPARISON),
    z3.Z3_OP_LE: ("<=", _COMPARISON),
    z3.Z3_OP_GE: (">=", _COMPARISON),
    z3.Z3_OP_LT: ("<", _COMPARISON),
    z3.Z3_OP_GT: (">", _COMPARISON),
    z3.Z3_OP_AND: ("and", _AND),
    z3.Z3_OP_OR: ("or", _OR),
    z3.Z3_OP_IMPLIES: ("=>", _IMPLIES),
}
#: What a comparison says where it does not hold.
_OPPOSITES = {
    z3.Z3_OP_EQ: "!=",
    z3.Z3_OP_LE: ">",
    z3.Z3_OP_GE: "<",
    z3.Z3_OP_LT: ">=",
    z3.Z3_OP_GT: "<=",
}
_ASSOCIATIVE = (z3.Z3_OP_ADD, z3.Z3_OP_AND, z3.Z3_OP_OR)


@dataclasses.dataclass(frozen=True, slots=True)
class Readable:
    """A question as people read it.

    Attributes:
        declarations: what the solver chooses, with the kind of each; those without a meaning by their names.
        assumptions: what is taken as given, one constraint a line.
        claims: what is held against it.
    """

    declarations: tuple[str, ...]
    assumptions: tuple[str, ...]
    claims: tuple[str, ...]


def readable(question: Question) -> Readable:
    """Write a question's constraints in infix."""
    terms = list(z3.parse_smt2_string(question.written.text, ctx=z3.Context()))
    assumptions, claims = terms[: question.written.assumptions], terms[question.written.assumptions :]
    declared: dict[str, str] = {}
    for term in (*assumptions, *claims):
        declared |= {each.decl().name(): str(each.sort()) for each in _postorder(term) if _is_symbol(each)}
    words = {symbol: question.meaning(symbol) or symbol for symbol in declared}
    return Readable(
        tuple(f"{words[symbol]}: {_SORTS.get(sort, sort)}" for symbol, sort in declared.items()),
        tuple(line for term in assumptions for line in _lines(term, words)),
        tuple(line for term in claims for line in _lines(term, words)),
    )


_SORTS = {"Bool": "yes or no", "Int": "whole number", "Real": "number"}


def _is_symbol(term: z3.ExprRef) -> bool:
    return bool(z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED)


def _lines(term: z3.BoolRef, words: dict[str, str]) -> Iterator[str]:
    waiting = [term]
    while waiting:
        current = waiting.pop()
        if z3.is_and(current):
            waiting.extend(reversed(current.children()))
        elif z3.is_or(current) and current.num_args() >= _WORTH_A_LIST:
            yield "one of these:"
            yield from (f"  {line}" for each in current.children() for line in _line(each, words))
        elif not z3.is_true(current):
            yield from _line(current, words)


def _line(term: z3.BoolRef, words: dict[str, str]) -> Iterator[str]:
    order = _postorder(term)
    uses = Counter(child.get_id() for each in order for child in each.children())
    sizes: dict[int, int] = {}
    written: dict[int, tuple[str, int]] = {}
    names: list[str] = []
    named: set[int] = set()
    for each in order:
        identity = each.get_id()
        sizes[identity] = 1 + sum(sizes[child.get_id()] for child in each.children())
        negated = each.arg(0) if z3.is_not(each) and each.arg(0).get_id() not in named else None
        if negated is not None and negated.decl().kind() in _OPPOSITES:
            inside = [_within(written[child.get_id()], _COMPARISON - 1) for child in negated.children()]
            written[identity] = f" {_OPPOSITES[negated.decl().kind()]} ".join(inside), _COMPARISON
        else:
            written[identity] = _text(each, [written[child.get_id()] for child in each.children()], words)
        if uses[identity] > 1 and sizes[identity] >= _WORTH_A_NAME:
            name = f"[{len(names) + 1}]"
            named.add(identity)
            names.append(f"  where {name} is {written[identity][0]}")
            written[identity] = name, _ATOM
            sizes[identity] = 1
    yield written[term.get_id()][0]
    yield from names


def _postorder(term: z3.ExprRef) -> list[z3.ExprRef]:
    """All parts of a term, each once and after its own parts."""
    order: list[z3.ExprRef] = []
    seen: set[int] = set()
    waiting: list[tuple[z3.ExprRef, bool]] = [(term, False)]
    while waiting:
        current, done = waiting.pop()
        if done:
            order.append(current)
        elif current.get_id() not in seen:
            seen.add(current.get_id())
            waiting.append((current, True))
            waiting.extend((child, False) for child in reversed(current.children()))
    return order


def _text(term: z3.ExprRef, parts: Sequence[tuple[str, int]], words: dict[str, str]) -> tuple[str, int]:
    kind = term.decl().kind()
    if _is_symbol(term):
        return words[term.decl().name()], _ATOM
    if z3.is_int_value(term) or z3.is_rational_value(term):
        text = str(term.as_fraction()) if z3.is_rational_value(term) else str(term)
        return text, _PRODUCT if "/" in text else _UNARY if text.startswith("-") else _ATOM
    if kind == z3.Z3_OP_DIV and all(z3.is_rational_value(each) for each in term.children()):
        return "/".join(text for text, _ in parts), _PRODUCT
    if kind in _OTHERS:
        return _OTHERS[kind](parts)
    if kind in _INFIX:
        operator, binding = _INFIX[kind]
        looser = kind in _ASSOCIATIVE
        inside = [_within(part, binding if number == 0 or looser else binding - 1) for number, part in enumerate(parts)]
        if kind == z3.Z3_OP_IMPLIES:
            inside = [_within(part, binding - 1) for part in parts]
        return (f" {operator} ".join(inside), binding) if inside else ("nothing", _ATOM)
    return f"{term.decl().name()}({', '.join(text for text, _ in parts)})" if parts else str(term.decl().name()), _ATOM


def _within(part: tuple[str, int], binding: int) -> str:
    text, own = part
    return text if own <= binding else f"({text})"


_OTHERS: dict[int, Callable[[Sequence[tuple[str, int]]], tuple[str, int]]] = {
    z3.Z3_OP_TRUE: lambda parts: ("true", _ATOM),
    z3.Z3_OP_FALSE: lambda parts: ("false", _ATOM),
    z3.Z3_OP_NOT: lambda parts: (f"not {_within(parts[0], _NOT)}", _NOT),
    z3.Z3_OP_UMINUS: lambda parts: (f"-{_within(parts[0], _UNARY)}", _UNARY),
    z3.Z3_OP_TO_REAL: lambda parts: parts[0],
    z3.Z3_OP_TO_INT: lambda parts: (f"floor({parts[0][0]})", _ATOM),
    z3.Z3_OP_ITE: lambda parts: (f"(if {parts[0][0]} then {parts[1][0]} else {parts[2][0]})", _ATOM),
}
