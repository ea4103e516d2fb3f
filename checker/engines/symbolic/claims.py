"""What an induction assumes and proves: claims, each a formula over one state. Proves nothing.

A claim is that a property can be evaluated and is true (for a `@sometimes`, that it is not true). A lemma with
parameters claims that for every value of them. To prove that, the parameters are constants of unknown value, the same
before and after a step. To assume it, it is taken for these constants, for every variable of the program of the same
type, and for whatever values turn out to be needed (`Hypothesis.refute`). No quantifier reaches Z3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.encode import Encoding, Judgement
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, Pairs, Substitution, and_, not_, or_
from checker.ir.property_kind import PropertyKind
from checker.semantics import State

MOST_INSTANCES = 16
"""Instances of a lemma for combinations of variables of its parameters' types."""


@dataclass(eq=False)
class Hypothesis:
    """`holds` is over the variables of a state and the `constants` of its parameters. `instances` are what else is
    assumed with it. `literal` stands for all of that in a solver."""

    name: str
    kind: PropertyKind | None  # None: found by search
    holds: Bool
    constants: tuple[z3.ExprRef, ...] = ()
    instances: list[Bool] = field(default_factory=list)
    _implied: list[z3.BoolRef] = field(default_factory=list, repr=False)

    @cached_property
    def literal(self) -> z3.BoolRef:
        """A variable that is true where the claim is assumed."""
        return z3.Bool(f"assumed: {self.name}")

    @property
    def assumed(self) -> list[z3.BoolRef]:
        """That the literal means the claim, as far as it is known by now."""
        said = [each for each in (self.holds, *self.instances) if each is not True]
        self._implied += [z3.Implies(self.literal, each) for each in said[len(self._implied) :]]
        return list(self._implied)

    def refute(self, encoding: Encoding, state: State, clock: Clock) -> Bool | None:
        """A further instance that is false in `state`, remembered from now on; None if the claim is true there."""
        if not self.constants:
            return None
        here = as_constants(encoding, state)
        solver = Solver(clock)
        solution = solver.solution(not_(substituted(self.holds, here)))
        if solution is None:
            return None
        chosen = [(each, solution.eval(each, model_completion=True)) for each in self.constants]
        self.instances.append(substituted(self.holds, chosen))
        return self.instances[-1]


def claim(encoding: Encoding, name: str, kind: PropertyKind) -> Hypothesis:
    """The claim that a property makes."""
    judgement = encoding.judgement(name)
    value = not_(judgement.value) if kind.traits.witnessed else judgement.value
    constants = tuple(values.leaves(judgement.arguments))
    others = not_(and_(*map(values.belongs, judgement.kinds, judgement.arguments)))
    made = Hypothesis(name, kind, or_(others, and_(judgement.defined, value)), constants)
    made.instances += _instances(encoding, judgement, made.holds)
    return made


def _instances(encoding: Encoding, judgement: Judgement, holds: Bool) -> list[Bool]:
    """The claim for variables of the program instead of the constants."""
    if not judgement.kinds:
        return []
    known = list(zip(encoding.kinds, encoding.before, strict=True))
    fitting = [[value for kind, value in known if kind == wanted] for wanted in judgement.kinds]
    found: list[Bool] = []
    for combination in product(*fitting):
        if len(found) == MOST_INSTANCES:
            break
        found.append(substituted(holds, list(values.bound(judgement.arguments, combination))))
    return found


def as_constants(encoding: Encoding, state: State) -> Pairs:
    """The variables of the state, each with its value in `state`."""
    return [
        pair
        for kind, value, known in zip(encoding.kinds, encoding.before, state, strict=True)
        for pair in values.bound(value, values.constant(kind, known))
    ]


def substituted(term: Bool, pairs: Pairs) -> Bool:
    """The term with variables replaced."""
    return Substitution(pairs)(term)
