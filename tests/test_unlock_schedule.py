"""Schedules of whole tables: sums, agents, months, and how they are written."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from vestverify.allocations.unlock_schedule import UnlockRow, UnlockSchedule, by_agent, unlock_schedule
from vestverify.command_line import main
from vestverify.engine.unlocking import Allocation, SaleTime, UnlockRounding, sold, unlocked
from vestverify.reports import columns
from vestverify.reports.unlock_plot import render_svg
from vestverify.reports.unlock_report import (
    UnlockLine,
    UnlockReport,
    exact_number,
    render_csv,
    render_json,
    render_text,
)


def allocation(
    entity: str, agent: str, amount: int, start: int, cliff: int, vesting: int, percentage: int = 0, mean: int = 0
) -> Allocation:
    return Allocation(
        entity,
        agent,
        Fraction(amount),
        start,
        cliff,
        vesting,
        lambda _: Fraction(percentage),
        lambda _: Fraction(mean),
    )


TABLE = [
    allocation("Team", "insiders", 480, 0, 12, 48),
    allocation("Seed", "investors", 240, 0, 6, 24, 50, 1),
    allocation("Private", "investors", 120, 1, 0, 12),
    allocation("Liquidity", "pool", 60, 0, 0, 0),
]


def report_of(schedule: UnlockSchedule, decimals: int = 0) -> UnlockReport:
    def lines(rows: tuple[UnlockRow, ...]) -> tuple[UnlockLine, ...]:
        return tuple(UnlockLine(row.entity, row.agent, row.unlocked, row.sold) for row in rows)

    circulating = "what has been unlocked"
    return UnlockReport(lines(schedule.rows), lines(by_agent(schedule)), schedule.circulating, circulating, decimals)


@st.composite
def tables(draw: st.DrawFn) -> list[Allocation]:
    rows = []
    for number in range(draw(st.integers(1, 6))):
        vesting = draw(st.integers(0, 40))
        cliff = draw(st.integers(0, vesting))
        amount, start = draw(st.integers(0, 10**9)), draw(st.integers(0, 12))
        agent = draw(st.sampled_from("abc"))
        percentage, mean = draw(st.sampled_from([0, 0, 30, 100])), draw(st.integers(0, 5))
        rows.append(allocation(f"e{number}", agent, amount, start, cliff, vesting, percentage, mean))
    return rows


@settings(max_examples=100, deadline=None)
@given(tables(), st.sampled_from(UnlockRounding), st.sampled_from(SaleTime), st.none() | st.integers(0, 30))
def test_a_schedule_is_what_the_engine_gives_row_by_row(
    rows: list[Allocation], rounding: UnlockRounding, sale_time: SaleTime, last: int | None
) -> None:
    schedule = unlock_schedule(rows, last_month=last, rounding=rounding, sale_time=sale_time)
    count = max(row.last_month for row in rows) + 1 if last is None else last + 1
    assert len(schedule.months) == count
    for row, found in zip(rows, schedule.rows, strict=True):
        unlocks = unlocked(row, count, rounding)
        assert found.unlocked == unlocks
        assert found.sold == sold(row, unlocks, sale_time)


@settings(max_examples=100, deadline=None)
@given(tables(), st.sampled_from(UnlockRounding))
def test_rows_and_agents_add_up_to_what_circulates(rows: list[Allocation], rounding: UnlockRounding) -> None:
    schedule = unlock_schedule(rows, rounding=rounding)
    for month in schedule.months:
        assert sum(row.unlocked[month] for row in schedule.rows) == schedule.circulating[month]
        assert sum(row.unlocked[month] for row in by_agent(schedule)) == schedule.circulating[month]
        assert sum(row.sold[month] for row in by_agent(schedule)) == sum(row.sold[month] for row in schedule.rows)
    assert schedule.circulating[-1] == sum(row.amount for row in rows)


def test_several_allocations_of_one_agent_are_added_up() -> None:
    insiders, investors, pool = by_agent(unlock_schedule(TABLE))
    assert [insiders.agent, investors.agent, pool.agent] == ["insiders", "investors", "pool"]
    assert [investors.unlocked[month] for month in (0, 1, 2, 5, 6, 13, 48)] == [0, 0, 10, 40, 110, 250, 360]


def test_locked_tokens_circulate_only_where_asked() -> None:
    assert unlock_schedule(TABLE).circulating[:2] == [60, 60]
    assert set(unlock_schedule(TABLE, counts_locked=True).circulating) == {900}


def test_a_row_without_sales_has_no_fractions() -> None:
    schedule = unlock_schedule(TABLE)
    assert {type(number) for number in (*schedule.rows[0].unlocked, *schedule.rows[0].sold)} == {int}


def test_sales_that_begin_in_a_later_month_are_not_overlooked() -> None:
    row = Allocation("e", "a", Fraction(4), 0, 0, 4, lambda month: Fraction(100 * (month >= 4)), lambda _: Fraction(0))
    assert unlock_schedule([row]).rows[0].sold == [0, 0, 0, 0, 1]


def test_a_table_without_rows_has_a_schedule_of_one_month() -> None:
    assert unlock_schedule([]) == UnlockSchedule(range(1), (), [0])


def test_a_schedule_does_not_end_before_month_0() -> None:
    with pytest.raises(ValueError, match="month 0 or later, not -1"):
        unlock_schedule(TABLE, last_month=-1)


# ---- as it is written ----


def test_json_says_months_rows_and_what_circulates_exactly() -> None:
    table = [allocation("Seed", "investors", 3, 0, 0, 2, 50, 2), allocation("Pool", "pool", 1, 0, 0, 0)]
    assert json.loads(render_json(report_of(unlock_schedule(table), decimals=1))) == {
        "format": "vestverify.unlock/1",
        "months": [0, 1, 2],
        "rows": [
            {
                "entity": "Seed",
                "agent": "investors",
                "unlocked": ["0", "0.1", "0.3"],
                "sold": ["0", "1/60", "11/180"],
            },
            {"entity": "Pool", "agent": "pool", "unlocked": ["0.1", "0.1", "0.1"], "sold": ["0", "0", "0"]},
        ],
        "circulating": ["0.1", "0.2", "0.4"],
    }


def test_csv_has_every_month_and_sales_where_there_are_any() -> None:
    lines = list(csv.reader(io.StringIO(render_csv(report_of(unlock_schedule(TABLE))))))
    assert lines[0] == [
        *("month", "circulating", "unlocked: Team", "unlocked: Seed", "sold: Seed", "unlocked: Private"),
        "unlocked: Liquidity",
    ]
    assert lines[7] == ["6", "170", "0", "60", "15", "50", "60"]
    assert len(lines) == 50


def test_the_table_shows_the_first_two_years_then_years_and_turns() -> None:
    table = [*TABLE, allocation("Advisors", "insiders", 60, 25, 6, 12)]
    text = render_text(report_of(unlock_schedule(table)))
    shown = [int(line.split()[0]) for line in text.split("\n\n")[0].splitlines()[1:]]
    assert shown == [*range(25), 31, 36, 37, 48]
    assert "20 of 49 months are left out" in text


def test_the_table_shows_sales_of_all_agents_together() -> None:
    lines = render_text(report_of(unlock_schedule(TABLE, last_month=6))).splitlines()
    assert lines[0].split() == ["month", "insiders", "investors", "pool", "circulating", "sold"]
    assert lines[7].split() == ["6", "0", "110", "60", "170", "15"]


def test_the_table_of_sales_shows_what_each_agent_has_sold() -> None:
    text = render_text(report_of(unlock_schedule(TABLE, last_month=7)), sales=True)
    assert text.splitlines()[8].split() == ["7", "0", "25", "0", "190", "25"]
    assert "Tokens sold by the end of each month" in text


def test_rounded_numbers_are_marked_in_the_table() -> None:
    text = render_text(report_of(unlock_schedule([allocation("e", "a", 1, 0, 0, 3)], rounding=UnlockRounding.EXACT)))
    assert "~0.33" in text
    assert "~ rounded to 2 decimal places" in text


def test_agents_that_do_not_fit_are_shown_together() -> None:
    table = [allocation(f"e{number}", f"a rather long agent {number}", 10**12, 0, 0, 0) for number in range(9)]
    lines = render_text(report_of(unlock_schedule(table)), 100).splitlines()
    assert max(map(columns, lines[:2])) <= 100
    assert "7 others" in lines[0]
    assert lines[1].split()[-2:] == ["7,000,000,000,000", "9,000,000,000,000"]


def test_names_from_a_table_cannot_command_the_terminal() -> None:
    report = report_of(unlock_schedule([allocation("e", "a\x1b[31m", 1, 0, 0, 0)]))
    assert "\x1b" not in render_text(report)
    assert "\x1b" not in render_svg(report, "t")


def test_a_very_long_number_is_written_whole() -> None:
    assert exact_number(Fraction(10**6_000, 3)) == "1" + "0" * 6_000 + "/3"
    assert exact_number(Fraction(1, 8)) == "0.125"


def test_the_picture_is_well_formed_and_has_an_area_and_a_name_for_each_agent() -> None:
    table = [*TABLE, allocation("x", "<script>&\"'", 5, 0, 0, 3)]
    svg = render_svg(report_of(unlock_schedule(table)), "A & B <table>")
    root = ElementTree.fromstring(svg)
    name = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{name}title") == "A & B <table>"
    areas = [
        each
        for each in root.iter(f"{name}path")
        if each.get("class", "").startswith("a") and each.get("d", "").endswith("Z")
    ]
    assert [each.findtext(f"{name}title") for each in areas] == ["insiders", "investors", "pool", "<script>&\"'"]
    assert not list(root.iter(f"{name}script"))
    assert "prefers-color-scheme:dark" in svg


def test_many_agents_share_the_last_area() -> None:
    table = [allocation(f"e{number}", f"agent {number}", 100 - number, 0, 0, 0) for number in range(30)]
    svg = render_svg(report_of(unlock_schedule(table)), "t")
    assert "21 others" in svg
    assert "agent 8" in svg
    assert "agent 9" not in svg


@pytest.mark.parametrize("amount", [0, 1, 7, 999, 10**30])
def test_the_picture_of_any_amount_has_an_axis_that_holds_it(amount: int) -> None:
    svg = render_svg(report_of(unlock_schedule([allocation("e", "a", amount, 0, 0, 12)]), decimals=2), "t")
    heights = [float(each.split()[1]) for each in svg.split('class="a0" d="M')[1].split("Z")[0].split("L")]
    assert min(heights) >= 56
    assert max(heights) == 480
    assert amount == 0 or min(heights) < 300


# ---- the command ----

EXAMPLE = str(Path(__file__).parents[1] / "examples" / "token-allocations.csv")


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["schedule", *arguments])


def test_the_command_shows_the_example() -> None:
    result = command(EXAMPLE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "12  14,166,666  5,000,000   7,500,000  15,500,000  1,250,000   43,416,666" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 120


def test_the_command_gives_every_month_to_machines() -> None:
    answer = json.loads(command(EXAMPLE, "--format", "json").stdout)
    assert answer["months"] == list(range(62))
    assert answer["circulating"][-1] == "100000000"
    assert len(command(EXAMPLE, "--format", "csv", "--months", "5").stdout.splitlines()) == 7


def test_the_flags_choose_rounding_sale_time_decimals_and_what_circulates() -> None:
    def seed(*flags: str) -> dict[str, list[str]]:
        answer = json.loads(command(EXAMPLE, "--format", "json", "--months", "7", *flags).stdout)
        return {**answer["rows"][0], "circulating": answer["circulating"]}

    assert seed()["unlocked"][-1] == "4375000"
    assert seed("--circulating", "all")["circulating"] == ["100000000"] * 8
    assert seed("--sale-time", "continuous")["sold"][6] != seed()["sold"][6]
    advisors = [
        json.loads(command(EXAMPLE, "--format", "json", "--months", "7", *flags).stdout)["rows"][4]["unlocked"][7]
        for flags in ([], ["--rounding", "half-up"], ["--rounding", "exact"], ["--decimals", "2"])
    ]
    assert advisors == ["1458333", "1458333", "4375000/3", "1458333.33"]


def test_the_command_draws_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "unlocks.svg"
    assert command(EXAMPLE, "--plot", str(path)).exit_code == 0
    assert "token-allocations.csv" in path.read_text(encoding="utf-8")
    assert ElementTree.parse(path).getroot().tag.endswith("svg")
    assert command(EXAMPLE, "--plot", str(tmp_path / "none" / "a.svg")).exit_code == 2


def test_a_table_that_makes_no_sense_has_no_schedule(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "entity,agent,allocation,start month,cliff month,vesting months\na,b,100,0,12,6\n", encoding="utf-8"
    )
    result = command(str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "VV601" in result.stderr
    assert "(line 2, column 11)" in result.stderr
    path.write_text("entity,agent,allocation\na,b,100\n", encoding="utf-8")
    assert command(str(path)).exit_code == 2


def test_flags_of_tables_are_refused_for_other_documents() -> None:
    case = str(Path(EXAMPLE).with_name("grant-case.json"))
    assert command(case, "--format", "csv").exit_code == 2
    assert command(case, "--plot", "a.svg").exit_code == 2
    assert command(EXAMPLE, "--supply", "0").exit_code == 2


def test_more_months_than_can_be_shown_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    header = "entity,agent,allocation,start month,cliff month,vesting months"
    path.write_text(f"{header}\na,b,100,9000,0,9000\n", encoding="utf-8")
    result = command(str(path))
    assert result.exit_code == 2
    assert "1 row until month 18000 are too many to show" in result.stderr
    assert command(str(path), "--months", "12").exit_code == 0
