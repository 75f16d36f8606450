"""The proofs about token allocations: what they claim, that they can fail, and that they mean what the engine does."""

from __future__ import annotations

import json
import pathlib
import random
import time
from fractions import Fraction

import click.testing
import openpyxl
import pytest
import z3

from vestverify.allocations.checking import TableOptions, check_table
from vestverify.allocations.proofs import (
    UNLOCK_CODES,
    proof_of_circulation,
    proof_of_sales,
    proof_of_unlocks,
    row_of,
)
from vestverify.allocations.replaying import broken_sales, broken_unlocks, stated_numbers
from vestverify.allocations.table import Cell, Field, Row, Table
from vestverify.command_line import main
from vestverify.engine.unlocking import Allocation, SaleTime, UnlockRounding, sold, unlocked
from vestverify.results import DocumentResult, Method, PropertyResult, Verdict
from vestverify.solver import Query, Satisfiability

COLUMNS = (
    Field.ENTITY,
    Field.AGENT,
    Field.ALLOCATION,
    Field.START,
    Field.CLIFF,
    Field.VESTING,
    Field.SALES_PERCENTAGE,
    Field.MEAN_TIME,
    Field.OTHER_FLOWS,
)

every_rounding = pytest.mark.parametrize("rounding", UnlockRounding)
whether_immediate = pytest.mark.parametrize("immediate", [False, True])


def table(*rows: str, supply: str | None = None, in_percent: bool = False) -> Table:
    """A table of rows whose cells are parted by commas."""
    read = []
    for number, text in enumerate(rows):
        line, column, cells = number + 2, 1, {}
        for field, value in zip(COLUMNS, text.split(","), strict=False):
            if value:
                cells[field] = Cell(value, f"/rows/{number}/{field.value}", line, column, column + len(value))
            column += len(value) + 1
        read.append(Row(number, cells))
    stated = None if supply is None else Cell(supply, "/total_supply", len(rows) + 2, 1, 1 + len(supply))
    columns = frozenset(field for row in read for field in row.cells)
    lines = {number + 2: text for number, text in enumerate(rows)}
    return Table("folder/table.csv", "0" * 64, tuple(read), columns, in_percent, stated, (), lines)


def results(found: DocumentResult, place: int = 0) -> dict[str, PropertyResult]:
    return {each.code: each for each in found.terms[place].properties}


def verdicts(found: DocumentResult, place: int = 0) -> dict[str, str]:
    return {code: str(each.verdict) for code, each in results(found, place).items()}


def random_allocation(generator: random.Random) -> Allocation:
    vesting = generator.choice([0, 1, 2, 3, 12, 48, generator.randrange(1, 200)])
    cliff = generator.randrange(0, vesting + 1) if vesting else generator.choice([0, 0, 5])
    amount = generator.choice([1, 2, 47, 10**6, generator.randrange(1, 10**20)])
    percentage, mean = Fraction(generator.randrange(0, 101)), Fraction(generator.randrange(0, 40), 4)
    return Allocation(
        "a",
        "b",
        Fraction(amount),
        generator.randrange(0, 9),
        cliff,
        vesting,
        lambda month: percentage,
        lambda month: mean,
    )


# ---- The proofs ----


@every_rounding
@whether_immediate
@pytest.mark.parametrize("code", UNLOCK_CODES)
def test_every_promise_about_unlocks_is_proved_for_all_rows_at_once(
    code: str, immediate: bool, rounding: UnlockRounding
) -> None:
    proof = proof_of_unlocks(code, rounding, immediate=immediate)
    assert (proof.holds, proof.reason) == (True, "")
    assert [(each.answer, each.assumptions_hold) for each in proof.questions] == [(Satisfiability.UNSATISFIABLE, True)]


def test_the_promises_about_circulation_and_sales_are_proved_from_assumptions_that_have_a_model() -> None:
    for proof, questions in ((proof_of_circulation(), 1), (proof_of_sales(), 2)):
        assert proof.holds
        assert [each.assumptions_hold for each in proof.questions] == [True] * questions


def test_a_proof_without_budget_is_not_given() -> None:
    proof = proof_of_unlocks("VV611", UnlockRounding.DOWN, rlimit=1)
    assert not proof.holds
    assert "budget" in proof.reason


def test_another_code_is_refused() -> None:
    with pytest.raises(KeyError):
        proof_of_unlocks("VV601", UnlockRounding.DOWN)


