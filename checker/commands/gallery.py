"""`evacheck gallery`: every trace of the corpus as a picture and three sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checker.commands.common import Trust, deliver, interruptible, open_trace, screen
from checker.contract.wording import counted
from checker.errors import UsageError
from counterexamples.corpus import files as corpus_files
from counterexamples.gallery.gallery import INDEX, PICTURES, Exhibit
from counterexamples.gallery.gallery import gallery as pages


def gallery(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it: docs/gallery.")],
    corpus: Annotated[
        Path, typer.Option(metavar="DIR", help="The traces.", show_default="counterexamples/corpus")
    ] = corpus_files.FOLDER,
    trust: Trust = False,
) -> None:
    """Show every trace of the corpus as a picture and three sentences: pages of Markdown in DIR."""
    with interruptible():
        found = corpus_files.files(corpus)
        if not found:
            raise UsageError(
                "U008", f"there is no trace below {corpus}", "Name a folder with NAME.itf.json files: --corpus DIR"
            )
        exhibits = [exhibit(file, trust) for file in found]
        written = set()
        for name, text in pages(exhibits, folder):
            deliver(text, folder / name, folder)
            written.add(folder / name)
        screen.text(f"{counted(len(exhibits), 'trace')} shown    {folder / INDEX}")
        stale = {*folder.glob("*.md"), *(folder / PICTURES).glob("*.svg")} - written
        for path in sorted(stale):
            screen.warn(f"{path} belongs to no trace: remove it if it was one's.")


def exhibit(file: Path, trust: bool = False) -> Exhibit:
    """A trace of the corpus as the gallery shows it. Raises UsageError U005 for a file that is no trace."""
    program, trace, shows = open_trace(file, trust)
    return Exhibit(file, program, trace, shows)
