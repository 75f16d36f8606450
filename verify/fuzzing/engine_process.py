"""Somebody's vesting engine as a process that speaks ``vestverify.engine/1`` (machine contract, section 4).

Thousands of requests are asked in a row, many of them under way at once, and whatever the engine does, every
request gets its reply and the caller goes on. Who is to blame is decided as follows.

* An answer belongs to the request whose id it gives. A second one to the same request makes its reply
  ``ANSWERED_TWICE``, or a complaint where that request was of an earlier call.
* A line that gives no id of a request under way belongs to nobody: it is a complaint, unless its request was
  asked alone and got nothing else, whose reply then is ``RUBBISH`` or ``UNKNOWN_ID``.
* Where the engine falls silent, dies, floods or takes too much memory, it is killed with all that it started, and
  the requests that it had not answered are asked again in fresh processes, the first of them alone, the others in
  ever smaller groups, until the one is found on which it fails alone. If there is none, all have their answers and
  the failure is a complaint.
* Before silence counts, the engine's input is closed: who answers at the end of the input only, or several
  requests at a time, keeps to the protocol. From then on such an engine gets a process for each batch.
"""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections import deque
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from vestverify.fuzzing.child_process import MAXIMUM_LINE, ChildProcess
from vestverify.fuzzing.engines import MAXIMUM_COMPLAINTS, Complaint
from vestverify.fuzzing.replies import (
    MAXIMUM_TEXT,
    Reply,
    ReplyKind,
    failure,
    parse_line,
    printable,
    quoted,
    read_answer,
)
from vestverify.fuzzing.ticker import Ticker

#: Requests under way at once.
WINDOW = 64
#: Failures of the engine within one call after which the rest is not asked any more.
MAXIMUM_FAILURES = 40
#: How many of them may be silences, which take long: from an engine that has answered before, and from another.
MAXIMUM_SILENCES = 6
MAXIMUM_SILENCES_AT_FIRST = 3
#: How the problem of a request begins on which nothing was found out, for the engine had failed too often by then.
NOT_ASKED_AGAIN = "not asked again"
#: Lines without an answer, one after the other, that count as a flood.
MAXIMUM_STRAY_LINES = 1_000

#: Requests that are put to one process of an engine that answers at the end of its input.
_BATCH = 256
_MEBIBYTE = 1024 * 1024
_CLOSING = 2.0
_ENDING = 0.3
_LARGEST_IDENTIFIER = 18
_TICKS_BETWEEN_CENSUSES = 4
_KINDS_OF_LINES = (ReplyKind.RUBBISH, ReplyKind.UNKNOWN_ID)


class EngineNotFound(Exception):
    """The command names no program that can be started."""


@dataclasses.dataclass(slots=True)
class _Call:
    """One call of ``ask``: its requests by place, and the replies so far."""

    first: int
    requests: Sequence[bytes]
    replies: list[Reply | None]
    failures: int = 0
    silences: int = 0
    last: Complaint | None = None

    def unanswered(self, places: Sequence[int]) -> list[int]:
        return [place for place in places if self.replies[place] is None]


@dataclasses.dataclass(slots=True)
class _Conversation:
    """What is put to one process in one go.

    Attributes:
        queue: places of the requests that are not sent yet.
        waiting: places of those under way.
        sent: places of all that were sent.
        strays: lines that belong to no request.
        lines_in_a_row: lines since the last answer.
    """

    queue: deque[int]
    waiting: set[int] = dataclasses.field(default_factory=set)
    sent: set[int] = dataclasses.field(default_factory=set)
    strays: list[Complaint] = dataclasses.field(default_factory=list)
    lines_in_a_row: int = 0


