"""The strategies that ``vestverify.strategies`` offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from vestverify.engine.reading import DEFAULT_READING, Reading
from vestverify.strategies.amounts import quantity_of
from vestverify.strategies.cases import plain_case_of, recorded_case_of, varied_case_of
from vestverify.strategies.choices import Choices, drawn, packed
from vestverify.strategies.defects import with_defect_of
from vestverify.strategies.logs import recorded_days_of, transactions_of
from vestverify.strategies.subjects import Subject, subject_of
from vestverify.strategies.terms import relationship_terms_of, terms_of


@st.composite
def vesting_terms(draw: st.DrawFn, maximum: int = 6) -> dict[str, Any]:
    """A VestingTerms of v1.2 with ``cliff_installment``, of sound structure, as JSON.

    Args:
        draw: given by hypothesis.
        maximum: conditions beyond the first, about.
    """
    terms = terms_of(drawn(draw), maximum)
    branches = any(len(each["next_condition_ids"]) > 1 for each in terms["vesting_conditions"])
    event("terms with several branches" if branches else "terms of one branch")
    return terms


@st.composite
def relationship_terms(draw: st.DrawFn) -> dict[str, Any]:
    """A VestingTerms with an EARLIER_OF or LATER_OF (#542), of sound structure, as JSON."""
    return relationship_terms_of(drawn(draw))


@st.composite
def quantities(draw: st.DrawFn, terms: Mapping[str, Any]) -> str:
    """Shares granted as an OCF Numeric, aimed at where the rounding of the terms changes.

    Args:
        draw: given by hypothesis.
        terms: a VestingTerms as JSON.

    Raises:
        ValidationError, DefectiveTerms: the terms cannot be run.
    """
    return quantity_of(drawn(draw), subject_of(terms).plan)


@st.composite
def logs(draw: st.DrawFn, terms: Mapping[str, Any], reading: Reading = DEFAULT_READING) -> list[dict[str, Any]]:
    """The start and event transactions of one security as JSON, in any order, dates aimed at the terms.

    Args:
        draw: given by hypothesis.
        terms: a VestingTerms as JSON.
        reading: which published answers the dates are aimed at.

    Raises:
        ValidationError, DefectiveTerms: the terms cannot be run.
    """
    plan = subject_of(terms).plan
    choices = drawn(draw)
    recorded = recorded_days_of(choices, plan, reading)
    complete = len(recorded) == sum(condition.recorded for condition in plan.conditions)
    event("everything is recorded" if complete else "something never happens")
    return choices.order(transactions_of(plan, recorded))


@st.composite
def cases(
    draw: st.DrawFn,
    terms: Mapping[str, Any] | None = None,
    varied: bool = True,
    reading: Reading = DEFAULT_READING,
) -> dict[str, Any]:
    """One case: terms, an issuance and its transactions, as ``vestverify.case/1``.

    Args:
        draw: given by hypothesis.
        terms: a VestingTerms as JSON; None draws any.
        varied: whether to draw other issuances, ledgers and defects, too; starts and events only otherwise.
        reading: which published answers the dates are aimed at.

    Raises:
        ValidationError, DefectiveTerms: the terms that are given cannot be run.
    """
    choices = drawn(draw)
    subject = subject_of(_any_terms(choices) if terms is None else terms)
    return (varied_case_of if varied else plain_case_of)(choices, subject, reading)


@st.composite
def defective_cases(draw: st.DrawFn) -> dict[str, Any]:
    """A case with one defect that no engine should read as nothing vested, or as everything; sound now and then."""
    choices = drawn(draw)
    subject = subject_of(terms_of(choices))
    return with_defect_of(choices, plain_case_of(choices, subject, DEFAULT_READING))


@st.composite
def families(
    draw: st.DrawFn,
    subject: Subject | None = None,
    size: int = 16,
    varied: bool = True,
    reading: Reading = DEFAULT_READING,
) -> tuple[Subject, list[dict[str, Any]]]:
    """Several cases under the same terms, all from one drawn token: many a second, but nothing to shrink.

    Args:
        draw: given by hypothesis.
        subject: the terms; None draws any.
        size: how many cases.
        varied: whether to draw other issuances and defects, too.
        reading: which published answers the dates are aimed at.

    Returns:
        The terms, and the cases as JSON.
    """
    token = draw(_TOKENS)
    if subject is None:
        subject = subject_of(_any_terms(packed(f"{token} terms")))
    make = varied_case_of if varied else recorded_case_of
    return subject, [make(packed(f"{token} {number}"), subject, reading) for number in range(size)]


#: Letters that stand in no source: hypothesis draws what it finds in the modules that happen to be loaded now and then,
#: and the same seed has to give the same cases wherever they are generated.
_LETTERS = "".join(map(chr, range(0x2800, 0x2900)))
_TOKENS = st.text(_LETTERS, min_size=8, max_size=8)


def _any_terms(choices: Choices) -> dict[str, Any]:
    return relationship_terms_of(choices) if choices.one_in(6) else terms_of(choices)
