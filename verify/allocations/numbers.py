"""The numbers of an allocation table, and what they show to be wrong with it (VV601 to VV606, VV608, VV609)."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Callable
from fractions import Fraction

from vestverify.allocations.formulas import Formula, FormulaError, parse_formula
from vestverify.allocations.table import Cell, Field, Numbers, Row, Table
from vestverify.decision import finding
from vestverify.engine.unlocking import Allocation
from vestverify.results import Finding, Related, Severity
from vestverify.schema_errors import quote

#: Longest number that is read, in characters, and largest exponent either way.
MAXIMUM_NUMBER_LENGTH = 100
MAXIMUM_EXPONENT = 60

#: The last month that a table may name.
MAXIMUM_MONTH = 12_000

#: Months for which a formula is looked at after all is unlocked, and all told.
MONTHS_AFTER_UNLOCK = 120
MAXIMUM_FORMULA_MONTHS = 1_200

_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_WITH_EXPONENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)[eE]([+-]?[0-9]{1,3})")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([ _'])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?")
_COMMA_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]+)?|[0-9]{1,3},[0-9]{3}\.[0-9]+")
_ONE_COMMA_GROUP = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_POINT_GROUPED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?")
_ONE_COMMA = re.compile(r"[0-9]*,[0-9]+")
_ZERO_GROUP = re.compile(r"[1-9][0-9]{0,2}\.000")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})

YES = frozenset({"yes", "y", "true", "x", "1"})
NO = frozenset({"no", "n", "false", "0", "-", ""})


class NotANumber(ValueError):
    """A text that is no number, or of which nobody can say which; the reason says why, and what to write."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@functools.lru_cache(maxsize=65_536)
def read_number(text: str, *, is_quantity: bool = False) -> tuple[Fraction, bool]:
    """A number as people write it in tables.

    Args:
        text: decimals with a point; thousands apart by spaces, underscores, apostrophes or commas, or by points where
            there are several; a percent sign after it; an exponent of ten.
        is_quantity: whether it is a number of tokens, where ``500,000`` is thousands.

    Returns:
        The number, exactly, and whether it carries a percent sign; ``5%`` is 5.

    Raises:
        NotANumber: it is none, or an ambiguous one such as ``1,5``.
    """
    if len(text) > MAXIMUM_NUMBER_LENGTH:
        raise NotANumber(f"is longer than the {MAXIMUM_NUMBER_LENGTH} characters of the longest number that is read")
    written = text.translate(_SPACES).strip()
    has_percent_sign = written.endswith("%")
    digits = written.removesuffix("%").rstrip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits[1:].lstrip() if digits[:1] in ("-", "+") else digits
    return sign * _unsigned(digits, is_quantity=is_quantity and not has_percent_sign), has_percent_sign


def _unsigned(digits: str, *, is_quantity: bool) -> Fraction:
    if is_quantity and _ZERO_GROUP.fullmatch(digits):
        whole = digits.partition(".")[0]
        raise NotANumber(f"may be {whole} or {whole},000; write {whole} or {whole}000")
    if _PLAIN.fullmatch(digits):
        return Fraction(digits)
    if match := _WITH_EXPONENT.fullmatch(digits):
        if abs(int(match[2])) > MAXIMUM_EXPONENT:
            raise NotANumber(f"has an exponent beyond the {MAXIMUM_EXPONENT} that are read")
        return Fraction(match[1]) * Fraction(10) ** int(match[2])
    if _GROUPED.fullmatch(digits) or _COMMA_GROUPED.fullmatch(digits):
        return Fraction(re.sub("[ _',]", "", digits))
    if is_quantity and _ONE_COMMA_GROUP.fullmatch(digits):
        return Fraction(digits.replace(",", ""))
    if _POINT_GROUPED.fullmatch(digits):
        return Fraction(digits.replace(".", "").replace(",", "."))
    if _ONE_COMMA.fullmatch(digits):
        point, joined = digits.replace(",", "."), digits.replace(",", "")
        raise NotANumber(f"may be {point} or, with the comma between thousands, {joined}; write decimals with a point")
    if digits.startswith("="):
        raise NotANumber("is a formula; only the sales columns may hold formulas, so write its value")
    raise NotANumber("is not a number; write it in digits, decimals with a point")


