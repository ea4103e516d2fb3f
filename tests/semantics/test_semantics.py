"""The reference interpreter against what ir.py promises: order, failures, choices, processes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from checker.errors import Span
from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.ir.nodes import Kind
from checker.ir.printer import show_expression, show_program, show_statement
from checker.ir.types import BOOL, NEVER, NONE, ArrayType, IntType, OptType, RecordType, SeqType, SetType, Type
from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Range,
    Seq,
    SetOf,
    Var,
    action,
    always,
    choose,
    final,
    process,
    require,
)
from checker.semantics import LOOP_LIMIT, Failure, Interpreter, Step, StepFailed, Transition
from checker.semantics.choices import Choices, search

HERE = Span("model.py", 1, 1)
INT = IntType(0, 9)
BIG = IntType(-1000, 1000)
PAIR = RecordType("Pair", (("a", INT), ("b", BOOL)))


# small programs


def const(value: Any, kind: Type = BIG) -> ir.Const:
    return ir.Const(HERE, BOOL if isinstance(value, bool) and kind is BIG else kind, value)


def var(name: str, kind: Type = INT) -> ir.Variable:
    return ir.Variable(HERE, kind, name)


def local(name: str, kind: Type = INT) -> ir.Local:
    return ir.Local(HERE, kind, name)


def to(kind: Type, operand: ir.Expr, failure: Kind = Kind.STORE) -> ir.Convert:
    return ir.Convert(HERE, kind, operand, failure, True)


def put(target: ir.Expr, value: ir.Expr) -> ir.Assign:
    return ir.Assign(HERE, target, value)


def pick(domain: ir.Expr) -> ir.Choose:
    assert isinstance(domain.type, SetType)
    return ir.Choose(HERE, domain.type.item, domain)


def binary(op: str, left: ir.Expr, right: ir.Expr) -> ir.Binary:
    return ir.Binary(HERE, BIG, op, left, right)


def compare(op: str, left: ir.Expr, right: ir.Expr) -> ir.Compare:
    return ir.Compare(HERE, BOOL, op, left, right)


def function(name: str, *body: ir.Stmt, parameters: Iterable[ir.Parameter] = (), returns: Type = NONE) -> ir.Function:
    return ir.Function(name, tuple(parameters), {}, returns, body, HERE)


def program(
    *actions: ir.Function,
    variables: dict[str, Type] | None = None,
    init: ir.Function | None = None,
    functions: Iterable[ir.Function] = (),
    processes: Iterable[ir.Process] = (),
    declared: Iterable[ir.Declared] = (),
) -> ir.Program:
    plain = tuple(ir.Declared(name, kind) for name, kind in (variables or {"x": INT}).items())
    helpers = {helper.name: helper for helper in functions}
    return ir.Program("M", {}, {}, (*plain, *declared), helpers, init, actions, tuple(processes), ())


def run(*body: ir.Stmt, variables: dict[str, Type] | None = None, functions: Iterable[ir.Function] = ()) -> Any:
    """Outcomes of one action from the default state: states, and (kind, message) for failures."""
    interpreter = Interpreter(program(function("act", *body), variables=variables, functions=functions))
    (start,) = interpreter.initial()
    assert start.state is not None
    return [outcome(transition) for transition in interpreter.successors(start.state)]


def outcome(transition: Transition) -> Any:
    if transition.failure is not None:
        return (transition.failure.kind, transition.failure.message)
    return transition.state


def value(expr: ir.Expr, **variables: tuple[Type, Any]) -> Any:
    kinds = {name: kind for name, (kind, _) in variables.items()}
    state = tuple(given for _, given in variables.values())
    return Interpreter(program(variables=kinds or None)).evaluate(expr, state or (0,))


def failure(expr: ir.Expr, **variables: tuple[Type, Any]) -> tuple[Kind, str]:
    with pytest.raises(StepFailed) as caught:
        value(expr, **variables)
    return caught.value.failure.kind, caught.value.failure.message


def every(kind: Type) -> ir.Every:
    return ir.Every(HERE, SetType(kind))


def steps(start: int, stop: int, step: int) -> ir.Steps:
    return ir.Steps(HERE, SetType(BIG), const(start), const(stop), step)


# expressions


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [
        ("//", -7, 2, -4),
        ("%", -7, 2, 1),
        ("%", 7, -2, -1),
        ("<<", 3, 4, 48),
        (">>", -5, 1, -3),
        ("&", -2, 7, 6),
        ("min", 3, -3, -3),
        ("max", 3, -3, 3),
    ],
)
def test_arithmetic_is_pythons(op: str, left: int, right: int, expected: int) -> None:
    assert value(binary(op, const(left), const(right))) == expected


def test_arithmetic_fails_where_python_does() -> None:
    assert failure(binary("//", const(1), var("x")), x=(INT, 0)) == (
        Kind.EVALUATION,
        "division by zero: self.x is 0",
    )
    assert failure(binary("<<", const(1), const(-2))) == (Kind.EVALUATION, "shift by a negative number: -2 is -2")


def test_only_what_is_needed_is_evaluated() -> None:
    bad = compare("==", binary("//", const(1), const(0)), const(1))
    assert value(ir.BoolOp(HERE, BOOL, "or", (const(True), bad))) is True
    assert value(ir.BoolOp(HERE, BOOL, "and", (const(True), const(False), bad))) is False
    assert value(ir.IfElse(HERE, BIG, const(True), const(1), binary("//", const(1), const(0)))) == 1
    found = ir.Comprehension(HERE, BOOL, "any", _positive(steps(1, -1, -1)), (_each("i", steps(1, -1, -1)),))
    assert value(found) is True


def _positive(_: ir.Expr) -> ir.Expr:
    return compare("==", binary("//", const(1), local("i", BIG)), const(1))


def _each(name: str, domain: ir.Expr, condition: ir.Expr | None = None) -> ir.Generator:
    assert isinstance(domain.type, SetType)
    return ir.Generator(name, domain.type.item, domain, condition)


def test_comprehensions() -> None:
    i, j = local("i", BIG), local("j", BIG)
    nested = (_each("i", steps(0, 3, 1)), _each("j", ir.Steps(HERE, SetType(BIG), const(0), i, 1)))
    assert value(ir.Comprehension(HERE, BIG, "sum", binary("+", i, j), nested)) == (1 + 0) + (2 + 0) + (2 + 1)
    odd = compare("==", binary("%", i, const(2)), const(1))
    assert value(ir.Comprehension(HERE, SetType(BIG), "set", i, (_each("i", steps(0, 5, 1), odd),))) == {1, 3}
    assert value(ir.Comprehension(HERE, ArrayType(INT, BIG), "array", i, (_each("i", every(INT)),))) == tuple(range(10))
    assert value(ir.Comprehension(HERE, BIG, "max", i, (_each("i", steps(5, 0, -2)),))) == 5
    assert failure(ir.Comprehension(HERE, BIG, "min", i, (_each("i", steps(0, 0, 1)),))) == (
        Kind.EVALUATION,
        "min of nothing",
    )


def test_sequences() -> None:
    kind = SeqType(INT, 2)
    q = var("q", kind)
    assert value(ir.Append(HERE, kind, q, const(7)), q=(kind, (4,))) == (4, 7)
    assert value(ir.Index(HERE, INT, q, const(-1)), q=(kind, (4, 5))) == 5
    assert value(ir.Without(HERE, kind, q, const(-2)), q=(kind, (4, 5))) == (5,)
    assert value(ir.Unary(HERE, BIG, "len", q), q=(kind, (4, 5))) == 2
    assert failure(ir.Append(HERE, kind, q, const(7)), q=(kind, (4, 5))) == (
        Kind.STORE,
        "'q' is full: it holds 2 items, and is a Seq(Range(10), 2)",
    )
    assert failure(ir.Index(HERE, INT, q, const(1)), q=(kind, (4,))) == (
        Kind.EVALUATION,
        "there is no item 1 in 'q', which holds 1 item",
    )
    assert failure(ir.Without(HERE, kind, q, const(-1)), q=(kind, ()))[0] is Kind.EVALUATION


def test_records_tuples_sets_and_arrays() -> None:
    pair = ir.Make(HERE, PAIR, (const(3, INT), const(True, BOOL)))
    assert value(ir.Attribute(HERE, BOOL, pair, "b")) is True
    assert value(ir.Replace(HERE, PAIR, pair, "a", const(8, INT))) == (8, True)
    numbers = ir.Make(HERE, SetType(INT), (const(1, INT), const(2, INT), const(1, INT)))
    assert value(numbers) == frozenset({1, 2})
    assert value(compare("in", const(2, INT), numbers)) is True
    assert value(compare("<", numbers, every(INT))) is True
    assert value(ir.Binary(HERE, SetType(INT), "^", numbers, const(frozenset({2, 3}), SetType(INT)))) == {1, 3}
    by_truth = ArrayType(BOOL, INT)
    assert value(ir.Index(HERE, INT, var("a", by_truth), const(True, BOOL)), a=(by_truth, (4, 5))) == 5


def test_a_conversion_says_what_did_not_fit() -> None:
    maybe = OptType(INT)
    assert failure(to(INT, var("o", maybe), Kind.EVALUATION), o=(maybe, None)) == (
        Kind.EVALUATION,
        "self.o is None, which is not in Range(10)",
    )
    assert failure(to(INT, const(10), Kind.EVALUATION)) == (Kind.EVALUATION, "10 is not in Range(10)")
    assert failure(to(INT, const(10))) == (Kind.STORE, "10 does not fit in Range(10)")
    unchecked = ir.Convert(HERE, INT, const(10), Kind.STORE, False)
    assert failure(unchecked) == (Kind.STORE, "10 does not fit in Range(10)")


# statements


def test_a_value_that_does_not_fit_is_reported_with_its_target() -> None:
    table = ArrayType(IntType(0, 1), INT)
    target = ir.Index(HERE, INT, var("t", table), const(1, IntType(0, 1)))
    assert run(put(target, to(INT, const(11))), variables={"t": table}) == [
        (Kind.STORE, "11 does not fit in 't[1]', which is Range(10)")
    ]


def test_assignment_reaches_into_arrays_and_records() -> None:
    rows = ArrayType(IntType(0, 1), PAIR)
    row = ir.Index(HERE, PAIR, var("rows", rows), const(1, IntType(0, 1)))
    assert run(put(ir.Attribute(HERE, BOOL, row, "b"), const(True, BOOL)), variables={"rows": rows}) == [
        (((0, False), (0, True)),)
    ]


def test_the_value_is_evaluated_before_the_indices_and_indices_before_anything_is_stored() -> None:
    table = ArrayType(IntType(0, 2), INT)
    next_x = function(
        "next", put(var("x"), to(INT, binary("+", var("x"), const(1)))), ir.Return(HERE, var("x")), returns=INT
    )
    again = to(IntType(0, 2), ir.Call(HERE, INT, "next", ()), Kind.EVALUATION)
    target = ir.Index(HERE, INT, var("t", table), again)
    states = run(put(target, ir.Call(HERE, INT, "next", ())), variables={"x": INT, "t": table}, functions=[next_x])
    assert states == [(2, (0, 0, 1))]


def test_helpers_copy_their_arguments() -> None:
    clobber = function("clobber", put(local("p"), const(9)), parameters=[ir.Parameter("p", INT)])
    body = (ir.Evaluate(HERE, ir.Call(HERE, NONE, "clobber", (var("x"),))),)
    assert run(*body, functions=[clobber]) == [(0,)]


def test_loops_break_continue_and_return() -> None:
    i = local("i", BIG)
    skip = ir.If(HERE, compare("==", i, const(1)), (ir.Continue(HERE),), ())
    stop = ir.If(HERE, compare("==", i, const(3)), (ir.Break(HERE),), ())
    add = put(var("x"), to(INT, binary("+", var("x"), i)))
    loop = ir.For(HERE, _each("i", steps(0, 100, 1)), (skip, stop, add))
    assert run(loop) == [(2,)]
    leave = ir.For(HERE, _each("i", steps(5, 0, -1)), (ir.While(HERE, const(True), (ir.Return(HERE, i),)),))
    first = function("first", leave, ir.Return(HERE, const(0)), returns=BIG)
    assert run(put(var("x"), to(INT, ir.Call(HERE, BIG, "first", ()))), functions=[first]) == [(5,)]


def test_a_loop_that_does_not_end_fails() -> None:
    assert run(ir.While(HERE, const(True), ())) == [(Kind.EVALUATION, "the loop did not end within 100,000 rounds")]
    wide = IntType(0, 2 * LOOP_LIMIT)
    below = compare("<", local("i", wide), const(LOOP_LIMIT, wide))
    count = put(local("i", wide), binary("+", local("i", wide), const(1)))
    assert run(ir.While(HERE, below, (count,))) == [(0,)]


def test_require_and_choosing_from_nothing_make_the_step_impossible_even_after_a_change() -> None:
    assert run(put(var("x"), const(3)), ir.Require(HERE, compare("==", var("x"), const(0)))) == []
    assert run(put(var("x"), const(3)), put(var("x"), pick(const(frozenset(), SetType(NEVER))))) == []


def test_an_assert_fails_with_its_text() -> None:
    claim = compare("==", var("x"), const(1))
    assert run(ir.Assert(HERE, claim, "x must be one")) == [(Kind.ASSERT, "x must be one")]
    assert run(ir.Assert(HERE, claim, "")) == [(Kind.ASSERT, "assertion failed: self.x == 1")]


# choices


def choices_of(*body: ir.Stmt) -> list[tuple[Any, ...]]:
    interpreter = Interpreter(program(function("act", *body), variables={"x": BIG}))
    return [transition.step.choices for transition in interpreter.successors((0,))]


def test_choices_are_lexicographic_and_in_rank_order() -> None:
    first = put(local("a"), pick(const(frozenset({3, 1}), SetType(INT))))
    second = put(local("b", BIG), pick(ir.Steps(HERE, SetType(BIG), const(2), const(-1), -1)))
    assert choices_of(first, second) == [(1, 0), (1, 1), (1, 2), (3, 0), (3, 1), (3, 2)]


def test_later_choices_depend_on_earlier_ones_and_impossible_runs_are_left_out() -> None:
    first = put(local("a", BIG), pick(steps(0, 4, 1)))
    never_two = ir.Require(HERE, compare("!=", local("a", BIG), const(2)))
    second = put(local("b", BIG), pick(ir.Steps(HERE, SetType(BIG), const(0), local("a", BIG), 1)))
    assert choices_of(first, never_two, second) == [(1, 0), (3, 0), (3, 1), (3, 2)]


def test_a_failing_run_names_the_choices_made_so_far() -> None:
    first = put(local("a", BIG), pick(steps(0, 2, 1)))
    divide = put(local("c", BIG), binary("//", const(1), local("a", BIG)))
    second = put(local("b", BIG), pick(steps(0, 2, 1)))
    assert choices_of(first, divide, second) == [(0,), (1, 0), (1, 1)]


def test_init_chooses() -> None:
    init = function("init", put(var("x", BIG), pick(steps(3, 5, 1))))
    interpreter = Interpreter(program(variables={"x": BIG}, init=init))
    assert [(found.step, found.state) for found in interpreter.initial()] == [
        (Step("init", (), None, (3,)), (3,)),
        (Step("init", (), None, (4,)), (4,)),
    ]
    assert interpreter.start((4,)) == Transition(Step("init", (), None, (4,)), (4,), None)
    assert interpreter.start((5,)) is None
    assert interpreter.start(()) is None


# models


class Lights(Model):
    """Two actions and a process; everything about the order of steps."""

    Lamp = Range(2)

    lit = Var(SetOf(Lamp))
    last = Var(Opt(Lamp))
    log = Var(Seq(Lamp, 2))

    @action
    def switch(self, lamp: Lamp, on: Bool):
        require(on != (lamp in self.lit))
        if on:
            self.lit.add(lamp)
        else:
            self.lit.remove(lamp)
        self.last = lamp

    @action
    def note(self):
        self.log.append(choose(self.lit))

    @process(Lamp)
    def flicker(self, lamp: Lamp):
        seen = choose({0, 1})
        yield "saw"
        self.last = seen

    @always
    def two_at_most(self):
        return len(self.lit) <= 2

    @final
    def dark(self):
        return len(self.lit) == 0


LIGHTS = compile_model(Lights, {})


def successors(state: tuple[Any, ...], subject: ir.Program = LIGHTS) -> list[tuple[Any, ...]]:
    found = Interpreter(subject).successors(state)
    return [(one.step.name, one.step.arguments, one.step.point, one.step.choices) for one in found]


def start_of(subject: ir.Program) -> tuple[Any, ...]:
    (start,) = Interpreter(subject).initial()
    assert start.state is not None
    return start.state


def test_actions_come_first_then_processes_each_in_rank_order() -> None:
    point = LIGHTS.processes[0].points[0].label
    assert successors(start_of(LIGHTS)) == [
        ("switch", (0, True), None, ()),
        ("switch", (1, True), None, ()),
        ("flicker", (0,), point, (0,)),
        ("flicker", (0,), point, (1,)),
        ("flicker", (1,), point, (0,)),
        ("flicker", (1,), point, (1,)),
    ]


def test_run_follows_a_step_and_nothing_else() -> None:
    interpreter = Interpreter(LIGHTS)
    state = start_of(LIGHTS)
    for transition in interpreter.successors(state):
        assert interpreter.run(state, transition.step) == transition
    point = LIGHTS.processes[0].points[0].label
    for wrong in (
        Step("switch", (0, False), None, ()),  # impossible here
        Step("switch", (0, 1), None, ()),  # 1 is not True
        Step("switch", (False, True), None, ()),  # False is not 0
        Step("switch", (0, True), point, ()),
        Step("switch", (0, True), None, (0,)),  # chooses nothing
        Step("switch", (0,), None, ()),
        Step("switch", (2, True), None, ()),
        Step("flicker", (0,), "saw", ()),
        Step("flicker", (0,), point, ()),
        Step("flicker", (0,), point, (2,)),
        Step("flicker", (0,), point, (True,)),
        Step("flicker", (0,), point, (0, 0)),
        Step("nobody", (), None, ()),
    ):
        assert interpreter.run(state, wrong) is None, wrong


def test_the_others_of_a_step_are_all_that_its_action_or_process_can_do() -> None:
    interpreter, start = Interpreter(LIGHTS), start_of(LIGHTS)
    lit = start
    for lamp in (0, 1):
        found = interpreter.run(lit, Step("switch", (lamp, True), None, ()))
        assert found is not None and found.state is not None
        lit = found.state

    def others(step: Step, state: tuple[Any, ...]) -> list[Step]:
        return [each.step for each in interpreter.others(step, state)]

    assert others(Step("note", (), None, ()), lit) == [Step("note", (), None, (0,)), Step("note", (), None, (1,))]
    assert others(Step("note", (), None, (1,)), start) == []
    assert others(Step("switch", (0, True), None, ()), start) == [Step("switch", (0, True), None, ())]
    point = LIGHTS.processes[0].points[0].label
    both = [Step("flicker", (1,), point, (0,)), Step("flicker", (1,), point, (1,))]
    assert others(Step("flicker", (1,), "saw", ()), start) == both, "from where it stands"


def test_an_expression_is_evaluated_in_a_state_with_locals() -> None:
    interpreter = Interpreter(program(variables={"x": BIG}))
    total = binary("+", var("x", BIG), local("a", BIG))
    assert interpreter.evaluate(total, (3,), {"a": 4}) == 7
    assert interpreter.evaluate(var("x", BIG), (3,)) == 3


def at(state: tuple[Any, ...], name: str, subject: ir.Program = LIGHTS) -> Any:
    return state[subject.position(name)]


def test_a_local_is_kept_while_it_lives_and_forgotten_after() -> None:
    flicker = LIGHTS.processes[0]
    kept = flicker.kept["seen"]
    interpreter = Interpreter(LIGHTS)
    saw = interpreter.run(start_of(LIGHTS), Step("flicker", (1,), flicker.points[0].label, (1,)))
    assert saw is not None
    assert saw.state is not None
    assert at(saw.state, kept) == (0, 1)
    assert at(saw.state, flicker.point_variable) == (flicker.points[0].label, "saw")
    done = interpreter.run(saw.state, Step("flicker", (1,), "saw", ()))
    assert done is not None
    assert done.state is not None
    assert at(done.state, kept) == (0, 0)
    assert at(done.state, "last") == 1
    assert not interpreter.finished(done.state)
    assert [step for step in successors(done.state) if step[0] == "flicker" and step[1] == (1,)] == []


def test_a_full_sequence_fails_the_step_that_appends() -> None:
    interpreter = Interpreter(LIGHTS)
    state = list(start_of(LIGHTS))
    state[LIGHTS.position("lit")] = frozenset({0, 1})
    state[LIGHTS.position("log")] = (1, 1)
    notes = [found for found in interpreter.successors(tuple(state)) if found.step.name == "note"]
    assert [found.step.choices for found in notes] == [(0,), (1,)]
    assert all(found.state is None for found in notes)
    problem = "'log' is full: it holds 2 items, and is a Seq(Range(2), 2)"
    assert [(found.failure.kind, found.failure.message) for found in notes if found.failure] == [
        (Kind.STORE, problem)
    ] * 2


def test_properties_and_deadlock() -> None:
    interpreter = Interpreter(LIGHTS)
    state = list(start_of(LIGHTS))
    assert interpreter.holds("two_at_most", tuple(state))
    assert not interpreter.deadlocked(tuple(state), True)
    assert not interpreter.deadlocked(tuple(state), False), "a @final property holds"
    state[LIGHTS.position("lit")] = frozenset({0})
    assert interpreter.deadlocked(tuple(state), False)
    end = next(point.label for point in LIGHTS.processes[0].points if point.block is None)
    state[LIGHTS.position(LIGHTS.processes[0].point_variable)] = (end, end)
    assert interpreter.finished(tuple(state))
    assert not interpreter.deadlocked(tuple(state), False)


class Table(Model):
    """No processes, and an action that cannot happen."""

    cells = Var(Array(Range(2), Opt(Range(2))))

    @action
    def fill(self):
        require(self.cells[0] is not None)

    @always
    def first_is_small(self):
        return self.cells[0] < 2


def test_a_property_that_cannot_be_evaluated_fails() -> None:
    table = compile_model(Table, {})
    interpreter = Interpreter(table)
    assert not interpreter.finished(start_of(table))
    assert interpreter.deadlocked(start_of(table), False)
    with pytest.raises(StepFailed) as caught:
        interpreter.holds("first_is_small", start_of(table))
    assert caught.value.failure == Failure(
        Kind.EVALUATION, "self.cells[0] is None, which is not in Range(2)", caught.value.failure.span
    )


# a process by hand


def spinning(*blocks: ir.Block, points: tuple[ir.Point, ...]) -> ir.Program:
    labels = tuple(point.label for point in points)
    from_types = ir.Declared("at", _labels(labels), ir.Role.POINT, "p")
    spinner = ir.Process("p", None, {"i": BIG}, blocks, points, "at", {}, HERE)
    return program(processes=[spinner], declared=[from_types])


def _labels(labels: tuple[str, ...]) -> Type:
    from checker.ir.types import EnumType  # noqa: PLC0415

    return EnumType("p", labels)


def test_a_process_that_goes_on_for_ever_without_a_yield_fails() -> None:
    subject = spinning(ir.Block((), ir.Jump(0)), points=(ir.Point("start", ("start",), 0, frozenset()),))
    (found,) = Interpreter(subject).successors((0, "start"))
    assert outcome(found) == (Kind.EVALUATION, "process 'p' went on for 100,000 blocks without a yield")


def test_blocks_follow_jumps_and_branches() -> None:
    blocks = (
        ir.Block((put(var("x"), const(1)),), ir.Branch(compare("==", var("x"), const(1)), 2, 1)),
        ir.Block((put(var("x"), const(9)),), ir.Yield(1)),
        ir.Block((put(var("x"), const(2)),), ir.Jump(3)),
        ir.Block((), ir.Yield(1)),
    )
    subject = spinning(
        *blocks, points=(ir.Point("start", ("start",), 0, frozenset()), ir.Point("end", ("end",), None, frozenset()))
    )
    (found,) = Interpreter(subject).successors(start_of(subject))
    assert found == Transition(Step("p", (), "start", ()), (2, "end"), None)
    assert list(Interpreter(subject).successors((2, "end"))) == []
    assert Interpreter(subject).finished((2, "end"))


# the printer


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
    each = _each("i", steps(0, 3, 1), compare("<", local("i", BIG), const(2)))
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


def test_a_random_choice_is_drawn_anew_until_every_one_was_refused() -> None:
    tried: list[tuple[Any, Any]] = []

    def refuses(choices: Choices) -> None:
        tried.append((choices.take((0, 1, 2), IntType(0, 2)), choices.take((0, 1), IntType(0, 1))))

    assert search(refuses, lambda count: count - 1, 100) == (None, 4), "six runs, beside one for each choice"
    assert sorted(tried) == [(first, second) for first in range(3) for second in range(2)]
    tried.clear()
    assert search(refuses, lambda count: count - 1, 1) == (None, 1)
    assert len(tried) == 3, "one, beside one for each choice"


def test_a_random_choice_that_is_possible_is_taken() -> None:
    def at_one(choices: Choices) -> str | None:
        return "found" if choices.take((0, 1, 2), IntType(0, 2)) == 1 else None

    assert search(at_one, lambda count: count - 1, 100) == ("found", 1)
    assert search(at_one, lambda _: 1, 100) == ("found", 0)
    assert search(lambda _: None, lambda _: 0, 100) == (None, 1), "without a choice there is nothing to draw anew"
