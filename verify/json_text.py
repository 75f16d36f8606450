"""JSON text from untrusted files: strict reading, duplicate keys, and where each value stands.

Source: RFC 8259 (JSON), RFC 6901 (JSON Pointer). The standard library's parser gives the values; it is
silent on duplicate keys, takes NaN, and knows no places, which is what the scanner here is for.
Every function takes time linear in the length of the text.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import Any

from vestverify.results import Position

#: Largest document that is read, in bytes; ``vestverify.documents`` refuses larger ones unread.
MAXIMUM_BYTES = 64 * 1024 * 1024

#: Deepest nesting of objects and lists that is read; OCF's own documents need fewer than ten levels.
MAXIMUM_DEPTH = 200

#: Longest number that becomes a Python number, in characters, and largest exponent either way.
MAXIMUM_NUMBER_LENGTH = 400

#: Duplicate keys that are listed; no further ones are looked for.
MAXIMUM_DUPLICATE_KEYS = 100
_MAXIMUM_DUPLICATE_POINTERS_LENGTH = 100_000

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'  # an unclosed string runs to the end, so that no character is read twice
_TOKEN = re.compile(rf'({_STRING})([ \t\n\r]*+:)?|([\[{{])|([\]}}])|([^\s,:"\[\]{{}}]++)', re.DOTALL)
_STRUCTURE = re.compile(rf"{_STRING}|([\[{{]++)|([\]}}]++)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89A-Fa-f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_NOT_BLANK = re.compile(r"[^ \t\n\r]")
_NUMBER_CHARACTERS = frozenset("0123456789+-.eE")

_MAGIC = (
    (b"PK\x03\x04", "this is a ZIP archive (or an office document, which is one), not JSON text; extract it first"),
    (b"\x1f\x8b", "this is a gzip archive, not JSON text; decompress it first"),
    (b"%PDF-", "this is a PDF document, not JSON text"),
)


class UnreadableText(ValueError):
    """Text or bytes that are not the JSON that is read here.

    Attributes:
        reason: what is wrong, in words, without the place.
        offset: where: in bytes when raised by ``decode``, in code points when raised by ``parse``; None
            where no one place is wrong.
    """

    def __init__(self, reason: str, offset: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class HugeNumber:
    """A number too long, or with too large an exponent, to be worth computing with.

    Attributes:
        token: the number as written.
    """

    token: str

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        if len(self.token) > MAXIMUM_NUMBER_LENGTH:
            return f"a number with {sum(map(str.isdigit, self.token)):,} digits"
        return f"the number {self.token if len(self.token) <= 40 else self.token[:37] + '...'}"

    def __repr__(self) -> str:
        return f"<{self.words}>"


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedText:
    """What a JSON text says.

    Attributes:
        value: dict, list, str, int, Decimal (numbers with a point or exponent), HugeNumber, bool or None.
        duplicate_keys: for each key that its object has named before, the member's pointer and the offset
            of that key, in code points; at most ``MAXIMUM_DUPLICATE_KEYS``. The last value is the one read.
    """

    value: Any
    duplicate_keys: tuple[tuple[str, int], ...]


def escape(token: str) -> str:
    """One object key, or list index, as a token of a JSON pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """The pointer of something inside what ``pointer`` names.

    Args:
        pointer: a JSON pointer, ``""`` for the whole document.
        tokens: object keys and list indices, outermost first, not escaped.
    """
    return pointer + "".join(f"/{escape(str(token))}" for token in tokens)


def decode(data: bytes) -> str:
    """The text of a document.

    Args:
        data: UTF-8, with or without a byte order mark.

    Returns:
        The text, without the byte order mark.

    Raises:
        UnreadableText: anything else; the reason says what the bytes look like.
    """
    if not data:
        raise UnreadableText("the file is empty")
    for magic, reason in _MAGIC:
        if data.startswith(magic):
            raise UnreadableText(reason)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableText("this looks like UTF-16 text; save it as UTF-8")
    nul = data.find(0)
    if nul != -1:
        if nul < 2 and len(data) > 1 and (data[0] == 0) != (data[1] == 0):
            raise UnreadableText("this looks like UTF-16 text; save it as UTF-8", nul)
        raise UnreadableText(f"a NUL byte stands at offset {nul:,}; this is not a text file", nul)
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        line = data.count(b"\n", 0, offset) + 1
        reason = f"the byte 0x{data[offset]:02X} at offset {offset:,}, in line {line:,}, is not UTF-8"
        raise UnreadableText(f"{reason}; save the file as UTF-8", offset) from None


