"""Engines that break the protocol in every way we could think of: ``python hostile_engines.py MODE [NUMBER]``.

What they answer, where they answer, is one row with the grant's own quantity, so that a mix-up shows. The poisonous
request is the one of ``POISON`` shares.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

POISON = "13"
MEBIBYTE = 1024 * 1024


def requests() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def right(request: dict[str, Any]) -> dict[str, Any]:
    return {"id": request["id"], "schedule": [{"date": "2025-01-01", "quantity": request["issuance"]["quantity"]}]}


def answer(request: dict[str, Any]) -> None:
    say(json.dumps(right(request)))


def is_poison(request: dict[str, Any]) -> bool:
    return bool(request["issuance"]["quantity"] == POISON)


def sleep() -> None:
    time.sleep(600)


def die() -> None:
    sys.stderr.write("first line\nsegmentation\x07 fault\n")
    sys.stderr.flush()
    os._exit(3)


def correct(_: int) -> None:
    from vestverify.engine_protocol import lines_from, serve

    for line in serve(lines_from(sys.stdin.buffer)):
        say(line.rstrip())


def plain(_: int) -> None:
    for request in requests():
        answer(request)


def constant(_: int) -> None:
    """The fastest engine that a Python program can be, for measuring."""
    for line in sys.stdin:
        identifier = json.loads(line)["id"]
        sys.stdout.write(f'{{"id": "{identifier}", "schedule": [{{"date": "2025-01-01", "quantity": "7"}}]}}\n')
        sys.stdout.flush()


def reversed_by(number: int) -> None:
    held: list[dict[str, Any]] = []
    for request in requests():
        held.append(request)
        if len(held) == number:
            while held:
                answer(held.pop())
    while held:
        answer(held.pop())


def at_end(_: int) -> None:
    for request in list(requests()):
        answer(request)


def at_end_poisoned(_: int) -> None:
    for request in list(requests()):
        if is_poison(request):
            die()
        answer(request)


def on_poison(harm: Callable[[], object]) -> Callable[[int], None]:
    def run(_: int) -> None:
        for request in requests():
            if is_poison(request):
                harm()
            answer(request)

    return run


def on_nth(harm: Callable[[], object]) -> Callable[[int], None]:
    def run(number: int) -> None:
        for count, request in enumerate(requests(), 1):
            if count == number:
                harm()
            answer(request)

    return run


def on_poison_while_others_wait(number: int) -> None:
    """Dies as soon as the poison is there, with up to ``number`` earlier requests not answered yet."""
    held: list[dict[str, Any]] = []
    for request in requests():
        held.append(request)
        if is_poison(request):
            die()
        if len(held) > number:
            answer(held.pop(0))
    for each in held:
        answer(each)


def always(harm: Callable[[], object]) -> Callable[[int], None]:
    def run(_: int) -> None:
        for _request in requests():
            harm()

    return run


def dies_at_start(_: int) -> None:
    die()


def rubbish_between(_: int) -> None:
    for request in requests():
        say("DEBUG \x1b[31mcomputing")
        answer(request)
        say("")


def only_rubbish(_: int) -> None:
    for _request in requests():
        say("vesting looks fine to me")


def rubbish_for_poison(_: int) -> None:
    for request in requests():
        if is_poison(request):
            say("Traceback (most recent call last)")
        else:
            answer(request)


def twice(_: int) -> None:
    for request in requests():
        answer(request)
        if is_poison(request):
            answer(request)


def twice_later(_: int) -> None:
    previous: dict[str, Any] | None = None
    for request in requests():
        answer(request)
        if previous is not None and is_poison(previous):
            answer(previous)
        previous = request


def unknown_id_besides(_: int) -> None:
    for request in requests():
        answer({**request, "id": "no such id"})
        answer(request)


def unknown_id_for_poison(_: int) -> None:
    for request in requests():
        answer({**request, "id": "007"} if is_poison(request) else request)


def number_as_id(_: int) -> None:
    for request in requests():
        say(json.dumps({**right(request), "id": int(request["id"])}))


def leak(number: int) -> None:
    held = []
    for request in requests():
        held.append(b"x" * (number * MEBIBYTE))
        answer(request)


def leak_in_a_child(number: int) -> None:
    program = f"held = b'x' * ({number} << 20); import time; time.sleep(600)"
    for request in requests():
        if is_poison(request):
            subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
            sleep()
        answer(request)


def swallow() -> None:
    held = b"x" * (400 * MEBIBYTE)
    time.sleep(600)
    del held


def flood_with_lines() -> None:
    while True:
        sys.stdout.write("y\n" * 10_000)


def flood_with_one_line() -> None:
    while True:
        sys.stdout.write("y" * 100_000)


def begin_a_line() -> None:
    sys.stdout.write('{"id": "1", "sched')
    sys.stdout.flush()
    sleep()


def drip() -> None:
    while True:
        sys.stdout.write(" ")
        sys.stdout.flush()
        time.sleep(0.02)


def slow(_: int) -> None:
    for request in requests():
        time.sleep(0.01)
        answer(request)


def noisy(_: int) -> None:
    for request in requests():
        sys.stderr.write("e" * MEBIBYTE + "\nthe end of it\n")
        sys.stderr.flush()
        answer(request)


def ignore_signals(_: int) -> None:
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    for request in requests():
        answer(request)
    sleep()


def outlived(number: int) -> None:
    """Starts a child that holds the pipes, in a session of its own if the number is not 0, and dies on the poison."""
    child = subprocess.Popen(["sleep", "600"], start_new_session=bool(number))
    for request in requests():
        if is_poison(request):
            time.sleep(0.3)
            die()
        say(json.dumps({**right(request), "schedule": [{"date": "2025-01-01", "quantity": str(child.pid)}]}))


def close_output() -> None:
    os.close(1)
    sleep()


def close_input() -> None:
    os.close(0)
    sleep()


def reply_to_poison(make: Callable[[str], bytes]) -> Callable[[int], None]:
    def run(_: int) -> None:
        for request in requests():
            if is_poison(request):
                sys.stdout.buffer.write(make(request["id"]) + b"\n")
                sys.stdout.flush()
            else:
                answer(request)

    return run


def row(identifier: str, quantity: str) -> bytes:
    return f'{{"id": "{identifier}", "schedule": [{{"date": "2025-01-01", "quantity": {quantity}}}]}}'.encode()


def without_line_end(_: int) -> None:
    for count in itertools.count(1):
        line = sys.stdin.readline()
        if not line:
            return
        sys.stdout.write(("" if count == 1 else "\n") + json.dumps(right(json.loads(line))))


MODES: dict[str, Callable[[int], None]] = {
    "correct": correct,
    "plain": plain,
    "constant": constant,
    "reversed": reversed_by,
    "at-end": at_end,
    "at-end-dies-on-poison": at_end_poisoned,
    "hangs-on-poison": on_poison(sleep),
    "hangs-on-nth": on_nth(sleep),
    "hangs-always": always(sleep),
    "dies-on-poison": on_poison(die),
    "dies-on-poison-while-others-wait": on_poison_while_others_wait,
    "dies-on-nth": on_nth(die),
    "dies-always": always(die),
    "dies-at-start": dies_at_start,
    "killed-on-poison": on_poison(lambda: os.kill(os.getpid(), signal.SIGSEGV)),
    "exits-on-poison": on_poison(lambda: os._exit(0)),
    "rubbish-between": rubbish_between,
    "only-rubbish": only_rubbish,
    "rubbish-for-poison": rubbish_for_poison,
    "twice": twice,
    "twice-later": twice_later,
    "unknown-id-besides": unknown_id_besides,
    "unknown-id-for-poison": unknown_id_for_poison,
    "number-as-id": number_as_id,
    "leaks": leak,
    "leaks-in-a-child": leak_in_a_child,
    "swallows-memory-on-poison": on_poison(swallow),
    "floods-with-lines": on_poison(flood_with_lines),
    "floods-with-one-line": on_poison(flood_with_one_line),
    "begins-a-line": on_poison(begin_a_line),
    "drips": on_poison(drip),
    "slow": slow,
    "noisy": noisy,
    "ignores-signals": ignore_signals,
    "outlived": outlived,
    "closes-output": on_poison(close_output),
    "closes-input": on_poison(close_input),
    "not-utf-8": reply_to_poison(lambda identifier: b'{"id": "\xff\xfe' + identifier.encode() + b'"}'),
    "nested": reply_to_poison(lambda _: b"[" * 100_000),
    "nested-objects": reply_to_poison(lambda _: b'{"id":' * 100_000),
    "huge-integer": reply_to_poison(lambda identifier: row(identifier, "9" * 10**6)),
    "huge-text": reply_to_poison(lambda identifier: row(identifier, '"' + "9" * 10**6 + '"')),
    "huge-exponent": reply_to_poison(lambda identifier: row(identifier, "1e999999999")),
    "not-a-number": reply_to_poison(lambda identifier: row(identifier, "NaN")),
    "no-answer": reply_to_poison(lambda identifier: b'{"id": "' + identifier.encode() + b'"}'),
    "null-id": reply_to_poison(lambda _: b'{"id": null, "errors": [{"code": "X"}]}'),
    "without-line-end": without_line_end,
}

if __name__ == "__main__":
    MODES[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 0)
