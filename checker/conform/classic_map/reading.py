"""Say in the model's terms what the driven program reports of a real map. Decides nothing; knows no interpreter.

What the model leaves out, and how it is made the same here (spec/go_map/hmap.py says why nothing is lost):

- The tophash of a live cell is one code; it must be the top byte of the key's hash all the same, see `odd_tophash`.
- Of a hash the low bits count. In an empty map it is 0: the model draws the seed when the first entry comes.
- Free cells hold key 0 and value 0: the program does not read them, a deleted string key would be broken.
- nevacuate is 0 between growths.
- An overflow bucket's address is not looked at, an array's is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.ir.nodes import Program
from checker.ir.types import ArrayType, EnumType, RecordType, SeqType, Value

CELLS = 8
_CELL = 3  # numbers that are reported of one: tophash, key, element
_LIVE = 5  # runtime/map.go minTopHash
_SAME_SIZE = 8  # the flag sameSizeGrow
_EMPTY = (0,) * (CELLS * _CELL)

Chain = tuple[tuple[Value, Value, Value], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the values of the model's variables, and what no variable says. `array` numbers the bucket array."""

    seen: Mapping[str, Value]
    answer: tuple[int, int]
    """What the operation answered: a value, or the key and value that a loop yields; -1 for none."""
    B: int
    array: int
    growing: bool
    same_size: bool
    odd_tophash: str | None
    """A live cell whose tophash is not that of its key's hash, in words; None if there is none."""


class Reader:
    """Reads the reports of one map, each given as what has changed since the last."""

    def __init__(self, program: Program) -> None:
        self._sizes = _Sizes(program)
        self._arrays: dict[int, list[Chain]] = {}
        self._whole: dict[int, tuple[Chain, ...]] = {}
        self._hashes: Sequence[int] = ()
        self._low: tuple[int, ...] = ()
        self._none = (0,) * self._sizes.keys

    @property
    def hash(self) -> tuple[int, ...]:
        """The low bits of every key's hash, with the present seed."""
        return self._low

    def read(self, numbers: list[Any]) -> Report:
        """What one line of JSON says."""
        count, flags, b, noverflow, nevacuate, left, current, old, first, second = numbers[:10]
        changes, hashes = numbers[10], numbers[13:]
        if hashes:
            self._hashes = hashes[0]
            mask = self._sizes.hash_mask
            self._low = tuple(each & mask for each in self._hashes)
        same_size = bool(flags & _SAME_SIZE)
        odd = None
        self._known(current, 1 << b)
        self._known(old, 1 << (b if same_size or b == 0 else b - 1))
        for serial, index, cells in changes:
            self._arrays[serial][index] = self._sizes.chain(cells)
            self._whole.pop(serial, None)
            if serial == current and odd is None:
                odd = self._odd(index, cells)
        seen = {
            "count": count,
            "sameSize": same_size,
            "B": b,
            "noverflow": noverflow,
            "hash": self._low if count else self._none,
            "buckets": self._array(current),
            "oldbuckets": self._array(old),
            "nevacuate": nevacuate if old else 0,
            "spare": left,
        }
        for serial in [each for each in self._arrays if each not in (current, old)]:
            del self._arrays[serial]
            self._whole.pop(serial, None)
        return Report(seen, (first, second), b, current, old != 0, same_size, odd)

    def _known(self, serial: int, size: int) -> None:
        if serial and serial not in self._arrays:
            self._arrays[serial] = [self._sizes.chain(_EMPTY)] * size

    def _array(self, serial: int) -> tuple[Chain, ...]:
        """An array as the model has it: as long as the greatest, with chains of no bucket behind its end."""
        if not serial:
            return self._sizes.nil
        whole = self._whole.get(serial)
        if whole is None:
            chains = self._arrays[serial]
            whole = self._whole[serial] = (*chains, *self._sizes.nil[len(chains) :])
        return whole

    def _odd(self, index: int, cells: Sequence[int]) -> str | None:
        for place in range(0, len(cells), _CELL):
            top, key = cells[place], cells[place + 1]
            if top >= _LIVE and 0 <= key < len(self._hashes) and top != tophash(self._hashes[key]):
                said = f"tophash {top}, and its key, number {key}, has {tophash(self._hashes[key])}"
                return f"buckets[{index}][{place // _CELL // CELLS}] cell {place // _CELL % CELLS}: {said}"
        return None


def tophash(hash: int) -> int:
    """What runtime/map.go tophash makes of a 64-bit hash."""
    top = hash >> 56
    return top + _LIVE if top < _LIVE else top


class _Sizes:
    """The sizes of a model, and values in its types."""

    def __init__(self, program: Program) -> None:
        fixed = program.parameters
        self.keys = int(fixed["keys"])
        self.hash_mask = (1 << int(fixed["hashBits"])) - 1
        self.nil: tuple[Chain, ...] = ((),) * (1 << int(fixed["maxB"]))
        codes = _top_type(program)
        named = {codes.show(member): member for member in codes.members}
        first = ("EMPTY_REST", "EMPTY_ONE", "EVACUATED_X", "EVACUATED_Y", "EVACUATED_EMPTY")
        self._tops = [named[name] for name in first] + [named["LIVE"]] * (256 - len(first))
        self._odd = named["LIVE_ODD"]

    def chain(self, cells: Sequence[int]) -> Chain:
        """The buckets of a chain."""
        step = CELLS * _CELL
        return tuple(self._bucket(cells[at : at + step]) for at in range(0, len(cells), step))

    def _bucket(self, cells: Sequence[int]) -> tuple[Value, Value, Value]:
        keys, tops = tuple(cells[1::_CELL]), [self._tops[top] for top in cells[::_CELL]]
        if max(keys) >= self.keys:  # NaN: the low bit of its tophash decides where it goes
            for place, key in enumerate(keys):
                if key >= self.keys and cells[place * _CELL] >= _LIVE and cells[place * _CELL] & 1:
                    tops[place] = self._odd
        return tuple(tops), keys, tuple(cells[2::_CELL])


def _top_type(program: Program) -> EnumType:
    """The type of a tophash, inside that of an array of chains."""
    kind = program.variables[program.position("buckets")].type
    assert isinstance(kind, ArrayType) and isinstance(kind.item, SeqType)
    bucket = kind.item.item
    assert isinstance(bucket, RecordType)
    array = dict(bucket.fields)["tophash"]
    assert isinstance(array, ArrayType) and isinstance(array.item, EnumType)
    return array.item
