"""Values for every size become those of other types as the interpreter's do: kinds that few models have."""

from __future__ import annotations

import operator
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import z3

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.verdict import Unknown
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.execution import EverySize
from checker.engines.symbolic.every_size.obligations import _conditions
from checker.engines.symbolic.every_size.proof import _Proof
from checker.engines.symbolic.every_size.terms import (
    MOST_LISTED,
    Atom,
    NoSize,
    constant,
    convert,
    equal,
    free,
    generic,
    is_generic,
    matching,
    substituted,
)
from checker.engines.symbolic.run import Overrun, SymbolicRun
from checker.errors import ModelError, Span
from checker.frontend.compile import compile_program
from checker.ir import nodes as ir
from checker.ir.nodes import PropertyKind
from checker.ir.types import (
    BOOL,
    NEVER,
    NONE,
    ArrayType,
    EnumType,
    IntType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
)
from tests.frontend.support import model
from tests.support.every_size import agrees

TWO, THREE, FIVE = IntType(0, 1), IntType(0, 2), IntType(0, 4)


def number(value: int) -> Atom:
    found = constant(FIVE, value)
    assert isinstance(found, Atom)
    return found


def test_an_empty_set_becomes_one_of_any_type() -> None:
    for item in (THREE, TupleType((THREE, TWO))):
        made, fits = convert(SetType(NEVER), SetType(item), constant(SetType(NEVER), frozenset()))
        assert fits is True
        for member in item.values():
            assert made.at(constant(item, member)) is False


def test_an_array_is_made_of_its_items() -> None:
    for index in (TWO, EnumType("Side", ("LEFT", "RIGHT"))):
        made, fits = convert(TupleType((THREE, FIVE)), ArrayType(index, FIVE), (number(1), number(4)))
        first, second = (constant(index, each) for each in index.values())
        assert fits is True
        assert equal(FIVE, made.at(first), number(1)) is True and equal(FIVE, made.at(second), number(4)) is True
        whole = constant(ArrayType(index, FIVE), (1, 4))
        assert equal(FIVE, whole.at(first), number(1)) is True and equal(FIVE, whole.at(second), number(4)) is True
    _, fits = convert(TupleType((FIVE, FIVE)), ArrayType(TWO, THREE), (number(1), number(4)))
    assert fits is False


def test_an_array_becomes_one_of_the_same_index_only() -> None:
    value = constant(ArrayType(TWO, FIVE), (1, 4))
    made, fits = convert(ArrayType(TWO, FIVE), ArrayType(TWO, IntType(0, 9)), value)
    assert fits is True and equal(FIVE, made.at(constant(TWO, 1)), number(4)) is True
    with pytest.raises(NoSize, match="does not become"):
        convert(ArrayType(TWO, FIVE), ArrayType(THREE, FIVE), value)


SIDE, WIDE, NAME = EnumType("Side", ("LEFT", "RIGHT")), IntType(0, 99), SymType("Name", 3)


@pytest.mark.parametrize(
    "kind",
    [
        BOOL,
        NONE,
        SIDE,
        THREE,
        WIDE,
        OptType(THREE),
        OptType(WIDE),
        TupleType((THREE, WIDE)),
        RecordType("Pair", (("a", OptType(SIDE)), ("b", BOOL))),
        OptType(TupleType((BOOL, WIDE))),
    ],
    ids=str,
)
def test_each_value_of_a_type_is_one_of_those_that_are_gone_through(kind: Type) -> None:
    elements = generic(kind)
    for value in list(kind.values())[:40]:
        known = constant(kind, value)
        found = [(element, *matching(kind, element.value, known)) for element in elements]
        ((element, _, pairs),) = (each for each in found if z3.is_true(z3.simplify(_formula(each[1]))))
        assert all(z3.is_false(z3.simplify(_formula(here))) for each, here, _ in found if each is not element)
        assert {term.get_id() for term, _ in pairs} == {term.get_id() for term in element.bound}
        assert z3.is_true(z3.simplify(_formula(substituted(element.when, pairs))))
        assert z3.is_true(z3.simplify(_formula(equal(kind, substituted(element.value, pairs), known))))


def test_any_member_stands_for_the_one_that_is_asked_for() -> None:
    (element,), member = generic(NAME), free(NAME, "somebody")
    here, pairs = matching(NAME, element.value, member)
    assert here is True and substituted(element.value, pairs).term.eq(member.term)
    nobody, anybody = generic(OptType(NAME))
    maybe = free(OptType(NAME), "maybe")
    here, pairs = matching(OptType(NAME), anybody.value, maybe)
    assert here.eq(maybe.there) and substituted(anybody.value, pairs).item.term.eq(maybe.item.term)
    here, pairs = matching(OptType(NAME), nobody.value, maybe)
    assert z3.is_true(z3.simplify(here == z3.Not(maybe.there))) and pairs == []


