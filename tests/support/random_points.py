"""Properties of random models that look at processes: where they stand, and what they remember there.

Points from which the code goes on alike are one point, and locals are forgotten where they are not needed. A plain run
of the code knows neither. So in these models each named point is followed by an assignment that no other is followed
by, and a local that is looked at is needed right after its point: then what Python sees is what the language means.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.ir.types import IntType, mentions_symmetry
from tests.support.random_expressions import Expressions, Nothing, Readable, Scope
from tests.support.random_statements import Body
from tests.support.random_types import Kind, Types

MOST = 60
"""Points that a model can tell apart."""


@dataclass
class Places:
    """What can be said of where the processes of one model stand."""

    expressions: Expressions
    types: Types
    variables: list[Readable] = field(default_factory=list)
    known: list[tuple[str, Kind | None, str]] = field(default_factory=list)  # process, its index, name of a point
    held: list[tuple[str, Kind | None, str, str, Readable]] = field(default_factory=list)  # the same, and a local there
    needed: set[str] = field(default_factory=set)  # processes that must stay
    _number: int = 0

    def __post_init__(self) -> None:
        self.variables.append(Readable("self.trail", Kind(f"Range({MOST})", IntType(0, MOST - 1))))

    def mark(self, body: Body) -> list[str]:
        """Let every named point be followed by what no other is followed by. Returns the names."""
        lines, names = [], []
        for line in body.lines:
            lines.append(line)
            word = line.strip()
            if word.startswith('yield "'):
                self._number = min(self._number + 1, MOST - 1)
                lines.append(f"{line[: len(line) - len(word)]}self.trail = {self._number}")
                if line == word:
                    names.append(word.removeprefix("yield ").strip('"'))
        body.lines = lines
        return names

    def stands(self, body: Body, process: str, index: Kind | None, scope: Scope) -> None:
        """Remember where a process stands; perhaps with a local that is looked at from outside."""
        try:
            hold = self._local(body, scope)
        except Nothing:
            hold = None
        if self.expressions.source.chance(3):  # two names of which one is the other with a number
            body.lines[:0] = (
                ['yield "wait"', 'yield "wait 2"']
                if self.expressions.source.chance(2)
                else ['yield "wait 2"', 'yield "wait"']
            )
        for name in self.mark(body):
            self.known.append((process, index, name))
        if hold is not None:
            self.held.append((process, index, *hold))
        self.needed.add(process)

    def _local(self, body: Body, scope: Scope) -> tuple[str, str, Readable] | None:
        source = self.expressions.source
        kinds = [kind for kind in self.types.scalars if not mentions_symmetry(kind.type)]
        if not source.chance(2):
            return None
        kind, name, point = source.pick(kinds), self.expressions.fresh("v"), f"hold {len(self.held) + 1}"
        value = self.expressions.value(kind, scope.plain(), 1, exact=True)
        variable = Readable(f"self.held{len(self.held)}", kind)
        self.variables.append(variable)
        body.lines[:0] = [f"{name}: {kind.text} = {value}", f'yield "{point}"']
        body.lines.insert(2, f"{variable.text} = {name}")
        return point, name, variable

    def claim(self, scope: Scope) -> str:
        """A condition on where some process stands, or on what it holds there."""
        source = self.expressions.source
        if self.held and source.chance(2):
            process, index, point, name, variable = source.pick(self.held)
            one, around = self._instance(process, index)
            test = source.pick([f"{one}.{name} == {variable.text}", f"{one}.{name} != {variable.text}"])
            return around.format(f'(not {one}.at("{point}") or {test})')
        process, index, name = source.pick(self.known)
        one, around = self._instance(process, index)
        names = [name, *(other for owner, _, other in self.known if owner == process and source.chance(4))]
        quoted = ", ".join(f'"{each}"' for each in dict.fromkeys(names))
        return around.format(f"{source.pick(['', 'not '])}{one}.at({quoted})")

    def _instance(self, process: str, index: Kind | None) -> tuple[str, str]:
        """The text for one instance, and what stands around a condition on it."""
        if index is None:
            return f"self.{process}", "{}"
        if isinstance(index.type, IntType) and self.expressions.source.chance(2):
            return f"self.{process}[{index.type.lo}]", "{}"
        name = self.expressions.fresh("x")
        return (
            f"self.{process}[{name}]",
            f"{self.expressions.source.pick(['any', 'all'])}({{}} for {name} in {index.domain})",
        )


__all__ = ["Places"]
