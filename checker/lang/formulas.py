"""Numbers that depend on parameters: what a class body may say of a value that is fixed only for a run."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.errors import ModelError, Problem, Span
from checker.ir.types import Value
from checker.source import shown_path


def _power(base: Any, exponent: Any) -> Any:
    if exponent > 128 and abs(base) > 1:
        raise OverflowError("the number is too large")
    return base**exponent


def _left_shift(number: Any, places: Any) -> Any:
    return number * _power(2, places) if places >= 0 else number << places


OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": _power,
    "<<": _left_shift,
    ">>": operator.rshift,
}


def _called_from() -> Span | None:
    """The line of a model that has called into the language."""
    frame, ours = inspect.currentframe(), str(Path(__file__).parents[1])
    while frame is not None and frame.f_code.co_filename.startswith(ours):
        frame = frame.f_back
    return None if frame is None else Span(shown_path(frame.f_code.co_filename), frame.f_lineno, 1)


class Formula:
    """A number that depends on parameters, such as the size of a type: `Range(2 ** bits)`."""

    def value(self, parameters: Mapping[str, Value]) -> Any:
        """The number, once the parameters are known."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        raise self._undecided("true or false")

    def __index__(self) -> int:
        raise self._undecided("a number")

    def __lt__(self, other: object) -> bool:
        raise self._undecided("less or more than something")

    __le__ = __gt__ = __ge__ = __lt__

    def _undecided(self, what: str) -> ModelError:
        """Python asks in the class body what is known only in a run."""
        problem = f"while the class is read it is not known whether {self} is {what}"
        if what == "a number":
            problem = f"while the class is read it is not known which number {self} is"
        remedy = "Ask in a method: there it has its value. Sizes of types, and `symmetric`, take it as it is."
        return ModelError([Problem("E311", _called_from(), problem, remedy)])

    def __str__(self) -> str:
        return "a number made of parameters"

    def __add__(self, other: object) -> Arithmetic:
        return Arithmetic("+", self, other)

    def __radd__(self, other: object) -> Arithmetic:
        return Arithmetic("+", other, self)

    def __sub__(self, other: object) -> Arithmetic:
        return Arithmetic("-", self, other)

    def __rsub__(self, other: object) -> Arithmetic:
        return Arithmetic("-", other, self)

    def __mul__(self, other: object) -> Arithmetic:
        return Arithmetic("*", self, other)

    def __rmul__(self, other: object) -> Arithmetic:
        return Arithmetic("*", other, self)

    def __floordiv__(self, other: object) -> Arithmetic:
        return Arithmetic("//", self, other)

    def __rfloordiv__(self, other: object) -> Arithmetic:
        return Arithmetic("//", other, self)

    def __mod__(self, other: object) -> Arithmetic:
        return Arithmetic("%", self, other)

    def __rmod__(self, other: object) -> Arithmetic:
        return Arithmetic("%", other, self)

    def __neg__(self) -> Arithmetic:
        return Arithmetic("-", 0, self)

    def __pow__(self, other: object) -> Arithmetic:
        return Arithmetic("**", self, other)

    def __rpow__(self, other: object) -> Arithmetic:
        return Arithmetic("**", other, self)

    def __lshift__(self, other: object) -> Arithmetic:
        return Arithmetic("<<", self, other)

    def __rlshift__(self, other: object) -> Arithmetic:
        return Arithmetic("<<", other, self)

    def __rshift__(self, other: object) -> Arithmetic:
        return Arithmetic(">>", self, other)

    def __rrshift__(self, other: object) -> Arithmetic:
        return Arithmetic(">>", other, self)


@dataclass(frozen=True, eq=False)
class Arithmetic(Formula):
    """Arithmetic on formulas and plain numbers."""

    operator: str
    left: object
    right: object

    def value(self, parameters: Mapping[str, Value]) -> Any:
        return OPERATORS[self.operator](number(self.left, parameters), number(self.right, parameters))


class Parameter(Formula):
    """A value fixed for a run. Subclasses may give another default; formulas find it by name."""

    def __init__(self, default: Value, form: object | None) -> None:
        self.name = "?"
        self.default = default
        self.form = form

    def __set_name__(self, owner: type, name: str) -> None:
        if self.name == "?":
            self.name = name

    def __str__(self) -> str:
        return "a parameter" if self.name == "?" else f"the parameter {self.name!r}"

    def value(self, parameters: Mapping[str, Value]) -> Value:
        if self.name not in parameters:
            raise ValueError(f"the model has no parameter {self.name!r}")
        return parameters[self.name]


def number(value: object, parameters: Mapping[str, Value]) -> Any:
    """`value` itself, or what the formula gives. Raises ArithmeticError, TypeError or ValueError if that is nothing."""
    return value.value(parameters) if isinstance(value, Formula) else value
