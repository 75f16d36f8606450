"""Issuances and transactions of OCF, as far as vesting reads them.

Source: schema/objects/transactions/ of OCF v1.2.0, folders issuance, vesting, acceptance, cancellation, conversion,
exercise, reissuance, release, repurchase, retraction and transfer; discussion #540 and #539 for accelerations with
more than a quantity and for TX_VESTING_MODIFICATION. Fields that vesting does not use are let through unread.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from vestverify.engine.vesting_terms import Day, Identifier, Numeric, VestingConditionPortion

#: Transactions that leave the vesting of a security as it is: the first of these ends many names.
NEUTRAL_TRANSACTION_SUFFIX = "_ACCEPTANCE"
_NEUTRAL_TRANSACTIONS = ("TX_STOCK_PLAN_RETURN_TO_POOL",)


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", arbitrary_types_allowed=True)


class Vesting(_Read):
    """One row of an explicit schedule (SRC-2)."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)

    date: Day
    amount: Numeric


class TerminationWindow(_Read):
    """How long after employment ended what has vested can be exercised (``termination_exercise_windows``)."""

    reason: str
    period: Annotated[int, Field(ge=0)]
    period_type: Literal["DAYS", "MONTHS", "YEARS"]


def _refuse_null(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null", "null is not a value that OCF allows here")
    return value


class Issuance(_Read):
    """The issuance of one security: what is granted, when, and how it vests.

    What only says who may exercise it when is read where it can be read, and None where it cannot.
    """

    # Both tags of equity compensation are legal in v1.2.0 (SRC-5); stock and warrants vest as well.
    object_type: Literal[
        "TX_EQUITY_COMPENSATION_ISSUANCE",
        "TX_PLAN_SECURITY_ISSUANCE",
        "TX_STOCK_ISSUANCE",
        "TX_WARRANT_ISSUANCE",
    ]
    id: str | None = None
    security_id: str
    stakeholder_id: str | None = None
    date: Day
    quantity: Numeric
    vesting_terms_id: str | None = None
    vestings: Annotated[list[Vesting], Field(min_length=1)] | None = None
    compensation_type: str | None = None
    early_exercisable: bool | None = None
    expiration_date: Day | None = None
    warrant_expiration_date: Day | None = None
    termination_exercise_windows: tuple[TerminationWindow, ...] = ()

    @field_validator("vesting_terms_id", "vestings", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        return _refuse_null(value)

    @field_validator("id", "stakeholder_id", "compensation_type", mode="before")
    @classmethod
    def _text_or_none(cls, value: Any) -> Any:
        return value if isinstance(value, str) else None

    @field_validator("early_exercisable", mode="before")
    @classmethod
    def _truth_or_none(cls, value: Any) -> Any:
        return value if isinstance(value, bool) else None

    @field_validator("expiration_date", "warrant_expiration_date", mode="wrap")
    @classmethod
    def _day_or_none(cls, value: Any, read: Any) -> Any:
        try:
            return read(value)
        except (ValidationError, ValueError):
            return None

    @field_validator("termination_exercise_windows", mode="before")
    @classmethod
    def _windows_that_can_be_read(cls, value: Any) -> Any:
        found = []
        for item in value if isinstance(value, list | tuple) else ():
            try:
                found.append(TerminationWindow.model_validate(item))
            except ValidationError:
                continue
        return tuple(found)

    @property
    def last_day(self) -> int | None:
        """The day number of the last day on which it can be exercised, as far as the issuance states one."""
        stated = [day for day in (self.expiration_date, self.warrant_expiration_date) if day is not None]
        return min(stated, default=None)


class Transaction(_Read):
    """Any transaction on a security."""

    object_type: str
    id: str | None = None
    security_id: str
    date: Day

    @property
    def is_neutral(self) -> bool:
        """Whether it leaves vesting and what is held as they are: acceptances, and the bookkeeping of a pool."""
        return self.object_type.endswith(NEUTRAL_TRANSACTION_SUFFIX) or self.object_type in _NEUTRAL_TRANSACTIONS


class AllotmentType(StrEnum):
    """Which installments an acceleration takes its shares from (#540, #539)."""

    ASCENDING = "Ascending"
    DESCENDING = "Descending"
    PRORATA = "Prorata"


class VestingAcceleration(_Read):
    """How much vests at once: a number of shares, a portion of what is unvested, or, with neither, all of it."""

    quantity: Numeric | None = None
    portion: VestingConditionPortion | None = None
    allotment_type: Annotated[AllotmentType, Field(strict=False)] | None = None

    @field_validator("quantity", "portion", "allotment_type", mode="before")
    @classmethod
    def _amount_not_null(cls, value: Any) -> Any:
        return _refuse_null(value)

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if self.quantity is not None and self.portion is not None:
            raise PydanticCustomError("both_amounts", "both portion and quantity")
        return self


class _Replacing(Transaction):
    """A transaction that can put another schedule in the place of the one that holds."""

    vesting_terms_id: str | None = None
    vestings: Annotated[list[Vesting], Field(min_length=1)] | None = None

    @field_validator("vesting_terms_id", "vestings", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        return _refuse_null(value)

    @property
    def replaces(self) -> bool:
        """Whether it states another schedule."""
        return self.vesting_terms_id is not None or self.vestings is not None


class Acceleration(_Replacing, VestingAcceleration):
    """TX_VESTING_ACCELERATION: shares vest ahead of their schedule (ACC-1; #540 for all but ``quantity``)."""

    object_type: Literal["TX_VESTING_ACCELERATION"]

    @property
    def accelerates(self) -> VestingAcceleration | None:
        """What vests at once; None where it only states another schedule."""
        return None if self.quantity is None and self.portion is None and self.replaces else self


class Modification(_Replacing):
    """TX_VESTING_MODIFICATION: what has not vested vests otherwise from now on (#539)."""

    object_type: Literal["TX_VESTING_MODIFICATION"]
    vesting_acceleration: VestingAcceleration | None = None

    @field_validator("vesting_acceleration", mode="before")
    @classmethod
    def _acceleration_not_null(cls, value: Any) -> Any:
        return _refuse_null(value)

    @property
    def accelerates(self) -> VestingAcceleration | None:
        """What vests at once; None where it only states another schedule."""
        if self.vesting_acceleration is None and not self.replaces:
            return VestingAcceleration()
        return self.vesting_acceleration


class _Quantified(Transaction):
    quantity: Numeric | None = None
    balance_security_id: str | None = None

    @field_validator("quantity", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        return _refuse_null(value)


class Cancellation(_Quantified):
    """Shares go back to the company and nothing more vests on the security (TXN-2); a repurchase likewise."""

    object_type: Literal[
        "TX_EQUITY_COMPENSATION_CANCELLATION",
        "TX_PLAN_SECURITY_CANCELLATION",
        "TX_STOCK_CANCELLATION",
        "TX_WARRANT_CANCELLATION",
        "TX_STOCK_REPURCHASE",
    ]


class Transfer(_Quantified):
    """Shares go on as other securities (TXN-2): a transfer, a conversion, a reissuance."""

    object_type: Literal[
        "TX_EQUITY_COMPENSATION_TRANSFER",
        "TX_PLAN_SECURITY_TRANSFER",
        "TX_STOCK_TRANSFER",
        "TX_WARRANT_TRANSFER",
        "TX_STOCK_REISSUANCE",
        "TX_STOCK_CONVERSION",
    ]
    quantity_converted: Numeric | None = None

    @field_validator("quantity_converted", mode="before")
    @classmethod
    def _converted_not_null(cls, value: Any) -> Any:
        return _refuse_null(value)


class Exercise(_Quantified):
    """Shares are bought (EXR-1)."""

    object_type: Literal["TX_EQUITY_COMPENSATION_EXERCISE", "TX_PLAN_SECURITY_EXERCISE", "TX_WARRANT_EXERCISE"]


class Release(_Quantified):
    """Units that have vested are settled in shares."""

    object_type: Literal["TX_EQUITY_COMPENSATION_RELEASE", "TX_PLAN_SECURITY_RELEASE"]


class Retraction(Transaction):
    """The issuance is taken back (TXN-3)."""

    object_type: Literal[
        "TX_EQUITY_COMPENSATION_RETRACTION",
        "TX_PLAN_SECURITY_RETRACTION",
        "TX_STOCK_RETRACTION",
        "TX_WARRANT_RETRACTION",
    ]


_MODELS: tuple[type[Transaction], ...] = (
    Acceleration,
    Modification,
    Cancellation,
    Transfer,
    Exercise,
    Release,
    Retraction,
)
_MODEL_OF: dict[str, type[Transaction]] = {
    object_type: model for model in _MODELS for object_type in get_args(model.model_fields["object_type"].annotation)
}


def transaction_model(object_type: object) -> type[Transaction]:
    """The model of a transaction other than a vesting start or event.

    Args:
        object_type: as the transaction states it, whatever that is.

    Returns:
        The model that reads what such a transaction says; ``Transaction`` itself where vesting reads nothing of it.
    """
    return _MODEL_OF.get(object_type, Transaction) if isinstance(object_type, str) else Transaction


class VestingTransaction(_Read):
    """TX_VESTING_START or TX_VESTING_EVENT: a condition was met on a date (TRG-1, TRG-2)."""

    object_type: Literal["TX_VESTING_START", "TX_VESTING_EVENT"]
    id: str | None = None
    security_id: str
    date: Day
    vesting_condition_id: Identifier
