"""One security of a document: what was issued, what was recorded on it, and where each of these stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vestverify.engine.case import Case


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedSecurity:
    """A security that could be read.

    Attributes:
        case: the issuance with its terms and the transactions of this security.
        raw: the same as a case in JSON (``vestverify.case/1``), as stated.
        issuance_pointer: where the issuance stands in the document.
        transaction_pointers: where each of ``case.transactions`` stands, in the same order.
        terms_pointer: where the terms stand; None where the document has none for this security.
    """

    case: Case
    raw: Mapping[str, Any]
    issuance_pointer: str
    transaction_pointers: tuple[str, ...]
    terms_pointer: str | None
