"""A counterexample as a sequence diagram of Mermaid: a lane for each process or action, steps from top to bottom."""

from __future__ import annotations

import re
import textwrap

from checker.commands.formats.told import Mood, Reported, conclusion, passages, title, told
from checker.commands.run import Checked, Files

_SPECIAL = re.compile(r"[#;<>&{}%]")
_MOST_CHANGES = 8


def mermaid(run: Checked, written: Files) -> str:
    """The first counterexample; a diagram that says so where there is none."""
    shown = [each for each in told(run, written) if each.trace is not None]
    if not shown:
        return f"sequenceDiagram\n    participant a0 as {_text(title(run))}\n    Note over a0: no counterexample\n"
    return diagram(run, min(shown, key=lambda each: len(each.trace or ())))


def diagram(run: Checked, each: Reported) -> str:
    """The diagram of one counterexample."""
    assert each.trace is not None and each.mood is Mood.BAD
    passed = passages(run.program, each.trace, each.name)
    actors = list(dict.fromkeys(passage.actor for passage in passed if passage.actor)) or ["model"]
    lanes = {actor: f"a{number}" for number, actor in enumerate(actors)}
    across = lanes[actors[0]] if len(actors) == 1 else f"{lanes[actors[0]]},{lanes[actors[-1]]}"
    lines = ["sequenceDiagram", *(f"    participant {lane} as {_text(actor)}" for actor, lane in lanes.items())]
    for number, passage in enumerate(passed, 1):
        changes = [f"{subject} {text}" for subject, text in passage.changes]
        if len(changes) > _MOST_CHANGES:
            changes = [*changes[:_MOST_CHANGES], f"and {len(changes) - _MOST_CHANGES} more"]
        said = "<br/>".join(map(_lines, changes))
        if passage.actor:
            lane, did = lanes[passage.actor], passage.title.removeprefix(passage.actor).strip() or passage.actor
            lines.append(f"    {lane}->>{lane}: {number}  {_text(did)}")
            lines += [f"    Note over {lane}: {said}"] if said else []
        else:
            lines.append(f"    Note over {across}: " + "<br/>".join(filter(None, (_lines(passage.title), said))))
    lines.append(f"    Note over {across}: {_lines(conclusion(run, each).splitlines()[0])}")
    return "\n".join(lines) + "\n"


def _lines(words: str) -> str:
    """A sentence in a note, which Mermaid does not break."""
    return "<br/>".join(map(_text, textwrap.wrap(words, 40, break_on_hyphens=False)))


def _text(words: str) -> str:
    """A text on one line, in which nothing has a meaning for Mermaid: such letters are written as their numbers."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", " ".join(words.split()))
