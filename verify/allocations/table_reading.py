"""From bytes to an allocation table: CSV, TSV, spreadsheets and JSON; what keeps them from being one as findings.

Nothing here raises for what a file holds.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from vestverify import json_text
from vestverify.allocations.numbers import MAXIMUM_MONTH, NO, YES, NotANumber, read_number
from vestverify.allocations.table import Cell, Field, Row, Table
from vestverify.file_bytes import read_file
from vestverify.json_text import HugeNumber, UnreadableText, escape, join
from vestverify.results import Finding, Position
from vestverify.schema_errors import MAXIMUM_FINDINGS, quote, schema_error
from vestverify.text_reading import read_text, unreadable

#: Rows that are read, and columns of a header.
MAXIMUM_ROWS = 100_000
MAXIMUM_COLUMNS = 200

#: Lines of a text, blank ones and those within cells included.
_MAXIMUM_LINES = 1_000_000

#: Bytes that a spreadsheet may unpack to, and rows of a sheet of the usual programs.
MAXIMUM_UNPACKED_BYTES = 256 * 1024 * 1024
_SHEET_ROWS = 1_048_576
_MAXIMUM_SHEETS = 20
_PROLOGUE_BYTES = 1024 * 1024

_NEEDED = (Field.ENTITY, Field.ALLOCATION, Field.START, Field.CLIFF, Field.VESTING)
_MONTHS = (Field.START, Field.CLIFF, Field.VESTING)

_HEADERS: Mapping[Field, frozenset[str]] = {
    Field.ENTITY: frozenset({"entity", "entity name", "allocation name", "name", "category", "group", "holder"}),
    Field.AGENT: frozenset({"agent", "agent name", "recipient", "beneficiary", "token receiving agent"}),
    Field.ALLOCATION: frozenset({"allocation", "allocations", "tokens", "token allocation", "tokens allocated", "amount", "token amount", "number of tokens", "allocation tokens"}),
    Field.START: frozenset({"start", "start month", "vesting start", "vesting start month", "tge", "tge month", "start months"}),
    Field.CLIFF: frozenset({"cliff", "cliff month", "cliff months", "cliff length", "cliff in months"}),
    Field.VESTING: frozenset({"vesting", "vesting month", "vesting months", "vesting duration", "duration", "duration months", "vesting period", "vesting in months"}),
    Field.SALES_PERCENTAGE: frozenset({"vesting sales percentage", "vesting sales %", "vesting sales percent", "sales percentage", "sales percent", "sales %", "sell percentage", "sell %", "vesting sale percentage", "sale percentage"}),
    Field.MEAN_TIME: frozenset({"vesting sales mean time", "sales mean time", "mean time", "mean sale time", "mean sales time", "vesting sales mean time months", "mean time months"}),
    Field.OTHER_FLOWS: frozenset({"other flows", "also sells", "other token flows"}),
}  # fmt: skip
_PERCENT_HEADERS = frozenset({"allocation %", "allocation percentage", "allocation percent", "percentage", "percent", "%", "share", "share of supply", "% of supply", "% of total supply", "percentage of supply", "percent of supply", "supply %", "share %", "share of total supply"})  # fmt: skip
_FIELDS = {name: field for field, names in _HEADERS.items() for name in names} | dict.fromkeys(
    _PERCENT_HEADERS, Field.ALLOCATION
)
_TOTALS = frozenset({"total", "totals", "sum", "total supply", "grand total"})

_EXTENSIONS = (".csv", ".tsv", ".xlsx")
_ZIP = b"PK\x03\x04"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_A_WORD = re.compile(r"[^\w%]+|_+")


@dataclasses.dataclass(frozen=True, slots=True)
class _Raw:
    """A cell of any column."""

    text: str
    line: int
    column: int
    end_column: int


#: The cells of a row that say anything, by column.
_RawRow = Mapping[int, _Raw]


class _Unreadable(Exception):
    """What keeps the whole table from being read."""

    def __init__(self, error: Finding) -> None:
        super().__init__(error.message)
        self.error = error


@dataclasses.dataclass(frozen=True, slots=True)
class _Columns:
    """Which column says what."""

    fields: Mapping[int, Field]
    in_percent: bool


def looks_like_table(path: str, data: bytes) -> bool:
    """Whether a file is meant as an allocation table.

    Args:
        path: its name; ``.csv``, ``.tsv`` and ``.xlsx`` are tables.
        data: its bytes; JSON is a table if it has the form of one.
    """
    if path.lower().endswith(_EXTENSIONS):
        return True
    # Most documents are not worth a second reading.
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[") or len(data) > json_text.MAXIMUM_BYTES:
        return False
    lowered = data.lower()
    if not any(word in lowered for word in (b"rows", b"allocations", b"start", b"cliff", b"vesting")):
        return False
    read = read_text(data)
    if not read.is_read:
        return False
    if isinstance(read.value, dict):
        named = _rows_of(read.value)
        return named is not None and not {"object_type", "file_type", "format", "ocf_version"} & set(read.value)
    return _is_list_of_rows(read.value)


def read_table(path: str) -> Table:
    """Read an allocation table from a file.

    Args:
        path: of the file.

    Returns:
        The table; with a VV001 finding where there is nothing to read.
    """
    try:
        data = read_file(path)
    except UnreadableText as error:
        return _nothing(path, "", unreadable("", error.reason, "no-file"))
    return read_table_bytes(path, data)


def read_table_bytes(path: str, data: bytes) -> Table:
    """Read an allocation table.

    Args:
        path: its name, which tells its form: ``.csv``, ``.tsv``, ``.xlsx``, ``.json``; else its first bytes do.
        data: its bytes; text is UTF-8.

    Returns:
        The table; its ``errors`` say what of it could not be read (VV001, VV002, VV003).
    """
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        if len(data) > json_text.MAXIMUM_BYTES:
            reason = f"the table is larger than the {json_text.MAXIMUM_BYTES // 2**20} MiB that are read"
            raise _Unreadable(unreadable("", reason, "too-large"))
        name = path.lower()
        if data.startswith(_ZIP) or name.endswith(".xlsx"):
            return _read_spreadsheet(path, sha256, data)
        first = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if name.endswith(".json") or (first in (b"{", b"[") and not name.endswith(_EXTENSIONS)):
            return _read_json(path, sha256, data)
        return _read_text(path, sha256, data)
    except _Unreadable as unread:
        return _nothing(path, sha256, unread.error)


def _nothing(path: str, sha256: str, error: Finding) -> Table:
    return Table(path, sha256, (), frozenset(), in_percent=False, supply=None, errors=(error,))


# Text


def _read_text(path: str, sha256: str, data: bytes) -> Table:
    try:
        text = json_text.decode(data)
    except UnreadableText as error:
        facts = {} if error.offset is None else {"byte_offset": error.offset}
        raise _Unreadable(unreadable("", error.reason, "not-text", facts=facts)) from None
    if text.count("\n") + text.count("\r") > _MAXIMUM_LINES:
        raise _Unreadable(_too_many_rows())
    lines = _lines(text)
    delimiter = "\t" if path.lower().endswith(".tsv") else _delimiter(lines)
    rows = _text_rows(text, delimiter)
    header = next(rows, None)
    # Spreadsheet programs write and read this line before the header.
    if header is not None and len(header) == 1 and re.fullmatch("sep=.?", next(iter(header.values())).text):
        header = next(rows, None)
    if header is None:
        raise _Unreadable(unreadable("", "the table is blank", "blank"))
    table = _table(path, sha256, _columns(header), rows)
    return dataclasses.replace(table, source_lines=lines)


def _delimiter(lines: Mapping[int, str]) -> str:
    for line in lines.values():
        if line.startswith("sep=") and len(line) == 5:
            return line[4]
        outside = re.sub('"[^"]*"', "", line)
        if outside.strip(" \t,;"):
            return max(",;\t", key=outside.count)
    return ","


def _text_rows(text: str, delimiter: str) -> Iterator[_RawRow]:
    """Rows of which any cell says something; what stands in quotation marks may run over lines."""
    end = rf"(?={re.escape(delimiter)}|\r|\n|\Z)"
    blank = "[ ]*" if delimiter == "\t" else r"[ \t]*"
    cell_of = re.compile(rf'{blank}"((?:[^"]++|"")*+)"{blank}{end}|([^{re.escape(delimiter)}\r\n]*)')
    position, line, line_start, column = 0, 1, 0, 0
    row: dict[int, _Raw] = {}
    while True:
        match = cell_of.match(text, position)
        assert match is not None
        quoted, plain = match.groups()
        if quoted is None and plain.lstrip().startswith('"'):
            reason = (
                f"the quoted cell in line {line:,}, column {position - line_start + 1:,} is not closed where it ends"
            )
            raise _Unreadable(unreadable("", reason, "not-closed", position))
        said = (quoted.replace('""', '"') if quoted is not None else plain).strip()
        stops = match.end()
        if said:
            group = 1 if quoted is not None else 2
            within = match[0]
            starts = position + len(within) - len(within.lstrip())
            if group == 1:
                first_break = re.search(r"[\r\n]", within)
                ends = stops if first_break is None else position + first_break.start()
            else:
                ends = starts + len(said)
            row[column] = _Raw(said, line, starts - line_start + 1, ends - line_start + 1)
        if quoted is not None:
            for found in re.finditer(r"\r\n|\n|\r", match[0]):
                line += 1
                line_start = position + found.end()
        if text.startswith(delimiter, stops):
            position, column = stops + 1, column + 1
            if column > MAXIMUM_COLUMNS:
                raise _Unreadable(_too_many_columns())
            continue
        if row:
            yield row
            row = {}
        if stops >= len(text):
            return
        position = stops + (2 if text.startswith("\r\n", stops) else 1)
        line, line_start, column = line + 1, position, 0


# Spreadsheets


def _read_spreadsheet(path: str, sha256: str, data: bytes) -> Table:
    _check_archive(data)
    # Slow to import, and needed for spreadsheets only.
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                return _read_sheets(path, sha256, book)
            finally:
                book.close()
    except _Unreadable:
        raise
    except Exception as error:  # the library raises whatever a damaged file makes it stumble over
        reason = (
            f"this is not a spreadsheet that can be read ({type(error).__name__}); save it as .xlsx again, or as CSV"
        )
        raise _Unreadable(unreadable("", reason, "not-a-spreadsheet")) from None


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > 10_000 or sum(member.file_size for member in members) > MAXIMUM_UNPACKED_BYTES:
                reason = f"the spreadsheet unpacks to more than the {MAXIMUM_UNPACKED_BYTES // 2**20} MiB that are read"
                raise _Unreadable(unreadable("", reason, "too-large"))
            if not any(member.filename == "[Content_Types].xml" for member in members):
                raise _Unreadable(unreadable("", "this is a ZIP archive, but not a spreadsheet", "not-a-spreadsheet"))
            for member in members:
                with archive.open(member) as file:
                    prologue = file.read(_PROLOGUE_BYTES)
                # Declared entities can make a small file large; spreadsheets have none.
                if b"<!DOCTYPE" in prologue.replace(b"\0", b""):
                    raise _Unreadable(unreadable("", "the spreadsheet declares XML entities", "not-a-spreadsheet"))
    except _Unreadable:
        raise
    except Exception:  # damaged archives raise many kinds of errors
        reason = "this is not a spreadsheet that can be read: its ZIP archive is damaged, or it is none"
        raise _Unreadable(unreadable("", reason, "not-a-spreadsheet")) from None


def _read_sheets(path: str, sha256: str, book: Any) -> Table:
    refused: _Unreadable | None = None
    for sheet in book.worksheets[:_MAXIMUM_SHEETS]:
        # What the file says of its own size is not trusted.
        sheet.reset_dimensions()
        header = next(_sheet_rows(sheet, 1, MAXIMUM_COLUMNS), None)
        if header is None:
            continue
        try:
            columns = _columns(header)
        except _Unreadable as error:
            refused = refused or error
            continue
        first = next(iter(header.values())).line + 1
        return _table(path, sha256, columns, _sheet_rows(sheet, first, max(header) + 1))
    raise refused or _Unreadable(unreadable("", "the spreadsheet is blank", "blank"))


def _sheet_rows(sheet: Any, first: int, columns: int) -> Iterator[_RawRow]:
    cells_of = sheet.iter_rows(min_row=first, max_row=_SHEET_ROWS, max_col=columns)
    for number, cells in enumerate(cells_of, first):
        row: dict[int, _Raw] = {}
        for column, cell in enumerate(cells):
            if getattr(cell, "value", None) is not None:
                said = _spreadsheet_text(cell.value, str(cell.number_format))
                if said:
                    row[column] = _Raw(said, number, column + 1, column + 2)
        if row:
            yield row


def _spreadsheet_text(value: Any, number_format: str) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        # Array formulas are objects that hold their text.
        return str(getattr(value, "text", None) or value).strip()
    if number.is_finite() and "%" in number_format:
        return f"{_decimal_text(number.scaleb(2))}%"
    return _decimal_text(number)


def _decimal_text(number: Decimal) -> str:
    if not number.is_finite() or abs(number.adjusted()) > json_text.MAXIMUM_NUMBER_LENGTH:
        return str(number)
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


# JSON


def _rows_of(value: Mapping[str, Any]) -> str | None:
    """The name of the member that lists the rows."""
    for name in ("rows", "allocations"):
        items = value.get(name)
        if isinstance(items, list) and all(isinstance(item, dict) for item in items):
            return name
    return None


def _is_list_of_rows(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        return False
    fields = {_FIELDS.get(_words(key)) for item in value[:10] for key in item}
    return Field.ENTITY in fields and bool(fields & set(_MONTHS)) and "object_type" not in value[0]


def _read_json(path: str, sha256: str, data: bytes) -> Table:
    read = read_text(data)
    if not read.is_read:
        raise _Unreadable(read.errors[0])
    value = read.value
    name = _rows_of(value) if isinstance(value, dict) else None
    items: Any = value if isinstance(value, list) else value[name] if name is not None else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        message = "a table in JSON is a list of objects, one for each row, or an object with such a list called 'rows'"
        raise _Unreadable(schema_error("", "table", message, "write one object for each allocation", value))
    if len(items) > MAXIMUM_ROWS + 1:
        raise _Unreadable(_too_many_rows())
    keys = list(dict.fromkeys(key for item in items for key in item))
    if len(keys) > MAXIMUM_COLUMNS:
        raise _Unreadable(_too_many_columns())
    column_of = {key: number for number, key in enumerate(keys)}
    columns = _columns({number: _Raw(key, 1, 1, 1) for key, number in column_of.items()}, ", ".join(map(quote, keys)))
    stem = "" if name is None else f"/{name}"
    ends = {key: f"/{escape(key)}" for key, number in column_of.items() if number in columns.fields}
    sources = {f"{stem}/{row}{ends[key]}" for row, item in enumerate(items) for key in item if key in ends}
    supply_key = next((key for key in value if _words(key) in ("total supply", "supply")), None) if name else None
    if supply_key is not None:
        sources.add(join("", supply_key))
    places = json_text.locate(read.text, sources)
    rows = (
        {
            column_of[key]: _json_cell(said, places[f"{stem}/{row}{ends[key]}"])
            for key, said in item.items()
            if key in ends and said is not None and said != ""
        }
        for row, item in enumerate(items)
    )
    table = _table(path, sha256, columns, rows)
    errors = read.errors + table.errors
    supply = table.supply
    if supply_key is not None and value[supply_key] is not None:
        raw = _json_cell(value[supply_key], places[join("", supply_key)])
        supply = Cell(raw.text, "/total_supply", raw.line, raw.column, raw.end_column)
        problem = _supply_problem(supply)
        if problem is not None:
            errors += (_bad_cell(supply, "the total supply", *problem),)
    lines = _lines(read.text)
    return dataclasses.replace(table, supply=supply, errors=errors, source_lines=lines)


def _json_cell(value: Any, place: Position) -> _Raw:
    if isinstance(value, str):
        said = value.strip()
    elif isinstance(value, bool):
        said = "true" if value else "false"
    elif isinstance(value, Decimal):
        said = _decimal_text(value)
    elif isinstance(value, HugeNumber):
        said = value.token[:500]
    else:
        said = str(value) if isinstance(value, int) else quote(str(value))
    # A value that runs over lines has its place on the first.
    end_column = place.end_column if place.end_line == place.line else place.column + 1
    return _Raw(said, place.line, place.column, end_column)


# Any kind


def _lines(text: str) -> dict[int, str]:
    return json_text.lines_of(text, range(1, text.count("\n") + text.count("\r") + 2))


def _words(header: str) -> str:
    return " ".join(_NOT_A_WORD.sub(" ", _CAMEL.sub(" ", header)).lower().split())


def _columns(header: _RawRow, shown: str = "") -> _Columns:
    if max(header, default=0) >= MAXIMUM_COLUMNS:
        raise _Unreadable(_too_many_columns())
    fields: dict[int, Field] = {}
    percent: dict[int, bool] = {}
    for column, raw in header.items():
        words = _words(raw.text)
        field = _FIELDS.get(words)
        if field is None:
            continue
        fields[column] = field
        percent[column] = words in _PERCENT_HEADERS
    listed = shown or ", ".join(quote(raw.text) for raw in list(header.values())[:20])
    allocations = [column for column, field in fields.items() if field is Field.ALLOCATION]
    # A table that states both tokens and percentages means the tokens.
    if len({percent[column] for column in allocations}) == 2:
        for column in allocations:
            if percent[column]:
                del fields[column]
    for field in Field:
        alike = [column for column, found in fields.items() if found is field]
        exact = [column for column in alike if _words(header[column].text) == field.value.replace("_", " ")]
        # Beside a column of the field's own name, others that might mean it say something else.
        if len(exact) == 1:
            for column in alike:
                if column not in exact:
                    del fields[column]
            continue
        named = [header[column].text for column in alike]
        if len(named) > 1:
            message = f"the columns {' and '.join(map(quote, named[:5]))} both say the {field.value.replace('_', ' ')}"
            raise _Unreadable(schema_error("", "column-twice", message, "keep one, or rename the other", named))
    missing = [field.value for field in _NEEDED if field not in fields.values()]
    if missing:
        message = f"the table has no column {' and none '.join(map(quote, missing))}; its columns are {listed}"
        advice = "the first row names the columns: entity, agent, allocation, start_month, cliff_month, vesting_months"
        raise _Unreadable(schema_error("", "column-missing", message, advice, missing))
    in_percent = any(percent[column] for column, field in fields.items() if field is Field.ALLOCATION)
    return _Columns(fields, in_percent)


def _table(path: str, sha256: str, columns: _Columns, raw_rows: Iterator[_RawRow]) -> Table:
    rows: list[Row] = []
    totals: list[_Raw] = []
    for raw in raw_rows:
        said = {field: raw[column] for column, field in columns.fields.items() if column in raw}
        if not said:
            continue
        entity = said.get(Field.ENTITY)
        if entity is not None and _words(entity.text) in _TOTALS:
            totals += [said[Field.ALLOCATION]] if Field.ALLOCATION in said else []
            continue
        if len(rows) == MAXIMUM_ROWS:
            raise _Unreadable(_too_many_rows())
        number = len(rows)
        rows.append(Row(number, {field: _cell(cell, f"/rows/{number}/{field.value}") for field, cell in said.items()}))
    shares = [row.cells[Field.ALLOCATION].text for row in rows if Field.ALLOCATION in row.cells]
    in_percent = columns.in_percent or any(share.endswith("%") for share in shares)
    errors = _Errors()
    if not rows:
        errors.add(schema_error("", "no-rows", "the table has no allocations", "write one row for each allocation", ""))
    supply = _supply(totals, errors, in_percent=in_percent)
    for row in rows:
        _check(row, errors, in_percent=in_percent, by_header=columns.in_percent)
    return Table(path, sha256, tuple(rows), frozenset(columns.fields.values()), in_percent, supply, errors.listed())


def _cell(raw: _Raw, pointer: str) -> Cell:
    return Cell(raw.text, pointer, raw.line, raw.column, raw.end_column)


class _Errors:
    """Findings, the first ones of which are listed."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._more = 0

    def add(self, error: Finding) -> None:
        if len(self._listed) < MAXIMUM_FINDINGS:
            self._listed.append(error)
        else:
            self._more += 1

    def listed(self) -> tuple[Finding, ...]:
        if self._more:
            message = f"{self._more:,} more cells cannot be read"
            return (*self._listed, schema_error("", "more", message, "correct those that are listed first", self._more))
        return tuple(self._listed)


