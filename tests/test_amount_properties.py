"""Negative installments, fixed quantities, fractions of shares and lapses: by example, and against brute force."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from brute_force import LARGE, exact_total, executions, peak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import WITHOUT_READINGS, vesting_terms

import vestverify
from vestverify.check import CheckOptions, check_document
from vestverify.documents import load
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import entitlements
from vestverify.engine.execution import Entry
from vestverify.engine.plan import Plan, Portion, Quantity, Relative, compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.vesting_terms import VestingTerms
from vestverify.results import Finding, PropertyResult, TermsResult, Verdict

TERMS = 150
GRANTS = range(1, 61)


# ---- by example ----


def amount(text: str) -> dict[str, Any]:
    """``"5"`` is a quantity, ``"1/2"`` a portion, ``"1/2 left"`` a portion of the remainder."""
    if "/" not in text:
        return {"quantity": text}
    numerator, denominator = text.removesuffix(" left").split("/")
    portion: dict[str, Any] = {"numerator": numerator, "denominator": denominator}
    return {"portion": portion | ({"remainder": True} if text.endswith(" left") else {})}


def chain(*amounts: str, allocation_type: str = "CUMULATIVE_ROUND_DOWN", cliff: int = 0) -> dict[str, Any]:
    """A start of the first amount, then one condition for each; ``"12 x 1/48"`` vests monthly, others on an event."""
    conditions: list[dict[str, Any]] = []
    for place, text in enumerate(amounts):
        times, _, each = text.rpartition(" x ")
        trigger: dict[str, Any] = {"type": "VESTING_EVENT" if place else "VESTING_START_DATE"}
        if times:
            period = {"type": "MONTHS", "length": 1, "occurrences": int(times), "cliff_installment": cliff}
            period["day_of_month"] = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"
            reference = f"c{place - 1}"
            trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}
        following = [f"c{place + 1}"] if place + 1 < len(amounts) else []
        conditions.append({"id": f"c{place}", "trigger": trigger, "next_condition_ids": following, **amount(each)})
    return {
        "id": "chain",
        "object_type": "VESTING_TERMS",
        "name": "chain",
        "description": "one condition after another",
        "allocation_type": allocation_type,
        "vesting_conditions": conditions,
    }


def decided(terms: dict[str, Any], code: str, grant: str | None = None, **choices: str) -> tuple[PropertyResult, Any]:
    """The result of one property and its finding, of terms by themselves or in a case of some grant."""
    if grant is None:
        result = vestverify.check_terms(terms, reading=choices, codes=WITHOUT_READINGS)
    else:
        issuance = {
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "id": "issuance",
            "security_id": "security",
            "date": "2025-01-01",
            "quantity": grant,
            "vesting_terms_id": terms["id"],
        }
        case = {"terms": terms, "issuance": issuance, "transactions": []}
        document, errors = check_document(load("case.json", json.dumps(case).encode()), CheckOptions())
        assert errors == ()
        (result,) = document.terms
    (answer,) = (each for each in result.properties if each.code == code)
    found = [each for each in result.findings if each.code == code]
    return answer, found[0] if found else None


def test_terms_without_a_share_of_a_remainder_have_no_negative_installment_by_the_lemma_alone() -> None:
    answer, _ = decided(chain("0", "60 x 1/48"), "VV306", siblings="independent")
    assert (answer.verdict, str(answer.method), dict(answer.scope)) == (Verdict.PROVED, "lemma", {})


def test_a_share_of_a_negative_remainder_takes_shares_back() -> None:
    answer, found = decided(chain("0", "60 x 1/48", "1/2 left"), "VV306")
    assert answer.verdict is Verdict.REFUTED
    assert found.condition_ids == ("c2",)
    assert (found.facts["grant_quantity"], found.facts["installment"]) == ("1200", "-150")


def test_more_than_the_whole_remainder_twice_takes_shares_back() -> None:
    answer, found = decided(chain("0", "2 x 3/2 left"), "VV306")
    assert answer.verdict is Verdict.REFUTED
    assert (found.facts["occurrence"], found.facts["installment"]) == (2, "-75")


def test_more_than_the_remainder_on_entry_takes_nothing_back_by_itself() -> None:
    answer, _ = decided(chain("0", "2 x 3/2 left"), "VV306", remainder_basis="on-entry")
    assert answer.verdict is Verdict.PROVED
    answer, found = decided(chain("0", "2 x 3/2 left", "1/1 left"), "VV306", remainder_basis="on-entry")
    assert (answer.verdict, found.condition_ids) == (Verdict.REFUTED, ("c2",))


def test_fixed_quantities_before_a_remainder_bound_the_grants_without_a_negative_installment() -> None:
    answer, _ = decided(chain("100", "1/1 left"), "VV306")
    assert answer.verdict is Verdict.PROVED
    assert answer.scope["grant_quantity"].startswith(">= 100,")
    answer, found = decided(chain("100", "1/1 left"), "VV306", grant="40")
    assert (answer.verdict, found.facts["installment"]) == (Verdict.REFUTED, "-60")


@pytest.mark.parametrize(
    ("amounts", "fits", "shown"),
    [
        (["5", "3 x 10", "7"], {"from": 42, "to": 42}, "43"),
        (["100", "1/1 left"], {"from": 100, "to": None}, "99"),
        (["10", "1/2"], {"from": 20, "to": 20}, "21"),
        (["2.5", "1/1 left"], {"from": 3, "to": None}, "2"),
        (["2.5"], None, "3"),
        (["1/1", "1"], None, "100"),
    ],
)
def test_the_whole_grants_that_fixed_quantities_fit_are_found_exactly(
    amounts: list[str], fits: dict[str, int | None] | None, shown: str
) -> None:
    answer, found = decided(chain(*amounts), "VV307")
    assert answer.verdict is Verdict.REFUTED
    assert (found.facts["fits"], found.facts["grant_quantity"]) == (fits, shown)


def test_branches_of_different_quantities_fit_the_grant_of_the_largest() -> None:
    terms = chain("0", "40")
    terms["vesting_conditions"][0]["next_condition_ids"].append("other")
    terms["vesting_conditions"].append({**terms["vesting_conditions"][1], "id": "other", "quantity": "50"})
    _, found = decided(terms, "VV307")
    assert found.facts["fits"] == {"from": 50, "to": 50}


def test_one_share_and_the_remainder_fit_every_whole_grant() -> None:
    answer, _ = decided(chain("1", "1/1 left"), "VV307")
    assert (answer.verdict, answer.scope["grant_quantity"]) == (Verdict.PROVED, ">= 1, whole")


def test_the_grant_of_a_case_decides_whether_fixed_quantities_fit() -> None:
    terms = chain("5", "3 x 10", "7")
    answer, _ = decided(terms, "VV307", grant="42")
    assert (answer.verdict, answer.scope["grant_quantity"]) == (Verdict.PROVED, "42, this case's")
    for grant in ("41", "50"):
        answer, found = decided(terms, "VV307", grant=grant)
        assert (answer.verdict, found.facts["grant_quantity"]) == (Verdict.REFUTED, grant)
        assert found.facts["fits"] == {"from": 42, "to": 42}


def test_terms_of_portions_only_have_no_fixed_quantity_to_fit() -> None:
    assert decided(chain("0", "48 x 1/48"), "VV307")[0].verdict is Verdict.NOT_APPLICABLE


def test_a_cliff_is_one_installment_and_may_be_whole_where_its_parts_are_not() -> None:
    of_halves = chain("0", "2 x 1/2", allocation_type="FRACTIONAL", cliff=2)
    assert decided(of_halves, "VV310")[0].verdict is Verdict.PROVED
    of_thirds = chain("0", "3 x 1/3", allocation_type="FRACTIONAL", cliff=2)
    _, found = decided(of_thirds, "VV310")
    assert (found.facts["installment"], found.facts["occurrence"]) == ("2/3", 2)
    assert found.facts["failing_quantities"] == {"from": 1, "modulus": 3, "residues": [1, 2]}


def test_residues_of_a_large_modulus_are_not_listed() -> None:
    _, found = decided(chain("0", "1001 x 1/1001", allocation_type="FRACTIONAL"), "VV310")
    assert found.facts["failing_quantities"] == {"from": 1, "modulus": 1001, "residues": None}


def test_a_quantity_of_half_a_share_is_a_fraction_in_grants_that_hold_it() -> None:
    _, found = decided(chain("2.5", "1/1 left", allocation_type="FRACTIONAL"), "VV310")
    assert (found.facts["grant_quantity"], found.facts["installment"]) == ("3", "2.5")


@pytest.mark.parametrize("allocation_type", ["CUMULATIVE_ROUNDING", "FRONT_LOADED", "BACK_LOADED_TO_SINGLE_TRANCHE"])
def test_allocation_types_of_whole_shares_give_no_fractions(allocation_type: str) -> None:
    answer, _ = decided(chain("2.5", "7 x 1/48", "1/3 left", allocation_type=allocation_type), "VV310")
    assert (answer.verdict, str(answer.method)) == (Verdict.PROVED, "structural")


def test_a_lapse_after_part_of_the_grant_says_which_share_is_forfeited() -> None:
    answer, found = decided(chain("1/4", "0"), "VV311")
    assert answer.verdict is Verdict.REFUTED
    assert {key: found.facts[key] for key in ("min_vested", "max_vested", "forfeited")} == {
        "min_vested": "1/4",
        "max_vested": "1/4",
        "forfeited": "3/4",
    }
    assert "3/4 of the grant can be forfeited" in found.message


def test_a_last_condition_of_no_shares_after_the_whole_grant_forfeits_nothing() -> None:
    assert decided(chain("1/1", "0"), "VV311")[0].verdict is Verdict.PROVED


# ---- against brute force ----


@st.composite
def terms_of_amounts(draw: st.DrawFn) -> dict[str, Any]:
    """Random terms with more remainders, larger amounts and more FRACTIONAL allocation."""
    raw: dict[str, Any] = draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=2))
    if draw(st.booleans()):
        raw["allocation_type"] = "FRACTIONAL"
    for condition in raw["vesting_conditions"]:
        change = draw(st.integers(0, 7))
        if change < 3:
            condition.pop("quantity", None)
            condition.pop("portion", None)
            condition |= amount(draw(st.sampled_from(["3/2 left", "2/1", "0", "1/1 left", "1/1", "0"])))
    return raw


def installments(plan: Plan, entries: tuple[Entry, ...], grant: int, reading: Reading) -> Iterator[list[Fraction]]:
    """For each entry what its installments vest, the occurrences of a cliff together."""
    shares = allocate(entitlements(plan, entries, Fraction(grant), reading), plan.allocation_type, reading)
    for number, entry in enumerate(entries):
        trigger = plan.conditions[entry.place].trigger
        together = 1
        if isinstance(trigger, Relative):
            together = max(1, trigger.cliff) if trigger.length else entry.kept
        rest = range(together + 1, entry.kept + 1)
        yield [shares.between(number, 1, together), *(shares.between(number, each, each) for each in rest)]


def takes_back(plan: Plan, entries: tuple[Entry, ...], grant: Fraction, reading: Reading) -> bool:
    shares = allocate(entitlements(plan, entries, grant, reading), plan.allocation_type, reading)
    return any(
        shares.between(number, each, each) < 0
        for number, entry in enumerate(entries)
        for each in range(1, entry.kept + 1)
    )


def negative_is_right(
    plan: Plan, reading: Reading, result: TermsResult, answer: PropertyResult, found: list[tuple[Entry, ...]]
) -> None:
    large = [LARGE, LARGE + 1, LARGE + 7]
    truth = any(takes_back(plan, entries, grant, reading) for entries in found for grant in large)
    if answer.verdict is Verdict.REFUTED:
        (finding,) = findings(result, "VV306")
        shown = Fraction(finding.facts["grant_quantity"])
        assert any(takes_back(plan, entries, shown, reading) for entries in found)
        return
    assert answer.verdict is Verdict.PROVED
    assert not truth
    least = int(answer.scope.get("grant_quantity", "1").removeprefix(">= ").split(",")[0])
    for grant in range(least, least + 25):
        assert not any(takes_back(plan, entries, Fraction(grant), reading) for entries in found)


def findings(result: TermsResult, code: str) -> list[Finding]:
    return [each for each in result.findings if each.code == code]


def fitting_is_right(
    plan: Plan, reading: Reading, result: TermsResult, answer: PropertyResult, found: list[tuple[Entry, ...]]
) -> None:
    entered = {entry.place for entries in found for entry in entries}
    conditions = [plan.conditions[place] for place in entered]
    amounts = [condition.amount for condition in conditions]
    if not any(isinstance(each, Quantity) and each.shares for each in amounts):
        assert answer.verdict is Verdict.NOT_APPLICABLE
        return
    if answer.verdict is Verdict.OPEN:
        assert any(
            isinstance(each.amount, Portion) and each.amount.remainder and each.amount.ratio * each.occurrences > 1
            for each in conditions
        )
        return

    def fits(grant: Fraction) -> bool:
        peaks = [peak(plan, entries, grant, reading) for entries in found]
        return max(peaks) == grant

    facts: Any = {"from": 1, "to": None}
    if answer.verdict is Verdict.REFUTED:
        (finding,) = findings(result, "VV307")
        facts = finding.facts["fits"]
        assert not fits(Fraction(finding.facts["grant_quantity"]))
    edges = [] if facts is None else [facts["from"] - 1, facts["from"], (facts["to"] or 900), (facts["to"] or 900) + 1]
    for grant in {*GRANTS, *edges} - {0}:
        listed = facts is not None and facts["from"] <= grant and (facts["to"] is None or grant <= facts["to"])
        assert fits(Fraction(grant)) == listed


def fractions_are_right(
    plan: Plan, reading: Reading, result: TermsResult, answer: PropertyResult, found: list[tuple[Entry, ...]]
) -> None:
    failing: dict[int, set[tuple[str, ...]]] = {}
    for entries in found:
        for grant in GRANTS:
            for number, vested in enumerate(installments(plan, entries, grant, reading)):
                prefix = entries[: number + 1]
                if any(each.denominator != 1 for each in vested) and (
                    peak(plan, prefix, Fraction(grant), reading) <= grant
                ):
                    failing.setdefault(grant, set()).add(tuple(plan.conditions[each.place].id for each in prefix))
    if answer.verdict is Verdict.PROVED:
        assert failing == {}
        return
    assert answer.verdict is Verdict.REFUTED
    (finding,) = findings(result, "VV310")
    least = int(finding.facts["grant_quantity"])
    assert least == min(failing) if failing else least > max(GRANTS)
    listed = finding.facts["failing_quantities"]
    path = tuple(finding.facts["path"])
    if listed is None or listed["residues"] is None:
        return
    entries = next(each for each in found if tuple(plan.conditions[e.place].id for e in each)[: len(path)] == path)
    for grant in range(listed["from"], listed["from"] + 40):
        fails = any(
            each.denominator != 1
            for vested in installments(plan, entries[: len(path)], grant, reading)
            for each in vested
        )
        assert fails == (grant % listed["modulus"] in listed["residues"])


def lapses_are_right(
    plan: Plan, reading: Reading, result: TermsResult, answer: PropertyResult, found: list[tuple[Entry, ...]]
) -> None:
    lapsing = {place for place, each in enumerate(plan.conditions) if not each.following and not each.vests}
    vested: dict[str, list[Fraction]] = {}
    for entries in found:
        total = exact_total(plan, entries, Fraction(1), reading)
        if entries and entries[-1].place in lapsing:
            vested.setdefault(plan.conditions[entries[-1].place].id, []).append(total)
    truth = {name for name, totals in vested.items() if min(totals) < 1}
    assert {each.condition_ids[0] for each in findings(result, "VV311")} == truth
    assert answer.verdict is (Verdict.REFUTED if truth else Verdict.PROVED)
    for finding in findings(result, "VV311"):
        least, most, forfeited = (finding.facts[key] for key in ("min_vested", "max_vested", "forfeited"))
        totals = vested[finding.condition_ids[0]]
        assert least is None or Fraction(least) <= min(totals)
        assert most is None or Fraction(most) >= max(totals)
        assert forfeited is None or 1 - Fraction(forfeited) in totals


@pytest.mark.parametrize("choices", [{}, {"allocation_scope": "condition"}], ids=["default", "condition"])
def test_verdicts_about_amounts_are_what_brute_force_over_all_dates_of_a_window_finds(choices: dict[str, str]) -> None:
    reading = reading_from(choices)
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(terms_of_amounts())
    def agree(raw: dict[str, Any]) -> None:
        plan = compile_terms(VestingTerms.model_validate(raw))
        result = vestverify.check_terms(raw, reading=choices, codes=WITHOUT_READINGS)
        answers = {each.code: each for each in result.properties}
        found = list(executions(plan, reading))
        negative_is_right(plan, reading, result, answers["VV306"], found)
        fitting_is_right(plan, reading, result, answers["VV307"], found)
        fractions_are_right(plan, reading, result, answers["VV310"], found)
        lapses_are_right(plan, reading, result, answers["VV311"], found)
        seen.update(f"{answer.code} {answer.verdict}" for answer in result.properties)

    agree()
    wanted = [f"{code} {verdict}" for code in ("VV306", "VV310", "VV311") for verdict in ("proved", "refuted")]
    wanted += ["VV307 refuted", "VV307 not-applicable"]
    assert [outcome for outcome in wanted if seen[outcome] < TERMS * 0.02] == []
