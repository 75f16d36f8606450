"""Failures are put down to the fewest causes that account for them, and to the part of a case where none does."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vestverify import engine_protocol
from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.reading import DEFAULT_READING
from vestverify.fuzzing import triage
from vestverify.fuzzing.ablation import Ablation
from vestverify.fuzzing.campaign import request_of
from vestverify.fuzzing.engine_function import EngineFunction
from vestverify.fuzzing.examples import Example, Expected, example_of
from vestverify.fuzzing.explanations import REFUSED, Explanation, Prediction
from vestverify.fuzzing.judging import Failure, Kind, judge
from vestverify.fuzzing.replies import Form, Reply, ReplyKind, Row, failure
from vestverify.fuzzing.triage import RULE_OF_CODE, Cause, Triage, evident_cause
from vestverify.properties import catalogue

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


def case_of_name(name: str) -> dict[str, Any]:
    [path] = [path for path in CASES if path.stem[4:] == name]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


# ---- Failures and causes made by hand: an answer is a number of shares on one day ----


def rows(shares: int) -> tuple[Row, ...]:
    return (Row(700_000, Fraction(shares)),)


def examples(count: int) -> list[Example]:
    """Cases on which the reference engine says 1 share."""
    return [Example({"number": number}, None, Expected(rows(1))) for number in range(count)]


def failing(tried: Sequence[Example], shares: int = 2) -> list[Failure]:
    """An engine's wrong answers: another number of shares."""
    reply = Reply(ReplyKind.SCHEDULE, rows=rows(shares))
    return [Failure(example, reply, Kind.SCHEDULE, rows(shares)) for example in tried]


def refusing(example: Example, *codes: str | None) -> Failure:
    errors = tuple({"code": code, "message": "no"} for code in codes)
    return Failure(example, Reply(ReplyKind.ERRORS, errors=errors), Kind.REFUSED, None)


def cause(name: str, *predictions: tuple[Sequence[Example], Prediction], reading: bool = False) -> Explanation:
    """A possible cause that predicts something for some examples and nothing for all others."""
    by_number = {example.raw["number"]: found for tried, found in predictions for example in tried}
    return Explanation(
        name, "ALC-2", name, lambda example, _: by_number.get(example.raw["number"]), {} if reading else None
    )


Sort = Callable[..., tuple[list[tuple[Cause, list[Failure]]], list[Failure]]]


@pytest.fixture
def sort(monkeypatch: pytest.MonkeyPatch) -> Sort:
    """Sorts failures by the given causes, and no others."""

    def by(
        causes: Sequence[Explanation],
        failures: Sequence[Failure],
        passes: Sequence[Example] = (),
        population: int | None = None,
    ) -> tuple[list[tuple[Cause, list[Failure]]], list[Failure]]:
        monkeypatch.setattr(triage, "explanations", lambda reading: tuple(causes))
        return Triage(DEFAULT_READING).sort(failures, passes, len(passes) if population is None else population)

    return by


def told(groups: Sequence[tuple[Cause, Sequence[Failure]]]) -> dict[str, int]:
    return {found.sentence: len(failures) for found, failures in groups}


def test_the_cause_that_explains_most_accounts_for_all_that_it_explains(sort: Sort) -> None:
    tried = examples(6)
    groups, rest = sort([cause("some", (tried[:3], rows(2))), cause("all", (tried, rows(2)))], failing(tried))
    assert (told(groups), rest) == ({"all": 6}, [])


def test_causes_that_each_explain_a_part_are_all_named(sort: Sort) -> None:
    tried = examples(6)
    causes = [cause("first two", (tried[:2], rows(2))), cause("the others", (tried[2:], rows(2)))]
    groups, rest = sort(causes, failing(tried))
    assert (told(groups), rest) == ({"first two": 2, "the others": 4}, [])


def test_of_causes_that_explain_the_same_the_one_listed_first_is_blamed(sort: Sort) -> None:
    tried = examples(4)
    groups, _ = sort(
        [cause("reading", (tried, rows(2)), reading=True), cause("fault", (tried, rows(2)))], failing(tried)
    )
    assert told(groups) == {"reading": 4}
    assert groups[0][0].reading == {}


