"""From emitted source, or a module of kernels, to object code, by Numba: the only place that asks it to compile."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from checker.engines.explicit.native.cache import Entry


def compiled(source: str, names: Sequence[str], module: str) -> list[Entry]:
    """Have Numba compile the source, or the module of kernels if there is none."""
    if source:
        namespace: dict[str, object] = {"__name__": "emitted"}
        exec(compile(source, "<emitted>", "exec"), namespace)
    else:
        namespace = vars(importlib.import_module(f"checker.engines.explicit.{module}"))
    return [_entry(name, namespace[name]) for name in names]


def _entry(name: str, function: object) -> Entry:
    """The object code of a function that Numba has compiled."""
    library = function._library  # type: ignore[attr-defined]
    module = library._final_module
    wants = [f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")]
    wants += [variable.name for variable in module.global_variables if variable.is_declaration]
    return Entry(name, function.native_name, tuple(wants), library._get_compiled_object())  # type: ignore[attr-defined]
