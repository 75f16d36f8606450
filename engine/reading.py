"""Which published answer to each ambiguity of OCF vesting is followed.

One field per question of the semantics; the first value of each is the default (R0).
Names and values are those of the machine contract, section 5.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum


class Siblings(StrEnum):
    """PTH-2, REL-5: whether entering one next condition excludes the others."""

    AUTO = "auto"
    EXCLUSIVE = "exclusive"
    INDEPENDENT = "independent"


class Source(StrEnum):
    """SRC-3: which wins when an issuance has both ``vestings`` and ``vesting_terms_id``."""

    VESTINGS = "vestings"
    TERMS = "terms"
    BOTH_MUST_AGREE = "both-must-agree"


class Roots(StrEnum):
    """GRF-2: whether several initial conditions compete like siblings or all run."""

    COMPETE = "compete"
    ALL = "all"


class LeavePeriodic(StrEnum):
    """PTH-3: when the path leaves a condition with several occurrences."""

    AFTER_LAST = "after-last"
    ON_NEXT = "on-next"
    OVERLAP = "overlap"


class Stepping(StrEnum):
    """DAT-2: whether occurrences are counted from the base or from the previous, clamped, date."""

    FROM_BASE = "from-base"
    FROM_PREVIOUS = "from-previous"


class FirstFixedDay(StrEnum):
    """DAT-3: where the first occurrence on a fixed day of the month falls."""

    TARGET_MONTH = "target-month"
    ON_OR_AFTER = "on-or-after"


class AnchorDay(StrEnum):
    """DAT-4: whose day VESTING_START_DAY_OR_LAST_DAY_OF_MONTH means."""

    START_CONDITION = "start-condition"
    REFERENCE = "reference"


class PeriodicReference(StrEnum):
    """DAT-6: from which occurrence of a periodic condition another counts."""

    LAST = "last"
    FIRST = "first"


class EarlyEvent(StrEnum):
    """DAT-7: what an event recorded before its parent was met does."""

    AT_PARENT = "at-parent"
    IGNORED = "ignored"


class CatchUp(StrEnum):
    """DAT-8: when occurrences dated before the entry of their condition vest."""

    ON_ENTRY = "on-entry"
    NEXT_TRANCHE = "next-tranche"


class RemainderBasis(StrEnum):
    """AMT-3: whether ``remainder`` is taken anew at each occurrence or once, on entry."""

    EACH = "each"
    ON_ENTRY = "on-entry"


class AllocationScope(StrEnum):
    """ALC-3: whether shares are rounded over the whole path or inside each condition."""

    PATH = "path"
    CONDITION = "condition"


class GrantCatchUp(StrEnum):
    """GRD-1: when shares that accrued before the grant date vest."""

    GRANT_DATE = "grant-date"
    NEXT_TRANCHE = "next-tranche"


class Acceleration(StrEnum):
    """ACC-2: which installments a partial acceleration takes from."""

    PRORATA = "prorata"
    SOONEST = "soonest"
    LAST = "last"


class Retraction(StrEnum):
    """TXN-3: whether a retracted issuance never was, or ends on that date."""

    VOID = "void"
    ENDS = "ends"


class DuplicateStart(StrEnum):
    """TXN-4: what two start or event transactions for one condition mean."""

    ERROR = "error"
    EARLIEST = "earliest"


class UnknownReading(ValueError):
    """A reading was named that the contract does not list."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """One answer to every ambiguity; the defaults are the default reading."""

    siblings: Siblings = Siblings.AUTO
    source: Source = Source.VESTINGS
    roots: Roots = Roots.COMPETE
    leave_periodic: LeavePeriodic = LeavePeriodic.AFTER_LAST
    stepping: Stepping = Stepping.FROM_BASE
    first_fixed_day: FirstFixedDay = FirstFixedDay.TARGET_MONTH
    anchor_day: AnchorDay = AnchorDay.START_CONDITION
    periodic_reference: PeriodicReference = PeriodicReference.LAST
    early_event: EarlyEvent = EarlyEvent.AT_PARENT
    catch_up: CatchUp = CatchUp.ON_ENTRY
    remainder_basis: RemainderBasis = RemainderBasis.EACH
    allocation_scope: AllocationScope = AllocationScope.PATH
    grant_catch_up: GrantCatchUp = GrantCatchUp.GRANT_DATE
    acceleration: Acceleration = Acceleration.PRORATA
    retraction: Retraction = Retraction.VOID
    duplicate_start: DuplicateStart = DuplicateStart.ERROR

    def differences(self) -> dict[str, str]:
        """The choices that differ from the default, key to value, in the contract's order."""
        return {
            field.name: str(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if getattr(self, field.name) != field.default
        }


DEFAULT_READING = Reading()

#: What published engines do, by the name that ``--reading`` takes.
BUNDLES: dict[str, Reading] = {
    "default": DEFAULT_READING,
    "ocf-tools": Reading(
        source=Source.TERMS,
        stepping=Stepping.FROM_PREVIOUS,
        anchor_day=AnchorDay.REFERENCE,
        periodic_reference=PeriodicReference.FIRST,
        catch_up=CatchUp.NEXT_TRANCHE,
        remainder_basis=RemainderBasis.ON_ENTRY,
        allocation_scope=AllocationScope.CONDITION,
        grant_catch_up=GrantCatchUp.NEXT_TRANCHE,
    ),
}

_ENUMERATIONS: dict[str, type[StrEnum]] = {
    field.name: type(field.default) for field in dataclasses.fields(Reading) if isinstance(field.default, StrEnum)
}


def reading_choices() -> dict[str, tuple[str, ...]]:
    """Every key with its values, the default first."""
    return {key: tuple(str(value) for value in kind) for key, kind in _ENUMERATIONS.items()}


def reading_from(choices: Mapping[str, str] | str, base: Reading = DEFAULT_READING) -> Reading:
    """The reading that a case, a request or the command line names.

    Args:
        choices: a bundle's name, or key and value of each choice that differs from ``base``.
        base: the reading that the choices change.

    Raises:
        UnknownReading: a bundle, key or value that is not published.
    """
    if isinstance(choices, str):
        if choices not in BUNDLES:
            raise UnknownReading(f"no reading is called {choices!r}; known: {', '.join(sorted(BUNDLES))}")
        return BUNDLES[choices]
    changes: dict[str, StrEnum] = {}
    for key, value in choices.items():
        kind = _ENUMERATIONS.get(key)
        if kind is None:
            raise UnknownReading(f"no reading has the key {key!r}; known: {', '.join(_ENUMERATIONS)}")
        allowed = [str(member) for member in kind]
        if not isinstance(value, str) or value not in allowed:
            raise UnknownReading(f"{key} cannot be {value!r}; known: {', '.join(allowed)}")
        changes[key] = kind(value)
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]