def test_a_cause_that_predicts_failures_where_the_engine_is_right_loses(sort: Sort) -> None:
    tried, right = examples(16)[:6], examples(16)[6:]
    loud = cause("loud", (tried, rows(2)), (right, rows(3)))
    quiet = cause("quiet", (tried[:5], rows(2)))
    groups, _ = sort([loud, cause("equal", (tried, rows(2)))], failing(tried), right)
    assert told(groups) == {"equal": 6}
    groups, _ = sort([loud, quiet], failing(tried), right)
    assert told(groups) == {"quiet": 5, "loud": 1}


def test_passes_that_were_not_kept_count_like_those_that_were(sort: Sort) -> None:
    tried, right = examples(40)[:10], examples(40)[10:]
    loud = cause("loud", (tried, rows(2)), (right[:1], rows(3)))
    quiet = cause("quiet", (tried[:8], rows(2)))
    assert list(told(sort([loud, quiet], failing(tried), right)[0])) == ["loud"]
    many = sort([loud, quiet], failing(tried), right, population=3_000)[0]
    assert told(many) == {"quiet": 8, "loud": 2}


def test_a_cause_that_predicts_something_else_than_the_engine_says_loses(sort: Sort) -> None:
    tried = examples(12)
    rough = cause("rough", (tried[:6], rows(2)), (tried[6:], rows(3)))
    exact = cause("exact", (tried[:5], rows(2)))
    other = cause("other", (tried[6:], rows(2)))
    groups, _ = sort([rough, exact, other], failing(tried))
    assert told(groups)["exact"] == 5


def test_few_failures_that_a_known_cause_is_at_work_on_are_absorbed(sort: Sort) -> None:
    tried = examples(50)
    known = cause("known", (tried[:48], rows(2)), (tried[48:], rows(3)))
    chance = cause("chance", (tried[48:], rows(2)))
    groups, rest = sort([known, chance], failing(tried))
    assert (told(groups), rest) == ({"known": 50}, [])


def test_few_failures_that_no_known_cause_touches_are_a_cause_of_their_own(sort: Sort) -> None:
    tried = examples(50)
    causes = [cause("known", (tried[:48], rows(2))), cause("rare", (tried[48:], rows(2)))]
    groups, rest = sort(causes, failing(tried))
    assert (told(groups), rest) == ({"known": 48, "rare": 2}, [])


def test_more_than_few_failures_are_a_cause_of_their_own_although_another_touches_them(sort: Sort) -> None:
    tried = examples(50)
    known = cause("known", (tried[:47], rows(2)), (tried[47:], rows(3)))
    groups, _ = sort([known, cause("second", (tried[47:], rows(2)))], failing(tried))
    assert told(groups) == {"known": 47, "second": 3}


def test_what_nothing_explains_or_touches_is_left_over_in_the_order_found(sort: Sort) -> None:
    tried = examples(7)
    failures = failing(tried)
    groups, rest = sort([cause("some", (tried[::2], rows(2)))], failures)
    assert told(groups) == {"some": 4}
    assert groups[0][1] == failures[::2]
    assert rest == failures[1::2]


def test_a_prediction_of_what_the_reference_engine_says_explains_nothing(sort: Sort) -> None:
    tried = examples(3)
    failures = failing(tried)
    assert sort([cause("nothing", (tried, rows(1)))], failures) == ([], failures)


def test_a_cause_that_makes_no_sense_of_a_case_predicts_nothing(sort: Sort) -> None:
    def no_sense(example: Example, _: object) -> Prediction:
        raise LookupError(example.raw["number"])

    tried = examples(3)
    failures = failing(tried)
    assert sort([Explanation("senseless", "ALC-2", "senseless", no_sense)], failures) == ([], failures)


def test_no_failures_have_no_causes(sort: Sort) -> None:
    assert sort([cause("any", (examples(3), rows(2)))], [], examples(3)) == ([], [])


