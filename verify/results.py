"""What a run finds out: plain values that reports read and nothing here prints.

The shapes follow the machine contract ``vestverify.report/1``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The answer to one property, worst first; a closed set, never a boolean."""

    #: There is an input, or a place in the document, for which the promise does not hold.
    REFUTED = "refuted"
    #: Not decided: within the budget, or because the document is not valid OCF. Never a pass.
    OPEN = "open"
    #: The promise holds for every input in the stated scope.
    PROVED = "proved"
    #: The promise does not concern these terms; ``reason`` says why.
    NOT_APPLICABLE = "not-applicable"

    @staticmethod
    def worst(verdicts: Iterable[Verdict]) -> Verdict:
        """The worst of several verdicts; ``NOT_APPLICABLE`` of none."""
        order = list(Verdict)
        return min(verdicts, key=order.index, default=Verdict.NOT_APPLICABLE)


class Severity(StrEnum):
    """How much a finding matters, worst first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Method(StrEnum):
    """How a verdict was reached."""

    #: By the structure of the graph or the fields of the document.
    STRUCTURAL = "structural"
    #: By the SMT solver, for every input in the scope at once.
    SMT = "smt"
    #: By running the reference engine: every case of a finite set, or one case that settles the question.
    EXHAUSTIVE = "exhaustive"
    #: By a lemma that the test suite proves, instantiated for these terms.
    LEMMA = "lemma"


class DocumentKind(StrEnum):
    """What a document is."""

    VESTING_TERMS = "vesting-terms"
    VESTING_TERMS_FILE = "vesting-terms-file"
    OCF_PACKAGE = "ocf-package"
    CASE = "case"
    VESTING_TEMPLATE = "vesting-template"
    TOKEN_ALLOCATION = "token-allocation"


@dataclasses.dataclass(frozen=True, slots=True)
class Related:
    """Another place that a finding is about: a JSON pointer and what is there."""

    pointer: str
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Counterexample:
    """An input that shows a refutation, replayed on the reference engine.

    Attributes:
        case: a case in the contract's JSON (section 3).
        schedule: rows ``{"date", "quantity"}`` that the reference engine gives for it.
        words: the same in a sentence, for people.
    """

    case: Mapping[str, Any]
    schedule: tuple[Mapping[str, str], ...]
    words: str


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the facts that show it.

    Attributes:
        code: property code, ``VV305``.
        slug: its name in words, ``rounding-breaks-total``.
        severity: how much it matters here.
        message: one sentence: what is wrong.
        pointer: JSON pointer of the primary place, from the root of the document.
        condition_ids: conditions concerned, the primary one first.
        related: further places.
        facts: machine-readable facts; JSON values only.
        advice: what to do, in a sentence.
        counterexample: an input that shows it, where there is one.
        offset: place in the text, in code points, for findings about text that is not JSON.
        identity: what tells this finding from others of its code, stable under reformatting.
    """

    code: str
    slug: str
    severity: Severity
    message: str
    pointer: str
    condition_ids: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    advice: str = ""
    counterexample: Counterexample | None = None
    offset: int | None = None
    identity: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Certificate:
    """How many of the unsatisfiable answers that verdicts rest on a second solver confirmed.

    Attributes:
        solver: name and version of the second solver.
        confirmed: answers that it gives, too.
        asked: answers that it was asked to confirm; of the others it does not know.
    """

    solver: str
    confirmed: int
    asked: int


