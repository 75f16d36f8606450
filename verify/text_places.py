"""Where findings lie in the text of a document, or of the files of a package."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence

from vestverify.json_text import escape, lines_of, locate, position_of_offset
from vestverify.loaded_document import LoadedDocument
from vestverify.results import DocumentResult, Finding, Position


def with_positions(result: DocumentResult, document: LoadedDocument) -> DocumentResult:
    """The result with the places in the text that its findings speak of.

    Args:
        result: what was found out.
        document: the document as read; its texts are looked at once each.
    """
    texts = {file.name: file.text for file in document.files} if document.files else {"": document.text}
    positions = _positions(texts, result.findings, is_package=bool(document.files))
    lines: dict[tuple[str, int], str] = {}
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for place in positions.values():
        wanted[place.file].update((place.line, place.line + 1))
    for name, numbers in wanted.items():
        lines.update({(name, number): line for number, line in lines_of(texts[name], numbers).items()})
    return dataclasses.replace(result, positions=positions, source_lines=lines)


def _positions(texts: dict[str, str], findings: Sequence[Finding], *, is_package: bool) -> dict[str, Position]:
    within = _within_files(texts) if is_package else None
    pointers = {found.pointer for found in findings if found.offset is None}
    pointers |= {related.pointer for found in findings for related in found.related}
    by_file: defaultdict[str, list[str]] = defaultdict(list)
    for pointer in pointers:
        name = "" if within is None else within.get(_first_token(pointer))
        if name is not None:
            by_file[name].append(pointer)
    positions: dict[str, Position] = {}
    for name, listed in by_file.items():
        if texts[name]:
            cut = f"/{escape(name)}" if is_package else ""
            places = locate(texts[name], [pointer[len(cut) :] for pointer in listed])
            positions |= {cut + place: dataclasses.replace(found, file=name) for place, found in places.items()}
    for found in findings:
        if found.offset is not None:
            name = "" if within is None else within.get(_first_token(found.pointer))
            if name is not None:
                position = position_of_offset(texts[name], found.offset)
                positions[found.pointer] = dataclasses.replace(position, file=name)
    return positions


def _within_files(names: Iterable[str]) -> dict[str, str]:
    return {escape(name): name for name in names}


def _first_token(pointer: str) -> str:
    return pointer[1:].partition("/")[0]
