"""What the language allows cannot tell symmetric members apart: renaming them in a state renames what follows."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.errors import ModelError
from checker.ir import nodes as ir
from checker.ir.symmetry import _numbers_members
from checker.ir.types import ArrayType, IntType, OptType, SeqType, SetType, SymType, TupleType, Type, Value
from checker.semantics import Interpreter
from tests.frontend.support import body, problems, program

VARIABLES = """
T = Range(3, symmetric=True)
m = Var(Opt(T))
s = Var(SetOf(T))
a = Var(Array(T, Range(3)))
p = Var(Array(T, Opt(T)))
q = Var(Seq(T, 2))
n = Var(Range(9))
"""
HELPERS = """
def count(self, of):
    return sum(1 for t in self.T if self.p[t] == of)

def bump(self, by):
    self.n += by
    return self.n

def risky(self, t):
    return self.q[self.a[t]] == t

def pick(self):
    return choose(self.s)
"""


GENERATORS = ((1, 0, 2), (1, 2, 0))  # of all permutations of three
ENOUGH = 400  # steps of one state


def _shape(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda values: text.format(*values))


members = st.sampled_from(
    ["self.m", "choose(self.T)", "choose(self.s)", "self.p[v]", "v", "self.q[0]", "0", "self.pick()"]
)
inner = st.sampled_from(["t", "t", "self.p[t]", "self.m", "v"])
numbers = st.sampled_from(["self.n", "1", "len(self.s)", "self.a[v]", "self.count(v)", "self.bump(1)", "len(self.q)"])
inside = st.sampled_from(
    ["self.a[t]", "self.n", "self.count(t)", "self.bump(self.a[t])", "6 // self.a[t]", "choose(Range(2))"]
)
tests = st.one_of(
    _shape("{} {} {}", inner, st.sampled_from(["==", "!=", "<", "in self.s and v ==", "in self.q or v !="]), inner),
    _shape("{} {} {}", inside, st.sampled_from(["==", "<", "<="]), inside),
    st.sampled_from(["t in self.s", "self.risky(t)", "choose(Bool)", "self.q[self.a[t]] == t", "self.p[t] is None"]),
)
loops = st.sampled_from(["self.T", "self.s", "self.q", "self.p", "choose(SetOf(self.T))", "{self.m, v}", "set()"])
conditions = st.one_of(
    _shape("{}({} for t in {})", st.sampled_from(["any", "all"]), tests, loops),
    _shape("{} {} {}", members, st.sampled_from(["==", "!=", "in self.s and v !=", "<"]), members),
    _shape("{} < {}", numbers, numbers),
    _shape("{} <= {}", st.sampled_from(["self.s", "{v}"]), st.sampled_from(["self.s", "{self.m}", "set(self.q)"])),
)
simple = st.one_of(
    _shape("self.m = {}", members),
    _shape("v = {}", members),
    _shape("self.s.{}({})", st.sampled_from(["add", "discard", "remove"]), members),
    _shape("self.p[{}] = {}", members, members),
    _shape("self.a[{}] = {} % 3", members, numbers),
    _shape("self.q.append({})", members),
    st.sampled_from(
        ["v = self.q.pop()", "self.m = self.q.pop(0)", "self.q.clear()", "self.a = (0, 1, 2)", "self.a = (1, 1, 1)"]
    ),
    _shape("self.n = {}({} for t in {})", st.sampled_from(["sum", "min", "max"]), inside, loops),
    _shape("self.s = {{{} for t in {} if {}}}", inner, loops, tests),
    _shape("self.a = {{t: {} % 3 for t in self.T}}", inside),
    _shape(
        "self.p = {{t: {} for t in self.T}}",
        st.sampled_from(["t", "self.m", "choose(self.T)", "choose(Opt(self.T))", "None"]),
    ),
    _shape("require({})", conditions),
    _shape("assert {}", conditions),
    _shape("for t in {}:\n    self.m = t\n    self.n = self.a[t]", loops),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, min_size=1, max_size=2).map(lambda lines: textwrap.indent("\n".join(lines), "    "))
    return st.one_of(
        _shape("if {}:\n{}", conditions, block),
        _shape("if {}:\n{}\nelse:\n{}", conditions, block, block),
        _shape("left = set(self.s)\nwhile left:\n    v = choose(left)\n    left.remove(v)\n{}", block),
    )


steps = st.lists(st.recursive(simple, _compound, max_leaves=3), min_size=1, max_size=3).map("\n".join)
maybe = st.none() | st.integers(0, 2)
states = st.tuples(
    maybe,
    st.frozensets(st.integers(0, 2)),
    st.tuples(*[st.integers(0, 2)] * 3),
    st.tuples(maybe, maybe, maybe),
    st.lists(st.integers(0, 2), max_size=2).map(tuple),
    st.integers(0, 3),
)


def _renamed(kind: Type, value: Value, way: tuple[int, ...]) -> Value:
    match kind:
        case SymType():
            return way[value]
        case OptType(item=item):
            return None if value is None else _renamed(item, value, way)
        case SetType(item=item):
            return frozenset(_renamed(item, part, way) for part in value)
        case SeqType(item=item):
            return tuple(_renamed(item, part, way) for part in value)
        case ArrayType(index=SymType(), item=item):
            return tuple(_renamed(item, value[way.index(place)], way) for place in range(len(value)))
    return value


def _follows(made: ir.Program, state: tuple[Any, ...]) -> set[Any]:
    """What a state leads to: states, and whether something fails."""
    steps = list(itertools.islice(Interpreter(made).successors(state), ENOUGH))
    assume(len(steps) < ENOUGH)
    return {step.state if step.failure is None else step.failure.kind for step in steps}


@given(steps, st.lists(states, min_size=2, max_size=2))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_renaming_members_renames_what_follows(text: str, starts: list[tuple[Any, ...]]) -> None:
    try:
        made = program(body(f"v = choose(Opt(self.T))\n{text}", VARIABLES, HELPERS))
    except ModelError:
        assume(False)
    kinds = [declared.type for declared in made.variables]
    for state, way in itertools.product(starts, GENERATORS):

        def rename(whole: Any, way: tuple[int, ...] = way) -> Any:
            if not isinstance(whole, tuple):
                return whole
            return tuple(_renamed(kind, value, way) for kind, value in zip(kinds, whole, strict=True))

        assert {rename(after) for after in _follows(made, state)} == _follows(made, rename(state))


def test_what_would_tell_members_apart_is_refused() -> None:
    for text, code in [
        ("self.a = {t: self.bump(1) % 3 for t in self.T}", "E405"),
        ("self.s = {t for t in self.T if self.risky(t) and choose(self.s) == t}", "E406"),
        ("self.a = (0, 1, 2)", "E404"),
        ("require(any(self.risky(t) for t in self.T))", "E406"),
        ("for t in self.T:\n    self.m = t", "E402"),
    ]:
        assert {problem.code for problem in problems(body(text, VARIABLES, HELPERS))} == {code}, text


T, OTHER = SymType("T", 3), IntType(0, 2)
PLACES = TupleType((OTHER, OTHER, OTHER))
BY_MEMBER, BY_NUMBER = ArrayType(T, OTHER), ArrayType(OTHER, OTHER)


@pytest.mark.parametrize(
    "around",
    [
        lambda kind, _: kind,
        lambda kind, _: OptType(kind),
        lambda kind, _: SetType(kind),
        lambda kind, _: SeqType(kind, 2),
        lambda kind, _: ArrayType(OTHER, kind),
        lambda kind, _: TupleType((OTHER, kind)),
        lambda kind, source: TupleType((kind, kind)) if source else SeqType(kind, 2),
        lambda kind, source: TupleType((kind, kind)) if source else ArrayType(OTHER, kind),
        lambda kind, source: OptType(kind) if source else kind,
        lambda kind, source: kind if source else OptType(kind),
    ],
)
def test_a_tuple_that_numbers_members_is_found_within_another_type(around: Callable[[Type, bool], Type]) -> None:
    source = around(PLACES, True)
    assert _numbers_members(source, around(BY_MEMBER, False))
    assert not _numbers_members(source, around(BY_NUMBER, False))
