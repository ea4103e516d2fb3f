"""Keep what a search has found at a level's end, and take it up again.

A folder holds two files. `rows` are the states as the search has them, level by level; only more are written behind
them. `checkpoint.json` says how many of these count, with their checksums, the counts, what was decided, and of what
run that is. It is written last and takes its place whole: whatever ends the run at whatever moment, the folder holds
the last checkpoint or the one before. What does not fit, or was damaged, is refused: no state is taken from it.

Rows are written by a thread beside the search, which never changes a row of a level that is complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from checker import files
from checker.errors import UsageError
from checker.files import Unwritten

_ROWS, _MANIFEST = "rows", "checkpoint.json"
_FORMAT = 2
"""What the files mean: another number is another version."""
_READ_ROWS = 1 << 16
"""Rows that are read at a time."""
_FRESH = "Name another folder, or go on with that run: --resume in place of --checkpoint."
_AGAIN = "Begin anew, with --checkpoint and a folder that is empty."
_DIFFERENT = {
    "evacheck": "another version of evacheck",
    "model": "another model",
    "parameters": "other parameters",
    "reduce": "another choice of --reduce",
    "properties": "other properties",
    "program": "a model that has been changed since",
    "implements": "a model that implements another, which has been changed since",
    "keep_going": "another choice of --keep-going",
}
"""What a folder is of, if one of these differs, the first first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A search at a level's end: the rows of each level, the last not yet expanded unless it is `complete`, what was
    generated and how much of that by `init`, and what the engine has noted."""

    levels: tuple[int, ...]
    generated: int
    initially: int
    complete: bool
    noted: Mapping[str, Any] = field(default_factory=dict)


class Checkpoints:
    """One run's folder. `of` says what run it is: what must be the same for another to go on from here."""

    def __init__(self, folder: Path, seconds: float, of: Mapping[str, Any], row_bytes: int) -> None:
        self.trouble: str | None = None  # why the last checkpoint was not written
        self._folder, self._seconds, self._of = folder, seconds, dict(of)
        self._row_bytes = row_bytes
        self._segments: list[tuple[int, str]] = []  # bytes and checksum of what was written at a time
        self._levels = 0  # levels that are written
        self._last = time.monotonic()
        self._thread: threading.Thread | None = None
        self._lock: BinaryIO | None = None

    # -- writing -------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Take the folder for a new run. Raises UsageError U028 if it holds another's, or cannot be written."""
        with self._taken():
            if (self._folder / _MANIFEST).exists():
                raise _refused(self._folder, "there is a checkpoint", _FRESH)

    @property
    def due(self) -> bool:
        """Whether it is time, and the last one is written."""
        return time.monotonic() - self._last >= self._seconds and not self._is_writing()

    def keep(self, kept: Kept, rows: Sequence[Callable[[], Iterator[memoryview]]]) -> None:
        """Write a checkpoint beside the search. `rows` gives those of each level. What goes wrong is in `trouble`."""
        self.finish()
        new = rows[self._levels : len(kept.levels)]
        self._thread = threading.Thread(target=self._write, args=(kept, new))
        self._thread.start()

    def finish(self) -> None:
        """Wait until what is being written is."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _is_writing(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _write(self, kept: Kept, rows: Sequence[Callable[[], Iterator[memoryview]]]) -> None:
        try:
            segment = self._append(rows)
            segments = [*self._segments, *([segment] if segment[0] else [])]
            self._say(kept, segments)
            self._segments, self._levels, self.trouble = segments, len(kept.levels), None
        except Unwritten as error:
            self.trouble = str(error)
        finally:
            self._last = time.monotonic()

    def _append(self, rows: Sequence[Callable[[], Iterator[memoryview]]]) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with files.appending(self._folder / _ROWS, sum(length for length, _ in self._segments)) as file:
            for level in rows:
                for piece in level():
                    digest.update(piece)
                    file.write(piece)
                    size += len(piece)
        return size, digest.hexdigest()

    def _say(self, kept: Kept, segments: Sequence[tuple[int, str]]) -> None:
        said = {
            "format": _FORMAT,
            "of": self._of,
            "segments": segments,
            "levels": kept.levels,
            "generated": kept.generated,
            "initially": kept.initially,
            "complete": kept.complete,
            "noted": kept.noted,
        }
        text = json.dumps(said)
        files.write(self._folder / _MANIFEST, json.dumps({"sum": _sum(text), "said": text}), self._folder)

    # -- reading -------------------------------------------------------------------------------------------------------

    def resume(self) -> Kept:
        """What the folder keeps. Raises UsageError U028 if that is of another run, damaged, or nothing."""
        if not (self._folder / _MANIFEST).is_file():  # a folder that was misspelt is not made
            raise _refused(self._folder, "there is no checkpoint", "Name the folder that --checkpoint named.")
        with self._taken():
            try:
                kept = self._kept(self._said())
            except (ValueError, KeyError, TypeError, RecursionError):
                raise _refused(self._folder, f"{_MANIFEST} is damaged", _AGAIN) from None
        self._levels = len(kept.levels)
        return kept

    def rows(self) -> Iterator[bytes]:
        """All rows that count, in pieces. Raises UsageError U028 at the end of a segment that was damaged: then nothing
        that was read may be used."""
        path = self._folder / _ROWS
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                for size, wanted in self._segments:
                    digest, left = hashlib.sha256(), size
                    while left:
                        piece = file.read(min(left, _READ_ROWS * self._row_bytes))
                        if not piece:
                            raise _refused(self._folder, f"{_ROWS} ends too early", _AGAIN)
                        digest.update(piece)
                        left -= len(piece)
                        yield piece
                    if digest.hexdigest() != wanted:
                        raise _refused(self._folder, f"{_ROWS} is damaged", _AGAIN)
        except OSError as error:
            raise _refused(self._folder, str(error), _AGAIN) from None

    def _kept(self, said: Mapping[str, Any]) -> Kept:
        """What a manifest says. Raises what comes of one that is none."""
        self._segments = [(int(size), str(digest)) for size, digest in said["segments"]]
        levels = tuple(map(int, said["levels"]))
        if sum(levels) * self._row_bytes != sum(size for size, _ in self._segments):
            raise ValueError(levels)
        return Kept(levels, int(said["generated"]), int(said["initially"]), bool(said["complete"]), said["noted"])

    def _said(self) -> dict[str, Any]:
        text = (self._folder / _MANIFEST).read_text(encoding="utf-8")
        whole = json.loads(text)
        if whole["sum"] != _sum(whole["said"]):
            raise ValueError(text)
        said = json.loads(whole["said"])
        if said["format"] != _FORMAT:
            raise _refused(self._folder, f"it is of {_DIFFERENT['evacheck']}", _AGAIN)
        for name, what in _DIFFERENT.items():
            if said["of"].get(name) != self._of[name]:
                raise _refused(self._folder, f"it is of {what}", _AGAIN)
        assert isinstance(said, dict)
        return said

    # -- the folder ----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Wait for what is being written, and let others have the folder."""
        self.finish()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextlib.contextmanager
    def _taken(self) -> Iterator[None]:
        """Have the folder, and keep it unless what is done here fails. Raises UsageError U028."""
        try:
            self._take()
            yield
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                why = error.strerror or str(error)
                raise _refused(self._folder, why, "Name a folder that you can read and write.") from None
            raise

    def _take(self) -> None:
        """Make the folder, and see that nobody else writes there. Raises OSError, and UsageError U028."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = [self._folder, *(each for name in (_ROWS, _MANIFEST) if (each := self._folder / name).exists())]
        for path in found:
            if path.is_symlink() or not files.only_ours(path.stat()):
                raise _refused(self._folder, f"others can write {path}", f"Name another folder, or chmod go-w {path}")
        self._lock = (self._folder / "lock").open("ab")
        with contextlib.suppress(ModuleNotFoundError):  # systems without it are trusted not to run two at once
            import fcntl  # noqa: PLC0415 - not there on every system

            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _refused(self._folder, "another run keeps its states there", "Name another folder.") from None


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refused(folder: Path, why: str, remedy: str) -> UsageError:
    return UsageError("U028", f"no checkpoint in {folder} can be used: {why}", remedy)
