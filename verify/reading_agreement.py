"""That two readings agree, or that it is not known (VV401)."""

from __future__ import annotations

import dataclasses

from vestverify.results import Method, Verdict


@dataclasses.dataclass(frozen=True, slots=True)
class Agreement:
    """Why two readings give the same schedules for these terms, or that it is not known.

    Attributes:
        verdict: ``PROVED`` or ``OPEN``.
        method: how it was shown.
        reason: why, or why it is not known.
    """

    verdict: Verdict
    method: Method | None
    reason: str
