"""Which combinations of parameters a sweep checks, and what each came to, as plain data. Prints nothing.

Decides which model a module's name means and how verdicts stand side by side in a table; the verdicts themselves come
from `checker.commands.run`, which checks every combination as it would one model.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from checker.commands.run import Checked, Request, run, write_all
from checker.contract.task import Stats
from checker.contract.verdict import Bounded, Unknown, Verdict
from checker.contract.wording import Status, first_violated, overall, status, trace_of, word, wording
from checker.errors import AssumptionError, EngineBug, EvacheckError, UsageError
from checker.frontend.load import load, models_of, module_named
from checker.ir import types
from checker.ir.types import Value
from checker.lang.model import Model, bind, describe, outline, parameter_type, parse_parameter

MOST_VALUES = 64
"""How many values `all` of a parameter may have."""

MOST_COMBINATIONS = 1000
"""How many rows a sweep may have: more than that nobody reads."""

_RANGE = re.compile(r"(-?[0-9]{1,30})\.\.(-?[0-9]{1,30})")
_WORST = (
    Status.BUG,
    Status.SAFETY,
    Status.LIVENESS,
    Status.EVALUATION,
    Status.DEADLOCK,
    Status.MODEL,
    Status.USAGE,
    Status.INCONCLUSIVE,
)
_ONE_MODEL = "Name one model: evacheck verify MODEL --sweep NAME=all."


@dataclass(frozen=True, slots=True)
class Plan:
    """A model by its full name, the parameters swept, and every combination of their values as texts, in order."""

    model: str
    swept: tuple[str, ...]
    combinations: tuple[Mapping[str, str], ...]


Shared = tuple[str, str]
"""What is said of properties that come to the same in every row: of several, and of one."""

LEFT_OPEN: Shared = ("are left open", "is left open")


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdict on one property in one combination, in words: it comes from another process, which knows the classes
    of the model. `text` is what a table shows, `every` what is said before "in every row", alike for what need not be
    told apart: how soon something happens differs nearly always. `states` is the length of its trace; `skipped` says
    that it was left open because the search ended at the violation of another property."""

    name: str
    verdict: str
    text: str
    every: Shared
    states: int | None
    status: Status
    skipped: bool
    trace: Path | None


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One combination that was checked. `problem` is set instead of the cells if it could not be; `seconds` is wall
    time."""

    combination: Mapping[str, str]
    cells: tuple[Cell, ...] = ()
    status: Status = Status.AS_EXPECTED
    engine: str = ""
    stats: Stats = field(default_factory=Stats)
    stopped: str | None = None
    problem: str | None = None
    seconds: float = 0.0

    @property
    def label(self) -> str:
        """The combination as a person writes it."""
        return label(self.combination)

    @property
    def counterexample(self) -> Cell | None:
        """The shortest counterexample, the first of several."""
        violated = [cell for cell in self.cells if cell.verdict == "violated"]
        return min(violated, key=lambda cell: cell.states or 0, default=None)


def label(combination: Mapping[str, str]) -> str:
    """A combination as a person writes it: `barrier=none stacks_first=true`."""
    return " ".join(f"{name}={value}" for name, value in combination.items())


def plan(name: str, settings: Mapping[str, str], sweeps: Sequence[str]) -> Plan:
    """What is to be checked. Raises UsageError for a sweep that cannot be read or goes with no model, and ModelError if
    the module cannot be imported."""
    texts = _texts(sweeps, settings)
    full, model = _model(name, (*texts, *settings))
    fixed = {each: parse_parameter(model, each, text) for each, text in settings.items()}
    values = {each: _values(model, each, text, fixed) for each, text in texts.items()}
    number = 1
    for each in values.values():
        number *= len(each)
    if number > MOST_COMBINATIONS:
        raise UsageError("U012", f"--sweep asks for {number:,} combinations", f"At most {MOST_COMBINATIONS:,} go.")
    found = [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]
    _refuse_what_never_fits(model, fixed, values, found)
    shown = tuple({each: _spelling(model, each, value) for each, value in one.items()} for one in found)
    return Plan(full, tuple(values), shown)


def _texts(sweeps: Sequence[str], settings: Mapping[str, str]) -> dict[str, str]:
    """What `--sweep` was given, by name."""
    found: dict[str, str] = {}
    for sweep in sweeps:
        name, equals, text = sweep.partition("=")
        if not equals or not name or not text:
            raise UsageError("U011", f"--sweep {sweep} has no values", "Write it like --sweep objects=1..3.")
        if name in found:
            raise UsageError("U011", f"--sweep {name} stands twice", f"Give all its values at once: --sweep {name}=a,b")
        if name in settings:
            raise UsageError("U011", f"{name} is both set and swept", f"Leave out --set {name} or --sweep {name}.")
        found[name] = text
    return found


def _model(name: str, parameters: Sequence[str]) -> tuple[str, type[Model]]:
    """The model that a sweep means: the one named, or the one of its module that has all the parameters and is no
    subclass of another such."""
    if ":" in name:
        return name, load(name)
    models = models_of(module_named(name))
    if not models:
        raise UsageError("U013", f"{name} itself holds no model to sweep", _ONE_MODEL)
    if len(models) == 1:
        only, model = next(iter(models.items()))
        return f"{name}:{only}", model
    fitting = {each: model for each, model in models.items() if set(parameters) <= set(outline(model).parameters)}
    first = [
        each
        for each, model in fitting.items()
        if not any(other is not model and issubclass(model, other) for other in fitting.values())
    ]
    wanted = " and ".join(dict.fromkeys(parameters))
    if not first:
        raise UsageError("U013", f"no model of {name} has {wanted}", f"It holds: {', '.join(models)}.")
    if len(first) > 1:
        problem = f"{name} holds {len(first)} models with {wanted}"
        raise UsageError("U013", problem, f"Name one of them: {', '.join(f'{name}:{each}' for each in first)}.")
    return f"{name}:{first[0]}", fitting[first[0]]


def _values(model: type[Model], name: str, text: str, fixed: Mapping[str, Value]) -> list[Value]:
    """The values that `--sweep name=text` means, each once."""
    declared = outline(model).parameters
    if name not in declared:
        parse_parameter(model, name, text)  # says what is near
    if text.lower() == "all":
        defaults = {each: parameter.default for each, parameter in declared.items()}
        kind = parameter_type(declared[name], {**defaults, **fixed})
        if not isinstance(kind, (types.BoolType, types.EnumType, types.IntType)) or kind.size > MOST_VALUES:
            remedy = f"It takes {describe(kind)}: write like --sweep {name}=1..3 which."
            raise UsageError("U012", f"all values of {name} are too many to sweep", remedy)
        return list(kind.values())
    found: list[Value] = []
    for part in text.split(","):
        found += _part(model, name, part.strip())
    return list(dict.fromkeys(found))


def _part(model: type[Model], name: str, text: str) -> list[Value]:
    """One value, or the values of a range."""
    match = _RANGE.fullmatch(text)
    if match is None:
        if not text:
            raise UsageError("U011", f"--sweep {name} lists an empty value", f"Write it like --sweep {name}=a,b.")
        return [parse_parameter(model, name, text)]
    low, high = int(match[1]), int(match[2])
    if low > high:
        raise UsageError("U011", f"--sweep {name}={text} is empty", f"Write it like --sweep {name}={high}..{low}.")
    if high - low >= MOST_COMBINATIONS:
        problem = f"--sweep {name}={text} asks for {high - low + 1:,} values"
        raise UsageError("U012", problem, f"At most {MOST_COMBINATIONS:,} combinations go.")
    return [parse_parameter(model, name, str(value)) for value in range(low, high + 1)]


def _refuse_what_never_fits(
    model: type[Model],
    fixed: Mapping[str, Value],
    values: Mapping[str, Sequence[Value]],
    combinations: Sequence[Mapping[str, Value]],
) -> None:
    """Raise what is wrong with a value that fits in no combination. One that fits in some is a row that says so."""
    wrong = [_mistake(model, {**fixed, **one}) for one in combinations]
    for name, each in values.items():
        for value in each:
            found = [error for one, error in zip(combinations, wrong, strict=True) if one[name] == value]
            first = next((error for error in found if error is not None), None)
            if first is not None and None not in found:
                raise first


def _mistake(model: type[Model], parameters: Mapping[str, Value]) -> UsageError | None:
    try:
        bind(model, parameters)
    except UsageError as error:
        return error
    except EvacheckError:  # a mistake of the model: the row will say it
        return None
    return None


def _spelling(model: type[Model], name: str, value: Value) -> str:
    """How `--set` writes a value: the name of a member in small letters. Raises UsageError U011 if that would be read
    as another member."""
    text = (value.name if isinstance(value, Enum) else str(value)).lower()
    if parse_parameter(model, name, text) != value:
        raise UsageError("U011", f"--sweep cannot tell the members of {name} apart", "Name them differently.")
    return text


def attempt(combination: Mapping[str, str], request: Request) -> SweepRow:
    """Check one combination. `request` gives the model, the options and what is set. Never raises EvacheckError: it
    becomes the `problem`, for one broken combination must not hide the others."""
    began = time.perf_counter()
    try:
        done = run(replace(request, parameters={**request.parameters, **combination}, witnesses=False))
        written = write_all(done).traces
    except EngineBug as error:
        return SweepRow(combination, status=Status.BUG, problem=f"a bug of evacheck: {error}", seconds=_since(began))
    except AssumptionError as error:
        return SweepRow(combination, status=Status.USAGE, problem=str(error), seconds=_since(began))
    except (EvacheckError, OSError) as error:
        return SweepRow(combination, status=Status.MODEL, problem=str(error), seconds=_since(began))
    return _tried(combination, done, written, _since(began))


def _since(began: float) -> float:
    return time.perf_counter() - began


def _tried(combination: Mapping[str, str], done: Checked, written: Mapping[str, Path], seconds: float) -> SweepRow:
    outcome = done.outcome
    ended = not done.request.keep_going and outcome.stopped is None and first_violated(outcome) is not None
    cells = tuple(_cell(name, verdict, ended, written.get(name)) for name, verdict in outcome.verdicts.items())
    return SweepRow(
        combination, cells, overall(outcome), outcome.engine, outcome.stats, outcome.stopped, seconds=seconds
    )


def _cell(name: str, verdict: Verdict, ended: bool, written: Path | None) -> Cell:
    trace, said = trace_of(verdict), wording(verdict)
    skipped = ended and isinstance(verdict, (Bounded, Unknown))
    return Cell(
        name,
        word(verdict),
        "-" if skipped else said.cell,
        said.every,
        None if trace is None else len(trace),
        status(name, verdict),
        skipped,
        written,
    )


def worst(found: Sequence[SweepRow], complete: bool) -> Status:
    """The exit status of a sweep: the worst of its rows; inconclusive at least if some are missing."""
    seen = {each.status for each in found} | (set() if complete else {Status.INCONCLUSIVE})
    return next((each for each in _WORST if each in seen), Status.AS_EXPECTED)


def missing(planned: Plan, found: Sequence[SweepRow]) -> list[Mapping[str, str]]:
    """The combinations that were not checked."""
    there = [each.combination for each in found]
    return [each for each in planned.combinations if each not in there]


def properties(found: Sequence[SweepRow]) -> tuple[str, ...]:
    """Every property of the rows, in order."""
    return tuple(dict.fromkeys(cell.name for each in found for cell in each.cells))


def column(found: Sequence[SweepRow], name: str) -> list[Cell | None]:
    """The cells of one property, row by row; None where a row has no such property."""
    return [next((cell for cell in each.cells if cell.name == name), None) for each in found]


def common(found: Sequence[SweepRow]) -> dict[str, Shared]:
    """The properties that come to the same wherever they were decided, each with what it comes to."""
    shared: dict[str, Shared] = {}
    for name in properties(found):
        said = dict.fromkeys(cell.every for cell in column(found, name) if cell is not None and not cell.skipped)
        if len(said) <= 1:
            shared[name] = next(iter(said), LEFT_OPEN)
    return shared


def records(planned: Plan, settings: Mapping[str, str], found: Sequence[SweepRow]) -> dict[str, object]:
    """The one object that `--json` prints of a sweep."""
    return {
        "model": planned.model,
        "parameters": dict(settings),
        "swept": list(planned.swept),
        "missing": [dict(each) for each in missing(planned, found)],
        "rows": [_record(each) for each in found],
    }


def _record(tried: SweepRow) -> dict[str, object]:
    """What `--json` says of one row."""
    if tried.problem is not None:
        return {"parameters": dict(tried.combination), "problem": tried.problem, "status": int(tried.status)}
    stats = tried.stats
    return {
        "parameters": dict(tried.combination),
        "status": int(tried.status),
        "engine": tried.engine,
        "distinct": stats.distinct,
        "generated": stats.generated,
        "depth": stats.depth,
        "seconds": round(tried.seconds, 3),
        "stopped": tried.stopped,
        "properties": {cell.name: _said(cell) for cell in tried.cells},
    }


def _said(cell: Cell) -> dict[str, object]:
    trace = None if cell.trace is None else str(cell.trace)
    return {"verdict": cell.verdict, "states": cell.states, "trace": trace}


def corners(found: Sequence[SweepRow]) -> Iterator[tuple[SweepRow, Cell]]:
    """The broken combinations, each with its shortest counterexample."""
    for each in found:
        shortest = each.counterexample
        if shortest is not None:
            yield each, shortest
