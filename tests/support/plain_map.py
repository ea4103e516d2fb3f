"""Go's classic map explored by plain Python that shares nothing with evacheck: where the counts of `ClassicMap` in
spec/go_map/expected.toml come from. Written from runtime/map.go of Go 1.23.

    python -m tests.support.plain_map KEYS VALUES HASH_BITS CELLS LOAD_NUM LOAD_DEN MAX_B [SKIPS HINT POINTERS RESEED]

A chain is one flat list of cells [tophash, key, value]; a bucket is `cells` of them. Go draws a seed when a map becomes
empty; nothing reads it before the next entry comes, so it is drawn then. Hash functions that differ only in the names
of the keys count once, unless the old array still holds keys.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

EMPTY_REST, EMPTY_ONE, MOVED_X, MOVED_Y, MOVED_EMPTY, LIVE = range(6)
Chain = list[list[int]]


@dataclass
class Config:
    """The sizes of the search."""

    keys: int
    values: int
    hash_bits: int
    cells: int
    load_num: int
    load_den: int
    max_b: int
    skips: int = 1024
    hint: int = 0
    pointers: int = 1
    reseed: int = 1

    def functions(self, named: bool) -> Iterator[tuple[int, ...]]:
        """The hash functions; one of each set that differs in the names of the keys, unless they are `named`."""
        hashes = range(1 << self.hash_bits)
        if named:
            return itertools.product(hashes, repeat=self.keys)
        return itertools.combinations_with_replacement(hashes, self.keys)


@dataclass
class Map:
    """One map, with the ghosts that the model keeps: contents, work, grown, took."""

    config: Config
    hash: tuple[int, ...]
    count: int = 0
    same_size: bool = False
    b: int = 0
    overflow: int = 0
    mark: int = 0
    buckets: list[Chain] = field(default_factory=list)
    old: list[Chain] = field(default_factory=list)
    contents: list[int | None] = field(default_factory=list)
    work: int = 0
    grown: int = 0
    took: int = 0

    def key(self) -> tuple[object, ...]:
        """The state as one hashable value."""
        arrays = tuple(tuple(tuple(map(tuple, chain)) for chain in array) for array in (self.buckets, self.old))
        numbers = (self.count, self.same_size, self.b, self.overflow, self.mark, self.work, self.grown, self.took)
        return (self.hash, numbers, arrays, tuple(self.contents))

    def copy(self) -> Map:
        """A map that changes on its own."""
        arrays = [[[cell[:] for cell in chain] for chain in array] for array in (self.buckets, self.old)]
        other = Map(**{**self.__dict__, "contents": self.contents[:]})
        other.buckets, other.old = arrays
        return other

    def empty(self) -> Chain:
        return [[EMPTY_REST, 0, 0] for _ in range(self.config.cells)]

    def old_count(self) -> int:
        return 1 << (self.b if self.same_size else self.b - 1)

    def overloaded(self, count: int) -> bool:
        config = self.config
        return count > config.cells and count > config.load_num * ((1 << self.b) // config.load_den)

    def put(self, chain: Chain, key: int, value: int) -> None:
        """Into the first free cell; a new overflow bucket if there is none."""
        place = next((i for i, cell in enumerate(chain) if cell[0] <= EMPTY_ONE), len(chain))
        if place == len(chain):
            chain.extend(self.empty())
            self.overflow += 1
        chain[place] = [LIVE, key, value]

    def evacuate(self, index: int) -> None:
        chain, half = self.old[index], self.old_count()
        if not MOVED_X <= chain[0][0] <= MOVED_EMPTY:
            for cell in chain:
                if cell[0] <= EMPTY_ONE:
                    cell[0] = MOVED_EMPTY
                    continue
                assert cell[0] == LIVE
                up = not self.same_size and self.hash[cell[1]] & half != 0
                cell[0] = MOVED_Y if up else MOVED_X
                self.put(self.buckets[index + half if up else index], cell[1], cell[2])
            if self.config.pointers:
                del chain[self.config.cells :]
                for cell in chain:
                    cell[1] = cell[2] = 0
        if index == self.mark:
            self.mark += 1
            stop = min(half, self.mark + self.config.skips)
            while self.mark < stop and MOVED_X <= self.old[self.mark][0][0] <= MOVED_EMPTY:
                self.mark += 1
            if self.mark == half:
                self.old, self.same_size, self.mark = [], False, 0
                self.grown, self.took, self.work = half, self.work, 0

    def grow_work(self, bucket: int) -> None:
        self.work += 1
        self.evacuate(bucket & (self.old_count() - 1))
        if self.old:
            self.evacuate(self.mark)

    def start_growth(self) -> bool:
        """False where the map would outgrow the search."""
        bigger = self.overloaded(self.count + 1)
        if self.b + bigger > self.config.max_b:
            return False
        self.same_size = not bigger
        self.b += bigger
        self.old, self.buckets = self.buckets, [self.empty() for _ in range(1 << self.b)]
        self.mark = self.overflow = 0
        return True

    def assign(self, key: int, value: int) -> bool:
        self.grown = self.took = 0
        if not self.buckets:
            self.buckets = [self.empty()]
        while True:
            bucket = self.hash[key] & ((1 << self.b) - 1)
            if self.old:
                self.grow_work(bucket)
            found = [cell for cell in self.buckets[bucket] if cell[0] == LIVE and cell[1] == key]
            if found:
                found[0][2] = value
                break
            if self.old or not (self.overloaded(self.count + 1) or self.overflow >= 1 << self.b):
                self.put(self.buckets[bucket], key, value)
                self.count += 1
                break
            if not self.start_growth():
                return False
        self.contents[key] = value
        return True

    def delete(self, key: int) -> None:
        self.grown = self.took = 0
        self.contents[key] = None
        if self.count == 0:
            return
        bucket = self.hash[key] & ((1 << self.b) - 1)
        if self.old:
            self.grow_work(bucket)
        chain = self.buckets[bucket]
        place = next((i for i, cell in enumerate(chain) if cell[0] == LIVE and cell[1] == key), None)
        if place is None:
            return
        chain[place] = [EMPTY_ONE, 0, 0]
        self.count -= 1
        self.becomes_empty()
        if place + 1 == len(chain) or chain[place + 1][0] == EMPTY_REST:
            while place >= 0 and chain[place][0] == EMPTY_ONE:
                chain[place][0] = EMPTY_REST
                place -= 1

    def becomes_empty(self) -> None:
        """No entry is left: the seed is drawn again."""
        if self.count == 0 and self.config.reseed:
            self.hash = (0,) * self.config.keys

    def clear(self) -> None:
        self.grown = self.took = 0
        if self.count == 0:
            return
        self.contents = [None] * self.config.keys
        self.old, self.same_size, self.mark, self.work, self.overflow, self.count = [], False, 0, 0, 0, 0
        self.buckets = [self.empty() for _ in range(1 << self.b)]
        self.becomes_empty()


def made(config: Config) -> Iterator[Map]:
    """Every map as it is made."""
    start = Map(config, (0,) * config.keys, contents=[None] * config.keys)
    while start.overloaded(config.hint):
        start.b += 1
    if start.b > 0:
        start.buckets = [start.empty() for _ in range(1 << start.b)]
    if config.reseed:
        yield start
        return
    for start.hash in config.functions(named=False):
        yield start.copy()


def successors(state: Map) -> Iterator[Map]:
    """Every assignment, every deletion and clear."""
    config = state.config
    late = state.count == 0 and config.reseed
    for key, value in itertools.product(range(config.keys), range(config.values)):
        hashes = config.functions(named=len(state.old) > 0 and config.pointers == 0) if late else iter([state.hash])
        for chosen in hashes:
            after = state.copy()
            after.hash = chosen
            if after.assign(key, value):
                yield after
    for key in range(config.keys):
        after = state.copy()
        after.delete(key)
        yield after
    after = state.copy()
    after.clear()
    yield after


def explore(config: Config) -> tuple[int, int, int]:
    """Distinct states, generated states, depth, as TLC counts them."""
    level = list(made(config))
    seen, generated, depth = {state.key() for state in level}, len(level), 0
    while level:
        depth += 1
        found = []
        for after in (after for state in level for after in successors(state)):
            generated += 1
            key = after.key()
            if key not in seen:
                seen.add(key)
                found.append(after)
        level = found
    return len(seen), generated, depth


if __name__ == "__main__":
    distinct, generated, depth = explore(Config(*map(int, sys.argv[1:])))
    print(f"distinct {distinct:,}, generated {generated:,}, depth {depth}")
