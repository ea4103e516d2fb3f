"""Whatever stands in a model, the front end compiles it or says what is wrong: never a traceback.

What it compiles must also run: the interpreter trusts the types in the IR, so that an exception in it, or a state
outside its types, is a mistake of the front end.
"""

from __future__ import annotations

import textwrap
import warnings

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker.errors import ModelError
from tests.frontend.support import program, run_some

NAMES = [
    "v",
    "w",
    "k",
    "self.x",
    "self.y",
    "self.s",
    "self.q",
    "self.a",
    "self.r",
    "self.o",
    "self.c",
    "self.m",
    "self.b",
]
TYPES = ["self.T", "self.Sym", "self.R", "Bool", "Colour", "Opt(self.T)", "Range(3)", "Range(self.n)", "SetOf(self.T)"]
ODD = [
    "self.xx",
    "foo",
    "self",
    "Colour.RDE",
    "1.5",
    "'text'",
    "b''",
    "...",
    "print",
    "self.help",
    "10 ** 30",
    "2j",
    "Model",
]
ATOMS = [
    *NAMES,
    *NAMES,
    *NAMES,
    "0",
    "1",
    "2",
    "-1",
    "7",
    "None",
    "True",
    "False",
    "Colour.RED",
    "self.n",
    "set()",
    "[]",
    "()",
]
atoms = st.sampled_from([*ATOMS, *ATOMS, *TYPES, *ODD])
BINARY = ["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>", "/", "**", "@", "and", "or"]
COMPARE = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]
CALLS = [
    "len",
    "any",
    "all",
    "sum",
    "min",
    "max",
    "abs",
    "int",
    "bool",
    "set",
    "frozenset",
    "choose",
    "range",
    "self.help",
]
CALLS += [
    "self.go",
    "self.R",
    "require",
    "print",
    "Range",
    "Opt",
    "super().help",
    "free",
    "self.x",
    "v",
    "self.misspelt",
]
CALLS += [
    "self.s.union",
    "self.s.issubset",
    "self.s.isdisjoint",
    "self.r._replace",
    "self.s.copy",
    "self.q.pop",
    "sorted",
]


def _expressions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def shape(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda values: text.format(*values))

    e = inner
    names = st.sampled_from(["i", "j", "v", "self"])
    return st.one_of(
        shape("({} {} {})", e, st.sampled_from(BINARY), e),
        shape("({} {} {})", e, st.sampled_from(COMPARE), e),
        shape("({} {} {} {} {})", e, st.sampled_from(COMPARE), e, st.sampled_from(COMPARE), e),
        shape("({} {})", st.sampled_from(["not", "-", "+", "~"]), e),
        shape("({} if {} else {})", e, e, e),
        shape("{}()", st.sampled_from(CALLS)),
        shape("{}({})", st.sampled_from(CALLS), e),
        shape("{}({}, {})", st.sampled_from(CALLS), e, e),
        shape("{}(*{})", st.sampled_from(CALLS), e),
        shape("{}(**{})", st.sampled_from(CALLS), e),
        shape("{}(p={})", st.sampled_from(CALLS), e),
        shape("self.R(f={}, g={})", e, e),
        shape("{}[{}]", e, e),
        shape("{}[{}:{}]", e, e, e),
        shape("{}.{}", e, st.sampled_from(["f", "g", "h", "add", "_replace", "__class__"])),
        shape("{{{}, {}}}", e, e),
        shape("[{}, {}]", e, e),
        shape("({}, {})", e, e),
        shape("{{{}: {}}}", e, e),
        shape("[*{}, {}]", e, e),
        shape("{{{} for {} in {} if {}}}", e, names, e, e),
        shape("[{} for {} in {}]", e, names, e),
        shape("{{i: {} for i in {}}}", e, e),
        shape("any({} for {} in {} for {} in {})", e, names, e, names, e),
        shape("sum({} for {} in {})", e, names, e),
        shape("max({} for {} in {})", e, names, e),
        shape("(lambda: {})", e),
        shape("(v := {})", e),
        shape("f'{{{}}}'", st.sampled_from(["self.x", "v"])),
        shape("(yield {})", e),
    )


