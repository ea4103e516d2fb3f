"""The way from a state or node of a component to the nearest where a walk round can do something that it still owes, if
that is far: breadth first by compiled loops.

It depends neither on workers nor on where a state stands in the table: one worker looks, in the order of the steps.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from checker.engines.common.fair_walks import Goal
from checker.engines.explicit.codegen.layout import signed
from checker.engines.explicit.liveness.graph import STEPS, Graph
from checker.engines.explicit.liveness.rows import Rows
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import Region, words
from checker.engines.explicit.worker import State
from checker.errors import EngineBug

Node = tuple[State, int]


class Far:
    """Ways through the states of `part`; of them `visited` is to be come by, if anything is."""

    def __init__(self, graph: Graph, part: Region, visited: Region | None) -> None:
        self._graph, self._part, self._visited = graph, part, visited

    def way(self, node: State, goal: Goal[State]) -> list[State]:
        """The states of the way, the first and the last included."""
        home = -1 if goal.home is None else self._graph.look(goal.home)
        begin = self._graph.look(node)
        with _aimed(self._graph, self._part, goal, home, self._visited) as been:
            return _roam(self._graph, "roam", node, begin, been)


class FarNodes:
    """The same through nodes: states with modes. `node` gives that with an entry."""

    def __init__(self, graph: Graph, part: Region, node: Callable[[int], Node]) -> None:
        self._graph, self._part, self._node = graph, part, node

    def way(self, node: Node, goal: Goal[Node]) -> list[Node]:
        """The nodes of the way, the first and the last included."""
        home = -1 if goal.home is None else self._entry(goal.home)
        begin = self._entry(node)
        with _aimed(self._graph, self._part, goal, home, None) as been:
            return [self._node(entry) for (entry,) in _roam(self._graph, "roam_nodes", (begin,), begin, been)]

    def _entry(self, node: Node) -> int:
        return self._graph.look(node[0]) << self._graph.mode_log | node[1]


@contextmanager
def _aimed(graph: Graph, part: Region, goal: Goal[Any], home: int, visited: Region | None) -> Iterator[Region]:
    """Within this kernels look for a goal in a component, and put where they have been into the set given."""
    graph.learn("liveness.legs")
    size = graph.mask_words
    goals = words(2 * size + 1)
    for first, things in ((0, goal.taken), (size, goal.impossible)):
        for thing in things:
            place = first + (thing >> 6)
            goals[place] = signed(goals[place] & (1 << 64) - 1 | 1 << (thing & 63))
    goals[2 * size] = sum(1 << number for number in goal.visits)
    been = graph.new_set()
    cells = {
        block.SET: part.address,
        block.FAIR: been.address,
        block.GOALS: ctypes.addressof(goals),
        block.NEXT: home,
        **({} if visited is None else {block.OTHER: visited.address}),
    }
    before = {cell: int(graph.hand.block[cell]) for cell in cells}
    graph.put(cells)
    try:
        yield been
    finally:
        graph.put(before)
        graph.free(been)


def _roam(graph: Graph, kernel: str, row: tuple[int, ...], entry: int, been: Region) -> list[tuple[int, ...]]:
    """The rows of the way from one, which has an entry, to the first where something of the goal can be done."""
    hand = graph.hand
    rows = Rows(graph, len(row) + 1)
    try:
        rows.add((*row, 0))
        ctypes.c_int64.from_address(been.address + (entry >> 6) * 8).value = signed(1 << (entry & 63))
        hand.block[block.BEGIN], hand.block[block.LISTED] = 0, 1
        answer = block.PAUSED
        while answer != block.FINISHED:
            graph.clock.check(graph.stats)
            hand.block[block.LEFT] = STEPS
            hand.block[block.LIST], hand.block[block.LIST_ROOM] = rows.address, rows.room
            answer = hand.call(kernel)
            rows.used = hand.block[block.LISTED]
            if answer == block.NEED_LIST:
                rows.grow()
            graph.meet(hand, answer)
        at = int(hand.block[block.BEGIN])
        if at == rows.used:
            raise EngineBug("explicit: a fair component has no way round")
        way = [rows.at(at)]
        while at:
            at = way[-1][-1]
            way.append(rows.at(at))
        return [each[:-1] for each in reversed(way)]
    finally:
        hand.block[block.BEGIN] = hand.block[block.END] = 0
        rows.free()
