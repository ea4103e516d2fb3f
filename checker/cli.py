"""The command: arguments, output, exit status. Decides nothing about models; with `checker.report` alone prints.

A mistake of the user ends in a message and a status, never in a traceback. Only networkx is imported by the commands
that need it: a small model is checked in less time than it takes to load.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from typing import Annotated, Generic, TypeVar

import typer

from checker import catalogue, codes, report, sweep
from checker import recheck as again
from checker.check import ENGINES, claim, engine, select
from checker.engine import Budget, Outcome
from checker.errors import EngineBug, ModelError, UsageError
from checker.grounds import refuted_lines, unproved_lines
from checker.lang.ir import Program
from checker.options import amount, cores, duration, settings_of
from checker.replay import Claim, ReplayError, confirm
from checker.report import Screen
from checker.trace import Trace
from checker.verdicts import Status, counted, first_violated, overall, trace_of
from checker.verify import (
    Examined,
    Request,
    as_json,
    compiled,
    described,
    examine,
    examined_results,
    picture_of,
    results,
    run,
    shown_parameters,
    to_json,
    write_certificate,
    write_traces,
)
from counterexamples import itf
from counterexamples.chain import trace_svg
from counterexamples.text import Style, plain, render

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Decide whether an algorithm written as a small state machine can go wrong, and show exactly how.",
)
screen = Screen()

Settings = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for traces and pictures [./evacheck-out].")]


def main() -> None:
    """The `evacheck` command."""
    try:
        app(prog_name="evacheck")
    except UsageError as error:
        _end([error], Status.USAGE)
    except ModelError as error:
        _end([error], Status.MODEL)
    except EngineBug as error:
        screen.warn(f"This is a bug of evacheck, not of your model: {error}")
        screen.warn("Please report it, with the model and this command.")
        raise SystemExit(int(Status.BUG)) from None
    except Exception as error:
        traceback.print_exc(limit=-6)  # the frames of typer say nothing
        screen.warn(f"This is a bug of evacheck: {type(error).__name__}: {error}")
        screen.warn("Please report it, with the model, this command and the lines above.")
        raise SystemExit(int(Status.BUG)) from None


def _end(errors: list[UsageError | ModelError], status: Status) -> None:
    for error in errors:
        screen.complain(error.problems if isinstance(error, ModelError) else (error.problem,))
    raise SystemExit(int(status))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C outside an engine: nothing was decided."""
    try:
        yield
    except KeyboardInterrupt:
        screen.warn("interrupted")
        raise typer.Exit(int(Status.INCONCLUSIVE)) from None


