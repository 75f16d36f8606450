"""The least and most of the grant that executions vest, with paths that do (INV-1, INV-2).

Bounds over all paths of edges hold for every execution. Where an execution of the engine reaches one, it is the least
or the most; elsewhere the solver is asked for less, or more, until there is none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import z3

from vestverify.bounds import Bounds
from vestverify.decision import Decision
from vestverify.encoding.entitlement import NOTHING, SymbolicTotals, TooManyOccurrences, Vested
from vestverify.encoding.execution import NotEncoded, SymbolicExecution, require_one_path
from vestverify.engine.execution import execute
from vestverify.engine.numeric import format_quantity, format_shares
from vestverify.results import Exhibit, Method, Verdict
from vestverify.subject import Subject
from vestverify.totals import (
    Measure,
    ask,
    goal_at,
    needs_no_quantity,
    running_totals,
    share_in_facts,
    share_of_grant,
)
from vestverify.witness import path_of

#: Executions that vest more, or less, than the last one and are asked for one after another.
MAXIMUM_IMPROVEMENTS = 24
#: Resource units for one question where the shares are a remark beside a finding, not what was asked for.
MAXIMUM_REMARK_RLIMIT = 500_000


@dataclasses.dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the most that some executions vest, before rounding.

    Attributes:
        vested: how much.
        recorded: the recorded days of an execution that vests it.
        path: the places that it enters.
        verdict: ``PROVED`` where no execution vests less, or more; ``OPEN`` where that is not known.
        method: how that was shown; None where open.
        reason: why open.
    """

    vested: Vested
    recorded: dict[int, int]
    path: tuple[int, ...]
    verdict: Verdict
    method: Method | None
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ShareRange:
    """The least and the most; None where no such execution is known or the question was not asked."""

    least: Extreme | None
    most: Extreme | None


def share_at_terminals(subject: Subject, *, thorough: bool = True) -> ShareRange:
    """What executions vest that end at a terminal condition, where there is nothing more to wait for.

    Args:
        subject: the terms, of which it is decided which conditions are entered at all (VV201).
        thorough: whether bounds are shown and the solver is asked for what is not known; else what is not known
            already, or by running the engine on one path, is None.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``require_one_path``, ``step_of`` and ``Measure.are_inductive``.
    """
    require_one_path(subject.plan, subject.reading)
    limits = Measure(subject.grant).bounds(subject)
    places = _terminals(subject, limits)
    return ShareRange(
        _Quest(subject, places, highest=False, ending=True).answer(thorough),
        _Quest(subject, places, highest=True, ending=True).answer(thorough),
    )


def _terminals(subject: Subject, limits: Bounds) -> list[int]:
    """Conditions that nothing follows and that paths of edges reach."""
    conditions = subject.plan.conditions
    return [place for place, each in enumerate(conditions) if not each.following and place in limits.lowest]


def share_of_all(subject: Subject, *, thorough: bool = True) -> ShareRange:
    """What executions have vested in the end, those that wait for ever included; the most at any time.

    Args:
        subject: see ``share_at_terminals``.
        thorough: see there.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``share_at_terminals``.
    """
    require_one_path(subject.plan, subject.reading)
    plan = subject.plan
    limits = Measure(subject.grant).bounds(subject)
    most = _Quest(subject, list(limits.highest), highest=True, ending=False).answer(thorough)
    if all(plan.conditions[place].recorded for place in plan.initial):
        return ShareRange(Extreme(NOTHING, {}, (), Verdict.PROVED, Method.STRUCTURAL), most)
    rests = [place for place in limits.lowest if _may_rest(subject, place)]
    return ShareRange(_Quest(subject, rests, highest=False, ending=True).answer(thorough), most)


def _may_rest(subject: Subject, place: int) -> bool:
    """Whether an execution may stay at a condition, as far as one can tell without its path."""
    conditions = subject.plan.conditions
    return all(conditions[following].recorded for following in conditions[place].following)