def test_numbers_are_gone_through_one_by_one_if_they_are_few() -> None:
    assert len(generic(IntType(3, MOST_LISTED + 2))) == MOST_LISTED
    (element,) = generic(IntType(3, MOST_LISTED + 3))
    for value in (2, 3, MOST_LISTED + 3, MOST_LISTED + 4):
        allowed = z3.simplify(substituted(element.when, [(element.bound[0], z3.IntVal(value))]))
        assert z3.is_true(allowed) == (3 <= value <= MOST_LISTED + 3)


def test_variables_are_replaced_wherever_they_stand() -> None:
    (element,), member = generic(NAME), free(NAME, "somebody")
    pairs = [(element.bound[0], member.term)]
    for kind in (ArrayType(NAME, THREE), SetType(NAME), OptType(NAME), TupleType((NAME, BOOL))):
        asked, wanted = (free(kind, "it", (each.term,)) for each in (element.value, member))
        assert z3.is_true(z3.simplify(_formula(equal(kind, substituted(asked, pairs), wanted))))
    assert substituted(None, pairs) is None and substituted(True, pairs) is True


def test_what_is_gone_through_is_told_from_what_a_state_has() -> None:
    for kind in (NAME, WIDE):
        ((element,), known) = generic(kind), free(kind, "k")
        assert is_generic(element.bound[0]) and not is_generic(known.term)


def _formula(value: object) -> z3.BoolRef:
    return z3.BoolVal(value) if isinstance(value, bool) else value


COLLECTS = """
class Collects(Model):
    n = Param(2)
    T = Range(n, symmetric=True)
    next = Var(Array(T, Opt(T)))
    some = Var(SetOf(T))
    marks = Var(Array(T, Bool))

    @action
    def moves(self, m: T, o: T):
        self.next[m] = o
        self.marks[m] = not self.marks[m]

    @action
    def follows(self):
        self.some = {self.next[m] for m in self.T if self.next[m] is not None and self.marks[m]}

    @action
    def keeps(self):
        self.some = {m for m in self.T if not self.marks[m]}

    @action
    def both(self):
        self.some = {o for m in self.T for o in self.some if self.next[m] == o}

    @always
    def closed(self):
        return all(self.next[m] in {self.next[o] for o in self.some} for m in self.some)
"""


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_set_is_collected_of_what_its_members_are(size: int) -> None:
    agrees(compile_program(model(COLLECTS)(n=size)), Random(size), steps=6, states=3)


HERE = Span("drawn.py", 1, 1)


class Tallying(EverySize):
    """Sets are how many members they have."""

    def __init__(self) -> None:
        self.counts: Any = SimpleNamespace(of=lambda kind, members: z3.IntVal(members))

    def evaluate(self, expr: ir.Expr, frame: Any) -> Any:
        if isinstance(expr, ir.Variable):
            return {"a": 3, "b": 2}[expr.name]
        assert isinstance(expr, ir.Const)
        return constant(expr.type, expr.value)


def test_what_is_made_is_a_table_of_its_items() -> None:
    def made(kind: Type) -> Any:
        return Tallying()._made(ir.Make(HERE, kind, tuple(ir.Const(HERE, FIVE, each) for each in (1, 4))), {})

    for index in (SIDE, TWO, BOOL):
        array = made(ArrayType(index, FIVE))
        for at, item in zip(index.values(), (1, 4), strict=True):
            assert equal(FIVE, array.at(constant(index, at)), number(item)) is True
    members = made(SetType(FIVE))
    assert [members.at(number(each)) for each in range(5)] == [False, True, False, False, True]
    pair = made(TupleType((FIVE, FIVE)))
    assert len(pair) == 2 and equal(FIVE, pair[1], number(4)) is True
    with pytest.raises(NoSize, match="sequences"):
        made(SeqType(FIVE, 2))


