"""Find a model by name: `package.module:Class`, `path/to/file.py:Class`, or either without the class."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from checker.errors import UsageError, did_you_mean, nearest
from checker.frontend.broken import broken, is_raised_here
from checker.frontend.compile import compile_program
from checker.frontend.model_files import OWN, beside, catalogued, is_kept, run_file
from checker.ir.nodes import Program
from checker.lang.model import Model


def load(name: str) -> type[Model]:
    """The model class called `name`. Raises UsageError U001, or ModelError E103 if its module does not import."""
    module_name, _, class_name = name.partition(":")
    module = module_named(module_name)
    models = models_of(module)
    if class_name in models:
        return models[class_name]
    if not class_name and len(models) == 1:
        return next(iter(models.values()))
    raise UsageError("U001", *_no_such_model(module_name, class_name, list(models)))


def _no_such_model(module_name: str, class_name: str, models: list[str]) -> tuple[str, str]:
    """A problem and its remedy."""
    own = _own(module_name)
    if not models and own is not None:
        return f"{module_name} is {own[0]}, and holds no model", own[1]
    if not models:
        return f"{module_name} holds no model", "A model is a class that inherits from Model."
    known = ", ".join(models)
    if not class_name:
        return f"{module_name} holds {len(models)} models", f"Name one of them: {known}."
    near = nearest(class_name, models)
    remedy = did_you_mean(near and f"{module_name}:{near}", f"It has: {known}.")
    return f"{module_name} has no model {class_name!r}", remedy


def models_of(module: ModuleType) -> dict[str, type[Model]]:
    """The models that a module defines itself, in order."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Model) and value.__module__ == module.__name__
    }


def compile_model(model: type[Model], parameters: Mapping[str, Any]) -> Program:
    """The program of a model under these parameters. Raises UsageError (U002, U004) and ModelError."""
    return compile_program(model(**parameters))


def module_named(name: str) -> ModuleType:
    """Import a module, or run a file as one. Raises UsageError U001 or what a broken module comes to."""
    if name.endswith(".py") or "/" in name:
        path = _file(name)
        return _loaded(name, lambda: run_file(path))
    if not all(part.isidentifier() for part in name.split(".")):
        raise UsageError("U001", f"{_short(name)!r} is not the name of a module", "Write package.module, or file.py.")
    if "" not in sys.path:
        sys.path.append("")  # for what a model imports later; nothing of the user's may hide what is installed
    return _loaded(name, lambda: importlib.import_module(catalogued(name)))


def _loaded(name: str, run: Callable[[], ModuleType]) -> ModuleType:
    """What `run` imports. What it prints goes to standard error: standard output belongs to the command."""
    try:
        with beside(Path()), redirect_stdout(sys.stderr):
            return run()
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise UsageError("U001", f"there is no module {_short(name)!r}", _nearest_module(name)) from None
        raise broken(name, error) from error
    except KeyboardInterrupt as error:
        if not is_raised_here(error):
            raise
        raise broken(name, error) from error
    except BaseException as error:  # whatever a user's module raises, SystemExit too, becomes a message with its place
        raise broken(name, error) from error


def _nearest_module(name: str) -> str:
    """A remedy that names the nearest module beside the missing one."""
    own = _own(name)
    if own is not None:
        return own[1]
    parent, _, last = name.rpartition(".")
    try:
        spec = importlib.util.find_spec(parent) if parent else None
    except (ModuleNotFoundError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or []) if spec else [] if parent else ["."]
    names = {path.stem for place in places for path in Path(place).iterdir() if path.suffix == ".py" or path.is_dir()}
    near = nearest(last, sorted(names))
    near = f"{parent}.{near}" if near and parent else near
    return did_you_mean(near, "`evacheck list` names the models that come with evacheck.")


def _own(name: str) -> tuple[str, str] | None:
    """Whose module of this name it is, and how to name the user's own; None unless the user has one that is hidden."""
    first = name.partition(".")[0]
    mine = Path(*name.split(".")).with_suffix(".py") if is_kept(first) else None
    try:
        if mine is None or not mine.is_file():
            return None
    except OSError:
        return None
    whose = "a package of evacheck" if first in OWN else "a module of Python"
    return whose, f"{first} is {whose}. Name your own by its file: ./{mine}"


def _file(name: str) -> Path:
    """The path of a Python file that there is."""
    path = Path(name)
    try:
        there, folder, longer = path.is_file(), path.is_dir(), Path(f"{path}.py").is_file()
    except (OSError, ValueError) as error:  # too long, not to be entered, or no name of a file at all
        reason = getattr(error, "strerror", None) or error
        raise UsageError("U001", f"{_short(name)!r} cannot be opened ({reason})", "Check the path.") from None
    if there and path.suffix == ".py":
        return path
    if there:
        raise UsageError("U001", f"{name} is not a Python file", "The name of a model's file ends in .py.")
    if longer:
        raise UsageError("U001", f"there is no file {name}", did_you_mean(f"{path}.py", ""))
    if folder:
        files = sorted(each.name for each in path.glob("*.py"))
        remedy = f"Name one of its files, such as {path / files[0]}." if files else "Name a file."
        raise UsageError("U001", f"{name} is a folder", remedy)
    around = path.parent if path.parent.is_dir() else Path()
    near = nearest(path.name, [other.name for other in around.glob("*.py")])
    remedy = did_you_mean(near and around / near, "Check the path.")
    raise UsageError("U001", f"there is no file {_short(name)}", remedy)


def _short(name: str) -> str:
    """A name that may be long, within a line."""
    return name if len(name) <= 100 else f"{name[:60]}...{name[-30:]}"
