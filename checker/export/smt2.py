"""A program in SMT-LIB 2, for any solver of bit-vectors: functions that say what is initial, a step and a property.

Whoever asks declares the variables of as many states as wanted, and asserts `initial` of the first and `next` of each
two.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker import __version__
from checker.errors import UsageError
from checker.export.commands import Command, Exported, Leaf, cut_off, primed
from checker.export.formula import FALSE, TRUE, Apply, Formula, Known, Name, disjunction
from checker.export.texts import free

_LONGEST = 1_000_000
"""Characters of one function."""
_OURS = frozenset(("initial", "next", "fails", "loops", "never_stuck"))
"""Functions that every text has."""
_OPERATORS = {
    "not": "not",
    "and": "and",
    "or": "or",
    "=": "=",
    "if": "ite",
    "+": "bvadd",
    "-": "bvsub",
    "*": "bvmul",
    "/": "bvudiv",
    "%": "bvurem",
    "/s": "bvsdiv",
    "%s": "bvsrem",
    "&": "bvand",
    "|": "bvor",
    "^": "bvxor",
    "<<": "bvshl",
    ">>": "bvlshr",
    ">>s": "bvashr",
    "<": "bvult",
    "s<": "bvslt",
}
_MEANS = frozenset((*_OPERATORS.values(), "true", "false", "concat", "distinct", "xor", "=>"))
"""What a parameter of that name would hide."""


def smt2(found: Exported, called: str) -> str:
    """The functions. `called` is how the user names the model."""
    return "\n".join(_Writer(cut_off(found)).lines(called)) + "\n"


class _Writer:
    """Writes one program."""

    def __init__(self, found: Exported) -> None:
        self._found = found
        names = {leaf.name for leaf in found.leaves}
        called = {name: free(name, _MEANS | (names - {name})) for name in names}
        self._symbols = {each(name): _symbol(each(new)) for name, new in called.items() for each in (str, primed)}
        self._state = " ".join(f"({self._symbols[leaf.name]} {_sort(leaf)})" for leaf in found.leaves)
        self._after = " ".join(f"({self._symbols[primed(leaf.name)]} {_sort(leaf)})" for leaf in found.leaves)
        self._both = " ".join(self._symbols[each(leaf.name)] for each in (str, primed) for leaf in found.leaves)
        judged = [each.name for each in found.claims] + [each.name for each in found.of_steps]
        self._claims = {name: free(name, _OURS | (set(judged) - {name})) for name in judged}
        self._texts: dict[Formula, str] = {}

    def lines(self, called: str) -> Iterator[str]:
        """All of it."""
        found = self._found
        yield f"; {called}: made by evacheck {__version__}"
        yield "; A state is the arguments of `initial`; `next` has those of two. Assert initial of the first state, and"
        yield "; next of each and the one after it; a violation is `(not |property|)` of the last. `fails`: a step"
        yield "; fails there; `loops`: a loop goes on for longer than is written out; `never_stuck`: no deadlock."
        if found.of_steps:
            yield "; A property of steps has the arguments of `next`, and nothing is said where it has no value."
        yield from (f"; {new} is what the model calls {old}." for old, new in self._claims.items() if new != old)
        yield from (f"; {leaf.name}: {leaf.meaning}" for leaf in found.leaves if leaf.meaning)
        yield from (f"; Where the @constraint {each.name} is false nothing goes on." for each in found.limits)
        yield from (f"; Not here: {each}." for each in (*found.left_out, *found.of_behaviours))
        yield "(set-logic QF_BV)"
        starts = [
            self._equal([(leaf, Known(value, leaf.bits)) for leaf, value in zip(found.leaves, each, strict=True)])
            for each in found.initial
        ]
        yield f"(define-fun initial ({self._state}) Bool {_joined('or', starts)})"
        names = []
        for number, command in enumerate(found.commands, 1):
            if command.guard != FALSE:
                names.append(_symbol(f"step {number}: {command.title}"))
                yield f"(define-fun {names[-1]} ({self._state} {self._after}) Bool {self._step(command)})"
        steps = _joined("or", [f"({name} {self._both})" for name in names])
        yield f"(define-fun next ({self._state} {self._after}) Bool {steps})"
        yield self._of_state("fails", disjunction(*(command.fails for command in found.commands)))
        yield self._of_state("loops", disjunction(*(command.goes_on for command in found.commands)))
        possible = disjunction(
            *(each for one in found.commands for each in (one.guard, one.fails, one.goes_on)), found.ended
        )
        yield self._of_state("never_stuck", possible)
        for claim in found.claims:
            yield self._of_state(_symbol(self._claims[claim.name]), claim.holds)
        for each in found.of_steps:
            name = self._claims[each.name]
            yield self._of_step(name, each.holds)
            if each.defined != TRUE:
                yield self._of_step(f"{name} has a value", each.defined)

    def _of_step(self, name: str, formula: Formula) -> str:
        """What changes nothing is not judged."""
        same = self._equal([(leaf, Name(leaf.name, leaf.bits)) for leaf in self._found.leaves], after=True)
        body = _joined("or", [same, self._text(formula)])
        return f"(define-fun {_symbol(name)} ({self._state} {self._after}) Bool {body})"

    def _of_state(self, name: str, formula: Formula) -> str:
        return f"(define-fun {name} ({self._state}) Bool {self._text(formula)})"

    def _step(self, command: Command) -> str:
        """When a step leads from one state to another."""
        changes = dict(command.changes)
        after = [
            (leaf, changes.get(place, Name(leaf.name, leaf.bits))) for place, leaf in enumerate(self._found.leaves)
        ]
        return _joined("and", [self._text(command.guard), self._equal(after, after=True)])

    def _equal(self, values: list[tuple[Leaf, Formula]], after: bool = False) -> str:
        """That leaves, or what they are after a step, have these values."""
        names = [primed(leaf.name) if after else leaf.name for leaf, _ in values]
        pairs = zip(names, values, strict=True)
        return _joined("and", [f"(= {self._symbols[name]} {self._text(value)})" for name, (_, value) in pairs])

    def _text(self, formula: Formula) -> str:
        if formula not in self._texts:
            text = self._written(formula)
            if len(text) > _LONGEST:
                problem = f"{self._found.program.model}: a condition takes more than {_LONGEST:,} characters"
                raise UsageError("U034", problem, "Give smaller parameters, or simpler steps.")
            self._texts[formula] = text
        return self._texts[formula]

    def _written(self, formula: Formula) -> str:
        match formula:
            case Known(value=value, bits=0):
                return "true" if value else "false"
            case Known(value=value, bits=bits):
                return f"(_ bv{value} {bits})"
            case Name(name=name):
                return self._symbols[name]
            case Apply(operator="low", operands=(operand,), bits=bits):
                return f"((_ extract {bits - 1} 0) {self._text(operand)})"
            case Apply(operator="more" | "sign" as operator, operands=(operand,), bits=bits):
                extend = "zero_extend" if operator == "more" else "sign_extend"
                return f"((_ {extend} {bits - operand.bits}) {self._text(operand)})"
            case Apply(operator=operator, operands=operands):
                return f"({_OPERATORS[operator]} {' '.join(map(self._text, operands))})"


def _symbol(name: str) -> str:
    return f"|{name.replace('|', '/').replace(chr(92), '/')}|"


def _sort(leaf: Leaf) -> str:
    return f"(_ BitVec {leaf.bits})" if leaf.bits else "Bool"


def _joined(operator: str, parts: list[str]) -> str:
    if not parts:
        return "false" if operator == "or" else "true"
    return parts[0] if len(parts) == 1 else f"({operator} {' '.join(parts)})"
