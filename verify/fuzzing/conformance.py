"""Whether an engine gives the known answers of cases (machine contract, section 6).

What counts as passed:

* Where a schedule is expected: the same shares on the same days, in whatever form they are written, and the same
  positions as of the case's day as far as the answer gives any. Errors pass only if they name what is wrong with
  the case by its property code.
* Where errors are expected: any errors. If all that is wrong is what no single run shows, the schedule, too.
* An answer in another form than the protocol's (OUT-1) passes the case if it is right otherwise. All such answers
  together are one failure, of the rule OUT-1, beside the cases: ``FORM_CHECK``.

An answer that is not the expected one differs by reading where the reference engine gives it under another published
reading: one other choice, else a bundle, else two other choices. Errors count there only if they name a code of
the errors of that reading. Where several single choices account for an answer, the one that accounts for most of the
engine's answers is named.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from vestverify import engine_protocol
from vestverify.engine.calendar import format_day
from vestverify.engine.numeric import format_quantity
from vestverify.engine.reading import BUNDLES, DEFAULT_READING, Reading, reading_choices, reading_from
from vestverify.exit_codes import ExitCode
from vestverify.fuzz_results import Answer, Conformance, ConformanceCase, ConformanceRun
from vestverify.fuzzing.campaign import request_of
from vestverify.fuzzing.conformance_cases import KnownCase
from vestverify.fuzzing.conformance_features import features_of
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.examples import case_of
from vestverify.fuzzing.judging import normal
from vestverify.fuzzing.replies import Reply, ReplyKind, Row, read_answer

#: Name of the one failure that answers in another form than the protocol's are.
FORM_CHECK = "answers-keep-to-the-form"

#: Which siblings are entered is a choice of model, which terms make (machine contract, section 5).
_NO_READING = "siblings"
_POSITIONS = ("vested", "unvested", "exercisable")
_MAXIMUM_ROWS = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A case as an engine is asked it.

    Attributes:
        known: the case.
        reading: which published answers are asked for.
        answer: what is expected under that reading, of kind ``SCHEDULE``, ``ERRORS`` or ``UNSUPPORTED``.
        schedule_is_right_too: what may be given instead of the errors that are expected; None where nothing may.
    """

    known: KnownCase
    reading: Reading
    answer: Reply
    schedule_is_right_too: Reply | None = None


def conform(
    engine: Engine,
    cases: Sequence[KnownCase],
    *,
    command: str,
    version: str,
    reading: Reading = DEFAULT_READING,
    reading_name: str | Mapping[str, str] = "default",
    strict_reading: bool = False,
) -> ConformanceRun:
    """Put cases to an engine, all of them in one go.

    Args:
        engine: the engine.
        cases: cases with known answers.
        command: what the engine is called.
        version: of vestverify.
        reading: what is asked for where a case states no reading; where it is not the default, the reference
            engine says what is expected of those cases.
        reading_name: what to call that reading.
        strict_reading: whether an answer by another reading makes the exit code 1.

    Returns:
        An outcome for each case, in their order, and maybe one for ``FORM_CHECK``. The exit code is 4 where the
        reference engine itself does not give a known answer; a remark then shows both.

    Raises:
        EngineNotFound: the engine cannot be started.
    """
    disagreements = [sentence for case in cases for sentence in _disagreement(case)]
    questions = [_question(case, reading) for case in cases]
    replies = engine.ask([request_of(each.known.raw, each.reading) for each in questions])
    found = _outcomes(questions, replies)
    found += _form_check(found, replies)
    return ConformanceRun(
        version=version,
        engine=command,
        reading=reading_name,
        cases=tuple(found),
        remarks=(*disagreements, *_remarks(engine, replies)),
        exit_code=_exit_code(found, bool(disagreements), strict_reading),
    )


