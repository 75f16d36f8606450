"""Reading allocation tables, and what their numbers show."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestverify.allocations import table_reading
from vestverify.allocations.numbers import NotANumber, numbers_of, read_number
from vestverify.allocations.table import Field, Table
from vestverify.allocations.table_reading import looks_like_table, read_table, read_table_bytes
from vestverify.results import Severity

HEADER = ["entity", "agent", "allocation", "start_month", "cliff_month", "vesting_months"]
SALES = [*HEADER, "vesting_sales_percentage", "vesting_sales_mean_time", "other_flows"]


def table_of(text: str, path: str = "table.csv") -> Table:
    return read_table_bytes(path, text.encode())


def rows_of(*rows: str, header: list[str] = SALES) -> Table:
    return table_of("\n".join([",".join(header), *rows]))


def said(table: Table) -> list[dict[str, str]]:
    return [{field.value: cell.text for field, cell in row.cells.items()} for row in table.rows]


def codes(table: Table, supply: int | None = None) -> list[tuple[str, str]]:
    found = numbers_of(table, None if supply is None else Fraction(supply)).findings
    return [(finding.code, finding.pointer) for finding in found]


def spreadsheet(rows: list[list[object]], formats: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


texts = st.text(
    st.sampled_from("abcXYZ äß,;\"'\t\n|=0123456789.%/~\U0001f4b0"), min_size=1, max_size=12
).map(str.strip).filter(lambda text: text and text.casefold() not in ("total", "sum", "totals") and text[0] not in "=0123456789.%'")  # fmt: skip
months = st.integers(0, 99).map(str)
tables = st.lists(
    st.tuples(texts, texts, st.integers(0, 10**9).map(str), months, months, months), min_size=1, max_size=6
)


def delimited(rows: list[list[str]], delimiter: str) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode()


@given(tables, st.sampled_from(["csv", "semicolon", "tsv", "xlsx", "json", "bare json"]))
@settings(deadline=None)
def test_a_table_that_is_written_is_read_as_it_was(rows: list[tuple[str, ...]], kind: str) -> None:
    written = [list(row) for row in rows]
    expected = [dict(zip(HEADER, row, strict=True)) for row in written]
    match kind:
        case "csv":
            table = read_table_bytes("t.csv", delimited([HEADER, *written], ","))
        case "semicolon":
            table = read_table_bytes("t.csv", delimited([HEADER, *written], ";"))
        case "tsv":
            table = read_table_bytes("t.tsv", delimited([HEADER, *written], "\t"))
        case "xlsx":
            cells: list[list[object]] = [[*row[:2], *map(int, row[2:])] for row in written]
            table = read_table_bytes("t.xlsx", spreadsheet([list(HEADER), *cells]))
        case "json":
            table = read_table_bytes("t.json", json.dumps({"rows": expected}).encode())
        case _:
            table = read_table_bytes("t.json", json.dumps(expected, indent=1).encode())
    assert table.errors == ()
    assert said(table) == expected


@given(tables)
@settings(deadline=None)
def test_each_cell_without_quotation_marks_stands_where_it_is_said_to(rows: list[tuple[str, ...]]) -> None:
    data = delimited([HEADER, *map(list, rows)], ",")
    table = read_table_bytes("t.csv", data)
    for row in table.rows:
        for cell in row.cells.values():
            line = table.source_lines[cell.line]
            piece = line[cell.column - 1 : cell.end_column - 1]
            assert piece == cell.text or piece.startswith('"')


@given(st.binary(max_size=200), st.sampled_from(["t.csv", "t.tsv", "t.xlsx", "t.json", "-"]))
@settings(deadline=None)
def test_any_bytes_give_a_table_or_a_finding(data: bytes, path: str) -> None:
    table = read_table_bytes(path, data)
    assert table.errors or table.rows
    numbers_of(table)


def test_cells_have_positions_after_quoted_line_breaks() -> None:
    table = table_of('entity,allocation,start,cliff,vesting\n"Te\nam",  5,0,0,"0"\n\nSeed,7,0,0,0\n')
    team, seed = table.rows
    assert [(cell.line, cell.column, cell.end_column) for cell in team.cells.values()] == [
        (2, 1, 4),
        (3, 7, 8),
        (3, 9, 10),
        (3, 11, 12),
        (3, 13, 16),
    ]
    assert (seed.cells[Field.ENTITY].line, seed.cells[Field.ENTITY].pointer) == (5, "/rows/1/entity")


def test_headers_are_known_by_their_usual_names() -> None:
    header = (
        "Allocation Name;Recipient;% of supply;TGE Month;Cliff (months);Duration;Sell Percentage;Mean-Time;Also Sells"
    )
    table = table_of(f"\ufeff{header}\nTeam;pool;20;0;12;48;50;3;no\n")
    assert table.errors == ()
    assert table.columns == frozenset(Field)
    assert table.in_percent


def test_names_in_camel_case_are_known_in_json() -> None:
    row = {"entity": "Team", "allocation": 5.5, "startMonth": 0, "cliffMonth": 1, "vestingMonths": 2, "x": {}}
    table = table_of(json.dumps([row]), "t.json")
    assert table.errors == ()
    assert said(table) == [
        {"entity": "Team", "allocation": "5.5", "start_month": "0", "cliff_month": "1", "vesting_months": "2"}
    ]


def test_positions_of_json_cells_are_those_of_their_values() -> None:
    text = '{"total_supply": 9,\n "allocations": [\n{"entity": "T", "allocation": 9, "start": 0, "cliff": 0, "vesting": 12}]}'
    table = table_of(text, "t.json")
    assert table.supply is not None
    assert (table.supply.text, table.supply.line, table.supply.column) == ("9", 1, 18)
    vesting = table.rows[0].cells[Field.VESTING]
    assert (vesting.pointer, vesting.line, vesting.column, vesting.end_column) == ("/rows/0/vesting_months", 3, 69, 71)


def test_a_row_called_total_is_the_supply() -> None:
    table = rows_of("Team,a,60,0,0,0", "Seed,b,40,0,0,0", "TOTAL,,100,,,", header=HEADER)
    assert table.supply is not None
    assert table.supply.text == "100"
    assert len(table.rows) == 2
    assert codes(table) == []
    assert codes(rows_of("Team,a,60,0,0,0", "Total supply,,100,,,", header=HEADER)) == [("VV602", "/total_supply")]


def test_a_column_that_is_missing_is_named() -> None:
    (error,) = table_of("entity,allocation,start,vesting\nTeam,5,0,0\n").errors
    assert error.code == "VV003"
    assert "'cliff_month'" in error.message
    assert error.advice


@pytest.mark.parametrize("text", ["", "   \n", "\n\n", 'entity,"allocation\n', "\x00", "entity"])
def test_text_that_is_no_table_is_one_finding(text: str) -> None:
    assert len(table_of(text).errors) == 1


def test_text_in_another_encoding_is_one_finding() -> None:
    (error,) = read_table_bytes("t.csv", "entity,Käse".encode("latin-1")).errors
    assert error.code == "VV001"
    assert "UTF-8" in error.message


def test_a_file_that_is_not_there_is_one_finding(tmp_path: Path) -> None:
    (error,) = read_table(str(tmp_path / "none.csv")).errors
    assert error.code == "VV001"


def test_a_file_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("entity\tallocation\tstart\tcliff\tvesting\nA, B\t5\t0\t0\t0\n", encoding="utf-8")
    assert read_table(str(path)).rows[0].cells[Field.ENTITY].text == "A, B"


def test_damaged_spreadsheets_are_one_finding() -> None:
    data = spreadsheet([list(HEADER), ["a", "b", 1, 0, 0, 0]])
    for broken in (data[: len(data) // 2], data[:200] + b"\0" * 50 + data[250:], b"PK\x03\x04"):
        assert [error.code for error in read_table_bytes("t.xlsx", broken).errors] == ["VV001"]


def test_spreadsheets_that_unpack_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reading, "MAXIMUM_UNPACKED_BYTES", 1000)
    (error,) = read_table_bytes("t.xlsx", spreadsheet([list(HEADER)])).errors
    assert error.facts["rule"] == "too-large"


def test_spreadsheets_with_declared_entities_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", '<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>')
    (error,) = read_table_bytes("t.xlsx", stream.getvalue()).errors
    assert "entities" in error.message


def test_formulas_in_spreadsheets_are_not_trusted_for_their_value() -> None:
    table = read_table_bytes("t.xlsx", spreadsheet([list(SALES), ["a", "b", "=1+1", 0, 0, 0, "=10+month", 0, None]]))
    assert table.rows[0].cells[Field.SALES_PERCENTAGE].text == "=10+month"
    (error,) = table.errors
    assert "formula" in error.message


def test_percent_formats_of_spreadsheets_are_percentages() -> None:
    table = read_table_bytes("t.xlsx", spreadsheet([list(HEADER), ["a", "b", 0.07, 0, 0, 0]], {"C2": "0.00%"}))
    assert table.in_percent
    cell = table.rows[0].cells[Field.ALLOCATION]
    assert (cell.text, cell.line, cell.column) == ("7%", 2, 3)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_reading, "MAXIMUM_ROWS", 2)
    rows = [f"r{number},a,1,0,0,0" for number in range(3)]
    assert rows_of(*rows[:2], header=HEADER).errors == ()
    assert [error.facts["rule"] for error in rows_of(*rows, header=HEADER).errors] == ["too-many-rows"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,000,000", 10**6),
        ("1 000 000", 10**6),
        ("1\u00a0000", 1000),
        ("1_000_000", 10**6),
        ("1'000'000.5", Fraction(2000001, 2)),
        ("1.000.000", 10**6),
        ("1.000.000,25", Fraction(4000001, 4)),
        ("500,000", 500_000),
        ("0.1", Fraction(1, 10)),
        ("-3", -3),
        ("1E+09", 10**9),
        ("12.5 %", Fraction(25, 2)),
    ],
)
def test_numbers_of_tokens_are_read_as_people_write_them(text: str, number: Fraction) -> None:
    assert read_number(text, is_quantity=True)[0] == number


@pytest.mark.parametrize(
    "text", ["1,5", "0,250", "1.000", "1 00", "1,000_000", "twelve", "1e999", "9" * 101, "", "%", "NaN", "٣", "0x10"]
)
def test_what_is_no_number_or_an_ambiguous_one_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        read_number(text, is_quantity=True)


def test_an_ambiguous_number_says_so_at_its_cell() -> None:
    (error,) = table_of("entity;share;start;cliff;vesting\nTeam;1,5;0;0;0\n").errors
    assert (error.code, error.pointer) == ("VV003", "/rows/0/allocation")
    assert "1.5 or" in error.message


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("T,a,1,0,12,6,,,", ("VV601", "/rows/0/cliff_month")),
        ("T,a,1,-1,0,6,,,", ("VV603", "/rows/0/start_month")),
        ("T,a,1,0,0,6.5,,,", ("VV603", "/rows/0/vesting_months")),
        ("T,a,1,0,0,6,101,,", ("VV604", "/rows/0/vesting_sales_percentage")),
        ("T,a,1,0,0,6,month*20,,", ("VV604", "/rows/0/vesting_sales_percentage")),
        ("T,a,1,0,0,6,5,-1,", ("VV605", "/rows/0/vesting_sales_mean_time")),
        ("T,a,1,0,0,6,5,100-month,", ("VV605", "/rows/0/vesting_sales_mean_time")),
        ("T,a,1,0,0,6,5,1,yes", ("VV606", "/rows/0/vesting_sales_percentage")),
        ("T,a,1,0,0,6,5,1/(3-month),", ("VV608", "/rows/0/vesting_sales_mean_time")),
        ("T,a,1,0,0,6,5,os.system,", ("VV608", "/rows/0/vesting_sales_mean_time")),
    ],
)
def test_each_fault_is_found_at_its_cell(row: str, found: tuple[str, str]) -> None:
    table = rows_of(row)
    assert table.errors == ()
    assert codes(table) == [found]


def test_nothing_is_found_in_a_table_that_is_right() -> None:
    table = rows_of("T,a,60,0,12,48,50%,3,", "S,a,40,1,0,0,,,", "P,b,0,0,6,0,min(month;1),0,no".replace(";", "|"))
    assert [code for code, _ in codes(table)] == ["VV608"]
    assert codes(rows_of("T,a,60,0,12,48,50%,3,", "S,a,40,1,0,0,,,", 'P,b,0,0,6,0,"min(month,1)",0,no'), 100) == []


def test_other_flows_of_an_agent_concern_all_its_rows() -> None:
    table = rows_of("T,a,1,0,0,6,,,yes", "S,A,1,0,0,6,5,,")
    assert codes(table) == [("VV606", "/rows/1/vesting_sales_percentage")]


def test_two_rows_of_one_name_are_found_and_two_of_one_agent_are_not() -> None:
    assert codes(rows_of("T,a,1,0,0,6,,,", "t ,b,1,0,0,6,,,", "U,a,1,0,0,6,,,")) == [("VV609", "/rows/1/entity")]


def test_sums_above_the_supply_are_errors_and_below_it_warnings() -> None:
    table = rows_of("T,a,60,0,0,6,,,")
    severities = [numbers_of(table, Fraction(supply)).findings for supply in (59, 60, 61)]
    assert [[found.severity for found in findings] for findings in severities] == [
        [Severity.ERROR],
        [],
        [Severity.WARNING],
    ]


def test_percentages_are_of_the_supply_in_base_units() -> None:
    table = table_of("entity,share,start,cliff,vesting\nT,12.5%,0,0,0\nS,87.5%,0,0,0\n")
    numbers = numbers_of(table, Fraction(1000), decimals=2)
    assert [allocation and allocation.amount for allocation in numbers.allocations] == [12_500, 87_500]
    assert numbers.supply == 100_000
    assert numbers.supply_is_stated
    assert numbers.findings == ()


def test_percentages_of_a_supply_that_nobody_states_make_whole_numbers() -> None:
    numbers = numbers_of(table_of("entity,share,start,cliff,vesting\nT,12.5%,0,0,0\nS,87.5%,0,0,0\n"))
    assert not numbers.supply_is_stated
    assert [allocation and allocation.amount for allocation in numbers.allocations] == [25, 175]


def test_percentages_above_a_hundred_are_found() -> None:
    table = table_of("entity,share,start,cliff,vesting\nT,60,0,0,0\nS,50,0,0,0\nU,101,0,0,0\n")
    assert codes(table) == [("VV604", "/rows/2/allocation")]
    table = table_of("entity,share,start,cliff,vesting\nT,60,0,0,0\nS,50,0,0,0\n")
    assert codes(table) == [("VV602", "/rows/1/allocation")]


def test_tokens_among_percentages_are_refused() -> None:
    table = table_of("entity,allocation,start,cliff,vesting\nT,60%,0,0,0\nS,5000,0,0,0\n")
    assert [(error.code, error.pointer) for error in table.errors] == [("VV003", "/rows/1/allocation")]
    assert numbers_of(table).allocations[1] is None


def test_rows_with_cells_that_cannot_be_read_have_no_numbers() -> None:
    table = rows_of("T,a,x,0,0,6,,,", "U,a,1,0,0,99999,,,", "V,a,1,0,,6,,,", "W,a,-5,0,0,6,,,")
    assert len(table.errors) == 4
    assert numbers_of(table).allocations == (None,) * 4
    assert numbers_of(table).findings == ()


@pytest.mark.parametrize(
    ("path", "text", "is_table"),
    [
        ("a.csv", "", True),
        ("a.XLSX", "", True),
        ("a.json", '{"rows": []}', True),
        ("a.json", '{"allocations": [{"entity": "T"}]}', True),
        ("a.json", '[{"entity": "T", "start_month": 0}]', True),
        ("a.json", '[{"entity": "T"}]', False),
        ("a.json", '{"object_type": "VESTING_TERMS", "rows": []}', False),
        ("a.json", '{"rows": [1]}', False),
        ("a.json", '{"rows": [', False),
        ("a.json", "[1, 2]", False),
    ],
)
def test_tables_are_told_from_other_documents(path: str, text: str, is_table: bool) -> None:
    assert looks_like_table(path, text.encode()) is is_table


def test_numbers_of_json_are_exact() -> None:
    table = table_of('{"rows": [{"entity": "T", "share": 0.1, "start": 0, "cliff": 0, "vesting": 1e1}]}', "t.json")
    (allocation,) = numbers_of(table, Fraction(10**30)).allocations
    assert allocation is not None
    assert allocation.amount == Fraction(Decimal("0.1")) * 10**28
    assert allocation.vesting == 10


def test_a_column_of_the_exact_name_outweighs_others_that_might_mean_the_same() -> None:
    table = table_of("entity,name,allocation,allocation %,start,cliff,vesting\nT,x,5,100,0,0,0\n")
    assert table.errors == ()
    assert said(table)[0]["entity"] == "T"
    assert not table.in_percent


def test_two_columns_that_say_the_same_are_refused() -> None:
    (error,) = table_of("category,name,allocation,start,cliff,vesting\nT,x,5,0,0,0\n").errors
    assert error.facts["rule"] == "column-twice"


def test_a_sum_that_a_spreadsheet_computes_is_not_a_stated_supply() -> None:
    table = read_table_bytes(
        "t.xlsx", spreadsheet([list(HEADER), ["a", "b", 1, 0, 0, 0], ["Total", None, "=SUM(C2:C2)"]])
    )
    assert (table.errors, table.supply, len(table.rows)) == ((), None, 1)


def test_a_total_of_percentages_is_not_the_supply() -> None:
    table = table_of("entity,allocation,start,cliff,vesting\nT,100%,0,0,0\nTotal,100%,,,\n")
    assert (table.errors, table.supply, len(table.rows)) == ((), None, 1)


@given(st.data())
@settings(deadline=None)
def test_spreadsheets_with_changed_bytes_give_a_table_or_a_finding(data: st.DataObject) -> None:
    changed = bytearray(_SPREADSHEET)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    table = read_table_bytes("t.xlsx", bytes(changed))
    assert table.errors or table.rows


_SPREADSHEET = spreadsheet([list(HEADER), ["a", "b", 1, 0, 0, 0]])


def test_no_more_than_a_hundred_cells_are_listed() -> None:
    table = rows_of(*(f"r{number},a,x,0,0,0" for number in range(150)), header=HEADER)
    assert len(table.errors) == 101
    assert "50 more" in table.errors[-1].message


@pytest.mark.parametrize("text", ["entity" + "," * 10**6, "entity,a\n" + "\n" * (2 * 10**6), '"' * 10**6, '"a' * 10**6])
def test_large_texts_that_say_little_are_refused_without_delay(text: str) -> None:
    assert len(table_of(text).errors) == 1


def test_repeated_and_odd_keys_of_json_are_read_without_stumbling() -> None:
    text = '{"rows": [{"entity": "x", "a/b~": [1]}], "rows": [{"\\u0065ntity": "T", "entity": "U", "allocation": 5, "start": 0, "cliff": [0], "vesting": {}}, {}]}'
    table = table_of(text, "t.json")
    assert table.rows[0].cells[Field.ENTITY].text == "U"
    assert [error.code for error in table.errors] == ["VV002", "VV002", "VV003", "VV003"]


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*SALES, "rows", "total_supply", "~/", "name"]), inner, max_size=9)
        ),
    )
)
@settings(deadline=None)
def test_any_json_gives_a_table_or_a_finding(value: object) -> None:
    data = json.dumps({"rows": [dict.fromkeys(SALES, "1"), value]}).encode()
    for content in (data, json.dumps(value).encode(), json.dumps([dict.fromkeys(SALES, value)]).encode()):
        looks_like_table("t.json", content)
        table = read_table_bytes("t.json", content)
        assert table.errors or table.rows
        numbers_of(table)


def test_a_comma_is_between_thousands_of_tokens_only() -> None:
    assert rows_of('T,a,"500,000",0,0,6,,,').errors == ()
    table = rows_of('T,a,1,0,0,"1,000",,,')
    assert [error.pointer for error in table.errors] == ["/rows/0/vesting_months"]
    assert numbers_of(table).allocations == (None,)
    assert codes(rows_of('T,a,1,0,0,6,"1,5",,')) == [("VV608", "/rows/0/vesting_sales_percentage")]


@pytest.mark.parametrize("supply", ["-5", "0", "1,5", "many"])
def test_a_total_supply_that_makes_no_sense_is_refused(supply: str) -> None:
    table = rows_of("T,a,1,0,0,6", f'Total,,"{supply}",,,', header=HEADER)
    row = {"entity": "T", "allocation": 1, "start": 0, "cliff": 0, "vesting": 6}
    for read in (table, table_of(json.dumps({"total_supply": supply, "rows": [row]}), "t.json")):
        assert [(error.code, error.pointer) for error in read.errors] == [("VV003", "/total_supply")]
        assert not numbers_of(read).supply_is_stated
