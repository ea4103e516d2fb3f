"""The base class of models, and what a model's class says: its outline. Reads declarations, not code."""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar, Self
from weakref import WeakValueDictionary

from checker import HOME
from checker.errors import ModelError, Problem, Span, UsageError, did_you_mean, nearest
from checker.ir import types
from checker.ir.types import Type, Value
from checker.lang.declare import FormError, Mark, MarkKind, Variable, mark_of, resolve
from checker.lang.events import event_of
from checker.lang.formulas import Parameter
from checker.lang.renew import Renewed, renewed
from checker.source import declaration, shown_path

_MODELS: WeakValueDictionary[str, type[Model]] = WeakValueDictionary()


class Model:
    """A state machine. Subclass it; see docs/reference/language.md. `Marking(objects=2)` fixes parameters."""

    every_size: ClassVar[str] = ""  # a model that says the same with sizes left open, by its name; not inherited

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _confirm_plain(cls)
        _MODELS[model_name(cls)] = cls

    def __new__(cls, **parameters: Any) -> Self:
        """A model whose parameters are not fixed yet. Refuses what a decorator has put into the class."""
        _confirm_plain(cls)
        return super().__new__(cls)

    def __init__(self, **parameters: Any) -> None:
        self.parameters: Mapping[str, Value] = bind(type(self), parameters)

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={_show(value)}" for name, value in self.parameters.items())
        return f"{type(self).__name__}({inside})"


def _confirm_plain(model: type) -> None:
    """Refuse Python's own special methods: a model is never made, compared or called as the program runs."""
    found = [
        (name, getattr(value, "__func__", value))
        for owner in model.__mro__
        if owner not in (object, Model) and owner.__module__ not in ("typing", "abc", "enum")
        for name, value in vars(owner).items()
        if name.startswith("__") and name.endswith("__") and hasattr(getattr(value, "__func__", value), "__code__")
    ]
    problems = []
    for name, function in found:
        code = function.__code__
        span = Span(shown_path(code.co_filename), code.co_firstlineno, 1)
        made = code.co_filename.startswith("<") and not linecache.getline(code.co_filename, 1)
        remedy = "Leave @dataclass and its like out." if made else _INSTEAD.get(name, "Use another name.")
        problem = f"{model.__name__} has {name}, which has no meaning in a model"
        problems.append(Problem("E206", declaration(model) if made else span, problem, remedy))
    if problems:
        raise ModelError(problems)


_INSTEAD = {
    "__init__": "Declare variables with Var and parameters with Param; say how they start in `def init(self)`.",
}


def model_name(model: type) -> str:
    """How a model is called, and found again: `spec.gc.marking:Marking`, in a clone and where a wheel is installed."""
    module = model.__module__
    return f"{module.removeprefix(HOME) if module.startswith(f'{HOME}spec.') else module}:{model.__qualname__}"


def known_model(name: str) -> type[Model] | None:
    """The class of a model by the name that its Program bears; the last one defined, if there were several. None if it
    was not defined in this process, or is gone."""
    return _MODELS.get(name)


def _show(value: Value) -> str:
    return value.name if isinstance(value, Enum) else repr(value)


@dataclass(frozen=True)
class Method:
    """A method of a model, with the class that defines it (for `super()`). Calls of it are shown as `event` says."""

    name: str
    function: Callable[..., Any]
    owner: type
    mark: Mark | None
    event: str | None = None


@dataclass(frozen=True)
class Outline:
    """Everything that a model declares, inherited first. A name set to None in a subclass is left out."""

    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Variable]
    methods: Mapping[str, Method]

    def marked(self, *kinds: MarkKind) -> list[Method]:
        """The methods marked as one of `kinds`, in order of declaration."""
        return [method for method in self.methods.values() if method.mark is not None and method.mark.kind in kinds]


def outline(model: type[Model]) -> Outline:
    """Collect the declarations of a model. An override without a decorator keeps the mark of what it overrides."""
    parameters: dict[str, Parameter] = {}
    variables: dict[str, Variable] = {}
    methods: dict[str, Method] = {}
    for owner in reversed(model.__mro__):
        if owner in (object, Model):
            continue
        for name, value in vars(owner).items():
            table: dict[str, Any] | None = None
            declared: object = None
            if isinstance(value, Parameter):
                table, declared = parameters, value
            elif isinstance(value, Variable):
                table, declared = variables, value
            elif inspect.isfunction(value):
                before = methods.get(name)
                mark = mark_of(value) or (before.mark if before else None)
                told = event_of(value)
                told = before.event if told is None and before else told
                table, declared = methods, Method(name, value, owner, mark, told)
            elif name in parameters and value is not None:
                table, declared = parameters, _with_default(parameters[name], value)
            for other in (parameters, variables, methods):
                if other is not table:
                    other.pop(name, None)  # left out, or something else from here on
            if table is not None:
                table[name] = declared
    means = renewed(model)
    return Outline({name: _with_form(each, means) for name, each in parameters.items()}, variables, methods)


