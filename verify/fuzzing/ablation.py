"""What a failure that nothing predicts hangs on: the part of its case without which the engine is right."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from vestverify.engine.calendar import parse_day
from vestverify.engine.reading import Reading
from vestverify.fuzzing.engines import Engine
from vestverify.fuzzing.examples import example_of
from vestverify.fuzzing.judging import Failure, Kind, judge
from vestverify.fuzzing.replies import ReplyKind
from vestverify.fuzzing.triage import Cause

_Case = dict[str, Any]

#: Cases that are taken apart; of further ones the kind of difference has to do.
_MOST = 60


def _conditions(case: _Case) -> list[dict[str, Any]]:
    return case["terms"]["vesting_conditions"] if case.get("terms") else []


def _periods(case: _Case) -> Iterator[dict[str, Any]]:
    return (each["trigger"]["period"] for each in _conditions(case) if "period" in each["trigger"])


def _without_other_securities(case: _Case) -> None:
    own = case["issuance"]["security_id"]
    case["transactions"] = [each for each in case["transactions"] if each["security_id"] == own]


def _under_the_usual_tag(case: _Case) -> None:
    case["issuance"]["object_type"] = "TX_EQUITY_COMPENSATION_ISSUANCE"


def _without_vestings(case: _Case) -> None:
    case["issuance"].pop("vestings", None)


def _without_kinds(*words: str) -> Callable[[_Case], None]:
    def change(case: _Case) -> None:
        case["transactions"] = [
            each for each in case["transactions"] if not any(word in each["object_type"] for word in words)
        ]

    return change


def _without_cliffs(case: _Case) -> None:
    for period in _periods(case):
        period.pop("cliff_installment", None)


def _without_remainder(case: _Case) -> None:
    for condition in _conditions(case):
        if "portion" in condition:
            condition["portion"].pop("remainder", None)


def _small_grant(case: _Case) -> None:
    quantity = math.ceil(Fraction(case["issuance"]["quantity"]))
    if quantity > 10**6:
        case["issuance"]["quantity"] = str(10_000 + quantity % 97)


def _unrounded(case: _Case) -> None:
    if case.get("terms"):
        case["terms"]["allocation_type"] = "FRACTIONAL"


def _on_the_start_day(case: _Case) -> None:
    for period in _periods(case):
        if period["type"] == "MONTHS":
            period["day_of_month"] = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"


def _on_middle_days(case: _Case) -> None:
    """Everything dated after the 28th is dated the 15th of its month."""
    for each in [case["issuance"], *case["transactions"], *(each["trigger"] for each in _conditions(case))]:
        if "date" in each and int(each["date"][-2:]) > 28:
            each["date"] = each["date"][:8] + "15"
    for period in _periods(case):
        if period["type"] == "MONTHS" and period["day_of_month"][:2] in ("29", "30", "31"):
            period["day_of_month"] = "15"


def _granted_first(case: _Case) -> None:
    dates = [each["date"] for each in case["transactions"]]
    dates += [each["trigger"]["date"] for each in _conditions(case) if "date" in each["trigger"]]
    case["issuance"]["date"] = min([case["issuance"]["date"], *dates])


def _of_some_length(case: _Case) -> None:
    for period in _periods(case):
        period["length"] = period["length"] or 1


def _in_months(case: _Case) -> None:
    for period in _periods(case):
        if period["type"] == "DAYS":
            period |= {"type": "MONTHS", "length": 1, "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"}


def _once(case: _Case) -> None:
    for period in _periods(case):
        period["occurrences"] = 1
        period.pop("cliff_installment", None)


def _counted_from_the_parent(case: _Case) -> None:
    parents: dict[str, list[str]] = {}
    for condition in _conditions(case):
        for following in condition["next_condition_ids"]:
            parents.setdefault(following, []).append(condition["id"])
    for condition in _conditions(case):
        if "relative_to_condition_id" in condition["trigger"] and len(parents.get(condition["id"], ())) == 1:
            condition["trigger"]["relative_to_condition_id"] = parents[condition["id"]][0]


def _nothing_on_one_day(case: _Case) -> None:
    """Events a few days apart, so that nothing is met on the day of something else."""
    for number, each in enumerate(case["transactions"], 1):
        if each["object_type"] == "TX_VESTING_EVENT":
            day = parse_day(each["date"]) + 3 * number
            each["date"] = _written(day)


def _written(day: int) -> str:
    from vestverify.engine.calendar import format_day

    return format_day(day)


def _without_branches(case: _Case) -> None:
    for condition in _conditions(case):
        del condition["next_condition_ids"][1:]
    named = {each for condition in _conditions(case) for each in condition["next_condition_ids"]}
    roots = [condition["id"] for condition in _conditions(case) if condition["id"] not in named]
    keep = set(roots[:1])
    while True:
        more = {
            each
            for condition in _conditions(case)
            if condition["id"] in keep
            for each in condition["next_condition_ids"]
        }
        if more <= keep:
            break
        keep |= more
    if case.get("terms"):
        case["terms"]["vesting_conditions"] = [each for each in _conditions(case) if each["id"] in keep]
    case["transactions"] = [
        each for each in case["transactions"] if each.get("vesting_condition_id", roots[0] if roots else "") in keep
    ]


def _without_amounts(case: _Case) -> None:
    for condition in _conditions(case):
        if "quantity" in condition and condition["quantity"] != "0":
            condition["quantity"] = "0"


def _without_absolute_dates(case: _Case) -> None:
    for condition in _conditions(case):
        if condition["trigger"]["type"] == "VESTING_SCHEDULE_ABSOLUTE":
            condition["trigger"] = {"type": "VESTING_EVENT"}


#: What is taken away, with the rule that an engine breaks which is right without it; what is most special first.
_PARTS: tuple[tuple[str, str, Callable[[_Case], None]], ...] = (
    ("cross-talk", "another security has records", _without_other_securities),
    ("SRC-5", "the issuance has another tag than TX_EQUITY_COMPENSATION_ISSUANCE", _under_the_usual_tag),
    ("TXN-2", "the security is cancelled", _without_kinds("CANCELLATION", "TRANSFER", "REPURCHASE")),
    ("TXN-3", "the security is retracted", _without_kinds("RETRACTION")),
    ("ACC-1", "vesting is accelerated", _without_kinds("ACCELERATION")),
    ("TXN-1", "something is recorded that leaves vesting as it is", _without_kinds("ACCEPTANCE")),
    ("SRC-2", "vestings are stated", _without_vestings),
    ("NUM-1", "the grant has many digits", _small_grant),
    ("AMT-3", "a portion is of the remainder", _without_remainder),
    ("CLF-1", "there is a cliff_installment", _without_cliffs),
    ("DAT-3", "there is a fixed day of the month", _on_the_start_day),
    ("DAT-2", "dates lie at the end of a month", _on_middle_days),
    ("DAT-5", "a length is 0", _of_some_length),
    ("GRD-1", "the grant is later than what vests", _granted_first),
    ("PTH-1", "things happen on one day", _nothing_on_one_day),
    ("ALC-2", "shares are rounded", _unrounded),
    ("DAT-8", "a condition counts from another than the one before it", _counted_from_the_parent),
    ("DAT-1", "periods are counted in days", _in_months),
    ("PTH-2", "the path branches", _without_branches),
    ("AMT-2", "a condition vests a quantity", _without_amounts),
    ("TRG-3", "a condition has an absolute date", _without_absolute_dates),
    ("TRG-4", "a condition repeats", _once),
)


class Ablation:
    """Takes cases apart until an engine is right."""

    def __init__(
        self, engine: Engine, reading: Reading, request_of: Callable[[Mapping[str, Any], Reading], dict[str, Any]]
    ) -> None:
        self._engine = engine
        self._reading = reading
        self._request_of = request_of

    def sort(self, failures: Sequence[Failure]) -> list[tuple[Cause, list[Failure]]]:
        """Group failures by what their cases must not have for the engine to be right.

        Args:
            failures: in the order found.
        """
        parts = {place: self._parts_of(failure) for place, failure in enumerate(failures[:_MOST])}
        found: list[tuple[Cause, list[Failure]]] = []
        left = list(parts)
        while left:
            counts = Counter(part for place in left for part in parts[place])
            if not counts:
                break
            # Of what cures about as many, what is most special.
            most = max(counts.values())
            best = min(part for part in counts if 5 * counts[part] >= 4 * most)
            rule, words, _ = _PARTS[best]
            members = [failures[place] for place in left if best in parts[place]]
            found.append((Cause(rule, None, _differs(members[0], f"where {words}")), members))
            left = [place for place in left if best not in parts[place]]
        rest = [failures[place] for place in left] + list(failures[_MOST:])
        if found and len(failures) > _MOST:
            largest = max(found, key=lambda group: len(group[1]))
            largest[1].extend(failures[_MOST:])
            rest = [failures[place] for place in left]
        by_rule: dict[str, list[Failure]] = {}
        for failure in rest:
            by_rule.setdefault(_rule_of_difference(failure), []).append(failure)
        for rule, members in by_rule.items():
            sentence = _differs(members[0], "for a reason that its cases do not tell apart")
            found.append((Cause(rule, None, sentence), members))
        return found

    def _parts_of(self, failure: Failure) -> list[int]:
        """The parts without any one of which the engine is right."""
        if failure.example.case is None:
            return []
        changed = []
        for part, (_, _, change) in enumerate(_PARTS):
            raw = copy.deepcopy(dict(failure.example.raw))
            change(raw)
            if raw != failure.example.raw:
                example = example_of(raw, self._reading)
                if example.expected.rows is not None:
                    changed.append((part, example))
        replies = self._engine.ask([self._request_of(example.raw, self._reading) for _, example in changed])
        return [
            part
            for (part, example), reply in zip(changed, replies, strict=True)
            if reply.kind is ReplyKind.SCHEDULE and judge(example, reply) is None
        ]


def _differs(failure: Failure, where: str) -> str:
    if failure.kind is Kind.REFUSED:
        return f"gives errors {where}"
    expected = failure.example.expected.rows or ()
    given = failure.rows or ()
    if sum(row.shares for row in expected) == sum(row.shares for row in given):
        same_days = [row.day for row in expected] == [row.day for row in given]
        return f"vests the right total {'in wrong installments' if same_days else 'on wrong dates'} {where}"
    return f"vests a wrong total {where}"


def _rule_of_difference(failure: Failure) -> str:
    if failure.kind is Kind.REFUSED:
        return "refused"
    expected = failure.example.expected.rows or ()
    given = failure.rows or ()
    if [row.day for row in expected] == [row.day for row in given]:
        return "ALC-2" if sum(row.shares for row in expected) == sum(row.shares for row in given) else "AMT-1"
    if sum(row.shares for row in expected) == sum(row.shares for row in given):
        return "DAT-2"
    return "PTH-1"
