"""How many schedules a second the engine gives in one process, and how that compares with plain Python.

Each schedule has another grant and another start. The yardstick is the least that any program in Python does for such
a schedule: 48 dates and 48 differences of whole numbers. It is measured beside every family, since machines and their
other work differ; the ratio is what can be compared. The median round counts.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import functools
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from measuring import Table

from vestverify.engine.plan import Plan, compile_terms
from vestverify.engine.reading import BUNDLES, Reading
from vestverify.engine.schedule import run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms

EXAMPLES = Path(__file__).parents[1] / "examples"
ROUNDS = 15
FIRST_START = datetime.date(2015, 1, 1).toordinal()

#: Shares granted and the day number of the grant, on which vesting starts.
Input = tuple[Fraction, int]


def example(name: str) -> dict[str, Any]:
    """The terms of an example, as JSON."""
    terms: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return terms


def families() -> Iterator[tuple[str, dict[str, Any]]]:
    """Four years of months: with the cliff inside, without, with it before; without, each way of allocating."""
    cliff = example("four-year-monthly-cliff-installment")
    without = copy.deepcopy(cliff)
    del without["vesting_conditions"][1]["trigger"]["period"]["cliff_installment"]
    yield "48 months, cliff installment", cliff
    yield "a year, then 36 months", example("four-year-monthly-one-year-cliff")
    for allocation_type in AllocationType:
        yield f"48 months, {allocation_type}", {**without, "allocation_type": str(allocation_type)}


def inputs(count: int, seed: int) -> list[Input]:
    """Grants of up to a million shares, from days of some thirty years."""
    chosen = random.Random(seed)
    return [(Fraction(chosen.randint(1, 10**6)), FIRST_START + chosen.randrange(10_000)) for _ in range(count)]


def yardstick(given: Sequence[Input]) -> None:
    """48 dates and amounts for each input, as tuples: what plain Python takes at the least."""
    for grant, start in given:
        vested = 0
        rows = []
        for number in range(1, 49):
            date = datetime.date.fromordinal(start + 30 * number)
            until = grant.numerator * number // 48
            rows.append((date, until - vested))
            vested = until


def schedules(plan: Plan, reading: Reading, given: Sequence[Input]) -> None:
    """The schedule of each input; the condition that is recorded is the first."""
    for grant, start in given:
        run(plan, grant, start, {0: start}, reading)


def seconds(work: Callable[[], None]) -> float:
    """Seconds of the processor that the work takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Print a row for each family."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500, help="schedules in one round")
    parser.add_argument("--seed", type=int, default=1, help="of the grants and starts")
    parser.add_argument(
        "--reading", choices=sorted(BUNDLES), default="default", help="which published answers to follow"
    )
    options = parser.parse_args()
    given = inputs(options.count, options.seed)
    table = Table([("terms", 50), ("schedules a second", 18), ("times the yardstick", 19)])
    for name, terms in families():
        plan = compile_terms(VestingTerms.model_validate(terms))
        taken: list[float] = []
        ratios: list[float] = []
        for _ in range(ROUNDS):
            least = seconds(functools.partial(yardstick, given))
            taken.append(seconds(functools.partial(schedules, plan, BUNDLES[options.reading], given)))
            ratios.append(taken[-1] / least)
        table.add(name, f"{options.count / statistics.median(taken):,.0f}", f"{statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main()