def parse(text: str) -> ParsedText:
    """Read JSON strictly.

    Args:
        text: one JSON value, as ``decode`` returns it.

    Returns:
        The value, and the keys that an object names twice.

    Raises:
        UnreadableText: the text is not JSON (NaN and Infinity are not), is nested deeper than
            ``MAXIMUM_DEPTH``, or escapes half of a surrogate pair.
    """
    _check_depth(text)
    repeated = False

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        value = dict(pairs)
        repeated = repeated or len(value) != len(pairs)
        return value

    try:
        value = json.loads(
            text,
            object_pairs_hook=members,
            parse_int=_read_int,
            parse_float=_read_float,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        raise _explained(text, error) from None
    except _NotJsonConstant as error:
        name = error.name
        reason = f"{name} is not a JSON number"
        raise UnreadableText(reason, _offset_of_scalar(text, name)) from None
    except RecursionError:
        raise UnreadableText("lists and objects are nested too deep to be read here") from None
    _check_surrogates(text)
    return ParsedText(value, tuple(_duplicate_keys(text)) if repeated else ())


class _NotJsonConstant(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _refuse_constant(name: str) -> Any:
    raise _NotJsonConstant(name)


def _read_int(token: str) -> int | HugeNumber:
    return int(token) if len(token) <= MAXIMUM_NUMBER_LENGTH else HugeNumber(token)


def _read_float(token: str) -> Decimal | HugeNumber:
    if len(token) > MAXIMUM_NUMBER_LENGTH:
        return HugeNumber(token)
    exponent = token.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > MAXIMUM_NUMBER_LENGTH:
        return HugeNumber(token)
    return Decimal(token)


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAXIMUM_DEPTH:
        return
    depth = 0
    for match in _STRUCTURE.finditer(text):
        if match.lastindex == 1:
            depth += match.end() - match.start()
            if depth > MAXIMUM_DEPTH:
                reason = f"lists and objects are nested more than {MAXIMUM_DEPTH} deep"
                raise UnreadableText(reason, match.end() - (depth - MAXIMUM_DEPTH))
        elif match.lastindex == 2:
            depth -= match.end() - match.start()


def _check_surrogates(text: str) -> None:
    if not text.isascii():
        raw = _SURROGATE.search(text)
        if raw is not None:
            raise UnreadableText("half of a surrogate pair is not a character", raw.start())
    if _SURROGATE_ESCAPE.search(text) is None:
        return
    high: int | None = None
    high_end = -1
    for match in _ESCAPE.finditer(text):
        code = int(match[1], 16) if match[1] is not None else 0
        if 0xDC00 <= code <= 0xDFFF and high is not None and match.start() == high_end:
            high = None
            continue
        if high is not None:
            break
        if 0xDC00 <= code <= 0xDFFF:
            high = match.start()
            break
        if 0xD800 <= code <= 0xDBFF:
            high, high_end = match.start(), match.end()
    if high is not None:
        raise UnreadableText(f"{text[high : high + 6]} is half of a surrogate pair, which is not a character", high)


def _offset_of_scalar(text: str, name: str) -> int | None:
    return next((match.start() for match in _TOKEN.finditer(text) if match[5] == name), None)


def _explained(text: str, error: json.JSONDecodeError) -> UnreadableText:
    following = _NOT_BLANK.search(text, error.pos)
    if "string starting at" in error.msg:
        return UnreadableText("the string that starts here is never closed", error.pos)
    if "control character" in error.msg:
        character = text[error.pos]
        if character in "\r\n":
            reason = "a string runs over the end of its line; close it, or write the line break as \\n"
        else:
            code = f"{ord(character):04X}"
            reason = f"a string contains the control character U+{code}; write it as \\u{code}"
        return UnreadableText(reason, error.pos)
    if "escape" in error.msg:
        backslash = text.rfind("\\", 0, error.pos + 1)
        written = text[backslash : backslash + 2]
        reason = f"{written} does not start an escape that JSON knows; a backslash is written \\\\"
        if written == "\\u":
            reason = "\\u must be followed by four hexadecimal digits"
        return UnreadableText(reason, backslash)
    if following is None:
        if _NOT_BLANK.search(text) is None:
            return UnreadableText("the text is blank: it holds no JSON value", 0)
        return UnreadableText("the text ends before its lists and objects are closed", len(text.rstrip(" \t\n\r")))
    offset = following.start()
    before = offset - 1
    while before >= 0 and text[before] in " \t\n\r":
        before -= 1
    return _unexpected(text, offset, before, error.msg)


def _unexpected(text: str, offset: int, before: int, message: str) -> UnreadableText:
    character = text[offset]
    if character == "," and "trailing comma" in message:
        before = offset
        character = "}"
    if character in "]}" and before >= 0 and text[before] == ",":
        return UnreadableText("a comma stands before a closing bracket; remove it", before)
    if character == "'":
        return UnreadableText("a single quotation mark; JSON writes strings and names in double ones", offset)
    if character in "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb":
        return UnreadableText(f'a typographic quotation mark, {character}; JSON needs the plain "', offset)
    if character in "/#":
        return UnreadableText("JSON has no comments; remove it", offset)
    for python, written in (("True", "true"), ("False", "false"), ("None", "null")):
        if text.startswith(python, offset):
            return UnreadableText(f"{python} is not JSON; it is written {written}", offset)
    adjacent = before == offset - 1 and before >= 0 and text[before] in "0123456789-"
    if (adjacent and character in _NUMBER_CHARACTERS) or character in "+-.":
        reason = "a number is not written as JSON has it: 12, -3 or 0.5, without a leading zero or plus"
        return UnreadableText(reason, offset)
    found = f"found {_visible(character)}"
    if message.startswith("Extra data"):
        return UnreadableText(f"there is more text after the end of the JSON value: {found}", offset)
    if message.startswith("Expecting property name"):
        return UnreadableText(f"the name of a field, in double quotes, is expected here; {found}", offset)
    if message.startswith("Expecting ':'"):
        return UnreadableText(f"a colon is expected after the name of a field; {found}", offset)
    if message.startswith("Expecting ','"):
        return UnreadableText(f"a comma or a closing bracket is expected here; {found}", offset)
    return UnreadableText(f"a JSON value is expected here; {found}", offset)


def _visible(character: str) -> str:
    return character if character.isprintable() and character != " " else f"the character U+{ord(character):04X}"


def _key(raw: str) -> str | None:
    """The key that a string token writes; None where its escapes are not JSON."""
    if "\\" not in raw:
        return raw[1:-1]
    try:
        return str(json.loads(raw))
    except ValueError:
        return None


@dataclasses.dataclass(slots=True)
class _Open:
    """A list or object that the scanner is in."""

    seen: set[str] | None
    token: str = ""
    index: int = -1


def _duplicate_keys(text: str) -> Iterator[tuple[str, int]]:
    stack: list[_Open] = []
    found = length = 0
    for match in _TOKEN.finditer(text):
        raw, colon, opening, closing, _ = match.groups()
        if closing is not None:
            stack.pop()
            continue
        if colon is None:
            if stack and stack[-1].seen is None:
                stack[-1].index += 1
            if opening is not None:
                stack.append(_Open(set() if opening == "{" else None))
            continue
        within = stack[-1]
        assert within.seen is not None
        within.token = _key(raw) or ""
        if within.token not in within.seen:
            within.seen.add(within.token)
            continue
        pointer = join("", *(outer.index if outer.seen is None else outer.token for outer in stack))
        yield pointer, match.start()
        found += 1
        length += len(pointer)
        if found >= MAXIMUM_DUPLICATE_KEYS or length > _MAXIMUM_DUPLICATE_POINTERS_LENGTH:
            return


class _Wanted:
    """A node of the tree of pointers that ``locate`` is asked for."""

    __slots__ = ("children", "end", "pointer", "start")

    def __init__(self) -> None:
        self.children: dict[str, _Wanted] = {}
        self.pointer: str | None = None
        self.start = -1
        self.end = -1


def _wanted(pointers: Iterable[str]) -> _Wanted:
    root = _Wanted()
    for pointer in pointers:
        node = root
        if pointer:
            head, *tokens = pointer.split("/")
            if head:
                continue
            for token in tokens:
                name = token.replace("~1", "/").replace("~0", "~")
                node = node.children.setdefault(name, _Wanted())
        node.pointer = pointer
    return root


def locate(text: str, pointers: Collection[str]) -> dict[str, Position]:
    """Where the values that JSON pointers name stand in the text.

    Args:
        text: JSON that ``parse`` accepts.
        pointers: JSON pointers (RFC 6901); ``""`` is the whole document.

    Returns:
        The range of the value of each pointer; those that name nothing are left out. Of members with the
        same key, the last is the one that is read, and so the one that is found.
    """
    root = _wanted(pointers)
    _mark(text, root)
    ranges: dict[str, tuple[int, int]] = {}
    pending = [root] if root.end >= 0 else []
    while pending:
        node = pending.pop()
        if node.pointer is not None:
            ranges[node.pointer] = (node.start, node.end)
        # A child outside its parent was marked in an earlier member with the same key.
        pending.extend(child for child in node.children.values() if node.start < child.start < child.end <= node.end)
    places = _places(text, {offset for limits in ranges.values() for offset in limits})
    return {pointer: Position(*places[start], *places[end]) for pointer, (start, end) in ranges.items()}


def _mark(text: str, root: _Wanted) -> None:
    """Write into the tree where each wanted value starts and ends."""
    # One entry for each open list or object that holds something wanted: its node, and the index reached
    # in it, or None for an object. What holds nothing wanted is passed over by counting brackets.
    stack: list[tuple[_Wanted, int | None]] = []
    skipped = 0
    skipping: _Wanted | None = None
    upcoming: _Wanted | None = root
    for match in _TOKEN.finditer(text):
        kind = match.lastindex
        if skipped:
            if kind == 3:
                skipped += 1
            elif kind == 4:
                skipped -= 1
                if not skipped and skipping is not None:
                    skipping.end = match.end()
            continue
        if kind == 4:
            if not stack:
                return
            node, _ = stack.pop()
            node.end = match.end()
            continue
        if kind == 2:
            key = _key(match[1])
            upcoming = stack[-1][0].children.get(key) if stack and key is not None else None
            continue
        if stack:
            within, index = stack[-1]
            if index is not None:
                upcoming = within.children.get(str(index))
                stack[-1] = (within, index + 1)
        node_here, upcoming = upcoming, None
        if node_here is not None:
            node_here.start = match.start()
            node_here.end = match.end() if kind != 3 else -1
        if kind == 3:
            if node_here is not None and node_here.children:
                stack.append((node_here, 0 if match[3] == "[" else None))
            else:
                skipped = 1
                skipping = node_here


def _places(text: str, offsets: Collection[int]) -> dict[int, tuple[int, int]]:
    """The 1-based line and column of each offset, in one pass."""
    places: dict[int, tuple[int, int]] = {}
    line, line_start, previous = 1, 0, 0
    for offset in sorted(offsets):
        returns = text.count("\r", previous, offset) - text.count("\r\n", previous, offset + 1)
        line += text.count("\n", previous, offset) + returns
        # Between \r and \n the line has not ended yet.
        limit = offset - 1 if text[offset - 1 : offset + 1] == "\r\n" else offset
        last = max(text.rfind("\n", previous, limit), text.rfind("\r", previous, limit))
        if last != -1:
            line_start = last + 1
        places[offset] = (line, offset - line_start + 1)
        previous = offset
    return places


def position_of_offset(text: str, offset: int) -> Position:
    """The place of one character.

    Args:
        text: any text.
        offset: code points before the character; one that is outside the text means its nearest end.

    Returns:
        A range one code point wide.
    """
    within = min(max(offset, 0), len(text))
    line, column = _places(text, (within,))[within]
    return Position(line, column, line, column + 1)


def lines_of(text: str, numbers: Collection[int]) -> dict[int, str]:
    r"""Some lines of a text, without their line breaks, in one pass.

    Args:
        text: any text; ``\n``, ``\r\n`` and ``\r`` end lines, nothing else does.
        numbers: 1-based numbers of the lines.

    Returns:
        The lines that the text has, by number, in order.
    """
    if not numbers:
        return {}
    lines = _LINE_BREAK.split(text)
    return {number: lines[number - 1] for number in sorted(numbers) if 1 <= number <= len(lines)}


def line_text(text: str, line: int) -> str:
    r"""One line of a text, without its line break; ``""`` for a line that the text does not have."""
    return lines_of(text, (line,)).get(line, "")
