"""Path conditions: under which choices and in which states a place in the code is reached. Evaluates nothing.

A path is a list of conditions that grows at its end, shared by the paths that branch off. The condition of a whole path
is only put together when something asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checker.engines.symbolic.terms import Bool, and_, or_


@dataclass(eq=False)
class Path:
    """The conditions on the way to here; `parent` is None at the beginning of a step."""

    parent: Path | None
    condition: Bool

    @cached_property
    def term(self) -> Bool:
        """Whether this path is taken."""
        return self.condition if self.parent is None else and_(self.parent.term, self.condition)

    @cached_property
    def dead(self) -> bool:
        """Whether it is known that this path is never taken."""
        return self.condition is False or (self.parent is not None and self.parent.dead)

    def along(self, condition: Bool) -> Path:
        """This path, where the condition is true."""
        return self if condition is True else Path(self, condition)

    def since(self, base: Path) -> Bool:
        """Whether this path is taken, given that `base` is, from which it branched off."""
        conditions: list[Bool] = []
        path: Path | None = self
        while path is not base:
            assert path is not None
            conditions.append(path.condition)
            path = path.parent
        return and_(*reversed(conditions))


def start() -> Path:
    """The path on which every step begins."""
    return Path(None, True)


def joined(base: Path, paths: list[Path]) -> Path:
    """Where several paths that branched off from `base` meet again."""
    return base.along(or_(*(path.since(base) for path in paths)))
