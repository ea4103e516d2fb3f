"""From emitted source to callable machine code, kept on disk: a model seen before starts without importing Numba.

Compiled code is found by the hash of everything that went into it: the source, the modules it is compiled with, the
versions of Python, Numba and llvmlite, the processor; `cache` says which files are believed. Decides nothing
about models.

EVACHECK_CACHE names another folder for the cache; EVACHECK_DUMP names a folder into which emitted source is written.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path

import llvmlite.binding as llvm
from platformdirs import user_cache_dir

from checker.engines.explicit.native import cache
from checker.engines.explicit.native.cache import Entry
from checker.engines.explicit.native.compiling import compiled_apart
from checker.engines.explicit.native.numba_compiler import compiled
from checker.pause import is_watched

_HERE = Path(__file__).parents[1]
_PARTS = (
    "native/block.py",
    "native/choices.py",
    "codegen/code.py",
    "native/intrinsics.py",
    "native/kernels.py",
    "native/large_choices.py",
    "codegen/layout.py",
    "native/rows.py",
    "random_walk/kernel.py",
)
"""Modules whose text takes part in what is compiled."""

_KERNELS = {
    "native.kernels": ("explore", "judge", "find_parents", "sieve", "rebuild"),
    "random_walk.kernel": ("stroll",),
}
"""Modules of compiled loops that are the same for every model, and their entry points."""


class Library:
    """Loaded machine code: the address of each function. Keeps the code alive."""

    def __init__(self, modules: Iterable[Sequence[Entry]]) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.addresses: dict[str, int] = {}
        self._engines = [self._load(entries) for entries in modules]

    def _load(self, entries: Sequence[Entry]) -> llvm.ExecutionEngine:
        """An engine for each module: two modules may give the same name to different code."""
        machine = llvm.Target.from_default_triple().create_target_machine()
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        for entry in entries:
            for symbol in entry.wants:
                if not llvm.address_of_symbol(symbol):
                    llvm.add_symbol(symbol, ctypes.addressof(_NEVER_CALLED))
            engine.add_object_file(llvm.ObjectFileRef.from_data(entry.code))
        engine.finalize_object()
        self.addresses.update({entry.name: engine.get_function_address(entry.symbol) for entry in entries})
        return engine

    def function(self, name: str, arguments: int) -> Callable[..., int]:
        """The function of that name, which takes so many words; it runs without Python's lock."""
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
        function = kind(self.addresses[name])
        function.library = self  # type: ignore[attr-defined]  # code dies with its library
        return function


_NEVER_CALLED = ctypes.c_int64(0)  # stands for Numba's error handling: our code raises nothing


def load_kernels(module: str = "native.kernels") -> Library:
    """The kernels of the search, or of another module."""
    return Library([_load("", _KERNELS[module], module)])


def load_model(modules: Iterable[tuple[str, Sequence[str]]]) -> Library:
    """The entry points of emitted modules, each a source and its entry points."""
    return Library([_load(source, entries) for source, entries in modules])


def dump(source: str) -> None:
    """Write emitted source where EVACHECK_DUMP says, under its hash."""
    folder = os.environ.get("EVACHECK_DUMP")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(source.encode()).hexdigest()[:12]
        (Path(folder) / f"model_{name}.py").write_text(source, encoding="utf-8")


def _load(source: str, names: Sequence[str], module: str = "") -> list[Entry]:
    """The code of a source, or of a module of kernels."""
    folder, key = _folder(), _key(source or module)
    entries = cache.read(folder, key)
    if entries is None or [entry.name for entry in entries] != list(names):
        entries = compiled_apart(source, names, module) if is_watched() else compiled(source, names, module)
        cache.write(folder, key, entries)
    return entries


def _folder() -> Path:
    return Path(os.environ.get("EVACHECK_CACHE") or user_cache_dir("evacheck")) / "native"


def _key(source: str) -> str:
    """The hash of everything that decides what the compiled code is."""
    parts = [source, sys.version, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    parts += [f"{name} {metadata.version(name)}" for name in ("numba", "llvmlite")]
    parts += [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("NUMBA_")]
    parts += [(_HERE / part).read_text(encoding="utf-8") for part in _PARTS]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
