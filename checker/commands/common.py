"""What the commands share: the screen, options, reading a trace, and writing to a file. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from checker import files
from checker.commands.report import Screen
from checker.commands.run import compiled
from checker.commands.trust import confirm_trusted
from checker.contract.trace import Trace
from checker.contract.wording import Status
from checker.errors import UsageError
from checker.ir.nodes import Program
from counterexamples.itf import traces

screen = Screen()

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter.")]
_GO = typer.Option("--go", metavar="VERSION", help="Version of Go, such as 1.23.9.")
Go = Annotated[str, _GO]
MaybeGo = Annotated[str | None, _GO]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for traces and pictures [./evacheck-out].")]


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C outside an engine: nothing was decided."""
    try:
        yield
    except KeyboardInterrupt:
        screen.warn("interrupted")
        raise typer.Exit(int(Status.INCONCLUSIVE)) from None


Trust = Annotated[bool, typer.Option("--trust", help="Import the model that the file names, from anywhere.")]


def confirm_model(model: str, file: Path, trust: bool) -> None:
    """Say which model a file has imported. Raises UsageError U021 for one that may not be without `trust`."""
    said = confirm_trusted(model, str(file), trust)
    if said is not None:
        screen.note(said)


def open_trace(file: Path, trust: bool = False) -> tuple[Program, Trace, str]:
    """The trace in a file: its program, the trace itself, and the property it is about."""
    data = traces.read(file)
    head = traces.header(data, str(file))
    confirm_model(head.model, file, trust)
    program = compiled(head.model, head.parameters)
    return program, traces.parse(program, data, str(file)), head.property


def deliver(content: str | bytes, out: Path | None, below: Path | None = None) -> None:
    """Print, or write to a file; no link below the folder `below` is followed."""
    if out is None:
        assert isinstance(content, str)
        screen.text(content)
        return
    try:
        files.write(out, content, below)
    except files.Unwritten as error:
        raise UsageError("U010", f"{out} cannot be written ({error.reason})", "Choose another --out.") from None


def one_of(**forms: bool) -> str | None:
    """The one of these options that is given, if any. Refuses two: they exclude each other."""
    chosen = [name for name, given in forms.items() if given]
    if len(chosen) > 1:
        raise UsageError("U008", f"--{chosen[0]} and --{chosen[1]} exclude each other", "Give one of them.")
    return chosen[0] if chosen else None
