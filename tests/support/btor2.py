"""Reads BTOR2 and looks for lassos in it, by its definition alone (Niemetz, Preiner, Wolf and Biere, "Btor2, BtorMC and
Boolector 3.0", CAV 2018). Refuses what the reader of its authors, btor2tools, refuses. Shares nothing with the exporter.

A text becomes Python that works out one frame: for the values of states and inputs, what the states are next, and what
is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import networkx as nx

Values = tuple[int, ...]

_BOTH = {"and": "{a} & {b}", "or": "{a} | {b}", "xor": "{a} ^ {b}", "srl": "{a} >> {b}"}
_BOTH |= {each: f"({{a}} {sign} {{b}}) & {{m}}" for each, sign in (("add", "+"), ("sub", "-"), ("mul", "*"))}
_BOTH |= {"udiv": "{a} // {b} if {b} else {m}", "urem": "{a} % {b} if {b} else {a}"}
_BOTH |= {"sdiv": "sdiv({a}, {b}, {w}) & {m}", "srem": "srem({a}, {b}, {w}) & {m}"}
_BOTH |= {"sll": "({a} << {b}) & {m} if {b} < {w} else 0", "sra": "(signed({a}, {w}) >> {b}) & {m}"}
_COMPARED = {
    "eq": "int({a} == {b})",
    "ult": "int({a} < {b})",
    "slt": "int(signed({a}, {w}) < signed({b}, {w}))",
}


def signed(value: int, bits: int) -> int:
    """A number in two's complement."""
    return value - (1 << bits) if value >> bits - 1 else value


def sdiv(one: int, two: int, bits: int) -> int:
    """Towards 0; by zero as SMT-LIB has it."""
    a, b = signed(one, bits), signed(two, bits)
    if b == 0:
        return 1 if a < 0 else -1
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def srem(one: int, two: int, bits: int) -> int:
    """With the sign of the first; by zero as SMT-LIB has it."""
    a, b = signed(one, bits), signed(two, bits)
    return a if b == 0 else abs(a) % abs(b) * (-1 if a < 0 else 1)


@dataclass(frozen=True)
class Line:
    """What is worked out: its operands' lines, and the Python of its value."""

    bits: int
    operands: Values
    python: str
    symbol: str = ""


@dataclass
class System:
    """A text. States and inputs are told apart by their lines; `bad` and `justice` have names."""

    text: str
    values: dict[int, Line] = field(default_factory=dict)
    states: list[int] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)
    next: dict[int, int] = field(default_factory=dict)
    bad: dict[str, int] = field(default_factory=dict)
    justice: dict[str, Values] = field(default_factory=dict)
    _sorts: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        last = 0
        for line in self.text.splitlines():
            if not line.startswith(";"):
                number, kind, *rest = line.split(" ")
                assert int(number) > last, f"{line}: out of order"
                last = int(number)
                self._read(last, kind, rest)

    def _read(self, number: int, kind: str, rest: list[str]) -> None:
        match kind:
            case "sort":
                assert rest[0] == "bitvec" and int(rest[1]) > 0
                self._sorts[number] = int(rest[1])
            case "bad":
                assert self._bits(int(rest[0])) == 1
                self.bad[rest[1]] = int(rest[0])
            case "justice":
                *nodes, name = rest[1:]
                assert len(nodes) == int(rest[0]) > 0 and all(self._bits(int(each)) == 1 for each in nodes)
                self.justice[name] = tuple(map(int, nodes))
            case "init" | "next":
                bits, state, value = self._sorts[int(rest[0])], int(rest[1]), int(rest[2])
                assert state in self.states and self._bits(state) == self._bits(value) == bits
                table = self.first if kind == "init" else self.next
                assert state not in table, f"{number}: twice"
                assert kind == "next" or value < state, f"{number}: state id must be greater than id of second operand"
                table[state] = value
            case _:
                self.values[number] = self._value(number, kind, self._sorts[int(rest[0])], rest[1:])

    def _bits(self, number: int) -> int:
        return self.values[number].bits

    def _value(self, number: int, kind: str, bits: int, rest: list[str]) -> Line:
        """What a line is worth. Each operand has the sort that it must have."""
        if kind in ("state", "input"):
            (self.states if kind == "state" else self.inputs).append(number)
            return Line(bits, (), "", rest[0])
        if kind == "constd":
            assert 0 <= int(rest[0]) < 1 << bits
            return Line(bits, (), rest[0])
        if kind in ("slice", "uext", "sext"):
            return self._resized(kind, bits, *map(int, rest))
        operands = tuple(map(int, rest))
        wide = [self._bits(each) for each in operands]
        parts = dict(zip("abc", (f"v{each}" for each in operands), strict=False))
        match kind:
            case "not":
                assert wide == [bits]
                python = "{a} ^ {m}"
            case "ite":
                assert wide == [1, bits, bits]
                python = "{b} if {a} else {c}"
            case _ if kind in _COMPARED:
                assert bits == 1 and wide[0] == wide[1]
                python, bits = _COMPARED[kind], wide[0]
            case _:
                assert wide == [bits, bits]
                python = _BOTH[kind]
        made = python.format(**parts, m=(1 << bits) - 1, w=bits)
        return Line(1 if kind in _COMPARED else bits, operands, made)

    def _resized(self, kind: str, bits: int, operand: int, first: int, last: int = 0) -> Line:
        wide, mask = self._bits(operand), (1 << bits) - 1
        if kind == "slice":
            assert wide > first >= last and bits == first - last + 1
            return Line(bits, (operand,), f"(v{operand} >> {last}) & {mask}")
        assert bits == wide + first
        return Line(bits, (operand,), f"v{operand}" if kind == "uext" else f"signed(v{operand}, {wide}) & {mask}")

    def part(self, wanted: Sequence[int]) -> Part:
        """What some values depend on, over any number of frames."""
        needed: set[int] = set()
        left = list(wanted)
        while left:
            each = left.pop()
            if each not in needed:
                needed.add(each)
                left += self.values[each].operands
                left += [self.next[each]] if each in self.next else []
        return Part(self, tuple(wanted), needed)


