"""Variants of a random model: a class below it that overrides methods, calls those above, and leaves some out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.random_expressions import Expressions, Nothing, Readable, Scope
from tests.support.random_statements import INDENT, Body, Flow, Statements
from tests.support.random_types import BOOLEAN, NAMES, Kind


@dataclass(frozen=True)
class Made:
    """A method of the model: what marks it (a helper: nothing; `init`: "init"; a helper that yields: "sub"), what its head
    says between the parentheses, and what can be read in it."""

    name: str
    mark: str
    head: str
    scope: Scope
    returns: Kind | None = None
    pure: bool = False
    yields: bool = False
    own: tuple[Readable, ...] = ()
    labelled: bool = False  # its last parameter, `at`, is the name of a control point


class Variants:
    """Draws what a class below says of methods of the class above. `needed`: names that must stay."""

    def __init__(self, statements: Statements, expressions: Expressions, needed: set[str]) -> None:
        self.statements = statements
        self.expressions = expressions
        self.source = expressions.source
        self.needed = needed
        self.gone: set[str] = set()

    def lines(self, above: str, methods: list[Made]) -> list[str]:
        """Methods of a class below the one called `above`, some of them overridden, some left out."""
        found: list[str] = []
        left = [made for made in methods if made.name not in self.gone]
        steps = [made.name for made in left if made.mark in ("action", "process")]
        for made in left:
            if made.mark not in ("", "sub", "init") and self._may_go(made, steps) and self.source.chance(6):
                found += ["", f"{INDENT}{made.name} = None"]
                self.gone.add(made.name)
                if made.name in steps:
                    steps.remove(made.name)
            elif self.source.chance(3):
                body = self._override(made)
                if body is not None:
                    head = re.sub(rf"(?<![.\w])({NAMES})\b", rf"{above}.\1", made.head)
                    found += ["", f"{INDENT}def {made.name}(self{head}):", *(2 * INDENT + line for line in body)]
        return found

    def _may_go(self, made: Made, steps: list[str]) -> bool:
        return made.name not in self.needed and (made.name not in steps or len(steps) > 1)

    def _override(self, made: Made) -> list[str] | None:
        """The body of a method that does what the one above does, and more before or after it."""
        arguments = [*(readable.text for readable in made.own), *(["at"] if made.labelled else [])]
        above = f"super().{made.name}({', '.join(arguments)})"
        try:
            if made.mark in ("always", "sometimes", "final", "lemma"):
                op = self.source.pick(["and", "or"])
                return [f"return {above} {op} ({self.expressions.condition(made.scope.looking(), 2)})"]
            if made.returns is not None and not made.yields:
                return self._returning(made, above)
        except Nothing:
            return None
        return self._acting(made, f"yield from {above}" if made.yields else above)

    def _returning(self, made: Made, above: str) -> list[str]:
        assert made.returns is not None
        if made.returns is BOOLEAN and self.source.chance(2):
            return [f"return not {above}"]
        if self.source.chance(3):  # nothing of the one above
            return [f"return {self.expressions.value(made.returns, made.scope.looking(), 1, exact=True)}"]
        name = self.expressions.fresh("u")
        return [f"{name} = {above}", f"return {name}"]

    def _acting(self, made: Made, above: str) -> list[str]:
        flow = Flow(guards=made.mark != "init", yields=made.yields)
        source, careful = self.source, self.source.careful
        source.careful = careful or made.mark == "init"
        first = source.chance(3)
        body: Body = self.statements.body(made.scope, flow, 1 + source.below(2), 1)
        source.careful = careful
        if made.returns is not None:
            name = self.expressions.fresh("u")
            rest = body.lines if body.open else []
            return [*(rest if first else []), f"{name} = {above}", *([] if first else rest), f"return {name}"]
        if first and body.open:
            return [*body.lines, above]
        return [above, *body.lines]


__all__ = ["Made", "Variants"]
