"""The records of a log, whatever library wrote them, in one form. Knows no model: nothing here is an action or a value.

    evacheck            {"action": "put", "args": {"k": 1}, "vars": {"used": 3}}
                        {"process": "worker", "index": 0, "from": "start", "point": "read", "vars": {...}}
    structlog           {"event": "put", "k": 1, "used": 3, "level": "info", "timestamp": "..."}
    python-json-logger  {"message": "put", "k": 1, "used": 3, "asctime": "..."}
    otel                a span for each step: the JSON of OpenTelemetry's Python SDK, or OTLP's

The last three say an argument, a variable and what is nothing of the model in one breath: these are `loose`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any

from checker.errors import UsageError, did_you_mean, nearest
from counterexamples.itf.encoding import brief

Json = Any  # what json.loads returns
Clock = Mapping[str, int]


class Format(StrEnum):
    """Who wrote a log."""

    EVACHECK = "evacheck"
    STRUCTLOG = "structlog"
    PYTHON_JSON_LOGGER = "python-json-logger"
    OTEL = "otel"


@dataclass(frozen=True, slots=True)
class At:
    """A line of a log."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"

    def wrong(self, problem: str, remedy: str) -> UsageError:
        """The error that refuses the line: U030 with this place."""
        return UsageError("U030", f"{self}: {problem}", remedy)


@dataclass(frozen=True, slots=True)
class Raw:
    """What one record says. `named` is the step, None if the record only says how things stand; `of_process` that it is
    said to be a process. `left` and `reached` are control points. `node` tells the logs apart that one file holds;
    `begins` and `ends` are the nanoseconds of a span, `span` and `parent` its name and that of the one around it."""

    at: At
    text: str
    named: str | None
    of_process: bool = False
    arguments: Json = None
    left: str | None = None
    reached: str | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    loose: Mapping[str, Json] = field(default_factory=dict)
    clock: Clock | None = None
    node: str = ""
    begins: int | None = None
    ends: int | None = None
    span: str | None = None
    parent: str | None = None
    choices: Json = None


_KNOWN = ("action", "process", "args", "index", "from", "point", "vars", "choices", "clock", "node")
_PASSED = frozenset({"time", "timestamp", "level", "logger", "note"})
"""What a line of our own form may say besides: nothing is made of it."""
_ADDED = {
    Format.STRUCTLOG: frozenset({"level", "timestamp", "logger", "logger_name", "filename", "func_name", "lineno"}),
    Format.PYTHON_JSON_LOGGER: frozenset({"asctime", "levelname", "name", "taskName", "timestamp", "level", "logger"}),
}
"""What the libraries add themselves, unless it is asked to be something of the model."""


def records(path: Path, wanted: Format | None) -> Iterator[Raw]:
    """The records of a log in the order in which they stand in it. Raises UsageError U030 for a file or a line that
    cannot be read, U031 if there is none."""
    lines = _lines(path)
    first = next(lines, None)
    if first is None:
        remedy = "An empty log fits every model: see to it that the program writes one, and where."
        raise UsageError("U031", f"{path} holds no line", remedy)
    form = wanted or _guessed(*first)
    read = _READERS[form]
    for at, record, text in chain([first], lines):
        yield from read(at, record, text)


