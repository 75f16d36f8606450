"""Plants each fault of the catalogue in a copy of the project and runs the suite against it.

    python tests/mutants/run.py [--only PART_OF_A_NAME ...] [--jobs N] [--minutes M]

A mutant is killed when a test fails that passes without the fault. The status is 1 where one is not killed.
"""

# ruff: noqa: T201 - a script that prints its table

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path

import outcomes
from catalogue import MUTANTS, ROOT, Mutant

#: Test files that see most faults of a folder, soonest first; those of one group run together. The rest of the suite
#: comes last, so that only a survivor takes as long as all of it.
GROUPS = {
    "engine/": (
        ("tests/test_engine_edges.py", "tests/test_cases.py", "tests/test_calendars.py"),
        ("tests/test_encoding_agrees_with_engine.py",),
    ),
    "verify/encoding/independent_": (
        ("tests/test_independent_encoding_agrees_with_engine.py",),
        ("tests/test_independent_verdicts.py",),
    ),
    "verify/independent/": (("tests/test_independent_verdicts.py",), ("tests/test_properties.py",)),
    "verify/encoding/": (
        ("tests/test_encoding_edges.py", "tests/test_calendars.py", "tests/test_structure.py"),
        ("tests/test_encoding_agrees_with_engine.py",),
        ("tests/test_properties.py", "tests/test_amount_properties.py", "tests/test_brute_force_oracle.py"),
    ),
    "verify/": (
        ("tests/test_prover_edges.py", "tests/test_dominance.py", "tests/test_structure.py", "tests/test_solver.py"),
        ("tests/test_properties.py",),
        ("tests/test_amount_properties.py", "tests/test_brute_force_oracle.py", "tests/test_date_properties.py"),
    ),
}
#: It compares the catalogue with the files, and so would see every fault without testing anything.
LEFT_OUT = "tests/test_mutants.py"


class Status(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    #: The suite could not be run: an import or the collection of tests failed. No test has seen the fault.
    BROKEN = "broken mutant"
    #: The tests that failed also fail without the fault.
    DOUBTFUL = "doubtful"
    TIMED_OUT = "timed out"


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One mutant, run.

    Attributes:
        mutant: the fault.
        status: what became of it.
        test: pytest's id of the test that failed first, or ``""``.
        seconds: how long it took, with everything that was run.
        output: the end of what pytest said, where no test answered.
    """

    mutant: Mutant
    status: Status
    test: str
    seconds: float
    output: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """One run of pytest: its exit code and the ids of the tests that failed, in order."""

    code: int
    failed: tuple[str, ...]
    output: str


def copy_of_the_project(target: Path) -> None:
    """Copy what git knows and what is new, as it lies in the working tree."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def packages() -> dict[str, str]:
    """Folder of each import package, as the build sees it; parents come first."""
    with (ROOT / "pyproject.toml").open("rb") as stream:
        folders = tomllib.load(stream)["tool"]["setuptools"]["package-dir"]
    return dict(sorted(folders.items()))


def make_importable(project: Path, path: Path) -> None:
    """Lay the folders of a copy out as one package below ``path``, by links."""
    for package, folder in packages().items():
        target = path.joinpath(*package.split("."))
        if target.exists():
            continue
        if "." in package:
            target.symlink_to(project / folder)
            continue
        target.mkdir(parents=True)
        for entry in (project / folder).iterdir():
            (target / entry.name).symlink_to(entry)


def module_of(file: str) -> str:
    """The module that a file of the project is imported as."""
    folders = sorted(packages().items(), key=lambda item: len(item[1]), reverse=True)
    package, folder = next((package, folder) for package, folder in folders if file.startswith(f"{folder}/"))
    return ".".join([package, *Path(file).relative_to(folder).with_suffix("").parts])


def suite(project: Path, file: str, arguments: Sequence[str], minutes: float) -> Ended:
    """Run pytest on a copy.

    Args:
        project: the copy; beside it lies what makes it importable.
        file: path in the copy of the file that must be the one that is tested.
        arguments: of pytest.
        minutes: how long it may take.

    Raises:
        TimeoutExpired: it took longer.
    """
    failed = project.parent / "failed"
    failed.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(project.parent / "importable"), str(Path(__file__).parent)]),
        outcomes.MODULE: module_of(file),
        outcomes.FILE: str(project / file),
        outcomes.FAILED: str(failed),
    }
    command = [sys.executable, "-m", "pytest", "-p", outcomes.__name__, "-n", "0", "-q", "-p", "no:cacheprovider"]
    command += [f"--ignore={LEFT_OUT}", "--tb=short", *arguments]
    ended = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=60 * minutes
    )
    names = tuple(failed.read_text(encoding="utf-8").splitlines()) if failed.exists() else ()
    return Ended(ended.returncode, names, ended.stdout[-3000:] + ended.stderr[-3000:])


