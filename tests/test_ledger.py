"""One security's transactions folded into its state: the rules one by one, and what holds for all of them together.

``Security`` builds the inputs; a test that drives random transactions can add to one and ask for its ledger again.
"""

from __future__ import annotations

import dataclasses
import datetime
from fractions import Fraction
from typing import Any

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, vesting_terms

from vestverify.engine.calendar import format_day, parse_day
from vestverify.engine.case import Case, schedule_of
from vestverify.engine.ledger import Ledger, ledger_of
from vestverify.engine.ledger_events import EventKind
from vestverify.engine.numeric import format_quantity
from vestverify.engine.plan import DefectiveTerms, UnsupportedTerms
from vestverify.engine.position import NotConserved, Position
from vestverify.engine.reading import DEFAULT_READING, Reading, reading_from
from vestverify.engine.schedule import Schedule, Unschedulable
from vestverify.engine.securities import Issuance, Transaction, VestingTransaction, transaction_model
from vestverify.engine.vesting_terms import VestingTerms


def read_transaction(raw: dict[str, Any]) -> VestingTransaction | Transaction:
    is_vesting = raw["object_type"] in ("TX_VESTING_START", "TX_VESTING_EVENT")
    model = VestingTransaction if is_vesting else transaction_model(raw["object_type"])
    return model.model_validate(raw)


def monthly(identifier: str, occurrences: int, portion: str | None = None, first: str = "start") -> dict[str, Any]:
    """A VestingTerms: equal installments, a month apart."""
    return terms(
        identifier,
        {"id": first, "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": ["m"], "quantity": "0"},
        {
            "id": "m",
            "trigger": {
                "type": "VESTING_SCHEDULE_RELATIVE",
                "period": {
                    "type": "MONTHS",
                    "length": 1,
                    "occurrences": occurrences,
                    "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH",
                },
                "relative_to_condition_id": first,
            },
            "next_condition_ids": [],
            "portion": {"numerator": "1", "denominator": portion or str(occurrences)},
        },
    )


def terms(identifier: str, *conditions: dict[str, Any], allocation: str = "CUMULATIVE_ROUND_DOWN") -> dict[str, Any]:
    return {
        "id": identifier,
        "object_type": "VESTING_TERMS",
        "name": identifier,
        "description": identifier,
        "allocation_type": allocation,
        "vesting_conditions": list(conditions),
    }


