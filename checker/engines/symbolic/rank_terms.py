"""One temporal property and its rank as formulas over a state and the next: where it is owed, what keeps the rank and
what lowers it, and what helps. Solves nothing.

The rule, and its words, are those of `checker.contract.ranking`. That something helps is said with variables for its
choices: it can do something for some of them, and comes lower for all. Of all choices only those are spoken of that are
known by now (`Owed` and `Helper.known`), which makes too much help at first, and too little be denied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import z3

from checker.engines.symbolic import terms, values
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.owed import Thing, Way
from checker.engines.symbolic.terms import Bool, Num, Pairs, Substitution, and_, not_, or_
from checker.engines.symbolic.values import Symbolic
from checker.ir.nodes import Temporal
from checker.ir.ranks import Rank
from checker.ir.temporal import TemporalKind
from checker.ir.types import BoolType, OptType, TupleType, Type, is_scalar


class Promise:
    """A property with its rank. `there`: what is promised is so. `begins`: it is not, and the property begins to be
    owed (in initial states only, if it is an `@eventually`). `wanted`: the rank is asked for; `owed`: and there is one;
    `without`: there is none where it begins. `keeps` and `lowers` are over the next state, too, `primed`: the step
    comes to what is promised, or to a rank no higher, or lower."""

    def __init__(self, encoding: Encoding, temporal: Temporal, rank: Rank) -> None:
        self.conditions = encoding.conditions(temporal.name)
        self.ranked = encoding.ranked(rank)
        self._to_arguments = Substitution(list(values.bound(self.ranked.arguments, self.conditions.arguments)))
        primed = tuple(
            values.free(kind, f"{each.name}'")
            for kind, each in zip(encoding.kinds, encoding.program.variables, strict=True)
        )
        self.primed = primed
        self._on = Substitution(list(values.bound(encoding.before, primed)))
        value = self.conditions.value
        first, self.there = value if temporal.kind is TemporalKind.LEADS_TO else (True, value)
        possible = and_(*map(values.belongs, self.conditions.kinds, self.conditions.arguments))
        self.begins = and_(possible, first, not_(self.there))
        kind = rank.function.returns
        found = values.replaced(self.ranked.value, self._to_arguments)
        is_none = _is_none(kind, found)
        self.wanted = and_(possible, not_(self.there)) if isinstance(kind, OptType) else self.begins
        self.owed = and_(self.wanted, not_(is_none))
        self.without = and_(self.begins, is_none)
        here, after = (_numbers(kind, each) for each in (found, values.replaced(found, self._on)))
        still = self._on(self.owed)
        self._comes = self._on(self.there)
        self.lowers = or_(self._comes, and_(still, _less(after, here)))
        self.keeps = or_(self._comes, and_(still, not_(_less(here, after))))

    def of_rank(self, term: Bool) -> Bool:
        """A term of the rank's own, with the parameters of the property."""
        return self._to_arguments(term)


def _is_none(kind: Type, value: Symbolic) -> Bool:
    if not isinstance(kind, OptType):
        return False
    return terms.equal(value, values.none_code(kind)) if is_scalar(kind) else not_(value.there)


def _numbers(kind: Type, value: Symbolic) -> list[Num]:
    """What is compared from the left, of a rank that is not None."""
    if isinstance(kind, OptType):
        return _numbers(kind.item, value if is_scalar(kind) else value.item)
    if isinstance(kind, TupleType):
        return [
            terms.if_num(part, 1, 0) if isinstance(of, BoolType) else part
            for of, part in zip(kind.parts, value, strict=True)
        ]
    return [value]


def _less(left: list[Num], right: list[Num]) -> Bool:
    """Whether a rank is lower than another."""
    found: Bool = False
    for one, other in reversed(list(zip(left, right, strict=True))):
        found = or_(terms.less(one, other), and_(terms.equal(one, other), found))
    return found


@dataclass(eq=False)
class Helper:
    """Something fair. `known` says, for choices known by now, that they do not raise it from helping: with them it does
    nothing, or comes lower."""

    thing: Thing
    promise: Promise
    number: int
    known: list[Bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._harms = [_harm(way, self.promise) for way in self.thing.ways]
        fixed = zip(self.thing.ways, self._harms, strict=True)
        self.known += [not_(harm) for way, harm in fixed if not way.variables and harm is not False]

    def can(self, name: str) -> Bool:
        """Whether it can do something, for some choices with names of their own."""
        return or_(*(_own(way, name, self.number, at)(way.changes) for at, way in enumerate(self.thing.ways)))

    def harms(self, name: str) -> Bool:
        """Whether it can do something that does not come lower, for some choices with names of their own."""
        ways = zip(self.thing.ways, self._harms, strict=True)
        return or_(*(_own(way, name, self.number, at)(harm) for at, (way, harm) in enumerate(ways)))

    def helps(self) -> Bool:
        """Whether it helps, as far as its choices are known."""
        return and_(self.can("can"), *self.known)

    def fails(self) -> Bool:
        """Whether it does not help, as far as its choices are known."""
        return or_(and_(*map(not_, self.thing.known)), self.harms("harms"))

    def harmful(self) -> Iterator[tuple[Bool, tuple[z3.ExprRef, ...]]]:
        """For each of its steps that chooses, that it does not come lower, and the variables of its choices."""
        for way, harm in zip(self.thing.ways, self._harms, strict=True):
            if way.variables and harm is not False:
                yield harm, way.variables


def _harm(way: Way, promise: Promise) -> Bool:
    return and_(way.changes, not_(Substitution(list(values.bound(promise.primed, way.after)))(promise.lowers)))


def _own(way: Way, name: str, number: int, place: int) -> Substitution:
    """Choices of names of their own: other steps use the same."""
    pairs: Pairs = [
        (each, z3.Const(f"{each.decl().name()} {name} {number}.{place}", each.sort())) for each in way.variables
    ]
    return Substitution(pairs)