def _exit_code(cases: Sequence[ConformanceCase], is_disagreement: bool, strict_reading: bool) -> int:
    if is_disagreement:
        return ExitCode.INTERNAL_ERROR
    counted = {Conformance.FAILED, Conformance.DIFFERS_BY_READING} if strict_reading else {Conformance.FAILED}
    return ExitCode.REFUTED if any(case.outcome in counted for case in cases) else ExitCode.PROVED


# ---- What is expected ----


def _question(case: KnownCase, reading: Reading) -> Question:
    asked = case.reading or reading
    of_reference = _reference(case, asked)
    is_known = case.reading is not None or reading == DEFAULT_READING
    answer = case.answer if is_known else of_reference
    if not (case.need_not_be_refused and case.answer.kind is ReplyKind.ERRORS):
        return Question(case, asked, answer)
    return Question(case, asked, case.answer, of_reference if of_reference.kind is ReplyKind.SCHEDULE else None)


def _reference(case: KnownCase, reading: Reading) -> Reply:
    """What the reference engine says about a case under a reading."""
    typed = case_of(case.raw)
    if typed is None:
        return read_answer({"errors": [{"code": "VV003", "message": "OCF's schema does not allow this"}]})
    return read_answer(engine_protocol.respond(typed, reading))


def _disagreement(case: KnownCase) -> list[str]:
    """A sentence where the reference engine does not give the known answer of a case."""
    given = _reference(case, case.reading or DEFAULT_READING)
    if given.kind is ReplyKind.UNSUPPORTED:
        return []
    if case.answer.kind is ReplyKind.SCHEDULE:
        agrees = _same_schedule(case.answer, given)
    elif given.kind is ReplyKind.SCHEDULE:
        agrees = case.need_not_be_refused
    else:
        agrees = not case.codes or bool(_codes(given) & {*case.codes})
    if agrees:
        return []
    sides = f"the case expects {_shown(case.answer)}, the reference engine gives {_shown(given)}"
    return [f"internal error: {case.name}: {sides}; please report it"]


# ---- What is different ----


def _difference(question: Question, reply: Reply) -> str | None:
    """What is wrong with a reply, in words after "the engine"; None where nothing is, its form apart."""
    expected = question.answer
    if not reply.is_answer:
        return f"gives no answer: {reply.problem}"
    if expected.kind is ReplyKind.ERRORS:
        if reply.kind is ReplyKind.ERRORS:
            return None
        if question.schedule_is_right_too is None:
            codes = ", ".join(question.known.codes or sorted(_codes(expected)))
            what = "a schedule" if normal(reply.rows) else "an empty schedule"
            return f"gives {what} instead of errors: the case has the defect {codes or 'that it describes'}"
        expected = question.schedule_is_right_too
    if reply.kind is ReplyKind.ERRORS:
        if _codes(reply) & {*question.known.codes}:
            return None
        return f"refuses a case that has a schedule: {_errors_shown(reply)}"
    return _schedule_difference(normal(expected.rows), normal(reply.rows)) or _position_difference(expected, reply)


def _schedule_difference(expected: Sequence[Row], given: Sequence[Row]) -> str | None:
    wanted, found = dict(expected), dict(given)
    different = [day for day in sorted({*wanted, *found}) if wanted.get(day) != found.get(day)]
    if not different:
        return None
    first = different[0]
    shares = format_quantity(found[first]) if first in found else "nothing"
    instead = format_quantity(wanted[first]) if first in wanted else "nothing"
    sentence = f"vests {shares} on {format_day(first)} instead of {instead}"
    if len(different) > 1:
        sentence += f", and differs on {len(different) - 1:,} more day{'s' if len(different) > 2 else ''}"
    total, right = sum(found.values(), Fraction(0)), sum(wanted.values(), Fraction(0))
    if total != right:
        sentence += f"; {format_quantity(total)} in all instead of {format_quantity(right)}"
    return sentence


def _position_difference(expected: Reply, given: Reply) -> str | None:
    for name in _POSITIONS:
        wanted, found = getattr(expected, name), getattr(given, name)
        if None not in (wanted, found) and wanted != found:
            return (
                f"counts {format_quantity(found)} {name} as of the day asked for instead of {format_quantity(wanted)}"
            )
    return None


