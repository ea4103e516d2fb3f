"""What a test file or an expected.toml says of a model: its parameters, its limits, what its properties must come to.

Reads and compares; decides nothing itself, and knows nothing of pytest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from checker.commands.catalogue import Entry, Expectation, differs, expectation, unexpected
from checker.commands.run import parameter_text
from checker.contract.task import BUILT_IN, NO_FAILURE
from checker.contract.verdict import Verdict
from checker.contract.wording import Status, status, wording
from checker.errors import UsageError, unknown_name
from checker.frontend.load import load
from checker.lang.declare import TEMPORAL, MarkKind
from checker.lang.model import Model, outline, parse_parameter
from evacheck.checking import Result, verify

LIMITS = ("engine", "time", "memory", "states", "depth", "workers")
"""What a mark passes on to `evacheck.verify`, besides its properties."""

OPTIONS = ("expect", "parameters", "properties", "allow_unknown", *LIMITS)
"""What a mark can say; any other name is a parameter of the model."""

COUNTS = "counts"
"""How the test is called that compares the numbers of states that an entry names."""


@dataclass(frozen=True)
class Asked:
    """A model to be decided, with its parameters. `expected` says what properties must come to, all others must hold or
    happen; `limits` are keywords of `evacheck.verify`; `entry` is what an expected.toml says, with its counts."""

    model: Model
    properties: tuple[str, ...] = ()
    expected: Mapping[str, Expectation] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    allow_unknown: bool = False
    entry: Entry | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The properties that will be decided, without reading the model's code; and COUNTS where some are given."""
        counts = (COUNTS,) if self.entry is not None and self.entry.distinct is not None else ()
        if self.properties:
            return (*dict.fromkeys((*self.properties, NO_FAILURE)), *counts)
        return (*(name for name in _asked(type(self.model), by_default=True)), *counts)

    def decide(self) -> Result:
        """Decide all properties. Raises ModelError and UsageError."""
        return verify(self.model, properties=self.properties, **self.limits)

    def difference(self, result: Result, name: str) -> str | None:
        """What is wrong with the verdict on a property, or with the counts; None if all is as it should be."""
        if name != COUNTS:
            said = differs(self.expected, name, result.verdicts[name], result.program.witnessed(name))
            return None if said is None else f"{name} {said}"
        assert self.entry is not None
        return " ".join(unexpected(self.entry, result.outcome)) or None


def is_open(name: str, verdict: Verdict) -> bool:
    """Whether a property was not decided."""
    return status(name, verdict) is Status.INCONCLUSIVE


def sentence(verdict: Verdict) -> str:
    """What is said of a verdict."""
    return wording(verdict).sentence


def of_mark(model: type[Model], said: Mapping[str, Any], usual: Mapping[str, Any]) -> Asked:
    """What `@pytest.mark.evacheck(...)` says of a class. `usual` are limits that hold where it names none, and
    `allow_unknown`. Raises UsageError U002, U003, U004, U008."""
    place = f"@pytest.mark.evacheck of {model.__name__}"
    given = {name: value for name, value in said.items() if name not in OPTIONS}
    named = said.get("parameters", {})
    if not isinstance(named, Mapping) or set(named) & set(given):
        problem = f"{place}: parameters={named!r} does not go with what else is there"
        raise UsageError("U008", problem, 'Write parameters={"name": value}, each name once.')
    _refuse_doubtful(model, said, named, place)
    options = {**usual, **{name: said[name] for name in (*LIMITS, "allow_unknown") if name in said}}
    allow = bool(options.pop("allow_unknown", False))
    asked = Asked(model(**given, **named), _properties(said, place), _expected(said, place), options, allow)
    return _complete(model, asked, place)


def of_entry(entry: Entry, folder: Path, place: str, usual: Mapping[str, Any]) -> Asked:
    """What an entry of an expected.toml says; a file that it names lies in `folder`. Raises UsageError, ModelError."""
    model = load(_found(entry.model, folder))
    values = {key: parse_parameter(model, key, parameter_text(value)) for key, value in entry.parameters.items()}
    limits = dict(usual)
    allow = bool(limits.pop("allow_unknown", False))
    return _complete(model, Asked(model(**values), (), entry.properties, limits, allow, entry), place)


def file_of(entry: Entry, folder: Path) -> tuple[Path, str] | None:
    """The file and class that an entry names; None if it names a module."""
    source, _, name = entry.model.partition(":")
    return ((folder / source).resolve(), name) if source.endswith(".py") else None


def _found(model: str, folder: Path) -> str:
    source, _, name = model.partition(":")
    return f"{folder / source}:{name}" if source.endswith(".py") else model


def _complete(model: type[Model], asked: Asked, place: str) -> Asked:
    """The same, if it speaks of properties that there are; with a lemma, if it speaks of one, among those to decide."""
    _confirm_known(model, asked, place)
    default = _asked(model, by_default=True)
    more = [name for name in asked.expected if name not in default]
    return replace(asked, properties=(*default, *more)) if more and not asked.properties else asked


def _refuse_doubtful(model: type[Model], said: Mapping[str, Any], named: Mapping[str, Any], place: str) -> None:
    """Refuse an option that may as well be meant as a parameter of that name."""
    for name in OPTIONS:
        if name in said and name in outline(model).parameters and name not in named:
            problem = f"{place}: {name}={said[name]!r} may be its parameter or an option"
            raise UsageError("U008", problem, f'Say what the parameter is, too: parameters={{"{name}": ...}}.')


def _properties(said: Mapping[str, Any], place: str) -> tuple[str, ...]:
    names = said.get("properties", ())
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise UsageError("U008", f"{place}: properties={names!r} is no list of names", 'Write properties=["name"].')
    return tuple(dict.fromkeys(names))


def _expected(said: Mapping[str, Any], place: str) -> dict[str, Expectation]:
    wanted = said.get("expect", {})
    if not isinstance(wanted, Mapping):
        raise UsageError("U008", f"{place}: expect={wanted!r} is no table", 'Write expect={"name": "violated"}.')
    try:
        return {name: expectation(value, f"{place}, {name}") for name, value in wanted.items()}
    except UsageError as error:
        remedy = 'Write "violated", or {"violated": 5} for a trace of five states.'
        raise UsageError("U008", error.problem.problem, remedy) from None


def _confirm_known(model: type[Model], asked: Asked, place: str) -> None:
    known = _asked(model, by_default=False)
    for name in (*asked.properties, *asked.expected):
        if name not in known:
            raise unknown_name("U003", f"{place}: there is no property {name!r}", name, known)
    for name in asked.expected:
        if asked.properties and name not in asked.names:
            problem = f"{place}: {name} is expected, and is not among the properties to decide"
            raise UsageError("U008", problem, f"Add {name!r} to properties, or leave it out of expect.")


def _asked(model: type[Model], by_default: bool) -> tuple[str, ...]:
    """The properties of a class, in the order of verdicts; all that can be asked for, or those that are by default."""
    lemmas = () if by_default else (MarkKind.LEMMA,)
    marked = outline(model).marked
    named = (
        *marked(MarkKind.ALWAYS, MarkKind.SOMETIMES, *lemmas),
        *marked(MarkKind.STEP),
        *marked(MarkKind.IMPLEMENTS),
        *marked(*TEMPORAL),
    )
    return (*(method.name for method in named), *BUILT_IN)
