"""Decide temporal properties over the states that a finished search has stored.

What violates a property is a behaviour that comes to a state (the stem) from where a fair cycle goes on for ever:

- `@eventually p`: never p, on the stem and on the cycle.
- `@leads_to p, q`: p somewhere, and from there on never q, on the rest of the stem and on the cycle.
- `@always_eventually p`: never p on the cycle.
- `@eventually_always p`: a state without p on the cycle.

So there is a set of states in which the cycle stays. What cannot stay there for ever is taken out first; of what is
left, components are found, and refined where fairness wants it (Emerson and Lei 1987). Only if some of them are fair is
it asked whether a stem leads to one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.engines.common.ledger import cannot_be_evaluated
from checker.engines.explicit.liveness.coarse import WORTH, thinned
from checker.engines.explicit.liveness.graph import Graph
from checker.engines.explicit.liveness.lasso import Lassos, Question
from checker.engines.explicit.liveness.witness import Witness
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import TemporalKind
from checker.semantics import Interpreter, StepFailed, vectors

_WORTH = 8
"""Trimming goes on while it takes out at least one state in so many; what it leaves, components tell apart."""

FORMULA = "the engine 'explicit' does not decide a formula: 'auto' and 'reference' do"
"""Why nothing is said of a `@temporal` property."""

_TRIED = 1 << 15
"""Of many states it is tried on about so many first."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a violation looks like, by what the conditions of a property are in a state: bit i of a table stands for
    conditions i, one bit for each. `stays`: the cycle may be there. `other`: the violation may begin there, or, if it
    `visits`, the cycle has to come by one of these states."""

    stays: int
    other: int = 0
    begins: bool = False
    at_once: bool = False
    visits: bool = False


def _shape(kind: TemporalKind) -> _Shape:
    match kind:
        case TemporalKind.EVENTUALLY:
            return _Shape(0b0101, 0b0101, begins=True, at_once=True)
        case TemporalKind.LEADS_TO:
            return _Shape(0b0011, 0b0010, begins=True)
        case TemporalKind.ALWAYS_EVENTUALLY:
            return _Shape(0b0101)
        case TemporalKind.EVENTUALLY_ALWAYS:
            return _Shape(0b1111, 0b0101, visits=True)
        case TemporalKind.TEMPORAL:
            raise ValueError("a formula asks for a run of its automaton")
        case _:
            assert_never(kind)


def load_kernels() -> list[Library]:
    """The compiled loops of the search and of this room."""
    own = ("liveness.classes", "liveness.passes", "liveness.components", "liveness.ways")
    return [library.load_kernels(), *(library.load_kernels(each) for each in own)]


class Deciding:
    """Temporal properties of `program`, one after the other, over a search that is complete."""

    def __init__(
        self, program: Program, search: Search, kernels: Sequence[Library], witness: Witness | None = None
    ) -> None:
        fairness = [program.fairness[name] for name, _ in search.emitted.things]
        most = max((len(each.function.parameters) for each in program.temporal), default=0)
        self._program, self._search = program, search
        self._graph = Graph(search, kernels, fairness, most)
        self._witness = witness
        self._lassos = Lassos(program, search, self._graph)

    def verdict(self, temporal: Temporal) -> Verdict:
        """Whether a property holds for all values of its parameters. Stopped if a budget ends it."""
        if temporal.formula is not None:
            return Unknown(FORMULA)
        kinds = [parameter.type for parameter in temporal.function.parameters]
        happens = False
        for number, arguments in enumerate(vectors(kinds)):
            ranks = [kind.rank(value) for kind, value in zip(kinds, arguments, strict=True)]
            stays, other = self._graph.new_set(), self._graph.new_set()
            try:
                skips = self._skips(temporal)
                left = self._assess(temporal, ranks, stays, other, skips)
                failing = self._graph.culprit()
                if failing is not None:
                    return self._failing(temporal, number, failing)
                happens = happens or self._graph.total(block.HAPPENS) != 0
                question = Question(stays, other, _shape(temporal.kind).begins, _shape(temporal.kind).at_once)
                fair = self._fair(question, left, _shape(temporal.kind).visits)
                if fair is not None and skips:
                    self._assess(temporal, ranks, stays, other)
                found = None if fair is None else self._violation(question, fair, _shape(temporal.kind).visits)
            finally:
                self._graph.free(stays)
                self._graph.free(other)
            if found is not None:
                return found
        vacuous = temporal.kind is TemporalKind.LEADS_TO and not happens
        return Exhausted(self._search.distinct, vacuous)

    def _skips(self, temporal: Temporal) -> bool:
        """Whether a property need not be looked at where it was noted that no fair cycle comes by: it has a value
        everywhere, and nobody asks whether its first condition is ever true."""
        if temporal.kind is TemporalKind.LEADS_TO or temporal.name in self._search.emitted.fallible:
            return False
        return self._witness is not None and self._witness.is_decided(self._graph)

    def _assess(
        self, temporal: Temporal, ranks: Sequence[int], stays: Region, other: Region, skips: bool = False
    ) -> int:
        """Find the states where the cycle may be, and the others that count; how many the first are. It `skips` those
        of which it was noted that no fair cycle comes by."""
        shape, graph = _shape(temporal.kind), self._graph
        cells = {
            block.SET: stays.address,
            block.OTHER: other.address,
            block.STAY_WHEN: shape.stays,
            block.OTHER_WHEN: shape.other,
            block.SKIPS: int(skips),
            block.HAPPENS: 0,
            block.FAILS: 0,
        }
        graph.put(cells)
        graph.ask([self._program.temporal.index(temporal), *ranks])
        return graph.sweep("assess", graph.set_words)

    def _failing(self, temporal: Temporal, number: int, state: State) -> Verdict:
        """The conditions cannot be evaluated in a state, for the arguments of that number."""
        decoded = self._search.emitted.layout.decode(state)
        for at, arguments in enumerate(vectors([parameter.type for parameter in temporal.function.parameters])):
            if at == number:
                try:
                    Interpreter(self._program).conditions(temporal, arguments, decoded)
                except StepFailed as failed:
                    return cannot_be_evaluated(failed.failure)
        return Unknown("cannot be evaluated in a reachable state")

    def _violation(self, question: Question, fair: Region, visits: bool) -> Verdict | None:
        """A behaviour that comes to the states of fair components and violates the property, if there is one."""
        try:
            trace = self._lassos.shortest(question, fair, visits)
            return None if trace is None else Violated(trace)
        finally:
            self._graph.free(fair)

    # -- fair components -----------------------------------------------------------------------------------------------

    def _fair(self, question: Question, left: int, visits: bool) -> Region | None:
        """The states of all fair components; None if there are none."""
        graph = self._graph
        states = graph.new_set()
        ctypes.memmove(states.address, question.stays.address, states.size)
        graph.put({block.OTHER: question.other.address, block.VISITS: int(visits)})
        left = self._trimmed(states, left)
        states, left = self._witnessed(states, left)
        states, left = thinned(graph, states, left, visits)
        if left == 0:
            graph.free(states)
            return None
        fair, found = graph.new_set(), 0
        while left:
            after = graph.new_set()
            graph.put({block.AFTER: after.address, block.FAIR: fair.address})
            left, good = self._refined(states, left)
            found += good
            graph.free(states)
            states = after
        graph.free(states)
        if found:
            return fair
        graph.free(fair)
        return None

    def _witnessed(self, states: Region, left: int) -> tuple[Region, int]:
        """A set without states of which it was noted, while they were expanded, that no fair cycle comes by; how many
        are left."""
        if self._witness is None or left < WORTH:
            return states, left
        after = self._graph.new_set()
        remaining = self._witness.thin(self._graph, states, after)
        if remaining is None:
            self._graph.free(after)
            return states, left
        self._graph.free(states)
        return after, remaining

    def _trimmed(self, states: Region, left: int) -> int:
        """Take out of a set what cannot stay in it for ever, as long as that is worth while; how many are left."""
        graph = self._graph
        graph.put({block.SET: states.address})
        share = graph.set_words if left <= _TRIED else max(1, graph.set_words * _TRIED // left)
        while left:
            removed = graph.sweep("trim", share)
            left -= removed
            if removed * _WORTH * graph.set_words < left * share or removed == 0:
                break
            left -= graph.sweep("trim", graph.set_words, share)
            share = graph.set_words
        return left

    def _refined(self, states: Region, left: int) -> tuple[int, int]:
        """Tell components apart, and decide the fate of each; how many states are left for the next round, and how many
        components are fair."""
        graph = self._graph
        before = graph.new_set()
        graph.count(states, before)
        numbers, count = graph.components(states, before, left)
        parts = graph.parts(count)
        graph.put({block.PARTS: parts.address})
        graph.sweep("weigh", graph.set_words)
        graph.sweep("classify", count)
        fates = graph.fates(parts, count)
        left = 0
        if fates[block.REFINED] or fates[block.FAIR_ITSELF]:
            left = graph.sweep("sift", graph.set_words)
        for memory in (before, numbers, parts):
            graph.free(memory)
        return left, fates[block.FAIR_ITSELF]
