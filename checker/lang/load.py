"""Find a model by name: `package.module:Class`, `path/to/file.py:Class`, or either without the class."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from checker.errors import ModelError, Problem, Span, UsageError
from checker.lang.compile import compile_program
from checker.lang.ir import Program
from checker.lang.model import Model
from checker.lang.source import shown_path


def load(name: str) -> type[Model]:
    """The model class called `name`. Raises UsageError U001, or ModelError E103 if its module does not import."""
    module_name, _, class_name = name.partition(":")
    module = module_named(module_name)
    models = models_of(module)
    if class_name in models:
        return models[class_name]
    if not class_name and len(models) == 1:
        return next(iter(models.values()))
    known = ", ".join(models) or "none"
    near = difflib.get_close_matches(class_name, models, 1)
    if not class_name:
        problem, remedy = f"{module_name} holds {len(models)} models", f"Name one of them: {known}."
    else:
        problem = f"{module_name} has no model {class_name!r}"
        remedy = f"Did you mean {module_name}:{near[0]}?" if near else f"It has: {known}."
    raise UsageError("U001", problem, remedy)


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
        return _file(Path(name))
    if "" not in sys.path:
        sys.path.insert(0, "")  # models beside the user are found, as with `python -m`
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise UsageError("U001", f"there is no module {name!r}", _nearest_module(name)) from None
        raise _broken(name, error) from error
    except Exception as error:  # whatever a user's module raises becomes a message with its place
        raise _broken(name, error) from error


def _nearest_module(name: str) -> str:
    """A remedy that names the nearest module beside the missing one."""
    parent, _, last = name.rpartition(".")
    try:
        spec = importlib.util.find_spec(parent) if parent else None
    except ModuleNotFoundError:
        spec = None
    places = list(spec.submodule_search_locations or []) if spec else []
    names = {path.stem for place in places for path in Path(place).iterdir() if path.suffix == ".py" or path.is_dir()}
    near = difflib.get_close_matches(last, sorted(names), 1)
    return f"Did you mean {parent}.{near[0]}?" if near else "`evacheck list` names the models that come with evacheck."


def _file(path: Path) -> ModuleType:
    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else Path()
        near = difflib.get_close_matches(path.name, [other.name for other in folder.glob("*.py")], 1)
        remedy = f"Did you mean {folder / near[0]}?" if near else "Check the path."
        raise UsageError("U001", f"there is no file {path}", remedy)
    name = path.stem if path.stem not in sys.stdlib_module_names else f"{path.stem}_model"  # Python needs its own
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's module raises becomes a message with its place
        raise _broken(str(path), error) from error
    return module


def _broken(name: str, error: Exception) -> Exception:
    if isinstance(error, (ModelError, UsageError)):
        return error
    if isinstance(error, SyntaxError):
        span = Span(shown_path(error.filename or name), error.lineno or 1, error.offset or 1)
        return ModelError([Problem("E103", span, f"Python cannot read this: {error.msg}", "Mend the syntax.")])
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = Span(shown_path(last.filename), last.lineno or 1, 1) if last else None
    problem = f"importing {name} failed: {type(error).__name__}: {error}"
    return ModelError([Problem("E103", place, problem, "Mend the module; `python -c 'import ...'` shows the same.")])
