"""Say in the model's terms what the driven program reports of a real Swiss map. Decides nothing; knows no interpreter.

What the model leaves out, and how it is made the same here (spec/go_map/table.py and swiss_iter.py say why):

- A full control byte is one code; it must be the low 7 bits of the key's hash all the same, see `odd`.
- Of a hash count the bits that choose from the deepest directory, and of H1 those that choose among 128 groups. In an
  empty map it is 0: the model draws the seed when the first entry comes.
- A table's number is its first place in the deepest directory, in the place of its address.
- Free slots hold key 0 and value 0: the program does not read them. A small map without its group has an empty one.
- Of an iterator's random offsets counts what is used: below the capacity at its start, below the directory's length.
- Of a table or small group that was replaced a loop keeps the full slots that it has not passed.
- A loop that comes to a table's end may step over it, to the end of the group in which it began: that is the end.
- Where elements are stored as pointers, a replaced table shows what is assigned later: nobody looks.
- clearSeq decides for NaN keys only. Where there are none it is that of the map.
- Of a NaN's hash, which is another one each time, only where it led is known: `nan_hash`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.ir.nodes import Program
from checker.ir.types import ArrayType, EnumType, RecordType, Value
from checker.semantics import State

_SLOTS = 8
_SLOT = 3  # numbers that are reported of one: control byte, key, element
_FREE = 128  # control bytes from here on are of slots that are not full
_EMPTY, _DELETED = 128, 254
_H2 = 127

IT = (
    "active", "small", "entryOffset", "dirOffset", "clearSeq", "globalDepth", "dirIdx", "tab", "replaced", "entryIdx",
)  # fmt: skip
"""What the model's record of an iterator holds, in order."""

USED, CAPACITY, GROWTH_LEFT, LOCAL_DEPTH, INDEX, GROUPS = range(6)
"""Where the fields of a table are in the model's record."""

Group = tuple[Any, ...]
Table = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: the values of the model's variables, and what no variable says."""

    seen: Mapping[str, Value]
    answer: tuple[int, int]
    """What the operation answered: a value, or the key and value that the loop yields; -1 for none."""
    running: frozenset[int]
    """The loop, if it is under way."""
    odd: str | None
    """A full slot whose control byte is not that of its key's hash, in words; None if there is none."""
    serials: tuple[int, ...]
    """Which tables lead from the directory, each once: the same number is the same table as before."""
    beyond: bool
    """Whether the directory is larger than the model's: nothing else was read."""

    @property
    def tables(self) -> list[Table]:
        """The tables of the map, without what is none."""
        tables: Any = self.seen["tables"]
        return [each for each in tables if each[CAPACITY]]

    def from_number(self, number: int) -> Iterator[int]:
        """The keys in the map from this number on."""
        small: Any = self.seen["small"]
        for group in (small, *(group for table in self.tables for group in table[GROUPS])):
            yield from (key for key in group[1] if key >= number)

    def it(self, field: str) -> Any:
        """A field of the iterator."""
        it: Any = self.seen["it"]
        return it[IT.index(field)]

    @property
    def loop_choices(self) -> tuple[Value, ...]:
        """The slot and, if there is a directory, the place that the loop has chosen to start from."""
        return (self.it("entryOffset"),) if self.it("small") else (self.it("entryOffset"), self.it("dirOffset"))


