"""What real maps did, as the lines of a log that `evacheck trace` reads. Decides nothing.

A line says which step of the model an operation was, what it was given, what chance chose (the hashes of keys, where a
loop started), and what variables were reported to hold after it, as far as that has changed. A log is of one map.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from checker.ir.nodes import Program
from checker.ir.types import ArrayType, EnumType, OptType, RecordType, SeqType, SetType, TupleType, Type, Value
from checker.semantics import State, Step


class MapLog:
    """The log of that map of a run with which most was done."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lines: list[str] = []
        self._before: State | None = None
        self._longest: list[str] = []

    def begin(self) -> None:
        """Another map begins."""
        self._keep()
        self._lines, self._before = [], None

    def note(self, step: Step | None, state: State, reported: Iterable[str]) -> None:
        """A step, and the state after it as it was reported; None: the map is made."""
        said: dict[str, Any] = {}
        if step is not None:
            action = next(each for each in self._program.actions if each.name == step.name)
            names = [each.name for each in action.parameters]
            kinds = [each.type for each in action.parameters]
            given = (plain(kind, value) for kind, value in zip(kinds, step.arguments, strict=True))
            said = {"action": step.name, "args": dict(zip(names, given, strict=True)), "choices": list(step.choices)}
        held = {name: value for each in reported for name, value in self._changed(each, state)}
        self._lines.append(json.dumps({**said, "vars": held}, separators=(",", ":")))
        self._before = state

    def _changed(self, name: str, state: State) -> Iterator[tuple[str, Any]]:
        """A variable, if it has changed; of an array the items that have."""
        place = self._program.position(name)
        kind, now = self._program.variables[place].type, state[place]
        if self._before is None:
            yield name, plain(kind, now)
            return
        was: Any = self._before[place]
        if was == now:
            return
        if not isinstance(kind, ArrayType):
            yield name, plain(kind, now)
            return
        items: Any = now
        for index, old, new in zip(kind.index.values(), was, items, strict=True):
            if old != new:
                yield f"{name}[{kind.index.show(index)}]", plain(kind.item, new)

    @property
    def text(self) -> str:
        """The lines."""
        self._keep()
        return "".join(f"{line}\n" for line in self._longest)

    def _keep(self) -> None:
        if len(self._lines) > len(self._longest):
            self._longest = self._lines


def plain(kind: Type, value: Value) -> Any:
    """A value as a line of a log has it."""
    items: Any = value
    match kind:
        case OptType(item=item):
            return None if value is None else plain(item, value)
        case ArrayType(item=item) | SeqType(item=item):
            return [plain(item, each) for each in items]
        case SetType(item=item):
            return [plain(item, each) for each in sorted(items, key=item.rank)]
        case RecordType(fields=fields):
            return {name: plain(part, each) for (name, part), each in zip(fields, items, strict=True)}
        case TupleType(parts=parts):
            return [plain(part, each) for part, each in zip(parts, items, strict=True)]
        case EnumType():
            return items.name
    if isinstance(value, bool | int):
        return value
    raise TypeError(f"no value of a map: {value!r}")
