"""The laws of the house, read off the syntax trees of its files: who imports whom, who prints, no floating point."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Folder of each import package.
PACKAGES = {
    "engine": "vestverify.engine",
    "properties": "vestverify.properties",
    "reports": "vestverify.reports",
    "verify": "vestverify",
}
COMMANDS = "verify/commands"
COMMAND_LINE = {
    "verify/command_line.py",
    "verify/__main__.py",
    *(path.relative_to(ROOT).as_posix() for path in (ROOT / COMMANDS).glob("*.py")),
}

FOLDERS = {"verify", "engine", "properties", "tests", "reports", "docs", "examples", "benchmarks", ".ci"}
FILES = {"pyproject.toml", "README.md", "LICENSE", ".gitignore"}
#: Folders that tools leave behind.
LEFT = {".git", ".venv", ".hypothesis", "build", "dist", "__pycache__"}

#: Modules of which everything tells the time.
CLOCKS = {"time"}
#: Names that tell the time or read the environment, by the module they come from.
OUTSIDE = {
    "datetime": {"now", "today", "utcnow"},
    "os": {"environ", "environb", "getenv", "getenvb", "get_terminal_size"},
    "shutil": {"get_terminal_size"},
    "sys": {"argv", "stdout", "stderr"},
}
PRINTERS = {"print", "pprint"}


def sources(*folders: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tree_of(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text(encoding="utf-8"), source)


def module_of(source: str) -> str:
    folder, *rest = Path(source).with_suffix("").parts
    return ".".join([PACKAGES[folder], *(part for part in rest if part != "__init__")])


def imported_by(source: str, tree: ast.Module) -> Iterator[str]:
    """Full names that a file imports, wherever in it: of a ``from`` import, each name with its module."""
    own = module_of(source)
    package = own if source.endswith("__init__.py") else own.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*parents, node.module] if node.module else parents) if node.level else node.module or ""
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_within(name: str, *modules: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def foreign_imports(source: str, tree: ast.Module, *allowed: str) -> list[str]:
    """Imports of vestverify that lie outside the allowed modules."""
    return [
        name for name in imported_by(source, tree) if is_within(name, "vestverify") and not is_within(name, *allowed)
    ]


def outside_world(tree: ast.Module) -> list[str]:
    """Where a file prints, or reads the clock, the environment or the terminal."""
    found = []
    aliases = {
        (alias.asname or alias.name): alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PRINTERS:
            found.append(f"line {node.lineno}: {node.func.id}")
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            module = aliases.get(owner, owner)
            if module in ("date", "datetime"):
                module = "datetime"
            is_clock = module in CLOCKS or node.attr in OUTSIDE.get(module, ())
            if is_clock or node.attr in ("echo", "secho") or (module == "builtins" and node.attr in PRINTERS):
                found.append(f"line {node.lineno}: {module}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (
                    node.module in CLOCKS
                    or alias.name in OUTSIDE.get(node.module or "", ())
                    or (node.module == "click" and alias.name in ("echo", "secho"))
                ):
                    found.append(f"line {node.lineno}: from {node.module} import {alias.name}")
    return found


def floating_point(tree: ast.Module) -> list[str]:
    """Where a file has a number with a floating point, a complex one, or the name ``float``."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"line {node.lineno}: {node.value!r}")
        elif isinstance(node, ast.Name) and node.id == "float":
            found.append(f"line {node.lineno}: float")
    return found


@pytest.mark.parametrize("source", sources("engine"))
def test_the_engine_imports_nothing_but_itself(source: str) -> None:
    assert foreign_imports(source, tree_of(source), "vestverify.engine") == []


@pytest.mark.parametrize("source", sources("properties"))
def test_properties_import_the_engine_and_themselves_only(source: str) -> None:
    assert foreign_imports(source, tree_of(source), "vestverify.engine", "vestverify.properties") == []


@pytest.mark.parametrize("source", sources("reports"))
def test_reports_import_results_and_themselves_only(source: str) -> None:
    allowed = ("vestverify.results", "vestverify.fuzz_results", "vestverify.reports")
    assert foreign_imports(source, tree_of(source), *allowed) == []


@pytest.mark.parametrize("source", sources("verify/encoding"))
def test_the_encoding_shares_no_meaning_with_the_engine(source: str) -> None:
    of_engine = [name for name in imported_by(source, tree_of(source)) if is_within(name, "vestverify.engine")]
    shared = ("vestverify.engine.plan", "vestverify.engine.reading", "vestverify.engine.vesting_terms")
    assert [name for name in of_engine if not is_within(name, *shared)] == []


