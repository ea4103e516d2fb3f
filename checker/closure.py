"""Decide whether a row of states is exactly what a program can reach, and whether properties hold in all of them.

Knows nothing of engines and shares no code with one: it uses the interpreter, and the types. Every state must be
initial or a successor of one before it; every successor must be in the row; no state may stand twice. So the row is
neither too small nor too large. The states are all kept in memory.

With interchangeable members the row holds one state of each orbit, and states count as the same if some renaming of
members makes them so: the least of all images under all renamings stands for the orbit. That a program treats its
members alike is not checked here; the language sees to it. Renamings beyond MOST_RENAMINGS are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import permutations, product
from math import factorial, prod
from typing import Any

from checker.engine import BUILT_IN, NO_DEADLOCK, NO_FAILURE
from checker.errors import EvacheckError
from checker.lang.ir import Declared, Program, PropertyKind, Role
from checker.lang.types import (
    ArrayType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
    leaves,
    mentions_symmetry,
)
from checker.replay import show_step
from checker.semantics import Interpreter, State, StepFailed, Transition

MOST_RENAMINGS = 5_040
"""Renamings of interchangeable members that are tried for every state: those of seven members of one type."""

_REMEMBERED = 1 << 16
"""States whose images are not computed again when another step leads to them."""

Renaming = Mapping[SymType, Sequence[int]]
"""Where each member goes."""


class NotClosed(EvacheckError):  # noqa: N818 - a finding, not a mistake of the caller
    """The states are not what they are claimed to be. Says which state, and why."""


class _Mark(Enum):
    INITIAL = "initial"  # reached by `init`, not in the row so far
    SEEN = "seen"  # in the row
    NEW = "new"  # not reached so far


class Closure:
    """Takes the states one by one (`add`), then says whether any is missing (`end`). `claims` says of each property
    whether it is claimed to be true (False: false) in every state; the built-in ones are always claimed to be true."""

    def __init__(self, program: Program, claims: Mapping[str, bool]) -> None:
        self.count = 0
        self._program = program
        self._interpreter = Interpreter(program)
        self._claims = {name: wanted for name, wanted in claims.items() if name not in BUILT_IN}
        self._no_deadlock = NO_DEADLOCK in claims
        self._no_failure = NO_FAILURE in claims
        # What no_failure speaks of is evaluated although nothing is claimed of it.
        kinds = (PropertyKind.ALWAYS, PropertyKind.SOMETIMES)
        others = [each.name for each in program.properties if each.kind in kinds] if self._no_failure else []
        self._judged = tuple(dict.fromkeys([*self._claims, *others]))
        self._key = key_of(program)
        self._reached: dict[Hashable, State | _Mark] = {}  # a state stands for where its key was first found to lead
        for transition in self._interpreter.initial():
            self._reach(transition, _Mark.INITIAL)

    def add(self, state: State) -> None:
        """The next state of the row. NotClosed if it does not belong there, or if something is wrong with it."""
        self.count += 1
        key = self._key(state)
        match self._reached.get(key, _Mark.NEW):
            case _Mark.SEEN:
                raise NotClosed(f"{self._place()} stands twice: {self._show(state)}")
            case _Mark.NEW:
                problem = "is not initial and follows from no state before it"
                raise NotClosed(f"{self._place()} {problem}: {self._show(state)}")
        self._reached[key] = _Mark.SEEN
        for name in self._judged:
            self._judge(name, state)
        possible = False
        for transition in self._interpreter.successors(state):
            possible = True
            self._reach(transition, state)
        if not possible and (self._no_deadlock or self._no_failure):
            self._judge_end(state)

    def end(self) -> None:
        """The row has ended. NotClosed if the program reaches a state that was not in it, or if there is none."""
        if not self.count and not self._reached:
            raise NotClosed("there is no initial state: every property would hold of nothing")
        for key, origin in self._reached.items():
            if origin is not _Mark.SEEN:
                raise NotClosed(self._missing(key, origin))

    def _reach(self, transition: Transition, origin: State | _Mark) -> None:
        if transition.state is not None:
            self._reached.setdefault(self._key(transition.state), origin)
        elif self._no_failure:
            assert transition.failure is not None
            where = "" if origin is _Mark.INITIAL else f" in {self._place()}"
            raise NotClosed(f"'{show_step(transition.step)}' fails{where}: {transition.failure.message}")

    def _judge(self, name: str, state: State) -> None:
        try:
            found = self._interpreter.holds(name, state)
        except StepFailed as failed:
            problem = f"'{name}' cannot be evaluated in {self._place()}: {failed.failure.message}"
            raise NotClosed(f"{problem}: {self._show(state)}") from None
        if found != self._claims.get(name, found):
            raise NotClosed(f"'{name}' is {str(found).lower()} in {self._place()}: {self._show(state)}")

    def _judge_end(self, state: State) -> None:
        """Nothing can happen in the state."""
        try:
            deadlocked = self._interpreter.deadlocked(state, False)
        except StepFailed as failed:
            problem = f"whether {self._place()} is a deadlock cannot be evaluated: {failed.failure.message}"
            raise NotClosed(f"{problem}: {self._show(state)}") from None
        if deadlocked and self._no_deadlock:
            raise NotClosed(f"{self._place()} is a deadlock: {self._show(state)}")

    def _missing(self, key: Hashable, origin: State | _Mark) -> str:
        if isinstance(origin, _Mark):
            found = next(t for t in self._interpreter.initial() if t.state is not None and self._key(t.state) == key)
            source = "init"
        else:
            transitions = self._interpreter.successors(origin)
            found = next(t for t in transitions if t.state is not None and self._key(t.state) == key)
            source = f"'{show_step(found.step)}' from {self._show(origin)}"
        assert found.state is not None
        return f"a reachable state is missing: {self._show(found.state)}, to which {source} leads"

    def _place(self) -> str:
        return f"state {self.count:,}"

    def _show(self, state: State) -> str:
        pairs = zip(self._program.variables, state, strict=True)
        return "[" + ", ".join(f"{declared.name}={declared.type.show(value)}" for declared, value in pairs) + "]"


class TooManyRenamings(EvacheckError):  # noqa: N818 - a limit
    """The program has more interchangeable members than this check can rename in all ways."""


def key_of(program: Program) -> Callable[[State], Hashable]:
    """What makes two states the same: the state itself, or with interchangeable members the least of its images."""
    renamings = _renamings(program)
    if len(renamings) == 1:
        return lambda state: state
    images = _Images(program)
    named = [at for at, declared in enumerate(program.variables) if mentions_symmetry(declared.type)]
    others = [at for at in range(len(program.variables)) if at not in named]

    def key(state: State) -> Hashable:
        best, least = renamings, []  # the renamings whose images of the variables so far are least
        for at in named:
            made = [images.of(state, at, renaming) for renaming in best]
            least.append(min(made))
            best = [renaming for renaming, one in zip(best, made, strict=True) if one == least[-1]]
        return (*[state[at] for at in others], *least)

    return lru_cache(_REMEMBERED)(key)


def _renamings(program: Program) -> list[Renaming]:
    """Every way to rename the members of all symmetric types that the state names."""
    named = {leaf for each in program.variables for leaf in leaves(each.type) if isinstance(leaf, SymType)}
    kinds = sorted(named, key=lambda kind: kind.name)
    count = prod(factorial(kind.count) for kind in kinds)
    if count > MOST_RENAMINGS:
        problem = f"its interchangeable members have {count:,} renamings, and each state would be tried with all"
        raise TooManyRenamings(f"{problem}; the limit is {MOST_RENAMINGS:,}")
    ways = product(*(permutations(range(kind.count)) for kind in kinds))
    return [dict(zip(kinds, way, strict=True)) for way in ways]


class _Images:
    """What becomes of a variable under a renaming, as nested tuples of integers that can be compared."""

    def __init__(self, program: Program) -> None:
        self._variables = program.variables
        self._live = {each.name: {point.label: point.live for point in each.points} for each in program.processes}
        self._points = {each.name: program.position(each.point_variable) for each in program.processes}

    def of(self, state: State, at: int, renaming: Renaming) -> Any:
        """The image of the variable number `at`. Locals of processes that no longer need them hold their type's default
        and keep it, whatever members are called."""
        declared = self._variables[at]
        if declared.role is not Role.LOCAL:
            return image(declared.type, state[at], renaming)
        assert declared.process is not None
        points = state[self._points[declared.process]]
        if isinstance(points, str):
            return self._kept(declared, declared.type, points, state[at], renaming)
        assert isinstance(declared.type, ArrayType)
        index, item = declared.type.index, declared.type.item
        parts = zip(index.values(), points, state[at], strict=True)
        return tuple(
            sorted((image(index, i, renaming), self._kept(declared, item, p, v, renaming)) for i, p, v in parts)
        )

    def _kept(self, declared: Declared, kind: Type, point: str, value: Value, renaming: Renaming) -> Any:
        assert declared.process is not None
        live = declared.local in self._live[declared.process][point]
        return (image(kind, value, renaming),) if live else ()


def image(kind: Type, value: Value, renaming: Renaming) -> Any:
    """`value` with every member renamed, as nested tuples of integers: equal for equal values of `kind` only."""
    match kind:
        case SymType():
            return renaming[kind][value]
        case OptType(item=item):
            return () if value is None else (image(item, value, renaming),)
        case ArrayType(index=index, item=item):
            pairs = zip(index.values(), value, strict=True)
            return tuple(sorted((image(index, at, renaming), image(item, part, renaming)) for at, part in pairs))
        case RecordType() | TupleType():
            return tuple(image(item, part, renaming) for item, part in zip(kind.items(), value, strict=True))
        case SetType(item=item):
            return tuple(sorted(image(item, member, renaming) for member in value))
        case SeqType(item=item):
            return tuple(image(item, part, renaming) for part in value)
        case _:
            return kind.rank(value)
