"""What the models that come with evacheck must give: the expected.toml beside them, read and compared. Runs no engine.

Each entry is a model with parameters, the counts that exploring it whole must give, and what is expected of each
property. A property that an entry does not name must hold, or happen if it is a `@sometimes`. An entry without counts
is explored only until something in it is violated.

    [[entry]]
    model = "spec.classics.diehard:DieHard"
    size = "small"                  # "thorough": only with --thorough
    distinct = 16                   # with generated and depth; may be left out only where something is violated
    generated = 97
    depth = 8
    source = "TLC 2.19"             # where the counts come from
    [entry.parameters]
    [entry.properties]
    big_is_not_4 = { violated = 7 } # "holds", "witnessed", "unreachable", { witnessed = n }, { violated = n }
    answered = "vacuous"            # a @leads_to that holds of nothing: what it begins with never happens
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from checker.contract.task import Outcome
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Unknown,
    Unreachable,
    Verdict,
)
from checker.contract.wording import trace_of, wording
from checker.errors import UsageError
from checker.frontend.model_files import CATALOGUE

SIZES = ("small", "thorough")
COUNTS = ("distinct", "generated", "depth")
WORDS = ("holds", "vacuous", "witnessed", "unreachable", "violated")

_REMEDY = "`evacheck explain-code U009` shows an entry."


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a property must come to. `word` is one of WORDS; `states` is the length of the shortest trace, if known."""

    word: str
    states: int | None = None

    def __post_init__(self) -> None:
        assert self.word in WORDS
        assert self.states is None or self.word in ("violated", "witnessed")

    def __str__(self) -> str:
        return self.word if self.states is None else f"{self.word} in {self.states} states"


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of the catalogue. `parameters` are as TOML has them: integers, truth values, names of enum members."""

    model: str
    parameters: Mapping[str, object]
    size: str
    properties: Mapping[str, Expectation]
    distinct: int | None
    generated: int | None
    depth: int | None
    source: str

    @property
    def label(self) -> str:
        """How a table names the entry: class and parameters."""
        name = self.model.rpartition(":")[2]
        return " ".join((name, *(f"{key}={_show(value)}" for key, value in self.parameters.items())))


def entries(path: Path | None = None, prefixes: Sequence[str] = ()) -> tuple[Entry, ...]:
    """The entries of one file, or the whole catalogue in its order; files in which none of `prefixes` stands are left
    out. Raises UsageError U009 if one cannot be read."""
    files = _find() if path is None else [path]
    return tuple(entry for file in files for entry in _read(file, file.name if path else _name(file), prefixes))


def own_entries(path: Path) -> tuple[Entry, ...]:
    """The entries of a user's own file, of which neither counts nor their source need to be known. Raises UsageError
    U009 if it cannot be read."""
    return _parsed(_text(path, path.name), path.name, own=True)


def _read(path: Path, name: str, prefixes: Sequence[str]) -> tuple[Entry, ...]:
    text = _text(path, name)
    return _parsed(text, name) if not prefixes or any(prefix in text for prefix in prefixes) else ()


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("U009", f"{name} cannot be read ({error})", _REMEDY) from None


@lru_cache
def _parsed(text: str, name: str, own: bool = False) -> tuple[Entry, ...]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError("U009", f"{name} is not TOML: {error}", _REMEDY) from None
    raw = data.get("entry", [])
    if not isinstance(raw, list) or set(data) - {"entry"}:
        raise UsageError("U009", f"{name} is a list of [[entry]] and nothing else", _REMEDY)
    return tuple(_entry(item, f"{name}: entry {number}", own) for number, item in enumerate(raw, 1))


def select(prefixes: Sequence[str], thorough: bool = False, path: Path | None = None) -> tuple[Entry, ...]:
    """The entries whose model is one of `prefixes` or lies below one (all without any), of the sizes asked for.
    Empty if none matches."""
    return tuple(
        entry
        for entry in entries(path, prefixes)
        if (thorough or entry.size == "small") and (not prefixes or any(_below(entry.model, each) for each in prefixes))
    )


def compare(entry: Entry, outcome: Outcome, sometimes: Iterable[str] = ()) -> list[str]:
    """How a run differs from what its entry expects, as sentences; none if it does not. `sometimes` names the
    program's `@sometimes` properties."""
    happens = frozenset(sometimes)
    each = ((name, difference(entry, name, verdict, name in happens)) for name, verdict in outcome.verdicts.items())
    return [*(f"{name} {wrong}" for name, wrong in each if wrong is not None), *unexpected(entry, outcome)]


def unexpected(entry: Entry, outcome: Outcome) -> list[str]:
    """The differences that belong to no single property: properties that are missing, and counts, if all states were
    counted."""
    missing = [name for name in entry.properties if name not in outcome.verdicts]
    stats = outcome.stats if _counted(outcome) else None
    pairs = [(name, getattr(entry, name), getattr(stats, name)) for name in COUNTS] if stats else []
    return [
        *(f"{name} is expected, but the model has no such property." for name in missing),
        *(f"{name} should be {want:,}, but is {have:,}." for name, want, have in pairs if want not in (None, have)),
    ]