class Reader:
    """Reads the reports of one map, each given as what has changed since the last."""

    def __init__(self, program: Program, indirect: bool = False) -> None:
        """`indirect` says that slots hold pointers to elements."""
        self._indirect = indirect
        fixed = program.parameters
        self._depth, self._bits = int(fixed["maxDepth"]), int(fixed["groupBits"])
        codes = _ctrl_type(program)
        named = {codes.show(member): member for member in codes.members}
        self._ctrls = [named["FULL"]] * _FREE + [None] * 128
        self._ctrls[_EMPTY], self._ctrls[_DELETED] = named["EMPTY"], named["DELETED"]
        self._full = named["FULL"]
        self._blank: Group = ((named["EMPTY"],) * _SLOTS, (0,) * _SLOTS, (0,) * _SLOTS)
        self._blanks: tuple[Group, ...] = (self._blank,) * (1 << self._bits)
        self._nothing: list[Table] = [(0, 0, 0, 0, None, self._blanks)] * ((1 << self._depth) + 1)
        self._groups: dict[int, tuple[Group, ...]] = {}
        self._hashes: Sequence[int] = ()
        self._parts: tuple[int, ...] = ()
        self._keys, self._no_seed = int(fixed["keys"]), (0,) * int(fixed["keys"])
        self._nans = bool(fixed["nans"])
        self.nans: dict[int, int] = {}
        """The numbers of NaN keys: the model's by the driven program's."""
        self._loops = any(declared.name == "it" for declared in program.variables)
        self._tables_at = program.position("tables")
        self._kept_at = program.position("kept") if self._loops else -1
        self._capacity = _SLOTS  # of the tables when the loop began
        self._last_kept: Table = ()  # what a loop kept of a replaced table at the last report, and of which
        self._last_groups: tuple[Group, ...] = ()
        self._last_place: tuple[int, ...] = ()

    @property
    def hash(self) -> tuple[int, ...]:
        """What counts of every key's hash, with the present seed."""
        return self._parts

    def read(self, numbers: list[Any]) -> Report:
        """What one line of JSON says."""
        used, length, depth, possible, first, second, directory, small, tables, changes, loops = numbers[:11]
        if len(numbers) > 11:
            self._hashes = numbers[11]
            self._parts = tuple(map(self.part, self._hashes))
        if depth > self._depth:
            return Report({}, (first, second), frozenset(), None, (), beyond=True)
        odd = self._change(changes)
        records = {each[0]: self._table(each) for each in tables}
        numbered = {
            serial: record[INDEX] << self._depth - depth
            for serial, record in records.items()
            if record[INDEX] is not None
        }
        whole, places = list(self._nothing[:-1]), [None] * (1 << self._depth)
        for place, serial in enumerate(directory):
            places[place] = numbered[serial]
            whole[numbered[serial]] = records[serial]
        seen: dict[str, Value] = {
            "used": used,
            "seed": self._parts if used else self._no_seed,
            "dirLen": length,
            "globalDepth": depth,
            "tombstonePossible": bool(possible),
            "small": self._groups.get(small, self._blanks)[0],
            "directory": tuple(places),
            "tables": tuple(whole),
        }
        if self._loops:
            seen |= self._loop(loops, records, numbered, length)
        held = {small, *directory, *(each[5] for each in loops)}
        for serial in [each for each in self._groups if each not in held]:
            del self._groups[serial]
        running = frozenset(each[0] for each in loops)
        if not running:
            self._capacity = 0
        return Report(seen, (first, second), running, odd, tuple(dict.fromkeys(directory)), beyond=False)

    def fitted(self, report: Report, reached: State) -> Mapping[str, Value]:
        """What was seen, with the model's own tables where they are the same: so the next comparison is faster."""
        theirs: Any = reached[self._tables_at]
        tables: list[Any] = list(report.seen["tables"])
        for number, table in enumerate(tables):
            other = theirs[number]
            if table is not other and table == other:
                tables[number] = other
                if not table[CAPACITY]:
                    self._nothing[number] = other
                else:
                    self._adopt(table[GROUPS], other[GROUPS])
        if not self._loops:
            return {**report.seen, "tables": tuple(tables)}
        kept: Any = report.seen["kept"]
        their_kept: Any = reached[self._kept_at]
        if kept is self._nothing[-1] and kept == their_kept:
            kept = self._nothing[-1] = their_kept
        elif kept is self._last_kept and kept == their_kept:
            kept = self._last_kept = their_kept
        elif self._indirect and kept[CAPACITY]:
            groups = tuple(map(_with_elements, kept[GROUPS], their_kept[GROUPS]))
            kept = (*kept[:GROUPS], groups)
        return {**report.seen, "tables": tuple(tables), "kept": kept}

    def part(self, hash: int) -> int:
        """What counts of a hash, as the model has it: the bits of the directory, and below them those of H1."""
        return hash >> 64 - self._depth << self._bits | hash >> 7 & (1 << self._bits) - 1

    def whole(self, part: int) -> int:
        """A hash of which that counts, and else nothing."""
        return part >> self._bits << 64 - self._depth | (part & (1 << self._bits) - 1) << 7

    def moved_nans(self, before: Report, after: Report) -> Iterator[int]:
        """The NaNs that an operation has moved, in the order in which Go comes to them: growth goes through what it
        replaces slot by slot."""
        for group in self._replaced(before, after) if self._nans else ():
            yield from (key for ctrl, key in zip(*group[:2], strict=True) if ctrl == self._full and key >= self._keys)

    def _replaced(self, before: Report, after: Report) -> Iterator[Group]:
        """The groups of the table, or of the small map, that an operation has replaced."""
        if not before.seen["dirLen"] and after.seen["dirLen"]:
            small: Any = before.seen["small"]
            yield small
        directory: Any = before.seen["directory"]
        tables: Any = before.seen["tables"]
        places = [place for place in dict.fromkeys(directory) if place is not None]
        for serial, place in zip(before.serials, places, strict=True):
            if serial not in after.serials:
                yield from tables[place][GROUPS]

    def nan_hash(self, nan: int, after: Report) -> int:
        """A hash that leads to where a NaN stands: its table, and the group. 0 if that is in none, or a small map."""
        tables: Any = after.seen["tables"]
        for place, table in enumerate(tables):
            for number, group in enumerate(table[GROUPS] if table[USED] else ()):
                if nan in group[1]:
                    return place << self._bits | number
        return 0

    def _adopt(self, groups: tuple[Group, ...], theirs: tuple[Group, ...]) -> None:
        for serial, each in self._groups.items():
            if each is groups:
                self._groups[serial] = theirs

    def _change(self, changes: Sequence[Any]) -> str | None:
        """Take in what has changed; the first odd control byte, if there is one."""
        odd = None
        for serial, index, slots in changes:
            groups = self._groups.get(serial, self._blanks)
            group = (
                tuple(map(self._ctrls.__getitem__, slots[::_SLOT])),
                tuple(slots[1::_SLOT]) if not self.nans else tuple(self.nans.get(k, k) for k in slots[1::_SLOT]),
                tuple(slots[2::_SLOT]),
            )
            self._groups[serial] = (*groups[:index], group, *groups[index + 1 :])
            for slot in range(0, len(slots), _SLOT):
                ctrl, key = slots[slot], slots[slot + 1]
                if odd is None and ctrl < _FREE and 0 <= key < len(self._hashes) and ctrl != self._hashes[key] & _H2:
                    said = f"control byte {ctrl}, and its key, number {key}, has {self._hashes[key] & _H2}"
                    odd = f"groups[{index}] slot {slot // _SLOT}: {said}"
        return odd

    def _table(self, numbers: Sequence[int]) -> Table:
        serial, used, capacity, growth_left, local_depth, index = numbers
        groups = self._groups.setdefault(serial, self._blanks)
        return (used, capacity, growth_left, local_depth, None if index < 0 else index, groups)

    def _loop(
        self, loops: Sequence[Sequence[int]], records: Mapping[int, Table], numbered: Mapping[int, int], length: int
    ) -> dict[str, Value]:
        """The variables of the model that say where the loop stands."""
        if not loops:
            return {
                "it": (False, False, 0, 0, False, 0, 0, 0, False, 0),
                "kept": self._nothing[-1],
            }
        _, offset, dir_offset, depth, dir_idx, serial, entry, no_clear = loops[0]
        small = dir_idx < 0
        if not self._capacity:
            self._capacity = _SLOTS if small else records[serial][CAPACITY]
        entry = min(entry, _SLOTS if small else records[serial][CAPACITY])
        replaced = length > 0 if small else serial not in numbered
        kept = self._nothing[-1]
        if replaced:
            was = (0, _SLOTS, 0, 0, None, self._groups[serial]) if small else records[serial]
            kept = self._ahead_of(was, offset, entry)
        tab = 0 if small or replaced else numbered[serial]
        unclear = bool(no_clear) or not self._nans
        head = (True, small, offset % self._capacity, 0 if small else dir_offset, unclear, depth)
        return {"it": (*head, 0 if small else dir_idx, tab, replaced, entry), "kept": kept}

    def _ahead_of(self, table: Table, offset: int, entry: int) -> Table:
        """The same as `_ahead`: nearly always what it was at the last report."""
        groups, now = table[GROUPS], (offset, entry, table[CAPACITY], table[LOCAL_DEPTH])
        if groups is not self._last_groups or now != self._last_place:
            self._last_groups, self._last_place = groups, now
            self._last_kept = self._ahead(table, offset, entry)
        return self._last_kept

    def _ahead(self, table: Table, offset: int, entry: int) -> Table:
        """A replaced table without what the loop has passed, and without tombstones."""
        capacity, groups = table[CAPACITY], table[GROUPS]
        ahead = {(place + offset) % capacity for place in range(entry, capacity)}
        left = list(self._blanks)
        for number in range(capacity // _SLOTS):
            ctrls, keys, elems = groups[number]
            full = [slot for slot in range(_SLOTS) if ctrls[slot] == self._full and number * _SLOTS + slot in ahead]
            if full:
                blank = self._blank
                picked = tuple(
                    tuple(values[slot] if slot in full else free[slot] for slot in range(_SLOTS))
                    for values, free in zip((ctrls, keys, elems), blank, strict=True)
                )
                left[number] = picked
        return (0, capacity, 0, table[LOCAL_DEPTH], None, tuple(left))


def _with_elements(group: Group, other: Group) -> Group:
    """A group with the elements of another, if that has the same keys in the same slots."""
    return other if group[:2] == other[:2] else group


def _ctrl_type(program: Program) -> EnumType:
    """The type of a control byte, inside that of a small map's group."""
    kind = program.variables[program.position("small")].type
    assert isinstance(kind, RecordType)
    array = dict(kind.fields)["ctrls"]
    assert isinstance(array, ArrayType) and isinstance(array.item, EnumType)
    return array.item
