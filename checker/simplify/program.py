"""A whole program made simpler, helpers before what calls them. Decides nothing about expressions or statements."""

from __future__ import annotations

from dataclasses import replace

from checker.ir import nodes as ir
from checker.ir.evaluation_order import changed
from checker.ir.nodes import Function, Process, Program
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.simplify.expressions import SMALL, Inline
from checker.simplify.facts import Facts, Looks, Values, size
from checker.simplify.statements import Statements


def simplified(program: Program) -> Program:
    """A program with the same behaviours: from each state the same steps, with the same choices, to the same states or
    the same failures; and the same values of properties. Its text is another, so that what people read, and what
    judges a trace, goes on with the plain one."""
    return _Simplifier(program).program()


class _Simplifier:
    def __init__(self, program: Program) -> None:
        self.plain = program
        self.changes = {name: frozenset(changed(each, program.functions)) for name, each in program.functions.items()}
        self.functions: dict[str, Function] = {}
        self.inlines: dict[str, Inline] = {}
        self.returns: dict[str, Values] = {}
        self.looks = Looks(self.changes, self.returns)

    def program(self) -> Program:
        """The simpler program."""
        plain = self.plain
        for name in plain.functions:
            self._helper(name)
        init = None if plain.init is None else self._function(plain.init)
        actions = tuple(map(self._function, plain.actions))
        processes = tuple(map(self._process, plain.processes))
        properties = tuple(replace(each, function=self._function(each.function)) for each in plain.properties)
        return replace(
            plain, functions=self.functions, init=init, actions=actions, processes=processes, properties=properties
        )

    def _helper(self, name: str) -> None:
        """A helper, after those that it calls: there is no recursion."""
        if name in self.functions:
            return
        plain = self.plain.functions[name]
        for called in _called(plain):
            self._helper(called)
        rewriting = self._rewriting()
        self.functions[name] = new = _over(plain, rewriting.body(plain.body))
        self.returns[name] = rewriting.returned if rewriting.facts.dead else None
        match new.body:
            case (ir.Return(value=value),) if value is not None and self._is_small(value) and value.type == new.returns:
                self.inlines[name] = Inline(tuple(each.name for each in new.parameters), value)

    def _is_small(self, value: ir.Expr) -> bool:
        """Whether a helper that is this expression takes the place of its calls."""
        loops = any(isinstance(each, ir.Comprehension) for each in walk_expressions(value))
        return self.looks.is_free(value) and not loops and size(value) <= SMALL

    def _function(self, function: Function) -> Function:
        return _over(function, self._rewriting().body(function.body))

    def _process(self, process: Process) -> Process:
        return replace(process, blocks=self._rewriting().blocks(process))

    def _rewriting(self) -> Statements:
        return Statements(Facts(self.looks), self.inlines)


def _called(function: Function) -> list[str]:
    return [
        each.function
        for statement in walk(function.body)
        for outer in expressions(statement)
        for each in walk_expressions(outer)
        if isinstance(each, ir.Call)
    ]


def _over(function: Function, body: tuple[ir.Stmt, ...]) -> Function:
    """The function with another body, and the locals that it still mentions."""
    names = {parameter.name for parameter in function.parameters}
    for statement in walk(body):
        if isinstance(statement, ir.For):
            names.add(statement.generator.variable)
        for outer in expressions(statement):
            for each in walk_expressions(outer):
                if isinstance(each, ir.Local):
                    names.add(each.name)
                elif isinstance(each, ir.Comprehension):
                    names |= {generator.variable for generator in each.generators}
    return replace(function, body=body, locals={name: each for name, each in function.locals.items() if name in names})
