"""``vestverify rules``: every property in a line."""

from __future__ import annotations

import dataclasses

import click

from vestverify.commands.options import format_option
from vestverify.commands.terminal import write, write_json
from vestverify.properties import catalogue


@click.command()
@format_option("text")
def rules(output: str) -> None:
    """List every property."""
    from vestverify.reports import json_report
    from vestverify.reports.schedule_report import table

    properties = list(catalogue().values())
    if output == "json":
        write_json(json_report.dumps([dataclasses.asdict(item) for item in properties]))
        return
    cells = [["code", "severity", "name", "what holds when it is proved"]]
    cells += [[item.code, item.severity, item.slug, item.promise] for item in properties]
    write("\n".join(table(cells, "<<<<")) + "\n")
