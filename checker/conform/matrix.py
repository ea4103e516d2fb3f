"""Which models are held against which versions of Go with which keys, by `evacheck conform --all`. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checker.conform.driven import Died
from checker.conform.holdings import holding, memory, parameters
from checker.conform.maps.holding import Found, Held
from checker.conform.maps.real import RealMaps
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.lang.model import parse_parameter


@dataclass(frozen=True, slots=True)
class Row:
    """One version, model and kind of keys; `settings` fix parameters of the model."""

    version: str
    model: str
    kind: str
    settings: tuple[tuple[str, str], ...] = ()


CLASSIC, SWISS = "spec.go_map.followed:FollowedLoops", "spec.go_map.swiss_followed:FollowedSwissLoop"
_LOAD = (("loadNum", "12"),)
"""Go 1.21 doubles a map at 13 entries, later versions at 14."""

ROWS = (
    *(Row("1.21.13", CLASSIC, kind, _LOAD) for kind in ("int", "string")),
    *(Row("1.22.10", CLASSIC, kind) for kind in ("int", "string")),
    *(Row("1.23.9", CLASSIC, kind) for kind in ("int", "string", "float", "struct", "interface", "large")),
    *(Row("1.24.11", SWISS, kind) for kind in ("int", "string", "float", "struct", "pointer", "large")),
    *(Row("1.25.5", SWISS, kind) for kind in ("int", "pointer", "struct")),
    *(Row("1.26.6", SWISS, kind) for kind in ("int", "pointer", "struct")),
    *(Row("1.27.3", SWISS, kind) for kind in ("int", "string", "float", "struct", "pointer", "interface", "large")),
)
"""Everything that `--all` does."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a row: how much was done and seen, all that can be seen, and why it was not done, if it was not."""

    row: Row
    held: Held
    events: tuple[str, ...]
    not_done: str | None = None

    @property
    def found(self) -> Found | None:
        """The operation that the model does not explain."""
        return self.held.found

    @property
    def never(self) -> list[str]:
        """What was never seen."""
        return [each for each in self.events if not self.held.seen[each]]

    @property
    def faults(self) -> int:
        """How often Go's own loops broke a rule of the language; the model did so, too."""
        return sum(times for each, times in self.held.seen.items() if each.startswith("Go's own fault"))


def carried_out(row: Row, operations: int, seed: int, passing: Callable[[int], None]) -> Came:
    """Hold one row's model against its maps; `passing` hears how many operations are done."""
    wanted, held = load(row.model), Held()
    try:
        with RealMaps(row.kind, row.version, memory(wanted)) as real:
            given = {name: parse_parameter(wanted, name, text) for name, text in row.settings}
            one = holding(compile_model(wanted, parameters(wanted, real) | given), real)
            for held in one.hold(operations, seed):
                passing(held.operations)
            return Came(row, held, one.events)
    except Died as died:
        return Came(row, held, (), str(died))
    except UsageError as error:
        if error.problem.code not in ("U022", "U023"):
            raise
        return Came(row, held, (), error.problem.problem)