def _with_default(parameter: Parameter, default: Value) -> Parameter:
    """The parameter as a subclass sets it: `objects = 4`."""
    changed = Parameter(default, parameter.form)
    changed.name = parameter.name
    return changed


def _with_form(parameter: Parameter, means: Renewed) -> Parameter:
    """The parameter with the type that a subclass may have declared anew."""
    form = means.of(parameter.form)
    if form is parameter.form:
        return parameter
    changed = Parameter(parameter.default, form)
    changed.name = parameter.name
    return changed


def mro_method(model: type[Model], name: str, after: type) -> Method | None:
    """What `super().name` means inside a method that class `after` defines."""
    order = model.__mro__
    parents = [owner for owner in order[order.index(after) + 1 :] if owner not in (object, Model)]
    owner = next((owner for owner in parents if name in vars(owner)), None)
    value = None if owner is None else vars(owner)[name]
    return Method(name, value, owner, mark_of(value)) if owner is not None and inspect.isfunction(value) else None


def parameter_type(parameter: Parameter, values: Mapping[str, Value]) -> Type:
    """What a parameter may be set to. Without a declared type: any bool, any member of its enum, any int >= 0."""
    if parameter.form is not None:
        return resolve(parameter.form, values)
    default = parameter.default
    if isinstance(default, bool):
        return types.BOOL
    if isinstance(default, Enum):
        return resolve(type(default), values)
    if isinstance(default, int):
        return types.IntType(min(0, default), (1 << 61) - 1)
    shown = repr(default)
    shown = shown if len(shown) <= 100 else f"{shown[:60]}...{shown[-30:]}"
    problem = f"parameter {parameter.name!r} has the default {shown}"
    raise ModelError([Problem("E301", None, problem, "Give it an integer, a bool or an enum member.")])


def bind(model: type[Model], given: Mapping[str, object]) -> dict[str, Value]:
    """The values of all parameters. Raises UsageError for an unknown name (U002) or a value outside its type (U004)."""
    declared = outline(model).parameters
    for name in given:
        if name not in declared:
            remedy = did_you_mean(nearest(name, declared), f"It has: {', '.join(declared) or 'none'}.")
            raise UsageError("U002", f"{model.__name__} has no parameter {name!r}", remedy)
    values = {name: given.get(name, parameter.default) for name, parameter in declared.items()}
    for name, parameter in declared.items():
        try:
            kind = parameter_type(parameter, values)
        except ModelError as error:
            raise placed(model, name, error) from None
        if not kind.contains(values[name]):
            raise UsageError(
                "U004", f"{name} = {_show(values[name])} is outside its type", f"It takes {describe(kind)}."
            )
    return values


def placed(model: type, name: str | None, error: ModelError, elsewhere: Span | None = None) -> ModelError:
    """The same mistakes with the place where the class declares the type at fault; or else `elsewhere`, or `name`."""
    at_fault = error.name if isinstance(error, FormError) and error.name in dir(model) else None
    span = elsewhere if at_fault is None and elsewhere is not None else declaration(model, at_fault or name)
    return ModelError(replace(problem, span=problem.span or span) for problem in error.problems)


def describe(kind: Type) -> str:
    """A parameter's type in words."""
    match kind:
        case types.BoolType():
            return "true or false"
        case types.IntType(lo=low, hi=high) if high >= 1 << 60:
            return f"an integer from {low}"
        case types.IntType(lo=low, hi=high):
            return f"an integer from {low} to {high}"
        case types.EnumType():
            return "one of " + ", ".join(kind.show(member) for member in kind.members)
    return str(kind)


def _member_called(kind: types.EnumType, text: str) -> Enum | None:
    """The member that a text means: by its name, else by its name or value in whatever letters."""
    members = [each for each in kind.members if isinstance(each, Enum)]
    exactly = [each for each in members if each.name == text]
    by_name = [each for each in members if each.name.lower() == text.lower()]
    by_value = [each for each in members if str(each.value).lower() == text.lower()]
    return next(iter((*exactly, *by_name, *by_value)), None)


def parse_parameter(model: type[Model], name: str, text: str) -> Value:
    """The value that `--set name=text` means. Raises UsageError (U002, U004) with the nearest match."""
    declared = outline(model).parameters
    if name not in declared:
        bind(model, {name: text})
    kind = parameter_type(declared[name], {key: parameter.default for key, parameter in declared.items()})
    match kind:
        case types.BoolType() if text.lower() in ("true", "false", "1", "0", "yes", "no", "on", "off"):
            return text.lower() in ("true", "1", "yes", "on")
        case types.IntType() if re.fullmatch("-?[0-9]{1,30}", text):
            return int(text)
        case types.EnumType():
            member = _member_called(kind, text)
            if member is not None:
                return member
            names = [kind.show(member).lower() for member in kind.members]
            near, takes = nearest(text.lower(), names), f"It takes {describe(kind)}."
            remedy = takes if near is None else f"{did_you_mean(near, '')} {takes}"
            raise UsageError("U004", f"{name} = {text!r} is outside its type", remedy)
    raise UsageError("U004", f"{name} = {text!r} is outside its type", f"It takes {describe(kind)}.")
