"""What the benchmarks share: the yardstick of one run, a terms object checked in this process, and tables.

Times are seconds of the processor, which other work on the machine hardly changes; nothing measured here waits.
"""

from __future__ import annotations

import functools
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from families import four_years

import vestverify
from vestverify.results import TermsResult, Verdict


def seconds_of(command: list[str]) -> float:
    """Seconds of the processor that one whole process takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@functools.cache
def start_up() -> float:
    """Median seconds of a fresh process that imports the solver and the model library: the yardstick."""
    return statistics.median(seconds_of([sys.executable, "-c", "import z3, pydantic"]) for _ in range(5))


@functools.cache
def warm_up() -> None:
    """Import and run everything once, so that what is measured afterwards is beyond start-up."""
    vestverify.check_terms(four_years("BACK_LOADED"))


@dataclass(frozen=True)
class Checked:
    """One terms object, checked.

    Attributes:
        result: what was decided.
        seconds: the least of the repetitions.
    """

    result: TermsResult
    seconds: float

    @property
    def counts(self) -> Counter[str]:
        """How many properties have each verdict."""
        return Counter(str(each.verdict) for each in self.result.properties)

    @property
    def open(self) -> dict[str, str]:
        """The reason why each property is open that is."""
        return {each.code: each.reason for each in self.result.properties if each.verdict is Verdict.OPEN}

    @property
    def dead(self) -> int:
        """How many conditions were shown never to be entered."""
        return sum(found.code == "VV201" for found in self.result.findings)


def checked(terms: dict[str, Any], repetitions: int = 1, reading: str | Mapping[str, str] = "default") -> Checked:
    """Decide every property of one terms object in this process, beyond start-up."""
    warm_up()
    least = float("inf")
    for _ in range(repetitions):
        started = time.process_time()
        result = vestverify.check_terms(terms, reading=reading)
        least = min(least, time.process_time() - started)
    return Checked(result, least)


def peak_memory() -> float:
    """The most memory that this process has held so far, in MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


@dataclass
class Table:
    """Rows printed as they come, in columns of a fixed width; the first column is left-aligned."""

    columns: Sequence[tuple[str, int]]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    write: Callable[[str], None] = lambda line: print(line, flush=True)

    def __post_init__(self) -> None:
        self.write(self._line([title for title, _ in self.columns]))

    def add(self, *cells: object) -> None:
        """Print one row."""
        self.rows.append(tuple(map(str, cells)))
        self.write(self._line(self.rows[-1]))

    def _line(self, cells: Sequence[str]) -> str:
        widths = [width for _, width in self.columns]
        first, *others = zip(cells, widths, strict=True)
        return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip()


def verdicts_in_words(counts: Counter[str]) -> tuple[int, int, int, int]:
    """Counts of proved, refuted, not applicable and open, in this order."""
    return (counts["proved"], counts["refuted"], counts["not-applicable"], counts["open"])
