"""`evacheck replay`, `show` and `graph`: what can be done with a trace and with a small model."""

from __future__ import annotations

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
from counterexamples.draw.plain_states import states_html, states_of, states_svg, states_text
from counterexamples.draw.png import picture_png
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import Style, plain, render
from counterexamples.itf import traces

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


def show(
    file: Annotated[Path, typer.Argument(metavar="TRACE", help="A trace file: NAME.itf.json.")],
    text: Annotated[bool, typer.Option("--text", help="Text (the default).")] = False,
    explained: Annotated[bool, typer.Option("--explain", help="Text with the reason of each step.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="Picture as SVG.")] = False,
    png: Annotated[bool, typer.Option("--png", help="Picture as PNG; needs --out.")] = False,
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
    forms = {"svg": svg, "png": png, "html": html, "pytest": pytest, "dot": dot, "graphml": graphml, "itf": as_itf}
    one_of(text=text, explain=explained, **forms)
    with interruptible():
        data = traces.read(file)
        if model is None and is_foreign(data) and not (settings or wanted or ignore or limit):
            _show_plain(file, data, out, explain=explained, **forms)
            return
        opened = open_any(file, model, settings_of(settings or []), wanted, trust, _reading(ignore, limit))
        program, trace = opened.program, opened.trace
        name = _shown(opened, explain=explained, **forms)
        if png and out is None:
            raise UsageError("U008", "--png goes with --out", "Say where to: --out trace.png")
        if svg or png:
            drawn = trace_picture(program, trace, name)
            deliver(picture_png(drawn) if png else drawn, out)
        elif pytest:
            deliver(regression_test(program, opened.data, trace, name), out)
        elif as_itf:
            deliver(traces.text(opened.data), out)
        elif html:
            beside = file.with_name(file.name.removesuffix(".itf.json") + ".html")
            deliver(page(program, trace, name), out or beside)
            if out is None:
                screen.text(f"Page     {beside}")
        elif dot or graphml:
            from counterexamples.draw import graph as graphs  # noqa: PLC0415 - networkx

            chain = graphs.trace_graph(program, trace)
            deliver(graphs.to_dot(chain) if dot else graphs.to_graphml(chain), out)
        else:
            lines = (render_explained if explained else render)(program, trace, name)
            if out is not None:
                deliver(plain(lines), out)
            else:
                head = program.model if opened.shows is None else f"{program.model}, {name}"
                screen.show([((Style.STEP, head),), (), *lines])


def _show_plain(file: Path, data: Any, out: Path | None, **forms: bool) -> None:
    """Show the states of another tool's trace of which no model is named."""
    asked = next((name for name, given in forms.items() if given and name not in ("svg", "png", "html")), None)
    if asked is not None:
        problem = f"--{asked} needs a model, and {file} names none"
        raise UsageError("U008", problem, "Name it: --model package.module:Class. Text, --svg and --html need none.")
    states, title = states_of(data, str(file)), file.name
    if forms["html"]:
        beside = out or file.with_name(title.removesuffix(".json").removesuffix(".itf") + ".html")
        deliver(states_html(states, title), beside)
        if out is None:
            screen.text(f"Page     {beside}")
    elif forms["svg"] or forms["png"]:
        if forms["png"] and out is None:
            raise UsageError("U008", "--png goes with --out", "Say where to: --out trace.png")
        drawn = states_svg(states, title)
        deliver(picture_png(drawn) if forms["png"] else drawn, out)
    elif out is not None:
        deliver(plain(states_text(states)), out)
    else:
        screen.show([((Style.STEP, title),), (), *states_text(states)])


def _shown(opened: Opened, **forms: bool) -> str:
    """The property that a trace is shown for. UsageError U008 for a form that needs one where the trace shows none,
    U020 if another tool's trace does not show what was asked for."""
    if opened.shows is not None:
        if opened.foreign and not confirmed(opened.program, opened.trace, opened.shows):
            remedy = "Leave --property out: what its last state shows is found."
            raise UsageError("U020", f"the trace does not show {opened.shows}", remedy)
        if not opened.foreign and any(forms[name] for name in ("explain", "html", "pytest")):
            _confirm_can_be_run(opened.program, opened.trace, opened.shows)
        return opened.shows
    for name in ("explain", "html", "pytest", "itf"):
        if forms[name]:
            problem = f"--{name} is for a trace that shows a property, and the last state of this one shows none"
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
