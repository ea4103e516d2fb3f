"""Random steps: what one leads to is what Python leads to, running the same text on plain sets and lists.

Python's assignments are made to copy, as those of the language do; nothing else differs.
"""

from __future__ import annotations

import ast
import copy
import textwrap
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.errors import ModelError
from checker.ir import nodes as ir
from checker.semantics import Interpreter
from tests.frontend.support import body, program

VARIABLES = """
x = Var(Range(-99, 99))
y = Var(Range(-99, 99))
s = Var(SetOf(Range(8)))
q = Var(Seq(Range(8), 4))
a = Var(Array(Range(3), Range(-99, 99)))
"""
HELPERS = """
def bump(self, by=1):
    self.x += by
    return self.x

def grow(self):
    self.s.add(self.y % 8)
    self.y += 3
    return len(self.s)

def rotate(self, i):
    self.a[0], self.a[1], self.a[2] = self.a[1], self.a[2], self.a[0] + i
    if i > 2:
        return self.a[1]
    for j in range(3):
        if self.a[j] == i:
            return j
    return 7

def copied(self):
    found = set()
    for i in self.q:
        found.add(i)
    return found
"""

atoms = st.sampled_from(
    ["self.x", "self.y", "v", "k", "0", "1", "2", "5", "-1", "len(self.s)", "len(self.q)", "self.a[0]"]
)


def _shape(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda values: text.format(*values))


def _integers(e: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        _shape("({} {} {})", e, st.sampled_from(["+", "-", "//", "%"]), e),
        _shape("self.a[{} % 3]", e),
        _shape("self.q[{}]", e),
        _shape("self.bump({} % 4)", e),
        _shape("self.rotate({} % 5)", e),
        st.sampled_from(["self.bump()", "self.grow()", "sum(self.s)", "sum(self.a)", "len(w)", "max(self.a)"]),
        _shape("sum(i * {} for i in self.s if i != {})", e, e),
        _shape("({} if {} < {} else {})", e, e, e, e),
        _shape("int({} in self.s)", e),
    )


integers = st.recursive(atoms, _integers, max_leaves=4)
sets = st.one_of(
    st.sampled_from(["self.s", "w", "set()", "{1, 2}", "self.copied()", "set(self.s)", "set(self.q)"]),
    _shape("{{i for i in self.s if i < {}}}", integers),
    _shape("{{{} % 8, {} % 8}}", integers, integers),
    _shape("(self.s | {{{} % 8}})", integers),
    st.sampled_from(["self.s & w", "self.s - w", "w ^ {3}", "(w if self.x > 2 else {4})"]),
)
conditions = st.one_of(
    _shape("{} {} {}", integers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), integers),
    _shape("{} in self.s", integers),
    _shape("{} < {} <= 4", atoms, atoms),
    st.sampled_from(
        ["self.s", "not self.q", "w <= self.s", "self.bump() > self.grow()", "any(i in self.q for i in w)"]
    ),
)
simple = st.one_of(
    _shape("self.x = {}", integers),
    _shape("self.y {}= {}", st.sampled_from(["+", "-", "%"]), integers),
    _shape("v = {}", integers),
    _shape("v += {}", integers),
    _shape("self.a[{} % 3] = {}", integers, integers),
    _shape("self.a[{} % 3] += {}", atoms, integers),
    _shape("self.s.{}({} % 8)", st.sampled_from(["add", "discard", "remove"]), integers),
    _shape("w.{}({} % 8)", st.sampled_from(["add", "discard", "remove"]), integers),
    _shape("self.s.update({})", sets),
    _shape("w = {}", sets),
    _shape("w |= {}", sets),
    _shape("self.s = {}", sets),
    _shape("self.s {}= {}", st.sampled_from(["|", "&", "-", "^"]), sets),
    _shape("self.q.append({} % 8)", integers),
    _shape("v = self.q.pop({})", st.sampled_from(["", "0", "-1", "v"])),
    _shape("self.a[v % 3] = self.q.pop({})", st.sampled_from(["", "0", "v % 3"])),
    _shape("self.x, v = {}, {}", integers, integers),
    _shape("v, self.a[v % 3] = self.a[{} % 3], {}", integers, atoms),
    st.sampled_from(
        ["self.q.pop()", "self.s.clear()", "self.q.clear()", "self.bump(2)", "self.rotate(1)", "self.s.update(self.q)"]
    ),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, min_size=1, max_size=3).map(lambda lines: textwrap.indent("\n".join(lines), "    "))
    return st.one_of(
        _shape("if {}:\n{}", conditions, block),
        _shape("if {}:\n{}\nelse:\n{}", conditions, block, block),
        _shape(
            "for k in {}:\n{}",
            st.sampled_from(["range(3)", "range(4, 0, -2)", "set(self.s)", "(2, 1)", "{5, 3}"]),
            block,
        ),
        _shape("for k in range({}):\n{}\n    if {}:\n        break", atoms, block, conditions),
        _shape("while {}:\n    n += 1\n    if n > 9:\n        break\n{}", conditions, block),
        _shape("for k in range(2):\n    if {}:\n        continue\n{}", conditions, block),
        _shape("if {}:\n    return", conditions),
    )


steps = st.lists(st.recursive(simple, _compound, max_leaves=5), min_size=1, max_size=6).map("\n".join)
states = st.tuples(
    st.integers(-4, 6),
    st.integers(-4, 6),
    st.frozensets(st.integers(0, 7)),
    st.lists(st.integers(0, 7), max_size=4).map(tuple),
    st.tuples(st.integers(-3, 5), st.integers(-3, 5), st.integers(-3, 5)),
)


class _Copying(ast.NodeTransformer):
    """Every assignment copies what it assigns."""

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        node.value = ast.Call(ast.Name("copied", ast.Load()), [node.value], [])
        return node


def _in_python(text: str, state: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The state after the step as Python does it, None if it raises."""
    space: dict[str, Any] = {"copied": copy.deepcopy}
    source = f"class M:\n{textwrap.indent(HELPERS, '    ')}\n    def step(self):\n{textwrap.indent(text, ' ' * 8)}"
    exec(compile(ast.fix_missing_locations(_Copying().visit(ast.parse(source))), "step", "exec"), space)
    model = space["M"]()
    model.x, model.y, model.s, model.q, model.a = state[0], state[1], set(state[2]), list(state[3]), list(state[4])
    try:
        model.step()
    except (IndexError, ZeroDivisionError, KeyError, ValueError):
        return None
    return model.x, model.y, frozenset(model.s), tuple(model.q), tuple(model.a)


@given(steps, st.lists(states, min_size=3, max_size=3))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_step_leads_where_python_leads(text: str, starts: list[tuple[Any, ...]]) -> None:
    text = f"v = 0\nk = 0\nn = 0\nw = {{1}}\n{text}"
    try:
        made = program(body(text, VARIABLES, HELPERS))
    except ModelError as error:
        # Python would share what is copied here, or would change a place while its value is worked out.
        assert {problem.code for problem in error.problems} <= {"E209", "E211", "E214", "E307", "E313"}, str(error)
        assume(False)
    interpreter = Interpreter(made)
    for state in starts:
        (transition,) = list(interpreter.successors(state))
        if transition.failure is not None and transition.failure.kind is ir.Kind.STORE:
            continue
        assert transition.state == _in_python(text, state)
