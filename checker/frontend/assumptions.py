"""What a model assumes of its parameters: evaluated when it is read, before anything is checked.

An assumption that is false is a mistake of whoever set the parameters, and never a violation (U025). One that looks at
the state is a mistake of the model (E206).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from checker.errors import AssumptionError, Problem
from checker.frontend.symbols import Symbols
from checker.ir import nodes as ir
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import BOOL
from checker.lang.model import Method
from checker.semantics import Interpreter, StepFailed


def looks_at_state(function: ir.Function, functions: Mapping[str, ir.Function]) -> list[Problem]:
    """Where an assumption, or a helper that it calls, looks at a state."""
    found: list[Problem] = []
    pending, seen = [function], {function.name}
    for each in pending:
        for statement in walk(each.body):
            for outer in expressions(statement):
                for inner in walk_expressions(outer):
                    if isinstance(inner, ir.Variable):
                        problem = (
                            f"{function.name!r} looks at {inner.name!r}, and an assumption is about parameters only"
                        )
                        remedy = "Say with @always what holds in every state; what holds at the start, in `init`."
                        found.append(Problem("E206", inner.span, problem, remedy))
                    elif isinstance(inner, ir.Call) and inner.function not in seen:
                        seen.add(inner.function)
                        pending.append(functions[inner.function])
    return found


def confirm(program: ir.Program, assumption: ir.Function, symbols: Symbols, method: Method) -> None:
    """Evaluate an assumption. Raises AssumptionError U025, with the parameters that it is about, if it is not true."""
    whole = replace(program, functions={**program.functions, assumption.name: assumption})
    said = ""
    try:
        if Interpreter(whole).evaluate(ir.Call(assumption.span, BOOL, assumption.name, ()), ()):
            return
    except StepFailed as failed:
        said = f": {failed.failure.message}"
    verb = "cannot be evaluated" if said else "does not hold"
    about = _about(program, symbols, method)
    shown = ", ".join(f"{name} = {program.parameter_types[name].show(program.parameters[name])}" for name in about)
    values = f" with {shown}" if shown else ""
    promise = " ".join(assumption.doc.split("\n\n")[0].split())
    remedy = f"{promise} Set other parameters." if promise else "Set parameters of which it is true."
    raise AssumptionError("U025", f"the assumption {assumption.name!r} {verb}{values}{said}", remedy, assumption.span)


def _about(program: ir.Program, symbols: Symbols, method: Method) -> list[str]:
    """The parameters that an assumption names, itself or in its helpers; all, if it names none."""
    named: set[str] = set()
    pending = [method]
    for each in pending:
        for node in ast.walk(symbols.source(each).node):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                helper = None if node.attr in named else symbols.method(node.attr)
                named.add(node.attr)
                pending += [helper] if helper is not None else []
    return [name for name in program.parameters if name in named] or list(program.parameters)
