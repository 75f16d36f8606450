"""Examples as hypothesis generates them: a stream of families, the same for the same seed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from vestverify.engine.reading import Reading
from vestverify.strategies import Subject, families

#: Cases of one family: under the same terms, drawn together.
FAMILY = 8

#: Takes a family: its terms, and its cases as JSON.
Take = Callable[[Subject, Sequence[Mapping[str, Any]]], None]


class Enough(BaseException):
    """Raised by who takes families, to have no more; hypothesis lets it pass."""


def generate(
    take: Take,
    examples: int,
    random_seed: int,
    reading: Reading,
    subject: Subject | None = None,
    varied: bool = True,
) -> None:
    """Generate families until there are enough examples.

    Args:
        take: is given one family after the other; may raise ``Enough``.
        examples: how many cases in all.
        random_seed: another one gives other cases.
        reading: which published answers the dates are aimed at.
        subject: the terms; None generates terms as well.
        varied: whether to draw other issuances, ledgers and defects, too.
    """
    if examples <= 0:
        return
    left = examples

    @seed(random_seed)
    @settings(
        max_examples=-(-examples // FAMILY),
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(families(subject, FAMILY, varied, reading))
    def each_family(family: tuple[Subject, list[dict[str, Any]]]) -> None:
        nonlocal left
        terms, cases = family
        wanted, left = cases[: max(left, 0)], left - len(cases)
        if wanted:
            take(terms, wanted)

    with contextlib.suppress(Enough):
        each_family()
