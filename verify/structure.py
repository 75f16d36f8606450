"""Properties decided by the structure of the graph: VV101 to VV113, VV308, VV309."""

from __future__ import annotations

import collections
from collections.abc import Iterator

from vestverify.decision import Decision, finding, undecided
from vestverify.encoding.acyclicity import cyclic_core
from vestverify.results import Finding, Method, Related, Severity, Verdict
from vestverify.skeleton import EARLIER_OF, LATER_OF, BareCondition, Skeleton
from vestverify.solver import Satisfiability

#: Codes whose refutation leaves the terms without a meaning that could be verified.
BLOCKING = (
    *("VV101", "VV102", "VV103", "VV104", "VV106", "VV107", "VV109", "VV111", "VV112", "VV113", "VV308", "VV309"),
)


def decide_structure(skeleton: Skeleton, rlimit: int) -> tuple[Decision, ...]:
    """Decide every structural property.

    Args:
        skeleton: the graph as far as it can be read.
        rlimit: solver resource units allowed for acyclicity.
    """
    return (
        _acyclic(skeleton, rlimit),
        _decision("VV102", _dangling_next(skeleton)),
        _decision("VV103", _duplicate_ids(skeleton)),
        _decision("VV104", _no_initial(skeleton)),
        _decision("VV105", _several_initial(skeleton)),
        _decision("VV106", _unreachable(skeleton)),
        _decision("VV107", _dangling_references(skeleton)),
        _decision("VV108", _references_off_path(skeleton)),
        _decision("VV109", _self_references(skeleton)),
        _decision("VV111", _later_of_not_alone(skeleton)),
        _decision("VV112", _earlier_of_companions(skeleton)),
        _decision("VV113", _inputs_that_do_not_lead(skeleton)),
        _decision("VV308", _invalid_amounts(skeleton)),
        _decision("VV309", _cliffs(skeleton)),
    )


def _decision(code: str, findings: Iterator[Finding]) -> Decision:
    found = tuple(findings)
    worst = min((each.severity for each in found), key=list(Severity).index, default=None)
    verdict = Verdict.REFUTED if found else Verdict.PROVED
    return Decision(code, verdict, Method.STRUCTURAL, found, severity=worst)


def _acyclic(skeleton: Skeleton, rlimit: int) -> Decision:
    edges = list(skeleton.edges())
    findings: list[Finding] = []
    while True:
        answer, core, reason = cyclic_core(edges, rlimit)
        if answer is Satisfiability.UNKNOWN:
            return (
                Decision("VV101", Verdict.REFUTED, Method.SMT, tuple(findings))
                if findings
                else undecided("VV101", reason)
            )
        if answer is Satisfiability.SATISFIABLE:
            break
        cycle = _cycle_in([edges[number] for number in core], skeleton)
        findings.append(_cyclic_finding(cycle, skeleton))
        inside = set(cycle)
        # One cycle a group of conditions is enough to repair them: look on in the rest of the graph.
        edges = [edge for edge in edges if not (edge[0] in inside and edge[1] in inside)]
    verdict = Verdict.REFUTED if findings else Verdict.PROVED
    return Decision("VV101", verdict, Method.SMT, tuple(findings))


def _cycle_in(core: list[tuple[str, str]], skeleton: Skeleton) -> tuple[str, ...]:
    following: dict[str, list[str]] = {}
    for origin, target in core:
        following.setdefault(origin, []).append(target)
    path: list[str] = []
    place: dict[str, int] = {}
    # A core is minimal or nearly so: walking along it, leaving dead ends, meets the cycle.
    alive = _without_dead_ends(following)
    current = next(identifier for identifier in skeleton.first if identifier in alive)
    while current not in place:
        place[current] = len(path)
        path.append(current)
        current = alive[current][0]
    cycle = path[place[current] :]
    first = min(range(len(cycle)), key=lambda number: list(skeleton.first).index(cycle[number]))
    return tuple(cycle[first:] + cycle[:first])


def _without_dead_ends(following: dict[str, list[str]]) -> dict[str, list[str]]:
    alive = following
    while True:
        kept = {origin: [target for target in targets if target in alive] for origin, targets in alive.items()}
        kept = {origin: targets for origin, targets in kept.items() if targets}
        if kept == alive:
            return alive
        alive = kept


