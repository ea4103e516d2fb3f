"""The end of marking once more, searched by plain Python that shares nothing with evacheck: as many states, as deep.

A state is what lies where, what each P is at, and how far gcMarkDone has come; the two Ps can be exchanged.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

Objects = frozenset[int]
Pair = tuple[Objects, Objects]
NONE: Objects = frozenset()


@dataclass(frozen=True)
class State:
    """One goroutine, two Ps. `doing` says what the worker of each P is at, `done` how far gcMarkDone is."""

    field: tuple[int | None, ...]
    stack: int | None = None
    marked: Objects = NONE
    roots: tuple[bool, bool] = (True, True)  # the globals and the stack are still to be taken
    full: Objects = NONE
    gcw: Pair = (NONE, NONE)
    buffer: Pair = (NONE, NONE)
    flag: tuple[bool, bool] = (False, False)
    doing: tuple[str, str] = ("rests", "rests")
    done: tuple[str, Objects, bool] = ("rests", NONE, False)
    block: bool = False
    parked: bool = False
    over: bool = False

    def key(self, names: bool) -> tuple[object, ...]:
        """Itself, or with the Ps exchanged, whichever comes first, if they have no names."""
        where, asked, flushed = self.done
        pairs = [(sorted(self.gcw[p]), sorted(self.buffer[p]), self.flag[p], self.doing[p], p in asked) for p in (0, 1)]
        rest = (self.field, self.stack, self.marked, self.roots, self.full, where, flushed)
        return (*rest, self.block, self.parked, self.over, str(pairs if names else sorted(pairs)))


def put(pair: tuple[Any, Any], p: int, value: object) -> tuple[Any, Any]:
    """The pair with another value at `p`."""
    return (value, pair[1]) if p == 0 else (pair[0], value)


def shaded(s: State, p: int, found: Objects | set[int]) -> State:
    """With objects marked, and queued on `p`."""
    new = frozenset(found) - s.marked
    gcw = put(s.gcw, p, s.gcw[p] | new)
    return replace(s, marked=s.marked | new, gcw=gcw, buffer=(s.buffer[0] - new, s.buffer[1] - new))


def flushed(s: State, p: int) -> State:
    """What is in the buffer of `p` is marked; a buffer holds nothing that is."""
    return shaded(s, p, s.buffer[p])


def work_is_seen(s: State) -> bool:
    return bool(s.full) or any(s.roots)


def program(s: State, weak: int) -> Iterator[State]:
    """A step of the goroutine, or a flush."""
    if s.over:
        return
    named = {0} if s.stack is None else {0, s.stack}
    for o in () if s.parked else named:
        yield replace(s, stack=s.field[o])
    for p in (0, 1):
        if s.doing[p] != "rests":
            continue
        if s.buffer[p]:
            yield flushed(s, p)
        for o in () if s.parked else named:
            for new in {None, s.stack}:
                seen = {x for x in (s.field[o], new) if x is not None} - s.marked
                field = tuple(new if i == o else x for i, x in enumerate(s.field))
                yield replace(s, field=field, buffer=put(s.buffer, p, s.buffer[p] | seen))
        if weak and not s.parked:
            last = len(s.field) - 1
            yield replace(s, parked=True) if s.block else shaded(replace(s, stack=last), p, {last})


def worker(s: State, p: int) -> Iterator[State]:
    """A step of the worker on `p`."""
    at = s.doing[p]
    if at == "rests":
        if not s.over and (work_is_seen(s) or s.gcw[p]):
            yield replace(s, doing=put(s.doing, p, "drains"))
    elif at in ("globals", "stack"):
        found = {0} if at == "globals" else {x for x in (s.stack,) if x is not None}
        for then in ("drains", "rests"):
            yield replace(shaded(s, p, found), doing=put(s.doing, p, then))
    elif at == "drains" and any(s.roots):
        job = "globals" if s.roots[0] else "stack"
        yield replace(s, roots=(False, s.roots[1] and s.roots[0]), doing=put(s.doing, p, job))
    else:
        if at == "drains" and not s.full:
            for o in s.gcw[p]:
                given = replace(s, gcw=put(s.gcw, p, s.gcw[p] - {o}), full=s.full | {o}, flag=put(s.flag, p, True))
                yield replace(given, doing=put(s.doing, p, "balanced"))
        yield from scans(flushed(s, p) if not s.gcw[p] and not s.full else s, p)


def scans(s: State, p: int) -> Iterator[State]:
    """Take objects from the list if the queue is empty, and scan one."""
    if not s.gcw[p] and not s.full:
        yield replace(s, doing=put(s.doing, p, "rests"))
        return
    takes = [NONE] if s.gcw[p] else [s.full, *(frozenset({o}) for o in s.full)]
    for taken in takes:
        t = replace(s, full=s.full - taken, gcw=put(s.gcw, p, s.gcw[p] | taken))
        for o in t.gcw[p]:
            u = replace(t, gcw=put(t.gcw, p, t.gcw[p] - {o}))
            child = t.field[o]
            u = shaded(u, p, set() if child is None else {child})
            for then in ("drains", "rests"):
                yield replace(u, doing=put(u.doing, p, then))


def end(s: State, looks_at_list: bool) -> Iterator[State]:
    """A step of gcMarkDone."""
    where, asked, flag = s.done
    nobody = s.doing == ("rests", "rests")
    if where == "rests" and not s.over and nobody:
        yield replace(s, done=("no worker", NONE, False))
    elif where == "no worker":
        if work_is_seen(s):
            yield replace(s, done=("rests", NONE, False))
        else:
            yield replace(s, block=True, done=("asks", NONE, False))
    elif where == "asks":
        for p in (0, 1):
            if p not in asked and s.doing[p] == "rests":
                yield asks(s, p, asked | {p}, flag)
    elif where == "over":
        yield replace(s, done=("has ended", NONE, False))
    elif where == "stops" and nobody:
        t = flushed(flushed(s, 0), 1)
        if any(t.gcw) or (looks_at_list and t.full):
            yield replace(t, done=("rests", NONE, False))
        else:
            assert not work_is_seen(t), "non-empty mark queue after concurrent mark"
            yield replace(t, block=False, parked=False, over=True, done=("over", NONE, False))


def asks(s: State, p: int, asked: Objects, flag: bool) -> State:
    """`p` flushes its buffer, puts its queue on the list, and says whether it has put anything there."""
    t = flushed(s, p)
    flag = flag or t.flag[p] or bool(t.gcw[p])
    t = replace(t, full=t.full | t.gcw[p], gcw=put(t.gcw, p, NONE), flag=put(t.flag, p, False))
    after = ("asks", asked, flag) if len(asked) < 2 else ("rests" if flag else "stops", NONE, False)
    return replace(t, done=after)


def searched(objects: int, weak: int, looks_at_list: bool, names: bool) -> tuple[int, int]:
    """How many states there are, and how deep the deepest."""
    start = State(tuple(o + 1 if o + 1 < objects - weak else None for o in range(objects)))
    seen, layer, depth = {start.key(names)}, [start], 0
    while layer:
        depth += 1
        found = {}
        for s in layer:
            for t in (*program(s, weak), *worker(s, 0), *worker(s, 1), *end(s, looks_at_list)):
                if (key := t.key(names)) not in seen:
                    seen.add(key)
                    found[key] = t
        layer = list(found.values())
    return len(seen), depth


IN_SHORT = "spec.gc.termination_in_short:TerminationInShort"  # the same model, whose Ps have names
ENTRIES = tomllib.loads(Path("spec/gc/expected.toml").read_text())["entry"]


@pytest.mark.parametrize(
    ("model", "parameters", "looks_at_list"),
    [
        ("spec.gc.termination:Termination", {"objects": 2, "weak": 1}, False),
        ("spec.gc.termination_comes:TerminationComes", {"weak": 0}, True),
        pytest.param(IN_SHORT, {"objects": 2}, False, marks=pytest.mark.slow),
        pytest.param(IN_SHORT, {"objects": 2, "weak": 1}, False, marks=pytest.mark.slow),
    ],
)
def test_plain_python_finds_as_many_states(model: str, parameters: dict[str, int], looks_at_list: bool) -> None:
    (entry,) = [each for each in ENTRIES if each["model"] == model and each.get("parameters") == parameters]
    found = searched(2, parameters.get("weak", 0), looks_at_list, model == IN_SHORT)
    assert found == (entry["distinct"], entry["depth"])
