"""Random models, a model that each is to implement, and in plain Python by going through all steps: whether it does.

The model implemented has the same two numbers; mapped to it are the numbers as they are, or one of them folded, so that
some steps leave what is mapped as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

State = tuple[int, int]
Action = tuple[str, str, str]
_FOLDS = ("x", "x // 2", "x % 2", "0 * x")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A model's text, the abstract one before it. `length` is how many states the shortest trace has by which the second
    does not implement the first; 0 if it does."""

    text: str
    length: int


def drawn(draw: Random) -> Drawn:
    """Two models of two numbers each; the second's actions are those of the first, one of them left out or changed, and
    some others."""
    size = draw.randint(2, 4)
    actions = [_action(draw, size) for _ in range(draw.randint(1, 4))]
    others = [each for each in actions if draw.random() < 0.7] + [
        _action(draw, size) for _ in range(draw.randint(0, 1))
    ]
    fold = draw.choice(_FOLDS)
    starts = [draw.randrange(size) for _ in range(draw.randint(1, 2))]
    begins = starts if draw.random() < 0.8 else [*starts[1:], 0]
    text = f"{_text('Other', size, others, begins)}\n{_text('M', size, actions, starts)}"
    text += f"    @implements(Other)\n    def does(self):\n        return {{'y': self.y, 'x': {fold.replace('x', 'self.x')}}}\n"
    return Drawn(text, _searched(size, actions, others, starts, begins, lambda state: (_value(fold, state), state[1])))


def dropped(draw: Random) -> tuple[Drawn, Drawn]:
    """A model that implements one with the same actions, and the same one with an action less there."""
    size = draw.randint(2, 4)
    actions = [_action(draw, size) for _ in range(draw.randint(1, 5))]
    gone = draw.randrange(len(actions))
    less = [each for at, each in enumerate(actions) if at != gone]

    def case(others: list[Action]) -> Drawn:
        text = f"{_text('Other', size, others, [0])}\n{_text('M', size, actions, [0])}"
        text += "    @implements(Other)\n    def does(self):\n        return {'x': self.x, 'y': self.y}\n"
        return Drawn(text, _searched(size, actions, others, [0], [0], lambda state: state))

    return case(actions), case(less)


def _text(name: str, size: int, actions: list[Action], starts: list[int]) -> str:
    lines = [f"class {name}(Model):", f"    x = Var(Range({size}))", f"    y = Var(Range({size}))"]
    members = ", ".join(map(str, sorted(set(starts))))
    lines += ["    def init(self):", f"        self.x = choose({{{members}}})"]
    for number, (guard, x, y) in enumerate([*actions, ("x != x", "x", "y")]):
        lines += ["    @action", f"    def a{number}(self):", f"        require({_own(guard)})"]
        lines += [f"        self.x, self.y = ({_own(x)}) % {size}, ({_own(y)}) % {size}"]
    return "\n".join(lines) + "\n"


def _searched(
    size: int,
    actions: list[Action],
    others: list[Action],
    starts: list[int],
    begins: list[int],
    mapped: Callable[[State], State],
) -> int:
    level: list[State] = [(x, 0) for x in sorted(set(starts))]
    if any(mapped(state) not in {(x, 0) for x in begins} for state in level):
        return 1
    seen, depth = set(level), 1
    while level:
        following: list[State] = []
        for state in level:
            for after in _steps(state, size, actions):
                one, other = mapped(state), mapped(after)
                if one != other and other not in _steps(one, size, others):
                    return depth + 1
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level, depth = following, depth + 1
    return 0


def _steps(state: State, size: int, actions: list[Action]) -> Iterator[State]:
    for guard, x, y in actions:
        if _value(guard, state):
            yield _value(x, state) % size, _value(y, state) % size


def _value(text: str, state: State) -> int:
    return int(eval(text, {}, {"x": state[0], "y": state[1]}))


def _own(text: str) -> str:
    return "".join(f"self.{each}" if each in "xy" else each for each in text)


def _action(draw: Random, size: int) -> Action:
    guard = f"{draw.choice('xy')} {draw.choice(('==', '!=', '<='))} {draw.randrange(size)}"
    goals = [draw.choice((str(draw.randrange(size)), "x", "y", "x + 1", "y + 1", "2 * x + 1")) for _ in range(2)]
    return guard, goals[0], goals[1]