def test_a_thousand_failures_are_sorted_by_a_sample_of_them_and_every_one_is_counted(sort: Sort) -> None:
    tried = examples(1_000)
    causes = [cause("even", (tried[::2], rows(2))), cause("odd", (tried[1::2], rows(2)))]
    groups, rest = sort(causes, failing(tried))
    assert (told(groups), rest) == ({"even": 500, "odd": 500}, [])


# ---- Refusals ----


@pytest.mark.parametrize("code", sorted(set(RULE_OF_CODE) - {"VV301"}))
def test_a_refusal_with_a_code_is_told_by_that_code(sort: Sort, code: str) -> None:
    [tried] = examples(1)
    [(found, failures)], rest = sort([], [refusing(tried, None, code)])
    assert found.rule == RULE_OF_CODE[code]
    assert found.sentence == f"gives the error {code} for a case without that defect"
    assert found.code is None
    assert (len(failures), rest) == (1, [])


def test_a_refusal_without_a_known_code_is_left_over_where_no_cause_predicts_it(sort: Sort) -> None:
    failures = [refusing(example, code) for example, code in zip(examples(3), (None, "VV301", "E42"), strict=True)]
    assert sort([], failures) == ([], failures)


@pytest.mark.parametrize("code", [None, "VV301", "VV102"])
def test_a_refusal_that_a_chosen_cause_predicts_is_put_down_to_it(sort: Sort, code: str | None) -> None:
    tried = examples(4)
    refuses = cause("refuses", (tried[:3], rows(2)), (tried[3:], REFUSED))
    groups, _ = sort([refuses], [*failing(tried[:3]), refusing(tried[3], code)])
    assert told(groups) == {"refuses": 4}


def test_a_refusal_of_what_a_cause_makes_more_than_the_grant_is_put_down_to_that_cause(sort: Sort) -> None:
    tried = examples(3)
    groups, _ = sort([cause("too much", (tried, rows(2)))], [refusing(each, "VV301") for each in tried])
    assert told(groups) == {"too much": 3}


# ---- What shows by itself ----


@pytest.mark.parametrize("code", sorted(RULE_OF_CODE))
def test_a_defect_that_is_accepted_names_its_code_and_its_rule(code: str) -> None:
    example = Example({}, None, Expected(codes=(code, "VV999")))
    reply = Reply(ReplyKind.SCHEDULE, rows=rows(1))
    found = evident_cause(Failure(example, reply, Kind.ACCEPTED, rows(1)))
    assert found is not None
    assert (found.rule, found.code) == (RULE_OF_CODE[code], code)
    assert code in found.sentence


def test_every_code_is_one_of_the_contract_and_every_rule_one_that_a_case_is_about() -> None:
    assert set(RULE_OF_CODE) <= set(catalogue())
    assert set(RULE_OF_CODE.values()) <= {rule for path in CASES for rule in json.loads(path.read_bytes())["rules"]}


def test_every_code_with_which_the_reference_engine_refuses_a_case_has_a_rule() -> None:
    refused = {
        code for path in CASES for code in example_of(json.loads(path.read_bytes()), DEFAULT_READING).expected.codes
    }
    assert refused <= set(RULE_OF_CODE)
    assert len(refused) >= 15


def test_an_accepted_defect_that_a_cause_hides_is_put_down_to_that_cause(sort: Sort) -> None:
    example = Example({"number": 0}, None, Expected(codes=("VV504",)))
    accepted = Failure(example, Reply(ReplyKind.SCHEDULE, rows=rows(2)), Kind.ACCEPTED, rows(2))
    assert told(sort([cause("takes one", ([example], rows(2)))], [accepted])[0]) == {"takes one": 1}
    [(found, _)], _ = sort([cause("takes another", ([example], rows(3)))], [accepted])
    assert found.code == "VV504"


@pytest.mark.parametrize("kind", [kind for kind in ReplyKind if not Reply(kind).is_answer])
def test_no_answer_is_told_by_the_way_in_which_there_is_none(kind: ReplyKind) -> None:
    sound, defective = Example({}, None, Expected(rows(1))), Example({}, None, Expected(codes=("VV101",)))
    on_sound, on_defective = (
        evident_cause(Failure(example, failure(kind, "why"), Kind.NO_ANSWER, None)) for example in (sound, defective)
    )
    assert on_sound is not None
    assert on_defective is not None
    assert on_sound.rule == on_defective.rule == str(kind)
    assert on_defective.sentence.startswith(on_sound.sentence)
    assert "VV101" in on_defective.sentence


