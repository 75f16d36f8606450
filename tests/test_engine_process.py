"""Asking engines: whatever one does, each request gets its reply, the innocent ones the right one."""

from __future__ import annotations

import datetime
import json
import math
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestverify.engine.calendar import parse_day
from vestverify.engine_protocol import answer
from vestverify.fuzzing.engine_function import EngineFunction
from vestverify.fuzzing.engine_process import (
    MAXIMUM_FAILURES,
    NOT_ASKED_AGAIN,
    EngineNotFound,
    EngineProcess,
)
from vestverify.fuzzing.engines import MAXIMUM_COMPLAINTS, Engine
from vestverify.fuzzing.replies import (
    MAXIMUM_TEXT,
    Form,
    Reply,
    ReplyKind,
    Row,
    parse_line,
    printable,
    read_answer,
)

HOSTILE = Path(__file__).with_name("hostile_engines.py")
MEBIBYTE = 1024 * 1024
TIMEOUT = 0.5
#: Place of the poisonous request among those of ``grants``.
POISONED = 5
DAY = parse_day("2025-01-01")


def command(mode: str, number: int = 0) -> str:
    return shlex.join([sys.executable, str(HOSTILE), mode, str(number)])


def hostile(mode: str, number: int = 0, **options: Any) -> EngineProcess:
    return EngineProcess(command(mode, number), **{"timeout": TIMEOUT, **options})


def grants(count: int, poisoned: int | None = POISONED) -> list[dict[str, Any]]:
    return [{"issuance": {"quantity": "13" if place == poisoned else str(100 + place)}} for place in range(count)]


def is_right(request: Mapping[str, Any], reply: Reply) -> bool:
    return reply == Reply(ReplyKind.SCHEDULE, (Row(DAY, Fraction(request["issuance"]["quantity"])),))


def wrong_places(requests: Sequence[Mapping[str, Any]], replies: Sequence[Reply]) -> list[int]:
    assert len(requests) == len(replies)
    return [
        place
        for place, (request, reply) in enumerate(zip(requests, replies, strict=True))
        if not is_right(request, reply)
    ]


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    threads, children = set(threading.enumerate()), set(psutil.Process().children(recursive=True))
    descriptors = psutil.Process().num_fds()
    yield
    assert set(threading.enumerate()) == threads
    assert set(psutil.Process().children(recursive=True)) <= children
    assert psutil.Process().num_fds() <= descriptors


# Engines that keep to the protocol.


def test_the_reference_engine_answers_over_the_protocol_as_it_does_in_process() -> None:
    terms = {
        "id": "monthly",
        "object_type": "VESTING_TERMS",
        "name": "Monthly",
        "description": "Quarter by quarter.",
        "allocation_type": "CUMULATIVE_ROUND_DOWN",
        "vesting_conditions": [
            {
                "id": "start",
                "portion": {"numerator": "1", "denominator": "4"},
                "trigger": {"type": "VESTING_START_DATE"},
                "next_condition_ids": [],
            }
        ],
    }
    issuance = {
        "object_type": "TX_EQUITY_COMPENSATION_ISSUANCE",
        "id": "issuance",
        "security_id": "s",
        "date": "2025-01-01",
        "quantity": "100",
        "vesting_terms_id": "monthly",
    }
    start = {"object_type": "TX_VESTING_START", "id": "t", "security_id": "s", "vesting_condition_id": "start"}
    requests: list[dict[str, Any]] = [
        {
            "format": "vestverify.engine/1",
            "terms": terms,
            "issuance": issuance,
            "transactions": [{**start, "date": f"2025-02-{day:02}"}],
        }
        for day in range(1, 29)
    ]
    requests.append({**requests[0], "terms": {**terms, "vesting_conditions": []}})
    with hostile("correct", timeout=30.0) as engine, EngineFunction(answer) as function:
        replies = engine.ask(requests)
        assert replies == function.ask(requests)
        assert [reply.kind for reply in replies] == [ReplyKind.SCHEDULE] * 28 + [ReplyKind.ERRORS]
        assert replies[3].rows == (Row(parse_day("2025-02-04"), Fraction(25)),)
        assert engine.complaints == []
        assert (engine.requests_sent, engine.restarts) == (29, 0)


