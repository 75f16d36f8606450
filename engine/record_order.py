"""In which order the records of a security count, whatever their order in the file.

By the day on which they count. On one day starts and events first; then by date, for all that is dated before the
issuance counts on its day; of one date modifications, accelerations, exercises and releases, what goes on as other
securities, cancellations and repurchases, retractions; of one kind by what they say, and then by id.
"""

from __future__ import annotations

import dataclasses

from vestverify.engine.grant import Case
from vestverify.engine.plan import UnsupportedTerms
from vestverify.engine.securities import (
    Acceleration,
    Cancellation,
    Exercise,
    Modification,
    Release,
    Retraction,
    Transaction,
    Transfer,
    VestingTransaction,
)

_ORDER: tuple[tuple[type[VestingTransaction] | type[Transaction], ...], ...] = (
    (VestingTransaction,),
    (Modification,),
    (Acceleration,),
    (Exercise, Release),
    (Transfer,),
    (Cancellation,),
    (Retraction,),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One transaction of a security.

    Attributes:
        place: its place in the list that the case has.
        transaction: what it says.
        day: day number on which it counts: its own date, or that of the issuance where this is later.
    """

    place: int
    transaction: VestingTransaction | Transaction
    day: int


def records_in_order(case: Case) -> tuple[Record, ...]:
    """The transactions of a case's security that bear on what vests or is held, in the order in which they count.

    Raises:
        UnsupportedTerms: a kind of transaction that the engine does not run.
    """
    found = []
    for place, item in enumerate(case.transactions):
        if item.security_id != case.issuance.security_id or (isinstance(item, Transaction) and item.is_neutral):
            continue
        content = item.model_dump_json(exclude={"id"})
        day = max(item.date, case.issuance.date)
        is_later = not isinstance(item, VestingTransaction)
        key = (day, is_later, item.date, _rank(item), content, item.id or "", place)
        found.append((key, Record(place, item, day)))
    return tuple(record for _, record in sorted(found, key=lambda each: each[0]))


def _rank(item: VestingTransaction | Transaction) -> int:
    for rank, kinds in enumerate(_ORDER):
        if isinstance(item, kinds):
            return rank
    raise UnsupportedTerms(item.object_type)
