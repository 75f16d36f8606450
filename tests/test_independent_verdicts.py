"""Where siblings are independent, every verdict against running all dates of a small window on the engine."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, WITHOUT_READINGS, vesting_terms

from vestverify.check import CheckOptions, check_document
from vestverify.documents import load
from vestverify.engine.allocation import allocate
from vestverify.engine.entitlement import Run, entitlements
from vestverify.engine.execution import Entry, execute
from vestverify.engine.plan import Absolute, EarlierOf, LaterOf, Plan, Relative, compile_terms
from vestverify.engine.reading import Reading, reading_from
from vestverify.engine.vesting_terms import AllocationType, VestingTerms
from vestverify.results import Finding, PropertyResult, TermsResult, Verdict

TERMS = {"relationships": 36, "siblings": 20, "readings": 18}
READINGS = {
    "relationships": [reading_from({})],
    "siblings": [reading_from({"siblings": "independent"})],
    "readings": [
        reading_from({key: value})
        for key, value in (
            ("allocation_scope", "condition"),
            ("remainder_basis", "on-entry"),
            ("early_event", "ignored"),
            ("periodic_reference", "first"),
            ("leave_periodic", "overlap"),
            ("leave_periodic", "on-next"),
        )
    ],
}
#: Outcomes without which the random terms would show too little, with the least rate of each.
LEAST_RATES = {
    "relationships": {
        **dict.fromkeys(("VV202 proved", "VV202 refuted", "VV203 proved", "VV203 refuted"), 0.1),
        **dict.fromkeys(("VV301 proved", "VV301 refuted", "VV302 proved", "VV303 proved", "VV307 refuted"), 0.1),
        **dict.fromkeys(("VV302 refuted", "VV303 refuted"), 0.04),
        **dict.fromkeys(("VV201 refuted", "VV306 refuted", "VV310 refuted", "VV311 refuted"), 0.02),
    },
    "siblings": {
        **dict.fromkeys(("VV203 proved", "VV203 refuted", "VV301 proved", "VV301 refuted"), 0.1),
        **dict.fromkeys(("VV302 proved", "VV302 refuted", "VV303 proved", "VV303 refuted"), 0.04),
        **dict.fromkeys(("VV306 refuted", "VV310 refuted"), 0.04),
    },
    "readings": {"VV202 refuted": 0.1, "VV301 refuted": 0.1, "VV302 refuted": 0.05},
}
#: Days around ``BASE`` on which starts and events are recorded, by how many there are; each can also never happen.
WINDOWS = {
    0: (0,),
    1: tuple(range(-9, 20)),
    2: tuple(range(-9, 20)),
    3: (-9, -2, 0, 1, 2, 3, 4, 5, 6, 8, 12, 19),
    4: (-9, 0, 2, 3, 5, 12),
}
LARGE = Fraction(10**6 * 2520)
GRANTS = (*map(Fraction, (1, 2, 3, 4, 5, 7, 8, 10, 13, 17, 20, 29, 30, 31, 60)), LARGE)
CHEAP = (Fraction(7), LARGE)


@dataclasses.dataclass(frozen=True)
class Execution:
    """One execution of the window, with what the engine says of it."""

    plan: Plan
    reading: Reading
    recorded: dict[int, int]
    entries: tuple[Entry, ...]
    known: dict[Fraction, tuple[tuple[Run, ...], ...]] = dataclasses.field(default_factory=dict)

    def runs(self, grant: Fraction) -> tuple[tuple[Run, ...], ...]:
        if grant not in self.known:
            self.known[grant] = entitlements(self.plan, self.entries, grant, self.reading)
        return self.known[grant]

    def running(self, grant: Fraction) -> list[Fraction]:
        each = (sum((run.count * run.each for run in runs), Fraction(0)) for runs in self.runs(grant))
        return list(itertools.accumulate(each, initial=Fraction(0)))

    def total(self, grant: Fraction) -> Fraction:
        return self.running(grant)[-1]

    def peak(self, grant: Fraction) -> Fraction:
        return max(self.running(grant))

    @functools.cached_property
    def entered(self) -> frozenset[int]:
        return frozenset(entry.place for entry in self.entries)

    @property
    def overdue(self) -> frozenset[int]:
        """Conditions of their own date that were entered after it."""
        return frozenset(
            entry.place
            for entry in self.entries
            if isinstance(self.plan.conditions[entry.place].trigger, Absolute | Relative)
            and self.plan.conditions[entry.place].vests
            and entry.own.day(1) < entry.entered
        )

    @functools.cached_property
    def has_ended(self) -> bool:
        """Whether no start or event that is not recorded yet would be entered on a late day."""
        late = max([BASE.toordinal(), *self.recorded.values()]) + 10_000
        return not any(
            condition.recorded
            and place not in self.recorded
            and any(entry.place == place for entry in execute(self.plan, {**self.recorded, place: late}, self.reading))
            for place, condition in enumerate(self.plan.conditions)
        )


def window(plan: Plan, reading: Reading) -> Iterator[Execution]:
    """Executions with starts and events on the days of the window, or never; one of those that are alike."""
    places = [place for place, each in enumerate(plan.conditions) if each.recorded]
    days = (None, *(BASE.toordinal() + offset for offset in WINDOWS[len(places)]))
    seen = set()
    for chosen in itertools.product(days, repeat=len(places)):
        recorded = {place: day for place, day in zip(places, chosen, strict=True) if day is not None}
        found = Execution(plan, reading, recorded, execute(plan, recorded, reading))
        key = (
            frozenset(recorded), tuple(entry.place for entry in found.entries), found.overdue,
            *(found.runs(grant) for grant in CHEAP),
        )  # fmt: skip
        if key not in seen:
            seen.add(key)
            yield found


def lapses_of(plan: Plan) -> frozenset[int]:
    """Inputs of an EARLIER_OF that vest nothing and that nothing else depends on, where that is not so of another."""

    def may_vest(place: int) -> bool:
        trigger = plan.conditions[place].trigger
        if isinstance(trigger, EarlierOf | LaterOf):
            return any(may_vest(each) for each in trigger.inputs)
        return plan.conditions[place].vests

    counted_from = {each.trigger.reference for each in plan.conditions if isinstance(each.trigger, Relative)}

    def matters(place: int) -> bool:
        return may_vest(place) or len(plan.conditions[place].following) > 1 or place in counted_from

    return frozenset(
        place
        for condition in plan.conditions
        if isinstance(condition.trigger, EarlierOf) and any(map(matters, condition.trigger.inputs))
        for place in condition.trigger.inputs
        if not matters(place)
    )


def with_order_swapped(plan: Plan, place: int, first: int, second: int) -> Plan:
    """The plan with two inputs of an EARLIER_OF listed in each other's place."""
    trigger = plan.conditions[place].trigger
    assert isinstance(trigger, EarlierOf)
    swapped = {first: second, second: first}
    inputs = tuple(swapped.get(each, each) for each in trigger.inputs)
    conditions = list(plan.conditions)
    conditions[place] = dataclasses.replace(conditions[place], trigger=EarlierOf(inputs))
    return dataclasses.replace(plan, conditions=tuple(conditions))


