"""The command: puts its parts together, and turns mistakes into messages and an exit status. Decides nothing.

A mistake of the user ends in a message and a status, never in a traceback. Only networkx is imported by the commands
that need it: a small model is checked in less time than it takes to load.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from checker.commands.common import screen
from checker.commands.fuzz import fuzz
from checker.commands.gallery import gallery
from checker.commands.listing import explain_code, list_models
from checker.commands.mutate import mutate
from checker.commands.recheck import recheck
from checker.commands.run import version
from checker.commands.traces import corpus, graph, replay, show
from checker.commands.verify import verify
from checker.contract.wording import Status
from checker.errors import EngineBug, ModelError, UsageError

BROKEN_PIPE = 141  # as the shell says of what SIGPIPE ended

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Decide whether an algorithm written as a small state machine can go wrong, and show exactly how.",
)
for command in (verify, show, replay, recheck, fuzz, mutate, graph):
    app.command()(command)
app.command("list")(list_models)
app.command("explain-code")(explain_code)
for maintainers in (corpus, gallery):
    app.command(hidden=True)(maintainers)


def _show_version(wanted: bool) -> None:
    if wanted:
        screen.text(f"evacheck {version()}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """The `evacheck` command."""
    try:
        _run()
    except UsageError as error:
        _end([error], Status.USAGE)
    except ModelError as error:
        _end([error], Status.MODEL)
    except EngineBug as error:
        screen.warn(f"This is a bug of evacheck, not of your model: {error}")
        screen.warn("Please report it, with the model and this command.")
        raise SystemExit(int(Status.BUG)) from None
    except BrokenPipeError:
        _give_up(BROKEN_PIPE)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            _report(error)
        screen.warn(f"the output cannot be written ({error.strerror})")
        _give_up(int(Status.USAGE))
    except Exception as error:
        _report(error)


def _run() -> None:
    """Run the command, and see to it that all it printed has left before it ends as if all were well."""
    try:
        app(prog_name="evacheck")
    except SystemExit as ended:
        sys.stdout.flush()
        # typer ends so where a pipe closed; nothing else of evacheck ends with its wrapper in place of the output
        if type(sys.stdout).__name__ == "PacifyFlushWrapper":
            raise BrokenPipeError from ended
        raise
    sys.stdout.flush()


def _give_up(status: int) -> NoReturn:
    """End although what was printed cannot be delivered, and without Python trying again."""
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    raise SystemExit(status) from None


def _report(error: Exception) -> NoReturn:
    """Say that evacheck is wrong."""
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
