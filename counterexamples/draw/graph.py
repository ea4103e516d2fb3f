"""Traces and small state spaces as graphs, for Graphviz and as SVG. Explores with the interpreter; judges nothing.

A graph is a networkx.DiGraph. Its nodes are numbered in the order they were reached and carry `rows` (texts, one for
each line), `layer` (depth, the initial states have 0), `number` (what is written beside it) and `path` (it lies on the
marked trace). Its edges carry `steps` (the names of all steps between the two) and `path`. `graph["title"]` names it,
`graph["cut"]` says whether states were left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias, assert_never

import networkx as nx

from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step
from checker.semantics.explore import explore
from counterexamples.draw.chain import short_name
from counterexamples.draw.layers import Box, draw
from counterexamples.draw.pictures import state_picture
from counterexamples.draw.svg import wrap
from counterexamples.explain.changes import changes, facts, idle
from counterexamples.explain.text import describe_step, describe_steps

_COLUMNS = 44  # characters in a node

Graph: TypeAlias = nx.DiGraph


def trace_graph(program: Program, trace: Trace) -> Graph:
    """The trace as a chain: each state a node with what changed in it, each step an edge."""
    graph: Graph = nx.DiGraph(title=f"{short_name(program)}: a trace of {len(trace)} states", cut=False)
    steps, waiting = describe_steps(program, trace), idle(program, trace)
    for index, state in enumerate(trace.states):
        if index:
            found = changes(program, trace.states[index - 1], state, waiting[index - 1], waiting[index])
        else:
            found = facts(program, state, waiting[0])
        rows = _rows((f"{fact.subject}  {fact.text}" for fact in found), "nothing changes")
        graph.add_node(index, rows=rows, layer=index, number=str(index + 1), path=True)
        if index:
            graph.add_edge(index - 1, index, steps=(steps[index - 1],), path=True)
    match trace.end:
        case Failing(Step(), _):
            last = len(trace)
            graph.add_node(last, rows=("this step fails",), layer=last, number="!", path=True)
            graph.add_edge(last - 1, last, steps=(steps[-1],), path=True)
        case Lasso(back_to):
            if back_to < len(trace) - 1:
                last = len(trace) - 1  # which is state back_to once more
                graph.remove_node(last)
                graph.add_edge(last - 1, back_to, steps=(steps[-1],), path=True)
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)
    return graph


def state_graph(program: Program, limit: int, marked: Trace | None = None) -> Graph:
    """The first `limit` reachable states, breadth first, and every step between them; steps with the same ends are one
    edge. The path of `marked` is marked as far as its states are drawn."""
    numbers: dict[State, int] = {}
    graph: Graph = nx.DiGraph(title=f"{short_name(program)}: its reachable states", cut=False)

    def reach(state: State, layer: int) -> int | None:
        if state not in numbers:
            if len(numbers) >= limit:
                graph.graph["cut"] = True
                return None
            numbers[state] = len(numbers)
            rows = _rows((f"{fact.subject}  {fact.text}" for fact in facts(program, state, None)), "")
            graph.add_node(numbers[state], rows=rows, layer=layer, number=str(len(numbers)), path=False)
        return numbers[state]

    for each in explore(Interpreter(program)):
        source = None if each.origin is None else numbers.get(each.origin)
        if each.origin is not None and source is None:
            break  # what comes now starts from states that are not drawn
        if each.transition.state is None:
            continue
        target = reach(each.transition.state, 0 if source is None else graph.nodes[source]["layer"] + 1)
        if source is not None and target is not None:
            _join(graph, source, target, describe_step(program, each.transition.step))
    if marked is not None:
        _mark(graph, [numbers[state] for state in marked.states if state in numbers])
    return graph


def _join(graph: Graph, source: int, target: int, step: str) -> None:
    if graph.has_edge(source, target):
        graph.edges[source, target]["steps"] += (step,)
    else:
        graph.add_edge(source, target, steps=(step,), path=False)


def _mark(graph: Graph, path: list[int]) -> None:
    for node in path:
        graph.nodes[node]["path"] = True
    for source, target in pairwise(path):
        if graph.has_edge(source, target):
            graph.edges[source, target]["path"] = True


def _rows(texts: Iterator[str], nothing: str) -> tuple[str, ...]:
    """The lines in a node, none too long."""
    rows = tuple(line for text in texts for line in wrap(text, _COLUMNS, "  "))
    return rows or ((nothing,) if nothing else ())


def to_dot(graph: Graph) -> str:
    """The graph in the language of Graphviz."""
    lines = [
        f"digraph {_quoted(graph.graph['title'])} {{",
        f'  graph [label={_quoted(graph.graph["title"])}, labelloc=t, fontname="sans-serif"];',
        '  node [shape=box, style=rounded, fontname="monospace", fontsize=10];',
        '  edge [fontname="sans-serif", fontsize=9];',
    ]
    for node, data in graph.nodes(data=True):
        label = _quoted("\n".join((f"{data['number']}:", *data["rows"])), r"\l")
        lines.append(f"  n{node} [label={label}{', penwidth=2.5' if data['path'] else ''}];")
    for source, target, data in graph.edges(data=True):
        label = _quoted("\n".join(data["steps"]))
        lines.append(f"  n{source} -> n{target} [label={label}{', penwidth=2.5' if data['path'] else ''}];")
    return "\n".join((*lines, "}\n"))


def _quoted(text: str, newline: str = r"\n") -> str:
    """A string of Graphviz; `newline` ends each of its lines."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    ending = newline if newline == r"\l" else ""
    return f'"{escaped.replace(chr(10), newline)}{ending}"'


def to_graphml(graph: Graph) -> str:
    """The graph in GraphML, which most tools for graphs read: the lines of a node and the steps of an edge as texts."""
    plain: Graph = nx.DiGraph(title=graph.graph["title"], cut=graph.graph["cut"])
    for node, data in graph.nodes(data=True):
        shown = {
            "label": "\n".join(data["rows"]),
            "number": data["number"],
            "layer": data["layer"],
            "path": data["path"],
        }
        plain.add_node(f"n{node}", **shown)
    for source, target, data in graph.edges(data=True):
        plain.add_edge(f"n{source}", f"n{target}", label="\n".join(data["steps"]), path=data["path"])
    return written_graphml(plain)


def picture_graph(program: Program, state: State) -> nx.MultiDiGraph:
    """The picture of one state as a graph: its nodes and cells, with the arrows between them."""
    graph = state_picture(program, state).to_networkx()
    graph.graph["title"] = short_name(program)
    return graph


def written_graphml(graph: Graph | nx.MultiDiGraph) -> str:
    """A graph whose attributes are texts, numbers and truth values, in GraphML."""
    return "\n".join(nx.generate_graphml(graph)) + "\n"


def to_svg(graph: Graph) -> str:
    """The graph as a picture: layers by depth, from the top."""
    boxes = {
        node: Box(data["rows"], data["layer"], data["number"], data["path"]) for node, data in graph.nodes(data=True)
    }
    links = {(source, target): (data["steps"], data["path"]) for source, target, data in graph.edges(data=True)}
    note = f"the first {len(boxes):,} states of more" if graph.graph["cut"] else f"{len(boxes):,} states"
    return draw(graph.graph["title"], note, boxes, links)