@dataclasses.dataclass(frozen=True, slots=True)
class PropertyResult:
    """The verdict on one property of one VestingTerms.

    Attributes:
        code, slug, promise, severity: which property, and how bad its refutation is.
        verdict: the answer.
        method: how it was reached; None where not decided.
        scope: for which inputs the verdict holds: ``grant_quantity``, ``start_date``, ``events`` in words;
            empty where it does not depend on any.
        assumptions: what was assumed.
        reason: why open or not applicable, or ``""``.
        certificate: what a second solver confirmed, where it was asked.
    """

    code: str
    slug: str
    promise: str
    severity: Severity
    verdict: Verdict
    method: Method | None = None
    scope: Mapping[str, str] = dataclasses.field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    reason: str = ""
    certificate: Certificate | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TermsResult:
    """Everything found out about one VestingTerms.

    Attributes:
        id, name, pointer: which one, and where it stands.
        properties: the verdicts.
        findings: what is wrong.
        certificate: what a second solver confirmed of all of them, where it was asked.
    """

    id: str
    name: str
    pointer: str
    properties: tuple[PropertyResult, ...]
    findings: tuple[Finding, ...]
    certificate: Certificate | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its properties."""
        return Verdict.worst(result.verdict for result in self.properties)


@dataclasses.dataclass(frozen=True, slots=True)
class Position:
    """A range of text: 1-based lines and columns, columns in code points, the end exclusive.

    ``file`` names the file of a package; it is empty for a document of one file.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class DocumentResult:
    """Everything found out about one document.

    Attributes:
        path: as given, ``-`` for standard input.
        sha256: of the bytes; empty where they could not be read.
        kind: None where it could not be told.
        errors: VV0xx findings.
        terms: one result for each VestingTerms.
        ledger: VV5xx findings.
        not_decided: what of its transactions was not checked, in sentences; like an open property, never a pass.
        securities: how many securities were run on the reference engine; 0 for what is no package.
        positions: where each JSON pointer used by a finding lies in the text.
        source_lines: the text of the lines that findings start on, by file of a package (else empty) and number.
    """

    path: str
    sha256: str
    kind: DocumentKind | None
    errors: tuple[Finding, ...] = ()
    terms: tuple[TermsResult, ...] = ()
    ledger: tuple[Finding, ...] = ()
    not_decided: tuple[str, ...] = ()
    securities: int = 0
    positions: Mapping[str, Position] = dataclasses.field(default_factory=dict)
    source_lines: Mapping[tuple[str, int], str] = dataclasses.field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings of the document, in the order of the report."""
        return (*self.errors, *(finding for terms in self.terms for finding in terms.findings), *self.ledger)


@dataclasses.dataclass(frozen=True, slots=True)
class InternalError:
    """Prover and engine disagree, or a bug: both sides, for a report to the developers."""

    path: str
    terms_id: str
    message: str


@dataclasses.dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question to the solver that a verdict rests on, in full.

    Attributes:
        code: the property for which it was asked.
        title: the question, "is there an execution that enters 'cliff'?".
        answer: ``unsat``, ``sat`` or ``unknown``.
        reason: why unknown, or ``""``.
        units: resource units used.
        assumptions_hold: whether the assumptions were shown to have a model; None where nothing depended on it.
        second_solver, second_answer: what another solver answers, where it was asked.
        declarations, assumptions, claims: the constraints for people, one a line.
        script: the same as SMT-LIB 2.
    """

    code: str
    title: str
    answer: str
    reason: str
    units: int
    assumptions_hold: bool | None
    second_solver: str | None
    second_answer: str | None
    declarations: tuple[str, ...]
    assumptions: tuple[str, ...]
    claims: tuple[str, ...]
    script: str


@dataclasses.dataclass(frozen=True, slots=True)
class Exhibit:
    """Something to look at beside a proof: a title, and lines of text."""

    title: str
    lines: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ProofResult:
    """How one property of one VestingTerms was decided.

    Attributes:
        document: where the terms stand; of its terms these only.
        terms: the terms, with this property and its findings only.
        how: how such a property is decided, in sentences.
        builds_on: verdicts on other properties that this one takes as given, where a solver was asked for them.
        questions: what the solver was asked, for those properties and for this one.
        exhibits: what else there is to see.
        internal_errors: what must never happen.
    """

    document: DocumentResult
    terms: TermsResult
    how: str
    builds_on: tuple[PropertyResult, ...]
    questions: tuple[QuestionResult, ...]
    exhibits: tuple[Exhibit, ...]
    internal_errors: tuple[InternalError, ...] = ()

    @property
    def result(self) -> PropertyResult:
        """The property that was decided."""
        return self.terms.properties[0]


@dataclasses.dataclass(frozen=True, slots=True)
class RunResult:
    """Everything found out in one run.

    Attributes:
        version: of vestverify.
        solver: name and version of the solver.
        reading: choices that differ from the default reading, or a bundle's name.
        rlimit: solver resource units allowed for one query; 0 is unlimited.
        documents: one result for each document.
        internal_errors: what must never happen.
        exit_code: by the contract, section 1.
    """

    version: str
    solver: str
    reading: str | Mapping[str, str]
    rlimit: int
    documents: tuple[DocumentResult, ...]
    internal_errors: tuple[InternalError, ...]
    exit_code: int
