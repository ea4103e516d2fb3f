"""Read what options say: settings, durations, amounts of memory. Knows no command and prints nothing."""

from __future__ import annotations

import os
import re

from checker.errors import UsageError, unknown_name

_DURATION = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)(ms|s|m|h)?")
_MEMORY = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)([KMGT]?)i?B?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}

FORMS = ("json", "sarif", "junit", "github", "markdown", "mermaid")
"""What `--format` takes."""


def settings_of(texts: list[str]) -> dict[str, str]:
    """What `--set` was given, by name."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError("U008", f"--set {text} has no value", "Write it like --set objects=2.")
        if name in found:
            raise UsageError("U008", f"--set {name} stands twice", "Give it once.")
        found[name] = value
    return found


def duration(text: str, option: str = "--time") -> float:
    """Seconds: `500ms`, `60s`, `60`, `5m`, `1h`."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UsageError("U008", f"{option} {text} is no duration", "Write it like 500ms, 60s, 5m or 1h.")
    return float(match[1]) * _SECONDS[match[2]]


def amount(text: str) -> int:
    """Bytes: `8G`, `500M`, `1000000`."""
    match = _MEMORY.fullmatch(text.strip())
    if match is None:
        raise UsageError("U008", f"--memory {text} is no amount of memory", "Write it like 500M or 8G.")
    return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def form_of(form: str | None, json: bool, one: bool) -> str | None:
    """The format to print in; None for words."""
    if form is None or form == "json":
        return "json" if json or form else None
    if form not in FORMS:
        raise unknown_name("U008", f"--format {form} is no format", form, FORMS)
    if json:
        raise UsageError("U008", "--json and --format exclude each other", "Give one of them.")
    if not one:
        remedy = f"Name one: evacheck verify MODEL --format {form}. --json goes with several, too."
        raise UsageError("U008", f"--format {form} goes with one model", remedy)
    return form
