"""How fast `vestverify check` is, side by side with what it cannot do without, in one run.

    python benchmarks/check_speed.py [DOCUMENT OR FOLDER ...]

Prints the median wall time of a cold process that checks one four-year document, as a ratio to a bare
interpreter that imports the solver and the model library; and how many VestingTerms one process
checks a second over the given documents (the examples and the test cases where none are given), as a ratio to only
reading and validating them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOUR_YEARS = ROOT / "examples" / "four-year-monthly-one-year-cliff.json"
RUNS = 7
ROUNDS = 3


def seconds_of(command: list[str]) -> float:
    """Wall seconds of one whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def cold_start() -> None:
    """Time whole processes, in pairs."""
    checking = [sys.executable, "-m", "vestverify", "check", str(FOUR_YEARS)]
    importing = [sys.executable, "-c", "import z3, pydantic"]
    pairs = [(seconds_of(checking), seconds_of(importing)) for _ in range(RUNS + 1)][1:]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(first / second for first, second in pairs)
    print(
        f"cold check of one four-year document: {ours:.3f} s; importing z3 and pydantic: {bare:.3f} s; ratio {ratio:.2f}"
    )


def median_of(work: Callable[[], int]) -> tuple[int, float]:
    """What ``work`` returns, and the median of its wall seconds."""
    times = []
    count = 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        count = work()
        times.append(time.perf_counter() - started)
    return count, statistics.median(times)


def throughput(paths: list[str]) -> None:
    """Check all documents in this process."""
    from vestverify.check import CheckOptions, check_document
    from vestverify.documents import expand, read_path

    documents = expand(paths)

    def reading() -> int:
        return sum(len(read_path(path).terms) for path in documents)

    def checking() -> int:
        return sum(len(check_document(read_path(path), CheckOptions())[0].terms) for path in documents)

    checking()
    terms, slow = median_of(checking)
    _, fast = median_of(reading)
    print(
        f"{terms} terms in {len(documents)} documents: {terms / slow:.0f} checked a second, "
        f"{terms / fast:.0f} only read and validated; ratio {slow / fast:.1f}"
    )


if __name__ == "__main__":
    cold_start()
    throughput(sys.argv[1:] or [str(ROOT / "examples"), str(ROOT / "tests" / "cases")])
