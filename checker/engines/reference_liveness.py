"""Decide temporal properties over the whole graph of the interpreter. Exact and slow: the oracle of the tests.

Every state is kept, also where members are interchangeable: renaming them would let one stand for another that is
starved. A step that changes nothing is no edge. If a step can fail, or a condition cannot be evaluated, or a budget
ended, nothing is known: the graph is not whole.

What violates a property is a behaviour that comes to a state (the stem) from where a fair cycle goes on for ever:

- `@eventually p`: never p, on the stem and on the cycle.
- `@leads_to p, q`: p somewhere, and from there on never q, on the rest of the stem and on the cycle.
- `@always_eventually p`: never p on the cycle.
- `@eventually_always p`: a state without p on the cycle.
- `@temporal f`: the formula is false of all of it. Such a behaviour is looked for together with a run of an automaton.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import assert_never

import networkx as nx

from checker.contract.task import Outcome, Stats, Task
from checker.contract.trace import Lasso, Trace
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.engines.common import temporal
from checker.engines.common.clock import Clock, Stopped, depth_ended, ended_by, states_ended
from checker.engines.common.fair_walks import Thing, path_to
from checker.engines.common.ledger import cannot_be_evaluated
from checker.engines.common.tableau import Tableau
from checker.engines.common.temporal import CANNOT_FOLLOW, Behaviours
from checker.engines.fair_cycles import Fair, Node, fair_parts, short_cycle
from checker.engines.fair_products import Product
from checker.ir.nodes import Temporal
from checker.ir.temporal import Fairness, Formula, Negation, TemporalKind, premise
from checker.ir.types import Value
from checker.semantics import Interpreter, State, Step, StepFailed, vectors

Place = tuple[Node, bool]
"""A state on a stem, and whether what the property owes is owed from here on."""

_NAME = "reference"

_MOST_ENTRIES = 50
"""States at the end of stems of one length of which the shortest cycle is taken."""


def with_temporal(task: Task, run: Callable[[Task], Outcome]) -> Outcome:
    """What `run` makes of the properties of single states, and what the graph says of those of whole behaviours."""
    return temporal.with_temporal(task, run, decide)


def decide(task: Task, names: Sequence[str], most: int | None = None) -> Behaviours:
    """Decide these temporal properties of the task's program. Ctrl-C ends it like a budget, and so do more than `most`
    states: `too_many` is what is said then."""
    wanted = [each for each in task.program.temporal if each.name in names]
    graph = _Graph(task, most)
    verdicts: dict[str, Verdict] = {}

    def work() -> None:
        try:
            graph.explore()
        except _NotWhole as found:
            verdicts.update({each.name: Unknown(str(found)) for each in wanted})
            return
        for each in wanted:
            verdicts[each.name] = _verdict(graph, each)

    stopped = ended_by(work, graph.clock.look)
    open_ = Unknown(f"{stopped} after {len(graph.states):,} states")
    found = {each.name: verdicts.get(each.name, open_) for each in wanted}
    return Behaviours((_NAME,), found, stopped, Stats(distinct=len(graph.states)))


def too_many(states: int) -> str:
    """Why the search for fair cycles ended at so many states that nobody set."""
    return f"more than {states:,} states: 'reference' goes on, or for as long as --time says"


class _NotWhole(Exception):
    """Something fails: what would come after it is not known."""


@dataclass
class _Graph:
    """All states, numbered as they were found, and the steps between them."""

    task: Task
    most: int | None
    states: list[State] = field(default_factory=list)
    numbers: dict[State, Node] = field(default_factory=dict)
    initial: dict[Node, tuple[Value, ...]] = field(default_factory=dict)  # with what init chose
    edges: nx.DiGraph[Node] = field(default_factory=nx.DiGraph)
    possible: list[set[Thing]] = field(default_factory=list)  # what is fair and can be taken, by state

    def __post_init__(self) -> None:
        self.interpreter = Interpreter(self.task.program)
        self.clock = Clock(self.task.budget, self.task.stop)
        self.fair = Fair(self.edges, self.possible, self._fairness)

    def explore(self) -> None:
        """Find every state and every step. _NotWhole if something fails."""
        for transition in self.interpreter.initial():
            self.clock.look()
            if transition.state is None:
                raise _NotWhole(f"'init' can fail: what would follow is not known ({_why(transition.failure)})")
            self.initial.setdefault(self._number(transition.state), transition.step.choices)
        level, depth = len(self.states), 1  # the states up to this depth
        for node, state in enumerate(self.states):  # which grow meanwhile
            if node == level:
                if depth == self.task.budget.max_depth:
                    raise Stopped(depth_ended(depth))
                level, depth = len(self.states), depth + 1
            for transition in self.interpreter.successors(state):
                self.clock.look()
                if transition.state is None:
                    raise _NotWhole(f"{CANNOT_FOLLOW} ({_why(transition.failure)})")
                if transition.state != state:
                    self._add(node, transition.step, self._number(transition.state))

    def _number(self, state: State) -> Node:
        if state not in self.numbers:
            limit = self.task.budget.max_states
            if limit is not None and len(self.states) >= limit:
                raise Stopped(states_ended(limit))
            if self.most is not None and len(self.states) >= self.most:
                raise Stopped(too_many(self.most))
            self.numbers[state] = len(self.states)
            self.edges.add_node(len(self.states))
            self.states.append(state)
            self.possible.append(set())
        return self.numbers[state]

    def _add(self, source: Node, step: Step, target: Node) -> None:
        if not self.edges.has_edge(source, target):
            self.edges.add_edge(source, target, takes=set())
        if step.name in self.task.program.fairness:
            thing = (step.name, step.arguments)
            self.edges.edges[source, target]["takes"].add(thing)
            self.possible[source].add(thing)

    def _fairness(self, thing: Thing) -> Fairness:
        assert isinstance(thing, tuple)
        return self.task.program.fairness[thing[0]]

    def step(self, source: Node, target: Node) -> Step:
        """A step that leads from one state to another; a fair one if there is."""
        found = [
            each.step for each in self.interpreter.successors(self.states[source]) if each.state == self.states[target]
        ]
        return next((each for each in found if each.name in self.task.program.fairness), found[0])


def _why(failure: object) -> str:
    return getattr(failure, "message", "")


def _verdict(graph: _Graph, claimed: Temporal) -> Verdict:
    """Whether the property holds for all values of its parameters."""
    if not graph.states:
        return Exhausted(0)
    formula, begins, happens = claimed.formula, premise(claimed.kind, claimed.formula), False
    for arguments in vectors([parameter.type for parameter in claimed.function.parameters]):
        try:
            truth = [_conditions(graph, claimed, arguments, state) for state in graph.states]
        except StepFailed as failed:
            return cannot_be_evaluated(failed.failure)
        happens = happens or begins is None or any(conditions[begins] for conditions in truth)
        trace = _lasso(graph, _question(claimed.kind, truth)) if formula is None else _denying(graph, formula, truth)
        if trace is not None:
            return Violated(trace)
    return Exhausted(len(graph.states), vacuous=not happens)


def _denying(graph: _Graph, formula: Formula, truth: Sequence[tuple[bool, ...]]) -> Trace | None:
    """A behaviour that makes a formula false, with the shortest stem there is; None if there is none."""
    conditions = [sum(each << number for number, each in enumerate(state)) for state in truth]
    found = Product(graph.fair, graph.initial, conditions, Tableau(Negation(formula)), graph.clock.look).lasso()
    return None if found is None else _trace(graph, *found)


def _conditions(graph: _Graph, temporal: Temporal, arguments: tuple[Value, ...], state: State) -> tuple[bool, ...]:
    graph.clock.look()
    return graph.interpreter.conditions(temporal, arguments, state)


@dataclass(frozen=True)
class _Question:
    """What a violation looks like. `stays` holds the states of the cycle, and those of the stem from where it is
    `owed`; `begins` holds those where that can begin, None if nothing is owed on a stem, and `at_once` says that it
    begins in initial states only. The cycle has a state of each set of `visits`."""

    stays: frozenset[Node]
    begins: frozenset[Node] | None = None
    at_once: bool = False
    visits: tuple[frozenset[Node], ...] = ()


def _question(kind: TemporalKind, truth: Sequence[tuple[bool, ...]]) -> _Question:
    """What violates a property whose conditions have these values, by state."""
    everywhere = frozenset(range(len(truth)))
    last_false = frozenset(node for node, conditions in enumerate(truth) if not conditions[-1])
    match kind:
        case TemporalKind.EVENTUALLY:
            return _Question(last_false, last_false, at_once=True)
        case TemporalKind.LEADS_TO:
            return _Question(last_false, frozenset(node for node in last_false if truth[node][0]))
        case TemporalKind.ALWAYS_EVENTUALLY:
            return _Question(last_false)
        case TemporalKind.EVENTUALLY_ALWAYS:
            return _Question(everywhere, visits=(last_false,))
        case TemporalKind.TEMPORAL:
            raise ValueError("a formula asks for a run of its automaton")
        case _:
            assert_never(kind)


def _lasso(graph: _Graph, question: _Question) -> Trace | None:
    """A behaviour that answers the question, with the shortest stem there is; None if there is none."""
    part_of: dict[Node, set[Node]] = {}
    for part in fair_parts(graph.fair, question.stays, question.visits):
        graph.clock.look()
        part_of.update(dict.fromkeys(part, part))
    owed = question.begins is not None
    best: tuple[list[Node], list[Node]] | None = None
    for stem in _stems(graph, question, lambda place: place[1] is owed and place[0] in part_of):
        graph.clock.look()
        cycle = short_cycle(graph.fair, part_of[stem[-1]], stem[-1], question.visits)
        if best is None or len(cycle) < len(best[1]):
            best = stem, cycle
    return None if best is None else _trace(graph, *best)


def _stems(graph: _Graph, question: _Question, ends: Callable[[Place], bool]) -> Iterator[list[Node]]:
    """The shortest ways from an initial state to where a stem can end, one to each end, up to _MOST_ENTRIES."""
    came: dict[Place, Place | None] = {place: None for node in graph.initial for place in _begin(question, node)}
    queue = deque((place, 1) for place in came)
    length, found = None, 0
    while queue:
        place, depth = queue.popleft()
        if length is not None and (depth > length or found == _MOST_ENTRIES):
            return
        graph.clock.look()
        if ends(place):
            length, found = depth, found + 1
            yield [node for node, _ in path_to(came, place)]
        for node in graph.edges.successors(place[0]):
            for following in _on(question, place, node):
                if following not in came:
                    came[following] = place
                    queue.append((following, depth + 1))


def _begin(question: _Question, node: Node) -> Iterator[Place]:
    if not question.at_once:
        yield node, False
    if question.begins is not None and node in question.begins:
        yield node, True


def _on(question: _Question, place: Place, node: Node) -> Iterator[Place]:
    """What a stem comes to with a step to `node`."""
    if place[1]:
        if node in question.stays:
            yield node, True
        return
    yield from _begin(question, node)


def _trace(graph: _Graph, stem: Sequence[Node], cycle: Sequence[Node]) -> Trace:
    """The states and steps of a stem and the cycle from its end."""
    nodes = [*stem, *cycle[1:]]
    steps = tuple(graph.step(*edge) for edge in pairwise(nodes))
    states = tuple(graph.states[node] for node in nodes)
    return Trace(states, steps, graph.initial[stem[0]], end=Lasso(len(stem) - 1))
