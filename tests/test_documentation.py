"""What the documentation says is true: its commands run, its outputs appear, its lists and numbers match the code.

Commands are the lines of ``sh`` blocks that run ``vestverify``, by itself or after ``&&`` and in pipes, or ``pytest``.
They run as written, those of each block in a copy of the project's folder of its own that also has a
``my-terms.json`` and a ``requests.jsonl``.
``text`` blocks after such a block show parts of what its commands write.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vestverify.engine.reading import BUNDLES, reading_choices
from vestverify.properties import catalogue, property_of

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
WITH_LINKS = [*PAGES, *(ROOT / folder / "README.md" for folder in ("examples", "tests/cases", "benchmarks"))]
PROGRAMS = ("vestverify", "pytest")

SMALL_ENGINE = '"python3 examples/small_engine.py"'
FOUR_YEARS = "examples/four-year-monthly-one-year-cliff.json"

#: Commands that end with another exit code than 0, without the path to vestverify and without comments.
EXIT_CODES = {
    "check examples/*.json": 1,
    "check examples/four-year-monthly-one-year-cliff.json --reading allocation_scope=condition": 1,
    "check examples/four-year-monthly-one-year-cliff.json --reading ocf-tools": 1,
    "check tests/cases/050-acceleration-that-cuts-a-block-short.json": 3,
    "check examples/two-tier-rsu.json --budget 1": 3,
    f"fuzz --engine {SMALL_ENGINE} {FOUR_YEARS} --max-examples 200": 1,
    f"fuzz --engine {SMALL_ENGINE} {FOUR_YEARS} --max-examples 200 --reading allocation_scope=condition": 1,
    f"fuzz --engine {SMALL_ENGINE} {FOUR_YEARS} --max-examples 200 --format json": 1,
    "fuzz examples/deliberately-broken.json --max-examples 200": 1,
    "replay": 1,
    "pytest examples": 1,
    "pytest --vestverify examples/deliberately-broken.json": 1,
}

PROGRAM = re.compile(r"(?:^|\| *)((?:\.venv/bin/)?vestverify|pytest)\b")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclasses.dataclass(frozen=True)
class Example:
    """One ``sh`` block: the commands in it that run the program, and the ``text`` blocks that follow it."""

    place: str
    commands: tuple[str, ...]
    outputs: tuple[str, ...]


def commands_in(block: str) -> tuple[str, ...]:
    parts = [part.strip() for line in block.splitlines() for part in line.split(" && ")]
    return tuple(part for part in parts if PROGRAM.search(part))


def examples_in(page: Path) -> list[Example]:
    text = text_of(page)
    found: list[Example] = []
    for match in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        language, block = match.groups()
        place = f"{name_of(page)}:{text[: match.start()].count(chr(10)) + 1}"
        if language == "sh" and commands_in(block):
            found.append(Example(place, commands_in(block), ()))
        elif language == "text" and found:
            found[-1] = dataclasses.replace(found[-1], outputs=(*found[-1].outputs, block))
    return found


EXAMPLES = [example for page in PAGES for example in examples_in(page)]


@pytest.fixture
def reader_folder(tmp_path: Path) -> Path:
    """The project's folder as a reader has it after installing, with the files that commands speak of."""
    for entry in ("tests", "docs", "README.md"):
        (tmp_path / entry).symlink_to(ROOT / entry)
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".*", "__pycache__"))
    shutil.copy(ROOT / "examples" / "two-tier-rsu.json", tmp_path / "my-terms.json")
    case = json.loads((ROOT / "examples" / "grant-case.json").read_text(encoding="utf-8"))
    request = {
        "format": "vestverify.engine/1",
        "id": "1",
        **{key: case[key] for key in ("terms", "issuance", "transactions")},
    }
    (tmp_path / "requests.jsonl").write_text(json.dumps(request) + "\n", encoding="utf-8")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in PROGRAMS:
        program = tmp_path / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {name} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PATH": f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=120
    )


