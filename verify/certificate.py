"""A second opinion: unsatisfiable answers that a verdict rests on, asked again of another solver.

cvc5 shares no code with the solver that gave them. It reads the question as SMT-LIB 2 text, so that it checks
what was written out, not what the first solver kept in memory.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from vestverify.recording import Question
from vestverify.results import Certificate
from vestverify.smt_lib import script_of
from vestverify.solver import Satisfiability


class SecondSolverMissing(RuntimeError):
    """The second solver is not installed; the message says how to install it."""


class Contradiction(RuntimeError):
    """The solvers give opposite answers to one question; both are in the message."""


@dataclasses.dataclass(frozen=True, slots=True)
class Confirmation:
    """What the second solver says about one question."""

    question: Question
    answer: Satisfiability


class Certifier:
    """Asks the second solver, each question once."""

    def __init__(self, rlimit: int) -> None:
        """Allow ``rlimit`` of its own resource units a question; 0 is unlimited.

        Raises:
            SecondSolverMissing: it is not installed.
        """
        second_solver_name()
        self._rlimit = rlimit
        self._of_questions: WeakKeyDictionary[Question, Satisfiability] = WeakKeyDictionary()
        self._of_scripts: dict[bytes, Satisfiability] = {}

    def confirm(self, questions: Iterable[Question]) -> tuple[Confirmation, ...]:
        """Ask again those questions whose unsatisfiable answer a verdict can rest on.

        Raises:
            Contradiction: it finds a model of what the first solver found to have none.
        """
        found: list[Confirmation] = []
        for question in dict.fromkeys(questions):
            if not question.is_relied_upon:
                continue
            answer = self._of_questions.get(question) or self._asked(question)
            self._of_questions[question] = answer
            found.append(Confirmation(question, answer))
        return tuple(found)

    def _asked(self, question: Question) -> Satisfiability:
        script = script_of(question)
        digest = hashlib.sha256(script.encode()).digest()
        if digest not in self._of_scripts:
            self._of_scripts[digest] = second_answer(script, self._rlimit)
        answer = self._of_scripts[digest]
        if answer is Satisfiability.SATISFIABLE:
            raise Contradiction(
                f"is there {question.about or 'a model of what is asserted'}? The first solver answers unsat, "
                f"{second_solver_name()} answers sat to this script:\n{script}"
            )
        return answer

    def certificate(self, questions: Iterable[Question]) -> Certificate:
        """How many answers that verdicts can rest on are confirmed.

        Raises:
            Contradiction: see ``confirm``.
        """
        answers = [each.answer for each in self.confirm(questions)]
        return Certificate(second_solver_name(), answers.count(Satisfiability.UNSATISFIABLE), len(answers))


def second_answer(script: str, rlimit: int) -> Satisfiability:
    """Run an SMT-LIB 2 script that ends with one ``check-sat``.

    Args:
        script: the script; its ``:status`` is not shown to the solver.
        rlimit: resource units of the second solver; 0 is unlimited.

    Raises:
        SecondSolverMissing: the second solver is not installed.
    """
    cvc5 = _cvc5()
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    if rlimit:
        solver.setOption("rlimit", str(rlimit))
    symbols = cvc5.SymbolManager(manager)
    parser = cvc5.InputParser(solver, symbols)
    unbiased = "\n".join(line for line in script.splitlines() if not line.startswith("(set-info :status"))
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, unbiased, "question")
    answer = ""
    while not (command := parser.nextCommand()).isNull():
        answer = str(command.invoke(solver, symbols)).strip() or answer
    try:
        return Satisfiability(answer)
    except ValueError:
        return Satisfiability.UNKNOWN


@functools.cache
def second_solver_name() -> str:
    """Name and version of the second solver.

    Raises:
        SecondSolverMissing: it is not installed.
    """
    return f"cvc5 {_cvc5().__version__}"


def _cvc5() -> Any:
    try:
        import cvc5
    except ImportError as error:
        raise SecondSolverMissing(
            "cvc5 is not installed: the extra vestverify[certify] brings it (pip install 'vestverify[certify]')"
        ) from error
    return cvc5
