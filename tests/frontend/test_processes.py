"""Processes: where they pause, what they keep, what is forgotten, and which points are one."""

from __future__ import annotations

import textwrap

import pytest

from checker.errors import ModelError
from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.semantics import Interpreter
from tests.frontend.support import module, named, program, reachable


def _process(text: str, head: str = "@process", arguments: str = "self", more: str = "") -> ir.Program:
    text, more = textwrap.indent(text, " " * 8), textwrap.indent(textwrap.dedent(more), "    ")
    variables = "    T = Range(2)\n    x = Var(Range(0, 9))\n    y = Var(Range(0, 9))\n"
    return program(f"class M(Model):\n{variables}{more}\n    {head}\n    def p({arguments}):\n{text}\n")


def _points(made: ir.Program) -> dict[str, set[str]]:
    """The points of the first process, with what lives there."""
    return {point.label: set(point.live) for point in made.processes[0].points}


def test_each_stretch_is_a_step() -> None:
    made = _process('self.x = 1\nyield "one"\nself.x = 2\nself.y = 2\nyield\nself.x = 3')
    assert list(_points(made)) == ["start", "one", "line 12", "end"]
    states = [named(made, state) for state in sorted(reachable(made), key=str)]
    assert {(state["p.point"], state["x"], state["y"]) for state in states} == {
        ("start", 0, 0),
        ("one", 1, 0),
        ("line 12", 2, 2),
        ("end", 3, 2),
    }


def test_only_locals_still_needed_are_kept() -> None:
    made = _process('a = self.x\nb = self.y\nc = 3\nyield "one"\nself.x = a\nyield "two"\nself.y = c')
    assert _points(made) == {"start": set(), "one": {"a", "c"}, "two": {"c"}, "end": set()}
    assert [declared.name for declared in made.variables] == ["x", "y", "p.point", "p.a", "p.c"]


def test_a_dead_local_holds_its_default_so_that_equal_futures_are_one_state() -> None:
    made = _process('a = choose(Range(5))\nyield "one"\nif a > 2:\n    self.x = 1\nyield "two"\nself.y = 1')
    assert {named(made, state)["p.a"] for state in reachable(made) if named(made, state)["p.point"] == "two"} == {0}
    assert len(reachable(made)) == 1 + 5 + 2 + 2


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('yield "a"\nself.x = 1\nyield "b"\nself.x = 1\nyield "c"', ["start", "a", "b", "end"]),
        (
            'if self.x > 0:\n    yield "a"\n    self.y = 1\nelse:\n    yield "b"\n    self.y = 1',
            ["start", "a/b", "end"],
        ),
        ('while True:\n    self.x = 1\n    yield "again"', ["again"]),
        ('while True:\n    yield "a"\n    yield "b"', ["a/b"]),
        ('while self.x < 3:\n    self.x += 1\n    yield "on"', ["on", "end"]),
        (
            'yield "a"\nself.x = 1\nyield "a"\nself.x = 2\nyield "a 2"\nself.x = 3',
            ["start", "a", "a#2", "a 2", "end"],
        ),
        ("pass", ["end"]),
        ("return", ["end"]),
    ],
)
def test_points_with_one_continuation_are_one(text: str, labels: list[str]) -> None:
    assert list(_points(_process(text))) == labels


def test_a_local_called_point_is_not_the_point() -> None:
    made = _process('point = choose(Range(3))\nyield "one"\nself.x = point')
    assert len({declared.name for declared in made.variables}) == len(made.variables)
    assert {named(made, state)["x"] for state in reachable(made)} == {0, 1, 2}


def test_each_instance_has_its_own_point_and_locals() -> None:
    made = _process('mine = p + 1\nyield "has"\nself.x += mine', "@process(T)", "self, p: T")
    assert {named(made, state)["x"] for state in reachable(made)} == {0, 1, 2, 3}
    assert named(made, next(iter(reachable(made))))["p.point"].__class__ is tuple


LOOPS = [
    ("for i in range(3):\n    self.x = self.x * 2 + i\n    yield", 4),
    ("for i in range(3, 0, -1):\n    self.x = self.x * 2 + i % 2\n    yield", 5),
    ("for i in {5, 1, 3}:\n    if i == 3:\n        break\n    self.x = i\n    yield", 1),
    ("for i in range(5):\n    if i % 2 == 0:\n        continue\n    self.x += i\n    yield", 4),
    ("for i in range(4):\n    yield\n    if i == 2:\n        self.x = i\n        return", 2),
    ("n: Range(9) = 0\nwhile n < 4:\n    n += 1\n    if n == 3:\n        break\n    yield\nself.x = n", 3),
    ("for i in range(2):\n    for j in range(2):\n        self.x += i + j\n        yield", 4),
    ("for i in range(self.y):\n    yield\nself.x = 7", 7),
    ("for i in self.T:\n    yield\n    self.x += i + 1", 3),
]


