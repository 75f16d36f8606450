"""The catalogue of planted faults: each can still be planted. ``tests/mutants/run.py`` runs the suite against them."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "mutants"))

import run
from catalogue import MUTANTS, ROOT, Mutant

RULES = set(
    re.findall(r"^### ([A-Z]+-\d+)", (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8"), re.MULTILINE)
)
PAGES = {path.name[:5].upper() for path in (ROOT / "properties").glob("vv[0-9]*.py")}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_can_be_planted_in_one_place_and_changes_what_the_program_does(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    planted = mutant.planted_in(source)
    compile(planted, mutant.file, "exec")
    assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_breaks_a_rule_or_a_property_that_is_written_down(mutant: Mutant) -> None:
    assert mutant.rule in RULES | PAGES


def test_there_are_many_mutants_of_both_halves_and_no_two_alike() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(mutant.file, mutant.find, mutant.replacement) for mutant in MUTANTS}) == len(MUTANTS)
    assert sum(mutant.file.startswith("engine/") for mutant in MUTANTS) >= 20
    assert sum(mutant.file.startswith("verify/") for mutant in MUTANTS) >= 20


def test_text_that_is_missing_or_occurs_twice_is_refused() -> None:
    for source in ("", "aa"):
        with pytest.raises(ValueError, match="occurs"):
            Mutant("A fault", "engine/plan.py", "a", "b", "DAT-1").planted_in(source)


@pytest.mark.parametrize(
    ("code", "failed", "status"),
    [
        (0, (), "survived"),
        (1, ("tests/test_cases.py::test_a",), "killed"),
        # Nothing but the preparation of a test failed, or no test was run at all.
        (1, (), "broken mutant"),
        (2, (), "broken mutant"),
        (4, (), "broken mutant"),
        (5, (), "broken mutant"),
        (2, ("tests/test_cases.py::test_a",), "broken mutant"),
    ],
)
def test_only_a_test_that_failed_kills(code: int, failed: tuple[str, ...], status: str) -> None:
    assert run.status_of(run.Ended(code, failed, "")) == status


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_test_file_but_this_one_is_run_on_a_mutant_that_survives(mutant: Mutant) -> None:
    listed = [file for group in run.groups(ROOT, mutant.file) for file in group]
    assert sorted(listed) == sorted(
        f"tests/{path.name}" for path in Path(__file__).parent.glob("test_*.py") if path.name != Path(__file__).name
    )


def test_a_copy_is_tested_itself_and_nothing_that_is_installed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for folder in ("engine", "verify", "properties", "reports"):
        shutil.copytree(ROOT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    run.make_importable(project, tmp_path / "importable")
    (project / "test_copy.py").write_text(
        "from fractions import Fraction\n"
        "from vestverify.engine.allocation import round_half_up\n"
        "def test_half(): assert round_half_up(Fraction(1, 2)) == 0\n"
    )
    file = "engine/allocation.py"
    assert run.status_of(run.suite(project, file, ["-c", "/dev/null", "test_copy.py"], 1)) is run.Status.KILLED
    planted = next(mutant for mutant in MUTANTS if "even number" in mutant.name)
    (project / file).write_text(planted.planted_in((project / file).read_text(encoding="utf-8")), encoding="utf-8")
    assert run.status_of(run.suite(project, file, ["-c", "/dev/null", "test_copy.py"], 1)) is run.Status.SURVIVED
    shutil.rmtree(tmp_path / "importable")
    ended = run.suite(project, file, ["-c", "/dev/null", "test_copy.py"], 1)
    assert run.status_of(ended) is run.Status.BROKEN
