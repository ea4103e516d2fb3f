"""A model in a file that counts, with a picture, and the command as a user gives it there."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support import forked

MODEL = """
from checker.lang import Model, Picture, Range, Var, action, always, sometimes


class Counting(Model):
    n = Var(Range(0, 3))

    @action
    def up(self):
        self.n = (self.n + 1) % 4

    @always
    def small(self):
        return self.n < {bound}

    def picture(self):
        {picture}
"""

PLAIN = "picture = Picture(); picture.node('n', self.n); return picture"


def model(folder: Path, picture: str = PLAIN, bound: int = 2) -> Path:
    """A model whose property is violated in 3 states, in a file."""
    path = folder / "counting.py"
    path.write_text(MODEL.format(picture=picture, bound=bound), encoding="utf-8")
    return path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as a user gives it."""
    return forked.command(folder, words)
