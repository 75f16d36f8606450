"""What has become of saved failures: a line for each for people, ``vestverify.replay/1`` for machines."""

from __future__ import annotations

from typing import Any

import click

from vestverify.fuzz_results import ReplayResult, ReplayRun, ReplayStatus
from vestverify.reports import columns, printable
from vestverify.reports.json_report import dumps

FORMAT = "vestverify.replay/1"

_STYLES: dict[ReplayStatus, dict[str, Any]] = {
    ReplayStatus.FIXED: {"fg": "green"},
    ReplayStatus.FAILED: {"fg": "red", "bold": True},
    ReplayStatus.ERROR: {"fg": "yellow", "bold": True},
}
_STATUS_WIDTH = max(len(status) for status in ReplayStatus)


def render_text(run: ReplayRun, colour: bool) -> str:
    """Write a run for people: status, name and why, one line a case (machine contract, section 6).

    Args:
        run: what was found out.
        colour: whether to use the terminal's colours.
    """
    width = max((columns(printable(result.name)) for result in run.results), default=0)
    return "".join(_line(result, colour, width) for result in run.results)


def render_json(run: ReplayRun) -> str:
    """Write a run as ``vestverify.replay/1``; the same text for the same run."""
    return dumps({"format": FORMAT, "results": [_result(result) for result in run.results], "exit_code": run.exit_code})


def _line(result: ReplayResult, colour: bool, width: int) -> str:
    status = f"{result.status:<{_STATUS_WIDTH}}"
    name = printable(result.name)
    shown = click.style(status, **_STYLES[result.status]) if colour else status
    return f"{shown}  {name}{' ' * (width - columns(name))}  {printable(result.sentence)}\n"


def _result(result: ReplayResult) -> dict[str, Any]:
    return {
        "path": result.path,
        "name": result.name,
        "status": str(result.status),
        "sentence": result.sentence,
        "expected": [dict(each) for each in result.expected],
        "actual": [dict(each) for each in result.actual],
    }
