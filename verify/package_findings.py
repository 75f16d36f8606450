"""What the securities of a package show, one after the other."""

from __future__ import annotations

from vestverify.case_findings import security_findings
from vestverify.engine.reading import Reading
from vestverify.loaded_document import LoadedPackage
from vestverify.packages import sentences_about
from vestverify.results import Finding, TermsResult


def package_findings(
    package: LoadedPackage, reading: Reading, terms: list[TermsResult]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Run every security of a package on the reference engine and collect what is wrong with it.

    Args:
        package: the package as read.
        reading: which published answers to follow.
        terms: the results on its terms, decided once each; those that a grant of the package refutes are
            replaced here.

    Returns:
        Findings VV5xx in the order of the securities, and what was not checked, in sentences.
    """
    ledger: list[Finding] = []
    reasons: list[tuple[str, str]] = []
    for security in package.securities:
        if security.undecided:
            reasons.append((security.security_id, security.undecided))
        if security.loaded is None or (security.undecided and not security.tells):
            continue
        found = security_findings(security.loaded, reading)
        if security.undecided:
            ledger.extend(each for each in found.ledger if each.code in security.tells)
            continue
        ledger.extend(found.ledger)
        reasons.extend((security.security_id, sentence) for sentence in found.not_decided)
        if security.terms_place is not None:
            terms[security.terms_place] = found.applied_to(terms[security.terms_place])
    return tuple(ledger), (*package.not_decided, *sentences_about(reasons))
