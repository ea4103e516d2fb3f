"""A program in TLA+, for TLC: a definition for each step, and the configuration that names what is checked.

TLC then has the states of the program. A step that fails leads to a state of its own, in which `failed` is true: none
of the program's, and counted by TLC where there is one. What is fair is a definition, too: its steps, any of which it
takes; `WF` and `SF` of TLA+ ask, as the model does, for a step that changes something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checker import __version__
from checker.export.commands import Command, Exported, Leaf, OfStep, Promise, primed
from checker.export.formula import FALSE, TRUE, Formula
from checker.export.texts import Texts, free, literal, plain
from checker.export.tla_time import AND, OR, over_time
from checker.ir.temporal import Fairness

_TAKEN = frozenset(
    re.findall(
        r"\w+",
        """ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN
        ELSE ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE Int LAMBDA LEMMA LET LOCAL MODULE NEW Nat Naturals
        OBVIOUS OMITTED ONLY OTHER PICK PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE
        TEMPORAL THEN THEOREM TRUE UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH WITNESS failed Init Next Spec vars
        Fairness nothing_fails never_stuck ended Integers BitAnd BitOr BitXor x_ y_""",
    )
)
"""Names that mean something in TLA+, or here."""
_ASKED = ("INVARIANT", "PROPERTY", "CONSTRAINT")
_OWED = {Fairness.WEAK: "WF", Fairness.STRONG: "SF"}
_OR_FAILS = "failed' \\/ "
_BITWISE = {"&": "BitAnd", "|": "BitOr", "^": "BitXor"}
_BITS = """\\* In no module that TLC brings.
RECURSIVE BitAnd(_, _)
BitAnd(x_, y_) == IF x_ = 0 \\/ y_ = 0 THEN 0 ELSE (x_ % 2) * (y_ % 2) + 2 * BitAnd(x_ \\div 2, y_ \\div 2)
BitOr(x_, y_) == x_ + y_ - BitAnd(x_, y_)
BitXor(x_, y_) == x_ + y_ - 2 * BitAnd(x_, y_)
"""


@dataclass(frozen=True, slots=True)
class Definition:
    """What is defined, and as what TLC is asked for it: a word of its configuration, or none."""

    asked: str
    name: str
    body: str


def tla(found: Exported, called: str, module: str | None = None) -> str:
    """The module, by the name of the model unless it has another. `called` is how the user names the model."""
    name = module or plain(found.program.model.rpartition(":")[2])
    return "\n".join(_Writer(found).lines(called, name)) + "\n"


def configuration(found: Exported) -> str:
    """The configuration of TLC: what is checked. Deadlocks are `never_stuck`; TLC's own check, which `-deadlock` turns
    off, knows no right end."""
    asked = [each for each in _Writer(found).definitions() if each.asked]
    asked.sort(key=lambda each: _ASKED.index(each.asked))
    return "\n".join(["SPECIFICATION Spec", *(f"{each.asked} {each.name}" for each in asked)]) + "\n"


class _Tla:
    """How TLA+ writes formulas."""

    def known(self, value: bool) -> str:
        """A truth value."""
        return "TRUE" if value else "FALSE"

    def applied(self, operator: str, operands: Sequence[str]) -> str:
        """An operator on operands."""
        match operator:
            case "not":
                return f"~{operands[0]}"
            case "and" | "or":
                return f"({(AND if operator == 'and' else OR).join(operands)})"
            case "if":
                return f"(IF {operands[0]} THEN {operands[1]} ELSE {operands[2]})"
            case "/":
                return f"({operands[0]} \\div {operands[1]})"
            case "<<":
                return f"({operands[0]} * 2^{operands[1]})"
            case ">>":
                return f"({operands[0]} \\div 2^{operands[1]})"
        if operator in _BITWISE:
            return f"{_BITWISE[operator]}({operands[0]}, {operands[1]})"
        return f"({operands[0]} {operator} {operands[1]})"

    def cut(self, text: str, bits: int) -> str:
        """An integer modulo 2**bits: TLA+ has it never negative."""
        return f"({text} % {1 << bits})"

    def divided(self, operator: str, left: str, right: str) -> str:
        """Towards 0, by the sizes without their signs."""
        one, two = (f"(IF {each} < 0 THEN -{each} ELSE {each})" for each in (left, right))
        size = self.applied(operator, [one, two])
        negative = f"({left} < 0)" if operator == "%" else f"(({left} < 0) # ({right} < 0))"
        return f"(IF {negative} THEN -{size} ELSE {size})"


class _Writer:
    """Writes one program."""

    def __init__(self, found: Exported) -> None:
        self._found = found
        self._names, self._arrays = names(found.leaves)
        self._bases = list(dict.fromkeys(map(_base, self._names.values())))
        self._texts = Texts(found.leaves, self._names, _Tla(), found.program.model)
        owed = () if found.limits else (thing for command in found.commands for thing in command.fair)
        self._owed = tuple(dict.fromkeys(owed))
        self._called = self._free_names()
        self._index = _free("n", {*self._bases, *self._called.values()})
        self._promised = {each: self._over_time(each) for each in found.promises}

    def _free_names(self) -> dict[str, str]:
        """What each property is called, and what is fair. The space tells what is made of a name from a model's own."""
        found = self._found
        longer: tuple[OfStep | Promise, ...] = (*found.of_steps, *found.promises)
        wanted = [each.name for each in (*found.claims, *found.limits)] + [each.name for each in longer]
        wanted += [f"never {each.name}" for each in found.claims if each.happens]
        wanted += [_has_value(each) for each in longer if each.defined != TRUE]
        wanted += [thing.title for thing in self._owed]
        called: dict[str, str] = {}
        for name in wanted:
            called[name] = _free(_plain(name), {*self._bases, *called.values()})
        return called

    def lines(self, called: str, module: str) -> Iterator[str]:
        """The module."""
        written = list(self._after_the_head())
        yield f"---- MODULE {module} ----"
        yield f"\\* {called}: made by evacheck {__version__}"
        yield f"\\* java -jar tla2tools.jar -deadlock -config {module}.cfg {module}"
        for each in self._left_out():
            yield f"\\* Not here: {each}."
        yield "EXTENDS Integers"
        yield ""
        if any(re.search(r"\bBit(And|Or|Xor)\(", line) for line in written if line[:2] != "\\*"):
            yield _BITS
        yield from written

    def _left_out(self) -> Iterator[str]:
        yield from self._found.left_out
        if self._found.limits:
            yield from self._found.of_behaviours
        untils = [each.name for each, text in self._promised.items() if text is None]
        if untils:
            yield f"what says `until`, which TLA+ does not: {', '.join(untils)}"

    def _after_the_head(self) -> Iterator[str]:
        for leaf in self._first_leaves():
            if leaf.meaning:
                yield f"\\* {_base(self._names[leaf.name])}: {leaf.meaning}"
        yield f"VARIABLES {', '.join(self._bases)}, failed"
        yield f"vars == <<{', '.join(self._bases)}, failed>>"
        yield ""
        yield "Init =="
        yield "  /\\ failed = FALSE"
        for number, values in enumerate(self._found.initial):
            yield ("  /\\ \\/ " if number == 0 else "     \\/ ") + self._start(values)
        yield from self._bodies()
        steps = [f"Step{number}" for number, _ in enumerate(self._found.commands, 1)]
        yield f"Next == ~failed /\\ ({OR.join(steps) or 'FALSE'})"
        yield from self._fairness()
        yield f"Spec == Init /\\ [][Next]_vars{AND + 'Fairness' if self._owed else ''}"
        yield ""
        for each in self.definitions():
            yield f"{each.name} == {each.body}"
        yield "===="

    def _fairness(self) -> Iterator[str]:
        """The steps of each thing that is owed one, and how it is."""
        if not self._owed:
            return
        for thing in self._owed:
            steps = [f"Step{at}" for at, command in enumerate(self._found.commands, 1) if thing in command.fair]
            if self._called[thing.title] != thing.title:
                yield f"\\* {thing.title}"
            yield f"{self._called[thing.title]} == ~failed /\\ ({OR.join(steps)})"
        yield "Fairness =="
        for thing in self._owed:
            yield f"  /\\ {_OWED[thing.fairness]}_vars({self._called[thing.title]})"

    def definitions(self) -> Iterator[Definition]:
        """What is asked of the model, and what that is made of."""
        found, texts, called = self._found, self._texts, self._called
        yield Definition("INVARIANT", "nothing_fails", "~failed")
        yield Definition("", "ended", texts.truth(found.ended))
        for limit in found.limits:
            yield Definition("CONSTRAINT", called[limit.name], texts.truth(limit.holds))
        beyond = "".join(f"~{called[limit.name]} \\/ " for limit in found.limits)
        yield Definition("INVARIANT", "never_stuck", f"{beyond}failed \\/ ended \\/ ENABLED Next")
        for claim in found.claims:
            name = called[claim.name]
            yield Definition("" if claim.happens else "INVARIANT", name, texts.truth(claim.holds))
            if claim.happens:
                yield Definition("INVARIANT", called[f"never {claim.name}"], f"~{name}")
        yield from self._of_steps()
        for promise, text in self._promised.items():
            if text is not None:
                yield Definition("PROPERTY", called[promise.name], text)
                if promise.defined != TRUE:
                    yield Definition("INVARIANT", called[_has_value(promise)], texts.truth(promise.defined))

    def _of_steps(self) -> Iterator[Definition]:
        """A step that fails leads nowhere, and is not judged."""
        leaves, after = self._found.leaves, {primed(name): _primed(called) for name, called in self._names.items()}
        later = [replace(leaf, name=primed(leaf.name)) for leaf in leaves]
        texts = Texts([*leaves, *later], {**self._names, **after}, _Tla(), self._found.program.model)
        may_fail = any(each.fails != FALSE or each.goes_on != FALSE for each in self._found.commands)

        def of_each(formula: Formula) -> str:
            return f"[][{_OR_FAILS if may_fail else ''}{texts.truth(formula)}]_vars"

        for each in self._found.of_steps:
            yield Definition("PROPERTY", self._called[each.name], of_each(each.holds))
            if each.defined != TRUE:
                yield Definition("PROPERTY", self._called[_has_value(each)], of_each(each.defined))

    def _over_time(self, promise: Promise) -> str | None:
        return over_time(promise.formula, [self._texts.truth(each) for each in promise.conditions])

    def _first_leaves(self) -> Iterator[Leaf]:
        seen: set[str] = set()
        for leaf in self._found.leaves:
            base = _base(self._names[leaf.name])
            if base not in seen:
                seen.add(base)
                yield leaf

    def _start(self, values: Sequence[int]) -> str:
        starts: dict[str, list[str]] = {}
        for leaf, value in zip(self._found.leaves, values, strict=True):
            shown = ("TRUE" if value else "FALSE") if leaf.bits == 0 else str(literal(leaf, value))
            starts.setdefault(_base(self._names[leaf.name]), []).append(shown)
        return " /\\ ".join(
            f"{base} = [{self._index} \\in 0..{len(each) - 1} |-> {_cases(self._index, each)}]"
            if base in self._arrays
            else f"{base} = {each[0]}"
            for base, each in starts.items()
        )

    def _bodies(self) -> Iterator[str]:
        for number, command in enumerate(self._found.commands, 1):
            yield ""
            yield f"\\* {command.title}"
            yield f"Step{number} =="
            ways = list(self._ways(command))
            yield from (("  \\/ " if len(ways) > 1 else "  ") + way for way in ways)
        yield ""

    def _ways(self, command: Command) -> Iterator[str]:
        """What a step can come to."""
        texts = self._texts
        changed: dict[str, list[str]] = {}
        if command.guard != FALSE:
            for place, formula in command.changes:
                leaf = self._found.leaves[place]
                base, _, index = self._names[leaf.name].partition("[")
                value = texts.assigned(leaf, formula)
                changed.setdefault(base, []).append(f"![{index} = {value}" if index else value)
            parts = [] if command.guard == TRUE else [texts.truth(command.guard)]
            parts += [
                f"{base}' = [{base} EXCEPT {', '.join(each)}]" if base in self._arrays else f"{base}' = {each[0]}"
                for base, each in changed.items()
            ]
            yield " /\\ ".join([*parts, self._unchanged({*changed})])
        for why in (command.fails, command.goes_on):
            if why != FALSE:
                yield f"{texts.truth(why)} /\\ failed' = TRUE /\\ {self._unchanged({'failed'})}"

    def _unchanged(self, changed: set[str]) -> str:
        return f"UNCHANGED <<{', '.join(base for base in (*self._bases, 'failed') if base not in changed)}>>"