def numbers_of(table: Table, supply: Fraction | None = None, decimals: int = 0) -> Numbers:
    """The numbers of a table, and the findings that they show themselves.

    Args:
        table: as read; a row of which a needed cell cannot be read (VV003) has no numbers, and no findings here.
        supply: the total supply in tokens, which outweighs the one that the table states.
        decimals: decimal places of the token: one token is ten to this power base units.

    Returns:
        The allocations in base units: exact, and whole only where the table's tokens and percentages make them so. Where
        allocations are percent of a supply that is stated nowhere, the supply is the least that makes all of them whole
        numbers of tokens.
    """
    return _Reading(table, supply, decimals).numbers()


@dataclasses.dataclass(frozen=True, slots=True)
class _RowNumbers:
    """The cells of a row as numbers; months are whole and not negative, or None."""

    entity: str
    agent: str
    #: In tokens, or in percent.
    share: Fraction | None
    months: tuple[int, int, int] | None
    sales_percentage: Formula | None
    mean_time: Formula | None


class _Reading:
    def __init__(self, table: Table, supply: Fraction | None, decimals: int) -> None:
        self._table = table
        self._base_units = 10**decimals
        self._findings: list[Finding] = []
        self._formulas: dict[str, Formula | FormulaError] = {}
        self._outside: dict[tuple[str, int, int, bool], tuple[int, Fraction | FormulaError] | None] = {}
        self._unread = {error.pointer for error in table.errors}
        stated = None if table.supply is None or table.supply.pointer in self._unread else table.supply
        self._stated = supply if supply is not None else _number(stated, is_quantity=True)

    def numbers(self) -> Numbers:
        rows = [self._row(row) for row in self._table.rows]
        self._check_duplicates()
        self._check_other_flows(rows)
        shares = [row.share for row in rows]
        self._check_sum(shares)
        supply = self._stated if self._stated is not None else self._least_supply(shares)
        per_share = supply * self._base_units / 100 if self._table.in_percent else Fraction(self._base_units)
        allocations = tuple(_allocation(row, per_share) for row in rows)
        return Numbers(allocations, supply * self._base_units, self._stated is not None, tuple(self._findings))

    def _least_supply(self, shares: list[Fraction | None]) -> Fraction:
        known = [share for share in shares if share is not None]
        if not self._table.in_percent:
            return sum(known, Fraction(0))
        return Fraction(100 * math.lcm(*(share.denominator for share in known)))

    def _row(self, row: Row) -> _RowNumbers:
        entity = row.cells.get(Field.ENTITY)
        agent = row.cells.get(Field.AGENT) or entity
        return _RowNumbers(
            entity="" if entity is None else entity.text,
            agent="" if agent is None else agent.text,
            share=self._share(row),
            months=self._months(row),
            sales_percentage=self._of_month(row, Field.SALES_PERCENTAGE),
            mean_time=self._of_month(row, Field.MEAN_TIME),
        )

    def _share(self, row: Row) -> Fraction | None:
        cell = row.cells.get(Field.ALLOCATION)
        value = _number(cell, is_quantity=not self._table.in_percent)
        if cell is None or value is None or cell.pointer in self._unread:
            return None
        if value < 0 and not self._table.in_percent:
            return None
        if self._table.in_percent and not 0 <= value <= 100:
            self._report(
                "VV604", cell, f"{_whose(row)} is allocated {cell.text}, which is no percentage from 0 to 100", "outside",
                "write the percentage of the total supply, from 0 to 100",
            )  # fmt: skip
            return None
        return value

    def _months(self, row: Row) -> tuple[int, int, int] | None:
        start, cliff, vesting = (self._month(row, field) for field in (Field.START, Field.CLIFF, Field.VESTING))
        if cliff is not None and vesting is not None and cliff > vesting > 0:
            cell = row.cells[Field.CLIFF]
            self._report(
                "VV601",
                cell,
                f"{_whose(row)} has its cliff {cliff} months after the start, but all is vested after {vesting} months",
                "cliff-after-vesting",
                "both count from the start month: make the cliff no longer than the vesting, or the vesting longer",
                (Related(row.cells[Field.VESTING].pointer, "all is vested here"),),
            )
            return None
        return None if start is None or cliff is None or vesting is None else (start, cliff, vesting)

    def _month(self, row: Row, field: Field) -> int | None:
        cell = row.cells.get(field)
        value = _number(cell)
        if cell is None or value is None or value > MAXIMUM_MONTH or cell.text.endswith("%"):
            return None
        if value >= 0 and value.denominator == 1:
            return value.numerator
        wrong = "negative" if value < 0 else "not a whole number"
        words = field.value.replace("_", " ")
        advice = "write a whole number of months, 0 or more"
        self._report("VV603", cell, f"the {words} of {_whose(row)} is {cell.text}, which is {wrong}", wrong, advice)
        return None

    def _of_month(self, row: Row, field: Field) -> Formula | None:
        cell = row.cells.get(field)
        if cell is None:
            return _ZERO
        formula = self._formula(cell)
        if formula is None:
            return None
        error = formula if isinstance(formula, FormulaError) else None
        words = field.value.replace("_", " ")
        if isinstance(formula, Formula) and formula.has_percent_sign and field is Field.MEAN_TIME:
            error = FormulaError(cell.text.find("%"), "a mean time is a number of months, not a percentage")
        outside = None
        if error is None and isinstance(formula, Formula):
            outside = self._first_outside(row, formula, is_percentage=field is Field.SALES_PERCENTAGE)
            if outside is not None and isinstance(outside[1], FormulaError):
                error = outside[1]
        if error is not None:
            message = f"the {words} of {_whose(row)}, {quote(cell.text)}, cannot be computed: {error.reason}"
            advice = "write a number, or a formula with + - * / ( ) month min max"
            self._report("VV608", cell, f"{message} (character {error.position + 1})", "formula", advice)
            return None
        if outside is None:
            return formula if isinstance(formula, Formula) else None
        month, value = outside
        when = "" if isinstance(formula, Formula) and formula.is_constant else f" in month {month}"
        shown = f"{_shown(value)}{when}" if isinstance(value, Fraction) else ""
        if field is Field.SALES_PERCENTAGE:
            message = f"the {words} of {_whose(row)} is {shown}, which is no percentage from 0 to 100"
            self._report("VV604", cell, message, "outside", "write how much of what is unlocked is sold, from 0 to 100")
        else:
            message = f"the {words} of {_whose(row)} is {shown}: nothing is sold before it is unlocked"
            self._report("VV605", cell, message, "negative", "write a number of months, 0 or more")
        return None

    def _formula(self, cell: Cell) -> Formula | FormulaError:
        if cell.text not in self._formulas:
            self._formulas[cell.text] = _read_formula(cell.text)
        return self._formulas[cell.text]

    def _first_outside(
        self, row: Row, formula: Formula, *, is_percentage: bool
    ) -> tuple[int, Fraction | FormulaError] | None:
        """The first month for which the formula has no value, or none that makes sense."""
        months = [_number(row.cells.get(field)) for field in (Field.START, Field.CLIFF, Field.VESTING)]
        start, cliff, vesting = (
            0 if month is None else min(max(0, math.floor(month)), MAXIMUM_MONTH) for month in months
        )
        first = 0 if formula.is_constant else start + min(cliff, vesting or cliff)
        last = start + max(cliff, vesting) + (0 if is_percentage else MONTHS_AFTER_UNLOCK)
        last = first if formula.is_constant else min(last, first + MAXIMUM_FORMULA_MONTHS)
        key = (formula.text, first, last, is_percentage)
        if key not in self._outside:
            self._outside[key] = _first_outside(formula, range(first, last + 1), 100 if is_percentage else None)
        return self._outside[key]

    def _check_duplicates(self) -> None:
        first: dict[str, Cell] = {}
        for row in self._table.rows:
            cell = row.cells.get(Field.ENTITY)
            if cell is None:
                continue
            earlier = first.setdefault(" ".join(cell.text.casefold().split()), cell)
            if earlier is not cell:
                self._report(
                    "VV609",
                    cell,
                    f"{quote(cell.text)} has a row already, in line {earlier.line}",
                    "duplicate",
                    "name each allocation once; several allocations of one agent have different names",
                    (Related(earlier.pointer, "the first row of this name"),),
                )

    def _check_other_flows(self, rows: list[_RowNumbers]) -> None:
        elsewhere: dict[str, Cell] = {}
        for row, read in zip(self._table.rows, rows, strict=True):
            cell = row.cells.get(Field.OTHER_FLOWS)
            if cell is not None and cell.text.casefold() in YES:
                elsewhere.setdefault(read.agent.casefold(), cell)
        for row, read in zip(self._table.rows, rows, strict=True):
            said = elsewhere.get(read.agent.casefold())
            cell = row.cells.get(Field.SALES_PERCENTAGE)
            formula = read.sales_percentage
            if said is None or cell is None or formula is None or (formula.is_constant and formula(0) == 0):
                continue
            self._report(
                "VV606",
                cell,
                f"{_whose(row)} sells by these columns, but its agent {quote(read.agent)} has token flows elsewhere, so that the same tokens may be sold twice",
                "elsewhere",
                "leave the sales columns of this agent empty, or model all of its sales here",
                (Related(said.pointer, "the agent has other token flows"),),
            )

    def _check_sum(self, shares: list[Fraction | None]) -> None:
        whole = Fraction(100) if self._table.in_percent else self._stated
        known = [share for share in shares if share is not None]
        cells = [row.cells[Field.ALLOCATION] for row in self._table.rows if Field.ALLOCATION in row.cells]
        if whole is None or not cells or len(known) < len(shares):
            return
        total = sum(known, Fraction(0))
        if total == whole:
            return
        above = total > whole
        unit = "%" if self._table.in_percent else " tokens"
        of = "100% of the supply" if self._table.in_percent else f"the total supply of {_shown(whole)} tokens"
        message = f"the allocations add up to {_shown(total)}{unit}, {_shown(abs(total - whole))}{unit} {'more' if above else 'less'} than {of}"
        advice = "correct the allocations" if self._table.in_percent else "correct the allocations, or the supply"
        if self._table.in_percent and total == 1:
            advice = "these look like parts of 1; write percentages from 0 to 100"
        elif not above:
            advice += "; give what is not allocated yet a row of its own"
        # The supply of the command line stands nowhere in the table.
        stated = self._table.supply
        is_stated_here = (
            stated is not None and not self._table.in_percent and _number(stated, is_quantity=True) == whole
        )
        place = stated if stated is not None and is_stated_here else cells[-1]
        severity = Severity.ERROR if above else Severity.WARNING
        self._report("VV602", place, message, "above" if above else "below", advice, severity=severity)

    def _report(
        self,
        code: str,
        cell: Cell,
        message: str,
        rule: str,
        advice: str,
        related: tuple[Related, ...] = (),
        *,
        severity: Severity | None = None,
    ) -> None:
        facts = {"rule": rule.replace(" ", "-"), "found": cell.text[:100]}
        identity = (cell.pointer, facts["rule"])
        self._findings.append(
            finding(
                code,
                message,
                cell.pointer,
                severity=severity,
                related=related,
                facts=facts,
                advice=advice,
                identity=identity,
            )
        )


