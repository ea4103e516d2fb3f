"""A program of ours that drives the real system: it is given operations by the line, and answers each with one of JSON.

Knows neither the operations nor what the answers mean.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checker.errors import EvacheckError

_QUOTED = 12
"""Lines that are kept of what a program says as it dies."""


class Died(EvacheckError):
    """The driven program has ended by itself; `said` is what it wrote to standard error."""

    def __init__(self, status: int, said: str) -> None:
        self.status = status
        self.said = "\n".join(said.splitlines()[:_QUOTED])
        super().__init__(f"the driven program ended with status {status}: {self.said}")


class Driven:
    """A running program, until `end`."""

    def __init__(self, program: Path, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [str(program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def end(self) -> None:
        """Stop it."""
        self._process.kill()
        self._process.communicate()

    def send(self, lines: str) -> None:
        """Give it operations, and have it answer them all. No more than fit into a pipe: it answers meanwhile, and
        nobody reads that."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{lines}.\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None

    def answer(self) -> Any:
        """The next answer. Raises Died if there is none."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise self._died()
        return json.loads(line)

    def _died(self) -> Died:
        _, said = self._process.communicate()
        return Died(self._process.returncode, said)