class _Quest:
    """The search for the least or the most that executions vest."""

    def __init__(self, subject: Subject, places: Sequence[int], *, highest: bool, ending: bool) -> None:
        """Look at executions that enter one of ``places``; where ``ending``, that end there."""
        self._subject = subject
        self._measure = Measure(subject.grant)
        self._limits = self._measure.bounds(subject)
        self._bound = self._limits.highest if highest else self._limits.lowest
        self._highest = highest
        self._ending = ending
        order = self._measure.order
        self._places = sorted(places, key=lambda place: order(self._bound[place]), reverse=highest)

    def answer(self, thorough: bool) -> Extreme | None:
        if not self._places:
            return None
        furthest = self._bound[self._places[0]]
        for place in self._places:
            if self._is_beyond(furthest, self._bound[place]):
                break
            recorded = self._subject.search.realise(self._limits.path_to(place, self._highest))
            if recorded is not None and self._reached(recorded) == furthest:
                return self._at_bound(furthest, recorded, thorough)
            if not thorough:
                break
        return self._by_solver() if thorough else None

    def _at_bound(self, vested: Vested, recorded: dict[int, int], thorough: bool) -> Extreme | None:
        if not thorough and not self._measure.is_asked(self._subject):
            return None
        shown, reason = self._measure.are_inductive(self._subject, self._limits)
        return self._extreme(vested, recorded, Method.SMT if shown else None, reason)

    def _extreme(self, vested: Vested, recorded: dict[int, int], method: Method | None, reason: str) -> Extreme:
        path = path_of(execute(self._subject.plan, recorded, self._subject.reading))
        return Extreme(vested, recorded, path, Verdict.PROVED if method else Verdict.OPEN, method, reason)

    def _is_beyond(self, first: Vested, second: Vested) -> bool:
        order = self._measure.order
        return order(first) > order(second) if self._highest else order(first) < order(second)

    def _reached(self, recorded: dict[int, int]) -> Vested | None:
        """What an execution vests; None where it is none of those looked at."""
        totals = [(place, after) for place, _, after in running_totals(self._subject, recorded)]
        if self._ending:
            return totals[-1][1] if totals and totals[-1][0] in self._places else None
        found = None
        for _, vested in totals:
            if found is None or self._is_beyond(vested, found):
                found = vested
        return found

    def _by_solver(self) -> Extreme | None:
        """Demand more, or less, than the best execution known until there is none."""
        best: Vested | None = None
        recorded: dict[int, int] = {}
        for known in list(self._subject.search.witnesses.values()):
            vested = self._reached(known)
            if vested is not None and (best is None or self._is_beyond(vested, best)):
                best, recorded = vested, known
        if best is None:
            return None
        improvements = 0
        for place in self._places:
            while self._is_beyond(self._bound[place], best):
                if improvements >= MAXIMUM_IMPROVEMENTS:
                    return self._extreme(best, recorded, None, f"{MAXIMUM_IMPROVEMENTS} improvements are the most")
                answer = self._ask(place, best)
                if answer is None:
                    break
                if isinstance(answer, str):
                    return self._extreme(best, recorded, None, answer)
                improvements += 1
                vested = self._reached(answer)
                assert vested is not None
                best, recorded = vested, answer
        shown, reason = self._measure.are_inductive(self._subject, self._limits)
        return self._extreme(best, recorded, Method.SMT if shown else None, reason)

    def _ask(self, place: int, best: Vested) -> dict[int, int] | str | None:
        """The recorded days of an execution beyond the best one; None where there is none; why that is open."""

        def shows(recorded: dict[int, int]) -> bool:
            vested = self._reached(recorded)
            return vested is not None and self._is_beyond(vested, best)

        beyond = goal_at(place, lambda totals: self._symbolic(totals, place, best))

        def goal(execution: SymbolicExecution, totals: SymbolicTotals | None) -> z3.BoolRef:
            waits = [z3.Not(execution.recorded[next_place][0]) for next_place in self._next_of(place)]
            return z3.And(beyond(execution, totals), *waits)

        sought = f"{'more' if self._highest else 'less'} vested than {vested_in_words(self._subject, best)}"
        answer = ask(self._subject, place, sought, goal, shows)
        if answer.exists is Verdict.OPEN:
            return answer.reason
        return answer.recorded

    def _next_of(self, place: int) -> tuple[int, ...]:
        """What must not happen for an execution to stay at a condition, where it is to end there."""
        return self._subject.plan.conditions[place].following if self._ending else ()

    def _symbolic(self, totals: SymbolicTotals, place: int, best: Vested) -> z3.BoolRef:
        grant = self._measure.grant
        if grant is not None:
            vested, bound = totals.of(place, grant), totals.constant(best.of(grant))
            return vested > bound if self._highest else vested < bound
        return totals.above(place, best) if self._highest else totals.below(place, best)


def share_facts(subject: Subject, terminal: int | None = None) -> dict[str, str | None]:
    """The facts ``max_vested`` and ``min_vested`` of a finding, as far as a little asking tells (contract, section 5).

    Args:
        subject: see ``share_at_terminals``.
        terminal: the terminal condition at which vesting ends; None for the most that any execution vests at any
            time, and the least of those that end at a terminal condition.

    Returns:
        Exact fractions of the grant; None where fixed quantities decide, too, or where it is not known.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``share_at_terminals``.
    """
    asking = dataclasses.replace(subject, allowance=subject.allowance.at_most(MAXIMUM_REMARK_RLIMIT))
    if terminal is None:
        most, least = share_of_all(asking).most, share_at_terminals(asking).least
    else:
        most = _Quest(asking, [terminal], highest=True, ending=True).answer(True)
        least = _Quest(asking, [terminal], highest=False, ending=True).answer(True)
    # For a small grant any fixed quantity beats the greatest portion.
    portions_decide = subject.grant is not None or needs_no_quantity(Measure(None).bounds(subject))
    return {
        "max_vested": _share_in_facts(subject, most) if portions_decide else None,
        "min_vested": _share_in_facts(subject, least),
    }


