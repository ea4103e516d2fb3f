"""Find a shortest behaviour to a state that the search has visited. No parents are stored: each state's is looked for
in the level before, from the last to the first; then the interpreter walks forward and says which steps these were.

With symmetry the levels hold one state for each orbit; the behaviour found is one of the model's own all the same.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import replace

from checker.contract.trace import Failing, Trace
from checker.engines.explicit.codegen.layout import Layout
from checker.engines.explicit.search import Search, State
from checker.errors import EngineBug
from checker.ir.nodes import Program
from checker.semantics import Interpreter, StepFailed, Transition


class Retracing:
    """Behaviours of `program` of which the packed states are known."""

    def __init__(self, program: Program, layout: Layout) -> None:
        self._layout = layout
        self._interpreter = Interpreter(program)

    def failing(self, trace: Trace, judged: tuple[str, ...]) -> Trace:
        """The trace, ended by the step, or by the first of the properties `judged`, that fails in its last state."""
        return replace(trace, end=self._failing(trace.states[-1], judged))

    def failing_init(self) -> Trace:
        """How `init` fails."""
        for transition in self._interpreter.initial():
            if transition.failure is not None:
                return Trace((), (), transition.step.choices, Failing(None, transition.failure))
        raise EngineBug("explicit: 'init' fails in compiled code and not in the interpreter")

    def walk(self, chain: Sequence[State]) -> Trace:
        """The behaviour whose states are known by these words."""
        first = self._next(self._interpreter.initial(), chain[0], 1)
        assert first.state is not None
        states, steps = [first.state], []
        for at, target in enumerate(chain[1:], start=2):
            taken = self._next(self._interpreter.successors(states[-1]), target, at)
            assert taken.state is not None
            states.append(taken.state)
            steps.append(taken.step)
        return Trace(tuple(states), tuple(steps), first.step.choices)

    def _next(self, transitions: Iterator[Transition], target: State, depth: int) -> Transition:
        for transition in transitions:
            if transition.state is not None and self._words(transition.state) == target:
                return transition
        raise EngineBug(f"explicit: the interpreter knows no step to state {depth} of the behaviour")

    def _words(self, state: tuple[object, ...]) -> State:
        """The words by which a state is known."""
        return self._layout.encode(state)

    def _failing(self, state: tuple[object, ...], judged: tuple[str, ...]) -> Failing:
        """The first thing that fails in a state: a property, else a step, else the judgement whether it is a
        deadlock."""
        for name in judged:
            try:
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

    def __init__(self, program: Program, search: Search) -> None:
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
            parents = dict(zip(targets, self._search.parents(targets, self._search.levels[depth - 2]), strict=True))
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
        self._canonical(ctypes.addressof(cells), ctypes.addressof(self._search.workers[0].scratch))
        return tuple(cells)
