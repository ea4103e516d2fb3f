"""What a program that is to speak of every size must not know: the value of a parameter that is left open.

Such a parameter may size symmetric types and nothing else. While a model is compiled this notes every other use of its
value, and every place where the number of members of a symmetric type becomes a number of the program. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from checker.errors import Span
from checker.ir.types import Type, Value, mentions_symmetry


@dataclass(frozen=True, slots=True)
class Use:
    """A use of what is left open: the parameter `name`, or where that is None, how many members `kind` has."""

    name: str | None
    kind: str
    span: Span | None


class OpenParameters(dict[str, Value]):
    """Parameters, some of which are left open: it is noted in `uses` when one of these is read."""

    def __init__(self, values: Mapping[str, Value], names: tuple[str, ...], uses: list[Use]) -> None:
        super().__init__(values)
        self.names, self.uses = names, uses

    def __getitem__(self, name: str) -> Value:
        if name in self.names:
            self.uses.append(Use(name, "", None))
        return super().__getitem__(name)


def of_members(parameters: Mapping[str, Value]) -> Mapping[str, Value]:
    """The same parameters for the bounds of a symmetric type, which may read them all."""
    return dict(parameters.items()) if isinstance(parameters, OpenParameters) else parameters


_uses: ContextVar[list[Use] | None] = ContextVar("uses", default=None)


@contextmanager
def noting(uses: list[Use]) -> Iterator[None]:
    """Within this, `counted` is heard."""
    token = _uses.set(uses)
    try:
        yield
    finally:
        _uses.reset(token)


def counted(kind: Type, span: Span) -> None:
    """The number of values of `kind` becomes a number of the program."""
    uses = _uses.get()
    if uses is not None and mentions_symmetry(kind):
        uses.append(Use(None, str(kind), span))
