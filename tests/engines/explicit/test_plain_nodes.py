"""Compiled loops over lists of nodes, states with a mode each, run as the Python that they are, against plain lists."""

from __future__ import annotations

import ctypes
from random import Random
from types import SimpleNamespace
from typing import Any

import networkx as nx
import pytest

from checker.engines.explicit.liveness import classes, coarse, products
from checker.engines.explicit.liveness.coarse import Classes
from checker.engines.explicit.liveness.formulas import Formulas
from checker.engines.explicit.native import block
from checker.engines.explicit.native.intrinsics import pointer
from checker.engines.explicit.native.memory import words
from checker.ir.types import BOOL, TupleType

SLOTS = 90
"""States; a node is twice its state, and its mode."""


class Drawn:
    """Where each state leads, what the automaton does there, and a list of nodes."""

    def __init__(self, seed: int, patch: pytest.MonkeyPatch) -> None:
        random = Random(seed)
        self.leads = {slot: [random.randrange(-1, SLOTS) for _ in range(random.randrange(5))] for slot in range(SLOTS)}
        self.letters = {slot: [random.choice([1, 2, 3, 3]), random.randrange(4), 0, 0, 0, 0] for slot in range(SLOTS)}
        for letter in self.letters.values():
            letter[2], letter[4] = random.choice([1, 2, 3]), random.randrange(4)
        self.rows = [random.randrange(2 * SLOTS) for _ in range(40)]
        self.k: Any = words(block.CELLS)
        self.k[block.MODE_LOG], self.k[block.MODES], self.k[block.WORDS] = 1, 3, 1
        self.sets: dict[int, Any] = {}
        self.slots, self.listed = self.room(block.SLOTS, 9), self.room(block.LIST, 4 * SLOTS)
        self.been = self.room(block.FAIR, 3)
        self.room(block.ROWS, len(self.rows))[:] = self.rows
        self.k[block.BEGIN], self.k[block.END] = 1, len(self.rows)
        patch.setattr(products, "study", self.study)
        patch.setattr(products, "state_of", lambda _, slot: slot)
        patch.setattr(products, "slot_at", lambda _, row: row[0] >> 1)
        patch.setattr(products, "letter_at", lambda _, slot: self.letters[slot])
        patch.setattr(products, "follows", lambda _, node: self.follows(node))

    def room(self, cell: int, count: int) -> Any:
        self.sets[cell] = words(count)
        self.k[cell] = ctypes.addressof(self.sets[cell])
        return self.sets[cell]

    def study(self, _: Any, slot: int) -> int:
        self.slots[: len(self.leads[slot])] = self.leads[slot]
        return len(self.leads[slot])

    def follows(self, node: int) -> int:
        """The modes that may follow that of a node."""
        return self.letters[node >> 1][2 + 2 * (node & 1)]

    def after(self, node: int) -> list[int]:
        """The nodes that it leads to, in the order in which they are found."""
        return [
            2 * slot + mode
            for slot in self.leads[node >> 1]
            for mode in (0, 1)
            if slot >= 0 and self.follows(node) & self.letters[slot][0] & 1 << mode
        ]

    def run(self, kernel: Any, more: int) -> list[int]:
        """What it lists, with so much more room each time."""
        while (answer := kernel(self.k)) != block.FINISHED:
            assert answer == block.NEED_LIST and self.k[block.LISTED] > self.k[block.LIST_ROOM] - more
            self.k[block.LIST_ROOM] += more
        assert self.k[block.BEGIN] == self.k[block.END] and self.k[block.LISTED] <= self.k[block.LIST_ROOM]
        return list(self.listed[: self.k[block.LISTED]])


@pytest.fixture(name="drawn", params=range(4))
def _drawn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(request.param, monkeypatch)


def _once(nodes: list[int]) -> list[int]:
    return list(dict.fromkeys(nodes))


