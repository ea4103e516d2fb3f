"""What a model's class body is made of: parameters, types, variables, and the marks on its methods.

Nothing here has a meaning of its own; `checker.lang.outline` collects it and the front end compiles it. The functions
that a model calls return `Any`, so that `self.stack[g]` reads and type-checks as ordinary Python.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from checker.errors import ModelError, Problem
from checker.lang import types
from checker.lang.types import Type, Value

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<<": operator.lshift,
    ">>": operator.rshift,
}


class Formula:
    """A number that depends on parameters, such as the size of a type: `Range(2 ** bits)`."""

    def value(self, parameters: Mapping[str, Value]) -> Any:
        """The number, once the parameters are known."""
        raise NotImplementedError

    def __add__(self, other: object) -> Operation:
        return Operation("+", self, other)

    def __radd__(self, other: object) -> Operation:
        return Operation("+", other, self)

    def __sub__(self, other: object) -> Operation:
        return Operation("-", self, other)

    def __rsub__(self, other: object) -> Operation:
        return Operation("-", other, self)

    def __mul__(self, other: object) -> Operation:
        return Operation("*", self, other)

    def __rmul__(self, other: object) -> Operation:
        return Operation("*", other, self)

    def __floordiv__(self, other: object) -> Operation:
        return Operation("//", self, other)

    def __mod__(self, other: object) -> Operation:
        return Operation("%", self, other)

    def __pow__(self, other: object) -> Operation:
        return Operation("**", self, other)

    def __rpow__(self, other: object) -> Operation:
        return Operation("**", other, self)

    def __lshift__(self, other: object) -> Operation:
        return Operation("<<", self, other)

    def __rlshift__(self, other: object) -> Operation:
        return Operation("<<", other, self)

    def __rshift__(self, other: object) -> Operation:
        return Operation(">>", self, other)


@dataclass(frozen=True, eq=False)
class Operation(Formula):
    """Arithmetic on formulas and plain numbers."""

    operator: str
    left: object
    right: object

    def value(self, parameters: Mapping[str, Value]) -> Any:
        return _OPERATORS[self.operator](number(self.left, parameters), number(self.right, parameters))


class Parameter(Formula):
    """A value fixed for a run. Subclasses may give another default; formulas find it by name."""

    def __init__(self, default: Value, form: object | None) -> None:
        self.name = "?"
        self.default = default
        self.form = form

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def value(self, parameters: Mapping[str, Value]) -> Value:
        return parameters[self.name]


def number(value: object, parameters: Mapping[str, Value]) -> Any:
    """`value` itself, or what the formula gives."""
    return value.value(parameters) if isinstance(value, Formula) else value


class Form:
    """A type as written, whose sizes may depend on parameters."""

    name: str | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name is None:
            self.name = name

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        """The type, once the parameters are known. Raises ModelError (E31x) if there is none such."""
        raise NotImplementedError


def _refuse(code: str, problem: str, remedy: str) -> ModelError:
    return ModelError([Problem(code, None, problem, remedy)])


def resolve(form: object, parameters: Mapping[str, Value]) -> Type:
    """The type that `form` stands for: a Form, an Enum class, `bool`, or a Type already."""
    if isinstance(form, Form):
        return form.resolve(parameters)
    if isinstance(form, Type):
        return form
    if form is bool:
        return types.BOOL
    if isinstance(form, type) and issubclass(form, Enum):
        return types.EnumType(form.__name__, tuple(form))
    raise _refuse(
        "E310", f"{form!r} is not a type", "Use Bool, Range, an Enum class, Opt, Array, SetOf, Record or Seq."
    )


def is_form(value: object) -> bool:
    """Whether `value` can stand where a type is expected."""
    return isinstance(value, (Form, Type)) or value is bool or (isinstance(value, type) and issubclass(value, Enum))


class BoolForm(Form):
    name = "Bool"

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        return types.BOOL


@dataclass(eq=False)
class RangeForm(Form):
    low: object
    high: object
    symmetric: bool
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        low, high = number(self.low, parameters), number(self.high, parameters)
        if not isinstance(low, int) or not isinstance(high, int):
            raise _refuse("E311", f"the bounds of {self.name or 'a Range'} are not integers", "Give integers.")
        if high < low:
            raise _refuse(
                "E311", f"{self.name or 'a Range'} would be empty: {low}..{high}", "Give it a value at least."
            )
        if max(abs(low), abs(high)) >= 1 << 61:
            raise _refuse("E311", f"{self.name or 'a Range'} does not fit in 62 bits", "Make it smaller.")
        if self.symmetric:
            return types.SymType(self.name or "Range", high - low + 1)
        return types.IntType(low, high)


@dataclass(eq=False)
class OptForm(Form):
    item: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        return types.opt(resolve(self.item, parameters))


@dataclass(eq=False)
class ArrayForm(Form):
    index: object
    item: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        index = resolve(self.index, parameters)
        if not types.is_scalar(index) or index.size > 1 << 16:
            raise _refuse("E312", f"{index} cannot index an array", "Use a Range, an Enum, Bool or Opt of one.")
        return types.ArrayType(index, resolve(self.item, parameters))


@dataclass(eq=False)
class SetForm(Form):
    item: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        item = resolve(self.item, parameters)
        if item.size > 4096:
            raise _refuse(
                "E313", f"a set of {item} could have {item.size:,} members", "At most 4,096: use smaller types."
            )
        return types.SetType(item)


@dataclass(eq=False)
class SeqForm(Form):
    item: object
    capacity: object
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        capacity = number(self.capacity, parameters)
        if not isinstance(capacity, int) or not 0 < capacity <= 1 << 12:
            raise _refuse("E314", f"a sequence cannot hold {capacity} items", "Give Seq(T, max) an integer 1..4096.")
        return types.SeqType(resolve(self.item, parameters), capacity)


@dataclass(eq=False)
class RecordForm(Form):
    fields: Mapping[str, object]
    name: str | None = None

    def resolve(self, parameters: Mapping[str, Value]) -> Type:
        fields = tuple((name, resolve(form, parameters)) for name, form in self.fields.items())
        return types.RecordType(self.name or "Record", fields)


@dataclass(eq=False)
class Variable:
    """A variable of the state, as declared."""

    form: object
    name: str = "?"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name


class MarkKind(StrEnum):
    """What a marked method is."""

    ACTION = "action"
    PROCESS = "process"
    ALWAYS = "always"
    SOMETIMES = "sometimes"
    FINAL = "final"


@dataclass(frozen=True)
class Mark:
    kind: MarkKind
    index: object | None = None


Method = Callable[..., Any]


def _mark(method: Method, mark: Mark) -> Method:
    method.__dict__["__evacheck_mark__"] = mark
    return method


def mark_of(method: object) -> Mark | None:
    """The mark that a decorator left on a method."""
    return getattr(method, "__evacheck_mark__", None)


# What a model writes. Capital letters because they read as types.


def Param(default: Any, form: Any = None) -> Any:  # noqa: N802
    """A value fixed for a run: an int, a bool or an enum member. `form`, a type, limits what it may be set to."""
    return Parameter(default, form)


def Var(form: Any) -> Any:  # noqa: N802
    """A variable of the state. Before `init` it holds its type's default: lowest, False, first, None, empty."""
    return Variable(form)


