"""Have Numba compile in a process of its own, which ends when the time does: compiling cannot be ended otherwise.

Run as a program it compiles what its input asks for and writes the object code. Keeps nothing; `library` does.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from checker import signals
from checker.engines.explicit.native.numba_compiler import compiled
from checker.pause import pause

_LOOK_SECONDS = 0.02
_ERRORS_SHOWN = 2000


class CompilerError(RuntimeError):
    """The process that compiled ended otherwise than it should. Its text is what it said last."""


def compiled_apart(source: str, names: Sequence[str], module: str) -> Any:
    """What `compiled` gives, from another process. Raises what `pause` raises, and then that process is gone."""
    command = [sys.executable, "-m", "checker.engines.explicit.native.compiling"]
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        asked.write(pickle.dumps((sys.path, source, list(names), module)))
        asked.seek(0)
        with subprocess.Popen(command, stdin=asked, stdout=answer, stderr=errors) as process:
            try:
                while process.poll() is None:
                    pause()
                    time.sleep(_LOOK_SECONDS)
            finally:
                process.kill()
        if process.returncode != 0:
            errors.seek(0)
            raise CompilerError(errors.read().decode(errors="replace")[-_ERRORS_SHOWN:])
        answer.seek(0)
        return pickle.loads(answer.read())


def _main() -> None:
    signals.ignored()  # who asked ends this
    path, source, names, module = pickle.loads(sys.stdin.buffer.read())
    sys.path[:] = path
    sys.stdout.buffer.write(pickle.dumps(compiled(source, names, module)))


if __name__ == "__main__":
    _main()
