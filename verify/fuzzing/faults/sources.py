"""Faults in where a schedule comes from, and in whose records count (SRC-1 to SRC-5, TXN-1)."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from fractions import Fraction

from vestverify.engine.case import Case
from vestverify.engine.reading import Reading
from vestverify.engine.securities import VestingTransaction
from vestverify.fuzzing.explanations import Prediction, case_fault, rows_for
from vestverify.fuzzing.judging import normal
from vestverify.fuzzing.replies import Row


def _at_once(case: Case) -> Prediction:
    return normal((Row(case.issuance.date, case.issuance.quantity),))


def _states_nothing(case: Case) -> bool:
    return case.issuance.vesting_terms_id is None and case.issuance.vestings is None


@case_fault("SRC-1", "vests nothing where neither terms nor vestings are stated")
def nothing_where_nothing_is_stated(case: Case, reading: Reading) -> Prediction:
    return () if _states_nothing(case) else None


@case_fault("SRC-2", "takes no notice of explicit vestings")
def vestings_unread(case: Case, reading: Reading) -> Prediction:
    if case.issuance.vestings is None:
        return None
    if case.issuance.vesting_terms_id is None:
        return _at_once(case)
    return rows_for(dataclasses.replace(case, issuance=case.issuance.model_copy(update={"vestings": None})), reading)


@case_fault("SRC-1", "takes no notice of vesting terms, and vests everything at once")
def terms_unread(case: Case, reading: Reading) -> Prediction:
    return _at_once(case) if case.issuance.vestings is None and case.terms is not None else None


@case_fault("SRC-2", "vests on the last date of the vestings what they lack of the grant")
def vestings_topped_up(case: Case, reading: Reading) -> Prediction:
    vestings = case.issuance.vestings
    if vestings is None:
        return None
    missing = case.issuance.quantity - sum((each.amount for each in vestings), Fraction(0))
    rows = [Row(each.date, each.amount) for each in vestings]
    return normal((*rows, Row(max(row.day for row in rows), missing))) if missing > 0 else None


@case_fault("SRC-2", "vests nothing where only vestings are stated")
def vestings_vest_nothing(case: Case, reading: Reading) -> Prediction:
    return () if case.issuance.vestings is not None and case.issuance.vesting_terms_id is None else None


@case_fault("SRC-2", "keeps one row of several vestings on the same date")
def last_vesting_of_a_day(case: Case, reading: Reading) -> Prediction:
    if case.issuance.vestings is None:
        return None
    by_day = {each.date: each.amount for each in case.issuance.vestings}
    return normal(Row(day, shares) for day, shares in by_day.items())


@case_fault("SRC-2", "moves vestings dated before the grant to the date of the grant")
def vestings_after_the_grant(case: Case, reading: Reading) -> Prediction:
    if case.issuance.vestings is None:
        return None
    return normal(Row(max(each.date, case.issuance.date), each.amount) for each in case.issuance.vestings)


def _of_tag(tag: str, everything: bool) -> None:
    words = f"reads {tag} as {'vested at once' if everything else 'never vesting'}"

    @case_fault("SRC-5", words, words)
    def fault(case: Case, reading: Reading) -> Prediction:
        if case.issuance.object_type != tag or _states_nothing(case):
            return None
        return _at_once(case) if everything else ()


for _tag in ("TX_PLAN_SECURITY_ISSUANCE", "TX_STOCK_ISSUANCE", "TX_WARRANT_ISSUANCE"):
    for _everything in (True, False):
        _of_tag(_tag, _everything)


@case_fault("SRC-5", "reads everything but TX_EQUITY_COMPENSATION_ISSUANCE as vested at once")
def other_tags_vested(case: Case, reading: Reading) -> Prediction:
    is_other = case.issuance.object_type != "TX_EQUITY_COMPENSATION_ISSUANCE"
    return _at_once(case) if is_other and not _states_nothing(case) else None


def _with_the_records_of_others(words: str, chosen: Callable[[list[VestingTransaction]], VestingTransaction]) -> None:
    @case_fault("cross-talk", f"applies what is recorded on other securities, {words}", f"records of others, {words}")
    def fault(case: Case, reading: Reading) -> Prediction:
        own = case.issuance.security_id
        if all(each.security_id == own for each in case.transactions):
            return None
        by_condition: dict[str, list[VestingTransaction]] = {}
        kept = []
        for each in case.transactions:
            each = each.model_copy(update={"security_id": own})
            if isinstance(each, VestingTransaction):
                by_condition.setdefault(each.vesting_condition_id, []).append(each)
            else:
                kept.append(each)
        records = [chosen(each) for each in by_condition.values()]
        return rows_for(dataclasses.replace(case, transactions=(*records, *kept)), reading)


@case_fault("cross-talk", "applies what is recorded on other securities")
def records_of_others(case: Case, reading: Reading) -> Prediction:
    own = case.issuance.security_id
    if all(each.security_id == own for each in case.transactions):
        return None
    records = tuple(each.model_copy(update={"security_id": own}) for each in case.transactions)
    return rows_for(dataclasses.replace(case, transactions=records), reading)


_with_the_records_of_others("the last in the list", lambda records: records[-1])
_with_the_records_of_others("the first in the list", lambda records: records[0])
_with_the_records_of_others("the earliest", lambda records: min(records, key=lambda each: each.date))
_with_the_records_of_others("the latest", lambda records: max(records, key=lambda each: each.date))


def _of_two_records(words: str, chosen: Callable[[list[VestingTransaction]], VestingTransaction]) -> None:
    @case_fault("TXN-4", f"takes the {words} of several records of one condition", f"several records: {words}")
    def fault(case: Case, reading: Reading) -> Prediction:
        by_condition: dict[str, list[VestingTransaction]] = {}
        others = []
        for each in case.own_transactions:
            if isinstance(each, VestingTransaction):
                by_condition.setdefault(each.vesting_condition_id, []).append(each)
            else:
                others.append(each)
        if all(len(each) == 1 for each in by_condition.values()):
            return None
        records = [chosen(each) for each in by_condition.values()]
        return rows_for(dataclasses.replace(case, transactions=(*records, *others)), reading)


_of_two_records("first in the list", lambda records: records[0])
_of_two_records("last in the list", lambda records: records[-1])
_of_two_records("latest", lambda records: max(records, key=lambda each: each.date))


@case_fault("OUT-1", "gives running totals instead of what vests on each date")
def running_totals(case: Case, reading: Reading) -> Prediction:
    rows = rows_for(case, reading)
    if not isinstance(rows, tuple):
        return None
    totals = itertools.accumulate(row.shares for row in rows)
    return normal(Row(row.day, total) for row, total in zip(rows, totals, strict=True))


@case_fault("OUT-1", "leaves out the last installment")
def last_row_missing(case: Case, reading: Reading) -> Prediction:
    rows = rows_for(case, reading)
    return rows[:-1] if isinstance(rows, tuple) else None
