"""What Python sees change in an argument that a helper still reads is refused (E209), because a value here is a copy.

In `self.f(self.a)` Python gives `f` the array itself; where `f` changes `self.a` in place and then reads its parameter,
it sees what it changed, and here what there was before. Judges a whole program, by the order of the text: what a loop
around both may come to later counts as later.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.errors import Problem
from checker.ir import nodes as ir
from checker.ir.analysis import root
from checker.ir.evaluation_order import Functions, has_parts, reached, roots
from checker.ir.limits import all_statements
from checker.ir.traverse import children, expressions, walk, walk_expressions


def check(program: ir.Program) -> list[Problem]:
    """Every call whose helper reads an argument after it changed, in place, the variable that was given."""
    functions = program.functions
    return [
        problem
        for statement in all_statements(program)
        for call in _calls(statement)
        for parameter, argument in zip(functions[call.function].parameters, call.arguments, strict=True)
        for name in sorted(set(roots(argument, functions)))
        for problem in _judged(call, parameter.name, name, functions)
    ]


def _judged(call: ir.Call, parameter: str, name: str, functions: Functions) -> Iterator[Problem]:
    if _read_late(functions[call.function], parameter, name, functions):
        helper, plain = call.function.partition("'")[0], parameter.partition("'")[0]
        problem = f"{helper!r} changes 'self.{name}' and then reads {plain!r}, which in Python is the same"
        remedy = "Read it before, or name a copy first, and give that: `old = set(x)`."
        yield Problem("E209", call.span, problem, remedy)


def _read_late(function: ir.Function, parameter: str, variable: str, functions: Functions) -> bool:
    """Whether a helper, given a variable as this parameter, reads the parameter after it changed the variable."""
    names = _also_called(function, parameter)
    changing = False
    for statement in walk(function.body):
        if isinstance(statement, ir.While) and _changes_in(statement.body, variable, functions):
            changing = True  # the condition of a later round reads what an earlier one changed
        for outer in expressions(statement):
            late, changing = _reads(outer, names, variable, functions, changing)
            if late:
                return True
        if isinstance(statement, ir.For) and _changes_in(statement.body, variable, functions):
            changing = True
        changing = changing or _changes_in((statement,), variable, functions, deep=False)
    return False


def _reads(
    expression: ir.Expr, names: set[str], variable: str, functions: Functions, changing: bool
) -> tuple[bool, bool]:
    """Whether an expression reads one of the names after the variable changed, which it may have before; and whether
    it has changed afterwards."""
    if isinstance(expression, ir.Local):
        return changing and expression.name in names, changing
    given = False
    for child in children(expression):
        late, changing = _reads(child, names, variable, functions, changing)
        if late:
            return True, True
    if isinstance(expression, ir.Call):
        called = functions[expression.function]
        for inner, argument in zip(called.parameters, expression.arguments, strict=True):
            if has_parts(argument.type) and _names(argument, names):
                given = given or _read_late(called, inner.name, variable, functions)
        changing = changing or _changes(called, variable, functions)
    return given, changing


def _names(expression: ir.Expr, names: set[str]) -> bool:
    return any(isinstance(each, ir.Local) and each.name in names for each in walk_expressions(expression))


def _also_called(function: ir.Function, parameter: str) -> set[str]:
    """The locals that may be, or hold, what a parameter was given."""
    names, before = {parameter}, 0
    while len(names) > before:
        before = len(names)
        for statement in walk(function.body):
            if isinstance(statement, ir.Assign) and has_parts(statement.value.type):
                goal = root(statement.target)
                read = (each for each in walk_expressions(statement.value) if isinstance(each, ir.Local))
                if isinstance(goal, ir.Local) and any(each.name in names and has_parts(each.type) for each in read):
                    names.add(goal.name)
    return names


def _changes(function: ir.Function, variable: str, functions: Functions) -> bool:
    return any(_changes_in(called.body, variable, functions) for called in reached(function, functions))


def _changes_in(body: tuple[ir.Stmt, ...], variable: str, functions: Functions, deep: bool = True) -> bool:
    """Whether statements change a variable in place, rather than give it another value."""
    for statement in walk(body) if deep else body:
        if isinstance(statement, ir.Assign):
            goal = root(statement.target)
            if isinstance(goal, ir.Variable) and goal.name == variable and _in_place(statement):
                return True
        if deep and any(_changes(functions[call.function], variable, functions) for call in _calls(statement)):
            return True
    return False


def _in_place(change: ir.Assign) -> bool:
    """Whether Python changes what there is: a part of it, or by a method, which stands where the variable does."""
    target = change.target
    return not isinstance(target, ir.Variable) or any(
        each.span == target.span for each in walk_expressions(change.value)
    )


def _calls(statement: ir.Stmt) -> Iterator[ir.Call]:
    return (each for each in _inside(statement) if isinstance(each, ir.Call))


def _inside(statement: ir.Stmt) -> Iterator[ir.Expr]:
    return (each for outer in expressions(statement) for each in walk_expressions(outer))
