"""The model that another implements: its parameters, and the program that it means. Reads no method of either.

Its properties, constraints and fairness are left out: what counts is where it begins and what its steps are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from checker.errors import AssumptionError, ModelError, Problem, UsageError, did_you_mean, nearest
from checker.frontend.model_symbols import ModelSymbols
from checker.ir import arguments, evaluation_order, limits, symmetry
from checker.ir.nodes import Program
from checker.ir.pairs import mappings, paired
from checker.ir.types import SymType, leaves
from checker.lang.formulas import Formula
from checker.lang.model import Method, Model, outline


def abstract_program(symbols: ModelSymbols, method: Method, compile_: Callable[[Model], Program]) -> Program | None:
    """The program that a method which is marked `@implements` gives a state of; None if that cannot be: then it has
    been said why."""
    assert method.mark is not None and method.mark.abstract is not None
    try:
        found = _compiled(symbols, method.mark.abstract, method.mark.given, compile_)
    except ModelError as error:
        symbols.read.problems.extend(error.problems)
        return None
    if isinstance(found, Program):
        return replace(found, properties=(), steps=(), temporal=(), ranks=(), fairness={}, abstract={})
    source = symbols.source(method)
    code, problem, remedy = found
    symbols.read.problems.append(Problem(code, source.span(source.node), problem, remedy))
    return None


def _compiled(
    symbols: ModelSymbols, model: type, given: Mapping[str, object], compile_: Callable[[Model], Program]
) -> Program | tuple[str, str, str]:
    """The program of the model that is implemented; or a code, what is wrong, and its remedy."""
    name = model.__name__
    if not issubclass(model, Model) or model is Model:
        return "E206", f"@implements takes a model, and {name} is none", "Name a class that inherits from Model."
    known = outline(model).parameters
    unknown = next((each for each in given if each not in known), None)
    if unknown is not None:
        remedy = did_you_mean(nearest(unknown, known), f"It has: {', '.join(known) or 'none'}.")
        return "E206", f"{name} has no parameter {unknown!r}", remedy
    try:
        program = compile_(model(**_given(symbols, given, known)))
    except AssumptionError:
        raise
    except UsageError as error:
        return "E206", f"{name} cannot be had so: {error.problem.problem}", error.problem.remedy
    alike = next((leaf for each in program.variables for leaf in leaves(each.type) if isinstance(leaf, SymType)), None)
    if alike is not None:
        remedy = f"Leave `symmetric=True` out of {alike.name} in {name}, or implement a subclass that declares it anew."
        return "E407", f"{name} has a symmetric type, {alike.name}: a state of it cannot be given", remedy
    return program


def _given(symbols: ModelSymbols, given: Mapping[str, object], known: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the model that is implemented: as written, or else the model's own of the same name."""
    written = {name: symbols.parameter_value(value) for name, value in given.items()}
    own = {name: value for name, value in symbols.parameters.items() if name in known}
    return {**own, **{name: str(value) if isinstance(value, Formula) else value for name, value in written.items()}}


def check_steps(program: Program, symmetric: bool) -> list[Problem]:
    """What is wrong in the code of properties of steps, of which no other check sees anything."""
    found: list[Problem] = []
    for part in (paired(program), mappings(program)):
        if part.properties:
            found += [*evaluation_order.check(part), *arguments.check(part), *limits.check(part)]
            found += symmetry.check_code(part) if symmetric else []
    return found