def _share_in_facts(subject: Subject, extreme: Extreme | None) -> str | None:
    if extreme is None or extreme.verdict is not Verdict.PROVED:
        return None
    return share_in_facts(share_of_grant(subject, extreme.vested))


def vested_share(subject: Subject) -> dict[str, str]:
    """The shares at terminal conditions for a verdict's scope, where they are known without asking anything more.

    Raises:
        NotEncoded, TooManyOccurrences, Disagreement: see ``share_at_terminals``.
    """
    measure = Measure(subject.grant)
    limits = measure.bounds(subject)
    if not measure.is_asked(subject) or not measure.are_inductive(subject, limits)[0]:
        return {}
    terminals = _terminals(subject, limits)
    bounds = {limits.lowest[place] for place in terminals} | {limits.highest[place] for place in terminals}
    if len(bounds) == 1 and any(place in subject.search.witnesses for place in terminals):
        # Bounds that meet leave no choice, whichever path is taken.
        least = most = bounds.pop()
    else:
        found = share_at_terminals(subject, thorough=False)
        if found.least is None or found.most is None:
            return {}
        least, most = found.least.vested, found.most.vested
    return {"vested_share": f"{range_in_words(subject, least, most)} at terminal conditions"}


def range_in_words(subject: Subject, least: Vested, most: Vested) -> str:
    """A range of totals, such as ``1/4..1 of the grant``."""
    if subject.grant is not None:
        low, high = format_quantity(least.of(subject.grant)), format_quantity(most.of(subject.grant))
        return f"{low if low == high else f'{low}..{high}'} of {format_shares(subject.grant)}"
    if least == most:
        return vested_in_words(subject, least)
    if least.shares == 0 and most.shares == 0:
        return f"{least.share}..{most.share} of the grant"
    return f"{vested_in_words(subject, least)} to {vested_in_words(subject, most)}, for large grants,"


def vested_in_words(subject: Subject, vested: Vested) -> str:
    """A total, such as ``1/4 of the grant`` or ``1/4 of the grant and 10 shares``."""
    if subject.grant is not None:
        return f"{format_quantity(vested.of(subject.grant))} of {format_shares(subject.grant)}"
    if vested.shares == 0:
        return f"{vested.share} of the grant"
    return (
        f"{vested.share} of the grant and {format_shares(vested.shares)}"
        if vested.share
        else format_shares(vested.shares)
    )


def share_exhibits(subject: Subject, decision: Decision) -> Iterator[Exhibit]:
    """What there is to see of VV301, VV302, VV303 and VV311: the least and the most vested."""
    if decision.verdict is not Verdict.NOT_APPLICABLE and decision.method is not None:
        yield Exhibit(
            "The least and the most that executions vest, with conditions that they enter", share_lines(subject)
        )


def share_lines(subject: Subject) -> tuple[str, ...]:
    """The least and most vested over executions that end, and over all, with paths, in sentences.

    Raises:
        Disagreement: see ``share_at_terminals``.
    """
    try:
        ending, every = share_at_terminals(subject), share_of_all(subject)
    except (NotEncoded, TooManyOccurrences) as error:
        return (f"not known: {error}",)
    if ending.least is None or ending.most is None:
        lines = ["No execution is known that ends at a terminal condition."]
    else:
        lines = [
            f"ends at a terminal condition: at least {_line(subject, ending.least)}",
            f"ends at a terminal condition: at most {_line(subject, ending.most)}",
        ]
    if every.least is not None:
        lines.append(f"any execution: at least {_line(subject, every.least)}")
    if every.most is not None:
        lines.append(f"any execution: at most {_line(subject, every.most)}")
    return tuple(lines)


def _line(subject: Subject, extreme: Extreme) -> str:
    path = ", ".join(repr(name) for name in subject.ids_of(extreme.path)) if extreme.path else "nothing is recorded"
    how = f"({extreme.method})" if extreme.method else f"or beyond: open: {extreme.reason}"
    return f"{vested_in_words(subject, extreme.vested)}: {path} {how}"


__all__ = [
    "MAXIMUM_IMPROVEMENTS",
    "MAXIMUM_REMARK_RLIMIT",
    "Extreme",
    "ShareRange",
    "range_in_words",
    "share_at_terminals",
    "share_exhibits",
    "share_facts",
    "share_lines",
    "share_of_all",
    "vested_in_words",
    "vested_share",
]