def _counted(outcome: Outcome) -> bool:
    """Whether the counts are those of all that a run of an engine that counts explores."""
    if not outcome.parts:
        return outcome.stats.distinct > 0 and outcome.stopped is None
    given = [verdict for part in outcome.parts for verdict in part.verdicts.values()]
    visited = {each.distinct for each in given if isinstance(each, (Exhausted, Unreachable))}
    return outcome.stats.distinct in visited


def difference(entry: Entry, name: str, verdict: Verdict, sometimes: bool) -> str | None:
    """How the verdict on one property differs from what is expected; None if it does not.

    An entry without counts ends at its violation. What it does not name need not be decided then, nor happen: a proof
    may know that it never does, where exploring has not come so far."""
    if name not in entry.properties and entry.distinct is None and _is_left_open(verdict):
        return None
    return differs(entry.properties, name, verdict, sometimes)


def differs(expectations: Mapping[str, Expectation], name: str, verdict: Verdict, sometimes: bool) -> str | None:
    """How the verdict on one property differs from what is expected of it: where nothing is said, that it holds, or
    happens; None if it does not. What is not decided is never as expected."""
    expected = expectations.get(name, Expectation("witnessed" if sometimes else "holds"))
    word, trace = wording(verdict).expected, trace_of(verdict)
    states = None if trace is None else len(trace)
    if word != expected.word:
        found = word if states is None else f"{word} in {states} states"
        return f"should {_verb('be', str(expected))}, but {_verb('is', found)}."
    if expected.states is not None and states != expected.states:
        assert states is not None
        return f"should be {expected}, but the trace found has {states}: it became {_changed(expected.states, states)}."
    return None


def _verb(be: str, what: str) -> str:
    """`be violated`, but `hold`; `is unknown`, but `holds`; `be vacuous`."""
    if what == "holds":
        return "hold" if be == "be" else "holds"
    return f"{be} {what}"


def _changed(before: int, now: int) -> str:
    return "longer" if now > before else "shorter"


def _is_left_open(verdict: Verdict) -> bool:
    return isinstance(verdict, (Bounded, Unknown)) or verdict == Unreachable(None)


def _find() -> list[Path]:
    """Every spec/*/expected.toml of the installed package, without importing it."""
    files = sorted(CATALOGUE.glob("*/expected.toml"))
    if not files:
        problem = "there is no catalogue: spec/*/expected.toml is not installed"
        raise UsageError("U009", problem, "Name a model to check.")
    return files


def _name(file: Path) -> str:
    return f"spec/{file.parent.name}/{file.name}"


def _below(model: str, prefix: str) -> bool:
    return model == prefix or model.startswith((prefix + ".", prefix + ":"))


def _show(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _entry(raw: object, place: str, own: bool) -> Entry:
    """One entry, checked."""
    if not isinstance(raw, dict):
        _wrong(place, "is not a table")
    known = {"model", "parameters", "size", "properties", "source", *COUNTS}
    for key in raw:
        if key not in known:
            _wrong(place, f"has an unknown key {key!r}")
    model = raw.get("model")
    if not isinstance(model, str) or model.count(":") != 1:
        _wrong(place, f'needs model = "package.module:Class", not {model!r}')
    if raw.get("size", "small" if own else None) not in SIZES:
        _wrong(place, f'needs size = "small" or "thorough", not {raw.get("size")!r}')
    wanted = _dict(raw, "properties", place)
    properties = {name: expectation(value, f"{place}, {name}") for name, value in wanted.items()}
    counts = {key: _count(raw[key], f"{place}, {key}") if key in raw else None for key in COUNTS}
    violated = any(each.word == "violated" for each in properties.values())
    if None in counts.values() and not violated and not own:
        _wrong(place, "needs distinct, generated and depth: nothing in it is violated")
    source = raw.get("source", "")
    if not isinstance(source, str) or (not source and any(counts.values()) and not own):
        _wrong(place, "needs source = where its counts come from")
    size = raw.get("size", SIZES[0])
    return Entry(model, _dict(raw, "parameters", place), size, properties, source=source, **counts)


def _dict(raw: Mapping[str, Any], key: str, place: str) -> dict[str, Any]:
    value = raw.get(key, {})
    if not isinstance(value, dict):
        _wrong(place, f"has {key} that are not a table")
    return value


def _count(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        _wrong(place, f"must be a whole number from 1, not {value!r}")
    return value


def expectation(value: object, place: str) -> Expectation:
    """What `place` says of a property: one of WORDS, or `{"violated": states}`. Raises UsageError U009 for all else."""
    match value:
        case str() if value in WORDS:
            return Expectation(value)
        case {"violated": states, **rest} | {"witnessed": states, **rest} if not rest and isinstance(value, dict):
            return Expectation(next(iter(value)), _count(states, place))
    _wrong(place, f"must be one of {', '.join(WORDS)} or {{ violated = states }}, not {value!r}")
    return None


def _wrong(place: str, problem: str) -> NoReturn:
    raise UsageError("U009", f"{place} {problem}", _REMEDY)
