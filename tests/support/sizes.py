"""The sizes that a model of the catalogue leaves open, worked out once for all tests: the model is compiled at a dozen
sizes to see it. What it takes to be refused is tested with `left_open` itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from checker.frontend.open_sizes import OpenSizes, left_open
from checker.ir.types import Value
from checker.lang import Model


def open_sizes(model: type[Model], parameters: Mapping[str, Value] | None = None, names: str = "all") -> OpenSizes:
    """What `left_open` gives."""
    return _open_sizes(model, tuple((parameters or {}).items()), names)


@lru_cache(maxsize=64)
def _open_sizes(model: type[Model], parameters: tuple[tuple[str, Value], ...], names: str) -> OpenSizes:
    return left_open(model, dict(parameters), names)
