"""Lassos of up to so many states: behaviours that come back to a state that they have been in, or rest in their last,
owe nothing there, and of which a temporal property is false.

The states and steps are those of an unrolling. Where the loop begins is one more unknown; after Biere, Heljanko,
Junttila, Latvala and Schuppan, "Linear encodings of bounded LTL model checking" (2006). Of a loop of so many states it
is said, for everything weakly fair, that it is taken on a step of the loop or impossible in one of its states; for
everything strongly fair, that it is taken or impossible in all of them. That something is impossible a solution may
claim wrongly (`owed`): then a choice is learned that makes it possible, and another solution sought.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import z3

from checker.engines.symbolic import values
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.over_time import OverTime
from checker.engines.symbolic.owed import Owed, Thing, Way
from checker.engines.symbolic.solving import Clock, Solver
from checker.engines.symbolic.terms import Bool, Pairs, Substitution, and_, not_, or_
from checker.engines.symbolic.unrolling import Unrolling
from checker.ir.nodes import Temporal
from checker.ir.temporal import Fairness, TemporalKind
from checker.ir.types import TupleType


@dataclass(frozen=True, slots=True)
class Found:
    """A lasso: the solution that shows its states and steps, and the depth at which its loop begins."""

    solution: z3.ModelRef
    back_to: int


@dataclass(frozen=True)
class _Loop:
    """A loop from some depth on: `begins[k]` says that it goes back to depth k, perhaps also to a later one, and
    `within[i]` that the state at depth i is in it. `closes` stands for all that makes it a fair one."""

    begins: tuple[z3.BoolRef, ...]
    within: tuple[Bool, ...]
    closes: z3.BoolRef


class Lassos:
    """The lassos among the behaviours that `solver` knows, which an unrolling has put there."""

    def __init__(self, encoding: Encoding, unrolling: Unrolling, solver: Solver, clock: Clock) -> None:
        self._encoding, self._unrolling, self._solver = encoding, unrolling, solver
        self._owed = Owed(encoding, clock)
        self._taken: list[list[z3.BoolRef]] = []  # by step, then by thing
        self._impossible: list[list[z3.BoolRef]] = []  # by state, then by thing
        self._loops: dict[int, _Loop] = {}
        self._states: dict[int, Substitution] = {}

    def find(self, depth: int, temporal: Temporal) -> Found | None:
        """A lasso whose last state is at this depth and of which the property is false, for some values of its
        parameters; None if there is none."""
        loop = self._loop(depth)
        broken = self._broken(temporal, depth, loop)
        while True:
            solution = self._solver.solution(loop.closes, broken)
            if solution is None:
                return None
            back_to = next(place for place, begins in enumerate(loop.begins) if values.truth(begins, solution))
            if not self._learn(depth, back_to, solution):
                return Found(solution, back_to)

    def done(self, depth: int) -> None:
        """All has been asked of the lassos that end at this depth."""
        if depth in self._loops:
            self._solver.add(not_(self._loops.pop(depth).closes))

    # -- the loop ------------------------------------------------------------------------------------------------------

    def _loop(self, depth: int) -> _Loop:
        if depth not in self._loops:
            for each in range(len(self._impossible), depth + 1):
                self._claim(each)
            begins = tuple(z3.Bool(f"back to {place} from {depth}") for place in range(depth + 1))
            within: list[Bool] = [begins[0]]
            for each in begins[1:]:
                within.append(or_(within[-1], each))
            closes = z3.Bool(f"closes at {depth}")
            loop = self._loops[depth] = _Loop(begins, tuple(within), closes)
            closed = [or_(not_(each), self._same(place, depth)) for place, each in enumerate(begins[:-1])]
            fair = [self._is_fair(number, thing, loop) for number, thing in enumerate(self._owed.things)]
            self._solver.add(*(or_(not_(closes), each) for each in (or_(*begins), *closed, *fair)))
        return self._loops[depth]

    def _is_fair(self, number: int, thing: Thing, loop: _Loop) -> Bool:
        """Whether a loop owes nothing to a thing."""
        taken = or_(*(and_(within, step[number]) for within, step in zip(loop.within, self._taken, strict=False)))
        impossible = [state[number] for state, _ in zip(self._impossible, loop.within, strict=False)]
        if thing.fairness is Fairness.STRONG:
            return or_(taken, and_(*(or_(not_(each), no) for each, no in zip(loop.within, impossible, strict=True))))
        return or_(taken, *(and_(each, no) for each, no in zip(loop.within, impossible, strict=True)))

    def _claim(self, depth: int) -> None:
        """Variables for what is impossible at a depth, and for what is taken on the step that leads there."""
        here, things = self._at(depth), self._owed.things
        self._impossible.append([z3.Bool(f"{each} is impossible @{depth}") for each in range(len(things))])
        for no, thing in zip(self._impossible[-1], things, strict=True):
            self._solver.add(*(or_(not_(no), not_(here(known))) for known in thing.known))
        if depth > 0:
            self._taken.append([z3.Bool(f"{each} is taken @{depth - 1}") for each in range(len(things))])
            for number, yes in enumerate(self._taken[-1]):
                ways = (self._leads(number, place, depth - 1) for place in range(len(things[number].ways)))
                self._solver.add(or_(not_(yes), *ways))

    def _leads(self, number: int, place: int, depth: int) -> Bool:
        """Whether a step of a thing leads from a depth to the next, whatever the step is called that is taken there: by
        some choices of its own."""
        way = self._owed.things[number].ways[place]
        name = f"{number}.{place} @{depth}"
        own = [(each, z3.Const(f"{each.decl().name()} of {name}", each.sort())) for each in way.variables]
        _, nexts = self._unrolling.step
        after = zip(nexts, self._unrolling.standing(depth + 1), strict=True)
        ends = [(primed, following) for (_, primed), (_, following) in after]
        return Substitution([*self._unrolling.standing(depth), *own, *ends])(self._ways[number][place])

    @cached_property
    def _ways(self) -> list[list[Bool]]:
        """For each way of each thing, over one state and the next, that it changes the one to the other."""
        _, nexts = self._unrolling.step
        return [[and_(way.changes, *self._ends(way, nexts)) for way in thing.ways] for thing in self._owed.things]

    def _ends(self, way: Way, nexts: Pairs) -> Iterator[Bool]:
        for (_, primed), (_, term) in zip(nexts, values.bound(self._encoding.before, way.after), strict=True):
            yield primed == term

    def _same(self, one: int, other: int) -> Bool:
        """Whether the states at two depths are equal."""
        states = zip(self._unrolling.standing(one), self._unrolling.standing(other), strict=True)
        return and_(*(left == right for (_, left), (_, right) in states))

    def _at(self, depth: int) -> Substitution:
        if depth not in self._states:
            self._states[depth] = Substitution(list(self._unrolling.standing(depth)))
        return self._states[depth]

    def _learn(self, depth: int, back_to: int, solution: z3.ModelRef) -> bool:
        """Whether a solution claims of something that it is impossible where it is not; that is known from now on."""
        learned = False
        for number, thing in enumerate(self._owed.things):
            taken = any(values.truth(self._taken[each][number], solution) for each in range(back_to, depth))
            if thing.always_known or taken:
                continue
            for each in range(back_to, depth + 1):
                if not values.truth(self._impossible[each][number], solution):
                    continue
                known = self._owed.learn(number, self._unrolling.state(each, solution))
                if known is not None:
                    learned = True
                    for place, claims in enumerate(self._impossible):
                        self._solver.add(or_(not_(claims[number]), not_(self._at(place)(known))))
        return learned

    # -- the property --------------------------------------------------------------------------------------------------

    def _broken(self, temporal: Temporal, depth: int, loop: _Loop) -> Bool:
        """Whether a property is false of a lasso, for values of its parameters that are unknowns."""
        judgement = self._encoding.conditions(temporal.name)
        several = isinstance(temporal.function.returns, TupleType)
        conditions = judgement.value if several else (judgement.value,)
        ever = range(depth + 1)
        first, last = ([self._at(place)(each) for place in ever] for each in (conditions[0], conditions[-1]))
        never = and_(*map(not_, last))
        possible = and_(*map(values.belongs, judgement.kinds, judgement.arguments))
        match temporal.kind:
            case TemporalKind.EVENTUALLY:
                return and_(possible, never)
            case TemporalKind.LEADS_TO:
                owes = [z3.Bool(f"owed from {place} to {depth}") for place in ever]
                since = [or_(loop.within[place], *owes[: place + 1]) for place in ever]
                begun = (or_(not_(each), is_so) for each, is_so in zip(owes, first, strict=True))
                left = (or_(not_(each), not_(is_so)) for each, is_so in zip(since, last, strict=True))
                return and_(possible, or_(*owes), *begun, *left)
            case TemporalKind.ALWAYS_EVENTUALLY:
                left = (or_(not_(each), not_(is_so)) for each, is_so in zip(loop.within, last, strict=True))
                return and_(possible, *left)
            case TemporalKind.EVENTUALLY_ALWAYS:
                return and_(possible, or_(*(and_(each, not_(so)) for each, so in zip(loop.within, last, strict=True))))
            case TemporalKind.TEMPORAL:
                assert temporal.formula is not None
                truth = [[self._at(place)(each) for place in ever] for each in conditions]
                over = OverTime(f"{temporal.name} to {depth}", truth, loop.begins, loop.within)
                return and_(possible, not_(over.truth(temporal.formula)[0]), *over.known)
            case _:
                assert_never(temporal.kind)
