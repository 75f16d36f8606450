"""VestingTerms of OCF v1.2.0, and main's ``cliff_installment``, as typed models.

Source: schema/objects/VestingTerms.schema.json and schema/types/vesting/ of OCF v1.2.0;
schema/primitives/types/vesting/VestingPeriod.schema.json on main for ``cliff_installment``.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from vestverify.engine.calendar import parse_day
from vestverify.engine.numeric import parse_numeric


class AllocationType(StrEnum):
    """How fractions of shares are allocated to installments (ALC-2)."""

    CUMULATIVE_ROUNDING = "CUMULATIVE_ROUNDING"
    CUMULATIVE_ROUND_DOWN = "CUMULATIVE_ROUND_DOWN"
    FRONT_LOADED = "FRONT_LOADED"
    BACK_LOADED = "BACK_LOADED"
    FRONT_LOADED_TO_SINGLE_TRANCHE = "FRONT_LOADED_TO_SINGLE_TRANCHE"
    BACK_LOADED_TO_SINGLE_TRANCHE = "BACK_LOADED_TO_SINGLE_TRANCHE"
    FRACTIONAL = "FRACTIONAL"


class CalculationType(StrEnum):
    """What a LATER_OF vests, from the amounts of its inputs (REL-4; #542 "Later Of Calculation Type")."""

    SUM = "SUM"
    MIN = "MIN"
    MAX = "MAX"
    MEAN = "MEAN"
    MODE = "MODE"


class VestingDayOfMonth(StrEnum):
    """On which day of its month an occurrence falls (DAT-3, DAT-4); 32 values."""

    DAY_01 = "01"
    DAY_02 = "02"
    DAY_03 = "03"
    DAY_04 = "04"
    DAY_05 = "05"
    DAY_06 = "06"
    DAY_07 = "07"
    DAY_08 = "08"
    DAY_09 = "09"
    DAY_10 = "10"
    DAY_11 = "11"
    DAY_12 = "12"
    DAY_13 = "13"
    DAY_14 = "14"
    DAY_15 = "15"
    DAY_16 = "16"
    DAY_17 = "17"
    DAY_18 = "18"
    DAY_19 = "19"
    DAY_20 = "20"
    DAY_21 = "21"
    DAY_22 = "22"
    DAY_23 = "23"
    DAY_24 = "24"
    DAY_25 = "25"
    DAY_26 = "26"
    DAY_27 = "27"
    DAY_28 = "28"
    DAY_29_OR_LAST = "29_OR_LAST_DAY_OF_MONTH"
    DAY_30_OR_LAST = "30_OR_LAST_DAY_OF_MONTH"
    DAY_31_OR_LAST = "31_OR_LAST_DAY_OF_MONTH"
    VESTING_START_DAY_OR_LAST = "VESTING_START_DAY_OR_LAST_DAY_OF_MONTH"


def _read_numeric(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError("numeric_type", 'a Numeric is written as a string, such as "125"')
    try:
        return parse_numeric(value)
    except ValueError as error:
        raise PydanticCustomError("numeric_form", "{reason}", {"reason": str(error)}) from None


def _read_integer(value: Any) -> Any:
    if (
        isinstance(value, Decimal)
        and value.is_finite()
        and abs(value.adjusted()) <= 30
        and value == value.to_integral_value()
    ):
        return int(value)
    return value


def _read_day(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError("date_type", "a date is written as a string, YYYY-MM-DD")
    try:
        return parse_day(value)
    except ValueError:
        raise PydanticCustomError("date_form", "not a calendar date written YYYY-MM-DD") from None


#: An exact decimal read from an OCF Numeric string.
Numeric = Annotated[Fraction, BeforeValidator(_read_numeric)]
#: A JSON Schema integer: 12 and 12.0 are the same.
Integer = Annotated[int, BeforeValidator(_read_integer), Field(strict=True)]
#: A calendar date, as the engine counts days.
Day = Annotated[int, BeforeValidator(_read_day)]
Identifier = Annotated[str, StringConstraints(min_length=1)]


class OcfModel(BaseModel):
    """A JSON object of OCF: no fields but the known ones, no types but the stated ones."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True)


class VestingStartTrigger(OcfModel):
    """Met by a TX_VESTING_START that names the condition (TRG-1)."""

    type: Literal["VESTING_START_DATE"]


class VestingEventTrigger(OcfModel):
    """Met by a TX_VESTING_EVENT that names the condition (TRG-2)."""

    type: Literal["VESTING_EVENT"]


class VestingScheduleAbsoluteTrigger(OcfModel):
    """Met on a calendar date (TRG-3)."""

    type: Literal["VESTING_SCHEDULE_ABSOLUTE"]
    date: Day


class VestingPeriodInDays(OcfModel):
    """``occurrences`` times, each ``length`` days after the one before (DAT-1)."""

    type: Literal["DAYS"]
    length: Annotated[Integer, Field(ge=0)]
    occurrences: Annotated[Integer, Field(ge=1)]
    cliff_installment: Annotated[Integer, Field(ge=0)] = 0


class VestingPeriodInMonths(OcfModel):
    """``occurrences`` times, each ``length`` calendar months after the one before (DAT-2)."""

    type: Literal["MONTHS"]
    length: Annotated[Integer, Field(ge=0)]
    occurrences: Annotated[Integer, Field(ge=1)]
    day_of_month: Annotated[VestingDayOfMonth, Field(strict=False)]
    cliff_installment: Annotated[Integer, Field(ge=0)] = 0


VestingPeriod = Annotated[VestingPeriodInDays | VestingPeriodInMonths, Field(discriminator="type")]


class VestingScheduleRelativeTrigger(OcfModel):
    """Met a period after another condition (TRG-4)."""

    type: Literal["VESTING_SCHEDULE_RELATIVE"]
    period: VestingPeriod
    relative_to_condition_id: str


class VestingIndeterminateTrigger(OcfModel):
    """Declares that the rest vests only by acceleration (discussion #540); never met by itself."""

    type: Literal["VESTING_SCHEDULE_INDETERMINATE"]


class EarlierOfTrigger(OcfModel):
    """The earlier of several conditions (#542)."""

    type: Literal["VESTING_RELATIONSHIP_EARLIER_OF"]
    input_condition_ids: list[str]


class LaterOfTrigger(OcfModel):
    """The later of several conditions (#542)."""

    type: Literal["VESTING_RELATIONSHIP_LATER_OF"]
    input_condition_ids: list[str]
    calculation_type: Annotated[CalculationType, Field(strict=False)]


RelationshipTrigger = EarlierOfTrigger | LaterOfTrigger
Trigger = Annotated[
    VestingStartTrigger
    | VestingEventTrigger
    | VestingScheduleAbsoluteTrigger
    | VestingScheduleRelativeTrigger
    | VestingIndeterminateTrigger
    | EarlierOfTrigger
    | LaterOfTrigger,
    Field(discriminator="type"),
]


class VestingConditionPortion(OcfModel):
    """A part of the grant, or of what has yet to vest (AMT-1, AMT-3)."""

    numerator: Numeric
    denominator: Numeric
    remainder: bool = False


class VestingCondition(OcfModel):
    """One condition of the graph: what triggers it, what vests, what can follow."""

    id: Identifier
    description: str = ""
    portion: VestingConditionPortion | None = None
    quantity: Numeric | None = None
    trigger: Trigger
    next_condition_ids: list[str]

    @field_validator("portion", "quantity", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError("null", "null is not a value that OCF allows here")
        return value

    @field_validator("next_condition_ids")
    @classmethod
    def _unique(cls, value: list[str]) -> list[str]:
        seen: set[str] = set()
        for identifier in value:
            if identifier in seen:
                raise PydanticCustomError(
                    "duplicate_item", "names {identifier} twice", {"identifier": repr(identifier)}
                )
            seen.add(identifier)
        return value

    @model_validator(mode="after")
    def _one_amount(self) -> VestingCondition:
        stated = (self.portion is not None) + (self.quantity is not None)
        carries_none = isinstance(self.trigger, EarlierOfTrigger | LaterOfTrigger | VestingIndeterminateTrigger)
        if stated and isinstance(self.trigger, EarlierOfTrigger | LaterOfTrigger):
            raise PydanticCustomError(
                "relationship_amount", "is a relationship, which has neither portion nor quantity: its inputs have"
            )
        if stated == 2:
            raise PydanticCustomError("both_amounts", "has both portion and quantity; exactly one is allowed")
        if stated == 0 and not carries_none:
            raise PydanticCustomError("no_amount", "has neither portion nor quantity; exactly one is required")
        return self


class VestingTerms(OcfModel):
    """The terms under which a security vests (schema/objects/VestingTerms.schema.json)."""

    id: str
    comments: list[str] = []
    object_type: Literal["VESTING_TERMS"]
    name: str
    description: str
    allocation_type: Annotated[AllocationType, Field(strict=False)]
    vesting_conditions: Annotated[list[VestingCondition], Field(min_length=1)]