def test_numbers_are_made_of_how_many_members_sets_have() -> None:
    big = IntType(-99, 99)
    a, b = (ir.Unary(HERE, big, "len", ir.Variable(HERE, SetType(NAME), name)) for name in "ab")
    two = ir.Const(HERE, IntType(0, 9), 2)

    def minus(operand: ir.Expr) -> ir.Expr:
        return ir.Unary(HERE, big, "-", operand)

    def of(op: str, left: ir.Expr, right: ir.Expr) -> ir.Expr:
        return ir.Binary(HERE, big, op, left, right)

    wider = ir.Convert(HERE, big, a, ir.Kind.STORE, False)
    for expr, value in (
        (a, 3),
        (two, 2),
        (minus(a), -3),
        (minus(minus(b)), 2),
        (of("+", a, b), 5),
        (of("-", a, b), 1),
        (of("*", two, a), 6),
        (minus(of("-", a, of("*", two, b))), 1),
        (wider, 3),
        (minus(wider), -3),
    ):
        assert z3.simplify(Tallying()._tally(expr, {}).term).as_long() == value


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (FIVE, FIVE),
        (FIVE, TWO),
        (TWO, FIVE),
        (NONE, OptType(TWO)),
        (NONE, TWO),
        (OptType(TWO), NONE),
        (OptType(FIVE), OptType(TWO)),
        (OptType(FIVE), TWO),
        (TWO, OptType(FIVE)),
        (FIVE, OptType(TWO)),
        (SetType(THREE), SetType(TWO)),
        (SetType(TWO), SetType(FIVE)),
        (TupleType((TWO, FIVE)), TupleType((FIVE, TWO))),
        (TupleType((TWO, FIVE)), ArrayType(TWO, TWO)),
        (ArrayType(TWO, FIVE), ArrayType(TWO, TWO)),
        (OptType(SetType(TWO)), SetType(FIVE)),
    ],
    ids=str,
)
def test_a_value_fits_if_it_is_one_of_the_type_and_stays_the_same(source: Type, target: Type) -> None:
    def is_so(found: Any) -> bool:
        return found if isinstance(found, bool) else z3.is_true(z3.simplify(found))

    for value in source.values():
        made, fits = convert(source, target, constant(source, value))
        assert is_so(fits) is target.contains(value), value
        if target.contains(value):
            assert is_so(equal(target, made, constant(target, value))), value


OPERATORS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "//": lambda x, y: x // y,
    "%": lambda x, y: x % y,
    "min": min,
    "max": max,
}


def as_number(made: Any) -> int:
    return int(z3.simplify(made.term).as_long())


@pytest.mark.parametrize("op", OPERATORS)
def test_arithmetic_for_every_size_is_pythons(op: str) -> None:
    wide, low = IntType(-99, 99), 1 if op in ("//", "%") else -4
    for x in (-7, -3, 0, 2, 7):
        for y in range(low, 5):
            sides = ir.Const(HERE, wide, x), ir.Const(HERE, IntType(low, 4), y)
            made = Tallying()._two(ir.Binary(HERE, wide, op, *sides), {})
            assert as_number(made) == OPERATORS[op](x, y), (x, y)
        for sign, value in (("-", -x), ("abs", abs(x))):
            made = Tallying()._one(ir.Unary(HERE, wide, sign, ir.Const(HERE, wide, x)), {})
            assert as_number(made) == value


@pytest.mark.parametrize("op", ["//", "%", "<<"])
def test_arithmetic_that_is_not_looked_at_for_every_size_is_refused(op: str) -> None:
    two = ir.Const(HERE, IntType(0, 4), 2)
    with pytest.raises(ModelError, match="not looked at for every size"):
        Tallying()._two(ir.Binary(HERE, IntType(0, 99), op, two, two), {})


@pytest.mark.parametrize("op", ["|", "&", "-", "^"])
def test_sets_for_every_size_are_joined_as_pythons_are(op: str) -> None:
    kind = SetType(THREE)
    for one in kind.values():
        for other in kind.values():
            sides = ir.Const(HERE, kind, one), ir.Const(HERE, kind, other)
            made = Tallying()._two(ir.Binary(HERE, kind, op, *sides), {})
            joined = {"|": one | other, "&": one & other, "-": one - other, "^": one ^ other}[op]
            assert [made.at(constant(THREE, each)) for each in range(3)] == [each in joined for each in range(3)]


ROUND = """
class Round(Model):
    size = Param(2)
    P = Range(size, symmetric=True)
    x = Var(Bool)
    @process
    def turns(self):
        while True:
            if self.x:
                yield "up"
            self.x = not self.x
    @action
    def other(self, p: P):
        pass
    @always
    def fine(self):
        return not self.x
"""


def test_what_goes_round_within_a_step_is_refused_for_every_size() -> None:
    """It would be cut short, and proved of what is left."""
    with pytest.raises(ModelError, match="a loop within a step is not looked at for every size"):
        assert Encoding(compile_program(model(ROUND)())).forms
    span, run = Span("m.py", 3, 1), SymbolicRun([])
    Encoding._confirm_whole(run, span)
    run.overruns = [Overrun(True, Span("m.py", 7, 5))]
    with pytest.raises(ModelError) as raised:
        Encoding._confirm_whole(run, span)
    assert str(raised.value.problems[0].span) == "m.py:7:5"


class Holding(Tallying):
    """A set of which it is known what is in it."""

    def evaluate(self, expr: ir.Expr, frame: Any) -> Any:
        assert isinstance(expr, ir.Const)
        return SimpleNamespace(at=lambda member: any(equal(FIVE, member, number(each)) is True for each in expr.value))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("op", ["==", "!=", "<", "<="])
