"""Issuances and transactions of OCF, as far as vesting reads them.

Source: schema/objects/transactions/issuance/ and .../vesting/ of OCF v1.2.0. Fields that vesting does
not use are let through unread.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from vestverify.engine.vesting_terms import Day, Identifier, Numeric

#: Transactions that leave the vesting of a security as it is.
NEUTRAL_TRANSACTION_SUFFIX = "_ACCEPTANCE"


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Vesting(_Read):
    """One row of an explicit schedule (SRC-2)."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)

    date: Day
    amount: Numeric


class Issuance(_Read):
    """The issuance of one security: what is granted, when, and how it vests."""

    # Both tags of equity compensation are legal in v1.2.0 (SRC-5); stock and warrants vest as well.
    object_type: Literal[
        "TX_EQUITY_COMPENSATION_ISSUANCE",
        "TX_PLAN_SECURITY_ISSUANCE",
        "TX_STOCK_ISSUANCE",
        "TX_WARRANT_ISSUANCE",
    ]
    security_id: str
    date: Day
    quantity: Numeric
    vesting_terms_id: str | None = None
    vestings: Annotated[list[Vesting], Field(min_length=1)] | None = None

    @field_validator("vesting_terms_id", "vestings", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("null", "null is not a value that OCF allows here")
        return value


class Transaction(_Read):
    """Any transaction on a security."""

    object_type: str
    id: str | None = None
    security_id: str
    date: Day


class VestingTransaction(_Read):
    """TX_VESTING_START or TX_VESTING_EVENT: a condition was met on a date (TRG-1, TRG-2)."""

    object_type: Literal["TX_VESTING_START", "TX_VESTING_EVENT"]
    id: str | None = None
    security_id: str
    date: Day
    vesting_condition_id: Identifier