def _has_value(claimed: OfStep | Promise) -> str:
    return f"has value {claimed.name}"


def _base(called: str) -> str:
    """The variable that a leaf is, or is a part of."""
    return called.partition("[")[0]


def _primed(called: str) -> str:
    """The same after the step."""
    base, bracket, place = called.partition("[")
    return f"{base}'{bracket}{place}"


def _cases(index: str, values: Sequence[str]) -> str:
    """What a function has for each index: one value, or one after the other."""
    if len(set(values)) == 1:
        return values[0]
    return " ELSE ".join([*(f"IF {index} = {at} THEN {value}" for at, value in enumerate(values[:-1])), values[-1]])


def names(leaves: Sequence[Leaf]) -> tuple[Mapping[str, str], frozenset[str]]:
    """What each leaf is called, and which names are functions from 0: `finished[0]`, `cells_2_key`."""
    found: dict[str, str] = {}
    arrays: dict[str, str] = {}
    taken: set[str] = set()
    for leaf in leaves:
        place = re.fullmatch(r"([^\[\]?]+)(?:\.|\[)(\d+)\]?", leaf.name)
        base = place[1] if place is not None else leaf.name
        if place is None or base not in arrays:
            name = _free(_plain(base), taken)
            taken.add(name)
            if place is not None:
                arrays[base] = name
        found[leaf.name] = f"{arrays[base]}[{place[2]}]" if place is not None else name
    return found, frozenset(arrays.values())


def _plain(name: str) -> str:
    short = plain(name)
    return short if re.match("[A-Za-z]", short) else f"v_{short}"


def _free(name: str, taken: set[str]) -> str:
    return free(f"{name}_" if re.fullmatch(r"Step\d+", name) else name, taken | _TAKEN)
