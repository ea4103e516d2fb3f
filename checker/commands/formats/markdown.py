"""Verdicts as Markdown, for a comment or the summary of a job: a table, and each counterexample to unfold."""

from __future__ import annotations

from checker.commands.formats.mermaid import diagram
from checker.commands.formats.told import Mood, text_of, title, told
from checker.commands.report_proofs import took
from checker.commands.run import Checked, Files

_MARKS = {Mood.GOOD: "✅", Mood.BAD: "❌", Mood.OPEN: "❔"}
_LONGEST = 60
"""States of the longest trace that is drawn: a longer one is no picture any more."""


def markdown(run: Checked, written: Files) -> str:
    """A section with a heading of the third level."""
    properties = told(run, written)
    lines = [f"### {_cell(title(run))}", "", "| | property | verdict |", "|---|---|---|"]
    lines += [f"| {_MARKS[each.mood]} | {_cell(each.name)} | {_cell(each.sentence)} |" for each in properties]
    cached = "" if run.outcome.kept_seconds is None else ", cached"
    lines += ["", f"{took(run.outcome)}, engine {run.outcome.engine}{cached}"]
    lines += [] if run.outcome.stopped is None else ["", f"Stopped early: {_cell(run.outcome.stopped)}."]
    for each in properties:
        if each.trace is None:
            continue
        lines += ["", f"<details><summary>{each.name}: {each.sentence}</summary>", ""]
        lines += _block("text", text_of(run, each))
        lines += ["", *_block("mermaid", diagram(run, each))] if len(each.trace) <= _LONGEST else []
        lines += ["", f"`evacheck show {each.file} --html`"] if each.file is not None else []
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _block(kind: str, text: str) -> list[str]:
    """A text between fences, of which it has none as long."""
    fence = "```"
    while fence in text:
        fence += "`"
    return [f"{fence}{kind}", *text.splitlines(), fence]


def _cell(text: str) -> str:
    """A text within a line of a table."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return plain.replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*").replace("`", "\\`")
