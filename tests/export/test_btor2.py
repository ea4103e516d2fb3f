"""What a BTOR2 text means, by a plain Python simulator: the inputs lead where the interpreter's steps do.

What a checker makes of it is in `test_btor2_checked`.
"""

from __future__ import annotations

import pytest

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.export.btor2 import btor2
from checker.export.commands import Exported, exported
from checker.export.formula import computed, signed
from checker.frontend.load import compile_model, load
from checker.semantics import Interpreter, State
from checker.semantics.explore import explore
from tests.export.support import Everything, as_leaves, holds

BINARY = {"add": "+", "sub": "-", "mul": "*", "udiv": "/", "urem": "%", "sdiv": "/s", "srem": "%s", "and": "&"}
BINARY |= {"or": "|", "xor": "^", "sll": "<<", "srl": ">>", "sra": ">>s"}


class Frame:
    """The lines of a text, worked out for given states and input."""

    def __init__(self, text: str, given: dict[str, int], step: int) -> None:
        self.bits: dict[int, int] = {}
        self.values: dict[int, int] = {}
        self.widths: dict[int, int] = {}
        self.names: dict[int, str] = {}
        self.next: dict[str, int] = {}
        self.bad: dict[str, bool] = {}
        for line in text.splitlines():
            if not line.startswith(";"):
                number, kind, *rest = line.split()
                self.read(int(number), kind, rest, given, step)

    def read(self, number: int, kind: str, rest: list[str], given: dict[str, int], step: int) -> None:
        if kind == "sort":
            self.widths[number] = int(rest[1])
        elif kind == "bad":
            self.bad[rest[1]] = bool(self.values[int(rest[0])])
        elif kind == "next":
            self.next[self.names[int(rest[1])]] = self.values[int(rest[2])]
        elif kind != "init":
            bits = self.bits[number] = self.widths[int(rest[0])]
            if kind == "state":
                self.names[number] = rest[1]
            self.values[number] = self.worth(kind, rest[1:], given, step, bits) % (1 << bits)

    def worth(self, kind: str, rest: list[str], given: dict[str, int], step: int, bits: int) -> int:
        if kind in ("state", "input", "constd"):
            return {"state": lambda: given[rest[0]], "input": lambda: step, "constd": lambda: int(rest[0])}[kind]()
        first = self.values[int(rest[0])]
        wide = self.bits[int(rest[0])]
        match kind:
            case "slice" | "uext":
                return first
            case "sext":
                return signed(first, wide)
            case "not":
                return ~first
        second = self.values[int(rest[1])]
        match kind:
            case "eq":
                return int(first == second)
            case "ult":
                return int(first < second)
            case "slt":
                return int(signed(first, wide) < signed(second, wide))
            case "ite":
                return second if first else self.values[int(rest[2])]
        return computed(BINARY[kind], first, second, wide)


def after(
    found: Exported, text: str, here: tuple[int, ...], begun: bool
) -> tuple[set[tuple[int, ...]], dict[str, bool]]:
    """Where the inputs lead, and what is bad here."""
    given = {leaf.name: value for leaf, value in zip(found.leaves, here, strict=True)} | {"begun": int(begun)}
    inputs = max(len(found.commands), len(found.initial)) + 1
    frames = [Frame(text, given, step) for step in range(inputs)]
    return {tuple(frame.next[leaf.name] for leaf in found.leaves) for frame in frames}, frames[0].bad


@pytest.mark.parametrize(
    "model", [Everything, "spec.classics.diehard:DieHard", "spec.classics.philosophers:Philosophers"]
)
def test_the_inputs_lead_where_the_interpreters_steps_do(model: type | str) -> None:
    program = compile_model(load(model) if isinstance(model, str) else model, {})
    found, interpreter = exported(program), Interpreter(program)
    text = btor2(found, "M")
    zero = (0,) * len(found.leaves)
    firsts, bad = after(found, text, zero, False)
    assert firsts == set(found.initial) and not any(bad.values())
    states: list[State] = [each.transition.state for each in explore(interpreter) if each.new and each.transition.state]
    seen = dict.fromkeys(bad, False)
    for state in states[:: 1 + len(states) // 25]:
        here, ways = as_leaves(program, found, state), list(interpreter.successors(state))
        leads, bad = after(found, text, here, True)
        assert leads - {here} == {as_leaves(program, found, each.state) for each in ways if each.state} - {here}
        fails = any(each.failure is not None for each in ways)
        stuck = interpreter.deadlocked(state, bool(ways))
        wanted = {NO_FAILURE: fails, NO_DEADLOCK: stuck}
        for claim in found.claims:
            true = holds(interpreter, claim.name, state)
            wanted[f"never_{claim.name}" if claim.happens else claim.name] = true == claim.happens
        assert bad.items() <= wanted.items() | {("a_loop_goes_on", False)}
        seen = {name: seen[name] or wrong for name, wrong in bad.items()}
    assert any(seen.values()), "nothing bad was seen at all"
