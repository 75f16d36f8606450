"""One grant, as the plain engine runs it: what is entered when, and what vests."""

from __future__ import annotations

import copy
import json
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from plain_engine_graph import Graph
from plain_engine_rounding import allocate
from plain_engine_schema import (
    ABSOLUTE,
    DAYS_OF_MONTH,
    EARLIER_OF,
    EVENT,
    INDETERMINATE,
    LATER_OF,
    RELATIVE,
    START,
    START_DAY,
    TRIGGER_OF,
)
from plain_engine_values import (
    LAST_DAY,
    LENGTHS,
    Json,
    NotSupported,
    Refused,
    day_in,
    error,
    month_length,
    refuse,
    split,
)


class Memory:
    """What an engine keeps from one request to the next. A right one keeps nothing; faults do."""

    def __init__(self) -> None:
        self.terms: dict[str, Json] = {}
        self.recorded: dict[str, int] = {}
        self.vested = Fraction(0)
        self.grant_day: int | None = None


class Visited:
    """A condition that was entered."""

    __slots__ = ("condition", "done", "entered", "identifier", "inputs", "own", "source")

    def __init__(self, identifier: str, condition: Json, entered: int, own: list[int]) -> None:
        self.identifier = identifier
        self.condition = condition
        self.entered = entered
        self.own = own
        self.done = max(entered, own[-1])
        #: Whose amount vests: its own, or that of the input which was the earlier.
        self.source: Visited = self
        #: What a LATER_OF combines.
        self.inputs: list[Visited] = []


class Tranche:
    """Exact shares of one occurrence, and the day on which they vest."""

    __slots__ = ("day", "exact", "owner")

    def __init__(self, owner: int, day: int | None, exact: Fraction) -> None:
        self.owner = owner
        self.day = day
        self.exact = exact


