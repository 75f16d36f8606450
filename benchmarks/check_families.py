"""How time grows with the terms: realistic documents, and generated graphs of 20 to 500 conditions.

    python benchmarks/check_families.py [--sizes 20,50,100,200,500] [--seeds 3] [--only NAME] [DOCUMENT OR FOLDER ...]

Every property of every terms object is decided in one process, beyond start-up. Prints how many paths the
graph has, how many conditions are dead, the verdicts, the seconds, and their ratio to the yardstick of the
run: a fresh process that imports the solver and the model library. What is open is listed with its reason.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import families
from measuring import Checked, Table, checked, start_up, verdicts_in_words

COLUMNS = [
    ("terms", 44), ("conditions", 10), ("paths", 8), ("dead", 5), ("proved", 6), ("refuted", 7), ("n/a", 4), ("open", 4),
    ("seconds", 8), ("ratio", 6),
]  # fmt: skip

REALISTIC: dict[str, Callable[[], dict[str, Any]]] = {
    "four years, cliff of one year": families.four_years,
    "four years, front-loaded": lambda: families.four_years("FRONT_LOADED"),
    "six years, back-loaded": families.back_loaded,
    "milestones with expiries": families.milestones,
    "acceleration by 24 of 48 months": lambda: families.monthly_acceleration(24),
    "acceleration by 12 of 48 months": lambda: families.monthly_acceleration(12),
    "acceleration by 6 of 48 months": lambda: families.monthly_acceleration(6),
    "acceleration by 6, from month 6": lambda: families.monthly_acceleration(6, from_month=5),
}

FAMILIES: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "tranche chain": families.tranche_chain,
    "diamond ladder": families.diamond_ladder,
    "random graph": families.random_graph,
    "random graph, a third in days": lambda size, seed: families.random_graph(size, seed, in_days=1 / 3),
}


def documents(paths: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The VestingTerms in documents, as JSON, with their names."""
    from vestverify.documents import expand, read_path

    for path in expand(paths):
        for loaded in read_path(path).terms:
            if loaded.terms is not None and isinstance(loaded.raw, dict):
                yield str(loaded.raw["id"])[:44], loaded.raw


def add_row(table: Table, name: str, terms: dict[str, Any], found: Checked) -> None:
    """One row, and what is open below it."""
    count = families.paths(terms) if found.counts["not-applicable"] < 12 else 0
    table.add(
        name[:44], len(terms["vesting_conditions"]), count if count < 10**6 else f"{count:.0e}", found.dead,
        *verdicts_in_words(found.counts), f"{found.seconds:.3f}", f"{found.seconds / start_up():.2f}",
    )  # fmt: skip
    for code, reason in found.open.items():
        table.write(f"    {code} open: {reason}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="20,50,100,200,500")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="families whose names contain this")
    parser.add_argument("documents", nargs="*")
    options = parser.parse_args()
    print(f"yardstick: importing z3 and pydantic in a fresh process takes {start_up():.3f} s")
    table = Table(COLUMNS)
    total: Counter[str] = Counter()

    def measure(name: str, terms: dict[str, Any], repetitions: int = 1) -> None:
        found = checked(terms, repetitions)
        total.update(found.counts)
        add_row(table, name, terms, found)

    for name, make in REALISTIC.items():
        if options.only in name:
            measure(name, make(), 5)
    for name, terms in documents(options.documents):
        measure(name, terms, 5)
    for name, generate in FAMILIES.items():
        if options.only in name:
            for size in map(int, options.sizes.split(",")):
                for seed in range(options.seeds):
                    measure(f"{name}, seed {seed}", generate(size, seed))
    print("properties:", ", ".join(f"{count} {verdict}" for verdict, count in sorted(total.items())))


if __name__ == "__main__":
    main()
