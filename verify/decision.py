"""The answer to one property of one VestingTerms, with the findings that go with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vestverify.properties import property_of
from vestverify.results import Counterexample, Finding, Method, PropertyResult, Related, Severity, Verdict

#: For which inputs a verdict about executions holds.
SCOPE: Mapping[str, str] = {
    "grant_quantity": ">= 1",
    "start_date": "1900-01-01..2200-12-31",
    "events": "any",
}

#: What every verdict about executions takes for granted.
ASSUMPTIONS: tuple[str, ...] = (
    "events happen in 1900-01-01..2200-12-31, or never",
    "employment does not end before vesting does (TRG-5)",
)


#: What a question may spend that looks for further findings of a property that is refuted already, as a part of the budget.
PARTS_FOR_MORE = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """One property, decided.

    Attributes:
        code: which property.
        verdict: the answer.
        method: how it was reached; None where not decided.
        findings: what is wrong, where refuted.
        scope: for which inputs the verdict holds.
        assumptions: what was assumed.
        reason: why open or not applicable; where refuted, why there may be more than the findings say.
        severity: of the refutation, where it is not the property's default.
    """

    code: str
    verdict: Verdict
    method: Method | None = None
    findings: tuple[Finding, ...] = ()
    scope: Mapping[str, str] = dataclasses.field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    reason: str = ""
    severity: Severity | None = None

    @property
    def result(self) -> PropertyResult:
        """The same as reports read it."""
        promised = property_of(self.code)
        return PropertyResult(
            code=self.code,
            slug=promised.slug,
            promise=promised.promise,
            severity=self.severity or Severity(promised.severity),
            verdict=self.verdict,
            method=self.method,
            scope=self.scope,
            assumptions=self.assumptions,
            reason=self.reason,
        )


def finding(
    code: str,
    message: str,
    pointer: str,
    condition_ids: tuple[str, ...] = (),
    *,
    severity: Severity | None = None,
    related: tuple[Related, ...] = (),
    facts: Mapping[str, Any] | None = None,
    advice: str = "",
    counterexample: Counterexample | None = None,
    identity: tuple[str, ...] = (),
) -> Finding:
    """A finding with the slug and, unless given, the severity that the catalogue states for its code."""
    promised = property_of(code)
    return Finding(
        code=code,
        slug=promised.slug,
        severity=severity or Severity(promised.severity),
        message=message,
        pointer=pointer,
        condition_ids=condition_ids,
        related=related,
        facts=facts or {},
        advice=advice,
        counterexample=counterexample,
        identity=identity,
    )


def not_applicable(code: str, reason: str) -> Decision:
    """The promise does not concern these terms."""
    return Decision(code, Verdict.NOT_APPLICABLE, reason=reason)


def undecided(code: str, reason: str) -> Decision:
    """The promise was not decided."""
    return Decision(code, Verdict.OPEN, reason=reason)
