"""Check a model from Python: one call, and a result that prints itself or fails a test. Decides nothing itself."""

from __future__ import annotations

import inspect
import time as clock
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker import files
from checker.check import engine as engine_called
from checker.check import read_in_time, select
from checker.commands.kept import decide
from checker.contract.task import Budget, Outcome, Task
from checker.contract.verdict import Verdict, Violated
from checker.contract.wording import Status, counted, overall, status, trace_of, wording
from checker.errors import UsageError
from checker.frontend.compile import compile_program
from checker.frontend.load import load
from checker.ir.nodes import Program
from checker.lang.model import Model, model_name
from checker.source import shown_path
from counterexamples.itf import traces
from evacheck.traces import LoadedTrace, written

if TYPE_CHECKING:
    from checker.engines.fuzz.machine import ModelMachine


_MARKS = dict.fromkeys(Status, "✗") | {Status.AS_EXPECTED: "✓", Status.INCONCLUSIVE: "?"}


class CheckFailed(AssertionError):  # as pytest says of a test
    """A property does not hold, or could not be decided. Its text is the counterexample, or says what is open."""


@dataclass(frozen=True)
class Result:
    """What became of each property. Prints as a table; with the first counterexample, if there is one.

    `verdicts` has a verdict for each property; `states` counts the distinct states visited (orbits, where types are
    symmetric; 0 by an engine that visits none); `depth` the states of the longest of the shortest ways to them;
    `seconds` is wall time; `stopped` says why the run ended early, if it did.
    """

    model: Model
    program: Program
    outcome: Outcome

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """The verdict of each property, by its name."""
        return self.outcome.verdicts

    @property
    def states(self) -> int:
        """Distinct states visited."""
        return self.outcome.stats.distinct

    @property
    def depth(self) -> int:
        """States of the longest behaviour looked at, the initial one counted."""
        return self.outcome.stats.depth

    @property
    def seconds(self) -> float:
        """Wall time, compiling included."""
        return self.outcome.stats.seconds

    @property
    def stopped(self) -> str | None:
        """Why the run ended before all was decided, such as a budget; None if it did not."""
        return self.outcome.stopped

    @property
    def ok(self) -> bool:
        """Whether every property holds, and every `@sometimes` happens, for certain."""
        return overall(self.outcome) is Status.AS_EXPECTED

    @property
    def traces(self) -> Mapping[str, LoadedTrace]:
        """The counterexample of each violated property, and the example of each `@sometimes` that happens."""
        shown = {name: trace_of(verdict) for name, verdict in self.verdicts.items()}
        return {name: LoadedTrace(self.program, trace, name) for name, trace in shown.items() if trace is not None}

    def check(self) -> Result:
        """The result itself if all is well; raises CheckFailed, with the counterexample as its text, if it is not. A
        property that could not be decided is a failure too: what was not checked does not pass."""
        bad = {name: v for name, v in self.verdicts.items() if status(name, v) is not Status.AS_EXPECTED}
        if not bad:
            return self
        raise CheckFailed(str(self))

    def save(self, folder: str | Path) -> list[Path]:
        """Write each violated property's trace into a folder as ITF JSON; gives the files. They name the model, and
        `evacheck show` and `replay` read them. Raises UsageError U010 for a
        model that is in no file, such as one of a notebook's cell."""
        made = []
        name = _name(self.model)
        for shows, verdict in self.verdicts.items():
            if isinstance(verdict, Violated):
                path = Path(folder) / f"{type(self.model).__name__}-{shows}.itf.json"
                files.write(path, traces.text(written(self.program, verdict.trace, name, shows, self.outcome.engine)))
                made.append(path)
        return made

    def __repr__(self) -> str:
        return str(self)  # at a prompt and in a notebook, too

    def _repr_html_(self) -> str:
        """In a notebook: a table, and the page of the first counterexample."""
        rows = "".join(
            f"<tr><td>{_MARKS[status(name, each)]}</td><td><code>{escape(name)}</code></td>"
            f"<td>{escape(wording(each).sentence)}</td></tr>"
            for name, each in self.verdicts.items()
        )
        stopped = "" if self.stopped is None else f"<p>Stopped early: {escape(self.stopped)}.</p>"
        first = self._first_violated()
        page = "" if first is None else self.traces[first]._repr_html_()
        return f"<p>{escape(self._head())}</p><table>{rows}</table>{stopped}{page}"

    def _head(self) -> str:
        stats = self.outcome.stats
        visited = f"{counted(stats.distinct, 'state')}, depth {stats.depth}, " if stats.distinct else ""
        cached = "" if self.outcome.kept_seconds is None else ", cached"
        return f"{self.model!r}: {visited}{stats.seconds:.1f} s ({self.outcome.engine}{cached})"

    def _first_violated(self) -> str | None:
        return next((name for name, verdict in self.verdicts.items() if isinstance(verdict, Violated)), None)

    def __str__(self) -> str:
        lines = [self._head()]
        wide = max(len(name) for name in self.verdicts)
        lines += [f"  {name.ljust(wide)}  {wording(verdict).sentence}" for name, verdict in self.verdicts.items()]
        if self.stopped is not None:
            lines.append(f"  stopped early: {self.stopped}")
        first = self._first_violated()
        if first is not None:
            lines += ["", str(self.traces[first])]
        return "\n".join(lines)


