"""Verdicts as GitHub Actions reads them from a job's output: an error beside the line of each property that is violated
or undecided; and a summary of the job, where GITHUB_STEP_SUMMARY names its file.
"""

from __future__ import annotations

import os
from pathlib import Path

from checker.commands.formats.markdown import markdown
from checker.commands.formats.told import Mood, Reported, conclusion, shown, title, told
from checker.commands.run import Checked, Files
from checker.errors import Span, UsageError


def github(run: Checked, written: Files) -> str:
    """A line for each property that does not hold for certain, and one for all. Raises UsageError U010 if the summary
    cannot be written."""
    _summarise(markdown(run, written))
    properties = told(run, written)
    good = sum(each.mood is Mood.GOOD for each in properties)
    lines = [_annotation(run, each) for each in properties if each.mood is not Mood.GOOD]
    return "\n".join([*lines, f"{title(run)}: {good} of {len(properties)} properties hold, or happen"]) + "\n"


def _annotation(run: Checked, each: Reported) -> str:
    said = f"{title(run)}: {each.name} {each.sentence}"
    said += "" if each.trace is None else f"\n{conclusion(run, each)}"
    said += "" if each.file is None else f"\nevacheck show {each.file} --html"
    return annotation(each.place, shown(each), said)


def annotation(span: Span | None, title: str, said: str) -> str:
    """An error beside a line of a file."""
    place = {} if span is None else {"file": span.file, "line": span.line, "col": span.column}
    options = {**place, "title": title}
    return f"::error {','.join(f'{key}={_option(str(value))}' for key, value in options.items())}::{_message(said)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _option(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _summarise(text: str) -> None:
    """Add to the summary of the job, if there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{text}\n")
    except OSError as error:
        problem = f"GITHUB_STEP_SUMMARY names {path}, which cannot be written ({error.strerror})"
        raise UsageError("U010", problem, "Unset it, or name a file that can be written.") from None
