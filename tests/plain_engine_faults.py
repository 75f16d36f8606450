"""The faults that ``plain_engine`` has on request, each with the rule of the semantics that it breaks."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing that an engine does wrong.

    Attributes:
        name: by which the engine is given it.
        rule: number of the rule that it breaks; ``cross-talk`` where an answer depends on other requests,
            ``repeat-evaluation`` where the same request is answered in two ways.
        sentence: what the engine does.
        also: other rules under which it may be put, where more than one is broken.
    """

    name: str
    rule: str
    sentence: str
    also: tuple[str, ...] = ()


_FAULTS = (
    # Where a schedule comes from
    Fault("no-terms-nothing-vests", "SRC-1", "Without terms and vestings nothing vests."),
    Fault("vestings-ignored", "SRC-2", "Explicit vestings are not read.", ("SRC-1", "SRC-3")),
    Fault("vestings-topped-up", "SRC-2", "What explicit vestings leave over vests with the last row.", ("INV-2",)),
    Fault("vestings-above-grant-accepted", "SRC-2", "Vestings above the grant are not refused.", ("AMT-6", "INV-1")),
    Fault("pre-grant-vestings-moved", "SRC-2", "Explicit rows before the grant are moved to its date.", ("GRD-1",)),
    Fault("terms-win-over-vestings", "SRC-3", "Where there are vestings and terms, the terms are run.", ("SRC-2",)),
    Fault("missing-terms-fully-vested", "SRC-4", "Terms that are not there mean fully vested.", ("SRC-1",)),
    Fault("missing-terms-nothing-vests", "SRC-4", "Terms that are not there mean that nothing vests."),
    Fault("terms-of-any-id", "SRC-4", "The terms that are there are run, whatever their id is."),
    Fault("stock-fully-vested", "SRC-5", "Stock and warrants are vested on issuance.", ("SRC-1",)),
    Fault("plan-security-unknown", "SRC-5", "TX_PLAN_SECURITY_ISSUANCE is passed over: nothing vests."),
    # The graph
    Fault("cycle-cut-silently", "GRF-1", "A cycle is followed once and not refused.", ("GRF-2", "GRF-4")),
    Fault("seen-twice-is-a-cycle", "GRF-1", "A condition with two parents is refused as a cycle."),
    Fault("first-root-only", "GRF-2", "Of several initial conditions only the first is looked at."),
    Fault("all-roots-run", "GRF-2", "All initial conditions run beside each other."),
    Fault("several-roots-refused", "GRF-2", "Several initial conditions are refused."),
    Fault("first-condition-is-the-root", "GRF-2", "Execution begins at the first condition of the array.", ("GRF-6",)),
    Fault("last-duplicate-id-wins", "GRF-3", "Of two conditions with one id the last is taken."),
    Fault("first-duplicate-id-wins", "GRF-3", "Of two conditions with one id the first is taken."),
    Fault("dangling-next-ignored", "GRF-3", "Next conditions that do not exist are passed over.", ("GRF-6",)),
    Fault(
        "dangling-reference-from-grant-date",
        "GRF-3",
        "A condition that counts from one that does not exist counts from the grant date.",
        ("GRF-5", "TRG-4"),
    ),
    Fault("unreachable-ignored", "GRF-4", "Conditions that nothing leads to are not refused.", ("GRF-1",)),
    Fault("own-reference-never-met", "GRF-5", "A condition that counts from itself is only never met.", ("GRF-3",)),
    Fault("stray-reference-never-met", "GRF-5", "A reference on no path to the condition is not refused."),
    Fault("stray-reference-from-parent", "GRF-5", "A reference on no path is read as the parent.", ("TRG-4",)),
    Fault("untaken-reference-from-parent", "GRF-5", "A reference on the path not taken is read as the parent."),
    # Triggers
    Fault("start-defaults-to-the-grant-date", "TRG-1", "Without a recorded start vesting starts on the grant date."),
    Fault("start-is-the-grant-date", "TRG-1", "The start transaction is not read: the grant date is.", ("DAT-4",)),
    Fault(
        "transactions-of-others",
        "TRG-1",
        "Starts and events of other securities count.",
        ("TRG-2", "TXN-1", "TXN-4", "cross-talk"),
    ),
    Fault("unrecorded-event-is-met", "TRG-2", "An event that is not recorded is met with its parent.", ("PTH-1",)),
    Fault("event-of-any-condition", "TRG-2", "Any recorded event meets every event condition.", ("PTH-2",)),
    Fault("relative-to-parent", "TRG-4", "Counts from the parent, not the condition named.", ("GRF-5", "DAT-8")),
    Fault("relative-to-grant-date", "TRG-4", "Counts from the grant date.", ("DAT-1", "DAT-2", "TRG-1")),
    Fault("occurrences-one-short", "TRG-4", "The last occurrence is left out.", ("DAT-1", "DAT-2", "AMT-1")),
    Fault("occurrences-one-more", "TRG-4", "One occurrence too many.", ("AMT-6", "DAT-1", "DAT-2", "AMT-1")),
    Fault("first-occurrence-on-the-base", "TRG-4", "The first occurrence is on the base itself.", ("DAT-1", "DAT-2")),
    # Paths
    Fault("first-listed-wins", "PTH-1", "The first in the list that is ever met is taken, however late.", ("PTH-2",)),
    Fault("latest-wins", "PTH-1", "Of several siblings the last that is met is taken.", ("PTH-2",)),
    Fault("tie-reversed", "PTH-1", "On the same day the last in the list is taken.", ("GRF-6",)),
    Fault("tie-by-document-order", "PTH-1", "On the same day the first in the document is taken.", ("GRF-6",)),
    Fault("tie-by-id", "PTH-1", "On the same day the first by the alphabet is taken.", ("GRF-6",)),
    Fault("own-date-decides", "PTH-1", "Siblings overdue on entry are ordered by their own dates.", ("DAT-7",)),
    Fault("deadline-ignored", "PTH-1", "A recorded event is taken although its deadline had passed.", ("PTH-2",)),
    Fault("all-siblings-run", "PTH-2", "Every sibling that is met is entered.", ("PTH-1", "AMT-6")),
    Fault("periodic-left-at-once", "PTH-3", "A periodic condition is left after its first occurrence.", ("DAT-7",)),
    # Dates
    Fault("day-counting-includes-the-base", "DAT-1", "Days are counted with the base as the first."),
    Fault("leap-days-not-counted", "DAT-1", "29 February is not counted as a day."),
    Fault("365-days-are-a-year", "DAT-1", "Multiples of 365 days are read as years."),
    Fault(
        "one-day-early",
        "TRG-3",
        "Every date is read one day early, as midnight of another time zone.",
        ("SRC-1", "SRC-2", "TRG-1", "TRG-2", "DAT-1", "DAT-2", "DAT-3", "DAT-4", "DAT-5", "DAT-7", "GRD-1"),
    ),
    Fault("drift-after-a-short-month", "DAT-2", "Months count from the clamped date before.", ("DAT-4",)),
    Fault("month-overflow", "DAT-2", "A day that a month lacks runs over into the next.", ("DAT-3", "DAT-4")),
    Fault("leap-day-never-exists", "DAT-2", "February has 28 days always.", ("DAT-3", "DAT-4")),
    Fault("month-is-30-days", "DAT-2", "A month is 30 days.", ("DAT-3", "DAT-4")),
    Fault("twelve-months-are-365-days", "DAT-2", "Twelve months are 365 days.", ("DAT-3", "DAT-4")),
    Fault("month-end-sticks", "DAT-4", "From the last day of a month all are last days.", ("DAT-2", "DAT-3")),
    Fault("29-or-last-read-as-31", "DAT-3", "29_OR_LAST_DAY_OF_MONTH is the last day of every month."),
    Fault("30-or-last-read-as-31", "DAT-3", "30_OR_LAST_DAY_OF_MONTH is the last day of every month."),
    Fault("last-day-read-as-30", "DAT-3", "No month is longer than 30 days.", ("DAT-2", "DAT-4")),
    Fault("fixed-day-ignored", "DAT-3", "A fixed day of the month is not read."),
    Fault("fixed-day-clamped-to-28", "DAT-3", "A fixed day is the 28th at the latest."),
    Fault("first-fixed-day-after-a-full-period", "DAT-3", "The first fixed day is a full period after the base."),
    Fault("anchor-from-reference", "DAT-4", "The start's day is taken from the condition counted from.", ("DAT-2",)),
    Fault("anchor-from-grant-date", "DAT-4", "The start's day is taken from the grant date.", ("DAT-2",)),
    Fault("zero-length-is-one", "DAT-5", "A length of 0 is read as 1.", ("TRG-4", "DAT-1", "DAT-2")),
    Fault("date-before-its-base", "DAT-5", "A fixed day may fall before the day counted from.", ("DAT-3", "DAT-7")),
    Fault("relative-to-first-occurrence", "DAT-6", "Counts from the first occurrence of a periodic condition."),
    Fault("relative-to-own-date", "DAT-7", "Counts from a condition's own date, not its entry.", ("DAT-6", "DAT-8")),
    Fault("date-of-untaken-parents", "DAT-7", "A join waits for parents on paths not taken.", ("PTH-2",)),
    Fault("absolute-before-parent-keeps-date", "DAT-7", "An absolute date before the parent's stands.", ("PTH-1",)),
    Fault("late-absolute-date-ignored", "DAT-7", "An absolute date before the parent's is never met.", ("TRG-3",)),
    Fault("event-before-parent-keeps-date", "DAT-7", "An event before its parent vests on its date.", ("PTH-1",)),
    Fault("event-before-parent-ignored", "DAT-7", "An event before its parent is not counted.", ("TRG-2", "PTH-1")),
    Fault("catch-up-on-the-next-tranche", "DAT-8", "What has accrued vests on the next date of the block."),
    Fault("catch-up-dropped", "DAT-8", "Installments before the entry are lost.", ("AMT-1", "AMT-2")),
    Fault("catch-up-keeps-dates", "DAT-8", "Installments before the entry keep their dates.", ("DAT-7",)),
    Fault("catch-up-restarts-the-block", "DAT-8", "A block entered late begins anew.", ("DAT-7",)),
    # Amounts
    Fault("portion-is-the-total", "AMT-1", "A portion is of all occurrences together.", ("AMT-3",)),
    Fault("portion-to-ten-digits", "NUM-1", "Portions are rounded to ten decimals.", ("AMT-1", "AMT-3", "ALC-2")),
    Fault("portion-in-whole-numbers", "AMT-1", "Decimals of numerator and denominator are cut off.", ("NUM-2",)),
    Fault("grant-truncated", "NUM-2", "Decimals of the grant are cut off.", ("AMT-1", "SRC-1", "ALC-2", "AMT-6")),
    Fault("quantity-is-the-total", "AMT-2", "A quantity is of all occurrences together."),
    Fault("quantity-truncated", "AMT-2", "Decimals of a quantity are cut off.", ("NUM-2",)),
    Fault("remainder-fixed-on-entry", "AMT-3", "What has yet to vest is fixed on entry.", ("AMT-6",)),
    Fault("remainder-ignored", "AMT-3", "A share of the remainder is taken of the grant.", ("AMT-1", "AMT-6")),
    Fault("remainder-is-everything-left", "AMT-3", "A share of the remainder is all of it."),
    Fault("remainder-of-rounded-shares", "AMT-3", "What has yet to vest is counted in whole shares.", ("ALC-3",)),
    Fault("portion-and-quantity-accepted", "AMT-4", "Beside a portion a quantity is passed over."),
    Fault("zero-denominator-is-zero", "AMT-5", "A denominator of 0 gives nothing."),
    Fault("negative-amounts-accepted", "AMT-5", "Negative amounts are taken as they are."),
    Fault("over-vesting-accepted", "AMT-6", "More than the grant vests.", ("INV-1",)),
    Fault("over-vesting-clipped", "AMT-6", "What is above the grant is cut off silently.", ("INV-1",)),
    # Rounding
    Fault("allocation-type-ignored", "ALC-1", "Everything is rounded down cumulatively.", ("ALC-2", "ALC-3")),
    Fault("half-to-even", "ALC-2", "CUMULATIVE_ROUNDING rounds halves to even.", ("ALC-3",)),
    Fault("half-down", "ALC-2", "CUMULATIVE_ROUNDING rounds halves down.", ("ALC-3",)),
    Fault("rounded-one-by-one", "ALC-2", "Each installment is rounded by itself.", ("ALC-3", "ALC-4")),
    Fault("front-loaded-as-back-loaded", "ALC-2", "FRONT_LOADED is run as BACK_LOADED.", ("ALC-1", "ALC-3")),
    Fault("back-loaded-as-front-loaded", "ALC-2", "BACK_LOADED is run as FRONT_LOADED.", ("ALC-1", "ALC-3")),
    Fault(
        "front-single-as-front-loaded", "ALC-2", "FRONT_LOADED_TO_SINGLE_TRANCHE as FRONT_LOADED.", ("ALC-1", "ALC-3")
    ),
    Fault("back-single-as-back-loaded", "ALC-2", "BACK_LOADED_TO_SINGLE_TRANCHE as BACK_LOADED.", ("ALC-1", "ALC-3")),
    Fault("rounding-as-round-down", "ALC-2", "CUMULATIVE_ROUNDING is rounded down.", ("ALC-1", "ALC-3")),
    Fault("round-down-as-rounding", "ALC-2", "CUMULATIVE_ROUND_DOWN is rounded to nearest.", ("ALC-1", "ALC-3")),
    Fault("single-tranche-at-the-wrong-end", "ALC-2", "Single tranches are at the other end.", ("ALC-1", "ALC-3")),
    Fault("fractional-as-round-down", "ALC-2", "FRACTIONAL gives whole shares.", ("ALC-1", "ALC-3", "NUM-2")),
    Fault("fractional-to-two-decimals", "NUM-2", "FRACTIONAL is rounded to two decimals.", ("ALC-2", "ALC-3", "NUM-1")),
    Fault("fractional-through-float", "NUM-1", "FRACTIONAL is computed in binary.", ("ALC-2", "NUM-2")),
    Fault("fractions-per-condition", "ALC-3", "Each condition is rounded by itself.", ("ALC-4",)),
    Fault("zero-conditions-are-tranches", "ALC-3", "Conditions of no shares take left-over shares.", ("ALC-2",)),
    Fault("float-running-sum", "NUM-1", "Installments are added up in binary.", ("ALC-2", "ALC-3")),
    Fault(
        "float-share-of-the-total", "NUM-1", "Shares so far are computed as q * (i / n) in binary.", ("ALC-2", "ALC-3")
    ),
    Fault("float-times-number", "NUM-1", "Shares so far are computed as (q / n) * i in binary.", ("ALC-2", "ALC-3")),
    Fault("rest-in-float", "NUM-1", "Left-over shares are computed in binary.", ("ALC-2", "ALC-3")),
    Fault("portion-through-float", "NUM-1", "Portions are binary fractions.", ("AMT-1", "AMT-3", "ALC-2", "AMT-6")),
    Fault("grant-through-float", "NUM-1", "The grant is a binary number.", ("SRC-1", "AMT-6", "SRC-2")),
    # Cliff
    Fault("cliff-ignored", "CLF-1", "cliff_installment is not read."),
    Fault("cliff-one-early", "CLF-1", "The cliff is one installment too early.", ("CLF-2",)),
    Fault("cliff-one-late", "CLF-1", "The cliff is one installment too late.", ("CLF-2",)),
    Fault("cliff-drops-earlier-tranches", "CLF-1", "Installments before the cliff are lost."),
    Fault("cliff-before-allocation", "CLF-1", "The cliff is one installment before rounding.", ("ALC-2", "ALC-3")),
    Fault("cliff-beyond-occurrences-clamped", "CLF-3", "A cliff beyond the last occurrence is that one."),
    Fault("cliff-beyond-occurrences-ignored", "CLF-3", "A cliff beyond the last occurrence is none."),
    # Grant date
    Fault("grant-day-deferred", "GRD-1", "What is due on the grant date waits for a later date."),
    Fault("pre-grant-keeps-dates", "GRD-1", "Installments before the grant keep their dates."),
    Fault("pre-grant-dropped", "GRD-1", "Installments before the grant are lost."),
    Fault("pre-grant-on-the-next-tranche", "GRD-1", "Installments before the grant wait for the next one."),
    # Transactions
    Fault("unknown-condition-ignored", "TXN-1", "A transaction for no condition is passed over."),
    Fault("wrong-trigger-accepted", "TXN-1", "A start meets an event condition, and the reverse.", ("TRG-1", "TRG-2")),
    Fault("wrong-trigger-ignored", "TXN-1", "A start for an event condition is passed over."),
    Fault("duplicate-start-latest", "TXN-4", "Of two starts the latest is taken."),
    Fault("duplicate-start-earliest", "TXN-4", "Of two starts the earliest is taken."),
    Fault("duplicate-start-last-in-file", "TXN-4", "Of two starts the last in the file is taken."),
    # Relationships
    Fault("earlier-of-waits-for-the-later", "REL-1", "An EARLIER_OF takes the input that is met last."),
    Fault("winner-leads-nowhere", "REL-1", "An EARLIER_OF does not go on as the input that was earlier."),
    Fault("earlier-of-all-at-once", "REL-1", "A periodic input of an EARLIER_OF vests at once."),
    Fault("earlier-of-tie-reversed", "REL-2", "On the same day an EARLIER_OF takes the last input named."),
    Fault("earlier-of-tie-by-inputs", "REL-2", "On the same day an EARLIER_OF goes by the list of its inputs."),
    Fault("later-of-needs-one-input", "REL-3", "A LATER_OF is met with its first input."),
    Fault("later-of-on-the-earlier-day", "REL-3", "A LATER_OF vests on the day of its first input."),
    Fault("later-of-is-always-the-sum", "REL-4", "calculation_type is not read."),
    Fault("later-of-takes-all-installments", "REL-4", "A LATER_OF takes more of an input than has accrued."),
    Fault("mode-takes-the-largest", "REL-4", "Of several modes the largest is taken."),
    Fault("mean-rounded-down", "REL-4", "A mean is rounded down by itself."),
    Fault("inputs-vest-as-well", "REL-4", "Inputs vest beside the relationship that they lead to.", ("REL-1",)),
    Fault("relationship-siblings-exclude-each-other", "REL-5", "Beside a relationship one sibling only is entered."),
    Fault("companions-not-checked", "REL-6", "What stands beside a relationship is not checked."),
    Fault("relationship-inputs-not-checked", "REL-7", "Inputs need not be what leads to a relationship."),
    # Answers
    Fault("zero-rows", "OUT-1", "Rows of zero shares are written."),
    Fault("zero-row-when-nothing-vests", "OUT-1", "Where nothing vests a zero row is written."),
    Fault("rows-not-merged", "OUT-1", "Installments of one day are several rows."),
    Fault("rows-unsorted", "OUT-1", "Rows are in the order of the path.", ("SRC-2",)),
    Fault("quantities-are-numbers", "OUT-1", "Quantities are JSON numbers.", ("NUM-2",)),
    Fault("last-row-left-out", "OUT-1", "The last of several rows is left out.", ("TRG-4",)),
    Fault("totals-instead-of-installments", "OUT-1", "Rows say what has vested so far.", ("OUT-2", "AMT-1")),
    Fault("as-of-without-the-day-itself", "OUT-2", "What vests on the day itself has not vested."),
    # From one request to the next
    Fault("terms-cached-by-id", "cross-talk", "Terms are remembered by their id."),
    Fault(
        "recorded-days-leak", "cross-talk", "Starts and events of earlier requests stay recorded.", ("TRG-1", "TRG-2")
    ),
    Fault(
        "vested-counter-not-reset",
        "cross-talk",
        "What vested before counts against the next grant.",
        ("repeat-evaluation", "AMT-6"),
    ),
    Fault("grant-day-of-the-first-request", "cross-talk", "The first grant date stays.", ("GRD-1",)),
    Fault("terms-consumed", "repeat-evaluation", "Periodic conditions are used up by running.", ("cross-talk",)),
    Fault(
        "siblings-sorted-in-place",
        "cross-talk",
        "Siblings stay in the order in which they were met.",
        ("PTH-1", "repeat-evaluation"),
    ),
)

#: Every fault by its name.
FAULTS = {fault.name: fault for fault in _FAULTS}
