"""Bytes of files, from disk, within limits and without waiting for anybody."""

from __future__ import annotations

import os
import stat

from vestverify import json_text
from vestverify.json_text import UnreadableText


def read_file(path: str) -> bytes:
    """The bytes of a regular file, one more than ``json_text.MAXIMUM_BYTES`` at most.

    Raises:
        UnreadableText: there is no such file, or it may not be read; the reason says which.
    """
    if "\0" in path:
        raise UnreadableText("this is not the name of a file")
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            raise UnreadableText(_not_a_file(mode))
        # The file may have been replaced in between: opening must not wait for the other end of a pipe.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise UnreadableText(_not_a_file(mode))
            return file.read(json_text.MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableText("there is no such file") from None
    except PermissionError:
        raise UnreadableText("the file may not be read: permission denied") from None
    except OSError as error:
        raise UnreadableText(f"the file cannot be read: {error.strerror or error}") from None
    except UnicodeEncodeError:
        raise UnreadableText("this is not the name of a file") from None


def _not_a_file(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "this is a directory that holds no .json file, or is no OCF package (it has no manifest); name a file"
    return "this is a pipe or a device, not a file; to read from a pipe, name - and redirect standard input"
