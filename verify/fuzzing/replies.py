"""What an engine said to a request, read defensively (machine contract, section 4; OUT-1).

An engine under test may answer anything. ``read_answer`` makes a ``Reply`` of it and never raises; what the
contract does not allow but can still be read is read, and noted.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from vestverify.engine.calendar import parse_day
from vestverify.engine.numeric import MAXIMUM_NUMERIC_LENGTH
from vestverify.json_text import HugeNumber

#: Longest ``problem`` and other text that a reply repeats, in characters.
MAXIMUM_TEXT = 300
#: Errors of one answer that are kept.
MAXIMUM_ERRORS = 100


class ReplyKind(StrEnum):
    """The kinds of replies: three answers, then the failures."""

    SCHEDULE = "schedule"
    ERRORS = "errors"
    UNSUPPORTED = "unsupported"
    #: No answer in time.
    SILENT = "silent"
    #: The process ended before it answered.
    DIED = "died"
    #: What came is no answer.
    RUBBISH = "rubbish"
    #: More than one answer to one request.
    ANSWERED_TWICE = "answered-twice"
    #: An answer to something that was not asked.
    UNKNOWN_ID = "unknown-id"
    TOO_MUCH_MEMORY = "too-much-memory"
    #: Output without end.
    FLOODED = "flooded"


class Form(StrEnum):
    """Ways in which a schedule that can be read breaks the form of the contract."""

    NOT_CHRONOLOGICAL = "rows are not in chronological order"
    SEVERAL_ROWS_A_DAY = "two rows have the same date"
    ZERO_ROW = "a row has zero shares"
    DATE_WITH_TIME = "a date has a time of day"
    DATE_NOT_TEXT = "a date is not a string"
    QUANTITY_NOT_TEXT = "a quantity is not a string"
    QUANTITY_AS_FLOAT = "a quantity is a number with a floating point"
    QUANTITY_NOT_PLAIN = "a quantity is not written as a plain decimal"
    QUANTITY_NOT_REDUCED = "a quantity is a fraction that is not in lowest terms or has an exact decimal"
    ERROR_NOT_OBJECT = "an error is not an object"


class Row(NamedTuple):
    """``shares`` vest on ``day`` (a day number of ``vestverify.engine.calendar``)."""

    day: int
    shares: Fraction


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What an engine said to one request.

    Attributes:
        kind: an answer (``SCHEDULE``, ``ERRORS``, ``UNSUPPORTED``) or the way in which there is none.
        rows: the schedule as given, in the order given.
        errors: ``code``, ``condition_id``, ``transaction_id`` and ``message`` of each, None where missing.
        feature: what an engine without support for the request names.
        vested: shares vested as of the request's day, where the answer says so.
        unvested: shares unvested as of that day, likewise.
        exercisable: shares exercisable as of that day, likewise.
        problem: for failures, what is wrong, in a sentence of at most ``MAXIMUM_TEXT`` printable characters.
        form: ways in which an answer that can be read breaks the form (OUT-1), members of ``Form``.
    """

    kind: ReplyKind
    rows: tuple[Row, ...] = ()
    errors: tuple[Mapping[str, str | None], ...] = ()
    feature: str = ""
    vested: Fraction | None = None
    unvested: Fraction | None = None
    exercisable: Fraction | None = None
    problem: str = ""
    form: tuple[str, ...] = ()

    @property
    def is_answer(self) -> bool:
        """Whether the engine answered, with a schedule, errors or by saying that it does not support this."""
        return self.kind in (ReplyKind.SCHEDULE, ReplyKind.ERRORS, ReplyKind.UNSUPPORTED)


def failure(kind: ReplyKind, problem: str) -> Reply:
    """A reply that is no answer; the problem is made printable and cut to ``MAXIMUM_TEXT``."""
    return Reply(kind, problem=printable(problem))


