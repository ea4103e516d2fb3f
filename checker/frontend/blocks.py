"""The blocks of a process that has been cut: equal ones merged, those never reached left out, points numbered.

Points with the same continuation become one, unless a property tells them apart: empty blocks are skipped, and equal
blocks are merged until no two are equal. Knows no syntax; `processes` does the cutting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from checker.ir import nodes as ir
from checker.ir.points import END, NOTHING_ASKED, START, Answer, Asked, answers, called, labels, names_of


@dataclass(frozen=True)
class Pause:
    """The step ends; the process goes on in `block`, or has finished when that is None. `number` counts pauses."""

    block: int | None
    name: str = END
    number: int = 0


@dataclass
class Open:
    """A block being filled."""

    body: list[ir.Stmt] = field(default_factory=list)
    end: ir.Jump | ir.Branch | Pause | None = None


@dataclass(frozen=True)
class Cut:
    """A process taken apart: block numbers are indices into `blocks`; point 0 is the start."""

    blocks: tuple[ir.Block, ...]
    labels: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    targets: tuple[int | None, ...]


def tidy(opened: list[Open], asked: Asked = NOTHING_ASKED) -> Cut:
    """Skip empty blocks, merge equal ones, drop what is never reached, number the points. What properties have `asked`
    for by name is kept apart from what they did not mean."""
    goal = [_skip(opened, number) for number in range(len(opened))]
    classes = merged(opened, goal, asked)
    keep: dict[int, int] = {}
    points: dict[tuple[int | None, Answer], list[Pause]] = {}
    places: dict[tuple[int | None, Answer], int] = {}
    order: list[int] = []

    def reach(block: int) -> int:
        kind = classes[goal[block]]
        if kind not in keep:
            keep[kind] = len(order)
            order.append(goal[block])
        return keep[kind]

    def point(pause: Pause) -> int:
        target = None if pause.block is None or _finishes(opened[goal[pause.block]]) else reach(pause.block)
        key = target, answers(asked, names_of(pause.name, target is None))
        points.setdefault(key, []).append(pause)
        return places.setdefault(key, len(places))

    point(Pause(0, START))
    made: list[ir.Block] = []
    while len(made) < len(order):
        block = opened[order[len(made)]]
        made.append(ir.Block(tuple(block.body), _ending(block, reach, point)))
    for pause in _pauses(opened, goal):
        point(pause)  # that of a block which is like another leads to the same point, and gives it one more name
    told = [sorted(pauses, key=lambda pause: pause.number) for pauses in points.values()]
    targets = tuple(target for target, _ in points)
    names = tuple(_names(pauses, target is None) for pauses, target in zip(told, targets, strict=True))
    texts = [(pauses[0].number, called(own, asked)) for pauses, own in zip(told, names, strict=True)]
    return Cut(tuple(made), tuple(labels(texts)), names, targets)


def _pauses(opened: list[Open], goal: list[int]) -> Iterator[Pause]:
    """Where a step can end."""
    seen, todo = set[int](), [goal[0]]
    while todo:
        number = todo.pop()
        if number in seen:
            continue
        seen.add(number)
        match opened[number].end:
            case ir.Jump(block=block):
                todo.append(goal[block])
            case ir.Branch(then=then, otherwise=otherwise):
                todo += (goal[then], goal[otherwise])
            case Pause(block=target) as pause:
                yield pause
                if target is not None:
                    todo.append(goal[target])


def _names(pauses: list[Pause], ended: bool) -> tuple[str, ...]:
    """What a point is called to which all of these lead."""
    return tuple(dict.fromkeys(name for pause in pauses for name in names_of(pause.name, ended)))


def _ending(block: Open, reach: Callable[[int], int], point: Callable[[Pause], int]) -> ir.Terminator:
    match block.end:
        case ir.Jump(block=target):
            return ir.Jump(reach(target))
        case ir.Branch(condition=test, then=then, otherwise=otherwise):
            return ir.Branch(test, reach(then), reach(otherwise))
        case Pause() as pause:
            return ir.Yield(point(pause))
    return ir.Yield(point(Pause(None)))


def _finishes(block: Open) -> bool:
    return not block.body and isinstance(block.end, Pause) and block.end.block is None


def _skip(opened: list[Open], number: int) -> int:
    """The block where something happens first, from `number` on."""
    seen = {number}
    while not opened[number].body:
        end = opened[number].end
        if not isinstance(end, ir.Jump) or end.block in seen:
            break
        number = end.block
        seen.add(number)
    return number


def merged(opened: list[Open], goal: list[int], asked: Asked) -> list[int]:
    """A class number for each block: equal body, and ends that lead to equal classes, by points that are one. As
    Hopcroft does it, by the smaller part of each class, so that a chain of blocks does not take a round for each."""
    leading: dict[tuple[int, int], list[int]] = {}  # by a block and which of its ends leads there
    kinds: dict[Any, set[int]] = {}
    for number, block in enumerate(opened):
        kind, ends = _shape(block, opened, goal, asked)
        kinds.setdefault((tuple(block.body), kind), set()).add(number)
        for place, target in enumerate(ends):
            leading.setdefault((goal[target], place), []).append(number)
    members = list(kinds.values())
    classes = [0] * len(opened)
    for kind, numbers in enumerate(members):
        for number in numbers:
            classes[number] = kind
    pending = [(kind, place) for kind in range(len(members)) for place in (0, 1)]
    waiting = set(pending)
    while pending:
        splitter = pending.pop()
        waiting.discard(splitter)
        hit: dict[int, set[int]] = {}
        for target in members[splitter[0]]:
            for number in leading.get((target, splitter[1]), ()):
                hit.setdefault(classes[number], set()).add(number)
        for kind, inside in hit.items():
            if len(inside) == len(members[kind]):
                continue
            fresh = len(members)
            members.append(inside)
            members[kind] -= inside
            for number in inside:
                classes[number] = fresh
            for place in (0, 1):
                smaller = fresh if (kind, place) in waiting or len(inside) <= len(members[kind]) else kind
                pending.append((smaller, place))
                waiting.add((smaller, place))
    return classes


def _shape(block: Open, opened: list[Open], goal: list[int], asked: Asked) -> tuple[Any, tuple[int, ...]]:
    """How a block ends, and the blocks that it leads to."""
    match block.end:
        case ir.Jump(block=target):
            return "jump", (target,)
        case ir.Branch(condition=test, then=then, otherwise=otherwise):
            return ("branch", test), (then, otherwise)
        case Pause(block=None):
            return "finish", ()
        case Pause(block=int(target), name=name):
            ended = _finishes(opened[goal[target]])
            return ("pause", answers(asked, names_of(name, ended))), (target,)
    return "open", ()
