"""Formulas of ``month`` in allocation tables."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestverify.allocations.formulas import MAXIMUM_LENGTH, FormulaError, parse_formula


@pytest.mark.parametrize(
    ("text", "month", "value"),
    [
        ("50", 3, Fraction(50)),
        ("0.1 + 0.2", 0, Fraction(3, 10)),
        ("=month * 2", 4, Fraction(8)),
        ("1 - 2 - 3", 0, Fraction(-4)),
        ("12 / 2 / 3", 0, Fraction(2)),
        ("1 + 2 * 3", 0, Fraction(7)),
        ("(1 + 2) * 3", 0, Fraction(9)),
        ("-month + 5", 2, Fraction(3)),
        ("2 * -month", 2, Fraction(-4)),
        ("MIN(100, 10 + Month)", 200, Fraction(100)),
        ("max(1, 2, month / 3)", 7, Fraction(7, 3)),
        ("50%", 0, Fraction(50)),
        (".5", 0, Fraction(1, 2)),
    ],
)
def test_a_formula_has_its_exact_value(text: str, month: int, value: Fraction) -> None:
    assert parse_formula(text)(month) == value


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("=", 1),
        ("1 +", 3),
        ("(1 + 2", 0),
        ("1 2", 2),
        ("2 ** 3", 3),
        ("2 ^ 3", 2),
        ("months", 0),
        ("min 3", 4),
        ("__import__(1)", 0),
        ("1e9", 1),
        ("month(3)", 5),
        ("min()", 4),
        ("1 = 1", 2),
        ("month%", 5),
    ],
)
def test_what_is_no_formula_is_refused_at_its_place(text: str, position: int) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert caught.value.position == position


def test_only_a_formula_without_month_is_constant() -> None:
    assert parse_formula("min(3, 4)").is_constant
    assert not parse_formula("0 * month").is_constant


def test_a_percent_sign_is_noted() -> None:
    assert parse_formula("10% + month").has_percent_sign
    assert not parse_formula("10 + month").has_percent_sign


def test_a_division_by_zero_names_its_month_and_spoils_no_other() -> None:
    formula = parse_formula("10 / (month - 3)")
    assert formula(4) == 10
    with pytest.raises(FormulaError, match="month 3") as caught:
        formula(3)
    assert caught.value.position == 3


@pytest.mark.parametrize("text", ["(" * 60 + "1" + ")" * 60, "-" * 60 + "1", "min(" * 60 + "1" + ")" * 60])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(FormulaError, match="deep"):
        parse_formula(text)


def test_a_long_formula_is_refused() -> None:
    assert parse_formula("1+" * (MAXIMUM_LENGTH // 2 - 1) + "1")(0) == MAXIMUM_LENGTH // 2
    with pytest.raises(FormulaError, match="longer"):
        parse_formula("1+" * MAXIMUM_LENGTH + "1")


@given(st.text(alphabet="0123456789.+-*/() ,%=monthiax", max_size=60), st.integers(0, 100))
def test_any_text_is_a_formula_or_refused(text: str, month: int) -> None:
    position, value = 0, Fraction(0)
    try:
        value = parse_formula(text)(month)
    except FormulaError as error:
        position = error.position
    assert 0 <= position <= len(text)
    assert isinstance(value, Fraction)


sums = st.recursive(
    st.one_of(st.just("month"), st.integers(0, 99).map(str)),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({''.join(parts)})"),
    max_leaves=8,
)


@given(sums, st.integers(0, 100))
def test_formulas_agree_with_the_arithmetic_of_python(text: str, month: int) -> None:
    assert parse_formula(text)(month) == eval(text, {"month": month})
