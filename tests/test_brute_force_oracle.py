"""Every decided property against brute force over all dates of a small window and many grants, both ways."""

from __future__ import annotations

from collections import Counter

import pytest
from brute_force import assert_verdicts_are_true
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_terms import vesting_terms

from vestverify.engine.reading import reading_from

TERMS = 220


@pytest.mark.parametrize("choices", [{}, {"allocation_scope": "condition"}], ids=["default", "condition"])
def test_every_verdict_is_what_brute_force_over_all_dates_of_a_window_finds(choices: dict[str, str]) -> None:
    reading = reading_from(choices)
    seen: Counter[str] = Counter()

    @settings(
        max_examples=TERMS, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def agree(data: st.DataObject) -> None:
        raw = data.draw(vesting_terms(only_days=True, maximum=5, maximum_recorded=2))
        decided = assert_verdicts_are_true(raw, reading)
        for code, verdict in decided.items():
            seen[f"{code} {verdict}"] += 1

    agree()
    wanted = [f"{code} {verdict}" for code in ("VV201", "VV301", "VV302", "VV303") for verdict in ("proved", "refuted")]
    if choices:
        wanted += ["VV305 proved", "VV305 refuted"]
    assert [outcome for outcome in wanted if seen[outcome] < TERMS * 0.02] == []
