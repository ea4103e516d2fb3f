"""What tells one program from every other: a sum over all of it. Equal sums mean equal programs, places included.

Everything that a program is made of is written down without ambiguity and without order where it has none, so that the
sum is the same in every process. What cannot be written so has no sum.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from functools import lru_cache
from typing import Any

from checker.ir.nodes import Program


class Unfit(TypeError):  # a kind of TypeError, for who does not know of it
    """There is no way to write a value down: it is none of those that programs are made of."""


def fingerprint(program: Program, places: bool = True) -> str:
    """The SHA-256 of a program, in hexadecimal digits; without `places`, of what it means alone, wherever it stands and
    whatever is said of it. Raises Unfit for one that holds what no program should."""
    return hashlib.sha256(_written(program, {}, places).encode("utf-8", "surrogatepass")).hexdigest()


def _written(value: Any, known: dict[int, str], places: bool) -> str:
    """A value as text. `known` has what was written of objects that are met again, which a program keeps alive."""
    kind: Any = type(value)
    if kind is str:
        return f"s{len(value)}:{value}"
    if kind is int:
        return f"i{value};"
    if kind is bool or value is None:
        return f"{value};"
    if isinstance(value, Enum):
        name = _written(f"{kind.__module__}.{kind.__qualname__}", known, places)
        return f"e({name}{value.name!r}{list(kind.__members__)})"
    if kind in (tuple, list):
        return f"t({''.join([_written(each, known, places) for each in value])})"
    if kind in (frozenset, set):
        return f"f({''.join(sorted(_written(each, known, places) for each in value))})"
    if isinstance(value, Mapping):
        items = [_written(each, known, places) for pair in value.items() for each in pair]
        return f"m({''.join(items)})"
    if id(value) not in known:
        parts = [_written(getattr(value, name), known, places) for name in _fields(kind, places)]
        known[id(value)] = f"{kind.__module__}.{kind.__qualname__}({''.join(parts)})"
    return known[id(value)]


@lru_cache(maxsize=256)
def _fields(kind: Any, places: bool) -> tuple[str, ...]:
    try:
        return tuple(each.name for each in fields(kind) if places or each.compare)
    except TypeError:
        raise Unfit(f"{kind.__qualname__} is no part of a program") from None
