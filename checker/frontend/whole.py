"""What is wrong with a program as a whole, when all its methods have been read. Reports E102, E206, E214 and E316."""

from __future__ import annotations

from checker.errors import Problem
from checker.frontend.model_symbols import ModelSymbols
from checker.ir import nodes as ir
from checker.ir.sizes import LARGEST_STATE, parts
from checker.lang.declare import STEPS
from checker.source import declaration

BUILT_IN_NAMES = ("no_deadlock", "no_failure", "init")


def check(compiler: ModelSymbols, program: ir.Program) -> list[Problem]:
    """A model without steps or variables, with too large a state, or with a name that evacheck gives itself."""
    found = []
    if not program.actions and not program.processes:
        remedy = "Mark a method with @action or @process."
        problem = f"{compiler.model.__name__} has no step: nothing can happen"
        found.append(Problem("E102", declaration(compiler.model), problem, remedy))
    if not program.variables:
        problem = f"{compiler.model.__name__} has no variables"
        found.append(Problem("E102", declaration(compiler.model), problem, "Declare one: `x = Var(Bool)`."))
    found += _check_size(compiler, program)
    for name in BUILT_IN_NAMES:
        method = compiler.method(name)
        if method is not None and method.mark is not None:
            source = compiler.source(method)
            remedy = "Use another name." if name != "init" else "Leave the mark out: `init` runs once, by itself."
            acts = method.mark.kind in STEPS
            problem = f"{'a step' if acts else 'a property'} cannot be called {name!r}"
            found.append(Problem("E206", source.span(source.node), problem, remedy))
    return found


def _check_size(compiler: ModelSymbols, program: ir.Program) -> list[Problem]:
    """A state that no engine could copy as often as it must. The variable that takes most is named."""
    sizes = [parts(declared.type, LARGEST_STATE) for declared in program.variables]
    if sum(sizes) <= LARGEST_STATE or compiler.read.problems:  # such as an index that is too large, said already
        return []
    largest = program.variables[sizes.index(max(sizes))]
    method = compiler.method(largest.process or "")
    source = None if method is None else compiler.source(method)
    span = declaration(compiler.model, largest.name) if source is None else source.span(source.node)
    problem = f"a state is made of more than {LARGEST_STATE:,} values, most of them in {largest.name!r}"
    return [Problem("E316", span, problem, "Use smaller types: most faults show in very small ones.")]


def check_hollow(compiler: ModelSymbols) -> list[Problem]:
    """Expressions that can have no value although nothing is wrong with them: their statements have been left out."""
    remedy = "Remove it, or put something into what it is taken from."
    problem = "this never has a value: it is taken from what is always empty"
    return [Problem("E214", span, problem, remedy) for span in compiler.read.hollow]