#: Half with an event, at the latest on 2025-01-01, and the other half with another one that follows.
EVENT_OR_LAPSE = terms(
    "event-or-lapse",
    {
        "id": "start",
        "trigger": {"type": "VESTING_START_DATE"},
        "next_condition_ids": ["event", "lapse"],
        "portion": {"numerator": "1", "denominator": "4"},
    },
    {
        "id": "event",
        "trigger": {"type": "VESTING_EVENT"},
        "next_condition_ids": ["second"],
        "portion": {"numerator": "1", "denominator": "4"},
    },
    {
        "id": "lapse",
        "trigger": {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2025-01-01"},
        "next_condition_ids": [],
        "quantity": "0",
    },
    {
        "id": "second",
        "trigger": {"type": "VESTING_EVENT"},
        "next_condition_ids": [],
        "portion": {"numerator": "1", "denominator": "2"},
    },
)


@dataclasses.dataclass(frozen=True)
class Security:
    """One security, built record by record."""

    vesting_terms: dict[str, Any] | None = dataclasses.field(default_factory=lambda: monthly("four", 4))
    issuance: dict[str, Any] = dataclasses.field(default_factory=dict)
    records: tuple[dict[str, Any], ...] = ()
    others: tuple[dict[str, Any], ...] = ()
    terminated: str | None = None
    reading: dict[str, str] = dataclasses.field(default_factory=dict)

    def having(self, kind: str, date: str, **fields: Any) -> Security:
        """The same with one more transaction; ``kind`` is its object_type without TX_."""
        record = {
            "object_type": f"TX_{kind}",
            "id": f"t{len(self.records) + 1}",
            "security_id": "s",
            "date": date,
            **fields,
        }
        return dataclasses.replace(self, records=(*self.records, record))

    def started(self, date: str = "2024-01-10") -> Security:
        return self.having("VESTING_START", date, vesting_condition_id="start")

    @property
    def case(self) -> Case:
        issuance = {
            "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
            "id": "i",
            "security_id": "s",
            "date": "2024-01-10",
            "quantity": "100",
            **({"vesting_terms_id": self.vesting_terms["id"]} if self.vesting_terms is not None else {}),
            **self.issuance,
        }
        return Case(
            terms=None if self.vesting_terms is None else VestingTerms.model_validate(self.vesting_terms),
            issuance=Issuance.model_validate(issuance),
            transactions=tuple(map(read_transaction, self.records)),
            other_terms=tuple(map(VestingTerms.model_validate, self.others)),
            terminated_on=None if self.terminated is None else parse_day(self.terminated),
        )

    @property
    def chosen_reading(self) -> Reading:
        return reading_from(self.reading)

    @property
    def ledger(self) -> Ledger:
        return ledger_of(self.case, self.chosen_reading)

    @property
    def schedule(self) -> list[str]:
        return rows(schedule_of(self.case, self.chosen_reading))

    def on(self, date: str) -> Position:
        return self.ledger.position(parse_day(date))

    @property
    def codes(self) -> list[str]:
        return [defect.code for defect in self.ledger.defects]


STARTED = Security().started()


def rows(schedule: Schedule) -> list[str]:
    return [f"{format_day(row.day)} {format_quantity(row.shares)}" for row in schedule.installments]


def parts(position: Position, *names: str) -> list[str]:
    return [format_quantity(getattr(position, name)) for name in names]


# ---- Acceleration and modification ----


def test_without_a_quantity_an_acceleration_vests_all_that_is_unvested() -> None:
    accelerated = STARTED.having("VESTING_ACCELERATION", "2024-02-25", reason_text="sale")
    assert accelerated.schedule == ["2024-02-10 25", "2024-02-25 75"]
    assert parts(accelerated.on("2024-02-25"), "vested", "accelerated", "unvested") == ["100", "75", "0"]


@pytest.mark.parametrize(
    ("allotment", "rest"),
    [
        ("Prorata", ["2024-03-10 15", "2024-04-10 15", "2024-05-10 15"]),
        ("Ascending", ["2024-04-10 20", "2024-05-10 25"]),
        ("Descending", ["2024-03-10 25", "2024-04-10 20"]),
    ],
)
def test_the_allotment_that_a_transaction_names_wins_over_the_reading(allotment: str, rest: list[str]) -> None:
    for reading in ("prorata", "soonest", "last"):
        security = dataclasses.replace(STARTED, reading={"acceleration": reading})
        accelerated = security.having("VESTING_ACCELERATION", "2024-02-25", quantity="30", allotment_type=allotment)
        assert accelerated.schedule == ["2024-02-10 25", "2024-02-25 30", *rest]


def test_a_portion_is_that_part_of_what_is_unvested_rounded_down() -> None:
    half = {"numerator": "1", "denominator": "2"}
    accelerated = STARTED.having("VESTING_ACCELERATION", "2024-02-25", portion=half, allotment_type="Ascending")
    assert accelerated.schedule == ["2024-02-10 25", "2024-02-25 37", "2024-04-10 13", "2024-05-10 25"]


def test_an_acceleration_on_an_installment_day_comes_after_it() -> None:
    accelerated = STARTED.having("VESTING_ACCELERATION", "2024-02-10", quantity="75")
    assert accelerated.schedule == ["2024-02-10 100"]
    assert STARTED.having("VESTING_ACCELERATION", "2024-02-10", quantity="76").codes == ["VV505"]


def test_accelerations_compose() -> None:
    twice = STARTED.having("VESTING_ACCELERATION", "2024-02-25", quantity="30", allotment_type="Ascending").having(
        "VESTING_ACCELERATION", "2024-03-25", quantity="20", allotment_type="Descending"
    )
    assert twice.schedule == ["2024-02-10 25", "2024-02-25 30", "2024-03-25 20", "2024-04-10 20", "2024-05-10 5"]


def test_an_acceleration_before_the_vesting_start_takes_from_what_is_scheduled_later() -> None:
    early = Security().having("VESTING_ACCELERATION", "2024-01-15", quantity="30")
    assert early.schedule == ["2024-01-15 30"]
    started = early.started("2024-02-10")
    assert started.schedule == ["2024-01-15 30", "2024-04-10 20", "2024-05-10 25", "2024-06-10 25"]


def test_more_than_is_unvested_cannot_be_accelerated_and_changes_nothing() -> None:
    accelerated = STARTED.having("VESTING_ACCELERATION", "2024-02-25", quantity="76")
    assert [(defect.code, defect.transaction_id, dict(defect.facts)) for defect in accelerated.ledger.defects] == [
        ("VV505", "t2", {"quantity": "76", "unvested": "75"})
    ]
    assert accelerated.on("2024-03-01") == STARTED.on("2024-03-01")
    with pytest.raises(Unschedulable, match="VV505 76 shares are accelerated on 2024-02-25, when 75 are unvested"):
        accelerated.schedule  # noqa: B018


@pytest.mark.parametrize(
    "fields",
    [{"quantity": "-1"}, {"portion": {"numerator": "1", "denominator": "0"}}],
    ids=["negative quantity", "denominator 0"],
)
def test_an_acceleration_of_an_amount_without_a_meaning_is_refused(fields: dict[str, Any]) -> None:
    assert STARTED.having("VESTING_ACCELERATION", "2024-02-25", **fields).codes == ["VV308"]


def test_an_acceleration_of_nothing_changes_nothing() -> None:
    halves = [{"date": "2024-05-01", "amount": "2.5"}, {"date": "2024-06-01", "amount": "97.5"}]
    stated = Security(None, {"vestings": halves})
    accelerated = stated.having("VESTING_ACCELERATION", "2024-04-01", quantity="0")
    assert accelerated.codes == []
    assert accelerated.schedule == stated.schedule == ["2024-05-01 2.5", "2024-06-01 97.5"]


def test_a_modification_that_says_nothing_vests_everything() -> None:
    modified = STARTED.having("VESTING_MODIFICATION", "2024-02-25", reason_text="amended")
    assert modified.schedule == ["2024-02-10 25", "2024-02-25 75"]


def test_a_modification_may_accelerate_a_portion() -> None:
    third = {"portion": {"numerator": "1", "denominator": "3"}, "allotment_type": "Descending"}
    modified = STARTED.having("VESTING_MODIFICATION", "2024-02-25", vesting_acceleration=third)
    assert modified.schedule == ["2024-02-10 25", "2024-02-25 25", "2024-03-10 25", "2024-04-10 25"]


def test_vestings_of_a_modification_replace_what_has_not_vested() -> None:
    dated = [{"date": "2024-02-01", "amount": "5"}, {"date": "2025-01-01", "amount": "60"}]
    modified = STARTED.having("VESTING_MODIFICATION", "2024-02-25", vestings=dated)
    assert modified.schedule == ["2024-02-10 25", "2024-02-25 5", "2025-01-01 60"]
    assert parts(modified.on("2026-01-01"), "vested", "accelerated", "unvested") == ["90", "0", "10"]


def test_vestings_above_what_is_unvested_are_refused() -> None:
    dated = [{"date": "2025-01-01", "amount": "76"}]
    modified = STARTED.having("VESTING_MODIFICATION", "2024-02-25", vestings=dated)
    assert modified.codes == ["VV506"]
    assert modified.on("2026-01-01") == STARTED.on("2026-01-01")


def test_other_terms_vest_what_is_unvested_from_the_day_of_the_modification() -> None:
    other = monthly("other", 3)
    modified = dataclasses.replace(STARTED, others=(other,)).having(
        "VESTING_MODIFICATION", "2024-03-25", vesting_terms_id="other"
    )
    # The start recorded for the old terms names a condition of the new ones as well: they count from it.
    assert modified.schedule == ["2024-02-10 25", "2024-03-10 25", "2024-03-25 33", "2024-04-10 17"]


def test_other_terms_can_have_conditions_of_their_own() -> None:
    other = monthly("other", 2, first="restart")
    modified = (
        dataclasses.replace(STARTED, others=(other,))
        .having("VESTING_MODIFICATION", "2024-03-25", vesting_terms_id="other")
        .having("VESTING_START", "2024-06-10", vesting_condition_id="restart")
    )
    assert modified.schedule == ["2024-02-10 25", "2024-03-10 25", "2024-07-10 25", "2024-08-10 25"]
    assert modified.codes == []


def test_an_acceleration_may_replace_the_schedule_of_the_rest() -> None:
    accelerated = STARTED.having(
        "VESTING_ACCELERATION", "2024-02-25", quantity="15", vestings=[{"date": "2026-01-01", "amount": "60"}]
    )
    assert accelerated.schedule == ["2024-02-10 25", "2024-02-25 15", "2026-01-01 60"]


def test_terms_that_are_not_there_cannot_replace_others() -> None:
    modified = STARTED.having("VESTING_MODIFICATION", "2024-03-25", vesting_terms_id="other")
    assert modified.codes == ["VV501"]


def test_rows_and_terms_without_a_meaning_cannot_replace_others() -> None:
    negative = [{"date": "2025-01-01", "amount": "-1"}, {"date": "2025-02-01", "amount": "5"}]
    assert STARTED.having("VESTING_MODIFICATION", "2024-03-25", vestings=negative).codes == ["VV308"]
    fixed = monthly("fixed", 3)
    fixed["vesting_conditions"][1] = {**fixed["vesting_conditions"][1], "quantity": "20"}
    del fixed["vesting_conditions"][1]["portion"]
    replaced = dataclasses.replace(STARTED, others=(fixed,)).having(
        "VESTING_MODIFICATION", "2024-03-25", vesting_terms_id="fixed"
    )
    assert [(each.code, each.condition_id, each.transaction_id) for each in replaced.ledger.defects] == [
        ("VV301", None, "t2")
    ]
    assert replaced.on("2026-01-01") == STARTED.on("2026-01-01")


#: Ten shares with a start, and 500 more with an event.
BONUS = terms(
    "bonus",
    {"id": "a", "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": ["b"], "quantity": "10"},
    {"id": "b", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": [], "quantity": "500"},
)


def test_other_terms_that_a_later_event_makes_vest_too_much_are_an_error_that_undoes_nothing() -> None:
    replaced = (
        dataclasses.replace(STARTED, others=(BONUS,))
        .having("VESTING_START", "2024-02-01", vesting_condition_id="a")
        .having("VESTING_MODIFICATION", "2024-03-01", vesting_terms_id="bonus")
    )
    assert replaced.schedule == ["2024-02-10 25", "2024-03-01 10"]
    too_much = replaced.having("VESTING_EVENT", "2024-08-01", vesting_condition_id="b")
    assert [(each.code, each.transaction_id) for each in too_much.ledger.defects] == [("VV301", "t3")]
    assert too_much.on("2024-07-31") == replaced.on("2024-07-31")
    assert parts(too_much.on("2024-08-01"), "vested", "unvested") == ["100", "0"]


@pytest.mark.parametrize(
    ("kind", "fields", "error"),
    [
        ("VESTING_ACCELERATION", {"quantity": None}, "null"),
        ("VESTING_ACCELERATION", {"quantity": "many"}, "numeric_form"),
        ("VESTING_ACCELERATION", {"allotment_type": "Evenly"}, "enum"),
        (
            "VESTING_ACCELERATION",
            {"quantity": "1", "portion": {"numerator": "1", "denominator": "2"}},
            "both_amounts",
        ),
        ("VESTING_ACCELERATION", {"vestings": []}, "too_short"),
        ("VESTING_MODIFICATION", {"vesting_acceleration": None}, "null"),
        ("VESTING_MODIFICATION", {"vesting_acceleration": {"quantity": 5}}, "numeric_type"),
        ("STOCK_CANCELLATION", {"quantity": None}, "null"),
        ("STOCK_CONVERSION", {"quantity_converted": None}, "null"),
    ],
)
def test_a_quantity_that_cannot_be_read_is_never_taken_for_none(kind: str, fields: dict[str, Any], error: str) -> None:
    with pytest.raises(pydantic.ValidationError) as refused:
        STARTED.having(kind, "2024-02-25", **fields).case  # noqa: B018
    assert [each["type"] for each in refused.value.errors()] == [error]


def test_what_only_says_who_may_exercise_when_is_left_out_where_it_cannot_be_read() -> None:
    windows = [{"reason": "DEATH", "period": 1, "period_type": "YEARS"}, {"reason": "DEATH", "period": "1"}, 5]
    issuance = dataclasses.replace(
        STARTED,
        issuance={"expiration_date": "soon", "early_exercisable": "yes", "termination_exercise_windows": windows},
    ).case.issuance
    assert (issuance.expiration_date, issuance.early_exercisable) == (None, None)
    assert [window.reason for window in issuance.termination_exercise_windows] == ["DEATH"]


def test_fractional_terms_are_accelerated_exactly() -> None:
    fractional = {**monthly("f", 3), "allocation_type": "FRACTIONAL"}
    accelerated = Security(fractional).started().having("VESTING_ACCELERATION", "2024-02-25", quantity="10")
    assert accelerated.schedule == ["2024-02-10 100/3", "2024-02-25 10", "2024-03-10 85/3", "2024-04-10 85/3"]


# ---- The end of a security ----


def test_a_cancellation_takes_from_the_unvested_first_and_the_rest_goes_on_elsewhere() -> None:
    cancelled = STARTED.having("PLAN_SECURITY_CANCELLATION", "2024-03-25", quantity="30", balance_security_id="other")
    assert cancelled.schedule == ["2024-02-10 25", "2024-03-10 25"]
    position = cancelled.on("2024-03-25")
    assert parts(position, "vested", "forfeited", "carried_over", "moved", "unvested") == ["50", "30", "20", "50", "0"]
    assert parts(position, "returned_to_pool", "exercisable") == ["30", "0"]
    assert cancelled.on("2024-03-24") == STARTED.on("2024-03-24")


def test_without_a_balance_security_what_is_left_unvested_is_forfeited() -> None:
    cancelled = STARTED.having("EQUITY_COMPENSATION_CANCELLATION", "2024-03-25", quantity="30")
    assert parts(cancelled.on("2024-03-25"), "vested", "forfeited", "carried_over") == ["50", "50", "0"]


def test_a_cancellation_of_more_than_is_unvested_takes_vested_shares_too() -> None:
    cancelled = STARTED.having("EQUITY_COMPENSATION_CANCELLATION", "2024-03-25", quantity="70")
    assert parts(cancelled.on("2024-03-25"), "vested", "forfeited", "cancelled", "returned_to_pool") == [
        "50",
        "50",
        "20",
        "70",
    ]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("EQUITY_COMPENSATION_TRANSFER", {"quantity": "60", "balance_security_id": "b"}),
        ("STOCK_REISSUANCE", {}),
        ("STOCK_CONVERSION", {"quantity_converted": "100"}),
    ],
)
def test_what_goes_on_as_other_securities_neither_vests_nor_returns(kind: str, fields: dict[str, Any]) -> None:
    moved = STARTED.having(kind, "2024-03-25", resulting_security_ids=["n"], **fields)
    assert moved.schedule == ["2024-02-10 25", "2024-03-10 25"]
    assert parts(moved.on("2024-03-25"), "moved", "carried_over", "returned_to_pool") == ["50", "50", "0"]


