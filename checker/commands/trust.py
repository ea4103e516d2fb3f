"""Whether a model that a file names may be imported: importing runs its code. Imports nothing itself.

Taken are the models that come with evacheck, and those below the current folder, links followed. Installed packages,
Python's own modules and whatever lies elsewhere are not, even below the current folder. A file never chooses what runs.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from checker import HOME
from checker.errors import UsageError
from checker.frontend.model_files import CATALOGUE, catalogued

_INSTALLED = frozenset({"site-packages", "dist-packages"})


def source_of(model: str) -> Path | None:
    """The file that importing a model would run, links followed; None if there is none. Runs nothing."""
    name = model.partition(":")[0]
    if name.endswith(".py") or "/" in name:
        return _resolved(Path(name))
    places: list[str] | None = None
    found: Path | None = None
    parts = catalogued(name).split(".")
    for last in range(1, len(parts) + 1):
        package = ".".join(parts[:last])
        known = sys.modules.get(package)
        spec = getattr(known, "__spec__", None) if known else None
        if spec is None:
            spec = PathFinder.find_spec(package, places if last > 1 else ["", *sys.path])
        if spec is None:
            return None
        places = None if spec.submodule_search_locations is None else list(spec.submodule_search_locations)
        found = _resolved(Path(spec.origin)) if spec.origin and spec.has_location else None
        if last < len(parts) and places is None:
            return None
        if found is not None and last < len(parts) and not (_is_below_here(found) or _is_ours(found)):
            return found  # a package whose own code runs first
    return found


def is_trusted(source: Path | None) -> bool:
    """Whether it is of the catalogue or below the current folder."""
    return source is not None and (_is_ours(source) or _is_below_here(source))


def confirm_trusted(model: str, file: str, trust: bool = False) -> str | None:
    """Raises UsageError U021 if a model that `file` names is neither of the catalogue nor below this folder. What
    is to be said before it is imported; None for a model of the catalogue."""
    source = source_of(model)
    if source is not None and _is_ours(source):
        return None
    if not trust and not is_trusted(source):
        where = f"{source}" if source is not None else "nothing that can be found below the current folder"
        problem = f"{file} names the model {model!r}, which is {where}; importing it would run its code"
        remedy = "If you know it: name it yourself with --model MODEL, or give --trust."
        raise UsageError("U021", problem, remedy)
    return f"{file} names the model {model}: importing {source or model}"


def _is_below_here(path: Path) -> bool:
    here = _resolved(Path())
    if here is None or not path.is_relative_to(here):
        return False
    return not _INSTALLED & set(path.relative_to(here).parts)


def _is_ours(path: Path) -> bool:
    """Whether it is a module of the catalogue that is installed with this evacheck, or the package that it lies in."""
    folder = _resolved(CATALOGUE)
    if folder is None or importlib.util.find_spec(f"{HOME}spec") is None:
        return False
    return path.is_relative_to(folder) or (HOME != "" and path == folder.parent / "__init__.py")


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return None
