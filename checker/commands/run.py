"""Check one model by name, from loading it to writing its traces. Prints nothing and decides nothing itself.

Both forms of `evacheck verify` go through here: the direct run of one model, and each entry of a catalogue run, which
`examine` checks in a process of its own and returns as plain rows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker import __version__, files
from checker.check import engine, read_in_time, select
from checker.commands import report_proofs as grounds
from checker.commands.catalogue import Entry, difference, unexpected
from checker.commands.kept import decide
from checker.contract.task import Budget, Cluster, Keeping, Outcome, Sampling, Stats, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Bounded, Exhausted, Proved, Unreachable, Verdict, Violated
from checker.contract.wording import trace_of, word, wording
from checker.errors import EngineBug, EvacheckError, UsageError, unknown_name
from checker.files import Unwritten
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program, Role
from checker.lang.model import Model, bind, outline, parameter_type, parse_parameter
from counterexamples.corpus.kept import what_became
from counterexamples.draw.chain import trace_svg
from counterexamples.draw.pictures import trace_picture
from counterexamples.itf import traces as itf

if TYPE_CHECKING:
    from checker.certificates.certificate import Written

Progress = Callable[[Stats], None]

_REMEMBERED = 100
"""Programs that are kept: a second engine looks at the same one, and so do the traces of one model. Each takes half a
megabyte, and a tenth of a second or more to make anew."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be checked and how. `parameters` are texts as `--set` takes them; no `properties` means all;
    `witnesses` writes the traces of `@sometimes` properties too; `certificate` is a folder for what they rest on.
    `unbounded` are the parameters that are left open, `view` the names of variables to count and show. `named_out`: the
    user chose the folder `out`. Files are named by the `title`, or by model and parameters. Unless it is to be `fresh`,
    what was decided before is taken."""

    model: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    properties: tuple[str, ...] = ()
    engine: str = "auto"
    budget: Budget = field(default_factory=Budget)
    workers: int = 1
    keep_going: bool = False
    out: Path = Path("evacheck-out")
    witnesses: bool = False
    certificate: Path | None = None
    sampling: Sampling = field(default_factory=Sampling)
    named_out: bool = False
    title: str = ""
    again: str | None = None
    first_only: bool = False
    unbounded: str | None = None
    view: str | None = None
    keeping: Keeping = field(default_factory=Keeping)
    reduce: bool = False
    reduce_late: bool = False
    cluster: Cluster | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A model that was checked: its program and what came out. With sizes left open it is the program of the size that
    traces are of."""

    request: Request
    program: Program
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """One property of an entry, as plain data: its verdict in a word, for a table and in full, how that is not as
    expected (None: it is), and the file with its trace; what each of several engines gave, and what the verdict rests
    on."""

    property: str
    verdict: str
    brief: str
    difference: str | None
    trace: Path | None
    given: tuple[tuple[str, str], ...] = ()
    grounds: Mapping[str, object] = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """An entry of the catalogue that was checked. `problem` is set instead of all else if it could not be. `unexpected`
    are the sentences that belong to no single row, such as counts that differ. `seconds` is wall time. `kept`: it was
    decided before, and nothing that takes part has changed since."""

    entry: Entry
    rows: tuple[PropertyRow, ...] = ()
    engine: str = ""
    stats: Stats = field(default_factory=Stats)
    unexpected: tuple[str, ...] = ()
    problem: str | None = None
    seconds: float = 0.0
    kept: bool = False

    @property
    def as_expected(self) -> bool:
        """Whether everything is as the entry says."""
        return self.problem is None and not self.unexpected and all(row.difference is None for row in self.rows)


def compiled(name: str, parameters: Mapping[str, str]) -> Program:
    """The program of the model called `name`, its parameters given as texts. Raises ModelError and UsageError."""
    model: Any = load(name)  # a class, which mypy takes for a thing without a hash: its objects have none
    given = {key: parse_parameter(model, key, text) for key, text in parameters.items()}
    return _program(model, tuple(bind(model, given).items()))  # all of them: a default may be given or left out


@lru_cache(maxsize=_REMEMBERED)
def _program(model: type[Model], parameters: tuple[tuple[str, Any], ...]) -> Program:
    return compile_model(model, dict(parameters))


def described(name: str) -> tuple[str, Mapping[str, str]]:
    """The first line of a model's docstring, and its parameters with their defaults; or why there is neither.
    Its code is not compiled: that takes a second for a large one."""
    try:
        model = load(name)
        values = bind(model, {})
        declared = outline(model).parameters
        shown = {key: parameter_type(declared[key], values).show(value) for key, value in values.items()}
    except EvacheckError as error:
        return f"cannot be loaded: {error}", {}
    return next(iter((model.__doc__ or "").strip().splitlines()), ""), shown


