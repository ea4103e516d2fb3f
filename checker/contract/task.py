"""What an engine is given and must return. Contains no engine and no search.

An engine decides properties of a program. It may stop early; then its verdict says how far it came. It never prints.
Two properties exist in every model. NO_DEADLOCK: there is no state in which no step is possible although some process
has not finished (or there are no processes at all) and no `@final` property holds. NO_FAILURE: no step, `init` or
property stores outside a type, breaks an `assert`, or cannot be evaluated.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from checker.contract.order import Order
from checker.contract.verdict import Verdict
from checker.errors import ModelError, Problem, unknown_name
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.semantics import Interpreter, State

NO_DEADLOCK = "no_deadlock"
NO_FAILURE = "no_failure"
BUILT_IN = (NO_DEADLOCK, NO_FAILURE)


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts follow TLC: `generated` counts initial states and every successor, duplicates included; `depth` counts
    the initial state as 1. With symmetry, `distinct` counts orbits. `seconds` is wall time, `compile_seconds` a part
    of it: compiling, or encoding for a solver. An engine that visits no states leaves the first two at 0; `doing` says
    what it is busy with, for the progress line; `to_come` is about how many states there may still be, and `room` for
    how many in all memory suffices. Random behaviours count `runs` and `steps` and have a `seed`. `views`
    are the different values that the variables of a view have together in the states found, if they were counted. Of a
    `reduced` search the counts are of the states and steps that it looked at."""

    distinct: int = 0
    generated: int = 0
    depth: int = 0
    queue: int = 0
    seconds: float = 0.0
    compile_seconds: float = 0.0
    doing: str = ""
    runs: int = 0
    steps: int = 0
    seed: int | None = None
    views: int | None = None
    to_come: int | None = None
    room: int | None = None
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits; None is no limit. `max_states` counts distinct states, `seconds` wall time, `memory` the bytes that are
    taken besides what the process held before, `max_depth` the states of a behaviour: deeper ones are not looked at.
    Time counts from `since`, as `time.monotonic` tells it; if that is None, from when an engine is called. Where
    `seconds` is one engine's share of what the user gave, that is `share_of`."""

    max_states: int | None = None
    seconds: float | None = None
    memory: int | None = None
    max_depth: int | None = None
    since: float | None = None
    share_of: float | None = None

    @property
    def ends(self) -> float | None:
        """When the time is over, as `time.monotonic` tells it; None if it is not counted from a known moment."""
        return None if self.seconds is None or self.since is None else self.since + self.seconds


@dataclass(frozen=True, slots=True)
class Sampling:
    """Random behaviours: how many, of how many steps each at most, and the seed that all of them follow from."""

    runs: int = 50_000
    steps: int = 200
    seed: int = 0

    def within(self, budget: Budget) -> Sampling:
        """The same, with no more states in a behaviour than a budget allows."""
        most = budget.max_depth
        return self if most is None else replace(self, steps=min(self.steps, max(0, most - 1)))


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where an engine that visits states is to keep them. `folder`: what it has found at a level's end, every so many
    `seconds`, for a run that goes on from there; `resume`: this is one that does. `disk`: the states themselves, in a
    file of this folder in place of memory."""

    folder: Path | None = None
    seconds: float = 300.0
    resume: bool = False
    disk: Path | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Over what a search is spread: so many `parts` on this machine, or one on each node of the Ray cluster at an
    `address`; in a process each, or all `inside` this one. `threads` is for each part; None: the cores of its node."""

    parts: int = 1
    address: str = ""
    threads: int | None = None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be decided. `properties` are names of the program's properties (not `@final` ones) and BUILT_IN ones.
    `keep_going` explores on after a violation, until every property is decided; without it `auto` does so where there
    are few states, unless only the first violation matters: `first_only`. `progress` is called now and then from
    the thread that called the engine; setting `stop` makes the engine return soon with what it has. `certify` asks for
    evidence that others can check: Outcome.evidence. Only an engine that walks at random heeds `sampling`. Of the
    variables in `view` an engine that visits states counts the values: Stats.views. It decides nothing by them. Only
    the explicit engine heeds `keeping` and `cluster`: one that is set spreads the search. `reduce`: of steps whose
    order shows in nothing that is asked, one order is enough; engines that visit states heed that. `reduce_late`: the
    explicit engine may do so of its own accord once it has found many states, where what is asked allows it."""

    program: Program
    properties: tuple[str, ...]
    budget: Budget = Budget()
    workers: int = 1
    keep_going: bool = False
    progress: Callable[[Stats], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    certify: bool = False
    sampling: Sampling = Sampling()
    first_only: bool = False
    view: tuple[str, ...] = ()
    keeping: Keeping = Keeping()
    reduce: bool = False
    reduce_late: bool = False
    cluster: Cluster | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing that a proof needs: a formula in SMT-LIB 2 that must be unsatisfiable, and what that means."""

    name: str
    meaning: str
    formula: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on, for others to check. `obligations` proves the properties in `proved`; `states` gives
    every reachable state once (one of each orbit), for those in `exhausted`; `orders`, over these states, the temporal
    ones in `ordered`. Where the parameters `every` were left open, the obligations are of the program `of`."""

    proved: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    exhausted: tuple[str, ...] = ()
    states: Callable[[], Iterator[State]] | None = None
    every: tuple[str, ...] = ()
    of: Program | None = None
    ordered: tuple[str, ...] = ()
    orders: Callable[[], Iterator[Order]] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One verdict for each property asked for, and the engines that gave them, one after the other. `stopped` says why
    they ended early, if they did. `evidence` only if the task asked for it. `parts` are the outcomes of the engines
    that took part, where there were several; `stats` is then that of the one that visits states. `notes` say what was
    otherwise than one would think. `kept_seconds`: it was decided before, in so many seconds, and kept."""

    engines: tuple[str, ...]
    verdicts: Mapping[str, Verdict]
    stats: Stats
    stopped: str | None = None
    evidence: Evidence | None = None
    parts: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    kept_seconds: float | None = None

    @property
    def engine(self) -> str:
        """The engines as they are shown."""
        return ", then ".join(self.engines)


