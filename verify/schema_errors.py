"""What OCF's schema does not allow: one object read into its model, and its errors in words (VV003).

Pointers are those of the document as written. Nothing here raises for what a document holds.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from vestverify import json_text
from vestverify.decision import finding
from vestverify.engine.securities import Vesting
from vestverify.engine.vesting_terms import VestingCondition, VestingDayOfMonth
from vestverify.json_text import HugeNumber, join
from vestverify.results import Finding

#: Values that one VestingTerms, issuance or transaction may hold; a terms object of OCF has some dozens.
MAXIMUM_VALUES = 500_000
#: Findings about the form of one object that are listed; another one says how many more there are.
MAXIMUM_FINDINGS = 100

_LONG_LIST = 8
#: How alike two names must be for one to be suggested, from 0 to 1.
_CLOSE = 0.7

#: Names from OCF's drafts, and from proposals that were dropped, that documents in use still have: what to do.
_FORMER_FIELDS = {
    "repetitions": "OCF calls this 'occurrences'",
    "cliff_length": "say in the period, with 'cliff_installment', on which installment the cliff falls",
    "cliff_condition": "say in the period, with 'cliff_installment', on which installment the cliff falls",
    "prior_condition_ids": "take it out: OCF derives the conditions before this one from 'next_condition_ids'",
}
_FORMER_VALUES = {
    "VESTING_START_DAY_OR_EOM": "OCF writes this 'VESTING_START_DAY_OR_LAST_DAY_OF_MONTH'",
    "CLIFF_CONDITION": "say in the period, with 'cliff_installment', on which installment the cliff falls",
    "YEARS": "write years as 12 MONTHS each",
}

Model = TypeVar("Model", bound=BaseModel)


@dataclasses.dataclass(frozen=True, slots=True)
class Checked(Generic[Model]):
    """A typed object, or why it is none."""

    value: Model | None
    errors: tuple[Finding, ...]


def schema_error(
    pointer: str, rule: str, message: str, advice: str, found: Any, condition_ids: tuple[str, ...] = ()
) -> Finding:
    """A finding VV003.

    Args:
        pointer: where it lies.
        rule: which rule of the schema, or of what packages need, is broken: part of the facts.
        message: what is wrong.
        advice: what to do.
        found: what stands there.
        condition_ids: the condition concerned, if any.
    """
    return finding(
        "VV003",
        message,
        pointer,
        condition_ids,
        facts={"rule": rule, "found": show(found)},
        advice=advice,
        identity=(pointer, rule),
    )


def lacking(
    pointer: str, words: str, field: str, advice: str, found: Any, condition_ids: tuple[str, ...] = ()
) -> Finding:
    """A finding VV003 about a required field that an object, called ``words``, does not have."""
    message = f"{words} lacks the required field {quote(field)}"
    error = schema_error(pointer, "missing", message, advice, found, condition_ids)
    return dataclasses.replace(error, identity=(*error.identity, field))


def read_object(
    model: type[Model],
    raw: Any,
    words: str,
    pointer: str,
    size: int,
    *,
    conditions_pointer: str = "/vesting_conditions",
    limit: int = MAXIMUM_FINDINGS,
) -> Checked[Model]:
    """Read one object into its model.

    Args:
        model: what it should be.
        raw: its JSON value.
        words: what to call it in messages.
        pointer: where it stands.
        size: characters of the whole document.
        conditions_pointer: where its conditions stand, from ``pointer`` on.
        limit: findings that are listed.
    """
    if size > MAXIMUM_VALUES and _count_values(raw) > MAXIMUM_VALUES:
        message = f"{words} holds more than the {MAXIMUM_VALUES:,} values that are read"
        return Checked(None, (schema_error(pointer, "too_many", message, "split it", raw),))
    try:
        return Checked(model.model_validate(raw), ())
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    found = []
    for detail in details[:limit]:
        place = _place(model, raw, detail["loc"], words)
        where = place.tokens
        if where[:1] == ("vesting_conditions",):
            full = join(pointer + conditions_pointer, *where[1:])
        else:
            full = join(pointer, *where)
        found.append(_translated(detail["type"], detail.get("ctx", {}), detail["msg"], place, full))
    if len(details) > limit:
        message = f"{words} has {len(details) - limit:,} more errors, which are not listed"
        found.append(schema_error(pointer, "too_many", message, "correct the ones before them first", raw))
    return Checked(None, tuple(found))


def _count_values(raw: Any) -> int:
    count = 0
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        count += 1
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return count


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """Where an error lies, and what stands there.

    Attributes:
        tokens: keys and indices from the checked object on.
        subject: what is wrong, in words: a field of something, or the thing itself.
        within: the object that holds it, in words.
        name: the field's name, or the index in a list.
        value: what stands there; for a missing field, the object that lacks it.
        others: fields that the object has.
        kind: what should stand there: the annotation, without None; None where it is not known.
        known: fields of the model that the object is read into.
        condition_ids: the condition it lies in, if any.
    """

    tokens: tuple[str | int, ...]
    subject: str
    within: str
    name: str | int
    value: Any
    others: tuple[str, ...]
    kind: Any
    known: tuple[str, ...]
    condition_ids: tuple[str, ...]


def _place(model: type[BaseModel], raw: Any, location: Sequence[str | int], words: str) -> _Place:
    """Follow an error's location through the value and its model.

    Args:
        model: of the checked object.
        raw: its JSON value.
        location: fields, indices, and after a field with several forms the one that ``type`` names.
        words: what to call the checked object.
    """
    kind: Any = model
    value = raw
    tokens: list[str | int] = []
    ids: tuple[str, ...] = ()
    subject = within = base = words
    name: str | int = ""
    known: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    steps = iter(location)
    for step in steps:
        name, within = step, subject
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known, others = tuple(kind.model_fields), tuple(value)
            if step not in value:
                return _Place(tuple(tokens), subject, within, name, value, others, None, known, ids)
            field = kind.model_fields.get(str(step))
            value = value[step]
            kind = None if field is None else _kind(field.annotation)
            is_object = isinstance(value, dict) and _is_object(kind)
            subject = f"the {step} of {base}" if is_object else f"{quote(str(step))} of {subject}"
            if field is not None and _is_union(kind):
                tag = next(steps, None)
                kind = kind if tag is None else _form(kind, str(tag))
        else:
            value = value[step]
            kind = _kind(typing.get_args(kind)[0])
            if kind is VestingCondition:
                ids = (value["id"],) if isinstance(value, dict) and _is_name(value.get("id")) else ()
                subject = f"condition {quote(ids[0])}" if ids else f"condition number {int(step) + 1}"
                base = subject
            else:
                subject = f"entry {int(step) + 1} of {subject}"
                base = subject if kind is Vesting else base
        tokens.append(step)
    return _Place(tuple(tokens), subject, within, name, value, others, kind, known, ids)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _kind(annotation: Any) -> Any:
    """An annotation without its metadata and without None."""
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif _is_union(annotation):
            others = [kind for kind in typing.get_args(annotation) if kind is not types.NoneType]
            if len(others) > 1:
                return annotation
            annotation = others[0]
        else:
            return annotation


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _is_object(kind: Any) -> bool:
    return _is_union(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel))


def _forms(union: Any) -> dict[str, type[BaseModel]]:
    """The models of a union, by the ``type`` that names each."""
    return {typing.get_args(form.model_fields["type"].annotation)[0]: form for form in typing.get_args(union)}


def _form(union: Any, tag: str) -> Any:
    return _forms(union).get(tag)


def _choices(kind: Any) -> list[str]:
    if typing.get_origin(kind) is Literal:
        return [str(choice) for choice in typing.get_args(kind)]
    return [str(choice) for choice in kind]


_EXPECTED = {
    "string_type": "a string",
    "list_type": "a list",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "numeric_type": "a number written as a string",
    "date_type": "a date written as a string, YYYY-MM-DD",
}


def _translated(rule: str, context: Mapping[str, Any], original: str, place: _Place, pointer: str) -> Finding:
    """One error of the models in words.

    Args:
        rule: the models' name for the error.
        context: what the models say about it.
        original: the models' own words, for an error that is not foreseen here.
        place: where it lies.
        pointer: the same from the root of the document.
    """
    subject, value, advice = place.subject, place.value, ""
    if rule == "union_tag_not_found" and not isinstance(value, dict):
        rule = "model_type"
    if rule == "union_tag_invalid":
        choices = list(_forms(place.kind))
        error = not_one_of(join(pointer, "type"), rule, f"'type' of {subject}", value["type"], choices)
        return dataclasses.replace(error, condition_ids=place.condition_ids)
    if rule in ("literal_error", "enum"):
        error = not_one_of(pointer, rule, subject, value, _choices(place.kind))
        return dataclasses.replace(error, condition_ids=place.condition_ids)
    if rule in ("missing", "union_tag_not_found"):
        field = "type" if rule == "union_tag_not_found" else str(place.name)
        return lacking(pointer, subject, field, f"add {quote(field)}", value, place.condition_ids)
    if rule == "extra_forbidden":
        message, advice = _extra(place)
    elif rule in _EXPECTED:
        message = f"{subject} must be {_EXPECTED[rule]}, found {describe(value)}"
        advice = _form_advice(rule, value)
    elif rule == "greater_than_equal":
        message, advice = f"{subject} is {brief(value)}, but must be {context['ge']} or more", "correct the number"
    elif rule == "numeric_form":
        message, advice = _numeric(subject, value)
    elif rule == "date_form":
        message = f"{subject} is {brief(value)}, which is not a date of the calendar written YYYY-MM-DD"
        advice = "correct the date"
    elif rule == "null":
        message = f"{subject} is null, which OCF does not allow there"
        advice = "leave the field out, or give it a value"
    elif rule == "too_short":
        message, advice = f"{subject} is an empty list; at least one entry is required", "add an entry"
    elif rule == "string_too_short":
        message, advice = f"{subject} is an empty string", "write at least one character"
    elif rule == "duplicate_item":
        twice = next(item for item, count in Counter(value).items() if count > 1)
        message, advice = f"{subject} names {quote(twice)} twice", "take one of them out"
    elif rule == "both_amounts":
        message = f"{subject} has both 'portion' and 'quantity'; exactly one of them is allowed"
        advice = "keep the one that is meant"
    elif rule == "no_amount":
        message = f"{subject} has neither 'portion' nor 'quantity'; one of them is required"
        advice = 'add one of them; a condition at which nothing vests has "quantity": "0"'
    else:
        message = f"{subject}: {original}"
    return schema_error(pointer, rule, message, advice, value, place.condition_ids)


def _extra(place: _Place) -> tuple[str, str]:
    name = str(place.name)
    message = f"{place.within} has the field {quote(name)}, which OCF does not know there"
    if name in _FORMER_FIELDS:
        return message, _FORMER_FIELDS[name]
    advice = f"correct its name, or take it out; the fields known there are {', '.join(place.known)}"
    return message + did_you_mean(name, [field for field in place.known if field not in place.others]), advice


def _form_advice(rule: str, value: Any) -> str:
    if rule == "numeric_type" and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f'put it in quotation marks, such as "{show(value)}"'
    if rule == "numeric_type":
        return 'write it such as "125" or "0.25"'
    if rule == "int_type" and isinstance(value, str) and value.isascii() and value.isdigit():
        return "write it without quotation marks"
    if rule == "bool_type" and value in ("true", "false"):
        return "write it without quotation marks"
    if rule == "list_type":
        return "make it a list, in square brackets"
    return f"make it {_EXPECTED[rule]}"


def _numeric(subject: str, value: str) -> tuple[str, str]:
    if len(value) > json_text.MAXIMUM_NUMBER_LENGTH:
        longest = f"longer than the {json_text.MAXIMUM_NUMBER_LENGTH} that are read as a number"
        return f"{subject} is a string of {len(value):,} characters, {longest}", "write it with fewer digits"
    message = f"{subject} is {brief(value)}, which is not a decimal number with at most ten decimal places"
    advice = "write digits and at most one decimal point; no fraction, thousands separator, exponent or percent sign"
    return message, advice


def not_one_of(pointer: str, rule: str, subject: str, value: Any, choices: Sequence[str]) -> Finding:
    """A finding VV003 about a value that is none of those allowed."""
    name = value if isinstance(value, str) else ""
    if len(choices) == 1:
        message = f"{subject} is {brief(value)}, but must be {quote(choices[0])}"
    elif len(choices) <= _LONG_LIST:
        listed = ", ".join(quote(choice) for choice in choices)
        message = f"{subject} is {brief(value)}, which is not one of {listed}"
    else:
        message = f"{subject} is {brief(value)}, which is not one of the {len(choices)} values allowed there"
    advice = f"write {_list_of(choices)}"
    if name in _FORMER_VALUES:
        advice = _FORMER_VALUES[name]
    elif len(choices) > 1:
        message += did_you_mean(name, choices)
    return schema_error(pointer, rule, message, advice, value)


def _list_of(choices: Sequence[str]) -> str:
    if list(choices) == [str(day) for day in VestingDayOfMonth]:
        others = ", ".join(quote(day) for day in choices if not day.isdigit())
        return f"a day from '01' to '28', or one of {others}"
    quoted = [quote(choice) for choice in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that suggests the known name that is spelt alike; empty where there is none."""
    if len(name) > 60:
        return ""
    upper = {choice.upper(): choice for choice in known}
    close = difflib.get_close_matches(name.upper(), list(upper), n=1, cutoff=_CLOSE)
    return f"; did you mean {quote(upper[close[0]])}?" if close else ""