def test_a_repurchase_returns_what_had_not_vested() -> None:
    bought = STARTED.having("STOCK_REPURCHASE", "2024-03-25", quantity="50", balance_security_id="b")
    assert parts(bought.on("2024-03-25"), "forfeited", "moved", "returned_to_pool") == ["50", "50", "50"]


def test_a_retraction_is_as_if_nothing_had_been_issued_or_ends_on_its_day() -> None:
    retracted = STARTED.having("STOCK_RETRACTION", "2024-03-25")
    assert retracted.schedule == []
    assert retracted.ledger.is_void
    assert parts(retracted.on("2024-03-25"), "vested", "forfeited", "returned_to_pool") == ["0", "100", "100"]
    ended = dataclasses.replace(retracted, reading={"retraction": "ends"})
    assert ended.schedule == ["2024-02-10 25", "2024-03-10 25"]
    assert parts(ended.on("2024-03-25"), "vested", "forfeited", "cancelled") == ["50", "50", "50"]


@pytest.mark.parametrize(
    "kind",
    ["EQUITY_COMPENSATION_CANCELLATION", "VESTING_ACCELERATION", "EQUITY_COMPENSATION_RELEASE", "STOCK_RETRACTION"],
)
def test_after_the_end_nothing_can_be_recorded(kind: str) -> None:
    cancelled = STARTED.having("EQUITY_COMPENSATION_CANCELLATION", "2024-03-25", quantity="100")
    late = cancelled.having(kind, "2024-03-26", quantity="1")
    assert [(defect.code, defect.place, dict(defect.facts)) for defect in late.ledger.defects] == [
        (
            "VV509",
            2,
            {"ended_by": "t2", "ended_by_type": "TX_EQUITY_COMPENSATION_CANCELLATION", "ended_on": "2024-03-25"},
        )
    ]
    assert late.on("2025-01-01") == cancelled.on("2025-01-01")


