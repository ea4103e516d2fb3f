"""What an engine is given and must return. Contains no engine and no search.

An engine decides properties of a program. It may stop early; then its verdict says how far it came. It never prints.
Two properties exist in every model. NO_DEADLOCK: there is no state in which no step is possible although some process
has not finished (or there are no processes at all) and no `@final` property holds. NO_FAILURE: no step, `init` or
property stores outside a type, breaks an `assert`, or cannot be evaluated.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from checker.lang.ir import Program
from checker.trace import Trace

NO_DEADLOCK = "no_deadlock"
NO_FAILURE = "no_failure"
BUILT_IN = (NO_DEADLOCK, NO_FAILURE)


@dataclass(frozen=True, slots=True)
class Proved:
    """Holds in every reachable state at any depth."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Holds: all `distinct` reachable states were visited, exactly."""

    distinct: int


@dataclass(frozen=True, slots=True)
class Bounded:
    """Holds in every state reachable within `depth` states of a behaviour (the initial state is depth 1)."""

    depth: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """Held in `runs` random behaviours. Proves nothing."""

    runs: int


@dataclass(frozen=True, slots=True)
class Violated:
    """Does not hold; the trace shows it and has been replayed."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A `@sometimes` that does happen; the trace leads to it and has been replayed."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A `@sometimes` that never happens: all `distinct` reachable states were visited, exactly."""

    distinct: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not decided, for the reason given."""

    reason: str


Verdict = Proved | Exhausted | Bounded | Sampled | Violated | Witnessed | Unreachable | Unknown


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts follow TLC: `generated` counts initial states and every successor, duplicates included; `depth` counts
    the initial state as 1. With symmetry, `distinct` counts orbits. `seconds` is wall time, `compile_seconds` a part
    of it."""

    distinct: int = 0
    generated: int = 0
    depth: int = 0
    queue: int = 0
    seconds: float = 0.0
    compile_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits; None is no limit. `max_states` counts distinct states, `seconds` wall time, `memory` bytes."""

    max_states: int | None = None
    seconds: float | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be decided. `properties` are names of the program's properties (not `@final` ones) and BUILT_IN ones.
    `keep_going` explores on after a violation, until every property is decided. `progress` is called now and then from
    the thread that called the engine; setting `stop` makes the engine return soon with what it has."""

    program: Program
    properties: tuple[str, ...]
    budget: Budget = Budget()
    workers: int = 1
    keep_going: bool = False
    progress: Callable[[Stats], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One verdict for each property asked for. `stopped` says why the engine ended early, if it did."""

    engine: str
    verdicts: Mapping[str, Verdict]
    stats: Stats
    stopped: str | None = None


class Engine(Protocol):
    """Deterministic: the same task gives the same verdicts, counts and traces on any number of workers, unless a budget
    ended the run. When a property is violated and `keep_going` is off, breadth-first engines finish the level of the
    violation, so that counts do not depend on order, and give the other properties `Bounded(depth)`, or `Unknown` for a
    `@sometimes` not seen yet."""

    name: str

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided. Ctrl-C in here ends like a budget: `stopped="interrupted"`."""
        ...