def test_whether_there_is_a_member_or_a_second_is_as_the_numbers_say(op: str, first: bool) -> None:
    """Against Python's `len`, on either side, for every number that it is asked of."""
    said = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le}[op]
    compared = ir.Compare(HERE, BOOL, op, ir.Const(HERE, BOOL, True), ir.Const(HERE, BOOL, True))
    for members in SetType(FIVE).values():
        for count in range(-2, 2):
            operand = ir.Const(HERE, SetType(FIVE), members)
            found = Holding()._counted(compared, operand, count, first, {})
            sides = (len(members), count) if first else (count, len(members))
            assert found is said(*sides), (members, count)


def test_a_loop_asks_its_condition_of_each_value() -> None:
    values, condition = ir.Const(HERE, SetType(FIVE), frozenset({1})), ir.Variable(HERE, BOOL, "a")
    for asked in (condition, None):
        loop = ir.For(HERE, ir.Generator("x", FIVE, values, asked), ())
        assert _conditions(loop) == (() if asked is None else (condition,))
    assert _conditions(ir.Require(HERE, condition)) == ()


@pytest.mark.parametrize(
    ("name", "known", "wanted"),
    [
        (NO_DEADLOCK, {"stopped": "time"}, "whether something can always happen is not looked at for every size"),
        ("step", {"stopped": "time"}, "what is said of steps is not looked at for every size"),
        ("happens", {"stopped": "time"}, "whether it happens is looked at with given sizes only"),
        ("p", {"stopped": "time", "settled": True}, "time"),
        (NO_FAILURE, {"stopped": "time", "cannot_fail": frozenset()}, "time"),
        (NO_FAILURE, {"failing": "'p' may fail"}, "why 'p' may fail"),
        (NO_FAILURE, {"cannot_fail": frozenset({"q"})}, (frozenset({"q"}),)),
        ("p", {"settled": True}, (frozenset({"p"}), "p")),
        ("p", {"settled": False}, "why "),
        ("q", {"settled": True, "dropped": {"q": "in 'step'"}}, "why in 'step'"),
    ],
)
def test_what_is_said_of_a_property_for_every_size(name: str, known: dict[str, Any], wanted: Any) -> None:
    """A run that was stopped has proved nothing, whatever it had come to."""
    program = SimpleNamespace(speaks_of_steps=lambda name: name == "step", witnessed=lambda name: name == "happens")
    plain = {"stopped": None, "settled": False, "dropped": {}, "failing": None, "cannot_fail": None, "kept": ["p"]}
    proof: Any = SimpleNamespace(task=SimpleNamespace(program=program), **{**plain, **known})
    proof._why, proof._proved = lambda where: f"why {where}", lambda *given: given
    found = _Proof._verdict(proof, name)
    if isinstance(wanted, tuple):
        assert found == wanted
    else:
        assert isinstance(found, Unknown) and found.reason.startswith(wanted)


def test_what_may_fail_is_asked_of_all_and_an_obligation_of_all_but_lemmas() -> None:
    """That a lemma can be evaluated is a part of it."""
    kinds = {"lemma": PropertyKind.LEMMA, "always": PropertyKind.ALWAYS, "final": PropertyKind.FINAL}
    properties = [SimpleNamespace(name=name, kind=kind, function=name) for name, kind in kinds.items()]
    fault = lambda when: (SimpleNamespace(when=when),)  # noqa: E731
    faults = {"lemma": fault(True), "always": fault(True), "final": fault(True)}
    for broken in (None, "lemma", "always", "final"):
        answers = iter(["init", *faults])

        def fails(assumed: list[str], when: Any, answers: Any = answers, broken: str | None = broken) -> Any:
            name = next(answers)
            return SimpleNamespace(holds=name != broken, used=frozenset({f"{name} takes"}), why="")

        program = SimpleNamespace(properties=properties)
        proof: Any = SimpleNamespace(
            clock=SimpleNamespace(),
            encoding=SimpleNamespace(init=SimpleNamespace(faults=fault(False))),
            forms=[],
            kept=["lemma"],
            task=SimpleNamespace(program=program, properties=("always", "lemma")),
            obligations=SimpleNamespace(fails=fails, judged=lambda name: SimpleNamespace(faults=faults[name])),
            failures=[],
            failing=None,
            cannot_fail=None,
        )
        proof._program = lambda program=program: program
        _Proof._failures(proof)
        asked = [name for name in kinds if broken is None or list(kinds).index(name) < list(kinds).index(broken)]
        assert [each.name for each in proof.failures] == [
            "initial-failure",
            *(f"{name}-failure" for name in asked if name != "lemma"),
        ]
        assert proof.failing == (None if broken is None else f"'{broken}' may fail")
        takes = frozenset(f"{name} takes" for name in ("init", *kinds))
        assert proof.cannot_fail == (takes if broken is None else None)