def grants_in(scope: str) -> list[Fraction]:
    """Those of ``GRANTS`` that a verdict speaks of."""
    stated = re.match(r"(>=|<=) (\d+)", scope)
    assert stated is not None, scope
    bound = int(stated[2])
    return [grant for grant in GRANTS if (grant >= bound if stated[1] == ">=" else grant <= bound)]


def replay(finding: Finding) -> tuple[Execution, Fraction]:
    """The execution of a counterexample's case and its grant."""
    assert finding.counterexample is not None
    document = load("counterexample.json", json.dumps(finding.counterexample.case).encode())
    assert document.all_errors == ()
    assert document.case is not None
    case = document.case.case
    assert case is not None
    assert case.terms is not None
    plan = compile_terms(case.terms)
    place = {condition.id: number for number, condition in enumerate(plan.conditions)}
    recorded = {place[each.vesting_condition_id]: each.date for each in case.transactions}  # type: ignore[union-attr]
    reading = reading_from(document.case.reading)
    return Execution(plan, reading, recorded, execute(plan, recorded, reading)), case.issuance.quantity


class Oracle:
    """One result beside everything that the window shows."""

    def __init__(self, raw: dict[str, Any], reading: Reading, result: TermsResult) -> None:
        self.plan = compile_terms(VestingTerms.model_validate(raw))
        self.reading = reading
        self.result = result
        self.decided: dict[str, PropertyResult] = {each.code: each for each in result.properties}
        self.executions = list(window(self.plan, reading))
        self.place = {condition.id: number for number, condition in enumerate(self.plan.conditions)}

    def findings(self, code: str) -> list[Finding]:
        return [finding for finding in self.result.findings if finding.code == code]

    def named(self, code: str) -> set[int]:
        return {self.place[finding.condition_ids[0]] for finding in self.findings(code)}

    def is_(self, code: str, verdict: Verdict) -> bool:
        return self.decided[code].verdict is verdict

    def proved_for(self, code: str) -> list[Fraction]:
        """The grants for which a property is proved; none where it is not."""
        if not self.is_(code, Verdict.PROVED):
            return []
        return grants_in(self.decided[code].scope.get("grant_quantity", ">= 1"))

    def replayed(self, code: str) -> Iterable[tuple[Finding, Execution, Fraction]]:
        """The findings of a property with what their counterexamples replay to."""
        shown = [finding for finding in self.findings(code) if finding.counterexample is not None]
        # Where only dates are at stake, a case that vests too much is not shown: the engine would refuse it.
        assert shown == self.findings(code) or code in ("VV202", "VV203")
        return [(finding, *replay(finding)) for finding in shown]


