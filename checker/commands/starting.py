"""How the command line starts: each command is imported when it is asked for, and its parameters are read plainly.

The names and first sentences of all commands are here, so that `evacheck --help` imports none of them. What a parameter
is given is read here where it is what it should be; what is not is left to typer, which says why, and which loads
pydantic to do so.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
import typer.core
import typer.main


@dataclass
class Command:
    """Where a command is, and what `evacheck --help` says of it: the first paragraph of its docstring."""

    name: str
    module: str
    function: str
    words: str
    hidden: bool = False


_NUMBER = re.compile("-?[0-9]{1,18}", re.ASCII)

COMMANDS = (
    Command("init", "init", "init", "Write a first model and its test into a folder."),
    Command("verify", "verify", "verify", "Check one model, or the catalogue; alone, answer the project's questions."),
    Command(
        "show",
        "traces",
        "show",
        "Show a trace as text, picture, page or test. `replay` checks that it is a real behaviour.",
    ),
    Command(
        "replay",
        "traces",
        "replay",
        "Run a trace again with the reference interpreter; exits 1 if the trace is wrong.",
    ),
    Command(
        "recheck",
        "recheck",
        "recheck",
        "Check a certificate again, without the engine that made it; exits 1 if a claim fails.",
    ),
    Command(
        "trace",
        "trace_log",
        "trace",
        "Hold the log of a program that really ran against a model, line by line.",
    ),
    Command("fuzz", "fuzz", "fuzz", "Test a model of any size with random behaviours (Hypothesis). Proves nothing."),
    Command(
        "mutate",
        "mutate",
        "mutate",
        "Put small faults into a model, one at a time, and list those that no property notices.",
    ),
    Command(
        "diff",
        "diff",
        "diff",
        "Compare two versions of a model: verdicts, states and steps, each difference with a shortest behaviour.",
    ),
    Command("conform", "conform", "conform", "Hold a model of Go's map against a real one, cell by cell."),
    Command(
        "finding",
        "finding",
        "finding",
        "Show on a real Go what a model or a run beside one found: twice, tombstones, freed; what a claim says: "
        "barriers, deleted; and on a real JDK what a model found: late, recursive, contended.",
    ),
    Command("export", "export", "export", "Write a model in the language of another checker, for a second opinion."),
    Command("graph", "traces", "graph", "Draw all reachable states of a small model."),
    Command(
        "explore",
        "explore",
        "explore",
        "Walk through a model by hand, on a page of this machine: take a step, take it back.",
    ),
    Command(
        "lsp", "lsp", "lsp", "Serve editors: mistakes as one saves, types under the mouse, `verify` above each model."
    ),
    Command(
        "mcp",
        "mcp",
        "mcp",
        "Serve assistants over standard input and output (MCP): list, verify, explain, replay, manual.",
    ),
    Command(
        "skill",
        "skill",
        "skill",
        "Print what an assistant needs to know to work with evacheck, or a page of the manual.",
    ),
    Command("list", "listing", "list_models", "List the models of the catalogue with their parameters."),
    Command("explain-code", "listing", "explain_code", "Explain the code of a message, with an example."),
    Command("corpus", "traces", "corpus", "", hidden=True),
    Command("gallery", "gallery", "gallery", "", hidden=True),
)


def application(**options: Any) -> typer.Typer:
    """A command line without what nobody asked for: rich takes longer to import than a small model to check."""
    completes = options.pop("add_completion", False)
    return typer.Typer(add_completion=completes, pretty_exceptions_enable=False, rich_markup_mode=None, **options)


def completing() -> bool:
    """Whether a shell asks what could come next, or somebody how to have it ask."""
    asked = {"--show-completion", "--install-completion"} & set(sys.argv[1:])
    return "_EVACHECK_COMPLETE" in os.environ or bool(asked)


def _read_plainly(parameters: list[Any]) -> list[Any]:
    """The same parameters, which read what they are given plainly. A typer that has no such thing to replace reads it
    in its own way."""
    for each in parameters:
        reads = getattr(each, "get_runtime_param", None)
        if reads is not None and not isinstance(reads, _Reading):
            each.get_runtime_param = _Reading(each, reads)
    return parameters


class _Alone(typer.core.TyperCommand):
    """A command whose parameters are read plainly."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All of them, `--help` too."""
        return _read_plainly(super().get_params(ctx))


class Commands(typer.core.TyperGroup):
    """The commands of COMMANDS, each imported when it is asked for."""

    def __init__(self, **options: Any) -> None:
        """`options` are those of typer."""
        super().__init__(**options)
        self.commands = {each.name: typer.core.TyperCommand(each.name, hidden=each.hidden) for each in COMMANDS}

    def get_params(self, ctx: Any) -> list[Any]:
        """All of them, `--help` too."""
        return _read_plainly(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        return next((_imported(each) for each in COMMANDS if each.name == cmd_name), None)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Say what each is for, in whole sentences, and import none."""
        with formatter.section("Commands"):
            formatter.write_dl([(each.name, each.words) for each in COMMANDS if not each.hidden])


def _imported(command: Command) -> Any:
    """A command as typer has it."""
    alone = application()
    function = getattr(import_module(f"{__package__}.{command.module}"), command.function)
    alone.command(command.name, cls=_Alone, hidden=command.hidden)(function)
    return typer.main.get_command(alone)


class _Reading:
    """What a parameter is given, as its type: plainly where that is easy, by typer otherwise."""

    def __init__(self, parameter: Any, otherwise: Callable[[], Any]) -> None:
        self._type = parameter.type_descriptor.annotation
        self._least = getattr(parameter, "min", None)
        self._otherwise = otherwise

    def __call__(self) -> _Reading:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, which is a text, a list of texts, a default, or None for nothing."""
        match value:
            case str() if self._type is str:
                return value
            case str() if self._type is Path:
                return Path(value)
            case str() if self._type is int and _NUMBER.fullmatch(value):
                if self._least is None or int(value) >= self._least:
                    return int(value)
            case int() if self._type is int:
                return value
            case Path() if self._type is Path:
                return value
            case [*_] if self._type == list[str]:
                return list(value)
            case None:
                return () if param.multiple or param.nargs == -1 else None
        return self._otherwise().coerce(value, param=param, ctx=ctx)
