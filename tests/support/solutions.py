"""What an encoding says of the steps of a state, found by asking Z3 for one solution after the other.

Each solution is decoded to a step and how it ends, as plain data that can be compared with the interpreter's. Knows no
interpreter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.encode import Encoding, StepRelation
from checker.engines.symbolic.run import Fault, Overrun
from checker.engines.symbolic.terms import Bool
from checker.engines.symbolic.values import Symbolic
from checker.errors import Span
from checker.semantics import State, Step

OVERRUN = "overrun"
"""How a step ends in which a loop goes on for longer than it was unrolled; else failures go by their kind."""


@dataclass(frozen=True)
class Ending:
    """How a step ends: in a state, or with a failure of some kind at some place."""

    state: State | None
    failure: tuple[str, Span] | None

    def __post_init__(self) -> None:
        assert (self.state is None) != (self.failure is None)


class TooMany(Exception):
    """A step has more solutions than a test has time for."""


def formula(term: Bool) -> z3.BoolRef:
    """The term for Z3."""
    return z3.BoolVal(term) if isinstance(term, bool) else term


def equations(value: Symbolic, other: Symbolic) -> list[Any]:
    """That two values of one type are written alike, term by term."""
    return [one == two for one, two in values.bound(value, other)]


def fixed(encoding: Encoding, state: State) -> list[Any]:
    """That the variables of an encoding have their values in this state."""
    kinds, before = encoding.kinds, encoding.before
    known = (values.constant(kind, value) for kind, value in zip(kinds, state, strict=True))
    return [each for value, other in zip(before, known, strict=True) for each in equations(value, other)]


class Solutions:
    """The solutions of one encoding, state by state."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self._solvers: dict[int, z3.Solver] = {}

    def initial(self, most: int) -> dict[Step, list[Ending]]:
        """Every outcome of init that is a solution."""
        return _gathered(self._of(self.encoding.init, [], most))

    def steps(self, state: State, most: int) -> dict[Step, list[Ending]]:
        """Every step that is a solution in this state, with all the ways in which it can end: one, if all is well."""
        here = fixed(self.encoding, state)
        return _gathered(each for form in self.encoding.forms for each in self._of(form, here, most))

    def anywhere(self, form: StepRelation, most: int) -> Iterator[tuple[State, Step, Ending]]:
        """Some steps of one form, each from another state, as Z3 finds them: reachable or not."""
        solver = _solver(self.encoding.belongs, form.possible)
        for _ in range(most):
            if solver.check() == z3.unsat:
                return
            solution = solver.model()
            pairs = zip(self.encoding.kinds, self.encoding.before, strict=True)
            state = tuple(values.read(kind, value, solution) for kind, value in pairs)
            here = fixed(self.encoding, state)
            assert all(values.truth(each, solution) for each in here), f"{state} is written in two ways"
            yield state, form.step(solution), self._ending(form, solution)[0]
            solver.add(z3.Not(z3.And(*here)))

    def _of(self, form: StepRelation, here: list[Any], most: int) -> Iterator[tuple[Step, Ending]]:
        """The solutions of one form, each the only one with these arguments, live choices and ending."""
        if form.possible is False:
            return
        solver = self._solvers.setdefault(id(form), _solver(form.possible))
        solver.push()
        solver.add(*here)
        for _ in range(most):
            if solver.check() == z3.unsat:
                solver.pop()
                return
            solution = solver.model()
            ending, so = self._ending(form, solution)
            yield form.step(solution), ending
            solver.add(z3.Not(z3.And(*map(formula, so), *_taken(form, solution))))
        raise TooMany

    def _ending(self, form: StepRelation, solution: z3.ModelRef) -> tuple[Ending, list[Bool]]:
        """How the step of a solution ends, and the formulas for ending just so."""
        failures = _failures((*form.faults, *form.overruns), solution)
        assert values.truth(form.happens, solution) + len(failures) == 1, "a step ends in one way"
        if failures:
            ((when, failure),) = failures
            return Ending(None, failure), [when]
        state = tuple(
            values.read(kind, value, solution) for kind, value in zip(self.encoding.kinds, form.after, strict=True)
        )
        same: list[Bool] = []
        for declared, value, after in zip(self.encoding.program.variables, state, form.after, strict=True):
            assert declared.type.contains(value), f"{declared.name} is {value}, which is not in its type"
            same += equations(after, values.constant(declared.type, value))
        assert all(values.truth(each, solution) for each in same), f"{state} is not written as it must be"
        return Ending(state, None), [form.happens, *same]

    def judged(self, name: str, state: State) -> bool | tuple[str, Span]:
        """What a property without parameters comes to: whether it holds, or how it fails."""
        judgement = self.encoding.judgement(name)
        assert not judgement.arguments
        solution = self.only(state)
        failures = _failures((*judgement.faults, *judgement.overruns), solution)
        assert decided(judgement.defined, solution) + len(failures) == 1, "a property has a value or fails"
        return failures[0][1] if failures else decided(judgement.value, solution)

    def only(self, state: State) -> z3.ModelRef:
        """A solution of which nothing is known but the state."""
        solver = _solver(*fixed(self.encoding, state))
        assert solver.check() == z3.sat
        return solver.model()


def decided(term: Bool, solution: z3.ModelRef) -> bool:
    """What a term comes to that depends on nothing which the solution leaves open."""
    found = solution.eval(formula(term))
    assert z3.is_true(found) or z3.is_false(found), f"{found} is not decided"
    return bool(z3.is_true(found))


def _solver(*terms: Bool) -> z3.Solver:
    solver = z3.SolverFor("QF_FD")
    solver.add(*map(formula, terms))
    return solver


def _failures(found: Sequence[Fault | Overrun], solution: z3.ModelRef) -> list[tuple[Bool, tuple[str, Span]]]:
    """Those that happen in a solution, with the conditions for it. Several of one place and kind are one."""
    known: dict[tuple[str, Span], list[Bool]] = {}
    for each in found:
        if values.truth(each.when, solution):
            kind = str(each.kind) if isinstance(each, Fault) else OVERRUN
            known.setdefault((kind, each.span), []).append(each.when)
    return [(z3.And(*map(formula, conditions)), failure) for failure, conditions in known.items()]


def _taken(form: StepRelation, solution: z3.ModelRef) -> Iterator[z3.BoolRef]:
    """The formulas for taking the arguments and the live choices of a solution, and no others."""
    for kind, argument in zip(form.kinds, form.arguments, strict=True):
        yield from equations(argument, values.constant(kind, values.read(kind, argument, solution)))
    for choice in form.choices:
        live = values.truth(choice.when, solution)
        yield formula(choice.when) if live else z3.Not(formula(choice.when))
        if live:
            known = values.constant(choice.kind, values.read(choice.kind, choice.value, solution))
            yield from equations(choice.value, known)


def _gathered(found: Iterator[tuple[Step, Ending]]) -> dict[Step, list[Ending]]:
    gathered: dict[Step, list[Ending]] = {}
    for step, ending in found:
        gathered.setdefault(step, []).append(ending)
    return gathered
