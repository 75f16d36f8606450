"""vestverify: proves or refutes what OCF vesting terms promise.

``check_terms`` decides every property of one VestingTerms; ``Verdict`` and ``TermsResult`` are what it answers with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vestverify.api import InvalidTerms, check_terms
    from vestverify.results import Finding, PropertyResult, Severity, TermsResult, Verdict

__all__ = ["Finding", "InvalidTerms", "PropertyResult", "Severity", "TermsResult", "Verdict", "check_terms"]

_HOMES = {"check_terms": "vestverify.api", "InvalidTerms": "vestverify.api"}


def __getattr__(name: str) -> Any:
    # Imported on first use, so that asking for the version does not load a solver.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES.get(name, "vestverify.results")), name)
