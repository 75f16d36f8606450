"""Inputs that make something happen at a wanted time, for the questions about dates (VV202, VV203, VV204)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vestverify.decision import ASSUMPTIONS, PARTS_FOR_MORE, SCOPE, Decision, undecided
from vestverify.dominance import days_after
from vestverify.engine.calendar import LAST_DAY as LAST_WRITTEN_DAY
from vestverify.engine.calendar import format_day
from vestverify.engine.plan import Plan, Relative
from vestverify.engine.reading import DEFAULT_READING, PeriodicReference
from vestverify.plan_graph import parents_of, reachable
from vestverify.reachability import Goal, entry_not_known, find_execution
from vestverify.results import Counterexample, Finding, Method, Severity, Verdict
from vestverify.subject import Subject
from vestverify.totals import Shows, within_grant
from vestverify.witness import outcome_on

#: Questions that one property about dates asks of the solver for one VestingTerms; beyond, it is open.
MAXIMUM_QUESTIONS = 12

#: Paths to one condition on which inputs are tried.
_MAXIMUM_PATHS = 3


class Routes:
    """Paths that executions found so far have taken."""

    def __init__(self, subject: Subject) -> None:
        """Run every different witness of the subject's search once."""
        self.subject = subject
        self.parents = parents_of(subject.plan)
        self.following = {place: each.following for place, each in enumerate(subject.plan.conditions)}
        self._through: dict[int, list[tuple[tuple[int, ...], int, dict[int, int]]]] = {}
        witnesses = {tuple(sorted(recorded.items())): recorded for recorded in subject.search.witnesses.values()}
        for recorded in witnesses.values():
            path = tuple(entry.place for entry in subject.search.run(recorded))
            for number, place in enumerate(path):
                known = self._through.setdefault(place, [])
                if len(known) < _MAXIMUM_PATHS:
                    known.append((path, number + 1, recorded))

    def to(self, place: int) -> list[tuple[tuple[int, ...], dict[int, int]]]:
        """A few different paths to a condition, each with the recorded days of an execution that takes it."""
        found: dict[tuple[int, ...], dict[int, int]] = {}
        for path, length, recorded in self._through.get(place, ()):
            found.setdefault(path[:length], recorded)
        return list(found.items())

    def living_parents(self, place: int) -> list[int]:
        """The conditions that lead to one, without those that are never entered."""
        return [parent for parent in self.parents[place] if parent not in self.subject.search.never_entered]


class Questions:
    """The questions that one property about dates asks of the solver.

    Attributes:
        subject: the terms.
        asked: how many there were; those beyond ``MAXIMUM_QUESTIONS`` are left open.
        refuted: whether the property is refuted already; then questions may spend little, for more findings.
        reason: why the last one that was left open is, ``""`` where none is.
    """

    def __init__(self, subject: Subject) -> None:
        """Ask nothing yet."""
        self.subject = subject
        self.asked = 0
        self.refuted = False
        self.reason = ""
        self._little = subject.asking_little(PARTS_FOR_MORE)

    def ask(
        self, place: int | None, about: str, sought: str, targets: Iterable[int], goal: Goal, shows: Shows
    ) -> dict[int, int] | None:
        """Recorded days of an execution that reaches a goal; None where there is none or that is left open.

        Args:
            place: the condition that is entered where the goal is reached; None for the beginning.
            about: what the question is about, for the reason.
            sought: what is asked for, in words: "an execution that ...".
            targets: the conditions that the goal speaks of.
            goal: what is asked for.
            shows: runs the engine on recorded days and says whether the goal is really reached.

        Raises:
            NotEncoded, Disagreement: see ``find_execution``.
        """
        self.asked += 1
        if place is not None and place in self.subject.search.unknown:
            self.reason = entry_not_known(self.subject, place)
        elif self.may_ask(about):
            answer = find_execution(self.subject_to_ask, sought, targets, goal, shows)
            self.reason = answer.reason or self.reason
            return answer.recorded
        return None

    @property
    def subject_to_ask(self) -> Subject:
        """The terms with what the next question may spend."""
        return self._little if self.refuted else self.subject

    def may_ask(self, about: str) -> bool:
        """Whether another question may be asked; if not, what it would be about is the reason."""
        if self.asked <= MAXIMUM_QUESTIONS:
            return True
        self.reason = f"{about} was not asked about: {MAXIMUM_QUESTIONS} questions are the most"
        return False

    def decide(self, code: str, found: Collection[Finding], warnings: Collection[Finding] = ()) -> Decision:
        """The decision once all questions are asked.

        Args:
            code: the property.
            found: what executions show.
            warnings: what the document alone tells; where there is nothing else, the refutation is a warning.
        """
        method = Method.SMT if self.asked else Method.EXHAUSTIVE if found else Method.STRUCTURAL
        if found or warnings:
            severity = None if found else Severity.WARNING
            findings = (*found, *warnings)
            return Decision(code, Verdict.REFUTED, method, findings, SCOPE, ASSUMPTIONS, self.reason, severity)
        if self.reason:
            return undecided(code, self.reason)
        return Decision(code, Verdict.PROVED, method, (), SCOPE, ASSUMPTIONS)