def without_program(command: str) -> str:
    """A command as ``EXIT_CODES`` has it."""
    return re.sub(r"^(?:\.venv/bin/)?vestverify\b", "", re.sub(r"\s+#.*", "", command)).strip()


def expected_exit_code(command: str) -> int:
    return EXIT_CODES.get(without_program(command), 0)


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.place for example in EXAMPLES])
def test_commands_run_and_write_what_is_shown(example: Example, reader_folder: Path) -> None:
    written = ""
    for command in example.commands:
        result = run(command, reader_folder)
        assert result.returncode == expected_exit_code(command), f"{command}: {result.stdout}{result.stderr}"
        assert "Traceback" not in result.stderr
        assert result.stdout or result.stderr
        written += result.stdout + result.stderr
    for shown in example.outputs:
        assert words(shown) in words(written)


def test_every_exit_code_that_is_listed_belongs_to_a_command() -> None:
    written = {without_program(each) for example in EXAMPLES for each in example.commands}
    assert not EXIT_CODES.keys() - written


def test_the_readme_has_examples_with_and_without_output() -> None:
    of_readme = [example for example in EXAMPLES if example.place.startswith("README.md")]
    assert len([command for example in of_readme for command in example.commands]) >= 6
    assert any(example.outputs for example in of_readme)


# ---- links ----


