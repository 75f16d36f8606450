"""Whether every installment falls on a date that can be written, and within a sane time: VV204."""

from __future__ import annotations

from collections.abc import Container, Iterator

import z3

from vestverify.decision import Decision, finding
from vestverify.encoding.calendar import before
from vestverify.encoding.entitlement import SymbolicTotals
from vestverify.encoding.execution import SymbolicExecution, require_one_path
from vestverify.engine.calendar import LAST_DAY as LAST_WRITTEN_DAY
from vestverify.engine.calendar import day_in_month, format_day, month_of
from vestverify.engine.execution import Entry
from vestverify.engine.plan import Absolute, Indeterminate, Relative
from vestverify.plan_graph import topological
from vestverify.reachability import entry_not_known
from vestverify.results import Counterexample, Finding, Related, Severity
from vestverify.search import LAST_DAY
from vestverify.subject import Subject
from vestverify.timing import Questions, Routes, shown
from vestverify.witness import case_of, in_words, without_needless_records

#: Years from the day counted from to the last installment beyond which a period is taken for a mistake.
SANE_YEARS = 100

#: Days in 100 years, where they contain the most leap years.
_MOST_DAYS_IN_A_CENTURY = 36_525


def decide_date_range(subject: Subject) -> Decision:
    """Decide VV204: an error for each condition with which dates run out, a warning beyond a sane time.

    Raises:
        NotEncoded, Disagreement: see ``require_one_path`` and ``find_execution``.
    """
    beyond = places_beyond_dates(subject)
    routes = Routes(subject)
    errors: dict[int, Finding] = {}
    questions = Questions(subject)
    if beyond:
        require_one_path(subject.plan, subject.reading)
    for place in beyond:
        if place in errors:
            continue
        recorded = next(_attempts(routes, place), None)
        if recorded is None:
            questions.refuted = bool(errors)
            recorded = _ask(questions, place)
        if recorded is not None:
            first = first_unwritten(subject, recorded)
            assert first is not None
            errors.setdefault(first.place, never_ends(subject, first.place, recorded))
    return questions.decide("VV204", errors.values(), lifetime_warnings(subject, errors, questions))


def _vesting(subject: Subject) -> list[int]:
    return [place for place in latest_days(subject) if subject.plan.conditions[place].vests]


def places_beyond_dates(subject: Subject) -> list[int]:
    """The vesting conditions of which the document alone does not tell that every installment has a date."""
    latest = latest_days(subject)
    return [place for place in _vesting(subject) if latest[place] > LAST_WRITTEN_DAY]


def lifetime_warnings(subject: Subject, errors: Container[int], questions: Questions) -> list[Finding]:
    """The findings about periods beyond a sane time, without those of conditions that have an error already.

    Args:
        subject: the terms.
        errors: places of the conditions that have one.
        questions: told why something is not known.
    """
    warnings = []
    for place in _vesting(subject):
        if place in errors or not _beyond_sane_years(subject, place):
            continue
        if place in subject.search.witnesses:
            warnings.append(_beyond_a_lifetime(subject, place))
        else:
            questions.reason = entry_not_known(subject, place)
    return warnings


def latest_days(subject: Subject) -> dict[int, int]:
    """For each condition that may be entered, a day after which its last installment never falls.

    Returns:
        Day numbers by place, in an order in which conditions come after those that lead to them.
    """
    routes = Routes(subject)
    latest: dict[int, int] = {}
    for place in topological(subject.plan):
        trigger = subject.plan.conditions[place].trigger
        above = [latest[parent] for parent in routes.living_parents(place) if parent in latest]
        if place in subject.search.never_entered or isinstance(trigger, Indeterminate):
            continue
        if not above and place not in subject.plan.initial:
            continue
        if isinstance(trigger, Relative):
            if trigger.reference not in latest:
                continue
            own = _latest_own_day(trigger, latest[trigger.reference])
        else:
            own = trigger.day if isinstance(trigger, Absolute) else LAST_DAY
        latest[place] = max(own, *above) if above else own
    return latest


def _latest_own_day(trigger: Relative, base: int) -> int:
    units = trigger.length * trigger.occurrences
    # One month more, since a reading may put the first fixed day of the month off.
    return day_in_month(month_of(base) + units + 1, 31) if trigger.in_months else base + units


