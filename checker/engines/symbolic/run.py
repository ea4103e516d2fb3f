"""What one symbolic run keeps: its path, its choices, and how it may have ended early. Evaluates nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from checker.engines.symbolic import values
from checker.engines.symbolic.paths import Path, joined, start
from checker.engines.symbolic.terms import Bool, not_, or_
from checker.engines.symbolic.values import Symbolic
from checker.errors import Span
from checker.ir.nodes import Kind
from checker.ir.types import Type

Frame = dict[str, Symbolic]
"""The locals of one function, action or process that have a value; the others hold their type's default."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What one `choose` took, where the run came by it."""

    when: Bool
    kind: Type
    value: Symbolic


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """A failure that happens where `when` is true, and what it says in the model."""

    when: Bool
    kind: Kind
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Overrun:
    """A loop that may go on, where `when` is true, for more rounds than were unrolled."""

    when: Bool
    span: Span


@dataclass(frozen=True, slots=True)
class World:
    """Where a run stands: its path, the values of all variables, and the locals."""

    path: Path
    state: tuple[Symbolic, ...]
    frame: Frame


@dataclass
class SymbolicRun:
    """One run of a step, over all its choices at once. `state` and `path` change as it goes on. The names of the
    variables of its choices begin with `names`."""

    state: list[Symbolic]
    names: str = "choice"
    path: Path = field(default_factory=start)
    choices: list[Choice] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    overruns: list[Overrun] = field(default_factory=list)
    losses: list[Bool] = field(default_factory=list)

    def lose(self, when: Bool) -> Bool:
        """The run ends here where `when` is true: the condition of that, with the path. It goes on where it is not."""
        lost = self.path.along(when).term
        if lost is not False:
            self.losses.append(lost)
            self.path = self.path.along(not_(when))
        return lost

    def require(self, condition: Bool) -> None:
        """The step is impossible where the condition is false."""
        self.lose(not_(condition))

    def expect(self, condition: Bool, kind: Kind, span: Span) -> None:
        """The step fails where the condition is false."""
        lost = self.lose(not_(condition))
        if lost is not False:
            self.faults.append(Fault(lost, kind, span))

    def overrun(self, span: Span) -> None:
        """What goes on from here was not looked at."""
        lost = self.lose(True)
        if lost is not False:
            self.overruns.append(Overrun(lost, span))

    def after(self, base: Path, known: int) -> None:
        """Back on the path `base`, less what was lost since there were `known` losses."""
        self.path = base.along(not_(or_(*self.losses[known:])))

    def world(self, frame: Frame) -> World:
        """Where the run stands, to come back to."""
        return World(self.path, tuple(self.state), dict(frame))

    def restore(self, world: World, frame: Frame) -> None:
        """Go on from there."""
        self.path = world.path
        self.state[:] = world.state
        frame.clear()
        frame.update(world.frame)


def meet(
    base: Path,
    worlds: Sequence[World],
    kinds: Mapping[str, Type],
    default: Callable[[Type], Symbolic] = values.default,
) -> World:
    """Where several runs that branched off from `base` meet. `kinds` are the types of the locals, and `default` gives
    the value of one that has none yet."""
    found = [world for world in worlds if not world.path.dead]
    if not found:
        return (
            World(base.along(False), worlds[0].state, worlds[0].frame) if worlds else World(base.along(False), (), {})
        )
    if len(found) == 1:
        return found[0]
    conditions = [world.path.since(base) for world in found]
    merged = _merged(conditions, [world.state for world in found])
    names = dict.fromkeys(name for world in found for name in world.frame)
    locals_: Frame = {}
    for name in names:
        locals_[name] = values.select(
            [
                (condition, world.frame[name] if name in world.frame else default(kinds[name]))
                for condition, world in zip(conditions, found, strict=True)
            ]
        )
    return World(joined(base, [world.path for world in found]), merged, locals_)


def _merged(conditions: Sequence[Bool], states: Sequence[tuple[Symbolic, ...]]) -> tuple[Symbolic, ...]:
    return tuple(values.select(list(zip(conditions, column, strict=True))) for column in zip(*states, strict=True))
