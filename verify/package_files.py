"""The files of an OCF package: a folder or a zip archive with a manifest, read within limits.

Source: schema/files/OCFManifestFile.schema.json and schema/types/File.schema.json of OCF; APPNOTE.TXT of PKWARE
for the archive. Nothing is ever extracted, and nothing outside of the package is opened.
"""

from __future__ import annotations

import io
import os
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection
from typing import Protocol

from vestverify import json_text
from vestverify.file_bytes import read_file
from vestverify.json_text import UnreadableText

#: Files in one archive.
MAXIMUM_MEMBERS = 10_000
#: Bytes of the list of files of one archive, in which each takes 46 bytes and its name.
MAXIMUM_DIRECTORY_BYTES = 4 * 1024 * 1024
#: How many times larger a file of an archive may be than what it is compressed to, once it is above a MiB.
MAXIMUM_RATIO = 500
#: Bytes of all files of one package that are read.
MAXIMUM_PACKAGE_BYTES = 128 * 1024 * 1024
#: Bytes of a file in which a manifest is looked for.
MAXIMUM_MANIFEST_BYTES = 4 * 1024 * 1024

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")

_MANIFEST = re.compile(rb'"file_type"\s*:\s*"OCF_MANIFEST_FILE"')
_END_OF_DIRECTORY = b"PK\x05\x06"
_END_OF_DIRECTORY_64 = b"PK\x06\x07"
_LONGEST_COMMENT = 65_535
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LARGE = 1024 * 1024


class PackageSource(Protocol):
    """Where the files of a package come from. Names are paths within the package, parts separated by ``/``."""

    def names(self) -> list[str]:
        """Every file of the package, sorted."""

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            UnreadableText: there is none, it lies outside of the package, or it may not be read.
        """

    def problems(self) -> list[tuple[str, str]]:
        """What is wrong with the package as a container: a rule and a sentence each."""


class _Budget:
    """Counts the bytes read of one package."""

    def __init__(self) -> None:
        self._left = MAXIMUM_PACKAGE_BYTES

    def spend(self, size: int) -> None:
        """Take the bytes of a file from what is left, before they are read.

        Raises:
            UnreadableText: the file, or with it the package, is larger than what is read.
        """
        if size > json_text.MAXIMUM_BYTES:
            raise UnreadableText(f"the file is larger than the {json_text.MAXIMUM_BYTES // 2**20} MiB that are read")
        self._left -= size
        if self._left < 0:
            raise UnreadableText(f"the package is larger than the {MAXIMUM_PACKAGE_BYTES // 2**20} MiB that are read")


def is_manifest(data: bytes) -> bool:
    """Whether bytes are those of a manifest, or of one that cannot be read any more."""
    if _MANIFEST.search(data) is None:
        return False
    try:
        value = json_text.parse(json_text.decode(data)).value
    except UnreadableText:
        return True
    return isinstance(value, dict) and value.get("file_type") == "OCF_MANIFEST_FILE"


def is_json(name: str) -> bool:
    """Whether a file's name says that it is JSON."""
    return name.lower().endswith(".json")


def manifests_in(folder: str, names: list[str]) -> list[str]:
    """Which files of a folder are manifests.

    Args:
        folder: a directory.
        names: of files in it.
    """
    return [name for name in sorted(names) if is_json(name) and is_manifest(_small_file(os.path.join(folder, name)))]


def _small_file(path: str) -> bytes:
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAXIMUM_MANIFEST_BYTES:
            return b""
        return read_file(path)
    except (OSError, ValueError, UnreadableText):
        return b""


def name_within(filepath: str) -> str | None:
    """The name of a file that a manifest lists, without ``.`` parts; None where it leads out of the package."""
    if filepath.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", filepath) or "\0" in filepath:
        return None
    name = posixpath.normpath(filepath)
    return None if name in ("..", ".") or name.startswith("../") else name


