"""A `@step` property is a predicate on two states: here is a program of pairs of states, of which it is any property.

In the function of a `@step` a variable `x` of the state before the step is called `before/x`, and a helper that is
called on that state `before/helper`. In the program of pairs the variables are those of the state after the step, then
those of the state before; a helper that is called on the state before stands in it once more, reading these. It has no
steps of its own: a pair is made by whoever sees a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from checker.ir import nodes as ir
from checker.ir.nodes import BEFORE, Declared, Function, Program
from checker.ir.property_kind import PropertyKind
from checker.ir.traverse import expressions, walk, walk_expressions


@lru_cache(maxsize=64)
def _paired(held: _Held) -> Program:
    program = held.program
    now = tuple(Declared(each.name, each.type) for each in program.variables)
    then = tuple(Declared(BEFORE + each.name, each.type) for each in program.variables)
    of_steps = tuple(each for each in program.steps if each.kind is PropertyKind.STEP)
    functions = with_earlier(program.functions, (each.function for each in of_steps))
    return replace(
        program,
        variables=(*now, *then),
        functions=functions,
        init=None,
        actions=(),
        processes=(),
        properties=of_steps,
        temporal=(),
        ranks=(),
        fairness={},
        steps=(),
        abstract={},
    )


class _Held:
    """A program as a key that is told from others by what it is, not by what it says: programs hold no hash."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.program is self.program

    def __hash__(self) -> int:
        return id(self.program)


def paired(program: Program) -> Program:
    """The program of pairs of states: the state after a step, then the state before it."""
    return _paired(_Held(program))


def mappings(program: Program) -> Program:
    """The program with its IMPLEMENTS properties alone, as any properties of states: what stands in their functions."""
    mapping = tuple(each for each in program.steps if each.kind is PropertyKind.IMPLEMENTS)
    plain = replace(program, init=None, actions=(), processes=(), temporal=(), fairness={}, steps=(), abstract={})
    return replace(plain, properties=mapping)


def with_earlier(functions: Mapping[str, Function], roots: Iterable[Function]) -> dict[str, Function]:
    """The helpers, and those that `roots` call on the state before, each after what it calls."""
    found = dict(functions)

    def add(name: str) -> None:
        if name in found:
            return
        plain = functions[name.removeprefix(BEFORE)]
        for called in _called(plain):
            add(BEFORE + called)
        found[name] = replace(_earlier(plain), name=name)

    for root in roots:
        for called in _called(root):
            if called.startswith(BEFORE):
                add(called)
    return found


def _called(function: Function) -> list[str]:
    """The helpers that a function calls itself."""
    return [
        inner.function
        for statement in walk(function.body)
        for outer in expressions(statement)
        for inner in walk_expressions(outer)
        if isinstance(inner, ir.Call)
    ]


def _earlier(part: Any) -> Any:
    """A part of the IR, with every variable and helper that of the state before."""
    match part:
        case ir.Variable(name=name):
            return replace(part, name=BEFORE + name)
        case ir.Call(function=function, arguments=arguments):
            return replace(part, function=BEFORE + function, arguments=_earlier(arguments))
        case ir.Const():
            return part
        case tuple():
            return tuple(map(_earlier, part))
        case ir.Node() | ir.Generator() | Function() if is_dataclass(part):
            return replace(part, **{each.name: _earlier(getattr(part, each.name)) for each in fields(part)})
    return part
