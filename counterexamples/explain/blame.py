"""Say why a property is what it is in one state: its condition as a tree, down to the parts that decide, with values.

Also why a state is a deadlock, and what a failing line held. `cells` is what all that depends on, for the causal slice:
in a state that agrees on these cells the same thing is true. Searches nothing; the runs are those of `watch`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Generator, Program
from checker.ir.property_kind import PropertyKind
from checker.ir.traverse import walk
from checker.ir.types import BoolType, SetType, Value
from checker.semantics import State
from checker.semantics.expressions import Frame
from counterexamples.explain.anatomy import is_part, strip
from counterexamples.explain.cells import Cell, Cells, Member, resolve
from counterexamples.explain.changes import Fact
from counterexamples.explain.quote import goes_over_items, is_sugar, quote
from counterexamples.explain.watch import Guard, Watch, Watched

_ROUNDS = 4  # of so many rounds of an `any` or `all` that all count, each is shown
_DEEP = 12  # levels of a tree
_CONDITIONS = 12  # of those that a property's statements went by; one that walks the heap of a collector goes by 300


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition: its text and value. `truth` is None where it is no condition, or was not evaluated.
    `to_blame` says that it is what made the whole true or false; `why` that in words, where it is more than values."""

    text: str
    value: str
    truth: bool | None
    to_blame: bool
    parts: tuple[Part, ...]
    span: Span
    why: str = ""


@dataclass(frozen=True, slots=True)
class Blame:
    """Why a property is true or false in a state, and the cells that this rests on."""

    truth: bool
    parts: tuple[Part, ...]
    cells: Cells


@dataclass(frozen=True, slots=True)
class _Locals:
    """What an expression can see besides the state. `given` are the conditions that stand for parameters of the helper
    that it belongs to, with what they see themselves."""

    frame: Frame
    causes: dict[str, Cells]
    given: Mapping[str, tuple[Expr, _Locals]] = field(default_factory=dict)

    def binding(self, name: str, value: Value, causes: Cells) -> _Locals:
        """The same with one local more."""
        given = {each: argument for each, argument in self.given.items() if each != name}
        return _Locals({**self.frame, name: value}, {**self.causes, name: causes}, given)


def blame(watch: Watch, name: str, state: State) -> Blame:
    """Why the property `name` is what it is in `state`. StepFailed if it cannot be evaluated."""
    truth, run = watch.judge(name, state)
    whole = frozenset(run.path | run.reads)
    if run.returned is None:
        return Blame(truth, (), whole)
    blamer = _Blamer(watch, state)
    seen = _Locals(dict(run.returned.frame), dict(run.returned.causes))
    judged = next(each for each in watch.program.properties if each.name == name)
    conditions = tuple(_of_guard(guard) for guard in run.guards)
    given = tuple(
        Part(each.name, each.type.show(seen.frame[each.name]), None, True, (), judged.function.span)
        for each in judged.function.parameters
    )
    parts = (*given, *_last(conditions), blamer.part(run.returned.value, seen, True))
    # Where a part can fail, agreeing on the parts to blame is not enough for the whole to have a value at all.
    cells = whole if watch.can_act(run.returned.value) else frozenset(blamer.cells | run.path)
    return Blame(truth, parts, cells)


def decisive(parts: Sequence[Part]) -> Iterator[tuple[tuple[str, ...], Part]]:
    """The deepest conditions that are to blame, each with what was said on the way to it: `o = 2`."""
    for part in parts:
        if not part.to_blame or part.truth is None:
            continue
        conditions = [below for below in part.parts if below.truth is not None and below.to_blame]
        if not conditions:
            yield (), part
        elif part.value == "":
            yield from (((part.text, *way), leaf) for way, leaf in decisive(conditions))
        else:
            yield from decisive(conditions)


def _last(conditions: Sequence[Part]) -> tuple[Part, ...]:
    """The conditions nearest to what was returned, and how many there were before them."""
    if len(conditions) <= _CONDITIONS:
        return tuple(conditions)
    before = len(conditions) - _CONDITIONS
    said = f"({before} conditions before these are not shown)"
    return (Part(said, "", None, False, (), conditions[0].span), *conditions[before:])


def _of_guard(guard: Guard) -> Part:
    values = tuple(Part(fact.subject, fact.new, None, True, (), guard.span) for fact in guard.values)
    return Part(guard.text, str(guard.truth), guard.truth, True, values, guard.span)


