"""The report for people: places, excerpts, examples, advice, and nothing that a terminal would obey."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

import pytest

from vestverify.reports import columns, printable
from vestverify.reports.schedule_report import Standing, percent, render_errors, render_table, rows_from, shares
from vestverify.reports.text_report import render, render_internal_errors, reproduce_command
from vestverify.results import (
    Counterexample,
    DocumentKind,
    DocumentResult,
    Finding,
    InternalError,
    Method,
    Position,
    PropertyResult,
    RunResult,
    Severity,
    TermsResult,
    Verdict,
)

ESCAPES = "\x1b[2J\x07\r\n\x00\x7f\x9b31m\u202e\u2066\u200b\ud800\U000e0041"


def make_case(**changes: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "terms": {
            "id": "4yr",
            "vesting_conditions": [
                {"id": "start", "trigger": {"type": "VESTING_START_DATE"}},
                {"id": "a sale", "trigger": {"type": "VESTING_EVENT"}},
            ],
        },
        "issuance": {"object_type": "TX_STOCK_ISSUANCE", "security_id": "s", "date": "2025-01-01", "quantity": "125"},
        "transactions": [
            {"object_type": "TX_VESTING_START", "vesting_condition_id": "start", "date": "2025-01-01"},
            {"object_type": "TX_VESTING_EVENT", "vesting_condition_id": "a sale", "date": "2025-02-01"},
        ],
    }
    return {**case, **changes}


def make_counterexample(case: dict[str, Any] | None = None, rows: int = 12) -> Counterexample:
    schedule = tuple({"date": f"2026-{month:02d}-01", "quantity": "10"} for month in range(1, rows + 1))
    return Counterexample(case or make_case(), schedule, "With 125 shares, 120 vest.")


def make_finding(**changes: Any) -> Finding:
    finding = Finding(
        code="VV305",
        slug="rounding-breaks-total",
        severity=Severity.ERROR,
        message="124 of 125 shares vest",
        pointer="/vesting_conditions/2/id",
        advice="use one condition with a cliff_installment",
        counterexample=make_counterexample(),
    )
    return dataclasses.replace(finding, **changes)


def make_result(code: str, verdict: Verdict, **changes: Any) -> PropertyResult:
    result = PropertyResult(code, "slug", f"promise of {code}", Severity.ERROR, verdict)
    return dataclasses.replace(result, **changes)


def make_run(
    *findings: Finding,
    results: tuple[PropertyResult, ...] = (),
    source: str = '      "id": "monthly",',
    position: Position | None = None,
    **changes: Any,
) -> RunResult:
    document = DocumentResult(
        path="terms.json",
        sha256="ab" * 32,
        kind=DocumentKind.VESTING_TERMS,
        terms=(TermsResult("4yr", "Four years", "", results, findings),),
        positions={"/vesting_conditions/2/id": position or Position(41, 13, 41, 22)},
        source_lines={("", 41): source},
    )
    run = RunResult("0.1.0", "z3 5.4", "default", 8_000_000, (document,), (), 1)
    return dataclasses.replace(run, **changes)


def test_a_finding_shows_code_place_excerpt_example_advice_and_command_in_this_order() -> None:
    lines = render(make_run(make_finding()), colour=False).splitlines()
    wanted = [
        "error[VV305 rounding-breaks-total] 124 of 125 shares vest",
        "--> terms.json:41:13",
        '41 |       "id": "monthly",',
        "|             ^^^^^^^^^",
        "for example: With 125 shares, 120 vest.",
        "to do: use one condition with a cliff_installment",
        "reproduce: vestverify schedule terms.json --terms 4yr --quantity 125 --start 2025-01-01 "
        "--event 'a sale=2025-02-01'",
    ]
    found = [next(number for number, line in enumerate(lines) if line.strip() == text) for text in wanted]
    assert found == sorted(found)


def test_the_caret_stands_under_the_marked_text() -> None:
    lines = render(make_run(make_finding()), colour=False).splitlines()
    number = next(number for number, line in enumerate(lines) if "^" in line)
    start, end = lines[number].index("^"), lines[number].rindex("^") + 1
    assert lines[number - 1][start:end] == '"monthly"'


def test_the_caret_counts_wide_characters_and_tabs_as_they_are_shown() -> None:
    run = make_run(make_finding(), source='\t"名前": "monthly",', position=Position(41, 8, 41, 17))
    lines = render(run, colour=False).splitlines()
    number = next(number for number, line in enumerate(lines) if "^" in line)
    before = lines[number - 1].partition('"monthly"')[0]
    assert columns(before) == lines[number].index("^")


def test_a_long_line_is_cut_around_the_marked_text() -> None:
    source = '{"x":1,' * 5_000 + '"monthly"' + ',"y":2}' * 5_000
    run = make_run(make_finding(), source=source, position=Position(41, 35_001, 41, 35_010))
    lines = render(run, colour=False, width=80).splitlines()
    excerpt = next(line for line in lines if '"monthly"' in line)
    assert len(excerpt) <= 80
    assert excerpt.count("...") == 2


def test_a_finding_over_several_lines_underlines_its_first() -> None:
    run = make_run(make_finding(), source="    {", position=Position(41, 5, 60, 6))
    assert "|     ^\n" in render(run, colour=False)


def test_a_place_that_is_not_in_the_text_is_named_by_its_pointer() -> None:
    assert "--> terms.json at /nowhere\n" in render(make_run(make_finding(pointer="/nowhere")), colour=False)


def test_a_long_schedule_leaves_out_its_middle_and_keeps_the_running_total() -> None:
    text = render(make_run(make_finding(counterexample=make_counterexample(rows=12))), colour=False)
    assert "2026-04-01" in text
    assert "2026-05-01" not in text
    assert "(5 more)" in text
    assert any(line.split() == ["2026-12-01", "10", "120", "96%"] for line in text.splitlines())


def test_a_schedule_of_eight_rows_is_shown_whole() -> None:
    text = render(make_run(make_finding(counterexample=make_counterexample(rows=8))), colour=False)
    assert "more)" not in text
    assert text.count("2026-") == 8


def test_text_from_documents_cannot_steer_the_terminal() -> None:
    finding = make_finding(message=f"m{ESCAPES}", advice=f"a{ESCAPES}")
    run = make_run(finding, results=(make_result("VV201", Verdict.OPEN, reason=f"r{ESCAPES}"),), source=f"s{ESCAPES}")
    document = dataclasses.replace(
        run.documents[0],
        path=f"p{ESCAPES}",
        terms=(dataclasses.replace(run.documents[0].terms[0], id=f"i{ESCAPES}", name=f"n{ESCAPES}"),),
    )
    internal = (InternalError(f"p{ESCAPES}", f"i{ESCAPES}", f"m{ESCAPES}"),)
    text = render(dataclasses.replace(run, documents=(document,), internal_errors=internal), colour=False)
    assert all(line.isprintable() for line in text.split("\n"))
    assert "\\x1b[2J" in text
    text.encode("utf-8")


def test_printable_text_stays_as_it_is() -> None:
    assert printable("Überstunden 名前 \\x1b") == "Überstunden 名前 \\x1b"
    assert printable("a\x1b\u202e\ud800") == "a\\x1b\\u202e\\ud800"


def test_colours_are_used_only_when_asked_for() -> None:
    run = make_run(make_finding(), results=(make_result("VV101", Verdict.PROVED),))
    assert "\x1b" not in render(run, colour=False)
    coloured = render(run, colour=True)
    assert "\x1b[" in coloured


def test_no_line_ends_with_a_space() -> None:
    run = make_run(
        make_finding(),
        make_finding(severity=Severity.INFO, message=""),
        results=(make_result("VV101", Verdict.PROVED), make_result("VV201", Verdict.OPEN)),
        internal_errors=(InternalError("p", "", "one\n\ntwo"),),
    )
    assert all(line == line.rstrip() for line in render(run, colour=False).splitlines())


def test_an_information_takes_one_line_without_excerpt() -> None:
    text = render(make_run(make_finding(severity=Severity.INFO)), colour=False)
    assert "  info[VV305 rounding-breaks-total] 124 of 125 shares vest (terms.json:41:13)\n" in text
    assert "^" not in text
    assert "reproduce" not in text


def test_properties_are_grouped_by_verdict_worst_first() -> None:
    results = (
        make_result("VV101", Verdict.PROVED, method=Method.STRUCTURAL),
        make_result("VV201", Verdict.OPEN, reason="the budget ran out"),
        make_result("VV301", Verdict.REFUTED, method=Method.EXHAUSTIVE),
        *(make_result(f"VV50{number}", Verdict.NOT_APPLICABLE) for number in range(1, 6)),
    )
    lines = [line.strip() for line in render(make_run(results=results), colour=False).splitlines()]
    assert lines[2:6] == [
        "refuted        VV301 promise of VV301 (exhaustive)",
        "open           VV201 promise of VV201: the budget ran out",
        "proved         VV101 promise of VV101 (structural)",
        "not applicable VV501, VV502, VV503, VV504, VV505",
    ]


def test_a_few_properties_that_do_not_apply_are_listed_with_their_reasons() -> None:
    results = (make_result("VV304", Verdict.NOT_APPLICABLE, reason="nothing is declared"),)
    text = render(make_run(results=results), colour=False)
    assert "not applicable VV304 promise of VV304: nothing is declared\n" in text


def test_the_last_line_says_under_which_reading_and_scope_the_proofs_hold() -> None:
    proved = make_result("VV305", Verdict.PROVED, scope={"grant_quantity": ">= 1"}, assumptions=("nobody leaves",))
    text = render(make_run(results=(proved,), reading={"source": "terms"}), colour=False, width=200)
    assert text.splitlines()[-1] == (
        "The proofs hold under the default reading with source=terms, solver z3 5.4; "
        "grant quantity: >= 1; assuming that nobody leaves."
    )


def test_proofs_of_different_scope_are_told_apart() -> None:
    results = (
        make_result("VV101", Verdict.PROVED, scope={"terms": "this document"}),
        make_result("VV305", Verdict.PROVED, scope={"grant_quantity": ">= 1"}),
    )
    text = render(make_run(results=results), colour=False)
    assert "VV101 promise of VV101 [1]\n" in text
    assert "VV305 promise of VV305 [2]\n" in text
    assert text.endswith("  [1] terms: this document\n  [2] grant quantity: >= 1\n")


def test_a_run_that_proves_nothing_says_so() -> None:
    assert "Nothing was proved." in render(make_run(make_finding()), colour=False)


def test_the_summary_counts_documents_terms_and_findings() -> None:
    results = (make_result("VV305", Verdict.REFUTED),)
    run = make_run(make_finding(), make_finding(severity=Severity.WARNING), results=results)
    assert "1 document, 1 vesting terms: 0 proved, 1 refuted, 0 open; 1 error, 1 warning\n" in render(run, colour=False)


def test_a_document_that_cannot_be_read_has_a_header_and_its_errors() -> None:
    error = Finding("VV001", "unreadable-document", Severity.ERROR, "there is no such file", "")
    document = DocumentResult(path="gone.json", sha256="", kind=None, errors=(error,))
    text = render(make_run(documents=(document,)), colour=False)
    assert text.startswith("gone.json  cannot be read as it stands\n")
    assert "error[VV001 unreadable-document] there is no such file\n    --> gone.json\n" in text


def test_an_internal_error_shows_both_sides_and_asks_for_a_report() -> None:
    run = make_run(internal_errors=(InternalError("terms.json", "4yr", "prover: 3\nengine: 4"),))
    text = render_internal_errors(run, colour=False)
    assert text.startswith("internal error in terms.json, 4yr\n    prover: 3\n    engine: 4\n")
    assert "Please report it" in text
    assert text in render(run, colour=False)


def test_the_command_names_the_start_condition_where_there_are_several() -> None:
    case = make_case()
    case["terms"]["vesting_conditions"].append({"id": "other", "trigger": {"type": "VESTING_START_DATE"}})
    command = reproduce_command("t.json", make_counterexample(case))
    assert command is not None
    assert "--start start=2025-01-01" in command


def test_the_command_states_a_grant_date_that_is_not_the_earliest_date() -> None:
    case = make_case()
    case["issuance"] = {**case["issuance"], "date": "2025-03-01"}
    assert "--grant-date 2025-03-01" in (reproduce_command("t.json", make_counterexample(case)) or "")
    assert "--grant-date" not in (reproduce_command("t.json", make_counterexample()) or "")


def test_the_command_states_the_reading() -> None:
    assert "--reading ocf-tools" in (reproduce_command("t", make_counterexample(), "ocf-tools") or "")
    assert "--reading source=terms" in (reproduce_command("t", make_counterexample(), {"source": "terms"}) or "")
    own = make_counterexample(make_case(reading={"roots": "all"}))
    assert (reproduce_command("t", own, "ocf-tools") or "").endswith("--reading roots=all")


@pytest.mark.parametrize("path", ["a b.json", "$(reboot).json", "it's.json", "-rf", "*"])
def test_the_command_is_quoted_for_the_shell(path: str) -> None:
    command = reproduce_command(path, make_counterexample())
    assert command is not None
    assert shlex.split(command)[2] == (f"./{path}" if path.startswith("-") else path)


def test_the_command_writes_what_cannot_be_shown_in_escapes() -> None:
    command = reproduce_command("a\x1b'\udcff.json", make_counterexample())
    assert command is not None
    assert "$'a\\x1b\\x27\\xff.json'" in command


def test_there_is_no_command_for_a_case_that_flags_cannot_state() -> None:
    accelerated = make_case(transactions=[{"object_type": "TX_VESTING_ACCELERATION", "date": "2025-01-01"}])
    assert reproduce_command("t", make_counterexample(accelerated)) is None
    assert reproduce_command("t", make_counterexample(make_case(terms=None))) is None


def test_a_schedule_is_a_table_with_running_totals_and_exact_or_marked_percentages() -> None:
    rows = rows_from(
        [{"date": "2026-01-01", "quantity": "31"}, {"date": "2026-02-01", "quantity": "10/3"}],
        {"2026-01-01": ["cliff", "bo\x1bnus"]},
    )
    assert render_table(rows, rows[0].quantity * 4, Standing("2026-01-15", rows[0].quantity, rows[0].quantity * 3)) == (
        "date        shares  cumulative  of grant  condition\n"
        "2026-01-01      31          31       25%  cliff, bo\\x1bnus\n"
        "2026-02-01    10/3       103/3   ~27.69%\n"
        "total        103/3               ~27.69%  of 124 granted\n"
        "As of 2026-01-15: 31 vested, 93 unvested.\n"
    )


def test_an_empty_schedule_says_that_nothing_vests() -> None:
    rows = rows_from([])
    assert render_table(rows, rows_from([{"date": "d", "quantity": "10"}])[0].quantity) == (
        "date   shares  cumulative  of grant\ntotal       0                    0%  of 10 granted\n"
    )


@pytest.mark.parametrize("text", ["0", "125", "0.5", "-2.25", "10/3", "9007199254740993", "0.0000000001"])
def test_shares_are_written_exactly(text: str) -> None:
    quantity = rows_from([{"date": "d", "quantity": text}])[0].quantity
    assert shares(quantity) == text


def test_percentages_are_exact_or_marked_as_rounded() -> None:
    whole = rows_from([{"date": "d", "quantity": "3"}])[0].quantity
    assert percent(whole, whole) == "100%"
    assert percent(whole / 3, whole) == "~33.33%"
    assert percent(whole / 8, whole) == "12.5%"
    assert percent(-whole / 8, whole) == "-12.5%"
    assert percent(whole, whole * 0) == "-"


def test_errors_are_sentences() -> None:
    error = {"code": "VV501", "condition_id": None, "transaction_id": None, "message": "no terms\x1b"}
    assert render_errors([error]) == "VV501: no terms\\x1b.\n"


def test_terms_without_id_and_name_have_a_header_all_the_same() -> None:
    run = make_run(results=(make_result("VV101", Verdict.PROVED),))
    assert render(run, colour=False).startswith('terms.json  4yr "Four years"  proved\n')
    nameless = dataclasses.replace(run.documents[0].terms[0], id="", name="")
    document = dataclasses.replace(run.documents[0], terms=(nameless,))
    assert render(dataclasses.replace(run, documents=(document,)), colour=False).startswith("terms.json  proved\n")
