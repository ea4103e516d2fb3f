"""`evacheck explore`: a local page to walk through a model by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from checker.commands.common import Settings, interruptible, screen
from checker.commands.opening import trace_of_model
from checker.commands.options import settings_of
from checker.commands.run import compiled
from checker.errors import UsageError

if TYPE_CHECKING:
    from counterexamples.explorer.walk import Walk, Way


def explore(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    settings: Settings = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="FILE", help="Begin at the end of this trace of the model.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; by default one that is free.")] = 0,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Walk through a model by hand, on a page of this machine: take a step, take it back."""
    from counterexamples.explorer.serving import Explorer  # noqa: PLC0415 - nobody else needs a server
    from counterexamples.explorer.walk import Walk  # noqa: PLC0415 - likewise

    with interruptible():
        program = compiled(model, settings_of(settings or []))
        walk = Walk(program)
        first = walk.start() if trace is None else _way_of(walk, trace)
        try:
            explorer = Explorer(walk, first, port)
        except OSError as error:
            remedy = "Leave --port out: one that is free is taken."
            raise UsageError("U008", f"--port {port} cannot be had ({error.strerror})", remedy) from None
    screen.text(f"{explorer.url}\nThe page is for this machine alone. Ctrl-C ends it.")
    if opens:
        typer.launch(explorer.url)
    try:
        explorer.serve_forever()
    except KeyboardInterrupt:
        screen.note("ended")
    finally:
        explorer.server_close()


def _way_of(walk: Walk, file: Path) -> Way:
    try:
        return walk.way_of(trace_of_model(walk.program, file))
    except LookupError:
        problem = f"{file} is no behaviour of {walk.program.model} with these parameters"
        raise UsageError("U005", problem, "Give it the parameters of the trace, or check the model again.") from None
