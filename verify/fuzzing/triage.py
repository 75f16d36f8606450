"""From many failures to a short list: the fewest causes that account for them.

Every failure is compared with what each cause predicts. Causes are taken one by one, the one that accounts for most
first; a cause that predicts failures which the engine does not show counts less. What no cause accounts for is put
down to the part of the document without which the engine is right (``vestverify.fuzzing.ablation``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from vestverify.engine.reading import BUNDLES, Reading, reading_from
from vestverify.fuzzing.examples import Example
from vestverify.fuzzing.explanations import (
    Explanation,
    Prediction,
    agrees,
    explanations,
    literal_rows,
    of_bundle,
    of_reading,
)
from vestverify.fuzzing.judging import Failure, Kind
from vestverify.fuzzing.replies import ReplyKind

_Item = TypeVar("_Item")

#: Failures, and passes, that every cause is compared with; beyond these only the causes that were found.
_SAMPLE = 160
_PASSES = 100
#: Failures of which a cause must account for one to be compared with all.
_FIRST_LOOK = 60
#: One failure in so many is few.
_FEW = 25

#: The rule that an engine breaks which takes a defect for something sound.
RULE_OF_CODE: Mapping[str, str] = {
    "VV003": "AMT-4",
    "VV101": "GRF-1",
    "VV102": "GRF-3",
    "VV103": "GRF-3",
    "VV104": "GRF-2",
    "VV105": "GRF-2",
    "VV106": "GRF-4",
    "VV107": "GRF-3",
    "VV108": "GRF-5",
    "VV109": "GRF-5",
    "VV111": "REL-6",
    "VV112": "REL-6",
    "VV113": "REL-7",
    "VV204": "DAT-2",
    "VV301": "AMT-6",
    "VV308": "AMT-5",
    "VV309": "CLF-3",
    "VV501": "SRC-4",
    "VV502": "TXN-1",
    "VV503": "TXN-1",
    "VV504": "TXN-4",
    "VV505": "ACC-3",
    "VV506": "SRC-2",
    "VV507": "SRC-3",
    "VV509": "TXN-2",
}


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """What a group of failures is put down to.

    Attributes:
        rule: number of the semantics, or the name of an invariant or of a way to give no answer.
        code: the property code of the defect that was accepted; None elsewhere.
        sentence: what the engine does, after "the engine".
        reading: the choices of the published reading that explains it; None for a fault.
        explanation: what predicts it; None where nothing does.
    """

    rule: str
    code: str | None
    sentence: str
    reading: Mapping[str, str] | None = None
    explanation: Explanation | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells groups apart."""
        return (self.rule, self.code or "", self.sentence)


def cause_of(explanation: Explanation) -> Cause:
    """The cause that an explanation is."""
    return Cause(explanation.rule, None, explanation.sentence, explanation.reading, explanation)


def evident_cause(failure: Failure) -> Cause | None:
    """The cause that shows by itself: no answer, a defect accepted, a form of answer; None for other failures."""
    match failure.kind:
        case Kind.NO_ANSWER:
            codes = failure.example.expected.codes
            where = f" to a case with the defect {codes[0]}" if codes else ""
            return Cause(str(failure.reply.kind), None, NO_ANSWER[failure.reply.kind] + where)
        case Kind.ACCEPTED:
            code = failure.example.expected.codes[0]
            sentence = f"takes a case with the defect {code} for sound, instead of giving errors"
            return Cause(RULE_OF_CODE.get(code, "GRF-3"), code, sentence)
        case Kind.AS_OF:
            return Cause("OUT-2", None, "gives the right schedule, but counts wrongly what has vested as of a date")
        case Kind.FORM:
            return Cause("OUT-1", None, f"answers in another form than the protocol's: {failure.reply.form[0]}")
    return None