def test_no_request_gives_no_reply() -> None:
    with hostile("plain") as engine:
        assert engine.ask([]) == []


def test_requests_far_larger_than_a_pipe_are_asked_without_a_deadlock() -> None:
    requests = [{**each, "comment": "x" * 300_000} for each in grants(200, None)]
    with hostile("plain", timeout=5.0) as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert engine.restarts == 0


def test_every_request_gets_an_id_of_its_own_over_all_calls() -> None:
    seen = []

    def note(request: dict[str, Any]) -> dict[str, Any]:
        seen.append(request["id"])
        return {"id": request["id"], "unsupported": "all"}

    with EngineFunction(note) as engine:
        engine.ask([{"id": "mine"}, {}])
        engine.ask([{}])
    assert seen == ["1", "2", "3"]


@pytest.mark.parametrize(("mode", "number"), [("reversed", 7), ("at-end", 0), ("without-line-end", 0)])
def test_an_engine_that_holds_answers_back_is_asked_in_batches_from_then_on(mode: str, number: int) -> None:
    requests = grants(150)
    with hostile(mode, number) as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert engine.answers_at_end
        started = time.monotonic()
        assert wrong_places(requests, engine.ask(requests)) == []
        assert time.monotonic() - started < TIMEOUT
        assert engine.complaints == []


def test_a_slow_engine_is_given_the_time_for_each_answer() -> None:
    requests = grants(80)
    with hostile("slow") as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert engine.restarts == 0


def test_standard_error_is_drained_and_its_end_is_kept() -> None:
    requests = grants(10)
    with hostile("noisy", timeout=5.0) as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
    assert engine.stderr_tail.endswith("e\nthe end of it\n")
    assert len(engine.stderr_tail) == 2_000


# Engines that fail on one request.

FAILS_ON_POISON = [
    ("hangs-on-poison", ReplyKind.SILENT, "no answer within 0.5 seconds"),
    ("begins-a-line", ReplyKind.SILENT, "it began the line"),
    ("drips", ReplyKind.SILENT, "no answer within 0.5 seconds"),
    ("closes-input", ReplyKind.SILENT, "no answer within 0.5 seconds"),
    ("dies-on-poison", ReplyKind.DIED, r"exit code 3 .*'segmentation\\x07 fault'"),
    ("at-end-dies-on-poison", ReplyKind.DIED, "exit code 3"),
    ("dies-on-poison-while-others-wait", ReplyKind.DIED, "exit code 3"),
    ("killed-on-poison", ReplyKind.DIED, "was ended by SIGSEGV"),
    ("exits-on-poison", ReplyKind.DIED, "exit code 0"),
    ("closes-output", ReplyKind.DIED, "closed its output"),
    ("rubbish-for-poison", ReplyKind.RUBBISH, "'Traceback .most recent call last.'; it is not JSON"),
    ("not-utf-8", ReplyKind.RUBBISH, "not UTF-8"),
    ("nested", ReplyKind.RUBBISH, "nested too deep"),
    ("nested-objects", ReplyKind.RUBBISH, "nested too deep"),
    ("huge-integer", ReplyKind.RUBBISH, "a number with 1,000,000 digits"),
    ("huge-text", ReplyKind.RUBBISH, "longer than the 400 characters"),
    ("huge-exponent", ReplyKind.RUBBISH, "longer than the 400 characters"),
    ("not-a-number", ReplyKind.RUBBISH, "not a finite number"),
    ("no-answer", ReplyKind.RUBBISH, "this one has none"),
    ("null-id", ReplyKind.RUBBISH, "no id that is a string"),
    ("twice", ReplyKind.ANSWERED_TWICE, "more than once, the same way"),
    ("twice-later", ReplyKind.ANSWERED_TWICE, "more than once, the same way"),
    ("unknown-id-for-poison", ReplyKind.UNKNOWN_ID, "'007', which it was not asked"),
    ("swallows-memory-on-poison", ReplyKind.TOO_MUCH_MEMORY, "the limit is 150 MiB"),
    ("floods-with-lines", ReplyKind.FLOODED, "more than 1,000 lines in a row"),
    ("floods-with-one-line", ReplyKind.FLOODED, "a line longer than 16,777,216 bytes"),
]


