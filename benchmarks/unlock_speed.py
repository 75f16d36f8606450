"""How many months of allocations the unlock schedule computes in a second.

    python benchmarks/unlock_speed.py [--rows 2000] [--months 120]

Half of the rows have a cliff. Once without sales, and once with sales of a fifth of the rows, which are exact fractions.
"""

from __future__ import annotations

import argparse
import random
import time
from fractions import Fraction

from measuring import Table

from vestverify.allocations.unlock_schedule import by_agent, unlock_schedule
from vestverify.engine.unlocking import Allocation, UnlockRounding

COLUMNS = [
    ("rows", 6),
    ("months", 6),
    ("rounding", 8),
    ("rows that sell", 14),
    ("seconds", 7),
    ("row-months a second", 19),
]


def _allocations(count: int, months: int, selling: int) -> list[Allocation]:
    chosen = random.Random(0)
    found = []
    for number in range(count):
        vesting = chosen.randint(months // 2, months - 12)
        cliff = chosen.randint(1, 12) if number % 2 else 0
        percentage = Fraction(50 if number < selling else 0)
        found.append(
            Allocation(
                f"entity {number}", f"agent {number % 20}", Fraction(chosen.randint(1, 10**15)),
                chosen.randint(0, 11), cliff, vesting, lambda _, it=percentage: it, lambda _: Fraction(6),
            )
        )  # fmt: skip
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--months", type=int, default=120)
    arguments = parser.parse_args()
    table = Table(COLUMNS)
    for count, selling, rounding in (
        (arguments.rows, 0, UnlockRounding.DOWN),
        (arguments.rows, 0, UnlockRounding.HALF_UP),
        (arguments.rows, 0, UnlockRounding.EXACT),
        (arguments.rows // 20, arguments.rows // 100, UnlockRounding.DOWN),
    ):
        allocations = _allocations(count, arguments.months, selling)
        began = time.perf_counter()
        by_agent(unlock_schedule(allocations, last_month=arguments.months - 1, rounding=rounding))
        seconds = time.perf_counter() - began
        each = f"{count * arguments.months / seconds:,.0f}"
        table.add(count, arguments.months, rounding, selling, f"{seconds:.2f}", each)


if __name__ == "__main__":
    main()
