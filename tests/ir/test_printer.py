"""A program as text reads like Python."""

from __future__ import annotations

from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.ir.printer import show_expression, show_program, show_statement
from checker.ir.types import BOOL, NONE, OptType, SetType
from tests.frontend.support import program
from tests.support.small_programs import (
    BIG,
    HERE,
    INT,
    LIGHTS,
    PAIR,
    Lights,
    binary,
    compare,
    const,
    each_of,
    every,
    local,
    put,
    steps,
    to,
    var,
)


def test_expressions_read_like_python() -> None:
    x, y = var("x"), local("y")
    product = binary("*", binary("+", x, const(1)), y)
    assert show_expression(product) == "(self.x + 1) * y"
    assert show_expression(binary("-", x, binary("-", y, const(-2)))) == "self.x - (y - -2)"
    assert show_expression(binary("-", binary("-", x, y), const(1))) == "self.x - y - 1"
    inside = compare("in", to(INT, x), every(INT))
    assert show_expression(inside) == "self.x in Range(10)"
    assert show_expression(ir.Unary(HERE, BOOL, "not", inside)) == "self.x not in Range(10)"
    empty = compare("!=", var("o", OptType(INT)), const(None, NONE))
    both = ir.BoolOp(HERE, BOOL, "and", (empty, ir.BoolOp(HERE, BOOL, "or", (inside, const(True)))))
    assert show_expression(both) == "self.o is not None and (self.x in Range(10) or True)"
    each = each_of("i", steps(0, 3, 1), compare("<", local("i", BIG), const(2)))
    assert show_expression(ir.Comprehension(HERE, SetType(BIG), "set", local("i", BIG), (each,))) == (
        "{i for i in range(0, 3) if i < 2}"
    )
    assert show_expression(ir.Make(HERE, PAIR, (const(3, INT), const(True, BOOL)))) == "Pair(a=3, b=True)"


def test_statements_read_like_python() -> None:
    loop = ir.While(HERE, const(True), (ir.If(HERE, const(False), (ir.Break(HERE),), (put(var("x"), const(1)),)),))
    assert show_statement(loop) == ("while True:\n    if False:\n        break\n    else:\n        self.x = 1")


def test_a_program_prints_the_same_every_time() -> None:
    text = show_program(LIGHTS)
    assert text == show_program(compile_model(Lights, {}))
    assert "action switch(lamp: Range(2), on: Bool) -> None:\n    require(on != (lamp in self.lit))\n" in text
    assert "point 'saw': goes on in block " in text


AS_WRITTEN = """
self.x
self.a[self.x]
self.a[self.x % 3]
self.p.a
self.p.a + 1
-self.x
-(self.x + 1)
-self.x + 1
abs(self.x)
min(self.x, 2)
max(self.x + 1, 2 * self.x)
self.x - (self.x - 1)
self.x - 1 - self.x
(self.x + 1) * 2
self.x // 2 % 3
self.x // (2 - self.x % 2)
self.x << 1 | 1
self.x & 3 ^ 1
self.x in self.s
self.x not in self.s
self.x < 3
self.p.a <= self.x
not self.b
not (self.b and self.c)
self.b and not self.c or self.d
(self.b or self.c) and self.d
self.b == (self.x < 3)
1 if self.b else 2
1 if self.b else 2 if self.c else 3
(1 if self.b else 2) + 1
1 if (self.b if self.c else self.d) else 2
{self.x, 1}
{i for i in self.s}
{i for i in self.s if i < self.x}
{i + j for i in self.s for j in self.s if j < i}
{i for i in Range(10) if i not in self.s}
[i + 1 for i in Range(3)]
any(i < 3 for i in self.s)
all(i < 3 or self.b for i in self.s if 1 < i)
sum(i for i in self.s)
len(self.s)
len(self.q) + 1
self.s | {1}
self.s - {1, self.x}
self.q[0]
self.Pair(a=self.x, b=True)
(self.x, True)
self.o is None
self.o is not None
self.o == 1
self.h(self.x, 1)
Colour.RED
self.k == Colour.GREEN
"""
HELD = """
class M(Model):
    Pair = Record(a=Range(10), b=Bool)
    x = Var(Range(10))
    a = Var(Array(Range(10), Range(10)))
    p = Var(Pair)
    s = Var(SetOf(Range(10)))
    q = Var(Seq(Range(10), 4))
    o = Var(Opt(Range(10)))
    k = Var(Colour)
    b = Var(Bool)
    c = Var(Bool)
    d = Var(Bool)
    def h(self, i, j):
        return i + j
"""


def test_what_is_printed_is_what_was_written() -> None:
    """Each text is compiled, and its expression is printed: what was written is known independently of the printer."""
    texts = AS_WRITTEN.strip().splitlines()
    helpers = "".join(f"    def f{at}(self):\n        return {text}\n" for at, text in enumerate(texts))
    calls = "".join(f"        self.f{at}()\n" for at in range(len(texts)))
    made = program(f"{HELD}{helpers}    @action\n    def act(self):\n{calls}")
    found = {}
    for at, text in enumerate(texts):
        last = made.functions[f"f{at}"].body[-1]
        assert isinstance(last, ir.Return) and last.value is not None
        found[text.replace("self.Pair", "Pair")] = show_expression(last.value)
    assert found == {text: text for text in found}


PROCESS = (
    HELD
    + """
    def up(self, by: Range(3)):
        self.x = (self.x + by) % 10
    @process(Range(2))
    def walk(self, t: Range(2)):
        yield "begin"
        i = self.x
        yield "middle"
        if i > t:
            self.up(i % 3)
        else:
            for j in Range(3):
                assert j < 5, "no"
            while self.x > 5:
                self.x -= 1
                if self.x == 7:
                    continue
                break
        yield "over"
        self.x = 0
    @always
    def small(self):
        return self.x < 10
    @action
    def store(self, i: Range(10)):
        require(i in self.s)
        self.q.append(i)
        self.q.pop()
        self.p.a = self.q.pop(0)
        self.p = self.p._replace(b=False, a=3)
        self.a[self.x] = choose(self.s)
        self.s.add(i)
        self.up(2)
"""
)


PRINTED = """\
def up(by: Range(3)) -> None:
    self.x = (self.x + by) % 10

action store(i: Range(10)) -> None:
    require(i in self.s)
    self.q = [*self.q, i]
    self.q = without(self.q, -1)
    item = self.q[0]
    self.q = without(self.q, 0)
    self.p.a = item
    self.p = replace(replace(self.p, b=False), a=3)
    self.a[self.x] = choose(self.s)
    self.s = self.s | {i}
    self.up(2)

process walk(t: Range(2)):
    point 'start': goes on in block 0
    point 'begin': goes on in block 1
    point 'middle': goes on in block 2, keeps i
    point 'over': goes on in block 3
    point 'end': the end
    block 0:
        yield 'begin'
    block 1:
        i = self.x
        yield 'middle'
    block 2:
        if t < i:
            self.up(i % 3)
        else:
            for j in Range(3):
                assert j < 5, 'no'
            while 5 < self.x:
                self.x = self.x - 1
                if self.x == 7:
                    continue
                break
        yield 'over'
    block 3:
        self.x = 0
        yield 'end'

weak fairness of walk

always small() -> Bool:
    return self.x < 10
"""


def test_each_kind_of_step_is_printed_as_it_was_written() -> None:
    """Read line by line against the model above."""
    found = show_program(program(PROCESS))
    assert "    a: Array(Range(10), Range(10))\n" in found and "    walk.i: Array(Range(2), Range(10))\n" in found
    assert found[found.index("def up") :] == PRINTED
