"""Have Numba compile in a process of its own, which ends when the time does: compiling cannot be ended otherwise.

`main` compiles what its input asks for and writes the object code. Keeps nothing; `library` does.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from checker import signals
from checker.engines.explicit.native.numba_compiler import compiled
from checker.pause import pause

_ROOT = str(Path(__file__).parents[4])
_CODE = "import sys; sys.path.append({!r}); from checker.engines.explicit.native.compiling import main; main()"
"""With -P: a user's own `enum.py` in the current folder must not be taken for Python's before the path is set."""

_LOOK_SECONDS = 0.02
_ERRORS_SHOWN = 2000


class CompilerError(RuntimeError):
    """The process that compiled ended otherwise than it should. Its text is what it said last."""


def compiled_apart(source: str, names: Sequence[str], module: str) -> Any:
    """What `compiled` gives, from another process. Raises what `pause` raises, and then that process is gone."""
    command = [sys.executable, "-P", "-c", _CODE.format(_ROOT)]
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


def main() -> None:
    """Compile what standard input asks for."""
    signals.ignored()  # who asked ends this
    path, source, names, module = pickle.loads(sys.stdin.buffer.read())
    sys.path[:] = path
    sys.stdout.buffer.write(pickle.dumps(compiled(source, names, module)))