@every_rounding
def test_unlocks_can_reach_every_value_that_the_promises_leave_open(rounding: UnlockRounding) -> None:
    query = Query()
    row = row_of(query, rounding, immediate=False)
    month = query.integer("month")
    query.add(*row.assumptions(), month >= 0)
    query.add(row.unlocked(month) > 0, row.unlocked(month) < row.amount, row.unlocked(month + 1) > row.unlocked(month))
    assert query.check() is Satisfiability.SATISFIABLE


def test_a_cliff_beyond_the_vesting_would_break_the_proof() -> None:
    query = Query()
    row = row_of(query, UnlockRounding.DOWN, immediate=False)
    query.add(row.amount == 100, row.start == 0, row.vesting == 12, row.cliff == 24)
    query.add(row.unlocked(query.number(12)) == 0, row.unlocked(query.number(24)) == 100)
    assert query.check() is Satisfiability.SATISFIABLE


# ---- The encoding against the engine ----


@every_rounding
def test_the_encoding_unlocks_what_the_engine_unlocks(rounding: UnlockRounding) -> None:
    generator = random.Random(f"unlocks {rounding}")
    compared = 0
    for _ in range(200):
        allocation = random_allocation(generator)
        query = Query()
        row = row_of(query, rounding, immediate=allocation.vesting == 0)
        months = allocation.last_month + 3
        engine = unlocked(allocation, months, rounding)
        place = [
            (row.amount, query.number(allocation.amount.numerator)),
            (row.start, query.number(allocation.start)),
            (row.cliff, query.number(allocation.cliff)),
            (row.vesting, query.number(allocation.vesting)),
        ]
        assert all(z3.is_true(z3.simplify(z3.substitute(each, *place))) for each in row.assumptions())
        for month in {0, months - 1, *(generator.randrange(months) for _ in range(8))}:
            value = z3.simplify(z3.substitute(row.unlocked(query.number(month)), *place))
            assert Fraction(value.as_string()) == engine[month]
            compared += 1
    assert compared > 1_000


@every_rounding
def test_no_run_of_the_engine_breaks_what_was_proved(rounding: UnlockRounding) -> None:
    generator = random.Random(f"runs {rounding}")
    for _ in range(200):
        allocation = random_allocation(generator)
        months = (str(allocation.start), str(allocation.cliff), str(allocation.vesting))
        row = table(f"a,b,{allocation.amount},{','.join(months)}").rows[0]
        stated = stated_numbers(row, Fraction(0), 0, in_percent=False)
        assert stated is not None
        assert broken_unlocks(stated, rounding) == {}


@pytest.mark.parametrize("reading", SaleTime)
def test_no_run_of_the_engine_sells_more_than_its_share_and_all_of_them_tend_to_it(reading: SaleTime) -> None:
    generator = random.Random(f"sales {reading}")
    for _ in range(40):
        allocation = random_allocation(generator)
        months = allocation.last_month + 60
        unlocks = unlocked(allocation, months, UnlockRounding.DOWN)
        assert broken_sales(allocation, unlocks, reading) is None
        sales = sold(allocation, unlocks, reading)
        left = [
            Fraction(now) * allocation.sales_percentage(0) / 100 - sale
            for now, sale in zip(unlocks, sales, strict=True)
        ]
        assert all(each >= 0 for each in left)
        assert left[-1] < left[allocation.last_month] or left[-1] == 0


# ---- Tables ----


def test_a_sound_row_has_a_verdict_on_every_property() -> None:
    found = check_table(table("Seed,Fund,1000000,1,6,24,50,3"))
    assert found.kind == "token-allocation"
    assert (found.terms[0].id, found.terms[0].name, found.terms[0].pointer) == ("Seed", "Fund", "/rows/0")
    expected = dict.fromkeys(["VV601", "VV603", "VV604", "VV605", *UNLOCK_CODES, "VV616"], "proved")
    assert verdicts(found) == {**expected, "VV608": "not-applicable"}
    assert {each.method for code, each in results(found).items() if code in UNLOCK_CODES} == {Method.SMT}
    assert set(results(found)["VV610"].scope) == {"grant_quantity", "start_date", "events"}


def test_what_is_about_the_table_stands_in_an_entry_of_its_own() -> None:
    found = check_table(table("Seed,Fund,600,1,6,24", "Team,Team,400,0,12,48", supply="1000"))
    assert len(found.terms) == 3
    assert (found.terms[2].id, found.terms[2].pointer) == ("table.csv", "")
    assert verdicts(found, 2) == {
        "VV602": "proved",
        "VV606": "not-applicable",
        "VV607": "not-applicable",
        "VV609": "proved",
        "VV615": "proved",
    }