def status_of(ended: Ended) -> Status:
    """What one run of the suite says of a mutant."""
    if ended.code == 0:
        return Status.SURVIVED
    return Status.KILLED if ended.code == 1 and ended.failed else Status.BROKEN


def groups(project: Path, file: str) -> list[list[str]]:
    """The test files of a copy in the order in which they are run on a fault in ``file``."""
    first = next(listed for folder, listed in GROUPS.items() if file.startswith(folder))
    named = {test for group in first for test in group} | {LEFT_OUT}
    found = sorted(path.relative_to(project).as_posix() for path in (project / "tests").glob("test_*.py"))
    return [*(list(group) for group in first), [test for test in found if test not in named]]


def run_mutant(mutant: Mutant, base: Path, minutes: float) -> Result:
    """Plant one fault in a fresh copy of ``base`` and run the suite until a test fails."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(base, project)
        (project / mutant.file).write_text(
            mutant.planted_in((project / mutant.file).read_text(encoding="utf-8")), encoding="utf-8"
        )
        make_importable(project, Path(folder) / "importable")
        for files in groups(project, mutant.file):
            try:
                ended = suite(project, mutant.file, ["-x", *files], minutes)
            except subprocess.TimeoutExpired:
                return Result(mutant, Status.TIMED_OUT, "", time.monotonic() - began)
            status = status_of(ended)
            if status is not Status.SURVIVED:
                test = ended.failed[0] if ended.failed else ""
                output = ended.output if status is Status.BROKEN else ""
                return Result(mutant, status, test, time.monotonic() - began, output)
    return Result(mutant, Status.SURVIVED, "", time.monotonic() - began)


def without_doubtful(results: Sequence[Result], base: Path, minutes: float) -> list[Result]:
    """The results, with those called doubtful whose killing test also fails where nothing is planted."""
    tests = sorted({result.test for result in results if result.status is Status.KILLED})
    if not tests:
        return list(results)
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        project = Path(folder) / "project"
        shutil.copytree(base, project)
        make_importable(project, Path(folder) / "importable")
        ended = suite(project, results[0].mutant.file, tests, minutes)
    if ended.code not in (0, 1):
        raise SystemExit(f"the tests that killed cannot be run on the project itself:\n{ended.output}")
    return [
        dataclasses.replace(result, status=Status.DOUBTFUL)
        if result.status is Status.KILLED and result.test in ended.failed
        else result
        for result in results
    ]


def table(results: Iterable[Result]) -> str:
    """One line a mutant: what became of it, how long it took, where it was planted, which test saw it."""
    return "\n".join(
        f"{result.status:13} {result.seconds:6.1f} s  {result.mutant.file:33} {result.mutant.rule:6} "
        f"{result.mutant.name}" + (f"\n{'':26}{result.test}" if result.test else "")
        for result in results
    )


def chosen(parts: Sequence[str]) -> list[Mutant]:
    """The mutants whose name contains one of ``parts``; all where there are none."""
    return [mutant for mutant in MUTANTS if not parts or any(part in mutant.name for part in parts)]


def main() -> int:
    """Run the mutants and print the table."""
    parser = argparse.ArgumentParser(description="Plant each fault of the catalogue and run the suite against it.")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="mutants with this in their name")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many to run at once")
    parser.add_argument("--minutes", type=float, default=15, metavar="M", help="how long one run of pytest may take")
    options = parser.parse_args()
    mutants = chosen(options.only)
    if not mutants:
        parser.error("no mutant has that in its name")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        base = Path(folder) / "base"
        base.mkdir()
        copy_of_the_project(base)
        for mutant in mutants:
            mutant.planted_in((base / mutant.file).read_text(encoding="utf-8"))

        def one(mutant: Mutant) -> Result:
            result = run_mutant(mutant, base, options.minutes)
            print(table([result]), flush=True)
            return result

        with ThreadPoolExecutor(options.jobs) as workers:
            results = list(workers.map(one, mutants))
        results = without_doubtful(results, base, options.minutes)
    print(f"\n{table(results)}\n")
    for result in results:
        if result.output:
            print(f"{result.mutant.name}:\n{result.output}\n")
    killed = sum(result.status is Status.KILLED for result in results)
    print(f"{killed} of {len(results)} mutants killed in {time.monotonic() - began:.0f} s")
    for result in results:
        if result.status is not Status.KILLED:
            print(f"{result.status}: {result.mutant.name}")
    return 0 if killed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
