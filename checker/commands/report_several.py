"""What the command says of several counterexamples of one property, as styled lines. Decides nothing."""

from __future__ import annotations

from typing import assert_never

from checker.alternatives import Several
from checker.commands.report_proofs import wrapped
from checker.contract.trace import AtState, Failing, Lasso
from checker.contract.wording import counted
from checker.ir.nodes import Program
from checker.semantics import Step
from counterexamples.explain.loop import goes_on
from counterexamples.explain.text import Line, Style, describe_steps


def several_lines(program: Program, name: str, found: Several) -> list[Line]:
    """Counterexamples side by side: the steps of each, and what is known of others."""
    lines: list[Line] = [()]
    for number, trace in enumerate(found.traces, 1):
        lines.append(((Style.NUMBER, f"  {number}"), (Style.PLAIN, f"  {counted(len(trace), 'state')}: ")))
        steps = list(describe_steps(program, trace))
        match trace.end:
            case Failing(Step(), _):
                steps[-1] += ", fails"
            case Lasso() as end:
                steps.append(goes_on(trace, end))
            case AtState() | Failing():
                pass
            case _:
                assert_never(trace.end)
        lines += wrapped("; ".join(steps), "     ")
    said = f"{counted(len(found.traces), 'counterexample')} of {name}"
    lines += [(), *wrapped(f"{said} that differ in more than the order of independent steps.")]
    if found.stopped is not None:
        lines += wrapped(f"There may be more: {found.stopped}.", style=Style.BAD)
    if found.complete_to:
        lines += wrapped(
            f"There are no others of up to {counted(found.complete_to, 'state')}; of longer ones there may be."
        )
    return lines