def anchors_of(page: Path) -> set[str]:
    """What GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WITH_LINKS, ids=name_of)
def test_links_between_our_files_lead_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if not linked.exists() or (anchor and anchor not in anchors_of(linked)):
            broken.append(target)
    assert broken == []


def test_the_index_has_one_line_for_each_page() -> None:
    pages = [page.name for page in sorted(DOCS.glob("*.md")) if page.name != "README.md"]
    listed = re.findall(r"^- \[(.+?)\]\((.+?)\): .+$", text_of(DOCS / "README.md"), re.MULTILINE)
    assert sorted(target for _, target in listed) == pages
    assert all(name == target for name, target in listed)


def test_every_page_is_linked_from_the_readme() -> None:
    assert [
        page for page in DOCS.glob("*.md") if page.name != "README.md" and f"docs/{page.name}" not in text_of(README)
    ] == []


# ---- the two commands of the README ----


def block_after(marker: str) -> str:
    found = re.findall(rf"^<!-- {marker} -->\n```sh\n(.*?)^```$", text_of(README), re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0]).strip()


def test_the_demonstration_is_one_command_that_installs_and_checks_the_examples() -> None:
    command = block_after("demonstration command")
    assert "\n" not in command
    assert command.startswith("python3 -m venv .venv && ")
    assert command.endswith(".venv/bin/vestverify check examples/*.json")


def test_the_continuous_integration_evaluates_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (extraction,) = re.findall(r"^test_command=.*$", script, re.MULTILINE)
    assert 'eval "${test_command}"' in script
    result = subprocess.run(
        ["bash", "-euc", f'{extraction}\nprintf %s "$test_command"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    command = block_after("test command")
    assert result.stdout == command
    assert "\n" not in command
    assert command.endswith(" -m pytest")


# ---- semantics.md ----

RULES = {
    "SRC": range(1, 6), "GRF": range(1, 7), "TRG": range(1, 6), "PTH": range(1, 5), "DAT": range(1, 9),
    "AMT": range(1, 7), "ALC": range(1, 5), "NUM": range(1, 3), "OUT": range(1, 3), "INV": range(1, 3),
    "CLF": range(1, 4), "GRD": (1,), "EXR": (1,), "ACC": range(1, 4), "TXN": range(1, 5),
    "REL": range(1, 8),
}  # fmt: skip
STANDINGS = ("stated", "derived", "reading", "ours")


@functools.cache
def rules() -> dict[str, dict[str, str]]:
    """The entries of each rule of the page, by its number."""
    found: dict[str, dict[str, str]] = {}
    for section in re.split(r"^### ", text_of(DOCS / "semantics.md"), flags=re.MULTILINE)[1:]:
        number = section.split()[0]
        assert number not in found
        body = re.split(r"^## ", section, flags=re.MULTILINE)[0]
        entries = re.findall(r"^- \*\*(\w+)\*\*: (.*?)(?=^- |\Z)", body, re.MULTILINE | re.DOTALL)
        found[number] = {name: words(value) for name, value in entries}
    return found


@functools.cache
def cases_by_rule() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests" / "cases").glob("*.json")):
        for rule in json.loads(path.read_text(encoding="utf-8"))["rules"]:
            found[rule].append(path.name.split("-")[0])
    return found


def test_the_page_of_semantics_has_the_rules_in_their_order() -> None:
    assert list(rules()) == [f"{family}-{number}" for family, numbers in RULES.items() for number in numbers]


@pytest.mark.parametrize("number", rules())
def test_a_rule_says_what_the_engine_does_and_where_it_comes_from(number: str) -> None:
    entries = rules()[number]
    assert list(entries) == ["Engine", "Standing", "OCF", "Cases"]
    assert entries["Standing"].startswith(STANDINGS)
    assert all(value.endswith(".") for name, value in entries.items() if name != "Cases")


@pytest.mark.parametrize("number", rules())
def test_a_rule_lists_the_cases_that_name_it(number: str) -> None:
    assert rules()[number]["Cases"] == (", ".join(cases_by_rule().get(number, [])) or "none")


def test_every_rule_that_a_case_names_is_on_the_page() -> None:
    assert not cases_by_rule().keys() - rules().keys()


def test_a_rule_that_a_reading_chooses_names_its_key() -> None:
    named = {
        key: number for number, entries in rules().items() for key in re.findall(r"\(`(\w+)`\)", entries["Standing"])
    }
    stated = {key: rows[0]["rule"] for key, rows in readings().items() if rows[0]["rule"] in rules()}
    assert named == stated


def test_the_table_of_allocation_types_shows_what_the_engine_gives() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| .*? \| (.*?) \|$", text_of(DOCS / "semantics.md"), re.MULTILINE)
    expected = {}
    for path in (ROOT / "tests" / "cases").glob("*-22-shares-over-8-*.json"):
        case = json.loads(path.read_text(encoding="utf-8"))
        expected[case["terms"]["allocation_type"]] = [row["quantity"] for row in case["expected"]["schedule"]]
    shown = {name: ["2.75"] * 8 if cells == "11/4 each" else cells.split() for name, cells in rows}
    assert shown == expected


# ---- readings.md ----


def table_rows(page: Path, header: str) -> list[dict[str, str]]:
    """The rows of every table of a page whose header row begins with ``header``."""
    found = []
    columns: list[str] | None = None
    for line in text_of(page).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            columns = None
        elif columns is None:
            columns = cells
        elif columns[0].strip() == header and not set(cells[0]) <= set("-|"):
            found.append(dict(zip(columns, cells, strict=True)))
    return found


@functools.cache
def readings() -> dict[str, list[dict[str, str]]]:
    """The rows of the table of readings, by key."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in table_rows(DOCS / "readings.md", "key"):
        found.setdefault(row["key"].strip("`"), []).append(row)
    return found


def test_the_page_of_readings_has_exactly_the_keys_and_values_of_the_code_the_default_first() -> None:
    listed = {key: tuple(row["value"].strip("`") for row in rows) for key, rows in readings().items()}
    assert list(listed) == list(reading_choices())
    assert listed == reading_choices()


def test_every_value_says_what_it_means_and_who_published_it() -> None:
    empty = [row for rows in readings().values() for row in rows if not all(row.values())]
    assert empty == []


def test_the_page_of_readings_has_exactly_the_bundles_of_the_code() -> None:
    listed = {row["bundle"].strip("`"): row["its choices"] for row in table_rows(DOCS / "readings.md", "bundle")}
    assert listed.keys() == BUNDLES.keys()
    for name, bundle in BUNDLES.items():
        choices = dict(re.findall(r"`(\w+)=([\w-]+)`", listed[name]))
        assert choices == bundle.differences()