def test_what_the_encoding_imports_beside_shares_no_meaning_with_the_engine_either() -> None:
    shared = ("vestverify.engine.plan", "vestverify.engine.reading", "vestverify.engine.vesting_terms")
    waiting = sources("verify/encoding")
    seen = set(waiting)
    while waiting:
        source = waiting.pop()
        for name in imported_by(source, tree_of(source)):
            if is_within(name, "vestverify.engine"):
                assert is_within(name, *shared), f"{source} imports {name}"
            elif is_within(name, "vestverify"):
                module = "verify/" + "/".join(name.split(".")[1:-1]) + ".py"
                assert (ROOT / module).is_file(), f"{source} imports {name}"
                if module not in seen:
                    seen.add(module)
                    waiting.append(module)
    assert "verify/solver.py" in seen


@pytest.mark.parametrize("source", sorted(set(sources(*PACKAGES)) - COMMAND_LINE))
def test_nothing_but_the_command_line_prints_or_reads_clock_and_environment(source: str) -> None:
    assert outside_world(tree_of(source)) == []


@pytest.mark.parametrize("source", sorted(set(sources(*PACKAGES)) - COMMAND_LINE))
def test_nothing_but_the_command_line_imports_its_commands(source: str) -> None:
    of_the_command_line = ("vestverify.command_line", "vestverify.commands")
    assert [name for name in imported_by(source, tree_of(source)) if is_within(name, *of_the_command_line)] == []


@pytest.mark.parametrize("source", sources("engine"))
def test_the_engine_has_no_floating_point(source: str) -> None:
    assert floating_point(tree_of(source)) == []


def test_every_package_was_looked_at() -> None:
    assert {"engine/schedule.py", "verify/encoding/execution.py", f"{COMMANDS}/check.py"} <= set(sources(*PACKAGES))
    assert all(len(sources(folder)) >= 3 for folder in PACKAGES)


def files_of_the_project() -> list[Path]:
    """Paths from the root: what git knows or, outside a clone, what is there apart from what tools leave behind."""
    command = ["git", "ls-files", "--cached", "-z"]
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        return [Path(name) for name in listed if name and (ROOT / name).exists()]
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [path for path in found if not path.parts[0].endswith((".egg-info", "_cache")) and path.parts[0] not in LEFT]


def test_the_top_of_the_project_holds_the_named_folders_and_files_only() -> None:
    paths = files_of_the_project()
    assert {path.parts[0] for path in paths if len(path.parts) > 1} == FOLDERS
    assert {path.name for path in paths if len(path.parts) == 1} == FILES


BREACHES: list[tuple[str, Callable[[ast.Module], list[str]]]] = [
    ("print('a')", outside_world),
    ("import click\nclick.echo('a')", outside_world),
    ("from click import echo", outside_world),
    ("import os\nos.environ['A']", outside_world),
    ("from os import getenv", outside_world),
    ("import time\ntime.monotonic()", outside_world),
    ("from time import perf_counter", outside_world),
    ("import time as t\nt.time()", outside_world),
    ("import datetime\ndatetime.date.today()", outside_world),
    ("from datetime import datetime\ndatetime.now()", outside_world),
    ("import sys\nsys.stdout.write('a')", outside_world),
    ("x = 0.5", floating_point),
    ("x = float(1)", floating_point),
    ("def f(x: float) -> None: ...", floating_point),
    ("import vestverify.verify", lambda tree: foreign_imports("engine/a.py", tree, "vestverify.engine")),
    (
        "def f():\n    from vestverify import results",
        lambda tree: foreign_imports("engine/a.py", tree, "vestverify.engine"),
    ),
    ("from .. import results", lambda tree: foreign_imports("engine/a.py", tree, "vestverify.engine")),
    ("from ..solver import Query", lambda tree: foreign_imports("engine/a.py", tree, "vestverify.engine")),
    ("import vestverify.engineering", lambda tree: foreign_imports("engine/a.py", tree, "vestverify.engine")),
]


@pytest.mark.parametrize(("text", "look"), BREACHES, ids=[text.replace("\n", "; ") for text, _ in BREACHES])
def test_a_breach_would_be_seen(text: str, look: Callable[[ast.Module], list[str]]) -> None:
    assert look(ast.parse(text)) != []


def test_what_is_allowed_is_not_taken_for_a_breach() -> None:
    allowed = "from vestverify.engine.plan import Plan\nfrom .calendar import parse_day\nimport fractions"
    assert foreign_imports("engine/a.py", ast.parse(allowed), "vestverify.engine") == []
    assert outside_world(ast.parse("import datetime\ndatetime.date.fromordinal(1)\nimport sys\nsys.stdin")) == []
    assert floating_point(ast.parse("x = 1 // 2")) == []