def test_a_row_that_unlocks_at_a_cliff_without_vesting_is_proved() -> None:
    assert {verdicts(check_table(table("Seed,Fund,600,1,6,0")))[code] for code in UNLOCK_CODES} == {"proved"}


def test_a_negative_allocation_breaks_two_promises_in_months_that_the_engine_shows() -> None:
    found = check_table(table("Seed,Fund,-100,0,2,4"))
    shown = {each.code: each.facts for each in found.findings}
    assert shown["VV610"]["month"] == 0
    assert shown["VV611"] == {"month": 2, "found": "-50", "expected": "0"}


def test_a_cliff_after_the_vesting_breaks_the_end_and_the_cliff_and_nothing_else_of_the_unlocks() -> None:
    found = check_table(table("Seed,Fund,100,0,24,12"))
    refuted = [code for code, verdict in verdicts(found).items() if verdict == "refuted"]
    assert refuted == ["VV601", "VV612", "VV614"]
    assert results(found)["VV610"].method is Method.EXHAUSTIVE


def test_a_fraction_of_a_base_unit_can_never_be_unlocked_in_full() -> None:
    found = check_table(table("Seed,Fund,10.5,0,2,4"))
    assert [code for code, verdict in verdicts(found).items() if verdict == "refuted"] == ["VV612"]
    assert verdicts(check_table(table("Seed,Fund,10.5,0,2,4"), TableOptions(decimals=1)))["VV612"] == "proved"
    exact = TableOptions(rounding=UnlockRounding.EXACT)
    assert verdicts(check_table(table("Seed,Fund,10.5,0,2,4"), exact))["VV612"] == "proved"


def test_a_fraction_of_a_month_unlocks_before_the_cliff_and_leaves_open_what_no_run_shows() -> None:
    found = verdicts(check_table(table("Seed,Fund,1000,0,2.5,10")))
    assert (found["VV603"], found["VV613"], found["VV610"]) == ("refuted", "refuted", "open")


@pytest.mark.parametrize("row", ["Seed,Fund,1000,-3,0,10", "Seed,Fund,1000,0,0,-10", "Seed,Fund,1000,0,0,99999.5"])
def test_months_that_cannot_be_run_leave_the_unlocks_open(row: str) -> None:
    found = verdicts(check_table(table(row)))
    assert found["VV603"] in ("refuted", "open")
    assert {found[code] for code in UNLOCK_CODES} == {"open"}


@pytest.mark.parametrize(
    "row", ["Seed,Fund,1000,0,2,4,150,0", "Seed,Fund,1000,0,2,4,100,-0.5", "Seed,Fund,1000,0,2,4,-5,0"]
)
def test_sales_that_make_no_sense_are_shown_by_the_engine(row: str) -> None:
    found = check_table(table(row))
    assert verdicts(found)["VV616"] == "refuted"
    assert {verdicts(found)[code] for code in UNLOCK_CODES} == {"proved"}


def test_sales_by_a_mean_time_that_is_a_formula_are_proved_under_an_assumption() -> None:
    found = results(check_table(table("Seed,Fund,1000,0,2,4,50,month/2")))
    assert found["VV616"].verdict is Verdict.PROVED
    assert len(found["VV616"].assumptions) == 1


def test_a_text_in_place_of_a_number_leaves_everything_that_needs_it_open() -> None:
    found = verdicts(check_table(table("Seed,Fund,many,0,2,4")))
    assert {found[code] for code in UNLOCK_CODES} == {"open"}


def test_allocations_above_the_supply_are_shown_to_circulate() -> None:
    found = check_table(table("Seed,Fund,600,0,6,24", "Team,Team,500,0,12,48", supply="1000"))
    assert verdicts(found, 2)["VV602"] == verdicts(found, 2)["VV615"] == "refuted"
    shown = next(each for each in found.findings if each.code == "VV615")
    assert shown.facts == {"month": 48, "found": "1100", "expected": "1000"}


def test_percentages_need_no_supply() -> None:
    found = check_table(table("Seed,Fund,33.3%,0,6,24", "Team,Team,66.7%,0,12,48", in_percent=True))
    assert {each.verdict for terms in found.terms for each in terms.properties} <= {
        Verdict.PROVED,
        Verdict.NOT_APPLICABLE,
    }


