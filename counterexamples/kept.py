"""What became of a counterexample that the corpus keeps, where a property is no longer violated as it was."""

from __future__ import annotations

from pathlib import Path

from checker.errors import UsageError
from checker.judge import claim
from checker.lang.ir import Program
from checker.replay import ReplayError, confirm
from checker.verdicts import counted
from counterexamples import corpus_files, itf


def what_became(program: Program, shows: str, folder: Path = corpus_files.FOLDER) -> str | None:
    """A sentence on the counterexample that is kept for a property of this program; None if none is kept for it with
    these parameters. Its steps are taken in the program of the day, whatever states the file gives."""
    path = corpus_files.place(program.model, shows, folder)
    try:
        data = itf.read(path)
        head = itf.header(data, str(path))
        now = {name: kind.show(program.parameters[name]) for name, kind in program.parameter_types.items()}
        if dict(head.parameters) != now:
            return None
        trace, lost = itf.follow(program, data, str(path))
    except UsageError:  # there is none, or it names what the model no longer has
        return None
    if trace is None or lost is not None:
        return f"The kept counterexample ends before state {lost or 1}: the step there has become impossible."
    try:
        confirm(program, shows, claim(program, shows), trace)
    except ReplayError:
        return "The kept counterexample can still be taken, and violates nothing any more."
    return f"The kept counterexample still violates it in {counted(len(trace), 'state')}: the engine should find it."