@dataclass
class Part:
    """Values of a text, with all that they depend on."""

    system: System
    wanted: Values
    needed: set[int]

    @cached_property
    def states(self) -> list[int]:
        """Their states."""
        return [each for each in self.system.states if each in self.needed]

    @cached_property
    def inputs(self) -> list[int]:
        """Their inputs."""
        return [each for each in self.system.inputs if each in self.needed]

    @cached_property
    def frame(self) -> Callable[[Values, Values], tuple[Values, Values]]:
        """For the values of the states and of the inputs: those of the states in the next frame, and what is wanted."""
        assert all(each in self.system.next for each in self.states), "a state without a next value is like an input"
        lines = ["def frame(states, inputs):"]
        for names, given in ((self.states, "states"), (self.inputs, "inputs")):
            lines += [f"    {_tuple(names)} = {given}"] if names else []
        for number in sorted(self.needed):
            if self.system.values[number].python:
                lines.append(f"    v{number} = {self.system.values[number].python}")
        lines.append(f"    return {_tuple([self.system.next[each] for each in self.states])}, {_tuple(self.wanted)}")
        made: dict[str, Any] = {"signed": signed, "sdiv": sdiv, "srem": srem}
        exec("\n".join(lines), made)
        frame: Callable[[Values, Values], tuple[Values, Values]] = made["frame"]
        return frame

    def every_input(self) -> list[Values]:
        """All values of the inputs."""
        return list(product(*(range(1 << self.system.values[each].bits) for each in self.inputs)))

    def start(self, otherwise: int) -> Values:
        """States of the first frame: those that it does not say are all zeros, or all ones."""
        known = {}
        for state, value in self.system.first.items():
            known[state] = int(self.system.values[value].python)
        return tuple(known.get(each, otherwise * ((1 << self.system.values[each].bits) - 1)) for each in self.states)


def _tuple(names: Iterable[int]) -> str:
    return f"({''.join(f'v{each}, ' for each in names)})"


def has_lasso(system: System, name: str) -> bool:
    """Whether a behaviour makes each condition of a `justice` true again and again."""
    part = system.part(system.justice[name])
    inputs, begin, every = part.every_input(), part.start(0), (1 << len(part.wanted)) - 1
    for each in inputs:
        assert part.frame(begin, each)[0] == part.frame(part.start(1), each)[0], "what is not said does not matter"
    never = [part.states.index(each) for each in part.wanted if _once_false(system, each)]
    graph: nx.DiGraph[Values] = nx.DiGraph()
    left, seen = [begin], {begin}
    while left:
        here = left.pop()
        for each in inputs:
            there, true = part.frame(here, each)
            if not all(there[place] for place in never):
                continue
            mask = sum(bit << place for place, bit in enumerate(true))
            before = graph.edges[here, there]["true"] if graph.has_edge(here, there) else 0
            graph.add_edge(here, there, true=before | mask)
            if there not in seen:
                seen.add(there)
                left.append(there)
    for group in nx.strongly_connected_components(graph):
        found = 0
        for _, _, data in graph.subgraph(group).edges(data=True):
            found |= data["true"]
        if found == every:
            return True
    return False


def violated(system: System) -> dict[str, bool]:
    """Of each temporal property, whether a `justice` for some of its arguments has a lasso."""
    found: dict[str, bool] = {}
    for each in system.justice:
        name = each.partition("(")[0]
        found[name] = found.get(name, False) or has_lasso(system, each)
    return found


def _once_false(system: System, number: int) -> bool:
    """Whether a value is a state that is false for ever once it is: its next value is itself and something else."""
    if number not in system.next:
        return False
    left = [system.next[number]]
    while left:
        each = left.pop()
        if each == number:
            return True
        line = system.values[each]
        if line.bits == 1 and line.python == " & ".join(f"v{operand}" for operand in line.operands):
            left += line.operands
    return False
