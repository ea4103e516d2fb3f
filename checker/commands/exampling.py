"""`evacheck verify --examples N`: example runs of a model in which nothing fails, to see why. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from checker import __version__
from checker.commands.common import screen
from checker.commands.report_proofs import wrapped
from checker.commands.run import Checked, results, to_json
from checker.contract.task import Budget
from checker.contract.trace import Trace
from checker.contract.wording import counted, first_violated
from checker.errors import UsageError
from checker.examples import ExampleRuns, Kind, Novelty, examples
from checker.ir.nodes import Program
from counterexamples.explain.text import Line, Style, describe_steps, render_behaviour
from counterexamples.itf import traces

Wanted = Annotated[
    int | None, typer.Option("--examples", min=1, metavar="N", help="Show N different runs where nothing is violated.")
]


def confirm_alone(wanted: int | None, one: bool, form: str | None) -> None:
    """Raises UsageError U008 where `--examples` goes with nothing."""
    if wanted is not None and (not one or form not in (None, "json")):
        remedy = "Name one: evacheck verify MODEL --examples 5"
        raise UsageError("U008", "--examples goes with one model, in words or with --json", remedy)


def show_examples(checked: Checked, wanted: int) -> None:
    """Show them below the verdicts."""
    if (name := first_violated(checked.outcome)) is not None:
        screen.warn(f"--examples: {name} is violated; its counterexample is the example.")
        return
    found = _made(checked, wanted)
    for number, (trace, new) in enumerate(zip(found.traces, found.new, strict=True), 1):
        head = f"Example {number}: {counted(len(trace), 'state')}; {new_words(new)}"
        screen.show([*wrapped(head, style=Style.STEP), (), *render_behaviour(checked.program, trace), ()])
    screen.show(_summary(found))


def with_examples(checked: Checked, files: Mapping[str, Path], wanted: int) -> str:
    """The one object that `--json` prints, with the examples: their steps in words, and states as in a trace file."""
    found = None if first_violated(checked.outcome) is not None else _made(checked, wanted)
    shown = [] if found is None else [_record(checked.program, each) for each in found.traces]
    return to_json({"results": results(checked, files), "examples": shown})


def new_words(new: Novelty) -> str:
    """What is new in a run, in words."""
    if new.kinds:
        return f"the first with {'; '.join(map(kind_words, new.kinds))}"
    if new.orders:
        before, after = new.orders[0]
        more = f", and {len(new.orders) - 1} more such" if len(new.orders) > 1 else ""
        return f"the first with {kind_words(after)} straight after {kind_words(before)}{more}"
    return (
        f"{counted(new.states, 'state')} that those before it do not have"
        if new.states
        else "the same in another order"
    )


def kind_words(kind: Kind) -> str:
    """A kind of step in words."""
    name, point = kind
    return name if point is None else f'{name} from "{point}"'


def _made(checked: Checked, wanted: int) -> ExampleRuns:
    return examples(checked.program, wanted, Budget(seconds=checked.request.budget.seconds))


def _summary(found: ExampleRuns) -> list[Line]:
    """What they cover together."""
    said = f"{counted(len(found.traces), 'example run')}, drawn at random from a fixed seed: they prove nothing."
    lines = [*wrapped(said)]
    if found.stopped is not None:
        lines += wrapped(f"There may be others: {found.stopped}.", style=Style.BAD)
    if not found.missing:
        lines += wrapped("Together they take every kind of step.")
    else:
        missing = "; ".join(kind_words(each) for each in found.missing)
        lines += wrapped(f"None of them takes: {missing}. A @sometimes says whether any run does.", style=Style.BAD)
    return [*lines, ()]


def _record(program: Program, trace: Trace) -> dict[str, object]:
    meta = traces.Meta(program.model, "", "example", "", __version__)
    return {"steps": list(describe_steps(program, trace)), "states": traces.dump(program, trace, meta)["states"]}
