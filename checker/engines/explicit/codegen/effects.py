"""What a function or a segment of a process can do: which variables it reads and writes, whether it can end the step
early, whether it chooses. Bounds from above, found without running anything: what is not listed cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checker.ir import nodes as ir
from checker.ir.analysis import can_fail, root
from checker.ir.nodes import Expr, Function, Program, Stmt
from checker.ir.traverse import conditions, expressions, walk, walk_expressions
from checker.ir.types import ArrayType


@dataclass(frozen=True, slots=True)
class Effects:
    """`items` are the variables written only at an index that is a parameter: (variable, parameter). `stops` says that
    the step may fail or turn out impossible in there."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    items: frozenset[tuple[str, str]] = frozenset()
    stops: bool = False
    chooses: bool = False

    @property
    def changes(self) -> bool:
        """Whether it can change the state at all."""
        return bool(self.writes or self.items)


@dataclass
class _Collector:
    """Adds up what statements do; `fixed` are the parameters that nothing assigns."""

    known: Mapping[str, Effects]
    fixed: frozenset[str]
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    items: set[tuple[str, str]] = field(default_factory=set)
    stops: bool = False
    chooses: bool = False

    def statements(self, body: Iterable[Stmt]) -> None:
        for statement in walk(tuple(body)):
            match statement:
                case ir.Require() | ir.Assert() | ir.While():
                    self.stops = True
                case ir.Assign(target=target):
                    self._target(target)
            for expression in expressions(statement):
                self.expression(expression)

    def expression(self, expression: Expr) -> None:
        for node in walk_expressions(expression):
            match node:
                case ir.Variable(name=name):
                    self.reads.add(name)
                case ir.Choose():
                    self.stops = self.chooses = True
                case ir.Call(function=function):
                    self._call(self.known[function])
            self.stops = self.stops or can_fail(node)

    def _call(self, effects: Effects) -> None:
        self.reads |= effects.reads
        self.writes |= effects.writes | {variable for variable, _ in effects.items}
        self.stops = self.stops or effects.stops
        self.chooses = self.chooses or effects.chooses

    def _target(self, target: Expr) -> None:
        match target:
            case ir.Variable(name=name):
                self.writes.add(name)
            case ir.Index(base=ir.Variable(name=name, type=ArrayType()), index=ir.Local(name=index)) if (
                index in self.fixed
            ):
                self.items.add((name, index))
            case ir.Index(base=base) | ir.Attribute(base=base):
                self._target(base)

    def result(self) -> Effects:
        """The sum; a variable that is written as a whole somewhere counts as written whole."""
        items = frozenset(item for item in self.items if item[0] not in self.writes)
        return Effects(frozenset(self.reads), frozenset(self.writes), items, self.stops, self.chooses)


def assigned(body: Iterable[Stmt]) -> frozenset[str]:
    """The locals that statements assign, loop variables included."""
    names: set[str] = set()
    for statement in walk(tuple(body)):
        if isinstance(statement, ir.For):
            names.add(statement.generator.variable)
        if isinstance(statement, ir.Assign):
            target = root(statement.target)
            if isinstance(target, ir.Local):
                names.add(target.name)
    return frozenset(names)


def of_function(function: Function, known: Mapping[str, Effects]) -> Effects:
    """What a function does, given what the helpers do that it calls."""
    fixed = frozenset(parameter.name for parameter in function.parameters) - assigned(function.body)
    collector = _Collector(known, fixed)
    collector.statements(function.body)
    return collector.result()


def of_blocks(
    blocks: Iterable[ir.Block], fixed: frozenset[str], known: Mapping[str, Effects], touched: Iterable[str]
) -> Effects:
    """What a segment of a process does that runs through `blocks`, and also writes `touched` for its own instance;
    `fixed` is the index of the process, unless something assigns it."""
    collector = _Collector(known, fixed)
    for block in blocks:
        collector.statements(block.body)
        for condition in conditions(block.end):
            collector.expression(condition)
    for variable in touched:
        if fixed:
            collector.items.update((variable, index) for index in fixed)
        else:
            collector.writes.add(variable)
    return collector.result()


def either(several: Iterable[Effects]) -> Effects:
    """What one of several can do."""
    found = list(several)
    return Effects(
        frozenset().union(*(each.reads for each in found)),
        frozenset().union(*(each.writes for each in found)),
        frozenset().union(*(each.items for each in found)),
        any(each.stops for each in found),
        any(each.chooses for each in found),
    )


def of_helpers(program: Program) -> dict[str, Effects]:
    """What each helper does. Callees come before their callers in the result; there is no recursion."""
    known: dict[str, Effects] = {}

    def visit(name: str) -> None:
        if name in known:
            return
        function = program.functions[name]
        for statement in walk(function.body):
            for expression in expressions(statement):
                for node in walk_expressions(expression):
                    if isinstance(node, ir.Call):
                        visit(node.function)
        known[name] = of_function(function, known)

    for name in program.functions:
        visit(name)
    return known


def of_body(body: Iterable[Stmt], known: Mapping[str, Effects]) -> Effects:
    """What some statements do."""
    collector = _Collector(known, frozenset())
    collector.statements(body)
    return collector.result()