def _note(question: Question, reply: Reply) -> str:
    """What is remarkable about a reply that passes."""
    if reply.kind is not ReplyKind.ERRORS or not question.known.codes:
        return ""
    given = _codes(reply)
    if given & {*question.known.codes}:
        return ""
    named = ", ".join(sorted(given)) or "no code"
    return f"names {named} where the defect is {', '.join(question.known.codes)}"


def _same_schedule(one: Reply, other: Reply) -> bool:
    both_scheduled = one.kind is other.kind is ReplyKind.SCHEDULE
    return both_scheduled and normal(one.rows) == normal(other.rows) and _position_difference(one, other) is None


def _codes(reply: Reply) -> set[str]:
    return {each["code"] for each in reply.errors if each["code"] is not None}


# ---- Outcomes ----


def _outcomes(questions: Sequence[Question], replies: Sequence[Reply]) -> list[ConformanceCase]:
    differences = [_difference(*each) for each in zip(questions, replies, strict=True)]
    readings = _readings(
        [
            None if difference is None else (question, reply)
            for question, reply, difference in zip(questions, replies, differences, strict=True)
        ]
    )
    return [_outcome(*each) for each in zip(questions, replies, differences, readings, strict=True)]


def _outcome(
    question: Question, reply: Reply, difference: str | None, reading: Mapping[str, str] | None
) -> ConformanceCase:
    known = question.known
    if reply.kind is ReplyKind.UNSUPPORTED:
        outcome, sentence = Conformance.UNSUPPORTED, f"does not support {reply.feature}"
    elif question.answer.kind is ReplyKind.UNSUPPORTED:
        outcome = Conformance.UNSUPPORTED
        sentence = f"is asked what the reference engine does not run: {question.answer.feature}"
    elif difference is None:
        outcome, sentence = Conformance.PASSED, _note(question, reply)
    elif reading is not None:
        words = ", ".join(f"{key}={value}" for key, value in reading.items())
        outcome, sentence = Conformance.DIFFERS_BY_READING, f"{difference}: as under the reading {words}"
    else:
        outcome, sentence = Conformance.FAILED, difference
    return ConformanceCase(
        name=known.name,
        rules=known.rules,
        features=features_of(known.raw),
        confidence=known.confidence,
        outcome=outcome,
        sentence=sentence,
        reading=reading if outcome is Conformance.DIFFERS_BY_READING else None,
        expected=_answer(question.schedule_is_right_too or question.answer),
        actual=_answer(reply),
        case=known.raw,
    )


def _form_check(found: Sequence[ConformanceCase], replies: Sequence[Reply]) -> list[ConformanceCase]:
    """One failure for all the answers in another form than the protocol's."""
    breaches = [(case, reply) for case, reply in zip(found, replies, strict=True) if reply.is_answer and reply.form]
    if not breaches:
        return []
    counts = Counter(form for _, reply in breaches for form in reply.form)
    kinds = ", ".join(f"{form} ({count})" for form, count in counts.most_common())
    case, reply = breaches[0]
    sentence = f"writes {len(breaches)} of {len(replies)} answers in another form than the protocol's: {kinds}"
    return [
        ConformanceCase(
            name=FORM_CHECK,
            rules=("OUT-1",),
            features=(),
            confidence="certain",
            outcome=Conformance.FAILED,
            sentence=f"{sentence}; first in {case.name}",
            reading=None,
            expected=_answer(dataclasses.replace(reply, rows=normal(reply.rows))),
            actual=_answer(reply),
            case=case.case,
        )
    ]


def _remarks(engine: Engine, replies: Sequence[Reply]) -> list[str]:
    remarks = []
    if replies and not any(reply.is_answer for reply in replies):
        remarks.append(f"the engine answered none of the {len(replies)} cases")
    elif replies and all(reply.kind is ReplyKind.UNSUPPORTED for reply in replies):
        remarks.append(f"the engine supports none of the {len(replies)} cases, so that nothing was tested")
    return [*remarks, *dict.fromkeys(complaint.sentence for complaint in engine.complaints)]


