"""How many members sets have, for every size at once: numbers of which enough is said to prove with.

To Z3 a count is a number of which it knows nothing. What is known of counts is said for few sets at a time: these cut
their members into parts, of those that lie in just the same of them. Each part has a number: 0 if nothing lies in it, 1
if just one thing does, else at least 2; and a set has as many members as its parts together. That is so of all finite
sets. So a set that gains a member has one more, a part of a set has no more than it, and two majorities meet.

It is said of sets that depend on nothing that is quantified over. A claim that counts for each member of a type is
assumed for those members that are named where something is to be shown. To say less than could be said is sound.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import z3

from checker.engines.symbolic.every_size import terms
from checker.engines.symbolic.every_size.terms import Symbolic, Table, substituted
from checker.engines.symbolic.terms import Bool, and_, not_, or_
from checker.ir.types import Type

MOST_TOGETHER = 4
TOGETHER = ((4, MOST_TOGETHER), (5, 3), (math.inf, 2))
"""Up to how many sets, and how many of them at a time are looked at together: n have 2**n - 1 parts."""

MOST_NAMED = 64
"""Members, or combinations of them, for which a claim is assumed by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A set that is counted, for any values of the variables `bound`. `how_many`, of these, is its number."""

    kind: Type
    members: Table
    bound: tuple[z3.ExprRef, ...]
    how_many: z3.FuncDeclRef

    def has(self, member: Symbolic, given: Sequence[z3.ExprRef]) -> Bool:
        """Whether something is in the set, for these values of the variables."""
        return substituted(self.members.at(member), list(zip(self.bound, given, strict=True)))


Ground = tuple[Counted, list[z3.ExprRef]]
"""A set that is counted, for certain values of its variables."""


@dataclass
class Counts:
    """The sets of one program that are counted, by what lies in them."""

    known: dict[tuple[Type, int], tuple[z3.BoolRef, Counted]] = field(default_factory=dict)
    by_name: dict[str, Counted] = field(default_factory=dict)

    def of(self, kind: Type, members: Table) -> z3.ArithRef:
        """How many members a set has."""
        held = _formula(members.at(terms.free(kind, f"counted: {kind}")))
        bound = tuple(each for each in _constants(held) if terms.is_generic(each))
        places = [z3.Const(f"place {number}", each.sort()) for number, each in enumerate(bound)]
        shape = z3.substitute(held, *zip(bound, places, strict=True)) if bound else held
        if (kind, shape.get_id()) not in self.known:
            sorts = [each.sort() for each in bound]
            name = f"how many, {len(self.known) + 1}"
            found = Counted(kind, members, bound, z3.Function(name, *sorts, z3.IntSort()))
            self.known[kind, shape.get_id()] = shape, found  # the shape lives as long as its number is used
            self.by_name[name] = found
        return self.known[kind, shape.get_id()][1].how_many(*bound)

    def facts(self, formulas: Sequence[Bool]) -> list[z3.BoolRef]:
        """What is known of the numbers in these formulas that depend on nothing bound."""
        sets: dict[int, Ground] = {}
        groups = [frozenset(self._ground(each, sets)) for each in formulas]
        found: dict[frozenset[int], None] = {}
        for kind in dict.fromkeys(each.kind for each, _ in sets.values()):
            same = [number for number, (each, _) in sets.items() if each.kind == kind]
            together = next(number for most, number in TOGETHER if len(same) <= most)
            found |= dict.fromkeys(map(frozenset, itertools.combinations(same, min(together, len(same)))))
            own = (group & frozenset(same) for group in groups)
            found |= {group: None for group in own if together < len(group) <= MOST_TOGETHER}
        return [fact for group in found for fact in _facts([sets[number] for number in sorted(group)])]

    def _ground(self, formula: Bool, sets: dict[int, Ground]) -> Iterator[int]:
        """The numbers in a formula that depend on nothing bound. They are noted in `sets`."""
        for each in _subterms([formula]):
            if (found := self._counted(each)) is not None and not _has_variables(each):
                sets.setdefault(each.get_id(), (found, each.children()))
                yield each.get_id()

    def named(self, hypothesis: Bool, formulas: Sequence[Bool]) -> Iterator[z3.BoolRef]:
        """A hypothesis that counts for each member of a type, for those that formulas name."""
        if isinstance(hypothesis, bool) or not self.counts_each(hypothesis):
            return
        places = range(hypothesis.num_vars())
        ground = [each for each in _subterms(formulas) if _names(each) and not _has_variables(each)]
        fitting = [[each for each in ground if each.sort() == hypothesis.var_sort(place)] for place in places]
        for chosen in itertools.islice(itertools.product(*fitting), MOST_NAMED):
            yield z3.substitute_vars(hypothesis.body(), *reversed(chosen))

    def counts_each(self, hypothesis: Bool) -> bool:
        """Whether a hypothesis counts for each member of a type."""
        if isinstance(hypothesis, bool) or not z3.is_quantifier(hypothesis) or not hypothesis.is_forall():
            return False
        return any(self._counted(each) is not None and _has_variables(each) for each in _subterms([hypothesis.body()]))

    def _counted(self, term: z3.ExprRef) -> Counted | None:
        return self.by_name.get(term.decl().name()) if z3.is_app(term) and z3.is_int(term) else None


def _facts(sets: Sequence[Ground]) -> Iterator[z3.BoolRef]:
    """What is known of the numbers of some sets over one type."""
    kind = sets[0][0].kind
    numbers: list[list[z3.ArithRef]] = [[] for _ in sets]
    for inside in itertools.product((True, False), repeat=len(sets)):
        if not any(inside):
            continue

        def lies(member: Symbolic, inside: tuple[bool, ...] = inside) -> Bool:
            parts = zip(sets, inside, strict=True)
            return and_(
                *(each.has(member, at) if wanted else not_(each.has(member, at)) for (each, at), wanted in parts)
            )

        number = z3.FreshConst(z3.IntSort(), "part")
        for place, wanted in enumerate(inside):
            if wanted:
                numbers[place].append(number)
        yield from _size_of(kind, number, lies)
    for (each, at), parts in zip(sets, numbers, strict=True):
        yield each.how_many(*at) == (z3.Sum(parts) if len(parts) > 1 else parts[0])


def _size_of(kind: Type, number: z3.ArithRef, lies: Callable[[Symbolic], Bool]) -> Iterator[z3.BoolRef]:
    """That a number is that of the members that lie somewhere, as far as that is 0, 1, or more."""
    some = or_(*(each.some(lies(each.value)) for each in terms.generic(kind)))
    two = []
    for one, other in itertools.product(terms.generic(kind), terms.generic(kind)):
        differ = not_(terms.equal(kind, one.value, other.value))
        two.append(one.some(other.some(and_(lies(one.value), lies(other.value), differ))))
    yield number >= 0
    yield (number >= 1) == _formula(some)
    yield (number >= 2) == _formula(or_(*two))


# -- terms of Z3 -------------------------------------------------------------------------------------------------------


def opened(formula: Bool) -> Bool:
    """A formula that can be true if this one can: what exists in it has a name, where no quantifier is around it."""
    return formula if isinstance(formula, bool) else _Opening().opened(formula, True)


@dataclass
class _Opening:
    """What is opened already, by its number and whether it is to be true."""

    done: dict[tuple[int, bool], z3.BoolRef] = field(default_factory=dict)

    def opened(self, term: z3.BoolRef, wanted: bool) -> z3.BoolRef:
        """The term, or its negation if it is not wanted."""
        key = term.get_id(), wanted
        if key not in self.done:
            self.done[key] = self._opened(term, wanted)
        return self.done[key]

    def _opened(self, term: z3.BoolRef, wanted: bool) -> z3.BoolRef:
        if z3.is_not(term):
            return self.opened(term.arg(0), not wanted)
        if z3.is_and(term) or z3.is_or(term):
            join = z3.And if z3.is_and(term) == wanted else z3.Or
            return join(*(self.opened(each, wanted) for each in term.children()))
        if z3.is_quantifier(term) and term.is_forall() != wanted:
            names = [z3.FreshConst(term.var_sort(place), "some") for place in range(term.num_vars())]
            return self.opened(z3.substitute_vars(term.body(), *reversed(names)), wanted)
        return term if wanted else z3.Not(term)


def _subterms(formulas: Sequence[Bool]) -> Iterator[z3.ExprRef]:
    """Every term that the formulas are made of, once."""
    seen: set[int] = set()
    waiting = [each for each in formulas if not isinstance(each, bool)]
    while waiting:
        term = waiting.pop()
        if term.get_id() not in seen:
            seen.add(term.get_id())
            yield term
            waiting += [term.body()] if z3.is_quantifier(term) else term.children()


def _constants(formula: z3.ExprRef) -> list[z3.ExprRef]:
    """The constants in a formula, in the order in which they are met."""
    return [each for each in _subterms([formula]) if z3.is_const(each) and each.decl().kind() == z3.Z3_OP_UNINTERPRETED]


def _names(term: z3.ExprRef) -> bool:
    """Whether a term names a member: a constant, or what an array has somewhere."""
    return bool(z3.is_app(term)) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED


def _has_variables(term: z3.ExprRef) -> bool:
    return any(z3.is_var(each) for each in _subterms([term]))


def _formula(value: Bool) -> z3.BoolRef:
    return z3.BoolVal(value) if isinstance(value, bool) else value