class _Blamer:
    """Takes one condition apart in one state, and gathers the cells that the parts to blame read."""

    def __init__(self, watch: Watch, state: State) -> None:
        self._watch = watch
        self._state = state
        self.cells: set[Cell] = set()

    def part(self, expr: Expr, seen: _Locals, blamed: bool, depth: int = 0) -> Part:
        """The tree of an expression; `blamed` is whether its value decided that of the whole."""
        bare = strip(expr)
        if depth < _DEEP and isinstance(bare.type, BoolType) and not is_sugar(bare):
            match bare:
                case ir.Unary(op="not", operand=operand):
                    return self._negation(bare, operand, seen, blamed, depth)
                case ir.BoolOp():
                    return self._connective(bare, seen, blamed, depth)
                case ir.IfElse():
                    return self._either(bare, seen, blamed, depth)
                case ir.Comprehension(op="any" | "all") if not goes_over_items(bare):
                    return self._over(bare, seen, blamed, depth)
                case ir.Call():
                    return self._call(bare, seen, blamed, depth)
                case ir.Local(name=name) if name in seen.given:
                    argument, outside = seen.given[name]
                    return self.part(argument, outside, blamed, depth + 1)
        return self._leaf(bare, seen, blamed)

    def _value(self, expr: Expr, seen: _Locals) -> tuple[Value, Watched]:
        run = self._watch.fresh(self._state)
        return run.look(expr, dict(seen.frame), seen.causes), run

    def _blame(self, run: Watched, blamed: bool) -> None:
        if blamed:
            self.cells |= run.path | run.reads

    def _leaf(self, expr: Expr, seen: _Locals, blamed: bool) -> Part:
        value, run = self._value(expr, seen)
        self._blame(run, blamed)
        text = quote(expr)
        parts: list[Part] = []
        if isinstance(expr, ir.Compare) and not is_sugar(expr):
            for operand in (expr.left, expr.right):
                parts += self._operand(operand, seen, blamed)
        else:
            parts = [_shown(fact, expr.span, blamed) for fact in run.noted if fact.subject != text]
        truth = bool(value) if isinstance(expr.type, BoolType) else None
        why = self._missing(expr, seen) if truth is False else ""
        return Part(text, expr.type.show(value), truth, blamed, tuple(dict.fromkeys(parts)), expr.span, why)

    def _operand(self, expr: Expr, seen: _Locals, blamed: bool) -> Iterator[Part]:
        """One side of a comparison, and what it is made of."""
        bare = strip(expr)
        if isinstance(bare, ir.Const):
            return
        value, run = self._value(bare, seen)
        text = quote(bare)
        inside = tuple(_shown(fact, bare.span, blamed) for fact in run.noted if fact.subject != text)
        yield Part(text, bare.type.show(value), None, blamed, inside, bare.span)

    def _missing(self, expr: Expr, seen: _Locals) -> str:
        """Which members keep one set from being a subset of another."""
        match expr:
            case ir.Compare(op="<=" | "<", left=left, right=right) if isinstance(left.type, SetType):
                lost = self._value(left, seen)[0] - self._value(right, seen)[0]
                members = [left.type.item.show(each) for each in sorted(lost, key=left.type.item.rank)]
                verb = "is" if len(members) == 1 else "are"
                return f"{', '.join(members)} {verb} in {quote(left)} but not in {quote(right)}" if members else ""
            case _:
                return ""

    def _negation(self, expr: Expr, operand: Expr, seen: _Locals, blamed: bool, depth: int) -> Part:
        below = self.part(operand, seen, blamed, depth + 1)
        truth = not below.truth
        return Part(quote(expr), str(truth), truth, blamed, (below,), expr.span)

    def _connective(self, expr: ir.BoolOp, seen: _Locals, blamed: bool, depth: int) -> Part:
        decides = expr.op == "or"
        values: list[bool] = []
        for operand in expr.operands:
            values.append(bool(self._value(operand, seen)[0]))
            if values[-1] is decides:
                break
        decided = values[-1] is decides
        parts = [
            self.part(operand, seen, blamed and (not decided or number == len(values) - 1), depth + 1)
            for number, operand in enumerate(expr.operands[: len(values)])
        ]
        for operand in expr.operands[len(values) :]:
            parts.append(Part(quote(operand), "not evaluated", None, False, (), operand.span))
        return Part(quote(expr), str(values[-1]), values[-1], blamed, tuple(parts), expr.span)

    def _either(self, expr: ir.IfElse, seen: _Locals, blamed: bool, depth: int) -> Part:
        condition = self.part(expr.condition, seen, blamed, depth + 1)
        taken = self.part(expr.then if condition.truth else expr.otherwise, seen, blamed, depth + 1)
        return Part(quote(expr), taken.value, taken.truth, blamed, (condition, taken), expr.span)

    def _call(self, expr: ir.Call, seen: _Locals, blamed: bool, depth: int) -> Part:
        value, called = self._value(expr, seen)
        function = self._watch.program.functions[expr.function]
        arguments = [self._value(argument, seen) for argument in expr.arguments]
        run = self._watch.fresh(self._state)
        run.run_function(function, [each for each, _ in arguments])
        if run.returned is None:
            return self._leaf(expr, seen, blamed)
        self._blame(called, blamed)  # all that it read: its arguments reach into the parts shown one by one
        conditions = tuple(_of_guard(guard) for guard in run.guards)
        given = _given(function, expr.arguments, seen)
        inside = _Locals(dict(run.returned.frame), dict(run.returned.causes), given)
        below = self.part(run.returned.value, inside, blamed, depth + 1)
        parts = tuple(
            Part(quote(argument), argument.type.show(each), None, blamed, (), argument.span)
            for argument, (each, _) in zip(expr.arguments, arguments, strict=True)
            if not isinstance(strip(argument), ir.Const)
        )
        return Part(quote(expr), str(value), bool(value), blamed, (*parts, *conditions, below), expr.span)

    def _over(self, expr: ir.Comprehension, seen: _Locals, blamed: bool, depth: int) -> Part:
        """An `any` or `all`: the round that decided it, or, if all count, each of a few."""
        value, whole = self._value(expr, seen)
        text = quote(expr)
        deciding = (expr.op == "any") is bool(value)
        rounds: list[tuple[str, _Locals, set[Cell]]] = []
        for each in self._rounds(expr.generators, seen, "", set()):
            if deciding and bool(self._value(expr.body, each[1])[0]) is not bool(value):
                continue
            rounds.append(each)
            if deciding or len(rounds) > _ROUNDS:
                break
        if not deciding:
            self._blame(whole, blamed)
        elif blamed:
            self.cells |= rounds[0][2]
        if len(rounds) > _ROUNDS:
            return Part(text, str(value), bool(value), blamed, (), expr.span, _none(expr, bool(value)))
        parts = tuple(
            Part(name, "", bool(value), blamed, (self.part(expr.body, each, blamed, depth + 1),), expr.span)
            for name, each, _ in rounds
        )
        why = "" if rounds else _nothing(expr)
        return Part(text, str(value), bool(value), blamed, parts, expr.span, why)

    def _rounds(
        self, generators: Sequence[Generator], seen: _Locals, name: str, cells: set[Cell]
    ) -> Iterator[tuple[str, _Locals, set[Cell]]]:
        """Each round of nested generators: its variables in words and as locals, and the cells that let it be one."""
        if not generators:
            yield name, seen, cells
            return
        generator, *inner = generators
        run = self._watch.fresh(self._state)
        for value in run.look_members(generator.domain, dict(seen.frame), seen.causes):
            found = seen.binding(generator.variable, value, frozenset())
            read = cells | self._membership(generator.domain, value, seen, run)
            if generator.condition is not None:
                holds, test = self._value(generator.condition, found)
                if not holds:
                    continue
                read |= test.path | test.reads
            shown = f"{generator.variable.partition(chr(39))[0]} = {generator.variable_type.show(value)}"
            yield from self._rounds(inner, found, f"{name}, {shown}" if name else shown, read)

    def _membership(self, domain: Expr, value: Value, seen: _Locals, run: Watched) -> set[Cell]:
        """What makes a value one of those that a generator goes over."""
        if isinstance(domain, ir.Variable) and isinstance(domain.type, SetType) and is_part(domain):
            return set(resolve({}, (domain.name, Member(value))))
        return set(run.path | run.reads)


