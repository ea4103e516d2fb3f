"""Candidates for invariants, made from what a model declares, of which induction keeps those that it can prove.

A fact is that a number has a value, lies within bounds or below another number, that a process stands at a point, that
a member is in a set. Candidates are facts, pairs of facts of which one is always true, and implications from two facts
to a third: from any two where there are few, else from where two processes stand. Only those are made that are true in
the first states that the interpreter reaches. Proves nothing: this is the first half of Houdini (Flanagan and Leino,
FME 2001), and `induction` the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from checker.engines.symbolic import terms, values
from checker.engines.symbolic.claims import Hypothesis
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.solving import Clock
from checker.engines.symbolic.terms import Bool, not_, or_
from checker.engines.symbolic.values import Symbolic
from checker.ir.nodes import Declared, Role
from checker.ir.types import ArrayType, BoolType, IntType, OptType, RecordType, SeqType, SetType, Type, Value, is_scalar
from checker.semantics import Interpreter, State
from checker.semantics.explore import explore

MOST_STATES = 4000
"""Reachable states that candidates are held against first."""
MOST_VALUES = 8
"""Values of a number or enum, for facts that it has one of them."""
MOST_POINTS = 40
"""The same for the point at which a process stands."""
MOST_NUMBERS = 16
"""Numbers that are compared with each other."""
FEW_FACTS = 90
"""Facts and their negations, up to which implications from any two of them are tried."""
MOST_CANDIDATES = 3000
"""Candidates of each shape; what would come after them is left out."""

Get = Callable[[State], Value]


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """Something that is true or false in a state, in words, as a term, and for the interpreter. `opposite` is what the
    words are where it is false. `process` is the instance whose point it is about, if it is."""

    text: str
    opposite: str
    term: Bool
    test: Callable[[State], bool]
    process: str | None = None


@dataclass(eq=False)
class Candidate(Hypothesis):
    """A claim that nobody made but this module. `test` is its meaning for the interpreter."""

    test: Callable[[State], bool] = field(default=lambda state: True)


@dataclass(frozen=True, slots=True, eq=False)
class _Literal:
    """A fact or its negation, and in which of the states looked at it is true, as bits."""

    fact: Fact
    positive: bool
    mask: int

    @property
    def text(self) -> str:
        return self.fact.text if self.positive else self.fact.opposite

    @property
    def against(self) -> str:
        return self.fact.opposite if self.positive else self.fact.text

    @property
    def term(self) -> Bool:
        return self.fact.term if self.positive else not_(self.fact.term)

    def test(self, state: State) -> bool:
        return self.fact.test(state) is self.positive


def candidates(encoding: Encoding, clock: Clock) -> list[Candidate]:
    """Candidates that are true in the first reachable states, always the same ones for the same program."""
    states = _first_states(encoding, clock)
    everywhere = (1 << len(states)) - 1
    literals: list[_Literal] = []
    for fact in _facts(encoding, states):
        clock.look()
        mask = sum(1 << place for place, state in enumerate(states) if fact.test(state))
        literals += [_Literal(fact, True, mask), _Literal(fact, False, everywhere & ~mask)]
    known = [each for each in literals if each.mask == everywhere]
    rest = [each for each in literals if each.mask != everywhere and each.mask]
    made = [_candidate([each]) for each in known]
    pairs: list[Candidate] = []
    covered: set[tuple[int, int]] = set()
    for one, other in combinations(range(len(rest)), 2):
        if rest[one].mask | rest[other].mask == everywhere and rest[one].fact is not rest[other].fact:
            covered.add((one, other))
            if len(pairs) < MOST_CANDIDATES:
                pairs.append(_candidate([rest[one], rest[other]]))
        if other == len(rest) - 1:
            clock.look()
    return made + pairs + _about_three(rest, covered, everywhere, clock)


def _about_three(
    rest: Sequence[_Literal], covered: set[tuple[int, int]], everywhere: int, clock: Clock
) -> list[Candidate]:
    """What is true wherever two facts are, and is not said by a pair already."""
    few = len(rest) <= FEW_FACTS
    away = [place for place, each in enumerate(rest) if few or (each.fact.process is not None and not each.positive)]
    made: list[Candidate] = []
    for one, other in combinations(away, 2):
        clock.look()
        both = rest[one].mask | rest[other].mask
        same_process = not few and rest[one].fact.process == rest[other].fact.process
        if same_process or rest[one].fact is rest[other].fact or (one, other) in covered:
            continue
        for third in range(other + 1 if few else 0, len(rest)):
            fact = rest[third]
            if both | fact.mask != everywhere or fact.fact in (rest[one].fact, rest[other].fact):
                continue
            said = any(tuple(sorted((each, third))) in covered for each in (one, other))
            if said or (not few and fact.fact.process is not None):
                continue
            made.append(_candidate([rest[one], rest[other], fact]))
            if len(made) == MOST_CANDIDATES:
                return made
    return made


def _candidate(clause: Sequence[_Literal]) -> Candidate:
    """That one of the literals is true: the last, wherever the others are not."""
    *conditions, last = clause
    text = last.text
    if conditions:
        text += " whenever " + " and ".join(each.against for each in conditions)
    found = tuple(clause)
    return Candidate(
        name=text, kind=None, holds=or_(*(each.term for each in clause)),
        test=lambda state: any(each.test(state) for each in found),
    )  # fmt: skip


def _first_states(encoding: Encoding, clock: Clock) -> list[State]:
    """Reachable states, breadth first."""
    found: list[State] = []
    for each in explore(Interpreter(encoding.program)):
        clock.look()
        if each.new and each.transition.state is not None:
            found.append(each.transition.state)
            if len(found) == MOST_STATES:
                break
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A piece of the state that is one number, truth value or set."""

    text: str
    kind: Type
    symbolic: Symbolic
    get: Get
    process: str | None = None