def test_a_start_after_the_end_is_one_too() -> None:
    cancelled = Security().having("EQUITY_COMPENSATION_CANCELLATION", "2024-02-01", quantity="100")
    assert cancelled.started("2024-03-01").codes == ["VV509"]
    assert cancelled.having("EQUITY_COMPENSATION_ACCEPTANCE", "2024-03-01").codes == []


@pytest.mark.parametrize(
    "kind", ["EQUITY_COMPENSATION_CANCELLATION", "PLAN_SECURITY_EXERCISE", "PLAN_SECURITY_RELEASE", "STOCK_TRANSFER"]
)
def test_no_more_shares_can_go_than_are_left(kind: str) -> None:
    assert STARTED.having(f"{kind}", "2024-03-25", quantity="101").codes == ["VV509"]
    assert STARTED.having(f"{kind}", "2024-03-25", quantity="-1").codes == ["VV308"]
    assert STARTED.having(f"{kind}", "2024-03-25", quantity="100").codes == []


# ---- Exercise and release ----


def test_vesting_goes_on_after_an_exercise_in_part() -> None:
    exercised = STARTED.having("EQUITY_COMPENSATION_EXERCISE", "2024-03-25", quantity="20")
    assert exercised.schedule == STARTED.schedule
    assert parts(exercised.on("2024-03-25"), "vested", "exercised", "exercisable") == ["50", "20", "30"]
    assert parts(exercised.on("2024-04-10"), "vested", "exercised", "exercisable") == ["75", "20", "55"]


def test_an_option_that_is_early_exercisable_can_be_exercised_from_the_grant_on() -> None:
    option = dataclasses.replace(STARTED, issuance={"early_exercisable": True})
    assert option.schedule == STARTED.schedule
    assert parts(option.on("2024-01-10"), "vested", "exercisable") == ["0", "100"]
    assert parts(option.on("2024-01-09"), "vested", "exercisable") == ["0", "0"]


