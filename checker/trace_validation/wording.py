"""What is said of logs: the verdict in a sentence, and of a record that fits nothing why. Decides nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from checker.contract.wording import counted
from checker.trace_validation.misfit import Misfit
from checker.trace_validation.raw import Json
from checker.trace_validation.validating import Validated
from counterexamples.explain.changes import facts
from counterexamples.explain.text import Line, Style, table

_WIDTH = 80
_STATES = 2
_FACTS = 30
_NAMES = 6


def verdict(validated: Validated) -> str:
    """The verdict in a sentence."""
    followed = validated.followed
    fit = f"{counted(followed.fit, 'line')} {'fits' if followed.fit == 1 else 'fit'}"
    if followed.unknown is not None:
        return f"unknown: {followed.unknown}; {fit}"
    if not validated.misfits:
        return fit
    stuck = validated.misfits[0].stuck.entry.at
    if len(validated.misfits) == 1:
        return f"line {stuck.number} of {stuck.file} fits nothing; {fit} before it"
    return f"after {fit.replace(' fit', ' that fit')} none of the next lines fits, in any order"


def lines(validated: Validated) -> Iterator[Line]:
    """The verdict, and all that explains it."""
    style = Style.GOOD if validated.fits else Style.BAD
    yield from _wrapped(verdict(validated), "", style)
    for misfit in validated.misfits:
        yield from _misfit(validated, misfit)
    yield from _notes(validated)


def _misfit(validated: Validated, misfit: Misfit) -> Iterator[Line]:
    entry, states = misfit.stuck.entry, misfit.stuck.states
    yield ()
    yield from _wrapped(f"{entry.at}  {_short(entry.raw.text)}", "  ", Style.STEP)
    yield ()
    for number, state in enumerate(states[:_STATES], 1):
        which = "" if len(states) == 1 else f", one of {counted(len(states), 'state')}: {number}"
        yield from _wrapped(f"Where the model is then{which}", "  ")
        shown = facts(validated.program, state, None)
        yield from table(shown[:_FACTS], "")
        if len(shown) > _FACTS:
            yield from _wrapped(f"and {len(shown) - _FACTS} more", " " * 7, Style.QUIET)
    yield ()
    yield from _wrapped("Nearest:", "  ")
    for near in misfit.nearest:
        yield from _wrapped(f"{near.who} {near.problem}", "    ", Style.BAD)
        if near.place:
            yield from _wrapped(near.place, " " * 8, Style.QUIET)
        if near.values:
            yield from _wrapped(f"with {', '.join(near.values)}", " " * 8)
    if misfit.possible:
        yield from _wrapped(f"Possible then: {', '.join(misfit.possible)}", "  ")


def _notes(validated: Validated) -> Iterator[Line]:
    """What was passed over, what names stand for, and what no line names."""
    said: list[str] = []
    for kind, members in validated.members.items():
        first = [f"{member} is {name}" for name, member in list(members.items())[:_NAMES]]
        said.append(f"{kind.name}: {', '.join(first)}{', ...' if len(members) > _NAMES else ''}.")
    if validated.passed:
        said.append(f"Passed over, as nothing of the model: {_counts(validated.passed)}.")
    if validated.loose:
        said.append(f"Fields that are nothing of the model: {_counts(validated.loose)}.")
    if validated.never:
        names = ", ".join(validated.never)
        remedy = f"--unlogged {','.join(validated.never)}"
        said.append(f"No line names {names}. If that may happen without a line: {remedy}.")
    if said:
        yield ()
    for each in said:
        yield from _wrapped(each, "", Style.QUIET)


def _counts(counts: Mapping[str, int]) -> str:
    shown = [f"{name} ({count:,})" for name, count in list(counts.items())[:_NAMES]]
    return ", ".join(shown) + (f" and {len(counts) - _NAMES} more" if len(counts) > _NAMES else "")


def _short(text: str) -> str:
    return text if len(text) <= 3 * _WIDTH else text[: 3 * _WIDTH - 3] + "..."


def _wrapped(text: str, indent: str, style: Style = Style.PLAIN) -> Iterator[Line]:
    for line in textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    ):
        yield ((style, line),)


def record(validated: Validated) -> dict[str, Json]:
    """The one object that `--json` prints."""
    followed = validated.followed
    word = "unknown" if followed.unknown is not None else "fits" if validated.fits else "fits nothing"
    return {
        "verdict": word,
        "lines": followed.fit,
        "reason": followed.unknown,
        "states": len(followed.states),
        "most_states": followed.most,
        "misfits": [
            {
                "file": each.stuck.entry.at.file,
                "line": each.stuck.entry.at.number,
                "states": [
                    {fact.subject: fact.new for fact in facts(validated.program, state, None)}
                    for state in each.stuck.states[:_STATES]
                ],
                "nearest": [
                    {"step": near.who, "problem": near.problem, "place": near.place, "values": list(near.values)}
                    for near in each.nearest
                ],
                "possible": list(each.possible),
            }
            for each in validated.misfits
        ],
        "passed": dict(validated.passed),
        "loose": dict(validated.loose),
        "never": list(validated.never),
    }
