"""Find a shortest behaviour to a state that the search has visited. No parents are stored: each state's is looked for
in the level before, from the last to the first; then the interpreter walks forward and says which steps these were.

With symmetry the levels hold one state for each orbit; the behaviour found is one of the model's own all the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Protocol

from checker.contract.trace import Failing, Trace, led_on
from checker.engines.explicit.codegen.layout import Layout
from checker.engines.explicit.searching import Searching
from checker.engines.explicit.worker import State
from checker.errors import EngineBug
from checker.ir.nodes import Program
from checker.semantics import Interpreter, Step, StepFailed, Transition


class _Ways:
    """The transitions out of one state, or the initial ones: what is known of them, and what was not yet looked at."""

    def __init__(self, rest: Iterator[Transition]) -> None:
        self.known: dict[State, Transition] = {}
        self.rest = rest


class Shows(Protocol):
    """How a state decides a property. `failing`: something fails there, a step or one of the properties `judged`;
    `of_step`: not there, but by a step from there."""

    @property
    def failing(self) -> bool: ...
    @property
    def judged(self) -> tuple[str, ...]: ...
    @property
    def of_step(self) -> bool: ...


class Retracing:
    """Behaviours of `program` of which the packed states are known."""

    def __init__(self, program: Program, layout: Layout) -> None:
        self._layout = layout
        self._interpreter = Interpreter(program)

    def failing(self, trace: Trace, judged: tuple[str, ...]) -> Trace:
        """The trace, ended by the step, or by the first of the properties `judged`, that fails in its last state."""
        return replace(trace, end=self._failing(trace.states[-1], judged))

    def ended(self, name: str, trace: Trace, shown: Shows) -> Trace:
        """The trace to a state that decides a property, ended so that it shows that."""
        if not shown.of_step:
            return self.failing(trace, shown.judged) if shown.failing else trace
        return self.unjudged(trace, shown.judged or (name,)) if shown.failing else self.stepping(trace, name)

    def stepping(self, trace: Trace, name: str) -> Trace:
        """The trace, led on by the first step from its last state that shows property `name`: a `@step` that it
        violates, or another that is shown in a state beyond the constraint."""
        before = trace.states[-1]
        for transition in self._interpreter.successors(before):
            if transition.state is not None and self._shows(name, before, transition.state):
                return led_on(trace, transition.step, transition.state)
        raise EngineBug(f"explicit: a step shows '{name}' in compiled code, and none does in the interpreter")

    def unjudged(self, trace: Trace, names: Sequence[str]) -> Trace:
        """The trace, led on by the first step from its last state by which, or after which, one of these properties
        cannot be evaluated."""
        before = trace.states[-1]
        for transition, name in product(self._interpreter.successors(before), names):
            try:
                if transition.state is not None:
                    self._is_shown(name, before, transition.state)
            except StepFailed as failed:
                assert transition.state is not None
                led = led_on(trace, transition.step, transition.state)
                return replace(led, end=Failing(None, failed.failure))
        raise EngineBug(
            f"explicit: {', '.join(names)}: what cannot be evaluated in compiled code can in the interpreter"
        )

    def _shows(self, name: str, before: tuple[object, ...], after: tuple[object, ...]) -> bool:
        try:
            return self._is_shown(name, before, after)
        except StepFailed:
            return False

    def _is_shown(self, name: str, before: tuple[object, ...], after: tuple[object, ...]) -> bool:
        program = self._interpreter.program
        if program.speaks_of_steps(name):
            return not self._interpreter.allows(name, before, after)
        beyond = not self._interpreter.within(after)
        return beyond and self._interpreter.holds(name, after) is program.witnessed(name)

    def failing_init(self) -> Trace:
        """How `init` fails."""
        for transition in self._interpreter.initial():
            if transition.failure is not None:
                return Trace((), (), transition.step.choices, Failing(None, transition.failure))
        raise EngineBug("explicit: 'init' fails in compiled code and not in the interpreter")

    def walks(self, chains: Sequence[Sequence[State]]) -> list[Trace]:
        """The behaviours whose states are known by these words. The interpreter takes each step once for all of them:
        one that chooses an order can take seconds, and behaviours begin alike."""
        wanted = {row for chain in chains for row in chain}
        ways: dict[tuple[object, ...] | None, _Ways] = {}
        return [self._walk(chain, ways, wanted) for chain in chains]

    def _walk(self, chain: Sequence[State], ways: dict[tuple[object, ...] | None, _Ways], wanted: set[State]) -> Trace:
        states: list[tuple[object, ...]] = []
        steps: list[Step] = []
        for at, target in enumerate(chain, start=1):
            before = states[-1] if states else None
            if before not in ways:
                ways[before] = _Ways(
                    self._interpreter.initial() if before is None else self._interpreter.successors(before)
                )
            taken = self._next(ways[before], target, wanted, at)
            assert taken.state is not None
            states.append(taken.state)
            steps.append(taken.step)
        return Trace(tuple(states), tuple(steps[1:]), steps[0].choices)

    def _next(self, ways: _Ways, target: State, wanted: set[State], depth: int) -> Transition:
        """The first transition to a state; others that are wanted are noted on the way."""
        while target not in ways.known:
            transition = next(ways.rest, None)
            if transition is None:
                raise EngineBug(f"explicit: the interpreter knows no step to state {depth} of the behaviour")
            if transition.state is not None and (words := self._words(transition.state)) in wanted:
                ways.known.setdefault(words, transition)
        return ways.known[target]

    def _words(self, state: tuple[object, ...]) -> State:
        """The words by which a state is known."""
        return self._layout.encode(state)

    def _failing(self, state: tuple[object, ...], judged: tuple[str, ...]) -> Failing:
        """The first thing that fails in a state: a property, else a step, else the judgement whether it is a
        deadlock."""
        for name in judged:
            try:
                if name in self._interpreter.program.abstract:
                    self._interpreter.begins(name, state)
                else:
                    self._interpreter.holds(name, state)
            except StepFailed as failed:
                return Failing(None, failed.failure)
        possible = False
        for transition in self._interpreter.successors(state):
            possible = True
            if transition.failure is not None:
                return Failing(transition.step, transition.failure)
        try:
            self._interpreter.deadlocked(state, possible)
        except StepFailed as failed:
            return Failing(None, failed.failure)
        raise EngineBug("explicit: something fails in compiled code and not in the interpreter")


class Pathfinder(Retracing):
    """Behaviours of `program` to states that `search` has found."""

    def __init__(self, program: Program, search: Searching) -> None:
        super().__init__(program, search.emitted.layout)
        self._search = search
        self._canonical = search.model.function("canonical", 2) if search.emitted.permutations > 1 else None

    def chains(self, ends: Sequence[tuple[State, int]]) -> list[list[State]]:
        """For each state and its depth (the initial states have 1) the states of a behaviour to it. The levels are gone
        through once for all of them."""
        chains = [[state] for state, _ in ends]
        for depth in range(max((depth for _, depth in ends), default=1), 1, -1):
            open_ = [chain for chain, (_, end) in zip(chains, ends, strict=True) if end >= depth]
            targets = sorted({chain[-1] for chain in open_})
            parents = dict(zip(targets, self._search.parents(targets, depth - 1), strict=True))
            for chain in open_:
                parent = parents[chain[-1]]
                if parent is None:
                    raise EngineBug(f"explicit: a state of level {depth} follows from none of level {depth - 1}")
                chain.append(parent)
        return [chain[::-1] for chain in chains]

    def _words(self, state: tuple[object, ...]) -> State:
        """The words by which the search knows a state."""
        row = super()._words(state)
        if self._canonical is None:
            return row
        cells = (ctypes.c_int64 * len(row))(*row)
        self._canonical(ctypes.addressof(cells), ctypes.addressof(self._search.scratch))
        return tuple(cells)
