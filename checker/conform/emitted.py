"""The steps of a program as plain Python, some times as fast as the interpreter. Says where a step leads, or nothing.

States and values are the interpreter's, so that what both give can be compared. Whatever does not go as it should, a
`require` that is false, a value outside its type, an index that is not there, ends in None: then it is for the
interpreter to say what the step comes to. Types are checked where the front end says that a value may not fit; the
interpreter checks them everywhere. `Follower` has the interpreter take a share of all steps as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Process, Program, Stmt
from checker.ir.types import ArrayType, BoolType, IntType, RecordType, SeqType, SetType, Type, Value
from checker.semantics import LOOP_LIMIT, State, Step
from checker.semantics.choices import Odometer

_ANY = BoolType()  # nobody asks for the type of what is taken in turn
_FAILURES = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)

FIRST, AGAIN = 40, 50
"""Of the steps of a name that led to what was seen, the interpreter takes so many first ones as well, and then every
so manieth: it takes what is rare each time, and has an eighth of the time in a long run."""


class Refused(AssertionError):
    """The step cannot happen, or fails."""


@dataclass(frozen=True, slots=True)
class _Instances:
    """How the instances of a process go on: the function, where their points are kept, and the block of each point that
    is not the end."""

    function: Callable[..., None]
    place: int
    index: Type | None
    blocks: Mapping[Value, int]


class Emitted:
    """The steps of a program, ready to run."""

    def __init__(self, program: Program) -> None:
        self.source = _Writer(program)
        text = "\n".join(self.source.program())
        self._space: dict[str, Any] = {**self.source.constants, "Refused": Refused, "s": [], "take": self._take}
        exec(compile(text, f"<emitted {program.model}>", "exec"), self._space)  # text of ours, from the IR
        self._state: list[Value] = self._space["s"]
        self._actions = {name: self._space[written] for name, written in self.source.actions.items()}
        self._processes = {process.name: self._instances(program, process) for process in program.processes}
        self._choices: Sequence[Value] = ()
        self._taken = 0
        self._every: Odometer | None = None
        self._confirmed: Counter[str] = Counter()

    def run(self, state: State, step: Step) -> State | None:
        """Where the step leads with these choices; None if it does not, or if that is not known here."""
        if step.point is not None and self.standing(state, step.name, step.arguments) != step.point:
            return None
        self._choices, self._taken = step.choices, 0
        reached = self._ran(state, step.name, step.arguments)
        return reached if self._taken == len(self._choices) else None

    def is_due(self, name: str) -> bool:
        """Whether the interpreter is to take a step of this name as well, now that one has led to what was seen."""
        self._confirmed[name] += 1
        return self._confirmed[name] <= FIRST or self._confirmed[name] % AGAIN == 0

    def ways(self, state: State, name: str, arguments: Sequence[Value]) -> Iterator[tuple[tuple[Value, ...], State]]:
        """Every way that an action, or an instance of a process, can go from a state: what it chooses, in lexicographic
        order, and where that leads. What is refused or fails is left out."""
        every = Odometer()
        while True:
            self._every = every
            try:
                reached = self._ran(state, name, arguments)
            finally:
                self._every = None
            if reached is not None:
                yield every.taken(), reached
            if not every.advance():
                return

    def standing(self, state: State, name: str, arguments: Sequence[Value]) -> str:
        """The label of the point where an instance of a process stands."""
        found = self._processes[name]
        points = state[found.place]
        label = points if found.index is None else points[found.index.rank(arguments[0])]
        assert isinstance(label, str)
        return label

    def _ran(self, state: State, name: str, arguments: Sequence[Value]) -> State | None:
        self._state[:] = state
        action = self._actions.get(name)
        try:
            if action is not None:
                action(*arguments)
            else:
                found = self._processes[name]
                found.function(found.blocks[self.standing(state, name, arguments)], *arguments)
        except _FAILURES:
            return None
        return tuple(self._state)

    def _instances(self, program: Program, process: Process) -> _Instances:
        blocks = {point.label: point.block for point in process.points if point.block is not None}
        index = None if process.index is None else process.index.type
        function = self._space[self.source.processes[process.name]]
        return _Instances(function, program.position(process.point_variable), index, blocks)

    def answer(self, helper: str, arguments: Sequence[Value], state: State) -> Value:
        """What a helper that only reads gives. Raises Refused if that is not known here."""
        self._state[:] = state
        try:
            return self._space[self.source.names[helper]](*arguments)
        except _FAILURES as error:
            raise Refused from error

    def _take(self, members: Any) -> Value:
        """The next choice, if it is one of the members."""
        if self._every is not None:
            if not members:
                raise Refused
            return self._every.take(members, _ANY)
        value = self._choices[self._taken]
        if value not in members:
            raise Refused
        self._taken += 1
        return value


class _Writer:
    """Writes functions. `names`, `actions` and `processes` are what they are called in it, `constants` what comes from
    outside."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._places = {declared.name: place for place, declared in enumerate(program.variables)}
        self.names = {name: f"f{number}_{_plain(name)}" for number, name in enumerate(program.functions)}
        self.actions = {
            action.name: f"a{number}_{_plain(action.name)}" for number, action in enumerate(program.actions)
        }
        self.processes = {each.name: f"p{number}_{_plain(each.name)}" for number, each in enumerate(program.processes)}
        self.constants: dict[str, Value] = {}

    def program(self) -> Iterator[str]:
        """The whole text."""
        for function in self._program.functions.values():
            yield from self._function(function, self.names[function.name])
        for action in self._program.actions:
            yield from self._function(action, self.actions[action.name])
        for process in self._program.processes:
            yield from self._process(process, self.processes[process.name])

    def _process(self, process: Process, name: str) -> Iterator[str]:
        """One step of an instance, from block `b` to its next point. Its place in what is kept is `i`."""
        given = [] if process.index is None else [process.index.name]
        yield f"def {name}({', '.join(['b', *map(_local, given)])}):"
        if process.index is not None:
            yield f"    i = {self._rank(process.index.type, _local(process.index.name))}"
        for local, kind in process.locals.items():
            if local in process.kept:
                part = "" if process.index is None else "[i]"
                yield f"    {_local(local)} = s[{self._places[process.kept[local]]}]{part}"
            elif local not in given:
                yield f"    {_local(local)} = {self._constant(kind.default)}"
        yield "    _blocks = 0"
        yield "    while True:"
        yield "        _blocks += 1"
        yield f"        if _blocks > {LOOP_LIMIT}: raise Refused"
        for number, block in enumerate(process.blocks):
            yield f"        if b == {number}:"
            yield from self._body(block.body, " " * 12)
            yield from (" " * 12 + line for line in self._end(process, block.end))

    def _end(self, process: Process, end: ir.Terminator) -> Iterator[str]:
        """How a block goes on, or what is kept of the process where it stops."""
        match end:
            case ir.Jump(block=block):
                yield f"b = {block}"
                yield "continue"
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                yield f"b = {then} if {self._text(condition)} else {otherwise}"
                yield "continue"
            case ir.Yield(point=number):
                point = process.points[number]
                yield self._keep(process, process.point_variable, repr(point.label))
                for local, variable in process.kept.items():
                    default = self._constant(process.locals[local].default)
                    yield self._keep(process, variable, _local(local) if local in point.live else default)
                yield "return"
            case _:
                assert_never(end)

    def _keep(self, process: Process, variable: str, value: str) -> str:
        kept = f"s[{self._places[variable]}]"
        return f"{kept} = {value}" if process.index is None else f"{kept} = {kept}[:i] + ({value},) + {kept}[i + 1:]"

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
        return self._rank(step.base.type.index, index)

    def _rank(self, kind: Type, value: str) -> str:
        """The number of a value of a type, from 0."""
        match kind:
            case IntType(lo=0):
                return value
            case IntType(lo=low):
                return f"({value}) - {low}"
            case BoolType():
                return f"int({value})"
            case _:
                return f"{self._outside(kind)}.rank({value})"

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
    return "x_" + name.replace("_", "__").replace("'", "_q").replace(".", "_d")


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
