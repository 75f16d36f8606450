"""What reading a document gives: its VestingTerms, its case or its securities, and everything that is wrong with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vestverify.allocations.table import Table
from vestverify.engine.case import Case
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.loaded_security import LoadedSecurity
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
class PackageFile:
    """The text of one file of a package; empty where its bytes are not text.

    The first token of a pointer into the package is the file's ``name``: its path within the package.
    """

    name: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class PackageSecurity:
    """One issuance of a package with what was recorded on its security.

    Attributes:
        security_id: as the issuance states it.
        custom_id: the name that people know it by, where it has one.
        terms_id: the vesting terms that it names, if any.
        terms_place: which of the document's terms these are; None where there are none, or several.
        loaded: the security; None where the issuance or its terms cannot be used.
        undecided: why it cannot be told what becomes of it, in words; empty where everything is there.
        tells: codes of what ``loaded`` shows all the same where ``undecided`` is not empty.
    """

    security_id: str
    custom_id: str | None
    terms_id: str | None
    terms_place: int | None
    loaded: LoadedSecurity | None
    undecided: str = ""
    tells: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedPackage:
    """What a package says beside its terms.

    Attributes:
        securities: one for each issuance of something that vests, in the order of the package.
        not_decided: what else of it cannot be told, in sentences.
    """

    securities: tuple[PackageSecurity, ...]
    not_decided: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedDocument:
    """A document, as far as it can be read.

    Attributes:
        path: as given.
        sha256: of the bytes, in hexadecimal; empty where there were none to read.
        kind: None where it could not be told.
        text: the document's text; empty where the bytes are not text, and for a package of several files.
        errors: VV001, VV002, VV003 and VV004 about the document as a whole.
        terms: every VestingTerms in it, sound or not.
        case: what it says beside its terms, if it is a case.
        package: what it says beside its terms, if it is a package.
        files: those of a package of several files that were read.
        table: the document, if it is a token allocation table; its errors are in the table.
    """

    path: str
    sha256: str
    kind: DocumentKind | None
    text: str
    errors: tuple[Finding, ...] = ()
    terms: tuple[LoadedTerms, ...] = ()
    case: LoadedCase | None = None
    package: LoadedPackage | None = None
    files: tuple[PackageFile, ...] = ()
    table: Table | None = None

    @property
    def all_errors(self) -> tuple[Finding, ...]:
        """The errors of the document, of its terms, of its case, and of its table, in this order."""
        return (
            *self.errors,
            *(error for terms in self.terms for error in terms.errors),
            *(self.case.errors if self.case is not None else ()),
            *(self.table.errors if self.table is not None else ()),
        )
