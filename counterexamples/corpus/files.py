"""The corpus: one counterexample for each broken model and property, kept as files in `corpus/`. Searches nothing.

Of several traces of one model and property, with other parameters, the shortest is kept; of equally short ones the one
with the smallest states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from checker import files as files_
from counterexamples.itf import traces

FOLDER = Path(__file__).parent


def files(folder: Path = FOLDER) -> list[Path]:
    """Every trace of the corpus."""
    return sorted(folder.rglob("*.itf.json"))


def place(model: str, shows: str, folder: Path = FOLDER) -> Path:
    """Where the trace of a model and a property lies."""
    module, _, name = model.partition(":")
    return folder / module / f"{name}-{shows}.itf.json"


def keep(found: Iterable[Path], folder: Path = FOLDER) -> Iterator[Path]:
    """Put the best of some trace files into the corpus, and give what was written. Raises UsageError U005 for a file
    that is no trace, OSError if the corpus cannot be written."""
    best: dict[Path, tuple[tuple[int, int, str], str]] = {}
    for path in sorted(found):
        data = traces.read(path)
        head = traces.header(data, str(path))
        if head.verdict != "violated" or not isinstance(data, dict):
            continue
        text = traces.text(data)
        target = place(head.model, head.property, folder)
        rank = (len(data["states"]), len(text), text)
        if target not in best or rank < best[target][0]:
            best[target] = rank, text
    for target, (_, text) in sorted(best.items()):
        files_.write(target, text, folder)
        yield target
