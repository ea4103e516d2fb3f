"""Write files: whole or not at all, and never through a symbolic link. All that evacheck writes goes through here.

A file is written beside its place under a name that nobody can guess, and then renamed: whoever reads sees the old
file or the new one. What fails half-way leaves nothing. Says what was not written; prints nothing. Does not ask the
disk to have kept a file (`fsync`): after a power cut a trace can be found again.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LONGEST = 200
"""Bytes of the longest file name that is made of names in a model; file systems take 255."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Unwritten(OSError):  # what is so of the file
    """A file was not written, and nothing is left of the attempt. `reason` says why."""

    def __init__(self, path: Path, error: OSError) -> None:
        reason = error.strerror or str(error)
        super().__init__(error.errno or errno.EIO, reason, str(path))
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} was not written ({self.reason})"


def write(path: Path, content: str | bytes, below: Path | None = None) -> None:
    """Write a file, and the folders that it lies in. `below`: a folder out of which no link may lead. Raises Unwritten.
    Without `below` the path is what the user named: a device or a pipe is then written to as it is."""
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    if below is None and _is_special(path):
        try:
            path.write_bytes(data)
        except OSError as error:
            raise Unwritten(path, error) from None
        return
    with writing(path, below) as file:
        file.write(data)


@contextmanager
def writing(path: Path, below: Path | None = None) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place if all goes well. Raises Unwritten."""
    beside = path.with_name(f".evacheck-{os.urandom(8).hex()}.part")
    try:
        _refuse_links(path, below)
        path.parent.mkdir(parents=True, exist_ok=True)
        _refuse_links(path, below)
        descriptor = os.open(beside, _NEW, 0o666)
    except OSError as error:
        raise Unwritten(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):
            raise Unwritten(path, error) from None
        raise


@contextmanager
def appending(path: Path, at: int) -> Iterator[BinaryIO]:
    """A file of which the first `at` bytes stay, to write what follows them; it is made if there is none. On the disk
    when this ends. Raises Unwritten, and then what follows those bytes means nothing."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags, 0o600), "r+b") as file:
            file.truncate(at)
            file.seek(at)
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unwritten(path, error) from None


def only_ours(status: os.stat_result) -> bool:
    """Whether nobody but this user can have written what has this status."""
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def folder(path: Path) -> None:
    """Have a folder that is one and no link to one. Raises Unwritten."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            raise _link(path)
    except OSError as error:
        raise Unwritten(path, error) from None


def name_of(text: str, ending: str) -> str:
    """A file name made of any text: letters, digits and `=_-.` stay; one that is too long ends in a sum of it."""
    plain = "".join(letter if letter.isalnum() or letter in "=_-." else "_" for letter in text).lstrip(".") or "_"
    if len((plain + ending).encode()) > LONGEST:
        digest = hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:12]
        room = LONGEST - len(ending.encode()) - len(digest) - 1
        plain = f"{plain.encode()[:room].decode(errors='ignore')}-{digest}"
    return plain + ending


def _refuse_links(path: Path, below: Path | None) -> None:
    """OSError if the file, or a folder between `below` and it, is a symbolic link."""
    if path.is_symlink():
        raise _link(path)
    if path.is_dir():
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if below is None:
        return
    for part in path.parents:
        if part == below:
            return
        if part.is_symlink():
            raise _link(part)


def _link(path: Path) -> OSError:
    return OSError(errno.ELOOP, f"{path} is a symbolic link, which is not followed")


def _is_special(path: Path) -> bool:
    """Whether it is a device or a pipe, such as /dev/stdout."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
