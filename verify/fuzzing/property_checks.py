"""The executable form of properties: what one run of the reference engine shows of them.

A property holds for every input; a run can only break it. What promises that some input exists (VV201, VV302) is
not here, nor what the document alone decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from fractions import Fraction

from vestverify.engine.calendar import format_day
from vestverify.engine.case import Case
from vestverify.engine.execution import are_siblings_independent
from vestverify.engine.grant import over_vesting
from vestverify.engine.ledger import ledger_of
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Absolute, DefectiveTerms, Plan, Relative, UnsupportedTerms
from vestverify.engine.reading import DEFAULT_READING, Reading
from vestverify.engine.schedule import Outcome, Schedule, Unschedulable, run
from vestverify.fuzzing.examples import Example, example_of, rows_of
from vestverify.fuzzing.explanations import REFUSED, explanations, rows_for, rows_on
from vestverify.fuzzing.faults.graph import tie_reversed
from vestverify.fuzzing.invariants import broken_invariants
from vestverify.fuzzing.tranches import Inputs, inputs_of
from vestverify.fuzzing.variants import VARIANTS

#: A grant so much larger is no longer exceeded by fixed quantities alone.
_LARGER = 10**9


@dataclasses.dataclass(frozen=True, slots=True)
class Ran:
    """One run of terms on the reference engine.

    Attributes:
        case: the grant.
        inputs: what the terms were run on.
        outcome: what came out; None where an installment has no date.
    """

    case: Case
    inputs: Inputs
    outcome: Outcome | None


Check = Callable[[Ran], str | None]


def ran(case: Case, reading: Reading, plan: Plan | None = None) -> Ran | None:
    """Run a case's terms; None where something else decides its schedule, or the engine does not run them.

    Args:
        case: the grant.
        reading: which published answers to follow.
        plan: its terms, compiled, where they are already.
    """
    inputs = inputs_of(case, reading, plan)
    if inputs is None:
        return None
    try:
        outcome = run(inputs.plan, inputs.granted, inputs.grant_day, inputs.recorded, reading)
    except Unschedulable:
        return Ran(case, inputs, None)
    except UnsupportedTerms:
        return None
    return Ran(case, inputs, outcome)


def broken(code: str, example: Example, reading: Reading) -> str | None:
    """How a case breaks a property on the reference engine; None where it does not.

    Args:
        code: one of ``CHECKS``.
        example: the case.
        reading: which published answers to follow.

    Raises:
        KeyError: no run can break the property.
    """
    check = CHECKS[code]
    found = None if example.case is None else ran(example.case, reading)
    return None if found is None else check(found)


def _without_a_date(found: Ran) -> str | None:
    return None if found.outcome is not None else "an installment falls after 9999-12-31"


def _exceeded(found: Ran) -> str | None:
    if found.outcome is None:
        return None
    over = over_vesting(found.inputs.plan, found.outcome, found.inputs.granted)
    return None if over is None else over.message


def _exceeds(found: Ran) -> str | None:
    message = _exceeded(found)
    return None if message is None or _fits_when_larger(found) else message


def _does_not_fit(found: Ran) -> str | None:
    message = _exceeded(found)
    return None if message is None or not _fits_when_larger(found) else message


def _fits_when_larger(found: Ran) -> bool:
    inputs = dataclasses.replace(found.inputs, granted=found.inputs.granted * _LARGER)
    outcome = run(inputs.plan, inputs.granted, inputs.grant_day, inputs.recorded, inputs.reading)
    return over_vesting(inputs.plan, outcome, inputs.granted) is None


def _rounding_is_off(found: Ran) -> str | None:
    if found.outcome is None or found.inputs.granted.denominator != 1:
        return None
    total, granted = _total(found.outcome.schedule), found.inputs.granted
    if total == granted or sum(found.outcome.entitled, Fraction(0)) != granted:
        return None
    off = f"{format_shares(abs(total - granted))} {'too many' if total > granted else 'missing'}"
    return f"the installments add up to {format_quantity(total)} of {format_shares(granted)} granted: {off}"


def _total(schedule: Schedule) -> Fraction:
    """Shares that vest in the end; whole ones, which are most, are added up as whole numbers."""
    shares = [row.shares for row in schedule.installments]
    whole = sum(each.numerator for each in shares if each.denominator == 1)
    return sum((each for each in shares if each.denominator != 1), Fraction(whole))


def _negative(found: Ran) -> str | None:
    for row in found.outcome.installments if found.outcome is not None else ():
        if row.shares.numerator < 0:
            return f"{format_shares(Fraction(row.shares))} vest on {format_day(row.day)}"
    return None


def _ends_short(found: Ran) -> str | None:
    return _at_the_end(found, vesting=True)


def _lapses(found: Ran) -> str | None:
    return _at_the_end(found, vesting=False)


def _at_the_end(found: Ran, vesting: bool) -> str | None:
    plan = found.inputs.plan
    if found.outcome is None or not found.outcome.entries or are_siblings_independent(plan, found.inputs.reading):
        return None
    last = plan.conditions[found.outcome.entries[-1].place]
    total = sum(found.outcome.entitled, Fraction(0))
    if last.following or last.vests is not vesting or total >= found.inputs.granted:
        return None
    return f"the path ends at {last.id!r} with {format_quantity(total)} of {format_shares(found.inputs.granted)} vested"


def _fraction(found: Ran) -> str | None:
    for row in found.outcome.installments if found.outcome is not None else ():
        if Fraction(row.shares).denominator != 1 and found.inputs.granted.denominator == 1:
            return f"{format_shares(Fraction(row.shares))} vest on {format_day(row.day)}"
    return None


def _due_before_its_condition(found: Ran) -> str | None:
    for entry in found.outcome.entries if found.outcome is not None else ():
        condition = found.inputs.plan.conditions[entry.place]
        if isinstance(condition.trigger, Absolute | Relative) and condition.vests and entry.own.day(1) < entry.entered:
            own, entered = format_day(entry.own.day(1)), format_day(entry.entered)
            return f"{condition.id!r} is due on {own} and entered on {entered}"
    return None


def _decided_by_order(found: Ran) -> str | None:
    reversed_plan = tie_reversed(found.inputs.plan)
    if found.outcome is None or reversed_plan is None:
        return None
    other = rows_on(dataclasses.replace(found.inputs, plan=reversed_plan))
    if other is None or other is REFUSED or other == rows_of(found.outcome.schedule):
        return None
    return "in the other order of next_condition_ids something else vests"


def _read_otherwise(found: Ran) -> str | None:
    own = rows_for(found.case, found.inputs.reading)
    for explanation in explanations(found.inputs.reading):
        if explanation.reading is None:
            continue
        other = explanation.predict(Example({}, found.case, None), found.inputs.reading)  # type: ignore[arg-type]
        if other is not None and other is not REFUSED and other != own:
            return f"an engine that {explanation.sentence} gives another schedule"
    return None


#: What a run can break, by code.
CHECKS: Mapping[str, Check] = {
    "VV202": _decided_by_order,
    "VV203": _due_before_its_condition,
    "VV204": _without_a_date,
    "VV301": _exceeds,
    "VV303": _ends_short,
    "VV305": _rounding_is_off,
    "VV306": _negative,
    "VV307": _does_not_fit,
    "VV310": _fraction,
    "VV311": _lapses,
    "VV401": _read_otherwise,
}


def inconsistency(example: Example, reading: Reading, number: int) -> str | None:
    """What the reference engine must never do, shown by one case; None where it does not.

    Args:
        example: the case, with the engine's answer.
        reading: which published answers it follows.
        number: chooses in which other way the case is said, too.

    Returns:
        A sentence: vested before the grant, more than the grant, not in order, or otherwise when said otherwise.
    """
    rows, case = example.expected.rows, example.case
    if rows is None or case is None:
        return None
    # Rounding by condition can give more than the grant by the rules of that reading, which is VV305.
    broken_by_itself = [
        each for each in broken_invariants(case, rows) if "INV-1" not in each or reading == DEFAULT_READING
    ]
    if broken_by_itself:
        return broken_by_itself[0]
    variant = VARIANTS[number % len(VARIANTS)]
    raw = variant.change(example.raw)
    if raw is None:
        return None
    said_otherwise = example_of(raw, reading).expected.rows
    return None if said_otherwise == rows else f"the engine {variant.sentence} ({variant.rule})"


def imbalance(case: Case, reading: Reading) -> str | None:
    """What the reference engine must never do with what is recorded on a security; None where it does not.

    Args:
        case: the grant, with more recorded on it than starts and events.
        reading: which published answers it follows.

    Returns:
        A sentence: on some day the shares granted are not accounted for once, or the schedule is wrong by itself.
    """
    try:
        ledger = ledger_of(case, reading)
    except (Unschedulable, DefectiveTerms, UnsupportedTerms):
        return None
    last = [row.day for row in ledger.schedule.installments[-1:]]
    for day in sorted({*(each.date for each in case.own_transactions), *last}):
        if not ledger.position(day).is_conserved:
            return f"on {format_day(day)} the shares granted are not accounted for once"
    if any(defect.is_error for defect in ledger.defects):
        return None
    return next(iter(broken_invariants(case, rows_of(ledger.schedule))), None) if reading == DEFAULT_READING else None