def _lines(path: Path) -> Iterator[tuple[At, dict[str, Json], str]]:
    """The objects that stand in a file, one a line; empty lines are passed over."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    at = At(str(path), number)
                    yield at, _object(at, text), text.strip()
    except UnicodeDecodeError as error:
        raise UsageError(
            "U030", f"{path}: it is no text in UTF-8 ({error.reason})", "Give a log of JSON lines."
        ) from None
    except OSError as error:
        raise UsageError("U030", f"{path} cannot be read ({error.strerror})", "Name a log that is there.") from None


def _object(at: At, text: str) -> dict[str, Json]:
    try:
        record = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        said = error.msg if isinstance(error, json.JSONDecodeError) else "too deep"
        remedy = 'A log has one JSON object a line, such as {"action": "put", "args": {"k": 1}}.'
        raise at.wrong(f"this is no JSON ({said}): {brief(text.strip())}", remedy) from None
    if not isinstance(record, dict):
        remedy = 'Write an object, such as {"action": "put", "args": {"k": 1}}.'
        raise at.wrong(f"{brief(record)} stands where an object is needed", remedy)
    return record


def _guessed(at: At, record: Mapping[str, Json], text: str) -> Format:
    """Who wrote a log, by its first line."""
    if "action" in record or "process" in record or "vars" in record:
        return Format.EVACHECK
    if "resourceSpans" in record or ("context" in record and "start_time" in record):
        return Format.OTEL
    if "event" in record:
        return Format.STRUCTLOG
    if "message" in record:
        return Format.PYTHON_JSON_LOGGER
    remedy = f'Name the form: --format {"|".join(Format)}. Our own: {{"action": "put", "args": {{"k": 1}}}}.'
    raise at.wrong(f"nothing here says who wrote it: {brief(text)}", remedy)


def _ours(at: At, record: Mapping[str, Json], text: str) -> Iterator[Raw]:
    for name in record:
        if name not in _KNOWN and name not in _PASSED:
            remedy = did_you_mean(nearest(name, _KNOWN), f'Put it into "note". A line has: {", ".join(_KNOWN)}.')
            raise at.wrong(f"a line has no {name!r}", remedy)
    if "action" in record and "process" in record:
        raise at.wrong('it says "action" and "process"', "A line is about one step: leave one of them out.")
    if "action" in record and "index" in record:
        raise at.wrong('it says "index" of an action', 'An action has "args"; a process has an "index".')
    of_process = "process" in record
    named = _text(at, record, "process" if of_process else "action")
    if named is None and not record.get("vars"):
        remedy = 'Give "action", "process" or "vars".'
        raise at.wrong(f"it says neither a step nor a variable: {brief(text)}", remedy)
    yield Raw(
        at,
        text,
        named,
        of_process,
        [record["index"]] if "index" in record else record.get("args"),
        _text(at, record, "from"),
        _text(at, record, "point"),
        _mapping(at, record, "vars"),
        clock=_clock(at, record),
        node=_text(at, record, "node") or "",
        choices=record.get("choices"),
    )


def _text(at: At, record: Mapping[str, Json], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise at.wrong(f"{key!r} is {brief(value)}, no text", f'Write it like {{"{key}": "put"}}.')
    return value


def _mapping(at: At, record: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = record.get(key, {})
    if not isinstance(value, dict):
        raise at.wrong(f"{key!r} is {brief(value)}, no object", f'Write it like {{"{key}": {{"used": 3}}}}.')
    return value


def _clock(at: At, record: Mapping[str, Json]) -> Clock | None:
    """A vector clock: how many events of each node this one has heard of."""
    if record.get("clock") is None:
        return None
    clock = _mapping(at, record, "clock")
    for node, count in clock.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise at.wrong(
                f"the clock of {node!r} is {brief(count)}, no count", 'Write it like {"clock": {"a": 3, "b": 1}}.'
            )
    return clock


def _flat(form: Format, key: str) -> Callable[[At, Mapping[str, Json], str], Iterator[Raw]]:
    """The reader of a library that writes all that an event is given beside its name."""

    def read(at: At, record: Mapping[str, Json], text: str) -> Iterator[Raw]:
        named = _text(at, record, key)
        if named is None:
            raise at.wrong(f"it has no {key!r}", f"Each line of {form} names its event so; --format says another form.")
        ours = {
            name: record[name] for name in ("vars", "args", "index", "from", "point", "clock", "node") if name in record
        }
        added = {*ours, *_ADDED[form], key}
        yield Raw(
            at,
            text,
            named,
            arguments=[ours["index"]] if "index" in ours else ours.get("args"),
            left=_text(at, ours, "from"),
            reached=_text(at, ours, "point"),
            variables=_mapping(at, ours, "vars"),
            loose={name: value for name, value in record.items() if name not in added},
            clock=_clock(at, ours),
            node=_text(at, ours, "node") or "",
        )

    return read


def _spans(at: At, record: Mapping[str, Json], text: str) -> Iterator[Raw]:
    """The spans of a line: one, as the Python SDK writes it, or those of an export by OTLP."""
    try:
        if "resourceSpans" not in record:
            yield _sdk_span(at, record, text)
            return
        for resource in record["resourceSpans"]:
            service = str(_attributes(resource.get("resource", {})).get("service.name", ""))
            for span in (each for scope in resource["scopeSpans"] for each in scope["spans"]):
                yield Raw(
                    at,
                    json.dumps(span),
                    str(span["name"]),
                    loose=_attributes(span),
                    node=service,
                    begins=int(span["startTimeUnixNano"]),
                    ends=int(span["endTimeUnixNano"]),
                    span=span.get("spanId"),
                    parent=span.get("parentSpanId") or None,
                )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        remedy = "Each is to be a finished span in the JSON of the Python SDK (`span.to_json(indent=None)`) or of OTLP."
        raise at.wrong(f"this is no span ({type(error).__name__}: {error}): {brief(text)}", remedy) from None


def _sdk_span(at: At, record: Mapping[str, Json], text: str) -> Raw:
    resource = record.get("resource") or {}
    return Raw(
        at,
        text,
        str(record["name"]),
        loose=dict(record.get("attributes") or {}),
        node=str((resource.get("attributes") or {}).get("service.name", "")),
        begins=_nanoseconds(record["start_time"]),
        ends=_nanoseconds(record["end_time"]),
        span=record["context"]["span_id"],
        parent=record.get("parent_id"),
    )


def _nanoseconds(written: str) -> int:
    since = datetime.fromisoformat(written) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000


def _attributes(owner: Mapping[str, Json]) -> dict[str, Json]:
    """The attributes of a span or a resource, in plain JSON."""
    return {each["key"]: _otlp(each["value"]) for each in owner.get("attributes", ())}


def _otlp(value: Mapping[str, Json]) -> Json:
    """A value as OTLP writes it: `{"intValue": "3"}`."""
    ((kind, inner),) = value.items()
    match kind:
        case "intValue":
            return int(inner)
        case "arrayValue":
            return [_otlp(each) for each in inner.get("values", ())]
        case "kvlistValue":
            return {each["key"]: _otlp(each["value"]) for each in inner.get("values", ())}
        case _:
            return inner


_READERS: Mapping[Format, Callable[[At, Mapping[str, Json], str], Iterator[Raw]]] = {
    Format.EVACHECK: _ours,
    Format.STRUCTLOG: _flat(Format.STRUCTLOG, "event"),
    Format.PYTHON_JSON_LOGGER: _flat(Format.PYTHON_JSON_LOGGER, "message"),
    Format.OTEL: _spans,
}