def test_a_step_of_the_sales_is_told_with_its_month_and_size() -> None:
    found = check_table(table("Seed,Fund,1000,0,3,6,100,0"))
    step = next(each for each in found.findings if each.code == "VV607")
    assert (step.facts["month"], step.facts["growth"], step.facts["percent_of_supply"]) == (3, "500", "50 %")
    assert step.severity == "info"


def test_a_threshold_that_is_not_passed_is_no_step() -> None:
    options = TableOptions(sell_pressure=Fraction(1, 2))
    assert verdicts(check_table(table("Seed,Fund,1000,0,3,6,100,0"), options), 1)["VV607"] == "proved"


def test_findings_lie_where_the_cells_are() -> None:
    found = check_table(table("Seed,Fund,100,0,24,12"))
    assert found.positions["/rows/0"].column == 1
    assert found.positions["/rows/0/cliff_month"].column == 17
    assert found.source_lines["", 2] == "Seed,Fund,100,0,24,12"


def test_ten_thousand_rows_are_decided_in_seconds() -> None:
    generator = random.Random("many rows")
    rows = [
        f"row {number},agent {number % 50},{generator.randrange(1, 10**9)},{number % 24},{number % 13},{13 + number % 48},"
        f"{number % 101},{number % 7}"
        for number in range(10_000)
    ]
    before = time.process_time()
    found = check_table(table(*rows))
    assert len(found.terms) == 10_001
    assert {each.verdict for terms in found.terms for each in terms.properties} <= {
        Verdict.PROVED,
        Verdict.NOT_APPLICABLE,
        Verdict.REFUTED,
    }
    assert time.process_time() - before < 15


def test_a_second_solver_is_asked_for_every_proof() -> None:
    pytest.importorskip("cvc5")
    from vestverify.certificate import Certifier

    found = check_table(table("Seed,Fund,1000,0,2,4,50,3"), TableOptions(certifier=Certifier(1_000_000)))
    certificates = {code: each.certificate for code, each in results(found).items() if each.method is Method.SMT}
    assert set(certificates) == {*UNLOCK_CODES, "VV616"}
    assert all(each is not None and each.asked >= 1 for each in certificates.values())


def test_a_formula_is_not_asked_for_months_in_which_nothing_happens() -> None:
    # Neither month 0, in which the mean time has no value, nor the months after the last unlock count.
    found = results(check_table(table("Seed,Fund,1000,1,0,4,100-20*month,6/month")))
    assert found["VV616"].verdict is Verdict.PROVED
    assert found["VV604"].verdict is Verdict.PROVED


def test_a_row_with_senseless_sales_still_counts_in_the_supply() -> None:
    found = check_table(table("Seed,Fund,600,1,6,24,150,0", "Team,Team,400,0,12,48", supply="1000"))
    assert verdicts(found, 2)["VV615"] == "proved"


CSV = "entity,agent,allocation,start_month,cliff_month,vesting_months\nTeam,Founders,400000,0,24,12\n"


def write_spreadsheet(path: pathlib.Path) -> None:
    book = openpyxl.Workbook()
    for line in CSV.splitlines():
        book.active.append([int(cell) if cell.isdecimal() else cell for cell in line.split(",")])
    book.save(path)


@pytest.mark.parametrize("name", ["table.csv", "table.tsv", "table.xlsx", "table.json"])
def test_the_command_checks_tables_of_every_kind(name: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / name
    match path.suffix:
        case ".csv":
            path.write_text(CSV, encoding="utf-8")
        case ".tsv":
            path.write_text(CSV.replace(",", "\t"), encoding="utf-8")
        case ".xlsx":
            write_spreadsheet(path)
        case _:
            header, row = (line.split(",") for line in CSV.splitlines())
            path.write_text(json.dumps({"rows": [dict(zip(header, row, strict=True))]}), encoding="utf-8")
    ran = click.testing.CliRunner().invoke(main, ["check", str(path), "--format", "json"])
    (document,) = json.loads(ran.stdout)["documents"]
    assert (ran.exit_code, document["kind"]) == (1, "token-allocation")
    assert [each["code"] for each in document["terms"][0]["findings"]] == ["VV601", "VV612", "VV614"]
    assert all(each["location"]["line"] for each in document["terms"][0]["findings"])


def test_the_command_passes_a_sound_table(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(CSV.replace("24,12", "12,24"), encoding="utf-8")
    ran = click.testing.CliRunner().invoke(main, ["check", str(path)])
    assert ran.exit_code == 0
    assert "1 row of 1 token table" in ran.stdout