def never_after(plan: Plan, first: Relative, second: Relative, *, strictly: bool, last_of_first: bool) -> bool:
    """Whether a date counted from a day is never later than another's first date counted from the same day.

    Args:
        plan: the compiled terms, run under the default reading.
        first: its first date, or its last where ``last_of_first``.
        second: its first date.
        strictly: whether the first must be earlier.
        last_of_first: which date of ``first`` is compared.

    Returns:
        False also where that is not known.
    """
    number = first.occurrences if last_of_first else 1
    early, late = first.length * number, second.length
    if first.in_months == second.in_months:
        # Two dates of one month differ by their days of the month, which may be fixed or that of the start.
        equal_day = not first.in_months or (first.wanted_day is not None and first.wanted_day == second.wanted_day)
        return early < late or (early == late and equal_day and not strictly)
    known_early, known_late = days_after(plan, first, number), days_after(plan, second)
    if known_early is not None and known_late is not None:
        most, least = known_early[1], known_late[0]
    elif second.in_months:
        most, least = early, 28 * (late - 1) + 1 if late else 0
    else:
        most, least = 31 * (early + 1) - 1, late
    return most < least if strictly else most <= least


def is_left_before(routes: Routes, parent: int, place: int, *, strictly: bool) -> bool:
    """Whether a condition is never left after the own date of one that may follow it, told from the document.

    Args:
        routes: the graph.
        parent: the condition that is left.
        place: a relative condition that may follow it.
        strictly: whether it must be left earlier.

    Returns:
        True only where it is certain: every condition between the one counted from and ``parent`` counts
        from the same one, no longer, or has a sibling that does.
    """
    subject = routes.subject
    trigger = subject.plan.conditions[place].trigger
    assert isinstance(trigger, Relative)
    reference = trigger.reference
    if reference == parent and not strictly:
        counts_from_end = subject.reading.periodic_reference is PeriodicReference.LAST
        return counts_from_end or subject.plan.conditions[parent].occurrences == 1
    if reference is None or subject.reading != DEFAULT_READING:
        return False
    after = reachable(routes.following, routes.following[reference])
    waiting, seen = [parent], {parent}
    while waiting:
        current = waiting.pop()
        if current == reference:
            if strictly and trigger.length == 0:
                return False
            continue
        earlier = [each for each in routes.living_parents(current) if each == reference or each in after]
        if not _falls_before(subject, current, trigger, strictly) and not all(
            _is_forestalled(subject, each, current, trigger, strictly) for each in earlier
        ):
            return False
        waiting.extend(each for each in earlier if each not in seen)
        seen.update(earlier)
    return True


def _falls_before(subject: Subject, place: int, later: Relative, strictly: bool) -> bool:
    """Whether the last date of a condition is never after one counted from the same condition."""
    trigger = subject.plan.conditions[place].trigger
    return (
        isinstance(trigger, Relative)
        and trigger.reference == later.reference
        and never_after(subject.plan, trigger, later, strictly=strictly, last_of_first=True)
    )


def _is_forestalled(subject: Subject, parent: int, place: int, later: Relative, strictly: bool) -> bool:
    """Whether a sibling is entered instead of a condition, once a date has passed, unless ``parent`` is left after it."""
    if subject.plan.conditions[place].occurrences > 1:
        return False
    for sibling in subject.plan.conditions[parent].following:
        trigger = subject.plan.conditions[sibling].trigger
        if sibling == place or not isinstance(trigger, Relative) or trigger.reference != later.reference:
            continue
        if never_after(subject.plan, trigger, later, strictly=strictly, last_of_first=False):
            return True
    return False


def written(day: int) -> str:
    """A day as ``YYYY-MM-DD``, or that no date can write it."""
    return format_day(day) if day <= LAST_WRITTEN_DAY else "a day after 9999-12-31"


def shown(subject: Subject, recorded: dict[int, int], conclusion: str) -> Counterexample | None:
    """An input with its schedule; None where the engine refuses one, for which other findings give the reason."""
    grant = subject.round_grant()
    outcome = outcome_on(subject, recorded, grant)
    if outcome is None or outcome.schedule.total > grant:
        return None
    return within_grant(subject, recorded, conclusion, outcome)
