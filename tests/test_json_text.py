"""JSON text is read strictly, in linear time, and every value's place is found."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vestverify.json_text import (
    MAXIMUM_DEPTH,
    MAXIMUM_DUPLICATE_KEYS,
    HugeNumber,
    UnreadableText,
    decode,
    escape,
    join,
    line_text,
    locate,
    parse,
    position_of_offset,
)
from vestverify.results import Position

#: Far above what linear time needs for the hostile texts here, far below what quadratic time would take.
SECONDS = 20

KEYS = st.text(alphabet='ab~/"\\\n 01é😀:{', max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | KEYS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(KEYS, children, max_size=4),
    max_leaves=20,
)


def pointers_of(value: Any, pointer: str = "") -> dict[str, Any]:
    found = {pointer: value}
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, child in children:
        found.update(pointers_of(child, join(pointer, token)))
    return found


def offset_of(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        ends = [end for end in (text.find("\n", start), text.find("\r", start)) if end != -1]
        start = min(ends) + (2 if text[min(ends) : min(ends) + 2] == "\r\n" else 1)
    return start + column - 1


def slice_of(text: str, position: Position) -> str:
    start = offset_of(text, position.line, position.column)
    return text[start : offset_of(text, position.end_line, position.end_column)]


def unreadable(text: str) -> UnreadableText:
    with pytest.raises(UnreadableText) as caught:
        parse(text)
    return caught.value


class TestDecode:
    def test_utf8_is_read_with_and_without_a_byte_order_mark(self) -> None:
        assert decode('{"é": 1}'.encode()) == '{"é": 1}'
        assert decode('{"é": 1}'.encode("utf-8-sig")) == '{"é": 1}'

    @pytest.mark.parametrize(
        ("data", "words", "offset"),
        [
            (b"", "empty", None),
            ('{"a": 1}'.encode("utf-16"), "UTF-16", None),
            ('{"a": 1}'.encode("utf-16-le"), "UTF-16", 1),
            ('{"a": 1}'.encode("utf-16-be"), "UTF-16", 0),
            (b'{"a": "\x00"}', "NUL byte stands at offset 7", 7),
            (b"PK\x03\x04rest", "ZIP", None),
            (b"\x1f\x8b\x08", "gzip", None),
            (b"%PDF-1.7", "PDF", None),
            ('{\n"caf\xe9": 1}'.encode("latin-1"), "0xE9 at offset 6, in line 2, is not UTF-8", 6),
            (b'\xef\xbb\xbf{"\xff"}', "0xFF at offset 5", 5),
            (b'"\xed\xa0\x80"', "is not UTF-8", 1),
            (b'"\xc3', "is not UTF-8", 1),
        ],
    )
    def test_other_bytes_are_refused_with_a_reason(self, data: bytes, words: str, offset: int | None) -> None:
        with pytest.raises(UnreadableText) as caught:
            decode(data)
        assert words in caught.value.reason
        assert caught.value.offset == offset


class TestParse:
    def test_values_are_exact(self) -> None:
        value = parse('{"a": [1, -0.10, 1e3, true, null, "x", 12.0]}').value
        assert value == {"a": [1, Decimal("-0.10"), Decimal("1e3"), True, None, "x", Decimal("12.0")]}
        assert [type(entry) for entry in value["a"][:3]] == [int, Decimal, Decimal]

    def test_numbers_up_to_the_limit_are_numbers(self) -> None:
        assert parse("9" * 400).value == 10**400 - 1
        assert parse("1e400").value == Decimal("1e400")
        assert parse("1e-400").value == Decimal("1e-400")

    @pytest.mark.parametrize(
        "token", ["9" * 401, "-" + "9" * 400, "0." + "3" * 399, "1e401", "1E-401", "1e" + "9" * 398]
    )
    def test_numbers_beyond_the_limit_are_kept_as_written(self, token: str) -> None:
        assert parse(f"[{token}]").value == [HugeNumber(token)]

    def test_a_huge_number_is_described_rather_than_written_out(self) -> None:
        assert HugeNumber("9" * 5000).words == "a number with 5,000 digits"
        assert HugeNumber("1e999999").words == "the number 1e999999"
        assert len(repr(HugeNumber("9" * 5000))) < 60

    @pytest.mark.parametrize(
        ("text", "words", "offset"),
        [
            ("", "blank", 0),
            (" \n", "blank", 0),
            ('{"a": 1,}', "comma stands before a closing bracket", 7),
            ("[1, 2 ,\n]", "comma stands before a closing bracket", 6),
            ('{"a": 1 "b": 2}', "comma or a closing bracket is expected", 8),
            ('{"a" 1}', "colon is expected", 5),
            ("{a: 1}", "name of a field, in double quotes", 1),
            ("{'a': 1}", "single quotation mark", 1),
            ("{“a”: 1}", "typographic quotation mark", 1),
            ("// note\n{}", "no comments", 0),
            ('{"a": 1} # note', "no comments", 9),
            ('{"a": True}', "written true", 6),
            ("[None]", "written null", 1),
            ("[01]", "number is not written", 2),
            ("[+1]", "number is not written", 1),
            ("[.5]", "number is not written", 1),
            ("[1.]", "number is not written", 2),
            ("[-]", "number is not written", 1),
            ("{} {}", "more text after the end", 3),
            ('["abc', "never closed", 1),
            ('["abc\\', "never closed", 1),
            ('["a\nb"]', "runs over the end of its line", 3),
            ('["a\tb"]', "control character U+0009", 3),
            ('["a\\qb"]', "\\q does not start an escape", 3),
            ('["\\u12"]', "four hexadecimal digits", 2),
            ("[1, 2", "ends before", 5),
            ("[1, 2 \n\n", "ends before", 5),
            ('{"a":', "ends before", 5),
            ("[1\u00a0]", "U+00A0", 2),
            ("[NaN]", "NaN is not a JSON number", 1),
            ('["NaN", Infinity]', "Infinity is not", 8),
            ('{"a": -Infinity}', "-Infinity is not", 6),
            ('["\\ud800"]', "surrogate", 2),
            ('["\\\\ud800 \\udc00"]', "surrogate", 10),
            ('["\\ud83d\\ud83d\\ude00"]', "surrogate", 2),
            ('["\\ud83dx\\ude00"]', "surrogate", 2),
            ('["\ud800"]', "surrogate", 2),
        ],
    )
    def test_malformed_text_is_refused_with_its_place(self, text: str, words: str, offset: int) -> None:
        error = unreadable(text)
        assert words in error.reason
        assert error.offset == offset

    def test_surrogate_pairs_and_escaped_backslashes_are_characters(self) -> None:
        assert parse('["\\ud83d\\ude00", "\\\\ud800"]').value == ["😀", "\\ud800"]

    def test_nesting_is_read_down_to_the_maximum_depth_and_no_deeper(self) -> None:
        assert parse("[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH).duplicate_keys == ()
        error = unreadable(" " + "[" * (MAXIMUM_DEPTH + 1) + "]" * (MAXIMUM_DEPTH + 1))
        assert error.offset == 1 + MAXIMUM_DEPTH
        assert f"more than {MAXIMUM_DEPTH} deep" in error.reason

    def test_brackets_in_strings_and_brackets_side_by_side_are_no_nesting(self) -> None:
        assert parse(json.dumps(["[" * 5000, '"{' * 5000])).value == ["[" * 5000, '"{' * 5000]
        assert parse("[" + ",".join(["[{}]"] * 5000) + "]").value == [[{}]] * 5000

    def test_a_duplicate_key_is_reported_with_its_place(self) -> None:
        text = '{"a": 1, "b": [{"c": 1, "c": 2, "c": 3}], "\\u0061": 4, "x/~": {}, "x/~": 5}'
        parsed = parse(text)
        assert parsed.value == {"a": 4, "b": [{"c": 3}], "x/~": 5}
        assert [pointer for pointer, _ in parsed.duplicate_keys] == ["/b/0/c", "/b/0/c", "/a", "/x~1~0"]
        assert [text[offset : offset + 4] for _, offset in parsed.duplicate_keys] == ['"c":', '"c":', '"\\u0', '"x/~']
        assert [offset for _, offset in parsed.duplicate_keys] == sorted(offset for _, offset in parsed.duplicate_keys)

    def test_the_same_key_in_different_objects_is_no_duplicate(self) -> None:
        assert parse('[{"a": {"a": ["a", "a"]}}, {"a": 1}]').duplicate_keys == ()

    @given(VALUES)
    def test_what_the_standard_library_writes_is_read_back(self, value: Any) -> None:
        parsed = parse(json.dumps(value))
        assert parsed.value == value
        assert parsed.duplicate_keys == ()

    @given(st.text(alphabet='{}[]",:\\u0d8 a1.-eN\n', max_size=40))
    def test_any_text_is_read_or_refused_at_a_place_in_it(self, text: str) -> None:
        try:
            expected = json.loads(text, parse_float=Decimal, parse_constant=Decimal)
        except ValueError:
            expected = None
        try:
            found, offset = parse(text).value, None
        except UnreadableText as error:
            found, offset = None, error.offset
        if offset is None:
            assert found == expected
        else:
            assert 0 <= offset <= len(text)

    def test_text_cut_anywhere_is_refused(self) -> None:
        text = '{"a": [1.5, "\\u00e9\\\\"], "b": {"c": null}}'
        for end in range(len(text)):
            unreadable(text[:end])

    @pytest.mark.parametrize(
        ("text", "readable"),
        [
            ("[" * 10**6, False),
            ('{"a":' * 10**6, False),
            ("[" * 10**6 + "]" * 10**6, False),
            ("9" * 10**6, True),
            ("1." + "9" * 10**6, True),
            ("1e" + "9" * 10**6, True),
            ("-" * 10**6, False),
            ("[" * 150 + "[],[" * 100 + '"' + '\\"' * 10**6, False),
            ('["' + "\\\\" * 10**6, False),
            ('"' + "\\ud83d\\ude00" * 300_000 + '"', True),
            ("[" + '"NaN",' * 300_000 + "NaN]", False),
            ("{" + ",".join(['"a":1'] * 500_000) + "}", True),
            ("[" + ",".join(["[]"] * 500_000) + "]", True),
            (" " * 10**7 + "x", False),
            ('{"a"' + " " * 10**6 + "}", False),
        ],
        ids=range(15),
    )
    def test_hostile_text_takes_linear_time(self, text: str, readable: bool) -> None:
        began = time.perf_counter()
        try:
            parse(text)
            was_read = True
        except UnreadableText:
            was_read = False
        assert was_read is readable
        assert time.perf_counter() - began < SECONDS

    def test_the_list_of_duplicate_keys_has_an_end(self) -> None:
        many = "{" + ",".join(f'"k{number}":1,"k{number}":2' for number in range(5000)) + "}"
        assert len(parse(many).duplicate_keys) == MAXIMUM_DUPLICATE_KEYS
        long = ('{"' + "k" * 50_000 + '":') * 150 + "{" + ",".join(['"a":1'] * 50) + "}" + "}" * 150
        assert len(parse(long).duplicate_keys) == 1


class TestPointers:
    def test_tokens_are_escaped_as_rfc_6901_says(self) -> None:
        assert escape("a/b~1") == "a~1b~01"
        assert join("", "a/b", 0, "~") == "/a~1b/0/~0"
        assert join("/items/1") == "/items/1"


class TestLocate:
    TEXT = '{\r\n  "é😀": [10, {"a/b": "x"}],\r  "~": null\n}'

    def test_values_are_found_by_line_and_column_in_code_points(self) -> None:
        assert locate(self.TEXT, ["", "/é😀", "/é😀/0", "/é😀/1/a~1b", "/~0"]) == {
            "": Position(1, 1, 4, 2),
            "/é😀": Position(2, 9, 2, 27),
            "/é😀/0": Position(2, 10, 2, 12),
            "/é😀/1/a~1b": Position(2, 22, 2, 25),
            "/~0": Position(3, 8, 3, 12),
        }

    def test_pointers_that_name_nothing_are_left_out(self) -> None:
        asked = ["/x", "/é😀/2", "/é😀/00", "/é😀/-", "/é😀/0/0", "é😀", "/é😀/1/a", "/~0/", "/"]
        assert locate(self.TEXT, asked) == {}

    def test_of_members_with_the_same_key_the_last_is_found(self) -> None:
        text = '{"a": {"b": 1, "c": 2}, "a": {"c": 3}}'
        found = locate(text, ["/a", "/a/b", "/a/c"])
        assert {pointer: slice_of(text, position) for pointer, position in found.items()} == {
            "/a": '{"c": 3}',
            "/a/c": "3",
        }
        assert locate('{"a": {"b": 1}, "a": 2}', ["/a/b"]) == {}

    @given(
        VALUES,
        st.sampled_from([None, 0, 1, 3, "\t"]),
        st.booleans(),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["", " ", "\n\n"]),
    )
    def test_the_text_at_each_place_is_the_value_at_the_pointer(
        self, value: Any, indent: int | str | None, ascii_only: bool, line_break: str, blank: str
    ) -> None:
        text = (blank + json.dumps(value, indent=indent, ensure_ascii=ascii_only) + blank).replace("\n", line_break)
        expected = pointers_of(value)
        found = locate(text, list(expected))
        assert found.keys() == expected.keys()
        for pointer, position in found.items():
            assert json.loads(slice_of(text, position)) == expected[pointer]

    @given(VALUES, st.data())
    def test_asking_for_fewer_places_finds_the_same_ones(self, value: Any, data: st.DataObject) -> None:
        text = json.dumps(value, indent=1)
        everything = locate(text, list(pointers_of(value)))
        some = data.draw(st.sets(st.sampled_from(sorted(everything))))
        assert locate(text, some) == {pointer: everything[pointer] for pointer in some}

    @given(st.text(alphabet='{}[]",:\\ a1\n', max_size=30))
    @example('{"\\a": 1}')
    @example('{"\\')
    def test_text_that_is_not_json_raises_nothing(self, text: str) -> None:
        for position in locate(text, ["", "/a", "/0", "/a/0"]).values():
            assert slice_of(text, position) != ""

    def test_many_places_in_one_long_line_take_linear_time(self) -> None:
        text = "[" + ",".join(['{"a":1}'] * 300_000) + "]"
        began = time.perf_counter()
        found = locate(text, [f"/{number}/a" for number in range(0, 300_000, 3)])
        assert found["/299997/a"] == Position(1, 299_997 * 8 + 7, 1, 299_997 * 8 + 8)
        assert len(found) == 100_000
        assert time.perf_counter() - began < SECONDS

    @pytest.mark.parametrize("text", ["[" * 10**6, '{"a":' * 10**6, '"' + '\\"' * 10**6, "]" * 10**6])
    def test_hostile_text_neither_hangs_nor_raises(self, text: str) -> None:
        began = time.perf_counter()
        locate(text, ["", "/a", "/a/a/a", "/0/0"])
        assert time.perf_counter() - began < SECONDS


class TestLines:
    TEXT = "one\ntwo\r\nthree\rfour\u2028still four\x0bstill\n"

    def test_only_line_feed_carriage_return_and_both_together_end_lines(self) -> None:
        lines = [line_text(self.TEXT, number) for number in range(1, 7)]
        assert lines == ["one", "two", "three", "four\u2028still four\x0bstill", "", ""]
        assert line_text(self.TEXT, 0) == ""

    def test_the_position_of_an_offset_is_one_code_point_wide(self) -> None:
        assert position_of_offset(self.TEXT, 0) == Position(1, 1, 1, 2)
        assert position_of_offset(self.TEXT, self.TEXT.index("four")) == Position(4, 1, 4, 2)
        assert position_of_offset("😀é", 1) == Position(1, 2, 1, 3)

    def test_an_offset_outside_the_text_means_its_end(self) -> None:
        assert position_of_offset("ab\n", 99) == Position(2, 1, 2, 2)
        assert position_of_offset("ab", -5) == Position(1, 1, 1, 2)

    @given(st.text(alphabet="a\n\r😀", max_size=12))
    def test_positions_and_lines_agree(self, text: str) -> None:
        for offset, character in enumerate(text):
            position = position_of_offset(text, offset)
            if character not in "\r\n":
                assert line_text(text, position.line)[position.column - 1] == character
            else:
                assert position.column > len(line_text(text, position.line))
