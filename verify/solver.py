"""The SMT solver: one a process, deterministic, budgeted in its own resource units.

Every claim is put as assertions that are unsatisfiable exactly when the promise holds.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from fractions import Fraction

import z3

from vestverify.recording import Question, is_recording, record
from vestverify.smt_lib import write

#: Resource units allowed for one question; a few seconds on a 2020s core.
DEFAULT_RLIMIT = 30_000_000

#: Why an unsatisfiable answer proves nothing.
VACUOUS = "the assumptions have no model, so that a proof would be vacuous"

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

    def at_most(self, rlimit: int) -> Allowance:
        """Another allowance, of which one question may spend so many units, or what it may of this one if that is less."""
        return Allowance(min(self.rlimit, rlimit) if self.rlimit else rlimit)

    def part(self, parts: int) -> Allowance:
        """Another allowance, of which one question may spend one of so many parts of what it may of this one."""
        return Allowance(max(1, self.rlimit // parts) if self.rlimit else 0)

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


#: Alternatives of which each pair is excluded by itself; more of them are halved first.
_MAXIMUM_IN_PAIRS = 8

_NUMBERS = itertools.count(1)


def _no_meaning(symbol: str) -> str:
    return ""


class Query:
    """Assertions, and the answer to whether they have a model.

    Assertions are assumptions (``add``) or claims (``claim``). A claim is what would break a promise; that the
    assumptions rule it out is a proof only where they have a model themselves, which ``check`` sees to.

    Attributes:
        context: the solver context in which its terms are made.
        about: what a model would be, as a noun phrase.
        spent: resource units used so far by this query.
        reason: why the answer is unknown.
        meaning: what a symbol stands for in words, for those who read the question; ``""`` where it needs none.
    """

    def __init__(
        self, rlimit: int = DEFAULT_RLIMIT, *, about: str = "", isolated: bool = False, logic: str | None = None
    ) -> None:
        """Start an empty query.

        Args:
            rlimit: solver resource units that it may use; 0 is unlimited.
            about: what a model would be, as a noun phrase.
            isolated: whether it gets a solver context of its own. That costs two milliseconds and makes
                the answer, the model and the units spent independent of what was asked before.
            logic: the SMT-LIB logic of all assertions, where it is known; the solver then picks its method.
        """
        self.context = z3.Context() if isolated else z3.main_ctx()
        self.about = about
        self.meaning: Callable[[str], str] = _no_meaning
        self.spent = 0
        self.reason = ""
        self._number = next(_NUMBERS)
        self._logic = logic
        self._rlimit = rlimit
        self._solver = self._new_solver()
        self._tracked: list[str] = []
        self._claims: list[z3.BoolRef] = []
        self._claims_outside: list[int] = []
        self._example: z3.ModelRef | None = None
        self._obeyed = 0

    def _new_solver(self) -> z3.Solver:
        solver = z3.SolverFor(self._logic, ctx=self.context) if self._logic else z3.Solver(ctx=self.context)
        solver.set("random_seed", 0)
        return solver

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

    def sum_of(self, terms: Sequence[z3.ArithRef]) -> z3.ArithRef:
        """The sum of one or more terms; in standard SMT-LIB, where a sum has two at least."""
        return terms[0] if len(terms) == 1 else z3.Sum(list(terms))

    def at_most_one(self, alternatives: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """Whether no two of them hold; in standard SMT-LIB, unlike the solver's own constraint for it."""
        listed = list(alternatives)
        if len(listed) <= _MAXIMUM_IN_PAIRS:
            pairs = itertools.combinations(listed, 2)
            return self.all_of(z3.Or(z3.Not(first), z3.Not(second)) for first, second in pairs)
        halves = listed[: len(listed) // 2], listed[len(listed) // 2 :]
        both = z3.And(*(z3.Or(*half) for half in halves))
        return z3.And(z3.Not(both), *(self.at_most_one(half) for half in halves))

    def all_of(self, claims: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """The conjunction; true of none."""
        listed = list(claims)
        return z3.And(*listed) if listed else self.truth(True)

    def add(self, *assertions: z3.BoolRef | bool) -> None:
        """Assert something."""
        self._solver.add(*assertions)

    def add_text(self, text: str) -> None:
        """Assert SMT-LIB 2 text with its declarations; the last assertion is the claim, the others are assumptions."""
        *assumptions, claim = z3.parse_smt2_string(text, ctx=self.context)
        self._solver.add(*assumptions)
        self.claim(claim)

    def track(self, assertion: z3.BoolRef, name: str) -> None:
        """Assert something that an unsatisfiable core may name."""
        self._solver.assert_and_track(assertion, name)
        self._tracked.append(name)

    def claim(self, *assertions: z3.BoolRef) -> None:
        """Assert what the assumptions are held against: the promise broken."""
        self._solver.add(*assertions)
        self._claims.extend(assertions)

    def refute(self, *assertions: z3.BoolRef) -> Satisfiability:
        """Claim something and ask whether it can be.

        Returns:
            ``UNSATISFIABLE`` only where the assumptions have a model and the claim has none beside them.
        """
        self.claim(*assertions)
        return self.check()

    def check(self, *under: z3.BoolRef) -> Satisfiability:
        """Ask for a model of everything asserted.

        Args:
            under: further assumptions of this question alone. An unsatisfiable answer under some is not held
                to be a proof of anything, and the assumptions are not looked at.

        Returns:
            The answer. Where claims are ruled out by assumptions that have no model themselves it is
            ``UNKNOWN``, with the reason ``VACUOUS``.
        """
        spent = self.spent
        answer = self._ask(self._solver, under)
        assumptions_hold: bool | None = None
        if answer is Satisfiability.SATISFIABLE and not self._claims and not under:
            self._example = self._solver.model()
            self._obeyed = len(self._solver.assertions())
        elif answer is Satisfiability.UNSATISFIABLE and self._claims and not under:
            answer = self._unless_vacuous()
            assumptions_hold = answer is Satisfiability.UNSATISFIABLE
        # That assumptions alone have a model is told with the question about the claim that follows.
        if is_recording() and (self._claims or self._tracked or answer is not Satisfiability.SATISFIABLE):
            self._record(answer, under, self.spent - spent, assumptions_hold)
        return answer

    def _ask(self, solver: z3.Solver, under: Iterable[z3.BoolRef]) -> Satisfiability:
        left = self._rlimit - self.spent
        if self._rlimit and left <= 0:
            self.reason = f"the budget of {self._rlimit} resource units is used up"
            return Satisfiability.UNKNOWN
        solver.set("rlimit", max(left, 0))
        before = _resource_count(solver)
        answer = solver.check(*under)
        used = _resource_count(solver) - before
        self.spent += max(used, 0)
        if answer == z3.sat:
            return Satisfiability.SATISFIABLE
        if answer == z3.unsat:
            return Satisfiability.UNSATISFIABLE
        reason = solver.reason_unknown()
        exhausted = bool(self._rlimit) and used >= left
        # The solver takes Ctrl-C for itself and says no more than that it was stopped.
        if "interrupted" in reason or ("canceled" in reason and not exhausted):
            raise KeyboardInterrupt
        self.reason = (
            f"the budget of {self._rlimit} resource units is used up" if exhausted else f"the solver gave up: {reason}"
        )
        return Satisfiability.UNKNOWN

    def _unless_vacuous(self) -> Satisfiability:
        """The answer to a question whose claims the solver has ruled out."""
        claimed = {claim.get_id() for claim in self._claims}
        asserted = self._solver.assertions()
        if self._example is not None and all(
            z3.is_true(self._example.eval(asserted[number], model_completion=True))
            for number in range(self._obeyed, len(asserted))
            if asserted[number].get_id() not in claimed
        ):
            return Satisfiability.UNSATISFIABLE
        # Plain, without the preprocessing that only hard questions repay: assumptions have models that lie near.
        assumptions = z3.SimpleSolver(ctx=self.context)
        assumptions.add(*(each for each in asserted if each.get_id() not in claimed))
        answer = self._ask(assumptions, ())
        if answer is Satisfiability.SATISFIABLE:
            return Satisfiability.UNSATISFIABLE
        self.reason = (
            VACUOUS
            if answer is Satisfiability.UNSATISFIABLE
            else f"it is not known whether the assumptions have a model: {self.reason}"
        )
        return Satisfiability.UNKNOWN

    def _record(
        self, answer: Satisfiability, under: tuple[z3.BoolRef, ...], units: int, assumptions_hold: bool | None
    ) -> None:
        claimed = {claim.get_id() for claim in self._claims}
        assumptions = [each for each in self._solver.assertions() if each.get_id() not in claimed]
        assumptions += [*(self.boolean(name) for name in self._tracked), *under]
        record(
            [
                Question(
                    about=self.about,
                    query=self._number,
                    answer=answer,
                    reason=self.reason if answer is Satisfiability.UNKNOWN else "",
                    units=units,
                    # As text at once: a question that kept its terms would keep its whole context, megabytes each.
                    written=write(assumptions, self._claims),
                    is_relied_upon=answer is Satisfiability.UNSATISFIABLE and not under,
                    assumptions_hold=assumptions_hold,
                    meaning=self.meaning,
                )
            ]
        )

    def model(self) -> z3.ModelRef:
        """The model found by the last ``check`` that answered ``SATISFIABLE``."""
        return self._solver.model()

    def core(self) -> frozenset[str]:
        """Names of tracked assertions that cannot hold together."""
        return frozenset(str(name) for name in self._solver.unsat_core())

    def push(self) -> None:
        """Open a scope."""
        self._solver.push()
        self._claims_outside.append(len(self._claims))

    def pop(self) -> None:
        """Close the last scope and forget what was asserted in it."""
        self._solver.pop()
        self._example = None
        del self._claims[self._claims_outside.pop() :]


def _resource_count(solver: z3.Solver) -> int:
    try:
        return int(solver.statistics().get_key_value("rlimit count"))
    except z3.Z3Exception:
        # Nothing has been asked in this context.
        return 0


@functools.cache
def solver_name() -> str:
    """Name and version of the solver."""
    return f"z3 {z3.get_version_string()}"
