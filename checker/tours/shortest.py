"""The shortest tour that shows a divergence, among those that are tried; and what is said of it.

Tried are, the shorter ones first, some ways through the graph; then a shortest way to each state with each step from
there, or with the end of the tour; then the tour without its rounds. A program may remember more than its model knows,
and show nothing on a short way.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from checker.contract.wording import counted
from checker.ir.nodes import Program
from checker.tours.cover import Tour
from checker.tours.driving import Divergence, Driver
from checker.tours.graph import Graph, ways
from counterexamples.explain.changes import facts

_FIRST, _TRIES, _SECONDS = 500, 2_000, 10.0
_WIDTH = 80
_FACTS = 20


@dataclass(frozen=True, slots=True)
class Shortest:
    """The divergence on the shortest tour that shows one, of so many that were tried."""

    divergence: Divergence
    tried: int


def shortest(driver: Driver, graph: Graph, tour: Tour, first: Divergence) -> Shortest:
    """Look for a shorter tour than one that was found to diverge."""
    best, tried = first, 0
    end = time.monotonic() + _SECONDS
    for way in _candidates(graph, tour[: len(first.calls)]):
        if len(way) >= len(best.calls):
            continue
        if tried == _TRIES or time.monotonic() > end:
            break
        tried += 1
        found = driver.run([edge.call for edge in way])
        if found is not None and len(found.calls) < len(best.calls):
            best = found
    return Shortest(best, tried)


def _candidates(graph: Graph, tour: Tour) -> Iterator[Tour]:
    yield from islice(_short(graph), _FIRST)
    found = ways(graph)
    for begins in reversed(range(len(tour))):
        yield (*found[tour[begins].source], *tour[begins:])
    for at in sorted(found, key=lambda at: len(found[at])):
        for edge in graph.edges[at]:
            yield (*found[at], edge)
    yield from sorted(_without_rounds(tour), key=len)


def _short(graph: Graph) -> Iterator[Tour]:
    """All ways, the shorter ones first."""
    border: list[Tour] = [(edge,) for at in range(graph.initial) for edge in graph.edges[at]]
    while border:
        yield from border
        border = [(*way, edge) for way in islice(border, _FIRST) for edge in graph.edges[way[-1].target]]


def _without_rounds(tour: Tour) -> Iterator[Tour]:
    """The tour without one of its rounds, or without all of them but the last steps."""
    for begins, edge in enumerate(tour):
        for ends in range(begins, len(tour) - 1):
            if tour[ends].target == edge.source:
                yield (*tour[:begins], *tour[ends + 1 :])


def told(program: Program, name: str, divergence: Divergence, said: str = "") -> str:
    """What differs, after which calls: expected against observed."""
    lines = _wrapped(f"{name} does what {program.model.rpartition(':')[2]} does not{said}", "")
    lines += ["", "  reset()"]
    lines += [f"  {call.shown(program)}" for call in divergence.calls]
    raised, misfit = divergence.raised, divergence.misfit
    if raised is not None:
        lines += ["", *_wrapped(f"raised {type(raised).__name__}: {raised}", "  ")]
        lines += _wrapped("The model takes the step.", "  ")
    if misfit is not None:
        lines.append("")
        for near in misfit.nearest:
            for each in near.differs:
                lines += _wrapped(f"expected  {each.part} = {each.model}", "  ")
                lines += _wrapped(f"observed  {each.part} = {each.said}", "  ")
            if not near.differs:
                lines += _wrapped(f"{near.who} {near.problem}", "  ")
            lines += [*_wrapped(near.place, "      ")] if near.place else []
            lines += [*_wrapped(f"with {', '.join(near.values)}", "      ")] if near.values else []
    lines += ["", "  Where the model was before:" if divergence.calls else "  Where the model begins:"]
    shown = facts(program, divergence.states[0], None)
    lines += [line for fact in shown[:_FACTS] for line in _wrapped(f"{fact.subject}  {fact.text}", "    ")]
    return "\n".join(lines)


def tried_words(found: Shortest, length: int) -> str:
    """Which tour is shown."""
    short = counted(len(found.divergence.calls), "step")
    if len(found.divergence.calls) == length:
        return f", after {short} (none of {counted(found.tried, 'shorter tour')} shows it)"
    return f", after {short}, the shortest of {counted(found.tried, 'tour')} tried (it was found after {length})"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False)
