"""Which terms of a document, and which property, a command is about."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from vestverify.properties import Property, catalogue
from vestverify.results import Finding

if TYPE_CHECKING:
    from vestverify.documents import LoadedDocument, LoadedTerms


def chosen_property(code: str) -> Property:
    """The property of a code or a name.

    Raises:
        click.UsageError: there is none; the message names one that is spelt alike.
    """
    found = {name: item for item in catalogue().values() for name in (item.code, item.slug)}
    wanted = code.upper() if code.upper() in found else code.lower()
    if wanted not in found:
        close = difflib.get_close_matches(wanted, found, n=1, cutoff=0.7) or difflib.get_close_matches(
            code.upper(), found, n=1
        )
        hint = f" Did you mean {close[0]}?" if close else ""
        raise click.UsageError(f"no property is called {code!r}.{hint} `vestverify rules` lists all of them.")
    return found[wanted]


def chosen_terms(document: LoadedDocument, terms_id: str | None) -> tuple[LoadedTerms | None, Sequence[Finding]]:
    """The vesting terms that ``--terms`` names, and what is wrong with them.

    Raises:
        click.UsageError: there are none of that id, or several and none is named.
    """
    ids = [item.terms.id if item.terms is not None else _stated_id(item.raw) for item in document.terms]
    chosen = [item for item, identifier in zip(document.terms, ids, strict=True) if terms_id in (None, identifier)]
    # What is wrong with the transactions of a package is no obstacle to looking at its terms.
    errors = () if document.package is not None and document.terms else document.errors
    if len(chosen) == 1:
        return chosen[0], (*errors, *chosen[0].errors)
    if errors:
        return None, errors
    listed = ", ".join(repr(identifier) for identifier in ids[:20]) or "none"
    if not chosen:
        raise click.UsageError(f"there are no vesting terms {terms_id or ''!r} in this document; there are: {listed}")
    raise click.UsageError(f"several vesting terms are in this document: choose one with --terms; there are: {listed}")


def _stated_id(raw: Any) -> str:
    return str(raw.get("id", "")) if isinstance(raw, Mapping) else ""
