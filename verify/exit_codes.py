"""The exit codes of every command that gives a verdict (machine contract, section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from vestverify.results import DocumentResult, InternalError, Severity, Verdict

#: What ``--fail-on`` takes.
FAIL_ON = ("error", "warning", "info", "never")
#: What ``--on-open`` takes.
ON_OPEN = ("fail", "warn")


class ExitCode(IntEnum):
    """How a command ended."""

    #: Every property is proved or does not apply, or no finding is severe enough.
    PROVED = 0
    #: At least one property is refuted, at or above the severity asked for.
    REFUTED = 1
    #: The command line is wrong, or a document cannot be read or is not valid OCF.
    INVALID = 2
    #: Nothing is refuted, but at least one property is open.
    OPEN = 3
    #: Prover and reference engine disagree, or a bug.
    INTERNAL_ERROR = 4
    #: Interrupted from the keyboard.
    INTERRUPTED = 130


#: The table for ``--help``.
EPILOG_LINES = (
    "0  every property is proved, or no finding is as severe as --fail-on",
    "1  at least one property is refuted",
    "2  the command line is wrong, or a document cannot be read or is not valid OCF",
    "3  nothing is refuted, but a property is open: the budget ran out, or a feature is not supported",
    "4  internal error: please report it",
)


def exit_code(
    documents: Iterable[DocumentResult], internal_errors: Sequence[InternalError], fail_on: str, on_open: str
) -> ExitCode:
    """The exit code of a run. When several apply: 4, then 2, then 1, then 3.

    Args:
        documents: what was found out about each.
        internal_errors: what must never happen.
        fail_on: the least severity that counts as refuted: one of ``FAIL_ON``.
        on_open: ``fail`` gives 3 where a property is open, ``warn`` ignores it.

    Raises:
        ValueError: ``fail_on`` or ``on_open`` is not one of these.
    """
    if fail_on not in FAIL_ON or on_open not in ON_OPEN:
        raise ValueError(f"no such policy: fail_on {fail_on!r}, on_open {on_open!r}")
    documents = tuple(documents)
    if internal_errors:
        return ExitCode.INTERNAL_ERROR
    if any(error.severity is Severity.ERROR for document in documents for error in document.errors):
        return ExitCode.INVALID
    counted = () if fail_on == "never" else tuple(Severity)[: list(Severity).index(Severity(fail_on)) + 1]
    if any(finding.severity in counted for document in documents for finding in document.findings):
        return ExitCode.REFUTED
    if on_open == "fail" and any(
        document.not_decided
        or any(result.verdict is Verdict.OPEN for terms in document.terms for result in terms.properties)
        for document in documents
    ):
        return ExitCode.OPEN
    return ExitCode.PROVED
