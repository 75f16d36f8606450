"""Vesting terms that are read and compiled once, however many grants are made under them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vestverify.engine.plan import Plan, compile_terms
from vestverify.engine.vesting_terms import VestingTerms


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Terms to be tried.

    Attributes:
        raw: the VestingTerms as JSON.
        terms: the same, typed.
        plan: the same, compiled.
    """

    raw: Mapping[str, Any]
    terms: VestingTerms
    plan: Plan


def subject_of(raw: Mapping[str, Any]) -> Subject:
    """Read and compile terms.

    Args:
        raw: a VestingTerms as JSON.

    Raises:
        ValidationError: it is not what OCF's schema allows.
        DefectiveTerms: the terms have a structural defect (VV101 to VV113, VV308, VV309).
    """
    terms = VestingTerms.model_validate(raw)
    return Subject(raw, terms, compile_terms(terms))
