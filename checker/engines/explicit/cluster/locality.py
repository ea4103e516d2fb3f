"""Which bits of a state say to which part of a cluster it belongs: such as few steps change, so that most successors
stay where they were found, and that still share every level evenly.

By a hash over all bits, (n - 1) / n of all successors belong to another of `n` parts. By one over some of them only
those do in which these have changed; Lerda and Sisto ("Distributed-memory model checking with SPIN", 1999) take the
state of one process. Here the bits are chosen by what a sample of the model's steps changes. Any choice is right: it
says where a state is kept, and nothing of which states there are.
"""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.codegen.layout import Field, signed
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native.sharing import part_of, sharing_hash
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State

_WIDTH = 128
"""States of each level in the sample."""
_MOST_STATES = 8192
"""States of the sample."""
_SECONDS = 1.0
"""How long it may take to draw it: a step may take long."""
_SEND = 1.0
"""What it takes to hand on a state, measured in what it takes to find one: 1.1 where marking was spread over two."""
_GROUP = 64
"""Levels are looked at together until there are so many states for each part: of fewer, chance would say how even they
are shared."""


@dataclass(frozen=True, slots=True)
class Sample:
    """States level by level; and of the bits that a step changes, in words as a state's, how many steps do so."""

    levels: list[list[State]]
    changes: Counter[State]


def key_bits(search: Search, parts: int) -> State | None:
    """The bits that say to which of so many parts a state belongs; None for all. `search` is used up by it. Raises
    Stopped when it is time."""
    if parts == 1:
        return None
    sample = sampled(search)
    fields = sorted(_moving(search.emitted.layout.fields, sample), key=lambda pair: pair[0])
    chosen = [_mask(search.emitted, [field for _, field in fields[:count]]) for count in range(1, len(fields) + 1)]
    return min(chosen, key=lambda mask: _effort(mask, sample, parts), default=None)


def sampled(search: Search) -> Sample:
    """A sample of each level: successors of those of the level before that are in none."""
    random, steps = Random(0), _Steps(search.emitted, search.model, search)
    level = steps.initial()[:_WIDTH]
    seen, levels, changes = set(level), [level], Counter[State]()
    end = time.monotonic() + _SECONDS
    while level and sum(map(len, levels)) < _MOST_STATES:
        fresh: set[State] = set()
        for state in level:
            search.clock.check(search.stats)
            if time.monotonic() > end:
                return Sample(levels, changes)
            for after in steps.successors(state):
                changes[tuple(a ^ b for a, b in zip(state, after, strict=True))] += 1
                fresh.add(after)
        found = sorted(fresh - seen)
        seen |= fresh
        level = random.sample(found, min(_WIDTH, len(found)))
        levels.append(level)
    return Sample(levels, changes)


def _moving(fields: Sequence[Field], sample: Sample) -> Iterator[tuple[float, Field]]:
    """The fields that have several values, each with the share of steps that change it."""
    steps = max(1, sample.changes.total())
    for field in fields:
        if len({state[field.word] & field.mask for level in sample.levels for state in level}) > 1:
            changed = sum(times for change, times in sample.changes.items() if change[field.word] & field.mask)
            yield changed / steps, field


def _mask(emitted: Emitted, fields: Sequence[Field]) -> State:
    words = [0] * emitted.layout.words
    for field in fields:
        words[field.word] |= field.mask
    return tuple(map(signed, words))


def _effort(mask: State, sample: Sample, parts: int) -> float:
    """How long a search takes whose parts wait for the slowest at each level, by the sample; 1 is ideal."""
    sent = sum(
        times for change, times in sample.changes.items() if any(a & b for a, b in zip(change, mask, strict=True))
    )
    share = sent / max(1, sample.changes.total()) * (parts - 1) / parts
    longest = whole = 0
    owned, key = Counter[int](), list(mask)
    for number, level in enumerate(sample.levels, 1):
        owned.update(part_of(sharing_hash(list(state), key, len(key)), parts) for state in level)
        if owned.total() >= _GROUP * parts or number == len(sample.levels):
            longest, whole = longest + max(owned.values(), default=0) * parts, whole + owned.total()
            owned.clear()
    return longest / max(1, whole) * (1 + _SEND * share)


class _Steps:
    """The model's compiled code, called for one state at a time."""

    def __init__(self, emitted: Emitted, model: Library, search: Search) -> None:
        self._emitted, self._model, self._worker = emitted, model, search.workers[0]
        self._expand = model.function("expand", 5)
        self._canonical = model.function("canonical", 2) if emitted.permutations > 1 else None

    def initial(self) -> list[State]:
        """Some initial states."""
        found = self._worker.initial(self._model.function("initial", 4))
        return sorted(set(self._states(max(0, found))))

    def successors(self, state: State) -> list[State]:
        """Those within the constraint. None of a state whose steps choose too much, or lead to more than there is room
        for: a sample can do without."""
        worker = self._worker
        row = (ctypes.c_int64 * len(state))(*state)
        given = [ctypes.addressof(each) for each in (row, worker.scratch, worker.control, worker.out)]
        found = self._expand(*given, len(worker.out) // len(state))
        worker.looking.end_if_it_must()
        return [each for each in self._states(max(0, found)) if worker.beyond(self._model, [each]) is None]

    def _states(self, count: int) -> list[State]:
        worker, width = self._worker, self._worker.words
        if self._canonical is not None:
            for at in range(count):
                self._canonical(ctypes.addressof(worker.out) + at * width * 8, ctypes.addressof(worker.scratch))
        return [tuple(worker.out[at * width : (at + 1) * width]) for at in range(count)]
