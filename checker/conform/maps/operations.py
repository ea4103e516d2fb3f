"""What can be done to a map, as data: one operation of the driven program, and the model's step for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Op(Enum):
    """An operation; its value is the letter by which the driven program knows it."""

    MAKE = "m"
    ASSIGN = "a"
    DELETE = "d"
    GET = "g"
    CLEAR = "c"
    START = "s"
    NEXT = "n"


ANY = (1 << 64) - 1
"""A hash that may be any."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `key` is the number of a key, of a loop where the operation is one of a loop's, or the hint with
    which a map is made; keys from the model's number of keys on are NaN. `value` is that of an assignment; of a START
    it is where the loop is to start, counted from 1, 8 times the bucket and the cell, or 0 for anywhere. `hashes` are
    what the hashes of keys are to be from a MAKE on: a mask and then one for each key, or ANY; () leaves them to
    chance, None changes nothing."""

    op: Op
    key: int = 0
    value: int = 0
    hashes: tuple[int, ...] | None = None

    @property
    def line(self) -> str:
        """What the driven program reads."""
        wanted = "" if self.hashes is None else f"w {' '.join(map(str, self.hashes))}\n"
        return f"{wanted}{self.op.value} {self.key} {self.value}\n"

    def __str__(self) -> str:
        match self.op:
            case Op.MAKE:
                return f"m = make(map[K]V, {self.key})"
            case Op.ASSIGN:
                return f"m[{self.key}] = {self.value}"
            case Op.DELETE:
                return f"delete(m, {self.key})"
            case Op.GET:
                return f"m[{self.key}]"
            case Op.CLEAR:
                return "clear(m)"
            case Op.START:
                return f"loop {self.key} starts, if it does not run and the map is not empty"
            case Op.NEXT:
                return f"loop {self.key} goes on, if it runs"
