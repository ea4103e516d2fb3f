"""`evacheck init`: a first model and its test, to begin with. Overwrites nothing."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from checker import files
from checker.commands.common import screen
from checker.commands.report import near
from checker.errors import UsageError
from counterexamples.explain.text import Line, Style

MODEL = '''\
"""Threads add one to a counter: a first model. What may stand in one: docs/reference/language.md of evacheck."""

from evacheck import Array, Bool, Model, Param, Range, Var, always, process, sometimes


class Counter(Model):
    """Threads add one to a counter. Reading and writing are two steps, unless it is `atomic`."""

    threads = Param(2)
    atomic = Param(False)
    Thread = Range(threads)
    counter = Var(Range(0, threads))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        if not self.atomic:
            yield "read"  # other threads may run here, and nowhere else
        self.counter = seen + 1
        self.finished[t] = True

    @always
    def nothing_is_lost(self):
        """When all have finished, every addition is there."""
        return not all(self.finished) or self.counter == self.threads

    @sometimes
    def all_finish(self):
        """All threads can finish."""
        return all(self.finished)
'''

TEST = '''\
"""What must be so of the model; a test that fails shows the shortest way in which it is not."""

import pytest
from counter import Counter

import evacheck


def test_nothing_is_lost_in_one_step():
    evacheck.verify(Counter(atomic=True), time=60).check()


def test_two_steps_lose_an_addition():
    with pytest.raises(evacheck.CheckFailed, match="State 5 violates nothing_is_lost"):
        evacheck.verify(Counter(), time=60).check()
'''


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write; here by default.")] = Path(),
) -> None:
    """Write a first model and its test into a folder."""
    written = {"counter.py": MODEL, "test_counter.py": TEST}
    for name in written:
        if (folder / name).exists():
            remedy = "Name another folder: evacheck init DIR."
            raise UsageError("U010", f"{folder / name} is there already, and nothing is overwritten", remedy)
    try:
        for name, text in written.items():
            files.write(folder / name, text)
    except files.Unwritten as error:
        raise UsageError("U010", str(error), "Name a folder that you may write to: evacheck init DIR.") from None
    model, test = (quote(near(folder / name)) for name in written)
    commands = (
        (f"evacheck verify {model}", "an addition is lost: see how"),
        (f"evacheck verify {model} --set atomic=true", "in one step none is"),
        (f"pytest {test}", "both, as tests"),
    )
    wide = max(len(command) for command, _ in commands)
    lines: list[Line] = [((Style.PLAIN, f"Written: {model}, a model, and {test}, its test. Now:"),), ()]
    lines += [((Style.STEP, f"  {command:<{wide}}"), (Style.QUIET, f"  {what}")) for command, what in commands]
    screen.show(lines)