expressions = st.recursive(atoms, _expressions, max_leaves=6)
targets = st.sampled_from(
    [*NAMES, "self.a[0]", "self.a[v]", "self.r.f", "self.q[0]", "v.f", "v, w", "self.T", "free", "i"]
)


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def shape(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.tuples(*parts).map(lambda values: text.format(*values))

    e, t = expressions, targets
    block = st.lists(inner, min_size=1, max_size=3).map(lambda lines: textwrap.indent("\n".join(lines), "    "))
    change = st.sampled_from(["add", "discard", "remove", "update", "clear", "append", "pop", "insert"])
    return st.one_of(
        shape("{} = {}", t, e),
        shape("{} = {}", t, e),
        shape("{} {}= {}", t, st.sampled_from(BINARY[:13]), e),
        shape("{}: {} = {}", t, st.sampled_from(TYPES + ODD), e),
        shape("{}.{}({})", t, change, e),
        shape("{} = {}.{}({})", t, t, change, e),
        shape("{}", e),
        shape("require({})", e),
        shape("assert {}, 'text'", e),
        shape("return {}", e),
        shape("if {}:\n{}\nelse:\n{}", e, block, block),
        shape("while {}:\n{}", e, block),
        shape("for {} in {}:\n{}", t, e, block),
        shape("for {} in {}:\n{}\nelse:\n{}", t, e, block, block),
        shape(
            "match {}:\n    case {}:\n{}\n    case w:\n        pass",
            t,
            e,
            block.map(lambda b: textwrap.indent(b, "    ")),
        ),
        shape("match {}:\n    case [w]:\n        pass\n    case _ if {}:\n        pass", t, e),
        shape("with {} as v:\n{}", e, block),
        shape("try:\n{}\nexcept ValueError:\n{}", block, block),
        shape("def {}():\n{}", st.sampled_from(["v", "w"]), block),
        shape("yield 'a'"),
        shape("yield"),
        shape("yield {}", e),
        shape("yield from self.pausing({})", e),
        shape("{} = yield from self.pausing({})", t, e),
        shape("yield from {}", e),
        st.sampled_from(
            ["pass", "return", "break", "continue", "del v", "global v", "import os", "raise", "class C: pass"]
        ),
    )


statements = st.recursive(
    st.sampled_from(["pass", "v = self.x", "w = self.s", "self.x = 3"]), _statements, max_leaves=6
)
bodies = st.lists(statements, min_size=1, max_size=5).map("\n".join)

FRAME = """
def free(p, q=1):
    return p

class Base(Model):
    n = Param(2)
    T = Range(4)
    Sym = Range(3, symmetric=True)
    R = Record(f=T, g=Opt(T))
    x = Var(T)
    y = Var(Range(-2, 5))
    s = Var(SetOf(T))
    q = Var(Seq(T, 2))
    a = Var(Array(T, Bool))
    r = Var(R)
    o = Var(Opt(T))
    c = Var(Colour)
    m = Var(Opt(Sym))
    b = Var(Bool)

    def help(self, p=0):
        return p

class M(Base):
    def help(self, p=1):
{helper}

    def pausing(self, p):
{pausing}

    @action
    def go(self, k: Base.T):
{action}

    @process
    def run(self):
{process}

    @always
    def fine(self):
{prop}
"""
NOTHING = {"helper": "return p", "pausing": "yield", "action": "self.x = k", "process": "yield", "prop": "return True"}


def _source(place: str, text: str) -> str:
    parts = {name: textwrap.indent(part, " " * 8) for name, part in {**NOTHING, place: text}.items()}
    return FRAME.format(**parts)


@given(st.sampled_from(sorted(NOTHING)), bodies)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_never_a_traceback(place: str, text: str) -> None:
    source = _source(place, text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "model", "exec")
        except SyntaxError:
            assume(False)
        try:
            compiled = program(source)
        except ModelError as error:
            assert all(problem.problem and problem.remedy and problem.code for problem in error.problems)
            assert all("\n" not in str(problem).partition("\n")[2] for problem in error.problems)
            return
    run_some(compiled)
