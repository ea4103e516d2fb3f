"""`evacheck replay`, `show` and `graph`: what can be done with a trace and with a small model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.check import claim, select
from checker.commands.common import Settings, Trust, deliver, interruptible, one_of, screen
from checker.commands.opening import Opened, Reading, confirmed, is_foreign, open_any, trace_of_model
from checker.commands.options import duration, settings_of
from checker.commands.run import compiled
from checker.contract.replay import Claim, ReplayError, confirm
from checker.contract.trace import Trace
from checker.contract.wording import Status, counted
from checker.errors import UsageError
from checker.ir.nodes import Program
from counterexamples.corpus.files import keep
from counterexamples.corpus.regression import regression_test
from counterexamples.draw.page import page
from counterexamples.draw.pictures import trace_picture
from counterexamples.draw.plain_states import StateText, states_html, states_of, states_svg, states_text
from counterexamples.draw.png import picture_png
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import Line, Style, plain, render
from counterexamples.itf import traces

_MOST_STATES = 12  # in a PNG, unless all are asked for: 35 of the map's were 2,002 x 30,744 px, which nobody can open

Model = Annotated[
    str | None, typer.Option("--model", metavar="MODEL", help="The model, instead of the one the file names.")
]
Ignored = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="NAME", help="With --model: leave this variable out.")
]
Time = Annotated[
    str | None, typer.Option("--time", metavar="60s", help="With --model: time limit for finding the steps.")
]
Property = Annotated[
    str | None, typer.Option("--property", metavar="P", help="With --model: the property it is about.")
]


def _reading(ignore: list[str] | None, limit: str | None) -> Reading:
    """What `--ignore` and `--time` say."""
    return Reading(tuple(ignore or ()), None if limit is None else duration(limit))


def replay(
    file: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file: NAME.itf.json.")],
    model: Model = None,
    settings: Settings = None,
    wanted: Property = None,
    trust: Trust = False,
    ignore: Ignored = None,
    limit: Time = None,
    go: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Then do the same to real maps of this Go, many times.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="With --go: how many times.")] = 1000,
) -> None:
    """Run a trace again with the reference interpreter; exits 1 if the trace is wrong."""
    with interruptible():
        opened = open_any(file, model, settings_of(settings or []), wanted, trust, _reading(ignore, limit))
        program, trace, name = opened.program, opened.trace, opened.shows
        if name is None:
            screen.text(f"replayed: {counted(len(trace), 'state')} of {program.model}, shows no property")
            return
        select(program, [name])
        shows = claim(program, name)
        try:
            confirm(program, name, shows, trace)
        except ReplayError as error:
            screen.warn(f"does not replay: {error}")
            raise typer.Exit(int(Status.NOT_AS_EXPECTED)) from None
        said = "shows" if shows is Claim.WITNESS else "violates"
        screen.text(f"replayed: {counted(len(trace), 'state')}, {said} {name}")
        if go is not None:
            _reproduce(program, trace, name, go, trials)


def _reproduce(program: Program, trace: Trace, rule: str, version: str, trials: int) -> None:
    """Say in how many trials a real map does what the trace says; exit status 1 if in none."""
    from checker.conform.holdings import reproduce  # noqa: PLC0415 - only where a real map is asked for

    came = reproduce(program, trace, rule, version, trials)
    said = "reproduced" if came.times else "NOT REPRODUCED"
    screen.text(f"{said} on Go {version}: {rule} was broken in {came.times:,} of {counted(came.trials, 'trial')}")
    if not came.times:
        raise typer.Exit(int(Status.NOT_AS_EXPECTED))


def show(
    file: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file: NAME.itf.json.")],
    text: Annotated[bool, typer.Option("--text", help="Text (the default).")] = False,
    explained: Annotated[bool, typer.Option("--explain", help="Text with the reason of each step.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="Picture as SVG.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Picture as PNG; needs --out.")] = False,
    all_states: Annotated[
        bool, typer.Option("--all-states", help="With --png: every state, also of a long trace.")
    ] = False,
    html: Annotated[bool, typer.Option("--html", help="Page to step through, in one file.")] = False,
    pytest: Annotated[bool, typer.Option("--pytest", help="pytest test that keeps this trace.")] = False,
    dot: Annotated[bool, typer.Option("--dot", help="Graphviz DOT.")] = False,
    graphml: Annotated[bool, typer.Option("--graphml", help="GraphML.")] = False,
    as_itf: Annotated[bool, typer.Option("--itf", help="ITF JSON, as evacheck writes it.")] = False,
    model: Model = None,
    settings: Settings = None,
    wanted: Property = None,
    trust: Trust = False,
    ignore: Ignored = None,
    limit: Time = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Output file.")] = None,
) -> None:
    """Show a trace as text, picture, page or test. `replay` checks that it is a real behaviour."""
    asked = one_of(
        text=text,
        explain=explained,
        svg=svg,
        png=png,
        html=html,
        pytest=pytest,
        dot=dot,
        graphml=graphml,
        itf=as_itf,
    )
    form = FORMATS[asked or "text"]
    if all_states and not png:
        raise UsageError("U008", "--all-states goes with --png", "The other forms show every state.")
    if all_states:
        form = replace(form, made=_whole_png)
    with interruptible():
        data = traces.read(file)
        if model is None and is_foreign(data) and not (settings or wanted or ignore or limit):
            _show_plain(file, data, asked or "text", out)
            return
        opened = open_any(file, model, settings_of(settings or []), wanted, trust, _reading(ignore, limit))
        name = _shown(opened, asked or "text")
        if form.to_file and out is None:
            raise UsageError("U008", f"--{asked} goes with --out", f"Say where to: --out trace.{asked}")
        if form.lines is not None and out is None:
            whose = opened.data.get("#meta", {}).get("model", opened.program.model)  # as `verify` was told
            head = whose if opened.shows is None else f"{whose}, {name}"
            screen.show([((Style.STEP, head),), (), *form.lines(opened.program, opened.trace, name)])
            return
        _deliver_beside(form.made(opened, name), file.name.removesuffix(".itf.json"), file, form, out)


def _deliver_beside(content: str | bytes, stem: str, file: Path, form: Format, out: Path | None) -> None:
    """Print, or write to a file: what is read elsewhere is written beside the trace, and said where."""
    beside = file.with_name(f"{stem}.{form.beside}") if form.beside and out is None else None
    deliver(content, beside or out)
    if beside is not None:
        screen.text(f"Page     {beside}")


@dataclass(frozen=True, slots=True)
class Format:
    """A form that a trace can be shown in. `made` makes it of what was opened and of the property it is shown for, and
    `plain` of states without a model and their title, if it can. `shows`: only for a trace that shows a property;
    `runs`: whose steps, moreover, are found true again. `to_file`: not for the screen. `beside`: the suffix of the file
    it is written to if nobody names one. `lines` are what the screen shows in colours instead."""

    made: Callable[[Opened, str], str | bytes]
    plain: Callable[[tuple[StateText, ...], str], str | bytes] | None = None
    shows: bool = False
    runs: bool = False
    to_file: bool = False
    beside: str = ""
    lines: Callable[[Program, Trace, str], Sequence[Line]] | None = None


def _text(opened: Opened, name: str) -> str:
    return plain(render(opened.program, opened.trace, name))


def _explained(opened: Opened, name: str) -> str:
    return plain(render_explained(opened.program, opened.trace, name))


def _svg(opened: Opened, name: str) -> str:
    return trace_picture(opened.program, opened.trace, name)


def _png(opened: Opened, name: str) -> bytes:
    """The states that the gallery would show, of a trace too long for one picture."""
    if len(opened.trace) <= _MOST_STATES:
        return _whole_png(opened, name)
    from counterexamples.gallery.sheet import sheet  # noqa: PLC0415 - only here

    drawn = sheet(opened.program, opened.trace)
    screen.text(f"{drawn.states} of {counted(len(opened.trace), 'state')}; --all-states shows every one")
    return picture_png(drawn.svg)


def _whole_png(opened: Opened, name: str) -> bytes:
    return picture_png(_svg(opened, name))


def _page(opened: Opened, name: str) -> str:
    return page(opened.program, opened.trace, name)


def _test(opened: Opened, name: str) -> str:
    return regression_test(opened.program, opened.data, opened.trace, name)


def _itf(opened: Opened, name: str) -> str:
    return traces.text(opened.data)


def _dot(opened: Opened, name: str) -> str:
    from counterexamples.draw import graph as graphs  # noqa: PLC0415 - networkx

    return graphs.to_dot(graphs.trace_graph(opened.program, opened.trace))


def _graphml(opened: Opened, name: str) -> str:
    from counterexamples.draw import graph as graphs  # noqa: PLC0415 - networkx

    return graphs.to_graphml(graphs.trace_graph(opened.program, opened.trace))


FORMATS = {
    "text": Format(_text, lambda states, _: plain(states_text(states)), lines=render),
    "explain": Format(_explained, shows=True, runs=True, lines=render_explained),
    "svg": Format(_svg, states_svg),
    "png": Format(_png, lambda states, title: picture_png(states_svg(states, title)), to_file=True),
    "html": Format(_page, states_html, shows=True, runs=True, beside="html"),
    "pytest": Format(_test, shows=True, runs=True),
    "dot": Format(_dot),
    "graphml": Format(_graphml),
    "itf": Format(_itf, shows=True),
}
"""The forms of `show`, by the names of their options."""


def _show_plain(file: Path, data: Any, asked: str, out: Path | None) -> None:
    """Show the states of another tool's trace of which no model is named."""
    form = FORMATS[asked]
    if form.plain is None:
        problem = f"--{asked} needs a model, and {file} names none"
        raise UsageError("U008", problem, "Name it: --model package.module:Class. Text, --svg and --html need none.")
    states, title = states_of(data, str(file)), file.name
    if form.to_file and out is None:
        raise UsageError("U008", f"--{asked} goes with --out", f"Say where to: --out trace.{asked}")
    if form.lines is not None and out is None:
        screen.show([((Style.STEP, title),), (), *states_text(states)])
        return
    _deliver_beside(form.plain(states, title), title.removesuffix(".json").removesuffix(".itf"), file, form, out)