def run(request: Request, progress: Progress | None = None) -> Checked:
    """Check one model. Its time counts from here: loading and compiling are part of it. Raises ModelError, UsageError
    and EngineBug."""
    began = time.monotonic()
    chosen = engine(request.engine)
    if request.certificate is not None:
        from checker.certificates.certificate import confirm_free  # noqa: PLC0415 - only who wants one

        confirm_free(request.certificate)
    budget = replace(request.budget, since=began)
    program = read_in_time(budget, lambda: compiled(request.model, request.parameters))
    task = Task(
        program,
        select(program, request.properties, request.model),
        budget,
        request.workers,
        request.keep_going,
        progress,
        certify=request.certificate is not None,
        sampling=request.sampling,
        first_only=request.first_only,
        view=viewed(program, request.view, request.model),
        keeping=request.keeping,
        reduce=request.reduce,
        reduce_late=request.reduce_late,
        cluster=request.cluster,
    )
    if request.unbounded is not None:
        return _unbounded(request, task, request.unbounded)
    return Checked(request, program, decide(task, chosen, request.fresh))


def viewed(program: Program, names: str | None, model: str = "") -> tuple[str, ...]:
    """The variables that a view names: those declared, and of a process where it stands and its locals. Raises
    UsageError U008 for a name that is neither; it calls the model as the user did, by `model`."""
    own: dict[str, tuple[str, ...]] = {each.name: (each.name,) for each in program.variables if each.role is Role.MODEL}
    for process in program.processes:
        lead = f"{process.name}."
        own[process.name] = tuple(each.name for each in program.variables if each.name.startswith(lead))
    wanted = [] if names is None else [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in own:
            problem = f"--view: {model or program.model} has no variable or process {name!r}"
            raise unknown_name("U008", problem, name, own)
    return tuple(dict.fromkeys(each for name in wanted for each in own[name]))


def _unbounded(request: Request, task: Task, names: str) -> Checked:
    """Check a model with sizes left open."""
    from checker.every_size import check_every_size  # noqa: PLC0415 - only who wants it pays for Z3
    from checker.frontend.open_sizes import left_open  # noqa: PLC0415 - likewise

    model = load(request.model)
    given = {key: parse_parameter(model, key, text) for key, text in request.parameters.items()}
    open_sizes = read_in_time(task.budget, lambda: left_open(model, given, names))
    found = check_every_size(task, open_sizes)
    return Checked(request, found.program, found.outcome)


@dataclass(slots=True)
class Files:
    """What was written of a run: traces and pictures by property, and what could not be."""

    traces: dict[str, Path] = field(default_factory=dict)
    pictures: dict[str, Path] = field(default_factory=dict)
    unwritten: list[Unwritten] = field(default_factory=list)

    def write(self, kept: dict[str, Path], name: str, path: Path, text: str, below: Path) -> None:
        """Write a file, or remember that it was not."""
        try:
            files.write(path, text, below)
            kept[name] = path
        except Unwritten as error:
            self.unwritten.append(error)


def write_traces(run: Checked, suffix: str = "") -> Files:
    """Write the traces of a run below its folder, as ITF. `suffix` ends the names. Runs no code of the model."""
    made = Files()
    for name, verdict in run.outcome.verdicts.items():
        trace = trace_of(verdict)
        if trace is None or not (isinstance(verdict, Violated) or run.request.witnesses):
            continue
        path = run.request.out / _file_name(run.request, name, f"{suffix}.itf.json")
        meta = itf.Meta(run.request.model, name, word(verdict), run.outcome.engine, __version__)
        made.write(made.traces, name, path, itf.text(itf.dump(run.program, trace, meta)), _below(run.request))
    return made


def draw_traces(run: Checked, made: Files, complain: Callable[[EvacheckError], None] | None = None) -> None:
    """Draw the traces that were written, each beside its file. To be called when the verdicts are out, for it runs the
    model's `picture`; `complain` hears if that fails: a plain picture is drawn then."""
    for name, path in made.traces.items():
        trace = trace_of(run.outcome.verdicts[name])
        assert trace is not None
        drawn = _drawn(run.program, trace, name, complain)
        made.write(made.pictures, name, picture_of(path), drawn, _below(run.request))


def write_all(run: Checked) -> Files:
    """Traces and pictures of a run whose verdicts are shown elsewhere. Raises Unwritten if one cannot be written."""
    made = write_traces(run)
    draw_traces(run, made)
    if made.unwritten:
        raise made.unwritten[0]
    return made


def _below(request: Request) -> Path:
    """The folder out of which no link leads: the one that the user names, or the current one."""
    return request.out if request.named_out else Path()


def _drawn(program: Program, trace: Trace, name: str, complain: Callable[[EvacheckError], None] | None) -> str:
    try:
        return trace_picture(program, trace, name)
    except EvacheckError as error:
        if complain is not None:
            complain(error)
        return trace_svg(program, trace, name)


def write_certificate(run: Checked, progress: Callable[[str], None] | None = None) -> Written | None:
    """Write the certificate that the request asks for; None if nothing was proved or exhausted. Raises UsageError U010
    if it cannot be written."""
    from checker.certificates.certificate import write  # noqa: PLC0415 - only who wants one

    folder = run.request.certificate
    assert folder is not None
    try:
        return write(folder, run.program, run.request.model, run.outcome, __version__, progress)
    except OSError as error:
        problem = f"the certificate cannot be written to {folder}: {error}"
        remedy = "What lies there is no certificate. Make room, or choose another folder for --certificate."
        raise UsageError("U010", problem, remedy) from None


def picture_of(trace: Path) -> Path:
    """The picture that lies beside a trace file."""
    return trace.with_name(trace.name.removesuffix(".itf.json") + ".svg")


def examine(entry: Entry, request: Request) -> Examined:
    """Check one entry of the catalogue and compare. `request` gives the options and properties; the entry, model and
    parameters. With a title, files lie in the request's folder, without one in a folder of the model's below it. The
    engine `again` decides anew what was not left to it alone, and what it says otherwise is unexpected; it writes
    nothing.
    Never raises EvacheckError: it becomes the `problem`, for one broken model must not hide the others."""
    found = _examined(entry, request)
    if request.again is None or found.problem is not None or found.engine == request.again:
        return found
    second = _examined(entry, replace(request, engine=request.again), writes=False)
    said = [] if second.problem is None else [second.problem]
    said += [f"{row.property} {row.difference}" for row in second.rows if row.difference is not None]
    said += second.unexpected
    unexpected = (*found.unexpected, *(f"by the engine '{request.again}': {each}" for each in said))
    return replace(found, unexpected=unexpected, seconds=found.seconds + second.seconds)


def _parameters(entry: Entry) -> dict[str, str]:
    return {name: parameter_text(value) for name, value in entry.parameters.items()}


def _chosen(entry: Entry, request: Request) -> str:
    """The engine for an entry. In place of `auto` the one that it would come to: to explore all of so many states it
    leaves to compiled code, after a trial that cannot end."""
    if request.engine != "auto" or entry.distinct is None:
        return request.engine
    from checker.portfolio import EXPLORES, FEW_BEHAVIOURS, few_states  # noqa: PLC0415 - only who wants `auto`

    program = compiled(entry.model, _parameters(entry))
    others = program.abstract or any(each.formula is not None for each in program.temporal)
    few = max(few_states(program), FEW_BEHAVIOURS if program.temporal else 0)
    return request.engine if others or entry.distinct <= few else EXPLORES


def _examined(entry: Entry, request: Request, writes: bool = True) -> Examined:
    started = time.perf_counter()
    open_ = () if request.unbounded is None else tuple(request.unbounded.split(","))
    try:
        checked = run(
            Request(
                entry.model,
                {name: text for name, text in _parameters(entry).items() if name not in open_},
                request.properties,
                engine="induction" if open_ else _chosen(entry, request),
                unbounded=request.unbounded,
                budget=request.budget,
                workers=request.workers,
                keep_going=entry.distinct is not None,
                first_only=entry.distinct is None,
                fresh=request.fresh,
                out=request.out if request.title else request.out / entry.model.partition(":")[0],
                named_out=False,
                title=request.title,
            )
        )
        written = write_all(checked).traces if writes else {}
    except EngineBug as error:
        return Examined(entry, problem=f"a bug of evacheck: {error}", seconds=time.perf_counter() - started)
    except (EvacheckError, OSError) as error:
        return Examined(entry, problem=str(error), seconds=time.perf_counter() - started)
    return _compared(entry, checked, written, time.perf_counter() - started)


def _compared(entry: Entry, run: Checked, written: Mapping[str, Path], seconds: float) -> Examined:
    outcome = run.outcome
    rows = tuple(
        PropertyRow(
            name,
            word(verdict),
            wording(verdict).brief,
            _difference(entry, run.program, name, verdict, run.program.witnessed(name)),
            written.get(name),
            tuple((part.engine, wording(part.verdicts[name]).short) for part in outcome.parts if name in part.verdicts),
            grounds.record(run.program, entry.model, outcome, name, __version__),
            wording(verdict).sentence,
        )
        for name, verdict in outcome.verdicts.items()
    )
    kept = outcome.kept_seconds is not None
    return Examined(entry, rows, outcome.engine, outcome.stats, tuple(unexpected(entry, outcome)), None, seconds, kept)


def _difference(entry: Entry, program: Program, name: str, verdict: Verdict, sometimes: bool) -> str | None:
    """How a verdict differs from what is expected, and what became of the counterexample that is kept."""
    said = difference(entry, name, verdict, sometimes)
    if said is None or name not in entry.properties or entry.properties[name].word != "violated":
        return said
    became = what_became(program, name)
    return said if became is None else f"{said} {became}"


def parameter_text(value: object) -> str:
    """A parameter of the catalogue as `--set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown_parameters(program: Program) -> dict[str, str]:
    """The parameters of a program as a person writes them."""
    return {name: program.parameter_types[name].show(value) for name, value in program.parameters.items()}


def results(run: Checked, written: Mapping[str, Path]) -> list[dict[str, object]]:
    """One object for each property of a direct run, for `--json`."""
    parameters = shown_parameters(run.program)
    outcome = run.outcome
    model = run.request.model
    return [
        {
            **_record(model, parameters, outcome.engine, outcome.stats, name, word(verdict), written.get(name)),
            **_vacuous(verdict),
            **grounds.record(run.program, model, outcome, name, __version__),
            **({} if outcome.kept_seconds is None else {"cached": True}),
        }
        for name, verdict in outcome.verdicts.items()
    ]


def examined_results(examined: Examined) -> list[dict[str, object]]:
    """One object for each property of a catalogue entry, for `--json`; one with a problem if there are no verdicts."""
    entry = examined.entry
    parameters = {name: parameter_text(value) for name, value in entry.parameters.items()}
    if examined.problem is not None:
        return [{"model": entry.model, "parameters": parameters, "problem": examined.problem, "as_expected": False}]
    return [
        {
            **_record(entry.model, parameters, examined.engine, examined.stats, row.property, row.verdict, row.trace),
            **row.grounds,
            **({"cached": True} if examined.kept else {}),
            "as_expected": row.difference is None and not examined.unexpected,
        }
        for row in examined.rows
    ]


def as_json(found: list[dict[str, object]]) -> str:
    """The one object that `--json` prints of verdicts."""
    return to_json({"results": found})


def to_json(found: dict[str, object]) -> str:
    """An object as `--json` prints it."""
    return json.dumps(found, indent=2, ensure_ascii=False)


def _record(
    model: str, parameters: Mapping[str, str], engine: str, stats: Stats, name: str, verdict: str, trace: Path | None
) -> dict[str, object]:
    """What `--json` says of one property."""
    return {
        "model": model,
        "parameters": dict(parameters),
        "engine": engine,
        "property": name,
        "verdict": verdict,
        "distinct": stats.distinct,
        "generated": stats.generated,
        "depth": stats.depth,
        "seconds": round(stats.seconds, 3),
        **_sampled(stats),
        **({} if stats.views is None else {"views": stats.views}),
        **({"reduced": True} if stats.reduced else {}),
        "trace": None if trace is None else str(trace),
    }


def _vacuous(verdict: Verdict) -> dict[str, object]:
    """What `--json` says besides of what holds of nothing, or only within a constraint."""
    vacuous = {"vacuous": True} if isinstance(verdict, Exhausted) and verdict.vacuous else {}
    within = isinstance(verdict, (Exhausted, Proved, Bounded, Unreachable)) and verdict.constrained
    return {**vacuous, "constrained": True} if within else {**vacuous}


def _sampled(stats: Stats) -> dict[str, object]:
    """What `--json` says besides of random behaviours."""
    if stats.seed is None:
        return {}
    return {
        "runs": stats.runs,
        "steps": stats.steps,
        "seed": stats.seed,
        "compile_seconds": round(stats.compile_seconds, 3),
    }


def _file_name(request: Request, name: str, ending: str) -> str:
    """A file name for a trace that tells models, parameters and properties apart."""
    source, _, class_name = request.model.partition(":")
    if request.title:
        return files.name_of(f"{request.title}-{name}", ending)
    parts = [class_name or Path(source).stem, *(f"{key}={value}" for key, value in request.parameters.items()), name]
    return files.name_of("-".join(parts), ending)
