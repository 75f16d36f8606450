"""Two independent meanings over many random terms: encoding against engine, and verdicts against brute force.

    python benchmarks/check_agreement.py [--count 10000] [--seed 0] [--processes 2] [--only encoding|verdicts]

``encoding``: random terms with a random reading and a random input each; the encoding, pinned to that input,
must enter the same conditions on the same days and vest the same installments as the engine. ``verdicts``:
small random terms whose every execution within a window of dates is run; the verdicts must be what that
finds. Prints how many agreed, how often each corner was met, and every disagreement with its terms. The
generators, the comparison and the oracle are those of the test suite, with other random numbers.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from brute_force import assert_verdicts_are_true
from pinned_encoding import READINGS, assert_same_schedule
from random_terms import BASE, grants, recorded_days, vesting_terms

from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import reading_from
from vestverify.engine.schedule import run
from vestverify.engine.vesting_terms import VestingTerms

#: Terms that one task draws; hypothesis keeps in memory what it has drawn.
BATCH = 100


@dataclass
class Tally:
    """What one batch found out.

    Attributes:
        compared: inputs, or terms, that were compared.
        seen: how often each corner was met.
        disagreements: in words, with the terms and the input.
        inputs: different ones.
    """

    compared: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    inputs: set[str] = field(default_factory=set)

    def add(self, other: Tally) -> None:
        """Add what another batch found out."""
        self.compared += other.compared
        self.seen += other.seen
        self.disagreements += other.disagreements
        self.inputs |= other.inputs


def _encoding(data: st.DataObject, tally: Tally) -> None:
    raw = data.draw(vesting_terms())
    plan = compile_terms(VestingTerms.model_validate(raw))
    name = data.draw(st.sampled_from(list(READINGS)))
    reading = data.draw(st.sampled_from(READINGS[name]))
    recorded = data.draw(recorded_days(plan))
    grant = data.draw(grants())
    grant_day = BASE.toordinal() + data.draw(st.sampled_from([-900, 0, 40]))
    told = f"{json.dumps(raw)} {reading.differences()} recorded {recorded} grant {grant} on {grant_day}"
    outcome = run(plan, grant, grant_day, recorded, reading)
    tally.seen[f"{len(outcome.entries)} conditions entered"] += 1
    tally.seen[str(plan.allocation_type)] += 1
    tally.seen[f"reading: {name}"] += 1
    _compare(tally, told, lambda: assert_same_schedule(plan, reading, recorded, grant, grant_day, outcome))


def _verdicts(data: st.DataObject, tally: Tally) -> None:
    raw = data.draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=2))
    reading = reading_from(data.draw(st.sampled_from([{}, {"allocation_scope": "condition"}])))

    def compare() -> None:
        for code, verdict in assert_verdicts_are_true(raw, reading).items():
            if verdict in ("open", "refuted"):
                tally.seen[f"{code} {verdict}"] += 1

    _compare(tally, f"{json.dumps(raw)} {reading.differences()}", compare)


def _compare(tally: Tally, told: str, compare: Callable[[], None]) -> None:
    tally.compared += 1
    tally.inputs.add(told)
    try:
        compare()
    except Exception as error:  # Whatever goes wrong is a disagreement, and the next terms are still compared.
        tally.disagreements.append(f"{type(error).__name__}: {error}\n  {told}")


KINDS: dict[str, Callable[[st.DataObject, Tally], None]] = {"encoding": _encoding, "verdicts": _verdicts}


def _batch(task: tuple[str, int, int]) -> Tally:
    kind, count, number = task
    tally = Tally()

    @seed(number)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        KINDS[kind](data, tally)

    draw()
    return tally


def _measure(kind: str, options: argparse.Namespace) -> Tally:
    started = time.perf_counter()
    sizes = [min(BATCH, options.count - first) for first in range(0, options.count, BATCH)]
    tasks = [(kind, size, 1_000_003 * options.seed + number) for number, size in enumerate(sizes)]
    total = Tally()
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for tally in pool.imap(_batch, tasks):
            total.add(tally)
            told = f"{kind}: {total.compared} of {options.count}, {len(total.disagreements)} disagreements so far"
            print(told, file=sys.stderr, flush=True)
    seconds = time.perf_counter() - started
    print(
        f"{kind}: {total.compared} compared, {len(total.inputs)} of them different, {len(total.disagreements)} disagreements, {seconds:.0f} s"
    )
    for corner, count in sorted(total.seen.items()):
        print(f"    {corner}: {count}")
    for found in total.disagreements[:20]:
        print(f"  DISAGREEMENT {found}")
    return total


def main() -> int:
    """Measure and print; 1 where anything disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", choices=list(KINDS))
    options = parser.parse_args()
    kinds = [options.only] if options.only else list(KINDS)
    disagreements = sum(len(_measure(kind, options).disagreements) for kind in kinds)
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
