"""Control points: what they are called, and which of them are one.

A point has the names that the author wrote, of one `yield` or of several, and a label of its own. Points from which the
code goes on alike are one, unless a property asks `.at(...)` for some of their names and not for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from checker.ir import nodes as ir

START, END = "start", "end"
_OURS = re.compile(rf"{START}|{END}|line \d+|.*#\d+", re.DOTALL)

Asked = frozenset[frozenset[str]]  # the names that some `.at(...)` gives, of one process; for each such question
NOTHING_ASKED: Asked = frozenset()
Answer = tuple[bool, ...]


def is_ours(name: str) -> bool:
    """Whether a point that an author named so could be taken for one that has its name from evacheck."""
    return _OURS.fullmatch(name) is not None


def answers(asked: Asked, names: Iterable[str]) -> Answer:
    """What a point with these names answers to each question. Points that answer alike may be one."""
    own = frozenset(names)
    return tuple(bool(own & question) for question in sorted(asked, key=sorted))


def names_of(name: str, ended: bool) -> tuple[str, ...]:
    """What a point is called to which a `yield` of this name leads: where nothing is left to do is also the end."""
    return tuple(dict.fromkeys((name, END))) if ended else (name,)


def confused(process: ir.Process, asked: Asked) -> bool:
    """Whether a question may mean some of what is one point, and not all of it."""
    return any(
        len({answers(asked, names_of(name, point.block is None)) for name in point.names}) > 1
        for point in process.points
    )


def called(names: Sequence[str], asked: Asked) -> str:
    """What a point is labelled by. An author's names come before ours, but for an end that is like any other."""
    if END in names and answers(asked, names) == answers(asked, [END]):
        return END
    return "/".join(name for name in names if name not in (START, END)) or START


def labels(texts: Sequence[tuple[int, str]]) -> list[str]:
    """A label for each point that no other has: `wait`, `wait#2`. The numbers given say who is first."""
    made: dict[int, str] = {}
    numbers: dict[str, int] = {}
    for place in sorted(range(len(texts)), key=lambda place: texts[place][0]):
        text = texts[place][1]
        number = numbers[text] = numbers.get(text, 0) + 1
        made[place] = text if number == 1 else f"{text}#{number}"
    return [made[place] for place in range(len(texts))]


def names_in(process: ir.Process) -> list[str]:
    """All names of a process's points, each once."""
    return list(dict.fromkeys(name for point in process.points for name in point.names))


def plain_name(unique: str) -> str:
    """What the model calls a local: without the number, and the helper, that keep it apart from others."""
    return unique.partition("'")[0].rpartition(".")[2]
