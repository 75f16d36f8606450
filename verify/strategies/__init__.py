"""Hypothesis strategies of vesting terms, transaction logs and whole cases, for anybody's tests.

Everything that is drawn is OCF as JSON. Dates are aimed at ties, month ends, expiries and gates, quantities at the
residues where rounding changes.
"""

from vestverify.strategies._public import (
    cases,
    defective_cases,
    families,
    logs,
    quantities,
    relationship_terms,
    vesting_terms,
)
from vestverify.strategies.subjects import Subject, subject_of

__all__ = [
    "Subject",
    "cases",
    "defective_cases",
    "families",
    "logs",
    "quantities",
    "relationship_terms",
    "subject_of",
    "vesting_terms",
]
