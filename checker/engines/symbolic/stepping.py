"""The `@step` properties of a program as terms over two states, the one before a step and the one after it. Solves
nothing.

A property is one of the program of pairs of states (`checker.ir.pairs`); the variables of its two states are replaced
by the terms that are wanted for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.run import Overrun
from checker.engines.symbolic.statements import Limits
from checker.engines.symbolic.terms import Bool, Substitution, and_, not_, or_
from checker.engines.symbolic.values import Symbolic
from checker.ir.nodes import Program
from checker.ir.pairs import paired


@dataclass(frozen=True, slots=True, eq=False)
class OfStep:
    """What a `@step` property comes to for one step. `violated`: the step changes something, and the property can be
    evaluated and is false; `undefined`: it changes something, and the property cannot be evaluated; `overruns` are the
    loops of the property, each with when it goes on for longer than it was unrolled."""

    violated: Bool
    undefined: Bool
    overruns: tuple[Overrun, ...]


class Stepping:
    """The `@step` properties of one program. Built as they are asked for."""

    def __init__(self, program: Program, limits: Limits, pause: Callable[[], None] = lambda: None) -> None:
        self._encoding = Encoding(paired(program), limits, pause)
        self._size = len(program.variables)

    def of(self, name: str, before: Sequence[Symbolic], after: Sequence[Symbolic]) -> OfStep:
        """What the property comes to for a step between these states."""
        judgement = self._encoding.judgement(name)
        after_it, before_it = self._encoding.before[: self._size], self._encoding.before[self._size :]
        become = Substitution([*_fitted(after_it, after), *_fitted(before_it, before)])
        changed = not_(and_(*(values.equal(one, other) for one, other in zip(before, after, strict=True))))
        defined = become(judgement.defined)
        faults = [become(fault.when) for fault in judgement.faults]
        overruns = tuple(Overrun(and_(changed, become(each.when)), each.span) for each in judgement.overruns)
        wrong = not_(become(judgement.value))
        return OfStep(and_(changed, defined, wrong), and_(changed, or_(*faults)), overruns)


def _fitted(variables: Sequence[Symbolic], terms: Sequence[Symbolic]) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
    return list(values.bound(tuple(variables), tuple(terms)))
