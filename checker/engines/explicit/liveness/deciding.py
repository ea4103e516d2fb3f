"""Decide temporal properties over the states that a finished search has stored.

What violates a property is a behaviour that comes to a state (the stem) from where a fair cycle goes on for ever:

- `@eventually p`: never p, on the stem and on the cycle.
- `@leads_to p, q`: p somewhere, and from there on never q, on the rest of the stem and on the cycle.
- `@always_eventually p`: never p on the cycle.
- `@eventually_always p`: a state without p on the cycle.

So there is a set of states in which the cycle stays. Only if some of its components are fair is it asked whether a stem
leads to one. What violates a `@temporal` formula is looked for by `formulas`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from checker.contract.trace import Trace
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.engines.common.ledger import UNEVALUABLE, cannot_be_evaluated
from checker.engines.explicit.liveness.coarse import WORTH, thinned
from checker.engines.explicit.liveness.fair import fair_components, trimmed
from checker.engines.explicit.liveness.formulas import Formulas, Found, Unjudged, raise_unjudged
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
from checker.ir.temporal import TemporalKind, premise
from checker.ir.types import Value
from checker.semantics import Interpreter, StepFailed, vectors


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


def load_kernels(program: Program) -> list[Library]:
    """The compiled loops of the search and of this room; those for formulas, if there are any."""
    own = ["liveness.classes", "liveness.passes", "liveness.components", "liveness.ways"]
    if any(each.formula is not None for each in program.temporal):
        own.append("liveness.products")
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
        self._of_formulas: Formulas | None = None

    def verdict(self, temporal: Temporal) -> Verdict:
        """Whether a property holds for all values of its parameters. Stopped if a budget ends it."""
        kinds = [parameter.type for parameter in temporal.function.parameters]
        examine = self._examine if temporal.formula is None else self._formulas().examine
        happens = False
        for arguments in vectors(kinds):
            ranks = [kind.rank(value) for kind, value in zip(kinds, arguments, strict=True)]
            try:
                found = examine(temporal, ranks)
            except Unjudged as failed:
                return self._failing(temporal, arguments, failed.state)
            if isinstance(found, Unknown):
                return found
            happens = happens or found.happens
            if found.trace is not None:
                return Violated(found.trace)
        vacuous = premise(temporal.kind, temporal.formula) is not None and not happens
        return Exhausted(self._search.distinct, vacuous)

    def _formulas(self) -> Formulas:
        if self._of_formulas is None:
            self._of_formulas = Formulas(self._program, self._search, self._graph, self._thinned)
        return self._of_formulas

    def _examine(self, temporal: Temporal, ranks: Sequence[int]) -> Found:
        """What becomes of a property that is no formula, for arguments of these ranks."""
        graph, shape = self._graph, _shape(temporal.kind)
        stays, other = graph.new_set(), graph.new_set()
        skips = self._skips(temporal)
        try:
            left = self._assess(temporal, ranks, stays, other, skips)
            raise_unjudged(graph)
            happens = graph.total(block.HAPPENS) != 0
            question = Question(stays, other, shape.begins, shape.at_once)
            fair = self._fair(question, left, shape.visits)
            if fair is None:
                return Found(None, happens)
            if skips:
                self._assess(temporal, ranks, stays, other)
            return Found(self._violation(question, fair, shape.visits), happens)
        finally:
            graph.free(stays)
            graph.free(other)

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

    def _failing(self, temporal: Temporal, arguments: tuple[Value, ...], state: State) -> Verdict:
        """The conditions cannot be evaluated in a state."""
        try:
            Interpreter(self._program).conditions(temporal, arguments, self._search.emitted.layout.decode(state))
        except StepFailed as failed:
            return cannot_be_evaluated(failed.failure)
        return Unknown(UNEVALUABLE)

    def _violation(self, question: Question, fair: Region, visits: bool) -> Trace | None:
        """A behaviour that comes to the states of fair components and violates the property, if there is one."""
        try:
            return self._lassos.shortest(question, fair, visits)
        finally:
            self._graph.free(fair)

    # -- fair components -----------------------------------------------------------------------------------------------

    def _fair(self, question: Question, left: int, visits: bool) -> Region | None:
        """The states of all fair components; None if there are none."""
        graph = self._graph
        states = graph.new_set()
        ctypes.memmove(states.address, question.stays.address, states.size)
        graph.put({block.OTHER: question.other.address, block.VISITS: int(visits)})
        left = trimmed(graph, states, left)
        return fair_components(graph, *self._thinned(states, left, visits))

    def _thinned(self, states: Region, left: int, visits: bool) -> tuple[Region, int]:
        """A set without states of which classes show that no fair cycle comes by; how many are left."""
        return thinned(self._graph, *self._witnessed(states, left), visits)

    def _witnessed(self, states: Region, left: int) -> tuple[Region, int]:
        """The same of those classes that were noted while the states were expanded."""
        if self._witness is None or left < WORTH:
            return states, left
        after = self._graph.new_set()
        remaining = self._witness.thin(self._graph, states, after)
        if remaining is None:
            self._graph.free(after)
            return states, left
        self._graph.free(states)
        return after, remaining