# ---- Other readings ----


def _readings(wrong: Sequence[tuple[Question, Reply] | None]) -> list[Mapping[str, str] | None]:
    """For each wrong reply the choices that make another published reading of it; None where there are none."""
    single = [[] if each is None else _single_choices(*each) for each in wrong]
    counts = Counter(choice for choices in single for choice in choices)
    found: list[Mapping[str, str] | None] = []
    for each, choices in zip(wrong, single, strict=True):
        if choices:
            found.append(dict([max(choices, key=lambda choice: counts[choice])]))
        else:
            found.append(None if each is None else _combined_choices(*each))
    return found


def _alternatives(reading: Reading) -> list[tuple[str, str]]:
    return [
        (key, value)
        for key, values in reading_choices().items()
        for value in values
        if key != _NO_READING and value != str(getattr(reading, key))
    ]


def _single_choices(question: Question, reply: Reply) -> list[tuple[str, str]]:
    if not reply.is_answer:
        return []
    return [
        choice
        for choice in _alternatives(question.reading)
        if _is_given_under(question, reply, reading_from(dict([choice]), question.reading))
    ]


def _combined_choices(question: Question, reply: Reply) -> Mapping[str, str] | None:
    if not reply.is_answer:
        return None
    for bundle in BUNDLES.values():
        if bundle != question.reading and _is_given_under(question, reply, bundle):
            return _choices_that_differ(bundle, question.reading)
    before = _reference(question.known, question.reading)
    alternatives = _alternatives(question.reading)
    # Of two choices that account for an answer together, one at least changes it alone.
    active = {
        choice
        for choice in alternatives
        if not _is_same(before, _reference(question.known, reading_from(dict([choice]), question.reading)))
    }
    for one, other in itertools.combinations(alternatives, 2):
        if one[0] != other[0] and ({one, other} & active):
            choices = dict([one, other])
            if _is_given_under(question, reply, reading_from(choices, question.reading)):
                return choices
    return None


def _is_given_under(question: Question, reply: Reply, reading: Reading) -> bool:
    return _is_same(_reference(question.known, reading), reply)


def _is_same(expected: Reply, given: Reply) -> bool:
    if expected.kind is given.kind is ReplyKind.ERRORS:
        return bool(_codes(expected) & _codes(given))
    return _same_schedule(expected, given)


def _choices_that_differ(reading: Reading, base: Reading) -> dict[str, str]:
    return {key: str(getattr(reading, key)) for key in reading_choices() if getattr(reading, key) != getattr(base, key)}


# ---- Answers in words and as JSON ----


def _answer(reply: Reply) -> Answer:
    if reply.kind is ReplyKind.SCHEDULE:
        return tuple({"date": format_day(row.day), "quantity": format_quantity(row.shares)} for row in reply.rows)
    return reply.errors


def _shown(reply: Reply) -> str:
    if reply.kind is not ReplyKind.SCHEDULE:
        return f"the errors {_errors_shown(reply)}"
    rows = [f"{format_quantity(row.shares)} on {format_day(row.day)}" for row in reply.rows]
    if len(rows) > _MAXIMUM_ROWS:
        rows = [*rows[: _MAXIMUM_ROWS - 1], f"... ({len(rows)} rows)"]
    positions = [
        f"{format_quantity(getattr(reply, name))} {name}" for name in _POSITIONS if getattr(reply, name) is not None
    ]
    return ", ".join([*(rows or ["nothing"]), *positions])


def _errors_shown(reply: Reply) -> str:
    first = reply.errors[0]
    words = ": ".join(each for each in (first["code"], first["message"]) if each)
    more = f" (and {len(reply.errors) - 1} more)" if len(reply.errors) > 1 else ""
    return f"{words or 'errors that say nothing'}{more}"
