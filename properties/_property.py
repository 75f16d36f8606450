"""What one property of the catalogue consists of."""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True, slots=True)
class Property:
    """One promise that vesting documents should keep.

    Attributes:
        code: of the machine contract, section 7.
        slug: the defect's name; the promise is its absence.
        promise: what holds when the property is proved, as a clause: "the installments add up to the grant".
        severity: default severity of a refutation.
        subject: what the promise is about: the document, its terms, the transactions of a grant, or the allocations
            of a token table.
        why: why it matters to people, in one or two sentences.
        bad: a JSON text (a VestingTerms, or a case where the promise is about transactions), or a CSV text where
            it is about allocations, that breaks the promise; executed by the tests through the real command.
        good: the repaired text; executed as well.
        decided: how the verdict is reached.
        limits: what a pass does not mean.
        source: the rules it follows from: schema files, documentation, issues, rule numbers.
        reading: choices under which the examples show the defect, where the default reading does not.
    """

    code: str
    slug: str
    promise: str
    severity: Literal["error", "warning", "info"]
    subject: Literal["document", "terms", "transactions", "allocation"]
    why: str
    bad: str
    good: str
    decided: str
    limits: str
    source: str
    reading: tuple[tuple[str, str], ...] = ()
