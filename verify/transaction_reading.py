"""Transactions of OCF, each read into the model that its ``object_type`` names."""

from __future__ import annotations

from typing import Any

from vestverify.engine.securities import Transaction, VestingTransaction, transaction_model
from vestverify.schema_errors import MAXIMUM_FINDINGS, Checked, quote, read_object


def name_transaction(raw: Any, number: int) -> str:
    """What to call a transaction in messages: by its id, or else by its number in its list, from 1 on."""
    own_id = raw.get("id") if isinstance(raw, dict) else None
    return f"the transaction {quote(own_id)}" if isinstance(own_id, str) else f"transaction number {number}"


def read_transaction(
    raw: Any, words: str, pointer: str, size: int, *, of_template: bool = False, limit: int = MAXIMUM_FINDINGS
) -> Checked[VestingTransaction] | Checked[Transaction]:
    """Read one transaction on a security.

    Args:
        raw: its JSON value.
        words: what to call it in messages.
        pointer: where it stands.
        size: characters of the document, or of the file of a package.
        of_template: whether it belongs to a v2 template, whose events name events and not conditions.
        limit: findings that are listed.
    """
    object_type = raw.get("object_type") if isinstance(raw, dict) else None
    if object_type in ("TX_VESTING_START", "TX_VESTING_EVENT") and not of_template:
        return read_object(VestingTransaction, raw, words, pointer, size, limit=limit)
    return read_object(transaction_model(object_type), raw, words, pointer, size, limit=limit)
