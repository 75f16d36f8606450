"""A package of several files as one document: what its manifest lists, read file by file.

Source: schema/files/ of OCF. Pointers into a package begin with the name of a file: the package is looked at as
one JSON object whose keys are the names of its files.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from vestverify.json_text import UnreadableText, join
from vestverify.loaded_document import LoadedDocument, LoadedTerms, PackageFile
from vestverify.ocf_files import STAKEHOLDERS_FILE, TRANSACTIONS_FILE, VESTING_TERMS_FILE, form_errors
from vestverify.package_files import MAXIMUM_MEMBERS, PackageSource, is_json, name_within
from vestverify.packages import PackageObject, listed_objects, read_package
from vestverify.results import DocumentKind, Finding, Severity
from vestverify.schema_errors import describe, lacking, quote, schema_error
from vestverify.terms_reading import duplicate_terms, read_terms_list
from vestverify.text_reading import ReadText, read_text, unreadable

#: Lists of the manifest whose files are read; the files of others only have to be there.
_READ = {
    "vesting_terms_files": VESTING_TERMS_FILE,
    "transactions_files": TRANSACTIONS_FILE,
    "stakeholders_files": STAKEHOLDERS_FILE,
}
_REQUIRED = ("vesting_terms_files", "transactions_files")
_MAXIMUM_NAMED = 100
_NOT_RECORDED = "a file of transactions could not be read: what it records is not taken into account"


def read_package_of_files(path: str, source: PackageSource, manifests: Iterable[str]) -> LoadedDocument:
    """Read a package.

    Args:
        path: a name for it.
        source: its files.
        manifests: names of its manifests, at least one; there should be no other.

    Returns:
        The package as one document. What is wrong with one file hides nothing of the others.
    """
    return _PackageReader(path, source, sorted(manifests, key=_usual_name_first)).document()


def _usual_name_first(name: str) -> tuple[bool, str]:
    return name.lower() not in ("manifest.ocf.json", "manifest.json"), name


class _PackageReader:
    def __init__(self, path: str, source: PackageSource, manifests: list[str]) -> None:
        self._path = path
        self._source = source
        self._manifests = manifests
        self._errors: list[Finding] = []
        self._files: list[PackageFile] = []
        self._hashes: dict[str, str] = {}
        self._terms: list[LoadedTerms] = []
        self._objects: list[PackageObject] = []
        self._stakeholder_ids: set[str] = set()
        self._has_stakeholders = False
        #: Lists of the manifest of whose files one could not be read.
        self._incomplete: set[str] = set()

    def document(self) -> LoadedDocument:
        """Everything that the manifest lists, matched by id."""
        for rule, sentence in self._source.problems():
            self._errors.append(unreadable("", sentence, rule))
        manifest, *others = self._manifests
        if others:
            message = f"the package has {len(self._manifests)} manifests; {quote(manifest)} is the one that is read"
            error = schema_error(join("", others[0]), "several-manifests", message, "keep one manifest", others[0])
            self._errors.append(error)
        listed = {manifest, *others}
        data = self._bytes_of(manifest, join("", manifest))
        read = None if data is None else self._parsed(manifest, data)
        if read is not None and isinstance(read.value, Mapping):
            self._read_listed(manifest, read.value, listed)
        self._name_unlisted(manifest, listed)
        everyone = self._has_stakeholders and "stakeholders_files" not in self._incomplete
        package, of_package = read_package(
            self._terms,
            self._objects,
            frozenset(self._stakeholder_ids) if everyone else None,
            has_all_terms="vesting_terms_files" not in self._incomplete,
            has_all_transactions="transactions_files" not in self._incomplete,
        )
        if "transactions_files" in self._incomplete:
            package = dataclasses.replace(package, not_decided=(*package.not_decided, _NOT_RECORDED))
        errors = (*self._errors, *duplicate_terms(self._terms), *of_package)
        digest = "".join(f"{name}\0{sha256}\n" for name, sha256 in sorted(self._hashes.items()))
        return LoadedDocument(
            self._path,
            hashlib.sha256(digest.encode("utf-8", "surrogatepass")).hexdigest(),
            DocumentKind.OCF_PACKAGE,
            "",
            errors,
            tuple(self._terms),
            package=package,
            files=tuple(self._files),
        )

    def _bytes_of(self, name: str, pointer: str) -> bytes | None:
        """The bytes of a file; None where there are none, which is then reported at ``pointer``."""
        try:
            data = self._source.read(name)
        except UnreadableText as error:
            self._errors.append(unreadable(pointer, f"{quote(name)} cannot be read: {error.reason}", "no-bytes"))
            return None
        self._hashes[name] = hashlib.sha256(data).hexdigest()
        return data

    def _parsed(self, name: str, data: bytes) -> ReadText:
        read = read_text(data, join("", name))
        self._files.append(PackageFile(name, read.text))
        self._errors.extend(read.errors)
        return read

    def _read_listed(self, manifest: str, value: Mapping[str, Any], listed: set[str]) -> None:
        root = join("", manifest)
        for key in _REQUIRED:
            if key not in value:
                self._errors.append(lacking(root, "the manifest", key, f"add {quote(key)}, a list of files", value))
        entries: list[tuple[str, Any, str]] = []
        for key, stated in value.items():
            if not key.endswith("_files"):
                continue
            if isinstance(stated, list):
                entries.extend((key, entry, join(root, key, place)) for place, entry in enumerate(stated))
            else:
                message = f"{quote(key)} of the manifest must be a list of files, found {describe(stated)}"
                self._errors.append(schema_error(join(root, key), "list_type", message, "make it a list", stated))
                self._incomplete.add(key)
        if len(entries) > MAXIMUM_MEMBERS:
            message = (
                f"the manifest lists {len(entries):,} files; those after the first {MAXIMUM_MEMBERS:,} are not read"
            )
            key, entry, pointer = entries[MAXIMUM_MEMBERS]
            self._errors.append(schema_error(pointer, "too_many", message, "split the package", entry))
            self._incomplete.update(key for key, _, _ in entries[MAXIMUM_MEMBERS:])
        for key, entry, pointer in entries[:MAXIMUM_MEMBERS]:
            if not self._read_entry(key, entry, pointer, listed):
                self._incomplete.add(key)

    def _read_entry(self, key: str, entry: Any, pointer: str, listed: set[str]) -> bool:
        """Read one file; whether everything in it was there to read."""
        filepath = entry.get("filepath") if isinstance(entry, Mapping) else None
        if not isinstance(filepath, str):
            message = f"an entry of {quote(key)} in the manifest states no 'filepath'"
            self._errors.append(schema_error(pointer, "missing", message, "add 'filepath', a string", entry))
            return False
        place = join(pointer, "filepath")
        name = name_within(filepath)
        if name is None:
            message = f"the path {quote(filepath)} leads out of the package; the file is not read"
            advice = "put the file into the package, and give its path from the manifest on"
            self._errors.append(schema_error(place, "outside", message, advice, filepath))
            return False
        if name in listed:
            message = f"the manifest lists {quote(name)} more than once; it is read once"
            error = schema_error(place, "listed-twice", message, "take one of the entries out", filepath)
            self._errors.append(dataclasses.replace(error, severity=Severity.WARNING))
            return True
        listed.add(name)
        data = self._bytes_of(name, place)
        if data is None:
            return False
        self._check_md5(name, data, entry, pointer)
        return key not in _READ or self._read_file(name, data, _READ[key], key)

    def _check_md5(self, name: str, data: bytes, entry: Mapping[str, Any], pointer: str) -> None:
        stated = entry.get("md5")
        found = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if isinstance(stated, str) and stated.lower() != found:
            message = f"the manifest states the md5 {quote(stated)} for {quote(name)}, which has {found}"
            advice = "make the package anew, or correct the md5, if this is the file that is meant"
            error = schema_error(join(pointer, "md5"), "md5", message, advice, stated)
            self._errors.append(dataclasses.replace(error, severity=Severity.WARNING))

    def _read_file(self, name: str, data: bytes, expected: str, key: str) -> bool:
        """Read a file of objects; whether everything in it was there to read."""
        read = self._parsed(name, data)
        root, value = join("", name), read.value
        if not read.is_read:
            return False
        if not isinstance(value, Mapping):
            message = f"{quote(name)} must hold an object with 'file_type' and 'items', found {describe(value)}"
            self._errors.append(schema_error(root, "model_type", message, "write it as OCF's files are", value))
            return False
        because = f"the manifest lists the file under {quote(key)}"
        self._errors.extend(form_errors(value, root, expected, because, "objects"))
        stated = value.get("file_type")
        file_type = stated if isinstance(stated, str) and stated in _READ.values() else expected
        return self._read_items(value.get("items"), file_type, join(root, "items"), len(read.text))

    def _read_items(self, items: Any, file_type: str, pointer: str, size: int) -> bool:
        if items is None:
            return False
        if file_type == VESTING_TERMS_FILE:
            terms, errors = read_terms_list(items, pointer, size)
            self._terms.extend(terms)
            self._errors.extend(errors)
        elif file_type == TRANSACTIONS_FILE:
            objects, errors = listed_objects(items, pointer, size)
            self._objects.extend(objects)
            self._errors.extend(errors)
        elif isinstance(items, list):
            ids = (item.get("id") for item in items if isinstance(item, Mapping))
            self._stakeholder_ids.update(each for each in ids if isinstance(each, str))
            self._has_stakeholders = True
        return isinstance(items, list)

    def _name_unlisted(self, manifest: str, listed: set[str]) -> None:
        """Say which files that could have been meant are not read."""
        left = [
            name
            for name in self._source.names()
            if name not in listed and (is_json(name) or name.lower().endswith(".zip"))
        ]
        if not left:
            return
        shown = ", ".join(quote(name) for name in left[:5]) + (f" and {len(left) - 5:,} more" if len(left) > 5 else "")
        message = f"{len(left):,} of the package's files are not in its manifest, and are not read: {shown}"
        advice = "list them in the manifest, take them out of the folder, or check them by name"
        error = schema_error(join("", manifest), "unlisted", message, advice, left[0])
        error = dataclasses.replace(error, facts={"rule": "unlisted", "files": left[:_MAXIMUM_NAMED]})
        self._errors.append(dataclasses.replace(error, severity=Severity.WARNING))
