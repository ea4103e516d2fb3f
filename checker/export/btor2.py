"""A program in BTOR2, for hardware model checkers: the input `step` says which step is taken.

The first frame is before the initial states, of which `step` chooses one; `begun` is true from then on. A step that is
not possible changes nothing, so there are no constraints. Each `bad` has the name of what it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checker import __version__
from checker.export.commands import Exported
from checker.export.formula import FALSE, Apply, Formula, Known, Name, disjunction, negation

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
    return "\n".join([*_head(found, called), *_Writer(found).lines()]) + "\n"


def _head(found: Exported, called: str) -> Iterator[str]:
    yield f"; {called}: made by evacheck {__version__}"
    yield from (f"; {leaf.name}: {leaf.meaning}" for leaf in found.leaves if leaf.meaning)
    yield from (f"; Not here: {each}." for each in found.left_out)
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
        states = [self._line(f"state {self._sort(leaf.bits)} {_symbol(leaf.name)}") for leaf in found.leaves]
        for leaf, number in zip(found.leaves, states, strict=True):
            self._numbers[Name(leaf.name, leaf.bits)] = number
        begun = self._line(f"state {self._sort(0)} begun")
        self._line(f"init {self._sort(0)} {begun} {self._number(FALSE)}")
        self._line(f"next {self._sort(0)} {begun} {self._number(negation(FALSE))}")
        bits = max(len(found.commands), len(found.initial)).bit_length()
        step = self._line(f"input {self._sort(bits)} step")
        taken = [self._chosen(step, number, bits) for number in range(max(len(found.commands), len(found.initial)))]
        guards = [
            self._line(f"and {self._sort(0)} {taken[number]} {self._number(command.guard)}")
            for number, command in enumerate(found.commands)
        ]
        for place, (leaf, state) in enumerate(zip(found.leaves, states, strict=True)):
            sort, value = self._sort(leaf.bits), state
            for guard, command in zip(guards, found.commands, strict=True):
                changed = dict(command.changes).get(place)
                if changed is not None:
                    value = self._line(f"ite {sort} {guard} {self._number(changed)} {value}")
            first = self._number(Known(found.initial[0][place], leaf.bits)) if found.initial else state
            for number, values in enumerate(found.initial[1:], 1):
                first = self._line(
                    f"ite {sort} {taken[number]} {self._number(Known(values[place], leaf.bits))} {first}"
                )
            value = self._line(f"ite {sort} {begun} {value} {first}")
            self._line(f"next {sort} {state} {value}")
        self._bad(begun, "no_failure", disjunction(*(each.fails for each in found.commands)))
        self._bad(begun, "a_loop_goes_on", disjunction(*(each.goes_on for each in found.commands)))
        going = [each for one in found.commands for each in (one.guard, one.fails, one.goes_on)]
        self._bad(begun, "no_deadlock", negation(disjunction(*going, found.ended)))
        for claim in found.claims:
            name = f"never_{claim.name}" if claim.happens else claim.name
            self._bad(begun, name, claim.holds if claim.happens else negation(claim.holds))
        return self._lines

    def _bad(self, begun: int, name: str, formula: Formula) -> None:
        if formula != FALSE:
            here = self._line(f"and {self._sort(0)} {begun} {self._number(formula)}")
            self._line(f"bad {here} {name}")

    def _chosen(self, step: int, number: int, bits: int) -> int:
        return self._line(f"eq {self._sort(0)} {step} {self._number(Known(number, bits))}")

    def _line(self, text: str) -> int:
        number = len(self._lines) + 1
        self._lines.append(f"{number} {text}")
        return number

    def _sort(self, bits: int) -> int:
        size = bits or 1
        if size not in self._sorts:
            self._sorts[size] = self._line(f"sort bitvec {size}")
        return self._sorts[size]

    def _number(self, formula: Formula) -> int:
        if formula not in self._numbers:
            self._numbers[formula] = self._made(formula)
        return self._numbers[formula]

    def _made(self, formula: Formula) -> int:
        sort = self._sort(formula.bits)
        match formula:
            case Known(value=value):
                return self._line(f"constd {sort} {value}")
            case Apply(operator="low", operands=(operand,), bits=bits):
                return self._line(f"slice {sort} {self._number(operand)} {bits - 1} 0")
            case Apply(operator="more" | "sign" as operator, operands=(operand,), bits=bits):
                extend = "uext" if operator == "more" else "sext"
                return self._line(f"{extend} {sort} {self._number(operand)} {bits - operand.bits}")
            case Apply(operator="and" | "or" as operator, operands=(first, *others)):
                found = self._number(first)
                for each in others:
                    found = self._line(f"{operator} {sort} {found} {self._number(each)}")
                return found
            case Apply(operator=operator, operands=operands):
                given = " ".join(str(self._number(each)) for each in operands)
                return self._line(f"{_OPERATORS[operator]} {sort} {given}")
        raise AssertionError(formula)


def _symbol(name: str) -> str:
    return re.sub(r"\s+", "_", name)
