"""Have a model's own `picture` run in a process apart, which cannot end this one nor hold it up.

The model's code is the user's Python: it may loop, exit, take all memory or crash. A forked child runs it, state by
state, and sends each picture back as JSON, so that nothing of the model's objects comes back either. It has a time for
each picture and for all, and an amount of memory; whatever becomes of it is said as U019. It is no prison: the code
runs with the user's rights. Where there is no `fork`, the code runs here, and only exceptions are caught.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from checker.errors import ModelError, Problem, Span
from checker.ir.nodes import Program
from checker.lang.picture import Cell, Edge, Group, Item, Node, Picture, Row, Table
from checker.lang.view import picture, pictured, unfinished
from checker.semantics import State

EACH = 5.0
"""Seconds for the picture of one state."""
ALL = 20.0
"""Seconds for all pictures of a trace."""
MEMORY = 1 << 30
"""Bytes that drawing may take."""
PARTS = 4000
"""Nodes, cells, lines and arrows of one picture."""
_LONGEST = 4 << 20
"""Bytes of one picture as JSON."""
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Named:
    """The id of something whose id in the model was neither a number nor a text nor a tuple of such: equal where the
    model's ids were equal."""

    number: int
    text: str

    def __str__(self) -> str:
        return self.text


def pictures_of(program: Program, states: Sequence[State]) -> list[Picture] | None:
    """How states look, as the model says; None if it does not say. Raises ModelError U019 if that comes to nothing."""
    if not pictured(program):
        return None
    if not hasattr(os, "fork"):
        return [drawn for state in states if (drawn := picture(program, state)) is not None]
    encoder = _Encoder()
    made: list[Picture] = []
    for number, data in enumerate(_answers(lambda state: _drawn(program, state, encoder), states), start=1):
        if isinstance(how := data.get("ended"), str):
            raise unfinished(program, number, how)
        try:
            if "problems" in data:
                raise ModelError([_problem(each) for each in data["problems"]])
            made.append(_picture(data["picture"]))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            raise unfinished(program, number, "it writes where only evacheck may") from None
    return made


def _drawn(program: Program, state: State, encoder: _Encoder) -> dict[str, Any]:
    try:
        drawn = picture(program, state)
        assert drawn is not None
        if _size(drawn) > PARTS:
            raise unfinished(program, 0, f"it has more than {PARTS:,} parts")
        return {"picture": encoder.group(drawn)}
    except ModelError as error:
        return {"problems": [_written(each) for each in error.problems]}


def _size(group: Group) -> int:
    """How many nodes, cells, lines and arrows are in it."""
    found = len(group.edges) if isinstance(group, Picture) else 0
    for item in group.items:
        match item:
            case Group():
                found += 1 + _size(item)
            case Row():
                found += len(item.cells)
            case Table():
                found += len(item.rows)
            case _:
                found += 1
    return found


def _written(problem: Problem) -> list[Any]:
    span = problem.span
    place = None if span is None else [span.file, span.line, span.column]
    return [problem.code, place, problem.problem, problem.remedy]


def _problem(data: list[Any]) -> Problem:
    code, place, problem, remedy = data
    return Problem(code, None if place is None else Span(*place), problem, remedy)


# -- two processes -----------------------------------------------------------------------------------------------------


def _answers(work: Callable[[State], dict[str, Any]], states: Sequence[State]) -> Iterator[dict[str, Any]]:
    """What `work` says of each state, one after another; at last {"ended": how} where the child came to no answer."""
    sys.stdout.flush()
    sys.stderr.flush()
    receiver, sender = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: those of the engines have ended or sleep
        child = os.fork()
    if child == 0:
        _serve(work, states, receiver, sender)
    os.close(sender)
    try:
        yield from _received(receiver, child, len(states))
    finally:
        os.close(receiver)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _received(receiver: int, child: int, count: int) -> Iterator[dict[str, Any]]:
    """The child's lines as they come, within the limits."""
    end = time.monotonic() + ALL
    waiting = bytearray()
    for _ in range(count):
        last = time.monotonic() + EACH
        while b"\n" not in waiting:
            left = min(end, last) - time.monotonic()
            if left <= 0 or not select.select([receiver], [], [], left)[0]:
                which = f"{EACH:g} s, the limit for one state" if last <= end else f"{ALL:g} s, the limit for a trace"
                yield {"ended": f"it takes more than {which}"}
                return
            chunk = os.read(receiver, _CHUNK)
            waiting += chunk
            if not chunk or len(waiting) > _LONGEST:
                yield {"ended": "it is too large" if chunk else _end_of(child)}
                return
        line, _, waiting = waiting.partition(b"\n")
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        yield found if isinstance(found, dict) else {}