def _shown(opened: Opened, asked: str) -> str:
    """The property that a trace is shown for. UsageError U008 for a form that needs one where the trace shows none,
    U020 if another tool's trace does not show what was asked for."""
    form = FORMATS[asked]
    if opened.shows is not None:
        if opened.foreign and not confirmed(opened.program, opened.trace, opened.shows):
            remedy = "Leave --property out: what its last state shows is found."
            raise UsageError("U020", f"the trace does not show {opened.shows}", remedy)
        if not opened.foreign and form.runs:
            _confirm_can_be_run(opened.program, opened.trace, opened.shows)
        return opened.shows
    if form.shows:
        problem = f"--{asked} is for a trace that shows a property, and the last state of this one shows none"
        raise UsageError("U008", problem, "Show it as text or as a picture.")
    return "no property"


def _confirm_can_be_run(program: Program, trace: Trace, name: str) -> None:
    """Refuse (U003, U020) reasons for what is not so: they come from running the trace again."""
    select(program, [name])
    try:
        confirm(program, name, claim(program, name), trace)
    except ReplayError as error:
        remedy = "Check the model again for a trace that it has, or show this one as text or a picture."
        raise UsageError("U020", f"the trace does not replay: {error}", remedy) from None


def graph(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    settings: Settings = None,
    max_states: Annotated[int, typer.Option(min=1, help="Most states to draw.")] = 300,
    svg: Annotated[bool, typer.Option("--svg", help="Picture as SVG (the default).")] = False,
    dot: Annotated[bool, typer.Option("--dot", help="Graphviz DOT.")] = False,
    graphml: Annotated[bool, typer.Option("--graphml", help="GraphML.")] = False,
    trace: Annotated[Path | None, typer.Option("--trace", metavar="FILE", help="Mark the path of this trace.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Output file.")] = None,
) -> None:
    """Draw all reachable states of a small model."""
    from counterexamples.draw import graph as graphs  # noqa: PLC0415 - networkx

    one_of(svg=svg, dot=dot, graphml=graphml)
    with interruptible():
        program = compiled(model, settings_of(settings or []))
        marked = None if trace is None else trace_of_model(program, trace)
        drawn = graphs.state_graph(program, max_states, marked)
        if drawn.graph["cut"]:
            screen.warn(f"Only the first {max_states:,} states are drawn; --max-states draws more.")
        deliver(graphs.to_dot(drawn) if dot else graphs.to_graphml(drawn) if graphml else graphs.to_svg(drawn), out)


def corpus(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where `verify` wrote traces.")] = Path("evacheck-out"),
) -> None:
    """Keep the shortest trace of each broken model and property found below DIR in counterexamples/corpus."""
    with interruptible():
        try:
            written = list(keep(folder.rglob("*.itf.json")))
        except OSError as error:
            remedy = "Run it in a clone of evacheck that you may write to."
            raise UsageError("U010", f"the corpus cannot be written ({error.strerror})", remedy) from None
        screen.text(f"{counted(len(written), 'trace')} kept")