def test_after_a_whole_early_exercise_the_schedule_goes_on_and_nothing_else_does() -> None:
    option = dataclasses.replace(STARTED, issuance={"early_exercisable": True})
    exercised = option.having("EQUITY_COMPENSATION_EXERCISE", "2024-01-20", quantity="100")
    assert exercised.schedule == STARTED.schedule
    assert exercised.having("VESTING_ACCELERATION", "2024-02-25", quantity="75").codes == []
    assert exercised.having("EQUITY_COMPENSATION_EXERCISE", "2024-02-25", quantity="1").codes == ["VV509"]


@pytest.mark.parametrize(
    ("kind", "reading", "forfeited", "carried_over", "returned"),
    [
        ("STOCK_CANCELLATION", {}, "60", "40", "60"),
        ("STOCK_TRANSFER", {}, "50", "50", "50"),
        ("STOCK_RETRACTION", {"retraction": "ends"}, "60", "40", "60"),
    ],
)
def test_what_was_exercised_early_goes_on_and_all_of_the_rest_returns(
    kind: str, reading: dict[str, str], forfeited: str, carried_over: str, returned: str
) -> None:
    option = dataclasses.replace(STARTED, issuance={"early_exercisable": True}, reading=reading)
    exercised = option.having("EQUITY_COMPENSATION_EXERCISE", "2024-01-20", quantity="40")
    ended = exercised.having(kind, "2024-01-25", quantity="10")
    assert ended.codes == []
    assert parts(ended.on("2024-01-25"), "vested", "exercised", "forfeited", "carried_over", "returned_to_pool") == [
        "0",
        "40",
        forfeited,
        carried_over,
        returned,
    ]


def test_a_whole_exercise_ends_the_security() -> None:
    exercised = STARTED.having("EQUITY_COMPENSATION_EXERCISE", "2024-05-10", quantity="100")
    assert exercised.schedule == STARTED.schedule
    assert exercised.having("EQUITY_COMPENSATION_CANCELLATION", "2024-06-01", quantity="1").codes == ["VV509"]


def test_an_exercise_without_a_quantity_takes_all_that_can_be_exercised() -> None:
    exercised = STARTED.having("WARRANT_EXERCISE", "2024-03-25", trigger_id="any", resulting_security_ids=["n"])
    assert parts(exercised.on("2024-04-10"), "exercised", "forfeited", "vested") == ["50", "50", "50"]


def test_nothing_can_be_exercised_after_the_expiration_date() -> None:
    option = dataclasses.replace(STARTED, issuance={"expiration_date": "2024-03-31"})
    assert parts(option.on("2024-03-31"), "exercisable") == ["50"]
    assert parts(option.on("2024-04-01"), "exercisable", "vested") == ["0", "50"]


# ---- Employment ----


def test_when_employment_ends_what_is_unvested_is_forfeited_after_that_day_s_installment() -> None:
    left = dataclasses.replace(STARTED, terminated="2024-03-10")
    assert left.schedule == ["2024-02-10 25", "2024-03-10 25"]
    assert parts(left.on("2024-03-10"), "vested", "forfeited", "returned_to_pool") == ["50", "50", "50"]
    assert left.on("2024-03-09") == STARTED.on("2024-03-09")


def test_what_has_vested_can_be_exercised_until_the_latest_window_ends() -> None:
    windows = [
        {"reason": "VOLUNTARY_OTHER", "period": 3, "period_type": "MONTHS"},
        {"reason": "DISABILITY", "period": 1, "period_type": "YEARS"},
        {"reason": "INVOLUNTARY_WITH_CAUSE", "period": 10, "period_type": "DAYS"},
    ]
    left = dataclasses.replace(STARTED, terminated="2024-03-31", issuance={"termination_exercise_windows": windows})
    assert [(window.reason, format_day(window.last_day)) for window in left.ledger.exercise_windows] == [
        ("VOLUNTARY_OTHER", "2024-06-30"),
        ("DISABILITY", "2025-03-31"),
        ("INVOLUNTARY_WITH_CAUSE", "2024-04-10"),
    ]
    assert parts(left.on("2025-03-31"), "exercisable") == ["50"]
    assert parts(left.on("2025-04-01"), "exercisable") == ["0"]
    expiring = dataclasses.replace(left, issuance={**left.issuance, "expiration_date": "2024-12-31"})
    assert max(window.last_day for window in expiring.ledger.exercise_windows) == parse_day("2024-12-31")
    assert parts(expiring.on("2025-01-01"), "exercisable") == ["0"]


def test_the_cancellation_that_records_a_forfeiture_takes_no_vested_shares() -> None:
    left = dataclasses.replace(STARTED, terminated="2024-03-15")
    recorded = left.having("EQUITY_COMPENSATION_CANCELLATION", "2024-03-20", quantity="50", balance_security_id="b")
    assert recorded.codes == []
    position = recorded.on("2024-03-20")
    assert parts(position, "vested", "cancelled", "moved", "forfeited", "returned_to_pool") == [
        "50",
        "0",
        "50",
        "50",
        "50",
    ]


def test_an_acceleration_on_the_day_employment_ends_comes_first_and_one_after_it_too_late() -> None:
    left = dataclasses.replace(STARTED, terminated="2024-03-15")
    assert left.having("VESTING_ACCELERATION", "2024-03-15", quantity="50").codes == []
    assert left.having("VESTING_ACCELERATION", "2024-03-16", quantity="50").codes == ["VV505"]


# ---- Conditions that can no longer be met ----


def test_what_a_deadline_rules_out_is_forfeited_on_its_day() -> None:
    waiting = Security(EVENT_OR_LAPSE).started()
    assert parts(waiting.on("2024-12-31"), "vested", "unvested", "forfeited") == ["25", "75", "0"]
    assert parts(waiting.on("2025-01-01"), "vested", "unvested", "forfeited", "returned_to_pool") == [
        "25",
        "0",
        "75",
        "75",
    ]


