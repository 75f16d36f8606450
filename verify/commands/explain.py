"""``vestverify explain``: one property in full."""

from __future__ import annotations

import dataclasses
import sys
import textwrap
from collections.abc import Iterator

import click

from vestverify.commands.choosing import chosen_property
from vestverify.commands.options import format_option
from vestverify.commands.terminal import width, write, write_json
from vestverify.properties import Property


@click.command()
@click.argument("code", metavar="CODE")
@format_option("text")
def explain(code: str, output: str) -> None:
    """Explain one property, by its CODE or its name: why it matters, examples, how it is decided."""
    from vestverify.reports import json_report

    found = chosen_property(code)
    if output == "json":
        write_json(json_report.dumps(dataclasses.asdict(found)))
    else:
        write("\n".join(_page(found, width(sys.stdout))) + "\n")


def _page(item: Property, columns: int) -> Iterator[str]:
    def paragraph(title: str, text: str) -> Iterator[str]:
        yield title
        yield from textwrap.wrap(text, columns, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        yield ""

    def example(title: str, text: str) -> Iterator[str]:
        yield title
        yield from (f"  {line}".rstrip() for line in text.strip().splitlines())
        yield ""

    yield f"{item.code} {item.slug} ({item.severity}, about the {item.subject})"
    yield ""
    yield from paragraph("What holds when it is proved", item.promise)
    yield from paragraph("Why it matters", item.why)
    yield from example("An example that breaks it", item.bad)
    yield from example("The same, repaired", item.good)
    if item.reading:
        choices = " ".join(f"--reading {key}={value}" for key, value in item.reading)
        yield from paragraph("The examples show it under", choices)
    yield from paragraph("How it is decided", item.decided)
    yield from paragraph("What a pass does not mean", item.limits)
    yield "Source"
    yield from textwrap.wrap(item.source, columns, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