def _cyclic_finding(cycle: tuple[str, ...], skeleton: Skeleton) -> Finding:
    steps = " -> ".join(repr(identifier) for identifier in (*cycle, cycle[0]))
    edges = [[origin, target] for origin, target in zip(cycle, (*cycle[1:], cycle[0]), strict=True)]
    return finding(
        "VV101",
        f"next_condition_ids lead in a circle: {steps}"
        if len(cycle) > 1
        else f"{cycle[0]!r} names itself as its next condition",
        skeleton.first[cycle[0]].pointer,
        cycle,
        related=tuple(
            Related(_next_pointer(skeleton, origin, target), f"{origin!r} leads to {target!r}")
            for origin, target in zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        ),
        facts={"cycle": list(cycle), "edges": edges},
        advice="take one of these ids out of next_condition_ids; for vesting that repeats, use occurrences",
        identity=cycle,
    )


def _next_pointer(skeleton: Skeleton, origin: str, target: str) -> str:
    # Two conditions may share the id (VV103); the edge is written in one of them.
    written = next(each for each in skeleton.conditions if each.id == origin and target in each.following)
    return f"{written.pointer}/next_condition_ids/{written.following.index(target)}"


def _dangling_next(skeleton: Skeleton) -> Iterator[Finding]:
    for condition in skeleton.conditions:
        for number, identifier in enumerate(condition.following):
            if identifier not in skeleton.first:
                yield finding(
                    "VV102",
                    f"{condition.id!r} leads to {identifier!r}, which is no condition of these terms",
                    f"{condition.pointer}/next_condition_ids/{number}",
                    (condition.id,),
                    facts={"missing": identifier},
                    advice=_did_you_mean(identifier, skeleton) or "add that condition, or take the id out",
                    identity=(condition.id, identifier),
                )