def _given(function: ir.Function, arguments: Sequence[Expr], seen: _Locals) -> dict[str, tuple[Expr, _Locals]]:
    """The conditions that a helper is given, by the parameters that stand for them all the way through."""
    assigned = {each.target for each in walk(function.body) if isinstance(each, ir.Assign)}
    return {
        parameter.name: (argument, seen)
        for parameter, argument in zip(function.parameters, arguments, strict=True)
        if isinstance(argument.type, BoolType) and not isinstance(strip(argument), ir.Const)
        if not any(isinstance(target, ir.Local) and target.name == parameter.name for target in assigned)
    }


def _shown(fact: Fact, span: Span, blamed: bool) -> Part:
    return Part(fact.subject, fact.new, None, blamed, (), span)


def _nothing(expr: ir.Comprehension) -> str:
    """Why there was no round."""
    domain = quote(expr.generators[0].domain)
    filtered = len(expr.generators) > 1 or expr.generators[0].condition is not None
    return f"nothing in {domain} fits" if filtered else f"there is nothing in {domain}"


def _none(expr: ir.Comprehension, value: bool) -> str:
    names = ", ".join(generator.variable.partition("'")[0] for generator in expr.generators)
    return f"it is {'true' if value else 'false'} for every {names}"


@dataclass(frozen=True, slots=True)
class Waits:
    """Why an instance of a process, or an action, cannot go on: what stops it (None: nothing in its code does)."""

    who: str
    arguments: tuple[Value, ...]
    guard: Guard | None


def deadlock(watch: Watch, state: State) -> tuple[tuple[Waits, ...], Cells]:
    """What each process and each action waits for in a state where nothing can happen, and the cells that say so."""
    program = watch.program
    waits: list[Waits] = []
    cells: set[Cell] = _ends(program)
    for run in watch.attempts(state):
        assert run.doer is not None
        waits.append(Waits(run.doer[0], run.doer[1], run.blocked))
        cells |= run.path
    for judged in program.properties:
        if judged.kind is PropertyKind.FINAL:
            _, run = watch.judge(judged.name, state)
            cells |= run.path | run.reads
    return tuple(dict.fromkeys(waits)), frozenset(cells)


def _ends(program: Program) -> set[Cell]:
    """Where all processes stand."""
    return {
        (process.point_variable, *instance)
        for process in program.processes
        for instance in ([()] if process.index is None else [(value,) for value in process.index.type.values()])
    }