def test_a_wrong_form_and_a_wrong_count_are_told_from_a_wrong_schedule() -> None:
    [example] = examples(1)
    form = Reply(ReplyKind.SCHEDULE, rows=rows(1), form=(Form.ZERO_ROW,))
    found = evident_cause(Failure(example, form, Kind.FORM, rows(1)))
    assert found is not None
    assert found.rule == "OUT-1"
    assert Form.ZERO_ROW in found.sentence
    found = evident_cause(Failure(example, form, Kind.AS_OF, rows(1)))
    assert found is not None
    assert found.rule == "OUT-2"
    assert evident_cause(failing([example])[0]) is None


# ---- Taking cases apart ----


def conditions(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    return request["terms"]["vesting_conditions"] if request.get("terms") else []


def periods(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each["trigger"]["period"] for each in conditions(request) if "period" in each["trigger"]]


Part = Callable[[Mapping[str, Any]], bool]

#: The rule that is named for a part, a case that has the part, and whether a request has it.
PARTS: dict[str, tuple[str, Part]] = {
    "cross-talk": (
        "acceptance-and-other-securities-change-nothing",
        lambda request: len({each["security_id"] for each in request["transactions"]}) > 1,
    ),
    "SRC-5": (
        "plan-security-tag-vests-by-its-terms",
        lambda request: request["issuance"]["object_type"] == "TX_PLAN_SECURITY_ISSUANCE",
    ),
    "SRC-2": (
        "vestings-beside-terms-win",
        lambda request: "vestings" in request["issuance"],
    ),
    "TXN-2": (
        "cancellation-of-what-had-not-vested",
        lambda request: any("CANCELLATION" in each["object_type"] for each in request["transactions"]),
    ),
    "ACC-1": (
        "acceleration-of-all-that-is-unvested",
        lambda request: any("ACCELERATION" in each["object_type"] for each in request["transactions"]),
    ),
    "CLF-1": (
        "cliff-in-days",
        lambda request: any("cliff_installment" in each for each in periods(request)),
    ),
    "DAT-3": (
        "fixed-day-before-the-start-day",
        lambda request: any(each.get("day_of_month", "V")[0].isdigit() for each in periods(request)),
    ),
    "DAT-5": (
        "zero-length-is-the-same-day",
        lambda request: any(each["length"] == 0 for each in periods(request)),
    ),
    "NUM-1": (
        "more-shares-than-a-double-can-count",
        lambda request: Fraction(request["issuance"]["quantity"]) > 2**53,
    ),
    "ALC-2": (
        "22-shares-over-8-front-loaded",
        lambda request: bool(request["terms"]) and request["terms"]["allocation_type"] == "FRONT_LOADED",
    ),
    "TRG-3": (
        "absolute-dates-need-no-transaction",
        lambda request: any(each["trigger"]["type"] == "VESTING_SCHEDULE_ABSOLUTE" for each in conditions(request)),
    ),
}


def late_where(has_part: Part) -> EngineFunction:
    """The reference engine, but a day late where a request has a part."""

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        found = engine_protocol.answer(request)
        if has_part(request):
            for row in found.get("schedule", ()):
                row["date"] = format_day(parse_day(row["date"]) + 1)
        return found

    return EngineFunction(answer)


def failures_of(engine: EngineFunction, *cases: Mapping[str, Any]) -> list[Failure]:
    tried = [example_of(raw, DEFAULT_READING) for raw in cases]
    replies = engine.ask([request_of(raw, DEFAULT_READING) for raw in cases])
    found = [judge(example, reply) for example, reply in zip(tried, replies, strict=True)]
    return [each for each in found if each is not None]


@pytest.mark.parametrize("rule", PARTS)
def test_the_part_without_which_an_engine_is_right_is_named(rule: str) -> None:
    name, has_part = PARTS[rule]
    engine = late_where(has_part)
    failures = failures_of(engine, case_of_name(name))
    assert len(failures) == 1
    [(found, members)] = Ablation(engine, DEFAULT_READING, request_of).sort(failures)
    assert found.rule == rule
    assert members == failures
    assert " where " in found.sentence
    assert found.explanation is None


def test_a_share_of_the_remainder_is_named_where_the_same_share_of_the_grant_is_not_too_much() -> None:
    raw = case_of_name("share-of-what-has-yet-to-vest")
    for each in conditions(raw):
        if each.get("portion", {}).get("remainder"):
            each["portion"] |= {"numerator": "1", "denominator": "100"}
    engine = late_where(lambda request: any(each.get("portion", {}).get("remainder") for each in conditions(request)))
    [(found, _)] = Ablation(engine, DEFAULT_READING, request_of).sort(failures_of(engine, raw))
    assert found.rule == "AMT-3"


def test_failures_that_hang_on_one_part_are_one_group_and_others_another() -> None:
    cliff, fixed = PARTS["CLF-1"], PARTS["DAT-3"]
    engine = late_where(lambda request: cliff[1](request) or fixed[1](request))
    raw = case_of_name(cliff[0])
    other = copy.deepcopy(raw)
    other["issuance"]["quantity"] = "999"
    failures = failures_of(engine, raw, case_of_name(fixed[0]), other)
    groups = Ablation(engine, DEFAULT_READING, request_of).sort(failures)
    assert {found.rule: len(members) for found, members in groups} == {"CLF-1": 2, "DAT-3": 1}


def test_what_is_refused_because_of_a_part_is_told_as_a_refusal() -> None:
    name, has_part = PARTS["CLF-1"]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if has_part(request):
            return {"id": request["id"], "errors": [{"message": "cliff_installment"}]}
        return engine_protocol.answer(request)

    engine = EngineFunction(answer)
    [(found, _)] = Ablation(engine, DEFAULT_READING, request_of).sort(failures_of(engine, case_of_name(name)))
    assert (found.rule, found.sentence) == ("CLF-1", "gives errors where there is a cliff_installment")


def changed(change: Callable[[list[dict[str, Any]]], None]) -> EngineFunction:
    """The reference engine with the rows of every schedule changed."""

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        found = engine_protocol.answer(request)
        change(found.get("schedule", []))
        return found

    return EngineFunction(answer)


def all_a_day_late(schedule: list[dict[str, Any]]) -> None:
    for row in schedule:
        row["date"] = format_day(parse_day(row["date"]) + 1)


def one_share_later(schedule: list[dict[str, Any]]) -> None:
    if len(schedule) > 1:
        schedule[0]["quantity"] = str(Fraction(schedule[0]["quantity"]) - 1)
        schedule[1]["quantity"] = str(Fraction(schedule[1]["quantity"]) + 1)


def one_share_more(schedule: list[dict[str, Any]]) -> None:
    for row in schedule[:1]:
        row["quantity"] = str(Fraction(row["quantity"]) + 1)


def first_row_left_out(schedule: list[dict[str, Any]]) -> None:
    del schedule[:1]


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (all_a_day_late, "DAT-2", "on wrong dates"),
        (one_share_later, "ALC-2", "in wrong installments"),
        (one_share_more, "AMT-1", "a wrong total"),
        (first_row_left_out, "PTH-1", "a wrong total"),
    ],
)
def test_what_hangs_on_no_part_is_told_by_the_kind_of_difference(
    change: Callable[[list[dict[str, Any]]], None], rule: str, words: str
) -> None:
    engine = changed(change)
    [(found, _)] = Ablation(engine, DEFAULT_READING, request_of).sort(
        failures_of(engine, case_of_name("thirds-by-three-events"))
    )
    assert found.rule == rule
    assert words in found.sentence


def test_nothing_to_take_apart_gives_no_groups() -> None:
    assert Ablation(EngineFunction(engine_protocol.answer), DEFAULT_READING, request_of).sort([]) == []
