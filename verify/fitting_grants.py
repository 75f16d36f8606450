"""Which grants the fixed quantities of terms fit: VV307 (AMT-2, AMT-6, INV-2)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

from vestverify.bounds import least_number
from vestverify.decision import ASSUMPTIONS, Decision, finding, not_applicable, undecided
from vestverify.encoding.entitlement import WHOLE, step_of
from vestverify.encoding.execution import require_one_path
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.engine.plan import Quantity
from vestverify.reachability import Goal
from vestverify.results import Finding, Method, Related, Verdict
from vestverify.subject import Subject
from vestverify.totals import Measure, Shows, exact_total, goal_at, peak, reach, running_totals
from vestverify.witness import counterexample, path_of, without_needless_records


class _NotKnown(Exception):
    """A question about executions was left open; the message says why."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fits:
    """Exactly which whole grants fit.

    Attributes:
        least: the least that no execution exceeds; None where every grant is exceeded.
        most: the largest that some execution vests whole; None where every grant is.
    """

    least: int | None
    most: int | None

    @property
    def any_grant(self) -> bool:
        """Whether some whole grant fits."""
        return self.least is not None and (self.most is None or self.least <= self.most)

    @property
    def facts(self) -> dict[str, int | None] | None:
        """As reports write it."""
        return {"from": self.least, "to": self.most} if self.any_grant else None

    @property
    def words(self) -> str:
        """As the end of the sentence "the fixed quantities fit ..."."""
        if not self.any_grant:
            return "no grant of whole shares"
        if self.least == self.most:
            return f"a grant of {format_shares(Fraction(self.least or 0))} only"
        if self.most is None:
            return f"only grants of {self.least} shares or more"
        if self.least == 1:
            return f"only grants of up to {self.most} shares"
        return f"only grants of {self.least} to {self.most} shares"