def printable(text: str, limit: int = MAXIMUM_TEXT) -> str:
    """Text on one line with everything unprintable escaped.

    Args:
        text: any text.
        limit: characters from which on it is cut.
    """
    shown = "".join(each if each.isprintable() else _escaped(each) for each in text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def quoted(value: Any, limit: int = 80) -> str:
    """A value as an engine gave it, short and printable, whatever it is."""
    if isinstance(value, HugeNumber):
        return value.words
    if isinstance(value, str):
        return f"'{printable(value, limit)}'"
    if isinstance(value, int) and abs(value) > 10**limit:
        return "a number with very many digits"
    try:
        return printable(repr(value), limit)
    except Exception:
        return f"a value of type {type(value).__name__}"


def parse_line(line: bytes) -> Any:
    """The JSON value of a line; decimals stay exact, and numbers too long to compute with stay text.

    Args:
        line: one line of output, without its end.

    Raises:
        ValueError: the line is not JSON in UTF-8, or nested too deep.
    """
    try:
        return _DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON: {error.msg} at character {error.pos + 1:,}") from None


def read_answer(value: Any) -> Reply:
    """Read an answer.

    Args:
        value: what the engine said, as JSON values (decimals as Decimal or float) or any Python value at all.

    Returns:
        The answer, or a reply of kind ``RUBBISH`` whose ``problem`` says why it is none. The ``id`` is not looked
        at. Never raises.
    """
    try:
        return _read(value)
    except _Rubbish as error:
        return failure(ReplyKind.RUBBISH, str(error))
    except Exception as error:
        return failure(ReplyKind.RUBBISH, f"the answer cannot be read: {type(error).__name__}")


class _Rubbish(ValueError):
    """Why an answer is none."""


def _read(value: Any) -> Reply:
    if not isinstance(value, Mapping):
        raise _Rubbish(f"the answer is not an object but {quoted(value)}")
    given = [name for name in ("schedule", "errors", "unsupported") if value.get(name) is not None]
    if len(given) != 1:
        found = "none" if not given else " and ".join(given)
        raise _Rubbish(f"an answer has one of schedule, errors and unsupported; this one has {found}")
    content = value[given[0]]
    if given[0] == "unsupported":
        if not isinstance(content, str):
            raise _Rubbish(f"unsupported names a feature as a string, not {quoted(content)}")
        return Reply(ReplyKind.UNSUPPORTED, feature=printable(content))
    if not isinstance(content, list | tuple):
        raise _Rubbish(f"{given[0]} is not a list but {quoted(content)}")
    form: set[Form] = set()
    if given[0] == "errors":
        if not content:
            raise _Rubbish("an answer with an empty list of errors says nothing")
        errors = tuple(_error(each, form) for each in content[:MAXIMUM_ERRORS])
        return Reply(ReplyKind.ERRORS, errors=errors, form=_in_order(form))
    rows = tuple(_row(number, each, form) for number, each in enumerate(content))
    days = [row.day for row in rows]
    if days != sorted(days):
        form.add(Form.NOT_CHRONOLOGICAL)
    if len(set(days)) < len(days):
        form.add(Form.SEVERAL_ROWS_A_DAY)
    if not all(row.shares for row in rows):
        form.add(Form.ZERO_ROW)
    vested, unvested, exercisable = (_as_of(value, name, form) for name in ("vested", "unvested", "exercisable"))
    return Reply(
        ReplyKind.SCHEDULE,
        rows=rows,
        vested=vested,
        unvested=unvested,
        exercisable=exercisable,
        form=_in_order(form),
    )


def _in_order(form: set[Form]) -> tuple[str, ...]:
    return tuple(each for each in Form if each in form) if form else ()


def _error(value: Any, form: set[Form]) -> Mapping[str, str | None]:
    names = ("code", "condition_id", "transaction_id", "message")
    if not isinstance(value, Mapping):
        form.add(Form.ERROR_NOT_OBJECT)
        return {**dict.fromkeys(names), "message": printable(value) if isinstance(value, str) else quoted(value)}
    given = {name: value.get(name) for name in names}
    return {
        name: each if each is None else printable(each) if isinstance(each, str) else quoted(each)
        for name, each in given.items()
    }


def _row(number: int, value: Any, form: set[Form]) -> Row:
    if type(value) is not dict and not isinstance(value, Mapping):
        raise _Rubbish(f"row {number} of the schedule is not an object but {quoted(value)}")
    for name in ("date", "quantity"):
        if name not in value:
            raise _Rubbish(f"row {number} of the schedule has no {name}")
    try:
        day = _day(value["date"], form)
    except ValueError:
        raise _Rubbish(f"the date of row {number} is not written YYYY-MM-DD but {quoted(value['date'])}") from None
    try:
        return Row(day, _quantity(value["quantity"], form))
    except ValueError as error:
        raise _Rubbish(f"the quantity of row {number} is {error}: {quoted(value['quantity'])}") from None


def _as_of(value: Mapping[str, Any], name: str, form: set[Form]) -> Fraction | None:
    given = value.get(name)
    try:
        return None if given is None else _quantity(given, form)
    except ValueError as error:
        raise _Rubbish(f"{name} is {error}: {quoted(given)}") from None


def _day(value: Any, form: set[Form]) -> int:
    if isinstance(value, str):
        day, note = _day_of(value)
    elif isinstance(value, datetime.date):
        day, note = value.toordinal(), Form.DATE_NOT_TEXT
    else:
        raise ValueError("neither text nor a date")
    if note is not None:
        form.add(note)
    return day


@functools.lru_cache(maxsize=8192)
def _day_of(text: str) -> tuple[int, Form | None]:
    if len(text) > 10 and _TIME_OF_DAY.fullmatch(text, 10):
        return parse_day(text[:10]), Form.DATE_WITH_TIME
    return parse_day(text), None


_TIME_OF_DAY = re.compile(r"[Tt ][0-9:.+\-Zz ]{0,40}", re.ASCII)


def _quantity(value: Any, form: set[Form]) -> Fraction:
    shares, note = _shares_of(value) if isinstance(value, str) else _shares_of_number(value)
    if note is not None:
        form.add(note)
    return shares


_NO_NUMBER = "not an exact decimal or p/q"
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_RATIO = re.compile(r"([+-]?[0-9]+)/([0-9]+)", re.ASCII)
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*", re.ASCII)


@functools.lru_cache(maxsize=8192)
def _shares_of(text: str) -> tuple[Fraction, Form | None]:
    if len(text) > MAXIMUM_NUMERIC_LENGTH:
        raise ValueError(f"longer than the {MAXIMUM_NUMERIC_LENGTH} characters that are read")
    if _PLAIN.fullmatch(text):
        return Fraction(text), None
    ratio = _RATIO.fullmatch(text)
    if ratio is not None:
        numerator, denominator = int(ratio[1]), int(ratio[2])
        if denominator == 0:
            raise ValueError("a fraction with the denominator 0")
        shares = Fraction(numerator, denominator)
        is_reduced = shares.denominator == denominator and not _has_decimal(denominator)
        return shares, None if is_reduced else Form.QUANTITY_NOT_REDUCED
    if _DECIMAL.fullmatch(text):
        return _exactly(Decimal(text.strip())), Form.QUANTITY_NOT_PLAIN
    raise ValueError(_NO_NUMBER)


def _has_decimal(denominator: int) -> bool:
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _shares_of_number(value: Any) -> tuple[Fraction, Form]:
    if isinstance(value, bool):
        raise ValueError(_NO_NUMBER)
    if isinstance(value, int):
        if value.bit_length() > 4 * MAXIMUM_NUMERIC_LENGTH:
            raise ValueError(f"longer than the {MAXIMUM_NUMERIC_LENGTH} characters that are read")
        return Fraction(value), Form.QUANTITY_NOT_TEXT
    if isinstance(value, Fraction):
        return value, Form.QUANTITY_NOT_TEXT
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a finite number")
        # The shortest decimal is what the engine would have printed.
        return Fraction(repr(value)), Form.QUANTITY_AS_FLOAT
    if isinstance(value, Decimal):
        return _exactly(value), Form.QUANTITY_AS_FLOAT
    raise ValueError(_NO_NUMBER)


def _exactly(value: Decimal) -> Fraction:
    if not value.is_finite():
        raise ValueError("not a finite number")
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if len(digits) > MAXIMUM_NUMERIC_LENGTH or abs(int(exponent)) > MAXIMUM_NUMERIC_LENGTH:
        raise ValueError(f"longer than the {MAXIMUM_NUMERIC_LENGTH} characters that are read")
    return Fraction(value)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _whole_number(token: str) -> int | HugeNumber:
    return int(token) if len(token) <= MAXIMUM_NUMERIC_LENGTH else HugeNumber(token)


def _decimal_number(token: str) -> Decimal | HugeNumber:
    try:
        return Decimal(token) if len(token) <= MAXIMUM_NUMERIC_LENGTH else HugeNumber(token)
    except ArithmeticError:
        return HugeNumber(token)


_DECODER = json.JSONDecoder(parse_int=_whole_number, parse_float=_decimal_number)