def entering_is_right(found: Oracle) -> None:
    entered = {place for execution in found.executions for place in execution.entered}
    assert found.named("VV201").isdisjoint(entered)
    assert found.is_("VV201", Verdict.REFUTED) == bool(found.named("VV201"))


def ties_are_right(found: Oracle) -> None:
    for finding, shown, _ in found.replayed("VV202"):
        decided, winner, loser = (found.place[finding.facts[key]] for key in ("after", "first", "instead_of"))
        assert winner in shown.entered
        assert loser not in shown.entered
        swapped = with_order_swapped(found.plan, decided, winner, loser)
        entered = {entry.place for entry in execute(swapped, shown.recorded, found.reading)}
        assert loser in entered
        assert winner not in entered
    if not found.is_("VV202", Verdict.PROVED):
        return
    for place, condition in enumerate(found.plan.conditions):
        if not isinstance(condition.trigger, EarlierOf):
            continue
        for pair in itertools.combinations(condition.trigger.inputs, 2):
            swapped = with_order_swapped(found.plan, place, *pair)
            for one in found.executions:
                entries = execute(swapped, one.recorded, found.reading)
                other = Execution(swapped, found.reading, one.recorded, entries)
                assert [one.total(grant) for grant in CHEAP] == [other.total(grant) for grant in CHEAP]


def overdue_is_right(found: Oracle) -> None:
    for finding, shown, _ in found.replayed("VV203"):
        assert found.place[finding.condition_ids[0]] in shown.overdue
    if not found.decided["VV203"].reason and not found.is_("VV203", Verdict.OPEN):
        overdue = {place for execution in found.executions for place in execution.overdue}
        assert overdue <= found.named("VV203")