def decide_fitting_grants(subject: Subject) -> Decision:
    """Decide VV307.

    A grant fits where no execution vests more than the grant and some execution vests all of it.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    fixed = [
        place
        for place, condition in enumerate(subject.plan.conditions)
        if isinstance(condition.amount, Quantity) and condition.vests and place not in subject.search.never_entered
    ]
    if not fixed:
        return not_applicable("VV307", "no condition vests a fixed number of shares")
    require_one_path(subject.plan, subject.reading)
    if any(
        step_of(condition, subject.reading).kept < 0
        for place, condition in enumerate(subject.plan.conditions)
        if place not in subject.search.never_entered
    ):
        return undecided("VV307", "a condition takes more than the whole remainder (see VV301)")
    try:
        return _decide(subject, fixed)
    except _NotKnown as unknown:
        return undecided("VV307", str(unknown))


def _decide(subject: Subject, fixed: list[int]) -> Decision:
    grant = subject.grant
    if grant is not None and _exceeding(subject, grant) is None and _filling(subject, grant) is not None:
        return Decision("VV307", Verdict.PROVED, Method.SMT, (), subject.scope, ASSUMPTIONS)
    fits = Fits(_least(subject), _most(subject))
    if grant is None and fits == Fits(1, None):
        scope = {**subject.scope, "grant_quantity": ">= 1, whole"}
        return Decision("VV307", Verdict.PROVED, Method.SMT, (), scope, ASSUMPTIONS)
    found = _does_not_fit(subject, fixed, fits, grant if grant is not None else _nearest(subject, fits))
    return Decision("VV307", Verdict.REFUTED, Method.SMT, (found,), subject.scope, ASSUMPTIONS)


def _nearest(subject: Subject, fits: Fits) -> Fraction:
    """A grant that does not fit, next to those that do where there are any."""
    if fits.least is None:
        return subject.round_grant()
    if fits.any_grant and fits.most is not None:
        return Fraction(fits.most + 1)
    return Fraction(fits.least - 1 if fits.any_grant else fits.least)


def _exceeding(subject: Subject, grant: Fraction | None) -> dict[int, int] | None:
    """An execution that vests more than a grant, or than any grant; None where there is none.

    Raises:
        _NotKnown: it was not decided.
    """
    measure = Measure(grant)
    limits = measure.bounds(subject)
    above = [place for place, vested in limits.highest.items() if measure.exceeds(vested)]

    def shows(recorded: dict[int, int]) -> bool:
        if grant is not None:
            return peak(subject, subject.search.run(recorded), grant) > grant
        return any(after > WHOLE for _, _, after in running_totals(subject, recorded))

    def goal(place: int) -> Goal:
        return goal_at(place, lambda totals: measure.symbolic_exceeds(totals, place))

    return _found(subject, measure, above, "more than the grant vested", shows, goal)


def _filling(subject: Subject, grant: Fraction | None) -> dict[int, int] | None:
    """An execution that vests a whole grant, or the whole of any grant; None where there is none.

    Raises:
        _NotKnown: it was not decided.
    """
    measure = Measure(grant)
    limits = measure.bounds(subject)
    whole = [
        place
        for place, vested in limits.highest.items()
        if (vested.share >= 1 if grant is None else vested.of(grant) >= grant)
    ]

    def shows(recorded: dict[int, int]) -> bool:
        if grant is not None:
            return peak(subject, subject.search.run(recorded), grant) >= grant
        return any(after.share >= 1 for _, _, after in running_totals(subject, recorded))

    def goal(place: int) -> Goal:
        if grant is None:
            return goal_at(place, lambda totals: totals.share[place] >= totals.constant(WHOLE.share))
        return goal_at(place, lambda totals: totals.of(place, grant) >= totals.constant(grant))

    return _found(subject, measure, whole, "the whole grant vested", shows, goal)


def _found(
    subject: Subject,
    measure: Measure,
    places: list[int],
    sought: str,
    shows: Shows,
    goal: Callable[[int], Goal],
) -> dict[int, int] | None:
    limits = measure.bounds(subject)
    if not places:
        shown, reason = measure.are_inductive(subject, limits)
        if not shown:
            raise _NotKnown(reason)
        return None
    reached, reason = reach(subject, limits, places, sought, goal, shows)
    if reason:
        raise _NotKnown(reason)
    return None if reached is None else reached.recorded


def _least(subject: Subject) -> int | None:
    if _exceeding(subject, None) is not None:
        return None
    return least_number(lambda grant: _exceeding(subject, Fraction(grant)) is None)


def _most(subject: Subject) -> int | None:
    if _filling(subject, None) is not None:
        return None
    return least_number(lambda grant: _filling(subject, Fraction(grant)) is None) - 1


def _best(subject: Subject, grant: Fraction) -> dict[int, int]:
    """An execution that vests as much of a grant as was found; one among those that vest nothing else."""
    limits = Measure(grant).bounds(subject)
    for place in sorted(limits.highest, key=lambda place: -limits.highest[place].of(grant)):
        recorded = subject.search.realise(limits.path_to(place, True))
        if recorded is not None:
            return recorded
    return {}


def _does_not_fit(subject: Subject, fixed: list[int], fits: Fits, grant: Fraction) -> Finding:
    exceeding = _exceeding(subject, grant)
    recorded = exceeding if exceeding is not None else _best(subject, grant)
    return not_fitting(subject, fixed, fits, grant, recorded, exceeds=exceeding is not None)


def not_fitting(
    subject: Subject, fixed: list[int], fits: Fits, grant: Fraction, recorded: dict[int, int], *, exceeds: bool
) -> Finding:
    """The finding that fixed quantities fit some grants only.

    Args:
        subject: the terms.
        fixed: the conditions that vest a fixed number of shares.
        fits: the grants that they fit.
        grant: one that they do not fit.
        recorded: an execution that shows it.
        exceeds: whether that vests more than the grant, or the most that any execution vests of it.
    """
    if exceeds:
        recorded = without_needless_records(
            subject, recorded, lambda fewer: peak(subject, subject.search.run(fewer), grant) > grant
        )
        entries = subject.search.run(recorded)
        total = peak(subject, entries, grant)
        conclusion = f"{format_shares(total)} vest, {format_quantity(total - grant)} more than granted"
    else:
        entries = subject.search.run(recorded)
        total = exact_total(subject, entries, grant)
        conclusion = f"{format_shares(total)} vest before rounding; the other {format_quantity(grant - total)} never do"
    of_case = "" if subject.grant is None else f", not this case's {format_quantity(grant)}"
    return finding(
        "VV307",
        f"the fixed quantities fit {fits.words}{of_case}",
        subject.pointer_to(fixed[0]),
        subject.ids_of(tuple(fixed)),
        related=tuple(
            Related(subject.pointer_to(place), f"{subject.id_of(place)!r} vests a fixed number of shares")
            for place in fixed[1:]
        ),
        facts={
            "grant_quantity": format_quantity(grant),
            "total_vested": format_quantity(total),
            "fits": fits.facts,
            "path": list(subject.ids_of(path_of(entries))),
        },
        advice="state portions of the grant, or let a last condition vest the remainder; or use these terms for the grants that fit only",
        counterexample=counterexample(subject, recorded, grant, conclusion),
        identity=subject.ids_of(tuple(fixed)),
    )


__all__ = ["Fits", "decide_fitting_grants", "not_fitting"]
