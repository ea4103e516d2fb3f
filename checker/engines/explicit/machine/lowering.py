"""From the Python that emitted code and kernels are written in to LLVM's language, as text.

The Python uses two types: words, signed integers of 64 bits that wrap round, and addresses of words, which only
parameters called `words` and results of `pointer` are. Statements are assignments, `if`, `while`, `break`, `continue`,
`return` and calls. Whatever else turns up is refused, never guessed at.

Every local gets a place on the stack, 0 at first; LLVM makes registers of them. A comparison is one bit until it is
stored or counted with. Knows nothing of LLVM's library.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from checker.engines.explicit.machine import operations
from checker.engines.explicit.machine.reading import BUILTINS, Callee, Function, Intrinsic

_BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "shl",
    ast.RShift: "ashr",
}
_ROUNDING = {ast.FloorDiv: "//", ast.Mod: "%"}
_COMPARISON = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge"}
_EXTREMES = {"min": "smin", "max": "smax"}


class UnsupportedError(NotImplementedError):
    """The text has something that this compiler does not know: a fault of evacheck, never of a model."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value by its name in LLVM's language, or a literal; `kind` is i64, i1 or ptr."""

    text: str
    kind: str = "i64"


@dataclass(frozen=True, slots=True)
class _Loop:
    """Where `continue` and `break` go."""

    again: str
    after: str


Operations = Callable[[str, Sequence[str], str], list[str]]
"""How an operation of `native.intrinsics` is written: see `operations.lines`."""


def lowered(functions: Iterable[Function], entries: Sequence[str], written: Operations = operations.lines) -> str:
    """The functions as one module in LLVM's language, in which only the entries can be called from outside."""
    texts = [_Lowering(function, function.symbol in entries, written).text() for function in functions]
    return "\n".join([operations.PRELUDE, *texts])


def _symbol(name: str) -> str:
    """A function's name, with what is not plain text spelled by its bytes."""
    plain = (chr(byte) if 32 < byte < 127 and byte not in b'"\\' else f"\\{byte:02x}" for byte in name.encode())
    return f'@"{"".join(plain)}"'


def _kind(annotation: ast.expr | None) -> str:
    match annotation:
        case ast.Name(id="number"):
            return "i64"
        case ast.Name(id="words"):
            return "ptr"
        case _:
            raise UnsupportedError("a parameter or result that is neither a number nor words")


def _written(statements: Iterable[ast.stmt]) -> Iterator[str]:
    """The names of locals that statements assign."""
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets):
                places = [place for each in targets for place in (each.elts if isinstance(each, ast.Tuple) else [each])]
                yield from (place.id for place in places if isinstance(place, ast.Name))
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case ast.If(body=body, orelse=orelse):
                yield from _written((*body, *orelse))
            case ast.While(body=body):
                yield from _written(body)