@app.command()
def verify(
    models: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODEL]...", help="package.module:Class, file.py:Class, or prefixes of the catalogue."),
    ] = None,
    settings: Settings = None,
    sweeps: Annotated[
        list[str] | None, typer.Option("--sweep", metavar="NAME=VALUES", help="Try each: all, 1..3 or a,b,c.")
    ] = None,
    properties: Annotated[list[str] | None, typer.Option("--property", metavar="P", help="Only this property.")] = None,
    engine: Annotated[str, typer.Option(metavar="|".join(ENGINES), help="What decides.")] = "auto",
    max_states: Annotated[int | None, typer.Option(min=1, help="Stop after so many distinct states.")] = None,
    limit: Annotated[str | None, typer.Option("--time", metavar="60s", help="Stop after 500ms, 60s, 5m, 1h.")] = None,
    memory: Annotated[str | None, typer.Option(metavar="8G", help="Stop at so much memory.")] = None,
    depth: Annotated[int | None, typer.Option(min=1, help="Solvers: look at behaviours of so many states.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads within one model.")] = None,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Explore on after a violation.")] = False,
    out: Out = None,
    certificate: Annotated[Path | None, typer.Option(metavar="DIR", help="Write what the verdicts rest on.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="The catalogue's large sizes too.")] = False,
) -> None:
    """Check models: one by name, or the catalogue (all of it, or what lies below a prefix).

    Exit status: 0 as expected, 11 deadlock, 12 safety, 75 evaluation error, 150 model error, 2 usage, 3 inconclusive;
    1 if a catalogue run is not as expected. A sweep ends as the worst of its rows.
    """
    names = models or []
    direct = sweeps is not None or _is_direct(names, thorough)
    if certificate is not None and (sweeps is not None or not direct):
        raise UsageError(
            "U008", "--certificate goes with one model", "Name one: evacheck verify MODEL --certificate DIR"
        )
    if sweeps is not None and len(names) != 1:
        raise UsageError("U008", "--sweep goes with one model", "Name one model: evacheck verify MODEL --sweep ...")
    request = Request(
        names[0] if direct else "",
        settings_of(settings or []),
        tuple(dict.fromkeys(properties or ())),
        engine,
        _budget(engine, max_states, limit, memory, depth),
        workers or (cores() if direct and sweeps is None else 1),
        keep_going,
        out or Path("evacheck-out"),
        out is not None,
        certificate,
    )
    with _interruptible():
        if sweeps is not None:
            _sweep(request, sweeps, json)
        if direct:
            _verify_one(request, json)
        if request.parameters or request.properties or keep_going:
            remedy = "Name one model: evacheck verify MODEL --set ..."
            raise UsageError("U008", "--set, --property and --keep-going go with one model", remedy)
        _verify_catalogue(names, request, thorough, json)


def _is_direct(names: list[str], thorough: bool) -> bool:
    """Whether one model is meant and not a part of the catalogue. Raises UsageError U001 for a name that is neither."""
    if len(names) == 1 and (":" in names[0] or names[0].endswith(".py")):
        return True
    for name in names:
        if not catalogue.select([name], thorough=True):
            if len(names) == 1:
                return True
            known = "`evacheck list` names the catalogue's models; a model of your own is checked alone."
            raise UsageError("U001", f"the catalogue has nothing called {name!r}", known)
    return False


def _verify_one(request: Request, json: bool) -> None:
    """Check one model and exit with its status."""
    progress = report.ProgressLine(screen)
    try:
        checked = run(request, progress if screen.watched and not json else None)
    finally:
        progress.close()
    written = {}
    try:
        written = write_traces(checked)
    except OSError as error:
        screen.warn(f"The traces could not be written: {error}")
    if json:
        screen.text(as_json(results(checked, written)))
    else:
        _show_run(checked.program, request, checked.outcome)
        screen.show(report.file_lines(written, picture_of))
    if request.certificate is not None:
        certified = write_certificate(checked, None if json else screen.passing)
        if certified is None:
            screen.warn("No certificate was written: nothing was proved, and not every state was visited.")
        elif not json:
            screen.show(report.certified_lines(certified))
    raise typer.Exit(int(overall(checked.outcome)))


def _show_run(program: Program, request: Request, outcome: Outcome) -> None:
    """Verdicts, counts, and the first counterexample."""
    shown = "".join(f"  {name}={value}" for name, value in shown_parameters(program).items())
    title = f"{request.model}{shown}"
    refuted = [*unproved_lines(program, outcome), *refuted_lines(program, outcome)]
    screen.show([*report.outcome_lines(title, outcome), *report.never_lines(outcome), *refuted, ()])
    first = first_violated(outcome)
    if first is not None:
        trace = trace_of(outcome.verdicts[first])
        assert trace is not None
        screen.show([*render(program, trace, first), ()])


def _verify_catalogue(prefixes: list[str], request: Request, thorough: bool, json: bool) -> None:
    """Check entries of the catalogue, each in a process of its own, and exit 0 if all is as expected."""
    began = time.perf_counter()
    entries = catalogue.select(prefixes, thorough)
    found: list[Examined] = []
    for examined in _examine(entries, request, not json):
        found.append(examined)
        if not json:
            screen.show(report.examined_lines(examined))
    if json:
        screen.text(as_json([row for examined in found for row in examined_results(examined)]))
    else:
        screen.show([report.summary(found, time.perf_counter() - began)])
    good = all(examined.as_expected for examined in found)
    raise typer.Exit(int(Status.AS_EXPECTED if good else Status.NOT_AS_EXPECTED))


def _examine(entries: tuple[catalogue.Entry, ...], request: Request, watched: bool) -> Iterator[Examined]:
    """Examine entries at the same time; give them in the order of the catalogue."""
    jobs = [_Job(entry.label, partial(examine, entry, request), partial(_unexamined, entry)) for entry in entries]
    return _together(jobs, request.workers, watched)


def _unexamined(entry: catalogue.Entry, problem: str, _: Status) -> Examined:
    return Examined(entry, problem=problem)


def _sweep(request: Request, sweeps: list[str], json: bool) -> None:
    """Check a model with every combination of some parameters and exit with the worst status."""
    planned = sweep.plan(request.model, request.parameters, sweeps)
    request = replace(request, model=planned.model)
    engine(request.engine)  # a mistake in what all rows share is said once
    with suppress(ModelError):  # the rows will say it
        select(compiled(request.model, {**request.parameters, **planned.combinations[0]}), request.properties)
    found: list[sweep.Tried] = []
    try:
        for tried in _attempts(planned, request, not json):
            found.append(tried)
            if not json:
                screen.arrived(report.arrival(tried))
    except KeyboardInterrupt:  # what was found is shown, with what is missing
        screen.passing("")
    if json:
        screen.text(to_json(sweep.records(planned, request.parameters, found)))
    else:
        screen.clear()
        screen.show(report.sweep_lines(planned, request.parameters, found))
    raise typer.Exit(int(sweep.worst(found, len(found) == len(planned.combinations))))


def _attempts(planned: sweep.Plan, request: Request, watched: bool) -> Iterator[sweep.Tried]:
    """Check combinations at the same time; give them in order."""
    jobs = [
        _Job(sweep.label(each), partial(sweep.attempt, each, request), partial(_untried, each))
        for each in planned.combinations
    ]
    return _together(jobs, request.workers, watched)


def _untried(combination: Mapping[str, str], problem: str, status: Status) -> sweep.Tried:
    return sweep.Tried(combination, status=status, problem=problem)


Result = TypeVar("Result")


@dataclass(frozen=True)
class _Job(Generic[Result]):
    """Work for another process. `failed` makes a result of it if that process crashes: from why, and a status."""

    label: str
    work: Callable[[], Result]
    failed: Callable[[str, Status], Result]


def _together(jobs: Sequence[_Job[Result]], workers: int, watched: bool) -> Iterator[Result]:
    """Do jobs at the same time, as many as there are cores, and give the results in order. Ctrl-C while waiting gives
    those that are there before it goes on."""
    count = max(1, min(cores() // workers, len(jobs)))
    # spawn: a forked child would share the locks of an engine's threads; Ctrl-C is for this process to handle
    pool = ProcessPoolExecutor(count, get_context("spawn"), signal, (SIGINT, SIG_IGN))
    number = 0
    try:
        futures = [pool.submit(job.work) for job in jobs]
        try:
            for number, (job, future) in enumerate(zip(jobs, futures, strict=True)):
                if watched:
                    _wait(future, f"  {number} of {len(jobs)} done, waiting for {job.label}")
                yield _result(job, future)
        except KeyboardInterrupt:
            there = [future.done() for future in futures[number:]]
            for job, future, done in zip(jobs[number:], futures[number:], there, strict=True):
                if done:
                    yield _result(job, future)
            raise
    except BaseException:
        for child in active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _result(job: _Job[Result], future: Future[Result]) -> Result:
    """What a job came to. A worker that crashed is a problem of its job, shown with the others."""
    try:
        return future.result()
    except BrokenProcessPool:
        return job.failed("The process that checked it ended, perhaps for want of memory.", Status.INCONCLUSIVE)
    except Exception as error:  # a bug, reported as one: it must not hide the other results
        return job.failed(f"This is a bug of evacheck: {type(error).__name__}: {error}", Status.BUG)


def _wait(future: Future[Result], words: str) -> None:
    """Show what is waited for until it is there."""
    began = time.perf_counter()
    while not future.done():
        wait([future], timeout=0.5)
        screen.passing(f"{words}, {time.perf_counter() - began:.0f} s")
    screen.passing("")


@app.command()
def replay(file: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file: NAME.itf.json.")]) -> None:
    """Run a trace again, step by step, by the reference interpreter; exit 1 if it is not what it says."""
    with _interruptible():
        program, trace, name = _open(file)
        select(program, [name])
        shows = claim(program, name)
        try:
            confirm(program, name, shows, trace)
        except ReplayError as error:
            screen.warn(f"does not replay: {error}")
            raise typer.Exit(int(Status.NOT_AS_EXPECTED)) from None
        said = "shows" if shows is Claim.WITNESS else "violates"
        screen.text(f"replayed: {counted(len(trace), 'state')}, {said} {name}")


@app.command()
def recheck(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `verify --certificate DIR` wrote.")],
    limit: Annotated[str | None, typer.Option("--time", metavar="60s", help="Give up on a file after so long.")] = None,
    memory: Annotated[str | None, typer.Option(metavar="8G", help="Give up on the states at so much memory.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Obligations at a time.")] = None,
) -> None:
    """Decide again what a certificate claims, without the engine that made it; exit 1 if it is not so."""
    seconds, most = None if limit is None else duration(limit), None if memory is None else amount(memory)
    with _interruptible():
        certificate = again.read(folder)
        found = list(again.findings(certificate, again.Limits(seconds, most, workers or cores()), screen.passing))
    screen.passing("")
    screen.show(report.recheck_lines(certificate, found))
    raise typer.Exit(int(report.AGAIN[again.overall(found)]))


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file: NAME.itf.json.")],
    text: Annotated[bool, typer.Option("--text", help="For the terminal (the default).")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="A picture.")] = False,
    dot: Annotated[bool, typer.Option("--dot", help="For Graphviz.")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there instead.")] = None,
) -> None:
    """Show a trace as text, as a picture or for Graphviz: what the file says. `replay` says whether it is true."""
    _one_of(text=text, svg=svg, dot=dot)
    with _interruptible():
        program, trace, name = _open(file)
        if svg:
            _deliver(trace_svg(program, trace, name), out)
        elif dot:
            from counterexamples import graph as graphs  # noqa: PLC0415 - networkx

            _deliver(graphs.to_dot(graphs.trace_graph(program, trace)), out)
        elif out is not None:
            _deliver(plain(render(program, trace, name)), out)
        else:
            screen.show([((Style.STEP, f"{program.model}, {name}"),), (), *render(program, trace, name)])


@app.command()
def graph(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    settings: Settings = None,
    max_states: Annotated[int, typer.Option(min=1, help="Draw no more states.")] = 300,
    svg: Annotated[bool, typer.Option("--svg", help="A picture (the default).")] = False,
    dot: Annotated[bool, typer.Option("--dot", help="For Graphviz.")] = False,
    trace: Annotated[Path | None, typer.Option("--trace", metavar="FILE", help="Mark the path of this trace.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there instead.")] = None,
) -> None:
    """Draw all reachable states of a small model."""
    from counterexamples import graph as graphs  # noqa: PLC0415 - networkx

    _one_of(svg=svg, dot=dot)
    with _interruptible():
        program = compiled(model, settings_of(settings or []))
        marked = None if trace is None else itf.parse(program, itf.read(trace), str(trace))
        drawn = graphs.state_graph(program, max_states, marked)
        if drawn.graph["cut"]:
            screen.warn(f"Only the first {max_states:,} states are drawn; --max-states draws more.")
        _deliver(graphs.to_dot(drawn) if dot else graphs.to_svg(drawn), out)


@app.command("list")
def list_models() -> None:
    """Name the models of the catalogue, with their parameters."""
    names = dict.fromkeys(entry.model for entry in catalogue.entries())
    screen.show(report.listing({name: described(name) for name in names}))


@app.command("explain-code")
def explain_code(code: Annotated[str, typer.Argument(metavar="CODE", help="As a message shows it: E203.")]) -> None:
    """Say what the code of a message means, with an example."""
    screen.show(report.code_lines(*codes.explain(code)))


def _open(file: Path) -> tuple[Program, Trace, str]:
    """The trace in a file: its program, the trace itself, and the property it is about."""
    data = itf.read(file)
    head = itf.header(data, str(file))
    program = compiled(head.model, head.parameters)
    return program, itf.parse(program, data, str(file)), head.property


def _deliver(content: str, out: Path | None) -> None:
    """Print, or write to a file."""
    if out is None:
        screen.text(content)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError("U010", f"{out} cannot be written ({error.strerror})", "Choose another --out.") from None


def _one_of(**forms: bool) -> None:
    chosen = [name for name, given in forms.items() if given]
    if len(chosen) > 1:
        raise UsageError("U008", f"--{chosen[0]} and --{chosen[1]} exclude each other", "Give one of them.")


def _budget(engine: str, max_states: int | None, limit: str | None, memory: str | None, depth: int | None) -> Budget:
    """What `--max-states`, `--time`, `--memory` and `--depth` say."""
    if depth is not None and engine not in ("bmc", "induction", "all"):
        remedy = "Give --engine bmc, induction or all; other engines stop at --max-states, --time or --memory."
        raise UsageError("U008", f"--depth does not go with --engine {engine}", remedy)
    seconds = None if limit is None else duration(limit)
    return Budget(max_states, seconds, None if memory is None else amount(memory), depth)


if __name__ == "__main__":
    main()