def test_an_event_in_time_keeps_the_rest_open_for_ever() -> None:
    met = Security(EVENT_OR_LAPSE).started().having("VESTING_EVENT", "2024-12-31", vesting_condition_id="event")
    assert parts(met.on("2090-01-01"), "vested", "unvested", "forfeited") == ["50", "50", "0"]


def test_before_the_start_nothing_lapses() -> None:
    assert parts(Security(EVENT_OR_LAPSE).on("2090-01-01"), "unvested", "forfeited") == ["100", "0"]


def test_a_declared_remainder_stays_open() -> None:
    declared = terms(
        "declared",
        {
            "id": "start",
            "trigger": {"type": "VESTING_START_DATE"},
            "next_condition_ids": ["rest"],
            "portion": {"numerator": "1", "denominator": "4"},
        },
        {"id": "rest", "trigger": {"type": "VESTING_SCHEDULE_INDETERMINATE"}, "next_condition_ids": []},
    )
    security = Security(declared).started()
    assert parts(security.on("2090-01-01"), "unvested", "forfeited") == ["75", "0"]
    assert security.having("VESTING_ACCELERATION", "2024-05-01", quantity="75").schedule == [
        "2024-01-10 25",
        "2024-05-01 75",
    ]


def test_independent_events_may_always_come() -> None:
    independent = Security(EVENT_OR_LAPSE, reading={"siblings": "independent"}).started()
    assert parts(independent.on("2090-01-01"), "unvested", "forfeited") == ["75", "0"]


def test_what_has_lapsed_cannot_be_accelerated() -> None:
    waiting = Security(EVENT_OR_LAPSE).started()
    assert waiting.having("VESTING_ACCELERATION", "2025-01-01", quantity="75").codes == []
    assert waiting.having("VESTING_ACCELERATION", "2025-01-02", quantity="1").codes == ["VV505"]


# ---- Starts and events that move nothing, dates before the issuance ----


def test_an_event_after_its_deadline_moves_nothing_and_says_what_was_taken_instead() -> None:
    late = Security(EVENT_OR_LAPSE).started().having("VESTING_EVENT", "2025-02-01", vesting_condition_id="event")
    (defect,) = late.ledger.defects
    assert (defect.code, defect.condition_id, defect.is_error) == ("VV508", "event", False)
    assert dict(defect.facts) == {"date": "2025-02-01", "taken_instead": "lapse", "taken_on": "2025-01-01"}
    assert "'lapse' was taken instead on 2025-01-01" in defect.message


def test_an_event_before_its_turn_moves_nothing() -> None:
    early = Security(EVENT_OR_LAPSE).started().having("VESTING_EVENT", "2024-02-01", vesting_condition_id="second")
    (defect,) = early.ledger.defects
    assert (defect.code, dict(defect.facts)) == ("VV508", {"date": "2024-02-01", "taken_instead": None})


def test_an_event_of_terms_that_hold_no_more_moves_nothing() -> None:
    other = monthly("other", 2, first="restart")
    modified = dataclasses.replace(Security(EVENT_OR_LAPSE).started(), others=(other,)).having(
        "VESTING_MODIFICATION", "2024-03-25", vesting_terms_id="other"
    )
    late = modified.having("VESTING_EVENT", "2024-04-01", vesting_condition_id="event")
    assert late.codes == ["VV508"]
    assert modified.having("VESTING_EVENT", "2024-03-01", vesting_condition_id="event").codes == []


