"""Faults that a developer could make, one by one: where each goes and which rule it breaks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes:
        name: what goes wrong, as a sentence.
        file: path from the root of the project.
        find: text that occurs exactly once in the file.
        replacement: what stands there with the fault.
        rule: the rule of docs/semantics.md or the property that is broken.
    """

    name: str
    file: str
    find: str
    replacement: str
    rule: str

    def planted_in(self, source: str) -> str:
        """The text of the file with the fault.

        Raises:
            ValueError: the place is not there, or not the only one.
        """
        if source.count(self.find) != 1:
            raise ValueError(f"{self.name}: the text occurs {source.count(self.find)} times in {self.file}")
        return source.replace(self.find, self.replacement)


_ENGINE = (
    Mutant(
        "Every fourth year is a leap year, centuries included",
        "engine/calendar.py",
        "return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        "return year % 4 == 0",
        "DAT-1",
    ),
    Mutant(
        "A day lies in the month after its own",
        "engine/calendar.py",
        "12 * (date.year + 400 * cycles) + date.month - 1",
        "12 * (date.year + 400 * cycles) + date.month",
        "DAT-2",
    ),
    Mutant(
        "The 31st of a short month runs over into the next",
        "engine/calendar.py",
        "days_before_month(month_index) + min(wanted, days_in_month(month_index))",
        "days_before_month(month_index) + wanted",
        "DAT-3",
    ),
    Mutant(
        "A decimal point needs no digit behind it",
        "engine/numeric.py",
        r"(\.[0-9]{1,10})?",
        r"(\.[0-9]{0,10})?",
        "NUM-2",
    ),
    Mutant(
        "Half a share is written without the zero before the point",
        "engine/numeric.py",
        '.rjust(places + 1, "0")',
        '.rjust(places, "0")',
        "NUM-2",
    ),
    Mutant(
        "Half a share is rounded to the even number",
        "engine/allocation.py",
        "return math.floor(value + Fraction(1, 2))",
        "return round(value)",
        "ALC-2",
    ),
    Mutant(
        "BACK_LOADED hands its extra shares out one tranche early",
        "engine/allocation.py",
        "position - (self.tranches_before[-1] - self.missing))",
        "position - (self.tranches_before[-1] - 1 - self.missing))",
        "ALC-2",
    ),
    Mutant(
        "FRONT_LOADED_TO_SINGLE_TRANCHE fills the second tranche",
        "engine/allocation.py",
        "return self.missing if position >= 1 else Fraction(0)",
        "return self.missing if position > 1 else Fraction(0)",
        "ALC-2",
    ),
    Mutant(
        "An occurrence of zero shares is handed an extra share",
        "engine/allocation.py",
        "position = self.tranches_before[run] + (occurrence if each else 0)",
        "position = self.tranches_before[run] + occurrence",
        "ALC-3",
    ),
    Mutant(
        "A condition of zero shares is counted among the tranches",
        "engine/allocation.py",
        "accumulate((run.count if run.each else 0 for run in runs), initial=0)",
        "accumulate((run.count for run in runs), initial=0)",
        "ALC-3",
    ),
    Mutant(
        "FRONT_LOADED by condition rounds the number of extra shares down",
        "engine/allocation.py",
        "left_over = Fraction(math.ceil(left_over))",
        "left_over = Fraction(math.floor(left_over))",
        "ALC-3",
    ),
    Mutant(
        "The fraction that one condition leaves over is not carried into the next",
        "engine/allocation.py",
        "return Fraction(math.floor(self.carried[entry] + cumulative))",
        "return Fraction(math.floor(self.carried[entry]) + math.floor(cumulative))",
        "ALC-3",
    ),
    Mutant(
        "The shares that flooring leaves over are counted for a total rounded up",
        "engine/allocation.py",
        "Fraction(math.floor(exact) - floors)",
        "Fraction(math.ceil(exact) - floors)",
        "ALC-3",
    ),
    Mutant(
        "A share of the remainder is taken of the whole grant",
        "engine/entitlement.py",
        "runs = (Run(entry.kept, amount.ratio * (grant - vested)),)",
        "runs = (Run(entry.kept, amount.ratio * grant),)",
        "AMT-3",
    ),
    Mutant(
        "Each occurrence takes its share of the remainder at entry",
        "engine/entitlement.py",
        "        remainder -= ratio * remainder\n",
        "",
        "AMT-3",
    ),
    Mutant(
        "Of a periodic condition only one tranche counts as vested before the next condition",
        "engine/entitlement.py",
        "return sum((run.count * run.each for run in runs), Fraction(0))",
        "return sum((run.each for run in runs), Fraction(0))",
        "AMT-3",
    ),
    Mutant(
        "What vests on the day asked about has not vested yet",
        "engine/schedule.py",
        "if row.day <= day",
        "if row.day < day",
        "OUT-2",
    ),
    Mutant(
        "What accrued before the grant waits for a tranche after the grant date",
        "engine/schedule.py",
        "if row.day >= grant_day and row.shares",
        "if row.day > grant_day and row.shares",
        "GRD-1",
    ),
    Mutant(
        "Of two installments on one day the later replaces the earlier",
        "engine/schedule.py",
        "by_day.get(installment.day, Fraction(0)) + installment.shares",
        "installment.shares",
        "OUT-1",
    ),
    Mutant(
        "Of siblings met on one day the last listed wins",
        "engine/execution.py",
        "if first is None or met < first[0]:",
        "if first is None or met <= first[0]:",
        "PTH-1",
    ),
    Mutant(
        "Siblings that are not taken are entered later all the same",
        "engine/execution.py",
        "choices.extend(_choices_after(place, entry.left, following, independent))",
        "choices.extend(_choices_after(place, entry.left, following, True))",
        "PTH-2",
    ),
    Mutant(
        "Each date takes the clamped day of the one before",
        "engine/execution.py",
        "wanted = self._drifted(first_month, number) if self.drifting else self.wanted_day",
        "wanted = self._drifted(first_month, number)",
        "DAT-2",
    ),
    Mutant(
        "The first of several monthly occurrences falls into the month counted from",
        "engine/execution.py",
        "month = first_month + number * self.length",
        "month = first_month + (number - 1) * self.length",
        "DAT-2",
    ),
    Mutant(
        "A fixed day of the month may precede the day counted from",
        "engine/execution.py",
        "return max(self.base, day_in_month(month, wanted))",
        "return day_in_month(month, wanted)",
        "DAT-5",
    ),
    Mutant(
        "An overdue block is left before it was entered",
        "engine/execution.py",
        "left = max(entered, own.day(own.count)) if",
        "left = own.day(own.count) if",
        "DAT-7",
    ),
    Mutant(
        "A condition is counted from the own date of an overdue one",
        "engine/execution.py",
        "return max(reference.entered, reference.own.day(reference.kept)) if reference.kept else reference.entered",
        "return reference.own.day(reference.kept) if reference.kept else reference.entered",
        "DAT-6",
    ),
    Mutant(
        "The vesting start day is the day of the condition counted from",
        "engine/execution.py",
        "return day_of_month(entry.entered)",
        "return day_of_month(base)",
        "DAT-4",
    ),
    Mutant(
        "A fixed day a full period later is put off by another month",
        "engine/execution.py",
        "if day_in_month(target, trigger.wanted_day) < day_in_month",
        "if day_in_month(target, trigger.wanted_day) <= day_in_month",
        "DAT-3",
    ),
    Mutant(
        "An occurrence on the day on which its block is cut short is lost",
        "engine/execution.py",
        "if self.day(middle) <= day:",
        "if self.day(middle) < day:",
        "PTH-3",
    ),
    Mutant(
        "An overdue cliff vests on its own date",
        "engine/execution.py",
        "if overdue >= cliff:",
        "if overdue > cliff:",
        "CLF-1",
    ),
    Mutant(
        "A block that is left before its cliff keeps what accrued",
        "engine/execution.py",
        "kept=0 if 0 < kept < cliff else kept",
        "kept=kept",
        "PTH-3",
    ),
    Mutant(
        "An event on the day on which its parent is left is too early",
        "engine/execution.py",
        "if choice.left is not None and met < choice.left:",
        "if choice.left is not None and met <= choice.left:",
        "DAT-7",
    ),
    Mutant(
        "A tranche due on the day of entry waits for the next one",
        "engine/execution.py",
        "entry.own.count_until(entry.entered - 1)",
        "entry.own.count_until(entry.entered)",
        "DAT-8",
    ),
    Mutant(
        "Transactions of other securities count",
        "engine/grant.py",
        "tuple(item for item in self.transactions if item.security_id == self.issuance.security_id)",
        "self.transactions",
        "TXN-1",
    ),
    Mutant(
        "Of two starts of one condition the last in the file counts",
        "engine/grant.py",
        "recorded[place] = min(item.date, recorded.get(place, item.date))",
        "recorded[place] = item.date",
        "TXN-4",
    ),
    Mutant(
        "Each condition is compared with the grant by itself",
        "engine/grant.py",
        "        vested += entitled\n",
        "        vested = entitled\n",
        "INV-1",
    ),
    Mutant(
        "What lies behind a cycle is reported as part of it",
        "engine/defects.py",
        "if count and identifier in _reachable(edges, edges[identifier]):",
        "if count:",
        "GRF-1",
    ),
    Mutant(
        "A condition may count from one that comes after it",
        "engine/defects.py",
        "elif reference == condition.id or reference in _reachable(edges, [condition.id]):",
        "elif reference == condition.id:",
        "GRF-5",
    ),
    Mutant(
        "A negative denominator goes unnoticed",
        "engine/defects.py",
        "portion.numerator / portion.denominator < 0",
        "portion.numerator < 0",
        "AMT-5",
    ),
    Mutant(
        "The last installment cannot be the cliff",
        "engine/defects.py",
        "if period.cliff_installment > period.occurrences:",
        "if period.cliff_installment >= period.occurrences:",
        "CLF-3",
    ),
    Mutant(
        "Only the first initial condition of the document can begin",
        "engine/plan.py",
        "return tuple(place for place in range(len(conditions)) if place not in led_to)",
        "return tuple(place for place in range(len(conditions)) if place not in led_to)[:1]",
        "GRF-2",
    ),
)