def over_vesting_is_right(found: Oracle) -> None:
    for grant in found.proved_for("VV301"):
        assert all(execution.peak(grant) <= grant for execution in found.executions), grant
    for _, shown, grant in found.replayed("VV301"):
        assert shown.peak(grant) > grant


def full_vesting_is_right(found: Oracle) -> None:
    for code in ("VV302", "VV304"):
        for grant in found.proved_for(code):
            assert any(execution.peak(grant) >= grant for execution in found.executions), grant
        if found.is_(code, Verdict.REFUTED):
            for grant in GRANTS:
                assert all(execution.peak(grant) < grant for execution in found.executions), grant
    for finding, shown, grant in found.replayed("VV302"):
        assert shown.total(grant) < grant
        share = finding.facts["max_vested"]
        if share is not None:
            assert all(execution.total(LARGE) <= Fraction(share) * LARGE for execution in found.executions)


def endings_are_right(found: Oracle) -> None:
    lapses = lapses_of(found.plan)
    for code, wanted in (("VV303", False), ("VV311", True)):
        for finding, shown, grant in found.replayed(code):
            assert shown.has_ended
            assert shown.total(grant) < grant
            assert bool(shown.entered & lapses) is wanted
            if wanted:
                assert found.place[finding.condition_ids[0]] in shown.entered
        grants = found.proved_for(code)
        if not grants:
            continue
        for execution in found.executions:
            if bool(execution.entered & lapses) is wanted and execution.total(grants[0]) < grants[0]:
                assert not execution.has_ended
            if bool(execution.entered & lapses) is wanted and execution.has_ended:
                assert all(execution.total(grant) >= grant for grant in grants)


def installments_are_right(found: Oracle) -> None:
    for grant in found.proved_for("VV306"):
        for execution in found.executions:
            assert all(run.each >= 0 for runs in execution.runs(grant) for run in runs), grant
    for finding, shown, grant in found.replayed("VV306"):
        shares = allocate(shown.runs(grant), found.plan.allocation_type, found.reading)
        vested = [shares.between(number, 1, 1) for number, runs in enumerate(shown.runs(grant)) if runs]
        assert Fraction(finding.facts["installment"]) in vested
        assert Fraction(finding.facts["installment"]) < 0
    fractional = found.plan.allocation_type is AllocationType.FRACTIONAL
    for execution in found.executions:
        for grant in GRANTS:
            if execution.peak(grant) > grant:
                continue
            shares = allocate(execution.runs(grant), found.plan.allocation_type, found.reading)
            if execution.total(grant) == grant and found.is_("VV305", Verdict.PROVED):
                assert shares.total == grant
            if fractional and found.is_("VV310", Verdict.PROVED):
                assert all(run.each.denominator == 1 for runs in execution.runs(grant) for run in runs)
    for _, shown, grant in found.replayed("VV305"):
        assert shown.total(grant) == grant
        assert allocate(shown.runs(grant), found.plan.allocation_type, found.reading).total != grant
    for _, shown, grant in found.replayed("VV310"):
        assert any(run.each.denominator > 1 for runs in shown.runs(grant) for run in runs)


def fitting_grants_are_right(found: Oracle) -> None:
    if not found.is_("VV307", Verdict.REFUTED):
        for grant in found.proved_for("VV307"):
            assert all(execution.peak(grant) <= grant for execution in found.executions)
        return
    ((finding, shown, granted),) = found.replayed("VV307")
    assert shown.peak(granted) > granted or shown.total(granted) < granted
    fits = finding.facts["fits"]
    for grant in GRANTS:
        exceeded = any(execution.peak(grant) > grant for execution in found.executions)
        filled = any(execution.peak(grant) >= grant for execution in found.executions)
        said = fits is not None and grant >= fits["from"] and (fits["to"] is None or grant <= fits["to"])
        if said:
            assert not exceeded, grant
        if fits is not None and fits["to"] is not None and grant > fits["to"]:
            assert not filled, grant
        if not said:
            assert exceeded or not filled, grant