def _supply(totals: Sequence[_Raw], errors: _Errors, *, in_percent: bool) -> Cell | None:
    for raw in totals:
        # A sum that the spreadsheet computes states nothing of its own.
        if raw.text.upper().startswith("=SUM("):
            continue
        cell = _cell(raw, "/total_supply")
        problem = _supply_problem(cell)
        if problem is not None:
            errors.add(_bad_cell(cell, "the total supply", *problem))
            return cell
        value, has_percent_sign = read_number(cell.text, is_quantity=True)
        # Of percentages, a total up to 100 or so is their sum.
        if has_percent_sign or (in_percent and value <= 1000):
            continue
        return cell
    return None


def _check(row: Row, errors: _Errors, *, in_percent: bool, by_header: bool) -> None:
    entity = row.cells.get(Field.ENTITY)
    line = next(iter(row.cells.values())).line
    whose = f"the row in line {line:,}" if entity is None else quote(entity.text)
    for field in _NEEDED:
        if field not in row.cells:
            pointer = f"/rows/{row.number}/{field.value}"
            message = f"{whose} has no {field.value.replace('_', ' ')}"
            at = next(iter(row.cells.values())).pointer
            advice = "write 0 where nothing is waited for" if field in _MONTHS else "fill in the cell"
            error = schema_error(at, "cell-missing", message, advice, "")
            errors.add(dataclasses.replace(error, identity=(pointer, "cell-missing")))
    for field in (*_MONTHS, Field.ALLOCATION):
        cell = row.cells.get(field)
        if cell is None:
            continue
        is_quantity = field is Field.ALLOCATION and not in_percent
        problem = _number_problem(cell, is_quantity=is_quantity) or _size_problem(cell, field, is_quantity=is_quantity)
        is_mixed = field is Field.ALLOCATION and in_percent and not by_header and not cell.text.endswith("%")
        if problem is None and is_mixed:
            problem = ("is no percentage, but other allocations are", "write all in percent, or all in tokens")
        if problem is not None:
            errors.add(_bad_cell(cell, f"the {field.value.replace('_', ' ')} of {whose}", *problem))
    cell = row.cells.get(Field.OTHER_FLOWS)
    if cell is not None and cell.text.casefold() not in YES | NO:
        errors.add(_bad_cell(cell, f"other flows of {whose}", "is neither yes nor no", "write yes or no"))