def undecided_in_code() -> set[str]:
    """The choices that the prover's own refusals name."""
    tree = ast.parse((ROOT / "verify" / "encoding" / "execution.py").read_text(encoding="utf-8"))
    messages = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "NotEncoded"
        and isinstance(node.args[0], ast.Constant)
    ]
    return {choice for message in messages for choice in re.findall(r"\w+=[\w-]+", str(message))}


def test_the_values_that_the_prover_does_not_decide_are_marked() -> None:
    marked = {
        f"{key}={row['value'].strip('`')}"
        for key, rows in readings().items()
        for row in rows
        if row["prover"].startswith("open")
    }
    assert marked == undecided_in_code()
    assert all(
        row["prover"].startswith(("decides", "open", "not used")) for rows in readings().values() for row in rows
    )


def verdicts(path: Path, *options: str) -> dict[str, str]:
    from vestverify.command_line import main

    result = CliRunner().invoke(main, ["check", str(path), "--format", "json", *options])
    report: dict[str, Any] = json.loads(result.stdout)
    return {each["code"]: each["verdict"] for each in report["documents"][0]["terms"][0]["properties"]}


@pytest.mark.parametrize(
    ("choice", "case"),
    [
        ("roots=all", "017-two-initial-conditions-compete"),
        ("leave_periodic=on-next", "049-acceleration-listed-after-a-block-comes-too-late"),
    ],
)
def test_the_properties_that_are_said_to_be_open_under_a_reading_are(choice: str, case: str) -> None:
    found = verdicts(ROOT / "tests" / "cases" / f"{case}.json", "--reading", choice)
    said = {"VV202", "VV203", *(f"VV30{number}" for number in range(1, 6))}
    left_open = {code for code, verdict in found.items() if verdict == "open"}
    assert left_open - {"VV306", "VV307", "VV310", "VV311"} == said
    assert choice in undecided_in_code()


# ---- limits.md ----


@functools.cache
def limits() -> dict[str, int]:
    rows = table_rows(DOCS / "limits.md", "constant")
    found = {row["constant"].strip("`"): int(row["value"].replace(",", "")) for row in rows}
    assert len(found) == len(rows)
    return found


def constants_of_the_code() -> dict[str, int]:
    """Every public limit of the code: ``MAXIMUM_...``, and the solver's budget."""
    found: dict[str, int] = {}
    for folder, package in (
        ("engine", "vestverify.engine"),
        ("verify", "vestverify"),
        ("reports", "vestverify.reports"),
    ):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = ".".join([package, *path.relative_to(ROOT / folder).with_suffix("").parts])
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                targets = node.targets if isinstance(node, ast.Assign) else []
                for target in targets:
                    if isinstance(target, ast.Name) and target.id.startswith(("MAXIMUM_", "DEFAULT_RLIMIT")):
                        found[f"{name}.{target.id}"] = getattr(importlib.import_module(name), target.id)
    return found


def test_the_page_of_limits_has_every_limit_of_the_code_with_its_number() -> None:
    assert limits() == constants_of_the_code()


def test_the_page_of_limits_opens_with_what_a_pass_does_not_mean() -> None:
    headings = re.findall(r"^#+ (.+)$", text_of(DOCS / "limits.md"), re.MULTILINE)
    assert headings[:2] == ["Limits", "What a pass does not mean"]


def test_the_page_of_limits_states_the_dates_of_the_scope() -> None:
    from vestverify.decision import SCOPE

    first, last = SCOPE["start_date"].split("..")
    assert f"from {first} to {last}" in words(text_of(DOCS / "limits.md"))


def test_the_page_of_limits_lists_the_defects_that_keep_terms_from_being_executed() -> None:
    from vestverify.structure import BLOCKING

    (listed,) = re.findall(r"leaves them without a meaning \((.*?), and VV108", words(text_of(DOCS / "limits.md")))
    numbers = re.sub(
        r"VV(\d+) to VV(\d+)", lambda m: ", ".join(f"VV{n}" for n in range(int(m[1]), int(m[2]) + 1)), listed
    )
    assert set(re.findall(r"VV\d+", numbers)) == set(BLOCKING)


