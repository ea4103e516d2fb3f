"""The Z3 encoding, held to the interpreter: both say the same of every state, step by step, both ways.

EVACHECK_AGREEMENT=500 draws so many models for each test, as in test_agreement.py.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
import z3
from hypothesis import given

from checker.engines.symbolic import bmc, encode
from checker.engines.symbolic.bmc import TooShort
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.terms import or_
from checker.engines.symbolic.unrolling import Unrolling
from checker.errors import Span
from checker.ir.nodes import Program
from checker.semantics import Interpreter, statements
from checker.simplify import simplified
from tests.frontend.support import program
from tests.support.agreement import examples, hold
from tests.support.encoding import LOOP, hold_encoding, hold_properties, hold_steps, hold_stuck
from tests.support.random_models import HEAD, RandomModel, models
from tests.support.solutions import Solutions, fixed


@examples(12)
@given(models())
def test_the_encoding_takes_the_steps_of_the_interpreter(model: RandomModel) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "LOOP_LIMIT", LOOP)
        hold(model, hold_encoding)


@examples(5)
@given(models())
def test_forms_with_unknown_arguments_and_points_take_the_same_steps(model: RandomModel) -> None:
    with pytest.MonkeyPatch.context() as patch:  # only large actions and processes have such forms otherwise
        patch.setattr(encode, "MANY_ARGUMENTS", 0)
        patch.setattr(encode, "MOSTLY", 0)
        patch.setattr(statements, "LOOP_LIMIT", LOOP)
        hold(model, hold_encoding)


@examples(5)
@given(models(processes=0))
def test_a_loop_is_cut_off_only_where_it_goes_on(model: RandomModel) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "LOOP_LIMIT", 1)
        hold(model, hold_encoding)


CONSTRUCTS = {
    "any that need not look at what would fail": """
    x = Var(Range(3))
    y = Var(Bool)

    @action
    def step(self):
        self.y = any(1 // (2 - v) == self.x for v in range(3))

    @always
    def none(self):
        return all(1 // (2 - v) != self.x for w in range(2) for v in range(3))
""",
    "an item taken out of a sequence": """
    row = Var(Seq(Range(2), 3))

    @action
    def step(self, at: Range(-4, 3)):
        gone = self.row.pop(at)
        self.row[at] = gone
""",
    "leaving from the middle of a helper and a loop": """
    x = Var(Range(4))
    y = Var(Bool)

    def known(self, n):
        if self.y:
            return n
        self.y = True
        if n == 2:
            return 0
        assert n != 3
        return 1 // n

    @action
    def step(self, n: Range(4)):
        for i in range(3):
            if i == self.x:
                if self.y:
                    continue
                break
            self.x = self.known(n)
            require(self.x < 3)
""",
    "values that are made": """
    row = Var(Seq(Range(2), 2))
    pair = Var(Record(a=Range(2), b=Bool))

    @action
    def step(self, n: Range(2)):
        self.row = [n]
        self.pair = self.made(n, True)

    @action
    def more(self, n: Range(2)):
        self.row = [1, n] if self.pair.b else []
        self.pair.b = (n, 1) == (1, self.pair.a)

    def made(self, n, on):
        self.pair.a = n
        self.pair.b = on
        return self.pair

    @always
    def some(self):
        return self.row != [1, 1] and self.pair.a in {0, len(self.row)}
""",
    "a loop that goes on with its next round": """
    x = Var(Range(4))
    y = Var(Range(4))

    @action
    def step(self):
        n = 0
        while n < 3:
            n += 1
            if n == self.x:
                continue
            self.y = n
""",
    "final properties that are asked in turn": """
    x = Var(Range(4))
    y = Var(Bool)

    @action
    def step(self):
        require(self.x == 2 and self.y)

    @final
    def first(self):
        return self.x == 1

    @final
    def second(self):
        return 1 // (self.x - 1) > 0
""",
    "two processes of which one may have finished": """
    x = Var(Bool)

    @process
    def one(self):
        yield "a"
        self.x = True

    @process(Range(2))
    def two(self, p):
        yield "b"
        require(not self.x)
        yield "c"
""",
    "None and values of several types": """
    x = Var(Opt(Range(1, 3)))
    y = Var(Opt(Range(0, 5)))
    z = Var(Range(0, 2))

    @action
    def step(self):
        self.y = self.x
        self.z = self.x

    @action
    def back(self):
        self.x = self.y
""",
}


def hold_every_state(name: str, encoded: Callable[[Program], Program]) -> None:
    """What is encoded of a construct agrees with the interpreter of the plain one."""
    drawn = RandomModel(f"{HEAD}\nclass Drawn(Model):\n{CONSTRUCTS[name]}").program()
    interpreter, found = Interpreter(drawn), Solutions(Encoding(encoded(drawn), lambda span: LOOP))
    states = [*product(*(declared.type.values() for declared in drawn.variables))]
    hold_steps(interpreter, found, states)
    hold_properties(interpreter, found, states)
    hold_stuck(interpreter, found, states)


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_the_encoding_agrees_on_every_state(name: str) -> None:
    hold_every_state(name, lambda drawn: drawn)


def test_the_encoding_of_a_simplified_program_agrees_on_every_state() -> None:
    """There sequences are made without a conversion."""
    hold_every_state("values that are made", simplified)


ASKED = """
    x = Var(Range(4))

    @action(fair="weak")
    def adds(self, by: Range(3)):
        self.x = (self.x + by) % 4

    @process(Range(2))
    def goes(self, t):
        yield "on"
        self.x = t

    @always
    def small(self):
        return self.x < 4

    @eventually
    def comes(self):
        return self.x == 3
"""


def test_before_each_step_and_each_property_somebody_looks_at_the_clock_once() -> None:
    looks: list[None] = []
    encoding = Encoding(program(f"class Asked(Model):\n{ASKED}"), lambda span: LOOP, lambda: looks.append(None))
    assert len(encoding.forms) == 3 + 2 * 2 == len(looks)
    for _ in range(2):
        encoding.judgement("small")
        encoding.conditions("comes")
    assert len(looks) == 7 + 2, "what was asked before is known"


WAITS = """
class Waits(Model):
    x = Var(Range(4))
    @process
    def waits(self):
        i: Range(0, 9) = 0
        while i < 3:
            if self.x == i:
                yield "there"
            i += 1 if self.x == 3 else 0
"""


@pytest.mark.parametrize("limit", [2, 9])
def test_a_process_that_goes_round_without_a_yield_is_cut_off_where_it_goes_on(limit: int) -> None:
    """It comes to a yield at once where x is 0, to its end after three rounds where it is 3, and else to nothing."""
    made = program(WAITS)
    encoding, interpreter = Encoding(made, lambda span: limit), Interpreter(made)
    for x in range(4):
        state = tuple(x if each.name == "x" else each.type.default for each in made.variables)
        solver = z3.Solver()
        solver.add(*fixed(encoding, state))
        begins = [form for form in encoding.forms if form.point == "start"]
        solver.add(or_(*(each.when for form in begins for each in form.overruns)))
        (step,) = interpreter.successors(state)
        assert (step.state is not None) is (x in (0, 3))
        assert (solver.check() == z3.unsat) is (x == 0 or (x == 3 and limit > 3)), x


def test_where_there_is_no_step_none_leads_anywhere() -> None:
    made = program("class M(Model):\n    x = Var(Bool)\n    @process\n    def p(self):\n        return\n")
    encoding = Encoding(made, lambda span: LOOP)
    solver = z3.Solver()
    for formula in Unrolling(encoding).step[0]:
        solver.add(formula)
    assert encoding.forms == () and solver.check() == z3.unsat


class Deepening:
    """What a bounded search asks at which depth, as it is encoded anew now and then."""

    def __init__(self, cuts: list[tuple[str, int]], limit: int) -> None:
        self.asked: list[tuple[str, int]] = []
        self.cuts, self.limit = cuts, limit
        self.judged = self.expanded = self.stepped = self.closed = 0
        self.barren = self.complete = False
        self.program = self.rounds = None
        self.task = SimpleNamespace(program=None)
        self.clock = SimpleNamespace(seconds=lambda: 0.0, look=None, encoding_seconds=0.0)
        self.ledger = SimpleNamespace(wants_more=lambda: True)

    def ask(self, about: str, depth: int) -> None:
        if (about, depth) in self.cuts:
            self.cuts.remove((about, depth))
            raise TooShort(Span("m.py", 1, 1))
        self.asked.append((about, depth))

    def _begin(self) -> None:
        pass

    def _at(self, depth: int, about: str, queries: object) -> None:
        self.ask(about, depth)

    def _about_states(self, depth: int) -> None:
        pass

    def _about_steps(self, depth: int) -> None:
        pass

    def _find_stuck(self, depth: int) -> None:
        self.ask("stuck", depth)

    def _find_lassos(self, depth: int) -> None:
        self.ask("lassos", depth)

    def _judge_steps(self, depth: int) -> None:
        self.ask("judged", depth)

    def _go(self, depth: int) -> None:
        pass

    def _limit_reached(self, depth: int) -> bool:
        return depth == self.limit


@pytest.mark.parametrize("about", ["states", "steps", "stuck", "lassos", "judged"])
@pytest.mark.parametrize("depth", [0, 2])
def test_what_is_known_to_a_depth_is_not_asked_again_where_a_loop_was_too_short(
    about: str, depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins again with a longer loop, and goes on from where it was: what it knows to a depth stays known."""
    for name in ("Encoding", "Unrolling", "Stuck", "Stepping", "Lassos"):
        monkeypatch.setattr(bmc, name, lambda *_: None)
    monkeypatch.setattr(bmc, "Solver", lambda _: SimpleNamespace(solution=lambda: "some"))
    deepening: Any = Deepening([(about, depth)], 4)
    with pytest.raises(TooShort):
        bmc._Search._search(deepening)
    done = depth + 1 if about in ("stuck", "lassos", "judged") else depth
    assert deepening.judged == (depth if about == "states" else depth + 1)
    assert deepening.expanded == (depth + 1 if about in ("lassos", "judged") else depth), done
    bmc._Search._search(deepening)
    known = (deepening.judged, deepening.expanded, deepening.closed, deepening.stepped)
    assert known == (4, 4, 4, 3)
    twice = [("steps", depth)] if about == "stuck" else []  # a pass is complete when both have been asked
    kinds = [(each, at) for at in range(4) for each in ("states", "steps", "stuck", "lassos", "judged")]
    assert sorted(deepening.asked) == sorted([*(each for each in kinds if each != ("judged", 3)), *twice])
