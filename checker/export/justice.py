"""What a model says of whole behaviours, in BTOR2: a `justice` for each temporal property, of what violates it.

A behaviour of the text that makes each condition of a `justice` true again and again is one of the model that owes
nothing and of which the property is false. To rest in a state is always possible there, and takes nothing. What is
weakly fair is, again and again, taken or not possible. Of what is strongly fair an input says at some time that it will
not be possible any more (`gave_up`), or it is taken again and again; `honest` is true as long as nothing that was given
up has been possible. That the property is false is said by the automaton of `checker.engines.common.tableau`: a bit for
each `first until then`, which inputs choose and `agrees` checks; none is put off for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol, assert_never

from checker.engines.common.tableau import with_until
from checker.export.commands import Command, Exported, Promise, Thing
from checker.export.formula import FALSE, TRUE, Formula, Name, conjunction, disjunction, equality, negation
from checker.ir import temporal
from checker.ir.temporal import (
    Always,
    Condition,
    Conjunction,
    Disjunction,
    Eventually,
    Fairness,
    Negation,
    Until,
    parts,
)


class Lines(Protocol):
    """A text that grows. A node is the number of a line that is a value."""

    def line(self, text: str) -> int:
        """Add a line."""
        ...

    def node(self, formula: Formula) -> int:
        """The node of a formula."""
        ...

    def sort(self, bits: int) -> int:
        """The sort of so many bits; 0: a truth value."""
        ...


def behaviours(lines: Lines, found: Exported, begun: int, taken: Sequence[int]) -> None:
    """Write a `justice` for each promise. `taken` are the nodes that say of a command that it is chosen and possible;
    `begun` is the one that is true from the initial state on."""
    if not found.promises:
        return
    wires = _Wires(lines)
    started = wires.state("started", FALSE)  # the state before was one, too
    wires.next(started, begun)
    honest = wires.state("honest", TRUE)
    kept, fair = [honest], []
    for thing in dict.fromkeys(thing for command in found.commands for thing in command.fair):
        fair.append(_fair(wires, found, thing, taken, kept))
    wires.next(honest, wires.all(*kept))
    for promise in found.promises:
        broken = [honest, *_Broken(wires, promise, begun, started).conditions(), *fair]
        lines.line(f"justice {len(broken)} {' '.join(map(str, broken))} {symbol(promise.name)}")
    for promise in found.promises:
        if promise.defined != TRUE:
            undefined = wires.all(begun, lines.node(negation(promise.defined)))
            lines.line(f"bad {undefined} no_value_{symbol(promise.name)}")


def symbol(name: str) -> str:
    """A name as BTOR2 has it."""
    return re.sub(r"\s+", "_", name)


class _Wires:
    """Truth values made of others, and those that are remembered."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._bit = lines.sort(0)
        self.node = lines.node

    def all(self, first: int, *others: int) -> int:
        """And."""
        for each in others:
            first = self._lines.line(f"and {self._bit} {first} {each}")
        return first

    def any(self, first: int, *others: int) -> int:
        """Or."""
        for each in others:
            first = self._lines.line(f"or {self._bit} {first} {each}")
        return first

    def no(self, operand: int) -> int:
        """Not."""
        return self._lines.line(f"not {self._bit} {operand}")

    def one_of(self, condition: int, then: int, otherwise: int) -> int:
        """One of two."""
        return self._lines.line(f"ite {self._bit} {condition} {then} {otherwise}")

    def input(self, name: str) -> int:
        """What is any truth value in each frame."""
        return self._lines.line(f"input {self._bit} {name}")

    def state(self, name: str, first: Formula | None = None) -> int:
        """What is remembered; in the first frame it is known, or any."""
        known = None if first is None else self.node(first)  # which a reader wants before the state
        state = self._lines.line(f"state {self._bit} {name}")
        if known is not None:
            self._lines.line(f"init {self._bit} {state} {known}")
        return state

    def next(self, state: int, value: int) -> None:
        """What is remembered in the next frame."""
        self._lines.line(f"next {self._bit} {state} {value}")


def _fair(wires: _Wires, found: Exported, thing: Thing, taken: Sequence[int], kept: list[int]) -> int:
    """What has to be true again and again for a thing to be owed nothing. What has to stay true is added to `kept`."""
    own = [(command, chosen) for command, chosen in zip(found.commands, taken, strict=True) if thing in command.fair]
    possible = wires.node(disjunction(*(conjunction(each.guard, _changes(found, each)) for each, _ in own)))
    takes = wires.any(*(wires.all(chosen, wires.node(_changes(found, each))) for each, chosen in own))
    match thing.fairness:
        case Fairness.WEAK:
            return wires.any(takes, wires.no(possible))
        case Fairness.STRONG:
            name = symbol(thing.title)
            gave_up = wires.state(f"gave_up_{name}", FALSE)
            wires.next(gave_up, wires.any(gave_up, wires.input(f"gives_up_{name}")))
            kept.append(wires.no(wires.all(gave_up, possible)))
            return wires.any(gave_up, takes)
        case _:
            assert_never(thing.fairness)


def _changes(found: Exported, command: Command) -> Formula:
    """Whether a step changes the state, where it is possible: else it is neither taken nor possible for fairness."""
    leaves = ((found.leaves[place], after) for place, after in command.changes)
    return disjunction(*(negation(equality(Name(leaf.name, leaf.bits), after)) for leaf, after in leaves))


class _Broken:
    """The automaton of what violates one promise."""

    def __init__(self, wires: _Wires, promise: Promise, begun: int, started: int) -> None:
        self._wires, self._promise, self._begun, self._started = wires, promise, begun, started
        self._name = symbol(promise.name)
        self._formula = with_until(Negation(promise.formula))
        untils = dict.fromkeys(each for each in parts(self._formula) if isinstance(each, Until))
        self._given = {each: wires.state(f"{self._name}.{number}") for number, each in enumerate(untils)}
        self._values: dict[temporal.Formula, int] = {}

    def conditions(self) -> Iterator[int]:
        """What has to be true again and again."""
        wires = self._wires
        agrees = wires.state(f"{self._name}.agrees", TRUE)
        checks = [wires.any(self._started, self._value(self._formula))]
        for number, (until, given) in enumerate(self._given.items()):
            first, then = self._value(until.first), self._value(until.then)
            open_, not_given = wires.all(first, wires.no(then)), wires.no(given)
            checks += [wires.any(wires.no(then), given), wires.any(not_given, first, then)]
            chosen = wires.input(f"{self._name}.{number}.chosen")
            wires.next(given, wires.one_of(wires.all(self._begun, open_), given, chosen))
            yield wires.any(then, not_given)
        wires.next(agrees, wires.all(agrees, wires.any(wires.no(self._begun), wires.all(*checks))))
        yield agrees

    def _value(self, formula: temporal.Formula) -> int:
        """Whether a formula is true, by what is true now and what is promised."""
        if formula not in self._values:
            self._values[formula] = self._made(formula)
        return self._values[formula]

    def _made(self, formula: temporal.Formula) -> int:
        wires = self._wires
        match formula:
            case Condition(number):
                return wires.node(self._promise.conditions[number])
            case Negation(operand):
                return wires.no(self._value(operand))
            case Conjunction(operands):
                return wires.all(wires.node(TRUE), *map(self._value, operands))
            case Disjunction(operands):
                return wires.any(wires.node(FALSE), *map(self._value, operands))
            case Until():
                return self._given[formula]
            case Always() | Eventually():
                raise ValueError("it is said with `until`")
            case _:
                assert_never(formula)
