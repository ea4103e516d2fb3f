"""A program in BTOR2, for hardware model checkers: the input `step` says which step is taken.

The first frame is before the initial states, of which `step` chooses one; `begun` is true from then on. A step that is
not possible changes nothing, so there are no constraints. Each `bad` has the name of what it shows, for a property of
steps before the step; temporal properties are in `justice`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker import __version__
from checker.export.commands import Exported, OfStep, cut_off, primed
from checker.export.formula import (
    FALSE,
    TRUE,
    Apply,
    Formula,
    Known,
    Name,
    conjunction,
    disjunction,
    equality,
    negation,
)
from checker.export.justice import behaviours, symbol
from checker.export.texts import free

_OPERATORS = {
    "not": "not",
    "and": "and",
    "or": "or",
    "=": "eq",
    "if": "ite",
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "udiv",
    "%": "urem",
    "/s": "sdiv",
    "%s": "srem",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<<": "sll",
    ">>": "srl",
    ">>s": "sra",
    "<": "ult",
    "s<": "slt",
}


def btor2(found: Exported, called: str) -> str:
    """The text. `called` is how the user names the model."""
    found = cut_off(found)
    return "\n".join([*_head(found, called), *_Writer(found).lines()]) + "\n"


def _head(found: Exported, called: str) -> Iterator[str]:
    yield f"; {called}: made by evacheck {__version__}"
    yield from (f"; {leaf.name}: {leaf.meaning}" for leaf in found.leaves if leaf.meaning)
    yield from (f"; Where the @constraint {each.name} is false nothing goes on." for each in found.limits)
    cut = found.of_behaviours if found.limits else ()
    yield from (f"; Not here: {each}." for each in (*found.left_out, *cut))
    if found.promises:
        yield "; Each `justice` is for the temporal property of its name: a lasso violates it. None says anything where"
        yield "; `no_failure`, `a_loop_goes_on` or a `no_value_...` is reached."
    for number, command in enumerate(found.commands):
        yield f"; step {number}: {command.title}"


class _Writer:
    """Writes one program, a line for each thing that has a number."""

    def __init__(self, found: Exported) -> None:
        self._found = found
        self._lines: list[str] = []
        self._sorts: dict[int, int] = {}
        self._numbers: dict[object, int] = {}

    def lines(self) -> Sequence[str]:
        """All of it."""
        found = self._found
        names = [free(symbol(leaf.name), ("begun", "step")) for leaf in found.leaves]
        states = [
            self.line(f"state {self.sort(each.bits)} {name}") for each, name in zip(found.leaves, names, strict=True)
        ]
        for leaf, number in zip(found.leaves, states, strict=True):
            self._numbers[Name(leaf.name, leaf.bits)] = number
        false = self.node(FALSE)  # a reader wants it before the state that begins so
        begun = self.line(f"state {self.sort(0)} begun")
        self.line(f"init {self.sort(0)} {begun} {false}")
        self.line(f"next {self.sort(0)} {begun} {self.node(negation(FALSE))}")
        bits = max(len(found.commands), len(found.initial)).bit_length()
        step = self.line(f"input {self.sort(bits)} step")
        taken = [self._chosen(step, number, bits) for number in range(max(len(found.commands), len(found.initial)))]
        guards = [
            self.line(f"and {self.sort(0)} {taken[number]} {self.node(command.guard)}")
            for number, command in enumerate(found.commands)
        ]
        for place, (leaf, state) in enumerate(zip(found.leaves, states, strict=True)):
            sort, value = self.sort(leaf.bits), state
            for guard, command in zip(guards, found.commands, strict=True):
                changed = dict(command.changes).get(place)
                if changed is not None:
                    value = self.line(f"ite {sort} {guard} {self.node(changed)} {value}")
            self._numbers[Name(primed(leaf.name), leaf.bits)] = value
            first = self.node(Known(found.initial[0][place], leaf.bits)) if found.initial else state
            for number, values in enumerate(found.initial[1:], 1):
                first = self.line(f"ite {sort} {taken[number]} {self.node(Known(values[place], leaf.bits))} {first}")
            value = self.line(f"ite {sort} {begun} {value} {first}")
            self.line(f"next {sort} {state} {value}")
        self._bad(begun, "no_failure", disjunction(*(each.fails for each in found.commands)))
        self._bad(begun, "a_loop_goes_on", disjunction(*(each.goes_on for each in found.commands)))
        going = [each for one in found.commands for each in (one.guard, one.fails, one.goes_on)]
        self._bad(begun, "no_deadlock", negation(disjunction(*going, found.ended)))
        others = {each.name for each in found.claims} | {each.name for each in found.of_steps}
        others |= {each.name for each in found.promises}
        for claim in found.claims:
            name = free(f"never_{claim.name}", others) if claim.happens else claim.name
            self._bad(begun, name, claim.holds if claim.happens else negation(claim.holds))
        for each in found.of_steps:
            self._of_step(begun, each)
        behaviours(self, found, begun, guards)
        return self._lines

    def _of_step(self, begun: int, judged: OfStep) -> None:
        """Bad is the state before a step, and that the inputs choose that step. What changes nothing is not judged."""
        pairs = [(Name(leaf.name, leaf.bits), Name(primed(leaf.name), leaf.bits)) for leaf in self._found.leaves]
        changed = disjunction(*(negation(equality(*each)) for each in pairs))
        self._bad(begun, judged.name, conjunction(changed, judged.defined, negation(judged.holds)))
        if judged.defined != TRUE:
            self._bad(begun, f"no_value_{judged.name}", conjunction(changed, negation(judged.defined)))

    def _bad(self, begun: int, name: str, formula: Formula) -> None:
        if formula != FALSE:
            here = self.line(f"and {self.sort(0)} {begun} {self.node(formula)}")
            self.line(f"bad {here} {name}")

    def _chosen(self, step: int, number: int, bits: int) -> int:
        return self.line(f"eq {self.sort(0)} {step} {self.node(Known(number, bits))}")

    def line(self, text: str) -> int:
        """Add a line; gives its number."""
        number = len(self._lines) + 1
        self._lines.append(f"{number} {text}")
        return number

    def sort(self, bits: int) -> int:
        """The sort of so many bits; 0: a truth value."""
        size = bits or 1
        if size not in self._sorts:
            self._sorts[size] = self.line(f"sort bitvec {size}")
        return self._sorts[size]

    def node(self, formula: Formula) -> int:
        """The line of a formula's value."""
        if formula not in self._numbers:
            self._numbers[formula] = self._made(formula)
        return self._numbers[formula]

    def _made(self, formula: Formula) -> int:
        sort = self.sort(formula.bits)
        match formula:
            case Known(value=value):
                return self.line(f"constd {sort} {value}")
            case Apply(operator="low", operands=(operand,), bits=bits):
                return self.line(f"slice {sort} {self.node(operand)} {bits - 1} 0")
            case Apply(operator="more" | "sign" as operator, operands=(operand,), bits=bits):
                extend = "uext" if operator == "more" else "sext"
                return self.line(f"{extend} {sort} {self.node(operand)} {bits - operand.bits}")
            case Apply(operator="and" | "or" as operator, operands=(first, *others)):
                found = self.node(first)
                for each in others:
                    found = self.line(f"{operator} {sort} {found} {self.node(each)}")
                return found
            case Apply(operator=operator, operands=operands):
                given = " ".join(str(self.node(each)) for each in operands)
                return self.line(f"{_OPERATORS[operator]} {sort} {given}")
        raise AssertionError(formula)
