"""Everything that is fair, as terms over one state: whether it can take a step that changes something, and where that
leads.

That a step is possible is said by some choices; that none is, only by all of them. The first is a formula with
variables for the choices. The second is approached from above, as in `stuck`: a step is taken for impossible in a state
unless one of the choices known by now makes it possible. `learn` finds further ones, or shows that there are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.claims import as_constants
from checker.engines.symbolic.encode import Encoding, StepRelation
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, Substitution, and_, not_
from checker.engines.symbolic.values import Symbolic
from checker.ir.nodes import Program
from checker.ir.temporal import Fairness
from checker.semantics import State

MOST_ARGUMENTS = 256
"""Combinations of arguments of a fair action, each of which is owed steps by itself, up to which it is encoded."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One step of something fair, with known arguments. `changes`: it happens and leads to another state, `after`;
    `variables` are those of its choices. `number` is that of the form that it is; None if that is its form for some
    arguments only."""

    number: int | None
    changes: Bool
    after: tuple[Symbolic, ...]
    variables: tuple[z3.ExprRef, ...]


@dataclass(eq=False)
class Thing:
    """A process's instance, or an action with certain arguments. `known` says, for choices known by now, that they
    make a step possible that changes something."""

    fairness: Fairness
    ways: tuple[Way, ...]
    known: list[Bool] = field(default_factory=list)

    @cached_property
    def always_known(self) -> bool:
        """Whether no step of it chooses: then `known` says all from the beginning."""
        return not any(way.variables for way in self.ways)


def too_many(program: Program) -> str | None:
    """Why what is fair in a program is not encoded; None if it is."""
    for action in program.actions:
        each = prod(parameter.type.size for parameter in action.parameters)
        if action.name in program.fairness and each > MOST_ARGUMENTS:
            owed = f"the fair action '{action.name}' has {each:,} combinations of arguments, each owed steps by itself"
            return f"{owed}: a solver is asked about {MOST_ARGUMENTS} at most"
    return None


class Owed:
    """What is fair in one encoding. Solves a little: `learn`."""

    def __init__(self, encoding: Encoding, clock: Clock) -> None:
        self._encoding = encoding
        self._clock = clock
        self._impossible: set[tuple[int, State]] = set()
        self.things = tuple(_things(encoding))

    def learn(self, number: int, state: State) -> Bool | None:
        """A formula over one state by which thing number so-and-so can change `state` after all, known from now on;
        None if it cannot."""
        if (number, state) in self._impossible:
            return None
        thing = self.things[number]
        here = Substitution(as_constants(self._encoding, state))
        for way in thing.ways:
            if not way.variables:
                continue
            possible = _simpler(here(way.changes))
            solution = None if possible is False else Solver(self._clock).solution(possible)
            if solution is not None:
                chosen = [(each, solution.eval(each, model_completion=True)) for each in way.variables]
                thing.known.append(_simpler(Substitution(chosen)(way.changes)))
                return thing.known[-1]
        self._impossible.add((number, state))
        return None


def _simpler(term: Bool) -> Bool:
    """Unless it is known what it comes to."""
    if isinstance(term, bool):
        return term
    found = z3.simplify(term)
    return True if z3.is_true(found) else False if z3.is_false(found) else found


def _things(encoding: Encoding) -> Iterator[Thing]:
    """In the order of the forms: those of one process's instance follow each other."""
    fairness = encoding.program.fairness
    processes = {process.name for process in encoding.program.processes}
    instances: dict[tuple[str, str], list[Way]] = {}
    for number, form in enumerate(encoding.forms):
        if form.name not in fairness:
            continue
        if form.name in processes:
            instances.setdefault((form.name, repr(form.arguments)), []).append(_way(encoding, number, form))
            continue
        for way in _each(encoding, number, form):
            yield _thing(fairness[form.name], [way])
    for (name, _), ways in instances.items():
        yield _thing(fairness[name], ways)


def _thing(fairness: Fairness, ways: Sequence[Way]) -> Thing:
    return Thing(fairness, tuple(ways), [way.changes for way in ways if not way.variables and way.changes is not False])


def _each(encoding: Encoding, number: int, form: StepRelation) -> Iterator[Way]:
    """A form of an action, for each of its arguments."""
    leaves = tuple(values.leaves(form.arguments))
    if not leaves:
        yield _way(encoding, number, form)
        return
    whole = _way(encoding, None, form)
    choices = tuple(each for each in whole.variables if all(not each.eq(leaf) for leaf in leaves))
    for chosen in product(*(tuple(kind.values()) for kind in form.kinds)):
        constants = tuple(map(values.constant, form.kinds, chosen))
        become = Substitution(list(values.bound(form.arguments, constants)))
        after = tuple(values.replaced(value, become) for value in form.after)
        yield Way(None, become(whole.changes), after, choices)


def _way(encoding: Encoding, number: int | None, form: StepRelation) -> Way:
    stays = and_(*(values.equal(one, other) for one, other in zip(encoding.before, form.after, strict=True)))
    variables = tuple({each.get_id(): each for each in form.variables}.values())
    return Way(number, and_(form.happens, not_(stays)), form.after, variables)
