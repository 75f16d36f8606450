"""Decide every property of an allocation table: VV601 to VV616, row by row and for the table as a whole."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from vestverify.allocations.formulas import FormulaError
from vestverify.allocations.numbers import numbers_of
from vestverify.allocations.proofs import UNLOCK_CODES, Proof, proof_of_circulation, proof_of_sales, proof_of_unlocks
from vestverify.allocations.replaying import (
    MAXIMUM_MONTHS,
    MONTHS_AFTER,
    Break,
    Stated,
    broken_sales,
    broken_unlocks,
    plain_number,
    sales_are_in_range,
    sold_each_month,
    stated_numbers,
    unlocked_for_sale,
)
from vestverify.allocations.table import Cell, Field, Numbers, Row, Table
from vestverify.certificate import Certifier
from vestverify.decision import Decision, finding, not_applicable, undecided
from vestverify.engine.unlocking import Allocation, SaleTime, UnlockRounding, unlocked
from vestverify.recording import Question
from vestverify.results import (
    DocumentKind,
    DocumentResult,
    Finding,
    Method,
    Position,
    PropertyResult,
    Severity,
    TermsResult,
    Verdict,
)
from vestverify.solver import DEFAULT_RLIMIT

#: What the cells of one row show by themselves.
CELL_CODES = ("VV601", "VV603", "VV604", "VV605", "VV608")
#: What is about the table as a whole.
TABLE_CODES = ("VV602", "VV606", "VV607", "VV609", "VV615")
#: Part of the supply by which the sales of one month may grow over those of the month before.
SELL_PRESSURE = Fraction(1, 100)
#: Months of a row that sells wrongly that are run to show it.
_MONTHS_OF_SALES = 240

_ROW_SCOPE = {
    "grant_quantity": "any allocation of 1 base unit or more",
    "start_date": "any month",
    "events": "every month from 0 on",
}
_THIS_ROW = {**_ROW_SCOPE, "grant_quantity": "the allocation of the row", "start_date": "the start month of the row"}
_TABLE_SCOPE = {
    "grant_quantity": "any allocations that add up to at most the supply, any supply",
    "start_date": "any month",
    "events": "every month from 0 on",
}


@dataclasses.dataclass(frozen=True, slots=True)
class TableOptions:
    """How to check a table.

    Attributes:
        supply: the total supply in tokens; None for what the table states.
        decimals: base units are powers of ten of a token.
        rounding: how parts of a base unit are rounded.
        sale_time: how the mean time until a sale is read.
        sell_pressure: part of the supply by which the sales of a month may grow over those of the month before.
        rlimit: solver resource units for one question; 0 is unlimited.
        certifier: asks a second solver to confirm the proofs; None for not asking.
    """

    supply: Fraction | None = None
    decimals: int = 0
    rounding: UnlockRounding = UnlockRounding.DOWN
    sale_time: SaleTime = SaleTime.DISCRETE
    sell_pressure: Fraction = SELL_PRESSURE
    rlimit: int = DEFAULT_RLIMIT
    certifier: Certifier | None = None


def check_table(table: Table, options: TableOptions | None = None) -> DocumentResult:
    """Decide every property of an allocation table.

    Args:
        table: as read.
        options: how to check.

    Returns:
        One entry of ``terms`` for each row, and one, with an empty pointer, for the table as a whole; none where
        there are no rows.

    Raises:
        Contradiction: a second solver contradicts a proof.
    """
    chosen = options or TableOptions()
    results: tuple[TermsResult, ...] = ()
    if table.rows:
        check = _Check(table, numbers_of(table, chosen.supply, chosen.decimals), chosen)
        results = (*(check.of_row(index) for index in range(len(table.rows))), check.of_table())
    result = DocumentResult(
        path=table.path, sha256=table.sha256, kind=DocumentKind.TOKEN_ALLOCATION, errors=table.errors, terms=results
    )
    return _with_positions(result, table)


class _Check:
    """One table on its way through the properties."""

    def __init__(self, table: Table, numbers: Numbers, options: TableOptions) -> None:
        self._table = table
        self._numbers = numbers
        self._options = options
        self._of_rows: defaultdict[str, list[Finding]] = defaultdict(list)
        self._of_table: list[Finding] = []
        for found in numbers.findings:
            (self._of_rows[_row_pointer(found.pointer)] if found.code in CELL_CODES else self._of_table).append(found)
        self._unread = {_row_pointer(error.pointer) for error in table.errors}
        self._asked: dict[Question, None] = {}
        self._sound: dict[tuple[str, bool], PropertyResult] = {}

    # ---- Rows ----

    def of_row(self, index: int) -> TermsResult:
        """Everything found out about one row."""
        row, allocation = self._table.rows[index], self._numbers.allocations[index]
        pointer = pointer_of(row, index)
        found = self._of_rows.get(pointer, [])
        cells = [
            self._of_cells(code, row, pointer, [each for each in found if each.code == code]) for code in CELL_CODES
        ]
        results = {each.code: each.result for each in cells}
        findings = [each for decision in cells for each in decision.findings]
        for each in self._of_unlocks(row, pointer, allocation):
            findings += each.findings if isinstance(each, Decision) else ()
            results[each.code] = each.result if isinstance(each, Decision) else each
        sales = self._of_sales(row, pointer, allocation)
        findings += sales.findings
        results[sales.code] = self._with_certificate(sales)
        return TermsResult(
            id=_text(row, Field.ENTITY),
            name=_text(row, Field.AGENT),
            pointer=pointer,
            properties=tuple(results[code] for code in sorted(results)),
            findings=tuple(sorted(findings, key=lambda each: each.code)),
        )

    def _of_cells(self, code: str, row: Row, pointer: str, found: list[Finding]) -> Decision:
        if found:
            return Decision(code, Verdict.REFUTED, Method.STRUCTURAL, tuple(found), severity=found[0].severity)
        if pointer in self._unread:
            return undecided(code, "a cell of the row cannot be read (VV003)")
        if code in ("VV601", "VV603") and not _has_whole_months(row):
            return undecided(code, "a number of months of the row cannot be read, or makes no sense")
        column = _COLUMN_OF.get(code)
        if code == "VV604" and self._table.in_percent:
            column = Field.ALLOCATION
        if column is not None and not _text(row, column):
            return not_applicable(code, f"the row states no {column.value.replace('_', ' ')}")
        if code == "VV608" and not any(_is_formula(row, field) for field in _FORMULAS):
            return not_applicable(code, "the row has no formula")
        return Decision(code, Verdict.PROVED, Method.STRUCTURAL)

    def _of_unlocks(
        self, row: Row, pointer: str, allocation: Allocation | None
    ) -> tuple[Decision | PropertyResult, ...]:
        stated = self._stated(row, allocation)
        if stated is None:
            reason = "the allocation or a number of months of the row is no number"
            return tuple(undecided(code, reason) for code in UNLOCK_CODES)
        if stated.makes_sense_but_for_sales or _waits_for_the_cliff(allocation):
            immediate = stated.vesting == 0
            return tuple(self._proved(code, immediate) for code in UNLOCK_CODES)
        if stated.amount == 0:
            return tuple(not_applicable(code, "nothing is allocated") for code in UNLOCK_CODES)
        if not stated.can_be_run:
            reason = "the months of the row make no sense (VV601, VV603)"
            if stated.length > MAXIMUM_MONTHS:
                reason = f"the row takes more than the {MAXIMUM_MONTHS:,} months that are run"
            return tuple(undecided(code, reason) for code in UNLOCK_CODES)
        broken = broken_unlocks(stated, self._options.rounding)
        return tuple(self._replayed(code, pointer, stated, broken.get(code)) for code in UNLOCK_CODES)

    def _replayed(self, code: str, pointer: str, stated: Stated, shown: Break | None) -> Decision:
        if shown is None and stated.is_in_whole_months:
            return Decision(code, Verdict.PROVED, Method.EXHAUSTIVE, scope=_THIS_ROW)
        if shown is None:
            return undecided(
                code, "the numbers of the row make no sense; no run of the engine shows the promise broken"
            )
        return _refuted(code, pointer, stated.entity, stated.agent, shown)

    def _stated(self, row: Row, allocation: Allocation | None) -> Stated | None:
        if allocation is None:
            in_percent = self._table.in_percent
            return stated_numbers(row, self._numbers.supply, self._options.decimals, in_percent=in_percent)
        return Stated(
            allocation.entity,
            allocation.agent,
            allocation.amount,
            Fraction(allocation.start),
            Fraction(allocation.cliff),
            Fraction(allocation.vesting),
            None,
            None,
        )

    def _proved(self, code: str, immediate: bool) -> Decision | PropertyResult:
        known = self._sound.get((code, immediate))
        if known is None:
            options = self._options
            proof = proof_of_unlocks(code, options.rounding, immediate=immediate, rlimit=options.rlimit)
            known = self._certified(_from_proof(code, proof, _ROW_SCOPE), proof)
            self._sound[code, immediate] = known
        return known

    def _with_certificate(self, decision: Decision) -> PropertyResult:
        """The result of a decision about sales or about the table, confirmed where it rests on a proof."""
        if decision.method is not Method.SMT:
            return decision.result
        proof = proof_of_sales if decision.code == "VV616" else proof_of_circulation
        return self._certified(decision, proof(rlimit=self._options.rlimit))

    def _certified(self, decision: Decision, proof: Proof) -> PropertyResult:
        if self._options.certifier is None:
            return decision.result
        self._asked |= dict.fromkeys(proof.questions)
        certificate = self._options.certifier.certificate(proof.questions)
        return dataclasses.replace(decision.result, certificate=certificate)

    # ---- Sales ----

    def _of_sales(self, row: Row, pointer: str, allocation: Allocation | None) -> Decision:
        if not _text(row, Field.SALES_PERCENTAGE):
            return not_applicable("VV616", "the row states no vesting sales percentage")
        if allocation is None:
            return self._of_senseless_sales(row, pointer)
        formulas = [field for field in _FORMULAS if _is_formula(row, field)]
        first = allocation.start + allocation.cliff
        last = allocation.last_month + MONTHS_AFTER if formulas else first
        if last - first > MAXIMUM_MONTHS:
            return undecided("VV616", f"the formulas of the row are asked for more than {MAXIMUM_MONTHS:,} months")
        try:
            if not sales_are_in_range(allocation, range(first, last + 1)):
                return self._run_of_sales(allocation, pointer)
        except FormulaError as error:
            return undecided("VV616", f"a formula of the row has no value: {error.reason}")
        assumptions: tuple[str, ...] = ()
        if Field.MEAN_TIME in formulas:
            assumptions = (f"the mean time is neither negative nor without bound after month {last}",)
        proof = proof_of_sales(rlimit=self._options.rlimit)
        return dataclasses.replace(_from_proof("VV616", proof, _ROW_SCOPE), assumptions=assumptions)

    def _of_senseless_sales(self, row: Row, pointer: str) -> Decision:
        stated = self._stated(row, None)
        if stated is None or stated.sales_percentage is None or stated.mean_time is None:
            return undecided("VV616", "a number of the row is no plain number")
        if not stated.can_be_run or stated.amount <= 0:
            return undecided("VV616", "the numbers of the row make no sense")
        allocation = stated.allocation()
        if stated.makes_sense_but_for_sales and sales_are_in_range(allocation, range(1)):
            return _from_proof("VV616", proof_of_sales(rlimit=self._options.rlimit), _ROW_SCOPE)
        return self._run_of_sales(allocation, pointer)

    def _run_of_sales(self, allocation: Allocation, pointer: str) -> Decision:
        months = min(allocation.last_month + MONTHS_AFTER, _MONTHS_OF_SALES)
        unlocks = unlocked(allocation, months, self._options.rounding)
        shown = broken_sales(allocation, unlocks, self._options.sale_time)
        if shown is None:
            return undecided("VV616", "the sales make no sense; no run of the engine shows the promise broken")
        return _refuted("VV616", pointer, allocation.entity, allocation.agent, shown)

    # ---- The table ----

    def of_table(self) -> TermsResult:
        """Everything found out about the table as a whole."""
        decisions = [self._of_sum(), self._of_flows(), self._of_pressure(), self._of_names(), self._of_circulation()]
        properties = tuple(self._with_certificate(each) for each in decisions)
        certifier = self._options.certifier
        return TermsResult(
            id=self._table.path.replace("\\", "/").rpartition("/")[2],
            name="",
            pointer="",
            properties=properties,
            findings=tuple(found for each in decisions for found in each.findings),
            # Rows share their proofs: each question counts once for the whole table.
            certificate=None if certifier is None else certifier.certificate(self._asked),
        )

    def _shown(self, code: str) -> Decision | None:
        found = tuple(each for each in self._of_table if each.code == code)
        if not found:
            return None
        worst = min((each.severity for each in found), key=list(Severity).index)
        return Decision(code, Verdict.REFUTED, Method.STRUCTURAL, found, severity=worst)

    def _of_sum(self) -> Decision:
        shown = self._shown("VV602")
        if shown is not None:
            return shown
        if not self._numbers.supply_is_stated and not self._table.in_percent:
            return not_applicable("VV602", "no total supply is stated")
        return self._unless_unread("VV602") or Decision("VV602", Verdict.PROVED, Method.STRUCTURAL)

    def _of_flows(self) -> Decision:
        shown = self._shown("VV606")
        if shown is not None:
            return shown
        if not any(_text(row, Field.SALES_PERCENTAGE) for row in self._table.rows):
            return not_applicable("VV606", "no row states a vesting sales percentage")
        if Field.OTHER_FLOWS not in self._table.columns:
            return not_applicable("VV606", "no column says which agents have other flows of tokens")
        return Decision("VV606", Verdict.PROVED, Method.STRUCTURAL)

    def _of_names(self) -> Decision:
        return self._shown("VV609") or Decision("VV609", Verdict.PROVED, Method.STRUCTURAL)

    def _unless_unread(self, code: str) -> Decision | None:
        without = sum(each is None for each in self._numbers.allocations)
        if without:
            return undecided(code, f"the numbers of {without:,} {'row' if without == 1 else 'rows'} make no sense")
        return None

    def _of_circulation(self) -> Decision:
        supply = self._numbers.supply
        unlocking = [self._unlocking(index) for index in range(len(self._table.rows))]
        sound = [each for each in unlocking if each is not None]
        if sum((each.amount for each in sound), Fraction(0)) > supply:
            return self._run_of_circulation(sound, supply)
        if len(sound) < len(unlocking):
            without = _rows(len(unlocking) - len(sound))
            return undecided("VV615", f"it is not known what {without} to the supply: the numbers make no sense")
        return _from_proof("VV615", proof_of_circulation(rlimit=self._options.rlimit), _TABLE_SCOPE)

    def _unlocking(self, index: int) -> Allocation | None:
        """A row as the engine unlocks it, whatever its sales; None where its unlocks make no sense."""
        allocation = self._numbers.allocations[index]
        if allocation is not None:
            return allocation if allocation.amount >= 0 else None
        stated = self._stated(self._table.rows[index], None)
        return stated.allocation() if stated is not None and stated.makes_sense_but_for_sales else None

    def _run_of_circulation(self, sound: list[Allocation], supply: Fraction) -> Decision:
        month = max(each.last_month for each in sound)
        # The last value of a run as long as it takes; each month of it counts, but only the last is the largest.
        circulating = sum(
            (Fraction(unlocked(each, month + 1, self._options.rounding)[-1]) for each in sound), Fraction(0)
        )
        if circulating <= supply:
            return undecided(
                "VV615", "the allocations exceed the supply; no run of the engine shows what is unlocked do so"
            )
        shown = Break("VV615", month, "more is unlocked than there is supply", circulating, supply)
        return _refuted("VV615", "", "", "", shown)

    def _of_pressure(self) -> Decision:
        sellers = [
            (row, each)
            for row, each in zip(self._table.rows, self._numbers.allocations, strict=True)
            if each is not None and _text(row, Field.SALES_PERCENTAGE)
        ]
        if not sellers:
            return not_applicable("VV607", "no row states a vesting sales percentage")
        unread = self._unless_unread("VV607")
        if unread is not None:
            return unread
        months = max(each.last_month for _, each in sellers) + MONTHS_AFTER
        if months > MAXIMUM_MONTHS:
            return undecided("VV607", f"the table takes more than the {MAXIMUM_MONTHS:,} months that are run")
        try:
            return self._steps(self._sales_of(sellers, months))
        except ValueError as error:
            return undecided("VV607", f"a month has no sales that can be told: {error}")

    def _sales_of(self, sellers: list[tuple[Row, Allocation]], months: int) -> list[Fraction]:
        """Tokens that all rows sell in each month; rows that sell alike are run together."""
        alike: defaultdict[str, defaultdict[str, list[Allocation]]] = defaultdict(lambda: defaultdict(list))
        for row, each in sellers:
            alike[_text(row, Field.MEAN_TIME)][_text(row, Field.SALES_PERCENTAGE)].append(each)
        sales = [Fraction(0)] * months
        for by_percentage in alike.values():
            inflows = [unlocked_for_sale(rows, months, self._options.rounding) for rows in by_percentage.values()]
            inflow = [sum(each, Fraction(0)) for each in zip(*inflows, strict=True)]
            one = next(iter(by_percentage.values()))[0]
            for month, sale in enumerate(sold_each_month(inflow, one, self._options.sale_time)):
                sales[month] += sale
        return sales

    def _steps(self, sales: list[Fraction]) -> Decision:
        least = self._options.sell_pressure * self._numbers.supply
        grown = [
            (month, now - before) for month, (before, now) in enumerate(zip([Fraction(0), *sales], sales, strict=False))
        ]
        steps = [(month, step) for month, step in grown if step > least]
        scope = {
            **_TABLE_SCOPE,
            "grant_quantity": "the allocations of the table",
            "events": f"months 0 to {len(sales) - 1}",
        }
        if not steps:
            return Decision("VV607", Verdict.PROVED, Method.EXHAUSTIVE, scope=scope)
        month, step = max(steps, key=lambda each: each[1])
        months = [each for each, _ in steps]
        part = step / self._numbers.supply * 100
        found = finding(
            "VV607",
            f"in month {month} sales grow by {_tokens(step)} over the month before, {_percent(part)} of the supply"
            + (
                f"; they grow by more than {_percent(self._options.sell_pressure * 100)} in {len(steps)} months"
                if len(steps) > 1
                else ""
            ),
            "",
            facts={"month": month, "growth": _tokens(step), "percent_of_supply": _percent(part), "months": months},
            advice="move starts or cliffs apart, or let sales take longer, unless that is meant",
            identity=("",),
        )
        return Decision("VV607", Verdict.REFUTED, Method.EXHAUSTIVE, (found,), scope=scope)


_COLUMN_OF = {"VV604": Field.SALES_PERCENTAGE, "VV605": Field.MEAN_TIME}
_FORMULAS = (Field.SALES_PERCENTAGE, Field.MEAN_TIME)


def _has_whole_months(row: Row) -> bool:
    months = [plain_number(row.cells.get(field)) for field in (Field.START, Field.CLIFF, Field.VESTING)]
    return all(month is not None and month >= 0 and month.denominator == 1 for month in months)


def _is_formula(row: Row, field: Field) -> bool:
    return bool(_text(row, field)) and plain_number(row.cells.get(field)) is None


def _waits_for_the_cliff(allocation: Allocation | None) -> bool:
    """Whether everything is unlocked at a cliff without vesting time."""
    if allocation is None or allocation.vesting != 0 or allocation.cliff < 0 or allocation.start < 0:
        return False
    return allocation.amount.denominator == 1 and allocation.amount >= 1


def _from_proof(code: str, proof: Proof, scope: Mapping[str, str]) -> Decision:
    if proof.holds:
        return Decision(code, Verdict.PROVED, Method.SMT, scope=scope)
    return undecided(code, proof.reason)


def _refuted(code: str, pointer: str, entity: str, agent: str, shown: Break) -> Decision:
    found = finding(
        code,
        f"in month {shown.month} {shown.words}: {_tokens(shown.found)} base units instead of {_bound(code)}{_tokens(shown.expected)}",
        pointer,
        facts={"month": shown.month, "found": _tokens(shown.found), "expected": _tokens(shown.expected)},
        advice=_ADVICE[code],
        identity=(entity, agent),
    )
    return Decision(code, Verdict.REFUTED, Method.EXHAUSTIVE, (found,))


_ADVICE = {
    "VV610": "make the allocation and the months numbers that are not negative",
    "VV611": "make the allocation a number that is not negative",
    "VV612": "let the vesting months reach the cliff, and make the allocation a whole number of base units",
    "VV613": "make the cliff a whole number of months",
    "VV614": "make the cliff a whole number of months that is not after the vesting months",
    "VV615": "let the allocations add up to the supply",
    "VV616": "keep the percentage between 0 and 100 and the mean time at 0 or more",
}


def _rows(number: int) -> str:
    return "1 row adds" if number == 1 else f"{number:,} rows add"


def _bound(code: str) -> str:
    return "at most " if code in ("VV610", "VV615", "VV616") else "at least " if code == "VV611" else ""


def _tokens(value: Fraction) -> str:
    """A number exactly where it has few digits, else to six decimal places."""
    whole = value * 10**6
    rounded = int(whole) if whole.denominator == 1 else round(whole)
    sign, digits = "-" if rounded < 0 else "", f"{abs(rounded):07d}"
    return f"{sign}{digits[:-6]}.{digits[-6:]}".rstrip("0").rstrip(".")


def _percent(value: Fraction) -> str:
    return f"{_tokens(Fraction(round(value * 100), 100))} %"


def pointer_of(row: Row, index: int) -> str:
    """The JSON pointer of a row."""
    for cell in row.cells.values():
        return _row_pointer(cell.pointer)
    return f"/rows/{index}"


def _row_pointer(pointer: str) -> str:
    return "/".join(pointer.split("/")[:3])


def _text(row: Row, field: Field) -> str:
    cell = row.cells.get(field)
    return "" if cell is None else cell.text


def _with_positions(result: DocumentResult, table: Table) -> DocumentResult:
    cells: dict[str, Cell] = {cell.pointer: cell for row in table.rows for cell in row.cells.values()}
    if table.supply is not None:
        cells[table.supply.pointer] = table.supply
    rows: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells.values():
        rows[_row_pointer(cell.pointer)].append(cell)
    wanted = {found.pointer for found in result.findings}
    wanted |= {related.pointer for found in result.findings for related in found.related}
    positions: dict[str, Position] = {}
    for pointer in wanted:
        spanned = [cells[pointer]] if pointer in cells else rows.get(pointer, [])
        if spanned:
            first = min(spanned, key=lambda each: (each.line, each.column))
            last = max(spanned, key=lambda each: (each.line, each.end_column))
            positions[pointer] = Position(first.line, first.column, last.line, last.end_column)
    starts = {place.line for place in positions.values()}
    lines = {("", number): table.source_lines[number] for number in starts if number in table.source_lines}
    return dataclasses.replace(result, positions=positions, source_lines=lines)