def _facts(encoding: Encoding, states: Sequence[State]) -> Iterator[Fact]:
    parts: list[_Part] = []
    for place, (declared, symbolic) in enumerate(zip(encoding.program.variables, encoding.before, strict=True)):
        parts += _declared_parts(declared, symbolic, place)
    numbers: list[_Part] = []
    for part in parts:
        yield from _facts_of(part, states)
        if isinstance(part.kind, IntType) and part.process is None and part.kind.size > 1:
            numbers.append(part)
    for one, other in combinations(numbers[:MOST_NUMBERS], 2):
        yield from _compared(one, other)


def _declared_parts(declared: Declared, symbolic: Symbolic, place: int) -> Iterator[_Part]:
    """The parts of a variable; of a process, instance by instance, as the language names them."""

    def get(state: State) -> Value:
        return state[place]

    if declared.process is None:
        yield from _parts(declared.name, declared.type, symbolic, get)
        return
    instances: list[tuple[str, Type, Symbolic, Get]] = [(declared.process, declared.type, symbolic, get)]
    if isinstance(declared.type, ArrayType):
        whole = declared.type
        instances = [
            (f"{declared.process}[{whole.index.show(index)}]", whole.item, symbolic[at], _item(get, at))
            for at, index in enumerate(whole.index.values())
        ]
    for name, kind, value, reads in instances:
        if declared.role is Role.POINT:
            yield _Part(name, kind, value, reads, name)
        else:
            yield from _parts(f"{name}.{declared.local}", kind, value, reads)


def _parts(text: str, kind: Type, value: Symbolic, get: Get) -> Iterator[_Part]:
    match kind:
        case ArrayType():
            for at, index in enumerate(kind.index.values()):
                yield from _parts(f"{text}[{kind.index.show(index)}]", kind.item, value[at], _item(get, at))
        case RecordType(fields=fields):
            for at, (name, item) in enumerate(fields):
                yield from _parts(f"{text}.{name}", item, value[at], _item(get, at))
        case SeqType(capacity=capacity):
            yield _Part(f"len({text})", IntType(0, capacity), value.length, lambda state: len(get(state)))
        case SetType():
            yield _Part(text, kind, value, get)
        case OptType() if not is_scalar(kind):
            yield _Part(f"{text} is not None", BoolType(), value.there, lambda state: get(state) is not None)
        case _:
            yield _Part(text, kind, value, get)


def _item(get: Get, at: int) -> Get:
    return lambda state: get(state)[at]


def _facts_of(part: _Part, states: Sequence[State]) -> Iterator[Fact]:
    text, kind, value, get = part.text, part.kind, part.symbolic, part.get
    if isinstance(kind, SetType):
        for member, bit in zip(values.members(kind), value, strict=True):
            shown = kind.item.show(member)
            yield Fact(f"{shown} in {text}", f"{shown} not in {text}", bit, _has(get, member))
    elif isinstance(kind, BoolType):
        yield Fact(text, f"not {text}", value, lambda state: bool(get(state)))
    elif part.process is not None and kind.size <= MOST_POINTS:
        for point in kind.values():
            shown = kind.show(point)
            here = values.is_value(kind, value, point)
            words = f"{text} stands at '{shown}'", f"{text} does not stand at '{shown}'"
            yield Fact(*words, here, _is(get, point), part.process)
    elif part.process is None and kind.size <= MOST_VALUES:
        for each in kind.values():
            shown = kind.show(each)
            yield Fact(f"{text} == {shown}", f"{text} != {shown}", values.is_value(kind, value, each), _is(get, each))
    elif isinstance(kind, IntType) and states:
        seen = [get(state) for state in states]
        low, high = min(seen), max(seen)
        at_least, at_most = terms.less_equal(low, value), terms.less_equal(value, high)
        yield Fact(f"{text} >= {low}", f"{text} < {low}", at_least, lambda state: bool(get(state) >= low))
        yield Fact(f"{text} <= {high}", f"{text} > {high}", at_most, lambda state: bool(get(state) <= high))


def _has(get: Get, member: Value) -> Callable[[State], bool]:
    return lambda state: member in get(state)


def _is(get: Get, value: Value) -> Callable[[State], bool]:
    return lambda state: bool(get(state) == value)


def _compared(one: _Part, other: _Part) -> Iterator[Fact]:
    first, second, a, b = one.symbolic, other.symbolic, one.get, other.get
    x, y = one.text, other.text
    yield Fact(f"{x} == {y}", f"{x} != {y}", terms.equal(first, second), lambda state: bool(a(state) == b(state)))
    yield Fact(f"{x} < {y}", f"{x} >= {y}", terms.less(first, second), lambda state: bool(a(state) < b(state)))
    yield Fact(f"{x} > {y}", f"{x} <= {y}", terms.less(second, first), lambda state: bool(a(state) > b(state)))
