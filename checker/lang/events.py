"""Events: helpers whose calls are shown in traces. What the mark says, and what it was given."""

from __future__ import annotations

from typing import Any

from checker.errors import ModelError, Problem
from checker.lang.declare import Method, brief


def event(text: Any = None) -> Any:
    """Calls of this helper are shown in traces, with their arguments and what comes back: `@event`. `@event("{t} reads
    {value}")` says it in words, where a name in braces is a parameter, or `result`. It changes nothing else."""
    if callable(text):
        return _put_event(text, "")
    if not isinstance(text, str):
        problem = f"@event is given {brief(text)}"
        raise ModelError([Problem("E206", None, problem, 'Write @event, or @event("{name} is read").')])
    return lambda method: _put_event(method, text)


def _put_event(method: Method, text: str) -> Method:
    if not hasattr(method, "__code__"):
        raise ModelError([Problem("E206", None, f"@event marks {method!r}", "Mark a plain method.")])
    method.__dict__["__evacheck_event__"] = text
    return method


def event_of(method: object) -> str | None:
    """What a call of this helper is called in traces: empty for its name and arguments; None if it is no event."""
    return getattr(method, "__evacheck_event__", None)
