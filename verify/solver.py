"""The SMT solver: one a process, deterministic, budgeted in its own resource units.

Every claim is put as assertions that are unsatisfiable exactly when the promise holds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from enum import Enum
from fractions import Fraction

import z3

#: Resource units allowed for one question; a few seconds on a 2020s core.
DEFAULT_RLIMIT = 30_000_000


#: How many times that much all hard questions about one terms object may use together.
QUESTIONS_WORTH = 4


class Allowance:
    """Solver resource units that the questions about one terms object share.

    Attributes:
        rlimit: units allowed for one question; 0 is unlimited.
        spent: units used by all of them so far.
    """

    def __init__(self, rlimit: int) -> None:
        """Allow ``rlimit`` units a question, ``QUESTIONS_WORTH`` times that for all."""
        self.rlimit = rlimit
        self.spent = 0

    @property
    def next_question(self) -> int:
        """Units for the next question: 0 is unlimited, a negative number none."""
        if not self.rlimit:
            return 0
        return min(self.rlimit, QUESTIONS_WORTH * self.rlimit - self.spent) or -1


class Satisfiability(Enum):
    """The solver's answer to one query."""

    SATISFIABLE = "sat"
    UNSATISFIABLE = "unsat"
    #: The budget ran out, or the solver gave up. Never a pass.
    UNKNOWN = "unknown"


class Query:
    """Assertions, and the answer to whether they have a model.

    Attributes:
        context: the solver context in which its terms are made.
        spent: resource units used so far by this query.
        reason: why the answer is unknown.
    """

    def __init__(self, rlimit: int = DEFAULT_RLIMIT, *, isolated: bool = False, logic: str | None = None) -> None:
        """Start an empty query.

        Args:
            rlimit: solver resource units that it may use; 0 is unlimited.
            isolated: whether it gets a solver context of its own. That costs two milliseconds and makes
                the answer, the model and the units spent independent of what was asked before.
            logic: the SMT-LIB logic of all assertions, where it is known; the solver then picks its method.
        """
        self.context = z3.Context() if isolated else z3.main_ctx()
        self._solver = z3.SolverFor(logic, ctx=self.context) if logic else z3.Solver(ctx=self.context)
        self._solver.set("random_seed", 0)
        self._rlimit = rlimit
        self.spent = 0
        self.reason = ""

    def boolean(self, name: str) -> z3.BoolRef:
        """A Boolean that the solver chooses."""
        return z3.Bool(name, self.context)

    def integer(self, name: str) -> z3.ArithRef:
        """An integer that the solver chooses."""
        return z3.Int(name, self.context)

    def real(self, name: str) -> z3.ArithRef:
        """A real number that the solver chooses."""
        return z3.Real(name, self.context)

    def truth(self, value: bool) -> z3.BoolRef:
        """A Boolean constant."""
        return z3.BoolVal(value, self.context)

    def number(self, value: int) -> z3.ArithRef:
        """An integer constant."""
        return z3.IntVal(value, self.context)

    def fraction(self, value: Fraction) -> z3.ArithRef:
        """A rational constant."""
        return z3.RealVal(f"{value.numerator}/{value.denominator}", self.context)

    def any_of(self, alternatives: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """The disjunction; false of none."""
        listed = list(alternatives)
        return z3.Or(*listed) if listed else self.truth(False)

    def all_of(self, claims: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """The conjunction; true of none."""
        listed = list(claims)
        return z3.And(*listed) if listed else self.truth(True)

    def add(self, *assertions: z3.BoolRef | bool) -> None:
        """Assert something."""
        self._solver.add(*assertions)

    def add_text(self, text: str) -> None:
        """Assert SMT-LIB 2 text with its declarations."""
        self._solver.from_string(text)

    def track(self, assertion: z3.BoolRef, name: str) -> None:
        """Assert something that an unsatisfiable core may name."""
        self._solver.assert_and_track(assertion, name)

    def check(self, *assumptions: z3.BoolRef) -> Satisfiability:
        """Ask for a model of everything asserted, under further assumptions."""
        left = self._rlimit - self.spent
        if self._rlimit and left <= 0:
            self.reason = f"the budget of {self._rlimit} resource units is used up"
            return Satisfiability.UNKNOWN
        self._solver.set("rlimit", max(left, 0))
        before = _resource_count(self._solver)
        answer = self._solver.check(*assumptions)
        used = _resource_count(self._solver) - before
        self.spent += max(used, 0)
        if answer == z3.sat:
            return Satisfiability.SATISFIABLE
        if answer == z3.unsat:
            return Satisfiability.UNSATISFIABLE
        reason = self._solver.reason_unknown()
        exhausted = bool(self._rlimit) and used >= left
        # The solver takes Ctrl-C for itself and says no more than that it was stopped.
        if "interrupted" in reason or ("canceled" in reason and not exhausted):
            raise KeyboardInterrupt
        self.reason = (
            f"the budget of {self._rlimit} resource units is used up" if exhausted else f"the solver gave up: {reason}"
        )
        return Satisfiability.UNKNOWN

    def model(self) -> z3.ModelRef:
        """The model found by the last ``check`` that answered ``SATISFIABLE``."""
        return self._solver.model()

    def core(self) -> frozenset[str]:
        """Names of tracked assertions that cannot hold together."""
        return frozenset(str(name) for name in self._solver.unsat_core())

    def push(self) -> None:
        """Open a scope."""
        self._solver.push()

    def pop(self) -> None:
        """Close the last scope and forget what was asserted in it."""
        self._solver.pop()


def _resource_count(solver: z3.Solver) -> int:
    statistics = solver.statistics()
    return int(statistics.get_key_value("rlimit count")) if "rlimit count" in statistics.keys() else 0  # noqa: SIM118


@functools.cache
def solver_name() -> str:
    """Name and version of the solver."""
    return f"z3 {z3.get_version_string()}"