def Range(low: Any, high: Any = None, *, symmetric: bool = False) -> Any:  # noqa: N802
    """`Range(n)`: 0 .. n-1. `Range(lo, hi)`: lo .. hi, both included. `symmetric`: members are interchangeable."""
    return RangeForm(0, low - 1, symmetric) if high is None else RangeForm(low, high, symmetric)


def Opt(item: Any) -> Any:  # noqa: N802
    """None, or a value of `item`."""
    return OptForm(item)


def Array(index: Any, item: Any) -> Any:  # noqa: N802
    """An `item` for every value of `index`."""
    return ArrayForm(index, item)


def SetOf(item: Any) -> Any:  # noqa: N802
    """Any subset of `item`'s values."""
    return SetForm(item)


def Seq(item: Any, capacity: Any) -> Any:  # noqa: N802
    """At most `capacity` items in order."""
    return SeqForm(item, capacity)


def Record(**fields: Any) -> Any:  # noqa: N802
    """Named fields: `Cell = Record(key=Key, value=Value)`, then `self.Cell(key=1, value=2)`."""
    return RecordForm(fields)


Bool: Any = BoolForm()


def action(method: Method) -> Method:
    """A step: the method, whole and atomic, for any arguments of the annotated types."""
    return _mark(method, Mark(MarkKind.ACTION))


def process(index: Any = None) -> Any:
    """Sequential code: each stretch from one `yield` to the next is a step. `@process` or `@process(Goroutine)`."""
    if callable(index) and not is_form(index) and not isinstance(index, Formula):
        return _mark(index, Mark(MarkKind.PROCESS))
    return lambda method: _mark(method, Mark(MarkKind.PROCESS, index))


def always(method: Method) -> Method:
    """Must hold in every reachable state."""
    return _mark(method, Mark(MarkKind.ALWAYS))


def sometimes(method: Method) -> Method:
    """Must hold in some reachable state."""
    return _mark(method, Mark(MarkKind.SOMETIMES))


def final(method: Method) -> Method:
    """States in which it is right that nothing more can happen: no deadlock."""
    return _mark(method, Mark(MarkKind.FINAL))


def choose(domain: Any) -> Any:
    """Any value of a type, or member of a set. Choosing from nothing makes the step impossible."""
    raise NotImplementedError("choose is compiled, not called: check the model with `evacheck verify`")


def require(condition: Any) -> None:
    """Makes the whole step impossible when the condition is false."""
    raise NotImplementedError("require is compiled, not called: check the model with `evacheck verify`")