def _end_of(child: int) -> str:
    """How the child ended, in words."""
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if os.WIFSIGNALED(status):
                return f"it ends the process by {signal.Signals(os.WTERMSIG(status)).name}"
            return f"it ends the process with status {os.WEXITSTATUS(status)}"
        time.sleep(0.01)
    return "it closes what it was to answer through"


def _serve(work: Callable[[State], dict[str, Any]], states: Sequence[State], receiver: int, sender: int) -> NoReturn:
    """The child: answer for each state, and end without what Python does at its end. What the model prints goes to
    standard error."""
    try:
        os.close(receiver)
        os.setsid()  # Ctrl-C is for the parent, which then ends this group
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.alarm(int(ALL) + 5)  # should the parent be gone
        os.dup2(2, 1)
        _limit_memory()
        for state in states:
            data = json.dumps(work(state)).encode() + b"\n"
            _flush()  # once the last answer is there, this process is ended
            while data:
                data = data[os.write(sender, data) :]
    finally:
        _flush()
        os._exit(1)


def _flush() -> None:
    """Have written what the model has printed, whatever it has made of that."""
    with suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()


def _limit_memory() -> None:
    """Take no more than MEMORY beyond what is taken now, where the system can be told so."""
    with suppress(Exception):
        import resource  # noqa: PLC0415 - not on every system

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


# -- pictures as JSON --------------------------------------------------------------------------------------------------


class _Encoder:
    """Pictures as JSON; knows the ids that JSON has no form for."""

    def __init__(self) -> None:
        self._named: dict[Hashable, int] = {}

    def group(self, group: Group) -> dict[str, Any]:
        """A group, or a whole picture."""
        made = {
            "id": self.id(group.id), "title": group.title, "arrange": group.arrange, "framed": bool(group.framed),
            "align": group.align, "gap": group.gap,
            "items": [self._item(item) for item in group.items],
        }  # fmt: skip
        if isinstance(group, Picture):
            made["edges"] = [
                [self.id(e.source), self.id(e.target), e.label, bool(e.bold), bool(e.dashed), e.colour]
                for e in group.edges
            ]
        return made

    def _item(self, item: Item) -> dict[str, Any]:
        match item:
            case Group():
                return {"group": self.group(item)}
            case Node():
                return {"node": [self.id(item.id), item.label, item.shape, item.colour, item.note, bool(item.dashed)]}
            case Row():
                cells = [[cell.text, cell.head, cell.colour, bool(cell.dashed)] for cell in item.cells]
                return {"row": [self.id(item.id), cells, item.label, bool(item.down)]}
            case Table():
                return {"table": [self.id(item.id), list(item.rows), item.title]}

    def id(self, id: Hashable) -> Any:
        """An id: tuples as lists, what is no number or text by a number of its own."""
        if isinstance(id, tuple):
            return [self.id(each) for each in id]
        if id is None or type(id) in (bool, int, str):
            return id
        return {"named": self._named.setdefault(id, len(self._named)), "text": str(id)}


def _picture(data: dict[str, Any]) -> Picture:
    made = Picture(arrange=data["arrange"], align=data["align"], gap=_gap(data["gap"]))
    made.items = [_item(each) for each in data["items"]]
    for source, target, label, bold, dashed, colour in data["edges"]:
        made.edges.append(Edge(_id(source), _id(target), _text(label), bold, dashed, colour))
    return made


def _item(data: dict[str, Any]) -> Item:
    match data:
        case {"group": dict(inner)}:
            title = _text(inner["title"])
            made = Group(_id(inner["id"]), title, inner["arrange"], inner["framed"], inner["align"], _gap(inner["gap"]))
            made.items = [_item(each) for each in inner["items"]]
            return made
        case {"node": [id, label, shape, colour, note, dashed]}:
            return Node(_id(id), _text(label), shape, colour, _text(note), dashed)
        case {"row": [id, cells, label, down]}:
            made_cells = tuple(Cell(_text(text), _text(head), colour, dashed) for text, head, colour, dashed in cells)
            return Row(_id(id), made_cells, _text(label), down)
        case {"table": [id, rows, title]}:
            return Table(_id(id), tuple((_text(name), _text(value)) for name, value in rows), _text(title))
        case _:
            raise TypeError(data)


def _gap(data: object) -> float | None:
    if data is None or (isinstance(data, (int, float)) and 0 <= data < 10_000):
        return data
    raise ValueError(data)


def _text(data: object) -> str:
    """A text, whatever the model put in its place."""
    return data if isinstance(data, str) else str(data)


def _id(data: Any) -> Hashable:
    match data:
        case list():
            return tuple(map(_id, data))
        case {"named": int(number), "text": str(text)}:
            return Named(number, text)
        case _:
            if not (data is None or isinstance(data, (bool, int, str))):
                raise TypeError(data)
            return data
