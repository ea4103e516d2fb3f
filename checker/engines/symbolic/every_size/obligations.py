"""What a proof by induction for every size has to show: one formula for each step and claim, to be unsatisfiable.

A lemma with parameters is proved for constants of which nothing is known. It is assumed for all values of parameters
that can be quantified over; of those that are sets or arrays, for the constants that the goal speaks of, and for the
variables of the program of the same type. To assume less than could be assumed is always sound. What is known of
how many members sets have is in `every_size.counts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import z3

from checker.engines.symbolic.every_size import terms
from checker.engines.symbolic.every_size.counts import opened
from checker.engines.symbolic.every_size.encode import Encoding, Form, Judged
from checker.engines.symbolic.every_size.execution import refusal
from checker.engines.symbolic.every_size.terms import Element, NoSize, Symbolic
from checker.engines.symbolic.solving import Clock, Solver, Undecided
from checker.engines.symbolic.terms import Bool, and_, not_, or_
from checker.ir.nodes import Call, Expr, For, Function, Property, Stmt, Variable
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import Type

MOST_INSTANCES = 16
"""Instances of a lemma for combinations of sets and arrays."""

EFFORT = 4_000_000
"""Z3's steps (`rlimit`) for one obligation, about four seconds; after so many it does not know, on every machine."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A property that is to be proved, and assumed."""

    name: str
    function: Function
    hypotheses: tuple[Bool, ...]

    @property
    def literal(self) -> z3.BoolRef:
        """A variable that is true where the claim is assumed."""
        return z3.Bool(f"assumed: {self.name}")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a formula cannot be true: `holds`, with the names of the claims that this takes. Where it does not, `why`
    is what Z3 says if it does not know."""

    holds: bool
    used: frozenset[str] = frozenset()
    why: str = ""


@dataclass
class Obligations:
    """The obligations of one program. `seed` is Z3's."""

    encoding: Encoding
    clock: Clock
    seed: int = 0
    claims: dict[str, Claim] = field(default_factory=dict)

    def __post_init__(self) -> None:
        properties = [each for each in self.encoding.program.properties if each.kind.traits.invariant]
        self.claims = {each.name: self._claim(each) for each in properties}

    def initial(self, name: str) -> Answer:
        """Whether a claim holds in every initial state."""
        init = self.encoding.init
        return self._ask(self._solver([]), [], init.happens, not_(self.after(name, init)))

    def kept(self, form: Form, name: str, assumed: Sequence[str]) -> Answer:
        """Whether a step keeps a claim, where these claims hold before it."""
        if not self._reads(name) & form.changes:
            return Answer(True, frozenset({name}) if name in assumed else frozenset())
        return self._ask(self._solver(assumed), assumed, form.happens, not_(self.after(name, form)))

    def after(self, name: str, form: Form) -> Bool:
        """A claim after a step, for values of its parameters of which nothing is known."""
        return self._goal(self.claims[name].function, form.after).holds

    def given(self, assumed: Sequence[str]) -> list[Bool]:
        """What holds before a step, if these claims do."""
        hypotheses = [each for name in assumed for each in self.claims[name].hypotheses if each is not True]
        return [self.encoding.belongs, *hypotheses]

    def counting(self, wrong: Sequence[Bool]) -> list[Bool]:
        """What is to be impossible, with names for what exists in it, if the program counts: then claims are assumed by
        name."""
        return list(map(opened, wrong)) if self.encoding.counts.known else list(wrong)

    def named(self, hypotheses: Sequence[Bool], wrong: Sequence[Bool]) -> list[Bool]:
        """Those hypotheses that count for each member of a type, for the members that are named in what is wrong."""
        return [named for each in hypotheses for named in self.encoding.counts.named(each, wrong)]

    def _reads(self, name: str) -> frozenset[int]:
        """The places, in a state, of what a property looks at: it is the same where these are."""
        program = self.encoding.program
        waiting, functions = [self.claims[name].function], {}
        while waiting:
            function = waiting.pop()
            parts = [
                part
                for statement in walk(function.body)
                for outer in (*expressions(statement), *_conditions(statement))
                for part in walk_expressions(outer)
            ]
            functions[function.name] = parts
            called = {part.function for part in parts if isinstance(part, Call)} - set(functions)
            waiting += [program.functions[each] for each in called]
        read = {part.name for parts in functions.values() for part in parts if isinstance(part, Variable)}
        return frozenset(program.position(each) for each in read)

    def fails(self, assumed: Sequence[str], when: Bool) -> Answer:
        """Whether something never happens where these claims hold."""
        return self._ask(self._solver(assumed), assumed, when)

    def happens(self, form: Form, assumed: Sequence[str]) -> z3.CheckSatResult:
        """Whether the step can happen where the claims hold: if it cannot, it keeps everything for no good reason."""
        solver = self._solver(assumed)
        solver.add(form.happens)
        return solver.solver.check(*(self.claims[name].literal for name in assumed))

    def judged(self, function: Function) -> Judged:
        """A property in any state, for any values of its parameters."""
        return self._goal(function, self.encoding.before)

    def _claim(self, each: Property) -> Claim:
        found = [self._for_all(each.function, given) for given in self._sets(each.function)]
        return Claim(each.name, each.function, tuple(found))

    def _goal(self, function: Function, state: Sequence[Symbolic]) -> Judged:
        kinds = [parameter.type for parameter in function.parameters]
        return self.encoding.judged(function, state, [constant for _, constant in self._constants(kinds, function)])

    def _constants(self, kinds: Sequence[Type], function: Function) -> Iterator[tuple[Type, Symbolic]]:
        """Constants for the parameters of a claim that is to be proved: the same for all claims, by type and place."""
        for place, kind in enumerate(kinds):
            try:
                yield kind, terms.free(kind, f"any {kinds[:place].count(kind)}: {kind}")
            except NoSize as none:
                raise refusal(function.span, str(none)) from None

    def _sets(self, function: Function) -> Iterator[dict[int, Symbolic]]:
        """Values, by place, for the parameters that cannot be quantified over."""
        kinds = [parameter.type for parameter in function.parameters]
        open_ = [place for place, kind in enumerate(kinds) if _generic(kind) is None]
        known = list(zip(self.encoding.kinds, self.encoding.before, strict=True))
        constants = list(self._constants(kinds, function))
        fitting = [
            [value for kind, value in (*constants, *known) if kind == kinds[place]] for place in open_
        ]  # fmt: skip
        for number, chosen in enumerate(product(*fitting)):
            if number == MOST_INSTANCES:
                return
            yield dict(zip(open_, chosen, strict=True))

    def _for_all(self, function: Function, given: dict[int, Symbolic]) -> Bool:
        """The claim for these values of some parameters and all values of the others."""
        choices: list[list[Element]] = []
        for place, parameter in enumerate(function.parameters):
            elements = [Element(given[place])] if place in given else _generic(parameter.type)
            assert elements is not None
            choices.append(elements)
        found = []
        for chosen in product(*choices):
            claim = self.encoding.judged(function, self.encoding.before, [each.value for each in chosen]).holds
            when = and_(*(each.when for each in chosen))
            bound = [variable for each in chosen for variable in each.bound]
            found.append(terms.quantified(z3.ForAll, bound, or_(not_(when), claim)))
        return and_(*found)

    def _solver(self, assumed: Sequence[str]) -> Solver:
        solver = Solver(self.clock, "")
        solver.solver.set("rlimit", EFFORT)
        solver.solver.set("random_seed", self.seed)
        solver.solver.set("smt.random_seed", self.seed)
        solver.add(self.encoding.belongs)
        for name in assumed:
            claim = self.claims[name]
            plain = (each for each in claim.hypotheses if not self.encoding.counts.counts_each(each))
            solver.add(*(z3.Implies(claim.literal, each) for each in plain if each is not True))
        return solver

    def _ask(self, solver: Solver, assumed: Sequence[str], *wrong: Bool) -> Answer:
        literals = {name: self.claims[name].literal for name in assumed}  # their numbers are theirs while they live
        names = {literal.get_id(): name for name, literal in literals.items()}
        if any(each is False for each in wrong):
            return Answer(True)
        wrong = tuple(self.counting(wrong))
        for name in assumed:
            claim = self.claims[name]
            solver.add(*(z3.Implies(literals[name], each) for each in self.named(claim.hypotheses, wrong)))
        solver.add(*self.encoding.counts.facts([*solver.solver.assertions(), *wrong]), *wrong)
        try:
            found = solver.solution(given=list(literals.values()))
        except Undecided as unknown:
            return Answer(False, why=str(unknown))
        if found is not None:
            return Answer(False)
        return Answer(True, frozenset(names[each] for each in solver.core))


def _conditions(statement: Stmt) -> tuple[Expr, ...]:
    """What a loop asks of each value that it meets."""
    if isinstance(statement, For) and statement.generator.condition is not None:
        return (statement.generator.condition,)
    return ()


def _generic(kind: Type) -> list[Element] | None:
    """The values of a type, if they can be quantified over."""
    try:
        return terms.generic(kind)
    except NoSize:
        return None