def first_unwritten(subject: Subject, recorded: dict[int, int]) -> Entry | None:
    """The first condition of an execution for which the engine refuses a schedule (VV204)."""
    for entry in subject.search.run(recorded):
        if (
            subject.plan.relationship_of[entry.place] is None
            and subject.plan.conditions[entry.source].vests
            and max(entry.entered, entry.own.day(entry.kept)) > LAST_WRITTEN_DAY
        ):
            return entry
    return None


def _attempts(routes: Routes, place: int) -> Iterator[dict[int, int]]:
    subject = routes.subject
    for path, witness in routes.to(place):
        followed = subject.search.follow(path, LAST_DAY, lambda entries, recorded, latest: latest)
        for recorded in (witness, followed):
            if recorded is not None and first_unwritten(subject, recorded) is not None:
                yield recorded


def _ask(questions: Questions, place: int) -> dict[int, int] | None:
    subject = questions.subject
    trigger = subject.plan.conditions[place].trigger

    def goal(execution: SymbolicExecution, _: SymbolicTotals | None) -> z3.BoolRef:
        last_written = execution.known_day(LAST_WRITTEN_DAY)
        claims = [before(last_written, execution.days[place])]
        if isinstance(trigger, Relative):
            for (origin, to), taken in execution.taken.items():
                if to == place and origin is not None and trigger.reference in execution.entered:
                    claims.append(
                        z3.And(taken, before(last_written, execution.own_day(origin, place, trigger.occurrences)))
                    )
        return z3.And(execution.entered[place], z3.Or(*claims))

    def shows(recorded: dict[int, int]) -> bool:
        return first_unwritten(subject, recorded) is not None

    name = repr(subject.id_of(place))
    sought = f"an execution in which an installment of {name} falls after 9999-12-31"
    return questions.ask(place, name, sought, [place], goal, shows)


def never_ends(subject: Subject, place: int, recorded: dict[int, int]) -> Finding:
    """The finding about a condition an installment of which an execution puts after the last date."""

    def shows(fewer: dict[int, int]) -> bool:
        entry = first_unwritten(subject, fewer)
        return entry is not None and entry.place == place

    recorded = without_needless_records(subject, recorded, shows)
    name = subject.id_of(place)
    grant = subject.round_grant()
    words = f"{in_words(subject, recorded, grant)}, an installment of {name!r} falls after 9999-12-31"
    return finding(
        "VV204",
        f"an installment of {name!r} can fall after {format_day(LAST_WRITTEN_DAY)}, where dates end",
        subject.pointer_to(place),
        (name,),
        facts={"last_date": format_day(LAST_WRITTEN_DAY), "years": _years(subject, place)},
        advice="check the length and the occurrences of the period, and of those it counts from",
        counterexample=Counterexample(case_of(subject, recorded, grant), (), words),
        identity=(name,),
    )


def _units(subject: Subject, place: int) -> tuple[int, bool]:
    trigger = subject.plan.conditions[place].trigger
    return (trigger.length * trigger.occurrences, trigger.in_months) if isinstance(trigger, Relative) else (0, False)


def _years(subject: Subject, place: int) -> int:
    """Whole years from the day that a condition counts from to its last installment."""
    units, in_months = _units(subject, place)
    return units // 12 if in_months else 100 * units // _MOST_DAYS_IN_A_CENTURY


def _beyond_sane_years(subject: Subject, place: int) -> bool:
    units, in_months = _units(subject, place)
    return units > (12 * SANE_YEARS if in_months else _MOST_DAYS_IN_A_CENTURY)


def _beyond_a_lifetime(subject: Subject, place: int) -> Finding:
    name = subject.id_of(place)
    trigger = subject.plan.conditions[place].trigger
    assert isinstance(trigger, Relative)
    assert trigger.reference is not None
    years = _years(subject, place)
    reference = subject.id_of(trigger.reference)
    words = f"the last installment of {name!r} falls more than {SANE_YEARS} years after {reference!r}: {years} years"
    return finding(
        "VV204",
        words,
        subject.pointer_to(place),
        (name,),
        severity=Severity.WARNING,
        related=(Related(subject.pointer_to(trigger.reference), "counted from here"),),
        facts={"years": years},
        advice="check the length and the occurrences of the period: months and days may have been mixed up",
        counterexample=shown(
            subject,
            subject.search.witnesses[place],
            words,
        ),
        identity=(name, "years"),
    )
