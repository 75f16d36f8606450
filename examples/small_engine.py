"""A small vesting engine, for `vestverify fuzz` and `vestverify conform` to try: months of service, and one bug.

It speaks vestverify.engine/1: a request a line on standard input, an answer a line on standard output.
"""

import json
import sys
from datetime import date
from fractions import Fraction
from itertools import pairwise

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTHS = {"type": "MONTHS", "day_of_month": "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"}


def months_later(day, months, start):
    """The day so many months after another, on the day of the month on which vesting started."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, DAYS[month]))


def portion_of(condition):
    """The part of the grant that each occurrence of a condition vests."""
    return Fraction(int(condition["portion"]["numerator"]), int(condition["portion"]["denominator"]))


def is_service(before, condition):
    """Whether a condition counts months from the one before it and vests a portion of the grant."""
    trigger, period = condition["trigger"], condition["trigger"]["period"]
    stated = {**MONTHS, "length": period["length"], "occurrences": period["occurrences"]}
    portion = condition["portion"]
    return (
        before["next_condition_ids"] == [condition["id"]] and trigger["relative_to_condition_id"] == before["id"]
    ) and (period == stated and period["length"] > 0 and not portion.get("remainder") and "quantity" not in condition)


def is_supported(terms, issuance, records):
    """Whether terms are a start and months of service, one condition after the other, and the start is recorded."""
    conditions = terms["vesting_conditions"]
    first, last = conditions[0], conditions[-1]
    portions = [portion_of(each) * each["trigger"]["period"]["occurrences"] for each in conditions[1:]]
    return (
        (terms["id"] == issuance["vesting_terms_id"] and "vestings" not in issuance)
        and terms["allocation_type"] == "CUMULATIVE_ROUND_DOWN"
        and (first["trigger"] == {"type": "VESTING_START_DATE"} and first.get("quantity") == "0")
        and (all(is_service(*pair) for pair in pairwise(conditions)) and last["next_condition_ids"] == [])
        and len({each["id"] for each in conditions}) == len(conditions)
        and (all(each >= 0 for each in portions) and sum(portions) <= 1)
        and [(each["object_type"], each["vesting_condition_id"]) for each in records]
        == [("TX_VESTING_START", first["id"])]
    )


def schedule_of(terms, issuance, start):
    """Installments in the order of their dates; nothing vests before the date of the grant."""
    granted, granted_on = int(issuance["quantity"]), date.fromisoformat(issuance["date"])
    day, rows = start, {}
    for condition in terms["vesting_conditions"][1:]:
        period, portion = condition["trigger"]["period"], portion_of(condition)
        for number in range(1, period["occurrences"] + 1):
            due = max(months_later(day, number * period["length"], start), granted_on)
            shares = int(granted * portion * number) - int(granted * portion * (number - 1))
            rows[due] = rows.get(due, 0) + shares
        day = months_later(day, period["occurrences"] * period["length"], start)
    return [{"date": str(due), "quantity": str(shares)} for due, shares in sorted(rows.items()) if shares]


def answer(request):
    """A schedule for what is supported; `unsupported` for everything else, which is no failure."""
    try:
        issuance = request["issuance"]
        records = [each for each in request["transactions"] if each["security_id"] == issuance["security_id"]]
        if is_supported(request["terms"], issuance, records):
            start = date.fromisoformat(records[0]["date"])
            return {"id": request["id"], "schedule": schedule_of(request["terms"], issuance, start)}
    except (ArithmeticError, LookupError, TypeError, ValueError):
        pass
    return {"id": request["id"], "unsupported": "anything but months of service"}


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
