"""The same checks for Python programs."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from vestverify.check import CheckOptions, check_document
from vestverify.documents import load
from vestverify.engine.reading import reading_from
from vestverify.reachability import Disagreement
from vestverify.results import Finding, TermsResult
from vestverify.solver import DEFAULT_RLIMIT


class InvalidTerms(ValueError):
    """The terms are not what OCF's schema allows; ``findings`` say where and why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{found.pointer}: {found.message}" for found in findings))


def check_terms(
    terms: Mapping[str, Any] | Any,
    *,
    reading: str | Mapping[str, str] = "default",
    rlimit: int = DEFAULT_RLIMIT,
    codes: Collection[str] | None = None,
) -> TermsResult:
    """Decide the properties of one VestingTerms.

    Args:
        terms: its JSON as a mapping, or a pydantic model of it (this package's or pyocf's).
        reading: a bundle's name, or the choices that differ from the default reading.
        rlimit: solver resource units allowed for one question; 0 is unlimited.
        codes: properties to decide, besides what they build on and what the structure tells; None for all.

    Returns:
        The verdict on each property, with the findings.

    Raises:
        InvalidTerms: the terms are not valid OCF.
        UnknownReading: no such reading is published.
        Disagreement: the prover and the reference engine differ: a defect of vestverify.
    """
    dump = getattr(terms, "model_dump_json", None)
    text = dump(exclude_unset=True, by_alias=True) if dump is not None else json.dumps(terms)
    document = load("<terms>", text.encode())
    if document.all_errors:
        raise InvalidTerms(tuple(document.all_errors))
    chosen = reading_from(reading)
    result, internal = check_document(document, CheckOptions(chosen, reading, rlimit, codes=codes))
    if internal:
        raise Disagreement("; ".join(error.message for error in internal))
    if len(result.terms) != 1:
        raise ValueError(f"one VestingTerms is expected, not {len(result.terms)}")
    return result.terms[0]
