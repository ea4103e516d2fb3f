"""What an assistant is answered: models listed, verified, their traces explained and run again. Knows no protocol.

Each answer is made in a process of its own with a limit on its time and memory: a model is Python that runs. A model is
imported only if it comes with evacheck or lies below the current folder, unless the server was told to trust more.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker.check import claim, select
from checker.commands import catalogue
from checker.commands.common import open_trace
from checker.commands.looking import READING_SECONDS, apart, has_models
from checker.commands.run import Request, described, parameter_text, results, run, write_traces
from checker.commands.trust import is_trusted, source_of
from checker.contract.replay import Claim, ReplayError, confirm
from checker.contract.task import Budget
from checker.contract.wording import counted, first_violated, overall, trace_of
from checker.errors import EvacheckError, UsageError
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import plain, render
from counterexamples.itf import traces

_MARGIN = 1 << 30
"""Bytes that a process may take besides: Python, the solver and the compiler have their own."""
_MOST_FILES = 2000
"""Files of the current folder that are looked through for models."""
_STEPS = frozenset({"action", "process"})


@dataclass(frozen=True, slots=True)
class Permitted:
    """What an answer may take, in seconds and bytes, and whether any model may be imported."""

    seconds: float
    memory: int
    trust: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer, and why."""

    why: str


def bounded(limits: Permitted, work: Callable[..., Any], *arguments: object) -> Any:
    """What `work(limits, *arguments)` gives in a process of its own; NoAnswer if it raises, dies or takes too long."""
    allowed = f"{limits.seconds:.0f} s and {limits.memory >> 20:,} MiB"
    why = f"It was ended: no answer within {allowed}. Try smaller parameters."
    return apart(_refusing, (limits, work, arguments), limits.seconds + READING_SECONDS, NoAnswer(why))


def _refusing(limits: Permitted, work: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
    _confine(limits.memory)
    try:
        return work(limits, *arguments)
    except (EvacheckError, OSError) as error:
        return NoAnswer(str(error))
    except MemoryError:
        return NoAnswer(f"It took more than {limits.memory >> 20:,} MiB.")


def _confine(memory: int) -> None:
    """Let this process take so much more memory and not more, where the system knows such limits."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on Windows

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        most = pages * resource.getpagesize() + memory + _MARGIN
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def listed(limits: Permitted) -> dict[str, object]:
    """The models that come with evacheck, and those in files below the current folder, which are read and not run."""
    names = dict.fromkeys(entry.model for entry in catalogue.entries())
    ours = [
        {"model": name, "is": words, "parameters": dict(given)} for name in names for words, given in [described(name)]
    ]
    return {"here": list(_here()), "catalogue": ours}


def verified(
    limits: Permitted,
    model: str,
    parameters: Mapping[str, object],
    properties: tuple[str, ...],
    engine: str,
    seconds: float | None,
) -> dict[str, object]:
    """The verdicts on a model, as `--json` has them, and the first counterexample as text. Writes the traces."""
    _confirm(model, "the call", limits)
    given = {name: parameter_text(value) for name, value in parameters.items()}
    budget = Budget(seconds=min(seconds or limits.seconds, limits.seconds), memory=limits.memory)
    checked = run(Request(model, given, properties, engine, budget, keep_going=True, fresh=False))
    written = write_traces(checked)
    first = first_violated(checked.outcome)
    trace = None if first is None else trace_of(checked.outcome.verdicts[first])
    shown = None if first is None or trace is None else plain(render(checked.program, trace, first))
    return {
        "status": overall(checked.outcome).name.lower(),
        "results": results(checked, written.traces),
        **({"stopped": checked.outcome.stopped} if checked.outcome.stopped else {}),
        **({"counterexample": shown} if shown else {}),
        **({"not written": [str(each) for each in written.unwritten]} if written.unwritten else {}),
    }


def explained(limits: Permitted, trace: str) -> str:
    """Why each step of a trace could happen, and what decided its end: as `show --explain` says."""
    return plain(render_explained(*_opened(trace, limits)))


def replayed(limits: Permitted, trace: str) -> str:
    """Whether a trace is a behaviour of its model and shows what it claims: as `replay` says."""
    program, found, name = _opened(trace, limits)
    select(program, [name])
    shows = claim(program, name)
    try:
        confirm(program, name, shows, found)
    except ReplayError as error:
        return f"does not replay: {error}"
    said = "shows" if shows is Claim.WITNESS else "violates"
    return f"replayed: {counted(len(found), 'state')}, {said} {name}"


def _opened(trace: str, limits: Permitted) -> Any:
    file = Path(trace)
    _confirm(traces.header(traces.read(file), trace).model, trace, limits)
    return open_trace(file, trust=True)


def _confirm(model: str, who: str, limits: Permitted) -> None:
    """Raises UsageError U021 for a model that may not be imported."""
    if not limits.trust and not is_trusted(source := source_of(model)):
        where = f"{source}" if source is not None else "nothing that can be found below the current folder"
        problem = f"{who} names the model {model!r}, which is {where}; importing it would run its code"
        raise UsageError(
            "U021", problem, "Start the server in the folder of the model, or with `evacheck mcp --trust`."
        )


def _here() -> Iterator[str]:
    """Names of classes below the current folder that look like models: a step is marked in them."""
    for path in _files(Path()):
        with suppress(OSError, ValueError, SyntaxError, RecursionError):
            text = path.read_text("utf-8")
            if has_models(text):
                classes = [each for each in ast.parse(text).body if isinstance(each, ast.ClassDef)]
                yield from (f"{path}:{each.name}" for each in classes if _has_steps(each))


def _files(folder: Path) -> Iterator[Path]:
    seen = 0
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__")) and each != "site-packages")
        for name in sorted(names):
            if name.endswith(".py"):
                seen += 1
                if seen > _MOST_FILES:
                    return
                yield Path(at, name)


def _has_steps(made: ast.ClassDef) -> bool:
    marks = (mark for each in made.body if isinstance(each, ast.FunctionDef) for mark in each.decorator_list)
    called = (mark.func if isinstance(mark, ast.Call) else mark for mark in marks)
    return any(isinstance(mark, ast.Name) and mark.id in _STEPS for mark in called)
