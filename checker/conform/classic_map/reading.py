"""Say in the model's terms what the driven program reports of a real map. Decides nothing; knows no interpreter.

What the model leaves out, and how it is made the same here (spec/go_map/hmap.py says why nothing is lost):

- The tophash of a live cell is one code; it must be the top byte of the key's hash all the same, see `odd`.
- Of a hash the low bits count. In an empty map it is 0: the model draws the seed when the first entry comes.
- Free cells hold key 0 and value 0: the program does not read them, a deleted string key would be broken.
- nevacuate is 0 between growths.
- Where elements are stored as pointers, an evacuated cell shares its element with the cell that the entry has moved to,
  and shows what is assigned there later. Nobody looks: it counts with what it held when it moved.
- An overflow bucket's address is not looked at, an array's is.
- While no loop runs the flags of iterators are down, and with pointers there is nothing behind evacuation codes.

Where loops stand is read in loops.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.conform.classic_map.loops import CELLS, FIELDS, Chain, Loops
from checker.ir.nodes import Program
from checker.ir.types import ArrayType, EnumType, RecordType, SeqType, Value
from checker.semantics import State

_CELL = 3  # numbers that are reported of one: tophash, key, element
_NIL = -1  # an element that was stored as a pointer, and cleared
_LIVE = 5  # runtime/map.go minTopHash
_ITERATOR, _OLD_ITERATOR, _SAME_SIZE = 1, 2, 8  # flags of hmap
_EMPTY = (0,) * (CELLS * _CELL)


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
    running: frozenset[int]
    """The loops that are under way."""
    odd: str | None
    """A live cell whose tophash is not that of its key's hash, in words; None if there is none."""

    def loop_choices(self, loop: int) -> tuple[Value, ...]:
        """The bucket and the cell that a loop has chosen to start from."""
        it = self.seen["it"][loop]
        return it[_START_BUCKET], it[_OFFSET]


class Reader:
    """Reads the reports of one map, each given as what has changed since the last."""

    def __init__(self, program: Program, indirect: bool = False) -> None:
        """`indirect` says that cells hold pointers to elements."""
        self._sizes = _Sizes(program)
        self._indirect = indirect
        self._arrays: dict[int, list[Chain]] = {}
        self._whole: dict[int, tuple[Chain, ...]] = {}
        self._hashes: Sequence[int] = ()
        self._low: tuple[int, ...] = ()
        self._none = (0,) * self._sizes.keys
        names = {declared.name for declared in program.variables}
        self._loops = Loops(program, self._own_chain, indirect) if "it" in names else None
        self._clears = bool(program.parameters["pointers"]) and self._loops is not None
        self._muted: set[int] = set()
        self._old = 0
        self.nans: dict[int, int] = {}
        """The model's numbers of NaN keys, by the numbers under which the driven program made them."""

    @property
    def hash(self) -> tuple[int, ...]:
        """The low bits of every key's hash, with the present seed."""
        return self._low

    def read(self, numbers: list[Any]) -> Report:
        """What one line of JSON says."""
        count, flags, b, noverflow, nevacuate, left, current, old, first, second = numbers[:10]
        changes, loops, handed_out, hashes = numbers[10], numbers[11], numbers[12], numbers[13:]
        if hashes:
            self._hashes = hashes[0]
            mask = self._sizes.hash_mask
            self._low = tuple(each & mask for each in self._hashes)
        same_size = bool(flags & _SAME_SIZE)
        self._known(current, 1 << b)
        self._known(old, 1 << (b if same_size or b == 0 else b - 1))
        odd = self._change(changes, current)
        running = frozenset(each[0] for each in loops)
        self._mute(old, bool(running))
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
        if self._loops is not None:
            seen |= self._loops.read(loops, handed_out, current, old, self._arrays.__getitem__)
            seen["iterator"] = bool(flags & _ITERATOR) and (bool(running) or self._sizes.nans > 0)
            seen["oldIterator"] = bool(flags & _OLD_ITERATOR) and bool(running)
        held = {current, old, *(each[1] for each in loops)}
        for serial in [each for each in self._arrays if each not in held]:
            del self._arrays[serial]
            self._whole.pop(serial, None)
        return Report(seen, (first, second), b, current, old != 0, same_size, running, odd)

    def fitted(self, report: Report, reached: State) -> Mapping[str, Value]:
        """What was seen, in the words of the state that the model has reached."""
        return report.seen if self._loops is None else self._loops.fitted(report.seen, reached)

    def _change(self, changes: Sequence[Any], current: int) -> str | None:
        """Take in what has changed; the first odd tophash in the current array, if there is one."""
        odd = None
        for serial, index, cells in changes:
            if self.nans or max(cells) >= self._sizes.keys:
                cells = self._named(cells)
            chain = self._sizes.chain(cells)
            if self._indirect:
                chain = self._sizes.as_it_moved(chain, self._arrays[serial][index])
            self._arrays[serial][index] = _cleared(chain) if serial == self._old and index in self._muted else chain
            self._whole.pop(serial, None)
            if serial == current and odd is None:
                odd = self._odd(index, cells)
        return odd

    def _own_chain(self, cells: Sequence[int]) -> Chain:
        """A chain to which no array leads."""
        return self._sizes.chain([max(each, 0) for each in self._named(cells)])

    def _named(self, cells: Sequence[int]) -> Sequence[int]:
        """The same cells with the model's numbers of NaN keys."""
        keys = self._sizes.keys
        named = list(cells)
        for place in range(1, len(named), _CELL):
            if named[place] >= keys:
                named[place] = self.nans[named[place] - keys]
        return named

    def _mute(self, old: int, running: bool) -> None:
        """Without a loop nobody reads behind evacuation codes: with pointers, the model clears it."""
        if old != self._old:
            self._old, self._muted = old, set()
        if not old or running or not self._clears:
            return
        chains = self._arrays[old]
        for index, chain in enumerate(chains):
            if index not in self._muted and self._sizes.is_evacuated(chain):
                self._muted.add(index)
                chains[index] = _cleared(chain)
                self._whole.pop(old, None)

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


