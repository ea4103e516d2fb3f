"""What the command says of the questions of the project, as styled lines within 80 columns. Decides nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from checker.commands.questions import Answered
from checker.commands.report import near
from checker.commands.report_proofs import WIDTH, seconds
from checker.contract.wording import counted
from counterexamples.explain.text import Line, Style

_ANSWER = 5  # columns for an answer


def answer_lines(given: Answered) -> Iterable[Line]:
    """What was asked; the answer, how it was decided and how long that took; the counterexample, if there is one."""
    yield ((Style.STEP, given.question.asks),)
    if given.row is None:
        problem = given.examined.problem or f"{given.question.property} was not checked"
        yield from (((Style.BAD, f"  {line}"),) for line in ("not answered:", *problem.splitlines()))
        return
    answer = given.question.answer if given.as_expected else "?"
    mood = Style.GOOD if given.as_expected else Style.BAD
    said = f"{given.question.property} {given.row.said}"
    spent = "cached" if given.examined.kept else seconds(given.examined.seconds)
    below = " " * (_ANSWER + 2)
    *full, last = textwrap.wrap(f"{said}, {spent}", WIDTH - len(below), break_long_words=False)
    first, *rest = [*(((Style.PLAIN, line),) for line in full), _timed(last, spent)]
    yield (Style.PLAIN, "  "), (mood, f"{answer:<{_ANSWER}}"), *first
    yield from (((Style.PLAIN, below), *line) for line in rest)
    if given.row.difference is not None:
        yield ((Style.BAD, f"{below}NOT AS EXPECTED: it {given.row.difference}"),)
    yield from (((Style.BAD, f"{below}NOT AS EXPECTED: {sentence}"),) for sentence in given.examined.unexpected)
    if given.row.trace is not None:
        yield ((Style.QUIET, f"{below}{near(given.row.trace)}"),)


def _timed(text: str, spent: str) -> Line:
    """The end of what is said, the time in it set apart."""
    before, comma, _ = text.rpartition(f", {spent}")
    return ((Style.PLAIN, before), (Style.QUIET, comma)) if comma else ((Style.PLAIN, text),)


def questions_summary(found: Sequence[Answered], took: float) -> list[Line]:
    """How many answers are as expected, and what to do next."""
    wrong = sum(not each.as_expected for each in found)
    said = (Style.GOOD, "all as expected") if not wrong else (Style.BAD, f"{counted(wrong, 'difference')}")
    kept = sum(each.examined.kept for each in found)
    again = f"; {kept} of {len(found)} cached (--fresh: anew)" if kept else ""
    lines: list[Line] = [
        (),
        ((Style.PLAIN, f"{counted(len(found), 'answer')}, "), said, (Style.PLAIN, f", {seconds(took)}{again}")),
    ]
    traces = [each.row.trace for each in found if each.row is not None and each.row.trace is not None]
    if traces:
        lines.append(((Style.QUIET, "See how:      "), (Style.PLAIN, f"evacheck show {near(traces[-1])} --html")))
    lines.append(((Style.QUIET, "All models:   "), (Style.PLAIN, "evacheck verify --all")))
    return lines
