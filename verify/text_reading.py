"""Bytes as JSON text, and what keeps them from being that (VV001, VV002)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vestverify import json_text
from vestverify.decision import finding
from vestverify.json_text import UnreadableText
from vestverify.results import Finding
from vestverify.schema_errors import quote


def unreadable(
    pointer: str, reason: str, rule: str, offset: int | None = None, facts: Mapping[str, Any] | None = None
) -> Finding:
    """A finding VV001.

    Args:
        pointer: which file of a package; empty for a document of one file.
        reason: why it cannot be read.
        rule: what kind of reason this is.
        offset: where in the text, in code points.
        facts: further ones.
    """
    error = finding("VV001", reason, pointer, facts={"rule": rule, **(facts or {})}, identity=(pointer, rule))
    return dataclasses.replace(error, offset=offset)


def duplicate_key(pointer: str, offset: int) -> Finding:
    """A finding VV002 about a key, given by its member's pointer and its place in the text."""
    key = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    error = finding(
        "VV002",
        f"the same object names {quote(key)} twice; programs differ in which of the values they read",
        pointer,
        facts={"key": quote(key)[1:-1]},
        advice="keep the one that is meant",
        identity=(pointer,),
    )
    return dataclasses.replace(error, offset=offset)


@dataclasses.dataclass(frozen=True, slots=True)
class ReadText:
    """The JSON of some bytes, as far as there is any.

    Attributes:
        text: empty where the bytes are not text.
        value: the JSON value; None also where there is none.
        errors: VV001 and VV002.
        is_read: whether ``value`` is what the text says.
    """

    text: str
    value: Any
    errors: tuple[Finding, ...]
    is_read: bool


def read_text(data: bytes, pointer: str = "") -> ReadText:
    """Read bytes as JSON text.

    Args:
        data: JSON text in UTF-8.
        pointer: of the file in its package; empty for a document of one file.
    """
    if len(data) > json_text.MAXIMUM_BYTES:
        reason = f"the document is larger than the {json_text.MAXIMUM_BYTES // 2**20} MiB that are read"
        return ReadText("", None, (unreadable(pointer, reason, "too-large"),), is_read=False)
    try:
        text = json_text.decode(data)
    except UnreadableText as error:
        facts = {} if error.offset is None else {"byte_offset": error.offset}
        return ReadText("", None, (unreadable(pointer, error.reason, "not-text", facts=facts),), is_read=False)
    try:
        parsed = json_text.parse(text)
    except UnreadableText as error:
        reason = f"this is not JSON that can be read: {error.reason}"
        return ReadText(text, None, (unreadable(pointer, reason, "not-json", error.offset),), is_read=False)
    repeated = tuple(duplicate_key(pointer + place, offset) for place, offset in parsed.duplicate_keys)
    return ReadText(text, parsed.value, repeated, is_read=True)
