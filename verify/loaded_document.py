"""What reading a document gives: its VestingTerms, its case or its securities, and everything that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vestverify.engine.case import Case
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.results import DocumentKind, Finding


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedTerms:
    """One VestingTerms of a document.

    Attributes:
        pointer: where it stands in the document.
        raw: its JSON value; a list where the document is a bare list of conditions.
        terms: the typed terms; None if there are errors.
        errors: VV003 (VV004 for a v2 template) about this object.
        conditions_pointer: where its conditions stand, from ``pointer`` on.
    """

    pointer: str
    raw: Any
    terms: VestingTerms | None
    errors: tuple[Finding, ...] = ()
    conditions_pointer: str = "/vesting_conditions"


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedCase:
    """What a case says beside its terms.

    Attributes:
        raw: the case's JSON object.
        case: the typed case; None if it, or its terms, have errors.
        reading: a bundle's name, or the choices that differ from the default reading; ``"default"``
            where none, or an unknown one, is stated.
        as_of: day number at which to say what has vested, if any.
        errors: VV003 about the case, its issuance and its transactions.
    """

    raw: Mapping[str, Any]
    case: Case | None
    reading: str | Mapping[str, str]
    as_of: int | None
    errors: tuple[Finding, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document, as far as it can be read.

    Attributes:
        path: as given.
        sha256: of the bytes, in hexadecimal; empty where there were none to read.
        kind: None where it could not be told.
        text: the document's text; empty where the bytes are not text.
        errors: VV001, VV002, VV003 and VV004 about the document as a whole.
        terms: every VestingTerms in it, sound or not.
        case: what it says beside its terms, if it is a case.
    """

    path: str
    sha256: str
    kind: DocumentKind | None
    text: str
    errors: tuple[Finding, ...] = ()
    terms: tuple[LoadedTerms, ...] = ()
    case: LoadedCase | None = None

    @property
    def all_errors(self) -> tuple[Finding, ...]:
        """The errors of the document, of its terms, and of its case, in this order."""
        return (
            *self.errors,
            *(error for terms in self.terms for error in terms.errors),
            *(self.case.errors if self.case is not None else ()),
        )
