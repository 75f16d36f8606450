"""How many examples a second the fuzzer tries, and how many its parts alone would.

    python benchmarks/fuzz_speed.py [--examples 2000] [--rounds 5] [--seed 1] [--terms FILE]

Each line is measured beside the yardstick of ``engine_speed.py``, the least that plain Python does for a schedule of
48 installments; the ratio is what can be compared. Seconds are those of the processor, of this process and of the
engine under test with all that it starts; the median round counts. ``wanted`` is the rate that is aimed at.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from engine_speed import EXAMPLES, inputs, schedules, yardstick
from measuring import Table

from vestverify.engine.reading import DEFAULT_READING
from vestverify.engine_protocol import answer
from vestverify.fuzzing.campaign import Campaign, Options
from vestverify.fuzzing.engine_function import EngineFunction
from vestverify.fuzzing.engine_process import EngineProcess
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.generation import generate
from vestverify.fuzzing.own_terms import OwnTermsCampaign
from vestverify.results import Severity
from vestverify.strategies import Subject, subject_of

#: From a seed to how many were done.
Work = Callable[[int], int]

COLUMNS = [("what", 42), ("a second", 9), ("wanted", 7), ("times the yardstick", 19)]
#: Examples a second that are aimed at.
WANTED = 2_000


def processor_seconds() -> float:
    """Seconds of the processor so far, of this process and of all that it has started and that still run."""
    children = psutil.Process().children(recursive=True)
    return time.process_time() + sum(times.user + times.system for times in (each.cpu_times() for each in children))


def engine_alone(subject: Subject, count: int, seed: int) -> int:
    """Schedules of compiled terms."""
    schedules(subject.plan, DEFAULT_READING, inputs(count, seed))
    return count


def generation_alone(subject: Subject | None, examples: int, seed: int) -> int:
    """Families of cases that nobody runs."""
    made = 0

    def take(_: Subject, cases: Any) -> None:
        nonlocal made
        made += len(cases)

    generate(take, examples, seed, DEFAULT_READING, subject, varied=subject is None)
    return made


def own_terms(subject: Subject, least: Severity, examples: int, seed: int) -> int:
    """Cases of terms with every property looked at that a run can break and that is severe enough."""
    campaign = OwnTermsCampaign(Options(seed=seed, examples=examples), least)
    campaign.run([subject])
    return campaign.examples


def against(engine: Engine, examples: int, seed: int) -> int:
    """Cases of any terms that an engine is asked about, and its answers judged."""
    campaign = Campaign(engine, Options(seed=seed, examples=examples))
    campaign.try_examples()
    if campaign.tally.failed:
        raise AssertionError("the reference engine differs from itself")
    return campaign.tally.examples


def measured(work: Work, rounds: int, seed: int) -> tuple[float, float]:
    """How many a second the work does, and how many times as long as the yardstick each one takes."""
    work(seed)
    given = inputs(2_000, seed)
    rates, ratios = [], []
    for number in range(rounds):
        started = time.process_time()
        yardstick(given)
        least = (time.process_time() - started) / len(given)
        started = processor_seconds()
        done = work(seed + number)
        each = (processor_seconds() - started) / done
        rates.append(1 / each)
        ratios.append(each / least)
    return statistics.median(rates), statistics.median(ratios)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=2_000, help="in one round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--terms", type=Path, default=EXAMPLES / "four-year-monthly-cliff-installment.json")
    options = parser.parse_args()
    subject = subject_of(json.loads(options.terms.read_text(encoding="utf-8")))
    with EngineProcess(f"'{sys.executable}' -m vestverify engine") as process:
        count = options.examples
        lines: list[tuple[str, int | None, Work]] = [
            ("given terms: schedules, the engine alone", None, functools.partial(engine_alone, subject, count)),
            ("given terms: cases generated, not run", None, functools.partial(generation_alone, subject, count)),
            ("given terms: cases checked for errors", WANTED, functools.partial(own_terms, subject, Severity.ERROR, count)),
            ("given terms: cases checked for everything", None, functools.partial(own_terms, subject, Severity.INFO, count)),
            ("any terms: cases generated, not run", None, functools.partial(generation_alone, None, count)),
            ("any terms: against a function", None, functools.partial(against, EngineFunction(answer), count)),
            ("any terms: against a child process", None, functools.partial(against, process, count)),
        ]  # fmt: skip
        table = Table(COLUMNS)
        for what, wanted, work in lines:
            rate, ratio = measured(work, options.rounds, options.seed)
            table.add(what, f"{rate:,.0f}", "" if wanted is None else f"{wanted:,}", f"{ratio:.1f}")


if __name__ == "__main__":
    main()
