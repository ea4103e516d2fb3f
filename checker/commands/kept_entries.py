"""Entries of the catalogue that came out as expected, kept between runs: nothing of them is even compiled again.

The catalogue's models import the language and each other, nothing else; so what an entry comes to follows from the
files of the catalogue and of this evacheck, and a key is a sum over all of them. An entry is taken as it was only if
its counterexamples lie where they would be written, as they were then: else they are made again, and judged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from checker import cache
from checker.commands import run
from checker.commands.catalogue import Entry
from checker.commands.kept import forbidden, release
from checker.commands.run import Examined, PropertyRow, Request
from checker.contract.task import Stats
from checker.frontend.model_files import CATALOGUE

_FOLDER = "entries"


def examine(entry: Entry, request: Request) -> Examined:
    """What `run.examine` gives; if that is as expected, it is kept."""
    found = run.examine(entry, request)
    if found.as_expected and _can_be_kept(entry, request):
        _keep(entry, request, found)
    return found


def known(entry: Entry, request: Request) -> Examined | None:
    """What an entry came to before, if nothing that takes part has changed since; None if it is to be examined."""
    if request.fresh or not _can_be_kept(entry, request):
        return None
    body = cache.read(cache.place(_FOLDER), _key(entry, request))
    if body is None:
        return None
    data = json.loads(body)
    if any(_sum(Path(path)) != total for path, total in data["files"].items()):
        return None
    return Examined(
        entry,
        tuple(map(_read, data["rows"])),
        data["engine"],
        Stats(**data["stats"]),
        seconds=data["seconds"],
        kept=True,
    )


def _keep(entry: Entry, request: Request, found: Examined) -> None:
    traces = [row.trace for row in found.rows if row.trace is not None]
    drawn = [path for trace in traces for path in (trace, run.picture_of(trace))]
    data: dict[str, Any] = {
        "rows": [_row(row) for row in found.rows],
        "engine": found.engine,
        "stats": asdict(found.stats),
        "seconds": found.seconds,
        "files": {str(path): _sum(path) for path in drawn},
    }
    cache.write(cache.place(_FOLDER), _key(entry, request), json.dumps(data, ensure_ascii=False).encode())


def _row(row: PropertyRow) -> Mapping[str, Any]:
    return {**asdict(row), "trace": None if row.trace is None else str(row.trace)}


def _read(data: Mapping[str, Any]) -> PropertyRow:
    trace = None if data["trace"] is None else Path(data["trace"])
    return PropertyRow(**{**data, "trace": trace, "given": tuple((engine, said) for engine, said in data["given"])})


def _can_be_kept(entry: Entry, request: Request) -> bool:
    """Whether an entry is one of the catalogue, to be decided without limits by one engine."""
    budget = request.budget
    limits = budget.max_states is not None or budget.max_depth is not None
    ours = entry.model.startswith("spec.")
    return ours and not forbidden() and not limits and request.again is None and request.engine in ("auto", "explicit")


def _key(entry: Entry, request: Request) -> str:
    asked = (request.properties, request.engine, request.unbounded, request.title, str(request.out))
    return hashlib.sha256(repr((entry, asked, _catalogue(), release())).encode()).hexdigest()


@lru_cache(maxsize=1)
def _catalogue() -> str:
    """A sum over every file of the catalogue."""
    total = hashlib.sha256()
    for path in sorted(path for ending in ("py", "toml") for path in CATALOGUE.rglob(f"*.{ending}")):
        content = path.read_bytes()
        total.update(f"{path.relative_to(CATALOGUE)}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _sum(path: Path) -> str | None:
    """A sum over a file; None if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
