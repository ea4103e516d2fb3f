"""A breadth-first search over Go's Swiss map in plain Python, written from internal/runtime/maps of Go 1.27.3.

It shares nothing with evacheck: no engine, no language, no model. Tables are objects here, as in Go, and the directory a
list of references. What counts as one state is said in spec/go_map/table.py and maps.py: a seed is a hash function that
is drawn when the first entry comes, with the keys in order of their hash; free slots hold nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

EMPTY, DELETED = "empty", "deleted"


@dataclass(frozen=True)
class Config:
    """The sizes of the model."""

    keys: int
    slots: int
    group_bits: int
    max_depth: int
    hint: int


class TooDeep(Exception):
    """A split that the sizes do not offer."""


@dataclass(eq=False)
class Table:
    """A table: its groups are lists of EMPTY, DELETED, or a key."""

    groups: list[list[object]]
    depth: int
    index: int
    left: int

    @property
    def capacity(self) -> int:
        return sum(map(len, self.groups))

    def probe(self, hash: int) -> Iterator[list[object]]:
        """The groups of a probe sequence."""
        at = hash % len(self.groups)
        for step in range(1, len(self.groups) + 1):
            yield self.groups[at]
            at = (at + step) % len(self.groups)

    def freeze(self) -> tuple[object, ...]:
        return tuple(map(tuple, self.groups)), self.depth, self.index, self.left


@dataclass
class Map:
    """A map of one value: its keys, and where they are."""

    config: Config
    used: int = 0
    seed: tuple[int, ...] = ()
    small: list[object] = field(default_factory=list)
    directory: list[Table] = field(default_factory=list)
    depth: int = 0
    tombstones: bool = False

    def __post_init__(self) -> None:
        if not self.small:
            self.small = [EMPTY] * self.config.slots
            if self.config.hint > self.config.slots:
                self.make(self.config.hint * 8 // 7)

    @property
    def most(self) -> int:
        return self.config.slots << self.config.group_bits

    def make(self, target: int) -> None:
        while target > self.most << self.depth:
            self.depth += 1
        size = 1 << self.depth
        self.directory = [self.table(target // size, i, self.depth) for i in range(size)]

    def table(self, capacity: int, index: int, depth: int) -> Table:
        size = self.config.slots
        while size < capacity:
            size *= 2
        groups: list[list[object]] = [[EMPTY] * self.config.slots for _ in range(size // self.config.slots)]
        return Table(groups, depth, index, size * 7 // 8)

    def freeze(self) -> tuple[object, ...]:
        whole = tuple(table.freeze() for table in dict.fromkeys(self.directory))
        return self.used, self.seed, tuple(self.small), whole, self.depth, self.tombstones

    def h1(self, key: int) -> int:
        return self.seed[key] % (1 << self.config.group_bits)

    def top(self, key: int, bits: int) -> int:
        """The upper bits of a key's hash."""
        return self.seed[key] >> self.config.group_bits >> (self.config.max_depth - bits)

    def put(self, key: int) -> None:
        if not self.directory:
            if key in self.small:
                return
            if EMPTY in self.small:
                self.small[self.small.index(EMPTY)] = key
                self.used += 1
                return
            if min(2 * self.config.slots, self.most) * 7 // 8 <= self.config.slots:
                raise TooDeep
            self.directory = [self.table(2 * self.config.slots, 0, 0)]
            for each in self.small:
                self.move(self.directory[0], each)
            self.small = [EMPTY] * self.config.slots
            self.move(self.directory[0], key)
            self.used += 1
            return
        while not self.put_into(self.directory[self.top(key, self.depth)], key):
            pass

    def put_into(self, table: Table, key: int) -> bool:
        tombstone: list[object] | None = None
        for group in table.probe(self.h1(key)):
            if key in group:
                return True
            if tombstone is None and DELETED in group:
                tombstone = group
            if EMPTY in group:
                break
        if tombstone is not None:
            table.left += 1
        if table.left == 0:
            self.prune(table)
        if table.left == 0:
            self.rehash(table)
            return False
        place, mark = (group, EMPTY) if tombstone is None else (tombstone, DELETED)
        place[place.index(mark)] = key
        table.left -= 1
        self.used += 1
        return True

    def move(self, table: Table, key: object) -> None:
        assert isinstance(key, int)
        for group in table.probe(self.h1(key)):
            if EMPTY in group:
                group[group.index(EMPTY)] = key
                table.left -= 1
                return

    def prune(self, table: Table) -> None:
        dead = sum(group.count(DELETED) for group in table.groups)
        needed: list[list[object]] = []
        for group in table.groups:
            for key in group:
                if isinstance(key, int):
                    for passed in table.probe(self.h1(key)):
                        if passed is group:
                            break
                        needed.append(passed)
        spare = [group for group in table.groups if not any(group is each for each in needed)]
        found = sum(group.count(DELETED) for group in spare)
        if dead * 10 < table.capacity or found * 10 < table.capacity:
            return
        for group in spare:
            group[:] = [EMPTY if each == DELETED else each for each in group]
        table.left += found

    def rehash(self, table: Table) -> None:
        keys = [key for group in table.groups for key in group if isinstance(key, int)]
        if 2 * table.capacity <= self.most:
            new = self.table(2 * table.capacity, table.index, table.depth)
            self.directory = [new if each is table else each for each in self.directory]
            for key in keys:
                self.move(new, key)
            return
        if table.depth == self.config.max_depth:
            raise TooDeep
        if table.depth == self.depth:
            self.directory = [each for each in self.directory for _ in range(2)]
            self.depth += 1
            for each in dict.fromkeys(self.directory):
                each.index *= 2
        half = 1 << (self.depth - table.depth - 1)
        halves = [self.table(self.most, table.index + i * half, table.depth + 1) for i in range(2)]
        for key in keys:
            self.move(halves[self.top(key, table.depth + 1) & 1], key)
        self.directory[table.index : table.index + 2 * half] = [new for new in halves for _ in range(half)]

    def delete(self, key: int) -> None:
        if self.used == 0:
            return
        if key in self.small:
            self.small[self.small.index(key)] = EMPTY
            self.used -= 1
        elif self.directory:
            table = self.directory[self.top(key, self.depth)]
            for group in table.probe(self.h1(key)):
                if key in group:
                    ends = EMPTY in group
                    group[group.index(key)] = EMPTY if ends else DELETED
                    table.left += ends
                    self.tombstones |= not ends
                    self.used -= 1
                    break
                if EMPTY in group:
                    break
        if self.used == 0:
            self.seed = ()

    def clear(self) -> None:
        if self.used == 0 and not self.tombstones:
            return
        self.small = [EMPTY] * self.config.slots
        for table in dict.fromkeys(self.directory):
            for group in table.groups:
                group[:] = [EMPTY] * len(group)
            table.left = table.capacity * 7 // 8
        self.used, self.seed, self.tombstones = 0, (), False


def steps(state: Map) -> Iterator[Map]:
    """Every operation, with every seed that it can draw."""
    hashes = range(1 << (state.config.max_depth + state.config.group_bits))
    for key in range(state.config.keys):
        seeds = [state.seed] if state.used else combinations_with_replacement(hashes, state.config.keys)
        for seed in seeds:
            after = deepcopy(state)
            after.seed = tuple(seed)
            try:
                after.put(key)
            except TooDeep:
                continue
            yield after
        after = deepcopy(state)
        after.delete(key)
        yield after
    after = deepcopy(state)
    after.clear()
    yield after


def explore(config: Config) -> tuple[int, int, int]:
    """Distinct states, generated states and depth, as TLC counts."""
    first = Map(config)
    seen = {first.freeze()}
    generated, depth, level = 1, 0, [first]
    while level:
        depth += 1
        following = []
        for state in level:
            for after in steps(state):
                generated += 1
                frozen = after.freeze()
                if frozen not in seen:
                    seen.add(frozen)
                    following.append(after)
        level = following
    return len(seen), generated, depth
