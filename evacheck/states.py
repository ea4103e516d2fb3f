"""The states of a small model as a graph, from Python. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checker.contract.wording import counted
from checker.errors import UsageError
from checker.frontend.compile import compile_program
from checker.lang.model import Model
from counterexamples.draw import graph as graphs
from evacheck.checking import instance
from evacheck.drawing import Drawing
from evacheck.traces import LoadedTrace


@dataclass(frozen=True, repr=False)
class StateGraph(Drawing):
    """The reachable states of a model and the steps between them, as a picture and as a `networkx.DiGraph`: its nodes
    have `rows` (texts) and `layer` (steps from an initial state), its edges `steps` (texts); `path` is of both."""

    networkx: Any

    @property
    def cut(self) -> bool:
        """Whether there are more states than were drawn."""
        return bool(self.networkx.graph["cut"])

    def __len__(self) -> int:
        """How many states are drawn."""
        return len(self.networkx)

    def dot(self) -> str:
        """The graph in the language of Graphviz."""
        return graphs.to_dot(self.networkx)


def graph(model: Model | type[Model] | str, *, states: int = 300, trace: LoadedTrace | None = None) -> StateGraph:
    """All reachable states of a small model, or the first `states` of them, breadth first; the path of `trace` is
    marked. Members of symmetric types are told apart. Raises ModelError for a model outside the language, UsageError
    for a wrong name or value."""
    if states < 1:
        raise UsageError("U008", f"states={states}: there is nothing to draw", "Give a number from 1 on.")
    made = instance(model)
    found = graphs.state_graph(compile_program(made), states, None if trace is None else trace.trace)
    more = "the first of more" if found.graph["cut"] else "all"
    steps = f"{found.number_of_edges():,} steps between them"
    return StateGraph(f"{made!r}: {counted(len(found), 'state')}, {more}; {steps}", graphs.to_svg(found), found)
