"""Decide a `@temporal` formula over the states that a finished search has stored.

What violates it is a fair behaviour together with a run of an automaton for what denies it (`common.tableau`): a lasso
in the product of the two, on whose cycle every promise is settled somewhere. The states stay as they are stored. A node
of the product is a state's entry with a mode of the automaton, and a set of nodes a bit for each; what the conditions
are in each state is asked once, and its successors once for all its modes.

First the nodes that behaviours come to are found; of these, those in fair components, where the promises are kinds of
states to visit. There is a violation if and only if there are any.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import NamedTuple

from checker.contract.trace import Trace
from checker.contract.verdict import Unknown
from checker.engines.common.tableau import Tableau
from checker.engines.common.temporal import MOST_MODES, too_large
from checker.engines.explicit.codegen.layout import signed
from checker.engines.explicit.liveness.fair import fair_components, trimmed
from checker.engines.explicit.liveness.graph import Graph
from checker.engines.explicit.liveness.modes import Modes
from checker.engines.explicit.liveness.node_lasso import NodeLassos, begin
from checker.engines.explicit.liveness.rows import Rows
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.search import Search
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program, Temporal
from checker.ir.temporal import Negation, premise
from checker.ir.types import TupleType


class Found(NamedTuple):
    """A behaviour that violates a property for some arguments, None if none does; and whether its premise is ever true,
    if it has one."""

    trace: Trace | None
    happens: bool


class Unjudged(Exception):
    """The conditions of a property cannot be evaluated in a state."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state


def raise_unjudged(graph: Graph) -> None:
    """Unjudged if a kernel noted a state, with the least that was noted."""
    state = graph.culprit()
    if state is not None:
        raise Unjudged(state)


class Formulas:
    """Formulas of `program`, one after the other. `thinned` takes out of a set of states some that no fair cycle within
    comes by."""

    def __init__(
        self,
        program: Program,
        search: Search,
        graph: Graph,
        thinned: Callable[[Region, int, bool], tuple[Region, int]],
    ) -> None:
        self._program, self._search, self._graph, self._thinned = program, search, graph, thinned

    def examine(self, temporal: Temporal, ranks: Sequence[int]) -> Found | Unknown:
        """What becomes of a formula for arguments of these ranks."""
        assert temporal.formula is not None
        graph = self._graph
        returns = temporal.function.returns
        letters = words(1 << (len(returns.parts) if isinstance(returns, TupleType) else 1))
        log = ((len(letters) - 1).bit_length() - 1).bit_length()
        truths = graph.region((graph.state_words << log) * 8)
        try:
            graph.put({block.TRUTHS: truths.address, block.LETTER_LOG: log})
            self._read_letters(temporal, ranks, letters)
            occurring = [letter for letter, occurs in enumerate(letters) if occurs]
            begins = premise(temporal.kind, temporal.formula)
            happens = begins is not None and any(letter >> begins & 1 for letter in occurring)
            modes = Modes(Tableau(Negation(temporal.formula)), occurring, lambda: graph.clock.check(graph.stats))
            if modes.count > MOST_MODES:
                return too_large(modes.count)
            for letter in occurring:
                letters[letter] = modes.address_of(letter)
            return Found(self._lasso(modes, letters, truths), happens)
        finally:
            graph.free(truths)

    def _read_letters(self, temporal: Temporal, ranks: Sequence[int], letters: ctypes.Array[ctypes.c_int64]) -> None:
        """Ask what the conditions are in each state. Unjudged if they cannot be evaluated somewhere."""
        graph = self._graph
        graph.put({block.LETTERS: ctypes.addressof(letters), block.FAILS: 0})
        graph.ask([self._program.temporal.index(temporal), *ranks])
        graph.sweep("read_letters", graph.state_words)
        graph.put({block.LETTERS: 0})
        raise_unjudged(graph)

    def _lasso(self, modes: Modes, letters: ctypes.Array[ctypes.c_int64], truths: Region) -> Trace | None:
        """A behaviour that makes the formula false; None if there is none."""
        graph = self._graph
        with graph.of_nodes(modes.log, ctypes.addressof(letters)):
            nodes = self._reached()
        other, states = graph.new_set(), graph.new_set()
        with graph.of_nodes(modes.log, ctypes.addressof(letters)):
            over_and_over = sum(modes.lasting << at for at in range(0, 64, 1 << modes.log))
            cells = {block.SET: nodes.address, block.AFTER: states.address, block.LASTING: signed(over_and_over)}
            graph.put(cells)
            left = graph.sweep("last_nodes", graph.set_words)
        graph.put({block.OTHER: other.address})
        states, _ = self._thinned(states, left, False)
        graph.free(other)
        with graph.of_nodes(modes.log, ctypes.addressof(letters)):
            graph.put({block.SET: nodes.address, block.OTHER: states.address})
            left = graph.sweep("keep_nodes", graph.set_words)
            graph.free(states)
            graph.put({block.VISITS: (1 << modes.promises) - 1})
            fair = fair_components(graph, nodes, trimmed(graph, nodes, left))
            if fair is None:
                return None
            try:
                return NodeLassos(self._program, self._search, graph, modes, truths).shortest(fair)
            finally:
                graph.free(fair)

    def _reached(self) -> Region:
        """The nodes that behaviours come to."""
        graph = self._graph
        nodes, pending, first = graph.new_set(), graph.new_set(), Rows(graph, 1)
        begin(graph, self._search, nodes, first)
        first.free()
        ctypes.memmove(pending.address, nodes.address, nodes.size)
        graph.put({block.SET: nodes.address, block.AFTER: pending.address})
        while graph.sweep("reach", graph.set_words):
            pass
        graph.free(pending)
        return nodes
