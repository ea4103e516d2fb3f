"""Decide whether a row of states is exactly what a program can reach, and whether properties hold in all of them.

Knows nothing of engines and shares no code with one: it uses the interpreter, and the types. Every state must be
initial or a successor of one before it; every successor must be in the row; no state may stand twice. So the row is
neither too small nor too large. The states are all kept in memory.

With interchangeable members the row holds one state of each orbit, and states count as the same if some renaming of
members makes them so (`semantics.orbits`). That a program treats its members alike is not checked here; the language
sees to it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum

from checker.contract.replay import show_step
from checker.contract.task import BUILT_IN, NO_DEADLOCK, NO_FAILURE
from checker.errors import EvacheckError
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, StepFailed, Transition
from checker.semantics.orbits import key_of


class NotClosed(EvacheckError):  # a finding, not a mistake of the caller
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
        others = [each.name for each in program.properties if each.kind.traits.everywhere] if self._no_failure else []
        self._of_steps = tuple(each.name for each in program.steps if each.name in self._claims)
        judged = (name for name in self._claims if name not in self._of_steps)
        self._judged = tuple(dict.fromkeys([*judged, *others]))
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
            self._judge_step(state, transition)
            self._reach(transition, state)
        if not possible and (self._no_deadlock or self._no_failure):
            self._judge_end(state)

    def end(self) -> None:
        """The row has ended. NotClosed if the program reaches a state that was not in it, or if there is none."""
        if not self._reached:
            raise NotClosed("there is no initial state: every property would hold of nothing")
        for key, origin in self._reached.items():
            if origin is not _Mark.SEEN:
                raise NotClosed(self._missing(key, origin))

    def _reach(self, transition: Transition, origin: State | _Mark) -> None:
        if transition.state is not None and not self._interpreter.within(transition.state):
            for name in self._judged:  # beyond the constraint it is judged, and belongs to no row
                self._judge(name, transition.state)
        elif transition.state is not None:
            self._reached.setdefault(self._key(transition.state), origin)
            if origin is _Mark.INITIAL:
                self._judge_first(transition.state)
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

    def _judge_step(self, state: State, transition: Transition) -> None:
        for name in self._of_steps if transition.state is not None else ():
            assert transition.state is not None
            step = f"'{show_step(transition.step)}' from {self._place()}"
            try:
                allowed = self._interpreter.allows(name, state, transition.state)
            except StepFailed as failed:
                problem = f"'{name}' cannot be evaluated for {step}: {failed.failure.message}"
                raise NotClosed(f"{problem}: {self._show(state)}") from None
            if not allowed:
                raise NotClosed(f"'{name}' is false of {step}: {self._show(state)}")

    def _judge_first(self, state: State) -> None:
        for name in self._of_steps:
            try:
                begins = self._interpreter.begins(name, state)
            except StepFailed as failed:
                problem = f"'{name}' cannot be evaluated in an initial state: {failed.failure.message}"
                raise NotClosed(f"{problem}: {self._show(state)}") from None
            if not begins:
                raise NotClosed(f"'{name}' is false of an initial state: {self._show(state)}")

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