_ZERO = parse_formula("0")


def _number(cell: Cell | None, *, is_quantity: bool = False) -> Fraction | None:
    if cell is None:
        return None
    try:
        return read_number(cell.text, is_quantity=is_quantity)[0]
    except NotANumber:
        return None


def _read_formula(text: str) -> Formula | FormulaError:
    try:
        return parse_formula(text)
    except FormulaError as error:
        try:
            number, has_percent_sign = read_number(text)
        except NotANumber:
            return error
        return Formula(text, is_constant=True, has_percent_sign=has_percent_sign, _value=_constant(number))


def _constant(value: Fraction) -> Callable[[int], Fraction]:
    return lambda month: value


def _first_outside(formula: Formula, months: range, greatest: int | None) -> tuple[int, Fraction | FormulaError] | None:
    for month in months:
        try:
            value = formula(month)
        except FormulaError as error:
            return month, error
        if value < 0 or (greatest is not None and value > greatest):
            return month, value
    return None


def _allocation(row: _RowNumbers, per_share: Fraction) -> Allocation | None:
    if row.share is None or row.months is None or row.sales_percentage is None or row.mean_time is None:
        return None
    return Allocation(row.entity, row.agent, row.share * per_share, *row.months, row.sales_percentage, row.mean_time)


def _whose(row: Row) -> str:
    entity = row.cells.get(Field.ENTITY)
    return f"row {row.number + 1}" if entity is None else quote(entity.text)


def _shown(value: Fraction) -> str:
    """A number for people: exact where it is a decimal of at most six places, else rounded down to six."""
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), 1)
    places = f"{int(rest * 10**6):06d}".rstrip("0")
    return f"{sign}{whole:,}" + (f".{places}" if places else "")