def verify(
    model: Model | type[Model] | str,
    *,
    properties: Iterable[str] = (),
    engine: str = "auto",
    time: float | None = None,
    memory: int | None = None,
    states: int | None = None,
    depth: int | None = None,
    workers: int = 1,
    keep_going: bool = True,
    fresh: bool = True,
    reduce: bool = False,
) -> Result:
    """Decide the properties of a model: an instance with its parameters, a class, or a name such as
    `"package.module:Class"` or `"file.py:Class"`.

    `properties` are names, all if empty; `engine` is one of auto, all, explicit, bmc, induction, reference, walk, gpu.
    Limits: `time` in seconds, `memory` in bytes besides what the process holds, `states` distinct ones, `depth` the
    states of a behaviour that a solver looks at. `keep_going` continues after a violation until all is decided. Without
    `fresh`, what was decided before of the very same program is taken, and printed as cached. `reduce`: steps are taken
    in one order where no property can tell the difference; counts are then of fewer states.
    Raises ModelError for a model outside the language, UsageError for a wrong name or value.
    """
    began = clock.monotonic()
    if reduce:
        from checker.commands.waiting import reducing  # noqa: PLC0415 - only who wants it

        engine, _ = reducing(reduce, engine, True, None, None, None)
    made = instance(model)
    budget = Budget(max_states=states, seconds=time, memory=memory, max_depth=depth, since=began)
    program = read_in_time(budget, lambda: compile_program(made))
    task = Task(program, select(program, properties), budget, workers, keep_going, reduce=reduce)
    return Result(made, program, decide(task, engine_called(engine), fresh))


def machine(model: Model | type[Model], properties: Iterable[str] = ()) -> type[ModelMachine]:
    """A Hypothesis state machine of a model: `TestCounter = machine(Counter).TestCase`. Needs the extra `fuzz`; raises
    UsageError U018 without it."""
    from checker.engines import fuzz  # noqa: PLC0415 - an extra

    return fuzz.machine(model, tuple(properties))


def instance(model: Any) -> Model:
    """The model that an instance, a class or a name means. Raises UsageError U001 for anything else."""
    if isinstance(model, Model):
        return model
    if isinstance(model, str):
        model = load(model)
    if isinstance(model, type) and issubclass(model, Model):
        return model()
    raise UsageError("U001", f"{model!r} is no model", "Give a model's class, an instance of it, or its name.")


def _name(model: Model) -> str:
    """What finds the model again: its module, or the file of a script."""
    kind = type(model)
    if kind.__module__ != "__main__":
        return model_name(kind)
    try:
        return f"{shown_path(inspect.getfile(kind))}:{kind.__qualname__}"
    except OSError:  # of a cell of a notebook
        problem = f"a trace names its model, and {kind.__qualname__} is in no file"
        remedy = "Write the class into a file and import it from there; in a notebook, `%%writefile counter.py`."
        raise UsageError("U010", problem, remedy) from None
