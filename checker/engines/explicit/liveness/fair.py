"""Which of a set of states, or of nodes, are in a fair component: one within which a fair cycle can go round for ever.

What cannot stay in the set is taken out first; of what is left, components are found, and refined where fairness wants
it (Emerson and Lei 1987).
"""

from __future__ import annotations

from checker.engines.explicit.liveness.graph import Graph
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region

_WORTH = 8
"""Trimming goes on while it takes out at least one state in so many; what it leaves, components tell apart."""

_TRIED = 1 << 15
"""Of many states it is tried on about so many first."""


def trimmed(graph: Graph, states: Region, left: int) -> int:
    """Take out of a set what cannot stay in it for ever, as long as that is worth while; how many are left."""
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


def fair_components(graph: Graph, states: Region, left: int) -> Region | None:
    """Those of a set, which is freed, that are in fair components; None if none is. `left` are in it."""
    if left == 0:
        graph.free(states)
        return None
    fair, found = graph.new_set(), 0
    while left:
        after = graph.new_set()
        graph.put({block.AFTER: after.address, block.FAIR: fair.address})
        left, good = _refined(graph, states, left)
        found += good
        graph.free(states)
        states = after
    graph.free(states)
    if found:
        return fair
    graph.free(fair)
    return None


def _refined(graph: Graph, states: Region, left: int) -> tuple[int, int]:
    """Tell components apart, and decide the fate of each; how many states are left for the next round, and how many
    components are fair."""
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
