"""What a run of the fuzzer found, as text for people and as JSON (machine contract, section 6)."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from vestverify.fuzz_results import Answer, FailureGroup, FuzzRun
from vestverify.reports import printable

FORMAT = "vestverify.fuzz/1"
#: Rows of a comparison that are shown; the case file has all of them.
_MOST_ROWS = 16


def render_json(run: FuzzRun) -> str:
    """The run as ``vestverify.fuzz/1``."""
    document = {
        "format": FORMAT,
        "examples": run.examples,
        "unsupported": run.unsupported,
        "groups": [
            {
                "rule": group.rule,
                "code": group.code,
                "count": group.count,
                "explained_by_reading": None
                if group.explained_by_reading is None
                else dict(group.explained_by_reading),
                "case": group.case,
                "expected": [dict(row) for row in group.expected],
                "actual": [dict(row) for row in group.actual],
            }
            for group in run.groups
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def render(run: FuzzRun, width: int) -> str:
    """The run as text.

    Args:
        run: what was found.
        width: columns to wrap at.
    """
    return "\n".join(_lines(run, width)) + "\n"


def _lines(run: FuzzRun, width: int) -> Iterator[str]:
    about = "the reference engine" if run.engine is None else printable(run.engine)
    for number, group in enumerate(run.groups, 1):
        yield from _group(number, group, width)
        if run.saved_in is not None:
            yield f"    saved as {printable(run.saved_in)}/{group.identifier}.json; again: vestverify replay {group.identifier}"
        yield ""
    for remark in run.remarks:
        yield f"note: {printable(remark)}"
    unsupported = f", {_counted(run.unsupported, 'unsupported', 'unsupported')}" if run.unsupported else ""
    yield f"{_counted(run.examples, 'case', 'cases')} tried on {about}{unsupported} (seed {run.seed})"
    failures = sum(group.count for group in run.groups)
    if not run.groups:
        yield "nothing found" if run.examples else "nothing tried"
        return
    by_reading = [group for group in run.groups if group.explained_by_reading is not None]
    words = f"{_counted(failures, 'failure', 'failures')} of {_counted(len(run.groups), 'cause', 'causes')}"
    if by_reading:
        words += f"; {len(by_reading)} explained by another published reading"
    yield words


def _counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def _group(number: int, group: FailureGroup, width: int) -> Iterator[str]:
    head = f"{number}. {group.rule}" + (f" ({group.code})" if group.code not in (None, group.rule) else "")
    yield f"{head}: {_counted(group.count, 'case', 'cases')}"
    sentence = group.sentence[:1].upper() + group.sentence[1:]
    yield from _wrapped(f"{printable(sentence)}.", width)
    if group.explained_by_reading is not None:
        choices = " ".join(f"--reading {key}={value}" for key, value in group.explained_by_reading.items())
        yield from _wrapped(f"Not a fault by itself: another published reading of OCF says so ({choices}).", width)
    if group.breaks:
        yield from _wrapped(f"Wrong whatever the right answer is: {printable('; '.join(group.breaks))}.", width)
    yield from _wrapped(f"Smallest case, {group.identifier}: {printable(in_words(group.case))}", width)
    if group.preceding:
        yield from _wrapped(f"Asked just before it: {printable(in_words(group.preceding[0]))}", width)
    if group.expected or group.actual:
        yield ""
        yield from (f"    {line}" for line in _compared(group.expected, group.actual, group.rule == group.code))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent="    ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _compared(expected: Answer, actual: Answer, is_property: bool) -> Iterator[str]:
    if is_property:
        yield "date              vests"
        yield from (f"{row['date']:<12}{row['quantity']:>11}" for row in actual[:_MOST_ROWS] if "date" in row)
        return
    left, right = _by_date(expected), _by_date(actual)
    if left is None or right is None:
        yield f"expected: {_in_short(expected)}"
        yield f"actual:   {_in_short(actual)}"
        return
    yield f"{'date':<12}{'expected':>16}{'actual':>16}"
    dates = sorted({*left, *right})
    shown = dates if len(dates) <= _MOST_ROWS else _around_difference(dates, left, right)
    for date in shown:
        mark = "" if left.get(date) == right.get(date) else "  <"
        yield f"{date:<12}{left.get(date, '-'):>16}{right.get(date, '-'):>16}{mark}"
    if len(shown) < len(dates):
        yield f"... {len(dates)} dates in all"
    totals = [_total(rows) for rows in (left, right)]
    if None not in totals and len(dates) > 1:
        yield f"{'total':<12}{totals[0]:>16}{totals[1]:>16}" + ("" if totals[0] == totals[1] else "  <")


def _around_difference(dates: list[str], left: Mapping[str, str], right: Mapping[str, str]) -> list[str]:
    first = next((place for place, date in enumerate(dates) if left.get(date) != right.get(date)), 0)
    start = max(0, min(first - 2, len(dates) - _MOST_ROWS))
    return dates[start : start + _MOST_ROWS]


def _by_date(answer: Answer) -> dict[str, str] | None:
    """Quantities by date; None where the answer is no schedule. Several rows of a date stand side by side."""
    found: dict[str, str] = {}
    for row in answer:
        if "date" not in row:
            return None
        date, quantity = str(row["date"]), str(row["quantity"])
        found[date] = f"{found[date]} + {quantity}" if date in found else quantity
    return found


def _total(rows: Mapping[str, str]) -> str | None:
    try:
        total = sum((Fraction(part) for value in rows.values() for part in value.split(" + ")), Fraction(0))
    except (ValueError, ZeroDivisionError):
        return None
    return str(total)


def _in_short(answer: Answer) -> str:
    if not answer:
        return "nothing vests"
    if all("date" in row for row in answer):
        rows = ", ".join(f"{row['quantity']} on {row['date']}" for row in answer[:4])
        return rows + (f" and {len(answer) - 4} more" if len(answer) > 4 else "")
    words = [
        ": ".join(str(part) for part in (row.get("code") or "error", row.get("message")) if part) for row in answer[:3]
    ]
    return printable("; ".join(words))


# ---- A case in words ----


def in_words(case: Mapping[str, Any]) -> str:
    """What is granted, recorded and stated in a case, in one or two sentences."""
    issuance = case["issuance"]
    kind = str(issuance.get("object_type", "")).removeprefix("TX_").removesuffix("_ISSUANCE").replace("_", " ").lower()
    shares = "share" if issuance.get("quantity") == "1" else "shares"
    sentences = [f"{issuance.get('quantity')} {shares} ({kind}) granted on {issuance.get('date')}"]
    own = issuance.get("security_id")
    for transaction in case.get("transactions", ()):
        whose = "" if transaction.get("security_id") == own else " of another security"
        sentences.append(f"{_record(transaction)}{whose} on {transaction.get('date')}")
    if issuance.get("vestings"):
        rows = ", ".join(f"{row.get('amount')} on {row.get('date')}" for row in issuance["vestings"][:4])
        sentences.append(f"vestings of {rows}")
    if case.get("as_of"):
        sentences.append(f"as of {case['as_of']}")
    terms = case.get("terms")
    if not terms or "vesting_terms_id" not in issuance:
        return "; ".join(sentences) + "; no vesting terms."
    conditions = "; ".join(_condition(each) for each in terms.get("vesting_conditions", ())[:8])
    return f"{'; '.join(sentences)}. {terms.get('allocation_type')}: {conditions}."


def _record(transaction: Mapping[str, Any]) -> str:
    name = str(transaction.get("object_type", "")).removeprefix("TX_").replace("_", " ").lower()
    condition = transaction.get("vesting_condition_id")
    if condition is not None:
        return f"{name.removeprefix('vesting ')} of {condition!r}"
    return f"{name} of {transaction['quantity']}" if "quantity" in transaction else name


def _condition(condition: Mapping[str, Any]) -> str:
    trigger = condition.get("trigger", {})
    words = _trigger(trigger)
    amount = _amount(condition)
    following = condition.get("next_condition_ids") or ()
    then = f", then {' or '.join(repr(each) for each in following)}" if following else ""
    return f"{condition.get('id')!r} {words}{amount}{then}"


def _trigger(trigger: Mapping[str, Any]) -> str:
    match trigger.get("type"):
        case "VESTING_START_DATE":
            return "is the start"
        case "VESTING_EVENT":
            return "is an event"
        case "VESTING_SCHEDULE_ABSOLUTE":
            return f"is dated {trigger.get('date')}"
        case "VESTING_SCHEDULE_RELATIVE":
            return _period(trigger.get("period", {}), trigger.get("relative_to_condition_id"))
        case other:
            name = str(other).removeprefix("VESTING_RELATIONSHIP_").removeprefix("VESTING_SCHEDULE_")
            calculation = f" {trigger['calculation_type']}" if "calculation_type" in trigger else ""
            inputs = trigger.get("input_condition_ids")
            return f"is {name}{calculation}" + (f" of {', '.join(map(repr, inputs))}" if inputs else "")


def _period(period: Mapping[str, Any], reference: Any) -> str:
    unit = str(period.get("type", "")).lower()
    times = f"{period.get('occurrences')} times " if period.get("occurrences") != 1 else ""
    day = str(period.get("day_of_month", "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"))
    on = (
        "" if day.startswith("VESTING_START_DAY") else f" on day {day.replace('_OR_LAST_DAY_OF_MONTH', ' or the last')}"
    )
    cliff = f", cliff at {period['cliff_installment']}" if period.get("cliff_installment") else ""
    unit = unit.removesuffix("s") if period.get("length") == 1 else unit
    return f"{times}{period.get('length')} {unit} after {reference!r}{on}{cliff}"


def _amount(condition: Mapping[str, Any]) -> str:
    found = []
    if condition.get("portion") is not None:
        portion = condition["portion"]
        rest = " of the remainder" if portion.get("remainder") else ""
        found.append(f"vests {portion.get('numerator')}/{portion.get('denominator')}{rest}")
    if condition.get("quantity") not in (None, "0"):
        found.append(f"vests {condition['quantity']}")
    return f" ({' and '.join(found)})" if found else ""
