"""Machine code of a model and of the kernels: compiled once, kept on disk, loaded.

The cache lies in EVACHECK_CACHE or the user's cache folder; its key is everything that the code follows from. The
variable EVACHECK_DUMP names a folder into which emitted source is written.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from checker import HOME, cache
from checker.engines.explicit.machine import llvm
from checker.engines.explicit.machine.compiling import compiled

_HERE = Path(__file__).parents[1]
_PARTS = (
    "gpu/block.py",
    "gpu/kernels.py",
    "gpu/model.py",
    "gpu/table.py",
    "machine/llvm.py",
    "machine/lowering.py",
    "machine/operations.py",
    "machine/reading.py",
    "native/block.py",
    "native/choices.py",
    "codegen/code.py",
    "native/intrinsics.py",
    "native/kernels.py",
    "native/large_choices.py",
    "native/lately.py",
    "native/links.py",
    "native/moving.py",
    "codegen/layout.py",
    "native/rows.py",
    "native/sampling.py",
    "native/sharing.py",
    "native/table.py",
    "native/waiting.py",
    "random_walk/kernel.py",
    *(f"liveness/{each}.py" for each in ("states", "classes", "passes", "components", "ways", "products", "legs")),
)
"""Modules whose text takes part in what is compiled."""

_FILES = tuple(str(_HERE / part) for part in _PARTS)

_ROOM = f"{HOME}checker.engines.explicit."
_KERNELS = {
    "native.kernels": ("explore", "judge", "find_parents", "sieve", "rebuild", "project"),
    "native.waiting": ("thinned",),
    "native.sampling": ("sample",),
    "native.sharing": ("admit", "disperse"),
    "native.moving": ("move",),
    "native.links": ("link_starts", "link_steps", "relink"),
    "random_walk.kernel": ("stroll",),
    "liveness.classes": ("coarsen", "overtake", "witness", "thin"),
    "liveness.passes": ("assess", "trim", "count", "weigh", "classify", "sift", "pick"),
    "liveness.components": ("components",),
    "liveness.ways": ("look", "gather", "enter", "spread"),
    "liveness.products": (
        *("read_letters", "reach", "last_nodes", "keep_nodes", "trim_nodes", "weigh_nodes", "sift_nodes"),
        *("begin_nodes", "spread_nodes", "gather_nodes", "leads_to_node"),
    ),
    "liveness.legs": ("roam", "roam_nodes"),
}
"""Modules of compiled loops that are the same for every model, and their entry points."""


class Library:
    """Loaded machine code: the address of each function. Keeps the code alive. What is not `thorough` can be had
    faster."""

    def __init__(self, modules: Iterable[tuple[bytes, Sequence[str]]], thorough: bool = True) -> None:
        self.thorough = thorough
        self.addresses: dict[str, int] = {}
        self._loaded = []
        for code, names in modules:
            loaded = llvm.Loaded(code)
            self._loaded.append(loaded)
            self.addresses.update({name: loaded.address(name) for name in names})

    def function(self, name: str, arguments: int) -> Callable[..., int]:
        """The function of that name, which takes so many words; it runs without Python's lock."""
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arguments)
        function = kind(self.addresses[name])
        function.library = self  # type: ignore[attr-defined]  # code dies with its library
        return function


def load_kernels(module: str = "native.kernels") -> Library:
    """The kernels of the search, or of another module."""
    names = _KERNELS[module]
    return Library([(_code("", names, _ROOM + module), names)])


def load_model(modules: Sequence[tuple[str, Sequence[str]]], thorough: bool = True) -> Library:
    """The entry points of emitted modules, each a source and its entry points. Not `thorough` is for who will not run
    them long: what is kept is taken even so, the faster before the slower, and only then compiled quickly."""
    if not thorough:
        kept = [_kept(source, names, thorough=True) for source, names in modules]
        if None in kept:
            return Library([(_code(source, names, thorough=False), names) for source, names in modules], thorough=False)
    return Library([(_code(source, names), names) for source, names in modules])


def dump(source: str) -> None:
    """Write emitted source where EVACHECK_DUMP says, under its hash."""
    folder = os.environ.get("EVACHECK_DUMP")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(source.encode()).hexdigest()[:12]
        (Path(folder) / f"model_{name}.py").write_text(source, encoding="utf-8")


def _code(source: str, names: Sequence[str], module: str = "", thorough: bool = True) -> bytes:
    """The object code of a source, or of a module of kernels."""
    code = _kept(source or module, names, thorough)
    if code is None:
        code = compiled(source, names, module, thorough)
        cache.write(_folder(), _key(source or module, names, thorough), code)
    return code


def _kept(source: str, names: Sequence[str], thorough: bool) -> bytes | None:
    return cache.read(_folder(), _key(source, names, thorough))


def _folder() -> Path:
    return cache.place("native")


def _key(source: str, names: Sequence[str], thorough: bool) -> str:
    """The hash of everything that decides what the compiled code is."""
    status = tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in map(os.stat, _FILES))
    parts = [source, " ".join(names), str(thorough), sys.version, llvm.version(), _sum_of_parts(status)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def _sum_of_parts(status: Hashable) -> str:
    """The hash of the texts of _PARTS, read again if a file has another `status`: a key is asked for at each search."""
    texts = (Path(file).read_text(encoding="utf-8") for file in _FILES)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
