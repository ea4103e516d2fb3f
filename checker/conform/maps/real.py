"""A real map of Go: the kinds of its keys, and the program that drives one. Knows no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from checker.conform.driven import Driven
from checker.conform.toolchain import built

_HARNESS = Path(__file__).with_name("harness")

KINDS = {
    "int": False,
    "int32": False,
    "float": False,
    "string": True,
    "pointer": True,
    "intptr": True,
    "interface": True,
    "struct": True,
    "large": True,
}
"""The kinds of keys, and whether there are pointers in keys or values."""

INDIRECT = ("large",)
"""Kinds whose elements are stored as pointers."""


def sources(kind: str, memory: str) -> list[Path]:
    """The files of the program that drives a map with keys of this kind; `memory` is `classic` or `swiss`."""
    return [_HARNESS / "harness.go", _HARNESS / f"{memory}.go", _HARNESS / f"keys_{kind}.go"]


class RealMaps:
    """A running program that makes maps with keys of one kind. Use it as a context: it ends with it. `measured` is what
    the program says of their memory before it makes any."""

    def __init__(self, kind: str, version: str, memory: str = "classic") -> None:
        """Raises UsageError U022 or U023 without such a Go."""
        self.kind = kind
        self.version = version
        self.driven = Driven(built(version, sources(kind, memory)), ())
        self.measured: tuple[Any, ...] = tuple(self.driven.answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.driven.end()
