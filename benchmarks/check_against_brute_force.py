"""The proof against brute force on the engine: same terms, same answer, how many times faster.

    python benchmarks/check_against_brute_force.py [--grants 10000] [DOCUMENT ...]

VV305 promises that the installments add up to every whole grant. Brute force runs the reference engine on
every grant from 1 to ``--grants``, on an execution that enters what the terms name; the proof decides all
grants, all start dates and all event timings, with every other property too. Prints both times, their
ratio, and whether they agree: on whether a grant fails, on the least one, and on which ones fail.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import families
from check_families import documents
from measuring import Table, checked, warm_up

from vestverify.engine.execution import execute
from vestverify.engine.plan import Event, Plan, Start, compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.schedule import run
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.results import TermsResult

COLUMNS = [
    ("terms", 40), ("rounded over", 12), ("VV305", 8), ("failing", 7), ("brute force s", 13), ("proof s", 8), ("ratio", 7),
    ("agree", 5),
]  # fmt: skip
START = 738_000


def _separate_cliff(allocation_type: str) -> dict[str, Any]:
    part = {"numerator": "12", "denominator": "48"}
    conditions = [
        families.start(["cliff"]),
        families.relative("cliff", "start", 12, ["monthly"], portion=part),
        families.relative(
            "monthly", "cliff", 1, [], occurrences=36, portion={"numerator": "1", "denominator": "48"}
        ),
    ]  # fmt: skip
    return families.terms("separate cliff, then monthly", conditions, allocation_type)


def _cases(paths: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in AllocationType:
        yield f"four years, {kind}", families.four_years(str(kind))
    for kind in ("CUMULATIVE_ROUND_DOWN", "FRONT_LOADED", "BACK_LOADED"):
        yield f"separate cliff, {kind}", _separate_cliff(kind)
    yield "six years, back-loaded", families.back_loaded()
    yield "milestones with expiries", families.milestones()
    yield from documents(paths)


def _recorded(plan: Plan, reading: Reading, path: list[str] | None) -> dict[int, int]:
    """Starts and events on the days on which they are first possible, along a path or along as many events as can be."""
    wanted = None if path is None else set(path)
    recorded: dict[int, int] = {}
    while True:
        entries = execute(plan, recorded, reading)
        last = entries[-1] if entries else None
        following = plan.initial if last is None else plan.conditions[last.place].following
        day = START if last is None else last.left
        entered = {entry.place for entry in entries}
        for place in (*following, *(each for entry in entries for each in plan.conditions[entry.place].following)):
            condition = plan.conditions[place]
            is_recorded = isinstance(condition.trigger, Start | Event) and place not in recorded
            if is_recorded and place not in entered and (wanted is None or condition.id in wanted):
                parent = next((each for each in entries if place in plan.conditions[each.place].following), None)
                recorded[place] = day if parent is None else parent.left
                break
        else:
            return recorded


def _brute_force(plan: Plan, reading: Reading, recorded: dict[int, int], grants: int) -> tuple[list[int], float]:
    """Whole grants whose installments do not add up to it on one execution, and the seconds that it took to tell."""
    started = time.process_time()
    failing = []
    for grant in range(1, grants + 1):
        outcome = run(plan, Fraction(grant), START, recorded, reading)
        if outcome.schedule.total != grant:
            failing.append(grant)
    return failing, time.process_time() - started


def _named(result: TermsResult) -> dict[str, Any] | None:
    return next((dict(each.facts) for each in result.findings if each.code == "VV305"), None)


def _promised(facts: dict[str, Any] | None, grants: int) -> list[int] | None:
    """The grants up to a limit that the proof says fail on the path it names; None where it does not say which."""
    if facts is None:
        return []
    failing = facts["failing_quantities"]
    if failing is None:
        return None
    return [
        grant
        for grant in range(1, grants + 1)
        if grant in failing.get("also", ())
        or (grant >= failing["from"] and grant % failing["modulus"] in failing["residues"])
    ]


def main() -> int:
    """Measure and print; 1 where the two disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grants", type=int, default=10_000)
    parser.add_argument("documents", nargs="*")
    options = parser.parse_args()
    warm_up()
    table = Table(COLUMNS)
    disagreements, ratios = 0, []
    for name, raw in _cases(options.documents):
        for scope in ("path", "condition"):
            found = checked(raw, 3, reading={"allocation_scope": scope})
            verdict = next(each.verdict for each in found.result.properties if each.code == "VV305")
            if verdict not in ("proved", "refuted"):
                continue
            facts = _named(found.result)
            plan = compile_terms(VestingTerms.model_validate(raw))
            reading = reading_from({"allocation_scope": scope})
            recorded = _recorded(plan, reading, None if facts is None else facts["path"])
            failing, seconds = _brute_force(plan, reading, recorded, options.grants)
            promised = _promised(facts, options.grants)
            agree = promised is None or promised == failing
            disagreements += not agree
            ratios.append(seconds / found.seconds)
            table.add(
                name[:40], scope, verdict, len(failing), f"{seconds:.3f}", f"{found.seconds:.4f}", f"{ratios[-1]:.0f}",
                "yes" if agree else "NO",
            )  # fmt: skip
    print(
        f"{len(ratios)} comparisons, {disagreements} disagreements; the proof is {min(ratios):.0f} to {max(ratios):.0f} times faster"
    )
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