_ENCODING = (
    Mutant(
        "A day that its month clamps is the 29th or later",
        "verify/encoding/calendar.py",
        "z3.Or(day == wanted, day >= 28)",
        "z3.Or(day == wanted, day >= 29)",
        "DAT-3",
    ),
    Mutant(
        "Every February is as long as the first one that was looked at",
        "verify/encoding/calendar.py",
        "return z3.And(month % 48 == example % 48, month % 1200 != 1)",
        "return month % 12 == of_year",
        "DAT-3",
    ),
    Mutant(
        "A day is after itself",
        "verify/encoding/calendar.py",
        "z3.And(first.month == second.month, first.day <= second.day)",
        "z3.And(first.month == second.month, first.day < second.day)",
        "PTH-1",
    ),
    Mutant(
        "A span of months has as many days everywhere as where it is shortest",
        "verify/encoding/calendar.py",
        "cycles * _DAYS_IN_400_YEARS + max(spans)",
        "cycles * _DAYS_IN_400_YEARS + min(spans)",
        "DAT-2",
    ),
    Mutant(
        "A tie is won by neither sibling",
        "verify/encoding/execution.py",
        "earlier = not_after(own, rival)",
        "earlier = before(own, rival)",
        "PTH-1",
    ),
    Mutant(
        "Ties go to the sibling listed last",
        "verify/encoding/execution.py",
        "first = following.index(place) < following.index(other)",
        "first = following.index(place) > following.index(other)",
        "PTH-1",
    ),
    Mutant(
        "Siblings that are listed later never come first",
        "verify/encoding/execution.py",
        "if other == place or rival is None:",
        "if other == place or rival is None or following.index(other) > following.index(place):",
        "PTH-2",
    ),
    Mutant(
        "A periodic condition is left when it is entered",
        "verify/encoding/execution.py",
        "left = completed if self.reading.leave_periodic is LeavePeriodic.AFTER_LAST else day",
        "left = day",
        "PTH-3",
    ),
    Mutant(
        "A second start condition moves the vesting start day",
        "verify/encoding/execution.py",
        "z3.If(inherited > 0, inherited, node.day.day) if is_start",
        "node.day.day if is_start",
        "DAT-4",
    ),
    Mutant(
        "A period of no length may end before it began",
        "verify/encoding/own_dates.py",
        "if trigger.length == 0:",
        "if trigger.length < 0:",
        "DAT-5",
    ),
    Mutant(
        "A condition is entered on its own date though its parent is left later",
        "verify/encoding/execution.py",
        "claims = [z3.If(not_after(left, own), same(node.day, own), same(node.day, left))]",
        "claims = [same(node.day, own)]",
        "DAT-7",
    ),
    Mutant(
        "A condition counts from the first occurrence of a periodic one",
        "verify/encoding/own_dates.py",
        "node.day if self.reading.periodic_reference is PeriodicReference.FIRST else node.completed",
        "node.day",
        "DAT-6",
    ),
    Mutant(
        "Months are counted from the occurrence before the base",
        "verify/encoding/own_dates.py",
        "months = number * trigger.length",
        "months = (number - 1) * trigger.length",
        "DAT-2",
    ),
    Mutant(
        "A fixed day a full period later is a month late in the encoding",
        "verify/encoding/own_dates.py",
        "z3.If(literal.day < full_period.day,",
        "z3.If(literal.day <= full_period.day,",
        "DAT-3",
    ),
    Mutant(
        "The encoding ignores an event on the day on which its parent is left",
        "verify/encoding/execution.py",
        "return z3.And(recorded, not_after(self._nodes[origin].left, day)), day",
        "return z3.And(recorded, before(self._nodes[origin].left, day)), day",
        "DAT-7",
    ),
    Mutant(
        "A drifting day is not clamped by the month that it falls in",
        "verify/encoding/own_dates.py",
        "for step in range(min(number, _STEPS_UNTIL_STABLE))",
        "for step in range(1, min(number, _STEPS_UNTIL_STABLE))",
        "DAT-2",
    ),
    Mutant(
        "An overdue block is complete before it was entered",
        "verify/encoding/execution.py",
        "claims.append(z3.If(not_after(node.day, last), same(node.completed, last), same(node.completed, node.day)))",
        "claims.append(same(node.completed, last))",
        "DAT-8",
    ),
    Mutant(
        "CUMULATIVE_ROUNDING rounds down in the encoding",
        "verify/encoding/allocation.py",
        "return floor_of(Vested(exact.share, exact.shares + Fraction(1, 2)), self._grant)",
        "return floor_of(exact, self._grant)",
        "ALC-2",
    ),
    Mutant(
        "The encoding takes the shares left over in a condition for whole ones",
        "verify/encoding/allocation.py",
        "missing = exact_of(exact, grant) - z3.ToReal(floors)",
        "missing = floor_of(exact, grant) - floors",
        "ALC-3",
    ),
    Mutant(
        "The encoding of FRONT_LOADED by condition floors the shares left over",
        "verify/encoding/allocation.py",
        "missing = ceiling_of(exact, grant) - floors",
        "missing = floor_of(exact, grant) - floors",
        "ALC-3",
    ),
    Mutant(
        "The encoding gives the left-over shares back after the first tranche",
        "verify/encoding/allocation.py",
        "return z3.If(position >= 1, self._missing, 0)",
        "return z3.If(position == 1, self._missing, 0)",
        "ALC-2",
    ),
    Mutant(
        "Only the condition just before carries a fraction over",
        "verify/encoding/allocation.py",
        "carried = carried + allocation.total",
        "carried = allocation.total",
        "ALC-3",
    ),
    Mutant(
        "A repeated share of the remainder is multiplied instead of compounded",
        "verify/encoding/entitlement.py",
        "kept = (1 - amount.ratio) ** count",
        "kept = 1 - count * amount.ratio",
        "AMT-3",
    ),
    Mutant(
        "Fixed quantities vested before a share of the remainder are forgotten",
        "verify/encoding/entitlement.py",
        "return (Tranches(count, Vested(amount.ratio * (1 - vested.share), -amount.ratio * vested.shares)),)",
        "return (Tranches(count, Vested(amount.ratio * (1 - vested.share), Fraction(0))),)",
        "AMT-3",
    ),
    Mutant(
        "Exactly the whole grant is more than the grant in the encoding",
        "verify/encoding/entitlement.py",
        "z3.And(share == of_share, shares > of_shares))",
        "z3.And(share == of_share, shares >= of_shares))",
        "AMT-6",
    ),
    Mutant(
        "Bounds are compared without the fixed quantities",
        "verify/encoding/entitlement.py",
        'return f"(or ({relation} {share} {of_share}) (and (= {share} {of_share}) ({relation} {shares} {of_shares})))"',
        'return f"({relation} {share} {of_share})"',
        "AMT-6",
    ),
    Mutant(
        "Occurrences before the cliff vest on their own dates in the encoding",
        "verify/encoding/schedule.py",
        "max(occurrence, trigger.cliff)",
        "occurrence",
        "CLF-1",
    ),
    Mutant(
        "The encoding lets shares vest before the grant",
        "verify/encoding/schedule.py",
        'f"vests_{place}_{occurrence}", own, entered, grant_day)',
        'f"vests_{place}_{occurrence}", own, entered)',
        "GRD-1",
    ),
    Mutant(
        "Conditions in a circle may share a rank",
        "verify/encoding/acyclicity.py",
        "query.track(ranks[origin] < ranks[target]",
        "query.track(ranks[origin] <= ranks[target]",
        "GRF-1",
    ),
)

