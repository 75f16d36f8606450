"""Rows of allocation tables as vesting terms and back, and that both mean the same."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from vestverify.allocations.conversion import LinearVesting, NotLinear, linear_vesting, terms_from
from vestverify.command_line import main
from vestverify.engine.calendar import parse_day
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import DEFAULT_READING
from vestverify.engine.schedule import run
from vestverify.engine.unlocking import Allocation, UnlockRounding, unlocked
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.equivalence import compare_terms
from vestverify.results import Verdict

EXAMPLES = Path(__file__).parents[1] / "examples"


def terms_of(linear: LinearVesting) -> VestingTerms:
    return VestingTerms.model_validate(terms_from(linear, "terms"))


def changed(condition: int = 1, trigger: dict[str, Any] | None = None, **fields: Any) -> VestingTerms:
    """Terms of four years with a year's cliff, but for one condition's fields."""
    raw = terms_from(LinearVesting(12, 48), "terms")
    own = raw["vesting_conditions"][condition]
    if "quantity" in fields:
        own.pop("portion", None)
    if "portion" in fields:
        own.pop("quantity", None)
    own |= fields
    own["trigger"] |= trigger or {}
    return VestingTerms.model_validate(raw)


def separate_cliff(cliff: int, cliff_part: tuple[int, int], count: int, part: tuple[int, int]) -> VestingTerms:
    raw = terms_from(LinearVesting(cliff, cliff), "terms")
    after = terms_from(LinearVesting(0, count), "terms")["vesting_conditions"][1]
    start, first = raw["vesting_conditions"]
    first |= {"id": "cliff", "next_condition_ids": ["vesting"]}
    first["portion"] = {"numerator": str(cliff_part[0]), "denominator": str(cliff_part[1])}
    start["next_condition_ids"] = ["cliff"]
    after["trigger"]["relative_to_condition_id"] = "cliff"
    after["portion"] = {"numerator": str(part[0]), "denominator": str(part[1])}
    return VestingTerms.model_validate(raw | {"vesting_conditions": [start, first, after]})


@st.composite
def linear_vestings(draw: st.DrawFn) -> LinearVesting:
    vesting = draw(st.integers(0, 60))
    return LinearVesting(draw(st.integers(0, vesting)), vesting, draw(st.sampled_from(UnlockRounding)))


def months_between(start: tuple[int, int], day: int) -> int:
    """Months from the first of a month to a day that must be the first of one."""
    first = [parse_day(f"{start[0] + month // 12}-{month % 12 + 1:02d}-01") for month in range(start[1] - 1, 200)]
    return first.index(day)


@settings(max_examples=200, deadline=None)
@given(linear_vestings(), st.integers(1, 10**9), st.integers(1, 12))
def test_the_terms_of_a_row_vest_what_the_row_unlocks_month_by_month(
    linear: LinearVesting, amount: int, month: int
) -> None:
    start = parse_day(f"2025-{month:02d}-01")
    schedule = run(compile_terms(terms_of(linear)), Fraction(amount), start, {0: start}, DEFAULT_READING).schedule
    vested = [Fraction(0)] * 64
    for installment in schedule.installments:
        for later in range(months_between((2025, month), installment.day), 64):
            vested[later] += installment.shares
    row = Allocation(
        "e", "a", Fraction(amount), 0, linear.cliff, linear.vesting, lambda _: Fraction(0), lambda _: Fraction(0)
    )
    assert vested == unlocked(row, 64, linear.rounding)


@settings(max_examples=200, deadline=None)
@given(linear_vestings())
def test_a_row_comes_back_from_its_terms(linear: LinearVesting) -> None:
    found = linear_vesting(terms_of(linear))
    assert found == LinearVesting(linear.cliff or min(1, linear.vesting), linear.vesting, linear.rounding)


@pytest.mark.parametrize(
    "months", [(0, 0), (0, 1), (1, 1), (6, 6), (0, 12), (1, 12), (11, 12), (6, 24), (12, 48), (36, 36)]
)
@pytest.mark.parametrize("rounding", UnlockRounding)
def test_row_to_terms_to_row_to_terms_is_proved_to_mean_the_same(
    months: tuple[int, int], rounding: UnlockRounding
) -> None:
    first = terms_of(LinearVesting(*months, rounding))
    second = terms_of(linear_vesting(first))
    compared = compare_terms(first, second)
    assert compared.verdict is Verdict.PROVED
    assert compared.after_rounding


@pytest.mark.parametrize(
    "terms",
    [
        separate_cliff(12, (12, 48), 36, (1, 48)),
        separate_cliff(6, (1, 4), 18, (1, 24)),
        VestingTerms.model_validate(json.loads((EXAMPLES / "four-year-monthly-one-year-cliff.json").read_text())),
        VestingTerms.model_validate(json.loads((EXAMPLES / "four-year-monthly-cliff-installment.json").read_text())),
    ],
)
def test_terms_with_a_cliff_of_their_own_are_proved_to_mean_the_same_as_their_row(terms: VestingTerms) -> None:
    row = linear_vesting(terms)
    compared = compare_terms(terms, terms_of(row))
    assert compared.verdict is Verdict.PROVED


def test_a_cliff_of_its_own_becomes_the_row_of_the_same_months() -> None:
    assert linear_vesting(separate_cliff(12, (1, 4), 36, (1, 48))) == LinearVesting(12, 48)


@pytest.mark.parametrize("months", [(-1, 12), (0, -1), (13, 12)])
def test_months_that_are_no_linear_vesting_have_no_terms(months: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="are not linear vesting"):
        terms_from(LinearVesting(*months), "terms")


def test_all_at_a_cliff_that_nothing_follows_is_one_installment() -> None:
    assert linear_vesting(terms_of(LinearVesting(9, 0))) == LinearVesting(9, 9)


UNLIKE: list[tuple[VestingTerms, str]] = [
    (changed(0, {"type": "VESTING_EVENT"}), "is met by VESTING_EVENT"),
    (changed(0, {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2025-01-01"}), "is met by VESTING_SCHEDULE_ABSOLUTE"),
    (changed(0, portion={"numerator": "1", "denominator": "4"}), "5/4 of the grant vest in all"),
    (changed(quantity="100"), "a fixed number of shares"),
    (changed(portion={"numerator": "1", "denominator": "50"}), "24/25 of the grant vest in all"),
    (changed(portion={"numerator": "1", "denominator": "48", "remainder": True}), "a part of what is left"),
    (changed(trigger={"period": {"type": "DAYS", "length": 30, "occurrences": 48}}), "counts days"),
    (
        changed(trigger={"period": {"type": "MONTHS", "length": 1, "occurrences": 48, "day_of_month": "15"}}),
        "falls on day 15 of the month",
    ),
    (
        changed(
            trigger={
                "period": {
                    "type": "MONTHS",
                    "length": 3,
                    "occurrences": 48,
                    "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
                }
            }
        ),
        "nothing vests 4 months after the start",
    ),
    (changed(trigger={"relative_to_condition_id": "vesting"}), "does not count from the condition before it"),
    (changed(next_condition_ids=["start"]), "not one chain"),
    (changed(next_condition_ids=["vesting"]), "lead back to one another|repeats, and others follow"),
    (separate_cliff(12, (1, 2), 36, (1, 72)), "1/2 of the grant have vested 12 months after the start"),
    (separate_cliff(12, (0, 1), 36, (1, 36)), "1/36 of the grant have vested 13 months after the start"),
]


@pytest.mark.parametrize(("terms", "reason"), UNLIKE, ids=[reason for _, reason in UNLIKE])
def test_what_is_no_row_is_said_with_the_reason(terms: VestingTerms, reason: str) -> None:
    with pytest.raises(NotLinear, match=reason):
        linear_vesting(terms)


@pytest.mark.parametrize("allocation_type", AllocationType)
def test_only_rounding_of_what_has_vested_so_far_is_that_of_a_row(allocation_type: AllocationType) -> None:
    terms = terms_of(LinearVesting(0, 12)).model_copy(update={"allocation_type": allocation_type})
    if allocation_type.startswith("CUMULATIVE") or allocation_type is AllocationType.FRACTIONAL:
        assert linear_vesting(terms).vesting == 12
    else:
        with pytest.raises(NotLinear, match="rounds installment by installment"):
            linear_vesting(terms)


# ---- the command ----


def convert(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["convert", *arguments])


def test_the_command_turns_one_row_into_terms_that_the_checker_accepts(tmp_path: Path) -> None:
    result = convert(str(EXAMPLES / "token-allocations.csv"), "--entity", "Team")
    assert result.exit_code == 0
    assert linear_vesting(VestingTerms.model_validate(json.loads(result.stdout))) == LinearVesting(12, 48)
    path = tmp_path / "terms.json"
    path.write_text(result.stdout, encoding="utf-8")
    assert CliRunner().invoke(main, ["check", str(path)]).exit_code == 0
    assert convert(str(path)).stdout.splitlines()[1] == "Team,,,0,12,48"


def test_the_command_turns_a_table_into_a_file_of_terms(tmp_path: Path) -> None:
    result = convert(str(EXAMPLES / "token-allocations.csv"), "--format", "json")
    assert [each["id"] for each in json.loads(result.stdout)["items"]][:2] == ["Seed", "Private sale"]
    path = tmp_path / "terms.json"
    path.write_text(result.stdout, encoding="utf-8")
    row = convert(str(path), "--terms", "Ecosystem", "--format", "json")
    assert json.loads(row.stdout) == {
        "entity": "Ecosystem",
        "start_month": 0,
        "cliff_month": 1,
        "vesting_months": 60,
        "rounding": "down",
    }


def test_the_command_says_why_terms_are_no_row() -> None:
    result = convert(str(EXAMPLES / "two-tier-rsu.json"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "two-tier-rsu: not a row of an allocation table: several conditions follow" in result.stderr


def test_the_command_refuses_entities_that_are_not_there() -> None:
    assert convert(str(EXAMPLES / "token-allocations.csv"), "--entity", "Nobody").exit_code == 2
    assert convert(str(EXAMPLES / "two-tier-rsu.json"), "--entity", "Nobody").exit_code == 2
    assert convert("there-is-no-such-file.json").exit_code == 2