def test_of_two_beginnings_the_one_that_came_too_late_moves_nothing() -> None:
    two = terms(
        "two",
        {"id": "a", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": [], "quantity": "100"},
        {"id": "b", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": [], "quantity": "50"},
    )
    both = (
        Security(two)
        .having("VESTING_EVENT", "2024-02-01", vesting_condition_id="b")
        .having("VESTING_EVENT", "2024-02-02", vesting_condition_id="a")
    )
    (defect,) = both.ledger.defects
    assert dict(defect.facts) == {"date": "2024-02-02", "taken_instead": "b", "taken_on": "2024-02-01"}
    assert parts(both.on("2024-02-01"), "vested", "unvested", "forfeited") == ["50", "0", "50"]


def test_an_input_of_an_earlier_of_that_came_second_moves_nothing() -> None:
    earlier = terms(
        "earlier",
        {"id": "start", "trigger": {"type": "VESTING_START_DATE"}, "next_condition_ids": ["a", "b"], "quantity": "0"},
        {"id": "a", "trigger": {"type": "VESTING_EVENT"}, "next_condition_ids": ["first"], "quantity": "100"},
        {
            "id": "b",
            "trigger": {"type": "VESTING_SCHEDULE_ABSOLUTE", "date": "2025-01-01"},
            "next_condition_ids": ["first"],
            "quantity": "0",
        },
        {
            "id": "first",
            "trigger": {"type": "VESTING_RELATIONSHIP_EARLIER_OF", "input_condition_ids": ["a", "b"]},
            "next_condition_ids": [],
        },
    )
    late = Security(earlier).started().having("VESTING_EVENT", "2025-02-01", vesting_condition_id="a")
    (defect,) = late.ledger.defects
    assert (defect.code, dict(defect.facts)["taken_instead"]) == ("VV508", "b")
    assert parts(late.on("2024-12-31"), "unvested", "forfeited") == ["100", "0"]
    assert parts(late.on("2025-01-01"), "unvested", "forfeited") == ["0", "100"]


def test_employment_that_ends_after_the_security_takes_nothing() -> None:
    cancelled = STARTED.having("STOCK_CANCELLATION", "2024-03-25", quantity="30", balance_security_id="b")
    left = dataclasses.replace(cancelled, terminated="2024-04-01")
    assert left.on("2025-01-01") == cancelled.on("2025-01-01")


def test_an_event_after_employment_moves_nothing() -> None:
    left = dataclasses.replace(Security(EVENT_OR_LAPSE).started(), terminated="2024-03-01")
    late = left.having("VESTING_EVENT", "2024-04-01", vesting_condition_id="event")
    assert late.codes == ["VV508"]
    assert "employment ended on 2024-03-01" in late.ledger.defects[0].message


def test_an_employment_that_ended_before_the_issuance_ends_on_its_day_after_that_day_s_events() -> None:
    left = dataclasses.replace(Security(EVENT_OR_LAPSE).started(), terminated="2024-01-01")
    met = left.having("VESTING_EVENT", "2024-01-10", vesting_condition_id="event")
    assert (met.schedule, met.codes) == (["2024-01-10 50"], [])
    late = left.having("VESTING_EVENT", "2024-01-11", vesting_condition_id="event")
    assert (late.schedule, late.codes) == (["2024-01-10 25"], ["VV508"])


def test_a_date_after_the_last_year_never_comes() -> None:
    period = {"type": "MONTHS", "length": 120_000, "occurrences": 1, "day_of_month": "01"}
    distant = {"type": "VESTING_SCHEDULE_RELATIVE", "period": period, "relative_to_condition_id": "start"}
    conditions = {condition["id"]: condition for condition in EVENT_OR_LAPSE["vesting_conditions"]}
    conditions["lapse"] = {**conditions["lapse"], "trigger": distant}
    waiting = Security(terms("distant", *conditions.values())).started()
    assert all(event.kind is EventKind.VESTED for event in waiting.ledger.events)
    ignored = dataclasses.replace(waiting, reading={"early_event": "ignored"})
    early = ignored.having("VESTING_EVENT", "2024-01-09", vesting_condition_id="event")
    (defect,) = (each for each in early.ledger.defects if each.code == "VV508")
    assert dict(defect.facts)["taken_instead"] is None


def test_a_start_on_a_security_without_terms_moves_nothing() -> None:
    assert Security(None).started().codes == ["VV508"]


def test_whatever_is_dated_before_the_issuance_is_a_warning_and_counts_on_its_day() -> None:
    before = Security(issuance={"date": "2024-03-01"}).started()
    assert before.codes == ["VV510"]
    assert "GRD-1" in before.ledger.defects[0].message
    accelerated = before.having("VESTING_ACCELERATION", "2024-02-01", quantity="10", allotment_type="Descending")
    assert accelerated.codes == ["VV510", "VV510"]
    assert accelerated.schedule == ["2024-03-01 35", "2024-03-10 25", "2024-04-10 25", "2024-05-10 15"]


def test_a_start_that_counts_on_the_day_of_the_issuance_comes_before_all_else_that_does() -> None:
    exercised = Security().having("EQUITY_COMPENSATION_EXERCISE", "2023-12-01", quantity="100").started("2024-01-10")
    assert exercised.codes == ["VV510"]
    cancelled = exercised.having("STOCK_CANCELLATION", "2023-11-01", quantity="1")
    assert [(defect.code, defect.transaction_id) for defect in cancelled.ledger.defects if defect.is_error] == [
        ("VV509", "t1")
    ]


# ---- What holds for every ledger ----


DAYS = st.sampled_from([-40, -1, 0, 1, 2, 3, 31, 33, 62, 63, 64, 93, 120, 398, 800])


@st.composite
def securities(draw: st.DrawFn) -> Security:
    """A security under random terms with random transactions, legal or not."""
    raw = draw(st.one_of(vesting_terms(maximum=5), vesting_terms(maximum=5), relationship_terms()))
    recordable = {
        condition["id"]: condition["trigger"]["type"]
        for condition in raw["vesting_conditions"]
        if condition["trigger"]["type"] in ("VESTING_START_DATE", "VESTING_EVENT")
    }
    quantity = draw(st.sampled_from(["100", "7", "1000", "2.5", "1"]))
    issuance: dict[str, Any] = {
        "date": str(BASE + datetime.timedelta(days=draw(st.sampled_from([0, 0, 0, 31, 70])))),
        "quantity": quantity,
        "early_exercisable": draw(st.booleans()),
    }
    others = (monthly("four", 4), EVENT_OR_LAPSE)
    terminated = draw(st.one_of(st.none(), st.none(), DAYS))
    security = Security(
        raw,
        issuance,
        others=others,
        terminated=None if terminated is None else str(BASE + datetime.timedelta(days=terminated)),
        reading=draw(
            st.sampled_from([{}, {}, {"acceleration": "soonest"}, {"retraction": "ends"}, {"siblings": "independent"}])
        ),
    )
    for identifier, kind in recordable.items():
        if draw(st.integers(0, 4)):
            name = "VESTING_START" if kind == "VESTING_START_DATE" else "VESTING_EVENT"
            day = str(BASE + datetime.timedelta(days=draw(DAYS)))
            security = security.having(name, day, vesting_condition_id=identifier)
    for _ in range(draw(st.integers(0, 4))):
        security = draw(one_more(security))
    return security


@st.composite
def one_more(draw: st.DrawFn, security: Security) -> Security:
    day = str(BASE + datetime.timedelta(days=draw(DAYS)))
    quantity = draw(st.sampled_from(["0", "1", "3", "50", "500"]))
    some = draw(st.sampled_from([{}, {"quantity": quantity}, {"quantity": quantity}]))
    balance = draw(st.sampled_from([{}, {"balance_security_id": "b"}]))
    kind = draw(
        st.sampled_from(
            ["accelerate"] * 5
            + ["modify", "EQUITY_COMPENSATION_EXERCISE", "EQUITY_COMPENSATION_RELEASE", "PLAN_SECURITY_EXERCISE"]
            + ["STOCK_TRANSFER", "EQUITY_COMPENSATION_CANCELLATION", "STOCK_RETRACTION", "STOCK_REPURCHASE"]
        )
    )
    if kind == "accelerate":
        allotment = draw(st.sampled_from([{}, *({"allotment_type": each} for each in ("Ascending", "Descending"))]))
        portion = {"portion": {"numerator": "1", "denominator": "3"}}
        return security.having("VESTING_ACCELERATION", day, **draw(st.sampled_from([some, some, portion])), **allotment)
    if kind == "modify":
        change: dict[str, Any] = draw(
            st.sampled_from(
                [
                    {},
                    {"vesting_terms_id": "four"},
                    {"vesting_terms_id": "event-or-lapse"},
                    {"vestings": [{"date": "2024-05-01", "amount": "5000"}]},
                    {"vestings": [{"date": "2024-05-01", "amount": "1"}, {"date": "2024-01-01", "amount": "2"}]},
                    {"vesting_acceleration": {"quantity": "2"}, "vesting_terms_id": "four"},
                ]
            )
        )
        return security.having("VESTING_MODIFICATION", day, **change)
    return security.having(kind, day, **some, **balance)


def folded(security: Security) -> Ledger | None:
    try:
        return security.ledger
    except (Unschedulable, DefectiveTerms, UnsupportedTerms):
        return None


#: Days on which something may change, and between.
LOOKED_AT = [
    BASE.toordinal() + offset for offset in (-50, -40, -1, 0, 1, 2, 3, 4, 31, 40, 62, 63, 64, 93, 200, 398, 2000)
]


@settings(max_examples=400, deadline=None)
@given(securities())
def test_on_every_day_no_share_is_lost_or_made_and_vested_shares_stay_vested(security: Security) -> None:
    ledger = folded(security)
    if ledger is None:
        return
    vested = Fraction(0)
    for day in LOOKED_AT:
        position = ledger.position(day)
        position.check()
        if not ledger.is_void:
            assert position.vested >= vested
        vested = position.vested


@settings(max_examples=200, deadline=None)
@given(securities())
def test_the_events_add_up_to_the_position_on_every_day(security: Security) -> None:
    ledger = folded(security)
    if ledger is None or ledger.is_void:
        return
    for day in LOOKED_AT:
        position = ledger.position(day)
        sums = dict.fromkeys(EventKind, Fraction(0))
        for event in ledger.events:
            if event.day <= day:
                sums[event.kind] += event.shares
        assert sums[EventKind.VESTED] + sums[EventKind.ACCELERATED] == position.vested
        assert sums[EventKind.ACCELERATED] == position.accelerated
        assert sums[EventKind.FORFEITED] == position.forfeited
        assert sums[EventKind.CARRIED_OVER] == position.carried_over
        assert sums[EventKind.RETURNED] == position.returned_to_pool
    assert list(ledger.events) == sorted(ledger.events, key=lambda event: event.day)


@settings(max_examples=200, deadline=None)
@given(securities(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_means_nothing(security: Security, random: Any) -> None:
    ledger = folded(security)
    shuffled = list(security.records)
    random.shuffle(shuffled)
    other = folded(dataclasses.replace(security, records=tuple(shuffled)))
    if ledger is None or other is None:
        assert ledger is other
        return
    assert (ledger.schedule, ledger.events) == (other.schedule, other.events)
    assert [ledger.position(day) for day in LOOKED_AT] == [other.position(day) for day in LOOKED_AT]


@settings(max_examples=200, deadline=None)
@given(securities(), st.sampled_from(LOOKED_AT))
def test_later_records_never_change_the_past(security: Security, today: int) -> None:
    known = tuple(record for record in security.records if parse_day(record["date"]) <= today)
    terminated = security.terminated
    earlier = dataclasses.replace(
        security,
        records=known,
        terminated=terminated if terminated is not None and parse_day(terminated) <= today else None,
    )
    then, now = folded(earlier), folded(security)
    if then is not None and now is not None:
        for day in LOOKED_AT:
            if day <= today:
                assert then.position(day) == now.position(day)


@settings(max_examples=100, deadline=None)
@given(securities())
def test_without_transactions_that_change_it_the_schedule_is_that_of_the_terms(security: Security) -> None:
    plain = dataclasses.replace(
        security,
        records=tuple(each for each in security.records if "vesting_condition_id" in each),
        terminated=None,
    )
    ledger = folded(plain)
    if ledger is not None:
        assert ledger.schedule == schedule_of(plain.case, plain.chosen_reading)
        exercised = folded(plain.having("PLAN_SECURITY_EXERCISE", "2030-01-01", quantity="0"))
        assert exercised is not None
        assert exercised.schedule == ledger.schedule


def test_random_securities_are_of_interest() -> None:
    """Most of them can be folded, and every kind of fact comes up."""
    seen: set[str] = set()
    folds = []

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(securities())
    def look(security: Security) -> None:
        ledger = folded(security)
        folds.append(ledger is not None)
        if ledger is not None:
            seen.update(str(event.kind) for event in ledger.events)
            seen.update(defect.code for defect in ledger.defects)

    look()
    assert sum(folds) > len(folds) / 2
    assert {str(kind) for kind in EventKind} <= seen
    assert {"VV505", "VV506", "VV508", "VV509", "VV510"} <= seen


def test_a_position_that_loses_a_share_is_refused() -> None:
    sound = STARTED.on("2024-03-01")
    sound.check()
    for broken in (
        dataclasses.replace(sound, unvested=sound.unvested - 1),
        dataclasses.replace(sound, unvested=sound.unvested + 5, forfeited=Fraction(-5)),
        dataclasses.replace(sound, exercised=Fraction(101)),
    ):
        assert not broken.is_conserved
        with pytest.raises(NotConserved, match="100 shares were granted, but there are"):
            broken.check()


def test_one_security_is_folded_by_its_own_records_alone() -> None:
    foreign = {
        "object_type": "TX_EQUITY_COMPENSATION_CANCELLATION",
        "id": "x",
        "security_id": "another",
        "date": "2024-02-01",
        "quantity": "100",
    }
    with_foreign = dataclasses.replace(STARTED, records=(foreign, *STARTED.records))
    assert with_foreign.ledger.events == STARTED.ledger.events
    assert with_foreign.schedule == STARTED.schedule


def test_the_default_reading_is_used_where_none_is_chosen() -> None:
    assert STARTED.chosen_reading == DEFAULT_READING
