"""The steps of a program as plain Python, some times as fast as the interpreter. Says where a step leads, or nothing.

States and values are the interpreter's, so that what both give can be compared. Whatever does not go as it should, a
`require` that is false, a value outside its type, an index that is not there, ends in None: then it is for the
interpreter to say what the step comes to. Types are checked where the front end says that a value may not fit; the
interpreter checks them everywhere. `Follower` has the interpreter take a share of all steps as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Program, Stmt
from checker.ir.types import ArrayType, BoolType, IntType, RecordType, SeqType, SetType, Type, Value
from checker.semantics import LOOP_LIMIT, State, Step

_FAILURES = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)


class Refused(AssertionError):
    """The step cannot happen, or fails."""


class Emitted:
    """The actions of a program, ready to run."""

    def __init__(self, program: Program) -> None:
        self.source = _Writer(program)
        text = "\n".join(self.source.program())
        self._space: dict[str, Any] = {**self.source.constants, "Refused": Refused, "s": [], "take": self._take}
        exec(compile(text, f"<emitted {program.model}>", "exec"), self._space)  # text of ours, from the IR
        self._state: list[Value] = self._space["s"]
        self._actions = {name: self._space[written] for name, written in self.source.actions.items()}
        self._choices: Sequence[Value] = ()
        self._taken = 0

    def run(self, state: State, step: Step) -> State | None:
        """Where the action leads with these choices; None if it does not, or if that is not known here."""
        self._state[:] = state
        self._choices, self._taken = step.choices, 0
        try:
            self._actions[step.name](*step.arguments)
        except _FAILURES:
            return None
        return tuple(self._state) if self._taken == len(self._choices) else None

    def answer(self, helper: str, arguments: Sequence[Value], state: State) -> Value:
        """What a helper that only reads gives. Raises Refused if that is not known here."""
        self._state[:] = state
        try:
            return self._space[self.source.names[helper]](*arguments)
        except _FAILURES as error:
            raise Refused from error

    def _take(self, members: Any) -> Value:
        """The next choice, if it is one of the members."""
        value = self._choices[self._taken]
        if value not in members:
            raise Refused
        self._taken += 1
        return value


class _Writer:
    """Writes functions. `names` and `actions` are what they are called in it, `constants` what comes from outside."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._places = {declared.name: place for place, declared in enumerate(program.variables)}
        self.names = {name: f"f{number}_{_plain(name)}" for number, name in enumerate(program.functions)}
        self.actions = {
            action.name: f"a{number}_{_plain(action.name)}" for number, action in enumerate(program.actions)
        }
        self.constants: dict[str, Value] = {}

    def program(self) -> Iterator[str]:
        """The whole text."""
        for function in self._program.functions.values():
            yield from self._function(function, self.names[function.name])
        for action in self._program.actions:
            yield from self._function(action, self.actions[action.name])

    def _function(self, function: Function, name: str) -> Iterator[str]:
        given = [parameter.name for parameter in function.parameters]
        yield f"def {name}({', '.join(map(_local, given))}):"
        for local, kind in function.locals.items():
            if local not in given:
                yield f"    {_local(local)} = {self._constant(kind.default)}"
        yield from self._body(function.body, "    ")

    def _body(self, body: Sequence[Stmt], margin: str) -> Iterator[str]:
        if not body:
            yield f"{margin}pass"
        for statement in body:
            yield from self._statement(statement, margin)

    def _statement(self, statement: Stmt, margin: str) -> Iterator[str]:
        deeper = f"{margin}    "
        match statement:
            case ir.Assign(target=target, value=value):
                yield from (margin + line for line in self._assign(target, value))
            case ir.Evaluate(value=value):
                yield f"{margin}{self._text(value)}"
            case ir.If(condition=condition, then=then, otherwise=otherwise):
                yield f"{margin}if {self._text(condition)}:"
                yield from self._body(then, deeper)
                if otherwise:
                    yield f"{margin}else:"
                    yield from self._body(otherwise, deeper)
            case ir.For(generator=generator, body=body):
                yield f"{margin}for {_local(generator.variable)} in {self._members(generator.domain)}:"
                yield from self._body(body, deeper)
            case ir.While(condition=condition, body=body):
                rounds = f"_rounds{len(margin)}"
                yield f"{margin}{rounds} = 0"
                yield f"{margin}while {self._text(condition)}:"
                yield f"{deeper}{rounds} += 1"
                yield f"{deeper}if {rounds} > {LOOP_LIMIT}: raise Refused"
                yield from self._body(body, deeper)
            case ir.Break():
                yield f"{margin}break"
            case ir.Continue():
                yield f"{margin}continue"
            case ir.Return(value=value):
                yield f"{margin}return {'None' if value is None else self._text(value)}"
            case ir.Require(condition=condition) | ir.Assert(condition=condition):
                yield f"{margin}if not {self._text(condition)}: raise Refused"
            case _:
                assert_never(statement)

    def _assign(self, target: Expr, value: Expr) -> Iterator[str]:
        """The value first, then the indices; each tuple around the place is made anew."""
        root, path = _path(target)
        stored = f"s[{self._places[root.name]}]" if isinstance(root, ir.Variable) else _local(root.name)
        if not path:
            yield f"{stored} = {self._text(value)}"
            return
        yield f"_v = {self._text(value)}"
        for depth, step in enumerate(path):
            yield f"_p{depth} = {self._place(step)}"
        yield f"_t0 = {stored}"
        for depth in range(len(path)):
            yield f"_t{depth + 1} = _t{depth}[_p{depth}]"
            if isinstance(path[depth], ir.Index) and isinstance(path[depth].base.type, SeqType):
                yield f"if _p{depth} < 0: _p{depth} += len(_t{depth})"
        for depth in reversed(range(len(path))):
            yield f"_v = _t{depth}[:_p{depth}] + (_v,) + _t{depth}[_p{depth} + 1:]"
        yield f"{stored} = _v"

    def _place(self, step: ir.Index | ir.Attribute) -> str:
        """Where in the tuple of its base a part stands."""
        if isinstance(step, ir.Attribute):
            assert isinstance(step.base.type, RecordType)
            return str(step.base.type.position(step.name))
        index = self._text(step.index)
        if not isinstance(step.base.type, ArrayType):
            return index
        match step.base.type.index:
            case IntType(lo=0):
                return index
            case IntType(lo=low):
                return f"({index}) - {low}"
            case BoolType():
                return f"int({index})"
            case kind:
                return f"{self._outside(kind)}.rank({index})"

    def _members(self, domain: Expr) -> str:
        """What a loop over a domain visits, in order."""
        match domain:
            case ir.Every(type=SetType(item=IntType(lo=low, hi=high))):
                return f"range({low}, {high + 1})"
            case ir.Every(type=SetType(item=kind)):
                return self._outside(tuple(kind.values()))
            case ir.Steps(start=start, stop=stop, step=step):
                return f"range({self._text(start)}, {self._text(stop)}, {step})"
        text = self._text(domain)
        if isinstance(domain.type, SetType):
            return f"sorted({text}, key={self._outside(domain.type.item)}.rank)"
        return text

    def _text(self, expr: Expr) -> str:
        """An expression, in brackets where it needs any."""
        match expr:
            case ir.Const(value=value):
                return self._constant(value)
            case ir.Local(name=name):
                return _local(name)
            case ir.Variable(name=name):
                return f"s[{self._places[name]}]"
            case ir.Index(base=base) | ir.Attribute(base=base):
                return f"{self._text(base)}[{self._place(expr)}]"
            case ir.Unary(op=op, operand=operand):
                return f"({op} {self._text(operand)})" if op in ("not", "-") else f"{op}({self._text(operand)})"
            case ir.Binary(op=op, left=left, right=right) if op in ("min", "max"):
                return f"{op}({self._text(left)}, {self._text(right)})"
            case ir.Compare(op="in", left=left, right=ir.Every() | ir.Steps() as right):
                return f"({self._text(left)} in {self._members(right)})"
            case ir.Binary(op=op, left=left, right=right) | ir.Compare(op=op, left=left, right=right):
                return f"({self._text(left)} {op} {self._text(right)})"
            case ir.BoolOp(op=op, operands=operands):
                return f"({f' {op} '.join(map(self._text, operands))})"
            case ir.IfElse(condition=condition, then=then, otherwise=otherwise):
                return f"({self._text(then)} if {self._text(condition)} else {self._text(otherwise)})"
            case ir.Convert():
                return self._convert(expr)
            case ir.Every(type=SetType(item=kind)):
                return self._outside(frozenset(kind.values()))
            case ir.Steps():
                return f"frozenset({self._members(expr)})"
            case ir.Choose(domain=domain):
                return f"take({self._members(domain)})"
            case ir.Call(function=function, arguments=arguments):
                return f"{self.names[function]}({', '.join(map(self._text, arguments))})"
            case _:
                return self._made(expr)

    def _made(self, expr: Expr) -> str:
        """An expression that makes a tuple or a set."""
        match expr:
            case ir.Make(items=items, type=kind):
                text = f"({''.join(f'{self._text(item)}, ' for item in items)})"
                return f"frozenset({text})" if isinstance(kind, SetType) else text
            case ir.Replace(base=base, name=name, value=value):
                assert isinstance(base.type, RecordType)
                place, put = base.type.position(name), self._outside(_put)
                return f"{put}({self._text(base)}, {place}, {self._text(value)})"
            case ir.Append(base=base, item=item, type=SeqType(capacity=most)):
                return f"{self._outside(_append)}({self._text(base)}, {self._text(item)}, {most})"
            case ir.Without(base=base, index=index):
                return f"{self._outside(_without)}({self._text(base)}, {self._text(index)})"
            case ir.Comprehension(op=op, body=body, generators=generators):
                parts = [self._text(body)]
                for each in generators:
                    parts.append(f"for {_local(each.variable)} in {self._members(each.domain)}")
                    if each.condition is not None:
                        parts.append(f"if {self._text(each.condition)}")
                return f"{ {'set': 'frozenset', 'array': 'tuple'}.get(op, op) }({' '.join(parts)})"
            case _:
                raise NotImplementedError(type(expr).__name__)

    def _convert(self, expr: ir.Convert) -> str:
        text = self._text(expr.operand)
        if not expr.checked:
            return text
        kind = expr.type
        if isinstance(kind, IntType) and isinstance(expr.operand.type, IntType):
            return f"{self._outside(_within)}({text}, {kind.lo}, {kind.hi})"
        return f"{self._outside(_fits)}({text}, {self._outside(kind)})"

    def _constant(self, value: Value) -> str:
        return (
            repr(value)
            if value is None or (isinstance(value, (bool, int)) and type(value) in (bool, int))
            else self._outside(value)
        )

    def _outside(self, value: Any) -> str:
        """The name of a value that the text takes from outside."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _local(name: str) -> str:
    """A local's name in the text: `x'2` is told apart from `x_2`."""
    return "x_" + name.replace("_", "__").replace("'", "_q")


def _path(target: Expr) -> tuple[ir.Variable | ir.Local, list[ir.Index | ir.Attribute]]:
    """The variable that a target is a part of, and the way there."""
    path: list[ir.Index | ir.Attribute] = []
    while isinstance(target, (ir.Index, ir.Attribute)):
        path.append(target)
        target = target.base
    assert isinstance(target, (ir.Variable, ir.Local))
    return target, path[::-1]


def _put(base: Any, at: int, value: Value) -> Value:
    return (*base[:at], value, *base[at + 1 :])


def _append(base: Any, item: Value, most: int) -> Value:
    if len(base) >= most:
        raise Refused
    return (*base, item)


def _without(base: Any, index: int) -> Value:
    if not -len(base) <= index < len(base):
        raise Refused
    at = index % len(base)
    return base[:at] + base[at + 1 :]


def _within(value: Any, low: int, high: int) -> Value:
    if not low <= value <= high:
        raise Refused
    return value


def _fits(value: Value, kind: Type) -> Value:
    if not kind.contains(value):
        raise Refused
    return value
