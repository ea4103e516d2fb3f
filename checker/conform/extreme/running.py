"""Run the extreme test on a real Go, and say what came of it. Knows no model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from checker.conform.driven import Died
from checker.conform.toolchain import Edit, built
from checker.errors import UsageError

SOURCE = Path(__file__).with_name("extreme.go")
GOROUTINES = 14
"""One for each kind of map, and some that share one: see extreme.go."""
_CHECKMARK_SINCE = (1, 25)
"""Before, the runtime does not prepare its roots for the second marking, and finds what is not amiss."""
_SLACK = 1 << 20
"""Bytes that the heap may have gained: what Go itself keeps."""
_PATIENCE = 120
"""Seconds beyond those that were asked for."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it: how often each thing was done, the bytes in use before and after, what is wrong if anything is,
    and whether each marking was checked by a second one."""

    counts: Mapping[str, int]
    before: int
    after: int
    failure: str | None
    checkmark: bool


def checks_marks(version: str) -> bool:
    """Whether GODEBUG=gccheckmark=1 can be believed in this version."""
    return tuple(map(int, version.split(".")[:2])) >= _CHECKMARK_SINCE


def run(version: str, seconds: float, seed: int, edits: Sequence[Edit] = ()) -> Ran:
    """Have it run for so many seconds, with a runtime so edited. Raises UsageError U022 or U023 without such a Go."""
    program = built(version, [SOURCE], edits=edits)
    checkmark = checks_marks(version)
    environment = {"GODEBUG": "gccheckmark=1"} if checkmark else {}
    try:
        done = subprocess.run(
            [str(program), str(seconds), str(GOROUTINES), str(seed)],
            capture_output=True,
            text=True,
            timeout=seconds + _PATIENCE,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return Ran({}, 0, 0, f"it has not ended {_PATIENCE} s after its time", checkmark)
    except OSError as error:
        raise UsageError("U023", f"the program cannot be run ({error})", "Check the cache's folder.") from None
    if done.returncode:
        return Ran({}, 0, 0, str(Died(done.returncode, _fatal(done.stderr))), checkmark)
    said = json.loads(done.stdout)
    before, after, failure = said.pop("before"), said.pop("after"), said.pop("failure") or None
    if failure is None and after > before + _SLACK:
        failure = f"{after - before:,} bytes are not given back"
    return Ran(said, before, after, failure, checkmark)


def _fatal(text: str) -> str:
    """What a runtime says as it dies: the lines that say why."""
    lines = text.splitlines()
    why = [line for line in lines if line.startswith(("fatal error:", "panic:", "runtime: checkmarks"))]
    return "\n".join(why or lines)