class _Lowering:
    """One function."""

    def __init__(self, function: Function, outside: bool, operation: Operations) -> None:
        self._function, self._outside, self._operation = function, outside, operation
        self._meaning = function.meaning
        self._places: list[str] = []  # the stack, at the head of the function
        self._lines: list[str] = []
        self._locals: dict[str, str] = {}  # the kind of each
        self._fixed: dict[str, _Value] = {}  # parameters that are never assigned
        self._loops: list[_Loop] = []
        self._count = 0
        self._block = "entry"
        self._ended = False

    def text(self) -> str:
        """The function's definition."""
        node = self._function.node
        result = _kind(node.returns)
        written = set(_written(node.body))
        parameters = []
        for at, parameter in enumerate(node.args.args):
            kind, name = _kind(parameter.annotation), f"%p{at}"
            alone = " noalias" if kind == "ptr" and self._function.apart else ""
            parameters.append(f"{kind}{alone} {name}")
            if parameter.arg in written:
                self._assign(parameter.arg, _Value(name, kind))
            else:
                self._fixed[parameter.arg] = _Value(name, kind)
        self._body(node.body)
        if not self._ended:
            self._write(f"ret {result} {'null' if result == 'ptr' else 0}")
        linkage = "" if self._outside else "internal "
        head = f"define {linkage}{result} {_symbol(self._function.symbol)}({', '.join(parameters)}) {{"
        return "\n".join([head, "entry:", *self._places, *self._lines, "}", ""])

    # -- what is written -----------------------------------------------------------------------------------------------

    def _write(self, line: str) -> None:
        self._lines.append("  " + line)

    def _fresh(self) -> str:
        self._count += 1
        return f"%t{self._count}"

    def _result(self, text: str, kind: str = "i64") -> _Value:
        name = self._fresh()
        self._write(f"{name} = {text}")
        return _Value(name, kind)

    def _label(self, hint: str) -> str:
        self._count += 1
        return f"{hint}{self._count}"

    def _begin(self, label: str) -> None:
        """What follows stands under a label."""
        if not self._ended:
            self._write(f"br label %{label}")
        self._lines.append(f"{label}:")
        self._block, self._ended = label, False

    def _go(self, label: str) -> None:
        self._write(f"br label %{label}")
        self._ended = True

    def _branch(self, condition: _Value, yes: str, no: str) -> None:
        self._write(f"br i1 {condition.text}, label %{yes}, label %{no}")
        self._ended = True

    def _assign(self, name: str, value: _Value) -> None:
        kind = "ptr" if value.kind == "ptr" else "i64"
        if name not in self._locals:
            self._locals[name] = kind
            place = f"%v.{name}" if name.isascii() else f"%v{len(self._locals)}"
            self._fixed[name] = _Value(place)
            nothing = "null" if kind == "ptr" else "0"
            self._places += [f"  {place} = alloca {kind}", f"  store {kind} {nothing}, ptr {place}"]
        if self._locals[name] != kind:
            raise UnsupportedError(f"{name} is a number here and words there")
        text = value.text if kind == "ptr" else self._word(value).text
        self._write(f"store {kind} {text}, ptr {self._fixed[name].text}")

    # -- statements ----------------------------------------------------------------------------------------------------

    def _body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self._ended:
                return  # nothing after it is ever reached
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Expr(value=value):
                self._value(value)
            case ast.Assign(targets=targets, value=ast.Tuple(elts=items)):
                self._unpacked(targets, items)
            case ast.Assign(targets=targets, value=value):
                found = self._value(value)
                for target in targets:
                    self._store(target, found)
            case ast.AugAssign(target=target, op=op, value=value):
                self._store(target, self._binary(op, self._value(_loaded(target)), self._value(value)))
            case ast.If(test=test, body=body, orelse=orelse):
                self._if(test, body, orelse)
            case ast.While(test=test, body=body, orelse=[]):
                self._while(test, body)
            case ast.Break():
                self._go(self._loops[-1].after)
            case ast.Continue():
                self._go(self._loops[-1].again)
            case ast.Return(value=ast.expr() as value):
                found = self._value(value)
                result = _kind(self._function.node.returns)
                self._write(f"ret {result} {found.text if result == 'ptr' else self._word(found).text}")
                self._ended = True
            case _:
                raise UnsupportedError(ast.unparse(statement))

    def _unpacked(self, targets: Sequence[ast.expr], items: Sequence[ast.expr]) -> None:
        """All values are taken before any is stored."""
        values = [self._value(item) for item in items]
        for target in targets:
            match target:
                case ast.Tuple(elts=places) if len(places) == len(values):
                    for place, value in zip(places, values, strict=True):
                        self._store(place, value)
                case _:
                    raise UnsupportedError("values that do not go to as many places")

    def _store(self, target: ast.expr, value: _Value) -> None:
        match target:
            case ast.Name(id=name):
                self._assign(name, value)
            case ast.Subscript():
                word = self._word(value)
                self._write(f"store i64 {word.text}, ptr {self._place(target)}, align 8")
            case _:
                raise UnsupportedError(ast.unparse(target))

    def _if(self, test: ast.expr, body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        yes, no, after = self._label("then"), self._label("else"), self._label("after")
        self._condition(test, yes, no if orelse else after)
        self._begin(yes)
        self._body(body)
        ends = self._ended
        if not self._ended:
            self._go(after)
        if orelse:
            self._begin(no)
            self._body(orelse)
            ends = ends and self._ended
            if not self._ended:
                self._go(after)
            if ends:
                return
        self._begin(after)

    def _while(self, test: ast.expr, body: Sequence[ast.stmt]) -> None:
        loop = _Loop(self._label("again"), self._label("after"))
        inside = self._label("loop")
        self._begin(loop.again)
        self._condition(test, inside, loop.after)
        self._begin(inside)
        self._loops.append(loop)
        self._body(body)
        self._loops.pop()
        if not self._ended:
            self._go(loop.again)
        self._begin(loop.after)

    # -- conditions ----------------------------------------------------------------------------------------------------

    def _condition(self, test: ast.expr, yes: str, no: str) -> None:
        """Go where the test says; what decides first decides alone, as in Python."""
        match test:
            case ast.Constant(value=bool() as value):
                self._go(yes if value else no)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self._condition(operand, no, yes)
            case ast.BoolOp(op=op, values=[*firsts, last]):
                for first in firsts:
                    more = self._label("more")
                    if isinstance(op, ast.And):
                        self._condition(first, more, no)
                    else:
                        self._condition(first, yes, more)
                    self._begin(more)
                self._condition(last, yes, no)
            case _:
                self._branch(self._flag(self._value(test)), yes, no)

    def _flag(self, value: _Value) -> _Value:
        """A value as one bit."""
        if value.kind == "i1":
            return value
        if value.kind == "ptr":
            raise UnsupportedError("an address as a condition")
        return self._result(f"icmp ne i64 {value.text}, 0", "i1")

    def _word(self, value: _Value) -> _Value:
        """A value as a word."""
        if value.kind == "i64":
            return value
        if value.kind == "ptr":
            raise UnsupportedError("an address as a number")
        if value.text in ("true", "false"):
            return _Value(str(int(value.text == "true")))
        return self._result(f"zext i1 {value.text} to i64")

    # -- expressions ---------------------------------------------------------------------------------------------------

    def _value(self, node: ast.expr) -> _Value:
        match node:
            case ast.Constant(value=bool() as value):
                return _Value("true" if value else "false", "i1")
            case ast.Constant(value=int() as value):
                return _Value(_literal(value))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return _Value(_literal(-value))
            case ast.Name(id=name):
                return self._name(name)
            case ast.Subscript():
                return self._result(f"load i64, ptr {self._place(node)}, align 8")
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(op, self._value(left), self._value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._result(f"sub i64 0, {self._word(self._value(operand)).text}")
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return self._result(f"xor i64 {self._word(self._value(operand)).text}, -1")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._result(f"xor i1 {self._flag(self._value(operand)).text}, true", "i1")
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(op, self._value(left), self._value(right))
            case ast.BoolOp():
                return self._either(node, ast.Constant(value=True), ast.Constant(value=False))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._either(test, body, orelse)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
            case _:
                raise UnsupportedError(ast.unparse(node))

    def _name(self, name: str) -> _Value:
        if name in self._locals:
            kind = self._locals[name]
            return self._result(f"load {kind}, ptr {self._fixed[name].text}", kind)
        if name in self._fixed:
            return self._fixed[name]
        meaning = self._meaning(name)
        if not isinstance(meaning, int):
            raise UnsupportedError(f"{name} as a value")
        return _Value(_literal(meaning))

    def _place(self, node: ast.Subscript) -> str:
        base = self._value(node.value)
        if base.kind != "ptr":
            raise UnsupportedError(f"a word of what is no address: {ast.unparse(node)}")
        index = self._word(self._value(node.slice))
        return self._result(f"getelementptr i64, ptr {base.text}, i64 {index.text}", "ptr").text

    def _binary(self, op: ast.operator, left: _Value, right: _Value) -> _Value:
        a, b = self._word(left).text, self._word(right).text
        if type(op) in _ROUNDING:
            return self._result(f'call i64 @"{_ROUNDING[type(op)]}"(i64 {a}, i64 {b})')
        if type(op) not in _BINARY:
            raise UnsupportedError(f"the operator {type(op).__name__}")
        return self._result(f"{_BINARY[type(op)]} i64 {a}, {b}")

    def _compared(self, op: ast.cmpop, left: _Value, right: _Value) -> _Value:
        if type(op) not in _COMPARISON:
            raise UnsupportedError(f"the comparison {type(op).__name__}")
        return self._result(f"icmp {_COMPARISON[type(op)]} i64 {self._word(left).text}, {self._word(right).text}", "i1")

    def _either(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> _Value:
        """One of two values; only the one that is wanted is evaluated."""
        yes, no, after = self._label("yes"), self._label("no"), self._label("either")
        as_kind = self._flag if _is_flag(body) and _is_flag(orelse) else self._word
        self._condition(test, yes, no)
        found: list[tuple[_Value, str]] = []
        for label, node in ((yes, body), (no, orelse)):
            self._begin(label)
            value = as_kind(self._value(node))
            found.append((value, self._block))
            self._go(after)
        self._begin(after)
        kind = found[0][0].kind
        return self._result(f"phi {kind} " + ", ".join(f"[ {value.text}, %{block} ]" for value, block in found), kind)

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _call(self, name: str, nodes: Sequence[ast.expr]) -> _Value:
        arguments = [self._value(node) for node in nodes]
        if name in BUILTINS:
            return self._builtin(name, [self._word(each).text for each in arguments])
        match self._meaning(name):
            case Intrinsic(name=operation):
                texts = [each.text if each.kind == "ptr" else self._word(each).text for each in arguments]
                result = self._fresh()
                for line in self._operation(operation, texts, result):
                    self._write(line)
                return _Value(result, "ptr" if operation == "pointer" else "i64")
            case Callee(symbol=symbol, node=node):
                kinds = [_kind(parameter.annotation) for parameter in node.args.args]
                if len(kinds) != len(arguments):
                    raise UnsupportedError(f"{name} with {len(arguments)} arguments")
                given = ", ".join(
                    f"{kind} {value.text if kind == value.kind == 'ptr' else self._word(value).text}"
                    for kind, value in zip(kinds, arguments, strict=True)
                )
                result_kind = _kind(node.returns)
                return self._result(f"call {result_kind} {_symbol(symbol)}({given})", result_kind)
            case _:
                raise UnsupportedError(f"a call of {name}")

    def _builtin(self, name: str, arguments: list[str]) -> _Value:
        if name == "int":
            return _Value(arguments[0])
        if name == "abs":
            return self._result(f"call i64 @llvm.abs.i64(i64 {arguments[0]}, i1 false)")
        first, *rest = arguments
        value = _Value(first)
        for each in rest:
            value = self._result(f"call i64 @llvm.{_EXTREMES[name]}.i64(i64 {value.text}, i64 {each})")
        return value


def _literal(value: int) -> str:
    """A number as a signed word."""
    return str(((value + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63))


def _loaded(target: ast.expr) -> ast.expr:
    """The value that an assignment's target has before."""
    match target:
        case ast.Name(id=name):
            return ast.Name(id=name, ctx=ast.Load())
        case ast.Subscript(value=value, slice=index):
            return ast.Subscript(value=value, slice=index, ctx=ast.Load())
        case _:
            raise UnsupportedError(ast.unparse(target))


def _is_flag(node: ast.expr) -> bool:
    """Whether the value of an expression is true or false, and no number."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, bool)
        case ast.IfExp(body=body, orelse=orelse):
            return _is_flag(body) and _is_flag(orelse)
        case _:
            return isinstance(node, (ast.Compare, ast.BoolOp)) or (
                isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
            )
