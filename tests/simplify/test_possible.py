"""What an expression can be, by its parts and by what was asked before, against every value that there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any

import pytest

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.types import BoolType, IntType, OptType, SetType, Type, Value, is_scalar
from checker.simplify.facts import Facts, Looks, everything

HERE = Span("drawn.py", 1, 1)
BOOL, SMALL = BoolType(), IntType(0, 2)
NAMES: Mapping[str, Type] = {
    **{name: IntType(0, 3) for name in "abc"},
    **{name: IntType(-2, 1) for name in "ijk"},
    **dict.fromkeys("pqr", BOOL),
    **{name: OptType(SMALL) for name in "mno"},
}
Env = Mapping[str, Value]
MANY = 4
"""Names of what is looked at: 256 values of all together."""


class Fails(Exception):
    """It has no value."""


@dataclass(frozen=True)
class Drawn:
    """An expression, what it is worth in plain Python, the names in it, and the expressions in it that can be told
    apart by their text."""

    expr: ir.Expr
    value: Callable[[Env], Any]
    names: frozenset[str]
    inside: tuple[Drawn, ...] = ()

    def values(self, envs: Sequence[Env] | None = None) -> frozenset[Value]:
        """All that it can be, with these values of names or any."""
        return frozenset(_values(self, _envs(self.names) if envs is None else envs))

    def within(self) -> Iterator[Drawn]:
        """It, and all in it."""
        yield self
        for each in self.inside:
            yield from each.within()


def _values(drawn: Drawn, envs: Iterable[Env]) -> Iterator[Value]:
    for env in envs:
        try:
            yield drawn.value(env)
        except Fails:
            continue


def _envs(names: Iterable[str]) -> list[Env]:
    """All values of some names."""
    those = sorted(names)
    return [dict(zip(those, values, strict=True)) for values in product(*(NAMES[name].values() for name in those))]


def _where(condition: Drawn, truth: bool, *others: Drawn) -> list[Env]:
    """The values of names, also of others, with which a condition comes out like this."""
    return [
        env
        for env in _envs(condition.names.union(*(other.names for other in others)))
        if [*_values(condition, [env])] == [truth]
    ]


class Drawing:
    """Draws expressions; `once`: each name stands in it once at most."""

    def __init__(self, random: Random, once: bool) -> None:
        self.random, self.once = random, once
        self.left = {kind: [name for name in NAMES if NAMES[name] == kind] for kind in set(NAMES.values())}

    def local(self, kind: Type) -> Drawn:
        names = self.left[kind]
        if not names:
            return self.constant(kind)
        name = self.random.choice(names)
        if self.once:
            names.remove(name)
        node = ir.Local if name in "apim" else ir.Variable
        return Drawn(node(HERE, kind, name), lambda env: env[name], frozenset({name}))

    def constant(self, kind: Type) -> Drawn:
        value = self.random.choice([*kind.values()])
        return Drawn(ir.Const(HERE, kind, value), lambda _: value, frozenset())

    def number(self, depth: int) -> Drawn:
        if not depth:
            return self.local(self.random.choice([NAMES["a"], NAMES["i"]]))
        return self.random.choice([self.operator, self.operator, self.sign, self.choice, self.converted])(depth - 1)

    def operator(self, depth: int) -> Drawn:
        op = self.random.choice(["+", "-", "*", "//", "%", "&", "|", "^", "<<", ">>", "min", "max"])
        left, right = self.number(depth), self.number(0)
        return _made(lambda kind: ir.Binary(HERE, kind, op, left.expr, right.expr), _operators(op), left, right)

    def sign(self, depth: int) -> Drawn:
        op, operand = self.random.choice(["-", "abs"]), self.number(depth)
        return _made(lambda kind: ir.Unary(HERE, kind, op, operand.expr), {"-": lambda x: -x, "abs": abs}[op], operand)

    def choice(self, depth: int) -> Drawn:
        condition, then, otherwise = self.condition(0), self.number(depth), self.number(0)
        if condition.values() != {True, False}:
            return then
        return _made(
            lambda kind: ir.IfElse(HERE, kind, condition.expr, then.expr, otherwise.expr),
            lambda truth, one, other: one if truth else other,
            condition,
            then,
            otherwise,
        )

    def converted(self, depth: int) -> Drawn:
        """To the lower half of its values; something that may be None, to a number."""
        operand = self.number(depth) if self.random.randrange(2) else self.local(NAMES["m"])
        values = sorted(each for each in operand.values() if each is not None)
        kind = IntType(values[0], values[(len(values) - 1) // 2]) if values else SMALL

        def value(given: Any) -> Any:
            if not kind.contains(given):
                raise Fails
            return given

        return _made(lambda _: ir.Convert(HERE, kind, operand.expr, ir.Kind.STORE, True), value, operand)

    def condition(self, depth: int) -> Drawn:
        return self.random.choice([self.comparison, self.comparison, self.member, self.junction, self.denied])(depth)

    def comparison(self, depth: int) -> Drawn:
        op = self.random.choice(["==", "!=", "<", "<="])
        if op in ("==", "!=") and not self.random.randrange(3):
            kind = NAMES["m"]
            left, right = self.local(kind), self.random.choice([self.local, self.constant])(kind)
        else:
            left, right = self.number(depth), self.number(0)
        compare = {"==": lambda x, y: x == y, "!=": lambda x, y: x != y, "<": lambda x, y: x < y}
        compare["<="] = lambda x, y: x <= y
        return _made(lambda _: ir.Compare(HERE, BOOL, op, left.expr, right.expr), compare[op], left, right)

    def member(self, depth: int) -> Drawn:
        left = self.number(depth)
        some = frozenset(self.random.sample(range(-3, 5), 3))
        right = ir.Const(HERE, SetType(IntType(-3, 4)), some)
        return _made(lambda _: ir.Compare(HERE, BOOL, "in", left.expr, right), lambda x: x in some, left)

    def junction(self, depth: int) -> Drawn:
        if not depth:
            return self.local(BOOL)
        op = self.random.choice(["and", "or"])
        operands = [self.condition(depth - 1) for _ in range(self.random.randint(2, 3))]

        def value(env: Env) -> bool:
            return (any if op == "or" else all)(each.value(env) for each in operands)

        names = frozenset().union(*(each.names for each in operands))
        return Drawn(ir.BoolOp(HERE, BOOL, op, tuple(each.expr for each in operands)), value, names, tuple(operands))

    def denied(self, depth: int) -> Drawn:
        operand = self.condition(depth - 1) if depth else self.local(BOOL)
        return _made(lambda _: ir.Unary(HERE, BOOL, "not", operand.expr), lambda x: not x, operand)


def _made(node: Callable[[Type], ir.Expr], value: Callable[..., Any], *parts: Drawn) -> Drawn:
    """A node over others, of the least type of numbers that holds what it can be."""
    names = frozenset().union(*(part.names for part in parts))
    drawn = Drawn(node(BOOL), lambda env: value(*(part.value(env) for part in parts)), names, parts)
    values = drawn.values()
    if all(type(each) is int for each in values):
        kind = IntType(min(values, default=0), max(values, default=0))
        return Drawn(node(kind), drawn.value, names, parts)
    return drawn


def _operators(op: str) -> Callable[[int, int], int]:
    def value(left: int, right: int) -> int:
        if (op in ("//", "%") and right == 0) or (op in ("<<", ">>") and right < 0):
            raise Fails
        return {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "//": lambda: left // right,
            "%": lambda: left % right,
            "&": lambda: left & right,
            "|": lambda: left | right,
            "^": lambda: left ^ right,
            "<<": lambda: left << right,
            ">>": lambda: left >> right,
            "min": lambda: min(left, right),
            "max": lambda: max(left, right),
        }[op]()

    return value


def nothing() -> Facts:
    """What is known at the beginning."""
    return Facts(Looks({}, {}))


def test_what_each_name_stands_in_once_can_be_exactly_what_it_can_be() -> None:
    """Of parts that have nothing to do with each other nothing is lost, whatever the node."""
    random, kinds = Random("exact"), set()
    for _ in range(150):
        drawing = Drawing(random, once=True)
        drawn = random.choice([drawing.number, drawing.condition])(2)
        if len(drawn.names) > MANY or any(not each.values() for each in drawn.within()):
            continue
        kinds |= {type(each.expr) for each in drawn.within()}
        for each in drawn.within():
            assert nothing().possible(each.expr) == each.values(), each.expr
    assert {ir.Local, ir.Variable, ir.Unary, ir.Binary, ir.Compare, ir.IfElse, ir.BoolOp, ir.Convert} <= kinds


def _shown(condition: Drawn, truth: bool) -> Iterator[tuple[Drawn, bool]]:
    """What is known to be true or false with a condition."""
    yield condition, truth
    match condition.expr:
        case ir.Unary(op="not"):
            yield from _shown(condition.inside[0], not truth)
        case ir.BoolOp(op=op) if (op == "and") is truth:
            for each in condition.inside:
                yield from _shown(each, truth)


@pytest.mark.parametrize("truth", [True, False])
def test_what_was_asked_leaves_of_both_sides_what_they_could_be(truth: bool) -> None:
    random, less = Random("asked"), 0
    for _ in range(80):
        condition = Drawing(random, once=True).condition(2)
        if len(condition.names) > MANY or truth not in condition.values():
            continue
        if any(not each.values() for each in condition.within()):
            continue
        facts, envs = nothing(), _where(condition, truth)
        facts.assume(condition.expr, truth)
        for each in condition.within():
            left = facts.possible(each.expr)
            assert left is not None and left >= each.values(envs), each.expr
        for shown, came_out in _shown(condition, truth):
            sides = shown.inside if isinstance(shown.expr, ir.Compare) else ()
            for side in (side for side in sides if side.names and facts.looks.place(side.expr) is not None):
                assert facts.possible(side.expr) == side.values(envs), side.expr
                less += side.values(envs) != side.values()
            if facts.looks.place(shown.expr) is not None:
                assert facts.possible(shown.expr) == frozenset({came_out})
    assert less > 20


def test_nothing_that_it_can_be_is_ever_left_out() -> None:
    """The same names stand in several conditions, of which ways that meet know only one."""
    random, met = Random("sound"), 0
    for _ in range(150):
        drawing = Drawing(random, once=False)
        one, other, asked = drawing.condition(1), drawing.condition(1), drawing.condition(2)
        if len(one.names | other.names | asked.names) > MANY:
            continue
        before = _where(one, True, other, asked)
        ways = {truth: [env for env in before if [*_values(other, [env])] == [truth]] for truth in (True, False)}
        if not ways[True] or not ways[False]:
            continue
        facts = nothing()
        facts.assume(one.expr, True)
        away = facts.copy()
        facts.assume(other.expr, True)
        for each in asked.within():
            left = facts.possible(each.expr)
            assert left is not None and left >= each.values(ways[True]), each.expr
        away.assume(other.expr, False)
        facts.meet(away)
        for each in asked.within():
            left = facts.possible(each.expr)
            assert left is not None and left >= each.values([*ways[True], *ways[False]]), each.expr
        met += 1
    assert met > 20


def _local(name: str) -> ir.Local:
    return ir.Local(HERE, NAMES[name], name)


def test_where_ways_meet_either_may_have_been_taken_unless_it_ends() -> None:
    one, other = nothing(), nothing()
    a, b = _local("a"), _local("b")
    one.restrict(a, frozenset({1}))
    one.restrict(b, frozenset({1}))
    other.restrict(a, frozenset({2}))
    met = one.copy()
    met.meet(other)
    assert (met.possible(a), met.possible(b)) == ({1, 2}, everything(b.type))
    for dead, alive in ((one, other), (other, one)):
        dead, alive = dead.copy(), alive.copy()
        dead.dead = True
        ends, goes_on = dead.copy(), alive.copy()
        ends.meet(alive)
        goes_on.meet(dead)
        for met in (ends, goes_on):
            assert not met.dead and met.known == alive.known
    one.dead = other.dead = True
    one.meet(other)
    assert one.dead


def test_what_has_changed_is_not_known_and_all_else_is() -> None:
    facts, a, b = nothing(), _local("a"), ir.Variable(HERE, NAMES["b"], "b")
    total = ir.Binary(HERE, IntType(0, 6), "+", a, b)
    for expr, value in ((a, 2), (b, 2), (total, 4)):
        facts.restrict(expr, frozenset({value}))
    kept = facts.copy()
    facts.forget(())
    assert facts.known == kept.known
    facts.forget({"b"})
    assert facts.possible(a) == {2} and facts.possible(b) == everything(b.type)
    assert facts.possible(total) == {2, 3, 4, 5}
    assert kept.possible(total) == {4}, "a copy goes its own way"


def test_what_its_parts_say_and_what_was_asked_of_it_hold_both() -> None:
    facts, a, b = nothing(), _local("a"), _local("b")
    total = ir.Binary(HERE, IntType(0, 6), "+", a, b)
    facts.restrict(total, frozenset({1, 3, 4}))
    assert facts.possible(total) == {1, 3, 4}
    facts.restrict(a, frozenset({2}))
    assert facts.possible(total) == {3, 4}
    facts.restrict(b, frozenset({0, 2}))
    assert facts.possible(total) == {4}


def test_nothing_is_kept_of_what_is_no_place_or_cannot_be() -> None:
    facts, a = nothing(), _local("a")
    facts.restrict(a, None)
    facts.restrict(ir.Const(HERE, SMALL, 1), frozenset({1}))
    facts.restrict(ir.IfElse(HERE, a.type, _local("p"), a, _local("b")), frozenset({1}))
    facts.restrict(a, frozenset({7}))
    assert facts.known == {}
    facts.restrict(a, frozenset({1, 2, 7}))
    facts.restrict(a, frozenset({2, 3}))
    assert facts.known == {"a": {2}}


def test_of_types_with_many_values_nothing_is_known_but_what_was_asked() -> None:
    assert everything(IntType(1, 1024)) == frozenset(range(1, 1025)) and everything(IntType(0, 1024)) is None
    assert everything(SetType(SMALL)) is None and not is_scalar(SetType(SMALL))
    facts, many = nothing(), ir.Local(HERE, IntType(0, 5000), "many")
    assert facts.possible(many) is None and facts.possible(ir.Every(HERE, SetType(SMALL))) is None
    facts.restrict(many, frozenset({4, 5001}))
    assert facts.possible(many) == {4}, "a value that is not of its type is none"
    more, a = ir.Local(HERE, IntType(0, 5000), "more"), _local("a")
    for expr in (
        ir.Unary(HERE, IntType(-5000, 0), "-", more),
        *(ir.Binary(HERE, IntType(0, 10000), "+", *sides) for sides in ((more, a), (a, more), (more, more))),
        ir.IfElse(HERE, more.type, _local("p"), many, more),
        ir.IfElse(HERE, more.type, _local("p"), more, many),
    ):
        assert facts.possible(expr) is None
    for sides in ((more, a), (a, more), (more, more)):
        asked = ir.Compare(HERE, BOOL, "<", *sides)
        assert facts.possible(asked) == {False, True}
        facts.assume(asked, True)
    assert set(facts.known) == {"many", "(more < a)", "(a < more)", "(more < more)"}
    narrow = ir.Convert(HERE, IntType(0, 9), many, ir.Kind.STORE, True)
    facts.restrict(many, frozenset({4, 3000}))
    assert facts.possible(narrow) == {4}


def test_a_call_gives_what_its_helper_returns_and_what_it_may_change_is_not_known_meanwhile() -> None:
    looks = Looks({"turn": frozenset({"b"}), "look": frozenset()}, {"turn": frozenset({1, 3}), "look": None})
    facts, b = Facts(looks), ir.Variable(HERE, NAMES["b"], "b")
    facts.restrict(b, frozenset({2}))
    turn, look = (ir.Call(HERE, b.type, name, ()) for name in ("turn", "look"))
    assert facts.possible(turn) == {1, 3} and facts.possible(look) == everything(b.type)
    assert facts.possible(ir.Binary(HERE, IntType(0, 6), "+", look, b)) == {2, 3, 4, 5}
    assert facts.possible(ir.Binary(HERE, IntType(0, 6), "+", turn, b)) == {1, 2, 3, 4, 5, 6}
    same = ir.Compare(HERE, BOOL, "==", turn, b)
    facts.forget({"b"})
    facts.restrict(b, frozenset({1, 2}))
    for each in (same, ir.Compare(HERE, BOOL, "==", b, turn)):
        facts.assume(each, True)
        assert facts.known == {"self.b": {1, 2}}, "it may be another by now"
    facts.restrict(b, frozenset({2}))
    facts.restrict(turn, frozenset({1}))
    assert facts.known == {"self.b": {2}} and facts.possible(b) == {2}
    assert looks.changed_by(same) == {"b"} == looks.changed_by(turn) and looks.changed_by(look) == frozenset()
    assert not looks.is_free(same) and not looks.is_free(look) and looks.is_free(b)