class EngineProcess:
    """An engine that is started by a command and asked over its standard input and output.

    A context manager; without it, ``close`` ends the engine. Not for several threads at once. POSIX only.

    Attributes:
        complaints: what was wrong and belongs to no one reply; the caller may clear it between two calls. Of more
            than ``MAXIMUM_COMPLAINTS`` the later ones are dropped.
        answers_at_end: whether the engine was seen to hold answers back until the end of its input.
        requests_sent: requests written to processes of the engine so far, those asked again included.
        restarts: processes started after the first.
    """

    def __init__(self, command: str, timeout: float = 10.0, memory: int = 2 * 1024 * _MEBIBYTE) -> None:
        """Start the engine.

        Args:
            command: the program and its arguments, split as a POSIX shell would; no shell runs it, so that
                pipes, redirections and variables mean nothing.
            timeout: seconds from the sending of a request, or from the answer before it, to its answer. The first
                answer of a process may take as long again, for it has to start.
            memory: bytes that the process and those it starts may hold resident.

        Raises:
            EngineNotFound: the command is empty, badly quoted, or names nothing that can be started.
        """
        try:
            self._arguments = shlex.split(command)
        except ValueError as error:
            raise EngineNotFound(f"the engine's command {quoted(command)} cannot be split: {error}") from None
        if not self._arguments:
            raise EngineNotFound("the engine's command is empty")
        self.complaints: list[Complaint] = []
        self.answers_at_end = False
        self.requests_sent = 0
        self.restarts = -1
        self._timeout = timeout
        self._memory = memory
        self._last_identifier = 0
        self._has_answered = False
        self._was_given_up = False
        self._startup: int | None = None
        self._batch = _BATCH
        self._stderr_tail = ""
        self._child: ChildProcess | None = None
        self._asked_of_child = 0
        self._child_has_answered = False
        self._first_of_child = 1
        self._start()
        self._ticker = Ticker(min(0.05, max(0.005, timeout / 20)))
        self._memory_checked = 0
        self._census = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Id of the process that is asked next; None while there is none."""
        return self._child.pid if self._child is not None else None

    @property
    def stderr_tail(self) -> str:
        """The last 2,000 characters of standard error, of the process that wrote some last."""
        return (self._child.stderr_tail if self._child is not None else "") or self._stderr_tail

    def ask(self, requests: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """Ask the engine.

        Args:
            requests: requests of the protocol; each is given an ``id`` of its own, never used before.

        Returns:
            One reply for each, in their order.

        Raises:
            EngineNotFound: the engine has to be started again, and cannot be.
            TypeError: a request is not made of JSON values.
            ValueError: the engine is closed.
        """
        if self._ticker.is_stopped:
            raise ValueError("the engine is closed")
        call = self._number(requests)
        try:
            self._look_after_the_child()
            pending = list(range(len(requests)))
            while pending:
                if self._is_exhausted(call):
                    self._give_up(call, pending)
                    break
                pending = self._ask_in_batches(call, pending) if self.answers_at_end else self._ask_on(call, pending)
        except BaseException:
            self._discard()
            raise
        return [reply for reply in call.replies if reply is not None]

    def restart(self) -> None:
        """Ask a fresh process from now on; what the old one still had to say is lost."""
        self._fresh()

    def close(self) -> None:
        """End the engine: its input is closed, and after two seconds it is killed. May be called more than once."""
        child = self._child
        try:
            if child is not None:
                child.close_input()
                self._take_the_rest(child, _CLOSING)
        finally:
            self._discard()
            self._ticker.stop()

    def _number(self, requests: Sequence[Mapping[str, Any]]) -> _Call:
        first = self._last_identifier + 1
        lines = [
            json.dumps({**request, "id": str(number)}).encode("ascii") + b"\n"
            for number, request in enumerate(requests, first)
        ]
        self._last_identifier += len(lines)
        return _Call(first, lines, [None] * len(lines))

    # Rounds: each takes the places still pending and returns those that are pending after it.

    def _ask_on(self, call: _Call, pending: list[int]) -> list[int]:
        """Ask all of them of the process there is, many under way at once."""
        child = self._child if self._child is not None else self._start()
        talk = _Conversation(deque(pending))
        found = self._converse(call, child, talk, WINDOW, closing=False)
        if found is None:
            self._complain(talk.strays)
            return []
        if found.kind is ReplyKind.SILENT:
            rest = list(talk.queue)
            talk.queue.clear()
            under_way = len(talk.waiting)
            at_end = self._converse(call, child, talk, WINDOW, closing=True)
            self.answers_at_end = len(talk.waiting) < under_way
            talk.queue.extend(rest)
            if at_end is None:
                self._complain(talk.strays)
                self._discard()
                return rest
        return self._settle(call, talk, found)

    def _ask_in_batches(self, call: _Call, pending: list[int]) -> list[int]:
        """Ask one batch of an engine that answers at the end of its input."""
        batch, rest = pending[: self._batch], pending[self._batch :]
        talk = _Conversation(deque(batch))
        found = self._converse(call, self._fresh(), talk, len(batch), closing=True)
        self._discard()
        if found is None:
            self._complain(talk.strays)
            return rest
        talk.queue.extend(rest)
        pending = self._settle(call, talk, found)
        replies = [call.replies[place] for place in batch]
        if found.kind is ReplyKind.SILENT and all(reply is not None and reply.is_answer for reply in replies):
            # Nobody alone was silent: the batch was too large for the time.
            self._batch = max(1, self._batch // 2)
        return pending

    def _settle(self, call: _Call, talk: _Conversation, found: Complaint) -> list[int]:
        """Find the request on which the engine fails, among those under way, after a failure."""
        self._count_failure(call, found)
        if found.kind is ReplyKind.SILENT and talk.strays and len(talk.strays) >= len(talk.waiting):
            call.last = talk.strays[0]
        answers = self._asked_of_child - len(talk.waiting)
        self._discard()
        suspects = call.unanswered(sorted(talk.waiting))
        rest = list(talk.queue)
        groups = deque([suspects[:1], suspects[1:]])
        while groups:
            group = groups.popleft()
            if not group:
                continue
            if self._is_exhausted(call):
                return group + [place for other in groups for place in other] + rest
            apart = _Conversation(deque(group))
            again = self._converse(call, self._fresh(), apart, len(group), closing=True)
            self._discard()
            if again is None:
                self._complain(apart.strays)
                continue
            if len(group) == 1:
                if again.kind in (ReplyKind.SILENT, ReplyKind.DIED) and apart.strays:
                    again = apart.strays[0]
                    call.last = again
                self._count_failure(call, again)
                call.replies[group[0]] = failure(again.kind, again.sentence)
                if again.kind not in _KINDS_OF_LINES:
                    self._complain(talk.strays)
                return [place for other in groups for place in other] + rest
            self._count_failure(call, again)
            left = call.unanswered(group)
            half = (len(left) + 1) // 2
            groups.extendleft(reversed([left[:1], left[1:half], left[half:]]))
        self._complain(talk.strays)
        sentence = f"{found.sentence}; this was after {answers:,} answers, and none of the requests under way brings it about alone"
        self._complain([Complaint(found.kind, printable(sentence, 2 * MAXIMUM_TEXT))])
        return rest

    def _count_failure(self, call: _Call, found: Complaint) -> None:
        call.failures += 1
        call.silences += found.kind is ReplyKind.SILENT
        call.last = found

    def _is_exhausted(self, call: _Call) -> bool:
        silences = MAXIMUM_SILENCES if self._has_answered else 1 if self._was_given_up else MAXIMUM_SILENCES_AT_FIRST
        return call.failures >= MAXIMUM_FAILURES or call.silences >= silences

    def _give_up(self, call: _Call, pending: Sequence[int]) -> None:
        assert call.last is not None
        self._was_given_up = True
        sentence = (
            f"{NOT_ASKED_AGAIN}, after {call.failures} failures among these requests; the last: {call.last.sentence}"
        )
        for place in pending:
            call.replies[place] = failure(call.last.kind, sentence)

    # One conversation with one process.

    def _converse(
        self, call: _Call, child: ChildProcess, talk: _Conversation, window: int, closing: bool
    ) -> Complaint | None:
        """Send and receive until all is answered or the engine fails; None, or how it failed."""
        ticker = self._ticker
        progress = ticker.now
        has_ended = False
        while talk.queue or talk.waiting:
            self._send(call, child, talk, window)
            if closing and not talk.queue:
                child.close_input()
            before = len(talk.waiting)
            lines = child.lines(ticker.interval)
            for line in lines:
                self._take(call, talk, line)
            if len(talk.waiting) < before:
                if not self._child_has_answered:
                    self._startup = max(self._startup or 0, ticker.now - progress)
                self._has_answered = self._child_has_answered = True
                progress = ticker.now
            elif child.is_flooding:
                return Complaint(ReplyKind.FLOODED, f"the engine wrote a line longer than {MAXIMUM_LINE:,} bytes")
            elif talk.lines_in_a_row > MAXIMUM_STRAY_LINES:
                sentence = f"the engine wrote more than {MAXIMUM_STRAY_LINES:,} lines in a row that answer nothing"
                return Complaint(ReplyKind.FLOODED, sentence)
            elif child.output_ended or (has_ended and not lines):
                return self._died(child)
            elif ticker.now - progress > self._patience(talk):
                return self._silent(child, closing)
            if ticker.now != self._memory_checked:
                too_much = self._check_memory(child)
                if too_much is not None:
                    return too_much
                has_ended = child.has_ended()
        for line in child.lines(0):
            self._take(call, talk, line)
        return None

    def _send(self, call: _Call, child: ChildProcess, talk: _Conversation, window: int) -> None:
        # Half a window at a time takes fewer writes.
        if not talk.queue or 2 * len(talk.waiting) > window:
            return
        places = [talk.queue.popleft() for _ in range(min(len(talk.queue), window - len(talk.waiting)))]
        talk.waiting.update(places)
        talk.sent.update(places)
        if self._asked_of_child == 0:
            self._first_of_child = call.first + places[0]
        self._asked_of_child += len(places)
        self.requests_sent += len(places)
        child.send(b"".join([call.requests[place] for place in places]))

    def _take(self, call: _Call, talk: _Conversation, line: bytes) -> None:
        """Give a line to the request that it answers, or to the strays."""
        talk.lines_in_a_row += 1
        if line.isspace() or not line:
            return
        try:
            value = parse_line(line)
        except ValueError as error:
            self._stray(talk, ReplyKind.RUBBISH, f"the engine wrote the line {_shown(line)}; {error}")
            return
        identifier = value.get("id") if isinstance(value, dict) else None
        place = _number_in(identifier) - call.first
        if place in talk.waiting:
            talk.lines_in_a_row = 0
            talk.waiting.discard(place)
            call.replies[place] = (
                read_answer(value)
                if isinstance(identifier, str)
                else failure(
                    ReplyKind.RUBBISH, f"the id is the number {identifier}, not the string {quoted(str(identifier))}"
                )
            )
        elif place in talk.sent:
            self._answer_again(call, place, read_answer(value))
        elif not isinstance(identifier, str):
            self._stray(
                talk, ReplyKind.RUBBISH, f"the engine wrote the line {_shown(line)}, which has no id that is a string"
            )
        elif self._first_of_child <= place + call.first < call.first:
            sentence = f"the engine answered the request {quoted(identifier)} again, after its answer had been taken"
            self._stray(talk, ReplyKind.ANSWERED_TWICE, sentence)
        else:
            sentence = f"the engine answered a request {quoted(identifier)}, which it was not asked"
            self._stray(talk, ReplyKind.UNKNOWN_ID, sentence)

    @staticmethod
    def _answer_again(call: _Call, place: int, again: Reply) -> None:
        before = call.replies[place]
        if before is None or before.kind is ReplyKind.ANSWERED_TWICE:
            return
        how = "the same way" if before == again else "each time differently"
        sentence = f"the engine answered this request more than once, {how}"
        call.replies[place] = failure(ReplyKind.ANSWERED_TWICE, sentence)

    @staticmethod
    def _stray(talk: _Conversation, kind: ReplyKind, sentence: str) -> None:
        if len(talk.strays) < MAXIMUM_COMPLAINTS:
            talk.strays.append(Complaint(kind, printable(sentence)))

    def _complain(self, complaints: Sequence[Complaint]) -> None:
        for complaint in complaints:
            if len(self.complaints) < MAXIMUM_COMPLAINTS and complaint not in self.complaints:
                self.complaints.append(complaint)

    # How an engine fails.

    def _patience(self, talk: _Conversation) -> int:
        """Ticks without an answer after which the engine counts as silent."""
        if len(talk.strays) >= len(talk.waiting):
            # Every request under way may have had its line.
            return self._ticker.ticks(self._timeout / 10)
        timeout = self._ticker.ticks(self._timeout)
        if self._child_has_answered:
            return timeout
        return timeout + (timeout if self._startup is None else min(timeout, self._startup))

    def _silent(self, child: ChildProcess, closing: bool) -> Complaint:
        sentence = f"the engine gave no answer within {self._timeout:g} seconds"
        if closing:
            sentence += ", with its input closed"
        if child.partial_line:
            sentence += f"; it began the line {_shown(child.partial_line)}"
        return Complaint(ReplyKind.SILENT, sentence)

    @staticmethod
    def _died(child: ChildProcess) -> Complaint:
        sentence = f"the engine {child.ending(_ENDING)} before it answered"
        child.read_errors()
        said = child.stderr_tail.strip().rpartition("\n")[2]
        if said:
            sentence += f"; the last that it wrote on its standard error: {quoted(said, 120)}"
        return Complaint(ReplyKind.DIED, sentence)

    def _check_memory(self, child: ChildProcess) -> Complaint | None:
        self._memory_checked = self._ticker.now
        if self._memory_checked - self._census >= _TICKS_BETWEEN_CENSUSES:
            self._census = self._memory_checked
            child.look_for_descendants()
        held = child.memory()
        if held <= self._memory:
            return None
        figures = f"{held // _MEBIBYTE:,} MiB; the limit is {self._memory // _MEBIBYTE:,} MiB"
        return Complaint(ReplyKind.TOO_MUCH_MEMORY, f"the engine, with all that it started, held {figures}")

    # The process.

    def _start(self) -> ChildProcess:
        try:
            self._child = ChildProcess(self._arguments)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise EngineNotFound(f"the engine {quoted(self._arguments[0])} cannot be started: {reason}") from None
        self.restarts += 1
        self._asked_of_child = 0
        self._child_has_answered = False
        self._first_of_child = self._last_identifier + 1
        return self._child

    def _fresh(self) -> ChildProcess:
        """A process that was not asked anything yet."""
        if self._child is not None and self._asked_of_child == 0 and not self._child.has_ended():
            return self._child
        self._discard()
        return self._start()

    def _discard(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            self._stderr_tail = child.stderr_tail or self._stderr_tail

    def _look_after_the_child(self) -> None:
        """Between two calls: whether the process is still there, and how much memory it holds."""
        child = self._child
        if child is None:
            return
        asked = self._asked_of_child
        if child.has_ended():
            found: Complaint | None = Complaint(ReplyKind.DIED, f"the engine {child.ending(_ENDING)}")
        elif self._ticker.now != self._memory_checked:
            found = self._check_memory(child)
        else:
            return
        if found is None:
            return
        self._take_the_rest(child, 0)
        if asked:
            self._complain(
                [Complaint(found.kind, f"{found.sentence}; this was after {asked:,} requests, all of them answered")]
            )
        self._discard()

    def _take_the_rest(self, child: ChildProcess, seconds: float) -> None:
        """What the process still writes: complaints, for nothing is asked any more."""
        call = _Call(self._last_identifier + 1, (), [])
        talk = _Conversation(deque())
        limit = self._ticker.now + self._ticker.ticks(seconds)
        while not child.output_ended and not child.is_flooding and talk.lines_in_a_row <= MAXIMUM_STRAY_LINES:
            has_ended = child.has_ended()
            lines = child.lines(min(seconds, self._ticker.interval))
            for line in lines:
                self._take(call, talk, line)
            if not lines and (has_ended or self._ticker.now > limit or not seconds):
                break
        self._complain(talk.strays)


def _number_in(identifier: Any) -> int:
    """The number that an id is, as this module writes ids or as a JSON number; -1 where it is neither."""
    if isinstance(identifier, str) and len(identifier) <= _LARGEST_IDENTIFIER and identifier.isascii():
        return int(identifier) if identifier.isdecimal() and identifier[0] != "0" else -1
    return identifier if isinstance(identifier, int) and not isinstance(identifier, bool) else -1


def _shown(line: bytes) -> str:
    return quoted(line[:200].decode("utf-8", "replace"), 120)
