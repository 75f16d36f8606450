"""What holds of every allocation's unlocks and sales, in every month: VV610 to VV616, proved for all amounts at once.

The encoding is written from the meaning of the columns and shares nothing with the engine. Amount, start, cliff,
vesting, month and supply are symbols: one proof serves every row whose numbers make sense, and is made once.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence

import z3

from vestverify.engine.unlocking import UnlockRounding
from vestverify.recording import Question, recording, recording_into
from vestverify.solver import DEFAULT_RLIMIT, Query, Satisfiability

#: The promises about the unlocks of one row.
UNLOCK_CODES = ("VV610", "VV611", "VV612", "VV613", "VV614")


@dataclasses.dataclass(frozen=True, slots=True)
class SymbolicRow:
    """One row of symbols: base units allocated, and numbers of months.

    ``immediate`` rows have no vesting time: everything is unlocked at the cliff.
    """

    amount: z3.ArithRef
    start: z3.ArithRef
    cliff: z3.ArithRef
    vesting: z3.ArithRef
    rounding: UnlockRounding
    immediate: bool

    def assumptions(self) -> list[z3.BoolRef]:
        """What every row whose numbers make sense keeps to."""
        first = [self.amount >= 1, self.start >= 0, self.cliff >= 0]
        if self.immediate:
            return [*first, self.vesting == 0]
        return [*first, self.vesting >= 1, self.cliff <= self.vesting]

    def accrued(self, elapsed: z3.ArithRef) -> z3.ArithRef:
        """Tokens that a number of months from the start makes up, rounded; the vesting time is not 0."""
        share = self.amount * elapsed
        match self.rounding:
            case UnlockRounding.DOWN:
                return share / self.vesting
            case UnlockRounding.HALF_UP:
                return (2 * share + self.vesting) / (2 * self.vesting)
            case UnlockRounding.EXACT:
                return z3.ToReal(share) / z3.ToReal(self.vesting)

    def unlocked(self, month: z3.ArithRef) -> z3.ArithRef:
        """Tokens unlocked by the end of a month."""
        elapsed = month - self.start
        everything = z3.ToReal(self.amount) if self.is_exact else self.amount
        if self.immediate:
            return z3.If(elapsed < self.cliff, everything * 0, everything)
        later = z3.If(elapsed >= self.vesting, everything, self.accrued(elapsed))
        return z3.If(elapsed < self.cliff, everything * 0, later)

    @property
    def is_exact(self) -> bool:
        """Whether parts of a base unit are unlocked, too."""
        return self.rounding is UnlockRounding.EXACT


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """What the solver says of one promise.

    Attributes:
        holds: whether it is proved for every row, and the assumptions have a model.
        reason: why not, where not.
        questions: what the solver was asked.
    """

    holds: bool
    reason: str
    questions: tuple[Question, ...]


def row_of(query: Query, rounding: UnlockRounding, *, immediate: bool) -> SymbolicRow:
    """A row of the query's own symbols."""
    return SymbolicRow(
        amount=query.integer("amount"),
        start=query.integer("start_month"),
        cliff=query.integer("cliff_month"),
        vesting=query.integer("vesting_months"),
        rounding=rounding,
        immediate=immediate,
    )


@functools.cache
def proof_of_unlocks(
    code: str, rounding: UnlockRounding, *, immediate: bool = False, rlimit: int = DEFAULT_RLIMIT
) -> Proof:
    """Prove one promise about the unlocks of one row, for every amount, start, cliff, vesting time and month.

    Args:
        code: one of ``UNLOCK_CODES``.
        rounding: how parts of a base unit are rounded.
        immediate: whether the vesting time is 0, rather than 1 month or more.
        rlimit: solver resource units; 0 is unlimited.

    Raises:
        KeyError: the code is not one of these.
    """
    broken = _BROKEN[code]

    def ask(query: Query) -> tuple[Sequence[z3.BoolRef], z3.BoolRef]:
        row = row_of(query, rounding, immediate=immediate)
        month = query.integer("month")
        return [*row.assumptions(), month >= 0], broken(row, month)

    return _prove([ask], f"a row and a month that break {code}", rlimit)


def _exceeds(row: SymbolicRow, month: z3.ArithRef) -> z3.BoolRef:
    unlocked = row.unlocked(month)
    return z3.Or(unlocked > row.amount, unlocked < 0)


def _decreases(row: SymbolicRow, month: z3.ArithRef) -> z3.BoolRef:
    return row.unlocked(month + 1) < row.unlocked(month)


def _is_not_full(row: SymbolicRow, month: z3.ArithRef) -> z3.BoolRef:
    last = row.start + (row.cliff if row.immediate else row.vesting)
    return z3.And(month >= last, row.unlocked(month) != row.amount)