class FolderSource:
    """A directory with a manifest in it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._budget = _Budget()

    def names(self) -> list[str]:
        """Every file below the folder, sorted; those of packages within it, and links to folders, left out."""
        found: list[str] = []
        for folder, folders, names in os.walk(self._folder):
            within = os.path.relpath(folder, self._folder)
            if within != os.curdir and manifests_in(folder, names):
                folders.clear()
                continue
            parts = [] if within == os.curdir else within.split(os.sep)
            found.extend("/".join([*parts, name]) for name in names)
        return sorted(found)

    def manifests(self) -> list[str]:
        """The manifests of the folder itself."""
        try:
            return manifests_in(self._folder, os.listdir(self._folder))
        except OSError:
            return []

    def read(self, name: str) -> bytes:
        """The bytes of a file, as ``PackageSource`` says; links may lead to other files of the package only."""
        path = os.path.join(self._folder, *name.split("/"))
        root = os.path.realpath(self._folder)
        if os.path.commonpath([root, os.path.realpath(path)]) != root:
            raise UnreadableText("the file lies outside of the package")
        try:
            size = os.stat(path).st_size
        except (OSError, ValueError):
            size = 0
        self._budget.spend(size)
        return read_file(path)

    def problems(self) -> list[tuple[str, str]]:
        """Nothing: a folder is a folder."""
        return []


class ZipSource:
    """A zip archive with a manifest in it, at the top or in a folder of it.

    Raises:
        UnreadableText: the bytes are not an archive that is read.
    """

    def __init__(self, data: bytes) -> None:
        _check_directory(data)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            listed = self._archive.infolist()
        except _UNREADABLE_ARCHIVE as error:
            raise UnreadableText(f"this is not a zip archive that can be read: {error}") from None
        if len(listed) > MAXIMUM_MEMBERS:
            raise UnreadableText(f"the archive has {len(listed):,} files; {MAXIMUM_MEMBERS:,} are read")
        self._budget = _Budget()
        self._members = {member.filename: member for member in listed if not member.is_dir()}
        self._repeated = [name for name, count in Counter(each.filename for each in listed).items() if count > 1]
        self._outside = {name for name in self._members if name_within(name) is None or "\\" in name}
        self._manifests = self._find_manifests()
        self._top = posixpath.dirname(self._manifests[0]) if self._manifests else ""

    def _find_manifests(self) -> list[str]:
        """The manifests that lie least deep in the archive."""
        found: list[str] = []
        budget = _Budget()
        by_depth = sorted(
            (name for name in self._members if is_json(name) and not _is_debris(name)),
            key=lambda name: (name.count("/"), name),
        )
        for name in by_depth:
            if found and name.count("/") > found[0].count("/"):
                break
            if self._members[name].file_size <= MAXIMUM_MANIFEST_BYTES:
                try:
                    if is_manifest(self._bytes(name, budget)):
                        found.append(name)
                except UnreadableText:
                    continue
        return found

    def manifests(self) -> list[str]:
        """The manifests of the package; of several packages in one archive only the first one's."""
        return [self._within(name) for name in self._manifests if posixpath.dirname(name) == self._top]

    def _within(self, name: str) -> str:
        return posixpath.relpath(name, self._top) if self._top else name

    def names(self) -> list[str]:
        """Every file of the archive, sorted; those outside of the folder with the manifest begin with ``../``."""
        return sorted(
            self._within(name) for name in self._members if not _is_debris(name) and name not in self._outside
        )

    def problems(self) -> list[tuple[str, str]]:
        """Names that lead out of the archive, and names that it has twice."""
        found: list[tuple[str, str]] = []
        if self._outside:
            named = _some(self._outside)
            found.append(
                (
                    "unsafe-name",
                    f"the archive has files whose names lead out of it, or have a backslash, which are not read: {named}",
                )
            )
        if self._repeated:
            named = _some(self._repeated)
            found.append(
                (
                    "repeated-name",
                    f"the archive has several files of one name, and programs differ in which they read: {named}",
                )
            )
        others = [name for name in self._manifests if posixpath.dirname(name) != self._top]
        if others:
            found.append(("several-packages", f"the archive holds several packages; not read: {_some(others)}"))
        return found

    def read(self, name: str) -> bytes:
        """The bytes of a file, as ``PackageSource`` says."""
        return self._bytes(posixpath.join(self._top, name), self._budget)

    def _bytes(self, full_name: str, budget: _Budget) -> bytes:
        member = self._members.get(full_name)
        if member is None:
            raise UnreadableText("there is no such file in the archive")
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableText("the file is encrypted; put it into the archive without a password")
        if member.compress_type not in _METHODS:
            raise UnreadableText("the file is compressed by a method other than deflate, which is not read")
        budget.spend(member.file_size)
        if member.file_size > _LARGE and member.file_size > MAXIMUM_RATIO * max(member.compress_size, 1):
            raise UnreadableText(f"the file is more than {MAXIMUM_RATIO} times larger than it is compressed to")
        try:
            with self._archive.open(member) as file:
                return file.read(json_text.MAXIMUM_BYTES + 1)
        except _UNREADABLE_ARCHIVE as error:
            raise UnreadableText(f"the archive is damaged: {error}") from None


#: What the standard library raises for archives that are none, are damaged, or use what it does not know.
_UNREADABLE_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    IndexError,
    OverflowError,
    LookupError,
)


def _check_directory(data: bytes) -> None:
    """Refuse archives whose list of files would take long to read, before it is read.

    Raises:
        UnreadableText: the list is missing, or longer than ``MAXIMUM_DIRECTORY_BYTES``.
    """
    if len(data) > json_text.MAXIMUM_BYTES:
        raise UnreadableText(f"the archive is larger than the {json_text.MAXIMUM_BYTES // 2**20} MiB that are read")
    end = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - _LONGEST_COMMENT - 22))
    if end < 0 or len(data) - end < 22:
        raise UnreadableText("this is not a zip archive that can be read: its list of files is missing")
    if data[max(0, end - 20) : max(0, end - 16)] == _END_OF_DIRECTORY_64:
        raise UnreadableText("this is a ZIP64 archive, which is not read; packages of OCF are far smaller")
    if int.from_bytes(data[end + 12 : end + 16], "little") > MAXIMUM_DIRECTORY_BYTES:
        raise UnreadableText(f"the archive has too many files; {MAXIMUM_MEMBERS:,} are read")


def _is_debris(name: str) -> bool:
    """Whether a file was left by the program that made the archive."""
    return name.startswith("__MACOSX/") or "/__MACOSX/" in name


def _some(names: Collection[str]) -> str:
    shown = ", ".join(repr(name) for name in sorted(names)[:5])
    return f"{shown} and {len(names) - 5:,} more" if len(names) > 5 else shown