@pytest.mark.parametrize(("mode", "kind", "words"), FAILS_ON_POISON, ids=[mode for mode, _, _ in FAILS_ON_POISON])
def test_the_guilty_request_alone_has_the_failure(mode: str, kind: ReplyKind, words: str) -> None:
    requests = grants(100)
    with hostile(mode, 3, memory=150 * MEBIBYTE) as engine:
        replies = engine.ask(requests)
        assert wrong_places(requests, replies) == [POISONED]
        assert replies[POISONED].kind is kind
        assert not replies[POISONED].is_answer
        assert len(replies[POISONED].problem) <= MAXIMUM_TEXT
        assert replies[POISONED].problem.isprintable()
        assert re.search(words, replies[POISONED].problem)
        assert [complaint for complaint in engine.complaints if complaint.kind is not ReplyKind.RUBBISH] == []


def test_the_engine_goes_on_after_a_failure() -> None:
    with hostile("dies-on-poison") as engine:
        for _ in range(3):
            replies = engine.ask(grants(10))
            assert wrong_places(grants(10), replies) == [POISONED]
        assert wrong_places(grants(10, None), engine.ask(grants(10, None))) == []
        assert engine.restarts == 6


def test_several_guilty_requests_are_all_found() -> None:
    requests = [{"issuance": {"quantity": "13" if place % 20 == 3 else str(place + 100)}} for place in range(200)]
    with hostile("dies-on-poison") as engine:
        replies = engine.ask(requests)
    assert wrong_places(requests, replies) == list(range(3, 200, 20))
    assert not any(reply.problem.startswith(NOT_ASKED_AGAIN) for reply in replies)


def test_memory_of_a_child_in_another_session_counts_and_the_child_is_ended() -> None:
    requests = grants(10)
    with hostile("leaks-in-a-child", 300, timeout=5.0, memory=150 * MEBIBYTE) as engine:
        replies = engine.ask(requests)
    assert wrong_places(requests, replies) == [POISONED]
    assert replies[POISONED].kind is ReplyKind.TOO_MUCH_MEMORY


# Engines that fail whatever they are asked.


def test_an_engine_that_never_answers_is_given_up_soon() -> None:
    with hostile("hangs-always", timeout=0.3) as engine:
        started = time.monotonic()
        replies = engine.ask(grants(30))
        assert {reply.kind for reply in replies} == {ReplyKind.SILENT}
        assert replies[-1].problem.startswith(NOT_ASKED_AGAIN)
        assert not replies[0].problem.startswith(NOT_ASKED_AGAIN)
        assert time.monotonic() - started < 20 * 0.3


@pytest.mark.parametrize("mode", ["dies-always", "dies-at-start"])
def test_an_engine_that_always_dies_is_given_up_after_so_many_deaths(mode: str) -> None:
    requests = grants(30)
    with hostile(mode, timeout=5.0) as engine:
        replies = engine.ask(requests)
        assert {reply.kind for reply in replies} == {ReplyKind.DIED}
        assert replies[-1].problem.startswith(f"{NOT_ASKED_AGAIN}, after {MAXIMUM_FAILURES} failures")
        assert engine.restarts <= MAXIMUM_FAILURES


def test_an_engine_that_writes_rubbish_only_has_it_quoted() -> None:
    with hostile("only-rubbish") as engine:
        replies = engine.ask(grants(10))
    assert {reply.kind for reply in replies} == {ReplyKind.RUBBISH}
    assert "vesting looks fine to me" in replies[0].problem


def test_an_id_given_back_as_a_number_is_rubbish() -> None:
    with hostile("number-as-id") as engine:
        replies = engine.ask(grants(10))
        assert {reply.kind for reply in replies} == {ReplyKind.RUBBISH}
        assert replies[1].problem == "the id is the number 2, not the string '2'"
        assert engine.restarts == 0


