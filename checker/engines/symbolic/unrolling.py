"""Behaviours of a program as terms: states at depths 0, 1, ..., and the steps between them. Solves nothing.

The terms of an Encoding are over one state; here they are repeated for each depth with variables of its own. Which step
happens at a depth is one more variable, the number of its form.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import z3

from checker.engines.symbolic import terms, values
from checker.engines.symbolic.encode import Encoding, StepRelation
from checker.engines.symbolic.terms import Bool, Num, Pairs, Substitution
from checker.engines.symbolic.values import Symbolic
from checker.pause import pause
from checker.semantics import State, Step


class Unrolling:
    """The variables of an encoding at every depth."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._states: dict[int, Pairs] = {}
        self._choices: dict[int, Pairs] = {}
        self._at: dict[int, Substitution] = {}

    @cached_property
    def which(self) -> Num:
        """The number of the form that happens."""
        return terms.free("number of the step", 0, max(0, len(self.encoding.forms) - 1))

    @cached_property
    def step(self) -> tuple[list[z3.BoolRef], Pairs]:
        """Formulas over one state and the next which say that a step leads there; and the variables of the next."""
        forms, before = self.encoding.forms, self.encoding.before
        after = tuple(
            values.free(kind, f"{declared.name}'")
            for kind, declared in zip(self.encoding.kinds, self.encoding.program.variables, strict=True)
        )
        here = [terms.equal(self.which, number) for number in range(len(forms))]
        formulas: list[Bool] = [terms.within(self.which, 0, len(forms) - 1) if forms else False]
        formulas += [terms.or_(terms.not_(each), form.happens) for each, form in zip(here, forms, strict=True)]
        led: Symbolic = before
        for each, form in zip(here, forms, strict=True):
            pause()
            led = values.merge(each, form.after, led)
        for was, term in values.bound(after, led):
            pause()
            formulas.append(was == term)
        return [_formula(each) for each in formulas if each is not True], tuple(values.bound(before, after))

    def at(self, depth: int) -> Substitution:
        """Translates a term over one state and the choices in it to those at `depth`."""
        if depth not in self._at:
            self._at[depth] = Substitution((*self.standing(depth), *self._choice(depth)))
        return self._at[depth]

    def value_at(self, depth: int) -> Callable[[Symbolic], Symbolic]:
        """The same for values."""
        become = self.at(depth)
        return lambda value: values.replaced(value, become)

    def standing(self, depth: int) -> Pairs:
        """The variables of a state, each with that of the state at `depth`."""
        if depth not in self._states:
            self._states[depth] = [(each, _renamed(each, depth)) for each in values.leaves(self.encoding.before)]
        return self._states[depth]

    def begins(self) -> list[Bool]:
        """The state at depth 0 is initial."""
        init = self.encoding.init
        at = self.at(0)
        found = [at(init.happens)]
        for was, term in values.bound(self.encoding.before, init.after):
            pause()
            found.append(at(was == term))
        return found

    def goes(self, depth: int) -> list[Bool]:
        """A step leads from `depth` to the next."""
        formulas, nexts = self.step
        following = {was.get_id(): term for was, term in self.standing(depth + 1)}
        led = ((primed, following[was.get_id()]) for was, primed in nexts)
        become = Substitution((*self.standing(depth), *self._choice(depth), *led))
        found: list[Bool] = []
        for each in formulas:
            pause()
            found.append(become(each))
        return found

    def state(self, depth: int, solution: z3.ModelRef) -> State:
        """The state at `depth` in a solution."""
        at = self.value_at(depth)
        return tuple(
            values.read(kind, at(value), solution)
            for kind, value in zip(self.encoding.kinds, self.encoding.before, strict=True)
        )

    def taken(self, depth: int, solution: z3.ModelRef) -> Step:
        """The step from `depth` to the next in a solution."""
        at = self.value_at(depth)
        which = self.which if isinstance(self.which, int) else at(self.which)
        number = which if isinstance(which, int) else solution.eval(which.term, model_completion=True).as_long()
        return self.encoding.forms[number].step(solution, at)

    def step_of(self, form: StepRelation, depth: int, solution: z3.ModelRef) -> Step:
        """The step of this form from `depth` in a solution."""
        return form.step(solution, self.value_at(depth))

    def _choice(self, depth: int) -> Pairs:
        if depth not in self._choices:
            found = {each.get_id(): each for each in self._variables}
            self._choices[depth] = [(each, _renamed(each, depth)) for each in found.values()]
        return self._choices[depth]

    @cached_property
    def _variables(self) -> list[z3.ExprRef]:
        forms = (self.encoding.init, *self.encoding.forms)
        variables = [each for form in forms for each in form.variables]
        return [*variables, *values.leaves(self.which)]


def _renamed(variable: z3.ExprRef, depth: int) -> z3.ExprRef:
    return z3.Const(f"{variable.decl().name()} @{depth}", variable.sort())


def _formula(term: Bool) -> z3.BoolRef:
    return z3.BoolVal(term) if isinstance(term, bool) else term
