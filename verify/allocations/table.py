"""An allocation table as read: which cell says what, and where it stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from vestverify.engine.unlocking import Allocation
from vestverify.results import Finding


class Field(StrEnum):
    """What a column says. The value is its name in reports and in JSON tables."""

    ENTITY = "entity"
    AGENT = "agent"
    #: Tokens, or percent of the total supply.
    ALLOCATION = "allocation"
    START = "start_month"
    CLIFF = "cliff_month"
    VESTING = "vesting_months"
    SALES_PERCENTAGE = "vesting_sales_percentage"
    MEAN_TIME = "vesting_sales_mean_time"
    #: Whether the agent also sells tokens elsewhere in the model.
    OTHER_FLOWS = "other_flows"


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: what it says, without spaces around it; numbers of a spreadsheet or of JSON as exact decimals.
        pointer: where it stands as a JSON pointer: ``/rows/0/cliff_month`` (rows and columns of any kind of table).
        line, column: the same in the text of a CSV, TSV or JSON file, 1-based, columns in code points; in a
            spreadsheet its row and its column.
        end_column: one past its last column.
    """

    text: str
    pointer: str
    line: int
    column: int
    end_column: int


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell for each column that the table has and the row fills."""

    number: int
    cells: Mapping[Field, Cell]


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """An allocation table as read.

    Attributes:
        path: as given.
        sha256: of the bytes; empty where there were none to read.
        rows: those that say anything, in order.
        columns: the columns there are.
        in_percent: whether allocations are percent of the supply, by the header or by a sign in the cells.
        supply: the total supply as stated (JSON ``total_supply``, or a row called so); None where it is not.
        errors: VV001, VV003, VV004: what keeps the table, or a cell, from being read.
        source_lines: text of each line of a text file, by number; empty for a spreadsheet.
    """

    path: str
    sha256: str
    rows: tuple[Row, ...]
    columns: frozenset[Field]
    in_percent: bool
    supply: Cell | None
    errors: tuple[Finding, ...] = ()
    source_lines: Mapping[int, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a table.

    Attributes:
        allocations: for each row its numbers; None where they make no sense.
        supply: the total supply in base units: stated, else what the allocations add up to.
        supply_is_stated: whether the table or the command line states it.
        findings: VV6xx that the numbers themselves show.
    """

    allocations: tuple[Allocation | None, ...]
    supply: Fraction
    supply_is_stated: bool
    findings: tuple[Finding, ...]
