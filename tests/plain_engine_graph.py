"""The graph of conditions, as the plain engine reads it."""

from __future__ import annotations

from fractions import Fraction

from plain_engine_schema import EARLIER_OF, LATER_OF, RELATIVE
from plain_engine_values import Json, error


class Graph:
    """The conditions of vesting terms by id, with what is wrong with them."""

    def __init__(self, terms: Json, faults: frozenset[str]) -> None:
        self.faults = faults
        self.errors: list[Json] = []
        self.conditions: dict[str, Json] = {}
        listed: list[Json] = terms["vesting_conditions"]
        for condition in listed:
            identifier = condition["id"]
            if identifier in self.conditions:
                if "first-duplicate-id-wins" in faults:
                    continue
                if "last-duplicate-id-wins" not in faults:
                    self.errors.append(error("VV103", "two conditions have this id", identifier))
            self.conditions[identifier] = condition
        self.place = {identifier: place for place, identifier in enumerate(self.conditions)}
        self.following: dict[str, list[str]] = {}
        self.parents: dict[str, list[str]] = {identifier: [] for identifier in self.conditions}
        for identifier, condition in self.conditions.items():
            self.following[identifier] = known = []
            for each in condition["next_condition_ids"]:
                if each in self.conditions:
                    known.append(each)
                    self.parents[each].append(identifier)
                elif "dangling-next-ignored" not in faults:
                    self.errors.append(error("VV102", f"{each!r} is no condition", identifier))
        self.roots = [identifier for identifier, parents in self.parents.items() if not parents]
        self._after: dict[str, set[str]] = {}
        self._check_shape()
        for identifier, condition in self.conditions.items():
            self._check_reference(identifier, condition["trigger"])
            self._check_amount(identifier, condition)
        self._check_relationships()

    def after(self, identifier: str) -> set[str]:
        """All conditions that can follow one, directly or not."""
        if identifier not in self._after:
            found: set[str] = set()
            waiting = list(self.following[identifier])
            while waiting:
                each = waiting.pop()
                if each not in found:
                    found.add(each)
                    waiting.extend(self.following[each])
            self._after[identifier] = found
        return self._after[identifier]

    def _check_shape(self) -> None:
        faults = self.faults
        if not self.roots:
            if "cycle-cut-silently" not in faults:
                self.errors.append(error("VV104", "no condition is the first"))
            self.roots = [next(iter(self.conditions))] if "cycle-cut-silently" in faults else []
        if "several-roots-refused" in faults and len(self.roots) > 1:
            self.errors.append(error("VV105", "several first conditions", self.roots[1]))
        if "seen-twice-is-a-cycle" in faults:
            for identifier, parents in self.parents.items():
                if len(parents) > 1:
                    self.errors.append(error("VV101", "seen twice", identifier))
        waiting_for = {identifier: len(parents) for identifier, parents in self.parents.items()}
        ready = [identifier for identifier, count in waiting_for.items() if count == 0]
        self.order: dict[str, int] = {}
        while ready:
            identifier = ready.pop(0)
            self.order[identifier] = len(self.order)
            for each in self.following[identifier]:
                waiting_for[each] -= 1
                if waiting_for[each] == 0:
                    ready.append(each)
        if len(self.order) == len(self.conditions):
            return
        reached = set(self.roots).union(*(self.after(root) for root in self.roots))
        for identifier in self.conditions:
            if identifier in self.after(identifier) and "cycle-cut-silently" not in faults:
                self.errors.append(error("VV101", "leads back to itself", identifier))
            if identifier not in reached and not {"cycle-cut-silently", "unreachable-ignored"} & faults:
                self.errors.append(error("VV106", "no path leads there", identifier))

    def _check_reference(self, identifier: str, trigger: Json) -> None:
        if trigger["type"] != RELATIVE:
            return
        faults = self.faults
        reference = trigger["relative_to_condition_id"]
        if reference not in self.conditions:
            if "dangling-reference-from-grant-date" not in faults:
                self.errors.append(error("VV107", f"counts from {reference!r}, which is no condition", identifier))
        elif identifier in self.after(reference) and len(self.order) == len(self.conditions):
            pass
        elif reference == identifier or reference in self.after(identifier):
            if "own-reference-never-met" not in faults:
                self.errors.append(error("VV109", "counts from itself or from what comes after", identifier))
        elif (
            identifier not in self.after(reference)
            and "stray-reference-from-parent" not in faults
            and "stray-reference-never-met" not in faults
        ):
            self.errors.append(error("VV108", f"{reference!r} is on no path to it", identifier))

    def _check_amount(self, identifier: str, condition: Json) -> None:
        if "portion" in condition:
            numerator, denominator = (Fraction(condition["portion"][name]) for name in ("numerator", "denominator"))
            if denominator == 0:
                if "zero-denominator-is-zero" not in self.faults:
                    self.errors.append(error("VV308", "the denominator is 0", identifier))
            elif numerator / denominator < 0 and "negative-amounts-accepted" not in self.faults:
                self.errors.append(error("VV308", "the portion is negative", identifier))
        elif (
            "quantity" in condition
            and Fraction(condition["quantity"]) < 0
            and "negative-amounts-accepted" not in self.faults
        ):
            self.errors.append(error("VV308", "the quantity is negative", identifier))
        if condition["trigger"]["type"] == RELATIVE:
            period = condition["trigger"]["period"]
            if (
                period.get("cliff_installment", 0) > period["occurrences"]
                and not {
                    "cliff-beyond-occurrences-clamped",
                    "cliff-beyond-occurrences-ignored",
                }
                & self.faults
            ):
                self.errors.append(error("VV309", "the cliff is beyond the last occurrence", identifier))

    def _check_relationships(self) -> None:
        """What leads where between relationships and their inputs; fills ``relationship_of`` and ``rank``."""
        kinds = {identifier: condition["trigger"]["type"] for identifier, condition in self.conditions.items()}
        self.has_relationships = EARLIER_OF in kinds.values() or LATER_OF in kinds.values()
        self.relationship_of: dict[str, str] = {}
        if not self.has_relationships:
            return
        named = [each for each in self.conditions if not self.parents[each]]
        named += [each for following in self.following.values() for each in following]
        self.named = {identifier: place for place, identifier in enumerate(dict.fromkeys(named))}
        for identifier, following in self.following.items():
            self._check_companions(identifier, following, kinds)
        for identifier, kind in kinds.items():
            if kind not in (EARLIER_OF, LATER_OF):
                continue
            inputs = self.conditions[identifier]["trigger"]["input_condition_ids"]
            if not set(inputs) <= self.conditions.keys():
                self.errors.append(error("VV107", "an input is no condition", identifier))
            matches = inputs and sorted(each for each in inputs if each in self.conditions) == sorted(
                self.parents[identifier]
            )
            if not matches and "relationship-inputs-not-checked" not in self.faults:
                self.errors.append(error("VV113", "its inputs are not what leads to it", identifier))
            self.relationship_of |= dict.fromkeys(self.parents[identifier], identifier)
        self._rank()

    def _check_companions(self, identifier: str, following: list[str], kinds: dict[str, str]) -> None:
        if "companions-not-checked" in self.faults:
            return
        for each in following:
            if kinds[each] == LATER_OF and len(following) > 1:
                self.errors.append(error("VV111", f"leads to {each!r} and to something else", identifier))
            if kinds[each] == EARLIER_OF and not set(following) - {each} <= self.after(each):
                self.errors.append(error("VV112", f"leads to {each!r} and to what does not follow it", identifier))

    def _rank(self) -> None:
        """The order on one day: what leads to something before it, else as the lists name them."""
        self.rank: dict[str, int] = {}
        waiting = dict(self.parents)
        while waiting:
            ready = [each for each, parents in waiting.items() if self.rank.keys() >= set(parents)]
            if not ready:
                return
            taken = min(ready, key=lambda each: self.named.get(each, 0))
            self.rank[taken] = len(self.rank)
            del waiting[taken]

    def inputs(self, identifier: str) -> list[str]:
        """The inputs of a relationship in the order in which they are named as next conditions."""
        return sorted(self.parents[identifier], key=lambda each: self.named[each])