def _comes_before_the_cliff(row: SymbolicRow, month: z3.ArithRef) -> z3.BoolRef:
    return z3.And(month < row.start + row.cliff, row.unlocked(month) != 0)


def _cliff_differs(row: SymbolicRow, month: z3.ArithRef) -> z3.BoolRef:
    at_cliff = row.start + row.cliff
    promised = row.amount if row.immediate else row.accrued(row.cliff)
    before = z3.If(at_cliff >= 1, row.unlocked(at_cliff - 1), 0)
    return z3.And(month == at_cliff, row.unlocked(month) - before != promised)


_BROKEN: dict[str, Callable[[SymbolicRow, z3.ArithRef], z3.BoolRef]] = {
    "VV610": _exceeds,
    "VV611": _decreases,
    "VV612": _is_not_full,
    "VV613": _comes_before_the_cliff,
    "VV614": _cliff_differs,
}

Asked = Callable[[Query], tuple[Sequence[z3.BoolRef], z3.BoolRef]]


@functools.cache
def proof_of_circulation(*, rlimit: int = DEFAULT_RLIMIT) -> Proof:
    """Prove that a table's circulating supply never exceeds the supply (VV615), row by row.

    One more row whose unlocks lie between 0 and its allocation keeps what is unlocked at most what is allocated;
    what is allocated is at most the supply. Supply and all amounts are symbols.
    """

    def one_more(query: Query) -> tuple[Sequence[z3.BoolRef], z3.BoolRef]:
        circulating, allocated = query.integer("circulating"), query.integer("allocated")
        unlocked, amount, supply = query.integer("unlocked"), query.integer("amount"), query.integer("supply")
        assumptions = [circulating >= 0, circulating <= allocated, unlocked >= 0, unlocked <= amount]
        assumptions.append(allocated + amount <= supply)
        total = circulating + unlocked
        return assumptions, z3.Or(total < 0, total > allocated + amount, total > supply)

    return _prove([one_more], "a table whose circulating supply exceeds its supply", rlimit)


@functools.cache
def proof_of_sales(*, rlimit: int = DEFAULT_RLIMIT) -> Proof:
    """Prove that what is sold stays within the share for sale of what is unlocked, and tends to it (VV616).

    By induction on months: ``destined`` is the sum of each month's unlocks times that month's percentage. What is sold
    and what waits make it up, neither is negative, and in a month without unlocks what waits shrinks at least by the
    least probability of a sale.
    """

    def symbols(query: Query) -> tuple[dict[str, z3.ArithRef], list[z3.BoolRef]]:
        names = ("sold", "waiting", "destined", "unlocks", "percentage", "probability", "least_probability")
        of = {name: query.real(name) for name in names}
        return of, [
            of["sold"] >= 0,
            of["waiting"] >= 0,
            of["sold"] + of["waiting"] == of["destined"],
            of["unlocks"] >= 0,
            of["percentage"] >= 0,
            of["percentage"] <= 100,
            of["least_probability"] > 0,
            of["probability"] >= of["least_probability"],
            of["probability"] <= 1,
        ]

    def keeps(query: Query) -> tuple[Sequence[z3.BoolRef], z3.BoolRef]:
        of, assumptions = symbols(query)
        inflow = of["unlocks"] * of["percentage"] / 100
        sale = (of["waiting"] + inflow) * of["probability"]
        sold, waiting, destined = of["sold"] + sale, of["waiting"] + inflow - sale, of["destined"] + inflow
        within = z3.And(sold >= of["sold"], sold <= destined, waiting >= 0, sold + waiting == destined)
        return assumptions, z3.Not(within)

    def shrinks(query: Query) -> tuple[Sequence[z3.BoolRef], z3.BoolRef]:
        of, assumptions = symbols(query)
        left = of["waiting"] * (1 - of["probability"])
        return assumptions, left > of["waiting"] * (1 - of["least_probability"])

    return _prove([keeps, shrinks], "a month after which the sales break VV616", rlimit)


def _prove(asked: Sequence[Asked], about: str, rlimit: int) -> Proof:
    questions: list[Question] = []
    with recording(), recording_into(questions):
        for ask in asked:
            query = Query(rlimit=rlimit, about=about, isolated=True)
            assumptions, claim = ask(query)
            query.add(*assumptions)
            answer = query.refute(claim)
            if answer is not Satisfiability.UNSATISFIABLE:
                reason = query.reason if answer is Satisfiability.UNKNOWN else f"the solver finds {about}"
                return Proof(False, reason, tuple(questions))
    return Proof(True, "", tuple(questions))
