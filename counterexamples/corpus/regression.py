"""Keep a counterexample as a test: the source of one, and what it calls. Searches nothing.

What is kept are the steps, by name, not the states: they are taken again in the model of today, which may have other
variables. They still violate the property, or they do not, or one of them has become impossible.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from checker.contract.judge import claim
from checker.contract.replay import ReplayError, confirm
from checker.contract.task import BUILT_IN
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.lang.model import parse_parameter
from checker.semantics import Step
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import describe_steps
from counterexamples.itf import traces
from counterexamples.itf.encoding import Json


class Now(StrEnum):
    """What the steps of a counterexample come to in the model of today."""

    VIOLATES = "violates"
    HARMLESS = "harmless"  # all of them can be taken, and the property holds at the end
    IMPOSSIBLE = "impossible"  # one of them cannot be taken any more


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out, and a sentence that says where."""

    now: Now
    words: str


def taken_again(program: Program, data: Json, shows: str) -> Comparison:
    """Take the steps of a trace again. Raises UsageError if `data` is no trace, or the model has no such property."""
    trace, stopped = traces.follow(program, data)
    if shows not in BUILT_IN and program.claimed(shows) is None:
        problem = f"{program.model} has no property {shows!r} any more"
        raise UsageError("U003", problem, "Name the one that replaced it.")
    if trace is None:
        return Comparison(Now.IMPOSSIBLE, "no initial state is chosen so any more")
    if stopped is not None:
        return Comparison(Now.IMPOSSIBLE, f"state {stopped} is not reached any more: its step is not possible")
    try:
        confirm(program, shows, claim(program, shows), trace)
    except ReplayError as error:
        return Comparison(Now.HARMLESS, str(error))
    return Comparison(Now.VIOLATES, f"{shows} is violated in state {len(trace)}")


def keep(trace: str, fixed: bool, beside: str | Path) -> None:
    """What a kept test asserts: that the steps violate the property, or, once the model is `fixed`, that they do not.
    `trace` is ITF JSON; a model in a file is looked for from the folder of `beside` upwards."""
    data: Json = json.loads(trace)
    head = traces.header(data)
    model = load(_found(head.model, Path(beside).resolve().parent))
    program = compile_model(model, {key: parse_parameter(model, key, text) for key, text in head.parameters.items()})
    seen = taken_again(program, data, head.property)
    if fixed:
        assert seen.now is not Now.VIOLATES, f"The bug is back: {seen.words}. `evacheck verify {head.model}` shows it."
    else:
        hint = "If that is what you wanted, set FIXED = True."
        assert seen.now is Now.VIOLATES, f"The steps are {seen.now} now: {seen.words}. {hint}"


def regression_test(program: Program, data: Mapping[str, Json], trace: Trace, shows: str) -> str:
    """The source of a test that keeps a trace, given as it was read and as ITF JSON."""
    head = traces.header(dict(data))
    name = re.sub(r"[^0-9a-z]+", "_", f"{head.model.rpartition(':')[2].removesuffix('.py')}_{shows}".lower()).strip("_")
    steps = list(describe_steps(program, trace))
    match trace.end:
        case Failing(Step(), _):
            steps[-1] += ", which fails"
        case Lasso() as end:
            steps.append(goes_on(trace, end))
        case AtState() | Failing():
            pass
        case _:
            assert_never(trace.end)
    text = traces.text(dict(data)).strip().replace("'", "\\u0027")  # it stands in a raw string between quotes
    said = "\n".join(_listed(steps))
    return _TEMPLATE.format(quotes='"' * 3, model=head.model, shows=shows, steps=said, name=name, trace=text)


_TEMPLATE = """\
{quotes}A counterexample that is kept: {model} and {shows}.

{steps}
{quotes}

from evacheck import keep

FIXED = False  # True once the model is mended: from then on this test fails if the bug comes back


def test_{name}() -> None:
    keep(TRACE, FIXED, beside=__file__)


TRACE = r'''
{trace}
'''
"""


def _listed(steps: Sequence[str]) -> list[str]:
    return [f"{number:>3}. {step}".replace("\\", "\\\\").replace('"', "'") for number, step in enumerate(steps, 1)]


def _found(model: str, folder: Path) -> str:
    """The model's name, its file made absolute if it lies in a folder or above it."""
    file, colon, name = model.partition(":")
    if not file.endswith(".py") or Path(file).exists():
        return model
    for place in (folder, *folder.parents):
        if (place / file).exists():
            return f"{place / file}{colon}{name}"
    return model
