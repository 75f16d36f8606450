"""Conditions that can no longer be met, held against everything that may still be recorded."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from random_relationships import relationship_terms
from random_terms import BASE, recorded_days, vesting_terms

from vestverify.engine.execution import execute
from vestverify.engine.lapse import day_of_lapse
from vestverify.engine.plan import compile_terms
from vestverify.engine.reading import DEFAULT_READING, reading_from
from vestverify.engine.vesting_terms import VestingTerms

READINGS = st.sampled_from(
    [
        {},
        {},
        {},
        {"siblings": "independent"},
        {"roots": "all"},
        {"early_event": "ignored"},
        {"leave_periodic": "overlap"},
    ]
)
TODAY = BASE.toordinal()
SMALL = st.one_of(
    vesting_terms(only_days=True, maximum=5, maximum_recorded=3),
    vesting_terms(only_days=True, maximum=5, maximum_recorded=3),
    relationship_terms(only_days=True, maximum=5, maximum_recorded=3),
)


@settings(max_examples=300, deadline=None)
@given(st.data(), READINGS)
def test_nothing_that_is_recorded_after_a_lapse_is_entered_and_before_it_something_can_be(
    data: st.DataObject, choices: dict[str, str]
) -> None:
    reading = reading_from(choices)
    plan = compile_terms(VestingTerms.model_validate(data.draw(SMALL)))
    since = TODAY + data.draw(st.integers(0, 3))
    recorded = {place: day for place, day in data.draw(recorded_days(plan)).items() if day <= since}
    entries = execute(plan, recorded, reading)
    lapse = day_of_lapse(plan, recorded, entries, reading, since)
    waiting = [place for place, condition in enumerate(plan.conditions) if condition.recorded and place not in recorded]
    entered = {entry.place for entry in entries}
    last = since + 20

    def can_change(after: int) -> bool:
        """Whether any records of later days, or none, enter what is not entered without them."""
        days = [None, *range(after + 1, last)] if len(waiting) < 2 else [None, *range(after + 1, after + 9)]
        return any(
            bool({entry.place for entry in execute(plan, recorded | _stated(waiting, chosen), reading)} - entered)
            for chosen in product(days, repeat=len(waiting))
        )

    if lapse is not None:
        assert not can_change(lapse)
        # It may have closed up to a day before one on which a condition is entered.
        earlier = [entry.entered for entry in entries if since < entry.entered < lapse]
        if lapse > since:
            assert can_change(max([since, *earlier]))
    elif not can_change(last - 10):
        kept = {entry.place: entry.kept for entry in entries}
        left_out = [
            place
            for place, condition in enumerate(plan.conditions)
            if condition.vests and kept.get(place, 0) < condition.occurrences
        ]
        assert not left_out


def test_random_terms_lapse_often_enough_to_tell_anything() -> None:
    found: list[int | None] = []

    @settings(max_examples=500, deadline=None, database=None, derandomize=True)
    @given(st.data())
    def look(data: st.DataObject) -> None:
        plan = compile_terms(VestingTerms.model_validate(data.draw(SMALL)))
        recorded = {place: day for place, day in data.draw(recorded_days(plan)).items() if day <= TODAY}
        entries = execute(plan, recorded, DEFAULT_READING)
        found.append(day_of_lapse(plan, recorded, entries, DEFAULT_READING, TODAY))

    look()
    at_once = sum(day == TODAY for day in found)
    later = sum(day is not None and day > TODAY for day in found)
    assert min(at_once, later, found.count(None)) >= 5, (at_once, later, len(found))


def _stated(waiting: list[int], days: tuple[int | None, ...]) -> dict[int, int]:
    return {place: day for place, day in zip(waiting, days, strict=True) if day is not None}
