"""Traces from Python: read one from a file, run it again, print it. Searches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from checker import __version__
from checker.check import claim
from checker.commands.run import compiled
from checker.commands.trust import confirm_trusted
from checker.contract.replay import Claim, confirm
from checker.contract.trace import Trace
from checker.contract.wording import counted
from checker.errors import EvacheckError
from checker.ir.nodes import Program
from counterexamples.draw.chain import short_name
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import plain, render
from counterexamples.itf import traces
from counterexamples.itf.encoding import Json
from evacheck.drawing import Drawing


@dataclass(frozen=True)
class LoadedTrace:
    """A behaviour of a program, and the property that it is about. Prints as `evacheck show` does."""

    program: Program
    trace: Trace
    shows: str

    def __len__(self) -> int:
        """The number of its states."""
        return len(self.trace)

    def __repr__(self) -> str:
        return str(self)  # at a prompt and in a notebook, too

    def __str__(self) -> str:
        return plain(render(self.program, self.trace, self.shows))

    def _repr_html_(self) -> str:
        return framed(self.program, self.trace, self.shows)  # in a notebook: the page to step through

    def explain(self) -> str:
        """The same with the reason of each step, and what decided its end."""
        return plain(render_explained(self.program, self.trace, self.shows))

    def picture(self) -> Drawing:
        """All its states in pictures on one sheet: the model's own, or else what each step changed. Raises ModelError
        U019 if the model's `picture` fails."""
        from counterexamples.draw.pictures import trace_picture  # noqa: PLC0415 - only who wants one

        title = f"{short_name(self.program)}: {self.shows} in a trace of {counted(len(self.trace), 'state')}"
        return Drawing(title, trace_picture(self.program, self.trace, self.shows))

    def replay(self) -> LoadedTrace:
        """The trace itself if the reference interpreter can take its steps and the end shows what is claimed; raises
        ReplayError, which says where it cannot, if not."""
        confirm(self.program, self.shows, claim(self.program, self.shows), self.trace)
        return self


def load_trace(path: str | Path, *, model: str | None = None, trust: bool = False) -> LoadedTrace:
    """The trace in an ITF JSON file that evacheck wrote. It names its model, which is imported; `model` names another.
    One outside the current folder and the catalogue is imported only with `trust`. Raises UsageError: U005 for a file
    that is no trace, U021 for a model that is not trusted. Whether the trace is true is for `replay` to say."""
    data: Json = traces.read(path)
    head = traces.header(data, str(path))
    if model is None:
        confirm_trusted(head.model, str(path), trust)
    program = compiled(model or head.model, head.parameters)
    return LoadedTrace(program, traces.parse(program, data, str(path)), head.property)


def replay(path: str | Path, *, model: str | None = None, trust: bool = False) -> LoadedTrace:
    """Like `load_trace`, and then runs the trace again: raises ReplayError if it is not what it says."""
    return load_trace(path, model=model, trust=trust).replay()


def framed(program: Program, trace: Trace, shows: str) -> str:
    """The page of a trace in a frame, which needs nothing else and reaches nothing around it; as text, with the reason,
    if the model's `picture` fails."""
    from counterexamples.draw.page import page  # noqa: PLC0415 - only a notebook asks for it

    try:
        content = escape(page(program, trace, shows))
    except EvacheckError as error:
        return f"<pre>{escape(plain(render(program, trace, shows)))}\n{escape(str(error))}</pre>"
    looks = "width:100%;height:640px;border:1px solid #8888;border-radius:6px"
    return f'<iframe sandbox="allow-scripts" title="{escape(shows)}" style="{looks}" srcdoc="{content}"></iframe>'


def written(program: Program, trace: Trace, model: str, shows: str, engine: str) -> dict[str, Json]:
    """The ITF JSON of a trace that an engine found, with what is needed to read it again."""
    verdict = "witnessed" if claim(program, shows) is Claim.WITNESS else "violated"
    return traces.dump(program, trace, traces.Meta(model, shows, verdict, engine, __version__))