CHECKS: tuple[Callable[[Oracle], None], ...] = (
    entering_is_right,
    ties_are_right,
    overdue_is_right,
    over_vesting_is_right,
    full_vesting_is_right,
    endings_are_right,
    installments_are_right,
    fitting_grants_are_right,
)


@st.composite
def terms_with_few_records(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "siblings":
        raw: dict[str, Any] = draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=3))
    else:
        raw = draw(relationship_terms(only_days=True, maximum=5, maximum_recorded=4))
    if draw(st.integers(0, 3)) == 0:
        raw["allocation_type"] = "FRACTIONAL"
    return raw


def decided(raw: dict[str, Any], reading: Reading) -> TermsResult:
    document, errors = check_document(
        load("random.json", json.dumps(raw).encode()),
        CheckOptions(reading=reading, rlimit=3_000_000, codes=WITHOUT_READINGS),
    )
    assert errors == ()
    (result,) = document.terms
    return result


@pytest.mark.parametrize("kind", TERMS)
def test_every_verdict_is_what_all_dates_of_a_window_show(kind: str) -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS[kind], deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        raw = data.draw(terms_with_few_records(kind))
        reading = data.draw(st.sampled_from(READINGS[kind]))
        found = Oracle(raw, reading, decided(raw, reading))
        for is_right in CHECKS:
            is_right(found)
        for code, each in found.decided.items():
            seen[f"{code} {each.verdict}"] += 1

    agree()
    rates = {outcome: seen[outcome] / TERMS[kind] for outcome in LEAST_RATES[kind]}
    assert {outcome: rate for outcome, rate in rates.items() if rate < LEAST_RATES[kind][outcome]} == {}, seen
    left_open = [outcome for outcome in seen if outcome.endswith("open") and outcome[:5] not in ("VV305", "VV310")]
    if kind != "readings":
        assert sum(seen[outcome] for outcome in left_open) <= 0.3 * TERMS[kind], seen


# ---- by hand ----


def terms_of(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "by-hand",
        "object_type": "VESTING_TERMS",
        "name": "by hand",
        "description": "by hand",
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": [*conditions],
    }


def amount(written: str) -> dict[str, Any]:
    """``"1/2"`` is a portion, ``"1/2 left"`` one of the remainder, ``"30"`` a quantity."""
    if "/" not in written:
        return {"quantity": written}
    numerator, denominator = written.removesuffix(" left").split("/")
    remainder = {"remainder": True} if written.endswith(" left") else {}
    return {"portion": {"numerator": numerator, "denominator": denominator, **remainder}}


def start(*following: str) -> dict[str, Any]:
    return {"id": "start", **amount("0"), "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": [*following]}


def event(identifier: str, written: str, *following: str) -> dict[str, Any]:
    trigger = {"type": "VESTING_EVENT"}
    return {"id": identifier, **amount(written), "trigger": trigger, "next_condition_ids": [*following]}


def on_the_day_of(identifier: str, written: str, reference: str, *following: str) -> dict[str, Any]:
    period = {"type": "DAYS", "length": 0, "occurrences": 1}
    trigger = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": reference}
    return {"id": identifier, **amount(written), "trigger": trigger, "next_condition_ids": [*following]}


def earlier_of(identifier: str, inputs: list[str], *following: str) -> dict[str, Any]:
    trigger = {"type": "VESTING_RELATIONSHIP_EARLIER_OF", "input_condition_ids": inputs}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": [*following]}


def later_of(identifier: str, inputs: list[str], kind: str, *following: str) -> dict[str, Any]:
    trigger = {"type": "VESTING_RELATIONSHIP_LATER_OF", "input_condition_ids": inputs, "calculation_type": kind}
    return {"id": identifier, "trigger": trigger, "next_condition_ids": [*following]}


def results(raw: dict[str, Any], **choices: str) -> dict[str, PropertyResult]:
    return {each.code: each for each in decided(raw, reading_from(choices)).properties}


