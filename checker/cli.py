"""The command: puts its parts together, and turns mistakes into messages and an exit status. Decides nothing.

A mistake of the user ends in a message and a status, never in a traceback. Only networkx is imported by the commands
that need it: a small model is checked in less time than it takes to load.
"""

from __future__ import annotations

import traceback

import typer

from checker.commands.common import screen
from checker.commands.fuzz import fuzz
from checker.commands.gallery import gallery
from checker.commands.listing import explain_code, list_models
from checker.commands.recheck import recheck
from checker.commands.traces import corpus, graph, replay, show
from checker.commands.verify import verify
from checker.errors import EngineBug, ModelError, UsageError
from checker.verdicts import Status

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Decide whether an algorithm written as a small state machine can go wrong, and show exactly how.",
)
for command in (verify, replay, recheck, show, graph, corpus, gallery):
    app.command()(command)
app.command()(fuzz)
app.command("list")(list_models)
app.command("explain-code")(explain_code)


def main() -> None:
    """The `evacheck` command."""
    try:
        app(prog_name="evacheck")
    except UsageError as error:
        _end([error], Status.USAGE)
    except ModelError as error:
        _end([error], Status.MODEL)
    except EngineBug as error:
        screen.warn(f"This is a bug of evacheck, not of your model: {error}")
        screen.warn("Please report it, with the model and this command.")
        raise SystemExit(int(Status.BUG)) from None
    except Exception as error:
        traceback.print_exc(limit=-6)  # the frames of typer say nothing
        screen.warn(f"This is a bug of evacheck: {type(error).__name__}: {error}")
        screen.warn("Please report it, with the model, this command and the lines above.")
        raise SystemExit(int(Status.BUG)) from None


def _end(errors: list[UsageError | ModelError], status: Status) -> None:
    for error in errors:
        screen.complain(error.problems if isinstance(error, ModelError) else (error.problem,))
    raise SystemExit(int(status))


if __name__ == "__main__":
    main()
