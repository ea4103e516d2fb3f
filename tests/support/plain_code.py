"""The explicit engine without machine code: what it emits and its kernels run as the Python that they are, over the same
memory. Slow for each state, but nothing is compiled, so that thousands of tiny models can be looked at."""

from __future__ import annotations

import ctypes
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

from checker.engines.explicit.machine import library
from checker.engines.explicit.native import intrinsics, store

_SMALL = 64
"""Entries of a table to begin with: kernels over sets go through all of it."""


class PlainLibrary:
    """Functions as Python in place of machine code, with addresses by which kernels call them."""

    thorough = True

    def __init__(self, functions: Iterable[Callable[..., int]]) -> None:
        self._functions = {each.__name__: _of_numbers(each) for each in functions}
        self._callbacks = {name: _callback(*each) for name, each in self._functions.items()}
        self.addresses = {name: ctypes.cast(each, ctypes.c_void_p).value or 0 for name, each in self._callbacks.items()}

    def function(self, name: str, arguments: int) -> Callable[..., int]:
        """The function of that name."""
        function, count = self._functions[name]
        assert count == arguments
        return function


def _of_numbers(function: Callable[..., int]) -> tuple[Callable[..., int], int]:
    """A function that takes addresses where that takes words, and how many arguments it has."""
    kinds = [each.annotation for each in inspect.signature(function).parameters.values()]
    is_words = [each in ("words", intrinsics.words) for each in kinds]

    def called(*given: int) -> int:
        pairs = zip(given, is_words, strict=True)
        return int(function(*(intrinsics.pointer(each) if words else each for each, words in pairs)))

    return called, len(kinds)


def _callback(function: Callable[..., int], count: int) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * count)(function)


def _kernels(module: str = "native.kernels") -> PlainLibrary:
    found = import_module(f"checker.engines.explicit.{module}")
    return PlainLibrary(getattr(found, name) for name in library._KERNELS[module])


def _model(modules: Iterable[tuple[str, Sequence[str]]], thorough: bool = True) -> PlainLibrary:
    functions = []
    for source, names in modules:
        space: dict[str, Any] = {}
        exec(compile(source, "<emitted>", "exec"), space)
        functions += [space[name] for name in names]
    return PlainLibrary(functions)


@contextmanager
def plain_code() -> Iterator[None]:
    """Within this nothing is compiled."""
    with (
        patch.object(library, "load_kernels", _kernels),
        patch.object(library, "load_model", _model),
        patch.object(store, "_FIRST_SIZE", _SMALL),
    ):
        yield
