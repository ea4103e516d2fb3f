"""Where a search keeps its states, as the task says: on a disk, and at a level's end for a run that goes on from there.

Knows the search and the folder; what the engine has noted of properties it is given, and gives back, as plain data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from checker import __version__
from checker.contract.task import Task
from checker.engines.common.clock import Stopped
from checker.engines.common.ledger import after
from checker.engines.explicit.checkpoint import Checkpoints, Kept
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.codegen.mapping import implementing
from checker.engines.explicit.native.disk import Disk, DiskFull
from checker.engines.explicit.native.store import RowSpan, Store
from checker.engines.explicit.search import Search
from checker.ir.fingerprint import fingerprint


def disk(task: Task) -> Disk | None:
    """The file for the rows of a task, if it wants one. Raises Stopped if there is no room."""
    if task.keeping.disk is None:
        return None
    try:
        return Disk(task.keeping.disk)
    except DiskFull as reason:
        raise Stopped(str(reason)) from None


class Keeper:
    """The checkpoints of one run."""

    def __init__(self, task: Task, folder: Path, search: Search) -> None:
        """Raises UsageError U028 if the folder cannot be used."""
        self._folder, self._search = folder, search
        self._kept: Kept | None = None  # at the last level's end
        self._written: Kept | None = None
        self._from = ""
        self._checkpoints = Checkpoints(
            folder, task.keeping.seconds, _identity(task, search.emitted), search.store.row_bytes
        )
        self.resumes = task.keeping.resume
        if not self.resumes:
            self._checkpoints.begin()

    def take_up(self) -> Mapping[str, Any]:
        """Have the search go on where another ended; what was noted then. Raises UsageError U028."""
        kept = self._checkpoints.resume()
        self._search.take_up(kept.levels, self._checkpoints.rows(), kept.generated, kept.initially, kept.complete)
        self._kept = self._written = kept
        self._from = f"went on from what {self._folder} kept,{after(sum(kept.levels), len(kept.levels))}"
        return kept.noted

    def at_level(self, noted: Mapping[str, Any]) -> None:
        """A level is complete; keep it if it is time."""
        search = self._search
        if not search.levels:
            return
        counts = tuple(sum(span.end - span.begin for span in level) for level in search.levels)
        stats = search.stats()
        self._kept = Kept(counts, stats.generated, search.initially, search.complete, noted)
        if self._checkpoints.due:
            self._keep()

    def end(self, stopped: bool) -> tuple[str, ...]:
        """Keep the last level that was complete, if the run was stopped; what there is to say of that."""
        if stopped and self._kept is not None and self._kept is not self._written:
            self._keep()
        self._checkpoints.close()
        said = [self._from] if self._from else []
        if self._checkpoints.trouble is not None:
            said.append(f"the last checkpoint is not there: {self._checkpoints.trouble}")
        elif stopped and self._written is not None:
            come = after(sum(self._written.levels), len(self._written.levels))
            said.append(f"kept in {self._folder},{come}: `--resume {self._folder}` goes on from there")
        return tuple(said)

    def _keep(self) -> None:
        kept = self._kept
        assert kept is not None
        store, levels = self._search.store, self._search.levels[: len(kept.levels)]
        self._checkpoints.keep(kept, [partial(_rows, store, list(level)) for level in levels])
        self._written = kept


def _rows(store: Store, level: Sequence[RowSpan]) -> Iterator[memoryview]:
    for span in level:
        yield store.bytes_of(span)


def _identity(task: Task, emitted: Emitted) -> dict[str, Any]:
    """What a run must have in common with one that goes on from it. No code is made of what a model implements."""
    implemented = [fingerprint(task.program.abstract[each.name], places=False) for each in implementing(task.program)]
    text = "\0".join(source for source, _ in emitted.modules)
    layout = f"{emitted.layout.words} {emitted.layout.bits}"
    return {
        "evacheck": __version__,
        "model": task.program.model,
        "parameters": {name: str(value) for name, value in task.program.parameters.items()},
        "program": hashlib.sha256(f"{layout}\0{text}".encode()).hexdigest(),
        "implements": implemented,
        "properties": list(task.properties),
        "keep_going": task.keep_going,
        "reduce": task.reduce,
    }
