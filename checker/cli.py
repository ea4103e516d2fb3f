"""The command: puts its parts together, and turns mistakes into messages and an exit status. Decides nothing.

A mistake of the user ends in a message and a status, never in a traceback. Nothing is imported here that not every
command needs, and the commands themselves only when they are asked for.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, NoReturn

import typer

from checker import HOME, __version__
from checker.commands.starting import Commands, application, completing
from checker.errors import EngineBug, ModelError, Problem, UsageError

BROKEN_PIPE = 141  # as the shell says of what SIGPIPE ended

app = application(
    cls=Commands,
    no_args_is_help=True,
    add_completion=completing(),
    help="Decide whether an algorithm written as a small state machine can go wrong, and show exactly how.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evacheck {__version__}")
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
        _end([error.problem], "USAGE")
    except ModelError as error:
        _end(error.problems, "MODEL")
    except EngineBug as error:
        _warn(f"This is a bug of evacheck, not of your model: {error}")
        _warn("Please report it, with the model and this command.")
        raise SystemExit(_status("BUG")) from None
    except BrokenPipeError:
        _give_up(BROKEN_PIPE)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            _report(error)
        _warn(f"the output cannot be written ({error.strerror})")
        _give_up(_status("USAGE"))
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
    _warn(f"This is a bug of evacheck: {type(error).__name__}: {error}")
    _warn("Please report it, with the model, this command and the lines above.")
    raise SystemExit(_status("BUG")) from None


def _end(problems: Sequence[Problem], name: str) -> NoReturn:
    _common().screen.complain(problems)
    raise SystemExit(_status(name))


def _warn(words: str) -> None:
    _common().screen.warn(words)


def _status(name: str) -> int:
    return int(_common().Status[name])


def _common() -> ModuleType:
    """What the commands share: imported by each of them, and here only where one ended badly."""
    return import_module(f"{HOME}checker.commands.common")


if __name__ == "__main__":
    main()