def test_nodes_of_a_set_are_gathered(drawn: Drawn) -> None:
    members = {node for node in drawn.rows if node % 3}
    drawn.room(block.SET, 3)[:] = [sum(1 << node % 64 for node in members if node // 64 == word) for word in range(3)]
    assert drawn.run(products.gather_nodes, 1) == [node for node in drawn.rows[1:] if node in members]


def test_nodes_that_lead_to_one_are_listed(drawn: Drawn) -> None:
    target = next(node for row in drawn.rows[1:] for node in drawn.after(row))
    drawn.k[block.NEXT] = target
    wanted = [node for node in drawn.rows[1:] if drawn.follows(node) >> (target & 1) & 1]
    wanted = [node for node in wanted if target >> 1 in drawn.leads[node >> 1]]
    assert drawn.run(products.leads_to_node, 1) == wanted != []


def test_nodes_in_which_behaviours_begin_are_listed_once(drawn: Drawn) -> None:
    begun = [node & ~1 | mode for node in drawn.rows[1:] for mode in (0, 1) if drawn.letters[node >> 1][1] >> mode & 1]
    assert drawn.run(products.begin_nodes, 64) == _once(begun)
    assert {64 * at + bit for at, word in enumerate(drawn.been) for bit in range(64) if word >> bit & 1} == set(begun)


def test_nodes_that_others_lead_to_are_listed_once(drawn: Drawn) -> None:
    before = drawn.after(drawn.rows[1])[:1]
    for node in before:
        products.add(drawn.k, drawn.k[block.FAIR], node >> 1, 1 << (node & 1))
    found = [node for row in drawn.rows[1:] for node in drawn.after(row) if node not in before]
    assert drawn.run(products.spread_nodes, 64) == _once(found)


@pytest.mark.parametrize("trouble", [-1, -2, -3])
@pytest.mark.parametrize("kernel", [products.spread_nodes, products.leads_to_node])
def test_what_cannot_be_studied_ends_it(
    kernel: Any, trouble: int, drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "study", lambda *_: trouble)
    monkeypatch.setattr(products, "follows", lambda *_: 3)
    assert kernel(drawn.k) == {-1: block.NEED_OUT, -2: block.CHOSE_TOO_MUCH, -3: block.LOST}[trouble]
    assert drawn.k[block.BEGIN] == 1


def test_a_state_that_is_not_there_begins_nothing(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "slot_at", lambda *_: -1)
    assert products.begin_nodes(drawn.k) == block.LOST and pointer(drawn.k[block.LIST])[0] == 0


# -- classes, in Python ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "onward"),
    [
        ([], False),
        ([{2: (0, 1)}], False),
        ([{1: (0, 1)}], True),
        ([{1: (0, 1)}, {1: (1, 2), 2: (1, 0)}, {2: (0, 1)}], True),
        ([{1: (0, 1)}, {1: (1, 0)}], False),
        ([{1: (0, 1)}, {1: (1, 0)}, {1: (1, 2)}], False),
        ([{1: (0, 1)}, {1: (0, 2)}, {1: (1, 3)}, {1: (2, 3)}], True),
        ([{1: (0, 1)}, {1: (1, 2)}, {1: (2, 0)}, {1: (5, 6)}], False),
    ],
)
def test_what_goes_on_never_comes_back_to_a_value(steps: list[dict[int, tuple[int, int]]], onward: bool) -> None:
    assert coarse._goes_on(1, steps) is onward


@pytest.mark.parametrize("seed", range(5))
def test_components_of_a_graph_of_a_few_nodes(seed: int) -> None:
    random = Random(seed)
    edges = [(random.randrange(12), random.randrange(12)) for _ in range(5 + 4 * seed)]
    graph: nx.DiGraph[int] = nx.DiGraph(edges)
    found = coarse.components(edges)
    assert sorted(map(sorted, found)) == sorted(map(sorted, nx.strongly_connected_components(graph)))
    place = {node: at for at, part in enumerate(found) for node in part}
    assert all(place[one] >= place[other] for one, other in edges), "what steps lead to comes first"


def test_the_memory_of_classes_is_given_back() -> None:
    made = Classes((1,), 1, 1)
    memory = made._table, made._pairs
    assert not any(each._map.closed for each in memory)
    made.free()
    assert all(each._map.closed for each in memory)


def test_what_was_asked_lately_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few places, so that most are taken by another meanwhile; nothing that was never asked is found there."""
    monkeypatch.setattr(classes, "LATELY_ROOM", 8)
    random, k, memory = Random(0), words(block.CELLS), words(16)
    k[block.LATELY] = ctypes.addressof(memory)
    answers = set()
    for _ in range(300):
        memory[:], asked = [0] * 16, set()
        for _ in range(25):
            pair = random.randrange(9), random.randrange(9)
            answer = classes.was_noted(k, *pair)  # type: ignore[arg-type]
            assert answer == 0 or pair in asked
            asked.add(pair)
            answers.add(answer)
            assert classes.was_noted(k, *pair) == 1  # type: ignore[arg-type]
    assert answers == {0, 1}


@pytest.mark.parametrize(("conditions", "log"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3), (9, 4)])
def test_of_each_state_as_many_bits_are_kept_as_there_are_conditions(conditions: int, log: int) -> None:
    put: list[dict[int, int]] = []
    sizes: list[int] = []

    def region(size: int) -> SimpleNamespace:
        sizes.append(size)
        return SimpleNamespace(address=77)

    def ends(*_: object) -> None:
        raise KeyboardInterrupt

    graph = SimpleNamespace(state_words=3, region=region, put=put.append, free=lambda memory: None)
    returns = BOOL if conditions == 1 else TupleType((BOOL,) * conditions)
    temporal = SimpleNamespace(formula=object(), function=SimpleNamespace(returns=returns))
    with pytest.raises(KeyboardInterrupt):
        Formulas.examine(SimpleNamespace(_graph=graph, _read_letters=ends), temporal, ())  # type: ignore[arg-type]
    assert put == [{block.TRUTHS: 77, block.LETTER_LOG: log}] and sizes == [(3 << log) * 8]
