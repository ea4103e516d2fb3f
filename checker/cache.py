"""What is kept on disk between runs, believed only where it cannot be another's: under another key, or another user's.

A file is one checksum over the key and the body together, so that a file under another's name is as wrong as a damaged
one. What other users can write is not used: it may be loaded into the process as machine code, or shown as a verdict.
Whatever is not believed is made anew. A cache that grows beyond its limit forgets what was longest not used. Knows
nothing of what it keeps.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
from pathlib import Path

from platformdirs import user_cache_dir

from checker import files

LIMIT = 256 << 20
"""Bytes that all files of a folder may take, about: compiled code of the whole catalogue takes a twentieth of it."""

_LOOKS = 16
"""How often a folder is looked through while as much as it may take is written to it: there may be thousands of files,
and looking at all of them takes longer than to write one."""

_LOG = logging.getLogger("evacheck")
_DIGEST = hashlib.sha256().digest_size
_told: set[Path] = set()  # folders and files that were said not to be used
_unseen: dict[Path, int] = {}  # bytes that this process has written to a folder since it was looked through


def place(name: str) -> Path:
    """The folder for what is kept of one kind: below EVACHECK_CACHE, or the user's folder for caches."""
    return Path(os.environ.get("EVACHECK_CACHE") or user_cache_dir("evacheck")) / name


def write(folder: Path, key: str, code: bytes, limit: int = LIMIT) -> None:
    """Keep what belongs to a key; a cache that cannot be written, or that others can write, is only slow."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _ours(folder, folder.stat()):
            return
        handle, name = tempfile.mkstemp(dir=folder)  # read and written by us alone; seen whole or not at all
        try:
            with os.fdopen(handle, "wb") as file:
                size = file.write(_digest(key, code) + code)
            Path(name).replace(_path(folder, key))
            _heed(folder, limit, size)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return


def read(folder: Path, key: str) -> bytes | None:
    """What is kept under that key; None if there is none, or what is there cannot be believed."""
    try:
        if not _ours(folder, folder.stat()):
            return None
        path = _path(folder, key)
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            content = file.read() if stat.S_ISREG(status.st_mode) and _ours(path, status) else b""
    except OSError:
        return None
    body = content[_DIGEST:]
    if content[:_DIGEST] != _digest(key, body):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now: what was longest not used is forgotten first
    return body


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}.bin"


def _digest(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + body).digest()


def _ours(path: Path, status: os.stat_result) -> bool:
    """Whether only we can have written what is there; if not, that is said, once."""
    if files.only_ours(status):
        return True
    if path not in _told:
        _told.add(path)
        _LOG.warning(
            "evacheck: a cache is not used: others can write %s.\n"
            "    `chmod go-w` it, or name a folder of your own in EVACHECK_CACHE.",
            path,
        )
    return False


def _heed(folder: Path, limit: int, size: int) -> None:
    """Keep a folder to which so many bytes were written within its limit, about."""
    written = _unseen.get(folder, limit) + size  # as if it were full, when it is met for the first time
    if written * _LOOKS > limit:
        _forget(folder, limit)
        written = 0
    _unseen[folder] = written


def _forget(folder: Path, limit: int) -> None:
    """Remove what was longest not used until the rest is within the limit."""
    files = []
    for path in folder.glob("*.bin"):
        with contextlib.suppress(OSError):  # another process may have removed it
            status = path.stat()
            files.append((status.st_mtime_ns, status.st_size, path))
    excess = sum(size for _, size, _ in files) - limit
    for _, size, path in sorted(files):
        if excess <= 0:
            break
        with contextlib.suppress(OSError):
            path.unlink()
        excess -= size
