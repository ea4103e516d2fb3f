"""Random models with `@step` properties, and the same in plain Python: what is true of them by going through all steps."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

State = tuple[int, int]
_OTHERS = ("x", "y")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A model's text. `length` gives for each property how many states the shortest trace has that violates it; 0 if none
    does. `distinct` and `generated` count states as TLC does."""

    text: str
    length: dict[str, int]
    distinct: int
    generated: int


def drawn(draw: Random, constrained: bool = False) -> Drawn:
    """A model of two numbers whose actions put them where they like, three properties of steps and one of states."""
    size = draw.randint(2, 4)
    actions = [(_guard(draw, size), _goal(draw, size), _goal(draw, size)) for _ in range(draw.randint(1, 4))]
    claims = {f"claim{number}": _claim(draw) for number in range(3)}
    limit = draw.randint(0, 2 * size) if constrained else 2 * size
    high = draw.randint(0, 2 * size)
    lines = ["class M(Model):", f"    x = Var(Range({size}))", f"    y = Var(Range({size}))"]
    for number, (guard, x, y) in enumerate(actions):
        lines += ["    @action", f"    def a{number}(self):", f"        require({_of('self', guard)})"]
        lines += [f"        self.x, self.y = ({_of('self', x)}) % {size}, ({_of('self', y)}) % {size}"]
    for name, claim in claims.items():
        lines += ["    @step", f"    def {name}(self, before):", f"        return {claim}"]
    if constrained:
        lines += ["    @constraint", "    def few(self):", f"        return self.x + self.y <= {limit}"]
    lines += ["    @always", "    def low(self):", f"        return self.x + self.y < {high} or self.x == 0"]
    return _searched("\n".join(lines) + "\n", size, actions, claims, limit, high)


def _searched(
    text: str, size: int, actions: list[tuple[str, str, str]], claims: dict[str, str], limit: int, high: int
) -> Drawn:
    found = {**dict.fromkeys(claims, 0), "low": 0}
    seen, level, depth, generated = {(0, 0)}, [(0, 0)], 1, 1
    while level:
        following: list[State] = []
        for state in level:
            for after in _steps(state, size, actions):
                generated += 1
                if sum(after) >= high and after[0] and not found["low"]:
                    found["low"] = depth + 1
                for name, claim in claims.items():
                    if after != state and not found[name] and not _true(claim, state, after):
                        found[name] = depth + 1
                if after not in seen and sum(after) <= limit:
                    seen.add(after)
                    following.append(after)
        level, depth = following, depth + 1
    return Drawn(text, found, len(seen), generated)


def _steps(state: State, size: int, actions: list[tuple[str, str, str]]) -> list[State]:
    names = dict(zip(_OTHERS, state, strict=True))
    return [(eval(x, {}, names) % size, eval(y, {}, names) % size) for guard, x, y in actions if eval(guard, {}, names)]


class _View:
    def __init__(self, state: State) -> None:
        self.x, self.y = state


def _true(claim: str, before: State, after: State) -> bool:
    return bool(eval(claim, {}, {"self": _View(after), "before": _View(before)}))


def _of(owner: str, text: str) -> str:
    return "".join(f"{owner}.{each}" if each in _OTHERS else each for each in text)


def _guard(draw: Random, size: int) -> str:
    return f"{draw.choice(_OTHERS)} {draw.choice(('==', '!=', '<='))} {draw.randrange(size)}"


def _goal(draw: Random, size: int) -> str:
    other = draw.choice(_OTHERS)
    return draw.choice((str(draw.randrange(size)), other, f"{other} + 1", f"2 * {other} + {draw.randrange(size)}"))


def _claim(draw: Random) -> str:
    left, right = (f"{draw.choice(('self', 'before'))}.{draw.choice(_OTHERS)}" for _ in range(2))
    first = f"{left} {draw.choice(('<=', '>=', '!=', '=='))} {right}"
    if draw.random() < 0.5:
        return first
    other = f"self.{draw.choice(_OTHERS)} {draw.choice(('<=', '>'))} before.{draw.choice(_OTHERS)}"
    return f"{first} {draw.choice(('or', 'or', 'and'))} {other}"
