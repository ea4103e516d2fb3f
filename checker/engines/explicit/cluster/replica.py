"""What a part of a cluster has found, kept by another: in a file without a name, which goes with who keeps it."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Sequence

from checker.engines.common.clock import Stopped

PIECE = 16 << 20
"""Bytes that are sent at a time, at most."""


class Replica:
    """The states of a part, level by level, in pieces as they were sent."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        self._pieces: list[tuple[int, int, int, int]] = []  # level, place, bytes, checksum
        self.level = 0  # the last that is kept, even if it came to nothing

    def __len__(self) -> int:
        """How many pieces there are."""
        return len(self._pieces)

    def keep(self, level: int, pieces: Sequence[bytes | memoryview]) -> None:
        """Keep what a level came to, in place of what was kept of it and of later ones. Stopped if there is no room."""
        self.forget(level - 1)
        end = sum(size for _, _, size, _ in self._pieces)
        try:
            self._file.seek(end)
            for piece in pieces:
                checksum = zlib.crc32(piece)  # brings it near, too: it may lie where this process has not looked yet
                self._file.write(piece)
                self._pieces.append((level, end, len(piece), checksum))
                end += len(piece)
            self._file.flush()
            self.level = level
        except OSError as error:
            raise Stopped(f"no room to keep what another part has found: {error.strerror}") from None

    def forget(self, depth: int) -> None:
        """Keep no more than so many levels."""
        self._pieces = [each for each in self._pieces if each[0] <= depth]
        self.level = min(self.level, depth)

    def kept(self, number: int) -> bytes:
        """The piece of that number. Stopped if it is not what was kept."""
        _, place, size, checksum = self._pieces[number]
        try:
            self._file.seek(place)
            piece = self._file.read(size)
        except OSError as error:
            raise Stopped(f"what was kept of another part cannot be read: {error.strerror}") from None
        if len(piece) != size or zlib.crc32(piece) != checksum:
            raise Stopped("what was kept of another part is damaged")
        return piece