#: What an engine does that gives no answer, after "the engine".
NO_ANSWER: Mapping[ReplyKind, str] = {
    ReplyKind.SILENT: "gives no answer in time",
    ReplyKind.DIED: "ends without an answer",
    ReplyKind.RUBBISH: "gives something that is no answer",
    ReplyKind.ANSWERED_TWICE: "gives two answers",
    ReplyKind.UNKNOWN_ID: "gives an answer to something else",
    ReplyKind.TOO_MUCH_MEMORY: "takes too much memory for an answer",
    ReplyKind.FLOODED: "gives an answer without end",
}

#: Defects that an engine can also miss because it reads something else wrongly.
_CODES_OF_ONE_RUN = ("VV301", "VV504", "VV505", "VV507")


def _is_explicable(failure: Failure) -> bool:
    """Whether the failure tells what the engine makes of the terms, so that causes can be told apart by it."""
    if failure.kind is Kind.ACCEPTED:
        return failure.example.expected.codes[0] in _CODES_OF_ONE_RUN
    if failure.kind is Kind.REFUSED:
        return all(error.get("code") in (None, "VV301") for error in failure.reply.errors)
    return failure.kind is Kind.SCHEDULE


def _refusal(failure: Failure) -> Cause | None:
    """The cause that an engine states itself where it gives errors for a sound case."""
    for error in failure.reply.errors:
        code = error.get("code") or ""
        if code in RULE_OF_CODE and code != "VV301":
            return Cause(RULE_OF_CODE[code], None, f"gives the error {code} for a case without that defect")
    return None