def _did_you_mean(identifier: str, skeleton: Skeleton) -> str:
    import difflib

    close = difflib.get_close_matches(identifier, list(skeleton.first), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _duplicate_ids(skeleton: Skeleton) -> Iterator[Finding]:
    for condition in skeleton.conditions:
        first = skeleton.first[condition.id]
        if first is not condition:
            yield finding(
                "VV103",
                f"two conditions have the id {condition.id!r}",
                f"{condition.pointer}/id",
                (condition.id,),
                related=(Related(f"{first.pointer}/id", "the first one"),),
                advice="give one of them another id, and name it where it is meant",
                identity=(condition.id,),
            )


def _no_initial(skeleton: Skeleton) -> Iterator[Finding]:
    if skeleton.conditions and not skeleton.initial:
        yield finding(
            "VV104",
            "every condition is the next condition of some other, so that vesting can never begin",
            skeleton.pointer,
            facts={"conditions": len(skeleton.first)},
            advice="take the first condition out of every next_condition_ids",
        )


def _several_initial(skeleton: Skeleton) -> Iterator[Finding]:
    if len(skeleton.initial) > 1:
        names = ", ".join(repr(identifier) for identifier in skeleton.initial)
        yield finding(
            "VV105",
            f"{len(skeleton.initial)} conditions are nobody's next condition: {names}; OCF does not say whether they compete or all count",
            skeleton.first[skeleton.initial[1]].pointer,
            skeleton.initial,
            related=(Related(skeleton.first[skeleton.initial[0]].pointer, "the first of them"),),
            facts={"initial": list(skeleton.initial)},
            advice="name all but one of them in some next_condition_ids, or remove them",
            identity=skeleton.initial,
        )


def _unreachable(skeleton: Skeleton) -> Iterator[Finding]:
    for identifier, condition in skeleton.first.items():
        if identifier not in skeleton.reached:
            yield finding(
                "VV106",
                f"no path of next_condition_ids leads from an initial condition to {identifier!r}",
                condition.pointer,
                (identifier,),
                advice="name it in the next_condition_ids of the condition that it follows, or remove it",
                identity=(identifier,),
            )


def _reference_pointer(condition: BareCondition) -> str:
    return f"{condition.pointer}/trigger/relative_to_condition_id"


def _dangling_references(skeleton: Skeleton) -> Iterator[Finding]:
    for condition in skeleton.conditions:
        if condition.reference is not None and condition.reference not in skeleton.first:
            yield finding(
                "VV107",
                f"{condition.id!r} counts from {condition.reference!r}, which is no condition of these terms",
                _reference_pointer(condition),
                (condition.id,),
                facts={"missing": condition.reference},
                advice=_did_you_mean(condition.reference, skeleton) or "name the condition that the period counts from",
                identity=(condition.id, condition.reference),
            )
        for number, identifier in enumerate(condition.inputs or ()):
            if identifier not in skeleton.first:
                yield finding(
                    "VV107",
                    f"{condition.id!r} has the input {identifier!r}, which is no condition of these terms",
                    f"{_inputs_pointer(condition)}/{number}",
                    (condition.id,),
                    facts={"missing": identifier},
                    advice=_did_you_mean(identifier, skeleton) or "name the conditions that lead to it",
                    identity=(condition.id, identifier),
                )


def _self_references(skeleton: Skeleton) -> Iterator[Finding]:
    for condition, reference in _real_references(skeleton):
        if reference == condition.id or _leads_to(skeleton, condition.id, reference):
            what = "itself" if reference == condition.id else f"{reference!r}, which comes after it"
            yield finding(
                "VV109",
                f"{condition.id!r} counts from {what}, so that it waits for ever",
                _reference_pointer(condition),
                (condition.id,),
                facts={"reference": reference},
                advice="count from a condition that is met before",
                identity=(condition.id, reference),
            )


def _inputs_pointer(condition: BareCondition) -> str:
    return f"{condition.pointer}/trigger/input_condition_ids"


def _companions(skeleton: Skeleton, kind: str) -> Iterator[tuple[BareCondition, str, list[str]]]:
    """Conditions that lead to a relationship of a kind: that one, and what else they lead to."""
    for condition in skeleton.conditions:
        following = [identifier for identifier in condition.following if identifier in skeleton.first]
        for identifier in following:
            if skeleton.first[identifier].relationship == kind:
                yield condition, identifier, [each for each in following if each != identifier]


def _later_of_not_alone(skeleton: Skeleton) -> Iterator[Finding]:
    for condition, relationship, others in _companions(skeleton, LATER_OF):
        if others:
            names = ", ".join(repr(each) for each in others)
            yield finding(
                "VV111",
                f"{condition.id!r} leads to the LATER_OF {relationship!r} and to {names}; a LATER_OF must stand alone",
                f"{condition.pointer}/next_condition_ids",
                (condition.id,),
                related=(Related(skeleton.first[relationship].pointer, "the LATER_OF"),),
                facts={"relationship": relationship, "others": others},
                advice=f"lead to {relationship!r} only, and from there to what follows",
                identity=(condition.id, relationship),
            )


def _earlier_of_companions(skeleton: Skeleton) -> Iterator[Finding]:
    for condition, relationship, others in _companions(skeleton, EARLIER_OF):
        for companion in others:
            if not _leads_to(skeleton, relationship, companion):
                yield finding(
                    "VV112",
                    f"{condition.id!r} leads to the EARLIER_OF {relationship!r} and to {companion!r}, which does not "
                    f"come after {relationship!r}",
                    _next_pointer(skeleton, condition.id, companion),
                    (condition.id,),
                    related=(Related(skeleton.first[relationship].pointer, "the EARLIER_OF"),),
                    facts={"relationship": relationship, "companion": companion},
                    advice=f"let {relationship!r} lead to {companion!r}, or take the id out",
                    identity=(condition.id, relationship, companion),
                )


def _inputs_that_do_not_lead(skeleton: Skeleton) -> Iterator[Finding]:
    for condition in skeleton.conditions:
        if condition.inputs is None:
            continue
        leading = skeleton.parents[condition.id]
        listed = [identifier for identifier in condition.inputs if identifier in skeleton.first]
        if leading and sorted(listed) == sorted(leading):
            continue
        missing = [identifier for identifier in leading if identifier not in listed]
        idle = [identifier for identifier in dict.fromkeys(listed) if identifier not in leading]
        twice = [identifier for identifier in dict.fromkeys(listed) if listed.count(identifier) > 1]
        wrong = [
            *(f"{identifier!r} leads to it and is not listed" for identifier in missing),
            *(f"{identifier!r} is listed and does not lead to it" for identifier in idle),
            *(f"{identifier!r} is listed {listed.count(identifier)} times" for identifier in twice),
        ] or ["nothing leads to it"]
        yield finding(
            "VV113",
            f"input_condition_ids of {condition.id!r} are not the conditions that lead to it: {'; '.join(wrong)}",
            _inputs_pointer(condition),
            (condition.id,),
            facts={"leading": leading, "listed": listed},
            advice="list exactly the conditions whose next_condition_ids name it, each once",
            identity=(condition.id,),
        )


def _references_off_path(skeleton: Skeleton) -> Iterator[Finding]:
    for condition, reference in _real_references(skeleton):
        if skeleton.parents[condition.id] == [reference]:
            continue
        if reference == condition.id or _leads_to(skeleton, condition.id, reference):
            continue
        if condition.id not in skeleton.reached:
            continue
        if not _leads_to(skeleton, reference, condition.id):
            yield _off_path(condition, reference, Severity.ERROR, "lies on no path to it, so that it is never met", ())
            continue
        around = _path_around(skeleton, reference, condition.id)
        if around is not None:
            words = " -> ".join(repr(identifier) for identifier in around)
            reason = f"need not have been met: the path {words} avoids it, and then {condition.id!r} is never met"
            yield _off_path(condition, reference, Severity.WARNING, reason, around)


def _off_path(
    condition: BareCondition, reference: str, severity: Severity, reason: str, around: tuple[str, ...]
) -> Finding:
    return finding(
        "VV108",
        f"{condition.id!r} counts from {reference!r}, which {reason}",
        _reference_pointer(condition),
        (condition.id,),
        severity=severity,
        facts={"reference": reference, "path_without_it": list(around) or None},
        advice="count from a condition that lies on every path to it",
        identity=(condition.id, reference),
    )


def _real_references(skeleton: Skeleton) -> Iterator[tuple[BareCondition, str]]:
    for condition in skeleton.conditions:
        if condition.reference is not None and condition.reference in skeleton.first:
            yield condition, condition.reference


def _leads_to(skeleton: Skeleton, origin: str, target: str) -> bool:
    return origin != target and target in skeleton.after(origin)


def _path_around(skeleton: Skeleton, avoided: str, target: str) -> tuple[str, ...] | None:
    """A path to a condition on which another need not be met; a LATER_OF needs all that leads to it (REL-3)."""
    reached_from: dict[str, str | None] = {identifier: None for identifier in skeleton.initial if identifier != avoided}
    missing = {
        identifier: len(skeleton.parents[identifier]) if condition.relationship == LATER_OF else 1
        for identifier, condition in skeleton.first.items()
    }
    waiting = collections.deque(reached_from)
    while waiting and target not in reached_from:
        origin = waiting.popleft()
        for following in skeleton.following[origin]:
            missing[following] -= 1
            if missing[following] <= 0 and following not in reached_from and following != avoided:
                reached_from[following] = origin
                waiting.append(following)
    if target not in reached_from:
        return None
    path: list[str] = []
    place: str | None = target
    while place is not None:
        path.append(place)
        place = reached_from[place]
    return tuple(reversed(path))


def _invalid_amounts(skeleton: Skeleton) -> Iterator[Finding]:
    for condition in skeleton.conditions:
        if condition.denominator == 0:
            yield _invalid(
                condition, "portion/denominator", "has a portion with the denominator 0", "write 0/1 for nothing"
            )
        elif _is_negative(condition):
            yield _invalid(condition, "portion", "has a negative portion", "write a portion of 0 or more")
        if condition.quantity is not None and condition.quantity < 0:
            yield _invalid(condition, "quantity", "has a negative quantity", "write a quantity of 0 or more")


def _is_negative(condition: BareCondition) -> bool:
    numerator, denominator = condition.numerator, condition.denominator
    return numerator is not None and denominator is not None and numerator / denominator < 0


def _invalid(condition: BareCondition, where: str, what: str, advice: str) -> Finding:
    return finding(
        "VV308",
        f"{condition.id!r} {what}",
        f"{condition.pointer}/{where}",
        (condition.id,),
        facts={"field": where},
        advice=advice,
        identity=(condition.id, where),
    )


def _cliffs(skeleton: Skeleton) -> Iterator[Finding]:
    for condition in skeleton.conditions:
        if (
            condition.cliff is not None
            and condition.occurrences is not None
            and condition.cliff > condition.occurrences >= 1
        ):
            yield finding(
                "VV309",
                f"the cliff of {condition.id!r} is installment {condition.cliff}, but there are only {condition.occurrences}",
                f"{condition.pointer}/trigger/period/cliff_installment",
                (condition.id,),
                facts={"cliff_installment": condition.cliff, "occurrences": condition.occurrences},
                advice=f"use a cliff_installment of at most {condition.occurrences}",
                identity=(condition.id,),
            )
