"""From source to object code, here or in a process of its own.

Compiling in LLVM cannot be ended from outside. So where a budget may end it, what takes longer than a moment is
compiled by another process, which ends when the time does. Keeps nothing; `library` does.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from checker import HOME, signals
from checker.engines.common.clock import Stopped
from checker.engines.explicit.machine import llvm
from checker.engines.explicit.machine.lowering import lowered
from checker.engines.explicit.machine.reading import SourceReader
from checker.garbage import uncollected
from checker.pause import is_watched, pause

_ROOT = str(Path(__file__).parents[4 + HOME.count(".")])
_CODE = f"import sys; sys.path.append({{!r}}); from {__name__} import main; main()"
"""With -P: a user's own `enum.py` in the current folder must not be taken for Python's before the path is set."""

_SHORT = 16_000
"""Characters of source up to which a process of its own would take longer than compiling, a quarter of a second; eight
times as many are compiled quickly in that time."""

_LOOK_SECONDS = 0.02
"""Between two looks at the time while a compiler runs in a process of its own."""
_OUT_OF_MEMORY = 75
"""The status of the process that compiles when there was not enough for it."""

_ERRORS_SHOWN = 2000
"""Characters of what a compiler that failed said last: the end says why."""


class CompilerEnded(Stopped):
    """The process that compiled was ended from outside."""


class CompilerError(RuntimeError):
    """The process that compiled ended otherwise than it should. Its text is what it said last."""


def compiled(source: str, names: Sequence[str], module: str, thorough: bool = True) -> bytes:
    """The object code of emitted source, or of a module of kernels if there is none; `names` are its entry points.
    What is not `thorough` is there sooner and runs slower. Raises what `pause` raises."""
    if is_watched() and len(source) > (_SHORT if thorough else 8 * _SHORT):
        return compiled_apart(source, names, module, thorough)
    return _compiled(source, names, module, thorough)


def _compiled(source: str, names: Sequence[str], module: str, thorough: bool) -> bytes:
    with uncollected():  # it would look through a growing tree of a hundred thousand nodes, a third of the time
        text = lowered(SourceReader().functions(source, module, names), names)
    return llvm.object_code(text, thorough)


def compiled_apart(source: str, names: Sequence[str], module: str, thorough: bool = True) -> bytes:
    """What `_compiled` gives, from another process; that process is gone whatever happens here. CompilerEnded if a
    signal ended it, MemoryError if the machine's memory did."""
    command = [sys.executable, "-P", "-c", _CODE.format(_ROOT)]
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        asked.write(pickle.dumps((sys.path, source, list(names), module, thorough)))
        asked.seek(0)
        with subprocess.Popen(command, stdin=asked, stdout=answer, stderr=errors) as process:
            try:
                while process.poll() is None:
                    pause()
                    time.sleep(_LOOK_SECONDS)
            finally:
                process.kill()
        if process.returncode < 0:
            raise CompilerEnded(f"the compiler was ended by signal {-process.returncode}, perhaps for want of memory")
        if process.returncode == _OUT_OF_MEMORY:
            raise MemoryError("the machine's memory ended while the model was compiled")
        if process.returncode != 0:
            errors.seek(0)
            raise CompilerError(errors.read().decode(errors="replace")[-_ERRORS_SHOWN:])
        answer.seek(0)
        return answer.read()


def main() -> None:
    """Compile what standard input asks for."""
    signals.ignored()  # who asked ends this
    try:
        path, source, names, module, thorough = pickle.loads(sys.stdin.buffer.read())
        sys.path[:] = path
        sys.stdout.buffer.write(_compiled(source, names, module, thorough))
    except MemoryError:
        sys.exit(_OUT_OF_MEMORY)
