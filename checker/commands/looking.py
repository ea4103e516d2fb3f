"""What an editor shows of a file of models: mistakes, types, verdicts. Read in a process of its own, which is ended
when it takes too long: a model is Python that runs. Knows no editor.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from checker.check import check, engine, select
from checker.contract.task import Budget, Task
from checker.contract.wording import wording
from checker.errors import EvacheckError, ModelError, Problem, Span, UsageError
from checker.frontend.load import compile_model, models_of, module_named
from checker.ir.nodes import Program, Property, Role, Temporal
from checker.ir.types import ArrayType
from checker.lang.model import Model
from checker.source import declaration

Answer = TypeVar("Answer")

READING_SECONDS = 10.0
"""Seconds in which a file must have been read."""

_IMPORTS = re.compile(r"^\s*(?:from|import)\s+(?:evacheck|checker\.lang|spec)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A refusal: its place, lines and columns counted from 1, its code, and what it says."""

    line: int
    column: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A model of the file: its name and line, what is known of names in its class, and the lines of its properties."""

    name: str
    line: int
    names: dict[str, str] = field(default_factory=dict)
    properties: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of a file."""

    mistakes: tuple[Mistake, ...] = ()
    models: tuple[Outline, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdict on each property of a model, in words, and the states visited; or why there is none."""

    verdicts: dict[str, str] = field(default_factory=dict)
    states: int = 0
    problem: str = ""


def has_models(text: str) -> bool:
    """Whether a file imports what models are written with. Only then it is run: most Python in an editor is none."""
    return _IMPORTS.search(text) is not None


def look(path: Path) -> Looked:
    """Read a file, in a process of its own."""
    ended = Looked((Mistake(1, 1, "U026", f"The file was not read in {READING_SECONDS:.0f} s."),))
    return apart(_look, (path,), READING_SECONDS, ended)


def judge(path: Path, name: str, seconds: float) -> Decided:
    """Decide a model of a file, in a process of its own, within so many seconds."""
    ended = Decided(problem=f"no end in {seconds:.0f} s")
    return apart(_judge, (path, name, seconds), seconds + READING_SECONDS, ended)


def apart(work: Callable[..., Answer], arguments: tuple[Any, ...], seconds: float, ended: Answer) -> Answer:
    """What some work comes to in a process of its own; `ended` if that takes longer, or dies."""
    context: Any = get_context("forkserver" if hasattr(os, "fork") else "spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        found: Answer = ours.recv() if ours.poll(seconds) else ended
    except EOFError:
        found = ended
    process.kill()
    process.join()
    return found


def _work(pipe: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    os.dup2(2, 1)  # what a model prints must not come between the answers to the editor
    pipe.send(work(*arguments))


def _look(path: Path) -> Looked:
    mistakes: list[Mistake] = []
    models: list[Outline] = []
    try:
        found = models_of(module_named(str(path)))
    except EvacheckError as error:
        return Looked(_mistakes(error, path, None))
    for name, model in found.items():
        try:
            models.append(_seen(name, model, compile_model(model, {})))
        except EvacheckError as error:
            mistakes += _mistakes(error, path, model)
            models.append(Outline(name, _line(declaration(model))))
    return Looked(tuple(dict.fromkeys(mistakes)), tuple(models))


def _mistakes(error: EvacheckError, path: Path, model: type[Model] | None) -> tuple[Mistake, ...]:
    """Each mistake at its place, if that is in this file; else at the class, or at the top."""
    problems: tuple[Problem, ...] = ()
    if isinstance(error, ModelError):
        problems = error.problems
    elif isinstance(error, UsageError):
        problems = (error.problem,)
    if not problems:
        return (Mistake(1, 1, "", str(error)),)
    at_class = None if model is None else declaration(model)
    return tuple(_mistake(each, path, at_class) for each in problems)


def _mistake(problem: Problem, path: Path, at_class: Span | None) -> Mistake:
    here = problem.span is not None and Path(problem.span.file).resolve() == path.resolve()
    place = problem.span if here else at_class
    elsewhere = f"{problem.span}: " if problem.span is not None and not here else ""
    text = f"{elsewhere}{problem.problem}\n{problem.remedy}"
    return Mistake(1 if place is None else place.line, 1 if place is None else place.column, problem.code, text)


def _seen(name: str, model: type[Model], program: Program) -> Outline:
    names = {each.name: f"{each.name}: {each.type}" for each in program.variables if each.role is Role.MODEL}
    for parameter, kind in program.parameter_types.items():
        names[parameter] = f"{parameter} = {kind.show(program.parameters[parameter])}, a parameter of {kind}"
    for process in program.processes:
        kept = {local: program.variables[program.position(variable)] for local, variable in process.kept.items()}
        of_each = "" if process.index is None else f", for each {process.index.name} of {process.index.type}"
        kinds = {local: each.type for local, each in kept.items()}
        if process.index is not None:  # an instance has one each
            kinds = {local: kind.item if isinstance(kind, ArrayType) else kind for local, kind in kinds.items()}
        locals_ = "".join(f"\n{local}: {kind}" for local, kind in kinds.items())
        names[process.name] = f"process {process.name}{of_each}{locals_}"
    claimed: list[Property | Temporal] = [*program.properties, *program.steps, *program.temporal]
    place = declaration(model)
    claims = {  # those that another file gives the model stand above its class
        each.name: each.function.span.line
        for each in claimed
        if place is not None and each.function.span.file == place.file
    }
    return Outline(name, _line(place), names, claims)


def _line(place: Span | None) -> int:
    return 1 if place is None else place.line


def _judge(path: Path, name: str, seconds: float) -> Decided:
    try:
        program = compile_model(models_of(module_named(str(path)))[name], {})
        outcome = check(Task(program, select(program), Budget(seconds=seconds)), engine("auto"))
    except EvacheckError as error:
        return Decided(problem=str(error).splitlines()[0])
    except KeyError:
        return Decided(problem=f"there is no {name} any more")
    return Decided(
        {each: wording(verdict).sentence for each, verdict in outcome.verdicts.items()}, outcome.stats.distinct
    )
