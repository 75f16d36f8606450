"""The report for machines: ``vestverify.report/1``, every key always and in the contract's order."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from vestverify.results import (
    Certificate,
    Counterexample,
    DocumentResult,
    Finding,
    PropertyResult,
    RunResult,
    Severity,
    TermsResult,
    Verdict,
)

FORMAT = "vestverify.report/1"

#: Characters that JSON lets through and that a reader would not see or UTF-8 cannot carry: controls,
#: invisible marks, line separators, overrides of the writing direction, surrogates.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def render(run: RunResult) -> str:
    """Write a run as ``vestverify.report/1``.

    Internal errors have no place in that format; they show in its ``exit_code`` only.

    Args:
        run: what was found out.

    Returns:
        JSON, two spaces a level, with a line feed at the end; the same text for the same run.
    """
    return dumps(
        {
            "format": FORMAT,
            "tool": {"name": "vestverify", "version": run.version, "solver": run.solver},
            "reading": run.reading,
            "budget": {"rlimit": run.rlimit},
            "exit_code": run.exit_code,
            "documents": [_document(document) for document in run.documents],
            "summary": summary(run.documents),
        }
    )


def dumps(value: Any, indent: int | None = 2) -> str:
    """Write JSON that any terminal shows unharmed and UTF-8 can carry, with a line feed at the end.

    Args:
        value: JSON values.
        indent: spaces a level; None writes one line.
    """
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=indent)
    return _UNSAFE.sub(lambda found: json.dumps(found.group())[1:-1], text) + "\n"


def summary(documents: Iterable[DocumentResult]) -> dict[str, int]:
    """Count documents, terms by verdict and findings by severity, under the contract's names."""
    documents = tuple(documents)
    verdicts = [terms.verdict for document in documents for terms in document.terms]
    severities = [finding.severity for document in documents for finding in document.findings]
    return {
        "documents": len(documents),
        "terms": len(verdicts),
        "proved": verdicts.count(Verdict.PROVED),
        "refuted": verdicts.count(Verdict.REFUTED),
        "open": verdicts.count(Verdict.OPEN),
        "not_applicable": verdicts.count(Verdict.NOT_APPLICABLE),
        "errors": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "infos": severities.count(Severity.INFO),
        "suppressed": 0,
    }


def fingerprint(finding: Finding, terms_id: str) -> str:
    """Sixteen hexadecimal digits that tell a finding from others, whatever its path and place in the text.

    Args:
        finding: the finding.
        terms_id: id of the VestingTerms it belongs to; empty where it belongs to the document.
    """
    facts = [finding.code, terms_id, list(finding.condition_ids), list(finding.identity)]
    return _digest(facts)[:16]


def counterexample_id(counterexample: Counterexample) -> str:
    """Six hexadecimal digits that name a case by its content."""
    return _digest(counterexample.case)[:6]


def _digest(value: Any) -> str:
    canonical = json.dumps(_plain(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _document(document: DocumentResult) -> dict[str, Any]:
    return {
        "path": document.path,
        "sha256": document.sha256 or None,
        "kind": document.kind,
        "errors": [finding_of(finding, "", document) for finding in document.errors],
        "terms": [_terms(terms, document) for terms in document.terms],
        "ledger": [finding_of(finding, "", document) for finding in document.ledger],
    }


def _terms(terms: TermsResult, document: DocumentResult) -> dict[str, Any]:
    return {
        "id": terms.id,
        "name": terms.name,
        "pointer": terms.pointer,
        "verdict": terms.verdict,
        "properties": [property_of(result) for result in terms.properties],
        "findings": [finding_of(finding, terms.id, document) for finding in terms.findings],
    }


#: What every scope says, if only that it does not depend on it.
_INPUTS = ("grant_quantity", "start_date", "events")
#: What some scopes say beside.
_FOUND_OUT = ("start_dates", "vested_share")


def property_of(result: PropertyResult) -> dict[str, Any]:
    """The verdict on one property, as the contract writes it."""
    return {
        "code": result.code,
        "slug": result.slug,
        "promise": result.promise,
        "verdict": result.verdict,
        "severity": result.severity,
        "method": result.method,
        "scope": {key: result.scope.get(key) for key in _INPUTS}
        | {key: result.scope[key] for key in _FOUND_OUT if key in result.scope}
        | _certified(result.certificate),
        "assumptions": list(result.assumptions),
        "reason": result.reason or None,
    }


def _certified(certificate: Certificate | None) -> dict[str, str]:
    if certificate is None or not certificate.asked:
        return {}
    return {"certified": f"{certificate.confirmed} of {certificate.asked} unsat answers, by {certificate.solver}"}


def finding_of(finding: Finding, terms_id: str, document: DocumentResult) -> dict[str, Any]:
    """A finding, as the contract writes it; ``document`` knows the places in the text."""
    return {
        "code": finding.code,
        "slug": finding.slug,
        "severity": finding.severity,
        "message": finding.message,
        "condition_ids": list(finding.condition_ids),
        "fingerprint": fingerprint(finding, terms_id),
        "location": _location(finding.pointer, document),
        "related": [_related(related.pointer, related.label, document) for related in finding.related],
        "facts": finding.facts,
        "counterexample": None if finding.counterexample is None else _counterexample(finding.counterexample),
    }


def _location(pointer: str, document: DocumentResult) -> dict[str, Any]:
    position = document.positions.get(pointer)
    return {
        "pointer": pointer,
        "line": None if position is None else position.line,
        "column": None if position is None else position.column,
        "end_line": None if position is None else position.end_line,
        "end_column": None if position is None else position.end_column,
    }


def _related(pointer: str, label: str, document: DocumentResult) -> dict[str, Any]:
    position = document.positions.get(pointer)
    return {
        "pointer": pointer,
        "line": None if position is None else position.line,
        "column": None if position is None else position.column,
        "label": label,
    }


def _counterexample(counterexample: Counterexample) -> dict[str, Any]:
    return {
        "id": counterexample_id(counterexample),
        "case": counterexample.case,
        "schedule": list(counterexample.schedule),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        # Documents are read with exact numbers; the only ones in OCF's vesting terms are whole.
        is_whole = value.is_finite() and abs(value.adjusted()) <= 30 and value == value.to_integral_value()
        return int(value) if is_whole else str(value)
    return value