def _cleared(chain: Chain) -> Chain:
    """What evacuate leaves of a chain that holds pointers: the tophashes of its first bucket."""
    return ((chain[0][0], (0,) * CELLS, (0,) * CELLS),)


def tophash(hash: int) -> int:
    """What runtime/map.go tophash makes of a 64-bit hash."""
    top = hash >> 56
    return top + _LIVE if top < _LIVE else top


_START_BUCKET, _OFFSET = FIELDS.index("startBucket"), FIELDS.index("offset")


class _Sizes:
    """The sizes of a model, and values in its types."""

    def __init__(self, program: Program) -> None:
        fixed = program.parameters
        self.keys = int(fixed["keys"])
        self.nans = int(fixed["nans"])
        self.hash_mask = (1 << int(fixed["hashBits"])) - 1
        self.nil: tuple[Chain, ...] = ((),) * (1 << int(fixed["maxB"]))
        codes = _top_type(program)
        named = {codes.show(member): member for member in codes.members}
        first = ("EMPTY_REST", "EMPTY_ONE", "EVACUATED_X", "EVACUATED_Y", "EVACUATED_EMPTY")
        self._tops = [named[name] for name in first] + [named["LIVE"]] * (256 - len(first))
        self._odd = named["LIVE_ODD"]

    def is_evacuated(self, chain: Chain) -> bool:
        """Whether the first tophash of a chain says so."""
        return chain[0][0][0] in self._tops[2:_LIVE]

    def as_it_moved(self, chain: Chain, before: Chain) -> Chain:
        """A chain whose evacuated cells hold what they held when their entries moved."""
        return (
            tuple(
                (tops, keys, tuple(map(self._moved, tops, elems, was[2])))
                for (tops, keys, elems), was in zip(chain, before, strict=False)
            )
            + chain[len(before) :]
        )

    def _moved(self, top: Value, elem: Value, was: Value) -> Value:
        return 0 if elem == _NIL else was if top in self._tops[2:4] else elem

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
