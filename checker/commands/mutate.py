"""`evacheck mutate`: small faults in a model, and which of them no property notices."""

from __future__ import annotations

import json as json_
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated

import typer

from checker.check import ENGINES, registered
from checker.check import engine as engine_of
from checker.commands.common import Settings, interruptible, screen
from checker.commands.options import duration, settings_of
from checker.commands.report_proofs import wrapped
from checker.contract.task import Budget
from checker.contract.wording import Status, counted, wording
from checker.engines.common.clock import INTERRUPTED
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.lang.model import parse_parameter
from checker.mutation.mutants import Fate, Mutant, NoMutant, Trial, Tried, mutants_of, score
from counterexamples.explain.text import Line, Style

_STYLES = {
    Fate.KILLED: Style.PLAIN,
    Fate.UNNOTICED: Style.BAD,
    Fate.EQUIVALENT: Style.QUIET,
    Fate.UNDECIDED: Style.BAD,
}


def mutate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="package.module:Class or file.py:Class.")],
    settings: Settings = None,
    properties: Annotated[list[str] | None, typer.Option("--property", metavar="P", help="Property to check.")] = None,
    engine: Annotated[str, typer.Option(metavar="|".join(ENGINES), help="Which engine to use.")] = "auto",
    limit: Annotated[str, typer.Option("--time", metavar="10s", help="Time limit for each mutant.")] = "10s",
    most: Annotated[
        int | None, typer.Option("--most", min=1, metavar="N", help="Try only the first N mutants.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also list the mutants that were noticed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Put small faults into a model, one at a time, and list those that no property notices.

    Exit status: 0 if all are noticed, 1 if some are not, 3 if some are undecided; 2 usage, 150 model error.
    """
    with interruptible():
        found = load(model)
        parameters = {name: parse_parameter(found, name, text) for name, text in settings_of(settings or []).items()}
        chosen = engine_of(engine)
        if registered(engine).samples:
            remedy = "Choose one that visits every state or proves: --engine auto."
            raise UsageError("U008", f"--engine {engine} decides nothing that a mutant could change", remedy)
        trial = Trial(compile_model(found, parameters), chosen, Budget(seconds=duration(limit)), properties or ())
        refused: list[NoMutant] = []
        tried: list[Tried] = []
        ended = None
        try:
            for made in _mutants(mutants_of(found, parameters), refused, most):
                tried.append(trial.of(made))
                if not json:
                    _show(tried, everything)
        except KeyboardInterrupt:  # what was found is shown
            ended = INTERRUPTED
        screen.passing("")
    if ended is None and most is not None and len(tried) == most:
        ended = "--most ended it"
    if json:
        screen.text(json_.dumps(record(model, tried, refused, ended), indent=2, ensure_ascii=False))
    else:
        screen.show(score_lines(model, trial, tried, refused, ended))
    raise typer.Exit(int(_status(tried, ended)))


def _show(tried: Sequence[Tried], everything: bool) -> None:
    """The last mutant, if it is to be seen, and how many there were."""
    if everything or tried[-1].fate in (Fate.UNNOTICED, Fate.UNDECIDED):
        screen.passing("")
        screen.show(mutant_lines(tried[-1]))
    if screen.watched:
        screen.passing(f"  {counted(len(tried), 'mutant')} tried")


def _mutants(made: Iterator[Mutant | NoMutant], refused: list[NoMutant], most: int | None) -> Iterator[Mutant]:
    """The mutants among them, no more than so many; the others are kept apart."""

    def real() -> Iterator[Mutant]:
        for each in made:
            if isinstance(each, NoMutant):
                refused.append(each)
            else:
                yield each

    return islice(real(), most)


def said(tried: Tried) -> str:
    """What became of a mutant, in a sentence."""
    match tried.fate:
        case Fate.KILLED if tried.verdict is None:
            return f"killed: {tried.reason}"
        case Fate.KILLED:
            assert tried.verdict is not None
            return f"killed by {tried.by} ({wording(tried.verdict).brief})"
        case Fate.UNNOTICED:
            return f"unnoticed: every verdict as before{f' ({tried.reason})' if tried.reason else ''}"
        case Fate.EQUIVALENT:
            return "equivalent here: the same states and steps"
        case Fate.UNDECIDED:
            assert tried.fate is Fate.UNDECIDED
            return f"undecided: {tried.reason or f'{tried.by} is open within the time'}"


def mutant_lines(tried: Tried) -> list[Line]:
    """A mutant: the place, the line before and after, what became of it."""
    mutant = tried.mutant
    return [
        ((Style.STEP, f"{mutant.file}:{mutant.line}"), (Style.QUIET, f"  in {mutant.owner}, {mutant.kind}")),
        *wrapped(mutant.before, "  - ", Style.QUIET),
        *wrapped(mutant.after, "  + "),
        *wrapped(said(tried), "  ", _STYLES[tried.fate]),
        (),
    ]


def score_lines(
    model: str, trial: Trial, tried: Sequence[Tried], refused: Sequence[NoMutant], ended: str | None
) -> Iterator[Line]:
    """What became of all of them, and what each property noticed."""
    found = score(tried)
    yield ((Style.STEP, model),)
    share = f" ({found.killed / found.counted:.0%})" if found.counted else ""
    style = Style.BAD if found.unnoticed else Style.GOOD
    yield ((style, f"  noticed: {found.killed} of {counted(found.counted, 'mutant')}{share}"),)
    by = Counter(each.by for each in tried if each.fate is Fate.KILLED)
    width = max((len(name) for name in by), default=0)
    for name, times in by.most_common():
        yield ((Style.PLAIN, f"    {name.ljust(width)}  {times}"),)
    if found.equivalent:
        yield from wrapped(f"equivalent here: {found.equivalent}, with the same states and steps, not counted", "  ")
    if found.undecided:
        yield from wrapped(f"undecided: {found.undecided}, not counted; more --time may decide them", "  ", Style.BAD)
    if refused:
        yield from wrapped(f"no mutants: {counted(len(refused), 'change')} ({_why(refused)})", "  ", Style.QUIET)
    if trial.open:
        yield from wrapped(f"open in the model itself, and held against none: {', '.join(trial.open)}", "  ", Style.BAD)
    if ended is not None:
        yield from wrapped(f"There may be more mutants: {ended}.", "  ", Style.BAD)


def _why(refused: Sequence[NoMutant]) -> str:
    by = Counter(each.why for each in refused)
    return ", ".join(f"{why} {times}" for why, times in sorted(by.items()))


def record(
    model: str, tried: Sequence[Tried], refused: Sequence[NoMutant], ended: str | None = None
) -> dict[str, object]:
    """The one object that `--json` prints."""
    found = score(tried)
    rows = [
        {
            "file": each.mutant.file,
            "line": each.mutant.line,
            "in": each.mutant.owner,
            "kind": each.mutant.kind,
            "before": each.mutant.before,
            "after": each.mutant.after,
            "fate": each.fate.value,
            "by": each.by or None,
            "reason": each.reason or None,
        }
        for each in tried
    ]
    numbers = {"noticed": found.killed, "unnoticed": found.unnoticed, "equivalent": found.equivalent}
    more = {"undecided": found.undecided, "refused": len(refused), "ended": ended}
    return {"model": model, **numbers, **more, "mutants": rows}


def _status(tried: Sequence[Tried], ended: str | None) -> Status:
    found = score(tried)
    if found.unnoticed:
        return Status.NOT_AS_EXPECTED
    return Status.INCONCLUSIVE if found.undecided or ended == INTERRUPTED else Status.AS_EXPECTED
