"""Models from text: compile them, run them with the reference interpreter, or collect what the front end says."""

from __future__ import annotations

import itertools
import linecache
import textwrap
from typing import Any

from checker.errors import ModelError, Problem
from checker.frontend.compile import compile_program
from checker.ir import nodes as ir
from checker.lang import Model
from checker.semantics import Interpreter, State, StepFailed, Transition

PRELUDE = """\
from enum import Enum
from checker.lang import *
class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3
"""
"""What stands before every model of `model`, on lines of its own that messages do not count."""

_numbers = itertools.count()


def model(source: str, **names: Any) -> type[Model]:
    """The last model class that `source` defines, after PRELUDE. Line 1 is the first line of `source`."""
    return module(source, **names)[-1]


def registered(text: str, file: str) -> tuple[str, str, str]:
    """What `compile` takes to compile a text as a file, which the front end can then read."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return text, file, "exec"


def module(source: str, **names: Any) -> list[type[Model]]:
    """All model classes that `source` defines, in order. Its file is called `model.py` in messages."""
    space: dict[str, Any] = {"__name__": "model", **names}
    exec(PRELUDE, space)
    before = set(space)
    exec(compile(*registered(textwrap.dedent(source).strip("\n") + "\n", f"<model {next(_numbers)}>")), space)
    made = [value for name, value in space.items() if name not in before]
    return [value for value in made if isinstance(value, type) and issubclass(value, Model)]


def program(source: str, /, **parameters: Any) -> ir.Program:
    """The program that the last model of `source` means."""
    return compile_program(model(source)(**parameters))


def problems(source: str, /, **parameters: Any) -> list[Problem]:
    """What the front end has to say about the last model of `source`; [] if it compiles."""
    try:
        program(source, **parameters)
    except ModelError as error:
        return list(error.problems)
    return []


def said(source: str, /, **parameters: Any) -> str:
    """The whole text of all messages about the last model of `source`, with `model.py` for its file."""
    lines = []
    for problem in problems(source, **parameters):
        place = f"model.py:{problem.span.line}:{problem.span.column}: " if problem.span else ""
        lines += [f"{place}{problem.code} {problem.problem}", f"    {problem.remedy}"]
    return "\n".join(lines)


def body(text: str, variables: str = "x = Var(Range(0, 9))", extra: str = "") -> str:
    """A model with one action whose body is `text`. With one variable and no `extra`, `text` begins on line 5."""
    inside = textwrap.indent(textwrap.dedent(variables).strip("\n"), "    ")
    more = textwrap.indent(textwrap.dedent(extra).strip("\n"), "    ") + "\n" if extra else ""
    text = textwrap.indent(textwrap.dedent(text).strip("\n"), "        ")
    return f"class M(Model):\n{inside}\n{more}    @action\n    def step(self):\n{text}\n"


def first_steps(source: str, /, **parameters: Any) -> list[Transition]:
    """Every step from the one initial state of the last model of `source`."""
    interpreter = Interpreter(program(source, **parameters))
    (initial,) = interpreter.initial()
    assert initial.state is not None
    return list(interpreter.successors(initial.state))


def after(source: str, /, **parameters: Any) -> set[State]:
    """The states that one step from the one initial state leads to. No step may fail."""
    found = set()
    for transition in first_steps(source, **parameters):
        assert transition.failure is None, transition.failure
        found.add(transition.state)
    return found  # type: ignore[return-value]


def failures(source: str, /, **parameters: Any) -> list[str]:
    """The messages of the steps from the one initial state that fail."""
    return [step.failure.message for step in first_steps(source, **parameters) if step.failure is not None]


def reachable(compiled: ir.Program) -> set[State]:
    """Every state. No step may fail."""
    interpreter = Interpreter(compiled)
    seen: set[State] = set()
    todo = [transition.state for transition in interpreter.initial()]
    while todo:
        state = todo.pop()
        assert state is not None
        if state not in seen:
            seen.add(state)
            todo.extend(transition.state for transition in interpreter.successors(state))
    return seen


def named(compiled: ir.Program, state: State) -> dict[str, Any]:
    """A state by the names of its variables."""
    return {declared.name: value for declared, value in zip(compiled.variables, state, strict=True)}


def run_some(compiled: ir.Program) -> None:
    """Some states of a program, each of which must belong to its types."""
    interpreter = Interpreter(compiled)
    kinds = [declared.type for declared in compiled.variables]
    found = [step.state for step in itertools.islice(interpreter.initial(), 5) if step.state is not None]
    for state in found[:2]:
        after = itertools.islice(interpreter.successors(state), 8)
        found += [step.state for step in after if step.state is not None]
    for state in found:
        assert all(kind.contains(value) for kind, value in zip(kinds, state, strict=True))
        for prop in compiled.properties:
            try:
                assert isinstance(interpreter.holds(prop.name, state), bool)
            except StepFailed as failed:
                assert failed.failure.message