class Triage:
    """Puts failures down to causes, for one reading that an engine is held to."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._predictions: dict[tuple[Example, str], Prediction] = {}

    def sort(
        self, failures: Sequence[Failure], passes: Sequence[Example], population: int
    ) -> tuple[list[tuple[Cause, list[Failure]]], list[Failure]]:
        """Group failures by cause.

        Args:
            failures: in the order found.
            passes: examples on which the engine was right.
            population: how many of those there were in all.

        Returns:
            Each cause with its failures, in the order found, and the failures that no cause accounts for.
        """
        groups: dict[tuple[str, str, str], tuple[Cause, list[Failure]]] = {}
        rest = []
        sample = _spread([each for each in failures if _is_explicable(each)], _SAMPLE)
        chosen = self._chosen(sample, _spread(passes, _PASSES), population)
        for failure in failures:
            cause = self._cause_of(failure, chosen)
            if cause is None:
                rest.append(failure)
            else:
                groups.setdefault(cause.key, (cause, []))[1].append(failure)
        return list(groups.values()), rest

    def predicted(self, example: Example, explanation: Explanation) -> Prediction:
        """What an engine with a cause answers to an example."""
        key = (example, explanation.name)
        if key not in self._predictions:
            try:
                prediction = explanation.predict(example, self._reading)
                # A fault that changes nothing explains nothing, also where the terms as they are vest too much.
                self._predictions[key] = None if prediction == literal_rows(example, self._reading) else prediction
            except (ArithmeticError, AssertionError, LookupError, ValueError):
                # Terms read wrongly need not make sense: then nothing is predicted.
                self._predictions[key] = None
        return self._predictions[key]

    def explains(self, explanation: Explanation, failure: Failure) -> bool:
        """Whether an engine with this cause alone answers what this engine answered."""
        return agrees(self.predicted(failure.example, explanation), failure.rows, failure.example.granted)

    def touches(self, explanation: Explanation, example: Example) -> bool:
        """Whether an engine with this cause answers otherwise than the reference engine."""
        prediction = self.predicted(example, explanation)
        return prediction is not None and not agrees(prediction, example.expected.rows, example.granted)

    def _cause_of(self, failure: Failure, chosen: Sequence[Explanation]) -> Cause | None:
        if _is_explicable(failure) or failure.kind is Kind.REFUSED:
            for explanation in chosen:
                if self.explains(explanation, failure):
                    return cause_of(explanation)
        evident = evident_cause(failure) or (_refusal(failure) if failure.kind is Kind.REFUSED else None)
        if evident is not None:
            return evident
        # Another cause may be at work on the same case; it shows where this one is not.
        for explanation in chosen:
            if self.touches(explanation, failure.example):
                return cause_of(explanation)
        return None

    def _chosen(self, failures: Sequence[Failure], passes: Sequence[Example], population: int) -> list[Explanation]:
        """The causes that account for the failures, the one that accounts for most of what is left first."""
        known = _Evidence(self, failures, passes, population)
        known.add(explanations(self._reading))
        combined = _Readings(self._reading)
        chosen: list[Explanation] = []
        left = set(range(len(failures)))
        while left:
            best = known.best(left)
            if best is None:
                more = combined.next(chosen)
                if more is None:
                    break
                known.add(more)
                continue
            gain = known.explained[best.name] & left
            if len(gain) * _FEW <= len(failures) and chosen and self._are_touched(gain, failures, chosen):
                # So few can be a coincidence where a cause that is known is at work as well.
                known.forget(best)
                continue
            chosen.append(best)
            left -= gain
        return chosen

    def _are_touched(self, places: Iterable[int], failures: Sequence[Failure], chosen: Sequence[Explanation]) -> bool:
        return all(any(self.touches(each, failures[place].example) for each in chosen) for place in places)


class _Evidence:
    """What each possible cause accounts for, and what speaks against it."""

    def __init__(self, triage: Triage, failures: Sequence[Failure], passes: Sequence[Example], population: int) -> None:
        self._triage = triage
        self._failures = failures
        self._passes = passes
        self._weight = Fraction(max(population, len(passes)), max(1, len(passes)))
        self._candidates: dict[str, Explanation] = {}
        self._precision: dict[str, Fraction] = {}
        self.explained: dict[str, set[int]] = {}

    def add(self, candidates: Iterable[Explanation]) -> None:
        """Look at further possible causes."""
        for each in candidates:
            if not any(self._triage.explains(each, failure) for failure in _spread(self._failures, _FIRST_LOOK)):
                continue
            explained = {place for place, failure in enumerate(self._failures) if self._triage.explains(each, failure)}
            if explained:
                self._candidates[each.name] = each
                self.explained[each.name] = explained
                self._precision[each.name] = self._precision_of(each, len(explained))

    def _precision_of(self, explanation: Explanation, explained: int) -> Fraction:
        """The part of what the cause predicts that the engine shows."""
        wrong = sum(self._triage.touches(explanation, example) for example in self._passes) * self._weight
        touched = sum(self._triage.touches(explanation, failure.example) for failure in self._failures)
        # Where the engine is wrong in another way than predicted, a second cause may be at work.
        return explained / (explained + wrong + Fraction(max(0, touched - explained), 2))

    def best(self, left: set[int]) -> Explanation | None:
        """The cause that accounts for most of what is left, by what it predicts rightly."""
        names = [name for name in self._candidates if self.explained[name] & left]
        if not names:
            return None
        return self._candidates[max(names, key=lambda name: len(self.explained[name] & left) * self._precision[name])]

    def forget(self, explanation: Explanation) -> None:
        """Look at a cause no more."""
        del self._candidates[explanation.name]


class _Readings:
    """Readings that combine choices, to be tried when no single cause accounts for what is left."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._stage = 0

    def next(self, chosen: Iterable[Explanation]) -> list[Explanation] | None:
        self._stage += 1
        if self._stage == 1:
            return [of_bundle(name) for name in BUNDLES if BUNDLES[name] != self._reading]
        if self._stage == 2:
            found = [each for each in chosen if each.reading is not None]
            pairs = [(first, second) for place, first in enumerate(found) for second in found[place + 1 :]]
            return [self._together(pair) for pair in [*pairs, tuple(found)] if len(pair) > 1]
        return None

    def _together(self, parts: Sequence[Explanation]) -> Explanation:
        choices: dict[str, str] = {}
        for part in parts:
            choices |= part.reading or {}
        return of_reading(
            " ".join(dict.fromkeys(part.rule for part in parts)), reading_from(choices, self._reading), choices
        )


def _spread(items: Sequence[_Item], most: int) -> list[_Item]:
    """At most so many of the items, taken evenly from all of them."""
    if len(items) <= most:
        return list(items)
    return [items[place * len(items) // most] for place in range(most)]