_PROVERS = (
    Mutant(
        "Only what has vested in the end is compared with the grant",
        "verify/totals.py",
        "return max(running_shares(subject, entries, grant))",
        "return running_shares(subject, entries, grant)[-1]",
        "AMT-6",
    ),
    Mutant(
        "The fixed quantities fit every grant",
        "verify/bounds.py",
        "if any(vested > WHOLE for vested in compared(for_large_grants)):\n        return None",
        "if not any(vested > WHOLE for vested in compared(for_large_grants)):\n        return 1",
        "VV301",
    ),
    Mutant(
        "The highest total after a condition is sought behind the highest before it only",
        "verify/bounds.py",
        "(step.after(found.lowest[parent]), (parent, False)),",
        "(step.after(found.highest[parent]), (parent, True)),",
        "INV-2",
    ),
    Mutant(
        "A grant that the fixed quantities fill exactly is not filled",
        "verify/bounds.py",
        "return all(lowest[place].of(Fraction(grant)) >= grant",
        "return all(lowest[place].of(Fraction(grant)) > grant",
        "VV303",
    ),
    Mutant(
        "A sibling of the same length comes first though it is listed later",
        "verify/dominance.py",
        "return first.length < second.length",
        "return first.length <= second.length",
        "PTH-4",
    ),
    Mutant(
        "A month is compared with days by its shortest length only",
        "verify/dominance.py",
        "return early is not None and late is not None and early[1] <= late[0]",
        "return early is not None and late is not None and early[0] <= late[0]",
        "PTH-4",
    ),
    Mutant(
        "A condition that comes too late after one of its parents is taken for dead",
        "verify/dominance.py",
        "if winners and None not in winners:",
        "if any(winner is not None for winner in winners):",
        "PTH-4",
    ),
    Mutant(
        "Of overdue siblings the one with the earlier own date wins",
        "verify/dominance.py",
        "if first.reference != origin or second.reference != origin:",
        "if first.reference != second.reference:",
        "PTH-4",
    ),
    Mutant(
        "The search takes a path for realised without running it",
        "verify/search.py",
        "if _places(self.run(recorded))[: len(path)] == tuple(path):",
        "if self.run(recorded):",
        "VV201",
    ),
    Mutant(
        "Starts after the 28th of a month are never asked about",
        "verify/reachability.py",
        "        if answer is Satisfiability.UNSATISFIABLE and ordinary:\n            ordinary = []\n            continue\n",
        "",
        "VV201",
    ),
    Mutant(
        "A question left open by the solver is taken for refuted",
        "verify/reachability.py",
        "return Answer(Verdict.OPEN, reason=query.reason)",
        "return Answer(Verdict.REFUTED)",
        "VV201",
    ),
    Mutant(
        "What the solver finds is not replayed on the engine",
        "verify/reachability.py",
        "if confirm(recorded):",
        "if recorded or not confirm(recorded):",
        "VV201",
    ),
    Mutant(
        "The declaration of indeterminate terms counts as a condition that is never entered",
        "verify/entering.py",
        "if place in search.witnesses or isinstance(subject.plan.conditions[place].trigger, Indeterminate):",
        "if place in search.witnesses:",
        "VV201",
    ),
    Mutant(
        "The path around a condition may lead through it",
        "verify/structure.py",
        "following not in reached_from and following != avoided:",
        "following not in reached_from:",
        "GRF-5",
    ),
    Mutant(
        "A second cycle through a condition of the first is not looked for",
        "verify/structure.py",
        "if not (edge[0] in inside and edge[1] in inside)]",
        "if not (edge[0] in inside or edge[1] in inside)]",
        "GRF-1",
    ),
    Mutant(
        "A cliff at the last installment is reported",
        "verify/structure.py",
        "and condition.cliff > condition.occurrences >= 1",
        "and condition.cliff >= condition.occurrences >= 1",
        "CLF-3",
    ),
    Mutant(
        "The least failing grant is taken for its residue",
        "verify/rounding.py",
        "least = min(start + (residue - start) % modulus for residue in residues)",
        "least = min(residues)",
        "VV305",
    ),
    Mutant(
        "The fixed quantities that a grant must hold are rounded down",
        "verify/rounding.py",
        "math.ceil(vested.shares / (1 - vested.share))",
        "math.floor(vested.shares / (1 - vested.share))",
        "VV305",
    ),
    Mutant(
        "The failing grants repeat with a period that fits only some of them",
        "verify/rounding.py",
        "for modulus in range(1, common + 1):\n        if common % modulus == 0 and all(",
        "for modulus in range(1, common + 1):\n        if common % modulus == 0 and any(",
        "VV305",
    ),
    Mutant(
        "A path may end where a later condition counts from one that was met",
        "verify/full_paths.py",
        "return trigger.reference in path",
        "return False",
        "PTH-2",
    ),
    Mutant(
        "A path that has vested more than the grant on the way is full at its end",
        "verify/full_paths.py",
        "    if vested > WHOLE:\n",
        "    if vested > WHOLE and not condition.following:\n",
        "VV305",
    ),
    Mutant(
        "A condition due on the day of its entry is overdue",
        "verify/overdue.py",
        "entry.own.day(1) < entry.entered else None",
        "entry.own.day(1) <= entry.entered else None",
        "VV203",
    ),
    Mutant(
        "A period of exactly a hundred years is called too long",
        "verify/date_range.py",
        "return units > (12 * SANE_YEARS if in_months else _MOST_DAYS_IN_A_CENTURY)",
        "return units >= (12 * SANE_YEARS if in_months else _MOST_DAYS_IN_A_CENTURY)",
        "VV204",
    ),
    Mutant(
        "A month is never longer than thirty days when dates are compared",
        "verify/timing.py",
        "most, least = 31 * (early + 1) - 1, late",
        "most, least = 30 * early, late",
        "VV203",
    ),
    Mutant(
        "Siblings that vest the same and lead to different ends are alike",
        "verify/ties.py",
        "    if bool(first.following) != bool(second.following):\n        return True\n",
        "",
        "VV202",
    ),
    Mutant(
        "A remainder of nothing is a negative one",
        "verify/negative_installments.py",
        "return measure.exceeds(before) or (_overshoots(subject, place) and not measure.fills(before))",
        "return measure.fills(before)",
        "VV306",
    ),
    Mutant(
        "Installments that are whole for one grant are whole for all",
        "verify/fractional_shares.py",
        "return tuple(grant for grant in (first, first + 1) if self.admits(grant))",
        "return tuple(grant for grant in (first,) if self.admits(grant))",
        "VV310",
    ),
    Mutant(
        "Explicit vestings that add up to the grant are reported as too few",
        "verify/case_findings.py",
        "total >= case.issuance.quantity",
        "total > case.issuance.quantity",
        "SRC-2",
    ),
    Mutant(
        "A used-up allowance is an unlimited one",
        "verify/solver.py",
        "QUESTIONS_WORTH * self.rlimit - self.spent) or -1",
        "QUESTIONS_WORTH * self.rlimit - self.spent)",
        "VV201",
    ),
)

MUTANTS = (*_ENGINE, *_ENCODING, *_PROVERS)
