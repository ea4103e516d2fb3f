"""Memory that is a file on a disk: the system writes it there and reads it back. Knows nothing of tables and states.

Room on the disk is taken before anything is written there, so that a full disk is an error and not the end of the
process. The file has no name: nothing is left of it, whatever ends the run.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
import tempfile
from pathlib import Path

_REGION = 1 << 30
"""Bytes that are mapped at a time: an open file for each, of which systems grant about a thousand."""


class DiskFull(Exception):
    """The disk has no more room, or the file cannot be made longer; the message says which folder and why."""


class Disk:
    """A file in a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises DiskFull if there can be no file."""
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as this
        except OSError as error:
            raise self._full(error) from None
        self._maps: list[tuple[int, mmap.mmap]] = []  # each with its address
        self._left = 0  # bytes of the last one that are not handed out

    def piece(self, size: int) -> int:
        """The address of so many bytes of zeros, a multiple of a page. Raises DiskFull."""
        if size > self._left:
            self._map(max(size, _REGION))
        address, region = self._maps[-1]
        at = len(region) - self._left
        offset = sum(len(each) for _, each in self._maps[:-1]) + at
        try:
            _reserve(self._file.fileno(), offset, size)
        except OSError as error:
            raise self._full(error) from None
        self._left -= size
        return address + at

    def put_aside(self, address: int, size: int) -> None:
        """Have these bytes leave memory; they are read back when they are looked at."""
        for first, region in self._maps:
            if first <= address < first + len(region) and hasattr(mmap, "MADV_DONTNEED"):
                with contextlib.suppress(OSError):  # they stay a little longer
                    region.madvise(mmap.MADV_DONTNEED, address - first, size)

    def _map(self, size: int) -> None:
        offset = sum(len(each) for _, each in self._maps)
        try:
            self._file.truncate(offset + size)
            region = mmap.mmap(self._file.fileno(), size, offset=offset)
        except OSError as error:
            raise self._full(error) from None
        self._maps.append((ctypes.addressof(ctypes.c_char.from_buffer(region)), region))
        self._left = size

    def _full(self, error: OSError) -> DiskFull:
        return DiskFull(f"states cannot be kept in {self._folder} ({error.strerror or error})")


def _reserve(file: int, offset: int, size: int) -> None:
    """Have the disk set room aside; where the system cannot, by writing there."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, offset, size)
    elif os.pwrite(file, bytes(size), offset) < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
