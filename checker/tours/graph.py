"""The states of a model and the steps between them as a graph, for tours. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step
from checker.semantics.explore import explore
from counterexamples.explain.changes import name_of


@dataclass(frozen=True, slots=True)
class Call:
    """What a program is told to do: an action with its arguments, or an instance of a process to go on."""

    name: str
    arguments: tuple[Value, ...]

    def shown(self, program: Program) -> str:
        """`put(k=1)`, `worker[0]`."""
        return name_of(program, Step(self.name, self.arguments, None, ()))


@dataclass(frozen=True, slots=True)
class Edge:
    """A step: from which state to which. Steps that differ in choices alone, and lead to one state, are one."""

    source: int
    call: Call
    target: int


@dataclass(frozen=True, slots=True)
class Graph:
    """All reachable states, breadth first, the initial ones first, and the steps from each. Steps that fail are not
    there: a program is not told to take them."""

    program: Program
    states: Sequence[State]
    initial: int
    edges: Sequence[Sequence[Edge]]

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return sum(map(len, self.edges))


def explored(program: Program, most: int) -> Graph:
    """The graph of a program. Raises UsageError U032 if there are more than so many states."""
    numbers: dict[State, int] = {}
    edges: dict[int, dict[Edge, None]] = {}
    initial = 0
    for each in explore(Interpreter(program)):
        target = each.transition.state
        if target is None:
            continue
        number = numbers.setdefault(target, len(numbers))
        if len(numbers) > most:
            problem = f"{program.model} has more than {most:,} states: too many for tours through all of them"
            raise UsageError("U032", problem, "Give smaller parameters, or more with `most_states`; or use `machine`.")
        if each.origin is None:
            initial = len(numbers)
            continue
        source, step = numbers[each.origin], each.transition.step
        edges.setdefault(source, {})[Edge(source, Call(step.name, step.arguments), number)] = None
    return Graph(program, tuple(numbers), initial, tuple(tuple(edges.get(at, ())) for at in range(len(numbers))))


def ways(graph: Graph) -> Mapping[int, tuple[Edge, ...]]:
    """A shortest way to each state, by its number."""
    found: dict[int, tuple[Edge, ...]] = dict.fromkeys(range(graph.initial), ())
    border = list(found)
    while border:
        after = []
        for at in border:
            for edge in graph.edges[at]:
                if edge.target not in found:
                    found[edge.target] = (*found[at], edge)
                    after.append(edge.target)
        border = after
    return found
