"""What an engine made of the conformance kit: tables by rule and by feature, and ``vestverify.conform/1``."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from vestverify.fuzz_results import Conformance, ConformanceCase, ConformanceRun
from vestverify.reports import columns, printable
from vestverify.reports.json_report import dumps

FORMAT = "vestverify.conform/1"

#: The families of rules, in the order of the semantics.
FAMILIES = (
    *("SRC", "GRF", "TRG", "PTH", "DAT", "AMT", "ALC", "NUM", "OUT", "INV"),
    *("CLF", "GRD", "EXR", "ACC", "TXN", "REL"),
)
#: What each rule is about, as the page of the semantics has it.
TITLES: Mapping[str, str] = {
    "SRC-1": "Nothing stated",
    "SRC-2": "An explicit schedule",
    "SRC-3": "Explicit vestings beside terms",
    "SRC-4": "Terms that are not there",
    "SRC-5": "Kinds of issuances",
    "GRF-1": "No cycles",
    "GRF-2": "Where vesting begins",
    "GRF-3": "Ids",
    "GRF-4": "Everything can be reached",
    "GRF-5": "What is counted from has been met",
    "GRF-6": "What can follow",
    "TRG-1": "Vesting start",
    "TRG-2": "Events",
    "TRG-3": "Calendar dates",
    "TRG-4": "Periods",
    "TRG-5": "Employment",
    "PTH-1": "The earliest wins",
    "PTH-2": "One path",
    "PTH-3": "Leaving a periodic condition",
    "PTH-4": "Conditions that are never entered",
    "DAT-1": "Days",
    "DAT-2": "Months",
    "DAT-3": "A fixed day of the month",
    "DAT-4": "The vesting start day",
    "DAT-5": "Length zero",
    "DAT-6": "Counting from a periodic condition",
    "DAT-7": "Never before the parent",
    "DAT-8": "What accrued before entry",
    "AMT-1": "Portions",
    "AMT-2": "Quantities",
    "AMT-3": "Portions of the remainder",
    "AMT-4": "One amount",
    "AMT-5": "Amounts without a meaning",
    "AMT-6": "Never more than the grant",
    "ALC-1": "One rule for the terms",
    "ALC-2": "Equal tranches",
    "ALC-3": "Several conditions on one path",
    "ALC-4": "A cliff of its own loses fractions",
    "NUM-1": "No floating point",
    "NUM-2": "Numeric",
    "OUT-1": "Form",
    "OUT-2": "As of a day",
    "INV-1": "The upper bound",
    "INV-2": "The lower bound",
    "CLF-1": "Accruing to the cliff",
    "CLF-2": "No cliff",
    "CLF-3": "A cliff beyond the end",
    "GRD-1": "Vesting that began before the grant",
    "EXR-1": "Early exercise",
    "ACC-1": "Acceleration",
    "ACC-2": "Acceleration in part",
    "ACC-3": "No more than is unvested",
    "TXN-1": "Transactions fit their conditions",
    "TXN-2": "The end of a security",
    "TXN-3": "Retraction",
    "TXN-4": "Recorded twice",
    "REL-1": "The earlier of several",
    "REL-2": "The earlier of two on one day",
    "REL-3": "The later of several",
    "REL-4": "What a LATER_OF vests",
    "REL-5": "Independent siblings",
    "REL-6": "What may stand beside a relationship",
    "REL-7": "Inputs and edges agree",
}
#: The groups of features, in the order in which they are shown.
GROUPS = ("model", "issuance", "terms", "allocation", "trigger", "period", "amount", "grant", "transaction", "request")

#: Cases of which one sentence is true that are named one by one; beyond, they are counted.
MAXIMUM_ALIKE = 3
#: Sentences of one outcome that are listed; JSON has all of them.
MAXIMUM_LISTED = 60

_HEADS = ("passed", "failed", "unsupported", "reading", "certain", "interpreted")
_OUTCOMES = (Conformance.PASSED, Conformance.FAILED, Conformance.UNSUPPORTED, Conformance.DIFFERS_BY_READING)
_STYLES: Mapping[Conformance, Mapping[str, Any]] = {
    Conformance.PASSED: {"fg": "green"},
    Conformance.FAILED: {"fg": "red", "bold": True},
    Conformance.UNSUPPORTED: {"dim": True},
    Conformance.DIFFERS_BY_READING: {"fg": "yellow"},
}
_LABEL = 42


def render_json(run: ConformanceRun) -> str:
    """Write a run as ``vestverify.conform/1``, with a line feed at the end; the same text for the same run."""
    return dumps(
        {
            "format": FORMAT,
            "engine": run.engine,
            "reading": run.reading,
            "rules": [{"rule": rule, **_counts(cases)} for rule, cases in _by_rule(run.cases)],
            "features": [{"feature": feature, **_counts(cases)} for feature, cases in _by_feature(run.cases)],
            "cases": [_case(case) for case in run.cases],
            "remarks": list(run.remarks),
            "exit_code": run.exit_code,
        }
    )


def render_table(
    run: ConformanceRun,
    colour: bool = False,
    width: int = 100,
    strict_reading: bool = False,
    path_of_first: str | None = None,
) -> str:
    """Write a run for people.

    Args:
        run: what an engine made of the cases.
        colour: whether to use the terminal's colours.
        width: columns within which sentences are broken.
        strict_reading: whether an answer by another reading counts as a failure.
        path_of_first: file of the first case that is listed, to be named in what to do next.

    Returns:
        Text with a line feed at the end, without spaces at the ends of lines.
    """
    page = _Page(colour, width)
    lines = [*page.heading(run), ""]
    lines += [*page.table("rule", [(_titled(rule), cases) for rule, cases in _by_rule(run.cases)]), ""]
    features = _by_feature(run.cases)
    if features:
        lines += [*page.table("feature", _under_groups(features)), ""]
    lines += page.wrapped("certain, interpreted: ", "passed of asked, by how sure the known answer is.", "")
    lines.append("")
    listed = [outcome for outcome in _OUTCOMES[1:] if any(case.outcome is outcome for case in run.cases)]
    for outcome in listed:
        lines += [*page.cases(outcome, [case for case in run.cases if case.outcome is outcome], strict_reading), ""]
    for remark in run.remarks:
        lines += page.wrapped("note: ", f"{printable(remark)}.", "")
    if any(outcome in listed for outcome in (Conformance.FAILED, Conformance.DIFFERS_BY_READING)):
        lines += page.wrapped("to see more: ", _advice(path_of_first), "")
    lines += page.wrapped("", _summary(run), "")
    return "".join(f"{line.rstrip()}\n" for line in lines)


class _Page:
    def __init__(self, colour: bool, width: int) -> None:
        self._colour = colour
        self._width = max(width, 40)

    def paint(self, text: str, style: Mapping[str, Any]) -> str:
        return click.style(text, **style) if self._colour else text

    def wrapped(self, head: str, text: str, indent: str) -> list[str]:
        lines = textwrap.wrap(
            head + text,
            self._width,
            initial_indent=indent,
            subsequent_indent=f"{indent}    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        if head and lines:
            start = len(indent) + len(head.rstrip())
            lines[0] = indent + self.paint(lines[0][len(indent) : start], {"bold": True}) + lines[0][start:]
        return lines

    def heading(self, run: ConformanceRun) -> list[str]:
        reading = run.reading if isinstance(run.reading, str) else _words(run.reading)
        return self.wrapped("", f"{len(run.cases)} cases, put to {printable(run.engine)} (reading: {reading})", "")

    def table(self, what: str, rows: Sequence[tuple[str, Sequence[ConformanceCase] | None]]) -> list[str]:
        """Rows of counts; a row without cases is a heading."""
        lines = [f"{what:{_LABEL}}{'  '.join(_HEADS)}"]
        for label, cases in rows:
            if cases is None:
                lines.append(label)
                continue
            cells = []
            for place, (head, outcome) in enumerate(zip(_HEADS, _OUTCOMES, strict=False)):
                count = sum(case.outcome is outcome for case in cases)
                cell = f"{count or '-':>{len(head) - (place == 0)}}"
                cells.append(self.paint(cell, _STYLES[outcome]) if count else cell)
            for head, confidence in zip(_HEADS[len(_OUTCOMES) :], ("certain", "interpretation"), strict=True):
                asked = [case for case in cases if case.confidence == confidence]
                passed = sum(case.outcome is Conformance.PASSED for case in asked)
                cells.append(f"{f'{passed}/{len(asked)}' if asked else '-':>{len(head)}}")
            # A count is narrower than its head, so that a label may be longer than the label of the heads.
            lines.append(f"{_cut(label)} {'  '.join(cells)}")
        return lines

    def cases(self, outcome: Conformance, cases: Sequence[ConformanceCase], strict_reading: bool) -> list[str]:
        title = {
            Conformance.FAILED: "Failed: what the engine does",
            Conformance.UNSUPPORTED: "Unsupported: what the engine says about itself",
            Conformance.DIFFERS_BY_READING: "Right under another published reading"
            + (", which counts as failed" if strict_reading else ", which is no failure"),
        }[outcome]
        lines = [self.paint(f"{title} ({len(cases)})", _STYLES[outcome])]
        if outcome is Conformance.UNSUPPORTED:
            return [*lines, *self.counted(cases)]
        by_sentence: dict[str, list[ConformanceCase]] = {}
        for case in cases:
            by_sentence.setdefault(case.sentence, []).append(case)
        for sentence, alike in list(by_sentence.items())[:MAXIMUM_LISTED]:
            shown = alike if len(alike) <= MAXIMUM_ALIKE else alike[:1]
            for case in shown:
                rules = f" [{', '.join(map(printable, case.rules))}]" if case.rules else ""
                lines += self.wrapped(f"{printable(case.name)}{rules}: ", f"{printable(sentence)}", "  ")
            if len(shown) < len(alike):
                lines.append(f"      and so in {len(alike) - 1} more cases")
        left = sum(map(len, list(by_sentence.values())[MAXIMUM_LISTED:]))
        return [*lines, f"  and {left} more cases"] if left else lines

    def counted(self, cases: Sequence[ConformanceCase]) -> list[str]:
        counts = Counter(case.sentence.removeprefix("does not support ") for case in cases)
        return [
            line for each, count in counts.most_common() for line in self.wrapped(f"{count:5}  ", printable(each), "")
        ]


def _cut(label: str) -> str:
    if columns(label) > _LABEL:
        label = f"{label[: _LABEL - 3]}..."
    return label + " " * (_LABEL - columns(label))


def _titled(rule: str) -> str:
    return f"{printable(rule):6}{TITLES.get(rule, '')}".rstrip()


def _under_groups(
    features: Iterable[tuple[str, Sequence[ConformanceCase]]],
) -> list[tuple[str, Sequence[ConformanceCase] | None]]:
    rows: list[tuple[str, Sequence[ConformanceCase] | None]] = []
    last = ""
    for feature, cases in features:
        group, _, name = feature.partition(": ")
        if group != last:
            rows.append((f"  {printable(group)}", None))
            last = group
        rows.append((f"    {printable(name)}", cases))
    return rows


def _advice(path: str | None) -> str:
    advice = "--format json gives both answers to each case in full"
    if path is None:
        return f"{advice}."
    return f"{advice}; `vestverify schedule {shlex.quote(path)}` shows the first case as the reference engine runs it."


def _summary(run: ConformanceRun) -> str:
    counts = [(outcome, sum(case.outcome is outcome for case in run.cases)) for outcome in _OUTCOMES]
    words = {Conformance.DIFFERS_BY_READING: "right under another reading"}
    parts = [f"{count} {words.get(outcome, str(outcome))}" for outcome, count in counts if count]
    return f"{', '.join(parts) or 'nothing was asked'}."


# ---- Counting ----


def _counts(cases: Iterable[ConformanceCase]) -> dict[str, int]:
    outcomes = [case.outcome for case in cases]
    return {_key(outcome): outcomes.count(outcome) for outcome in _OUTCOMES}


def _key(outcome: Conformance) -> str:
    return str(outcome).replace(" ", "_")


def _by_rule(cases: Sequence[ConformanceCase]) -> list[tuple[str, list[ConformanceCase]]]:
    return _grouped(cases, lambda case: case.rules, rank_of_rule)


def _by_feature(cases: Sequence[ConformanceCase]) -> list[tuple[str, list[ConformanceCase]]]:
    return _grouped(cases, lambda case: case.features, _rank_of_feature)


def _grouped(
    cases: Sequence[ConformanceCase],
    names_of: Callable[[ConformanceCase], Iterable[str]],
    rank: Callable[[str], tuple[int, int, str]],
) -> list[tuple[str, list[ConformanceCase]]]:
    found: dict[str, list[ConformanceCase]] = {}
    for case in cases:
        for name in dict.fromkeys(names_of(case)):
            found.setdefault(name, []).append(case)
    return sorted(found.items(), key=lambda item: rank(item[0]))


def rank_of_rule(rule: str) -> tuple[int, int, str]:
    """What rules are sorted by: the order of the semantics, unknown ones last."""
    family, _, number = rule.partition("-")
    place = FAMILIES.index(family) if family in FAMILIES else len(FAMILIES)
    return place, int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0, rule


def _rank_of_feature(feature: str) -> tuple[int, int, str]:
    group = feature.partition(": ")[0]
    return GROUPS.index(group) if group in GROUPS else len(GROUPS), 0, feature


def _case(case: ConformanceCase) -> dict[str, Any]:
    return {
        "name": case.name,
        "rules": list(case.rules),
        "confidence": case.confidence,
        "outcome": _key(case.outcome),
        "reading": case.reading,
        "expected": list(case.expected),
        "actual": list(case.actual),
        "sentence": case.sentence,
    }


def _words(choices: Mapping[str, str]) -> str:
    return ", ".join(f"{printable(key)}={printable(value)}" for key, value in choices.items())
