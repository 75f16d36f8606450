"""Formulas of ``month`` in the sales columns of an allocation table: exact arithmetic, read by a parser of its own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from fractions import Fraction

#: Longest formula that is read, in characters, and deepest nesting of parentheses, signs and functions.
MAXIMUM_LENGTH = 500
MAXIMUM_DEPTH = 50

_TOKEN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<name>[^\W\d]\w*)|(?P<sign>[-+*/(),%=])")
_BLANK = re.compile(r"\s*")
_FUNCTIONS: dict[str, Callable[[list[Fraction]], Fraction]] = {"min": min, "max": max}

_OfMonth = Callable[[int], Fraction]


class FormulaError(ValueError):
    """A text that is no formula, or a formula without a value.

    Attributes:
        position: characters before the place that is wrong.
        reason: what is wrong, in words, without the place.
    """

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Formula:
    """A formula: call it with a month of the simulation, 0 or later, for its exact value.

    Attributes:
        text: as written.
        is_constant: whether it does not name ``month``.
        has_percent_sign: whether a number in it carries a percent sign, which does not change its value: 5% is 5.
    """

    text: str
    is_constant: bool
    has_percent_sign: bool
    _value: _OfMonth = dataclasses.field(repr=False, compare=False)

    def __call__(self, month: int) -> Fraction:
        """The value in a month.

        Raises:
            FormulaError: it divides by zero in this month; the reason names the month.
        """
        return self._value(month)


def parse_formula(text: str) -> Formula:
    """Read a formula.

    Decimal numbers, ``+ - * /``, parentheses, ``month``, ``min(...)`` and ``max(...)``, with or without an equals sign
    before it. Names are read in either case. A percent sign after a number says its unit: ``5%`` is 5.

    Args:
        text: the formula.

    Raises:
        FormulaError: the text is no formula, is too long or nested too deep.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise FormulaError(
            MAXIMUM_LENGTH, f"the formula is longer than the {MAXIMUM_LENGTH:,} characters that are read"
        )
    parser = _Parser(text)
    value = parser.whole()
    return Formula(text, not parser.names_month, parser.has_percent_sign, value)


@dataclasses.dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = _end_of_blank(text, 0)
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(position, f"{text[position]!r} has no meaning in a formula")
        tokens.append(_Token(match.lastgroup or "", match[0].lower(), position))
        position = _end_of_blank(text, match.end())
    return [*tokens, _Token("end", "", len(text))]


def _end_of_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return position if match is None else match.end()


class _Parser:
    """Recursive descent: a sum of products of signed values."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0
        self.names_month = False
        self.has_percent_sign = False

    def whole(self) -> _OfMonth:
        self._take("=")
        value = self._sum()
        token = self._token
        if token.kind != "end":
            raise FormulaError(token.position, f"an operator or the end is expected before {token.text!r}")
        return value

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, *signs: str) -> _Token | None:
        token = self._token
        if token.kind != "sign" or token.text not in signs:
            return None
        self._next += 1
        return token

    def _sum(self) -> _OfMonth:
        value = self._product()
        while sign := self._take("+", "-"):
            value = _added(value, self._product()) if sign.text == "+" else _subtracted(value, self._product())
        return value

    def _product(self) -> _OfMonth:
        value = self._signed()
        while sign := self._take("*", "/"):
            if sign.text == "*":
                value = _multiplied(value, self._signed())
            else:
                value = _divided(value, self._signed(), sign.position)
        return value

    def _signed(self) -> _OfMonth:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise FormulaError(self._token.position, f"the formula is nested more than {MAXIMUM_DEPTH} deep")
        if sign := self._take("-", "+"):
            value = self._signed()
            if sign.text == "-":
                value = _negated(value)
        else:
            value = self._value()
        self._depth -= 1
        return value

    def _value(self) -> _OfMonth:
        token = self._token
        if self._take("("):
            value = self._sum()
            self._close(token)
            return value
        if token.kind == "number":
            self._next += 1
            if self._take("%"):
                self.has_percent_sign = True
            return _constant(Fraction(token.text))
        if token.kind == "name":
            self._next += 1
            return self._named(token)
        found = "the formula ends" if token.kind == "end" else f"{token.text!r} stands"
        raise FormulaError(token.position, f"{found} where a number, 'month' or a parenthesis is expected")

    def _named(self, token: _Token) -> _OfMonth:
        if token.text == "month":
            self.names_month = True
            return Fraction
        function = _FUNCTIONS.get(token.text)
        if function is None:
            reason = f"{token.text!r} has no meaning here; a formula knows 'month', 'min' and 'max'"
            raise FormulaError(token.position, reason)
        opening = self._token
        if not self._take("("):
            raise FormulaError(opening.position, f"a parenthesis is expected after {token.text!r}")
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._close(opening)
        return _chosen(function, values)

    def _close(self, opening: _Token) -> None:
        if not self._take(")"):
            reason = (
                "this parenthesis is never closed" if self._token.kind == "end" else "a closing parenthesis is expected"
            )
            raise FormulaError((opening if self._token.kind == "end" else self._token).position, reason)


def _constant(value: Fraction) -> _OfMonth:
    return lambda month: value


def _added(left: _OfMonth, right: _OfMonth) -> _OfMonth:
    return lambda month: left(month) + right(month)


def _subtracted(left: _OfMonth, right: _OfMonth) -> _OfMonth:
    return lambda month: left(month) - right(month)


def _multiplied(left: _OfMonth, right: _OfMonth) -> _OfMonth:
    return lambda month: left(month) * right(month)


def _divided(left: _OfMonth, right: _OfMonth, position: int) -> _OfMonth:
    def value(month: int) -> Fraction:
        divisor = right(month)
        if divisor == 0:
            raise FormulaError(position, f"it divides by zero in month {month}")
        return left(month) / divisor

    return value


def _negated(value: _OfMonth) -> _OfMonth:
    return lambda month: -value(month)


def _chosen(function: Callable[[list[Fraction]], Fraction], values: list[_OfMonth]) -> _OfMonth:
    return lambda month: function([value(month) for value in values])
