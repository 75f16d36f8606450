"""Elapsed time counted in ticks, for waits that other events interrupt; the clock itself is not read."""

from __future__ import annotations

import math
import threading


class Ticker:
    """A count that grows by one each interval until it is stopped.

    Attributes:
        interval: seconds between two ticks.
        now: ticks so far; on a busy machine fewer than the time that has passed, never more.
    """

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.now = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._count, name="ticker", daemon=True)
        self._thread.start()

    @property
    def is_stopped(self) -> bool:
        """Whether it counts no more."""
        return self._stopped.is_set()

    def ticks(self, seconds: float) -> int:
        """How many ticks are at least that many seconds."""
        return math.ceil(seconds / self.interval) + 1

    def stop(self) -> None:
        """End the thread. May be called more than once."""
        self._stopped.set()
        self._thread.join()

    def _count(self) -> None:
        while not self._stopped.wait(self.interval):
            self.now += 1
