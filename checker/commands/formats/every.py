"""The formats that `evacheck verify --format` knows, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checker.commands.formats.github import github
from checker.commands.formats.junit import junit
from checker.commands.formats.markdown import markdown
from checker.commands.formats.mermaid import mermaid
from checker.commands.formats.sarif import sarif
from checker.commands.run import Checked, Files, as_json, results

FORMATS: Mapping[str, Callable[[Checked, Files], str]] = {
    "json": lambda run, written: as_json(results(run, written.traces)),
    "sarif": sarif,
    "junit": junit,
    "github": github,
    "markdown": markdown,
    "mermaid": mermaid,
}
"""What makes a text of a run and of the files that were written of it."""