@pytest.mark.parametrize(("text", "last"), LOOPS)
def test_a_loop_that_pauses(text: str, last: int) -> None:
    made = _process(text)
    ends = {named(made, s)["x"] for s in reachable(made) if named(made, s)["p.point"] == "end"}
    assert ends == {last}


def test_a_loop_keeps_the_set_it_began_with() -> None:
    made = _process("for i in {j for j in range(3) if j >= self.y}:\n    self.y = 9\n    self.x += 1\n    yield")
    assert {named(made, s)["x"] for s in reachable(made) if named(made, s)["p.point"] == "end"} == {3}


def test_match_with_pauses() -> None:
    made = _process(
        'c = choose(Colour)\nmatch c:\n    case Colour.RED:\n        yield "red"\n        self.x = 1\n    case other:\n'
        '        yield "other"\n        self.x = 2 if other == Colour.BLUE else 3'
    )
    assert {named(made, state)["x"] for state in reachable(made)} == {0, 1, 2, 3}


def test_require_waits() -> None:
    source = """
    class M(Model):
        T = Range(2)
        x = Var(Range(0, 9))
        order = Var(Seq(T, 2))
        @process(T)
        def p(self, t):
            yield "waits"
            require(self.x == t)
            self.x += 1
            self.order.append(t)
    """
    made = program(source)
    assert {named(made, s)["order"] for s in reachable(made)} == {(), (0,), (0, 1)}


HELPER = """
def twice(self, n):
    y = n
    yield "first"
    if n > 4:
        return None
    self.x = sum(y for y in {n, 1})
    yield "second"
    return y * 2
"""


def test_yield_from_runs_a_helper_with_locals_of_its_own() -> None:
    made = _process("y = 3\nn = 1\nv = yield from self.twice(y - 1)\nself.y = y + n\nself.x = v", more=HELPER)
    assert _points(made)["second"] == {"y", "n", "twice.y"}
    assert {(named(made, s)["x"], named(made, s)["y"]) for s in reachable(made)} == {(0, 0), (3, 0), (4, 4)}


def test_what_a_helper_returns_may_be_none() -> None:
    made = _process(
        "v: Opt(Range(10)) = yield from self.twice(choose({2, 5}))\nself.x = 9 if v is None else v", more=HELPER
    )
    assert {named(made, s)["x"] for s in reachable(made) if named(made, s)["p.point"] == "end"} == {4, 9}


def test_a_pausing_helper_takes_no_value_outside_the_type_of_its_parameter() -> None:
    more = 'def go(self, n: Range(2)):\n    yield "in"\n    self.x = n'
    made = _process("yield from self.go(choose(Range(4)))", more=more)
    interpreter = Interpreter(made)
    (first,) = interpreter.initial()
    assert first.state is not None
    failed = [step.failure.message for step in interpreter.successors(first.state) if step.failure is not None]
    assert failed == [f"{n} does not fit in 'go.n', which is Range(2)" for n in (2, 3)]


def test_a_helper_inlined_twice_keeps_its_calls_apart() -> None:
    made = _process("a = yield from self.twice(1)\nb = yield from self.twice(a)\nself.y = a + b", more=HELPER)
    assert {named(made, s)["y"] for s in reachable(made)} == {0, 6}


def test_a_local_of_a_helper_that_is_called_twice_is_not_one_of_them() -> None:
    """`self.p.twice.y` was that of the first call, and the default in the second, without a word."""
    for name in ("twice.y", "y"):
        more = f"{HELPER}\n@always\ndef seen(self):\n    return self.p.{name} == 0\n"
        with pytest.raises(ModelError) as refused:
            _process("yield from self.twice(1)\nyield from self.twice(2)", more=more)
        (problem,) = refused.value.problems
        assert problem.problem == f"several locals of process 'p' are called '{name}'"


def test_a_variant_overrides_a_pausing_helper() -> None:
    source = """
    class A(Model):
        x = Var(Range(0, 9))
        def write(self, v):
            self.x = v
            yield "half"
            self.x = v + 1
        @process
        def p(self):
            yield from self.write(1)
            yield "done"
    class B(A):
        def write(self, v):
            yield from super().write(v + 1)
            self.x = 9
    class C(A):
        def write(self, v):
            self.x = v
    """
    a, b, c = module(source)
    xs = [{state[0] for state in reachable(compile_model(model, {}))} for model in (a, b, c)]
    assert xs == [{0, 1, 2}, {0, 2, 9}, {0, 1}]


def test_what_the_parameters_decide_leaves_no_points() -> None:
    text = 'if self.slow:\n    yield "slow"\n    self.y = 1\nwhile self.slow:\n    yield "more"\nself.x = 1'
    made = _process(text, more="slow = Param(False)")
    assert list(_points(made)) == ["start", "end"]
