"""What became of a counterexample that the corpus keeps, where a property is no longer violated as it was."""

from __future__ import annotations

from pathlib import Path

from checker.contract.judge import claim
from checker.contract.replay import ReplayError, confirm
from checker.contract.wording import counted
from checker.errors import UsageError
from checker.ir.nodes import Program
from counterexamples.corpus import files
from counterexamples.itf import traces


def what_became(program: Program, shows: str, folder: Path = files.FOLDER) -> str | None:
    """A sentence on the counterexample that is kept for a property of this program; None if none is kept for it with
    these parameters. Its steps are taken in the program of the day, whatever states the file gives."""
    path = files.place(program.model, shows, folder)
    try:
        data = traces.read(path)
        head = traces.header(data, str(path))
        now = {name: kind.show(program.parameters[name]) for name, kind in program.parameter_types.items()}
        if dict(head.parameters) != now:
            return None
        trace, lost = traces.follow(program, data, str(path))
    except UsageError:  # there is none, or it names what the model no longer has
        return None
    if trace is None or lost is not None:
        return f"The kept counterexample ends before state {lost or 1}: the step there has become impossible."
    try:
        confirm(program, shows, claim(program, shows), trace)
    except ReplayError:
        return "The kept counterexample can still be taken, and violates nothing any more."
    return f"The kept counterexample still violates it in {counted(len(trace), 'state')}: the engine should find it."