# Failures that no one request is to blame for.


def test_rubbish_beside_right_answers_is_a_complaint() -> None:
    requests = grants(10)
    with hostile("rubbish-between") as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert [complaint.kind for complaint in engine.complaints] == [ReplyKind.RUBBISH]
        assert r"'DEBUG \x1b[31mcomputing'" in engine.complaints[0].sentence


def test_answers_to_what_was_not_asked_beside_right_ones_are_a_complaint() -> None:
    requests = grants(10)
    with hostile("unknown-id-besides") as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert [complaint.kind for complaint in engine.complaints] == [ReplyKind.UNKNOWN_ID]


def test_a_second_answer_that_comes_after_the_call_is_a_complaint_of_the_next() -> None:
    poison, innocent = grants(2, 0)
    with hostile("twice-later") as engine:
        assert wrong_places([poison], engine.ask([poison])) == []
        assert engine.complaints == []
        assert wrong_places([innocent], engine.ask([innocent])) == []
        engine.ask([innocent])
        assert [complaint.kind for complaint in engine.complaints] == [ReplyKind.ANSWERED_TWICE]


def test_complaints_do_not_grow_without_bound() -> None:
    with hostile("twice-later") as engine:
        for _ in range(2 * MAXIMUM_COMPLAINTS):
            engine.ask(grants(1, 0))
        engine.ask(grants(1, None))
        assert len(engine.complaints) == MAXIMUM_COMPLAINTS


@pytest.mark.parametrize(("mode", "kind"), [("dies-on-nth", ReplyKind.DIED), ("hangs-on-nth", ReplyKind.SILENT)])
def test_a_failure_that_comes_with_the_number_of_requests_is_a_complaint(mode: str, kind: ReplyKind) -> None:
    requests = grants(20)
    with hostile(mode, 12) as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert [complaint.kind for complaint in engine.complaints] == [kind]
        assert "after 11 answers, and none of the requests under way" in engine.complaints[0].sentence


def test_a_death_between_two_calls_is_a_complaint() -> None:
    with hostile("plain") as engine:
        assert wrong_places(grants(3), engine.ask(grants(3))) == []
        os.kill(engine_pid(engine), signal.SIGKILL)
        time.sleep(0.1)
        assert wrong_places(grants(3), engine.ask(grants(3))) == []
        sentence = "the engine was ended by SIGKILL; this was after 3 requests, all of them answered"
        assert engine.complaints == [(ReplyKind.DIED, sentence)]
        assert engine.restarts == 1


def engine_pid(engine: EngineProcess) -> int:
    assert engine.pid is not None
    return engine.pid


def test_memory_that_is_lost_little_by_little_is_a_complaint_with_figures() -> None:
    requests = grants(120)
    with hostile("leaks", 5, timeout=5.0, memory=150 * MEBIBYTE) as engine:
        assert wrong_places(requests, engine.ask(requests)) == []
        assert engine.restarts >= 2
        assert {complaint.kind for complaint in engine.complaints} == {ReplyKind.TOO_MUCH_MEMORY}
        assert "MiB; the limit is 150 MiB" in engine.complaints[0].sentence


# Starting and ending.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no-such-engine --fast", "'no-such-engine' cannot be started: No such file or directory"),
        ("", "is empty"),
        ("   ", "is empty"),
        ("engine 'half", "cannot be split: No closing quotation"),
        ("/", "'/' cannot be started: Permission denied"),
        ("'a\0b'", "cannot be started: embedded null byte"),
    ],
)
def test_a_command_that_cannot_be_started_says_why(text: str, words: str) -> None:
    with pytest.raises(EngineNotFound, match=words):
        EngineProcess(text)


def test_no_shell_reads_the_command() -> None:
    with EngineProcess("echo $HOME; exit 0 | true", timeout=5.0) as engine:
        assert "$HOME; exit 0 | true" in engine.ask(grants(1))[0].problem


