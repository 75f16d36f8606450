"""What everything that asks an engine knows of it, be it a process or a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from vestverify.fuzzing.replies import Reply, ReplyKind

#: Complaints that are kept until the caller takes them away; further ones are dropped.
MAXIMUM_COMPLAINTS = 100


class Complaint(NamedTuple):
    """Something wrong that no one request is to blame for, in a sentence."""

    kind: ReplyKind
    sentence: str


class Engine(Protocol):
    """A vesting engine that can be asked.

    Attributes:
        complaints: what was wrong and belongs to no one reply, at most ``MAXIMUM_COMPLAINTS``; the caller may
            clear it at any time between two calls.
    """

    complaints: list[Complaint]

    def ask(self, requests: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """One reply for each request, in their order; the ids are set here, whatever the requests hold."""
        ...

    def restart(self) -> None:
        """Make the engine forget all that it was asked."""
        ...

    def close(self) -> None:
        """End the engine; it is not asked again. May be called more than once."""
        ...
