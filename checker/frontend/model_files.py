"""Run a user's file, or a module beside it, as Python would, in the place of nobody else's.

What lies beside a file is found while it is loaded, as it is for a script. Three kinds of names stay whose they are:
Python's own modules, evacheck's packages, and what is installed and loaded. Decides nothing about models.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from checker import HOME
from checker import __file__ as _start
from checker.errors import ModelError, Problem, Span
from checker.source import shown_path

OWN = () if HOME else ("checker", "counterexamples", "spec")
"""The packages that come with evacheck in a clone: a folder of the user's of such a name is reached by its path. In a
wheel they lie below `evacheck`, and are in nobody's way."""

CATALOGUE = Path(_start).parent.parent / "spec"
"""Where the models that come with evacheck are, whatever else bears their package's name."""

_found: dict[str, Path] = {}  # modules beside a file, by name: the folder that they were found in


class _Beside:
    """Finds modules in folders, ahead of what is installed."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """What the import system asks: where a module of no package is."""
        if path is not None or is_kept(name):
            return None
        for folder in self.folders:
            found = PathFinder.find_spec(name, [str(folder)])
            # a folder without __init__.py is a package only where nothing else has the name
            if found is not None and (found.loader is not None or PathFinder.find_spec(name) is None):
                _found[name] = folder
                return found
        return None


def is_kept(name: str) -> bool:
    """Whether a name of no package is Python's or evacheck's own, and nobody else can have it."""
    return name in sys.stdlib_module_names or name in OWN


@contextmanager
def beside(*folders: Path) -> Iterator[None]:
    """Within this, what lies in `folders` can be imported. What was imported from elsewhere by such a name before, for
    another file, is forgotten: its classes live on."""
    reserve()
    places = [folder.resolve() for folder in folders]
    for name in [name for name, folder in _found.items() if folder not in places]:
        del _found[name]
        for each in [each for each in sys.modules if each == name or each.startswith(name + ".")]:
            del sys.modules[each]
    importlib.invalidate_caches()
    finder = _Beside(places)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def reserve() -> None:
    """Import the catalogue's package from where evacheck is, before a folder of its name can be taken for it."""
    if not HOME and "spec" not in sys.modules:
        _package("spec", CATALOGUE)


def catalogued(name: str) -> str:
    """The name by which a module is imported: another only for one of the catalogue, in a wheel."""
    first, *rest = name.split(".")
    place = CATALOGUE.joinpath(*rest)
    known = first == "spec" and (place.is_dir() or place.with_suffix(".py").is_file())
    return f"{HOME}{name}" if known else name


def run_file(path: Path) -> ModuleType:
    """The module that a file is: part of a package where it lies in one, else on its own. Raises what it raises."""
    path = path.resolve()
    top = _top(path.parent)
    if top is not None:
        with beside(top.parent, path.parent):
            parts = path.relative_to(top).with_suffix("").parts
            return importlib.import_module(".".join((_package_name(top), *(p for p in parts if p != "__init__"))))
    name = _free(path.stem, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with beside(path.parent):
        sys.modules[name] = module
        spec.loader.exec_module(module)
    _confirm_neighbours(path)
    return module


def _top(folder: Path) -> Path | None:
    """The outermost package around what lies in a folder."""
    top = None
    while (folder / "__init__.py").is_file() and folder.name.isidentifier():
        top, folder = folder, folder.parent
    return top


def _package_name(top: Path) -> str:
    """The name under which a package can be imported: its own, unless that is somebody else's."""
    loaded = sys.modules.get(top.name)
    if loaded is not None and str(top) in [str(Path(each).resolve()) for each in getattr(loaded, "__path__", ())]:
        return top.name
    if loaded is None and not is_kept(top.name):
        return top.name
    name = _free(top.name, top / "__init__.py")
    if name not in sys.modules:
        _package(name, top)
    return name


def _package(name: str, folder: Path) -> None:
    start = folder / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, start, submodule_search_locations=[str(folder)])
    if not start.is_file() or spec is None or spec.loader is None:
        return  # not installed: the catalogue says so
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _free(stem: str, path: Path) -> str:
    """A name for the module that a file becomes: its stem, unless that is or may become the name of something else."""
    if not is_kept(stem) and _is_at(sys.modules.get(stem), path) and _is_free(stem, path):
        return stem
    number = 2
    while not _is_at(sys.modules.get(name := f"{stem}_{number}"), path):
        number += 1
    return name


def _is_at(module: ModuleType | None, path: Path) -> bool:
    """Whether a module is the one of a file; so is none."""
    file = getattr(module, "__file__", None)
    return module is None or (file is not None and Path(file).resolve() == path)


def _is_free(stem: str, path: Path) -> bool:
    """Whether nothing else of this name is installed, which someone may want to import later."""
    if "." in stem or stem in sys.modules:
        return True
    found = PathFinder.find_spec(stem)
    return found is None or found.loader is None or (found.origin is not None and Path(found.origin).resolve() == path)


def _confirm_neighbours(path: Path) -> None:
    """Refuse a file that imports what lies beside it by a name that is another's: it was given the other."""
    for node in ast.parse(path.read_bytes()).body:
        for name in _imported(node):
            near = hidden(name, path)
            if near is not None and name not in OWN:
                place = Span(shown_path(str(path)), node.lineno, node.col_offset + 1)
                raise ModelError([Problem("E103", place, taken(name, near), f"Give {near} another name.")])


def _imported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [(node.module or "").partition(".")[0]] if isinstance(node, ast.ImportFrom) and not node.level else []


def hidden(name: str, path: Path) -> str | None:
    """What lies beside a file and cannot be imported as `name`, because that is another module. None if nothing."""
    for other in (path.parent / f"{name}.py", path.parent / name / "__init__.py"):
        loaded = sys.modules.get(name)
        if name and other.is_file() and other != path and loaded is not None and not _is_at(loaded, other.resolve()):
            return f"{name}.py" if other.suffix == ".py" and other.stem == name else f"{name}/"
    return None


def taken(name: str, near: str) -> str:
    """How a message says that a neighbour is hidden."""
    whose = "evacheck's" if name in OWN else "Python's" if is_kept(name) else "an installed module"
    return f"`import {name}` gives {whose}, not the {near} beside this file"
