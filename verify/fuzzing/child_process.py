"""A child process that is spoken to in lines, over pipes that never block either side. POSIX only."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
from collections.abc import Sequence

import psutil

#: Longest line that is read, in bytes.
MAXIMUM_LINE = 16 * 1024 * 1024

_CHUNK = 256 * 1024
_MAXIMUM_CHUNKS = 64
_STDERR_BYTES = 8_000
_STDERR_CHARACTERS = 2_000
_READABLE = select.POLLIN | select.POLLHUP | select.POLLERR
#: Seconds in which a killed process is gone.
_DEATH = 10.0


class ChildProcess:
    """One process in a session of its own, with all that it starts.

    Attributes:
        output_ended: its standard output has ended, because it did or because it closed it.
        is_flooding: it has begun a line longer than ``MAXIMUM_LINE``.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        """Start the process.

        Args:
            arguments: the program and its arguments; no shell reads them.

        Raises:
            OSError: it cannot be started.
            ValueError: an argument holds a null character.
        """
        self._process = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._pipes = [pipe for pipe in pipes if pipe is not None]
        self._input, self._output, self._errors = (pipe.fileno() for pipe in self._pipes)
        self._poll = select.poll()
        for descriptor in (self._input, self._output, self._errors):
            os.set_blocking(descriptor, False)
        self._poll.register(self._output, _READABLE)
        self._poll.register(self._errors, _READABLE)
        self._unsent = bytearray()
        self._awaits_room = False
        self._input_is_open = True
        self._input_ends = False
        self._errors_ended = False
        self._partial = bytearray()
        self._stderr = b""
        self._own = psutil.Process(self._process.pid)
        self._descendants: set[psutil.Process] = set()
        self._is_closed = False
        self.output_ended = False
        self.is_flooding = False

    @property
    def pid(self) -> int:
        """Its process id, which is that of its session too."""
        return self._process.pid

    @property
    def partial_line(self) -> bytes:
        """The beginning of a line that has no end yet."""
        return bytes(self._partial[:200])

    @property
    def stderr_tail(self) -> str:
        """The end of what it wrote on its standard error."""
        return self._stderr.decode("utf-8", "replace")[-_STDERR_CHARACTERS:]

    def send(self, data: bytes) -> None:
        """Send data as soon as the process takes it; what it can no longer take is dropped."""
        if self._input_is_open:
            self._unsent += data
            if not self._awaits_room:
                self._write()

    def close_input(self) -> None:
        """End its input, after all that was sent. May be called more than once."""
        if self._input_ends:
            return
        self.look_for_descendants()
        self._input_ends = True
        if not self._unsent:
            self._close_input()

    def lines(self, seconds: float) -> list[bytes]:
        """The lines that have come, without their ends; waits for some news if there are none.

        Args:
            seconds: longest wait; news of any kind ends it, also where there is no whole line yet.
        """
        lines: list[bytes] = []
        for descriptor, _ in self._poll.poll(seconds * 1000):
            if descriptor == self._output:
                self._read_output(lines)
            elif descriptor == self._errors:
                self._read_errors_once()
            else:
                self._write()
        return lines

    def has_ended(self) -> bool:
        """Whether the process itself has ended, though others may hold its pipes."""
        if self._process.returncode is not None:
            return True
        # Not reaped yet, so that nobody else can get its id before its session is killed.
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ending(self, seconds: float) -> str:
        """How the process ended, as the predicate of a sentence.

        Args:
            seconds: how long to wait for it to end.
        """
        pause = threading.Event()
        for _ in range(20):
            if self.has_ended():
                break
            pause.wait(seconds / 20)
        else:
            return "closed its output"
        status = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if status is None or status.si_code == os.CLD_EXITED:
            return f"ended with exit code {status.si_status if status else self._process.returncode}"
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(status.si_status).name}"
        return f"was ended by signal {status.si_status}"

    def read_errors(self) -> None:
        """Take what it has written on its standard error so far."""
        for _ in range(_MAXIMUM_CHUNKS):
            if self._errors_ended or not self._read_errors_once():
                return

    def look_for_descendants(self) -> None:
        """Take note of the processes that it has started, which takes milliseconds and helps while it lives."""
        with contextlib.suppress(psutil.Error):
            self._descendants.update(self._own.children(recursive=True))

    def memory(self) -> int:
        """Resident bytes of the process and of the descendants that were noted."""
        return sum(_resident(process) for process in (self._own, *self._descendants))

    def kill(self) -> None:
        """End the process and all that it started, and close the pipes. May be called more than once.

        What left its session is ended too where it was noted before its parent ended.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self.look_for_descendants()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        for descendant in self._descendants:
            with contextlib.suppress(psutil.Error):
                descendant.kill()
        self.read_errors()
        for pipe in self._pipes:
            pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DEATH)

    def _write(self) -> None:
        try:
            written = os.write(self._input, self._unsent)
        except BlockingIOError:
            written = 0
        except OSError:
            # Whoever reads no more will not answer either: its silence or its end is seen on its output.
            self._unsent.clear()
            self._close_input()
            return
        del self._unsent[:written]
        if self._unsent and not self._awaits_room:
            self._poll.register(self._input, select.POLLOUT)
            self._awaits_room = True
        elif not self._unsent:
            self._stop_awaiting_room()
            if self._input_ends:
                self._close_input()

    def _stop_awaiting_room(self) -> None:
        if self._awaits_room:
            self._poll.unregister(self._input)
            self._awaits_room = False

    def _close_input(self) -> None:
        self._stop_awaiting_room()
        if self._input_is_open:
            self._input_is_open = False
            self._pipes[0].close()

    def _read_output(self, lines: list[bytes]) -> None:
        data = self._read(self._output)
        if data is None:
            return
        if not data:
            self.output_ended = True
            self._poll.unregister(self._output)
            if self._partial:
                lines.append(bytes(self._partial))
                self._partial.clear()
            return
        if b"\n" in data:
            first, *others = data.split(b"\n")
            lines.append(bytes(self._partial) + first)
            lines.extend(others[:-1])
            self._partial = bytearray(others[-1])
        else:
            self._partial += data
        self.is_flooding = len(self._partial) > MAXIMUM_LINE

    def _read_errors_once(self) -> bool:
        data = self._read(self._errors)
        if data == b"":
            self._errors_ended = True
            self._poll.unregister(self._errors)
        if data:
            self._stderr = (self._stderr + data)[-_STDERR_BYTES:]
        return bool(data)

    @staticmethod
    def _read(descriptor: int) -> bytes | None:
        try:
            return os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
