"""How a property was decided, for people and for machines (format ``vestverify.proof/1``)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from vestverify.reports import json_report, printable
from vestverify.results import ProofResult, QuestionResult, RunResult

FORMAT = "vestverify.proof/1"

#: Constraints of one question that are shown before the rest is only counted.
MAXIMUM_LINES = 40

_ANSWERS = {"unsat": "unsat: there is none", "sat": "sat: there is one", "unknown": "not known"}


def render(proof: ProofResult, run: RunResult, width: int = 100, *, everything: bool = False) -> str:
    """Write a proof for people.

    Args:
        proof: how the property was decided.
        run: the run that it is part of.
        width: columns within which sentences are broken.
        everything: whether all constraints are shown, however many there are.

    Returns:
        Text with a line feed at the end, without spaces at the ends of lines.
    """
    lines = [
        *_verdict(proof, run, width),
        *(line for number, each in enumerate(proof.questions) for line in _question(proof, number, width, everything)),
        *(line for exhibit in proof.exhibits for line in ("", printable(exhibit.title), *_indented(exhibit.lines))),
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def file_names(questions: Sequence[QuestionResult]) -> list[str]:
    """The name of the SMT-LIB file of each question: its property and number, ``VV201-001.smt2``."""
    counts: dict[str, int] = {}
    names = []
    for question in questions:
        counts[question.code] = counts.get(question.code, 0) + 1
        names.append(f"{question.code}-{counts[question.code]:03}.smt2")
    return names


def _wrapped(text: str, width: int, indent: str, hanging: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"  {printable(line)}" for line in lines)


def _verdict(proof: ProofResult, run: RunResult, width: int) -> Iterator[str]:
    result, terms = proof.result, proof.terms
    named = " ".join(filter(None, (printable(terms.id), f'"{printable(terms.name)}"' if terms.name else "")))
    yield f"{result.code} {result.slug} ({result.severity}): {result.promise}"
    yield "  ".join(filter(None, (printable(proof.document.path), named)))
    yield ""

    def entry(key: str, text: str) -> Iterator[str]:
        yield from _wrapped(f"{key + ':':<12} {printable(text)}", width, "", " " * 13)

    yield from entry("verdict", result.verdict.replace("-", " ") + (f" ({result.method})" if result.method else ""))
    if result.reason:
        yield from entry("reason", result.reason)
    if result.scope:
        yield from entry("scope", "; ".join(f"{key.replace('_', ' ')} {text}" for key, text in result.scope.items()))
    for assumption in result.assumptions:
        yield from entry("assumes", assumption)
    reading = run.reading if isinstance(run.reading, str) else ", ".join(f"{k}={v}" for k, v in run.reading.items())
    yield from entry("reading", reading)
    yield from entry("solver", run.solver)
    for finding in proof.terms.findings:
        yield from entry("found", finding.message)
        if finding.counterexample is not None:
            yield from entry("for example", finding.counterexample.words)
    yield from entry("how", proof.how)
    for each in proof.builds_on:
        yield from entry("builds on", f"{each.code} {each.promise}: {each.verdict} (its questions come first)")
    if not proof.questions:
        yield from entry("questions", "none were asked of the solver")


def _question(proof: ProofResult, number: int, width: int, everything: bool) -> Iterator[str]:
    question = proof.questions[number]
    yield ""
    head = f"question {number + 1} of {len(proof.questions)}, for {question.code}:"
    yield from _wrapped(f"{head} {printable(question.title)}", width, "", "  ")
    answer = _ANSWERS[question.answer] + (f", {printable(question.reason)}" if question.reason else "")
    yield from _wrapped(f"answer: {answer} ({question.units} resource units)", width, "  ", "    ")
    if question.assumptions_hold:
        yield from _wrapped("not vacuous: the assumptions alone have a model", width, "  ", "    ")
    if question.second_solver is not None:
        yield f"  {printable(question.second_solver)}: {question.second_answer}"
    groups = (
        ("declarations", question.declarations),
        ("assumptions", question.assumptions),
        ("claim", question.claims),
    )
    room = sum(len(lines) for _, lines in groups) if everything else MAXIMUM_LINES
    # The claim is what the question is about: room is kept for it.
    kept = {"claim": min(len(question.claims), room // 2)}
    kept["assumptions"] = min(len(question.assumptions), (room - kept["claim"]) * 3 // 4)
    kept["declarations"] = min(len(question.declarations), room - kept["claim"] - kept["assumptions"])
    for title, lines in groups:
        if not lines:
            continue
        yield f"  {title}"
        for line in lines[: kept[title]]:
            yield from _wrapped(printable(line), width, "    ", "      ")
        if len(lines) > kept[title]:
            yield f"    ... ({len(lines) - kept[title]} more; --all shows them)"


def render_json(proof: ProofResult, run: RunResult) -> str:
    """Write a proof as ``vestverify.proof/1``, every key always.

    Args:
        proof: how the property was decided.
        run: the run that it is part of, whose exit code is stated.

    Returns:
        JSON, two spaces a level, with a line feed at the end; the same text for the same proof.
    """
    return json_report.dumps(
        {
            "format": FORMAT,
            "tool": {"name": "vestverify", "version": run.version, "solver": run.solver},
            "reading": run.reading,
            "budget": {"rlimit": run.rlimit},
            "exit_code": run.exit_code,
            "document": {"path": proof.document.path, "sha256": proof.document.sha256 or None},
            "terms": {"id": proof.terms.id, "name": proof.terms.name, "pointer": proof.terms.pointer},
            "property": json_report.property_of(proof.result),
            "findings": [json_report.finding_of(each, proof.terms.id, proof.document) for each in proof.terms.findings],
            "how": proof.how,
            "builds_on": [json_report.property_of(each) for each in proof.builds_on],
            "questions": [
                _question_of(question, name)
                for question, name in zip(proof.questions, file_names(proof.questions), strict=True)
            ],
            "exhibits": [{"title": each.title, "lines": list(each.lines)} for each in proof.exhibits],
        }
    )


def _question_of(question: QuestionResult, name: str) -> dict[str, Any]:
    second = None
    if question.second_solver is not None:
        second = {"solver": question.second_solver, "answer": question.second_answer}
    return {
        "file": name,
        "code": question.code,
        "title": question.title,
        "answer": question.answer,
        "reason": question.reason or None,
        "resource_units": question.units,
        "assumptions_hold": question.assumptions_hold,
        "second": second,
        "declarations": list(question.declarations),
        "assumptions": list(question.assumptions),
        "claims": list(question.claims),
        "smt_lib": question.script,
    }