def test_an_engine_that_ignores_signals_and_the_end_of_its_input_is_ended_nevertheless() -> None:
    engine = hostile("ignores-signals")
    engine.ask(grants(1))
    pid = engine_pid(engine)
    started = time.monotonic()
    engine.close()
    assert time.monotonic() - started < 5
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("apart", [0, 1])
def test_children_of_an_engine_that_died_are_ended(apart: int) -> None:
    with hostile("outlived", apart) as engine:
        before = engine.ask(grants(10))
        after = engine.ask(grants(3, None))
    assert before[POISONED].kind is ReplyKind.DIED
    children = {int(reply.rows[0].shares) for reply in (*before, *after) if reply.is_answer}
    deadline = time.monotonic() + 5
    while any(is_running(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [child for child in children if is_running(child)] == []


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_restart_gives_a_fresh_process() -> None:
    with hostile("dies-on-nth", 4) as engine:
        for _ in range(4):
            assert wrong_places(grants(3), engine.ask(grants(3))) == []
            engine.restart()
        assert engine.complaints == []
        assert engine.restarts == 4


def test_an_engine_that_is_closed_is_not_asked() -> None:
    engine = hostile("plain")
    engine.close()
    engine.close()
    with pytest.raises(ValueError, match="the engine is closed"):
        engine.ask(grants(1))


def test_an_interrupt_passes_through_and_ends_the_process() -> None:
    with hostile("hangs-always", timeout=30.0) as engine:
        pid = engine_pid(engine)
        timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            engine.ask(grants(1))
        timer.join()
        assert not psutil.pid_exists(pid)


def test_a_request_that_is_not_json_is_refused_before_anything_is_sent() -> None:
    with hostile("plain") as engine:
        with pytest.raises(TypeError):
            engine.ask([{"issuance": object()}])
        assert engine.requests_sent == 0
        assert wrong_places(grants(1), engine.ask(grants(1))) == []


# Functions.


def test_a_function_cannot_change_the_requests_of_its_caller() -> None:
    def spoil(request: dict[str, Any]) -> dict[str, Any]:
        request["issuance"]["quantity"] = "0"
        request["transactions"].append("more")
        return {"id": request["id"], "schedule": []}

    requests = [{"issuance": {"quantity": "1"}, "transactions": [{"date": "2025-01-01"}]}]
    with EngineFunction(spoil) as engine:
        engine.ask(requests)
    assert requests == [{"issuance": {"quantity": "1"}, "transactions": [{"date": "2025-01-01"}]}]


def raising(error: BaseException) -> Any:
    def engine(_: dict[str, Any]) -> dict[str, Any]:
        raise error

    return engine


@pytest.mark.parametrize("error", [ZeroDivisionError("by\nzero"), SystemExit("by\nzero"), RecursionError("by\nzero")])
def test_an_exception_of_a_function_is_a_death_with_its_type_and_message(error: BaseException) -> None:
    with EngineFunction(raising(error)) as engine:
        problem = f"the engine raised {type(error).__name__}: 'by\\nzero'"
        assert engine.ask([{}]) == [Reply(ReplyKind.DIED, problem=problem)]


def test_an_interrupt_passes_through_a_function() -> None:
    with EngineFunction(raising(KeyboardInterrupt())) as engine, pytest.raises(KeyboardInterrupt):
        engine.ask([{}])


def test_a_function_that_answers_another_request_is_told() -> None:
    with EngineFunction(lambda _: {"id": "9", "schedule": []}) as engine:
        assert engine.ask([{}])[0].kind is ReplyKind.UNKNOWN_ID


def test_a_factory_makes_the_function_anew_at_a_restart() -> None:
    def make() -> Any:
        calls: list[int] = []

        def engine(_: dict[str, Any]) -> dict[str, Any]:
            calls.append(1)
            return {"unsupported": str(len(calls))}

        return engine

    def features(engine: Engine) -> list[str]:
        return [reply.feature for reply in engine.ask([{}, {}])]

    with EngineFunction(factory=make) as engine:
        assert features(engine) == ["1", "2"]
        assert features(engine) == ["3", "4"]
        engine.restart()
        assert features(engine) == ["1", "2"]


def test_a_function_that_is_closed_is_not_asked() -> None:
    engine = EngineFunction(answer)
    engine.close()
    with pytest.raises(ValueError, match="the engine is closed"):
        engine.ask([{}])


@pytest.mark.parametrize("given", [{}, {"function": answer, "factory": lambda: answer}])
def test_an_engine_is_a_function_or_a_factory_and_not_both(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        EngineFunction(**given)


# Reading answers.


def schedule(*rows: tuple[Any, Any]) -> dict[str, Any]:
    return {"id": "1", "schedule": [{"date": date, "quantity": quantity} for date, quantity in rows]}


@pytest.mark.parametrize(
    ("quantity", "shares", "form"),
    [
        ("25", Fraction(25), None),
        ("25.0", Fraction(25), None),
        ("+25", Fraction(25), None),
        ("-2.5", Fraction(-5, 2), None),
        ("10/3", Fraction(10, 3), None),
        ("20/6", Fraction(10, 3), Form.QUANTITY_NOT_REDUCED),
        ("5/2", Fraction(5, 2), Form.QUANTITY_NOT_REDUCED),
        (" 25 ", Fraction(25), Form.QUANTITY_NOT_PLAIN),
        ("25.", Fraction(25), Form.QUANTITY_NOT_PLAIN),
        ("2.5e1", Fraction(25), Form.QUANTITY_NOT_PLAIN),
        (25, Fraction(25), Form.QUANTITY_NOT_TEXT),
        (4.1, Fraction(41, 10), Form.QUANTITY_AS_FLOAT),
        (Decimal("4.10"), Fraction(41, 10), Form.QUANTITY_AS_FLOAT),
        (Fraction(10, 3), Fraction(10, 3), Form.QUANTITY_NOT_TEXT),
    ],
)
def test_a_quantity_is_read_exactly_and_its_form_is_noted(quantity: Any, shares: Fraction, form: Form | None) -> None:
    reply = read_answer(schedule(("2025-01-01", quantity)))
    assert reply == Reply(ReplyKind.SCHEDULE, (Row(DAY, shares),), form=() if form is None else (form,))


@pytest.mark.parametrize(
    "quantity",
    ["", "1,000", "\uff11\uff12", "1/0", "0x10", "1_000", "NaN", "Infinity", "9" * 401, "1e999999999", "1e-500",
     10**500, math.nan, math.inf, Decimal("NaN"), Decimal("1e9999"), True, None, [], {}, b"25", object()],
    ids=lambda value: str(type(value).__name__) + printable(repr(value)[:12]),
)  # fmt: skip
def test_what_is_no_quantity_is_rubbish(quantity: Any) -> None:
    reply = read_answer(schedule(("2025-01-01", quantity)))
    assert reply.kind is ReplyKind.RUBBISH
    assert reply.problem.startswith("the quantity of row 0 is ")


@pytest.mark.parametrize(
    ("date", "form"),
    [
        ("2025-01-01", ()),
        ("2025-01-01T00:00:00.000Z", (Form.DATE_WITH_TIME,)),
        ("2025-01-01 00:00:00+01:00", (Form.DATE_WITH_TIME,)),
        (datetime.date(2025, 1, 1), (Form.DATE_NOT_TEXT,)),
    ],
)
def test_a_date_is_read_and_its_form_is_noted(date: Any, form: tuple[Form, ...]) -> None:
    assert read_answer(schedule((date, "1"))) == Reply(ReplyKind.SCHEDULE, (Row(DAY, Fraction(1)),), form=form)


@pytest.mark.parametrize(
    "date", ["2025-02-30", "01/02/2025", "20250101", "2025-1-1", "2025-01-01 or so", 20250101, None]
)
def test_what_is_no_date_is_rubbish(date: Any) -> None:
    reply = read_answer(schedule((date, "1")))
    assert reply.kind is ReplyKind.RUBBISH
    assert reply.problem.startswith("the date of row 0 is not written YYYY-MM-DD")


def test_rows_are_kept_in_the_order_given_and_what_breaks_their_form_is_noted() -> None:
    reply = read_answer(schedule(("2025-02-01", "1"), ("2025-01-01", "0"), ("2025-02-01", "2")))
    assert [row.shares for row in reply.rows] == [1, 0, 2]
    assert reply.form == (Form.NOT_CHRONOLOGICAL, Form.SEVERAL_ROWS_A_DAY, Form.ZERO_ROW)


def test_what_is_vested_as_of_a_day_is_read() -> None:
    reply = read_answer({**schedule(), "vested": "1/3", "unvested": "2", "exercisable": None})
    assert (reply.vested, reply.unvested, reply.exercisable) == (Fraction(1, 3), 2, None)
    assert read_answer({**schedule(), "vested": "some"}).kind is ReplyKind.RUBBISH


def test_errors_are_read_as_far_as_they_can_be() -> None:
    reply = read_answer({"errors": [{"code": "VV102", "condition_id": "p\x07"}, "simply wrong", {"code": 17}, None]})
    assert reply.kind is ReplyKind.ERRORS
    assert [(error["code"], error["message"]) for error in reply.errors] == [
        ("VV102", None),
        (None, "simply wrong"),
        ("17", None),
        (None, "None"),
    ]
    assert reply.errors[0]["condition_id"] == r"p\x07"
    assert reply.form == (Form.ERROR_NOT_OBJECT,)


@pytest.mark.parametrize(
    "value",
    [None, 1, "schedule", [], {}, {"schedule": {}}, {"schedule": [1]}, {"schedule": [{}]}, {"errors": []},
     {"errors": "bad"}, {"unsupported": True}, {"schedule": [], "errors": [{}]}, {"schedule": "x", "unsupported": ""}],
    ids=repr,
)  # fmt: skip
def test_what_is_no_answer_is_rubbish_with_a_reason(value: Any) -> None:
    reply = read_answer(value)
    assert reply.kind is ReplyKind.RUBBISH
    assert reply.problem != ""


def test_names_without_a_value_do_not_count() -> None:
    assert read_answer({"schedule": [], "errors": None, "unsupported": None}) == Reply(ReplyKind.SCHEDULE)


class Malicious(dict[str, Any]):
    def get(self, *_: Any) -> Any:
        raise RuntimeError("never asked")

    def __repr__(self) -> str:
        raise RuntimeError("never shown")


@pytest.mark.parametrize(
    "value", [Malicious(), [Malicious()], schedule((Malicious(), "1"))], ids=["itself", "in", "date"]
)
def test_values_that_raise_when_they_are_looked_at_are_rubbish(value: Any) -> None:
    assert read_answer(value).kind is ReplyKind.RUBBISH


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["date", "quantity", "code"]) | st.text(), inner),
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(["schedule", "errors", "unsupported", "vested", "id"]), ANYTHING) | ANYTHING)
def test_reading_never_raises(value: Any) -> None:
    reply = read_answer(value)
    assert reply.is_answer == (reply.problem == "")
    assert len(reply.problem) <= MAXIMUM_TEXT
    assert reply.problem.isprintable()


@settings(max_examples=120, deadline=None)
@given(st.binary() | ANYTHING.map(lambda value: json.dumps(value, default=str).encode()))
def test_a_line_is_json_or_says_why_not(line: bytes) -> None:
    problem = ""
    try:
        parse_line(line)
    except ValueError as error:
        problem = str(error)
    assert problem == "" or problem.startswith("it is not")


def test_decimals_of_a_line_stay_exact() -> None:
    assert parse_line(b"[0.1, 12345678901234567890.5, 1e2]") == [
        Decimal("0.1"),
        Decimal("12345678901234567890.5"),
        Decimal("1e2"),
    ]
    line = b'{"schedule": [{"date": "2025-01-01", "quantity": 9007199254740993.5}]}'
    assert read_answer(parse_line(line)).rows[0].shares == Fraction(18014398509481987, 2)