class Evaluation:
    """One request on its way to a schedule."""

    def __init__(self, request: Json, faults: frozenset[str], memory: Memory) -> None:
        self.faults = faults
        self.memory = memory
        self.issuance: Json = request["issuance"]
        self.terms: Json | None = request.get("terms")
        self.transactions: list[Json] = request.get("transactions", [])
        self.grant_day = self.day(self.issuance["date"])
        self.grant = Fraction(self.issuance["quantity"])
        if "grant-through-float" in faults:
            self.grant = Fraction(float(self.grant))
        if "grant-truncated" in faults:
            self.grant = Fraction(int(self.grant))
        self.recorded: dict[str, int] = {}
        self.visited: dict[str, Visited] = {}

    def day(self, written_day: str) -> int:
        day = date.fromisoformat(written_day).toordinal()
        return day - 1 if "one-day-early" in self.faults else day

    # Where the schedule comes from

    def rows(self) -> list[tuple[int, Fraction | int]]:
        faults = self.faults
        issuance = self.issuance
        identifier = issuance.get("vesting_terms_id")
        tag = issuance["object_type"]
        if "stock-fully-vested" in faults and tag in ("TX_STOCK_ISSUANCE", "TX_WARRANT_ISSUANCE"):
            return [(self.grant_day, self.grant)]
        if "plan-security-unknown" in faults and tag == "TX_PLAN_SECURITY_ISSUANCE":
            return []
        passed_over = "vestings-ignored" in faults or (identifier is not None and "terms-win-over-vestings" in faults)
        if "vestings" in issuance and not passed_over:
            return self.stated_rows()
        if identifier is None:
            if "no-terms-nothing-vests" in faults:
                return []
            return [(self.grant_day, self.grant)]
        terms = self.terms
        if "terms-cached-by-id" in faults and terms is not None:
            terms = self.memory.terms.setdefault(terms["id"], terms)
        if "terms-of-any-id" in faults and terms is not None:
            identifier = terms["id"]
        if terms is None or terms["id"] != identifier:
            if "missing-terms-fully-vested" in faults:
                return [(self.grant_day, self.grant)]
            if "missing-terms-nothing-vests" in faults:
                return []
            raise refuse("VV501", f"the vesting terms {identifier!r} are not there")
        return self.rows_by_terms(terms)

    def stated_rows(self) -> list[tuple[int, Fraction | int]]:
        stated = [(self.day(row["date"]), Fraction(row["amount"])) for row in self.issuance["vestings"]]
        total = sum((shares for _, shares in stated), Fraction(0))
        if total > self.grant and "vestings-above-grant-accepted" not in self.faults:
            raise Refused([error("VV506", "vestings exceed the grant"), error("VV301", "more than the grant vests")])
        if any(shares < 0 for _, shares in stated):
            raise refuse("VV308", "a negative row of vestings")
        if "vestings-topped-up" in self.faults and total < self.grant:
            stated.append((max(day for day, _ in stated), self.grant - total))
        if "pre-grant-vestings-moved" in self.faults:
            stated = [(max(day, self.grant_day), shares) for day, shares in stated]
        return list(stated)

    def rows_by_terms(self, terms: Json) -> list[tuple[int, Fraction | int]]:
        faults = self.faults
        if {"terms-consumed", "siblings-sorted-in-place"} & faults:
            # Cached by their text, which would be right if nothing wrote to them.
            terms = self.memory.terms.setdefault(json.dumps(terms, sort_keys=True), copy.deepcopy(terms))
        for condition in terms["vesting_conditions"]:
            if condition["trigger"]["type"] == INDETERMINATE:
                raise NotSupported(INDETERMINATE)
        self.graph = Graph(terms, faults)
        if self.graph.errors:
            raise Refused(self.graph.errors)
        self.record()
        if self.graph.has_relationships:
            self.walk_beside_each_other()
        else:
            self.walk()
        if "terms-consumed" in faults:
            for each in self.visited.values():
                period = each.condition["trigger"].get("period")
                if period is not None:
                    period["occurrences"] = 1
                    period.pop("cliff_installment", None)
        tranches = self.tranches()
        allocation_type = terms["allocation_type"]
        if "fractions-per-condition" in faults:
            shares: list[Fraction | int] = []
            for owner in dict.fromkeys(each.owner for each in tranches):
                own = [each.exact for each in tranches if each.owner == owner]
                shares += allocate(own, allocation_type, self.grant, faults)
        else:
            shares = allocate([each.exact for each in tranches], allocation_type, self.grant, faults)
        rows = [(each.day, number) for each, number in zip(tranches, shares, strict=True) if each.day is not None]
        return self.clipped(self.from_grant_day(rows))

    # What is recorded

    def record(self) -> None:
        faults = self.faults
        errors = []
        own = self.issuance["security_id"]
        recorded = self.memory.recorded if "recorded-days-leak" in faults else self.recorded
        seen: set[str] = set()
        for transaction in self.transactions:
            kind = TRIGGER_OF.get(transaction["object_type"])
            if kind is None or (transaction["security_id"] != own and "transactions-of-others" not in faults):
                continue
            identifier = transaction["vesting_condition_id"]
            condition = self.graph.conditions.get(identifier)
            number = transaction.get("id")
            number = number if isinstance(number, str) else None
            if condition is None:
                if "unknown-condition-ignored" not in faults:
                    errors.append(error("VV502", f"{identifier!r} is no condition", identifier, number))
                continue
            if condition["trigger"]["type"] != kind and "wrong-trigger-accepted" not in faults:
                if "wrong-trigger-ignored" not in faults:
                    errors.append(error("VV503", f"{identifier!r} has another trigger", identifier, number))
                continue
            day = self.day(transaction["date"])
            if identifier in seen:
                if "duplicate-start-latest" in faults:
                    day = max(day, recorded[identifier])
                elif "duplicate-start-earliest" in faults:
                    day = min(day, recorded[identifier])
                elif "duplicate-start-last-in-file" not in faults:
                    errors.append(error("VV504", f"{identifier!r} is recorded twice", identifier, number))
            seen.add(identifier)
            recorded[identifier] = day
        if errors:
            raise Refused(errors)
        self.recorded = recorded

    # Which conditions are entered, and when

    def walk(self) -> None:
        faults = self.faults
        roots = self.graph.roots
        waiting: list[tuple[Visited | None, list[str]]]
        if "first-root-only" in faults:
            roots = roots[:1]
        if "first-condition-is-the-root" in faults:
            roots = [next(iter(self.graph.conditions))]
        waiting = [(None, [each]) for each in roots] if "all-roots-run" in faults else [(None, roots)]
        while waiting:
            parent, alternatives = waiting.pop(0)
            found = self.first_met(parent, alternatives)
            if found is None or found[1] in self.visited:
                continue
            entered, identifier = found
            own = self.own_dates(identifier, parent, all_of_them=True)
            assert own is not None
            if "date-of-untaken-parents" in faults:
                entered = self.latest_of_all_parents(identifier, entered)
            taken = Visited(identifier, self.graph.conditions[identifier], entered, own)
            self.visited[identifier] = taken
            following = self.graph.following[identifier]
            if "all-siblings-run" in faults:
                waiting.extend((taken, [each]) for each in following)
            else:
                waiting.append((taken, following))

    def walk_beside_each_other(self) -> None:
        """Terms with relationships: every sibling is entered when it is met, day by day."""
        faults = self.faults
        graph = self.graph
        waiting: list[tuple[Visited | None, str]] = [(None, root) for root in graph.roots]
        decided: set[str] = set()
        while True:
            waiting = [each for each in waiting if each[1] not in self.visited and each[1] not in decided]
            met = [(*found, place) for place, each in enumerate(waiting) if (found := self.met(*each, decided))]
            if not met:
                return
            entered, _, place = min(met)
            parent, identifier = waiting.pop(place)
            kind = graph.conditions[identifier]["trigger"]["type"]
            following = list(graph.following[identifier])
            if kind == EARLIER_OF:
                decided.add(identifier)
                taken = self.earlier(identifier, entered)
                winner = next(each for each in graph.inputs(identifier) if each in self.visited)
                losers = set(graph.inputs(identifier)) - {winner}
                waiting = [each for each in waiting if each[1] not in losers]
                if "winner-leads-nowhere" not in faults:
                    following += [each for each in graph.following[winner] if each not in (identifier, *following)]
                if graph.relationship_of.get(identifier) in decided:
                    continue
            elif kind == LATER_OF:
                taken = Visited(identifier, graph.conditions[identifier], entered, [entered])
                taken.inputs = [self.visited[each] for each in graph.inputs(identifier) if each in self.visited]
            else:
                own = self.own_dates(identifier, parent, all_of_them=True)
                assert own is not None
                taken = Visited(identifier, graph.conditions[identifier], entered, own)
            self.visited[identifier] = taken
            relationship = graph.relationship_of.get(identifier)
            if relationship is not None:
                following = [relationship]
            if "relationship-siblings-exclude-each-other" in faults and parent is not None:
                waiting = [each for each in waiting if each[0] is not parent or each[1] in graph.relationship_of]
            waiting += [(taken, each) for each in following]

    def met(self, parent: Visited | None, identifier: str, decided: set[str]) -> tuple[int, int] | None:
        """The day on which a condition is entered from this parent, and what decides on one day."""
        kind = self.graph.conditions[identifier]["trigger"]["type"]
        # An EARLIER_OF that has lost is still decided, so that its own later inputs lose as well.
        if self.graph.relationship_of.get(identifier) in decided and kind != EARLIER_OF:
            return None
        rank = self.graph.rank[identifier]
        if kind in (EARLIER_OF, LATER_OF):
            inputs = self.graph.inputs(identifier)
            days = [self.visited[each].entered for each in inputs if each in self.visited]
            if kind == EARLIER_OF:
                if "earlier-of-waits-for-the-later" in self.faults:
                    return (max(days), rank) if len(days) == len(inputs) else None
                return (min(days), rank) if days else None
            if "later-of-needs-one-input" in self.faults:
                return (max(days), rank) if days else None
            latest = min(days) if "later-of-on-the-earlier-day" in self.faults and days else max(days, default=0)
            return (latest, rank) if len(days) == len(inputs) else None
        own = self.own_dates(identifier, parent)
        if own is None:
            return None
        return (own[0] if parent is None else max(own[0], parent.done)), rank

    def earlier(self, identifier: str, entered: int) -> Visited:
        """Decide an EARLIER_OF: it goes on as the input that was met first; the others are forgotten."""
        met = [each for each in self.graph.inputs(identifier) if each in self.visited]
        if "earlier-of-waits-for-the-later" in self.faults:
            met.sort(key=lambda each: -self.visited[each].entered)
        elif "earlier-of-tie-reversed" in self.faults:
            met.reverse()
            met.sort(key=lambda each: self.visited[each].entered)
        elif "earlier-of-tie-by-inputs" in self.faults:
            listed = self.graph.conditions[identifier]["trigger"]["input_condition_ids"]
            met.sort(key=lambda each: (self.visited[each].entered, listed.index(each)))
        else:
            met.sort(key=lambda each: self.visited[each].entered)
        winner = self.visited[met[0]]
        for loser in met[1:]:
            del self.visited[loser]
        own = [entered] if "earlier-of-all-at-once" in self.faults else winner.own
        taken = Visited(identifier, self.graph.conditions[identifier], entered, own)
        taken.source = winner.source
        taken.done = max(entered, winner.done)
        return taken

    def first_met(self, parent: Visited | None, alternatives: Sequence[str]) -> tuple[int, str] | None:
        faults = self.faults
        met: list[tuple[int, int, str]] = []
        for position, identifier in enumerate(alternatives):
            own = self.own_dates(identifier, parent)
            if own is None:
                continue
            day = own[0]
            if parent is not None:
                left = parent.done
                kind = self.graph.conditions[identifier]["trigger"]["type"]
                if "periodic-left-at-once" in faults:
                    left = parent.entered
                if "event-before-parent-ignored" in faults and kind == EVENT and day < left:
                    continue
                if "late-absolute-date-ignored" in faults and kind == ABSOLUTE and day < left:
                    continue
                if "event-before-parent-keeps-date" in faults and kind == EVENT:
                    left = day
                if "absolute-before-parent-keeps-date" in faults and kind == ABSOLUTE:
                    left = day
                day = max(day, left)
            met.append((day, position, identifier))
        if not met:
            return None
        if "siblings-sorted-in-place" in faults and parent is not None:
            first_met = {identifier: day for day, _, identifier in met}
            listed = parent.condition["next_condition_ids"]
            listed.sort(key=lambda identifier: first_met.get(identifier, sys.maxsize))
        if "first-listed-wins" in faults:
            best = met[0]
        elif "latest-wins" in faults:
            best = max(met, key=lambda each: (each[0], -each[1]))
        elif "tie-reversed" in faults:
            best = min(met, key=lambda each: (each[0], -each[1]))
        elif "tie-by-document-order" in faults:
            best = min(met, key=lambda each: (each[0], self.graph.place[each[2]]))
        elif "tie-by-id" in faults:
            best = min(met, key=lambda each: (each[0], each[2]))
        elif "deadline-ignored" in faults:
            best = min(met, key=lambda each: (each[2] not in self.recorded, each[0], each[1]))
        elif "own-date-decides" in faults:
            best = min(met, key=lambda each: ((self.own_dates(each[2], parent) or [0])[0], each[1]))
        else:
            best = min(met)
        return best[0], best[2]

    def latest_of_all_parents(self, identifier: str, entered: int) -> int:
        for parent in self.graph.parents[identifier]:
            if parent not in self.visited:
                own = self.own_dates(parent, None)
                if own is not None:
                    entered = max(entered, own[0])
        return entered

    def own_dates(self, identifier: str, parent: Visited | None, all_of_them: bool = False) -> list[int] | None:
        """The dates of a condition by itself: the first one, or all; None where it is not met."""
        faults = self.faults
        trigger = self.graph.conditions[identifier]["trigger"]
        kind = trigger["type"]
        if kind == ABSOLUTE:
            return [self.day(trigger["date"])]
        if kind != RELATIVE:
            if kind == START and "start-is-the-grant-date" in faults:
                return [self.grant_day]
            if identifier in self.recorded:
                return [self.recorded[identifier]]
            if kind == START and "start-defaults-to-the-grant-date" in faults:
                return [self.grant_day]
            if kind == EVENT and "unrecorded-event-is-met" in faults:
                return [self.grant_day if parent is None else parent.done]
            if kind == EVENT and "event-of-any-condition" in faults:
                events = [
                    day
                    for each, day in self.recorded.items()
                    if self.graph.conditions[each]["trigger"]["type"] == EVENT
                ]
                return events[:1] or None
            return None
        base = self.base(trigger, parent)
        if base is None:
            return None
        period = trigger["period"]
        length = period["length"]
        count = int(period["occurrences"]) if all_of_them else 1
        if "occurrences-one-short" in faults and all_of_them:
            count = max(1, count - 1)
        if "occurrences-one-more" in faults and all_of_them:
            count += 1
        if "zero-length-is-one" in faults:
            length = max(1, length)
        numbers: Iterable[int] = range(1, count + 1)
        if "first-occurrence-on-the-base" in faults:
            numbers = range(count)
        if period["type"] == "DAYS":
            return self.dates_in_days(base, length, numbers)
        return self.dates_in_months(base, length, numbers, self.wanted_day(identifier, period, base), period)

    def base(self, trigger: Json, parent: Visited | None) -> int | None:
        """The day that a relative condition counts from."""
        faults = self.faults
        reference = trigger["relative_to_condition_id"]
        if "relative-to-parent" in faults and parent is not None:
            return parent.done
        if "relative-to-grant-date" in faults:
            return self.grant_day
        found = self.visited.get(reference)
        if found is None:
            if reference not in self.graph.conditions and "dangling-reference-from-grant-date" in faults:
                return self.grant_day
            if parent is not None and {"stray-reference-from-parent", "untaken-reference-from-parent"} & faults:
                return parent.done
            return None
        if "relative-to-first-occurrence" in faults:
            return found.entered
        if "relative-to-own-date" in faults:
            return found.own[-1]
        return found.done

    def wanted_day(self, identifier: str, period: Json, base: int) -> int:
        """The day of the month, before it is fitted into a month."""
        faults = self.faults
        fixed = period["day_of_month"]
        if fixed != START_DAY and "fixed-day-ignored" not in faults:
            wanted = DAYS_OF_MONTH[fixed]
            if wanted == 29 and "29-or-last-read-as-31" in faults:
                return 31
            if wanted == 30 and "30-or-last-read-as-31" in faults:
                return 31
            return min(wanted, 28) if "fixed-day-clamped-to-28" in faults else wanted
        if "anchor-from-grant-date" in faults:
            return split(self.grant_day)[1]
        if "anchor-from-reference" not in faults:
            for each in self.visited.values():
                if each.condition["trigger"]["type"] == START and (
                    not self.graph.has_relationships or identifier in self.graph.after(each.identifier)
                ):
                    return split(each.entered)[1]
        return split(base)[1]

    def dates_in_days(self, base: int, length: int, numbers: Iterable[int]) -> list[int]:
        faults = self.faults
        if "day-counting-includes-the-base" in faults:
            return [max(base, base + number * length - 1) for number in numbers]
        if "365-days-are-a-year" in faults and length % 365 == 0 and length:
            month, day = split(base)
            months = [month + 12 * (length // 365) * number for number in numbers]
            return [day_in(each, min(day, month_length(each))) for each in months]
        if "leap-days-not-counted" in faults:
            return [after_days_without_leap_days(base, number * length) for number in numbers]
        return [base + number * length for number in numbers]

    def dates_in_months(self, base: int, length: int, numbers: Iterable[int], wanted: int, period: Json) -> list[int]:
        faults = self.faults
        first, day_of_base = split(base)
        found = []
        if not faults:
            for number in numbers:
                month = first + number * length
                found.append(max(base, day_in(month, min(wanted, month_length(month)))))
            return found
        if "month-is-30-days" in faults:
            return [base + 30 * number * length for number in numbers]
        if "twelve-months-are-365-days" in faults and length and length % 12 == 0:
            return [base + 365 * (length // 12) * number for number in numbers]
        if "first-fixed-day-after-a-full-period" in faults and period["day_of_month"] != START_DAY:
            month = first + length
            if min(wanted, month_length(month)) < min(day_of_base, month_length(month)):
                first += 1
        for number in numbers:
            month = first + number * length
            last = month_length(month)
            if "leap-day-never-exists" in faults:
                last = LENGTHS[month % 12]
            if "drift-after-a-short-month" in faults and period["day_of_month"] == START_DAY:
                wanted = min(wanted, last)
            if "month-end-sticks" in faults and day_of_base == month_length(first):
                day = day_in(month, last)
            elif "month-overflow" in faults:
                day = day_in(month, 1) + wanted - 1
            elif "last-day-read-as-30" in faults:
                day = day_in(month, min(wanted, last, 30))
            else:
                day = day_in(month, min(wanted, last))
            found.append(day if "date-before-its-base" in faults else max(base, day))
        return found

    # What vests

    def tranches(self) -> list[Tranche]:
        faults = self.faults
        found: list[Tranche] = []
        vested = self.memory.vested if "vested-counter-not-reset" in faults else Fraction(0)
        for owner, each in enumerate(self.visited.values()):
            passed_on = each.identifier in self.graph.relationship_of and "inputs-vest-as-well" not in faults
            amounts = None if passed_on else self.amounts(each, vested)
            if amounts is None:
                continue
            vested += amounts[0] * len(amounts) if amounts[0] is amounts[-1] else sum(amounts, Fraction(0))
            if vested > self.grant and not {"over-vesting-accepted", "over-vesting-clipped"} & faults:
                raise refuse("VV301", "more than the grant vests", each.identifier)
            if each.done > LAST_DAY:
                raise refuse("VV204", "an installment falls after 9999-12-31", each.identifier)
            days = self.vesting_days(each)
            if {"cliff-before-allocation", "cliff-drops-earlier-tranches"} & faults:
                days, amounts = self.through_the_cliff(each, days, amounts)
            found += [Tranche(owner, day, amount) for day, amount in zip(days, amounts, strict=True)]
        if "vested-counter-not-reset" in faults:
            self.memory.vested = vested
        return found

    def amounts(self, each: Visited, vested: Fraction) -> list[Fraction] | None:
        """The exact shares of every occurrence; None where there are none at all."""
        faults = self.faults
        condition = each.source.condition
        count = len(each.own)
        if condition["trigger"]["type"] == LATER_OF:
            combined = self.combined(each.source, vested)
            return [combined] if combined else None
        if "quantity" in condition and not ("portion" in condition and "portion-and-quantity-accepted" in faults):
            quantity = Fraction(condition["quantity"])
            if "quantity-truncated" in faults:
                quantity = Fraction(int(quantity))
            if "quantity-is-the-total" in faults:
                quantity /= count
            return [quantity] * count if quantity or "zero-conditions-are-tranches" in faults else None
        portion = condition["portion"]
        ratio = self.ratio(portion)
        if not ratio:
            return [ratio] * count if "zero-conditions-are-tranches" in faults else None
        if "portion-is-the-total" in faults:
            ratio /= count
        if not portion.get("remainder", False) or "remainder-ignored" in faults:
            return [ratio * self.grant] * count
        if "remainder-of-rounded-shares" in faults:
            vested = Fraction(math.floor(vested))
        left = self.grant - vested
        if "remainder-is-everything-left" in faults:
            return [left / count] * count
        if "remainder-fixed-on-entry" in faults:
            return [ratio * left] * count
        found = []
        for _ in range(count):
            found.append(ratio * left)
            left -= found[-1]
        return found

    def combined(self, each: Visited, vested: Fraction) -> Fraction:
        """The exact shares of a LATER_OF: what its inputs have accrued by its day, taken together."""
        accrued = []
        for one in each.inputs:
            amounts = self.amounts(one, vested) or [Fraction(0)]
            if len(one.own) > 1 and "later-of-takes-all-installments" not in self.faults:
                amounts = amounts[: sum(day <= each.entered for day in one.own)]
                if len(amounts) < self.cliff(one):
                    amounts = []
            accrued.append(sum(amounts, Fraction(0)))
        calculation = each.condition["trigger"]["calculation_type"]
        if "later-of-is-always-the-sum" in self.faults:
            calculation = "SUM"
        if calculation == "MIN":
            return min(accrued)
        if calculation == "MAX":
            return max(accrued)
        if calculation == "MODE":
            most = max(accrued.count(amount) for amount in accrued)
            often = [amount for amount in accrued if accrued.count(amount) == most]
            return max(often) if "mode-takes-the-largest" in self.faults else min(often)
        total = sum(accrued, Fraction(0))
        if calculation == "MEAN":
            mean = total / len(accrued)
            return Fraction(math.floor(mean)) if "mean-rounded-down" in self.faults else mean
        return total

    def ratio(self, portion: Json) -> Fraction:
        faults = self.faults
        numerator, denominator = Fraction(portion["numerator"]), Fraction(portion["denominator"])
        if denominator == 0:
            return Fraction(0)
        if "portion-through-float" in faults:
            return Fraction(float(numerator) / float(denominator))
        if "portion-to-ten-digits" in faults:
            return Fraction(round(numerator / denominator * 10**10), 10**10)
        if "portion-in-whole-numbers" in faults:
            return Fraction(int(numerator), int(denominator) or 1)
        return numerator / denominator

    def vesting_days(self, each: Visited) -> list[int | None]:
        """The day on which each occurrence vests: its own, not before the cliff or the entry."""
        faults = self.faults
        own, entered = each.own, each.entered
        cliff = self.cliff(each)
        days: list[int | None] = []
        for number, day in enumerate(own, 1):
            accrued = own[cliff - 1] if number < cliff else day
            if accrued < entered and each.source.condition["trigger"]["type"] == RELATIVE:
                if "catch-up-on-the-next-tranche" in faults:
                    days.append(next((later for later in own[cliff - 1 :] if later >= entered), entered))
                    continue
                if "catch-up-dropped" in faults:
                    days.append(None)
                    continue
                if "catch-up-keeps-dates" in faults:
                    days.append(accrued)
                    continue
                if "date-before-its-base" in faults and each.source.condition["trigger"]["period"]["length"] == 0:
                    days.append(accrued)
                    continue
                if "catch-up-restarts-the-block" in faults:
                    days.append(entered + day - own[0])
                    continue
            days.append(max(entered, accrued))
        return days

    def cliff(self, each: Visited) -> int:
        faults = self.faults
        trigger = each.source.condition["trigger"]
        if trigger["type"] != RELATIVE or "cliff-ignored" in faults:
            return 1
        cliff = int(trigger["period"].get("cliff_installment", 0))
        if cliff > 1 and "cliff-one-early" in faults:
            cliff -= 1
        if cliff > 1 and "cliff-one-late" in faults:
            cliff = min(cliff + 1, len(each.own))
        if cliff > len(each.own) and "cliff-beyond-occurrences-ignored" in faults:
            return 1
        return max(1, min(cliff, len(each.own)))

    def through_the_cliff(
        self, each: Visited, days: list[int | None], amounts: list[Fraction]
    ) -> tuple[list[int | None], list[Fraction]]:
        cliff = self.cliff(each)
        if "cliff-drops-earlier-tranches" in self.faults:
            return [None] * (cliff - 1) + days[cliff - 1 :], amounts
        return days[cliff - 1 :], [sum(amounts[:cliff], Fraction(0)), *amounts[cliff:]]

    # What has vested by the grant, and what cannot vest

    def from_grant_day(self, rows: list[tuple[int, Fraction | int]]) -> list[tuple[int, Fraction | int]]:
        faults = self.faults
        grant_day = self.grant_day
        if "grant-day-of-the-first-request" in faults:
            if self.memory.grant_day is None:
                self.memory.grant_day = grant_day
            grant_day = self.memory.grant_day
        if not faults:
            return [(day if day >= grant_day else grant_day, shares) for day, shares in rows]
        if "pre-grant-keeps-dates" in faults:
            return rows
        if "pre-grant-dropped" in faults:
            return [(day, shares) for day, shares in rows if day >= grant_day]
        days = [day for day, shares in rows if shares]
        if "pre-grant-on-the-next-tranche" in faults:
            target = min((day for day in days if day >= grant_day), default=grant_day)
            return [(target if day < grant_day else day, shares) for day, shares in rows]
        if "grant-day-deferred" in faults:
            target = min((day for day in days if day > grant_day), default=grant_day)
            return [(target if day <= grant_day else day, shares) for day, shares in rows]
        return [(max(day, grant_day), shares) for day, shares in rows]

    def clipped(self, rows: list[tuple[int, Fraction | int]]) -> list[tuple[int, Fraction | int]]:
        if "over-vesting-clipped" not in self.faults:
            return rows
        left: Fraction | int = self.grant
        kept = []
        for day, shares in rows:
            kept.append((day, min(shares, left)))
            left -= kept[-1][1]
        return kept


def after_days_without_leap_days(base: int, days: int) -> int:
    day = base
    while days > 0:
        day += 1
        month, of_month = split(day)
        if not (of_month == 29 and month % 12 == 1):
            days -= 1
    return day
