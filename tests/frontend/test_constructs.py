"""What each construct does: the exact states that one step leads to, and the failures."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action
from checker.semantics import Interpreter
from tests.frontend.support import after, body, failures, first_steps, module, named, problems, program

X = "x = Var(Range(0, 9))"
TWO = "x = Var(Range(0, 9))\ny = Var(Range(0, 9))"
SET = "s = Var(SetOf(Range(4)))\nx = Var(Range(0, 9))"
SEQ = "q = Var(Seq(Range(4), 3))\nx = Var(Range(0, 9))"
ARR = "T = Range(3)\na = Var(Array(T, Range(9)))"
REC = "R = Record(f=Range(4), g=Opt(Range(2)))\nr = Var(R)\nrs = Var(Array(Bool, R))"
OPT = "o = Var(Opt(Range(4)))\nb = Var(Bool)"
ENUM = "c = Var(Colour)\nx = Var(Range(9))"
FULL = frozenset({0, 1, 2, 3})

MATCHED = "match self.c:\n    case Colour.GREEN:\n        self.x = 1\n    case Colour.RED | None:\n        self.x = 2"
CAPTURED = (
    "match self.x:\n    case 1 | 2:\n        pass\n    case 0 if self.c == Colour.BLUE:\n        pass\n"
    "    case other:\n        self.x = other + 4"
)

STEPS: list[tuple[str, str, Any]] = [
    # integers
    (X, "self.x = 7 // 2 + 7 % 4 * 2 - 5", {(4,)}),
    (X, "self.x = -7 // 2 + 5", {(1,)}),
    (X, "self.x = -7 % 4", {(1,)}),
    (X, "self.x = (6 & 3) + (4 | 1) - (5 ^ 4)", {(6,)}),
    (X, "self.x = (1 << 3) + (9 >> 3)", {(9,)}),
    (X, "self.x = abs(-3) + min(4, 2, 3) + max(1, 2)", {(7,)}),
    (X, "self.x += 2\nself.x *= 3\nself.x -= 1", {(5,)}),
    (X, "self.x = int(True) + int(3)", {(4,)}),
    # conditions
    (TWO, "self.x = 1 if 0 <= self.y < 1 else 2", {(1, 0)}),
    (TWO, "if self.x > 0 and 1 // self.x == 1 or not self.y != 0:\n    self.y = 3", {(0, 3)}),
    (SET, "if self.s:\n    self.x = 1\nelif not self.s and self.x is not 1:\n    self.x = 2", {(frozenset(), 2)}),
    (OPT, "self.b = self.o is None and self.o == None and not (self.o != None)", {(None, True)}),
    (OPT, "self.b = self.o in (None, 3)", {(None, True)}),
    (OPT, "self.o = 3\nself.b = self.o in range(3)", {(3, False)}),
    (OPT, "self.b = self.o in {1, 2}", {(None, False)}),
    # enums
    (ENUM, "self.c = Colour.GREEN\nself.x = sum(c != Colour.RED for c in Colour)", {("GREEN", 2)}),
    (ENUM, MATCHED, {("RED", 2)}),
    (ENUM, CAPTURED, {("RED", 4)}),
    (ENUM, "self.x = Colour.BLUE.value", {("RED", 3)}),
    # sets
    (SET, "self.s = {1, 2} | {3}\nself.s.add(0)\nself.s.discard(1)\nself.x = len(self.s)", {(FULL - {1}, 3)}),
    (SET, "self.s = {1, 2}\nself.s.discard(7)\nself.s.discard(self.x - 1)", {(frozenset({1, 2}), 0)}),
    (SET, "self.s = {1, 2}\nself.s.update(range(3))\nself.s.remove(1)\nself.s ^= {3}", {(frozenset({0, 2, 3}), 0)}),
    (SET, "self.s = {i for i in range(9) if i % 2 == 1 and i < 4}", {(frozenset({1, 3}), 0)}),
    (SET, "self.x = int({3, 1} <= {1, 2, 3} and {1} < {1, 3} and not {1} > {1})", {(frozenset(), 1)}),
    (SET, "self.s = set(range(4)).difference({1}).union({1, 0}).intersection({0, 1})", {(frozenset({0, 1}), 0)}),
    (SET, "self.x = int({1}.isdisjoint({2}) and {1}.issubset({1}) and {1, 2}.issuperset({2}))", {(frozenset(), 1)}),
    (SET, "self.s = {1}\nself.s.clear()\nself.s = frozenset({2})", {(frozenset({2}), 0)}),
    (SET, "found = set()\nfor i in range(3):\n    found.add(i)\n    found |= {3}\nself.s = found", {(FULL, 0)}),
    (SET, "self.x = sum(i for i in {1, 2}) + min({3, 1}) + max(i + 1 for i in {1, 2})", {(frozenset(), 7)}),
    (SET, "self.x = sum(i * j for i in range(3) for j in range(i) if j > 0) + len(Colour)", {(frozenset(), 5)}),
    (SET, "self.x = int(any(i > 2 for i in self.s) or all(i > 2 for i in self.s))", {(frozenset(), 1)}),
    # sequences
    (SEQ, "self.q = [1, 2]\nself.q.append(3)\nself.x = self.q[0] + self.q[-1] + len(self.q)", {((1, 2, 3), 7)}),
    (SEQ, "self.q = [1, 2, 3]\nself.x = self.q.pop(0)\nself.q.pop()", {((2,), 1)}),
    (SEQ, "self.q = (1, 2)\nself.q[1] = 3\nself.q[self.x] += 1", {((2, 3), 0)}),
    (SEQ, "self.q = [2, 1]\nself.x = self.q.pop(self.q[1])", {((2,), 1)}),
    (SEQ, "todo: Seq(Range(4), 3) = []\ntodo.append(2)\nself.q = todo", {((2,), 0)}),
    (SEQ, "self.x = int(2 in self.q or 1 in [1, 2])", {((), 1)}),
    (SEQ, "self.q = [3, 1, 2]\nfor i in self.q:\n    self.x = self.x * 2 + (1 if i == 2 else 0)", {((3, 1, 2), 1)}),
    # arrays
    (ARR, "self.a = {t: t + 1 for t in self.T}\nself.a[1] += 3", {((1, 5, 3),)}),
    (ARR, "self.a = [2 * t for t in range(3)]\nself.a[0], self.a[2] = self.a[2], self.a[0]", {((4, 2, 0),)}),
    (ARR, "self.a = (1, 2, 3)\nself.a[0] = sum(self.a) + max(self.a) - len(self.a)", {((6, 2, 3),)}),
    (ARR, "a = {t: self.a[t] for t in self.T}\na[1] = 4\nself.a = a", {((0, 4, 0),)}),
    ("a = Var(Array(Opt(Bool), Range(4)))", "self.a[None] = 1\nself.a[True] = 2", {((1, 0, 2),)}),
    ("a = Var(Array(Colour, Range(4)))", "self.a[Colour.BLUE] = 3", {((0, 0, 3),)}),
    # records
    (REC, "self.r = self.R(g=1, f=2)", {((2, 1), ((0, None), (0, None)))}),
    (REC, "self.r.f = 3\nself.rs[True].g = 1", {((3, None), ((0, None), (0, 1)))}),
    (REC, "self.r = self.r._replace(g=0, f=1)\nself.rs[False] = self.r", {((1, 0), ((1, 0), (0, None)))}),
    (REC, "self.rs[False].f = int(self.r == self.R(f=0, g=None))", {((0, None), ((1, None), (0, None)))}),
    # tuples and locals
    (TWO, "p = (1, (2, 3))\n(self.x, (a, b)) = p\nself.y = a + b + p[1][0]", {(1, 7)}),
    (TWO, "self.x, self.y = 1, 2\nself.x, self.y = self.y, self.x", {(2, 1)}),
    (X, "for i in range(3, 0, -1):\n    self.x = self.x * 2 + i % 2\n    if i == 1:\n        break", {(5,)}),
    (X, "for i in range(4):\n    if i == 2:\n        continue\n    self.x += i", {(4,)}),
    (X, "n = 0\nwhile n < 5:\n    n += 2\n    if n == 4:\n        break\nself.x = n", {(4,)}),
    (X, "for i in range(9):\n    if i == 3:\n        return\n    self.x = i", {(2,)}),
    (X, "total: Range(0, 9) = 0\nfor i in {2, 3}:\n    total += i\nself.x = total", {(5,)}),
    # choosing and requiring
    (X, "self.x = choose({1, 2}) + choose({10, 20}) // 10", {(2,), (3,), (4,)}),
    (X, "self.x = choose(range(2, 7, 2))", {(2,), (4,), (6,)}),
    (SET, "self.s = choose(SetOf(Bool)) and {1}", None),
    (OPT, "self.o = choose(Opt(Range(2)))\nself.b = True", {(None, True), (0, True), (1, True)}),
    (OPT, "self.b = choose(Bool)\nrequire(self.b)", {(None, True)}),
    (SET, "self.s = {1, 2}\nself.s.remove(choose(self.s))", {(frozenset({1}), 0), (frozenset({2}), 0)}),
    (SET, "self.s = {1, 2, 3}\nself.s -= {choose(self.s)}", {(FULL - {0, i}, 0) for i in (1, 2, 3)}),
    (ARR, "self.a = choose(Array(self.T, Bool)) and self.a", None),
    (REC, "self.r = choose(self.R)\nrequire(self.r.f == 2)", {((2, g), ((0, None), (0, None))) for g in (None, 0, 1)}),
    (X, "self.x = 1\nrequire(self.x == 2)", set()),
    (SET, "self.x = 1\nself.x = choose(self.s)", set()),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "text", "wanted"), [step for step in STEPS if step[2] is not None])
def test_a_step(variables: str, text: str, wanted: Any) -> None:
    found = {tuple(v.name if isinstance(v, Enum) else v for v in state) for state in after(body(text, variables))}
    assert found == wanted


@pytest.mark.parametrize(("variables", "text"), [step[:2] for step in STEPS if step[2] is None])
def test_and_gives_a_bool(variables: str, text: str) -> None:
    assert {problem.code for problem in problems(body(text, variables))} <= {"E305", "E302"}


FAILURES = [
    (X, "self.x = 10", "10 does not fit in 'x', which is Range(10)"),
    (X, "self.x -= 1", "-1 does not fit in 'x', which is Range(10)"),
    (X, "v: Range(3) = self.x + 3", "3 does not fit in 'v', which is Range(3)"),
    (X, "self.x = 1 // self.x", "division by zero: self.x is 0"),
    (X, "self.x = 1 << self.x - 1", "shift by a negative number: self.x - 1 is -1"),
    (X, "self.x = min(i for i in range(self.x))", "min of nothing"),
    (X, "assert self.x == 1, 'x is one'", "x is one"),
    (X, "assert self.x == 1", "self.x == 1"),
    (SET, "self.s.remove(self.x + 2)", "self.x + 2 is in the set it is removed from"),
    (SET, "self.s.add(self.x + 4)", "4 does not fit in Range(4)"),
    (SEQ, "self.x = self.q.pop()", "there is no item -1 in 'q', which holds 0 items"),
    (SEQ, "for i in range(4):\n    self.q.append(i)", "'q' is full: it holds 3 items, and is a Seq(Range(4), 3)"),
    (SEQ, "self.q[0] = 1", "there is no item 0 in 'q', which holds 0 items"),
    (ARR, "self.a[self.a[0] + 3] = 1", "self.a[0] + 3 is 3, which is not in Range(3)"),
    (OPT, "self.o += 1", "self.o is None, which is not in Range(4)"),
    (OPT, "self.b = self.o < 1", "self.o is None, which is not in Range(4)"),
    (REC, "self.r.f = self.r.g", "None does not fit in 'r.f', which is Range(4)"),
    (X, "while self.x == 0:\n    pass", "the loop did not end within 100,000 rounds"),
]


@pytest.mark.parametrize(("variables", "text", "message"), FAILURES)
def test_a_failure(variables: str, text: str, message: str) -> None:
    assert failures(body(text, variables)) == [message]


# helpers


def test_a_helper_means_what_its_body_means() -> None:
    more = """
    def twice(self, n, add=1):
        if n > 3:
            return None
        return 2 * n + add

    def set(self, v: Range(5)):
        self.x = v
        require(v != 4)
        return choose({v, 9})
    """
    text = "v = self.twice(1)\nw = self.twice(add=0, n=4)\nif w is None and v is not None:\n    self.x = self.set(v)"
    assert after(body(text, X, more)) == {(3,), (9,)}


def test_a_helper_is_compiled_for_each_type_it_is_given() -> None:
    more = "def first(self, of):\n    return of[0]"
    assert after(body("self.x = self.first((1, 2)) if self.first((True,)) else 3", X, more)) == {(1,)}


def outside(n: int, step: Any = 2) -> Any:
    """A function beside the models."""
    return n + step


def test_functions_and_constants_of_the_module() -> None:
    class Outside(Model):
        EDGES = ((0, 1), (1, 2))
        SOME = frozenset({1, 2})
        x = Var(Range(0, 9))

        @action
        def step(self) -> None:
            self.x = outside(sum(b for a, b in self.EDGES) if False else len(self.EDGES), step=1)

    with pytest.raises(Exception, match="E202 a comprehension has one plain variable"):
        compile_model(Outside, {})
    source = "class M(Model):\n    E = ((0, 1), (1, 2))\n    S = frozenset({1, 2})\n    x = Var(Range(9))\n"
    source += "    @action\n    def step(self):\n"
    source += "        for e in self.E:\n            if e[1] in self.S:\n                self.x += outside(e[0])\n"
    (made,) = module(source, outside=outside)
    assert {p.name for p in compile_model(made, {}).functions.values()} == {"outside"}


def test_a_default_belongs_to_the_helper_and_not_to_its_caller() -> None:
    more = "LIMIT = 4\ndef f(self, n=LIMIT):\n    return n"
    assert after(body("LIMIT = 1\nself.x = self.f()", X, more)) == {(4,)}


def test_super_calls_the_one_above() -> None:
    source = """
    class A(Model):
        x = Var(Range(0, 10))
        def f(self, n):
            return n + 1
        @action
        def step(self):
            self.x = self.f(1)
    class B(A):
        def f(self, n):
            return super().f(n) * 2
    class C(B):
        def f(self, n):
            return super().f(n) + super().f(n + 1)
        def step(self):
            super().step()
            self.x -= 1
    """
    assert after(source) == {(9,)}


def test_operands_are_worked_out_from_left_to_right() -> None:
    more = "def put(self, v):\n    self.x = v\n    return v\ndef see(self):\n    return self.x"
    assert after(body("self.y = self.see() + self.put(4) + self.see()", TWO, more)) == {(4, 8)}
    assert after(body("self.y = int(self.put(3) > self.see() - 1)", TWO, more)) == {(3, 1)}
    assert after(body("self.y = int(self.see() >= self.put(3))", TWO, more)) == {(3, 0)}


def test_what_a_helper_changes_is_not_lost() -> None:
    more = "def grow(self):\n    self.s.add(1)\n    return 2"
    assert after(body("self.s.add(self.grow())", SET, more)) == {(frozenset({1, 2}), 0)}
    assert after(body("self.x = self.grow()\nself.s |= {3}", SET, more)) == {(frozenset({1, 3}), 2)}
    (problem,) = problems(body("self.s |= {self.grow()}", SET, more))
    assert (problem.code, problem.problem) == ("E209", "'self.s' is in use here, and 'grow' changes it")


# the model as a whole


def test_init_may_choose_and_a_variable_starts_as_its_default() -> None:
    source = body("pass", "x = Var(Range(3, 5))\nc = Var(Colour)\ns = Var(SetOf(Bool))\no = Var(Opt(Bool))")
    (state,) = [step.state for step in Interpreter(program(source)).initial()]
    assert state is not None and [state[0], state[1].name, *state[2:]] == [3, "RED", frozenset(), None]
    chosen = Interpreter(
        program(body("pass", X, "def init(self):\n    self.x = choose({1, 2})\n    require(self.x > 1)"))
    )
    assert [step.state for step in chosen.initial()] == [(2,)]


def test_parameters_and_formulas() -> None:
    source = """
    class M(Model):
        n = Param(2)
        fast = Param(False)
        c = Param(Colour.RED)
        half = n // 2 + 1
        T = Range(2 ** n)
        x = Var(T)
        @action
        def step(self):
            if self.fast and self.c == Colour.RED:
                self.x = self.half
            else:
                self.x = len(self.T) - 1
    """
    assert after(source) == {(3,)}
    assert after(source, n=4) == {(15,)}
    assert after(source, n=4, fast=True) == {(3,)}


def test_an_action_is_tried_with_all_its_arguments_in_rank_order() -> None:
    source = "class M(Model):\n    x = Var(Range(9))\n    @action\n    def put(self, b: Bool, v: Range(2)):\n"
    source += "        self.x = v + 2 * b"
    assert [step.code for step in problems(source)] == ["E304"]
    source = source.replace("2 * b", "2 * int(b)")
    assert [(s.step.arguments, s.state) for s in first_steps(source)] == [
        ((False, 0), (0,)),
        ((False, 1), (1,)),
        ((True, 0), (2,)),
        ((True, 1), (3,)),
    ]


def test_a_subclass_overrides_leaves_out_and_adds() -> None:
    source = """
    class A(Model):
        n = Param(2)
        T = Range(n)
        x = Var(T)
        y = Var(Bool)
        @action
        def a(self, t: T):
            self.x = t
        @action
        def b(self):
            self.x = 0
        @always
        def p(self):
            return self.x < 2
    class B(A):
        n = 3
        b = None
        T = Range(1, A.n)
        x = Var(T)
        def a(self, t: T):
            super().a(t)
            self.y = True
        @sometimes
        def q(self):
            return self.y
    """
    made = program(source)
    assert [action.name for action in made.actions] == ["a"]
    assert [(p.name, p.kind) for p in made.properties] == [("p", "always"), ("q", "sometimes")]
    assert [named(made, state) for state in sorted(after(source))] == [{"x": t, "y": True} for t in (1, 2, 3)]


STORED_FIRST = [
    "w = {1}\nself.s = w\nw.add(2)",
    "w = {1}\nfor i in range(2):\n    w.add(i)\n    self.s = w",
    "w = {1}\nself.s, v = w, 1\nw |= {2}",
    "w = {1}\nself.s = w if self.x == 0 else {3}\nw.clear()",
]
STORED_LAST = [
    "w = {1}\nw.add(2)\nself.s = w",
    "for i in range(2):\n    w = {1}\n    w.add(i)\n    self.s = w",
    "w = {1}\nself.s = set(w)\nw.add(2)\nself.x = len(w)",
]


@pytest.mark.parametrize("text", STORED_FIRST)
def test_a_local_that_was_stored_is_not_changed_in_place(text: str) -> None:
    (problem,) = problems(body(text, SET))
    assert (problem.code, problem.problem) == ("E209", "'w' is changed in place after it was stored elsewhere")


@pytest.mark.parametrize("text", STORED_LAST)
def test_a_local_may_be_changed_in_place_before_it_is_stored(text: str) -> None:
    assert after(body(text, SET)) in ({(frozenset({1, 2}), 0)}, {(frozenset({1}), 2)}, {(frozenset({1}), 0)})


ALIASES = [
    "w = self.s",
    "w = self.s if self.x == 0 else {1}",
    "w, v = self.s, 1",
    "w = self.same()",
    "w = self.rows[0]",
]


@pytest.mark.parametrize("text", ALIASES)
def test_another_name_for_something_is_not_changed_in_place(text: str) -> None:
    more = (
        "rows = Var(Array(Bool, SetOf(Range(4))))\ndef same(self):\n    return self.s\ndef new(self):\n    return {1}"
    )
    text = text.replace("[0]", "[True]")
    (problem,) = problems(body(f"{text}\nw.add(1)", SET, more))
    assert (problem.code, problem.problem) == ("E209", "'w' is changed in place, but names a part of something else")
    assert not problems(body("w = self.new()\nw.add(1)\nv = set(self.s)\nv.add(1)\nself.s = v | w", SET, more))
