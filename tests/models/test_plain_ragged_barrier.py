"""The ragged barrier once more, searched by plain Python that shares nothing with evacheck: as many states, as deep.

States count once that differ in the names of Ps and objects only: the least of all renamings stands for them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations, permutations, product
from pathlib import Path
from typing import Any

import pytest

Few = frozenset[int]
NONE: Few = frozenset()
PS = (0, 1)


@dataclass(frozen=True)
class State:
    """Two Ps. `at` is how far gcMarkDone has come."""

    marked: Few
    full: Few
    gcw: tuple[Few, Few] = (NONE, NONE)
    buffer: tuple[Few, Few] = (NONE, NONE)
    flags: Few = NONE
    workers: Few = NONE
    at: str = "marking"
    asked: Few = NONE
    flushed: bool = False

    def key(self, objects: int) -> Any:
        """The least of what it is with other names for objects, and the Ps in any order."""
        return min(self._named(names) for names in permutations(range(objects)))

    def _named(self, names: tuple[int, ...]) -> Any:
        def named(some: Few) -> list[int]:
            return sorted(names[o] for o in some)

        ps = sorted(
            (named(self.gcw[p]), named(self.buffer[p]), p in self.flags, p in self.workers, p in self.asked) for p in PS
        )
        return str((named(self.marked), named(self.full), ps, self.at, self.flushed))


def some_of(members: Few) -> list[Few]:
    """Every part of a set."""
    sizes = range(len(members) + 1)
    return [frozenset(each) for each in chain(*(combinations(sorted(members), size) for size in sizes))]


def put(pair: tuple[Few, Few], p: int, value: Few) -> tuple[Few, Few]:
    return (value, pair[1]) if p == 0 else (pair[0], value)


def shaded(s: State, p: int, found: Few) -> State:
    """With objects marked, and queued on `p`."""
    new = found - s.marked
    gcw = put(s.gcw, p, s.gcw[p] | new)
    return replace(s, marked=s.marked | new, gcw=gcw, buffer=(s.buffer[0] - new, s.buffer[1] - new))


def worker(s: State, p: int, objects: Few) -> Iterator[State]:
    """A step of the worker on `p`."""
    if p not in s.workers:
        if s.at != "over" and (s.full or s.gcw[p]):
            yield replace(s, workers=s.workers | {p})
        return
    yield replace(s, workers=s.workers - {p})
    for o in s.full:
        yield replace(s, full=s.full - {o}, gcw=put(s.gcw, p, s.gcw[p] | {o}))
    for o in s.gcw[p]:
        yield replace(s, full=s.full | {o}, gcw=put(s.gcw, p, s.gcw[p] - {o}), flags=s.flags | {p})
    t = shaded(s, p, s.buffer[p]) if not s.gcw[p] and not s.full else s
    for taken in [NONE] if t.gcw[p] else some_of(t.full):
        u = replace(t, full=t.full - taken, gcw=put(t.gcw, p, t.gcw[p] | taken))
        for o, found in product(u.gcw[p], some_of(objects - u.marked)):
            v = shaded(replace(u, gcw=put(u.gcw, p, u.gcw[p] - {o})), p, found)
            yield from (v, replace(v, workers=v.workers - {p}))


def goroutines(s: State, p: int, objects: Few, stores: bool, weak: bool) -> Iterator[State]:
    """A step of what runs on `p`."""
    if s.at == "over" or p in s.workers:
        return
    white = objects - s.marked
    if stores:
        yield from (replace(s, buffer=put(s.buffer, p, s.buffer[p] | some)) for some in some_of(white))
    if s.buffer[p]:
        yield shaded(s, p, s.buffer[p])
    if weak and s.at in ("marking", "looking"):
        yield from (shaded(s, p, frozenset({o})) for o in white)


def end(s: State, look: str) -> Iterator[State]:
    """A step of gcMarkDone."""
    if s.at == "marking" and not s.workers:
        yield replace(s, at="looking")
    if s.at == "looking":
        yield replace(s, at="marking" if s.full else "asking")
    for p in PS:
        if s.at == "asking" and p not in s.asked | s.workers:
            t = shaded(s, p, s.buffer[p])
            flushed = s.flushed or p in s.flags or bool(t.gcw[p])
            t = replace(t, full=t.full | t.gcw[p], gcw=put(t.gcw, p, NONE), flags=t.flags - {p})
            if s.asked | {p} != set(PS):
                yield replace(t, asked=s.asked | {p}, flushed=flushed)
            elif flushed:
                yield replace(t, at="marking", asked=NONE, flushed=False)
            else:
                yield replace(t, at="stopping", asked=frozenset(PS), flushed=False)
    if s.at == "stopping" and not s.workers:
        t = replace(s, asked=NONE)
        if look == "nothing":
            yield replace(t, at="over")
            return
        both = s.buffer[0] & s.buffer[1]
        for first in some_of(both):
            u = shaded(shaded(t, 0, s.buffer[0] - (both - first)), 1, s.buffer[1])
            yield replace(u, at="marking" if any(u.gcw) or (u.full and look == "queues_and_list") else "over")


ENTRIES = [
    each
    for each in tomllib.loads(Path("spec/gc/expected.toml").read_text())["entry"]
    if each["model"] == "spec.gc.ragged_barrier:RaggedBarrier" and "distinct" in each
]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.get("parameters", {})))
def test_the_ragged_barrier_has_the_states_of_a_plain_search(entry: dict[str, Any]) -> None:
    given = entry.get("parameters", {})
    objects = frozenset(range(given.get("objects", 2)))
    level = [State(some, some) for some in some_of(objects)]
    seen, depth = {each.key(len(objects)) for each in level}, 0
    while level:
        depth, found = depth + 1, []
        for s in level:
            for p in PS:
                found += worker(s, p, objects)
                found += goroutines(s, p, objects, given.get("stores", False), given.get("weak", 0) > 0)
            found += end(s, given.get("restart", "nothing"))
        level = []
        for each in found:
            if (key := each.key(len(objects))) not in seen:
                seen.add(key)
                level.append(each)
    assert (len(seen), depth) == (entry["distinct"], entry["depth"])