ALIKE = [start("a", "b"), event("a", "1/2", "first"), event("b", "1/2", "first")]


def test_order_decides_between_inputs_alike_if_a_later_condition_counts_from_one_of_them() -> None:
    plain = terms_of(*ALIKE, earlier_of("first", ["a", "b"], "rest"), on_the_day_of("rest", "1/2", "first"))
    assert results(plain)["VV202"].verdict is Verdict.PROVED
    from_one = terms_of(*ALIKE, earlier_of("first", ["a", "b"], "rest"), on_the_day_of("rest", "1/2", "a"))
    assert results(from_one)["VV202"].verdict is Verdict.REFUTED


def test_relationships_between_siblings_that_exclude_each_other_are_open() -> None:
    found = results(terms_of(*ALIKE, earlier_of("first", ["a", "b"])), siblings="exclusive")
    reason = "the prover does not decide relationships between siblings that exclude each other"
    assert {found[code].reason for code in ("VV202", "VV301", "VV302", "VV303", "VV305")} == {reason}
    assert {found[code].verdict for code in ("VV202", "VV301", "VV302", "VV303", "VV305")} == {Verdict.OPEN}


def test_totals_of_fixed_quantities_are_stated_with_the_grants_that_they_hold_for() -> None:
    both = [start("a", "b"), event("a", "30", "both"), event("b", "1/3", "both")]
    found = results(terms_of(*both, later_of("both", ["a", "b"], "MAX")))
    assert found["VV302"].scope["grant_quantity"] == "<= 30, which the fixed quantities fill"
    assert found["VV303"].scope["grant_quantity"] == "<= 30, which the fixed quantities fill"
    assert found["VV301"].scope["grant_quantity"] == ">= 30, for which the fixed quantities fit"
    (finding,) = (
        each
        for each in decided(terms_of(*both, later_of("both", ["a", "b"], "MAX")), reading_from({})).findings
        if each.code == "VV307"
    )
    assert finding.facts["fits"] == {"from": 30, "to": 30}


def test_a_share_of_the_remainder_is_never_negative_from_some_grant_on() -> None:
    found = results(
        terms_of(start("a", "b"), event("a", "30", "both"), event("b", "1/3", "both"),
        later_of("both", ["a", "b"], "SUM", "rest"), event("rest", "1/2 left"))
    )  # fmt: skip
    assert found["VV306"].verdict is Verdict.PROVED
    assert found["VV306"].scope["grant_quantity"] == ">= 45, which is not exceeded before a share of the remainder"


def test_more_than_the_grant_at_one_time_is_found_though_a_remainder_takes_it_back() -> None:
    found = results(
        terms_of(start("a", "b"), event("a", "1/1", "both"), event("b", "1/2", "both"),
        later_of("both", ["a", "b"], "SUM", "rest"), on_the_day_of("rest", "1/1 left", "both"))
    )  # fmt: skip
    assert found["VV301"].verdict is Verdict.REFUTED
    assert found["VV306"].verdict is Verdict.REFUTED


def test_a_mode_of_three_with_fixed_quantities_is_left_open_for_all_grants_at_once() -> None:
    three = [start("a", "b", "c"), event("a", "20", "all"), event("b", "1/1", "all"), event("c", "0", "all")]
    found = results(terms_of(*three, later_of("all", ["a", "b", "c"], "MODE")))
    # 20 shares and the whole of 20 are equal, so that a grant of 20 vests in full and no other one vests at all.
    assert {found[code].verdict for code in ("VV301", "VV302", "VV304", "VV307")} == {Verdict.OPEN}
    assert "depends on the grant; a case has one" in found["VV302"].reason
    three[1] = event("a", "1/5", "all")
    found = results(terms_of(*three, later_of("all", ["a", "b", "c"], "MODE")))
    assert {found[code].verdict for code in ("VV302", "VV304")} == {Verdict.REFUTED}