# ---- fuzzing.md ----


def first_cells(header: str) -> list[str]:
    """The names in the first column of a table of the page of fuzzing, of those of a cell each."""
    rows = table_rows(DOCS / "fuzzing.md", header)
    return [name for row in rows for name in re.findall(r"`([\w-]+)", row[header])]


def test_the_page_of_fuzzing_lists_the_strategies() -> None:
    from vestverify import strategies

    assert sorted([*first_cells("strategy"), "Subject", "subject_of"]) == sorted(strategies.__all__)


def test_the_page_of_fuzzing_lists_the_invariants() -> None:
    from vestverify.fuzzing.variants import VARIANTS

    assert first_cells("invariant") == list(dict.fromkeys(variant.rule for variant in VARIANTS))


def test_the_page_of_fuzzing_lists_the_ways_to_give_no_answer() -> None:
    from vestverify.fuzzing.replies import Reply, ReplyKind

    assert sorted(first_cells("no answer")) == sorted(kind for kind in ReplyKind if not Reply(kind).is_answer)


def test_the_page_of_fuzzing_says_what_becomes_of_a_case_that_is_replayed() -> None:
    from vestverify.fuzz_results import ReplayStatus

    assert first_cells("status") == list(ReplayStatus)


# ---- design.md ----


def methods_reported(code: str) -> set[str]:
    """The methods by which ``check`` decides a property on its own two examples and on ours."""
    from vestverify.command_line import main

    item = property_of(code)
    options = [option for key, value in item.reading for option in ("--reading", f"{key}={value}")]
    found = set()
    for text in (item.bad, item.good):
        result = CliRunner().invoke(main, ["check", "-", "--format", "json", *options], input=text)
        for document in json.loads(result.stdout)["documents"]:
            for terms in document["terms"]:
                found |= {each["method"] for each in terms["properties"] if each["code"] == code and each["method"]}
    return found


@functools.cache
def methods_stated() -> dict[str, set[str]]:
    found = {}
    for row in table_rows(DOCS / "design.md", "code"):
        for code in row["code"].split(", "):
            assert code not in found
            found[code] = set() if row["methods"] == "none" else set(re.findall(r"`(\w+)`", row["methods"]))
    return found


def test_the_page_of_design_says_how_every_property_of_the_catalogue_is_decided() -> None:
    assert sorted(methods_stated()) == list(catalogue())


@pytest.mark.parametrize("code", list(catalogue()))
def test_a_property_is_decided_by_the_methods_that_the_page_of_design_states(code: str) -> None:
    assert methods_reported(code) <= methods_stated()[code]
    if property_of(code).subject == "terms":
        assert methods_reported(code)


def test_every_test_and_module_that_a_page_names_exists() -> None:
    named = {
        name
        for page in PAGES
        for name in re.findall(r"`((?:verify|engine|properties|reports|tests|docs)/[\w./-]*)`", text_of(page))
    }
    assert len(named) >= 10
    assert {name for name in named if not (ROOT / name).exists() and not name.startswith("docs/explainers")} == set()


def test_every_code_that_a_page_names_is_in_the_catalogue_or_said_to_be_missing() -> None:
    known = {*catalogue(), "VV505"}
    named = {code for page in PAGES for code in re.findall(r"VV\d{3}", text_of(page))}
    assert named - known == set()


def test_no_package_that_the_page_of_design_gives_reasons_for_is_missing_from_the_dependencies() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {re.split(r"[<>=]", item)[0].removesuffix("-solver") for item in project["dependencies"]}
    for_development = {re.split(r"[<>=]", item)[0] for item in project["optional-dependencies"]["dev"]}
    explained = {row["package"] for row in table_rows(DOCS / "design.md", "package") if "why this one" in row}
    assert required <= explained <= required | for_development