INIT_FAILS = "'init' fails whatever it chooses: there is no state to look at"
"""Why nothing is known of a program whose `init` never comes to an end: of no states at all everything is true."""

INIT_FAILED = "no initial state was drawn: 'init' fails with what was chosen"
"""The same, where not everything that `init` can choose was tried."""


def no_initial_state(program: Program) -> ModelError:
    """The error for a program whose `init` has no outcome: of no states at all everything is true."""
    problem = f"{program.model} has no initial state: every property would hold of nothing"
    return ModelError([Problem("E104", None, problem, "Look for a `require` or `choose` in init that never can be.")])


def begins_outside(program: Program, state: State) -> ModelError:
    """The error for a program one of whose initial states is beyond a constraint, which it names the place of."""
    named = zip(program.variables, state, strict=True)
    shown = ", ".join(f"{declared.name} = {declared.type.show(value)}" for declared, value in named)
    problem = f"{program.model} begins in a state that breaks its @constraint: {shown}"
    interpreter = Interpreter(program)
    constraints = [each for each in program.properties if each.kind is PropertyKind.CONSTRAINT]
    place = next((each.function.span for each in constraints if not interpreter.holds(each.name, state)), None)
    return ModelError([Problem("E105", place, problem, "Have `init` require what the constraint says.")])


def select(program: Program, names: Iterable[str] = (), model: str = "") -> tuple[str, ...]:
    """The properties to check: those named, each once, or all but lemmas. Raises UsageError U003 for unknown ones,
    which calls the model as the user did, if `model` says how.

    NO_FAILURE always comes along: beyond a step that fails there are no states, so that without it "holds" would say
    less than it seems to."""
    temporal = [each.name for each in program.temporal]
    steps = [each.name for each in program.steps]
    known = [*(judged.name for judged in program.properties if judged.kind.traits.asked), *steps, *temporal, *BUILT_IN]
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise unknown_name("U003", f"{model or program.model} has no property '{name}'", name, known)
    if wanted:
        return tuple(dict.fromkeys((*wanted, NO_FAILURE)))
    by_default = (judged.name for judged in program.properties if judged.kind.traits.by_default)
    return (*by_default, *steps, *temporal, *BUILT_IN)


class Engine(Protocol):
    """Deterministic: the same task gives the same verdicts, counts and traces on any number of workers, unless a budget
    ended the run. Bounded search asked again in one process gives the same verdicts and counts and traces as short, but
    perhaps others: what Z3 was asked before sways which of several solutions it finds. When a property is violated and
    `keep_going` is off, breadth-first engines finish the level of the violation, so that counts do not depend on order,
    and give the other properties `Bounded(depth)`, or `Unknown` for a `@sometimes` not seen yet."""

    name: str

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided. Ctrl-C in here ends like a budget: `stopped="interrupted"`."""
        ...
