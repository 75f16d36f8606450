"""Acyclicity of a graph as constraints (GRF-1)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import z3

from vestverify.solver import Query, Satisfiability


def cyclic_core(edges: Sequence[tuple[Hashable, Hashable]], rlimit: int) -> tuple[Satisfiability, tuple[int, ...], str]:
    """Assertions that are unsatisfiable exactly when the edges contain a cycle.

    Each node has an integer rank and every edge must climb.

    Args:
        edges: pairs of nodes.
        rlimit: solver resource units allowed.

    Returns:
        The solver's answer; where unsatisfiable, the places in ``edges`` of a core (it contains a
        cycle); where unknown, the reason.
    """
    query = _ranked(edges, rlimit, isolated=False)
    answer = query.check()
    if answer is Satisfiability.UNSATISFIABLE:
        # Which core is found must not depend on what the process asked before.
        query = _ranked(edges, rlimit, isolated=True)
        answer = query.check()
    core: tuple[int, ...] = ()
    if answer is Satisfiability.UNSATISFIABLE:
        core = tuple(sorted(int(name.removeprefix("edge_")) for name in query.core()))
    return answer, core, query.reason


def _ranked(edges: Sequence[tuple[Hashable, Hashable]], rlimit: int, *, isolated: bool) -> Query:
    query = Query(rlimit, about="a ranking of the conditions that climbs along every edge", isolated=isolated)
    ranks: dict[Hashable, z3.ArithRef] = {}
    for number, (origin, target) in enumerate(edges):
        for node in (origin, target):
            ranks.setdefault(node, query.integer(f"rank_{len(ranks)}"))
        query.track(ranks[origin] < ranks[target], f"edge_{number}")
    return query
