"""Compiled code on disk, believed only where it cannot be another's: of another model, or written by another user.

A file is one checksum over the key and the body together, so that a file under another's name is as wrong as a damaged
one. What other users can write is not used, since it is loaded into the process as machine code. Whatever is not
believed is compiled anew. Knows neither Numba nor models.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LOG = logging.getLogger("evacheck")
_DIGEST = hashlib.sha256().digest_size
_told: set[Path] = set()  # folders and files that were said not to be used


@dataclass(frozen=True, slots=True)
class Entry:
    """A function's object code: its name here, its symbol there, the symbols it asks for."""

    name: str
    symbol: str
    wants: tuple[str, ...]
    code: bytes


def write(folder: Path, key: str, entries: Sequence[Entry]) -> None:
    """Keep compiled code under its key; a cache that cannot be written, or that others can write, is only slow."""
    heads = [{"name": e.name, "symbol": e.symbol, "wants": e.wants, "size": len(e.code)} for e in entries]
    head = json.dumps(heads).encode()
    body = len(head).to_bytes(8, "little") + head + b"".join(entry.code for entry in entries)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _ours(folder, folder.stat()):
            return
        handle, name = tempfile.mkstemp(dir=folder)  # read and written by us alone; seen whole or not at all
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_digest(key, body) + body)
            Path(name).replace(_path(folder, key))
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return


def read(folder: Path, key: str) -> list[Entry] | None:
    """Compiled code of that key; None if there is none, or what is there cannot be believed."""
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
    return _entries(body) if content[:_DIGEST] == _digest(key, body) else None


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key}.bin"


def _digest(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + body).digest()


def _ours(path: Path, status: os.stat_result) -> bool:
    """Whether only we can have written what is there; if not, that is said, once."""
    if not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022):
        return True
    if path not in _told:
        _told.add(path)
        _LOG.warning(
            "evacheck: the cache of compiled code is not used: others can write %s.\n"
            "    `chmod go-w` it, or name a folder of your own in EVACHECK_CACHE.",
            path,
        )
    return False


def _entries(body: bytes) -> list[Entry] | None:
    """The entries of a body; None if it has another shape, as of another version."""
    start = 8 + int.from_bytes(body[:8], "little")
    entries = []
    try:
        for head in json.loads(body[8:start]):
            name, symbol, wants, size = head["name"], head["symbol"], head["wants"], head["size"]
            if size < 0 or not all(isinstance(each, str) for each in (name, symbol, *wants)):
                return None
            entries.append(Entry(name, symbol, tuple(wants), body[start : start + size]))
            start += size
    except (ValueError, TypeError, KeyError):
        return None
    return entries if start == len(body) else None