def _supply_problem(cell: Cell) -> tuple[str, str] | None:
    problem = _number_problem(cell, is_quantity=True)
    if problem is None and read_number(cell.text, is_quantity=True)[0] <= 0:
        return "is not above 0", "write the tokens that there will ever be"
    return problem


def _number_problem(cell: Cell, *, is_quantity: bool) -> tuple[str, str] | None:
    """What is wrong with a number, and what to do."""
    try:
        read_number(cell.text, is_quantity=is_quantity)
    except NotANumber as error:
        wrong, _, advice = error.reason.partition("; ")
        return wrong, advice or "write it in digits"
    return None


def _size_problem(cell: Cell, field: Field, *, is_quantity: bool) -> tuple[str, str] | None:
    value, has_percent_sign = read_number(cell.text, is_quantity=is_quantity)
    if field in _MONTHS and has_percent_sign:
        return "is a percentage", "write a whole number of months"
    if field in _MONTHS and value > MAXIMUM_MONTH:
        return f"is beyond month {MAXIMUM_MONTH:,}, the last that is looked at", "write months, not days or dates"
    if is_quantity and value < 0:
        return "is negative", "write the tokens allocated, 0 or more"
    return None


def _bad_cell(cell: Cell, what: str, wrong: str, advice: str) -> Finding:
    return schema_error(cell.pointer, "cell", f"{what}, {quote(cell.text)}, {wrong}", advice, cell.text)


def _too_many_rows() -> Finding:
    message = f"the table has more than the {MAXIMUM_ROWS:,} rows that are read"
    return schema_error("", "too-many-rows", message, "divide the table", MAXIMUM_ROWS)


def _too_many_columns() -> Finding:
    message = f"the table has more than the {MAXIMUM_COLUMNS} columns that are read"
    return schema_error("", "too-many-columns", message, "leave out the columns that say nothing here", MAXIMUM_COLUMNS)