# ---- Words for values ----

_SHOWN = 60


def quote(text: str) -> str:
    """A text in quotation marks, cut to at most ``_SHOWN`` characters."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def describe(value: Any) -> str:
    """A JSON value in a few words."""
    if value is None or isinstance(value, bool):
        return show(value)
    if isinstance(value, HugeNumber):
        return value.words
    if isinstance(value, int | Decimal):
        shown = str(value)
        if len(shown) > _SHOWN:
            return f"a number with {sum(map(str.isdigit, shown)):,} digits"
        return f"the number {shown}"
    if isinstance(value, str):
        return f"the string {show(value)}" if value else "an empty string"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return "an object" if value else "an empty object"


def brief(value: Any) -> str:
    """A JSON value in a few words; strings just as they are."""
    return show(value) if isinstance(value, str) else describe(value)


def show(value: Any) -> str:
    """A JSON value as JSON text, cut to at most ``_SHOWN`` characters."""
    shown = ""
    for piece in _pieces(value):
        shown += piece
        if len(shown) > _SHOWN:
            return shown[: _SHOWN - 3] + "..."
    return shown


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield json.dumps(value[: _SHOWN + 1], ensure_ascii=False)
    elif isinstance(value, dict):
        yield "{"
        for number, (name, member) in enumerate(value.items()):
            yield f"{', ' if number else ''}{json.dumps(name[: _SHOWN + 1], ensure_ascii=False)}: "
            yield from _pieces(member)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for number, entry in enumerate(value):
            if number:
                yield ", "
            yield from _pieces(entry)
        yield "]"
    elif isinstance(value, HugeNumber):
        yield value.token[: _SHOWN + 1]
    elif value is None or isinstance(value, bool):
        yield json.dumps(value)
    else:
        yield str(value)
