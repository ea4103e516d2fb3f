"""`evacheck verify`: one model, a sweep, or the catalogue."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.alternatives import MOST_STATES, several
from checker.check import ENGINES, registered, select
from checker.check import engine as engine_of
from checker.commands import catalogue, report
from checker.commands import sweeps as sweep
from checker.commands.clusters import OnCluster, where_states_go
from checker.commands.common import Out, Settings, interruptible, screen
from checker.commands.every_size import Unbounded, confirm_unbounded
from checker.commands.exampling import Wanted, confirm_alone, show_examples, with_examples
from checker.commands.keeping import Checkpoint, Every, OnDisk, Resume
from checker.commands.kept_entries import examine, known
from checker.commands.options import amount, cores, duration, form_of, settings_of
from checker.commands.questions import (
    Answered,
    Topic,
    answer,
    answer_results,
    answered,
    known_answer,
    questions,
    topics,
)
from checker.commands.report_catalogue import examined_line, examined_lines, summary
from checker.commands.report_proofs import left_open, refuted_lines, unproved_lines, wrapped
from checker.commands.report_questions import answer_lines, questions_summary
from checker.commands.report_several import several_lines
from checker.commands.run import (
    Checked,
    Examined,
    Files,
    Request,
    as_json,
    compiled,
    draw_traces,
    examined_results,
    run,
    shown_parameters,
    to_json,
    viewed,
    write_certificate,
    write_traces,
)
from checker.commands.sweep_growth import growths
from checker.commands.waiting import Reduce, reducing
from checker.contract.task import Budget, Outcome, Sampling
from checker.contract.verdict import Violated
from checker.contract.wording import Status, counted, first_violated, overall, trace_of
from checker.engines.registered import REGISTERED
from checker.errors import AssumptionError, ModelError, UsageError
from checker.ir.nodes import Program
from checker.signals import undisturbed
from counterexamples.explain.text import render

Models = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODEL]...", help="package.module:Class, file.py:Class, or prefixes of the catalogue."),
]
Sweeps = Annotated[
    list[str] | None, typer.Option("--sweep", metavar="NAME=VALUES", help="Try each: all, 1..3 or a,b,c.")
]
AllTraces = Annotated[int | None, typer.Option(min=2, metavar="N", help="Show N different counterexamples.")]
View = Annotated[
    str | None, typer.Option(metavar="NAMES", help="Variables and processes to count values of, and to show.")
]
Form = Annotated[
    str | None,
    typer.Option("--format", metavar="json|sarif|junit|github|markdown|mermaid", help="Print for other programs."),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Decide anew what is kept of earlier runs.")]
Again = Annotated[str | None, typer.Option(metavar="ENGINE", help="Catalogue: let this engine decide all again.")]


_UNCOUNTED = (
    "Views were not counted. That takes an engine that visits states one by one (auto, explicit, reference), a model "
    "without interchangeable members, of whose orbits one state is visited each, and memory."
)


def verify(
    models: Models = None,
    settings: Settings = None,
    sweeps: Sweeps = None,
    properties: Annotated[list[str] | None, typer.Option("--property", metavar="P", help="Property to check.")] = None,
    engine: Annotated[str, typer.Option(metavar="|".join(ENGINES), help="Which engine to use.")] = "auto",
    max_states: Annotated[int | None, typer.Option(min=1, help="Limit on distinct states.")] = None,
    limit: Annotated[str | None, typer.Option("--time", metavar="60s", help="Time limit: 500ms, 60s, 5m, 1h.")] = None,
    memory: Annotated[str | None, typer.Option(metavar="8G", help="Memory limit.")] = None,
    depth: Annotated[int | None, typer.Option(min=1, help="Most states in a behaviour.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, help="Walk: number of random behaviours.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Walk: most steps in each.")] = None,
    seed: Annotated[int | None, typer.Option(help="Walk: seed of the random generator.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads within one model.")] = None,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Continue after a violation.")] = False,
    out: Out = None,
    certificate: Annotated[Path | None, typer.Option(metavar="DIR", help="Write evidence for `recheck`.")] = None,
    all_traces: AllTraces = None,
    examples: Wanted = None,
    unbounded: Unbounded = None,
    view: View = None,
    checkpoint: Checkpoint = None,
    every: Every = None,
    resume: Resume = None,
    disk: OnDisk = None,
    reduce: Reduce = None,
    spread: OnCluster = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    form: Form = None,
    everything: Annotated[bool, typer.Option("--all", help="The whole catalogue, a line a model.")] = False,
    thorough: Annotated[bool, typer.Option("--thorough", help="Also the catalogue's large sizes.")] = False,
    again: Again = None,
    fresh: Fresh = False,
) -> None:
    """Check one model, or the catalogue; alone, answer the project's questions.

    Exit status: 0 as expected, 11 deadlock, 12 safety, 75 evaluation error, 150 model error, 2 usage, 3 inconclusive;
    1 if a catalogue run is not as expected. A sweep ends as the worst of its rows.
    """
    names, direct, form = _meant(models or [], sweeps, thorough, form, json)
    _refuse(names, direct, engine, sweeps, certificate, all_traces, form is not None, everything, unbounded, view)
    engine, waits = reducing(reduce, engine, direct and sweeps is None, view, certificate, all_traces)
    kept = checkpoint, every, resume, disk
    where, engine = where_states_go(engine, direct and sweeps is None, kept, spread, workers)
    request = Request(
        names[0] if direct else "",
        settings_of(settings or []),
        tuple(dict.fromkeys(properties or ())),
        engine,
        _budget(engine, max_states, limit, memory, depth),
        workers or (cores() if direct and sweeps is None else 1),
        keep_going,
        **{**_folders(out, certificate, unbounded=unbounded, view=view), **waits, **where},
        sampling=_sampling(engine, runs, steps, seed),
        again=_again(again, not direct and bool(names or everything or thorough)),
        fresh=fresh or all_traces is not None or again is not None,
    )
    with interruptible():
        _verify_directly(direct, request, sweeps, form, all_traces, examples)
        _verify_several(names, request, everything or thorough, thorough, form is not None)


def _meant(
    names: list[str], sweeps: list[str] | None, thorough: bool, form: str | None, json: bool
) -> tuple[list[str], bool, str | None]:
    """The names, whether one model is meant and not a part of the catalogue, and the format to print in."""
    direct = sweeps is not None or _is_direct(names, thorough)
    return names, direct, form_of(form, json, direct and sweeps is None)


def _verify_directly(
    direct: bool, request: Request, sweeps: list[str] | None, form: str | None, *more: int | None
) -> None:
    """Check one model, or sweep it, and exit with its status, if that is what is meant."""
    confirm_alone(more[-1], direct and sweeps is None, form)
    if direct and sweeps is not None:
        _sweep(request, sweeps, form is not None)
    if direct:
        _verify_one(request, form, *more)


def _refuse(
    names: list[str],
    direct: bool,
    engine: str,
    sweeps: list[str] | None,
    certificate: Path | None,
    all_traces: int | None,
    json: bool,
    everything: bool,
    unbounded: str | None,
    view: str | None,
) -> None:
    """Options that do not go together: UsageError U008."""
    confirm_unbounded(names, unbounded, engine, direct and sweeps is None)
    if everything and names:
        raise UsageError("U008", "--all takes no model", "Leave it out, or name models without --all.")
    if view is not None and (sweeps is not None or not direct):
        raise UsageError("U008", "--view goes with one model", "Name one: evacheck verify MODEL --view NAMES")
    if certificate is not None and (sweeps is not None or not direct):
        raise UsageError(
            "U008", "--certificate goes with one model", "Name one: evacheck verify MODEL --certificate DIR"
        )
    if all_traces is not None and (sweeps is not None or json or not direct):
        raise UsageError(
            "U008", "--all-traces goes with one model, in words", "Name one: evacheck verify MODEL --all-traces 3"
        )
    if registered(engine).samples and not direct:
        remedy = f"Name one: evacheck verify MODEL --engine {engine}"
        problem = f"--engine {engine} goes with one model: the catalogue says what is so of all states"
        raise UsageError("U008", problem, remedy)
    if sweeps is not None and len(names) != 1:
        raise UsageError("U008", "--sweep goes with one model", "Name one model: evacheck verify MODEL --sweep ...")


def _again(again: str | None, catalogue: bool) -> str | None:
    """The engine that is to decide all of a catalogue run again, by its name."""
    if again is not None and not catalogue:
        raise UsageError("U008", "--again goes with the catalogue", "Add --all, or name models of the catalogue.")
    return None if again is None else engine_of(again).name


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


def _verify_one(request: Request, form: str | None, all_traces: int | None, examples: int | None) -> None:
    """Check one model and exit with its status."""
    progress = report.ProgressLine(screen)
    try:
        checked = run(request, progress if screen.watched and form is None else None)
    except ModelError as error:
        _tell_mistakes(request.model, form, error)
        raise
    finally:
        progress.close()
    with undisturbed():
        if form is not None:
            from checker.commands.formats.every import FORMATS  # noqa: PLC0415 - only who wants one

            written = write_traces(checked)
            said = None if examples is None else with_examples(checked, written.traces, examples)
            screen.text(said or FORMATS[form](checked, written))
            draw_traces(checked, written, screen.mistaken)
        else:
            show_run(checked.program, request, checked.outcome)
            written = show_files(checked)
    if all_traces is not None:
        _show_several(checked, all_traces)
    if examples is not None and form is None:
        show_examples(checked, examples)
    report_unwritten(written)
    if request.certificate is not None:
        certified = write_certificate(checked, None if form else screen.passing)
        if certified is None:
            screen.warn("No certificate was written: nothing was proved, and not every state was visited.")
        elif form is None:
            screen.show(report.certified_lines(certified))
    raise typer.Exit(int(status_with(overall(checked.outcome), written)))


def _tell_mistakes(model: str, form: str | None, error: ModelError) -> None:
    """Print the mistakes of a model in a format that knows such; they go to standard error in any case."""
    if form is not None:
        from checker.commands.formats.mistakes import MISTAKES  # noqa: PLC0415 - only who wants one

        if form in MISTAKES:
            screen.text(MISTAKES[form](model, error.problems))


def show_files(checked: Checked, suffix: str = "") -> Files:
    """Write the traces of a run whose verdicts are on the screen, draw them, and say where they are."""
    written = write_traces(checked, suffix)
    draw_traces(checked, written, screen.mistaken)
    screen.show(report.file_lines(written))
    return written


def report_unwritten(written: Files) -> None:
    """Say which files are missing."""
    for error in written.unwritten:
        screen.warn(f"{error}; what is named above was written whole.")


def status_with(found: Status, written: Files) -> Status:
    """The exit status of verdicts: that of success only if all that was to be written is."""
    return Status.USAGE if written.unwritten and found is Status.AS_EXPECTED else found


def show_run(program: Program, request: Request, outcome: Outcome) -> None:
    """Verdicts, counts, and the first counterexample."""
    parameters = {**shown_parameters(program), **left_open(outcome)}
    shown = "".join(f"  {name}={value}" for name, value in parameters.items())
    title = f"{request.model}{shown}"
    refuted = [*unproved_lines(program, outcome), *refuted_lines(program, outcome)]
    screen.show([*report.outcome_lines(title, outcome), *report.never_lines(outcome), *refuted, ()])
    if request.view is not None and outcome.stats.views is None:
        screen.show([*wrapped(_UNCOUNTED), ()])
    first = first_violated(outcome)
    if first is not None:
        trace = trace_of(outcome.verdicts[first])
        assert trace is not None
        screen.show([*render(program, trace, first, viewed(program, request.view)), ()])


def _show_several(checked: Checked, wanted: int) -> None:
    """Other counterexamples of the first property that is violated, as files and with their steps in words."""
    name = first_violated(checked.outcome)
    if name is None:
        screen.warn("--all-traces: nothing is violated.")
        return
    if name in {each.name for each in checked.program.temporal}:
        screen.warn(f"--all-traces: of {name}, which speaks of whole behaviours, one is shown.")
        return
    limits = checked.request.budget
    found = several(checked.program, name, wanted, replace(limits, max_states=limits.max_states or MOST_STATES))
    screen.show(several_lines(checked.program, name, found))
    for number, trace in enumerate(found.traces, 1):
        outcome = replace(checked.outcome, verdicts={name: Violated(trace)}, parts=())
        numbered = replace(checked, outcome=outcome)
        report_unwritten(show_files(numbered, f"-{number}"))


def _verify_several(names: list[str], request: Request, everything: bool, thorough: bool, json: bool) -> None:
    """Check what was named of the catalogue, or all of it; or answer the questions of the project."""
    if request.parameters or request.properties or request.keep_going:
        remedy = "Name one model: evacheck verify MODEL --set ..."
        raise UsageError("U008", "--set, --property and --keep-going go with one model", remedy)
    if names or everything:
        _verify_catalogue(names, request, thorough, json)
    _answer_questions(request, json)


def _verify_catalogue(prefixes: list[str], request: Request, thorough: bool, json: bool) -> None:
    """Check entries of the catalogue, each in a process of its own, and exit 0 if all is as expected."""
    began = time.perf_counter()
    entries = catalogue.select(prefixes, thorough)
    found: list[Examined] = []
    interrupted = False
    try:
        for examined in _examine(entries, request, not json):
            found.append(examined)
            if not json:
                screen.show(examined_lines(examined) if prefixes else examined_line(examined))
    except KeyboardInterrupt:  # what was found is shown
        interrupted = True
        screen.warn(f"interrupted: {len(found)} of {len(entries)} were checked")
    if json:
        screen.text(as_json([row for examined in found for row in examined_results(examined)]))
    else:
        screen.show([summary(found, time.perf_counter() - began)])
    good = all(examined.as_expected for examined in found)
    if good and interrupted:
        raise typer.Exit(int(Status.INCONCLUSIVE))
    raise typer.Exit(int(Status.AS_EXPECTED if good else Status.NOT_AS_EXPECTED))


def _answer_questions(request: Request, json: bool) -> None:
    """Answer the questions of the project, and exit 0 if all answers are as expected."""
    from checker.commands.together import Job, together  # noqa: PLC0415 - one model needs no other process

    began = time.perf_counter()
    asked = questions()
    found: list[Answered] = []
    planned = topics(asked)
    jobs = [
        Job(
            each.questions[0].asks,
            partial(answer, each, request),
            partial(_unanswered, each),
            known_answer(each, request),
        )
        for each in planned
    ]
    interrupted = False
    try:
        for given in together(jobs, request.workers, not json):
            found += given
            if not json:
                screen.show(line for each in given for line in answer_lines(each))
    except KeyboardInterrupt:  # what was found is shown
        interrupted = True
        screen.warn(f"interrupted: {len(found)} of {counted(len(asked), 'question')} were answered")
    if json:
        screen.text(as_json([row for each in found for row in answer_results(each)]))
    else:
        screen.show(questions_summary(found, time.perf_counter() - began))
    good = all(each.as_expected for each in found)
    if good and interrupted:
        raise typer.Exit(int(Status.INCONCLUSIVE))
    raise typer.Exit(int(Status.AS_EXPECTED if good else Status.NOT_AS_EXPECTED))


def _unanswered(topic: Topic, problem: str, _: Status) -> list[Answered]:
    return answered(topic, Examined(topic.entry, problem=problem))


def _examine(entries: tuple[catalogue.Entry, ...], request: Request, watched: bool) -> Iterator[Examined]:
    """Examine entries at the same time; give them in the order of the catalogue."""
    from checker.commands.together import Job, together  # noqa: PLC0415 - one model needs no other process

    jobs = [
        Job(entry.label, partial(examine, entry, request), partial(_unexamined, entry), known(entry, request))
        for entry in entries
    ]
    return together(jobs, request.workers, watched)


def _unexamined(entry: catalogue.Entry, problem: str, _: Status) -> Examined:
    return Examined(entry, problem=problem)


def _sweep(request: Request, sweeps: list[str], json: bool) -> None:
    """Check a model with every combination of some parameters and exit with the worst status."""
    planned = sweep.plan(request.model, request.parameters, sweeps)
    request = replace(request, model=planned.model)
    engine_of(request.engine)  # a mistake in what all rows share is said once
    for each in planned.combinations:
        with suppress(AssumptionError):  # the rows will say it
            with suppress(ModelError):
                select(compiled(request.model, {**request.parameters, **each}), request.properties)
            break
    found: list[sweep.SweepRow] = []
    try:
        for tried in _attempts(planned, request, not json):
            found.append(tried)
            if not json:
                screen.arrived(report.arrival(tried))
    except KeyboardInterrupt:  # what was found is shown, with what is missing
        screen.passing("")
    if json:
        growth = [asdict(each) for each in growths(planned, found)]
        screen.text(to_json({**sweep.records(planned, request.parameters, found), "growth": growth}))
    else:
        screen.clear()
        screen.show(report.sweep_lines(planned, request.parameters, found))
    raise typer.Exit(int(sweep.worst(found, len(found) == len(planned.combinations))))


def _attempts(planned: sweep.Plan, request: Request, watched: bool) -> Iterator[sweep.SweepRow]:
    """Check combinations at the same time; give them in order."""
    from checker.commands.together import Job, together  # noqa: PLC0415 - one model needs no other process

    jobs = [
        Job(sweep.label(each), partial(sweep.attempt, each, request), partial(_untried, each))
        for each in planned.combinations
    ]
    return together(jobs, request.workers, watched)


def _untried(combination: Mapping[str, str], problem: str, status: Status) -> sweep.SweepRow:
    return sweep.SweepRow(combination, status=status, problem=problem)


def _budget(engine: str, max_states: int | None, limit: str | None, memory: str | None, depth: int | None) -> Budget:
    """What `--max-states`, `--time`, `--memory` and `--depth` say."""
    known = registered(engine)
    if known.samples and (max_states is not None or memory is not None):
        remedy = "It keeps no states: bound it by --runs, --steps and --time."
        raise UsageError("U008", f"--max-states and --memory do not go with --engine {engine}", remedy)
    seconds = None if limit is None else duration(limit)
    return Budget(max_states, seconds, None if memory is None else amount(memory), depth)


def _folders(out: Path | None, certificate: Path | None, **others: Any) -> dict[str, Any]:
    """Where files go, and which: to a folder that the user names, traces of `@sometimes` too; and others as given."""
    named = out is not None
    return {
        "out": out or Path("evacheck-out"),
        "witnesses": named,
        "named_out": named,
        "certificate": certificate,
        **others,
    }


def _sampling(engine: str, runs: int | None, steps: int | None, seed: int | None) -> Sampling:
    """What `--runs`, `--steps` and `--seed` say."""
    if not registered(engine).samples and not (runs is None and steps is None and seed is None):
        sampling = " or ".join(each.name for each in REGISTERED if each.samples)
        remedy = f"Give --engine {sampling}, or try `evacheck fuzz`."
        raise UsageError("U008", f"--runs, --steps and --seed do not go with --engine {engine}", remedy)
    usual = Sampling()
    return Sampling(runs or usual.runs, steps or usual.steps, usual.seed if seed is None else seed)
