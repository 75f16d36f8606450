"""Large numbers: a billion occurrences, denominators of twenty digits, two thousand sibling conditions.

    python benchmarks/check_hard.py [--only NAME]

Each terms object is checked in a process of its own, so that its peak memory is told apart. Prints the
verdicts, the seconds beyond start-up, their ratio to importing the solver and the model library in a fresh
process, and the most memory held. Whether the bar of 1 GiB is kept is printed below; what is open is listed
with its reason.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import families
from measuring import Table, checked, peak_memory, start_up, verdicts_in_words

from vestverify.engine.vesting_terms import AllocationType

COLUMNS = [
    ("terms", 52), ("conditions", 10), ("proved", 6), ("refuted", 7), ("n/a", 4), ("open", 4), ("seconds", 8), ("ratio", 7),
    ("MiB", 6),
]  # fmt: skip

#: Peak memory that no check may exceed, in MiB.
MOST_MEMORY = 1_024


def _cases() -> dict[str, Callable[[], dict[str, Any]]]:
    found: dict[str, Callable[[], dict[str, Any]]] = {"four years (for comparison)": families.four_years}
    for kind in AllocationType:
        found[f"10^9 occurrences, {kind}"] = lambda kind=str(kind): families.many_occurrences(10**9, kind)  # type: ignore[misc]
    for kind in AllocationType:
        found[f"20 digits, one condition, {kind}"] = lambda kind=str(kind): families.long_denominators(20, 1, kind)  # type: ignore[misc]
    found["20 digits, 12 conditions"] = lambda: families.long_denominators(20, 12)
    found["20 digits, 100 conditions"] = lambda: families.long_denominators(20, 100)
    found["2,000 siblings in months"] = lambda: families.siblings(2_000)
    found["2,000 siblings, half in days"] = lambda: families.siblings(2_000, in_days=0.5)
    found["2,000 siblings, half events"] = lambda: families.siblings(2_000, events=0.5)
    found["2,000 siblings, all events"] = lambda: families.siblings(2_000, events=1.0)
    return found


def _in_this_process(name: str) -> None:
    terms = _cases()[name]()
    found = checked(terms)
    figures = {
        "conditions": len(terms["vesting_conditions"]),
        "verdicts": verdicts_in_words(found.counts),
        "open": found.open,
        "seconds": found.seconds,
        "memory": peak_memory(),
    }
    print(json.dumps(figures))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose names contain this")
    parser.add_argument("--in-this-process", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_this_process:
        _in_this_process(options.in_this_process)
        return
    print(f"yardstick: importing z3 and pydantic in a fresh process takes {start_up():.3f} s")
    table = Table(COLUMNS)
    most = 0.0
    for name in _cases():
        if options.only not in name:
            continue
        command = [sys.executable, __file__, "--in-this-process", name]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        figures = json.loads(answer.stdout)
        most = max(most, figures["memory"])
        table.add(
            name, figures["conditions"], *figures["verdicts"], f"{figures['seconds']:.3f}",
            f"{figures['seconds'] / start_up():.2f}", f"{figures['memory']:.0f}",
        )  # fmt: skip
        for code, reason in figures["open"].items():
            table.write(f"    {code} open: {reason}")
    kept = "at most" if most <= MOST_MEMORY else "MORE THAN"
    print(f"peak memory {most:.0f} MiB, {kept} {MOST_MEMORY} MiB")


if __name__ == "__main__":
    main()
